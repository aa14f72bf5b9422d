package scheduling

import (
	"archive/zip"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/visavis/visavis"
)

// zoneNames returns all zones of the toolchain's own database, else of the
// machine's, and which it was.
func zoneNames(t *testing.T) (names []string, from string) {
	t.Helper()
	//lint:ignore SA1019 a test is run by the toolchain that built it
	file := filepath.Join(runtime.GOROOT(), "lib", "time", "zoneinfo.zip")
	if archive, err := zip.OpenReader(file); err == nil {
		defer func() { _ = archive.Close() }()
		for _, f := range archive.File {
			if !f.FileInfo().IsDir() {
				names = append(names, f.Name)
			}
		}
		return names, file
	}
	const root = "/usr/share/zoneinfo"
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := strings.TrimPrefix(path, root+"/")
		if strings.HasPrefix(name, "posix") || strings.HasPrefix(name, "right") {
			return nil
		}
		head := make([]byte, 4)
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }()
		if _, err := f.Read(head); err == nil && string(head) == "TZif" {
			names = append(names, name)
		}
		return nil
	})
	if err != nil {
		t.Fatalf("no list of zones, neither %s nor %s: %v", file, root, err)
	}
	return names, root
}

// changesOf finds when a zone's offset changes, by looking every 6 hours and
// halving: without ZoneBounds, which the code under test leans on.
func changesOf(zone *time.Location, from, to time.Time) (changes []time.Time) {
	offset := func(t time.Time) int { _, s := t.In(zone).Zone(); return s }
	for at := from; at.Before(to); at = at.Add(6 * time.Hour) {
		if offset(at) == offset(at.Add(6*time.Hour)) {
			continue
		}
		low, high := at, at.Add(6*time.Hour)
		for high.Sub(low) > time.Second {
			if mid := low.Add(high.Sub(low) / 2).Truncate(time.Second); offset(mid) == offset(low) {
				low = mid
			} else {
				high = mid
			}
		}
		changes = append(changes, high)
	}
	return changes
}

// TestWallClockInEveryZone holds Wall.In and Date.Begins, over every change of the
// clocks in every zone from 2026 to 2037, against what the clocks show minute by
// minute: each quarter of an hour of the wall clock within 6 hours of a change,
// read both ways. A time that never shows is refused, one that shows twice is
// refused with both offsets, and either of them is taken.
func TestWallClockInEveryZone(t *testing.T) {
	t.Parallel()
	names, source := zoneNames(t)
	var changes, slots, gaps, twice atomic.Int64
	var wg sync.WaitGroup
	work := make(chan string)
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for name := range work {
				zone, err := loadZone(name)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					continue
				}
				for _, change := range changesOf(zone, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2038, 1, 1, 0, 0, 0, 0, time.UTC)) {
					changes.Add(1)
					s, g, w := checkAround(t, zone, change)
					slots.Add(s)
					gaps.Add(g)
					twice.Add(w)
				}
			}
		})
	}
	for _, name := range names {
		work <- name
	}
	close(work)
	wg.Wait()
	t.Logf("%d zones of %s: %d changes, %d times, of which %d do not exist and %d come twice", len(names), source, changes.Load(), slots.Load(), gaps.Load(), twice.Load())
	if len(names) < 400 || changes.Load() < 3000 || gaps.Load() < 9000 || twice.Load() < 9000 {
		t.Error("too little was tried: the test has lost its teeth")
	}
}

func checkAround(t *testing.T, zone *time.Location, change time.Time) (slots, gaps, twice int64) {
	// The oracle: when does the clock show what? Offsets are whole minutes.
	shows := map[Wall][]time.Time{}
	begins := map[Date]time.Time{}
	change = change.Truncate(time.Minute)
	for at := change.Add(-36 * time.Hour); at.Before(change.Add(36 * time.Hour)); at = at.Add(time.Minute) {
		local := at.In(zone)
		year, month, day := local.Date()
		hour, minute, _ := local.Clock()
		d := Date{year, month, day}
		if _, known := begins[d]; !known {
			begins[d] = at
		}
		if minute%15 == 0 {
			w := Wall{d, Clock(hour*60 + minute)}
			shows[w] = append(shows[w], at)
		}
	}
	for d, at := range begins {
		if d == DateOf(change.Add(-36*time.Hour).In(zone)) {
			continue // begun before the oracle looked
		}
		if got := d.Begins(zone); !got.Equal(at) {
			t.Errorf("%s in %s begins at %v, want %v", d, zone, got.UTC(), at)
		}
	}
	before := change.Add(-time.Minute).In(zone)
	middle := time.Date(before.Year(), before.Month(), before.Day(), before.Hour(), 0, 0, 0, time.UTC)
	for reading := middle.Add(-6 * time.Hour); reading.Before(middle.Add(6 * time.Hour)); reading = reading.Add(15 * time.Minute) {
		w := WallOf(reading)
		want := shows[w]
		got, err := w.In(zone)
		slots++
		switch len(want) {
		case 1:
			if err != nil || !got.Equal(want[0]) {
				t.Errorf("%s in %s: %v %v, want %v", w, zone, got, err, want[0])
			}
		case 0:
			gaps++
			if !errors.Is(err, ErrNoSuchTime) || visavis.CodeOf(err) != "time_does_not_exist" || visavis.KindOf(err) != visavis.Invalid {
				t.Errorf("%s in %s does not exist: %v %v", w, zone, got, err)
			} else if next := change.In(zone).Format(time.RFC3339); !strings.Contains(err.Error(), next) {
				t.Errorf("%s in %s: %q does not name %s, the next time that there is", w, zone, err, next)
			}
		case 2:
			twice++
			if !errors.Is(err, ErrTwice) || visavis.CodeOf(err) != "time_is_ambiguous" {
				t.Errorf("%s in %s comes twice: %v %v", w, zone, got, err)
				continue
			}
			for _, at := range want {
				text := at.In(zone).Format(time.RFC3339)
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%s in %s: %q does not name %s", w, zone, err, text)
				}
				if chosen, err := ParseTime(text, zone); err != nil || !chosen.Equal(at) {
					t.Errorf("%s: %v %v, want %v", text, chosen, err, at)
				}
			}
		default:
			t.Errorf("%s in %s comes %d times", w, zone, len(want))
		}
		if parsed, perr := ParseTime(w.String(), zone); !parsed.Equal(got) || (perr == nil) != (err == nil) {
			t.Errorf("ParseTime(%s) in %s: %v %v, but Wall.In %v %v", w, zone, parsed, perr, got, err)
		}
	}
	return slots, gaps, twice
}

