package ivr_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/postgres"
)

const offerFlow = `flow: offer
locales: [en, vi]
start: person
steps:
  person:
    handover: {wait: {en: Please stay on the line., vi: Xin giữ máy.}, scenario: open-account}
    failed: bye
  bye: {hang_up: {en: Bye., vi: Tạm biệt.}}
`

// worker is one more agent with a telephone, or none, a skill, or none, and
// languages.
func (w *world) worker(email, telephone, skill string, languages ...string) uuid.UUID {
	w.t.Helper()
	id := w.another(email, telephone)
	w.exec(`update agents set languages = coalesce($3, '{}'::text[]) where bank_id = $1 and id = $2`, w.bank, id, languages)
	if skill != "" {
		must(w.t, w.calls.SetSkills(w.t.Context(), w.bank, id, []calls.Skill{{Skill: skill, Level: 1}}))
	}
	return id
}

// stays makes an agent ready whose console keeps giving signs of life.
func (w *world) stays(agent uuid.UUID) {
	w.t.Helper()
	w.ready(agent)
	w.exec(`update agent_presence set seen_at = seen_at + interval '1 hour' where bank_id = $1 and agent_id = $2`, w.bank, agent)
}

func (w *world) pauses(agent uuid.UUID) {
	w.t.Helper()
	_, err := w.calls.SetPresence(w.t.Context(), w.bank, agent, calls.Paused)
	must(w.t, err)
}

// watched has the engine tell of its turns.
func (w *world) watched(c *ivr.CampaignsConfig, turns chan struct{}) {
	c.Observe = func(e postgres.LoopEvent) {
		w.signal()
		if e.Kind == postgres.LoopWorked {
			select {
			case turns <- struct{}{}:
			default:
			}
		}
	}
}

// looks waits until the engine has looked some times from now on.
func looks(turns chan struct{}) {
	for len(turns) > 0 {
		<-turns
	}
	for range 4 {
		<-turns
	}
}

// callTo is the campaign's call to a number.
func (w *world) callTo(number string) ivr.PhoneCall {
	w.t.Helper()
	c, err := w.s.Get(w.t.Context(), w.bank, query[uuid.UUID](w, `select phone_call_id from campaign_contacts where bank_id = $1 and phone = $2`, w.bank, number))
	must(w.t, err)
	return c
}

// Progressive dialling, to a person and back: nobody is called for agents who may
// not serve them, whoever answers meets the agent over the telephone, and who
// finds none has the campaign keep agents back.
func TestProgressiveHandsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	d := identifications.DefaultScenario()
	d.Settings.Queue.Skills = []identifications.QueueSkill{{Skill: "cards", Required: true}}
	d.Settings.Queue.Language = identifications.LanguageRule{Mode: identifications.LanguageRequired}
	_, err := w.cases.UpdateScenario(t.Context(), w.bank, identifications.OpenAccount, identifications.ScenarioChanges{Definition: &d})
	must(t, err)
	w.publish("offer", offerFlow)
	turns := make(chan struct{}, 1000)
	k := w.campaigns(func(c *ivr.CampaignsConfig) {
		c.Tick, c.Agents = 20*time.Millisecond, w.calls
		w.watched(c, turns)
	})
	const first, english, second, third, desk = "+84901230000", "+84901231000", "+84901232000", "+84901233000", "+84901239000"
	for _, number := range []string{first, second, third} {
		w.customer(number, "vi")
	}
	w.customer(english, "en")
	c, err := k.Create(t.Context(), w.bank, ivr.NewCampaign{Name: "Offer", Flow: "offer", Class: channels.Notice, Settings: ivr.CampaignSettings{
		Windows: []ivr.CallingWindow{{Days: []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}, From: "00:00", To: "24:00"}},
		Pacing:  ivr.Pacing{Mode: ivr.PaceProgressive, CallsPerSecond: 100, Parallel: 100}}})
	must(t, err)
	w.list(k, c.ID, first, english, second, third)
	stop := w.run()
	w.runCampaigns(k)
	progress := func() ivr.Progress {
		p, err := k.Progress(t.Context(), w.bank, c.ID)
		must(t, err)
		return p
	}

	// At work, and nobody whom the queue would give a caller to.
	unskilled, deaf := w.worker("unskilled@bank.test", "+84901238000", ""), w.worker("deaf@bank.test", "", "cards")
	w.stays(unskilled)
	w.stays(deaf)
	w.start(k, c.ID)
	looks(turns)
	if p := progress(); p.Calls != 0 {
		t.Fatalf("%d were called for agents without the skill or a telephone", p.Calls)
	}

	// One who speaks English: only the English customer is called, though others come first.
	ann := w.worker("ann@bank.test", desk, "cards", "en")
	w.stays(ann)
	call := w.answer(english)
	looks(turns)
	if p := progress(); p.Calls != 1 {
		t.Errorf("%d were called for one agent, who speaks English", p.Calls)
	}
	id := w.callTo(english).ID
	queued := w.until(id, "the queue", func(c ivr.PhoneCall) bool { return c.QueueEntryID != uuid.Nil })
	taken, err := w.calls.Accept(t.Context(), w.bank, queued.QueueEntryID, ann)
	must(t, err)
	w.answer(desk)
	w.until(id, "the talk", func(ivr.PhoneCall) bool { n, started := w.sim.Met(id.String()); return n == 2 && started })
	asAnn := visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorAgent, ID: ann, BankID: w.bank, Role: visavis.RoleAgent})
	_, err = w.calls.HangUp(asAnn, w.bank, taken.ID)
	must(t, err)
	p := w.untilProgress(k, c.ID, "the talk's end", func(p ivr.Progress) bool { return p.Done == 1 })
	if p.Outcomes["completed"] != 1 || p.HandedOver != 1 || p.AnsweredToday != 1 || p.AbandonedToday != 0 {
		t.Errorf("after the talk %+v", p)
	}
	w.onCall(english, "the customer's end", func(h heard) bool { return h.SID == call.SID && h.Status == "completed" })

	// The agent whom the next one is called for goes; who hangs up in the queue was abandoned.
	bo := w.worker("bo@bank.test", "+84901237000", "cards", "vi")
	w.stays(bo)
	call = w.answer(first)
	w.pauses(bo)
	w.until(w.callTo(first).ID, "the queue", func(c ivr.PhoneCall) bool { return c.QueueEntryID != uuid.Nil })
	w.do(call.SID, "hangup", struct{}{})
	p = w.untilProgress(k, c.ID, "the end of who waited", func(p ivr.Progress) bool { return p.Done == 2 })
	if p.Outcomes["abandoned"] != 1 || p.AnsweredToday != 2 || p.AbandonedToday != 1 || p.Calls != 2 {
		t.Errorf("who found nobody: %+v", p)
	}

	// One of two who answered found nobody: of two agents one is kept back.
	stop() // the calls are placed, and ring nowhere
	cy := w.worker("cy@bank.test", "+84901236000", "cards", "vi")
	_, err = k.Pause(t.Context(), w.bank, c.ID)
	must(t, err)
	w.stays(bo)
	w.stays(cy)
	_, err = k.Resume(t.Context(), w.bank, c.ID)
	must(t, err)
	w.untilProgress(k, c.ID, "the next call", func(p ivr.Progress) bool { return p.Calls >= 3 })
	looks(turns)
	if p := progress(); p.Calls != 3 || p.Calling != 1 {
		t.Errorf("%d are called for two agents though half of all found none", p.Calling)
	}
	w.tallied(c.ID)
}

