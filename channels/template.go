package channels

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/visavis/visavis/channels/texts"
)

// Bounds of a wording.
const (
	maxTextRunes = 1000 // of one variant; a provider's limit for a whole SMS is 1,600
	maxVariants  = 5
)

// embedded is the product's own wording: locale → key → variants, longest
// first. It is read once, at start; a file that is not valid is a fault of the
// build.
var embedded = func() map[string]map[string][]string {
	all := map[string]map[string][]string{}
	for _, locale := range texts.Locales {
		raw, err := texts.FS.ReadFile(locale + ".json")
		if err != nil {
			panic("channels: " + err.Error())
		}
		var file map[string]variants
		if err := json.Unmarshal(raw, &file); err != nil {
			panic("channels: texts/" + locale + ".json: " + err.Error())
		}
		all[locale] = map[string][]string{}
		for key, of := range file {
			all[locale][key] = of
		}
	}
	return all
}()

// variants is a string, or a list of them.
type variants []string

func (v *variants) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*v = variants{one}
		return nil
	}
	return json.Unmarshal(raw, (*[]string)(v))
}

// Declaration is what a text is for and what its words may hold.
type Declaration struct {
	Key   string
	Class Class
	// Required are the placeholders that every variant has; Optional those that
	// any may have. {bank} and {name} may always stand.
	Required, Optional []string
	// Budget is how many segments the SMS may take; 0 for what is not an SMS.
	Budget int
}

// declarations by the key without its channel. A text that is not an SMS by
// itself (a title, a hint) has no budget.
var declarations = func() map[string]Declaration {
	all := map[string]Declaration{}
	declare := func(class Class, budget int, required, optional string, keys ...string) {
		for _, key := range keys {
			all[key] = Declaration{Key: key, Class: class, Budget: budget, Required: strings.Fields(required), Optional: strings.Fields(optional)}
		}
	}
	declare(Notice, 0, "", "", "title")
	declare(Notice, 0, "text", "", "text")
	declare(Security, 1, "code", "minutes", "code")
	declare(Security, 1, "code amount currency payee", "minutes", "verification_code_payment")
	declare(Security, 1, "", "", "verification_push")
	declare(Security, 1, "amount currency payee", "", "verification_push_payment")
	declare(Security, 0, "", "", "not_me_hint")
	declare(Security, 0, "", "", "restricted_notice")
	declare(Reminder, 0, "", "", "confirm_hint")
	declare(Transaction, 2, "date time link", "", "booking_confirmed", "booking_moved")
	declare(Transaction, 1, "date time", "", "booking_cancelled")
	declare(Transaction, 2, "date time link", "minutes", "slot_offered")
	declare(Reminder, 2, "date time", "link", "reminder") // a promise is kept by its link
	declare(Ring, 2, "link", "", "call_ringing")
	declare(Ring, 1, "", "", "call_cancelled")
	declare(Notice, 2, "link", "", "call_missed", "new_time_offered", "link_new")
	declare(Notice, 1, "", "", "queue_busy")
	declare(Transaction, 1, "", "", "result_approved", "result_rejected")
	declare(Notice, 1, "", "", "inbound_stop", "inbound_start", "inbound_help")
	return all
}()

// split divides "reminder.push" into the text's key and its channel; none: SMS.
func split(key string) (base string, channel Channel) {
	base, of, _ := strings.Cut(key, ".")
	return base, Channel(of)
}

// Declared returns what the text of a key is for, with "reminder.push" as the
// push of reminder: it needs no link, as the push carries it besides, and has no
// budget. A spoken text has neither.
func Declared(key string) (Declaration, bool) {
	base, channel := split(key)
	d, ok := declarations[base]
	if _, exists := embedded[texts.Locales[0]][key]; !ok || !exists {
		return Declaration{}, false
	}
	d.Key, d.Required, d.Optional = key, slices.Clone(d.Required), slices.Clone(d.Optional)
	if channel != "" {
		d.Budget = 0
		if at := slices.Index(d.Required, "link"); at >= 0 {
			d.Required = slices.Delete(d.Required, at, at+1)
		}
		d.Optional = slices.DeleteFunc(d.Optional, func(name string) bool { return name == "link" })
	}
	return d, true
}

func (d Declaration) needs(name string) bool { return slices.Contains(d.Required, name) }

// Placeholders returns all names that may stand in the text, sorted.
func (d Declaration) Placeholders() []string {
	names := slices.Concat(d.Required, d.Optional, []string{"bank", "name"})
	slices.Sort(names)
	return slices.Compact(names)
}

