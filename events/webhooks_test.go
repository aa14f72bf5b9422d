package events

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// clock is a time that the test moves. It goes by itself until it is stopped.
type clock struct{ offset, stands atomic.Int64 }

func (c *clock) now() time.Time {
	at := time.Now()
	if stands := c.stands.Load(); stands != 0 {
		at = time.Unix(0, stands)
	}
	return at.Add(time.Duration(c.offset.Load()))
}

func (c *clock) stop() { c.stands.Store(time.Now().UnixNano()) }

func (c *clock) advance(d time.Duration) { c.offset.Add(int64(d)) }

type fixture struct {
	*Service
	t     testing.TB
	bank  uuid.UUID
	clock *clock
	loops chan postgres.LoopEvent
}

// newFixture gives a service that may call loopback, and a bank.
func newFixture(t testing.TB) *fixture {
	t.Helper()
	db := testdb.New(t)
	f := &fixture{t: t, bank: newBank(t, db, "{}"), clock: &clock{}, loops: make(chan postgres.LoopEvent, 10_000)}
	f.Service = NewService(Config{
		DB: db, Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Now: f.clock.now,
		Keyring: mustKeyring(t, randomKey(t)), Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
	})
	f.observe = func(e postgres.LoopEvent) { f.loops <- e }
	return f
}

// run delivers until the test ends.
func (f *fixture) run() {
	ctx, cancel := context.WithCancel(f.t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); f.RunWebhooks(ctx) }()
	f.t.Cleanup(func() { cancel(); <-ended })
}

// attempt makes the one delivery that is due, as a worker of the loop would.
func (f *fixture) attempt() {
	f.t.Helper()
	for _, c := range f.claimDue(10) {
		f.deliver(f.t.Context(), f.t.Context(), c)
	}
}

