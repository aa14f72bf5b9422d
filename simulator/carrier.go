package simulator

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The twins of two local carriers, as such are found in many countries:
//
//	POST /carrier/v1/messages  JSON; bearer token and X-Signature, the hexadecimal HMAC-SHA256 of the body under the same
//	                           key. Receipts and customers' texts are JSON, signed alike.
//	GET  /carrier/send         everything in the query, the answer one line: "OK: <id>" or "ERR: <code> <words>", always
//	                           200. Receipts are a GET of the dlr URL with id and status added; status is 1 delivered,
//	                           2 failed, 8 accepted, 16 rejected.

// CarrierUser is the user name of GET /carrier/send; its password is Config.CarrierKey.
const CarrierUser = "visavis"

func carrierSignature(key string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

// carrierFault is why a carrier does not take a message.
type carrierFault struct {
	status     int
	code       string
	number     int // of the query carrier
	words      string
	retryAfter int
}

func (f *carrierFault) Error() string { return f.words }

// carrierMessage is what both carriers are asked.
type carrierMessage struct {
	To        string `json:"to"`
	From      string `json:"from"`
	Text      string `json:"text"`
	Reference string `json:"reference"`
	TTL       int    `json:"ttl_seconds"`
	Callback  string `json:"callback"`
}

// carrierJSON is POST /carrier/v1/messages.
func (s *Simulator) carrierJSON(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxFormBytes))
	refuse := func(f *carrierFault) {
		if f.retryAfter > 0 {
			w.Header().Set("Retry-After", itoa(f.retryAfter))
		}
		writeJSON(w, f.status, map[string]any{"error": map[string]string{"code": f.code, "text": f.words}})
	}
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	var in carrierMessage
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	switch {
	case err != nil:
		refuse(&carrierFault{status: http.StatusRequestEntityTooLarge, code: "too_large", words: "the body is too large"})
		return
	case s.cfg.CarrierKey == "" || !bearer || !same(token, s.cfg.CarrierKey) || !same(r.Header.Get("X-Signature"), carrierSignature(s.cfg.CarrierKey, body)):
		refuse(&carrierFault{status: http.StatusUnauthorized, code: "unauthorised", words: "token or signature is wrong"})
		return
	case r.Header.Get("Content-Type") != "application/json" || r.URL.RawQuery != "" || decoder.Decode(&in) != nil || decoder.More():
		refuse(&carrierFault{status: http.StatusBadRequest, code: "malformed", words: "the body is not the JSON object that is expected here"})
		return
	}
	s.carry(w, r, in, true, refuse, func(id string) {
		writeJSON(w, http.StatusAccepted, map[string]any{"message": map[string]string{"id": id, "state": "QUEUED"}})
	})
}

var carrierQuery = map[string]parameter{
	"username": honoured, "password": honoured, "to": honoured, "from": honoured, "text": honoured, "ref": honoured,
	"validity": honoured, "dlr": honoured,
}

// carrierSend is GET /carrier/send.
func (s *Simulator) carrierSend(w http.ResponseWriter, r *http.Request) {
	line := func(format string, args ...any) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintf(w, format+"\n", args...)
	}
	refuse := func(f *carrierFault) { line("ERR: %d %s", f.number, f.words) }
	query, err := readQuery(r, carrierQuery)
	if err != nil {
		line("ERR: 10 unknown or repeated parameter")
		return
	}
	if s.cfg.CarrierKey == "" || query.Get("username") != CarrierUser || !same(query.Get("password"), s.cfg.CarrierKey) {
		line("ERR: 11 wrong user or password")
		return
	}
	ttl, err := strconv.Atoi(query.Get("validity"))
	if err != nil || strings.HasPrefix(query.Get("to"), "+") {
		line("ERR: 13 malformed number or validity")
		return
	}
	in := carrierMessage{To: "+" + query.Get("to"), From: query.Get("from"), Text: query.Get("text"), Reference: query.Get("ref"), TTL: ttl, Callback: query.Get("dlr")}
	s.carry(w, r, in, false, refuse, func(id string) { line("OK: %s", id) })
}

// carry takes a message in, or refuses it, and answers.
func (s *Simulator) carry(w http.ResponseWriter, r *http.Request, in carrierMessage, inJSON bool, refuse func(*carrierFault), accept func(id string)) {
	if !s.latency(r.Context()) {
		panic(http.ErrAbortHandler)
	}
	m, err := s.carried(in, inJSON)
	var fault *carrierFault
	switch {
	case errors.Is(err, errCut):
		panic(http.ErrAbortHandler)
	case errors.As(err, &fault):
		refuse(fault)
		return
	}
	switch m.scenario {
	case "timeout-after-accept":
		s.advance(m)
		_ = s.hang(r)
		panic(http.ErrAbortHandler)
	case "receipt-before-reply":
		s.advance(m)
		select {
		case <-s.out.empty(&m.line):
		case <-r.Context().Done():
		}
		accept(m.sid)
		return
	}
	accept(m.sid)
	_ = http.NewResponseController(w).Flush()
	s.advance(m)
}

