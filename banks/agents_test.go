package banks

import (
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

var home = netip.MustParseAddr("198.51.100.7")

func TestPasswordsAreHashedByArgon2id(t *testing.T) {
	t.Parallel()
	phc := hashPassword(password)
	if !strings.HasPrefix(phc, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("hash %s", phc)
	}
	if phc == hashPassword(password) {
		t.Error("two hashes of one password are alike: no salt")
	}
	for text, want := range map[string]bool{password: true, password + " ": false, "": false, strings.ToUpper(password): false} {
		if got, err := verifyPassword(text, phc); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	// Made by the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -e
	reference := "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := verifyPassword("password", reference); err != nil || !ok {
		t.Errorf("the reference hash: %v, %v", ok, err)
	}
	if ok, err := verifyPassword("", nobodysHash); err != nil || ok {
		t.Errorf("nobody's hash: %v, %v", ok, err)
	}
	for _, bad := range []string{"", "x", "$2a$10$abc", "$argon2i$v=19$m=19456,t=2,p=1$AAAA$AAAA", "$argon2id$v=18$m=19456,t=2,p=1$AAAAAAAA$" + strings.Repeat("A", 43),
		"$argon2id$v=19$m=99999999,t=2,p=1$AAAAAAAA$" + strings.Repeat("A", 43), "$argon2id$v=19$m=19456,t=2,p=1$!$" + strings.Repeat("A", 43)} {
		if _, err := verifyPassword(password, bad); err == nil {
			t.Errorf("%q is taken as a hash", bad)
		}
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	agent := f.agent("Linh@Bank.example")
	session, err := f.SignIn(t.Context(), " LINH@bank.example ", password, "", home)
	if err != nil {
		t.Fatal(err)
	}
	if session.Agent.ID != agent.ID || session.Bank.ID != f.bank.ID || len(session.Token) != 43 || session.ExpiresAt.Sub(f.Now()) > SessionLife {
		t.Errorf("session %+v", session.Agent)
	}
	actor, err := f.AuthenticateSession(t.Context(), session.Token)
	want := visavis.Actor{Kind: visavis.ActorAgent, BankID: f.bank.ID, ID: agent.ID, Role: visavis.RoleAgent, SessionID: session.ID}
	if err != nil || actor.ID != want.ID || actor.BankID != want.BankID || actor.Role != want.Role || actor.SessionID != want.SessionID || actor.Kind != want.Kind {
		t.Errorf("actor %+v, %v", actor, err)
	}
	if n := f.happened("agent.signed_in", agent.ID); n != 1 {
		t.Errorf("%d agent.signed_in", n)
	}
	for name, try := range map[string][3]string{
		"wrong password": {"linh@bank.example", password + "x", ""}, "unknown": {"nobody@bank.example", password, ""},
		"another bank": {"linh@bank.example", password, "second"}, "empty": {"", "", ""}, "too long": {"linh@bank.example", strings.Repeat("x", 5000), ""},
	} {
		_, err := f.SignIn(t.Context(), try[0], try[1], try[2], home)
		is(t, name, err, visavis.Unauthenticated)
		if err.Error() != errSignIn.Error() {
			t.Errorf("%s is told apart: %v", name, err)
		}
	}
	if err := f.SignOut(t.Context(), session.Token); err != nil {
		t.Fatal(err)
	}
	_, err = f.AuthenticateSession(t.Context(), session.Token)
	is(t, "after signing out", err, visavis.Unauthenticated)
	if err := f.SignOut(t.Context(), session.Token); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
}

func TestOneEmailAtTwoBanks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first := f.agent("linh@example.com")
	second := f.newBank("second")
	other, err := f.CreateAgent(t.Context(), second.ID, NewAgent{Email: "linh@example.com", Name: "Linh", Role: visavis.RoleAuditor, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.SignIn(t.Context(), "linh@example.com", password, "", home)
	if visavis.CodeOf(err) != "bank_required" {
		t.Errorf("without the bank: %v", err)
	}
	for slug, want := range map[string]uuid.UUID{"first": first.ID, "second": other.ID} {
		if s, err := f.SignIn(t.Context(), "linh@example.com", password, slug, home); err != nil || s.Agent.ID != want {
			t.Errorf("%s: %v", slug, err)
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.agent("linh@bank.example")
	signIn := func() string {
		t.Helper()
		s, err := f.SignIn(t.Context(), "linh@bank.example", password, "", home)
		if err != nil {
			t.Fatal(err)
		}
		return s.Token
	}
	idle := signIn()
	f.advance(SessionIdle + time.Second)
	_, err := f.AuthenticateSession(t.Context(), idle)
	is(t, "after an idle hour", err, visavis.Unauthenticated)

	busy := signIn()
	for range 14 { // every 50 minutes a request
		f.advance(50 * time.Minute)
		if _, err = f.AuthenticateSession(t.Context(), busy); err != nil {
			break
		}
	}
	f.advance(30 * time.Minute)
	if _, err = f.AuthenticateSession(t.Context(), busy); err == nil {
		t.Error("a busy session lasts longer than 12 h")
	}
	busy = signIn()
	f.advance(50 * time.Minute)
	if _, err := f.AuthenticateSession(t.Context(), busy); err != nil {
		t.Errorf("after 50 minutes: %v", err)
	}
	f.advance(50 * time.Minute)
	if _, err := f.AuthenticateSession(t.Context(), busy); err != nil {
		t.Errorf("a request did not keep the session: %v", err)
	}
	for _, bad := range []string{"", "x", strings.Repeat("A", 43)} {
		_, err := f.AuthenticateSession(t.Context(), bad)
		is(t, "a made-up token", err, visavis.Unauthenticated)
	}
}

func TestDisablingAnAgentEndsSessionsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	agent := f.agent("linh@bank.example")
	session, err := f.SignIn(t.Context(), agent.Email, password, "", home)
	if err != nil {
		t.Fatal(err)
	}
	supervisor := visavis.RoleSupervisor
	if _, err := f.UpdateAgent(t.Context(), f.bank.ID, agent.ID, AgentChange{Role: &supervisor}); err != nil {
		t.Fatal(err)
	}
	if actor, err := f.AuthenticateSession(t.Context(), session.Token); err != nil || actor.Role != supervisor {
		t.Errorf("a new role holds from the next request: %+v, %v", actor, err)
	}
	token, _, err := f.Invite(t.Context(), f.bank.ID, agent.ID)
	if err != nil {
		t.Fatal(err)
	}
	off, on := false, true
	if a, err := f.UpdateAgent(t.Context(), f.bank.ID, agent.ID, AgentChange{Enabled: &off}); err != nil || a.Enabled {
		t.Fatalf("%+v, %v", a, err)
	}
	_, err = f.AuthenticateSession(t.Context(), session.Token)
	is(t, "the session", err, visavis.Unauthenticated)
	_, err = f.SignIn(t.Context(), agent.Email, password, "", home)
	is(t, "a new sign-in", err, visavis.Unauthenticated)
	_, err = f.AcceptInvitation(t.Context(), token, password)
	is(t, "a pending invitation", err, visavis.NotFound)
	_, _, err = f.Invite(t.Context(), f.bank.ID, agent.ID)
	is(t, "a new invitation", err, visavis.Conflict)
	if n := f.happened("agent.disabled", agent.ID); n != 1 {
		t.Errorf("%d agent.disabled", n)
	}
	if _, err := f.UpdateAgent(t.Context(), f.bank.ID, agent.ID, AgentChange{Enabled: &on}); err != nil {
		t.Fatal(err)
	}
	_, err = f.AuthenticateSession(t.Context(), session.Token)
	is(t, "the old session of an agent enabled again", err, visavis.Unauthenticated)
}

// However many are taken away at once, one administrator is left.
func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, role, off := t.Context(), visavis.RoleAgent, false
	administrator := func(email, password string) Agent {
		a, err := f.CreateAgent(ctx, f.bank.ID, NewAgent{Email: email, Name: "Hoa", Role: visavis.RoleAdministrator, Password: password})
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	first := administrator("a0@bank.example", password)
	f.agent("linh@bank.example")                         // no administrator
	f.newBank("second")                                  // another bank's are not this one's
	invited := administrator("invited@bank.example", "") // cannot sign in yet
	for what, change := range map[string]AgentChange{"disable": {Enabled: &off}, "another role": {Role: &role}} {
		_, err := f.UpdateAgent(ctx, f.bank.ID, first.ID, change)
		if visavis.CodeOf(err) != "last_administrator" || visavis.KindOf(err) != visavis.Conflict {
			t.Fatalf("%s: %v", what, err)
		}
	}
	if a, err := f.Agent(ctx, f.bank.ID, first.ID); err != nil || !a.Enabled || a.Role != visavis.RoleAdministrator {
		t.Fatalf("%+v, %v", a, err)
	}
	if _, err := f.UpdateAgent(ctx, f.bank.ID, invited.ID, AgentChange{Enabled: &off}); err != nil {
		t.Fatalf("one of two: %v", err)
	}
	second, on, administers := administrator("a1@bank.example", password), true, visavis.RoleAdministrator
	for range 25 { // both at once: each is the other's last
		for _, a := range []Agent{first, second} {
			if _, err := f.UpdateAgent(ctx, f.bank.ID, a.ID, AgentChange{Enabled: &on, Role: &administers}); err != nil {
				t.Fatal(err)
			}
		}
		var refused, done atomic.Int64
		var wg sync.WaitGroup
		for id, change := range map[uuid.UUID]AgentChange{first.ID: {Enabled: &off}, second.ID: {Role: &role}} {
			wg.Go(func() {
				_, err := f.UpdateAgent(ctx, f.bank.ID, id, change)
				switch {
				case err == nil:
					done.Add(1)
				case visavis.CodeOf(err) == "last_administrator":
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if refused.Load() != 1 || done.Load() != 1 {
			t.Fatalf("%d refused and %d done, want one each", refused.Load(), done.Load())
		}
	}
}

func TestInvitations(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	agent, err := f.CreateAgent(ctx, f.bank.ID, NewAgent{Email: "minh@bank.example", Name: "Minh", Role: visavis.RoleSupervisor, Languages: []string{"vi", "en"}})
	if err != nil || !agent.Invited {
		t.Fatalf("%+v, %v", agent, err)
	}
	_, err = f.SignIn(ctx, agent.Email, "", "", home)
	is(t, "no password yet", err, visavis.Unauthenticated)
	first, _, err := f.Invite(ctx, f.bank.ID, agent.ID)
	if err != nil {
		t.Fatal(err)
	}
	second, expires, err := f.Invite(ctx, f.bank.ID, agent.ID)
	if err != nil || expires.Sub(f.Now()) > InvitationLife {
		t.Fatal(err, expires)
	}
	_, err = f.AcceptInvitation(ctx, first, password)
	is(t, "replaced", err, visavis.NotFound)
	_, err = f.AcceptInvitation(ctx, second, "too short")
	is(t, "short password", err, visavis.Invalid)
	accepted, err := f.AcceptInvitation(ctx, second, password)
	if err != nil || accepted.ID != agent.ID || accepted.Invited {
		t.Fatalf("%+v, %v", accepted, err)
	}
	_, err = f.AcceptInvitation(ctx, second, password+"!")
	is(t, "used", err, visavis.Gone)
	session, err := f.SignIn(ctx, agent.Email, password, "", home)
	if err != nil {
		t.Fatal(err)
	}
	third, _, err := f.Invite(ctx, f.bank.ID, agent.ID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.AuthenticateSession(ctx, session.Token); err != nil {
		t.Errorf("being invited again ends no session: %v", err)
	}
	if _, err := f.AcceptInvitation(ctx, third, "another good password"); err != nil {
		t.Fatal(err)
	}
	_, err = f.AuthenticateSession(ctx, session.Token)
	is(t, "a session of the old password", err, visavis.Unauthenticated)
	late, _, err := f.Invite(ctx, f.bank.ID, agent.ID)
	if err != nil {
		t.Fatal(err)
	}
	f.advance(InvitationLife)
	_, err = f.AcceptInvitation(ctx, late, password)
	is(t, "expired", err, visavis.Gone)
	_, err = f.AcceptInvitation(ctx, strings.Repeat("A", 43), password)
	is(t, "made up", err, visavis.NotFound)
}

func TestAgentsThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.agent("linh@bank.example")
	_, err := f.CreateAgent(t.Context(), f.bank.ID, NewAgent{Email: "LINH@bank.example", Name: "Twin", Role: visavis.RoleAgent})
	if visavis.CodeOf(err) != "email_taken" {
		t.Errorf("twin: %v", err)
	}
	for name, bad := range map[string]NewAgent{
		"email": {Email: "linh", Name: "L", Role: visavis.RoleAgent}, "named email": {Email: "L <l@b.example>", Name: "L", Role: visavis.RoleAgent},
		"name": {Email: "a@b.example", Role: visavis.RoleAgent}, "role": {Email: "a@b.example", Name: "L", Role: "god"},
		"language": {Email: "a@b.example", Name: "L", Role: visavis.RoleAgent, Languages: []string{"de"}}, "password": {Email: "a@b.example", Name: "L", Role: visavis.RoleAgent, Password: "short"},
	} {
		_, err := f.CreateAgent(t.Context(), f.bank.ID, bad)
		is(t, name, err, visavis.Invalid)
	}
	list, next, err := f.ListAgents(t.Context(), f.bank.ID, postgres.Page{Limit: 1})
	if err != nil || len(list) != 1 || next != "" {
		t.Errorf("%v %q %v", list, next, err)
	}
}

// Of any number of guesses at once exactly the limit is looked at.
func TestSignInLimitHoldsUnderConcurrency(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.agent("linh@bank.example")
	var looked, refused atomic.Int64
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() { // each from an address of its own
			_, err := f.SignIn(t.Context(), "linh@bank.example", "wrong password", "", netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}))
			switch visavis.KindOf(err) {
			case visavis.Unauthenticated:
				looked.Add(1)
			case visavis.TooMany:
				refused.Add(1)
			default:
				t.Errorf("%v", err)
			}
		})
	}
	wg.Wait()
	if looked.Load() != SignInsPerEmail || refused.Load() != 60-SignInsPerEmail {
		t.Errorf("%d looked at, %d refused; want %d and the rest", looked.Load(), refused.Load(), SignInsPerEmail)
	}
	_, err := f.SignIn(t.Context(), "linh@bank.example", password, "", home)
	var problem *visavis.Error
	if visavis.KindOf(err) != visavis.TooMany {
		t.Fatalf("the right password while limited: %v", err)
	}
	if problem = err.(*visavis.Error); problem.RetryAfter <= 0 || problem.RetryAfter > SignInWindow {
		t.Errorf("retry after %v", problem.RetryAfter)
	}
	f.advance(problem.RetryAfter + time.Second)
	if _, err := f.SignIn(t.Context(), "linh@bank.example", password, "", home); err != nil {
		t.Errorf("after the time that was told: %v", err)
	}
}

func TestSignInLimitPerAddress(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	remote := netip.MustParseAddr("2001:db8:1:2::1")
	for i := range SignInsPerAddress {
		if err := f.Limit(t.Context(), "sign-in address "+AddressKey(remote), SignInsPerAddress, SignInWindow); err != nil {
			t.Fatal(i, err)
		}
	}
	f.agent("linh@bank.example")
	// The same network, another address in it.
	_, err := f.SignIn(t.Context(), "linh@bank.example", password, "", netip.MustParseAddr("2001:db8:1:2:ffff::2"))
	is(t, "the 51st of a network", err, visavis.TooMany)
	if _, err := f.SignIn(t.Context(), "linh@bank.example", password, "", home); err != nil {
		t.Errorf("from elsewhere: %v", err)
	}
}

func TestSuccessesDoNotCount(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.agent("linh@bank.example")
	for i := range SignInsPerEmail + 3 {
		if _, err := f.SignIn(t.Context(), "linh@bank.example", password, "", home); err != nil {
			t.Fatalf("sign-in %d: %v", i+1, err)
		}
	}
}

func TestLimitsSlide(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	try := func() error { return f.Limit(t.Context(), "k", 2, time.Minute) }
	first := try()
	f.advance(40 * time.Second)
	if second := try(); first != nil || second != nil {
		t.Fatal(first, second)
	}
	is(t, "third", try(), visavis.TooMany)
	f.advance(21 * time.Second) // the first has left the window, the second has not
	if err := try(); err != nil {
		t.Errorf("after the first has left: %v", err)
	}
	is(t, "and again", try(), visavis.TooMany)
	f.advance(2 * time.Minute)
	if err := f.SweepLimits(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := try(); err != nil {
		t.Errorf("after the sweep: %v", err)
	}
}

func TestAPIKeys(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx := t.Context()
	key, secret, err := f.CreateKey(ctx, f.bank.ID, "core banking", []string{ScopeWrite, ScopeRead, ScopeRead})
	if err != nil || !secretShape.MatchString(secret) || key.Hint != secret[:7] || !slices.Equal(key.Scopes, []string{ScopeRead, ScopeWrite}) {
		t.Fatalf("%+v, %v", key, err)
	}
	actor, err := f.AuthenticateKey(ctx, secret)
	if err != nil || actor.Kind != visavis.ActorBank || actor.BankID != f.bank.ID || actor.ID != key.ID || !actor.HasScope(ScopeWrite) || actor.HasScope(ScopeAdmin) {
		t.Errorf("%+v, %v", actor, err)
	}
	for _, bad := range []string{"", secret[3:], secret + "x", "vk_" + strings.Repeat("A", 43), strings.ToUpper(secret)} {
		_, err := f.AuthenticateKey(ctx, bad)
		is(t, "a made-up key", err, visavis.Unauthenticated)
	}
	if keys, _, err := f.ListKeys(ctx, f.bank.ID, postgres.Page{}); err != nil || len(keys) != 1 || keys[0].LastUsedAt == nil {
		t.Errorf("%+v, %v", keys, err)
	}
	for name, scopes := range map[string][]string{"none": nil, "unknown": {"root"}} {
		_, _, err := f.CreateKey(ctx, f.bank.ID, "x", scopes)
		is(t, name, err, visavis.Invalid)
	}
	_, _, err = f.CreateKey(visavis.WithActor(ctx, actor), f.bank.ID, "more than I", []string{ScopeAdmin})
	is(t, "a key for more than its maker may", err, visavis.Forbidden)

	// Another node remembers the key for 5 s, this one forgets it at once.
	node2 := New(f.Config)
	if _, err := node2.AuthenticateKey(ctx, secret); err != nil {
		t.Fatal(err)
	}
	if err := f.RevokeKey(ctx, f.bank.ID, key.ID); err != nil {
		t.Fatal(err)
	}
	_, err = f.AuthenticateKey(ctx, secret)
	is(t, "revoked, same node", err, visavis.Unauthenticated)
	f.advance(keyMemory)
	_, err = node2.AuthenticateKey(ctx, secret)
	is(t, "revoked, other node after 5 s", err, visavis.Unauthenticated)
	if err := f.RevokeKey(ctx, f.bank.ID, key.ID); err != nil {
		t.Errorf("revoking twice: %v", err)
	}
	if n := f.happened("api_key.revoked", key.ID); n != 1 {
		t.Errorf("%d api_key.revoked", n)
	}
}
