package calls

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/identifications"
)

// anOffer is a page's, behind which nobody stands.
const anOffer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n" +
	"m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\na=rtpmap:111 opus/48000/2\r\na=ssrc:11 cname:x\r\n" + offerRest +
	"m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\na=rtpmap:96 VP8/90000\r\na=ssrc:12 cname:x\r\n" + offerRest

const offerRest = "c=IN IP4 0.0.0.0\r\na=sendrecv\r\na=rtcp-mux\r\na=setup:actpass\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n" +
	"a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF\r\n"

// opens is a page at the signalling of a call; uuid.Nil: the customer's.
func (b *bundle) opens(c Call, role string, agent uuid.UUID) *socket {
	b.Helper()
	k := newPage()
	k.agentID = agent
	b.calls.register(c.ID, role, k)
	return k
}

// isThere says whether a role has a connection in the call's room.
func (b *bundle) isThere(c Call, role string) bool {
	b.Helper()
	r, ok := b.calls.liveRoom(c.ID)
	return ok && r.media.Candidate(role, []byte(`{"candidate":""}`)) == nil
}

// heard takes what a page was told.
func (k *socket) heard() (all []message) {
	for len(k.out) > 0 {
		all = append(all, <-k.out)
	}
	return all
}

func (k *socket) isClosed() bool {
	select {
	case <-k.done:
		return true
	default:
		return false
	}
}

// everything is a message of each type.
func everything() []message {
	return []message{
		{Type: "leave"}, {Type: "join", SDP: anOffer}, {Type: "restart", SDP: anOffer}, {Type: "candidate", Candidate: []byte(`{"candidate":""}`)},
		{Type: "step", Position: 1}, {Type: "muted", Audio: new(false), Video: new(false)}, {Type: "chat", Text: "hello"}, {Type: "caption", Text: "hello"},
		{Type: "screen", On: new(true)}, {Type: "pointer", Surface: "camera", X: 0.5, Y: 0.5, On: new(true)},
		{Type: "draw", Surface: "camera", Stroke: 1, Points: [][2]float64{{0.1, 0.1}}},
	}
}

// TestPageOfTheAgentBefore: when another agent leads the call, whatever the page of
// the one before still says moves nobody: it does not send the other away, hears
// nothing, draws nothing and opens no step, before and after the other is there.
func TestPageOfTheAgentBefore(t *testing.T) {
	b := setup(t)
	v, alice, aliceCtx, c := b.talking()
	before := b.opens(c, RoleAgent, alice)
	b.ok(b.calls.handle(aliceCtx, b.bank, c.ID, RoleAgent, before, message{Type: "join", SDP: anOffer}))
	if !b.isThere(c, RoleAgent) {
		t.Fatal("the agent is not there")
	}
	bob, bobCtx := b.ready("bob")
	e, err := b.calls.Transfer(aliceCtx, b.bank, c.ID, NewTransfer{ToAgent: bob})
	b.ok(err)
	_, err = b.calls.Accept(bobCtx, b.bank, e.ID, bob)
	b.ok(err)

	// The other has not come yet: no connection, no script for the one before.
	b.refused(b.calls.handle(aliceCtx, b.bank, c.ID, RoleAgent, before, message{Type: "join", SDP: anOffer}), visavis.Forbidden, "not_your_call")
	b.refused(b.calls.handle(aliceCtx, b.bank, c.ID, RoleAgent, before, message{Type: "step", Position: 1}), visavis.Forbidden, "not_your_call")
	b.refused(b.calls.handle(aliceCtx, b.bank, c.ID, RoleAgent, before, message{Type: "chat", Text: "x"}), visavis.Forbidden, "not_your_call")

	now := b.opens(c, RoleAgent, bob)
	b.ok(b.calls.handle(bobCtx, b.bank, c.ID, RoleAgent, now, message{Type: "join", SDP: anOffer}))
	if !before.isClosed() {
		t.Error("the page of the agent before is open")
	}
	customer := b.opens(c, RoleCustomer, uuid.Nil)
	now.heard()
	before.heard()
	for _, m := range everything() {
		b.refused(b.calls.handle(aliceCtx, b.bank, c.ID, RoleAgent, before, m), visavis.Conflict, "replaced")
	}
	if !b.isThere(c, RoleAgent) {
		t.Error("the agent who leads the call was sent away by the one before")
	}
	if all := append(append(customer.heard(), now.heard()...), before.heard()...); len(all) != 0 {
		t.Errorf("told %+v", all)
	}
	// The same of a customer's page that was opened elsewhere.
	b.ok(b.calls.handle(v.ctx, b.bank, c.ID, RoleCustomer, customer, message{Type: "join", SDP: anOffer}))
	again := b.opens(c, RoleCustomer, uuid.Nil)
	b.ok(b.calls.handle(v.ctx, b.bank, c.ID, RoleCustomer, again, message{Type: "join", SDP: anOffer}))
	b.refused(b.calls.handle(v.ctx, b.bank, c.ID, RoleCustomer, customer, message{Type: "leave"}), visavis.Conflict, "replaced")
	if !b.isThere(c, RoleCustomer) {
		t.Error("the customer was sent away by the page before")
	}
	b.ok(b.calls.handle(v.ctx, b.bank, c.ID, RoleCustomer, again, message{Type: "leave"}))
	if b.isThere(c, RoleCustomer) {
		t.Error("the customer's own leave is not heard")
	}
}

