package simulator

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
)

func TestSMSThroughTheSDK(t *testing.T) {
	tw := newTwin(t)
	sent, err := tw.send(handset, "Mã: 482911 & more")
	if err != nil {
		t.Fatal(err)
	}
	if *sent.Status != "queued" || *sent.To != handset || *sent.NumSegments != "1" || sent.DateSent != nil {
		t.Fatalf("answer: %s", mustJSON(t, sent))
	}
	for i, want := range []string{"queued", "sent", "delivered"} {
		h := tw.receiver.next()
		for name, value := range map[string]string{
			"MessageSid": *sent.Sid, "SmsSid": *sent.Sid, "MessageStatus": want, "SmsStatus": want, "To": handset, "From": us,
			"AccountSid": testAccount, "ApiVersion": "2010-04-01", "ErrorCode": "",
		} {
			if h.form.Get(name) != value {
				t.Errorf("receipt %d: %s is %q, want %q", i, name, h.form.Get(name), value)
			}
		}
		if h.path != "/callbacks/twilio/d-1" || h.header.Get("I-Twilio-Idempotency-Token") == "" {
			t.Errorf("receipt %d: path %s, headers %v", i, h.path, h.header)
		}
	}
	fetched, err := tw.rest.Api.FetchMessage(*sent.Sid, &api.FetchMessageParams{})
	if err != nil || *fetched.Status != "delivered" || *fetched.Body != "Mã: 482911 & more" || fetched.DateSent == nil {
		t.Fatalf("fetched %v, %v", mustJSON(t, fetched), err)
	}
	var list []messageJSON
	tw.get("/simulator/messages?to=+84901234567", &list) // the plus is lost on the way, as in many scripts
	if len(list) != 1 || list[0].SID != *sent.Sid || list[0].Status != "delivered" || list[0].Body != "Mã: 482911 & more" {
		t.Fatalf("handset: %+v", list)
	}
}

func TestSMSRefusals(t *testing.T) {
	tw := newTwin(t, func(c *Config) { c.Numbers = []string{us, "VISAVIS"} })
	good := url.Values{"To": {handset}, "From": {us}, "Body": {"hello"}}
	for _, test := range []struct {
		name   string
		change url.Values // nil value: the field goes
		status int
		code   int
	}{
		{"no To", url.Values{"To": nil}, 400, 21604},
		{"To without plus", url.Values{"To": {"84901234567"}}, 400, 21211},
		{"To with spaces", url.Values{"To": {"+84 901 234 567"}}, 400, 21211},
		{"To too long", url.Values{"To": {"+8490123456789012"}}, 400, 21211},
		{"no From", url.Values{"From": nil}, 400, 21603},
		{"From malformed", url.Values{"From": {"this is no sender"}}, 400, 21212},
		{"From not ours", url.Values{"From": {"+15005550007"}}, 400, 21606},
		{"sender not ours", url.Values{"From": {"OTHER"}}, 400, 21606},
		{"to itself", url.Values{"To": {us}}, 400, 21266},
		{"no Body", url.Values{"Body": nil}, 400, 21602},
		{"Body too long", url.Values{"Body": {strings.Repeat("x", 1601)}}, 400, 21617},
		{"Body too long in UTF-16", url.Values{"Body": {strings.Repeat("😀", 801)}}, 400, 21617},
		{"bad callback", url.Values{"StatusCallback": {"/relative"}}, 400, 21609},
		{"unknown parameter", url.Values{"Texte": {"hello"}}, 400, 20001},
		{"wrong case", url.Values{"body": {"hello"}}, 400, 20001},
		{"repeated", url.Values{"Body": {"a", "b"}}, 400, 20001},
		{"not simulated", url.Values{"SendAt": {"2026-11-22T10:00:00Z"}}, 400, 20001},
		{"validity", url.Values{"ValidityPeriod": {"0"}}, 400, 20001},
		{"enum", url.Values{"RiskCheck": {"perhaps"}}, 400, 20001},
		{"not registered service", url.Values{"MessagingServiceSid": {"MG1"}}, 400, 21701},
	} {
		t.Run(test.name, func(t *testing.T) {
			form := url.Values{}
			for name, values := range good {
				form[name] = values
			}
			for name, values := range test.change {
				form[name] = values
				if values == nil {
					form.Del(name)
				}
			}
			status, answer, _ := tw.form("/Messages.json", form)
			if status != test.status || answer["code"] != float64(test.code) || answer["status"] != float64(test.status) || answer["message"] == "" ||
				!strings.HasSuffix(answer["more_info"].(string), "/"+itoa(test.code)) {
				t.Errorf("got %d %v, want %d with code %d", status, answer, test.status, test.code)
			}
		})
	}
	for _, body := range []string{strings.Repeat("x", 1600), strings.Repeat("😀", 800)} {
		if status, answer, _ := tw.form("/Messages.json", url.Values{"To": {handset}, "From": {"VISAVIS"}, "Body": {body}}); status != 201 {
			t.Errorf("1600 characters: %d %v", status, answer)
		}
	}
	var list []messageJSON
	if tw.get("/simulator/messages", &list); len(list) != 2 {
		t.Errorf("%d messages were recorded, want only the 2 accepted", len(list))
	}
	t.Run("too large", func(t *testing.T) {
		if status, answer, _ := tw.form("/Messages.json", url.Values{"Body": {strings.Repeat("x", 70_000)}}); status != 413 {
			t.Errorf("got %d %v", status, answer)
		}
	})
	t.Run("JSON", func(t *testing.T) {
		if status, answer, _ := tw.raw("POST", "/2010-04-01/Accounts/"+testAccount+"/Messages.json", "application/json", "{}", testAccount); status != 415 {
			t.Errorf("got %d %v", status, answer)
		}
	})
	t.Run("other account", func(t *testing.T) {
		if status, answer, _ := tw.raw("GET", "/2010-04-01/Accounts/ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb/Messages.json", "", "", testAccount); status != 404 || answer["code"] != 20404.0 {
			t.Errorf("got %d %v", status, answer)
		}
	})
	t.Run("no such message", func(t *testing.T) {
		_, err := tw.rest.Api.FetchMessage("SM"+strings.Repeat("0", 32), &api.FetchMessageParams{})
		if code := restCode(err); code != 20404 {
			t.Errorf("got %v", err)
		}
	})
}

