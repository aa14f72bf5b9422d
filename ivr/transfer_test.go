package ivr_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/ivr"
)

const secondDesk = "+84901239001"

func (w *world) as(agent uuid.UUID, role visavis.Role) context.Context {
	return visavis.WithActor(w.t.Context(), visavis.Actor{Kind: visavis.ActorAgent, ID: agent, BankID: w.bank, Role: role})
}

// meeting waits until so many are in the conference of a caller.
func (w *world) meeting(caller uuid.UUID, want int) {
	w.t.Helper()
	w.until(caller, "the talk", func(ivr.PhoneCall) bool { n, started := w.sim.Met(caller.String()); return n == want && started })
}

// hungUp waits until a number's only call has ended.
func (w *world) hungUp(number string) {
	w.t.Helper()
	w.onCall(number, "the end", func(h heard) bool { return h.Status == "completed" })
	if n := len(w.handset(number)); n != 1 {
		w.t.Errorf("%s was rung %d times", number, n)
	}
}

// byTelephone is a caller who talks with an agent: the first phone call, its leg
// at the carrier, the call, and who leads it.
func (w *world) byTelephone() (c ivr.PhoneCall, sid string, call calls.Call, agent uuid.UUID) {
	w.t.Helper()
	agent = w.staffed()
	must(w.t, w.banks.SetTelephone(w.t.Context(), w.bank, agent, desk))
	w.run()
	c, h := w.queued(phone)
	w.ready(agent)
	call, err := w.calls.Accept(w.t.Context(), w.bank, c.QueueEntryID, agent)
	must(w.t, err)
	w.answer(desk)
	w.meeting(c.ID, 2)
	return c, h.SID, call, agent
}

// transferred offers a call to another agent, who accepts.
func (w *world) transferred(call uuid.UUID, from, to uuid.UUID, warm bool) {
	w.t.Helper()
	e, err := w.calls.Transfer(w.as(from, visavis.RoleAgent), w.bank, call, calls.NewTransfer{ToAgent: to, Warm: warm})
	must(w.t, err)
	_, err = w.calls.AcceptOffer(w.as(to, visavis.RoleAgent), w.bank, e.ID, to, e.OfferNo)
	must(w.t, err)
}

func (w *world) talksOn(sid string) {
	w.t.Helper()
	for _, h := range w.handset(phone) {
		if h.SID == sid && h.Status != "in-progress" {
			w.t.Errorf("the customer's leg is %s", h.Status)
		}
	}
}

// Cold, the new agent's telephone is rung, the old one's hung up on at once, and
// the customer stays in the conference. The end of the new one ends the talk.
func TestColdTransferByTelephone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, sid, call, alice := w.byTelephone()
	bob := w.another("bob@bank.test", secondDesk)
	w.ready(bob)
	w.transferred(call.ID, alice, bob, false)
	w.hungUp(desk)
	w.talksOn(sid)
	second := w.answer(secondDesk)
	w.meeting(c.ID, 2)
	w.talksOn(sid)
	// Back to the first, whose telephone is rung anew.
	w.exec(`update agent_presence set state = 'ready' where bank_id = $1 and agent_id = $2`, w.bank, alice)
	w.transferred(call.ID, bob, alice, false)
	w.hungUp(secondDesk)
	w.onCall(desk, "the second ring", func(h heard) bool { return h.SID != "" && len(w.handset(desk)) == 2 && h.Status != "completed" })
	third := w.answer(desk)
	w.meeting(c.ID, 2)
	if third.SID == second.SID {
		t.Fatal("it is the same leg")
	}
	w.do(third.SID, "hangup", struct{}{})
	w.untilState(c.ID, ivr.Completed)
	if got, err := w.calls.Get(t.Context(), w.bank, call.ID); err != nil || got.State != calls.Ended || got.AgentID != alice {
		t.Errorf("the call is %+v, %v", got, err)
	}
}