func TestWallClockSaysWhatToChoose(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ zone, text, want string }{
		{"Europe/Kyiv", "2027-03-28T03:30", "2027-03-28T03:30 does not exist in Europe/Kyiv: the clocks go from 03:00 straight to 04:00; choose a time before 2027-03-28T03:00, or 2027-03-28T04:00:00+03:00 or later"},
		{"America/New_York", "2027-03-14T02:30", "2027-03-14T02:30 does not exist in America/New_York: the clocks go from 02:00 straight to 03:00; choose a time before 2027-03-14T02:00, or 2027-03-14T03:00:00-04:00 or later"},
		{"Europe/Kyiv", "2027-10-31T03:30", "2027-10-31T03:30 comes twice in Europe/Kyiv: give 2027-10-31T03:30:00+03:00 or 2027-10-31T03:30:00+02:00"},
		{"Australia/Lord_Howe", "2027-10-03T02:15", "2027-10-03T02:15 does not exist in Australia/Lord_Howe: the clocks go from 02:00 straight to 02:30; choose a time before 2027-10-03T02:00, or 2027-10-03T02:30:00+11:00 or later"},
		{"UTC", "tomorrow", `"tomorrow" is not a time such as 2027-02-15T09:00 or 2027-02-15T09:00:00+02:00`},
	} {
		zone, err := loadZone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseTime(c.text, zone); err == nil || err.Error() != c.want {
			t.Errorf("%s in %s:\n got %v\nwant %s", c.text, c.zone, err, c.want)
		}
	}
}

// TestTomorrowIsNotIn24Hours: days of the calendar are 23 to 25 hours here, and
// one is missing altogether.
func TestTomorrowIsNotIn24Hours(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone string
		date Date
		want time.Duration
	}{
		{"Europe/Kyiv", Date{2027, 3, 28}, 23 * time.Hour},
		{"Europe/Kyiv", Date{2027, 10, 31}, 25 * time.Hour},
		{"Europe/Kyiv", Date{2027, 6, 1}, 24 * time.Hour},
		{"Australia/Lord_Howe", Date{2027, 4, 4}, 24*time.Hour + 30*time.Minute},
		{"America/Santiago", Date{2027, 9, 5}, 23 * time.Hour}, // it begins at 01:00
		{"Pacific/Apia", Date{2011, 12, 30}, 0},
	} {
		zone, err := loadZone(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.date.Ends(zone).Sub(c.date.Begins(zone)); got != c.want {
			t.Errorf("%s in %s lasts %v, want %v", c.date, c.zone, got, c.want)
		}
	}
	if d := (Date{2027, 2, 28}).AddDays(1); d != (Date{2027, 3, 1}) || d.Days(Date{2026, 3, 1}) != 365 || d.Weekday() != time.Monday {
		t.Errorf("the day after 28 February 2027 is %s, a %s", d, d.Weekday())
	}
}

func TestStepsOverAChangeOfTheClocks(t *testing.T) {
	t.Parallel()
	zone, err := loadZone("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	bounds, err := Steps(Date{2027, 10, 31}.Begins(zone), Date{2027, 10, 31}.Ends(zone), zone, 60)
	if err != nil || len(bounds) != 26 { // 25 hours have 26 ends
		t.Fatalf("%d bounds, %v", len(bounds), err)
	}
	if bounds, err = Steps(Date{2027, 3, 28}.Begins(zone), Date{2027, 3, 28}.Ends(zone), zone, 60); err != nil || len(bounds) != 24 {
		t.Fatalf("%d bounds, %v", len(bounds), err)
	}
	if !slices.IsSortedFunc(bounds, time.Time.Compare) {
		t.Error("not in order")
	}
	days, err := Steps(Date{2027, 3, 27}.Begins(zone), Date{2027, 3, 30}.Begins(zone), zone, 1440)
	if err != nil || len(days) != 4 || days[2].Sub(days[1]) != 23*time.Hour {
		t.Errorf("days %v, %v", days, err)
	}
	for _, c := range []struct {
		to      time.Time
		minutes int
	}{{Date{2027, 1, 1}.Begins(zone), 60}, {Date{2027, 12, 31}.Begins(zone), 1440}, {Date{2027, 5, 20}.Begins(zone), 15}, {Date{2027, 3, 29}.Begins(zone), 7}} {
		if _, err := Steps(Date{2027, 3, 28}.Begins(zone), c.to, zone, c.minutes); visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("until %v by %d: %v", c.to, c.minutes, err)
		}
	}
}
