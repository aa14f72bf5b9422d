package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/calls/media/mediatest"
	"github.com/visavis/visavis/postgres/testdb"
)

// product is a running gateway with its demo bank, driven from outside.
type product struct {
	*testing.T
	base  string
	dir   string
	info  demoInfo
	env   []string
	url   string         // of its database
	stop  func()         // ends it and waits
	fails *regexp.Regexp // lines of the log with errors that the test makes

	carriers string // base URL of a simulator outside of it; empty: its own
}

// patience is how long a test waits for what the gateway does by itself: far more
// than any of it takes, for a machine that is busy with other things. What takes how
// long is logged, or measured by a benchmark.
const patience = 4 * time.Minute

// ports are below those that the system gives to who connects: a gateway that is
// started again finds its own free.
var ports struct {
	sync.Mutex
	given map[int]bool
}

// freePort returns a loopback port that nobody listens on, and that no other test
// of this process was given.
func freePort(t testing.TB) string {
	t.Helper()
	ports.Lock()
	defer ports.Unlock()
	for range 1000 {
		port := 10_000 + rand.IntN(20_000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil || ports.given[port] {
			continue
		}
		if ports.given == nil {
			ports.given = map[int]bool{}
		}
		ports.given[port] = true
		l.Close()
		return l.Addr().String()
	}
	t.Fatal("no port is free")
	return ""
}

// start runs `visavis demo` in this process on a database of its own.
func start(t *testing.T) *product {
	t.Helper()
	addr := freePort(t)
	p := &product{T: t, base: "http://" + addr, dir: t.TempDir(), url: testdb.EmptyURL(t)}
	p.env = []string{
		"VISAVIS_ADDR=" + addr, "VISAVIS_DATA_DIR=" + p.dir, "VISAVIS_MEDIA_ADDR=127.0.0.1:0",
		"VISAVIS_DATABASE_URL=" + p.url}
	return p.run()
}

// again starts a gateway that was stopped once more.
func (p *product) again() *product {
	p.Helper()
	return (&product{T: p.T, base: p.base, dir: p.dir, url: p.url, env: p.env}).run()
}

func (p *product) run() *product {
	t := p.T
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	var log lockedBuffer
	go func() { done <- run(ctx, []string{"demo"}, p.env, io.Discard, &log) }()
	var once sync.Once
	p.stop = func() {
		once.Do(func() {
			cancel()
			select {
			case err := <-done:
				if err != nil {
					t.Errorf("the gateway ended with %v", err)
				}
			case <-time.After(patience):
				t.Error("the gateway did not stop")
			}
			p.checkLog(log.String())
		})
	}
	t.Cleanup(p.stop)
	p.waitReady(done)
	return p
}

// waitReady waits for /readyz and reads demo.json.
func (p *product) waitReady(done <-chan error) {
	p.Helper()
	for deadline := time.Now().Add(patience); ; {
		res, err := http.Get(p.base + "/readyz")
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				break
			}
		}
		select {
		case err := <-done:
			p.Fatalf("the gateway did not start: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			p.Fatalf("the gateway is not ready after %s", patience)
		}
	}
	content, err := os.ReadFile(filepath.Join(p.dir, demoFile))
	p.ok(err)
	p.ok(json.Unmarshal(content, &p.info))
}

