package media

import (
	"context"
	"encoding/binary"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/visavis/visavis/calls/media/mediatest"
)

// TestFivePercent loses 5 % of all datagrams on each leg, repairs and feedback
// too: no video is lost, and what is repaired is so in time.
func TestFivePercent(t *testing.T) {
	t.Parallel()
	room, log := openRoom(t, newTestServer(t))
	runs := map[string]*delays{}
	sent := map[string]*sendTimes{"agent": newSendTimes(), "customer": newSendTimes()}
	clients := map[string]*client{}
	for name, colour := range map[string]string{"agent": "blue", "customer": "red"} {
		c, err := clipOf(colour, "320x240")
		if err != nil {
			t.Fatal(err)
		}
		other := map[string]string{"agent": "customer", "customer": "agent"}[name]
		d := &delays{}
		runs[name] = d
		from := sent[other]
		cl := &client{name: name, changed: make(chan struct{}), video: map[uint16]bool{}, ssrcs: map[uint32]bool{}, lastSeq: map[uint32]uint16{}, lastTime: map[uint32]uint32{}}
		cl.Peer, err = mediatest.NewPeer(c, mediatest.Received(func(kind webrtc.RTPCodecType, p *rtp.Packet) {
			if kind == webrtc.RTPCodecTypeVideo {
				d.add(from, p)
			}
			cl.received(kind, p)
		}), mediatest.Sent(sent[name].add))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(cl.Close)
		if err := cl.join(room); err != nil {
			t.Fatal(err)
		}
		clients[name] = cl
	}
	log.wait(t, MediaStarted, "agent", 2)
	log.wait(t, MediaStarted, "customer", 2)
	for _, cl := range clients {
		cl.more(t, 25)
		cl.Impair(0.05, 0)
	}
	for _, cl := range clients {
		cl.more(t, 500)
	}
	for name, cl := range clients {
		cl.Impair(0, 0)
		cl.more(t, 25) // the last are repaired
		cl.mu.Lock()
		missing, total := 0, 0
		last := cl.first
		for seq := range cl.video {
			if int16(seq-last) > 0 {
				last = seq
			}
		}
		for seq := cl.first; seq != last; seq++ {
			total++
			if !cl.video[seq] {
				missing++
			}
		}
		cl.mu.Unlock()
		p50, p99 := runs[name].quantiles()
		t.Logf("%s: %d of %d video packets missing, p50 %s, p99 %s", name, missing, total, p50, p99)
		if total < 200 || missing > 0 {
			t.Errorf("%s lacks %d of %d video packets", name, missing, total)
		}
		if p99 > 130*time.Millisecond {
			t.Errorf("%s: 99 %% came within %s", name, p99)
		}
	}
	for _, r := range closeWhole(t, room) {
		if len(r.Gaps) > 0 {
			t.Logf("%s: gaps %+v", r.Participant, r.Gaps)
		}
	}
}

// sendTimes is when each picture left, by its timestamp less the first's.
type sendTimes struct {
	mu sync.Mutex
	at map[uint32]time.Time
}

func newSendTimes() *sendTimes { return &sendTimes{at: map[uint32]time.Time{}} }

func (s *sendTimes) add(picture int) {
	s.mu.Lock()
	s.at[uint32(picture)] = time.Now()
	s.mu.Unlock()
}

// delays is how long packets took from one side's picture to the other side.
type delays struct {
	mu      sync.Mutex
	began   bool
	first   uint32 // timestamp of the first packet seen
	offset  int64
	latency []time.Duration
}

// add takes a packet. Timestamps count 3600 a picture; which picture the first
// packet is of is found by the least delay that is possible.
func (d *delays) add(from *sendTimes, p *rtp.Packet) {
	now := time.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.began {
		d.began, d.first = true, p.Timestamp
		from.mu.Lock()
		var newest uint32
		for n := range from.at {
			newest = max(newest, n)
		}
		from.mu.Unlock()
		d.offset = int64(newest)
	}
	picture := d.offset + int64(int32(p.Timestamp-d.first))/3600
	from.mu.Lock()
	at, ok := from.at[uint32(picture)]
	from.mu.Unlock()
	if ok {
		d.latency = append(d.latency, now.Sub(at))
	}
}

func (d *delays) quantiles() (p50, p99 time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := slices.Clone(d.latency)
	slices.Sort(all)
	if len(all) == 0 {
		return 0, 0
	}
	return all[len(all)/2], all[len(all)*99/100]
}

