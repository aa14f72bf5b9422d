package channels_test

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/twilio/twilio-go/client"

	"github.com/visavis/visavis/channels/twilio"
)

// twilioSignature is the carrier's side, written from its documentation.
func twilioSignature(token, fullURL string, params map[string]string) string {
	mac := hmac.New(sha1.New, []byte(token))
	io.WriteString(mac, fullURL)
	for _, name := range slices.Sorted(maps.Keys(params)) {
		io.WriteString(mac, name+params[name])
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestForgedCallbacksAreRefusedAndReplaysChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const public = "https://bank.example"
	provider := func(old string) *twilio.Callbacks {
		p, err := twilio.New(twilio.Config{AccountSID: accountSID, AuthToken: authToken, PreviousAuthToken: old, From: "+15005550006", PublicURL: public})
		if err != nil {
			t.Fatal(err)
		}
		return p.Callbacks(w.s, slog.New(slog.NewTextHandler(t.Output(), nil)), w.now)
	}
	callbacks := provider("")
	customer := w.customer("+84912345670", "en")
	message, delivery, _ := w.handedOver(customer)
	path := "/callbacks/twilio/messages/" + w.bank.String() + "/" + delivery.String()
	genuine := func(status string) map[string]string {
		return map[string]string{
			"AccountSid": accountSID, "ApiVersion": "2010-04-01", "From": "+15005550006", "To": "+84912345670",
			"MessageSid": sid, "SmsSid": sid, "MessageStatus": status, "SmsStatus": status, "RawDlrDoneDate": "2603051200",
		}
	}
	form := func(params map[string]string) string {
		values := url.Values{}
		for name, value := range params {
			values.Set(name, value)
		}
		return values.Encode()
	}
	post := func(c http.Handler, target, signature, body string) int {
		r := httptest.NewRequest(http.MethodPost, target, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", signature)
		rec := httptest.NewRecorder()
		c.ServeHTTP(rec, r)
		return rec.Code
	}
	sent := genuine("sent")
	good := twilioSignature(authToken, public+path, sent)
	validator := client.NewRequestValidator(authToken)
	if !validator.Validate(public+path, sent, good) {
		t.Fatal("the SDK's validator does not take the test's own signature")
	}
	before := w.end(message, delivery)

	with := func(change func(map[string]string)) string {
		p := maps.Clone(sent)
		change(p)
		return form(p)
	}
	evil := "attackers-token-attackers-token-"
	delivered := genuine("delivered")
	resign := func(fullURL string, p map[string]string) string { return twilioSignature(authToken, fullURL, p) }
	noSID := maps.Clone(delivered)
	noSID["MessageSid"] = "SM1"
	noSID["SmsSid"] = "SM1"
	otherAccount := maps.Clone(delivered)
	otherAccount["AccountSid"] = "ACffffffffffffffffffffffffffffffff"
	wrongSID := maps.Clone(delivered)
	wrongSID["SmsSid"] = "SMffffffffffffffffffffffffffffffff"
	for name, attack := range map[string]struct{ target, signature, body string }{
		"no signature":             {path, "", form(delivered)},
		"another token":            {path, twilioSignature(evil, public+path, delivered), form(delivered)},
		"an empty token":           {path, twilioSignature("", public+path, delivered), form(delivered)},
		"a second status appended": {path, good, form(sent) + "&MessageStatus=delivered"},
		"two statuses, both signed": {path, resign(public+path, func() map[string]string {
			p := maps.Clone(delivered)
			p["MessageStatus"] = "deliveredMessageStatussent" // what is signed when the name is there twice
			return p
		}()), form(delivered) + "&MessageStatus=sent"},
		"a second status in front": {path, good, "MessageStatus=delivered&" + form(sent)},
		"the status changed":       {path, good, with(func(p map[string]string) { p["MessageStatus"] = "delivered" })},
		"a border moved, the SID swallowed by the value before": {path, good, with(func(p map[string]string) {
			p["From"] += "MessageSid" + p["MessageSid"]
			delete(p, "MessageSid")
		})},
		"the status dropped into the SID": {path, good, with(func(p map[string]string) {
			p["MessageSid"] += "MessageStatus" + p["MessageStatus"]
			delete(p, "MessageStatus")
		})},
		"a border moved inside a name": {path, good, with(func(p map[string]string) {
			p["MessageStatuss"] = "ent"
			delete(p, "MessageStatus")
		})},
		"a border moved inside a name that may be missing": {path, good, with(func(p map[string]string) {
			p["SmsStatuss"] = "ent"
			delete(p, "SmsStatus")
		})},
		"the first parameter moved into the path": {path + "AccountSid" + accountSID, good, with(func(p map[string]string) { delete(p, "AccountSid") })},
		"port 443 signed":                         {path, resign("https://bank.example:443"+path, delivered), form(delivered)},
		"port 8443 signed":                        {path, resign("https://bank.example:8443"+path, delivered), form(delivered)},
		"http signed":                             {path, resign("http://bank.example"+path, delivered), form(delivered)},
		"another host signed":                     {path, resign("https://evil.example"+path, delivered), form(delivered)},
		"a query":                                 {path + "?a=b", resign(public+path+"?a=b", delivered), form(delivered)},
		"a malformed SID":                         {path, resign(public+path, noSID), form(noSID)},
		"another account":                         {path, resign(public+path, otherAccount), form(otherAccount)},
		"two SIDs":                                {path, resign(public+path, wrongSID), form(wrongSID)},
		"upper-case ids in the path":              {strings.ToUpper(delivery.String()), good, form(sent)},
		"another delivery's signature":            {"/callbacks/twilio/messages/" + w.bank.String() + "/" + uuid.NewString(), good, form(sent)},
		"the calls' path":                         {strings.Replace(path, "messages", "calls", 1), good, form(sent)},
		"a body beyond 64 KiB":                    {path, good, form(sent) + "&X=" + strings.Repeat("x", 65<<10)},
	} {
		if !strings.HasPrefix(attack.target, "/") {
			attack.target = "/callbacks/twilio/messages/" + strings.ToUpper(w.bank.String()) + "/" + attack.target
		}
		if status := post(callbacks, attack.target, attack.signature, attack.body); status < 400 || status >= 500 {
			t.Errorf("%s: answered %d", name, status)
		}
		if after := w.end(message, delivery); after != before {
			t.Fatalf("%s: it went from %s to %s", name, before, after)
		}
	}

	// The genuine one is taken, behind a proxy that says otherwise; its replays change nothing.
	if status := post(callbacks, "http://10.0.0.1:8080"+path, good, form(sent)); status != http.StatusNoContent {
		t.Fatalf("the genuine callback is answered with %d", status)
	}
	end := w.end(message, delivery)
	if !strings.HasPrefix(end, "sent ") {
		t.Errorf("after it: %s", end)
	}
	events := query[int](w, `select count(*) from events where bank_id = $1`, w.bank)
	for range 100 {
		if status := post(callbacks, path, good, form(sent)); status != http.StatusNoContent {
			t.Fatalf("a replay is answered with %d", status)
		}
	}
	if w.end(message, delivery) != end || query[int](w, `select count(*) from events where bank_id = $1`, w.bank) != events {
		t.Errorf("replays changed %s to %s", end, w.end(message, delivery))
	}
	// A parameter that we do not know is signed like the others.
	newer := genuine("delivered")
	newer["SomethingNew2"] = "x y@z:ü"
	if status := post(callbacks, path, resign(public+path, newer), form(newer)); status != http.StatusNoContent {
		t.Errorf("a callback with a new parameter is answered with %d", status)
	}
	// While the token is rotated both are good; afterwards the old is not.
	const old = "00112233445566778899aabbccddeeff"
	byOld := twilioSignature(old, public+path, sent)
	if a, b := post(provider(old), path, byOld, form(sent)), post(callbacks, path, byOld, form(sent)); a != http.StatusNoContent || b != http.StatusForbidden {
		t.Errorf("the old token is answered with %d during and %d after the rotation", a, b)
	}
}
