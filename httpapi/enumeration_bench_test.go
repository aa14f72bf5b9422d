package httpapi_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	verify "github.com/twilio/twilio-go/rest/verify/v2"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/httpapi"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// ask is one request of an outsider.
type ask struct{ path, body, form string }

// pair is what an outsider would like to tell apart: the i-th request about
// something that is not there, and about something that is.
type pair struct {
	name           string
	each, callers  int
	unknown, known func(i int) ask
	between        func() // before each request, such as to move the clock on
	account, token string // of Verify v2
	user           string // bearer token; "" = a stranger
}

// numbered is the i-th valid number of a range of its own.
func numbered(prefix string, i int) string { return fmt.Sprintf("+%s%06d", prefix, i) }

// BenchmarkEnumerationByBanks asks promise E8 of what a bank's program can ask on
// behalf of others: which answers are the same, and how long they take. The two
// sides come in random order, one at a time (starts: four at a time); "floor" is about what is not there,
// "ours" about what is. delta is the difference of the medians, p is Mann-Whitney's
// (two-sided). The promise is p > 0.05 or |delta| <= 1 ms; a status or body that
// differs fails. Measured on 4 busy cores with fsync on: at most 0.13 ms apart, where
// starts take 3.3 and 4.9 ms and the others 0.4 to 1.3 ms; the table is in SECURITY.md.
func BenchmarkEnumerationByBanks(b *testing.B) {
	k, _ := newBench(b)
	_, _, err := k.cfg.OTP.UpdateSettings(b.Context(), k.id, otp.Settings{HourlySends: 1_000_000, SprayingLimit: 1_000_000})
	must(b, err)
	other := k.newBank("other")
	p := k.program()
	service := p.service(nil)

	const each, few = 10_000, 200
	must(b, k.cfg.DB.InBank(b.Context(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
		for _, prefix := range []string{"84901", "84902"} {
			if _, err := tx.Exec(ctx, `insert into customers (bank_id, id, name, phone, locale, time_zone, created_at, updated_at)
				select $1, gen_random_uuid(), 'Lan', '+' || $2 || lpad(i::text, 6, '0'), 'en', 'UTC', now(), now() from generate_series(0, $3) i`, k.id, prefix, each); err != nil {
				return err
			}
		}
		return nil
	}))
	started := func(bank uuid.UUID, prefix, purpose string) (ids []uuid.UUID) {
		for i := range few {
			v, err := k.cfg.OTP.Start(b.Context(), bank, otp.StartRequest{Phone: numbered(prefix, i), Purpose: purpose})
			must(b, err)
			ids = append(ids, v.ID)
		}
		return ids
	}
	others, visits := started(other.id, "84911", "api"), started(k.id, "84912", "visit")
	var ended []string
	for i := range few {
		for prefix, done := range map[string]func(sid string) error{
			"84913": func(sid string) error {
				ended = append(ended, sid)
				_, err := p.UpdateVerification(service, sid, new(verify.UpdateVerificationParams).SetStatus("canceled"))
				return err
			},
			"84914": func(sid string) error {
				return k.cfg.DB.InBank(b.Context(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
					_, err := tx.Exec(ctx, `update verifications set expires_at = $3 where bank_id = $1 and id = $2`, k.id, uuid.MustParse(sid[2:]), time.Now().Add(-time.Second))
					return err
				})
			},
		} {
			must(b, done(*p.start(service, numbered(prefix, i), "sms").Sid))
		}
	}
	testdb.Analyse(b, k.cfg.DB)

	start := func(prefix string) func(int) ask {
		return func(i int) ask {
			return ask{path: "/v1/verifications", body: `{"phone":"` + numbered(prefix, i) + `"}`}
		}
	}
	check := func(id func(i int) uuid.UUID) func(int) ask {
		return func(i int) ask {
			return ask{path: "/v1/verifications/" + id(i).String() + "/check", body: `{"code":"123456"}`}
		}
	}
	nothing := func(int) uuid.UUID { return uuid.Must(uuid.NewV7()) }
	v2 := func(resource, fields string, value func(i int) string) func(int) ask {
		return func(i int) ask {
			return ask{path: "/v2/Services/" + service + "/" + resource, form: fields + url.QueryEscape(value(i))}
		}
	}
	startV2 := func(prefix string) func(int) ask {
		return v2("Verifications", "Channel=sms&To=", func(i int) string { return numbered(prefix, i) })
	}
	checkV2 := func(prefix string) func(int) ask {
		return v2("VerificationCheck", "Code=123456&To=", func(i int) string { return numbered(prefix, i%few) })
	}
	bySID := func(sid func(i int) string) func(int) ask {
		return v2("VerificationCheck", "Code=123456&VerificationSid=", sid)
	}
	for _, c := range []pair{
		{name: "check/another-banks", unknown: check(nothing), known: check(func(i int) uuid.UUID { return others[i%few] })},
		{name: "check/another-purposes", unknown: check(nothing), known: check(func(i int) uuid.UUID { return visits[i%few] })},
		{name: "start/a-customers-number", callers: 4, unknown: start("84903"), known: start("84901")},
		{name: "v2-start/a-customers-number", callers: 4, unknown: startV2("84904"), known: startV2("84902")},
		{name: "v2-check/ended", unknown: checkV2("84915"), known: checkV2("84913")},
		{name: "v2-check/expired", unknown: checkV2("84915"), known: checkV2("84914")},
		{name: "v2-check-by-sid/ended", unknown: bySID(func(i int) string { return "VE" + strings.ReplaceAll(uuid.Must(uuid.NewV7()).String(), "-", "") }), known: bySID(func(i int) string { return ended[i%few] })},
		{name: "v2-check-by-sid/another-banks", unknown: bySID(func(i int) string { return "VE" + strings.ReplaceAll(uuid.Must(uuid.NewV7()).String(), "-", "") }),
			known: bySID(func(i int) string { return "VE" + strings.ReplaceAll(others[i%few].String(), "-", "") })},
	} {
		c.each, c.account, c.token, c.user = each, p.account, p.token, k.key
		b.Run(c.name, func(b *testing.B) { k.tellApart(b, c) })
	}
}

