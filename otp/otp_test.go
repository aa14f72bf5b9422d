package otp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// silent is a provider that takes everything: what is sent is looked at in the
// database, where nothing is delivered because no loop runs.
type silent struct{}

func (silent) Send(context.Context, channels.Outgoing) (string, error) { return "x", nil }

type world struct {
	t    *testing.T
	db   *postgres.DB
	s    *Service
	bank uuid.UUID
	now  atomic.Int64
}

func (w *world) pass(d time.Duration) { w.now.Add(int64(d)) }

func newWorld(t *testing.T) *world {
	w := &world{t: t, db: testdb.New(t)}
	w.now.Store(time.Date(2026, 3, 5, 9, 0, 0, 0, time.UTC).UnixNano())
	now := func() time.Time { return time.Unix(0, w.now.Load()) }
	keys, err := events.NewKeyring([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	b := banks.New(banks.Config{DB: w.db, Log: log, Now: now, Keyring: keys, PublicURL: "https://bank.example"})
	bank, err := b.Create(t.Context(), banks.NewBank{Slug: "demo", Name: "Demo Bank", Settings: banks.Settings{Countries: banks.AnyCountry()}})
	if err != nil {
		t.Fatal(err)
	}
	w.bank = bank.ID
	c := channels.New(channels.Config{DB: w.db, Banks: b, Keys: keys, Log: log, Now: now, Routes: []channels.Route{
		{Channel: channels.SMS, Provider: "twilio", Sender: silent{}}, {Channel: channels.Voice, Provider: "twilio", Sender: silent{}},
		{Channel: channels.Push, Provider: "fcm", Sender: silent{}}, {Channel: channels.Flash, Provider: "twilio", Sender: silent{}},
	}})
	w.s = New(Config{DB: w.db, Banks: b, Channels: c, Keys: keys, Log: log, Now: now, SendsPerTenMinutes: 1000, SendsPerDay: 1000})
	w.s.newCode = func(int) (string, error) { return "012345", nil }
	patient(w.s)
	return w
}

// patient gives a service as much time as a busy machine may need: a bank's hook has a
// second otherwise, 300 checks at once ten.
func patient(s *Service) {
	s.riskDeadline, s.checkTimeout = time.Minute, 5*time.Minute
	s.checks.Timeout, s.starts.Timeout = 5*time.Minute, 5*time.Minute
}

func (w *world) start(phone string, bound uuid.UUID) Verification {
	w.t.Helper()
	v, err := w.s.Start(w.t.Context(), w.bank, StartRequest{Phone: phone, Purpose: "api", BoundTo: bound})
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) check(id uuid.UUID, code string) (Result, error) {
	return w.s.Check(w.t.Context(), w.bank, id, code, uuid.Nil)
}

func (w *world) must(id uuid.UUID, code string) Result {
	w.t.Helper()
	r, err := w.check(id, code)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func query[T any](w *world, sql string, args ...any) (value T) {
	w.t.Helper()
	err := w.db.InBank(context.Background(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, sql, append([]any{w.bank}, args...)...).Scan(&value)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return value
}

func refusal(t *testing.T, err error, kind visavis.Kind, code string) {
	t.Helper()
	if visavis.KindOf(err) != kind || visavis.CodeOf(err) != code {
		t.Errorf("got %v (%s %s), want %s %s", err, visavis.KindOf(err), visavis.CodeOf(err), kind, code)
	}
}

// parallel runs fn n times at once and waits.
func parallel(n int, fn func(i int)) {
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range n {
		done.Go(func() { start.Wait(); fn(i) })
	}
	start.Done()
	done.Wait()
}

func TestOf300ParallelGuessesExactlyFiveAreEvaluated(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	var evaluated, refused atomic.Int64
	parallel(300, func(i int) {
		r, err := w.check(v.ID, fmt.Sprintf("9%05d", i))
		switch {
		case err == nil && !r.Approved:
			evaluated.Add(1)
		case visavis.CodeOf(err) == "max_attempts":
			refused.Add(1)
		default:
			t.Errorf("got %+v, %v", r, err)
		}
	})
	if evaluated.Load() != MaxChecks || refused.Load() != 300-MaxChecks {
		t.Errorf("%d evaluated, %d refused", evaluated.Load(), refused.Load())
	}
	if n := query[int](w, `select cardinality(failures) from otp_subjects where bank_id = $1`); n != MaxChecks {
		t.Errorf("%d failures count against the number, want %d", n, MaxChecks)
	}
	_, err := w.check(v.ID, "012345")
	refusal(t, err, visavis.TooMany, "max_attempts")
}

func TestTheRightCode50TimesAtOnceSucceedsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	var approved, ran atomic.Int64
	parallel(50, func(int) {
		r, err := w.s.CheckAnd(w.t.Context(), w.bank, v.ID, "012345", uuid.Nil, func(context.Context, *postgres.Tx) error {
			ran.Add(1)
			return nil
		})
		if err == nil && r.Approved {
			approved.Add(1)
		} else if visavis.CodeOf(err) != "verification_ended" {
			t.Errorf("got %+v, %v", r, err)
		}
	})
	if approved.Load() != 1 || ran.Load() != 1 {
		t.Errorf("%d approved, then ran %d times", approved.Load(), ran.Load())
	}
	if n := query[int](w, `select coalesce(sum(cardinality(failures) + total), 0) from otp_subjects where bank_id = $1`); n != 0 {
		t.Errorf("a success left a count of %d", n)
	}
	if query[bool](w, `select code_sealed is not null or code_mac <> '' or salt <> '' from verifications where bank_id = $1 and id = $2`, v.ID) {
		t.Error("the code was not wiped")
	}
}

func TestACallerWhoHangsUpIsCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range MaxChecks {
		if r, err := w.s.Check(gone, w.bank, v.ID, "999999", uuid.Nil); err != nil || r.Approved {
			t.Fatalf("got %+v, %v", r, err)
		}
	}
	_, err := w.check(v.ID, "012345")
	refusal(t, err, visavis.TooMany, "max_attempts")
}

func TestACheckDoesNotJoinTheCallersTransaction(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	_ = w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := w.s.Check(ctx, w.bank, v.ID, "999999", uuid.Nil); err != nil {
			t.Error(err)
		}
		return context.Canceled // rolls back
	})
	if got, err := w.s.Get(t.Context(), w.bank, v.ID); err != nil || got.AttemptsLeft != MaxChecks-1 {
		t.Errorf("after the caller's rollback %d attempts are left, %v", got.AttemptsLeft, err)
	}
}

