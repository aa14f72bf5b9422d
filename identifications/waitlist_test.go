package identifications

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// change gives new cases of the shipped scenario other settings.
func (w *world) change(set func(*Settings)) {
	w.t.Helper()
	d := DefaultScenario()
	set(&d.Settings)
	_, err := w.s.UpdateScenario(w.byBank(), w.bank, OpenAccount, ScenarioChanges{Definition: &d})
	w.must(err)
}

// waiting opens a case for a customer of its own and puts it on the waitlist.
func (w *world) waiting(from, to time.Time) (Identification, scheduling.Waiter) {
	w.t.Helper()
	ident, _, err := w.s.Create(w.byBank(), w.bank, NewIdentification{CustomerID: w.newCustomer(w.bank), Scenario: OpenAccount})
	w.must(err)
	e, err := w.s.Wait(w.byBank(), w.bank, ident.ID, from, to)
	w.must(err)
	return ident, e
}

func (w *world) waiter(id uuid.UUID) (e scheduling.Waiter) {
	w.t.Helper()
	w.must(w.db.InBank(w.t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) (err error) {
		e, err = w.calendar.WaiterTx(ctx, tx, id)
		return err
	}))
	return e
}

// work works what is due, in a loop that ends when nothing is left.
func (w *world) work() {
	w.t.Helper()
	w.must(w.calendar.WorkDueNow(w.t.Context()))
}

func (w *world) column(sql string, args ...any) (all []string) {
	w.t.Helper()
	w.must(w.db.InBank(w.t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, sql, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			all = append(all, s)
		}
		return rows.Err()
	}))
	return all
}

// TestFreedTimeGoesToOneAfterTheOther: the first lets the offer lapse, the
// second declines, the third takes it; nobody else gets it meanwhile.
func TestFreedTimeGoesToOneAfterTheOther(t *testing.T) {
	w := setup(t)
	slot := noon.Add(26 * time.Hour)
	b, err := w.s.Book(w.byBank(), w.bank, w.ident.ID, slot, BookOptions{})
	w.must(err)
	var cases []Identification
	var entries []scheduling.Waiter
	for range 3 {
		ident, e := w.waiting(time.Time{}, time.Time{})
		cases, entries = append(cases, ident), append(entries, e)
		w.now = w.now.Add(time.Second)
	}
	_, tooLate := w.waiting(noon.Add(27*time.Hour), time.Time{}) // does not suit
	_, err = w.s.CancelBooking(w.byBank(), w.bank, b.ID, "")
	w.must(err)
	w.work()
	offered := func(at int) scheduling.Waiter {
		t.Helper()
		for i, e := range entries {
			e := w.waiter(e.ID)
			if (e.State == scheduling.Offered) != (i == at) {
				t.Fatalf("entry %d is %s while %d is asked", i, e.State, at)
			}
		}
		if e := w.waiter(tooLate.ID); e.State != scheduling.Waiting {
			t.Fatalf("who waits for another time is %s", e.State)
		}
		if at < 0 {
			return scheduling.Waiter{}
		}
		return w.waiter(entries[at].ID)
	}
	first := offered(0)
	if !first.OfferStart.Equal(slot) || first.OfferUntil.Sub(w.now) != 15*time.Minute {
		t.Fatalf("offer %+v", first)
	}
	texts := func() []string {
		return w.column(`select about_id::text || ' ' || (params ->> 'minutes') || ' ' || (link_id is not null)::text from messages where template = 'slot_offered' order by id`)
	}
	if got := texts(); !slices.Equal(got, []string{entries[0].ID.String() + " 15 true"}) {
		t.Fatalf("messages %v", got)
	}
	_, err = w.s.Book(w.byBank(), w.bank, cases[1].ID, slot, BookOptions{})
	w.wantCode(err, visavis.Conflict, "slot_taken")
	_, err = w.s.AcceptOffer(w.byBank(), w.bank, entries[1].ID)
	w.wantCode(err, visavis.Conflict, "offer_lapsed")

	// It lapses: the second is asked, and the first not again for this time.
	w.now = first.OfferUntil
	_, err = w.s.AcceptOffer(w.byBank(), w.bank, entries[0].ID)
	w.wantCode(err, visavis.Conflict, "offer_lapsed")
	w.work()
	offered(1)
	_, err = w.s.DeclineOffer(w.byBank(), w.bank, entries[1].ID)
	w.must(err)
	w.work()
	offered(2)

	// Two devices of the customer say yes at once: one booking.
	var wg sync.WaitGroup
	got := make([]scheduling.Booking, 4)
	for i := range got {
		wg.Go(func() {
			b, err := w.s.AcceptOffer(w.byBank(), w.bank, entries[2].ID)
			if err != nil {
				t.Errorf("accept: %v", err)
			}
			got[i] = b
		})
	}
	wg.Wait()
	for _, b := range got {
		if b.ID != got[0].ID || !b.Start.Equal(slot) {
			t.Errorf("bookings %v and %v", b.ID, got[0].ID)
		}
	}
	offered(-1)
	if e := w.waiter(entries[2].ID); e.State != scheduling.WaitBooked {
		t.Errorf("entry %+v", e)
	}
	if got := texts(); len(got) != 3 {
		t.Errorf("messages %v", got)
	}
	if got := w.column(`select outcome from waitlist_offers order by outcome`); !slices.Equal(got, []string{"booked", "declined", "lapsed"}) {
		t.Errorf("offers %v", got)
	}
	if got := w.column(`select type from events where object_id = $1 order by sequence`, entries[0].ID); !slices.Equal(got, []string{"waitlist.entered", "waitlist.offered", "waitlist.lapsed"}) {
		t.Errorf("events %v", got)
	}
	_, err = w.s.Wait(w.byBank(), w.bank, cases[0].ID, time.Time{}, time.Time{})
	w.wantCode(err, visavis.Conflict, "already_waiting")
	w.must(w.s.StopWaiting(w.byBank(), w.bank, entries[0].ID))
	w.must(w.s.StopWaiting(w.byBank(), w.bank, entries[0].ID))
}

