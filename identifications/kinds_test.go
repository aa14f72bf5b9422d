package identifications

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

func TestEachKindIsCheckedByPath(t *testing.T) {
	for _, c := range []struct {
		from  string
		field string
		spoil func(*Definition)
	}{
		{OpenAccount, "kind", func(d *Definition) { d.Kind = "interrogate" }},
		{OpenAccount, "settings.recording.enabled", func(d *Definition) { d.Settings.Recording.Enabled = new(false) }},
		{OpenAccount, "consents.2", func(d *Definition) { d.Consents = append(d.Consents, ConsentCallRecording) }},
		{OpenAccount, "document_types consents.0 consents.1 script.0.kind script.0.required script.1.kind script.1.required", func(d *Definition) {
			d.Kind, d.Script = Guide, d.Script[:2]
		}},
		{GuideApp, "document_types", func(d *Definition) { d.DocumentTypes = []string{Passport} }},
		{GuideApp, "consents.0", func(d *Definition) { d.Consents = []string{ConsentProcess} }},
		{GuideApp, "consents", func(d *Definition) { d.Consents = []string{ConsentCallRecording} }},
		{GuideApp, "consents", func(d *Definition) { d.Settings.Recording.Enabled = new(true) }},
		{GuideApp, "script.0.kind", func(d *Definition) { d.Script = []ScriptStep{{Kind: StepFaceFront}} }},
		{GuideApp, "script.0.kind", func(d *Definition) { d.Script = []ScriptStep{{Kind: "dance"}} }},
		{AdviseProduct, "script.0.required", func(d *Definition) { d.Script = []ScriptStep{{Kind: StepCode, Required: true}} }},
		{AdviseProduct, "settings.telephone.identify", func(d *Definition) { d.Settings.Telephone.Identify = IdentifyByPhone }},
		{AdviseProduct, "document_types consents script", func(d *Definition) { d.Kind, d.Settings.Recording.Enabled = Identify, nil }},
		{GuideApp, "<nil>", func(d *Definition) { d.Script = []ScriptStep{{Kind: StepCode}} }},
		{GuideApp, "<nil>", func(d *Definition) {
			d.Settings.Recording.Enabled, d.Consents = new(true), []string{ConsentCallRecording}
		}},
		{AdviseProduct, "<nil>", func(d *Definition) { d.Settings.Telephone.Fallback = true }},
	} {
		d := ShippedScenario(c.from)
		c.spoil(&d)
		if got := fields(d.ofKind().check()); got != c.field {
			t.Errorf("%s: refused %q, want %q", c.from, got, c.field)
		}
	}
}

func TestWhatAKindDecides(t *testing.T) {
	var before Definition // written before there were kinds
	if err := json.Unmarshal([]byte(`{"name": {"en": "x"}}`), &before); err != nil {
		t.Fatal(err)
	}
	before = before.ofKind()
	if s := before.Settings.WithDefaults(); before.Kind != Identify || s.Queue.Strategy != StrategyRandom || !*s.Recording.Enabled {
		t.Errorf("%s: %s, recorded %t", before.Kind, s.Queue.Strategy, *s.Recording.Enabled)
	}
	for _, kind := range []Kind{Guide, Advise} {
		d := Definition{Kind: kind}.ofKind()
		if s := d.Settings.WithDefaults(); s.Queue.Strategy != StrategyLongestIdle || *s.Recording.Enabled {
			t.Errorf("%s: %s, recorded %t", kind, s.Queue.Strategy, *s.Recording.Enabled)
		}
		d = Definition{Kind: kind, Settings: Settings{Queue: QueueSettings{Strategy: StrategyRandom}, Recording: RecordingSettings{Enabled: new(true)}}}.ofKind()
		if s := d.Settings.WithDefaults(); s.Queue.Strategy != StrategyRandom || !*s.Recording.Enabled {
			t.Errorf("%s: what the bank says: %s, recorded %t", kind, s.Queue.Strategy, *s.Recording.Enabled)
		}
	}
}

// guided opens a case of guidance, whose customer has done all that is asked.
func (w *world) guided() {
	w.t.Helper()
	_, err := w.s.CreateScenario(w.byBank(), w.bank, GuideApp, ShippedScenario(GuideApp))
	if visavis.CodeOf(err) != "slug_taken" {
		w.must(err)
	}
	w.ident, w.link, err = w.s.Create(w.byBank(), w.bank, NewIdentification{CustomerID: w.customer, Scenario: GuideApp})
	w.must(err)
	form, err := w.s.SubmitForm(w.me(), w.bank, w.ident.ID, map[string]any{"topic": "card"})
	w.must(err)
	_, err = w.s.ConfirmForm(w.me(), w.bank, w.ident.ID, form.Version)
	w.must(err)
}

