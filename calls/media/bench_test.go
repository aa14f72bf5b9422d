package media

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/transport/v4/packetio"
	"github.com/pion/webrtc/v4"
)

// One call's load, each way: 50 Opus and 80 VP8 packets a second, 632 kbit/s of
// video.
const (
	benchTime  = 4 * time.Second
	benchBegin = 2500 * time.Millisecond // before that recordings are opened, a second after their first packet: once a call
	videoBytes = 632_000 / 8 / 80
	benchEnv   = "VISAVIS_MEDIA_BENCH_SERVER"
	benchLimit = 3 * time.Minute // of one run; then all goroutines are printed
	maxBurst   = 80              // steps that a sender makes up for at a time: a second
)

// benchHTTP asks a server process; one that hangs is not waited for.
var benchHTTP = &http.Client{Timeout: 30 * time.Second}

// The server runs in a process of its own, on two of the processors; what it
// costs is its own processor time and memory, without the clients.
//
// The floor is the least that a server in Pion can be: one PeerConnection a
// participant, an empty interceptor registry, TrackLocalStaticRTP.Write, nothing
// recorded.
const (
	sideOurs  = "ours"
	sideBare  = "bare" // ours, with the recordings going nowhere
	sideFloor = "floor"
)

// BenchmarkForward compares recorded calls with the floor: "ratio" is of
// processor time a call, "p99-ratio" of forwarding.
func BenchmarkForward(b *testing.B) {
	for _, n := range []int{25, 50} {
		b.Run(strconv.Itoa(n)+"calls", func(b *testing.B) { benchForward(b, n, 3, sideFloor, sideOurs) })
	}
}

// BenchmarkRecording is what recording costs, encrypted as it always is by a
// gateway: "ratio" is that of calls that are recorded to the same that are not. As
// forwarding costs half of the floor, "of-floor" relates the difference to what a
// server in Pion costs.
func BenchmarkRecording(b *testing.B) {
	var ratios, ofFloor []float64
	var bare, ours []usage
	for b.Loop() {
		for range 5 {
			f, n, o := benchCalls(b, sideFloor, 25), benchCalls(b, sideBare, 25), benchCalls(b, sideOurs, 25)
			bare, ours = append(bare, n), append(ours, o)
			ratios, ofFloor = append(ratios, o.CPU/n.CPU), append(ofFloor, (o.CPU-n.CPU)/f.CPU)
		}
	}
	slices.Sort(ratios)
	slices.Sort(ofFloor)
	n, o := medianUsage(bare), medianUsage(ours)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(ratios[0], "ratio-low")
	b.ReportMetric(ratios[len(ratios)-1], "ratio-high")
	b.ReportMetric(100*ofFloor[len(ofFloor)/2], "ours-extra-%of-floor")
	b.ReportMetric(o.P99/n.P99, "p99-ratio")
	for name, u := range map[string]usage{"floor": n, "ours": o} {
		b.ReportMetric(u.CPU*100, name+"-%core/call")
		b.ReportMetric(u.Memory, name+"-MB/call")
		b.ReportMetric(float64(u.Lost), name+"-lost")
		b.ReportMetric(float64(u.Drops), name+"-unread")
		b.ReportMetric(float64(u.Own), name+"-unread-by-the-load")
		b.ReportMetric(u.P99*1e3, name+"-p99-ms")
	}
}

// BenchmarkHundred holds that none of the packets of 100 calls is lost by us.
func BenchmarkHundred(b *testing.B) { benchForward(b, 100, 1, sideFloor, sideOurs) }

func benchForward(b *testing.B, n, rounds int, floorSide, oursSide string) {
	var ratios []float64
	var floor, ours []usage
	for b.Loop() {
		for range rounds {
			f, o := benchCalls(b, floorSide, n), benchCalls(b, oursSide, n)
			floor, ours, ratios = append(floor, f), append(ours, o), append(ratios, o.CPU/f.CPU)
		}
	}
	slices.Sort(ratios)
	f, o := medianUsage(floor), medianUsage(ours)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(ratios[0], "ratio-low")
	b.ReportMetric(ratios[len(ratios)-1], "ratio-high")
	b.ReportMetric(o.P99/f.P99, "p99-ratio")
	for name, u := range map[string]usage{"floor": f, "ours": o} {
		b.ReportMetric(u.CPU*100, name+"-%core/call")
		b.ReportMetric(u.Memory, name+"-MB/call")
		b.ReportMetric(float64(u.Lost), name+"-lost")
		b.ReportMetric(float64(u.Drops), name+"-unread")
		b.ReportMetric(float64(u.Own), name+"-unread-by-the-load")
		b.ReportMetric(u.P50*1e3, name+"-p50-ms")
		b.ReportMetric(u.P99*1e3, name+"-p99-ms")
	}
}

