// Package otp proves that someone holds a phone number, a device or an
// authenticator app, and agrees to what they are asked.
//
//	pending → approved | max_attempts | expired | cancelled | failed | denied
//
// It promises, under any number of checks at once and on any number of nodes:
//   - a code is evaluated at most MaxChecks times, and a number (and a customer)
//     at most SubjectFailures times wrongly a day over all codes, spellings and
//     channels; an answer is given only when its count is committed, and a caller
//     who hangs up is counted all the same;
//   - a code is accepted once, and only for what it was bound to: for a payment
//     that is the amount, the currency and the payee, any change of which ends it;
//   - sending again, by whatever way, or starting again within the code's life,
//     keeps the code and refills nothing;
//   - when the database does not answer, nothing is sent and nothing approved.
//
// With 6 digits and 10 failures a day the chance to guess is 1 in 100,000 a
// number and day (8 digits: 1 in 10 million). Codes are kept as a keyed hash and
// sealed for sending again, under the master key; both are wiped at the end.
//
// The ways are in way.go, workflows in steps.go, what is limited in limits.go,
// devices and authenticator apps in factor.go, push.go and totp.go, and the token
// that an approval may give in session.go.
package otp

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// The rules of NIST SP 800-63B, PSD2 RTS Art. 4 and our own below them.
const (
	Life            = 5 * time.Minute // of a code, unless the bank's settings say less or (up to 10 minutes) more
	MaxChecks       = 5               // of a code
	FlashChecks     = 3               // of a flash call, whose code has 4 digits
	SubjectFailures = 10              // of a number, and of a customer, in SubjectWindow
	SubjectTotal    = 100             // of a number, and of a customer, ever; then the number is bound anew
	SubjectWindow   = 24 * time.Hour
	VoicePerHour    = 2 // calls with a code to a number
)

// resendDelays pass after the first send, the second, …; the last goes on.
var resendDelays = [...]time.Duration{30 * time.Second, 60 * time.Second, 120 * time.Second, 300 * time.Second}

// State is where a verification stands.
type State string

// The states.
const (
	Pending     State = "pending"
	Approved    State = "approved"
	Expired     State = "expired"
	MaxAttempts State = "max_attempts"
	Cancelled   State = "cancelled"
	Failed      State = "failed" // Reason says why
	Denied      State = "denied" // "this was not me"
)

// Why a verification failed.
const (
	ReasonLink   = "link_mismatch"     // the amount, currency or payee was changed
	ReasonNumber = "number_mismatch"   // another number was chosen on the device
	ReasonPolicy = "blocked_by_policy" // the bank's hook, or a number that changed lately
)

// Config of a Service.
type Config struct {
	DB       *postgres.DB
	Banks    *banks.Service
	Channels *channels.Service
	Keys     *events.Keyring
	Log      *slog.Logger     // defaults to slog.Default()
	Now      func() time.Time // defaults to time.Now
	// SendsPerTenMinutes and SendsPerDay bound what is sent to a number of a
	// bank, over all codes. Defaults 5 and 10; a demo, whose few numbers are used
	// all day, wants more.
	SendsPerTenMinutes, SendsPerDay int
	// HookAllow are special addresses that risk hooks may be at, besides a bank's
	// own webhook_allow; Resolver resolves their names. Defaults none, and the system's.
	HookAllow []netip.Prefix
	Resolver  *net.Resolver
	// PushData adds to the data of an approval's push, for apps that speak another
	// protocol. nil, the default: nothing.
	PushData func(Verification) map[string]string
}

// Service starts and checks verifications.
type Service struct {
	Config
	now     func() time.Time
	short   int
	day     int
	newCode func(digits int) (string, error) // tests of the state machine set it
	// How long a bank's hook and a check have; tests set it.
	riskDeadline, checkTimeout time.Duration

	settings sync.Map // bank → *heldSettings
	meters   meters
	ended    ended
	checks   postgres.Together[*checking]
	starts   postgres.Together[*starting]
	running  atomic.Bool
}

