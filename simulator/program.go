package simulator

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxDocuments bounds how many documents one call may fetch, so that a loop of redirects ends.
const maxDocuments = 100

// target is where the next document comes from.
type target struct {
	url, method string
	twiml       string     // given instead of a URL
	extra       url.Values // Digits, DialCallStatus, ...
}

// runProgram fetches the first document and executes until the call or the documents end.
func (s *Simulator) runProgram(c *call, start target) {
	doc, err := s.load(c, start)
	if err != nil {
		s.fail(c, err)
		return
	}
	s.runDocument(c, doc)
}

func (s *Simulator) runDocument(c *call, doc *document) {
	for n := 1; doc != nil; n++ {
		next, err := s.execute(c, doc)
		s.mu.Lock()
		if c.redirect != nil && !c.over() {
			next, err = c.redirect, nil
			c.redirect = nil
		}
		c.gathering = nil
		s.mu.Unlock()
		if err == nil && next == nil || c.ctx.Err() != nil {
			return
		}
		if err == nil && n >= maxDocuments {
			err = twimlErrorf(12200, "the call has used %d documents", n)
		}
		if err == nil {
			doc, err = s.load(c, *next)
		}
		if err != nil {
			s.fail(c, err)
			return
		}
	}
}

// load fetches or parses a document; a failure goes once to the call's FallbackUrl.
func (s *Simulator) load(c *call, from target) (*document, error) {
	if from.url == "" && from.twiml != "" {
		return parseTwiML([]byte(from.twiml), "")
	}
	if !webURL(from.url) {
		return nil, twimlErrorf(11100, "invalid URL format")
	}
	s.mu.Lock()
	params := s.voiceParams(c)
	fallbackURL, fallbackMethod := c.fallbackURL, c.fallbackMethod
	s.mu.Unlock()
	for name, values := range from.extra {
		params[name] = values
	}
	doc, err := s.fetchTwiML(c.ctx, from.method, from.url, params)
	var fault *twimlError
	if errors.As(err, &fault) && fallbackURL != "" && !c.fellBack && c.ctx.Err() == nil {
		c.fellBack = true // only the call's own goroutine touches it
		params.Set("ErrorCode", itoa(fault.Code))
		params.Set("ErrorUrl", from.url)
		return s.fetchTwiML(c.ctx, fallbackMethod, fallbackURL, params)
	}
	return doc, err
}

// fail records why a call's documents could not be executed.
func (s *Simulator) fail(c *call, err error) {
	if c.ctx.Err() != nil {
		return // hung up meanwhile
	}
	var fault *twimlError
	if !errors.As(err, &fault) {
		fault = twimlErrorf(11200, "%v", err)
	}
	s.log.Warn("simulated call ends with a TwiML error", "sid", c.sid, "code", fault.Code)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.failure = fault
	s.publish(callEvent(c))
}

// execute runs the verbs of one document. It returns the next target, or nil at the end of the document or call.
func (s *Simulator) execute(c *call, doc *document) (*target, error) {
	interrupted := func() bool { return c.redirect != nil }
	for _, verb := range doc.verbs {
		if c.ctx.Err() != nil {
			return nil, nil
		}
		var next *target
		var err error
		switch verb.name {
		case "Say", "Play", "Pause":
			err = s.perform(c, doc, verb, interrupted)
		case "Gather":
			next, err = s.gather(c, doc, verb)
		case "Dial":
			next, err = s.dial(c, doc, verb)
		case "Record":
			next, err = s.record(c, doc, verb)
		case "Redirect":
			s.hear(c, utterance{By: "gateway", Verb: "redirect"})
			next, err = s.follow(doc, verb.text, verb.attr("method", "POST"), nil)
		case "Hangup", "Reject":
			s.hear(c, utterance{By: "gateway", Verb: strings.ToLower(verb.name)})
			return nil, nil
		}
		if next != nil || err != nil {
			return next, err
		}
		s.mu.Lock()
		stop := interrupted()
		s.mu.Unlock()
		if stop {
			return nil, nil
		}
	}
	return nil, nil
}

// follow resolves a document's reference; an empty one is the document itself.
func (s *Simulator) follow(doc *document, reference, method string, extra url.Values) (*target, error) {
	if method = strings.ToUpper(method); method != http.MethodGet && method != http.MethodPost {
		return nil, twimlErrorf(12200, "schema violation: method must be GET or POST")
	}
	resolved, err := resolve(doc, reference)
	if err != nil {
		return nil, err
	}
	return &target{url: resolved, method: method, extra: extra}, nil
}

