package media

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

const (
	receiveMTU      = 1500
	keyFrameSpacing = 200 * time.Millisecond // a sender is asked for a key frame at most this often

	videoOuts = 0 // indexes of peer.out
	audioOuts = 1
)

// peer is one WebRTC connection of a participant: what it sends comes to its
// sources, what the others send is written to its outTracks.
type peer struct {
	room   *Room
	who    *participant
	id     uint64 // grows with each connection of the process: the younger wins
	ssrc   uint32 // we sign RTCP with
	pc     *webrtc.PeerConnection
	out    [2][]*outTrack // videoOuts and audioOuts, by slot; fixed once made
	closed chan struct{}

	candidates atomic.Int64
	sinks      atomic.Int64
	wire       atomic.Pointer[wire] // nil: not connected yet, or all goes Pion's way
	pions      atomic.Bool          // all goes Pion's way
	connected  atomic.Bool
	replaced   atomic.Bool // taken off its participant: its callbacks no longer count
	mute       atomic.Bool // nothing heard for long: nothing is sent (RFC 7675)
	doubted    atomic.Bool // see Room.Doubt
	silentFrom atomic.Int64
	rttNanos   atomic.Int64
	askedAt    [sentKinds]atomic.Int64 // last key frame request, room clock
	link       link                    // what it can take and give
	taking     sync.Mutex              // one packet at a time, by whichever way it comes
	feedback   limiter                 // of RTCP; guarded by taking

	mu        sync.Mutex // orders joined and the state callbacks; also:
	wanted    offer
	in        [sentKinds]*source
	tracks    int // SSRCs that were given a source
	strangers int // SSRCs that are nobody's
	joined    bool
	pion      webrtc.PeerConnectionState // as Pion last told
	state     EventKind                  // last reported: Connected, Disconnected or "" for neither
	once      sync.Once
}

var lastPeer atomic.Uint64

func newPeer(r *Room, who *participant, wanted offer) (*peer, error) {
	p := &peer{room: r, who: who, id: lastPeer.Add(1), wanted: wanted, closed: make(chan struct{})}
	p.ssrc = uint32(p.id)<<8 | 1
	p.candidates.Store(int64(wanted.candidates))
	p.link.reset()
	p.feedback = feedbackLimit
	var err error
	if p.pc, err = r.server.newConnection(p, wanted); err != nil {
		return nil, fmt.Errorf("media: connection: %w", err)
	}
	p.pc.OnConnectionStateChange(p.onState)
	defer func() {
		if t := p.transport(); t != nil && t.ICETransport() != nil {
			t.ICETransport().OnSelectedCandidatePairChange(func(*webrtc.ICECandidatePair) {
				if w := p.wire.Load(); w != nil {
					w.aim()
				}
			})
		}
	}()
	for _, s := range wanted.sections {
		o := &outTrack{p: p, audio: s.audio, slot: s.slot, clock: vp8Codec.ClockRate}
		kind := videoOuts
		if s.audio {
			kind, o.clock = audioOuts, opusCodec.ClockRate
		}
		p.out[kind] = append(p.out[kind], o)
		if _, err := p.pc.AddTrack(o); err != nil {
			p.close()
			return nil, fmt.Errorf("media: connection: %w", err)
		}
	}
	return p, nil
}

// section finds a section of the offer.
func (p *peer) section(audio bool, slot int) (section, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.wanted.sections {
		if s.audio == audio && s.slot == slot {
			return s, true
		}
	}
	return section{}, false
}

// writes gives the outTrack of this SSRC what its packets are written with.
func (p *peer) writes(ssrc uint32, to interceptor.RTPWriter) {
	for _, o := range append(append([]*outTrack(nil), p.out[audioOuts]...), p.out[videoOuts]...) {
		o.mu.Lock()
		if o.bound && o.ssrc == ssrc {
			o.writer = to
		}
		o.mu.Unlock()
	}
}

