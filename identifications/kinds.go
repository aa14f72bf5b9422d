package identifications

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Kind is the kind of service that a scenario offers.
type Kind string

// The kinds of service.
const (
	// Identify is a video review: the agent establishes who the customer is, on
	// evidence, and gives a verdict. The default.
	Identify Kind = "identify"
	// Guide is guidance on the same screen: the customer shares the screen, the
	// agent points and draws on it. It ends in an Outcome.
	Guide Kind = "guide"
	// Advise is a service by video: the two talk, write and hand over files. It
	// ends in an Outcome.
	Advise Kind = "advise"
)

var kinds = []Kind{Identify, Guide, Advise}

// Outcome is what a case that is no identification has come to.
type Outcome string

// The outcomes.
const (
	Resolved   Outcome = "resolved"   // the customer has what they came for
	FollowUp   Outcome = "follow_up"  // the bank has still to do something
	Unresolved Outcome = "unresolved" // it could not be done
)

var outcomes = []Outcome{Resolved, FollowUp, Unresolved}

// maxOutcomeNote is the most characters of a note to an outcome.
const maxOutcomeNote = 2000

// ofKind fills in what the kind decides and the definition leaves open, and
// makes lists that are left out empty ones. Guidance and advice are not recorded
// unless the definition says so, and go to whoever is idle for longest.
func (d Definition) ofKind() Definition {
	if d.Kind == "" {
		d.Kind = Identify
	}
	if d.Kind != Identify {
		if d.Settings.Queue.Strategy == "" {
			d.Settings.Queue.Strategy = StrategyLongestIdle
		}
		if d.Settings.Recording.Enabled == nil {
			d.Settings.Recording.Enabled = new(false)
		}
	}
	if d.DocumentTypes == nil {
		d.DocumentTypes = []string{}
	}
	if d.Consents == nil {
		d.Consents = []string{}
	}
	if d.Script == nil {
		d.Script = []ScriptStep{}
	}
	return d
}

// checkKind refuses what does not go with the definition's kind.
func (d Definition) checkKind(bad func(field, format string, args ...any)) {
	s := d.Settings.WithDefaults()
	recorded := *s.Recording.Enabled
	switch d.Kind {
	case Identify:
		if !recorded {
			bad("settings.recording.enabled", "an identification is always recorded")
		}
		if len(d.DocumentTypes) == 0 {
			bad("document_types", "at least one")
		}
		if !slices.Contains(d.Consents, ConsentRecording) {
			bad("consents", "must have %q: every identification is recorded", ConsentRecording)
		}
		if i := slices.Index(d.Consents, ConsentCallRecording); i >= 0 {
			bad(fmt.Sprintf("consents.%d", i), "is for calls that identify nobody: an identification asks for %q", ConsentRecording)
		}
		if len(d.Script) == 0 {
			bad("script", "1 to 50 steps")
		}
	case Guide, Advise:
		if len(d.DocumentTypes) > 0 {
			bad("document_types", "must be empty: a scenario of kind %s identifies nobody", d.Kind)
		}
		for i, key := range d.Consents {
			if key == ConsentProcess || key == ConsentRecording {
				bad(fmt.Sprintf("consents.%d", i), "is about an identification: a scenario of kind %s may ask for %q only", d.Kind, ConsentCallRecording)
			}
		}
		asks := slices.Contains(d.Consents, ConsentCallRecording)
		if recorded && !asks {
			bad("consents", "must have %q: the call is recorded", ConsentCallRecording)
		}
		if !recorded && asks {
			bad("consents", "must not have %q: the call is not recorded, see settings.recording.enabled", ConsentCallRecording)
		}
		for i, step := range d.Script {
			if step.Kind != StepCode && slices.Contains(stepKinds, step.Kind) {
				bad(fmt.Sprintf("script.%d.kind", i), "is evidence of an identity: the script of kind %s may have a step code only", d.Kind)
			}
			if step.Required {
				bad(fmt.Sprintf("script.%d.required", i), "must be false: a scenario of kind %s needs no evidence", d.Kind)
			}
		}
		if s.Telephone.Identify != IdentifyNever {
			bad("settings.telephone.identify", "must be never: a scenario of kind %s identifies nobody", d.Kind)
		}
	default:
		bad("kind", "must be one of %v", kinds)
	}
}

