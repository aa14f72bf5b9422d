package main

import (
	"testing"
	"time"
)

// TestCutLink cuts the network of a running call in both directions for some
// seconds and mends it (promise B11): it is the same call with one owner and one
// part, nobody is rung again, each side is told of the other's going and coming,
// media goes on within 10 s, and the gap map has the hole.
func TestCutLink(t *testing.T) {
	t.Parallel()
	p := start(t)
	s, alice, call, agent, customer := p.talk("+84912345662")
	before := s.bank.call("GET", "/v1/calls/"+call, nil, 200)
	answered := before.when("answered_at")

	from := time.Since(answered)
	agent.peer.Unplug()
	customer.peer.Unplug()
	away := func(k *seat, who string) {
		p.within(patience, "that the other side is away", func() bool {
			return k.said(object{"type": "peer", "participant": who, "state": "away"})
		})
	}
	away(agent, "customer")
	away(customer, "agent")
	if live := s.bank.call("GET", "/v1/calls/"+call, nil, 200); live.get("state") != "active" {
		t.Fatalf("cut: %s", live.raw)
	}
	comes := func(k *seat) int { // how often it was told that the other is there
		n := 0
		for _, m := range k.heard() {
			if m["type"] == "peer" && m["state"] == "connected" {
				n++
			}
		}
		return n
	}
	told := [2]int{comes(agent), comes(customer)}
	video := [2]int64{agent.peer.Video.Load(), customer.peer.Video.Load()}
	audio := [2]int64{agent.peer.Audio.Load(), customer.peer.Audio.Load()}
	to := time.Since(answered)
	mended := time.Now()
	agent.peer.Plug()
	customer.peer.Plug()
	p.within(patience, "media both ways again", func() bool {
		return agent.peer.Video.Load() > video[0]+20 && customer.peer.Video.Load() > video[1]+20 &&
			agent.peer.Audio.Load() > audio[0]+40 && customer.peer.Audio.Load() > audio[1]+40
	})
	healed := time.Since(mended)
	p.within(patience, "that both are told of it", func() bool { return comes(agent) > told[0] && comes(customer) > told[1] })
	t.Logf("cut for %s, media goes on %s after it was mended", (to - from).Round(time.Millisecond), healed.Round(time.Millisecond))

	after := s.bank.call("GET", "/v1/calls/"+call, nil, 200)
	for _, field := range []string{"state", "agent_id", "node", "answered_at", "current_step"} {
		if after.get(field) != before.get(field) {
			t.Errorf("%s was %v and is %v", field, before.get(field), after.get(field))
		}
	}
	alice.call("POST", "/v1/calls/"+call+"/hangup", object{}, 200)
	var rec answer
	p.within(patience, "the recording", func() bool {
		rec = s.bank.call("GET", "/v1/calls/"+call+"/recording", nil, 200)
		for _, part := range rec.list("parts") {
			if part.get("state") == "open" {
				return false
			}
		}
		return true
	})
	parts := rec.list("parts")
	if len(parts) != 2 || rec.get("complete") != true {
		t.Fatalf("the recording: %s", rec.raw)
	}
	for _, part := range parts {
		found := false
		for _, g := range part.list("gaps") {
			begins := time.Duration(g.get("from_ms").(float64)) * time.Millisecond
			ends := time.Duration(g.get("to_ms").(float64)) * time.Millisecond
			if g.get("kind") == "audio" && min(ends, to)-max(begins, from) > (to-from)/2 && // the same hole, by another clock
				(g.get("cause") == "reconnect" || g.get("cause") == "network") {
				found = true
			}
		}
		if !found {
			t.Errorf("%s: no gap from %s to %s: %s", part.get("participant"), from, to, part.raw)
		}
	}
}
