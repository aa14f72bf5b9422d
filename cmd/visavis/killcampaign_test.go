package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/visavis/visavis/simulator"
)

// campaignCallsEnv is how many people TestKillDuringCampaign calls: 10,000 in
// `make campaign` (the proof), by default as few as `make test` and CI have time
// for.
const campaignCallsEnv = "VISAVIS_CAMPAIGN_CALLS"

// twinCall is a call in the twin's own log, as Twilio's API lists it.
type twinCall struct {
	SID    string `json:"sid"`
	To     string `json:"to"`
	Status string `json:"status"`
}

// TestKillDuringCampaign runs a campaign with two kill -9 of gateway and database
// over a carrier that misbehaves for 5 of 100 (busy, not answered, 503, 500, 429,
// accepted without an answer, receipts twice and last first). Everybody gets
// exactly one outcome, nobody is called twice for the same attempt, and both are
// seen in the carrier's own log, which the gateway has no hand in.
func TestKillDuringCampaign(t *testing.T) {
	t.Parallel()
	people := 300
	if text := os.Getenv(campaignCallsEnv); text != "" {
		var err error
		if people, err = strconv.Atoi(text); err != nil || people < 100 || people > 10_000 {
			t.Fatalf("%s is 100 to 10,000", campaignCallsEnv)
		}
	}
	g := newGateway(t)
	g.run("demo")
	if code := g.interrupt(); code != 0 {
		t.Fatalf("the demo ended with %d: %s", code, g.log.String())
	}
	const account, token = "AC55555555555555555555555555555555", "77777777777777777777777777777777"
	cut := &outage{}
	twin := simulator.New(simulator.Config{HTTPClient: &http.Client{Transport: cut, Timeout: 15 * time.Second}, AccountSID: account, AuthToken: token, FCMProjectID: "kill", Numbers: []string{simulatorNumber},
		HistoryLimit: 100_000, MaxLiveCalls: 60, CallbackWorkers: 64, StatusDelay: 10 * time.Millisecond, AnswerAll: true, PressAll: "5#",
		Faults: simulator.Faults{HTTPErrorRate: 0.01}})
	carriers := httptest.NewServer(cut.around(twin.Handler()))
	t.Cleanup(func() {
		twin.Close()
		carriers.Close()
	})
	g.carriers = carriers.URL
	g.env = append(g.env, "VISAVIS_PUBLIC_URL="+g.base, "VISAVIS_MASTER_KEY_FILE="+filepath.Join(g.dir, keyFile),
		"VISAVIS_TWILIO_ACCOUNT_SID="+account, "VISAVIS_TWILIO_AUTH_TOKEN="+token, "VISAVIS_TWILIO_FROM="+simulatorNumber)
	g.extra = []string{carriersEnv + "=" + strings.TrimPrefix(carriers.URL, "http://")}
	g.run("serve")

	list, faulty := campaignList(people)
	k := g.bankClient()
	everyDay := []string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}
	campaign := k.call("POST", "/v1/campaigns", object{"name": "Kill", "flow": "survey", "class": "transaction", "settings": object{
		"machine": "ignore", "windows": []object{{"days": everyDay, "from": "00:00", "to": "24:00"}},
		"retries": object{"busy": object{"count": 1, "delay": 30}, "no_answer": object{"count": 0, "delay": 0}, "failed": object{"count": 2, "delay": 30}},
		"pacing":  object{"calls_per_second": 500, "parallel": 64},
	}}, 201).str("id")
	path := "/v1/campaigns/" + campaign
	if i := k.uploadList(path+"/contacts/files", list); i.get("accepted") != float64(people) || i.get("refused") != float64(0) {
		t.Fatalf("the list: %s", i.raw)
	}
	began := time.Now()
	k.call("POST", path+"/start", nil, 200)

	var progress answer
	done := func() int {
		progress = k.call("GET", path+"/progress", nil, 200)
		return int(progress.get("done").(float64))
	}
	for n := 1; n <= 2; n++ {
		g.within(patience, fmt.Sprintf("part %d", n), func() bool { return done() > people*n/4 })
		// The network fails, then the machine: the carrier has calls of which the gateway will never hear by itself.
		cut.begin()
		g.within(patience, "calls that the carrier has accepted and not confirmed", func() bool { return cut.count() >= 10 })
		g.kill()
		victims := cut.end()
		g.again() // its database went with it
		k = g.bankClient()
		done()
		t.Logf("killed with %d calls accepted and not confirmed, %v done and %v under way", victims, progress.get("done"), progress.get("calling"))
	}
	g.within(10*time.Minute, "the end of the campaign", func() bool {
		// Tests do not wait for the clock: what is to be called again, or asked after because its receipts came while nobody
		// was there, is due now.
		g.sql(`update campaign_contacts set next_at = now() where state = 'waiting'`)
		g.sql(`update phone_calls set due_at = now() where due_at > now() and lease is null and state not in ('queued', 'unknown')`)
		time.Sleep(500 * time.Millisecond)
		done()
		return progress.get("state") == "finished"
	})
	t.Logf("%d people called in %s, two kills included: %s", people, time.Since(began).Round(time.Second), progress.raw)

	// The carrier's own log, by Twilio's API.
	calls := twinLog(t, carriers.URL, account, token)
	statuses := map[string][]string{}
	sids := map[string]string{}
	for _, c := range calls {
		statuses[c.To] = append(statuses[c.To], c.Status)
		sids[c.SID] = c.To
	}
	// What the gateway says, row by row.
	rows := g.sql(`select phone, state, outcome, attempt, id::text as id from campaign_contacts where campaign_id = $1`, campaign)
	attempts := map[string]int{} // calls of ours that the carrier took, by contact
	for _, row := range g.sql(`select about_id::text as contact, provider_id, key from phone_calls where about_type = 'campaign_contact' and provider_id is not null`) {
		attempts[row["contact"].(string)]++
		if sids[row["provider_id"].(string)] == "" {
			t.Errorf("the carrier does not know %v of %v", row["provider_id"], row["key"])
		}
		delete(sids, row["provider_id"].(string))
	}
	for sid, to := range sids {
		t.Errorf("the carrier called %s once more than the gateway knows: %s", to, sid)
	}
	if len(rows) != people {
		t.Errorf("%d contacts", len(rows))
	}
	const answered = "completed"
	outcomes, expected := map[string]int{}, map[string]int{}
	for _, row := range rows {
		phone, outcome := row["phone"].(string), row["outcome"].(string)
		outcomes[outcome]++
		rang := statuses[phone]
		if n := attempts[row["id"].(string)]; row["state"] != "done" || n != len(rang) {
			t.Errorf("%s is %v, %s: %d calls of ours, the carrier says %v", phone, row["state"], outcome, n, rang)
		}
		want := "failed"
		if len(rang) > 0 {
			want = map[string]string{"completed": answered, "busy": "busy", "no-answer": "no_answer", "failed": "failed"}[lastOf(rang)]
		}
		if want == answered && outcome == "hung_up" { // the network or the gateway died while they talked
			if newest := g.simulated("calls", "to", phone)[0]; newest.get("error") != nil {
				want = outcome
			}
		}
		expected[want]++
		if want != outcome {
			t.Errorf("%s (%s) has the outcome %s, the carrier says %v", phone, faulty[phone], outcome, rang)
		}
		if len(rang) < 2 {
			continue
		}
		// Each attempt is one call: the carrier has the attempt's id in the callback that it was given. And only who had not
		// heard a word, as nobody was there to speak, may be called again after answering.
		given := map[string]bool{}
		for i, c := range g.simulated("calls", "to", phone) {
			if callback := c.str("status_callback"); given[callback] {
				t.Errorf("%s (%s) was called twice for one attempt: %s", phone, faulty[phone], c.raw)
			} else {
				given[callback] = true
			}
			if i > 0 && c.get("status") == "completed" && c.get("error") == nil {
				t.Errorf("%s (%s) was called again after it had answered and heard us: %s", phone, faulty[phone], c.raw)
			}
		}
	}
	if !maps.Equal(outcomes, expected) {
		t.Errorf("the gateway counts %v, the carrier's log %v", outcomes, expected)
	}
	told := map[string]int{}
	for name, n := range progress.get("outcomes").(object) {
		told[name] = int(n.(float64))
	}
	if !maps.Equal(told, expected) {
		t.Errorf("progress tells %v, the carrier's log %v", told, expected)
	}
	t.Logf("%d calls in the carrier's log; outcomes %v", len(calls), outcomes)
	if n := g.count(`select count(*) from events where type = 'campaign.finished'`); n != 1 {
		t.Errorf("%d events tell of the end", n)
	}
}

