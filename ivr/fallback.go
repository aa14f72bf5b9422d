package ivr

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/twilio/twilio-go/twiml"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// A video call that goes on by telephone (calls.ToPhone) has two legs: the
// customer's, which is placed first and led by customerFlow, and the agent's, as
// of a caller of the queue. Both meet in the conference of the customer's leg.

// customerFlow leads the customer's leg. It is none of the bank's flows.
const customerFlow = "customer_leg"

const aboutPart = "call_part"

// Where the customer's leg stands: memory.Step.
const (
	partConsent = "consent" // asked to press 1
	partTalk    = "talk"    // in the conference
	partStar    = "star"    // pressed the star there, and is asked where to
)

// partTries is how often the customer is asked to press a key.
const partTries = 3

// partDue calls the customer of a video call.
func (s *Service) partDue(ctx context.Context, tx *postgres.Tx, partID uuid.UUID) error {
	ask, ok, err := s.Calls.PartAskTx(ctx, tx, partID)
	if err != nil || !ok {
		return err
	}
	var id uuid.UUID
	err = tx.Savepoint(ctx, func(ctx context.Context) (err error) {
		id, err = s.placeTx(ctx, tx, PhoneCall{CustomerID: ask.CustomerID, To: ask.Phone, Flow: customerFlow, AboutType: aboutPart, AboutID: ask.CallID,
			Class: channels.Security, Key: "part " + partID.String(), ExpiresAt: s.Now().Add(legFor), DetectMachine: true})
		return err
	})
	var known *visavis.Error
	if errors.As(err, &known) && known.Kind != visavis.Internal {
		return s.Calls.PartRefusedTx(ctx, tx, partID, known.Code)
	}
	if err != nil {
		return err
	}
	return s.Calls.PartPlacedTx(ctx, tx, partID, id)
}

// partReason is why a customer's leg ended, in the words of calls.PhonePart.
func partReason(c PhoneCall) string {
	switch {
	case c.AnsweredBy == Machine:
		return OutcomeMachine
	case c.State == Completed && c.Outcome == calls.PartNotConfirmed:
		return calls.PartNotConfirmed
	case c.State == Completed:
		return calls.PartHungUp
	case c.Outcome == OutcomeExpired:
		return string(NoAnswer)
	}
	return string(c.State)
}

// customerLeg asks whether the customer wants to go on by telephone, which no
// answering machine does, and brings them into the conference. The star leaves
// it: 5 goes on by video.
func (r *run) customerLeg(ctx context.Context) error {
	end := func(outcome string, phrases ...string) error {
		r.verbs = append(r.verbs, r.phrases(ctx, phrases...)...)
		r.over, r.c.FlowEnded, r.c.Outcome = true, true, outcome
		return nil
	}
	if r.c.AnsweredBy == Machine {
		return end(OutcomeMachine)
	}
	live, _, err := r.s.Calls.PartLiveTx(ctx, r.tx, r.c.ID)
	if err != nil {
		return err
	}
	if !live {
		return end("over", "goodbye")
	}
	ask := func(step string, phrases ...string) {
		r.m.Step, r.c.Step = step, step
		r.ask(r.phrases(ctx, phrases...), 1, true, 10*time.Second)
	}
	digits := r.params.Get("Digits")
	switch r.m.Step {
	case "":
		ask(partConsent, "by_phone")
		return nil
	case partConsent:
		if digits != "1" {
			if r.m.Tries++; r.m.Tries >= partTries {
				return end(calls.PartNotConfirmed, "goodbye")
			}
			ask(partConsent, misheard(digits), "by_phone")
			return nil
		}
		ok, err := r.s.Calls.PartConnectedTx(ctx, r.tx, r.c.ID)
		if err != nil {
			return err
		}
		if !ok {
			return end("over", "goodbye")
		}
		r.talk(r.phrases(ctx, "connecting", "star"))
		return nil
	case partTalk: // the star, or the agent is gone
		if r.c.HangUp {
			return end("over", "goodbye")
		}
		ask(partStar, "back_to")
		return nil
	}
	if digits != "5" {
		r.talk(r.phrase(ctx, "connecting", nil))
		return nil
	}
	call, err := r.s.Calls.Get(ctx, r.tx.BankID, r.c.AboutID)
	if err != nil {
		return err
	}
	sent, err := r.tried(ctx, func(ctx context.Context) error { return r.sendLink(ctx, call.IdentificationID, banks.LinkManage) })
	if err != nil {
		return err
	}
	if !sent {
		r.talk(r.phrases(ctx, "sorry", "connecting"))
		return nil
	}
	if err := r.s.Calls.PartEndedTx(ctx, r.tx, r.c.ID, calls.PartToVideo); err != nil {
		return err
	}
	return end(calls.PartToVideo, "link_now", "goodbye")
}

// talk brings the customer into the conference, which they may leave by the star
// and come back to: only the agent's leaving ends it.
func (r *run) talk(words []twiml.Element) {
	r.m.Step, r.c.Step, r.c.HandedOver, r.c.Outcome = partTalk, partTalk, true, "handed_over"
	dial := r.meet(r.c.ID, false)
	dial.HangupOnStar = "true"
	if conference, ok := dial.InnerElements[0].(*twiml.VoiceConference); ok {
		conference.EndConferenceOnExit = "false"
	}
	r.verbs = append(append(r.verbs, words...), dial)
}