func (s *Simulator) carried(in carrierMessage, inJSON bool) (*message, error) {
	malformed := func(code string, number int, words string) error {
		return &carrierFault{status: http.StatusUnprocessableEntity, code: code, number: number, words: words}
	}
	switch {
	case !e164Pattern.MatchString(in.To):
		return nil, malformed("invalid_number", 13, "invalid number")
	case in.From == "" || !e164Pattern.MatchString(in.From) && !alphanumericSender(in.From):
		return nil, malformed("invalid_sender", 14, "invalid sender")
	case in.Text == "" || utf8.RuneCountInString(in.Text) > 1000 || !utf8.ValidString(in.Text):
		return nil, malformed("invalid_text", 15, "invalid text")
	case in.Reference == "" || len(in.Reference) > 64:
		return nil, malformed("invalid_reference", 16, "invalid reference")
	case in.TTL < 1 || in.TTL > 7*24*3600:
		return nil, malformed("invalid_ttl", 17, "invalid validity")
	case in.Callback != "" && !webURL(in.Callback):
		return nil, malformed("invalid_callback", 18, "invalid receipt address")
	}
	scenario := scenarioOf(in.To)
	s.mu.Lock()
	defer s.mu.Unlock()
	busy := &carrierFault{status: http.StatusTooManyRequests, code: "slow_down", number: 29, words: "too many requests", retryAfter: 1}
	broken := &carrierFault{status: http.StatusInternalServerError, code: "internal", number: 30, words: "internal error"}
	switch scenario {
	case "refused", "landline":
		return nil, malformed("invalid_number", 13, "invalid number")
	case "opted-out":
		return nil, malformed("blocked", 21, "the recipient has opted out")
	case "too-many-requests":
		return nil, busy
	case "server-error":
		return nil, broken
	case "dropped":
		return nil, errCut
	case "first-try-fails":
		if key := in.To + "\n" + in.From; !s.triedOnce[key] {
			remember(s.triedOnce, key, s.cfg.HistoryLimit)
			return nil, busy
		}
	}
	if chance(s.faults.HTTPErrorRate) {
		return nil, broken
	}
	now := s.now()
	m := &message{sid: "carrier-" + hex.EncodeToString(randomBytes(8)), to: in.To, from: in.From, body: in.Text, scenario: scenario, via: "http",
		status: "queued", created: now, updated: now, statusCallback: in.Callback}
	if scenario == "" && chance(s.faults.SMSFailureRate) {
		m.scenario = "undelivered"
	}
	m.tell = func(status string) []callback {
		if in.Callback == "" {
			return nil
		}
		return []callback{{status: status, done: s2done(s, m), request: carrierReceipt(s.cfg.CarrierKey, m.sid, in, status, inJSON)}}
	}
	s.messages.add(m.sid, m)
	s.publish(messageEvent(m))
	return m, nil
}

// carrierReceipt makes the request that tells a state.
func carrierReceipt(key, id string, in carrierMessage, status string, inJSON bool) func(context.Context) (*http.Request, error) {
	words := map[string]struct {
		word string
		mask int
		code string
	}{"queued": {"QUEUED", 8, ""}, "sent": {"SENT", 8, ""}, "delivered": {"DELIVERED", 1, ""}, "undelivered": {"UNDELIVERABLE", 2, "31"}, "failed": {"REJECTED", 16, "32"}}
	w := words[status]
	if inJSON {
		return carrierPost(key, in.Callback, map[string]string{"id": id, "reference": in.Reference, "state": w.word, "reason": w.code})
	}
	return func(ctx context.Context) (*http.Request, error) {
		u, err := url.Parse(in.Callback)
		if err != nil {
			return nil, err
		}
		query := u.Query()
		query.Set("id", id)
		query.Set("status", itoa(w.mask))
		query.Set("err", w.code)
		u.RawQuery = query.Encode()
		return http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	}
}

// carrierPost makes a signed request of the JSON carrier.
func carrierPost(key, to string, content map[string]string) func(context.Context) (*http.Request, error) {
	return func(ctx context.Context) (*http.Request, error) {
		body, err := json.Marshal(content)
		if err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Signature", carrierSignature(key, body))
		return req, nil
	}
}

// carrierInbound announces a handset's SMS. The caller holds s.mu.
func (s *Simulator) carrierInbound(m *message) callback {
	return callback{status: "received", done: s2done(s, m), request: carrierPost(s.cfg.CarrierKey, s.inboundHTTP,
		map[string]string{"id": m.sid, "from": m.from, "to": m.to, "text": m.body})}
}
