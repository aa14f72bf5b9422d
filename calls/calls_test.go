package calls

import (
	"context"
	"errors"
	"log/slog"
	"sync"
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
	*testing.T
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

func setup(t *testing.T) *bundle {
	t.Helper()
	t.Parallel()
	b := &bundle{T: t, ctx: t.Context(), db: testdb.New(t)}
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
		Node: "http://127.0.0.1:8080", DataDir: t.TempDir(), Log: log, Now: now})
	s := b.calls
	b.work = map[scheduling.DueKind]scheduling.DueFunc{
		scheduling.DueBooking: s.bookingDue, scheduling.DueUnserved: s.unserved, scheduling.DueOfferExpired: s.offerExpired,
		scheduling.DueRingSMS: s.ringSMS, scheduling.DueRingMissed: s.ringMissed,
		scheduling.DueCallAbandoned: s.maybeAbandoned, scheduling.DueRecoverRecording: s.recoverDue}
	bank, err := bs.Create(b.ctx, banks.NewBank{Slug: "a", Name: "A"})
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
	c, err := b.calls.Banks.CreateCustomer(b.ctx, b.bank, banks.NewCustomer{Name: "Lan", Phone: "+8491234567" + string(rune('0'+b.phones)), Locale: "en", TimeZone: "Asia/Ho_Chi_Minh"})
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
		rows, _ := tx.Query(ctx, `select m.template || ' ' || d.channel from messages m join deliveries d on d.bank_id = m.bank_id and d.message_id = m.id
			where m.bank_id = $1 and m.customer_id = $2 and m.template not like 'booking%' order by m.id, d.channel`, tx.BankID, customer)
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

func TestDueBookingIsOfferedToOneReadyAgentThenToAnother(t *testing.T) {
	b := setup(t)
	_, _ = b.ready("alice")
	_, _ = b.ready("bob")
	v := b.visitor()
	bk := b.book(v)
	b.pass(bk.Start.Sub(b.calls.Now()) - time.Second)
	if q, _ := b.calls.Queue(b.ctx, b.bank); len(q) != 0 {
		t.Fatalf("queued early: %+v", q)
	}
	b.keepAlive()
	b.pass(time.Second)
	b.bookingState(bk.ID, scheduling.StateDue)
	first := b.offered()
	b.presence(*first.OfferedTo, Offered)
	b.want(b.sent(v.customer), nil)
	b.pass(19 * time.Second)
	if e := b.offered(); *e.OfferedTo != *first.OfferedTo {
		t.Fatal("the offer lapsed early")
	}
	b.pass(2 * time.Second)
	second := b.offered()
	if *second.OfferedTo == *first.OfferedTo {
		t.Fatal("the same agent was drawn again though another is ready")
	}
	b.presence(*first.OfferedTo, Ready)
	_, err := b.calls.Accept(b.ctx, b.bank, second.ID, *first.OfferedTo)
	b.refused(err, visavis.Conflict, "offer_lapsed")
}

