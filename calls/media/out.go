package media

import (
	"sync"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// outTrack is one track to a receiver, in one section of its offer. Its source
// changes when the other side reloads its page, or when another participant
// takes the section's place; the receiver sees one unbroken stream.
//
// It is a webrtc.TrackLocal that takes whole packets, and writes them past
// Pion's own tracks.
type outTrack struct {
	p     *peer
	audio bool
	slot  int
	clock uint32

	mu        sync.Mutex
	bound     bool
	ssrc      uint32
	pt, redPT uint8
	writer    interceptor.RTPWriter
	from      *source // whose packets pass
	source    uint64  // its peer
	fresh     bool    // the next packet begins a new numbering
	started   bool
	seqDelta  uint16 // added to what comes in
	timeDelta uint32
	firstIn   uint16 // the first of the present numbering, as it came in
	lastSeq   uint16 // the highest sent
	lastTime  uint32
	lastAt    time.Duration
	header    rtp.Header
	rebuilt   [16]uint16 // sent from what a later RED packet held: never again under that number, see wasRebuilt
	rebuiltAt int

	packets, bytes uint64
	reds           uint64 // of packets
	sent           receiveWindow
	sr             struct {
		middle uint32        // of the NTP time of the last sender report
		at     time.Duration // when it was sent
	}
	loss     float64       // as the receiver last told
	jitter   uint32        // likewise
	lossAt   time.Duration // when
	resent   uint64
	attempts int // resends in this window of a second
	attempt  time.Duration
}

var _ webrtc.TrackLocal = (*outTrack)(nil)

// Bind is called once the connection knows under which SSRC the track goes.
func (o *outTrack) Bind(ctx webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ssrc, o.bound = uint32(ctx.SSRC()), true
	o.pt, o.redPT = 0, 0
	var chosen webrtc.RTPCodecParameters
	section, ok := o.p.section(o.audio, o.slot)
	if !ok {
		return chosen, webrtc.ErrUnsupportedCodec
	}
	for _, c := range ctx.CodecParameters() {
		switch uint8(c.PayloadType) {
		case section.pt:
			o.pt, chosen = section.pt, c
		case section.redPT:
			o.redPT = section.redPT
		}
	}
	if o.pt == 0 {
		return chosen, webrtc.ErrUnsupportedCodec
	}
	return chosen, nil
}

// Unbind is called when the connection ends.
func (o *outTrack) Unbind(webrtc.TrackLocalContext) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bound, o.writer = false, nil
	return nil
}

// ID, with StreamID, is how the receiver's page tells the tracks apart.
func (o *outTrack) ID() string {
	kind := "video"
	if o.audio {
		kind = "audio"
	}
	return kind + "-" + o.StreamID()
}

// RID is empty: there is no simulcast.
func (o *outTrack) RID() string { return "" }

// StreamID says who is in the section: other, screen, third or fourth.
func (o *outTrack) StreamID() string {
	names := []string{"other", "screen", "third", "fourth"}
	if o.audio {
		names = []string{"other", "third", "fourth"}
	}
	return names[min(o.slot, len(names)-1)]
}

// Kind is audio or video.
func (o *outTrack) Kind() webrtc.RTPCodecType {
	if o.audio {
		return webrtc.RTPCodecTypeAudio
	}
	return webrtc.RTPCodecTypeVideo
}

// restart begins a new numbering with the next packet: the source changes, or
// was silent on purpose.
func (o *outTrack) restart() {
	o.mu.Lock()
	o.fresh = true
	o.mu.Unlock()
}

// write sends a packet that came from t at now. payload is not kept, and not
// changed.
func (o *outTrack) write(t *source, h *rtpHeader, red bool, blocks []redBlock, payload []byte, now time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writer == nil || !o.p.ready() {
		return
	}
	if o.from != t || o.fresh {
		if o.from != nil && o.from.p.who == t.p.who && t.p.id < o.source {
			return // of a connection that has been replaced
		}
		if o.started {
			elapsed := max(uint64(now-o.lastAt)*uint64(o.clock)/uint64(time.Second), 1)
			o.seqDelta = o.lastSeq + 1 - h.seq
			o.timeDelta = o.lastTime + uint32(elapsed) - h.timestamp
		}
		o.from, o.source, o.fresh, o.firstIn = t, t.p.id, false, h.seq
	}
	if int16(h.seq-o.firstIn) < 0 {
		return // of before the change
	}
	o.firstIn = max16(o.firstIn, h.seq-1<<14) // so that the numbers may go round
	if !red || o.redPT != 0 {
		o.send(h, red, payload, now)
		return
	}
	if o.wasRebuilt(h.seq + o.seqDelta) {
		return
	}
	// The receiver knows no RED: it gets what the blocks hold, and the earlier
	// ones where it may have missed them.
	primary := len(blocks) - 1
	for i, b := range blocks[:primary] {
		earlier := *h
		earlier.seq, earlier.timestamp = h.seq-uint16(primary-i), h.timestamp-b.offset
		if len(b.data) > 0 && o.started && earlier.seq+o.seqDelta != o.lastSeq && int16(earlier.seq+o.seqDelta-o.lastSeq) > 0 && int16(earlier.seq-o.firstIn) >= 0 {
			o.rebuilt[o.rebuiltAt%len(o.rebuilt)] = earlier.seq + o.seqDelta
			o.rebuiltAt++
			o.send(&earlier, false, b.data, now)
		}
	}
	o.send(h, false, blocks[primary].data, now)
}

// wasRebuilt says that a number has been used for a packet made from a later
// one. The original may differ in its marker, and two packets under one number
// would break AES-GCM (RFC 7714, 8.1).
func (o *outTrack) wasRebuilt(seq uint16) bool {
	for i := range min(o.rebuiltAt, len(o.rebuilt)) {
		if o.rebuilt[i] == seq {
			return true
		}
	}
	return false
}

