package channels

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels/texts"
)

func TestEveryLanguageHasEveryTextWithTheSamePlaceholders(t *testing.T) {
	english := embedded["en"]
	if len(texts.Locales) != 6 || len(english) < 20 {
		t.Fatalf("%d languages, %d texts", len(texts.Locales), len(english))
	}
	for _, locale := range texts.Locales {
		own := embedded[locale]
		if got, want := slices.Sorted(maps.Keys(own)), slices.Sorted(maps.Keys(english)); !slices.Equal(got, want) {
			t.Errorf("%s: keys %v, want %v", locale, got, want)
		}
		for key, words := range own {
			if got, want := placeholders(words[0]), placeholders(english[key][0]); !slices.Equal(got, want) {
				t.Errorf("%s %s: placeholders %v, want %v", locale, key, got, want)
			}
			if locale != "en" && words[0] == english[key][0] && key != "title" && key != "text" {
				t.Errorf("%s %s is English", locale, key)
			}
			if _, declared := Declared(key); !declared && !slices.Contains(texts.VoicePhrases, key) {
				t.Errorf("%s is not declared", key)
			}
		}
	}
	for key := range declarations {
		if _, ok := english[key]; !ok {
			t.Errorf("%s is declared and has no text", key)
		}
	}
	entries, err := os.ReadDir("texts")
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".json") {
			files++
		}
	}
	if files != len(texts.Locales) {
		t.Errorf("%d files for %d languages", files, len(texts.Locales))
	}
}

func TestCodesWarnInEveryLanguageAndFitOneSegment(t *testing.T) {
	warning := map[string]string{
		"en": "Never share", "vi": "Không cho ai biết", "zh": "请勿告诉任何人", "fa": "به هیچ\u200cکس ندهید", "ru": "Никому", "uk": "Нікому",
	}
	for _, locale := range texts.Locales {
		for i, words := range embedded[locale]["code"] {
			if !strings.Contains(words, warning[locale]) {
				t.Errorf("%s: length %d does not warn: %s", locale, i, words)
			}
		}
		c := &content{locale: locale, template: "code"}
		body, err := fill(c, SMS, "code", map[string]string{"bank": "Demo Bank", "code": "842913", "minutes": localDigits(locale, "5")})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(body, "842913") || !strings.Contains(body, "Demo Bank") || !strings.Contains(body, localDigits(locale, "5")) {
			t.Errorf("%s: %s", locale, body)
		}
		if n := CountSegments(body); n.Segments != 1 {
			t.Errorf("%s: %+v: %s", locale, n, body)
		}
	}
}

// TestRemindersSayHowToConfirm: a reminder that can be answered says how, in
// words that are understood, and never costs a segment more for it.
func TestRemindersSayHowToConfirm(t *testing.T) {
	for _, locale := range texts.Locales {
		hints := embedded[locale]["confirm_hint"]
		says := func(body string) bool {
			return slices.ContainsFunc(hints, func(hint string) bool {
				return strings.HasSuffix(body, hint) || strings.HasSuffix(body, unaccented(hint))
			})
		}
		word := texts.Yes[locale]
		for _, hint := range hints {
			if word == "" || !strings.Contains(hint, word) {
				t.Errorf("%s: %q does not say %q", locale, hint, word)
			}
		}
		if intent, of := IntentOf(word); intent != IntentYes || of != "" && of != locale {
			t.Errorf("%s: %s means %s in %s", locale, word, intent, of)
		}
		values := (*Service)(nil).sample("reminder", locale, "Demo Bank")
		for _, mode := range []Vietnamese{Accented, Shorter, Unaccented} {
			bank := &bankTexts{settings: TextSettings{VietnameseSMS: mode}}
			silent, err := smsBody(bank, locale, "reminder", values, false)
			if err != nil {
				t.Fatal(err)
			}
			body, err := smsBody(bank, locale, "reminder", values, true)
			if err != nil || !says(body) || says(silent) {
				t.Errorf("%s: %q, %v; without an answer %q", locale, body, err, silent)
			}
			if !strings.Contains(body, values["link"]) {
				t.Errorf("%s: the link gave way: %q", locale, body)
			}
			if with, without := CountSegments(body).Segments, CountSegments(silent).Segments; with > without {
				t.Errorf("%s: %d segments instead of %d: %q", locale, with, without, body)
			}
		}
		own := map[string][]string{"reminder": {"{date} {time} {link}"}}
		bank := &bankTexts{own: map[string]map[string][]string{locale: own}}
		if body, err := smsBody(bank, locale, "reminder", values, true); err != nil || says(body) {
			t.Errorf("%s: the bank's own words became %q, %v", locale, body, err)
		}
		own["confirm_hint"] = []string{"OK?"}
		if body, err := smsBody(bank, locale, "reminder", values, true); err != nil || !strings.HasSuffix(body, " OK?") {
			t.Errorf("%s: the bank's own hint: %q, %v", locale, body, err)
		}
		own["confirm_hint"] = []string{"OK, {bank}?"}
		if body, err := smsBody(bank, locale, "reminder", values, true); err != nil || !strings.Contains(body, "Demo Bank") || strings.Contains(body, "{") {
			t.Errorf("%s: the bank's own hint with its name: %q, %v", locale, body, err)
		}
		if body, err := smsBody(nil, locale, "booking_cancelled", values, true); err != nil || says(body) {
			t.Errorf("%s: another text became %q, %v", locale, body, err)
		}
	}
}

