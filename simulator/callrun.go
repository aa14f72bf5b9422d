package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"time"
)

// A call is led by one goroutine (runCall). Handsets and the API change its state under Simulator.mu and nudge it.

func (c *call) nudge() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// await waits until cond (evaluated under s.mu) holds, for at most d; it tells whether cond holds. It also returns, with
// false, when the call ends.
func (s *Simulator) await(c *call, d time.Duration, cond func() bool) bool {
	return s.awaitUntil(c, s.cfg.After(d), cond)
}

// expect is await for what a person does.
func (s *Simulator) expect(c *call, d time.Duration, cond func() bool) bool {
	return s.awaitUntil(c, s.cfg.Patience(d), cond)
}

func (s *Simulator) awaitUntil(c *call, timer <-chan time.Time, cond func() bool) bool {
	for {
		s.mu.Lock()
		ok := cond()
		s.mu.Unlock()
		if ok {
			return true
		}
		select {
		case <-c.wake:
		case <-timer:
			return false
		case <-c.ctx.Done():
			return false
		}
	}
}

// runCall takes an outgoing call from queued to its end.
func (s *Simulator) runCall(c *call) {
	s.tell(c, "initiated", "initiated")
	if !s.wait(c.ctx, s.cfg.StatusDelay) {
		s.finish(c, "canceled")
		return
	}
	switch c.scenario {
	case "busy", "failed":
		s.finish(c, c.scenario)
		return
	}
	if !s.ring(c) {
		return
	}
	switch c.scenario {
	case "no-answer":
		s.finish(c, "no-answer")
		return
	case "answers", "voicemail":
		s.mu.Lock()
		s.answerCall(c)
		s.mu.Unlock()
	default:
		if s.cfg.AnswerAll {
			s.mu.Lock()
			s.answerCall(c)
			s.mu.Unlock()
		}
	}
	s.expect(c, c.timeout, func() bool { return c.status != "ringing" })
	s.mu.Lock()
	answered := c.status == "in-progress"
	s.mu.Unlock()
	if !answered {
		s.finish(c, "no-answer")
		return
	}
	if c.direction == "outbound-dial" {
		s.await(c, c.timeLimit, c.over) // bridged until one side hangs up
	} else {
		s.runProgram(c, target{url: c.url, method: c.method, twiml: c.twiml})
	}
	s.finish(c, "completed")
}

func (s *Simulator) ring(c *call) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.over() {
		return false
	}
	c.status, c.updated = "ringing", s.now()
	s.tellLocked(c, "ringing", "ringing")
	s.publish(callEvent(c))
	close(c.ringing)
	return true
}

// answerCall connects a ringing call; false when it does not ring. The caller holds s.mu.
func (s *Simulator) answerCall(c *call) bool {
	if c.status != "ringing" {
		return false
	}
	c.status, c.answered = "in-progress", s.now()
	c.updated = c.answered
	if c.detectMachine {
		c.answeredBy = "human"
		if c.scenario == "voicemail" {
			c.answeredBy = "machine_start"
		}
	}
	s.tellLocked(c, "answered", "in-progress")
	s.publish(callEvent(c))
	c.nudge()
	s.spawn(func() { // the limit of the whole call
		select {
		case <-s.cfg.After(c.timeLimit):
			s.finish(c, "completed")
		case <-c.ctx.Done():
		}
	})
	return true
}

func (s *Simulator) finish(c *call, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endCall(c, status)
}

// endCall ends a call that has not ended. The caller holds s.mu.
func (s *Simulator) endCall(c *call, status string) {
	if c.over() {
		return
	}
	c.status, c.ended = status, s.now()
	c.updated, c.gathering = c.ended, nil
	s.live--
	select {
	case <-c.ringing:
	default:
		close(c.ringing)
	}
	s.tellLocked(c, "completed", status)
	s.publish(callEvent(c))
	c.stop()
	if c.parent != nil {
		c.parent.nudge()
	}
}

func (s *Simulator) tell(c *call, event, status string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tellLocked(c, event, status)
}

// tellLocked sends a status callback for event when the call asks for it. The caller holds s.mu.
func (s *Simulator) tellLocked(c *call, event, status string) {
	if c.statusCallback != "" && slices.Contains(c.events, event) {
		params := s.voiceParams(c)
		params.Set("CallStatus", status)
		params.Set("CallbackSource", "call-progress-events")
		params.Set("SequenceNumber", itoa(c.sequence))
		params.Set("Timestamp", s.now().Format("Mon, 02 Jan 2006 15:04:05 +0000"))
		if event == "completed" {
			seconds := c.seconds()
			params.Set("CallDuration", itoa(seconds))
			params.Set("Duration", itoa((seconds+59)/60)) // minutes
		}
		c.held = append(c.held, callback{
			status: status, method: c.statusMethod, url: c.statusCallback, params: params, token: idempotencyToken(),
			done: func(result callbackResult, _ respondent) {
				s.mu.Lock()
				defer s.mu.Unlock()
				c.callbacks = append(c.callbacks, result)
			},
		})
	}
	c.sequence++
	if c.scenario != "reordered-receipts" || event == "completed" {
		s.out.add(&c.line, arrange(c.scenario, c.held)...)
		c.held = nil
	}
}

// voiceParams are the parameters of every webhook about a call. The caller holds s.mu.
func (s *Simulator) voiceParams(c *call) url.Values {
	params := url.Values{
		"CallSid": {c.sid}, "AccountSid": {s.cfg.AccountSID}, "From": {c.from}, "To": {c.to}, "Caller": {c.from},
		"Called": {c.to}, "Direction": {c.direction}, "CallStatus": {c.status}, "ApiVersion": {apiVersion},
	}
	if c.answeredBy != "" {
		params.Set("AnsweredBy", c.answeredBy)
	}
	if c.parent != nil {
		params.Set("ParentCallSid", c.parent.sid)
	}
	return params
}

// runInbound takes a call from a handset to one of our numbers: it rings until the first document is there.
func (s *Simulator) runInbound(c *call) {
	if !s.ring(c) {
		return
	}
	doc, err := s.load(c, target{url: c.url, method: http.MethodPost})
	if err != nil {
		s.fail(c, err)
		s.finish(c, "failed")
		return
	}
	if len(doc.verbs) > 0 && doc.verbs[0].name == "Reject" {
		status := "no-answer"
		if doc.verbs[0].attr("reason", "rejected") == "busy" {
			status = "busy"
		}
		s.finish(c, status)
		return
	}
	s.mu.Lock()
	ok := s.answerCall(c)
	s.mu.Unlock()
	if ok {
		s.runDocument(c, doc)
	}
	s.finish(c, "completed")
}