// TextKeys returns the keys that a bank may word for itself, sorted. "text" is
// the caller's own words; spoken phrases go with their recordings.
func TextKeys() []string {
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(embedded[texts.Locales[0]])) {
		if _, ok := Declared(key); ok && key != "text" {
			keys = append(keys, key)
		}
	}
	return keys
}

// bankTexts is a bank's own wording and how it wants its SMS written. nil is a
// bank that has neither.
type bankTexts struct {
	own      map[string]map[string][]string // locale → key → variants
	settings TextSettings
}

func (b *bankTexts) wording(locale, key string) []string {
	if b == nil {
		return nil
	}
	return b.own[locale][key]
}

// wording finds the variants of a key for a channel: the bank's own before the
// embedded one, the channel's own before the SMS's.
func wording(bank *bankTexts, locale string, channel Channel, key string) ([]string, bool) {
	for _, k := range []string{key + "." + string(channel), key} {
		if own := bank.wording(locale, k); len(own) > 0 {
			return own, true
		}
		if own, ok := embedded[locale][k]; ok {
			return own, true
		}
	}
	return nil, false
}

type part struct{ text, name string } // one of both

var placeholder = regexp.MustCompile(`\{([a-z_]+)\}`)

func parse(text string) []part {
	var parts []part
	for {
		at := placeholder.FindStringSubmatchIndex(text)
		if at == nil {
			return append(parts, part{text: text})
		}
		parts = append(parts, part{text: text[:at[0]]}, part{name: text[at[2]:at[3]]})
		text = text[at[1]:]
	}
}

