package scheduling

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

func (w *world) tryHold(bank uuid.UUID, n NewBooking, life time.Duration) (b Booking, err error) {
	err = w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		b, err = w.s.HoldTx(ctx, tx, n, life)
		return err
	})
	return b, err
}

func (w *world) hold(bank uuid.UUID, n NewBooking) Booking {
	w.t.Helper()
	b, err := w.tryHold(bank, n, 10*time.Minute)
	w.must(err)
	return b
}

// work works what is due at the clock's time, as the loop does.
func (w *world) work() {
	w.t.Helper()
	for _, item := range w.take() {
		w.s.work(w.ctx, item)
	}
}

// A hold is of any agent; who then chooses one gets that one, and keeps them.
func TestHoldOfAnotherAgentThanChosen(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	agents := []uuid.UUID{w.agent(bank, AroundTheClock("UTC")), w.agent(bank, AroundTheClock("UTC"))}
	holds := func(id uuid.UUID) uuid.UUID {
		items, _, err := w.s.Agenda(w.ctx, bank, AgendaFilter{From: day, To: day.AddDate(0, 0, 3)})
		w.must(err)
		for _, i := range items {
			if i.ID == id {
				return i.AgentID
			}
		}
		return uuid.Nil
	}
	at := day.Add(26 * time.Hour)
	n := newBooking(w.customer(bank), at)
	h := w.hold(bank, n)
	n.Rules.AgentID = agents[0]
	if holds(h.ID) == agents[0] {
		n.Rules.AgentID = agents[1]
	}
	b, err := w.tryBook(bank, n)
	w.must(err)
	if got := holds(b.ID); got != n.Rules.AgentID || b.AgentID != got {
		t.Errorf("%s was chosen, %s holds the booking of %s", n.Rules.AgentID, got, b.AgentID)
	}
	// At a time at which the chosen one is taken nothing is held for this case.
	later := at.Add(time.Hour)
	other := newBooking(w.customer(bank), later)
	other.Rules.AgentID = b.AgentID
	_, err = w.tryBook(bank, other)
	w.must(err)
	again := newBooking(n.CustomerID, later)
	again.IdentificationID, again.ScenarioID = n.IdentificationID, n.ScenarioID
	_, err = w.tryHold(bank, again, time.Minute)
	w.wantCode(err, visavis.Conflict, "slot_taken")
}

func TestHoldKeepsAPlaceUntilItIsOver(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	at := day.Add(26 * time.Hour)
	n := newBooking(w.customer(bank), at)
	h := w.hold(bank, n)
	if h.State != Held || !h.HeldUntil.Equal(day.Add(10*time.Minute)) {
		t.Fatalf("hold %+v", h)
	}
	// Nobody else gets the time, nor sees the hold as a booking.
	other := newBooking(w.customer(bank), at)
	_, err := w.tryBook(bank, other)
	w.wantCode(err, visavis.Conflict, "slot_taken")
	_, err = w.tryHold(bank, other, time.Minute)
	w.wantCode(err, visavis.Conflict, "slot_taken")
	_, err = w.s.Get(w.ctx, bank, h.ID)
	w.wantCode(err, visavis.NotFound, "booking_not_found")
	_, err = w.s.Cancel(w.ctx, bank, h.ID, "")
	w.wantCode(err, visavis.NotFound, "booking_not_found")
	if all, _, err := w.s.List(w.ctx, bank, Filter{}, postgres.Page{}); err != nil || len(all) != 0 {
		t.Errorf("list %v %v", all, err)
	}
	items, _, err := w.s.Agenda(w.ctx, bank, AgendaFilter{From: day, To: day.AddDate(0, 0, 3)})
	if err != nil || len(items) != 1 || items[0].State != Held || items[0].AgentID == uuid.Nil {
		t.Errorf("agenda %+v %v", items, err)
	}

	// Asking again prolongs nothing.
	w.clock.set(day.Add(5 * time.Minute))
	if again := w.hold(bank, n); again.ID != h.ID || !again.HeldUntil.Equal(h.HeldUntil) {
		t.Errorf("again %+v", again)
	}
	// Another time replaces it.
	n.Start = at.Add(time.Hour)
	second := w.hold(bank, n)
	if got := w.rows(bank, `select id::text, state from bookings where bank_id = $1`, bank); !slices.Equal(got, []string{second.ID.String() + " held"}) {
		t.Errorf("rows %v", got)
	}
	// The due time gives it back.
	w.clock.set(second.HeldUntil.Add(-time.Second))
	w.work()
	if n := len(w.rows(bank, `select id from bookings where bank_id = $1`, bank)); n != 1 {
		t.Fatalf("%d holds a second before the end", n)
	}
	w.clock.set(second.HeldUntil)
	w.work()
	if n := len(w.rows(bank, `select id from bookings where bank_id = $1`, bank)); n != 0 {
		t.Errorf("%d holds after the end", n)
	}
	if got := w.dues(bank, second.ID); len(got) > 0 {
		t.Errorf("due times %v are left", got)
	}
	w.book(bank, n.Start)
	got := w.rows(bank, `select type from events where bank_id = $1 and object_id in ($2, $3) order by position`, bank, h.ID, second.ID)
	if want := []string{"booking.held", "booking.released", "booking.held", "booking.released"}; !slices.Equal(got, want) {
		t.Errorf("events %v", got)
	}
}

