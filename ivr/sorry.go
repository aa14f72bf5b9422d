package ivr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels/texts"
	"github.com/visavis/visavis/postgres"
)

// A turn that fails must not end in an error of HTTP: the carrier would tell the
// caller that "an application error has occurred" and hang up.

// OutcomeError: the dialogue could not go on, and the caller was told so.
const OutcomeError = "error"

// plainSorry is said when not even the database answers.
const plainSorry = `<?xml version="1.0" encoding="UTF-8"?><Response><Say language="en-US">We are sorry, something went wrong on our side. Please call again later. Goodbye.</Say><Hangup/></Response>`

// ours reports whether an error is about the callback itself, not about the
// dialogue: it is for no call of ours, or is a repeated one.
func ours(err error) bool {
	var known *visavis.Error
	return errors.As(err, &known) && (known.Code == codeNoCall || known.Code == codeTurnOver)
}

// Codes of errors about a callback.
const (
	codeNoCall   = "phone_call_not_found"
	codeTurnOver = "turn_over"
)

// sorry is what a caller hears when a turn failed: an apology, and a person where
// the flow has a hand-over, which the caller has not reached yet; else it ends.
// Who waits in the queue goes on waiting for some turns. It is logged, and told
// as phone_call.turn_failed.
func (s *Service) sorry(ctx context.Context, bankID, id uuid.UUID, turn int, cause error) string {
	code := "internal"
	var known *visavis.Error
	if errors.As(cause, &known) {
		code = known.Code
	}
	s.Log.Error("a turn of a phone call failed; the caller is told so", "bank", bankID, "phone_call", id, "turn", turn, "code", code, "error", cause)
	ctx, cancel := context.WithTimeout(visavis.WithActor(context.WithoutCancel(ctx), visavis.System(bankID)), dialDeadline)
	defer cancel()
	document := plainSorry
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, sealed, bank, err := turnTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if c.State.Final() {
			document = hangupNow
			return nil
		}
		m, err := s.unseal(id, sealed)
		if err != nil { // it cannot be read: that may be why
			m = &memory{}
		}
		if turn != c.Turn { // another node has answered meanwhile
			document = hangupNow
			if m.Reply != "" && turn == c.Turn-1 {
				document = m.Reply
			}
			return nil
		}
		_ = tx.Savepoint(ctx, func(ctx context.Context) error { return s.statusTx(ctx, tx, &c, status{word: "in-progress"}) })
		r, err := s.apology(ctx, tx, &c, *m, bank)
		if err != nil {
			return err
		}
		if err := s.eventTx(ctx, tx, c, "phone_call.turn_failed", map[string]any{"step": c.Step, "code": code}); err != nil {
			return err
		}
		if err := r.write(ctx); err != nil {
			return err
		}
		document = r.m.Reply
		return nil
	})
	if err != nil {
		s.Log.Error("a phone call ends without a word kept of it", "bank", bankID, "phone_call", id, "error", err)
		return plainSorry
	}
	return document
}

// anyFlow speaks where no flow could be read: only what all flows share.
func anyFlow() *Flow { return &Flow{Name: agentFlow, Locales: texts.Locales} }

// ledByTx returns the flow that leads a dialogue, or anyFlow where none does, or
// it cannot be read: err says why.
func (s *Service) ledByTx(ctx context.Context, tx *postgres.Tx, m memory) (*Flow, error) {
	if m.Flow == "" {
		return anyFlow(), nil
	}
	f, _, _, err := s.inForceTx(ctx, tx, m.Flow, m.version())
	if err != nil {
		return anyFlow(), err
	}
	return f, nil
}

// holdFor is how many turns that fail in a row somebody in the queue waits on.
const holdFor = 5

func (s *Service) apology(ctx context.Context, tx *postgres.Tx, c *PhoneCall, m memory, bank string) (*run, error) {
	base := *c
	fresh := func() *run {
		*c = base
		kept := m
		kept.Plays = nil
		r := &run{s: s, tx: tx, c: c, m: &kept, bank: bank, now: s.Now()}
		r.f, _ = s.ledByTx(ctx, tx, m)
		return r
	}
	var r *run
	known := tx.Savepoint(ctx, func(ctx context.Context) error { r = fresh(); return r.know(ctx) }) == nil
	if !known {
		r = fresh()
		r.zone = time.UTC
	}
	at := r.f.Step(m.Step)
	if at != nil && at.Kind == KindHandover && m.Failed < holdFor {
		r.m.Failed++
		r.again(nil, pollEvery)
		return r, nil
	}
	r.verbs = r.phrase(ctx, "sorry", nil)
	if to := r.f.person(); known && to != nil && (at == nil || at.Kind != KindHandover) && !m.Machine {
		err := tx.Savepoint(ctx, func(ctx context.Context) error {
			r.leave(to.Name, nil, false)
			if err := r.from(ctx, to.Name); err != nil {
				return err
			}
			if r.c.QueueEntryID == uuid.Nil {
				return errNothing
			}
			return nil
		})
		if err == nil {
			return r, nil
		}
		s.Log.Info("a phone call that failed could not be handed over", "phone_call", c.ID, "error", err)
		r = fresh()
		if err := r.know(ctx); err != nil {
			return nil, fmt.Errorf("apologise: %w", err)
		}
		r.verbs = r.phrase(ctx, "sorry", nil)
	}
	r.verbs = append(r.verbs, r.phrase(ctx, "goodbye", nil)...)
	r.over, r.c.Outcome = true, OutcomeError
	return r, nil
}

// person is the step that hands over; nil = the flow has none.
func (f *Flow) person() *Step {
	for _, st := range f.Steps {
		if st.Kind == KindHandover {
			return st
		}
	}
	return nil
}
