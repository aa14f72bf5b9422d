package media

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	pionmedia "github.com/pion/webrtc/v4/pkg/media"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
)

// clip is what a test client sends: real VP8 and Opus, made by ffmpeg.
type clip struct {
	video [][]byte // 25 frames/s, the first a key frame
	audio [][]byte // 20 ms each
}

var clips sync.Map // colour and size → func() (clip, error)

// clipOf makes three seconds of one colour and a tone.
func clipOf(colour, size string) (clip, error) {
	make, _ := clips.LoadOrStore(colour+size, sync.OnceValues(func() (clip, error) { return makeClip(colour, size) }))
	return make.(func() (clip, error))()
}

func makeClip(colour, size string) (clip, error) {
	dir, err := os.MkdirTemp("", "clip")
	if err != nil {
		return clip{}, err
	}
	defer os.RemoveAll(dir)
	video, audio := filepath.Join(dir, "v.ivf"), filepath.Join(dir, "a.ogg")
	for _, args := range [][]string{
		{"-f", "lavfi", "-i", "color=c=" + colour + ":s=" + size + ":r=25:d=3", "-c:v", "libvpx", "-b:v", "300k", "-g", "1000", "-auto-alt-ref", "0", "-deadline", "realtime", "-cpu-used", "8", "-threads", "1", video},
		{"-f", "lavfi", "-i", "sine=frequency=440:duration=3", "-ac", "1", "-c:a", "libopus", "-b:a", "32k", "-frame_duration", "20", "-page_duration", "20000", audio},
	} {
		if out, err := exec.Command("ffmpeg", append([]string{"-v", "error", "-nostdin", "-y"}, args...)...).CombinedOutput(); err != nil {
			return clip{}, fmt.Errorf("these tests need ffmpeg: %w: %s", err, out)
		}
	}
	var c clip
	v, err := os.Open(video)
	if err != nil {
		return clip{}, err
	}
	defer v.Close()
	frames, _, err := ivfreader.NewWith(v)
	if err != nil {
		return clip{}, err
	}
	for {
		frame, _, err := frames.ParseNextFrame()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return clip{}, err
		}
		c.video = append(c.video, frame)
	}
	a, err := os.Open(audio)
	if err != nil {
		return clip{}, err
	}
	defer a.Close()
	pages, _, err := oggreader.NewWith(a)
	if err != nil {
		return clip{}, err
	}
	for {
		page, _, err := pages.ParseNextPage()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return clip{}, err
		}
		if !bytes.HasPrefix(page, []byte("Opus")) {
			c.audio = append(c.audio, page)
		}
	}
	if len(c.video) < 70 || len(c.audio) < 140 {
		return clip{}, fmt.Errorf("clip of %d frames and %d packets", len(c.video), len(c.audio))
	}
	return c, nil
}

// client is a peer as a browser would be one, by Pion with its default
// interceptors: it sends its clip, from the first frame again when it is asked
// for a key frame, and counts what it receives.
type client struct {
	name string
	pc   *webrtc.PeerConnection
	stop chan struct{}
	once sync.Once
	wg   sync.WaitGroup

	mute atomic.Bool // audio

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced whenever something is received
	packets  [2]int
	jumps    int // sequence numbers far from the one before
	ssrcs    map[uint32]bool
	lastSeq  map[uint32]uint16
	lastTime map[uint32]uint32
	backward int             // timestamps that went back
	video    map[uint16]bool // sequence numbers received
	first    uint16          // of video
	frames   vp8Frames
	picture  []byte // last whole key frame
	pictures int
	asked    int // for key frames
}

