package httpapi_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/twilio/twilio-go"
	"github.com/twilio/twilio-go/client"
	verify "github.com/twilio/twilio-go/rest/verify/v2"

	"github.com/visavis/visavis/banks"
)

// program is a bank's program that was written for Twilio: its SDK, whose HTTP
// client's transport goes to the gateway.
type program struct {
	*bank
	*verify.ApiService
	account, token string
	trips          *trips
}

// trips is that transport. It keeps what went over it, for the contract.
type trips struct {
	gateway *url.URL
	seen    []trip
}

type trip struct {
	method, path string
	form         url.Values
	status       int
	body         []byte
	header       http.Header
}

func (t *trips) RoundTrip(r *http.Request) (*http.Response, error) {
	var form []byte
	if r.Body != nil {
		form, _ = io.ReadAll(r.Body)
	}
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host, out.Host = t.gateway.Scheme, t.gateway.Host, ""
	out.Body = io.NopCloser(strings.NewReader(string(form)))
	res, err := http.DefaultTransport.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(res.Body)
	res.Body.Close()
	values, _ := url.ParseQuery(string(form))
	if r.Method != http.MethodPost {
		values = r.URL.Query()
	}
	t.seen = append(t.seen, trip{r.Method, r.URL.EscapedPath(), values, res.StatusCode, body, res.Header})
	res.Body = io.NopCloser(strings.NewReader(string(body)))
	return res, err
}

func (t *trips) last() trip { return t.seen[len(t.seen)-1] }

func (k *bank) program() *program {
	var made struct {
		Secret     string
		AccountSID string `json:"account_sid"`
	}
	k.call("POST", "/v1/api-keys", `{"name":"twilio","scopes":["read","write"],"kind":"twilio_verify"}`).want(201).into(&made)
	return k.programAs(made.AccountSID, made.Secret)
}

func (k *bank) programAs(account, token string) *program {
	at, err := url.Parse(k.url)
	must(k.t, err)
	t := &trips{gateway: at}
	c := &client.Client{Credentials: client.NewCredentials(account, token), HTTPClient: &http.Client{Transport: t, Timeout: 60 * time.Second}}
	c.SetAccountSid(account)
	sdk := twilio.NewRestClientWithParams(twilio.ClientParams{Username: account, Password: token, Client: c})
	return &program{bank: k, ApiService: sdk.VerifyV2, account: account, token: token, trips: t}
}

func (p *program) service(change func(*verify.CreateServiceParams)) string {
	p.t.Helper()
	params := new(verify.CreateServiceParams).SetFriendlyName("Sign in")
	if change != nil {
		change(params)
	}
	s, err := p.CreateService(params)
	must(p.t, err)
	return *s.Sid
}

func (p *program) start(service, to, channel string) *verify.VerifyV2Verification {
	p.t.Helper()
	v, err := p.CreateVerification(service, new(verify.CreateVerificationParams).SetTo(to).SetChannel(channel))
	must(p.t, err)
	return v
}

func (p *program) check(service, to, code string) (*verify.VerifyV2VerificationCheck, error) {
	return p.CreateVerificationCheck(service, new(verify.CreateVerificationCheckParams).SetTo(to).SetCode(code))
}

// wantTwilio wants an error as Twilio's SDK reads it.
func wantTwilio(t *testing.T, err error, status, code int) {
	t.Helper()
	var e *client.TwilioRestError
	if !errors.As(err, &e) || e.Status != status || e.Code != code || e.MoreInfo != fmt.Sprintf("https://www.twilio.com/docs/errors/%d", code) || e.Message == "" {
		t.Errorf("got %v, want %d %d", err, status, code)
	}
}

// deliver runs the delivery loop.
func (g *gateway) deliver() {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); g.cfg.Channels.Run(ctx) }()
	g.t.Cleanup(func() { cancel(); <-done })
}

// wrong is a code that is not the right one.
func wrong(code string) string {
	if code[0] == '9' {
		return "0" + code[1:]
	}
	return string(code[0]+1) + code[1:]
}

