package ivr_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

var sixDigits = regexp.MustCompile(`\d{6}`)

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

// That a call is to end is kept with what decides it: the carrier refuses to end
// it, the gateway is killed and another one starts, and it ends all the same.
func TestHangUpIsDurable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := w.staffed()
	const desk = "+84901239000"
	must(t, w.banks.SetTelephone(t.Context(), w.bank, agent, desk))
	stop := w.run()
	c, call := w.queued(phone)
	w.ready(agent)
	taken, err := w.calls.Accept(t.Context(), w.bank, c.QueueEntryID, agent)
	must(t, err)
	w.answer(desk)
	w.until(c.ID, "the talk", func(ivr.PhoneCall) bool { n, started := w.sim.Met(c.ID.String()); return n == 2 && started })
	stop() // killed: nothing works what is decided now
	asAgent := visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorAgent, ID: agent, BankID: w.bank, Role: visavis.RoleAgent})
	_, err = w.calls.HangUp(asAgent, w.bank, taken.ID)
	must(t, err)
	// It is decided, and the node dies before the carrier was told.
	must(t, w.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		return ivr.LegDue(ctx, w.s, tx, scheduling.Due{Kind: scheduling.DuePhoneLeg, ObjectID: c.ID, Name: calls.PhoneLegEnd})
	}))
	if h := w.handset(phone)[0]; h.Status != "in-progress" {
		t.Fatalf("the caller's leg is %s before anybody told the carrier", h.Status)
	}
	w.exec(`delete from due_times where bank_id = $1 and kind = 'phone_leg'`, w.bank) // it was worked
	w.run()
	w.untilState(c.ID, ivr.Completed)
	w.onCall(phone, "the caller's end", func(h heard) bool { return h.SID == call.SID && h.Status == "completed" })
	w.onCall(desk, "the agent's end", func(h heard) bool { return h.Status == "completed" })
}

// A call that is to end does at once, whatever happens to it at that moment: the
// clock stands, so that only what is due now is worked.
func TestHangUpAtOnce(t *testing.T) {
	t.Parallel()
	end := func(w *world, id uuid.UUID) {
		if err := w.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			return ivr.LegDue(ctx, w.s, tx, scheduling.Due{Kind: scheduling.DuePhoneLeg, ObjectID: id, Name: calls.PhoneLegEnd})
		}); err != nil {
			w.t.Error(err)
		}
	}
	// during has fn run before the carrier answers the first request to the path.
	during := func(w *world, path string, fn func()) (ended chan string) {
		_, _, ended = w.hiding()
		var once sync.Once
		w.mu.Lock()
		defer w.mu.Unlock()
		hiding := w.carrier
		w.carrier = func(rw http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodGet && strings.Contains(r.URL.Path, path) {
				once.Do(fn)
			}
			return hiding(rw, r)
		}
		return ended
	}
	tell := func(w *world, id uuid.UUID, sid, word string) {
		code, _ := w.callback(fmt.Sprintf("/callbacks/twilio/ivr/status/%s/%s", w.bank, id), url.Values{"CallSid": {sid}, "CallStatus": {word}})
		if code != http.StatusNoContent {
			w.t.Errorf("%s: %d", word, code)
		}
	}
	isEnded := func(w *world, ended chan string, sid string) {
		w.t.Helper()
		if got := wait(w, "its end", ended, 1); got != sid {
			w.t.Errorf("%s was ended, not %s", got, sid)
		}
	}
	t.Run("while it is asked after", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.standStill()
		var id uuid.UUID
		ended := during(w, "/Calls/CA", func() { end(w, id) })
		id, call := w.killedAfterDial(phone)
		w.exec(`update phone_calls set state = 'answered', provider_id = $2 where bank_id = $1`, w.bank, call.SID)
		w.run()
		w.pass(12 * time.Second) // the lease ends
		isEnded(w, ended, call.SID)
	})
	t.Run("while it is looked up", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.standStill()
		var id uuid.UUID
		var call heard
		ended := during(w, "/Calls.json", func() {
			end(w, id)
			w.mu.Lock()
			w.filter = nil
			w.mu.Unlock()
			tell(w, id, call.SID, "ringing")
		})
		id, call = w.killedAfterDial(phone)
		w.run()
		w.pass(12 * time.Second)
		isEnded(w, ended, call.SID)
	})
	t.Run("while it is picked up", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		w.standStill()
		_, _, ended := w.hiding()
		stop := w.run()
		id := w.place(ivr.PhoneCall{To: phone})
		c := w.untilState(id, ivr.Ringing)
		stop()
		end(w, id)
		tell(w, id, c.ProviderID, "in-progress")
		w.run()
		isEnded(w, ended, c.ProviderID)
	})
}

