package otp

import (
	"context"
	"fmt"
	"math"
	"strings"
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

const phone = "+84912345678"

type bundle struct {
	*testing.T
	ctx   context.Context
	otp   *Service
	db    *postgres.DB
	bank  uuid.UUID
	clock atomic.Int64 // Unix nanoseconds
}

// nobody is a provider that is never reached: the delivery loop does not run.
type nobody struct{}

func (nobody) Send(context.Context, channels.Outgoing) (string, error) { panic("sent") }

func setup(t *testing.T) *bundle {
	t.Helper()
	t.Parallel()
	b := &bundle{T: t, ctx: t.Context(), db: testdb.New(t)}
	b.clock.Store(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC).UnixNano())
	now := func() time.Time { return time.Unix(0, b.clock.Load()) }
	keys, err := events.NewKeyring([]byte("0123456789abcdef0123456789abcdef"))
	b.ok(err)
	bs := banks.New(banks.Config{DB: b.db, Keyring: keys, Now: now, PublicURL: "http://127.0.0.1:8080"})
	ch := channels.New(channels.Config{DB: b.db, Banks: bs, Keys: keys, Now: now, Routes: []channels.Route{
		{Channel: channels.SMS, Provider: "twilio", Sender: nobody{}}}})
	b.otp = New(Config{DB: b.db, Banks: bs, Channels: ch, Keys: keys, Now: now, SendsPerTenMinutes: 100, SendsPerDay: 100})
	bank, err := bs.Create(b.ctx, banks.NewBank{Slug: "a", Name: "A"})
	b.ok(err)
	b.bank = bank.ID
	b.ctx = visavis.WithActor(b.ctx, visavis.System(bank.ID))
	return b
}

func (b *bundle) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bundle) pass(d time.Duration) { b.clock.Add(int64(d)) }

func (b *bundle) start(req StartRequest) Verification {
	b.Helper()
	if req.Purpose == "" {
		req.Purpose = "call"
	}
	if req.Phone == "" {
		req.Phone = phone
	}
	v, err := b.otp.Start(b.ctx, b.bank, req)
	b.ok(err)
	return v
}

// code reads the code as a resend does.
func (b *bundle) code(id uuid.UUID) string {
	b.Helper()
	var code string
	b.ok(b.db.InBank(b.ctx, b.bank, func(ctx context.Context, tx *postgres.Tx) error {
		r, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2`, tx.BankID, id)
		if err != nil {
			return err
		}
		plain, err := b.otp.keys.Open(sealCode, r.ID[:], r.sealed)
		code = string(plain)
		return err
	}))
	return code
}

// wrong is a code that is not the right one.
func (b *bundle) wrong(id uuid.UUID) string {
	if b.code(id) == "000000" {
		return "000001"
	}
	return "000000"
}

func (b *bundle) refused(err error, kind visavis.Kind, code string) {
	b.Helper()
	if visavis.KindOf(err) != kind || visavis.CodeOf(err) != code {
		b.Fatalf("got %v (%s, %s), want %s %s", err, visavis.KindOf(err), visavis.CodeOf(err), kind, code)
	}
}

func (b *bundle) messages() (n int) {
	b.Helper()
	b.ok(b.db.InBank(b.ctx, b.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select count(*) from messages where bank_id = $1`, tx.BankID).Scan(&n)
	}))
	return n
}

