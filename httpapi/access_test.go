package httpapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

var everyActor = []string{"nobody", "bank", "agent", "supervisor", "auditor", "administrator", "customer"}

// TestActorTable holds every operation of the document against every kind of
// actor: who is not listed is refused before anything else is looked at.
func TestActorTable(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	absent := map[string]string{}
	for name := range k.ids {
		absent[name] = k.ids[name]
		if strings.HasSuffix(name, "_id") {
			absent[name] = uuid.NewString() // nothing is changed by those who may
		}
	}
	refused := 0
	for _, op := range documentOperations(t) {
		if slices.Contains(op.actors, "nobody") || op.OperationID == "signOut" {
			continue
		}
		for _, actor := range everyActor {
			a := k.as(actor, op.method, op.fill(t, absent), op.body(t, absent)).send()
			switch {
			case slices.Contains(op.actors, actor):
				if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden && slices.Contains([]string{"not_allowed", "scope_missing"}, a.problem().Code) {
					t.Errorf("%s (%s): %s is listed but gets %d %s", op.OperationID, a.what, actor, a.status, a.body)
				}
			case actor == "nobody":
				refused++
				if a.status != http.StatusUnauthorized {
					t.Errorf("%s (%s): nobody gets %d, want 401: %s", op.OperationID, a.what, a.status, a.body)
				}
			default:
				refused++
				if a.status != http.StatusForbidden || a.problem().Code != "not_allowed" {
					t.Errorf("%s (%s): %s gets %d, want 403 not_allowed: %s", op.OperationID, a.what, actor, a.status, a.body)
				}
			}
		}
	}
	if refused < 200 {
		t.Errorf("only %d refusals were seen", refused)
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	var issued struct{ Secret string }
	k.call("POST", "/v1/api-keys", `{"name":"reader","scopes":["read"]}`).want(201).into(&issued)
	reader := func(method, path, body string) *answer {
		return k.as("nobody", method, path, body).with("Authorization", "Bearer "+issued.Secret).send()
	}
	reader("GET", "/v1/customers", "").want(200)
	if code := reader("POST", "/v1/customers", `{"name":"x","phone":"+84901234568"}`).want(403).problem().Code; code != "scope_missing" {
		t.Errorf("code %s, want scope_missing", code)
	}
	reader("GET", "/v1/api-keys", "").want(403)

	// Where a bank's events go is the administrator's.
	k.call("POST", "/v1/api-keys", `{"name":"cases","scopes":["read","write"]}`).want(201).into(&issued)
	reader("GET", "/v1/webhook-endpoints", "").want(200)
	endpoint, delivery := "/v1/webhook-endpoints/"+k.ids["endpoint_id"], "/v1/webhook-deliveries/"+k.ids["delivery_id"]
	for request, body := range map[string]string{
		"POST /v1/webhook-endpoints": `{"url":"https://example.com/hook"}`, "PATCH " + endpoint: `{"description":"mine"}`, "DELETE " + endpoint: "",
		"POST " + endpoint + "/rotate-secret": "", "POST " + endpoint + "/test": "", "POST " + delivery + "/resend": "",
	} {
		method, path, _ := strings.Cut(request, " ")
		if code := reader(method, path, body).want(403).problem().Code; code != "scope_missing" {
			t.Errorf("%s: code %s, want scope_missing", request, code)
		}
	}
}

// TestOtherBank: whatever bank B asks with one of bank A's ids answers exactly
// as with an id that does not exist, for every operation with one.
func TestOtherBank(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.newBank("a").fill(), g.newBank("b").fill()
	tried := 0
	for _, op := range documentOperations(t) {
		if !strings.Contains(op.path, "_id}") {
			continue
		}
		for _, actor := range op.actors {
			if actor == "nobody" {
				continue
			}
			// Each path parameter of A in turn, the others B's own.
			for _, name := range pathIDs(op.path) {
				mixed, unknown := map[string]string{}, map[string]string{}
				for n, v := range b.ids {
					mixed[n], unknown[n] = v, v
				}
				mixed[name], unknown[name] = a.ids[name], uuid.NewString()
				got := b.as(actor, op.method, op.fill(t, mixed), op.body(t, b.ids)).send()
				want := b.as(actor, op.method, op.fill(t, unknown), op.body(t, b.ids)).send()
				tried++
				if got.status != want.status || !bytes.Equal(plain(t, got), plain(t, want)) {
					t.Errorf("%s as %s with %s of another bank: %d %s, with one that does not exist: %d %s",
						op.OperationID, actor, name, got.status, got.body, want.status, want.body)
				}
				if got.status < 400 && op.OperationID != "revokeApiKey" {
					t.Errorf("%s as %s with %s of another bank: %d %s", op.OperationID, actor, name, got.status, got.body)
				}
			}
		}
	}
	if tried < 100 {
		t.Errorf("only %d requests were tried", tried)
	}
	// The ids are real: A itself sees them.
	for _, op := range documentOperations(t) {
		if op.method == http.MethodGet && strings.Contains(op.path, "_id}") && slices.Contains(op.actors, "bank") {
			if got := a.as("bank", op.method, op.fill(t, a.ids), "").send(); got.status != 200 {
				t.Errorf("%s of the bank's own: %d %s", op.OperationID, got.status, got.body)
			}
		}
	}
}

// TestOtherBankBody does the same for ids in bodies and queries.
func TestOtherBankBody(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.newBank("a").fill(), g.newBank("b").fill()
	for _, op := range documentOperations(t) {
		if op.RequestBody == nil || op.file() || !slices.Contains(op.actors, "bank") {
			continue
		}
		for name := range a.ids {
			if !strings.HasSuffix(name, "_id") || !strings.Contains(op.body(t, nil), `"`+name+`"`) {
				continue
			}
			mixed, unknown := map[string]string{}, map[string]string{}
			for n, v := range b.ids {
				mixed[n], unknown[n] = v, v
			}
			mixed[name], unknown[name] = a.ids[name], uuid.NewString()
			got := b.as("bank", op.method, op.fill(t, b.ids), op.body(t, mixed)).send()
			want := b.as("bank", op.method, op.fill(t, b.ids), op.body(t, unknown)).send()
			if op.OperationID == "sendMessageBatch" { // it answers recipient by recipient
				type answer struct {
					Accepted int
					Results  []map[string]any
				}
				var g, w answer
				got.want(202).into(&g)
				want.want(202).into(&w)
				if g.Accepted != 0 || !reflect.DeepEqual(g, w) {
					t.Errorf("%s with %s of another bank in the body: %s, unknown: %s", op.OperationID, name, got.body, want.body)
				}
				continue
			}
			if got.status != want.status || got.status < 400 || !bytes.Equal(plain(t, got), plain(t, want)) {
				t.Errorf("%s with %s of another bank in the body: %d %s, unknown: %d %s", op.OperationID, name, got.status, got.body, want.status, want.body)
			}
		}
	}
	for _, path := range []string{
		"/v1/slots?identification_id=" + a.ids["identification_id"], "/v1/working-hours?agent_id=" + a.ids["agent_id"],
	} {
		b.call("GET", path, "").want(404)
	}
	for _, path := range []string{
		"/v1/bookings?customer_id=" + a.ids["customer_id"], "/v1/identifications?customer_id=" + a.ids["customer_id"],
		"/v1/messages?customer_id=" + a.ids["customer_id"], "/v1/calls?identification_id=" + a.ids["identification_id"],
		"/v1/events?object_id=" + a.ids["identification_id"],
	} {
		var list struct{ Items []json.RawMessage }
		b.call("GET", path, "").want(200).into(&list)
		if len(list.Items) != 0 {
			t.Errorf("%s of another bank: %s", path, list.Items)
		}
	}
}

func pathIDs(path string) (names []string) {
	for _, part := range strings.Split(path, "/") {
		if strings.HasSuffix(part, "_id}") {
			names = append(names, strings.Trim(part, "{}"))
		}
	}
	return names
}

// plain is a body without what names this one request.
func plain(t *testing.T, a *answer) []byte {
	var m map[string]any
	if json.Unmarshal(a.body, &m) != nil {
		return a.body
	}
	delete(m, "request_id")
	out, err := json.Marshal(m)
	must(t, err)
	return out
}

func TestCustomerSeesOwnOnly(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	own := k.ids["booking_id"]
	k.as("customer", "GET", "/v1/bookings/"+own, "").send().want(200)
	k.as("customer", "GET", "/v1/calls/"+k.ids["call_id"], "").send().want(200)

	var customer struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"Other","phone":"+84901234599"}`).want(201).into(&customer)
	var opened struct{ Identification struct{ ID string } }
	k.call("POST", "/v1/identifications", `{"customer_id":"`+customer.ID+`","scenario":"open-account"}`).want(201).into(&opened)
	other := k.book(opened.Identification.ID)
	for _, r := range []*request{
		k.as("customer", "GET", "/v1/bookings/"+other, ""),
		k.as("customer", "GET", "/v1/bookings/"+other+"/calendar.ics", ""),
		k.as("customer", "POST", "/v1/bookings/"+other+"/cancel", "{}"),
		k.as("customer", "POST", "/v1/bookings/"+other+"/move", `{"start":"2031-01-01T09:00:00Z"}`),
		k.as("customer", "POST", "/v1/bookings", `{"identification_id":"`+opened.Identification.ID+`","start":"2031-01-01T09:00:00Z"}`),
		k.as("customer", "GET", "/v1/slots?identification_id="+opened.Identification.ID, ""),
	} {
		r.send().want(404)
	}
}

func TestUnprovedVisit(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	a := k.as("nobody", "POST", "/v1/visit/session", `{"token":"`+k.link+`"}`).send().want(200)
	if bytes.Contains(a.body, []byte("Nguyễn")) || bytes.Contains(a.body, []byte("4901234567")) || bytes.Contains(a.body, []byte(`"booking"`)) {
		t.Errorf("an unproved visit shows personal data: %s", a.body)
	}
	cookies := (&http.Response{Header: a.header}).Cookies()
	if len(cookies) != 1 || cookies[0].Name != "visavis_customer" || !cookies[0].HttpOnly || cookies[0].SameSite != http.SameSiteLaxMode {
		t.Fatalf("cookies %v", cookies)
	}
	unproved := func(method, path, body string) *answer {
		return k.as("nobody", method, path, body).with("Cookie", "visavis_customer="+cookies[0].Value).with("X-Visavis-Request", "1").send()
	}
	unproved("GET", "/v1/visit", "").want(200)
	if code := unproved("GET", "/v1/bookings/"+k.ids["booking_id"], "").want(403).problem().Code; code != "number_not_proved" {
		t.Errorf("code %s, want number_not_proved", code)
	}
	unproved("POST", "/v1/visit/code", "").want(200)
	unproved("POST", "/v1/visit/decline", "{}").want(403)
	// The bare link of an app has the same rights.
	k.as("nobody", "GET", "/v1/visit", "").with("Authorization", "Bearer "+k.link).send().want(200)
	k.as("nobody", "POST", "/v1/visit/decline", "{}").with("Authorization", "Bearer "+k.link).send().want(403)
}

// TestCancelEndsTheCall: a case that is stopped leaves nobody in a call.
func TestCancelEndsTheCall(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	must(t, k.cfg.DB.InBank(t.Context(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, `update calls set state = 'active', ended_at = null where id = $1`, k.ids["call_id"]); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `update queue_entries set state = 'waiting'`)
		return err
	}))
	path := "/v1/identifications/" + k.ids["identification_id"] + "/cancel"
	a := k.as("supervisor", "POST", path, `{"reason":"the account was opened in a branch"}`).send().want(200) // of another agent's call
	if !bytes.Contains(a.body, []byte(`"state":"cancelled"`)) {
		t.Errorf("%s", a.body)
	}
	if n := k.count(`select count(*) from calls where state in ('ringing', 'active')`); n != 0 {
		t.Errorf("%d live calls", n)
	}
	if n := k.count(`select count(*) from queue_entries where state in ('waiting', 'offered')`); n != 0 {
		t.Errorf("%d in the queue", n)
	}
	if n := k.count(`select count(*) from bookings where state in ('confirmed', 'due') and series_id is null`); n != 0 {
		t.Errorf("%d live bookings", n)
	}
}
