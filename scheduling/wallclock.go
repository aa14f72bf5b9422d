package scheduling

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/visavis/visavis"
)

// Date is a day of the calendar, without a zone: it begins and ends where
// someone's wall clock says so, and is not 24 hours.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf returns the day that a calendar on the wall shows at t, in t's zone.
func DateOf(t time.Time) Date {
	year, month, day := t.Date()
	return Date{year, month, day}
}

// ParseDate reads "2027-02-15".
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date such as 2027-02-15", s)
	}
	return DateOf(t), nil
}

// String returns "2027-02-15".
func (d Date) String() string { return d.utc().Format(time.DateOnly) }

// MarshalText implements encoding.TextMarshaler.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Date) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDate(string(b))
	return err
}

// AddDays returns the day that is n days of the calendar later; n may be
// negative.
func (d Date) AddDays(n int) Date { return DateOf(d.utc().AddDate(0, 0, n)) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Before reports whether d is an earlier day.
func (d Date) Before(other Date) bool { return d.utc().Before(other.utc()) }

// Days returns how many days of the calendar after other d is.
func (d Date) Days(other Date) int { return int(d.utc().Sub(other.utc()) / (24 * time.Hour)) }

// utc is the day written in UTC, where days are even: for sums, never a moment.
func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// Begins returns the first moment of the day in the zone: midnight, or the end
// of the hour that is left out there (in some zones clocks change at midnight),
// or, where midnight comes twice, the first. In a zone that left the whole day
// out (Pacific/Apia, 30 December 2011) it is the first moment after.
func (d Date) Begins(zone *time.Location) time.Time {
	midnight := Wall{Date: d}
	at := midnight.instants(zone)
	if len(at) > 0 {
		return at[0]
	}
	_, next := midnight.around(zone)
	return next
}

// Ends returns the first moment of the next day.
func (d Date) Ends(zone *time.Location) time.Time { return d.AddDays(1).Begins(zone) }

// Wall is what a clock and a calendar on the wall show, to the minute. It is a
// moment only in a zone, and there it may be none or two.
type Wall struct {
	Date  Date
	Clock Clock // 0 to 1439; 1440 is the next day's 00:00
}

// WallOf returns what a clock in t's zone shows; seconds are cut off.
func WallOf(t time.Time) Wall { return Wall{DateOf(t), Clock(t.Hour()*60 + t.Minute())} }

// String returns "2027-03-28T03:30".
func (w Wall) String() string { return w.utc().Format("2006-01-02T15:04") }

func (w Wall) utc() time.Time { return w.Date.utc().Add(time.Duration(w.Clock) * time.Minute) }

// The problems of a time on a wall clock, for errors.Is; the errors themselves
// are *visavis.Error and say which times to choose from.
var (
	ErrNoSuchTime = errors.New("the clocks leave this time out")
	ErrTwice      = errors.New("the clocks show this time twice")
)

// In returns the one moment at which a clock in the zone shows w. There may be
// none, when the clocks are put forward over it: then it is Invalid
// "time_does_not_exist", wraps ErrNoSuchTime, and names the last time before the
// gap and the first after it. There may be two, when they are put back: then it
// is Invalid "time_is_ambiguous", wraps ErrTwice, and names both with their
// offsets. Nothing is ever guessed.
func (w Wall) In(zone *time.Location) (time.Time, error) {
	at := w.instants(zone)
	switch len(at) {
	case 1:
		return at[0], nil
	case 0:
		gap, after := w.around(zone)
		return time.Time{}, visavis.Errorf(visavis.Invalid, "time_does_not_exist",
			"%w: the clocks go from %s straight to %s; choose a time before %s, or %s or later",
			wallError{ErrNoSuchTime, fmt.Sprintf("%s does not exist in %s", w, zone)}, gap.Format("15:04"), after.Format("15:04"),
			gap.Format("2006-01-02T15:04"), after.Format(time.RFC3339))
	}
	return time.Time{}, visavis.Errorf(visavis.Invalid, "time_is_ambiguous",
		"%w: give %s or %s", wallError{ErrTwice, fmt.Sprintf("%s comes twice in %s", w, zone)}, at[0].Format(time.RFC3339), at[1].Format(time.RFC3339))
}

// ParseTime reads a time that a person or a program gave for a zone: with an
// offset (RFC 3339, "2027-10-31T03:30:00+02:00") it is that moment, whatever the
// zone; without one ("2027-10-31T03:30") it is what the clocks there show, with
// the refusals of Wall.In. What is neither is Invalid "invalid_request".
func ParseTime(text string, zone *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t.In(zone), nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil && t.Second() == 0 {
			return WallOf(t).In(zone)
		}
	}
	return time.Time{}, visavis.Errorf(visavis.Invalid, "invalid_request", "%q is not a time such as 2027-02-15T09:00 or 2027-02-15T09:00:00+02:00", text)
}

// wallError has the words of one case and is the sentinel to errors.Is.
type wallError struct {
	is   error
	text string
}

func (e wallError) Error() string { return e.text }
func (e wallError) Unwrap() error { return e.is }

// instants returns the moments, in order, at which a clock in the zone shows w
// exactly: none, one or two. (More would take two changes back within a day,
// which no zone has.)
func (w Wall) instants(zone *time.Location) (at []time.Time) {
	// As if in UTC; what the clock shows is that plus an offset of the zone's.
	// Offsets are those in force up to a day before and after.
	shown := w.utc()
	for t := shown.Add(-24 * time.Hour); ; {
		from, until := t.In(zone).ZoneBounds()
		_, offset := t.In(zone).Zone()
		is := shown.Add(-time.Duration(offset) * time.Second)
		if (from.IsZero() || !is.Before(from)) && (until.IsZero() || is.Before(until)) {
			at = append(at, is.In(zone))
		}
		if until.IsZero() || until.After(shown.Add(24*time.Hour)) {
			return at
		}
		t = until
	}
}

// around returns, for a time that is left out, the moment at which the clock is
// put forward, in the zone (it shows the first time after the gap), and as if in
// UTC what it would have shown: the first time of the gap.
func (w Wall) around(zone *time.Location) (gap, after time.Time) {
	shown := w.utc()
	for t := shown.Add(-24 * time.Hour); ; {
		_, until := t.In(zone).ZoneBounds()
		if until.IsZero() {
			return shown, shown // not reached: a time that is left out has a change
		}
		_, offset := t.In(zone).Zone()
		_, next := until.In(zone).Zone()
		gapFrom := until.UTC().Add(time.Duration(offset) * time.Second)
		gapTo := until.UTC().Add(time.Duration(next) * time.Second)
		if !shown.Before(gapFrom) && shown.Before(gapTo) {
			return gapFrom, until.In(zone)
		}
		t = until
	}
}

// zones are those that were loaded: time.LoadLocation reads and parses the zone
// anew each time, and a search for slots needs thousands.
var zones sync.Map // name → *time.Location

// loadZone is time.LoadLocation without its two special cases, "" and "Local",
// which would tie a promise to the machine's own zone. A zone is read once.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("%q is not an IANA time zone", name)
	}
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	zones.Store(name, zone)
	return zone, nil
}