func newClient(name string, c clip, others ...interceptor.Factory) (*client, error) {
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	// What lossy loses on the way in has been decrypted already: its repair would
	// look like a replay.
	settings.DisableSRTPReplayProtection(len(others) > 0)
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	registry := &interceptor.Registry{}
	for _, other := range others { // nearer to the network than what follows
		registry.Add(other)
	}
	if err := webrtc.RegisterDefaultInterceptors(media, registry); err != nil {
		return nil, err
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithSettingEngine(settings), webrtc.WithInterceptorRegistry(registry))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	cl := &client{name: name, pc: pc, stop: make(chan struct{}), changed: make(chan struct{}), video: map[uint16]bool{},
		ssrcs: map[uint32]bool{}, lastSeq: map[uint32]uint16{}, lastTime: map[uint32]uint32{}}
	audio, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus}, "audio", name)
	if err != nil {
		return nil, err
	}
	video, err := webrtc.NewTrackLocalStaticSample(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}, "video", name)
	if err != nil {
		return nil, err
	}
	again := make(chan struct{}, 1)
	for _, track := range []webrtc.TrackLocal{audio, video} {
		sender, err := pc.AddTrack(track)
		if err != nil {
			return nil, err
		}
		cl.wg.Go(func() {
			for {
				packets, _, err := sender.ReadRTCP()
				if err != nil {
					return
				}
				for _, p := range packets {
					if _, ok := p.(*rtcp.PictureLossIndication); ok {
						cl.mu.Lock()
						cl.asked++
						cl.mu.Unlock()
						select {
						case again <- struct{}{}:
						default:
						}
					}
				}
			}
		})
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		cl.wg.Go(func() {
			for {
				packet, _, err := track.ReadRTP()
				if err != nil {
					return
				}
				cl.received(track.Kind() == webrtc.RTPCodecTypeVideo, packet)
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
	cl.wg.Go(func() {
		select {
		case <-connected:
		case <-cl.stop:
			return
		}
		cl.send(c, audio, video, again)
	})
	return cl, nil
}

func (cl *client) send(c clip, audio, video *webrtc.TrackLocalStaticSample, again <-chan struct{}) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	frame := 0
	for n := 0; ; n++ {
		select {
		case <-tick.C:
		case <-cl.stop:
			return
		}
		if !cl.mute.Load() {
			_ = audio.WriteSample(pionmedia.Sample{Data: c.audio[n%len(c.audio)], Duration: 20 * time.Millisecond})
		}
		if n%2 == 0 {
			select {
			case <-again:
				frame = 0
			default:
			}
			_ = video.WriteSample(pionmedia.Sample{Data: c.video[frame], Duration: 40 * time.Millisecond})
			if frame++; frame == len(c.video) {
				frame = 1 // a browser sends no key frame unasked either
			}
		}
	}
}

func (cl *client) received(isVideo bool, p *rtp.Packet) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	step := int16(p.SequenceNumber - cl.lastSeq[p.SSRC])
	if cl.ssrcs[p.SSRC] {
		if step < -100 || step > 100 { // a busy machine loses a few, which come again late
			cl.jumps++
		}
		if step > 0 && int32(p.Timestamp-cl.lastTime[p.SSRC]) < 0 {
			cl.backward++
		}
	}
	if !cl.ssrcs[p.SSRC] || step > 0 {
		cl.ssrcs[p.SSRC], cl.lastSeq[p.SSRC], cl.lastTime[p.SSRC] = true, p.SequenceNumber, p.Timestamp
	}
	if isVideo {
		if cl.packets[videoIndex] == 0 {
			cl.first = p.SequenceNumber
		}
		cl.packets[videoIndex]++
		cl.video[p.SequenceNumber] = true
		frame, key := cl.frames.add(packet{index: videoIndex, seq: p.SequenceNumber, timestamp: p.Timestamp, marker: p.Marker, payload: p.Payload}, 0)
		if key {
			cl.picture = bytes.Clone(frame)
			cl.pictures++
		}
	} else {
		cl.packets[audioIndex]++
	}
	close(cl.changed)
	cl.changed = make(chan struct{})
}

// until waits until what the client has received satisfies ok.
func (cl *client) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		cl.mu.Lock()
		satisfied, changed := ok(), cl.changed
		audio, video := cl.packets[audioIndex], cl.packets[videoIndex]
		cl.mu.Unlock()
		if satisfied {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("%s: still waiting for %s with %d audio and %d video packets", cl.name, what, audio, video)
		}
	}
}

