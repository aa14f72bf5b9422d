package main

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestSupervisionInChromium is a call with more than two, in four browser
// contexts with fake cameras: a supervisor finds it on the wallboard, watches and
// whispers; the agent transfers it warm; the supervisor takes it over. The
// customer is told each time. Then the call is found in the list, and its draw
// is verified in the browser. Every page is looked at on a small phone, too, and
// in Persian.
func TestSupervisionInChromium(t *testing.T) {
	t.Parallel()
	p := start(t)
	browser := newBrowser(t)
	s := p.begin("+84912345677")
	desk := p.desk(browser, 0, "/agenda")
	visit, callID := s.meet(browser, desk)

	// The wallboard has it; the supervisor watches, with nothing of her own open.
	boss := p.desk(browser, 2, "/wallboard")
	boss.see("Calls now")
	boss.see("Alice Moreau")
	boss.accessible("the wallboard")
	boss.press("Supervise the call of Alice Moreau")
	boss.see("Choose how you take part")
	boss.accessible("the door of a colleague's call")
	boss.shot("console-supervise-door")
	boss.press("Watch")
	boss.tiles(2)
	if on, err := eval[bool](boss, `(await navigator.mediaDevices.enumerateDevices()).some(d => d.label !== '')`); err == nil && on {
		t.Log("the browser names devices without being asked: cannot tell whether they were opened")
	}
	boss.see("Your microphone is off.")
	visit.see("A supervisor is watching")
	desk.see("A supervisor is watching")
	boss.shot("console-supervise-watch")
	boss.accessible("watching a call")
	visit.shot("visit-call-watched")

	boss.press("Whisper")
	visit.see("A supervisor is speaking with the agent")
	boss.until("an open microphone", func() bool {
		ok, err := eval[bool](boss, `!!document.querySelector('[aria-keyshortcuts="Alt+M"][aria-label="Mute"]')`)
		return err == nil && ok
	})
	boss.narrow()
	boss.shot("console-supervise-whisper-phone")
	boss.accessible("whispering on a phone")
	boss.wide()

	// Alice passes the first step and hands the call over, warm, with a note.
	desk.press("Begin")
	desk.stamp(1)
	desk.see("Turn the document round")
	desk.press("2 Document") // closed again: while a document is shown the agent's picture gives way to it
	bob := p.desk(browser, 1, "/agenda")
	bob.ready()
	desk.press("Transfer or ask in")
	desk.choose("Colleague", "Bob Tran")
	desk.fill("Note", "An old passport: look at the second page.")
	desk.shot("console-transfer")
	desk.accessible("the transfer")
	desk.press("Ask")
	bob.see("Warm transfer from Alice Moreau")
	bob.see("An old passport")
	bob.see("1 of ")
	bob.shot("console-transfer-offer")
	bob.accessible("the offer of a call that goes on")
	bob.press("Join")
	bob.see("wants to hand this call over to you")
	bob.tiles(2)
	visit.see("A helper takes part")
	desk.see("Bob Tran is in the call")
	desk.shot("console-transfer-joined")
	desk.press("Hand over to Bob Tran")
	bob.see("Handed over by Alice Moreau")
	bob.moving("the customer's picture")
	bob.see("1 of ") // what was done stays done
	desk.see("Bob Tran leads the call now")
	desk.accessible("the page of who has handed over")
	visit.see("You are now speaking with Bob Tran")
	visit.moving("the other agent's picture")
	visit.shot("visit-call-agent-changed")

	// The supervisor takes over, after a question.
	boss.press("Take over")
	boss.see("The customer is told that you go on")
	boss.shot("console-takeover")
	boss.accessible("the question before taking over")
	boss.pressLast("Take over")
	boss.see("1 of ")
	boss.moving("the customer's picture")
	bob.see("Sofia Petrenko leads the call now")
	visit.see("You are now speaking with Sofia Petrenko")
	party := s.bank.call("GET", "/v1/calls/"+callID+"/party", nil, 200)
	var how []string
	for _, lead := range party.list("leads") {
		how = append(how, fmt.Sprint(lead.get("how")))
	}
	if got := strings.Join(how, " "); got != "accepted transferred took_over" {
		t.Errorf("the call was led so: %s", got)
	}
	boss.press("Hang up")
	boss.pressLast("Hang up")
	boss.see("The call is over")

	// The list, the draw, and the pages that are set up.
	boss.at(p, "/calls")
	boss.see("Nguy") // the customer
	boss.everywhere("console-calls")
	boss.at(p, "/wallboard")
	boss.see("Service level")
	boss.everywhere("console-wallboard")
	boss.at(p, "/identifications/"+s.idn+"?call="+callID)
	boss.see("Voice quality") // the player is there: nothing moves any more
	boss.press("Why this agent?")
	boss.press("Verify the draw")
	boss.see("The draw is as it should be")
	boss.shot("console-draw")
	boss.accessible("the draw")
	boss.at(p, "/admin/agents")
	boss.see("business accounts 6") // the skills are there: nothing moves any more
	boss.press("Skills of Bob Tran")
	boss.fill("Add a skill", "Sign language")
	boss.press("Add")
	boss.shot("console-skills")
	boss.accessible("an agent's skills")
	boss.press("Save")
	boss.see("sign language 5")
	admin := p.desk(browser, 3, "/admin/queues")
	admin.see("Drawn at random")
	admin.everywhere("console-queues")
	admin.at(p, "/admin/policy")
	admin.see("How long a message is worth sending")
	admin.everywhere("console-policy")

	admin.settings(p)
}

