package apns_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/apns"
	"github.com/visavis/visavis/channels/channelstest"
	"github.com/visavis/visavis/simulator"
)

// clock is the twin's time.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

func newTwin(t testing.TB, now func() time.Time) (*simulator.Simulator, string) {
	sim := simulator.New(simulator.Config{
		AccountSID: "AC0123456789abcdef0123456789abcdef", AuthToken: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", FCMProjectID: "demo", Now: now,
	})
	server := httptest.NewUnstartedServer(sim.Handler())
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	t.Cleanup(func() { sim.Close(); server.Close() })
	return sim, server.URL
}

func h2c() http.RoundTripper {
	tr := &http.Transport{Protocols: new(http.Protocols)}
	tr.Protocols.SetUnencryptedHTTP2(true)
	return tr
}

func config(sim *simulator.Simulator, endpoint string) apns.Config {
	return apns.Config{KeyPEM: sim.APNsKey(), KeyID: simulator.APNsKeyID, TeamID: simulator.APNsTeamID, Topic: simulator.APNsTopic, Endpoint: endpoint}
}

func sender(t testing.TB, c apns.Config) *apns.Sender {
	s, err := apns.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type push struct {
	PushType     string            `json:"push_type"`
	Data         map[string]any    `json:"data"`
	Notification map[string]string `json:"notification"`
	Priority     string            `json:"priority"`
	TTLSeconds   int               `json:"ttl_seconds"`
	APNS         struct {
		Headers map[string]string
		Payload struct{ APS map[string]any }
	}
}

func pushes(t testing.TB, base, token string) (list []push) {
	res, err := http.Get(base + "/simulator/pushes?token=" + token)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// device is a token of 64 hexadecimal digits with an ending of the twin's table.
func device(ending string) string { return strings.Repeat("ab", 28) + ending }

func tokenOf(address string) string { return strings.Split(address, ":")[1] }

func TestPassesTheSuite(t *testing.T) {
	channelstest.Exercise(t, func(t testing.TB) channelstest.Twin {
		sim, base := newTwin(t, nil)
		var requests atomic.Int64
		c := config(sim, base)
		c.Transport = channelstest.Counting(h2c(), "/3/device/", &requests)
		return channelstest.Twin{
			Sender: sender(t, c), Dead: sender(t, config(sim, "http://127.0.0.1:1")),
			Channel: channels.Push, Requests: &requests,
			Accepts: "sandbox:" + device("00000001"), Refuses: ":" + device("f0000400"), Busy: "production:" + device("f0000429"),
			Hangs: "sandbox:" + device("f0000408"), Gone: "sandbox:" + device("f0000410"), RefusedCode: "BadDeviceToken",
			Received: func(t testing.TB, to string) int { return len(pushes(t, base, tokenOf(to))) },
			Lifetime: func(t testing.TB, to string) time.Duration {
				return time.Duration(pushes(t, base, tokenOf(to))[0].TTLSeconds) * time.Second
			},
			Secrets: []string{device("00000001"), device("f0000400"), device("f0000408"), device("f0000410")},
		}
	})
}

func TestReasons(t *testing.T) {
	sim, base := newTwin(t, nil)
	s := sender(t, config(sim, base))
	before := time.Now().Add(-2 * time.Second)
	for to, want := range map[string]channels.SendError{
		// Who named the environment is gone; where only our setting did, the mistake may be ours.
		"sandbox:" + device("f0000400"): {Outcome: channels.Permanent, Code: "BadDeviceToken", TokenGone: true},
		":" + device("f0000400"):        {Outcome: channels.Permanent, Code: "BadDeviceToken"},
		":" + device("f0000403"):        {Outcome: channels.Busy, Code: "ExpiredProviderToken"},
		":" + device("f0000410"):        {Outcome: channels.Permanent, Code: "Unregistered", TokenGone: true},
		":" + device("f0000429"):        {Outcome: channels.Busy, Code: "TooManyRequests", RetryAfter: time.Second},
		":" + device("f0000430"):        {Outcome: channels.Busy, Code: "TooManyProviderTokenUpdates"},
		":" + device("f0000500"):        {Outcome: channels.Busy, Code: "InternalServerError"},
		":" + device("f0000503"):        {Outcome: channels.Busy, Code: "ServiceUnavailable", RetryAfter: time.Second},
		":nothex":                       {Outcome: channels.Permanent, Code: "BadDeviceToken"},
		"":                              {Outcome: channels.Permanent, Code: "address"},
	} {
		_, err := s.Send(t.Context(), channels.Outgoing{To: to, DeliveryID: uuid.New(), Title: "y", Body: "x", TTL: time.Minute})
		e, ok := err.(*channels.SendError)
		if !ok || e.Outcome != want.Outcome || e.Code != want.Code || e.RetryAfter != want.RetryAfter || e.TokenGone != want.TokenGone {
			t.Errorf("%s: got %+v", to, err)
			continue
		}
		if e.Code == "Unregistered" && (e.GoneAt.Before(before) || e.GoneAt.After(time.Now())) {
			t.Errorf("gone since %s", e.GoneAt)
		}
	}
}

func ring(to, typ string) channels.Outgoing {
	return channels.Outgoing{
		DeliveryID: uuid.New(), Class: channels.Ring, To: to, Title: "Bank", Body: "calls", TTL: 45 * time.Second,
		Data: map[string]string{"type": typ, "call_id": "0198c5b2-0000-7000-8000-000000000007", "expires_at": "2026-11-22T05:00:45Z",
			"sent_at": "2026-11-22T05:00:00Z", "message_id": uuid.NewString()},
	}
}

func TestARingIsAVoIPPushThatIsWorthNothingLater(t *testing.T) {
	sim, base := newTwin(t, nil)
	s := sender(t, config(sim, base))
	alert, voip := device("00000001"), device("00000002")
	if _, err := s.Send(t.Context(), ring("sandbox:"+alert+":"+voip, "call_ringing")); err != nil {
		t.Fatal(err)
	}
	if n := len(pushes(t, base, alert)); n != 0 {
		t.Errorf("the alert token got %d pushes", n)
	}
	p := pushes(t, base, voip)[0]
	if p.PushType != "voip" || p.Priority != "high" || p.APNS.Headers["apns-topic"] != simulator.APNsTopic+".voip" ||
		p.APNS.Headers["apns-expiration"] != "0" || p.APNS.Headers["apns-priority"] != "10" || p.APNS.Headers["apns-collapse-id"] != "" {
		t.Errorf("headers: %+v", p)
	}
	if p.Data["call_id"] == nil || p.Data["expires_at"] == nil || p.Data["sent_at"] == nil || p.Data["title"] != "Bank" || len(p.APNS.Payload.APS) != 0 {
		t.Errorf("payload: %+v", p.Data)
	}

	// The end is told by the other token, and shows nothing.
	if _, err := s.Send(t.Context(), ring("sandbox:"+alert+":"+voip, "call_cancelled")); err != nil {
		t.Fatal(err)
	}
	if n := len(pushes(t, base, voip)); n != 1 {
		t.Errorf("%d VoIP pushes, want the one that rang", n)
	}
	p = pushes(t, base, alert)[0]
	if p.PushType != "background" || p.Priority != "normal" || p.Notification != nil || p.APNS.Payload.APS["content-available"] != 1.0 || p.Data["type"] != "call_cancelled" {
		t.Errorf("the end: %+v", p)
	}
}

func TestARingWithoutAVoIPTokenIsATimeSensitiveAlert(t *testing.T) {
	sim, base := newTwin(t, nil)
	s := sender(t, config(sim, base))
	if _, err := s.Send(t.Context(), ring("sandbox:"+device("00000001"), "call_ringing")); err != nil {
		t.Fatal(err)
	}
	p := pushes(t, base, device("00000001"))[0]
	if p.PushType != "alert" || p.APNS.Payload.APS["interruption-level"] != "time-sensitive" || p.Notification["body"] != "calls" ||
		p.APNS.Headers["apns-expiration"] != "0" || p.APNS.Headers["apns-collapse-id"] != "0198c5b2-0000-7000-8000-000000000007" {
		t.Errorf("got %+v", p)
	}
}

func TestAPayloadThatIsTooLongIsNotSent(t *testing.T) {
	sim, base := newTwin(t, nil)
	s := sender(t, config(sim, base))
	out := ring("sandbox:"+device("00000001")+":"+device("00000002"), "call_ringing")
	out.Body = strings.Repeat("x", 4600) // fits a VoIP push, not an alert
	if _, err := s.Send(t.Context(), out); err != nil {
		t.Errorf("a VoIP push of less than 5 KB: %v", err)
	}
	out.Class = channels.Notice
	if e, ok := errorOf(s.Send(t.Context(), out)); !ok || e.Code != "PayloadTooLarge" || e.Outcome != channels.Permanent {
		t.Errorf("an alert of more than 4 KB: %+v", e)
	}
	out.Class, out.Body = channels.Ring, strings.Repeat("x", 5200)
	if e, ok := errorOf(s.Send(t.Context(), out)); !ok || e.Code != "PayloadTooLarge" {
		t.Errorf("a VoIP push of more than 5 KB: %+v", e)
	}
}

func errorOf(_ string, err error) (*channels.SendError, bool) {
	e, ok := err.(*channels.SendError)
	return e, ok
}

// The provider token is kept while Apple takes it, and made anew once Apple
// says that it is too old, but never within 20 minutes.
func TestTheProviderTokenIsRenewed(t *testing.T) {
	twins, ours := &clock{at: time.Now()}, &clock{at: time.Now()}
	sim, base := newTwin(t, twins.now)
	var seen []string
	c := config(sim, base)
	c.Now = ours.now
	next := h2c()
	c.Transport = transport(func(r *http.Request) (*http.Response, error) {
		seen = append(seen, r.Header.Get("authorization"))
		return next.RoundTrip(r)
	})
	s := sender(t, c)
	out := ring("sandbox:"+device("00000001"), "call_ringing")
	send := func() string {
		if e, ok := errorOf(s.Send(t.Context(), out)); ok {
			return e.Code
		}
		return ""
	}
	if got := send() + send(); got != "" || seen[0] != seen[1] {
		t.Fatalf("the token is not kept: %s", got)
	}
	twins.set(twins.now().Add(61 * time.Minute)) // Apple's clock is ahead
	if got := send() + send(); got != "ExpiredProviderTokenExpiredProviderToken" || seen[3] != seen[0] {
		t.Fatalf("within 20 minutes of making it: %q, and a new token: %t", got, seen[3] != seen[0])
	}
	ours.set(ours.now().Add(21 * time.Minute))
	send() // notices
	twins.set(time.Now())
	if got := send(); got != "" || seen[len(seen)-1] == seen[0] {
		t.Errorf("after 20 minutes: %q, and the old token: %t", got, seen[len(seen)-1] == seen[0])
	}
}

type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestSettingsAreChecked(t *testing.T) {
	sim, base := newTwin(t, nil)
	for name, spoil := range map[string]func(*apns.Config){
		"key": func(c *apns.Config) {
			c.KeyPEM = []byte("-----BEGIN PRIVATE KEY-----\nsecretsecret\n-----END PRIVATE KEY-----")
		},
		"key id":      func(c *apns.Config) { c.KeyID = "short" },
		"team id":     func(c *apns.Config) { c.TeamID = "" },
		"topic":       func(c *apns.Config) { c.Topic += ".voip" },
		"environment": func(c *apns.Config) { c.Environment = "development" },
	} {
		c := config(sim, base)
		spoil(&c)
		if _, err := apns.New(c); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "secretsecret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
