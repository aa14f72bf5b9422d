package main

import (
	"strings"
	"testing"

	"github.com/visavis/visavis/simulator"
)

// TestRingOnAnIPhoneAndInBrowsers is a ring from the offer to its end: the
// agent's browser hears of the offer, the iPhone rings by VoIP push, the browser
// of the visit page by Web Push, and the end reaches both without a second VoIP
// push. Then the app is removed, and its device goes out of use.
func TestRingOnAnIPhoneAndInBrowsers(t *testing.T) {
	t.Parallel()
	p := start(t)
	s := p.begin("+84912345611")
	script := p.browser("script")
	script.call("PUT", "/simulator/phones/"+s.phone+"/kind", object{"kind": "iphone"}, 204)
	iphone := script.call("GET", "/simulator/phones/"+s.phone, nil, 200).get("device").(object)
	device := s.bank.call("POST", "/v1/customers/"+s.customer+"/devices", iphone, 201)
	if device.get("provider") != "apns" || device.get("voip") != true || device.get("environment") != "sandbox" {
		t.Errorf("%s", device.raw)
	}
	if key := script.call("GET", "/v1/push-key", nil, 200).str("public_key"); len(key) != 87 {
		t.Errorf("the public key has %d characters", len(key))
	}
	browser := func(number string) (object, string) {
		sub := simulator.Subscription(number)
		return object{"endpoint": sub.Endpoint, "p256dh": sub.P256dh, "auth": sub.Auth}, sub.Endpoint[strings.LastIndex(sub.Endpoint, "/")+1:]
	}
	mine, mineAt := browser(s.phone)
	s.page.call("POST", "/v1/visit/push-subscriptions", mine, 201)
	alice := p.signIn(p.info.Agents[0])
	desk, deskAt := browser("+15551230007")
	alice.call("POST", "/v1/agents/me/push-subscriptions", desk, 201)

	pushes := func(token, typ string) (found []answer) {
		for _, push := range p.simulated("pushes", "token", token) {
			if push.get("data.type") == typ {
				found = append(found, push)
			}
		}
		return found
	}
	alert, voip := iphone["token"].(string), iphone["voip_token"].(string)
	s.book()
	p.within(patience, "the confirmation on the iPhone and in the browser", func() bool {
		return len(pushes(alert, "booking_confirmed")) == 1 && len(pushes(mineAt, "booking_confirmed")) == 1
	})
	alice.call("PUT", "/v1/presence", object{"state": "ready"}, 200)
	p.bringForward(s.booking, "booking_due")
	p.within(patience, "the offer in the agent's browser", func() bool { return len(pushes(deskAt, "queue_offered")) == 1 })
	entry := alice.call("GET", "/v1/queue", nil, 200).str("items.0.id")
	call := alice.call("POST", "/v1/queue/"+entry+"/accept", nil, 201).str("id")
	p.within(patience, "the ring on both", func() bool {
		return len(pushes(voip, "call_ringing")) == 1 && len(pushes(mineAt, "call_ringing")) == 1
	})
	ring := pushes(voip, "call_ringing")[0]
	if ring.get("push_type") != "voip" || ring.get("data.call_id") != call || ring.get("data.sent_at") == nil || ring.get("apns.headers.apns-expiration") != "0" ||
		ring.get("data.expires_at") != pushes(mineAt, "call_ringing")[0].get("data.expires_at") {
		t.Errorf("%s", ring.raw)
	}
	if len(pushes(alert, "call_ringing")) != 0 {
		t.Error("the iPhone is told of the ring twice")
	}
	link := ring.str("data.link")
	app := &client{p: p, name: "app", http: script.http, bearer: link[strings.LastIndex(link, "/")+1:]}
	app.call("POST", "/v1/calls/"+call+"/ringing", object{"device": device.str("id")}, 200)
	app.call("POST", "/v1/calls/"+call+"/decline", object{}, 200)
	p.within(patience, "the end of the ring on both", func() bool {
		return len(pushes(alert, "call_cancelled")) == 1 && len(pushes(mineAt, "call_cancelled")) == 1
	})
	if got := pushes(alert, "call_cancelled")[0]; got.get("push_type") != "background" || len(pushes(voip, "call_cancelled")) != 0 {
		t.Errorf("the end came as %s", got.raw)
	}

	// The app is removed from the iPhone, the browser's subscription too.
	script.call("DELETE", "/simulator/phones/"+s.phone+"/token", nil, 204)
	s.bank.call("POST", "/v1/messages", object{"customer_id": s.customer, "text": "hello", "channels": []string{"push"}}, 202)
	p.within(patience, "both devices out of use", func() bool {
		devices := s.bank.call("GET", "/v1/customers/"+s.customer+"/devices", nil, 200).list("items")
		for _, d := range devices {
			if d.get("disabled_at") == nil {
				return false
			}
		}
		return len(devices) == 2
	})
}
