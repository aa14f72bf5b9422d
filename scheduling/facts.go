package scheduling

import (
	"context"
	"fmt"
	"strings"
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

// factsSQL reads, for each who books, the customer of $3 with the devices, what
// stands about the case of $2, and which places are busy from $4 to $5: each is one
// look into an index. That the case has a booking already the insert finds out.
var factsSQL = `
	select a.n, ` + banks.CustomerColumns + `,
	       exists (select from bookings where bank_id = $1 and identification_id = a.identification and state = 'held'),
	       exists (select from bookings where bank_id = $1 and identification_id = a.identification and state = 'missed'),
	       exists (select from waitlist_entries where bank_id = $1 and identification_id = a.identification and state in ('waiting', 'offered')),
	       (select coalesce(json_agg(json_build_object('id', id, 'provider', provider, 'address', address) order by id desc), '[]')
	        from devices where bank_id = $1 and customer_id = c.id and disabled_at is null),
	       coalesce((select version from calendar_versions where bank_id = $1), '00000000-0000-0000-0000-000000000000'),
	       array(select place_id from (` + strings.NewReplacer("$2", "a.since", "$3", "a.until", "and id <> $4", "").Replace(takenSQL) + `) taken)
	from unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[]) with ordinality as a(identification, customer, since, until, n)
	join customers c on c.bank_id = $1 and c.id = a.customer`

// reading is of the facts of one booking.
type reading struct {
	facts
	n          NewBooking
	start, end time.Time

	found   bool // the customer
	devices []banks.Device
	version uuid.UUID // of the roster
	busy    []uuid.UUID
	more    *pgx.Batch // what takes statements of its own
	free    func(context.Context) ([]uuid.UUID, error)
}

// reading prepares one; who is the roster when all is read. there is as of known.
func (s *Service) reading(ctx context.Context, bankID uuid.UUID, n NewBooking, ro *roster, who func() *roster, there bool) (*reading, error) {
	r := &reading{n: n, start: n.Start.UTC(), more: &pgx.Batch{}}
	r.end = r.start.Add(n.Rules.Length)
	about := s.message(Booking{CustomerID: n.CustomerID}, "booking_confirmed", nil)
	var err error
	if r.reach, err = s.channels.QueueReach(ctx, bankID, r.more, &channels.Reached{Customer: &r.customer, Devices: &r.devices}, about); err != nil {
		return nil, err
	}
	k := &known{who: who, busy: func() []uuid.UUID { return r.busy }, there: there}
	if r.start.Before(ro.from.utc()) {
		k = nil
	}
	r.free, err = s.queueFree(r.more, bankID, n.Rules, r.start, r.end, uuid.Nil, k)
	return r, err
}

// queueReadings reads facts in one round trip.
func queueReadings(batch *pgx.Batch, bankID uuid.UUID, all []*reading) {
	rows := make([][]any, len(all))
	for i, r := range all {
		rows[i] = []any{r.n.IdentificationID, r.n.CustomerID, r.n.Rules.from(r.start), r.n.Rules.to(r.end)}
	}
	batch.Queue(factsSQL, append([]any{bankID}, postgres.Columns(rows)...)...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var n int
			var f reading
			if err := rows.Scan(append(append([]any{&n}, banks.CustomerFields(&f.customer)...), &f.held, &f.missed, &f.waiting, &f.devices, &f.version, &f.busy)...); err != nil {
				return err
			}
			r := all[n-1]
			r.found, r.customer, r.held, r.missed, r.waiting = true, f.customer, f.held, f.missed, f.waiting
			r.devices, r.version, r.busy = f.devices, f.version, f.busy
		}
		return rows.Err()
	})
	for _, r := range all {
		postgres.Requeue(batch, r.more)
	}
}

// finish is called when the batch is closed, with the roster of the version read.
func (r *reading) finish(ctx context.Context, ro *roster) (facts, error) {
	places, err := r.free(ctx)
	r.ladder, r.places = ro.ladders.of(r.n.ScenarioID), places
	return r.facts, err
}

func (s *Service) factsTx(ctx context.Context, tx *postgres.Tx, n NewBooking) (f facts, err error) {
	if err := n.Rules.check(); err != nil {
		return f, err
	}
	ctx = postgres.WithTx(ctx, tx)
	ro := s.rosters.of(tx.BankID)
	if ro == nil {
		if ro, err = s.rosterTx(ctx, tx); err != nil {
			return f, err
		}
	}
	r, err := s.reading(ctx, tx.BankID, n, ro, func() *roster { return ro }, false)
	if err != nil {
		return f, err
	}
	batch := &pgx.Batch{}
	batch.Queue(`select ` + genericSQL)
	queueReadings(batch, tx.BankID, []*reading{r})
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return f, fmt.Errorf("read what a booking needs: %w", err)
	}
	if !r.found {
		return f, banks.ErrNoCustomer()
	}
	if r.version != ro.version {
		if ro, err = s.rosterTx(ctx, tx); err != nil {
			return f, err
		}
	}
	return r.finish(ctx, ro)
}

// genericSQL has the statements that follow in the transaction, until customSQL,
// planned once a connection, whatever their arguments: PostgreSQL planned what
// every booking reads anew each time, which took it longer (1.2 ms) than to run all
// of it. They are looks into one index each.
const (
	genericSQL = `set_config('plan_cache_mode', 'force_generic_plan', true)`
	customSQL  = `set_config('plan_cache_mode', 'auto', true)`
)
