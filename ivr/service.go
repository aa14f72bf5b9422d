package ivr

import (
	"context"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// Config of a Service. DB, Banks, Channels and Keyring are required.
type Config struct {
	DB              *postgres.DB
	Banks           *banks.Service
	Channels        *channels.Service
	OTP             *otp.Service
	Scheduling      *scheduling.Service
	Identifications *identifications.Service
	Calls           *calls.Service
	Keyring         *events.Keyring
	// HookAllow lists special addresses that flows may ask at: VISAVIS_WEBHOOK_ALLOW.
	HookAllow []netip.Prefix
	// Carrier places the calls. nil: none is placed, and PlaceTx refuses.
	Carrier *twilio.Provider
	Log     *slog.Logger     // defaults to slog.Default()
	Now     func() time.Time // defaults to time.Now
	// Workers is how many calls a node is placing at once. Defaults to 64.
	Workers int
	// Poll is how often the loop looks without being woken. Defaults to 1 s.
	Poll time.Duration
	// Observe hears what the dial loop does: for tests, which wait for it.
	Observe func(postgres.LoopEvent)
}

// Service places and leads phone calls. It is safe for concurrent use.
type Service struct {
	Config
	ended map[string][]func(ctx context.Context, tx *postgres.Tx, c PhoneCall) error
	aside sync.WaitGroup // what flows ask the banks
}

// New makes a Service. Calls are dialled only while Run runs.
func New(c Config) *Service {
	now := c.Now
	if now == nil {
		now = time.Now
	}
	c.Now = func() time.Time { return now().UTC().Truncate(time.Microsecond) } // as the database keeps times
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Workers <= 0 {
		c.Workers = 64
	}
	if c.Poll <= 0 {
		c.Poll = time.Second
	}
	s := &Service{Config: c, ended: map[string][]func(context.Context, *postgres.Tx, PhoneCall) error{}}
	if s.Scheduling != nil {
		s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DuePhoneCall}, s.phoneDue)
		s.Scheduling.WorkDue([]scheduling.DueKind{scheduling.DuePhoneLeg}, s.legDue)
	}
	s.OnEnded("", s.callerEnded)
	return s
}

// errNothing: there is nothing that a step could be about.
var errNothing = visavis.Errorf(visavis.Conflict, "nothing_to_do", "the call is about no case, and no scenario is named")