// New makes a Service.
func New(c Config) *Service {
	s := &Service{Config: c, short: c.SendsPerTenMinutes, day: c.SendsPerDay, newCode: newCode, riskDeadline: riskDeadline, checkTimeout: checkTimeout}
	if s.Log == nil {
		s.Log = slog.Default()
	}
	now := c.Now
	if now == nil {
		now = time.Now
	}
	s.now = func() time.Time { return now().UTC().Truncate(time.Microsecond) }
	if s.short <= 0 {
		s.short = 5
	}
	if s.day <= 0 {
		s.day = 10
	}
	s.meters.node = uuid.New()
	s.checks.DB, s.checks.Queue = s.DB, s.queueChecks
	s.checks.Key = func(c *checking) string { return string(c.id[:]) }
	s.starts.DB, s.starts.Queue = s.DB, s.queueStarts
	s.starts.Key = func(one *starting) string { return one.Phone }
	if s.Channels != nil {
		s.Channels.OnUndelivered(aboutVerification, s.undeliveredTx)
	}
	return s
}

// newCode draws a code without bias; leading zeros are as good as other digits.
func newCode(digits int) (string, error) {
	space := uint64(1)
	for range digits {
		space *= 10
	}
	var raw [8]byte
	for {
		if _, err := rand.Read(raw[:]); err != nil {
			return "", fmt.Errorf("draw code: %w", err)
		}
		n := binary.LittleEndian.Uint64(raw[:])
		if n >= math.MaxUint64/space*space { // the last part of the range is not a whole one
			continue
		}
		code := make([]byte, digits)
		for i := range code {
			code[digits-1-i], n = '0'+byte(n%10), n/10
		}
		return string(code), nil
	}
}

// Verification is one as it stands. The code is never in it.
type Verification struct {
	ID           uuid.UUID
	CustomerID   uuid.UUID
	Phone        string // E.164; "" for a factor's
	Purpose      string
	BoundTo      uuid.UUID
	Way          Way // last used
	Ways         []Way
	State        State
	Reason       string // of Failed and Denied
	AttemptsLeft int
	Sends        int
	NextSendAt   time.Time // before it Resend is refused by every way; see Next
	CreatedAt    time.Time
	ExpiresAt    time.Time
	EndedAt      *time.Time
	Payment      Payment   // zero: none
	FactorID     uuid.UUID // the device or app that it is bound to
	Number       int       // to show on the page, for number matching; 0 = none
	Numbers      []int     // to show on the device
	Session      *Token    // of the verified session, in the answer that approves only
	Reference    string
	Metadata     map[string]any
}

// Restricted reports whether the last way used goes over the public telephone
// network (NIST SP 800-63B, "restricted").
func (v Verification) Restricted() bool { return v.Way.Restricted() }

// aboutVerification is the AboutType of a verification's messages.
const aboutVerification = "verification"

const (
	sealCode    = "otp code"
	macCode     = "otp code 2"
	macSubject  = "otp subject"
	keyOfPhone  = "phone"
	keyOfPerson = "customer"
	keyOfFactor = "factor"
)

// codeParts are what a code's keyed hash covers: its verification, whose random
// id is its salt, and what it is good for.
func codeParts(bankID, id, boundTo uuid.UUID, code string) [][]byte {
	return [][]byte{bankID[:], id[:], boundTo[:], []byte(code)}
}

// appendTx tells what happened to a verification, which is locked.
func appendTx(ctx context.Context, tx *postgres.Tx, now time.Time, kind string, v Verification) error {
	data := map[string]any{"purpose": v.Purpose, "state": v.State, "channel": v.Way}
	if v.CustomerID != uuid.Nil {
		data["customer_id"] = v.CustomerID
	}
	if v.BoundTo != uuid.Nil {
		data["bound_to"] = v.BoundTo
	}
	if v.Reason != "" {
		data["reason"] = v.Reason
	}
	e := events.New{Type: kind, Object: "verification", ID: v.ID, Data: data}
	var number *int
	if err := tx.QueryRow(ctx, `update verifications set events = events + 1 where bank_id = $1 and id = $2 returning events`, tx.BankID, v.ID).Scan(&number); err != nil {
		return fmt.Errorf("number event: %w", err)
	}
	if number == nil { // of before migration 0014
		_, err := events.AppendTx(ctx, tx, now, e)
		return err
	}
	return events.AppendNumberedTx(ctx, tx, now, []events.Numbered{{New: e, Sequence: *number}})
}

func orNil(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func or(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}
