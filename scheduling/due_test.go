package scheduling

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// run runs the loop of due times until the test ends. The channel tells each
// time when work on an item has ended.
func (w *world) run() <-chan struct{} {
	worked := make(chan struct{}, 10000)
	w.s.observe = func(e postgres.LoopEvent) {
		if e.Kind == postgres.LoopWorked {
			worked <- struct{}{}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	var ended sync.WaitGroup
	ended.Go(func() { w.s.Run(ctx) })
	w.t.Cleanup(func() { cancel(); ended.Wait() })
	return worked
}

// at sets the clock and lets the loop look.
func (w *world) at(t time.Time) {
	w.clock.set(t)
	w.db.Wake(topicDue)
}

func (w *world) wait(worked <-chan struct{}, n int) {
	w.t.Helper()
	for range n {
		select {
		case <-worked:
		case <-time.After(3 * time.Minute):
			w.t.Fatal("the loop has not worked what was due")
		}
	}
}

// take claims what is due, as a node does that is killed right after.
func (w *world) take() (items []claimed) {
	w.t.Helper()
	var kinds []string
	for kind := range w.s.workers {
		kinds = append(kinds, string(kind))
	}
	w.must(w.db.AsWorker(w.ctx, func(ctx context.Context, tx *postgres.Tx) (err error) {
		items, _, err = w.s.claim(ctx, tx, kinds, 100)
		return err
	}))
	return items
}

func (w *world) setDue(bank uuid.UUID, d Due) {
	w.t.Helper()
	w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error { return w.s.AtTx(ctx, tx, d) }))
}

// done counts the effects that handlers had on an object.
func (w *world) done(bank, object uuid.UUID) int {
	w.t.Helper()
	return len(w.rows(bank, `select id from events where bank_id = $1 and object_id = $2 and type = 'test.done'`, bank, object))
}

func (w *world) effectTx(ctx context.Context, tx *postgres.Tx, d Due) error {
	_, err := events.AppendTx(ctx, tx, w.clock.now(), events.New{Type: "test.done", Object: "test", ID: d.ObjectID})
	return err
}

func TestRemindersGoOutOnceAtTheirTime(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	b := w.book(bank, day.Add(30*time.Hour))
	worked := w.run()
	reminders := func() []string {
		return w.rows(bank, `select params->>'minutes', class, locale, time_zone, expires_at from messages where bank_id = $1 and template = 'reminder' order by id`, bank)
	}
	w.at(b.Start.Add(-24 * time.Hour))
	w.wait(worked, 1)
	w.at(b.Start.Add(-time.Hour))
	w.wait(worked, 1)
	w.at(b.Start.Add(-10*time.Minute + 2*time.Second))
	w.wait(worked, 1)
	rest := " reminder uk Europe/Kyiv 2027-02-02T06:00:00Z"
	if got, want := reminders(), []string{"1440" + rest, "60" + rest, "10" + rest}; !slices.Equal(got, want) {
		t.Fatalf("reminders %q, want %q", got, want)
	}
	if got, want := w.dues(bank, b.ID), []string{"2027-02-02T06:00:00Z booking_due "}; !slices.Equal(got, want) {
		t.Errorf("due times %q, want %q", got, want)
	}
	got := w.rows(bank, `select type, actor_kind from events where bank_id = $1 and object_id = $2 order by sequence`, bank, b.ID)
	if want := []string{"booking.confirmed system", "booking.reminded system", "booking.reminded system", "booking.reminded system"}; !slices.Equal(got, want) {
		t.Errorf("events %q, want %q", got, want)
	}
}

