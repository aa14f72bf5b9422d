package scheduling

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// waits puts a case on the waitlist for the whole week.
func (w *world) waits(bank, customer uuid.UUID) Waiter {
	w.t.Helper()
	var e Waiter
	w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) (err error) {
		e, err = w.s.WaitTx(ctx, tx, Waiter{
			IdentificationID: uuid.Must(uuid.NewV7()), CustomerID: customer, ScenarioID: uuid.Must(uuid.NewV7()),
			Earliest: day, Latest: day.Add(7 * 24 * time.Hour),
		})
		return err
	}))
	return e
}

// offers works freed times as package identifications does: a hold of 10 minutes.
// before, if any, is called when it is made.
func (w *world) offers(before func(tx *postgres.Tx)) {
	w.s.WorkDue([]DueKind{DueWaitlist}, func(ctx context.Context, tx *postgres.Tx, d Due) error {
		return w.s.OfferTx(ctx, tx, d, func(ctx context.Context, e Waiter, start time.Time) (Booking, error) {
			hold, err := w.s.HoldTx(ctx, tx, NewBooking{
				IdentificationID: e.IdentificationID, CustomerID: e.CustomerID, ScenarioID: e.ScenarioID, Start: start, Rules: quarter, Offer: true,
			}, 10*time.Minute)
			if err == nil && before != nil {
				before(tx)
			}
			return hold, err
		})
	})
}

func (w *world) stateOf(bank uuid.UUID, e Waiter) WaitState {
	w.t.Helper()
	got, _, err := w.s.WaiterOf(w.ctx, bank, e.IdentificationID)
	w.must(err)
	return got.State
}

// What the waitlist offers takes nothing from those who hold times while they
// look, and they take nothing from it.
func TestOffersAndHoldsAreCountedApart(t *testing.T) {
	w := setup(t)
	w.s.maxHolds, w.s.maxOffers = 2, 1
	w.offers(nil)
	bank := w.bank()
	for range 8 {
		w.agent(bank, AroundTheClock("UTC"))
	}
	customer := w.customer(bank)
	at := func(n int) time.Time { return day.Add(26*time.Hour + time.Duration(n)*time.Hour) }
	hold := func(n int) error {
		return w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := w.s.HoldTx(ctx, tx, newBooking(customer, at(n)), 30*time.Minute)
			return err
		})
	}
	first, second := w.waits(bank, customer), w.waits(bank, customer)
	one, two := w.book(bank, at(0)), w.book(bank, at(1))
	w.must(hold(2))
	w.must(hold(3))
	if err := hold(4); visavis.CodeOf(err) != "too_many_holds" {
		t.Errorf("a third hold: %v", err)
	}
	_, err := w.s.Cancel(w.ctx, bank, one.ID, "")
	w.must(err)
	w.must(w.s.WorkDueNow(w.ctx))
	if got := w.stateOf(bank, first); got != Offered {
		t.Fatalf("with all holds taken the first who waits is %s", got)
	}
	_, err = w.s.Cancel(w.ctx, bank, two.ID, "")
	w.must(err)
	w.must(w.s.WorkDueNow(w.ctx))
	if got := w.stateOf(bank, second); got != Waiting {
		t.Errorf("a second offer was made: the other who waits is %s", got)
	}
	// The offer has not taken one of the holds.
	w.s.maxHolds = 3
	if err := hold(4); err != nil {
		t.Errorf("with one offer open a third of three holds is refused: %v", err)
	}
}

