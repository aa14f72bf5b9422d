// Package otp proves that someone holds a phone number: it sends a code and
// checks what comes back.
//
//	pending → approved | max_attempts | expired | cancelled
//
// It promises, under any number of checks at once and on any number of nodes:
//   - a code is evaluated at most MaxChecks times, and a number (and a customer)
//     at most SubjectFailures times wrongly a day over all codes, spellings and
//     channels; a check is counted before it is compared, and a caller who
//     hangs up is counted all the same;
//   - a code is accepted once, and only for what it was bound to;
//   - sending again, or starting again within the code's life, keeps the code
//     and refills nothing;
//   - when the database does not answer, nothing is approved.
//
// With 6 digits and 10 failures a day the chance to guess is 1 in 100,000 a
// number and day. Codes are kept as a keyed hash and sealed for sending again,
// under the master key; both are wiped at the end.
package otp

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// The rules of NIST SP 800-63B, PSD2 RTS Art. 4 and our own below them.
const (
	Life            = 5 * time.Minute // of a code
	MaxChecks       = 5               // of a code
	SubjectFailures = 10              // of a number, and of a customer, in SubjectWindow
	SubjectTotal    = 100             // of a number, and of a customer, ever; then the number is bound anew
	SubjectWindow   = 24 * time.Hour
	digits          = 6
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
}

// Service starts and checks verifications.
type Service struct {
	db       *postgres.DB
	banks    *banks.Service
	channels *channels.Service
	keys     *events.Keyring
	log      *slog.Logger
	now      func() time.Time
	short    int
	day      int
	newCode  func() (string, error) // tests of the state machine set it
}

// New makes a Service.
func New(c Config) *Service {
	s := &Service{
		db: c.DB, banks: c.Banks, channels: c.Channels, keys: c.Keys, log: c.Log,
		short: c.SendsPerTenMinutes, day: c.SendsPerDay, newCode: newCode,
	}
	if s.log == nil {
		s.log = slog.Default()
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
	return s
}

// newCode draws a code without bias; leading zeros are as good as other digits.
func newCode() (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", fmt.Errorf("draw code: %w", err)
	}
	return fmt.Sprintf("%0*d", digits, n), nil
}

// StartRequest says whom to send a code to, and what for.
type StartRequest struct {
	CustomerID uuid.UUID // uuid.Nil: a bare number
	Phone      string    // E.164 or with a leading 00; defaults to the customer's
	Purpose    string    // such as "visit", "call", "api"; required, at most 64 characters
	BoundTo    uuid.UUID // what the code is good for only, such as the call; uuid.Nil: nothing
	Locale     string    // these two default to the customer's, then to en and UTC
	TimeZone   string
	Channel    channels.Channel // SMS (the default) or Voice
	Reference  string           // the bank's own
	Metadata   map[string]any
}

// Verification is one as it stands. The code is never in it.
type Verification struct {
	ID           uuid.UUID
	CustomerID   uuid.UUID
	Phone        string // E.164
	Purpose      string
	BoundTo      uuid.UUID
	Channel      channels.Channel
	State        State
	AttemptsLeft int
	Sends        int
	NextSendAt   time.Time // before it Resend is refused
	CreatedAt    time.Time
	ExpiresAt    time.Time
	EndedAt      *time.Time
	Reference    string
	Metadata     map[string]any
}

// Start sends a code; see StartTx.
func (s *Service) Start(ctx context.Context, bankID uuid.UUID, r StartRequest) (v Verification, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		v, err = s.StartTx(ctx, tx, r)
		return err
	})
	return v, err
}