// TestHiddenWatcherSaysNothing: whatever the page of a supervisor who watches hidden
// sends, no other page hears of it, nothing is written down, and what it offers to
// send is not passed on; nor does it pass for somebody else.
func TestHiddenWatcherSaysNothing(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{Supervision: identifications.Supervision{WatchHidden: true}})
	_, alice, _, c := b.talking()
	boss, bossCtx := b.supervisor("sofia")
	g, err := b.calls.Supervise(bossCtx, b.bank, c.ID, boss, ModeWatch)
	b.ok(err)
	if !g.Hidden {
		t.Fatal("seen")
	}
	customer, agent, watcher := b.opens(c, RoleCustomer, uuid.Nil), b.opens(c, RoleAgent, alice), b.opens(c, GuestSupervisor, boss)
	b.ok(b.calls.handle(bossCtx, b.bank, c.ID, GuestSupervisor, watcher, message{Type: "join", SDP: anOffer}))
	for _, m := range everything() {
		m.Participant = RoleAgent
		err := b.calls.handle(bossCtx, b.bank, c.ID, GuestSupervisor, watcher, m)
		switch m.Type {
		case "leave", "join", "restart", "candidate", "muted": // its own
			b.ok(err)
		default:
			if visavis.KindOf(err) != visavis.Forbidden {
				t.Errorf("%s: %v", m.Type, err)
			}
		}
	}
	if all := append(customer.heard(), agent.heard()...); len(all) != 0 {
		t.Errorf("the others were told %+v", all)
	}
	if lines, err := b.calls.Lines(b.ctx, b.bank, c.ID, uuid.Nil); err != nil || len(lines) != 0 {
		t.Errorf("written: %+v, %v", lines, err)
	}
	r, _ := b.calls.liveRoom(c.ID)
	for _, st := range r.media.Stats() {
		if st.Participant == GuestSupervisor && st.Recorded != 0 {
			t.Errorf("recorded %+v", st)
		}
	}
	// The customer's page is told of nobody; the agent's is, when he has come.
	for role, k := range map[string]*socket{RoleCustomer: customer, RoleAgent: agent} {
		last := map[string]message{}
		if !b.calls.followParty(b.ctx, b.bank, c.ID, role, k, last) {
			t.Errorf("%s: the page was closed", role)
		}
		if all := k.heard(); len(all) != 0 == (role == RoleCustomer) {
			t.Errorf("%s was told %+v", role, all)
		}
	}
}

