package scheduling

import (
	"slices"
	"testing"
	"time"
)

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// The definition of working hours, minute by minute: at work is who finds the
// clock on the wall between starts and ends. Days on which clocks change, and
// Tehran and Ho Chi Minh City, which change none.
func TestWorkingTimeIsWhatTheWallClockShows(t *testing.T) {
	from, to := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 3, 31, 0, 0, 0, 0, time.UTC)
	fall := time.Date(2027, 10, 1, 0, 0, 0, 0, time.UTC)
	shifts := [][2]Clock{{9 * 60, 17 * 60}, {0, 24 * 60}, {90, 3*60 + 30}, {2*60 + 15, 2*60 + 45}, {3*60 + 15, 3*60 + 45}, {22 * 60, 24 * 60}}
	for _, name := range []string{"Europe/Kyiv", "America/New_York", "Australia/Lord_Howe", "Asia/Ho_Chi_Minh", "Asia/Tehran"} {
		loc := zone(t, name)
		for _, shift := range shifts {
			for _, start := range []time.Time{from, fall} {
				end := start.Add(to.Sub(from))
				if start.Equal(fall) {
					end = end.AddDate(0, 0, 12) // New York changes in November
				}
				var hours []Hours
				for _, h := range AroundTheClock(name) {
					if h.Weekday != time.Wednesday {
						hours = append(hours, Hours{Weekday: h.Weekday, Starts: shift[0], Ends: shift[1], TimeZone: name})
					}
				}
				got, err := workingTime(hours, start, end)
				if err != nil {
					t.Fatal(err)
				}
				rest := got
				for at := start; at.Before(end); at = at.Add(time.Minute) {
					wall := at.In(loc)
					shows := Clock(wall.Hour()*60 + wall.Minute())
					want := wall.Weekday() != time.Wednesday && shows >= shift[0] && shows < shift[1]
					for len(rest) > 0 && !rest[0].to.After(at) {
						rest = rest[1:]
					}
					is := len(rest) > 0 && !rest[0].from.After(at)
					if is != want {
						t.Fatalf("%s %v–%v: at %v (%v) works = %v, want %v", name, shift[0], shift[1], at, wall, is, want)
					}
				}
			}
		}
	}
}

// Slots on the days of the change, counted by hand: 02:00–05:00 on a wall
// clock are two hours when one is left out, four when one is repeated, and in
// Lord Howe two and a half and three and a half.
func TestSlotsOverAChangeOfClocks(t *testing.T) {
	for _, c := range []struct {
		zone   string
		date   string // a Sunday, local
		starts Clock
		ends   Clock
		slots  int // of 15 minutes
	}{
		{"Europe/Kyiv", "2027-03-28", 120, 300, 8},
		{"Europe/Kyiv", "2027-10-31", 120, 300, 16},
		{"America/New_York", "2027-03-14", 60, 240, 8},
		{"America/New_York", "2027-11-07", 60, 240, 16},
		{"Australia/Lord_Howe", "2027-10-03", 60, 240, 10},
		{"Australia/Lord_Howe", "2027-04-04", 60, 240, 14},
		{"Asia/Ho_Chi_Minh", "2027-03-28", 120, 300, 12},
		{"Asia/Tehran", "2027-03-28", 120, 300, 12},
		// Wholly inside the hour that does not exist: no slot at all, where
		// time.Date would move it by an hour, forward in Kyiv, back in New York.
		{"Europe/Kyiv", "2027-03-28", 3 * 60, 4 * 60, 0},
		{"America/New_York", "2027-03-14", 2 * 60, 3 * 60, 0},
		{"Australia/Lord_Howe", "2027-10-03", 2 * 60, 2*60 + 30, 0},
	} {
		loc := zone(t, c.zone)
		date, err := time.ParseInLocation(time.DateOnly, c.date, loc)
		if err != nil {
			t.Fatal(err)
		}
		hours := []Hours{{Weekday: time.Sunday, Starts: c.starts, Ends: c.ends, TimeZone: c.zone}}
		from, to := date.UTC(), date.AddDate(0, 0, 1).UTC()
		open, err := workingTime(hours, from, to)
		if err != nil {
			t.Fatal(err)
		}
		slots := countSlots([]calendar{{open: open}}, quarter, quarter.alignUp(from), to, maxSlots)
		if len(slots) != c.slots {
			t.Errorf("%s on %s, %v–%v: %d slots, want %d: %v", c.zone, c.date, c.starts, c.ends, len(slots), c.slots, slots)
		}
	}
}

