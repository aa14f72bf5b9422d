package scheduling

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// Rules say which times a scenario offers. Package identifications makes them
// from the scenario's settings.
type Rules struct {
	Length   time.Duration // of a booking; > 0
	Interval time.Duration // slots start at multiples of it since 1970 in UTC; > 0
	Notice   time.Duration // the earliest start is this long after now
	Horizon  time.Duration // the latest start is this long after now; > 0
	// EligibleAgents are those whose calendars may be booked; empty = every
	// agent with working hours. Disabled agents never are.
	EligibleAgents []uuid.UUID
	// Overbooking is how many bookings are taken at a time beyond the agents'
	// calendars, while at least one eligible agent works.
	Overbooking int
}

func (r Rules) check() error {
	if r.Length <= 0 || r.Interval < time.Second || r.Notice < 0 || r.Horizon <= 0 || r.Overbooking < 0 {
		return fmt.Errorf("scheduling: rules without a length, interval or horizon: %+v", r)
	}
	return nil
}

// window cuts [from, to] to what may be booked at now: starts within notice
// and horizon. Zero times mean no limit of the caller's.
func (r Rules) window(now, from, to time.Time) (first, last time.Time) {
	first, last = now.Add(r.Notice), now.Add(r.Horizon)
	if from.After(first) {
		first = from
	}
	if !to.IsZero() && to.Before(last) {
		last = to
	}
	return first, last
}

// alignUp returns the first multiple of the interval at or after t.
func (r Rules) alignUp(t time.Time) time.Time {
	step := r.Interval.Nanoseconds()
	n := t.UnixNano()
	if rest := n % step; rest != 0 {
		n += step - rest
	}
	return time.Unix(0, n).UTC()
}

// Slot is a time that can be booked now.
type Slot struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Free  int       `json:"free"` // places left, at least 1
}

const (
	defaultSlots = 500
	maxSlots     = 5000
)

// Slots returns the times between from and to (both may be zero: from the
// notice, to the horizon) at which at least one place is free, in order, at
// most limit (default 500, at most 5,000). Nothing is held: BookTx decides.
func (s *Service) Slots(ctx context.Context, bankID uuid.UUID, r Rules, from, to time.Time, limit int) ([]Slot, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	switch {
	case limit <= 0:
		limit = defaultSlots
	case limit > maxSlots:
		limit = maxSlots
	}
	first, last := r.window(s.now(), from, to)
	first = r.alignUp(first)
	if last.Before(first) {
		return []Slot{}, nil
	}
	var free []calendar
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		free, err = s.calendarsTx(ctx, tx, r, first, last.Add(r.Length), uuid.Nil)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read slots: %w", err)
	}
	return countSlots(free, r, first, last, limit), nil
}

// calendar is one place: when it can be booked at all, and what is booked.
type calendar struct {
	placeID uuid.UUID // uuid.Nil: an overbooking place that no row exists for yet
	number  int       // of an overbooking place, else 0
	open    []interval
	taken   []interval // in order
}

// calendarsTx returns the places that the rules allow, agents' first, with
// their working time and live bookings, but for one, between from and to.
func (s *Service) calendarsTx(ctx context.Context, tx *postgres.Tx, r Rules, from, to time.Time, except uuid.UUID) ([]calendar, error) {
	// pgx sends a nil slice as NULL, and an empty list means everyone.
	eligible := r.EligibleAgents
	if eligible == nil {
		eligible = []uuid.UUID{}
	}
	rows, err := tx.Query(ctx, `
		select h.agent_id, h.weekday, h.starts, h.ends, h.time_zone
		from working_hours h join agents a on a.bank_id = h.bank_id and a.id = h.agent_id
		where h.bank_id = $1 and a.enabled and (cardinality($2::uuid[]) = 0 or h.agent_id = any($2))
		order by h.agent_id`, tx.BankID, eligible)
	if err != nil {
		return nil, err
	}
	all, err := pgx.CollectRows(rows, scanHours)
	if err != nil {
		return nil, err
	}
	ofAgent := map[uuid.UUID][]Hours{}
	for _, h := range all {
		ofAgent[h.AgentID] = append(ofAgent[h.AgentID], h)
	}
	open := map[uuid.UUID][]interval{}
	var anyone []interval
	for agent, hours := range ofAgent {
		if open[agent], err = workingTime(hours, from, to); err != nil {
			return nil, err
		}
		anyone = append(anyone, open[agent]...)
	}
	anyone = merge(anyone)

	rows, err = tx.Query(ctx, `
		select p.id, p.agent_id, coalesce(p.number, 0), lower(b.during), upper(b.during)
		from places p left join bookings b on b.bank_id = p.bank_id and b.place_id = p.id
			and b.state in ('held', 'confirmed', 'due') and b.during && tstzrange($2, $3) and b.id <> $4
		where p.bank_id = $1
		order by p.number nulls first, p.id, lower(b.during)`, tx.BankID, from, to, except)
	if err != nil {
		return nil, err
	}
	var calendars []calendar
	numbered := map[int]bool{}
	var id uuid.UUID
	var agentID *uuid.UUID
	var number int
	var starts, ends *time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &agentID, &number, &starts, &ends}, func() error {
		if n := len(calendars); n == 0 || calendars[n-1].placeID != id {
			c := calendar{placeID: id, number: number, open: anyone}
			if agentID != nil {
				c.open = open[*agentID]
			}
			if number > r.Overbooking || len(c.open) == 0 {
				return nil
			}
			calendars = append(calendars, c)
			numbered[number] = true
		}
		if starts != nil {
			c := &calendars[len(calendars)-1]
			c.taken = append(c.taken, interval{*starts, *ends})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for n := 1; n <= r.Overbooking && len(anyone) > 0; n++ {
		if !numbered[n] {
			calendars = append(calendars, calendar{number: n, open: anyone})
		}
	}
	return calendars, nil
}

// isFree reports whether a booking of [start, end) fits into the calendar.
func (c calendar) isFree(start, end time.Time) bool {
	for _, t := range c.taken {
		if start.Before(t.to) && t.from.Before(end) {
			return false
		}
	}
	for _, o := range c.open {
		if o.covers(start, end) {
			return true
		}
	}
	return false
}

func countSlots(calendars []calendar, r Rules, first, last time.Time, limit int) []Slot {
	steps := int(last.Sub(first)/r.Interval) + 1
	free := make([]int32, steps)
	for _, c := range calendars {
		taken := c.taken
		for _, o := range c.open {
			start := o.from
			if start.Before(first) {
				start = first
			}
			for start = r.alignUp(start); !start.Add(r.Length).After(o.to) && !start.After(last); start = start.Add(r.Interval) {
				// Both run forward, so what ended before this start is done with.
				for len(taken) > 0 && !taken[0].to.After(start) {
					taken = taken[1:]
				}
				if len(taken) > 0 && taken[0].from.Before(start.Add(r.Length)) {
					continue
				}
				free[start.Sub(first)/r.Interval]++
			}
		}
	}
	slots := []Slot{}
	for i, n := range free {
		if n > 0 && len(slots) < limit {
			start := first.Add(time.Duration(i) * r.Interval)
			slots = append(slots, Slot{Start: start, End: start.Add(r.Length), Free: int(n)})
		}
	}
	return slots
}
