package httpapi_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/uuid"

	"github.com/visavis/visavis/httpapi"
)

func TestForgedRequests(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	presence := func(change func(*request)) *answer {
		r := k.as("agent", "PUT", "/v1/presence", `{"state":"paused"}`)
		change(r)
		return r.send()
	}
	presence(func(*request) {}).want(200)
	presence(func(r *request) { r.with("Origin", k.url) }).want(200)
	for code, change := range map[string]func(*request){
		"header_missing": func(r *request) { r.header.Del("X-Visavis-Request") },
		"wrong_origin":   func(r *request) { r.with("Origin", "https://evil.example") },
	} {
		if got := presence(change).want(403).problem().Code; got != code {
			t.Errorf("code %s, want %s", got, code)
		}
	}
	if got := presence(func(r *request) { r.with("Origin", "null") }).want(403).problem().Code; got != "wrong_origin" {
		t.Errorf("opaque origin: %s", got)
	}
	// A key cannot be sent by a foreign page, so it needs no header.
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234500"}`).want(201)
	// Reading needs none, either.
	r := k.as("agent", "GET", "/v1/session", "")
	r.header.Del("X-Visavis-Request")
	r.send().want(200)
	// Nor may another site sign someone in, or open the socket.
	k.as("nobody", "POST", "/v1/session", `{"email":"a@b.example","password":"x"}`).with("Origin", "https://evil.example").send().want(403)
	socket := k.as("agent", "GET", "/v1/calls/"+k.ids["call_id"]+"/socket", "").with("Origin", "https://evil.example").
		with("Connection", "Upgrade").with("Upgrade", "websocket").with("Sec-WebSocket-Version", "13").with("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")
	if got := socket.send().want(403).problem().Code; got != "wrong_origin" {
		t.Errorf("socket: %s", got)
	}
}

func TestSessionCookie(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	jar, err := cookiejar.New(nil)
	must(t, err)
	client := http.Client{Jar: jar}
	res, err := client.Post(k.url+"/v1/session", "application/json", strings.NewReader(`{"email":"agent@a.example","password":"`+password+`"}`))
	must(t, err)
	_ = res.Body.Close()
	cookies := res.Cookies()
	if res.StatusCode != 200 || len(cookies) != 1 {
		t.Fatalf("status %d, cookies %v", res.StatusCode, cookies)
	}
	if c := cookies[0]; c.Name != "visavis_agent" || !c.HttpOnly || c.Secure || c.SameSite != http.SameSiteStrictMode || c.Path != "/" {
		t.Errorf("cookie %+v", c)
	}
	if !strings.Contains(k.as("agent", "GET", "/v1/session", "").send().want(200).header.Get("Cache-Control"), "no-store") {
		t.Error("a session may be cached")
	}
	req, err := http.NewRequest("DELETE", k.url+"/v1/session", nil)
	must(t, err)
	req.Header.Set("X-Visavis-Request", "1")
	res, err = client.Do(req)
	must(t, err)
	_ = res.Body.Close()
	if res.StatusCode != 204 || len(res.Cookies()) != 1 || res.Cookies()[0].MaxAge >= 0 {
		t.Errorf("status %d, cookies %v", res.StatusCode, res.Cookies())
	}
	k.as("nobody", "GET", "/v1/session", "").with("Cookie", "visavis_agent="+cookies[0].Value).send().want(401)
	k.as("nobody", "POST", "/v1/session", `{"email":"agent@a.example","password":"wrong wrong wrong"}`).send().want(401)
}

func TestSecureCookieOverHTTPS(t *testing.T) {
	t.Parallel()
	k := newGateway(t, func(c *httpapi.Config) { c.PublicURL = "https://id.example" }).newBank("a")
	a := k.as("nobody", "POST", "/v1/session", `{"email":"agent@a.example","password":"`+password+`"}`).send().want(200)
	if !strings.Contains(a.header.Get("Set-Cookie"), "; Secure") || a.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("headers %v", a.header)
	}
}

// TestBothCookies: a browser may hold an agent's and a customer's session; the
// query says which one counts.
func TestBothCookies(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	k.openVisit()
	both := func(path string) *answer {
		return k.as("nobody", "GET", path, "").with("Cookie", "visavis_agent="+k.tokens["agent"]+"; visavis_customer="+k.tokens["customer"]).send()
	}
	path := "/v1/calls/" + k.ids["call_id"]
	hasCustomer := func(a *answer) bool { return bytes.Contains(a.want(200).body, []byte(`"customer":{`)) }
	if !hasCustomer(both(path)) || !hasCustomer(both(path+"?as=agent")) || hasCustomer(both(path+"?as=customer")) {
		t.Error("the wrong session counted")
	}
	both("/v1/visit").want(200)
	both("/v1/queue").want(200)
}

