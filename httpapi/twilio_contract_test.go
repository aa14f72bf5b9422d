package httpapi_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// twilioDocument is what the test needs of Twilio's published OpenAPI document.
type twilioDocument struct {
	Paths map[string]map[string]struct {
		Parameters  []struct{ Name, In string }
		RequestBody struct {
			Content map[string]struct{ Schema twilioSchema }
		}
		Responses map[string]struct {
			Content map[string]struct{ Schema twilioSchema }
		}
	}
	Components struct{ Schemas map[string]twilioSchema }
}

type twilioSchema struct {
	Ref          string `json:"$ref"`
	Type, Format string
	Nullable     bool
	Pattern      string
	Enum         []string
	Properties   map[string]twilioSchema
	Items        *twilioSchema
}

// twilioContract reads the document beside the project; without it the contract is not checked, and the test says so.
func twilioContract(t testing.TB) (doc twilioDocument, ok bool) {
	t.Helper()
	folder, err := os.Getwd()
	must(t, err)
	for {
		raw, err := os.ReadFile(filepath.Join(folder, "shared", "contracts", "twilio_verify_v2.json"))
		if err == nil {
			var loose struct {
				Paths      map[string]map[string]json.RawMessage
				Components json.RawMessage
			}
			must(t, json.Unmarshal(raw, &loose))
			for _, item := range loose.Paths { // which carry "servers", "description", …, too
				maps.DeleteFunc(item, func(key string, _ json.RawMessage) bool { return key != "get" && key != "post" && key != "delete" })
			}
			slim, err := json.Marshal(loose)
			must(t, err)
			must(t, json.Unmarshal(slim, &doc))
			return doc, true
		}
		if filepath.Dir(folder) == folder {
			return doc, false
		}
		folder = filepath.Dir(folder)
	}
}

// operation finds the one of a path.
func (doc twilioDocument) operation(path string) (template string) {
	got := strings.Split(path, "/")
	for candidate := range doc.Paths {
		want := strings.Split(candidate, "/")
		if len(want) != len(got) {
			continue
		}
		fits := true
		for i := range want {
			fits = fits && (want[i] == got[i] || strings.HasPrefix(want[i], "{"))
		}
		// A fixed name wins over a parameter: Attempts/Summary.
		if fits && (template == "" || strings.Count(candidate, "{") < strings.Count(template, "{")) {
			template = candidate
		}
	}
	return template
}

