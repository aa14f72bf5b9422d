package ivr_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/voice"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

var played = regexp.MustCompile(`/callbacks/\S+\.wav`)

// read_code says the very code of the verification, by recordings: to the number
// that it is for, to no machine, and it stands nowhere.
func TestReadCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	customer := w.customer(phone, "en")
	var v otp.Verification
	must(t, w.inBank(func(ctx context.Context, tx *postgres.Tx) (err error) {
		v, err = w.otp.StartTx(ctx, tx, otp.StartRequest{CustomerID: customer, Purpose: "login", Way: otp.SMS})
		return err
	}))
	code := codeIn(w.smsTo(phone, "code"))
	if len(code) != 6 {
		t.Fatalf("the code is %q", code)
	}
	place := func(to string) uuid.UUID {
		return w.place(ivr.PhoneCall{CustomerID: customer, To: to, Flow: "spoken_code", AboutType: "verification", AboutID: v.ID, Class: channels.Security, DetectMachine: true})
	}
	id := place("")
	call := w.answer(phone)
	w.asks(phone, "the menu", "press 1")
	w.press(call.SID, "1")
	said := w.asks(phone, "the code", "once more").said()
	urls := played.FindAllString(said, -1)
	if len(urls) != 1 {
		t.Fatalf("recordings were played: %s", said)
	}
	res, err := http.Get(w.gateway + urls[0])
	must(t, err)
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	must(t, err)
	want, err := voice.Speak("en", nil, voice.Pause(200*time.Millisecond), voice.Say("code_is"), voice.Digits(code), voice.Say("code_again"), voice.Digits(code))
	must(t, err)
	if !bytes.Equal(got, want) {
		t.Errorf("what is played, %d bytes, is not the code twice, %d bytes", len(got), len(want))
	}
	if strings.Contains(said, code) {
		t.Error("the code stands in a document")
	}
	for _, table := range []string{"phone_calls", "phone_call_steps", "flow_answers", "events"} {
		if query[bool](w, `select exists (select from `+table+` t where bank_id = $1 and t::text like '%' || $2 || '%')`, w.bank, code) {
			t.Errorf("the code is in %s", table)
		}
	}
	w.press(call.SID, "1") // once more
	w.until(id, "the code again", func(ivr.PhoneCall) bool { return w.path(id) == "menu=1 code again=1 code again" })
	w.do(call.SID, "hangup", struct{}{})
	w.untilState(id, ivr.Completed)

	// Another number of the same customer's is none that the code is for.
	const other, voicemail = "+84901231000", "+84901230018"
	id = place(other)
	call = w.answer(other)
	w.asks(other, "the menu", "press 1")
	w.press(call.SID, "1")
	w.untilState(id, ivr.Completed)
	if got := w.path(id); got != "menu=1 code sorry end" {
		t.Errorf("to another number it went %s", got)
	}
	id = place(voicemail)
	if c := w.untilState(id, ivr.Completed); c.Outcome != ivr.OutcomeMachine || w.path(id) != "" {
		t.Errorf("a machine: %q by %s", c.Outcome, w.path(id))
	}
	// Nor one that is pending no more.
	must(t, w.inBank(func(ctx context.Context, tx *postgres.Tx) error { return w.otp.CancelCustomerTx(ctx, tx, customer) }))
	id = place("")
	call = w.answer(phone)
	w.asks(phone, "the menu", "press 1")
	w.press(call.SID, "1")
	w.untilState(id, ivr.Completed)
	if got := w.path(id); got != "menu=1 code sorry end" {
		t.Errorf("of a verification that was canceled it went %s", got)
	}
}

// branch on time goes by the bank's clock and its holidays.
func TestBranchOnTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, err := w.banks.UpdateSettings(t.Context(), w.bank, banks.Settings{Countries: banks.AnyCountry(), DefaultTimeZone: "Asia/Ho_Chi_Minh"})
	must(t, err)
	w.publish("hours", `flow: hours
locales: [en]
start: office
steps:
  office:
    branch: {on: time, days: [mon, tue, wed, thu, fri], from: "09:00", to: "18:00"}
    then: open
    else: late
  late:
    branch: {on: time, from: "22:00", to: "06:00", holidays: true}
    then: night
    else: closed
  open: {hang_up: Open., outcome: open}
  night: {hang_up: Night., outcome: night}
  closed: {hang_up: Closed., outcome: closed}
`)
	hanoi, err := time.LoadLocation("Asia/Ho_Chi_Minh")
	must(t, err)
	monday := w.now().In(hanoi).AddDate(0, 0, 2)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, 1)
	}
	feast := monday.AddDate(0, 0, 8)
	_, err = w.calendar.AddHolidays(t.Context(), w.bank, scheduling.HolidayCalendar{Name: "Tết", Everyone: true, Days: []scheduling.NamedDay{
		{Date: scheduling.Date{Year: feast.Year(), Month: feast.Month(), Day: feast.Day()}, Name: "Tết"}}})
	must(t, err)
	customer := w.customer("+84901230017", "en")
	w.run()
	for _, c := range []struct {
		day          int // from the Monday
		hour, minute int
		want         string
	}{
		{0, 5, 59, "night"}, {0, 6, 0, "closed"}, {0, 8, 59, "closed"}, {0, 9, 0, "open"}, {0, 17, 59, "open"}, {0, 18, 0, "closed"}, {0, 22, 0, "night"},
		{5, 12, 0, "closed"}, // a Saturday
		{8, 12, 0, "closed"}, // the holiday, a Tuesday
		{8, 23, 0, "night"},  // where holidays are as other days
		{9, 12, 0, "open"},
	} {
		at := time.Date(monday.Year(), monday.Month(), monday.Day()+c.day, c.hour, c.minute, 0, 0, hanoi)
		w.mu.Lock()
		w.still, w.shift = at, 0
		w.mu.Unlock()
		id := w.place(ivr.PhoneCall{CustomerID: customer, Flow: "hours", Class: channels.Security})
		w.pass(0) // wakes the loops
		if got := w.untilState(id, ivr.Completed); got.Outcome != c.want {
			t.Errorf("at %s: %s, want %s", at.Format("Mon 15:04"), got.Outcome, c.want)
		}
	}
}