func resolve(doc *document, reference string) (string, error) {
	ref, err := url.Parse(strings.TrimSpace(reference))
	if err != nil {
		return "", twimlErrorf(11100, "invalid URL format")
	}
	if doc.url != "" {
		base, err := url.Parse(doc.url)
		if err != nil {
			return "", twimlErrorf(11100, "invalid URL format")
		}
		if reference == "" {
			return doc.url, nil
		}
		ref = base.ResolveReference(ref)
	}
	if !webURL(ref.String()) {
		return "", twimlErrorf(11100, "invalid URL format")
	}
	return ref.String(), nil
}

// hear adds to the transcript, which keeps the first 1,000 entries.
func (s *Simulator) hear(c *call, u utterance) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u.At = s.now()
	if len(c.transcript) < 1000 {
		c.transcript = append(c.transcript, u)
	}
	s.publish(callEvent(c))
}

// number reads an attribute that must be a whole number between low and high.
func number(e element, name string, fallback, low, high int) (int, error) {
	raw, ok := e.attrs[name]
	if !ok {
		return fallback, nil
	}
	n, err := strconv.Atoi(raw)
	if err != nil || n < low || n > high {
		return 0, twimlErrorf(12200, "schema violation: %s of %s must be a whole number between %d and %d", name, e.name, low, high)
	}
	return n, nil
}

// perform speaks, plays or pauses until done or interrupted (evaluated under s.mu).
func (s *Simulator) perform(c *call, doc *document, verb element, interrupted func() bool) error {
	loop, err := number(verb, "loop", 1, 0, 1000)
	if err != nil {
		return err
	}
	var lasts time.Duration
	heard := utterance{By: "gateway", Verb: strings.ToLower(verb.name), Text: verb.text}
	switch verb.name {
	case "Say":
		heard.Language, heard.Voice = verb.attrs["language"], verb.attrs["voice"]
		switch {
		case verb.text == "":
			return twimlErrorf(13520, "Say: invalid text")
		case utf8.RuneCountInString(verb.text) > 4096:
			return twimlErrorf(13520, "Say: the text is longer than 4096 characters")
		case !speaks(heard.Language):
			return twimlErrorf(13511, "Say: invalid language %q", heard.Language)
		}
		if s.cfg.SpeechRate > 0 {
			lasts = time.Duration(float64(utf8.RuneCountInString(verb.text)) / s.cfg.SpeechRate * float64(time.Second))
		}
	case "Play":
		if digits := verb.attrs["digits"]; digits != "" {
			heard.Text = digits
			break
		}
		if heard.Text, err = resolve(doc, verb.text); err != nil || verb.text == "" {
			return twimlErrorf(11100, "invalid URL format of Play")
		}
		length, err := s.fetchMedia(c.ctx, heard.Text)
		if err != nil {
			return err
		}
		if s.cfg.SpeechRate > 0 {
			lasts = length
		}
	case "Pause":
		seconds, err := number(verb, "length", 1, 0, 3600)
		if err != nil {
			return err
		}
		lasts, heard.Text = time.Duration(seconds)*time.Second, strconv.Itoa(seconds)
	}
	for range max(loop, 1) {
		s.hear(c, heard)
		if lasts > 0 && s.await(c, lasts, interrupted) || c.ctx.Err() != nil {
			return nil
		}
	}
	if loop == 0 { // for ever: heard once, then until something happens
		s.await(c, c.timeLimit, interrupted)
	}
	return nil
}

// speaks tells whether Twilio has a voice for the language. It has none for Persian (reference/providers.md); other
// languages are taken as given.
func speaks(language string) bool {
	primary, _, _ := strings.Cut(strings.ToLower(language), "-")
	return primary != "fa"
}

