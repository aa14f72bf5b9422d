package banks

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"

	"github.com/visavis/visavis"
)

// zeros are the zeros of the decimal digits that phones are typed with.
var zeros = []rune{
	'0',
	'\u0660', // Arabic-Indic
	'\u06F0', // extended Arabic-Indic: Persian
	'\u07C0', // NKo
	'\u0966', // Devanagari
	'\u09E6', // Bengali
	'\u0E50', // Thai
	'\u0ED0', // Lao
	'\u1040', // Myanmar
	'\u17E0', // Khmer
	'\uFF10', // full-width
}

// extension is what may follow a number; a message goes to the number alone.
var extension = regexp.MustCompile(`(?i)\s*[,;]?\s*(ext(ension|n|\.)?|x|доб\.?|#)[\s.:=]*\d{1,7}\s*#?$`)

var (
	phoneShape   = regexp.MustCompile(`^\+?[0-9 ().\-/*]+$`)
	phoneContext = regexp.MustCompile(`(?i);phone-context=(\+[0-9][0-9.\-]*)`)
	e164Shape    = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`) // as the constraint customers_phone_e164
)

// CanonicalPhone returns a phone number in E.164 form, such as +84901234567,
// however it is spelled: with spaces, dots, brackets, a trunk (0), 00 instead of
// +, full-width or Arabic digits, invisible characters, as a tel: URI (RFC 3966),
// with an extension, which is dropped. region, an ISO 3166-1 code such as VN, is
// where a number without country code is; empty refuses such a number. What is
// not a valid number of its country is Invalid, field phone.
func CanonicalPhone(raw, region string) (string, error) {
	invalid := visavis.InvalidField("phone", "it is not a valid phone number: write it with its country code, such as +84901234567")
	if len(raw) > 200 || !utf8.ValidString(raw) {
		return "", invalid
	}
	region = strings.ToUpper(strings.TrimSpace(region))
	if region != "" && !phonenumbers.GetSupportedRegions()[region] {
		return "", visavis.InvalidField("region", "it is an ISO 3166-1 code such as VN")
	}
	if e164Shape.MatchString(raw) { // written as we write it
		if number, ok := parsePhone(raw, ""); ok {
			return number, nil
		}
		return "", invalid
	}
	text := plainPhone(raw)
	if len(text) >= 4 && strings.EqualFold(text[:4], "tel:") {
		text = text[4:]
		context := phoneContext.FindStringSubmatch(text)
		text, _, _ = strings.Cut(text, ";")
		if context != nil && !strings.HasPrefix(text, "+") {
			text = context[1] + text
		}
	} else if before, _, found := strings.Cut(text, ";"); found {
		text = before
	}
	text = strings.TrimSpace(extension.ReplaceAllString(text, ""))
	// "(+84) 90 123 45 67"
	if strings.HasPrefix(text, "(+") {
		text = "+" + strings.Replace(text[2:], ")", " ", 1)
	}
	if !phoneShape.MatchString(text) {
		return "", invalid
	}
	if number, ok := parsePhone(text, region); ok {
		return number, nil
	}
	if rest, found := strings.CutPrefix(text, "00"); found {
		if number, ok := parsePhone("+"+rest, region); ok {
			return number, nil
		}
	}
	return "", invalid
}

func parsePhone(text, region string) (string, bool) {
	if region == "" && !strings.HasPrefix(text, "+") {
		return "", false
	}
	if strings.HasPrefix(text, "+") {
		// The number says where it is: the hint must not change what it means.
		region = "ZZ"
	}
	if known := recentNumbers.get(text); known != nil && known.Type != phonenumbers.UNKNOWN && known.canonical {
		return text, true
	}
	number, err := phonenumbers.Parse(text, region)
	if err != nil {
		return "", false
	}
	kind := phonenumbers.GetNumberType(number)
	if kind == phonenumbers.UNKNOWN { // which is what not valid means
		return "", false
	}
	e164 := phonenumbers.Format(number, phonenumbers.E164)
	if !e164Shape.MatchString(e164) {
		return "", false
	}
	recentNumbers.put(&Number{E164: e164, Region: phonenumbers.GetRegionCodeForNumber(number), Type: kind, canonical: true})
	return e164, true
}

// plainPhone writes all digits in ASCII, pluses, dashes and spaces in one way,
// and leaves out what cannot be seen.
func plainPhone(raw string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		switch {
		case isHidden(r) && r != '\t' && r != '\n' && r != '\r':
			return -1
		case unicode.IsSpace(r) || r == '\u3000':
			return ' '
		case unicode.Is(unicode.Pd, r) || r == '\u2212' || r == '\u30FC' || r == '~' || r == '\u223C':
			return '-'
		case r == '\u0338', r == '\u2044':
			return '/'
		case r >= '\uFF01' && r <= '\uFF5E': // full-width ASCII
			return r - 0xFEE0
		case r == '\uFE62': // small plus
			return '+'
		}
		for _, zero := range zeros {
			if r >= zero && r <= zero+9 {
				return '0' + r - zero
			}
		}
		return r
	}, raw))
}

// MaskPhone returns an E.164 number as agents and logs may see it: the country
// code and the last four digits (two of short numbers), such as +84•••••4567.
func MaskPhone(e164 string) string {
	if !e164Shape.MatchString(e164) {
		return strings.Repeat("•", min(8, utf8.RuneCountInString(e164)))
	}
	code := 0
	for n := 1; n <= 3; n++ {
		prefix := 0
		for _, r := range e164[1 : 1+n] {
			prefix = prefix*10 + int(r-'0')
		}
		if phonenumbers.GetSupportedCallingCodes()[prefix] {
			code = n
			break
		}
	}
	rest := e164[1+code:]
	shown := 4
	if len(rest) < 8 {
		shown = 2
	}
	return e164[:1+code] + strings.Repeat("•", len(rest)-shown) + rest[len(rest)-shown:]
}

// phoneRegion is the ISO 3166-1 code of an E.164 number's country, "" when it
// has none.
func phoneRegion(e164 string) string {
	n, _ := NumberOf(e164)
	return n.Region
}
