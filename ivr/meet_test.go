package ivr_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis/ivr"
)

// TestAContactWhoIsNoCustomerMeetsAPerson as a new customer with the list's name
// and number, once; without a scenario, or called for something else, there is no
// case that the talk could be about.
func TestAContactWhoIsNoCustomerMeetsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.staffed()
	w.publish("offer", offerFlow)
	w.publish("blind", strings.Replace(strings.Replace(offerFlow, "flow: offer", "flow: blind", 1), ", scenario: open-account", "", 1))
	w.run()
	call := func(flow, about, to string, input map[string]string) ivr.PhoneCall {
		t.Helper()
		id := w.place(ivr.PhoneCall{To: to, Flow: flow, Locale: "vi", AboutType: about, AboutID: uuid.New(), Input: input})
		w.answer(to)
		c := w.until(id, "a place, or the end", func(c ivr.PhoneCall) bool { return c.QueueEntryID != uuid.Nil || c.State == ivr.Completed })
		if c.State != ivr.Completed {
			w.do(c.ProviderID, "hangup", struct{}{})
			c = w.untilState(id, ivr.Completed)
		}
		return c
	}
	customers := func() int { return query[int](w, `select count(*) from customers where bank_id = $1`, w.bank) }
	const list, nameless, other = "+84901230021", "+84901230022", "+84901230023"
	for name, c := range map[string]ivr.PhoneCall{
		"without a scenario":             call("blind", "campaign_contact", list, map[string]string{"name": "Lan"}),
		"of somebody who only was tried": call("offer", "", list, map[string]string{"name": "Lan"}),
	} {
		if c.QueueEntryID != uuid.Nil || c.CustomerID != uuid.Nil || customers() != 0 {
			t.Errorf("a call %s: customer %s, %d customers", name, c.CustomerID, customers())
		}
	}
	first := call("offer", "campaign_contact", list, map[string]string{"name": " Lan "})
	again := call("offer", "campaign_contact", list, map[string]string{"name": "Somebody else"})
	if first.QueueEntryID == uuid.Nil || first.CustomerID == uuid.Nil || again.CustomerID != first.CustomerID {
		t.Fatalf("handed over as %s in %s, then as %s", first.CustomerID, first.QueueEntryID, again.CustomerID)
	}
	made, err := w.banks.Customer(t.Context(), w.bank, first.CustomerID)
	must(t, err)
	if made.Name != "Lan" || made.Phone != list || made.Locale != "vi" {
		t.Errorf("made %+v", made)
	}
	made, err = w.banks.Customer(t.Context(), w.bank, call("offer", "campaign_contact", nameless, nil).CustomerID)
	must(t, err)
	if made.Phone != nameless || made.Name == "" || strings.Contains(made.Name, "01230022") {
		t.Errorf("without a name: %+v", made)
	}
	known := w.customer(other, "en")
	if c := call("offer", "campaign_contact", other, nil); c.CustomerID != known || customers() != 3 {
		t.Errorf("who became a customer since is %s, not %s; %d customers", c.CustomerID, known, customers())
	}
}
