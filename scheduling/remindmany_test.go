package scheduling

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// look returns due reminders as the loop finds them, from the first on.
func (w *world) look(seen *place, limit int) (items []claimed) {
	w.t.Helper()
	w.must(w.db.AsWorker(w.ctx, func(ctx context.Context, tx *postgres.Tx) (err error) {
		items, _, err = w.s.lookTx(ctx, tx, seen, limit)
		return err
	}))
	return items
}

// remindAll works the reminders that are due as the loop does.
func (w *world) remindAll() {
	w.t.Helper()
	for {
		items := w.look(&place{}, 1000)
		if len(items) == 0 {
			return
		}
		for _, all := range share(items, 3) {
			for _, group := range all {
				w.s.remindMany(w.ctx, group)
			}
		}
	}
}

// told are the reminders of a bank by booking, step and link.
func (w *world) told(bank uuid.UUID) []string {
	w.t.Helper()
	return w.rows(bank, `
		select m.about_id::text, m.push_data ->> 'step', m.locale, m.time_zone, l.purpose, l.identification_id::text = b.identification_id::text, e.n
		from messages m join links l on l.bank_id = $1 and l.id = m.link_id join bookings b on b.bank_id = $1 and b.id = m.about_id
		cross join lateral (select count(*) as n from events e where e.bank_id = $1 and e.object_id = b.id and e.type = 'booking.reminded') e
		where m.bank_id = $1 and m.template = 'reminder' order by m.about_id, m.created_at`, bank)
}

var anHourBefore = Ladder{Steps: []Step{{OffsetSeconds: -3600, Channels: []channels.Channel{channels.Push, channels.SMS}}}}

// TestRemindersTogether: of two banks, with a booking that somebody changes at
// that moment, one that was cancelled and one whose number may not be reached.
func TestRemindersTogether(t *testing.T) {
	w := setup(t)
	one, two := w.bank(), w.bank()
	for _, bank := range []uuid.UUID{one, two} {
		w.ladder(bank, uuid.Nil, anHourBefore)
		for range 7 {
			w.agent(bank, AroundTheClock("UTC"))
		}
	}
	var bookings []Booking
	for range 5 {
		bookings = append(bookings, w.book(one, day.Add(26*time.Hour)))
	}
	other := w.book(two, day.Add(26*time.Hour))
	cancelled := w.book(one, day.Add(26*time.Hour))
	w.clock.set(day.Add(25 * time.Hour))
	_, err := w.s.Cancel(w.ctx, one, cancelled.ID, "")
	w.must(err)

	// Somebody is cancelling a booking at this moment: nobody is reminded of it.
	locked, release, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		err := w.db.InBank(context.Background(), one, func(ctx context.Context, tx *postgres.Tx) error {
			if _, err := w.s.lockTx(ctx, tx, bookings[0].ID); err != nil {
				return err
			}
			close(locked)
			<-release
			_, err := w.s.CancelTx(ctx, tx, bookings[0].ID, "")
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}()
	<-locked
	worked := w.run() // the loop itself
	w.wait(worked, 1) // the other bank's is not kept
	close(release)
	<-ended
	want := []string{}
	for _, b := range bookings[1:] {
		want = append(want, b.ID.String()+" 1h uk Europe/Kyiv manage true 1")
	}
	slices.Sort(want)
	left := func() []string {
		return w.rows(one, `select id from due_times where bank_id = $1 and kind = 'reminder'`, one)
	}
	for deadline := time.After(3 * time.Minute); len(left()) > 0; {
		select {
		case <-worked:
		case <-time.After(50 * time.Millisecond): // what waited too long for the lock is put off
			w.clock.set(w.clock.now().Add(time.Second))
		case <-deadline:
			t.Fatalf("still due: %v", left())
		}
	}
	if got := w.told(one); !slices.Equal(got, want) {
		t.Errorf("told\n%v\nwant\n%v", got, want)
	}
	if got := w.told(two); !slices.Equal(got, []string{other.ID.String() + " 1h uk Europe/Kyiv manage true 1"}) {
		t.Errorf("another bank: %v", got)
	}
	for _, b := range bookings[1:] {
		if got := w.dues(one, b.ID); len(got) != 1 {
			t.Errorf("due times %v", got)
		}
	}
}

// TestTwoNodesFindTheSame: each is told once, by whoever locks its due time first,
// and what one of them could not commit is found again.
func TestTwoNodesFindTheSame(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.ladder(bank, uuid.Nil, anHourBefore)
	for range 6 {
		w.agent(bank, AroundTheClock("UTC"))
		w.book(bank, day.Add(26*time.Hour))
	}
	w.clock.set(day.Add(25 * time.Hour))
	other := node(t, w.url, w.clock)
	one, two := w.look(&place{}, 100), other.look(&place{}, 100)
	if len(one) != 6 || len(two) != 6 {
		t.Fatalf("%d and %d", len(one), len(two))
	}
	// The other node stands in the middle of its transaction with four of them.
	locked, release, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		err := other.db.InBank(context.Background(), bank, func(ctx context.Context, tx *postgres.Tx) error {
			mine, err := other.s.takeDueTx(ctx, tx, other.clock.now(), two[:4])
			if err != nil || len(mine) != 4 {
				t.Errorf("took %d: %v", len(mine), err)
			}
			close(locked)
			<-release
			return errors.New("killed")
		})
		if err == nil {
			t.Error("it was to be undone")
		}
	}()
	<-locked
	if n, alone, err := w.s.remindTogether(w.ctx, one); n != 2 || len(alone) != 0 || err != nil {
		t.Errorf("worked %d, alone %d: %v; want the two that nobody has", n, len(alone), err)
	}
	if got := w.told(bank); len(got) != 2 {
		t.Errorf("told %v", got)
	}
	close(release)
	<-ended
	if n, _, err := other.s.remindTogether(w.ctx, two); n != 4 || err != nil { // two are told already
		t.Errorf("worked %d: %v", n, err)
	}
	other.s.remindMany(w.ctx, two)
	if got := w.told(bank); len(got) != 6 || len(slices.Compact(got)) != 6 {
		t.Errorf("told %v", got)
	}
}

