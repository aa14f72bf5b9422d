package otp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// E14: once the bank's hook has said no, nothing by phone goes out: not when it
// is asked for again, not by another way, not by starting again.
func TestADeniedNumberIsNotSentToWhenAskedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s.HookAllow = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	hook := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(rw, `{"decision":"deny","reason":"sim_changed"}`)
	}))
	t.Cleanup(hook.Close)
	w.set(Settings{RiskHook: hook.URL})
	c := w.customer("+84912345678")
	w.device(c)
	r := StartRequest{CustomerID: c.ID, Purpose: "api", Workflow: []Step{{Push, 0}, {Way: SMS}}}
	v, err := w.s.Start(t.Context(), w.bank, r)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(31 * time.Second)
	if _, err := w.s.ResendBy(t.Context(), w.bank, v.ID, SMS); err != nil { // the hook is asked now
		t.Fatal(err)
	}
	w.later(0)
	w.pass(10 * time.Minute / 4)
	for _, way := range []Way{SMS, Voice} {
		_, err := w.s.ResendBy(t.Context(), w.bank, v.ID, way)
		refusal(t, err, visavis.Forbidden, "blocked_by_policy")
	}
	if told := w.told(v.ID); told != "push" {
		t.Errorf("told by %q", told)
	}
}

// Two customers of a household share a number: one's approval is never the
// other's, and asking for one does not answer with the other's.
func TestAVerificationIsItsCustomersThoughTheNumberIsShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := w.customer("+84912345678"), w.customer("+84912345678")
	w.device(first)
	start := func(customer uuid.UUID) Verification {
		v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: customer, Phone: "+84912345678", Purpose: "api", Way: SMS, Session: &SessionRequest{Scope: []string{"visit"}}})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	a := start(first.ID)
	b := start(second.ID)
	if b.CustomerID != second.ID || b.ID == a.ID {
		t.Fatalf("the second customer got the first's verification: %+v", b)
	}
	r := w.must(b.ID, "012345")
	if !r.Approved || r.Session == nil {
		t.Fatalf("got %+v", r)
	}
	session, err := w.s.Session(t.Context(), w.bank, r.Session.Token, "visit")
	if err != nil || session.CustomerID != second.ID {
		t.Errorf("the session is %+v, %v", session, err)
	}
	// Nor does a bare number answer with, or approve, a customer's.
	a = start(first.ID)
	bare := w.start("+84912345678", uuid.Nil)
	if bare.CustomerID != uuid.Nil || bare.ID == a.ID {
		t.Errorf("a bare number got the customer's: %+v", bare)
	}
}

// The session that an approval gives is what this start asked for.
func TestALiveVerificationGivesTheSessionThatWasAskedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	start := func(session *SessionRequest) Verification {
		v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Way: SMS, Session: session})
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	start(&SessionRequest{Scope: []string{"call"}})
	v := start(nil)
	if r := w.must(v.ID, "012345"); !r.Approved || r.Session != nil {
		t.Errorf("nobody asked for a session: %+v", r)
	}
	start(nil)
	v = start(&SessionRequest{Scope: []string{"visit"}})
	r := w.must(v.ID, "012345")
	if !r.Approved || r.Session == nil {
		t.Fatalf("no session: %+v", r)
	}
	if _, err := w.s.Session(t.Context(), w.bank, r.Session.Token, "visit"); err != nil {
		t.Error(err)
	}
}

// A check that the database breaks off and runs again counts and answers as any
// other.
func TestACheckThatIsRunAgainCountsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	f, code := w.app(c.ID)
	errVictim := errors.New("the test's transaction was broken off")
	// A deadlock: the test holds what the check wants second, and asks for what
	// the check holds first. PostgreSQL ends the one that has waited for a second
	// first: on a busy machine that may be the test, and another try is made.
	type outcome struct {
		r   Result
		err error
	}
	var v Verification
	done := make(chan outcome, 1)
	try := func() error {
		w.pass(30 * time.Second)
		var err error
		if v, err = w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", FactorID: f.ID}); err != nil {
			t.Fatal(err)
		}
		once := false
		return w.db.InBank(t.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
			if once {
				return errVictim
			}
			once = true
			if _, err := tx.Exec(ctx, `select from otp_factors where bank_id = $1 and id = $2 for update`, w.bank, f.ID); err != nil {
				return err
			}
			var pid int
			if err := tx.QueryRow(ctx, `select pg_backend_pid()`).Scan(&pid); err != nil {
				return err
			}
			go func() {
				r, err := w.s.Check(context.Background(), w.bank, v.ID, code(0), uuid.Nil)
				done <- outcome{r, err}
			}()
			for waits, until := false, time.Now().Add(90*time.Second); !waits; {
				if time.Now().After(until) {
					t.Fatal("the check does not wait for the test")
				}
				if err := tx.QueryRow(ctx, `select pg_sleep(0.01) is not null and exists (select from pg_locks where not granted and $1 = any(pg_blocking_pids(pid)))`, pid).Scan(&waits); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, `select from verifications where bank_id = $1 and id = $2 for update`, w.bank, v.ID)
			return err
		})
	}
	err := try()
	for n := 0; n < 5 && err == errVictim; n++ {
		<-done
		err = try()
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := <-done; got.err != nil || !got.r.Approved || got.r.AttemptsLeft != MaxChecks-1 {
		t.Errorf("got %+v, %v", got.r, got.err)
	}
	if v, err := w.s.Get(t.Context(), w.bank, v.ID); err != nil || v.State != Approved || v.AttemptsLeft != MaxChecks-1 {
		t.Errorf("it stands at %+v, %v", v, err)
	}
}

// A pool of few numbers is a code that can be guessed.
func TestAFlashCallsPoolIsNotGuessable(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var oneEnding []string
	for i := range minFlashNumbers {
		oneEnding = append(oneEnding, fmt.Sprintf("+842838%03d567", i))
	}
	for name, pool := range map[string][]string{"one": flashPool()[:1], "too few": flashPool()[:minFlashNumbers-1], "one ending": oneEnding} {
		if _, _, err := w.s.UpdateSettings(t.Context(), w.bank, Settings{FlashNumbers: pool}); visavis.KindOf(err) != visavis.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// flashPool is the smallest that is taken.
func flashPool() (pool []string) {
	for i := range minFlashNumbers {
		pool = append(pool, fmt.Sprintf("+84283823%04d", 4500+i))
	}
	return pool
}

// "This was not me" closes what the approval has opened.
func TestADisputedApprovalsSessionIsRevoked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.customer("+84912345678")
	v, err := w.s.Start(t.Context(), w.bank, StartRequest{CustomerID: c.ID, Purpose: "api", Way: SMS, Session: &SessionRequest{Scope: []string{"visit"}}})
	if err != nil {
		t.Fatal(err)
	}
	r := w.must(v.ID, "012345")
	if _, err := w.s.Session(t.Context(), w.bank, r.Session.Token, "visit"); err != nil {
		t.Fatal(err)
	}
	w.pass(time.Minute)
	m := channels.InboundMessage{From: "+84912345678", Intent: channels.IntentNotMe, AboutType: "verification", AboutID: v.ID, ReceivedAt: w.s.now()}
	for range 2 { // it may be run again
		if err := w.s.notMe(t.Context(), w.bank, m); err != nil {
			t.Fatal(err)
		}
	}
	_, err = w.s.Session(t.Context(), w.bank, r.Session.Token, "visit")
	refusal(t, err, visavis.Unauthenticated, "session_not_valid")
}
