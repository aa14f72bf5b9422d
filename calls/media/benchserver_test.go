package media

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/pprof"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"github.com/pion/webrtc/v4"
)

// spent is what a server process has used.
type spent struct {
	CPU   float64
	RSS   int64
	Drops int64 // datagrams that came and were not read
}

// udpDrops is how many datagrams the kernel has dropped that were for a socket of this
// process, because its buffer was full.
func udpDrops() (n int64) {
	ours := map[string]bool{}
	fds, _ := os.ReadDir("/proc/self/fd")
	for _, fd := range fds {
		if at, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(at, "socket:[") {
			ours[strings.Trim(at, "socket:[]")] = true
		}
	}
	for _, name := range []string{"/proc/net/udp", "/proc/net/udp6"} {
		table, _ := os.ReadFile(name)
		for line := range strings.Lines(string(table)) {
			if f := strings.Fields(line); len(f) > 12 && ours[f[9]] {
				drops, _ := strconv.ParseInt(f[len(f)-1], 10, 64)
				n += drops
			}
		}
	}
	return n
}

type benchServer struct {
	b   *testing.B
	cmd *exec.Cmd
	url string
}

func startBenchServer(b *testing.B, side string) *benchServer {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchEnv+"="+side, "GOMAXPROCS=2", "VISAVIS_MEDIA_BENCH_DIR="+b.TempDir())
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return &benchServer{b: b, cmd: cmd, url: strings.TrimSpace(line)}
}

func (s *benchServer) spent() (u spent) {
	response, err := benchHTTP.Get(s.url + "/spent")
	if err != nil {
		s.b.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&u); err != nil {
		s.b.Fatal(err)
	}
	return u
}

// profile writes a profile of the processor time of the run.
func (s *benchServer) profile(file string) {
	response, err := benchHTTP.Get(s.url + "/profile?seconds=3")
	if err != nil {
		return
	}
	defer response.Body.Close()
	if data, err := io.ReadAll(response.Body); err == nil {
		_ = os.WriteFile(file, data, 0o600)
	}
}

// stop kills the process: what it would still write is of no interest.
func (s *benchServer) stop() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// serveBench is the server process.
func serveBench(side string) error {
	join := joinRooms(side)
	if side == sideFloor {
		join = joinFloor()
	}
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/profile" { // go tool pprof http://…/profile, to look into a side
			pprof.Profile(w, r)
			return
		}
		if r.URL.Path == "/spent" {
			var u syscall.Rusage
			_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
			statm, _ := os.ReadFile("/proc/self/statm")
			fields := strings.Fields(string(statm))
			pages, _ := strconv.ParseInt(fields[1], 10, 64)
			_ = json.NewEncoder(w).Encode(spent{time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds(), pages * int64(os.Getpagesize()), udpDrops()})
			return
		}
		offer, err := io.ReadAll(r.Body)
		if err == nil {
			var answer string
			if answer, err = join(r.URL.Query().Get("call"), r.URL.Query().Get("who"), string(offer)); err == nil {
				_, _ = io.WriteString(w, answer)
				return
			}
		}
		http.Error(w, err.Error(), http.StatusBadRequest)
	}))
	debug.FreeOSMemory()
	fmt.Println(web.URL)
	select {}
}

func joinRooms(side string) func(call, name, offer string) (string, error) {
	s, err := NewServer(Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true})
	if err != nil {
		panic(err)
	}
	var mu sync.Mutex
	rooms := map[string]*Room{}
	return func(call, name, offer string) (string, error) {
		mu.Lock()
		room := rooms[call]
		if room == nil {
			var err error
			if room, err = s.Open(uuid.New(), RoomConfig{Dir: filepath.Join(os.Getenv("VISAVIS_MEDIA_BENCH_DIR"), side+call),
				Key: func(string) (*age.X25519Identity, error) { return age.GenerateX25519Identity() }}); err != nil {
				mu.Unlock()
				return "", err
			}
			rooms[call] = room
		}
		mu.Unlock()
		who, err := room.enter(Party{Name: name, Role: Role(name), Mode: Join, Record: side != sideBare})
		if err != nil {
			return "", err
		}
		return room.Join(context.Background(), who.name, offer)
	}
}

// joinFloor is the least that a server in Pion can do.
func joinFloor() func(call, name, offer string) (string, error) {
	s, err := NewServer(Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true})
	if err != nil {
		panic(err)
	}
	settings := webrtc.SettingEngine{}
	settings.SetICEUDPMux(s.mux)
	api := benchAPI(settings)
	type side struct {
		pc  *webrtc.PeerConnection
		out [2]*webrtc.TrackLocalStaticRTP
	}
	var mu sync.Mutex
	sides := map[string][]*side{}
	return func(call, _, offer string) (string, error) {
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
		sides[call] = append(sides[call], me)
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
	}
}
