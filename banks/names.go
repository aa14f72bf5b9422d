package banks

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"

	"github.com/visavis/visavis"
)

// Locales are the languages that customers are spoken to in.
var Locales = []string{"en", "vi", "zh", "fa", "ru", "uk"}

// MaxName is the longest name, in characters.
const MaxName = 200

// CleanName returns a name as it is stored and shown: in Unicode NFC, white
// space collapsed, without control characters and without what could change the
// direction or the look of the text around it (bidirectional controls,
// invisible characters). The joiners that Persian and Indian names need stay.
// An empty or longer name than MaxName is Invalid in the named field.
func CleanName(field, raw string) (string, error) {
	if !utf8.ValidString(raw) {
		return "", visavis.InvalidField(field, "it is not UTF-8")
	}
	name := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), r == '\u2028', r == '\u2029':
			return ' '
		case isHidden(r):
			return -1
		}
		return r
	}, raw)
	name = norm.NFC.String(strings.Join(strings.Fields(name), " "))
	visible := strings.ContainsFunc(name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) })
	switch {
	case !visible:
		return "", visavis.InvalidField(field, "it is empty")
	case utf8.RuneCountInString(name) > MaxName:
		return "", visavis.InvalidField(field, "at most %d characters", MaxName)
	}
	return name, nil
}

// isHidden reports whether a character has no place in a name or number:
// controls, bidirectional marks, embeddings, overrides and isolates, zero-width
// spaces, fillers and tags. Joiners (U+200C, U+200D) are letters' business.
func isHidden(r rune) bool {
	switch {
	case r == '\u200C', r == '\u200D':
		return false
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r):
		return true
	case r == '\u2028', r == '\u2029', r == '\u115F', r == '\u1160', r == '\u3164', r == '\uFFA0', r == '\u034F', r == '\u2800':
		return true
	case r >= '\uFE00' && r <= '\uFE0F', r >= 0xE0100 && r <= 0xE01EF: // variation selectors
		return true
	case r >= 0xFFF0 && r <= 0xFFFF:
		return true
	}
	return false
}

// CanonicalLocale returns the language of a BCP 47 tag: fa-IR and fa_IR are fa.
// A language that customers are not spoken to in is Invalid, field locale.
func CanonicalLocale(raw string) (string, error) {
	refused := visavis.InvalidField("locale", "it is one of %s", strings.Join(Locales, ", "))
	if len(raw) > 35 { // the longest that RFC 5646 expects of anyone
		return "", refused
	}
	tag, err := language.Parse(strings.TrimSpace(raw))
	if err != nil {
		return "", refused
	}
	base, sure := tag.Base()
	if sure != language.Exact || !slices.Contains(Locales, base.String()) {
		return "", refused
	}
	return base.String(), nil
}
