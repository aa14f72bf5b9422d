package calls

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

func TestDueBookingIsOfferedToOneReadyAgentThenToAnother(t *testing.T) {
	b := setup(t)
	_, _ = b.ready("alice")
	_, _ = b.ready("bob")
	v := b.visitor()
	bk := b.book(v)
	b.pass(bk.Start.Sub(b.calls.Now()) - time.Second)
	if q, _ := b.calls.Queue(b.ctx, b.bank); len(q) != 0 {
		t.Fatalf("queued early: %+v", q)
	}
	b.keepAlive()
	b.pass(time.Second)
	b.bookingState(bk.ID, scheduling.StateDue)
	first := b.offered()
	b.presence(*first.OfferedTo, Offered)
	b.want(b.sent(v.customer), nil)
	b.pass(19 * time.Second)
	if e := b.offered(); *e.OfferedTo != *first.OfferedTo {
		t.Fatal("the offer lapsed early")
	}
	b.pass(2 * time.Second)
	second := b.offered()
	if *second.OfferedTo == *first.OfferedTo {
		t.Fatal("the same agent was drawn again though another is ready")
	}
	b.presence(*first.OfferedTo, Ready)
	_, err := b.calls.Accept(b.ctx, b.bank, second.ID, *first.OfferedTo)
	b.refused(err, visavis.Conflict, "offer_lapsed")
}

func TestNobodyReadyThenTheCustomerIsToldAndOfferedANewTime(t *testing.T) {
	b := setup(t)
	agent, ctx := b.agent("alice")
	v := b.visitor()
	bk := b.book(v)
	b.pass(bk.Start.Sub(b.calls.Now()))
	b.want(b.sent(v.customer), []string{"queue_busy sms"})
	b.pass(9 * time.Minute)
	b.bookingState(bk.ID, scheduling.StateDue)
	b.pass(time.Minute)
	b.bookingState(bk.ID, scheduling.Unserved)
	b.want(b.sent(v.customer), []string{"queue_busy sms", "new_time_offered sms"})
	_, err := b.calls.SetPresence(ctx, b.bank, agent, Ready)
	b.ok(err)
	if q, _ := b.calls.Queue(b.ctx, b.bank); len(q) != 0 {
		t.Fatalf("still queued: %+v", q)
	}
}

func TestDueBookingHeadsTheQueue(t *testing.T) {
	b := setup(t)
	agent, ctx := b.agent("alice")
	walkIn, booked := b.visitor(), b.visitor()
	bk := b.book(booked)
	b.pass(bk.Start.Sub(b.calls.Now()) - time.Second)
	p, err := b.calls.Enter(walkIn.ctx, b.bank, walkIn.idn.ID)
	b.ok(err)
	if p.Position != 1 {
		t.Fatalf("position %d", p.Position)
	}
	b.pass(time.Second)
	p, err = b.calls.Mine(walkIn.ctx, b.bank, walkIn.idn.ID)
	b.ok(err)
	if p.Position != 2 {
		t.Fatalf("position %d behind a due booking", p.Position)
	}
	_, err = b.calls.SetPresence(ctx, b.bank, agent, Ready)
	b.ok(err)
	q, err := b.calls.Queue(b.ctx, b.bank)
	b.ok(err)
	if q[0].BookingID == nil || q[0].State != EntryOffered || q[1].State != EntryWaiting {
		t.Fatalf("got %+v", q)
	}
}

func TestWalkInGoesToTheAgentWhoIsFreeLongest(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{Strategy: identifications.StrategyLongestIdle})
	first, ctx := b.ready("alice")
	b.pass(time.Second)
	b.ready("bob")
	b.pass(time.Second)
	b.ready("carol")
	v := b.visitor()
	_, err := b.calls.Enter(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	e := b.offered()
	if *e.OfferedTo != first {
		t.Fatal("not the one who is free longest")
	}
	c, err := b.calls.Accept(ctx, b.bank, e.ID, first)
	b.ok(err)
	if c.State != Active || c.Direction != Inbound || c.AnsweredAt == nil {
		t.Fatalf("got %+v", c)
	}
	b.presence(first, InCall)
	b.want(b.sent(v.customer), nil) // the customer is on the page: nothing rings
	_, err = b.calls.Enter(v.ctx, b.bank, v.idn.ID)
	b.refused(err, visavis.Conflict, "call_in_progress")
}

