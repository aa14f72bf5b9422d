package ivr

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/postgres"
)

// InboundPath is where the carrier asks what to do with a call to a number of ours.
const InboundPath = CallbackPrefix + "inbound"

// InboundStatusPath is where the carrier tells what becomes of such a call
// ("Call status changes" of the number): else a caller who hangs up would keep
// their place until the gateway asks.
const InboundStatusPath = InboundPath + "/status"

// InboundURL is what the carrier is told to ask when a number of a bank's is
// called ("A call comes in" of the number). Whose the number is the senders say.
func (s *Service) InboundURL() string { return s.Carrier.CallbackURL(InboundPath) }

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// rejected tells the carrier that a number is nobody's.
const rejected = `<?xml version="1.0" encoding="UTF-8"?><Response><Reject/></Response>`

func (s *Service) handleInbound(w http.ResponseWriter, r *http.Request) {
	params, ok := s.signed(w, r)
	if !ok {
		return
	}
	document, err := s.Inbound(r.Context(), params)
	if visavis.KindOf(err) == visavis.Conflict { // a repeated callback of an old turn
		s.answer(w, r, err)
		return
	}
	if visavis.KindOf(err) == visavis.NotFound {
		document, err = rejected, nil
	}
	if err != nil { // the carrier would only say that there was an error
		s.Log.Error("a call to a bank's number could not be taken in; the caller is told so", "error", err)
		document = plainSorry
	}
	writeTwiML(w, []byte(document))
}

func (s *Service) handleInboundStatus(w http.ResponseWriter, r *http.Request) {
	params, ok := s.signed(w, r)
	if !ok {
		return
	}
	s.answer(w, r, s.InboundStatus(r.Context(), params.Get("To"), params.Get("CallSid"), statusOf(params)))
}

// InboundStatus takes in what the carrier says of a call to a bank's number, as
// Status does. NotFound when it is no call of the number's bank.
func (s *Service) InboundStatus(ctx context.Context, to, providerID string, st status) error {
	bankID, err := s.Channels.BankOfNumber(ctx, to)
	if err != nil {
		return err
	}
	ctx = visavis.WithActor(ctx, visavis.System(bankID))
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var id uuid.UUID
		err := tx.QueryRow(ctx, `select id from phone_calls where bank_id = $1 and provider = $2 and provider_id = $3 and direction = 'inbound'`,
			bankID, twilio.Name, providerID).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return notFound()
		}
		if err != nil {
			return fmt.Errorf("read phone call: %w", err)
		}
		return s.Status(ctx, bankID, id, providerID, st)
	})
}

// Inbound takes a call to a bank's number in and returns what it hears first, as
// TwiML. Who calls is known when the number is that of exactly one customer; it
// proves nothing yet: anyone can pretend to call from a number. The same call
// again is answered as before. NotFound: the number is no bank's.
func (s *Service) Inbound(ctx context.Context, params url.Values) (string, error) {
	to, from, sid := params.Get("To"), params.Get("From"), params.Get("CallSid")
	bankID, err := s.Channels.BankOfNumber(ctx, to)
	if err != nil {
		return "", err
	}
	if !e164.MatchString(from) { // withheld
		from = ""
	}
	ctx = visavis.WithActor(ctx, visavis.System(bankID))
	var id uuid.UUID
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		err := tx.QueryRow(ctx, `select id from phone_calls where bank_id = $1 and provider = $2 and provider_id = $3`, bankID, twilio.Name, sid).Scan(&id)
		if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		c, err := s.callerTx(ctx, tx, from)
		if err != nil {
			return err
		}
		numbers, err := numbersTx(ctx, tx)
		if err != nil {
			return err
		}
		c.Flow = defaultInbound
		for _, number := range []string{AnyNumber, to} {
			if flow, ok := numbers[number]; ok {
				c.Flow = flow
			}
		}
		now := s.Now()
		c.ID, c.BankID, c.Direction, c.State, c.From, c.Class = uuid.Must(uuid.NewV7()), bankID, Inbound, Answered, to, channels.Transaction
		err = tx.QueryRow(ctx, `
			insert into phone_calls (bank_id, id, direction, customer_id, phone, bank_number, flow, version, locale, time_zone, input, key, class,
				state, not_before, expires_at, due_at, provider, provider_id, attempts, created_at, answered_at)
			values ($1, $2, 'inbound', $3, $4, $5, $6, 0, $7, $8, '{}', $9, $10, 'answered', $11, $12, $13, $14, $15, 1, $11, $11)
			on conflict do nothing returning id`,
			bankID, c.ID, orNil(c.CustomerID), from, to, c.Flow, c.Locale, c.TimeZone, "inbound "+sid, c.Class,
			now, now.Add(callFor), now.Add(askAgain), twilio.Name, sid).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) { // the same callback, at the same time
			return tx.QueryRow(ctx, `select id from phone_calls where bank_id = $1 and provider = $2 and provider_id = $3`, bankID, twilio.Name, sid).Scan(&id)
		}
		if err != nil {
			return fmt.Errorf("take in phone call: %w", err)
		}
		return s.eventTx(ctx, tx, c, "phone_call.answered", nil)
	})
	if err != nil {
		return "", fmt.Errorf("take in phone call: %w", err)
	}
	document, err := s.Turn(ctx, bankID, id, 0, params)
	if err != nil && !ours(err) {
		return s.sorry(ctx, bankID, id, 0, err), nil
	}
	return document, err
}

// callerTx finds who calls from a number: a customer when it is exactly one's.
func (s *Service) callerTx(ctx context.Context, tx *postgres.Tx, from string) (c PhoneCall, err error) {
	settings, err := s.Banks.SettingsTx(ctx, tx)
	if err != nil {
		return c, err
	}
	settings = settings.WithDefaults()
	c.To, c.Locale, c.TimeZone = from, settings.DefaultLocale, settings.DefaultTimeZone
	if from == "" {
		return c, nil
	}
	var known []banks.Customer
	if known, err = s.Banks.CustomersByPhoneTx(ctx, tx, from); err != nil {
		return c, err
	}
	if len(known) == 1 {
		c.CustomerID, c.Locale, c.TimeZone = known[0].ID, known[0].Locale, known[0].TimeZone
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil {
		c.TimeZone = "UTC"
	}
	return c, nil
}
