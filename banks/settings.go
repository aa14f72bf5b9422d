package banks

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/nyaruka/phonenumbers"

	"github.com/visavis/visavis"
)

// Settings are a bank's own rules. A zero field takes its default, see
// WithDefaults; all durations are whole seconds.
type Settings struct {
	// ReminderOffsets is how long before a booking reminders go out. Default
	// 24 h, 1 h, 10 min; an empty list (not null) means none.
	ReminderOffsets []int `json:"reminder_offsets,omitzero"`
	// FeedNames: agents' calendar feeds name the customer. Default false: only the
	// kind of call, as a calendar program keeps what it reads elsewhere.
	FeedNames bool `json:"feed_names,omitempty"`
	// WebhookAllow lists special addresses (CIDR) that this bank's webhooks may
	// go to, besides VISAVIS_WEBHOOK_ALLOW. Only the operator sets it. Default none.
	WebhookAllow []string `json:"webhook_allow,omitempty"`
	// RingSMSAfter is when an SMS with the link follows a ring that no device
	// has confirmed. Default 15.
	RingSMSAfter int `json:"ring_sms_after,omitempty"`
	// RingMissedAfter is when an unanswered ring counts as missed. Default 45.
	RingMissedAfter int `json:"ring_missed_after,omitempty"`
	// OfferSeconds is how long a drawn agent has to press Call. Default 20.
	OfferSeconds int `json:"offer_seconds,omitempty"`
	// UnservedAfter is when a due booking that no agent took is given up and a
	// new time offered. Default 600.
	UnservedAfter int `json:"unserved_after,omitempty"`
	// ReconnectGrace is how long a call waits for someone who lost the
	// connection. Default 60.
	ReconnectGrace int `json:"reconnect_grace,omitempty"`
	// PauseReasons are what agents may say a pause is for. Default break, lunch,
	// meeting, training, paperwork; an empty list (not null) means none.
	PauseReasons []string `json:"pause_reasons,omitzero"`
	// MissedOffers is how many offers in a row an agent may let lapse before the
	// agent is paused. Default 2.
	MissedOffers int `json:"missed_offers,omitempty"`
	// DefaultLocale and DefaultTimeZone are of customers created without.
	// Default en and UTC.
	DefaultLocale   string `json:"default_locale,omitempty"`
	DefaultTimeZone string `json:"default_time_zone,omitempty"`
	// Countries lists the ISO 3166-1 regions whose numbers may be messaged and
	// called, as a bound on what a stolen key can cost. Empty, the default, means
	// none: nothing goes to a phone number until the bank says where its customers
	// are. Customers of other countries are refused when it is not empty.
	Countries []string `json:"countries,omitempty"`
	// CampaignFourEyes is how many contacts a campaign may have without a second
	// person confirming its start. 0, the default: any number.
	CampaignFourEyes int `json:"campaign_four_eyes,omitempty"`
	// TicketKeepDays is how long the tickets of branches are kept. Default
	// TicketKeepDays.
	TicketKeepDays int `json:"ticket_keep_days,omitempty"`
}

// TicketKeepDays is for how many days tickets of branches are kept where the bank
// does not say.
const TicketKeepDays = 30