// VerdictFits refuses a verdict on a case that identifies nobody: Conflict
// "not_an_identification".
func (i Identification) VerdictFits() error {
	if i.Scenario.Kind != Identify {
		return visavis.Errorf(visavis.Conflict, "not_an_identification", "a case of kind %s identifies nobody and gets no verdict: complete it with an outcome", i.Scenario.Kind)
	}
	return nil
}

// OutcomeFits refuses to complete an identification: Conflict "verdict_needed".
func (i Identification) OutcomeFits() error {
	if i.Scenario.Kind == Identify {
		return visavis.Errorf(visavis.Conflict, "verdict_needed", "an identification ends with a verdict: approve or reject it")
	}
	return nil
}

// Completion is how an agent ends a case that is no identification.
type Completion struct {
	CallID  uuid.UUID // uuid.Nil: there was no call
	Outcome Outcome
	Note    string // the agent's, for the bank; at most 2,000 characters
}

// Check refuses what is no outcome, or a note that is too long (Invalid, by field).
func (c Completion) Check() error {
	if !slices.Contains(outcomes, c.Outcome) {
		return visavis.InvalidField("outcome", "must be one of %v", outcomes)
	}
	if len([]rune(c.Note)) > maxOutcomeNote {
		return visavis.InvalidField("note", "must have at most %d characters", maxOutcomeNote)
	}
	return nil
}

// CompleteTx ends a case of guidance or advice with its outcome: state completed
// and the event identification.completed, with the call's id. A booking that is
// still live is given back, and links to act on the case end. The customer is
// sent nothing: they were there.
//
// Forbidden when the actor is no agent, Invalid as Completion.Check, Conflict
// "verdict_needed" for an identification, "identification_closed" when the case
// has ended.
func (s *Service) CompleteTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, c Completion) (Identification, error) {
	actor := visavis.ActorFrom(ctx)
	if actor.Kind != visavis.ActorAgent {
		return Identification{}, visavis.Errorf(visavis.Forbidden, "agents_only", "only an agent completes a case")
	}
	if err := c.Check(); err != nil {
		return Identification{}, err
	}
	ident, err := s.lockTx(ctx, tx, id)
	if err == nil {
		err = ident.OutcomeFits()
	}
	if err == nil {
		err = stillOpen(ident)
	}
	if err != nil {
		return ident, err
	}
	now := s.now()
	ident.State, ident.Outcome, ident.OutcomeNote, ident.UpdatedAt = Completed, c.Outcome, c.Note, now
	ident.DecidedBy, ident.DecidedAt = &actor.ID, &now
	_, err = tx.Exec(ctx, `
		update identifications set state = $3, outcome = $4, outcome_note = $5, decided_by = $6, decided_at = $7, updated_at = $7
		where bank_id = $1 and id = $2`, tx.BankID, id, ident.State, ident.Outcome, ident.OutcomeNote, ident.DecidedBy, now)
	if err != nil {
		return ident, fmt.Errorf("write outcome: %w", err)
	}
	if err := s.scheduling.CancelLiveTx(ctx, tx, id, "completed"); err != nil {
		return ident, err
	}
	if err := s.revokeLinksTx(ctx, tx, ident); err != nil {
		return ident, err
	}
	more := map[string]any{"outcome": ident.Outcome}
	if c.CallID != uuid.Nil {
		more["call_id"] = c.CallID
	}
	return ident, s.appendTx(ctx, tx, "identification.completed", ident, more)
}