// TestMetadataHasBounds goes up to each bound, and one beyond it.
func TestMetadataHasBounds(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	deep := func(levels int) string { // the object itself is the first
		return `{"x":` + strings.Repeat("[", levels-1) + strings.Repeat("]", levels-1) + `}`
	}
	wide := func(names int) string {
		parts := make([]string, names)
		for i := range parts {
			parts[i] = fmt.Sprintf(`"n%d":1`, i)
		}
		return `{` + strings.Join(parts, ",") + `}`
	}
	large := func(bytes int) string { return `{"x":"` + strings.Repeat("y", bytes-len(`{"x":""}`)) + `"}` }
	for _, test := range []struct{ most, over, reason string }{
		{deep(8), deep(9), "is nested more than 8 levels deep"},
		{wide(50), wide(51), "has an object with more than 50 fields"},
		{`{"in":[` + wide(50) + `]}`, `{"in":[` + wide(51) + `]}`, "has an object with more than 50 fields"},
		{large(16 << 10), large(16<<10 + 1), "is larger than 16 KiB as JSON"},
	} {
		for _, path := range []string{"/v1/customers", "/v1/identifications/" + k.ids["identification_id"]} {
			method, status, body := "PATCH", 200, `{"metadata":%s}`
			if path == "/v1/customers" {
				method, status, body = "POST", 201, `{"name":"An","phone":"+84901234567","metadata":%s}`
			}
			k.call(method, path, fmt.Sprintf(body, test.most)).want(status)
			p := k.call(method, path, fmt.Sprintf(body, test.over)).want(400).problem()
			if len(p.Fields) != 1 || p.Fields[0].Name != "metadata" || p.Fields[0].Reason != test.reason {
				t.Errorf("%s %s: %+v, want metadata %s", method, path, p.Fields, test.reason)
			}
		}
	}
}

