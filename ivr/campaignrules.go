package ivr

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// What a campaign does when a machine answers.
const (
	MachineIgnore  = "ignore"  // nobody finds out: the flow is led with whoever answers
	MachineHangUp  = "hang_up" // and try again by the retry rule for machine
	MachineMessage = "message" // Campaign.MachineFlow is said to it
)

// CampaignSettings are a campaign's rules. A zero field takes its default.
type CampaignSettings struct {
	// Windows are when people are called, by the clock where they are. Default
	// Monday to Saturday, 09:00 to 20:00.
	Windows []CallingWindow `json:"windows,omitempty"`
	// HolidayCalendars are the bank's calendars on whose days nobody is called.
	HolidayCalendars []uuid.UUID `json:"holiday_calendars,omitempty"`
	// Retries say how often a contact is called again after busy, no_answer,
	// machine and failed. Default 2 after 10 min, 2 after 2 h, 1 after 4 h, 1
	// after 30 min. What is named here replaces the default.
	Retries map[string]Retry `json:"retries,omitempty"`
	// MaxCalls is the most calls to one contact in all. 1 to 20, default 4.
	MaxCalls int `json:"max_calls,omitempty"`
	// Machine is MachineIgnore, MachineHangUp (default) or MachineMessage.
	Machine string `json:"machine,omitempty"`
	Pacing  Pacing `json:"pacing,omitzero"`
	// Columns map a field (phone, customer_reference, name of a variable, …) to
	// the header of the CSV file that it is read from. Default: by its own name.
	Columns map[string]string `json:"columns,omitempty"`
	// KeepDays is for how many days after the campaign's end its list is kept: see
	// Campaigns.SweepContacts. 1 to 3,650, default 90.
	KeepDays int `json:"keep_days,omitempty"`
}

// CallingWindow is a part of some days of the week.
type CallingWindow struct {
	Days []string `json:"days"` // mon, tue, wed, thu, fri, sat, sun
	From string   `json:"from"` // HH:MM
	To   string   `json:"to"`   // HH:MM, the first minute in which nobody is called; 24:00 is the day's end
}

// Retry is a rule for one outcome of a call.
type Retry struct {
	Count int `json:"count"` // how often it is tried again; 0 to 10
	Delay int `json:"delay"` // seconds until then; 30 s to 7 days
}

// The outcomes of a call that have a retry rule.
var retryOutcomes = []string{"busy", "no_answer", "machine", "failed"}

var defaultRetries = map[string]Retry{
	"busy": {2, 600}, "no_answer": {2, 7200}, "machine": {1, 14400}, "failed": {1, 1800},
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} // as time.Weekday counts

func (c CampaignSettings) withDefaults() CampaignSettings {
	if len(c.Windows) == 0 {
		c.Windows = []CallingWindow{{Days: []string{"mon", "tue", "wed", "thu", "fri", "sat"}, From: "09:00", To: "20:00"}}
	}
	retries := map[string]Retry{}
	for outcome, rule := range defaultRetries {
		retries[outcome] = rule
	}
	for outcome, rule := range c.Retries {
		retries[outcome] = rule
	}
	c.Retries = retries
	if c.MaxCalls == 0 {
		c.MaxCalls = 4
	}
	if c.Machine == "" {
		c.Machine = MachineHangUp
	}
	if c.KeepDays == 0 {
		c.KeepDays = defaultKeepDays
	}
	c.Pacing = c.Pacing.withDefaults()
	return c
}

func (c CampaignSettings) validate() error {
	if len(c.Windows) > 20 {
		return visavis.InvalidField("settings.windows", "at most 20")
	}
	for i, w := range c.Windows {
		field := "settings.windows." + strconv.Itoa(i)
		from, ok1 := dayMinute(w.From)
		to, ok2 := dayMinute(w.To)
		switch {
		case len(w.Days) == 0 || len(w.Days) > 7:
			return visavis.InvalidField(field+".days", "names one day of the week or more")
		case slices.ContainsFunc(w.Days, func(d string) bool { return !slices.Contains(weekdays, d) }):
			return visavis.InvalidField(field+".days", "each is one of mon, tue, wed, thu, fri, sat, sun")
		case !ok1 || from == 24*60:
			return visavis.InvalidField(field+".from", "is a time of day such as 09:00")
		case !ok2:
			return visavis.InvalidField(field+".to", "is a time of day such as 20:00")
		case from >= to:
			return visavis.InvalidField(field+".to", "must be after the beginning")
		}
	}
	if len(c.HolidayCalendars) > 50 {
		return visavis.InvalidField("settings.holiday_calendars", "at most 50")
	}
	for outcome, rule := range c.Retries {
		field := "settings.retries." + outcome
		switch {
		case !slices.Contains(retryOutcomes, outcome):
			return visavis.InvalidField("settings.retries", "has rules for busy, no_answer, machine and failed")
		case rule.Count < 0 || rule.Count > 10:
			return visavis.InvalidField(field+".count", "between 0 and 10")
		case rule.Count > 0 && (rule.Delay < 30 || rule.Delay > 7*86400):
			return visavis.InvalidField(field+".delay", "between 30 seconds and 7 days, in seconds")
		}
	}
	switch {
	case c.MaxCalls < 1 || c.MaxCalls > 20:
		return visavis.InvalidField("settings.max_calls", "between 1 and 20")
	case c.Machine != MachineIgnore && c.Machine != MachineHangUp && c.Machine != MachineMessage:
		return visavis.InvalidField("settings.machine", "must be ignore, hang_up or message")
	case c.KeepDays < 1 || c.KeepDays > 3650:
		return visavis.InvalidField("settings.keep_days", "between 1 and 3,650")
	case len(c.Columns) > maxColumns:
		return visavis.InvalidField("settings.columns", "at most %d", maxColumns)
	}
	for field, header := range c.Columns {
		if !nameShape.MatchString(field) || header == "" || len(header) > 200 {
			return visavis.InvalidField("settings.columns", "maps a field or variable (lower-case letters, digits, underscores) to the header of a column")
		}
	}
	return c.Pacing.validate()
}