// gather collects keys, speaking its nested verbs first; a key interrupts them.
func (s *Simulator) gather(c *call, doc *document, verb element) (*target, error) {
	wanted, err := number(verb, "numDigits", 0, 1, 1000)
	if err != nil {
		return nil, err
	}
	timeout, err := number(verb, "timeout", 5, 0, 3600)
	if err != nil {
		return nil, err
	}
	finish := verb.attr("finishOnKey", "#")
	if len(finish) > 1 || !strings.Contains("0123456789*#", finish) {
		return nil, twimlErrorf(13314, "Gather: invalid finishOnKey value")
	}
	if input := verb.attr("input", "dtmf"); !strings.Contains(input, "dtmf") {
		return nil, twimlErrorf(12200, "schema violation: Gather without dtmf is known to Twilio but not simulated")
	}
	s.mu.Lock()
	c.digits = s.cfg.PressAll
	c.gathering = &gathering{NumDigits: wanted, FinishOnKey: finish, TimeoutSeconds: timeout}
	s.publish(callEvent(c))
	s.mu.Unlock()

	full := func() bool {
		return wanted > 0 && len(c.digits) >= wanted || finish != "" && strings.Contains(c.digits, finish)
	}
	pressed := func() bool { return c.digits != "" || c.redirect != nil }
	for _, nested := range verb.children {
		s.mu.Lock()
		stop := pressed()
		s.mu.Unlock()
		if stop {
			break
		}
		if err := s.perform(c, doc, nested, pressed); err != nil {
			return nil, err
		}
	}
	seen := 0
	for s.expect(c, time.Duration(timeout)*time.Second, func() bool {
		return full() || len(c.digits) > seen || c.redirect != nil
	}) {
		s.mu.Lock()
		seen = len(c.digits)
		done := full() || c.redirect != nil
		s.mu.Unlock()
		if done {
			break
		}
	}
	s.mu.Lock()
	digits, moved := c.digits, c.redirect != nil
	c.digits, c.gathering = "", nil
	s.mu.Unlock()
	if c.ctx.Err() != nil || moved {
		return nil, nil
	}
	finished := ""
	if finish != "" {
		if before, _, found := strings.Cut(digits, finish); found {
			digits, finished = before, finish
		}
	}
	if wanted > 0 && len(digits) > wanted {
		digits = digits[:wanted]
	}
	if digits == "" && verb.attr("actionOnEmptyResult", "false") != "true" {
		return nil, nil
	}
	extra := url.Values{"Digits": {digits}, "msg": {"Gather End"}}
	if finished != "" {
		extra.Set("FinishedOnKey", finished)
	}
	return s.follow(doc, verb.attrs["action"], verb.attr("method", "POST"), extra)
}

// dial connects the call with another handset and waits until that call has ended.
func (s *Simulator) dial(c *call, doc *document, verb element) (*target, error) {
	noun := element{text: verb.text}
	if len(verb.children) > 1 || len(verb.children) == 1 && verb.text != "" {
		return nil, twimlErrorf(12200, "schema violation: more than one number in Dial is known to Twilio but not simulated")
	}
	if len(verb.children) == 1 {
		noun = verb.children[0]
	}
	if noun.name == "Conference" {
		return s.meet(c, doc, verb, noun)
	}
	if !e164Pattern.MatchString(noun.text) {
		return nil, twimlErrorf(13223, "Dial: invalid phone number format")
	}
	timeout, err := number(verb, "timeout", 30, 5, 600)
	if err != nil {
		return nil, err
	}
	limit, err := number(verb, "timeLimit", 14400, 1, 86400)
	if err != nil {
		return nil, err
	}
	caller := verb.attr("callerId", c.from)
	if !e164Pattern.MatchString(caller) {
		return nil, twimlErrorf(13214, "Dial: invalid callerId value")
	}
	child := s.newCall("outbound-dial", caller, noun.text)
	child.parent, child.scenario = c, scenarioOf(noun.text)
	child.timeout, child.timeLimit = time.Duration(timeout)*time.Second, time.Duration(limit)*time.Second
	child.statusCallback, child.statusMethod = noun.attrs["statusCallback"], noun.attr("statusCallbackMethod", "POST")
	if child.events, err = callEvents(strings.Fields(noun.attrs["statusCallbackEvent"])); err != nil {
		return nil, twimlErrorf(12200, "schema violation: %v", err)
	}
	s.hear(c, utterance{By: "gateway", Verb: "dial", Text: noun.text})
	s.mu.Lock()
	ok := s.keepCall(child) && s.spawn(func() { s.runCall(child) })
	s.mu.Unlock()
	if !ok {
		return nil, twimlErrorf(13223, "Dial: too many live calls")
	}
	s.await(c, c.timeLimit, func() bool { return child.over() || c.redirect != nil })
	s.mu.Lock()
	if child.status == "in-progress" {
		s.endCall(child, "completed")
	} else {
		s.endCall(child, "canceled")
	}
	extra := url.Values{
		"DialCallSid": {child.sid}, "DialCallStatus": {child.status}, "DialCallDuration": {itoa(child.seconds())},
	}
	moved := c.redirect != nil
	s.mu.Unlock()
	if c.ctx.Err() != nil || moved || verb.attrs["action"] == "" {
		return nil, nil
	}
	return s.follow(doc, verb.attrs["action"], verb.attr("method", "POST"), extra)
}
