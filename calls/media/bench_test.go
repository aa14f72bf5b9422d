package media

import (
	"encoding/binary"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// One call's load, each way: 50 Opus and 80 VP8 packets a second, 632 kbit/s of
// video.
const (
	benchCalls = 5
	benchTime  = 3 * time.Second
	videoBytes = 632_000 / 8 / 80
)

// BenchmarkForward compares the processor time of recorded calls through a Room
// with the floor: the same clients through one PeerConnection a participant, an
// empty interceptor registry and TrackLocalStaticRTP.Write, nothing recorded.
// Clients and server share the process, so both figures contain the clients:
// "ratio" is the ratio of the two, and understates the server's own.
func BenchmarkForward(b *testing.B) {
	var room, floor, forwarded float64
	for b.Loop() {
		f, _ := measure(b, joinFloor(b))
		r, n := measure(b, joinRooms(b))
		room, floor, forwarded = room+r, floor+f, forwarded+n
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(room/floor, "ratio")
	b.ReportMetric(room/forwarded*1e6, "ours-µs/packet")
	b.ReportMetric(floor/forwarded*1e6, "floor-µs/packet")
}

// calls is a set of running calls: join lets a client into a call.
type calls struct {
	join  func(call int, name, offer string) (string, error)
	close func()
}

// measure runs the load and returns the processor seconds used while all calls
// stand, and the packets that arrived.
func measure(b *testing.B, c calls) (seconds, packets float64) {
	b.Helper()
	defer c.close()
	var arrived, connected atomic.Int64
	var wg sync.WaitGroup
	stop := make(chan struct{})
	ready := make(chan struct{}, 2*benchCalls)
	for call := range benchCalls {
		for _, name := range []string{"agent", "customer"} {
			pc := benchClient(b, &arrived, func() { connected.Add(1); ready <- struct{}{} }, stop, &wg)
			offer, err := pc.CreateOffer(nil)
			if err != nil {
				b.Fatal(err)
			}
			gathered := webrtc.GatheringCompletePromise(pc)
			if err := pc.SetLocalDescription(offer); err != nil {
				b.Fatal(err)
			}
			<-gathered
			answer, err := c.join(call, name, pc.LocalDescription().SDP)
			if err != nil {
				b.Fatal(err)
			}
			if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
				b.Fatal(err)
			}
			defer func() { _ = pc.GracefulClose() }()
		}
	}
	for range 2 * benchCalls {
		select {
		case <-ready:
		case <-time.After(20 * time.Second):
			b.Fatalf("%d of %d connected", connected.Load(), 2*benchCalls)
		}
	}
	before, cpu := arrived.Load(), processorTime(b)
	<-time.After(benchTime)
	seconds, packets = processorTime(b)-cpu, float64(arrived.Load()-before)
	close(stop)
	wg.Wait()
	if want := float64(benchCalls*2*130) * benchTime.Seconds() * 0.9; packets < want {
		b.Fatalf("%.0f packets arrived, want %.0f", packets, want)
	}
	return seconds, packets
}

func processorTime(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

func benchAPI(b *testing.B, settings webrtc.SettingEngine) *webrtc.API {
	settings.SetIncludeLoopbackCandidate(true)
	media := &webrtc.MediaEngine{}
	for kind, codec := range map[webrtc.RTPCodecType]webrtc.RTPCodecParameters{
		webrtc.RTPCodecTypeAudio: {RTPCodecCapability: opusCodec, PayloadType: 111},
		webrtc.RTPCodecTypeVideo: {RTPCodecCapability: vp8Codec, PayloadType: 96},
	} {
		if err := media.RegisterCodec(codec, kind); err != nil {
			b.Fatal(err)
		}
	}
	return webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(&interceptor.Registry{}), webrtc.WithSettingEngine(settings))
}

// benchClient sends the load without encoding anything: a key frame of one
// packet each time, so that the recorder has frames to write.
func benchClient(b *testing.B, arrived *atomic.Int64, ready func(), stop <-chan struct{}, wg *sync.WaitGroup) *webrtc.PeerConnection {
	b.Helper()
	settings := webrtc.SettingEngine{}
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	pc, err := benchAPI(b, settings).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		b.Fatal(err)
	}
	var tracks [2]*webrtc.TrackLocalStaticRTP
	for i, codec := range []webrtc.RTPCodecCapability{opusCodec, vp8Codec} {
		if tracks[i], err = webrtc.NewTrackLocalStaticRTP(codec, string(kindOf(i)), "bench"); err != nil {
			b.Fatal(err)
		}
		if _, err := pc.AddTrack(tracks[i]); err != nil {
			b.Fatal(err)
		}
	}
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		buf := make([]byte, receiveMTU)
		for {
			if _, _, err := track.Read(buf); err != nil {
				return
			}
			arrived.Add(1)
		}
	})
	var once sync.Once
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s != webrtc.PeerConnectionStateConnected {
			return
		}
		once.Do(func() {
			ready()
			wg.Go(func() { benchSend(tracks, stop) })
		})
	})
	return pc
}

