package ivr

import (
	"math"
	"time"

	"github.com/visavis/visavis"
)

// How a campaign is paced.
const (
	PaceFixed       = "fixed"       // as many calls as CallsPerSecond and Parallel let
	PaceProgressive = "progressive" // besides, no more than there are agents free to take them
)

// Pacing bounds how fast a campaign calls.
type Pacing struct {
	Mode string `json:"mode,omitempty"` // PaceFixed (default) or PaceProgressive
	// CallsPerSecond is the most calls that begin in a second. Above 0, to 500;
	// default 1, which is what a provider gives a new account.
	CallsPerSecond float64 `json:"calls_per_second,omitempty"`
	// Parallel is the most calls under way at a time. 1 to 2,000, default 10.
	Parallel int `json:"parallel,omitempty"`
	// Ratio is how many calls ring for each free agent at the most, in
	// progressive mode: not everybody answers. 1 to 3, default 1.
	Ratio float64 `json:"ratio,omitempty"`
	// AbandonmentPercent is the most people of a day that may have answered to
	// find no agent, in percent of those who answered. When it is passed, the
	// campaign slows down by itself. Above 0, to 10; default 3.
	AbandonmentPercent float64 `json:"abandonment_percent,omitempty"`
}

func (p Pacing) withDefaults() Pacing {
	if p.Mode == "" {
		p.Mode = PaceFixed
	}
	for _, d := range []struct {
		field *float64
		value float64
	}{{&p.CallsPerSecond, 1}, {&p.Ratio, 1}, {&p.AbandonmentPercent, 3}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if p.Parallel == 0 {
		p.Parallel = 10
	}
	return p
}

func (p Pacing) validate() error {
	switch {
	case p.Mode != PaceFixed && p.Mode != PaceProgressive:
		return visavis.InvalidField("settings.pacing.mode", "must be fixed or progressive")
	case !(p.CallsPerSecond > 0 && p.CallsPerSecond <= 500):
		return visavis.InvalidField("settings.pacing.calls_per_second", "above 0, up to 500")
	case p.Parallel < 1 || p.Parallel > 2000:
		return visavis.InvalidField("settings.pacing.parallel", "between 1 and 2,000")
	case !(p.Ratio >= 1 && p.Ratio <= 3):
		return visavis.InvalidField("settings.pacing.ratio", "between 1 and 3")
	case !(p.AbandonmentPercent > 0 && p.AbandonmentPercent <= 10):
		return visavis.InvalidField("settings.pacing.abandonment_percent", "above 0, up to 10")
	}
	return nil
}

// refill is what of the calls per second may start by now: a bucket that holds a
// second's worth, and at least one call.
func (p Pacing) refill(tokens float64, since *time.Time, now time.Time) float64 {
	most := max(1, p.CallsPerSecond)
	if since == nil {
		return 1
	}
	passed := now.Sub(*since).Seconds()
	if passed < 0 { // the clock was set back
		passed = 0
	}
	return min(most, max(0, tokens)+passed*p.CallsPerSecond)
}

// load is what a campaign has under way, and what it may use.
type load struct {
	tokens            float64 // see refill
	calling           int     // calls under way
	undecided         int     // of these, calls that may yet need an agent
	free              int     // agents
	humans, abandoned int     // of the day: people who answered; who found no agent
}

// allowed is how many calls may start now.
func (p Pacing) allowed(l load) int {
	n := p.starts(l)
	if p.Mode == PaceProgressive {
		may := int(math.Floor(float64(l.free) * p.ratio(l.humans, l.abandoned)))
		if l.free > 0 { // the brake slows, it does not stop: one call at a time
			may = max(may, 1)
		}
		n = min(n, may-l.undecided)
	}
	return max(0, n)
}

// starts is how many calls may start now, whoever serves them.
func (p Pacing) starts(l load) int { return max(0, min(int(l.tokens), p.Parallel-l.calling)) }

// ratio is how many calls ring for each free agent. While nobody is abandoned it
// is Ratio; it goes down to 1 as the share of abandoned comes up to the target.
// Beyond the target it is a half, so that every second agent is kept back for
// who answers, and from twice the target on a quarter.
func (p Pacing) ratio(humans, abandoned int) float64 {
	share := 0.0
	if humans > 0 {
		share = 100 * float64(abandoned) / float64(humans)
	}
	switch target := p.AbandonmentPercent; {
	case share <= target:
		return 1 + (p.Ratio-1)*(1-share/target)
	case share <= 2*target:
		return 0.5
	}
	return 0.25
}
