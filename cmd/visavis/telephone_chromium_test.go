package main

import (
	"net/url"
	"testing"
	"time"
)

// TestKeypadInChromium answers reminder calls by hand on the simulated phone: 1
// confirms the booking, 2 moves it to a time that is read out.
func TestKeypadInChromium(t *testing.T) {
	t.Parallel()
	p := start(t)
	browser := newBrowser(t)
	s := p.begin("+84912345691")
	slot := s.page.call("GET", "/v1/slots?limit=1&from="+time.Now().UTC().Add(3*time.Hour).Format(time.RFC3339), nil, 200).str("items.0.start")
	s.booking = s.page.call("POST", "/v1/bookings", object{"start": slot}, 201).str("id")
	bank := p.bankClient()
	handset := p.open(browser, "the customer's phone", p.info.PhoneURL+"?number="+url.QueryEscape(s.phone), true)
	called := func(key string) string {
		return bank.call("POST", "/v1/phone-calls", object{"customer_id": s.customer, "flow": "reminder", "class": "reminder", "about_type": "booking", "about_id": s.booking,
			"key": key, "expires_at": time.Now().UTC().Add(time.Hour).Format(time.RFC3339)}, 201).str("id")
	}
	outcome := func(id, want string) {
		t.Helper()
		handset.until("the call to end as "+want, func() bool {
			c := bank.call("GET", "/v1/phone-calls/"+id, nil, 200)
			if c.get("phone_call.state") == "completed" && c.get("phone_call.outcome") != want {
				t.Fatalf("the call came to %s", c.raw)
			}
			return c.get("phone_call.state") == "completed"
		})
	}

	id := called("first")
	handset.see("Incoming call")
	handset.press("Answer")
	handset.see("Waiting for keys:")
	handset.shot("phone-keypad")
	handset.accessible("the keypad in a call")
	if bank.call("GET", "/v1/bookings/"+s.booking, nil, 200).get("acknowledged_at") != nil {
		t.Fatal("the booking is confirmed before a key was pressed")
	}
	handset.press("1")
	outcome(id, "confirmed")
	if b := bank.call("GET", "/v1/bookings/"+s.booking, nil, 200); b.get("acknowledged_at") == nil || b.str("start") != slot {
		t.Errorf("the booking is %s", b.raw)
	}
	handset.see("Call ended")
	handset.press("Close")

	id = called("second")
	handset.see("Incoming call")
	handset.press("Answer")
	handset.see("Waiting for keys:")
	handset.press("2")
	handset.see("bấm phím 0") // the times have been read out, 0 keeps this one
	handset.press("1")
	outcome(id, "moved")
	if b := bank.call("GET", "/v1/bookings/"+s.booking, nil, 200); b.str("start") == slot {
		t.Errorf("the booking was not moved: %s", b.raw)
	}
}

// TestFallbackToTelephoneInChromium takes a video call to the telephone and back:
// the customer asks on the page, answers on the simulated phone and presses 1, the
// agent answers theirs, and both pages say so; the call is the same one throughout.
func TestFallbackToTelephoneInChromium(t *testing.T) {
	t.Parallel()
	p := start(t)
	browser := newBrowser(t)
	bank := p.bankClient()
	const desk = "+84912349999"
	scenario := bank.call("GET", "/v1/scenarios/open-account", nil, 200)
	definition, _ := scenario.get("definition").(map[string]any)
	settings, _ := definition["settings"].(map[string]any)
	if settings == nil {
		settings = map[string]any{}
	}
	settings["telephone"] = object{"fallback": true}
	definition["settings"] = settings
	bank.call("PUT", "/v1/scenarios/open-account", object{"definition": definition}, 200)
	for _, a := range bank.call("GET", "/v1/agents?limit=100", nil, 200).list("items") {
		if a.str("email") == p.info.Agents[0].Email {
			bank.call("PUT", "/v1/agents/"+a.str("id")+"/telephone", object{"telephone": desk}, 204)
		}
	}
	s := p.begin("+84912345692")
	alice := p.desk(browser, 0, "/agenda")
	visit, callID := s.meet(browser, alice)
	theirs := p.open(browser, "the customer's phone", p.info.PhoneURL+"?number="+url.QueryEscape(s.phone), true)
	hers := p.open(browser, "the agent's phone", p.info.PhoneURL+"?number="+url.QueryEscape(desk), true)

	visit.press("Call me by phone instead")
	visit.see("Go on by phone?")
	visit.shot("visit-by-phone-ask")
	visit.accessible("the question whether to go on by phone")
	visit.pressLast("Call me by phone instead")
	visit.see("We are calling you at")
	alice.see("The customer is being called by phone.")
	theirs.see("Incoming call")
	theirs.press("Decline")
	visit.see("The call goes on here.")
	alice.see("was not reached by phone")
	visit.moving("the agent's picture, after all")

	// The agent asks, too.
	alice.press("Call by phone")
	alice.pressLast("Call by phone")
	visit.see("We are calling you at")
	theirs.see("Incoming call")
	theirs.press("Answer")
	theirs.see("Waiting for keys:")
	theirs.press("1")
	hers.see("Incoming call")
	hers.press("Answer")
	visit.see("You are on the phone")
	visit.shot("visit-by-phone")
	visit.accessible("the page while on the phone")
	alice.see("The customer is on the phone.")
	alice.shot("console-by-phone")
	alice.accessible("the console while the customer is on the phone")
	p.within(patience, "the part by telephone", func() bool {
		c := bank.call("GET", "/v1/calls/"+callID, nil, 200)
		return c.get("state") == "active" && c.get("telephone.state") == "connected" && c.get("phone_call_id") != nil
	})

	visit.press("Back to video")
	visit.rejoin()
	visit.moving("the agent's picture")
	alice.moving("the customer's picture")
	theirs.see("Call ended")
	hers.see("Call ended")
	c := bank.call("GET", "/v1/calls/"+callID, nil, 200)
	if parts := c.list("telephone.parts"); len(parts) != 2 || parts[1].str("state") != "ended" || parts[1].str("reason") != "to_video" || parts[1].str("asked_by") != "agent" {
		t.Errorf("the parts by telephone are %s", c.raw)
	}
	if c.get("state") != "active" || c.get("phone_call_id") != nil {
		t.Errorf("the call is %s", c.raw)
	}
}