func TestTwilioVerification(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	g.deliver()
	p := g.newBank("alpha").program()
	service := p.service(nil)
	const to = "+84901234567"

	v := p.start(service, to, "sms")
	if *v.Status != "pending" || *v.Valid || *v.To != to || *v.Channel != "sms" || *v.AccountSid != p.account || *v.ServiceSid != service || len(*v.SendCodeAttempts) != 1 {
		t.Errorf("verification: %s", p.trips.last().body)
	}
	code := p.codeFromSMS("")
	c, err := p.check(service, to, wrong(code))
	must(t, err)
	if *c.Valid || *c.Status != "pending" {
		t.Errorf("a wrong code: %s", p.trips.last().body)
	}
	if c, err = p.check(service, to, "12345"); err != nil || *c.Valid || *c.Status != "pending" {
		t.Errorf("a code that is too short: %v", err)
	}
	_, err = p.check(service, to, "abcdef")
	wantTwilio(t, err, 400, 60200)
	c, err = p.CreateVerificationCheck(service, new(verify.CreateVerificationCheckParams).SetVerificationSid(*v.Sid).SetCode(code))
	must(t, err)
	if !*c.Valid || *c.Status != "approved" || *c.Sid != *v.Sid {
		t.Errorf("the right code: %s", p.trips.last().body)
	}
	// Used once.
	_, err = p.check(service, to, code)
	wantTwilio(t, err, 404, 20404)
	_, err = p.FetchVerification(service, to)
	wantTwilio(t, err, 404, 20404)
	if f, err := p.FetchVerification(service, *v.Sid); err != nil || *f.Status != "approved" {
		t.Errorf("fetched: %v", err)
	}
	list, err := p.ListVerificationAttempt(new(verify.ListVerificationAttemptParams).SetChannelDataTo(to))
	must(t, err)
	if len(list) != 1 || *list[0].ConversionStatus != "converted" || *list[0].VerificationSid != *v.Sid {
		t.Errorf("attempts: %s", p.trips.last().body)
	}
	if one, err := p.FetchVerificationAttempt(*list[0].Sid); err != nil || *one.Sid != *list[0].Sid {
		t.Errorf("attempt: %v", err)
	}
	sum, err := p.FetchVerificationAttemptsSummary(new(verify.FetchVerificationAttemptsSummaryParams).SetVerifyServiceSid(service))
	must(t, err)
	if sum.TotalAttempts != 1 || sum.TotalConverted != 1 || *sum.ConversionRatePercentage != "100.00" {
		t.Errorf("summary: %s", p.trips.last().body)
	}

	// Cancelled.
	v = p.start(service, to, "sms")
	u, err := p.UpdateVerification(service, *v.Sid, new(verify.UpdateVerificationParams).SetStatus("canceled"))
	must(t, err)
	if *u.Status != "canceled" {
		t.Errorf("cancelled: %s", *u.Status)
	}
	_, err = p.check(service, to, "123456")
	wantTwilio(t, err, 404, 20404)
	_, err = p.UpdateVerification(service, *v.Sid, new(verify.UpdateVerificationParams).SetStatus("canceled"))
	wantTwilio(t, err, 404, 20404)
	v = p.start(service, to, "sms")
	_, err = p.UpdateVerification(service, *v.Sid, new(verify.UpdateVerificationParams).SetStatus("approved"))
	wantTwilio(t, err, 403, 60204)

	// No number is in the log.
	_, err = p.FetchVerification(service, to)
	must(t, err)
	if log := g.log.String(); strings.Contains(log, "901234567") || strings.Contains(log, p.token) {
		t.Error("the log has a number or the token")
	}
	p.holdContract()
}