// The gateway was down from before the first reminder until after the second.
func TestRemindersThatWereMissedTogetherAreOne(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	b := w.book(bank, day.Add(30*time.Hour))
	w.clock.set(b.Start.Add(-30 * time.Minute))
	items := w.take()
	if len(items) != 2 {
		t.Fatalf("claimed %v, want two reminders", items)
	}
	for _, item := range items {
		w.s.work(w.ctx, item)
	}
	got := w.rows(bank, `select params->>'minutes' from messages where bank_id = $1 and template = 'reminder'`, bank)
	if !slices.Equal(got, []string{"30"}) {
		t.Errorf("reminders %q, want one that says 30 minutes", got)
	}
	if got, want := w.dues(bank, b.ID), []string{"2027-02-02T05:50:00Z reminder 10m", "2027-02-02T06:00:00Z booking_due "}; !slices.Equal(got, want) {
		t.Errorf("due times %q, want %q", got, want)
	}
}

func TestReminderOfBookingThatIsGoneSaysNothing(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	cancelled, moved := w.book(bank, day.Add(30*time.Hour)), w.book(bank, day.Add(30*time.Hour+15*time.Minute))
	w.clock.set(day.Add(6*time.Hour + 20*time.Minute))
	items := w.take()
	if len(items) != 2 {
		t.Fatalf("claimed %v, want two reminders", items)
	}
	// Both change between the claim and the work.
	_, err := w.s.Cancel(w.ctx, bank, cancelled.ID, "")
	w.must(err)
	_, err = w.s.Move(w.ctx, bank, moved.ID, day.Add(50*time.Hour), quarter)
	w.must(err)
	for _, item := range items {
		w.s.work(w.ctx, item)
	}
	if got := w.rows(bank, `select id from messages where bank_id = $1 and template = 'reminder'`, bank); len(got) > 0 {
		t.Errorf("%d reminders of bookings that were cancelled or moved", len(got))
	}
	w.checkInvariants(bank)
}

func TestDueTimeOfKilledNodeIsTakenUpAfterItsLease(t *testing.T) {
	w := setup(t)
	other := node(t, w.url, w.clock)
	for _, n := range []*world{w, other} {
		n.s.WorkDue([]DueKind{DueBooking}, n.effectTx)
	}
	bank, object := w.bank(), uuid.Must(uuid.NewV7())
	w.setDue(bank, Due{Kind: DueBooking, ObjectID: object, At: day})
	lost := w.take()
	if len(lost) != 1 || lost[0].Attempts != 1 {
		t.Fatalf("claimed %+v", lost)
	}
	w.clock.set(day.Add(dueLease - time.Microsecond))
	if again := other.take(); len(again) != 0 {
		t.Fatalf("claimed under another's lease: %+v", again)
	}
	worked := other.run()
	other.at(day.Add(dueLease))
	w.wait(worked, 1)
	if got := w.done(bank, object); got != 1 {
		t.Fatalf("done %d times", got)
	}
	if left := w.dues(bank, object); len(left) > 0 {
		t.Errorf("still due: %v", left)
	}
	// The first node was only slow: what it does now is undone.
	w.s.work(w.ctx, lost[0])
	if got := w.done(bank, object); got != 1 {
		t.Errorf("done %d times after the late one", got)
	}
}

func TestLostLeaseUndoesWhatTheHandlerDid(t *testing.T) {
	w := setup(t)
	bank, object := w.bank(), uuid.Must(uuid.NewV7())
	w.setDue(bank, Due{Kind: DueBooking, ObjectID: object, At: day})
	slow := false
	w.s.WorkDue([]DueKind{DueBooking}, func(ctx context.Context, tx *postgres.Tx, d Due) error {
		if slow { // past its lease, and somebody else has taken it up
			slow = false
			w.clock.set(day.Add(dueLease))
			if again := w.take(); len(again) != 1 || again[0].Attempts != 2 {
				t.Errorf("taken up again: %+v", again)
			}
		}
		return w.effectTx(ctx, tx, d)
	})
	items := w.take()
	slow = true
	w.s.work(w.ctx, items[0])
	if got := w.done(bank, object); got != 0 {
		t.Errorf("done %d times without a lease", got)
	}
	w.clock.set(day.Add(2 * dueLease))
	for _, item := range w.take() {
		w.s.work(w.ctx, item)
	}
	if got := w.done(bank, object); got != 1 || len(w.dues(bank, object)) > 0 {
		t.Errorf("done %d times, left %v", got, w.dues(bank, object))
	}
}

