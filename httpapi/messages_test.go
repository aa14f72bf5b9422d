package httpapi_test

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/httpapi"
)

type shownMessage struct {
	ID         string
	State      string
	DueAt      time.Time `json:"due_at"`
	Deliveries []struct{ ID, State string }
}

// A warning goes whatever the customer refused and at any hour, and is worth
// five minutes; to many at once there are none.
func TestAWarningIsHeldByNothing(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	var customer struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234567"}`).want(201).into(&customer)
	k.call("POST", "/v1/opt-outs", `{"customer_id":"`+customer.ID+`"}`).want(201)
	k.call("PUT", "/v1/message-policy", `{"classes":{"transaction":{"quiet_hours":{"from":"00:00","to":"23:59"}}}}`).want(200)
	send := func(class string) (m struct {
		State, Class, Reason string
		CreatedAt            time.Time `json:"created_at"`
		ExpiresAt            time.Time `json:"expires_at"`
		DueAt                time.Time `json:"due_at"`
	}) {
		k.call("POST", "/v1/messages", `{"customer_id":"`+customer.ID+`","class":"`+class+`","text":"Did you pay 9,000 USD? If not, call us."}`).want(202).into(&m)
		return m
	}
	if m := send("transaction"); m.State != "undelivered" || m.Reason != "opted_out" {
		t.Errorf("after the opt-out %+v", m)
	}
	if m := send("security"); m.State != "accepted" || m.Class != "security" || !m.DueAt.Equal(m.CreatedAt) || m.ExpiresAt.Sub(m.CreatedAt).Round(time.Second) != 5*time.Minute {
		t.Errorf("a warning is %+v", m)
	}
	k.call("POST", "/v1/messages/batch", `{"class":"security","text":"x","recipients":[{"customer_id":"`+customer.ID+`"}]}`).want(400)
}

// The key is kept in the message's own row: a repetition is answered from it,
// byte for byte, however far the message has come.
func TestMessageKeys(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	var customer struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234567"}`).want(201).into(&customer)
	body := `{"customer_id":"` + customer.ID + `","text":"Your card is ready.","metadata":{"b":1,"a":[2]},"reference":"r"}`
	first := k.keyed("one", "/v1/messages", body).send().want(202)
	if first.header.Get("Idempotency-Replayed") != "" {
		t.Error("the first answer says that it is a replay")
	}
	var m shownMessage
	first.into(&m)
	if m.State != "accepted" || len(m.Deliveries) != 1 || m.Deliveries[0].State != "pending" {
		t.Errorf("accepted as %s", first.body)
	}
	k.call("POST", "/v1/messages/"+m.ID+"/cancel", "").want(200)
	again := k.keyed("one", "/v1/messages", body).send().want(202)
	if string(again.body) != string(first.body) || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("replay %q %s\nwant %s", again.header.Get("Idempotency-Replayed"), again.body, first.body)
	}
	other := strings.Replace(body, "ready", "gone", 1)
	if code := k.keyed("one", "/v1/messages", other).send().want(422).problem().Code; code != "idempotency_key_reused" {
		t.Errorf("code %s", code)
	}
	k.keyed("two", "/v1/messages", body).send().want(202)
	b := k.gateway.newBank("b")
	b.keyed("one", "/v1/messages", body).send().want(404) // another bank's customer, and another's key
	if n := k.count(`select count(*) from messages`); n != 2 {
		t.Errorf("%d messages, want 2", n)
	}
	// Twins at once make one message.
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() { k.keyed("twin", "/v1/messages", body).send().want(202) })
	}
	wg.Wait()
	if n := k.count(`select count(*) from messages where key = 'twin'`); n != 1 || k.count(`select count(*) from messages`) != 3 {
		t.Errorf("%d messages of twins", n)
	}
	if n := k.count(`select count(*) from idempotency_keys where key in ('one', 'two', 'twin')`); n != 0 {
		t.Errorf("%d keys are kept twice", n)
	}
}

