package channels

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// CallAsk is a telephone call that somebody wants to place.
type CallAsk struct {
	// CustomerID names whom to call; uuid.Nil: a bare number, then Phone is required.
	CustomerID uuid.UUID
	// Phone (E.164), Locale and TimeZone replace the customer's own. Without a
	// customer Locale and TimeZone default to en and UTC.
	Phone, Locale, TimeZone string
	Class                   Class
	// NotBefore is when the call is wanted; zero = now. ExpiresAt: not later than this.
	NotBefore, ExpiresAt time.Time
	// NotQuiet refuses a call that would have to wait for the end of quiet hours.
	NotQuiet bool
}

// Callee is whom a call may be placed to, and how.
type Callee struct {
	Phone, Locale, TimeZone string
	// From is the number that the call comes from; "" = the provider's own.
	From string
	// NotBefore is when it may ring: after the quiet hours of its class at the
	// callee's. Never before CallAsk.NotBefore.
	NotBefore time.Time
}

// MayCallTx says whether a call may be placed, by the very rules that messages go
// by, and counts it: the countries that the bank allows, its refused ranges, the
// customer's opt-outs, quiet hours, the class's frequency cap and the bank's
// hourly budget. What it counts is given back when the transaction rolls back,
// except the budget. It refuses with
//
//	Forbidden  country_not_allowed, number_not_allowed
//	Forbidden  opted_out      the customer wants no calls of the class
//	Forbidden  quiet_hours    it would have expired before the quiet hours end
//	TooMany    quiet_hours    with NotQuiet: RetryAfter is when they end
//	TooMany    frequency_cap  the customer has had as many of the class as the bank allows
//	TooMany    hourly_budget_spent
//	NotFound   customer_not_found
//	Invalid    phone, class, expires_at, time_zone
func (s *Service) MayCallTx(ctx context.Context, tx *postgres.Tx, ask CallAsk) (Callee, error) {
	ctx = postgres.WithTx(ctx, tx)
	now := s.now()
	switch {
	case !ask.Class.known():
		return Callee{}, visavis.InvalidField("class", "must be security, ring, transaction, reminder or notice")
	case !ask.ExpiresAt.After(now):
		return Callee{}, visavis.InvalidField("expires_at", "must be in the future")
	}
	m := Message{CustomerID: ask.CustomerID, Phone: ask.Phone, Locale: ask.Locale, TimeZone: ask.TimeZone, Class: ask.Class,
		Channels: []Channel{Voice}, SendAt: ask.NotBefore, ExpiresAt: ask.ExpiresAt}
	to, err := s.recipient(ctx, tx.BankID, m)
	if err != nil {
		return Callee{}, err
	}
	if to.phone == "" {
		return Callee{}, visavis.InvalidField("phone", "there is no number to call")
	}
	if err := reachable(to); err != nil {
		return Callee{}, err
	}
	callee := Callee{Phone: to.phone, Locale: to.locale, TimeZone: to.timeZone, NotBefore: now}
	if ask.NotBefore.After(now) {
		callee.NotBefore = ask.NotBefore.UTC().Truncate(time.Microsecond)
	}
	if to.rules != nil {
		callee.From = to.rules.sender(Voice, "twilio", ask.Class, to.phone)
	}
	if ask.Class.Group() != Essential && slices.Contains(to.optedOut, Voice) {
		return Callee{}, visavis.Errorf(visavis.Forbidden, ReasonOptedOut, "the customer wants no calls of this kind")
	}
	_, notBefore, reason, err := s.plan(Message{Class: ask.Class, Ladder: []Step{{Channel: Voice}}, SendAt: callee.NotBefore, ExpiresAt: ask.ExpiresAt}, to, now)
	switch {
	case err != nil:
		return Callee{}, err
	case reason != "":
		return Callee{}, visavis.Errorf(visavis.Forbidden, reason, "it would be too late when the quiet hours are over")
	case notBefore.After(callee.NotBefore) && ask.NotQuiet:
		e := visavis.Errorf(visavis.TooMany, ReasonQuietHours, "it is a quiet hour where the customer is")
		e.RetryAfter = notBefore.Sub(now)
		return Callee{}, e
	case notBefore.After(callee.NotBefore):
		callee.NotBefore = notBefore.UTC().Truncate(time.Microsecond)
	}
	if to.rules == nil {
		return callee, nil
	}
	if budget := to.rules.policy.HourlyBudget; budget > 0 {
		ok, err := s.takeBudget(tx.BankID, budget, now)
		if err != nil {
			return Callee{}, fmt.Errorf("hourly budget: %w", err)
		}
		if !ok {
			e := visavis.Errorf(visavis.TooMany, "hourly_budget_spent", "the bank has sent as many messages and calls to phone numbers in this hour as its message policy allows")
			e.RetryAfter = now.Truncate(time.Hour).Add(time.Hour).Sub(now)
			return Callee{}, e
		}
	}
	if c := to.rules.cap(m, to); c != nil {
		var free bool
		if err := tx.QueryRow(ctx, capSQL, tx.BankID, c.subject, ask.Class, c.most, c.window, callee.NotBefore, now).Scan(&free); err != nil {
			return Callee{}, fmt.Errorf("frequency cap: %w", err)
		}
		if !free {
			return Callee{}, visavis.Errorf(visavis.TooMany, ReasonFrequencyCap, "the customer has had as many messages and calls of this class as the bank's policy allows")
		}
	}
	return callee, nil
}

// OptedOutTx tells whether a number wants no calls of the class by now.
func (s *Service) OptedOutTx(ctx context.Context, tx *postgres.Tx, phone string, class Class) (out bool, err error) {
	if class.Group() == Essential {
		return false, nil
	}
	err = tx.QueryRow(ctx, `select exists (select from opted_out where bank_id = $1 and phone = $2 and class_group = $3 and channel = 'voice')`,
		tx.BankID, phone, class.Group()).Scan(&out)
	if err != nil {
		return false, fmt.Errorf("read opt-outs: %w", err)
	}
	return out, nil
}

// HandedOverTx returns those of a provider's ids that are deliveries of ours, of
// any bank: tx is a worker's.
func HandedOverTx(ctx context.Context, tx *postgres.Tx, provider string, ids []string) (map[string]bool, error) {
	rows, err := tx.Query(ctx, `select provider_id from deliveries where provider = $1 and provider_id = any($2) and channel in ('voice', 'flash')`, provider, ids)
	if err != nil {
		return nil, fmt.Errorf("read known provider ids: %w", err)
	}
	known := map[string]bool{}
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, fmt.Errorf("read known provider ids: %w", err)
		}
		known[id] = true
	}
	return known, rows.Err()
}
