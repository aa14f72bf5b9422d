package channels

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels/texts"
	"github.com/visavis/visavis/postgres"
)

// Wording is a text to look at, in a language.
type Wording struct {
	Key, Locale string
	Variants    []string // longest first
}

// Finding is something that the linter has to say about a wording.
type Finding struct {
	Key, Locale string
	Variant     int    // of the wording; -1: the whole
	Rule        string // see LintRules
	Detail      string // the placeholder, character or number that it is about
	Error       bool   // keeps the wording from being submitted and published; else it is advice
}

// LintRules are the rules of the linter, with what each finds; true ones keep a
// wording from being published.
var LintRules = map[string]bool{
	"missing_text":        true,  // a language lacks the text, or a variant is empty
	"unknown_placeholder": true,  // a {name} that this text cannot fill
	"missing_placeholder": true,  // a variant lacks a {name} that it cannot do without
	"stray_brace":         true,  // a brace that belongs to no placeholder: it would be sent as it is
	"too_long":            true,  // more than 1,000 characters, or more than 5 variants
	"over_budget":         true,  // no variant fits the budget of segments
	"hidden_character":    true,  // a control character or one that turns the direction of text
	"bidi":                true,  // what is put into Persian is not isolated
	"markup":              true,  // HTML
	"link":                true,  // an address that is not {link}
	"origin_line":         true,  // a line "@host #code": the gateway adds it by itself
	"latin_digits":        false, // digits in Persian that are not Persian
	"forces_ucs2":         false, // characters that halve what a segment holds, in a text that else were GSM 7 bit
	"variant_order":       false, // a variant that is not shorter than the one before is never taken
}

var (
	markupShape = regexp.MustCompile(`<[a-zA-Z/!]`)
	linkShape   = regexp.MustCompile(`(?i)https?:|www\.|[a-z0-9-]+\.(com|net|org|info|io|vn|cn|ir|ru|ua|bank|app|me|ly|co|biz|xyz|top|link|uk|de|eu|example)\b`)
	originShape = regexp.MustCompile(`(?m)^\s*@\S+ #`)
)

// lint looks at one wording with a bank's settings and name.
func lint(bank *bankTexts, w Wording, sample map[string]string) []Finding {
	var found []Finding
	add := func(variant int, rule, detail string) {
		found = append(found, Finding{Key: w.Key, Locale: w.Locale, Variant: variant, Rule: rule, Detail: detail, Error: LintRules[rule]})
	}
	d, ok := Declared(w.Key)
	if !ok || !slices.Contains(texts.Locales, w.Locale) || len(w.Variants) == 0 {
		add(-1, "missing_text", "")
		return found
	}
	if len(w.Variants) > maxVariants {
		add(-1, "too_long", fmt.Sprint(len(w.Variants)))
	}
	for i, text := range w.Variants {
		lintVariant(d, w.Locale, text, func(rule, detail string) { add(i, rule, detail) })
	}
	if slices.ContainsFunc(found, func(f Finding) bool { return f.Error }) {
		return found // it may not be possible to render it
	}
	_, channel := split(w.Key)
	before := 0
	for i, text := range w.Variants { // a short {date} may make up for more words, a {link} not
		body, err := fillText(w.Locale, SMS, w.Key, text, sample)
		if n := len([]rune(body)); err == nil && i > 0 && n >= before {
			add(i, "variant_order", "")
		} else {
			before = n
		}
	}
	if channel != "" {
		return append(found, lintBidi(w, channel, sample)...)
	}
	all, err := smsVariants(bank, w.Locale, w.Key, w.Variants, sample, true)
	if err != nil {
		add(-1, "missing_placeholder", "")
		return found
	}
	if best := all[chosen(all)]; !best.fits {
		add(best.variant, "over_budget", fmt.Sprint(best.count.Segments))
	}
	seen := map[int]bool{}
	for _, r := range all {
		if (w.Locale == "en" || r.unaccented) && r.count.Encoding == UCS2 && !seen[r.variant] {
			seen[r.variant] = true
			add(r.variant, "forces_ucs2", r.count.Foreign)
		}
	}
	return append(found, lintBidi(w, SMS, sample)...)
}

func lintVariant(d Declaration, locale, text string, add func(rule, detail string)) {
	if strings.TrimSpace(text) == "" {
		add("missing_text", "")
		return
	}
	if n := len([]rune(text)); n > maxTextRunes {
		add("too_long", fmt.Sprint(n))
	}
	names := placeholders(text)
	for _, name := range names {
		if !slices.Contains(d.Placeholders(), name) {
			add("unknown_placeholder", name)
		}
	}
	for _, name := range d.Required {
		if !slices.Contains(names, name) {
			add("missing_placeholder", name)
		}
	}
	bare := placeholder.ReplaceAllString(text, " ")
	if strings.ContainsAny(bare, "{}") {
		add("stray_brace", "")
	}
	if i := strings.IndexFunc(bare, func(r rune) bool { return r != '\n' && hidden(r) }); i >= 0 {
		add("hidden_character", fmt.Sprintf("U+%04X", []rune(bare[i:])[0]))
	}
	if markupShape.MatchString(bare) {
		add("markup", "")
	}
	if at := linkShape.FindString(bare); at != "" {
		add("link", at)
	}
	if originShape.MatchString(bare) {
		add("origin_line", "")
	}
	if locale == "fa" && strings.ContainsAny(bare, "0123456789") {
		add("latin_digits", "")
	}
}