func (w *world) complete(ctx context.Context, c Completion) (ident Identification, err error) {
	err = w.db.InBank(ctx, w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		ident, err = w.s.CompleteTx(ctx, tx, w.ident.ID, c)
		return err
	})
	return ident, err
}

// Guidance asks for no consent and no document, has no verdict and is completed
// once.
func TestGuidanceIsCompleted(t *testing.T) {
	w := setup(t)
	identification := w.ident
	w.guided()
	p, err := w.s.Progress(w.me(), w.bank, w.ident.ID)
	w.must(err)
	if p.NextStep != NextSlot || len(p.ConsentsMissing) != 0 {
		t.Errorf("after the form comes %s, consents missing %v", p.NextStep, p.ConsentsMissing)
	}
	w.must(w.db.InBank(w.me(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := w.s.MayCallTx(ctx, tx, w.ident.ID)
		return err
	}))
	_, err = w.s.ChooseDocument(w.me(), w.bank, w.ident.ID, Passport)
	if fields(err) != "document_type" {
		t.Error(err)
	}

	for _, approve := range []bool{true, false} {
		_, err = w.decide(w.byAgent(), Decision{Approve: approve, Reason: "x"})
		w.wantCode(err, visavis.Conflict, "not_an_identification")
	}
	_, err = w.complete(w.byBank(), Completion{Outcome: Resolved})
	w.wantCode(err, visavis.Forbidden, "agents_only")
	_, err = w.complete(w.byAgent(), Completion{Outcome: "approved"})
	if fields(err) != "outcome" {
		t.Error(err)
	}
	_, err = w.complete(w.byAgent(), Completion{Outcome: Resolved, Note: strings.Repeat("é", 2001)})
	if fields(err) != "note" {
		t.Error(err)
	}
	call := uuid.New()
	done, err := w.complete(w.byAgent(), Completion{CallID: call, Outcome: FollowUp, Note: "sends the new card"})
	w.must(err)
	got, err := w.s.Get(w.byAgent(), w.bank, w.ident.ID)
	w.must(err)
	if got.State != Completed || got.Outcome != FollowUp || got.OutcomeNote != "sends the new card" || got.DecidedBy == nil || *got.DecidedBy != w.agent ||
		done.State != Completed || got.DecidedAt == nil || !got.DecidedAt.Equal(*done.DecidedAt) {
		t.Errorf("completed %+v", got)
	}
	var event struct {
		Data struct {
			Outcome string
			State   string
			Call    uuid.UUID `json:"call_id"`
		}
	}
	body := w.strings(`select body from events where bank_id = $1 and type = 'identification.completed'`)
	if err := json.Unmarshal([]byte(body[0]), &event); err != nil || len(body) != 1 || event.Data.Outcome != "follow_up" || event.Data.State != "completed" ||
		event.Data.Call != call || strings.Contains(body[0], "new card") {
		t.Errorf("told %v, %v", body, err)
	}
	if sent := w.strings(`select template from messages where bank_id = $1 and template like 'result_%'`); len(sent) != 0 {
		t.Errorf("the customer was sent %v", sent)
	}
	_, err = w.complete(w.byAgent(), Completion{Outcome: Resolved})
	w.wantCode(err, visavis.Conflict, "identification_closed")
	p, err = w.s.Progress(w.me(), w.bank, w.ident.ID)
	w.must(err)
	if p.NextStep != NextDone {
		t.Errorf("then comes %s", p.NextStep)
	}

	w.ident = identification
	_, err = w.complete(w.byAgent(), Completion{Outcome: Resolved})
	w.wantCode(err, visavis.Conflict, "verdict_needed")
	if open, err := w.s.Get(w.byAgent(), w.bank, w.ident.ID); err != nil || open.State != Open {
		t.Errorf("%+v, %v", open, err)
	}
}

// The tables hold it too: whoever wrote around the rules is refused.
func TestTheTablesKnowTheKinds(t *testing.T) {
	w := setup(t)
	write := func(set string) error {
		return w.db.InBank(w.byBank(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `update identifications set `+set+` where bank_id = $1 and id = $2`, tx.BankID, w.ident.ID)
			return err
		})
	}
	refused := func(set string) {
		t.Helper()
		if err := write(set); err == nil || !strings.Contains(err.Error(), "identifications_") {
			t.Errorf("%s: %v", set, err)
		}
	}
	refused(`state = 'completed', outcome = 'resolved'`)
	refused(`outcome = 'resolved'`)
	w.guided()
	refused(`state = 'approved'`)
	refused(`state = 'rejected'`)
	refused(`state = 'completed'`)
	refused(`state = 'completed', outcome = 'approved'`)
	w.must(write(`state = 'declined'`))
}

