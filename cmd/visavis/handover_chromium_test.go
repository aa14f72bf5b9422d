package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestHandOverInChromium passes one call from agent to agent in every way but the
// warm one (TestSupervisionInChromium has that): by skill, with a colleague asked
// in, to a person, and by losing its agent. The customer is told each time by
// whom the call goes on, and no step is done twice: the script's state stays.
func TestHandOverInChromium(t *testing.T) {
	t.Parallel()
	p := start(t)
	browser := newBrowser(t)
	s := p.begin("+84912345679")
	alice := p.desk(browser, 0, "/agenda")
	visit, callID := s.meet(browser, alice)
	alice.press("Begin")
	alice.stamp(1)
	alice.see("1 of 8 steps passed")

	// The customer's picture on the whole screen, and back: the page has stayed as it was.
	alice.press("Full screen")
	alice.until("the whole screen", func() bool {
		ok, err := eval[bool](alice, `(() => { const e = document.fullscreenElement; const v = e && [...e.querySelectorAll('video')].find(v => v.videoWidth > 0);
			return !!v && e.clientWidth === window.innerWidth && e.clientHeight === window.innerHeight; })()`)
		return err == nil && ok
	})
	alice.moving("the customer's picture on the whole screen")
	alice.shot("console-call-full-screen")
	alice.press("Leave full screen")
	alice.see("1 of 8 steps passed")

	// By skill, cold: Bob alone has it. He leads by accepting.
	bob := p.desk(browser, 1, "/agenda")
	bob.ready()
	alice.press("Transfer or ask in")
	alice.press("Whoever can do it")
	alice.choose("Skill", "business accounts")
	alice.press("Cold: at once")
	alice.fill("Note", "A company account.")
	alice.press("Ask")
	bob.see("Transfer from Alice Moreau")
	bob.see("A company account.")
	bob.see("1 of 8 steps passed")
	bob.press("Take the call")
	bob.see("Handed over by Alice Moreau")
	bob.moving("the customer's picture")
	bob.see("1 of 8 steps passed")
	alice.see("Bob Tran leads the call now")
	visit.see("You are now speaking with Bob Tran")
	visit.moving("Bob's picture")
	bob.stamp(2)
	bob.see("2 of 8 steps passed")

	// Alice is asked in as an interpreter, and sent away again.
	alice.at(p, "/agenda")
	alice.press("After the call")
	alice.press("Ready")
	bob.press("Transfer or ask in")
	bob.press("Ask in")
	bob.choose("Colleague", "Alice Moreau")
	bob.press("Interpreter")
	bob.pressLast("Ask in")
	alice.see("Bob Tran asks you into a call")
	alice.press("Join")
	alice.see("You interpret in the call of Bob Tran")
	alice.tiles(2)
	visit.see("An interpreter takes part")
	bob.see("An interpreter takes part")
	bob.press("Transfer or ask in")
	bob.press("Ask in")
	bob.press("Send Alice Moreau away")
	visit.until("the interpreter to go", func() bool { return !visit.has("An interpreter takes part") })

	// To a person, cold.
	bob.press("Transfer") // the other half of what is open
	bob.choose("Colleague", "Alice Moreau")
	bob.press("Cold: at once")
	bob.press("Ask")
	alice.see("Transfer from Bob Tran")
	alice.press("Take the call")
	alice.see("2 of 8 steps passed")
	alice.moving("the customer's picture")
	visit.see("You are now speaking with Alice Moreau")
	visit.moving("Alice's picture")

	// Her machine dies: the customer is told, Bob is offered the call and goes on.
	bob.at(p, "/agenda")
	bob.press("After the call")
	bob.press("Ready")
	alice.do(chromedp.Navigate("about:blank"))
	visit.see("We are bringing them back")
	p.bringForward(callID, "takeover")
	bob.see("Going on without an agent")
	bob.press("Take the call")
	bob.see("2 of 8 steps passed")
	bob.moving("the customer's picture")
	visit.see("You are now speaking with Bob Tran")
	visit.moving("Bob's picture again")
	bob.stamp(3)
	bob.see("3 of 8 steps passed")

	party := s.bank.call("GET", "/v1/calls/"+callID+"/party", nil, 200)
	var how []string
	for _, lead := range party.list("leads") {
		how = append(how, fmt.Sprint(lead.get("how"), " ", lead.get("agent_name")))
	}
	if got := strings.Join(how, ", "); got != "accepted Alice Moreau, transferred Bob Tran, transferred Alice Moreau, took_over Bob Tran" {
		t.Errorf("the call was led so: %s", got)
	}
}
