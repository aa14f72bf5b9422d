package ivr_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

const phone = "+84901230000"

// asks waits until the handset is asked for keys, and has heard something.
func (w *world) asks(to, what, heardText string) heard {
	w.t.Helper()
	return w.onCall(to, what, func(h heard) bool { return h.Gathering != nil && strings.Contains(h.said(), heardText) })
}

// answer answers the handset's newest call.
func (w *world) answer(to string) heard {
	w.t.Helper()
	call := w.onCall(to, "a ringing phone", func(h heard) bool { return h.Status == "ringing" })
	w.do(call.SID, "answer", struct{}{})
	return call
}

// staffed makes a scenario and an agent who works around the clock.
func (w *world) staffed() (agent uuid.UUID) {
	w.t.Helper()
	_, err := w.cases.CreateScenario(w.t.Context(), w.bank, identifications.OpenAccount, identifications.DefaultScenario())
	must(w.t, err)
	a, err := w.banks.CreateAgent(w.t.Context(), w.bank, banks.NewAgent{Email: "agent@bank.test", Name: "Agent", Role: visavis.RoleAgent})
	must(w.t, err)
	must(w.t, w.calendar.SetWorkingHours(w.t.Context(), w.bank, a.ID, scheduling.AroundTheClock("UTC")))
	return a.ID
}

// booked books a call for a customer.
func (w *world) booked(customer uuid.UUID) scheduling.Booking {
	w.t.Helper()
	ctx := visavis.WithActor(w.t.Context(), visavis.System(w.bank))
	ident, _, err := w.cases.Create(ctx, w.bank, identifications.NewIdentification{CustomerID: customer, Scenario: identifications.OpenAccount})
	must(w.t, err)
	slots, err := w.cases.Slots(ctx, w.bank, ident.ID, w.now(), w.now().Add(48*time.Hour), 3)
	must(w.t, err)
	b, err := w.cases.Book(ctx, w.bank, ident.ID, slots[len(slots)-1].Start, identifications.BookOptions{})
	must(w.t, err)
	return b
}

func (w *world) detail(id uuid.UUID) ivr.CallDetail {
	w.t.Helper()
	d, err := w.s.Detail(w.t.Context(), w.bank, id)
	must(w.t, err)
	return d
}

func (w *world) path(id uuid.UUID) string {
	var steps []string
	for _, p := range w.detail(id).Path {
		keys := ""
		if p.Keys != nil {
			keys = "=" + *p.Keys
		}
		steps = append(steps, p.Step+keys)
	}
	return strings.Join(steps, " ")
}

// The reminder: 1 confirms the booking, in a language that the carrier speaks and
// in one that only recordings do.
func TestReminderConfirm(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	w.run()
	for locale, to := range map[string]string{"vi": "+84901230000", "fa": "+84901231000"} {
		b := w.booked(w.customer(to, locale))
		id := w.place(ivr.PhoneCall{CustomerID: b.CustomerID, Flow: "reminder", AboutType: "booking", AboutID: b.ID, Class: channels.Reminder})
		call := w.answer(to)
		asked := w.asks(to, "the menu", map[string]string{"vi": "Để xác nhận", "fa": "play"}[locale])
		if asked.Failure != nil {
			t.Fatalf("%s: %+v", locale, asked)
		}
		if locale == "vi" && !regexp.MustCompile(`ngày \d+ tháng \d+, \d+ giờ`).MatchString(asked.said()) {
			t.Errorf("the time is not said: %s", asked.said())
		}
		if locale == "fa" && strings.Contains(asked.said(), "gateway say") {
			t.Errorf("a voice speaks Persian: %s", asked.said())
		}
		w.press(call.SID, "1")
		if c := w.untilState(id, ivr.Completed); c.Outcome != "confirmed" || !c.FlowEnded {
			t.Errorf("%s: it came to %q", locale, c.Outcome)
		}
		if got := w.path(id); got != "greeting menu=1 confirm confirmed bye" {
			t.Errorf("%s: its path is %s", locale, got)
		}
		if b, err := w.calendar.Get(t.Context(), w.bank, b.ID); err != nil || b.AcknowledgedBy != "key" {
			t.Errorf("%s: the booking is %+v, %v", locale, b, err)
		}
	}
}

