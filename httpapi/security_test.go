package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/visavis/visavis/httpapi"
	"github.com/visavis/visavis/postgres"
)

// TestOldPhoneProvesNothing: the bank corrects a number, because the phone was
// stolen or the number is another's now. A code that is under way to the old
// phone must open nothing, nor a session that waits for it.
func TestOldPhoneProvesNothing(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); k.cfg.Channels.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })

	open := func() string {
		a := k.as("nobody", "POST", "/v1/visit/session", `{"token":"`+k.link+`"}`).send().want(200)
		cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
		return cookie
	}
	visit := func(cookie, path, body string) *answer {
		return k.as("nobody", "POST", path, body).with("Cookie", cookie).with("X-Visavis-Request", "1").send()
	}
	before := open()
	visit(before, "/v1/visit/code", "").want(200)
	code := k.codeFromSMS("visit")
	var recovery struct {
		VerificationID string `json:"verification_id"`
	}
	k.as("nobody", "POST", "/v1/visit/recover", `{"bank":"a","phone":"+84901234567"}`).send().want(202).into(&recovery)
	second := k.codeFromSMS("recover")

	k.call("PATCH", "/v1/customers/"+k.ids["customer_id"], `{"phone":"+84901234568"}`).want(200)
	visit(before, "/v1/visit/code/check", `{"code":"`+code+`"}`).want(401)
	if p := visit(open(), "/v1/visit/code/check", `{"code":"`+code+`"}`).want(410).problem(); p.Code != "verification_expired" {
		t.Errorf("a code to the old phone: %s", p.Code)
	}
	var result struct{ Result struct{ Approved bool } }
	k.as("nobody", "POST", "/v1/visit/recover/check", `{"verification_id":"`+recovery.VerificationID+`","code":"`+second+`"}`).send().want(200).into(&result)
	if result.Result.Approved {
		t.Error("the old phone got in by recovery")
	}
}

