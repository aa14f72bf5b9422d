package simulator

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// call is one call, to or from a handset. Simulator.mu guards the fields that change.
type call struct {
	sid, from, to  string
	direction      string // outbound-api, outbound-dial or inbound
	parent         *call  // of a dialled call
	scenario       string
	url, method    string
	fallbackURL    string
	fallbackMethod string
	twiml          string
	statusCallback string
	statusMethod   string
	events         []string // of initiated, ringing, answered, completed
	timeout        time.Duration
	timeLimit      time.Duration
	detectMachine  bool

	status     string
	answeredBy string
	created    time.Time
	updated    time.Time
	answered   time.Time
	ended      time.Time
	transcript []utterance
	gathering  *gathering
	failure    *twimlError
	callbacks  []callbackResult
	sequence   int
	line       line
	held       []callback
	digits     string  // keys pressed since the Gather began
	star       bool    // the star leaves what it is dialled into
	redirect   *target // ordered by an update
	fellBack   bool    // FallbackUrl has been used

	ctx     context.Context // ends with the call
	stop    context.CancelFunc
	wake    chan struct{} // tells the call's goroutine to look again
	ringing chan struct{} // closed when the call rings or has ended before
}

// utterance is one thing heard on a call.
type utterance struct {
	By       string    `json:"by"`   // "gateway" or "handset"
	Verb     string    `json:"verb"` // say, play, pause, digits, dial, hangup, ...
	Text     string    `json:"text"`
	Language string    `json:"language,omitempty"`
	Voice    string    `json:"voice,omitempty"`
	At       time.Time `json:"at"`
}

// gathering is what a Gather waits for.
type gathering struct {
	NumDigits      int    `json:"num_digits"` // 0: no limit
	FinishOnKey    string `json:"finish_on_key"`
	TimeoutSeconds int    `json:"timeout_seconds"`
	Digits         string `json:"digits"` // pressed so far
}

func (c *call) over() bool { return !c.ended.IsZero() }

var callParameters = map[string]parameter{
	"To": honoured, "From": honoured, "Url": honoured, "Method": honoured, "Twiml": honoured, "FallbackUrl": honoured,
	"FallbackMethod": honoured, "StatusCallback": honoured, "StatusCallbackEvent": honoured | many,
	"StatusCallbackMethod": honoured, "Timeout": honoured, "TimeLimit": honoured, "MachineDetection": honoured,
	"MachineDetectionTimeout": harmless, "MachineDetectionSpeechThreshold": harmless,
	"MachineDetectionSpeechEndThreshold": harmless, "MachineDetectionSilenceTimeout": harmless,
	"CallReason": harmless, "CallToken": harmless,
	"SendDigits": foreign, "Record": foreign, "RecordingChannels": foreign, "RecordingStatusCallback": foreign,
	"RecordingStatusCallbackMethod": foreign, "RecordingStatusCallbackEvent": foreign | many, "RecordingTrack": foreign,
	"SipAuthUsername": foreign, "SipAuthPassword": foreign, "Trim": foreign, "CallerId": foreign, "AsyncAmd": foreign,
	"AsyncAmdStatusCallback": foreign, "AsyncAmdStatusCallbackMethod": foreign, "Byoc": foreign,
	"ClientNotificationUrl": foreign, "ApplicationSid": foreign,
}

var callUpdateParameters = map[string]parameter{
	"Url": honoured, "Method": honoured, "Twiml": honoured, "Status": honoured, "FallbackUrl": honoured,
	"FallbackMethod": honoured, "StatusCallback": honoured, "StatusCallbackMethod": honoured, "TimeLimit": foreign,
}

var callListParameters = map[string]parameter{
	"To": honoured, "From": honoured, "Status": honoured, "ParentCallSid": honoured,
	"StartTime": honoured, "StartTime<": honoured, "StartTime>": honoured,
	"EndTime": honoured, "EndTime<": honoured, "EndTime>": honoured,
	"PageSize": honoured, "Page": honoured, "PageToken": honoured,
}

var callStatuses = []string{"queued", "ringing", "in-progress", "completed", "busy", "failed", "no-answer", "canceled"}

var callEnums = map[string][]string{
	"Method": {"GET", "POST"}, "FallbackMethod": {"GET", "POST"}, "StatusCallbackMethod": {"GET", "POST"},
	"MachineDetection": {"Enable", "DetectMessageEnd"}, "Status": {"canceled", "completed"},
}

// checkCallURLs checks the parameters that creating and updating a call share.
func checkCallURLs(form url.Values) error {
	for name, code := range map[string]int{"Url": 21205, "FallbackUrl": 21205, "StatusCallback": 21609} {
		if form.Has(name) && !webURL(form.Get(name)) {
			return badRequest(code, "%s is not a valid URL", name)
		}
	}
	if len([]rune(form.Get("Twiml"))) > 4000 {
		return badRequest(20001, "Twiml is longer than 4000 characters")
	}
	return checkEnums(form, callEnums)
}

