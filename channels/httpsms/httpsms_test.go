package httpsms_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/channelstest"
	"github.com/visavis/visavis/channels/httpsms"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/simulator"
)

const key = "carrier-key-0123456789"

type told struct {
	bank, delivery uuid.UUID
	channels.Receipt
}

// rig is a twin of the carriers and a gateway that takes their callbacks.
type rig struct {
	sim      *simulator.Simulator
	base     string
	public   string
	keys     *events.Keyring
	handler  atomic.Pointer[httpsms.Callbacks]
	receipts chan told
	inbound  chan httpsms.Inbound
}

func newRig(t testing.TB) *rig {
	r := &rig{receipts: make(chan told, 100), inbound: make(chan httpsms.Inbound, 10)}
	r.sim = simulator.New(simulator.Config{AccountSID: "AC0123456789abcdef0123456789abcdef", AuthToken: "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
		FCMProjectID: "demo", CarrierKey: key, CarrierNumbers: []string{"+15005550021"}})
	carrier := httptest.NewServer(r.sim.Handler())
	gateway := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) { r.handler.Load().ServeHTTP(w, req) }))
	t.Cleanup(func() { r.sim.Close(); carrier.Close(); gateway.Close() })
	r.base, r.public = carrier.URL, gateway.URL
	keys, err := events.NewKeyring(bytes.Repeat([]byte("0123456789abcdef"), 2))
	if err != nil {
		t.Fatal(err)
	}
	r.keys = keys
	return r
}

func (r *rig) provider(t testing.TB, content []byte, base string, transport http.RoundTripper) *httpsms.Provider {
	t.Helper()
	p, err := httpsms.New(httpsms.Config{Path: "carrier.yaml", Content: content, PublicURL: r.public, Keys: r.keys, BaseURL: base, Transport: transport,
		Getenv: func(string) string { return key }})
	if err != nil {
		t.Fatal(err)
	}
	r.handler.Store(p.Callbacks(httpsms.Callbacks{
		Receipt: func(_ context.Context, bank, id uuid.UUID, receipt channels.Receipt) error {
			r.receipts <- told{bank, id, receipt}
			return nil
		},
		Receive: func(_ context.Context, _ uuid.UUID, in httpsms.Inbound) error { r.inbound <- in; return nil },
	}))
	return p
}

func (r *rig) receipt(t testing.TB) told {
	t.Helper()
	select {
	case x := <-r.receipts:
		return x
	case <-time.After(3 * time.Minute):
		t.Fatal("no receipt comes")
	}
	panic("unreachable")
}

func (r *rig) shown(t testing.TB, to string) (list []struct{ Body string }) {
	t.Helper()
	res, err := http.Get(r.base + "/simulator/messages?to=" + url.QueryEscape(to))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

type counting struct{ n *atomic.Int64 }

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return http.DefaultTransport.RoundTrip(r)
}

var carriers = map[string]struct {
	content []byte
	refused string
}{"json": {httpsms.JSONCarrier, "invalid_number"}, "query": {httpsms.QueryCarrier, "13"}}

func TestBothExamplesPassTheSuite(t *testing.T) {
	for name, c := range carriers {
		t.Run(name, func(t *testing.T) {
			channelstest.Exercise(t, func(t testing.TB) channelstest.Twin {
				r := newRig(t)
				var n atomic.Int64
				return channelstest.Twin{
					Dead: r.provider(t, c.content, "http://127.0.0.1:1", nil), Sender: r.provider(t, c.content, r.base, counting{&n}),
					Channel: channels.SMS, Requests: &n,
					Accepts: "+84912345670", Refuses: "+84912340001", Busy: "+84912340006", Hangs: "+84912340008",
					RefusedCode: c.refused, Secrets: []string{key},
					Received: func(t testing.TB, to string) int { return len(r.shown(t, to)) },
				}
			})
		})
	}
}

