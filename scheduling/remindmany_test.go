package scheduling

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// remindAll claims the reminders that are due and works them as the loop does.
func (w *world) remindAll() int {
	w.t.Helper()
	n := 0
	for {
		var items []claimed
		w.must(w.db.AsWorker(w.ctx, func(ctx context.Context, tx *postgres.Tx) (err error) {
			items, _, err = w.s.claim(ctx, tx, []string{string(DueReminder)}, 1000)
			return err
		}))
		if len(items) == 0 {
			return n
		}
		n += len(items)
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
	w.wait(worked, 5)
	want := []string{}
	for _, b := range bookings[1:] {
		want = append(want, b.ID.String()+" 1h uk Europe/Kyiv manage true 1")
	}
	slices.Sort(want)
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

// TestLostLeaseUndoesAll: what a node that was too slow did is undone, and the
// one that took over tells each once.
func TestLostLeaseUndoesAll(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.ladder(bank, uuid.Nil, anHourBefore)
	for range 4 {
		w.agent(bank, AroundTheClock("UTC"))
		w.book(bank, day.Add(26*time.Hour))
	}
	w.clock.set(day.Add(25 * time.Hour))
	slow := w.take()
	w.clock.set(day.Add(25*time.Hour + dueLease)) // it sleeps, and its lease ends
	fast := w.take()
	if len(slow) != 4 || len(fast) != 4 {
		t.Fatalf("%d and %d", len(slow), len(fast))
	}
	w.s.remindMany(w.ctx, fast[:2])
	w.s.remindMany(w.ctx, slow)
	w.s.remindMany(w.ctx, fast[2:])
	if got := w.told(bank); len(got) != 4 {
		t.Errorf("told %v", got)
	}
	if got := w.rows(bank, `select about_id from messages where bank_id = $1 and template = 'reminder' group by 1 having count(*) > 1`, bank); len(got) > 0 {
		t.Errorf("told twice: %v", got)
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
	answer("1", "може бути") // perhaps
	answer("2", "Так!")
	w.run()
	deadline := time.After(90 * time.Second)
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
