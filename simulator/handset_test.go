package simulator

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// follow opens the stream and gives its events; it returns once the twin has subscribed.
func (tw *twin) follow(query string) <-chan [2]string {
	tw.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	tw.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", tw.url+"/simulator/stream?"+query, nil)
	if err != nil {
		tw.t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tw.t.Fatal(err)
	}
	if res.Header.Get("Content-Type") != "text/event-stream" {
		tw.t.Fatalf("stream: %s %v", res.Status, res.Header)
	}
	events := make(chan [2]string, 100)
	go func() {
		defer res.Body.Close()
		defer close(events)
		lines := bufio.NewScanner(res.Body)
		kind := ""
		for lines.Scan() {
			if value, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				kind = value
			}
			if value, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				events <- [2]string{kind, value}
			}
		}
	}()
	if first := tw.event(events); first[0] != "ready" {
		tw.t.Fatalf("first event %v", first)
	}
	return events
}

func (tw *twin) event(events <-chan [2]string) [2]string {
	tw.t.Helper()
	select {
	case e := <-events:
		return e
	case <-time.After(patience):
		tw.t.Fatal("no event came")
		return [2]string{}
	}
}

func TestStream(t *testing.T) {
	tw := newTwin(t)
	events := tw.follow("number=" + url.QueryEscape(handset))
	others := tw.follow("number=%2B84900000000&token=other")
	if _, err := tw.send(handset, "hello"); err != nil {
		t.Fatal(err)
	}
	var statuses []string
	for range 4 {
		e := tw.event(events)
		var m messageJSON
		if err := json.Unmarshal([]byte(e[1]), &m); err != nil || e[0] != "message" || m.Body != "hello" || m.To != handset {
			t.Fatalf("event %v: %v", e, err)
		}
		statuses = append(statuses, m.Status)
	}
	if got := strings.Join(statuses, " "); got != "queued queued sent delivered" {
		t.Errorf("states %s", got)
	}
	tw.rawPush(`{"message":{"token":"` + tokenOf(handset) + `","data":{"k":"v"}}}`)
	if e := tw.event(events); e[0] != "push" || !strings.Contains(e[1], `"k":"v"`) {
		t.Errorf("push event %v", e)
	}
	sid := *tw.place(handset, "/nothing").Sid
	for _, want := range []string{"queued", "ringing"} {
		e := tw.event(events)
		var c callJSON
		if err := json.Unmarshal([]byte(e[1]), &c); err != nil || e[0] != "call" || c.SID != sid || c.Status != want {
			t.Errorf("call event %v, want %s", e, want)
		}
	}
	tw.rawPush(`{"message":{"token":"other"}}`)
	if e := tw.event(others); e[0] != "push" || !strings.Contains(e[1], `"token":"other"`) {
		t.Errorf("the other stream's first event is %v", e)
	}
	tw.Close()
	for range events { // the stream ends with the twin
	}
}

func TestSlowStreamIsCut(t *testing.T) {
	tw := newTwin(t)
	sub := &subscription{events: make(chan sentEvent, 2)}
	tw.mu.Lock()
	tw.subscriptions[sub] = true
	tw.mu.Unlock()
	if _, err := tw.send(handset, "hello"); err != nil { // 4 events
		t.Fatal(err)
	}
	tw.receiver.statuses(3, "MessageStatus")
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if tw.subscriptions[sub] {
		t.Error("still subscribed")
	}
}

func TestReply(t *testing.T) {
	tw := newTwin(t, func(c *Config) { c.Numbers = []string{us} })
	tw.SetInbound(tw.receiver.url+"/inbound", "")
	reply := func(body string) (int, map[string]any) {
		status, answer, _ := tw.raw("POST", "/simulator/phones/"+handset+"/reply", "application/json", body, "")
		return status, answer
	}
	if status, answer := reply(`{"to":"` + us + `","body":"1"}`); status != 201 || answer["direction"] != "inbound" || answer["status"] != "received" {
		t.Errorf("reply: %d %v", status, answer)
	}
	if form := tw.receiver.nextOn("/inbound").form; form.Get("From") != handset || form.Get("To") != us || form.Get("Body") != "1" || form.Get("SmsStatus") != "received" || !strings.HasPrefix(form.Get("MessageSid"), "SM") {
		t.Errorf("inbound webhook: %v", form)
	}
	if _, err := tw.send(handset, "before"); err != nil {
		t.Fatal(err)
	}
	if status, _ := reply(`{"body":"Stop"}`); status != 201 { // to whom the last SMS came from
		t.Errorf("stop: %d", status)
	}
	if _, err := tw.send(handset, "after"); restCode(err) != 21610 {
		t.Errorf("after STOP: %v", err)
	}
	reply(`{"body":"START"}`)
	if _, err := tw.send(handset, "again"); err != nil {
		t.Errorf("after START: %v", err)
	}
	for _, body := range []string{`{"body":""}`, `{"to":"+15005550007","body":"x"}`, `{"text":"x"}`, `[`} {
		if status, answer := reply(body); status != 400 {
			t.Errorf("%s: %d %v", body, status, answer)
		}
	}
	var phone struct {
		Number, Token string
		Messages      []messageJSON
	}
	tw.get("/simulator/phones/84901234567", &phone)
	if phone.Number != handset || phone.Token != tokenOf(handset) || len(phone.Messages) != 5 || phone.Messages[0].Body != "again" {
		t.Errorf("phone %+v", phone)
	}
}

