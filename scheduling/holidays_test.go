package scheduling

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// icsFile is a file of events, each given as its lines.
func icsFile(events ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n")
	for i, e := range events {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nUID:%d\r\nDTSTAMP:20260101T000000Z\r\n%s\r\nEND:VEVENT\r\n", i, strings.ReplaceAll(e, "\n", "\r\n"))
	}
	b.WriteString("END:VCALENDAR\r\n")
	return b.String()
}

func TestReadHolidays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ what, event, days, reason string }{
		{"a day", "DTSTART;VALUE=DATE:20270902\nSUMMARY:Quốc khánh", "2027-09-02 Quốc khánh", ""},
		{"three days, folded, escaped", "DTSTART;VALUE=DATE:20270205\nDTEND;VALUE=DATE:20270208\nSUMMARY:Tết\\, the new\n  year", "2027-02-05 Tết, the new year|2027-02-06 Tết, the new year|2027-02-07 Tết, the new year", ""},
		{"a duration", "DTSTART;VALUE=DATE:20270101\nDURATION:P2D\nSUMMARY:x", "2027-01-01 x|2027-01-02 x", ""},
		{"every year", "DTSTART;VALUE=DATE:20200824\nRRULE:FREQ=YEARLY;UNTIL=20280101\nSUMMARY:x", "2026-08-24 x|2027-08-24 x", ""},
		{"every year, three times", "DTSTART;VALUE=DATE:20250824\nRRULE:FREQ=YEARLY;COUNT=3\nSUMMARY:x", "2026-08-24 x|2027-08-24 x", ""},
		{"leap days", "DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;UNTIL=20330101\nSUMMARY:x", "2028-02-29 x|2032-02-29 x", ""},
		{"the 4th Thursday of November", "DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;UNTIL=20290101\nSUMMARY:x", "2026-11-26 x|2027-11-25 x|2028-11-23 x", ""},
		{"the last Monday of May", "DTSTART;VALUE=DATE:20260525\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;UNTIL=20290101\nSUMMARY:x", "2026-05-25 x|2027-05-31 x|2028-05-29 x", ""},
		{"but for one", "DTSTART;VALUE=DATE:20260824\nRRULE:FREQ=YEARLY;COUNT=3\nEXDATE;VALUE=DATE:20270824\nSUMMARY:x", "2026-08-24 x|2028-08-24 x", ""},
		{"a meeting", "DTSTART:20270902T090000Z\nSUMMARY:x", "", "is no all-day event: DTSTART is not a date"},
		{"cancelled", "DTSTART;VALUE=DATE:20270902\nSTATUS:CANCELLED\nSUMMARY:x", "", "is cancelled"},
		{"too long", "DTSTART;VALUE=DATE:20270101\nDTEND;VALUE=DATE:20270301\nSUMMARY:x", "", "lasts longer than 31 days"},
		{"every week", "DTSTART;VALUE=DATE:20270101\nRRULE:FREQ=WEEKLY\nSUMMARY:x", "", "recurs otherwise than every year on a date or weekday"},
		{"an interval that runs over", "DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY;INTERVAL=9223372036854775807\nSUMMARY:x", "", "recurs otherwise than every year on a date or weekday"},
		{"by its number in the year", "DTSTART;VALUE=DATE:20270101\nRRULE:FREQ=YEARLY;BYYEARDAY=100\nSUMMARY:x", "", "recurs by BYYEARDAY"},
		{"ends before it begins", "DTSTART;VALUE=DATE:20270102\nDTEND;VALUE=DATE:20270101\nSUMMARY:x", "", "ends at no date after its start"},
	} {
		days, skipped, err := readHolidays(icsFile(c.event), 2027)
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
			continue
		}
		var got []string
		for d, name := range days {
			got = append(got, d.String()+" "+name)
		}
		slices.Sort(got)
		if strings.Join(got, "|") != c.days {
			t.Errorf("%s: %q, want %q", c.what, strings.Join(got, "|"), c.days)
		}
		if c.reason == "" && len(skipped) > 0 || c.reason != "" && (len(skipped) != 1 || skipped[0].Reason != c.reason || skipped[0].Event != 1) {
			t.Errorf("%s: skipped %+v, want %q", c.what, skipped, c.reason)
		}
	}
	for what, file := range map[string]string{
		"no calendar": "hello", "too large": icsFile("SUMMARY:" + strings.Repeat("x", MaxHolidayFile)), "no text": "BEGIN:VCALENDAR\xff",
		"too many": icsFile(slices.Repeat([]string{"DTSTART;VALUE=DATE:20270101"}, maxEvents+1)...), "half": "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
	} {
		if _, _, err := readHolidays(file, 2027); visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzReadHolidays(f *testing.F) {
	f.Add(icsFile("DTSTART;VALUE=DATE:20270205\nDTEND;VALUE=DATE:20270208\nRRULE:FREQ=YEARLY;BYDAY=4TH;BYMONTH=11"))
	f.Fuzz(func(t *testing.T, file string) {
		_, _, err := readHolidays(file, 2027)
		if err != nil && visavis.KindOf(err) != visavis.Invalid {
			t.Fatal(err)
		}
	})
}

func TestImportHolidays(t *testing.T) {
	t.Parallel()
	w := setup(t)
	bank := w.bank()
	c, err := w.s.AddHolidays(w.ctx, bank, HolidayCalendar{Name: "Vietnam", Everyone: true, Days: []NamedDay{
		{on("2026-09-02"), "old"}, {on("2027-04-30"), "kept in the file"}, {on("2027-05-05"), "not in the file"},
	}})
	w.must(err)
	got, err := w.s.ImportHolidays(w.ctx, bank, c.ID, icsFile("DTSTART;VALUE=DATE:20270430\nSUMMARY:Reunification", "DTSTART;VALUE=DATE:20270902\nSUMMARY:National Day", "DTSTART:20270902T090000Z"))
	w.must(err)
	if got.Imported != 2 || got.Removed != 1 || len(got.Skipped) != 1 || got.Skipped[0].Event != 3 {
		t.Errorf("%+v", got)
	}
	stored, err := w.s.Holidays(w.ctx, bank, c.ID)
	w.must(err)
	var days []string
	for _, d := range stored.Days {
		days = append(days, d.Date.String()+" "+d.Name)
	}
	if all := strings.Join(days, "|"); all != "2026-09-02 old|2027-04-30 Reunification|2027-09-02 National Day" {
		t.Errorf("%s", all)
	}
	w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		between, err := w.s.HolidayDaysTx(ctx, tx, []uuid.UUID{c.ID, c.ID}, on("2027-01-01").utc(), on("2027-09-02").utc())
		if len(between) != 2 || !between["2027-04-30"] || !between["2027-09-02"] {
			t.Errorf("days of 2027: %v", between)
		}
		if _, err := w.s.HolidayDaysTx(ctx, tx, []uuid.UUID{c.ID, uuid.New()}, day, day); visavis.KindOf(err) != visavis.NotFound {
			t.Errorf("an unknown calendar: %v", err)
		}
		return err
	}))
	// A file without a day leaves everything as it was.
	_, err = w.s.ImportHolidays(w.ctx, bank, c.ID, icsFile("DTSTART:20270902T090000Z"))
	w.wantCode(err, visavis.Invalid, "invalid_request")
	_, err = w.s.ImportHolidays(w.ctx, w.bank(), c.ID, icsFile("DTSTART;VALUE=DATE:20270430"))
	w.wantCode(err, visavis.NotFound, "holiday_calendar_not_found")
	_, err = w.s.AddHolidays(w.ctx, bank, HolidayCalendar{Name: "Vietnam"})
	w.wantCode(err, visavis.Conflict, "name_taken")
	_, err = w.s.AddHolidays(w.ctx, bank, HolidayCalendar{Name: "x", Agents: []uuid.UUID{uuid.New()}})
	w.wantCode(err, visavis.NotFound, "agent_not_found")
	_, err = w.s.AddHolidays(w.ctx, bank, HolidayCalendar{Name: "x", Days: []NamedDay{{on("2027-01-01"), "a"}, {on("2027-01-01"), "b"}}})
	w.wantCode(err, visavis.Invalid, "invalid_request")
}