func restCode(err error) int {
	var e *client.TwilioRestError
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}

func TestCredentials(t *testing.T) {
	tw := newTwin(t)
	for name, c := range map[string][2]string{
		"wrong token": {testAccount, "wrong"}, "other account": {"ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb", testToken},
	} {
		_, err := sdk(t, tw.url, c[0], c[1]).Api.ListMessage(&api.ListMessageParams{PathAccountSid: ptr(testAccount)})
		var e *client.TwilioRestError
		if !errors.As(err, &e) || e.Status != 401 || e.Code != 20003 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if status, answer, header := tw.raw("GET", "/2010-04-01/Accounts/"+testAccount+"/Messages.json", "", "", ""); status != 401 || answer["code"] != 20003.0 || header.Get("WWW-Authenticate") == "" {
		t.Errorf("no credentials: %d %v", status, answer)
	}
}

func ptr[T any](v T) *T { return &v }

func TestMessageList(t *testing.T) {
	tw := newTwin(t)
	var sids []string
	for i := range 5 {
		m, err := tw.send(handset, "number "+itoa(i))
		if err != nil {
			t.Fatal(err)
		}
		sids = append(sids, *m.Sid)
		tw.receiver.statuses(3, "MessageStatus")
		tw.clock.Advance(time.Hour)
	}
	if _, err := tw.send("+84901234599", "another handset"); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(sids) // newest first
	list := func(change func(*api.ListMessageParams)) []string {
		params := &api.ListMessageParams{}
		params.SetTo(handset).SetPageSize(2)
		change(params)
		messages, err := tw.rest.Api.ListMessage(params)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range messages {
			got = append(got, *m.Sid)
		}
		return got
	}
	start := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		change func(*api.ListMessageParams)
		want   []string
	}{
		"all pages": {func(*api.ListMessageParams) {}, sids},
		"limit":     {func(p *api.ListMessageParams) { p.SetLimit(3) }, sids[:3]},
		"after":     {func(p *api.ListMessageParams) { p.SetDateSentAfter(start.Add(3 * time.Hour)) }, sids[:2]},
		"before":    {func(p *api.ListMessageParams) { p.SetDateSentBefore(start.Add(time.Hour)) }, sids[3:]},
		"between": {func(p *api.ListMessageParams) {
			p.SetDateSentAfter(start.Add(time.Hour)).SetDateSentBefore(start.Add(3 * time.Hour))
		}, sids[1:4]},
		"exact":       {func(p *api.ListMessageParams) { p.SetDateSent(start.Add(2 * time.Hour)) }, sids[2:3]},
		"other From":  {func(p *api.ListMessageParams) { p.SetFrom("+15005550009") }, nil},
		"other month": {func(p *api.ListMessageParams) { p.SetDateSentAfter(start.AddDate(0, 1, 0)) }, nil},
	} {
		if got := list(test.change); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", name, got, test.want)
		}
	}
	base := "/2010-04-01/Accounts/" + testAccount
	for query, want := range map[string]int{"DateSent=2026-11-22": 6, "DateSent%3E=2026-11-23": 0, "DateSent%3C=2026-11-22": 6, "To=%2B84901234599": 1} {
		_, answer, _ := tw.raw("GET", base+"/Messages.json?"+query, "", "", testAccount)
		if got := len(answer["messages"].([]any)); got != want {
			t.Errorf("%s: %d messages, want %d", query, got, want)
		}
	}
	for _, query := range []string{"PageSize=0", "PageSize=1001", "Page=1", "PageToken=x", "DateSent=yesterday", "SentDate=2026-11-22", "To=1&To=2"} {
		if status, answer, _ := tw.raw("GET", base+"/Messages.json?"+query, "", "", testAccount); status != 400 || answer["code"] != 20001.0 {
			t.Errorf("%s: %d %v", query, status, answer)
		}
	}
	// Forth and back again gives the same page.
	_, one, _ := tw.raw("GET", base+"/Messages.json?PageSize=2", "", "", testAccount)
	_, two, _ := tw.raw("GET", one["next_page_uri"].(string), "", "", testAccount)
	_, back, _ := tw.raw("GET", two["previous_page_uri"].(string), "", "", testAccount)
	if mustJSON(t, back["messages"]) != mustJSON(t, one["messages"]) || mustJSON(t, two["messages"]) == mustJSON(t, one["messages"]) {
		t.Error("the previous page is not the first one")
	}
}

