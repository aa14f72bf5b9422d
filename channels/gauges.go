package channels

import (
	"slices"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
)

// mostPrefixes is how many countries of one provider are told apart in metrics,
// so that a bad day does not make a series for each country of the world.
const mostPrefixes = 20

var (
	breakerDesc = prometheus.NewDesc("visavis_provider_breaker_state",
		"1 for the state that a provider's circuit breaker is in as this node sees it. prefix is empty for the whole provider; a calling code stands only while it is not closed.",
		[]string{"channel", "provider", "prefix", "state"}, nil)
	sendsDesc = prometheus.NewDesc("visavis_provider_sends_total",
		"Messages handed to a provider by this node; outcome failed counts against its breaker, refused does not.",
		[]string{"channel", "provider", "outcome"}, nil)
	codesDesc = prometheus.NewDesc("visavis_codes_sent_total",
		"Codes of verifications that this node began to send by a route.",
		[]string{"channel", "provider"}, nil)
	confirmedDesc = prometheus.NewDesc("visavis_codes_confirmed_total",
		"Codes that were entered rightly, by the route of their last send, as far as this node learned.",
		[]string{"channel", "provider"}, nil)
	stoppedDesc = prometheus.NewDesc("visavis_conversion_stopped",
		"Routes to a country, and ranges of numbers, to which this node stopped codes because too few were confirmed, over all banks.",
		[]string{"scope"}, nil)
)

// Describe implements prometheus.Collector.
func (s *Service) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{breakerDesc, sendsDesc, codesDesc, confirmedDesc, stoppedDesc} {
		to <- d
	}
}

// Collect implements prometheus.Collector. Series are bounded by the configured
// providers: neither banks nor numbers are labels.
func (s *Service) Collect(to chan<- prometheus.Metric) {
	prefixes := map[string]int{} // of a route, that were told
	health := s.Providers()
	slices.SortStableFunc(health, func(a, b ProviderHealth) int { return strings.Compare(a.Prefix, b.Prefix) })
	for _, h := range health {
		name := routeName(h.Channel, h.Provider)
		if h.Prefix != "" {
			if prefixes[name]++; prefixes[name] > mostPrefixes {
				continue
			}
		}
		for _, state := range []BreakerState{BreakerClosed, BreakerOpen, BreakerHalfOpen} {
			value := 0.0
			if h.State == state {
				value = 1
			}
			to <- prometheus.MustNewConstMetric(breakerDesc, prometheus.GaugeValue, value, string(h.Channel), h.Provider, h.Prefix, string(state))
		}
	}
	s.breakers.mu.Lock()
	sends := map[string]sendCount{}
	for name, n := range s.breakers.sends {
		sends[name] = *n
	}
	s.breakers.mu.Unlock()
	s.conversions.mu.Lock()
	codes := map[string]codeCount{}
	for name, n := range s.conversions.codes {
		codes[name] = *n
	}
	var routes, ranges float64
	for _, of := range s.conversions.all {
		for key, t := range of {
			switch {
			case !t.low:
			case key.route == "":
				ranges++
			default:
				routes++
			}
		}
	}
	s.conversions.mu.Unlock()
	for _, r := range s.routes {
		channel, n, c := string(r.Channel), sends[routeName(r.Channel, r.Provider)], codes[routeName(r.Channel, r.Provider)]
		to <- prometheus.MustNewConstMetric(sendsDesc, prometheus.CounterValue, float64(n.ok), channel, r.Provider, "accepted")
		to <- prometheus.MustNewConstMetric(sendsDesc, prometheus.CounterValue, float64(n.failed), channel, r.Provider, "failed")
		to <- prometheus.MustNewConstMetric(sendsDesc, prometheus.CounterValue, float64(n.refused), channel, r.Provider, "refused")
		if r.Channel.toNumber() {
			to <- prometheus.MustNewConstMetric(codesDesc, prometheus.CounterValue, float64(c.sent), channel, r.Provider)
			to <- prometheus.MustNewConstMetric(confirmedDesc, prometheus.CounterValue, float64(c.met), channel, r.Provider)
		}
	}
	to <- prometheus.MustNewConstMetric(stoppedDesc, prometheus.GaugeValue, routes, "route")
	to <- prometheus.MustNewConstMetric(stoppedDesc, prometheus.GaugeValue, ranges, "range")
}

// sendCount is how sends by a route went since the node began.
type sendCount struct{ ok, failed, refused uint64 }

// count counts one; mu is held.
func (b *breakers) count(route string, ok, known bool) {
	if b.sends == nil {
		b.sends = map[string]*sendCount{}
	}
	n := b.sends[route]
	if n == nil {
		n = &sendCount{}
		b.sends[route] = n
	}
	switch {
	case ok:
		n.ok++
	case known:
		n.failed++
	default:
		n.refused++
	}
}

// codeCount is how many codes went by a route, and were confirmed, since the
// node began.
type codeCount struct{ sent, met uint64 }

// sent counts a code that goes by a route.
func (c *conversions) sent(route string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count(route).sent++
}

// count gives a route's; mu is held.
func (c *conversions) count(route string) *codeCount {
	if c.codes == nil {
		c.codes = map[string]*codeCount{}
	}
	n := c.codes[route]
	if n == nil {
		n = &codeCount{}
		c.codes[route] = n
	}
	return n
}
