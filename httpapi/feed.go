package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// AddMyCalendarFeed makes a feed of the own calendar; its address is shown once.
func (s *Server) AddMyCalendarFeed(ctx context.Context, r AddMyCalendarFeedRequestObject) (AddMyCalendarFeedResponseObject, error) {
	actor := visavis.ActorFrom(ctx)
	f, err := s.Scheduling.AddFeed(ctx, actor.BankID, actor.ID, zero(r.Body.Name))
	if err != nil {
		return nil, err
	}
	return AddMyCalendarFeed201JSONResponse{Feed: showFeed(f), URL: new(s.PublicURL + "/calendar/" + s.Scheduling.FeedToken(f.ID) + ".ics")}, nil
}

// ListMyCalendarFeeds answers with the feeds of the own calendar.
func (s *Server) ListMyCalendarFeeds(ctx context.Context, _ ListMyCalendarFeedsRequestObject) (ListMyCalendarFeedsResponseObject, error) {
	actor := visavis.ActorFrom(ctx)
	all, err := s.Scheduling.Feeds(ctx, actor.BankID, actor.ID)
	return ListMyCalendarFeeds200JSONResponse{Items: list(all, showFeed)}, err
}

// RemoveMyCalendarFeed ends one.
func (s *Server) RemoveMyCalendarFeed(ctx context.Context, r RemoveMyCalendarFeedRequestObject) (RemoveMyCalendarFeedResponseObject, error) {
	actor := visavis.ActorFrom(ctx)
	return RemoveMyCalendarFeed204Response{}, s.Scheduling.RevokeFeed(ctx, actor.BankID, actor.ID, r.FeedID)
}

func showFeed(f scheduling.Feed) CalendarFeed {
	return CalendarFeed{ID: f.ID, Name: f.Name, CreatedAt: f.CreatedAt.UTC(), ReadAt: givenTime(f.ReadAt)}
}

// serveFeedFile answers a calendar program. It shows the kind of call and, where
// the bank allows it, the customer's name: the program keeps it elsewhere.
func (s *Server) serveFeedFile(c *gin.Context) {
	ctx := c.Request.Context()
	token, ok := strings.CutSuffix(c.Param("file"), ".ics")
	if !ok {
		s.fail(c, errNotFound)
		return
	}
	f, err := s.Scheduling.FeedOf(ctx, token)
	if visavis.KindOf(err) == visavis.NotFound {
		if limited := s.limitStranger(c, "calendar"); limited != nil {
			err = limited
		}
	}
	if err != nil {
		s.fail(c, err)
		return
	}
	if err := s.Banks.Limit(ctx, "calendar "+f.ID.String(), 120, 15*time.Minute); err != nil {
		s.fail(c, err)
		return
	}
	file, err := s.feedFile(visavis.WithActor(ctx, visavis.System(f.BankID)), f)
	if err != nil {
		s.fail(c, err)
		return
	}
	sum := sha256.Sum256(file)
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:18]) + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", "private, no-cache")
	if strings.Contains(c.GetHeader("If-None-Match"), tag) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, "text/calendar; charset=utf-8", file)
}

func (s *Server) feedFile(ctx context.Context, f scheduling.Feed) (file []byte, err error) {
	err = s.DB.InBank(ctx, f.BankID, func(ctx context.Context, _ *postgres.Tx) error {
		bank, err := s.Banks.Get(ctx, f.BankID)
		if err != nil {
			return err
		}
		items, err := s.Scheduling.FeedBookings(ctx, f)
		if err != nil {
			return err
		}
		scenarios, err := s.Identifications.Scenarios(ctx, f.BankID)
		if err != nil {
			return err
		}
		titles := map[uuid.UUID]identifications.Text{}
		for _, sc := range scenarios {
			titles[sc.ID] = sc.Name
		}
		names := s.names()
		if bank.Settings.FeedNames {
			if err := names.allCustomers(ctx, items); err != nil {
				return err
			}
		}
		file = scheduling.ICSFeed(bank.Name, items, func(b scheduling.Booking) string {
			title := titles[b.ScenarioID].In(bank.Settings.WithDefaults().DefaultLocale)
			if bank.Settings.FeedNames {
				title += ": " + names.customers[b.CustomerID].Name
			}
			return title
		})
		return nil
	})
	return file, err
}