func message(to, text string) channels.Outgoing {
	return channels.Outgoing{BankID: uuid.New(), DeliveryID: uuid.New(), Channel: channels.SMS, Class: channels.Security, To: to, Body: text, TTL: time.Minute, Locale: "en"}
}

func TestReceipts(t *testing.T) {
	for name, c := range carriers {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			p := r.provider(t, c.content, r.base, nil)
			for to, want := range map[string]channels.State{
				"+84912345670": channels.StateDelivered, "+84912340002": channels.StateUndelivered, "+84912340003": channels.StateFailed,
				"+84912340009": channels.StateDelivered, "+84912340010": channels.StateDelivered, "+84912340011": channels.StateDelivered,
			} {
				out := message(to, "hello")
				id, err := p.Send(t.Context(), out)
				if err != nil {
					t.Fatal(err)
				}
				for {
					got := r.receipt(t)
					if got.delivery != out.DeliveryID {
						continue // the rest of a case before
					}
					if got.bank != out.BankID || got.ProviderID != id || got.Provider != p.Name() {
						t.Errorf("%s: %+v", to, got)
					}
					if got.State == want {
						break
					}
				}
			}
		})
	}
}

// TestNoTextBecomesMoreThanText sends what would break out of each place.
func TestNoTextBecomesMoreThanText(t *testing.T) {
	for name, c := range carriers {
		r := newRig(t)
		p := r.provider(t, c.content, r.base, nil)
		for i, text := range []string{
			`", "to": "+15550001111", "x": "`, "a&to=15550001111&password=x", "a%26to%3D1#frag?x=1", "line\r\nX-Header: 1", "{to}{callback}{id}",
			`\u0022 \" </script> 'quote'`, "Mã 842913 🔐",
		} {
			to := "+8491111" + string(rune('0'+i)) + "177"
			if _, err := p.Send(t.Context(), message(to, text)); err != nil {
				t.Errorf("%s: %q: %v", name, text, err)
				continue
			}
			if list := r.shown(t, to); len(list) != 1 || list[0].Body != text {
				t.Errorf("%s: %q arrived as %+v", name, text, list)
			}
		}
	}
}

