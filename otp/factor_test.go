package otp

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
)

func (w *world) customer(phone string) banks.Customer {
	w.t.Helper()
	c, err := w.s.Banks.CreateCustomer(w.t.Context(), w.bank, banks.NewCustomer{Name: "Lan", Phone: phone})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// app is an authenticator app that scanned the code.
func (w *world) app(customer uuid.UUID) (Factor, func(time.Duration) string) {
	w.t.Helper()
	f, err := w.s.NewFactor(w.t.Context(), w.bank, customer, NewFactor{Kind: TOTP, Name: "Phone"})
	if err != nil {
		w.t.Fatal(err)
	}
	u, err := url.Parse(f.URI)
	if err != nil || u.Scheme != "otpauth" || u.Query().Get("secret") != f.Secret || len(f.Secret) != 32 || u.Query().Get("issuer") != "Demo Bank" {
		w.t.Fatalf("URI %q, %v", f.URI, err)
	}
	code := func(later time.Duration) string {
		c, err := totp.GenerateCode(f.Secret, w.s.now().Add(later))
		if err != nil {
			w.t.Fatal(err)
		}
		return c
	}
	if _, err := w.s.ConfirmFactor(w.t.Context(), w.bank, customer, f.ID, code(0)); err != nil {
		w.t.Fatal(err)
	}
	return f, code
}

func (w *world) ask(customer uuid.UUID, way Way) Verification {
	w.t.Helper()
	v, err := w.s.Start(w.t.Context(), w.bank, StartRequest{CustomerID: customer, Purpose: "api", Way: way})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func TestACodeOfAnAppIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	_, code := w.app(c.ID)
	v := w.ask(c.ID, TOTP)
	if r := w.must(v.ID, code(0)); r.Approved {
		t.Error("the code that confirmed the app is accepted again")
	}
	w.pass(30 * time.Second)
	right := code(0)
	if r := w.must(v.ID, right); !r.Approved || r.AttemptsLeft != MaxChecks-2 {
		t.Errorf("got %+v", r)
	}
	second := w.ask(c.ID, TOTP)
	if w.must(second.ID, right).Approved {
		t.Error("it is accepted twice")
	}
	w.pass(30 * time.Second)
	for name, drift := range map[string]time.Duration{"two steps old": -61 * time.Second, "two steps ahead": 60 * time.Second} {
		if w.must(second.ID, code(drift)).Approved {
			t.Errorf("a code that is %s is accepted", name)
		}
	}
	if !w.must(second.ID, code(30*time.Second)).Approved {
		t.Error("one of a clock half a minute ahead is refused")
	}
}

// E15: who burns the number's attempts keeps neither the app nor the device out.
func TestALockedNumberStillHasItsOtherFactors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	_, code := w.app(c.ID)
	for range SubjectFailures / MaxChecks {
		v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Way: SMS, BoundTo: uuid.New()})
		if err != nil {
			t.Fatal(err)
		}
		for range MaxChecks {
			if _, err := w.s.Check(t.Context(), w.bank, v.ID, "999999", v.BoundTo); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Way: SMS, BoundTo: uuid.New()})
	refusal(t, err, visavis.TooMany, "too_many_failures")
	w.pass(time.Minute)
	v := w.ask(c.ID, TOTP)
	if !w.must(v.ID, code(0)).Approved {
		t.Error("the app is locked out too")
	}
	// The bank binds the number anew.
	if err := w.s.Rebind(t.Context(), w.bank, c.Phone, c.ID); err != nil {
		t.Fatal(err)
	}
	w.ask(c.ID, SMS)
}

// Who asks for the app or the device gets it, though a code by phone is under way
// for the same purpose, and its number is locked: a verification that a code by SMS
// could approve is not the one that was asked for.
func TestAnotherWayIsNotAnsweredWithACodeByPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	_, code := w.app(c.ID)
	for range SubjectFailures/MaxChecks - 1 {
		v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Way: SMS, BoundTo: uuid.New()})
		if err != nil {
			t.Fatal(err)
		}
		for range MaxChecks {
			if _, err := w.s.Check(t.Context(), w.bank, v.ID, "999999", v.BoundTo); err != nil {
				t.Fatal(err)
			}
		}
	}
	spare, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Way: SMS, BoundTo: uuid.New()})
	if err != nil {
		t.Fatal(err)
	}
	weak := w.ask(c.ID, SMS)
	for i := range MaxChecks {
		id, bound := spare.ID, spare.BoundTo
		if i == 0 {
			id, bound = weak.ID, uuid.Nil
		}
		if _, err := w.s.Check(t.Context(), w.bank, id, "999999", bound); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Way: Voice})
	refusal(t, err, visavis.TooMany, "too_many_failures")
	w.pass(31 * time.Second) // the app's next code; the SMS could go again
	strong := w.ask(c.ID, TOTP)
	if strong.ID == weak.ID || strong.Way != TOTP {
		t.Fatalf("asked for the app, got %+v", strong)
	}
	if got, err := w.s.Get(t.Context(), w.bank, weak.ID); err != nil || got.State != Cancelled {
		t.Errorf("the code by SMS is %s, %v", got.State, err)
	}
	// Nor is it locked when it is asked for again, by name or not.
	if again := w.ask(c.ID, TOTP); again.ID != strong.ID {
		t.Error("the app was asked for twice, and is not the same")
	}
	if again := w.ask(c.ID, ""); again.ID != strong.ID {
		t.Error("a start that names no way did not find the one that lives")
	}
	if !w.must(strong.ID, code(0)).Approved {
		t.Error("the app's code is not accepted")
	}
}

