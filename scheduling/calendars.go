package scheduling

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// calendar is one place: when it can be booked at all, and what is booked.
type calendar struct {
	placeID uuid.UUID // uuid.Nil: an overbooking place that no row exists for yet
	number  int       // of an overbooking place, else 0
	open    []interval
	taken   []interval // what bookings occupy, in order
	closed  []interval // days on which nothing more may begin, in order
}

// calendars are the places that rules allow, agents' first, then those beyond
// by number.
type calendars struct {
	calendars []calendar
	at        map[uuid.UUID]int // index by place
	full      []interval        // days on which the scenario may have no more
	fullAt    map[uuid.UUID][]interval
}

// calendarsTx returns the places that the rules allow with their working time
// between from and to, and the days that are full, with all live bookings but one
// counted; takeTx adds what is booked.
// Places in which nobody works are left out. All is read in one round trip.
func (s *Service) calendarsTx(ctx context.Context, tx *postgres.Tx, r Rules, from, to time.Time, except uuid.UUID) (*calendars, error) {
	batch := &pgx.Batch{}
	finish, err := queueCalendars(batch, tx.BankID, r, from, to, except, nil)
	if err != nil {
		return nil, err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("read working time: %w", err)
	}
	return finish()
}

// queueCalendars is calendarsTx as statements of a batch; what it returns is
// called when the batch is closed. What k, if not nil, knows by then is not read.
func queueCalendars(batch *pgx.Batch, bankID uuid.UUID, r Rules, from, to time.Time, except uuid.UUID, k *known) (func() (*calendars, error), error) {
	var who func() *roster
	if k != nil {
		who = k.who
	} else {
		ro := queueRosterFor(batch, bankID, r, from, to)
		who = func() *roster { return ro }
	}
	numbered := map[int]uuid.UUID{}
	if r.Overbooking > 0 || r.OverbookingPercent > 0 {
		batch.Queue(`select number, id from places where bank_id = $1 and number is not null`, bankID).Query(func(rows pgx.Rows) error {
			var number int
			var id uuid.UUID
			_, err := pgx.ForEachRow(rows, []any{&number, &id}, func() error {
				numbered[number] = id
				return nil
			})
			return err
		})
	}
	all := &calendars{at: map[uuid.UUID]int{}, fullAt: map[uuid.UUID][]interval{}}
	if err := all.queueCaps(batch, bankID, r, from, to, except); err != nil {
		return nil, err
	}
	return func() (*calendars, error) {
		w := who().weeks(r, from, to)
		open, err := w.open(from, to)
		if err != nil {
			return nil, err
		}
		for agent, place := range w.places {
			all.add(calendar{placeID: place, open: open[agent]})
		}
		for i, beyond := range r.beyond(open) {
			all.add(calendar{placeID: numbered[i+1], number: i + 1, open: beyond})
		}
		return all, nil
	}, nil
}

// add adds a place in which somebody works.
func (all *calendars) add(c calendar) {
	if len(c.open) == 0 {
		return
	}
	c.closed = all.full
	if c.placeID != uuid.Nil {
		if days := all.fullAt[c.placeID]; len(days) > 0 {
			c.closed = merge(append(slices.Clone(all.full), days...))
		}
		all.at[c.placeID] = len(all.calendars)
	}
	all.calendars = append(all.calendars, c)
}

// beyond returns when the overbooking places 1, 2, … may be booked, by when the
// agents work: those of Overbooking while anyone does, those of
// OverbookingPercent while enough do.
func (r Rules) beyond(open map[uuid.UUID][]interval) (places [][]interval) {
	if r.AgentID != uuid.Nil || r.Overbooking == 0 && r.OverbookingPercent == 0 { // a place beyond is nobody's
		return nil
	}
	type change struct {
		at time.Time
		by int
	}
	var changes []change
	for _, intervals := range open {
		for _, i := range intervals {
			changes = append(changes, change{i.from, 1}, change{i.to, -1})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return a.at.Compare(b.at) })
	working, most := 0, 0
	type stretch struct {
		interval
		places int
	}
	var stretches []stretch
	for i, c := range changes {
		if i > 0 && working > 0 && c.at.After(changes[i-1].at) {
			n := r.Overbooking + working*r.OverbookingPercent/100
			stretches = append(stretches, stretch{interval{changes[i-1].at, c.at}, n})
			most = max(most, n)
		}
		working += c.by
	}
	for n := 1; n <= most; n++ {
		var may []interval
		for _, s := range stretches {
			if s.places >= n {
				may = append(may, s.interval)
			}
		}
		places = append(places, merge(may))
	}
	return places
}