// createCall is POST /Calls.json.
func (s *Simulator) createCall(w http.ResponseWriter, r *http.Request) (int, any, error) {
	form, err := readForm(r, callParameters)
	if err != nil {
		return 0, nil, err
	}
	c, err := s.acceptCall(form)
	if err != nil {
		return 0, nil, err
	}
	reply := s.callView(c)
	start := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.spawn(func() { s.runCall(c) })
	}
	switch c.scenario {
	case "timeout-after-accept":
		start()
		return 0, nil, s.hang(r)
	case "receipt-before-reply":
		start()
		select {
		case <-c.ringing:
			select {
			case <-s.out.empty(&c.line):
			case <-r.Context().Done():
			case <-s.ctx.Done():
			}
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
		return http.StatusCreated, reply, nil
	}
	writeJSON(w, http.StatusCreated, reply)
	if err := http.NewResponseController(w).Flush(); err != nil {
		s.log.Debug("reply not flushed", "error", err)
	}
	start()
	return 0, nil, errAnswered
}

// acceptCall checks a request as Twilio does and records the call as queued.
func (s *Simulator) acceptCall(form url.Values) (*call, error) {
	to, from := form.Get("To"), form.Get("From")
	switch {
	case to == "":
		return nil, badRequest(21201, "No 'To' number is specified")
	case !e164Pattern.MatchString(to):
		return nil, invalidNumber(to)
	case from == "":
		return nil, badRequest(21213, "No 'From' number is specified")
	case !e164Pattern.MatchString(from):
		return nil, badRequest(21212, "Invalid 'From' Phone Number: %s", maskNumber(from))
	case !s.owns(from):
		return nil, badRequest(21210, "The source phone number provided, %s, is not yet verified for your account", maskNumber(from))
	case form.Get("Url") == "" && form.Get("Twiml") == "":
		return nil, badRequest(21205, "Url or Twiml is required")
	}
	if err := checkCallURLs(form); err != nil {
		return nil, err
	}
	ring, err := intParameter(form, "Timeout", 60, 5, 600, 21208)
	if err != nil {
		return nil, err
	}
	limit, err := intParameter(form, "TimeLimit", 14400, 1, 86400, 20001)
	if err != nil {
		return nil, err
	}
	c := s.newCall("outbound-api", from, to)
	c.url, c.method, c.twiml = form.Get("Url"), first(form.Get("Method"), "POST"), form.Get("Twiml")
	c.fallbackURL, c.fallbackMethod = form.Get("FallbackUrl"), first(form.Get("FallbackMethod"), "POST")
	c.statusCallback, c.statusMethod = form.Get("StatusCallback"), first(form.Get("StatusCallbackMethod"), "POST")
	c.timeout, c.timeLimit = time.Duration(ring)*time.Second, time.Duration(limit)*time.Second
	c.detectMachine = form.Has("MachineDetection")
	if c.events, err = callEvents(form["StatusCallbackEvent"]); err != nil {
		return nil, err
	}
	c.scenario = scenarioOf(to)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.createFault(c.scenario, to, from); err != nil {
		return nil, err
	}
	if !s.keepCall(c) {
		return nil, &twilioError{Status: http.StatusTooManyRequests, Code: 20429, Message: "Too Many Requests", retryAfter: 1}
	}
	if c.scenario == "" && chance(s.faults.CallFailureRate) {
		c.scenario = "failed"
	}
	return c, nil
}

func callEvents(given []string) ([]string, error) {
	if len(given) == 0 {
		return []string{"completed"}, nil
	}
	for _, event := range given {
		if !slices.Contains([]string{"initiated", "ringing", "answered", "completed"}, event) {
			return nil, badRequest(21626, "%q is not a valid StatusCallbackEvent", event)
		}
	}
	return given, nil
}

func first(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func (s *Simulator) newCall(direction, from, to string) *call {
	now := s.now()
	c := &call{
		sid: newSID("CA"), direction: direction, from: from, to: to, status: "queued", created: now, updated: now,
		method: "POST", fallbackMethod: "POST", statusMethod: "POST", timeout: 60 * time.Second, timeLimit: 4 * time.Hour,
		wake: make(chan struct{}, 1), ringing: make(chan struct{}),
	}
	return c
}

// keepCall records a new call as live; false when too many are. The caller holds s.mu.
func (s *Simulator) keepCall(c *call) bool {
	if s.live >= s.cfg.MaxLiveCalls || s.closed {
		return false
	}
	c.ctx, c.stop = context.WithCancel(s.ctx)
	s.live++
	s.calls.add(c.sid, c)
	s.publish(callEvent(c))
	return true
}

// fetchCall is GET /Calls/{Sid}.json.
func (s *Simulator) fetchCall(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	if _, err := readQuery(r, nil); err != nil {
		return 0, nil, err
	}
	c := s.findCall(strings.CutSuffix(r.PathValue("sid"), ".json"))
	if c == nil {
		return 0, nil, notFound(r.URL.Path)
	}
	return http.StatusOK, s.callView(c), nil
}

func (s *Simulator) findCall(sid string, ok bool) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !ok {
		return nil
	}
	return s.calls.byID[sid]
}

