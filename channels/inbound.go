package channels

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Inbound is an SMS from a customer, as a provider tells it.
type Inbound struct {
	Provider   string
	ProviderID string // of the message: one that comes again is taken in once
	From, To   string // To is one of the bank's senders
	Text       string
	// Answered is true when the provider has answered a keyword itself (Twilio's
	// advanced opt-out): then we do not.
	Answered bool
}

// InboundAddress is what a carrier is told to call with what customers send to
// a bank's numbers.
type InboundAddress struct {
	Channel  Channel
	Provider string
	URL      string
	Secret   bool // the carrier does not sign: who knows the address can speak for it
	// StatusURL is told what becomes of a call that came in; "" = nothing is.
	StatusURL string
}

// InboundMessage is what a customer sent, or which key they pressed.
type InboundMessage struct {
	ID         uuid.UUID
	Provider   string
	Channel    Channel // sms, or voice for a key
	From       string  // E.164; masked where it is shown
	To         string
	Text       string // "" for a key
	Intent     Intent
	Locale     string    // of the keyword; "" = it does not tell
	CustomerID uuid.UUID // uuid.Nil: a number that no customer has
	// AboutType and AboutID are what the message answered was about, where known.
	AboutType  string
	AboutID    uuid.UUID
	ReplyID    uuid.UUID // the automatic answer, a message; uuid.Nil = none
	ReceivedAt time.Time
}

const (
	// replyEvery is how often a number gets an automatic answer to the same, at most.
	replyEvery = time.Hour
	// maxInboundText is how much of a text is kept.
	maxInboundText = 2000
)

// replies are the texts that answer an intent.
var replies = map[Intent]string{IntentStop: "inbound_stop", IntentStart: "inbound_start", IntentHelp: "inbound_help"}

// Receive takes in a customer's SMS to a bank, once however often it comes.
// STOP opts the number out of the bank's SMS, except codes and rings, START in
// again; both and HELP are answered. "This was not me" and a YES to a
// message about a booking become work for who runs WorkInbound. It refuses (Invalid) what has no sender or id,
// and (NotFound) what is for no bank.
func (s *Service) Receive(ctx context.Context, bankID uuid.UUID, in Inbound) error {
	for _, text := range []*string{&in.ProviderID, &in.From, &in.To, &in.Text} {
		*text = kept(*text) // else the provider brings it again, for ever
	}
	if in.ProviderID == "" || in.Provider == "" || len(in.From) < 3 || len(in.From) > 20 {
		return visavis.InvalidField("from", "an inbound message has a sender and an id")
	}
	from := in.From
	if canonical, err := banks.CanonicalPhone(in.From, ""); err == nil {
		from = canonical
	}
	if runes := []rune(in.Text); len(runes) > maxInboundText {
		in.Text = string(runes[:maxInboundText])
	}
	m := InboundMessage{Provider: in.Provider, Channel: SMS, From: from, To: in.To, Text: in.Text}
	m.Intent, m.Locale = IntentOf(in.Text)
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		customerLocale, err := answeredTx(ctx, tx, &m)
		if err != nil {
			return err
		}
		fresh, err := s.receiveTx(ctx, tx, &m, in.ProviderID)
		if err != nil || !fresh {
			return err
		}
		if m.Intent == IntentStop || m.Intent == IntentStart {
			if _, err := s.OptOutTx(ctx, tx, NewOptOut{Phone: from, Channels: []Channel{SMS}, OptedOut: m.Intent == IntentStop, Source: SourceInbound, Reference: m.ID.String()}); err != nil {
				return err
			}
		}
		if replies[m.Intent] == "" || in.Answered {
			return nil
		}
		return s.replyTx(ctx, tx, m, or(m.Locale, customerLocale))
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "23503" && pg.ConstraintName == "inbound_messages_bank_id_fkey" {
		return visavis.Errorf(visavis.NotFound, "bank_not_found", "there is no such bank")
	}
	if err != nil {
		return fmt.Errorf("receive message: %w", err)
	}
	return nil
}

// answeredTx finds who sent a message, and what it answers: the last message that
// went out to a customer of this number (several may share one); for a YES the
// last about a booking, since nothing else asks for it, and a code may have come
// in between.
func answeredTx(ctx context.Context, tx *postgres.Tx, m *InboundMessage) (locale string, err error) {
	var customer, about *uuid.UUID
	err = tx.QueryRow(ctx, `
		select c.id, c.locale, coalesce(l.about_type, ''), l.about_id
		from customers c left join lateral (
			select m.id, m.about_type, m.about_id from messages m
			where m.bank_id = $1 and m.customer_id = c.id and m.about_type <> $3 and m.step > 0 and (not $4 or m.about_type = 'booking')
			order by m.id desc limit 1
		) l on true
		where c.bank_id = $1 and c.phone = $2 order by l.id desc nulls last, c.id desc limit 1`,
		tx.BankID, m.From, aboutInbound, m.Intent == IntentYes).Scan(&customer, &locale, &m.AboutType, &about)
	if err != nil && err != pgx.ErrNoRows {
		return "", err
	}
	m.CustomerID, m.AboutID = value(customer), value(about)
	return locale, nil
}

