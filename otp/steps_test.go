package otp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// later lets time pass and does what is due then.
func (w *world) later(d time.Duration) {
	w.t.Helper()
	w.pass(d)
	if err := w.s.work(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// told are the channels by which something was said about a verification, in order.
func (w *world) told(id uuid.UUID) string {
	w.t.Helper()
	return query[string](w, `select coalesce(string_agg(plan->0->'t'->0->>'c', ' ' order by id), '') from messages where bank_id = $1 and about_id = $2`, id)
}

func TestAWorkflowGoesFromWayToWayWithOneCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	p := w.device(c)
	v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Workflow: []Step{{Push, 20}, {SMS, 60}, {Way: Voice}}})
	if err != nil || v.Way != Push {
		t.Fatalf("got %+v, %v", v, err)
	}
	for _, next := range []struct {
		after time.Duration
		told  string
	}{{19 * time.Second, "push"}, {time.Second, "push sms"}, {59 * time.Second, "push sms"}, {time.Second, "push sms voice"}, {2 * time.Minute, "push sms voice"}} {
		w.later(next.after)
		if told := w.told(v.ID); told != next.told {
			t.Fatalf("told by %q, want %q", told, next.told)
		}
	}
	w.must(v.ID, "999999")
	got, err := w.s.Get(t.Context(), w.bank, v.ID)
	if err != nil || got.Way != Voice || got.AttemptsLeft != MaxChecks-1 || len(got.NextSend()) != 3 {
		t.Errorf("got %+v, %v", got, err)
	}
	if !w.must(v.ID, "012345").Approved {
		t.Error("the code of all ways is refused")
	}
	_, err = w.answer(p, v, true, v.Number)
	refusal(t, err, visavis.Gone, "verification_ended")
}

func TestApprovalStopsAWorkflow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	p := w.device(c)
	v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Workflow: []Step{{Push, 20}, {Way: SMS}}})
	if err != nil {
		t.Fatal(err)
	}
	if r, err := w.answer(p, v, true, v.Number); err != nil || !r.Approved {
		t.Fatalf("got %+v, %v", r, err)
	}
	w.later(time.Minute)
	if told := w.told(v.ID); told != "push" {
		t.Errorf("told by %q", told)
	}
}

func TestResendTakesAWayOfTheVerification(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	w.pass(31 * time.Second)
	if _, err := w.s.ResendBy(t.Context(), w.bank, v.ID, Push); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("push: %v", err)
	}
	again, err := w.s.ResendBy(t.Context(), w.bank, v.ID, Voice)
	if err != nil || again.Way != Voice || !again.Restricted() {
		t.Errorf("got %+v, %v", again, err)
	}
	if told := w.told(v.ID); told != "sms voice" {
		t.Errorf("told by %q", told)
	}
}

// E7: no third call in an hour.
func TestANumberIsCalledTwiceAnHour(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	call := func() error {
		_, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: "+84912345678", Purpose: "api", Way: Voice, BoundTo: uuid.New()})
		return err
	}
	for range VoicePerHour {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}
	refusal(t, call(), visavis.TooMany, "too_many_sends")
	w.start("+84912345678", uuid.Nil) // an SMS goes
	w.pass(time.Hour + time.Second)
	if err := call(); err != nil {
		t.Error(err)
	}
}

func TestAFlashCallHasFourDigitsAndThreeTries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := func() (Verification, error) {
		return w.s.Start(t.Context(), w.bank, StartRequest{Phone: "+84912345678", Purpose: "api", Way: Flash})
	}
	_, err := start()
	refusal(t, err, visavis.Unavailable, "no_flash_numbers")
	w.set(Settings{FlashNumbers: flashPool()})
	v, err := start()
	if err != nil || v.AttemptsLeft != FlashChecks {
		t.Fatalf("got %+v, %v", v, err)
	}
	if row := query[string](w, `select messages::text from messages where bank_id = $1 and about_id = $2`, v.ID); strings.Contains(row, "+8428382") {
		t.Errorf("the number, which is the code, stands in the message: %s", row)
	}
	opened, err := w.s.Keys.Open(sealCode, v.ID[:], query[[]byte](w, `select code_sealed from verifications where bank_id = $1 and id = $2`, v.ID))
	from := string(opened)
	if err != nil || !slices.Contains(flashPool(), from) {
		t.Fatalf("the call comes from none of the pool: %s (%v)", from, err)
	}
	code := from[len(from)-4:]
	w.must(v.ID, "0000")
	if r := w.must(v.ID, code); !r.Approved || r.AttemptsLeft != FlashChecks-2 {
		t.Errorf("got %+v", r)
	}
}

