package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/calls/media/mediatest"
)

// talk is a call with both sides in it.
type talk struct {
	*story
	id              string
	agent           *client
	agentClip, clip mediatest.Clip
	seats           [2]*seat // agent, customer
}

// join brings both sides in and waits until they see and hear each other.
func (c *talk) join() {
	c.Helper()
	c.seats = [2]*seat{c.agent.join(c.id, c.agentClip), c.page.join(c.id, c.clip)}
	for _, k := range c.seats {
		video, audio := k.peer.Video.Load(), k.peer.Audio.Load()
		c.within(patience, "media both ways", func() bool {
			return k.peer.Video.Load() > video+20 && k.peer.Audio.Load() > audio+40
		})
	}
}

// leave ends both sockets and peers, as far as the server has not.
func (c *talk) leave() {
	for _, k := range c.seats {
		k.leave()
	}
}

// talking rings the customer, who answers on the phone, and joins both sides.
func (g *gateway) talking(s *story) *talk {
	g.Helper()
	c := &talk{story: s, agent: g.signIn(g.info.Agents[0])}
	c.agentClip, c.clip = clips(g.T)
	c.id = g.ring(c.agent, s)
	s.page.call("POST", "/v1/calls/"+c.id+"/answer", object{}, 200)
	c.join()
	return c
}

// pass leads through the open steps whose position says so.
func (c *talk) pass(want func(position int) bool) {
	c.Helper()
	for _, step := range c.agent.call("GET", "/v1/calls/"+c.id, nil, 200).list("steps") {
		position := int(step.get("position").(float64))
		if !want(position) || step.get("state") == "passed" {
			continue
		}
		if step.get("kind") == "code" {
			seen := len(c.sms(c.phone))
			c.agent.call("POST", "/v1/calls/"+c.id+"/code", nil, 200)
			if a := c.page.call("POST", "/v1/calls/"+c.id+"/code/check", object{"code": c.codeAfter(c.phone, seen)}, 200); a.get("approved") != true {
				c.Fatalf("the code: %s", a.raw)
			}
			continue
		}
		c.agent.call("POST", fmt.Sprintf("/v1/calls/%s/steps/%d", c.id, position), object{"outcome": "passed"}, 200)
	}
}

// plays checks the parts of the call's recording: there, complete, with the
// hash that was written down, and playing. It returns when each part begins and
// ends on the call's clock, by participant and part.
func (c *talk) plays(parts int) map[string][2]time.Duration {
	c.Helper()
	rec := c.bank.call("GET", "/v1/calls/"+c.id+"/recording", nil, 200)
	list := rec.list("parts")
	if len(list) != parts {
		c.Fatalf("%d parts, want %d: %s", len(list), parts, rec.raw)
	}
	spans := map[string][2]time.Duration{}
	for _, part := range list {
		name := fmt.Sprintf("%s %v", part.get("participant"), part.get("part"))
		file := c.bank.call("GET", part.str("url"), nil, 200).raw
		if sum := sha256.Sum256(file); part.get("state") != "complete" || hex.EncodeToString(sum[:]) != part.str("sha256") {
			c.Errorf("%s: %s", name, part.raw)
			continue
		}
		path := filepath.Join(c.TempDir(), strings.ReplaceAll(name, " ", "-")+".webm")
		c.ok(os.WriteFile(path, file, 0o600))
		offset := time.Duration(part.get("offset_ms").(float64)) * time.Millisecond
		spans[name] = [2]time.Duration{offset, offset + measure(c.T, path)}
	}
	return spans
}

// lenient has the scenario of a case accept the hole that a restart leaves in the
// steps around it: without it they would have to be done again, which tests of
// package calls hold.
func (g *gateway) lenient(s *story) {
	g.Helper()
	conn, err := pgx.Connect(g.Context(), g.url)
	g.ok(err)
	defer conn.Close(context.Background())
	tag, err := conn.Exec(g.Context(), `update identifications set scenario = jsonb_set(scenario::jsonb, '{settings,recording}', '{"max_gap_ms": 60000}') where id = $1`, s.idn)
	g.ok(err)
	if tag.RowsAffected() != 1 {
		g.Fatalf("%d cases changed", tag.RowsAffected())
	}
}

