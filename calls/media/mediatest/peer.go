// Package mediatest is a participant for tests of calls: a WebRTC peer as a
// browser would be one, that sends real VP8 and Opus made by ffmpeg and counts
// what it receives.
package mediatest

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
)

// Peer is one side's browser: one connection from a port of its own on
// 127.0.0.1, by Pion with its default interceptors.
type Peer struct {
	// PC is the connection, for what Peer has no method for.
	PC *webrtc.PeerConnection
	// Audio and Video count the packets that came from the other side, Asked
	// the key frames that this one was asked for (PLI).
	Audio, Video, Asked atomic.Int64

	received     func(webrtc.RTPCodecType, *rtp.Packet)
	audio, video int  // further sections to receive in
	screen       bool // the second video section sends the clip too
	sent         func(picture int)
	told         atomic.Int64
	silent       bool // nothing is sent
	networks     []webrtc.NetworkType
	servers      []webrtc.ICEServer
	streams      sync.Map // stream id and kind → *atomic.Int64
	interceptors []interceptor.Factory
	cable        *cable
	stop         chan struct{}
	once         sync.Once
	wg           sync.WaitGroup
}

// Option is a change to what NewPeer makes.
type Option func(*Peer)

// Received has fn called with every packet that comes from the other side,
// after it has been counted. The two kinds come on a goroutine each. The packet
// is fn's to keep.
func Received(fn func(kind webrtc.RTPCodecType, p *rtp.Packet)) Option {
	return func(p *Peer) { p.received = fn }
}

// Through puts interceptors between the network and Pion's own, which see the
// packets after them. SRTP's replay protection is off then: what an interceptor
// loses on the way in has been decrypted already, and its repair would look
// like a replay.
func Through(interceptors ...interceptor.Factory) Option {
	return func(p *Peer) { p.interceptors = append(p.interceptors, interceptors...) }
}

// Sections adds so many sections of each kind to the offer, beside the first, to
// receive in.
func Sections(audio, video int) Option {
	return func(p *Peer) { p.audio, p.video = audio, video }
}

// Screen sends the clip in the second video section too, as a shared screen.
func Screen() Option { return func(p *Peer) { p.screen = true } }

// Sent has fn called before each picture is sent, with its number from 0: a
// picture's timestamp is 3600 more than the one before's.
func Sent(fn func(picture int)) Option { return func(p *Peer) { p.sent = fn } }

// Silent sends nothing.
func Silent() Option { return func(p *Peer) { p.silent = true } }

// OverTCP uses ICE over TCP only (RFC 6544).
func OverTCP() Option {
	return func(p *Peer) { p.networks = []webrtc.NetworkType{webrtc.NetworkTypeTCP4} }
}

// Relayed uses a TURN server only.
func Relayed(urls []string, user, credential string) Option {
	return func(p *Peer) {
		p.servers = []webrtc.ICEServer{{URLs: urls, Username: user, Credential: credential}}
	}
}

// Streams says how many packets came of a kind in a stream: other, screen, third
// or fourth.
func (p *Peer) Streams(stream string, kind webrtc.RTPCodecType) int64 {
	n, ok := p.streams.Load(stream + kind.String())
	if !ok {
		return 0
	}
	return n.(*atomic.Int64).Load()
}

// Told is what the server last said that the peer may send of video, in bits a
// second (REMB); 0: nothing yet.
func (p *Peer) Told() int64 { return p.told.Load() }

// NewPeer makes a peer that sends the clip from when it is connected. It sends
// a key frame first and then only when asked for one, as browsers do, or when
// nobody has asked for as long as the clip lasts.
func NewPeer(c Clip, options ...Option) (*Peer, error) {
	p := &Peer{received: func(webrtc.RTPCodecType, *rtp.Packet) {}, stop: make(chan struct{})}
	for _, option := range options {
		option(p)
	}
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	p.cable = newCable(conn)
	if err := p.connect(c); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// connect makes the connection and what runs on it.
func (p *Peer) connect(c Clip) error {
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	policy := webrtc.ICETransportPolicyAll
	switch {
	case len(p.servers) > 0:
		policy = webrtc.ICETransportPolicyRelay
	case len(p.networks) > 0:
		settings.SetNetworkTypes(p.networks)
	default:
		settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
		settings.SetICEUDPMux(p.cable.mux)
	}
	settings.DisableSRTPReplayProtection(len(p.interceptors) > 0)
	codecs, registry := &webrtc.MediaEngine{}, &interceptor.Registry{}
	for _, other := range p.interceptors {
		registry.Add(other)
	}
	err := errors.Join(codecs.RegisterDefaultCodecs(), webrtc.RegisterDefaultInterceptorsWithOptions(codecs, registry,
		webrtc.WithNackGeneratorOptions(nack.GeneratorInterval(20*time.Millisecond)))) // browsers do not wait for 100 ms
	if err != nil {
		return err
	}
	p.PC, err = webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(codecs), webrtc.WithInterceptorRegistry(registry)).
		NewPeerConnection(webrtc.Configuration{ICEServers: p.servers, ICETransportPolicy: policy})
	if err != nil {
		return err
	}
	keyFrame := make(chan struct{}, 1)
	audio, err := p.track(webrtc.MimeTypeOpus, "audio", keyFrame)
	if err != nil {
		return err
	}
	video, err := p.track(webrtc.MimeTypeVP8, "video", keyFrame)
	if err != nil {
		return err
	}
	var screen *webrtc.TrackLocalStaticSample
	if p.screen {
		if screen, err = p.track(webrtc.MimeTypeVP8, "screen", make(chan struct{}, 1)); err != nil {
			return err
		}
		p.video--
	}
	for kind, n := range map[webrtc.RTPCodecType]int{webrtc.RTPCodecTypeAudio: p.audio, webrtc.RTPCodecTypeVideo: p.video} {
		for range n {
			if _, err := p.PC.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
				return err
			}
		}
	}
	p.PC.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { p.wg.Go(func() { p.receive(track) }) })
	connected := make(chan struct{})
	var once sync.Once
	p.PC.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(connected) })
		}
	})
	p.wg.Go(func() {
		select {
		case <-connected:
			if !p.silent {
				p.send(c, audio, video, screen, keyFrame)
			}
		case <-p.stop:
		}
	})
	return nil
}

