package identifications

import (
	"fmt"
	"regexp"
	"slices"
)

// The ways to choose among the agents who may serve a customer.
const (
	// StrategyRandom draws one at random, provably (calls.VerifyDraw): the
	// default, as identifications want it (BaFin 3/2017, ETSI TS 119 461).
	StrategyRandom = "random"
	// StrategyWeighted draws likewise, an agent with the chance of the sum of
	// his levels in the skills that are asked for, at least 1.
	StrategyWeighted = "weighted"
	// StrategyLongestIdle takes who has been ready for longest.
	StrategyLongestIdle = "longest_idle"
	// StrategyLeastOccupied takes who spent the least time in calls in the last
	// 8 hours.
	StrategyLeastOccupied = "least_occupied"
)

// What the customer's language means for the choice of agent.
const (
	LanguageRequired  = "required"
	LanguagePreferred = "preferred"
	LanguageIgnored   = "ignored"
)

// Where a customer who has waited for too long goes.
const (
	OverflowEveryone = "everyone" // to any agent, whatever was asked for
	OverflowCallback = "callback" // a call-back is offered; the place stays
	OverflowBooking  = "booking"  // a booking is offered; the place stays
)

// QueueSettings say how customers of a scenario are routed. Zero fields take
// their defaults; all durations are whole seconds.
type QueueSettings struct {
	// Strategy is how one agent is chosen among those who may. Default random.
	Strategy string       `json:"strategy,omitempty"`
	Skills   []QueueSkill `json:"skills,omitempty"`
	Language LanguageRule `json:"language,omitzero"`
	// SegmentPriority is the priority of walk-ins by the customer's segment, 0 to
	// 100; default 0. A point is worth 6 s of waiting.
	SegmentPriority map[string]int `json:"segment_priority,omitempty"`
	Overflow        Overflow       `json:"overflow,omitzero"`
	// NamedAgentSeconds is how long a due booking waits for the agent whom the
	// customer chose, who is at work, before anybody is asked. Default 60.
	NamedAgentSeconds int `json:"named_agent_seconds,omitempty"`
	// WrapUpSeconds ends the agent's wrap-up by itself; default 0 = when the
	// agent says so.
	WrapUpSeconds int `json:"wrap_up_seconds,omitempty"`
	// PlaceKeptSeconds is how long the place of a customer whose page is silent
	// is kept. Default 300.
	PlaceKeptSeconds int `json:"place_kept_seconds,omitempty"`
	// CallbackSeconds is how long a customer who left the page for a call-back
	// stays in the queue before a new time is offered. Default 7200.
	CallbackSeconds int `json:"callback_seconds,omitempty"`
	// TakeoverAfterSeconds is when a call whose agent is gone is offered to
	// another. Default 10; a pointer, as 0 means at once and -1 never.
	TakeoverAfterSeconds *int        `json:"takeover_after_seconds,omitempty"`
	Supervision          Supervision `json:"supervision,omitzero"`
	// ServiceLevelSeconds is the wait within which an answer counts for the
	// service level. Default 20.
	ServiceLevelSeconds int `json:"service_level_seconds,omitempty"`
}

// QueueSkill is a skill that is asked for.
type QueueSkill struct {
	Skill    string `json:"skill"`
	Level    int    `json:"level,omitempty"`    // at least; default 1
	Required bool   `json:"required,omitempty"` // else preferred
	// RelaxAfterSeconds is when it is not asked for any more. Default for a
	// required one 0 = never, for a preferred one 60.
	RelaxAfterSeconds int `json:"relax_after_seconds,omitempty"`
}

// LanguageRule says whether the agent must speak the customer's language. An
// agent without languages speaks any.
type LanguageRule struct {
	Mode              string `json:"mode,omitempty"`                // default preferred
	RelaxAfterSeconds int    `json:"relax_after_seconds,omitempty"` // default 60; of a required one 0 = never
}