// queueCaps reads the days between from and to on which the caps are reached.
func (all *calendars) queueCaps(batch *pgx.Batch, bankID uuid.UUID, r Rules, from, to time.Time, except uuid.UUID) error {
	if r.DailyCap == 0 && r.AgentDailyCap == 0 {
		return nil
	}
	zone, err := r.zone()
	if err != nil {
		return err
	}
	day := func(on time.Time) interval {
		d := DateOf(on)
		return interval{d.Begins(zone), d.Ends(zone)}
	}
	begins, ends := DateOf(from.In(zone)).Begins(zone), DateOf(to.In(zone)).Ends(zone)
	if r.DailyCap > 0 {
		batch.Queue(`
			select (starts_at at time zone $4)::date from bookings
			where bank_id = $1 and `+occupiedSince+` and starts_at >= $2 and starts_at < $3
			  and scenario_id = $5 and id <> $7
			group by 1 having count(*) >= $6`, bankID, begins, ends, zone.String(), r.ScenarioID, r.DailyCap, except).Query(func(rows pgx.Rows) error {
			var on time.Time
			_, err := pgx.ForEachRow(rows, []any{&on}, func() error {
				all.full = append(all.full, day(on))
				return nil
			})
			all.full = merge(all.full)
			return err
		})
	}
	if r.AgentDailyCap > 0 {
		batch.Queue(`
			select place_id, (starts_at at time zone $4)::date from bookings
			where bank_id = $1 and `+occupiedSince+` and starts_at >= $2 and starts_at < $3 and id <> $6
			group by 1, 2 having count(*) >= $5`, bankID, begins, ends, zone.String(), r.AgentDailyCap, except).Query(func(rows pgx.Rows) error {
			var place uuid.UUID
			var on time.Time
			_, err := pgx.ForEachRow(rows, []any{&place, &on}, func() error {
				all.fullAt[place] = append(all.fullAt[place], day(on))
				return nil
			})
			return err
		})
	}
	return nil
}

// occupiedSince is of live bookings that may touch the time from $2 to $3, as the
// index bookings_occupied finds them: none is longer than a day.
const occupiedSince = `state in ('held', 'confirmed', 'due')
	and occupied_from > $2::timestamptz - interval '24 hours' and occupied_from < $3`

// booked is what a live booking occupies.
type booked struct {
	place uuid.UUID
	interval
}

// takeTx reads what live bookings, but for one, occupy between from and to,
// buffers included, in place of what was read before.
func (all *calendars) takeTx(ctx context.Context, tx *postgres.Tx, r Rules, from, to time.Time, except uuid.UUID) error {
	batch := &pgx.Batch{}
	taken := queueTaken(batch, tx.BankID, r, from, to, except)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("read bookings: %w", err)
	}
	all.fill(*taken)
	return nil
}

// takenSQL finds what touches the time from $2 to $3: those that began in the two
// hours before it or in it, and the few that last longer, which have an index of
// their own.
const takenSQL = `
	select place_id, occupied_from, occupied_to from bookings
	where bank_id = $1 and state in ('held', 'confirmed', 'due')
	  and occupied_from > $2::timestamptz - interval '2 hours' and occupied_from < $3
	  and occupied_to > $2 and id <> $4 /* of an agent */
	union all
	select place_id, occupied_from, occupied_to from bookings
	where bank_id = $1 and state in ('held', 'confirmed', 'due') and occupied_to - occupied_from > interval '2 hours'
	  and occupied_from > $2::timestamptz - interval '24 hours' and occupied_from <= $2::timestamptz - interval '2 hours'
	  and occupied_to > $2 and id <> $4 /* of an agent */`

// known is what queueCalendars and queueFree need not read; its functions are
// called when the batch is closed.
type known struct {
	who  func() *roster     // who works when
	busy func() []uuid.UUID // places that are taken at the time; for queueFree
	// there: an overbooking place that does not exist yet is left out, not made.
	there bool
}

// queueTaken is what takeTx reads, as a statement of a batch. Of one chosen agent
// only what is in that calendar.
func queueTaken(batch *pgx.Batch, bankID uuid.UUID, r Rules, from, to time.Time, except uuid.UUID) *[]booked {
	taken := new([]booked)
	sql, args, ofAgent := takenSQL, []any{bankID, r.from(from), r.to(to), except}, ""
	if r.AgentID != uuid.Nil {
		args, ofAgent = append(args, r.AgentID), ` and place_id = (select id from places where bank_id = $1 and agent_id = $5)`
	}
	sql = strings.ReplaceAll(sql, "/* of an agent */", ofAgent)
	batch.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var b booked
		_, err := pgx.ForEachRow(rows, []any{&b.place, &b.from, &b.to}, func() error {
			*taken = append(*taken, b)
			return nil
		})
		return err
	})
	return taken
}

// fill puts what is booked into the calendars, in place of what was there.
func (all *calendars) fill(taken []booked) {
	for i := range all.calendars {
		all.calendars[i].taken = all.calendars[i].taken[:0]
	}
	for _, b := range taken {
		if i, ok := all.at[b.place]; ok {
			all.calendars[i].taken = append(all.calendars[i].taken, b.interval)
		}
	}
	for _, c := range all.calendars {
		slices.SortFunc(c.taken, func(a, b interval) int { return a.from.Compare(b.from) })
	}
}

// zone is where the days of the caps are counted.
func (r Rules) zone() (*time.Location, error) {
	if r.Zone == "" {
		return time.UTC, nil
	}
	return loadZone(r.Zone)
}
