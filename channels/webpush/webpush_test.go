package webpush_test

import (
	"context"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/channelstest"
	"github.com/visavis/visavis/channels/webpush"
	"github.com/visavis/visavis/simulator"
)

const number = "+84901234567"

func newTwin(t testing.TB) string {
	sim := simulator.New(simulator.Config{
		AccountSID: "AC0123456789abcdef0123456789abcdef", AuthToken: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", FCMProjectID: "demo",
	})
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() { sim.Close(); server.Close() })
	return server.URL
}

func newKey(t testing.TB) string {
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(key.Bytes())
}

func sender(t testing.TB, c webpush.Config) *webpush.Sender {
	if c.Subject == "" {
		c.Subject = "mailto:operator@bank.example"
	}
	if c.PrivateKey == "" {
		c.PrivateKey = newKey(t)
	}
	s, err := webpush.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func twin(base string) webpush.Twin { return webpush.Twin{Origin: simulator.WebPushOrigin, URL: base} }

// address is the browser's of number, with an ending of the twin's table.
func address(ending string) string {
	sub := simulator.Subscription(number)
	return sub.P256dh + " " + sub.Auth + " " + sub.Endpoint + ending
}

type push struct {
	Data       map[string]string `json:"data"`
	Priority   string            `json:"priority"`
	TTLSeconds int               `json:"ttl_seconds"`
	Webpush    map[string]string `json:"webpush"`
}

func pushes(t testing.TB, base, to string) (list []push) {
	res, err := http.Get(base + "/simulator/pushes?token=" + url.QueryEscape(to[strings.LastIndex(to, "/")+1:]))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// counting counts what reaches the twin's path; the Sender's own transport does
// the rest.
func counting(next http.Handler, n *atomic.Int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/webpush/") {
			n.Add(1)
		}
		next.ServeHTTP(w, r)
	})
}

func TestPassesTheSuite(t *testing.T) {
	channelstest.Exercise(t, func(t testing.TB) channelstest.Twin {
		var requests atomic.Int64
		sim := simulator.New(simulator.Config{
			AccountSID: "AC0123456789abcdef0123456789abcdef", AuthToken: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", FCMProjectID: "demo",
		})
		server := httptest.NewServer(counting(sim.Handler(), &requests))
		t.Cleanup(func() { sim.Close(); server.Close() })
		sub := simulator.Subscription(number)
		return channelstest.Twin{
			Sender: sender(t, webpush.Config{Twin: twin(server.URL)}), Dead: sender(t, webpush.Config{Twin: twin("http://127.0.0.1:1")}),
			Channel: channels.Push, Requests: &requests,
			Accepts: address(""), Refuses: address("-forbidden"), Busy: address("-quota"), Hangs: address("-timeout"), Gone: address("-gone"),
			RefusedCode: "HTTP_403",
			Received:    func(t testing.TB, to string) int { return len(pushes(t, server.URL, to)) },
			Lifetime: func(t testing.TB, to string) time.Duration {
				return time.Duration(pushes(t, server.URL, to)[0].TTLSeconds) * time.Second
			},
			Secrets: []string{sub.Endpoint, sub.Auth, sub.P256dh},
		}
	})
}

func TestAnswers(t *testing.T) {
	base := newTwin(t)
	s := sender(t, webpush.Config{Twin: twin(base)})
	for ending, want := range map[string]channels.SendError{
		"-gone":        {Outcome: channels.Permanent, Code: "HTTP_410", TokenGone: true},
		"-unknown":     {Outcome: channels.Permanent, Code: "HTTP_404", TokenGone: true},
		"-toolarge":    {Outcome: channels.Permanent, Code: "HTTP_413"},
		"-forbidden":   {Outcome: channels.Permanent, Code: "HTTP_403"},
		"-quota":       {Outcome: channels.Busy, Code: "HTTP_429", RetryAfter: time.Second},
		"-unavailable": {Outcome: channels.Busy, Code: "HTTP_503", RetryAfter: time.Second},
		"-internal":    {Outcome: channels.Busy, Code: "HTTP_500"},
	} {
		_, err := s.Send(t.Context(), channels.Outgoing{To: address(ending), DeliveryID: uuid.New(), Title: "y", Body: "x", TTL: time.Minute})
		e, ok := err.(*channels.SendError)
		if !ok || e.Outcome != want.Outcome || e.Code != want.Code || e.RetryAfter != want.RetryAfter || e.TokenGone != want.TokenGone {
			t.Errorf("%s: got %+v", ending, err)
		}
	}
}

