package calls

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
	"github.com/visavis/visavis/scheduling"
)

// bundle is a bank with everything below package calls, on a clock that stands
// until a test moves it. The due loop does not run: due does what is due.
type bundle struct {
	testing.TB
	ctx    context.Context // the system
	calls  *Service
	db     *postgres.DB
	bank   uuid.UUID
	clock  atomic.Int64
	work   map[scheduling.DueKind]scheduling.DueFunc
	phones int
}

// nobody is a provider that is never reached: the delivery loop does not run.
type nobody struct{}

func (nobody) Send(context.Context, channels.Outgoing) (string, error) { panic("sent") }

func setup(t testing.TB) *bundle {
	t.Helper()
	if t, ok := t.(*testing.T); ok {
		t.Parallel()
	}
	b := &bundle{TB: t, ctx: t.Context(), db: testdb.New(t)}
	b.clock.Store(time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC).UnixNano())
	now := func() time.Time { return time.Unix(0, b.clock.Load()) }
	keys, err := events.NewKeyring([]byte("0123456789abcdef0123456789abcdef"))
	b.ok(err)
	log := slog.New(slog.DiscardHandler)
	bs := banks.New(banks.Config{DB: b.db, Keyring: keys, Now: now, Log: log, PublicURL: "http://127.0.0.1:8080"})
	ch := channels.New(channels.Config{DB: b.db, Banks: bs, Keys: keys, Now: now, Log: log, Routes: []channels.Route{
		{Channel: channels.SMS, Provider: "twilio", Sender: nobody{}}, {Channel: channels.Push, Provider: "fcm", Sender: nobody{}}}})
	ot := otp.New(otp.Config{DB: b.db, Banks: bs, Channels: ch, Keys: keys, Now: now, Log: log})
	sc := scheduling.New(scheduling.Config{DB: b.db, Banks: bs, Channels: ch, Now: now, Log: log})
	id := identifications.New(identifications.Config{DB: b.db, Banks: bs, Channels: ch, Scheduling: sc, Now: now, Log: log})
	rooms, err := media.NewServer(media.Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true, Now: now, Logger: log})
	b.ok(err)
	t.Cleanup(func() { rooms.Close() })
	b.calls = New(Config{DB: b.db, Banks: bs, Channels: ch, OTP: ot, Scheduling: sc, Identifications: id, Media: rooms,
		Keyring: keys, Node: "http://127.0.0.1:8080", DataDir: t.TempDir(), Log: log, Now: now})
	s := b.calls
	b.work = s.dueWork()
	bank, err := bs.Create(b.ctx, banks.NewBank{Slug: "a", Name: "A", Settings: banks.Settings{Countries: banks.AnyCountry()}})
	b.ok(err)
	b.bank = bank.ID
	b.ctx = visavis.WithActor(b.ctx, visavis.System(bank.ID))
	d := identifications.DefaultScenario()
	d.Settings.NoticeMinutes = new(1)
	d.Settings.SlotMinutes, d.Settings.SlotIntervalMinutes = 5, 5
	_, err = id.CreateScenario(b.ctx, b.bank, "open-account", d)
	b.ok(err)
	return b
}

func (b *bundle) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bundle) refused(err error, kind visavis.Kind, code string) {
	b.Helper()
	if visavis.KindOf(err) != kind || visavis.CodeOf(err) != code {
		b.Fatalf("got %v (%s, %s), want %s %s", err, visavis.KindOf(err), visavis.CodeOf(err), kind, code)
	}
}

func (b *bundle) inBank(fn func(ctx context.Context, tx *postgres.Tx) error) {
	b.Helper()
	b.ok(b.db.InBank(b.ctx, b.bank, fn))
}

// agent makes an agent with hours around the clock, and its context.
func (b *bundle) agent(name string) (uuid.UUID, context.Context) {
	b.Helper()
	a, err := b.calls.Banks.CreateAgent(b.ctx, b.bank, banks.NewAgent{Email: name + "@a.example", Name: name, Role: visavis.RoleAgent, Password: "correct horse battery"})
	b.ok(err)
	b.ok(b.calls.Scheduling.SetWorkingHours(b.ctx, b.bank, a.ID, scheduling.AroundTheClock("UTC")))
	return a.ID, visavis.WithActor(b.ctx, visavis.Actor{Kind: visavis.ActorAgent, BankID: b.bank, ID: a.ID, Role: visavis.RoleAgent})
}

