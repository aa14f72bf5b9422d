package calls

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pion/webrtc/v4"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls/media/mediatest"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// served is a customer with a case of a shipped scenario that identifies
// nobody, ready to call.
func (b *bundle) served(slug string, change func(*identifications.Definition)) visitor {
	b.Helper()
	d := identifications.ShippedScenario(slug)
	d.Form = nil
	if change != nil {
		change(&d)
	}
	_, err := b.calls.Identifications.CreateScenario(b.ctx, b.bank, slug, d)
	if visavis.CodeOf(err) != "slug_taken" {
		b.ok(err)
	}
	b.phones++
	c, err := b.calls.Banks.CreateCustomer(b.ctx, b.bank, banks.NewCustomer{Name: "Lan", Phone: "+849123455" + string(rune('0'+b.phones)) + "0", Locale: "en", TimeZone: "UTC"})
	b.ok(err)
	idn, _, err := b.calls.Identifications.Create(b.ctx, b.bank, identifications.NewIdentification{CustomerID: c.ID, Scenario: slug})
	b.ok(err)
	v := visitor{customer: c.ID, idn: idn}
	v.ctx = visavis.WithActor(b.ctx, visavis.Actor{Kind: visavis.ActorCustomer, BankID: b.bank, ID: c.ID, IdentificationID: idn.ID, Proved: true, Scopes: []string{"visit"}})
	return v
}

// walkIn has the customer wait and the agent take the call.
func (b *bundle) walkIn(v visitor, agent uuid.UUID, ctx context.Context) Call {
	b.Helper()
	b.enter(v)
	c, err := b.calls.Accept(ctx, b.bank, b.offered().ID, agent)
	b.ok(err)
	return c
}

// Guidance is not recorded, though both sides send, and ends with an outcome that
// asks for nothing of an identification's.
func TestGuidanceEndsWithAnOutcome(t *testing.T) {
	b := setup(t)
	b.mediaTime()
	alice, aliceCtx := b.ready("alice")
	_, bobCtx := b.agent("bob")
	v := b.served(identifications.GuideApp, nil)
	_, err := b.calls.Complete(aliceCtx, b.bank, v.idn.ID, identifications.Resolved, "")
	b.refused(err, visavis.Forbidden, "not_your_call") // never called

	c := b.walkIn(v, alice, aliceCtx)
	if steps, err := b.calls.Steps(b.ctx, b.bank, c.ID); err != nil || len(steps) != 0 {
		t.Errorf("steps %v, %v", steps, err)
	}
	agent := b.joins(aliceCtx, c, RoleAgent, b.opens(c, RoleAgent, alice), "blue")
	customer := b.joins(v.ctx, c, RoleCustomer, b.opens(c, RoleCustomer, uuid.Nil), "red")
	sees(t, agent, RoleCustomer)
	sees(t, customer, RoleAgent)
	for _, approve := range []bool{true, false} {
		_, err = b.calls.Decide(aliceCtx, b.bank, v.idn.ID, approve, "no")
		b.refused(err, visavis.Conflict, "not_an_identification")
	}
	_, err = b.calls.Complete(bobCtx, b.bank, v.idn.ID, identifications.Resolved, "")
	b.refused(err, visavis.Forbidden, "not_your_call")
	_, err = b.calls.Complete(aliceCtx, b.bank, v.idn.ID, "rejected", "")
	b.refused(err, visavis.Invalid, "invalid_request")
	b.callState(c, Active) // none of it ended the call

	idn, err := b.calls.Complete(aliceCtx, b.bank, v.idn.ID, identifications.FollowUp, "a letter")
	b.ok(err)
	if idn.State != identifications.Completed || idn.Outcome != identifications.FollowUp {
		t.Errorf("the case is %s, %s", idn.State, idn.Outcome)
	}
	if ended := b.callState(c, Ended); ended.Reason != Completed {
		t.Errorf("the call ended as %s", ended.Reason)
	}
	if all := b.recordings(c); len(all) != 0 {
		t.Errorf("recorded %+v", all)
	}
	if _, err := os.Stat(filepath.Join(b.calls.DataDir, dir(b.bank, c.ID))); err == nil {
		t.Error("the call has a folder of files")
	}
	if n := b.told("recording.completed"); n != 0 {
		t.Errorf("%d recordings were told of", n)
	}
	if n := b.told("identification.completed"); n != 1 {
		t.Errorf("told %d times", n)
	}
	b.pass(recoverAfter)
	if n := b.told("recording.completed"); n != 0 {
		t.Errorf("afterwards %d recordings were told of", n)
	}
	_, _, err = b.calls.ReferenceStill(b.ctx, b.bank, v.customer)
	b.refused(err, visavis.NotFound, "not_found")
}

// sees waits for a peer to get the picture of another participant.
func sees(t *testing.T, p *mediatest.Peer, of string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(90 * time.Second); p.Streams("other", webrtc.RTPCodecTypeVideo) < 25; {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("the picture of the %s never came", of)
		}
	}
}

// An identification ends with a verdict, whoever asks, and its call goes on.
func TestAnOutcomeIsNoVerdictOnAnIdentification(t *testing.T) {
	b := setup(t)
	v, _, aliceCtx, c := b.talking()
	_, err := b.calls.Complete(aliceCtx, b.bank, v.idn.ID, identifications.Resolved, "")
	b.refused(err, visavis.Conflict, "verdict_needed")
	b.callState(c, Active)
	_, super := b.supervisor("sofia")
	_, err = b.calls.Complete(super, b.bank, v.idn.ID, identifications.Resolved, "")
	b.refused(err, visavis.Conflict, "verdict_needed")
	b.callState(c, Active)
}

