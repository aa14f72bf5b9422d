package simulator

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// openAPI is what this test needs of an OpenAPI 3 document.
type openAPI struct {
	Paths map[string]map[string]struct {
		Parameters []struct {
			Name, In string
			Schema   schema
		}
		RequestBody struct {
			Content map[string]struct{ Schema schema }
		}
		Responses map[string]struct {
			Content map[string]struct{ Schema schema }
		}
	}
	Components struct{ Schemas map[string]schema }
}

type schema struct {
	Ref                  string `json:"$ref"`
	Type, Format         string
	Nullable             bool
	Pattern              string
	MinLength, MaxLength int
	Enum                 []string
	Properties           map[string]schema
	Items                *schema
	Required             []string
}

// twilioContract reads Twilio's published document beside the project; without it the test is skipped, saying so.
func twilioContract(t *testing.T) openAPI {
	t.Helper()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		raw, err := os.ReadFile(filepath.Join(folder, "shared", "contracts", "twilio_api_v2010.json"))
		if err == nil {
			// Path items carry "servers", "description", ...: only the methods are read.
			var loose struct {
				Paths      map[string]map[string]json.RawMessage
				Components json.RawMessage
			}
			var doc openAPI
			if err := json.Unmarshal(raw, &loose); err != nil {
				t.Fatal(err)
			}
			for _, item := range loose.Paths {
				maps.DeleteFunc(item, func(key string, _ json.RawMessage) bool {
					return key != "get" && key != "post" && key != "delete"
				})
			}
			slim, err := json.Marshal(loose)
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(slim, &doc); err != nil {
				t.Fatal(err)
			}
			return doc
		}
		if filepath.Dir(folder) == folder {
			t.Skip("CONTRACT NOT CHECKED: no shared/contracts/twilio_api_v2010.json in any folder above this one")
		}
		folder = filepath.Dir(folder)
	}
}

// check holds a decoded JSON value against a schema: every property of the schema there, none besides, types, patterns,
// enumerations and the two formats that Twilio's answers use.
func (doc openAPI) check(value any, s schema, path string) (faults []string) {
	if s.Ref != "" {
		return doc.check(value, doc.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")], path)
	}
	fault := func(format string, args ...any) {
		faults = append(faults, path+": "+fmt.Sprintf(format, args...))
	}
	if value == nil {
		if !s.Nullable {
			fault("null is not allowed")
		}
		return faults
	}
	switch s.Type {
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
				fault("has %s, which the contract does not know", name)
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
	case "string":
		text, ok := value.(string)
		if !ok {
			fault("is not a text: %v", value)
			return faults
		}
		if s.MaxLength > 0 && (len(text) < s.MinLength || len(text) > s.MaxLength) {
			fault("has %d characters", len(text))
		}
		if s.Pattern != "" && !regexp.MustCompile(s.Pattern).MatchString(text) {
			fault("%q does not match %s", text, s.Pattern)
		}
		if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
			fault("%q is none of %v", text, s.Enum)
		}
		if s.Format == "date-time-rfc-2822" {
			if _, err := time.Parse(time.RFC1123Z, text); err != nil {
				fault("%q is no RFC 2822 time", text)
			}
		}
		if s.Format == "uri" {
			if _, err := url.Parse(text); err != nil {
				fault("%q is no URI", text)
			}
		}
	default:
		fault("the test knows no type %q", s.Type)
	}
	return faults
}

// answer is the schema of a successful answer.
func (doc openAPI) answer(t *testing.T, path, method, status string) schema {
	t.Helper()
	content, ok := doc.Paths[path][method].Responses[status].Content["application/json"]
	if !ok {
		t.Fatalf("the contract has no answer %s to %s %s", status, method, path)
	}
	return content.Schema
}

const (
	contractMessages = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
	contractMessage  = "/2010-04-01/Accounts/{AccountSid}/Messages/{Sid}.json"
	contractCalls    = "/2010-04-01/Accounts/{AccountSid}/Calls.json"
	contractCall     = "/2010-04-01/Accounts/{AccountSid}/Calls/{Sid}.json"
	// The published document has neither one recording nor conferences: a recording is held by the element of this list.
	contractRecordings = "/2010-04-01/Accounts/{AccountSid}/Recordings.json"
)

