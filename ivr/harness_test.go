package ivr_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
	"github.com/visavis/visavis/scheduling"
	"github.com/visavis/visavis/simulator"
)

const (
	accountSID = "AC0123456789abcdef0123456789abcdef"
	authToken  = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
	bankNumber = "+15005550006"
)

// world is a bank whose phone calls go to a twin of the carrier.
type world struct {
	t        testing.TB
	db       *postgres.DB
	banks    *banks.Service
	ch       *channels.Service
	twilio   *twilio.Provider
	otp      *otp.Service
	calendar *scheduling.Service
	cases    *identifications.Service
	calls    *calls.Service
	s        *ivr.Service
	sim      *simulator.Simulator
	twin     string // base URL
	gateway  string // base URL
	bank     uuid.UUID
	changed  chan struct{}

	hasty atomic.Bool // the carrier's time-outs for what a person does come soon

	mu        sync.Mutex
	still     time.Time // when the clock stands
	shift     time.Duration
	callbacks http.Handler
	filter    func(http.ResponseWriter, *http.Request) bool // of callbacks; true: it has answered
	carrier   func(http.ResponseWriter, *http.Request) bool // of requests to the twin, likewise
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.still.IsZero() {
		return w.still.Add(w.shift)
	}
	return time.Now().Add(w.shift)
}

// standStill has time go by only by pass.
func (w *world) standStill() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.still = time.Now().Truncate(time.Microsecond) // as the database keeps times
}

// patience is how long a test waits for what the gateway or the twin does.
const patience = 2 * time.Minute

// patience is how long the twin waits for a person: for a test that is slow on a busy
// machine, but where the test says by silence that nobody will press a key. Who is in
// the queue is looked after every few seconds.
func (w *world) patience(d time.Duration) <-chan time.Time {
	const poll, ring = 5 * time.Second, 20 * time.Second // and what is longer is ringing
	over := make(chan time.Time, 1)
	began := time.Now()
	long := max(d, 3*time.Minute)
	if d <= poll {
		long = d
	}
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case now := <-tick.C:
				if waited := now.Sub(began); waited >= long || w.hasty.Load() && d < ring && waited >= d/20 {
					over <- now
					return
				}
			case <-w.t.Context().Done():
				return
			}
		}
	}()
	return over
}

// silence has nobody press a key any more: what waits for one ends soon.
func (w *world) silence() { w.hasty.Store(true) }

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	w.shift += d
	w.mu.Unlock()
	w.db.Wake(append([]string{"phone_calls"}, channels.Topics...)...)
}