func TestSendingOrStartingAgainKeepsCodeAndCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	w.must(v.ID, "999999")
	w.s.newCode = func(int) (string, error) { return "777777", nil }
	if again := w.start("0084 912-345-678", uuid.Nil); again.ID != v.ID || again.AttemptsLeft != MaxChecks-1 || again.Sends != 1 {
		t.Errorf("a second start gave %+v", again)
	}
	_, err := w.s.Resend(t.Context(), w.bank, v.ID)
	refusal(t, err, visavis.TooMany, "resend_too_early")
	w.pass(31 * time.Second)
	again, err := w.s.Resend(t.Context(), w.bank, v.ID)
	if err != nil || again.Sends != 2 || again.AttemptsLeft != MaxChecks-1 || !again.ExpiresAt.Equal(v.ExpiresAt) || again.NextSendAt.Sub(w.s.now()) != time.Minute {
		t.Errorf("a resend gave %+v, %v", again, err)
	}
	if n := query[int](w, `select count(*) from messages where bank_id = $1 and about_id = $2`, v.ID); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
	if !w.must(v.ID, "012345").Approved {
		t.Error("the first code is not good any more")
	}
}

func TestStartingAtOnceGivesOneVerification(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var ids sync.Map
	parallel(20, func(int) {
		v, err := w.s.Start(w.t.Context(), w.bank, StartRequest{Phone: "+84912345678", Purpose: "api"})
		if err != nil {
			t.Error(err)
		}
		ids.Store(v.ID, true)
	})
	n := 0
	ids.Range(func(any, any) bool { n++; return true })
	if sent := query[int](w, `select count(*) from messages where bank_id = $1`); n != 1 || sent != 1 {
		t.Errorf("%d verifications, %d messages", n, sent)
	}
}