func TestParametersAreTwilios(t *testing.T) {
	doc := twilioContract(t)
	for _, each := range []struct {
		path, method string
		ours         map[string]parameter
	}{
		{contractMessages, "post", messageParameters}, {contractMessages, "get", messageListParameters},
		{contractCalls, "post", callParameters}, {contractCalls, "get", callListParameters}, {contractCall, "post", callUpdateParameters},
		{contractRecordings, "get", recordingListParameters},
	} {
		theirs := map[string]schema{}
		for name, s := range doc.Paths[each.path][each.method].RequestBody.Content["application/x-www-form-urlencoded"].Schema.Properties {
			theirs[name] = s
		}
		for _, p := range doc.Paths[each.path][each.method].Parameters {
			if p.In == "query" {
				theirs[p.Name] = p.Schema
			}
		}
		if len(theirs) < 5 {
			t.Fatalf("%s %s: only %d parameters read from the contract", each.method, each.path, len(theirs))
		}
		if got, want := slices.Sorted(maps.Keys(each.ours)), slices.Sorted(maps.Keys(theirs)); !slices.Equal(got, want) {
			t.Errorf("%s %s: the twin knows\n%v, Twilio\n%v", each.method, each.path, got, want)
		}
		for name, s := range theirs {
			if (s.Type == "array") != (each.ours[name]&many != 0) {
				t.Errorf("%s %s: %s may be repeated: %v in the contract only", each.method, each.path, name, s.Type == "array")
			}
			if s.Ref != "" {
				s = doc.Components.Schemas[strings.TrimPrefix(s.Ref, "#/components/schemas/")]
			}
			ours := messageEnums[name]
			if strings.Contains(each.path, "Calls") {
				ours = callEnums[name]
			}
			if len(s.Enum) > 0 && each.ours[name] != foreign && each.method == "post" && !slices.Equal(slices.Sorted(slices.Values(ours)), slices.Sorted(slices.Values(s.Enum))) {
				t.Errorf("%s: the twin takes %v, Twilio %v", name, ours, s.Enum)
			}
		}
	}
	if want := doc.Components.Schemas["call_enum_status"].Enum; !slices.Equal(callStatuses, want) {
		t.Errorf("call statuses %v, Twilio's are %v", callStatuses, want)
	}
}

func TestAnswersAreTwilios(t *testing.T) {
	doc := twilioContract(t)
	tw := newTwin(t)
	tw.receiver.doc("/voice", `<Response><Dial>+84901230005</Dial></Response>`)
	base := "/2010-04-01/Accounts/" + testAccount
	hold := func(answer any, path, method, status string) {
		t.Helper()
		for _, fault := range doc.check(answer, doc.answer(t, path, method, status), method+" "+path) {
			t.Error(fault)
		}
	}
	for _, to := range []string{handset, "+84901230002", "+84901230003", "+84901230013"} {
		status, answer, _ := tw.form("/Messages.json", url.Values{"To": {to}, "From": {us}, "Body": {"hello"}, "StatusCallback": {tw.receiver.url + "/status"}})
		if status != 201 {
			t.Fatal(answer)
		}
		hold(answer, contractMessages, "post", "201")
		sid := answer["sid"].(string)
		for { // until the twin has told the last state
			if s := tw.receiver.next().form.Get("MessageStatus"); s == "delivered" || s == "undelivered" || s == "failed" || s == "sent" && strings.HasSuffix(to, "0013") {
				break
			}
		}
		_, answer, _ = tw.raw("GET", base+"/Messages/"+sid+".json", "", "", testAccount)
		hold(answer, contractMessage, "get", "200")
	}
	_, service, _ := tw.form("/Messages.json", url.Values{"To": {handset}, "MessagingServiceSid": {newSID("MG")}, "Body": {"hello"}})
	hold(service, contractMessages, "post", "201")
	tw.raw("POST", "/simulator/phones/"+handset+"/reply", "application/json", `{"to":"`+us+`","body":"hi"}`, "")
	_, page, _ := tw.raw("GET", base+"/Messages.json?PageSize=3", "", "", testAccount)
	hold(page, contractMessages, "get", "200")
	_, page, _ = tw.raw("GET", page["next_page_uri"].(string), "", "", testAccount)
	hold(page, contractMessages, "get", "200")

	for _, to := range []string{"+84901230003", "+84901230004", "+84901230005", "+84901230017", handset} {
		status, answer, _ := tw.form("/Calls.json", url.Values{"To": {to}, "From": {us}, "Url": {tw.receiver.url + "/voice"}, "MachineDetection": {"Enable"}})
		if status != 201 {
			t.Fatal(answer)
		}
		hold(answer, contractCalls, "post", "201")
		sid := answer["sid"].(string)
		if to == handset {
			tw.status(sid, "ringing")
			_, answer, _ = tw.form("/Calls/"+sid+".json", url.Values{"Status": {"canceled"}})
			hold(answer, contractCall, "post", "200")
		}
		tw.seen(sid, "over", func(c callJSON) bool { return c.EndedAt != nil })
		_, answer, _ = tw.raw("GET", base+"/Calls/"+sid+".json", "", "", testAccount)
		hold(answer, contractCall, "get", "200")
	}
	_, page, _ = tw.raw("GET", base+"/Calls.json?PageSize=2", "", "", testAccount)
	hold(page, contractCalls, "get", "200")
	if n := len(page["calls"].([]any)); n != 2 {
		t.Errorf("%d calls on the page", n)
	}
}

