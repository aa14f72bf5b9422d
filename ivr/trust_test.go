package ivr_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

// spoofed does everything for whoever shows a number, as a flow of before may.
const spoofed = `flow: spoofed
locales: [en]
start: who
steps:
  who: {branch: {on: customer}, then: known, else: unknown}
  known: {say: We know you., next: menu}
  unknown: {say: Welcome., next: menu}
  menu:
    gather: {prompt: Press a key., keys: {"1": send, "2": block, "3": person, "4": out, "5": prove}}
    no_input: bye
  send: {link: {scenario: open-account}, next: sent, failed: no}
  sent: {say: A link is on its way., next: menu}
  person: {handover: {wait: Please wait., scenario: open-account}, failed: no}
  prove: {verify: {tries: 2}, passed: proved, failed: no}
  proved: {branch: {on: customer}, then: block, else: no}
  no: {say: That did not work., next: menu}
  out: {opt_out: , next: done}
  block: {block: , next: done, outcome: blocked}
  done: {say: It is done., next: bye}
  bye: {hang_up: Bye.}
`

// Who calls with a customer's number is told nothing of them, and changes nothing
// of theirs, before a code was keyed in: not even by a flow that says so.
func TestCallerIsNotTrustedByNumber(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	w.inbound()
	w.publish("spoofed", spoofed)
	if _, err := w.s.SetNumbers(t.Context(), w.bank, map[string]string{bankNumber: "spoofed"}); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("a flow that is not made for callers answers a number: %v", err)
	}
	w.exec(`insert into flow_settings (bank_id, inbound, updated_at) values ($1, jsonb_build_object($2::text, 'spoofed'), now())
		on conflict (bank_id) do update set inbound = excluded.inbound`, w.bank, bankNumber)
	customer := w.customer(phone, "en")
	w.run()
	code, err := w.otp.Start(visavis.WithActor(t.Context(), visavis.System(w.bank)), w.bank, otp.StartRequest{CustomerID: customer, Purpose: "login", BoundTo: uuid.New(), Way: otp.SMS})
	must(t, err)
	first := codeIn(w.smsTo(phone, "code"))
	pending := func() bool {
		v, err := w.otp.Get(t.Context(), w.bank, code.ID)
		must(t, err)
		return v.State == otp.Pending
	}
	newest := func() ivr.PhoneCall {
		list, _, err := w.s.List(t.Context(), w.bank, ivr.CallFilter{Direction: ivr.Inbound}, postgres.Page{})
		must(t, err)
		return list[0]
	}
	call := w.callIn(phone)
	if said := w.hears(call.SID, "Press a key").said(); strings.Contains(said, "know you") {
		t.Errorf("a number tells whose it is: %s", said)
	}
	for _, key := range []string{"1", "3"} {
		before := strings.Count(w.hears(call.SID, "Press a key").said(), "That did not work")
		w.press(call.SID, key)
		w.onHearing(call.SID, "the refusal of "+key, func(h heard) bool { return h.Gathering != nil && strings.Count(h.said(), "That did not work") > before })
	}
	if n := query[int](w, `select count(*) from queue_entries where bank_id = $1`, w.bank); n != 0 {
		t.Error("a number is enough for a place in the queue")
	}
	if n := query[int](w, `select count(*) from links where bank_id = $1`, w.bank); n != 0 {
		t.Error("a number is enough for a link")
	}
	w.press(call.SID, "2")
	if said := w.hears(call.SID, "something went wrong").said(); strings.Contains(said, "It is done") {
		t.Errorf("it says that it was done: %s", said)
	}
	if c := w.untilState(newest().ID, ivr.Completed); c.Outcome != ivr.OutcomeUnproved || strings.Contains(w.events(c.ID), "denied") {
		t.Errorf("it came to %q, %s", c.Outcome, w.events(c.ID))
	}
	if !pending() {
		t.Error("a number is enough to end a customer's code")
	}
	call = w.callIn(phone)
	w.hears(call.SID, "Press a key")
	w.press(call.SID, "4")
	w.hears(call.SID, "something went wrong")
	if n := query[int](w, `select count(*) from opt_outs where bank_id = $1`, w.bank); n != 0 {
		t.Error("a number is enough to stop a customer's notices")
	}

	// With a code it is done.
	call = w.callIn(phone)
	w.hears(call.SID, "Press a key")
	w.press(call.SID, "5")
	w.hears(call.SID, "sent you a code")
	sent := ""
	w.onHearing(call.SID, "the code by SMS", func(heard) bool { sent = codeIn(w.smsTo(phone, "code")); return sent != first })
	w.press(call.SID, sent+"#")
	w.hears(call.SID, "It is done")
	if c := w.untilState(newest().ID, ivr.Completed); c.Outcome != "blocked" {
		t.Errorf("it came to %q", c.Outcome)
	}

	// Who calls with a number that nobody knows hears the same, and gets nowhere.
	call = w.callIn("+84901239876")
	w.hears(call.SID, "Press a key")
	w.press(call.SID, "5")
	w.hears(call.SID, "sent you a code")
	w.press(call.SID, "123456#")
	w.hears(call.SID, "This code is wrong")
	w.press(call.SID, "123457#")
	w.hears(call.SID, "That did not work")
	w.do(call.SID, "hangup", struct{}{})
}