// faults holds a trip against the document.
func (doc twilioDocument) faults(at trip) (found []string) {
	template := doc.operation(at.path)
	operation, known := doc.Paths[template][strings.ToLower(at.method)]
	if !known {
		return []string{"the document has no " + at.method + " " + at.path}
	}
	if at.status >= 400 {
		var e map[string]any
		if json.Unmarshal(at.body, &e) != nil || len(e) != 4 || e["status"] != float64(at.status) || e["code"] == nil || e["message"] == nil || e["more_info"] == nil {
			found = append(found, fmt.Sprintf("%s %s: not Twilio's error: %s", at.method, template, at.body))
		}
		return found
	}
	for name := range at.form {
		name = strings.ReplaceAll(name, `\`, "") // the SDK's own
		_, inBody := operation.RequestBody.Content["application/x-www-form-urlencoded"].Schema.Properties[name]
		inQuery := slices.ContainsFunc(operation.Parameters, func(p struct{ Name, In string }) bool { return p.Name == name && p.In == "query" })
		if !inBody && !inQuery {
			found = append(found, template+" takes no "+name)
		}
	}
	answer, ok := operation.Responses[strconv.Itoa(at.status)]
	if !ok {
		return append(found, fmt.Sprintf("%s %s does not answer %d", at.method, template, at.status))
	}
	content, ok := answer.Content["application/json"]
	if !ok {
		return found
	}
	var value any
	if err := json.Unmarshal(at.body, &value); err != nil {
		return append(found, template+": "+err.Error())
	}
	return append(found, doc.check(value, content.Schema, at.method+" "+template)...)
}

// check holds a value against a schema: every property there, none besides.
func (doc twilioDocument) check(value any, s twilioSchema, path string) (faults []string) {
	if s.Ref != "" {
		return doc.check(value, doc.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")], path)
	}
	fault := func(format string, args ...any) { faults = append(faults, path+": "+fmt.Sprintf(format, args...)) }
	if value == nil {
		if !s.Nullable && s.Type != "" {
			fault("null is not allowed")
		}
		return faults
	}
	switch s.Type {
	case "": // the document leaves it open
	case "object":
		object, ok := value.(map[string]any)
		if !ok {
			fault("is not an object: %v", value)
			return faults
		}
		if len(s.Properties) == 0 {
			return faults
		}
		for name, each := range s.Properties {
			field, there := object[name]
			if !there {
				fault("lacks %s", name)
				continue
			}
			faults = append(faults, doc.check(field, each, path+"."+name)...)
		}
		for name := range object {
			if _, known := s.Properties[name]; !known {
				fault("has %s, which the document does not know", name)
			}
		}
	case "array":
		list, ok := value.([]any)
		if !ok {
			fault("is not a list: %v", value)
		}
		for i, item := range list {
			faults = append(faults, doc.check(item, *s.Items, fmt.Sprintf("%s[%d]", path, i))...)
		}
	case "integer":
		if n, ok := value.(float64); !ok || n != float64(int64(n)) {
			fault("is not a whole number: %v", value)
		}
	case "boolean":
		if _, ok := value.(bool); !ok {
			fault("is not true or false: %v", value)
		}
	case "string":
		text, ok := value.(string)
		if !ok {
			fault("is not a text: %v", value)
			return faults
		}
		if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text) {
			fault("%q does not match %s", text, s.Pattern)
		}
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
			fault("%q is none of %v", text, s.Enum)
		}
		if s.Format == "date-time" {
			if _, err := time.Parse("2006-01-02T15:04:05Z", text); err != nil || len(text) != len("2006-01-02T15:04:05Z") {
				fault("%q is no ISO 8601 time in UTC", text)
			}
		}
		if s.Format == "uri" {
			if u, err := url.Parse(text); err != nil || u.Host == "" {
				fault("%q is no URI", text)
			}
		}
	default:
		fault("the test knows no type %q", s.Type)
	}
	return faults
}

// holdContract holds everything that a program sent and got against Twilio's document.
func (p *program) holdContract() {
	p.t.Helper()
	doc, ok := twilioContract(p.t)
	if !ok {
		p.t.Log("CONTRACT NOT CHECKED: no shared/contracts/twilio_verify_v2.json in any folder above this one")
		return
	}
	for _, at := range p.trips.seen {
		for _, fault := range doc.faults(at) {
			p.t.Error(fault)
		}
	}
}

// TestTwilioContractIsHeld holds that the check of the contract finds what is wrong, and says when it cannot be made.
func TestTwilioContractIsHeld(t *testing.T) {
	t.Parallel()
	doc, ok := twilioContract(t)
	if !ok {
		t.Skip("CONTRACT NOT CHECKED: no shared/contracts/twilio_verify_v2.json in any folder above this one")
	}
	service := "/v2/Services/VA" + strings.Repeat("0", 32)
	good := `{"sid":"YE` + strings.Repeat("0", 32) + `","identity":"x","account_sid":null,"service_sid":null,"date_created":"2026-01-01T00:00:00Z","date_updated":null,"url":"https://x.example/","links":{}}`
	for name, at := range map[string]trip{
		"a field that is missing": {method: "GET", path: service + "/Entities/x", status: 200, body: []byte(strings.Replace(good, `"date_updated":null,`, "", 1))},
		"a field too many":        {method: "GET", path: service + "/Entities/x", status: 200, body: []byte(strings.Replace(good, `{`, `{"secret":1,`, 1))},
		"a SID of another kind":   {method: "GET", path: service + "/Entities/x", status: 200, body: []byte(strings.Replace(good, "YE", "YF", 1))},
		"another form of time":    {method: "GET", path: service + "/Entities/x", status: 200, body: []byte(strings.Replace(good, "00Z", "00.1Z", 1))},
		"a path of our own":       {method: "GET", path: "/v2/Banks", status: 200, body: []byte(`{}`)},
		"a status of our own":     {method: "POST", path: service + "/Entities", status: 202, body: []byte(good)},
		"an error of our own":     {method: "GET", path: service, status: 404, body: []byte(`{"code":"not_found"}`)},
	} {
		if len(doc.faults(at)) == 0 {
			t.Errorf("%s goes unnoticed", name)
		}
	}
	if faults := doc.faults(trip{method: "GET", path: service + "/Entities/x", status: 200, body: []byte(good)}); len(faults) != 0 {
		t.Errorf("what is right is refused: %v", faults)
	}
}
