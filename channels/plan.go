package channels

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// Advance is an occasion on which a message goes on to its next step.
type Advance string

// The occasions.
const (
	AdvanceUndelivered  Advance = "undelivered"   // the provider refused it, or says that it did not arrive
	AdvanceNoReceipt    Advance = "no_receipt"    // no receipt of delivery for Wait
	AdvanceProviderDown Advance = "provider_down" // the provider does not take messages (see breakers)
	AdvanceNotMet       Advance = "not_met"       // what the message is for has not been done for Wait, though it may have arrived
	AdvanceUserAsked    Advance = "user_asked"    // NextTx
)

func (a Advance) known() bool {
	switch a {
	case AdvanceUndelivered, AdvanceNoReceipt, AdvanceProviderDown, AdvanceNotMet, AdvanceUserAsked:
		return true
	}
	return false
}

// Step is one rung of a message's ladder.
type Step struct {
	Channel Channel `json:"channel"`
	// Provider is the one to use. "" = the first that is up when it is sent.
	Provider string `json:"provider,omitempty"`
	// From is the sender id or number. "" = by the registry, else the provider's own.
	From string `json:"from,omitempty"`
	// Wait is how long after handing over the step gives way, for the occasions
	// no_receipt and not_met. 0 = it gives way at once or never.
	Wait time.Duration `json:"wait,omitempty"`
	// On are the occasions on which the next step follows. Empty = undelivered
	// and provider_down.
	On []Advance `json:"on,omitempty"`
	// With is true for a step that goes out together with the one before it
	// instead of after it.
	With bool `json:"with,omitempty"`
	// Why tells the reader of a time line where the step comes from.
	Why string `json:"why,omitempty"`
}

// Advances reports whether the step gives way on the occasion.
func (s Step) Advances(on Advance) bool {
	if len(s.On) == 0 {
		return on == AdvanceUndelivered || on == AdvanceProviderDown
	}
	return slices.Contains(s.On, on)
}

// toNumber reports whether the channel reaches a phone number, and costs money.
func (c Channel) toNumber() bool { return c == SMS || c == Voice || c == Flash }

// Reasons of messages that end before anything is sent (MessageInfo.Reason).
const (
	ReasonOptedOut     = "opted_out"     // the customer does not want messages of this kind on any channel that was left
	ReasonFrequencyCap = "frequency_cap" // the customer has had as many of this class as the bank allows
	ReasonQuietHours   = "quiet_hours"   // it would have expired before the quiet hours end
)

// Planned is a message's ladder and when it begins, or why there is none.
type Planned struct {
	Steps     []Step
	NotBefore time.Time // zero = at once
	// Reason says why nothing is sent. The message is kept, as undelivered
	// (quiet_hours: expired), so that its sender can be told. "" = it is sent.
	Reason string
}

// planInput is what a plan is made of. All of it is known when a message is
// accepted: the bank's rules from a cache, the rest from the one statement that
// reads the recipient.
type planInput struct {
	class     Class
	channels  []Channel // the caller's wish; empty = whatever the bank's routes say
	ladder    []Step    // the caller's own; replaces the bank's
	from      string
	phone     string
	zone      *time.Location
	optedOut  []Channel // of this number and the class's group
	capped    bool
	now       time.Time
	sendAt    time.Time // zero = now
	expiresAt time.Time
}

// plan chooses the ladder of a message. The caller's ladder goes before the
// bank's routes, those before the caller's channels, which all go at once. Left
// out are channels that the customer opted out of; a channel that the caller
// named and the routes do not have is kept behind them.
func (r *rules) plan(in planInput) Planned {
	steps := in.ladder
	if len(steps) == 0 {
		steps = r.ladder(in)
	}
	out := Planned{NotBefore: in.sendAt}
	if in.capped {
		out.Reason = ReasonFrequencyCap
		return out
	}
	opted := false
	for _, s := range steps {
		if in.class.Group() != Essential && slices.Contains(in.optedOut, s.Channel) {
			opted = true
			continue
		}
		if s.From == "" {
			s.From = in.from
		}
		if s.From == "" && s.Channel.toNumber() {
			s.From = r.sender(s.Channel, s.Provider, in.class, in.phone)
		}
		if len(out.Steps) == 0 {
			s.With = false
		}
		out.Steps = append(out.Steps, s)
	}
	if len(out.Steps) == 0 && opted {
		out.Reason = ReasonOptedOut
		return out
	}
	if quiet := r.policy.Classes[in.class].Quiet; quiet != nil && classRules[in.class].quiet {
		at := in.now
		if in.sendAt.After(at) {
			at = in.sendAt
		}
		if end := quiet.end(at, in.zone); end.After(at) {
			out.NotBefore = end
			if !end.Before(in.expiresAt) {
				out.Steps, out.Reason = nil, ReasonQuietHours
			}
		}
	}
	return out
}

// ladder is what the bank's routes, or else the caller's channels, make.
func (r *rules) ladder(in planInput) []Step {
	route, ok := r.route(in.class, in.phone)
	if !ok {
		var steps []Step
		for i, c := range in.channels {
			steps = append(steps, Step{Channel: c, With: i > 0, Why: "named by the sender"})
		}
		return steps
	}
	why := "the bank's route"
	if route.Class != "" {
		why += " for " + string(route.Class)
	}
	if route.Prefix != "" {
		why += ", prefix " + route.Prefix
	}
	var steps []Step
	has := map[Channel]bool{}
	for i, s := range route.Steps {
		if len(in.channels) > 0 && !slices.Contains(in.channels, s.Channel) {
			continue
		}
		s.Why = fmt.Sprintf("%s, step %d", why, i+1)
		steps, has[s.Channel] = append(steps, s), true
	}
	for _, c := range in.channels {
		if !has[c] {
			steps, has[c] = append(steps, Step{Channel: c, Why: "named by the sender, not in " + why}), true
		}
	}
	return steps
}

// rules are a bank's decisions, read whole.
type rules struct {
	policy    Policy
	routes    []MessageRoute
	senders   []SenderEntry
	countries []string
	bankID    uuid.UUID
}

// checkSteps refuses a ladder that cannot be climbed.
func (s *Service) checkSteps(field string, steps []Step) error {
	if len(steps) > 8 {
		return visavis.InvalidField(field, "at most 8 steps")
	}
	for i, step := range steps {
		at := fmt.Sprintf("%s[%d]", field, i)
		switch step.Channel {
		case SMS, Voice, Push, Flash:
		default:
			return visavis.InvalidField(at+".channel", "%q is not one of push, sms, voice, flash", step.Channel)
		}
		if step.Provider != "" && !slices.ContainsFunc(s.routes, func(r Route) bool { return r.Channel == step.Channel && r.Provider == step.Provider }) {
			return visavis.InvalidField(at+".provider", "no provider %q is configured for %s", step.Provider, step.Channel)
		}
		if step.Wait < 0 || step.Wait > 24*time.Hour {
			return visavis.InvalidField(at+".wait", "between 0 and 24 hours")
		}
		if len(step.From) > 20 {
			return visavis.InvalidField(at+".from", "at most 20 characters")
		}
		for _, on := range step.On {
			if !on.known() {
				return visavis.InvalidField(at+".on", "%q is not one of undelivered, no_receipt, provider_down, not_met, user_asked", on)
			}
			if (on == AdvanceNoReceipt || on == AdvanceNotMet) && step.Wait == 0 {
				return visavis.InvalidField(at+".wait", "is required with %s", on)
			}
		}
	}
	return nil
}
