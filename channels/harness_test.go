package channels_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/fcm"
	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
	"github.com/visavis/visavis/simulator"
)

const (
	accountSID = "AC0123456789abcdef0123456789abcdef"
	authToken  = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
)

// world is a bank with a gateway's channels and a twin of the carriers.
type world struct {
	t       *testing.T
	db      *postgres.DB
	banks   *banks.Service
	s       *channels.Service
	twilio  *twilio.Provider
	twin    string // base URL
	bank    uuid.UUID
	changed chan struct{}
	audio   sync.Map // path → what the carrier played

	mu    sync.Mutex
	shift time.Duration
}

// now is the real time, moved by pass.
func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Now().Add(w.shift)
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	w.shift += d
	w.mu.Unlock()
	w.db.Wake(channels.Topics...)
}

func (w *world) signal() {
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func newWorld(t *testing.T) *world {
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

	sim := simulator.New(simulator.Config{AccountSID: accountSID, AuthToken: authToken, FCMProjectID: "demo"})
	twin := httptest.NewServer(sim.Handler())
	w.twin = twin.URL
	var callbacks http.Handler
	gateway := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/audio/") { // kept as the carrier heard it: it is gone after the call
			heard := httptest.NewRecorder()
			callbacks.ServeHTTP(heard, r)
			if heard.Code == http.StatusOK && r.Method == http.MethodGet {
				w.audio.Store(r.URL.Path, heard.Body.Bytes())
			}
			maps.Copy(rw.Header(), heard.Header())
			rw.WriteHeader(heard.Code)
			_, _ = rw.Write(heard.Body.Bytes())
			return
		}
		callbacks.ServeHTTP(rw, r)
		w.signal()
	}))
	t.Cleanup(func() { sim.Close(); twin.Close(); gateway.Close() })
	w.twilio, err = twilio.New(twilio.Config{AccountSID: accountSID, AuthToken: authToken, From: "+15005550006", BaseURL: twin.URL, PublicURL: gateway.URL})
	if err != nil {
		t.Fatal(err)
	}
	push, err := fcm.New(t.Context(), fcm.Config{CredentialsJSON: sim.ServiceAccountJSON(twin.URL), Endpoint: twin.URL + "/v1"})
	if err != nil {
		t.Fatal(err)
	}
	w.s = channels.New(channels.Config{
		DB: w.db, Banks: w.banks, Keys: keys, Log: log, Now: w.now, Workers: 16, Poll: 200 * time.Millisecond,
		Observe: func(postgres.LoopEvent) { w.signal() },
		Routes: []channels.Route{
			{Channel: channels.SMS, Provider: twilio.Name, Sender: w.twilio.SMS()},
			{Channel: channels.Voice, Provider: twilio.Name, Sender: w.twilio.Voice()},
			{Channel: channels.Push, Provider: fcm.Name, Sender: push},
		},
	})
	callbacks = w.twilio.Callbacks(w.s, log, w.now)
	return w
}

// run delivers until the test ends.
func (w *world) run() (stop func()) {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.s.Run(ctx) }()
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

func (w *world) send(m channels.Message) channels.MessageInfo {
	w.t.Helper()
	if m.ExpiresAt.IsZero() {
		m.ExpiresAt = w.now().Add(5 * time.Minute)
	}
	info, err := w.s.Send(w.t.Context(), w.bank, m)
	if err != nil {
		w.t.Fatal(err)
	}
	return info
}

func code(customer uuid.UUID, via ...channels.Channel) channels.Message {
	return channels.Message{
		CustomerID: customer, Class: channels.Security, Template: "code", Channels: via,
		Params: map[string]string{"minutes": "5"}, Secret: map[string]string{"code": "842913"},
	}
}

// until waits for a message to be as wanted, looking again whenever something
// happened.
func (w *world) until(id uuid.UUID, what string, ok func(channels.MessageInfo) bool) channels.MessageInfo {
	w.t.Helper()
	deadline := time.After(3 * time.Minute)
	for {
		m, err := w.s.Get(w.t.Context(), w.bank, id)
		if err != nil {
			w.t.Fatal(err)
		}
		if ok(m) {
			return m
		}
		select {
		case <-w.changed:
		case <-deadline:
			w.t.Fatalf("waited for %s; the message is %+v", what, m)
		}
	}
}

func (w *world) untilState(id uuid.UUID, state channels.State) channels.MessageInfo {
	w.t.Helper()
	return w.until(id, string(state), func(m channels.MessageInfo) bool { return m.State == state })
}

// at lists what the twin has, newest first: kind is messages, calls or pushes.
func (w *world) at(kind, query string) (list []map[string]any) {
	w.t.Helper()
	key := "to"
	if kind == "pushes" {
		key = "token"
	}
	res, err := http.Get(w.twin + "/simulator/" + kind + "?" + key + "=" + url.QueryEscape(query))
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	if err := json.NewDecoder(res.Body).Decode(&list); err != nil {
		w.t.Fatal(err)
	}
	return list
}

// query reads one value as the bank.
func query[T any](w *world, sql string, args ...any) (value T) {
	w.t.Helper()
	err := w.db.InBank(w.t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, sql, args...).Scan(&value)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return value
}

func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	err := w.db.InBank(w.t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// claim claims what is due of a class's priority, as a node does that then dies, and returns
// the deliveries and the lease.
func (w *world) claim(class channels.Class) (ids []uuid.UUID, lease uuid.UUID) {
	w.t.Helper()
	err := w.db.AsWorker(w.t.Context(), func(ctx context.Context, tx *postgres.Tx) (err error) {
		ids, lease, err = w.s.Claim(ctx, tx, class, 100)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return ids, lease
}

// routed replaces the providers; before run.
func (w *world) routed(routes ...channels.Route) { w.s = w.s.WithRoutes(routes...) }

// forget drops what is cached of banks.
func (w *world) forget() { w.s.ForgetFacts() }
