package ivr_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/ivr"
)

const desk = "+84901239000"

// onVideo is a video call that is going on: its two sides.
type onVideo struct {
	call            calls.Call
	customer, agent context.Context
	agentID         uuid.UUID
}

// video makes an active video call with the customer of a number.
func (w *world) video(number string, telephone identifications.TelephoneSettings) (v onVideo) {
	w.t.Helper()
	return w.videoWith(number, desk, telephone)
}

func (w *world) videoWith(number, agentTelephone string, telephone identifications.TelephoneSettings) (v onVideo) {
	w.t.Helper()
	d := identifications.DefaultScenario()
	d.Settings.Telephone = telephone
	_, err := w.cases.CreateScenario(w.t.Context(), w.bank, "by-video", d)
	must(w.t, err)
	v.agentID = w.another("agent@bank.test", agentTelephone)
	w.ready(v.agentID)
	system := visavis.WithActor(w.t.Context(), visavis.System(w.bank))
	customer := w.customer(number, "en")
	idn, _, err := w.cases.Create(system, w.bank, identifications.NewIdentification{CustomerID: customer, Scenario: "by-video"})
	must(w.t, err)
	v.customer = visavis.WithActor(w.t.Context(), visavis.Actor{Kind: visavis.ActorCustomer, BankID: w.bank, ID: customer, IdentificationID: idn.ID, Proved: true,
		Scopes: []string{"visit", "manage", "call"}})
	v.agent = visavis.WithActor(w.t.Context(), visavis.Actor{Kind: visavis.ActorAgent, ID: v.agentID, BankID: w.bank, Role: visavis.RoleAgent})
	var decisions []identifications.ConsentDecision
	for _, text := range identifications.ConsentTexts(idn.Scenario.Definition, "en") {
		decisions = append(decisions, identifications.ConsentDecision{Key: text.Key, Version: text.Version, Locale: "en", Accepted: true})
	}
	_, err = w.cases.GiveConsent(v.customer, w.bank, idn.ID, decisions)
	must(w.t, err)
	_, err = w.cases.ChooseDocument(v.customer, w.bank, idn.ID, "passport")
	must(w.t, err)
	form, err := w.cases.SubmitForm(v.customer, w.bank, idn.ID, map[string]any{"full_name": "Nguyen Thi Lan", "date_of_birth": "1990-05-17", "address": "12 Hang Bai, Ha Noi",
		"document_number": "C1234567", "account_purpose": "salary", "politically_exposed": false})
	must(w.t, err)
	_, err = w.cases.ConfirmForm(v.customer, w.bank, idn.ID, form.Version)
	must(w.t, err)
	place, err := w.calls.Enter(v.customer, w.bank, idn.ID)
	must(w.t, err)
	v.call, err = w.calls.Accept(v.agent, w.bank, place.ID, v.agentID)
	must(w.t, err)
	if v.call.State != calls.Active {
		w.t.Fatalf("the call is %s", v.call.State)
	}
	return v
}

// part waits for the newest part by telephone to be as wanted.
func (w *world) part(v onVideo, want calls.PartState) calls.PhonePart {
	w.t.Helper()
	deadline := time.After(patience)
	for {
		all, err := w.calls.PhoneParts(w.t.Context(), w.bank, v.call.ID)
		must(w.t, err)
		if len(all) > 0 && all[len(all)-1].State == want {
			return all[len(all)-1]
		}
		select {
		case <-w.changed:
		case <-time.After(30 * time.Millisecond):
		case <-deadline:
			w.t.Fatalf("waited for a part that is %s: %+v", want, all)
		}
	}
}

func (w *world) active(v onVideo) calls.Call {
	w.t.Helper()
	c, err := w.calls.Get(w.t.Context(), w.bank, v.call.ID)
	must(w.t, err)
	if c.State != calls.Active || c.ID != v.call.ID || c.AgentID != v.agentID {
		w.t.Fatalf("the call is %+v", c)
	}
	return c
}

var allowed = identifications.TelephoneSettings{Fallback: true}

// byPhone takes a video call to the telephone: both talk in the conference.
func (w *world) byPhone(v onVideo, number string) calls.PhonePart {
	w.t.Helper()
	_, err := w.calls.ToPhone(v.customer, w.bank, v.call.ID, "")
	must(w.t, err)
	call := w.answer(number)
	said := w.asks(number, "the consent", "your voice is not recorded")
	if strings.Contains(said.said(), "conference") {
		w.t.Error("who has not agreed is in the conference")
	}
	w.press(call.SID, "1")
	w.answer(desk)
	p := w.part(v, calls.PartConnected)
	w.until(*p.PhoneCallID, "the talk", func(ivr.PhoneCall) bool { n, started := w.sim.Met(p.PhoneCallID.String()); return n == 2 && started })
	return p
}

