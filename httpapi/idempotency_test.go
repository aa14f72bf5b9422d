package httpapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

func (k *bank) keyed(key, path, body string) *request {
	return k.as("bank", "POST", path, body).with("Idempotency-Key", key)
}

func (k *bank) count(query string, args ...any) (n int) {
	k.t.Helper()
	must(k.t, k.cfg.DB.InBank(context.Background(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, query, args...).Scan(&n)
	}))
	return n
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	const body = `{"name":"An","phone":"+84901234567"}`
	first := k.keyed("one", "/v1/customers", body).send().want(201)
	if first.header.Get("Idempotency-Replayed") != "" {
		t.Error("the first answer says that it is a replay")
	}
	again := k.keyed("one", "/v1/customers", body).send().want(201)
	if string(again.body) != string(first.body) || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("replay %q %s, want %s", again.header.Get("Idempotency-Replayed"), again.body, first.body)
	}
	if ct := again.header.Get("Content-Type"); ct != first.header.Get("Content-Type") {
		t.Errorf("replay's content type %q", ct)
	}
	if n := k.count(`select count(*) from customers`); n != 1 {
		t.Errorf("%d customers, want 1", n)
	}
	other := k.keyed("one", "/v1/customers", `{"name":"Binh","phone":"+84901234567"}`).send().want(422)
	if code := other.problem().Code; code != "idempotency_key_reused" {
		t.Errorf("code %s", code)
	}
	k.keyed("one", "/v1/messages", `{"customer_id":"`+uuid.NewString()+`","text":"x"}`).send().want(404) // a message's keys are its operation's own
	k.keyed("two", "/v1/customers", body).send().want(201)

	// Another caller's key is another key.
	b := k.gateway.newBank("b")
	if got := b.keyed("one", "/v1/customers", body).send().want(201); got.header.Get("Idempotency-Replayed") != "" {
		t.Error("another bank's key gave a replay")
	}
	// What is kept is sealed.
	if n := k.count(`select count(*) from idempotency_keys where position('An'::bytea in response) > 0`); n != 0 {
		t.Errorf("%d answers are kept in the clear", n)
	}
}