// keepAlive is every console's sign of life.
func (b *bundle) keepAlive() {
	b.Helper()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update agent_presence set seen_at = $2 where bank_id = $1`, tx.BankID, b.calls.Now().Add(time.Second))
		return err
	})
}

func TestNobodyReadyThenTheCustomerIsToldAndOfferedANewTime(t *testing.T) {
	b := setup(t)
	agent, ctx := b.agent("alice")
	v := b.visitor()
	bk := b.book(v)
	b.pass(bk.Start.Sub(b.calls.Now()))
	b.want(b.sent(v.customer), []string{"queue_busy sms"})
	b.pass(9 * time.Minute)
	b.bookingState(bk.ID, scheduling.StateDue)
	b.pass(time.Minute)
	b.bookingState(bk.ID, scheduling.Unserved)
	b.want(b.sent(v.customer), []string{"queue_busy sms", "new_time_offered sms"})
	_, err := b.calls.SetPresence(ctx, b.bank, agent, Ready)
	b.ok(err)
	if q, _ := b.calls.Queue(b.ctx, b.bank); len(q) != 0 {
		t.Fatalf("still queued: %+v", q)
	}
}

func TestDueBookingHeadsTheQueue(t *testing.T) {
	b := setup(t)
	agent, ctx := b.agent("alice")
	walkIn, booked := b.visitor(), b.visitor()
	bk := b.book(booked)
	b.pass(bk.Start.Sub(b.calls.Now()) - time.Second)
	p, err := b.calls.Enter(walkIn.ctx, b.bank, walkIn.idn.ID)
	b.ok(err)
	if p.Position != 1 {
		t.Fatalf("position %d", p.Position)
	}
	b.pass(time.Second)
	p, err = b.calls.Mine(walkIn.ctx, b.bank, walkIn.idn.ID)
	b.ok(err)
	if p.Position != 2 {
		t.Fatalf("position %d behind a due booking", p.Position)
	}
	_, err = b.calls.SetPresence(ctx, b.bank, agent, Ready)
	b.ok(err)
	q, err := b.calls.Queue(b.ctx, b.bank)
	b.ok(err)
	if q[0].BookingID == nil || q[0].State != EntryOffered || q[1].State != EntryWaiting {
		t.Fatalf("got %+v", q)
	}
}

func TestWalkInGoesToTheAgentWhoIsFreeLongest(t *testing.T) {
	b := setup(t)
	first, ctx := b.ready("alice")
	b.pass(time.Second)
	b.ready("bob")
	b.pass(time.Second)
	b.ready("carol")
	v := b.visitor()
	_, err := b.calls.Enter(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	e := b.offered()
	if *e.OfferedTo != first {
		t.Fatal("not the one who is free longest")
	}
	c, err := b.calls.Accept(ctx, b.bank, e.ID, first)
	b.ok(err)
	if c.State != Active || c.Direction != Inbound || c.AnsweredAt == nil {
		t.Fatalf("got %+v", c)
	}
	b.presence(first, InCall)
	b.want(b.sent(v.customer), nil) // the customer is on the page: nothing rings
	_, err = b.calls.Enter(v.ctx, b.bank, v.idn.ID)
	b.refused(err, visavis.Conflict, "call_in_progress")
}

func TestDueBookingIsDrawnAtRandom(t *testing.T) {
	seen := map[uuid.UUID]int{}
	agents := []uuid.UUID{uuid.New(), uuid.New(), uuid.New()}
	for range 3000 {
		a, err := draw(agents)
		if err != nil {
			t.Fatal(err)
		}
		seen[a]++
	}
	for _, a := range agents {
		if seen[a] < 850 || seen[a] > 1150 { // 1000 ± 150 is 5.8 σ
			t.Errorf("drawn %d times of 3000", seen[a])
		}
	}
}

func TestCustomerWhoClosedThePageIsPassedBy(t *testing.T) {
	b := setup(t)
	agent, ctx := b.agent("alice")
	gone, here := b.visitor(), b.visitor()
	_, err := b.calls.Enter(gone.ctx, b.bank, gone.idn.ID)
	b.ok(err)
	b.pass(time.Minute)
	_, err = b.calls.Enter(here.ctx, b.bank, here.idn.ID)
	b.ok(err)
	_, err = b.calls.SetPresence(ctx, b.bank, agent, Ready)
	b.ok(err)
	q, err := b.calls.Queue(b.ctx, b.bank)
	b.ok(err)
	if q[0].State != EntryWaiting || q[1].State != EntryOffered || q[1].IdentificationID != here.idn.ID {
		t.Fatalf("got %+v", q)
	}
	p, err := b.calls.Mine(here.ctx, b.bank, here.idn.ID)
	b.ok(err)
	if p.Position != 1 {
		t.Errorf("position %d behind someone who is gone", p.Position)
	}
}

func TestRingLadder(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	b.device(v.customer, "one")
	b.device(v.customer, "two")
	c := b.ring(v, agent, ctx)
	if c.State != Ringing || c.Direction != Outbound {
		t.Fatalf("got %+v", c)
	}
	b.want(b.sent(v.customer), []string{"call_ringing push", "call_ringing push"})
	b.pass(14 * time.Second)
	b.want(b.sent(v.customer), []string{"call_ringing push", "call_ringing push"})
	b.pass(time.Second)
	b.want(b.sent(v.customer), []string{"call_ringing push", "call_ringing push", "call_ringing sms"})
	b.pass(30 * time.Second)
	c, err := b.calls.Get(b.ctx, b.bank, c.ID)
	b.ok(err)
	if c.State != Missed {
		t.Fatalf("after 45 s the call is %s", c.State)
	}
	b.bookingState(*c.BookingID, scheduling.Missed)
	b.presence(agent, Ready)
	sent := b.sent(v.customer)
	b.want(sent[3:], []string{"call_cancelled push", "call_cancelled push", "call_missed push", "call_missed push", "call_missed sms"})
	_, err = b.calls.Answer(v.ctx, b.bank, c.ID, "")
	b.refused(err, visavis.Gone, "call_missed")
	rings, err := b.calls.Rings(b.ctx, b.bank, c.ID)
	b.ok(err)
	if last := rings[len(rings)-1]; last.Device != Page || last.State != "late" {
		t.Errorf("answering too late is not written down: %+v", rings)
	}
}

func TestRingingDeviceKeepsTheSMSBack(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	d := b.device(v.customer, "one")
	c := b.ring(v, agent, ctx)
	b.pass(10 * time.Second)
	c, err := b.calls.Ringing(v.ctx, b.bank, c.ID, d)
	b.ok(err)
	if c.RungAt == nil {
		t.Fatal("the ring was not stamped")
	}
	b.pass(20 * time.Second)
	b.want(b.sent(v.customer), []string{"call_ringing push"})
	_, err = b.calls.Ringing(v.ctx, b.bank, c.ID, uuid.NewString())
	b.refused(err, visavis.Invalid, "invalid_request")
}

func TestFirstDeviceToAnswerWins(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	devices := []string{b.device(v.customer, "one"), b.device(v.customer, "two"), Page}
	c := b.ring(v, agent, ctx)
	var won, late atomic.Int32
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			_, err := b.calls.Answer(v.ctx, b.bank, c.ID, devices[i%3])
			switch {
			case err == nil:
				won.Add(1)
			case visavis.CodeOf(err) == "answered_elsewhere":
				late.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 4 || late.Load() != 8 { // the winner's repetitions are welcome
		t.Fatalf("%d won, %d late", won.Load(), late.Load())
	}
	b.pass(time.Minute - time.Second) // the ladder is gone
	for _, m := range b.sent(v.customer) {
		if m == "call_ringing sms" || m == "call_missed sms" {
			t.Errorf("sent %s after the answer", m)
		}
	}
}

func TestDecline(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	c := b.ring(v, agent, ctx)
	c, err := b.calls.Decline(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	if c.State != Declined {
		t.Fatalf("got %s", c.State)
	}
	b.bookingState(*c.BookingID, scheduling.Missed)
	b.presence(agent, Ready)
	b.want(b.sent(v.customer), []string{"call_missed sms"})
	again, err := b.calls.Decline(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	if again.State != Declined {
		t.Fatal("declining twice changed it")
	}
}

func TestAgentWhoGivesUpTheRingPutsTheCustomerBackFirst(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	c := b.ring(v, agent, ctx)
	other, _ := b.ready("bob")
	c, err := b.calls.HangUp(ctx, b.bank, c.ID)
	b.ok(err)
	if c.State != Cancelled {
		t.Fatalf("got %s", c.State)
	}
	b.presence(agent, WrapUp)
	if e := b.offered(); *e.OfferedTo != other || e.BookingID == nil {
		t.Fatalf("got %+v", e)
	}
}

func TestCancelledBookingIsNotCalled(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	bk := b.book(v)
	b.pass(bk.Start.Sub(b.calls.Now()) - time.Second)
	b.ok(b.calls.Touch(ctx, b.bank, agent))
	b.pass(time.Second)
	e := b.offered()
	_, err := b.calls.Scheduling.Cancel(b.ctx, b.bank, bk.ID, "changed my mind")
	b.ok(err)
	_, err = b.calls.Accept(ctx, b.bank, e.ID, agent)
	b.refused(err, visavis.Conflict, "booking_changed")
	b.pass(11 * time.Minute)
	for _, m := range b.sent(v.customer) {
		if m == "new_time_offered sms" {
			t.Error("a new time was offered for a cancelled booking")
		}
	}
}

func TestAbsenceBeyondTheGraceEndsTheCall(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	c := b.ring(v, agent, ctx)
	_, err := b.calls.Answer(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	connect := func(role string, on bool) {
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			return b.calls.participantTx(ctx, tx, c.ID, role, on)
		})
	}
	connect(RoleAgent, true)
	connect(RoleCustomer, true)
	b.pass(10 * time.Minute)
	state := func() State {
		c, err := b.calls.Get(b.ctx, b.bank, c.ID)
		b.ok(err)
		return c.State
	}
	if state() != Active {
		t.Fatal("ended although both are there")
	}
	connect(RoleCustomer, false)
	b.pass(59 * time.Second)
	connect(RoleCustomer, true) // back in time
	b.pass(10 * time.Minute)
	if state() != Active {
		t.Fatal("ended although the customer came back")
	}
	connect(RoleAgent, false)
	b.pass(60 * time.Second)
	if state() != Ended {
		t.Fatal("goes on without the agent")
	}
	b.presence(agent, WrapUp)
	b.bookingState(*c.BookingID, scheduling.Kept)
}

func TestCodeIsGoodForItsCallOnly(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	c := b.ring(v, agent, ctx)
	_, err := b.calls.Answer(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	_, err = b.calls.CheckCode(v.ctx, b.bank, c.ID, "123456")
	b.refused(err, visavis.Conflict, "no_code")
	ver, err := b.calls.SendCode(ctx, b.bank, c.ID)
	b.ok(err)
	again, err := b.calls.SendCode(ctx, b.bank, c.ID)
	b.ok(err)
	if ver.ID != again.ID {
		t.Fatal("a second request made a second code")
	}
	_, err = b.calls.OTP.Check(b.ctx, b.bank, ver.ID, "123456", uuid.Nil) // by the API, not in the call
	b.refused(err, visavis.NotFound, "verification_not_found")
	steps, err := b.calls.Steps(b.ctx, b.bank, c.ID)
	b.ok(err)
	last := steps[len(steps)-1]
	if last.Kind != CodeStep {
		t.Fatalf("the script ends with %s", last.Kind)
	}
	_, err = b.calls.CompleteStep(ctx, b.bank, c.ID, last.Position, true)
	b.refused(err, visavis.Conflict, "code_step")
}

func TestAnotherAgentAndAnotherCustomerTouchNothing(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v, stranger := b.visitor(), b.visitor()
	c := b.ring(v, agent, ctx)
	_, otherCtx := b.agent("bob")
	_, err := b.calls.HangUp(otherCtx, b.bank, c.ID)
	b.refused(err, visavis.Forbidden, "not_your_call")
	_, err = b.calls.Answer(stranger.ctx, b.bank, c.ID, "")
	b.refused(err, visavis.NotFound, "not_found")
	_, err = b.calls.Get(stranger.ctx, b.bank, c.ID)
	b.refused(err, visavis.NotFound, "not_found")
}

func TestApprovalNeedsStepsAndRecording(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	_, err := b.calls.Decide(ctx, b.bank, v.idn.ID, true, "")
	b.refused(err, visavis.Conflict, "evidence_missing")
	c := b.ring(v, agent, ctx)
	_, err = b.calls.Answer(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	_, err = b.calls.Decide(ctx, b.bank, v.idn.ID, true, "")
	b.refused(err, visavis.Conflict, "evidence_missing")
	if got, _ := b.calls.Get(b.ctx, b.bank, c.ID); got.State != Active {
		t.Fatal("a refused approval ended the call")
	}
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update call_steps set state = 'passed' where bank_id = $1`, tx.BankID)
		return err
	})
	_, err = b.calls.Decide(ctx, b.bank, v.idn.ID, true, "") // nothing was recorded
	b.refused(err, visavis.Conflict, "evidence_missing")
	idn, err := b.calls.Decide(ctx, b.bank, v.idn.ID, false, "the document is not valid")
	b.ok(err)
	if idn.State != identifications.Rejected {
		t.Fatalf("got %s", idn.State)
	}
}

