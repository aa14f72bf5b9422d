package calls

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/identifications"
)

// serve has an agent take the customer who is offered, talk for a while and be
// ready again; it returns the customer's case, or uuid.Nil when nobody is offered.
func (b *bundle) serve(agent uuid.UUID, ctx context.Context, talk time.Duration) uuid.UUID {
	b.Helper()
	q, err := b.calls.Queue(b.ctx, b.bank)
	b.ok(err)
	i := slices.IndexFunc(q, func(e Entry) bool { return e.OfferedTo != nil && *e.OfferedTo == agent })
	if i < 0 {
		return uuid.Nil
	}
	c, err := b.calls.Accept(ctx, b.bank, q[i].ID, agent)
	b.ok(err)
	b.media(c, RoleAgent, true)
	b.media(c, RoleCustomer, true)
	b.pass(talk)
	_, err = b.calls.HangUp(ctx, b.bank, c.ID)
	b.ok(err)
	return q[i].IdentificationID
}

// TestNobodyStarves is the stated bound in the running queue: each minute somebody
// of the greatest priority comes, and there is time for one. Who has none waits
// until those who came within ten minutes are served, and is served before
// anybody who came later than that.
func TestNobodyStarves(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{SegmentPriority: map[string]int{"priority": 100}})
	agent, ctx := b.agent("alice")
	plain := b.visitor()
	b.enter(plain)
	waiting := []visitor{plain}
	var order []string
	names := map[uuid.UUID]string{plain.idn.ID: "plain"}
	for minute := range 13 {
		b.wait(30*time.Second, waiting...)
		v := b.visitor()
		_, err := b.calls.Banks.UpdateCustomer(b.ctx, b.bank, v.customer, banks.CustomerChange{Segment: new("priority")})
		b.ok(err)
		b.enter(v)
		names[v.idn.ID] = fmt.Sprint(minute)
		waiting = append(waiting, v)
		_, err = b.calls.SetPresence(ctx, b.bank, agent, Ready)
		b.ok(err)
		served := b.serve(agent, ctx, 10*time.Second)
		order = append(order, names[served])
		waiting = slices.DeleteFunc(waiting, func(v visitor) bool { return v.idn.ID == served })
		b.wait(20*time.Second, waiting...)
	}
	// Number n came n minutes and 30 s after who has no priority.
	if at := slices.Index(order, "plain"); at != 10 {
		t.Errorf("who has no priority was served as number %d of %v, want after the ten who came within 10 minutes", at, order)
	}
}

// TestWeightedDrawWeighsLevels: the chance is the sum of the levels in the skills
// that are asked for, of those alone.
func TestWeightedDrawWeighsLevels(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{Strategy: identifications.StrategyWeighted,
		Skills: []identifications.QueueSkill{{Skill: "mortgages"}, {Skill: "cards"}}})
	want, ctxs := map[uuid.UUID]int{}, map[uuid.UUID]context.Context{}
	for name, skills := range map[string][]Skill{
		"alice": {{"mortgages", 7}, {"cards", 2}, {"golf", 10}}, "bob": {{"cards", 3}, {"mortgages", 1}}, "carol": {{"golf", 10}, {"cards", 9}},
	} {
		id, ctx := b.ready(name)
		b.ok(b.calls.SetSkills(b.ctx, b.bank, id, skills))
		ctxs[id] = ctx
		if name != "carol" { // others at work can do both
			want[id] = map[string]int{"alice": 9, "bob": 4}[name]
		}
	}
	b.enter(b.visitor())
	e := b.offered()
	c, err := b.calls.Accept(ctxs[*e.OfferedTo], b.bank, e.ID, *e.OfferedTo)
	b.ok(err)
	d, _, err := b.calls.CallDraw(b.ctx, b.bank, c.ID)
	b.ok(err)
	b.ok(VerifyDraw(d))
	got := map[uuid.UUID]int{}
	for _, one := range d.Rounds[0].Candidates {
		got[one.AgentID] = one.Weight
	}
	if d.Rounds[0].Strategy != identifications.StrategyWeighted || !maps.Equal(got, want) {
		t.Errorf("%s among %v, want %v", d.Rounds[0].Strategy, got, want)
	}
}

// TestEstimatedWait: the median of the calls before, for each who stands before
// and for oneself, shared among those at work who may serve.
func TestEstimatedWait(t *testing.T) {
	b := setup(t)
	agent, ctx := b.agent("alice")
	for _, talk := range []time.Duration{2 * time.Minute, 4 * time.Minute, 30 * time.Minute} {
		v := b.visitor()
		b.enter(v)
		_, err := b.calls.SetPresence(ctx, b.bank, agent, Ready)
		b.ok(err)
		if b.serve(agent, ctx, talk) != v.idn.ID {
			t.Fatal("not served")
		}
	}
	first, second := b.visitor(), b.visitor()
	b.enter(first)
	b.enter(second)
	wait := func(v visitor, position int, want time.Duration) {
		t.Helper()
		b.keepAlive()
		p, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID)
		b.ok(err)
		if p.Position != position || p.EstimatedWait != want {
			t.Errorf("position %d, wait %s; want %d, %s", p.Position, p.EstimatedWait, position, want)
		}
	}
	wait(first, 1, 4*time.Minute) // she is in wrap-up
	wait(second, 2, 8*time.Minute)
	bob, bobCtx := b.ready("bob")
	if b.offeredTo(first) == nil {
		t.Fatal("not offered")
	}
	wait(first, 1, 0) // somebody is about to come
	wait(second, 2, 4*time.Minute)
	b.serve(bob, bobCtx, 4*time.Minute)
	wait(second, 1, 2*time.Minute) // two are at work again
}

// TestCallBackThatNobodyGaveOffersATime: after callback_seconds the place ends, and
// the customer gets the link to book.
func TestCallBackThatNobodyGaveOffersATime(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{CallbackSeconds: 1800})
	v := b.visitor()
	b.enter(v)
	_, err := b.calls.CallBack(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	b.pass(30*time.Minute - time.Second)
	if p, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID); err != nil || p.State != EntryWaiting || len(b.sent(v.customer)) != 0 {
		t.Fatalf("before its time: %+v, %v, told %v", p, err, b.sent(v.customer))
	}
	b.pass(time.Second)
	p, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	if p.State != EntryExpired {
		t.Errorf("the place is %s", p.State)
	}
	b.want(b.sent(v.customer), []string{"new_time_offered sms"})
}

// TestServiceLevelIsTheScenarios: who was served later than its limit counts as
// served, not as in time.
func TestServiceLevelIsTheScenarios(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{ServiceLevelSeconds: 60})
	agent, ctx := b.agent("alice")
	for _, wait := range []time.Duration{60 * time.Second, 61 * time.Second} {
		v := b.visitor()
		b.enter(v)
		b.wait(wait, v)
		_, err := b.calls.SetPresence(ctx, b.bank, agent, Ready)
		b.ok(err)
		if b.serve(agent, ctx, time.Minute) != v.idn.ID {
			t.Fatal("not served")
		}
	}
	w, err := b.calls.Wallboard(b.ctx, b.bank)
	b.ok(err)
	if d := w.Today; d.Served != 2 || d.InTime != 1 || d.ServiceLevel() != 0.5 || d.Abandoned != 0 {
		t.Errorf("got %+v", d)
	}
}
