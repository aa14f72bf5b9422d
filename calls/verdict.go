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
// of an agent a call that the agent led: Forbidden "not_your_call" else.
func (s *Service) Decide(ctx context.Context, bankID, identificationID uuid.UUID, approve bool, reason string) (identifications.Identification, error) {
	var idn identifications.Identification
	var c Call
	var called bool
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		if _, err := s.Identifications.GetTx(ctx, tx, identificationID); err != nil {
			return err
		}
		var err error
		if c, called, err = lastCallTx(ctx, tx, identificationID); err != nil {
			return err
		}
		a := visavis.ActorFrom(ctx)
		if !called && !approve && a.Kind == visavis.ActorAgent && a.Role == visavis.RoleAgent {
			return visavis.Errorf(visavis.Forbidden, "not_your_call", "the customer was never called: a case without a call is for a supervisor to reject")
		}
		if !called {
			return nil
		}
		if a.Kind == visavis.ActorAgent && a.Role == visavis.RoleAgent && a.ID != c.AgentID {
			return visavis.Errorf(visavis.Forbidden, "not_your_call", "the verdict is for the agent who led the call, or a supervisor")
		}
		if c.State == Ringing {
			return visavis.Errorf(visavis.Conflict, "call_in_progress", "the customer is being called: end the call first")
		}
		if approve { // before the call is ended for it
			ev, err := s.evidenceTx(ctx, tx, c)
			if err != nil {
				return err
			}
			ev.RecordingComplete = true // known once the files are finished, which is next; then it is looked at
			if err := s.Identifications.CheckEvidenceTx(ctx, tx, identificationID, ev); err != nil {
				return err
			}
		}
		if c.State == Active {
			return s.endTx(ctx, tx, &c, Decided)
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
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		var ev identifications.Evidence
		if called {
			if ev, err = s.evidenceTx(ctx, tx, c); err != nil {
				return err
			}
		}
		idn, err = s.Identifications.DecideTx(ctx, tx, identificationID, identifications.Decision{Approve: approve, Reason: reason, Evidence: ev})
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
