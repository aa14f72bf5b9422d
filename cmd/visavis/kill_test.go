package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestKillBetweenBookingAndReminder kills the gateway right after it has
// accepted a booking, and around each of its three reminders: before it is due
// to anyone's knowledge, once its message is accepted, and once the carrier has
// it (together with the database).
func TestKillBetweenBookingAndReminder(t *testing.T) {
	t.Parallel()
	g := newServedGateway(t, true)
	s := g.begin("+84912345602")
	token := g.device(s, "handset-lan-1")
	seen := len(g.sms(s.phone))
	from := url.QueryEscape(time.Now().Add(30 * time.Hour).UTC().Format(time.RFC3339))
	to := url.QueryEscape(time.Now().Add(40 * time.Hour).UTC().Format(time.RFC3339))
	slot := s.page.call("GET", "/v1/slots?limit=1&from="+from+"&to="+to, nil, 200).str("items.0.start")
	s.booking = s.page.call("POST", "/v1/bookings", object{"start": slot}, 201).str("id")
	g.kill()

	g.again()
	if b := s.bank.call("GET", "/v1/bookings/"+s.booking, nil, 200); b.get("state") != "confirmed" || b.get("start") != slot {
		t.Fatalf("the booking that was accepted is %s", b.raw)
	}
	starts, err := time.Parse(time.RFC3339, slot)
	g.ok(err)
	var due []string
	for _, row := range g.sql(`select kind, name, due_at from due_times where object_id = $1 order by due_at`, s.booking) {
		due = append(due, fmt.Sprintf("%s%s %s", row["kind"], row["name"], starts.Sub(row["due_at"].(time.Time))))
	}
	if got := strings.Join(due, ", "); got != "reminder24h 24h0m0s, reminder1h 1h0m0s, reminder10m 10m0s, booking_due 0s" {
		t.Errorf("what is due about the booking: %s", got)
	}
	g.within(patience, "the confirmation", func() bool { return len(g.sms(s.phone)) > seen && len(g.simulated("pushes", "token", token)) > 0 })
	g.settled()

	for i, name := range []string{"24h", "1h", "10m"} {
		before := len(g.sms(s.phone))
		g.sql(`update due_times set due_at = now() where object_id = $1 and name = $2`, s.booking, name)
		switch name {
		case "1h":
			g.within(patience, "the reminder's message", func() bool {
				return g.count(`select count(*) from messages where template = 'reminder'`) == i+1
			})
			g.kill()
		case "10m":
			g.within(patience, "the reminder at the carrier", func() bool { return len(g.sms(s.phone)) > before })
			g.killDatabaseToo()
		default:
			g.kill()
		}
		g.again()
		g.within(patience, "the reminder "+name, func() bool { return len(g.sms(s.phone)) > before })
		g.settled()
	}
	g.noneTwice(s.phone)
	if got := len(g.sms(s.phone)) - seen; got != 4 {
		t.Errorf("%d SMS about the booking, want the confirmation and 3 reminders", got)
	}
	if told := g.told(s.booking); told["booking_confirmed"] != 1 || told["reminder"] != 3 {
		t.Errorf("messages about the booking: %v", told)
	}
	if ids := g.pushed(token, "reminder"); len(ids) != 3 {
		t.Errorf("reminders by push: %v", ids)
	}
	if n := g.count(`select count(*) from events where type = 'booking.reminded'`); n != 3 {
		t.Errorf("%d events say that the customer was reminded", n)
	}
}

// ring has the agent called to a booking that is due, and press Call; it
// returns the call.
func (g *gateway) ring(agent *client, s *story) string {
	g.Helper()
	s.book()
	agent.call("PUT", "/v1/presence", object{"state": "ready"}, 200)
	g.bringForward(s.booking, "booking_due")
	var entry string
	g.within(patience, "the offer", func() bool {
		for _, e := range agent.call("GET", "/v1/queue", nil, 200).list("items") {
			if e.get("booking_id") == s.booking && e.get("state") == "offered" {
				entry = e.str("id")
			}
		}
		return entry != ""
	})
	return agent.call("POST", "/v1/queue/"+entry+"/accept", nil, 201).str("id")
}

func TestKillDuringTheRing(t *testing.T) {
	t.Parallel()
	g := newServedGateway(t, true)
	s := g.begin("+84912345603")
	token := g.device(s, "handset-lan-2")
	alice := g.signIn(g.info.Agents[0])
	call := g.ring(alice, s)
	g.within(patience, "the ringing push", func() bool { return len(g.pushed(token, "call_ringing")) > 0 })
	g.settled()
	seen, ends := len(g.sms(s.phone)), s.bank.call("GET", "/v1/calls/"+call, nil, 200).str("ring_expires_at")

	// After the push, before the SMS.
	g.kill()
	g.again()
	if c := s.bank.call("GET", "/v1/calls/"+call, nil, 200); c.get("state") != "ringing" || c.get("ring_expires_at") != ends {
		t.Fatalf("the call after the restart: %s", c.raw)
	}
	if n := g.count(`select count(*) from due_times where object_id = $1 and kind in ('ring_sms', 'ring_missed')`, call); n != 2 {
		t.Errorf("%d of the ladder's 2 steps are left", n)
	}
	g.bringForward(call, "ring_sms")
	g.within(patience, "the SMS with the link", func() bool { return len(g.sms(s.phone)) > seen })
	g.kill() // the carrier has it; whether that is written down is chance
	g.again()
	g.settled()
	if n := len(g.sms(s.phone)) - seen; n != 1 {
		t.Errorf("%d SMS about the ring", n)
	}
	if ids := g.pushed(token, "call_ringing"); len(ids) != 1 {
		t.Errorf("the ring's pushes: %v", ids)
	}
	if told := g.told(call); told["call_ringing"] != 2 { // the push and the SMS
		t.Errorf("messages about the ring: %v", told)
	}

	// The link of before the kills still takes the call.
	link := g.simulated("pushes", "token", token)[0].str("data.link")
	app := &client{p: g.product, name: "app", http: http.DefaultClient, bearer: link[strings.LastIndex(link, "/")+1:]}
	if c := app.call("POST", "/v1/calls/"+call+"/answer", object{}, 200); c.get("state") != "active" {
		t.Errorf("answered after two kills: %s", c.raw)
	}
	app.call("POST", "/v1/calls/"+call+"/hangup", nil, 200)
	g.noneTwice(s.phone)
}

