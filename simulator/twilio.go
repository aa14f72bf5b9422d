package simulator

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	apiVersion   = "2010-04-01"
	maxFormBytes = 64 << 10
)

// twilioError is Twilio's error answer. See https://www.twilio.com/docs/api/errors for the codes.
type twilioError struct {
	Code       int    `json:"code"`
	Message    string `json:"message"`
	MoreInfo   string `json:"more_info"`
	Status     int    `json:"status"`
	retryAfter int    // seconds
}

func (e *twilioError) Error() string { return fmt.Sprintf("twilio %d: %s", e.Code, e.Message) }

func badRequest(code int, format string, args ...any) *twilioError {
	return &twilioError{Status: http.StatusBadRequest, Code: code, Message: fmt.Sprintf(format, args...)}
}

func notFound(path string) *twilioError {
	return &twilioError{Status: http.StatusNotFound, Code: 20404, Message: "The requested resource " + path + " was not found"}
}

func invalidNumber(to string) *twilioError {
	return badRequest(21211, "Invalid 'To' Phone Number: %s", maskNumber(to))
}

// maskNumber hides all but the last four digits, as Twilio does in its error texts.
func maskNumber(number string) string {
	if len(number) <= 4 {
		return number
	}
	return number[:min(3, len(number)-4)] + "XXXX" + number[len(number)-4:]
}

// twilio wraps one Twilio resource: authentication, latency, Twilio's error shape, bounded bodies, and the two ways of
// never answering. serve returns the status and the body to encode.
func (s *Simulator) twilio(serve func(w http.ResponseWriter, r *http.Request) (int, any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.ctx.Err() != nil {
			writeTwilioError(w, &twilioError{Status: http.StatusServiceUnavailable, Code: 20503, Message: "The simulator is closed"})
			return
		}
		user, password, ok := r.BasicAuth()
		if !ok || !same(user, s.cfg.AccountSID) || !same(password, s.cfg.AuthToken) {
			w.Header().Set("WWW-Authenticate", `Basic realm="Twilio API"`)
			writeTwilioError(w, &twilioError{Status: http.StatusUnauthorized, Code: 20003, Message: "Authenticate"})
			return
		}
		if r.PathValue("account") != s.cfg.AccountSID {
			writeTwilioError(w, notFound(r.URL.Path))
			return
		}
		if !s.latency(r.Context()) {
			panic(http.ErrAbortHandler)
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxFormBytes)
		status, body, err := serve(w, r)
		var refusal *twilioError
		switch {
		case errors.Is(err, errAnswered):
		case errors.Is(err, errCut):
			panic(http.ErrAbortHandler) // net/http cuts the connection without an answer
		case errors.As(err, &refusal):
			writeTwilioError(w, refusal)
		case err != nil:
			s.log.Error("simulated Twilio request failed", "error", err)
			writeTwilioError(w, &twilioError{Status: http.StatusInternalServerError, Code: 20500, Message: "An internal server error has occurred"})
		case body == nil:
			w.WriteHeader(status)
		default:
			writeJSON(w, status, body)
		}
	}
}

// latency waits as PUT /simulator/faults asks; false when the caller has gone.
func (s *Simulator) latency(ctx context.Context) bool {
	s.mu.Lock()
	d := time.Duration(s.faults.LatencyMS) * time.Millisecond
	s.mu.Unlock()
	return s.wait(ctx, d)
}

