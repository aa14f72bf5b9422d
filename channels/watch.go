package channels

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// watchEvery is how often what was counted is written down, and what broke is told.
const watchEvery = time.Second

// watch keeps the counts and tells banks of routes that broke.
func (s *Service) watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.Watch(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("watching routes failed", "error", err)
		}
	}
}

// turn is a change of a route for a bank.
type turn struct {
	bankID        uuid.UUID
	route, prefix string
	reason        string // failures, conversion
	bad           bool
}

// Watch writes down what was counted and tells what broke since it was last
// run. Run does so every second; tests do when they like.
func (s *Service) Watch(ctx context.Context) error {
	now := s.now()
	if err := s.flushConversions(ctx, now); err != nil {
		return err
	}
	for _, t := range s.turns(now) {
		if err := s.tellTurn(ctx, t, now); err != nil {
			return err
		}
	}
	return nil
}

// turns are the changes that have not been told.
func (s *Service) turns(now time.Time) (list []turn) {
	b := s.breakers
	b.mu.Lock()
	for key, k := range b.all {
		for bankID, used := range k.banks {
			if now.Sub(used) > time.Hour {
				delete(k.banks, bankID)
			}
		}
		bad := k.state != BreakerClosed
		if bad == s.toldBroken[key] {
			continue
		}
		s.toldBroken[key] = bad
		for bankID := range k.banks {
			list = append(list, turn{bankID, key.route, key.prefix, "failures", bad})
		}
	}
	b.mu.Unlock()
	c := s.conversions
	c.mu.Lock()
	defer c.mu.Unlock()
	for bankID, of := range c.all {
		for key, t := range of {
			if t.low && !t.toldLow {
				t.toldLow = true
				list = append(list, turn{bankID, key.route, key.prefix, "conversion", true})
			}
			if t.toldLow && now.Sub(t.lowSince) > time.Minute && s.recovered(bankID, t) {
				t.low, t.toldLow = false, false
				list = append(list, turn{bankID, key.route, key.prefix, "conversion", false})
			}
		}
	}
	return list
}

// recovered reports whether what was stopped would be let through again.
func (s *Service) recovered(bankID uuid.UUID, t *tally) bool {
	bank := s.facts.peek(bankID)
	if bank == nil {
		return t.sent+t.newSent == 0
	}
	p := bank.rules.policy.Conversion
	return p.Off || !t.judge(p.withDefaults())
}

// tellTurn writes a turn down and tells it, unless another node has.
func (s *Service) tellTurn(ctx context.Context, t turn, now time.Time) error {
	state := map[bool]string{true: "open", false: "closed"}[t.bad]
	kind := map[bool]string{true: "route.broken", false: "route.restored"}[t.bad]
	if t.bad && t.reason == "conversion" {
		state, kind = "low", "route.conversion_low"
	}
	err := s.db.InBank(ctx, t.bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var id uuid.UUID
		err := tx.QueryRow(ctx, `
			insert into route_states as r (bank_id, id, route, prefix, state, reason, since) values ($1, $2, $3, $4, $5, $6, $7)
			on conflict (bank_id, route, prefix, reason) do update set state = excluded.state, since = excluded.since where r.state <> excluded.state
			returning id`, t.bankID, uuid.Must(uuid.NewV7()), t.route, t.prefix, state, t.reason, now).Scan(&id)
		if err == pgx.ErrNoRows {
			return nil
		}
		if err != nil {
			return err
		}
		data := map[string]any{"reason": t.reason}
		if channel, provider, ok := strings.Cut(t.route, "/"); ok {
			data["channel"], data["provider"] = channel, provider
		}
		if t.prefix != "" {
			data["prefix"] = t.prefix
		}
		_, err = events.AppendTx(ctx, tx, now, events.New{Type: kind, Object: "route", ID: id, Data: data})
		return err
	})
	if err != nil {
		return fmt.Errorf("tell of route: %w", err)
	}
	s.log.Warn("a route changed", "bank", t.bankID, "route", t.route, "prefix", t.prefix, "reason", t.reason, "state", state)
	return nil
}

// gate decides by which provider a delivery goes now. A delivery that names no
// provider takes another one when its own is broken, or has just failed it.
// verdict is not nil when it goes by none.
func (s *Service) gate(ctx context.Context, it *item, c *content, route Route) (_ Route, verdict *result, err error) {
	if it.Channel == Push {
		if s.breakers.allow(it.BankID, routeName(it.Channel, route.Provider), "", s.now()) {
			return route, nil, nil
		}
		return route, s.down(it, codeProviderDown), nil
	}
	bank, err := s.facts.of(ctx, it.BankID)
	if err != nil {
		return route, nil, err
	}
	now, policy, country := s.now(), bank.rules.policy.Conversion, countryPrefix(it.Recipient)
	ways := []Route{route}
	if it.open && it.Fresh {
		for _, r := range s.routes {
			if r.Channel == it.Channel && r.Provider != route.Provider {
				ways = append(ways, r)
			}
		}
		if it.Attempts > 1 && len(ways) > 1 { // its own has just failed it
			ways = append(ways[1:], route)
		}
	}
	why := codeProviderDown
	for _, r := range ways {
		name := routeName(r.Channel, r.Provider)
		if c.aboutType == aboutVerification && it.Attempts == 1 {
			ok, stop := s.conversions.take(it.BankID, policy, name, it.Recipient, now)
			if !ok {
				why = codeConversionLow
				if stop {
					return route, &result{state: StateFailed, code: why, note: "too few codes to numbers of this range are confirmed"}, nil
				}
				continue
			}
		}
		if !s.breakers.allow(it.BankID, name, country, now) {
			if c.aboutType == aboutVerification && it.Attempts == 1 {
				s.conversions.back(it.BankID, policy, name, it.Recipient)
			}
			continue
		}
		if c.aboutType == aboutVerification && it.Attempts == 1 {
			s.conversions.sent(name)
		}
		if r.Provider == route.Provider {
			return r, nil, nil
		}
		it.From = bank.rules.sender(it.Channel, r.Provider, it.Class, it.Recipient)
		if err := s.reroute(ctx, it, r.Provider); err != nil {
			return route, nil, err
		}
		it.Provider = r.Provider
		return r, nil, nil
	}
	if why == codeConversionLow {
		return route, &result{state: StateFailed, code: why, note: "too few codes by this route are confirmed"}, nil
	}
	return route, s.down(it, why), nil
}

// down is the verdict on a delivery whose provider is broken: the next step, or
// to wait for it.
func (s *Service) down(it *item, code string) *result {
	if it.givesWay && it.Fresh {
		return &result{state: StateFailed, code: code, note: "the provider does not take messages"}
	}
	r := it.again(s.now().Add(time.Second), code, errDown)
	if r.due.After(it.ExpiresAt) {
		r.due = it.ExpiresAt
	}
	return &r
}

// reroute writes down, before it is sent, by which provider a delivery goes.
func (s *Service) reroute(ctx context.Context, it *item, provider string) error {
	return s.db.InBank(ctx, it.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update deliveries set provider = $4, sender = $5, why = left(why || case when why = '' then '' else '; ' end || provider || ' was down', 200)
			where bank_id = $1 and id = $2 and lease = $3`, it.BankID, it.ID, it.lease, provider, it.From)
		return err
	})
}