// A callback that names no call of the carrier's leads none, also before ours is dialled.
func TestTurnOfNoCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	b := w.booked(w.customer(phone, "en"))
	id := w.place(ivr.PhoneCall{CustomerID: b.CustomerID, Flow: "reminder", AboutType: "booking", AboutID: b.ID, Class: channels.Reminder})
	if said, err := w.s.Turn(t.Context(), w.bank, id, 0, url.Values{}); visavis.KindOf(err) != visavis.NotFound {
		t.Errorf("it said %s, %v", said, err)
	}
}

// A booking that was moved since the call was placed is told with its time of now.
func TestReminderOfAMovedBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	w.run()
	b := w.booked(w.customer(phone, "en"))
	w.place(ivr.PhoneCall{CustomerID: b.CustomerID, Flow: "reminder", AboutType: "booking", AboutID: b.ID, Class: channels.Reminder,
		Input: map[string]string{"start": b.Start.AddDate(0, 2, 0).Format(time.RFC3339)}})
	w.answer(phone)
	said := w.asks(phone, "the menu", "press 2").said()
	hanoi, err := time.LoadLocation("Asia/Ho_Chi_Minh") // where the customer is
	must(t, err)
	if start := b.Start.In(hanoi); !strings.Contains(said, start.Month().String()) || strings.Contains(said, start.AddDate(0, 2, 0).Month().String()) {
		t.Errorf("the booking is at %s, and it says %s", b.Start, said)
	}
}

// Nobody is rung for a booking that was cancelled while the call waited.
func TestReminderOfACancelledBooking(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	b := w.booked(w.customer(phone, "en"))
	id := w.place(ivr.PhoneCall{CustomerID: b.CustomerID, Flow: "reminder", AboutType: "booking", AboutID: b.ID, Class: channels.Reminder})
	_, err := w.cases.CancelBooking(visavis.WithActor(t.Context(), visavis.System(w.bank)), w.bank, b.ID, "")
	must(t, err)
	w.run()
	if c := w.untilState(id, ivr.Canceled); c.Outcome != ivr.OutcomeCanceled || len(w.handset(phone)) != 0 {
		t.Errorf("it came to %q, and the phone has %d calls", c.Outcome, len(w.handset(phone)))
	}
}

// 2 reads free times out and moves to the one that is chosen; no key leads on.
func TestReminderMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	w.run()
	b := w.booked(w.customer(phone, "en"))
	id := w.place(ivr.PhoneCall{CustomerID: b.CustomerID, Flow: "reminder", AboutType: "booking", AboutID: b.ID, Class: channels.Reminder})
	call := w.answer(phone)
	w.asks(phone, "the menu", "press 2")
	w.press(call.SID, "4") // no choice
	w.asks(phone, "the menu again", "not one of the choices")
	w.press(call.SID, "2")
	w.asks(phone, "times", "These times are free")
	w.press(call.SID, "2")
	if c := w.untilState(id, ivr.Completed); c.Outcome != "moved" {
		t.Errorf("it came to %q by %s", c.Outcome, w.path(id))
	}
	moved, err := w.calendar.Get(t.Context(), w.bank, b.ID)
	if err != nil || moved.Start.Equal(b.Start) {
		t.Errorf("the booking is at %s, %v", moved.Start, err)
	}
	if said := w.handset(phone)[0].said(); !strings.Contains(said, "Your new time is") {
		t.Errorf("it said %s", said)
	}
}