func benchSend(tracks [2]*webrtc.TrackLocalStaticRTP, stop <-chan struct{}) {
	audio := make([]byte, 80)
	audio[0] = 0xf8
	video := make([]byte, videoBytes)
	copy(video, []byte{0x10, 0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0})
	tick := time.NewTicker(50 * time.Millisecond) // 20 a second, as bursts: the same for both sides
	defer tick.Stop()
	var seq [2]uint16
	var at [2]uint32
	send := func(index int, payload []byte, step uint32) {
		seq[index]++
		at[index] += step
		_ = tracks[index].WriteRTP(&rtp.Packet{
			Header:  rtp.Header{Version: 2, Marker: true, SequenceNumber: seq[index], Timestamp: at[index]},
			Payload: payload,
		})
	}
	for n := 0; ; n++ {
		select {
		case <-tick.C:
		case <-stop:
			return
		}
		for range 2 + n%2 { // 50 a second
			binary.BigEndian.PutUint16(audio[2:], seq[0])
			send(audioIndex, audio, 960)
		}
		for range 4 {
			send(videoIndex, video, 90000/80)
		}
	}
}

func joinRooms(b *testing.B) calls {
	b.Helper()
	s, err := NewServer(Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true})
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	var rooms [benchCalls]*Room
	for i := range rooms {
		id := uuid.New()
		if rooms[i], err = s.Open(id, RoomConfig{Dir: filepath.Join(dir, id.String())}); err != nil {
			b.Fatal(err)
		}
	}
	return calls{
		join: func(call int, name, offer string) (string, error) { return rooms[call].Join(b.Context(), name, offer) },
		close: func() {
			for _, room := range rooms {
				recordings, err := room.Close(b.Context())
				if err != nil || len(recordings) != 2 || recordings[0].Duration < benchTime-500*time.Millisecond {
					b.Fatalf("recordings %v, %v", recordings, err)
				}
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		},
	}
}

// joinFloor is the least that a server in Pion can do.
func joinFloor(b *testing.B) calls {
	b.Helper()
	s, err := NewServer(Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true})
	if err != nil {
		b.Fatal(err)
	}
	settings := webrtc.SettingEngine{}
	settings.SetICEUDPMux(s.mux)
	api := benchAPI(b, settings)
	type side struct {
		pc  *webrtc.PeerConnection
		out [2]*webrtc.TrackLocalStaticRTP
	}
	var mu sync.Mutex
	sides := map[int][]*side{}
	var all []*webrtc.PeerConnection
	return calls{
		join: func(call int, _, offer string) (string, error) {
			pc, err := api.NewPeerConnection(webrtc.Configuration{Certificates: []webrtc.Certificate{s.cert}})
			if err != nil {
				return "", err
			}
			me := &side{pc: pc}
			for i, codec := range []webrtc.RTPCodecCapability{opusCodec, vp8Codec} {
				if me.out[i], err = webrtc.NewTrackLocalStaticRTP(codec, string(kindOf(i)), "floor"); err != nil {
					return "", err
				}
				if _, err := pc.AddTrack(me.out[i]); err != nil {
					return "", err
				}
			}
			mu.Lock()
			sides[call], all = append(sides[call], me), append(all, pc)
			mu.Unlock()
			pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
				index := audioIndex
				if track.Kind() == webrtc.RTPCodecTypeVideo {
					index = videoIndex
				}
				var other *side
				buf := make([]byte, receiveMTU)
				for {
					n, _, err := track.Read(buf)
					if err != nil {
						return
					}
					if other == nil { // not there yet when the first packets come
						mu.Lock()
						for _, s := range sides[call] {
							if s != me {
								other = s
							}
						}
						mu.Unlock()
					}
					if other != nil {
						_, _ = other.out[index].Write(buf[:n])
					}
				}
			})
			if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
				return "", err
			}
			answer, err := pc.CreateAnswer(nil)
			if err != nil {
				return "", err
			}
			gathered := webrtc.GatheringCompletePromise(pc)
			if err := pc.SetLocalDescription(answer); err != nil {
				return "", err
			}
			<-gathered
			return pc.LocalDescription().SDP, nil
		},
		close: func() {
			for _, pc := range all {
				_ = pc.GracefulClose()
			}
			if err := s.Close(); err != nil {
				b.Fatal(err)
			}
		},
	}
}