func TestValidation(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	for _, test := range []struct {
		method, path, body string
		fields             string
	}{
		{"POST", "/v1/customers", `{}`, "name phone"},
		{"POST", "/v1/customers", `{"name":1,"phone":"+84901234567"}`, "name"},
		{"POST", "/v1/customers", `{"name":"An","phone":"+84901234567","fone":"x"}`, "fone"},
		{"POST", "/v1/customers", `{"name":"An","phone":"+84901234567","Name":"x"}`, "Name"},
		{"POST", "/v1/customers", `{"name":"An","phone":"12"}`, "phone"},
		{"POST", "/v1/customers", `{"name":"An","phone":"not a number"}`, "phone"},
		{"POST", "/v1/customers", `{"name":"","phone":"+84901234567"}`, "name"},
		{"POST", "/v1/customers", `{"name":"An","phone":"+84901234567","metadata":{"x":"` + strings.Repeat("y", 17000) + `"}}`, "metadata"},
		{"POST", "/v1/bookings", `{"identification_id":"x","start":"tomorrow"}`, "identification_id start"},
		{"POST", "/v1/bookings", `{"start":"2026-02-30T09:00:00Z"}`, "start"},
		{"POST", "/v1/api-keys", `{"name":"n","scopes":["root"]}`, "scopes.0"},
		{"POST", "/v1/api-keys", `{"name":"n","scopes":[]}`, "scopes"},
		{"PUT", "/v1/working-hours", `{"agent_id":"` + k.ids["agent_id"] + `","hours":[{"weekday":7,"starts":"9:00","ends":"17:00","time_zone":"UTC"}]}`, "hours.0.starts hours.0.weekday"},
		{"GET", "/v1/customers?limit=0", "", "limit"},
		{"GET", "/v1/customers?limit=many", "", "limit"},
		{"GET", "/v1/customers?limit=1&limit=2", "", "limit"},
		{"GET", "/v1/customers?cursor=%21", "", "cursor"},
		{"GET", "/v1/customers?page=2", "", "page"},
		{"GET", "/v1/customers?reference=%00", "", "reference"},
		{"GET", "/v1/bookings?state=booked", "", "state"},
		{"GET", "/v1/bookings?from=yesterday", "", "from"},
		{"GET", "/v1/bookings?from=9999-12-31T23:59:59-01:00", "", "from"}, // the year 10000 in UTC, which no answer could say
		{"GET", "/v1/capacity?from=9999-12-25T00:00:00Z", "", "to"},
		{"GET", "/v1/customers/42", "", "customer_id"},
	} {
		p := k.call(test.method, test.path, test.body).want(400).problem()
		var names []string
		for _, f := range p.Fields {
			names = append(names, f.Name)
			if f.Reason == "" || strings.Contains(f.Reason, "0901234567") {
				t.Errorf("%s %s: reason %q", test.method, test.path, f.Reason)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != test.fields {
			t.Errorf("%s %s %.80s: fields %q, want %q (%s)", test.method, test.path, test.body, got, test.fields, p.Detail)
		}
	}
	for body, want := range map[string]int{
		`{"name":`: 400,
		`{"name":"An","phone":"+84901234567","metadata":{"a":[{"b":1,"b":2}]}}`:                     400, // checked as one, read as a blend
		`{"name":"An","phone":"+84901234567","n\u0061me":"Binh"}`:                                   400,
		`{"name":"An","phone":"+84901234567","metadata":{"a":{"name":1},"name":[{"a":1},{"a":1}]}}`: 201,
		`{"name":"An","phone":"+84901234567"}x`:                                                     400,
		`[]`:                                                                                        400,
		`null`:                                                                                      400,
		"{\"name\":\"\xff\",\"phone\":\"+84901234567\"}":                                            400,
		`{"name":"A\u0000n","phone":"+84901234567"}`:                                                400,
		`{"name":"` + strings.Repeat("x", 2<<20) + `"}`:                                             413,
		strings.Repeat("[", 100000):                                                                 400,
	} {
		if a := k.call("POST", "/v1/customers", body).want(want); want >= 400 {
			a.problem()
		}
	}
	k.as("bank", "POST", "/v1/customers", `name=An`).with("Content-Type", "application/x-www-form-urlencoded").send().want(415).problem()
	k.call("POST", "/v1/webhook-endpoints/"+k.ids["endpoint_id"]+"/test", `{"x":1}`).want(400).problem()
	k.call("PATCH", "/v1/session", "").want(405).problem()
	k.call("GET", "/v1/nothing", "").want(404).problem()
	k.as("bank", "POST", "/v1/customers", `{"name":"An","phone":"+84901234567"}`).with("Idempotency-Key", strings.Repeat("k", 256)).send().want(400).problem()
	// An optional body may be left out.
	k.call("POST", "/v1/bookings/"+k.ids["booking_id"]+"/cancel", "").want(200)
}

// TestGarbage throws changed bodies and parameters at every operation: never an
// internal error, and every refusal is a problem. An operation is asked the same on
// every run, whatever others there are; VISAVIS_GARBAGE="seed rounds" asks otherwise.
func TestGarbage(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	seed, rounds := uint64(20261122), 12
	if given := os.Getenv("VISAVIS_GARBAGE"); given != "" {
		_, err := fmt.Sscan(given, &seed, &rounds)
		must(t, err)
	}
	values := []any{
		nil, true, -1, 1e308, 4294967296.0, 0.5, "", " ", "x", strings.Repeat("é", 5000), "\u202e", "'; drop table banks; --", "2026-01-01T00:00:00Z",
		"9999-12-31T23:59:59Z", "0000-01-01T00:00:00Z", uuid.Nil.String(), uuid.NewString(), []any{}, []any{nil}, map[string]any{}, map[string]any{"en": "x", "": 1}, "{bank}", "%s", "../../etc/passwd",
		json.RawMessage(`"\ud800"`), json.RawMessage("-0"), 1e-9, 2147483648.0, 1e15, 1, "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-12:00", "0000-01-01T00:00:00+12:00", "24:00", "Local", "../x", "+0", "+1242", "+84901234567",
		"xx-YY-zz", "\u200b", "\ufeff😀", "سلام", "-0", "1e400", strings.Repeat("9", 40), json.RawMessage(strings.Repeat("[", 5000) + strings.Repeat("]", 5000)), "{{name}}", []any{"sms", "sms"}, "https://[::1]:99999/",
		time.Now().Add(time.Hour).UTC().Format(time.RFC3339), time.Now().Add(24 * time.Hour).UTC().Format(time.DateOnly),
	}
	operations := slices.Clone(documentOperations(t))
	slices.SortFunc(operations, func(a, b operation) int { return strings.Compare(a.OperationID, b.OperationID) })
	for _, op := range operations {
		if slices.Contains([]string{"signIn", "openFeed", "signOut"}, op.OperationID) { // costly, endless, ends the session
			continue
		}
		name := fnv.New64()
		_, _ = name.Write([]byte(op.OperationID))
		random := rand.New(rand.NewPCG(seed, name.Sum64()))
		for range rounds {
			actor := op.actors[random.IntN(len(op.actors))]
			path, query := op.fill(t, k.ids), url.Values{}
			for _, p := range op.Parameters {
				if p.Value.In == "query" && random.IntN(3) == 0 {
					text := fmt.Sprint(values[random.IntN(len(values))])
					query.Set(p.Value.Name, text[:min(len(text), 2000)])
				}
			}
			if random.IntN(4) == 0 {
				query.Set("limit", fmt.Sprint(random.IntN(300)))
				query.Set("from", "0001-01-01T00:00:00Z")
			}
			if len(query) > 0 {
				path += "?" + query.Encode()
			}
			body := op.body(t, k.ids)
			if body != "" && !op.file() {
				var m map[string]any
				must(t, json.Unmarshal([]byte(body), &m))
				// One or two fields of the body, or values in it, however deep.
				for name := range op.RequestBody.Value.Content.Get("application/json").Schema.Value.Properties {
					if _, ok := m[name]; !ok {
						m[name] = absent
					}
				}
				var places []func(any)
				collect(m, &places)
				for n := 1 + random.IntN(2); n > 0 && len(places) > 0; n-- {
					places[random.IntN(len(places))](values[random.IntN(len(values))])
				}
				maps.DeleteFunc(m, func(_ string, v any) bool { return v == absent })
				raw, err := json.Marshal(m)
				must(t, err)
				body = string(raw)
			}
			a := k.as(actor, op.method, path, body).send()
			if a.status >= 500 {
				t.Errorf("%s as %s: %d %s\n\tpath %s\n\tbody %.300s", op.OperationID, actor, a.status, a.body, path, body)
			} else if a.status >= 400 {
				a.problem()
			}
		}
	}
	for _, line := range strings.Split(k.log.String(), "\n") {
		if strings.Contains(line, `"ERROR"`) {
			t.Error(line)
		}
	}
}

// absent stands for a field that the example leaves out.
var absent any = new(int)

// collect finds every place in a decoded body where a value stands, in an order that
// is always the same; a place sets another.
func collect(at any, places *[]func(any)) {
	switch at := at.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(at)) {
			*places = append(*places, func(v any) { at[name] = v })
			collect(at[name], places)
		}
	case []any:
		for i := range at {
			*places = append(*places, func(v any) { at[i] = v })
			collect(at[i], places)
		}
	}
}

