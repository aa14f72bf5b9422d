package media

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"
)

const helperEnv = "VISAVIS_MEDIA_TEST_RECORD_INTO"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperEnv); dir != "" {
		if err := recordForever(dir); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
	}
	goleak.VerifyTestMain(m)
}

func TestCall(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	room, log := openRoom(t, s)
	if again, err := s.Open(room.ID(), RoomConfig{}); err != nil || again != room {
		t.Fatalf("opening again gave %v, %v", again, err)
	}
	agent := enter(t, room, "agent", "blue")
	if offer := agent.pc.RemoteDescription().SDP; !strings.Contains(offer, fmt.Sprintf(" 127.0.0.1 %d typ host", s.Addr().Port)) {
		t.Fatalf("the answer does not name the one port %d:\n%s", s.Addr().Port, offer)
	}
	customer := enter(t, room, "customer", "red")
	if _, err := room.Join(context.Background(), "third", agent.pc.LocalDescription().SDP); !errors.Is(err, ErrFull) {
		t.Fatalf("a third participant got %v", err)
	}
	for _, name := range []string{"agent", "customer"} {
		log.wait(t, Connected, name, 1)
		log.wait(t, MediaStarted, name, 2)
	}

	// Each sees the other's picture and nothing but it, whole.
	for _, c := range []struct {
		who    *client
		colour [3]byte
	}{{agent, red}, {customer, blue}} {
		c.who.until(t, "a picture", func() bool { return c.who.pictures > 0 })
		c.who.mu.Lock()
		picture := c.who.picture
		c.who.mu.Unlock()
		still, err := decodeStill(keyFrame{data: picture})
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := middle(t, still.JPEG); !near(got, c.colour) {
			t.Errorf("%s received colour %v, want %v", c.who.name, got, c.colour)
		}
	}
	agent.more(t, 100)

	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	before := room.Offset()
	still, err := room.Still(ctx, "customer")
	if err != nil {
		t.Fatal(err)
	}
	got, bounds := middle(t, still.JPEG)
	if !near(got, red) || still.Width != 320 || still.Height != 240 || bounds.Dx() != 320 || bounds.Dy() != 240 {
		t.Errorf("still of %d×%d, %v, colour %v", still.Width, still.Height, bounds, got)
	}
	if still.Offset < before-300*time.Millisecond || still.Offset > room.Offset() {
		t.Errorf("still at %s, asked at %s, now %s", still.Offset, before, room.Offset())
	}
	if _, err := room.Still(ctx, "nobody"); !errors.Is(err, ErrNotJoined) {
		t.Errorf("a still of nobody gave %v", err)
	}
	agent.more(t, 100)
	customer.more(t, 50)

	for _, st := range room.Stats() {
		if !st.Connected || st.Audio.Packets < 150 || st.Video.Packets < 75 || st.Video.Bytes == 0 || st.Audio.Lost > 5 || st.Recorded == 0 ||
			time.Since(st.Audio.LastPacket) > 5*time.Second {
			t.Errorf("stats %+v", st)
		}
	}
	for _, cl := range []*client{agent, customer} {
		cl.mu.Lock()
		if cl.jumps != 0 || cl.backward != 0 || len(cl.ssrcs) != 2 {
			t.Errorf("%s: %d jumps, %d backward, %d streams", cl.name, cl.jumps, cl.backward, len(cl.ssrcs))
		}
		cl.mu.Unlock()
	}

	end := room.Offset()
	recordings, err := room.Close(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(recordings) != 2 || recordings[0].Participant != "agent" || recordings[1].Participant != "customer" {
		t.Fatalf("recordings %+v", recordings)
	}
	for i, r := range recordings {
		checkRecording(t, r)
		if r.Err != nil || r.Offset < 0 || r.Offset > 2*time.Second {
			t.Errorf("%s: offset %s, error %v", r.Participant, r.Offset, r.Err)
		}
		if apart := (r.Offset + r.Duration - end).Abs(); apart > 300*time.Millisecond {
			t.Errorf("%s ends at %s, the call at %s", r.Participant, r.Offset+r.Duration, end)
		}
		want := [][3]byte{blue, red}[i]
		for _, at := range []time.Duration{0, r.Duration / 2, r.Duration - time.Second} {
			if got := colourAt(t, r.Path, at); !near(got, want) {
				t.Errorf("%s at %s: colour %v, want %v", r.Participant, at, got, want)
			}
		}
		if db := volume(t, r.Path, time.Second, time.Second); db < -40 {
			t.Errorf("%s: %f dB", r.Participant, db)
		}
		if stat, err := os.Stat(r.Path); err != nil || stat.Mode() != 0o600 {
			t.Errorf("mode %v, %v", stat.Mode(), err)
		}
	}
	if stat, err := os.Stat(filepath.Dir(recordings[0].Path)); err != nil || stat.Mode().Perm() != 0o700 {
		t.Errorf("folder mode %v, %v", stat.Mode(), err)
	}

	// Afterwards.
	if again, err := room.Close(context.Background()); err != nil || len(again) != 2 {
		t.Errorf("closing again gave %d, %v", len(again), err)
	}
	if _, ok := s.Room(room.ID()); ok {
		t.Error("the server still has the room")
	}
	if _, err := room.Join(context.Background(), "agent", agent.pc.LocalDescription().SDP); !errors.Is(err, ErrClosed) {
		t.Errorf("joining afterwards gave %v", err)
	}
	if _, err := room.Still(context.Background(), "customer"); err == nil {
		t.Error("a still afterwards")
	}
	if _, err := s.Open(room.ID(), RoomConfig{Dir: filepath.Dir(recordings[0].Path), Part: 1}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the same part again gave %v", err)
	}
}

// checkRecording measures a finished file from outside.
func checkRecording(t *testing.T, r Recording) {
	t.Helper()
	p := probe(t, r.Path)
	if p.kinds() != "vp8 opus" || !r.HasAudio || !r.HasVideo {
		t.Errorf("%s: streams %q, audio %t, video %t", r.Path, p.kinds(), r.HasAudio, r.HasVideo)
	}
	if apart := (p.duration(t) - r.Duration).Abs(); apart > 20*time.Millisecond {
		t.Errorf("%s: ffprobe says %s, we %s", r.Path, p.duration(t), r.Duration)
	}
	decodes(t, r.Path)
	if r.SHA256 != hashOf(t, r.Path) {
		t.Errorf("%s: another SHA-256", r.Path)
	}
	if stat, err := os.Stat(r.Path); err != nil || stat.Size() != r.Bytes {
		t.Errorf("%s: %d bytes, said %d", r.Path, stat.Size(), r.Bytes)
	}
}

func TestReloadContinuesTheRecording(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	room, log := openRoom(t, s)
	agent := enter(t, room, "agent", "blue")
	customer := enter(t, room, "customer", "red")
	log.wait(t, MediaStarted, "customer", 2)
	agent.more(t, 100)
	reloaded := room.Offset()
	customer.close()
	log.wait(t, Disconnected, "customer", 1)

	// The agent is alone for a second; its own recording goes on.
	lonely := room.Offset() + time.Second
	for room.Offset() < lonely {
		<-time.After(lonely - room.Offset())
	}
	enter(t, room, "customer", "green")
	log.wait(t, Connected, "customer", 2)
	agent.more(t, 100)

	agent.mu.Lock()
	if agent.jumps != 0 || agent.backward != 0 || len(agent.ssrcs) != 2 {
		t.Errorf("the agent saw %d jumps, %d timestamps going back, %d streams", agent.jumps, agent.backward, len(agent.ssrcs))
	}
	agent.mu.Unlock()
	room.Leave("customer")
	log.wait(t, Left, "customer", 1)
	end := room.Offset()
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	for _, r := range recordings {
		checkRecording(t, r)
		if apart := (r.Offset + r.Duration - end).Abs(); apart > 300*time.Millisecond {
			t.Errorf("%s ends at %s, the call at %s", r.Participant, r.Offset+r.Duration, end)
		}
	}
	r := recordings[1]
	if got := colourAt(t, r.Path, reloaded-r.Offset-300*time.Millisecond); !near(got, red) {
		t.Errorf("before the reload: colour %v", got)
	}
	if got := colourAt(t, r.Path, r.Duration-500*time.Millisecond); !near(got, green) {
		t.Errorf("after the reload: colour %v", got)
	}
	if db := volume(t, r.Path, reloaded-r.Offset+200*time.Millisecond, 600*time.Millisecond); db > -60 {
		t.Errorf("while away: %f dB", db)
	}
	if db := volume(t, r.Path, r.Duration-time.Second, 800*time.Millisecond); db < -40 {
		t.Errorf("after the reload: %f dB", db)
	}
}

func TestICERestart(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	room, log := openRoom(t, s)
	agent := enter(t, room, "agent", "blue")
	customer := enter(t, room, "customer", "red")
	log.wait(t, MediaStarted, "customer", 2)
	agent.more(t, 25)
	if _, err := room.Restart(context.Background(), "nobody", customer.pc.LocalDescription().SDP); !errors.Is(err, ErrNotJoined) {
		t.Fatalf("a restart of nobody gave %v", err)
	}
	offer, err := customer.offer(&webrtc.OfferOptions{ICERestart: true})
	if err != nil {
		t.Fatal(err)
	}
	before := customer.pc.RemoteDescription().SDP
	answer, err := room.Restart(context.Background(), "customer", offer)
	if err != nil {
		t.Fatal(err)
	}
	if ufrag(t, before) == ufrag(t, answer) {
		t.Error("the answer keeps the old ICE credentials")
	}
	if err := customer.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	agent.more(t, 100)
	customer.more(t, 100)
	agent.mu.Lock()
	if len(agent.ssrcs) != 2 || agent.backward != 0 {
		t.Errorf("the agent saw %d streams, %d timestamps going back", len(agent.ssrcs), agent.backward)
	}
	agent.mu.Unlock()
}

func ufrag(t *testing.T, sdp string) string {
	t.Helper()
	_, rest, ok := strings.Cut(sdp, "a=ice-ufrag:")
	if !ok {
		t.Fatal("no ufrag")
	}
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

// TestLossIsRepaired loses every 20th packet on every leg: the video comes whole
// to the other side and into the file. On a busy machine a repair may come too
// late; without repairs 6 and more are missing.
func TestLossIsRepaired(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	room, log := openRoom(t, s)
	loss := &lossyFactory{every: 20}
	agent := enter(t, room, "agent", "blue", loss)
	customer := enter(t, room, "customer", "red", loss)
	log.wait(t, MediaStarted, "customer", 2)
	log.wait(t, MediaStarted, "agent", 2)
	agent.more(t, 200)
	customer.more(t, 50)
	for _, cl := range []*client{agent, customer} {
		cl.mu.Lock()
		missing := 0
		for seq := cl.first; len(cl.video) > 90 && int(seq-cl.first) < len(cl.video)-25; seq++ { // the last may be on their way
			if !cl.video[seq] {
				missing++
			}
		}
		if missing > 2 || len(cl.video) <= 90 {
			t.Errorf("%s lacks %d of %d video packets", cl.name, missing, len(cl.video))
		}
		cl.mu.Unlock()
	}
	if loss.lost.Load() < 40 {
		t.Errorf("only %d packets were lost", loss.lost.Load())
	}
	for _, st := range room.Stats() {
		if st.Video.Lost > 2 || st.Audio.Lost < 4 { // audio is not repaired yet
			t.Errorf("%s: lost for good: %d of video, %d of audio", st.Participant, st.Video.Lost, st.Audio.Lost)
		}
	}
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	for _, r := range recordings {
		checkRecording(t, r)
	}
}

func TestPublicAddress(t *testing.T) {
	t.Parallel()
	if _, err := NewServer(Config{PublicIPs: []string{"example.com"}}); err == nil {
		t.Error("a name was taken for an address")
	}
	s, err := NewServer(Config{PublicIPs: []string{"203.0.113.7"}}) // all interfaces
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	room, _ := openRoom(t, s)
	answer, err := room.Join(context.Background(), "agent", goodOffer)
	if err != nil {
		t.Fatal(err)
	}
	if port := s.Addr().Port; !strings.Contains(answer, fmt.Sprintf(" 203.0.113.7 %d typ host", port)) ||
		strings.Contains(answer, fmt.Sprintf(" 127.0.0.1 %d ", port)) {
		t.Errorf("answer:\n%s", answer)
	}
	if _, err := NewServer(Config{UDPAddr: s.Addr().String()}); err == nil {
		t.Error("the port was given twice")
	}
}

// TestKeyFramesForSeeking holds that the recorder asks for key frames by
// itself, so that a player can seek: after the time is up, and not before.
func TestKeyFramesForSeeking(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	room, log := openRoom(t, s)
	customer := enter(t, room, "customer", "red")
	agent := enter(t, room, "agent", "blue")
	log.wait(t, MediaStarted, "customer", 2)
	agent.more(t, 50)
	customer.mu.Lock()
	before := customer.asked
	customer.mu.Unlock()
	agent.more(t, 600) // 12 s
	customer.mu.Lock()
	if asked := customer.asked - before; asked < 1 || asked > 3 {
		t.Errorf("asked for %d key frames in 12 s", asked)
	}
	customer.mu.Unlock()
}

func TestCandidates(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	room, _ := openRoom(t, s)
	if err := room.Candidate("agent", []byte(`{"candidate":""}`)); !errors.Is(err, ErrNotJoined) {
		t.Fatalf("before joining: %v", err)
	}
	enter(t, room, "agent", "blue")
	if err := room.Candidate("agent", []byte(`{"candidate":"candidate:1 1 udp 2130706431 127.0.0.1 40000 typ host","sdpMid":"0"}`)); err != nil {
		t.Errorf("a good one: %v", err)
	}
	if err := room.Candidate("agent", []byte(`{"candidate":"","sdpMid":"0"}`)); err != nil {
		t.Errorf("the end: %v", err)
	}
	for _, bad := range []string{`{`, `{"candidate":"candidate:nonsense"}`, `{"candidate":"` + strings.Repeat("x", maxCandidate) + `"}`} {
		if err := room.Candidate("agent", []byte(bad)); !errors.Is(err, ErrCandidate) {
			t.Errorf("%.40s: %v", bad, err)
		}
	}
	var err error
	for range maxCandidates + 1 {
		err = room.Candidate("agent", []byte(`{"candidate":""}`))
	}
	if !errors.Is(err, ErrCandidate) {
		t.Errorf("too many: %v", err)
	}
}

// TestKilledServer kills a process that records and expects of its files that
// they play as they are, and that Recover makes them whole.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	started := time.Now()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// The helper prints a line when 5 s have been received by both.
	line, err := bufio.NewReader(out).ReadString('\n')
	killed := time.Now()
	_ = cmd.Process.Signal(syscall.SIGKILL)
	_ = cmd.Wait()
	if err != nil || line != "received\n" {
		t.Fatalf("helper said %q, %v", line, err)
	}
	for _, name := range []string{"agent", "customer"} {
		path := filepath.Join(dir, FileName(name, 1))
		p := probe(t, path)
		if p.kinds() != "vp8 opus" || p.Format.Duration != "" {
			t.Errorf("%s after the kill: %q, duration %q", name, p.kinds(), p.Format.Duration)
		}
		decodes(t, path)
	}
	recordings, err := RecoverDir(dir, started)
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	for i, r := range recordings {
		checkRecording(t, r)
		if name := []string{"agent", "customer"}[i]; r.Participant != name || r.Part != 1 {
			t.Errorf("recovered %q, part %d", r.Participant, r.Part)
		}
		if lost := killed.Sub(r.Start.Add(r.Duration)); lost < 0 || lost > 2*time.Second {
			t.Errorf("%s: %s lost", r.Participant, lost)
		}
		if r.Offset <= 0 || r.Offset != r.Start.Sub(started) {
			t.Errorf("%s: offset %s", r.Participant, r.Offset)
		}
		if got := colourAt(t, r.Path, r.Duration/2); !near(got, [][3]byte{blue, red}[i]) {
			t.Errorf("%s: colour %v after seeking", r.Participant, got)
		}
		again, err := Recover(r.Path, started)
		if err != nil || again.SHA256 != r.SHA256 || again.Duration != r.Duration {
			t.Errorf("recovering again: %+v, %v", again, err)
		}
	}
}

// recordForever is the helper process of TestKilledServer.
func recordForever(dir string) error {
	s, err := NewServer(Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true})
	if err != nil {
		return err
	}
	room, err := s.Open(uuid.New(), RoomConfig{Dir: dir})
	if err != nil {
		return err
	}
	var clients []*client
	for name, colour := range map[string]string{"agent": "blue", "customer": "red"} {
		c, err := clipOf(colour, "320x240")
		if err != nil {
			return err
		}
		cl, err := newClient(name, c)
		if err != nil {
			return err
		}
		if _, err := cl.join(room); err != nil {
			return err
		}
		clients = append(clients, cl)
	}
	for {
		enough := true
		for _, cl := range clients {
			cl.mu.Lock()
			enough = enough && cl.packets[audioIndex] >= 250
			cl.mu.Unlock()
		}
		if enough {
			fmt.Println("received")
			select {}
		}
		<-time.After(50 * time.Millisecond)
	}
}