// TestKillInTheCall kills the gateway in a recorded call, then between the end
// that a verdict puts to the call and its finished recording, and still gets the
// approval, with all that was recorded.
func TestKillInTheCall(t *testing.T) {
	t.Parallel()
	g := newServedGateway(t, true)
	hook := g.webhooks()
	s := g.begin("+84912345604")
	g.lenient(s)
	c := g.talking(s)
	answered := s.bank.call("GET", "/v1/calls/"+c.id, nil, 200).when("answered_at")
	c.pass(func(position int) bool { return position <= 3 })
	seen := len(c.sms(c.phone))
	c.agent.call("POST", "/v1/calls/"+c.id+"/code", nil, 200)
	code := c.codeAfter(c.phone, seen)
	g.kill()
	killed := time.Now()
	c.leave()
	g.again()

	call := s.bank.call("GET", "/v1/calls/"+c.id, nil, 200)
	if call.get("state") != "active" || !call.when("answered_at").Equal(answered) {
		t.Fatalf("the call after the restart: %s", call.raw)
	}
	for i, step := range call.list("steps") {
		if passed := step.get("state") == "passed"; passed != (i < 3) {
			t.Errorf("step %d after the restart: %s", i+1, step.raw)
		}
	}
	for name, span := range c.plays(2) {
		// The recorder writes 1 s behind the call; a machine that is busy may be behind itself.
		if lost := killed.Sub(answered) - span[1]; lost < -500*time.Millisecond || span[1]-span[0] < time.Second {
			t.Errorf("%s ends %s before the kill, after %s", name, lost, span[1]-span[0])
		} else {
			t.Logf("%s ends %s before the kill", name, lost.Round(time.Millisecond))
		}
	}
	rejoined := time.Since(answered)
	c.join() // into the same call
	check := "/v1/calls/" + c.id + "/code/check"
	if a := c.page.call("POST", check, object{"code": code}, 200); a.get("approved") != true {
		t.Errorf("the code of before the kill: %s", a.raw)
	}
	if status, a := c.page.try("POST", check, object{"code": code}, nil); status == 200 && a.get("approved") == true {
		t.Errorf("the code passes twice: %s", a.raw)
	}
	c.pass(func(int) bool { return true })

	// The verdict has ended the call, and is kept from finishing the recording.
	conn, err := pgx.Connect(t.Context(), g.url)
	g.ok(err)
	defer conn.Close(context.Background())
	hold, err := conn.Begin(t.Context())
	g.ok(err)
	_, err = hold.Exec(t.Context(), `select from recordings where call_id = $1 and part = 2 for update`, c.id)
	g.ok(err)
	verdict := "/v1/identifications/" + s.idn + "/verdict"
	gone := make(chan int, 1)
	go func() {
		status, _ := c.agent.try("POST", verdict, object{"decision": "approved"}, nil)
		gone <- status
	}()
	g.within(patience, "the verdict's end of the call", func() bool {
		return g.count(`select count(*) from calls where id = $1 and state = 'ended'`, c.id) == 1
	})
	ended := g.sql(`select ended_at from calls where id = $1`, c.id)[0]["ended_at"].(time.Time)
	g.kill()
	c.leave()
	if status := <-gone; status != 0 {
		t.Fatalf("the verdict was answered with %d: the kill came too late", status)
	}
	g.again()
	if i := s.bank.call("GET", "/v1/identifications/"+s.idn, nil, 200); i.get("state") != "open" {
		t.Errorf("decided before it was recorded: %s", i.raw)
	}
	result := c.agent.call("POST", verdict, object{"decision": "approved"}, 200)
	if result.get("state") != "approved" {
		t.Fatalf("got %s", result.raw)
	}
	spans := c.plays(4)
	for name, span := range spans {
		if strings.HasSuffix(name, "2") && (span[0] < rejoined-time.Second || math.Abs((ended.Sub(answered)-span[1]).Seconds()) > 20) {
			t.Errorf("%s: %s to %s, joined after %s, ended after %s", name, span[0], span[1], rejoined, ended.Sub(answered))
		}
	}
	if rec := s.bank.call("GET", "/v1/calls/"+c.id+"/recording", nil, 200); rec.get("complete") != true {
		t.Errorf("the recording: %s", rec.raw)
	}
	for _, typ := range []string{"booking.confirmed", "call.ringing", "call.answered", "call.ended", "identification.approved"} {
		g.within(patience, "the webhook "+typ, func() bool { return len(hook.got(typ)) == 1 })
	}
	for _, part := range s.bank.call("GET", "/v1/calls/"+c.id+"/recording", nil, 200).list("parts") {
		if !strings.Contains(fmt.Sprint(hook.got("identification.approved")), part.str("sha256")) {
			t.Errorf("the approval does not name the recording %s", part.raw)
		}
	}
	g.settled()
	g.noneTwice(s.phone)
}

// TestKillAtHangup: nobody comes back after the kill; the recordings are
// finished by themselves. A Ctrl-C before it, in the call, has finished what was
// recorded until then.
func TestKillAtHangup(t *testing.T) {
	t.Parallel()
	g := newServedGateway(t, true)
	s := g.begin("+84912345605")
	c := g.talking(s)
	if code := g.interrupt(); code != 0 {
		t.Errorf("Ctrl-C in a call: exit code %d", code)
	}
	c.leave()
	g.again()
	c.plays(2)
	c.join()

	conn, err := pgx.Connect(t.Context(), g.url)
	g.ok(err)
	defer conn.Close(context.Background())
	hold, err := conn.Begin(t.Context())
	g.ok(err)
	_, err = hold.Exec(t.Context(), `select from recordings where call_id = $1 and part = 2 for update`, c.id)
	g.ok(err)
	c.page.call("POST", "/v1/calls/"+c.id+"/hangup", nil, http.StatusOK)
	g.killDatabaseToo()
	c.leave()
	g.again()
	// The lock has kept the files open until the kill; the start finishes them.
	g.within(patience, "the recordings by themselves", func() bool {
		return s.bank.call("GET", "/v1/calls/"+c.id+"/recording", nil, 200).get("complete") == true
	})
	c.plays(4)
	g.within(patience, "the due time to be done with", func() bool {
		return g.count(`select count(*) from due_times where object_id = $1`, c.id) == 0
	})
	if n := g.count(`select count(*) from events where type = 'call.ended' and object_id = $1`, c.id); n != 1 {
		t.Errorf("%d events end the call", n)
	}
}