func TestTenFailuresADayOverCodesAndSpellings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, spelling := range []string{"+84912345678", "+84 91 234 5678", "0084912345678"} {
		if i == 2 { // ten have failed
			_, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: spelling, Purpose: "other"})
			refusal(t, err, visavis.TooMany, "too_many_failures")
			break
		}
		v := w.start(spelling, uuid.New()) // each a code of its own
		for range MaxChecks {
			if r, err := w.s.Check(t.Context(), w.bank, v.ID, "999999", v.BoundTo); err != nil || r.Approved {
				t.Fatalf("got %+v, %v", r, err)
			}
		}
	}
	// Another number is not touched; this one is free again after a day.
	w.start("+84912345679", uuid.Nil)
	w.pass(SubjectWindow + time.Second)
	v := w.start("+84912345678", uuid.Nil)
	if !w.must(v.ID, "012345").Approved {
		t.Error("not approved after a day")
	}
}

// Two codes that live at once share the number's ten failures.
// A hundred in all, over however many days; then only a new binding helps.
func TestAfterAHundredFailuresANumberIsBoundAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const phone = "+84912345678"
	failed := 0
	for failed < SubjectTotal {
		v, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: phone, Purpose: "api", BoundTo: uuid.New()})
		if err != nil {
			t.Fatalf("after %d failures: %v", failed, err)
		}
		for range MaxChecks {
			if r, err := w.s.Check(t.Context(), w.bank, v.ID, "999999", v.BoundTo); err != nil || r.Approved {
				t.Fatalf("after %d failures: %+v, %v", failed, r, err)
			}
			failed++
		}
		if failed%SubjectFailures == 0 {
			w.pass(SubjectWindow + time.Second)
		}
	}
	w.pass(30 * 24 * time.Hour)
	_, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: "0084 912 345 678", Purpose: "api"})
	refusal(t, err, visavis.TooMany, "too_many_failures")
	var e *visavis.Error
	if errors.As(err, &e) && e.RetryAfter != 0 {
		t.Errorf("it says to wait %s, which would not help", e.RetryAfter)
	}
	if err := w.s.Rebind(t.Context(), w.bank, phone, uuid.Nil); err != nil {
		t.Fatal(err)
	}
	v := w.start(phone, uuid.Nil)
	if !w.must(v.ID, "012345").Approved {
		t.Error("after the new binding the code is refused")
	}
}

// 30, 60, 120, 300 s after each send, and 300 s from then on.
func TestEachResendWaitsLonger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(Settings{LifeSeconds: 600})
	v := w.start("+84912345678", uuid.Nil)
	for i, delay := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute} {
		if got := v.NextSendAt.Sub(w.s.now()); got != delay || v.Sends != i+1 {
			t.Fatalf("after %d sends the next is in %s, want %s", v.Sends, got, delay)
		}
		w.pass(delay - time.Second)
		_, err := w.s.Resend(t.Context(), w.bank, v.ID)
		refusal(t, err, visavis.TooMany, "resend_too_early")
		w.pass(time.Second)
		if v, err = w.s.Resend(t.Context(), w.bank, v.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := v.NextSendAt.Sub(w.s.now()); got != 5*time.Minute {
		t.Errorf("the last is in %s", got)
	}
}

func TestFailuresAreExactUnderParallelCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var codes []Verification
	for range 4 {
		codes = append(codes, w.start("+84912345678", uuid.New()))
	}
	var evaluated atomic.Int64
	parallel(80, func(i int) {
		v := codes[i%len(codes)]
		if _, err := w.s.Check(w.t.Context(), w.bank, v.ID, "999999", v.BoundTo); err == nil {
			evaluated.Add(1)
		}
	})
	if evaluated.Load() != SubjectFailures {
		t.Errorf("%d guesses were evaluated, want %d", evaluated.Load(), SubjectFailures)
	}
}

