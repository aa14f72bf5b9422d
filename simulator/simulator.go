package simulator

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"
)

// Config says who may talk to the twin and how it behaves. The zero value of each optional field has the stated default.
type Config struct {
	// AccountSID is the Twilio account that callers use: AC and 32 hexadecimal digits. Required.
	AccountSID string
	// AuthToken authenticates callers and signs every callback. Required.
	AuthToken string
	// FCMProjectID is the Firebase project that accepts pushes. Required.
	FCMProjectID string

	// Numbers are the phone numbers (E.164) and alphanumeric senders of the account. Empty: any well-formed From is ours.
	Numbers []string
	// SMPPSystemID and SMPPPassword bind to the SMSC of ServeSMPP. Empty: every bind is refused.
	SMPPSystemID, SMPPPassword string
	// SMPPNumbers are the numbers (E.164) of the SMPP account; what a handset writes to one goes out as deliver_sm. Empty: any.
	SMPPNumbers []string
	// CarrierKey is the bearer token and password of the local HTTP carriers, and signs what they call. Empty: they refuse everything.
	CarrierKey string
	// CarrierNumbers are the numbers of the HTTP carriers' account.
	CarrierNumbers []string
	// CarrierInboundURL receives a handset's SMS to one of CarrierNumbers. Empty: kept, not sent. See SetCarrierInbound.
	CarrierInboundURL string

	// InboundMessageURL receives a handset's SMS to one of our numbers as a signed POST; see SetInbound. Empty: kept, not sent.
	InboundMessageURL string
	// InboundCallURL gives the TwiML for a call that a handset makes to one of our numbers; see SetInbound. Empty: such calls are refused.
	InboundCallURL string

	// StatusDelay passes between two states of a message and before a call rings. Default 0: at once.
	StatusDelay time.Duration
	// SpeechRate is how many characters Say speaks in a second. Default 0: it takes no time.
	SpeechRate float64
	// HistoryLimit bounds messages, calls and pushes each; the oldest are forgotten. Default 10,000.
	HistoryLimit int
	// MaxLiveCalls bounds calls that have not ended; one more is answered with 429. Default 1,000.
	MaxLiveCalls int
	// AnswerAll answers every call that would ring on, at once, and PressAll, when it is not empty, presses these keys at
	// every Gather: for campaigns of thousands of calls. Default: a person does, by the handset's API.
	AnswerAll bool
	PressAll  string
	// CallbackWorkers is how many callbacks are under way at once. Default 16.
	CallbackWorkers int
	// CallbackTimeout bounds one callback or TwiML request. Default 15 s, as at Twilio.
	CallbackTimeout time.Duration
	// Faults are the failure rates at the start; PUT /simulator/faults changes them.
	Faults Faults

	// Now gives the time for every stamp and expiry. Default time.Now.
	Now func() time.Time
	// After waits for ringing, pauses, gathers and delays. Default time.After.
	After func(time.Duration) <-chan time.Time
	// Patience is After for what a person is waited for: to answer, to press keys, to
	// end a recording. Default After.
	Patience func(time.Duration) <-chan time.Time
	// HTTPClient sends callbacks and fetches TwiML. Default: an own client without proxy and redirects.
	HTTPClient *http.Client
	// Logger gets sids, codes and errors, never numbers or texts. Default: discard.
	Logger *slog.Logger
}

// Faults are failures by chance, for rehearsing a bad day. Rates lie in [0, 1].
type Faults struct {
	// SMSFailureRate is the share of accepted SMS that end undelivered (30003).
	SMSFailureRate float64 `json:"sms_failure_rate"`
	// PushFailureRate is the share of pushes answered with 503 UNAVAILABLE.
	PushFailureRate float64 `json:"push_failure_rate"`
	// CallFailureRate is the share of accepted calls that end failed.
	CallFailureRate float64 `json:"call_failure_rate"`
	// HTTPErrorRate is the share of carrier requests that create something answered with 500, nothing accepted.
	HTTPErrorRate float64 `json:"http_error_rate"`
	// LatencyMS is waited before every answer of a carrier, in milliseconds, 0 to 60,000.
	LatencyMS int `json:"latency_ms"`
}

