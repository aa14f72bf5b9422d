package media

import (
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/transport/v4/packetio"
)

// What a participant sends, by number.
const (
	audioIndex  = 0
	videoIndex  = 1
	screenIndex = 2
	sentKinds   = 3
)

const (
	videoRing = 192 << 10 // bytes kept for who missed some: 2.4 s at 632 kbit/s
	audioRing = 16 << 10  // likewise: about 4 s
	maxTracks = 8         // SSRCs of one connection that are looked at
	maxSinks  = 256       // SSRCs of one connection at all, RTCP's included: for each Pion keeps something
)

// sink takes the decrypted packets of one SSRC where they are decrypted, on the
// connection's one reading goroutine: Pion calls Write for each. Its Read is for
// Pion's own readers, who are to wait: nothing is read that way.
type sink struct {
	p     *peer
	rtcp  bool
	ssrc  uint32
	track *source // nil: not yet known, or of no interest
	lost  bool    // of no interest

	once   sync.Once
	closed chan struct{}
}

var _ io.ReadWriteCloser = (*sink)(nil)

// newSink is asked by Pion for each SSRC that it hears of. A connection with more
// of them than anybody needs is ended: each costs memory until it is closed.
func (p *peer) newSink(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
	if p.sinks.Add(1) == maxSinks+1 {
		go p.expel() // Pion holds locks now
	}
	return &sink{p: p, rtcp: kind == packetio.RTCPBufferPacket, ssrc: ssrc, closed: make(chan struct{})}
}

func (s *sink) Read([]byte) (int, error) {
	<-s.closed
	return 0, io.EOF
}

func (s *sink) Close() error {
	s.once.Do(func() { close(s.closed) })
	return nil
}

// Write handles one packet. It never fails: what cannot be used is dropped. A
// panic ends the room, not the process.
func (s *sink) Write(b []byte) (int, error) {
	defer s.p.room.guard(nil)
	if s.p.replaced.Load() {
		return len(b), nil
	}
	s.p.taking.Lock() // in turn with what comes by the wire
	defer s.p.taking.Unlock()
	if s.rtcp {
		if s.p.feedback.allow(s.p.room.Offset(), len(b)) {
			s.p.receiveRTCP(s.ssrc, b)
		}
		return len(b), nil
	}
	s.rtp(b, s.p.room.Offset())
	return len(b), nil
}

// rtp handles one decrypted packet.
func (s *sink) rtp(b []byte, now time.Duration) {
	h, payload, ok := parseRTP(b)
	if !ok || s.lost {
		return
	}
	if s.track == nil {
		if s.track = s.p.assign(&h); s.track == nil {
			s.lost = s.p.refused(&h)
			return
		}
	}
	s.track.receive(&h, payload, len(b), now)
}

// source is one stream that a peer sends us.
type source struct {
	p     *peer
	index int // audioIndex, videoIndex or screenIndex
	ssrc  uint32
	over  atomic.Bool // another SSRC has taken its place
	pt    uint8       // of Opus or VP8
	redPT uint8

	mu      sync.Mutex // of what follows; RTCP and ticks come from elsewhere
	gaps    nacks
	ring    ring
	jitter  float64 // RFC 3550, 6.4.1, in ticks
	transit int64
	report  senderReportSeen
	window  receiveWindow
	before  struct{ expected, received uint64 } // at the last receiver report
	count   uint64                              // packets received, repaired ones included
	reds    uint64                              // of them RED

	first   bool // the first packet has been told of
	picture videoSeen
	delay   delayWatch
	blocks  [maxRED]redBlock
}

// senderReportSeen is what we know of the other side's clock.
type senderReportSeen struct {
	seen bool
	ntp  uint64
	rtp  uint32
	at   time.Duration // room clock, when it came
}

func clockOf(index int) uint32 {
	if index == audioIndex {
		return opusCodec.ClockRate
	}
	return vp8Codec.ClockRate
}

func kindOf(index int) Kind {
	switch index {
	case audioIndex:
		return Audio
	case videoIndex:
		return Video
	}
	return Screen
}

