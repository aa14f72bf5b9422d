package channels

import (
	"slices"
	"time"
)

// Advance is an occasion on which a message goes on to its next step.
type Advance string

// The occasions.
const (
	AdvanceUndelivered  Advance = "undelivered"   // the provider refused it, or says that it did not arrive
	AdvanceNoReceipt    Advance = "no_receipt"    // no receipt of delivery for Wait
	AdvanceProviderDown Advance = "provider_down" // the provider does not take messages
	AdvanceNotMet       Advance = "not_met"       // what the message is for has not been done for Wait, though it may have arrived
	AdvanceUserAsked    Advance = "user_asked"    // NextTx; it works without being named, too
)

// Step is one rung of a message's ladder.
type Step struct {
	Channel Channel `json:"channel"`
	// Provider is the one to use. "" = the first that is configured (push: the device's).
	Provider string `json:"provider,omitempty"`
	// From is the sender id or number. "" = the provider's own.
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

// plan chooses the ladder of a message. Without one of its own the message goes
// over each of its channels at once.
func (s *Service) plan(m Message, _ recipient) (steps []Step, notBefore time.Time, err error) {
	if len(m.Ladder) > 0 {
		return m.Ladder, m.SendAt, nil
	}
	for i, channel := range m.Channels {
		if slices.Contains(m.Channels[:i], channel) {
			continue
		}
		steps = append(steps, Step{Channel: channel, From: m.From, With: len(steps) > 0})
	}
	return steps, m.SendAt, nil
}
