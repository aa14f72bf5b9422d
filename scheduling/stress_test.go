package scheduling

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// 48 workers on two nodes want the same few slots of three banks, and book,
// move and cancel as they please. Nobody may ever see anything but a success or
// a plain refusal, and afterwards every promise must be kept exactly once.
func TestStressNoPlaceIsPromisedTwice(t *testing.T) {
	const workers, rounds, agents, slots = 48, 12, 3, 8
	w := setup(t)
	other := node(t, w.url, w.clock)
	var banks []uuid.UUID
	var customers []uuid.UUID
	for range 3 {
		bank := w.bank()
		for range agents {
			w.agent(bank, AroundTheClock("UTC"))
		}
		banks = append(banks, bank)
		customers = append(customers, w.customer(bank))
	}
	// Slots that overlap one another: 15 minutes long, every 5.
	rules := quarter
	rules.Interval = 5 * time.Minute
	start := func() time.Time { return day.Add(26*time.Hour + time.Duration(rand.IntN(slots))*rules.Interval) }
	var booked, refused, moved, cancelled atomic.Int64
	leaks := make(chan error, workers*rounds*3)
	leaked := func(what string, err error, codes ...string) bool {
		if err == nil {
			return false
		}
		for _, code := range codes {
			if visavis.CodeOf(err) == code && visavis.KindOf(err) == visavis.Conflict {
				refused.Add(1)
				return true
			}
		}
		leaks <- fmt.Errorf("%s: %w", what, err)
		return true
	}
	var wg sync.WaitGroup
	began := time.Now()
	for i := range workers {
		n := []*world{w, other}[i%2]
		bank, customer := banks[i%3], customers[i%3]
		wg.Go(func() {
			for range rounds {
				want := newBooking(customer, start())
				want.Rules = rules
				b, err := n.tryBook(bank, want)
				if leaked("book", err, "slot_taken") {
					continue
				}
				booked.Add(1)
				for range 3 {
					_, err = n.s.Move(n.ctx, bank, b.ID, start(), rules)
					if !leaked("move", err, "slot_taken") {
						moved.Add(1)
					}
				}
				if rand.IntN(3) > 0 {
					_, err = n.s.Cancel(n.ctx, bank, b.ID, "stress")
					if !leaked("cancel", err) {
						cancelled.Add(1)
					}
				}
			}
		})
	}
	wg.Wait()
	close(leaks)
	for err := range leaks {
		t.Error(err)
	}
	t.Logf("%d booked, %d moved, %d cancelled, %d refused in %v", booked.Load(), moved.Load(), cancelled.Load(), refused.Load(), time.Since(began).Round(time.Millisecond))
	if booked.Load() == 0 || moved.Load() == 0 || cancelled.Load() == 0 || refused.Load() == 0 {
		t.Error("not everything was tried: the test has lost its teeth")
	}
	for _, bank := range banks {
		w.checkInvariants(bank)
	}
}