// receiveTx writes an inbound message down and tells it; fresh is false for one
// that is known.
func (s *Service) receiveTx(ctx context.Context, tx *postgres.Tx, m *InboundMessage, providerID string) (fresh bool, err error) {
	m.ID, m.ReceivedAt = uuid.Must(uuid.NewV7()), s.now()
	work := "none"
	if m.Intent == IntentNotMe || m.Intent == IntentYes && m.AboutType == "booking" {
		work = "pending"
	}
	tag, err := tx.Exec(ctx, `
		insert into inbound_messages (bank_id, id, provider, provider_id, channel, sender, recipient, body, intent, locale, customer_id, about_type, about_id,
			received_at, work_state, due_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $14) on conflict (bank_id, provider, provider_id) do nothing`,
		tx.BankID, m.ID, m.Provider, providerID, m.Channel, m.From, m.To, m.Text, m.Intent, m.Locale, orNil(m.CustomerID), m.AboutType, orNil(m.AboutID), m.ReceivedAt, work)
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	if work == "pending" {
		tx.Wake(topicInbound)
	}
	data := map[string]any{"intent": m.Intent, "channel": m.Channel}
	if m.CustomerID != uuid.Nil {
		data["customer_id"] = m.CustomerID
	}
	if m.AboutID != uuid.Nil {
		data["about_type"], data["about_id"] = m.AboutType, m.AboutID
	}
	_, err = events.AppendTx(ctx, tx, m.ReceivedAt, events.New{Type: "message.inbound_received", Object: "inbound_message", ID: m.ID, Data: data})
	return true, err
}

// replyTx answers a keyword, from the number that it came to, at most once an
// hour for a number and what it asks for: two machines that answer each other
// stop soon, and who takes a STOP back is told so.
func (s *Service) replyTx(ctx context.Context, tx *postgres.Tx, m InboundMessage, locale string) error {
	var free bool
	var bankLocale string
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1::text || $2, 12))`, tx.BankID, m.From); err != nil {
		return err
	}
	err := tx.QueryRow(ctx, `select not exists(select from inbound_messages where bank_id = $1 and sender = $2 and intent = $4 and reply_id is not null and received_at > $3),
		coalesce((select settings ->> 'default_locale' from banks where bank_id = $1), '')`, tx.BankID, m.From, m.ReceivedAt.Add(-replyEvery), m.Intent).Scan(&free, &bankLocale)
	if err != nil || !free {
		return err
	}
	step := Step{Channel: SMS, From: m.To, Why: "the answer to " + string(m.Intent)}
	if _, ok := s.route(SMS, m.Provider); ok {
		step.Provider = m.Provider
	}
	err = tx.Savepoint(ctx, func(ctx context.Context) error {
		reply, err := s.SendTx(ctx, tx, Message{
			CustomerID: m.CustomerID, Phone: m.From, Locale: or(locale, bankLocale), Class: Transaction, Template: replies[m.Intent], Ladder: []Step{step},
			AboutType: aboutInbound, AboutID: m.ID, ExpiresAt: m.ReceivedAt.Add(replyEvery),
		})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `update inbound_messages set reply_id = $3 where bank_id = $1 and id = $2`, tx.BankID, m.ID, reply.ID)
		return err
	})
	var refusal *visavis.Error
	if errors.As(err, &refusal) && refusal.Kind != visavis.Internal {
		s.log.Info("a customer's keyword cannot be answered", "inbound", m.ID, "bank", tx.BankID, "error", err)
		return nil // what they asked for is done all the same
	}
	return err
}

// Keyed takes in a key that a customer pressed in the call of a delivery, once
// for each intent: providerID is the provider's id of the call. IntentNotMe
// becomes work for who runs WorkInbound, IntentStop opts the number out of calls
// of the message's group (not of codes and rings). NotFound when the bank has no
// such delivery.
func (s *Service) Keyed(ctx context.Context, bankID, deliveryID uuid.UUID, providerID string, intent Intent) error {
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		m := InboundMessage{Channel: Voice, Intent: intent}
		var customer, about *uuid.UUID
		var class Class
		err := tx.QueryRow(ctx, `
			select d.provider, d.recipient, d.sender, m.class, m.locale, m.customer_id, m.about_type, m.about_id
			from deliveries d join messages m on m.bank_id = $1 and m.id = d.message_id
			where d.bank_id = $1 and d.id = $2 and d.channel = 'voice'`, bankID, deliveryID).
			Scan(&m.Provider, &m.From, &m.To, &class, &m.Locale, &customer, &m.AboutType, &about)
		if err == pgx.ErrNoRows {
			return visavis.Errorf(visavis.NotFound, "delivery_not_found", "there is no such delivery")
		}
		if err != nil {
			return err
		}
		m.CustomerID, m.AboutID = value(customer), value(about)
		fresh, err := s.receiveTx(ctx, tx, &m, providerID+":"+string(intent))
		if err != nil || !fresh || intent != IntentStop || class.Group() == Essential {
			return err
		}
		_, err = s.OptOutTx(ctx, tx, NewOptOut{Phone: m.From, Channels: []Channel{Voice}, Groups: []Group{class.Group()}, OptedOut: true, Source: SourceKeyPress, Reference: deliveryID.String()})
		return err
	})
	if err != nil {
		return fmt.Errorf("key pressed: %w", err)
	}
	return nil
}

// InboundMessages lists what customers sent, newest first; of one customer when
// customerID is not uuid.Nil, of one intent when that is not "".
func (s *Service) InboundMessages(ctx context.Context, bankID, customerID uuid.UUID, intent Intent, page postgres.Page) (list []InboundMessage, next string, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select id, provider, channel, sender, recipient, body, intent, locale, customer_id, about_type, about_id, reply_id, received_at
			from inbound_messages where bank_id = $1 and ($2::uuid is null or customer_id = $2) and ($3::text = '' or intent = $3) and ($4::uuid is null or id < $4)
			order by id desc limit $5`, bankID, orNil(customerID), string(intent), page.After(), page.Size()+1)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (m InboundMessage, err error) {
			var customer, about, reply *uuid.UUID
			err = row.Scan(&m.ID, &m.Provider, &m.Channel, &m.From, &m.To, &m.Text, &m.Intent, &m.Locale, &customer, &m.AboutType, &about, &reply, &m.ReceivedAt)
			m.CustomerID, m.AboutID, m.ReplyID = value(customer), value(about), value(reply)
			return m, err
		})
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list inbound messages: %w", err)
	}
	list, next = postgres.Cut(list, page, func(m InboundMessage) uuid.UUID { return m.ID })
	return list, next, nil
}