func TestCustomerWhoClosedThePageIsPassedBy(t *testing.T) {
	b := setup(t)
	agent, ctx := b.agent("alice")
	gone, here := b.visitor(), b.visitor()
	_, err := b.calls.Enter(gone.ctx, b.bank, gone.idn.ID)
	b.ok(err)
	b.pass(time.Minute)
	_, err = b.calls.Enter(here.ctx, b.bank, here.idn.ID)
	b.ok(err)
	_, err = b.calls.SetPresence(ctx, b.bank, agent, Ready)
	b.ok(err)
	q, err := b.calls.Queue(b.ctx, b.bank)
	b.ok(err)
	if len(q) != 1 || q[0].State != EntryOffered || q[0].IdentificationID != here.idn.ID {
		t.Fatalf("got %+v", q)
	}
	p, err := b.calls.Mine(here.ctx, b.bank, here.idn.ID)
	b.ok(err)
	if p.Position != 1 {
		t.Errorf("position %d behind someone who is gone", p.Position)
	}
}

func TestRingLadder(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	b.device(v.customer, "one")
	b.device(v.customer, "two")
	c := b.ring(v, agent, ctx)
	if c.State != Ringing || c.Direction != Outbound {
		t.Fatalf("got %+v", c)
	}
	b.want(b.sent(v.customer), []string{"call_ringing push", "call_ringing push"})
	b.pass(14 * time.Second)
	b.want(b.sent(v.customer), []string{"call_ringing push", "call_ringing push"})
	b.pass(time.Second)
	b.want(b.sent(v.customer), []string{"call_ringing push", "call_ringing push", "call_ringing sms"})
	b.pass(30 * time.Second)
	c, err := b.calls.Get(b.ctx, b.bank, c.ID)
	b.ok(err)
	if c.State != Missed {
		t.Fatalf("after 45 s the call is %s", c.State)
	}
	b.bookingState(*c.BookingID, scheduling.Missed)
	b.presence(agent, Ready)
	sent := b.sent(v.customer)
	b.want(sent[3:], []string{"call_cancelled push", "call_cancelled push", "call_missed push", "call_missed push", "call_missed sms"})
	_, err = b.calls.Answer(v.ctx, b.bank, c.ID, "")
	b.refused(err, visavis.Gone, "call_missed")
	rings, err := b.calls.Rings(b.ctx, b.bank, c.ID)
	b.ok(err)
	if last := rings[len(rings)-1]; last.Device != Page || last.State != "late" {
		t.Errorf("answering too late is not written down: %+v", rings)
	}
}

func TestRingingDeviceKeepsTheSMSBack(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	d := b.device(v.customer, "one")
	c := b.ring(v, agent, ctx)
	b.pass(10 * time.Second)
	c, err := b.calls.Ringing(v.ctx, b.bank, c.ID, d)
	b.ok(err)
	if c.RungAt == nil {
		t.Fatal("the ring was not stamped")
	}
	b.pass(20 * time.Second)
	b.want(b.sent(v.customer), []string{"call_ringing push"})
	_, err = b.calls.Ringing(v.ctx, b.bank, c.ID, uuid.NewString())
	b.refused(err, visavis.Invalid, "invalid_request")
}

