package httpapi_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
)

// What a bank's program is told about a verification, and a verified session that
// spares the visit page its code.
func TestAVerifiedSessionOpensTheVisitWithoutACode(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); k.cfg.Channels.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ended })
	var v struct {
		ID         string
		Way        string
		Restricted bool
		Notice     string
		Ways       []struct {
			Way        string
			NextSendAt string `json:"next_send_at"`
		}
	}
	k.call("POST", "/v1/verifications/"+k.ids["verification_id"]+"/cancel", "").want(200)
	k.call("POST", "/v1/verifications", `{"customer_id":"`+k.ids["customer_id"]+`","workflow":[{"way":"push","wait_seconds":20},{"way":"sms"}],"session":{"scope":["visit"]}}`).want(201).into(&v)
	if v.Way != "sms" || !v.Restricted || v.Notice == "" || len(v.Ways) != 2 || v.Ways[0].NextSendAt == "" {
		t.Errorf("got %+v", v)
	}
	var checked struct {
		Approved bool
		Token    string `json:"session_token"`
	}
	k.call("POST", "/v1/verifications/"+v.ID+"/check", `{"code":"`+k.codeFromSMS(v.ID)+`"}`).want(200).into(&checked)
	if !checked.Approved || checked.Token == "" {
		t.Fatalf("got %+v", checked)
	}
	open := func(token string) (proved bool, status int) {
		a := k.as("nobody", "POST", "/v1/visit/session", `{"token":"`+k.link+`","verified_session":"`+token+`"}`).send()
		return strings.Contains(string(a.body), `"proved":true`), a.status
	}
	if proved, status := open(checked.Token); status != http.StatusOK || !proved {
		t.Errorf("with the session: %d, proved %v", status, proved)
	}
	if _, status := open(checked.Token + "x"); status != http.StatusUnauthorized {
		t.Errorf("with an altered one: %d", status)
	}
	var seen struct {
		Active     bool
		CustomerID string `json:"customer_id"`
	}
	k.call("POST", "/v1/verified-sessions/introspect", `{"token":"`+checked.Token+`","scope":"visit"}`).want(200).into(&seen)
	if !seen.Active || seen.CustomerID != k.ids["customer_id"] {
		t.Errorf("introspection: %+v", seen)
	}
	k.call("POST", "/v1/verified-sessions/revoke", `{"token":"`+checked.Token+`"}`).want(204)
	if _, status := open(checked.Token); status != http.StatusUnauthorized {
		t.Errorf("with a revoked one: %d", status)
	}
	k.call("POST", "/v1/verified-sessions/introspect", `{"token":"`+checked.Token+`"}`).want(200).into(&seen)
	if seen.Active {
		t.Error("a revoked session is active")
	}
}