// dayMinute reads HH:MM, 24:00 included.
func dayMinute(text string) (int, bool) {
	if text == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil && len(text) == 5
}

// place is where contacts live: a group of them that windows are judged for at
// once. zones are those that a number may be in: it is called only when the
// windows are open in all of them.
type place struct {
	region string
	zones  []*time.Location
}

// openAt reports whether people of the place may be called at t, and until when.
// holidays are days as the clock there shows them, YYYY-MM-DD.
func (c CampaignSettings) openAt(p place, holidays map[string]bool, t time.Time) (until time.Time, open bool) {
	for _, zone := range p.zones {
		ends, ok := c.openIn(zone, holidays, t)
		if !ok {
			return time.Time{}, false
		}
		if until.IsZero() || ends.Before(until) {
			until = ends
		}
	}
	return until, len(p.zones) > 0
}

func (c CampaignSettings) openIn(zone *time.Location, holidays map[string]bool, t time.Time) (until time.Time, open bool) {
	at := t.In(zone)
	if holidays[at.Format(time.DateOnly)] {
		return time.Time{}, false
	}
	day, minute := weekdays[at.Weekday()], at.Hour()*60+at.Minute()
	for _, w := range c.Windows {
		from, _ := dayMinute(w.From)
		to, _ := dayMinute(w.To)
		if minute < from || minute >= to || !slices.Contains(w.Days, day) {
			continue
		}
		// By the clock: on a night when it is changed the window is an hour
		// shorter or longer, or open twice. At the change it is judged anew.
		ends := time.Date(at.Year(), at.Month(), at.Day(), to/60, to%60, 0, 0, zone)
		if _, change := at.ZoneBounds(); !change.IsZero() && (change.Before(ends) || !ends.After(t)) {
			ends = change
		}
		if !open || ends.After(until) {
			until, open = ends, true
		}
	}
	return until, open
}

// opensAfter is the first moment from t on at which people of the place may be
// called; zero when there is none within three weeks.
func (c CampaignSettings) opensAfter(p place, holidays map[string]bool, t time.Time) time.Time {
	if _, open := c.openAt(p, holidays, t); open {
		return t
	}
	// It opens where a window begins in one of the zones, or where a clock is changed.
	var when []time.Time
	for _, zone := range p.zones {
		at := t.In(zone)
		for day := range 22 {
			for _, w := range c.Windows {
				from, _ := dayMinute(w.From)
				when = append(when, time.Date(at.Year(), at.Month(), at.Day()+day, from/60, from%60, 0, 0, zone))
			}
		}
		for change := t.AddDate(0, 0, -1); ; {
			_, change = change.In(zone).ZoneBounds()
			if change.IsZero() || change.After(t.AddDate(0, 0, 22)) {
				break
			}
			when = append(when, change)
			// Where the clock is set back, what it shows comes twice.
			shown := change.In(zone)
			for _, side := range []time.Time{shown.Add(-time.Second), shown} {
				_, offset := side.Zone()
				for _, w := range c.Windows {
					from, _ := dayMinute(w.From)
					when = append(when, time.Date(shown.Year(), shown.Month(), shown.Day(), from/60, from%60, 0, 0, time.FixedZone("", offset)))
				}
			}
		}
	}
	slices.SortFunc(when, time.Time.Compare)
	for _, at := range when {
		if at.After(t) {
			if _, open := c.openAt(p, holidays, at); open {
				return at
			}
		}
	}
	return time.Time{}
}

// placeKey names a place as it is kept.
func placeKey(region string, zones []string) string { return region + " " + strings.Join(zones, ",") }