func TestForgedCallbacksAreRefused(t *testing.T) {
	r := newRig(t)
	p := r.provider(t, httpsms.JSONCarrier, r.base, nil)
	bank := uuid.New()
	good := p.InboundURL(bank)
	body := `{"id":"m1","from":"+84912345670","to":"+15005550021","text":"STOP"}`
	sum := hmac.New(sha256.New, []byte(key))
	sum.Write([]byte(body))
	signature := hex.EncodeToString(sum.Sum(nil))
	post := func(target, body, signature string) int {
		req, _ := http.NewRequest("POST", target, strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		if signature != "" {
			req.Header.Set("X-Signature", signature)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
		return res.StatusCode
	}
	for name, c := range map[string]struct {
		target, body, signature string
		want                    int
	}{
		"the carrier's own":       {good, body, signature, 204},
		"without a signature":     {good, body, "", 403},
		"another body":            {good, strings.Replace(body, "STOP", "YES!", 1), signature, 403},
		"another bank":            {strings.Replace(good, bank.String(), uuid.NewString(), 1), body, signature, 404},
		"a token cut short":       {good[:len(good)-8], body, signature, 404},
		"a token of another path": {strings.Replace(good, "/inbound/", "/receipts/"+uuid.NewString()+"/", 1), body, signature, 404},
		"no token":                {r.public + "/callbacks/http/http/inbound/" + bank.String() + "/", body, signature, 404},
	} {
		if got := post(c.target, c.body, c.signature); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	if in := <-r.inbound; in != (httpsms.Inbound{From: "+84912345670", To: "+15005550021", Text: "STOP", ProviderID: "m1"}) || len(r.inbound) > 0 {
		t.Errorf("%+v, and %d more", in, len(r.inbound))
	}
}

func TestCustomersTextsComeIn(t *testing.T) {
	r := newRig(t)
	p := r.provider(t, httpsms.JSONCarrier, r.base, nil)
	r.sim.SetCarrierInbound(p.InboundURL(uuid.New()))
	res, err := http.Post(r.base+"/simulator/phones/+84912345670/reply", "application/json", strings.NewReader(`{"to":"+15005550021","body":"Không phải tôi"}`))
	if err != nil || res.StatusCode != http.StatusCreated {
		t.Fatal(res, err)
	}
	res.Body.Close()
	select {
	case in := <-r.inbound:
		if in.Text != "Không phải tôi" || in.From != "+84912345670" || in.To != "+15005550021" || in.ProviderID == "" {
			t.Errorf("%+v", in)
		}
	case <-time.After(3 * time.Minute):
		t.Fatal("it does not come in")
	}
}

func TestWrongDescriptionsAreRefusedWithTheirLine(t *testing.T) {
	good := string(httpsms.QueryCarrier)
	r := newRig(t)
	for name, c := range map[string]struct{ old, new, want string }{
		"a misspelt key":         {"  method: GET\n  url", "  methud: GET\n  url", "carrier.yaml:6: field methud not found"},
		"not YAML":               {"name: query", "name: [", "carrier.yaml:"},
		"a placeholder":          {`"{text}"`, `"{body}"`, "carrier.yaml:12: send.query.text: {body} is none of"},
		"no text":                {`"{text}"`, `"hi"`, "carrier.yaml:5: send: must put {to}"},
		"a URL with a query":     {"carrier/send\n", "carrier/send?a=b\n", "carrier.yaml:7: send.url"},
		"a placeholder for host": {"https://sms.carrier.example", "https://{to}.example", "carrier.yaml:7: send.url: has a placeholder in its host"},
		"a secret in the file":   {"{ env: CARRIER_TOKEN }", `{ value: "hunter2" }`, "carrier.yaml:17: field value not found"},
		"no secret":              {"{ env: CARRIER_TOKEN }", `{}`, "carrier.yaml:17: send.secret_params.password: must name its secret"},
		"a state":                {`"1": delivered`, `"1": done`, "carrier.yaml:29: receipt.states.1"},
		"a rule":                 {"means: busy }", "means: later }", "carrier.yaml:21: answer.rules: rule 1"},
		"a regular expression":   {`'^OK: ([\w-]+)'`, `'^OK: ('`, "carrier.yaml:19: answer.id"},
		"another's name":         {"name: query", "name: twilio", "carrier.yaml:3: name"},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("%s: %q is not in the example", name, c.old)
		}
		_, err := httpsms.New(httpsms.Config{Path: "carrier.yaml", Content: []byte(strings.Replace(good, c.old, c.new, 1)), PublicURL: r.public, Keys: r.keys, Getenv: func(string) string { return key }})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the error tells the secret", name)
		}
	}
	if _, err := httpsms.New(httpsms.Config{Path: "carrier.yaml", Content: []byte(good), PublicURL: r.public, Keys: r.keys, Getenv: func(string) string { return "" }}); err == nil || !strings.Contains(err.Error(), "the environment has no CARRIER_TOKEN") {
		t.Errorf("without the secret: %v", err)
	}
	// A secret from a file, and a description in JSON.
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "key"), []byte(key+"\n"), 0o600)
	asJSON := `{"name":"local","from":"Bank","send":{"url":"https://c.example/send","form":{"to":"{to}","text":"{text}"}},
		"auth":{"bearer":{"file":"` + filepath.Join(dir, "key") + `"}},"answer":{"id":{"json":"/id"}}}`
	if _, err := httpsms.New(httpsms.Config{Path: "c.json", Content: []byte(asJSON), PublicURL: r.public, Keys: r.keys}); err != nil {
		t.Error(err)
	}
}
