package identifications

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
	"github.com/visavis/visavis/scheduling"
)

var noon = time.Date(2027, 2, 1, 12, 0, 0, 0, time.UTC)

// world is one bank with the shipped scenario, an agent around the clock and a
// customer with an open case.
type world struct {
	t        *testing.T
	db       *postgres.DB
	s        *Service
	banks    *banks.Service
	calendar *scheduling.Service
	bank     uuid.UUID
	agent    uuid.UUID
	customer uuid.UUID
	ident    Identification
	link     banks.Link
	n        int
	now      time.Time // stands at noon until a test moves it
}

func setup(t *testing.T) *world {
	w := &world{t: t, db: testdb.New(t), now: noon}
	now := func() time.Time { return w.now }
	keys, err := events.NewKeyring([]byte("0123456789abcdef0123456789ABCDEF"))
	w.must(err)
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	w.banks = banks.New(banks.Config{DB: w.db, Log: log, Now: now, Keyring: keys, PublicURL: "http://visavis.test"})
	messages := channels.New(channels.Config{
		DB: w.db, Banks: w.banks, Keys: keys, Log: log, Now: now,
		// Messages are accepted here; nothing delivers them.
		Routes: []channels.Route{{Channel: channels.SMS, Provider: "twilio", Sender: nobody{}}},
	})
	w.calendar = scheduling.New(scheduling.Config{DB: w.db, Banks: w.banks, Channels: messages, Log: log, Now: now})
	w.s = New(Config{DB: w.db, Banks: w.banks, Channels: messages, Scheduling: w.calendar, Log: log, Now: now})
	w.bank, w.agent = w.newBank()
	w.customer = w.newCustomer(w.bank)
	w.ident, w.link = w.open()
	return w
}

type nobody struct{}

func (nobody) Send(context.Context, channels.Outgoing) (string, error) {
	return "", errors.New("nothing is sent in these tests")
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) newBank() (bank, agent uuid.UUID) {
	w.t.Helper()
	w.n++
	b, err := w.banks.Create(w.t.Context(), banks.NewBank{Slug: fmt.Sprintf("bank-%d", w.n), Name: "Test Bank", Settings: banks.Settings{Countries: banks.AnyCountry()}})
	w.must(err)
	a, err := w.banks.CreateAgent(w.t.Context(), b.ID, banks.NewAgent{Email: "agent@bank.test", Name: "Agent", Role: visavis.RoleAgent})
	w.must(err)
	w.must(w.calendar.SetWorkingHours(w.t.Context(), b.ID, a.ID, scheduling.AroundTheClock("UTC")))
	_, err = w.s.CreateScenario(w.t.Context(), b.ID, OpenAccount, DefaultScenario())
	w.must(err)
	return b.ID, a.ID
}

func (w *world) newCustomer(bank uuid.UUID) uuid.UUID {
	w.t.Helper()
	c, err := w.banks.CreateCustomer(w.t.Context(), bank, banks.NewCustomer{Name: "Nguyễn Thị Mai", Phone: "+84912345678", Locale: "vi", TimeZone: "Asia/Ho_Chi_Minh"})
	w.must(err)
	return c.ID
}

func (w *world) open() (Identification, banks.Link) {
	w.t.Helper()
	ident, link, err := w.s.Create(w.byBank(), w.bank, NewIdentification{CustomerID: w.customer, Scenario: OpenAccount, Reference: "case-7", Metadata: map[string]any{"branch": "9"}})
	w.must(err)
	return ident, link
}

func (w *world) as(a visavis.Actor) context.Context { return visavis.WithActor(w.t.Context(), a) }

func (w *world) byBank() context.Context {
	return w.as(visavis.Actor{Kind: visavis.ActorBank, BankID: w.bank, ID: uuid.New()})
}

func (w *world) byAgent() context.Context {
	return w.as(visavis.Actor{Kind: visavis.ActorAgent, BankID: w.bank, ID: w.agent, Role: visavis.RoleAgent})
}

// byCustomer is the customer of a case, who has proved the number or not.
func (w *world) byCustomer(ident Identification, proved bool, scopes ...string) context.Context {
	return w.as(visavis.Actor{
		Kind: visavis.ActorCustomer, BankID: w.bank, ID: ident.CustomerID, IdentificationID: ident.ID,
		Proved: proved, Scopes: append(scopes, "visit"),
	})
}

func (w *world) me() context.Context { return w.byCustomer(w.ident, true) }

func (w *world) wantCode(err error, kind visavis.Kind, code string) {
	w.t.Helper()
	if visavis.KindOf(err) != kind || visavis.CodeOf(err) != code {
		w.t.Fatalf("got %v (%s, %s), want %s %s", err, visavis.KindOf(err), visavis.CodeOf(err), kind, code)
	}
}

// fields returns the refused fields of an error, in order.
func fields(err error) string {
	var e *visavis.Error
	if !errors.As(err, &e) {
		return fmt.Sprint(err)
	}
	names := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		names[i] = f.Name
	}
	return strings.Join(names, " ")
}

func (w *world) wantNext(want Next) Progress {
	w.t.Helper()
	p, err := w.s.Progress(w.me(), w.bank, w.ident.ID)
	w.must(err)
	if p.NextStep != want {
		w.t.Fatalf("next step is %s, want %s", p.NextStep, want)
	}
	return p
}

func decisions(locale string, accepted bool) []ConsentDecision {
	return []ConsentDecision{
		{Key: ConsentProcess, Version: 1, Locale: locale, Accepted: true},
		{Key: ConsentRecording, Version: 1, Locale: locale, Accepted: accepted},
	}
}

func answers() map[string]any {
	return map[string]any{
		"full_name": " Nguyễn Thị Mai ", "date_of_birth": "1990-12-31", "address": "12 Lê Lợi, Huế",
		"document_number": "B1234567", "account_purpose": "salary", "politically_exposed": false,
	}
}

// ready takes the customer through everything before the slot.
func (w *world) ready() {
	w.t.Helper()
	_, err := w.s.GiveConsent(w.me(), w.bank, w.ident.ID, decisions("vi", true))
	w.must(err)
	_, err = w.s.ChooseDocument(w.me(), w.bank, w.ident.ID, Passport)
	w.must(err)
	form, err := w.s.SubmitForm(w.me(), w.bank, w.ident.ID, answers())
	w.must(err)
	_, err = w.s.ConfirmForm(w.me(), w.bank, w.ident.ID, form.Version)
	w.must(err)
}

func (w *world) strings(sql string, args ...any) (out []string) {
	w.t.Helper()
	w.must(w.db.InBank(w.t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, sql, append([]any{w.bank}, args...)...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			out = append(out, s)
		}
		return rows.Err()
	}))
	return out
}

func (w *world) decide(ctx context.Context, d Decision) (ident Identification, err error) {
	err = w.db.InBank(ctx, w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		ident, err = w.s.DecideTx(ctx, tx, w.ident.ID, d)
		return err
	})
	return ident, err
}