func TestFaults(t *testing.T) {
	tw := newTwin(t)
	put := func(body string) int {
		status, _, _ := tw.raw("PUT", "/simulator/faults", "application/json", body, "")
		return status
	}
	for _, body := range []string{`{"sms_failure_rate":1.5}`, `{"push_failure_rate":-1}`, `{"latency_ms":70000}`, `{"rate":1}`} {
		if status := put(body); status != 400 {
			t.Errorf("%s: %d", body, status)
		}
	}
	if status := put(`{"sms_failure_rate":1,"push_failure_rate":1,"call_failure_rate":1}`); status != 200 {
		t.Fatal(status)
	}
	if _, err := tw.send(handset, "hello"); err != nil {
		t.Fatal(err)
	}
	if got := tw.receiver.statuses(3, "MessageStatus"); got[2] != "undelivered" {
		t.Errorf("SMS: %v", got)
	}
	if status, _, _ := tw.rawPush(`{"message":{"token":"a"}}`); status != 503 {
		t.Errorf("push: %d", status)
	}
	tw.status(*tw.place(handset, "/voice").Sid, "failed")
	put(`{"http_error_rate":1}`)
	if _, err := tw.send(handset, "hello"); restCode(err) != 20500 {
		t.Errorf("SMS: %v", err)
	}
	put(`{"http_error_rate":0,"sms_failure_rate":0,"latency_ms":250}`)
	done := make(chan error, 1)
	go func() {
		_, err := tw.send(handset, "late")
		done <- err
	}()
	tw.clock.awaited(t, 250*time.Millisecond, 1)
	tw.clock.Advance(250 * time.Millisecond)
	if err := <-done; err != nil {
		t.Error(err)
	}
	var faults Faults
	if tw.get("/simulator/faults", &faults); faults != (Faults{PushFailureRate: 1, CallFailureRate: 1, LatencyMS: 250}) {
		t.Errorf("faults %+v", faults)
	}
	var table []Scenario
	if tw.get("/simulator/scenarios", &table); len(table) != len(numberScenarios)+len(tokenScenarios)+len(apnsScenarios)+len(webPushScenarios) || table[0].Suffix != "0001" {
		t.Errorf("table of %d rows", len(table))
	}
}

func TestHandsetGuards(t *testing.T) {
	tw := newTwin(t)
	for path, want := range map[string]int{
		"/simulator/messages?to=abc": 400, "/simulator/messages?limit=0": 400, "/simulator/phones/x": 400, "/simulator/stream?number=x": 400,
		"/simulator/calls/CA0": 404, "/simulator/nothing": 404, "/2010-04-01/Accounts/" + testAccount + "/Nothing.json": 404, "/": 404,
	} {
		if status, _, _ := tw.raw("GET", path, "", "", testAccount); status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
	}
	req, err := http.NewRequest("PUT", tw.url+"/simulator/faults", strings.NewReader(`{"latency_ms":1}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://evil.example")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a page of another origin may use the handset: %s", res.Status)
	}
}

func TestCallbackFailures(t *testing.T) {
	var tries int
	came := make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tries++ // one at a time: receipts of one message are in line
		defer func() { came <- struct{}{} }()
		if tries == 1 {
			w.WriteHeader(500)
			return
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	tw := newTwin(t)
	_, answer, _ := tw.form("/Messages.json", url.Values{"To": {handset}, "From": {us}, "Body": {"x"}, "StatusCallback": {server.URL}})
	tw.mu.Lock()
	m := tw.messages.byID[answer["sid"].(string)]
	tw.mu.Unlock()
	for range 3 {
		<-came
	}
	<-tw.out.empty(&m.line) // the last one's answer has been read
	var list []messageJSON
	tw.get("/simulator/messages", &list)
	if got := list[0].Callbacks; tries != 3 || len(got) != 3 || got[0].HTTPStatus != 500 || got[1].HTTPStatus != 307 || got[2].Error == "" {
		t.Errorf("%d tries, %+v", tries, got)
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	before := goleak.IgnoreCurrent()
	tw := newTwin(t)
	hold := make(chan struct{})
	tw.receiver.hold["/callbacks/twilio/d-1"] = hold
	tw.receiver.doc("/voice", `<Response><Gather/></Response>`)
	tw.follow("number=" + url.QueryEscape(handset))
	if _, err := tw.send(handset, "its receipt hangs"); err != nil {
		t.Fatal(err)
	}
	sid := *tw.place("+84901230017", "/voice").Sid
	tw.gathers(sid)
	ringing := *tw.place(handset, "/voice").Sid
	tw.status(ringing, "ringing")
	tw.Close()
	tw.Close()
	close(hold)
	if status, answer, _ := tw.form("/Messages.json", url.Values{"To": {handset}, "From": {us}, "Body": {"x"}}); status != 503 {
		t.Errorf("after Close: %d %v", status, answer)
	}
	http.DefaultClient.CloseIdleConnections()
	// Only the test's own servers and connections may be left: nothing of this package's Simulator.
	if err := goleak.Find(before, goleak.IgnoreAnyFunction("net/http.(*conn).serve"), goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"),
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"), goleak.IgnoreAnyFunction("net/http/httptest.(*Server).goServe.func1"),
		goleak.IgnoreAnyFunction("github.com/visavis/visavis/simulator.(*twin).follow.func1")); err != nil {
		t.Error(err)
	}
}
