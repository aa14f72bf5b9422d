package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// SeriesRule says when recurring callbacks are, and with whom: at the same time on the wall in
// one zone, every so many weeks, so many times. What a change of clocks does to
// one of them is its own matter: a time that does not exist then is refused, of
// one that exists twice the earlier is taken.
type SeriesRule struct {
	First      string `json:"first"`       // "2027-03-14T09:30", as the wall shows it
	TimeZone   string `json:"time_zone"`   // IANA
	EveryWeeks int    `json:"every_weeks"` // default 1
	Times      int    `json:"times"`
	// AgentID is whom all of them are with; uuid.Nil: drawn at each call.
	AgentID uuid.UUID `json:"agent_id,omitzero"`
}

// Bounds of a series.
const (
	maxTimes      = 52
	maxEveryWeeks = 8
)

// Occurrence is one time of a series: what the wall shows, and the moment, or
// why there is none.
type Occurrence struct {
	Wall  string
	Start time.Time
	Err   error
}

// Occurrences returns the times of the rule, in order. Invalid when it is none.
func (r SeriesRule) Occurrences() ([]Occurrence, error) {
	zone, err := loadZone(r.TimeZone)
	if err != nil {
		return nil, visavis.InvalidField("time_zone", "must be an IANA time zone such as Europe/Kyiv")
	}
	first, err := time.Parse("2006-01-02T15:04", r.First)
	if err != nil {
		return nil, visavis.InvalidField("first", "must be a time on the wall, such as 2027-03-14T09:30")
	}
	if r.EveryWeeks == 0 {
		r.EveryWeeks = 1
	}
	if r.EveryWeeks < 1 || r.EveryWeeks > maxEveryWeeks {
		return nil, visavis.InvalidField("every_weeks", "must be 1 to %d", maxEveryWeeks)
	}
	if r.Times < 1 || r.Times > maxTimes {
		return nil, visavis.InvalidField("times", "must be 1 to %d", maxTimes)
	}
	all := make([]Occurrence, r.Times)
	wall := WallOf(first)
	for i := range all {
		w := Wall{wall.Date.AddDays(7 * r.EveryWeeks * i), wall.Clock}
		all[i].Wall = w.String()
		at, err := w.In(zone)
		if errors.Is(err, ErrTwice) {
			at, err = w.instants(zone)[0], nil
		}
		if all[i].Err = err; err == nil {
			all[i].Start = at.UTC()
		}
	}
	return all, nil
}

// Series are recurring callbacks.
type Series struct {
	ID, BankID, CustomerID, ScenarioID uuid.UUID
	Rule                               SeriesRule
	CreatedAt                          time.Time
}

// NewSeriesTx writes a series down; its bookings are made with its id.
func (s *Service) NewSeriesTx(ctx context.Context, tx *postgres.Tx, n Series) (Series, error) {
	n.ID, n.BankID, n.CreatedAt = uuid.Must(uuid.NewV7()), tx.BankID, s.now()
	_, err := tx.Exec(ctx, `insert into booking_series (bank_id, id, customer_id, scenario_id, rule, created_at) values ($1, $2, $3, $4, $5, $6)`,
		n.BankID, n.ID, n.CustomerID, n.ScenarioID, n.Rule, n.CreatedAt)
	if err != nil {
		return n, fmt.Errorf("write series: %w", err)
	}
	return n, nil
}

// SeriesTx returns a series and its bookings, in order; NotFound when the bank
// has none of this id.
func (s *Service) SeriesTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (n Series, bookings []Booking, err error) {
	err = tx.QueryRow(ctx, `select id, bank_id, customer_id, scenario_id, rule, created_at from booking_series where bank_id = $1 and id = $2`, tx.BankID, id).
		Scan(&n.ID, &n.BankID, &n.CustomerID, &n.ScenarioID, &n.Rule, &n.CreatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return n, nil, visavis.Errorf(visavis.NotFound, "series_not_found", "there is no such series")
	}
	if err != nil {
		return n, nil, fmt.Errorf("read series: %w", err)
	}
	rows, err := tx.Query(ctx, `select `+bookingColumns+` from bookings where bank_id = $1 and series_id = $2 and state <> 'held' order by lower(during), id`, tx.BankID, id)
	if err != nil {
		return n, nil, fmt.Errorf("read series: %w", err)
	}
	bookings, err = pgx.CollectRows(rows, scanBooking)
	if err != nil {
		return n, nil, fmt.Errorf("read series: %w", err)
	}
	return n, bookings, nil
}

// SeriesWith is a series and its bookings, in order.
type SeriesWith struct {
	Series
	Bookings []Booking
}

// SeriesList returns a page of series, the newest first; of one customer unless
// customerID is nil.
func (s *Service) SeriesList(ctx context.Context, bankID uuid.UUID, customerID *uuid.UUID, p postgres.Page) (page []SeriesWith, next string, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		page = nil
		rows, _ := tx.Query(ctx, `select id, bank_id, customer_id, scenario_id, rule, created_at from booking_series
			where bank_id = $1 and ($2::uuid is null or customer_id = $2) and ($3::uuid is null or id < $3) order by id desc limit $4`,
			tx.BankID, customerID, p.After(), p.Size()+1)
		if page, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (n SeriesWith, err error) {
			err = row.Scan(&n.ID, &n.BankID, &n.CustomerID, &n.ScenarioID, &n.Rule, &n.CreatedAt)
			return n, err
		}); err != nil {
			return fmt.Errorf("list series: %w", err)
		}
		page, next = postgres.Cut(page, p, func(n SeriesWith) uuid.UUID { return n.ID })
		ids, at := make([]uuid.UUID, len(page)), make(map[uuid.UUID]int, len(page))
		for i, n := range page {
			ids[i], at[n.ID] = n.ID, i
		}
		rows, _ = tx.Query(ctx, `select `+bookingColumns+` from bookings where bank_id = $1 and series_id = any($2) and state <> 'held' order by lower(during), id`, tx.BankID, ids)
		bookings, err := pgx.CollectRows(rows, scanBooking)
		if err != nil {
			return fmt.Errorf("list series: %w", err)
		}
		for _, b := range bookings {
			n := &page[at[b.SeriesID]]
			n.Bookings = append(n.Bookings, b)
		}
		return nil
	})
	return page, next, err
}