// TestTwentyPercent loses a fifth of all datagrams each way and delays the others
// by up to 100 ms: the call holds, the recording decodes, and the share of
// pictures that it has is printed.
func TestTwentyPercent(t *testing.T) {
	t.Parallel()
	room, log, agent, customer := runningCall(t)
	agent.more(t, 50)
	for _, cl := range []*client{agent, customer} {
		cl.Impair(0.20, 100*time.Millisecond)
	}
	from := room.Offset()
	agent.more(t, 400)
	customer.more(t, 100)
	to := room.Offset()
	for _, cl := range []*client{agent, customer} {
		cl.Impair(0, 0)
	}
	agent.more(t, 100)
	if n := log.count(Disconnected); n != 0 {
		t.Errorf("%d times disconnected", n)
	}
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	for _, r := range recordings {
		checkRecording(t, r)
		frames := 0
		for _, p := range pictures(t, r.Path) {
			if at := r.Offset + p.at; at >= from && at < to {
				frames++
			}
		}
		share := float64(frames) / (25 * (to - from).Seconds())
		t.Logf("%s: %.0f %% of the pictures recorded at 20 %% loss and 100 ms of jitter", r.Participant, 100*share)
		if share < 0.5 {
			t.Errorf("%s: only %.0f %% of the pictures", r.Participant, 100*share)
		}
	}
}

// TestSlowNetwork delays what the customer sends and gets by up to a second and
// loses a tenth of it: it is not taken for away.
func TestSlowNetwork(t *testing.T) {
	t.Parallel()
	room, log, agent, customer := runningCall(t)
	agent.more(t, 50)
	customer.Impair(0.10, time.Second)
	agent.more(t, 300)
	if n := log.count(Disconnected); n != 0 {
		t.Errorf("%d times taken for away", n)
	}
	byWire(t, room)
}

// byWire checks that the media goes the short way: Pion shows its keys.
func byWire(t *testing.T, room *Room) {
	t.Helper()
	for _, who := range *room.all.Load() {
		w := who.peer.Load().wire.Load()
		if w == nil {
			t.Errorf("%s: no wire: does Pion's DTLSTransport have another field than conn?", who.name)
			continue
		}
		w.in.Lock()
		if len(w.sinks) == 0 {
			t.Errorf("%s: nothing came by the wire", who.name)
		}
		w.in.Unlock()
	}
}

// TestSilentWatcher is somebody who sends no media: he is away when his page's
// checks are not heard of, sooner when his page is gone as well, and there again
// when they are.
func TestSilentWatcher(t *testing.T) {
	t.Parallel()
	room, log := openRoom(t, newTestServer(t))
	person(t, room, Party{Name: "agent", Role: RoleAgent}, "blue")
	boss := person(t, room, Party{Name: "boss", Role: RoleSupervisor}, "green", mediatest.Silent())
	log.wait(t, Connected, "boss", 1)
	boss.gets(t, "other", sound) // nobody else is there
	for n, doubt := range []bool{false, true} {
		lost := room.Offset()
		boss.Unplug()
		if doubt {
			room.Doubt("boss")
		}
		noticed := log.wait(t, Disconnected, "boss", n+1).Offset
		if took, most := noticed-lost, map[bool]time.Duration{false: 2800 * time.Millisecond, true: 1700 * time.Millisecond}[doubt]; took > most {
			t.Errorf("doubt %t: noticed after %s", doubt, took)
		}
		boss.Plug()
		log.wait(t, Connected, "boss", n+2)
		room.Trust("boss")
	}
}

// TestSilentPeer stops hearing a peer that still hears us: within 30 s nothing
// is sent to it any more (RFC 7675, 5.1).
func TestSilentPeer(t *testing.T) {
	t.Parallel()
	room, log, agent, customer := runningCall(t)
	customer.more(t, 25)
	customer.Mute(true)
	silent := time.Now()
	log.wait(t, Disconnected, "customer", 1)
	p := room.find("customer").peer.Load()
	for limit := time.Now().Add(31 * time.Second); !p.mute.Load() && time.Now().Before(limit); {
		<-time.After(20 * time.Millisecond)
	}
	if took := time.Since(silent); took > 30*time.Second || took < silentAfter {
		t.Errorf("stopped after %s", took)
	}
	agent.frozen(t, customer)
	customer.Mute(false)
	restart(t, room, customer, func() {})
	customer.more(t, 25)
}

// frozen checks that another client gets no media while this one's side of the
// call goes on for a second.
func (cl *client) frozen(t *testing.T, other *client) {
	t.Helper()
	before := other.Audio.Load() + other.Video.Load()
	<-time.After(time.Second)
	if n := other.Audio.Load() + other.Video.Load() - before; n > 0 {
		t.Errorf("%d packets still came", n)
	}
}