// TestSeatsAreNotChosenByThePage: who takes part as another by now joins as that only,
// from a new page; who was sent away, or never was in the call, does not join at all.
func TestSeatsAreNotChosenByThePage(t *testing.T) {
	b := setup(t)
	_, alice, aliceCtx, c := b.talking()
	bob, bobCtx := b.ready("bob")
	join := message{Type: "join", SDP: anOffer}
	// Nobody's guest, under each role.
	for _, role := range append([]string{RoleAgent}, guestRoles...) {
		k := newPage()
		k.agentID = bob
		b.refused(b.calls.handle(bobCtx, b.bank, c.ID, role, k, join), visavis.Forbidden, "not_your_call")
	}
	_, err := b.calls.Invite(aliceCtx, b.bank, c.ID, bob, GuestHelper)
	b.ok(err)
	// As another than he is.
	for _, role := range []string{RoleAgent, GuestSupervisor, GuestInterpreter} {
		k := newPage()
		k.agentID = bob
		b.refused(b.calls.handle(bobCtx, b.bank, c.ID, role, k, join), visavis.Conflict, "role_changed")
		if !k.isClosed() || b.isThere(c, role) {
			t.Errorf("as %s: closed %t, there %t", role, k.isClosed(), b.isThere(c, role))
		}
	}
	helper := b.opens(c, GuestHelper, bob)
	b.ok(b.calls.handle(bobCtx, b.bank, c.ID, GuestHelper, helper, join))
	// Too large an offer changes nothing for who is there.
	b.refused(b.calls.handle(bobCtx, b.bank, c.ID, GuestHelper, helper, message{Type: "join", SDP: anOffer + "a=x:" + strings.Repeat("y", 1<<20) + "\r\n"}), visavis.Invalid, "bad_media")
	b.refused(b.calls.handle(bobCtx, b.bank, c.ID, GuestHelper, helper, message{Type: "restart", SDP: strings.Repeat(anOffer, 1000)}), visavis.Invalid, "bad_media")
	if !b.isThere(c, GuestHelper) {
		t.Error("the helper is gone")
	}
	// A guest leads no script, points at nothing and sends nobody away.
	for _, m := range everything() {
		switch m.Type {
		case "step", "pointer", "draw", "screen":
			b.refused(b.calls.handle(bobCtx, b.bank, c.ID, GuestHelper, helper, m), visavis.Forbidden, "forbidden")
		case "chat", "caption":
			b.refused(b.calls.handle(bobCtx, b.bank, c.ID, GuestHelper, helper, m), visavis.Forbidden, "not_your_call")
		}
	}
	_, err = b.calls.Transfer(bobCtx, b.bank, c.ID, NewTransfer{ToAgent: alice})
	b.refused(err, visavis.Forbidden, "not_your_call")
	_, err = b.calls.CompleteTransfer(bobCtx, b.bank, c.ID)
	b.refused(err, visavis.Forbidden, "not_your_call")
	_, err = b.calls.CancelTransfer(bobCtx, b.bank, c.ID)
	b.refused(err, visavis.Forbidden, "not_your_call")
	carol, carolCtx := b.ready("carol")
	_, err = b.calls.Invite(bobCtx, b.bank, c.ID, carol, GuestInterpreter)
	b.refused(err, visavis.Forbidden, "not_your_call")
	b.refused(b.calls.LeaveGuest(carolCtx, b.bank, c.ID, bob), visavis.Forbidden, "not_your_call")

	// Sent away: his page is closed, its connection goes, and he does not come back.
	b.ok(b.calls.LeaveGuest(aliceCtx, b.bank, c.ID, bob))
	r, _ := b.calls.liveRoom(c.ID)
	b.ok(b.calls.seatAll(r))
	if b.calls.followParty(bobCtx, b.bank, c.ID, GuestHelper, helper, map[string]message{}) || !helper.isClosed() || b.isThere(c, GuestHelper) {
		t.Error("who was sent away is there")
	}
	b.refused(b.calls.handle(bobCtx, b.bank, c.ID, GuestHelper, helper, join), visavis.Forbidden, "not_your_call")
	// Invited as helper first and the call handed over: the helper's page is not the agent's.
	e, err := b.calls.Transfer(aliceCtx, b.bank, c.ID, NewTransfer{ToAgent: carol, Warm: true})
	b.ok(err)
	_, err = b.calls.Accept(carolCtx, b.bank, e.ID, carol)
	b.ok(err)
	page := b.opens(c, GuestHelper, carol)
	b.ok(b.calls.handle(carolCtx, b.bank, c.ID, GuestHelper, page, join))
	_, err = b.calls.CompleteTransfer(aliceCtx, b.bank, c.ID)
	b.ok(err)
	b.refused(b.calls.handle(carolCtx, b.bank, c.ID, GuestHelper, page, join), visavis.Conflict, "role_changed")
	_, err = b.calls.CompleteTransfer(aliceCtx, b.bank, c.ID) // said twice
	b.refused(err, visavis.Forbidden, "not_your_call")
	_, err = b.calls.Accept(carolCtx, b.bank, e.ID, carol)
	if err == nil {
		t.Error("an offer was accepted twice")
	}
	b.leads(c, Accepted, Transferred)
}

