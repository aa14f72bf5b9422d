package fcm_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/channelstest"
	"github.com/visavis/visavis/channels/fcm"
	"github.com/visavis/visavis/simulator"
)

func newTwin(t testing.TB) (*simulator.Simulator, string) {
	sim := simulator.New(simulator.Config{
		AccountSID: "AC0123456789abcdef0123456789abcdef", AuthToken: "0f1e2d3c4b5a69788796a5b4c3d2e1f0", FCMProjectID: "demo",
	})
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() { sim.Close(); server.Close() })
	return sim, server.URL
}

type push struct {
	Data         map[string]string `json:"data"`
	Notification map[string]any    `json:"notification"`
	Priority     string            `json:"priority"`
	TTLSeconds   int               `json:"ttl_seconds"`
}

func pushes(t testing.TB, base, token string) (list []push) {
	res, err := http.Get(base + "/simulator/pushes?token=" + url.QueryEscape(token))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

func sender(t testing.TB, sim *simulator.Simulator, base, endpoint string, transport http.RoundTripper) *fcm.Sender {
	s, err := fcm.New(t.Context(), fcm.Config{CredentialsJSON: sim.ServiceAccountJSON(base), Endpoint: endpoint + "/v1", Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestPassesTheSuite(t *testing.T) {
	channelstest.Exercise(t, func(t testing.TB) channelstest.Twin {
		sim, base := newTwin(t)
		var requests atomic.Int64
		return channelstest.Twin{
			Sender:  sender(t, sim, base, base, channelstest.Counting(http.DefaultTransport, "messages:send", &requests)),
			Dead:    sender(t, sim, base, "http://127.0.0.1:1", nil),
			Channel: channels.Push, Requests: &requests,
			Accepts: "token-one-abcdef", Refuses: "token-two-mismatch", Busy: "token-three-unavailable", Hangs: "token-four-timeout",
			RefusedCode: "SENDER_ID_MISMATCH", Gone: "token-five-unregistered",
			Lifetime: func(t testing.TB, to string) time.Duration {
				return time.Duration(pushes(t, base, to)[0].TTLSeconds) * time.Second
			},
			Received: func(t testing.TB, to string) int { return len(pushes(t, base, to)) },
		}
	})
}

func TestCodes(t *testing.T) {
	sim, base := newTwin(t)
	s := sender(t, sim, base, base, nil)
	for suffix, want := range map[string]channels.SendError{
		"-unregistered": {Outcome: channels.Permanent, Code: "UNREGISTERED", TokenGone: true},
		"-quota":        {Outcome: channels.Busy, Code: "QUOTA_EXCEEDED", RetryAfter: time.Second},
		"-mismatch":     {Outcome: channels.Permanent, Code: "SENDER_ID_MISMATCH"},
		"-invalid":      {Outcome: channels.Permanent, Code: "INVALID_ARGUMENT"},
		"-unavailable":  {Outcome: channels.Busy, Code: "UNAVAILABLE", RetryAfter: time.Second},
		"-internal":     {Outcome: channels.Busy, Code: "INTERNAL"},
		"-apnsauth":     {Outcome: channels.Permanent, Code: "THIRD_PARTY_AUTH_ERROR"},
	} {
		_, err := s.Send(t.Context(), channels.Outgoing{To: "token-abcdef" + suffix, Body: "x", Title: "y", TTL: time.Minute})
		e, ok := err.(*channels.SendError)
		if !ok || e.Outcome != want.Outcome || e.Code != want.Code || e.RetryAfter != want.RetryAfter || e.TokenGone != want.TokenGone {
			t.Errorf("%s: got %+v", suffix, err)
		}
	}
}

func TestARingIsDataOfHighPriorityThatEndsWithTheRing(t *testing.T) {
	sim, base := newTwin(t)
	s := sender(t, sim, base, base, nil)
	out := channels.Outgoing{
		DeliveryID: uuid.New(), Class: channels.Ring, To: "token-ring-abcdef", Title: "Bank", Body: "calls", TTL: 45 * time.Second,
		Data: map[string]string{"type": "call_ringing", "call_id": "7"},
	}
	if _, err := s.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	out.To, out.Class = "token-notice-abcdef", channels.Notice
	if _, err := s.Send(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	ring, notice := pushes(t, base, "token-ring-abcdef")[0], pushes(t, base, "token-notice-abcdef")[0]
	if ring.Notification != nil || ring.Priority != "high" || ring.TTLSeconds != 45 || ring.Data["call_id"] != "7" || ring.Data["body"] != "calls" {
		t.Errorf("ring: %+v", ring)
	}
	if notice.Notification["title"] != "Bank" || notice.Notification["body"] != "calls" || notice.Data["call_id"] != "7" {
		t.Errorf("notice: %+v", notice)
	}
}