// WithDefaults returns the settings with every zero field replaced by its default.
func (s Settings) WithDefaults() Settings {
	if s.ReminderOffsets == nil {
		s.ReminderOffsets = []int{86400, 3600, 600}
	}
	for _, d := range []struct {
		field *int
		value int
	}{
		{&s.RingSMSAfter, 15}, {&s.RingMissedAfter, 45}, {&s.OfferSeconds, 20},
		{&s.UnservedAfter, 600}, {&s.ReconnectGrace, 60}, {&s.MissedOffers, 2},
		{&s.TicketKeepDays, TicketKeepDays},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if s.PauseReasons == nil {
		s.PauseReasons = []string{"break", "lunch", "meeting", "training", "paperwork"}
	}
	if s.DefaultLocale == "" {
		s.DefaultLocale = "en"
	}
	if s.DefaultTimeZone == "" {
		s.DefaultTimeZone = "UTC"
	}
	return s
}

// validate refuses what no call could be led by.
func (s Settings) validate() error {
	if len(s.ReminderOffsets) > 10 {
		return visavis.InvalidField("settings.reminder_offsets", "at most 10")
	}
	for _, offset := range s.ReminderOffsets {
		if offset < 60 || offset > 30*86400 {
			return visavis.InvalidField("settings.reminder_offsets", "each is between a minute and 30 days, in seconds")
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(s.ReminderOffsets)))) != len(s.ReminderOffsets) {
		return visavis.InvalidField("settings.reminder_offsets", "one is named twice")
	}
	for _, bound := range []struct {
		name       string
		value      int
		least, max int
	}{
		{"ring_sms_after", s.RingSMSAfter, 1, 600}, {"ring_missed_after", s.RingMissedAfter, 5, 600},
		{"offer_seconds", s.OfferSeconds, 1, 600}, {"unserved_after", s.UnservedAfter, 10, 86400},
		{"reconnect_grace", s.ReconnectGrace, 1, 3600},
	} {
		if bound.value != 0 && (bound.value < bound.least || bound.value > bound.max) {
			return visavis.InvalidField("settings."+bound.name, "between %d and %d seconds", bound.least, bound.max)
		}
	}
	if d := s.WithDefaults(); d.RingMissedAfter <= d.RingSMSAfter {
		return visavis.InvalidField("settings.ring_missed_after", "must be more than ring_sms_after (%d seconds), or no SMS would be sent", d.RingSMSAfter)
	}
	if s.MissedOffers < 0 || s.MissedOffers > 100 {
		return visavis.InvalidField("settings.missed_offers", "between 1 and 100")
	}
	if s.CampaignFourEyes < 0 || s.CampaignFourEyes > 1_000_000 {
		return visavis.InvalidField("settings.campaign_four_eyes", "between 0 (off) and 1,000,000 contacts")
	}
	if s.TicketKeepDays < 0 || s.TicketKeepDays > 3650 {
		return visavis.InvalidField("settings.ticket_keep_days", "between 1 and 3650 days")
	}
	if len(s.PauseReasons) > 50 {
		return visavis.InvalidField("settings.pause_reasons", "at most 50")
	}
	for _, reason := range s.PauseReasons {
		if n := len([]rune(reason)); n < 1 || n > 60 || reason == "missed_offers" {
			return visavis.InvalidField("settings.pause_reasons", "each has 1 to 60 characters and is not missed_offers, which is the gateway's own")
		}
	}
	for _, text := range s.WebhookAllow {
		if _, err := netip.ParsePrefix(text); err != nil {
			return visavis.InvalidField("settings.webhook_allow", "each is an address range such as 127.0.0.0/8")
		}
	}
	if s.DefaultLocale != "" && !slices.Contains(Locales, s.DefaultLocale) {
		return visavis.InvalidField("settings.default_locale", "one of %v", Locales)
	}
	if s.DefaultTimeZone != "" {
		if err := checkTimeZone("settings.default_time_zone", s.DefaultTimeZone); err != nil {
			return err
		}
	}
	regions := phonenumbers.GetSupportedRegions()
	for _, country := range s.Countries {
		if !regions[country] {
			return visavis.InvalidField("settings.countries", "each is an ISO 3166-1 code such as VN")
		}
	}
	return nil
}

// AnyCountry lists every country that has phone numbers: for tests, and for a
// bank that means it.
func AnyCountry() []string {
	return slices.Sorted(maps.Keys(phonenumbers.GetSupportedRegions()))
}

// checkTimeZone refuses what is not an IANA zone that every machine means the
// same by.
func checkTimeZone(field, name string) error {
	if name == "" || name == "Local" || len(name) > 64 {
		return visavis.InvalidField(field, "it is an IANA time zone such as Asia/Ho_Chi_Minh")
	}
	if _, err := time.LoadLocation(name); err != nil {
		return visavis.InvalidField(field, "it is an IANA time zone such as Asia/Ho_Chi_Minh")
	}
	return nil
}
