package httpapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/visavis/visavis/postgres"
)

// TestMetricsAreForThisMachineOnly: they tell of all banks.
func TestMetricsAreForThisMachineOnly(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	for name, test := range map[string]struct {
		peer, host, header string
		status             int
	}{
		"this machine":                 {peer: "127.0.0.1:5000", host: "localhost:8080", status: 200},
		"this machine, IPv6":           {peer: "[::1]:5000", host: "[::1]:8080", status: 200},
		"this machine, mapped":         {peer: "[::ffff:127.0.0.1]:5000", host: "127.0.0.1", status: 200},
		"elsewhere":                    {peer: "198.51.100.7:5000", host: "localhost:8080", status: 404},
		"elsewhere, as if forwarded":   {peer: "198.51.100.7:5000", host: "localhost:8080", header: "X-Forwarded-For", status: 404},
		"a proxy here":                 {peer: "127.0.0.1:5000", host: "localhost:8080", header: "X-Forwarded-For", status: 404},
		"a proxy here, RFC 7239":       {peer: "127.0.0.1:5000", host: "localhost:8080", header: "Forwarded", status: 404},
		"a proxy here that keeps Host": {peer: "127.0.0.1:5000", host: "bank.example", status: 404},
	} {
		r := httptest.NewRequest(http.MethodGet, "/metrics", nil)
		r.RemoteAddr, r.Host = test.peer, test.host
		if test.header != "" {
			r.Header.Set(test.header, "127.0.0.1")
		}
		w := httptest.NewRecorder()
		g.srv.Handler().ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("%s: status %d, want %d", name, w.Code, test.status)
		}
	}
}

// TestMetricsTellTheBacklog: what is due counts, what lies ahead does not.
func TestMetricsTellTheBacklog(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	value := func(series string) float64 {
		t.Helper()
		body := k.as("nobody", "GET", "/metrics", "").send().want(200).body
		m := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` (\S+)$`).FindSubmatch(body)
		if m == nil {
			t.Fatalf("no %s in %s", series, body)
		}
		v, err := strconv.ParseFloat(string(m[1]), 64)
		must(t, err)
		return v
	}
	run := func(sql string, args ...any) {
		must(t, k.cfg.DB.InBank(context.Background(), k.id, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, sql, args...)
			return err
		}))
	}
	// Nothing works the queues here. First all of it lies ahead.
	far := time.Now().Add(time.Hour)
	for _, table := range []string{"messages", "webhook_deliveries", "due_times"} {
		run(`update `+table+` set due_at = $1`, far)
	}
	for _, queue := range []string{"messages_urgent", "messages", "webhooks", "due_times"} {
		if due, lag := value(`visavis_queue_due{queue="`+queue+`"}`), value(`visavis_queue_lag_seconds{queue="`+queue+`"}`); due != 0 || lag != 0 {
			t.Errorf("%s: %v due for %v s, but all of it lies ahead", queue, due, lag)
		}
	}
	late := time.Now().Add(-10 * time.Minute)
	run(`update messages set due_at = $1`, late)
	run(`insert into deliveries (bank_id, id, message_id, channel, provider, recipient, class, due_at, expires_at, created_at)
		select bank_id, gen_random_uuid(), id, 'sms', 'twilio', '+84900000000', class, $1, $1, $1 from messages`, late)
	run(`update webhook_deliveries set due_at = $1, state = 'pending'`, late)
	for i, kind := range []string{"aaa", "reminder", "zzz"} { // the kinds are stepped through
		run(`insert into due_times (bank_id, id, kind, object_id, due_at, created_at) values ($1, gen_random_uuid(), $2, gen_random_uuid(), $3, $3)`,
			k.id, kind, late.Add(-time.Duration(i)*time.Hour))
	}
	for queue, want := range map[string]struct {
		due int
		lag time.Duration
	}{
		"messages_urgent": {k.count(`select 2*count(*) from messages where class in ('security', 'ring')`), 10 * time.Minute},
		"messages":        {k.count(`select 2*count(*) from messages where class not in ('security', 'ring')`), 10 * time.Minute},
		"webhooks":        {k.count(`select count(*) from webhook_deliveries`), 10 * time.Minute},
		"due_times":       {3, 2*time.Hour + 10*time.Minute},
	} {
		if want.due == 0 {
			t.Fatalf("the fixture has no %s", queue)
		}
		due, lag := value(`visavis_queue_due{queue="`+queue+`"}`), value(`visavis_queue_lag_seconds{queue="`+queue+`"}`)
		if due != float64(want.due) || lag < want.lag.Seconds() || lag > (want.lag+time.Minute).Seconds() {
			t.Errorf("%s: %v due for %v s, want %d for %v", queue, due, lag, want.due, want.lag)
		}
	}
	run(`update calls set state = 'active', ended_at = null where id = $1`, k.ids["call_id"])
	if ringing, active := value(`visavis_calls{state="ringing"}`), value(`visavis_calls{state="active"}`); ringing != 0 || active != 1 {
		t.Errorf("%v calls ringing and %v active, want 0 and 1", ringing, active)
	}
}
