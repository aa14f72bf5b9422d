package otp

import (
	"slices"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
)

// Way is how possession is proved.
type Way string

// The ways.
const (
	SMS   Way = "sms"   // a code by SMS
	Voice Way = "voice" // a code that a call speaks
	Flash Way = "flash" // the last four digits of the number that calls
	Push  Way = "push"  // approval on a device, with number matching and a signature
	TOTP  Way = "totp"  // a code of an authenticator app (RFC 6238)
)

// Notice is what a customer who is asked for a code by phone should be told
// (NIST SP 800-63B, restricted authenticators).
const Notice = "Codes by SMS and call are a restricted way: phone numbers can be taken over. Approval in the app or an authenticator app is safer."

// known reports whether there is such a way.
func (w Way) known() bool {
	return slices.Contains([]Way{SMS, Voice, Flash, Push, TOTP}, w)
}

// Restricted reports whether the way goes over the public telephone network.
func (w Way) Restricted() bool { return w == SMS || w == Voice || w == Flash }

// channel is how package channels calls it.
func (w Way) channel() channels.Channel { return channels.Channel(w) }

// Step is one of a workflow: a way, and how long it has before the next.
type Step struct {
	Way Way
	// Wait is in whole seconds; 0 = the next comes only when it is asked for (Resend).
	Wait int
}

const (
	maxSteps = 5
	maxWait  = 600
)

// checkSteps refuses a workflow that could not be gone through.
func checkSteps(steps []Step, payment bool) error {
	if len(steps) > maxSteps {
		return visavis.InvalidField("workflow", "at most %d steps", maxSteps)
	}
	seen := map[Way]bool{}
	for _, step := range steps {
		switch {
		case !step.Way.known():
			return visavis.InvalidField("workflow", "%q is not one of push, totp, sms, voice, flash", step.Way)
		case seen[step.Way]:
			return visavis.InvalidField("workflow", "%s is named twice", step.Way)
		case step.Wait < 0 || step.Wait > maxWait:
			return visavis.InvalidField("workflow", "wait_seconds is between 0 and %d", maxWait)
		case step.Way == Flash && payment:
			return visavis.InvalidField("workflow", "a flash call has four digits only and is not for payments")
		case step.Way == Flash && len(steps) > 1:
			return visavis.InvalidField("workflow", "flash stands alone: its code is the caller's number, not the others'")
		}
		seen[step.Way] = true
	}
	return nil
}