// Survey answers are kept per question and counted; a scale of two digits ends with #.
func TestSurvey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	about := uuid.New()
	id := w.place(ivr.PhoneCall{CustomerID: w.customer(phone, "ru"), Flow: "survey", AboutType: "thing", AboutID: about, Class: channels.Transaction})
	call := w.answer(phone)
	w.asks(phone, "the first question", "От одного до пяти")
	w.press(call.SID, "2")
	w.asks(phone, "the second question", "От нуля до десяти")
	w.press(call.SID, "10#")
	w.onCall(phone, "the recording", func(h heard) bool { return strings.Contains(h.said(), "gateway record") && h.Gathering != nil })
	w.press(call.SID, "#")
	if c := w.untilState(id, ivr.Completed); c.Outcome != "answered" {
		t.Errorf("it came to %q by %s", c.Outcome, w.path(id))
	}
	counts, err := w.s.Results(t.Context(), w.bank, "survey", about, time.Time{}, time.Time{})
	must(t, err)
	if len(counts) != 2 || counts[0].Answer != "2" || counts[1].Answer != "10" || !counts[0].Survey {
		t.Errorf("counted %+v", counts)
	}
	// The message is kept sealed, and is gone at the carrier.
	var sound []byte
	w.until(id, "the recording", func(ivr.PhoneCall) bool {
		d := w.detail(id)
		return len(d.Recordings) == 1 && d.Recordings[0].State == "kept" && w.sim.Recordings() == 0
	})
	// As a node leaves it that is killed between keeping and deleting: what is
	// kept is due until the carrier's is gone, and is not fetched again.
	due := func(ivr.PhoneCall) bool {
		return query[bool](w, `select bool_and(due_at is null and state = 'kept') from phone_recordings where bank_id = $1`, w.bank)
	}
	w.until(id, "nothing is due", due)
	query[int](w, `with u as (update phone_recordings set due_at = '2020-01-01' where bank_id = $1 returning 1) select count(*) from u`, w.bank)
	w.until(id, "nothing is due again", due)
	sound, err = w.s.Sound(t.Context(), w.bank, id, w.detail(id).Recordings[0].ID)
	must(t, err)
	if string(sound[:4]) != "RIFF" {
		t.Error("it is no WAV file")
	}
	if query[bool](w, `select position('RIFF'::bytea in sound) > 0 from phone_recordings where bank_id = $1`, w.bank) {
		t.Error("it is kept in the clear")
	}
}

// publish puts a flow of the bank's own in force, by four eyes.
func (w *world) publish(name, source string) {
	w.t.Helper()
	var admins [2]context.Context
	for i := range admins {
		a, err := w.banks.CreateAgent(w.t.Context(), w.bank, banks.NewAgent{Email: uuid.NewString() + "@bank.test", Name: "Admin", Role: visavis.RoleAdministrator})
		must(w.t, err)
		admins[i] = visavis.WithActor(w.t.Context(), visavis.Actor{Kind: visavis.ActorAgent, ID: a.ID, BankID: w.bank, Role: visavis.RoleAdministrator})
	}
	d, err := w.s.DraftFlow(admins[0], w.bank, name, source)
	must(w.t, err)
	v := d.Open.Version
	_, err = w.s.SubmitFlow(admins[0], w.bank, name, v)
	must(w.t, err)
	if _, err := w.s.ApproveFlow(admins[0], w.bank, name, v, ""); visavis.CodeOf(err) != "four_eyes" {
		w.t.Errorf("its author approved it: %v", err)
	}
	_, err = w.s.ApproveFlow(admins[1], w.bank, name, v, "good")
	must(w.t, err)
	_, err = w.s.PublishFlow(admins[0], w.bank, name, v)
	must(w.t, err)
}

