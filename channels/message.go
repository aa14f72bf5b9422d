package channels

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// The topics that are woken when something becomes due, by its class.
const (
	TopicUrgent      = "deliveries_urgent" // security, ring
	TopicTransaction = "deliveries_transaction"
	TopicReminder    = "deliveries_reminder"
	TopicNotice      = "deliveries_notice"
)

// Topics are all of them.
var Topics = []string{TopicUrgent, TopicTransaction, TopicReminder, TopicNotice}

// maxAhead is how far ahead a message may be scheduled.
const maxAhead = 366 * 24 * time.Hour

// sealMessage is the keyring's purpose for secret params.
const sealMessage = "message"

// Message is something to tell a customer.
type Message struct {
	// CustomerID names the customer. uuid.Nil: a bare number, then Phone is required.
	CustomerID uuid.UUID
	Class      Class
	// Template is the key of the text, such as "booking_confirmed". "text" sends
	// Params["text"] as it is.
	Template string
	// Params fill the text. "start" (RFC 3339) becomes {date} and {time} in the
	// customer's zone and calendar, "minutes" a number; {bank} and {name} need
	// none. Never a secret: see Secret.
	Params map[string]string
	// Secret are params that are kept sealed, never logged, and wiped when
	// nothing more has to be sent: "code".
	Secret map[string]string
	// LinkID is the customer link that {link} stands for; its token is derived
	// when the message is sent.
	LinkID uuid.UUID
	// AboutType and AboutID name what the message is about, such as "booking".
	AboutType string
	AboutID   uuid.UUID
	// ExpiresAt: nothing is sent from this time on. Required.
	ExpiresAt time.Time
	// Channels to use, each of them at once. Push goes to every enabled device of
	// the customer; without one it is left out when there is another channel, else
	// the message ends undelivered at once, which is no error. The bank's route for
	// the class orders them and says when one follows another (see Service.plan).
	// Empty: whatever the route says.
	Channels []Channel
	// Otherwise is used when there are neither Channels nor a Ladder nor a route. "" =
	// such a message is refused.
	Otherwise Channel
	// Ladder replaces the bank's route: the ways to try one after the other, see Step. A step that
	// reaches nobody is left out.
	Ladder []Step
	// SendAt is when the first step is handed over; zero = now. Before
	// ExpiresAt. Until then the message can be cancelled.
	SendAt time.Time
	// From is the sender id for steps that Channels make; "" = by the bank's
	// registry of senders, else the provider's own.
	From string
	// Data goes to the app with a push. Added are "message_id", "type" (the
	// template, unless given), "bank", "bank_id", "expires_at" (unless given),
	// "sent_at" (unless given) and, with a LinkID, "link".
	Data map[string]string
	// Phone (E.164), Locale and TimeZone replace the customer's own; required
	// (Locale and TimeZone default to en and UTC) when there is no customer.
	Phone, Locale, TimeZone string
	// Reference and Metadata are the bank's own.
	Reference string
	Metadata  map[string]any
	// Key makes a repeated Send answer with the first one's message; nil = none.
	// It is for SendOnce only.
	Key *Key
}

// MessageInfo is a message as it stands.
type MessageInfo struct {
	ID         uuid.UUID
	CustomerID uuid.UUID // uuid.Nil: a bare number
	Class      Class
	Template   string
	Locale     string
	AboutType  string
	AboutID    uuid.UUID
	Reference  string
	Metadata   map[string]any
	State      State
	// Reason says why nothing was sent: ReasonOptedOut, ReasonFrequencyCap or
	// ReasonQuietHours; "" = it was, or for another reason.
	Reason    string
	CreatedAt time.Time
	ExpiresAt time.Time
	// DueAt is when the next step is handed over; nil: none waits.
	DueAt *time.Time
	// Step is how many steps of Steps have been handed over.
	Step, Steps int
	BatchID     uuid.UUID // uuid.Nil: not of a batch
	Deliveries  []DeliveryInfo
	Ladder      []LadderStep // the way that was planned; only by Get
}

// DeliveryInfo is one delivery of a message.
type DeliveryInfo struct {
	ID        uuid.UUID
	MessageID uuid.UUID
	Channel   Channel
	Provider  string
	// Recipient is masked: a number by its country and last digits, a push token
	// by its last four characters.
	Recipient  string
	DeviceID   uuid.UUID // push only
	State      State
	Step       int    // of the ladder, from 1
	Why        string // this route, as Step.Why
	Attempts   int
	Duplicate  Duplicate
	ErrorCode  string // the provider's own, or "expired", "no_device", "text"
	CreatedAt  time.Time
	SentAt     *time.Time
	FinishedAt *time.Time
	Receipts   []ReceiptInfo // oldest first; only by Get
}

// ReceiptInfo is one receipt of a delivery.
type ReceiptInfo struct {
	Status    string // the provider's own word
	ErrorCode string
	At        time.Time
}

// Send accepts a message in a transaction of its own; see SendTx.
func (s *Service) Send(ctx context.Context, bankID uuid.UUID, m Message) (MessageInfo, error) {
	m.Key = nil
	info, _, err := s.accept(ctx, bankID, m)
	return info, err
}

// SendOnce is Send with a Key: when it was used before, it returns what it
// returned then, and replayed; another request with the same key is ErrKeyReused.
func (s *Service) SendOnce(ctx context.Context, bankID uuid.UUID, m Message) (info MessageInfo, replayed bool, err error) {
	return s.accept(ctx, bankID, m)
}

// SendTx accepts a message in the caller's transaction: when that commits, it
// will be delivered or told to have failed; when it rolls back, nothing goes
// out. It refuses (Invalid) an unknown template, a missing param or channel and
// a time that has passed, (NotFound) an unknown customer, (Forbidden, country_not_allowed) a number
// of a country that the bank's settings leave out, and (Unavailable,
// channel_not_configured) a message for which no channel has a provider.
func (s *Service) SendTx(ctx context.Context, tx *postgres.Tx, m Message) (MessageInfo, error) {
	m.Key = nil
	info, _, err := s.accept(postgres.WithTx(ctx, tx), tx.BankID, m)
	return info, err
}

// check refuses what could not be rendered or sent later.
func (s *Service) check(m Message, now time.Time) error {
	switch {
	case !m.Class.known():
		return visavis.InvalidField("class", "must be security, ring, transaction, reminder or notice")
	case !m.ExpiresAt.After(now):
		return visavis.InvalidField("expires_at", "must be in the future")
	case !m.SendAt.Before(m.ExpiresAt):
		return visavis.InvalidField("send_at", "must be before expires_at")
	case m.SendAt.After(now.Add(maxAhead)):
		return visavis.InvalidField("send_at", "must be within a year")
	case m.Template == "text" && (strings.TrimSpace(clean(m.Params["text"])) == "" || len([]rune(m.Params["text"])) > maxTextRunes):
		return visavis.InvalidField("text", "must have 1 to %d characters, one of them visible", maxTextRunes)
	case slices.Contains(m.over(), Flash) && m.Secret["from"] == "":
		return visavis.InvalidField("channels", "a flash call says nothing but the number that it comes from: it is for verifications")
	}
	return checkParams(m)
}

func orNil(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func or(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}

func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}
