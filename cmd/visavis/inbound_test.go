package main

import (
	"strings"
	"testing"
)

// What customers write to each of the bank's numbers comes in, whichever
// carrier brings it: STOP ends messages there, and "not me" kills the code.
func TestCustomersWriteToTheBank(t *testing.T) {
	t.Parallel()
	p := start(t)
	bank, handset := p.bankClient(), p.browser("handset")
	addresses := bank.call("GET", "/v1/inbound-addresses", nil, 200).list("addresses")
	if len(addresses) != 3 || addresses[0].get("provider") != "twilio" || addresses[0].get("secret") != false || addresses[1].get("channel") != "voice" ||
		addresses[2].get("secret") != true || !strings.HasPrefix(addresses[2].str("url"), p.info.BaseURL+"/callbacks/http/") {
		t.Errorf("addresses: %v", addresses)
	}
	for i, to := range []string{simulatorNumber, simulatorSMPPNumber, simulatorCarrierNumber} {
		number := []string{"+84912345671", "+84912345672", "+84912345673"}[i]
		customer := bank.call("POST", "/v1/customers", object{"name": "An", "phone": number}, 201).str("id")
		say := func(text, intent string) answer {
			t.Helper()
			handset.call("POST", "/simulator/phones/"+number+"/reply", object{"to": to, "body": text}, 201)
			var found answer
			p.within(patience, text+" to "+to, func() bool {
				for _, m := range bank.call("GET", "/v1/inbound-messages?customer_id="+customer, nil, 200).list("items") {
					if m.get("text") == text {
						found = m
						return true
					}
				}
				return false
			})
			if found.get("intent") != intent || strings.Contains(string(found.raw), number) {
				t.Errorf("%s", found.raw)
			}
			return found
		}
		say("Когда вы открыты?", "text")
		say("STOP", "stop")
		out := bank.call("GET", "/v1/opt-outs?customer_id="+customer, nil, 200)
		if out.get("items.0.opted_out") != true || out.get("items.0.source") != "inbound" {
			t.Errorf("opt-outs after STOP: %s", out.raw)
		}
		news := object{"customer_id": customer, "text": "News", "channels": []string{"sms"}}
		if m := bank.call("POST", "/v1/messages", news, 202); m.get("reason") != "opted_out" || len(m.list("deliveries")) != 0 {
			t.Errorf("a notice after STOP: %s", m.raw)
		}
		say("START", "start")
		if m := bank.call("POST", "/v1/messages", news, 202); m.get("reason") != nil || len(m.list("deliveries")) != 1 {
			t.Errorf("a notice after START: %s", m.raw)
		}

		v := bank.call("POST", "/v1/verifications", object{"customer_id": customer, "way": "sms"}, 201).str("id")
		p.within(patience, "the code", func() bool {
			return bank.call("GET", "/v1/verifications/"+v, nil, 200).get("sent") != 0.0 && len(p.sms(number)) > 1
		})
		say("not me", "not_me")
		p.within(patience, "the code to die", func() bool {
			return bank.call("GET", "/v1/verifications/"+v, nil, 200).get("state") == "denied"
		})
	}
}

// A number that the carrier itself has blocked (Twilio's 21610) is in our ledger
// afterwards, so that it is not tried again.
func TestANumberThatTheCarrierBlocks(t *testing.T) {
	t.Parallel()
	p := start(t)
	bank := p.bankClient()
	customer := bank.call("POST", "/v1/customers", object{"name": "An", "phone": "+84912340012"}, 201).str("id")
	bank.call("POST", "/v1/messages", object{"customer_id": customer, "text": "News", "channels": []string{"sms"}}, 202)
	p.within(patience, "the ledger to know", func() bool {
		out := bank.call("GET", "/v1/opt-outs?customer_id="+customer, nil, 200)
		return len(out.list("items")) > 0 && out.get("items.0.source") == "provider" && out.get("items.0.opted_out") == true
	})
}