var nonce = regexp.MustCompile(`'nonce-([A-Za-z0-9+/]{24})'`)

func TestPages(t *testing.T) {
	t.Parallel()
	simulator := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("codes")) })
	g := newGateway(t, func(c *httpapi.Config) { c.Simulator = simulator; c.Loopback = false })
	k := g.newBank("a")
	seen := map[string]bool{}
	for _, path := range []string{"/console", "/console/queue", "/visit/" + strings.Repeat("t", 43), "/console"} {
		a := k.as("nobody", "GET", path, "").send().want(200)
		policy := a.header.Get("Content-Security-Policy")
		m := nonce.FindStringSubmatch(policy)
		if m == nil || seen[m[1]] || !bytes.Contains(a.body, []byte(m[1])) {
			t.Errorf("%s: policy %q: no nonce, a used one, or not the page's", path, policy)
			continue
		}
		seen[m[1]] = true
		if strings.Contains(policy, "unsafe") || !strings.Contains(policy, "frame-ancestors 'none'") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if p := a.header.Get("Permissions-Policy"); !strings.Contains(p, "camera=(self)") || !strings.Contains(p, "microphone=(self)") {
			t.Errorf("%s: permissions %q", path, p)
		}
		if a.header.Get("Referrer-Policy") != "no-referrer" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, a.header)
		}
	}
	docs := k.as("nobody", "GET", "/docs", "").send().want(200)
	for _, op := range documentOperations(t) {
		if !bytes.Contains(docs.body, []byte(`id="`+op.OperationID+`"`)) {
			t.Errorf("/docs does not show %s", op.OperationID)
		}
	}
	if bytes.Contains(docs.body, []byte("<script")) || bytes.Contains(docs.body, []byte("http://")) || bytes.Contains(docs.body, []byte("style=")) {
		t.Error("/docs is not clean")
	}
	k.as("nobody", "GET", "/docs/docs.css", "").send().want(200)
	k.as("nobody", "GET", "/openapi.yaml", "").send().want(200)
	k.as("nobody", "GET", "/healthz", "").send().want(200)
	k.as("nobody", "GET", "/readyz", "").send().want(200)
	if a := k.as("nobody", "GET", "/metrics", "").send().want(200); !bytes.Contains(a.body, []byte(`visavis_http_request_seconds_count{method="GET",route="/console"`)) {
		t.Error("/metrics does not count")
	}
	k.as("nobody", "GET", "/assets/../embed.go", "").send().want(404)
	k.as("nobody", "GET", "/assets/", "").send().want(404)

	// The simulator shows codes: off loopback only to who is signed in.
	k.as("nobody", "GET", "/simulator/messages", "").send().want(401)
	k.as("nobody", "GET", "/phone", "").send().want(401)
	k.as("agent", "GET", "/simulator/messages", "").send().want(200)
	k.as("agent", "GET", "/phone", "").send().want(200)
	newGateway(t).newBank("a").as("agent", "GET", "/simulator/messages", "").send().want(404)

	// No token in the log.
	if strings.Contains(g.log.String(), strings.Repeat("t", 43)) || !strings.Contains(g.log.String(), "/visit/…") {
		t.Error("the log has a link's token, or not its mask")
	}
	k.as("nobody", "GET", "/v1/feed?cursor=tttttttttttttttttttttttttttttttttttttttttttt", "").send()
	if strings.Contains(g.log.String(), "ttttttttttttttttttttttttttttttttttttttttttt") {
		t.Error("the log has a query")
	}
}