func TestTwilioLimits(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	g.deliver()
	g.stop(0)
	p := g.newBank("alpha").program()
	service := p.service(nil)

	// Five creations find the same verification; it is sent when its time has come.
	const first = "+84901234001"
	v := p.start(service, first, "sms")
	for range 4 {
		if again := p.start(service, first, "sms"); *again.Sid != *v.Sid || len(*again.SendCodeAttempts) != 1 {
			t.Errorf("created again: %s", p.trips.last().body)
		}
	}
	_, err := p.CreateVerification(service, new(verify.CreateVerificationParams).SetTo(first).SetChannel("sms"))
	wantTwilio(t, err, 429, 60203)
	if p.trips.last().header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}

	// Five checks.
	const second = "+84901234002"
	p.start(service, second, "sms")
	code := p.codeFromSMS("")
	for i := range 5 {
		c, err := p.check(service, second, wrong(code))
		must(t, err)
		if want := map[bool]string{false: "pending", true: "max_attempts_reached"}[i == 4]; *c.Status != want || *c.Valid {
			t.Errorf("check %d: %s", i+1, *c.Status)
		}
	}
	_, err = p.check(service, second, code)
	wantTwilio(t, err, 429, 60202)
	if p.trips.last().header.Get("Retry-After") == "" {
		t.Error("60202 has no Retry-After")
	}
	_, err = p.CreateVerification(service, new(verify.CreateVerificationParams).SetTo(second).SetChannel("sms"))
	wantTwilio(t, err, 429, 60202)

	for name, c := range map[string]struct {
		params       *verify.CreateVerificationParams
		status, code int
	}{
		"no number":       {new(verify.CreateVerificationParams).SetTo("+1").SetChannel("sms"), 400, 60200},
		"no To":           {new(verify.CreateVerificationParams).SetChannel("sms"), 400, 60200},
		"no channel":      {new(verify.CreateVerificationParams).SetTo(first), 400, 60200},
		"unknown channel": {new(verify.CreateVerificationParams).SetTo(first).SetChannel("pigeon"), 400, 60200},
		"e-mail":          {new(verify.CreateVerificationParams).SetTo("a@b.example").SetChannel("email"), 403, 60223},
		"own code":        {new(verify.CreateVerificationParams).SetTo("+84901234003").SetChannel("sms").SetCustomCode("123456"), 403, 60204},
		"own limits":      {new(verify.CreateVerificationParams).SetTo("+84901234003").SetChannel("sms").SetRateLimits(map[string]string{"ip": "192.0.2.1"}), 400, 60200},
		"amount":          {new(verify.CreateVerificationParams).SetTo("+84901234003").SetChannel("sms").SetAmount("1 EUR").SetPayee("x"), 403, 60204},
	} {
		_, err := p.CreateVerification(service, c.params)
		if t.Run(name, func(t *testing.T) { wantTwilio(t, err, c.status, c.code) }); err == nil {
			t.Fatal(name)
		}
	}
	_, err = p.check(service, "+84901239999", "123456")
	wantTwilio(t, err, 404, 20404)
	_, err = p.CreateVerificationCheck(service, new(verify.CreateVerificationCheckParams).SetCode("123456"))
	wantTwilio(t, err, 400, 60200)
	_, err = p.FetchService("VA" + strings.Repeat("0", 31) + "1")
	wantTwilio(t, err, 404, 20404)
	_, err = p.CreateRateLimit(service, new(verify.CreateRateLimitParams).SetUniqueName("ip"))
	wantTwilio(t, err, 501, 20501)
	p.holdContract()
}

func TestTwilioPayment(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	g.deliver()
	p := g.newBank("alpha").program()
	service := p.service(func(s *verify.CreateServiceParams) { s.SetPsd2Enabled(true) })
	if s, err := p.FetchService(service); err != nil || s.CodeLength != 8 || !*s.Psd2Enabled {
		t.Errorf("service: %+v %v", s, err)
	}
	const to = "+84901234567"
	create := func(amount, payee string) (*verify.VerifyV2Verification, error) {
		return p.CreateVerification(service, new(verify.CreateVerificationParams).SetTo(to).SetChannel("sms").SetAmount(amount).SetPayee(payee))
	}
	_, err := p.CreateVerification(service, new(verify.CreateVerificationParams).SetTo(to).SetChannel("sms"))
	wantTwilio(t, err, 400, 60200)
	_, err = create("39.99", "Acme")
	wantTwilio(t, err, 400, 60200)
	v, err := create("€39.99", "Acme")
	must(t, err)
	if *v.Amount != "€39.99" || *v.Payee != "Acme" {
		t.Errorf("verification: %s", p.trips.last().body)
	}
	_, err = p.check(service, to, "12345678")
	wantTwilio(t, err, 400, 60200)
	c, err := p.CreateVerificationCheck(service, new(verify.CreateVerificationCheckParams).SetTo(to).SetCode("12345678").SetAmount("€3999").SetPayee("Acme"))
	must(t, err)
	if *c.Status != "failed" || *c.Valid {
		t.Errorf("another amount: %s", *c.Status)
	}
	// Another payment is another verification.
	one, err := create("€1.00", "Acme")
	must(t, err)
	two, err := create("€2.00", "Acme")
	must(t, err)
	if *one.Sid == *two.Sid {
		t.Error("another payment found the first's verification")
	}
	p.holdContract()
}

