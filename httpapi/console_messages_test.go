package httpapi_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

type messagePage struct {
	Items []struct {
		ID, Class, Reference string
		Deliveries           []struct{ Channel, Recipient string }
	}
}

// What the console looks for messages by, each alone and none of another's.
func TestSearchMessages(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	var an, binh struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234567"}`).want(201).into(&an)
	k.call("POST", "/v1/customers", `{"name":"Binh","phone":"+84907654321"}`).want(201).into(&binh)
	send := func(customer, more string) string {
		var m struct{ ID string }
		k.call("POST", "/v1/messages", `{"customer_id":"`+customer+`","text":"x"`+more+`}`).want(202).into(&m)
		return m.ID
	}
	notice := send(an.ID, `,"reference":"R-1"`)
	k.exec(`update messages set created_at = created_at - interval '1 hour' where id = $1`, notice)
	between := time.Now().Add(-time.Minute).UTC().Format(time.RFC3339Nano)
	call := send(binh.ID, `,"class":"transaction","channels":["voice"]`)
	for query, want := range map[string]string{
		"class=transaction": call, "class=notice": notice, "channel=voice": call, "channel=sms": notice, "reference=R-1": notice,
		"phone=" + url.QueryEscape("+84 90 765 4321"): call, "from=" + between: call, "to=" + between: notice, "customer_id=" + an.ID: notice,
	} {
		var page messagePage
		k.as("supervisor", "GET", "/v1/messages?"+query, "").send().want(200).into(&page)
		if len(page.Items) != 1 || page.Items[0].ID != want {
			t.Errorf("%s finds %+v, want %s", query, page.Items, want)
		}
	}
	for _, query := range []string{"phone=nonsense", "channel=push", "class=ring", "reference=R-2", "phone=%2B84901234500"} {
		var page messagePage
		if k.as("auditor", "GET", "/v1/messages?"+query, "").send().want(200).into(&page); len(page.Items) != 0 {
			t.Errorf("%s finds %+v", query, page.Items)
		}
	}
}

func TestMessageLadder(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	var an, m struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234567"}`).want(201).into(&an)
	k.call("POST", "/v1/messages", `{"customer_id":"`+an.ID+`","text":"x"}`).want(202).into(&m)
	var read struct {
		Ladder []struct {
			Step       int
			Targets    []struct{ DeliveryID, Channel, Provider, Recipient string }
			GivesWayOn []string `json:"gives_way_on"`
		}
	}
	a := k.as("supervisor", "GET", "/v1/messages/"+m.ID, "").send().want(200).into(&read)
	if len(read.Ladder) != 1 || read.Ladder[0].Step != 1 || len(read.Ladder[0].Targets) != 1 || len(read.Ladder[0].GivesWayOn) == 0 {
		t.Fatalf("%s", a.body)
	}
	if target := read.Ladder[0].Targets[0]; target.Channel != "sms" || target.Provider != "twilio" || !strings.Contains(target.Recipient, "•") {
		t.Errorf("%+v", target)
	}
	if strings.Contains(string(a.body), "901234567") {
		t.Errorf("the whole number is shown: %s", a.body)
	}
}

func TestCheckMessageBatch(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	other := k.gateway.newBank("b")
	var an, twin, foreign struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234567","reference":"C-1","locale":"vi"}`).want(201).into(&an)
	k.call("POST", "/v1/customers", `{"name":"Twin","phone":"+84900000001"}`).want(201).into(&twin)
	k.call("POST", "/v1/customers", `{"name":"Twin","phone":"+84900000001"}`).want(201)
	other.call("POST", "/v1/customers", `{"name":"Foreign","phone":"+84900000002","reference":"C-2"}`).want(201).into(&foreign)
	long := strings.Repeat("а", 71) // Cyrillic: two segments
	body := fmt.Sprintf(`{"text":"%s","recipients":[{"customer_reference":"C-1"},{"phone":"+84 90 123 4567"},{"customer_id":"%s"},{"customer_reference":"C-2"},
		{"customer_id":"%s"},{"phone":"12"},{"phone":"+84900000001"},{"phone":"+84900000002"}]}`, long, an.ID, foreign.ID)
	type row struct {
		Row                                               int
		CustomerID                                        string `json:"customer_id"`
		Name, Phone, Locale, Body, Code, Detail, Segments any
	}
	var check struct {
		Total, Ready, Refused, Segments int
		Rows                            []row
	}
	a := k.as("administrator", "POST", "/v1/messages/batch/check", body).with("Idempotency-Key", uuid.NewString()).send().want(200).into(&check)
	if check.Total != 8 || check.Ready != 3 || check.Refused != 5 || check.Segments != 6 || len(check.Rows) != 8 {
		t.Fatalf("%s", a.body)
	}
	for i, code := range []any{nil, nil, nil, "customer_not_found", "customer_not_found", "invalid_phone", "customer_ambiguous", "customer_not_found"} {
		r := check.Rows[i]
		if r.Row != i || r.Code != code || (code == nil) != (r.CustomerID == an.ID) {
			t.Errorf("row %d: %+v, want code %v", i, r, code)
		}
	}
	if r := check.Rows[0]; r.Body != long || r.Locale != "vi" || r.Name != "An" || !strings.Contains(fmt.Sprint(r.Phone), "•") {
		t.Errorf("%+v", r)
	}
	if n := k.count(`select count(*) from messages`) + k.count(`select count(*) from message_batches`); n != 0 {
		t.Errorf("a check has written %d rows", n)
	}
	k.call("POST", "/v1/messages/batch/check", `{"text":"x","recipients":[{}]}`).want(400)
	k.call("POST", "/v1/messages/batch/check", `{"text":"x","recipients":[{"customer_reference":"C-1","phone":"+84901234567"}]}`).want(400)
}

