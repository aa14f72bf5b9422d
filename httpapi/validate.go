package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// The limits of a request body.
const (
	maxBody          = 1 << 20
	maxMetadata      = 16 << 10 // bytes, as JSON
	maxMetadataDepth = 8        // objects and arrays in one another; metadata itself is the first
	maxMetadataNames = 50       // in any one object of it
	maxFields        = 20       // problems reported at a time
)

var formats = openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
	"uuid": openapi3.NewCallbackValidator(func(s string) error {
		if len(s) != 36 { // uuid.Parse takes other spellings, too
			return errors.New("not a UUID")
		}
		return uuid.Validate(s)
	}),
	"date-time": openapi3.NewCallbackValidator(func(s string) error {
		t, err := time.Parse(time.RFC3339, s)
		if err == nil {
			_, err = t.UTC().MarshalText() // by its offset it may lie before the year 0 or after 9999
		}
		return err
	}),
	"email": openapi3.NewRegexpFormatValidator(openapi3.FormatOfStringForEmail),
})

// validate holds the request against its operation: parameters, then the body,
// which it returns as it came (nil when there is none) and puts back for the
// handler. Errors name every refused field. A field or parameter that the
// document does not know is refused, so that a typing error is found.
func (s *Server) validate(c *gin.Context, op *operation) ([]byte, error) {
	var fields []visavis.Field
	known := map[string]bool{}
	for _, ref := range op.Params {
		p := ref.Value
		var values []string
		switch p.In {
		case openapi3.ParameterInPath:
			values = []string{c.Param(p.Name)}
		case openapi3.ParameterInQuery:
			known[p.Name] = true
			values = c.QueryArray(p.Name)
		case openapi3.ParameterInHeader:
			values = c.Request.Header.Values(p.Name)
		}
		switch len(values) {
		case 0:
			if p.Required {
				fields = append(fields, visavis.Field{Name: p.Name, Reason: "is required"})
			}
		case 1:
			fields = append(fields, check(p.Name, parameter(values[0], p.Schema.Value), p.Schema.Value)...)
		default:
			fields = append(fields, visavis.Field{Name: p.Name, Reason: "is given more than once"})
		}
	}
	if c.Request.URL.RawQuery != "" {
		for name := range c.Request.URL.Query() {
			if !known[name] {
				fields = append(fields, visavis.Field{Name: clip(name), Reason: "is not a parameter of this operation"})
			}
		}
	}
	body, value, err := readBody(c, op)
	if err != nil {
		return nil, err
	}
	if value != nil {
		fields = append(fields, check("", *value, op.Body.Content.Get("application/json").Schema.Value)...)
		if object, ok := (*value).(map[string]any); ok && object["metadata"] != nil {
			if reason := refuseMetadata(object["metadata"]); reason != "" {
				fields = append(fields, visavis.Field{Name: "metadata", Reason: reason})
			}
		}
	}
	if len(fields) == 0 {
		return body, nil
	}
	fields = firstOfEach(fields)
	fields = fields[:min(len(fields), maxFields)]
	message := fields[0].Name + " " + fields[0].Reason + "."
	if fields[0].Name == "" {
		message = "The body " + fields[0].Reason + "."
	}
	return nil, &visavis.Error{Kind: visavis.Invalid, Code: "invalid_request", Message: message, Fields: fields}
}

// refuseMetadata says why metadata is too much to keep and to give back with
// every answer; "" when it is not.
func refuseMetadata(value any) string {
	if raw, _ := json.Marshal(value); len(raw) > maxMetadata {
		return fmt.Sprintf("is larger than %d KiB as JSON", maxMetadata>>10)
	}
	return refuseNesting(value, 1)
}

func refuseNesting(value any, depth int) string {
	var inside []any
	switch v := value.(type) {
	case map[string]any:
		if len(v) > maxMetadataNames {
			return fmt.Sprintf("has an object with more than %d fields", maxMetadataNames)
		}
		inside = slices.Collect(maps.Values(v))
	case []any:
		inside = v
	default:
		return ""
	}
	if depth > maxMetadataDepth {
		return fmt.Sprintf("is nested more than %d levels deep", maxMetadataDepth)
	}
	for _, one := range inside {
		if reason := refuseNesting(one, depth+1); reason != "" {
			return reason
		}
	}
	return ""
}

