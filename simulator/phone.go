package simulator

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// phone shows one handset: what it got and sent, and how a bank registers it.
func (s *Simulator) phone(w http.ResponseWriter, r *http.Request) {
	number, ok := s.number(w, r)
	if !ok {
		return
	}
	tokens := tokensOf(number)
	const limit = 100
	s.mu.Lock()
	kind := s.kindOf(number)
	_, gone := s.goneSince[apnsTokenOf(number)]
	registered := !s.unregistered[tokenOf(number)]
	if kind == "iphone" {
		registered = !gone
	}
	device := registration(kind, number)
	body := map[string]any{
		"number": number, "kind": kind, "token": device[tokenField(kind)], "device": device,
		"registered": registered, "scenario": scenarioOf(number),
		"messages": collect(s.messages, limit, func(m *message) bool { return m.to == number || m.from == number }, viewMessage),
		"calls":    collect(s.calls, limit, func(c *call) bool { return c.to == number || c.from == number }, viewCall),
		"pushes":   collect(s.pushes, limit, func(p *push) bool { return slices.Contains(tokens, p.Token) }, func(p *push) *push { return p }),
	}
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, body)
}

// kindOf is what a number's handset is: android, iphone or browser. The caller
// holds s.mu.
func (s *Simulator) kindOf(number string) string {
	if kind := s.kinds[number]; kind != "" {
		return kind
	}
	return "android"
}

// tokensOf are all tokens by which a number's handset gets pushes, whatever it
// is now: a push to what it was before is not lost from sight.
func tokensOf(number string) []string {
	return []string{tokenOf(number), apnsTokenOf(number), voipTokenOf(number)} // a browser's endpoint ends with the first
}

func tokenField(kind string) string {
	if kind == "browser" {
		return "endpoint"
	}
	return "token"
}

// registration is the body with which a bank adds the handset to its customer:
// POST /v1/customers/{id}/devices.
func registration(kind, number string) map[string]string {
	switch kind {
	case "iphone":
		return map[string]string{"platform": "ios", "token": apnsTokenOf(number), "voip_token": voipTokenOf(number), "environment": "sandbox"}
	case "browser":
		sub := Subscription(number)
		return map[string]string{"platform": "web", "endpoint": sub.Endpoint, "p256dh": sub.P256dh, "auth": sub.Auth}
	}
	return map[string]string{"platform": "android", "token": tokenOf(number)}
}

// setKind makes the handset an Android phone, an iPhone or a browser.
func (s *Simulator) setKind(w http.ResponseWriter, r *http.Request) {
	number, ok := s.number(w, r)
	var in struct{ Kind string }
	if !ok || !readHandset(w, r, &in) {
		return
	}
	switch in.Kind {
	case "android", "iphone", "browser":
	default:
		writeProblem(w, http.StatusBadRequest, "kind must be android, iphone or browser")
		return
	}
	s.mu.Lock()
	if len(s.kinds) >= s.cfg.HistoryLimit {
		clear(s.kinds)
	}
	s.kinds[number] = in.Kind
	s.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Simulator) registerToken(w http.ResponseWriter, r *http.Request) {
	number, ok := s.number(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	delete(s.unregistered, tokenOf(number))
	delete(s.goneSince, apnsTokenOf(number))
	delete(s.goneSince, voipTokenOf(number))
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, map[string]string{"number": number, "token": tokenOf(number)})
}