// checkLog looks for what must never be in a log: codes, tokens, full numbers.
func (p *product) checkLog(log string) {
	p.Helper()
	for _, bad := range []*regexp.Regexp{
		regexp.MustCompile(`\+84\d{9}`), regexp.MustCompile(`/visit/[A-Za-z0-9_-]{43}`), regexp.MustCompile(`vk_[A-Za-z0-9_-]{43}`),
		regexp.MustCompile(`level=ERROR`)} {
		if p.fails != nil && bad.String() == `level=ERROR` {
			log = p.fails.ReplaceAllString(log, "")
		}
		if found := bad.FindString(log); found != "" {
			i := strings.Index(log, found)
			p.Errorf("the log has %q: …%s", bad, log[max(0, i-200):min(len(log), i+300)])
		}
	}
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func (p *product) ok(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// bringForward makes what is due about an object due now: tests do not wait for
// the clock. Reminders keep their order. On a machine that is slow enough it has come
// due by itself: then nothing is left to be done.
func (p *product) bringForward(objectID, kind string) {
	p.Helper()
	conn, err := pgx.Connect(context.Background(), p.url)
	p.ok(err)
	defer conn.Close(context.Background())
	tag, err := conn.Exec(context.Background(), `update due_times set due_at = now() where object_id = $1 and kind = $2`, objectID, kind)
	p.ok(err)
	if tag.RowsAffected() == 0 {
		p.Logf("nothing of kind %s is due about %s any more", kind, objectID)
	}
}

// client is one caller of the API: a bank by its key, or a browser by cookies.
type client struct {
	p      *product
	name   string
	http   *http.Client
	bearer string
}

func (p *product) browser(name string) *client {
	jar, err := cookiejar.New(nil)
	p.ok(err)
	return &client{p: p, name: name, http: &http.Client{Jar: jar, Timeout: patience}}
}

func (p *product) bankClient() *client {
	return &client{p: p, name: "bank", http: &http.Client{Timeout: patience}, bearer: p.info.APIKey}
}

func (p *product) signIn(agent demoAgent) *client {
	c := p.browser(agent.Name)
	c.call("POST", "/v1/session", object{"email": agent.Email, "password": agent.Password}, 200)
	return c
}

type object = map[string]any

// answer is a JSON object that came back; get walks into it.
type answer struct {
	p    *product
	body any
	raw  []byte
}

func (a answer) get(path string) any {
	a.p.Helper()
	v := a.body
	for _, key := range strings.Split(path, ".") {
		switch at := v.(type) {
		case map[string]any:
			v = at[key]
		case []any:
			var i int
			if _, err := fmt.Sscan(key, &i); err != nil || i >= len(at) {
				return nil
			}
			v = at[i]
		default:
			return nil
		}
	}
	return v
}

func (a answer) str(path string) string {
	a.p.Helper()
	s, ok := a.get(path).(string)
	if !ok {
		a.p.Fatalf("%s is %v in %s", path, a.get(path), a.raw)
	}
	return s
}

func (a answer) list(path string) []answer {
	a.p.Helper()
	items, _ := a.get(path).([]any)
	out := make([]answer, len(items))
	for i, item := range items {
		raw, _ := json.Marshal(item)
		out[i] = answer{a.p, item, raw}
	}
	return out
}

// call makes a request and wants the status.
func (c *client) call(method, path string, body any, status int) answer {
	c.p.Helper()
	got, a := c.try(method, path, body, nil)
	if got != status {
		c.p.Fatalf("%s: %s %s answered %d, want %d: %s", c.name, method, path, got, status, a.raw)
	}
	return a
}

func (c *client) try(method, path string, body any, header map[string]string) (int, answer) {
	c.p.Helper()
	var payload io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		c.p.ok(err)
		payload = bytes.NewReader(raw)
	}
	req, err := http.NewRequest(method, c.p.base+path, payload)
	c.p.ok(err)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("X-Visavis-Request", "1")
	if c.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+c.bearer)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return 0, answer{p: c.p, raw: []byte(err.Error())}
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	c.p.ok(err)
	a := answer{p: c.p, raw: raw}
	if len(raw) > 0 && strings.Contains(res.Header.Get("Content-Type"), "json") {
		c.p.ok(json.Unmarshal(raw, &a.body))
	}
	return res.StatusCode, a
}

