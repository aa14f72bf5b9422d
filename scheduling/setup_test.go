package scheduling

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// clock is a time that stands still until it is set.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = at
}

// day is a Monday without a change of clocks nearby.
var day = time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)

// world is a database with the services up to scheduling.
type world struct {
	t     testing.TB
	ctx   context.Context
	url   string
	db    *postgres.DB
	clock *clock
	banks *banks.Service
	s     *Service
	keys  *events.Keyring
	n     int
}

func setup(t testing.TB) *world {
	url := testdb.URL(t)
	return node(t, url, &clock{at: day})
}

// node is one more gateway on the same database.
func node(t testing.TB, url string, c *clock) *world { return nodeAt(t, url, c, c.now) }

// nodeAt is node with another notion of the time.
func nodeAt(t testing.TB, url string, c *clock, now func() time.Time) *world {
	w := &world{t: t, ctx: t.Context(), url: url, db: testdb.Open(t, url), clock: c}
	keys, err := events.NewKeyring([]byte("0123456789abcdef0123456789ABCDEF"))
	w.must(err)
	w.keys = keys
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	w.banks = banks.New(banks.Config{DB: w.db, Log: log, Now: now, Keyring: keys, PublicURL: "http://visavis.test"})
	messages := channels.New(channels.Config{
		DB: w.db, Banks: w.banks, Keys: keys, Log: log, Now: now,
		// Messages are accepted here; nothing delivers them.
		Routes: []channels.Route{{Channel: channels.SMS, Provider: "twilio", Sender: nobody{}}, {Channel: channels.Push, Provider: "fcm", Sender: nobody{}}},
	})
	w.s = New(Config{DB: w.db, Banks: w.banks, Channels: messages, Log: log, Now: now})
	w.s.bookings.Timeout = 5 * time.Minute // many book at once in these tests, on busy machines
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

func (w *world) name(what string) string {
	w.n++
	return fmt.Sprintf("%s-%d", what, w.n)
}

func (w *world) bank() uuid.UUID {
	w.t.Helper()
	b, err := w.banks.Create(w.ctx, banks.NewBank{Slug: w.name("bank"), Name: "Test Bank", Settings: banks.Settings{Countries: banks.AnyCountry()}})
	w.must(err)
	return b.ID
}

// agent makes an agent who works the hours.
func (w *world) agent(bank uuid.UUID, hours []Hours) uuid.UUID {
	w.t.Helper()
	a, err := w.banks.CreateAgent(w.ctx, bank, banks.NewAgent{Email: w.name("agent") + "@bank.test", Name: "Agent", Role: "agent"})
	w.must(err)
	w.must(w.s.SetWorkingHours(w.ctx, bank, a.ID, hours))
	return a.ID
}

func (w *world) customer(bank uuid.UUID) uuid.UUID {
	w.t.Helper()
	c, err := w.banks.CreateCustomer(w.ctx, bank, banks.NewCustomer{
		Name: "Олена Петренко", Phone: "+380441234567", Locale: "uk", TimeZone: "Europe/Kyiv",
	})
	w.must(err)
	return c.ID
}

// quarter is a slot every quarter of an hour, with an hour's notice.
var quarter = Rules{Length: 15 * time.Minute, Interval: 15 * time.Minute, Notice: time.Hour, Horizon: 14 * 24 * time.Hour}

func newBooking(customer uuid.UUID, start time.Time) NewBooking {
	return NewBooking{
		IdentificationID: uuid.Must(uuid.NewV7()), CustomerID: customer, ScenarioID: uuid.Must(uuid.NewV7()),
		Start: start, Rules: quarter,
	}
}

func (w *world) tryBook(bank uuid.UUID, n NewBooking) (b Booking, err error) {
	err = w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		b, err = w.s.BookTx(ctx, tx, n)
		return err
	})
	return b, err
}

