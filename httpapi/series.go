package httpapi

import (
	"context"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/scheduling"
)

// CreateBookingSeries books recurring callbacks.
func (s *Server) CreateBookingSeries(ctx context.Context, r CreateBookingSeriesRequestObject) (CreateBookingSeriesResponseObject, error) {
	rule := scheduling.SeriesRule{First: r.Body.First, TimeZone: r.Body.TimeZone, EveryWeeks: or(r.Body.EveryWeeks, 1), Times: r.Body.Times, AgentID: zero(r.Body.AgentID)}
	var out BookingSeries
	err := s.together(ctx, func(ctx context.Context) error {
		series, all, err := s.Identifications.BookSeries(ctx, bankOf(ctx), r.Body.CustomerID, r.Body.Scenario, rule,
			identifications.BookOptions{Reference: zero(r.Body.Reference), Metadata: zero(r.Body.Metadata)})
		if err != nil {
			return err
		}
		out = showSeries(series)
		names := s.names()
		for _, c := range all {
			item := SeriesItem{Wall: &c.Wall, Start: givenTime(&c.Start)}
			if c.Err != nil {
				item.Code, item.Detail = given(visavis.CodeOf(c.Err)), given(c.Err.Error())
			} else {
				b, err := names.booking(ctx, *c.Booking)
				if err != nil {
					return err
				}
				item.Booking = &b
			}
			out.Items = append(out.Items, item)
		}
		return nil
	})
	return CreateBookingSeries201JSONResponse(out), err
}

// ListBookingSeries answers with a page of recurring callbacks.
func (s *Server) ListBookingSeries(ctx context.Context, r ListBookingSeriesRequestObject) (ListBookingSeriesResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	out := BookingSeriesList{Items: []BookingSeries{}}
	err = s.together(ctx, func(ctx context.Context) error {
		all, next, err := s.Scheduling.SeriesList(ctx, bankOf(ctx), r.Params.CustomerID, p)
		if err != nil {
			return err
		}
		out.NextCursor = given(next)
		for _, n := range all {
			shown, err := s.fillSeries(ctx, n.Series, n.Bookings)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, shown)
		}
		return nil
	})
	return ListBookingSeries200JSONResponse(out), err
}

// GetBookingSeries answers with recurring callbacks.
func (s *Server) GetBookingSeries(ctx context.Context, r GetBookingSeriesRequestObject) (GetBookingSeriesResponseObject, error) {
	var out BookingSeries
	err := s.together(ctx, func(ctx context.Context) error {
		series, all, err := s.Identifications.Series(ctx, bankOf(ctx), r.SeriesID)
		if err != nil {
			return err
		}
		out, err = s.fillSeries(ctx, series, all)
		return err
	})
	return GetBookingSeries200JSONResponse(out), err
}

// CancelBookingSeries ends them.
func (s *Server) CancelBookingSeries(ctx context.Context, r CancelBookingSeriesRequestObject) (CancelBookingSeriesResponseObject, error) {
	var out BookingSeries
	reason := ""
	if r.Body != nil {
		reason = zero(r.Body.Reason)
	}
	err := s.together(ctx, func(ctx context.Context) error {
		series, all, err := s.Identifications.CancelSeries(ctx, bankOf(ctx), r.SeriesID, reason)
		if err != nil {
			return err
		}
		out, err = s.fillSeries(ctx, series, all)
		return err
	})
	return CancelBookingSeries200JSONResponse(out), err
}

func showSeries(series scheduling.Series) BookingSeries {
	return BookingSeries{
		ID: series.ID, CustomerID: series.CustomerID, First: series.Rule.First, TimeZone: series.Rule.TimeZone,
		EveryWeeks: series.Rule.EveryWeeks, Times: series.Rule.Times, AgentID: given(series.Rule.AgentID), Items: []SeriesItem{},
	}
}

func (s *Server) fillSeries(ctx context.Context, series scheduling.Series, all []scheduling.Booking) (BookingSeries, error) {
	out, names := showSeries(series), s.names()
	for _, b := range all {
		shown, err := names.booking(ctx, b)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, SeriesItem{Start: &shown.Start, Booking: &shown})
	}
	return out, nil
}

// ListBookingReminders answers with what the ladder has done and will do.
func (s *Server) ListBookingReminders(ctx context.Context, r ListBookingRemindersRequestObject) (ListBookingRemindersResponseObject, error) {
	all, err := s.Scheduling.Rungs(ctx, bankOf(ctx), r.BookingID)
	return ListBookingReminders200JSONResponse{Items: list(all, func(g scheduling.Rung) BookingReminder {
		return BookingReminder{
			At: g.At, Channels: words[channels.Channel, BookingReminderChannels](g.Step.Channels), Flow: given(g.Step.Flow), Always: g.Step.Always,
			Recovery: g.Recovery, State: BookingReminderState(g.State), MessageID: given(g.MessageID),
		}
	})}, err
}
