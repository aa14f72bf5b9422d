package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestCallInChromium is what one does in a call beside talking, in two browser
// contexts with fake cameras: the test of the network before it, chat, captions,
// files, pointing, a shared screen, quality, and how the recording shows it.
func TestCallInChromium(t *testing.T) {
	t.Parallel()
	p := start(t)
	browser := newBrowser(t)
	s := p.begin("+84912345688")
	s.page.call("PATCH", "/v1/visit", object{"locale": "en"}, 200)

	// The customer tries devices and network, then waits.
	visit := p.open(browser, "the customer", s.bank.call("POST", "/v1/identifications/"+s.idn+"/link", nil, 201).str("url"), true)
	visit.narrow()
	visit.press("Easier to use")
	visit.press("Largest")
	visit.press("More contrast")
	visit.shot("visit-ease")
	visit.accessible("what makes it easier to use")
	visit.press("Close")
	visit.shot("visit-largest")
	visit.accessible("the largest text")
	visit.press("Easier to use")
	visit.press("Normal")
	visit.press("More contrast")
	visit.press("Close")
	visit.press("Start")
	seen := len(p.sms(s.phone))
	visit.press("Send me a code")
	visit.fill("Code from the message", p.codeAfter(s.phone, seen))
	visit.press("Call now instead")
	visit.press("Turn on camera and microphone")
	visit.see("We are testing your connection")
	visit.moving("the own picture")
	visit.shot("visit-network-test")
	if advice := visit.advised(); advice != "phone" {
		visit.see("Your connection")
	}
	visit.shot("visit-network-advice")
	visit.accessible("the network test")
	visit.press("Wait for a free person")
	visit.see("You are in the queue")

	agent := p.info.Agents[0]
	desk := p.open(browser, "the agent", p.info.ConsoleURL, false)
	desk.fill("E-mail", agent.Email)
	desk.fill("Password", agent.Password)
	desk.press("Sign in")
	desk.press("Offline")
	desk.press("Ready")
	desk.takeCall()
	visit.see("Before you join")
	// From the customer's click to the first picture on either side, by the pages' own clocks.
	const first = `(() => { window.picture = 0; window.accepted = 0;
		addEventListener('click', e => { if ((e.target.closest('button')?.innerText ?? '').includes('Join the call')) window.accepted = performance.timeOrigin + performance.now(); }, true);
		const watch = () => { const v = [...document.querySelectorAll('video')].find(v => !v.muted && v.srcObject);
			if (v) v.requestVideoFrameCallback(() => { window.picture = performance.timeOrigin + performance.now(); }); else setTimeout(watch, 5); };
		watch(); return true; })()`
	for _, page := range []*tab{visit, desk} {
		if _, err := eval[bool](page, first); err != nil {
			t.Fatal(err)
		}
	}
	visit.press("Join the call")
	visit.wide()
	visit.moving("the agent's picture")
	desk.moving("the customer's picture")
	accepted, err := eval[float64](visit, `window.accepted`)
	for _, page := range []*tab{visit, desk} {
		picture, failed := eval[float64](page, `window.picture`)
		if took := picture - accepted; err != nil || failed != nil || picture == 0 || accepted == 0 || took < 0 {
			t.Errorf("%s: first picture after %.0f ms (%v, %v)", page.name, took, err, failed)
		} else {
			t.Logf("%s: ring accepted → first picture in %.0f ms", page.name, took)
		}
	}
	callID := p.liveCall()

	// A customer whose device saves data is heard and hears; pictures come on a press.
	if _, err := eval[bool](visit, `(localStorage.setItem('visavis.ease', '{"lessData":true}'), location.reload(), true)`); err != nil {
		t.Fatal(err)
	}
	visit.rejoin()
	visit.see("To save data you hear the voice only.")
	desk.see("The customer saves data: your picture is not shown")
	visit.shot("visit-less-data")
	visit.press("Show the agent")
	visit.moving("the agent's picture again")
	desk.until("no word of saving any more", func() bool { return !desk.has("The customer saves data") })

	// Chat, both ways, with what was not read yet.
	desk.press("Chat")
	desk.fill("Write a message", "Good morning")
	desk.press("Send")
	visit.until("the badge", func() bool { return visit.has("new: 1") })
	visit.press("Chat")
	visit.see("Good morning")
	visit.fill("Write a message", "Hello from the phone")
	visit.press("Send")
	desk.see("Hello from the phone")
	desk.press("Please hold the document still.")
	visit.see("Please hold the document still.")

	// A picture of 4,200 pixels is made smaller, arrives, and can be looked at; a text is refused in words.
	visit.give(`(async () => { const c = document.createElement('canvas'); c.width = 4200; c.height = 300; const x = c.getContext('2d');
		x.fillStyle = '#27a'; x.fillRect(0, 0, 4200, 300); return new File([await new Promise(r => c.toBlob(r, 'image/png'))], 'proof of address.png', {type: 'image/png'}); })()`)
	visit.see("The file has arrived.")
	desk.see("proof of address")
	file := p.bankClient().call("GET", "/v1/calls/"+callID+"/files", nil, 200)
	if width := file.get("items.0.width"); width != float64(4000) {
		t.Errorf("the picture is %v pixels wide, not 4000: %s", width, file.raw)
	}
	desk.press("Look at the file")
	desk.until("the picture", func() bool {
		ok, err := eval[bool](desk, `[...document.images].some(i => i.alt.startsWith('proof of address') && i.naturalWidth === 4000)`)
		return err == nil && ok
	})
	visit.give(`Promise.resolve(new File(['hello'], 'notes.txt', {type: 'text/plain'}))`)
	visit.see("Only pictures")
	visit.shot("visit-call-chat-desk")
	visit.narrow()
	visit.shot("visit-call-chat")
	visit.accessible("the chat in the call")
	visit.wide()

	// A caption lies over the other's picture.
	desk.press("Caption")
	desk.fill("Type what is being said", "I will now ask for your passport")
	desk.press("Send")
	visit.until("the caption", func() bool {
		ok, err := eval[bool](visit, `[...document.querySelectorAll('[role=status][aria-label=Caption]')].some(e => e.innerText.includes('ask for your passport'))`)
		return err == nil && ok
	})
	visit.press("Close")

	// Both sides' quality, in words and in figures.
	desk.press("Connection:")
	desk.see("Round trip")
	desk.shot("console-call-quality")
	desk.accessible("the figures of the connection")
	desk.do(chromedp.KeyEvent("\x1b"))

	// The customer shares the screen: it is the agent's main picture; pointing and drawing come back.
	// A headless browser has no screen and nobody who picks one: a canvas stands for it.
	if _, err := eval[bool](visit, `(() => { const c = document.createElement('canvas'); c.width = 1280; c.height = 720; const x = c.getContext('2d'); let n = 0;
		setInterval(() => { x.fillStyle = 'hsl(' + (n++ * 7 % 360) + ' 60% 70%)'; x.fillRect(0, 0, 1280, 720); x.fillStyle = '#000'; x.font = '60px sans-serif'; x.fillText('My bank, page ' + n, 60, 120); }, 100);
		navigator.mediaDevices.getDisplayMedia = async () => c.captureStream(10); return true; })()`); err != nil {
		t.Fatal(err)
	}
	visit.press("Share screen")
	visit.see("The agent sees your screen.")
	desk.until("the screen", func() bool {
		ok, err := eval[bool](desk, `[...document.querySelectorAll('video[aria-label^="Screen:"]')].some(v => v.videoWidth > 100 && v.clientWidth > 400)`)
		return err == nil && ok
	})
	desk.press("Draw")
	if _, err := eval[bool](desk, `document.querySelector('[role=application]').focus() ?? true`); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{" ", "\u0303", "\u0303", "\u0301", " "} { // by keys alone: space, →, →, ↓, space
		desk.do(chromedp.KeyEvent(key))
		time.Sleep(70 * time.Millisecond)
	}
	drawn := `(document.querySelector('polyline')?.getAttribute('points') ?? '').trim().split(/\s+/).length`
	visit.until("the drawing", func() bool { n, err := eval[int](visit, drawn); return err == nil && n >= 3 })
	visit.until("the pointer", func() bool {
		ok, err := eval[bool](visit, `!!document.querySelector('[aria-label="The agent points here"]')`)
		return err == nil && ok
	})
	desk.shot("console-call-screen")
	visit.shot("visit-call-screen")
	desk.accessible("the shared screen")
	visit.accessible("one's own shared screen")
	desk.press("Clear the drawing")
	visit.until("the drawing to go", func() bool {
		n, err := eval[bool](visit, `!document.querySelector('polyline')`)
		return err == nil && n
	})
	visit.press("Stop sharing")
	desk.until("the screen to go", func() bool {
		ok, err := eval[bool](desk, `!document.querySelector('video[aria-label^="Screen:"]')`)
		return err == nil && ok
	})
	desk.moving("the customer's picture again")

	// The agent is gone: the customer is told, and sees them again.
	gone := time.Now()
	desk.do(chromedp.Navigate("about:blank"))
	visit.see("We are bringing them back")
	t.Logf("the customer was told after %v (3 s are promised)", time.Since(gone).Round(time.Millisecond))
	desk.do(chromedp.Navigate(p.info.ConsoleURL + "/calls/" + callID))
	visit.moving("the agent's picture after they came back")
	desk.moving("the customer's picture after coming back")

	visit.press("Hang up")
	visit.pressLast("Hang up")
	desk.see("The call is over")

	// The recording, as a supervisor sees it: what is missing, how it sounded, one file of both, the hold, who looked.
	boss := p.open(browser, "the supervisor", p.info.ConsoleURL+"/identifications/"+s.idn, false)
	for _, a := range p.info.Agents {
		if a.Role == "supervisor" {
			boss.fill("E-mail", a.Email)
			boss.fill("Password", a.Password)
			boss.press("Sign in")
		}
	}
	boss.see("of what was sent is recorded")
	boss.see("Voice quality")
	boss.press("All gaps")
	boss.see("not connected") // while the agent was away
	boss.press("Make an MP4")
	boss.see("Download the MP4")
	boss.press("Put under legal hold")
	boss.fill("Reason", "complaint 17")
	boss.pressLast("Put under legal hold")
	boss.see("Under legal hold")
	boss.press("Who has seen it")
	boss.press("Chat and files")
	boss.see("Hello from the phone")
	boss.shot("console-recording")
	boss.accessible("the recording")
	boss.narrow()
	boss.shot("console-recording-phone")
	if _, err := eval[bool](boss, `(localStorage.setItem('visavis.language', 'fa'), true)`); err != nil {
		t.Fatal(err)
	}
	boss.do(chromedp.Reload())
	boss.see("نگه\u200cداری")
	boss.shot("console-recording-phone-fa")
	boss.accessible("the recording in Persian")
}