func (w *world) book(bank uuid.UUID, start time.Time) Booking {
	w.t.Helper()
	b, err := w.tryBook(bank, newBooking(w.customer(bank), start))
	w.must(err)
	return b
}

// rows returns what a query in the bank finds, one line a row.
func (w *world) rows(bank uuid.UUID, sql string, args ...any) []string {
	w.t.Helper()
	lines := []string{}
	w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				return err
			}
			line := ""
			for i, v := range values {
				if i > 0 {
					line += " "
				}
				if at, ok := v.(time.Time); ok {
					v = at.UTC().Format(time.RFC3339)
				}
				line += fmt.Sprint(v)
			}
			lines = append(lines, line)
		}
		return rows.Err()
	}))
	return lines
}

// dues returns the due times of an object in order of time.
func (w *world) dues(bank, object uuid.UUID) []string {
	w.t.Helper()
	return w.rows(bank, `select due_at, kind, name from due_times where bank_id = $1 and object_id = $2 order by due_at, kind`, bank, object)
}

// checkInvariants holds every booking of a bank against what must be true at
// any time: no place is promised twice, and due times match state and time.
// offsets are the reminders; bookings were made or changed at made.
func (w *world) checkInvariants(bank uuid.UUID) {
	w.t.Helper()
	if doubles := w.rows(bank, `
		select a.id, b.id from bookings a join bookings b
		  on a.bank_id = b.bank_id and a.place_id = b.place_id and a.id < b.id and a.during && b.during
		where a.bank_id = $1 and a.state in ('confirmed', 'due') and b.state in ('confirmed', 'due')`, bank); len(doubles) > 0 {
		w.t.Fatalf("%d places are promised twice, such as %s", len(doubles), doubles[0])
	}
	// What should be there and is not, and what is there and should not be.
	wrong := w.rows(bank, `
		with wanted as (
			select id as object_id, 'booking_due' as kind, '' as name, lower(during) as due_at
			from bookings where bank_id = $1 and state = 'confirmed'
			union all
			select b.id, 'reminder', r.name, lower(b.during) - r.before
			from bookings b cross join (values ('24h', interval '24 hours'), ('1h', interval '1 hour'), ('10m', interval '10 minutes')) r(name, before)
			where bank_id = $1 and state = 'confirmed' and lower(b.during) - r.before > b.updated_at
		), found as (
			select object_id, kind, name, due_at from due_times where bank_id = $1
		)
		(select 'missing', * from (select * from wanted except select * from found) m)
		union all
		(select 'left over', * from (select * from found except select * from wanted) l)`, bank)
	if len(wrong) > 0 {
		w.t.Fatalf("%d due times do not match their booking, such as %s", len(wrong), wrong[0])
	}
	// One live booking an identification, and as many events as changes.
	if wrong := w.rows(bank, `
		select identification_id from bookings where bank_id = $1 and state in ('confirmed', 'due') group by 1 having count(*) > 1`, bank); len(wrong) > 0 {
		w.t.Fatalf("identifications with two live bookings: %v", wrong)
	}
	if wrong := w.rows(bank, `
		select b.id, b.sequence, count(e.id) from bookings b
		left join events e on e.bank_id = b.bank_id and e.object_id = b.id and e.type in ('booking.confirmed', 'booking.moved', 'booking.cancelled')
		where b.bank_id = $1 group by b.bank_id, b.id having count(e.id) <> b.sequence + 1`, bank); len(wrong) > 0 {
		w.t.Fatalf("%d bookings without an event for each change, such as %v", len(wrong), wrong[0])
	}
}

// bookTogether books beside others, or by itself when that is not possible, as the
// packages above do.
func (w *world) bookTogether(bank uuid.UUID, n NewBooking) (b Booking, err error) {
	if b, made, err := w.s.BookTogether(w.ctx, bank, n); made || err != nil {
		return b, err
	}
	return w.tryBook(bank, n)
}
