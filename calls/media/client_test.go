package media

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/visavis/visavis/calls/media/mediatest"
)

// client is a peer of these tests: it looks closely at what it receives.
type client struct {
	*mediatest.Peer
	name string
	room *Room // that it is in

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced whenever something is received
	jumps    int           // sequence numbers far from the one before
	ssrcs    map[uint32]bool
	lastSeq  map[uint32]uint16
	lastTime map[uint32]uint32
	backward int             // timestamps that went back
	video    map[uint16]bool // sequence numbers received
	first    uint16          // of video
	frames   vp8Frames
	picture  []byte // last whole key frame
}

func newClient(name string, c mediatest.Clip, others ...interceptor.Factory) (*client, error) {
	cl := &client{name: name, changed: make(chan struct{}), video: map[uint16]bool{},
		ssrcs: map[uint32]bool{}, lastSeq: map[uint32]uint16{}, lastTime: map[uint32]uint32{}}
	var err error
	cl.Peer, err = mediatest.NewPeer(c, mediatest.Received(cl.received), mediatest.Through(others...))
	return cl, err
}

func (cl *client) received(kind webrtc.RTPCodecType, p *rtp.Packet) {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	step := int16(p.SequenceNumber - cl.lastSeq[p.SSRC])
	if cl.ssrcs[p.SSRC] {
		if step < -500 || step > 500 { // a busy machine loses some, which come again late
			cl.jumps++
		}
		if step > 0 && int32(p.Timestamp-cl.lastTime[p.SSRC]) < 0 {
			cl.backward++
		}
	}
	if !cl.ssrcs[p.SSRC] || step > 0 {
		cl.ssrcs[p.SSRC], cl.lastSeq[p.SSRC], cl.lastTime[p.SSRC] = true, p.SequenceNumber, p.Timestamp
	}
	if kind == webrtc.RTPCodecTypeVideo {
		if len(cl.video) == 0 {
			cl.first = p.SequenceNumber
		}
		cl.video[p.SequenceNumber] = true
		frame, key := cl.frames.add(packet{index: videoIndex, seq: p.SequenceNumber, timestamp: p.Timestamp, marker: p.Marker, payload: p.Payload}, 0)
		if key {
			cl.picture = bytes.Clone(frame)
		}
	}
	close(cl.changed)
	cl.changed = make(chan struct{})
}

// patience is how long tests wait for what must come: a machine with two busy
// processors takes its time, and nothing here is about speed.
const patience = 4 * time.Minute

// until waits until what the client has received satisfies ok.
func (cl *client) until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	limit := time.After(patience)
	for {
		cl.mu.Lock()
		satisfied, changed := ok(), cl.changed
		cl.mu.Unlock()
		if satisfied {
			return
		}
		select {
		case <-changed:
		case <-limit:
			t.Fatalf("%s: still waiting for %s with %d audio and %d video packets, %s; %s", cl.name, what, cl.Audio.Load(), cl.Video.Load(), cl.PC.ConnectionState(), state(cl.room))
		}
	}
}

// state is what a room knows, for a test that waits in vain.
func state(room *Room) string {
	if room == nil {
		return "no room"
	}
	var b strings.Builder
	for _, who := range *room.all.Load() {
		p := who.peer.Load()
		if p == nil {
			fmt.Fprintf(&b, "%s is not there; ", who.name)
			continue
		}
		p.mu.Lock()
		fmt.Fprintf(&b, "%s: %s, %s, wire %t, mute %t;", who.name, p.pion, p.state, p.wire.Load() != nil, p.mute.Load())
		p.mu.Unlock()
		for i := range sentKinds {
			fmt.Fprintf(&b, " %s in %d,", kindOf(i), who.received[i].packets.Load())
		}
		p.outs(func(o *outTrack) {
			o.mu.Lock()
			defer o.mu.Unlock()
			fmt.Fprintf(&b, " %s %d out %d (%t, %d),", o.ID(), o.ssrc, o.packets, o.writer != nil, o.lastSeq)
		})
	}
	return b.String()
}