func TestRecordingFile(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	path := "/v1/calls/" + k.ids["call_id"] + "/recording/" + k.ids["recording_id"]
	viewed := func() int { return k.count(`select count(*) from events where type = 'recording.viewed'`) }
	a := k.as("auditor", "GET", path, "").with("Range", "bytes=2-5").send().want(206)
	if string(a.body) != "2345" || a.header.Get("Content-Range") != "bytes 2-5/10" || a.header.Get("Content-Type") != "video/webm" {
		t.Errorf("%q %v", a.body, a.header)
	}
	if n := viewed(); n != 1 { // or one could watch from the second byte and leave no trace
		t.Errorf("%d events for a part", n)
	}
	k.as("auditor", "GET", path, "").with("Range", "bytes=-4").send().want(206)
	k.as("auditor", "GET", path, "").with("Range", "bytes=6-").send().want(206)
	if n := viewed(); n != 1 {
		t.Errorf("%d events for three parts of one watching", n)
	}
	k.as("supervisor", "GET", path, "").with("Range", "bytes=1-").send().want(206)
	k.as("auditor", "GET", path, "").with("Range", "bytes=0-").send().want(206)
	k.call("GET", path, "").want(200)
	if n := viewed(); n != 4 {
		t.Errorf("%d events, want 4", n)
	}
	// Every byte that was given out is in the log of accesses.
	if n := k.count(`select count(*) from recording_access where call_id = $1 and object = 'recording'`, k.ids["call_id"]); n != 3 { // one an actor
		t.Errorf("%d accesses, want 3", n)
	}
	if n := k.count(`select count(*) from recording_access where call_id = $1 and object = 'recording' and actor_kind = 'agent' and from_byte = 1 and to_byte = 9`, k.ids["call_id"]); n != 1 {
		t.Errorf("the supervisor's range is not in the log")
	}
	k.as("auditor", "GET", path, "").with("Range", "bytes=50-60").send().want(416)
	if a := k.as("auditor", "GET", path, "").with("Range", "bytes=0-1,4-5").send().want(200); string(a.body) != "0123456789" {
		t.Errorf("several ranges gave %q", a.body) // all of the file, which is in the log as that
	}
	if a := k.as("auditor", "GET", "/v1/calls/"+k.ids["call_id"]+"/composite/file", "").with("Range", "bytes=0-2").send().want(206); string(a.body) != "mp4" {
		t.Errorf("composite %q", a.body)
	}
	if a := k.as("agent", "GET", "/v1/customers/"+k.ids["customer_id"]+"/reference-still", "").send().want(200); string(a.body) != "face" {
		t.Errorf("reference still %q", a.body)
	}
	k.as("agent", "POST", "/v1/calls/"+k.ids["call_id"]+"/recording/hold", `{"reason":"x"}`).send().want(403)
	k.as("supervisor", "POST", "/v1/calls/"+k.ids["call_id"]+"/recording/hold", `{"reason":"x"}`).send().want(200)
	k.as("supervisor", "POST", "/v1/calls/"+k.ids["call_id"]+"/recording/release", `{}`).send().want(200)
	k.as("supervisor", "POST", "/v1/calls/"+k.ids["call_id"]+"/recording/release", `{}`).send().want(409)
	still := "/v1/calls/" + k.ids["call_id"] + "/steps/1/still"
	if a := k.call("GET", still, "").want(200); string(a.body) != "jpeg" || a.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("still %q %v", a.body, a.header)
	}
	k.as("auditor", "GET", still, "").send().want(200)
	k.as("auditor", "GET", "/v1/calls/"+k.ids["call_id"]+"/steps/99/still", "").send().want(404)
	k.as("nobody", "GET", still, "").send().want(401)
	if n := k.count(`select count(distinct actor_id) from events where type = 'still.viewed' and object_type = 'call' and object_id = $1
		and body::jsonb->'data' = jsonb_build_object('position', 1, 'identification_id', $2::text)`, k.ids["call_id"], k.ids["identification_id"]); n != 2 {
		t.Errorf("%d viewers of a still are in the audit trail, want 2", n)
	}
	if n := k.count(`select count(*) from events where type = 'still.viewed'`); n != 3 { // with the reference still
		t.Errorf("%d events for two viewings", n)
	}
	if a := k.call("GET", "/v1/bookings/"+k.ids["booking_id"]+"/calendar.ics", "").want(200); !bytes.Contains(a.body, []byte(k.ids["booking_id"])) {
		t.Errorf("calendar %s", a.body)
	}
}