func (w *world) set(s Settings) string {
	w.t.Helper()
	_, secret, err := w.s.UpdateSettings(w.t.Context(), w.bank, s)
	if err != nil {
		w.t.Fatal(err)
	}
	return secret
}

// E14, and what the hook must be able to rely on.
func TestTheBanksHookDecidesAboutCodesByPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s.HookAllow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	var secret atomic.Value
	answer := make(chan func(http.ResponseWriter), 1)
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		verifier, err := standardwebhooks.NewWebhook(secret.Load().(string))
		if err == nil {
			err = verifier.VerifyIgnoringTimestamp(body, r.Header)
		}
		var asked struct{ Type, Phone, Way string }
		if err != nil || json.Unmarshal(body, &asked) != nil || asked.Type != "verification.risk" || !strings.HasPrefix(asked.Phone, "+84") {
			t.Errorf("the hook was asked %s: %v", body, err)
		}
		(<-answer)(rw)
	}))
	t.Cleanup(hook.Close)
	secret.Store(w.set(Settings{RiskHook: hook.URL}))
	silence := make(chan struct{}) // for good
	defer close(silence)
	say := func(text string) func(http.ResponseWriter) {
		return func(rw http.ResponseWriter) { _, _ = io.WriteString(rw, text) }
	}
	for i, c := range []struct {
		name  string
		say   func(http.ResponseWriter)
		told  string
		state State
	}{
		{"allow", say(`{"decision":"allow"}`), "sms", Pending},
		{"deny", say(`{"decision":"deny","reason":"sim_changed"}`), "", Failed},
		{"nonsense", say(`what?`), "", Failed},
		{"an error", func(rw http.ResponseWriter) { rw.WriteHeader(500) }, "", Failed},
		{"a redirect", func(rw http.ResponseWriter) { rw.Header().Set("Location", "/"); rw.WriteHeader(302) }, "", Failed},
		{"silence", func(http.ResponseWriter) { <-silence }, "", Failed},
	} {
		v := w.start(fmt.Sprintf("+8491234567%d", i), uuid.Nil)
		if told := w.told(v.ID); told != "" {
			t.Errorf("%s: told by %q before the hook was asked", c.name, told)
		}
		answer <- c.say
		w.s.riskDeadline = time.Minute
		if c.name == "silence" {
			w.s.riskDeadline = 50 * time.Millisecond
		}
		w.later(0)
		got, err := w.s.Get(t.Context(), w.bank, v.ID)
		if told := w.told(v.ID); err != nil || told != c.told || got.State != c.state {
			t.Errorf("%s: told by %q, %s, %v", c.name, told, got.State, err)
		}
	}
	w.s.riskDeadline = time.Minute
	// Another factor is still good.
	c := w.customer("+84912345699")
	p := w.device(c)
	v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Workflow: []Step{{SMS, 60}, {Way: Push}}})
	if err != nil {
		t.Fatal(err)
	}
	answer <- say(`{"decision":"deny"}`)
	w.later(0)
	if told := w.told(v.ID); told != "push" {
		t.Errorf("told by %q", told)
	}
	if r, err := w.answer(p, v, true, v.Number); err != nil || !r.Approved {
		t.Errorf("got %+v, %v", r, err)
	}
	w.s.HookAllow = nil
	if _, _, err := w.s.UpdateSettings(t.Context(), w.bank, Settings{RiskHook: "https://127.0.0.1/hook"}); visavis.KindOf(err) != visavis.Invalid {
		t.Errorf("a hook inside: %v", err)
	}
	// One that moved inside after it was set is not reached.
	w.s.settings.Clear()
	inside := w.start("+84912345650", uuid.Nil)
	w.later(0)
	if got, err := w.s.Get(t.Context(), w.bank, inside.ID); err != nil || got.State != Failed {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestANumberThatChangedWaits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	w.ask(c.ID, SMS)
	moved := "+84912345670"
	w.s.Banks.Now = w.s.now
	if _, err := w.s.Banks.UpdateCustomer(t.Context(), w.bank, c.ID, banks.CustomerChange{Phone: &moved}); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	_, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api"})
	refusal(t, err, visavis.Forbidden, "number_changed")
	// A call proves the number anew, and an app needs none.
	if _, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "call", BoundTo: uuid.New()}); err != nil {
		t.Error(err)
	}
	w.app(c.ID)
	w.ask(c.ID, TOTP)
	w.pass(72 * time.Hour)
	w.ask(c.ID, SMS)
}