func TestARingIsUrgentAndItsEndReplacesIt(t *testing.T) {
	base := newTwin(t)
	s := sender(t, webpush.Config{Twin: twin(base)})
	call := uuid.New()
	out := channels.Outgoing{
		DeliveryID: uuid.New(), Class: channels.Ring, To: address(""), Title: "Ngân hàng", Body: "đang gọi", TTL: 45 * time.Second, Locale: "vi",
		Data: map[string]string{"type": "call_ringing", "call_id": call.String(), "message_id": uuid.NewString()},
	}
	if _, err := s.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	out.Class, out.Data = channels.Notice, map[string]string{"type": "text", "message_id": uuid.NewString()}
	if _, err := s.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	all := pushes(t, base, address(""))
	notice, ring := all[0], all[1]
	if ring.Priority != "high" || ring.TTLSeconds != 45 || ring.Webpush["topic"] != strings.ReplaceAll(call.String(), "-", "") ||
		ring.Data["title"] != "Ngân hàng" || ring.Data["call_id"] != call.String() || ring.Data["locale"] != "vi" {
		t.Errorf("ring: %+v", ring)
	}
	if notice.Priority != "normal" || notice.Webpush["urgency"] != "low" || len(notice.Webpush["topic"]) != 32 {
		t.Errorf("notice: %+v", notice)
	}
}

// A browser that subscribed with another key refuses ours.
func TestASubscriptionIsBoundToItsKey(t *testing.T) {
	base := newTwin(t)
	out := channels.Outgoing{To: address(""), DeliveryID: uuid.New(), Title: "y", Body: "x", TTL: time.Minute}
	if _, err := sender(t, webpush.Config{Twin: twin(base)}).Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	_, err := sender(t, webpush.Config{Twin: twin(base)}).Send(t.Context(), out)
	if e, ok := err.(*channels.SendError); !ok || e.Code != "HTTP_403" {
		t.Errorf("got %v", err)
	}
}

// An endpoint is what a stranger's browser said: nothing of ours may be reached
// by it, by address or by name, and no redirect is followed.
func TestOnlyPublicAddressesAreDialled(t *testing.T) {
	var reached atomic.Int64
	inside := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer inside.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(inside.URL, "https://"), ":")
	s := sender(t, webpush.Config{})
	sub := simulator.Subscription(number)
	for _, endpoint := range []string{
		inside.URL, "https://localhost:" + port, "https://[::1]:" + port, "https://[::ffff:127.0.0.1]:" + port, "https://10.0.0.1/x",
		"https://169.254.169.254/latest/meta-data", "https://0.0.0.0:" + port,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		_, err := s.Send(ctx, channels.Outgoing{To: sub.P256dh + " " + sub.Auth + " " + endpoint, DeliveryID: uuid.New(), TTL: time.Minute})
		cancel()
		if e, ok := err.(*channels.SendError); !ok || e.Outcome != channels.Permanent || e.Code != "address" {
			t.Errorf("%s: got %v", endpoint, err)
		}
	}
	if reached.Load() != 0 {
		t.Errorf("a server on loopback was reached %d times", reached.Load())
	}
	for _, to := range []string{"", "a b http://push.example/x", sub.P256dh + " " + sub.Auth, "bad! " + sub.Auth + " https://push.example/x"} {
		if e, ok := sendErr(s, to); !ok || e.Outcome != channels.Permanent {
			t.Errorf("%q: got %v", to, e)
		}
	}
}

func sendErr(s *webpush.Sender, to string) (*channels.SendError, bool) {
	_, err := s.Send(context.Background(), channels.Outgoing{To: to, DeliveryID: uuid.New(), TTL: time.Minute})
	e, ok := err.(*channels.SendError)
	return e, ok
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var followed atomic.Int64
	away := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Add(1) }))
	defer away.Close()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, away.URL, http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	e, ok := sendErr(sender(t, webpush.Config{Twin: twin(server.URL)}), address(""))
	if !ok || e.Code != "HTTP_307" || e.Outcome != channels.Permanent || followed.Load() != 0 {
		t.Errorf("got %v; followed %d times", e, followed.Load())
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for name, c := range map[string]webpush.Config{
		"not base64url": {PrivateKey: "!!", Subject: "mailto:a@b.example"},
		"P-256":         {PrivateKey: "c2VjcmV0", Subject: "mailto:a@b.example"},
		"subject":       {PrivateKey: newKey(t), Subject: "operator"},
	} {
		if _, err := webpush.New(c); err == nil || !strings.Contains(err.Error(), name) || strings.Contains(err.Error(), "c2VjcmV0") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