// Nobody was called, and a supervisor knows how it ended.
func TestASupervisorCompletesWithoutACall(t *testing.T) {
	b := setup(t)
	v := b.served(identifications.AdviseProduct, nil)
	_, super := b.supervisor("sofia")
	idn, err := b.calls.Complete(super, b.bank, v.idn.ID, identifications.Unresolved, "never came")
	b.ok(err)
	if idn.State != identifications.Completed || idn.Outcome != identifications.Unresolved {
		t.Errorf("%+v", idn)
	}
	_, err = b.calls.Enter(v.ctx, b.bank, v.idn.ID)
	b.refused(err, visavis.Conflict, "identification_closed")
}

// A call of advice that the bank has recorded is recorded.
func TestAdviceIsRecordedWhereTheBankWants(t *testing.T) {
	b := setup(t)
	alice, aliceCtx := b.ready("alice")
	v := b.served(identifications.AdviseProduct, func(d *identifications.Definition) {
		d.Settings.Recording.Enabled, d.Consents = new(true), []string{identifications.ConsentCallRecording}
	})
	_, err := b.calls.Identifications.GiveConsent(v.ctx, b.bank, v.idn.ID, []identifications.ConsentDecision{
		{Key: identifications.ConsentCallRecording, Version: 1, Locale: "en", Accepted: true}})
	b.ok(err)
	c := b.walkIn(v, alice, aliceCtx)
	b.joins(aliceCtx, c, RoleAgent, b.opens(c, RoleAgent, alice), "blue")
	if all := b.recordings(c); len(all) != 2 {
		t.Errorf("recordings %+v", all)
	}
	_, err = b.calls.Complete(aliceCtx, b.bank, v.idn.ID, identifications.Resolved, "") // and needs no complete one
	b.ok(err)
	if b.finished(c); b.told("recording.completed") != 1 {
		t.Error("the recording was not told of")
	}
}

// The agent of guidance is who has been idle for longest; nothing was drawn.
func TestGuidanceGoesToWhoIsIdle(t *testing.T) {
	b := setup(t)
	alice, aliceCtx := b.ready("alice")
	v := b.served(identifications.GuideApp, nil)
	c := b.walkIn(v, alice, aliceCtx)
	d, later, err := b.calls.CallDraw(b.ctx, b.bank, c.ID)
	b.ok(err)
	if d.Rounds[0].Strategy != identifications.StrategyLongestIdle || len(later) != 0 || VerifyDraw(d) != nil {
		t.Errorf("%+v, %+v", d, later)
	}
}

// Who took the call later is told with it; while it waits the seed is not.
func TestDrawsOfATransfer(t *testing.T) {
	b := setup(t)
	_, _, aliceCtx, c := b.talking()
	bob, bobCtx := b.ready("bob")
	e, err := b.calls.Transfer(aliceCtx, b.bank, c.ID, NewTransfer{ToAgent: bob})
	b.ok(err)
	if _, later, err := b.calls.CallDraw(b.ctx, b.bank, c.ID); err != nil || len(later) != 0 {
		t.Errorf("before it was accepted: %+v, %v", later, err)
	}
	_, err = b.calls.Accept(bobCtx, b.bank, e.ID, bob)
	b.ok(err)
	first, later, err := b.calls.CallDraw(b.ctx, b.bank, c.ID)
	b.ok(err)
	if len(later) != 1 || later[0].Kind != Transfer || later[0].EntryID != e.ID || later[0].EntryID == first.EntryID ||
		len(later[0].Rounds) != 1 || later[0].Rounds[0].Chosen != bob || VerifyDraw(later[0].Draw) != nil {
		t.Errorf("%+v", later)
	}
	events, data := b.events(e.ID)
	for i, typ := range events {
		if typ == "queue.entered" && data[i]["commitment"] != later[0].Commitment {
			t.Errorf("the commitment was %v", data[i])
		}
	}
}

// An outcome, a hang-up and another outcome at once: the case ends once, the call
// ends once.
func TestOutcomesAtOnce(t *testing.T) {
	b := setup(t)
	alice, aliceCtx := b.ready("alice")
	v := b.served(identifications.AdviseProduct, nil)
	c := b.walkIn(v, alice, aliceCtx)
	var done atomic.Int64
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			_, err := b.calls.Complete(aliceCtx, b.bank, v.idn.ID, identifications.Resolved, "")
			if err == nil {
				done.Add(1)
			} else if visavis.CodeOf(err) != "identification_closed" {
				t.Error(err)
			}
		})
	}
	wg.Go(func() {
		if _, err := b.calls.HangUp(v.ctx, b.bank, c.ID); err != nil {
			t.Error(err)
		}
	})
	wg.Wait()
	if done.Load() != 1 || b.told("identification.completed") != 1 || b.told("call.ended") != 1 {
		t.Errorf("done %d times, told %d and %d", done.Load(), b.told("identification.completed"), b.told("call.ended"))
	}
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		idn, err := b.calls.Identifications.GetTx(ctx, tx, v.idn.ID)
		if idn.State != identifications.Completed {
			t.Errorf("the case is %s", idn.State)
		}
		return err
	})
}