// A stranger can start a recovery; what is left of the number's failures is for
// whom the bank vouches for.
func TestAStrangerBurnsHalfOfTheFailures(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 {
		v, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: "+84912345678", Purpose: purposeRecover, BoundTo: uuid.New()})
		if err != nil {
			t.Fatal(err)
		}
		for range MaxChecks {
			if _, err = w.s.Check(t.Context(), w.bank, v.ID, "999999", v.BoundTo); err != nil {
				break
			}
		}
	}
	if n := query[int](w, `select cardinality(failures) from otp_subjects where bank_id = $1`); n != SubjectFailures/2 {
		t.Errorf("%d failures count", n)
	}
	v := w.start("+84912345678", uuid.Nil)
	if !w.must(v.ID, "012345").Approved {
		t.Error("the victim is locked out")
	}
}

// E4: many numbers, few guesses each.
func TestSprayingPausesCodesByPhone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(Settings{SprayingLimit: 40})
	c := w.customer("+84912345678")
	_, code := w.app(c.ID)
	w.pass(time.Minute)
	evaluated := 0
	for i := 0; i < 300; i++ {
		v, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: fmt.Sprintf("+8491%07d", i), Purpose: "api"})
		if visavis.CodeOf(err) == "verification_paused" {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := w.check(v.ID, "999999"); err == nil {
				evaluated++
			}
		}
	}
	if evaluated < 40 || evaluated > 40+2*flushAt {
		t.Errorf("%d guesses were evaluated, want about 40", evaluated)
	}
	if n := query[int](w, `select count(*) from events where bank_id = $1 and type = 'verification.spraying_suspected'`); n != 1 {
		t.Errorf("%d alarms", n)
	}
	v := w.ask(c.ID, TOTP)
	if !w.must(v.ID, code(0)).Approved {
		t.Error("the app is paused too")
	}
}

func TestTheHourlyBudgetHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set(Settings{HourlySends: 20})
	sent := 0
	for i := range 30 {
		_, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: fmt.Sprintf("+8491%07d", i), Purpose: "api"})
		switch {
		case err == nil:
			sent++
		case visavis.CodeOf(err) != "hourly_budget_spent":
			t.Fatal(err)
		}
	}
	if sent != 20 {
		t.Errorf("%d sent", sent)
	}
	w.pass(61 * time.Minute)
	w.start("+84912345678", uuid.Nil)
}

