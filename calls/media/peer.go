package media

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

const (
	audioIndex = 0
	videoIndex = 1

	receiveMTU      = 1500
	keyFrameSpacing = 200 * time.Millisecond // a sender is asked for a key frame at most this often
)

// peer is one WebRTC connection of a participant: what it sends is read here,
// what the other sends is written to out.
type peer struct {
	room *Room
	who  *participant
	id   uint64 // grows with each connection of the process: the younger wins
	pc   *webrtc.PeerConnection
	out  [2]*outTrack // nil: the offer had no such section

	candidates atomic.Int64
	connected  atomic.Bool
	replaced   atomic.Bool // taken off its participant: its callbacks no longer count
	videoSSRC  atomic.Uint32
	askedAt    atomic.Int64 // last key frame request, room clock

	mu       sync.Mutex // orders joined and the state callbacks
	joined   bool
	state    EventKind // last reported: Connected, Disconnected or "" for neither
	readers  sync.WaitGroup
	closing  bool // guarded by mu; no more readers
	closedCh chan struct{}
	once     sync.Once
}

var lastPeer atomic.Uint64

func newPeer(r *Room, who *participant, wanted offer) (*peer, error) {
	pc, err := r.server.api.NewPeerConnection(webrtc.Configuration{
		Certificates: []webrtc.Certificate{r.server.cert},
		BundlePolicy: webrtc.BundlePolicyMaxBundle,
	})
	if err != nil {
		return nil, fmt.Errorf("media: connection: %w", err)
	}
	p := &peer{room: r, who: who, id: lastPeer.Add(1), pc: pc, closedCh: make(chan struct{})}
	p.candidates.Store(int64(wanted.candidates))
	pc.OnTrack(p.onTrack)
	pc.OnConnectionStateChange(p.onState)
	if wanted.audio {
		err = p.addOut(audioIndex, opusCodec)
	}
	if wanted.video && err == nil {
		err = p.addOut(videoIndex, vp8Codec)
	}
	if err != nil {
		p.close()
		return nil, fmt.Errorf("media: connection: %w", err)
	}
	return p, nil
}

// addOut makes the track that will carry the other participant's media.
func (p *peer) addOut(index int, codec webrtc.RTPCodecCapability) error {
	track, err := webrtc.NewTrackLocalStaticRTP(codec, string(kindOf(index)), "other")
	if err != nil {
		return err
	}
	sender, err := p.pc.AddTrack(track)
	if err != nil {
		return err
	}
	p.out[index] = &outTrack{track: track, clock: codec.ClockRate}
	p.read(func() { p.readFeedback(sender) })
	return nil
}

func kindOf(index int) Kind {
	if index == audioIndex {
		return Audio
	}
	return Video
}

// answer applies an offer and returns the answer once our candidates are in
// it. They are host candidates of the one port, so that takes no time.
func (p *peer) answer(ctx context.Context, sdp string) (string, error) {
	refuse := func(err error) (string, error) { return "", fmt.Errorf("%w: %w", ErrOffer, err) }
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: sdp}); err != nil {
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
	case <-p.closedCh:
		return "", ErrClosed
	}
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
	p.mu.Lock()
	defer p.mu.Unlock()
	var kind EventKind
	switch state {
	case webrtc.PeerConnectionStateConnected:
		kind = Connected
	case webrtc.PeerConnectionStateDisconnected, webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
		kind = Disconnected
	default:
		return
	}
	p.connected.Store(kind == Connected)
	if !p.joined || p.replaced.Load() || p.state == kind {
		return
	}
	p.state = kind
	p.room.emit(Event{Kind: kind, Participant: p.who.name})
	if kind == Connected {
		// The newcomer needs a whole picture to start from.
		if other := p.room.other(p.who); other != nil {
			p.room.askKeyFrame(other)
		}
	}
}

// gone says that the connection cannot come back.
func (p *peer) gone() bool {
	return p.replaced.Load() || p.pc.ConnectionState() == webrtc.PeerConnectionStateClosed
}

// read runs fn on a goroutine of the peer's, unless it is closing.
func (p *peer) read(fn func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closing {
		return
	}
	p.readers.Go(func() {
		defer p.room.guard(nil)
		fn()
	})
}

func (p *peer) onTrack(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
	index := audioIndex
	if track.Kind() == webrtc.RTPCodecTypeVideo {
		index = videoIndex
		p.videoSSRC.Store(uint32(track.SSRC()))
	}
	p.read(func() { p.readReports(receiver, index) })
	p.read(func() { p.readMedia(track, index) })
}