// hang keeps a caller waiting until it gives up (or the twin closes), then cuts the connection.
func (s *Simulator) hang(r *http.Request) error {
	select {
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
	return errCut
}

func itoa(n int) string { return strconv.Itoa(n) }

// orNull is JSON null for an empty text.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// sidPattern matches Twilio's identifiers with this prefix.
func sidPattern(prefix string) *regexp.Regexp {
	return regexp.MustCompile(`^` + prefix + `[0-9a-fA-F]{32}$`)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func writeTwilioError(w http.ResponseWriter, e *twilioError) {
	e.MoreInfo = "https://www.twilio.com/docs/errors/" + strconv.Itoa(e.Code)
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	writeJSON(w, e.Status, e)
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	encoded, err := json.Marshal(body)
	if err != nil {
		http.Error(w, "cannot encode the answer", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(encoded)
}

// parameter says what the twin does with a parameter that Twilio knows.
type parameter int

const (
	honoured parameter = iota // simulated
	harmless                  // changes nothing that the twin shows; accepted
	foreign                   // would change the outcome, which the twin cannot simulate; refused
	many     parameter = 8    // flag: may be repeated
)

// readForm reads a POST body by the table of parameters. What Twilio does not know, what repeats, and what the twin
// cannot honour is refused.
func readForm(r *http.Request, known map[string]parameter) (url.Values, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/x-www-form-urlencoded" {
		return nil, &twilioError{Status: http.StatusUnsupportedMediaType, Code: 20415, Message: "Content-Type must be application/x-www-form-urlencoded"}
	}
	if r.URL.RawQuery != "" {
		return nil, badRequest(20001, "a POST takes its parameters in the body, not in the query")
	}
	if err := r.ParseForm(); err != nil {
		var tooBig *http.MaxBytesError
		if errors.As(err, &tooBig) {
			return nil, &twilioError{Status: http.StatusRequestEntityTooLarge, Code: 20413, Message: "the body is larger than 64 KiB"}
		}
		return nil, badRequest(20001, "the body is not a form")
	}
	if err := checkParameters(r.PostForm, known); err != nil {
		return nil, err
	}
	return r.PostForm, nil
}

func readQuery(r *http.Request, known map[string]parameter) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest(20001, "the query is malformed")
	}
	return query, checkParameters(query, known)
}

func checkParameters(given url.Values, known map[string]parameter) error {
	for name, values := range given {
		use, ok := known[name]
		switch {
		case !ok:
			return badRequest(20001, "%q is not a parameter of this resource in Twilio's contract", name)
		case len(values) > 1 && use&many == 0:
			return badRequest(20001, "%s is given more than once", name)
		case use&^many == foreign:
			return badRequest(20001, "%s is known to Twilio, but the simulator cannot honour it", name)
		}
	}
	return nil
}

var (
	e164Pattern   = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	senderPattern = regexp.MustCompile(`^[A-Za-z0-9 _&+-]{1,11}$`)
	letterPattern = regexp.MustCompile(`[A-Za-z]`)
)

// alphanumericSender tells whether from is a sender name: up to 11 characters, at least one of them a letter.
func alphanumericSender(from string) bool {
	return senderPattern.MatchString(from) && letterPattern.MatchString(from)
}

func (s *Simulator) owns(from string) bool {
	if len(s.cfg.Numbers) == 0 {
		return true
	}
	for _, number := range s.cfg.Numbers {
		if number == from {
			return true
		}
	}
	return false
}

// webURL tells whether raw is an absolute http or https URL.
func webURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && len(raw) <= 4000
}

func intParameter(form url.Values, name string, fallback, low, high, code int) (int, error) {
	if !form.Has(name) {
		return fallback, nil
	}
	n, err := strconv.Atoi(form.Get(name))
	if err != nil || n < low || n > high {
		return 0, badRequest(code, "%s must be a whole number between %d and %d", name, low, high)
	}
	return n, nil
}

// twilioTime is RFC 2822 as Twilio writes it; nil for the zero time.
func twilioTime(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := t.UTC().Format("Mon, 02 Jan 2006 15:04:05 +0000")
	return &text
}

// dayOrTime reads a list filter: a UTC day (YYYY-MM-DD) or RFC 3339. span is how long the value lasts.
func dayOrTime(raw string) (start time.Time, span time.Duration, err error) {
	if t, err := time.Parse(time.DateOnly, raw); err == nil {
		return t, 24 * time.Hour, nil
	}
	t, err := time.Parse(time.RFC3339, raw)
	return t.UTC(), time.Second, err
}

