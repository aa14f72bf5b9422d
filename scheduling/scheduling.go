// Package scheduling is time that is promised: working hours, the slots that
// follow from them, bookings, reminders, and the loop of due times.
//
// A booking holds a place: one agent's calendar, hidden and exchangeable until
// the call rings, or a numbered overbooking place. That no place is promised
// twice is one exclusion constraint in the database, which no race gets around.
//
// Everything that a booking brings with it (confirmation, reminders, event) is
// written in the transaction of the booking: one that rolls back sends nothing,
// and a move or a cancellation takes the pending reminders along.
package scheduling

import (
	"log/slog"
	"time"
	_ "time/tzdata" // working hours are in named zones, also on a machine without tzdata

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Config is what a Service works with. All fields but Keys, Now and Log are required.
type Config struct {
	DB       *postgres.DB
	Banks    *banks.Service    // the customer's and the bank's settings
	Channels *channels.Service // confirmations and reminders
	Keys     *events.Keyring   // what QR codes and feeds' addresses are signed with; nil = there are none
	Log      *slog.Logger      // nil = slog.Default()
	Now      func() time.Time  // nil = time.Now
}

// Service keeps working hours and bookings, and runs the loop of due times. It
// is safe for concurrent use once every WorkDue has been called.
type Service struct {
	db       *postgres.DB
	banks    *banks.Service
	channels *channels.Service
	keys     *events.Keyring
	log      *slog.Logger
	now      func() time.Time

	workers map[DueKind]DueFunc
	// together: reminders are worked many at a time, see remindMany.
	together bool
	lease    time.Duration            // how long a claimed due time is nobody else's
	observe  func(postgres.LoopEvent) // what the loop does, for tests

	rosters  rosters
	bookings postgres.Together[*sharing] // see Book

	maxHolds, maxOffers int // MaxHolds and MaxOffers; tests want fewer
}

// New makes a Service. It works the kinds that say so itself; packages above
// register the others by WorkDue before Run.
func New(c Config) *Service {
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Service{
		db: c.DB, banks: c.Banks, channels: c.Channels, keys: c.Keys, log: c.Log,
		now:     func() time.Time { return c.Now().UTC().Truncate(time.Microsecond) }, // as the database keeps it
		workers: map[DueKind]DueFunc{}, lease: dueLease, maxHolds: MaxHolds, maxOffers: MaxOffers,
	}
	s.bookings = postgres.Together[*sharing]{DB: c.DB, Queue: s.queueFacts, Then: s.queueBookings}
	s.WorkDue([]DueKind{DueReminder}, s.remindTx)
	s.together = true
	s.WorkDue([]DueKind{DueRecovery}, s.recoverTx)
	s.WorkDue([]DueKind{DueHoldExpired}, s.holdExpired)
	s.WorkDue([]DueKind{DueWaitEnds}, s.waitEnds)
	return s
}
