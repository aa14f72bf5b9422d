package scheduling

import (
	"context"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// promised is all that is written of a booking, without what is its own.
func (w *world) promised(bank uuid.UUID, b Booking) []string {
	w.t.Helper()
	var all []string
	for _, table := range []string{"bookings", "due_times", "events", "links", "messages"} {
		of := map[string]string{"bookings": "id", "due_times": "object_id", "events": "object_id", "links": "identification_id", "messages": "about_id"}[table]
		id := b.ID
		if table == "links" {
			id = b.IdentificationID
		}
		rows := w.rows(bank, `select (to_jsonb(t) - '{id,place_id,identification_id,scenario_id,object_id,about_id,link_id,xid,position}'::text[])::text from `+table+` t
			where bank_id = $1 and `+of+` = $2 order by 1`, bank, id)
		for _, row := range rows {
			for _, own := range []uuid.UUID{b.ID, b.IdentificationID} {
				row = strings.ReplaceAll(row, own.String(), "own")
			}
			all = append(all, table+" "+anyUUID.ReplaceAllString(row, "id"))
		}
	}
	return all
}

// What is booked beside others is what BookTx books.
func TestBookTogetherPromisesTheSame(t *testing.T) {
	w := setup(t)
	bank, start := w.bank(), day.Add(30*time.Hour)
	w.agent(bank, AroundTheClock("Europe/Kyiv"))
	w.agent(bank, AroundTheClock("Europe/Kyiv"))
	want := newBooking(w.customer(bank), start)
	want.Reference, want.Metadata, want.SeriesID = "r-1", map[string]any{"branch": "9"}, uuid.New()
	want.Rules.BufferBefore, want.Rules.BufferAfter = 5*time.Minute, 10*time.Minute
	if _, made, err := w.s.BookTogether(w.ctx, bank, want); made || err != nil { // nobody has read who works when
		t.Fatalf("made %v, %v; want that BookTx does it", made, err)
	}
	one, err := w.tryBook(bank, want)
	w.must(err)
	want.IdentificationID = uuid.New()
	two, made, err := w.s.BookTogether(w.ctx, bank, want)
	w.must(err)
	if !made || two.PlaceID == one.PlaceID || two.PlaceID == uuid.Nil {
		t.Fatalf("made %v at %s, the first at %s", made, two.PlaceID, one.PlaceID)
	}
	if a, b := w.promised(bank, one), w.promised(bank, two); !slices.Equal(a, b) || len(a) != 8 {
		t.Errorf("BookTx:\n%s\nBookTogether:\n%s", strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
	stored, err := w.s.Get(w.ctx, bank, two.ID)
	w.must(err)
	if stored.PlaceID != two.PlaceID || !stored.CreatedAt.Equal(two.CreatedAt) || stored.Reference != "r-1" {
		t.Errorf("stored %+v, returned %+v", stored, two)
	}
	_, _, err = w.s.BookTogether(w.ctx, bank, newBooking(want.CustomerID, start.Add(time.Minute)))
	w.wantCode(err, visavis.Invalid, "invalid_request")
	_, _, err = w.s.BookTogether(w.ctx, bank, newBooking(want.CustomerID, day))
	w.wantCode(err, visavis.Conflict, "slot_taken")
	w.checkInvariants(bank)
}

// shared is a booking on its way beside others.
func (w *world) shared(bank uuid.UUID, n NewBooking, besides ...Beside) *sharing {
	w.t.Helper()
	a := &sharing{ctx: w.ctx, besides: besides}
	var err error
	a.reading, err = w.s.reading(w.ctx, bank, n, w.s.rosters.of(bank), func() *roster { return w.s.rosters.of(bank) }, true)
	w.must(err)
	return a
}

// share has them share a transaction; meanwhile runs between what is read and
// what is written.
func (w *world) share(bank uuid.UUID, meanwhile func(), all ...*sharing) {
	w.t.Helper()
	w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		b := &pgx.Batch{}
		w.s.queueFacts(b, bank, all)
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		if meanwhile != nil {
			meanwhile()
		}
		b = &pgx.Batch{}
		w.s.queueBookings(b, bank, all)
		return tx.SendBatch(ctx, b).Close()
	}))
}

// warm has the node know who works when.
func (w *world) warm(bank uuid.UUID) {
	w.t.Helper()
	w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := w.s.rosterTx(ctx, tx)
		return err
	}))
}