// outage is a network between gateway and carrier that can fail: requests reach
// the carrier, its answers and its callbacks are lost.
type outage struct {
	mu   sync.Mutex
	over chan struct{} // nil: it works
	held int
}

func (o *outage) begin() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over, o.held = make(chan struct{}), 0
}

// count is how many calls the carrier has accepted meanwhile.
func (o *outage) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.held
}

func (o *outage) end() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.over)
	o.over = nil
	return o.held
}

func (o *outage) now() chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.over
}

// RoundTrip is the way of callbacks and documents.
func (o *outage) RoundTrip(r *http.Request) (*http.Response, error) {
	if o.now() != nil {
		return nil, errors.New("lost on purpose")
	}
	return http.DefaultTransport.RoundTrip(r)
}

// around is the way to the carrier and back.
func (o *outage) around(carrier http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		over := o.now()
		if over == nil || r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/Calls.json") {
			carrier.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		carrier.ServeHTTP(answer, r)
		if answer.Code == http.StatusCreated {
			o.mu.Lock()
			o.held++
			o.mu.Unlock()
		}
		select {
		case <-over:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	})
}

// lastOf is how the newest call ended: the log begins with it.
func lastOf(statuses []string) string { return statuses[0] }

// campaignList is a CSV file of people; 5 of 100 have a number that the twin
// misbehaves at. faulty says how.
func campaignList(people int) (text string, faulty map[string]string) {
	endings := []string{"0004", "0005", "0008", "0009", "0010", "0011", "0015"} // no answer, busy, time-out after accept, receipts before, twice, reordered, 503 first
	faulty = map[string]string{}
	var b strings.Builder
	b.WriteString("phone,reference\r\n")
	for n := range people {
		ending := "0017" // answers
		if n%20 == 7 {
			ending = endings[n/20%len(endings)]
		}
		// 10 prefixes of mobile numbers, each with 1,000 numbers of an ending.
		phone := "+84" + []string{"90", "91", "93", "94", "96", "97", "98", "32", "33", "34"}[n/1000] + fmt.Sprintf("%03d", n%1000) + ending
		if ending != "0017" {
			faulty[phone] = ending
		}
		fmt.Fprintf(&b, "%s,L-%d\r\n", phone, n)
	}
	return b.String(), faulty
}