func (f *fixture) claimDue(limit int) (items []claimed) {
	f.t.Helper()
	err := f.DB.AsWorker(f.t.Context(), func(ctx context.Context, tx *postgres.Tx) (err error) {
		items, _, err = f.claim(ctx, tx, limit)
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return items
}

func (f *fixture) endpoint(url string, types ...string) (Endpoint, string) {
	f.t.Helper()
	endpoint, secret, err := f.CreateEndpoint(f.t.Context(), f.bank, NewEndpoint{URL: url, Types: types})
	if err != nil {
		f.t.Fatal(err)
	}
	return endpoint, secret
}

func (f *fixture) deliveries(endpoint uuid.UUID) []Delivery {
	f.t.Helper()
	list, _, err := f.ListDeliveries(f.t.Context(), f.bank, DeliveryFilter{EndpointID: endpoint}, postgres.Page{})
	if err != nil {
		f.t.Fatal(err)
	}
	return list
}

// only returns the endpoint's one delivery.
func (f *fixture) only(endpoint uuid.UUID) Delivery {
	f.t.Helper()
	list := f.deliveries(endpoint)
	if len(list) != 1 {
		f.t.Fatalf("%d deliveries, want 1", len(list))
	}
	return list[0]
}

// received is a request as the receiver saw it.
type received struct {
	header http.Header
	body   []byte
}

func (r received) id() string { return r.header.Get("webhook-id") }

// receiver records requests and answers by fn (nil: 204).
func receiver(t testing.TB, fn http.HandlerFunc) (url string, got chan received) {
	t.Helper()
	got = make(chan received, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got <- received{r.Header.Clone(), body}
		if fn == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		fn(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/hook", got
}

func answer(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }
}

// verify checks the signature by the specification's own library, and by hand,
// since that library signs too.
func verify(t testing.TB, secret string, r received) error {
	t.Helper()
	verifier, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", r.id(), r.header.Get("webhook-timestamp"), r.body)
	byHand := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	if !slices.Contains(strings.Split(r.header.Get("webhook-signature"), " "), byHand) {
		return errors.New("no signature is the HMAC of id, timestamp and body")
	}
	return verifier.VerifyIgnoringTimestamp(r.body, r.header)
}

func TestAnEventIsDeliveredSigned(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	url, got := receiver(t, nil)
	endpoint, secret := f.endpoint(url, "booking.confirmed")
	f.run()
	happen(t, f.DB, f.bank, booking("moved", uuid.New())) // not wanted
	event := happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	r := <-got
	if err := verify(t, secret, r); err != nil {
		t.Errorf("signature: %v", err)
	}
	if r.id() != event.ID.String() || string(r.body) != string(event.Body) || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %q %s", r.id(), r.body)
	}
	altered := received{r.header, []byte(strings.Replace(string(r.body), "confirmed", "cancelled", 1))}
	if verify(t, secret, altered) == nil {
		t.Error("an altered body verifies")
	}
	f.untilMarked(1)
	d := f.only(endpoint.ID)
	if d.State != DeliverySucceeded || d.Attempts != 1 || d.LastStatus == nil || *d.LastStatus != 204 || d.FinishedAt == nil {
		t.Errorf("delivery %+v", d)
	}
	attempts, err := f.Attempts(t.Context(), f.bank, d.ID)
	if err != nil || len(attempts) != 1 || *attempts[0].Status != 204 || attempts[0].Number != 1 {
		t.Errorf("attempts %+v, %v", attempts, err)
	}
}

// untilMarked waits until the loop has worked n items.
func (f *fixture) untilMarked(n int) {
	f.t.Helper()
	timeout := time.After(3 * time.Minute)
	for n > 0 {
		select {
		case e := <-f.loops:
			if e.Kind == postgres.LoopWorked {
				n--
			}
		case <-timeout:
			f.t.Fatal("the loop did not work what is due within 30 s")
		}
	}
}

func TestTheScheduleOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	url, got := receiver(t, answer(500))
	endpoint, _ := f.endpoint(url, "booking.confirmed")
	event := happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	f.clock.stop()
	f.clock.advance(time.Since(noon)) // the event's time is long past; the schedule counts from attempts
	for n := 1; n <= 10; n++ {
		f.attempt()
		r := <-got
		if r.id() != event.ID.String() {
			t.Fatalf("attempt %d has id %s, want %s", n, r.id(), event.ID)
		}
		// Receivers refuse old timestamps: it is the attempt's, not the event's.
		if stamp, err := strconv.ParseInt(r.header.Get("webhook-timestamp"), 10, 64); err != nil || f.clock.now().Unix()-stamp > 30 {
			t.Fatalf("attempt %d is stamped %d, now is %d", n, stamp, f.clock.now().Unix())
		}
		d := f.only(endpoint.ID)
		if d.Attempts != n {
			t.Fatalf("%d attempts counted, want %d", d.Attempts, n)
		}
		if n == 10 {
			break
		}
		wait, want := d.DueAt.Sub(f.clock.now()), schedule[n]
		if d.State != DeliveryPending || wait < want*9/10-time.Second || wait > want*11/10+time.Second {
			t.Fatalf("after attempt %d: %s, next in %v, want %v give or take a tenth", n, d.State, wait, want)
		}
		if more := f.claimDue(10); len(more) != 0 {
			t.Fatalf("attempt %d is due at once", n+1)
		}
		f.clock.advance(wait + time.Second)
	}
	if d := f.only(endpoint.ID); d.State != DeliveryFailed || d.LastError != "the receiver answered 500" {
		t.Errorf("after the last: %+v", d)
	}
	f.clock.advance(100 * time.Hour)
	if more := f.claimDue(10); len(more) != 0 {
		t.Error("there is an eleventh attempt")
	}
	if total := schedule[1] + schedule[2] + schedule[3] + schedule[4] + schedule[5] + schedule[6] + schedule[7] + schedule[8] + schedule[9]; total != 75*time.Hour+35*time.Minute+5*time.Second {
		t.Errorf("the schedule spans %v", total)
	}
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer  http.HandlerFunc
		state   string
		error   string
		minWait time.Duration // until the next attempt
		maxWait time.Duration
	}{
		"200":               {answer(200), DeliverySucceeded, "", 0, 0},
		"299":               {answer(299), DeliverySucceeded, "", 0, 0},
		"404 is tried on":   {answer(404), DeliveryPending, "the receiver answered 404", 4 * time.Second, 6 * time.Second},
		"429 with seconds":  {retryIn(429, "120"), DeliveryPending, "the receiver answered 429", 119 * time.Second, 121 * time.Second},
		"502 with date":     {retryAt(502, time.Hour), DeliveryPending, "the receiver answered 502", 58 * time.Minute, 61 * time.Minute},
		"504 with nonsense": {retryIn(504, "soon"), DeliveryPending, "the receiver answered 504", 4 * time.Second, 6 * time.Second},
		"429 asks too much": {retryIn(429, "31536000"), DeliveryPending, "the receiver answered 429", 23 * time.Hour, 25 * time.Hour},
		"429 in the past":   {retryIn(429, "-5"), DeliveryPending, "the receiver answered 429", 4 * time.Second, 6 * time.Second},
		"500 cannot ask":    {retryIn(500, "3600"), DeliveryPending, "the receiver answered 500", 4 * time.Second, 6 * time.Second},
		"no answer":         {hangUp, DeliveryPending, "EOF", 4 * time.Second, 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.clock.stop()
			url, _ := receiver(t, c.answer)
			endpoint, _ := f.endpoint(url, "booking.confirmed")
			happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
			f.attempt()
			d := f.only(endpoint.ID)
			if d.State != c.state || d.LastError != c.error || d.Attempts != 1 {
				t.Errorf("%s %q, want %s %q", d.State, d.LastError, c.state, c.error)
			}
			if wait := d.DueAt.Sub(f.clock.now()); c.state == DeliveryPending && (wait < c.minWait-time.Second || wait > c.maxWait) {
				t.Errorf("next attempt in %v, want %v to %v", wait, c.minWait, c.maxWait)
			}
		})
	}
}

