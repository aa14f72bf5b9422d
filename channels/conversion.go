package channels

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// Somebody who earns on messages (SMS pumping) has codes sent that nobody ever
// enters. So codes sent and confirmed are counted: for each range of numbers
// over all routes, and for each route and country. Where too few are confirmed
// it stops: the range for every route, a route for its country.
const (
	// conversionWindow is what is counted over.
	conversionWindow = time.Hour
	// conversionRipe is how old a code is that is not going to be confirmed.
	conversionRipe = 2 * time.Minute
	// rangeDigits is how many digits after the calling code make a range.
	rangeDigits = 4
)

// codeConversionLow is the error code of a delivery to a range, or by a route,
// that too few codes are confirmed of.
const codeConversionLow = "conversion_low"

// aboutVerification is the AboutType of codes.
const aboutVerification = "verification"

// tallyKey is what is counted: one route to a country, or, with route "", all
// routes to a country or a range.
type tallyKey struct{ route, prefix string }

// tally is what is known of a key. What this node has not written down yet is in
// the new fields.
type tally struct {
	sent, met, ripe  int // by all nodes in the window, as last read; ripe: sent long enough ago
	newSent, newMet  int
	low, toldLow     bool
	lowSince, usedAt time.Time
}

// conversions are the tallies of one node.
type conversions struct {
	mu    sync.Mutex
	all   map[uuid.UUID]map[tallyKey]*tally
	read  map[uuid.UUID]time.Time
	codes map[string]*codeCount // by route, for the metrics
}

// tallyKeys are what a message by a route to a number counts for.
func tallyKeys(route, phone string) []tallyKey {
	country := countryPrefix(phone)
	if country == "" {
		return nil
	}
	return []tallyKey{{"", phone[:min(len(phone), len(country)+rangeDigits)]}, {route, country}}
}

func (c *conversions) of(bankID uuid.UUID, key tallyKey) *tally {
	if c.all == nil {
		c.all, c.read = map[uuid.UUID]map[tallyKey]*tally{}, map[uuid.UUID]time.Time{}
	}
	of := c.all[bankID]
	if of == nil {
		of = map[tallyKey]*tally{}
		c.all[bankID] = of
	}
	t := of[key]
	if t == nil {
		t = &tally{}
		of[key] = t
	}
	return t
}

// judge says whether too few codes are confirmed. Of a range or route that has
// proved itself only what is ripe counts, as long as not too much is under way.
func (t *tally) judge(p ConversionPolicy) bool {
	sent, met := t.sent+t.newSent, t.met+t.newMet
	switch {
	case sent < p.Minimum || met*100 >= sent*p.Line:
		return false
	case t.ripe >= p.Minimum && t.met*100 >= t.ripe*p.Line && sent-t.ripe <= max(p.Minimum, 10*t.ripe):
		return false
	}
	return true
}

// take counts a code that is about to be sent; false when it must not be. stop
// is true when no other route would do.
func (c *conversions) take(bankID uuid.UUID, p ConversionPolicy, route, phone string, now time.Time) (ok, stop bool) {
	keys := tallyKeys(route, phone)
	if p.Off || len(keys) == 0 {
		return true, false
	}
	p = p.withDefaults()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range keys {
		t := c.of(bankID, key)
		was := t.low
		if t.low = t.judge(p); t.low != was {
			t.lowSince = now
		}
		if t.low {
			return false, key.route == ""
		}
	}
	for _, key := range keys {
		t := c.of(bankID, key)
		t.newSent++
		t.usedAt = now
	}
	return true, false
}