func TestTwilioServices(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	a, b := g.newBank("alpha").program(), g.newBank("beta").program()
	var made []string
	for range 5 {
		made = append(made, a.service(nil))
	}
	other := b.service(nil)

	list, err := a.ListService(new(verify.ListServiceParams).SetPageSize(2).SetLimit(10))
	must(t, err)
	if len(list) != 5 || *list[0].Sid != made[4] || *list[4].Sid != made[0] {
		t.Errorf("listed %d over pages: %+v", len(list), list)
	}
	u, err := a.UpdateService(made[0], new(verify.UpdateServiceParams).SetFriendlyName("Payments").SetCodeLength(8).SetPsd2Enabled(true))
	must(t, err)
	if *u.FriendlyName != "Payments" || u.CodeLength != 8 || !*u.Psd2Enabled {
		t.Errorf("updated: %s", a.trips.last().body)
	}
	for name, params := range map[string]*verify.CreateServiceParams{
		"four digits": new(verify.CreateServiceParams).SetFriendlyName("x").SetCodeLength(4),
		"own codes":   new(verify.CreateServiceParams).SetFriendlyName("x").SetCustomCodeEnabled(true),
		"no name":     new(verify.CreateServiceParams),
		"totp of 3":   new(verify.CreateServiceParams).SetFriendlyName("x").SetTotpCodeLength(3),
		"psd2 with 6": new(verify.CreateServiceParams).SetFriendlyName("x").SetPsd2Enabled(true).SetCodeLength(6),
	} {
		_, err := a.CreateService(params)
		t.Run(name, func(t *testing.T) { wantTwilio(t, err, 400, 60200) })
	}

	// Another bank's are not there.
	const to = "+84901234567"
	v := b.start(other, to, "sms")
	_, err = a.FetchService(other)
	wantTwilio(t, err, 404, 20404)
	_, err = a.FetchVerification(other, *v.Sid)
	wantTwilio(t, err, 404, 20404)
	for _, service := range made[:1] {
		_, err = a.FetchVerification(service, *v.Sid)
		wantTwilio(t, err, 404, 20404)
	}
	_, err = a.check(made[1], to, "123456")
	wantTwilio(t, err, 404, 20404)
	_, err = a.CreateVerificationCheck(made[1], new(verify.CreateVerificationCheckParams).SetVerificationSid(*v.Sid).SetCode("123456"))
	wantTwilio(t, err, 404, 20404)
	_, err = a.UpdateVerification(made[1], *v.Sid, new(verify.UpdateVerificationParams).SetStatus("canceled"))
	wantTwilio(t, err, 404, 20404)
	wantTwilio(t, a.DeleteService(other), 404, 20404)
	if attempts, err := a.ListVerificationAttempt(nil); err != nil || len(attempts) != 0 {
		t.Errorf("another bank's attempts: %v %v", attempts, err)
	}
	// Nor another service's of the same bank.
	own := a.start(made[2], to, "sms")
	if *own.Sid == *v.Sid {
		t.Error("two banks share a verification")
	}
	_, err = a.FetchVerification(made[3], *own.Sid)
	wantTwilio(t, err, 404, 20404)
	_, err = a.FetchVerification(made[3], to)
	wantTwilio(t, err, 404, 20404)

	// A deleted service's verification is ended with it.
	must(t, a.DeleteService(made[2]))
	_, err = a.FetchVerification(made[2], *own.Sid)
	wantTwilio(t, err, 404, 20404)
	if n := a.count(`select count(*) from verifications where bank_id = $1 and state = 'pending'`, a.id); n != 0 {
		t.Errorf("%d verifications of a deleted service are pending", n)
	}

	// Credentials.
	for name, p := range map[string]*program{
		"wrong token":        a.programAs(a.account, strings.Repeat("0", 32)),
		"another's token":    a.programAs(a.account, b.token),
		"no token's shape":   a.programAs(a.account, "secret"),
		"a bank's API key":   a.programAs(a.account, strings.NewReplacer("_", "", "-", "").Replace(a.key)),
		"unknown account":    a.programAs("AC"+strings.Repeat("1", 32), a.token),
		"no SID as the user": a.programAs("visavis", a.token),
	} {
		_, err := p.FetchService(made[0])
		t.Run(name, func(t *testing.T) { wantTwilio(t, err, 401, 20003) })
	}
	if r := a.as("nobody", "GET", "/v1/customers", ""); r != nil { // and it opens nothing else
		r.header.Set("Authorization", "Bearer "+a.token)
		r.send().want(401)
	}
	key, secret, err := g.cfg.Banks.CreateAuthToken(context.Background(), a.id, "read", []string{banks.ScopeRead})
	must(t, err)
	reader := a.programAs("SK"+strings.ReplaceAll(key.ID.String(), "-", ""), secret)
	_, err = reader.FetchService(made[0])
	must(t, err)
	_, err = reader.CreateService(new(verify.CreateServiceParams).SetFriendlyName("x"))
	wantTwilio(t, err, 403, 20006)
	must(t, g.cfg.Banks.RevokeKey(context.Background(), a.id, key.ID))
	_, err = reader.FetchService(made[0])
	wantTwilio(t, err, 401, 20003)

	// An address that goes on with wrong ones is not listened to for a while.
	bad := a.programAs(a.account, strings.Repeat("0", 32))
	for range 40 {
		_, err = bad.FetchService(made[0])
	}
	wantTwilio(t, err, 429, 20429)
	a.holdContract()
}