// settings looks at the telephone's pages and at settings by axe, each once it
// has what it asked for.
func (b *tab) settings(p *product) {
	b.p.Helper()
	for _, page := range [][2]string{
		{"/telephone/campaigns", "No campaigns"},
		{"/telephone/campaigns/new", "Calls at a time"},
		{"/telephone/flows", "payment_reminder"},
		{"/telephone/flows/survey", "Diagram"},
		{"/telephone/calls", "No phone calls"},
		{"/admin/booking", "Length of a booking"},
		{"/admin/routes", "Routes"},
		{"/admin/senders", "Senders"},
		{"/admin/verifications", "Verified session"},
	} {
		b.at(p, page[0])
		b.see(page[1])
		b.accessible(page[0])
	}
}

// desk signs one of the demo's people in at the console.
func (p *product) desk(browser context.Context, agent int, path string) *tab {
	p.Helper()
	a := p.info.Agents[agent]
	b := p.open(browser, a.Name, p.info.ConsoleURL+path, false)
	b.fill("E-mail", a.Email)
	b.fill("Password", a.Password)
	b.press("Sign in")
	return b
}

// ready has the console's person take calls.
func (b *tab) ready() {
	b.p.Helper()
	b.press("Offline")
	b.press("Ready")
}

// meet has a customer open the page by a new link, wait, and be taken by the
// agent at the desk: both see each other.
func (s *story) meet(browser context.Context, desk *tab) (visit *tab, callID string) {
	s.Helper()
	s.page.call("PATCH", "/v1/visit", object{"locale": "en"}, 200)
	desk.ready()
	visit = s.open(browser, "the customer", s.bank.call("POST", "/v1/identifications/"+s.idn+"/link", nil, 201).str("url"), true)
	visit.press("Start")
	seen := len(s.sms(s.phone))
	visit.press("Send me a code")
	visit.fill("Code from the message", s.codeAfter(s.phone, seen))
	visit.press("Call now instead")
	visit.press("Turn on camera and microphone")
	visit.advised()
	visit.press("Wait for a free person")
	desk.takeCall()
	visit.see("Before you join")
	visit.press("Join the call")
	visit.moving("the agent's picture")
	desk.moving("the customer's picture")
	return visit, s.liveCall()
}

// at opens a page of the console.
func (b *tab) at(p *product, path string) {
	b.p.Helper()
	b.do(chromedp.Navigate(p.info.ConsoleURL + path))
}

// tiles waits until so many pictures of a call move.
func (b *tab) tiles(n int) {
	b.p.Helper()
	b.until(fmt.Sprintf("%d moving pictures", n), func() bool {
		got, err := eval[int](b, fmt.Sprintf(`(async () => { const all = [...document.querySelectorAll('figure video')].filter(v => v.videoWidth > 0);
			const frames = () => all.map(v => v.getVideoPlaybackQuality().totalVideoFrames); const before = frames();
			let moving = 0;
			for (let n = 0; n < 20 && moving < %d; n++) { await new Promise(r => setTimeout(r, 500)); const after = frames(); moving = Math.max(moving, all.filter((_, i) => after[i] > before[i] + 2).length); }
			return moving; })()`, n))
		return err == nil && got >= n
	})
}

// choose picks an option of a list that opens.
func (b *tab) choose(label, option string) {
	b.p.Helper()
	b.until("the option "+option, func() bool {
		ok, err := eval[bool](b, fmt.Sprintf(`(() => { const field = [...document.querySelectorAll('input')].find(e => e.getClientRects().length && [...(e.labels || [])].some(l => l.innerText.startsWith(%q)));
			if (!field) return false;
			if (field.value.startsWith(%q)) return true;
			const list = document.getElementById(field.getAttribute('aria-controls') ?? '');
			const one = list && [...list.querySelectorAll('[role=option]')].find(e => e.innerText.startsWith(%q) && e.getClientRects().length);
			if (one) one.click(); else if (field.getAttribute('aria-expanded') !== 'true') field.click();
			return false; })()`, label, option, option))
		return err == nil && ok
	})
}

// everywhere looks at a page on a desk and on a small phone, in English and in
// Persian, by axe and for the pictures, and for what is cut off.
func (b *tab) everywhere(name string) {
	b.p.Helper()
	look := func(what string) {
		b.p.Helper()
		b.until("the page "+name, func() bool {
			ok, err := eval[bool](b, `!!document.querySelector('main h2, main table, main dl, main form')`)
			return err == nil && ok
		})
		b.shot(name + what)
		b.accessible(name + what)
		if over, err := eval[int](b, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); err != nil || over > 1 {
			b.p.Errorf("%s%s is %d px wider than the window", name, what, over)
		}
	}
	speak := func(language string) {
		b.p.Helper()
		if _, err := eval[bool](b, fmt.Sprintf(`(localStorage.setItem('visavis.language', %q), true)`, language)); err != nil {
			b.p.Fatal(err)
		}
		b.do(chromedp.Reload())
	}
	b.size(false)
	look("")
	b.narrow()
	look("-phone")
	speak("fa")
	look("-phone-fa")
	b.size(false)
	look("-fa")
	speak("en")
	b.until("English", func() bool {
		ok, err := eval[bool](b, `document.documentElement.lang === 'en' && !!document.querySelector('main')`)
		return err == nil && ok
	})
}

// takeCall accepts the customer who is offered.
func (b *tab) takeCall() {
	b.p.Helper()
	b.until("an offer", func() bool {
		ok, err := eval[bool](b, `(() => { const e = document.querySelector('button[aria-keyshortcuts="Control+Enter"]'); if (!e || e.disabled) return false; e.click(); return true; })()`)
		return err == nil && ok
	})
}