// more waits for so many further audio packets, 50 of which are a second.
func (cl *client) more(t *testing.T, n int) {
	t.Helper()
	cl.mu.Lock()
	want := cl.packets[audioIndex] + n
	cl.mu.Unlock()
	cl.until(t, "audio", func() bool { return cl.packets[audioIndex] >= want })
}

func (cl *client) offer(options *webrtc.OfferOptions) (string, error) {
	offer, err := cl.pc.CreateOffer(options)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(cl.pc)
	if err := cl.pc.SetLocalDescription(offer); err != nil {
		return "", err
	}
	<-gathered
	return cl.pc.LocalDescription().SDP, nil
}

func (cl *client) join(room *Room) (string, error) {
	offer, err := cl.offer(nil)
	if err != nil {
		return "", err
	}
	answer, err := room.Join(context.Background(), cl.name, offer)
	if err != nil {
		return "", err
	}
	return answer, cl.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
}

func (cl *client) close() {
	cl.once.Do(func() {
		close(cl.stop)
		_ = cl.pc.GracefulClose()
		cl.wg.Wait()
	})
}

// enter makes a client that sends a colour and joins the room.
func enter(t *testing.T, room *Room, name, colour string, others ...interceptor.Factory) *client {
	t.Helper()
	c, err := clipOf(colour, "320x240")
	if err != nil {
		t.Fatal(err)
	}
	cl, err := newClient(name, c, others...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.close)
	if _, err := cl.join(room); err != nil {
		t.Fatal(err)
	}
	return cl
}

// eventLog collects a room's events.
type eventLog struct {
	mu      sync.Mutex
	all     []Event
	changed chan struct{}
}

func newEventLog() *eventLog { return &eventLog{changed: make(chan struct{})} }

func (l *eventLog) add(e Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, e)
	close(l.changed)
	l.changed = make(chan struct{})
}

// count is how many events of this kind there were.
func (l *eventLog) count(kind EventKind) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, e := range l.all {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// wait returns the nth event (from 1) of this kind and participant.
func (l *eventLog) wait(t *testing.T, kind EventKind, participant string, nth int) Event {
	t.Helper()
	limit := time.After(20 * time.Second)
	for {
		l.mu.Lock()
		seen := 0
		for _, e := range l.all {
			if e.Kind == kind && e.Participant == participant {
				if seen++; seen == nth {
					l.mu.Unlock()
					return e
				}
			}
		}
		changed, all := l.changed, fmt.Sprint(l.all)
		l.mu.Unlock()
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("no %s of %q, number %d, among %s", kind, participant, nth, all)
		}
	}
}

func newTestServer(t *testing.T) *Server {
	t.Helper()
	s, err := NewServer(Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing the server: %v", err)
		}
	})
	return s
}

func openRoom(t *testing.T, s *Server) (*Room, *eventLog) {
	t.Helper()
	for _, colour := range []string{"red", "blue", "green"} { // made before the call's clock starts
		if _, err := clipOf(colour, "320x240"); err != nil {
			t.Fatal(err)
		}
	}
	log := newEventLog()
	room, err := s.Open(uuid.New(), RoomConfig{Dir: filepath.Join(t.TempDir(), "recordings"), Events: log.add})
	if err != nil {
		t.Fatal(err)
	}
	return room, log
}

// probed is what ffprobe says of a file.
type probed struct {
	Format  struct{ Duration string }
	Streams []struct {
		CodecName string `json:"codec_name"`
		CodecType string `json:"codec_type"`
		Width     int
		Height    int
		Packets   string `json:"nb_read_packets"`
	}
}