func TestTwilioTOTP(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	g.stop(0)
	p, other := g.newBank("alpha").program(), g.newBank("beta").program()
	service := p.service(func(s *verify.CreateServiceParams) { s.SetTotpIssuer("Bank Alpha") })
	const who = "ff483d1ff591898a9942916050d2ca3f"
	made, err := p.CreateNewFactor(service, who, new(verify.CreateNewFactorParams).SetFriendlyName("An's phone").SetFactorType("totp"))
	must(t, err)
	binding := (*made.Binding).(map[string]any)
	if uri := binding["uri"].(string); *made.Status != "unverified" || !strings.HasPrefix(uri, "otpauth://totp/Bank%20Alpha:An%27s%20phone?") && !strings.HasPrefix(uri, "otpauth://totp/Bank%20Alpha:An's%20phone?") {
		t.Errorf("factor: %s", p.trips.last().body)
	}
	code := func(at time.Time) string {
		text, err := totp.GenerateCode(binding["secret"].(string), at)
		must(t, err)
		return text
	}
	now := g.now()
	_, err = p.CreateChallenge(service, who, new(verify.CreateChallengeParams).SetFactorSid(*made.Sid).SetAuthPayload(code(now)))
	wantTwilio(t, err, 400, 60200) // not verified yet
	f, err := p.UpdateFactor(service, who, *made.Sid, new(verify.UpdateFactorParams).SetAuthPayload(wrong(code(now))))
	if err != nil || *f.Status != "unverified" {
		t.Errorf("a wrong code: %v", err)
	}
	f, err = p.UpdateFactor(service, who, *made.Sid, new(verify.UpdateFactorParams).SetAuthPayload(code(now)))
	if err != nil || *f.Status != "verified" {
		t.Fatalf("verified: %v", err)
	}
	challenge := func(payload string) *verify.VerifyV2Challenge {
		c, err := p.CreateChallenge(service, who, new(verify.CreateChallengeParams).SetFactorSid(*made.Sid).SetAuthPayload(payload))
		must(t, err)
		return c
	}
	if c := challenge(code(now)); *c.Status != "pending" {
		t.Errorf("a code that was used already: %s", *c.Status)
	}
	next := code(now.Add(30 * time.Second))
	c := challenge(next)
	if *c.Status != "approved" || *c.FactorType != "totp" {
		t.Errorf("challenge: %s", p.trips.last().body)
	}
	if c := challenge(next); *c.Status != "pending" {
		t.Error("a code is taken twice")
	}
	list, err := p.ListChallenge(service, who, new(verify.ListChallengeParams).SetStatus("approved"))
	if err != nil || len(list) != 1 || *list[0].Sid != *c.Sid {
		t.Errorf("challenges: %v %+v", err, list)
	}
	all, err := p.ListChallenge(service, who, new(verify.ListChallengeParams).SetPageSize(1))
	if err != nil || len(all) != 2 {
		t.Errorf("challenges over pages: %v %d", err, len(all))
	}

	theirs := other.service(nil)
	_, err = other.FetchFactor(service, who, *made.Sid)
	wantTwilio(t, err, 404, 20404)
	_, err = other.FetchFactor(theirs, who, *made.Sid)
	wantTwilio(t, err, 404, 20404)
	_, err = other.CreateEntity(theirs, new(verify.CreateEntityParams).SetIdentity(who))
	must(t, err)
	_, err = other.FetchFactor(theirs, who, *made.Sid)
	wantTwilio(t, err, 404, 20404)
	_, err = other.FetchChallenge(theirs, who, *c.Sid)
	wantTwilio(t, err, 404, 20404)

	factors, err := p.ListFactor(service, who, nil)
	if err != nil || len(factors) != 1 {
		t.Errorf("factors: %v", err)
	}
	entities, err := p.ListEntity(service, nil)
	if err != nil || len(entities) != 1 || *entities[0].Identity != who {
		t.Errorf("entities: %v", err)
	}
	must(t, p.DeleteFactor(service, who, *made.Sid))
	_, err = p.FetchFactor(service, who, *made.Sid)
	wantTwilio(t, err, 404, 20404)
	must(t, p.DeleteEntity(service, who))
	_, err = p.FetchEntity(service, who)
	wantTwilio(t, err, 404, 20404)
	p.holdContract()
}