// lintBidi renders a Persian wording and sees that a code, an amount, a time and
// a link run left to right within it, a code in Latin digits, and that every
// isolate ends.
func lintBidi(w Wording, channel Channel, sample map[string]string) []Finding {
	if w.Locale != "fa" || channel == Voice {
		return nil
	}
	var found []Finding
	for i, text := range w.Variants {
		body, err := fillText(w.Locale, channel, w.Key, text, sample)
		opened := strings.Count(body, lri) + strings.Count(body, fsi)
		bad := err != nil || opened != strings.Count(body, pdi)
		for _, name := range []string{"code", "amount", "time", "link"} {
			bad = bad || slices.Contains(placeholders(text), name) && !strings.Contains(body, lri+sample[name])
		}
		if bad && w.Key != "title" {
			found = append(found, Finding{Key: w.Key, Locale: w.Locale, Variant: i, Rule: "bidi", Error: true})
		}
	}
	return found
}

// LintTexts looks at wordings as if they were to be published; without any, at
// all that are in force at the bank, in every language.
func (s *Service) LintTexts(ctx context.Context, bankID uuid.UUID, wordings []Wording) (found []Finding, err error) {
	for _, w := range wordings {
		if err := knownText(w.Key, w.Locale); err != nil {
			return nil, err
		}
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		found, err = s.lintTx(ctx, tx, wordings)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("lint texts: %w", err)
	}
	return found, nil
}

func (s *Service) lintTx(ctx context.Context, tx *postgres.Tx, wordings []Wording) ([]Finding, error) {
	bank, err := bankTextsTx(ctx, tx)
	if err != nil {
		return nil, err
	}
	var name string
	if err := tx.QueryRow(ctx, `select name from banks where bank_id = $1`, tx.BankID).Scan(&name); err != nil {
		return nil, err
	}
	if len(wordings) == 0 {
		for _, locale := range texts.Locales {
			for _, key := range TextKeys() {
				words := bank.wording(locale, key)
				if len(words) == 0 {
					words = embedded[locale][key]
				}
				wordings = append(wordings, Wording{Key: key, Locale: locale, Variants: words})
			}
		}
	}
	found := []Finding{}
	for _, w := range wordings {
		found = append(found, lint(bank, w, s.sample(w.Key, w.Locale, name))...)
	}
	return found, nil
}

// mustPassTx refuses what the linter finds wrong.
func (s *Service) mustPassTx(ctx context.Context, tx *postgres.Tx, key, locale string, words []string) error {
	found, err := s.lintTx(ctx, tx, []Wording{{Key: key, Locale: locale, Variants: words}})
	if err != nil {
		return err
	}
	for _, f := range found {
		if f.Error {
			e := visavis.InvalidField(fmt.Sprintf("variants.%d", max(f.Variant, 0)), "%s", strings.TrimSpace(f.Rule+" "+f.Detail))
			e.Code = "text_lint"
			return e
		}
	}
	return nil
}

// sampleMoney and sampleName are what texts are tried with.
var (
	sampleMoney = map[string][2]string{
		"en": {"1250.00", "USD"}, "vi": {"12500000", "VND"}, "zh": {"8800.00", "CNY"}, "fa": {"12500000", "IRR"}, "ru": {"12500.00", "RUB"}, "uk": {"12500.00", "UAH"},
	}
	sampleName = map[string]string{
		"en": "Anna Smith", "vi": "Nguyễn Văn An", "zh": "王小明", "fa": "علی رضایی", "ru": "Анна Иванова", "uk": "Анна Коваль",
	}
)

// linkLength is how many characters follow the gateway's address in a link.
const linkLength = len("/visit/") + 43

// sample fills every placeholder as it is usual in the language; the date and
// time are of the longest, the link is as long as a real one.
func (s *Service) sample(key, locale, bank string) map[string]string {
	public := "https://bank.example"
	if s != nil && s.banks != nil && s.banks.PublicURL != "" {
		public = s.banks.PublicURL
	}
	values := maps.Clone(sampleValues(locale))
	values["bank"] = cleanName(bank)
	values["link"] = public + "/visit/" + strings.Repeat("x", linkLength-len("/visit/"))
	if d, _ := Declared(key); d.needs("amount") {
		values["code"] = "84291357"
	}
	if _, channel := split(key); channel == Voice {
		values["code"] = spell(values["code"])
	}
	return values
}