func TestACodeIsGoodOnlyForWhatItIsBoundTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	call := uuid.New()
	v := w.start("+84912345678", call)
	for _, other := range []uuid.UUID{uuid.Nil, uuid.New()} {
		_, err := w.s.Check(t.Context(), w.bank, v.ID, "012345", other)
		refusal(t, err, visavis.NotFound, "verification_not_found")
	}
	_, err := w.s.Check(t.Context(), uuid.New(), v.ID, "012345", call)
	if err == nil {
		t.Error("another bank's check is accepted")
	}
	if r, err := w.s.Check(t.Context(), w.bank, v.ID, "۰۱۲ ۳۴۵", call); err != nil || !r.Approved {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestAfterItsLifeACodeIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	w.pass(Life)
	_, err := w.check(v.ID, "012345")
	refusal(t, err, visavis.Gone, "verification_expired")
	if state := query[string](w, `select state from verifications where bank_id = $1 and id = $2`, v.ID); state != "expired" {
		t.Errorf("state %s", state)
	}
	other := w.start("+84912345679", uuid.Nil)
	w.pass(Life)
	if err := w.s.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if query[bool](w, `select code_sealed is not null from verifications where bank_id = $1 and id = $2`, other.ID) {
		t.Error("the sweep left a code")
	}
	if next := w.start("+84912345678", uuid.Nil); next.ID == v.ID || next.AttemptsLeft != MaxChecks {
		t.Errorf("the next is %+v", next)
	}
}

func TestWhenThenFailsNothingIsApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	broken := fmt.Errorf("broken")
	if _, err := w.s.CheckAnd(t.Context(), w.bank, v.ID, "012345", uuid.Nil, func(context.Context, *postgres.Tx) error { return broken }); err != broken {
		t.Errorf("got %v", err)
	}
	if !w.must(v.ID, "012345").Approved {
		t.Error("the code was used up")
	}
}

func TestWithoutDatabaseNothingIsApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	w.db.Close()
	if r, err := w.check(v.ID, "012345"); err == nil || r.Approved {
		t.Errorf("got %+v, %v", r, err)
	}
	if _, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: "+84912345679", Purpose: "api"}); err == nil {
		t.Error("a code was started")
	}
}

func TestSendsAreLimited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s.short = 2
	w.start("+84912345678", uuid.New())
	w.start("+84912345678", uuid.New())
	_, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: "+84912345678", Purpose: "api", BoundTo: uuid.New()})
	refusal(t, err, visavis.TooMany, "too_many_sends")
	w.pass(11 * time.Minute)
	w.start("+84912345678", uuid.New())
}

// E12: 10⁷ codes of six digits, as customers get them. All of a million codes,
// and each digit in each place, are as likely (χ², two-sided, p in [1e-6,
// 1 - 1e-6]); a code says nothing of the next (serial correlation within 5 σ);
// one in ten begins with 0.
func TestCodesAreUniform(t *testing.T) {
	t.Parallel()
	const n, digits, space, parts = 10_000_000, 6, 1_000_000, 4
	var places [parts][digits][10]int
	counts := make([]int32, space)
	var products, sums, squares [parts]float64 // of a code and the next, around the middle
	parallel(parts, func(part int) {
		before := 0.0
		for i := range n / parts {
			code, err := newCode(digits)
			if err != nil || len(code) != digits {
				t.Errorf("code %q, %v", code, err)
				return
			}
			value := 0
			for place := range digits {
				places[part][place][code[place]-'0']++
				value = 10*value + int(code[place]-'0')
			}
			atomic.AddInt32(&counts[value], 1)
			x := float64(value) - (space-1)/2.0
			sums[part], squares[part] = sums[part]+x, squares[part]+x*x
			if i > 0 {
				products[part] += x * before
			}
			before = x
		}
	})
	if t.Failed() {
		return
	}
	chi := 0.0
	for _, c := range counts {
		d := float64(c) - n/space
		chi += d * d / (n / space)
	}
	if z := (chi - (space - 1)) / math.Sqrt(2*(space-1)); math.Abs(z) > 4.9 {
		t.Errorf("over all codes χ² = %.0f: %.1f σ from what chance gives", chi, z)
	}
	for place := range digits {
		chi := 0.0
		for digit := range 10 {
			c := 0
			for part := range parts {
				c += places[part][place][digit]
			}
			d := float64(c) - n/10
			chi += d * d / (n / 10)
		}
		if chi > 45 || chi < 0.1 { // 9 degrees of freedom
			t.Errorf("place %d: χ² = %.2f", place, chi)
		}
	}
	var product, sum, square float64
	for part := range parts {
		product, sum, square = product+products[part], sum+sums[part], square+squares[part]
	}
	if z := product / square * math.Sqrt(n); math.Abs(z) > 5 {
		t.Errorf("serial correlation: %.1f σ", z)
	}
	if z := sum / math.Sqrt(square); math.Abs(z) > 5 {
		t.Errorf("mean: %.1f σ from the middle", z)
	}
}