// device is a phone with Twilio's own SDK in the bank's app: it signs its factor's
// SID once, and challenges as a JWT of the fields that the header names.
type device struct{ key *ecdsa.PrivateKey }

func (d device) public() string {
	der, _ := x509.MarshalPKIXPublicKey(&d.key.PublicKey)
	return base64.StdEncoding.EncodeToString(der)
}

func (d device) sign(text string) string {
	hash := sha256.Sum256([]byte(text))
	der, _ := ecdsa.SignASN1(rand.Reader, d.key, hash[:])
	return base64.StdEncoding.EncodeToString(der)
}

func (d device) answer(challenge trip, status string) string {
	var shown map[string]any
	_ = json.Unmarshal(challenge.body, &shown)
	claims := map[string]any{"status": status}
	for _, field := range strings.Split(challenge.header.Get("Twilio-Verify-Signature-Fields"), ",") {
		claims[field] = shown[field]
	}
	return d.jwt(`{"alg":"ES256","typ":"JWT"}`, claims)
}

func (d device) jwt(header string, claims map[string]any) string {
	payload, _ := json.Marshal(claims)
	text := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString(payload)
	hash := sha256.Sum256([]byte(text))
	r, s, _ := ecdsa.Sign(rand.Reader, d.key, hash[:])
	return text + "." + base64.RawURLEncoding.EncodeToString(append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...))
}

func newDevice(t *testing.T) device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return device{key}
}

