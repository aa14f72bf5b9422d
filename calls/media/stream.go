package media

import (
	"time"

	"github.com/pion/rtcp"
)

const (
	repairWait  = 250 * time.Millisecond // how long a missing packet is waited for: several NACKs
	maxHeld     = 512                    // packets held behind a hole at most
	seqJump     = 2000                   // a larger step of sequence numbers is a new numbering
	clockWindow = 5 * time.Second        // the smallest delay in this time corrects the clock
	clockSlew   = 20 * time.Millisecond  // by at most so much, upward
	maxEarly    = time.Second            // a timestamp further ahead than this is a new clock
	maxDelay    = 10 * time.Second       // and so is one further behind
)

// packet is one RTP packet as the recorder sees it. Its payload is valid only during
// a call, unless the chunk is kept.
type packet struct {
	peer      uint64
	index     int // audioIndex or videoIndex
	seq       uint16
	timestamp uint32
	marker    bool
	arrival   time.Duration // on the room's clock
	payload   []byte        // empty: padding only
	chunk     *chunk        // where the payload lies; nil: in memory of its own
}

// stream brings the packets of one track of one connection into order and onto
// the room's clock.
type stream struct {
	started bool
	next    uint16   // the sequence number that is due
	held    []packet // came too early, in order; payloads are the stream's own
	clock   trackClock
}

// accept takes a packet and gives out those that are due, in order. lost is the
// number of packets that never came before this one.
func (s *stream) accept(p packet, out func(p packet, lost int)) {
	if !s.started {
		s.started, s.next = true, p.seq
	}
	step := int(int16(p.seq - s.next))
	switch {
	case step > seqJump || step < -seqJump:
		s.flush(out)
		s.next = p.seq + 1
		out(p, 1)
	case step < 0: // a duplicate, or a repair after its time
	case step == 0:
		s.next++
		out(p, 0)
		s.release(out)
	default:
		s.hold(p)
		if len(s.held) > maxHeld {
			s.skip(out)
		}
	}
}

// expire gives up on packets that have been missing for too long.
func (s *stream) expire(now time.Duration, out func(p packet, lost int)) {
	for len(s.held) > 0 && now-s.held[0].arrival >= repairWait {
		s.skip(out)
	}
}

// flush gives out everything that is held.
func (s *stream) flush(out func(p packet, lost int)) {
	for len(s.held) > 0 {
		s.skip(out)
	}
}

func (s *stream) hold(p packet) {
	at := len(s.held)
	for at > 0 && int16(s.held[at-1].seq-p.seq) > 0 {
		at--
	}
	if at > 0 && s.held[at-1].seq == p.seq {
		return
	}
	p.payload, p.chunk = append([]byte(nil), p.payload...), nil
	s.held = append(s.held, packet{})
	copy(s.held[at+1:], s.held[at:])
	s.held[at] = p
}

// skip goes on with the first held packet, leaving a hole before it.
func (s *stream) skip(out func(p packet, lost int)) {
	first := s.held[0]
	lost := int(first.seq - s.next)
	s.held = s.held[1:]
	s.next = first.seq + 1
	out(first, lost)
	s.release(out)
}

func (s *stream) release(out func(p packet, lost int)) {
	for len(s.held) > 0 && s.held[0].seq == s.next {
		first := s.held[0]
		s.held = s.held[1:]
		s.next++
		out(first, 0)
	}
}

// trackClock maps the RTP timestamps of one stream to the room's clock. It is
// anchored at the first packet's arrival and then follows the smallest delay
// seen, so that jitter and stalls move nothing and the drift of the sender's
// clock is followed. Where sender reports tell the video's place beside the
// audio, that counts instead (align).
type trackClock struct {
	rate     int64 // ticks a second
	anchored bool
	last     uint32
	ticks    int64 // last, counted on over wrap-arounds
	anchorT  int64
	anchorAt time.Duration

	aligned     bool // this is video and follows the audio's clock
	window      time.Duration
	windowDelay time.Duration

	reported bool // a sender report was seen
	ntp      uint64
	ntpTicks int64
}

func (c *trackClock) extend(timestamp uint32) int64 {
	return c.ticks + int64(int32(timestamp-c.last))
}

func (c *trackClock) at(ticks int64) time.Duration {
	return c.anchorAt + time.Duration((ticks-c.anchorT)*int64(time.Second)/c.rate)
}

// place is where a packet with this timestamp, arrived then, belongs on the
// room's clock.
func (c *trackClock) place(timestamp uint32, arrival time.Duration) time.Duration {
	if !c.anchored {
		c.anchored, c.last, c.ticks = true, timestamp, int64(timestamp)
		c.anchor(c.ticks, arrival)
		return arrival
	}
	ticks := c.extend(timestamp)
	c.last, c.ticks = timestamp, ticks
	at := c.at(ticks)
	delay := arrival - at
	switch {
	case delay < -maxEarly || delay > maxDelay:
		c.anchor(ticks, arrival)
		c.aligned, c.reported = false, false
		return arrival
	case c.aligned:
		return at
	case delay < 0: // sooner than the clock thinks possible: the clock is late
		c.anchorAt += delay
		c.windowDelay = 0
		return arrival
	}
	c.windowDelay = min(c.windowDelay, delay)
	if arrival-c.window >= clockWindow {
		c.anchorAt += min(c.windowDelay, clockSlew)
		c.window, c.windowDelay = arrival, maxDelay
	}
	return at
}

func (c *trackClock) anchor(ticks int64, at time.Duration) {
	c.anchorT, c.anchorAt = ticks, at
	c.window, c.windowDelay = at, maxDelay
}

// report takes a sender report (RFC 3550, 6.4.1): this timestamp was that
// instant of the sender's clock.
func (c *trackClock) report(r *rtcp.SenderReport) {
	if c.anchored {
		c.reported, c.ntp, c.ntpTicks = true, r.NTPTime, c.extend(r.RTPTime)
	}
}

// align moves the video's clock so that what was captured together with audio
// is placed together with it. The sender's clock serves only as a bridge
// between its two streams; its own value does not matter.
func (c *trackClock) align(audio *trackClock) {
	if !c.reported || !audio.reported {
		return
	}
	between := time.Duration(float64(int64(c.ntp-audio.ntp)) / (1 << 32) * float64(time.Second))
	apart := audio.at(audio.ntpTicks) + between - c.at(c.ntpTicks)
	if apart > -2*time.Second && apart < 2*time.Second {
		c.anchorAt += apart
		c.aligned = true
	}
}