// A machine answers: it hears the flow's own step for it, or nothing, and never
// what is for people.
func TestMachineAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.run()
	const voicemail, person = "+84901230018", "+84901230000"
	customer := w.customer(voicemail, "en")
	alert := ivr.PhoneCall{CustomerID: customer, Flow: "fraud_alert", Input: map[string]string{"amount": "99.50 USD"}, Class: channels.Security, DetectMachine: true}
	id := w.place(alert)
	c := w.untilState(id, ivr.Completed)
	said := w.handset(voicemail)[0].said()
	if c.Outcome != ivr.OutcomeMachine || !c.MessageLeft || c.AnsweredBy != ivr.Machine || !strings.Contains(said, "We tried to reach you") || strings.Contains(said, "99") {
		t.Errorf("a machine heard %q; the call is %+v", said, c)
	}
	if got := w.path(id); got != "machine end" {
		t.Errorf("it went %s", got)
	}
	silent := w.place(ivr.PhoneCall{CustomerID: customer, Flow: "spoken_code", Class: channels.Security, DetectMachine: true})
	c = w.untilState(silent, ivr.Completed)
	if said := w.handset(voicemail)[0].said(); c.Outcome != ivr.OutcomeMachine || c.MessageLeft || strings.Contains(said, "gateway say") || strings.Contains(said, "gateway play") {
		t.Errorf("a machine heard %q of a flow with nothing for it; the call is %+v", said, c)
	}
	// A person hears the flow, though it was asked who answers.
	alert.CustomerID, alert.Key = w.customer(person, "en"), uuid.NewString()
	id = w.place(alert)
	call := w.answer(person)
	w.asks(person, "the question", "If it was you, press 1")
	w.press(call.SID, "1")
	if c := w.untilState(id, ivr.Completed); c.AnsweredBy != ivr.Human || c.Outcome != "was_me" || c.MessageLeft {
		t.Errorf("a person: %+v", c)
	}
}

// In a campaign: what machines hear is the machine flow, and who has a message is
// not called again; without one they are, by the rule for machines.
func TestCampaignOfMachines(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns(func(c *ivr.CampaignsConfig) { c.Tick = 20 * time.Millisecond })
	w.publish("please_call", "flow: please_call\nlocales: [en]\nstart: words\nsteps:\n  words: {hang_up: Please call your bank.}\n")
	w.run()
	w.runCampaigns(k)
	const person, left, silent = "+84901230017", "+84901230018", "+84901240018"
	message := w.draft(k, ivr.CampaignSettings{Pacing: quick})
	words, settings := "please_call", message.Settings
	settings.Machine = ivr.MachineMessage
	_, err := k.Update(t.Context(), w.bank, message.ID, ivr.CampaignChange{MachineFlow: &words, Settings: &settings})
	must(t, err)
	w.list(k, message.ID, left, person)
	w.start(k, message.ID)
	p := w.untilCampaign(k, message.ID, ivr.CampaignFinished)
	if p.Outcomes["machine"] != 1 || p.Outcomes["completed"] != 1 || p.Calls != 2 || p.Answered != 2 || p.Human != 1 {
		t.Errorf("with a message %+v", p)
	}
	if said := w.handset(left)[0].said(); strings.Count(said, "gateway say") != 1 || !strings.Contains(said, "Please call your bank") {
		t.Errorf("the machine heard %q", said)
	}
	if said := w.handset(person)[0].said(); strings.Contains(said, "Please call your bank") {
		t.Errorf("a person heard %q", said)
	}
	hang := w.draft(k, ivr.CampaignSettings{Pacing: quick, Machine: ivr.MachineHangUp, Retries: map[string]ivr.Retry{"machine": {Count: 1, Delay: 3600}}})
	w.list(k, hang.ID, silent)
	w.start(k, hang.ID)
	p = w.untilProgress(k, hang.ID, "the first call's end", func(p ivr.Progress) bool { return p.Calls == 1 && p.Waiting == 1 })
	if p.Done != 0 {
		t.Errorf("after the first call %+v", p)
	}
	w.pass(61 * time.Minute)
	p = w.untilCampaign(k, hang.ID, ivr.CampaignFinished)
	if p.Outcomes["machine"] != 1 || p.Calls != 2 || p.Human != 0 || len(w.handset(silent)) != 2 {
		t.Errorf("without one %+v", p)
	}
	w.tallied(message.ID)
	w.tallied(hang.ID)
}
