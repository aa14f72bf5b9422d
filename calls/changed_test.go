package calls

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// The customer is looked at, and then, on a second device, says to be somebody
// else: that is not approved. Looked at again, it is.
func TestFormChangedAfterTheChecksIsNoEvidence(t *testing.T) {
	b := setup(t)
	v, _, ctx, _ := b.talking()
	pass := func() {
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `update call_steps set state = 'passed', done_at = $2::timestamptz + position * interval '1 second' where bank_id = $1`, tx.BankID, b.calls.Now())
			return err
		})
	}
	missing := func() (names []string) {
		t.Helper()
		_, err := b.calls.Decide(ctx, b.bank, v.idn.ID, true, "")
		b.refused(err, visavis.Conflict, "evidence_missing")
		var e *visavis.Error
		errors.As(err, &e)
		for _, f := range e.Fields {
			names = append(names, f.Name)
		}
		return names
	}
	pass()
	b.clock.Add(int64(2 * time.Second)) // after the first step, before the last
	form, err := b.calls.Identifications.SubmitForm(v.ctx, b.bank, v.idn.ID, goodForm)
	b.ok(err)
	_, err = b.calls.Identifications.ConfirmForm(v.ctx, b.bank, v.idn.ID, form.Version)
	b.ok(err)
	_, err = b.calls.Identifications.ChooseDocument(v.ctx, b.bank, v.idn.ID, "national_id")
	b.ok(err)
	b.want(missing(), []string{"document_type", "form"})
	pass()
	b.want(missing(), []string{"recording"}) // nothing is recorded in this test
}

// An agent judges whom he has seen; what was never called is a supervisor's.
func TestAgentDoesNotRejectWhoWasNeverCalled(t *testing.T) {
	b := setup(t)
	_, ctx := b.ready("alice")
	v := b.visitor()
	_, err := b.calls.Decide(ctx, b.bank, v.idn.ID, false, "I do not like the name")
	b.refused(err, visavis.Forbidden, "not_your_call")
	actor := visavis.ActorFrom(ctx)
	actor.Role = visavis.RoleSupervisor
	idn, err := b.calls.Decide(visavis.WithActor(b.ctx, actor), b.bank, v.idn.ID, false, "opened by mistake")
	b.ok(err)
	if idn.State != identifications.Rejected {
		t.Fatalf("got %s", idn.State)
	}
}
