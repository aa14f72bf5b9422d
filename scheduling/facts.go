package scheduling

import (
	"context"
	"errors"
	"fmt"
	"strings"

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
	missed   bool // a booking of the case was missed: its recovery ends
	waiting  bool // the case is on the waitlist
	customer banks.Customer
	ladder   Ladder
	places   []uuid.UUID // free for the time, as freePlacesTx
	reach    channels.Reach
}

// plain reports whether nothing of the case or the bank is in the way of taking a
// place and writing all in one statement.
func (f facts) plain() bool { return !f.held && !f.missed && !f.waiting }

// factsSQL reads the customer $3 with the devices, what stands about the case $2,
// and which places are busy from $4 to $5: each is one look into an index. That the case has a booking already the insert finds out.
var factsSQL = `
	select ` + banks.CustomerColumns + `,
	       exists (select from bookings where bank_id = $1 and identification_id = $2 and state = 'held'),
	       exists (select from bookings where bank_id = $1 and identification_id = $2 and state = 'missed'),
	       exists (select from waitlist_entries where bank_id = $1 and identification_id = $2 and state in ('waiting', 'offered')),
	       (select coalesce(json_agg(json_build_object('id', id, 'provider', provider, 'address', address) order by id desc), '[]')
	        from devices where bank_id = $1 and customer_id = $3 and disabled_at is null),
	       coalesce((select version from calendar_versions where bank_id = $1), '00000000-0000-0000-0000-000000000000'),
	       array(select place_id from (` + strings.NewReplacer("$2", "$4", "$3", "$5", "and id <> $4", "").Replace(takenSQL) + `) taken)
	from customers c where c.bank_id = $1 and c.id = $3`

func (s *Service) factsTx(ctx context.Context, tx *postgres.Tx, n NewBooking) (f facts, err error) {
	if err := n.Rules.check(); err != nil {
		return f, err
	}
	ro := s.rosters.of(tx.BankID)
	if ro == nil {
		if ro, err = s.rosterTx(ctx, tx); err != nil {
			return f, err
		}
	}
	start := n.Start.UTC()
	end := start.Add(n.Rules.Length)
	var version uuid.UUID
	var busy []uuid.UUID
	var devices []banks.Device
	batch := &pgx.Batch{}
	batch.Queue(`select ` + genericSQL)

	batch.Queue(factsSQL, tx.BankID, n.IdentificationID, n.CustomerID, n.Rules.from(start), n.Rules.to(end)).QueryRow(func(row pgx.Row) error {
		err := row.Scan(append(banks.CustomerFields(&f.customer),
			&f.held, &f.missed, &f.waiting, &devices, &version, &busy)...)
		if errors.Is(err, pgx.ErrNoRows) {
			return banks.ErrNoCustomer()
		}
		return err
	})
	about := s.message(Booking{CustomerID: n.CustomerID}, "booking_confirmed", nil)
	if f.reach, err = s.channels.QueueReach(ctx, tx, batch, &channels.Reached{Customer: &f.customer, Devices: &devices}, about); err != nil {
		return f, err
	}
	k := &known{who: func() *roster { return ro }, busy: func() []uuid.UUID { return busy }}
	if start.Before(ro.from.utc()) {
		k = nil
	}
	free, err := s.queueFree(batch, tx.BankID, n.Rules, start, end, uuid.Nil, k)
	if err != nil {
		return f, err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return f, fmt.Errorf("read what a booking needs: %w", err)
	}
	if version != ro.version {
		if ro, err = s.rosterTx(ctx, tx); err != nil {
			return f, err
		}
	}
	f.ladder = ro.ladders.of(n.ScenarioID)
	f.places, err = free(ctx, tx)
	return f, err
}

// genericSQL has the statements that follow in the transaction, until customSQL,
// planned once a connection, whatever their arguments: PostgreSQL planned what
// every booking reads anew each time, which took it longer (1.2 ms) than to run all
// of it. They are looks into one index each.
const (
	genericSQL = `set_config('plan_cache_mode', 'force_generic_plan', true)`
	customSQL  = `set_config('plan_cache_mode', 'auto', true)`
)
