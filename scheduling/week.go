package scheduling

import (
	"fmt"
	"time"

	"github.com/google/uuid"
)

// week is all that says when one agent works: the week's hours, and how certain
// dates differ.
type week struct {
	hours      []Hours
	exceptions []Exception // approved, of the agent and of the whole bank, in the order of entry
	holidays   []Date      // by calendar
	same       string      // key, if it is known
}

// open returns when the agent works between from and to, as disjoint intervals
// in order.
//
// Dates are those of the agent's own wall clock: that of the hours' zone, and on
// the dates of a travel that of the travel's. On a holiday, and on an all-day
// absence, the hours of that date are not worked; an absence with hours takes
// those out; extra hours are worked on holidays too, but not during an absence.
func (w week) open(from, to time.Time) ([]interval, error) {
	if len(w.exceptions) == 0 && len(w.holidays) == 0 {
		return workingTime(w.hours, from, to)
	}
	off := map[Date]bool{}
	for _, d := range w.holidays {
		off[d] = true
	}
	away := map[Date]bool{}
	for _, e := range w.exceptions {
		if e.allDay() && (e.Kind == Holiday || e.Kind == Absence) {
			for d := e.First; !e.Last.Before(d); d = d.AddDays(1) {
				off[d] = true
				away[d] = away[d] || e.Kind == Absence
			}
		}
	}
	var work, without, extra, absent []interval
	var err error
	for _, h := range w.hours {
		into, works := &work, func(d Date) bool { return d.Weekday() == h.Weekday && !off[d] }
		if h.Break {
			into, works = &without, func(d Date) bool { return d.Weekday() == h.Weekday }
		}
		if *into, err = w.layOutOwn(*into, h.TimeZone, h.Starts, h.Ends, from, to, works); err != nil {
			return nil, err
		}
	}
	for _, e := range w.exceptions {
		switch {
		case e.Kind == Extra:
			if extra, err = w.layOutException(extra, e, from, to, func(d Date) bool { return e.covers(d) && !away[d] }); err != nil {
				return nil, err
			}
		case e.Kind != Travel && !e.allDay():
			if without, err = w.layOutException(without, e, from, to, e.covers); err != nil {
				return nil, err
			}
			if e.Kind == Absence {
				if absent, err = w.layOutException(absent, e, from, to, e.covers); err != nil {
					return nil, err
				}
			}
		}
	}
	return merge(append(subtract(merge(work), merge(without)), subtract(merge(extra), merge(absent))...)), nil
}

// layOutException appends the hours of an exception: by the clock of its zone,
// or of the whole bank's by the agent's own; who has no hours has no clock.
func (w week) layOutException(all []interval, e Exception, from, to time.Time, on func(Date) bool) ([]interval, error) {
	switch {
	case e.TimeZone != "":
		return layOutZone(all, e.TimeZone, e.Starts, e.Ends, from, to, on)
	case len(w.hours) > 0:
		return w.layOutOwn(all, w.hours[0].TimeZone, e.Starts, e.Ends, from, to, on)
	}
	return all, nil
}

// layOutOwn appends the hours [starts, ends) of the dates by the agent's own
// clock: that of the zone, and on the dates of a travel that of the travel's.
func (w week) layOutOwn(all []interval, zone string, starts, ends Clock, from, to time.Time, on func(Date) bool) ([]interval, error) {
	all, err := layOutZone(all, zone, starts, ends, from, to, func(d Date) bool { return on(d) && w.travelOn(d) == nil })
	if err != nil {
		return nil, err
	}
	for i, e := range w.exceptions {
		if e.Kind != Travel {
			continue
		}
		all, err = layOutZone(all, e.TimeZone, starts, ends, from, to, func(d Date) bool { return on(d) && w.travelOn(d) == &w.exceptions[i] })
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// travelOn returns the travel of a date, the one entered last, or nil.
func (w week) travelOn(d Date) (travel *Exception) {
	for i, e := range w.exceptions {
		if e.Kind == Travel && e.covers(d) {
			travel = &w.exceptions[i]
		}
	}
	return travel
}

// layOutZone appends the hours of the dates by the clock of a zone.
//
// Between two changes of the clocks a zone's wall clock is UTC plus a constant,
// so the hours of each such stretch are laid out with that constant and cut to
// the stretch. Wall-clock times that a change leaves out fall outside of every
// stretch, repeated ones inside two, and no day is ever taken to last 24 hours.
func layOutZone(all []interval, name string, starts, ends Clock, from, to time.Time, on func(Date) bool) ([]interval, error) {
	zone, err := loadZone(name)
	if err != nil {
		return nil, err
	}
	for at := from; at.Before(to); {
		_, until := at.In(zone).ZoneBounds()
		if until.IsZero() || until.After(to) {
			until = to
		}
		all = layOut(all, zone, starts, ends, at, until, on)
		at = until
	}
	return all, nil
}

// weeks are the agents who may be booked, and when they work.
type weeks struct {
	of     map[uuid.UUID]*week
	places map[uuid.UUID]uuid.UUID // the agents' calendars; one who never had hours has none
}

// open returns when each of the agents works between from and to. Those of one
// and the same week, as many agents of a bank are, are worked out once.
func (w *weeks) open(from, to time.Time) (map[uuid.UUID][]interval, error) {
	open := make(map[uuid.UUID][]interval, len(w.of))
	known := map[string][]interval{}
	for id, of := range w.of {
		key := of.key()
		intervals, ok := known[key]
		if !ok || key == "" {
			var err error
			if intervals, err = of.open(from, to); err != nil {
				return nil, err
			}
			known[key] = intervals
		}
		open[id] = intervals
	}
	return open, nil
}

// key is the same for weeks that are the same; "" for one of its own.
func (w *week) key() string {
	if len(w.exceptions) > 0 || len(w.holidays) > 0 || w.same != "" {
		return w.same
	}
	var key []byte
	for _, h := range w.hours {
		key = fmt.Appendf(key, "%d %d %d %s %v,", h.Weekday, h.Starts, h.Ends, h.TimeZone, h.Break)
	}
	return string(key)
}
