package identifications

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestShippedScenariosAreValidInSixLanguages(t *testing.T) {
	for slug, kind := range map[string]Kind{OpenAccount: Identify, GuideApp: Guide, AdviseProduct: Advise} {
		d := ShippedScenario(slug)
		if err := d.check(); err != nil || d.Kind != kind {
			t.Fatal(slug, d.Kind, err, fields(err))
		}
		check := func(what string, text Text) {
			t.Helper()
			seen := map[string]string{}
			for _, locale := range Locales {
				s := text[locale]
				if s == "" {
					t.Errorf("%s: %s has no text in %s", slug, what, locale)
				}
				if other, ok := seen[s]; ok {
					t.Errorf("%s: %s is the same in %s and %s: %q", slug, what, other, locale, s)
				}
				seen[s] = locale
			}
		}
		check("name", d.Name)
		check("description", d.Description)
		check("purpose", d.Purpose)
		for _, f := range d.Form {
			check(f.Key, f.Label)
			if len(f.Help) > 0 {
				check(f.Key+" help", f.Help)
			}
			for _, o := range f.Options {
				check(f.Key+" "+o.Value, o.Label)
			}
		}
		rules := d.Settings.Rules()
		if rules.Interval != 5*time.Minute || rules.Notice != time.Minute {
			t.Errorf("%s: rules %+v", slug, rules)
		}
	}
	if d := DefaultScenario(); !slices.Equal(d.DocumentTypes, []string{NationalID, CitizenCard, Passport, DrivingLicence}) {
		t.Errorf("document types %v", d.DocumentTypes)
	}
}

func TestConsentTextsSayTheSameInSixLanguages(t *testing.T) {
	d := DefaultScenario()
	hashes := map[[32]byte]bool{}
	for _, locale := range Locales {
		for _, text := range ConsentTexts(d, locale) {
			years := digits(5, locale)
			if text.Locale != locale || text.Title == "" || strings.Count(text.Body, "\n\n") != 2 || !strings.Contains(text.Body, years) || strings.Contains(text.Body, "{") {
				t.Errorf("%s in %s: %q", text.Key, locale, text.Body)
			}
			hashes[text.SHA256] = true
		}
	}
	if len(hashes) != 2*len(Locales) {
		t.Errorf("%d different texts, want %d", len(hashes), 2*len(Locales))
	}
	d.Settings.RetentionYears = 7
	if text := ConsentTexts(d, "xx")[0]; text.Locale != "en" || hashes[text.SHA256] || !strings.Contains(text.Body, "7") {
		t.Errorf("other years in an unknown language: %+v", text)
	}
}

func TestShuffledKeepsEverythingButTheGroupsOrder(t *testing.T) {
	script := DefaultScenario().Script
	orders := map[string]bool{}
	for range 400 {
		steps := Shuffled(script)
		order := ""
		for i, s := range steps {
			if script[i].Group == "" && s != script[i] {
				t.Fatalf("step %d is %v, want %v", i, s, script[i])
			}
			if script[i].Group != "" {
				order += s.Kind + " "
			}
		}
		kinds := strings.Fields(order)
		slices.Sort(kinds)
		if !slices.Equal(kinds, []string{"face_down", "face_left", "face_right", "face_up"}) {
			t.Fatalf("shuffled to %v", order)
		}
		orders[order] = true
	}
	if len(orders) != 24 {
		t.Errorf("400 calls had %d of 24 orders", len(orders))
	}
	if script[3].Kind != StepFaceLeft {
		t.Error("the scenario itself was shuffled")
	}
}

func TestFormIsCheckedByField(t *testing.T) {
	d := DefaultScenario()
	d.Form = append(d.Form,
		FormField{Key: "phone", Type: FieldPhone, Label: Text{"en": "Phone"}},
		FormField{Key: "income", Type: FieldNumber, Label: Text{"en": "Income"}},
		FormField{Key: "terms", Type: FieldCheckbox, Required: true, Label: Text{"en": "Terms"}},
	)
	if err := d.check(); err != nil {
		t.Fatal(err, fields(err))
	}
	today := time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)
	with := func(key string, value any) map[string]any {
		data := answers()
		data["terms"] = true
		data[key] = value
		return data
	}
	for _, c := range []struct {
		key   string
		value any
		kept  any // nil with refused = nothing kept
	}{
		{"full_name", "  Zoë O'Brien-Łukasz ", "Zoë O'Brien-Łukasz"},
		{"full_name", "علی\u200cرضا", "علی\u200cرضا"},
		{"date_of_birth", "2012-02-01", "2012-02-01"},
		{"document_number", "AB 12/34-56", "AB 12/34-56"},
		{"document_number", "АА123456", "АА123456"},
		{"phone", "+38 (044) 123-45-67", "+380441234567"},
		{"phone", "", nil},
		{"income", 1250.5, 1250.5},
		{"income", "1250.5", 1250.5},
		{"politically_exposed", nil, false},
		{"politically_exposed", true, true},
	} {
		clean, err := d.checkData(with(c.key, c.value), today)
		if err != nil || fmt.Sprint(clean[c.key]) != fmt.Sprint(c.kept) {
			t.Errorf("%s = %v: kept %v, %v (%s)", c.key, c.value, clean[c.key], err, fields(err))
		}
	}
	for _, c := range []struct {
		key   string
		value any
	}{
		{"full_name", nil}, {"full_name", "   "}, {"full_name", 7.0}, {"full_name", strings.Repeat("é", 121)},
		{"full_name", "a\nb"}, {"full_name", "a\x00b"}, {"full_name", "abc\u202etxt"}, {"full_name", "\xff"}, {"full_name", "\u2066x"},
		{"date_of_birth", "31.12.1990"}, {"date_of_birth", "1990-02-30"}, {"date_of_birth", "2027-02-02"}, {"date_of_birth", "1899-12-31"}, {"date_of_birth", "2012-02-02"},
		{"document_number", "A1"}, {"document_number", "AB123456; drop"}, {"document_number", strings.Repeat("1", 41)},
		{"account_purpose", "laundering"}, {"account_purpose", "Salary"},
		{"politically_exposed", "no"}, {"terms", false}, {"terms", nil},
		{"phone", "12"}, {"income", "much"}, {"income", "NaN"}, {"income", true},
		{"unknown", "x"},
	} {
		_, err := d.checkData(with(c.key, c.value), today)
		if got := fields(err); got != "form."+c.key {
			t.Errorf("%s = %q: refused %q", c.key, c.value, got)
		}
	}
	_, err := d.checkData(map[string]any{"b": 1, "a": 1}, today)
	if got, want := fields(err), "form.full_name form.date_of_birth form.address form.document_number form.account_purpose form.terms form.a form.b"; got != want {
		t.Errorf("all faults at once: %q, want %q", got, want)
	}
}

