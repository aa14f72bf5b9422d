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
	hold     *Booking // of the case, locked, also one that has run out
	booked   bool     // the case has a live booking
	stale    bool     // holds of the bank have run out and were not yet taken away
	missed   bool     // a booking of the case was missed: its recovery ends
	waiting  bool     // the case is on the waitlist
	customer banks.Customer
	ladder   Ladder
	places   []uuid.UUID // free for the time, as freePlacesTx
	reach    channels.Reach
}

func (s *Service) factsTx(ctx context.Context, tx *postgres.Tx, now time.Time, n NewBooking) (f facts, err error) {
	if err := n.Rules.check(); err != nil {
		return f, err
	}
	batch := &pgx.Batch{}
	batch.Queue(`select `+bookingColumns+` from bookings where bank_id = $1 and identification_id = $2 and state = 'held' for update`,
		tx.BankID, n.IdentificationID).Query(func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, scanBooking)
		if len(all) > 0 {
			f.hold = &all[0]
		}
		return err
	})
	batch.Queue(`
		select exists (select from bookings where bank_id = $1 and identification_id = $2 and state in ('confirmed', 'due')),
		       exists (select from bookings where bank_id = $1 and state = 'held' and held_until <= $3),
		       exists (select from bookings where bank_id = $1 and identification_id = $2 and state = 'missed'),
		       exists (select from waitlist_entries where bank_id = $1 and identification_id = $2 and state in ('waiting', 'offered'))`,
		tx.BankID, n.IdentificationID, now).QueryRow(func(row pgx.Row) error { return row.Scan(&f.booked, &f.stale, &f.missed, &f.waiting) })
	banks.QueueCustomer(batch, tx.BankID, n.CustomerID, &f.customer)
	queueLadder(batch, tx.BankID, n.ScenarioID, &f.ladder)
	if f.reach, err = s.channels.QueueReach(ctx, tx, batch, s.message(Booking{CustomerID: n.CustomerID}, "booking_confirmed", nil)); err != nil {
		return f, err
	}
	start := n.Start.UTC()
	free, err := s.queueFree(batch, tx.BankID, n.Rules, start, start.Add(n.Rules.Length), uuid.Nil)
	if err != nil {
		return f, err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return f, fmt.Errorf("read what a booking needs: %w", err)
	}
	f.places, err = free(ctx, tx)
	return f, err
}

// queueLadder reads the ladder in force for a scenario, see ladderTx.
func queueLadder(batch *pgx.Batch, bankID, scenarioID uuid.UUID, into *Ladder) {
	var settings banks.Settings
	banks.QueueSettings(batch, bankID, &settings)
	batch.Queue(`
		select ladder from reminder_ladders
		where bank_id = $1 and scenario_id in ($2, '00000000-0000-0000-0000-000000000000')
		order by scenario_id = $2 desc limit 1`, bankID, scenarioID).Query(func(rows pgx.Rows) error {
		var raw json.RawMessage
		found := false
		if _, err := pgx.ForEachRow(rows, []any{&raw}, func() error {
			found = true
			return json.Unmarshal(raw, into)
		}); err != nil || found {
			return err
		}
		*into = defaultLadder(settings)
		return nil
	})
}
