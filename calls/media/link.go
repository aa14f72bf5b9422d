package media

import (
	"sync"
	"time"

	"github.com/pion/rtcp"
)

// What a video sender is told that it may send, in bits a second.
const (
	rateMax     = 2_500_000
	rateMin     = 100_000
	rateBegin   = 1_500_000 // before anything is known: browsers take the first REMB at its word
	rateAside   = 150_000   // for the agent's picture while the customer's counts
	rateSpare   = 250_000   // for who wishes to send little
	rebMaxAge   = 5 * time.Second
	queueTooBig = 80 * time.Millisecond // of delay that grows on the way to us
	backOff     = 500 * time.Millisecond
)

// link estimates what a peer can take (down) and send (up).
//
// Down is what its own REMB says, where it sends one (browsers do, from the
// delay that they see), and no more than what the losses it reports allow, after
// GCC's rule: above 10 % a share less, below 2 % eight per cent a second more.
// Up follows the delay of video frames: where it grows, a queue is building up,
// and the sender is told 85 % of what arrived; else it may send more and more.
type link struct {
	mu       sync.Mutex
	loss     float64 // estimate by losses, bits a second
	lossAt   time.Duration
	remb     int
	rembAt   time.Duration
	up       float64
	upAt     time.Duration
	downAt   time.Duration // last time that up was lowered
	lastSent int           // the last REMB to this peer, per bits a second
	sentAt   time.Duration
}

func (l *link) reset() { l.loss, l.up = rateMax, rateBegin }

// told takes the receiver's own estimate.
func (l *link) told(bits int, now time.Duration) {
	l.mu.Lock()
	l.remb, l.rembAt = bits, now
	l.mu.Unlock()
}

// reported takes a loss that the receiver reports of a video sent at rate.
func (l *link) reported(loss float64, rate int, now time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now-l.lossAt < 200*time.Millisecond {
		return
	}
	passed := min(now-l.lossAt, 2*time.Second).Seconds()
	l.lossAt = now
	switch {
	case loss > 0.10:
		l.loss = max(min(l.loss, float64(max(rate, rateMin)))*(1-0.5*loss), rateMin)
	case loss < 0.02:
		l.loss = min(l.loss*(1+0.08*passed)+1000, rateMax)
	}
}

// down is what may be sent to the peer.
func (l *link) down(now time.Duration) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	bits := int(l.loss)
	if l.remb > 0 && now-l.rembAt < rebMaxAge {
		bits = min(bits, l.remb)
	}
	return bits
}

// uplink moves the estimate of what the peer can send.
func (l *link) uplink(queue time.Duration, rate int, now time.Duration) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	passed := min(now-l.upAt, 2*time.Second).Seconds()
	switch {
	case queue > queueTooBig:
		if now-l.downAt >= backOff && rate > 0 {
			l.up, l.downAt = max(min(0.85*float64(rate), l.up), rateMin), now
		}
	case now-l.downAt > 2*backOff:
		l.up = min(l.up*(1+0.08*passed)+1000, rateMax)
	}
	l.upAt = now
	return int(l.up)
}

// delayWatch follows how much longer than at best the beginnings of frames take
// to come: the queue on the way.
type delayWatch struct {
	started   bool
	timestamp uint32
	ticks     int64
	best      [2]time.Duration // of this window and the one before
	window    time.Duration
	queue     time.Duration // smoothed
}

const delayWindow = 10 * time.Second

func (d *delayWatch) see(h *rtpHeader, now time.Duration) {
	if d.started && h.timestamp == d.timestamp {
		return
	}
	step := int64(int32(h.timestamp - d.timestamp))
	if d.started && step < 0 { // a repair
		return
	}
	if !d.started || step > 10*90000 {
		*d = delayWatch{started: true, timestamp: h.timestamp, window: now, best: [2]time.Duration{1 << 62, 1 << 62}}
		d.ticks = int64(now) * 90000 / int64(time.Second)
	} else {
		d.ticks += step
		d.timestamp = h.timestamp
	}
	late := now - time.Duration(d.ticks*int64(time.Second)/90000)
	if now-d.window >= delayWindow {
		d.best[1], d.best[0], d.window = d.best[0], late, now
	}
	d.best[0] = min(d.best[0], late)
	d.queue += (late - min(d.best[0], d.best[1]) - d.queue) / 8
}

// adapt tells the peer's video sender how much it may send (REMB): what its own
// way to us carries and what all who see it can take, but no less than the
// quality floor asks for. Nothing is said that has been said already.
func (p *peer) adapt(now time.Duration) {
	if !p.connected.Load() {
		return
	}
	var ssrcs []uint32
	var queue time.Duration
	rate := 0
	for _, index := range [...]int{videoIndex, screenIndex} {
		if t := p.source(index); t != nil {
			ssrcs = append(ssrcs, t.ssrc)
			t.mu.Lock()
			queue = max(queue, t.delay.queue)
			rate += t.window.rate(now)
			t.mu.Unlock()
		}
	}
	if len(ssrcs) == 0 {
		return
	}
	bits := p.link.uplink(queue, rate, now)
	for _, index := range [...]int{videoIndex, screenIndex} {
		if !p.who.sends(index) {
			continue
		}
		for _, to := range p.who.routesOf(index) {
			if q := to.who.peer.Load(); q != nil && q.connected.Load() && to.slot < len(q.out[videoOuts]) {
				bits = min(bits, q.link.down(now))
			}
		}
	}
	if p.who.spares.Load() {
		bits = min(bits, rateSpare)
	}
	bits = p.room.floor.rate(p.who, max(bits, rateMin))
	p.link.mu.Lock()
	last := p.link.lastSent
	say := last == 0 || now-p.link.sentAt >= 900*time.Millisecond || bits < last*97/100
	if say {
		p.link.lastSent, p.link.sentAt = bits, now
	}
	p.link.mu.Unlock()
	if say {
		p.writeRTCP(&rtcp.ReceiverEstimatedMaximumBitrate{SenderSSRC: p.ssrc, Bitrate: float32(bits), SSRCs: ssrcs})
	}
}

// adaptSenders has those told whose video who receives.
func (r *Room) adaptSenders(who *participant, now time.Duration) {
	for _, from := range *r.all.Load() {
		if from == who {
			continue
		}
		for _, to := range from.routesOf(videoIndex) {
			if to.who == who {
				if p := from.peer.Load(); p != nil {
					p.adapt(now)
				}
			}
		}
	}
}