// BenchmarkJoin measures from the request to join to the first video that comes,
// for both sides of a call, one call after the other and 40 participants at once.
func BenchmarkJoin(b *testing.B) {
	p50, p99 := map[string]float64{}, map[string]float64{}
	for b.Loop() {
		for _, side := range []string{sideFloor, sideOurs} {
			s := startBenchServer(b, side)
			var one []float64
			for call := range 20 {
				one = append(one, joinAtOnce(b, s, call, 1)...)
			}
			storm := joinAtOnce(b, s, 100, 20)
			s.stop()
			slices.Sort(one)
			slices.Sort(storm)
			p50[side], p99[side] = one[len(one)/2], storm[len(storm)*99/100]
			b.ReportMetric(p50[side]*1e3, side+"-p50-ms")
			b.ReportMetric(p99[side]*1e3, side+"-storm-p99-ms")
		}
	}
	b.ReportMetric(p50[sideOurs]/p50[sideFloor], "ratio")
	b.ReportMetric(p99[sideOurs]/p99[sideFloor], "p99-ratio")
	b.ReportMetric(0, "ns/op")
}

// usage is what a run came to, a call and a second.
type usage struct {
	CPU      float64 // seconds of processor
	Memory   float64 // MB of resident memory
	P50, P99 float64 // seconds from sender to receiver
	Lost     int64   // packets, of all calls
	Drops    int64   // of them by the kernel before the server read them
	Own      int64   // and before the load generator did
}

func medianUsage(all []usage) usage {
	pick := func(of func(usage) float64) float64 {
		v := make([]float64, len(all))
		for i, u := range all {
			v[i] = of(u)
		}
		slices.Sort(v)
		return v[len(v)/2]
	}
	u := usage{CPU: pick(func(u usage) float64 { return u.CPU }), Memory: pick(func(u usage) float64 { return u.Memory }),
		P50: pick(func(u usage) float64 { return u.P50 }), P99: pick(func(u usage) float64 { return u.P99 })}
	for _, one := range all {
		u.Lost += one.Lost
		u.Drops += one.Drops
		u.Own += one.Own
	}
	return u
}

// benchCalls runs n calls through a server and measures it while all stand.
func benchCalls(b *testing.B, side string, n int) usage {
	b.Helper()
	watchdog := time.AfterFunc(benchLimit, func() {
		buf := make([]byte, 4<<20)
		panic(fmt.Sprintf("a run of %s with %d calls takes more than %s:\n%s", side, n, benchLimit, buf[:runtime.Stack(buf, true)]))
	})
	defer watchdog.Stop()
	s := startBenchServer(b, side)
	defer s.stop()
	idle := s.spent()
	load := &benchLoad{stop: make(chan struct{})}
	clients := make([]*benchPeer, 2*n)
	for i := range clients {
		clients[i] = newBenchPeer(b, load)
	}
	defer func() {
		for _, c := range clients {
			_ = c.pc.GracefulClose()
		}
	}()
	for i, c := range clients {
		c.join(b, s, i/2, []string{"agent", "customer"}[i%2])
	}
	for _, c := range clients {
		c.waitFor(b, c.connected)
	}
	for _, c := range clients {
		load.run(c)
	}
	for _, c := range clients {
		c.waitFor(b, c.first)
	}
	<-time.After(benchBegin)
	load.measuring.Store(true)
	before, ownDrops := s.spent(), udpDrops()
	if file := os.Getenv("VISAVIS_MEDIA_BENCH_PROFILE"); file != "" {
		go s.profile(file + side)
	}
	<-time.After(benchTime)
	after := s.spent()
	load.measuring.Store(false)
	missing := func() (n int64) {
		for i, c := range clients {
			n += clients[i^1].sent.Load() - c.received.Load()
		}
		return n
	}
	for still, last := 0, missing(); last > 0 && still < 20; { // what is under way, as long as some of it comes
		<-time.After(100 * time.Millisecond)
		if now := missing(); now < last {
			still, last = 0, now
		} else {
			still++
		}
	}
	close(load.stop)
	load.senders.Wait()
	dropped := s.spent().Drops - before.Drops
	u := usage{Lost: missing(), Drops: dropped, Own: udpDrops() - ownDrops, CPU: (after.CPU - before.CPU) / benchTime.Seconds() / float64(n), Memory: float64(after.RSS-idle.RSS) / (1 << 20) / float64(n)}
	var took []float64
	for _, c := range clients {
		c.mu.Lock()
		took = append(took, c.took...)
		c.mu.Unlock()
	}
	slices.Sort(took)
	if want := float64(n*2*130) * benchTime.Seconds() * 0.9; float64(len(took)) < want {
		b.Fatalf("%s: %d packets arrived in time, want %.0f", side, len(took), want)
	}
	u.P50, u.P99 = took[len(took)/2], took[len(took)*99/100]
	return u
}