// A caller to the bank's number who hangs up in the queue leaves it at once: the
// carrier tells.
func TestCallerWhoHangsUpLeavesTheQueue(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	w.inbound()
	w.publish("line", "flow: line\nlocales: [en]\ninbound: true\nstart: prove\nsteps:\n  prove:\n    verify: {}\n    passed: person\n    failed: bye\n"+
		"  person:\n    handover: {wait: Please wait., scenario: open-account}\n    failed: bye\n  bye: {hang_up: Bye.}\n")
	_, err := w.s.SetNumbers(t.Context(), w.bank, map[string]string{bankNumber: "line"})
	must(t, err)
	w.customer(phone, "en")
	w.run()
	call := w.callIn(phone)
	w.hears(call.SID, "sent you a code")
	w.press(call.SID, codeIn(w.smsTo(phone, "code"))+"#")
	w.hears(call.SID, "in the queue")
	list, _, err := w.s.List(t.Context(), w.bank, ivr.CallFilter{Direction: ivr.Inbound}, postgres.Page{})
	must(t, err)
	w.do(call.SID, "hangup", struct{}{})
	w.untilState(list[0].ID, ivr.Completed)
	if state := query[string](w, `select state from queue_entries where bank_id = $1 and id = $2`, w.bank, list[0].QueueEntryID); state != "left" {
		t.Errorf("the place is %s", state)
	}
	if code, _ := w.callback("/callbacks/twilio/ivr/inbound/status", url.Values{"To": {bankNumber}, "CallSid": {"CA00000000000000000000000000000000"}, "CallStatus": {"completed"}}); code != http.StatusNotFound {
		t.Errorf("of a call that nobody knows: %d", code)
	}
}

// inbound has the twin's number lead to the bank.
func (w *world) inbound() {
	w.t.Helper()
	_, err := w.ch.SetSenders(w.t.Context(), w.bank, []channels.SenderEntry{{Channel: channels.Voice, Kind: channels.LongNumber, Provider: "twilio", Sender: bankNumber, Inbound: true}})
	must(w.t, err)
	w.sim.SetInbound("", w.s.InboundURL())
	w.sim.SetInboundStatus(w.gateway + ivr.InboundStatusPath)
}

// callIn calls the bank's number from a handset.
func (w *world) callIn(from string) (call heard) {
	w.t.Helper()
	res, err := http.Post(w.twin+"/simulator/phones/"+url.PathEscape(from)+"/call", "application/json", strings.NewReader(`{"to":"`+bankNumber+`"}`))
	must(w.t, err)
	defer res.Body.Close()
	must(w.t, json.NewDecoder(res.Body).Decode(&call))
	return call
}

// hears waits until a call has heard something and is asked, or has ended.
func (w *world) hears(sid, what string) heard {
	w.t.Helper()
	return w.onHearing(sid, what, func(h heard) bool {
		return strings.Contains(h.said(), what) && (h.Gathering != nil || h.Status == "completed")
	})
}

func (w *world) onHearing(sid, what string, ok func(heard) bool) (h heard) {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		res, err := http.Get(w.twin + "/simulator/calls/" + sid)
		must(w.t, err)
		h = heard{}
		must(w.t, json.NewDecoder(res.Body).Decode(&h))
		res.Body.Close()
		if ok(h) {
			return h
		}
		select {
		case <-time.After(30 * time.Millisecond):
		case <-deadline:
			w.t.Fatalf("waited for %q: %+v", what, h)
		}
	}
}

func codeIn(text string) string { return sixDigits.FindString(text) }