func (f Faults) check() error {
	for name, rate := range map[string]float64{
		"sms_failure_rate": f.SMSFailureRate, "push_failure_rate": f.PushFailureRate,
		"call_failure_rate": f.CallFailureRate, "http_error_rate": f.HTTPErrorRate,
	} {
		if !(rate >= 0 && rate <= 1) {
			return fmt.Errorf("%s must lie between 0 and 1", name)
		}
	}
	if f.LatencyMS < 0 || f.LatencyMS > 60_000 {
		return errors.New("latency_ms must lie between 0 and 60000")
	}
	return nil
}

// Simulator is the twin. Make it with New, serve Handler, and Close it.
type Simulator struct {
	cfg    Config
	log    *slog.Logger
	client *http.Client
	ctx    context.Context // ends with Close
	cancel context.CancelFunc
	wg     sync.WaitGroup // every goroutine of the twin
	out    *outbox
	mux    http.Handler
	smsc   *smsc

	tokenKey []byte // signs access tokens
	keyOnce  sync.Once
	key      *rsa.PrivateKey // the service account's
	keyErr   error

	apnsOnce    sync.Once
	apnsPrivate *ecdsa.PrivateKey // providers' tokens of APNs are signed with it

	mu             sync.Mutex
	closed         bool
	faults         Faults
	inboundSMS     string
	inboundCall    string
	inboundStatus  string
	inboundHTTP    string
	bankApp        BankApp
	messages       *history[message]
	calls          *history[call]
	conferences    map[string]*conference // by name
	recordings     map[string]*recording  // by SID
	pushes         *history[push]
	live           int                  // calls that have not ended
	optedOut       map[string]bool      // To+"\n"+From that sent STOP
	triedOnce      map[string]bool      // To+"\n"+From that has failed once (0015)
	unregistered   map[string]bool      // tokens whose app was removed
	goneSince      map[string]time.Time // APNs tokens whose app was removed
	kinds          map[string]string    // number → iphone or browser; else it is an Android phone
	vapidKeys      map[string]string    // browser → the key that it subscribed with
	providerTokens map[string]time.Time // APNs: seen, and when first
	tokenURIs      map[string]bool      // audiences of issued service accounts
	subscriptions  map[*subscription]bool
}

var accountSIDPattern = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)

