package calls

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// media says that a side's media came or went.
func (b *bundle) media(c Call, role string, connected bool) {
	b.Helper()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		return b.calls.participantTx(ctx, tx, c.ID, role, connected)
	})
}

func (b *bundle) supervisor(name string) (uuid.UUID, context.Context) {
	b.Helper()
	a, err := b.calls.Banks.CreateAgent(b.ctx, b.bank, banks.NewAgent{Email: name + "@a.example", Name: name, Role: visavis.RoleSupervisor, Password: "correct horse battery"})
	b.ok(err)
	return a.ID, visavis.WithActor(b.ctx, visavis.Actor{Kind: visavis.ActorAgent, BankID: b.bank, ID: a.ID, Role: visavis.RoleSupervisor})
}

func (b *bundle) leads(c Call, want ...string) []Lead {
	b.Helper()
	all, err := b.calls.Leads(b.ctx, b.bank, c.ID)
	b.ok(err)
	var how []string
	for i, l := range all {
		how = append(how, l.How)
		if (l.To == nil) != (i == len(all)-1) {
			b.Fatalf("lead %d of %d ends at %v", i+1, len(all), l.To)
		}
	}
	b.want(how, want)
	return all
}

func TestColdTransferKeepsTheScript(t *testing.T) {
	b := setup(t)
	_, alice, aliceCtx, c := b.talking()
	b.media(c, RoleAgent, true)
	b.media(c, RoleCustomer, true)
	_, err := b.calls.CompleteStep(aliceCtx, b.bank, c.ID, 1, false)
	b.ok(err)
	bob, bobCtx := b.ready("bob")
	other, otherCtx := b.ready("carol")
	_, err = b.calls.Transfer(otherCtx, b.bank, c.ID, NewTransfer{ToAgent: bob})
	b.refused(err, visavis.Forbidden, "not_your_call")
	e, err := b.calls.Transfer(aliceCtx, b.bank, c.ID, NewTransfer{ToAgent: bob, Note: "knows better"})
	b.ok(err)
	if e.State != EntryOffered || *e.OfferedTo != bob || *e.CallID != c.ID {
		t.Fatalf("got %+v", e)
	}
	_, err = b.calls.Transfer(aliceCtx, b.bank, c.ID, NewTransfer{ToAgent: other})
	b.refused(err, visavis.Conflict, "transfer_pending")
	_, err = b.calls.AcceptOffer(bobCtx, b.bank, e.ID, bob, e.OfferNo)
	b.ok(err)
	got := b.callState(c, Active)
	if got.AgentID != bob || got.AgentNo != 2 {
		t.Fatalf("led by %v", got.AgentID)
	}
	b.presence(alice, WrapUp)
	b.presence(bob, InCall)
	steps, err := b.calls.Steps(b.ctx, b.bank, c.ID)
	b.ok(err)
	if steps[0].Attempts != 1 {
		t.Error("the script's state is lost")
	}
	_, err = b.calls.CompleteStep(aliceCtx, b.bank, c.ID, 1, false)
	b.refused(err, visavis.Forbidden, "not_your_call")
	b.media(c, RoleAgent, true)
	_, err = b.calls.CompleteStep(bobCtx, b.bank, c.ID, 1, false)
	b.ok(err)
	_, err = b.calls.HangUp(bobCtx, b.bank, c.ID)
	b.ok(err)
	all, err := b.calls.Leads(b.ctx, b.bank, c.ID)
	b.ok(err)
	if len(all) != 2 || all[0].AgentID != alice || all[1].AgentID != bob || all[1].How != Transferred || all[1].To == nil {
		t.Errorf("got %+v", all)
	}
}