// TestAnEarlierTimeMovesTheBooking: who has a booking waits for an earlier one.
func TestAnEarlierTimeMovesTheBooking(t *testing.T) {
	w := setup(t)
	early, late := noon.Add(26*time.Hour), noon.Add(50*time.Hour)
	first, err := w.s.Book(w.byBank(), w.bank, w.ident.ID, early, BookOptions{})
	w.must(err)
	other, _, err := w.s.Create(w.byBank(), w.bank, NewIdentification{CustomerID: w.newCustomer(w.bank), Scenario: OpenAccount})
	w.must(err)
	b, err := w.s.Book(w.byBank(), w.bank, other.ID, late, BookOptions{})
	w.must(err)
	e, err := w.s.Wait(w.byBank(), w.bank, other.ID, time.Time{}, late)
	w.must(err)
	_, err = w.s.MoveBooking(w.byBank(), w.bank, first.ID, early.Add(40*time.Hour)) // later than late: not for who waits
	w.must(err)
	w.work()
	moved, err := w.s.AcceptOffer(w.byCustomer(other, true), w.bank, e.ID)
	if err != nil || moved.ID != b.ID || !moved.Start.Equal(early) || moved.Sequence != 1 {
		t.Fatalf("moved %+v %v", moved, err)
	}
	// The case ends: nothing is held or waited for any more.
	e, err = w.s.Wait(w.byBank(), w.bank, w.ident.ID, time.Time{}, early.Add(39*time.Hour))
	w.must(err)
	w.work()
	_, err = w.s.MoveBooking(w.byBank(), w.bank, b.ID, late)
	w.must(err)
	w.work()
	if e := w.waiter(e.ID); e.State != scheduling.Offered {
		t.Fatalf("entry %+v", e)
	}
	_, err = w.s.Cancel(w.byBank(), w.bank, w.ident.ID, "")
	w.must(err)
	if e := w.waiter(e.ID); e.State != scheduling.WaitLeft {
		t.Errorf("entry of an ended case %+v", e)
	}
	if got := w.column(`select id::text from bookings where state = 'held'`); len(got) > 0 {
		t.Errorf("held %v", got)
	}
}

// TestFreedTimeIsTriedWithAllWhoWait, also with those behind many whom it does
// not suit.
func TestFreedTimeIsTriedWithAllWhoWait(t *testing.T) {
	w := setup(t)
	const many = 103 // two reads and some
	for range many {
		w.waiting(time.Time{}, time.Time{})
	}
	asked := map[uuid.UUID]bool{}
	w.must(w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		due := scheduling.Due{Kind: scheduling.DueWaitlist, Name: noon.Add(26 * time.Hour).Format(time.RFC3339)}
		return w.calendar.OfferTx(ctx, tx, due, func(_ context.Context, e scheduling.Waiter, _ time.Time) (scheduling.Booking, error) {
			asked[e.ID] = true
			return scheduling.Booking{}, visavis.Errorf(visavis.Conflict, "slot_taken", "does not suit")
		})
	}))
	if len(asked) != many {
		t.Errorf("%d of %d were asked", len(asked), many)
	}
}