func TestStepsAreShuffledWithinTheirGroup(t *testing.T) {
	script := identifications.DefaultScenario().Script
	orders := map[string]bool{}
	for range 200 {
		out, err := shuffle(script)
		if err != nil {
			t.Fatal(err)
		}
		order := ""
		for i, step := range out {
			if step.Group != script[i].Group {
				t.Fatalf("step %d left its group", i)
			}
			if step.Group == "" && step.Kind != script[i].Kind {
				t.Fatalf("step %d moved though it has no group", i)
			}
			order += step.Kind + " "
		}
		orders[order] = true
	}
	if len(orders) < 12 { // of 24
		t.Errorf("only %d orders in 200 calls", len(orders))
	}
}

func TestAgentsOfAnotherBankAreNotDrawn(t *testing.T) {
	b := setup(t)
	other, err := b.calls.Banks.Create(context.Background(), banks.NewBank{Slug: "b", Name: "B"})
	b.ok(err)
	v := b.visitor()
	_, err = b.calls.Enter(visavis.WithActor(b.ctx, visavis.System(other.ID)), other.ID, v.idn.ID)
	if visavis.KindOf(err) != visavis.NotFound {
		t.Fatalf("got %v", err)
	}
}

func TestStepIsTriedOnlySoOften(t *testing.T) {
	b := setup(t)
	agent, ctx := b.ready("alice")
	v := b.visitor()
	c := b.ring(v, agent, ctx)
	_, err := b.calls.Answer(v.ctx, b.bank, c.ID, "")
	b.ok(err)
	for range 5 { // failed without a picture, which is fine; passed would not be
		_, err := b.calls.CompleteStep(ctx, b.bank, c.ID, 1, false)
		b.ok(err)
	}
	_, err = b.calls.CompleteStep(ctx, b.bank, c.ID, 1, false)
	b.refused(err, visavis.Conflict, "step_attempts_used")
	_, err = b.calls.CompleteStep(ctx, b.bank, c.ID, 2, true)
	b.refused(err, visavis.Conflict, "not_connected")
}