// Warm, all three talk until one of the agents leaves.
func TestWarmTransferByTelephone(t *testing.T) {
	t.Parallel()
	for name, complete := range map[string]func(w *world, call, alice, bob uuid.UUID){
		"completed in the console": func(w *world, call, alice, _ uuid.UUID) {
			_, err := w.calls.CompleteTransfer(w.as(alice, visavis.RoleAgent), w.bank, call)
			must(w.t, err)
		},
		"by hanging up": func(w *world, _, _, _ uuid.UUID) { w.do(w.handset(desk)[0].SID, "hangup", struct{}{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c, sid, call, alice := w.byTelephone()
			bob := w.another("bob@bank.test", secondDesk)
			w.ready(bob)
			w.transferred(call.ID, alice, bob, true)
			second := w.answer(secondDesk)
			w.meeting(c.ID, 3)
			complete(w, call.ID, alice, bob)
			w.hungUp(desk)
			w.until(c.ID, "the new agent", func(ivr.PhoneCall) bool {
				got, err := w.calls.Get(t.Context(), w.bank, call.ID)
				return err == nil && got.State == calls.Active && got.AgentID == bob
			})
			w.meeting(c.ID, 2)
			w.talksOn(sid)
			w.do(sid, "hangup", struct{}{})
			w.onCall(secondDesk, "the end", func(h heard) bool { return h.SID == second.SID && h.Status == "completed" })
			if n := len(w.handset(secondDesk)); n != 1 {
				t.Errorf("the second telephone was rung %d times", n)
			}
		})
	}
}

// A warm transfer that is taken back leaves the first two together, and so does
// a target who hangs up.
func TestWarmTransferByTelephoneTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, sid, call, alice := w.byTelephone()
	bob := w.another("bob@bank.test", secondDesk)
	w.ready(bob)
	w.transferred(call.ID, alice, bob, true)
	w.answer(secondDesk)
	w.meeting(c.ID, 3)
	_, err := w.calls.CancelTransfer(w.as(alice, visavis.RoleAgent), w.bank, call.ID)
	must(t, err)
	w.hungUp(secondDesk)
	w.meeting(c.ID, 2)
	w.talksOn(sid)
	if got, err := w.calls.Get(t.Context(), w.bank, call.ID); err != nil || got.State != calls.Active || got.AgentID != alice {
		t.Errorf("the call is %+v, %v", got, err)
	}
}

// A supervisor who takes over a video call that goes on by telephone is rung.
func TestTakeOverByTelephone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.video(phone, allowed)
	w.run()
	p := w.byPhone(v, phone)
	boss, err := w.banks.CreateAgent(t.Context(), w.bank, banks.NewAgent{Email: "boss@bank.test", Name: "Boss", Role: visavis.RoleSupervisor})
	must(t, err)
	if _, err := w.calls.TakeOver(w.as(boss.ID, visavis.RoleSupervisor), w.bank, v.call.ID, boss.ID); visavis.CodeOf(err) != "telephone_missing" || visavis.KindOf(err) != visavis.Conflict {
		t.Fatalf("without a telephone: %v", err)
	}
	must(t, w.banks.SetTelephone(t.Context(), w.bank, boss.ID, secondDesk))
	_, err = w.calls.TakeOver(w.as(boss.ID, visavis.RoleSupervisor), w.bank, v.call.ID, boss.ID)
	must(t, err)
	w.hungUp(desk)
	w.answer(secondDesk)
	w.meeting(*p.PhoneCallID, 2)
	if p := w.part(v, calls.PartConnected); p.ToMS != nil {
		t.Errorf("the part is %+v", p)
	}
}

// Nobody takes over a talk who could not be rung.
func TestTransferByTelephoneIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, _, call, alice := w.byTelephone()
	bob := w.another("bob@bank.test", "")
	must(t, w.calls.SetSkills(t.Context(), w.bank, bob, []calls.Skill{{Skill: "mortgages", Level: 3}}))
	w.ready(bob)
	ctx := w.as(alice, visavis.RoleAgent)
	for name, to := range map[string]calls.NewTransfer{"an agent": {ToAgent: bob}, "warm": {ToAgent: bob, Warm: true}, "by skill": {ToSkill: "mortgages"}} {
		if _, err := w.calls.Transfer(ctx, w.bank, call.ID, to); visavis.CodeOf(err) != "telephone_missing" || visavis.KindOf(err) != visavis.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	// The telephone is taken away between the offer and the answer.
	must(t, w.banks.SetTelephone(t.Context(), w.bank, bob, secondDesk))
	e, err := w.calls.Transfer(ctx, w.bank, call.ID, calls.NewTransfer{ToAgent: bob})
	must(t, err)
	must(t, w.banks.SetTelephone(t.Context(), w.bank, bob, ""))
	if _, err := w.calls.AcceptOffer(w.as(bob, visavis.RoleAgent), w.bank, e.ID, bob, e.OfferNo); visavis.CodeOf(err) != "telephone_missing" {
		t.Errorf("accepted: %v", err)
	}
	if n := len(w.handset(secondDesk)); n != 0 {
		t.Errorf("rung %d times", n)
	}
}

// A video call that goes over to the telephone while it is offered to an agent
// without one is offered to them no more, and to them again once it is back.
func TestTransferIsOfferedAnewByTelephone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.video(phone, allowed)
	bob := w.another("bob@bank.test", "")
	w.ready(bob)
	w.run()
	e, err := w.calls.Transfer(v.agent, w.bank, v.call.ID, calls.NewTransfer{ToAgent: bob})
	must(t, err)
	if w.offeredTo(e.ID) != bob {
		t.Fatal("it is not offered")
	}
	p := w.byPhone(v, phone)
	if got := w.offeredTo(e.ID); got != uuid.Nil {
		t.Errorf("it is offered to %s", got)
	}
	w.do(w.handset(phone)[0].SID, "hangup", struct{}{})
	w.untilState(*p.PhoneCallID, ivr.Completed)
	if waits := query[bool](w, `select phone_call_id is null and state in ('waiting', 'offered') from queue_entries where bank_id = $1 and id = $2`, w.bank, e.ID); !waits {
		t.Error("it does not wait for anybody by video")
	}
}