// placeholders returns the names in a text, each once, in order of the alphabet.
func placeholders(text string) []string {
	var names []string
	for _, p := range parse(text) {
		if p.name != "" {
			names = append(names, p.name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// fillText renders one wording. In a right-to-left language what is put in is
// isolated (UAX #9): a code, time, amount or link runs left to right, a name
// decides for itself, and none of them moves the words around it.
func fillText(locale string, channel Channel, key, text string, values map[string]string) (string, error) {
	rtl := locale == "fa" && channel != Voice
	var b strings.Builder
	for _, part := range parse(text) {
		if part.name == "" {
			b.WriteString(part.text)
			continue
		}
		value, ok := values[part.name]
		if !ok || (value == "" && part.name != "name") {
			return "", fmt.Errorf("text %q needs {%s}", key, part.name)
		}
		if rtl && key != "text" && key != "title" {
			value = isolate(part.name, value)
		}
		b.WriteString(value)
	}
	return b.String(), nil
}

const (
	lri = "\u2066" // left-to-right isolate
	fsi = "\u2068" // first strong isolate
	pdi = "\u2069" // pop directional isolate
)

func isolate(name, value string) string {
	switch name {
	case "link":
		// The space keeps phones from taking the invisible end mark for a part
		// of the link (Android's Linkify takes U+2069 as a URL character).
		return lri + value + " " + pdi
	case "code", "time", "amount":
		return lri + value + pdi
	case "bank", "name", "payee", "currency":
		return fsi + value + pdi
	}
	return value
}

// smsBody renders every variant of an SMS and takes the longest that fits the
// budget; when none does, the one of the fewest segments. A bank may have
// Vietnamese written without diacritics, which GSM 7 bit holds, and may have
// codes end with the line by which a browser fills them in.
func smsBody(bank *bankTexts, locale, key string, values map[string]string, answers bool) (string, error) {
	all, err := smsVariants(bank, locale, key, nil, values, answers)
	if err != nil {
		return "", err
	}
	return all[chosen(all)].body, nil
}

// rendered is one variant, as it would be sent.
type rendered struct {
	variant    int // which wording: 0 is the longest
	body       string
	unaccented bool
	originLine bool // ends with "@host #code"
	notMe      bool // ends with the hint what to answer
	confirm    bool // ends with the hint to answer YES
	count      SegmentCount
	fits       bool
	linked     bool // has the link, or there is none to have
}

// smsVariants renders the wordings given, or those in force, in order of
// preference. answers says that a YES to it is taken in.
func smsVariants(bank *bankTexts, locale, key string, words []string, values map[string]string, answers bool) ([]rendered, error) {
	if words == nil {
		var ok bool
		if words, ok = wording(bank, locale, SMS, key); !ok {
			return nil, fmt.Errorf("there is no text %q", key)
		}
	}
	var settings TextSettings
	if bank != nil {
		settings = bank.settings
	}
	base, _ := split(key)
	budget := settings.Budget(base)
	var all []rendered
	add := func(r rendered) {
		r.count = CountSegments(r.body)
		r.linked = strings.Contains(r.body, values["link"]) // of no link: the empty string
		r.fits = budget == 0 || r.count.Segments <= budget
		all = append(all, r)
	}
	isCode := values["code"] != "" && declarations[base].needs("code")
	var hints []string
	if answers {
		for _, hint := range confirmHints(bank, locale, key) {
			filled, err := fillText(locale, SMS, "confirm_hint", hint, values)
			if err != nil {
				return nil, err
			}
			hints = append(hints, filled)
		}
	}
	for i, text := range words {
		body, err := fillText(locale, SMS, key, text, values)
		if err != nil {
			return nil, err
		}
		r := rendered{variant: i, body: body}
		written := []rendered{r}
		if locale == "vi" && settings.VietnameseSMS != Accented {
			plain := rendered{variant: i, body: unaccented(body), unaccented: true}
			if settings.VietnameseSMS == Unaccented {
				written = written[:0]
			}
			written = append(written, plain)
		}
		for _, r := range written {
			if isCode {
				for _, more := range codeEndings(bank, settings, locale, r, values) {
					if fits := CountSegments(more.body).Segments <= max(budget, 1); fits {
						add(more)
					}
				}
			}
			for _, hint := range hints {
				hinted := r
				if hinted.confirm, hinted.body = true, r.body+" "+hint; r.unaccented {
					hinted.body = r.body + " " + unaccented(hint)
				}
				if CountSegments(hinted.body).Segments <= max(budget, 1) {
					add(hinted)
				}
			}
			add(r)
		}
	}
	// A code that fills itself in, and how to confirm, are worth more than a longer wording.
	slices.SortStableFunc(all, func(a, b rendered) int {
		of := func(r rendered) bool { return r.originLine || r.confirm }
		switch {
		case of(a) == of(b):
			return 0
		case of(a):
			return -1
		}
		return 1
	})
	return all, nil
}

// confirmHints is the sentence that a reminder which can be answered ends with,
// in its lengths. A bank that words its reminder itself words the hint, too, or
// has said there what it wants to say.
func confirmHints(bank *bankTexts, locale, key string) []string {
	if key != "reminder" || len(bank.wording(locale, key)) > 0 && !hinted(bank, locale) {
		return nil
	}
	hints, _ := wording(bank, locale, SMS, "confirm_hint")
	return hints
}

// hinted reports whether the bank has own words for how to confirm.
func hinted(bank *bankTexts, locale string) bool {
	return len(bank.wording(locale, "confirm_hint")) > 0
}

// codeEndings returns a code's SMS with what the bank wants at its end, fullest
// first: they are taken only when they fit.
func codeEndings(bank *bankTexts, settings TextSettings, locale string, r rendered, values map[string]string) []rendered {
	hint := ""
	if settings.NotMeHint {
		if words, ok := wording(bank, locale, SMS, "not_me_hint"); ok {
			hint, _ = fillText(locale, SMS, "not_me_hint", words[0], values)
		}
		if r.unaccented {
			hint = unaccented(hint)
		}
	}
	var all []rendered
	for _, with := range []struct{ line, hint bool }{{true, true}, {true, false}, {false, true}} {
		if with.line && settings.WebOTPHost == "" || with.hint && hint == "" {
			continue
		}
		of := r
		of.originLine, of.notMe = with.line, with.hint
		if with.hint {
			of.body += " " + hint
		}
		if with.line {
			of.body += originLine(settings.WebOTPHost, values["code"])
		}
		all = append(all, of)
	}
	return all
}

// originLine is the last line of an origin-bound one-time code
// (https://wicg.github.io/sms-one-time-codes/): never isolated, or it would not
// be known as one.
func originLine(host, code string) string { return "\n@" + host + " #" + code }

// chosen is the longest that fits one segment, else the longest that fits the
// budget, both sooner with the link (when there is one) than without: what is to
// be done with it matters more than its price. When none fits, it is the one of
// the fewest segments, the longest among several.
func chosen(all []rendered) int {
	for _, ok := range []func(r rendered) bool{
		func(r rendered) bool { return r.fits && r.linked && r.count.Segments <= 1 },
		func(r rendered) bool { return r.fits && r.linked },
		func(r rendered) bool { return r.fits && r.count.Segments <= 1 },
		func(r rendered) bool { return r.fits },
	} {
		if i := slices.IndexFunc(all, ok); i >= 0 {
			return i
		}
	}
	best := 0
	for i, r := range all {
		if r.count.Segments < all[best].count.Segments {
			best = i
		}
	}
	return best
}
