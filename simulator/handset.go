package simulator

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const maxHandsetBytes = 16 << 10

// routes is everything that the twin serves.
func (s *Simulator) routes() http.Handler {
	mux := http.NewServeMux()
	const account = "/" + apiVersion + "/Accounts/{account}"
	mux.Handle("POST "+account+"/Messages.json", s.twilio(s.createMessage))
	mux.Handle("GET "+account+"/Messages.json", s.twilio(s.listMessages))
	mux.Handle("GET "+account+"/Messages/{sid}", s.twilio(s.fetchMessage))
	mux.Handle("POST "+account+"/Calls.json", s.twilio(s.createCall))
	mux.Handle("GET "+account+"/Calls.json", s.twilio(s.listCalls))
	mux.Handle("GET "+account+"/Calls/{sid}", s.twilio(s.fetchCall))
	mux.Handle("POST "+account+"/Calls/{sid}", s.twilio(s.updateCall))
	mux.Handle("GET "+account+"/Recordings.json", s.twilio(s.listRecordings))
	mux.Handle("GET "+account+"/Recordings/{sid}", s.twilio(s.fetchRecording))
	mux.Handle("DELETE "+account+"/Recordings/{sid}", s.twilio(s.deleteRecording))
	mux.Handle(account+"/", s.twilio(func(_ http.ResponseWriter, r *http.Request) (int, any, error) {
		return 0, nil, notFound(r.URL.Path)
	}))
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("POST /v1/projects/{project}/messages:send", s.sendPush)
	mux.HandleFunc("POST /3/device/{token}", s.sendAPNs)
	mux.HandleFunc("POST /webpush/{id}", s.sendWebPush)
	mux.HandleFunc("POST /carrier/v1/messages", s.carrierJSON)
	mux.HandleFunc("GET /carrier/send", s.carrierSend)

	handset := http.NewServeMux()
	handset.HandleFunc("GET /simulator/messages", s.handsetMessages)
	handset.HandleFunc("GET /simulator/calls", s.handsetCalls)
	handset.HandleFunc("GET /simulator/pushes", s.handsetPushes)
	handset.HandleFunc("GET /simulator/scenarios", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, Scenarios())
	})
	handset.HandleFunc("GET /simulator/faults", s.getFaults)
	handset.HandleFunc("PUT /simulator/faults", s.putFaults)
	handset.HandleFunc("GET /simulator/phones/{number}", s.phone)
	handset.HandleFunc("PUT /simulator/phones/{number}/kind", s.setKind)
	handset.HandleFunc("POST /simulator/phones/{number}/token", s.registerToken)
	handset.HandleFunc("DELETE /simulator/phones/{number}/token", s.removeToken)
	handset.HandleFunc("POST /simulator/phones/{number}/app", s.appSetUp)
	handset.HandleFunc("POST /simulator/phones/{number}/app/confirm", s.appConfirm)
	handset.HandleFunc("POST /simulator/phones/{number}/app/answer", s.appAnswer)
	handset.HandleFunc("POST /simulator/phones/{number}/reply", s.reply)
	handset.HandleFunc("POST /simulator/phones/{number}/call", s.callIn)
	handset.HandleFunc("GET /simulator/calls/{sid}", s.onCall(func(*call, press) (int, string) { return 0, "" }))
	handset.HandleFunc("POST /simulator/calls/{sid}/answer", s.onCall(s.pressAnswer))
	handset.HandleFunc("POST /simulator/calls/{sid}/reject", s.onCall(s.pressReject))
	handset.HandleFunc("POST /simulator/calls/{sid}/hangup", s.onCall(s.pressHangup))
	handset.HandleFunc("POST /simulator/calls/{sid}/digits", s.onCall(s.pressDigits))
	handset.HandleFunc("GET /simulator/stream", s.stream)
	// A page of another origin may not use the handset.
	mux.Handle("/simulator/", http.NewCrossOriginProtection().Handler(handset))
	return mux
}

// messageJSON is a message as the handset shows it.
type messageJSON struct {
	ID             string           `json:"id"`
	SID            string           `json:"sid"`
	To             string           `json:"to"`
	From           string           `json:"from"`
	Body           string           `json:"body"`
	Direction      string           `json:"direction"` // outbound-api: to the handset; inbound: from it
	Status         string           `json:"status"`
	ErrorCode      int              `json:"error_code,omitempty"`
	Segments       int              `json:"segments"`
	CreatedAt      time.Time        `json:"created_at"`
	UpdatedAt      time.Time        `json:"updated_at"`
	StatusCallback string           `json:"status_callback,omitempty"`
	Callbacks      []callbackResult `json:"callbacks"`
}

// callJSON is a call as the handset shows it.
type callJSON struct {
	ID             string           `json:"id"`
	SID            string           `json:"sid"`
	To             string           `json:"to"`
	From           string           `json:"from"`
	Direction      string           `json:"direction"`
	Status         string           `json:"status"`
	AnsweredBy     string           `json:"answered_by,omitempty"`
	ParentSID      string           `json:"parent_sid,omitempty"`
	Transcript     []utterance      `json:"transcript"`
	Gathering      *gathering       `json:"gathering"` // null: no keys are awaited
	Error          *twimlError      `json:"error"`     // why the call's TwiML could not be executed
	CreatedAt      time.Time        `json:"created_at"`
	UpdatedAt      time.Time        `json:"updated_at"`
	AnsweredAt     *time.Time       `json:"answered_at"`
	EndedAt        *time.Time       `json:"ended_at"`
	StatusCallback string           `json:"status_callback,omitempty"`
	Callbacks      []callbackResult `json:"callbacks"`
}