func TestPanicEndsOnlyItsRoom(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	bad, log := openRoom(t, s)
	good, goodLog := openRoom(t, s)
	who, err := bad.enter("agent")
	if err != nil {
		t.Fatal(err)
	}
	// Set before anything is received, so that the recorder sees it.
	who.recorder.create = func(string) (webmStorage, error) { panic("on purpose") }
	enter(t, bad, "agent", "red")
	enter(t, good, "customer", "red")
	agent := enter(t, good, "agent", "blue")
	if e := log.wait(t, Failed, "", 1); e.Err == nil {
		t.Error("a failure without an error")
	}
	goodLog.wait(t, MediaStarted, "customer", 2)
	agent.more(t, 50)
	if _, err := bad.Join(context.Background(), "agent", agent.pc.LocalDescription().SDP); !errors.Is(err, ErrClosed) {
		t.Errorf("joining the failed room gave %v", err)
	}
	if recordings, err := bad.Close(context.Background()); err == nil || len(recordings) != 0 {
		t.Errorf("closing the failed room gave %v, %v", recordings, err)
	}
	if recordings, err := good.Close(context.Background()); err != nil || len(recordings) != 2 {
		t.Errorf("closing the other gave %v, %v", recordings, err)
	}
}

// fullDisk is a file on a disk that has so much room.
type fullDisk struct {
	*os.File
	room int64
}

