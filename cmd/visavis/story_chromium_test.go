package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestStoryInChromium is the promise as people see it: the customer's phone and
// the agent's desk, in two browser contexts with a fake camera.
func TestStoryInChromium(t *testing.T) {
	t.Parallel()
	p := start(t)
	hook := p.webhooks()
	browser := newBrowser(t)

	bank := p.bankClient()
	s := &story{product: p, bank: bank, phone: "+84912345677"}
	s.customer = bank.call("POST", "/v1/customers", object{
		"name": "Lan Nguyen", "phone": s.phone, "locale": "en", "time_zone": "Asia/Ho_Chi_Minh", "reference": "crm-77"}, 201).str("id")
	created := bank.call("POST", "/v1/identifications", object{"customer_id": s.customer, "scenario": "open-account"}, 201)
	s.idn = created.str("identification.id")
	p.handset(s)

	// The customer books, on a phone.
	visit := p.open(browser, "the customer's page", created.str("link.url"), true)
	visit.see("Have ready for the call")
	visit.shot("visit-welcome")
	visit.accessible("the welcome page")
	visit.press("Start")
	seen := len(p.sms(s.phone))
	visit.press("Send me a code")
	visit.fill("Code from the message", p.codeAfter(s.phone, seen))
	visit.see("I agree")
	visit.shot("visit-consent")
	visit.accessible("the consent page")
	visit.press("I agree")
	visit.see("Text 2 of 2")
	visit.press("I agree")
	visit.see("Which document will you show?")
	visit.shot("visit-document")
	visit.press("Passport")
	visit.see("About you")
	visit.fillForm()
	visit.shot("visit-form")
	visit.accessible("the form")
	visit.press("Continue")
	visit.see("Is everything right?")
	visit.press("Yes, everything is right")
	visit.see("When may we call you?")
	visit.tomorrowAt(10)
	visit.shot("visit-slots")
	visit.press("Book ")
	visit.see("Your call is booked")
	visit.shot("visit-booked")
	visit.accessible("the confirmation")
	booking := bank.call("GET", "/v1/identifications/"+s.idn, nil, 200).str("booking.id")

	// The phone that the carriers would reach, and the agent's desk.
	phone := visit.beside("the phone", p.info.PhoneURL+"?number="+strings.TrimPrefix(s.phone, "+"), true)
	phone.shot("phone-home")
	agent := p.info.Agents[0]
	start := bank.call("GET", "/v1/bookings/"+booking, nil, 200).when("start")
	desk := p.open(browser, "the agent's console", p.info.ConsoleURL+"/agenda?view=day&day="+start.UTC().Format(time.DateOnly), false)
	desk.see("Sign in")
	desk.shot("console-sign-in")
	desk.accessible("the sign-in")
	desk.fill("E-mail", agent.Email)
	desk.fill("Password", agent.Password)
	desk.press("Sign in")
	desk.see("Lan Nguyen")
	desk.shot("console-agenda")
	desk.accessible("the agenda")
	desk.press("Offline")
	desk.press("Ready")

	// It is due: the agent presses Call, the phone rings and is answered there.
	p.bringForward(booking, "booking_due")
	desk.see("Lan Nguyen")
	desk.takeCall()
	phone.see("Video call for your identification")
	phone.shot("phone-ringing")
	desk.shot("console-ringing")
	call := phone.opened("the customer's call", true, func() { phone.press("Answer") })
	call.see("Before you join")
	call.shot("visit-device-check")
	call.accessible("the device check")
	call.press("Join the call")
	desk.moving("the customer's picture")
	call.moving("the agent's picture")

	// The steps: the customer sees each, the agent stamps it with a still.
	desk.press("Begin")
	for _, step := range bank.call("GET", "/v1/calls/"+p.liveCall(), nil, 200).list("steps") {
		kind := step.str("kind")
		if kind == "code" {
			break
		}
		call.see(stepTitles[kind])
		if kind == "face_front" {
			call.shot("visit-call")
			desk.shot("console-call-desk")
			desk.accessible("the call page")
			call.accessible("the customer's call")
		}
		desk.stamp(int(step.get("position").(float64)))
	}

	// The code, typed by the customer in the call.
	seen = len(p.sms(s.phone))
	desk.press("Send the code")
	code := p.codeAfter(s.phone, seen)
	call.fill("6-digit code", code)
	desk.see("8 of 8 steps passed")

	// A reload on both sides comes back into the same call.
	call.do(chromedp.Reload())
	call.rejoin()
	desk.moving("the customer's picture after a reload")
	desk.do(chromedp.Reload())
	desk.moving("the customer's picture after the agent's reload")
	call.moving("the agent's picture after the agent's reload")

	// The verdict ends the call.
	desk.press("Approve")
	desk.see("Approve Lan Nguyen?")
	desk.pressLast("Approve")
	desk.see("The identification is approved.")
	call.see("You are identified")
	call.shot("visit-approved")

	// The recording plays in step, and is what it should be.
	desk.do(chromedp.Navigate(p.info.ConsoleURL + "/identifications/" + s.idn))
	desk.until("the stills", func() bool {
		ok, err := eval[bool](desk, `[...document.images].filter(i => i.complete && i.naturalWidth >= 160).length >= 7`)
		return err == nil && ok
	})
	desk.press("Play")
	desk.until("both sides to play in step", func() bool {
		ok, err := eval[bool](desk, `(() => { const v = [...document.querySelectorAll('video')].filter(v => v.readyState >= 2);
			return v.length === 2 && v.every(x => x.currentTime > 1 && !x.paused && x.videoWidth > 0); })()`)
		return err == nil && ok
	})
	// Each step is a chapter: a press goes there, with both sides.
	desk.until("the jump to a chapter", func() bool {
		ok, err := eval[bool](desk, `(async () => {
			const chapters = [...document.querySelectorAll('ol[aria-label="Steps"] button')], last = chapters.at(-1); if (!last || chapters.length < 7) return false;
			const shown = [...last.querySelectorAll('*')].map(e => e.textContent).find(t => /^\d+:\d\d$/.test(t)); if (!shown) return false;
			const [m, s] = shown.split(':').map(Number), at = m * 60 + s;
			last.click();
			for (let n = 0; n < 200; n++) { // a busy machine takes its time to show a frame, and another press would begin anew
				await new Promise(r => setTimeout(r, 100));
				const v = [...document.querySelectorAll('video')].filter(v => v.readyState >= 2);
				if (v.length === 2 && v.every(v => Math.abs(v.currentTime - at) < 8) && last.getAttribute('aria-current') === 'true') return true;
			}
			return false; })()`)
		return err == nil && ok
	})
	desk.shot("console-identification")
	desk.accessible("the case with its recording")
	whole := bank.call("GET", "/v1/identifications/"+s.idn, nil, 200)
	length := whole.when("calls.0.ended_at").Sub(whole.when("calls.0.answered_at"))
	rec := bank.call("GET", "/v1/calls/"+whole.str("calls.0.id")+"/recording", nil, 200)
	if rec.get("complete") != true {
		t.Errorf("the recording: %s", rec.raw)
	}
	for _, part := range rec.list("parts") {
		checkRecording(t, bank.call("GET", part.str("url"), nil, 200).raw, part, length)
	}
	p.within(patience, "the webhook", func() bool { return len(hook.got("identification.approved")) == 1 })
	if hook.forged > 0 {
		t.Errorf("%d webhooks with a wrong signature", hook.forged)
	}
	desk.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	desk.shot("console-identification-phone")
	desk.do(chromedp.Navigate(p.info.ConsoleURL))
	desk.see("Agenda")
	desk.shot("console-agenda-phone")
	visit.do(chromedp.EmulateViewport(1440, 900))
	visit.see("You are identified")
	visit.shot("visit-approved-desk")
	phone.do(chromedp.EmulateViewport(1440, 900))
	phone.shot("phone-desk")
}