// joinAtOnce has the participants of so many calls join together, and returns how
// long each took from its request to its first video packet.
func joinAtOnce(b *testing.B, s *benchServer, from, calls int) []float64 {
	b.Helper()
	load := &benchLoad{stop: make(chan struct{})}
	clients := make([]*benchPeer, 2*calls)
	var wg sync.WaitGroup
	for i := range clients {
		clients[i] = newBenchPeer(b, load)
		clients[i].prepare(b)
	}
	for i, c := range clients {
		wg.Go(func() {
			c.asked = time.Now()
			c.join(b, s, from+i/2, []string{"agent", "customer"}[i%2])
			c.waitFor(b, c.connected)
			load.run(c)
			c.waitFor(b, c.first)
		})
	}
	wg.Wait()
	close(load.stop)
	load.senders.Wait()
	var took []float64
	for _, c := range clients {
		took = append(took, c.firstAt.Sub(c.asked).Seconds())
		_ = c.pc.GracefulClose()
	}
	return took
}

// benchLoad is what all clients of a run share.
type benchLoad struct {
	stop      chan struct{}
	senders   sync.WaitGroup
	measuring atomic.Bool
	phase     atomic.Int64
}

// run sends the load, evenly: what is due each 12.5 ms.
func (l *benchLoad) run(c *benchPeer) {
	const step = 12500 * time.Microsecond
	phase := time.Duration(l.phase.Add(1)) * 1700 * time.Microsecond % step
	l.senders.Go(func() {
		audio, video := make([]byte, 80), make([]byte, videoBytes)
		audio[0] = 0xf8
		copy(video, []byte{0x10, 0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0}) // a key frame each, for the recorder
		var seq [2]uint16
		send := func(index int, payload []byte, timestamp uint32) {
			seq[index]++
			binary.BigEndian.PutUint64(payload[20:], uint64(time.Since(benchZero)))
			payload[28] = 0
			if l.measuring.Load() { // what is under way at both ends of the time counts on both sides
				payload[28] = 1
				c.sent.Add(1)
			}
			_ = c.tracks[index].WriteRTP(&rtp.Packet{
				Header:  rtp.Header{Version: 2, Marker: true, SequenceNumber: seq[index], Timestamp: timestamp},
				Payload: payload,
			})
		}
		began, n, heard := time.Now().Add(phase), 0, 0
		timer := time.NewTimer(phase)
		defer timer.Stop()
		for {
			select {
			case <-timer.C:
			case <-l.stop:
				return
			}
			// A machine that cannot send what is due would never catch up: so much at
			// a time, then the stop is looked for again. (Else the benchmark hung.)
			for due := n + maxBurst; n < due && time.Since(began) >= time.Duration(n)*step; n++ {
				send(videoIndex, video, uint32(n*1125))
				for ; heard*8 <= n*5; heard++ {
					send(audioIndex, audio, uint32(heard*960))
				}
			}
			timer.Reset(time.Until(began.Add(time.Duration(n) * step)))
		}
	})
}

var benchZero = time.Now()