// topicInbound is woken when an inbound message is work.
const topicInbound = "inbound_work"

const (
	inboundLease    = 30 * time.Second
	inboundDeadline = 20 * time.Second
)

type inboundWork struct {
	bankID, lease uuid.UUID
	attempts      int
	m             InboundMessage
}

// WorkInbound runs fn for each inbound message of an intent until ctx ends: for
// the package that knows what the intent means. fn may be run again when it
// failed or its node died, so it must be safe to repeat. Any number of nodes may
// run it, one function for each intent.
func (s *Service) WorkInbound(ctx context.Context, intent Intent, fn func(ctx context.Context, bankID uuid.UUID, m InboundMessage) error) {
	l := &postgres.Loop[*inboundWork]{
		Name: "inbound messages", Topic: topicInbound, Poll: s.poll, Batch: 50, Workers: 4, Now: s.now, Logger: s.log,
		Claim: func(ctx context.Context, tx *postgres.Tx, limit int) (all []*inboundWork, _ time.Time, err error) {
			now, lease := s.now(), uuid.New()
			rows, err := tx.Query(ctx, `
				with due as (select bank_id, id from inbound_messages where intent = $1 and work_state = 'pending' and due_at <= $2 order by due_at limit $3 for update skip locked)
				update inbound_messages m set lease = $4, due_at = $5, attempts = attempts + 1 from due c where m.bank_id = c.bank_id and m.id = c.id
				returning m.bank_id, m.id, m.provider, m.channel, m.sender, m.recipient, m.intent, m.locale, m.customer_id, m.about_type, m.about_id, m.received_at, m.attempts`,
				intent, now, limit, lease, now.Add(inboundLease))
			if err != nil {
				return nil, time.Time{}, err
			}
			all, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*inboundWork, error) {
				w := &inboundWork{lease: lease}
				var customer, about *uuid.UUID
				err := row.Scan(&w.bankID, &w.m.ID, &w.m.Provider, &w.m.Channel, &w.m.From, &w.m.To, &w.m.Intent, &w.m.Locale, &customer, &w.m.AboutType, &about, &w.m.ReceivedAt, &w.attempts)
				w.m.CustomerID, w.m.AboutID = value(customer), value(about)
				return w, err
			})
			return all, time.Time{}, err
		},
		Work: func(ctx context.Context, w *inboundWork) {
			ctx, cancel := context.WithTimeout(ctx, inboundDeadline)
			defer cancel()
			state, due := "done", s.now()
			if err := fn(ctx, w.bankID, w.m); err != nil {
				s.log.Warn("an inbound message could not be worked", "inbound", w.m.ID, "bank", w.bankID, "intent", intent, "attempt", w.attempts, "error", err)
				state, due = "pending", s.now().Add(backoff(w.attempts))
			}
			err := s.db.InBank(ctx, w.bankID, func(ctx context.Context, tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, `update inbound_messages set work_state = $4, due_at = $5, lease = null where bank_id = $1 and id = $2 and lease = $3`,
					w.bankID, w.m.ID, w.lease, state, due)
				return err
			})
			if err != nil {
				s.log.Warn("an inbound message could not be marked", "inbound", w.m.ID, "error", err)
			}
		},
	}
	l.Run(ctx, s.db)
}