func retryIn(status int, value string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", value)
		w.WriteHeader(status)
	}
}

func retryAt(status int, in time.Duration) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		retryIn(status, time.Now().Add(in).UTC().Format(http.TimeFormat))(w, r)
	}
}

func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func TestARedirectIsAFailureAndNotFollowed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	elsewhere, reached := receiver(t, nil)
	for _, status := range []int{301, 302, 303, 307, 308} {
		url, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere, status) })
		endpoint, _ := f.endpoint(url, "booking.confirmed")
		happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
		f.attempt()
		if d := f.only(endpoint.ID); d.State != DeliveryPending || d.LastError != fmt.Sprintf("the receiver answered %d", status) {
			t.Errorf("%d: %s %q", status, d.State, d.LastError)
		}
		if err := f.DeleteEndpoint(t.Context(), f.bank, endpoint.ID); err != nil {
			t.Fatal(err)
		}
	}
	if len(reached) != 0 {
		t.Error("a redirect was followed")
	}
}

func TestGoneDisablesAndTheOthersAreTold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	goneURL, _ := receiver(t, answer(410))
	otherURL, other := receiver(t, nil)
	gone, _ := f.endpoint(goneURL, "booking.confirmed")
	f.endpoint(otherURL, "webhook_endpoint.disabled")
	for range 3 {
		happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	}
	first := f.claimDue(1)
	f.deliver(t.Context(), t.Context(), first[0])
	e, err := f.Endpoint(t.Context(), f.bank, gone.ID)
	if err != nil || e.State != EndpointDisabled || e.DisabledWhy != "gone" || e.DisabledAt == nil {
		t.Errorf("endpoint %+v, %v", e, err)
	}
	states := map[string]int{}
	for _, d := range f.deliveries(gone.ID) {
		states[d.State]++
	}
	if states[DeliveryFailed] != 1 || states[DeliveryCancelled] != 2 {
		t.Errorf("deliveries %v, want one failed and two cancelled", states)
	}
	f.attempt()
	if r := <-other; !strings.Contains(string(r.body), `"type":"webhook_endpoint.disabled"`) || !strings.Contains(string(r.body), gone.ID.String()) {
		t.Errorf("the other endpoint got %s", r.body)
	}
	happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	if n := len(f.deliveries(gone.ID)); n != 3 {
		t.Errorf("%d deliveries, a disabled endpoint got a new one", n)
	}
	if _, err := f.Resend(t.Context(), f.bank, f.deliveries(gone.ID)[0].ID); visavis.CodeOf(err) != "webhook_endpoint_disabled" {
		t.Errorf("resend to it: %v", err)
	}
	on := true
	if e, err := f.UpdateEndpoint(t.Context(), f.bank, gone.ID, EndpointChange{Enabled: &on}); err != nil || e.State != EndpointEnabled || e.DisabledWhy != "" {
		t.Errorf("enabled again: %+v, %v", e, err)
	}
}