// within tries again until done says so: something that the gateway does by
// itself, seen from outside.
func (p *product) within(d time.Duration, what string, done func() bool) {
	p.Helper()
	for deadline := time.Now().Add(d); !done(); {
		if time.Now().After(deadline) {
			p.Fatalf("still waiting after %s for %s", d, what)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// sms returns what has arrived at a number, newest first.
func (p *product) sms(number string) []string {
	p.Helper()
	var bodies []string
	for _, m := range p.simulated("messages", "to", number) {
		bodies = append(bodies, m.str("body"))
	}
	return bodies
}

func (p *product) simulated(what, key, value string) []answer {
	p.Helper()
	c := p.browser("script")
	if p.carriers != "" {
		outside := *p
		outside.base = p.carriers
		c.p = &outside
	}
	status, a := c.try("GET", "/simulator/"+what+"?"+key+"="+url.QueryEscape(value), nil, nil)
	if status != 200 {
		p.Fatalf("simulator answered %d: %s", status, a.raw)
	}
	return answer{p, object{"items": a.body}, a.raw}.list("items")
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// codeAfter waits for an SMS with a code beyond the first `seen` messages.
func (p *product) codeAfter(number string, seen int) string {
	p.Helper()
	var code string
	p.within(patience, "the code by SMS", func() bool {
		all := p.sms(number)
		for _, body := range all[:max(0, len(all)-seen)] {
			if code = sixDigits.FindString(body); code != "" {
				return true
			}
		}
		return false
	})
	return code
}

// story is one customer on the way to an identification.
type story struct {
	*product
	bank, page     *client // the bank's program; the customer's browser
	phone          string
	customer, idn  string
	token, booking string
}

// begin: the bank creates customer and case, the customer proves the number,
// gives the consents, chooses the document, fills in the form and confirms it.
func (p *product) begin(phone string) *story {
	p.Helper()
	s := &story{product: p, bank: p.bankClient(), page: p.browser("customer"), phone: phone}
	s.customer = s.bank.call("POST", "/v1/customers", object{
		"name": "Nguyễn Thị Lan", "phone": phone, "locale": "vi", "time_zone": "Asia/Ho_Chi_Minh", "reference": "crm-" + phone}, 201).str("id")
	created := s.bank.call("POST", "/v1/identifications", object{"customer_id": s.customer, "scenario": "open-account"}, 201)
	s.idn = created.str("identification.id")
	link := created.str("link.url")
	s.token = link[strings.LastIndex(link, "/")+1:]
	s.page.call("POST", "/v1/visit/session", object{"token": s.token}, 200)
	seen := len(p.sms(phone))
	s.page.call("POST", "/v1/visit/code", nil, 200)
	if a := s.page.call("POST", "/v1/visit/code/check", object{"code": p.codeAfter(phone, seen)}, 200); a.get("result.approved") != true {
		p.Fatalf("the code was refused: %s", a.raw)
	}
	visit := s.page.call("GET", "/v1/visit", nil, 200)
	var decisions []object
	for _, c := range visit.list("consents") {
		decisions = append(decisions, object{"key": c.get("key"), "version": c.get("version"), "accepted": true})
	}
	s.page.call("POST", "/v1/visit/consents", object{"decisions": decisions}, 200)
	s.page.call("PUT", "/v1/visit/document", object{"document_type": "passport"}, 200)
	version := s.page.call("POST", "/v1/visit/form", object{"data": object{
		"full_name": "Nguyễn Thị Lan", "date_of_birth": "1990-05-17", "address": "12 Hàng Bài, Hà Nội",
		"document_number": "C1234567", "account_purpose": "salary", "politically_exposed": false}}, 200).get("form.version")
	s.page.call("POST", "/v1/visit/form/confirm", object{"version": version}, 200)
	return s
}

// book takes a slot that neither its notice (1 minute) nor a reminder (an hour and 10
// minutes before) can come between while the test runs.
func (s *story) book() time.Time {
	s.Helper()
	from := url.QueryEscape(time.Now().Add(40 * time.Minute).UTC().Format(time.RFC3339))
	slot := s.page.call("GET", "/v1/slots?limit=1&from="+from, nil, 200).str("items.0.start")
	s.booking = s.page.call("POST", "/v1/bookings", object{"start": slot}, 201).str("id")
	at, err := time.Parse(time.RFC3339, slot)
	s.ok(err)
	return at
}

// seat is one side of a call: its socket and its peer.
type seat struct {
	conn *websocket.Conn
	peer *mediatest.Peer

	mu     sync.Mutex
	states []object // every message from the server
	closed error
}

// join connects a side to a call and waits for the answer to its offer.
func (c *client) join(callID string, clip mediatest.Clip) *seat {
	c.p.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	header := http.Header{"Origin": {c.p.base}}
	if c.bearer != "" {
		header.Set("Authorization", "Bearer "+c.bearer)
	}
	conn, _, err := websocket.Dial(ctx, strings.Replace(c.p.base, "http", "ws", 1)+"/v1/calls/"+callID+"/socket",
		&websocket.DialOptions{HTTPClient: &http.Client{Jar: c.http.Jar}, HTTPHeader: header})
	c.p.ok(err)
	conn.SetReadLimit(1 << 20)
	peer, err := mediatest.NewPeer(clip)
	c.p.ok(err)
	k := &seat{conn: conn, peer: peer}
	c.p.Cleanup(k.leave)
	answered := make(chan string, 1)
	go func() {
		for {
			_, data, err := conn.Read(context.Background())
			if err != nil {
				k.mu.Lock()
				k.closed = err
				k.mu.Unlock()
				return
			}
			var m object
			_ = json.Unmarshal(data, &m)
			k.mu.Lock()
			k.states = append(k.states, m)
			k.mu.Unlock()
			if m["type"] == "answer" {
				answered <- m["sdp"].(string)
			}
		}
	}()
	offer, err := peer.Offer()
	c.p.ok(err)
	k.send(c.p, object{"type": "join", "sdp": offer})
	select {
	case sdp := <-answered:
		c.p.ok(peer.Answered(sdp))
	case <-ctx.Done():
		c.p.Fatalf("%s: no answer to the offer; the server said %v", c.name, k.heard())
	}
	return k
}

func (k *seat) send(p *product, m object) {
	p.Helper()
	data, err := json.Marshal(m)
	p.ok(err)
	p.ok(k.conn.Write(context.Background(), websocket.MessageText, data))
}

func (k *seat) heard() []object {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]object(nil), k.states...)
}

// said reports whether a message with these fields has come.
func (k *seat) said(want object) bool {
	for _, m := range k.heard() {
		same := true
		for key, v := range want {
			same = same && m[key] == v
		}
		if same {
			return true
		}
	}
	return false
}

func (k *seat) leave() {
	k.peer.Close()
	_ = k.conn.Close(websocket.StatusNormalClosure, "")
}