// answer applies an offer and returns the answer once our candidates are in
// it. They are host candidates of the one port, so that takes no time.
func (p *peer) answer(ctx context.Context, sdp string) (string, error) {
	refuse := func(err error) (string, error) { return "", fmt.Errorf("%w: %w", ErrOffer, err) }
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp}); err != nil {
		return refuse(err)
	}
	if err := p.matched(); err != nil {
		return refuse(err)
	}
	answer, err := p.pc.CreateAnswer(nil)
	if err != nil {
		return refuse(err)
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(answer); err != nil {
		return refuse(err)
	}
	select {
	case <-gathered:
		return p.pc.LocalDescription().SDP, nil
	case <-ctx.Done():
		return "", ctx.Err()
	case <-p.closed:
		return "", ErrClosed
	}
}

// matched checks that each section has the track that was meant for it: both
// count the sections of a kind in order.
func (p *peer) matched() error {
	p.mu.Lock()
	sections := p.wanted.sections
	p.mu.Unlock()
	for _, t := range p.pc.GetTransceivers() {
		for _, s := range sections {
			if s.mid != t.Mid() || t.Sender() == nil || t.Sender().Track() == nil {
				continue
			}
			if o, ok := t.Sender().Track().(*outTrack); !ok || o.audio != s.audio || o.slot != s.slot {
				return fmt.Errorf("section %s does not match", s.mid)
			}
		}
	}
	return nil
}

func (p *peer) addCandidate(data []byte) error {
	if len(data) > maxCandidate {
		return fmt.Errorf("%w: %d bytes", ErrCandidate, len(data))
	}
	var candidate webrtc.ICECandidateInit
	if err := json.Unmarshal(data, &candidate); err != nil {
		return fmt.Errorf("%w: not JSON", ErrCandidate)
	}
	if p.candidates.Add(1) > maxCandidates {
		return fmt.Errorf("%w: more than %d", ErrCandidate, maxCandidates)
	}
	if err := p.pc.AddICECandidate(candidate); err != nil {
		return fmt.Errorf("%w: %w", ErrCandidate, err)
	}
	return nil
}

// announce lets state changes be reported: Joined has been.
func (p *peer) announce() {
	p.mu.Lock()
	p.joined = true
	p.mu.Unlock()
	p.onState(p.pc.ConnectionState())
}

func (p *peer) onState(state webrtc.PeerConnectionState) {
	defer p.room.guard(nil)
	if state == webrtc.PeerConnectionStateConnected {
		p.choose()
	}
	if p.changed(state) {
		// The newcomer needs whole pictures to start from.
		p.room.refresh(p.who)
		p.adapt(p.room.Offset())
	}
}

// choose puts a connection that stands onto its wire, once and for all.
func (p *peer) choose() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ready() || p.replaced.Load() {
		return
	}
	w := p.openWire()
	if w == nil {
		p.room.log.Warn("a connection goes the long way: Pion does not show its keys")
		p.pions.Store(true)
		return
	}
	w.aside.Store(int64(p.room.Offset()) + 1)
	p.wire.Store(w)
	w.aim()
}

// changed takes a change of state of Pion's. It says whether p is connected because
// of it.
func (p *peer) changed(state webrtc.PeerConnectionState) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch state {
	case webrtc.PeerConnectionStateConnected, webrtc.PeerConnectionStateDisconnected, webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		p.pion = state
		return p.settle()
	}
	return false
}

// settle reports whether the other side is there, if that has changed: Pion's
// connection stands, and something comes. p.mu is held.
func (p *peer) settle() bool {
	here := p.pion == webrtc.PeerConnectionStateConnected
	now := p.room.Offset()
	if w := p.wire.Load(); w != nil {
		since, limit := w.silence(now)
		media := w.heard.Load() != 0 && now-time.Duration(w.heard.Load()-1) < limit
		here = here && since < limit || p.pion == webrtc.PeerConnectionStateDisconnected && media
	}
	kind := Disconnected
	if here {
		kind = Connected
		p.silentFrom.Store(0)
		p.mute.Store(false)
	} else {
		p.silentFrom.CompareAndSwap(0, int64(now)+1)
	}
	p.connected.Store(here)
	if !p.joined || p.replaced.Load() || p.state == kind {
		return false
	}
	p.state = kind
	p.room.emit(Event{Kind: kind, Participant: p.who.name})
	return here
}