func probe(t *testing.T, path string) probed {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-count_packets", "-show_format", "-show_streams", "-of", "json", path).Output()
	if err != nil {
		t.Fatalf("ffprobe %s: %v", path, err)
	}
	var p probed
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p probed) duration(t *testing.T) time.Duration {
	t.Helper()
	seconds, err := strconv.ParseFloat(p.Format.Duration, 64)
	if err != nil {
		t.Fatalf("duration %q", p.Format.Duration)
	}
	return time.Duration(seconds * float64(time.Second))
}

func (p probed) kinds() string {
	var kinds []string
	for _, s := range p.Streams {
		kinds = append(kinds, s.CodecName)
	}
	return strings.Join(kinds, " ")
}

// decodes runs the whole file through ffmpeg's decoders, which must not complain.
// Times are passed through: else ffmpeg rounds a camera's times to a constant
// frame rate that it guesses, and complains of the result.
func decodes(t *testing.T, path string) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", path,
		"-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "null", "-").CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Fatalf("decoding %s: %v: %s", path, err, out)
	}
}

// volume is the mean level of the audio between two times, in dB.
func volume(t *testing.T, path string, from, length time.Duration) float64 {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "info", "-nostdin", "-ss", fmt.Sprint(from.Seconds()), "-t", fmt.Sprint(length.Seconds()), "-i", path,
		"-vn", "-af", "volumedetect", "-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("volume: %v: %s", err, out)
	}
	_, rest, ok := strings.Cut(string(out), "mean_volume: ")
	text, _, _ := strings.Cut(rest, " dB")
	db, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		t.Fatalf("no volume in %s", out)
	}
	return db
}

// colourAt is the middle pixel of the picture at a time, after seeking there.
func colourAt(t *testing.T, path string, at time.Duration) [3]byte {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-ss", fmt.Sprint(at.Seconds()), "-i", path, "-frames:v", "1",
		"-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-").Output()
	if err != nil || len(out) != 3 {
		t.Fatalf("picture at %s: %v, %d bytes", at, err, len(out))
	}
	return [3]byte(out)
}

var (
	red   = [3]byte{254, 0, 0}
	blue  = [3]byte{0, 0, 254}
	green = [3]byte{0, 127, 0} // ffmpeg's "green"
)

func near(a, b [3]byte) bool {
	for i := range a {
		if math.Abs(float64(a[i])-float64(b[i])) > 12 {
			return false
		}
	}
	return true
}

func middle(t *testing.T, picture []byte) ([3]byte, image.Rectangle) {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	r, g, b, _ := img.At(img.Bounds().Dx()/2, img.Bounds().Dy()/2).RGBA()
	return [3]byte{byte(r >> 8), byte(g >> 8), byte(b >> 8)}, img.Bounds()
}

func hashOf(t *testing.T, path string) [32]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}

// lossy loses every so many packets in both directions, repairs included.
type lossy struct {
	interceptor.NoOp
	every   int64
	out, in atomic.Int64
	lost    *atomic.Int64
}

type lossyFactory struct {
	every int64
	lost  atomic.Int64
}

func (f *lossyFactory) NewInterceptor(string) (interceptor.Interceptor, error) {
	return &lossy{every: f.every, lost: &f.lost}, nil
}

func (l *lossy) BindLocalStream(_ *interceptor.StreamInfo, to interceptor.RTPWriter) interceptor.RTPWriter {
	return interceptor.RTPWriterFunc(func(h *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
		if l.out.Add(1)%l.every == 0 {
			l.lost.Add(1)
			return len(payload), nil
		}
		return to.Write(h, payload, a)
	})
}

func (l *lossy) BindRemoteStream(_ *interceptor.StreamInfo, from interceptor.RTPReader) interceptor.RTPReader {
	return interceptor.RTPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		for {
			n, attributes, err := from.Read(b, a)
			if err != nil || l.in.Add(1)%l.every != 0 {
				return n, attributes, err
			}
			l.lost.Add(1)
		}
	})
}