// A flow with a secret key and a question to the bank: the question is signed,
// the answer said properly, and the secret is nowhere; a bank that is silent
// leads to the fall-back.
func TestWebhookAndSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	asked := make(chan map[string]any, 4)
	answer := make(chan string, 4)
	bank := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var q map[string]any
		_ = json.Unmarshal(body, &q)
		if r.Header.Get("webhook-signature") == "" {
			t.Error("the question is not signed")
		}
		asked <- q
		select {
		case a := <-answer:
			_, _ = io.WriteString(rw, a)
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(bank.Close)
	w.publish("balance", `flow: balance
locales: [en, fa]
start: pin
steps:
  pin:
    gather: {prompt: {en: Key in your PIN., fa: "[ivr_enter_code]"}, digits: 4, save: pin, secret: true}
    next: ask
    no_input: bye
  ask:
    webhook: {url: "`+bank.URL+`/balance", send: [pin], answer: {balance: balance}, timeout: 10}
    next: tell
    fallback: sorry
  tell:
    say: {en: "You have {balance:amount}.", fa: "[ivr_balance] {balance:amount}"}
    next: bye
    outcome: told
  sorry:
    say: {en: Please try later., fa: "[ivr_failed]"}
    next: bye
    outcome: not_told
  bye: {hang_up: {en: Bye., fa: "[goodbye]"}}
`)
	w.run()
	id := w.place(ivr.PhoneCall{CustomerID: w.customer(phone, "en"), Flow: "balance", Class: channels.Transaction})
	call := w.answer(phone)
	w.asks(phone, "the PIN", "Key in your PIN")
	answer <- `{"balance": "1250000 VND"}`
	w.press(call.SID, "7391")
	if q := <-asked; q["variables"].(map[string]any)["pin"] != "7391" || q["phone_call_id"] != id.String() {
		t.Errorf("the bank was asked %v", q)
	}
	if c := w.untilState(id, ivr.Completed); c.Outcome != "told" {
		t.Fatalf("it came to %q by %s", c.Outcome, w.path(id))
	}
	if said := w.handset(phone)[0].said(); !strings.Contains(said, "You have 1250000 dong.") {
		t.Errorf("it said %s", said)
	}
	if strings.Contains(w.path(id), "7391") || !w.detail(id).Path[0].Secret {
		t.Errorf("the secret is in its path: %s", w.path(id))
	}
	for table := range map[string]bool{"phone_calls": true, "phone_call_steps": true, "flow_answers": true, "events": true} {
		if query[bool](w, `select exists (select from `+table+` t where bank_id = $1 and t::text like '%7391%')`, w.bank) {
			t.Errorf("the secret is in %s", table)
		}
	}

	second := "+84901231000"
	id = w.place(ivr.PhoneCall{CustomerID: w.customer(second, "fa"), Flow: "balance", Class: channels.Transaction})
	call = w.answer(second)
	w.asks(second, "the PIN", "play")
	w.press(call.SID, "1234") // the bank never answers
	<-asked
	w.onCall(second, "polling", func(h heard) bool { return strings.Contains(h.said(), "redirect") })
	if c := w.until(id, "the end", func(c ivr.PhoneCall) bool { w.pass(time.Second); return c.State.Final() }); c.Outcome != "not_told" {
		t.Errorf("it came to %q by %s", c.Outcome, w.path(id))
	}
}

// A turn counts once: the same callback again is answered as before, any other
// changes nothing.
func TestTurnOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	id := w.place(ivr.PhoneCall{CustomerID: w.customer(phone, "en"), Flow: "survey", Class: channels.Transaction})
	w.answer(phone)
	w.asks(phone, "the question", "From 1 to 5")
	c, err := w.s.Get(t.Context(), w.bank, id)
	must(t, err)
	turn := func(n string, digits string) (int, string) {
		return w.callback("/callbacks/twilio/ivr/turn/"+w.bank.String()+"/"+id.String()+"/"+n,
			url.Values{"CallSid": {c.ProviderID}, "CallStatus": {"in-progress"}, "Digits": {digits}})
	}
	first, said := turn("1", "4")
	if first != 200 || !strings.Contains(said, "0 to 10") {
		t.Fatalf("%d %s", first, said)
	}
	if again, saidAgain := turn("1", "4"); again != 200 || saidAgain != said {
		t.Errorf("repeated: %d %s", again, saidAgain)
	}
	if again, saidAgain := turn("1", "5"); again != 200 || saidAgain != said { // signed, but with another key
		t.Errorf("repeated with another key: %d %s", again, saidAgain)
	}
	for _, n := range []string{"0", "3", "99"} {
		if code, _ := turn(n, "1"); code != http.StatusConflict {
			t.Errorf("turn %s: %d", n, code)
		}
	}
	for _, n := range []string{"01", "-1", "x"} {
		if code, _ := turn(n, "1"); code != http.StatusNotFound {
			t.Errorf("turn %s: %d", n, code)
		}
	}
	if got := w.path(id); got != "greeting rating=4 recommend" {
		t.Errorf("its path is %s", got)
	}
}