// TestLookGoesOn: what was handed out is not looked for again, until the end is
// reached or a second has passed; one under a lease is somebody's.
func TestLookGoesOn(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.ladder(bank, uuid.Nil, anHourBefore)
	for range 5 {
		w.agent(bank, AroundTheClock("UTC"))
		w.book(bank, day.Add(26*time.Hour))
	}
	w.clock.set(day.Add(25 * time.Hour))
	var seen place
	first, second := w.look(&seen, 2), w.look(&seen, 2)
	all := map[uuid.UUID]bool{}
	for _, c := range append(first, second...) {
		all[c.id] = true
	}
	if len(all) != 4 {
		t.Errorf("%d different ones in two looks for two", len(all))
	}
	w.clock.set(w.clock.now().Add(duePoll)) // nobody has worked them
	if again := w.look(&seen, 2); len(again) != 2 || !all[again[0].id] || !all[again[1].id] {
		t.Errorf("after a second: %v", again)
	}
	if rest := w.look(&seen, 100); len(rest) != 3 {
		t.Errorf("the rest: %d", len(rest))
	}
	leased, ok := w.s.leaseOne(w.ctx, first[0])
	if !ok || leased.Attempts != 1 {
		t.Fatalf("lease: %v %v", leased, ok)
	}
	if _, ok := w.s.leaseOne(w.ctx, first[0]); ok {
		t.Error("leased twice")
	}
	items := w.look(&seen, 100)
	if len(items) != 4 {
		t.Errorf("%d without the one under a lease, want 4", len(items))
	}
	if n, _, err := w.s.remindTogether(w.ctx, append(items, first[0])); n != 4 || err != nil {
		t.Errorf("worked %d: %v", n, err)
	}
	w.clock.set(w.clock.now().Add(dueLease)) // its node was killed
	if items := w.look(&seen, 100); len(items) != 1 || items[0].id != leased.id {
		t.Errorf("after the lease: %v", items)
	}
}