func TestAHugeAnswerIsReadToABound(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var written atomic.Int64
	stopped := make(chan struct{})
	url, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		defer close(stopped)
		block := []byte(strings.Repeat("x", 64<<10))
		for range 160 { // 10 MiB
			n, err := w.Write(block)
			written.Add(int64(n))
			if err != nil {
				return
			}
		}
	})
	endpoint, _ := f.endpoint(url, "booking.confirmed")
	happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	f.attempt()
	<-stopped
	if n := written.Load(); n >= 10<<20 {
		t.Errorf("the receiver could send all of its %d bytes", n)
	}
	d := f.only(endpoint.ID)
	attempts, err := f.Attempts(t.Context(), f.bank, d.ID)
	if err != nil || d.State != DeliverySucceeded || len(attempts[0].Response) != 1024 {
		t.Errorf("%s, kept %d bytes, %v; want succeeded, 1024", d.State, len(attempts[0].Response), err)
	}
}

func TestWhatIsNoTextIsKeptAsText(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	url, _ := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(500)
		_, _ = w.Write([]byte("a\x00b\xff\xfec"))
	})
	endpoint, _ := f.endpoint(url, "booking.confirmed")
	happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	f.attempt()
	attempts, err := f.Attempts(t.Context(), f.bank, f.only(endpoint.ID).ID)
	if err != nil || len(attempts) != 1 || attempts[0].Response != "a\uFFFDb\uFFFDc" {
		t.Errorf("%+v, %v", attempts, err)
	}
}