func TestScenariosOfSMS(t *testing.T) {
	tw := newTwin(t)
	for to, want := range map[string]int{"+84901230001": 21211, "+84901230006": 20429, "+84901230007": 20500, "+84901230012": 21610, "+84901230014": 21614} {
		if _, err := tw.send(to, "hello"); restCode(err) != want {
			t.Errorf("%s: %v, want code %d", to, err, want)
		}
	}
	if status, _, header := tw.form("/Messages.json", url.Values{"To": {"+84901230006"}, "From": {us}, "Body": {"x"}}); status != 429 || header.Get("Retry-After") != "1" {
		t.Errorf("0006: %d, Retry-After %q", status, header.Get("Retry-After"))
	}
	for to, want := range map[string][]string{
		"+84901230002": {"queued", "sent", "undelivered"},
		"+84901230003": {"queued", "failed"},
		"+84901230010": {"queued", "queued", "sent", "sent", "delivered", "delivered"},
		"+84901230011": {"delivered", "sent", "queued"},
		"+84901230013": {"queued", "sent"},
	} {
		m, err := tw.send(to, "hello")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		tokens := map[string]bool{}
		for range want {
			h := tw.receiver.next()
			got = append(got, h.form.Get("MessageStatus"))
			tokens[h.header.Get("I-Twilio-Idempotency-Token")] = true
			failed := map[string]string{"undelivered": "30003", "failed": "30008"}[h.form.Get("MessageStatus")]
			if h.form.Get("ErrorCode") != failed {
				t.Errorf("%s: ErrorCode %q", to, h.form.Get("ErrorCode"))
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: receipts %v, want %v", to, got, want)
		}
		distinct := len(want)
		if strings.HasSuffix(to, "0010") {
			distinct = 3
		}
		if len(tokens) != distinct {
			t.Errorf("%s: %d idempotency tokens, want %d", to, len(tokens), distinct)
		}
		fetched, err := tw.rest.Api.FetchMessage(*m.Sid, &api.FetchMessageParams{})
		if err != nil {
			t.Fatal(err)
		}
		final := map[string]string{"0002": "undelivered", "0003": "failed", "0010": "delivered", "0011": "delivered", "0013": "sent"}[to[len(to)-4:]]
		if *fetched.Status != final || (fetched.ErrorCode != nil) != (final == "undelivered" || final == "failed") {
			t.Errorf("%s: %s", to, mustJSON(t, fetched))
		}
	}
	t.Run("receipt before the reply", func(t *testing.T) {
		if _, err := tw.send("+84901230009", "hello"); err != nil {
			t.Fatal(err)
		}
		if n := len(tw.receiver.hooks); n != 3 {
			t.Errorf("%d receipts had come with the reply, want 3", n)
		}
		tw.receiver.statuses(3, "MessageStatus")
	})
	t.Run("first try fails", func(t *testing.T) {
		if _, err := tw.send("+84901230015", "hello"); restCode(err) != 20503 {
			t.Errorf("first: %v", err)
		}
		if _, err := tw.send("+84901230015", "hello"); err != nil {
			t.Errorf("second: %v", err)
		}
		tw.receiver.statuses(3, "MessageStatus")
	})
	t.Run("dropped", func(t *testing.T) {
		if _, err := tw.send("+84901230016", "hello"); err == nil || restCode(err) != 0 {
			t.Errorf("got %v, want a cut connection", err)
		}
		var list []messageJSON
		if tw.get("/simulator/messages?to=%2B84901230016", &list); len(list) != 0 {
			t.Errorf("accepted all the same: %+v", list)
		}
	})
}

func TestTimeoutAfterAccept(t *testing.T) {
	tw := newTwin(t)
	failed := make(chan error, 1)
	go func() {
		_, err := tw.send("+84901230008", "hello")
		failed <- err
	}()
	if got := tw.receiver.statuses(3, "MessageStatus"); got[2] != "delivered" {
		t.Fatalf("receipts %v", got)
	}
	select {
	case err := <-failed:
		t.Fatalf("the reply came: %v", err)
	default:
	}
	found, err := tw.rest.Api.ListMessage((&api.ListMessageParams{}).SetTo("+84901230008").SetDateSentAfter(tw.clock.Now().Add(-time.Minute)))
	if err != nil || len(found) != 1 || *found[0].Status != "delivered" {
		t.Fatalf("looked up: %v %v", found, err)
	}
	tw.Close() // lets the caller go
	if err := <-failed; err == nil {
		t.Error("the caller was answered")
	}
}

func TestStatusDelay(t *testing.T) {
	tw := newTwin(t, func(c *Config) { c.StatusDelay = 3 * time.Second })
	m, err := tw.send(handset, "hello")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"queued", "sent", "delivered"} {
		if got := tw.receiver.next().form.Get("MessageStatus"); got != want {
			t.Fatalf("got %s, want %s", got, want)
		}
		if i < 2 {
			tw.clock.awaited(t, 3*time.Second, i+1)
			tw.clock.Advance(3 * time.Second)
		}
	}
	fetched, err := tw.rest.Api.FetchMessage(*m.Sid, &api.FetchMessageParams{})
	if err != nil || *fetched.DateSent != "Sun, 22 Nov 2026 09:00:03 +0000" {
		t.Errorf("date_sent: %v %v", fetched.DateSent, err)
	}
}

