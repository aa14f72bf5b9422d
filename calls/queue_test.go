package calls

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// queueRules changes the scenario: it counts for visitors who come afterwards.
func (b *bundle) queueRules(q identifications.QueueSettings) {
	b.Helper()
	d := identifications.DefaultScenario()
	d.Settings.NoticeMinutes = new(1)
	d.Settings.SlotMinutes, d.Settings.SlotIntervalMinutes = 5, 5
	d.Settings.Queue = q
	_, err := b.calls.Identifications.UpdateScenario(b.ctx, b.bank, "open-account", identifications.ScenarioChanges{Definition: &d})
	b.ok(err)
}

func (b *bundle) enter(v visitor) Place {
	b.Helper()
	p, err := b.calls.Enter(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	return p
}

// wait lets time pass with every page and console open.
func (b *bundle) wait(d time.Duration, all ...visitor) {
	b.Helper()
	for step := min(d, 20*time.Second); d > 0; d -= step {
		step = min(step, d)
		b.keepAlive()
		for _, v := range all {
			_, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID)
			b.ok(err)
		}
		b.pass(step)
	}
	b.keepAlive()
}

func (b *bundle) offeredTo(v visitor) *uuid.UUID {
	b.Helper()
	p, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	return p.OfferedTo
}

func (b *bundle) locale(v visitor, locale string) {
	b.Helper()
	_, err := b.calls.Banks.UpdateCustomer(b.ctx, b.bank, v.customer, banks.CustomerChange{Locale: &locale})
	b.ok(err)
}

func (b *bundle) languages(agent uuid.UUID, languages ...string) {
	b.Helper()
	_, err := b.calls.Banks.UpdateAgent(b.ctx, b.bank, agent, banks.AgentChange{Languages: &languages})
	b.ok(err)
}

