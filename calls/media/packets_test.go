package media

import (
	"bytes"
	"encoding/binary"
	"math"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
)

// TestParseRTP compares our reading of packets with Pion's.
func TestParseRTP(t *testing.T) {
	t.Parallel()
	p := rtp.Packet{Header: rtp.Header{Version: 2, Marker: true, PayloadType: 96, SequenceNumber: 65535, Timestamp: 7, SSRC: 9, CSRC: []uint32{1, 2}}, Payload: []byte("payload")}
	if err := p.SetExtension(3, []byte("mid0")); err != nil {
		t.Fatal(err)
	}
	b, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	h, payload, ok := parseRTP(b)
	if !ok || !h.marker || h.pt != 96 || h.seq != 65535 || h.timestamp != 7 || h.ssrc != 9 || string(payload) != "payload" || string(h.extensionValue(3)) != "mid0" || h.extensionValue(4) != nil {
		t.Errorf("%+v %q %t", h, payload, ok)
	}
	for n := range 12 + 8 + 4 {
		if _, _, ok := parseRTP(b[:n]); ok {
			t.Errorf("%d bytes were taken for a packet", n)
		}
	}
	for _, bad := range [][]byte{nil, {0x10}, {0x80}, bytes.Repeat([]byte{0xff}, 12), append([]byte{0xa0}, make([]byte, 11)...), append([]byte{0xa0}, make([]byte, 12)...)} {
		if _, _, ok := parseRTP(bad); ok {
			t.Errorf("%x was taken for a packet", bad)
		}
	}
}

func redPayload(pt uint8, offset uint32, earlier, primary []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, 1<<31|uint32(pt)<<24|offset<<10|uint32(len(earlier)))
	return append(append(append(b, pt), earlier...), primary...)
}

func TestParseRED(t *testing.T) {
	t.Parallel()
	var into [maxRED]redBlock
	blocks, ok := parseRED(redPayload(111, 960, []byte("before"), []byte("now")), &into)
	if !ok || len(blocks) != 2 || blocks[0].pt != 111 || blocks[0].offset != 960 || string(blocks[0].data) != "before" || string(blocks[1].data) != "now" || blocks[1].offset != 0 {
		t.Errorf("%+v, %t", blocks, ok)
	}
	if blocks, ok := parseRED([]byte{111, 1, 2}, &into); !ok || len(blocks) != 1 || len(blocks[0].data) != 2 {
		t.Errorf("a primary alone: %+v, %t", blocks, ok)
	}
	for _, bad := range [][]byte{nil, {0xff}, {0xef, 0, 0, 9, 0x6f, 1}, bytes.Repeat([]byte{0xef, 0, 0, 0}, 5)} {
		if blocks, ok := parseRED(bad, &into); ok {
			t.Errorf("%x was taken: %+v", bad, blocks)
		}
	}
}

func TestNacks(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	var g nacks
	arrive := func(seq uint16, now time.Duration, want bool) {
		t.Helper()
		if _, news, _ := g.arrived(seq, now); news != want {
			t.Errorf("%d at %s: news %t", seq, now, news)
		}
	}
	arrive(65533, 0, true)
	arrive(65533, 0, false)
	arrive(2, 10*ms, true) // 65534, 65535, 0 and 1 are missing
	pairs, _ := g.ask(10*ms, 40*ms)
	if len(pairs) != 1 || pairs[0] != (rtcp.NackPair{PacketID: 65534, LostPackets: 0b111}) {
		t.Fatalf("asked at once for %+v", pairs)
	}
	if pairs, _ := g.ask(40*ms, 40*ms); pairs != nil {
		t.Errorf("asked again before a round trip: %+v", pairs)
	}
	arrive(65535, 45*ms, true)
	arrive(65535, 45*ms, false)
	if pairs, _ := g.ask(61*ms, 40*ms); len(pairs) != 1 || pairs[0] != (rtcp.NackPair{PacketID: 65534, LostPackets: 0b110}) {
		t.Errorf("asked again for %+v", pairs)
	}
	// Nobody has them: they are given up.
	gave, asked := 0, 0
	for now := 70 * ms; now < 2*time.Second; now += 5 * ms {
		p, n := g.ask(now, 40*ms)
		gave += n
		asked += len(p)
	}
	if gave != 3 || asked == 0 || asked > nackAttempts || len(g.missing) != 0 || g.lost != 3 {
		t.Errorf("gave up %d after %d, lost %d, %d still missing", gave, asked, g.lost, len(g.missing))
	}
	arrive(0, 2*time.Second, false) // too late
	// A hole that nobody can repair, and a new numbering.
	if _, news, lost := g.arrived(2+500, 3*time.Second); !news || lost != 499-maxGap || len(g.missing) != maxGap {
		t.Errorf("a large hole: lost %d, %d missing", lost, len(g.missing))
	}
	if _, news, _ := g.arrived(30000, 3*time.Second); !news || len(g.missing) != 0 {
		t.Errorf("a new numbering: %d missing", len(g.missing))
	}
}