// stepTitles are what the customer reads.
var stepTitles = map[string]string{
	"document_front": "Show the front of your document", "document_back": "Show the back of your document", "face_front": "Look straight ahead",
	"face_left": "Turn your head to your left", "face_right": "Turn your head to your right", "face_up": "Raise your chin", "face_down": "Lower your chin",
}

// liveCall is the id of the call that is going on.
func (p *product) liveCall() string {
	p.Helper()
	return p.bankClient().call("GET", "/v1/calls?state=active", nil, 200).str("items.0.id")
}

// stamp passes a step, once it is the one that stands open at the desk: the
// customer may see it a moment before. When a busy machine has no picture in time,
// the desk says so, and the agent presses again.
func (b *tab) stamp(position int) {
	b.p.Helper()
	b.until(fmt.Sprintf("step %d to stand open", position), func() bool {
		open, err := eval[int](b, `[...document.querySelectorAll('ol > li[data-state]')].findIndex(li => li.dataset.open) + 1`)
		return err == nil && open == position
	})
	b.press("Passed")
	b.until(fmt.Sprintf("step %d to be passed", position), func() bool {
		state, err := eval[string](b, fmt.Sprintf(`(() => {
			const li = document.querySelectorAll('ol > li[data-state]')[%d];
			return li.querySelector('[role=alert]')?.innerText || li.dataset.state; })()`, position-1))
		if err != nil || state == "passed" {
			return err == nil
		}
		if state != "pending" {
			b.p.Logf("%s: step %d was not passed: %s", b.name, position, state)
			b.press("Passed")
		}
		return false
	})
}

// fillForm fills in the form of "open an account".
func (b *tab) fillForm() {
	b.p.Helper()
	b.fill("Full name", "Lan Nguyen")
	b.set("Date of birth", "1990-05-17")
	b.fill("Home address", "12 Hang Bai, Ha Noi")
	b.fill("Number of your document", "C1234567")
	b.set("What will you use the account for?", "salary")
}