// removeToken is the app's removal: pushes to the handset's tokens are refused
// as gone until it is registered again.
func (s *Simulator) removeToken(w http.ResponseWriter, r *http.Request) {
	number, ok := s.number(w, r)
	if !ok {
		return
	}
	s.mu.Lock()
	remember(s.unregistered, tokenOf(number), s.cfg.HistoryLimit)
	if len(s.goneSince) >= s.cfg.HistoryLimit {
		clear(s.goneSince)
	}
	s.goneSince[apnsTokenOf(number)], s.goneSince[voipTokenOf(number)] = s.now(), s.now()
	s.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// ours finds which of our numbers a handset writes to or calls: the one it names, else the one that last reached it.
// The caller holds s.mu.
func (s *Simulator) ours(named, handset string) string {
	if named != "" {
		return canonical(named)
	}
	found := ""
	s.messages.newest(func(m *message) bool {
		if m.to == handset && !m.inbound && e164Pattern.MatchString(m.from) {
			found = m.from
		}
		return found == ""
	})
	if found == "" && len(s.cfg.Numbers) > 0 {
		found = s.cfg.Numbers[0]
	}
	return found
}

// reply sends an SMS from the handset to one of our numbers, and tells the inbound URL. STOP opts out, START back in.
func (s *Simulator) reply(w http.ResponseWriter, r *http.Request) {
	number, ok := s.number(w, r)
	var in struct{ To, Body string }
	if !ok || !readHandset(w, r, &in) {
		return
	}
	if in.Body == "" || len([]rune(in.Body)) > 1600 {
		writeProblem(w, http.StatusBadRequest, "body must have 1 to 1600 characters")
		return
	}
	view, refusal := s.receive(number, in.To, in.Body)
	if refusal != "" {
		writeProblem(w, http.StatusBadRequest, refusal)
		return
	}
	writeJSON(w, http.StatusCreated, view)
}

func (s *Simulator) receive(number, to, body string) (view messageJSON, refusal string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to = s.ours(to, number)
	via, ok := s.carrierOf(to, number)
	if !e164Pattern.MatchString(to) || !ok {
		return view, "to must be one of the account's numbers"
	}
	word := strings.ToUpper(strings.TrimSpace(body))
	if via != "" {
		word = "" // opting out is Twilio's own
	}
	switch word {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT":
		remember(s.optedOut, number+"\n"+to, s.cfg.HistoryLimit)
	case "START", "YES", "UNSTOP":
		delete(s.optedOut, number+"\n"+to)
	}
	now := s.now()
	m := &message{sid: newSID("SM"), from: number, to: to, body: body, inbound: true, status: "received", via: via,
		created: now, updated: now, sent: now}
	s.messages.add(m.sid, m)
	s.publish(messageEvent(m))
	switch {
	case via == "smpp":
		s.out.add(&m.line, s.smsc.inbound(m)...)
	case via == "http" && s.inboundHTTP != "":
		s.out.add(&m.line, s.carrierInbound(m))
	case via == "" && s.inboundSMS != "":
		s.out.add(&m.line, s.inboundCallback(m))
	}
	return viewMessage(m), ""
}

// carrierOf tells whose a number is: smpp's, http's, or, empty, Twilio's. One that several may have is the one's that
// last reached the handset from it. The caller holds s.mu.
func (s *Simulator) carrierOf(number, handset string) (via string, ok bool) {
	switch {
	case slices.Contains(s.cfg.SMPPNumbers, number):
		return "smpp", true
	case slices.Contains(s.cfg.CarrierNumbers, number):
		return "http", true
	case len(s.cfg.Numbers) > 0:
		return "", s.owns(number)
	}
	s.messages.newest(func(m *message) bool {
		if m.to == handset && m.from == number && !m.inbound {
			via = m.via
			return false
		}
		return true
	})
	return via, true
}

// inboundCallback announces a handset's SMS as Twilio does, with all that it tells of a message to a long number; it
// knows no places of simulated phones. The caller holds s.mu.
func (s *Simulator) inboundCallback(m *message) callback {
	return callback{
		status: "received", method: http.MethodPost, url: s.inboundSMS, token: idempotencyToken(),
		params: url.Values{
			"MessageSid": {m.sid}, "SmsMessageSid": {m.sid}, "SmsSid": {m.sid}, "SmsStatus": {"received"},
			"AccountSid": {s.cfg.AccountSID}, "ApiVersion": {apiVersion}, "From": {m.from}, "To": {m.to}, "Body": {m.body},
			"NumMedia": {"0"}, "NumSegments": {itoa(segments(m.body))},
			"ToCountry": {""}, "ToState": {""}, "ToCity": {""}, "ToZip": {""},
			"FromCountry": {""}, "FromState": {""}, "FromCity": {""}, "FromZip": {""},
		},
		done: func(result callbackResult, answer respondent) {
			if result.Error == "" && strings.Contains(answer.contentType, "xml") {
				if doc, err := parseTwiML(answer.body, ""); err != nil || len(doc.verbs) > 0 {
					result.Error = "the answer's TwiML is not an empty Response, which is all that the twin takes for SMS"
				}
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			m.callbacks = append(m.callbacks, result)
			s.publish(messageEvent(m))
		},
	}
}

// callIn calls one of our numbers from the handset.
func (s *Simulator) callIn(w http.ResponseWriter, r *http.Request) {
	number, ok := s.number(w, r)
	var in struct{ To string }
	if !ok || !readHandset(w, r, &in) {
		return
	}
	view, status, refusal := s.startInbound(number, in.To)
	if refusal != "" {
		writeProblem(w, status, refusal)
		return
	}
	writeJSON(w, http.StatusCreated, view)
}

func (s *Simulator) startInbound(number, to string) (view callJSON, status int, refusal string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	to = s.ours(to, number)
	switch {
	case !e164Pattern.MatchString(to) || !s.owns(to):
		return view, http.StatusBadRequest, "to must be one of the account's numbers"
	case s.inboundCall == "":
		return view, http.StatusConflict, "no URL is set for incoming calls"
	}
	c := s.newCall("inbound", number, to)
	c.url = s.inboundCall
	c.statusCallback, c.events = s.inboundStatus, []string{"completed"} // a number's status callback tells its end only
	if !s.keepCall(c) {
		return view, http.StatusTooManyRequests, "too many live calls"
	}
	s.spawn(func() { s.runInbound(c) })
	return viewCall(c), 0, ""
}

type press struct {
	Digits string `json:"digits"`
}

// onCall finds the call and lets the handset act on it under s.mu; an empty answer of act means that it was done.
func (s *Simulator) onCall(act func(c *call, in press) (status int, refusal string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in press
		if !readHandset(w, r, &in) {
			return
		}
		s.mu.Lock()
		c := s.calls.byID[r.PathValue("sid")]
		status, refusal, view := http.StatusNotFound, "there is no such call", callJSON{}
		if c != nil {
			status, refusal = act(c, in)
			view = viewCall(c)
		}
		s.mu.Unlock()
		if refusal != "" {
			writeProblem(w, status, refusal)
			return
		}
		writeJSON(w, http.StatusOK, view)
	}
}

func (s *Simulator) pressAnswer(c *call, _ press) (int, string) {
	if c.direction == "inbound" || !s.answerCall(c) {
		return http.StatusConflict, "the call does not ring on this handset; it is " + c.status
	}
	return 0, ""
}

func (s *Simulator) pressReject(c *call, _ press) (int, string) {
	if c.direction == "inbound" || c.status != "ringing" {
		return http.StatusConflict, "the call does not ring on this handset; it is " + c.status
	}
	s.endCall(c, "busy")
	return 0, ""
}

// pressHangup ends a live call; one that rings is rejected, or abandoned when the handset made it.
func (s *Simulator) pressHangup(c *call, _ press) (int, string) {
	switch {
	case c.over():
		return http.StatusConflict, "the call has ended; it is " + c.status
	case c.status == "in-progress":
		s.endCall(c, "completed")
	case c.direction == "inbound":
		s.endCall(c, "no-answer")
	default:
		s.endCall(c, "busy")
	}
	return 0, ""
}

var digitsPattern = regexp.MustCompile(`^[0-9*#]{1,64}$`)

// pressDigits presses keys; outside a Gather they are heard by nobody, as on a real line.
func (s *Simulator) pressDigits(c *call, in press) (int, string) {
	if !digitsPattern.MatchString(in.Digits) {
		return http.StatusBadRequest, "digits must be 1 to 64 of 0-9, * and #"
	}
	if c.status != "in-progress" {
		return http.StatusConflict, "the call is not connected; it is " + c.status
	}
	if len(c.transcript) < 1000 {
		c.transcript = append(c.transcript, utterance{By: "handset", Verb: "digits", Text: in.Digits, At: s.now()})
	}
	if (c.gathering != nil || c.star) && len(c.digits) < 1000 {
		c.digits += in.Digits
	}
	s.publish(callEvent(c))
	c.nudge()
	return 0, ""
}
