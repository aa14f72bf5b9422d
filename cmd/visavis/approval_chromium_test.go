package main

import (
	"fmt"
	"testing"
)

// TestApprovalInChromium is a push approval answered by hand: the simulated
// phone makes a signing key, the bank asks, the customer picks the number that
// the bank's page shows; another number, or "it was not me", approves nothing.
func TestApprovalInChromium(t *testing.T) {
	t.Parallel()
	p := start(t)
	browser := newBrowser(t)
	bank := p.bankClient()
	const number = "+84912345699"
	customer := bank.call("POST", "/v1/customers", object{"name": "Lan", "phone": number, "locale": "en"}, 201).str("id")
	phone := p.open(browser, "the phone", p.info.PhoneURL+"?number=%2B84912345699", false)
	phone.press("Set up approvals")
	phone.see("This phone answers approvals with its own key.")

	ask := func() (id string, shown string) {
		t.Helper()
		v := bank.call("POST", "/v1/verifications", object{"customer_id": customer, "way": "push", "amount": "1250.50", "currency": "EUR", "payee": "Ärzte Ltd"}, 201)
		phone.see("Which number does the other page show?")
		phone.see("EUR 1,250.50")
		return v.str("id"), fmt.Sprint(v.get("number"))
	}
	state := func(id, want string) {
		t.Helper()
		if got := bank.call("GET", "/v1/verifications/"+id, nil, 200).get("state"); got != want {
			t.Errorf("the verification is %v, want %s", got, want)
		}
	}
	id, shown := ask()
	phone.shot("phone-approval")
	phone.accessible("the approval on the phone")
	phone.press(shown)
	phone.see("Approved")
	state(id, "approved")
	phone.press("Close")

	id, _ = ask()
	phone.press("It was not me")
	phone.see("The bank knows that it was not you")
	state(id, "denied")
	phone.press("Close")
}