func TestScheduledMessageIsTakenBack(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	var customer struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234567"}`).want(201).into(&customer)
	at := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	var m shownMessage
	k.call("POST", "/v1/messages", fmt.Sprintf(`{"customer_id":"%s","text":"x","send_at":"%s"}`, customer.ID, at.Format(time.RFC3339))).want(202).into(&m)
	if !m.DueAt.Equal(at) {
		t.Errorf("due at %s, want %s", m.DueAt, at)
	}
	k.call("POST", "/v1/messages/"+m.ID+"/cancel", "").want(200).into(&m)
	if m.State != "cancelled" || m.Deliveries[0].State != "cancelled" {
		t.Errorf("%+v", m)
	}
	k.call("POST", "/v1/messages/"+m.ID+"/cancel", "").want(200) // again is no error
	if n := k.count(`select count(*) from events where object_id = $1 and type = 'message.cancelled' and sequence = 1`, m.ID); n != 1 {
		t.Errorf("%d events tell it", n)
	}
	k.call("POST", "/v1/messages/"+uuid.NewString()+"/cancel", "").want(404)
	for _, body := range []string{
		`{"customer_id":"%s","text":"x","send_at":"2999-01-01T00:00:00Z"}`,
		`{"customer_id":"%s","text":"x","expires_at":"2001-01-01T00:00:00Z"}`,
		`{"customer_id":"%s","text":"x","send_at":"` + at.Format(time.RFC3339) + `","expires_at":"` + at.Add(-time.Minute).Format(time.RFC3339) + `"}`,
	} {
		k.call("POST", "/v1/messages", fmt.Sprintf(body, customer.ID)).want(400)
	}
}

func TestMessageBatch(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	const n = 7
	var ids []string
	for i := range n {
		var customer struct{ ID string }
		k.call("POST", "/v1/customers", fmt.Sprintf(`{"name":"An","phone":"+8490123456%d"}`, i)).want(201).into(&customer)
		ids = append(ids, customer.ID)
	}
	recipients := make([]string, 0, n+1)
	for _, id := range ids {
		recipients = append(recipients, `{"customer_id":"`+id+`","reference":"r"}`)
	}
	recipients = append(recipients[:3], append([]string{`{"customer_id":"` + uuid.NewString() + `"}`}, recipients[3:]...)...)
	at := time.Now().Add(time.Hour).UTC().Format(time.RFC3339)
	body := `{"text":"We are closed tomorrow.","send_at":"` + at + `","recipients":[` + strings.Join(recipients, ",") + `]}`
	type result struct {
		Row         int
		MessageID   string `json:"message_id"`
		State, Code string
	}
	var accepted struct {
		ID                       string
		Total, Accepted, Refused int
		Results                  []result
	}
	first := k.keyed("b", "/v1/messages/batch", body).send().want(202).into(&accepted)
	if accepted.Total != n+1 || accepted.Accepted != n || accepted.Refused != 1 || len(accepted.Results) != n+1 || accepted.Results[3].Code != "customer_not_found" {
		t.Fatalf("%+v", accepted)
	}
	again := k.keyed("b", "/v1/messages/batch", body).send().want(202)
	if string(again.body) != string(first.body) || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("replay %s\nwant %s", again.body, first.body)
	}
	k.keyed("b", "/v1/messages/batch", strings.Replace(body, "closed", "open", 1)).send().want(422)
	if count := k.count(`select count(*) from messages`); count != n {
		t.Errorf("%d messages, want %d", count, n)
	}
	// Page by page, in their order.
	var rows []result
	path := "/v1/messages/batch/" + accepted.ID
	for cursor := ""; ; {
		var page struct {
			Items      []result
			NextCursor string `json:"next_cursor"`
		}
		k.call("GET", path+"/results?limit=3"+cursor, "").want(200).into(&page)
		rows = append(rows, page.Items...)
		if page.NextCursor == "" {
			break
		}
		cursor = "&cursor=" + page.NextCursor
	}
	for i, r := range rows {
		if r != accepted.Results[i] {
			t.Errorf("row %d: %+v, want %+v", i, r, accepted.Results[i])
		}
	}
	if len(rows) != n+1 {
		t.Errorf("%d rows", len(rows))
	}
	var batch struct {
		States      map[string]int
		CancelledAt *time.Time `json:"cancelled_at"`
	}
	k.call("GET", path, "").want(200).into(&batch)
	if batch.States["accepted"] != n || batch.CancelledAt != nil {
		t.Errorf("%+v", batch)
	}
	k.call("POST", path+"/cancel", "").want(200).into(&batch)
	k.call("POST", path+"/cancel", "").want(200)
	k.call("GET", path, "").want(200).into(&batch)
	if batch.States["cancelled"] != n || batch.CancelledAt == nil {
		t.Errorf("%+v", batch)
	}
	if count := k.count(`select count(*) from messages where due_at is not null`); count != 0 {
		t.Errorf("%d messages still wait", count)
	}
	k.call("GET", path+"/results?cursor=x", "").want(400)
}