// All want one slot at once: exactly as many as there are agents get it.
func TestStressOneSlotIsFilledExactly(t *testing.T) {
	const workers, agents = 48, 5
	w := setup(t)
	bank := w.bank()
	for range agents {
		w.agent(bank, AroundTheClock("UTC"))
	}
	customer := w.customer(bank)
	var got, refused atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			n := newBooking(customer, day.Add(26*time.Hour))
			n.Rules.Overbooking = 2
			switch _, err := w.tryBook(bank, n); {
			case err == nil:
				got.Add(1)
			case visavis.CodeOf(err) == "slot_taken":
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got.Load() != agents+2 || refused.Load() != workers-agents-2 {
		t.Errorf("%d got the slot and %d were refused, want %d and %d", got.Load(), refused.Load(), agents+2, workers-agents-2)
	}
	w.checkInvariants(bank)
}

// The same identification books from everywhere at once: one booking.
func TestStressOneLiveBookingAnIdentification(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	for range 8 {
		w.agent(bank, AroundTheClock("UTC"))
	}
	n := newBooking(w.customer(bank), time.Time{})
	var got atomic.Int64
	var wg sync.WaitGroup
	for i := range 24 {
		wg.Go(func() {
			n := n
			n.Start = day.Add(26*time.Hour + time.Duration(i%3)*15*time.Minute)
			switch _, err := w.tryBook(bank, n); {
			case err == nil:
				got.Add(1)
			case visavis.CodeOf(err) != "already_booked":
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if got.Load() != 1 {
		t.Errorf("%d bookings for one identification", got.Load())
	}
	w.checkInvariants(bank)
}

// tryMove moves in a transaction that counts how often it was run: more than
// once means that the database had to end a deadlock.
func (w *world) tryMove(bank, id uuid.UUID, start time.Time, runs *atomic.Int64) error {
	return w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		runs.Add(1)
		_, err := w.s.MoveTx(ctx, tx, id, start, quarter)
		return err
	})
}

// allTo has bookings moved to one time at once, by two nodes in turn; won waits for
// them and returns how many were. The others are refused.
func (w *world) allTo(other *world, bank uuid.UUID, bookings []Booking, to time.Time, runs *atomic.Int64) (won func() int64) {
	var moved atomic.Int64
	var wg sync.WaitGroup
	for i, b := range bookings {
		n := []*world{w, other}[i%2]
		wg.Go(func() {
			switch err := n.tryMove(bank, b.ID, to, runs); {
			case err == nil:
				moved.Add(1)
			case visavis.CodeOf(err) != "slot_taken":
				w.t.Error(err)
			}
		})
	}
	return func() int64 { wg.Wait(); return moved.Load() }
}

// Many bookings move to one free time at once: one gets it, and the others are
// refused, whatever the database had to do.
func TestStressMovesToOneTime(t *testing.T) {
	const movers, rounds = 16, 10
	w := setup(t)
	other := node(t, w.url, w.clock)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	var bookings []Booking
	for i := range movers {
		bookings = append(bookings, w.book(bank, day.Add(26*time.Hour+time.Duration(i)*15*time.Minute)))
	}
	var runs atomic.Int64
	for round := range rounds {
		won := w.allTo(other, bank, bookings, day.Add(48*time.Hour+time.Duration(round)*15*time.Minute), &runs)
		if n := won(); n != 1 {
			t.Errorf("round %d: %d moved to a time that one can have", round, n)
		}
	}
	if again := runs.Load() - movers*rounds; again != 0 {
		t.Errorf("%d of %d transactions had to be run again", again, movers*rounds)
	}
	w.checkInvariants(bank)
}

// Two bookings that each want the other's time, over and over. With one agent
// neither can have it, and both keep what they have; with two, both get it.
func TestStressMovesThatSwap(t *testing.T) {
	w := setup(t)
	other := node(t, w.url, w.clock)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	a, b := w.book(bank, day.Add(26*time.Hour)), w.book(bank, day.Add(27*time.Hour))
	var runs atomic.Int64
	swap := func(times int, check func(error)) {
		var wg sync.WaitGroup
		for i, pair := range [][2]Booking{{a, b}, {b, a}} {
			n := []*world{w, other}[i]
			wg.Go(func() {
				for k := range times {
					check(n.tryMove(bank, pair[0].ID, pair[(k+1)%2].Start, &runs))
				}
			})
		}
		wg.Wait()
	}
	swap(1, func(err error) {
		if visavis.CodeOf(err) != "slot_taken" {
			t.Errorf("move onto the other: %v", err)
		}
	})
	if w.rows(bank, `select count(*) from bookings where bank_id = $1 and sequence > 0`, bank)[0] != "0" {
		t.Error("a refused move changed a booking")
	}
	w.agent(bank, AroundTheClock("UTC"))
	swap(25, func(err error) {
		if err != nil {
			t.Error(err)
		}
	})
	if again := runs.Load() - 52; again != 0 {
		t.Errorf("%d of 52 transactions had to be run again", again)
	}
	if got := w.rows(bank, `select sequence from bookings where bank_id = $1`, bank); len(got) != 2 || got[0] != "25" || got[1] != "25" {
		t.Errorf("after 25 moves each the sequences are %v", got)
	}
	w.checkInvariants(bank)
}

// Many bookings are written onto one free place at the very same instant: a gate
// in the database holds them back just before they write, and opens for all.
func TestMovesAtOneInstantDoNotDeadlock(t *testing.T) {
	const movers, rounds = 16, 6
	w := setup(t)
	other := node(t, w.url, w.clock)
	owner, err := pgx.Connect(w.ctx, testdb.OwnerURL(w.db))
	w.must(err)
	t.Cleanup(func() { _ = owner.Close(context.Background()) })
	sql := func(sql string, args ...any) {
		t.Helper()
		_, err := owner.Exec(w.ctx, sql, args...)
		w.must(err)
	}
	sql(`create function gate() returns trigger language plpgsql as 'begin perform pg_advisory_xact_lock_shared(4242); return new; end';
		create trigger gate before update of during on bookings for each row execute function gate()`)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	var bookings []Booking
	for i := range movers {
		bookings = append(bookings, w.book(bank, day.Add(26*time.Hour+time.Duration(i)*15*time.Minute)))
	}
	var runs atomic.Int64
	for round := range rounds {
		sql(`select pg_advisory_lock(4242)`)
		won := w.allTo(other, bank, bookings, day.Add(48*time.Hour+time.Duration(round)*15*time.Minute), &runs)
		waiting, writing := 0, 0
		for waiting < movers { // at the gate, or for whom is there
			w.must(owner.QueryRow(w.ctx, `select count(*), count(*) filter (where classid = 0 and objid = 4242) from pg_locks where locktype = 'advisory' and not granted
				and database = (select oid from pg_database where datname = current_database())`).Scan(&waiting, &writing))
		}
		// Two who write and then look would wait for each other, when they are quick.
		if writing != 1 {
			t.Errorf("round %d: %d are about to write to the same place", round, writing)
		}
		sql(`select pg_advisory_unlock(4242)`)
		if n := won(); n != 1 {
			t.Errorf("round %d: %d moved to a time that one can have", round, n)
		}
	}
	if again := runs.Load() - movers*rounds; again != 0 {
		t.Errorf("%d of %d transactions had to be run again", again, movers*rounds)
	}
	w.checkInvariants(bank)
}

// Many bookings of few agents move about at random, onto each other's times and
// places, while others book there. Nobody waits for whom they keep waiting: no
// transaction is ended by the database as the victim of a deadlock.
func TestStressMovesDoNotDeadlock(t *testing.T) {
	const movers, rounds, slots = 24, 12, 14
	w := setup(t)
	other := node(t, w.url, w.clock)
	bank := w.bank()
	for range 2 {
		w.agent(bank, AroundTheClock("UTC"))
	}
	rules := quarter
	rules.Interval = 5 * time.Minute // overlapping
	at := func() time.Time { return day.Add(26*time.Hour + time.Duration(rand.IntN(3*slots))*rules.Interval) }
	var bookings []Booking
	for i := range movers {
		bookings = append(bookings, w.book(bank, day.Add(26*time.Hour+time.Duration(i/2)*15*time.Minute)))
	}
	var runs, wanted, moved atomic.Int64
	run := func(n *world, fn func(ctx context.Context, tx *postgres.Tx) error) {
		wanted.Add(1)
		err := n.db.InBank(n.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
			runs.Add(1)
			return fn(ctx, tx)
		})
		if err == nil {
			moved.Add(1)
		} else if visavis.CodeOf(err) != "slot_taken" {
			t.Error(err)
		}
	}
	customer := w.customer(bank)
	var wg sync.WaitGroup
	for i, b := range bookings {
		n := []*world{w, other}[i%2]
		wg.Go(func() {
			for range rounds {
				run(n, func(ctx context.Context, tx *postgres.Tx) error {
					_, err := n.s.MoveTx(ctx, tx, b.ID, at(), rules)
					return err
				})
				if i%4 == 0 {
					run(n, func(ctx context.Context, tx *postgres.Tx) error {
						n := newBooking(customer, at())
						n.Rules = rules
						b, err := w.s.BookTx(ctx, tx, n)
						if err == nil {
							_, err = w.s.CancelTx(ctx, tx, b.ID, "stress")
						}
						return err
					})
				}
			}
		})
	}
	wg.Wait()
	if again := runs.Load() - wanted.Load(); again != 0 {
		t.Errorf("%d of %d transactions had to be run again", again, wanted.Load())
	}
	if moved.Load() == 0 {
		t.Error("nothing moved: the test has lost its teeth")
	}
	w.checkInvariants(bank)
}

// Two bookings of one agent, each moved onto a part of what the other one
// holds: whoever did not look first would wait for the other, which waits too.
func TestStressMovesThatOverlap(t *testing.T) {
	w := setup(t)
	other := node(t, w.url, w.clock)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	a, b := w.book(bank, day.Add(26*time.Hour)), w.book(bank, day.Add(26*time.Hour+15*time.Minute))
	rules := quarter
	rules.Interval = 5 * time.Minute
	var runs atomic.Int64
	var wg sync.WaitGroup
	for i, m := range []struct {
		Booking
		by time.Duration
	}{{a, 10 * time.Minute}, {b, -10 * time.Minute}} {
		n := []*world{w, other}[i]
		wg.Go(func() {
			for range 50 {
				err := n.db.InBank(n.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
					runs.Add(1)
					_, err := n.s.MoveTx(ctx, tx, m.ID, m.Start.Add(m.by), rules)
					return err
				})
				if visavis.CodeOf(err) != "slot_taken" {
					t.Errorf("move into the other: %v", err)
				}
			}
		})
	}
	wg.Wait()
	if got := runs.Load(); got != 100 {
		t.Errorf("%d transactions had to be run again", got-100)
	}
	w.checkInvariants(bank)
}