// assign finds out what a new SSRC is: by what the offer declares, by the mid
// in the packet, and else by its payload type.
func (p *peer) assign(h *rtpHeader) *source {
	p.mu.Lock()
	defer p.mu.Unlock()
	wanted := p.wanted
	found := -1
	for i, s := range wanted.sections {
		for _, ssrc := range s.ssrcs {
			if ssrc == h.ssrc {
				found = i
			}
		}
	}
	if found < 0 {
		if mid := h.extensionValue(wanted.midExt); mid != nil {
			for i, s := range wanted.sections {
				if s.mid == string(mid) {
					found = i
				}
			}
		}
	}
	if found < 0 {
		for i, s := range wanted.sections {
			if indexOf(s) >= 0 && len(s.ssrcs) == 0 && (h.pt == s.pt || h.pt == s.redPT && h.pt != 0) && p.in[indexOf(s)] == nil {
				found = i
				break
			}
		}
	}
	if found < 0 {
		return nil
	}
	s := wanted.sections[found]
	index := indexOf(s)
	if index < 0 || index != audioIndex && p.who.voiceOnly {
		return nil
	}
	if now := p.in[index]; now != nil && now.ssrc == h.ssrc { // it came by the other way first
		return now
	}
	if p.tracks++; p.tracks > maxTracks { // each has a ring
		return nil
	}
	t := &source{p: p, index: index, ssrc: h.ssrc, pt: s.pt, redPT: s.redPT}
	t.ring.size, t.ring.pool = videoRing, videoChunks
	if s.audio {
		t.ring.size, t.ring.pool = audioRing, audioChunks
	}
	if before := p.in[index]; before != nil {
		before.over.Store(true)
	}
	p.in[index] = t
	return t
}

// indexOf is what is sent in a section: the first audio is the voice, the first
// video the camera, the second a screen; the others are only received.
func indexOf(s section) int {
	switch {
	case s.audio && s.slot == 0:
		return audioIndex
	case !s.audio && s.slot == 0:
		return videoIndex
	case !s.audio && s.slot == 1:
		return screenIndex
	}
	return -1
}

// refused says whether an SSRC that is nobody's will not be looked at again.
func (p *peer) refused(h *rtpHeader) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.strangers++
	return p.strangers > maxTracks
}

// receive is the hot path: one packet in, for each receiver one packet out, and one
// copy in memory, for who misses it and for the recorder.
func (t *source) receive(h *rtpHeader, payload []byte, size int, now time.Duration) {
	p, room := t.p, t.p.room
	red := h.pt == t.redPT && t.redPT != 0
	if h.pt != t.pt && !red {
		return // comfort noise, tones: not ours
	}
	if t.over.Load() {
		return
	}
	count := &p.who.received[t.index]
	if !count.allow(t.index, now, size) {
		count.dropped.Add(1)
		return
	}
	taken, news := t.take(h, red, payload, size, now)
	if !news {
		return
	}

	count.packets.Add(1)
	count.bytes.Add(uint64(size))
	count.last.Store(int64(now) + 1)
	if len(taken.asks) > 0 {
		p.writeRTCP(&rtcp.TransportLayerNack{SenderSSRC: p.ssrc, MediaSSRC: t.ssrc, Nacks: taken.asks})
	}
	if taken.gaveUp > 0 && t.index != audioIndex {
		p.askKeyFrame(t.index)
	}
	t.forward(h, red, taken.payload, taken.in, now)
	if taken.first {
		room.emit(Event{Kind: MediaStarted, Participant: p.who.name, Track: kindOf(t.index)})
		p.adapt(now)
	}
}

// taken is what came of a packet that was taken.
type taken struct {
	payload []byte // as it is kept
	in      *chunk // where; nil: it is empty
	asks    []rtcp.NackPair
	gaveUp  int
	first   bool
}

// take counts and keeps a packet; news says that it had not come before. It lets the
// lock go also when it panics: the end of the room needs it.
func (t *source) take(h *rtpHeader, red bool, payload []byte, size int, now time.Duration) (r taken, news bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	base := t.gaps.base
	if _, news, _ = t.gaps.arrived(h.seq, now); !news {
		return taken{}, false
	}
	if t.gaps.base != base { // a new numbering: an old packet under its number would be another
		t.ring.slots = [ringSlots]ringSlot{}
	}
	t.count++
	if red {
		t.reds++
	}
	t.measure(h, now, size)
	if t.index != audioIndex {
		t.picture.see(h, payload, now)
		t.delay.see(h, now)
	}
	if len(payload) > 0 {
		r.payload, r.in = t.ring.add(h, red, payload)
	}
	r.asks, r.gaveUp = t.gaps.ask(now, t.p.rtt())
	r.first = !t.first
	t.first = true
	return r, true
}