// firstOfEach keeps one reason a field: the one that is found first tells most.
func firstOfEach(fields []visavis.Field) []visavis.Field {
	seen := map[string]bool{}
	return slices.DeleteFunc(fields, func(f visavis.Field) bool {
		again := seen[f.Name]
		seen[f.Name] = true
		return again
	})
}

// readBody reads a JSON body, strictly: one value, UTF-8, no NUL characters
// (PostgreSQL stores none).
func readBody(c *gin.Context, op *operation) ([]byte, *any, error) {
	if op.file() { // the handler reads it, by its own limit
		if mediaType, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type")); mediaType != octets {
			return nil, nil, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send the file's bytes as "+octets+".")
		}
		return nil, nil, nil
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, maxBody))
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return nil, nil, err
		}
		return nil, nil, visavis.Errorf(visavis.Invalid, "invalid_body", "The body could not be read to its end.")
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	if len(bytes.TrimSpace(body)) == 0 {
		if op.Body != nil && op.Body.Required {
			return nil, nil, visavis.Errorf(visavis.Invalid, "invalid_body", "A JSON body is required.")
		}
		if op.Body != nil { // optional: the handler reads it as the empty object
			c.Request.Body = io.NopCloser(strings.NewReader("{}"))
			c.Request.Header.Set("Content-Type", "application/json")
		}
		return nil, nil, nil
	}
	mediaType, _, _ := mime.ParseMediaType(c.GetHeader("Content-Type"))
	if op.Body == nil {
		if mediaType == "application/json" && string(bytes.TrimSpace(body)) == "{}" { // what many clients send for nothing
			return nil, nil, nil
		}
		return nil, nil, visavis.Errorf(visavis.Invalid, "invalid_body", "This operation takes no body.")
	}
	if mediaType != "application/json" {
		return nil, nil, refuse(http.StatusUnsupportedMediaType, "unsupported_media_type", "Send the body as application/json.")
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return nil, nil, notJSON(body)
	}
	if !utf8.Valid(body) {
		return nil, nil, visavis.Errorf(visavis.Invalid, "invalid_body", "The body is not UTF-8.")
	}
	if name, twice := namedTwice(body); twice {
		return nil, nil, visavis.Errorf(visavis.Invalid, "invalid_body", "The body names the field %q twice in one object.", clip(name))
	}
	if hasNUL(value) {
		return nil, nil, visavis.Errorf(visavis.Invalid, "invalid_body", "The body holds a NUL character.")
	}
	return body, &value, nil
}

// notJSON says what is wrong with a body that cannot be read.
func notJSON(body []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var value any
	if err := decoder.Decode(&value); err == nil {
		return visavis.Errorf(visavis.Invalid, "invalid_body", "The body holds more than one JSON value.")
	}
	return visavis.Errorf(visavis.Invalid, "invalid_body", "The body is not valid JSON, near byte %d.", decoder.InputOffset())
}

// namedTwice finds a name that an object has twice (RFC 8259 leaves open what
// that means). What is checked is the last; what encoding/json reads into a
// struct is a blend of both, which nobody would have checked. body is valid
// JSON in UTF-8. Every request with a body passes it: no decoder, no map for a
// few names.
func namedTwice(body []byte) (string, bool) {
	const few = 24
	type level struct {
		object, value bool            // value: a name was read, its value comes
		first         int             // of its names
		many          map[string]bool // names, when there are more than few
	}
	var levels []level
	var names []string
	for i := 0; i < len(body); i++ {
		n := len(levels) - 1
		switch body[i] {
		case '{', '[':
			levels = append(levels, level{object: body[i] == '{', first: len(names)})
		case '}', ']':
			names, levels = names[:levels[n].first], levels[:n]
		case ',':
			levels[n].value = false
		case '"':
			from, escaped := i, false
			for i++; body[i] != '"'; i++ {
				if body[i] == '\\' {
					escaped = true
					i++
				}
			}
			if n < 0 || !levels[n].object || levels[n].value {
				continue
			}
			at := &levels[n]
			at.value = true
			name := string(body[from+1 : i])
			if escaped {
				_ = json.Unmarshal(body[from:i+1], &name)
			}
			if at.many == nil {
				if slices.Contains(names[at.first:], name) {
					return name, true
				}
				if names = append(names, name); len(names)-at.first > few {
					at.many = map[string]bool{}
					for _, before := range names[at.first:] {
						at.many[before] = true
					}
				}
				continue
			}
			if at.many[name] {
				return name, true
			}
			at.many[name] = true
		}
	}
	return "", false
}