// listen looks whether the other side is still heard, or is again.
func (p *peer) listen() {
	p.mu.Lock()
	back := p.pion != webrtc.PeerConnectionStateUnknown && p.settle()
	p.mu.Unlock()
	if back {
		p.room.refresh(p.who)
		p.adapt(p.room.Offset())
	}
}

// Doubt says that there is another sign of a participant's being gone: its page's
// socket has closed, and did not come back. If nothing is heard of it now it counts
// as away a little sooner. Until Trust, or its next connection.
func (r *Room) Doubt(name string) { r.doubt(name, true) }

// Trust ends a Doubt.
func (r *Room) Trust(name string) { r.doubt(name, false) }

func (r *Room) doubt(name string, on bool) {
	if who := r.find(name); who != nil {
		if p := who.peer.Load(); p != nil {
			p.doubted.Store(on)
		}
	}
}

// gone says that the connection cannot come back.
func (p *peer) gone() bool {
	return p.replaced.Load() || p.pc.ConnectionState() == webrtc.PeerConnectionStateClosed
}

// source returns what the peer sends of a kind, or nil.
func (p *peer) source(index int) *source {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.in[index]
}

// rtt is the round trip to the peer, as last measured.
func (p *peer) rtt() time.Duration { return time.Duration(p.rttNanos.Load()) }

func (p *peer) writeRTCP(packets ...rtcp.Packet) {
	if p.mute.Load() {
		return
	}
	if w := p.wire.Load(); w != nil {
		w.writeRTCP(packets)
	} else if p.pions.Load() {
		_ = p.pc.WriteRTCP(packets) // fails when disconnected; said again then
	}
}

// ready says whether the connection has chosen its way: nothing is sent before.
func (p *peer) ready() bool { return p.wire.Load() != nil || p.pions.Load() }

// outs lists the tracks that the peer receives.
func (p *peer) outs(fn func(*outTrack)) {
	for _, kind := range p.out {
		for _, o := range kind {
			fn(o)
		}
	}
}

// receiveRTCP handles a compound RTCP packet, as far as it is about ssrc: Pion
// hands over each once for each SSRC that it is about. 0: all of it.
func (p *peer) receiveRTCP(ssrc uint32, b []byte) {
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		return
	}
	now := p.room.Offset()
	for _, packet := range packets {
		switch r := packet.(type) {
		case *rtcp.SenderReport:
			if ssrc == 0 || r.SSRC == ssrc {
				for i := range sentKinds {
					if t := p.source(i); t != nil && t.ssrc == r.SSRC {
						t.reported(r, now)
					}
				}
			}
			p.heard(ssrc, r.Reports, now)
		case *rtcp.ReceiverReport:
			p.heard(ssrc, r.Reports, now)
		case *rtcp.TransportLayerNack:
			p.outs(func(o *outTrack) {
				if o.is(r.MediaSSRC) {
					o.resend(r, now)
				}
			})
		case *rtcp.PictureLossIndication:
			p.wish(r.MediaSSRC)
		case *rtcp.FullIntraRequest:
			for _, f := range r.FIR {
				if ssrc == 0 || f.SSRC == ssrc {
					p.wish(f.SSRC)
				}
			}
		case *rtcp.ReceiverEstimatedMaximumBitrate:
			p.link.told(int(min(r.Bitrate, 1e9)), now)
			p.room.adaptSenders(p.who, now)
		}
	}
}

func (o *outTrack) is(ssrc uint32) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bound && o.ssrc == ssrc
}