// A code by SMS is spoken when a call is asked for, and the other way round.
func TestStartingByAnotherWayByPhoneKeepsTheCode(t *testing.T) {
	t.Parallel()
	for first, second := range map[Way]Way{SMS: Voice, Voice: SMS} {
		w := newWorld(t)
		ask := func(way Way) Verification {
			v, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: "+84912345678", Purpose: "api", Way: way})
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		v := ask(first)
		if again := ask(second); again.ID != v.ID || again.Sends != 1 {
			t.Errorf("%s at once after %s: %+v", second, first, again)
		}
		w.pass(31 * time.Second)
		if again := ask(second); again.ID != v.ID || again.Way != second || again.Sends != 2 || again.NextSendAt.Sub(w.s.now()) != time.Minute {
			t.Errorf("%s after %s: %+v", second, first, again)
		}
		if !w.must(v.ID, "012345").Approved {
			t.Errorf("%s after %s: the code is another one", second, first)
		}
	}
}

func TestGuessingAtAnAppIsLimitedForItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	_, code := w.app(c.ID)
	w.pass(time.Minute)
	for range SubjectFailures / MaxChecks {
		v := w.ask(c.ID, TOTP)
		for range MaxChecks {
			wrong := "000000"
			for _, other := range []string{"111111", "222222", "333333"} { // at most three are right now
				if wrong == code(0) || wrong == code(30*time.Second) || wrong == code(-30*time.Second) {
					wrong = other
				}
			}
			if w.must(v.ID, wrong).Approved {
				t.Error("a wrong code is accepted")
			}
		}
		w.pass(Life)
	}
	v := w.ask(c.ID, TOTP)
	_, err := w.check(v.ID, code(0))
	refusal(t, err, visavis.TooMany, "too_many_failures")
	if n := query[int](w, `select count(*) from events where bank_id = $1 and type = 'verification.locked'`); n != 1 {
		t.Errorf("%d times told", n)
	}
	w.ask(c.ID, SMS)
}

// phone is a device with its key.
type phone struct {
	key *ecdsa.PrivateKey
	Factor
}

func (p phone) sign(text string) string {
	hash := sha256.Sum256([]byte(text))
	sig, err := ecdsa.SignASN1(rand.Reader, p.key, hash[:])
	if err != nil {
		panic(err)
	}
	return base64.StdEncoding.EncodeToString(sig)
}

func (w *world) device(c banks.Customer) phone {
	w.t.Helper()
	if _, err := w.s.Banks.AddDevice(w.t.Context(), w.bank, c.ID, banks.NewDevice{Provider: "fcm", Token: "token-" + c.ID.String()}); err != nil {
		w.t.Fatal(err)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	der, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	p := phone{key: key}
	if p.Factor, err = w.s.NewFactor(w.t.Context(), w.bank, c.ID, NewFactor{Kind: Push, PublicKey: base64.StdEncoding.EncodeToString(der)}); err != nil {
		w.t.Fatal(err)
	}
	// Proof of possession: another's signature is none.
	other, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	text := SignedForFactor(w.bank, c.ID, p.ID, p.Challenge)
	if _, err := w.s.ConfirmFactor(w.t.Context(), w.bank, c.ID, p.ID, phone{key: other}.sign(text)); visavis.CodeOf(err) != "not_confirmed" {
		w.t.Fatalf("another key's proof: %v", err)
	}
	if p.Factor, err = w.s.ConfirmFactor(w.t.Context(), w.bank, c.ID, p.ID, p.sign(text)); err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) answer(p phone, v Verification, approve bool, number int) (Result, error) {
	a := Answer{FactorID: p.ID, Approve: approve, Number: number}
	a.Signature = p.sign(SignedForAnswer(w.bank, v, a))
	return w.s.Answer(w.t.Context(), w.bank, v.ID, a)
}

func TestAPushIsApprovedByItsNumberAndKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	p := w.device(c)
	v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api"}) // the first of the preference
	if err != nil || v.Way != Push || len(v.Numbers) != 3 || v.Number < 10 || v.Number > 99 {
		t.Fatalf("got %+v, %v", v, err)
	}
	if data := query[string](w, `select push_data::text from messages where bank_id = $1 and about_id = $2`, v.ID); !strings.Contains(data, fmt.Sprintf("%d,%d,%d", v.Numbers[0], v.Numbers[1], v.Numbers[2])) || strings.Contains(data, `"number"`) {
		t.Errorf("the push carries %s", data)
	}
	// No key, a changed number under a good signature, another verification's.
	forged := Answer{FactorID: p.ID, Approve: true, Number: v.Number, Signature: base64.StdEncoding.EncodeToString(make([]byte, 70))}
	_, err = w.s.Answer(t.Context(), w.bank, v.ID, forged)
	refusal(t, err, visavis.Forbidden, "wrong_signature")
	moved := Answer{FactorID: p.ID, Approve: true, Number: v.Numbers[0]}
	moved.Signature = p.sign(SignedForAnswer(w.bank, v, moved))
	moved.Number++
	_, err = w.s.Answer(t.Context(), w.bank, v.ID, moved)
	refusal(t, err, visavis.Forbidden, "wrong_signature")
	if _, err := w.check(v.ID, "123456"); visavis.CodeOf(err) != "no_code" {
		t.Errorf("a typed code: %v", err)
	}
	r, err := w.answer(p, v, true, v.Number)
	if err != nil || !r.Approved {
		t.Fatalf("got %+v, %v", r, err)
	}
	_, err = w.answer(p, v, true, v.Number)
	refusal(t, err, visavis.Gone, "verification_ended")
}

