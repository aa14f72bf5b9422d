package scheduling

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

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
	// AgentID is the one agent whom the customer chose; uuid.Nil = any.
	AgentID uuid.UUID
	// Skills are those that an agent must have to be booked.
	Skills []Skill
	// Language is one that an agent must speak, who is known to speak some; "" =
	// any.
	Language string
	// BufferBefore and BufferAfter are kept free of other bookings in the place.
	BufferBefore, BufferAfter time.Duration
	// DailyCap is how many bookings of the scenario may begin on one day, and
	// AgentDailyCap how many of any scenario one agent's calendar may hold on one;
	// 0 = no limit. Days are Zone's.
	DailyCap, AgentDailyCap int
	Zone                    string    // IANA; "" = UTC
	ScenarioID              uuid.UUID // whose bookings DailyCap counts
	// Overbooking is how many bookings are taken at a time beyond the agents'
	// calendars, while at least one eligible agent works. OverbookingPercent is
	// how many more, of the eligible agents who work at the time, rounded down.
	Overbooking, OverbookingPercent int
}

// Skill is one that an agent must have, at least at the level (1 to 10).
type Skill struct {
	Name  string
	Level int
}

// agents are those whose calendars may be booked; empty, never nil (which pgx
// would send as NULL), for everyone.
func (r Rules) agents() []uuid.UUID {
	switch {
	case r.AgentID == uuid.Nil && r.EligibleAgents == nil:
		return []uuid.UUID{}
	case r.AgentID == uuid.Nil:
		return r.EligibleAgents
	case len(r.EligibleAgents) > 0 && !slices.Contains(r.EligibleAgents, r.AgentID):
		return []uuid.UUID{uuid.Nil} // nobody
	}
	return []uuid.UUID{r.AgentID}
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

// alignUp returns the first multiple of the interval at or after t, of whatever
// year: nanoseconds since 1970 end in 2262.
func (r Rules) alignUp(t time.Time) time.Time {
	step, n := int64(r.Interval/time.Second), t.Unix()
	if t.Nanosecond() > 0 {
		n++
	}
	if rest := n % step; rest > 0 {
		n += step - rest
	} else {
		n -= rest // before 1970
	}
	return time.Unix(n, 0).UTC()
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
	// slotChunk is how much time is searched at once: the bookings of a stretch are
	// read when the stretch is reached, so that a search that fills its page in the
	// first day does not read a month.
	slotChunk = 24 * time.Hour
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
	slots := []Slot{}
	if last.Before(first) {
		return slots, nil
	}
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		slots = slots[:0] // the transaction may run again
		all, err := s.calendarsTx(ctx, tx, r, first, last.Add(r.Length), uuid.Nil)
		if err != nil {
			return err
		}
		for at := first; !at.After(last) && len(slots) < limit; {
			until := r.alignUp(at.Add(max(slotChunk, r.Interval)))
			stop := last
			if until.Add(-1).Before(stop) {
				stop = until.Add(-1) // starts in [at, until)
			}
			if err := all.takeTx(ctx, tx, r, at, stop.Add(r.Length), uuid.Nil); err != nil {
				return err
			}
			slots = append(slots, countSlots(all.calendars, r, at, stop, limit-len(slots))...)
			at = until
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read slots: %w", err)
	}
	return slots, nil
}

// isFree reports whether a booking of [start, end) fits into the calendar.
func (c calendar) isFree(r Rules, start, end time.Time) bool {
	for _, t := range c.closed {
		if !start.Before(t.from) && start.Before(t.to) {
			return false
		}
	}
	for _, t := range c.taken {
		if start.Add(-r.BufferBefore).Before(t.to) && t.from.Before(end.Add(r.BufferAfter)) {
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

// countSlots returns the starts from first to last at which a calendar is free.
func countSlots(calendars []calendar, r Rules, first, last time.Time, limit int) []Slot {
	steps := int(last.Sub(first)/r.Interval) + 1
	free := make([]int32, steps)
	for _, c := range calendars {
		taken, closed := c.taken, c.closed
		for _, o := range after(c.open, first) {
			if o.from.After(last) {
				break
			}
			start := o.from
			if start.Before(first) {
				start = first
			}
			for start = r.alignUp(start); !start.Add(r.Length).After(o.to) && !start.After(last); start = start.Add(r.Interval) {
				// All run forward, so what ended before this start is done with.
				for len(taken) > 0 && !taken[0].to.After(start.Add(-r.BufferBefore)) {
					taken = taken[1:]
				}
				if len(taken) > 0 && taken[0].from.Before(start.Add(r.Length+r.BufferAfter)) {
					continue
				}
				for len(closed) > 0 && !closed[0].to.After(start) {
					closed = closed[1:]
				}
				if len(closed) > 0 && !start.Before(closed[0].from) {
					continue
				}
				free[start.Sub(first)/r.Interval]++
			}
		}
	}
	var slots []Slot
	for i, n := range free {
		if n > 0 && len(slots) < limit {
			start := first.Add(time.Duration(i) * r.Interval)
			slots = append(slots, Slot{Start: start, End: start.Add(r.Length), Free: int(n)})
		}
	}
	return slots
}

// after returns what of disjoint intervals in order ends after t.
func after(all []interval, t time.Time) []interval {
	n, _ := slices.BinarySearchFunc(all, t, func(i interval, t time.Time) int {
		if i.to.After(t) {
			return 1
		}
		return -1
	})
	return all[n:]
}
