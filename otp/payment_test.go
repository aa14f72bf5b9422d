package otp

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

var rent = Payment{Amount: "1250.50", Currency: "EUR", Payee: "Ärzte Ltd"}

func (w *world) startPayment(phone string) Verification {
	w.t.Helper()
	w.s.newCode = func(digits int) (string, error) { return strings.Repeat("8", digits), nil }
	v, err := w.s.Start(w.t.Context(), w.bank, StartRequest{Phone: phone, Purpose: "api", Payment: &rent})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) pay(id uuid.UUID, code string, p Payment) (Result, error) {
	return w.s.CheckWith(w.t.Context(), w.bank, id, CheckRequest{Code: code, Payment: &p}, nil)
}

// E9: whatever is changed, the code is dead, and that counts.
func TestAChangeOfThePaymentEndsItsCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, changed := range []Payment{
		{"1250.51", "EUR", "Ärzte Ltd"}, {"125.050", "EUR", "Ärzte Ltd"}, {"1250.50", "USD", "Ärzte Ltd"},
		{"1250.50", "EUR", "Аrzte Ltd"}, // Cyrillic А
		{"1250.50", "EUR", "Arzte Ltd"}, {"1250.50", "EUR", "Ltd Ärzte"},
	} {
		phone := fmt.Sprintf("+8491234%04d", i)
		v := w.startPayment(phone)
		r, err := w.pay(v.ID, "88888888", changed)
		if err != nil || r.Approved || r.State != Failed || r.Reason != ReasonLink {
			t.Errorf("%v: got %+v, %v", changed, r, err)
		}
		if _, err := w.pay(v.ID, "88888888", rent); visavis.CodeOf(err) != "verification_ended" {
			t.Errorf("%v: the right payment after it: %v", changed, err)
		}
		if n := query[int](w, `select cardinality(failures) from otp_subjects where bank_id = $1 and subject = $2`, w.s.subjects(w.bank, phone, uuid.Nil)[0]); n != 1 {
			t.Errorf("%v: %d failures count", changed, n)
		}
		if query[bool](w, `select code_sealed is not null or code_mac <> '' from verifications where bank_id = $1 and id = $2`, v.ID) {
			t.Errorf("%v: the code is kept", changed)
		}
		if n := query[int](w, `select count(*) from events where bank_id = $1 and object_id = $2 and type = 'verification.failed' and body like '%link_mismatch%'`, v.ID); n != 1 {
			t.Errorf("%v: %d events", changed, n)
		}
	}
}

func TestTheSamePaymentInAnotherSpellingIsTheSame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.startPayment("+84912345678")
	if _, err := w.check(v.ID, "88888888"); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("without the payment: %v", err)
	}
	if _, err := w.pay(v.ID, "888888", rent); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("six digits: %v", err)
	}
	// A decomposed Ä, spaces, a zero more, and a mark that turns the direction.
	r, err := w.pay(v.ID, "88888888", Payment{"01250.5", "EUR", "  A\u0308rzte \u202e Ltd\t"})
	if err != nil || !r.Approved || r.AttemptsLeft != MaxChecks-1 {
		t.Errorf("got %+v, %v", r, err)
	}
	plain := w.start("+84912345679", uuid.Nil)
	if _, err := w.pay(plain.ID, "888888", rent); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("a payment where none is: %v", err)
	}
}

// A second payment to be confirmed ends the first: its code must not be good for it.
func TestAnotherPaymentEndsTheFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.startPayment("+84912345678")
	second, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: "+84912345678", Purpose: "api", Payment: &Payment{"9", "EUR", "Mallory"}})
	if err != nil || second.ID == first.ID {
		t.Fatalf("got %v, %v", second.ID, err)
	}
	if _, err := w.pay(first.ID, "88888888", rent); visavis.CodeOf(err) != "verification_ended" {
		t.Errorf("the first: %v", err)
	}
	text := query[string](w, `select params::text from messages where bank_id = $1 and about_id = $2`, second.ID)
	for _, part := range []string{"Mallory", `"9"`, "EUR"} {
		if !strings.Contains(text, part) {
			t.Errorf("the message has no %s: %s", part, text)
		}
	}
}

func TestPaymentsThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, p := range []Payment{
		{"0", "EUR", "x"}, {"0.00", "EUR", "x"}, {"-1", "EUR", "x"}, {"1e3", "EUR", "x"}, {"1,5", "EUR", "x"}, {"", "EUR", "x"}, {"٣", "EUR", "x"},
		{"1", "EURO", "x"}, {"1", "ABC", "x"}, {"1", "XXX", "x"}, {"1", "EUR", ""}, {"1", "EUR", "\u202e\u200f"}, {"1", "EUR", strings.Repeat("x", 141)}, {"1", "EUR", "\xff"},
	} {
		if _, err := w.s.Start(context.Background(), w.bank, StartRequest{Phone: "+84912345678", Purpose: "api", Payment: &p}); visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("%q: %v", p, err)
		}
	}
	if _, err := w.s.Start(context.Background(), w.bank, StartRequest{Phone: "+84912345678", Purpose: "api", Way: Flash, Payment: &rent}); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("a flash call for a payment: %v", err)
	}
}
