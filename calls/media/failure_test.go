package media

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"
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
	if side := os.Getenv(benchEnv); side != "" {
		fmt.Println("error:", serveBench(side))
		os.Exit(1)
	}
	code := m.Run()
	if code == 0 {
		if err := leaks(); err != nil {
			fmt.Println("goroutines are left:", err)
			code = 1
		}
	}
	os.Exit(code)
}

// leaks waits for goroutines to end that were told to: Pion's take a moment, and
// goleak itself gives them no more than two seconds.
func leaks(options ...goleak.Option) (err error) {
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		if err = goleak.Find(options...); err == nil {
			return nil
		}
	}
	return err
}

// TestKilledServer kills a process that records and expects of its files that
// they play as they are, and that Recover makes them whole, with all that was
// written before. How far behind the call a file is at most: TestFileFollowsTheCall.
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
	onDisk := &Room{dir: dir, part: 1, started: started}
	before := map[string]time.Duration{}
	for _, name := range []string{"agent", "customer"} {
		before[name] = onDisk.reaches(t, name, 3*time.Second)
	}
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
		decodesCut(t, path)
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
		if end := r.Offset + r.Duration; end < before[r.Participant] || r.Start.Add(r.Duration).After(killed.Add(aroundNow)) {
			t.Errorf("%s ends at %s, had been written to %s, was killed at %s", r.Participant, end, before[r.Participant], killed.Sub(started))
		}
		if r.Offset <= 0 || r.Offset != r.Start.Sub(started) {
			t.Errorf("%s: offset %s", r.Participant, r.Offset)
		}
		if got := colourAt(t, r.Path, r.Duration/2); !near(got, [][3]byte{blue, red}[i]) {
			t.Errorf("%s: colour %v after seeking", r.Participant, got)
		}
		again, err := Recover(r.Path, started, nil)
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
		if err := cl.join(room); err != nil {
			return err
		}
		clients = append(clients, cl)
	}
	for {
		enough := true
		for _, cl := range clients {
			enough = enough && cl.Audio.Load() >= 250
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
	who, err := bad.enter(Party{Name: "agent", Role: RoleAgent, Record: true})
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
	if _, err := bad.Join(context.Background(), "agent", agent.PC.LocalDescription().SDP); !errors.Is(err, ErrClosed) {
		t.Errorf("joining the failed room gave %v", err)
	}
	if recordings, err := bad.Close(context.Background()); err == nil || len(recordings) != 0 {
		t.Errorf("closing the failed room gave %v, %v", recordings, err)
	}
	if recordings, err := good.Close(context.Background()); err != nil || len(recordings) != 2 {
		t.Errorf("closing the other gave %v, %v", recordings, err)
	}
}

// fullDisk is a file on a disk that is full from some moment on.
type fullDisk struct {
	*os.File
	full *atomic.Bool
}

func (d *fullDisk) Write(p []byte) (int, error) {
	if !d.full.Load() {
		return d.File.Write(p)
	}
	n, err := d.File.Write(p[:len(p)/2])
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
	who, err := room.enter(Party{Name: "customer", Role: RoleCustomer, Record: true})
	if err != nil {
		t.Fatal(err)
	}
	var full atomic.Bool
	create := who.recorder.create
	who.recorder.create = func(name string) (webmStorage, error) {
		f, err := create(name)
		if err != nil {
			return nil, err
		}
		return &fullDisk{f.(*os.File), &full}, nil
	}
	customer := enter(t, room, "customer", "red")
	agent := enter(t, room, "agent", "blue")
	written := room.reaches(t, "customer", 0)
	full.Store(true)
	if e := log.wait(t, RecordingFailed, "customer", 1); !errors.Is(e.Err, syscall.ENOSPC) {
		t.Errorf("reported %v", e.Err)
	}
	agent.more(t, 50) // the call goes on
	customer.more(t, 50)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := room.Still(ctx, "customer"); err != nil {
		t.Errorf("a still without a disk: %v", err)
	}
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	cut, whole := recordings[0], recordings[1]
	if cut.Participant != "customer" {
		cut, whole = whole, cut
	}
	if !errors.Is(cut.Err, syscall.ENOSPC) || whole.Err != nil {
		t.Errorf("errors %v and %v", cut.Err, whole.Err)
	}
	checkRecording(t, cut)
	checkRecording(t, whole)
	if n := log.count(RecordingFailed); n != 1 {
		t.Errorf("reported %d times", n)
	}
	if end := cut.Offset + cut.Duration; end < written || end >= whole.Offset+whole.Duration {
		t.Errorf("ends at %s, was written to %s; the other ends at %s", end, written, whole.Offset+whole.Duration)
	}
}
