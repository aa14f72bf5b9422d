package httpapi_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	verify "github.com/twilio/twilio-go/rest/verify/v2"
)

// TestTwilioGarbage throws changed parameters at every path of Twilio Verify: never an
// internal error, and every refusal is Twilio's.
func TestTwilioGarbage(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	p := g.newBank("alpha").program()
	service, payments := p.service(nil), p.service(func(s *verify.CreateServiceParams) { s.SetPsd2Enabled(true) })
	phone := newDevice(t)
	push, err := p.CreateNewFactor(service, "who", new(verify.CreateNewFactorParams).SetFriendlyName("Phone").SetFactorType("push").
		SetBindingAlg("ES256").SetBindingPublicKey(phone.public()).SetConfigAppId("x").SetConfigSdkVersion("1").SetConfigNotificationPlatform("none"))
	must(t, err)
	_, err = p.UpdateFactor(service, "who", *push.Sid, new(verify.UpdateFactorParams).SetAuthPayload(phone.sign(*push.Sid)))
	must(t, err)
	challenge, err := p.CreateChallenge(service, "who", new(verify.CreateChallengeParams).SetFactorSid(*push.Sid).SetDetailsMessage("Pay?"))
	must(t, err)
	const to = "+84901234567"
	started := p.start(service, to, "sms")

	seed, rounds := uint64(20261122), 24
	if given := os.Getenv("VISAVIS_GARBAGE"); given != "" {
		_, err := fmt.Sscan(given, &seed, &rounds)
		must(t, err)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	values := []string{
		"", " ", "x", "\x00", "a\x00b", "\xff\xfe", "\u202e", "\u200b", "😀", strings.Repeat("é", 300), strings.Repeat("9", 40), "-1", "0", "1e308", "+0", "+1242", "true", "null", "[]",
		`{"a":"\u0000"}`, `"{\"a\":\"\u005cu0000\"}"`, `"{\"label\":\"\u005cu0000\",\"value\":\"\"}"`, `{"label":"\ud800","value":"\ufffe"}`, `{"a":` + strings.Repeat("[", 3000) + strings.Repeat("]", 3000) + "}", `{"a":1e400}`, `{"a":1e308}`,
		"9999-12-31T23:59:59-12:00", "0000-01-01T00:00:00+12:00", "VA" + strings.Repeat("0", 32), "VA" + strings.Repeat("f", 32), service, *push.Sid, *challenge.Sid, *started.Sid, "PAAAAA", "%", "١٢٣ EUR", "0 EUR", "9" + strings.Repeat("0", 30) + " EUR", "$-1",
	}
	at, who := "/v2/Services/"+service, "/v2/Services/"+service+"/Entities/who"
	// What was found once, and bodies that are no form.
	for path, body := range map[string]string{
		at + "/Verifications": "To=%zz&Channel=sms", at + "/VerificationCheck": "To=a;Code=b", at + "/VerificationCheck?%zz": "Code=1",
		who + "/Factors":    `FriendlyName=x&FactorType=totp&Metadata=` + url.QueryEscape(`"{\"a\":\"\u005cu0000\"}"`),
		who + "/Challenges": `Details.Message=x&FactorSid=` + *push.Sid + `&HiddenDetails=` + url.QueryEscape(`"{\"a\":\"\u005cu0000\"}"`),
		at + "/Entities":    "Identity=%00", at: "FriendlyName=%ff",
	} {
		if status := p.throw("POST", path, body); status != 400 {
			t.Errorf("%s with %q: %d", path, body, status)
		}
	}
	for _, asked := range []struct {
		method, path string
		form         url.Values
	}{
		{"POST", "/v2/Services", url.Values{"FriendlyName": {"x"}, "CodeLength": {"6"}, "Psd2Enabled": {"true"}, "TtsName": {"x"}, "Totp.Issuer": {"x"}, "Push.IncludeDate": {"true"}, "DefaultTemplateSid": {"x"}}},
		{"POST", at, url.Values{"FriendlyName": {"x"}, "CodeLength": {"6"}, "TtsName": {"x"}, "Totp.Issuer": {"x"}, "Push.FcmCredentialSid": {"x"}}},
		{"GET", "/v2/Services", url.Values{"PageSize": {"2"}, "Page": {"1"}, "PageToken": {"PA"}}},
		{"GET", at, url.Values{}},
		{"POST", at + "/Verifications", url.Values{"To": {to}, "Channel": {"sms"}, "Locale": {"vi"}, "CustomFriendlyName": {"x"}, "TemplateCustomSubstitutions": {"{}"}}},
		{"POST", "/v2/Services/" + payments + "/Verifications", url.Values{"To": {to}, "Channel": {"call"}, "Amount": {"39.99 EUR"}, "Payee": {"Acme"}}},
		{"GET", at + "/Verifications/" + to, url.Values{}},
		{"POST", at + "/Verifications/" + *started.Sid, url.Values{"Status": {"canceled"}}},
		{"POST", at + "/VerificationCheck", url.Values{"To": {to}, "Code": {"123456"}, "Amount": {}}},
		{"POST", "/v2/Services/" + payments + "/VerificationCheck", url.Values{"To": {to}, "Code": {"12345678"}, "Amount": {"39.99 EUR"}, "Payee": {"Acme"}}},
		{"POST", at + "/VerificationCheck", url.Values{"VerificationSid": {*started.Sid}, "Code": {"123456"}}},
		{"POST", at + "/Entities", url.Values{"Identity": {"another"}}},
		{"GET", at + "/Entities", url.Values{"PageSize": {"2"}, "PageToken": {"PA"}}},
		{"GET", who, url.Values{}},
		{"POST", who + "/Factors", url.Values{"FriendlyName": {"x"}, "FactorType": {"totp"}, "Binding.Secret": {"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"}, "Config.Skew": {"1"}, "Metadata": {`{"a":1}`}}},
		{"POST", who + "/Factors", url.Values{"FriendlyName": {"x"}, "FactorType": {"push"}, "Binding.Alg": {"ES256"}, "Binding.PublicKey": {phone.public()}, "Config.AppId": {"x"},
			"Config.NotificationPlatform": {"fcm"}, "Config.NotificationToken": {"token"}, "Config.SdkVersion": {"1"}, "Metadata": {`{"a":1}`}}},
		{"GET", who + "/Factors", url.Values{"PageSize": {"2"}, "PageToken": {"PA"}}},
		{"GET", who + "/Factors/" + *push.Sid, url.Values{}},
		{"POST", who + "/Factors/" + *push.Sid, url.Values{"AuthPayload": {"x"}, "FriendlyName": {"y"}, "Config.SdkVersion": {"2"}}},
		{"POST", who + "/Challenges", url.Values{"FactorSid": {*push.Sid}, "Details.Message": {"Pay?"}, "Details.Fields": {`{"label":"a","value":"b"}`}, "HiddenDetails": {`{"a":1}`}, "ExpirationDate": {"2036-01-01T00:00:00Z"}}},
		{"GET", who + "/Challenges", url.Values{"FactorSid": {*push.Sid}, "Status": {"pending"}, "Order": {"desc"}, "PageToken": {"PA"}}},
		{"GET", who + "/Challenges/" + *challenge.Sid, url.Values{}},
		{"POST", who + "/Challenges/" + *challenge.Sid, url.Values{"AuthPayload": {phone.answer(trip{body: []byte("{}"), header: http.Header{}}, "approved")}}},
		{"GET", "/v2/Attempts", url.Values{"DateCreatedAfter": {"2026-01-01T00:00:00Z"}, "DateCreatedBefore": {"2036-01-01T00:00:00Z"}, "ChannelData.To": {to}, "Country": {}, "DestinationPrefix": {"+84"},
			"Channel": {"sms"}, "VerifyServiceSid": {service}, "VerificationSid": {*started.Sid}, "Status": {"converted"}, "PageSize": {"2"}, "PageToken": {"PA"}}},
		{"GET", "/v2/Attempts/Summary", url.Values{"DateCreatedAfter": {"2026-01-01T00:00:00Z"}, "Channel": {"sms"}, "DestinationPrefix": {"+84"}}},
		{"GET", "/v2/Attempts/VL" + strings.Repeat("0", 32), url.Values{}},
		{"DELETE", who + "/Factors/YF" + strings.Repeat("0", 32), url.Values{}},
		{"DELETE", at + "/Entities/nobody", url.Values{}},
		{"DELETE", "/v2/Services/VA" + strings.Repeat("0", 32), url.Values{}},
	} {
		for range rounds {
			g.stop(time.Hour) // what was asked before is forgotten: no limit answers instead
			path, form := asked.path, url.Values{}
			names := make([]string, 0, len(asked.form))
			for name, value := range asked.form {
				names, form[name] = append(names, name), value
			}
			slices.Sort(names)
			parts := strings.Split(path, "/")
			if i := 3 + random.IntN(8); i < len(parts) {
				parts[i] = url.PathEscape(values[random.IntN(len(values))])
				path = strings.Join(parts, "/")
			}
			for range 1 + random.IntN(2) {
				if len(names) == 0 {
					break
				}
				switch name, value := names[random.IntN(len(names))], values[random.IntN(len(values))]; random.IntN(8) {
				case 0:
					form.Del(name)
				case 1:
					form[name] = []string{value, value}
				default:
					form[name] = []string{value}
				}
			}
			if asked.method == "GET" {
				p.throw(asked.method, path+"?"+form.Encode(), "")
			} else {
				p.throw(asked.method, path, form.Encode())
			}
		}
	}
	for _, line := range strings.Split(g.log.String(), "\n") {
		if strings.Contains(line, `"ERROR"`) {
			t.Error(line)
		}
	}
}

// throw sends a request, wants an answer, or a refusal in Twilio's form, and returns the status.
func (p *program) throw(method, path, body string) int {
	p.t.Helper()
	r, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	must(p.t, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(p.account, p.token)
	res, err := http.DefaultTransport.RoundTrip(r)
	must(p.t, err)
	defer res.Body.Close()
	var e struct {
		Code, Status int
		Message      string
		MoreInfo     string `json:"more_info"`
	}
	err = json.NewDecoder(res.Body).Decode(&e)
	switch {
	case res.StatusCode >= 500 && res.StatusCode != http.StatusNotImplemented:
		p.t.Errorf("%d %+v: %s %s %.500q", res.StatusCode, e, method, path, body)
	case res.StatusCode >= 400 && (err != nil || e.Status != res.StatusCode || e.Message == "" || e.MoreInfo != "https://www.twilio.com/docs/errors/"+strconv.Itoa(e.Code)):
		p.t.Errorf("not Twilio's error: %d %+v (%v): %s %s %.500q", res.StatusCode, e, err, method, path, body)
	}
	return res.StatusCode
}
