package main

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestGuideInChromium: a customer is guided on the shared screen. Nobody is
// identified, nothing is recorded, and the case ends with an outcome.
func TestGuideInChromium(t *testing.T) {
	t.Parallel()
	p := start(t)
	browser := newBrowser(t)
	const phone = "+84912345681"
	s := &story{product: p, bank: p.bankClient(), page: p.browser("customer"), phone: phone}
	s.customer = s.bank.call("POST", "/v1/customers", object{"name": "Nguyễn Thị Lan", "phone": phone, "locale": "en", "time_zone": "Asia/Ho_Chi_Minh"}, 201).str("id")
	opened := s.bank.call("POST", "/v1/identifications", object{"customer_id": s.customer, "scenario": "guide-app"}, 201)
	s.idn = opened.str("identification.id")
	alice := p.desk(browser, 0, "/agenda")
	alice.ready()

	visit := p.open(browser, "the customer", opened.str("link.url"), true)
	identifies := func(where string) {
		t.Helper()
		words, err := eval[string](visit, `document.title + ' ' + document.body.innerText`)
		for _, word := range []string{"identif", "document", "passport"} {
			if err != nil || strings.Contains(strings.ToLower(words), word) {
				t.Errorf("%s speaks of %q: %v\n%s", where, word, err, words)
			}
		}
	}
	visit.see("The conversation is not recorded.")
	identifies("the welcome")
	visit.shot("visit-guide-welcome")
	visit.accessible("the welcome to guidance")
	visit.press("Start")
	seen := len(s.sms(phone))
	visit.press("Send me a code")
	visit.fill("Code from the message", s.codeAfter(phone, seen))
	visit.see("What it is about")
	identifies("the form")
	visit.pickFirst("What can we help you with?", "card")
	visit.press("Continue")
	visit.see("Please look at your answers once more.")
	visit.press("Yes, everything is right")
	visit.press("Call now instead")
	visit.see("The camera stays off")
	visit.press("Turn on the microphone")
	visit.advised()
	identifies("the test of the sound")
	visit.shot("visit-guide-prepare")
	visit.press("Wait for a free person")
	alice.see("Guidance on the screen") // on the card of the offer
	alice.takeCall()
	visit.see("Before you join")
	visit.press("Join the call")

	// The page asks by itself, and the agent can; what is seen is said.
	visit.see("Show Alice Moreau your screen")
	visit.see("Demo Bank sees only that")
	visit.see("It is not recorded.")
	visit.shot("visit-guide-ask")
	visit.accessible("the question for the screen")
	alice.see("does not share the screen yet")
	alice.see("Not recorded, as the scenario says")
	visit.press("Not now")
	alice.press("Ask to share the screen")
	visit.see("Alice Moreau asks to see your screen")
	// A headless browser has no screen and nobody who picks one: a canvas stands for it.
	if _, err := eval[bool](visit, `(() => { const c = document.createElement('canvas'); c.width = 1280; c.height = 720; const x = c.getContext('2d'); let n = 0;
		setInterval(() => { x.fillStyle = 'hsl(' + (n++ * 7 % 360) + ' 60% 70%)'; x.fillRect(0, 0, 1280, 720); x.fillStyle = '#000'; x.font = '60px sans-serif'; x.fillText('My bank, page ' + n, 60, 120); }, 100);
		navigator.mediaDevices.getDisplayMedia = async () => c.captureStream(10); return true; })()`); err != nil {
		t.Fatal(err)
	}
	visit.press("Share screen")
	visit.see("The agent sees your screen.")
	alice.until("the screen, large", func() bool {
		ok, err := eval[bool](alice, `[...document.querySelectorAll('video[aria-label^="Screen:"]')].some(v => v.videoWidth > 100 && v.clientWidth > 400)`)
		return err == nil && ok
	})
	alice.until("the pointer to be at hand", func() bool {
		ok, err := eval[bool](alice, `!!document.querySelector('[role=application][data-tool=point]')`)
		return err == nil && ok
	})
	alice.press("Draw")
	if _, err := eval[bool](alice, `document.querySelector('[role=application]').focus() ?? true`); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{" ", "\u0303", "\u0303", "\u0301", " "} { // by keys alone: space, →, →, ↓, space
		alice.do(chromedp.KeyEvent(key))
		time.Sleep(70 * time.Millisecond)
	}
	visit.until("the drawing", func() bool {
		n, err := eval[int](visit, `(document.querySelector('polyline')?.getAttribute('points') ?? '').trim().split(/\s+/).length`)
		return err == nil && n >= 3
	})
	identifies("the call")
	alice.shot("console-guide-call")
	visit.shot("visit-guide-call")
	alice.accessible("guidance")
	visit.accessible("being guided")

	alice.press("Complete the case")
	alice.see("How did it end?")
	alice.press("To be followed up")
	alice.fill("Note", "A new card by post.")
	alice.shot("console-guide-outcome")
	alice.accessible("the outcome")
	alice.pressLast("Complete the case")
	alice.see("Ended with the outcome")
	alice.see("A new card by post.")
	visit.see("That was it")
	identifies("the end")
	visit.shot("visit-guide-done")

	idn := s.bank.call("GET", "/v1/identifications/"+s.idn, nil, 200)
	if idn.get("state") != "completed" || idn.get("outcome") != "follow_up" || idn.get("scenario.kind") != "guide" {
		t.Errorf("the case: %s", idn.raw)
	}
	if call := idn.list("calls")[0]; len(call.list("recordings")) != 0 || call.get("recorded") != false || call.get("reason") != "completed" {
		t.Errorf("the call: %s", call.raw)
	}
	alice.at(p, "/identifications/"+s.idn)
	alice.see("To be followed up")
	alice.shot("console-guide-case")
	alice.accessible("a case of guidance")
}

// pickFirst answers a question by the value of a choice, however it is shown.
func (b *tab) pickFirst(label, value string) {
	b.p.Helper()
	b.until("the choice "+value, func() bool {
		ok, err := eval[bool](b, `(() => {
			const radio = document.querySelector('input[type=radio][value="`+value+`"]');
			if (radio) { radio.click(); return radio.checked; }
			const select = [...document.querySelectorAll('select')].find(e => [...e.labels].some(l => l.innerText.startsWith("`+label+`")));
			if (!select) return false;
			Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(select, "`+value+`");
			select.dispatchEvent(new Event('change', {bubbles: true}));
			return select.value === "`+value+`"; })()`)
		return err == nil && ok
	})
}