// forward sends a packet to who may have it and hands it to the recorder.
func (t *source) forward(h *rtpHeader, red bool, payload []byte, in *chunk, now time.Duration) {
	p := t.p
	if p.who.watches.Load() {
		return
	}
	var blocks []redBlock
	if red {
		var ok bool
		if blocks, ok = parseRED(payload, &t.blocks); !ok {
			return
		}
	}
	if p.who.sends(t.index) {
		for _, to := range p.who.routesOf(t.index) {
			q := to.who.peer.Load()
			if q == nil || q.mute.Load() {
				continue
			}
			if outs := q.out[to.audio()]; to.slot < len(outs) { // else its offer has no such section
				outs[to.slot].write(t, h, red, blocks, payload, now)
			}
		}
	}
	if p.who.recorder == nil {
		return
	}
	if !red {
		t.record(h.seq, h.timestamp, h.marker, payload, in, now)
		return
	}
	primary := len(blocks) - 1
	for i, b := range blocks[:primary] { // what came before may be missing
		if b.pt == t.pt && len(b.data) > 0 && t.repairs(h.seq-uint16(primary-i)) {
			t.record(h.seq-uint16(primary-i), h.timestamp-b.offset, false, b.data, in, now)
		}
	}
	t.record(h.seq, h.timestamp, h.marker, blocks[primary].data, in, now)
}

// repairs says whether a packet that has not come is contained in a later one,
// and no longer asks for it.
func (t *source) repairs(seq uint16) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, m := range t.gaps.missing {
		if uint16(m.seq) == seq {
			t.gaps.missing = append(t.gaps.missing[:i], t.gaps.missing[i+1:]...)
			return true
		}
	}
	return false
}

func (t *source) record(seq uint16, timestamp uint32, marker bool, payload []byte, in *chunk, now time.Duration) {
	c, index := t.p.who.recorder, t.index
	if index == screenIndex {
		if c, index = t.p.room.screenRecorder(t.p.who), videoIndex; c == nil {
			return
		}
	}
	c.push(packet{peer: t.p.id, index: index, seq: seq, timestamp: timestamp, marker: marker, arrival: now, payload: payload, chunk: in})
}

// measure keeps the figures of reports and samples; mu is held.
func (t *source) measure(h *rtpHeader, now time.Duration, size int) {
	transit := int64(now)*int64(clockOf(t.index))/int64(time.Second) - int64(h.timestamp)
	if t.count > 1 {
		if d := int64(int32(transit - t.transit)); d > -int64(clockOf(t.index)) && d < int64(clockOf(t.index)) {
			t.jitter += (float64(max(d, -d)) - t.jitter) / 16
		}
	}
	t.transit = transit
	t.window.add(now, size)
}

// reception makes the report block about this stream (RFC 3550, 6.4.2), and
// says how much was lost since the last.
func (t *source) reception(now time.Duration) (r rtcp.ReceptionReport, fraction float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	expected, received := t.gaps.expected(), t.count
	var gone uint64
	if expected > t.before.expected {
		span, came := expected-t.before.expected, received-min(received, t.before.received)
		if span > came {
			gone = span - came
			fraction = float64(gone) / float64(span)
		}
	}
	t.before.expected, t.before.received = expected, received
	r = rtcp.ReceptionReport{
		SSRC: t.ssrc, FractionLost: uint8(min(fraction*256, 255)), TotalLost: uint32(min(expected-min(expected, received), 1<<23-1)),
		LastSequenceNumber: uint32(t.gaps.highest), Jitter: uint32(t.jitter),
	}
	if t.report.seen {
		r.LastSenderReport = uint32(t.report.ntp >> 16)
		r.Delay = uint32((now - t.report.at) * 65536 / time.Second)
	}
	return r, fraction
}

