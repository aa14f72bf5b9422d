package simulator

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/messaging"
	"google.golang.org/api/option"
)

// fcm is the real Firebase SDK against the twin: service account, token grant and all.
func (tw *twin) fcm() *messaging.Client {
	tw.t.Helper()
	app, err := firebase.NewApp(context.Background(), nil, option.WithCredentialsJSON(tw.ServiceAccountJSON(tw.url)), option.WithEndpoint(tw.url+"/v1"))
	if err != nil {
		tw.t.Fatal(err)
	}
	c, err := app.Messaging(context.Background())
	if err != nil {
		tw.t.Fatal(err)
	}
	return c
}

// realTime makes a twin whose time is real, as the SDK stamps its assertion with the machine's.
func realTime(c *Config) { c.Now, c.After = time.Now, time.After }

func TestPushThroughTheSDK(t *testing.T) {
	tw := newTwin(t, realTime)
	_, phone, _ := tw.raw("POST", "/simulator/phones/"+handset+"/token", "application/json", "", "")
	token := phone["token"].(string)
	if token != "sim-84901234567" {
		t.Fatalf("token %q", token)
	}
	ttl := 45 * time.Second
	name, err := tw.fcm().Send(context.Background(), &messaging.Message{
		Token: token, Data: map[string]string{"type": "ring", "call_id": "c-1"},
		Android:    &messaging.AndroidConfig{Priority: "high", TTL: &ttl, CollapseKey: "ring", Notification: &messaging.AndroidNotification{Title: "x", Priority: messaging.PriorityHigh, VibrateTimingMillis: []int64{100, 200}}},
		APNS:       &messaging.APNSConfig{Headers: map[string]string{"apns-priority": "10"}, Payload: &messaging.APNSPayload{Aps: &messaging.Aps{ContentAvailable: true}}},
		Webpush:    &messaging.WebpushConfig{Headers: map[string]string{"TTL": "45"}, Notification: &messaging.WebpushNotification{Title: "x", RequireInteraction: true}},
		FCMOptions: &messaging.FCMOptions{AnalyticsLabel: "ring"},
	})
	if err != nil {
		t.Fatal(err)
	}
	var list []push
	tw.get("/simulator/pushes?token="+token, &list)
	if len(list) != 1 {
		t.Fatalf("%d pushes", len(list))
	}
	p := list[0]
	if name != "projects/"+testProject+"/messages/"+p.ID || p.Data["call_id"] != "c-1" || p.Priority != "high" || p.TTLSeconds != 45 || p.ExpiresAt.Sub(p.ReceivedAt) != ttl {
		t.Errorf("push %+v of name %s", p, name)
	}
	if p.Android["collapseKey"] != "ring" || p.APNS["payload"].(map[string]any)["aps"].(map[string]any)["content-available"] != 1.0 {
		t.Errorf("android %v, apns %v", p.Android, p.APNS)
	}
	if name, err := tw.fcm().SendDryRun(context.Background(), &messaging.Message{Token: token}); err != nil || !strings.HasSuffix(name, "/fake_message_id") {
		t.Errorf("dry run: %s %v", name, err)
	}
	if tw.get("/simulator/pushes?token="+token, &list); len(list) != 1 {
		t.Errorf("the dry run was recorded")
	}
}

func TestScenariosOfPush(t *testing.T) {
	tw := newTwin(t, realTime)
	c := tw.fcm()
	for suffix, is := range map[string]func(error) bool{
		"-unregistered": messaging.IsUnregistered, "-quota": messaging.IsQuotaExceeded, "-internal": messaging.IsInternal,
		"-mismatch": messaging.IsSenderIDMismatch, "-apnsauth": messaging.IsThirdPartyAuthError, "-invalid": messaging.IsInvalidArgument,
	} {
		if _, err := c.Send(context.Background(), &messaging.Message{Token: "abc" + suffix}); err == nil || !is(err) {
			t.Errorf("%s: %v", suffix, err)
		}
	}
	for suffix, want := range map[string]int{"-unavailable": 503, "-quota": 429} {
		status, answer, header := tw.rawPush(`{"message":{"token":"abc` + suffix + `"}}`)
		if status != want || header.Get("Retry-After") != "1" {
			t.Errorf("%s: %d %v", suffix, status, answer)
		}
	}
	token := tokenOf(handset)
	if status, _, _ := tw.raw("DELETE", "/simulator/phones/"+handset+"/token", "", "", ""); status != 204 {
		t.Errorf("removal: %d", status)
	}
	if _, err := c.Send(context.Background(), &messaging.Message{Token: token}); !messaging.IsUnregistered(err) {
		t.Errorf("after the app's removal: %v", err)
	}
	tw.raw("POST", "/simulator/phones/"+handset+"/token", "application/json", "", "")
	if _, err := c.Send(context.Background(), &messaging.Message{Token: token}); err != nil {
		t.Errorf("after its return: %v", err)
	}
	t.Run("timeout after accept", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		sub := &subscription{token: "abc-timeout", events: make(chan sentEvent, 1)}
		tw.mu.Lock()
		tw.subscriptions[sub] = true
		tw.mu.Unlock()
		go func() { // the caller gives up once the push has arrived
			<-sub.events
			cancel()
		}()
		if _, err := c.Send(ctx, &messaging.Message{Token: "abc-timeout"}); err == nil || ctx.Err() == nil {
			t.Errorf("got %v", err)
		}
	})
}