func TestOpenPageOfABookedCustomerRings(t *testing.T) {
	b := setup(t)
	agent, ctx := b.agent("alice")
	v := b.visitor()
	bk := b.book(v)
	b.pass(bk.Start.Sub(b.calls.Now()))
	for range 3 { // the page shows the place
		b.pass(5 * time.Second)
		_, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID)
		b.ok(err)
	}
	_, err := b.calls.SetPresence(ctx, b.bank, agent, Ready)
	b.ok(err)
	c, err := b.calls.Accept(ctx, b.bank, b.offered().ID, agent)
	b.ok(err)
	if c.State != Ringing {
		t.Fatalf("a booked customer who only looks on was put into the call: %s", c.State)
	}
}

func TestWhoLeftThePageLeavesTheQueue(t *testing.T) {
	b := setup(t)
	gone, here := b.visitor(), b.visitor()
	for _, v := range []visitor{gone, here} {
		_, err := b.calls.Enter(v.ctx, b.bank, v.idn.ID)
		b.ok(err)
	}
	for range 24 { // half-minutes
		b.pass(30 * time.Second)
		_, err := b.calls.Mine(here.ctx, b.bank, here.idn.ID)
		b.ok(err)
	}
	q, err := b.calls.Queue(b.ctx, b.bank)
	b.ok(err)
	if len(q) != 1 || q[0].IdentificationID != here.idn.ID {
		t.Fatalf("got %+v", q)
	}
}
