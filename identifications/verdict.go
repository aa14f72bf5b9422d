package identifications

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// resultLife is how long the message that tells the result may take.
const resultLife = 72 * time.Hour

// Evidence is what a call has to show for a verdict. Package calls puts it
// together.
type Evidence struct {
	CallID uuid.UUID
	// ChecksBegan is when the first of the steps that count was passed. What the
	// customer changed after it has not been looked at.
	ChecksBegan       time.Time
	StepsMissing      []string // kinds of required steps that were not passed, the code among them
	StepsBroken       []StepGap
	RecordingComplete bool // both sides, finished and hashed
	// ByTelephone says why a part by telephone stands in the way of an approval; ""
	// = it does not, see TelephoneSettings.
	ByTelephone string
	Recordings  []RecordingHash
}

// StepGap is a hole in the recording, longer than the scenario allows, in a step
// that was passed.
type StepGap struct {
	Kind        string // of the step
	Participant string
	Gap         time.Duration
}

// RecordingHash is one part of the recording that the verdict is bound to.
type RecordingHash struct {
	Participant string
	Part        int
	SHA256      []byte
}

// Decision is an agent's verdict.
type Decision struct {
	Approve  bool
	Reason   string // required for a rejection
	Evidence Evidence
}

// CheckEvidenceTx refuses as DecideTx would refuse an approval: Conflict
// "evidence_missing" whose fields name each thing that is missing:
// consent.<key>, document_type, form, step.<kind> (not passed, or with a hole in its
// recording that is longer than the scenario allows), recording. Document and form
// also count as missing when they were changed after the checks began. It may be asked
// while the call goes on, when there are no hashes of the recordings yet.
func (s *Service) CheckEvidenceTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, evidence Evidence) error {
	ident, err := s.GetTx(ctx, tx, id)
	if err != nil {
		return err
	}
	return s.evidenceTx(ctx, tx, ident, evidence, evidence.RecordingComplete)
}

func (s *Service) evidenceTx(ctx context.Context, tx *postgres.Tx, ident Identification, evidence Evidence, recorded bool) error {
	missing := &visavis.Error{Kind: visavis.Conflict, Code: "evidence_missing", Message: "there is no approval without complete evidence"}
	lack := func(field, reason string) {
		missing.Fields = append(missing.Fields, visavis.Field{Name: field, Reason: reason})
	}
	consents, err := s.missingConsentsTx(ctx, tx, ident)
	if err != nil {
		return err
	}
	for _, key := range consents {
		lack("consent."+key, "the customer has not given this consent")
	}
	if ident.DocumentType == "" {
		lack("document_type", "the customer has not chosen a document")
	}
	if len(ident.Scenario.Form) > 0 && (ident.FormVersion == 0 || ident.FormConfirmed != ident.FormVersion) {
		lack("form", "the customer has not confirmed the form")
	}
	if evidence.CallID != uuid.Nil {
		changed, err := s.changedSinceTx(ctx, tx, ident, evidence.ChecksBegan)
		if err != nil {
			return err
		}
		if changed["document.chosen"] && ident.DocumentType != "" {
			lack("document_type", "the customer chose another document after the checks began: do the steps again")
		}
		if changed["form.submitted"] && ident.FormConfirmed == ident.FormVersion {
			lack("form", "the customer changed the form after the checks began: do the steps again")
		}
	}
	for _, kind := range slices.Compact(slices.Sorted(slices.Values(evidence.StepsMissing))) {
		lack("step."+kind, "this required step was not passed")
	}
	for _, g := range evidence.StepsBroken {
		lack("step."+g.Kind, fmt.Sprintf("the recording of the %s has a hole of %.1f s in this step: repeat it", g.Participant, g.Gap.Seconds()))
	}
	if evidence.ByTelephone != "" {
		lack("telephone", evidence.ByTelephone)
	}
	if evidence.CallID == uuid.Nil || !recorded {
		lack("recording", "there is no complete recording of the call")
	}
	if len(missing.Fields) > 0 {
		return missing
	}
	return nil
}

