package main

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// TestBookingInChromium is a booking's life as people see it: the customer keeps
// a time while filling in and books it; the supervisor moves it by dragging,
// takes that back, and moves it by keys; the customer confirms, waits for an
// earlier time and takes the one that is offered.
func TestBookingInChromium(t *testing.T) {
	t.Parallel()
	p := start(t)
	browser := newBrowser(t)
	bank := p.bankClient()

	// Another customer has the time that becomes free later: far enough ahead that
	// it may still be offered then.
	other := p.begin("+84912345690")
	slot := other.page.call("GET", "/v1/slots?limit=1&from="+time.Now().UTC().Add(time.Hour).Format(time.RFC3339), nil, 200)
	early := slot.when("items.0.start")
	other.booking = other.page.call("POST", "/v1/bookings", object{"start": slot.str("items.0.start")}, 201).str("id")

	s := &story{product: p, bank: bank, phone: "+84912345689"}
	s.customer = bank.call("POST", "/v1/customers", object{
		"name": "Lan Nguyen", "phone": s.phone, "locale": "en", "time_zone": "Asia/Ho_Chi_Minh", "reference": "crm-89"}, 201).str("id")
	created := bank.call("POST", "/v1/identifications", object{"customer_id": s.customer, "scenario": "open-account"}, 201)
	s.idn = created.str("identification.id")

	// The time first, then the form: it is kept meanwhile.
	visit := p.open(browser, "the customer's page", created.str("link.url"), true)
	visit.narrow()
	visit.press("Start")
	seen := len(p.sms(s.phone))
	visit.press("Send me a code")
	visit.fill("Code from the message", p.codeAfter(s.phone, seen))
	visit.press("I agree")
	visit.see("Text 2 of 2")
	visit.press("I agree")
	visit.see("Which document will you show?")
	visit.press("Choose your time first")
	visit.see("We keep the time while you fill in the rest.")
	visit.tomorrowAt(10)
	visit.see("We keep this time for you")
	visit.see("left")
	visit.shot("visit-hold")
	visit.accessible("the choice of a time that is held")
	held := bank.call("GET", "/v1/bookings/hold?identification_id="+s.idn, nil, 200)
	visit.press("Keep ")
	visit.see("Which document will you show?")
	visit.see("We keep this time for you")
	visit.press("Passport")
	visit.see("About you")
	visit.fillForm()
	visit.shot("visit-form-held")
	visit.accessible("the form with a time that is held")
	visit.press("Continue")
	visit.see("Is everything right?")
	visit.press("Yes, everything is right")
	visit.see("When may we call you?")
	visit.press("Book ")
	visit.see("Your call is booked")
	booking := bank.call("GET", "/v1/identifications/"+s.idn, nil, 200).str("booking.id")
	startOf := func() time.Time { return bank.call("GET", "/v1/bookings/"+booking, nil, 200).when("start") }
	first := startOf()
	if !first.Equal(held.when("start")) || held.str("id") != booking {
		t.Errorf("the booking %s at %s is not what was held: %s", booking, first, held.raw)
	}

	// The supervisor drags it two hours down.
	desk := p.open(browser, "the supervisor's console", p.info.ConsoleURL+"/agenda?view=day&day="+first.Format(time.DateOnly), false)
	for _, a := range p.info.Agents {
		if a.Role == "supervisor" {
			desk.fill("E-mail", a.Email)
			desk.fill("Password", a.Password)
		}
	}
	desk.press("Sign in")
	entry := fmt.Sprintf(`document.querySelector('section [data-booking="%s"]')`, booking)
	desk.until("the booking in the calendar", func() bool {
		ok, err := eval[bool](desk, `!!`+entry)
		return err == nil && ok
	})
	desk.accessible("the calendar of a day")
	desk.drag(entry, 4*44)
	desk.see("was moved to")
	p.within(patience, "the booking to be moved by dragging", func() bool { return startOf().Equal(first.Add(2 * time.Hour)) })
	desk.shot("console-agenda-moved")
	desk.until("the move to be undone", func() bool {
		_, err := eval[bool](desk, `(() => { const e = [...document.querySelectorAll('button')].find((b) => b.textContent.trim() === 'Undo'); e?.click(); return !!e; })()`)
		return err == nil && startOf().Equal(first)
	})
	desk.see("is back at")

	// The same by keys: M on the booking, a time, Move.
	desk.until("the booking to have the focus", func() bool {
		ok, err := eval[bool](desk, fmt.Sprintf(`(() => { const e = %s; e?.focus(); return document.activeElement === e; })()`, entry))
		return err == nil && ok
	})
	desk.do(chromedp.KeyEvent("m"))
	desk.see("Choose a new time")
	desk.shot("console-agenda-move")
	desk.accessible("the choice of a new time")
	later := first.Add(3 * time.Hour)
	desk.until("the new time", func() bool {
		ok, err := eval[bool](desk, fmt.Sprintf(`(() => { const e = document.querySelector('[data-start="%s"]'); e?.click(); return !!e; })()`, later.UTC().Format(time.RFC3339)))
		return err == nil && ok
	})
	desk.press("Move to")
	p.within(patience, "the booking to be moved by keys", func() bool { return startOf().Equal(later) })

	// The customer says that they come, and wants to come earlier.
	visit.press("Yes, I will be there")
	visit.see("we know that you will be there")
	if bank.call("GET", "/v1/bookings/"+booking, nil, 200).get("acknowledged_at") == nil {
		t.Error("the booking is not confirmed")
	}
	visit.press("Tell me if something earlier becomes free")
	visit.see("We tell you by message when an earlier time becomes free")
	visit.shot("visit-booked-waiting")
	visit.accessible("the booking that waits for an earlier time")
	bank.call("POST", "/v1/bookings/"+other.booking+"/cancel", object{}, 200)
	p.within(patience, "the offer", func() bool {
		status, _ := bank.try("GET", "/v1/bookings/hold?identification_id="+s.idn, nil, nil)
		return status == 200
	})
	visit.see("A time has become free")
	visit.shot("visit-offer")
	visit.accessible("the offer of the waitlist")
	visit.press("Move to")
	visit.see("Your call is booked")
	p.within(patience, "the offered time to be booked", func() bool { return startOf().Equal(early) })

	// In Persian, with the days of its own calendar.
	for _, b := range []*tab{visit, desk} {
		if _, err := eval[bool](b, `(localStorage.setItem('visavis.language', 'fa'), true)`); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Reload())
	}
	visit.see("تماس شما")
	visit.shot("visit-booked-fa")
	visit.accessible("the booking in Persian")
	desk.see("برنامه")
	desk.shot("console-agenda-fa")
	desk.accessible("the calendar in Persian")
}