// TestKillBetweenSendAndMark kills the gateway while a carrier has a push and an
// SMS that it has not answered: their outcome is unknown to the next process. It
// asks the carrier for the SMS and sends no second one; the push goes again with
// the id by which the device shows it once. Then it is killed when the ring's
// end has come due, and the call is missed once.
func TestKillBetweenSendAndMark(t *testing.T) {
	t.Parallel()
	g := newServedGateway(t, false)
	s := g.begin("+84912340008") // accepted, and never answered
	token := g.device(s, "handset-timeout")
	alice := g.signIn(g.info.Agents[0])
	call := g.ring(alice, s)
	g.within(patience, "the ringing push", func() bool { return len(g.pushed(token, "call_ringing")) > 0 })
	if n := g.count(`select count(*) from deliveries where channel = 'push' and state = 'sending' and class = 'ring'`); n != 1 {
		t.Fatalf("%d pushes are being sent: the kill would prove nothing", n)
	}
	g.kill()
	g.again()
	g.within(patience, "the push again", func() bool {
		for _, n := range g.pushed(token, "call_ringing") {
			return n > 1
		}
		return false
	})
	if ids := g.pushed(token, "call_ringing"); len(ids) != 1 {
		t.Errorf("the push has several ids: %v", ids)
	}

	seen := len(g.sms(s.phone))
	g.bringForward(call, "ring_sms")
	g.within(patience, "the SMS at the carrier", func() bool { return len(g.sms(s.phone)) > seen })
	sms := `select count(*) from deliveries d join messages m using (bank_id) where m.id = d.message_id and d.channel = 'sms'
		and m.template = 'call_ringing' and d.state = any($1)`
	if n := g.count(sms, []string{"sending"}); n != 1 {
		t.Fatalf("%d SMS are being sent: the kill would prove nothing: %v", n, g.sql(`select template, d.channel, d.state, d.attempts from deliveries d join messages m on m.id = d.message_id`))
	}
	g.kill()
	g.again()
	g.within(patience, "the carrier's word about the SMS", func() bool { return g.count(sms, []string{"sent", "delivered"}) == 1 })
	if n := len(g.sms(s.phone)) - seen; n != 1 {
		t.Errorf("%d SMS were sent", n)
	}

	// Nobody answered; the kill falls on the moment that says so.
	g.bringForward(call, "ring_missed")
	g.kill()
	g.again()
	g.within(patience, "the missed call", func() bool {
		return s.bank.call("GET", "/v1/calls/"+call, nil, 200).get("state") == "missed"
	})
	if b := s.bank.call("GET", "/v1/bookings/"+s.booking, nil, 200); b.get("state") != "missed" {
		t.Errorf("its booking: %s", b.raw)
	}
	if n := g.count(`select count(*) from events where type = 'call.missed'`); n != 1 {
		t.Errorf("%d events say that the call was missed", n)
	}
	if n := g.count(`select count(*) from messages where template = 'call_missed'`); n != 1 {
		t.Errorf("%d messages offer a new time", n)
	}
	g.noneTwice(s.phone)
}

func TestKillNotNeeded(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	g.run("demo")
	key, first := g.info.APIKey, g.took
	g.bankClient().call("GET", "/v1/bank", nil, 200)

	// A second gateway on the folder, whatever its port.
	second, exited := g.spawn("demo", append(append([]string(nil), g.env...), "VISAVIS_ADDR="+freePort(t)))
	select {
	case err := <-exited:
		if err == nil || second.ProcessState.ExitCode() != 1 {
			t.Errorf("a second gateway ended with %v", err)
		}
	case <-time.After(patience):
		t.Error("a second gateway runs on the same folder")
		_ = second.Process.Kill()
		<-exited
	}
	if want := "visavis: embedded database: another visavis runs on the data folder " + g.dir; !strings.Contains(g.log.String(), want) {
		t.Errorf("the second gateway said %s", tail(g.log.String(), 500))
	}
	g.bankClient().call("GET", "/v1/bank", nil, 200)

	// Ctrl-C.
	if code := g.interrupt(); code != 0 {
		t.Errorf("Ctrl-C: exit code %d", code)
	}
	if left := g.processes(); len(left) > 0 {
		t.Errorf("left after Ctrl-C: %v", left)
	}
	g.run("demo")
	if g.info.APIKey != key {
		t.Error("the second start made another key")
	}
	t.Logf("first start %s, second %s", first.Round(time.Millisecond), g.took.Round(time.Millisecond))
	g.kill()
	g.run("demo")
	g.bankClient().call("GET", "/v1/bank", nil, 200)
}