// readMedia is the hot path: one packet in, one memory copy to the recorder,
// one packet out.
func (p *peer) readMedia(track *webrtc.TrackRemote, index int) {
	var (
		buf    = make([]byte, receiveMTU)
		packet rtp.Packet
		count  = &p.who.received[index]
		first  = true
		ended  readEnd
	)
	for {
		n, _, err := track.Read(buf)
		if ended.after(err) {
			return
		}
		if err != nil || packet.Unmarshal(buf[:n]) != nil || p.replaced.Load() {
			continue
		}
		now := p.room.Offset()
		count.packets.Add(1)
		count.bytes.Add(uint64(n))
		count.last.Store(int64(now) + 1)
		p.who.recorder.push(p.id, index, &packet, now)
		if other := p.room.other(p.who); other != nil {
			if to := other.peer.Load(); to != nil && to.out[index] != nil {
				to.out[index].write(p.id, &packet, now)
			}
		}
		if first {
			first = false
			p.room.emit(Event{Kind: MediaStarted, Participant: p.who.name, Track: kindOf(index)})
		}
	}
}

// readReports hands the sender's reports to the recorder, which needs them to
// keep the participant's audio and video in step.
func (p *peer) readReports(receiver *webrtc.RTPReceiver, index int) {
	readRTCP(receiver.Read, func(packet rtcp.Packet) {
		if report, ok := packet.(*rtcp.SenderReport); ok {
			p.who.recorder.report(p.id, index, report)
		}
	})
}

// readFeedback reads what this participant says of the media that it receives:
// a wish for a key frame goes to who sends it. NACKs are answered below us.
func (p *peer) readFeedback(sender *webrtc.RTPSender) {
	readRTCP(sender.Read, func(packet rtcp.Packet) {
		switch packet.(type) {
		case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
			if other := p.room.other(p.who); other != nil {
				p.room.askKeyFrame(other)
			}
		}
	})
}

func readRTCP(read func([]byte) (int, interceptor.Attributes, error), each func(rtcp.Packet)) {
	buf := make([]byte, receiveMTU)
	var ended readEnd
	for {
		n, _, err := read(buf)
		if ended.after(err) {
			return
		}
		packets, malformed := rtcp.Unmarshal(buf[:n])
		if err != nil || malformed != nil {
			continue
		}
		for _, packet := range packets {
			each(packet)
		}
	}
}

// readEnd tells the end of a stream from a malformed packet on it, which the
// interceptors also report as an error of reading.
type readEnd int

func (bad *readEnd) after(err error) bool {
	if err == nil {
		*bad = 0
		return false
	}
	*bad++
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrClosedPipe) || *bad >= 100
}

// askKeyFrame asks a sender for a key frame (PLI, RFC 4585), unless that was
// done a moment ago or it sends no video.
func (r *Room) askKeyFrame(who *participant) {
	p := who.peer.Load()
	if p == nil {
		return
	}
	ssrc, now := p.videoSSRC.Load(), int64(r.Offset())
	before := p.askedAt.Load()
	if ssrc == 0 || before != 0 && now-before < int64(keyFrameSpacing) || !p.askedAt.CompareAndSwap(before, now) {
		return
	}
	_ = p.pc.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: ssrc}}) // fails when disconnected; asked again then
}

// close ends the connection and waits for its goroutines.
func (p *peer) close() {
	p.once.Do(func() {
		p.mu.Lock()
		p.closing = true
		p.mu.Unlock()
		close(p.closedCh)
		if err := p.pc.GracefulClose(); err != nil {
			p.room.log.Debug("closing a connection", "error", err)
		}
		p.connected.Store(false)
		p.readers.Wait()
	})
}

// outTrack is one track to a receiver. Its source changes when the other side
// reloads its page; the receiver sees one unbroken stream.
type outTrack struct {
	track *webrtc.TrackLocalStaticRTP
	clock uint32

	mu        sync.Mutex
	source    uint64 // the peer whose packets pass
	started   bool
	seqDelta  uint16 // added to what comes in
	timeDelta uint32
	lastSeq   uint16 // the highest sent
	lastTime  uint32
	lastAt    time.Duration
}

// write sends a packet that came from the peer source at now. It does not keep
// the packet, and does not change it.
func (o *outTrack) write(source uint64, in *rtp.Packet, now time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if source < o.source {
		return // of a connection that has been replaced
	}
	if source > o.source {
		if o.started {
			elapsed := max(uint64(now-o.lastAt)*uint64(o.clock)/uint64(time.Second), 1)
			o.seqDelta = o.lastSeq + 1 - in.SequenceNumber
			o.timeDelta = o.lastTime + uint32(elapsed) - in.Timestamp
		}
		o.source = source
	}
	out := *in
	out.SequenceNumber += o.seqDelta
	out.Timestamp += o.timeDelta
	// Header extensions are numbered per connection, and none is agreed for sending.
	out.Extension, out.Extensions, out.CSRC = false, nil, nil
	if !o.started || int16(out.SequenceNumber-o.lastSeq) > 0 {
		o.started, o.lastSeq, o.lastTime, o.lastAt = true, out.SequenceNumber, out.Timestamp, now
	}
	_ = o.track.WriteRTP(&out) // fails while the receiver is away
}
