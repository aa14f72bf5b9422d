package scheduling

import (
	"slices"
	"time"
)

// interval is a stretch of real time, from inclusive, to exclusive.
type interval struct{ from, to time.Time }

func (i interval) covers(start, end time.Time) bool {
	return !start.Before(i.from) && !end.After(i.to)
}

// workingTime returns when somebody with these hours works between from and
// to, as disjoint intervals in order; neighbours such as Monday until 24:00 and
// Tuesday from 00:00 are one. See layOutZone for the changes of the clocks.
func workingTime(hours []Hours, from, to time.Time) ([]interval, error) {
	var work, breaks []interval
	for _, h := range hours {
		into := &work
		if h.Break {
			into = &breaks
		}
		var err error
		*into, err = layOutZone(*into, h.TimeZone, h.Starts, h.Ends, from, to, func(d Date) bool { return d.Weekday() == h.Weekday })
		if err != nil {
			return nil, err
		}
	}
	return subtract(merge(work), merge(breaks)), nil
}

// layOut appends the hours of the dates that fall into [from, to), a stretch in
// which the zone's offset from UTC does not change.
func layOut(all []interval, zone *time.Location, starts, ends Clock, from, to time.Time, on func(Date) bool) []interval {
	_, seconds := from.In(zone).Zone()
	offset := time.Duration(seconds) * time.Second
	// Wall-clock readings, written as if they were UTC, where days are even.
	wallFrom, wallTo := from.UTC().Add(offset), to.UTC().Add(offset)
	for day := DateOf(wallFrom); day.utc().Before(wallTo); day = day.AddDays(1) {
		if !on(day) {
			continue
		}
		opens, closes := day.utc().Add(time.Duration(starts)*time.Minute), day.utc().Add(time.Duration(ends)*time.Minute)
		if opens.Before(wallFrom) {
			opens = wallFrom
		}
		if closes.After(wallTo) {
			closes = wallTo
		}
		if opens.Before(closes) {
			all = append(all, interval{opens.Add(-offset), closes.Add(-offset)})
		}
	}
	return all
}

func merge(all []interval) []interval {
	slices.SortFunc(all, func(a, b interval) int { return a.from.Compare(b.from) })
	merged := all[:0]
	for _, i := range all {
		if n := len(merged); n > 0 && !i.from.After(merged[n-1].to) {
			if i.to.After(merged[n-1].to) {
				merged[n-1].to = i.to
			}
			continue
		}
		merged = append(merged, i)
	}
	return merged
}

// subtract takes away what lies in without; both are disjoint and in order.
func subtract(all, without []interval) []interval {
	if len(without) == 0 {
		return all
	}
	var left []interval
	for _, i := range all {
		for len(without) > 0 && !without[0].to.After(i.from) {
			without = without[1:]
		}
		for _, w := range without {
			if !w.from.Before(i.to) {
				break
			}
			if i.from.Before(w.from) {
				left = append(left, interval{i.from, w.from})
			}
			if i.from.Before(w.to) {
				i.from = w.to
			}
		}
		if i.from.Before(i.to) {
			left = append(left, i)
		}
	}
	return left
}
