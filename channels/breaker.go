package channels

import (
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/nyaruka/phonenumbers"
)

// When a provider counts as broken. Refusals of a single message (a number that
// does not exist) count for nothing; timeouts, refused connections, HTTP 5xx and
// 429 count as failures.
const (
	breakerWindow = 10 * time.Second // what is counted
	breakerLeast  = 10               // sends in it, before the share counts
	breakerShare  = 50               // percent of failures
	breakerInARow = 5                // deliveries that fail in a row and break it, however few there were
	// breakerPause is how long nothing is sent by a broken provider, at first;
	// each failed probe doubles it up to breakerLongest.
	breakerPause   = 5 * time.Second
	breakerLongest = time.Minute
	// breakerProbes succeed one after another before it counts as well again.
	breakerProbes = 5
	// probeFor is how long a probe is waited for before another one goes.
	probeFor = 10 * time.Second
	// mostSuspects is how many deliveries that failed a breaker remembers.
	mostSuspects = 64
)

// BreakerState says whether a provider is used.
type BreakerState string

// The states.
const (
	BreakerClosed   BreakerState = "closed"    // it is used
	BreakerOpen     BreakerState = "open"      // it is not
	BreakerHalfOpen BreakerState = "half_open" // one message at a time tries it
)

// routeName is a route as it is counted and told: channel/provider.
func routeName(channel Channel, provider string) string { return string(channel) + "/" + provider }

// breakerKey is a route, as a whole or to a country.
type breakerKey struct{ route, prefix string }

// breaker is one circuit breaker.
type breaker struct {
	state    BreakerState
	counts   [10]struct{ second, ok, failed int64 }
	inARow   int
	until    time.Time // open: when it is tried again; half-open: when the probe counts as lost
	pause    time.Duration
	probes   int // succeeded
	probing  bool
	since    time.Time
	lastUsed time.Time
	banks    map[uuid.UUID]time.Time // who used it, and when last
	// suspects are deliveries that failed here, the newest last. One that fails
	// again says something of itself, not of the provider: else a few numbers that
	// a provider always fails for would keep it broken for all others.
	suspects []uuid.UUID
}

// breakers are those of one node: what it sees itself is enough, and is known at
// once.
type breakers struct {
	mu    sync.Mutex
	all   map[breakerKey]*breaker
	sends map[string]*sendCount // by route, for the metrics
}

func (b *breakers) of(key breakerKey, now time.Time) *breaker {
	if b.all == nil {
		b.all = map[breakerKey]*breaker{}
	}
	k := b.all[key]
	if k == nil {
		k = &breaker{state: BreakerClosed, since: now, banks: map[uuid.UUID]time.Time{}}
		b.all[key] = k
	}
	return k
}

// allow reports whether a message may go by a route to a country now. A true
// answer of a half-open breaker is its probe: observe must follow.
func (b *breakers) allow(bankID uuid.UUID, route, prefix string, now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	keys := []breakerKey{{route, ""}, {route, prefix}}
	if prefix == "" {
		keys = keys[:1]
	}
	for _, key := range keys {
		k := b.of(key, now)
		k.banks[bankID], k.lastUsed = now, now
		if k.state != BreakerClosed && now.Before(k.until) && (k.state == BreakerOpen || k.probing) {
			return false
		}
	}
	for _, key := range keys {
		if k := b.of(key, now); k.state != BreakerClosed {
			k.state, k.probing, k.until = BreakerHalfOpen, true, now.Add(probeFor)
		}
	}
	return true
}

// observe counts how the send of a delivery went. known is false when it says
// nothing about the provider.
func (b *breakers) observe(route, prefix string, delivery uuid.UUID, ok, known bool, now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count(route, ok, known)
	for i, key := range []breakerKey{{route, ""}, {route, prefix}} {
		if i == 1 && prefix == "" {
			return
		}
		b.of(key, now).observe(delivery, ok, known, now)
	}
}