func TestRightCodeIsApprovedOnce(t *testing.T) {
	b := setup(t)
	v := b.start(StartRequest{})
	code := b.code(v.ID)
	spelt := code[:3] + " " + strings.Map(func(r rune) rune { return '\u06f0' + r - '0' }, code[3:]) // half in Persian digits
	res, err := b.otp.Check(b.ctx, b.bank, v.ID, spelt, uuid.Nil)
	b.ok(err)
	if !res.Approved || res.State != Approved {
		t.Fatalf("got %+v", res)
	}
	_, err = b.otp.Check(b.ctx, b.bank, v.ID, code, uuid.Nil)
	b.refused(err, visavis.Gone, "verification_ended")
	var sealed []byte
	b.ok(b.db.InBank(b.ctx, b.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select code_sealed from verifications where bank_id = $1 and id = $2`, tx.BankID, v.ID).Scan(&sealed)
	}))
	if sealed != nil {
		t.Error("the code was not wiped")
	}
}

func Test300ParallelGuessesEvaluateExactlyFive(t *testing.T) {
	b := setup(t)
	v := b.start(StartRequest{})
	wrong := b.wrong(v.ID)
	var evaluated, refused, other atomic.Int32
	var wg sync.WaitGroup
	for range 300 {
		wg.Go(func() {
			res, err := b.otp.Check(b.ctx, b.bank, v.ID, wrong, uuid.Nil)
			switch {
			case err == nil && !res.Approved:
				evaluated.Add(1)
			case visavis.CodeOf(err) == "max_attempts":
				refused.Add(1)
			default:
				other.Add(1)
				t.Error(res, err)
			}
		})
	}
	wg.Wait()
	if evaluated.Load() != MaxChecks || refused.Load() != 300-MaxChecks {
		t.Fatalf("%d evaluated, %d refused, %d other", evaluated.Load(), refused.Load(), other.Load())
	}
	_, err := b.otp.Check(b.ctx, b.bank, v.ID, "123456", uuid.Nil)
	b.refused(err, visavis.TooMany, "max_attempts")
	_, err = b.otp.Start(b.ctx, b.bank, StartRequest{Phone: phone, Purpose: "call"})
	b.refused(err, visavis.TooMany, "max_attempts") // a second start refills nothing
}

func TestRightCodeInParallelSucceedsOnce(t *testing.T) {
	b := setup(t)
	v := b.start(StartRequest{})
	code := b.code(v.ID)
	var approved, then atomic.Int32
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			res, err := b.otp.CheckAnd(b.ctx, b.bank, v.ID, code, uuid.Nil, func(context.Context, *postgres.Tx) error {
				then.Add(1)
				return nil
			})
			if err == nil && res.Approved {
				approved.Add(1)
			}
		})
	}
	wg.Wait()
	if approved.Load() != 1 || then.Load() != 1 {
		t.Fatalf("%d approved, %d effects", approved.Load(), then.Load())
	}
}

func TestCheckCountsWhenTheClientHangsUp(t *testing.T) {
	b := setup(t)
	v := b.start(StartRequest{})
	wrong := b.wrong(v.ID)
	gone, cancel := context.WithCancel(b.ctx)
	cancel()
	res, err := b.otp.Check(gone, b.bank, v.ID, wrong, uuid.Nil)
	b.ok(err)
	if res.AttemptsLeft != MaxChecks-1 {
		t.Fatalf("got %+v", res)
	}
	// Nor is it undone with the transaction that the request runs in.
	_ = b.db.InBank(b.ctx, b.bank, func(ctx context.Context, tx *postgres.Tx) error {
		res, err = b.otp.Check(ctx, b.bank, v.ID, wrong, uuid.Nil)
		return fmt.Errorf("rolled back")
	})
	if err != nil || res.AttemptsLeft != MaxChecks-2 {
		t.Fatalf("got %+v %v", res, err)
	}
	got, err := b.otp.Get(b.ctx, b.bank, v.ID)
	b.ok(err)
	if got.AttemptsLeft != MaxChecks-2 {
		t.Fatalf("got %+v", got)
	}
}

func TestResendKeepsTheCodeAndTheBudget(t *testing.T) {
	b := setup(t)
	v := b.start(StartRequest{})
	code := b.code(v.ID)
	_, err := b.otp.Check(b.ctx, b.bank, v.ID, b.wrong(v.ID), uuid.Nil)
	b.ok(err)
	_, err = b.otp.Resend(b.ctx, b.bank, v.ID)
	b.refused(err, visavis.TooMany, "resend_too_early")
	b.pass(30 * time.Second)
	again, err := b.otp.Resend(b.ctx, b.bank, v.ID)
	b.ok(err)
	if b.code(v.ID) != code || again.AttemptsLeft != MaxChecks-1 || !again.ExpiresAt.Equal(v.ExpiresAt) {
		t.Fatalf("got %+v", again)
	}
	if wait := again.NextSendAt.Sub(v.CreatedAt.Add(30 * time.Second)); wait != time.Minute {
		t.Errorf("next send after %s", wait)
	}
	if n := b.messages(); n != 2 {
		t.Errorf("%d messages", n)
	}
}

func TestSecondStartIsTheFirst(t *testing.T) {
	b := setup(t)
	v := b.start(StartRequest{})
	code := b.code(v.ID)
	again := b.start(StartRequest{Phone: "0084 912 345-678"})
	if again.ID != v.ID || b.messages() != 1 {
		t.Fatalf("a second start sent: %+v", again)
	}
	b.pass(31 * time.Second)
	again = b.start(StartRequest{})
	if again.ID != v.ID || b.code(v.ID) != code || again.Sends != 2 || b.messages() != 2 {
		t.Fatalf("got %+v", again)
	}
	if other := b.start(StartRequest{Purpose: "visit"}); other.ID == v.ID {
		t.Fatal("another purpose has the same verification")
	}
	b.pass(Life)
	if fresh := b.start(StartRequest{}); fresh.ID == v.ID {
		t.Fatal("an expired code lives on")
	}
	old, err := b.otp.Get(b.ctx, b.bank, v.ID)
	b.ok(err)
	if old.State != Expired {
		t.Fatalf("got %s", old.State)
	}
	_, err = b.otp.Check(b.ctx, b.bank, v.ID, code, uuid.Nil)
	b.refused(err, visavis.Gone, "verification_expired")
}

func TestParallelStartsSendOneCode(t *testing.T) {
	b := setup(t)
	ids := make([]uuid.UUID, 20)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			v, err := b.otp.Start(b.ctx, b.bank, StartRequest{Phone: phone, Purpose: "call"})
			if err != nil {
				t.Error(err)
			}
			ids[i] = v.ID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatal("two verifications for one number")
		}
	}
	if n := b.messages(); n != 1 {
		t.Fatalf("%d messages", n)
	}
}

func TestFailuresCountPerSubjectOverCodesAndSpellings(t *testing.T) {
	b := setup(t)
	spellings := []string{phone, "0084912345678", "tel:+84-912-345-678", "+84 912 345 678;ext=5"}
	failures := 0
	for i := 0; failures < SubjectFailures; i++ {
		v := b.start(StartRequest{Phone: spellings[i%len(spellings)]})
		for j := 0; j < 4 && failures < SubjectFailures; j++ {
			res, err := b.otp.Check(b.ctx, b.bank, v.ID, b.wrong(v.ID), uuid.Nil)
			b.ok(err)
			failures++
			if want := MaxChecks - j - 1; res.AttemptsLeft != want {
				t.Fatalf("failure %d: %d attempts left, want %d", failures, res.AttemptsLeft, want)
			}
		}
		if failures < SubjectFailures {
			b.pass(Life + time.Second)
		} else {
			_, err := b.otp.Check(b.ctx, b.bank, v.ID, b.code(v.ID), uuid.Nil)
			b.refused(err, visavis.TooMany, "too_many_failures") // the right code too
		}
	}
	_, err := b.otp.Start(b.ctx, b.bank, StartRequest{Phone: phone, Purpose: "visit"})
	b.refused(err, visavis.TooMany, "too_many_failures")
	b.pass(SubjectWindow)
	b.start(StartRequest{})
}

func TestSuccessGivesItsCountBack(t *testing.T) {
	b := setup(t)
	for range SubjectFailures + 2 {
		v := b.start(StartRequest{})
		res, err := b.otp.Check(b.ctx, b.bank, v.ID, b.code(v.ID), uuid.Nil)
		b.ok(err)
		if !res.Approved {
			t.Fatal("refused")
		}
	}
	var failures, total int
	b.ok(b.db.InBank(b.ctx, b.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select cardinality(failures), total from otp_subjects where bank_id = $1`, tx.BankID).Scan(&failures, &total)
	}))
	if failures != 0 || total != 0 {
		t.Fatalf("%d failures, %d in total", failures, total)
	}
}