func (w *world) signal() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func newWorld(t testing.TB) *world {
	w := &world{t: t, changed: make(chan struct{}, 1)}
	w.db = testdb.New(t)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	keys, err := events.NewKeyring([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	w.banks = banks.New(banks.Config{DB: w.db, Log: log, Now: w.now, Keyring: keys, PublicURL: "https://bank.example"})
	bank, err := w.banks.Create(t.Context(), banks.NewBank{Slug: "demo", Name: "Demo Bank", Settings: banks.Settings{Countries: banks.AnyCountry()}})
	if err != nil {
		t.Fatal(err)
	}
	w.bank = bank.ID
	w.sim = simulator.New(simulator.Config{AccountSID: accountSID, AuthToken: authToken, FCMProjectID: "demo", Logger: log, Numbers: []string{bankNumber},
		After: func(d time.Duration) <-chan time.Time { return time.After(d / 20) }, Patience: w.patience})
	twin := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		carrier := w.carrier
		w.mu.Unlock()
		if carrier == nil || !carrier(rw, r) {
			w.sim.Handler().ServeHTTP(rw, r)
		}
	}))
	w.twin = twin.URL
	gateway := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		callbacks, filter := w.callbacks, w.filter
		w.mu.Unlock()
		if filter != nil && filter(rw, r) {
			return
		}
		callbacks.ServeHTTP(rw, r)
		w.signal()
	}))
	w.gateway = gateway.URL
	t.Cleanup(func() { w.sim.Close(); twin.Close(); gateway.Close() })
	w.twilio, err = twilio.New(twilio.Config{AccountSID: accountSID, AuthToken: authToken, From: bankNumber, BaseURL: twin.URL, PublicURL: gateway.URL})
	if err != nil {
		t.Fatal(err)
	}
	w.ch = channels.New(channels.Config{
		DB: w.db, Banks: w.banks, Keys: keys, Log: log, Now: w.now, Workers: 4, Poll: 200 * time.Millisecond,
		Observe: func(postgres.LoopEvent) { w.signal() },
		Routes:  []channels.Route{{Channel: channels.SMS, Provider: twilio.Name, Sender: w.twilio.SMS()}, {Channel: channels.Voice, Provider: twilio.Name, Sender: w.twilio.Voice()}},
	})
	w.otp = otp.New(otp.Config{DB: w.db, Banks: w.banks, Channels: w.ch, Keys: keys, Log: log, Now: w.now})
	w.calendar = scheduling.New(scheduling.Config{DB: w.db, Banks: w.banks, Channels: w.ch, Log: log, Now: w.now})
	w.cases = identifications.New(identifications.Config{DB: w.db, Banks: w.banks, Channels: w.ch, Scheduling: w.calendar, Log: log, Now: w.now})
	rooms, err := media.NewServer(media.Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true, Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rooms.Close() })
	w.calls = calls.New(calls.Config{DB: w.db, Banks: w.banks, Channels: w.ch, OTP: w.otp, Scheduling: w.calendar, Identifications: w.cases, Media: rooms,
		Keyring: keys, Node: gateway.URL, DataDir: t.TempDir(), Log: log, Now: w.now})
	w.s = ivr.New(ivr.Config{DB: w.db, Banks: w.banks, Channels: w.ch, OTP: w.otp, Scheduling: w.calendar, Identifications: w.cases, Calls: w.calls,
		HookAllow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Keyring: keys, Carrier: w.twilio, Log: log, Now: w.now, Workers: 8,
		Poll: 100 * time.Millisecond, Observe: func(postgres.LoopEvent) { w.signal() }})
	mux := http.NewServeMux()
	mux.Handle("/", w.twilio.Callbacks(w.ch, log, w.now))
	mux.Handle(ivr.CallbackPrefix, w.s.Callbacks())
	w.callbacks = mux
	return w
}

// run dials until the test ends.
func (w *world) run() (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		var loops sync.WaitGroup
		loops.Go(func() { w.calendar.Run(ctx) })
		loops.Go(func() { w.ch.Run(ctx) })
		w.s.Run(ctx)
		loops.Wait()
	}()
	stop = func() { cancel(); <-done }
	w.t.Cleanup(stop)
	return stop
}

func (w *world) customer(phone, locale string) uuid.UUID {
	w.t.Helper()
	c, err := w.banks.CreateCustomer(w.t.Context(), w.bank, banks.NewCustomer{Name: "Nguyễn An", Phone: phone, Locale: locale, TimeZone: "Asia/Ho_Chi_Minh"})
	if err != nil {
		w.t.Fatal(err)
	}
	return c.ID
}

// inBank runs fn in a transaction of the bank.
func (w *world) inBank(fn func(ctx context.Context, tx *postgres.Tx) error) error {
	return w.db.InBank(w.t.Context(), w.bank, fn)
}

func (w *world) tryPlace(c ivr.PhoneCall) (id uuid.UUID, err error) {
	if c.Flow == "" {
		c.Flow = "reminder"
	}
	if c.Key == "" {
		c.Key = uuid.NewString()
	}
	if c.Class == "" {
		c.Class = channels.Transaction
	}
	if c.ExpiresAt.IsZero() {
		c.ExpiresAt = w.now().Add(time.Hour)
	}
	err = w.inBank(func(ctx context.Context, tx *postgres.Tx) (err error) {
		id, err = w.s.PlaceTx(ctx, tx, c)
		return err
	})
	return id, err
}