func TestTheKindStaysOnceACaseHasBegun(t *testing.T) {
	w := setup(t)
	d := ShippedScenario(GuideApp)
	_, err := w.s.UpdateScenario(w.byBank(), w.bank, OpenAccount, ScenarioChanges{Definition: &d})
	w.wantCode(err, visavis.Conflict, "scenario_kind_fixed")
	sc, err := w.s.Scenario(w.byBank(), w.bank, OpenAccount)
	w.must(err)
	if sc.Kind != Identify || sc.Version != 1 {
		t.Errorf("%+v", sc)
	}

	_, err = w.s.CreateScenario(w.byBank(), w.bank, "new", DefaultScenario())
	w.must(err)
	sc, err = w.s.UpdateScenario(w.byBank(), w.bank, "new", ScenarioChanges{Definition: &d})
	w.must(err)
	if sc.Kind != Guide || sc.Version != 2 {
		t.Errorf("%+v", sc)
	}
	_, _, err = w.s.Create(w.byBank(), w.bank, NewIdentification{CustomerID: w.customer, Scenario: "new"})
	w.must(err)
	d.Settings.SlotMinutes = 45 // of the same kind
	_, err = w.s.UpdateScenario(w.byBank(), w.bank, "new", ScenarioChanges{Definition: &d})
	w.must(err)
	all, err := w.s.Scenarios(w.byBank(), w.bank)
	w.must(err)
	if len(all) != 2 || all[0].Slug != OpenAccount || all[1].Slug != "new" {
		t.Errorf("in order of making: %+v", all)
	}
}

// Of agents who complete at once and a customer who declines, one is in time.
func TestOneEndOfACase(t *testing.T) {
	w := setup(t)
	w.guided()
	var ended atomic.Int64
	var wg sync.WaitGroup
	end := func(err error) {
		if err == nil {
			ended.Add(1)
		} else if visavis.CodeOf(err) != "identification_closed" {
			t.Error(err)
		}
	}
	for i := range 8 {
		wg.Go(func() {
			_, err := w.complete(w.byAgent(), Completion{Outcome: outcomes[i%len(outcomes)]})
			end(err)
		})
	}
	wg.Go(func() {
		_, err := w.s.Cancel(w.byBank(), w.bank, w.ident.ID, "")
		end(err)
	})
	wg.Wait()
	if ended.Load() != 1 {
		t.Errorf("it ended %d times", ended.Load())
	}
	told := w.strings(`select type from events where bank_id = $1 and object_id = $2 and type in ('identification.completed', 'identification.cancelled')`, w.ident.ID)
	if len(told) != 1 {
		t.Errorf("told %v", told)
	}
}

func TestRecordedGuidanceAsksForItsOwnConsent(t *testing.T) {
	w := setup(t)
	d := ShippedScenario(GuideApp)
	d.Settings.Recording.Enabled, d.Consents, d.Form = new(true), []string{ConsentCallRecording}, nil
	_, err := w.s.CreateScenario(w.byBank(), w.bank, "recorded", d)
	w.must(err)
	w.ident, _, err = w.s.Create(w.byBank(), w.bank, NewIdentification{CustomerID: w.customer, Scenario: "recorded"})
	w.must(err)
	hashes := map[[32]byte]bool{}
	for _, locale := range Locales {
		text := ConsentTexts(d, locale)[0]
		if text.Key != ConsentCallRecording || strings.Count(text.Body, "\n\n") != 2 || strings.Contains(text.Body, "{") {
			t.Errorf("in %s: %q", locale, text.Body)
		}
		hashes[text.SHA256] = true
	}
	if len(hashes) != len(Locales) {
		t.Errorf("%d texts", len(hashes))
	}
	p, err := w.s.Progress(w.me(), w.bank, w.ident.ID)
	w.must(err)
	if p.NextStep != NextConsent || !slices.Equal(p.ConsentsMissing, []string{ConsentCallRecording}) {
		t.Errorf("%+v", p)
	}
	_, err = w.s.GiveConsent(w.me(), w.bank, w.ident.ID, []ConsentDecision{{Key: ConsentCallRecording, Version: 1, Locale: "fa", Accepted: true}})
	w.must(err)
	if p, err = w.s.Progress(w.me(), w.bank, w.ident.ID); err != nil || p.NextStep != NextSlot {
		t.Errorf("%+v, %v", p, err)
	}
}