func TestBoundCodeIsGoodForNothingElse(t *testing.T) {
	b := setup(t)
	call, other := uuid.New(), uuid.New()
	v := b.start(StartRequest{BoundTo: call})
	for _, bound := range []uuid.UUID{uuid.Nil, other} {
		_, err := b.otp.Check(b.ctx, b.bank, v.ID, b.code(v.ID), bound)
		b.refused(err, visavis.NotFound, "verification_not_found")
	}
	res, err := b.otp.Check(b.ctx, b.bank, v.ID, b.code(v.ID), call)
	b.ok(err)
	if !res.Approved {
		t.Fatal("refused for what it was bound to")
	}
}

func TestFailedEffectLeavesTheCodeGood(t *testing.T) {
	b := setup(t)
	v := b.start(StartRequest{})
	code := b.code(v.ID)
	_, err := b.otp.CheckAnd(b.ctx, b.bank, v.ID, code, uuid.Nil, func(context.Context, *postgres.Tx) error { return fmt.Errorf("disk") })
	if err == nil {
		t.Fatal("no error")
	}
	res, err := b.otp.Check(b.ctx, b.bank, v.ID, code, uuid.Nil)
	b.ok(err)
	if !res.Approved {
		t.Fatal("refused")
	}
}

func TestAnotherBankSeesNothing(t *testing.T) {
	b := setup(t)
	v := b.start(StartRequest{})
	other, err := b.otp.banks.Create(context.Background(), banks.NewBank{Slug: "b", Name: "B"})
	b.ok(err)
	ctx := visavis.WithActor(b.ctx, visavis.System(other.ID))
	_, err = b.otp.Get(ctx, other.ID, v.ID)
	b.refused(err, visavis.NotFound, "verification_not_found")
	_, err = b.otp.Check(ctx, other.ID, v.ID, b.code(v.ID), uuid.Nil)
	b.refused(err, visavis.NotFound, "verification_not_found")
}