func TestRing(t *testing.T) {
	t.Parallel()
	r := ring{size: 1000, pool: &chunkPool{size: 200}}
	for i := range 100 {
		r.add(&rtpHeader{seq: uint16(65500 + i), timestamp: uint32(i)}, false, bytes.Repeat([]byte{byte(i)}, 90))
	}
	kept := 0
	for i := range 100 {
		s, payload, ok := r.get(uint16(65500 + i))
		if !ok {
			if kept > 0 {
				t.Errorf("%d of later ones is missing", i)
			}
			continue
		}
		kept++
		if s.timestamp != uint32(i) || len(payload) != 90 || payload[0] != byte(i) || payload[89] != byte(i) {
			t.Errorf("%d: %+v, %d bytes", i, s, len(payload))
		}
	}
	if kept < 9 || kept > 13 || len(r.chunks) > 7 { // a chunk more or less
		t.Errorf("%d kept of 1000 bytes, in %d chunks", kept, len(r.chunks))
	}
	if _, _, ok := r.get(1); ok {
		t.Error("one that never came")
	}
	// What the recorder still needs stays as it is, however much comes after it.
	kept1, in := r.add(&rtpHeader{seq: 7}, false, bytes.Repeat([]byte{7}, 90))
	in.keep()
	for i := range 300 {
		r.add(&rtpHeader{seq: uint16(8 + i)}, false, bytes.Repeat([]byte{9}, 90))
	}
	if !bytes.Equal(kept1, bytes.Repeat([]byte{7}, 90)) {
		t.Errorf("written over: %v", kept1)
	}
	if n := in.refs.Load(); n != 1 {
		t.Errorf("%d want the chunk that the ring has let go", n)
	}
	in.release()
}

// TestRating holds the E-model to known points: a perfect line, and what loss and
// delay do to it.
func TestRating(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		delay     time.Duration
		loss      float64
		r, mos    float64
		tolerance float64
	}{
		{0, 0, 93.2, 4.41, 0.01},                        // G.107's default
		{100 * time.Millisecond, 0, 90.8, 4.36, 0.05},   // still very good
		{400 * time.Millisecond, 0, 59.1, 3.06, 0.1},    // beyond G.114's limit
		{0, 0.10, 45.7, 2.36, 0.1},                      // half of it
		{100 * time.Millisecond, 1, 4.4, 1, 0.1},        // nothing comes through
		{100 * time.Millisecond, 0.02, 74.97, 3.83, .1}, // G.109: "medium"
	} {
		r := Rating(c.delay, c.loss)
		if math.Abs(r-c.r) > 0.1 || math.Abs(MOS(r)-c.mos) > c.tolerance {
			t.Errorf("%s, %g: R %.2f, MOS %.2f, want %.1f and %.2f", c.delay, c.loss, r, MOS(r), c.r, c.mos)
		}
	}
}

func TestLimiter(t *testing.T) {
	t.Parallel()
	l := limiter{bits: 80_000, packets: 100, burst: time.Second}
	passed := 0
	for i := range 10_000 { // 10 s of 1000 packets a second
		if l.allow(time.Duration(i)*time.Millisecond, 10) {
			passed++
		}
	}
	if passed < 1050 || passed > 1110 { // 100 a second, and the burst
		t.Errorf("%d passed", passed)
	}
}