// rawPush sends a body that the SDK would not make.
func (tw *twin) rawPush(body string) (int, map[string]any, http.Header) {
	tw.t.Helper()
	return tw.pushAs(tw.accessToken(tw.now().Add(time.Hour)), testProject, "application/json", body)
}

func (tw *twin) pushAs(bearer, project, contentType, body string) (int, map[string]any, http.Header) {
	tw.t.Helper()
	req, err := http.NewRequest("POST", tw.url+"/v1/projects/"+project+"/messages:send", strings.NewReader(body))
	if err != nil {
		tw.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+bearer)
	req.Header.Set("Content-Type", contentType)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		tw.t.Fatal(err)
	}
	defer res.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		tw.t.Fatal(err)
	}
	return res.StatusCode, answer, res.Header
}

func TestPushRefusals(t *testing.T) {
	tw := newTwin(t)
	long := strings.Repeat("x", 4096)
	for name, body := range map[string]string{
		"not JSON": `{`, "two values": `{} {}`, "no message": `{}`, "no target": `{"message":{}}`,
		"two targets":       `{"message":{"token":"a","topic":"b"}}`,
		"bad token":         `{"message":{"token":"a b"}}`,
		"unknown field":     `{"message":{"token":"a","datas":{}}}`,
		"unknown at top":    `{"message":{"token":"a"},"dry_run":true}`,
		"unknown deep":      `{"message":{"token":"a","android":{"notification":{"titel":"x"}}}}`,
		"legacy field":      `{"message":{"token":"a","time_to_live":60}}`,
		"data number":       `{"message":{"token":"a","data":{"n":1}}}`,
		"data null":         `{"message":{"token":"a","data":{"n":null}}}`,
		"data object":       `{"message":{"token":"a","data":{"o":{}}}}`,
		"reserved key":      `{"message":{"token":"a","data":{"from":"x"}}}`,
		"reserved prefix":   `{"message":{"token":"a","android":{"data":{"google.x":"y"}}}}`,
		"priority":          `{"message":{"token":"a","android":{"priority":"urgent"}}}`,
		"ttl as number":     `{"message":{"token":"a","android":{"ttl":45}}}`,
		"ttl unit":          `{"message":{"token":"a","android":{"ttl":"45"}}}`,
		"ttl too long":      `{"message":{"token":"a","android":{"ttl":"2419201s"}}}`,
		"ttl negative":      `{"message":{"token":"a","android":{"ttl":"-1s"}}}`,
		"boolean as string": `{"message":{"token":"a","android":{"direct_boot_ok":"true"}}}`,
		"twice":             `{"message":{"token":"a","fcm_options":{},"fcmOptions":{}}}`,
		"color":             `{"message":{"token":"a","android":{"notification":{"color":"red"}}}}`,
		"too big":           `{"message":{"token":"a","data":{"k":"` + long + `"}}}`,
		"too big for topic": `{"message":{"topic":"a","data":{"k":"` + long[:2048] + `"}}}`,
		"too big for APNs":  `{"message":{"token":"a","apns":{"payload":{"k":"` + long + `"}}}}`,
	} {
		status, answer, _ := tw.rawPush(body)
		e, _ := answer["error"].(map[string]any)
		details, _ := e["details"].([]any)
		if status != 400 || e["status"] != "INVALID_ARGUMENT" || e["code"] != 400.0 || len(details) == 0 ||
			details[0].(map[string]any)["@type"] != "type.googleapis.com/google.firebase.fcm.v1.FcmError" || details[0].(map[string]any)["errorCode"] != "INVALID_ARGUMENT" {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	if status, answer, _ := tw.rawPush(`{"message":{"token":"a","data":{"k":"` + long[:4095] + `"}}}`); status != 200 {
		t.Errorf("4096 bytes: %d %v", status, answer)
	}
	for name, body := range map[string]string{"snake": `{"message":{"token":"a","android":{"direct_boot_ok":true,"ttl":"3.5s"}}}`, "camel": `{"message":{"token":"a","android":{"directBootOk":true}}}`, "topic": `{"message":{"topic":"news"}}`} {
		if status, answer, _ := tw.rawPush(body); status != 200 {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	good := tw.accessToken(tw.now().Add(time.Hour))
	const body = `{"message":{"token":"a"}}`
	for name, test := range map[string]struct {
		bearer, project, kind string
		status                int
	}{
		"forged":      {"sim.9999999999.AAAA", testProject, "application/json", 401},
		"expired":     {tw.accessToken(tw.now()), testProject, "application/json", 401},
		"prolonged":   {strings.Replace(good, ".1", ".2", 1), testProject, "application/json", 401},
		"empty":       {"", testProject, "application/json", 401},
		"project":     {good, "another", "application/json", 403},
		"not as JSON": {good, testProject, "text/plain", 400},
	} {
		if status, answer, _ := tw.pushAs(test.bearer, test.project, test.kind, body); status != test.status {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	if status, answer, _ := tw.pushAs(good, testProject, "application/json", `{"message":{"token":"`+strings.Repeat("x", 70_000)+`"}}`); status != 413 {
		t.Errorf("too large: %d %v", status, answer)
	}
}

func TestTokenGrant(t *testing.T) {
	tw := newTwin(t)
	tw.ServiceAccountJSON(tw.url)
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	now := tw.now()
	claims := func(change map[string]any) map[string]any {
		c := map[string]any{"iss": tw.clientEmail(), "aud": tw.url + "/token", "scope": messagingScope, "iat": now.Unix(), "exp": now.Add(time.Hour).Unix()}
		for name, value := range change {
			c[name] = value
		}
		return c
	}
	jwt := func(key *rsa.PrivateKey, alg string, c map[string]any) string {
		body := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"`+alg+`","typ":"JWT"}`)) + "." + base64.RawURLEncoding.EncodeToString([]byte(mustJSON(t, c)))
		digest := sha256.Sum256([]byte(body))
		sig, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, digest[:])
		if err != nil {
			t.Fatal(err)
		}
		return body + "." + base64.RawURLEncoding.EncodeToString(sig)
	}
	own, err := tw.serviceKey()
	if err != nil {
		t.Fatal(err)
	}
	ask := func(grant, assertion string) (int, map[string]any) {
		form := url.Values{"grant_type": {grant}, "assertion": {assertion}}
		status, answer, _ := tw.raw("POST", "/token", "application/x-www-form-urlencoded", form.Encode(), "")
		return status, answer
	}
	const bearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	status, answer := ask(bearer, jwt(own, "RS256", claims(nil)))
	if status != 200 || answer["token_type"] != "Bearer" || answer["expires_in"] != 3600.0 {
		t.Fatalf("genuine: %d %v", status, answer)
	}
	if status, answer, _ := tw.pushAs(answer["access_token"].(string), testProject, "application/json", `{"message":{"token":"a"}}`); status != 200 {
		t.Errorf("push with the token: %d %v", status, answer)
	}
	for name, assertion := range map[string]string{
		"other key": jwt(other, "RS256", claims(nil)), "none": jwt(own, "none", claims(nil)), "HS256": jwt(own, "HS256", claims(nil)),
		"issuer": jwt(own, "RS256", claims(map[string]any{"iss": "somebody@example.com"})), "audience": jwt(own, "RS256", claims(map[string]any{"aud": "https://oauth2.googleapis.com/token"})),
		"scope": jwt(own, "RS256", claims(map[string]any{"scope": "https://www.googleapis.com/auth/drive"})), "expired": jwt(own, "RS256", claims(map[string]any{"iat": now.Add(-3 * time.Hour).Unix(), "exp": now.Add(-2 * time.Hour).Unix()})),
		"too long": jwt(own, "RS256", claims(map[string]any{"exp": now.Add(2 * time.Hour).Unix()})), "future": jwt(own, "RS256", claims(map[string]any{"iat": now.Add(time.Hour).Unix(), "exp": now.Add(2 * time.Hour).Unix()})),
		"altered": jwt(own, "RS256", claims(nil)) + "A", "empty": "", "garbage": "a.b.c",
	} {
		if status, answer := ask(bearer, assertion); status != 400 || answer["error"] != "invalid_grant" {
			t.Errorf("%s: %d %v", name, status, answer)
		}
	}
	if status, answer := ask("password", ""); status != 400 || answer["error"] != "unsupported_grant_type" {
		t.Errorf("grant type: %d %v", status, answer)
	}
}