// smsTo returns the newest SMS to a number.
func (w *world) smsTo(to, contains string) string {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		res, err := http.Get(w.twin + "/simulator/messages?to=" + url.QueryEscape(to))
		must(w.t, err)
		var list []struct{ Body string }
		err = json.NewDecoder(res.Body).Decode(&list)
		res.Body.Close()
		must(w.t, err)
		for _, m := range list {
			if strings.Contains(m.Body, contains) {
				return m.Body
			}
		}
		select {
		case <-time.After(50 * time.Millisecond): // what happens inside the twin tells nobody
		case <-deadline:
			w.t.Fatalf("no SMS with %q: %+v", contains, list)
		}
	}
}

// Who calls the bank's number is known by it, proves by a code that the phone is
// at hand, and gets a link.
func TestInbound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	_, err := w.ch.SetSenders(t.Context(), w.bank, []channels.SenderEntry{{Channel: channels.Voice, Kind: channels.LongNumber, Provider: "twilio", Sender: bankNumber, Inbound: true}})
	must(t, err)
	w.sim.SetInbound("", w.s.InboundURL())
	customer := w.customer(phone, "en")
	w.run()
	res, err := http.Post(w.twin+"/simulator/phones/"+url.PathEscape(phone)+"/call", "application/json", strings.NewReader(`{"to":"`+bankNumber+`"}`))
	must(t, err)
	var call heard
	must(t, json.NewDecoder(res.Body).Decode(&call))
	res.Body.Close()
	hears := func(what string) heard {
		t.Helper()
		deadline := time.After(patience)
		for {
			res, err := http.Get(w.twin + "/simulator/calls/" + call.SID)
			must(t, err)
			var h heard
			must(t, json.NewDecoder(res.Body).Decode(&h))
			res.Body.Close()
			if strings.Contains(h.said(), what) && (h.Gathering != nil || h.Status == "completed") {
				return h
			}
			select {
			case <-time.After(30 * time.Millisecond):
			case <-deadline:
				t.Fatalf("waited for %q: %+v", what, h)
			}
		}
	}
	hears("To get a link for a video call")
	w.press(call.SID, "1")
	hears("sent you a code")
	code := regexp.MustCompile(`\d{6}`).FindString(w.smsTo(phone, "code"))
	w.press(call.SID, "000000#")
	hears("This code is wrong")
	w.press(call.SID, code+"#")
	hears("The link is on its way")
	if !strings.Contains(w.smsTo(phone, "/visit/"), "/visit/") {
		t.Error("no link")
	}
	list, _, err := w.s.List(t.Context(), w.bank, ivr.CallFilter{Direction: ivr.Inbound}, postgres.Page{})
	must(t, err)
	if len(list) != 1 || list[0].CustomerID != customer || list[0].Outcome != "link_sent" {
		t.Fatalf("kept as %+v", list)
	}
	if got := w.path(list[0].ID); got != "welcome menu=1 prove send sent bye" {
		t.Errorf("its path is %s", got)
	}
	w.pass(3 * time.Minute) // nobody tells of its end: it is asked for
	w.untilState(list[0].ID, ivr.Completed)
}

