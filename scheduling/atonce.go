package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// bookAtOnceTx takes a place and writes all that a booking brings with it in one
// statement: what starting six statements costs the database is more than their
// rows, and what waits for the place that it takes waits one round trip less. It
// goes past places that others take at this moment; taken = false when there was
// none left, or none after all, or the case has a booking, or the message needs
// more: then nothing is written.
func (s *Service) bookAtOnceTx(ctx context.Context, tx *postgres.Tx, now time.Time, n NewBooking, f facts) (_ Booking, taken bool, err error) {
	b, err := s.newBooking(tx.BankID, now, n, f.customer)
	if err != nil {
		return Booking{}, false, err
	}
	if len(f.places) == 0 {
		return Booking{}, false, nil
	}
	link, err := s.banks.PrepareLink(tx.BankID, s.manageLink(b))
	if err != nil {
		return Booking{}, false, err
	}
	message := s.message(b, "booking_confirmed", nil)
	message.LinkID, message.Locale = link.ID(), f.customer.Locale
	ready, ok, err := s.channels.ReadyTx(ctx, tx, f.reach, message)
	if err != nil || !ok {
		return Booking{}, false, err
	}
	event, err := events.PrepareFirst(ctx, tx, now, b.event("booking.confirmed"))
	if err != nil {
		return Booking{}, false, err
	}
	ids, kinds, _, names, times := dueColumns(append(f.ladder.rungs(now, b), Due{Kind: DueBooking, ObjectID: b.ID, At: b.Start}))
	args := []any{
		b.BankID, b.ID, b.IdentificationID, b.CustomerID, b.ScenarioID, f.places, b.Start, b.End, b.TimeZone, b.State,
		b.Reference, b.Metadata, now, orNull(b.SeriesID), n.Rules.from(b.Start), n.Rules.to(b.End), orNull(b.AgentID),
		ids, kinds, names, times,
	}
	args = append(append(append(args, event.Args()...), link.Args()...), ready.Args()...)
	var told bool
	var mode string
	err = tx.QueryRow(ctx, bookSQL, args...).Scan(&b.PlaceID, &told, &mode)
	if errors.Is(err, pgx.ErrNoRows) {
		return Booking{}, false, nil
	}
	if err != nil {
		return Booking{}, false, fmt.Errorf("write booking: %w", err)
	}
	event.Written(tx, told)
	s.channels.WakeTx(ctx, tx, ready)
	tx.Wake(topicDue)
	return b, true, nil
}

// bookParams are the parameters of bookSQL but for those of event, link and message.
const bookParams = 21

// bookSQL takes the first place that nobody is taking at this moment at this time.
// That it is free after all the exclusion constraint says; the lock only keeps
// from waiting for one that will be taken.
var bookSQL = `
	with free as (
		select place from unnest($6::uuid[]) place
		where pg_try_advisory_xact_lock(hashtextextended(place::text, extract(epoch from $7::timestamptz)::bigint)) limit 1
	), taken as (
		insert into bookings (bank_id, id, identification_id, customer_id, scenario_id, place_id, during,
			time_zone, state, reference, metadata, created_at, updated_at, series_id, occupies, agent_id)
		select $1, $2, $3, $4, $5, place, tstzrange($7, $8), $9, $10, nullif($11, ''), $12, $13, $13, $14, tstzrange($15, $16), $17
		from free
		on conflict do nothing returning place_id
	), dues as (
		insert into due_times (bank_id, id, kind, object_id, name, due_at, created_at)
		select $1, d.id, d.kind, $2, d.name, d.at, $13
		from taken, unnest($18::uuid[], $19::text[], $20::text[], $21::timestamptz[]) d(id, kind, name, at)
	), ` + events.FirstSQL("taken", bookParams+1) + `,
	link as (` + banks.LinkSQL("taken", bookParams+1+events.FirstParams) + `),
	message as (` + channels.InsertReadySQL("taken", bookParams+1+events.FirstParams+banks.LinkParams) + `)
	select place_id, queued, ` + customSQL + ` from taken, told`
