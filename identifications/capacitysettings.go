package identifications

import (
	"maps"
	"slices"
	"time"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/scheduling"
)

// CapacitySettings say how bookings of a scenario use the agents' time, besides
// the slots themselves (SlotMinutes and its neighbours in Settings). Zero fields
// are the defaults: none of it.
type CapacitySettings struct {
	// BufferBeforeMinutes and BufferAfterMinutes of an agent's calendar are kept
	// free of other bookings around each. They may lie outside working hours.
	BufferBeforeMinutes int `json:"buffer_before_minutes,omitempty"`
	BufferAfterMinutes  int `json:"buffer_after_minutes,omitempty"`
	// DailyCap is how many bookings of the scenario may begin on one day of the
	// bank's zone; 0 = no limit.
	DailyCap int `json:"daily_cap,omitempty"`
	// AgentDailyCap is how many bookings, of whatever scenario, one agent's
	// calendar may hold on one day of the bank's zone; 0 = no limit.
	AgentDailyCap int `json:"agent_daily_cap,omitempty"`
	// OverbookingPercent is the places beyond the agents' calendars, of those who
	// work at the time, rounded down; besides Settings.Overbooking.
	OverbookingPercent int `json:"overbooking_percent,omitempty"`
	// ChooseAgent lets a booking name its agent.
	ChooseAgent bool `json:"choose_agent,omitempty"`
	// Needs says what follows from a customer's needs (banks.Customer.Needs), by
	// the need's name; a need that is not here changes nothing.
	Needs map[string]NeedRule `json:"needs,omitempty"`
}

// NeedRule is what a need asks of a booking.
type NeedRule struct {
	// ExtraMinutes is how much longer the booking is; of several needs the most
	// counts.
	ExtraMinutes int `json:"extra_minutes,omitempty"`
	// Skill is one that the agent must have; "" = none.
	Skill string `json:"skill,omitempty"`
}

// maxBookingMinutes is the longest that a booking with its buffers may be: a day,
// as the database holds it, less what is never needed.
const maxBookingMinutes = 20 * 60

func (c CapacitySettings) check(slotMinutes int, bad func(field, format string, args ...any)) {
	extra := 0
	if len(c.Needs) > 20 {
		bad("settings.capacity.needs", "at most 20")
	}
	for _, need := range slices.Sorted(maps.Keys(c.Needs)) {
		rule := c.Needs[need]
		field := "settings.capacity.needs." + need
		if !skillShape.MatchString(need) {
			bad(field, "a need is lower case letters, digits and _")
		}
		if rule.Skill != "" && !skillShape.MatchString(rule.Skill) {
			bad(field+".skill", "must be lower case letters, digits and _")
		}
		if rule.ExtraMinutes < 0 || rule.ExtraMinutes > 240 {
			bad(field+".extra_minutes", "must be 0 to 240")
		}
		extra = max(extra, rule.ExtraMinutes)
	}
	for _, bound := range []struct {
		name        string
		value, most int
	}{
		{"buffer_before_minutes", c.BufferBeforeMinutes, 240},
		{"buffer_after_minutes", c.BufferAfterMinutes, 240},
		{"daily_cap", c.DailyCap, 100_000},
		{"agent_daily_cap", c.AgentDailyCap, 1000},
		{"overbooking_percent", c.OverbookingPercent, 200},
	} {
		if bound.value < 0 || bound.value > bound.most {
			bad("settings.capacity."+bound.name, "must be 0 to %d", bound.most)
		}
	}
	if slotMinutes+extra+c.BufferBeforeMinutes+c.BufferAfterMinutes > maxBookingMinutes {
		bad("settings.capacity", "a booking with its buffers must not be longer than %d minutes", maxBookingMinutes)
	}
}

// RulesFor returns what the settings mean for the slots and bookings of a
// customer: with a longer slot and skills for their needs, and agents of their
// language where the queue requires it. zone is the bank's, in which the days of
// the caps are counted.
func (s Settings) RulesFor(c banks.Customer, zone string) scheduling.Rules {
	r := s.Rules()
	r.Zone = zone
	if s.WithDefaults().Queue.Language.Mode == LanguageRequired {
		r.Language = c.Locale
	}
	longer := 0
	for _, need := range c.Needs {
		rule := s.Capacity.Needs[need]
		longer = max(longer, rule.ExtraMinutes)
		if rule.Skill != "" {
			r.Skills = append(r.Skills, scheduling.Skill{Name: rule.Skill, Level: 1})
		}
	}
	r.Length += time.Duration(longer) * time.Minute
	return r
}

// capacity fills in what the settings say besides the slots.
func (s Settings) capacity(r *scheduling.Rules) {
	c := s.Capacity
	r.BufferBefore = time.Duration(c.BufferBeforeMinutes) * time.Minute
	r.BufferAfter = time.Duration(c.BufferAfterMinutes) * time.Minute
	r.DailyCap, r.AgentDailyCap, r.OverbookingPercent = c.DailyCap, c.AgentDailyCap, c.OverbookingPercent
	for _, k := range s.Queue.withDefaults().Skills {
		// One that is not asked for any more after a wait cannot be promised away.
		if k.Required && k.RelaxAfterSeconds == 0 {
			r.Skills = append(r.Skills, scheduling.Skill{Name: k.Skill, Level: k.Level})
		}
	}
}