func TestSegments(t *testing.T) {
	for body, want := range map[string]int{
		strings.Repeat("a", 160): 1, strings.Repeat("a", 161): 2, strings.Repeat("a", 306): 2, strings.Repeat("a", 307): 3,
		strings.Repeat("€", 80): 1, strings.Repeat("€", 81): 2, strings.Repeat("ệ", 70): 1, strings.Repeat("ệ", 71): 2,
		strings.Repeat("😀", 35): 1, strings.Repeat("😀", 36): 2, strings.Repeat("ж", 134): 2, strings.Repeat("ж", 135): 3,
	} {
		if got := segments(body); got != want {
			t.Errorf("%.10q… of %d bytes: %d segments, want %d", body, len(body), got, want)
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	tw := newTwin(t, func(c *Config) { c.HistoryLimit = 10 })
	for i := range 35 {
		if status, _, _ := tw.form("/Messages.json", url.Values{"To": {handset}, "From": {us}, "Body": {itoa(i)}}); status != http.StatusCreated {
			t.Fatal(status)
		}
	}
	var list []messageJSON
	tw.get("/simulator/messages", &list)
	if len(list) != 10 || list[0].Body != "34" || list[9].Body != "25" {
		t.Errorf("kept %d, from %s to %s", len(list), list[0].Body, list[len(list)-1].Body)
	}
	tw.mu.Lock()
	defer tw.mu.Unlock()
	if len(tw.messages.byID) != 10 || len(tw.messages.ids) > 21 {
		t.Errorf("holds %d items and %d ids", len(tw.messages.byID), len(tw.messages.ids))
	}
}