// reported takes a sender report.
func (t *source) reported(r *rtcp.SenderReport, now time.Duration) {
	t.mu.Lock()
	t.report = senderReportSeen{seen: true, ntp: r.NTPTime, rtp: r.RTPTime, at: now}
	t.mu.Unlock()
	if c := t.p.who.recorder; c != nil && t.index != screenIndex {
		c.report(t.p.id, t.index, r)
	}
}

// kept finds a packet for who missed it. The payload is copied into buf.
func (t *source) kept(seq uint16, buf []byte) (h rtpHeader, red bool, payload []byte, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	s, p, ok := t.ring.get(seq)
	if !ok || len(p) > len(buf) {
		return h, false, nil, false
	}
	return rtpHeader{marker: s.marker, seq: s.seq, timestamp: s.timestamp}, s.red, buf[:copy(buf, p)], true
}

// videoSeen watches the size and rate of a video as it passes.
type videoSeen struct {
	width, height int
	frames        int // since they were last taken
}

func (v *videoSeen) see(h *rtpHeader, payload []byte, now time.Duration) {
	if h.marker {
		v.frames++
	}
	if len(payload) < 2 || payload[0]&0x17 != 0x10 { // not the beginning of a frame
		return
	}
	if data, start, ok := vp8Payload(payload); ok && start {
		if w, height, key := vp8KeyFrame(data); key {
			v.width, v.height = w, height
		}
	}
}

// receiveWindow is how much came in the last second or two, in slices.
type receiveWindow struct {
	bytes   [8]int
	packets [8]int
	slice   int64 // the newest, counted from zero
}

const windowSlice = 250 * time.Millisecond

func (w *receiveWindow) add(now time.Duration, size int) {
	w.move(now)
	w.bytes[w.slice%8] += size
	w.packets[w.slice%8]++
}

func (w *receiveWindow) move(now time.Duration) {
	n := int64(now / windowSlice)
	if n-w.slice > 8 {
		*w = receiveWindow{slice: n}
	}
	for w.slice < n {
		w.slice++
		w.bytes[w.slice%8], w.packets[w.slice%8] = 0, 0
	}
}

// rate is bits a second over the last whole slices.
func (w *receiveWindow) rate(now time.Duration) int {
	w.move(now)
	sum := 0
	for i := int64(1); i <= 4; i++ {
		if w.slice-i >= 0 {
			sum += w.bytes[(w.slice-i)%8]
		}
	}
	return sum * 8
}

// limiter is a token bucket for bytes and packets.
type limiter struct {
	bits, packets     int // a second
	burst             time.Duration
	last              time.Duration
	bitsLeft, pktLeft float64
	started           bool
}

var (
	// A browser sends at most 2.5 Mbit/s of camera and 510 kbit/s of Opus, twice
	// that with RED. What is above is dropped, before it costs anyone else.
	videoLimit = limiter{bits: 6_000_000, packets: 900, burst: time.Second}
	audioLimit = limiter{bits: 1_100_000, packets: 250, burst: time.Second}
	// Feedback is some 50 packets of 100 bytes a second from a browser under heavy
	// loss, and comes once for each SSRC that it is about.
	feedbackLimit = limiter{bits: 1_500_000, packets: 1500, burst: time.Second}
)

// allow says whether a participant may send another packet of a kind: over all of
// its SSRCs and connections, so that nobody gets a new bucket by a new number.
func (c *received) allow(index int, now time.Duration, size int) bool {
	c.limiting.Lock()
	defer c.limiting.Unlock()
	if c.limit.bits == 0 {
		if c.limit = videoLimit; index == audioIndex {
			c.limit = audioLimit
		}
	}
	return c.limit.allow(now, size)
}

func (l *limiter) allow(now time.Duration, size int) bool {
	depth := l.burst.Seconds()
	if !l.started {
		l.started, l.last = true, now
		l.bitsLeft, l.pktLeft = float64(l.bits)*depth, float64(l.packets)*depth
	}
	if passed := (now - l.last).Seconds(); passed > 0 {
		l.bitsLeft = min(l.bitsLeft+passed*float64(l.bits), float64(l.bits)*depth)
		l.pktLeft = min(l.pktLeft+passed*float64(l.packets), float64(l.packets)*depth)
		l.last = now
	}
	if l.bitsLeft < float64(size*8) || l.pktLeft < 1 {
		return false
	}
	l.bitsLeft -= float64(size * 8)
	l.pktLeft--
	return true
}