// TestRecordingsAreTwilios holds what the twin tells of a recording: the list, one by itself, and that it is gone when it was deleted.
func TestRecordingsAreTwilios(t *testing.T) {
	doc := twilioContract(t)
	tw := newTwin(t)
	tw.receiver.doc("/voice", `<Response><Record maxLength="5" finishOnKey="#"/></Response>`)
	base := "/2010-04-01/Accounts/" + testAccount
	_, answer, _ := tw.form("/Calls.json", url.Values{"To": {"+84901230017"}, "From": {us}, "Url": {tw.receiver.url + "/voice"}})
	sid := answer["sid"].(string)
	tw.seen(sid, "recording", func(c callJSON) bool { return c.Gathering != nil })
	tw.raw("POST", "/simulator/calls/"+sid+"/digits", "application/json", `{"digits":"#"}`, "")
	tw.seen(sid, "kept", func(callJSON) bool { return tw.Recordings() == 1 })
	_, page, _ := tw.raw("GET", base+"/Recordings.json?CallSid="+sid, "", "", testAccount)
	for _, fault := range doc.check(page, doc.answer(t, contractRecordings, "get", "200"), "the list") {
		t.Error(fault)
	}
	all, _ := page["recordings"].([]any)
	if len(all) != 1 {
		t.Fatalf("%d recordings: %v", len(all), page)
	}
	one, _ := all[0].(map[string]any)
	path, _ := one["uri"].(string)
	_, alone, _ := tw.raw("GET", path, "", "", testAccount)
	for _, fault := range doc.check(alone, doc.Components.Schemas["api.v2010.account.recording"], "one") {
		t.Error(fault)
	}
	if one["call_sid"] != sid || alone["sid"] != one["sid"] || alone["source"] != "RecordVerb" {
		t.Errorf("%v is not %v", alone, one)
	}
	if _, page, _ = tw.raw("GET", base+"/Recordings.json?CallSid="+newSID("CA"), "", "", testAccount); len(page["recordings"].([]any)) != 0 {
		t.Errorf("of another call: %v", page)
	}
	if status, _, _ := tw.raw("DELETE", path, "", "", testAccount); status != 204 {
		t.Errorf("deleting: %d", status)
	}
	if status, _, _ := tw.raw("GET", path, "", "", testAccount); status != 404 {
		t.Errorf("after it was deleted: %d", status)
	}
}