// changedSinceTx tells whether the customer chose a document or submitted the
// form after a moment, by the event's type. The customer may do both until the
// verdict, on another device than the one in the call: without this, one person
// could be looked at and another be approved.
func (s *Service) changedSinceTx(ctx context.Context, tx *postgres.Tx, ident Identification, since time.Time) (map[string]bool, error) {
	changed := map[string]bool{}
	for _, kind := range []string{"document.chosen", "form.submitted"} {
		last, _, err := events.List(ctx, s.db, tx.BankID, "", 1, events.Filter{Types: []string{kind}, ObjectID: ident.ID})
		if err != nil {
			return nil, err
		}
		changed[kind] = len(last) > 0 && last[0].At.After(since)
	}
	return changed, nil
}

// DecideTx writes the verdict of the agent in ctx: state, event
// identification.approved or .rejected with the call's id and the recordings'
// hashes, and the message that tells the customer. A booking that is still
// live is given back, and links to act on the case end.
//
// Forbidden when the actor is no agent, Invalid (field reason) for a rejection
// without a reason, Conflict "not_an_identification" for a case of another Kind,
// "identification_closed", and for an approval
// Conflict "evidence_missing" as CheckEvidenceTx.
func (s *Service) DecideTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, d Decision) (Identification, error) {
	actor := visavis.ActorFrom(ctx)
	if actor.Kind != visavis.ActorAgent {
		return Identification{}, visavis.Errorf(visavis.Forbidden, "agents_only", "only an agent decides")
	}
	if !d.Approve && d.Reason == "" {
		return Identification{}, visavis.InvalidField("reason", "is required for a rejection")
	}
	if len([]rune(d.Reason)) > 1000 {
		return Identification{}, visavis.InvalidField("reason", "must have at most 1000 characters")
	}
	ident, err := s.lockTx(ctx, tx, id)
	if err != nil {
		return ident, err
	}
	if err := ident.VerdictFits(); err != nil {
		return ident, err
	}
	if err := stillOpen(ident); err != nil {
		return ident, err
	}
	state, template := Rejected, "result_rejected"
	if d.Approve {
		// While the call goes on its files have no hash yet (CheckEvidenceTx); a
		// verdict is bound to hashes.
		d.Evidence.RecordingComplete = d.Evidence.RecordingComplete && len(d.Evidence.Recordings) > 0
		// The verdict is bound to the recording by its hashes.
		recorded := d.Evidence.RecordingComplete && len(d.Evidence.Recordings) > 0
		if err := s.evidenceTx(ctx, tx, ident, d.Evidence, recorded); err != nil {
			return ident, err
		}
		state, template = Approved, "result_approved"
	}
	now := s.now()
	ident.State, ident.Reason, ident.UpdatedAt = state, d.Reason, now
	ident.DecidedBy, ident.DecidedAt = &actor.ID, &now
	_, err = tx.Exec(ctx, `
		update identifications set state = $3, reason = $4, decided_by = $5, decided_at = $6, updated_at = $6
		where bank_id = $1 and id = $2`, tx.BankID, id, ident.State, ident.Reason, ident.DecidedBy, now)
	if err != nil {
		return ident, fmt.Errorf("write verdict: %w", err)
	}
	if err := s.scheduling.CancelLiveTx(ctx, tx, id, "decided"); err != nil {
		return ident, err
	}
	if err := s.revokeLinksTx(ctx, tx, ident); err != nil {
		return ident, err
	}
	_, err = s.channels.SendTx(ctx, tx, channels.Message{
		CustomerID: ident.CustomerID, Class: channels.Transaction, Template: template,
		AboutType: "identification", AboutID: ident.ID, ExpiresAt: now.Add(resultLife),
		Channels: []channels.Channel{channels.Push, channels.SMS},
	})
	if err != nil {
		return ident, err
	}
	recordings := make([]map[string]any, 0, len(d.Evidence.Recordings))
	for _, r := range d.Evidence.Recordings {
		recordings = append(recordings, map[string]any{
			"participant": r.Participant, "part": r.Part, "sha256": hex.EncodeToString(r.SHA256),
		})
	}
	more := map[string]any{"recordings": recordings}
	if d.Evidence.CallID != uuid.Nil {
		more["call_id"] = d.Evidence.CallID
	}
	return ident, s.appendTx(ctx, tx, "identification."+string(state), ident, more)
}