func TestAWrongNumberOrARefusalEndsAPush(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	p := w.device(c)
	v := w.ask(c.ID, Push)
	wrong := v.Numbers[0]
	if wrong == v.Number {
		wrong = v.Numbers[1]
	}
	if r, err := w.answer(p, v, true, wrong); err != nil || r.Approved || r.State != Failed || r.Reason != ReasonNumber {
		t.Errorf("another number: %+v, %v", r, err)
	}
	v = w.ask(c.ID, Push)
	if r, err := w.answer(p, v, false, 0); err != nil || r.State != Denied {
		t.Errorf("a refusal: %+v, %v", r, err)
	}
	if n := query[int](w, `select count(*) from events where bank_id = $1 and object_id = $2 and type = 'verification.denied_by_customer'`, v.ID); n != 1 {
		t.Errorf("%d events", n)
	}
}

// E11: of twenty pushes the customer sees three, then fifteen minutes none.
func TestPushesThatNobodyAnswersEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	p := w.device(c)
	refused := 0
	for range 20 {
		_, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Way: Push, BoundTo: uuid.New()})
		if visavis.CodeOf(err) == "too_many_pushes" {
			refused++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if shown := query[int](w, `select count(*) from messages where bank_id = $1 and template = 'verification_push'`); shown != maxPushes || refused != 20-maxPushes {
		t.Errorf("%d shown, %d refused", shown, refused)
	}
	w.pass(pushSilence + time.Second)
	v := w.ask(c.ID, Push)
	if _, err := w.answer(p, v, true, v.Number); err != nil {
		t.Fatal(err)
	}
	if n := query[int](w, `select sum(cardinality(pushes)) from otp_subjects where bank_id = $1`); n != 0 {
		t.Errorf("an answer leaves %d", n)
	}
}

func TestAPushShowsThePaymentAndSignsIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	p := w.device(c)
	v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Payment: &rent})
	if err != nil {
		t.Fatal(err)
	}
	other := v
	other.Payment.Amount = "1"
	_, err = w.answer(p, other, true, v.Number)
	refusal(t, err, visavis.Forbidden, "wrong_signature")
	if r, err := w.answer(p, v, true, v.Number); err != nil || !r.Approved {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestFactorsAreTheCustomersOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.customer("+84912345678"), w.customer("+84912345679")
	f, code := w.app(a.ID)
	if _, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: b.ID, Purpose: "api", FactorID: f.ID}); visavis.CodeOf(err) != "factor_not_found" {
		t.Errorf("another's factor: %v", err)
	}
	if _, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: b.ID, Purpose: "api", Way: TOTP}); visavis.CodeOf(err) != "no_factor" {
		t.Errorf("no factor: %v", err)
	}
	w.pass(time.Minute)
	v := w.ask(b.ID, SMS)
	if w.must(v.ID, code(0)).Approved {
		t.Error("another's app approves")
	}
	mine, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: a.ID, Purpose: "api", FactorID: f.ID})
	if err != nil || mine.Way != TOTP {
		t.Fatalf("got %+v, %v", mine, err)
	}
	if err := w.s.DeleteFactor(t.Context(), w.bank, a.ID, f.ID); err != nil {
		t.Fatal(err)
	}
	_, err = w.check(mine.ID, code(0))
	refusal(t, err, visavis.Gone, "verification_ended")
	for _, key := range []string{"", "AAAA", base64.StdEncoding.EncodeToString(make([]byte, 91))} {
		if _, err := w.s.NewFactor(context.Background(), w.bank, a.ID, NewFactor{Kind: Push, PublicKey: key}); visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("key %q: %v", key, err)
		}
	}
}
