package simulator

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf16"
)

// message is one SMS, to or from a handset. Simulator.mu guards the fields that change.
type message struct {
	sid, from, to  string
	service        string // MessagingServiceSid
	body           string
	inbound        bool
	scenario       string
	status         string
	errorCode      int
	created        time.Time
	updated        time.Time
	sent           time.Time
	statusCallback string
	via            string                         // smpp, http; empty: Twilio
	tell           func(status string) []callback // not Twilio's: the receipts of a state; the caller holds Simulator.mu
	callbacks      []callbackResult
	line           line
	held           []callback // reordered-receipts: collected until the last state
}

var messageParameters = map[string]parameter{
	"To": honoured, "From": honoured, "Body": honoured, "StatusCallback": honoured, "MessagingServiceSid": honoured,
	"ValidityPeriod": honoured,
	"ApplicationSid": foreign, "MaxPrice": harmless, "ProvideFeedback": harmless, "Attempt": harmless,
	"ForceDelivery": harmless, "ContentRetention": harmless, "AddressRetention": harmless, "SmartEncoded": harmless,
	"PersistentAction": foreign | many, "TrafficType": harmless, "ShortenUrls": foreign, "ScheduleType": foreign,
	"SendAt": foreign, "SendAsMms": foreign, "ContentVariables": foreign, "RiskCheck": harmless,
	"FallbackFrom": harmless, "MediaUrl": foreign | many, "ContentSid": foreign,
}

var messageListParameters = map[string]parameter{
	"To": honoured, "From": honoured, "DateSent": honoured, "DateSent<": honoured, "DateSent>": honoured,
	"PageSize": honoured, "Page": honoured, "PageToken": honoured,
}

var messageErrors = map[int]string{
	30003: "Unreachable destination handset", 30008: "Unknown error",
}

// createMessage is POST /Messages.json.
func (s *Simulator) createMessage(w http.ResponseWriter, r *http.Request) (int, any, error) {
	form, err := readForm(r, messageParameters)
	if err != nil {
		return 0, nil, err
	}
	m, err := s.acceptMessage(form)
	if err != nil {
		return 0, nil, err
	}
	reply := s.messageView(m)
	switch m.scenario {
	case "timeout-after-accept":
		s.advance(m)
		return 0, nil, s.hang(r)
	case "receipt-before-reply":
		s.advance(m)
		select {
		case <-s.out.empty(&m.line):
		case <-r.Context().Done():
		case <-s.ctx.Done():
		}
		return http.StatusCreated, reply, nil
	}
	writeJSON(w, http.StatusCreated, reply)
	if err := http.NewResponseController(w).Flush(); err != nil {
		s.log.Debug("reply not flushed", "error", err)
	}
	s.advance(m)
	return 0, nil, errAnswered
}