// TestLateHoldIsInNobodysWay: the loop was down when a hold ran out.
func TestLateHoldIsInNobodysWay(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	at := day.Add(26 * time.Hour)
	h := w.hold(bank, newBooking(w.customer(bank), at))
	w.clock.set(h.HeldUntil)
	w.book(bank, at)
	if got := w.dues(bank, h.ID); len(got) > 0 {
		t.Errorf("due times of the hold %v", got)
	}
	w.checkInvariants(bank)
}

func TestBookingTakesTheHoldOver(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	at := day.Add(26 * time.Hour)
	n := newBooking(w.customer(bank), at)
	h := w.hold(bank, n)
	// The notice passes while the form is filled in: what is held is promised.
	n.Rules.Notice = 26*time.Hour - time.Minute
	w.clock.set(day.Add(9 * time.Minute))
	b, err := w.tryBook(bank, n)
	w.must(err)
	if b.ID != h.ID || b.PlaceID != h.PlaceID || b.State != Confirmed {
		t.Fatalf("booked %+v, held %+v", b, h)
	}
	stored, err := w.s.Get(w.ctx, bank, b.ID)
	if err != nil || stored.State != Confirmed || !stored.HeldUntil.IsZero() {
		t.Fatalf("stored %+v %v", stored, err)
	}
	want := []string{"2027-02-02T01:00:00Z reminder 1h", "2027-02-02T01:50:00Z reminder 10m", "2027-02-02T02:00:00Z booking_due "}
	if got := w.dues(bank, b.ID); !slices.Equal(got[1:], want) {
		t.Errorf("due times %v", got)
	}
	w.clock.set(h.HeldUntil) // its end must not take the booking away
	w.work()
	if b, err := w.s.Get(w.ctx, bank, b.ID); err != nil || b.State != Confirmed {
		t.Errorf("after the hold's end: %+v %v", b, err)
	}

	// A move takes a hold over, too, and a booking elsewhere gives it back.
	n.Start, n.Rules = at.Add(time.Hour), quarter
	h = w.hold(bank, n)
	b, err = w.s.Move(w.ctx, bank, b.ID, n.Start, quarter)
	w.must(err)
	if b.PlaceID != h.PlaceID {
		t.Errorf("moved to %v, held %v", b.PlaceID, h.PlaceID)
	}
	n = newBooking(w.customer(bank), at)
	w.hold(bank, n)
	n.Start = at.Add(2 * time.Hour)
	_, err = w.tryBook(bank, n)
	w.must(err)
	if got := w.rows(bank, `select id from bookings where bank_id = $1 and state = 'held'`, bank); len(got) > 0 {
		t.Errorf("holds are left: %v", got)
	}
	w.checkInvariants(bank)
}

// TestHoldsCannotExhaustTheBank: at most so many, though all ask at once.
func TestHoldsCannotExhaustTheBank(t *testing.T) {
	w := setup(t)
	w.s.maxHolds = 5
	bank := w.bank()
	for range 12 {
		w.agent(bank, AroundTheClock("UTC"))
	}
	customer, at := w.customer(bank), day.Add(26*time.Hour)
	var wg sync.WaitGroup
	var mu sync.Mutex
	codes := map[string]int{}
	for range 12 {
		wg.Go(func() {
			_, err := w.tryHold(bank, newBooking(customer, at), time.Minute)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				codes["held"]++
				return
			}
			codes[visavis.CodeOf(err)]++
		})
	}
	wg.Wait()
	if codes["held"] != 5 || codes["too_many_holds"] != 7 {
		t.Errorf("%v", codes)
	}
	// Booking is not bound by it.
	w.book(bank, at)
	w.clock.set(day.Add(time.Minute))
	w.hold(bank, newBooking(customer, at))
}

// TestMoveSeesTheSequence: two supervisors who look at the same calendar.
func TestMoveSeesTheSequence(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	b := w.book(bank, day.Add(26*time.Hour))
	move := func(to time.Duration, sequence int) (err error) {
		return w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err = w.s.MoveFromTx(ctx, tx, b.ID, day.Add(to), quarter, sequence)
			return err
		})
	}
	w.must(move(27*time.Hour, 0))
	w.wantCode(move(28*time.Hour, 0), visavis.Conflict, "booking_changed")
	w.must(move(26*time.Hour, 1)) // undone
	if b, err := w.s.Get(w.ctx, bank, b.ID); err != nil || !b.Start.Equal(day.Add(26*time.Hour)) || b.Sequence != 2 {
		t.Errorf("%+v %v", b, err)
	}
}