// Overflow is what happens to who has waited for too long.
type Overflow struct {
	AfterSeconds int    `json:"after_seconds,omitempty"` // default 0 = never
	To           string `json:"to,omitempty"`
}

// Supervision says what supervisors may do unseen.
type Supervision struct {
	WatchHidden bool `json:"watch_hidden,omitempty"` // default: the customer is shown who watches
}

func (q QueueSettings) withDefaults() QueueSettings {
	if q.Strategy == "" {
		q.Strategy = StrategyRandom
	}
	q.Skills = slices.Clone(q.Skills)
	for i := range q.Skills {
		k := &q.Skills[i]
		k.Level = max(k.Level, 1)
		if !k.Required && k.RelaxAfterSeconds == 0 {
			k.RelaxAfterSeconds = 60
		}
	}
	if q.Language.Mode == "" {
		q.Language.Mode = LanguagePreferred
	}
	if q.Language.Mode == LanguagePreferred && q.Language.RelaxAfterSeconds == 0 {
		q.Language.RelaxAfterSeconds = 60
	}
	if q.NamedAgentSeconds == 0 {
		q.NamedAgentSeconds = 60
	}
	if q.PlaceKeptSeconds == 0 {
		q.PlaceKeptSeconds = 300
	}
	if q.CallbackSeconds == 0 {
		q.CallbackSeconds = 7200
	}
	if q.TakeoverAfterSeconds == nil {
		q.TakeoverAfterSeconds = new(10)
	}
	if q.ServiceLevelSeconds == 0 {
		q.ServiceLevelSeconds = 20
	}
	return q
}

var skillShape = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// check is of settings with their defaults.
func (q QueueSettings) check(bad func(field, format string, args ...any)) {
	oneOf := func(name, value string, of ...string) {
		if !slices.Contains(of, value) {
			bad("settings.queue."+name, "must be one of %v", of)
		}
	}
	within := func(name string, value, least, most int) {
		if value < least || value > most {
			bad("settings.queue."+name, "must be %d to %d", least, most)
		}
	}
	oneOf("strategy", q.Strategy, StrategyRandom, StrategyWeighted, StrategyLongestIdle, StrategyLeastOccupied)
	oneOf("language.mode", q.Language.Mode, LanguageRequired, LanguagePreferred, LanguageIgnored)
	if q.Overflow.AfterSeconds != 0 || q.Overflow.To != "" {
		oneOf("overflow.to", q.Overflow.To, OverflowEveryone, OverflowCallback, OverflowBooking)
		within("overflow.after_seconds", q.Overflow.AfterSeconds, 1, 86400)
	}
	if len(q.Skills) > 20 {
		bad("settings.queue.skills", "at most 20")
	}
	for i, k := range q.Skills {
		name := fmt.Sprintf("skills.%d.", i)
		if !skillShape.MatchString(k.Skill) || slices.ContainsFunc(q.Skills[:i], func(o QueueSkill) bool { return o.Skill == k.Skill }) {
			bad("settings.queue."+name+"skill", "lower case letters, digits and _, each skill once")
		}
		within(name+"level", k.Level, 1, 10)
		within(name+"relax_after_seconds", k.RelaxAfterSeconds, 0, 86400)
	}
	if len(q.SegmentPriority) > 100 {
		bad("settings.queue.segment_priority", "at most 100 segments")
	}
	for segment, priority := range q.SegmentPriority {
		within("segment_priority."+segment, priority, 0, 100)
	}
	within("language.relax_after_seconds", q.Language.RelaxAfterSeconds, 0, 86400)
	within("named_agent_seconds", q.NamedAgentSeconds, 1, 3600)
	within("wrap_up_seconds", q.WrapUpSeconds, 0, 3600)
	within("place_kept_seconds", q.PlaceKeptSeconds, 60, 86400)
	within("callback_seconds", q.CallbackSeconds, 60, 86400)
	within("takeover_after_seconds", *q.TakeoverAfterSeconds, -1, 3600)
	within("service_level_seconds", q.ServiceLevelSeconds, 1, 3600)
}