func TestFirstDeviceToAnswerWins(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	devices := []string{b.device(v.customer, "one"), b.device(v.customer, "two"), Page}
	c := b.ring(v, agent, ctx)
	var won, late atomic.Int32
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			_, err := b.calls.Answer(v.ctx, b.bank, c.ID, devices[i%3])
			switch {
			case err == nil:
				won.Add(1)
			case visavis.CodeOf(err) == "answered_elsewhere":
				late.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 4 || late.Load() != 8 { // the winner's repetitions are welcome
		t.Fatalf("%d won, %d late", won.Load(), late.Load())
	}
	b.pass(time.Minute - time.Second) // the ladder is gone
	for _, m := range b.sent(v.customer) {
		if m == "call_ringing sms" || m == "call_missed sms" {
			t.Errorf("sent %s after the answer", m)
		}
	}
}

func TestDecline(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	c := b.ring(v, agent, ctx)
	c, err := b.calls.Decline(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	if c.State != Declined {
		t.Fatalf("got %s", c.State)
	}
	b.bookingState(*c.BookingID, scheduling.Missed)
	b.presence(agent, Ready)
	b.want(b.sent(v.customer), []string{"call_missed sms"})
	again, err := b.calls.Decline(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	if again.State != Declined {
		t.Fatal("declining twice changed it")
	}
}

func TestAgentWhoGivesUpTheRingPutsTheCustomerBackFirst(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	c := b.ring(v, agent, ctx)
	other, _ := b.ready("bob")
	c, err := b.calls.HangUp(ctx, b.bank, c.ID)
	b.ok(err)
	if c.State != Cancelled {
		t.Fatalf("got %s", c.State)
	}
	b.presence(agent, WrapUp)
	if e := b.offered(); *e.OfferedTo != other || e.BookingID == nil {
		t.Fatalf("got %+v", e)
	}
}

func TestCancelledBookingIsNotCalled(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	bk := b.book(v)
	b.pass(bk.Start.Sub(b.calls.Now()) - time.Second)
	b.ok(b.calls.Touch(ctx, b.bank, agent))
	b.pass(time.Second)
	e := b.offered()
	_, err := b.calls.Scheduling.Cancel(b.ctx, b.bank, bk.ID, "changed my mind")
	b.ok(err)
	_, err = b.calls.Accept(ctx, b.bank, e.ID, agent)
	b.refused(err, visavis.Conflict, "booking_changed")
	b.pass(11 * time.Minute)
	for _, m := range b.sent(v.customer) {
		if m == "new_time_offered sms" {
			t.Error("a new time was offered for a cancelled booking")
		}
	}
}

func TestAbsenceBeyondTheGraceEndsTheCall(t *testing.T) {
	b := setup(t)
	_, agent, _, c := b.talking()
	connect := func(role string, on bool) {
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			return b.calls.participantTx(ctx, tx, c.ID, role, on)
		})
	}
	connect(RoleAgent, true)
	connect(RoleCustomer, true)
	b.pass(10 * time.Minute)
	state := func() State {
		c, err := b.calls.Get(b.ctx, b.bank, c.ID)
		b.ok(err)
		return c.State
	}
	if state() != Active {
		t.Fatal("ended although both are there")
	}
	connect(RoleCustomer, false)
	b.pass(59 * time.Second)
	connect(RoleCustomer, true) // back in time
	b.pass(10 * time.Minute)
	if state() != Active {
		t.Fatal("ended although the customer came back")
	}
	connect(RoleAgent, false)
	b.pass(60 * time.Second)
	if state() != Ended {
		t.Fatal("goes on without the agent")
	}
	b.presence(agent, WrapUp)
	b.bookingState(*c.BookingID, scheduling.Kept)
}

func TestCodeIsGoodForItsCallOnly(t *testing.T) {
	b := setup(t)
	v, _, ctx, c := b.talking()
	_, err := b.calls.CheckCode(v.ctx, b.bank, c.ID, "123456")
	b.refused(err, visavis.Conflict, "no_code")
	ver, err := b.calls.SendCode(ctx, b.bank, c.ID)
	b.ok(err)
	again, err := b.calls.SendCode(ctx, b.bank, c.ID)
	b.ok(err)
	if ver.ID != again.ID {
		t.Fatal("a second request made a second code")
	}
	_, err = b.calls.OTP.Check(b.ctx, b.bank, ver.ID, "123456", uuid.Nil) // by the API, not in the call
	b.refused(err, visavis.NotFound, "verification_not_found")
	steps, err := b.calls.Steps(b.ctx, b.bank, c.ID)
	b.ok(err)
	last := steps[len(steps)-1]
	if last.Kind != CodeStep {
		t.Fatalf("the script ends with %s", last.Kind)
	}
	_, err = b.calls.CompleteStep(ctx, b.bank, c.ID, last.Position, true)
	b.refused(err, visavis.Conflict, "code_step")
}

func TestAnotherAgentAndAnotherCustomerTouchNothing(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v, stranger := b.visitor(), b.visitor()
	c := b.ring(v, agent, ctx)
	_, otherCtx := b.agent("bob")
	_, err := b.calls.HangUp(otherCtx, b.bank, c.ID)
	b.refused(err, visavis.Forbidden, "not_your_call")
	_, err = b.calls.Answer(stranger.ctx, b.bank, c.ID, "")
	b.refused(err, visavis.NotFound, "not_found")
	_, err = b.calls.Get(stranger.ctx, b.bank, c.ID)
	b.refused(err, visavis.NotFound, "not_found")
}

func TestApprovalNeedsStepsAndRecording(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	_, err := b.calls.Decide(ctx, b.bank, v.idn.ID, true, "")
	b.refused(err, visavis.Conflict, "evidence_missing")
	c := b.ring(v, agent, ctx)
	_, err = b.calls.Answer(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	_, err = b.calls.Decide(ctx, b.bank, v.idn.ID, true, "")
	b.refused(err, visavis.Conflict, "evidence_missing")
	if got, _ := b.calls.Get(b.ctx, b.bank, c.ID); got.State != Active {
		t.Fatal("a refused approval ended the call")
	}
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update call_steps set state = 'passed' where bank_id = $1`, tx.BankID)
		return err
	})
	_, err = b.calls.Decide(ctx, b.bank, v.idn.ID, true, "") // nothing was recorded
	b.refused(err, visavis.Conflict, "evidence_missing")
	idn, err := b.calls.Decide(ctx, b.bank, v.idn.ID, false, "the document is not valid")
	b.ok(err)
	if idn.State != identifications.Rejected {
		t.Fatalf("got %s", idn.State)
	}
}

func TestStepsAreShuffledWithinTheirGroup(t *testing.T) {
	script := identifications.DefaultScenario().Script
	orders := map[string]bool{}
	for range 200 {
		out := identifications.Shuffled(script)
		order := ""
		for i, step := range out {
			if step.Group != script[i].Group {
				t.Fatalf("step %d left its group", i)
			}
			if step.Group == "" && step.Kind != script[i].Kind {
				t.Fatalf("step %d moved though it has no group", i)
			}
			order += step.Kind + " "
		}
		orders[order] = true
	}
	if len(orders) < 12 { // of 24
		t.Errorf("only %d orders in 200 calls", len(orders))
	}
}

func TestAgentsOfAnotherBankAreNotDrawn(t *testing.T) {
	b := setup(t)
	other, err := b.calls.Banks.Create(context.Background(), banks.NewBank{Slug: "b", Name: "B", Settings: banks.Settings{Countries: banks.AnyCountry()}})
	b.ok(err)
	v := b.visitor()
	_, err = b.calls.Enter(visavis.WithActor(b.ctx, visavis.System(other.ID)), other.ID, v.idn.ID)
	if visavis.KindOf(err) != visavis.NotFound {
		t.Fatalf("got %v", err)
	}
}

func TestStepIsTriedOnlySoOften(t *testing.T) {
	b := setup(t)
	_, _, ctx, c := b.talking()
	for range 5 { // failed without a picture, which is fine; passed would not be
		_, err := b.calls.CompleteStep(ctx, b.bank, c.ID, 1, false)
		b.ok(err)
	}
	_, err := b.calls.CompleteStep(ctx, b.bank, c.ID, 1, false)
	b.refused(err, visavis.Conflict, "step_attempts_used")
	_, err = b.calls.CompleteStep(ctx, b.bank, c.ID, 2, true)
	b.refused(err, visavis.Conflict, "not_connected")
}

func TestOpenPageOfABookedCustomerRings(t *testing.T) {
	b := setup(t)
	agent, ctx := b.agent("alice")
	v := b.visitor()
	bk := b.book(v)
	b.pass(bk.Start.Sub(b.calls.Now()))
	for range 3 { // the page shows the place
		b.pass(5 * time.Second)
		_, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID)
		b.ok(err)
	}
	_, err := b.calls.SetPresence(ctx, b.bank, agent, Ready)
	b.ok(err)
	c, err := b.calls.Accept(ctx, b.bank, b.offered().ID, agent)
	b.ok(err)
	if c.State != Ringing {
		t.Fatalf("a booked customer who only looks on was put into the call: %s", c.State)
	}
}

func TestWhoLeftThePageLeavesTheQueue(t *testing.T) {
	b := setup(t)
	gone, here := b.visitor(), b.visitor()
	for _, v := range []visitor{gone, here} {
		_, err := b.calls.Enter(v.ctx, b.bank, v.idn.ID)
		b.ok(err)
	}
	for range 24 { // half-minutes
		b.pass(30 * time.Second)
		_, err := b.calls.Mine(here.ctx, b.bank, here.idn.ID)
		b.ok(err)
	}
	q, err := b.calls.Queue(b.ctx, b.bank)
	b.ok(err)
	if len(q) != 1 || q[0].IdentificationID != here.idn.ID {
		t.Fatalf("got %+v", q)
	}
}

func TestNoAnswerBeforeConsent(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	c, err := b.calls.Banks.CreateCustomer(b.ctx, b.bank, banks.NewCustomer{Name: "Minh", Phone: "+84912345699", Locale: "en", TimeZone: "UTC"})
	b.ok(err)
	idn, _, err := b.calls.Identifications.Create(b.ctx, b.bank, identifications.NewIdentification{CustomerID: c.ID, Scenario: "open-account"})
	b.ok(err)
	v := visitor{customer: c.ID, idn: idn, ctx: visavis.WithActor(b.ctx, visavis.Actor{
		Kind: visavis.ActorCustomer, BankID: b.bank, ID: c.ID, IdentificationID: idn.ID, Scopes: []string{"call"}})}
	call := b.ring(v, agent, ctx) // booked by the bank, before the customer had seen anything
	_, err = b.calls.Answer(v.ctx, b.bank, call.ID, "")
	b.refused(err, visavis.Conflict, "consent_missing")
	_, err = b.calls.Enter(v.ctx, b.bank, idn.ID)
	if visavis.KindOf(err) != visavis.Conflict && visavis.KindOf(err) != visavis.Forbidden {
		t.Fatalf("entered the queue without consent: %v", err)
	}
}

func TestNotNowIsNotAskedAgainAtOnce(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	_, err := b.calls.Enter(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	e := b.offered()
	b.ok(b.calls.Reject(ctx, b.bank, e.ID, agent))
	state := func() EntryState {
		q, err := b.calls.Queue(b.ctx, b.bank)
		b.ok(err)
		return q[0].State
	}
	if state() != EntryWaiting {
		t.Fatal("offered again at once to who said not now")
	}
	b.presence(agent, Ready)
	b.pass(9 * time.Second)
	if state() != EntryWaiting {
		t.Fatal("offered again too soon")
	}
	b.pass(time.Second)
	if state() != EntryOffered {
		t.Fatal("never asked again")
	}
	other, _ := b.ready("bob")
	b.ok(b.calls.Reject(ctx, b.bank, e.ID, agent))
	if e := b.offered(); *e.OfferedTo != other {
		t.Fatal("another who is ready has to wait")
	}
}
