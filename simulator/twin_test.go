package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twilio/twilio-go"
	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

const (
	testAccount = "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	testToken   = "0123456789abcdef0123456789abcdef"
	testProject = "visavis-test"
	us          = "+15005550006"
	handset     = "+84901234567"
	patience    = 90 * time.Second // how long a test waits for a signal before it fails
)

// twin is a simulator on a listener, with a receiver for its webhooks.
type twin struct {
	*Simulator
	t        *testing.T
	url      string
	receiver *receiver
	clock    *clock
	rest     *twilio.RestClient
}

func newTwin(t *testing.T, change ...func(*Config)) *twin {
	t.Helper()
	tw := &twin{t: t, receiver: newReceiver(t), clock: newClock()}
	cfg := Config{AccountSID: testAccount, AuthToken: testToken, FCMProjectID: testProject, Now: tw.clock.Now, After: tw.clock.After}
	for _, c := range change {
		c(&cfg)
	}
	tw.Simulator = New(cfg)
	server := httptest.NewServer(tw.Handler())
	tw.url = server.URL
	t.Cleanup(func() {
		tw.Close()
		server.Close()
	})
	tw.rest = sdk(t, server.URL, testAccount, testToken)
	return tw
}

// sdk is the real twilio-go, its host rewritten on the way out, as the gateway does it.
func sdk(t *testing.T, base, account, token string) *twilio.RestClient {
	t.Helper()
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := &client.Client{
		Credentials: client.NewCredentials(account, token),
		HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			r.URL.Scheme, r.URL.Host, r.Host = target.Scheme, target.Host, ""
			return transport.RoundTrip(r)
		})},
	}
	c.SetAccountSid(account)
	return twilio.NewRestClientWithParams(twilio.ClientParams{Client: c})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (tw *twin) send(to, body string) (*api.ApiV2010Message, error) {
	params := &api.CreateMessageParams{}
	params.SetTo(to).SetFrom(us).SetBody(body).SetStatusCallback(tw.receiver.url + "/callbacks/twilio/d-1")
	return tw.rest.Api.CreateMessage(params)
}

// place makes a call whose first document is at path of the receiver.
func (tw *twin) place(to, path string) *api.ApiV2010Call {
	tw.t.Helper()
	params := &api.CreateCallParams{}
	params.SetTo(to).SetFrom(us).SetUrl(tw.receiver.url + path).SetStatusCallback(tw.receiver.url + "/status").
		SetStatusCallbackEvent([]string{"initiated", "ringing", "answered", "completed"})
	c, err := tw.rest.Api.CreateCall(params)
	if err != nil {
		tw.t.Fatal(err)
	}
	return c
}

// raw is one request to the twin with the account's credentials (none with account "").
func (tw *twin) raw(method, path, contentType, body, account string) (int, map[string]any, http.Header) {
	tw.t.Helper()
	req, err := http.NewRequest(method, tw.url+path, strings.NewReader(body))
	if err != nil {
		tw.t.Fatal(err)
	}
	if account != "" {
		req.SetBasicAuth(account, testToken)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tw.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		tw.t.Fatal(err)
	}
	var answer map[string]any
	if len(text) > 0 && text[0] == '{' {
		if err := json.Unmarshal(text, &answer); err != nil {
			tw.t.Fatalf("answer %q: %v", text, err)
		}
	}
	return res.StatusCode, answer, res.Header
}

func (tw *twin) form(path string, fields url.Values) (int, map[string]any, http.Header) {
	tw.t.Helper()
	return tw.raw("POST", "/2010-04-01/Accounts/"+testAccount+path, "application/x-www-form-urlencoded", fields.Encode(), testAccount)
}