// A customer whose network is too bad goes on by telephone with the same agent:
// the call is the same one, stands although the page is gone, and goes back to
// video by the star and 5, with a link.
func TestVideoGoesOnByTelephone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.video(phone, allowed)
	w.run()
	p := w.byPhone(v, phone)
	if p.AskedBy != calls.RoleCustomer || p.FromMS == nil {
		t.Errorf("the part is %+v", p)
	}
	if again, err := w.calls.ToPhone(v.agent, w.bank, v.call.ID, ""); err != nil || again.ID != p.ID {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	// The customer's page is gone for longer than the grace time: they are there.
	w.exec(`update call_participants set connected = true where bank_id = $1 and role = 'agent'`, w.bank)
	w.pass(10 * time.Minute)
	w.until(*p.PhoneCallID, "the look for who is away", func(ivr.PhoneCall) bool {
		return !query[bool](w, `select exists (select from due_times where bank_id = $1 and kind = 'call_abandoned')`, w.bank)
	})
	w.active(v)
	if id, err := w.calls.OnPhone(t.Context(), w.bank, v.call.ID); err != nil || id != *p.PhoneCallID {
		t.Errorf("on the telephone by %s, %v", id, err)
	}
	// Nobody is identified by a voice.
	if _, err := w.calls.Decide(v.agent, w.bank, v.call.IdentificationID, true, ""); visavis.CodeOf(err) != "evidence_missing" || !strings.Contains(fieldsOf(err), "telephone") {
		t.Errorf("approved by telephone: %v", err)
	}
	sid := w.handset(phone)[0].SID
	w.press(sid, "*")
	w.asks(phone, "the way back", "press 5")
	w.press(sid, "1") // on by telephone after all
	w.until(*p.PhoneCallID, "the talk again", func(ivr.PhoneCall) bool { n, _ := w.sim.Met(p.PhoneCallID.String()); return n == 2 })
	w.press(sid, "*")
	w.asks(phone, "the way back", "press 5")
	w.press(sid, "5")
	if !strings.Contains(w.smsTo(phone, "/visit/"), "/visit/") {
		t.Error("no link")
	}
	if p = w.part(v, calls.PartEnded); p.Reason != calls.PartToVideo || p.ToMS == nil || *p.ToMS <= *p.FromMS {
		t.Errorf("the part ended as %+v", p)
	}
	if c := w.untilState(*p.PhoneCallID, ivr.Completed); c.Outcome != calls.PartToVideo {
		t.Errorf("the phone call came to %q", c.Outcome)
	}
	w.onCall(desk, "the end of the agent's leg", func(h heard) bool { return h.Status == "completed" })
	w.active(v)
	if id, _ := w.calls.OnPhone(t.Context(), w.bank, v.call.ID); id != uuid.Nil {
		t.Error("it is still by telephone")
	}
	if got := w.events(v.call.ID); !strings.Contains(got, "call.telephone_asked call.telephone_started") || !strings.Contains(got, "call.telephone_ended") {
		t.Errorf("told: %s", got)
	}
	// It was by telephone for a while: the default is that there is no approval.
	if _, err := w.calls.Decide(v.agent, w.bank, v.call.IdentificationID, true, ""); !strings.Contains(fieldsOf(err), "telephone") {
		t.Errorf("approved after a part by telephone: %v", err)
	}
}

func fieldsOf(err error) string {
	var names []string
	var known *visavis.Error
	if errors.As(err, &known) {
		for _, f := range known.Fields {
			names = append(names, f.Name)
		}
	}
	return strings.Join(names, " ")
}

// The agent brings the customer back, and the end of the call ends both legs.
func TestTelephonePartEndsByTheConsole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.video(phone, allowed)
	w.run()
	w.byPhone(v, phone)
	must(t, w.calls.FromPhone(v.agent, w.bank, v.call.ID))
	p := w.part(v, calls.PartEnded)
	w.untilState(*p.PhoneCallID, ivr.Completed)
	w.onCall(desk, "the end of the agent's leg", func(h heard) bool { return h.Status == "completed" })
	w.active(v)
	second := w.byPhone(v, phone)
	if second.ID == p.ID {
		t.Fatal("it is the same part")
	}
	_, err := w.calls.HangUp(v.agent, w.bank, v.call.ID)
	must(t, err)
	if p := w.part(v, calls.PartEnded); p.ID != second.ID || p.Reason != calls.PartCallEnded {
		t.Errorf("it ended as %+v", p)
	}
	w.untilState(*second.PhoneCallID, ivr.Completed)
	w.onCall(desk, "the end of the agent's leg", func(h heard) bool { return h.Status == "completed" })
}