// acceptMessage checks a request as Twilio does and records the message as queued.
func (s *Simulator) acceptMessage(form url.Values) (*message, error) {
	to, from, body := form.Get("To"), form.Get("From"), form.Get("Body")
	service := form.Get("MessagingServiceSid")
	switch {
	case to == "":
		return nil, badRequest(21604, "A 'To' phone number is required.")
	case !e164Pattern.MatchString(to):
		return nil, invalidNumber(to)
	case from == "" && service == "":
		return nil, badRequest(21603, "A 'From' phone number is required.")
	case service != "" && !sidPattern("MG").MatchString(service):
		return nil, badRequest(21701, "The Messaging Service does not exist")
	case from != "" && !e164Pattern.MatchString(from) && !alphanumericSender(from):
		return nil, badRequest(21212, "Invalid 'From' Phone Number: %s", maskNumber(from))
	case from != "" && !s.owns(from):
		return nil, badRequest(21606, "The 'From' phone number %s is not a valid, message-capable Twilio phone number for this account", maskNumber(from))
	case from == to:
		return nil, badRequest(21266, "'To' and 'From' number cannot be the same")
	case body == "":
		return nil, badRequest(21602, "Message body is required.")
	case len(utf16.Encode([]rune(body))) > 1600:
		return nil, badRequest(21617, "The concatenated message body exceeds the 1600 character limit")
	case form.Has("StatusCallback") && !webURL(form.Get("StatusCallback")):
		return nil, badRequest(21609, "Invalid 'StatusCallback' URL")
	}
	if _, err := intParameter(form, "ValidityPeriod", 36000, 1, 36000, 20001); err != nil {
		return nil, err
	}
	if err := checkEnums(form, messageEnums); err != nil {
		return nil, err
	}
	scenario := scenarioOf(to)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.optedOut[to+"\n"+from], scenario == "opted-out":
		return nil, badRequest(21610, "Attempt to send to unsubscribed recipient")
	case scenario == "landline":
		return nil, badRequest(21614, "'To' number is not a valid mobile number")
	}
	if err := s.createFault(scenario, to, from); err != nil {
		return nil, err
	}
	now := s.now()
	m := &message{
		sid: newSID("SM"), to: to, from: from, service: service, body: body, scenario: scenario, status: "queued",
		created: now, updated: now, statusCallback: form.Get("StatusCallback"),
	}
	if service != "" {
		m.status = "accepted"
	}
	if scenario == "" && chance(s.faults.SMSFailureRate) {
		m.scenario = "undelivered"
	}
	s.messages.add(m.sid, m)
	s.publish(messageEvent(m))
	return m, nil
}

// messageEnums are parameters with a fixed set of values, as Twilio's contract lists them.
var messageEnums = map[string][]string{
	"ContentRetention": {"retain", "discard"}, "AddressRetention": {"retain", "obfuscate"},
	"TrafficType": {"free"}, "RiskCheck": {"enable", "disable"},
	"ProvideFeedback": {"true", "false"}, "ForceDelivery": {"true", "false"}, "SmartEncoded": {"true", "false"},
}

func checkEnums(form url.Values, enums map[string][]string) error {
	for name, values := range enums {
		if form.Has(name) && !slices.Contains(values, form.Get(name)) {
			return badRequest(20001, "%s must be one of %s", name, strings.Join(values, ", "))
		}
	}
	return nil
}