func TestNothingGoesWithoutTheDatabase(t *testing.T) {
	b := setup(t)
	v := b.start(StartRequest{})
	code := b.code(v.ID)
	b.db.Close()
	if _, err := b.otp.Check(b.ctx, b.bank, v.ID, code, uuid.Nil); err == nil {
		t.Fatal("approved without the database")
	}
	if _, err := b.otp.Start(b.ctx, b.bank, StartRequest{Phone: phone, Purpose: "call"}); err == nil {
		t.Fatal("started without the database")
	}
}

func TestWhatCannotBeACodeIsNotCounted(t *testing.T) {
	b := setup(t)
	v := b.start(StartRequest{})
	for _, code := range []string{"", "12345", "1234567", "12345a", "١٢٣٤٥", strings.Repeat("1", 1<<16)} {
		_, err := b.otp.Check(b.ctx, b.bank, v.ID, code, uuid.Nil)
		b.refused(err, visavis.Invalid, "invalid_request")
	}
	got, err := b.otp.Get(b.ctx, b.bank, v.ID)
	b.ok(err)
	if got.AttemptsLeft != MaxChecks {
		t.Fatalf("got %+v", got)
	}
}

// Codes are uniform: each of the six places gives each digit alike (χ² with 9
// degrees of freedom stays below 40 with p ≈ 1 - 1e-5 a place).
func TestCodesAreUniform(t *testing.T) {
	const n = 100_000
	var counts [digits][10]int
	for range n {
		code, err := newCode()
		if err != nil || len(code) != digits {
			t.Fatal(code, err)
		}
		for i, r := range code {
			counts[i][r-'0']++
		}
	}
	for place, found := range counts {
		chi := 0.0
		for _, c := range found {
			chi += math.Pow(float64(c)-n/10, 2) / (n / 10)
		}
		if chi > 40 {
			t.Errorf("place %d: χ² = %.1f", place, chi)
		}
	}
}