// ready makes an agent who is ready.
func (b *bundle) ready(name string) (uuid.UUID, context.Context) {
	b.Helper()
	id, ctx := b.agent(name)
	_, err := b.calls.SetPresence(ctx, b.bank, id, Ready)
	b.ok(err)
	return id, ctx
}

// visitor is a customer with a case, who has given the consents, chosen the
// document and confirmed the form.
type visitor struct {
	customer uuid.UUID
	idn      identifications.Identification
	ctx      context.Context
}

func (b *bundle) visitor() visitor {
	b.Helper()
	b.phones++
	c, err := b.calls.Banks.CreateCustomer(b.ctx, b.bank, banks.NewCustomer{Name: "Lan", Phone: fmt.Sprintf("+849123456%02d", 70+b.phones), Locale: "en", TimeZone: "Asia/Ho_Chi_Minh"})
	b.ok(err)
	idn, _, err := b.calls.Identifications.Create(b.ctx, b.bank, identifications.NewIdentification{CustomerID: c.ID, Scenario: "open-account"})
	b.ok(err)
	v := visitor{customer: c.ID, idn: idn}
	v.ctx = visavis.WithActor(b.ctx, visavis.Actor{Kind: visavis.ActorCustomer, BankID: b.bank, ID: c.ID, IdentificationID: idn.ID, Proved: true, Scopes: []string{"visit", "manage", "call"}})
	var decisions []identifications.ConsentDecision
	for _, text := range identifications.ConsentTexts(idn.Scenario.Definition, "en") {
		decisions = append(decisions, identifications.ConsentDecision{Key: text.Key, Version: text.Version, Locale: "en", Accepted: true})
	}
	_, err = b.calls.Identifications.GiveConsent(v.ctx, b.bank, idn.ID, decisions)
	b.ok(err)
	_, err = b.calls.Identifications.ChooseDocument(v.ctx, b.bank, idn.ID, "passport")
	b.ok(err)
	form, err := b.calls.Identifications.SubmitForm(v.ctx, b.bank, idn.ID, goodForm)
	b.ok(err)
	_, err = b.calls.Identifications.ConfirmForm(v.ctx, b.bank, idn.ID, form.Version)
	b.ok(err)
	return v
}

var goodForm = map[string]any{
	"full_name": "Nguyen Thi Lan", "date_of_birth": "1990-05-17", "address": "12 Hang Bai, Ha Noi",
	"document_number": "C1234567", "account_purpose": "salary", "politically_exposed": false,
}

// book books the next slot for a visitor and returns the booking.
func (b *bundle) book(v visitor) scheduling.Booking {
	b.Helper()
	now := b.calls.Now()
	slots, err := b.calls.Identifications.Slots(b.ctx, b.bank, v.idn.ID, now, now.Add(time.Hour), 1)
	b.ok(err)
	if len(slots) == 0 {
		b.Fatal("no slot")
	}
	bk, err := b.calls.Identifications.Book(b.ctx, b.bank, v.idn.ID, slots[0].Start, identifications.BookOptions{})
	b.ok(err)
	return bk
}

func (b *bundle) device(customer uuid.UUID, token string) string {
	b.Helper()
	d, err := b.calls.Banks.AddDevice(b.ctx, b.bank, customer, banks.NewDevice{Provider: "fcm", Token: "token-of-" + token})
	b.ok(err)
	return d.ID.String()
}

// pass lets time go by and does what falls due, in order.
func (b *bundle) pass(d time.Duration) {
	b.Helper()
	end := b.calls.Now().Add(d)
	for {
		var next scheduling.Due
		err := b.db.InBank(b.ctx, b.bank, func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, `select kind, object_id, due_at from due_times where bank_id = $1 and due_at <= $2 and kind <> 'reminder'
				order by due_at limit 1`, tx.BankID, end).Scan(&next.Kind, &next.ObjectID, &next.At)
		})
		if errors.Is(err, pgx.ErrNoRows) {
			b.clock.Store(end.UnixNano())
			return
		}
		b.ok(err)
		if next.At.After(b.calls.Now()) {
			b.clock.Store(next.At.UnixNano())
		}
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			err := b.work[next.Kind](ctx, tx, next)
			if later, ok := scheduling.IsLater(err); ok {
				_, err = tx.Exec(ctx, `update due_times set due_at = $5 where bank_id = $1 and object_id = $2 and kind = $3 and due_at = $4`,
					tx.BankID, next.ObjectID, next.Kind, next.At, later)
				return err
			}
			if err != nil {
				return err
			}
			_, err = tx.Exec(ctx, `delete from due_times where bank_id = $1 and object_id = $2 and kind = $3 and due_at = $4`,
				tx.BankID, next.ObjectID, next.Kind, next.At)
			return err
		})
	}
}

