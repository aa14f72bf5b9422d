package scheduling

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Beside is what else is done for one caller in the transaction of BookTogether.
// The functions run when many others wait: they must not ask the database
// otherwise, nor wait.
type Beside struct {
	// First queues statements that run before anything is read, such as one that
	// locks the case, or finds out that it cannot. nil: none.
	First func(b *pgx.Batch)
	// May says, when First's statements have run, whether the booking is made. nil: it is.
	May func() bool
	// Then queues statements that run behind the booking. They must do nothing when
	// there is no booking of that id: others may have been faster. nil: none.
	Then func(b *pgx.Batch, made Booking) error
}

// BookTogether books in a transaction that is shared with who else books at this
// bank at this moment (postgres.Together): what they need to know is read by one
// statement, one reader of what is free gives each a place of their own, and one
// statement writes it all. made = false: nothing was done, and BookTx has to do it,
// because somebody else was faster, the case or the rules need more, or one of
// besides did not want it. Errors are those of BookTx.
func (s *Service) BookTogether(ctx context.Context, bankID uuid.UUID, n NewBooking, besides ...Beside) (b Booking, made bool, err error) {
	if postgres.TxFrom(ctx) != nil || n.Rules.DailyCap > 0 || n.Rules.AgentDailyCap > 0 {
		return b, false, nil
	}
	ro := s.rosters.of(bankID)
	if ro == nil || n.Start.UTC().Before(ro.from.utc()) {
		return b, false, nil
	}
	if err := n.Rules.check(); err != nil {
		return b, false, err
	}
	a := &sharing{ctx: context.WithoutCancel(ctx), besides: besides}
	if a.reading, err = s.reading(ctx, bankID, n, ro, func() *roster { return s.rosters.of(bankID) }, true); err != nil {
		return b, false, err
	}
	err = s.bookings.Do(ctx, bankID, a, func() error { return s.bookAlone(ctx, bankID, a) })
	switch {
	case err != nil:
		return b, false, fmt.Errorf("write booking: %w", err)
	case a.refused != nil:
		return b, false, a.refused
	case !a.taken:
		return b, false, nil
	}
	s.db.Wake(append(a.event.Wakes(a.told), topicDue)...)
	s.channels.Wake(ctx, a.message)
	return a.booking, true, nil
}

