package media

import (
	"bytes"
	"container/heap"
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/transport/v4/packetio"
	"github.com/pion/webrtc/v4"
)

// The tests of this file are about time: how soon something is repaired, noticed or
// written. Theirs is a time of their own, which no machine is too slow for.

// clock is a time that stands still until a test moves it.
type clock struct{ now atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.now.Store(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) Now() time.Time { return time.Unix(0, c.now.Load()) }

// openStill opens a room that goes by a test's clock: nothing wakes it and its
// recorders, the test has them listen and step.
func openStill(t testing.TB, c *clock) (*Room, *eventLog) {
	t.Helper()
	s := newTestServerAt(t, c.Now)
	s.beats.ticks = make(chan time.Time)
	return openRoom(t, s)
}

// line is a participant on its wire, without a network: what it sends is handed in,
// encrypted, and what is sent to it comes out where the test says.
type line struct {
	*peer
	encrypt, decrypt *srtp.Context // the participant's own
}

// newLine joins as one; to gets the datagrams that are sent to it.
func newLine(t *testing.T, room *Room, name string, to func(datagram []byte)) *line {
	t.Helper()
	if _, err := room.Join(context.Background(), name, goodOffer); err != nil {
		t.Fatal(err)
	}
	l := &line{peer: room.find(name).peer.Load()}
	l.pc.OnConnectionStateChange(func(webrtc.PeerConnectionState) {}) // Pion hears of nobody
	secret := func(of byte) *srtp.Context {
		c, err := srtp.CreateContext(bytes.Repeat([]byte{of}, 16), bytes.Repeat([]byte{of}, 12), srtp.ProtectionProfileAeadAes128Gcm)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	l.encrypt, l.decrypt = secret(1), secret(2)
	w := &wire{p: l.peer, taps: room.server.taps, sinks: map[uint32]*sink{}, decrypt: secret(1), encrypt: secret(2)}
	w.to = func(b []byte, _ netip.AddrPort) { to(bytes.Clone(b)) }
	ssrc := uint32(l.id) << 8
	l.outs(func(o *outTrack) {
		ssrc++
		o.mu.Lock()
		defer o.mu.Unlock()
		o.bound, o.ssrc, o.pt = true, ssrc+10, 96
		if o.audio {
			o.pt = 111
		}
		o.writer = writerFunc(func(*rtp.Header, []byte) { t.Error("a packet went Pion's way") })
	})
	l.wire.Store(w)
	l.mu.Lock()
	l.pion = webrtc.PeerConnectionStateConnected
	l.mu.Unlock()
	return l
}

// send hands in a packet that the participant sends.
func (l *line) send(t *testing.T, plain []byte) {
	t.Helper()
	l.wire.Load().take(l.sealed(t, plain))
}

func (l *line) sealed(t *testing.T, plain []byte) []byte {
	t.Helper()
	b, err := l.encrypt.EncryptRTP(nil, plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// opusPacket is one of silence.
func opusPacket(seq uint16) []byte {
	b := []byte{0x80, 111, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[4:], uint32(seq)*960)
	return append(b, 0xf8, 0xff, 0xfe)
}

// pictureAt is a picture in one packet, a key frame.
func pictureAt(seq uint16, timestamp uint32) []byte {
	b := vp8Packet(12, seq, "", 200)
	binary.BigEndian.PutUint32(b[4:], timestamp)
	return b
}

// network is a time line of what is to happen on a network that loses and delays.
type network struct {
	clock  *clock
	began  time.Time
	queue  happenings
	count  int
	random *rand.Rand
	loss   float64
	delay  time.Duration // of one leg
	lost   int
}

type happening struct {
	at time.Duration
	n  int // of those at one time the first first
	do func()
}

type happenings []happening

func (h happenings) Len() int { return len(h) }
func (h happenings) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].n < h[j].n
}
func (h happenings) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *happenings) Push(x any)   { *h = append(*h, x.(happening)) }
func (h *happenings) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}

func newNetwork(c *clock) *network {
	return &network{clock: c, began: c.Now(), random: rand.New(rand.NewPCG(7, 11))}
}

func (n *network) now() time.Duration { return n.clock.Now().Sub(n.began) }

func (n *network) after(d time.Duration, do func()) {
	n.count++
	heap.Push(&n.queue, happening{n.now() + d, n.count, do})
}