// advised waits for what the test of the network comes to: that depends on what else
// the machine does.
func (b *tab) advised() (advice string) {
	b.p.Helper()
	b.until("the advice", func() (ok bool) {
		var err error
		advice, err = eval[string](b, `document.querySelector('[data-test=done]')?.dataset.advice ?? ''`)
		return err == nil && advice != ""
	})
	b.p.Logf("%s: the network test advises %s", b.name, advice)
	return advice
}

// narrow and wide make a page as small as a small phone, or as a desk.
func (b *tab) narrow() {
	b.p.Helper()
	b.do(chromedp.EmulateViewport(360, 740, chromedp.EmulateMobile))
}

func (b *tab) wide() {
	b.p.Helper()
	b.do(chromedp.EmulateViewport(1280, 800))
}

// give puts a file, made by JavaScript, into the page's file input.
func (b *tab) give(js string) {
	b.p.Helper()
	b.until("a file input", func() bool {
		ok, err := eval[bool](b, fmt.Sprintf(`(async () => { const input = document.querySelector('input[type=file]'); if (!input) return false;
			const data = new DataTransfer(); data.items.add(await %s); input.files = data.files;
			input.dispatchEvent(new Event('change', {bubbles: true})); return true; })()`, js))
		return err == nil && ok
	})
}