// events returns the types and data of the events about an object.
func (b *bundle) events(object uuid.UUID) (types []string, data []map[string]any) {
	b.Helper()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select body from events where bank_id = $1 and object_id = $2 order by sequence`, tx.BankID, object)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var raw []byte
			if err := rows.Scan(&raw); err != nil {
				return err
			}
			var e struct {
				Type string
				Data map[string]any
			}
			if err := json.Unmarshal(raw, &e); err != nil {
				return err
			}
			types, data = append(types, e.Type), append(data, e.Data)
		}
		return rows.Err()
	})
	return types, data
}

// TestNobodyWaitsForeverBehindOthers is the stated bound: nobody who came more
// than 10 minutes later is served before, by an agent who may serve both.
func TestNobodyWaitsForeverBehindOthers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		base := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
		draw := func(name string) Entry {
			e := Entry{EnteredAt: base.Add(time.Duration(rapid.IntRange(0, 7200).Draw(t, name+" entered")) * time.Second),
				Priority: rapid.IntRange(0, 100).Draw(t, name+" priority")}
			e.RankAt = rankAt(e.EnteredAt, e.Priority)
			return e
		}
		one, other := draw("one"), draw("other")
		if other.EnteredAt.Sub(one.EnteredAt) > 10*time.Minute && !one.RankAt.Before(other.RankAt) {
			t.Fatalf("who came %s later is served before", other.EnteredAt.Sub(one.EnteredAt))
		}
		if one.EnteredAt.Equal(other.EnteredAt) && one.Priority > other.Priority && !one.RankAt.Before(other.RankAt) {
			t.Fatal("the priority does not count")
		}
	})
}

// TestRelaxingNeverTakesAnAgentAway: as time goes by more agents may serve a
// customer, never fewer; and a required skill holds until it is relaxed.
func TestRelaxingNeverTakesAnAgentAway(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		skills := []string{"a", "b", "c"}
		var r rules
		for _, skill := range skills {
			if rapid.Bool().Draw(t, "asks "+skill) {
				r.Skills = append(r.Skills, identifications.QueueSkill{Skill: skill, Level: rapid.IntRange(1, 10).Draw(t, "level"),
					Required: rapid.Bool().Draw(t, "required"), RelaxAfterSeconds: rapid.IntRange(0, 300).Draw(t, "relax")})
			}
		}
		r.Language = identifications.LanguageRule{Mode: rapid.SampledFrom([]string{"required", "preferred", "ignored"}).Draw(t, "mode"),
			RelaxAfterSeconds: rapid.IntRange(0, 300).Draw(t, "language relax")}
		r = rulesOf(identifications.Settings{Queue: r.QueueSettings})
		var all []worker
		for i := range rapid.IntRange(0, 5).Draw(t, "agents") {
			w := worker{AgentID: uuid.UUID{byte(i + 1)}, Skills: map[string]int{}}
			for _, skill := range skills {
				if level := rapid.IntRange(0, 10).Draw(t, "has"); level > 0 {
					w.Skills[skill] = level
				}
			}
			if rapid.Bool().Draw(t, "fa only") {
				w.Languages = []string{"fa"}
			}
			all = append(all, w)
		}
		e := Entry{EnteredAt: time.Unix(0, 0), Locale: rapid.SampledFrom([]string{"fa", "vi"}).Draw(t, "locale")}
		var before []worker
		for at := 0; at <= 320; at += 10 {
			now := e.fit(r, all, e.EnteredAt.Add(time.Duration(at)*time.Second))
			for _, w := range before {
				if !slices.ContainsFunc(now, func(n worker) bool { return n.AgentID == w.AgentID }) {
					t.Fatalf("after %d s %v may not serve any more", at, w)
				}
			}
			for _, w := range now {
				for _, k := range r.Skills {
					if k.Required && k.RelaxAfterSeconds == 0 && w.Skills[k.Skill] < k.Level {
						t.Fatalf("%v lacks the required %+v", w, k)
					}
				}
			}
			before = now
		}
	})
}

func TestSkillsLanguageAndRelaxing(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{
		Skills:   []identifications.QueueSkill{{Skill: "sign_language", Level: 5, Required: true, RelaxAfterSeconds: 120}},
		Language: identifications.LanguageRule{Mode: "preferred", RelaxAfterSeconds: 30},
	})
	beginner, _ := b.ready("alice")
	b.ok(b.calls.SetSkills(b.ctx, b.bank, beginner, []Skill{{"sign_language", 4}}))
	v := b.visitor()
	b.locale(v, "fa")
	if b.enter(v); b.offeredTo(v) != nil {
		t.Fatal("offered to who cannot do it well enough")
	}
	b.wait(100*time.Second, v)
	if b.offeredTo(v) != nil {
		t.Fatal("the required skill was relaxed early")
	}
	b.wait(20*time.Second, v)
	if to := b.offeredTo(v); to == nil || *to != beginner {
		t.Fatal("the required skill was never relaxed, or nobody was told")
	}
}

// Who speaks the customer's language goes before, as long as it is preferred.
func TestPreferredLanguage(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{Strategy: "longest_idle", Language: identifications.LanguageRule{RelaxAfterSeconds: 30}})
	vi, _ := b.ready("binh")
	b.languages(vi, "vi")
	fa, ctx := b.ready("farid")
	b.languages(fa, "fa", "en")
	first, second := b.visitor(), b.visitor()
	b.locale(first, "fa")
	b.locale(second, "fa")
	b.enter(first)
	if to := b.offeredTo(first); to == nil || *to != fa {
		t.Fatal("not offered to the one who speaks Persian")
	}
	_, err := b.calls.Accept(ctx, b.bank, b.entryOf(first), fa)
	b.ok(err)
	if b.enter(second); b.offeredTo(second) != nil {
		t.Fatal("offered to who does not speak Persian though another who does is at work")
	}
	b.wait(30*time.Second, second)
	if to := b.offeredTo(second); to == nil || *to != vi {
		t.Fatal("the preference was never relaxed")
	}
}

func (b *bundle) entryOf(v visitor) uuid.UUID {
	b.Helper()
	p, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	return p.ID
}

func TestSegmentsGoFirstButNotForever(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{SegmentPriority: map[string]int{"priority": 50}})
	plain, vip, late := b.visitor(), b.visitor(), b.visitor()
	for _, v := range []visitor{vip, late} {
		_, err := b.calls.Banks.UpdateCustomer(b.ctx, b.bank, v.customer, banks.CustomerChange{Segment: new("priority")})
		b.ok(err)
	}
	b.enter(plain)
	b.wait(4*time.Minute, plain)
	if p := b.enter(vip); p.Position != 1 {
		t.Fatalf("who has priority is at %d", p.Position)
	}
	b.wait(2*time.Minute, plain, vip)
	if p := b.enter(late); p.Position != 3 {
		t.Fatalf("who came 6 minutes later with a priority worth 5 is at %d", p.Position)
	}
}

// TestNobodyIsHiddenByOthers: more who cannot be served than one page of the
// router stand before.
func TestNobodyIsHiddenByOthers(t *testing.T) {
	b := setup(t)
	specialist, _ := b.agent("zoe")
	v := b.visitor()
	b.enter(v)
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, `set local statement_timeout = '5min'`); err != nil { // 700 cases at once
			return err
		}
		_, err := tx.Exec(ctx, `
			with cases as (insert into identifications select (jsonb_populate_record(null::identifications, to_jsonb(i) || jsonb_build_object('id', gen_random_uuid()))).*
			  from identifications i, generate_series(1, 700) where bank_id = $1 and i.id = $2 returning id)
			insert into queue_entries (bank_id, id, identification_id, customer_id, scenario_id, entered_at, seen_at, rank_at, rules)
			select bank_id, gen_random_uuid(), cases.id, customer_id, scenario_id, entered_at, seen_at, rank_at - interval '1 hour',
			  jsonb_set(rules, '{agents}', jsonb_build_array($3::text)) from queue_entries, cases where bank_id = $1`, tx.BankID, v.idn.ID, specialist)
		return err
	})
	alice, _ := b.ready("alice")
	if to := b.offeredTo(v); to == nil || *to != alice {
		t.Fatal("the 700 before, for somebody else, hide the one whom she may serve")
	}
}

func TestDrawIsProvable(t *testing.T) {
	b := setup(t)
	ctxs := map[uuid.UUID]context.Context{}
	for i := range 5 {
		id, ctx := b.ready(fmt.Sprintf("agent%d", i))
		ctxs[id] = ctx
	}
	v := b.visitor()
	b.enter(v)
	e := b.offered()
	b.ok(b.calls.Reject(ctxs[*e.OfferedTo], b.bank, e.ID, *e.OfferedTo)) // a second round
	e = b.offered()
	c, err := b.calls.Accept(ctxs[*e.OfferedTo], b.bank, e.ID, *e.OfferedTo)
	b.ok(err)
	d, _, err := b.calls.CallDraw(b.ctx, b.bank, c.ID)
	b.ok(err)
	b.ok(VerifyDraw(d))
	if len(d.Rounds) != 2 || d.Rounds[1].Chosen != c.AgentID || len(d.Rounds[0].Candidates) != 5 || len(d.Rounds[1].Candidates) != 4 {
		t.Fatalf("got %+v", d)
	}
	types, data := b.events(e.ID)
	if types[0] != "queue.entered" || data[0]["commitment"] != d.Commitment {
		t.Errorf("the first event is %s %v", types[0], data[0])
	}
	if types[1] != "queue.offered" || data[1]["candidates_sha256"] != CandidatesSHA256(e.ID, d.Rounds[0]) {
		t.Errorf("the second event is %s %v", types[1], data[1])
	}
	// Whatever is changed is found.
	for name, change := range map[string]func(*Draw){
		"seed":      func(d *Draw) { d.Seed = "00" + d.Seed[2:] },
		"chosen":    func(d *Draw) { d.Rounds[0].Chosen = d.Rounds[1].Chosen },
		"candidate": func(d *Draw) { d.Rounds[1].Candidates[0].AgentID = d.Rounds[1].Candidates[1].AgentID },
	} {
		var other Draw
		raw, _ := json.Marshal(d)
		b.ok(json.Unmarshal(raw, &other))
		change(&other)
		if VerifyDraw(other) == nil {
			t.Errorf("a changed %s goes through", name)
		}
	}
	// A program of others, by the recipe in docs/queue.md alone, agrees.
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal("the independent check needs Node")
	}
	raw, _ := json.Marshal(d)
	check := func(raw []byte) error {
		file := filepath.Join(t.TempDir(), "draw.json")
		b.ok(os.WriteFile(file, raw, 0o600))
		out, err := exec.Command(node, "testdata/verify-draw.mjs", file).CombinedOutput()
		if err != nil {
			return errors.Join(err, errors.New(string(out)))
		}
		return nil
	}
	b.ok(check(raw))
	d.Rounds[1].Chosen = d.Rounds[0].Chosen
	raw, _ = json.Marshal(d)
	if check(raw) == nil {
		t.Error("the independent check finds nothing")
	}
}

// TestDrawIsFair: chi-square over 7 agents, and over weights.
func TestDrawIsFair(t *testing.T) {
	t.Parallel()
	for _, weights := range [][]int{{1, 1, 1, 1, 1, 1, 1}, {1, 2, 3, 4, 10}} {
		var all []Candidate
		sum := 0
		for _, w := range weights {
			all = append(all, Candidate{uuid.New(), w})
			sum += w
		}
		sortCandidates(all)
		const draws = 70_000
		got := map[uuid.UUID]int{}
		for i := range draws {
			seed := []byte(fmt.Sprintf("%032d", i))
			entry := uuid.UUID{1}
			got[drawAgent(seed, drawMessage(entry, 1, all), all)]++
		}
		var chi float64
		for _, c := range all {
			want := float64(draws) * float64(c.Weight) / float64(sum)
			chi += (float64(got[c.AgentID]) - want) * (float64(got[c.AgentID]) - want) / want
		}
		if chi > 27.9 { // 6 degrees of freedom: p = 0.0001
			t.Errorf("weights %v: chi-square %.1f, drawn %v", weights, chi, got)
		}
	}
}

// TestLateWordAboutAnOldOfferChangesNothing: an offer is a fenced lease, over
// two nodes of one database, one of which is gone in between.
func TestLateWordAboutAnOldOfferChangesNothing(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	b.enter(v)
	old := b.offered()
	first := b.calls
	second := b.node("http://127.0.0.1:8081")
	// The first node is killed before it hears of the time-out: another node's
	// loop takes the offer back and, after a pause, makes it again.
	b.calls = second
	b.work = second.dueWork()
	b.pass(20 * time.Second)
	b.keepAlive()
	b.pass(10 * time.Second)
	again := b.offered()
	if again.OfferNo != old.OfferNo+1 || *again.OfferedTo != agent {
		t.Fatalf("offers %d and %d", old.OfferNo, again.OfferNo)
	}
	_, err := first.AcceptOffer(ctx, b.bank, old.ID, agent, old.OfferNo)
	b.refused(err, visavis.Conflict, "offer_lapsed")
	c, err := second.AcceptOffer(ctx, b.bank, again.ID, agent, again.OfferNo)
	b.ok(err)
	if c.Node != second.Node {
		t.Errorf("the call is on %s", c.Node)
	}
	_, err = first.AcceptOffer(ctx, b.bank, again.ID, agent, again.OfferNo)
	b.refused(err, visavis.Conflict, "offer_lapsed")
}

// node is another gateway on the same database.
func (b *bundle) node(url string) *Service {
	cfg := b.calls.Config
	cfg.Node, cfg.DataDir = url, b.TempDir()
	return New(cfg)
}

func TestRescindAndMissedOffers(t *testing.T) {
	b := setup(t)
	alice, _ := b.ready("alice")
	v := b.visitor()
	b.enter(v)
	e := b.offered()
	bob, _ := b.ready("bob")
	b.ok(b.calls.Rescind(b.ctx, b.bank, e.ID))
	if e = b.offered(); *e.OfferedTo != bob {
		t.Fatal("not drawn again")
	}
	b.presence(alice, Ready)
	_, err := b.calls.SetPresence(b.ctx, b.bank, alice, Offline)
	b.ok(err)
	b.pass(20 * time.Second) // bob misses one
	b.presence(bob, Ready)
	b.wait(10*time.Second, v)
	b.presence(bob, Offered)
	b.wait(20*time.Second, v) // and another
	p, err := b.calls.Presence(b.ctx, b.bank, bob)
	b.ok(err)
	if p.State != Paused || p.Reason != MissedOffersReason {
		t.Fatalf("who never answers is %s %q", p.State, p.Reason)
	}
	b.refused(b.calls.Rescind(b.ctx, b.bank, e.ID), visavis.Conflict, "not_offered")
	_, err = b.calls.Pause(b.ctx, b.bank, bob, "lunch")
	b.ok(err)
	if p, _ = b.calls.Presence(b.ctx, b.bank, bob); p.Reason != "lunch" {
		t.Errorf("the reason is %q", p.Reason)
	}
	_, err = b.calls.Pause(b.ctx, b.bank, bob, "golf")
	if visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("a reason of his own: %v", err)
	}
}

func TestWrapUpEndsByItself(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{WrapUpSeconds: 30})
	_, agent, ctx, c := b.talking()
	_, err := b.calls.HangUp(ctx, b.bank, c.ID)
	b.ok(err)
	b.presence(agent, WrapUp)
	b.pass(29 * time.Second)
	b.presence(agent, WrapUp)
	b.pass(time.Second)
	b.presence(agent, Ready)
}

func TestPlaceIsKeptThenLeft(t *testing.T) {
	b := setup(t)
	v, other := b.visitor(), b.visitor()
	b.enter(v)
	b.enter(other)
	b.wait(4*time.Minute, other) // v's page is silent
	p, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	if p.State != EntryWaiting || p.Position != 1 {
		t.Fatalf("the place was not kept: %+v", p)
	}
	b.wait(6*time.Minute, other)
	if p, _ = b.calls.Mine(v.ctx, b.bank, v.idn.ID); p.State != EntryLeft {
		t.Fatalf("kept for longer than said: %+v", p)
	}
}

func TestCallBackKeepsThePlace(t *testing.T) {
	b := setup(t)
	v, after := b.visitor(), b.visitor()
	b.enter(v)
	b.pass(time.Second)
	b.enter(after)
	p, err := b.calls.CallBack(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	if !p.Callback || p.Position != 1 {
		t.Fatalf("got %+v", p)
	}
	b.wait(20*time.Minute, after) // the customer's page is closed
	agent, ctx := b.ready("alice")
	q, err := b.calls.Queue(b.ctx, b.bank)
	b.ok(err)
	if q[0].IdentificationID != v.idn.ID || q[0].State != EntryOffered {
		t.Fatalf("the place is lost: %+v", q[0])
	}
	c, err := b.calls.Accept(ctx, b.bank, q[0].ID, agent)
	b.ok(err)
	if c.State != Ringing || c.Direction != Outbound {
		t.Fatalf("not rung: %+v", c)
	}
	// Who would rather have a time gets the link, and the place is free.
	_, err = b.calls.NewTime(after.ctx, b.bank, after.idn.ID)
	b.ok(err)
	b.want(b.sent(after.customer), []string{"new_time_offered sms"})
}

func TestOverflow(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{Skills: []identifications.QueueSkill{{Skill: "rare", Required: true}},
		Overflow: identifications.Overflow{AfterSeconds: 90, To: "everyone"}})
	alice, _ := b.ready("alice")
	v := b.visitor()
	b.enter(v)
	b.wait(80*time.Second, v)
	if b.offeredTo(v) != nil {
		t.Fatal("overflowed early")
	}
	b.wait(10*time.Second, v)
	if to := b.offeredTo(v); to == nil || *to != alice {
		t.Fatal("never overflowed")
	}
}

func TestOverflowSuggestsAnotherWay(t *testing.T) {
	b := setup(t)
	for _, to := range []string{identifications.OverflowCallback, identifications.OverflowBooking} {
		b.queueRules(identifications.QueueSettings{Overflow: identifications.Overflow{AfterSeconds: 60, To: to}})
		v := b.visitor()
		if p := b.enter(v); p.Suggest != "" {
			t.Fatal("suggested at once")
		}
		b.wait(time.Minute, v)
		p, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID)
		b.ok(err)
		if p.Suggest != to || p.State != EntryWaiting {
			t.Errorf("suggests %q in a place that is %s, want %q", p.Suggest, p.State, to)
		}
	}
}

func TestLeastOccupied(t *testing.T) {
	b := setup(t)
	b.queueRules(identifications.QueueSettings{Strategy: "least_occupied"})
	_, busy, ctx, c := b.talking()
	b.wait(time.Minute)
	_, err := b.calls.HangUp(ctx, b.bank, c.ID)
	b.ok(err)
	_, err = b.calls.SetPresence(ctx, b.bank, busy, Ready)
	b.ok(err)
	b.pass(time.Second)
	fresh, _ := b.ready("bob") // ready for a shorter time
	v := b.visitor()
	b.enter(v)
	if to := b.offeredTo(v); to == nil || *to != fresh {
		t.Fatal("offered to who had more to do")
	}
}