func TestWarmTransfer(t *testing.T) {
	for _, complete := range []bool{true, false} {
		t.Run(map[bool]string{true: "complete", false: "cancel"}[complete], func(t *testing.T) {
			b := setup(t)
			_, alice, ctx, c := b.talking()
			bob, bobCtx := b.ready("bob")
			b.ok(b.calls.SetSkills(b.ctx, b.bank, bob, []Skill{{"mortgages", 3}}))
			_, err := b.calls.CompleteTransfer(ctx, b.bank, c.ID)
			b.refused(err, visavis.Conflict, "no_transfer")
			e, err := b.calls.Transfer(ctx, b.bank, c.ID, NewTransfer{ToSkill: "mortgages", Warm: true})
			b.ok(err)
			_, err = b.calls.Accept(bobCtx, b.bank, e.ID, bob)
			b.ok(err)
			if got := b.callState(c, Active); got.AgentID != alice {
				t.Fatal("handed over before it was completed")
			}
			b.presence(bob, InCall)
			if _, g, err := b.calls.seat(b.ctx, b.bank, c.ID, bob); err != nil || g.Role != GuestHelper || g.Mode != ModeJoin {
				t.Fatalf("sits as %+v, %v", g, err)
			}
			if complete {
				_, err = b.calls.CompleteTransfer(ctx, b.bank, c.ID)
				b.ok(err)
				b.leads(c, Accepted, Transferred)
				b.presence(alice, WrapUp)
				if _, g, err := b.calls.seat(b.ctx, b.bank, c.ID, bob); err != nil || g.Role != RoleAgent {
					t.Fatalf("sits as %+v, %v", g, err)
				}
				return
			}
			_, err = b.calls.CancelTransfer(ctx, b.bank, c.ID)
			b.ok(err)
			b.leads(c, Accepted)
			b.presence(bob, Ready)
			_, _, err = b.calls.seat(b.ctx, b.bank, c.ID, bob)
			b.refused(err, visavis.Forbidden, "not_your_call")
		})
	}
}

func TestAnotherAgentTakesOverWhenTheAgentIsGone(t *testing.T) {
	b := setup(t)
	v, alice, aliceCtx, c := b.talking()
	b.media(c, RoleAgent, true)
	b.media(c, RoleCustomer, true)
	bob, bobCtx := b.ready("bob")
	b.media(c, RoleAgent, false)
	b.pass(9 * time.Second)
	if q, _ := b.calls.Queue(b.ctx, b.bank); len(q) != 0 {
		t.Fatal("offered early")
	}
	b.pass(time.Second)
	if e := b.offered(); e.Kind != Takeover || *e.OfferedTo != bob {
		t.Fatalf("got %+v", e)
	}
	// The agent comes back: nobody has to take it.
	b.media(c, RoleAgent, true)
	b.presence(bob, Ready)
	if q, _ := b.calls.Queue(b.ctx, b.bank); len(q) != 0 {
		t.Fatal("offered still")
	}
	// The agent is gone for good.
	b.media(c, RoleAgent, false)
	b.pass(10 * time.Second)
	e := b.offered()
	_, err := b.calls.Accept(bobCtx, b.bank, e.ID, bob)
	b.ok(err)
	b.callState(c, Active)
	b.leads(c, Accepted, TookOver)
	b.pass(time.Second)
	b.media(c, RoleAgent, true)
	b.pass(5 * time.Minute)
	b.callState(c, Active) // the grace time of the agent before does not end it
	_, err = b.calls.HangUp(aliceCtx, b.bank, c.ID)
	b.refused(err, visavis.Forbidden, "not_your_call")
	if _, err := b.calls.Enter(v.ctx, b.bank, v.idn.ID); visavis.CodeOf(err) != "call_in_progress" {
		t.Errorf("entered the queue: %v", err)
	}
	_ = alice
}

func TestSupervisorsAreSeenUnlessHidden(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		t.Run(map[bool]string{true: "hidden", false: "seen"}[hidden], func(t *testing.T) {
			b := setup(t)
			b.queueRules(identifications.QueueSettings{Supervision: identifications.Supervision{WatchHidden: hidden}})
			_, _, _, c := b.talking()
			boss, bossCtx := b.supervisor("sofia")
			other, otherCtx := b.supervisor("victor")
			_, _, err := b.calls.seat(b.ctx, b.bank, c.ID, boss)
			b.refused(err, visavis.Forbidden, "not_your_call")
			g, err := b.calls.Supervise(bossCtx, b.bank, c.ID, boss, ModeWatch)
			b.ok(err)
			if g.Hidden != hidden {
				t.Errorf("hidden %v", g.Hidden)
			}
			_, err = b.calls.Supervise(otherCtx, b.bank, c.ID, other, ModeWatch)
			b.refused(err, visavis.Conflict, "seat_taken")
			g, err = b.calls.Supervise(bossCtx, b.bank, c.ID, boss, ModeJoin)
			b.ok(err)
			if g.Hidden {
				t.Error("joins hidden")
			}
			b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
				return b.calls.guestArrivedTx(ctx, tx, c.ID, GuestSupervisor)
			})
			b.ok(b.calls.LeaveGuest(bossCtx, b.bank, c.ID, boss))
			b.refused(b.calls.LeaveGuest(bossCtx, b.bank, c.ID, boss), visavis.NotFound, "no_guest")
			all, err := b.calls.Guests(b.ctx, b.bank, c.ID)
			b.ok(err)
			if len(all) != 2 || all[0].Mode != ModeWatch || all[1].Mode != ModeJoin || all[1].To == nil {
				t.Errorf("got %+v", all)
			}
			types, _ := b.events(c.ID)
			if !slices.Contains(types, "call.supervised") || !slices.Contains(types, "call.supervision_ended") {
				t.Errorf("events %v", types)
			}
			_, err = b.calls.TakeOver(otherCtx, b.bank, c.ID, other)
			b.ok(err)
			b.leads(c, Accepted, TookOver)
			b.presence(other, InCall)
		})
	}
}