// track adds a track to send, and passes on the wishes for key frames of it.
func (p *Peer) track(mime, id string, keyFrame chan<- struct{}) (*webrtc.TrackLocalStaticSample, error) {
	track, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: mime}, id, "peer")
	if err != nil {
		return nil, err
	}
	sender, err := p.PC.AddTrack(track)
	if err != nil {
		return nil, err
	}
	p.wg.Go(func() {
		for {
			packets, _, err := sender.ReadRTCP()
			if err != nil {
				return
			}
			for _, packet := range packets {
				if remb, ok := packet.(*rtcp.ReceiverEstimatedMaximumBitrate); ok {
					p.told.Store(int64(remb.Bitrate))
				}
				if _, ok := packet.(*rtcp.PictureLossIndication); !ok {
					continue
				}
				p.Asked.Add(1)
				select {
				case keyFrame <- struct{}{}:
				default:
				}
			}
		}
	})
	return track, nil
}

func (p *Peer) receive(track *webrtc.TrackRemote) {
	count := &p.Audio
	if track.Kind() == webrtc.RTPCodecTypeVideo {
		count = &p.Video
	}
	stream, _ := p.streams.LoadOrStore(track.StreamID()+track.Kind().String(), new(atomic.Int64))
	for {
		packet, _, err := track.ReadRTP()
		if err != nil {
			return
		}
		count.Add(1)
		stream.(*atomic.Int64).Add(1)
		p.received(track.Kind(), packet)
	}
}

// send sends one packet of audio each 20 ms and one picture each 40 ms. A busy
// machine makes it late, but not slow: it then sends what is due at once, as a
// browser does, whose timestamps tell when a picture was taken. A sender that
// left out the ticks it missed would have a clock that runs behind, and the
// recording, which follows the sender's clock, a picture that runs ahead.
func (p *Peer) send(c Clip, audio, video, screen *webrtc.TrackLocalStaticSample, keyFrame <-chan struct{}) {
	const step = 20 * time.Millisecond
	tick := time.NewTicker(step)
	defer tick.Stop()
	began, frame, n := time.Now(), 0, 0
	for {
		select {
		case <-tick.C:
		case <-p.stop:
			return
		}
		for due := int(time.Since(began) / step); n <= due; n++ {
			_ = audio.WriteSample(media.Sample{Data: c.Audio[n%len(c.Audio)], Duration: step}) // fails while disconnected
			if n%2 == 1 {
				continue
			}
			if n+2 > due { // a picture of now, not one that is late
				select {
				case <-keyFrame:
					frame = 0
				default:
				}
			}
			if p.sent != nil {
				p.sent(n / 2)
			}
			_ = video.WriteSample(media.Sample{Data: c.Video[frame], Duration: 2 * step})
			if screen != nil {
				_ = screen.WriteSample(media.Sample{Data: c.Video[frame], Duration: 2 * step})
			}
			frame = (frame + 1) % len(c.Video) // only the first can follow the last: the others build on the one before
		}
	}
}

// Offer returns the peer's offer with all its candidates.
func (p *Peer) Offer() (sdp string, err error) { return p.offer(nil) }

// OfferRestart is Offer with an ICE restart (RFC 8445, 2.4), for a peer that
// has been answered before.
func (p *Peer) OfferRestart() (sdp string, err error) {
	return p.offer(&webrtc.OfferOptions{ICERestart: true})
}

func (p *Peer) offer(options *webrtc.OfferOptions) (string, error) {
	offer, err := p.PC.CreateOffer(options)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(p.PC)
	if err := p.PC.SetLocalDescription(offer); err != nil {
		return "", err
	}
	<-gathered
	return p.PC.LocalDescription().SDP, nil
}

// Answered takes the server's answer.
func (p *Peer) Answered(sdp string) error {
	return p.PC.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp})
}

// Unplug loses the network without a word to anyone: nothing goes out or comes
// in any more until Plug. The peer goes on sending into the void.
func (p *Peer) Unplug() { p.cable.unplugged.Store(true) }

// Plug gives the network back.
func (p *Peer) Plug() { p.cable.unplugged.Store(false) }

// Impair loses a share of all datagrams each way, and delays the others by up to
// jitter, which also mixes their order.
func (p *Peer) Impair(loss float64, jitter time.Duration) { p.cable.impair(loss, jitter) }

// Deafen loses what comes in, or stops losing it: what the peer sends still goes
// out.
func (p *Peer) Deafen(on bool) { p.cable.deaf.Store(on) }

// Mute loses what goes out, or stops losing it.
func (p *Peer) Mute(on bool) { p.cable.mute.Store(on) }

// Heard counts the datagrams that have come, those that were lost on purpose too.
func (p *Peer) Heard() int64 { return p.cable.heard.Load() }

// Tap has fn see each datagram that goes out; what it returns is sent instead.
func (p *Peer) Tap(fn func(datagram []byte) [][]byte) { p.cable.tap.Store(&fn) }

// Close hangs up.
func (p *Peer) Close() {
	p.once.Do(func() {
		close(p.stop)
		if p.PC != nil {
			_ = p.PC.GracefulClose()
		}
		_ = p.cable.mux.Close() // and the socket
		p.wg.Wait()
	})
}