// get reads JSON of the handset API.
func (tw *twin) get(path string, into any) {
	tw.t.Helper()
	res, err := http.Get(tw.url + path)
	if err != nil {
		tw.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		tw.t.Fatalf("GET %s: %s", path, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(into); err != nil {
		tw.t.Fatal(err)
	}
}

// press posts to a live call.
func (tw *twin) press(sid, key, body string) int {
	tw.t.Helper()
	status, _, _ := tw.raw("POST", "/simulator/calls/"+sid+"/"+key, "application/json", body, "")
	return status
}

// seen waits until cond holds for the call, told by the twin's own stream.
func (tw *twin) seen(sid string, what string, cond func(callJSON) bool) callJSON {
	tw.t.Helper()
	sub := &subscription{events: make(chan sentEvent, 4096)}
	tw.mu.Lock()
	tw.subscriptions[sub] = true
	view := viewCall(tw.calls.byID[sid])
	tw.mu.Unlock()
	defer func() {
		tw.mu.Lock()
		delete(tw.subscriptions, sub)
		tw.mu.Unlock()
	}()
	deadline := time.After(patience)
	for !cond(view) {
		select {
		case e := <-sub.events:
			if v, ok := e.data.(callJSON); ok && v.SID == sid {
				view = v
			}
		case <-deadline:
			tw.t.Fatalf("call never became: %s; it is %+v", what, view)
		}
	}
	return view
}

func (tw *twin) status(sid, status string) callJSON {
	tw.t.Helper()
	return tw.seen(sid, status, func(c callJSON) bool { return c.Status == status })
}

func (tw *twin) gathers(sid string) callJSON {
	tw.t.Helper()
	return tw.seen(sid, "gathering", func(c callJSON) bool { return c.Gathering != nil })
}

// hook is one webhook that the twin has sent; its signature has been verified by twilio-go.
type hook struct {
	path, method string
	form         url.Values
	header       http.Header
}

// receiver is a bank's server: it verifies each signature, answers documents by path and keeps what came.
type receiver struct {
	t     *testing.T
	url   string
	hooks chan hook
	mu    sync.Mutex
	docs  map[string]string // TwiML by path
	hold  map[string]chan struct{}
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{t: t, hooks: make(chan hook, 1000), docs: map[string]string{}, hold: map[string]chan struct{}{}}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

func (rc *receiver) doc(path, twiml string) {
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.docs[path] = twiml
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // cut by the twin
	}
	validator := client.NewRequestValidator(testToken)
	full := rc.url + r.URL.RequestURI()
	var genuine bool
	h := hook{path: r.URL.Path, method: r.Method, header: r.Header, form: r.URL.Query()}
	if r.Method == http.MethodPost {
		genuine = validator.ValidateBody(full, body, r.Header.Get("X-Twilio-Signature"))
		if h.form, err = url.ParseQuery(string(body)); err != nil {
			rc.t.Errorf("webhook body: %v", err)
		}
	} else {
		genuine = validator.Validate(full, nil, r.Header.Get("X-Twilio-Signature"))
	}
	if !genuine {
		rc.t.Errorf("twilio-go refuses the signature of %s %s", r.Method, r.URL.Path)
	}
	rc.mu.Lock()
	doc, ok := rc.docs[r.URL.Path]
	hold := rc.hold[r.URL.Path]
	rc.mu.Unlock()
	if hold != nil {
		<-hold
	}
	rc.hooks <- h
	switch {
	case strings.HasSuffix(r.URL.Path, ".mp3"):
		w.Header().Set("Content-Type", "audio/mpeg")
		w.Write([]byte("ID3"))
	case ok:
		w.Header().Set("Content-Type", "application/xml")
		io.WriteString(w, doc)
	case strings.HasPrefix(r.URL.Path, "/status"), strings.HasPrefix(r.URL.Path, "/callbacks"), strings.HasPrefix(r.URL.Path, "/inbound"):
		w.WriteHeader(http.StatusNoContent)
	default:
		http.NotFound(w, r)
	}
}

func (rc *receiver) next() hook {
	rc.t.Helper()
	select {
	case h := <-rc.hooks:
		return h
	case <-time.After(patience):
		rc.t.Fatal("no webhook came")
		return hook{}
	}
}

// nextOn skips to the next webhook on path.
func (rc *receiver) nextOn(path string) hook {
	rc.t.Helper()
	for {
		if h := rc.next(); h.path == path {
			return h
		}
	}
}

// statuses reads n webhooks and gives the named field of each.
func (rc *receiver) statuses(n int, field string) []string {
	rc.t.Helper()
	var got []string
	for range n {
		got = append(got, rc.next().form.Get(field))
	}
	return got
}

// clock is time that passes only by Advance.
type clock struct {
	mu      sync.Mutex
	now     time.Time
	waiting map[chan time.Time]time.Time
	asked   *sync.Cond
	lasts   map[time.Duration]int // how often each duration was asked for
}

func newClock() *clock {
	c := &clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), waiting: map[chan time.Time]time.Time{}, lasts: map[time.Duration]int{}}
	c.asked = sync.NewCond(&c.mu)
	return c
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) After(d time.Duration) <-chan time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	ch := make(chan time.Time, 1)
	if d <= 0 {
		ch <- c.now
		return ch
	}
	c.waiting[ch] = c.now.Add(d)
	c.lasts[d]++
	c.asked.Broadcast()
	return ch
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	for ch, at := range c.waiting {
		if !at.After(c.now) {
			ch <- c.now
			delete(c.waiting, ch)
		}
	}
}

// awaited blocks until someone waits for d, for the nth time.
func (c *clock) awaited(t *testing.T, d time.Duration, nth int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.asked.Broadcast()
	})
	defer stop()
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.lasts[d] < nth {
		if ctx.Err() != nil {
			t.Fatalf("nobody waits for %v", d)
		}
		c.asked.Wait()
	}
}

func mustJSON(t *testing.T, value any) string {
	t.Helper()
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		t.Fatal(err)
	}
	return buffer.String()
}
