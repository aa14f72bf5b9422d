package banks

import (
	"context"
	"crypto/rand"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

const password = "correct horse battery"

// fixture is a service with one bank and a clock that the test moves.
type fixture struct {
	*Service
	t      testing.TB
	bank   Bank
	offset atomic.Int64
}

func newFixture(t testing.TB) *fixture {
	t.Helper()
	key := make([]byte, events.MasterKeySize)
	_, _ = rand.Read(key)
	keyring, err := events.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{t: t}
	f.Service = New(Config{
		DB: testdb.New(t), Log: slog.New(slog.NewTextHandler(t.Output(), nil)), Keyring: keyring, PublicURL: "https://bank.example/",
		Now: func() time.Time { return time.Now().Add(time.Duration(f.offset.Load())) },
	})
	f.bank = f.newBank("first")
	return f
}

func (f *fixture) advance(d time.Duration) { f.offset.Add(int64(d)) }

func (f *fixture) newBank(slug string) Bank {
	f.t.Helper()
	bank, err := f.Create(f.t.Context(), NewBank{Slug: slug, Name: "Bank " + slug})
	if err != nil {
		f.t.Fatal(err)
	}
	return bank
}

func (f *fixture) agent(email string) Agent {
	f.t.Helper()
	agent, err := f.CreateAgent(f.t.Context(), f.bank.ID, NewAgent{Email: email, Name: "Linh Tran", Role: visavis.RoleAgent, Password: password})
	if err != nil {
		f.t.Fatal(err)
	}
	return agent
}

func (f *fixture) customer(phone string) Customer {
	f.t.Helper()
	c, err := f.CreateCustomer(f.t.Context(), f.bank.ID, NewCustomer{Name: "Nguyễn Văn An", Phone: phone, Locale: "vi", TimeZone: "Asia/Ho_Chi_Minh"})
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// in runs fn in a transaction of the fixture's bank.
func (f *fixture) in(fn func(ctx context.Context, tx *postgres.Tx) error) {
	f.t.Helper()
	if err := f.DB.InBank(f.t.Context(), f.bank.ID, fn); err != nil {
		f.t.Fatal(err)
	}
}

// happened counts the events of a type about an object.
func (f *fixture) happened(what string, id uuid.UUID) int {
	f.t.Helper()
	list, _, err := events.List(f.t.Context(), f.DB, f.bank.ID, "", 100, events.Filter{Types: []string{what}, ObjectID: id})
	if err != nil {
		f.t.Fatal(err)
	}
	return len(list)
}

// is fails unless err has the kind.
func is(t testing.TB, what string, err error, want visavis.Kind) {
	t.Helper()
	if err == nil || visavis.KindOf(err) != want {
		t.Errorf("%s: %v, want %s", what, err, want)
	}
}

func TestBanks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	if got, err := f.BySlug(ctx, "first"); err != nil || got.ID != f.bank.ID || got.Name != "Bank first" {
		t.Errorf("%+v, %v", got, err)
	}
	_, err := f.BySlug(ctx, "second")
	is(t, "unknown slug", err, visavis.NotFound)
	_, err = f.Get(ctx, uuid.New())
	is(t, "unknown id", err, visavis.NotFound)
	_, err = f.Create(ctx, NewBank{Slug: "first", Name: "Twin"})
	is(t, "slug taken", err, visavis.Conflict)
	for _, bad := range []NewBank{{Slug: "A", Name: "x"}, {Slug: "", Name: "x"}, {Slug: "-a", Name: "x"}, {Slug: "a", Name: " \u202e"}, {Slug: "a", Name: "x", Settings: Settings{OfferSeconds: -1}}} {
		_, err := f.Create(ctx, bad)
		is(t, bad.Slug, err, visavis.Invalid)
	}
	second := f.newBank("second")
	if all, err := f.All(ctx); err != nil || len(all) != 2 || all[1].ID != second.ID {
		t.Errorf("all: %v, %v", all, err)
	}
	if renamed, err := f.Rename(ctx, f.bank.ID, "  New\tname "); err != nil || renamed.Name != "New name" {
		t.Errorf("%+v, %v", renamed, err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	d := Settings{}.WithDefaults()
	if len(d.ReminderOffsets) != 3 || d.RingSMSAfter != 15 || d.RingMissedAfter != 45 || d.OfferSeconds != 20 || d.UnservedAfter != 600 || d.ReconnectGrace != 60 || d.DefaultLocale != "en" || d.DefaultTimeZone != "UTC" {
		t.Errorf("defaults %+v", d)
	}
	bank, err := f.UpdateSettings(t.Context(), f.bank.ID, Settings{ReminderOffsets: []int{}, RingSMSAfter: 5, WebhookAllow: []string{"127.0.0.0/8"}})
	if err != nil {
		t.Fatal(err)
	}
	// No reminders is not the same as the default ones, also after storing.
	stored, err := f.Get(t.Context(), f.bank.ID)
	if err != nil || stored.Settings.ReminderOffsets == nil || len(stored.Settings.WithDefaults().ReminderOffsets) != 0 || stored.Settings.RingSMSAfter != 5 {
		t.Errorf("stored %+v, %v", stored.Settings, err)
	}
	if n := f.happened("bank.updated", bank.ID); n != 1 {
		t.Errorf("%d bank.updated", n)
	}
	for name, bad := range map[string]Settings{
		"offset": {ReminderOffsets: []int{10}}, "twice": {ReminderOffsets: []int{600, 600}}, "ring": {RingMissedAfter: 4}, "cidr": {WebhookAllow: []string{"localhost"}},
		"locale": {DefaultLocale: "de"}, "zone": {DefaultTimeZone: "Mars/Olympus"}, "country": {Countries: []string{"XX"}},
	} {
		_, err := f.UpdateSettings(t.Context(), f.bank.ID, bad)
		is(t, name, err, visavis.Invalid)
	}
	admin := visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorAgent, BankID: f.bank.ID, ID: uuid.New(), Role: visavis.RoleAdministrator})
	_, err = f.UpdateSettings(admin, f.bank.ID, Settings{WebhookAllow: []string{"10.0.0.0/8"}})
	is(t, "a bank opening the gateway's network", err, visavis.Forbidden)
	if b, err := f.UpdateSettings(admin, f.bank.ID, Settings{RingSMSAfter: 7}); err != nil || len(b.Settings.WebhookAllow) != 1 || b.Settings.RingSMSAfter != 7 {
		t.Errorf("%+v, %v", b.Settings, err)
	}
}

// What one bank has does not exist for another, by id or by list.
func TestAnotherBanksThingsDoNotExist(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, stranger := t.Context(), f.newBank("stranger").ID
	agent, customer := f.agent("linh@bank.example"), f.customer("+84901234567")
	device, err := f.AddDevice(ctx, f.bank.ID, customer.ID, NewDevice{Token: "token-of-the-phone"})
	if err != nil {
		t.Fatal(err)
	}
	key, _, err := f.CreateKey(ctx, f.bank.ID, "core", []string{ScopeRead})
	if err != nil {
		t.Fatal(err)
	}
	for name, call := range map[string]func() error{
		"Agent":          func() error { _, err := f.Agent(ctx, stranger, agent.ID); return err },
		"UpdateAgent":    func() error { _, err := f.UpdateAgent(ctx, stranger, agent.ID, AgentChange{}); return err },
		"Invite":         func() error { _, _, err := f.Invite(ctx, stranger, agent.ID); return err },
		"RevokeKey":      func() error { return f.RevokeKey(ctx, stranger, key.ID) },
		"Customer":       func() error { _, err := f.Customer(ctx, stranger, customer.ID); return err },
		"UpdateCustomer": func() error { _, err := f.UpdateCustomer(ctx, stranger, customer.ID, CustomerChange{}); return err },
		"AddDevice": func() error {
			_, err := f.AddDevice(ctx, stranger, customer.ID, NewDevice{Token: "another-token"})
			return err
		},
		"ListDevices":  func() error { _, err := f.ListDevices(ctx, stranger, customer.ID); return err },
		"RemoveDevice": func() error { return f.RemoveDevice(ctx, stranger, customer.ID, device.ID) },
	} {
		is(t, name, call(), visavis.NotFound)
	}
	agents, _, err1 := f.ListAgents(ctx, stranger, postgres.Page{})
	keys, _, err2 := f.ListKeys(ctx, stranger, postgres.Page{})
	customers, _, err3 := f.ListCustomers(ctx, stranger, CustomerFilter{Phone: customer.Phone}, postgres.Page{})
	if len(agents)+len(keys)+len(customers) != 0 || err1 != nil || err2 != nil || err3 != nil {
		t.Errorf("the stranger lists %v %v %v (%v %v %v)", agents, keys, customers, err1, err2, err3)
	}
	// The second wall: a query that forgets its bank finds nothing either.
	err = f.DB.InBank(ctx, stranger, func(ctx context.Context, tx *postgres.Tx) error {
		for _, table := range []string{"agents", "customers", "devices", "api_keys", "links", "agent_sessions", "customer_sessions", "invitations"} {
			var n int
			if err := tx.QueryRow(ctx, "select count(*) from "+table).Scan(&n); err != nil || n != 0 {
				t.Errorf("%s shows the stranger %d rows, %v", table, n, err)
			}
		}
		var n int
		return tx.QueryRow(ctx, "select count(*) from banks").Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
}