func TestAVerifiedSession(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Session: &SessionRequest{Scope: []string{"visit", "ivr"}, Minutes: 10}})
	if err != nil {
		t.Fatal(err)
	}
	if r := w.must(v.ID, "999999"); r.Session != nil {
		t.Error("a wrong code gives a session")
	}
	r := w.must(v.ID, "012345")
	if r.Session == nil || strings.Count(r.Session.Token, ".") != 2 {
		t.Fatalf("got %+v", r)
	}
	s, err := w.s.Session(t.Context(), w.bank, r.Session.Token, "ivr")
	if err != nil || s.CustomerID != c.ID || len(s.Ways) != 1 || s.Ways[0] != SMS || !s.ExpiresAt.Equal(w.s.now().Add(10*time.Minute)) {
		t.Errorf("got %+v, %v", s, err)
	}
	not := func(name string, bank uuid.UUID, token, scope string) {
		t.Helper()
		if _, err := w.s.Session(context.Background(), bank, token, scope); visavis.CodeOf(err) != "session_not_valid" {
			t.Errorf("%s: %v", name, err)
		}
	}
	head, rest, _ := strings.Cut(r.Session.Token, ".")
	not("another scope", w.bank, r.Session.Token, "payments")
	not("another bank", uuid.New(), r.Session.Token, "ivr")
	not("altered", w.bank, head+"x."+rest, "ivr")
	not("unsigned", w.bank, "eyJhbGciOiJub25lIn0."+strings.Split(rest, ".")[0]+".", "ivr")
	// Signed with this bank's own key, but for another: only the audience says so.
	forge := func(issuer, audience string) string {
		var c claims
		if _, _, err := jwt.NewParser().ParseUnverified(r.Session.Token, &c); err != nil {
			t.Fatal(err)
		}
		c.Issuer, c.Audience = issuer, jwt.ClaimStrings{audience}
		token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, c).SignedString(w.s.Keys.MACs(macSession, w.bank[:])[0])
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	if _, err := w.s.Session(t.Context(), w.bank, forge(sessionIssuer, w.bank.String()), "ivr"); err != nil {
		t.Errorf("the forgery is not what it should be: %v", err)
	}
	not("another audience", w.bank, forge(sessionIssuer, uuid.NewString()), "ivr")
	not("no audience", w.bank, forge(sessionIssuer, ""), "ivr")
	not("another issuer", w.bank, forge("somebody", w.bank.String()), "ivr")
	w.pass(10*time.Minute - time.Second)
	if _, err := w.s.Session(t.Context(), w.bank, r.Session.Token, "visit"); err != nil {
		t.Errorf("in its last second: %v", err)
	}
	w.pass(time.Second)
	not("after its life", w.bank, r.Session.Token, "ivr")
	w.pass(-time.Minute)
	if err := w.s.RevokeSession(t.Context(), w.bank, r.Session.Token); err != nil {
		t.Fatal(err)
	}
	not("revoked", w.bank, r.Session.Token, "ivr")
	again := w.ask(c.ID, SMS)
	if w.must(again.ID, "012345").Session != nil {
		t.Error("a session that nobody asked for")
	}
}

