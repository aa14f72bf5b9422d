package calls

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// Decide gives the verdict on a case: it ends the call if that is still going
// on, finishes the recordings, and then writes verdict and event in one
// transaction. An approval is refused with Conflict "evidence_missing", naming
// what is missing, without consent, all required steps and a complete recording
// of the last call; a rejection needs only its reason, and
// of an agent a call that the agent led: Forbidden "not_your_call" else. A case
// that identifies nobody has no verdict: Conflict "not_an_identification".
func (s *Service) Decide(ctx context.Context, bankID, identificationID uuid.UUID, approve bool, reason string) (identifications.Identification, error) {
	return s.closeCase(ctx, bankID, identificationID, closing{
		fits: identifications.Identification.VerdictFits, calledOnly: !approve, reason: Decided,
		check: func(ctx context.Context, tx *postgres.Tx, c Call) error {
			if !approve {
				return nil
			}
			ev, err := s.evidenceTx(ctx, tx, c)
			if err != nil {
				return err
			}
			ev.RecordingComplete = true // known once the files are finished, which is next; then it is looked at
			return s.Identifications.CheckEvidenceTx(ctx, tx, identificationID, ev)
		},
		write: func(ctx context.Context, tx *postgres.Tx, c *Call) (_ identifications.Identification, err error) {
			var ev identifications.Evidence
			if c != nil {
				if ev, err = s.evidenceTx(ctx, tx, *c); err != nil {
					return identifications.Identification{}, err
				}
			}
			return s.Identifications.DecideTx(ctx, tx, identificationID, identifications.Decision{Approve: approve, Reason: reason, Evidence: ev})
		},
	})
}

// Complete ends a case of guidance or advice with its outcome, and the call if
// that is still going on. It asks for no evidence and no recording. Invalid as
// identifications.Completion.Check, Forbidden "not_your_call" as for a rejection,
// and an identification needs a verdict: Conflict "verdict_needed".
func (s *Service) Complete(ctx context.Context, bankID, identificationID uuid.UUID, outcome identifications.Outcome, note string) (identifications.Identification, error) {
	done := identifications.Completion{Outcome: outcome, Note: note}
	if err := done.Check(); err != nil { // before the call is ended for it
		return identifications.Identification{}, err
	}
	return s.closeCase(ctx, bankID, identificationID, closing{
		fits: identifications.Identification.OutcomeFits, calledOnly: true, reason: Completed,
		check: func(context.Context, *postgres.Tx, Call) error { return nil },
		write: func(ctx context.Context, tx *postgres.Tx, c *Call) (identifications.Identification, error) {
			if c != nil {
				done.CallID = c.ID
			}
			return s.Identifications.CompleteTx(ctx, tx, identificationID, done)
		},
	})
}

// closing is how an agent ends a case.
type closing struct {
	fits       func(identifications.Identification) error // refuses a case of another kind
	calledOnly bool                                       // an agent may not, of a customer who was never called
	reason     string                                     // why a call ends that is going on
	check      func(context.Context, *postgres.Tx, Call) error
	write      func(context.Context, *postgres.Tx, *Call) (identifications.Identification, error) // nil: there was no call
}

func (s *Service) closeCase(ctx context.Context, bankID, identificationID uuid.UUID, how closing) (idn identifications.Identification, err error) {
	var c Call
	var called bool
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		idn, err := s.Identifications.GetTx(ctx, tx, identificationID)
		if err == nil {
			err = how.fits(idn)
		}
		if err != nil {
			return err
		}
		if c, called, err = lastCallTx(ctx, tx, identificationID); err != nil {
			return err
		}
		a := visavis.ActorFrom(ctx)
		plain := a.Kind == visavis.ActorAgent && a.Role == visavis.RoleAgent
		if !called {
			if how.calledOnly && plain {
				return visavis.Errorf(visavis.Forbidden, "not_your_call", "the customer was never called: a case without a call is for a supervisor to end")
			}
			return nil
		}
		if plain && a.ID != c.AgentID {
			return visavis.Errorf(visavis.Forbidden, "not_your_call", "the end of a case is for the agent who led the call, or a supervisor")
		}
		if c.State == Ringing {
			return visavis.Errorf(visavis.Conflict, "call_in_progress", "the customer is being called: end the call first")
		}
		if err := how.check(ctx, tx, c); err != nil { // before the call is ended for it
			return err
		}
		if c.State == Active {
			return s.endTx(ctx, tx, &c, how.reason)
		}
		return nil
	})
	if err != nil {
		return idn, err
	}
	if called {
		if err := s.finishCall(context.WithoutCancel(postgres.WithoutTx(ctx)), bankID, c.ID); err != nil {
			return idn, err
		}
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		last := &c
		if !called {
			last = nil
		}
		idn, err = how.write(ctx, tx, last)
		return err
	})
	return idn, err
}

// evidenceTx collects what a call has brought.
func (s *Service) evidenceTx(ctx context.Context, tx *postgres.Tx, c Call) (ev identifications.Evidence, err error) {
	steps, err := stepsTx(ctx, tx, c.ID)
	if err != nil {
		return ev, err
	}
	if c.AnsweredAt != nil {
		ev.ChecksBegan = *c.AnsweredAt
	}
	first := true
	for _, step := range steps {
		if step.Required && step.State != "passed" {
			ev.StepsMissing = append(ev.StepsMissing, step.Kind)
		} else if step.Required && step.DoneAt != nil && (first || step.DoneAt.Before(ev.ChecksBegan)) {
			ev.ChecksBegan, first = *step.DoneAt, false
		}
	}
	all, err := recordingsTx(ctx, tx, c.ID)
	if err != nil {
		return ev, err
	}
	rules, err := s.recordingRulesTx(ctx, tx, c)
	if err != nil {
		return ev, err
	}
	ev.StepsBroken = brokenSteps(steps, s.withLiveGaps(all), time.Duration(rules.MaxGapMS)*time.Millisecond)
	lack, phoned, err := s.byPhoneTx(ctx, tx, c, steps)
	if err != nil {
		return ev, err
	}
	ev.ByTelephone, ev.StepsBroken = lack, append(ev.StepsBroken, phoned...)
	ev.CallID, ev.RecordingComplete = c.ID, Complete(all)
	for _, r := range all {
		if r.State == "complete" {
			ev.Recordings = append(ev.Recordings, identifications.RecordingHash{Participant: r.Participant, Part: r.Part, SHA256: r.SHA256})
		}
	}
	return ev, nil
}

// recordingRulesTx is what the scenario says of recording this call.
func (s *Service) recordingRulesTx(ctx context.Context, tx *postgres.Tx, c Call) (identifications.RecordingSettings, error) {
	idn, err := s.Identifications.GetTx(ctx, tx, c.IdentificationID)
	return idn.Scenario.Settings.WithDefaults().Recording, err
}

// lastCallTx returns the newest call of a case that was answered, or that
// rings.
func lastCallTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) (Call, bool, error) {
	rows, _ := tx.Query(ctx, `select `+callColumns+` from calls
		where bank_id = $1 and identification_id = $2 and (answered_at is not null or state = 'ringing')
		order by id desc limit 1 for update`, tx.BankID, identificationID)
	c, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Call])
	if errors.Is(err, pgx.ErrNoRows) {
		return Call{}, false, nil
	}
	return c, err == nil, err
}
