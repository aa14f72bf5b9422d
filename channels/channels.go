// Package channels tells a customer something: an SMS, a push, a call that
// speaks. A message is accepted in the caller's transaction (SendTx) and goes
// out as one delivery a recipient, by a loop (Run) that claims deliveries in
// batches with a lease; a message's row is itself the outbox.
//
//	pending → sending → sent → delivered
//	              ↘ unknown (timed out; looked up at the provider before anything else)
//	→ failed | undelivered | expired | cancelled
//
// It promises: nothing is sent after its expiry; nothing that was accepted is
// forgotten; an SMS or call whose outcome is not known is looked up at the
// provider before it is sent again; a receipt may come in any order, twice, or
// before our own mark, and the end is the same (see Rank).
//
// It does not know why a message is sent, and not how a provider talks: that is
// in twilio/ and fcm/, which pass the suite in channelstest/.
package channels

import (
	"log/slog"
	"sync"
	"time"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Channel is a way to reach a customer.
type Channel string

// The channels.
const (
	SMS   Channel = "sms"
	Voice Channel = "voice" // a call that speaks the text
	Push  Channel = "push"  // to every enabled device of the customer
	Flash Channel = "flash" // a call that is not to be answered: the caller's number is the code
)

// Class says how urgent a message is. Security and ring are claimed first.
type Class string

// The classes.
const (
	Security    Class = "security"    // a code
	Ring        Class = "ring"        // a video call rings: a push of this class is data only, high priority
	Transaction Class = "transaction" // the answer to something that the customer did
	Reminder    Class = "reminder"
	Notice      Class = "notice"
)

func (c Class) known() bool {
	switch c {
	case Security, Ring, Transaction, Reminder, Notice:
		return true
	}
	return false
}

// Timing of the delivery loop. A node that dies is replaced within lease; a
// provider's deadline ends well before it, so that the outcome is written while
// the lease still holds.
const (
	leaseTime    = 11 * time.Second // with a poll of 1 s, a dead node's deliveries are taken up within 12 s
	sendDeadline = 8 * time.Second
	// startBefore is how long after the claim a send may still be started.
	startBefore = 2 * time.Second
	// lookupAfter is when a delivery of unknown outcome is first looked up.
	lookupAfter = 2 * time.Second
	// goneAfter is when one that the provider does not know is sent again.
	goneAfter = 10 * time.Second
	// lookupPatience is how long after its expiry a delivery is still asked for
	// at a provider that does not answer.
	lookupPatience = 24 * time.Hour
)

// Route binds a channel to a provider. A push goes by the route whose Provider
// is the device's; for the other channels a step names it, or the first is taken.
type Route struct {
	Channel  Channel
	Provider string // as in devices.provider and deliveries.provider: "twilio", "fcm"
	Sender   Sender // when it is a Looker too, unknown outcomes are looked up; else they are sent again with the same id
}

// Config of a Service.
type Config struct {
	DB     *postgres.DB
	Banks  *banks.Service
	Keys   *events.Keyring // seals Secret params
	Routes []Route
	Log    *slog.Logger     // defaults to slog.Default()
	Now    func() time.Time // defaults to time.Now
	// Workers is how many sends a node has under way at once. Defaults to 256.
	// Measured: 1,700 deliveries/s at a provider's 50 ms (one bank, 4 shared
	// cores); what bounds it is the event of each message, appended one by one.
	Workers int
	// Poll is how often the loop looks without being woken. Defaults to 1 s.
	Poll time.Duration
	// Observe hears what the delivery loop does: for tests, which wait for it.
	Observe func(postgres.LoopEvent)
}

// Service sends messages and keeps what became of them.
type Service struct {
	db          *postgres.DB
	banks       *banks.Service
	keys        *events.Keyring
	routes      []Route
	log         *slog.Logger
	now         func() time.Time
	workers     int
	poll        time.Duration
	observe     func(postgres.LoopEvent)
	facts       *factsCache
	breakers    *breakers
	toldBroken  map[breakerKey]bool // what was told of breakers; by breakers.mu
	conversions *conversions
	budgets     *budgets
	undelivered *sync.Map // about type → func(ctx, tx, []Undelivered) error
}

// New makes a Service. Deliveries go out only while Run runs.
func New(c Config) *Service {
	s := &Service{db: c.DB, banks: c.Banks, keys: c.Keys, routes: c.Routes, log: c.Log, workers: c.Workers, poll: c.Poll, observe: c.Observe}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.now = utc(c.Now)
	s.facts, s.undelivered = newFactsCache(c.DB), &sync.Map{}
	s.toldBroken, s.breakers, s.conversions, s.budgets = map[breakerKey]bool{}, &breakers{}, &conversions{}, &budgets{}
	if s.workers <= 0 {
		s.workers = 256
	}
	if s.poll <= 0 {
		s.poll = time.Second
	}
	return s
}

// utc gives times as the database keeps them: UTC, whole microseconds.
func utc(now func() time.Time) func() time.Time {
	if now == nil {
		now = time.Now
	}
	return func() time.Time { return now().UTC().Truncate(time.Microsecond) }
}

// route finds the route of a channel by a provider: a channel may have several.
func (s *Service) route(channel Channel, provider string) (Route, bool) {
	for _, r := range s.routes {
		if r.Channel == channel && r.Provider == provider {
			return r, true
		}
	}
	return Route{}, false
}