// TestFeed reads what happens as it happens; a customer sees the own case only.
func TestFeed(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	k.openVisit()
	open := func(cookie string) *bufio.Reader {
		req, err := http.NewRequest("GET", k.url+"/v1/feed", nil)
		must(t, err)
		req.Header.Set("Cookie", cookie)
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		t.Cleanup(func() { _ = res.Body.Close() })
		if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
			t.Fatalf("feed: %d %v", res.StatusCode, res.Header)
		}
		r := bufio.NewReader(res.Body)
		next(t, r, "hello")
		return r
	}
	agent, customer := open("visavis_agent="+k.tokens["agent"]), open("visavis_customer="+k.tokens["customer"])
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234501"}`).want(201)
	k.call("POST", "/v1/bookings/"+k.ids["booking_id"]+"/cancel", "{}").want(200)
	next(t, agent, "customer.created")
	if data := next(t, agent, "booking.cancelled"); !strings.Contains(data, k.ids["booking_id"]) || !strings.Contains(data, `"actor"`) {
		t.Errorf("data %s", data)
	}
	// The customer's first event after the hello may be one of the last moments
	// of the own case, but never the bank's other business.
	for {
		event, data := one(t, customer)
		if strings.Contains(data, `"actor"`) || event == "customer.created" {
			t.Fatalf("the customer sees %s %s", event, data)
		}
		if event == "booking.cancelled" {
			break
		}
	}
}

// next reads to the event of a type and returns its data.
func next(t *testing.T, r *bufio.Reader, event string) string {
	t.Helper()
	for {
		if got, data := one(t, r); got == event {
			return data
		}
	}
}

func one(t *testing.T, r *bufio.Reader) (event, data string) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		must(t, err)
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "event: "):
			event = line[7:]
		case strings.HasPrefix(line, "data: "):
			data = line[6:]
		case line == "" && event != "":
			return event, data
		}
	}
}

func TestSocket(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	dial := func(call, token string) (*http.Response, error) {
		header := http.Header{"Cookie": {"visavis_agent=" + token}, "Origin": {k.url}}
		conn, res, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(k.url, "http")+"/v1/calls/"+call+"/socket", &websocket.DialOptions{HTTPHeader: header})
		if err == nil {
			_ = conn.CloseNow()
		}
		return res, err
	}
	if res, err := dial(k.ids["call_id"], k.tokens["agent"]); err != nil || res.StatusCode != http.StatusSwitchingProtocols {
		t.Errorf("own call: %v", err)
	}
	for _, test := range []struct {
		call, token string
		want        int
	}{
		{uuid.NewString(), k.tokens["agent"], 404}, {k.ids["call_id"], "nothing", 401}, {k.ids["call_id"], k.tokens["auditor"], 403},
	} {
		if res, err := dial(test.call, test.token); err == nil || res == nil || res.StatusCode != test.want {
			t.Errorf("want %d, got %v", test.want, err)
		}
	}
}
