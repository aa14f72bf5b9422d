package media

import (
	"time"

	"github.com/pion/rtcp"
)

const (
	nackAttempts = 8                      // how often a packet is asked for
	nackMin      = 15 * time.Millisecond  // the least between two of them
	nackGiveUp   = time.Second            // later it is of no use to anyone
	maxGap       = 64                     // missing packets watched; a larger hole is for a key frame
	reorderJump  = 2000                   // a larger step of sequence numbers is a new numbering
	maxRTT       = 500 * time.Millisecond // taken for asking again
)

// nacks watches the sequence numbers of one received stream: what is missing is
// asked for at once, and again after each round trip.
type nacks struct {
	started bool
	highest uint64 // extended sequence number
	base    uint64 // of the first
	missing []missingPacket
	due     time.Duration // the earliest of missing's, when there are any
	lost    uint64        // given up
}

type missingPacket struct {
	seq   uint64
	since time.Duration
	asked time.Duration
	tries int
}

// arrived takes a sequence number. news says that it had not come before;
// lostNow how many packets were given up on because of it.
func (g *nacks) arrived(seq uint16, now time.Duration) (ext uint64, news bool, lostNow int) {
	if !g.started {
		g.started, g.highest = true, 1<<16|uint64(seq)
		g.base = g.highest
		return g.highest, true, 0
	}
	step := int64(int16(seq - uint16(g.highest)))
	ext = g.highest + uint64(step)
	switch {
	case step > reorderJump || step < -reorderJump:
		lostNow = len(g.missing)
		g.lost += uint64(lostNow)
		g.missing = g.missing[:0]
		g.highest = (g.highest>>16+1)<<16 | uint64(seq)
		g.base = g.highest
		return g.highest, true, lostNow
	case step > 0:
		from := g.highest + 1
		if hole := ext - from; hole > maxGap { // the oldest are given up at once
			lostNow = int(hole - maxGap)
			from = ext - maxGap
		}
		for s := from; s < ext; s++ {
			g.missing = append(g.missing, missingPacket{seq: s, since: now, asked: -time.Hour})
		}
		if over := len(g.missing) - 2*maxGap; over > 0 {
			lostNow += over
			g.missing = append(g.missing[:0], g.missing[over:]...)
		}
		if from < ext {
			g.due = now
		}
		g.highest = ext
		g.lost += uint64(lostNow)
		return ext, true, lostNow
	}
	for i := range g.missing {
		if g.missing[i].seq == ext {
			g.missing = append(g.missing[:i], g.missing[i+1:]...)
			return ext, true, 0
		}
	}
	return ext, false, 0 // a duplicate, or given up: of no use
}

// ask lists what is to be asked for now. gaveUp counts those that will not be
// asked for again.
func (g *nacks) ask(now, rtt time.Duration) (pairs []rtcp.NackPair, gaveUp int) {
	if len(g.missing) == 0 || now < g.due {
		return nil, 0
	}
	again := max(min(rtt, maxRTT)+rtt/4, nackMin)
	g.due = now + again
	kept := g.missing[:0]
	for _, m := range g.missing {
		if m.tries >= nackAttempts && now-m.asked >= again || now-m.since > nackGiveUp {
			gaveUp++
			continue
		}
		if now-m.asked >= again && m.tries < nackAttempts {
			m.asked = now
			m.tries++
			seq := uint16(m.seq)
			if n := len(pairs); n > 0 && seq-pairs[n-1].PacketID <= 16 && seq != pairs[n-1].PacketID {
				pairs[n-1].LostPackets |= 1 << (seq - pairs[n-1].PacketID - 1)
			} else {
				pairs = append(pairs, rtcp.NackPair{PacketID: seq})
			}
		}
		g.due = min(g.due, m.asked+again)
		kept = append(kept, m)
	}
	g.missing = kept
	g.lost += uint64(gaveUp)
	return pairs, gaveUp
}

// expected is how many packets there should have been since the base.
func (g *nacks) expected() uint64 {
	if !g.started {
		return 0
	}
	return g.highest - g.base + 1
}
