package calls

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// phoned is an active call of a scenario with these rules, whose customer is on
// the telephone by the phone call.
func (b *bundle) phoned(rules identifications.TelephoneSettings) (v visitor, agent context.Context, c Call, phoneCall uuid.UUID) {
	b.Helper()
	d := identifications.DefaultScenario()
	d.Settings.NoticeMinutes, d.Settings.SlotMinutes, d.Settings.SlotIntervalMinutes = new(1), 5, 5
	d.Settings.Telephone = rules
	_, err := b.calls.Identifications.UpdateScenario(b.ctx, b.bank, "open-account", identifications.ScenarioChanges{Definition: &d})
	b.ok(err)
	v, id, agent, c := b.talking()
	b.ok(b.calls.Banks.SetTelephone(b.ctx, b.bank, id, "+84901239000"))
	return v, agent, c, b.toPhone(v, c)
}

func (b *bundle) toPhone(v visitor, c Call) (phoneCall uuid.UUID) {
	b.Helper()
	p, err := b.calls.ToPhone(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	phoneCall = uuid.New()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		if err := b.calls.PartPlacedTx(ctx, tx, p.ID, phoneCall); err != nil {
			return err
		}
		ok, err := b.calls.PartConnectedTx(ctx, tx, phoneCall)
		if err == nil && !ok {
			err = errors.New("not connected")
		}
		return err
	})
	return phoneCall
}

func (b *bundle) participant(c Call, role string, connected bool) {
	b.Helper()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		return b.calls.participantTx(ctx, tx, c.ID, role, connected)
	})
}

// Who is on the telephone is there although the page is gone; back from it, the
// page has the grace time.
func TestPageGoneWhileOnTheTelephone(t *testing.T) {
	b := setup(t)
	_, agent, c, _ := b.phoned(identifications.TelephoneSettings{Fallback: true})
	b.participant(c, RoleAgent, true)
	b.participant(c, RoleCustomer, false)
	b.pass(10 * time.Minute)
	if got, err := b.calls.Get(b.ctx, b.bank, c.ID); err != nil || got.State != Active {
		t.Fatalf("the call is %s, %v", got.State, err)
	}
	b.ok(b.calls.FromPhone(agent, b.bank, c.ID))
	b.pass(30 * time.Second)
	if got, err := b.calls.Get(b.ctx, b.bank, c.ID); err != nil || got.State != Active {
		t.Fatalf("within the grace time the call is %s, %v", got.State, err)
	}
	b.pass(10 * time.Minute)
	if got, err := b.calls.Get(b.ctx, b.bank, c.ID); err != nil || got.State != Ended || got.Reason != Abandoned {
		t.Errorf("nobody came back, and the call is %s, %s, %v", got.State, got.Reason, err)
	}
}

// What a part by telephone means for an approval is the scenario's to say, and
// by default there is none.
func TestVerdictAfterATelephonePart(t *testing.T) {
	for _, of := range []struct{ identify, during, after, repeated string }{
		{"", "telephone", "telephone", "telephone"},
		{identifications.IdentifyAfterPhone, "telephone", "step.face_front", ""},
		{identifications.IdentifyByPhone, "", "", ""},
	} {
		t.Run("identify "+of.identify, func(t *testing.T) {
			b := setup(t)
			_, agent, c, _ := b.phoned(identifications.TelephoneSettings{Fallback: true, Identify: of.identify})
			// Every step but the face was done before; the face while on the telephone.
			b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, `update call_steps set state = 'passed', done_at = $3, began_ms = -2000, offset_ms = -1000 where bank_id = $1 and call_id = $2`,
					tx.BankID, c.ID, b.calls.Now())
				return err
			})
			b.pass(5 * time.Second)
			b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, `update call_steps set began_ms = (select from_ms + 1000 from call_phone_parts where bank_id = $1 and call_id = $2),
					offset_ms = (select from_ms + 2000 from call_phone_parts where bank_id = $1 and call_id = $2)
					where bank_id = $1 and call_id = $2 and kind = 'face_front'`, tx.BankID, c.ID)
				return err
			})
			b.lacks(c, of.during, "while on the telephone")
			b.ok(b.calls.FromPhone(agent, b.bank, c.ID))
			b.lacks(c, of.after, "by video again")
			b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, `update call_steps set began_ms = 100000000, offset_ms = 100001000 where bank_id = $1 and call_id = $2 and kind = 'face_front'`, tx.BankID, c.ID)
				return err
			})
			b.lacks(c, of.repeated, "when the step was repeated")
		})
	}
}

// lacks looks what of the telephone stands in the way of an approval.
func (b *bundle) lacks(c Call, want, when string) {
	b.Helper()
	var got []string
	err := b.db.InBank(b.ctx, b.bank, func(ctx context.Context, tx *postgres.Tx) error {
		ev, err := b.calls.evidenceTx(ctx, tx, c)
		if err != nil {
			return err
		}
		ev.RecordingComplete = true
		return b.calls.Identifications.CheckEvidenceTx(ctx, tx, c.IdentificationID, ev)
	})
	var known *visavis.Error
	if errors.As(err, &known) {
		for _, f := range known.Fields {
			if f.Name == "telephone" || strings.HasPrefix(f.Name, "step.") {
				got = append(got, f.Name)
			}
		}
	} else {
		b.ok(err)
	}
	if strings.Join(got, " ") != want {
		b.Errorf("%s an approval lacks %q, not %q", when, strings.Join(got, " "), want)
	}
}
