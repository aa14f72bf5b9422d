package identifications

import (
	"testing"
	"time"

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
