package channels

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/nyaruka/phonenumbers"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Topic is woken when a delivery becomes due.
const Topic = "deliveries"

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
	// Channels to use, each of them. Push goes to every enabled device of the
	// customer; without one it is left out when there is another channel, else
	// the message ends undelivered at once, which is no error. Required.
	Channels []Channel
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
	CreatedAt  time.Time
	ExpiresAt  time.Time
	Deliveries []DeliveryInfo
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
	Attempts   int
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
func (s *Service) Send(ctx context.Context, bankID uuid.UUID, m Message) (info MessageInfo, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		info, err = s.SendTx(ctx, tx, m)
		return err
	})
	return info, err
}

// SendTx accepts a message in the caller's transaction: when that commits, it
// will be delivered or told to have failed; when it rolls back, nothing goes
// out. It refuses (Invalid) an unknown template, a missing param or channel and
// a time that has passed, (NotFound) an unknown customer, (Forbidden, country_not_allowed) a number
// of a country that the bank's settings leave out, and (Unavailable,
// channel_not_configured) a message for which no channel has a provider.
func (s *Service) SendTx(ctx context.Context, tx *postgres.Tx, m Message) (MessageInfo, error) {
	now := s.now()
	to, err := s.recipientTx(ctx, tx, m)
	if err != nil {
		return MessageInfo{}, err
	}
	if err := s.check(m, now); err != nil {
		return MessageInfo{}, err
	}
	id := uuid.Must(uuid.NewV7())
	info := MessageInfo{
		ID: id, CustomerID: m.CustomerID, Class: m.Class, Template: m.Template, Locale: to.locale,
		AboutType: m.AboutType, AboutID: m.AboutID, Reference: m.Reference, Metadata: m.Metadata,
		State: StateAccepted, CreatedAt: now, ExpiresAt: m.ExpiresAt.UTC().Truncate(time.Microsecond),
	}
	var rows deliveryRows
	if err := s.addressTx(ctx, tx, m, to, &info, &rows); err != nil {
		return MessageInfo{}, err
	}
	if len(info.Deliveries) == 0 {
		info.State = StateUndelivered
	}
	var sealed []byte
	if len(m.Secret) > 0 && len(info.Deliveries) > 0 {
		plain, err := json.Marshal(m.Secret)
		if err != nil {
			return MessageInfo{}, fmt.Errorf("seal message: %w", err)
		}
		sealed = s.keys.Seal(sealMessage, id[:], plain)
	}
	_, err = tx.Exec(ctx, insertMessageSQL,
		tx.BankID, id, orNil(m.CustomerID), string(m.Class), m.Template, to.locale, to.timeZone,
		orEmpty(m.Params), sealed, orEmpty(m.Data), orNil(m.LinkID), m.AboutType, orNil(m.AboutID),
		orNull(m.Reference), orEmpty(m.Metadata), string(info.State), now, info.ExpiresAt,
		rows.ids, rows.channels, rows.providers, rows.recipients, rows.devices)
	if err != nil {
		return MessageInfo{}, fmt.Errorf("accept message: %w", err)
	}
	if len(info.Deliveries) == 0 {
		return info, s.appendTx(ctx, tx, now, info, Push, "no_device")
	}
	tx.Wake(Topic)
	return info, nil
}

const insertMessageSQL = `
with message as (
	insert into messages (bank_id, id, customer_id, class, template, locale, time_zone, params, sealed, push_data,
		link_id, about_type, about_id, reference, metadata, state, created_at, expires_at)
	values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
)
insert into deliveries (bank_id, id, message_id, channel, provider, recipient, device_id, class, due_at, expires_at, created_at)
select $1, d.id, $2, d.channel, d.provider, d.recipient, d.device, $4, $17, $18, $17
from unnest($19::uuid[], $20::text[], $21::text[], $22::text[], $23::uuid[]) as d(id, channel, provider, recipient, device)`

type deliveryRows struct {
	ids                             []uuid.UUID
	channels, providers, recipients []string
	devices                         []*uuid.UUID
}

type recipient struct {
	phone, locale, timeZone string
	countries               []string // whose numbers the bank may reach; empty = any
}

// recipientTx finds where and how the customer is spoken to.
func (s *Service) recipientTx(ctx context.Context, tx *postgres.Tx, m Message) (recipient, error) {
	to := recipient{phone: m.Phone, locale: m.Locale, timeZone: m.TimeZone}
	var found bool
	var own recipient
	var settings banks.Settings
	err := tx.QueryRow(ctx, `
		select c.id is not null, coalesce(c.phone, ''), coalesce(c.locale, ''), coalesce(c.time_zone, ''), b.settings
		from banks b left join customers c on c.bank_id = b.bank_id and c.id = $2
		where b.bank_id = $1`, tx.BankID, orNil(m.CustomerID)).Scan(&found, &own.phone, &own.locale, &own.timeZone, &settings)
	if err != nil {
		return to, fmt.Errorf("read customer of message: %w", err)
	}
	to.countries = settings.WithDefaults().Countries
	if m.CustomerID != uuid.Nil {
		if !found {
			return to, visavis.Errorf(visavis.NotFound, "customer_not_found", "there is no such customer")
		}
		to.phone, to.locale, to.timeZone = or(to.phone, own.phone), or(to.locale, own.locale), or(to.timeZone, own.timeZone)
	}
	to.locale, to.timeZone = KnownLocale(to.locale), or(to.timeZone, "UTC")
	if _, err := time.LoadLocation(to.timeZone); err != nil {
		return to, visavis.InvalidField("time_zone", "is not an IANA time zone")
	}
	return to, nil
}

