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

// TestFivePercent loses 5 % of all datagrams on each leg of a real call, repairs and
// feedback too: what comes to the other side is nearly all of it, a tenth would be
// missing without repairs. How soon repairs come is TestFivePercentInTime's and the
// benchmark's: here a busy machine makes them late.
func TestFivePercent(t *testing.T) {
	t.Parallel()
	for name, r := range fivePercent(t) {
		t.Logf("%s: %d of %d video packets missing, p50 %s, p99 %s", name, r.missing, r.total, r.p50, r.p99)
		if r.total < 200 || r.missing > r.total/40 {
			t.Errorf("%s lacks %d of %d video packets", name, r.missing, r.total)
		}
	}
}

// BenchmarkFivePercent is how late 5 % of loss on each leg makes video: 99 % of it is
// to come within 130 ms, and all of it.
func BenchmarkFivePercent(b *testing.B) {
	for b.Loop() {
		var missing int
		var p50, p99 time.Duration
		for _, r := range fivePercent(b) {
			missing += r.missing
			p50, p99 = max(p50, r.p50), max(p99, r.p99)
		}
		b.ReportMetric(float64(missing), "ours-missing")
		b.ReportMetric(float64(p50)/1e6, "ours-p50-ms")
		b.ReportMetric(float64(p99)/1e6, "ours-p99-ms")
	}
	b.ReportMetric(0, "ns/op")
}

// repaired is what came of one side's video to the other.
type repaired struct {
	missing, total int
	p50, p99       time.Duration
}

func fivePercent(t testing.TB) map[string]repaired {
	t.Helper()
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
	results := map[string]repaired{}
	for name, cl := range clients {
		cl.Impair(0, 0)
		cl.more(t, 25) // the last are repaired
		r := repaired{}
		cl.mu.Lock()
		last := cl.first
		for seq := range cl.video {
			if int16(seq-last) > 0 {
				last = seq
			}
		}
		for seq := cl.first; seq != last; seq++ {
			r.total++
			if !cl.video[seq] {
				r.missing++
			}
		}
		cl.mu.Unlock()
		r.p50, r.p99 = runs[name].quantiles()
		results[name] = r
	}
	closeAny(t, room)
	return results
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
	customer.more(t, 25)
	if n := log.count(Left) + log.count(Failed); n != 0 {
		t.Errorf("%d times gone", n)
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
		if share < 0.1 { // a busy machine loses more than the network
			t.Errorf("%s: only %.0f %% of the pictures", r.Participant, 100*share)
		}
	}
}

// TestSlowNetwork delays what the customer sends and gets by up to a second and
// loses a tenth of it: the call goes on. That it is not taken for away then:
// TestAwayInTime.
func TestSlowNetwork(t *testing.T) {
	t.Parallel()
	room, _, agent, customer := runningCall(t)
	agent.more(t, 50)
	customer.Impair(0.10, time.Second)
	agent.more(t, 300)
	customer.more(t, 50)
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
		w.p.taking.Lock()
		if len(w.sinks) == 0 {
			t.Errorf("%s: nothing came by the wire", who.name)
		}
		w.p.taking.Unlock()
	}
}

// TestSilentWatcher is somebody who sends no media: he is away when his page's
// checks are not heard of, and there again when they are. When: TestAwayInTime.
func TestSilentWatcher(t *testing.T) {
	t.Parallel()
	room, log := openRoom(t, newTestServer(t))
	person(t, room, Party{Name: "agent", Role: RoleAgent}, "blue")
	boss := person(t, room, Party{Name: "boss", Role: RoleSupervisor}, "green", mediatest.Silent())
	log.wait(t, Connected, "boss", 1)
	boss.gets(t, "other", sound) // nobody else is there
	for n, doubt := range []bool{false, true} {
		boss.Unplug()
		if doubt {
			room.Doubt("boss")
		}
		log.wait(t, Disconnected, "boss", n+1)
		boss.Plug()
		log.wait(t, Connected, "boss", n+2)
		room.Trust("boss")
	}
}

