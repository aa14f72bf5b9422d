package scheduling

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

const (
	// MaxHolidayFile is the most bytes of an iCalendar file that is imported.
	MaxHolidayFile = 512 << 10
	maxEvents      = 2000 // in a file
	maxEventDays   = 31   // of one event
	yearsAhead     = 10   // an event of every year is laid out until so many years from now
)

// HolidayImport is what an import did.
type HolidayImport struct {
	Calendar HolidayCalendar
	Imported int // dates that the file gave
	Removed  int // dates of before that are gone
	Skipped  []SkippedEvent
}

// SkippedEvent is an event that was not taken over.
type SkippedEvent struct {
	Event   int // which of the file, from 1
	Summary string
	Reason  string
}

// ImportHolidays takes the all-day events of an iCalendar file (RFC 5545) over
// into a calendar: they replace its days of the years that the file has; other
// years stay. Events of every year (FREQ=YEARLY, on a date or the nth weekday of
// a month) are laid out from the last year to ten years from now. What is no
// all-day event, or recurs otherwise, is reported and skipped. Invalid (field
// ics) for what is no iCalendar file, is larger than MaxHolidayFile, or has no
// day to take over.
func (s *Service) ImportHolidays(ctx context.Context, bankID, id uuid.UUID, file string) (r HolidayImport, err error) {
	days, skipped, err := readHolidays(file, s.now().Year())
	if err != nil {
		return r, err
	}
	r.Skipped = skipped
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := oneHolidaysTx(ctx, tx, id, " for update")
		if err != nil {
			return err
		}
		if len(days) == 0 {
			return visavis.InvalidField("ics", "has no all-day event to take over%s", why(skipped))
		}
		years := map[int]bool{}
		for d := range days {
			years[d.Year] = true
		}
		r.Imported, r.Removed = len(days), 0
		c.Days = slices.DeleteFunc(c.Days, func(d NamedDay) bool {
			if _, again := days[d.Date]; years[d.Date.Year] && !again {
				r.Removed++
			}
			return years[d.Date.Year]
		})
		for date, name := range days {
			c.Days = append(c.Days, NamedDay{date, name})
		}
		if err := c.check(); err != nil {
			return err
		}
		if err := s.replaceHolidaysTx(ctx, tx, &c); err != nil {
			return err
		}
		r.Calendar = c
		return nil
	})
	return r, err
}

func why(skipped []SkippedEvent) string {
	if len(skipped) == 0 {
		return ""
	}
	return fmt.Sprintf("; event %d: %s", skipped[0].Event, skipped[0].Reason)
}

// readHolidays returns the days of a file, seen in a year.
func readHolidays(file string, year int) (days map[Date]string, skipped []SkippedEvent, err error) {
	if len(file) > MaxHolidayFile {
		return nil, nil, visavis.InvalidField("ics", "at most %d bytes", MaxHolidayFile)
	}
	if !utf8.ValidString(file) || strings.ContainsRune(file, 0) {
		return nil, nil, visavis.InvalidField("ics", "is not UTF-8 text")
	}
	calendar, err := ics.ParseCalendar(strings.NewReader(file))
	if err != nil {
		return nil, nil, visavis.InvalidField("ics", "is not an iCalendar file")
	}
	events := calendar.Events()
	if len(events) > maxEvents {
		return nil, nil, visavis.InvalidField("ics", "at most %d events", maxEvents)
	}
	days = map[Date]string{}
	for i, e := range events {
		name := shorten(value(e, ics.ComponentPropertySummary), 100)
		if name == "" {
			name = "–"
		}
		found, reason := eventDays(e, year)
		if reason != "" {
			skipped = append(skipped, SkippedEvent{Event: i + 1, Summary: name, Reason: reason})
		}
		for _, d := range found {
			if _, known := days[d]; !known {
				days[d] = name
			}
		}
	}
	return days, skipped, nil
}

// value returns a property's value without escapes, "" when it is missing.
func value(e *ics.VEvent, p ics.ComponentProperty) string {
	property := e.GetProperty(p)
	if property == nil {
		return ""
	}
	return strings.TrimSpace(ics.FromText(property.Value))
}

// shorten cuts to so many characters, without control characters.
func shorten(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
	if runes := []rune(s); len(runes) > most {
		s = string(runes[:most])
	}
	return strings.TrimSpace(s)
}

func icsDate(s string) (Date, bool) {
	t, err := time.Parse("20060102", s)
	return DateOf(t), err == nil
}