func (k *breaker) observe(delivery uuid.UUID, ok, known bool, now time.Time) {
	probe := k.state == BreakerHalfOpen && k.probing
	if known && !ok && (probe || k.state == BreakerClosed) {
		known = k.suspect(delivery)
	}
	if probe {
		k.probing, k.until = false, now
		switch {
		case !known:
		case !ok:
			k.open(now, min(2*k.pause, breakerLongest))
		default:
			if k.probes++; k.probes >= breakerProbes {
				k.state, k.since, k.pause, k.probes, k.inARow = BreakerClosed, now, 0, 0, 0
				clear(k.counts[:])
			}
		}
		return
	}
	if !known || k.state != BreakerClosed {
		return
	}
	second := now.Unix()
	at := &k.counts[second%int64(len(k.counts))]
	if at.second != second {
		at.second, at.ok, at.failed = second, 0, 0
	}
	if ok {
		at.ok++
		k.inARow = 0
		return
	}
	at.failed++
	k.inARow++
	sent, failed := k.sums(now)
	if k.inARow >= breakerInARow || sent >= breakerLeast && failed*100 >= sent*breakerShare {
		k.open(now, breakerPause)
	}
}

// suspect remembers a delivery that failed; false when it had failed before.
func (k *breaker) suspect(delivery uuid.UUID) (first bool) {
	if slices.Contains(k.suspects, delivery) {
		return false
	}
	if len(k.suspects) == mostSuspects {
		k.suspects = slices.Delete(k.suspects, 0, 1)
	}
	k.suspects = append(k.suspects, delivery)
	return true
}

// sums are what was sent and failed in the window.
func (k *breaker) sums(now time.Time) (sent, failed int64) {
	oldest := now.Add(-breakerWindow).Unix()
	for _, c := range k.counts {
		if c.second > oldest {
			sent, failed = sent+c.ok+c.failed, failed+c.failed
		}
	}
	return sent, failed
}

func (k *breaker) open(now time.Time, pause time.Duration) {
	if k.state == BreakerClosed {
		k.since = now
	}
	k.state, k.pause, k.until, k.probes, k.probing = BreakerOpen, pause, now.Add(pause), 0, false
}

// ProviderHealth is how a provider of a channel does, as this node sees it.
type ProviderHealth struct {
	Channel  Channel
	Provider string
	Prefix   string // a country's calling code, such as +84; "" = the whole provider
	State    BreakerState
	Since    time.Time
	Sent     int // in the last 10 s
	Failed   int
}

// Providers are the configured providers, each with the countries to which it is
// broken.
func (s *Service) Providers() (list []ProviderHealth) {
	now := s.now()
	s.breakers.mu.Lock()
	defer s.breakers.mu.Unlock()
	for _, r := range s.routes {
		name := routeName(r.Channel, r.Provider)
		k := s.breakers.of(breakerKey{name, ""}, now)
		sent, failed := k.sums(now)
		list = append(list, ProviderHealth{r.Channel, r.Provider, "", k.state, k.since, int(sent), int(failed)})
		for key, k := range s.breakers.all {
			if key.route == name && key.prefix != "" && k.state != BreakerClosed {
				sent, failed := k.sums(now)
				list = append(list, ProviderHealth{r.Channel, r.Provider, key.prefix, k.state, k.since, int(sent), int(failed)})
			}
		}
	}
	return list
}

// countryPrefix is the calling code of an E.164 number, with its plus; "" for
// what is none, such as a push's address.
func countryPrefix(e164 string) string {
	if !strings.HasPrefix(e164, "+") {
		return ""
	}
	codes := phonenumbers.GetSupportedCallingCodes()
	for n := 2; n <= 4 && n <= len(e164); n++ {
		if code, err := strconv.Atoi(e164[1:n]); err == nil && codes[code] {
			return e164[:n]
		}
	}
	return ""
}