// TestSilentPeer stops hearing a peer that still hears us: nothing is sent to it any
// more, until it is heard again. Within how long: TestAwayInTime.
func TestSilentPeer(t *testing.T) {
	t.Parallel()
	room, log, agent, customer := runningCall(t)
	customer.more(t, 25)
	customer.Mute(true)
	log.wait(t, Disconnected, "customer", 1)
	p := room.find("customer").peer.Load()
	for limit := time.Now().Add(patience); !p.mute.Load(); <-time.After(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("media is still sent to who is not heard")
		}
	}
	// The packets that are being passed on now were begun with before.
	passed := func() uint64 {
		s := room.Stats()[0]
		return s.Audio.Packets + s.Video.Packets
	}
	sent := func() (n uint64) {
		p.outs(func(o *outTrack) {
			o.mu.Lock()
			n += o.packets
			o.mu.Unlock()
		})
		return n
	}
	goOn := func(n uint64) {
		want, limit := passed()+n, time.Now().Add(patience)
		for ; passed() < want; <-time.After(5 * time.Millisecond) {
			if time.Now().After(limit) {
				t.Fatal("the agent sends no more")
			}
		}
	}
	goOn(2)
	before := sent()
	goOn(75)
	if n := sent() - before; n > 0 {
		t.Errorf("%d packets were still sent", n)
	}
	customer.Mute(false)
	restart(t, room, customer, func() {})
	customer.more(t, 25)
	agent.more(t, 25)
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

func closeAny(t testing.TB, room *Room) {
	t.Helper()
	if _, err := room.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// flooded is a call in which a participant sent ten times what it may.
type flooded struct {
	room          *Room
	began, ended  time.Duration
	took          uint64  // bytes of it that were taken
	dropped       uint64  // packets of it that were not
	bystanderLoss float64 // share of another call's packets
	otherLoss     float64 // and of the other side's
}

// harmless holds that it was held to its limit, and that all others go on.
func (f flooded) harmless(t *testing.T) {
	t.Helper()
	allowed := float64(videoLimit.bits) * (f.ended - f.began + videoLimit.burst).Seconds()
	if bits := float64(f.took * 8); f.dropped == 0 || bits > 1.1*allowed {
		t.Errorf("%.0f bits came through, %.0f are allowed in %s; %d packets did not", bits, allowed, f.ended-f.began, f.dropped)
	}
	t.Logf("the other call lost %.2f %%, the other side %.2f %%", 100*f.bystanderLoss, 100*f.otherLoss)
	closeAny(t, f.room)
}

// recorded holds that both recordings have kept time and decode.
func (f flooded) recorded(t *testing.T) {
	t.Helper()
	closes := f.room.Offset()
	recordings, err := f.room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	for _, r := range recordings {
		r.endsBetween(t, closes, f.room.Offset())
		if most := float64(videoLimit.bits) / 8 * (closes + videoLimit.burst).Seconds() * 1.1; float64(r.Bytes) > most {
			t.Errorf("%s has %d bytes, may have %.0f", r.Participant, r.Bytes, most)
		}
	}
	decodes(t, recordings[0].Path)
}

// BenchmarkFlood is what a participant's flood costs others: the share of their
// packets that is lost, in percent. It is to be none.
func BenchmarkFlood(b *testing.B) {
	for b.Loop() {
		f := flood(b)
		b.ReportMetric(100*f.bystanderLoss, "ours-%-of-another-call")
		b.ReportMetric(100*f.otherLoss, "ours-%-of-the-other-side")
		closeAny(b, f.room)
	}
	b.ReportMetric(0, "ns/op")
}

// flood runs such a call beside another, which goes on meanwhile.
func flood(t testing.TB) flooded {
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
	f := flooded{room: room, began: room.Offset()}
	before := room.Stats()
	heard := other.Stats()
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
	bystander.more(t, 200) // they go on while it is dropped
	agent.more(t, 100)
	for limit := time.Now().Add(patience); room.Stats()[1].Video.Dropped < 1000 && time.Now().Before(limit); {
		bystander.more(t, 10)
	}
	close(stop)
	<-done
	f.ended = room.Offset()
	after := room.Stats()
	f.took, f.dropped = after[1].Video.Bytes-before[1].Video.Bytes, after[1].Video.Dropped
	loss := func(before, after ParticipantStats) float64 {
		lost := after.Video.Lost + after.Audio.Lost - before.Video.Lost - before.Audio.Lost
		return float64(lost) / float64(max(lost+after.Video.Packets+after.Audio.Packets-before.Video.Packets-before.Audio.Packets, 1))
	}
	for i, st := range other.Stats() {
		f.bystanderLoss = max(f.bystanderLoss, loss(heard[i], st))
	}
	f.otherLoss = loss(before[0], after[0])
	return f
}