// TestClockStepsRemindNobodyTwice (B8): nodes whose clocks are stepped by up to
// ten minutes, back and forth, while reminders come due; each is told once.
func TestClockStepsRemindNobodyTwice(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	for range 10 {
		w.agent(bank, AroundTheClock("UTC"))
	}
	w.ladder(bank, uuid.Nil, Ladder{Steps: []Step{
		{OffsetSeconds: -7200, Channels: bySMS}, {OffsetSeconds: -3600, Channels: []channels.Channel{channels.Push, channels.SMS}}, {OffsetSeconds: -600, Channels: bySMS},
	}})
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 40 {
		w.book(bank, day.Add(26*time.Hour+time.Duration(i/10)*15*time.Minute))
	}
	other := node(t, w.url, &clock{at: day})
	for minute := 0; minute <= 4*60; minute += 2 {
		at := day.Add(23*time.Hour + time.Duration(minute)*time.Minute)
		var wg sync.WaitGroup
		for _, n := range []*world{w, other} {
			n.clock.set(at.Add(time.Duration(random.IntN(1200)-600) * time.Second))
			wg.Go(func() { n.remindAll() })
		}
		wg.Wait()
	}
	// Ends of leases that were made by a clock ahead: nothing is stuck.
	w.clock.set(day.Add(27*time.Hour + 30*time.Minute))
	w.remindAll()
	twice := w.rows(bank, `select about_id, push_data ->> 'step' from messages where bank_id = $1 and template = 'reminder' group by 1, 2 having count(*) > 1`, bank)
	if len(twice) > 0 {
		t.Errorf("%d reminders were told twice", len(twice))
	}
	// A step that came due together with the next gives way to it; the rest is told.
	if got := w.rows(bank, `select b.id from bookings b where b.bank_id = $1 and (select count(distinct push_data ->> 'step') from messages m
		where m.bank_id = $1 and m.about_id = b.id and m.template = 'reminder') < 3`, bank); len(got) > 0 {
		t.Errorf("%d bookings lack a reminder", len(got))
	}
	if left := w.rows(bank, `select id from due_times where bank_id = $1 and kind = 'reminder'`, bank); len(left) > 0 {
		t.Errorf("%d due times are left", len(left))
	}
}

// TestYesBySMSConfirms: an answer to the reminder, taken in by channels.
func TestYesBySMSConfirms(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	b := w.book(bank, day.Add(26*time.Hour))
	w.clock.set(day.Add(2 * time.Hour))
	w.remindAll()
	answer := func(id, text string) {
		w.must(w.s.channels.Receive(w.ctx, bank, channels.Inbound{Provider: "twilio", ProviderID: id, From: "+380441234567", To: "+15005550006", Text: text}))
	}
	if got := w.rows(bank, `update messages set step = 1 where bank_id = $1 and about_id = $2 returning step`, bank, b.ID); len(got) == 0 {
		t.Fatalf("reminders %v", got) // nothing sends here; this says that it was
	}
	answer("1", "може бути") // perhaps
	answer("2", "Так!")
	w.run()
	deadline := time.After(3 * time.Minute)
	for {
		got, err := w.s.Get(w.ctx, bank, b.ID)
		w.must(err)
		if !got.AcknowledgedAt.IsZero() {
			if got.AcknowledgedBy != "sms" {
				t.Errorf("by %s", got.AcknowledgedBy)
			}
			break
		}
		select {
		case <-deadline:
			t.Fatal("YES was not heard")
		case <-time.After(20 * time.Millisecond):
		}
	}
	if got := w.dues(bank, b.ID); len(got) != 1 {
		t.Errorf("due times %v", got)
	}
}
