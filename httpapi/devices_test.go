package httpapi_test

import (
	"strings"
	"testing"
)

// browserBody is a PushSubscription of a browser.
func browserBody(name string) string {
	return `{"endpoint":"https://push.example/send/` + name + `","p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}`
}

const apnsToken = "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0"

type deviceView struct {
	ID, Platform, Provider, Environment string
	TokenHint                           string `json:"token_hint"`
	Voip                                *bool
}

func TestDevicesOfEveryPlatform(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	path := "/v1/customers/" + k.ids["customer_id"] + "/devices"
	add := func(body string) (d deviceView) {
		t.Helper()
		k.call("POST", path, body).want(201).into(&d)
		return d
	}
	if d := add(`{"token":"token-of-an-android"}`); d.Platform != "android" || d.Provider != "fcm" || d.Voip != nil {
		t.Errorf("%+v", d)
	}
	iphone := add(`{"platform":"ios","token":"` + strings.ToUpper(apnsToken) + `","voip_token":"` + strings.Repeat("ab", 32) + `","environment":"sandbox"}`)
	if iphone.Provider != "apns" || iphone.Environment != "sandbox" || iphone.Voip == nil || !*iphone.Voip || iphone.TokenHint != "…e8f0" {
		t.Errorf("%+v", iphone)
	}
	// Registered again without PushKit's token, in another spelling: it is the same, and keeps it.
	if d := add(`{"provider":"apns","token":"` + apnsToken + `"}`); d.ID != iphone.ID || d.Voip == nil || !*d.Voip || d.Environment != "sandbox" {
		t.Errorf("again: %+v", d)
	}
	if d := add(`{"platform":"web",` + browserBody("of-an")[1:]); d.Provider != "webpush" || d.TokenHint != "…f-an" {
		t.Errorf("%+v", d)
	}
	for field, body := range map[string]string{
		"platform":    `{"platform":"web","provider":"apns","token":"` + apnsToken + `"}`,
		"token":       `{"platform":"ios","token":"not-hexadecimal-digits"}`,
		"voip_token":  `{"token":"token-of-an-android","environment":"sandbox"}`,
		"endpoint":    `{"platform":"web","endpoint":"https://127.0.0.1/x","p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}`,
		"p256dh":      `{"platform":"web","endpoint":"https://push.example/x","p256dh":"` + strings.Repeat("A", 87) + `","auth":"BTBZMqHH6r4Tts7J_aSIgg"}`,
		"auth":        `{"platform":"web","endpoint":"https://push.example/x","p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg_AAAA"}`,
		"environment": `{"platform":"ios","token":"` + apnsToken + `","environment":"development"}`,
	} {
		if a := k.call("POST", path, body).want(400); !strings.Contains(string(a.body), `"`+field+`"`) {
			t.Errorf("%s: %s", field, a.body)
		}
	}
	for _, host := range []string{"http://push.example/x", "https://localhost/x", "https://10.1.2.3/x", "https://[::1]/x", "https://user@push.example/x", "https://push.example/x#y"} {
		k.call("POST", path, `{"platform":"web",`+strings.Replace(browserBody("x"), "https://push.example/send/x", host, 1)[1:]).want(400)
	}
	// Whatever is told of a device, its keys and token are not.
	if list := k.call("GET", path, "").want(200); strings.Contains(string(list.body), apnsToken) || strings.Contains(string(list.body), "BTBZM") || strings.Contains(string(list.body), "push.example") {
		t.Errorf("%s", list.body)
	}
}

func TestACustomerIsToldInTheBrowserOfTheVisit(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	var made struct{ ID string }
	k.as("customer", "POST", "/v1/visit/push-subscriptions", browserBody("mine")).send().want(201).into(&made)
	var again struct{ ID string }
	k.as("customer", "POST", "/v1/visit/push-subscriptions", browserBody("mine")).send().want(201).into(&again)
	if again.ID != made.ID {
		t.Error("the same browser made a second device")
	}
	devices := func() (list struct{ Items []deviceView }) {
		t.Helper()
		k.call("GET", "/v1/customers/"+k.ids["customer_id"]+"/devices", "").want(200).into(&list)
		return list
	}
	if list := devices(); len(list.Items) != 2 || list.Items[0].Platform != "web" {
		t.Fatalf("%+v", list)
	}
	// The page takes away its browser, not the app that the bank registered.
	k.as("customer", "DELETE", "/v1/visit/push-subscriptions/"+k.ids["device_id"], "").send().want(404)
	k.as("customer", "DELETE", "/v1/visit/push-subscriptions/"+made.ID, "").send().want(204)
	k.as("customer", "DELETE", "/v1/visit/push-subscriptions/"+made.ID, "").send().want(404)
	if list := devices(); len(list.Items) != 1 || list.Items[0].Platform != "android" {
		t.Errorf("%+v", list)
	}
}

func TestAnAgentsBrowserIsTheAgentsOwn(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	var made struct{ ID string }
	k.as("agent", "POST", "/v1/agents/me/push-subscriptions", strings.Replace(browserBody("desk"), "{", `{"locale":"vi-VN",`, 1)).send().want(201).into(&made)
	k.as("supervisor", "DELETE", "/v1/agents/me/push-subscriptions/"+made.ID, "").send().want(404)
	k.as("agent", "POST", "/v1/agents/me/push-subscriptions", strings.Replace(browserBody("desk"), "{", `{"locale":"tlh",`, 1)).send().want(400)
	// Who signs in at the same desk afterwards takes it over.
	var taken struct{ ID string }
	k.as("supervisor", "POST", "/v1/agents/me/push-subscriptions", browserBody("desk")).send().want(201).into(&taken)
	if taken.ID != made.ID {
		t.Error("one browser is told for two")
	}
	k.as("agent", "DELETE", "/v1/agents/me/push-subscriptions/"+made.ID, "").send().want(404)
	k.as("supervisor", "DELETE", "/v1/agents/me/push-subscriptions/"+made.ID, "").send().want(204)
}

func TestPushKey(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	k := g.newBank("a")
	if code := k.as("nobody", "GET", "/v1/push-key", "").send().want(404).problem().Code; code != "web_push_off" {
		t.Errorf("code %s", code)
	}
}