// TestRecoveryTellsNothingOfANumber: whatever keeps a known number from its code,
// a stranger gets the answer that an unknown number gets, and nothing is left over.
func TestRecoveryTellsNothingOfANumber(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	customer := func(phone string) (id string) {
		var made struct{ ID string }
		k.call("POST", "/v1/customers", `{"name":"Lan","phone":"`+phone+`"}`).want(201).into(&made)
		k.call("POST", "/v1/identifications", `{"customer_id":"`+made.ID+`","scenario":"open-account"}`).want(201)
		return made.ID
	}
	customer("+84901230001")
	k.call("PATCH", "/v1/customers/"+customer("+84901230003"), `{"phone":"+84901230002"}`).want(200)
	customer("+393401234567")
	k.call("PATCH", "/v1/bank", `{"settings":{"countries":["VN"]}}`).want(200)
	recovered := func(phone string) (told string) {
		a := k.as("nobody", "POST", "/v1/visit/recover", `{"bank":"a","phone":"`+phone+`"}`).send()
		var body map[string]string
		must(t, json.Unmarshal(a.body, &body))
		for _, name := range slices.Sorted(maps.Keys(body)) {
			told += " " + name
		}
		return fmt.Sprint(a.status, told, len(body["verification_id"]))
	}
	want := recovered("+84901239999")
	for why, phone := range map[string]string{
		"known": "+84901230001", "asked again": "+84901230001", "changed lately": "+84901230002", "of a country that is not served": "+393401234567",
	} {
		if got := recovered(phone); got != want {
			t.Errorf("%s: %s, unknown: %s", why, got, want)
		}
	}
	var started int
	must(t, k.cfg.DB.InBank(t.Context(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from verifications where bank_id = $1 and purpose = 'recover'`, k.id).Scan(&started)
	}))
	if started != 1 {
		t.Errorf("%d recoveries were started, want the one that may be", started)
	}
}

// TestSimulatorIsForLoopbackOnly: codes are shown neither to the world behind a
// proxy of this machine nor to a page whose name was made to resolve to it.
func TestSimulatorIsForLoopbackOnly(t *testing.T) {
	t.Parallel()
	simulator := func(c *httpapi.Config) {
		c.Simulator = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("codes")) })
	}
	status := func(g *gateway, host, path string) int {
		req, err := http.NewRequest("GET", g.url+path, nil)
		must(t, err)
		req.Host = host
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		_ = res.Body.Close()
		return res.StatusCode
	}
	local := newGateway(t, simulator)
	proxied := newGateway(t, simulator, func(c *httpapi.Config) { c.PublicURL = "https://video.bank.example" })
	for _, path := range []string{"/simulator/messages?to=1", "/phone"} {
		for host, want := range map[string]int{
			"": 200, "127.0.0.1:8080": 200, "localhost:8080": 200, "[::1]:8080": 200, "[::1]": 200,
			"evil.example:8080": 401, "127.0.0.1.evil.example": 401, "localhost.evil.example": 401,
		} {
			if got := status(local, host, path); got != want {
				t.Errorf("%s for %q: %d, want %d", path, host, got, want)
			}
		}
		for _, host := range []string{"video.bank.example", "127.0.0.1"} {
			if got := status(proxied, host, path); got != 401 {
				t.Errorf("%s behind a proxy for %q: %d", path, host, got)
			}
		}
	}
}

// TestStrangerLimitOfIPv6: who has one IPv6 address has 2^64, so the limit is
// of the /64.
func TestStrangerLimitOfIPv6(t *testing.T) {
	t.Parallel()
	g := newGateway(t, func(c *httpapi.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	k := g.newBank("a")
	try := func(from string) int {
		return k.as("nobody", "POST", "/v1/visit/session", `{"token":"`+strings.Repeat("A", 43)+`"}`).with("X-Forwarded-For", from).send().status
	}
	last := 0
	for i := range 61 {
		last = try(fmt.Sprintf("2001:db8::%x", i+1))
	}
	if last != 429 {
		t.Errorf("the 61st try from one /64: %d", last)
	}
	if got := try("2001:db8:0:1::1"); got != 404 {
		t.Errorf("another /64: %d", got)
	}
	// Who has a link gets in all the same, though not without end.
	k.fill()
	for i := range 61 {
		got := k.as("nobody", "POST", "/v1/visit/session", `{"token":"`+k.link+`"}`).with("X-Forwarded-For", "2001:db8::1").send().status
		if want := map[bool]int{true: 200, false: 429}[i < 60]; got != want {
			t.Fatalf("opening %d of a good link: %d, want %d", i+1, got, want)
		}
	}
}

// TestDisabledAgentIsOutOfTheCall: whoever is disabled, or signs out, sees and
// hears no customer any more, on an open socket neither.
func TestDisabledAgentIsOutOfTheCall(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	must(t, k.cfg.DB.InBank(context.Background(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update calls set state = 'active', ended_at = null where bank_id = $1 and id = $2`, tx.BankID, k.ids["call_id"])
		return err
	}))
	socket := func() *websocket.Conn {
		conn, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(k.url, "http")+"/v1/calls/"+k.ids["call_id"]+"/socket",
			&websocket.DialOptions{HTTPHeader: http.Header{"Cookie": {"visavis_agent=" + k.tokens["agent"]}, "Origin": {k.url}}})
		must(t, err)
		t.Cleanup(func() { _ = conn.CloseNow() })
		if _, _, err := conn.Read(t.Context()); err != nil { // the call's state
			t.Fatal(err)
		}
		return conn
	}
	ends := func(conn *websocket.Conn) error {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second) // far less than a beat
		defer cancel()
		for {
			if _, _, err := conn.Read(ctx); err != nil {
				return err
			}
		}
	}
	conn := socket()
	k.as("administrator", "PATCH", "/v1/agents/"+k.ids["agent_id"], `{"name":"Renamed"}`).send().want(200)
	k.as("administrator", "PATCH", "/v1/agents/"+k.ids["agent_id"], `{"role":"supervisor"}`).send().want(200)
	must(t, conn.Write(t.Context(), websocket.MessageText, []byte(`{"type":"ping"}`)))
	for pong := []byte(nil); !strings.Contains(string(pong), "pong"); { // a supervisor may go on
		var err error
		_, pong, err = conn.Read(t.Context())
		must(t, err)
	}
	k.as("administrator", "PATCH", "/v1/agents/"+k.ids["agent_id"], `{"enabled":false}`).send().want(200)
	if err := ends(conn); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("a disabled agent's socket: %v", err)
	}
	k.as("administrator", "PATCH", "/v1/agents/"+k.ids["agent_id"], `{"enabled":true}`).send().want(200)
	session, err := k.cfg.Banks.SignIn(t.Context(), "agent@a.example", password, "", netip.MustParseAddr("127.0.0.1"))
	must(t, err)
	k.tokens["agent"] = session.Token
	conn = socket()
	k.as("agent", "DELETE", "/v1/session", "").send().want(204)
	if err := ends(conn); websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
		t.Errorf("the socket of an agent who signed out: %v", err)
	}
}

// TestFeedsAreCounted: the holder of a link cannot open feeds without end.
func TestFeedsAreCounted(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	k.openVisit()
	open := func() *http.Response {
		req, err := http.NewRequest("GET", k.url+"/v1/feed", nil)
		must(t, err)
		req.Header.Set("Cookie", "visavis_customer="+k.tokens["customer"])
		res, err := http.DefaultClient.Do(req)
		must(t, err)
		t.Cleanup(func() { _ = res.Body.Close() })
		return res
	}
	first := open()
	if first.StatusCode != 200 {
		t.Fatalf("status %d", first.StatusCode)
	}
	for range 19 {
		if res := open(); res.StatusCode != 200 {
			t.Fatalf("status %d", res.StatusCode)
		}
	}
	if res := open(); res.StatusCode != 429 {
		t.Errorf("the 21st feed: %d", res.StatusCode)
	}
	k.as("agent", "GET", "/v1/feed", "").send().want(200)
	must(t, first.Body.Close()) // a closed one makes room
	deadline := time.Now().Add(3 * time.Minute)
	for open().StatusCode != 200 {
		if time.Now().After(deadline) {
			t.Fatal("a closed feed still counts")
		}
	}
}