// Who cannot be reached stays in the video call, which is told why.
func TestTelephonePartFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		number string
		do     func(w *world, number string)
		want   string
	}{
		"busy":      {number: "+84901230005", want: "busy"},
		"no answer": {number: "+84901230004", want: "no_answer"},
		"failed":    {number: "+84901230003", want: "failed"},
		"machine":   {number: "+84901230018", want: "machine"},
		"nobody presses 1": {number: "+84901230000", want: calls.PartNotConfirmed, do: func(w *world, number string) {
			w.answer(number)
			w.silence()
		}},
		"another key": {number: "+84901230000", want: calls.PartNotConfirmed, do: func(w *world, number string) {
			call := w.answer(number)
			for range 3 {
				w.asks(number, "the consent", "not recorded")
				w.press(call.SID, "7")
			}
		}},
		"hung up": {number: "+84901230000", want: calls.PartHungUp, do: func(w *world, number string) {
			call := w.answer(number)
			w.asks(number, "the consent", "not recorded")
			w.do(call.SID, "hangup", struct{}{})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			v := w.video(c.number, allowed)
			w.run()
			_, err := w.calls.ToPhone(v.agent, w.bank, v.call.ID, "")
			must(t, err)
			if c.do != nil {
				c.do(w, c.number)
			} else {
				w.silence()
			}
			if p := w.part(v, calls.PartFailed); p.Reason != c.want || p.FromMS != nil || p.AskedBy != calls.RoleAgent {
				t.Errorf("the part is %+v", p)
			}
			w.active(v)
			if len(w.handset(desk)) > 0 {
				t.Error("the agent's telephone was rung for nobody")
			}
			if got := w.events(v.call.ID); !strings.Contains(got, "call.telephone_failed") || strings.Contains(got, "call.telephone_started") {
				t.Errorf("told: %s", got)
			}
		})
	}
}

// The agent's telephone is busy: the customer is not left in a conference.
func TestTelephonePartWithoutAgent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.videoWith(phone, "+84901230005", allowed) // busy
	w.run()
	_, err := w.calls.ToPhone(v.customer, w.bank, v.call.ID, "")
	must(t, err)
	call := w.answer(phone)
	w.asks(phone, "the consent", "not recorded")
	w.press(call.SID, "1")
	if p := w.part(v, calls.PartEnded); p.Reason != calls.PartAgentNotReached {
		t.Errorf("the part is %+v", p)
	}
	w.onCall(phone, "the end", func(h heard) bool { return h.Status == "completed" })
	w.active(v)
}

// What the scenario does not allow is refused, and so is what cannot be.
func TestTelephonePartIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.video(phone, identifications.TelephoneSettings{})
	refused := func(what, code, number string) {
		t.Helper()
		if _, err := w.calls.ToPhone(v.customer, w.bank, v.call.ID, number); visavis.CodeOf(err) != code {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("a scenario that does not allow it", "telephone_not_allowed", "")
	other := visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorAgent, ID: uuid.New(), BankID: w.bank, Role: visavis.RoleAgent})
	if _, err := w.calls.ToPhone(other, w.bank, v.call.ID, ""); visavis.CodeOf(err) != "not_your_call" {
		t.Errorf("another agent: %v", err)
	}
	stranger := visavis.WithActor(t.Context(), visavis.Actor{Kind: visavis.ActorCustomer, ID: uuid.New(), BankID: w.bank, IdentificationID: uuid.New()})
	if _, err := w.calls.ToPhone(stranger, w.bank, v.call.ID, ""); visavis.KindOf(err) != visavis.NotFound {
		t.Errorf("another customer: %v", err)
	}
}

// A number that was typed in the call is called only where the scenario allows it.
func TestTypedNumberOfATelephonePart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.video(phone, allowed)
	w.run()
	if _, err := w.calls.ToPhone(v.customer, w.bank, v.call.ID, "+84901231000"); visavis.CodeOf(err) != "number_not_allowed" {
		t.Errorf("a typed number: %v", err)
	}
	must(t, w.banks.SetTelephone(t.Context(), w.bank, v.agentID, ""))
	if _, err := w.calls.ToPhone(v.customer, w.bank, v.call.ID, ""); visavis.CodeOf(err) != "telephone_missing" {
		t.Errorf("without the agent's telephone: %v", err)
	}
	w2 := newWorld(t)
	v = w2.video(phone, identifications.TelephoneSettings{Fallback: true, AnyNumber: true})
	w2.run()
	if _, err := w2.calls.ToPhone(v.customer, w2.bank, v.call.ID, "not a number"); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("no number: %v", err)
	}
	_, err := w2.calls.ToPhone(v.customer, w2.bank, v.call.ID, "+84901231000")
	must(t, err)
	w2.answer("+84901231000")
	if n := query[int](w2, `select count(*) from call_phone_parts where bank_id = $1 and phone <> ''`, w2.bank); n != 0 {
		t.Error("the number stays in the part")
	}
}