// A node dies while it offers a time, another after it has offered it: the time is
// offered once, and goes on to the next when nobody answers.
func TestOfferOutlivesItsNode(t *testing.T) {
	w := setup(t)
	other := node(t, w.url, w.clock)
	kill := true
	w.offers(func(tx *postgres.Tx) {
		if kill { // its connection, with all that it has written
			_ = tx.Conn().Close(context.Background())
		}
	})
	other.offers(nil)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	customer := w.customer(bank)
	first, second := w.waits(bank, customer), w.waits(bank, customer)
	b := w.book(bank, day.Add(26*time.Hour))
	_, err := w.s.Cancel(w.ctx, bank, b.ID, "")
	w.must(err)
	w.must(w.s.WorkDueNow(w.ctx))
	if got := w.stateOf(bank, first); got != Waiting {
		t.Fatalf("what a killed node wrote stands: %s", got)
	}
	if held := w.rows(bank, `select count(*) from bookings where bank_id = $1 and state = 'held'`, bank); held[0] != "0" {
		t.Fatalf("%s holds are left of a killed node", held[0])
	}
	w.clock.set(w.clock.now().Add(dueLease + time.Second))
	w.must(other.s.WorkDueNow(w.ctx))
	if got := w.stateOf(bank, first); got != Offered {
		t.Fatalf("the other node did not go on: %s", got)
	}
	// Nobody answers, and the node that offered it is gone: this one expires it.
	kill = false
	w.clock.set(w.clock.now().Add(10*time.Minute + time.Second))
	w.must(w.s.WorkDueNow(w.ctx))
	if a, b := w.stateOf(bank, first), w.stateOf(bank, second); a != Waiting || b != Offered {
		t.Fatalf("after the offer lapsed the first is %s and the second %s", a, b)
	}
	if offers := w.rows(bank, `select count(*), count(distinct entry_id) from waitlist_offers where bank_id = $1`, bank); offers[0] != "2 2" {
		t.Errorf("offers and who got one: %s", offers[0])
	}
}

// An offer is declined and taken at the moment at which it ends, on another node:
// no transaction waits for one that waits for it.
func TestOfferEndsWhileItIsAnswered(t *testing.T) {
	const rounds = 12
	w := setup(t)
	other := node(t, w.url, w.clock)
	w.offers(nil)
	other.offers(nil)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	customer := w.customer(bank)
	var runs, wanted atomic.Int64
	count := func(n *world, fn func(ctx context.Context, tx *postgres.Tx) error) {
		wanted.Add(1)
		err := n.db.InBank(n.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
			runs.Add(1)
			return fn(ctx, tx)
		})
		if _, later := IsLater(err); err != nil && !later && visavis.KindOf(err) != visavis.Conflict {
			t.Error(err)
		}
	}
	for round := range rounds {
		e := w.waits(bank, customer)
		b := w.book(bank, w.clock.now().Truncate(time.Hour).Add(26*time.Hour))
		_, err := w.s.Cancel(w.ctx, bank, b.ID, "")
		w.must(err)
		w.must(w.s.WorkDueNow(w.ctx))
		if got := w.stateOf(bank, e); got != Offered {
			t.Fatalf("round %d: %s", round, got)
		}
		got, _, err := w.s.WaiterOf(w.ctx, bank, e.IdentificationID)
		w.must(err)
		w.clock.set(got.OfferUntil)
		var wg sync.WaitGroup
		wg.Go(func() {
			count(w, func(ctx context.Context, tx *postgres.Tx) error {
				e, err := w.s.WaiterTx(ctx, tx, e.ID)
				if err == nil && round%2 == 0 {
					_, err = w.s.LeaveTx(ctx, tx, e)
				}
				return err
			})
		})
		wg.Go(func() {
			count(other, func(ctx context.Context, tx *postgres.Tx) error {
				return other.s.holdExpired(ctx, tx, Due{Kind: DueHoldExpired, ObjectID: got.HoldID, At: got.OfferUntil})
			})
		})
		wg.Go(func() {
			count(other, func(ctx context.Context, tx *postgres.Tx) error { return other.s.sweepHoldsTx(ctx, tx, other.s.now()) })
		})
		wg.Wait()
		w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
			e, err := w.s.WaiterTx(ctx, tx, e.ID)
			if err == nil {
				_, err = w.s.LeaveTx(ctx, tx, e)
			}
			return err
		}))
		if held := w.rows(bank, `select count(*) from bookings where bank_id = $1 and state = 'held'`, bank); held[0] != "0" {
			t.Fatalf("round %d: %s holds are left", round, held[0])
		}
	}
	if again := runs.Load() - wanted.Load(); again != 0 {
		t.Errorf("%d of %d transactions had to be run again", again, wanted.Load())
	}
}
