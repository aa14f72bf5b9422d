package identifications

import "time"

// BookingSettings say how a scenario's times are given out. Zero fields take
// their defaults; a pointer is nil for the default, as zero means something.
type BookingSettings struct {
	// HoldMinutes is how long a time is kept while the customer fills in the form.
	// Default 10.
	HoldMinutes int `json:"hold_minutes,omitempty"`
	// OfferMinutes is how long one customer of the waitlist may think about a time
	// that became free. Default 15.
	OfferMinutes int `json:"offer_minutes,omitempty"`
	// StepUp asks a customer who came by a link for a code to their phone before a
	// booking is moved or cancelled. Default false.
	StepUp bool `json:"step_up,omitempty"`
	// CallNowSeconds: the page offers to call at once when the wait is at most
	// this long. Default 120; 0 = never.
	CallNowSeconds *int `json:"call_now_seconds,omitempty"`
	// CheckInMinutes is how long before the start a customer may check in at a
	// branch. Default 120.
	CheckInMinutes int `json:"check_in_minutes,omitempty"`
}

func (b BookingSettings) withDefaults() BookingSettings {
	for _, d := range []struct {
		field *int
		value int
	}{{&b.HoldMinutes, 10}, {&b.OfferMinutes, 15}, {&b.CheckInMinutes, 120}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if b.CallNowSeconds == nil {
		b.CallNowSeconds = new(120)
	}
	return b
}

func (b BookingSettings) hold() time.Duration  { return time.Duration(b.HoldMinutes) * time.Minute }
func (b BookingSettings) offer() time.Duration { return time.Duration(b.OfferMinutes) * time.Minute }

// check is of settings with their defaults.
func (b BookingSettings) check(bad func(field, format string, args ...any)) {
	for _, bound := range []struct {
		name       string
		value      int
		least, max int
	}{
		{"hold_minutes", b.HoldMinutes, 1, 60}, {"offer_minutes", b.OfferMinutes, 1, 1440},
		{"call_now_seconds", *b.CallNowSeconds, 0, 3600}, {"check_in_minutes", b.CheckInMinutes, 1, 1440},
	} {
		if bound.value < bound.least || bound.value > bound.max {
			bad("settings.booking."+bound.name, "must be %d to %d", bound.least, bound.max)
		}
	}
}