func hasNUL(value any) bool {
	switch v := value.(type) {
	case string:
		return strings.ContainsRune(v, 0)
	case []any:
		for _, item := range v {
			if hasNUL(item) {
				return true
			}
		}
	case map[string]any:
		for key, item := range v {
			if strings.ContainsRune(key, 0) || hasNUL(item) {
				return true
			}
		}
	}
	return false
}

// parameter reads a parameter's text as its schema's type. What cannot be read
// stays text, which the schema then refuses.
func parameter(text string, schema *openapi3.Schema) any {
	switch {
	case schema.Type.Is("integer"):
		if n, err := strconv.ParseInt(text, 10, 32); err == nil {
			return float64(n)
		}
	case schema.Type.Is("boolean"):
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	}
	return text
}

// check holds a value against a schema and names what it refuses.
func check(at string, value any, schema *openapi3.Schema) []visavis.Field {
	if text, ok := value.(string); ok && (strings.ContainsRune(text, 0) || !utf8.ValidString(text)) {
		return []visavis.Field{{Name: at, Reason: "is not UTF-8 text"}}
	}
	err := schema.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsRequest(), openapi3.EnableFormatValidation(), formats)
	return refused(at, err)
}

func refused(at string, err error) []visavis.Field {
	if err == nil {
		return nil
	}
	var many openapi3.MultiError
	if errors.As(err, &many) {
		var fields []visavis.Field
		for _, one := range many {
			fields = append(fields, refused(at, one)...)
		}
		return fields
	}
	var one *openapi3.SchemaError
	if !errors.As(err, &one) {
		return []visavis.Field{{Name: at, Reason: "is not valid"}}
	}
	name := strings.Join(one.JSONPointer(), ".")
	if at != "" && name != "" {
		name = at + "." + name
	} else if name == "" {
		name = at
	}
	if m := unknownProperty.FindStringSubmatch(one.Reason); m != nil {
		if !strings.HasSuffix(name, m[1]) {
			name = strings.TrimPrefix(name+"."+m[1], ".")
		}
		return []visavis.Field{{Name: clip(name), Reason: "is not a field of this operation"}}
	}
	return []visavis.Field{{Name: clip(name), Reason: reason(one)}}
}

var unknownProperty = regexp.MustCompile(`^property "([^"]*)" is unsupported$`)

// reason says in a sentence what a schema did not allow. It never repeats the
// value.
func reason(e *openapi3.SchemaError) string {
	s := e.Schema
	switch e.SchemaField {
	case "required":
		return "is required"
	case "type", "nullable":
		if s.Type != nil {
			return "must be " + article(strings.Join(s.Type.Slice(), " or "))
		}
	case "enum":
		words := make([]string, 0, len(s.Enum))
		for _, v := range s.Enum {
			words = append(words, fmt.Sprint(v))
		}
		return "must be one of " + strings.Join(words, ", ")
	case "format":
		switch s.Format {
		case "uuid":
			return "must be a UUID"
		case "date-time":
			return "must be a time in RFC 3339, such as 2026-03-02T09:00:00Z"
		case "email":
			return "must be an e-mail address"
		}
	case "minLength":
		if s.MinLength == 1 {
			return "must not be empty"
		}
		return fmt.Sprintf("must have at least %d characters", s.MinLength)
	case "maxLength":
		if s.MaxLength != nil {
			return fmt.Sprintf("must have at most %d characters", *s.MaxLength)
		}
	case "minItems":
		return fmt.Sprintf("must have at least %d items", s.MinItems)
	case "maxItems":
		if s.MaxItems != nil {
			return fmt.Sprintf("must have at most %d items", *s.MaxItems)
		}
	case "minimum":
		if s.Min != nil {
			return fmt.Sprintf("must be at least %v", *s.Min)
		}
	case "maximum":
		if s.Max != nil {
			return fmt.Sprintf("must be at most %v", *s.Max)
		}
	case "pattern":
		return "must match " + s.Pattern
	}
	return strings.TrimSuffix(strings.TrimPrefix(e.Reason, "value "), ".")
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}

// clip keeps what a caller sent from filling the answer.
func clip(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}
