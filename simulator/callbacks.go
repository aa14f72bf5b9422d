package simulator

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Signature is X-Twilio-Signature of a request, see signature: for tests that play the carrier.
func Signature(authToken, fullURL string, post url.Values) string {
	return signature(authToken, fullURL, post)
}

// signature is X-Twilio-Signature: base64 of HMAC-SHA1, keyed with the auth token, over the full URL followed by each
// POST parameter's name and value in the order of the names.
func signature(authToken, fullURL string, post url.Values) string {
	mac := hmac.New(sha1.New, []byte(authToken))
	io.WriteString(mac, fullURL)
	names := make([]string, 0, len(post))
	for name := range post {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range post[name] {
			io.WriteString(mac, name+value)
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// webhookRequest is a request as Twilio makes it: signed, a form for POST, the query for GET.
func (s *Simulator) webhookRequest(ctx context.Context, method, target string, params url.Values) (*http.Request, error) {
	u, err := url.Parse(target)
	if err != nil {
		return nil, err
	}
	u.Fragment = ""
	var body io.Reader
	signed := params
	if method == http.MethodGet {
		query := params.Encode()
		if u.RawQuery != "" {
			query = u.RawQuery + "&" + query
		}
		u.RawQuery, signed = query, nil
	} else {
		body = strings.NewReader(params.Encode())
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	}
	req.Header.Set("User-Agent", "TwilioProxy/1.1")
	req.Header.Set("Accept", "*/*")
	req.Header.Set("X-Twilio-Signature", signature(s.cfg.AuthToken, u.String(), signed))
	return req, nil
}

// callbackResult is what became of one callback, shown by the handset API.
type callbackResult struct {
	Status     string    `json:"status"`                // the state it told
	HTTPStatus int       `json:"http_status,omitempty"` // 0: no answer
	Error      string    `json:"error,omitempty"`
	At         time.Time `json:"at"`
}

// callback is one webhook to be sent once.
type callback struct {
	status, method, url string
	params              url.Values
	token               string                           // I-Twilio-Idempotency-Token
	done                func(callbackResult, respondent) // called without locks

	deliver func(context.Context) error                  // not by HTTP: how it goes out
	request func(context.Context) (*http.Request, error) // by HTTP, but not as Twilio's
}

type respondent struct {
	contentType string
	body        []byte // at most 64 KiB
}

// line keeps the callbacks of one message or call in order: one under way at a time.
type line struct {
	queue   []callback
	busy    bool
	waiting []chan struct{} // closed when the line has run empty
}

// outbox sends callbacks of many lines with a fixed number of workers.
type outbox struct {
	s     *Simulator
	limit int

	mu      sync.Mutex
	wake    *sync.Cond
	ready   []*line
	pending int
	closed  bool
}

func newOutbox(s *Simulator, workers, limit int) *outbox {
	o := &outbox{s: s, limit: limit}
	o.wake = sync.NewCond(&o.mu)
	for range workers {
		s.wg.Go(o.work)
	}
	return o
}

// add appends callbacks to l. When more than the limit are pending over all lines the rest is dropped and logged.
func (o *outbox) add(l *line, callbacks ...callback) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return
	}
	for _, c := range callbacks {
		if o.pending >= o.limit {
			o.s.log.Warn("simulator drops a callback: too many are pending", "pending", o.pending)
			return
		}
		l.queue = append(l.queue, c)
		o.pending++
	}
	if !l.busy && len(l.queue) > 0 {
		l.busy = true
		o.ready = append(o.ready, l)
		o.wake.Signal()
	}
}

// empty gives a channel that is closed once nothing of l is pending or under way.
func (o *outbox) empty(l *line) <-chan struct{} {
	o.mu.Lock()
	defer o.mu.Unlock()
	done := make(chan struct{})
	if !l.busy || o.closed {
		close(done)
	} else {
		l.waiting = append(l.waiting, done)
	}
	return done
}

func (o *outbox) work() {
	for {
		o.mu.Lock()
		for len(o.ready) == 0 && !o.closed {
			o.wake.Wait()
		}
		if o.closed {
			o.mu.Unlock()
			return
		}
		l := o.ready[0]
		o.ready = o.ready[1:]
		next := l.queue[0]
		l.queue = l.queue[1:]
		o.mu.Unlock()

		o.send(next)

		o.mu.Lock()
		o.pending--
		if len(l.queue) > 0 && !o.closed {
			o.ready = append(o.ready, l)
			o.wake.Signal()
		} else {
			l.busy = false
			for _, done := range l.waiting {
				close(done)
			}
			l.waiting = nil
		}
		o.mu.Unlock()
	}
}

func (o *outbox) send(c callback) {
	s := o.s
	ctx, cancel := context.WithTimeout(s.ctx, s.cfg.CallbackTimeout)
	defer cancel()
	result := callbackResult{Status: c.status}
	var answer respondent
	var req *http.Request
	var err error
	switch {
	case c.deliver != nil:
		err = c.deliver(ctx)
	case c.request != nil:
		req, err = c.request(ctx)
	default:
		if req, err = s.webhookRequest(ctx, c.method, c.url, c.params); err == nil {
			req.Header.Set("I-Twilio-Idempotency-Token", c.token)
		}
	}
	if err == nil && req != nil {
		var res *http.Response
		if res, err = s.client.Do(req); err == nil {
			answer.contentType = res.Header.Get("Content-Type")
			answer.body, err = io.ReadAll(io.LimitReader(res.Body, maxTwiMLBytes))
			res.Body.Close()
			result.HTTPStatus = res.StatusCode
			if err == nil && (res.StatusCode < 200 || res.StatusCode > 299) {
				err = fmt.Errorf("the receiver answered %d", res.StatusCode)
			}
		}
	}
	if s.ctx.Err() != nil {
		return // cut by Close
	}
	if err != nil {
		result.Error = hideURL(err)
		s.log.Warn("simulated callback failed", "status", c.status, "http_status", result.HTTPStatus, "error", result.Error)
	}
	result.At = s.now()
	if c.done != nil {
		c.done(result, answer)
	}
}

// hideURL takes the URL out of an error of net/http: its path and query may carry ids and links.
func hideURL(err error) string {
	if u, ok := err.(*url.Error); ok {
		return u.Err.Error()
	}
	return err.Error()
}

func (o *outbox) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closed = true
	o.wake.Broadcast()
}

// arrange puts the callbacks of one object into the order that the scenario asks for.
func arrange(scenario string, callbacks []callback) []callback {
	switch scenario {
	case "duplicate-receipts":
		var twice []callback
		for _, c := range callbacks {
			twice = append(twice, c, c)
		}
		return twice
	case "reordered-receipts":
		callbacks = slices.Clone(callbacks)
		slices.Reverse(callbacks)
	}
	return callbacks
}

func idempotencyToken() string {
	b := hex.EncodeToString(randomBytes(16))
	return b[:8] + "-" + b[8:12] + "-" + b[12:16] + "-" + b[16:20] + "-" + b[20:]
}