// TestEndedWhileSupervised: once the call has ended nobody watches, joins, is invited
// or takes it over, and whoever was in it is in it no more.
func TestEndedWhileSupervised(t *testing.T) {
	b := setup(t)
	v, _, aliceCtx, c := b.talking()
	boss, bossCtx := b.supervisor("sofia")
	bob, bobCtx := b.ready("bob")
	carol, _ := b.ready("carol")
	_, err := b.calls.Supervise(bossCtx, b.bank, c.ID, boss, ModeWatch)
	b.ok(err)
	e, err := b.calls.Transfer(aliceCtx, b.bank, c.ID, NewTransfer{ToAgent: bob})
	b.ok(err)
	watcher := b.opens(c, GuestSupervisor, boss)
	join := message{Type: "join", SDP: anOffer}
	b.ok(b.calls.handle(bossCtx, b.bank, c.ID, GuestSupervisor, watcher, join))
	_, err = b.calls.HangUp(v.ctx, b.bank, c.ID)
	b.ok(err)

	over := func(what string, err error) {
		t.Helper()
		if kind := visavis.KindOf(err); err == nil || kind == visavis.Internal || kind == visavis.Invalid {
			t.Errorf("%s after the end: %v", what, err)
		}
	}
	for _, m := range []message{join, {Type: "restart", SDP: anOffer}, {Type: "step", Position: 1}, {Type: "chat", Text: "x"}} {
		over(m.Type, b.calls.handle(bossCtx, b.bank, c.ID, GuestSupervisor, watcher, m))
	}
	for _, mode := range []string{ModeWatch, ModeWhisper, ModeJoin} {
		_, err = b.calls.Supervise(bossCtx, b.bank, c.ID, boss, mode)
		over("supervise "+mode, err)
	}
	_, err = b.calls.TakeOver(bossCtx, b.bank, c.ID, boss)
	over("take over", err)
	_, err = b.calls.Invite(bossCtx, b.bank, c.ID, carol, GuestInterpreter)
	over("invite", err)
	_, err = b.calls.Transfer(aliceCtx, b.bank, c.ID, NewTransfer{ToAgent: carol})
	over("transfer", err)
	_, err = b.calls.Accept(bobCtx, b.bank, e.ID, bob)
	over("accept a transfer", err)
	_, err = b.calls.CompleteTransfer(aliceCtx, b.bank, c.ID)
	over("complete", err)
	over("send away", b.calls.LeaveGuest(aliceCtx, b.bank, c.ID, boss))
	all, err := b.calls.Guests(b.ctx, b.bank, c.ID)
	b.ok(err)
	for _, g := range all {
		if g.To == nil {
			t.Errorf("still a guest: %+v", g)
		}
	}
	if id, _ := b.calls.GuestOf(b.ctx, b.bank, boss); id != uuid.Nil {
		t.Error("the supervisor is in a call that is over")
	}
	b.presence(bob, Ready)
	b.presence(carol, Ready)
	b.ledByOne(c)
}

// ledByOne checks that one agent led the call, and does not any more.
func (b *bundle) ledByOne(c Call) {
	b.Helper()
	all, err := b.calls.Leads(b.ctx, b.bank, c.ID)
	b.ok(err)
	if len(all) != 1 || all[0].To == nil {
		b.Errorf("led by %+v", all)
	}
}