// TestSilentWaiterIsGivenUp after three offers that nobody answers.
func TestSilentWaiterIsGivenUp(t *testing.T) {
	w := setup(t)
	_, e := w.waiting(time.Time{}, time.Time{})
	for i := range 3 {
		b, err := w.s.Book(w.byBank(), w.bank, w.ident.ID, noon.Add(time.Duration(26+i)*time.Hour), BookOptions{})
		w.must(err)
		_, err = w.s.CancelBooking(w.byBank(), w.bank, b.ID, "")
		w.must(err)
		w.work()
		if e := w.waiter(e.ID); e.State != scheduling.Offered {
			t.Fatalf("offer %d: %+v", i, e)
		}
		w.now = w.now.Add(15 * time.Minute)
		w.work()
	}
	if e := w.waiter(e.ID); e.State != scheduling.WaitExpired {
		t.Errorf("%+v", e)
	}
}

// TestLinkChangesOnce: from another session it shows what happened.
func TestLinkChangesOnce(t *testing.T) {
	w := setup(t)
	slot := noon.Add(26 * time.Hour)
	b, err := w.s.Book(w.byBank(), w.bank, w.ident.ID, slot, BookOptions{})
	w.must(err)
	link := func() banks.Link {
		var l banks.Link
		w.must(w.db.InBank(w.t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) (err error) {
			l, err = w.banks.CreateLinkTx(ctx, tx, banks.NewLink{Purpose: banks.LinkManage, CustomerID: w.customer, IdentificationID: w.ident.ID, ExpiresAt: slot})
			return err
		}))
		return l
	}
	open := func(l banks.Link) context.Context {
		s, err := w.banks.OpenCustomerSession(w.t.Context(), w.banks.LinkToken(l.ID))
		w.must(err)
		actor, err := w.banks.AuthenticateCustomer(w.t.Context(), s.Token)
		w.must(err)
		return w.as(actor)
	}
	l := link()
	one, two := open(l), open(l)
	_, err = w.s.MoveBooking(one, w.bank, b.ID, slot.Add(time.Hour))
	w.must(err)
	_, err = w.s.MoveBooking(two, w.bank, b.ID, slot.Add(2*time.Hour))
	w.wantCode(err, visavis.Conflict, "link_used")
	_, err = w.s.CancelBooking(two, w.bank, b.ID, "")
	w.wantCode(err, visavis.Conflict, "link_used")
	bare, err := w.banks.AuthenticateLink(w.t.Context(), w.banks.LinkToken(l.ID))
	w.must(err)
	_, err = w.s.CancelBooking(w.as(bare), w.bank, b.ID, "")
	w.wantCode(err, visavis.Conflict, "link_used")
	if got, err := w.s.Booking(two, w.bank, b.ID); err != nil || !got.Start.Equal(slot.Add(time.Hour)) {
		t.Errorf("what happened: %+v %v", got, err)
	}
	// The session that used it goes on; so does who proves the number.
	_, err = w.s.CancelBooking(one, w.bank, b.ID, "")
	w.must(err)
	_, err = w.s.Book(w.me(), w.bank, w.ident.ID, slot, BookOptions{})
	w.wantCode(err, visavis.Conflict, "consent_missing")
	// A bare link is for one change.
	b, err = w.s.Book(w.byBank(), w.bank, w.ident.ID, slot, BookOptions{})
	w.must(err)
	bare, err = w.banks.AuthenticateLink(w.t.Context(), w.banks.LinkToken(link().ID))
	w.must(err)
	_, err = w.s.MoveBooking(w.as(bare), w.bank, b.ID, slot.Add(time.Hour))
	w.must(err)
	_, err = w.s.MoveBooking(w.as(bare), w.bank, b.ID, slot.Add(2*time.Hour))
	w.wantCode(err, visavis.Conflict, "link_used")
}

func TestStepUpAsksForACode(t *testing.T) {
	w := setup(t)
	w.change(func(s *Settings) { s.Booking.StepUp = true })
	ident, _ := w.open()
	slot := noon.Add(26 * time.Hour)
	b, err := w.s.Book(w.byBank(), w.bank, ident.ID, slot, BookOptions{})
	w.must(err)
	byLink := w.byCustomer(ident, false, "manage")
	_, err = w.s.MoveBooking(byLink, w.bank, b.ID, slot.Add(time.Hour))
	w.wantCode(err, visavis.Forbidden, "number_not_proved")
	_, err = w.s.CancelBooking(byLink, w.bank, b.ID, "")
	w.wantCode(err, visavis.Forbidden, "number_not_proved")
	_, err = w.s.ConfirmBooking(byLink, w.bank, b.ID)
	w.must(err)
	_, err = w.s.MoveBooking(w.byCustomer(ident, true, "manage"), w.bank, b.ID, slot.Add(time.Hour))
	w.must(err)
}
