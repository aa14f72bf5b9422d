package scheduling

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// facts are all that a booking needs to know, read in one round trip: under
// contention each further one is time in which others change their minds.
type facts struct {
	held     bool // the case has a hold, also one that has run out
	booked   bool // the case has a live booking
	stale    bool // holds of the bank have run out and were not yet taken away
	missed   bool // a booking of the case was missed: its recovery ends
	waiting  bool // the case is on the waitlist
	customer banks.Customer
	ladder   Ladder
	places   []uuid.UUID // free for the time, as freePlacesTx
	reach    channels.Reach
}

// plain reports whether nothing of the case or the bank is in the way of taking a
// place and writing all in one statement.
func (f facts) plain() bool { return !f.held && !f.stale && !f.missed && !f.waiting }

// factsSQL is of one case: each is one look into an index.
const factsSQL = `
	select exists (select from bookings where bank_id = $1 and identification_id = $2 and state = 'held'),
	       exists (select from bookings where bank_id = $1 and identification_id = $2 and state in ('confirmed', 'due')),
	       exists (select from bookings where bank_id = $1 and state = 'held' and held_until <= $3),
	       exists (select from bookings where bank_id = $1 and identification_id = $2 and state = 'missed'),
	       exists (select from waitlist_entries where bank_id = $1 and identification_id = $2 and state in ('waiting', 'offered')),
	       (select ladder from reminder_ladders
	        where bank_id = $1 and scenario_id in ($4, '00000000-0000-0000-0000-000000000000')
	        order by scenario_id = $4 desc limit 1),
	       (select settings from banks where bank_id = $1)`

func (s *Service) factsTx(ctx context.Context, tx *postgres.Tx, now time.Time, n NewBooking) (f facts, err error) {
	if err := n.Rules.check(); err != nil {
		return f, err
	}
	batch := &pgx.Batch{}
	queueGeneric(batch)
	banks.QueueCustomer(batch, tx.BankID, n.CustomerID, &f.customer)
	batch.Queue(factsSQL, tx.BankID, n.IdentificationID, now, n.ScenarioID).QueryRow(func(row pgx.Row) error {
		var ladder, settings json.RawMessage
		if err := row.Scan(&f.held, &f.booked, &f.stale, &f.missed, &f.waiting, &ladder, &settings); err != nil {
			return err
		}
		if ladder != nil {
			return json.Unmarshal(ladder, &f.ladder)
		}
		var offsets struct {
			Of []int `json:"reminder_offsets"`
		}
		if err := json.Unmarshal(settings, &offsets); err != nil {
			return err
		}
		f.ladder = defaultLadder(banks.Settings{ReminderOffsets: offsets.Of}.WithDefaults())
		return nil
	})
	about := s.message(Booking{CustomerID: n.CustomerID}, "booking_confirmed", nil)
	if f.reach, err = s.channels.QueueReach(ctx, tx, batch, &f.customer, about); err != nil {
		return f, err
	}
	start := n.Start.UTC()
	free, err := s.queueFree(batch, tx.BankID, n.Rules, start, start.Add(n.Rules.Length), uuid.Nil)
	if err != nil {
		return f, err
	}
	queueCustom(batch)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return f, fmt.Errorf("read what a booking needs: %w", err)
	}
	f.places, err = free(ctx, tx)
	return f, err
}

// queueGeneric has the statements that follow in the transaction, up to
// queueCustom, planned once a connection, whatever their arguments: PostgreSQL
// planned four of those that every booking reads anew each time, which took it
// longer (1.2 ms) than to run all of them. They are looks into one index each.
func queueGeneric(batch *pgx.Batch) {
	batch.Queue(`select set_config('plan_cache_mode', 'force_generic_plan', true)`)
}

func queueCustom(batch *pgx.Batch) {
	batch.Queue(`select set_config('plan_cache_mode', 'auto', true)`)
}
