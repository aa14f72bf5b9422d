// Package mediatest is a participant for tests of calls: a WebRTC peer as a
// browser would be one, that sends real VP8 and Opus made by ffmpeg and counts
// what it receives.
package mediatest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
)

// Clip is what a peer sends, over and over: three seconds of one colour and a
// tone.
type Clip struct {
	video [][]byte // 25 frames a second, the first a key frame
	audio [][]byte // 20 ms each
}

// NewClip makes a clip with ffmpeg, which must be installed: a colour that
// ffmpeg knows, a size such as "640x480", and the pitch of its tone in hertz.
func NewClip(dir, colour, size string, hertz int) (Clip, error) {
	video, audio := filepath.Join(dir, colour+".ivf"), filepath.Join(dir, colour+".ogg")
	for _, args := range [][]string{
		{"-f", "lavfi", "-i", "color=c=" + colour + ":s=" + size + ":r=25:d=3", "-c:v", "libvpx", "-b:v", "300k", "-g", "1000",
			"-auto-alt-ref", "0", "-deadline", "realtime", "-cpu-used", "8", "-threads", "1", video},
		{"-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=%d:duration=3", hertz), "-ac", "1", "-c:a", "libopus", "-b:a", "32k",
			"-frame_duration", "20", "-page_duration", "20000", audio},
	} {
		if out, err := exec.Command("ffmpeg", append([]string{"-v", "error", "-nostdin", "-y"}, args...)...).CombinedOutput(); err != nil {
			return Clip{}, fmt.Errorf("make a clip: is ffmpeg installed? %w: %s", err, out)
		}
	}
	var c Clip
	v, err := os.Open(video)
	if err != nil {
		return c, err
	}
	defer v.Close()
	frames, _, err := ivfreader.NewWith(v)
	if err != nil {
		return c, err
	}
	for {
		frame, _, err := frames.ParseNextFrame()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return c, err
		}
		c.video = append(c.video, frame)
	}
	a, err := os.Open(audio)
	if err != nil {
		return c, err
	}
	defer a.Close()
	pages, _, err := oggreader.NewWith(a)
	if err != nil {
		return c, err
	}
	for {
		page, _, err := pages.ParseNextPage()
		if errors.Is(err, io.EOF) {
			return c, nil
		} else if err != nil {
			return c, err
		}
		if !bytes.HasPrefix(page, []byte("Opus")) {
			c.audio = append(c.audio, page)
		}
	}
}

// Peer is one side's browser: one connection, one negotiation.
type Peer struct {
	pc   *webrtc.PeerConnection
	stop chan struct{}
	once sync.Once
	wg   sync.WaitGroup

	// Audio and Video count the packets that came from the other side.
	Audio, Video atomic.Int64
}

// NewPeer makes a peer that sends the clip from when it is connected.
func NewPeer(c Clip) (*Peer, error) {
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(settings)).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	p := &Peer{pc: pc, stop: make(chan struct{})}
	audio, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "audio", "peer")
	if err != nil {
		return nil, err
	}
	video, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}, "video", "peer")
	if err != nil {
		return nil, err
	}
	keyFrame := make(chan struct{}, 1)
	for _, track := range []webrtc.TrackLocal{audio, video} {
		sender, err := pc.AddTrack(track)
		if err != nil {
			return nil, err
		}
		p.wg.Go(func() { askedForKeyFrames(sender, keyFrame) })
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		count := &p.Audio
		if track.Kind() == webrtc.RTPCodecTypeVideo {
			count = &p.Video
		}
		p.wg.Go(func() {
			for {
				if _, _, err := track.ReadRTP(); err != nil {
					return
				}
				count.Add(1)
			}
		})
	})
	connected := make(chan struct{})
	var once sync.Once
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(connected) })
		}
	})
	p.wg.Go(func() {
		select {
		case <-connected:
			p.send(c, audio, video, keyFrame)
		case <-p.stop:
		}
	})
	return p, nil
}

func askedForKeyFrames(sender *webrtc.RTPSender, ask chan<- struct{}) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, packet := range packets {
			if _, ok := packet.(*rtcp.PictureLossIndication); ok {
				select {
				case ask <- struct{}{}:
				default:
				}
			}
		}
	}
}

func (p *Peer) send(c Clip, audio, video *webrtc.TrackLocalStaticSample, keyFrame <-chan struct{}) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	frame := 0
	for n := 0; ; n++ {
		select {
		case <-tick.C:
		case <-p.stop:
			return
		}
		_ = audio.WriteSample(media.Sample{Data: c.audio[n%len(c.audio)], Duration: 20 * time.Millisecond})
		if n%2 == 1 {
			continue
		}
		select {
		case <-keyFrame:
			frame = 0
		default:
		}
		_ = video.WriteSample(media.Sample{Data: c.video[frame], Duration: 40 * time.Millisecond})
		if frame++; frame == len(c.video) {
			frame = 1 // a browser sends no key frame unasked either
		}
	}
}

// Offer returns the peer's offer with all its candidates.
func (p *Peer) Offer() (sdp string, err error) {
	offer, err := p.pc.CreateOffer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(p.pc)
	if err := p.pc.SetLocalDescription(offer); err != nil {
		return "", err
	}
	<-gathered
	return p.pc.LocalDescription().SDP, nil
}

// Answered takes the server's answer.
func (p *Peer) Answered(sdp string) error {
	return p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: sdp})
}

// Close hangs up.
func (p *Peer) Close() {
	p.once.Do(func() {
		close(p.stop)
		_ = p.pc.Close()
		p.wg.Wait()
	})
}
