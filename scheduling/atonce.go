package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
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
	a, ok, err := s.asking(postgres.WithTx(ctx, tx), tx.BankID, now, n, f)
	if err != nil || !ok {
		return Booking{}, false, err
	}
	ids, kinds, _, names, times := dueColumns(a.dues)
	b := a.booking
	args := []any{
		b.BankID, b.ID, b.IdentificationID, b.CustomerID, b.ScenarioID, a.places, b.Start, b.End, b.TimeZone, b.State,
		b.Reference, b.Metadata, now, orNull(b.SeriesID), a.occupied.from, a.occupied.to, orNull(b.AgentID),
		ids, kinds, names, times,
	}
	args = append(append(append(args, a.event.Args()...), a.link.Args()...), a.message.Args()...)
	var told bool
	var mode string
	err = tx.QueryRow(ctx, bookSQL, args...).Scan(&b.PlaceID, &told, &mode)
	if errors.Is(err, pgx.ErrNoRows) {
		return Booking{}, false, nil
	}
	if err != nil {
		return Booking{}, false, fmt.Errorf("write booking: %w", err)
	}
	a.event.Written(tx, told)
	s.channels.WakeTx(ctx, tx, a.message)
	tx.Wake(topicDue)
	return b, true, nil
}

// asking is a booking with all that it brings, ready to be written.
type asking struct {
	booking  Booking // without its place, until it is taken
	occupied interval
	places   []uuid.UUID // that look free, the best first
	dues     []Due
	event    events.First
	link     banks.ReadyLink
	message  channels.Ready
}

// asking checks what is asked for and makes all that a booking brings; ok = false
// when no place looks free, or when the message needs more than to be written.
func (s *Service) asking(ctx context.Context, bankID uuid.UUID, now time.Time, n NewBooking, f facts) (a *asking, ok bool, err error) {
	b, err := s.newBooking(bankID, now, n, f.customer)
	if err != nil || len(f.places) == 0 {
		return nil, false, err
	}
	a = &asking{booking: b, occupied: interval{n.Rules.from(b.Start), n.Rules.to(b.End)}, places: f.places}
	a.dues = append(f.ladder.rungs(now, b), Due{Kind: DueBooking, ObjectID: b.ID, At: b.Start})
	if a.link, err = s.banks.PrepareLink(bankID, s.manageLink(b)); err != nil {
		return nil, false, err
	}
	message := s.message(b, "booking_confirmed", nil)
	message.LinkID, message.Locale = a.link.ID(), f.customer.Locale
	if a.message, ok, err = s.channels.ReadyOf(ctx, bankID, f.reach, message); err != nil || !ok {
		return nil, false, err
	}
	a.event, err = events.PrepareFirst(ctx, bankID, now, b.event("booking.confirmed"))
	return a, err == nil, err
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
