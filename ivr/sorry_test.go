package ivr_test

import (
	"context"
	"strings"
	"testing"

	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/postgres"
)

const fragile = `flow: fragile
locales: [en, fa]
start: menu
steps:
  menu:
    gather: {prompt: {en: "Press 1 or 2.", fa: "[ivr_menu]"}, keys: {"1": ask, "2": bye}}
    no_input: bye
  ask:
    webhook: {url: https://bank.example/ivr, timeout: 1}
    next: bye
    fallback: bye
  person:
    handover: {wait: {en: "Please stay on the line for {bank}.", fa: "[ivr_waiting]"}, scenario: open-account}
    failed: bye
  bye: {hang_up: {en: Bye., fa: "[goodbye]"}}
`

// exec changes rows as the bank.
func (w *world) exec(sql string, args ...any) {
	w.t.Helper()
	must(w.t, w.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	}))
}

// A turn that fails is no error of HTTP, by which the carrier would hang up on
// the caller: it apologises in the caller's language, and says goodbye.
func TestTurnThatFailsApologises(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	reach := strings.NewReplacer(`keys: {"1": ask, "2": bye}`, `keys: {"1": ask, "2": person}`)
	w.publish("fragile", reach.Replace(fragile))
	w.run()
	for locale, to := range map[string]string{"en": "+84901230000", "fa": "+84901231000"} {
		w.exec(`update flows set source = replace(source, 'broken:', 'flow:') where bank_id = $1 and name = 'fragile'`, w.bank)
		id := w.place(ivr.PhoneCall{CustomerID: w.customer(to, locale), Flow: "fragile", Class: channels.Transaction})
		call := w.answer(to)
		w.asks(to, "the menu", "")
		w.exec(`update flows set source = replace(source, 'flow:', 'broken:') where bank_id = $1 and name = 'fragile'`, w.bank)
		w.press(call.SID, "1")
		c := w.untilState(id, ivr.Completed)
		if c.Outcome != ivr.OutcomeError || c.FlowEnded {
			t.Errorf("%s: it came to %+v", locale, c)
		}
		heard := w.onCall(to, "the end", func(h heard) bool { return h.Status == "completed" })
		if heard.Failure != nil {
			t.Errorf("%s: the carrier had an error: %+v", locale, heard.Failure)
		}
		said := heard.said()
		if locale == "en" && !strings.Contains(said, "We are sorry, something went wrong") || !strings.Contains(said, "hangup") {
			t.Errorf("%s: it said %s", locale, said)
		}
		if locale == "fa" && strings.Contains(said, "gateway say") {
			t.Errorf("a voice speaks Persian: %s", said)
		}
		if got := w.events(id); !strings.Contains(got, "phone_call.turn_failed") {
			t.Errorf("%s: told: %s", locale, got)
		}
	}
}

// Where the flow has a person, who meets an error is handed to one.
func TestTurnThatFailsHandsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	w.publish("fragile", strings.Replace(fragile, `"2": bye`, `"2": person`, 1))
	w.run()
	b := w.booked(w.customer(phone, "en"))
	id := w.place(ivr.PhoneCall{CustomerID: b.CustomerID, Flow: "fragile", AboutType: "booking", AboutID: b.ID, Class: channels.Transaction})
	call := w.answer(phone)
	w.asks(phone, "the menu", "Press 1")
	w.exec(`insert into flow_settings (bank_id, hook_secret, updated_at) values ($1, '\x00', now()) on conflict (bank_id) do update set hook_secret = '\x00'`, w.bank)
	w.press(call.SID, "1") // the secret of questions to the bank cannot be opened
	said := w.asks(phone, "the queue", "number 1 in the queue").said()
	if !strings.Contains(said, "something went wrong") || !strings.Contains(said, "stay on the line for Demo Bank") {
		t.Errorf("it said %s", said)
	}
	c, err := w.s.Get(t.Context(), w.bank, id)
	must(t, err)
	if state := query[string](w, `select state from queue_entries where bank_id = $1 and id = $2`, w.bank, c.QueueEntryID); state != string(calls.EntryWaiting) {
		t.Errorf("the place is %s", state)
	}
	if got := w.path(id); got != "menu=1 person" && got != "menu person" {
		t.Errorf("its path is %s", got)
	}
	if got := w.events(id); !strings.Contains(got, "phone_call.turn_failed") || !strings.Contains(got, "phone_call.queued") {
		t.Errorf("told: %s", got)
	}
	w.do(call.SID, "hangup", struct{}{})
	w.untilState(id, ivr.Completed)
}

// A bank that publishes its own flow of a shipped one's name changes no call
// that is going on.
func TestPublishedMidCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	id := w.place(ivr.PhoneCall{CustomerID: w.customer(phone, "en"), Flow: "survey", Class: channels.Transaction})
	call := w.answer(phone)
	w.asks(phone, "the question", "From 1 to 5")
	w.publish("survey", "flow: survey\nlocales: [en]\nstart: rating\nsteps:\n  rating:\n    gather: {prompt: New flow., keys: {\"5\": bye}}\n    no_input: bye\n  bye: {hang_up: Bye.}\n")
	w.press(call.SID, "4")
	w.asks(phone, "the shipped flow's next question", "0 to 10")
	w.do(call.SID, "hangup", struct{}{})
	if c := w.untilState(id, ivr.Completed); c.Pinned == nil || *c.Pinned != 0 {
		t.Errorf("it was led by %+v", c.Pinned)
	}
}