// TestAnotherBanksCall: to people of another bank there is no such call, and there
// are no such people to ones of this.
func TestAnotherBanksCall(t *testing.T) {
	b := setup(t)
	_, alice, aliceCtx, c := b.talking()
	other, err := b.calls.Banks.Create(visavis.WithActor(t.Context(), visavis.System(uuid.Nil)), banks.NewBank{Slug: "b", Name: "B", Settings: banks.Settings{Countries: banks.AnyCountry()}})
	b.ok(err)
	there := &bundle{TB: b.TB, ctx: visavis.WithActor(t.Context(), visavis.System(other.ID)), calls: b.calls, db: b.db, bank: other.ID, work: b.work}
	eve, eveCtx := there.supervisor("eve")
	mallory, malloryCtx := there.agent("mallory")
	missing := func(what string, err error) {
		t.Helper()
		if visavis.KindOf(err) != visavis.NotFound {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = b.calls.Supervise(eveCtx, other.ID, c.ID, eve, ModeWatch)
	missing("supervise", err)
	_, err = b.calls.TakeOver(eveCtx, other.ID, c.ID, eve)
	missing("take over", err)
	_, err = b.calls.Invite(eveCtx, other.ID, c.ID, mallory, GuestHelper)
	missing("invite", err)
	_, err = b.calls.Transfer(malloryCtx, other.ID, c.ID, NewTransfer{ToAgent: eve})
	missing("transfer", err)
	_, err = b.calls.CompleteTransfer(malloryCtx, other.ID, c.ID)
	missing("complete", err)
	_, err = b.calls.CancelTransfer(malloryCtx, other.ID, c.ID)
	missing("cancel", err)
	_, _, err = b.calls.TransferOf(malloryCtx, other.ID, c.ID)
	missing("transfer of", err)
	_, err = b.calls.Guests(eveCtx, other.ID, c.ID)
	missing("guests", err)
	_, _, err = b.calls.CallDraw(eveCtx, other.ID, c.ID)
	missing("draw", err)
	missing("send away", b.calls.LeaveGuest(eveCtx, other.ID, c.ID, alice))
	for _, role := range append([]string{RoleAgent, RoleCustomer}, guestRoles...) {
		k := newPage()
		if role != RoleCustomer {
			k.agentID = eve
		}
		missing("join as "+role, b.calls.handle(eveCtx, other.ID, c.ID, role, k, message{Type: "join", SDP: anOffer}))
		for _, m := range []message{{Type: "step", Position: 1}, {Type: "chat", Text: "x"}} {
			if err := b.calls.handle(eveCtx, other.ID, c.ID, role, k, m); err == nil {
				t.Errorf("%s as %s", m.Type, role)
			}
		}
	}
	// Nor is anybody of the other bank asked into a call of this one.
	_, err = b.calls.Invite(aliceCtx, b.bank, c.ID, mallory, GuestHelper)
	missing("inviting another bank's agent", err)
	_, err = b.calls.Transfer(aliceCtx, b.bank, c.ID, NewTransfer{ToAgent: mallory})
	missing("transferring to another bank's agent", err)
	b.leads(c, Accepted)
	if all, err := b.calls.Guests(b.ctx, b.bank, c.ID); err != nil || len(all) != 0 {
		t.Errorf("guests %+v, %v", all, err)
	}
}

// TestOneSeat: of supervisors who come at once one gets the seat; asking again for
// what one has tells nobody anything.
func TestOneSeat(t *testing.T) {
	b := setup(t)
	_, _, _, c := b.talking()
	names := []string{"sofia", "victor", "nina", "omar"}
	errs := make([]error, len(names))
	type boss struct {
		id  uuid.UUID
		ctx context.Context
	}
	var bosses []boss
	for _, name := range names {
		id, ctx := b.supervisor(name)
		bosses = append(bosses, boss{id, ctx})
	}
	var wg sync.WaitGroup
	for i, one := range bosses {
		wg.Go(func() {
			for range 3 {
				if _, err := b.calls.Supervise(one.ctx, b.bank, c.ID, one.id, ModeWatch); err != nil {
					errs[i] = err
				}
			}
		})
	}
	wg.Wait()
	seated := 0
	for i, err := range errs {
		if err == nil {
			seated++
			b.ok(b.calls.LeaveGuest(bosses[i].ctx, b.bank, c.ID, bosses[i].id))
			continue
		}
		b.refused(err, visavis.Conflict, "seat_taken")
	}
	if n := b.told("call.supervised"); seated != 1 || n != 1 {
		t.Errorf("%d seated, told %d times", seated, n)
	}
}
