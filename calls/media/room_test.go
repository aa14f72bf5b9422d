package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCall(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	room, log := openRoom(t, s)
	if again, err := s.Open(room.ID(), RoomConfig{}); err != nil || again != room {
		t.Fatalf("opening again gave %v, %v", again, err)
	}
	agent := enter(t, room, "agent", "blue")
	if offer := agent.PC.RemoteDescription().SDP; !strings.Contains(offer, fmt.Sprintf(" 127.0.0.1 %d typ host", s.Addr().Port)) {
		t.Fatalf("the answer does not name the one port %d:\n%s", s.Addr().Port, offer)
	}
	customer := enter(t, room, "customer", "red")
	if _, err := room.Join(context.Background(), "third", agent.PC.LocalDescription().SDP); !errors.Is(err, ErrFull) {
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
		c.who.until(t, "a picture", func() bool { return c.who.picture != nil })
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

	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	still, err := room.Still(ctx, "customer")
	if err != nil {
		t.Fatal(err)
	}
	got, bounds := middle(t, still.JPEG)
	if !near(got, red) || still.Width != 320 || still.Height != 240 || bounds.Dx() != 320 || bounds.Dy() != 240 {
		t.Errorf("still of %d×%d, %v, colour %v", still.Width, still.Height, bounds, got)
	}
	if began := log.wait(t, MediaStarted, "customer", 1).Offset; still.Offset < began-aroundNow || still.Offset > room.Offset() {
		t.Errorf("still at %s, media from %s, now %s", still.Offset, began, room.Offset())
	}
	if _, err := room.Still(ctx, "nobody"); !errors.Is(err, ErrNotJoined) {
		t.Errorf("a still of nobody gave %v", err)
	}
	for _, cl := range []*client{agent, customer} {
		cl.until(t, "enough of both", func() bool { return cl.Audio.Load() >= 200 && cl.Video.Load() >= 100 })
	}

	for _, st := range room.Stats() {
		if !st.Connected || st.Audio.Packets < 150 || st.Video.Packets < 75 || st.Video.Bytes == 0 || st.Audio.Lost > st.Audio.Packets/10 || st.Recorded == 0 ||
			!st.Audio.LastPacket.After(room.started) || st.Audio.LastPacket.After(time.Now()) {
			t.Errorf("stats %+v", st)
		}
	}
	for _, cl := range []*client{agent, customer} {
		cl.unbroken(t)
	}

	closes := room.Offset()
	recordings, err := room.Close(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	closed := room.Offset()
	if len(recordings) != 2 || recordings[0].Participant != "agent" || recordings[1].Participant != "customer" {
		t.Fatalf("recordings %+v", recordings)
	}
	for i, r := range recordings {
		checkRecording(t, r)
		began := log.wait(t, MediaStarted, r.Participant, 1).Offset
		if r.Offset < began-aroundNow || r.Offset > closes {
			t.Errorf("%s: offset %s, media from %s", r.Participant, r.Offset, began)
		}
		r.endsBetween(t, closes, closed)
		want := [][3]byte{blue, red}[i]
		all := pictures(t, r.Path)
		if last := all[len(all)-1].at; last < r.Duration/2 {
			t.Errorf("%s: the last picture at %s of %s", r.Participant, last, r.Duration)
		}
		for _, p := range []picture{all[0], all[len(all)/2], all[len(all)-1]} {
			if got := colourAt(t, r.Path, p.at); !near(got, want) {
				t.Errorf("%s at %s: colour %v, want %v", r.Participant, p.at, got, want)
			}
		}
		if db := volume(t, r.Path, 0, r.Duration); db < -40 {
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
	if _, err := room.Join(context.Background(), "agent", agent.PC.LocalDescription().SDP); !errors.Is(err, ErrClosed) {
		t.Errorf("joining afterwards gave %v", err)
	}
	if _, err := room.Still(context.Background(), "customer"); err == nil {
		t.Error("a still afterwards")
	}
	if _, err := s.Open(room.ID(), RoomConfig{Dir: filepath.Dir(recordings[0].Path), Part: 1}); !errors.Is(err, fs.ErrExist) {
		t.Errorf("the same part again gave %v", err)
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
// itself, so that a player can seek. How often: TestKeyFramesInTime.
func TestKeyFramesForSeeking(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	room, log := openRoom(t, s)
	customer := enter(t, room, "customer", "red")
	agent := enter(t, room, "agent", "blue")
	log.wait(t, MediaStarted, "customer", 2)
	agent.more(t, 50)
	before := customer.Asked.Load()
	agent.until(t, "the customer to be asked for a key frame", func() bool { return customer.Asked.Load() > before })
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