// carry brings a datagram over one leg, or loses it.
func (n *network) carry(arrives func()) {
	if n.random.Float64() < n.loss {
		n.lost++
		return
	}
	n.after(n.delay, arrives)
}

// run lets all happen that is to.
func (n *network) run() {
	for len(n.queue) > 0 {
		next := heap.Pop(&n.queue).(happening)
		n.clock.now.Store(n.began.Add(next.at).UnixNano())
		next.do()
	}
}

// TestFivePercentInTime loses 5 % of all datagrams on each leg, of media, repairs and
// requests: all of the video comes to the other side, 99 % of it within 130 ms, and
// all of it into the file. The legs are of 5 ms, the receiver asks as a browser does.
func TestFivePercentInTime(t *testing.T) {
	t.Parallel()
	c := newClock()
	room, _ := openStill(t, c)
	net := newNetwork(c)
	net.loss, net.delay = 0.05, 5*time.Millisecond

	const packets, step = 4000, 12500 * time.Microsecond
	var customer, agent *line
	sent := map[uint16][]byte{} // by number, encrypted
	sentAt := map[uint16]time.Duration{}
	feedback := func(l *line, b []byte) []rtcp.Packet {
		plain, err := l.decrypt.DecryptRTCP(nil, b, nil)
		if err != nil {
			t.Fatal(err)
		}
		all, err := rtcp.Unmarshal(plain)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	customer = newLine(t, room, "customer", func(b []byte) {
		if isSRTP(b) {
			return
		}
		for _, p := range feedback(customer, b) {
			if n, ok := p.(*rtcp.TransportLayerNack); ok {
				net.carry(func() {
					for _, pair := range n.Nacks {
						for _, seq := range pair.PacketList() {
							net.carry(func() { customer.wire.Load().take(bytes.Clone(sent[seq])) })
						}
					}
				})
			}
		}
	})
	// The receiver: who sees a hole asks at once, and again each 30 ms.
	came := map[uint16]time.Duration{}
	var first, highest uint16
	var media uint32
	var missing []uint16
	ask := func(seqs ...uint16) {
		if len(seqs) == 0 {
			return
		}
		raw, err := (&rtcp.TransportLayerNack{MediaSSRC: media, Nacks: rtcp.NackPairsFromSequenceNumbers(seqs)}).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		b, err := agent.encrypt.EncryptRTCP(nil, raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		net.carry(func() { agent.wire.Load().take(b) })
	}
	agent = newLine(t, room, "agent", func(b []byte) {
		if !isSRTP(b) {
			return
		}
		net.carry(func() {
			plain, err := agent.decrypt.DecryptRTP(nil, b, nil)
			if err != nil {
				t.Error(err)
				return
			}
			h, _, ok := parseRTP(plain)
			if !ok || h.pt != 96 {
				t.Errorf("got %+v", h)
				return
			}
			if len(came) == 0 {
				first, highest, media = h.seq, h.seq, h.ssrc
			}
			if _, again := came[h.seq]; !again {
				came[h.seq] = net.now()
			}
			missing = slices.DeleteFunc(missing, func(seq uint16) bool { return seq == h.seq })
			var holes []uint16
			for ; int16(h.seq-highest) > 0; highest++ {
				if next := highest + 1; next != h.seq {
					holes = append(holes, next)
				}
			}
			missing = append(missing, holes...)
			ask(holes...)
		})
	})
	for n := range packets {
		net.after(time.Duration(n)*step, func() {
			seq := uint16(65000 + n) // goes round
			sent[seq], sentAt[seq] = customer.sealed(t, pictureAt(seq, uint32(n)*1125)), net.now()
			net.carry(func() { customer.wire.Load().take(bytes.Clone(sent[seq])) })
			if n == packets-50 {
				net.loss = 0 // a hole is seen by what comes after it
			}
		})
	}
	for n := range packets * int(step/time.Millisecond) / 30 {
		net.after(time.Duration(n)*30*time.Millisecond, func() { ask(missing...) })
	}
	net.run()

	// Numbers are passed on as they are, from the first that came.
	var took []time.Duration
	lost := 0
	for n := range packets {
		seq := uint16(65000 + n)
		at, ok := came[seq]
		if n < 20 && !ok && int16(seq-first) < 0 { // before the first that came
			continue
		}
		if !ok {
			lost++
			continue
		}
		took = append(took, at-sentAt[seq])
	}
	slices.Sort(took)
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	t.Logf("%d datagrams lost, %d of %d packets missing, p50 %s, p99 %s, at most %s", net.lost, lost, packets, p50, p99, took[len(took)-1])
	if lost != 0 || p99 > 130*time.Millisecond || len(took) < packets-20 {
		t.Errorf("%d of %d packets came, p99 %s", len(took), packets, p99)
	}
	if p50 != 2*net.delay || net.lost < packets/10 {
		t.Errorf("a network with p50 %s that lost %d", p50, net.lost)
	}
	stats := room.Stats()
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 1 {
		t.Fatalf("%+v, %v", recordings, err)
	}
	if st := room.Stats()[0]; st.Video.Lost != 0 || st.Video.Packets < packets-20 || stats[0].Participant != "customer" {
		t.Errorf("the recorder lacks %d of %d", st.Video.Lost, st.Video.Packets)
	}
	if got := probe(t, recordings[0].Path).Streams[0].Packets; got != strconv.Itoa(len(took)) {
		t.Errorf("%s pictures in the file, %d came", got, len(took))
	}
}

// TestAwayInTime is when a participant counts as away: the others know within 3 s of
// the last that was heard of him, sooner when his page's socket is gone as well,
// never because of what a bad network does; and later nothing is sent to him.
func TestAwayInTime(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	random := rand.New(rand.NewPCG(5, 6))
	for name, test := range map[string]struct {
		sends    func(l *line, now time.Duration) // each 10 ms
		doubted  bool
		from, to time.Duration // when he must be found away; zero: never
	}{
		"goes on": {sends: func(l *line, now time.Duration) { l.send(t, opusPacket(uint16(now/(20*ms)))) }},
		"a fifth is lost, and late by up to 100 ms": {sends: func(l *line, now time.Duration) {
			if random.Float64() > 0.2 && now%(100*ms) == 0 {
				l.send(t, opusPacket(uint16(now/(20*ms))))
			}
		}},
		"late by a second all at once": {sends: func(l *line, now time.Duration) {
			if now%(1000*ms) == 0 {
				for i := range 50 {
					l.send(t, opusPacket(uint16(now/(20*ms)-50)+uint16(i)))
				}
			}
		}},
		"checks only, of which one is lost": {sends: func(l *line, now time.Duration) {
			if now%(2000*ms) == 0 {
				l.wire.Load().aside.Store(int64(l.room.Offset()) + 1)
			}
		}},
		"media ends at 5 s": {sends: func(l *line, now time.Duration) {
			if now < 5000*ms {
				l.send(t, opusPacket(uint16(now/(20*ms))))
			}
		}, from: 5000*ms + silentAfter - 20*ms, to: 7500 * ms},
		"media ends at 5 s, and the page is gone": {sends: func(l *line, now time.Duration) {
			if now < 5000*ms {
				l.send(t, opusPacket(uint16(now/(20*ms))))
			}
		}, doubted: true, from: 5000*ms + doubtedAfter - 20*ms, to: 6700 * ms},
		"checks end at 5 s": {sends: func(l *line, now time.Duration) {
			if now <= 5000*ms && now%(500*ms) == 0 {
				l.wire.Load().aside.Store(int64(l.room.Offset()) + 1)
			}
		}, from: 5000*ms + quietAfter - 20*ms, to: 8000 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClock()
			room, log := openStill(t, c)
			defer closeAny(t, room)
			l := newLine(t, room, "customer", func([]byte) {})
			l.wire.Load().aside.Store(1)
			began := c.Now()
			away, muted := time.Duration(0), time.Duration(0)
			for now := time.Duration(0); now < 40*time.Second; now += 10 * ms {
				c.now.Store(began.Add(now).UnixNano())
				test.sends(l, now)
				if now == 5000*ms && test.doubted {
					room.Doubt("customer")
				}
				if now%listenEvery != 0 {
					continue
				}
				room.listen(int(now / listenEvery))
				if away == 0 && !l.connected.Load() {
					away = now
				}
				if muted == 0 && l.mute.Load() {
					muted = now
				}
			}
			if test.to == 0 {
				if away != 0 || muted != 0 {
					t.Errorf("away at %s, silenced at %s", away, muted)
				}
				return
			}
			if away < test.from || away > test.to {
				t.Errorf("away at %s, want between %s and %s", away, test.from, test.to)
			}
			if muted < away || muted > 5000*ms+30*time.Second { // RFC 7675, 5.1
				t.Errorf("away at %s, silenced at %s", away, muted)
			}
			log.wait(t, Disconnected, "customer", 1)
			// He is heard again.
			l.send(t, opusPacket(5000))
			room.listen(1)
			if !l.connected.Load() || l.mute.Load() {
				t.Error("heard again, and away")
			}
		})
	}
	t.Run("this machine was asleep", func(t *testing.T) {
		c := newClock()
		room, _ := openStill(t, c)
		defer closeAny(t, room)
		l := newLine(t, room, "customer", func([]byte) {})
		l.send(t, opusPacket(1))
		room.listen(1)
		c.now.Add(int64(10 * time.Second)) // what came meanwhile is still to be read
		room.listen(2)
		if !l.connected.Load() {
			t.Error("taken for away")
		}
	})
}

// TestTwoWays: a packet that comes by Pion's way late, when the wire has stood for a
// while, takes nobody's place: what comes by the wire goes on. (On a busy machine a
// participant was neither heard nor seen for the rest of a call.)
func TestTwoWays(t *testing.T) {
	t.Parallel()
	c := newClock()
	room, log := openStill(t, c)
	defer closeAny(t, room)
	l := newLine(t, room, "customer", func([]byte) {})
	for seq := uint16(10); seq < 20; seq++ {
		l.send(t, opusPacket(seq))
		l.send(t, pictureAt(seq, uint32(seq)*3600))
	}
	for _, late := range [][]byte{opusPacket(9), pictureAt(8, 8*3600)} {
		s := l.newSink(packetio.RTPBufferPacket, binary.BigEndian.Uint32(late[8:]))
		if _, err := s.Write(late); err != nil {
			t.Fatal(err)
		}
		_ = s.Close()
	}
	for seq := uint16(20); seq < 30; seq++ {
		l.send(t, opusPacket(seq))
		l.send(t, pictureAt(seq, uint32(seq)*3600))
	}
	if s := room.Stats()[0]; s.Audio.Packets < 20 || s.Video.Packets < 20 {
		t.Errorf("%d of 20 packets of sound, %d of picture", s.Audio.Packets, s.Video.Packets)
	}
	log.wait(t, MediaStarted, "customer", 2)
}

// TestMetronome: each is woken once in so many beats, those of one kind not all at
// once; who is slow is not waited for; and when nobody is left there is no beat.
func TestMetronome(t *testing.T) {
	t.Parallel()
	m := metronome{ticks: make(chan time.Time)} // the test beats
	var recorders, rooms []chan struct{}
	var remove []func()
	for range recordBeats {
		wake := make(chan struct{}, 1)
		recorders, remove = append(recorders, wake), append(remove, m.add(recordBeats, wake))
	}
	for range 2 {
		wake := make(chan struct{}, 1)
		rooms, remove = append(rooms, wake), append(remove, m.add(listenBeats, wake))
	}
	slow := make(chan struct{}, 1)
	remove = append(remove, m.add(listenBeats, slow))
	woken := map[chan struct{}]int{}
	for n := range 2 * recordBeats {
		m.beat(n)
		now := 0
		for _, wake := range append(recorders, rooms...) {
			select {
			case <-wake:
				woken[wake]++
				now++
			default:
			}
		}
		if now > 2 {
			t.Errorf("%d at one beat", now)
		}
	}
	for _, wake := range recorders {
		if n := woken[wake]; n != 2 {
			t.Errorf("a recorder was woken %d times", n)
		}
	}
	for _, wake := range rooms {
		if n := woken[wake]; n != 2*recordBeats/listenBeats {
			t.Errorf("a room was woken %d times", n)
		}
	}
	for _, fn := range remove {
		fn()
		fn()
	}
	if m.stop != nil || m.count != 0 || slices.ContainsFunc(m.wakes[:], func(w []chan struct{}) bool { return len(w) != 0 }) {
		t.Errorf("%d left", m.count)
	}
	// By its own ticker.
	var own metronome
	wake := make(chan struct{}, 1)
	defer own.add(listenBeats, wake)()
	<-wake
}