// twinLog reads every call from the carrier as its API lists them.
func twinLog(t *testing.T, base, account, token string) (all []twinCall) {
	t.Helper()
	next := "/2010-04-01/Accounts/" + account + "/Calls.json?PageSize=1000"
	for next != "" {
		req, err := http.NewRequest(http.MethodGet, base+next, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth(account, token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			Calls []twinCall `json:"calls"`
			Next  string     `json:"next_page_uri"`
		}
		err = json.NewDecoder(res.Body).Decode(&page)
		res.Body.Close()
		if err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("the carrier's log: %d %v", res.StatusCode, err)
		}
		all, next = append(all, page.Calls...), page.Next
	}
	return all
}

// uploadList hands a list in.
func (c *client) uploadList(path, text string) answer {
	c.p.Helper()
	req, err := http.NewRequest(http.MethodPost, c.p.base+path, bytes.NewReader([]byte(text)))
	c.p.ok(err)
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("Authorization", "Bearer "+c.bearer)
	res, err := c.http.Do(req)
	c.p.ok(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	c.p.ok(err)
	a := answer{p: c.p, raw: raw}
	if res.StatusCode != http.StatusOK {
		c.p.Fatalf("%s answered %d: %s", path, res.StatusCode, raw)
	}
	c.p.ok(json.Unmarshal(raw, &a.body))
	return a
}