// TestEmbeddedTextsPassTheLinter is what looks at them before every start: they
// are in the binary.
func TestEmbeddedTextsPassTheLinter(t *testing.T) {
	looked := 0
	for _, settings := range []TextSettings{{}, {VietnameseSMS: Shorter}, {VietnameseSMS: Unaccented, NotMeHint: true, WebOTPHost: "bank.example"}} {
		for _, locale := range texts.Locales {
			for _, key := range TextKeys() {
				looked++
				w := Wording{Key: key, Locale: locale, Variants: embedded[locale][key]}
				for _, public := range []string{"http://127.0.0.1:8080", "https://visavis.my-bank.example"} {
					s := &Service{banks: banks.New(banks.Config{PublicURL: public})}
					for _, f := range lint(&bankTexts{settings: settings}, w, s.sample(key, locale, "Demo Bank")) {
						t.Errorf("%s %s at %s, length %d: %s %s", locale, key, public, f.Variant, f.Rule, f.Detail)
					}
				}
			}
		}
	}
	if looked < 3*6*30 {
		t.Errorf("only %d texts were looked at", looked)
	}
}

func TestPersianKeepsLatinCodesAndLinksInOrder(t *testing.T) {
	c := &content{locale: "fa"}
	body, err := fill(c, SMS, "code", map[string]string{"bank": "Demo Bank", "code": "842913", "minutes": localDigits("fa", "5")})
	if err != nil || !strings.Contains(body, "\u2066842913\u2069") || !strings.Contains(body, "\u2068Demo Bank\u2069") || !strings.Contains(body, "۵") {
		t.Errorf("%q, %v", body, err)
	}
	link, err := fill(c, SMS, "link_new", map[string]string{"bank": "x", "link": "https://bank.example/visit/abc"})
	if err != nil || !strings.Contains(link, "\u2066https://bank.example/visit/abc \u2069") {
		t.Errorf("%q, %v", link, err)
	}
	for _, text := range []string{body, link} {
		if strings.Count(text, "\u2066")+strings.Count(text, "\u2068") != strings.Count(text, "\u2069") {
			t.Errorf("isolates are not balanced: %q", text)
		}
	}
	if plain, _ := fill(&content{locale: "en"}, SMS, "code", map[string]string{"bank": "x", "code": "1", "minutes": "5"}); strings.ContainsAny(plain, "\u2066\u2068\u2069") {
		t.Errorf("English has isolates: %q", plain)
	}
}

func TestNamesCannotRearrangeAMessage(t *testing.T) {
	if got := clean("a\u202eb\u2066c\x00d\x1b[31m\re\nf"); got != "abcd[31me\nf" {
		t.Errorf("%q", got)
	}
}

func TestDatesInTheCustomersZoneAndCalendar(t *testing.T) {
	at := time.Date(2026, 3, 20, 21, 30, 0, 0, time.UTC)
	for _, c := range []struct{ locale, zone, date, clock string }{
		{"en", "Europe/London", "Friday 20 March", "21:30"},
		{"vi", "Asia/Ho_Chi_Minh", "thứ Bảy 21/03", "04:30"},
		{"zh", "Asia/Shanghai", "3月21日（周六）", "05:30"},
		{"ru", "Europe/Moscow", "21 марта (сб)", "00:30"},
		{"uk", "Europe/Kyiv", "20 березня (пт)", "23:30"},
		{"fa", "Asia/Tehran", "شنبه ۱ فروردین", "۰۱:۰۰"}, // Nowruz of 1405
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		if date, clock := formatDate(c.locale, at.In(zone)), formatTime(c.locale, at.In(zone)); date != c.date || clock != c.clock {
			t.Errorf("%s: %s, %s; want %s, %s", c.locale, date, clock, c.date, c.clock)
		}
	}
}

// testdata/persian.json holds the first day of each Persian month from 1400 to
// 1500 as ICU has them (made by testdata/persian.mjs with Node's Intl).
func TestPersianCalendarAgreesWithICU(t *testing.T) {
	raw, err := os.ReadFile("testdata/persian.json")
	if err != nil {
		t.Fatal(err)
	}
	var icu [][4]any // Gregorian date, Persian year, month, day
	if err := json.Unmarshal(raw, &icu); err != nil || len(icu) < 2000 {
		t.Fatalf("%d vectors, %v", len(icu), err)
	}
	for _, v := range icu {
		at, err := time.Parse(time.DateOnly, v[0].(string))
		if err != nil {
			t.Fatal(err)
		}
		year, month, day := persianDate(at)
		if year != int(v[1].(float64)) || month != int(v[2].(float64)) || day != int(v[3].(float64)) {
			t.Fatalf("%s is %d-%d-%d here and %v in ICU", v[0], year, month, day, v[1:])
		}
	}
}