func TestFailingHandlerBacksOffAndIsKept(t *testing.T) {
	w := setup(t)
	bank, object := w.bank(), uuid.Must(uuid.NewV7())
	w.setDue(bank, Due{Kind: DueBooking, ObjectID: object, At: day})
	fail := errors.New("no room")
	w.s.WorkDue([]DueKind{DueBooking}, func(ctx context.Context, tx *postgres.Tx, d Due) error {
		if err := w.effectTx(ctx, tx, d); err != nil {
			return err
		}
		if d.Attempts == 2 {
			panic("no sense")
		}
		if d.Attempts < 4 {
			return fail
		}
		return nil
	})
	now := day
	for attempt, pause := range []time.Duration{2 * time.Second, 4 * time.Second, 8 * time.Second} {
		for _, item := range w.take() {
			w.s.work(w.ctx, item)
		}
		got := w.rows(bank, `select due_at, attempts, lease_until, last_error from due_times where bank_id = $1`, bank)
		want := day.Format(time.RFC3339) + " " + string(rune('1'+attempt)) + " " + now.Add(pause).Format(time.RFC3339) + " " + []string{"no room", "panic: no sense", "no room"}[attempt]
		if !slices.Equal(got, []string{want}) {
			t.Fatalf("after attempt %d: %q, want %q", attempt+1, got, want)
		}
		w.clock.set(now.Add(pause - time.Microsecond))
		if early := w.take(); len(early) > 0 {
			t.Fatalf("tried again within the back-off: %+v", early)
		}
		now = now.Add(pause)
		w.clock.set(now)
	}
	if got := w.done(bank, object); got != 0 {
		t.Errorf("failed handlers left %d effects", got)
	}
	for _, item := range w.take() {
		w.s.work(w.ctx, item)
	}
	if got := w.done(bank, object); got != 1 || len(w.dues(bank, object)) > 0 {
		t.Errorf("done %d times, left %v", got, w.dues(bank, object))
	}
}

func TestHandlerMayPutOffReplaceOrCancelItsOwn(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	later := day.Add(time.Hour)
	for what, c := range map[string]struct {
		handler DueFunc
		left    []string
	}{
		"later":   {func(context.Context, *postgres.Tx, Due) error { return Later(later) }, []string{later.Format(time.RFC3339) + " unserved x"}},
		"replace": {func(ctx context.Context, tx *postgres.Tx, d Due) error { d.At = later; return w.s.AtTx(ctx, tx, d) }, []string{later.Format(time.RFC3339) + " unserved x"}},
		"cancel":  {func(ctx context.Context, tx *postgres.Tx, d Due) error { return w.s.CancelDueTx(ctx, tx, d.ObjectID) }, []string{}},
		"cancel and later": {func(ctx context.Context, tx *postgres.Tx, d Due) error {
			if err := w.s.CancelDueTx(ctx, tx, d.ObjectID, d.Kind); err != nil {
				return err
			}
			return Later(later)
		}, []string{}},
		"others": {func(ctx context.Context, tx *postgres.Tx, d Due) error {
			return w.s.CancelDueTx(ctx, tx, d.ObjectID, DueRingSMS)
		}, []string{}},
	} {
		object := uuid.Must(uuid.NewV7())
		w.clock.set(day)
		w.setDue(bank, Due{Kind: DueUnserved, ObjectID: object, Name: "x", At: day})
		w.s.WorkDue([]DueKind{DueUnserved}, func(ctx context.Context, tx *postgres.Tx, d Due) error {
			if err := w.effectTx(ctx, tx, d); err != nil {
				return err
			}
			return c.handler(ctx, tx, d)
		})
		for _, item := range w.take() {
			w.s.work(w.ctx, item)
		}
		if got := w.done(bank, object); got != 1 {
			t.Errorf("%s: the rest of the transaction was done %d times", what, got)
		}
		if got := w.dues(bank, object); !slices.Equal(got, c.left) {
			t.Errorf("%s: left %v, want %v", what, got, c.left)
		}
		w.clock.set(later)
		if got := w.take(); len(got) != len(c.left) || len(got) == 1 && got[0].Attempts != 1 {
			t.Errorf("%s: due later %+v", what, got)
		}
		w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error { return w.s.CancelDueTx(ctx, tx, object) }))
	}
}

