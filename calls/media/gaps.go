package media

import (
	"slices"
	"time"
)

// Why a recording has a gap.
const (
	CauseMuted     = "muted"     // the participant had switched it off (Room.Mark)
	CausePaused    = "paused"    // the call was paused (Room.Mark)
	CauseNetwork   = "network"   // packets were lost on the way
	CauseReconnect = "reconnect" // the participant was not connected
	CauseDisk      = "disk"      // it came, and could not be written
	CauseIdle      = "idle"      // the sender sent nothing, and nothing was lost
	CauseUnknown   = "unknown"   // found in the file after a crash
)

const (
	minGap  = 200 * time.Millisecond // shorter ones are not listed
	maxGaps = 5000                   // of one file
	leadGap = time.Second            // a track that begins so much later than the file
)

// Gap is an interval in which nothing of one kind arrived, or could be written.
type Gap struct {
	Kind     Kind
	From, To time.Duration // on the call's clock
	Cause    string
}

// gapMap finds the gaps of a file from what is written into it, in order of time.
type gapMap struct {
	all    []Gap
	until  [2]time.Duration // by kindIndex: how far it goes without a gap
	lasted [2]bool          // there was some
}

func (m *gapMap) heard(at, duration time.Duration) { m.add(audioIndex, at, duration, nil) }
func (m *gapMap) seen(at time.Duration)            { m.add(videoIndex, at, 0, nil) }

// add takes a block of one track; cause is asked why there is a gap before it.
func (m *gapMap) add(index int, at, duration time.Duration, cause func(from, to time.Duration) string) {
	least := minGap
	if !m.lasted[index] {
		least = leadGap
	}
	m.gap(index, at, least, cause)
	m.lasted[index] = true
	m.until[index] = max(m.until[index], at+duration)
}

func (m *gapMap) gap(index int, to, least time.Duration, cause func(from, to time.Duration) string) {
	from := m.until[index]
	if to-from <= least {
		return
	}
	g := Gap{Kind: kindOf(index), From: from, To: to, Cause: CauseUnknown}
	if cause != nil {
		g.Cause = cause(from, to)
	}
	if len(m.all) >= maxGaps { // somebody makes them on purpose: all of it counts as one
		for i := len(m.all) - 1; i >= 0; i-- {
			if last := &m.all[i]; last.Kind == g.Kind {
				last.To, last.Cause = g.To, CauseNetwork
				return
			}
		}
	}
	m.all = append(m.all, g)
}

// end closes the map at the end of the file. A track that never began has no
// gaps: the recording says that it is not there.
func (m *gapMap) end(at time.Duration, cause func(index int) func(from, to time.Duration) string) {
	for index := range m.until {
		if !m.lasted[index] {
			continue
		}
		var why func(from, to time.Duration) string
		if cause != nil {
			why = cause(index)
		}
		m.gap(index, at, minGap, why)
		m.until[index] = max(m.until[index], at)
	}
}

// shifted returns gaps on another clock, in order.
func shifted(gaps []Gap, by time.Duration) []Gap {
	out := slices.Clone(gaps)
	for i := range out {
		out[i].From += by
		out[i].To += by
	}
	slices.SortStableFunc(out, func(a, b Gap) int { return int(a.From - b.From) })
	return out
}

// reasons remembers when a participant was away, muted or paused, and when the
// disk was too slow, so that a gap found later can be told its cause.
type reasons struct{ spans []reason }

type reason struct {
	index    int // of the track, -1: both
	cause    string
	from, to time.Duration
	open     bool
}

const maxReasons = 4096 // of one participant; the oldest are dropped

// set begins or ends a reason at a moment on the room's clock.
func (r *reasons) set(index int, cause string, at time.Duration, on bool) {
	for i := range r.spans {
		if s := &r.spans[i]; s.open && s.index == index && s.cause == cause {
			if !on {
				s.open, s.to = false, at
			}
			return
		}
	}
	if !on {
		return
	}
	if len(r.spans) >= maxReasons {
		r.spans = slices.Delete(r.spans, 0, maxReasons/2)
	}
	r.spans = append(r.spans, reason{index: index, cause: cause, from: at, open: true})
}

// find returns the cause that explains a gap, the weightiest first. What holds
// for a moment only, beside a gap, explains nothing: it must touch it. Who was not
// connected has lost something whether he was muted or not; a page that comes back
// says that it is muted until its camera is on.
func (r *reasons) find(index int, from, to time.Duration) (string, bool) {
	for _, cause := range []string{CauseDisk, CausePaused, CauseReconnect, CauseMuted} {
		for _, s := range r.spans {
			if s.cause == cause && (s.index < 0 || s.index == index) && s.from <= to && (s.open || s.to >= from) {
				return cause, true
			}
		}
	}
	return "", false
}

// Mark tells the recording that a participant has switched something off (cause
// CauseMuted) or that the call is paused (CausePaused), and when that is over. The
// gap map then gives that cause. It does nothing for someone who is not there.
func (r *Room) Mark(name string, kind Kind, cause string, on bool) {
	who := r.find(name)
	if who == nil || who.recorder == nil || kind == Screen || cause != CauseMuted && cause != CausePaused {
		return
	}
	index := audioIndex
	if kind == Video {
		index = videoIndex
	}
	c, now := who.recorder, r.Offset()
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.marks) < 64 {
		c.marks = append(c.marks, mark{index, cause, now, on})
	}
}

type mark struct {
	index int
	cause string
	at    time.Duration
	on    bool
}

// Gaps returns the gaps in what was recorded of a participant so far, up to about
// a second ago; one that still goes on is among them.
func (r *Room) Gaps(name string) []Gap {
	who := r.find(name)
	if who == nil || who.recorder == nil {
		return nil
	}
	c := who.recorder
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.gapsNow)
}
