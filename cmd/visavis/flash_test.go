package main

import (
	"slices"
	"strings"
	"testing"
)

// TestFlashCall: the code is the last digits of the number that rings, which
// nobody has to answer and nobody but the phone is told.
func TestFlashCall(t *testing.T) {
	t.Parallel()
	p := start(t)
	bank := p.bankClient()
	const phone = "+84912345661"
	v := bank.call("POST", "/v1/verifications", object{"phone": phone, "way": "flash"}, 201)
	if v.get("attempts_left") != 3.0 {
		t.Errorf("attempts: %s", v.raw)
	}
	var from string
	p.within(patience, "the phone to ring", func() bool {
		for _, c := range p.simulated("calls", "to", phone) {
			from, _ = c.get("from").(string)
		}
		return from != ""
	})
	if !slices.Contains(simulatorFlashNumbers, from) {
		t.Fatalf("it rings from %s", from)
	}
	p.within(patience, "the word that it rang", func() bool {
		for _, m := range bank.call("GET", "/v1/messages?channel=flash", nil, 200).list("items") {
			full := bank.call("GET", "/v1/messages/"+m.str("id"), nil, 200)
			if strings.Contains(string(full.raw), from) || strings.Contains(string(full.raw), from[len(from)-4:]+`"`) {
				t.Fatalf("the message tells the code: %s", full.raw)
			}
			if full.get("state") == "delivered" {
				return true
			}
		}
		return false
	})
	wrong := "0000"
	if a := bank.call("POST", "/v1/verifications/"+v.str("id")+"/check", object{"code": wrong}, 200); a.get("approved") != false {
		t.Errorf("a wrong number: %s", a.raw)
	}
	if a := bank.call("POST", "/v1/verifications/"+v.str("id")+"/check", object{"code": from[len(from)-4:]}, 200); a.get("approved") != true {
		t.Errorf("the right one: %s", a.raw)
	}
}
