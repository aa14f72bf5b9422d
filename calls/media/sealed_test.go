package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
)

func newKey(t testing.TB) *age.X25519Identity {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// unsealed decrypts an age file as anybody could, and returns the recording with
// the path of the plain copy.
func unsealed(t *testing.T, r Recording, key *age.X25519Identity) Recording {
	t.Helper()
	file, err := os.Open(r.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	plain, err := age.Decrypt(file, key)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(plain)
	if err != nil {
		t.Fatal(err)
	}
	r.Path = filepath.Join(t.TempDir(), "plain.webm")
	if err := os.WriteFile(r.Path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return r
}

// nothingPlain looks for what every WebM of ours has in it.
func nothingPlain(t *testing.T, dir string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, mark := range [][]byte{[]byte("V_VP8"), []byte("OpusHead"), {0x1a, 0x45, 0xdf, 0xa3}, {0x9d, 0x01, 0x2a}, opusSilence} {
			if bytes.Contains(content, mark) {
				t.Errorf("%s has %q in plain bytes", f.Name(), mark)
			}
		}
	}
}

func TestSealedRoom(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	keys := map[string]*age.X25519Identity{"agent": newKey(t), "customer": newKey(t)}
	dir := filepath.Join(t.TempDir(), "recordings")
	for _, colour := range []string{"red", "blue"} {
		if _, err := clipOf(colour, "320x240"); err != nil {
			t.Fatal(err)
		}
	}
	log := newEventLog()
	room, err := s.Open(uuid.New(), RoomConfig{Dir: dir, Events: log.add,
		Key: func(name string) (*age.X25519Identity, error) { return keys[name], nil }})
	if err != nil {
		t.Fatal(err)
	}
	customer := enter(t, room, "customer", "red")
	agent := enter(t, room, "agent", "blue")
	agent.more(t, 150)
	customer.more(t, 50)
	nothingPlain(t, dir) // while the call goes on
	// What is written already can be watched.
	live, err := os.Open(filepath.Join(dir, SealedName("customer", 1)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = live.Close() }()
	plain, err := OpenSealed(live, keys["customer"])
	if err != nil || plain.Size == 0 {
		t.Fatalf("a live file: %v", err)
	}
	path := filepath.Join(t.TempDir(), "live.webm")
	content, err := io.ReadAll(io.NewSectionReader(plain, 0, plain.Size))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	decodes(t, path)
	if _, err := OpenSealed(live, keys["agent"]); !errors.Is(err, ErrSealed) {
		t.Errorf("with the other's key: %v", err)
	}

	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	nothingPlain(t, dir)
	for _, r := range recordings {
		if !r.Sealed || r.Err != nil {
			t.Errorf("%s: sealed %t, %v", r.Participant, r.Sealed, r.Err)
		}
		checkRecording(t, unsealed(t, r, keys[r.Participant]))
		again, err := Recover(r.Path, room.started, keys[r.Participant])
		if err != nil || again.SHA256 != r.SHA256 || !again.Sealed || again.Participant != r.Participant {
			t.Errorf("a finished file gave %+v, %v", again, err)
		}
		file, err := os.Open(r.Path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		if _, err := OpenSealed(file, newKey(t)); !errors.Is(err, ErrSealed) {
			t.Errorf("a finished file with another key: %v", err)
		}
	}
}

// sealedTestFile writes writeTestFile's content as a journal.
func sealedTestFile(t *testing.T, dir string, key *age.X25519Identity) (path string, whole []byte) {
	t.Helper()
	plain := filepath.Join(t.TempDir(), "plain.webm")
	f := writeTestFile(t, plain)
	if err := f.flush(); err != nil {
		t.Fatal(err)
	}
	_ = f.storage.Close()
	content, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, SealedName("agent", 2))
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	j, err := newJournal(file, key)
	if err != nil {
		t.Fatal(err)
	}
	for part := range slices.Chunk(content, 3000) {
		if _, err := j.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	_ = j.Close()
	whole, err = os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, whole
}

// TestSealedRecoverAnyCut cuts a journal as a crash would: all whole records are
// recovered, nothing after them is missed as an error.
func TestSealedRecoverAnyCut(t *testing.T) {
	t.Parallel()
	key, dir := newKey(t), t.TempDir()
	path, whole := sealedTestFile(t, dir, key)
	var last time.Duration
	played := 0
	for n := 0; ; n += 4001 {
		n = min(n, len(whole))
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Recover(path, time.Time{}, key)
		if err != nil {
			if !errors.Is(err, ErrNotRecording) || n > 8002 {
				t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
			}
			continue
		}
		if r.Duration < last || r.Err != nil || !r.Sealed {
			t.Fatalf("%d bytes: %s, with fewer %s; sealed %t, %v", n, r.Duration, last, r.Sealed, r.Err)
		}
		last = r.Duration
		if n > 20_000 && n%(4001*4) < 4001 || n == len(whole) {
			played++
			checkRecording(t, unsealed(t, r, key))
		}
		if n == len(whole) {
			if len(r.Gaps) == 0 || r.Gaps[0].Kind != Audio || r.Gaps[0].Cause != CauseUnknown ||
				(r.Gaps[0].From-r.Offset-4*time.Second).Abs() > 40*time.Millisecond || (r.Gaps[0].To-r.Gaps[0].From-2*time.Second).Abs() > 40*time.Millisecond {
				t.Errorf("gaps %+v", r.Gaps)
			}
			break
		}
	}
	if (last-10*time.Second).Abs() > 40*time.Millisecond || played < 3 {
		t.Errorf("at last %s; %d played", last, played)
	}
	nothingPlain(t, dir)
}

// TestSealedBitsFlipped alters bits of a journal and of a finished file: neither
// gives other plain bytes than before without an error.
func TestSealedBitsFlipped(t *testing.T) {
	t.Parallel()
	key, dir := newKey(t), t.TempDir()
	path, whole := sealedTestFile(t, dir, key)
	good, err := Recover(path, time.Time{}, key)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		bit := random.IntN(len(whole) * 8)
		altered := slices.Clone(whole)
		altered[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, altered, 0o600); err != nil {
			t.Fatal(err)
		}
		// A length that was made longer than the file is what a crash leaves too:
		// the file ends there, shorter.
		if r, err := Recover(path, time.Time{}, key); err == nil && r.Err == nil && r.Duration >= good.Duration {
			t.Errorf("journal, bit %d of try %d: no error", bit, n)
		}
		bit = random.IntN(len(sealed) * 8)
		altered = slices.Clone(sealed)
		altered[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, altered, 0o600); err != nil {
			t.Fatal(err)
		}
		if r, err := Recover(path, time.Time{}, key); err == nil && r.SHA256 == good.SHA256 {
			t.Errorf("finished, bit %d of try %d: no error", bit, n)
		}
	}
	if err := os.WriteFile(path, sealed[:len(sealed)-(64<<10)], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Recover(path, time.Time{}, key); err == nil {
		t.Error("a cut age file is taken for whole")
	}
}

// TestSealedDiskFull: the journal stops, the call goes on, what was written plays,
// and the sealing that found no room gives the same bytes later.
func TestSealedDiskFull(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	dir := filepath.Join(t.TempDir(), "disk")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=2m"); err != nil {
		t.Skip("no tmpfs here: ", err)
	}
	defer func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) }()
	s := newTestServer(t)
	key := newKey(t)
	if _, err := clipOf("red", "320x240"); err != nil {
		t.Fatal(err)
	}
	log := newEventLog()
	room, err := s.Open(uuid.New(), RoomConfig{Dir: filepath.Join(dir, "call"), Events: log.add,
		Key: func(string) (*age.X25519Identity, error) { return key, nil }})
	if err != nil {
		t.Fatal(err)
	}
	customer := enter(t, room, "customer", "red")
	enter(t, room, "agent", "red")
	written := room.reaches(t, "customer", time.Second)
	if err := os.WriteFile(filepath.Join(dir, "ballast"), make([]byte, 2<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filling the disk: %v", err)
	}
	if e := log.wait(t, RecordingFailed, "customer", 1); !errors.Is(e.Err, syscall.ENOSPC) {
		t.Errorf("reported %v", e.Err)
	}
	customer.more(t, 50)
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	r := recordings[0]
	if r.Participant != "customer" {
		r = recordings[1]
	}
	if r.Sealed || !errors.Is(r.Err, syscall.ENOSPC) || r.Offset+r.Duration < written {
		t.Fatalf("got %+v", r)
	}
	if gap := r.Gaps[len(r.Gaps)-1]; gap.Cause != CauseDisk {
		t.Errorf("gaps %+v", r.Gaps)
	}
	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	again, err := Recover(r.Path, room.started, key)
	if err != nil || !again.Sealed || again.SHA256 != r.SHA256 || again.Bytes != r.Bytes {
		t.Fatalf("sealed later: %+v, %v; want %x", again, err, r.SHA256)
	}
	checkRecording(t, unsealed(t, again, key))
}

func TestGapsAndTheirCauses(t *testing.T) {
	t.Parallel()
	var r reasons
	r.set(-1, CauseReconnect, 10*time.Second, true)
	r.set(-1, CauseReconnect, 12*time.Second, false)
	r.set(audioIndex, CauseMuted, 20*time.Second, true)
	r.set(audioIndex, CauseMuted, 25*time.Second, false)
	cause := func(index int, lost bool) func(from, to time.Duration) string {
		return func(from, to time.Duration) string {
			if c, ok := r.find(index, from, to); ok {
				return c
			}
			if lost {
				return CauseNetwork
			}
			return CauseIdle
		}
	}
	var m gapMap
	away := func(index int, at time.Duration) bool {
		switch {
		case at >= 10*time.Second && at < 12*time.Second: // both
			return true
		case index == audioIndex && at >= 20*time.Second && at < 25*time.Second:
			return true
		}
		return at >= 30*time.Second && at < 30*time.Second+150*time.Millisecond // too short to be listed
	}
	for at := time.Duration(0); at < 40*time.Second; at += 20 * time.Millisecond {
		if !away(audioIndex, at) {
			m.add(audioIndex, at, 20*time.Millisecond, cause(audioIndex, false))
		}
		if at%(40*time.Millisecond) == 0 && !away(videoIndex, at) && (at < 33*time.Second || at >= 34*time.Second) {
			m.add(videoIndex, at, 0, cause(videoIndex, at == 34*time.Second))
		}
	}
	m.end(41*time.Second, func(index int) func(from, to time.Duration) string { return cause(index, false) })
	var got []string
	for _, g := range shifted(m.all, 0) {
		got = append(got, string(g.Kind)+" "+g.Cause+" "+g.From.Truncate(100*time.Millisecond).String())
	}
	want := []string{"video reconnect 9.9s", "audio reconnect 10s", "audio muted 20s", "video network 32.9s", "video idle 39.9s", "audio idle 40s"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