func TestInterpreterIsInvited(t *testing.T) {
	b := setup(t)
	v, _, ctx, c := b.talking()
	bob, bobCtx := b.ready("bob")
	_, err := b.calls.Invite(bobCtx, b.bank, c.ID, bob, GuestInterpreter)
	b.refused(err, visavis.Forbidden, "not_your_call")
	_, err = b.calls.Invite(ctx, b.bank, c.ID, bob, GuestInterpreter)
	b.ok(err)
	b.presence(bob, InCall)
	if id, _ := b.calls.GuestOf(b.ctx, b.bank, bob); id != c.ID {
		t.Error("does not know where")
	}
	_, err = b.calls.HangUp(v.ctx, b.bank, c.ID) // everybody goes
	b.ok(err)
	b.presence(bob, Ready)
}

// TestOneOwner: a call whose node is dead is taken by one of those who try, and
// only then.
func TestOneOwner(t *testing.T) {
	b := setup(t)
	_, _, _, c := b.talking()
	if _, err := b.calls.Beat(b.ctx); err != nil {
		t.Fatal(err)
	}
	c = b.callState(c, Active)
	second, third := b.node("http://127.0.0.1:8081"), b.node("http://127.0.0.1:8082")
	_, err := second.takeCall(b.ctx, b.bank, c)
	b.refused(err, visavis.Conflict, "wrong_node")
	if node, _ := second.OwnerNode(b.ctx, b.bank, c); node != c.Node {
		t.Errorf("sent to %s", node)
	}
	b.pass(31 * time.Second)
	for _, s := range []*Service{second, third} {
		if others, err := s.Beat(b.ctx); err != nil || s == third && !others {
			t.Fatalf("others %v, %v", others, err)
		}
	}
	if node, _ := second.OwnerNode(b.ctx, b.bank, c); node != second.Node {
		t.Errorf("sent to %s", node)
	}
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, s := range []*Service{second, third} {
		wg.Go(func() { _, errs[i] = s.takeCall(b.ctx, b.bank, c) })
	}
	wg.Wait()
	if (errs[0] == nil) == (errs[1] == nil) {
		t.Fatalf("owners: %v, %v", errs[0], errs[1])
	}
	got := b.callState(c, Active)
	owner := map[bool]*Service{true: second, false: third}[errs[0] == nil]
	if got.Node != owner.Node {
		t.Errorf("the call is on %s", got.Node)
	}
	// The first is back: the call is not its own any more.
	_, err = b.calls.Beat(b.ctx)
	b.ok(err)
	_, err = b.calls.openRoom(b.ctx, b.bank, got)
	b.refused(err, visavis.Conflict, "wrong_node")
}

func TestWallboard(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	served, left, waits := b.visitor(), b.visitor(), b.visitor()
	b.enter(served)
	b.pass(5 * time.Second)
	c, err := b.calls.Accept(ctx, b.bank, b.offered().ID, agent)
	b.ok(err)
	b.pass(10 * time.Second)
	_, err = b.calls.HangUp(ctx, b.bank, c.ID)
	b.ok(err)
	b.enter(left)
	b.ok(b.calls.Leave(left.ctx, b.bank, left.idn.ID))
	b.enter(waits)
	b.pass(7 * time.Second)
	w, err := b.calls.Wallboard(b.ctx, b.bank)
	b.ok(err)
	d := w.Today
	if w.Waiting != 1 || w.Longest != 7*time.Second || d.Entered != 3 || d.Served != 1 || d.Abandoned != 1 || d.InTime != 1 ||
		d.ServiceLevel() != 0.5 || d.Wait != 5*time.Second || d.Handle != 10*time.Second || len(w.Scenarios) != 1 || w.Scenarios[0].Today.Entered != 3 {
		t.Fatalf("got %+v", w)
	}
}