// benchPeer is a cheap participant: it sends ready packets and counts what comes.
type benchPeer struct {
	pc               *webrtc.PeerConnection
	load             *benchLoad
	tracks           [2]*webrtc.TrackLocalStaticRTP
	connected, first chan struct{}
	once             sync.Once
	asked, firstAt   time.Time
	sent, received   atomic.Int64
	offer            string

	mu   sync.Mutex
	took []float64
}

func newBenchPeer(b testing.TB, load *benchLoad) *benchPeer {
	b.Helper()
	c := &benchPeer{load: load, connected: make(chan struct{}), first: make(chan struct{})}
	settings := webrtc.SettingEngine{}
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.BufferFactory = func(kind packetio.BufferPacketType, _ uint32) io.ReadWriteCloser {
		return &benchSink{c: c, rtcp: kind == packetio.RTCPBufferPacket, closed: make(chan struct{})}
	}
	var err error
	if c.pc, err = benchAPI(settings).NewPeerConnection(webrtc.Configuration{}); err != nil {
		b.Fatal(err)
	}
	for i, codec := range []webrtc.RTPCodecCapability{opusCodec, vp8Codec} {
		if c.tracks[i], err = webrtc.NewTrackLocalStaticRTP(codec, string(kindOf(i)), "bench"); err != nil {
			b.Fatal(err)
		}
		if _, err := c.pc.AddTrack(c.tracks[i]); err != nil {
			b.Fatal(err)
		}
	}
	var once sync.Once
	c.pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			once.Do(func() { close(c.connected) })
		}
	})
	return c
}

// benchSink counts packets where they are decrypted.
type benchSink struct {
	c      *benchPeer
	rtcp   bool
	once   sync.Once
	closed chan struct{}
}

func (s *benchSink) Read([]byte) (int, error) { <-s.closed; return 0, io.EOF }
func (s *benchSink) Close() error             { s.once.Do(func() { close(s.closed) }); return nil }

func (s *benchSink) Write(p []byte) (int, error) {
	h, payload, ok := parseRTP(p)
	if s.rtcp || !ok || len(payload) < 29 {
		return len(p), nil
	}
	c := s.c
	if payload[28] == 1 {
		c.received.Add(1)
	}
	if h.pt == 96 {
		c.once.Do(func() { c.firstAt = time.Now(); close(c.first) })
	}
	if c.load.measuring.Load() {
		c.mu.Lock()
		c.took = append(c.took, (time.Since(benchZero) - time.Duration(binary.BigEndian.Uint64(payload[20:]))).Seconds())
		c.mu.Unlock()
	}
	return len(p), nil
}

func benchAPI(settings webrtc.SettingEngine) *webrtc.API {
	settings.SetIncludeLoopbackCandidate(true)
	media := &webrtc.MediaEngine{}
	for kind, codec := range map[webrtc.RTPCodecType]webrtc.RTPCodecParameters{
		webrtc.RTPCodecTypeAudio: {RTPCodecCapability: opusCodec, PayloadType: 111},
		webrtc.RTPCodecTypeVideo: {RTPCodecCapability: vp8Codec, PayloadType: 96},
	} {
		if err := media.RegisterCodec(codec, kind); err != nil {
			panic(err)
		}
	}
	return webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(&interceptor.Registry{}), webrtc.WithSettingEngine(settings))
}

func (c *benchPeer) prepare(b testing.TB) {
	offer, err := c.pc.CreateOffer(nil)
	if err != nil {
		b.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(c.pc)
	if err := c.pc.SetLocalDescription(offer); err != nil {
		b.Fatal(err)
	}
	<-gathered
	c.offer = c.pc.LocalDescription().SDP
}

func (c *benchPeer) join(b *testing.B, s *benchServer, call int, name string) {
	if c.offer == "" {
		c.prepare(b)
	}
	response, err := benchHTTP.Post(fmt.Sprintf("%s/join?call=%d&who=%s", s.url, call, name), "application/sdp", strings.NewReader(c.offer))
	if err != nil {
		b.Error(err)
		return
	}
	answer, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err == nil && response.StatusCode == http.StatusOK {
		err = c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer)})
	}
	if err != nil || response.StatusCode != http.StatusOK {
		b.Errorf("joining: %v, %s", err, answer)
	}
}

func (c *benchPeer) waitFor(b testing.TB, ch chan struct{}) {
	select {
	case <-ch:
	case <-time.After(20 * time.Second):
		b.Error("a participant waited for 20 s")
	}
}