// Overload refuses, with when to come again, and drops nothing: as many messages
// as were accepted are there.
func TestOverloadRefuses(t *testing.T) {
	t.Parallel()
	k := newGateway(t, func(c *httpapi.Config) { c.MaxInFlight = 1 }).newBank("a")
	var customer struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234567"}`).want(201).into(&customer)
	var accepted, refused atomic.Int64
	for refused.Load() == 0 { // until two were there at once
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				switch a := k.call("POST", "/v1/messages", `{"customer_id":"`+customer.ID+`","text":"x"}`); a.status {
				case 202:
					accepted.Add(1)
				case 429:
					refused.Add(1)
					if p := a.problem(); p.Code != "overloaded" || a.header.Get("Retry-After") == "" {
						t.Errorf("refused with %s", a.body)
					}
				default:
					t.Errorf("status %d: %s", a.status, a.body)
				}
			})
		}
		wg.Wait()
		if t.Failed() {
			return
		}
	}
	if n := k.count(`select count(*) from messages`); int64(n) != accepted.Load() {
		t.Errorf("%d messages, %d were accepted", n, accepted.Load())
	}
}

// TestMessageLifetime: a message whose sender gives no expires_at has the bank's
// lifetime of its class.
func TestMessageLifetime(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	var customer struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234560"}`).want(201).into(&customer)
	at := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	expires := func(class, more string) time.Duration {
		t.Helper()
		var m struct {
			ExpiresAt time.Time `json:"expires_at"`
		}
		k.call("POST", "/v1/messages", `{"customer_id":"`+customer.ID+`","class":"`+class+`","text":"Hello","send_at":"`+at.Format(time.RFC3339)+`"`+more+`}`).want(202).into(&m)
		return m.ExpiresAt.Sub(at)
	}
	if got := expires("notice", ""); got != 24*time.Hour {
		t.Errorf("without a policy: %v", got)
	}
	var shown struct {
		Classes map[string]struct {
			LifetimeHours int `json:"lifetime_hours"`
		}
	}
	k.call("PUT", "/v1/message-policy", `{"classes":{"notice":{"lifetime_hours":2}}}`).want(200).into(&shown)
	if got := shown.Classes["notice"].LifetimeHours; got != 2 {
		t.Errorf("shown as %d", got)
	}
	if got := expires("notice", ""); got != 2*time.Hour {
		t.Errorf("by the policy: %v", got)
	}
	if got := expires("transaction", ""); got != 24*time.Hour {
		t.Errorf("another class: %v", got)
	}
	if got := expires("notice", `,"expires_at":"`+at.Add(30*time.Minute).Format(time.RFC3339)+`"`); got != 30*time.Minute {
		t.Errorf("as the sender said: %v", got)
	}
	k.call("PUT", "/v1/message-policy", `{"classes":{"notice":{"lifetime_hours":169}}}`).want(400)
}
