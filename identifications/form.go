package identifications

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
)

// The types of form fields, with the JSON that they take.
const (
	FieldText     = "text"     // a string, one line
	FieldDate     = "date"     // "2006-01-02"
	FieldChoice   = "choice"   // the value of one of Options
	FieldPhone    = "phone"    // a string; kept as E.164
	FieldNumber   = "number"   // a number, or a string that is one
	FieldCheckbox = "checkbox" // true or false; Required means that it must be ticked
)

var fieldTypes = []string{FieldText, FieldDate, FieldChoice, FieldPhone, FieldNumber, FieldCheckbox}

// FormField is one question to the customer.
type FormField struct {
	Key       string   `json:"key"` // in the form's data; lower-case letters, digits and _
	Type      string   `json:"type"`
	Label     Text     `json:"label"`
	Help      Text     `json:"help,omitempty"`
	Required  bool     `json:"required,omitempty"`
	Options   []Option `json:"options,omitempty"`    // of a choice
	MaxLength int      `json:"max_length,omitempty"` // of a text, in characters; default 200
	Pattern   string   `json:"pattern,omitempty"`    // of a text: RE2, must match the whole
	Past      bool     `json:"past,omitempty"`       // of a date: not in the future, not before 1900
	MinAge    int      `json:"min_age,omitempty"`    // of a date of birth: in years
}

// Option is one answer to a choice.
type Option struct {
	Value string `json:"value"`
	Label Text   `json:"label"`
}

const defaultMaxLength = 200

func (f FormField) maxLength() int {
	if f.MaxLength > 0 {
		return f.MaxLength
	}
	return defaultMaxLength
}

func (d Definition) checkForm(bad func(field, format string, args ...any)) {
	if len(d.Form) > 100 {
		bad("form", "at most 100 fields")
	}
	seen := map[string]bool{}
	for i, f := range d.Form {
		path := fmt.Sprintf("form.%d", i)
		if !keyShape.MatchString(f.Key) || seen[f.Key] {
			bad(path+".key", "must be lower-case letters, digits and _, and unique")
		}
		seen[f.Key] = true
		if !slices.Contains(fieldTypes, f.Type) {
			bad(path+".type", "must be one of %v", fieldTypes)
		}
		d.checkText(path+".label", f.Label, bad)
		if f.MaxLength < 0 || f.MaxLength > 5000 {
			bad(path+".max_length", "must be at most 5000")
		}
		if _, err := wholePattern(f.Pattern); err != nil {
			bad(path+".pattern", "is not a regular expression (RE2)")
		}
		if (f.Type == FieldChoice) != (len(f.Options) > 0) {
			bad(path+".options", "are for a choice, and a choice needs them")
		}
		for j, o := range f.Options {
			if o.Value == "" || len(o.Value) > 100 || slices.ContainsFunc(f.Options[:j], func(p Option) bool { return p.Value == o.Value }) {
				bad(fmt.Sprintf("%s.options.%d.value", path, j), "must be there and unique")
			}
			d.checkText(fmt.Sprintf("%s.options.%d.label", path, j), o.Label, bad)
		}
	}
}

func wholePattern(pattern string) (*regexp.Regexp, error) {
	return regexp.Compile(`\A(?:` + pattern + `)\z`)
}

// checkData returns the form's data as it is kept: known keys only, strings
// trimmed, phones as E.164, numbers as numbers, checkboxes always there. All
// faults are told at once, as Invalid "invalid_form" with fields form.<key>.
func (d Definition) checkData(data map[string]any, today time.Time) (map[string]any, error) {
	e := &visavis.Error{Kind: visavis.Invalid, Code: "invalid_form", Message: "some answers are missing or not valid"}
	clean := map[string]any{}
	known := map[string]bool{}
	for _, f := range d.Form {
		known[f.Key] = true
		value, reason := f.check(data[f.Key], today)
		if reason != "" {
			e.Fields = append(e.Fields, visavis.Field{Name: "form." + f.Key, Reason: reason})
		} else if value != nil {
			clean[f.Key] = value
		}
	}
	var unknown []string
	for key := range data {
		if !known[key] {
			unknown = append(unknown, key)
		}
	}
	slices.Sort(unknown)
	for _, key := range unknown {
		if len(key) > 100 {
			key = key[:100]
		}
		e.Fields = append(e.Fields, visavis.Field{Name: "form." + strings.ToValidUTF8(key, "?"), Reason: "is not a field of this form"})
	}
	if len(e.Fields) > 0 {
		return nil, e
	}
	return clean, nil
}

// check returns the value to keep (nil = nothing was answered), or why it is refused.
func (f FormField) check(value any, today time.Time) (kept any, reason string) {
	if f.Type == FieldCheckbox {
		ticked, ok := value.(bool)
		switch {
		case value != nil && !ok:
			return nil, "must be true or false"
		case f.Required && !ticked:
			return nil, "must be ticked"
		}
		return ticked, ""
	}
	text, isText := value.(string)
	text = strings.TrimSpace(text)
	if value == nil || isText && text == "" {
		if f.Required {
			return nil, "is required"
		}
		return nil, ""
	}
	if f.Type == FieldNumber {
		return checkNumber(value, text)
	}
	if !isText {
		return nil, "must be text"
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, notInForms) {
		return nil, "has characters that are not allowed, such as line breaks or invisible ones"
	}
	if n := f.maxLength(); utf8.RuneCountInString(text) > n {
		return nil, fmt.Sprintf("must have at most %d characters", n)
	}
	switch f.Type {
	case FieldDate:
		return f.checkDate(text, today)
	case FieldChoice:
		if !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Value == text }) {
			return nil, "must be one of the choices"
		}
	case FieldPhone:
		phone, err := banks.CanonicalPhone(text, "")
		if err != nil {
			return nil, "must be a phone number with its country code, such as +380441234567"
		}
		return phone, ""
	case FieldText:
		if f.Pattern == "" {
			break
		}
		if p, err := wholePattern(f.Pattern); err != nil || !p.MatchString(text) {
			return nil, "does not have the expected form"
		}
	}
	return text, ""
}

func (f FormField) checkDate(text string, today time.Time) (any, string) {
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil:
		return nil, "must be a date that exists, such as 1990-12-31"
	case f.Past && day.After(today):
		return nil, "must not be in the future"
	case f.Past && day.Year() < 1900:
		return nil, "must not be before 1900"
	case f.MinAge > 0 && day.AddDate(f.MinAge, 0, 0).After(today):
		return nil, fmt.Sprintf("must be at least %d years ago", f.MinAge)
	}
	return text, ""
}

func checkNumber(value any, text string) (any, string) {
	switch v := value.(type) {
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return v, ""
		}
	case int:
		return float64(v), ""
	case json.Number:
		if n, err := v.Float64(); err == nil {
			return n, ""
		}
	case string:
		if n, err := strconv.ParseFloat(text, 64); err == nil && !math.IsNaN(n) && !math.IsInf(n, 0) {
			return n, ""
		}
	}
	return nil, "must be a number"
}

// notInForms: control characters, and those that turn the direction of the
// text around them, which could make an agent read something else. Plain
// direction marks and joiners are part of ordinary Persian and Arabic text.
func notInForms(r rune) bool {
	switch r {
	case '\u200e', '\u200f', '\u061c':
		return false
	case unicode.ReplacementChar, '\u2028', '\u2029':
		return true
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}