// more waits for so many further audio packets, 50 of which are a second.
func (cl *client) more(t testing.TB, n int64) {
	t.Helper()
	want := cl.Audio.Load() + n
	cl.until(t, "audio", func() bool { return cl.Audio.Load() >= want })
}

// unbroken checks that the client sees one stream of each kind without a seam.
func (cl *client) unbroken(t *testing.T) {
	t.Helper()
	cl.mu.Lock()
	defer cl.mu.Unlock()
	if cl.jumps != 0 || cl.backward != 0 || len(cl.ssrcs) != 2 {
		t.Errorf("%s: %d jumps, %d timestamps going back, %d streams", cl.name, cl.jumps, cl.backward, len(cl.ssrcs))
	}
}

func (cl *client) join(room *Room) error {
	cl.room = room
	offer, err := cl.Offer()
	if err != nil {
		return err
	}
	answer, err := room.Join(context.Background(), cl.name, offer)
	if err != nil {
		return err
	}
	return cl.Answered(answer)
}

// enter makes a client that sends a colour and joins the room.
func enter(t testing.TB, room *Room, name, colour string, others ...interceptor.Factory) *client {
	t.Helper()
	c, err := clipOf(colour, "320x240")
	if err != nil {
		t.Fatal(err)
	}
	cl, err := newClient(name, c, others...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	if err := cl.join(room); err != nil {
		t.Fatal(err)
	}
	return cl
}

var clips sync.Map // colour and size → func() (mediatest.Clip, error)

// clipOf makes a clip once.
func clipOf(colour, size string) (mediatest.Clip, error) {
	once, _ := clips.LoadOrStore(colour+size, sync.OnceValues(func() (mediatest.Clip, error) {
		dir, err := os.MkdirTemp("", "clip")
		if err != nil {
			return mediatest.Clip{}, err
		}
		defer os.RemoveAll(dir)
		return mediatest.NewClip(dir, colour, size, 440)
	}))
	return once.(func() (mediatest.Clip, error))()
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

// count is how many events of this kind there were, of the given participants or
// of all.
func (l *eventLog) count(kind EventKind, of ...string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, e := range l.all {
		if e.Kind == kind && (len(of) == 0 || slices.Contains(of, e.Participant)) {
			n++
		}
	}
	return n
}

// wait returns the nth event (from 1) of this kind and participant.
func (l *eventLog) wait(t testing.TB, kind EventKind, participant string, nth int) Event {
	t.Helper()
	limit := time.After(patience)
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

func newTestServer(t testing.TB) *Server { return newTestServerAt(t, nil) }

// newTestServerAt makes one whose rooms go by another clock.
func newTestServerAt(t testing.TB, now func() time.Time) *Server {
	t.Helper()
	s, err := NewServer(Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true, Now: now})
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

func openRoom(t testing.TB, s *Server) (*Room, *eventLog) {
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

// stops checks that something counted comes no more: what was under way may still
// arrive while the call goes on for a while.
func stops(t testing.TB, what string, count func() int64, goOn func()) {
	t.Helper()
	for range 20 {
		before := count()
		if goOn(); count() == before {
			return
		}
	}
	t.Errorf("%s: still comes", what)
}

// reaches waits until the file of a room's participant, as it lies on the disk now,
// goes to a moment on the room's clock at least, with sound and picture, and says
// to which.
func (r *Room) reaches(t testing.TB, name string, at time.Duration) (until time.Duration) {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "copy")
	var key *age.X25519Identity
	if r.key != nil {
		key, _ = r.key(name)
	}
	var got Recording
	for limit := time.Now().Add(patience); time.Now().Before(limit); <-time.After(20 * time.Millisecond) {
		file, err := os.ReadFile(filepath.Join(r.dir, r.fileName(name)))
		if err == nil {
			if err = os.WriteFile(copied, file, 0o600); err == nil {
				got, err = Recover(copied, r.started, key)
			}
		}
		if err == nil && got.HasAudio && got.HasVideo && got.Offset+got.Duration >= at {
			return got.Offset + got.Duration
		}
	}
	t.Fatalf("%s: the file goes to %s (sound %t, picture %t), not to %s", name, got.Offset+got.Duration, got.HasAudio, got.HasVideo, at)
	return 0
}