func TestDenyEndsAndTells(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	if got, err := w.s.Deny(t.Context(), w.bank, v.ID); err != nil || got.State != Denied {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err := w.check(v.ID, "012345")
	refusal(t, err, visavis.Gone, "verification_ended")
	if n := query[int](w, `select count(*) from events where bank_id = $1 and object_id = $2 and type = 'verification.denied'`, v.ID); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestNotMeDeniesWhatIsPendingAndDisputesTheLastApproval(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	approved := w.start("+84912345678", uuid.Nil)
	if !w.must(approved.ID, "012345").Approved {
		t.Fatal("not approved")
	}
	w.pass(time.Minute)
	pending, other := w.start("+84912345678", uuid.New()), w.start("+84912345679", uuid.Nil)
	say := channels.InboundMessage{From: "+84912345678", AboutType: "verification", AboutID: approved.ID, ReceivedAt: w.s.now()}
	for range 2 { // it may be run again
		if err := w.s.notMe(t.Context(), w.bank, say); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.s.Check(t.Context(), w.bank, pending.ID, "012345", pending.BoundTo)
	refusal(t, err, visavis.Gone, "verification_ended")
	for kind, id := range map[string]uuid.UUID{"verification.denied": pending.ID, "verification.disputed": approved.ID} {
		if n := query[int](w, `select count(*) from events where bank_id = $1 and object_id = $2 and type = $3`, id, kind); n != 1 {
			t.Errorf("%s: %d times", kind, n)
		}
	}
	if !w.must(other.ID, "012345").Approved {
		t.Error("another number's verification ended")
	}
}

// second is another node of the same database.
func (w *world) second(url string) *Service {
	c := w.s.Config
	c.DB = testdb.Open(w.t, url)
	s := New(c)
	patient(s)
	s.newCode = w.s.newCode
	return s
}

// E1 over two nodes.
func TestTwoNodesEvaluateFiveOf300(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	nodes := []*Service{w.s, w.second(testdb.OwnerURL(w.db))}
	v := w.start("+84912345678", uuid.Nil)
	var evaluated, approved atomic.Int64
	parallel(300, func(i int) {
		r, err := nodes[i%2].Check(w.t.Context(), w.bank, v.ID, fmt.Sprintf("9%05d", i), uuid.Nil)
		if err == nil && !r.Approved {
			evaluated.Add(1)
		} else if visavis.CodeOf(err) != "max_attempts" {
			t.Errorf("got %+v, %v", r, err)
		}
	})
	if evaluated.Load() != MaxChecks {
		t.Errorf("%d evaluated", evaluated.Load())
	}
	right := w.start("+84912345679", uuid.Nil)
	parallel(50, func(i int) {
		if r, err := nodes[i%2].Check(w.t.Context(), w.bank, right.ID, "012345", uuid.Nil); err == nil && r.Approved {
			approved.Add(1)
		}
	})
	if approved.Load() != 1 {
		t.Errorf("%d successes", approved.Load())
	}
}

// E13: what cannot be counted is refused.
func TestOnAReadOnlyDatabaseNothingIsSentOrApproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := w.start("+84912345678", uuid.Nil)
	url := testdb.OwnerURL(w.db)
	owner, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = owner.Close(context.Background()) }()
	if _, err := owner.Exec(t.Context(), `do $$ begin execute 'alter database ' || quote_ident(current_database()) || ' set default_transaction_read_only = on'; end $$`); err != nil {
		t.Fatal(err)
	}
	s := w.second(url)
	if r, err := s.Check(t.Context(), w.bank, v.ID, "012345", uuid.Nil); err == nil || r.Approved {
		t.Errorf("the right code: %+v, %v", r, err)
	}
	if r, err := s.Check(t.Context(), w.bank, v.ID, "999999", uuid.Nil); err == nil {
		t.Errorf("a wrong code: %+v", r)
	}
	if _, err := s.Start(t.Context(), w.bank, StartRequest{Phone: "+84912345679", Purpose: "api"}); err == nil {
		t.Error("a code is started")
	}
	if _, err := s.Resend(t.Context(), w.bank, v.ID); err == nil {
		t.Error("a code is sent again")
	}
	if n := query[int](w, `select count(*) from messages where bank_id = $1`); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// The events that functions of the database append are the ones that package
// events would.
func TestEventsAreAsPackageEventsWritesThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bound := uuid.New()
	v, err := w.s.Start(t.Context(), w.bank, StartRequest{Phone: "+84912345678", Purpose: `a"b\c`, BoundTo: bound})
	if err != nil {
		t.Fatal(err)
	}
	ours := query[string](w, `select body from events where bank_id = $1 and object_id = $2 and sequence = 1`, v.ID)
	undo := errors.New("undo")
	var theirs string
	err = w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		if err := appendTx(ctx, tx, v.CreatedAt, "verification.started", v); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `select body from events where bank_id = $1 and object_id = $2 and sequence = 2`, w.bank, v.ID).Scan(&theirs); err != nil {
			return err
		}
		return undo
	})
	if err != undo {
		t.Fatal(err)
	}
	var a, b map[string]any
	if err := errors.Join(json.Unmarshal([]byte(ours), &a), json.Unmarshal([]byte(theirs), &b)); err != nil {
		t.Fatal(err)
	}
	for _, m := range []map[string]any{a, b} {
		delete(m, "id")
		delete(m, "sequence")
	}
	if x, y := fmt.Sprint(a), fmt.Sprint(b); x != y {
		t.Errorf("%s\n%s", x, y)
	}
	if _, err := w.s.Check(t.Context(), w.bank, v.ID, "012345", bound); err != nil {
		t.Fatal(err)
	}
	if n := query[int](w, `select max(sequence) from events where bank_id = $1 and object_id = $2 and type = 'verification.approved'`, v.ID); n != 2 {
		t.Errorf("the approval has number %d", n)
	}
}