// The views are made under s.mu; what they share with the live object is copied.

func viewMessage(m *message) messageJSON {
	return messageJSON{
		ID: m.sid, SID: m.sid, To: m.to, From: first(m.from, m.service), Body: m.body, Direction: direction(m.inbound),
		Status: m.status, ErrorCode: m.errorCode, Segments: segments(m.body), CreatedAt: m.created, UpdatedAt: m.updated,
		StatusCallback: m.statusCallback, Callbacks: append([]callbackResult{}, m.callbacks...),
	}
}

func viewCall(c *call) callJSON {
	v := callJSON{
		ID: c.sid, SID: c.sid, To: c.to, From: c.from, Direction: c.direction, Status: c.status, AnsweredBy: c.answeredBy,
		Transcript: append([]utterance{}, c.transcript...), Error: c.failure, CreatedAt: c.created, UpdatedAt: c.updated,
		AnsweredAt: orNil(c.answered), EndedAt: orNil(c.ended), StatusCallback: c.statusCallback,
		Callbacks: append([]callbackResult{}, c.callbacks...),
	}
	if c.parent != nil {
		v.ParentSID = c.parent.sid
	}
	if c.gathering != nil {
		waiting := *c.gathering
		waiting.Digits = c.digits
		v.Gathering = &waiting
	}
	return v
}

func orNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

var phonePattern = regexp.MustCompile(`^\+?[0-9 ().-]{3,30}$`)

// canonical is a number as scripts may write it (a plus lost to URL decoding, spaces) in E.164; empty when it is none.
func canonical(raw string) string {
	raw = strings.TrimSpace(raw)
	if !phonePattern.MatchString(raw) {
		return ""
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, raw)
	return "+" + digits
}

// tokenOf is the push token of a number's handset: "sim-" and its digits.
func tokenOf(number string) string { return "sim-" + strings.TrimPrefix(number, "+") }

func writeProblem(w http.ResponseWriter, status int, detail string) {
	body, _ := json.Marshal(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	w.Write(body)
}

// readHandset decodes a small JSON body; an empty one leaves into as it is.
func readHandset(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxHandsetBytes))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil && !errors.Is(err, io.EOF) {
		writeProblem(w, http.StatusBadRequest, "the body is not the JSON object that is expected here")
		return false
	}
	return true
}

// filters are the number (canonical) or token that a list is asked for, and how many items.
func filters(w http.ResponseWriter, r *http.Request, name string) (value string, limit int, ok bool) {
	query := r.URL.Query()
	limit = 100
	if raw := query.Get("limit"); raw != "" {
		n, err := strconv.Atoi(raw)
		if err != nil || n < 1 || n > 1000 {
			writeProblem(w, http.StatusBadRequest, "limit must lie between 1 and 1000")
			return "", 0, false
		}
		limit = n
	}
	value = query.Get(name)
	if name == "to" && value != "" {
		if value = canonical(value); value == "" {
			writeProblem(w, http.StatusBadRequest, "to must be a phone number")
			return "", 0, false
		}
	}
	return value, limit, true
}

// collect renders up to limit items, newest first. The caller holds s.mu.
func collect[T, V any](h *history[T], limit int, keep func(*T) bool, view func(*T) V) []V {
	out := []V{}
	h.newest(func(item *T) bool {
		if keep(item) {
			out = append(out, view(item))
		}
		return len(out) < limit
	})
	return out
}

func (s *Simulator) handsetMessages(w http.ResponseWriter, r *http.Request) {
	to, limit, ok := filters(w, r, "to")
	if !ok {
		return
	}
	s.mu.Lock()
	list := collect(s.messages, limit, func(m *message) bool { return to == "" || m.to == to }, viewMessage)
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, list)
}

func (s *Simulator) handsetCalls(w http.ResponseWriter, r *http.Request) {
	to, limit, ok := filters(w, r, "to")
	if !ok {
		return
	}
	s.mu.Lock()
	list := collect(s.calls, limit, func(c *call) bool { return to == "" || c.to == to }, viewCall)
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, list)
}

func (s *Simulator) handsetPushes(w http.ResponseWriter, r *http.Request) {
	token, limit, ok := filters(w, r, "token")
	if !ok {
		return
	}
	s.mu.Lock()
	list := collect(s.pushes, limit, func(p *push) bool { return token == "" || p.Token == token }, func(p *push) *push { return p })
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, list)
}

func (s *Simulator) getFaults(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	faults := s.faults
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, faults)
}

// putFaults sets the rates that the body names; the others stay.
func (s *Simulator) putFaults(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	faults := s.faults
	s.mu.Unlock()
	if !readHandset(w, r, &faults) {
		return
	}
	if err := faults.check(); err != nil {
		writeProblem(w, http.StatusBadRequest, err.Error())
		return
	}
	s.mu.Lock()
	s.faults = faults
	s.mu.Unlock()
	writeJSON(w, http.StatusOK, faults)
}

func (s *Simulator) number(w http.ResponseWriter, r *http.Request) (string, bool) {
	number := canonical(r.PathValue("number"))
	if number == "" {
		writeProblem(w, http.StatusBadRequest, "the path must name a phone number")
	}
	return number, number != ""
}