// Whom the queue would give a caller to, and nobody else, is free for a dialler.
func TestFreeAgents(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	d := identifications.DefaultScenario()
	d.Settings.Queue.Skills = []identifications.QueueSkill{{Skill: "cards", Required: true}}
	_, err := w.cases.UpdateScenario(t.Context(), w.bank, identifications.OpenAccount, identifications.ScenarioChanges{Definition: &d})
	must(t, err)
	names := map[uuid.UUID]string{}
	for name, a := range map[string]struct {
		telephone, skill string
		languages        []string
	}{
		"plain": {"", "", nil}, "unskilled": {"+84901231000", "", nil}, "deaf": {"", "cards", nil},
		"vi": {"+84901232000", "cards", []string{"vi"}}, "en": {"+84901233000", "cards", []string{"en"}}, "silent": {"+84901234000", "cards", nil},
	} {
		id := w.worker(name+"@bank.test", a.telephone, a.skill, a.languages...)
		names[id] = name
		if w.ready(id); name == "silent" {
			w.exec(`update agent_presence set seen_at = seen_at - interval '2 minutes' where bank_id = $1 and agent_id = $2`, w.bank, id)
		} else {
			w.exec(`update agent_presence set seen_at = seen_at + interval '1 hour' where bank_id = $1 and agent_id = $2`, w.bank, id)
		}
	}
	free := map[calls.Callers][]uuid.UUID{}
	of := func(scenario, locale string) (n int, who map[string]bool) {
		who = map[string]bool{}
		for _, id := range free[calls.Callers{Scenario: scenario, Locale: locale}] {
			who[names[id]] = true
		}
		return len(who), who
	}
	read := func() {
		must(t, w.inBank(func(ctx context.Context, tx *postgres.Tx) (err error) {
			free, err = w.calls.FreeAgentsTx(ctx, tx, []calls.Callers{{}, {Scenario: identifications.OpenAccount, Locale: "vi"},
				{Scenario: identifications.OpenAccount, Locale: "en"}, {Scenario: identifications.OpenAccount, Locale: "zh"}, {Scenario: "none", Locale: "en"}})
			return err
		}))
	}
	read()
	for _, c := range []struct {
		scenario, locale string
		want             []string
	}{
		{"", "", []string{"plain", "unskilled", "deaf", "vi", "en"}},
		{identifications.OpenAccount, "vi", []string{"vi"}},
		{identifications.OpenAccount, "en", []string{"en"}},
		{identifications.OpenAccount, "zh", []string{"vi", "en"}}, // a preference that nobody meets is none
		{"none", "en", nil},
	} {
		n, who := of(c.scenario, c.locale)
		for _, name := range c.want {
			if !who[name] {
				n = -1
			}
		}
		if n != len(c.want) {
			t.Errorf("%q in %q: %v, want %v", c.scenario, c.locale, who, c.want)
		}
	}
	_, err = w.cases.UpdateScenario(t.Context(), w.bank, identifications.OpenAccount, identifications.ScenarioChanges{Enabled: new(false)})
	must(t, err)
	if read(); len(free[calls.Callers{Scenario: identifications.OpenAccount, Locale: "vi"}]) != 0 {
		t.Error("somebody is free for a scenario that is closed")
	}
}