func TestAHangingReceiverSlowsNoOther(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	release := make(chan struct{})
	var holding, most atomic.Int64
	hangingURL, hanging := receiver(t, func(w http.ResponseWriter, r *http.Request) {
		n := holding.Add(1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-release
		holding.Add(-1)
	})
	quickURL, quick := receiver(t, nil)
	f.endpoint(hangingURL, "booking.confirmed")
	f.endpoint(quickURL, "booking.moved")
	const backlog = 300 // more than a node has workers
	for range backlog {
		happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	}
	f.run()
	for range endpointSends {
		<-hanging
	}
	for range 50 {
		happen(t, f.DB, f.bank, booking("moved", uuid.New()))
	}
	for range 50 {
		<-quick
	}
	close(release) // not before: the quick one has got all of its own meanwhile
	for range backlog - endpointSends {
		<-hanging
	}
	if most.Load() > endpointSends {
		t.Errorf("the hanging receiver had %d at a time, the cap is %d", most.Load(), endpointSends)
	}
}

// A bank may have a hundred endpoints: were they all to hang, four at a time
// would take every worker of a node.
func TestABankWhoseReceiversAllHangSlowsNoOtherBank(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range bankSends/endpointSends + 5 {
		f.endpoint("http://127.0.0.1:1/", "booking.confirmed")
	}
	for range endpointSends {
		happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	}
	if n := len(f.claimDue(nodeSends)); n != bankSends {
		t.Errorf("claimed %d of one bank, the cap is %d", n, bankSends)
	}
	if n := len(f.claimDue(nodeSends)); n != 0 {
		t.Errorf("claimed %d more", n)
	}
	busy := f.bank
	f.bank = newBank(t, f.DB, "{}")
	f.endpoint("http://127.0.0.1:1/", "booking.confirmed")
	happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	if items := f.claimDue(nodeSends); len(items) != 1 || items[0].BankID == busy {
		t.Errorf("claimed %d", len(items))
	}
	f.clock.advance(webhookLease + time.Second) // whoever had them was killed
	if n := len(f.claimDue(nodeSends)); n != bankSends+1 {
		t.Errorf("took up %d again", n)
	}
}

func TestKilledBetweenSendAndMark(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	url, got := receiver(t, nil)
	endpoint, _ := f.endpoint(url, "booking.confirmed")
	happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
	killed := f.claimDue(1)[0]
	out, err := f.prepare(t.Context(), killed)
	if err != nil {
		t.Fatal(err)
	}
	result := f.send(t.Context(), killed, *out) // … and the node dies here
	first := <-got
	if more := f.claimDue(10); len(more) != 0 {
		t.Fatal("it is taken up although its lease lasts")
	}
	f.clock.advance(webhookLease)
	again := f.claimDue(10)
	if len(again) != 1 {
		t.Fatal("it is not taken up when its lease has ended")
	}
	f.deliver(t.Context(), t.Context(), again[0])
	if second := <-got; second.id() != first.id() || string(second.body) != string(first.body) {
		t.Errorf("redelivered as %s, was %s", second.id(), first.id())
	}
	// The dead node was only slow: its mark comes too late and changes nothing.
	result.status = 500
	if err := f.mark(t.Context(), killed, result); err != nil {
		t.Fatal(err)
	}
	d := f.only(endpoint.ID)
	attempts, err := f.Attempts(t.Context(), f.bank, d.ID)
	if err != nil || d.State != DeliverySucceeded || d.Attempts != 1 || len(attempts) != 1 {
		t.Errorf("delivery %+v, attempts %v, %v", d, attempts, err)
	}
}

func TestTwoSignaturesDuringRotation(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	url, got := receiver(t, nil)
	endpoint, old := f.endpoint(url, "booking.confirmed")
	rotated, fresh, err := f.RotateSecret(t.Context(), f.bank, endpoint.ID)
	if err != nil || fresh == old || rotated.PreviousUntil == nil {
		t.Fatalf("%+v, %v", rotated, err)
	}
	deliver := func() received {
		happen(t, f.DB, f.bank, booking("confirmed", uuid.New()))
		f.attempt()
		return <-got
	}
	r := deliver()
	if n := len(strings.Fields(r.header.Get("webhook-signature"))); n != 2 {
		t.Errorf("%d signatures, want 2", n)
	}
	if err := errors.Join(verify(t, fresh, r), verify(t, old, r)); err != nil {
		t.Errorf("during the overlap: %v", err)
	}
	f.clock.advance(SecretOverlap)
	r = deliver()
	if err := verify(t, fresh, r); err != nil {
		t.Errorf("after the overlap: %v", err)
	}
	if verify(t, old, r) == nil {
		t.Error("the old secret still signs after the overlap")
	}
}

func TestSecretsAreSealed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	endpoint, secret := f.endpoint("http://127.0.0.1:1/")
	if !strings.HasPrefix(secret, "whsec_") || len(secret) != 6+44 {
		t.Errorf("secret has %d characters", len(secret))
	}
	var stored []byte
	err := f.DB.InBank(t.Context(), f.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select secret from webhook_endpoints where bank_id = $1 and id = $2`, f.bank, endpoint.ID).Scan(&stored)
	})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := f.Keyring.Open(secretPurpose, endpoint.ID[:], stored)
	if err != nil || strings.Contains(string(stored), string(raw)) {
		t.Errorf("the stored secret is not sealed: %v", err)
	}
}