// timeFilter builds the check for name, "name<" and "name>" (which, with the equals sign, are Twilio's <= and >=).
func timeFilter(query url.Values, name string) (func(time.Time) bool, error) {
	checks := []func(time.Time) bool{}
	for _, sign := range []string{"", "<", ">"} {
		if !query.Has(name + sign) {
			continue
		}
		start, span, err := dayOrTime(query.Get(name + sign))
		if err != nil {
			return nil, badRequest(20001, "%s must be a date or an RFC 3339 time", name+sign)
		}
		end := start.Add(span)
		switch sign {
		case "":
			checks = append(checks, func(t time.Time) bool { return !t.Before(start) && t.Before(end) })
		case "<":
			checks = append(checks, func(t time.Time) bool { return t.Before(end) })
		case ">":
			checks = append(checks, func(t time.Time) bool { return !t.Before(start) })
		}
	}
	return func(t time.Time) bool {
		for _, check := range checks {
			if t.IsZero() || !check(t) {
				return false
			}
		}
		return true
	}, nil
}

// page is one page of a Twilio list.
type page struct {
	number, size  int
	before, after string // sid after which (older) or before which (newer) the page lies
}

var pageTokenPattern = regexp.MustCompile(`^P[AB](SM|MM|CA)[0-9a-f]{32}$`)

func readPage(query url.Values) (page, error) {
	var p page
	var err error
	if p.size, err = intParameter(query, "PageSize", 50, 1, 1000, 20001); err != nil {
		return p, err
	}
	if p.number, err = intParameter(query, "Page", 0, 0, 1_000_000, 20001); err != nil {
		return p, err
	}
	if token := query.Get("PageToken"); token != "" {
		if !pageTokenPattern.MatchString(token) {
			return p, badRequest(20001, "PageToken is not one that this list has given")
		}
		if strings.HasPrefix(token, "PA") {
			p.before = token[2:]
		} else {
			p.after = token[2:]
		}
	} else if p.number > 0 {
		return p, badRequest(20001, "Page needs the PageToken that came with it")
	}
	return p, nil
}

// listAnswer cuts the page out of sids (newest first) and gives it with Twilio's paging fields.
func (p page) listAnswer(r *http.Request, query url.Values, field string, sids []string, render func(sid string) any) map[string]any {
	start, end := 0, min(p.size, len(sids))
	index := func(sid string) int {
		for i, each := range sids {
			if each == sid {
				return i
			}
		}
		return -1
	}
	switch {
	case p.before != "":
		start = index(p.before) + 1
		if start == 0 { // forgotten meanwhile: nothing older is left
			start = len(sids)
		}
		end = min(start+p.size, len(sids))
	case p.after != "":
		end = max(index(p.after), 0)
		start = max(end-p.size, 0)
	}
	items := []any{}
	for _, sid := range sids[start:end] {
		items = append(items, render(sid))
	}
	uri := func(number int, token string) string {
		q := url.Values{}
		for name, values := range query {
			q[name] = values
		}
		q.Set("PageSize", strconv.Itoa(p.size))
		q.Set("Page", strconv.Itoa(number))
		q.Del("PageToken")
		if token != "" {
			q.Set("PageToken", token)
		}
		return r.URL.Path + "?" + q.Encode()
	}
	answer := map[string]any{
		field: items, "page": p.number, "page_size": p.size, "start": p.number * p.size,
		"end": p.number*p.size + max(len(items)-1, 0), "uri": uri(p.number, query.Get("PageToken")),
		"first_page_uri": uri(0, ""), "next_page_uri": nil, "previous_page_uri": nil,
	}
	if end < len(sids) && end > start {
		answer["next_page_uri"] = uri(p.number+1, "PA"+sids[end-1])
	}
	if p.number > 0 && start < len(sids) {
		answer["previous_page_uri"] = uri(p.number-1, "PB"+sids[start])
	}
	return answer
}