// heard takes the receiver's report blocks about one of our tracks.
func (p *peer) heard(ssrc uint32, reports []rtcp.ReceptionReport, now time.Duration) {
	for i := range reports {
		if ssrc != 0 && reports[i].SSRC != ssrc {
			continue
		}
		p.outs(func(o *outTrack) {
			if !o.is(reports[i].SSRC) {
				return
			}
			if rtt, ok := o.heard(&reports[i], now); ok {
				before := p.rtt()
				if before != 0 {
					rtt = (7*before + rtt) / 8
				}
				p.rttNanos.Store(int64(rtt))
			}
			if !o.audio {
				p.link.reported(float64(reports[i].FractionLost)/256, o.rate(now), now)
				p.room.adaptSenders(p.who, now)
			}
		})
	}
}

func (o *outTrack) rate(now time.Duration) int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sent.rate(now)
}

// wish passes the receiver's wish for a key frame on to who sends.
func (p *peer) wish(ssrc uint32) {
	p.outs(func(o *outTrack) {
		if o.audio || !o.is(ssrc) {
			return
		}
		o.mu.Lock()
		from := o.from
		o.mu.Unlock()
		if from != nil {
			from.p.askKeyFrame(from.index)
		} else {
			p.room.refresh(p.who)
		}
	})
}

// askKeyFrame asks the peer for a key frame (PLI, RFC 4585, 6.3.1), unless that
// was done a moment ago or it sends none of the kind.
func (p *peer) askKeyFrame(index int) {
	t := p.source(index)
	if t == nil {
		return
	}
	now, before := int64(p.room.Offset()), p.askedAt[index].Load()
	if before != 0 && now-before < int64(keyFrameSpacing) || !p.askedAt[index].CompareAndSwap(before, now) {
		return
	}
	p.writeRTCP(&rtcp.PictureLossIndication{SenderSSRC: p.ssrc, MediaSSRC: t.ssrc})
}

// askKeyFrame asks a participant for a key frame of its camera.
func (r *Room) askKeyFrame(who *participant) {
	if p := who.peer.Load(); p != nil {
		p.askKeyFrame(videoIndex)
	}
}

// tick does what is done once a second: reports in both directions, what the
// link can take, and the end of sending to who has long been silent.
func (p *peer) tick(now time.Duration, wall time.Time) {
	if from := p.silentFrom.Load(); from != 0 && now-time.Duration(from) >= consentLost {
		p.mute.Store(true)
	}
	if !p.connected.Load() {
		return
	}
	var blocks []rtcp.ReceptionReport
	for i := range sentKinds {
		if t := p.source(i); t != nil {
			block, fraction := t.reception(now)
			blocks = append(blocks, block)
			t.mu.Lock()
			rate := t.window.rate(now)
			t.mu.Unlock()
			p.who.received[i].sampled(fraction, rate)
		}
	}
	var packets []rtcp.Packet
	p.outs(func(o *outTrack) {
		if sr, ok := o.senderReport(now, wall); ok {
			packets = append(packets, sr)
		}
	})
	if len(packets) > 0 {
		packets[0].(*rtcp.SenderReport).Reports = blocks
	} else if len(blocks) > 0 {
		packets = append(packets, &rtcp.ReceiverReport{SSRC: p.ssrc, Reports: blocks})
	}
	if len(packets) > 0 {
		p.writeRTCP(packets...)
	}
	p.adapt(now)
}

// expel ends a connection that misbehaves. The participant may join again.
func (p *peer) expel() {
	r := p.room
	r.mu.Lock()
	gone := p.who.peer.CompareAndSwap(p, nil)
	if gone {
		r.retire(p)
	}
	r.mu.Unlock()
	if gone {
		r.log.Warn("a connection was ended: too many streams", "participant", p.who.name)
		r.emit(Event{Kind: Left, Participant: p.who.name})
	}
}

// close ends the connection and waits for its goroutines.
func (p *peer) close() {
	p.once.Do(func() {
		close(p.closed)
		if w := p.wire.Load(); w != nil {
			w.close()
		}
		if err := p.pc.GracefulClose(); err != nil {
			p.room.log.Debug("closing a connection", "error", err)
		}
		p.connected.Store(false)
	})
}