// TestLink holds the estimates to the directions that they must take.
func TestLink(t *testing.T) {
	t.Parallel()
	var l link
	l.reset()
	now := time.Second
	l.reported(0.2, 1_000_000, now)
	if d := l.down(now); d != 900_000 {
		t.Errorf("after 20 %% of loss at 1 Mbit/s: %d", d)
	}
	for range 20 {
		now += time.Second
		l.reported(0, 900_000, now)
	}
	if d := l.down(now); d != rateMax {
		t.Errorf("20 s without loss later: %d", d)
	}
	l.told(300_000, now)
	if d := l.down(now); d != 300_000 {
		t.Errorf("the receiver says 300000: %d", d)
	}
	if d := l.down(now + rebMaxAge); d != rateMax {
		t.Errorf("it said so long ago: %d", d)
	}
	if up := l.uplink(200*time.Millisecond, 800_000, now); up != 680_000 {
		t.Errorf("a queue at 800 kbit/s: %d", up)
	}
	if up := l.uplink(200*time.Millisecond, 800_000, now+100*time.Millisecond); up != 680_000 {
		t.Errorf("lowered twice for one queue: %d", up)
	}
	if up := l.uplink(0, 680_000, now+3*time.Second); up <= 680_000 {
		t.Errorf("no queue any more: %d", up)
	}

	// A queue that builds up by 10 ms a frame is seen.
	var d delayWatch
	for i := range 50 {
		at := time.Duration(i) * 40 * time.Millisecond
		d.see(&rtpHeader{timestamp: uint32(i) * 3600}, at)
	}
	if d.queue != 0 {
		t.Errorf("a queue of %s on a steady way", d.queue)
	}
	for i := range 25 {
		at := time.Duration(50+i)*40*time.Millisecond + time.Duration(i)*10*time.Millisecond
		d.see(&rtpHeader{timestamp: uint32(50+i) * 3600}, at)
	}
	if d.queue < queueTooBig {
		t.Errorf("a queue of %s after a second of congestion", d.queue)
	}
}

// FuzzPackets holds what is done with a packet before and after it is decrypted,
// up to frames, to: no panic, and nothing outside of the packet.
func FuzzPackets(f *testing.F) {
	for _, seed := range [][]byte{{0x10}, {0x00}, {0x90, 0x00}, {0x90, 0x80, 0x01}, {}} {
		f.Add(seed, false)
		f.Add(append([]byte{0x80, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}, seed...), true)
	}
	f.Add(redPayload(111, 960, []byte("before"), []byte("now")), false)
	f.Add(append([]byte{0xb0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0xbe, 0xde, 0, 1, 0x30, 'a', 0, 0}, 0x10, 0, 0, 0, 0x9d, 1, 0x2a, 1), true)
	f.Fuzz(func(t *testing.T, b []byte, whole bool) {
		payload := b
		var h rtpHeader
		if whole {
			var ok bool
			if h, payload, ok = parseRTP(b); !ok {
				return
			}
			h.extensionValue(3)
			h.extensionValue(15)
		}
		var into [maxRED]redBlock
		if blocks, ok := parseRED(payload, &into); ok {
			total := 0
			for _, block := range blocks {
				total += len(block.data)
				opusDuration(block.data)
			}
			if total >= len(payload) {
				t.Fatalf("%d bytes in blocks of a payload of %d", total, len(payload))
			}
		}
		var v videoSeen
		v.see(&h, payload, 0)
		var frames vp8Frames
		var s stream
		var r ring
		r.size, r.pool = 4096, &chunkPool{size: 2048}
		for i := range 3 {
			r.add(&h, false, payload)
			s.accept(packet{index: videoIndex, seq: h.seq + uint16(i), timestamp: h.timestamp, marker: i > 0, payload: payload}, func(p packet, lost int) {
				if frame, key := frames.add(p, lost); key {
					if w, height, ok := vp8KeyFrame(frame); !ok || w <= 0 || height <= 0 {
						t.Fatalf("a key frame of %d×%d", w, height)
					}
				}
			})
		}
	})
}

// FuzzFeedback holds the handling of RTCP to the same.
func FuzzFeedback(f *testing.F) {
	for _, p := range []rtcp.Packet{
		&rtcp.PictureLossIndication{MediaSSRC: 7}, &rtcp.TransportLayerNack{MediaSSRC: 7, Nacks: []rtcp.NackPair{{PacketID: 1, LostPackets: 0xffff}}},
		&rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{SSRC: 7}}}, &rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 1e6, SSRCs: []uint32{7}},
		&rtcp.FullIntraRequest{MediaSSRC: 7, FIR: []rtcp.FIREntry{{SSRC: 7}}}, &rtcp.SenderReport{SSRC: 7},
	} {
		b, err := p.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	now := time.Now()
	s := &Server{cfg: Config{Now: func() time.Time { return now }}}
	r := &Room{server: s}
	r.all.Store(new([]*participant))
	f.Fuzz(func(t *testing.T, b []byte) {
		p := &peer{room: r, who: &participant{}}
		p.mute.Store(true) // nothing is written: there is no connection
		p.link.reset()
		o := &outTrack{p: p, bound: true, ssrc: 7}
		p.out[videoOuts] = []*outTrack{o}
		p.in[videoIndex] = &source{p: p, index: videoIndex, ssrc: 7}
		p.receiveRTCP(7, b)
	})
}