// eventDays returns the days of an event, or why it has none.
func eventDays(e *ics.VEvent, year int) (days []Date, reason string) {
	if strings.EqualFold(value(e, ics.ComponentPropertyStatus), "CANCELLED") {
		return nil, "is cancelled"
	}
	first, ok := icsDate(value(e, ics.ComponentPropertyDtStart))
	if !ok {
		return nil, "is no all-day event: DTSTART is not a date"
	}
	length := 1
	if end := value(e, ics.ComponentPropertyDtEnd); end != "" {
		last, ok := icsDate(end)
		if !ok || !first.Before(last) {
			return nil, "ends at no date after its start"
		}
		length = last.Days(first)
	} else if d := value(e, ics.ComponentPropertyDuration); d != "" {
		n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(d, "P"), "D"))
		if err != nil || n < 1 {
			return nil, "has a duration that is not whole days"
		}
		length = n
	}
	if length > maxEventDays {
		return nil, fmt.Sprintf("lasts longer than %d days", maxEventDays)
	}
	if e.GetProperty(ics.ComponentPropertyRdate) != nil {
		return nil, "lists its dates in RDATE"
	}
	starts, reason := recurrences(first, value(e, ics.ComponentPropertyRrule), year)
	if reason != "" {
		return nil, reason
	}
	except := map[Date]bool{}
	for _, p := range e.Properties {
		if p.IANAToken == string(ics.ComponentPropertyExdate) {
			for text := range strings.SplitSeq(p.Value, ",") {
				if d, ok := icsDate(strings.TrimSpace(text)); ok {
					except[d] = true
				}
			}
		}
	}
	for _, start := range starts {
		if except[start] {
			continue
		}
		for n := range length {
			if d := start.AddDays(n); d.Year >= 2000 && d.Year <= 2100 {
				days = append(days, d)
			}
		}
	}
	if len(days) == 0 {
		return nil, "has no day from the last year on"
	}
	return days, ""
}

// recurrences returns the first days of an event by its RRULE ("" = once).
func recurrences(first Date, rule string, year int) (starts []Date, reason string) {
	if rule == "" {
		return []Date{first}, ""
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(strings.ToUpper(rule), ";") {
		name, v, _ := strings.Cut(part, "=")
		parts[name] = v
	}
	number := func(name string, otherwise int) (int, bool) {
		text, given := parts[name]
		if !given {
			return otherwise, true
		}
		n, err := strconv.Atoi(text)
		return n, err == nil && n > 0
	}
	interval, ok1 := number("INTERVAL", 1)
	count, ok2 := number("COUNT", 1<<30)
	month, ok3 := number("BYMONTH", int(first.Month))
	dayOfMonth, ok4 := number("BYMONTHDAY", first.Day)
	for name := range parts {
		if !slices.Contains([]string{"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "WKST"}, name) {
			return nil, "recurs by " + shorten(name, 20)
		}
	}
	if parts["FREQ"] != "YEARLY" || !ok1 || interval > 1000 || // else the year below runs over
		!ok2 || !ok3 || !ok4 || month > 12 {
		return nil, "recurs otherwise than every year on a date or weekday"
	}
	until := Date{9999, time.December, 31}
	if text := parts["UNTIL"]; text != "" {
		d, ok := icsDate(text[:min(8, len(text))])
		if !ok {
			return nil, "has an UNTIL that is no date"
		}
		until = d
	}
	on := func(y int) (Date, bool) {
		d := Date{y, time.Month(month), dayOfMonth}
		return d, DateOf(d.utc()) == d // 29 February is not in every year
	}
	if by := parts["BYDAY"]; by != "" {
		nth, weekday, ok := nthWeekday(by)
		if !ok {
			return nil, "recurs on other than one nth weekday"
		}
		on = func(y int) (Date, bool) { return weekdayOf(y, time.Month(month), nth, weekday) }
	}
	for y := first.Year; y <= year+yearsAhead && count > 0; y += interval {
		d, exists := on(y)
		if !exists || d.Before(first) {
			continue
		}
		if until.Before(d) {
			break
		}
		count--
		if y >= year-1 {
			starts = append(starts, d)
		}
	}
	return starts, ""
}

// nthWeekday reads BYDAY such as 4TH or -1MO.
func nthWeekday(s string) (nth int, weekday time.Weekday, ok bool) {
	if len(s) < 3 {
		return 0, 0, false
	}
	i := slices.Index([]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}, s[len(s)-2:])
	nth, err := strconv.Atoi(s[:len(s)-2])
	return nth, time.Weekday(i), err == nil && i >= 0 && nth != 0 && nth >= -5 && nth <= 5
}

// weekdayOf returns the nth weekday of a month, from its end when nth is
// negative.
func weekdayOf(year int, month time.Month, nth int, weekday time.Weekday) (Date, bool) {
	var d Date
	if nth > 0 {
		d = Date{year, month, 1}
		d = d.AddDays((int(weekday-d.Weekday())+7)%7 + 7*(nth-1))
	} else {
		d = DateOf(time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC))
		d = d.AddDays(-(int(d.Weekday()-weekday)+7)%7 + 7*(nth+1))
	}
	return d, d.Month == month
}