// bookAlone is BookTogether of who found nobody else.
func (s *Service) bookAlone(ctx context.Context, bankID uuid.UUID, a *sharing) error {
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		for _, queue := range []func(*pgx.Batch, uuid.UUID, []*sharing){s.queueFacts, s.queueBookings} {
			b := &pgx.Batch{}
			postgres.QueuePlanOnce(b)
			if queue(b, bankID, []*sharing{a}); b.Len() > 1 {
				if err := tx.SendBatch(ctx, b).Close(); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// sharing is a booking that asks for a place beside others.
type sharing struct {
	*reading
	*asking
	besides []Beside
	ctx     context.Context // who books; no transaction, and no end
	now     time.Time
	refused error // the booking makes no sense, whoever else books

	taken, told bool // written, and a webhook is told
}

// may reports whether all that is done beside lets the booking be made.
func (a *sharing) may() bool {
	return !slices.ContainsFunc(a.besides, func(beside Beside) bool { return beside.May != nil && !beside.May() })
}

// queueFacts queues what they need to know.
func (s *Service) queueFacts(batch *pgx.Batch, bankID uuid.UUID, all []*sharing) {
	readings := make([]*reading, len(all))
	for i, a := range all {
		a.now, a.found, a.taken, a.told, a.refused = s.now(), false, false, false, nil
		readings[i] = a.reading
		for _, beside := range a.besides {
			if beside.First != nil {
				beside.First(batch)
			}
		}
	}
	queueReadings(batch, bankID, readings)
}

// queueBookings queues all that the bookings bring with them. Each is offered one
// place, which none of the others is at a time that meets its own; one that is
// left over, or whose place somebody else has or takes, is not taken.
func (s *Service) queueBookings(batch *pgx.Batch, bankID uuid.UUID, all []*sharing) {
	ro := s.rosters.of(bankID)
	offered := map[uuid.UUID][]interval{}
	at := map[uuid.UUID]*sharing{}
	var rows, dues [][]any
	var ids []uuid.UUID
	var firsts []events.First
	var links []banks.ReadyLink
	var messages []channels.Ready
	behind := &pgx.Batch{}
	for _, a := range all {
		if ro == nil || !a.found || a.version != ro.version || !a.plain() || !a.may() {
			continue
		}
		f, err := a.finish(a.ctx, ro)
		if err != nil {
			continue
		}
		var ok bool
		if a.asking, ok, a.refused = s.asking(a.ctx, bankID, a.now, a.n, f); !ok || a.refused != nil {
			continue
		}
		place, ok := a.offer(offered)
		if !ok {
			continue
		}
		b := a.booking
		metadata, err := json.Marshal(b.Metadata)
		then := &pgx.Batch{}
		for _, beside := range a.besides {
			if err == nil && beside.Then != nil {
				err = beside.Then(then, b)
			}
		}
		if err != nil {
			continue // alone it says why
		}
		postgres.Requeue(behind, then)
		offered[place] = append(offered[place], a.occupied)
		at[b.ID] = a
		rows = append(rows, []any{
			b.ID, b.IdentificationID, b.CustomerID, b.ScenarioID, place, b.Start, b.End, b.TimeZone, string(b.State), b.Reference, string(metadata),
			b.CreatedAt, orNull(b.SeriesID), a.occupied.from, a.occupied.to, orNull(b.AgentID),
		})
		for _, d := range a.dues {
			dues = append(dues, []any{uuid.Must(uuid.NewV7()), string(d.Kind), d.ObjectID, d.Name, d.At})
		}
		ids, firsts, links, messages = append(ids, b.ID), append(firsts, a.event), append(links, a.link), append(messages, a.message)
	}
	if len(rows) == 0 {
		return
	}
	args := append([]any{bankID}, postgres.Columns(rows)...)
	args = append(args, postgres.Columns(dues)...)
	args = append(args, events.FirstColumns(firsts)...)
	args = append(args, banks.LinkColumns(ids, links)...)
	args = append(args, channels.ReadyColumns(messages)...)
	batch.Queue(bookManySQL, args...).Query(func(rows pgx.Rows) error {
		var id, place uuid.UUID
		var told bool
		_, err := pgx.ForEachRow(rows, []any{&id, &place, &told}, func() error {
			a := at[id]
			a.booking.PlaceID, a.taken, a.told = place, true, told
			return nil
		})
		return err
	})
	postgres.Requeue(batch, behind)
}

// offer is a place that looks free and was not offered to another for a time that
// meets this one.
func (a *asking) offer(offered map[uuid.UUID][]interval) (uuid.UUID, bool) {
next:
	for _, place := range a.places {
		for _, o := range offered[place] {
			if o.from.Before(a.occupied.to) && a.occupied.from.Before(o.to) {
				continue next
			}
		}
		return place, true
	}
	return uuid.Nil, false
}

// bookManyParams are the parameters of bookManySQL but for those of event, link
// and message.
const bookManyParams = 1 + 16 + 5

// bookManySQL is bookSQL for many, each at one place.
var bookManySQL = `
	with taken as (
		insert into bookings (bank_id, id, identification_id, customer_id, scenario_id, place_id, during,
			time_zone, state, reference, metadata, created_at, updated_at, series_id, occupies, agent_id)
		select $1, id, identification, customer, scenario, place, tstzrange(starts, ends), zone, state, nullif(reference, ''), metadata::jsonb,
			at, at, series, tstzrange(since, until), agent
		from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::timestamptz[], $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::text[],
			$13::timestamptz[], $14::uuid[], $15::timestamptz[], $16::timestamptz[], $17::uuid[])
			as a(id, identification, customer, scenario, place, starts, ends, zone, state, reference, metadata, at, series, since, until, agent)
		where pg_try_advisory_xact_lock(hashtextextended(place::text, extract(epoch from starts)::bigint))
		on conflict do nothing returning id, place_id, created_at
	), mine as (
		select taken.*, a.n from taken join unnest($2::uuid[]) with ordinality as a(id, n) on a.id = taken.id
	), dues as (
		insert into due_times (bank_id, id, kind, object_id, name, due_at, created_at)
		select $1, d.id, d.kind, d.object, d.name, d.at, taken.created_at
		from unnest($18::uuid[], $19::text[], $20::uuid[], $21::text[], $22::timestamptz[]) as d(id, kind, object, name, at)
		join taken on taken.id = d.object
	), ` + events.FirstManySQL("taken", bookManyParams+1) + `,
	link as (` + banks.LinkManySQL("taken", bookManyParams+1+events.FirstParams) + `),
	message as (` + channels.InsertReadyColumnsSQL("mine", bookManyParams+2+events.FirstParams+banks.LinkParams) + `)
	select taken.id, taken.place_id, told.queued from taken join told on told.id = taken.id`