// TestIdempotencyErrors: a refusal leaves nothing behind, neither its effect
// nor its answer.
func TestIdempotencyErrors(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234567","reference":"r"}`).want(201)
	const body = `{"name":"Binh","phone":"+84901234568","reference":"r"}`
	k.keyed("k", "/v1/customers", body).send().want(409)
	if n := k.count(`select count(*) from idempotency_keys`); n != 0 {
		t.Errorf("%d answers are kept, want 0", n)
	}
	must(t, k.cfg.DB.InBank(context.Background(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update customers set reference = null`)
		return err
	}))
	k.keyed("k", "/v1/customers", body).send().want(201)
}

// TestIdempotencyTwins: of many at once, one has the effect; each other one is
// told that it runs, or gets its answer.
func TestIdempotencyTwins(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	const twins = 24
	answers := make([]*answer, twins)
	var wg sync.WaitGroup
	for i := range twins {
		wg.Go(func() { answers[i] = k.keyed("k", "/v1/customers", `{"name":"An","phone":"+84901234567"}`).send() })
	}
	wg.Wait()
	ids := map[string]bool{}
	for _, a := range answers {
		switch a.status {
		case 201:
			var c struct{ ID string }
			a.into(&c)
			ids[c.ID] = true
		case 409:
			if code := a.problem().Code; code != "idempotency_in_progress" {
				t.Errorf("code %s", code)
			}
		default:
			t.Errorf("status %d %s", a.status, a.body)
		}
	}
	if len(ids) != 1 {
		t.Errorf("%d different customers in the answers", len(ids))
	}
	if n := k.count(`select count(*) from customers`); n != 1 {
		t.Errorf("%d customers, want 1", n)
	}
}

// TestIdempotencyTwinRuns shows the 409 for sure: the key is held by a
// transaction that does not end.
func TestIdempotencyTwinRuns(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	must(t, k.cfg.DB.InBank(context.Background(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		// A row that blocks the first request inside its transaction.
		if _, err := tx.Exec(ctx, `insert into customers (bank_id, id, reference, name, phone, locale, time_zone, created_at, updated_at)
			values ($1, $2, 'r', 'x', '+84901234567', 'en', 'UTC', now(), now())`, k.id, uuid.Must(uuid.NewV7())); err != nil {
			return err
		}
		const body = `{"name":"An","phone":"+84901234567","reference":"r"}`
		done := make(chan *answer)
		go func() { done <- k.keyed("k", "/v1/customers", body).send() }()
		// Until the first holds the key's lock every other one blocks like it; so
		// ask with a wait that is a lock of the database, not a sleep.
		for waiting := 0; waiting == 0; {
			if err := tx.QueryRow(ctx, `select count(*) from pg_locks where locktype = 'advisory'
				and database = (select oid from pg_database where datname = current_database())`).Scan(&waiting); err != nil {
				return err
			}
		}
		if code := k.keyed("k", "/v1/customers", body).send().want(409).problem().Code; code != "idempotency_in_progress" {
			t.Errorf("code %s", code)
		}
		go func() { _ = (<-done).status }()
		return nil
	}))
}

func TestSecretsAreShownOnce(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	for path, member := range map[string]string{
		"/v1/api-keys":          "secret",
		"/v1/webhook-endpoints": "secret",
		"/v1/agents/" + k.ids["agent_id"] + "/invitation": "token",
	} {
		body := map[string]string{"secret": `{"name":"n","scopes":["read"]}`, "token": ""}[member]
		if strings.Contains(path, "webhook") {
			body = `{"url":"http://127.0.0.1:1/hook"}`
		}
		var first, again map[string]any
		k.keyed(path, path, body).send().want(201).into(&first)
		if s, _ := first[member].(string); len(s) < 20 {
			t.Errorf("%s: %s is %v", path, member, first[member])
		}
		k.keyed(path, path, body).send().want(201).into(&again)
		if value, there := again[member]; !there || value != nil {
			t.Errorf("%s: the replay shows %s: %v", path, member, value)
		}
		delete(first, member)
		delete(again, member)
		delete(first, "url")
		delete(again, "url")
		a, _ := json.Marshal(first)
		b, _ := json.Marshal(again)
		if string(a) != string(b) {
			t.Errorf("%s: replay %s, want %s", path, b, a)
		}
	}
}

// TestCheckIsCounted: an operation with a transaction of its own keeps its
// effect, is replayed by its key and counted once.
func TestCheckIsCounted(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	path := "/v1/verifications/" + k.ids["verification_id"] + "/check"
	var first struct {
		Approved     bool
		AttemptsLeft int `json:"attempts_left"`
	}
	// 000000 may be the code one time in a million.
	k.keyed("k", path, `{"code":"000000"}`).send().want(200).into(&first)
	if first.Approved || first.AttemptsLeft != 4 {
		t.Fatalf("%+v", first)
	}
	if again := k.keyed("k", path, `{"code":"000000"}`).send().want(200); again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("no replay")
	}
	k.keyed("k", path, `{"code":"000001"}`).send().want(422)
	k.keyed("k2", path, `{"code":"000000"}`).send().want(200).into(&first)
	if first.AttemptsLeft != 3 {
		t.Errorf("%d attempts left, want 3", first.AttemptsLeft)
	}
	if code := k.keyed("k3", path, `{"code":"00000"}`).send(); code.status < 400 {
		t.Errorf("five digits: %d", code.status)
	}
	if n := k.count(`select count(*) from idempotency_keys where status = 0`); n != 0 {
		t.Errorf("%d keys are still claimed", n)
	}
}

// TestChecksHoldNoConnection: requests with keys for operations that commit by
// themselves hold no connection while they work, so that any number at once
// does not use the pool up.
func TestChecksHoldNoConnection(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	path := "/v1/verifications/" + k.ids["verification_id"] + "/check"
	const guesses = 48 // four times the pool
	answers := make([]*answer, guesses)
	var wg sync.WaitGroup
	for i := range guesses {
		wg.Go(func() { answers[i] = k.keyed(fmt.Sprint("k", i), path, `{"code":"000000"}`).send() })
	}
	wg.Wait()
	evaluated := 0
	for _, a := range answers {
		switch a.status {
		case 200:
			evaluated++
		case 410, 429:
		default:
			t.Errorf("status %d %s", a.status, a.body)
		}
	}
	if evaluated != 5 {
		t.Errorf("%d guesses were evaluated, want 5", evaluated)
	}
}

// TestVisitByCode proves a number with the code that was sent.
func TestVisitByCode(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); k.cfg.Channels.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })

	a := k.as("nobody", "POST", "/v1/visit/session", `{"token":"`+k.link+`"}`).send().want(200)
	cookie, _, _ := strings.Cut(a.header.Get("Set-Cookie"), ";")
	visit := func(method, path, body string) *answer {
		return k.as("nobody", method, path, body).with("Cookie", cookie).with("X-Visavis-Request", "1").send()
	}
	visit("POST", "/v1/visit/code", "").want(200)
	var state struct {
		Result struct{ Approved bool }
		Visit  struct {
			Proved   bool
			NextStep string `json:"next_step"`
			Customer struct{ Name string }
			Consents []struct {
				Key     string
				Version int
			}
		}
	}
	visit("POST", "/v1/visit/code/check", `{"code":"`+k.codeFromSMS("visit")+`"}`).want(200).into(&state)
	if !state.Result.Approved || !state.Visit.Proved || state.Visit.NextStep != "consent" || state.Visit.Customer.Name == "" {
		t.Fatalf("%+v", state)
	}
	var decisions []string
	for _, c := range state.Visit.Consents {
		decisions = append(decisions, `{"key":"`+c.Key+`","version":1,"accepted":true}`)
	}
	visit("POST", "/v1/visit/consents", `{"decisions":[`+strings.Join(decisions, ",")+`]}`).want(200).into(&state.Visit)
	if state.Visit.NextStep != "document" {
		t.Errorf("next step %s, want document", state.Visit.NextStep)
	}

	// A new link by number and code: the number that is not known answers alike.
	known := k.as("nobody", "POST", "/v1/visit/recover", `{"bank":"a","phone":"+84901234567"}`).send().want(202)
	stranger := k.as("nobody", "POST", "/v1/visit/recover", `{"bank":"a","phone":"+84901230000"}`).send().want(202)
	var id struct {
		VerificationID string `json:"verification_id"`
	}
	stranger.into(&id)
	length := len(id.VerificationID)
	k.as("nobody", "POST", "/v1/visit/recover/check", `{"verification_id":"`+id.VerificationID+`","code":"123456"}`).send().want(200).into(&state)
	if state.Result.Approved {
		t.Error("a stranger got in")
	}
	known.into(&id)
	if len(id.VerificationID) != length {
		t.Errorf("the known number's answer differs in length: %d, %d", len(id.VerificationID), length)
	}
	a = k.as("nobody", "POST", "/v1/visit/recover/check", `{"verification_id":"`+id.VerificationID+`","code":"`+k.codeFromSMS("recover")+`"}`).send().want(200).into(&state)
	if !state.Result.Approved || !state.Visit.Proved || !strings.HasPrefix(a.header.Get("Set-Cookie"), "visavis_customer=") {
		t.Errorf("recovery: %s", a.body)
	}
}

// codeFromSMS waits for the newest SMS with a code. Others come by before it, in
// any order.
func (k *bank) codeFromSMS(string) string {
	k.t.Helper()
	var newest uuid.UUID
	must(k.t, k.cfg.DB.InBank(context.Background(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select (m.plan->0->'t'->0->>'id')::uuid from messages m
			where m.bank_id = $1 and m.template = 'code' and m.class = 'security' order by m.id desc limit 1`, tx.BankID).Scan(&newest)
	}))
	for {
		out := <-k.box
		if out.DeliveryID != newest {
			continue
		}
		for _, word := range strings.FieldsFunc(out.Body, func(r rune) bool { return r < '0' || r > '9' }) {
			if len(word) == 6 {
				return word
			}
		}
		k.t.Fatalf("no code in %q", out.Body)
	}
}