// advance takes a message through its remaining states, telling each to the status callback. Without StatusDelay it does
// so at once, with it in a goroutine.
func (s *Simulator) advance(m *message) {
	states := []string{"queued", "sent", "delivered"}
	switch m.scenario {
	case "undelivered":
		states[2] = "undelivered"
	case "failed":
		states = []string{"queued", "failed"}
	case "no-final-receipt":
		states = states[:2]
	}
	run := func() {
		for i, state := range states {
			if i > 0 && m.scenario != "receipt-before-reply" && !s.wait(s.ctx, s.cfg.StatusDelay) {
				return
			}
			s.setMessage(m, state, i == len(states)-1)
		}
	}
	if s.cfg.StatusDelay <= 0 || m.scenario == "receipt-before-reply" {
		run()
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spawn(run)
}

func (s *Simulator) setMessage(m *message, status string, last bool) {
	s.mu.Lock()
	m.status, m.updated = status, s.now()
	switch status {
	case "sent":
		m.sent = m.updated
	case "undelivered":
		m.errorCode = 30003
	case "failed":
		m.errorCode = 30008
	}
	var ready []callback
	switch {
	case m.tell != nil:
		m.held = append(m.held, m.tell(status)...)
	case m.statusCallback != "":
		m.held = append(m.held, s.messageCallback(m))
	}
	if m.scenario != "reordered-receipts" || last {
		ready, m.held = arrange(m.scenario, m.held), nil
	}
	s.publish(messageEvent(m))
	s.mu.Unlock()
	s.out.add(&m.line, ready...)
}

// messageCallback tells the message's present state. The caller holds s.mu.
func (s *Simulator) messageCallback(m *message) callback {
	params := url.Values{
		"MessageSid": {m.sid}, "SmsSid": {m.sid}, "MessageStatus": {m.status}, "SmsStatus": {m.status},
		"To": {m.to}, "From": {m.from}, "AccountSid": {s.cfg.AccountSID}, "ApiVersion": {apiVersion},
	}
	if m.service != "" {
		params.Set("MessagingServiceSid", m.service)
	}
	if m.errorCode != 0 {
		params.Set("ErrorCode", itoa(m.errorCode))
	}
	if m.status == "delivered" || m.status == "undelivered" {
		params.Set("RawDlrDoneDate", m.updated.Format("0601021504"))
	}
	return callback{
		status: m.status, method: http.MethodPost, url: m.statusCallback, params: params, token: idempotencyToken(),
		done: func(result callbackResult, _ respondent) {
			s.mu.Lock()
			defer s.mu.Unlock()
			m.callbacks = append(m.callbacks, result)
		},
	}
}

// fetchMessage is GET /Messages/{Sid}.json.
func (s *Simulator) fetchMessage(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	if _, err := readQuery(r, nil); err != nil {
		return 0, nil, err
	}
	sid, ok := strings.CutSuffix(r.PathValue("sid"), ".json")
	s.mu.Lock()
	m := s.messages.byID[sid]
	s.mu.Unlock()
	if !ok || m == nil || m.via != "" {
		return 0, nil, notFound(r.URL.Path)
	}
	return http.StatusOK, s.messageView(m), nil
}

// listMessages is GET /Messages.json, newest first. A message that has not left yet is filtered by its creation.
func (s *Simulator) listMessages(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	query, err := readQuery(r, messageListParameters)
	if err != nil {
		return 0, nil, err
	}
	sent, err := timeFilter(query, "DateSent")
	if err != nil {
		return 0, nil, err
	}
	p, err := readPage(query)
	if err != nil {
		return 0, nil, err
	}
	var sids []string
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages.newest(func(m *message) bool {
		if m.via != "" {
			return true // another carrier's
		}
		at := m.sent
		if at.IsZero() {
			at = m.created
		}
		if (!query.Has("To") || query.Get("To") == m.to) && (!query.Has("From") || query.Get("From") == m.from) && sent(at) {
			sids = append(sids, m.sid)
		}
		return true
	})
	return http.StatusOK, p.listAnswer(r, query, "messages", sids, func(sid string) any {
		return s.messageViewLocked(s.messages.byID[sid])
	}), nil
}

func (s *Simulator) messageView(m *message) map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.messageViewLocked(m)
}

// messageViewLocked is api.v2010.account.message.
func (s *Simulator) messageViewLocked(m *message) map[string]any {
	path := "/" + apiVersion + "/Accounts/" + s.cfg.AccountSID + "/Messages/" + m.sid
	view := map[string]any{
		"sid": m.sid, "account_sid": s.cfg.AccountSID, "api_version": apiVersion, "to": m.to, "from": orNull(m.from),
		"body": m.body, "status": m.status, "direction": direction(m.inbound), "messaging_service_sid": orNull(m.service),
		"num_segments": itoa(segments(m.body)), "num_media": "0", "price": nil, "price_unit": "USD",
		"error_code": nil, "error_message": nil,
		"date_created": twilioTime(m.created), "date_updated": twilioTime(m.updated), "date_sent": twilioTime(m.sent),
		"uri": path + ".json", "subresource_uris": map[string]any{"media": path + "/Media.json"},
	}
	if m.errorCode != 0 {
		view["error_code"], view["error_message"] = m.errorCode, messageErrors[m.errorCode]
	}
	return view
}

func direction(inbound bool) string {
	if inbound {
		return "inbound"
	}
	return "outbound-api"
}

const gsm7 = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"

// segments is how many SMS a text takes: 160 or 153 septets of GSM 03.38, else 70 or 67 UTF-16 units.
func segments(body string) int {
	septets, plain := 0, true
	for _, c := range body {
		switch {
		case strings.ContainsRune(gsm7, c):
			septets++
		case strings.ContainsRune("^{}\\[~]|€\f", c):
			septets += 2
		default:
			plain = false
		}
	}
	length, one, more := septets, 160, 153
	if !plain {
		length, one, more = len(utf16.Encode([]rune(body))), 70, 67
	}
	if length <= one {
		return 1
	}
	return (length + more - 1) / more
}