// check refuses what could not be rendered or sent later.
func (s *Service) check(m Message, now time.Time) error {
	switch {
	case !m.Class.known():
		return visavis.InvalidField("class", "must be security, ring, transaction, reminder or notice")
	case len(m.Channels) == 0:
		return visavis.InvalidField("channels", "name at least one of sms, push, voice")
	case !m.ExpiresAt.After(now):
		return visavis.InvalidField("expires_at", "must be in the future")
	case m.Template == "text" && (m.Params["text"] == "" || len([]rune(m.Params["text"])) > maxTextRunes):
		return visavis.InvalidField("text", "must have 1 to %d characters", maxTextRunes)
	}
	return checkParams(m)
}

// addressTx makes one delivery a recipient.
func (s *Service) addressTx(ctx context.Context, tx *postgres.Tx, m Message, to recipient, info *MessageInfo, rows *deliveryRows) error {
	configured := false
	seen := map[Channel]bool{}
	add := func(channel Channel, provider, recipient string, device uuid.UUID) {
		id := uuid.Must(uuid.NewV7())
		rows.ids = append(rows.ids, id)
		rows.channels = append(rows.channels, string(channel))
		rows.providers = append(rows.providers, provider)
		rows.recipients = append(rows.recipients, recipient)
		rows.devices = append(rows.devices, orNil(device))
		info.Deliveries = append(info.Deliveries, DeliveryInfo{
			ID: id, MessageID: info.ID, Channel: channel, Provider: provider, Recipient: mask(channel, recipient),
			DeviceID: device, State: StatePending, CreatedAt: info.CreatedAt,
		})
	}
	for _, channel := range m.Channels {
		if seen[channel] {
			continue
		}
		seen[channel] = true
		switch channel {
		case SMS, Voice:
			route, ok := s.route(channel, "")
			if !ok {
				continue
			}
			if to.phone == "" {
				return visavis.InvalidField("phone", "is required without a customer")
			}
			if !mayReach(to) {
				return visavis.Errorf(visavis.Forbidden, "country_not_allowed", "this bank may not send to numbers of this country: see its setting countries")
			}
			configured = true
			add(channel, route.Provider, to.phone, uuid.Nil)
		case Push:
			for _, route := range s.routes {
				configured = configured || route.Channel == Push
			}
			if m.CustomerID == uuid.Nil {
				continue
			}
			devices, err := s.banks.DevicesTx(ctx, tx, m.CustomerID)
			if err != nil {
				return fmt.Errorf("read devices of message: %w", err)
			}
			for _, device := range devices {
				if _, ok := s.route(Push, device.Provider); ok {
					add(Push, device.Provider, device.Token, device.ID)
				}
			}
		default:
			return visavis.InvalidField("channels", "%q is not one of sms, push, voice", channel)
		}
	}
	if !configured {
		return visavis.Errorf(visavis.Unavailable, "channel_not_configured", "no provider is configured for the channels of this message")
	}
	return nil
}

// mayReach reports whether the number belongs to a country that the bank allows:
// the bound on what a stolen key can spend.
func mayReach(to recipient) bool {
	if len(to.countries) == 0 {
		return true
	}
	number, err := phonenumbers.Parse(to.phone, "")
	return err == nil && slices.Contains(to.countries, phonenumbers.GetRegionCodeForNumber(number))
}

// CancelTx takes back what has not been sent yet about an object, of the given
// templates or of all. What a provider may already have is left as it is.
func (s *Service) CancelTx(ctx context.Context, tx *postgres.Tx, aboutID uuid.UUID, templates ...string) error {
	now := s.now()
	if templates == nil {
		templates = []string{}
	}
	rows, err := tx.Query(ctx, `
		update deliveries d set state = 'cancelled', finished_at = $4, lease = null, lease_until = null
		from messages m
		where d.bank_id = $1 and d.state = 'pending' and m.bank_id = $1 and m.id = d.message_id
		  and m.about_id = $2 and ($3::text[] = '{}' or m.template = any($3))
		returning d.message_id, d.id, d.channel`, tx.BankID, aboutID, templates, now)
	if err != nil {
		return fmt.Errorf("cancel messages: %w", err)
	}
	causes, err := collectCauses(rows)
	if err != nil {
		return fmt.Errorf("cancel messages: %w", err)
	}
	return s.refreshTx(ctx, tx, now, causes)
}

// appendTx tells what became of a message.
func (s *Service) appendTx(ctx context.Context, tx *postgres.Tx, at time.Time, info MessageInfo, channel Channel, code string) error {
	data := map[string]any{
		"template": info.Template, "class": info.Class, "state": info.State, "channel": channel,
	}
	if info.AboutID != uuid.Nil {
		data["about_type"], data["about_id"] = info.AboutType, info.AboutID
		if info.AboutType == "identification" {
			data["identification_id"] = info.AboutID
		}
	}
	if info.CustomerID != uuid.Nil {
		data["customer_id"] = info.CustomerID
	}
	if code != "" {
		data["error_code"] = code
	}
	_, err := events.AppendTx(ctx, tx, at, events.New{Type: "message." + string(info.State), Object: "message", ID: info.ID, Data: data})
	return err
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