// E10: a code is good for its own request, once, within its life, and not before
// there is one.
func TestACodeIsNotAcceptedEarlyLateTwiceOrElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var drawn atomic.Int64
	w.s.newCode = func(int) (string, error) { return fmt.Sprintf("%06d", drawn.Add(1)), nil }
	refused := func(when string, id uuid.UUID, code string, want string) {
		t.Helper()
		r, err := w.check(id, code)
		if r.Approved || (err != nil) != (want != "") || err != nil && visavis.CodeOf(err) != want {
			t.Errorf("%s: %+v, %v, want %q", when, r, err, want)
		}
	}
	refused("before the start", uuid.Must(uuid.NewV7()), "000001", "verification_not_found")
	a, b := w.start("+84912345678", uuid.Nil), w.start("+84912345679", uuid.Nil)
	refused("the code of another request", a.ID, "000002", "")
	refused("the code of another request", b.ID, "000001", "")
	refused("another bank", uuid.New(), "000001", "verification_not_found")
	if !w.must(a.ID, "000001").Approved {
		t.Fatal("the right code is refused")
	}
	refused("after success", a.ID, "000001", "verification_ended")
	w.pass(10 * time.Minute)
	refused("after its life", b.ID, "000002", "verification_expired")
	refused("after its life, again", b.ID, "000002", "verification_expired")
	refused("long after success", a.ID, "000001", "verification_ended")
	next := w.start("+84912345679", uuid.Nil)
	refused("the last code of the number", next.ID, "000002", "")
	// A workflow that has not come to the phone yet: nothing was sent, but its code is drawn.
	c := w.customer("+84912345670")
	w.device(c)
	v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Workflow: []Step{{Push, 60}, {Way: SMS}}})
	if err != nil || w.told(v.ID) != "push" {
		t.Fatalf("%+v, %v", v, err)
	}
	code := fmt.Sprintf("%06d", drawn.Load())
	refused("before it was sent", v.ID, code, "no_code")
	w.pass(time.Minute)
	if _, err := w.s.ResendBy(t.Context(), w.bank, v.ID, Voice); err != nil { // may follow wherever an SMS may
		t.Fatal(err)
	}
	w.pass(2 * time.Minute)
	if _, err := w.s.ResendBy(t.Context(), w.bank, v.ID, Push); err != nil {
		t.Fatal(err)
	}
	if !w.must(v.ID, code).Approved {
		t.Error("the code that a call said is refused after a push")
	}
}

func TestCheckOfAnotherPurposeIsNotLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	const code = "012345"
	if r, err := w.s.CheckOf(t.Context(), w.bank, v.ID, code, "visit"); visavis.CodeOf(err) != "verification_not_found" || r.Approved {
		t.Errorf("for another purpose: %+v, %v", r, err)
	}
	if r, err := w.s.CheckOf(t.Context(), w.bank, v.ID, code, "api"); err != nil || !r.Approved || r.AttemptsLeft != MaxChecks-1 {
		t.Errorf("for its purpose: %+v, %v; the refusal before it must not count", r, err)
	}
}
