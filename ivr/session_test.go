package ivr_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

// proving asks for a code before it says what only the customer may hear.
const proving = `flow: proving
locales: [en]
start: prove
steps:
  prove: {verify: {tries: 1}, passed: in, failed: out}
  in: {hang_up: Your balance is one thousand.}
  out: {hang_up: We could not verify you.}
`

// A customer who has proved the number or the device a moment ago, in the bank's app
// or in chat, is not asked again on the telephone, as long as that stands.
func TestVerifiedSessionPassesACallsVerifyStep(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publish("proving", proving)
	customer, other := w.customer(phone, "en"), w.customer("+84901230077", "en")
	ctx := visavis.WithActor(t.Context(), visavis.System(w.bank))
	w.run()
	session := func(scope string) string {
		t.Helper()
		v, err := w.otp.Start(ctx, w.bank, otp.StartRequest{CustomerID: customer, Purpose: "login " + scope, BoundTo: uuid.New(), Way: otp.SMS, Session: &otp.SessionRequest{Scope: []string{scope}}})
		must(t, err)
		var code string
		must(t, w.inBank(func(ctx context.Context, tx *postgres.Tx) (err error) {
			code, err = w.otp.SpokenTx(ctx, tx, v.ID, phone)
			return err
		}))
		r, err := w.otp.Check(ctx, w.bank, v.ID, code, v.BoundTo)
		must(t, err)
		if r.Session == nil {
			t.Fatalf("no session: %+v", r)
		}
		return r.Session.Token
	}
	good, elsewhere := session("ivr"), session("chat")
	for name, c := range map[string]ivr.PhoneCall{
		"another scope": {CustomerID: customer, Session: elsewhere}, "another customer": {CustomerID: other, Session: good},
		"altered": {CustomerID: customer, Session: good + "x"},
	} {
		c.Flow = "proving"
		if _, err := w.tryPlace(c); visavis.CodeOf(err) != "session_not_valid" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]ivr.PhoneCall{"another number": {CustomerID: customer, To: "+84901230078", Session: good}, "no customer": {To: phone, Session: good}} {
		c.Flow = "proving"
		if _, err := w.tryPlace(c); visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	call := func(token string) heard {
		t.Helper()
		w.place(ivr.PhoneCall{CustomerID: customer, Flow: "proving", Session: token})
		return w.onCall(phone, "ringing", func(h heard) bool { return h.Status == "ringing" })
	}
	h := call(good)
	w.do(h.SID, "answer", nil)
	if said := w.hears(h.SID, "Your balance").said(); strings.Contains(said, "code") {
		t.Errorf("a code is asked for: %s", said)
	}
	w.onHearing(h.SID, "its end", func(h heard) bool { return h.Status == "completed" })

	// It ends while the telephone rings: a code, as without.
	h = call(good)
	must(t, w.otp.RevokeSession(ctx, w.bank, good))
	w.do(h.SID, "answer", nil)
	w.onHearing(h.SID, "the question for a code", func(h heard) bool {
		return h.Gathering != nil && strings.Contains(h.said(), "code") && !strings.Contains(h.said(), "Your balance")
	})
}