// A whole week around the clock is one interval, whatever the clocks do, and a
// day of the week is as long as it is.
func TestDaysAreNotTakenToLast24Hours(t *testing.T) {
	for _, c := range []struct {
		zone  string
		date  string
		hours float64
	}{
		{"Europe/Kyiv", "2027-03-28", 23}, {"Europe/Kyiv", "2027-10-31", 25},
		{"Australia/Lord_Howe", "2027-10-03", 23.5}, {"Australia/Lord_Howe", "2027-04-04", 24.5},
	} {
		date, err := time.ParseInLocation(time.DateOnly, c.date, zone(t, c.zone))
		if err != nil {
			t.Fatal(err)
		}
		week, err := workingTime(AroundTheClock(c.zone), date.AddDate(0, 0, -3), date.AddDate(0, 0, 4))
		if err != nil {
			t.Fatal(err)
		}
		if len(week) != 1 {
			t.Errorf("%s: around the clock is %d intervals: %v", c.zone, len(week), week)
		}
		sunday, err := workingTime([]Hours{{Weekday: time.Sunday, Ends: 24 * 60, TimeZone: c.zone}}, date.AddDate(0, 0, -3), date.AddDate(0, 0, 4))
		if err != nil {
			t.Fatal(err)
		}
		if len(sunday) != 1 || sunday[0].to.Sub(sunday[0].from).Hours() != c.hours || !sunday[0].from.Equal(date) {
			t.Errorf("%s: the Sunday is %v, want %v hours from %v", c.zone, sunday, c.hours, date)
		}
	}
}

func TestParseClock(t *testing.T) {
	for text, want := range map[string]Clock{"00:00": 0, "09:05": 545, "23:59": 1439, "24:00": 1440} {
		got, err := ParseClock(text)
		if err != nil || got != want || got.String() != text {
			t.Errorf("ParseClock(%q) = %v, %v", text, got, err)
		}
	}
	bad := []string{"", "9:00", "24:01", "25:00", "12:60", "12-00", "ab:cd", "12:000", "-1:00", "١٢:٠٠"}
	for _, text := range bad {
		if got, err := ParseClock(text); err == nil {
			t.Errorf("ParseClock(%q) = %v, want an error", text, got)
		}
	}
}

func TestOffsetName(t *testing.T) {
	got := []string{}
	for _, seconds := range []int{86400, 3600, 600, 5400, 90, 172800} {
		got = append(got, offsetName(time.Duration(seconds)*time.Second))
	}
	if want := []string{"24h", "1h", "10m", "1h30m", "1m30s", "48h"}; !slices.Equal(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
}

// A start is aligned in any year that a caller may ask about: where it went back, a
// capacity of the year 9999 was never counted to its end.
func TestSlotsAreAlignedInEveryYear(t *testing.T) {
	r := Rules{Interval: 7 * time.Minute}
	for _, at := range []string{"0001-01-01T00:00:00Z", "1677-01-01T00:00:00Z", "1969-12-31T23:59:59.5Z", "1970-01-01T00:00:00Z", "2026-11-22T21:10:00.000000001Z", "2262-04-12T00:00:00Z", "9999-12-31T23:59:59Z"} {
		from, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		up := r.alignUp(from)
		if ahead := up.Sub(from); ahead < 0 || ahead >= r.Interval || up.Unix()%420 != 0 || up.Nanosecond() != 0 {
			t.Errorf("%s is aligned to %s", at, up.Format(time.RFC3339Nano))
		}
	}
}