// Whoever cancels or moves locks the booking before its due times, and so does
// the handler: neither waits for what the other holds.
func TestCancellingWhileTheHandlerRuns(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	b := w.book(bank, day.Add(30*time.Hour))
	inHandler := make(chan struct{})
	w.s.WorkDue([]DueKind{DueReminder}, func(ctx context.Context, tx *postgres.Tx, d Due) error {
		err := w.s.remindTx(ctx, tx, d)
		close(inHandler) // a second run, after a deadlock, would panic here
		// Until the cancellation stands in line for the booking.
		for began := time.Now(); w.rows(bank, `select count(*) from pg_locks where not granted and $1::uuid is not null`, bank)[0] == "0"; {
			if time.Since(began) > time.Minute {
				return errors.New("nobody waits for the booking")
			}
		}
		return err
	})
	w.clock.set(day.Add(6 * time.Hour))
	items := w.take()
	var runs int
	var wg sync.WaitGroup
	wg.Go(func() {
		<-inHandler
		err := w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
			runs++
			_, err := w.s.CancelTx(ctx, tx, b.ID, "")
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	w.s.work(w.ctx, items[0])
	wg.Wait()
	if runs != 1 {
		t.Errorf("the cancellation ran %d times", runs)
	}
	// The reminder was accepted first and had not been sent: it never will be.
	got := w.rows(bank, `
		select m.template, m.state from messages m
		where m.bank_id = $1 and m.template = 'reminder'`, bank)
	if !slices.Equal(got, []string{"reminder cancelled"}) {
		t.Errorf("messages %v", got)
	}
	w.checkInvariants(bank)
}

func TestTwoNodesWorkEachDueTimeOnce(t *testing.T) {
	const n = 300
	w := setup(t)
	other := node(t, w.url, w.clock)
	banks := []uuid.UUID{w.bank(), w.bank()}
	objects := make([]uuid.UUID, n)
	for i := range objects {
		objects[i] = uuid.Must(uuid.NewV7())
		w.setDue(banks[i%2], Due{Kind: DueBooking, ObjectID: objects[i], At: day.Add(time.Minute)})
	}
	// A kind that nobody here works stays as it is.
	w.setDue(banks[0], Due{Kind: DueRingSMS, ObjectID: objects[0], At: day})
	var worked []<-chan struct{}
	for _, node := range []*world{w, other} {
		node.s.WorkDue([]DueKind{DueBooking}, func(ctx context.Context, tx *postgres.Tx, d Due) error {
			if actor := visavis.ActorFrom(ctx); actor.Kind != visavis.ActorSystem || actor.BankID != tx.BankID {
				t.Errorf("a handler of bank %s acts as %+v", tx.BankID, actor)
			}
			return w.effectTx(ctx, tx, d)
		})
		worked = append(worked, node.run())
	}
	w.clock.set(day.Add(time.Minute))
	w.db.Wake(topicDue)
	other.db.Wake(topicDue)
	for range n {
		select {
		case <-worked[0]:
		case <-worked[1]:
		case <-time.After(3 * time.Minute):
			t.Fatal("not everything that was due was worked")
		}
	}
	for i, object := range objects {
		if got := w.done(banks[i%2], object); got != 1 {
			t.Fatalf("object %d: done %d times", i, got)
		}
	}
	for _, bank := range banks {
		left := w.rows(bank, `select kind from due_times where bank_id = $1`, bank)
		if strings.Join(left, " ") != map[uuid.UUID]string{banks[0]: "ring_sms"}[bank] {
			t.Errorf("left over: %v", left)
		}
	}
}