// BenchmarkEnumerationByStrangers is BenchmarkEnumerationByBanks for what anybody
// can ask: to sign in, to get a lost link back by number and code, to open a link. A
// recovery takes 300 ms by design and a sign-in as long as a password takes, so
// these have fewer samples. Measured: at most 0.18 ms apart (sign-ins, of 45 ms),
// p from 0.38 to 0.95.
func BenchmarkEnumerationByStrangers(b *testing.B) {
	k, _ := newBench(b, func(c *httpapi.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	const links, signIns, recoveries = 10_000, 500, 400
	ctx := b.Context()
	var forged [2][]string // of links that are not there, and that are: their ids, with 16 bytes that are not their signature
	var lock sync.Mutex
	var all sync.WaitGroup
	for part := range 4 {
		all.Go(func() {
			for i := part; i < recoveries; i += 4 {
				c, err := k.cfg.Banks.CreateCustomer(ctx, k.id, banks.NewCustomer{Name: "Lan", Phone: numbered("84901", i)})
				if err == nil {
					var link banks.Link
					if _, link, err = k.cfg.Identifications.Create(ctx, k.id, identifications.NewIdentification{CustomerID: c.ID, Scenario: "open-account"}); err == nil {
						lock.Lock()
						forged[0] = append(forged[0], forge(uuid.Must(uuid.NewV7())))
						forged[1] = append(forged[1], forge(link.ID))
						lock.Unlock()
					}
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	if b.Failed() {
		b.FailNow()
	}
	_, err := k.cfg.Banks.UpdateAgent(ctx, k.id, k.agents["auditor"], banks.AgentChange{Enabled: new(false)})
	must(b, err)
	testdb.Analyse(b, k.cfg.DB)

	signIn := func(email string) func(int) ask {
		return func(int) ask {
			return ask{path: "/v1/session", body: `{"email":"` + email + `","password":"not the password"}`}
		}
	}
	open := func(tokens []string) func(int) ask {
		return func(i int) ask {
			return ask{path: "/v1/visit/session", body: `{"token":"` + tokens[i%len(tokens)] + `"}`}
		}
	}
	begin := func(prefix string) func(int) ask {
		return func(i int) ask {
			return ask{path: "/v1/visit/recover", body: `{"bank":"bench","phone":"` + numbered(prefix, i) + `"}`}
		}
	}
	later := func() { k.stop(banks.SignInWindow + time.Second) } // else an e-mail is asked ten times and no more
	for _, c := range []pair{
		{name: "link/signature", each: links, unknown: open(forged[0]), known: open(forged[1])},
		{name: "sign-in/agent", each: signIns, unknown: signIn("nobody@bench.example"), known: signIn("agent@bench.example"), between: later},
		{name: "sign-in/disabled", each: signIns, unknown: signIn("nobody@bench.example"), known: signIn("auditor@bench.example"), between: later},
		{name: "recover/number", each: recoveries, callers: 8, unknown: begin("84902"), known: begin("84901")},
	} {
		b.Run(c.name, func(b *testing.B) { k.tellApart(b, c) })
	}
	// Checks of recoveries, each of which may be checked five times: those that were
	// begun above are not at hand, so others are.
	var begun [2][]string
	for side, prefix := range []string{"84902", "84901"} {
		begun[side] = make([]string, recoveries)
		for part := range 16 {
			all.Go(func() {
				for i := part; i < recoveries; i += 16 {
					var r struct {
						VerificationID string `json:"verification_id"`
					}
					a := begin(prefix)(i)
					k.as("nobody", "POST", a.path, a.body).with("X-Forwarded-For", address()).send().want(202).into(&r)
					begun[side][i] = r.VerificationID
				}
			})
		}
	}
	all.Wait()
	check := func(side int) func(int) ask {
		return func(i int) ask {
			return ask{path: "/v1/visit/recover/check", body: `{"verification_id":"` + begun[side][i] + `","code":"000000"}`}
		}
	}
	c := pair{name: "recover-check/wrong-code", each: recoveries, callers: 8, unknown: check(0), known: check(1)}
	b.Run(c.name, func(b *testing.B) { k.tellApart(b, c) })
	k.stop(otp.Life + time.Second)
	c.name = "recover-check/expired"
	b.Run(c.name, func(b *testing.B) { k.tellApart(b, c) })
}

// forge is a link's token with another signature than ours.
func forge(id uuid.UUID) string {
	return base64.RawURLEncoding.EncodeToString(append(id[:], make([]byte, 16)...))
}

var addresses atomic.Uint32

// address is one that nobody had before: what is limited for an address is not measured.
func address() string {
	n := addresses.Add(1)
	return netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}).String()
}

// tellApart asks about both sides in random order and reports what came of it.
func (k *bank) tellApart(b *testing.B, c pair) {
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: max(c.callers, 1)}}
	defer client.CloseIdleConnections()
	send := func(side, i int) (time.Duration, string) {
		a := [2]func(int) ask{c.unknown, c.known}[side](i)
		body, kind := a.body, "application/json"
		if a.form != "" {
			body, kind = a.form, "application/x-www-form-urlencoded"
		}
		req, err := http.NewRequest(http.MethodPost, k.url+a.path, strings.NewReader(body))
		if err != nil {
			b.Error(err)
			return 0, ""
		}
		req.Header.Set("Content-Type", kind)
		req.Header.Set("X-Forwarded-For", address())
		if a.form != "" {
			req.SetBasicAuth(c.account, c.token)
		} else if c.user != "" {
			req.Header.Set("Authorization", "Bearer "+c.user)
		}
		sent := time.Now()
		res, err := client.Do(req)
		if err != nil {
			b.Error(err)
			return 0, ""
		}
		answer, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		return time.Since(sent), shape(res, string(answer))
	}
	b.ResetTimer()
	for b.Loop() {
		type turn struct{ side, i int }
		var turns []turn
		for side := range 2 {
			for i := range c.each {
				turns = append(turns, turn{side, i})
			}
		}
		rand.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
		var took [2][]time.Duration
		shapes := [2]map[string]int{{}, {}}
		var lock sync.Mutex
		var next atomic.Int64
		var all sync.WaitGroup
		for range max(c.callers, 1) {
			all.Go(func() {
				for {
					n := int(next.Add(1)) - 1
					if n >= len(turns) || b.Failed() {
						return
					}
					t := turns[n]
					if c.between != nil {
						c.between()
					}
					d, like := send(t.side, t.i)
					lock.Lock()
					took[t.side] = append(took[t.side], d)
					shapes[t.side][like]++
					lock.Unlock()
				}
			})
		}
		all.Wait()
		for like, n := range shapes[1] {
			if shapes[0][like] == 0 {
				b.Errorf("%d of %d that are there are answered with %s, which nothing else is; those that are not: %v", n, c.each, like, shapes[0])
			}
		}
		if b.Failed() {
			return
		}
		var middle [2]float64
		for side, name := range [2]string{"floor", "ours"} {
			slices.Sort(took[side])
			middle[side] = took[side][len(took[side])/2].Seconds() * 1000
			b.ReportMetric(middle[side], name+"-median-ms")
			b.ReportMetric(testdb.Percentile(took[side], 99).Seconds()*1000, name+"-p99-ms")
		}
		b.ReportMetric(middle[1]-middle[0], "ours-delta-ms")
		b.ReportMetric(testdb.MannWhitney(took[0], took[1]), "ours-p")
		b.ReportMetric(float64(c.each), "ours-each")
	}
	b.ReportMetric(0, "ns/op")
	testdb.ReportFsync(b, k.cfg.DB)
}

// What differs from answer to answer: ids, times, numbers and sealed texts, of which
// only the length is told.
var (
	anyTime   = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`)
	anyID     = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[A-Z]{2}[0-9a-f]{32}\b`)
	anyNumber = regexp.MustCompile(`\+\d{8,15}`)
	anySealed = regexp.MustCompile(`[A-Za-z0-9_-]{60,}`)
)

// shape is an answer without what differs each time.
func shape(res *http.Response, body string) string {
	body = anyTime.ReplaceAllString(body, "TIME")
	body = anyID.ReplaceAllString(body, "ID")
	body = anyNumber.ReplaceAllString(body, "NUMBER")
	body = anySealed.ReplaceAllStringFunc(body, func(text string) string { return fmt.Sprint("SEALED", len(text)) })
	var headers []string
	for name := range res.Header {
		headers = append(headers, name)
	}
	slices.Sort(headers)
	return fmt.Sprint(res.StatusCode, headers, body)
}
