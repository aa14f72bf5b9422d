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
// Tuesday from 00:00 are one.
//
// Between two changes of the clocks a zone's wall clock is UTC plus a constant,
// so the hours of each such stretch are laid out with that constant and cut to
// the stretch. Wall-clock times that a change leaves out fall outside of every
// stretch, repeated ones inside two, and no day is ever taken to last 24 hours.
func workingTime(hours []Hours, from, to time.Time) ([]interval, error) {
	var all []interval
	for _, h := range hours {
		zone, err := loadZone(h.TimeZone)
		if err != nil {
			return nil, err
		}
		for at := from; at.Before(to); {
			_, until := at.In(zone).ZoneBounds()
			if until.IsZero() || until.After(to) {
				until = to
			}
			all = layOut(all, h, zone, at, until)
			at = until
		}
	}
	return merge(all), nil
}

// layOut appends what of h falls into [from, to), a stretch in which the zone's
// offset from UTC does not change.
func layOut(all []interval, h Hours, zone *time.Location, from, to time.Time) []interval {
	_, seconds := from.In(zone).Zone()
	offset := time.Duration(seconds) * time.Second
	// Wall-clock readings, written as if they were UTC, where days are even.
	wallFrom, wallTo := from.UTC().Add(offset), to.UTC().Add(offset)
	day := time.Date(wallFrom.Year(), wallFrom.Month(), wallFrom.Day(), 0, 0, 0, 0, time.UTC)
	for ; day.Before(wallTo); day = day.AddDate(0, 0, 1) {
		if day.Weekday() != h.Weekday {
			continue
		}
		starts := day.Add(time.Duration(h.Starts) * time.Minute)
		ends := day.Add(time.Duration(h.Ends) * time.Minute)
		if starts.Before(wallFrom) {
			starts = wallFrom
		}
		if ends.After(wallTo) {
			ends = wallTo
		}
		if starts.Before(ends) {
			all = append(all, interval{starts.Add(-offset), ends.Add(-offset)})
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
