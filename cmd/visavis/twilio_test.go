package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/twilio/twilio-go"
	twilioclient "github.com/twilio/twilio-go/client"
	verify "github.com/twilio/twilio-go/rest/verify/v2"
)

// toGateway is the one thing that a program for Twilio changes: its transport.
type toGateway struct{ at *url.URL }

func (t toGateway) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host, r.Host = t.at.Scheme, t.at.Host, ""
	return http.DefaultTransport.RoundTrip(r)
}

// TestTwilioVerify is a program that was written for Twilio Verify, on the demo: by
// what demo.json says, and with the code that arrives at the simulated phone.
func TestTwilioVerify(t *testing.T) {
	t.Parallel()
	p := start(t)
	at, err := url.Parse(p.base)
	p.ok(err)
	c := &twilioclient.Client{Credentials: twilioclient.NewCredentials(p.info.Twilio.AccountSID, p.info.Twilio.AuthToken),
		HTTPClient: &http.Client{Transport: toGateway{at}, Timeout: patience}}
	c.SetAccountSid(p.info.Twilio.AccountSID)
	sdk := twilio.NewRestClientWithParams(twilio.ClientParams{Client: c}).VerifyV2
	service := p.info.Twilio.VerifyServiceSID

	const number = "+84901230017"
	v, err := sdk.CreateVerification(service, new(verify.CreateVerificationParams).SetTo(number).SetChannel("sms"))
	p.ok(err)
	code := p.codeAfter(number, 0)
	wrong := "1" + code[1:]
	if code[0] == '1' {
		wrong = "2" + code[1:]
	}
	check := func(code string) (*verify.VerifyV2VerificationCheck, error) {
		return sdk.CreateVerificationCheck(service, new(verify.CreateVerificationCheckParams).SetTo(number).SetCode(code))
	}
	if r, err := check(wrong); err != nil || *r.Status != "pending" || *r.Valid {
		t.Errorf("a wrong code: %+v %v", r, err)
	}
	if r, err := check(code); err != nil || *r.Status != "approved" || !*r.Valid || *r.Sid != *v.Sid {
		t.Errorf("the right code: %+v %v", r, err)
	}
	_, err = check(code)
	var e *twilioclient.TwilioRestError
	if !errors.As(err, &e) || e.Code != 20404 {
		t.Errorf("again: %v", err)
	}
}

// TestDemoTwilio holds that a restart of the demo keeps what its programs use, and
// that a demo.json of a version before gains it.
func TestDemoTwilio(t *testing.T) {
	t.Parallel()
	p := start(t)
	was := p.info.Twilio
	for _, shape := range []struct{ got, want string }{
		{was.AccountSID, `^AC[0-9a-f]{32}$`}, {was.AuthToken, `^[0-9a-f]{32}$`}, {was.VerifyServiceSID, `^VA[0-9a-f]{32}$`},
	} {
		if !regexp.MustCompile(shape.want).MatchString(shape.got) {
			t.Errorf("%q is not %s", shape.got, shape.want)
		}
	}
	if was.AccountSID != "AC"+strings.ReplaceAll(p.info.BankID.String(), "-", "") {
		t.Error("the account is not the bank")
	}
	p.stop()
	again := p.again()
	if again.info.Twilio != was {
		t.Errorf("after a restart: %+v, was %+v", again.info.Twilio, was)
	}
	again.stop()

	path := filepath.Join(p.dir, demoFile)
	content, err := os.ReadFile(path)
	p.ok(err)
	var info map[string]any
	p.ok(json.Unmarshal(content, &info))
	delete(info, "twilio")
	content, err = json.Marshal(info)
	p.ok(err)
	p.ok(os.WriteFile(path, content, 0o600))
	last := p.again()
	if last.info.Twilio.AuthToken == "" || last.info.Twilio.VerifyServiceSID != was.VerifyServiceSID || last.info.APIKey != p.info.APIKey {
		t.Errorf("a demo.json of before became %+v", last.info)
	}
	last.stop()

	// A lost one is made anew: the same bank and people, other secrets.
	p.ok(os.Remove(path))
	lost := p.again()
	if lost.info.BankID != p.info.BankID || lost.info.APIKey == p.info.APIKey || lost.info.Agents[0].Password == p.info.Agents[0].Password {
		t.Errorf("a lost demo.json became %+v", lost.info)
	}
	lost.signIn(lost.info.Agents[0])
}