func max16(a, b uint16) uint16 {
	if int16(a-b) >= 0 {
		return a
	}
	return b
}

// send writes one packet under the receiver's numbers; mu is held. Header
// extensions are numbered per connection, and none is agreed for sending.
func (o *outTrack) send(h *rtpHeader, red bool, payload []byte, now time.Duration) {
	seq, timestamp := h.seq+o.seqDelta, h.timestamp+o.timeDelta
	if !o.started || int16(seq-o.lastSeq) > 0 {
		o.started, o.lastSeq, o.lastTime, o.lastAt = true, seq, timestamp, now
	}
	o.emit(seq, timestamp, h.marker, red, payload, now)
}

func (o *outTrack) emit(seq uint16, timestamp uint32, marker, red bool, payload []byte, now time.Duration) {
	o.header = rtp.Header{Version: 2, Marker: marker, PayloadType: o.pt, SequenceNumber: seq, Timestamp: timestamp, SSRC: o.ssrc}
	if red {
		o.header.PayloadType = o.redPT
		o.reds++
	}
	o.packets++
	o.bytes += uint64(len(payload))
	o.sent.add(now, len(payload)+12)
	if w := o.p.wire.Load(); w != nil {
		w.write(&o.header, payload)
	} else {
		_, _ = o.writer.Write(&o.header, payload, nil) // fails while the receiver is away
	}
}

const maxResends = 300 // packets a second of one track

// resend answers a NACK from what the source keeps.
func (o *outTrack) resend(n *rtcp.TransportLayerNack, now time.Duration) {
	var buf [receiveMTU]byte
	for _, pair := range n.Nacks {
		for _, seq := range pair.PacketList() {
			o.mu.Lock()
			if now-o.attempt > time.Second {
				o.attempt, o.attempts = now, 0
			}
			o.attempts++
			from, in := o.from, seq-o.seqDelta
			over := o.attempts > maxResends
			ok := o.writer != nil && from != nil && o.started && !over && int16(seq-o.lastSeq) <= 0 && int16(in-o.firstIn) >= 0
			o.mu.Unlock()
			if over {
				return
			}
			if !ok {
				continue
			}
			h, red, payload, ok := from.kept(in, buf[:])
			if !ok {
				continue
			}
			if red && o.redPT == 0 {
				var blocks [maxRED]redBlock
				if all, good := parseRED(payload, &blocks); good {
					red, payload = false, all[len(all)-1].data
				} else {
					continue
				}
			}
			o.mu.Lock()
			if o.writer != nil && o.from == from && in == seq-o.seqDelta && !o.wasRebuilt(seq) {
				o.resent++
				o.emit(seq, h.timestamp+o.timeDelta, h.marker, red, payload, now)
			}
			o.mu.Unlock()
		}
	}
}

// senderReport makes the report about this track (RFC 3550, 6.4.1). The clock is
// the source's own, as its reports tell it, so that the receiver can put audio
// and video in step; without any it is ours.
func (o *outTrack) senderReport(now time.Duration, wall time.Time) (*rtcp.SenderReport, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.writer == nil || !o.started || o.from == nil || now-o.lastAt > 10*time.Second {
		return nil, false
	}
	r := &rtcp.SenderReport{SSRC: o.ssrc, PacketCount: uint32(o.packets), OctetCount: uint32(o.bytes)}
	o.from.mu.Lock()
	seen := o.from.report
	o.from.mu.Unlock()
	if seen.seen {
		since := now - seen.at
		r.NTPTime = seen.ntp + uint64(float64(since)/float64(time.Second)*(1<<32))
		r.RTPTime = seen.rtp + o.timeDelta + uint32(uint64(since)*uint64(o.clock)/uint64(time.Second))
	} else {
		r.NTPTime = ntpTime(wall)
		r.RTPTime = o.lastTime + uint32(uint64(now-o.lastAt)*uint64(o.clock)/uint64(time.Second))
	}
	o.sr.middle, o.sr.at = uint32(r.NTPTime>>16), now
	return r, true
}

// heard takes what the receiver reports of this track; ok says that rtt is one.
func (o *outTrack) heard(r *rtcp.ReceptionReport, now time.Duration) (rtt time.Duration, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.loss, o.jitter, o.lossAt = float64(r.FractionLost)/256, r.Jitter, now
	if r.LastSenderReport == 0 || r.LastSenderReport != o.sr.middle {
		return 0, false
	}
	rtt = now - o.sr.at - time.Duration(r.Delay)*time.Second/65536
	return rtt, rtt >= 0 && rtt < 10*time.Second
}

// ntpTime is a time as NTP has it: seconds since 1900 and their fraction.
func ntpTime(t time.Time) uint64 {
	const to1970 = 2208988800
	ns := uint64(t.UnixNano())
	return (ns/1e9+to1970)<<32 | (ns%1e9)<<32/1e9
}

// writers is the one interceptor: it learns how packets of a track are written,
// so that they can be without Pion's tracks between (an allocation and two locks
// a packet).
type writers struct{ p *peer }

var _ interceptor.Factory = writers{}

// NewInterceptor is called by Pion once a connection.
func (w writers) NewInterceptor(string) (interceptor.Interceptor, error) {
	return &writerTap{p: w.p}, nil
}

type writerTap struct {
	interceptor.NoOp
	p *peer
}

// BindLocalStream comes after outTrack.Bind.
func (w *writerTap) BindLocalStream(info *interceptor.StreamInfo, to interceptor.RTPWriter) interceptor.RTPWriter {
	w.p.writes(info.SSRC, to)
	return to
}