// TestCheckBites makes sure that the contract's check sees each kind of fault.
func TestCheckBites(t *testing.T) {
	doc := twilioContract(t)
	tw := newTwin(t)
	_, good, _ := tw.form("/Messages.json", url.Values{"To": {handset}, "From": {us}, "Body": {"hello"}})
	s := doc.answer(t, contractMessages, "post", "201")
	for name, value := range map[string]any{"sid": "SM" + strings.Repeat("x", 32), "num_segments": 1.0, "error_code": "30003", "status": "arrived", "date_created": "2026-11-22T09:00:00Z", "account_sid": 5.0, "direction": nil, "extra": "x"} {
		bad := maps.Clone(good)
		bad[name] = value
		if len(doc.check(bad, s, "answer")) != 1 {
			t.Errorf("%s = %v: %v", name, value, doc.check(bad, s, "answer"))
		}
	}
	delete(good, "price")
	if len(doc.check(good, s, "answer")) != 1 {
		t.Error("a lacking field is not seen")
	}
}

// fcmDiscovery reads FCM's discovery document out of the module google.golang.org/api.
func fcmDiscovery(t *testing.T) (schemas map[string]discoverySchema, method discoveryMethod) {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "google.golang.org/api").Output()
	if err != nil {
		t.Fatalf("go list google.golang.org/api: %v", err)
	}
	folder := strings.TrimSpace(string(out))
	raw, err := os.ReadFile(filepath.Join(folder, "fcm", "v1", "fcm-api.json"))
	if err != nil {
		t.Fatalf("the pinned google.golang.org/api carries no FCM discovery document: %v", err)
	}
	var doc struct {
		Schemas   map[string]discoverySchema
		Resources struct {
			Projects struct {
				Resources struct {
					Messages struct {
						Methods struct{ Send discoveryMethod }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Schemas, doc.Resources.Projects.Resources.Messages.Methods.Send
}

type discoveryMethod struct {
	FlatPath, HTTPMethod string
	Request, Response    struct {
		Ref string `json:"$ref"`
	}
	Scopes []string
}

type discoverySchema struct {
	Ref                  string `json:"$ref"`
	Type, Format         string
	Enum                 []string
	Items                *discoverySchema
	AdditionalProperties *discoverySchema
	Properties           map[string]discoverySchema
}

// kind is the same type in the notation of fcmSchemas.
func (s discoverySchema) kind() string {
	switch {
	case s.Ref != "":
		return "#" + s.Ref
	case s.Type == "array":
		return "[]" + s.Items.kind()
	case s.Type == "object" && s.AdditionalProperties != nil && s.AdditionalProperties.Type == "string":
		return "map"
	case len(s.Enum) > 0:
		return "enum:" + strings.Join(s.Enum, "|")
	case s.Format == "google-duration":
		return "duration"
	case s.Format == "google-datetime":
		return "datetime"
	}
	return s.Type
}

func TestPushFieldsAreGoogles(t *testing.T) {
	schemas, method := fcmDiscovery(t)
	if method.FlatPath != "v1/projects/{projectsId}/messages:send" || method.HTTPMethod != "POST" || method.Request.Ref != "SendMessageRequest" || method.Response.Ref != "Message" {
		t.Errorf("send is %+v", method)
	}
	if !slices.Equal(slices.Sorted(slices.Values(method.Scopes)), []string{cloudScope, messagingScope}) {
		t.Errorf("scopes %v", method.Scopes)
	}
	if got, want := slices.Sorted(maps.Keys(fcmSchemas)), slices.Sorted(maps.Keys(schemas)); !slices.Equal(got, want) {
		t.Errorf("the twin knows\n%v, Google\n%v", got, want)
	}
	for name, s := range schemas {
		theirs := map[string]string{}
		for field, each := range s.Properties {
			theirs[field] = each.kind()
		}
		if !maps.Equal(theirs, fcmSchemas[name]) {
			t.Errorf("%s: the twin has\n%v, Google\n%v", name, fcmSchemas[name], theirs)
		}
	}
	// The answer is a Message of which only the name is set.
	tw := newTwin(t)
	_, answer, _ := tw.rawPush(`{"message":{"token":"a"}}`)
	name, _ := answer["name"].(string)
	if len(answer) != 1 || !regexp.MustCompile(`^projects/`+testProject+`/messages/0:[0-9]+%[0-9a-f]+$`).MatchString(name) {
		t.Errorf("answer %v", answer)
	}
}
