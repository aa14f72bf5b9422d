package identifications

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// TestTicketForgetsItsNumber once its code has ended, whoever's the number is.
func TestTicketForgetsItsNumber(t *testing.T) {
	w := setup(t)
	w.s.scheduling.WorkDue([]scheduling.DueKind{scheduling.DueTicketCode}, w.s.sendTicketCode) // there is no otp here, and nobody to send to
	_, err := w.s.TakeTicket(w.byBank(), w.bank, NewTicket{Branch: "kyiv-1", Phone: "+84901239999"})
	w.must(err)
	numbers := func() []string { return w.column(`select phone from tickets where phone <> ''`) }
	w.work()
	if got := numbers(); len(got) != 1 {
		t.Fatalf("while the code is good: %v", got)
	}
	w.now = w.now.Add(15 * time.Minute)
	w.work()
	if got := numbers(); len(got) != 0 {
		t.Errorf("kept %v", got)
	}
	if due := w.column(`select id::text from due_times where kind = 'ticket_code'`); len(due) != 0 {
		t.Errorf("still due: %v", due)
	}
}

// TestOldTicketsAreRemoved after the days that the bank keeps them, with the
// counter of their day; younger ones and other banks' stay.
func TestOldTicketsAreRemoved(t *testing.T) {
	w := setup(t)
	days := 3
	w.column(`update banks set settings = settings || jsonb_build_object('ticket_keep_days', $2::integer) where bank_id = $1 returning slug`, w.bank, days)
	other, _ := w.newBank()
	begin := w.now
	take := func(bank uuid.UUID) {
		t.Helper()
		_, err := w.s.TakeTicket(visavis.WithActor(t.Context(), visavis.System(bank)), bank, NewTicket{Branch: "kyiv-1"})
		w.must(err)
	}
	left := func() (n [2]int) {
		t.Helper()
		w.must(w.calendar.SweepTickets(t.Context()))
		w.must(w.db.AsWorker(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, `select (select count(*) from tickets), (select count(*) from ticket_numbers)`).Scan(&n[0], &n[1])
		}))
		return n
	}
	take(w.bank)
	take(other)
	for _, step := range []struct {
		after time.Duration
		take  bool
		want  [2]int
	}{
		{3 * 24 * time.Hour, true, [2]int{3, 3}},             // not older yet
		{3*24*time.Hour + time.Second, false, [2]int{2, 3}},  // its counter's day is kept a day more
		{5 * 24 * time.Hour, false, [2]int{2, 2}},            // gone, too
		{30 * 24 * time.Hour, false, [2]int{1, 1}},           // ours of day 3 went; the other bank keeps its own 30 days
		{30*24*time.Hour + time.Second, false, [2]int{0, 1}}, // the default
		{32 * 24 * time.Hour, false, [2]int{0, 0}},
	} {
		w.now = begin.Add(step.after)
		if step.take {
			take(w.bank)
		}
		if got := left(); got != step.want {
			t.Errorf("after %s: %v tickets and counters are left, want %v", step.after, got, step.want)
		}
	}
}