// Many in one transaction: each place once, each case once, and who cannot be
// served leaves nothing and harms nobody.
func TestBookingsThatShareATransaction(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	for range 2 {
		w.agent(bank, AroundTheClock("UTC"))
	}
	w.warm(bank)
	customer := w.customer(bank)
	first, second := day.Add(26*time.Hour), day.Add(27*time.Hour)
	there := map[uuid.UUID]bool{}
	behind := Beside{Then: func(b *pgx.Batch, made Booking) error {
		b.Queue(`select exists (select from bookings where bank_id = $1 and id = $2)`, bank, made.ID).QueryRow(func(row pgx.Row) error {
			var is bool
			err := row.Scan(&is)
			there[made.IdentificationID] = is
			return err
		})
		return nil
	}}
	of := func(start time.Time, besides ...Beside) *sharing {
		return w.shared(bank, newBooking(customer, start), append(besides, behind)...)
	}
	long := newBooking(customer, second.Add(-15*time.Minute))
	long.Rules.Length = 30 * time.Minute
	twice := of(first.Add(-time.Hour))
	again := w.shared(bank, twice.n, behind)
	again.n.Start = first.Add(3 * time.Hour)
	again = w.shared(bank, again.n, behind)
	nobody := newBooking(uuid.New(), first)
	all := map[string]*sharing{
		"a": of(first), "b": of(first), "long": w.shared(bank, long, behind), "c": of(second), "d": of(second),
		"unwanted":    of(second.Add(time.Hour), Beside{May: func() bool { return false }}),
		"wanted":      of(second.Add(time.Hour), Beside{May: func() bool { return true }}),
		"refused":     of(first.Add(time.Minute)),
		"no customer": w.shared(bank, nobody), "twice": twice, "again": again,
	}
	w.share(bank, nil, all["a"], all["b"], all["long"], all["c"], all["d"], all["unwanted"], all["wanted"], all["refused"], all["no customer"], all["twice"], all["again"])
	for name, want := range map[string]bool{
		"a": true, "b": true, "long": true, "c": true, "d": false, // long and c leave no room
		"unwanted": false, "wanted": true, "refused": false, "no customer": false, "twice": true, "again": false,
	} {
		if got := all[name]; got.taken != want {
			t.Errorf("%s: taken %v, want %v", name, got.taken, want)
		} else if got.taken && got.booking.PlaceID == uuid.Nil {
			t.Errorf("%s has no place", name)
		}
	}
	if all["refused"].refused == nil {
		t.Error("the start that is no slot is not refused")
	}
	if is, queued := there[twice.n.IdentificationID]; !queued || is {
		t.Errorf("behind the second booking of a case: queued %v, a booking %v; the last one has none", queued, is)
	}
	if len(there) != 6 || !there[all["a"].n.IdentificationID] {
		t.Errorf("statements behind bookings: %v", there)
	}
	if got := w.rows(bank, `
		select (select count(*) from bookings where bank_id = $1), (select count(*) from due_times where bank_id = $1), (select count(*) from messages where bank_id = $1),
			(select count(*) from links where bank_id = $1), (select count(*) from events where bank_id = $1 and object_type = 'booking')`, bank); !slices.Equal(got, []string{"6 24 6 6 6"}) {
		t.Errorf("bookings, due times, messages, links and events: %v, want 6 24 6 6 6", got)
	}
	w.checkInvariants(bank)
}

// Somebody takes the last place between what is read and what is written.
func TestShareThatComesTooLate(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	agent := w.agent(bank, AroundTheClock("UTC"))
	w.warm(bank)
	customer, start := w.customer(bank), day.Add(26*time.Hour)
	late, other := w.shared(bank, newBooking(customer, start)), w.shared(bank, newBooking(customer, start.Add(time.Hour)))
	w.share(bank, func() { w.book(bank, start.Add(-10*time.Minute).Truncate(15*time.Minute)); w.book(bank, start) }, late, other)
	if late.taken || !other.taken {
		t.Errorf("taken %v and %v, want the other only", late.taken, other.taken)
	}
	// The calendars change: what the node knew of them is void.
	stale := w.shared(bank, newBooking(customer, start.Add(2*time.Hour)))
	w.must(w.s.SetWorkingHours(w.ctx, bank, agent, []Hours{{Weekday: time.Monday, Starts: 9 * 60, Ends: 10 * 60, TimeZone: "UTC"}}))
	w.share(bank, nil, stale)
	if stale.taken {
		t.Error("booked by hours that are no more")
	}
	if got := w.rows(bank, `select count(*) from messages where bank_id = $1`, bank); !slices.Equal(got, []string{"3"}) {
		t.Errorf("%v messages, want those of 3 bookings", got)
	}
	w.checkInvariants(bank)
}

// 48 workers on two nodes book beside one another, cancel, and book again.
func TestStressBookTogether(t *testing.T) {
	const workers, rounds, agents, slots = 48, 8, 5, 8
	w := setup(t)
	other := node(t, w.url, w.clock)
	bank := w.bank()
	for range agents {
		w.agent(bank, AroundTheClock("UTC"))
	}
	w.warm(bank)
	other.warm(bank)
	customer := w.customer(bank)
	rules := quarter
	rules.Interval, rules.Overbooking = 5*time.Minute, 2
	var together, alone, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range workers {
		n := []*world{w, other}[i%2]
		wg.Go(func() {
			for range rounds {
				want := newBooking(customer, day.Add(26*time.Hour+time.Duration(rand.IntN(slots))*rules.Interval))
				want.Rules = rules
				b, made, err := n.s.BookTogether(n.ctx, bank, want)
				if made {
					together.Add(1)
				} else if err == nil {
					if b, err = n.tryBook(bank, want); err == nil {
						alone.Add(1)
					}
				}
				if visavis.CodeOf(err) == "slot_taken" {
					refused.Add(1)
					continue
				}
				if err == nil && rand.IntN(4) > 0 {
					_, err = n.s.Cancel(n.ctx, bank, b.ID, "stress")
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d booked together, %d alone, %d refused", together.Load(), alone.Load(), refused.Load())
	if together.Load() == 0 || refused.Load() == 0 {
		t.Error("not everything was tried: the test has lost its teeth")
	}
	w.checkInvariants(bank)
}