// New makes a twin and starts its callback workers. It panics when Config lacks a required field or has a wrong one:
// the twin's settings are made by the program, not by its users.
func New(cfg Config) *Simulator {
	switch {
	case !accountSIDPattern.MatchString(cfg.AccountSID):
		panic("simulator: AccountSID must be AC and 32 hexadecimal digits")
	case cfg.AuthToken == "":
		panic("simulator: AuthToken is empty")
	case cfg.FCMProjectID == "" || strings.ContainsAny(cfg.FCMProjectID, "/ "):
		panic("simulator: FCMProjectID is empty or malformed")
	}
	if err := cfg.Faults.check(); err != nil {
		panic("simulator: " + err.Error())
	}
	if cfg.HistoryLimit <= 0 {
		cfg.HistoryLimit = 10_000
	}
	if cfg.MaxLiveCalls <= 0 {
		cfg.MaxLiveCalls = 1_000
	}
	if cfg.CallbackWorkers <= 0 {
		cfg.CallbackWorkers = 16
	}
	if cfg.CallbackTimeout <= 0 {
		cfg.CallbackTimeout = 15 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.After == nil {
		cfg.After = time.After
	}
	if cfg.Patience == nil {
		cfg.Patience = cfg.After
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: cfg.CallbackWorkers, IdleConnTimeout: 30 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	s := &Simulator{
		cfg: cfg, log: cfg.Logger, client: cfg.HTTPClient, faults: cfg.Faults,
		inboundSMS: cfg.InboundMessageURL, inboundCall: cfg.InboundCallURL,
		messages: newHistory[message](cfg.HistoryLimit),
		calls:    newHistory[call](cfg.HistoryLimit),
		pushes:   newHistory[push](cfg.HistoryLimit),
		optedOut: map[string]bool{}, triedOnce: map[string]bool{}, unregistered: map[string]bool{},
		goneSince: map[string]time.Time{}, kinds: map[string]string{}, vapidKeys: map[string]string{}, providerTokens: map[string]time.Time{},
		tokenURIs: map[string]bool{}, subscriptions: map[*subscription]bool{},
		tokenKey: randomBytes(32),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.inboundHTTP = cfg.CarrierInboundURL
	s.smsc = newSMSC(s)
	s.out = newOutbox(s, cfg.CallbackWorkers, 4*cfg.HistoryLimit)
	s.mux = s.routes()
	return s
}

// Handler serves the carriers and, under /simulator/, the handset API. On a listener of its own it is the base URL for
// the SDKs; mounting only "/simulator/" of it elsewhere offers the handset without the carriers. It answers 503 after Close.
func (s *Simulator) Handler() http.Handler { return s.mux }

// SetInbound changes where a handset's SMS and calls to our numbers are announced; an empty URL turns it off.
func (s *Simulator) SetInbound(messageURL, callURL string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inboundSMS, s.inboundCall = messageURL, callURL
}

// SetInboundStatus changes where the changes of state of a handset's call to one of our numbers are told; empty turns it off.
func (s *Simulator) SetInboundStatus(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inboundStatus = url
}

// SetCarrierInbound changes where a handset's SMS to the HTTP carrier's numbers is announced; empty turns it off.
func (s *Simulator) SetCarrierInbound(url string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inboundHTTP = url
}

// Close ends live calls, streams and hanging requests, drops callbacks that have not been sent and waits for those under
// way to be cut. It may be called more than once.
func (s *Simulator) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.out.close()
	s.wg.Wait()
	s.client.CloseIdleConnections()
}

// spawn runs fn in a goroutine that Close waits for; false after Close. The caller holds s.mu.
func (s *Simulator) spawn(fn func()) bool {
	if s.closed {
		return false
	}
	s.wg.Go(fn)
	return true
}

// wait passes d, or less when ctx or the twin ends; it tells whether d has passed.
func (s *Simulator) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil && s.ctx.Err() == nil
	}
	select {
	case <-s.cfg.After(d):
		return true
	case <-ctx.Done():
	case <-s.ctx.Done():
	}
	return false
}

func (s *Simulator) now() time.Time { return s.cfg.Now().UTC() }

// chance is true in a share rate of the cases.
func chance(rate float64) bool { return rate > 0 && mathrand.Float64() < rate }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

// newSID makes a Twilio identifier: two letters and 32 hexadecimal digits.
func newSID(prefix string) string { return prefix + hex.EncodeToString(randomBytes(16)) }

// history keeps the latest limit items in order of arrival, findable by their id. The caller locks.
type history[T any] struct {
	limit int
	ids   []string // oldest first, from head
	head  int
	byID  map[string]*T
}

func newHistory[T any](limit int) *history[T] {
	return &history[T]{limit: limit, byID: map[string]*T{}}
}

func (h *history[T]) add(id string, item *T) {
	h.ids = append(h.ids, id)
	h.byID[id] = item
	if len(h.ids)-h.head > h.limit {
		delete(h.byID, h.ids[h.head])
		h.ids[h.head] = ""
		h.head++
	}
	if h.head > h.limit { // amortised: one copy for each limit items
		h.ids = append([]string(nil), h.ids[h.head:]...)
		h.head = 0
	}
}

// newest visits the items, newest first, until visit returns false.
func (h *history[T]) newest(visit func(*T) bool) {
	for i := len(h.ids) - 1; i >= h.head; i-- {
		if item, ok := h.byID[h.ids[i]]; ok && !visit(item) {
			return
		}
	}
}