// TestICETCP has both over TCP only.
func TestICETCP(t *testing.T) {
	t.Parallel()
	s, err := NewServer(Config{UDPAddr: "127.0.0.1:0", TCPAddr: "127.0.0.1:0", IncludeLoopback: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	room, log := openRoom(t, s)
	agent := person(t, room, Party{Name: "agent", Role: RoleAgent}, "blue", mediatest.OverTCP())
	customer := person(t, room, Party{Name: "customer", Role: RoleCustomer}, "red")
	log.wait(t, MediaStarted, "agent", 2)
	agent.gets(t, "other", vision)
	customer.gets(t, "other", vision)
	agent.gets(t, "other", sound)
	byWire(t, room)
	agent.Close()
	customer.Close()
	closeAny(t, room)
}

func closeAny(t *testing.T, room *Room) {
	t.Helper()
	if _, err := room.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// flooded is a call in which a participant sent ten times what it may.
type flooded struct {
	room          *Room
	rate          float64 // bits a second of it that were taken
	dropped       uint64
	bystanderLoss float64 // share of another call's packets
	otherSide     int64   // audio packets that the other side of the call got meanwhile
}

// harmless holds that it was held to its limit and nobody else noticed.
func (f flooded) harmless(t *testing.T) {
	t.Helper()
	if f.dropped == 0 || f.rate > 1.1*float64(videoLimit.bits) {
		t.Errorf("%.0f bits a second came through, %d packets did not", f.rate, f.dropped)
	}
	if f.bystanderLoss > 0.001 {
		t.Errorf("the other call lost %.2f %%", 100*f.bystanderLoss)
	}
	if f.otherSide < 150 {
		t.Errorf("the other side heard %d packets in 4 s", f.otherSide)
	}
	closeAny(t, f.room)
}

// recorded holds that both recordings have kept time and decode.
func (f flooded) recorded(t *testing.T) {
	t.Helper()
	end := f.room.Offset()
	recordings, err := f.room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	for _, r := range recordings {
		if apart := (r.Offset + r.Duration - end).Abs(); apart > time.Second || r.Err != nil {
			t.Errorf("%s ends at %s of %s: %v", r.Participant, r.Offset+r.Duration, end, r.Err)
		}
		if r.Bytes > 40<<20 {
			t.Errorf("%s has %d bytes", r.Participant, r.Bytes)
		}
	}
	decodes(t, recordings[0].Path)
}

// flood runs such a call beside another.
func flood(t *testing.T) flooded {
	t.Helper()
	s := newTestServer(t)
	room, _ := openRoom(t, s)
	agent := enter(t, room, "agent", "blue")
	customer := enter(t, room, "customer", "red")
	other, _ := openRoom(t, s)
	bystander := enter(t, other, "agent", "blue")
	enter(t, other, "customer", "green")
	agent.more(t, 50)
	bystander.more(t, 50)
	track, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}, "flood", "flood")
	if err != nil {
		t.Fatal(err)
	}
	for _, sender := range customer.PC.GetSenders() {
		if sender.Track() != nil && sender.Track().Kind() == webrtc.RTPCodecTypeVideo {
			if err := sender.ReplaceTrack(track); err != nil {
				t.Fatal(err)
			}
		}
	}
	in := room.find("customer").peer.Load().source(videoIndex)
	in.mu.Lock()
	first := uint16(in.gaps.highest) + 100 // what is far behind would be a replay
	in.mu.Unlock()
	stop, done := make(chan struct{}), make(chan struct{})
	before := room.Stats()[1].Video
	heard := other.Stats()
	began, audio := room.Offset(), agent.Audio.Load()
	go func() {
		defer close(done)
		payload := make([]byte, 1000)
		copy(payload, []byte{0x10, 0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0})
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for seq, n := first, 0; ; n++ {
			select {
			case <-tick.C:
			case <-stop:
				return
			}
			for range 80 { // 64 Mbit/s
				seq++
				binary.BigEndian.PutUint16(payload[20:], seq)
				_ = track.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, Marker: true, SequenceNumber: seq, Timestamp: uint32(n) * 900}, Payload: payload})
			}
		}
	}()
	bystander.more(t, 200)
	close(stop)
	<-done
	took := (room.Offset() - began).Seconds()
	after := room.Stats()[1].Video
	f := flooded{room: room, rate: float64(after.Bytes-before.Bytes) * 8 / (took + 1), dropped: after.Dropped, otherSide: agent.Audio.Load() - audio}
	for i, st := range other.Stats() {
		lost := float64(st.Video.Lost+st.Audio.Lost-heard[i].Video.Lost-heard[i].Audio.Lost) / float64(st.Video.Packets+st.Audio.Packets-heard[i].Video.Packets-heard[i].Audio.Packets)
		f.bystanderLoss = max(f.bystanderLoss, lost)
	}
	return f
}