// StartTx sends a code in the caller's transaction. While one of the same
// number, purpose and binding lives, that one is returned, with its code and its
// count: sent again when its NextSendAt has passed, else as it is.
//
// It refuses an invalid number or purpose (Invalid), an unknown customer
// (NotFound), a number or customer with too many failures (TooMany,
// too_many_failures), too many codes sent (TooMany, too_many_sends), and a start
// within the life of a code that was tried too often (TooMany, max_attempts).
func (s *Service) StartTx(ctx context.Context, tx *postgres.Tx, r StartRequest) (Verification, error) {
	now := s.now()
	if err := s.complete(ctx, tx, &r); err != nil {
		return Verification{}, err
	}
	if err := s.blockedTx(ctx, tx, now, r.Phone, r.CustomerID); err != nil {
		return Verification{}, err
	}
	for range 3 {
		live, err := oneTx(ctx, tx, `where bank_id = $1 and phone = $2 and purpose = $3
			and (state = 'pending' or state = 'max_attempts' and expires_at > $6)
			and coalesce(bound_to, $5) = coalesce($4::uuid, $5) order by created_at desc limit 1 for update`,
			tx.BankID, r.Phone, r.Purpose, orNil(r.BoundTo), uuid.Nil, now)
		switch {
		case err == nil && live.State == MaxAttempts: // a new start refills nothing
			e := *errMaxAttempts
			e.RetryAfter = live.ExpiresAt.Sub(now)
			return Verification{}, &e
		case err == nil && live.ExpiresAt.After(now):
			if live.NextSendAt.After(now) {
				return live.Verification, nil
			}
			return s.resendTx(ctx, tx, now, live, r.Channel)
		case err == nil:
			if err := s.endTx(ctx, tx, now, live, Expired); err != nil {
				return Verification{}, err
			}
		case err != pgx.ErrNoRows:
			return Verification{}, fmt.Errorf("find verification: %w", err)
		}
		v, ok, err := s.insertTx(ctx, tx, now, r)
		if err != nil || ok {
			return v, err
		}
		// Another began the same meanwhile: theirs is found now.
	}
	return Verification{}, visavis.Errorf(visavis.Conflict, "verification_contended", "the same verification is being started by others; try again")
}

// complete checks a request and fills in what the customer has.
func (s *Service) complete(ctx context.Context, tx *postgres.Tx, r *StartRequest) error {
	if r.Purpose == "" || len(r.Purpose) > 64 {
		return visavis.InvalidField("purpose", "must have 1 to 64 characters")
	}
	switch r.Channel {
	case "":
		r.Channel = channels.SMS
	case channels.SMS, channels.Voice:
	default:
		return visavis.InvalidField("channel", "must be sms or voice")
	}
	if r.CustomerID != uuid.Nil {
		customer, err := s.banks.CustomerTx(ctx, tx, r.CustomerID)
		if err != nil {
			return err
		}
		r.Phone, r.Locale, r.TimeZone = or(r.Phone, customer.Phone), or(r.Locale, customer.Locale), or(r.TimeZone, customer.TimeZone)
	}
	if r.Phone == "" {
		return visavis.InvalidField("phone", "is required without a customer")
	}
	phone, err := banks.CanonicalPhone(r.Phone, "")
	if err != nil {
		return err
	}
	r.Phone, r.Locale, r.TimeZone = phone, channels.KnownLocale(r.Locale), or(r.TimeZone, "UTC")
	return nil
}