// sent returns the templates and channels of the messages to a customer, in
// order.
func (b *bundle) sent(customer uuid.UUID) (all []string) {
	b.Helper()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select m.template || ' ' || (t->>'c') from messages m cross join lateral jsonb_path_query(m.plan, '$[*].t[*]') t
			where m.bank_id = $1 and m.customer_id = $2 and m.template not like 'booking%' order by m.id, t->>'c'`, tx.BankID, customer)
		var err error
		all, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	return all
}

func (b *bundle) want(got, want []string) {
	b.Helper()
	if len(got) != len(want) {
		b.Fatalf("got %q, want %q", got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			b.Fatalf("got %q, want %q", got, want)
		}
	}
}

func (b *bundle) bookingState(id uuid.UUID, want scheduling.State) {
	b.Helper()
	bk, err := b.calls.Scheduling.Get(b.ctx, b.bank, id)
	b.ok(err)
	if bk.State != want {
		b.Fatalf("the booking is %s, want %s", bk.State, want)
	}
}

func (b *bundle) presence(id uuid.UUID, want PresenceState) {
	b.Helper()
	p, err := b.calls.Presence(b.ctx, b.bank, id)
	b.ok(err)
	if p.State != want {
		b.Fatalf("%s is %s, want %s", p.Name, p.State, want)
	}
}

// offered returns the one live entry, which must be offered.
func (b *bundle) offered() Entry {
	b.Helper()
	q, err := b.calls.Queue(b.ctx, b.bank)
	b.ok(err)
	if len(q) != 1 || q[0].State != EntryOffered {
		b.Fatalf("the queue is %+v", q)
	}
	return q[0]
}

// ring books, waits and presses Call: a ringing call.
func (b *bundle) ring(v visitor, agent uuid.UUID, ctx context.Context) Call {
	b.Helper()
	bk := b.book(v)
	b.pass(bk.Start.Sub(b.calls.Now()) - time.Second)
	b.keepAlive()
	b.pass(time.Second)
	c, err := b.calls.Accept(ctx, b.bank, b.offered().ID, agent)
	b.ok(err)
	return c
}

// keepAlive is every console's sign of life.
func (b *bundle) keepAlive() {
	b.Helper()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update agent_presence set seen_at = $2 where bank_id = $1`, tx.BankID, b.calls.Now().Add(time.Second))
		return err
	})
}

// talking is a ring that was answered: the visitor, the agent with its context,
// and the active call.
func (b *bundle) talking() (v visitor, agent uuid.UUID, ctx context.Context, c Call) {
	b.Helper()
	agent, ctx = b.ready("alice")
	v = b.visitor()
	c = b.ring(v, agent, ctx)
	_, err := b.calls.Answer(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	return v, agent, ctx, c
}

// dueWork is who works which due times.
func (s *Service) dueWork() map[scheduling.DueKind]scheduling.DueFunc {
	return map[scheduling.DueKind]scheduling.DueFunc{
		scheduling.DuePhoneLeg: func(context.Context, *postgres.Tx, scheduling.Due) error { return nil }, // package ivr's
		scheduling.DueBooking:  s.bookingDue, scheduling.DueUnserved: s.unserved, scheduling.DueOfferExpired: s.offerExpired,
		scheduling.DueRingSMS: s.ringSMS, scheduling.DueRingMissed: s.ringMissed,
		scheduling.DueCallAbandoned: s.maybeAbandoned, scheduling.DueRecoverRecording: s.recoverDue,
		scheduling.DueQueueRelaxed: s.relaxed, scheduling.DueWrapUp: s.wrapUpEnds, scheduling.DueTakeover: s.takeover}
}
