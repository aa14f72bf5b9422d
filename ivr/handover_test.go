package ivr_test

import (
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/ivr"
)

// another is one more agent, who is not ready yet.
func (w *world) another(email, telephone string) uuid.UUID {
	w.t.Helper()
	a, err := w.banks.CreateAgent(w.t.Context(), w.bank, banks.NewAgent{Email: email, Name: email, Role: visavis.RoleAgent})
	must(w.t, err)
	if telephone != "" {
		must(w.t, w.banks.SetTelephone(w.t.Context(), w.bank, a.ID, telephone))
	}
	return a.ID
}

func (w *world) ready(agent uuid.UUID) {
	w.t.Helper()
	_, err := w.calls.SetPresence(w.t.Context(), w.bank, agent, calls.Ready)
	must(w.t, err)
}

// queued is a caller who waits for a person.
func (w *world) queued(number string) (ivr.PhoneCall, heard) {
	w.t.Helper()
	b := w.booked(w.customer(number, "en"))
	id := w.place(ivr.PhoneCall{CustomerID: b.CustomerID, Flow: "reminder", AboutType: "booking", AboutID: b.ID, Class: channels.Reminder})
	call := w.answer(number)
	w.asks(number, "the menu", "press 9")
	w.press(call.SID, "9")
	w.asks(number, "the queue", "in the queue")
	c, err := w.s.Get(w.t.Context(), w.bank, id)
	must(w.t, err)
	return c, call
}

func (w *world) offeredTo(entry uuid.UUID) uuid.UUID {
	return query[uuid.UUID](w, `select coalesce(offered_to, '00000000-0000-0000-0000-000000000000') from queue_entries where bank_id = $1 and id = $2`, w.bank, entry)
}

// Who is on the telephone is offered to agents who have one, and to nobody else.
func TestCallersAreForAgentsWithATelephone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	without := w.staffed()
	w.run()
	c, call := w.queued(phone)
	w.ready(without)
	if got := w.offeredTo(c.QueueEntryID); got != uuid.Nil {
		t.Errorf("a caller is offered to an agent without a telephone")
	}
	with := w.another("desk@bank.test", "+84901239000")
	w.ready(with)
	if got := w.offeredTo(c.QueueEntryID); got != with {
		t.Errorf("it is offered to %s, not %s", got, with)
	}
	w.do(call.SID, "hangup", struct{}{})
	w.untilState(c.ID, ivr.Completed)
}
