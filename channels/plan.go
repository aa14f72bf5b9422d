package channels

import (
	"fmt"
	"slices"
	"time"

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
	AdvanceUserAsked    Advance = "user_asked"    // NextTx; it works without being named, too
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
	// Provider is the one to use. "" = the first that is up (push: the device's).
	Provider string `json:"provider,omitempty"`
	// From is the sender id or number. "" = by the registry, else the provider's own.
	From string `json:"from,omitempty"`
	// Wait is how long after handing over the step gives way, for the occasions
	// no_receipt and not_met. 0 = it gives way at once or never.
	Wait time.Duration `json:"wait,omitempty"`
	// On are the occasions on which the next step follows. Empty = undelivered
	// and provider_down, and, with a Wait, no_receipt.
	On []Advance `json:"on,omitempty"`
	// With is true for a step that goes out together with the one before it
	// instead of after it. Wait and On of the last of such a group hold for all of it.
	With bool `json:"with,omitempty"`
	// Why tells the reader of a time line where the step comes from.
	Why string `json:"why,omitempty"`
}

// toNumber reports whether the channel reaches a phone number, and costs money.
func (c Channel) toNumber() bool { return c == SMS || c == Voice || c == Flash }

// Reasons of messages that end before anything is sent (MessageInfo.Reason).
const (
	ReasonOptedOut     = "opted_out"     // the customer does not want messages of this kind on any channel that was left
	ReasonFrequencyCap = "frequency_cap" // the customer has had as many of this class as the bank allows
	ReasonQuietHours   = "quiet_hours"   // it would have expired before the quiet hours end
)

// aboutInbound is the AboutType of automatic answers, which go whatever was
// opted out of, and at any hour: the customer has just written.
const aboutInbound = "inbound_message"

// loud is the first moment from at on at which a message of the class may go to
// somebody in the zone ("" = UTC): at itself, or the end of the quiet hours.
func (r *rules) loud(class Class, timeZone string, at time.Time) (time.Time, error) {
	if r == nil || !classRules[class].quiet {
		return at, nil
	}
	quiet := r.policy.Classes[class].Quiet
	if quiet == nil {
		return at, nil
	}
	where, err := zone(or(timeZone, "UTC"))
	if err != nil {
		return at, err
	}
	return quiet.end(at, where), nil
}

// plan chooses the ladder of a message and when it begins. The caller's ladder
// goes before the bank's routes, those before the caller's channels, which all
// go at once. Left out are channels that the customer opted out of; a channel
// that the caller named and the routes do not have is kept behind them. reason
// says why nothing is sent; "" = it is. It touches no database.
func (s *Service) plan(m Message, to recipient, now time.Time) (steps []Step, notBefore time.Time, reason string, err error) {
	r := to.rules
	if r == nil {
		r = &rules{}
	}
	answer := m.AboutType == aboutInbound
	ladder := m.Ladder
	if len(ladder) == 0 {
		ladder = r.ladder(m, to.phone)
	}
	if len(ladder) == 0 && m.Otherwise != "" {
		ladder = []Step{{Channel: m.Otherwise}}
	}
	if len(ladder) == 0 {
		return nil, m.SendAt, "", visavis.InvalidField("channels", "name at least one of sms, push, voice: the bank has no route for messages of this class")
	}
	opted := false
	for _, step := range ladder {
		if !answer && m.Class.Group() != Essential && slices.Contains(to.optedOut, step.Channel) {
			opted = true
			continue
		}
		step.From = or(step.From, m.From)
		if len(steps) == 0 {
			step.With = false
		}
		steps = append(steps, step)
	}
	if opted && len(steps) == 0 {
		return nil, m.SendAt, ReasonOptedOut, nil
	}
	notBefore = m.SendAt
	if answer {
		return steps, notBefore, "", nil
	}
	at := now
	if m.SendAt.After(at) {
		at = m.SendAt
	}
	end, err := r.loud(m.Class, to.timeZone, at)
	if err != nil {
		return nil, notBefore, "", visavis.InvalidField("time_zone", "is not an IANA time zone")
	}
	if end.After(at) {
		if !end.Before(m.ExpiresAt) {
			return nil, notBefore, ReasonQuietHours, nil
		}
		notBefore = end
	}
	return steps, notBefore, "", nil
}

// ladder is what the bank's routes, or else the caller's channels, make.
func (r *rules) ladder(m Message, phone string) (steps []Step) {
	route, ok := r.route(m.Class, phone)
	if !ok {
		for i, c := range m.Channels {
			if !slices.Contains(m.Channels[:i], c) {
				steps = append(steps, Step{Channel: c, With: len(steps) > 0})
			}
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
	has := map[Channel]bool{}
	for i, s := range route.Steps {
		if len(m.Channels) > 0 && !slices.Contains(m.Channels, s.Channel) {
			continue
		}
		s.Why = fmt.Sprintf("%s, step %d", why, i+1)
		steps, has[s.Channel] = append(steps, s), true
	}
	for _, c := range m.Channels {
		if !has[c] {
			steps, has[c] = append(steps, Step{Channel: c, Why: "named by the sender, not in " + why}), true
		}
	}
	return steps
}

// checkSteps refuses a ladder that cannot be climbed.
func (s *Service) checkSteps(field string, steps []Step) error {
	if len(steps) == 0 || len(steps) > 8 {
		return visavis.InvalidField(field, "1 to 8 steps")
	}
	for i, step := range steps {
		at := fmt.Sprintf("%s.%d", field, i)
		switch step.Channel {
		case SMS, Voice, Push, Flash:
		default:
			return visavis.InvalidField(at+".channel", "%q is not one of push, sms, voice, flash", step.Channel)
		}
		if step.Provider != "" && !slices.ContainsFunc(s.routes, func(r Route) bool { return r.Channel == step.Channel && r.Provider == step.Provider }) {
			return visavis.InvalidField(at+".provider", "no provider %q is configured for %s", step.Provider, step.Channel)
		}
		if step.Wait < 0 || step.Wait > 24*time.Hour {
			return visavis.InvalidField(at+".wait_seconds", "between 0 and 24 hours")
		}
		if len(step.From) > 20 {
			return visavis.InvalidField(at+".from", "at most 20 characters")
		}
		if i == 0 && step.With {
			return visavis.InvalidField(at+".with", "the first step has none before it")
		}
		for _, on := range step.On {
			if !on.known() {
				return visavis.InvalidField(at+".on", "%q is not one of undelivered, no_receipt, provider_down, not_met, user_asked", on)
			}
			if (on == AdvanceNoReceipt || on == AdvanceNotMet) && step.Wait == 0 {
				return visavis.InvalidField(at+".wait_seconds", "is required with %s", on)
			}
		}
	}
	return nil
}