// tomorrowAt chooses the first time of an hour of the next day.
func (b *tab) tomorrowAt(hour int) {
	b.p.Helper()
	click := func(js string) func() bool {
		return func() bool {
			ok, err := eval[bool](b, fmt.Sprintf(`(() => { const e = %s; if (!e) return false; e.scrollIntoView({block: 'center'}); e.click(); return true; })()`, js))
			return err == nil && ok
		}
	}
	b.until("tomorrow", click(`[...document.querySelectorAll('[data-day]')][1]`))
	b.until("its hours", func() bool {
		n, err := eval[int](b, `[...document.querySelectorAll('[role=group][aria-label="Choose an hour"] button')].length`)
		return err == nil && n == 24
	})
	b.until("the hour", click(fmt.Sprintf(`[...document.querySelectorAll('[role=group][aria-label="Choose an hour"] button')][%d]`, hour)))
	b.until("the time", click(`document.querySelector('[role=group][aria-label="Choose a time"] button')`))
}

// drag drags an element down by so many pixels with the mouse, as a hand does:
// in steps.
func (b *tab) drag(element string, down float64) {
	b.p.Helper()
	var at *struct{ X, Y float64 }
	b.until("what is to be dragged", func() bool {
		var err error
		at, err = eval[*struct{ X, Y float64 }](b, fmt.Sprintf(`(() => { const e = %s; if (!e) return null; e.scrollIntoView({block: 'center', behavior: 'instant'}); const r = e.getBoundingClientRect();
			const hit = document.elementFromPoint(r.x + 20, r.y + 8); return hit && e.contains(hit) ? {x: r.x + 20, y: r.y + 8} : null; })()`, element))
		return err == nil && at != nil
	})
	left := []chromedp.MouseOption{chromedp.ButtonLeft}
	b.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMousePressed, at.X, at.Y, append(left, chromedp.ClickCount(1))...))
	for i := 1.0; i <= 10; i++ {
		b.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseMoved, at.X, at.Y+down*i/10, left...))
	}
	b.until("a free time below the pointer", func() bool {
		ok, err := eval[bool](b, `!!document.querySelector('[class*=ghost][data-ok]')`)
		return err == nil && ok
	})
	b.shot("console-agenda-drag")
	b.do(chromedp.MouseEvent(input.DispatchMouseEventTypeMouseReleased, at.X, at.Y+down, append(left, chromedp.ClickCount(1))...))
}