// insertTx begins a verification; ok is false when one like it lives.
func (s *Service) insertTx(ctx context.Context, tx *postgres.Tx, now time.Time, r StartRequest) (v Verification, ok bool, err error) {
	code, err := s.newCode()
	if err != nil {
		return v, false, err
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	v = Verification{
		ID: uuid.Must(uuid.NewV7()), CustomerID: r.CustomerID, Phone: r.Phone, Purpose: r.Purpose, BoundTo: r.BoundTo, Channel: r.Channel,
		State: Pending, AttemptsLeft: MaxChecks, Sends: 1, NextSendAt: now.Add(resendDelays[0]), CreatedAt: now, ExpiresAt: now.Add(Life),
		Reference: r.Reference, Metadata: r.Metadata,
	}
	if v.Metadata == nil {
		v.Metadata = map[string]any{}
	}
	metadata, err := json.Marshal(v.Metadata)
	if err != nil {
		return v, false, visavis.InvalidField("metadata", "is not JSON")
	}
	tag, err := tx.Exec(ctx, `
		insert into verifications (bank_id, id, customer_id, phone, purpose, bound_to, channel, locale, time_zone, salt, code_mac, code_sealed,
			max_checks, next_send_at, created_at, expires_at, reference, metadata)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, nullif($17, ''), $18)
		on conflict do nothing`,
		tx.BankID, v.ID, orNil(v.CustomerID), v.Phone, v.Purpose, orNil(v.BoundTo), string(v.Channel), r.Locale, r.TimeZone, salt,
		s.codeMAC(tx.BankID, v.ID, v.BoundTo, salt, code), s.keys.Seal(sealCode, v.ID[:], []byte(code)),
		MaxChecks, v.NextSendAt, now, v.ExpiresAt, v.Reference, metadata)
	if err != nil {
		return v, false, fmt.Errorf("start verification: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return v, false, nil
	}
	if err := s.sendTx(ctx, tx, now, v, r.Locale, r.TimeZone, code); err != nil {
		return v, false, err
	}
	return v, true, appendTx(ctx, tx, now, "verification.started", v)
}

// sendTx hands the code to package channels, within the limits of sends.
func (s *Service) sendTx(ctx context.Context, tx *postgres.Tx, now time.Time, v Verification, locale, timeZone, code string) error {
	for _, limit := range []struct {
		max    int
		window time.Duration
	}{{s.short, 10 * time.Minute}, {s.day, 24 * time.Hour}} {
		key := fmt.Sprintf("otp send %s %s %s", limit.window, tx.BankID, v.Phone)
		ok, retryAfter, err := banks.Allow(ctx, tx, key, limit.max, limit.window, now)
		if err != nil {
			return fmt.Errorf("count code sent: %w", err)
		}
		if !ok {
			e := visavis.Errorf(visavis.TooMany, "too_many_sends", "too many codes were sent to this number; try again later")
			e.RetryAfter = retryAfter
			return e
		}
	}
	minutes := max(int(v.ExpiresAt.Sub(now)/time.Minute), 1)
	_, err := s.channels.SendTx(ctx, tx, channels.Message{
		CustomerID: v.CustomerID, Phone: v.Phone, Locale: locale, TimeZone: timeZone,
		Class: channels.Security, Template: "code", Channels: []channels.Channel{v.Channel},
		Params: map[string]string{"minutes": fmt.Sprint(minutes)}, Secret: map[string]string{"code": code},
		AboutType: "verification", AboutID: v.ID, ExpiresAt: v.ExpiresAt,
	})
	return err
}

const (
	sealCode    = "otp code"
	macCode     = "otp code"
	macSubject  = "otp subject"
	keyOfPhone  = "phone"
	keyOfPerson = "customer"
)

// codeMAC is the keyed hash that a code is kept as, bound to its verification
// and to what it is good for.
func (s *Service) codeMAC(bankID, id, boundTo uuid.UUID, salt []byte, code string) []byte {
	return s.keys.MAC(macCode, bankID[:], id[:], boundTo[:], salt, []byte(code))
}

// subjects are whom failures count against: the canonical number, and the
// customer where known.
func (s *Service) subjects(bankID uuid.UUID, phone string, customerID uuid.UUID) [][]byte {
	subjects := [][]byte{s.keys.MAC(macSubject, bankID[:], []byte(keyOfPhone), []byte(phone))}
	if customerID != uuid.Nil {
		subjects = append(subjects, s.keys.MAC(macSubject, bankID[:], []byte(keyOfPerson), customerID[:]))
	}
	return subjects
}

func appendTx(ctx context.Context, tx *postgres.Tx, now time.Time, kind string, v Verification) error {
	data := map[string]any{"purpose": v.Purpose, "state": v.State, "channel": v.Channel}
	if v.CustomerID != uuid.Nil {
		data["customer_id"] = v.CustomerID
	}
	if v.BoundTo != uuid.Nil {
		data["bound_to"] = v.BoundTo
	}
	_, err := events.AppendTx(ctx, tx, now, events.New{Type: kind, Object: "verification", ID: v.ID, Data: data})
	return err
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
