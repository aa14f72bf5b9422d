package twilio_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/channelstest"
	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/simulator"
)

const (
	accountSID = "AC0123456789abcdef0123456789abcdef"
	authToken  = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
)

// newTwin starts a simulator.
func newTwin(t testing.TB) (baseURL string) {
	sim := simulator.New(simulator.Config{AccountSID: accountSID, AuthToken: authToken, FCMProjectID: "demo"})
	server := httptest.NewServer(sim.Handler())
	t.Cleanup(func() { sim.Close(); server.Close() })
	return server.URL
}

// received counts what the twin shows for a number.
func received(t testing.TB, baseURL, kind, to string) int {
	res, err := http.Get(baseURL + "/simulator/" + kind + "?to=" + url.QueryEscape(to))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var items []json.RawMessage
	var raw json.RawMessage
	if err := json.NewDecoder(res.Body).Decode(&raw); err != nil {
		t.Fatal(err)
	}
	if json.Unmarshal(raw, &items) == nil {
		return len(items)
	}
	var wrapped map[string][]json.RawMessage
	if err := json.Unmarshal(raw, &wrapped); err != nil {
		t.Fatalf("what the simulator shows is not understood: %s", raw)
	}
	for _, list := range wrapped {
		return len(list)
	}
	return 0
}

func exercise(t *testing.T, channel channels.Channel, kind, path string) {
	channelstest.Exercise(t, func(t testing.TB) channelstest.Twin {
		base := newTwin(t)
		var requests atomic.Int64
		sender := func(baseURL string, transport http.RoundTripper) channels.Sender {
			p, err := twilio.New(twilio.Config{
				AccountSID: accountSID, AuthToken: authToken, From: "+15005550006", BaseURL: baseURL,
				PublicURL: "http://127.0.0.1:1", Transport: transport,
			})
			if err != nil {
				t.Fatal(err)
			}
			if channel == channels.Voice {
				return p.Voice()
			}
			return p.SMS()
		}
		return channelstest.Twin{
			Sender:  sender(base, channelstest.Counting(http.DefaultTransport, path, &requests)),
			Dead:    sender("http://127.0.0.1:1", nil),
			Channel: channel, Requests: &requests,
			Accepts: "+84912345670", Refuses: "+84912340001", Busy: "+84912340006", Hangs: "+84912340008",
			RefusedCode: "21211", Secrets: []string{authToken},
			Received: func(t testing.TB, to string) int { return received(t, base, kind, to) },
		}
	})
}

func TestSMSPassesTheSuite(t *testing.T) { exercise(t, channels.SMS, "messages", "/Messages.json") }

func TestVoicePassesTheSuite(t *testing.T) { exercise(t, channels.Voice, "calls", "/Calls.json") }

func TestConfigurationIsRefused(t *testing.T) {
	good := twilio.Config{AccountSID: accountSID, AuthToken: authToken, From: "+15005550006", PublicURL: "https://bank.example"}
	if _, err := twilio.New(good); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*twilio.Config){
		"no token":             func(c *twilio.Config) { c.AuthToken = "" },
		"a short old token":    func(c *twilio.Config) { c.PreviousAuthToken = "x" },
		"no account":           func(c *twilio.Config) { c.AccountSID = "" },
		"no sender":            func(c *twilio.Config) { c.From = "" },
		"no public URL":        func(c *twilio.Config) { c.PublicURL = "" },
		"a public URL's query": func(c *twilio.Config) { c.PublicURL = "https://bank.example/?a=b" },
	} {
		c := good
		spoil(&c)
		if _, err := twilio.New(c); err == nil {
			t.Errorf("%s is accepted", name)
		} else if strings.Contains(err.Error(), authToken) {
			t.Errorf("%s: the error tells the token", name)
		}
	}
}