func TestTwilioPush(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	g.deliver()
	p := g.newBank("alpha").program()
	service := p.service(func(s *verify.CreateServiceParams) { s.SetPushIncludeDate(true) })
	const who = "customer-0001"
	phone, thief := newDevice(t), newDevice(t)
	made, err := p.CreateNewFactor(service, who, new(verify.CreateNewFactorParams).SetFriendlyName("Phone").SetFactorType("push").
		SetBindingAlg("ES256").SetBindingPublicKey(phone.public()).SetConfigAppId("com.example.bank").SetConfigSdkVersion("1.0").
		SetConfigNotificationPlatform("fcm").SetConfigNotificationToken(strings.Repeat("token-of-the-phone", 3)))
	must(t, err)
	if bytes := string(p.trips.last().body); strings.Contains(bytes, "token-of-the-phone") {
		t.Error("the answer has the whole token")
	}
	for _, payload := range []string{thief.sign(*made.Sid), phone.sign("YF" + strings.Repeat("0", 32)), "rubbish"} {
		if f, err := p.UpdateFactor(service, who, *made.Sid, new(verify.UpdateFactorParams).SetAuthPayload(payload)); err != nil || *f.Status != "unverified" {
			t.Errorf("a wrong signature: %v", err)
		}
	}
	f, err := p.UpdateFactor(service, who, *made.Sid, new(verify.UpdateFactorParams).SetAuthPayload(phone.sign(*made.Sid)))
	if err != nil || *f.Status != "verified" {
		t.Fatalf("verified: %v", err)
	}
	ask := func(message string) (*verify.VerifyV2Challenge, trip) {
		t.Helper()
		c, err := p.CreateChallenge(service, who, new(verify.CreateChallengeParams).SetFactorSid(*made.Sid).SetDetailsMessage(message).
			SetDetailsFields([]any{map[string]string{"label": "Action", "value": "Pay"}}).SetHiddenDetails(map[string]string{"ip": "192.0.2.1"}))
		must(t, err)
		return c, p.trips.last()
	}
	c, shown := ask("Pay 10 EUR to Acme?")
	if *c.Status != "pending" || *c.FactorSid != *made.Sid {
		t.Errorf("challenge: %s", shown.body)
	}
	push := <-g.box
	if push.Data["challenge_sid"] != *c.Sid || push.Data["factor_sid"] != *made.Sid || push.Data["type"] != "verify_push_challenge" {
		t.Errorf("pushed %v", push.Data)
	}
	second, shownSecond := ask("Pay 1000 EUR to Acme?")
	if *second.Sid == *c.Sid {
		t.Fatal("another question found the first's challenge")
	}
	<-g.box
	if again, _ := ask("Pay 10 EUR to Acme?"); *again.Sid != *c.Sid {
		t.Error("the same question is asked twice")
	}
	changed := trip{body: []byte(strings.Replace(string(shown.body), "Pay 10 EUR", "Pay 99 EUR", 1)), header: shown.header}
	for name, payload := range map[string]string{
		"another's key":       thief.answer(shown, "approved"),
		"another challenge's": phone.answer(shownSecond, "approved"),
		"other details":       phone.answer(changed, "approved"),
		"no decision":         phone.answer(shown, "pending"),
		"fewer fields":        phone.jwt(`{"alg":"ES256"}`, map[string]any{"sid": *c.Sid, "status": "approved"}),
	} {
		_, err := p.UpdateChallenge(service, who, *c.Sid, new(verify.UpdateChallengeParams).SetAuthPayload(payload))
		t.Run(name, func(t *testing.T) { wantTwilio(t, err, 403, 60410) })
	}
	for name, payload := range map[string]string{
		"no signature": phone.jwt(`{"alg":"none"}`, map[string]any{"status": "approved"}), "HMAC": phone.jwt(`{"alg":"HS256"}`, nil), "rubbish": "approved",
	} {
		_, err := p.UpdateChallenge(service, who, *c.Sid, new(verify.UpdateChallengeParams).SetAuthPayload(payload))
		t.Run(name, func(t *testing.T) { wantTwilio(t, err, 400, 60200) })
	}
	if got, err := p.FetchChallenge(service, who, *c.Sid); err != nil || *got.Status != "pending" {
		t.Errorf("after all that: %v", err)
	}
	done, err := p.UpdateChallenge(service, who, *c.Sid, new(verify.UpdateChallengeParams).SetAuthPayload(phone.answer(p.trips.last(), "approved")))
	if err != nil || *done.Status != "approved" || done.DateResponded == nil {
		t.Errorf("approved: %v", err)
	}
	_, err = p.UpdateChallenge(service, who, *c.Sid, new(verify.UpdateChallengeParams).SetAuthPayload(phone.answer(shown, "approved")))
	wantTwilio(t, err, 404, 20404)
	denied, err := p.UpdateChallenge(service, who, *second.Sid, new(verify.UpdateChallengeParams).SetAuthPayload(phone.answer(shownSecond, "denied")))
	if err != nil || *denied.Status != "denied" {
		t.Errorf("denied: %v", err)
	}
	p.holdContract()
}