func (d *fullDisk) Write(p []byte) (int, error) {
	if int64(len(p)) <= d.room {
		d.room -= int64(len(p))
		return d.File.Write(p)
	}
	n, err := d.File.Write(p[:d.room])
	d.room = 0
	return n, errors.Join(err, syscall.ENOSPC)
}

func (d *fullDisk) WriteAt(p []byte, at int64) (int, error) {
	stat, err := d.Stat()
	if err != nil {
		return 0, err
	}
	if at+int64(len(p)) > stat.Size() {
		return 0, syscall.ENOSPC
	}
	return d.File.WriteAt(p, at)
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	room, log := openRoom(t, s)
	who, err := room.enter("customer")
	if err != nil {
		t.Fatal(err)
	}
	create := who.recorder.create
	who.recorder.create = func(name string) (webmStorage, error) {
		f, err := create(name)
		if err != nil {
			return nil, err
		}
		return &fullDisk{f.(*os.File), 16_000}, nil
	}
	customer := enter(t, room, "customer", "red")
	agent := enter(t, room, "agent", "blue")
	if e := log.wait(t, RecordingFailed, "customer", 1); !errors.Is(e.Err, syscall.ENOSPC) {
		t.Errorf("reported %v", e.Err)
	}
	agent.more(t, 50) // the call goes on
	customer.more(t, 50)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if _, err := room.Still(ctx, "customer"); err != nil {
		t.Errorf("a still without a disk: %v", err)
	}
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	full, whole := recordings[0], recordings[1]
	if full.Participant != "customer" {
		full, whole = whole, full
	}
	if !errors.Is(full.Err, syscall.ENOSPC) || whole.Err != nil {
		t.Errorf("errors %v and %v", full.Err, whole.Err)
	}
	checkRecording(t, full)
	checkRecording(t, whole)
	if n := log.count(RecordingFailed); n != 1 {
		t.Errorf("reported %d times", n)
	}
	if full.Duration < 500*time.Millisecond || full.Duration >= whole.Duration {
		t.Errorf("durations %s and %s", full.Duration, whole.Duration)
	}
}