func TestListMessageBatches(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	var an struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234567"}`).want(201).into(&an)
	var sent [3]struct{ ID string }
	for i := range sent {
		k.as("administrator", "POST", "/v1/messages/batch", `{"text":"x","recipients":[{"customer_id":"`+an.ID+`"},{"customer_id":"`+uuid.NewString()+`"}]}`).
			with("Idempotency-Key", fmt.Sprint(i)).send().want(202).into(&sent[i])
	}
	var page struct {
		Items []struct {
			ID                       string
			Total, Accepted, Refused int
			States                   map[string]int
		}
		NextCursor string `json:"next_cursor"`
	}
	k.as("auditor", "GET", "/v1/messages/batch?limit=2", "").send().want(200).into(&page)
	if len(page.Items) != 2 || page.Items[0].ID != sent[2].ID || page.Items[0].States["accepted"] != 1 || page.Items[0].Accepted != 1 || page.Items[0].Refused != 1 || page.NextCursor == "" {
		t.Fatalf("%+v", page)
	}
	k.as("auditor", "GET", "/v1/messages/batch?limit=2&cursor="+page.NextCursor, "").send().want(200).into(&page)
	if len(page.Items) != 1 || page.Items[0].ID != sent[0].ID {
		t.Errorf("%+v", page)
	}
	// The same key of the same person is the same batch.
	again := k.as("administrator", "POST", "/v1/messages/batch", `{"text":"x","recipients":[{"customer_id":"`+an.ID+`"},{"customer_id":"`+uuid.NewString()+`"}]}`).with("Idempotency-Key", "0").send()
	if again.status != 422 {
		t.Errorf("another batch under a used key: %d", again.status)
	}
}

func TestVerificationsInConsole(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	other := k.gateway.newBank("b").fill()
	type shown struct {
		ID, Phone, State, Purpose string
		AttemptsLeft              int `json:"attempts_left"`
		Sends                     int
		EndedAt                   *time.Time `json:"ended_at"`
	}
	list := func(b *bank, query string) []shown {
		var page struct{ Items []shown }
		b.as("auditor", "GET", "/v1/verifications?"+query, "").send().want(200).into(&page)
		return page.Items
	}
	id := k.ids["verification_id"]
	for _, query := range []string{"", "customer_id=" + k.ids["customer_id"], "phone=%2B84901234567", "state=pending&purpose=api"} {
		found := false
		for _, v := range list(k, query) {
			if v.ID == other.ids["verification_id"] {
				t.Errorf("%q: another bank's", query)
			}
			if found = found || v.ID == id; v.ID == id && (!strings.Contains(v.Phone, "•") || v.AttemptsLeft != 5 || v.Sends != 1) {
				t.Errorf("%q: %+v", query, v)
			}
		}
		if !found {
			t.Errorf("%q does not find it", query)
		}
	}
	for _, query := range []string{"state=approved", "phone=%2B84900000000", "phone=x", "customer_id=" + uuid.NewString()} {
		if all := list(k, query); len(all) != 0 {
			t.Errorf("%q finds %+v", query, all)
		}
	}
	var v shown
	k.as("supervisor", "POST", "/v1/verifications/"+id+"/deny", "").with("Idempotency-Key", "d").send().want(200).into(&v)
	if v.State != "denied" || v.EndedAt == nil {
		t.Errorf("%+v", v)
	}
	k.as("administrator", "DELETE", "/v1/customers/"+k.ids["customer_id"]+"/factors/"+k.ids["factor_id"], "").send().want(204)
	var factors struct{ Items []any }
	if k.as("auditor", "GET", "/v1/customers/"+k.ids["customer_id"]+"/factors", "").send().want(200).into(&factors); len(factors.Items) != 0 {
		t.Errorf("%v", factors.Items)
	}
}

// The customer may have the visit's code called out instead, and say that nobody
// here asked for it.
func TestVisitCodeWays(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	k.stop(0)
	type state struct {
		VerificationID string `json:"verification_id"`
		Way, State     string
		Restricted     bool
		Ways           []struct {
			Way        string
			NextSendAt time.Time `json:"next_send_at"`
		}
	}
	link := func(path, body string) *answer {
		return k.as("nobody", "POST", path, body).with("Authorization", "Bearer "+k.link).with("Idempotency-Key", uuid.NewString()).send()
	}
	var s state
	link("/v1/visit/code", "").want(200).into(&s)
	if s.Way != "sms" || !s.Restricted || len(s.Ways) != 2 || s.Ways[1].Way != "voice" || s.Ways[1].NextSendAt.IsZero() {
		t.Fatalf("%+v", s)
	}
	if code := link("/v1/visit/code", `{"way":"voice"}`).want(429).problem().Code; code != "resend_too_early" {
		t.Errorf("a call at once: %s", code)
	}
	k.exec(`update verifications set next_send_at = created_at where id = $1`, s.VerificationID)
	first := s.VerificationID
	link("/v1/visit/code", `{"way":"voice"}`).want(200).into(&s)
	if s.Way != "voice" || s.VerificationID != first {
		t.Errorf("%+v", s)
	}
	link("/v1/visit/code", `{"way":"totp"}`).want(400)
	link("/v1/visit/code/deny", "").want(204)
	if n := k.count(`select count(*) from verifications where id = $1 and state = 'denied'`, first); n != 1 {
		t.Error("it still lives")
	}
	link("/v1/visit/code/deny", "").want(204) // nothing to end
}

func (k *bank) exec(query string, args ...any) {
	k.t.Helper()
	must(k.t, k.cfg.DB.InBank(context.Background(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	}))
}