func (w *world) place(c ivr.PhoneCall) uuid.UUID {
	w.t.Helper()
	id, err := w.tryPlace(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return id
}

// until waits for a phone call to be as wanted.
func (w *world) until(id uuid.UUID, what string, ok func(ivr.PhoneCall) bool) ivr.PhoneCall {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		c, err := w.s.Get(w.t.Context(), w.bank, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if ok(c) {
			return c
		}
		select {
		case <-w.changed:
		case <-time.After(50 * time.Millisecond): // what happens inside the twin tells nobody
		case <-deadline:
			w.t.Fatalf("waited for %s; the call is %+v", what, c)
		}
	}
}

func (w *world) untilState(id uuid.UUID, state ivr.State) ivr.PhoneCall {
	w.t.Helper()
	return w.until(id, string(state), func(c ivr.PhoneCall) bool { return c.State == state })
}

// heard is a call as the twin's handset has it.
type heard struct {
	SID        string              `json:"sid"`
	Status     string              `json:"status"`
	Failure    *struct{ Code int } `json:"failure"`
	Gathering  *struct{ Digits string }
	Transcript []struct{ By, Verb, Text, Language string }
}

func (h heard) said() string {
	var lines []string
	for _, u := range h.Transcript {
		lines = append(lines, u.By+" "+u.Verb+": "+u.Text)
	}
	return strings.Join(lines, "\n")
}

// handset lists the calls of a number, newest first.
func (w *world) handset(phone string) (list []heard) {
	w.t.Helper()
	res, err := http.Get(w.twin + "/simulator/calls?to=" + url.QueryEscape(phone))
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		w.t.Fatal(err)
	}
	return list
}

// onCall waits until the handset's newest call is as wanted.
func (w *world) onCall(phone, what string, ok func(heard) bool) heard {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		list := w.handset(phone)
		if len(list) > 0 && ok(list[0]) {
			return list[0]
		}
		select {
		case <-w.changed:
		case <-time.After(30 * time.Millisecond): // what happens inside the twin tells nobody
		case <-deadline:
			raw, _ := json.Marshal(list)
			w.t.Fatalf("waited for %s; the calls are %s", what, raw)
		}
	}
}

// do has the handset do something to a call.
func (w *world) do(sid, what string, in any) {
	w.t.Helper()
	raw, _ := json.Marshal(in)
	res, err := http.Post(w.twin+"/simulator/calls/"+sid+"/"+what, "application/json", bytes.NewReader(raw))
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(res.Body)
		w.t.Fatalf("%s: %d %s", what, res.StatusCode, body)
	}
}

func (w *world) press(sid, digits string) { w.do(sid, "digits", map[string]string{"digits": digits}) }

// query reads one value as the bank.
func query[T any](w *world, sql string, args ...any) (value T) {
	w.t.Helper()
	err := w.inBank(func(ctx context.Context, tx *postgres.Tx) error { return tx.QueryRow(ctx, sql, args...).Scan(&value) })
	if err != nil {
		w.t.Fatal(err)
	}
	return value
}

// events lists the types of an object's events, oldest first.
func (w *world) events(id uuid.UUID) string {
	return query[string](w, `select coalesce(string_agg(type, ' ' order by sequence), '') from events where bank_id = $1 and object_id = $2`, w.bank, id)
}

// callback makes a signed callback as the carrier does and returns its answer.
func (w *world) callback(path string, params url.Values) (int, string) {
	w.t.Helper()
	all := url.Values{"AccountSid": {accountSID}, "ApiVersion": {"2010-04-01"}, "To": {"+84901230000"}, "From": {bankNumber}}
	for name, values := range params {
		all[name] = values
	}
	req, err := http.NewRequest(http.MethodPost, w.gateway+path, strings.NewReader(all.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", simulator.Signature(authToken, w.gateway+path, all))
	return w.send(req)
}

func (w *world) send(req *http.Request) (int, string) {
	w.t.Helper()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