// updateCall is POST /Calls/{Sid}.json: end the call, or send it to another document.
func (s *Simulator) updateCall(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	form, err := readForm(r, callUpdateParameters)
	if err != nil {
		return 0, nil, err
	}
	c := s.findCall(strings.CutSuffix(r.PathValue("sid"), ".json"))
	if c == nil {
		return 0, nil, notFound(r.URL.Path)
	}
	if err := checkCallURLs(form); err != nil {
		return 0, nil, err
	}
	next := target{url: form.Get("Url"), method: first(form.Get("Method"), "POST"), twiml: form.Get("Twiml")}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch status := form.Get("Status"); {
	case c.over():
		return 0, nil, badRequest(21220, "Call is not in-progress. Cannot redirect.")
	case status == "canceled" && c.status == "in-progress":
		return 0, nil, badRequest(21220, "Call is in-progress. Cannot cancel.")
	case status != "" && c.status == "in-progress":
		s.endCall(c, "completed")
	case status != "":
		s.endCall(c, "canceled")
	case next.url == "" && next.twiml == "":
		if !form.Has("StatusCallback") && !form.Has("FallbackUrl") {
			return 0, nil, badRequest(20001, "nothing to update")
		}
	case c.status != "in-progress":
		return 0, nil, badRequest(21220, "Call is not in-progress. Cannot redirect.")
	default:
		c.redirect = &next
		c.nudge()
	}
	if !c.over() {
		c.statusCallback = first(form.Get("StatusCallback"), c.statusCallback)
		c.statusMethod = first(form.Get("StatusCallbackMethod"), c.statusMethod)
		c.fallbackURL = first(form.Get("FallbackUrl"), c.fallbackURL)
		c.fallbackMethod = first(form.Get("FallbackMethod"), c.fallbackMethod)
	}
	return http.StatusOK, s.callViewLocked(c), nil
}

// listCalls is GET /Calls.json, newest first. A call that has not been answered yet is filtered by its creation.
func (s *Simulator) listCalls(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	query, err := readQuery(r, callListParameters)
	if err != nil {
		return 0, nil, err
	}
	if status := query.Get("Status"); status != "" && !slices.Contains(callStatuses, status) {
		return 0, nil, badRequest(20001, "Status is not one of a call")
	}
	started, err := timeFilter(query, "StartTime")
	if err != nil {
		return 0, nil, err
	}
	ended, err := timeFilter(query, "EndTime")
	if err != nil {
		return 0, nil, err
	}
	p, err := readPage(query)
	if err != nil {
		return 0, nil, err
	}
	is := func(name, value string) bool { return !query.Has(name) || query.Get(name) == value }
	var sids []string
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls.newest(func(c *call) bool {
		start, parent := c.answered, ""
		if start.IsZero() {
			start = c.created
		}
		if c.parent != nil {
			parent = c.parent.sid
		}
		if is("To", c.to) && is("From", c.from) && is("Status", c.status) && is("ParentCallSid", parent) && started(start) && ended(c.ended) {
			sids = append(sids, c.sid)
		}
		return true
	})
	return http.StatusOK, p.listAnswer(r, query, "calls", sids, func(sid string) any {
		return s.callViewLocked(s.calls.byID[sid])
	}), nil
}

func (s *Simulator) callView(c *call) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.callViewLocked(c)
}

// callViewLocked is api.v2010.account.call.
func (s *Simulator) callViewLocked(c *call) map[string]any {
	path := "/" + apiVersion + "/Accounts/" + s.cfg.AccountSID + "/Calls/" + c.sid
	view := map[string]any{
		"sid": c.sid, "account_sid": s.cfg.AccountSID, "api_version": apiVersion, "to": c.to, "to_formatted": c.to,
		"from": c.from, "from_formatted": c.from, "status": c.status, "direction": c.direction, "parent_call_sid": nil,
		"phone_number_sid": nil, "group_sid": nil, "trunk_sid": nil, "forwarded_from": nil, "caller_name": nil,
		"answered_by": orNull(c.answeredBy), "queue_time": "0", "price": nil, "price_unit": "USD", "duration": nil,
		"date_created": twilioTime(c.created), "date_updated": twilioTime(c.updated),
		"start_time": twilioTime(c.answered), "end_time": twilioTime(c.ended), "uri": path + ".json",
	}
	if c.parent != nil {
		view["parent_call_sid"] = c.parent.sid
	}
	if c.over() {
		view["duration"] = itoa(c.seconds())
	}
	links := map[string]any{}
	for name, last := range map[string]string{
		"notifications": "Notifications", "recordings": "Recordings", "payments": "Payments", "events": "Events",
		"siprec": "Siprec", "streams": "Streams", "transcriptions": "Transcriptions",
		"user_defined_messages": "UserDefinedMessages", "user_defined_message_subscriptions": "UserDefinedMessageSubscriptions",
	} {
		links[name] = path + "/" + last + ".json"
	}
	view["subresource_uris"] = links
	return view
}

// seconds is how long the call was connected.
func (c *call) seconds() int {
	if c.answered.IsZero() {
		return 0
	}
	return int(c.ended.Sub(c.answered).Round(time.Second) / time.Second)
}
