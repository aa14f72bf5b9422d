package scheduling

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	ics "github.com/arran4/golang-ical"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Feed is an agent's calendar at a secret address, for calendar programs.
type Feed struct {
	ID, BankID, AgentID uuid.UUID
	Name                string // the agent's own, such as "phone"
	CreatedAt           time.Time
	ReadAt              *time.Time // to the hour; nil = never
}

// maxFeeds is how many feeds an agent may have.
const maxFeeds = 5

// What a feed shows: from a month ago, so that a program keeps what it has, to a
// year ahead.
const (
	feedBehind = 30 * 24 * time.Hour
	feedAhead  = 366 * 24 * time.Hour
)

// AddFeed makes a feed of an agent's calendar. Its secret is FeedToken. Conflict
// "too_many_calendar_feeds" beyond five.
func (s *Service) AddFeed(ctx context.Context, bankID, agentID uuid.UUID, name string) (f Feed, err error) {
	if len([]rune(name)) > 100 {
		return f, visavis.InvalidField("name", "must have at most 100 characters")
	}
	f = Feed{ID: uuid.Must(uuid.NewV7()), BankID: bankID, AgentID: agentID, Name: name, CreatedAt: s.now()}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		all, err := s.feedsTx(ctx, tx, agentID)
		if err != nil {
			return err
		}
		if len(all) >= maxFeeds {
			return visavis.Errorf(visavis.Conflict, "too_many_calendar_feeds", "take one away first: an agent has at most %d", maxFeeds)
		}
		_, err = tx.Exec(ctx, `insert into calendar_feeds (bank_id, id, agent_id, name, created_at) values ($1, $2, $3, $4, $5)`,
			bankID, f.ID, agentID, name, f.CreatedAt)
		return err
	})
	return f, err
}

// Feeds returns an agent's feeds, the newest first.
func (s *Service) Feeds(ctx context.Context, bankID, agentID uuid.UUID) (all []Feed, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		all, err = s.feedsTx(ctx, tx, agentID)
		return err
	})
	return all, err
}

func (s *Service) feedsTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID) ([]Feed, error) {
	rows, err := tx.Query(ctx, `
		select id, bank_id, agent_id, name, created_at, read_at from calendar_feeds
		where bank_id = $1 and agent_id = $2 and revoked_at is null order by id desc`, tx.BankID, agentID)
	if err != nil {
		return nil, fmt.Errorf("read calendar feeds: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Feed])
	if err != nil {
		return nil, fmt.Errorf("read calendar feeds: %w", err)
	}
	return all, nil
}

// RevokeFeed ends a feed of an agent's; NotFound when they have none of this id.
func (s *Service) RevokeFeed(ctx context.Context, bankID, agentID, id uuid.UUID) error {
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, `update calendar_feeds set revoked_at = $4 where bank_id = $1 and agent_id = $2 and id = $3 and revoked_at is null`,
			bankID, agentID, id, s.now())
		if err == nil && tag.RowsAffected() == 0 {
			err = visavis.Errorf(visavis.NotFound, "feed_not_found", "there is no such calendar feed")
		}
		return err
	})
}

// FeedToken is the secret of a feed's address, 43 characters of base64url: its
// id and 16 bytes of a MAC under the master key.
func (s *Service) FeedToken(id uuid.UUID) string {
	return base64.RawURLEncoding.EncodeToString(append(id[:], s.keys.MAC(feedMAC, id[:])[:macSize]...))
}

// FeedOf returns the feed of a token, and notes that it was read. NotFound when
// it is not ours, was revoked, or its agent is disabled.
func (s *Service) FeedOf(ctx context.Context, token string) (f Feed, err error) {
	none := visavis.Errorf(visavis.NotFound, "feed_not_found", "there is no such calendar feed")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 16+macSize || !s.keys.VerifyMAC(feedMAC, raw[16:], raw[:16]) {
		return f, none
	}
	err = s.db.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select f.id, f.bank_id, f.agent_id, f.name, f.created_at, f.read_at from calendar_feeds f
			join agents a on a.bank_id = f.bank_id and a.id = f.agent_id
			where f.id = $1 and f.revoked_at is null and a.enabled`, uuid.UUID(raw[:16]))
		if err != nil {
			return err
		}
		f, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Feed])
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return f, none
	}
	if err != nil {
		return f, fmt.Errorf("read calendar feed: %w", err)
	}
	now := s.now()
	if f.ReadAt != nil && now.Sub(*f.ReadAt) < time.Hour {
		return f, nil
	}
	return f, s.db.InBank(ctx, f.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update calendar_feeds set read_at = $3 where bank_id = $1 and id = $2`, tx.BankID, f.ID, now)
		return err
	})
}

// FeedBookings returns what the feed shows: the bookings at the agent's place,
// from a month ago to a year ahead.
func (s *Service) FeedBookings(ctx context.Context, f Feed) ([]AgendaItem, error) {
	now := s.now()
	items, _, err := s.Agenda(ctx, f.BankID, AgendaFilter{
		From: now.Add(-feedBehind), To: now.Add(feedAhead), AgentID: f.AgentID, States: []State{Confirmed, StateDue, Kept, Missed, Unserved},
	})
	return items, err
}

// ICSFeed returns bookings as a calendar to subscribe to (RFC 5545,
// METHOD:PUBLISH by RFC 5546): times in UTC, one event a booking with the UID of
// its other calendar files. summary is one line; what it says of the customer is
// the caller's choice. The same bookings give the same bytes, so that their hash
// is an entity tag.
func ICSFeed(name string, bookings []AgendaItem, summary func(Booking) string) []byte {
	cal := newCalendar(ics.MethodPublish)
	cal.SetXWRCalName(oneLine(name))
	cal.SetRefreshInterval("PT15M")
	cal.SetXPublishedTTL("PT15M")
	for _, b := range bookings {
		event := newEvent(b.Booking, summary(b.Booking))
		event.SetTimeTransparency(ics.TransparencyOpaque)
		cal.AddVEvent(event)
	}
	var out bytes.Buffer
	_ = cal.SerializeTo(&out, ics.WithNewLineWindows) // a buffer takes everything
	return out.Bytes()
}