// 9 hands over: the caller waits in the queue, the agent accepts and is rung, and
// the two meet; when the agent ends the call the caller's telephone ends too.
func TestHandOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	agent := w.staffed()
	const desk = "+84901239000"
	must(t, w.banks.SetTelephone(t.Context(), w.bank, agent, desk))
	w.run()
	b := w.booked(w.customer(phone, "en"))
	id := w.place(ivr.PhoneCall{CustomerID: b.CustomerID, Flow: "reminder", AboutType: "booking", AboutID: b.ID, Class: channels.Reminder})
	call := w.answer(phone)
	w.asks(phone, "the menu", "press 9")
	w.press(call.SID, "9")
	w.asks(phone, "the queue", "number 1 in the queue")
	c, err := w.s.Get(t.Context(), w.bank, id)
	must(t, err)
	_, err = w.calls.SetPresence(t.Context(), w.bank, agent, calls.Ready)
	must(t, err)
	taken, err := w.calls.Accept(t.Context(), w.bank, c.QueueEntryID, agent)
	must(t, err)
	if taken.IdentificationID != b.IdentificationID || taken.State != calls.Active {
		t.Fatalf("the call is %+v", taken)
	}
	w.answer(desk)
	w.until(id, "the talk", func(ivr.PhoneCall) bool { n, started := w.sim.Met(id.String()); return n == 2 && started })
	if c, _ := w.s.Get(t.Context(), w.bank, id); !c.HandedOver || c.Outcome != "handed_over" {
		t.Errorf("it is %+v", c)
	}
	asAgent := visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorAgent, ID: agent, BankID: w.bank, Role: visavis.RoleAgent})
	_, err = w.calls.HangUp(asAgent, w.bank, taken.ID)
	must(t, err)
	if c := w.untilState(id, ivr.Completed); c.Outcome != "handed_over" || c.Abandoned {
		t.Errorf("it came to %+v", c)
	}
	w.onCall(desk, "the end of the agent's leg", func(h heard) bool { return h.Status == "completed" })
}

// 5 in the queue goes on by video: the place is the same one, a link comes by
// SMS, and hanging up does not give it up. Who just hangs up loses it.
func TestToVideo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	w.run()
	b := w.booked(w.customer(phone, "en"))
	queued := func(key string) (ivr.PhoneCall, heard) {
		id := w.place(ivr.PhoneCall{CustomerID: b.CustomerID, Flow: "reminder", AboutType: "booking", AboutID: b.ID, Class: channels.Reminder, Key: key})
		call := w.answer(phone)
		w.asks(phone, "the menu", "press 9")
		w.press(call.SID, "9")
		w.asks(phone, "the queue", "in the queue")
		c, err := w.s.Get(t.Context(), w.bank, id)
		must(t, err)
		return c, call
	}
	c, call := queued("first")
	w.do(call.SID, "hangup", struct{}{})
	w.untilState(c.ID, ivr.Completed)
	if state := query[string](w, `select state from queue_entries where bank_id = $1 and id = $2`, w.bank, c.QueueEntryID); state != "left" {
		t.Errorf("who hung up is %s", state)
	}
	c, call = queued("second")
	before := query[time.Time](w, `select rank_at from queue_entries where bank_id = $1 and id = $2`, w.bank, c.QueueEntryID)
	w.press(call.SID, "5")
	w.smsTo(phone, "/visit/")
	if got := w.untilState(c.ID, ivr.Completed); got.Outcome != "to_video" {
		t.Errorf("it came to %q", got.Outcome)
	}
	if state := query[string](w, `select state || ' ' || callback || ' ' || (phone_call_id is null) || ' ' || (rank_at = $3) from queue_entries where bank_id = $1 and id = $2`,
		w.bank, c.QueueEntryID, before); state != "waiting true true true" {
		t.Errorf("the place is %s", state)
	}
}

// An alert: 2 says that it was not the customer, which ends codes on their way,
// tells the bank and hands over at once.
func TestFraud(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	w.run()
	customer := w.customer(phone, "zh")
	id := w.place(ivr.PhoneCall{CustomerID: customer, Flow: "fraud_alert", Input: map[string]string{"amount": "99.50 USD"}, Class: channels.Security})
	call := w.answer(phone)
	asked := w.asks(phone, "the question", "99美元50美分")
	_ = asked
	w.press(call.SID, "2")
	w.asks(phone, "the queue", "您在队列中排第1位")
	if got := w.events(id); !strings.Contains(got, "phone_call.denied") || !strings.Contains(got, "phone_call.queued") {
		t.Errorf("told: %s", got)
	}
	w.do(call.SID, "hangup", struct{}{})
	w.untilState(id, ivr.Completed)
}
