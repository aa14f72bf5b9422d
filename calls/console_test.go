package calls

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// What the console shows of queue and calls beside their rows: who waits for a
// skill, the nodes, the newest transfer, and quality and verdict in lists.

func TestWallboardTellsOfSkillsAndNodes(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{Skills: []identifications.QueueSkill{
		{Skill: "sign_language", Level: 5, Required: true}, {Skill: "mortgages", Level: 1}}})
	signs, _ := b.ready("alice")
	b.ok(b.calls.SetSkills(b.ctx, b.bank, signs, []Skill{{"sign_language", 2}}))
	b.enter(b.visitor())
	b.pass(7 * time.Second)
	b.enter(b.visitor())
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into nodes (url, seen_at) values ('https://up.example', $1), ('https://silent.example', $2), ('https://forgotten.example', $3)`,
			b.calls.Now().Add(-4*time.Second), b.calls.Now().Add(-40*time.Second), b.calls.Now().Add(-2*time.Hour))
		return err
	})
	w, err := b.calls.Wallboard(b.ctx, b.bank)
	b.ok(err)
	if len(w.Skills) != 2 || w.Skills[0] != (SkillBoard{"mortgages", 2, 7 * time.Second, 0}) || w.Skills[1] != (SkillBoard{"sign_language", 2, 7 * time.Second, 1}) {
		t.Errorf("skills %+v", w.Skills)
	}
	if len(w.Nodes) != 2 || w.Nodes[0].Node != "https://silent.example" || w.Nodes[0].Up || w.Nodes[1].Node != "https://up.example" || !w.Nodes[1].Up {
		t.Errorf("nodes %+v", w.Nodes)
	}
	if a := w.Agents[0]; a.Skills["sign_language"] != 2 || a.CallID != nil {
		t.Errorf("agent %+v", a)
	}
}

func TestPresencesNameTheLiveCall(t *testing.T) {
	b := setup(t)
	_, alice, aliceCtx, c := b.talking()
	bob, _ := b.ready("bob")
	_, err := b.calls.Invite(aliceCtx, b.bank, c.ID, bob, GuestHelper)
	b.ok(err)
	all, err := b.calls.Presences(b.ctx, b.bank)
	b.ok(err)
	for _, p := range all {
		if (p.AgentID == alice || p.AgentID == bob) && (p.CallID == nil || *p.CallID != c.ID) {
			t.Errorf("%s is in call %v", p.Name, p.CallID)
		}
	}
}

func TestTransferOfTellsHowItStands(t *testing.T) {
	b := setup(t)
	_, _, ctx, c := b.talking()
	stands := func(want string) (e Entry) {
		t.Helper()
		e, state, err := b.calls.TransferOf(b.ctx, b.bank, c.ID)
		b.ok(err)
		if state != want {
			t.Fatalf("it stands as %q, want %q", state, want)
		}
		return e
	}
	stands("")
	bob, bobCtx := b.ready("bob")
	warm := func() {
		t.Helper()
		e, err := b.calls.Transfer(ctx, b.bank, c.ID, NewTransfer{ToAgent: bob, Warm: true, Note: "an old passport"})
		b.ok(err)
		if e := stands(TransferOffered); e.Note != "an old passport" || e.OfferedTo == nil || *e.OfferedTo != bob {
			t.Fatalf("offered as %+v", e)
		}
		_, err = b.calls.Accept(bobCtx, b.bank, e.ID, bob)
		b.ok(err)
		stands(TransferJoined)
	}
	warm()
	_, err := b.calls.CancelTransfer(ctx, b.bank, c.ID)
	b.ok(err)
	stands("")
	warm()
	_, err = b.calls.CompleteTransfer(ctx, b.bank, c.ID)
	b.ok(err)
	if e := stands(TransferDone); e.Note != "an old passport" {
		t.Errorf("the note is %q", e.Note)
	}
	_, err = b.calls.Transfer(bobCtx, b.bank, c.ID, NewTransfer{ToSkill: "nobody_has_it"})
	b.ok(err)
	stands(TransferWaiting)
	b.pass(transferFor)
	stands("") // the older one does not come back
}

func TestCallsAreFoundByWhatPeopleKnow(t *testing.T) {
	b := setup(t)
	_, agent, ctx, c := b.talking()
	b.media(c, RoleAgent, true)
	b.media(c, RoleCustomer, true)
	other := b.visitor()
	bob, bobCtx := b.ready("bob")
	quiet := b.ring(other, bob, bobCtx)
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		for _, sample := range []Sample{
			{Role: RoleCustomer, Offset: 10 * time.Second, Quality: Quality{R: 60, MOS: 3, UpAudioLoss: 0.2}},
			{Role: RoleCustomer, Offset: 20 * time.Second, Quality: Quality{R: 80, MOS: 3.4}},
			{Role: RoleAgent, Offset: 10 * time.Second, Quality: Quality{R: 93, MOS: 4.4}},
		} {
			if err := keepQualityTx(ctx, tx, c.ID, sample); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `update customers set name = 'Trần 100% Hoa' where bank_id = $1 and id = $2`, tx.BankID, other.customer)
		return err
	})
	found := func(f Filter) (ids []uuid.UUID) {
		t.Helper()
		all, _, err := b.calls.List(b.ctx, b.bank, f)
		b.ok(err)
		for _, one := range all {
			ids = append(ids, one.ID)
		}
		return ids
	}
	only := func(what string, f Filter, want ...uuid.UUID) {
		t.Helper()
		got := found(f)
		if len(got) != len(want) || len(want) > 0 && got[0] != want[0] {
			t.Errorf("%s: found %v, want %v", what, got, want)
		}
	}
	only("a part of the name", Filter{Search: "100% hoa"}, quiet.ID)
	only("a wildcard is none", Filter{Search: "%"}, quiet.ID)
	only("the id's beginning", Filter{Search: c.ID.String()[:30]}, func() []uuid.UUID {
		if c.ID.String()[:30] == quiet.ID.String()[:30] {
			return []uuid.UUID{quiet.ID, c.ID}
		}
		return []uuid.UUID{c.ID}
	}()...)
	only("nobody", Filter{Search: "_____"})
	only("the agent", Filter{AgentID: agent}, c.ID)
	only("live ones", Filter{Live: true}, quiet.ID, c.ID)
	only("another scenario", Filter{ScenarioID: uuid.New()})
	only("open cases", Filter{Verdict: "open"}, quiet.ID, c.ID)
	only("approved cases", Filter{Verdict: "approved"})

	summary := func() Summary {
		t.Helper()
		all, err := b.calls.Summaries(b.ctx, b.bank, []Call{c, quiet})
		b.ok(err)
		if len(all) != 2 || len(all[quiet.ID].Quality) != 0 {
			t.Fatalf("summaries %+v", all)
		}
		return all[c.ID]
	}
	if got := summary(); got.Verdict != "open" || got.Quality[RoleCustomer].MOS != 3.4 || got.Quality[RoleAgent].MOS != 4.4 {
		t.Errorf("while it goes on, its newest samples: %+v", got)
	}
	_, err := b.calls.HangUp(ctx, b.bank, c.ID)
	b.ok(err)
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error { return summarizeTx(ctx, tx, c.ID) })
	if got := summary(); got.Quality[RoleCustomer].MOS != 3.2 {
		t.Errorf("when it is over, the whole: %+v", got)
	}
	only("a poor side", Filter{MOSBelow: 3.3}, c.ID)
	only("none so poor", Filter{MOSBelow: 3.1})
	only("live ones now", Filter{Live: true}, quiet.ID)
}