// back takes back a code that was counted and not sent.
func (c *conversions) back(bankID uuid.UUID, p ConversionPolicy, route, phone string) {
	if p.Off {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range tallyKeys(route, phone) {
		c.of(bankID, key).newSent--
	}
}

// met counts a code that was confirmed.
func (c *conversions) met(bankID uuid.UUID, route, phone string, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, key := range tallyKeys(route, phone) {
		t := c.of(bankID, key)
		t.newMet++
		t.usedAt = now
		if key.route != "" {
			c.count(route).met++
		}
	}
}

// isLow reports whether codes to a range are stopped.
func (c *conversions) isLow(bankID uuid.UUID, p ConversionPolicy, phone string, now time.Time) bool {
	keys := tallyKeys("", phone)
	if p.Off || len(keys) == 0 {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.of(bankID, keys[0])
	if low := t.judge(p.withDefaults()); low != t.low {
		t.low, t.lowSince = low, now
	}
	return t.low
}

// flush writes down what was counted of banks, and reads what all nodes did.
func (s *Service) flushConversions(ctx context.Context, now time.Time) error {
	type delta struct {
		key       tallyKey
		sent, met int
	}
	c := s.conversions
	banks := map[uuid.UUID][]delta{}
	c.mu.Lock()
	for bankID, of := range c.all {
		stale := now.Sub(c.read[bankID]) >= 10*time.Second || now.Before(c.read[bankID])
		for key, t := range of {
			if t.newSent != 0 || t.newMet != 0 {
				banks[bankID] = append(banks[bankID], delta{key, t.newSent, t.newMet})
			}
		}
		if stale && banks[bankID] == nil {
			banks[bankID] = []delta{}
		}
	}
	c.mu.Unlock()
	var failed error
	for bankID, deltas := range banks {
		var routes, prefixes []string
		var sent, met []int32
		for _, d := range deltas {
			routes, prefixes, sent, met = append(routes, d.key.route), append(prefixes, d.key.prefix), append(sent, int32(d.sent)), append(met, int32(d.met))
		}
		sums := map[tallyKey][3]int{}
		err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
			clear(sums)
			var batch pgx.Batch
			if len(deltas) > 0 {
				batch.Queue(`insert into route_tallies as t (bank_id, minute, route, prefix, sent, met)
					select $1, $2, r, p, s, m from unnest($3::text[], $4::text[], $5::int[], $6::int[]) as d(r, p, s, m) order by r, p
					on conflict (bank_id, minute, route, prefix) do update set sent = t.sent + excluded.sent, met = t.met + excluded.met`,
					bankID, now.Truncate(time.Minute), routes, prefixes, sent, met)
			}
			batch.Queue(`delete from route_tallies where bank_id = $1 and minute < $2`, bankID, now.Add(-2*conversionWindow))
			batch.Queue(`select route, prefix, sum(sent), sum(met), coalesce(sum(sent) filter (where minute < $3), 0) from route_tallies
				where bank_id = $1 and minute > $2 group by route, prefix`, bankID, now.Add(-conversionWindow), now.Add(-conversionRipe)).
				Query(func(rows pgx.Rows) error {
					var key tallyKey
					var sent, met, ripe int
					_, err := pgx.ForEachRow(rows, []any{&key.route, &key.prefix, &sent, &met, &ripe}, func() error { sums[key] = [3]int{sent, met, ripe}; return nil })
					return err
				})
			return tx.SendBatch(ctx, &batch).Close()
		})
		if err != nil {
			failed = fmt.Errorf("count conversions: %w", err)
			continue
		}
		c.mu.Lock()
		c.read[bankID] = now
		for _, d := range deltas {
			t := c.of(bankID, d.key)
			t.newSent, t.newMet = t.newSent-d.sent, t.newMet-d.met
		}
		for key, sum := range sums {
			t := c.of(bankID, key)
			t.sent, t.met, t.ripe = sum[0], sum[1], sum[2]
		}
		for key, t := range c.all[bankID] {
			if _, ok := sums[key]; !ok {
				t.sent, t.met, t.ripe = 0, 0, 0
				if t.newSent == 0 && t.newMet == 0 && !t.low && !t.toldLow {
					delete(c.all[bankID], key)
				}
			}
		}
		c.mu.Unlock()
	}
	return failed
}

// ConversionInfo is how many codes are confirmed, over the last hour.
type ConversionInfo struct {
	Route     string // channel/provider; "" = all of them, to a range
	Prefix    string
	Sent, Met int
	Low       bool // stopped
}

// Conversions are a bank's, those stopped first.
func (s *Service) Conversions(ctx context.Context, bankID uuid.UUID) (list []ConversionInfo, err error) {
	bank, err := s.facts.of(ctx, bankID)
	if err != nil {
		return nil, fmt.Errorf("read conversions: %w", err)
	}
	policy := bank.rules.policy.Conversion.withDefaults()
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select route, prefix, sum(sent), sum(met), sum(met) * 100 < sum(sent) * $3::int and sum(sent) >= $4::int and not $5 as low
			from route_tallies where bank_id = $1 and minute > $2
			group by route, prefix order by low desc, sum(sent) desc limit 200`, bankID, s.now().Add(-conversionWindow), policy.Line, policy.Minimum, policy.Off)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, pgx.RowToStructByPos[ConversionInfo])
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read conversions: %w", err)
	}
	return list, nil
}
