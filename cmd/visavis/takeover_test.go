package main

import (
	"testing"
	"time"
)

// TestAnotherAgentTakesOver is an agent whose machine goes away in a call
// (promise B14), and then a supervisor who watches and a transfer: the customer
// is told, another agent leads on, and what was done stays done.
func TestAnotherAgentTakesOver(t *testing.T) {
	t.Parallel()
	g := newServedGateway(t, true)
	s := g.begin("+84912345644")
	c := g.talking(s)
	c.pass(func(position int) bool { return position == 1 })
	bob := g.signIn(g.info.Agents[1])
	bob.call("PUT", "/v1/presence", object{"state": "ready"}, 200)

	gone := time.Now()
	c.seats[0].peer.Unplug() // without a word
	g.within(patience, "that the customer is told", func() bool {
		return c.seats[1].said(object{"type": "peer", "participant": "agent", "state": "away"})
	})
	told := time.Since(gone)
	var offer answer
	g.within(patience, "the offer to another agent", func() bool {
		offer = bob.call("GET", "/v1/presence", nil, 200)
		return offer.get("state") == "offered" && offer.get("offer.kind") == "takeover"
	})
	call := bob.call("POST", "/v1/queue/"+offer.str("offer.id")+"/accept", object{"offer": offer.get("offer.offer")}, 201)
	if call.str("id") != c.id || call.list("steps")[0].get("state") != "passed" {
		t.Fatalf("the call that was taken over: %s", call.raw)
	}
	video := c.seats[1].peer.Video.Load()
	next := bob.join(c.id, c.agentClip)
	g.within(patience, "the new agent's picture", func() bool { return c.seats[1].peer.Video.Load() > video+20 && next.peer.Video.Load() > 20 })
	t.Logf("customer told after %s (3 s are promised), another agent's picture after %s (30 s)", told.Round(time.Millisecond), time.Since(gone).Round(time.Millisecond))

	// A supervisor watches, and the customer sees it; then whispers.
	sofia := g.signIn(g.info.Agents[2])
	sofia.call("POST", "/v1/calls/"+c.id+"/supervise", object{"mode": "watch"}, 200)
	watching := sofia.join(c.id, c.agentClip)
	g.within(patience, "what the supervisor sees", func() bool { return watching.peer.Video.Load() > 20 })
	g.within(patience, "that the customer is told of her", func() bool {
		return c.seats[1].said(object{"type": "party", "participant": "supervisor", "mode": "watch", "state": "present"})
	})
	sofia.call("POST", "/v1/calls/"+c.id+"/supervise", object{"mode": "whisper"}, 200)
	g.within(patience, "that all are told of the mode", func() bool {
		return next.said(object{"type": "party", "participant": "supervisor", "mode": "whisper", "state": "present"})
	})
	sofia.call("DELETE", "/v1/calls/"+c.id+"/supervise", nil, 204)
	g.within(patience, "her going", func() bool {
		watching.mu.Lock()
		defer watching.mu.Unlock()
		return watching.closed != nil && c.seats[1].said(object{"type": "party", "participant": "supervisor", "state": "left"})
	})

	// A transfer to the first agent, who is back: the socket of the one before closes.
	c.agent.call("PUT", "/v1/presence", object{"state": "ready"}, 200)
	me := c.agent.call("GET", "/v1/session", nil, 200).str("agent.id")
	entry := bob.call("POST", "/v1/calls/"+c.id+"/transfer", object{"agent_id": me, "note": "yours again"}, 201).str("id")
	c.agent.call("POST", "/v1/queue/"+entry+"/accept", nil, 201)
	g.within(patience, "the end of the other's socket", func() bool {
		next.mu.Lock()
		defer next.mu.Unlock()
		return next.closed != nil
	})
	c.seats[0] = c.agent.join(c.id, c.agentClip)
	video = c.seats[1].peer.Video.Load()
	g.within(patience, "the picture after the transfer", func() bool { return c.seats[1].peer.Video.Load() > video+20 })
	party := s.bank.call("GET", "/v1/calls/"+c.id+"/party", nil, 200)
	if leads := party.list("leads"); len(leads) != 3 || leads[1].get("how") != "took_over" || leads[2].get("how") != "transferred" || len(party.list("guests")) != 2 {
		t.Errorf("who was in the call: %s", party.raw)
	}
	c.agent.call("POST", "/v1/calls/"+c.id+"/hangup", nil, 200)
	g.within(patience, "the finished recording", func() bool {
		for _, part := range s.bank.call("GET", "/v1/calls/"+c.id+"/recording", nil, 200).list("parts") {
			if part.get("state") == "open" {
				return false
			}
		}
		return true
	})
	rec := s.bank.call("GET", "/v1/calls/"+c.id+"/recording", nil, 200)
	t.Logf("recording: %s", rec.raw)
	if rec.get("complete") != true {
		t.Errorf("the recording is not complete: %s", rec.raw)
	}
}