func TestDefinitionIsCheckedByPath(t *testing.T) {
	for field, spoil := range map[string]func(*Definition){
		"name.en":                  func(d *Definition) { d.Name = Text{"vi": "x"} },
		"name":                     func(d *Definition) { d.Name["de"] = "x" },
		"document_types":           func(d *Definition) { d.DocumentTypes = nil },
		"document_types.1":         func(d *Definition) { d.DocumentTypes = []string{Passport, Passport} },
		"consents":                 func(d *Definition) { d.Consents = []string{"process"} },
		"consents.2":               func(d *Definition) { d.Consents = append(d.Consents, "cookies") },
		"form.0.key":               func(d *Definition) { d.Form[0].Key = "Full Name" },
		"form.1.type":              func(d *Definition) { d.Form[1].Type = "file" },
		"form.3.pattern":           func(d *Definition) { d.Form[3].Pattern = "(" },
		"form.4.options":           func(d *Definition) { d.Form[4].Options = nil },
		"form.4.options.1.value":   func(d *Definition) { d.Form[4].Options[1].Value = "salary" },
		"script":                   func(d *Definition) { d.Script = nil },
		"script.0.kind":            func(d *Definition) { d.Script[0].Kind = "dance" },
		"settings.slot_minutes":    func(d *Definition) { d.Settings.SlotMinutes = -5 },
		"settings.notice_minutes":  func(d *Definition) { d.Settings.NoticeMinutes = new(-1) },
		"settings.retention_years": func(d *Definition) { d.Settings.RetentionYears = 51 },
	} {
		d := DefaultScenario()
		spoil(&d)
		if got := fields(d.check()); got != field {
			t.Errorf("%s: refused %q", field, got)
		}
	}
	var s Settings
	if r := s.Rules(); r.Length != 15*time.Minute || r.Interval != 15*time.Minute || r.Notice != time.Hour || r.Horizon != 14*24*time.Hour {
		t.Errorf("defaults %+v", r)
	}
	if seen := (Settings{}).WithDefaults().Call.AgentVideo; seen == nil || !*seen {
		t.Error("the agent is not seen by default")
	}
	hidden := DefaultScenario()
	hidden.Settings.Call.AgentVideo = new(false)
	if err := hidden.check(); err != nil || *hidden.Settings.WithDefaults().Call.AgentVideo {
		t.Errorf("one-way video: %v, seen %t", err, *hidden.Settings.WithDefaults().Call.AgentVideo)
	}
	raw, err := Scenario{Definition: hidden}.snapshot() // recordings are told of by this path
	if err != nil || !strings.Contains(string(raw), `"call":{"agent_video":false}`) {
		t.Errorf("a case keeps %s, %v", raw, err)
	}
	if r := (Settings{NoticeMinutes: new(0), SlotMinutes: 30}).Rules(); r.Notice != 0 || r.Interval != 30*time.Minute {
		t.Errorf("no notice: %+v", r)
	}
}

func TestYearsAreCountedAsTheLanguageDoes(t *testing.T) {
	for locale, want := range map[string][4]string{
		"en": {"1 year", "2 years", "5 years", "21 years"}, "vi": {"1 năm", "2 năm", "5 năm", "21 năm"},
		"zh": {"1年", "2年", "5年", "21年"}, "fa": {"۱ سال", "۲ سال", "۵ سال", "۲۱ سال"},
		"ru": {"1 год", "2 года", "5 лет", "21 год"}, "uk": {"1 рік", "2 роки", "5 років", "21 рік"},
	} {
		for i, n := range []int{1, 2, 5, 21} {
			if got := strings.ReplaceAll(years(n, locale), "\u00a0", " "); got != want[i] {
				t.Errorf("%s: %q, want %q", locale, got, want[i])
			}
		}
	}
}
