package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/transport/v4/packetio"
)

// hostile joins as the customer with an offer that nobody stands behind, so that
// packets can be handed in as if they had been decrypted.
func hostile(t testing.TB, room *Room, offer string) *peer {
	t.Helper()
	if _, err := room.Join(context.Background(), "customer", offer); err != nil {
		t.Fatal(err)
	}
	return room.find("customer").peer.Load()
}

// vp8Packet is an RTP packet of a key frame; mid is put into extension 3 when it
// is given.
func vp8Packet(ssrc uint32, seq uint16, mid string, size int) []byte {
	b := []byte{0x80, 0x80 | 96, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(b[2:], seq)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	if mid != "" {
		b[0] |= 0x10
		b = append(b, 0xbe, 0xde, 0, 1, 3<<4|byte(len(mid)-1))
		b = append(append(b, mid...), make([]byte, 3-len(mid))...)
	}
	payload := make([]byte, size)
	copy(payload, []byte{0x10, 0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0})
	return append(b, payload...)
}

const midExtension = "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid\r\n"

// TestManyStreams: a participant who sends under ever new SSRCs gets neither
// memory for each, nor another's worth of bandwidth, and is shown out at last.
func TestManyStreams(t *testing.T) {
	t.Parallel()
	room, log := openRoom(t, newTestServer(t))
	defer closeRoom(t, room)
	p := hostile(t, room, goodOffer+midExtension)
	for i := range maxSinks / 2 {
		s := p.newSink(packetio.RTPBufferPacket, uint32(5000+i)).(*sink)
		for n := range 3 {
			_, _ = s.Write(vp8Packet(uint32(5000+i), uint16(n), "1", 1000))
		}
		if s.track != nil && i >= maxTracks {
			t.Fatalf("SSRC number %d was given a ring", i)
		}
	}
	for i := range maxSinks/2 + 1 {
		p.newSink(packetio.RTCPBufferPacket, uint32(9000+i))
	}
	log.wait(t, Left, "customer", 1)
	if room.find("customer").peer.Load() != nil || !p.gone() {
		t.Error("the connection stays")
	}
	if _, err := room.Join(context.Background(), "customer", goodOffer); err != nil {
		t.Errorf("joining again: %v", err)
	}
}

// TestManyStreamsOneLimit: many SSRCs may send no more than one, and only the last
// of them is heard.
func TestManyStreamsOneLimit(t *testing.T) {
	t.Parallel()
	room, _ := openRoom(t, newTestServerAt(t, newClock().Now)) // all in one moment, however long it takes
	defer closeRoom(t, room)
	p := hostile(t, room, goodOffer+midExtension)
	var sinks []*sink
	for i := range maxTracks {
		s := p.newSink(packetio.RTPBufferPacket, uint32(1000+i)).(*sink)
		sinks = append(sinks, s)
		for n := range 2 * videoLimit.packets {
			_, _ = s.Write(vp8Packet(uint32(1000+i), uint16(n), "1", 20))
		}
	}
	got := p.who.received[videoIndex].packets.Load()
	if got > uint64(videoLimit.packets) {
		t.Errorf("%d packets at once were taken, %d a second are allowed", got, videoLimit.packets)
	}
	if p.who.received[videoIndex].dropped.Load() == 0 {
		t.Error("nothing was dropped")
	}
	before := sinks[0].track.count
	p.who.received[videoIndex].limit.pktLeft = 100
	_, _ = sinks[0].Write(vp8Packet(1000, 60000, "", 20))
	if sinks[0].track.count != before {
		t.Error("an SSRC that was replaced is heard again")
	}
	// A new connection does not bring a new allowance.
	p.who.received[videoIndex].limit.pktLeft, p.who.received[videoIndex].limit.last = 0, room.Offset()
	again := hostile(t, room, goodOffer)
	s := again.newSink(packetio.RTPBufferPacket, 12).(*sink)
	taken := p.who.received[videoIndex].packets.Load()
	for n := range 500 {
		_, _ = s.Write(vp8Packet(12, uint16(n), "", 20))
	}
	if n := p.who.received[videoIndex].packets.Load() - taken; n > 0 {
		t.Errorf("%d packets more after joining again", n)
	}
}

// brokenDisk cannot be read at one place.
type brokenDisk struct {
	*os.File
	at int64
}

func (d brokenDisk) ReadAt(p []byte, at int64) (int, error) {
	if at+int64(len(p)) > d.at {
		return 0, syscall.EIO
	}
	return d.File.ReadAt(p, at)
}

// TestUnreadable: what cannot be read now is not cut off for good.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	room, _ := openRoom(t, newTestServer(t))
	agent := enter(t, room, "agent", "blue")
	customer := enter(t, room, "customer", "red")
	agent.more(t, 200)
	customer.more(t, 50)
	recordings, err := room.Close(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(recordings[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	open := slices.Clone(whole) // as a crash leaves it: sizes and cues are not there
	index, err := scan(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	open = open[:index.end]
	binary.BigEndian.PutUint64(open[index.segmentSizeAt:], 1<<56|(1<<56-1))
	path := filepath.Join(t.TempDir(), FileName("agent", 1))
	if err := os.WriteFile(path, open, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err := finalise(brokenDisk{file, int64(len(open)) / 2}, int64(len(open))); !errors.Is(err, syscall.EIO) {
		t.Errorf("a disk that cannot be read: %v", err)
	}
	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, open) {
		t.Errorf("%d bytes of %d are left, %v", len(now), len(open), err)
	}
	// The same of a journal: it stays until it can be read.
	key := newKey(t)
	sealed := filepath.Join(t.TempDir(), SealedName("agent", 1))
	if file, err = os.Create(sealed); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	j, err := newJournal(file, key)
	if err != nil {
		t.Fatal(err)
	}
	for part := range slices.Chunk(open, 4096) {
		if _, err := j.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := readJournal(file, key)
	if err != nil {
		t.Fatal(err)
	}
	reader.file = brokenDisk{file, int64(len(open)) / 2}
	before, _ := os.ReadFile(sealed)
	if _, err := sealJournal(reader, sealed, key); !errors.Is(err, syscall.EIO) {
		t.Errorf("a journal that cannot be read: %v", err)
	}
	if now, err := os.ReadFile(sealed); err != nil || !bytes.Equal(now, before) {
		t.Errorf("the journal was replaced: %v", err)
	}
	good, err := Recover(sealed, room.started, key)
	if err != nil || !good.Sealed || good.Err != nil || good.SHA256 != recordings[0].SHA256 {
		t.Errorf("afterwards: %+v, %v", good, err)
	}
	// An altered one is made into what can be read of it, and kept.
	before[len(before)/2] ^= 1
	if err := os.WriteFile(sealed, before, 0o600); err != nil {
		t.Fatal(err)
	}
	cut, err := Recover(sealed, room.started, key)
	if err != nil || !errors.Is(cut.Err, ErrSealed) || cut.Duration >= good.Duration {
		t.Errorf("altered: %+v, %v", cut, err)
	}
	if kept, err := os.ReadFile(sealed + damaged); err != nil || !bytes.Equal(kept, before) {
		t.Errorf("the altered journal is gone: %v", err)
	}
}

func closeRoom(t *testing.T, room *Room) {
	t.Helper()
	if _, err := room.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// TestFeedbackFlood: what a page sends of RTCP costs no more than it should.
func TestFeedbackFlood(t *testing.T) {
	t.Parallel()
	room, _ := openRoom(t, newTestServerAt(t, newClock().Now))
	defer closeRoom(t, room)
	p := hostile(t, room, goodOffer)
	o := p.out[videoOuts][0]
	o.mu.Lock()
	ssrc := o.ssrc
	o.mu.Unlock()
	remb, err := (&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 1e6, SSRCs: []uint32{ssrc}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	s := p.newSink(packetio.RTCPBufferPacket, ssrc).(*sink)
	for range 4 * feedbackLimit.packets {
		_, _ = s.Write(remb)
	}
	worse, _ := (&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 2e5, SSRCs: []uint32{ssrc}}).Marshal()
	_, _ = s.Write(worse)
	if p.link.down(room.Offset()) < 1e6 {
		t.Error("feedback is heard above the limit")
	}
	var nack rtcp.TransportLayerNack
	for i := range 300 {
		nack.Nacks = append(nack.Nacks, rtcp.NackPair{PacketID: uint16(17 * i), LostPackets: 0xffff})
	}
	o.resend(&nack, room.Offset())
	if o.attempts > maxResends+1 {
		t.Errorf("%d resends were looked at", o.attempts)
	}
}

// TestPanicInTheHotPath: the room closes also when the lock of a stream was held.
func TestPanicInTheHotPath(t *testing.T) {
	t.Parallel()
	room, log := openRoom(t, newTestServer(t))
	p := hostile(t, room, goodOffer)
	s := p.newSink(packetio.RTPBufferPacket, 12).(*sink)
	_, _ = s.Write(vp8Packet(12, 1, "", 100))
	s.track.mu.Lock()
	s.track.ring.pool = nil // as no code leaves it
	s.track.mu.Unlock()
	_, _ = s.Write(vp8Packet(12, 2, "", 100))
	if !s.track.mu.TryLock() {
		t.Fatal("the lock is held for ever")
	}
	s.track.mu.Unlock()
	log.wait(t, Failed, "", 1)
	closeRoom(t, room)
}

// TestGapsAreBounded: a page that stops and goes on for hours does not grow the
// map without end, nor hide a hole in it.
func TestGapsAreBounded(t *testing.T) {
	t.Parallel()
	var m gapMap
	at := time.Duration(0)
	for range 2 * maxGaps {
		at += 300 * time.Millisecond
		m.seen(at)
		m.heard(at, 20*time.Millisecond)
	}
	if len(m.all) > maxGaps {
		t.Errorf("%d gaps", len(m.all))
	}
	for _, kind := range []Kind{Audio, Video} {
		var last Gap
		for _, g := range m.all {
			if g.Kind == kind {
				last = g
			}
		}
		if last.To != at || last.Cause != CauseNetwork {
			t.Errorf("%s: the last ends at %s of %s, %s", kind, last.To, at, last.Cause)
		}
	}
}

// TestManyThirdParties: who has left makes room for others.
func TestManyThirdParties(t *testing.T) {
	t.Parallel()
	room, _ := openRoom(t, newTestServer(t))
	defer closeRoom(t, room)
	for i := range 3 * maxThirds {
		name := "boss_" + string(rune('a'+i))
		if _, err := room.JoinAs(context.Background(), Party{Name: name, Role: RoleSupervisor}, goodOffer); err != nil {
			t.Fatalf("number %d: %v", i, err)
		}
		if i%2 == 0 {
			room.Leave(name)
		}
		if i > 0 && i%2 == 0 {
			room.Leave("boss_" + string(rune('a'+i-1)))
		}
	}
	for i := range maxThirds {
		_, err := room.JoinAs(context.Background(), Party{Name: "late_" + string(rune('a'+i)), Role: RoleSupervisor}, goodOffer)
		if err != nil {
			t.Errorf("late %d: %v", i, err)
		}
	}
	if _, err := room.JoinAs(context.Background(), Party{Name: "late", Role: RoleSupervisor}, goodOffer); !errors.Is(err, ErrFull) {
		t.Errorf("one too many: %v", err)
	}
}

// TestNewNumbering: a packet of before is never resent under a number that means
// another now.
func TestNewNumbering(t *testing.T) {
	t.Parallel()
	room, _ := openRoom(t, newTestServer(t))
	defer closeRoom(t, room)
	p := hostile(t, room, goodOffer)
	s := p.newSink(packetio.RTPBufferPacket, 12).(*sink)
	for _, seq := range []uint16{100, 101, 30000, 60000, 90} {
		_, _ = s.Write(vp8Packet(12, seq, "", 100))
	}
	var buf [receiveMTU]byte
	if _, _, _, ok := s.track.kept(101, buf[:]); ok {
		t.Error("it is kept under its old number")
	}
	if _, _, _, ok := s.track.kept(90, buf[:]); !ok {
		t.Error("the new one is not kept")
	}
}

// TestBoundedListener: connections that say nothing are closed, those above the
// bound at once, and the others are not.
func TestBoundedListener(t *testing.T) {
	t.Parallel()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &boundedListener{Listener: inner, most: 2, idle: 100 * time.Millisecond}
	defer func() { _ = l.Close() }()
	ends := make(chan error, 8)
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, err := io.Copy(io.Discard, c)
				_ = c.Close()
				ends <- err
			}()
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	dial()
	dial()
	third := dial()
	if _, err := third.Read(make([]byte, 1)); err == nil {
		t.Error("one above the bound stays")
	}
	for range 2 {
		if err := <-ends; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("an idle one ended with %v", err)
		}
	}
	again := dial() // there is room again
	if _, err := again.Write([]byte("x")); err != nil {
		t.Error(err)
	}
	if err := <-ends; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("later: %v", err)
	}
	_ = l.Close()
	<-accepted
}

// TestJournalNonces: no two records, of one journal or of two under one key, are
// sealed alike, and one that stands in another's place is noticed: ChaCha20 under
// one key and nonce twice gives both away.
func TestJournalNonces(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	plain := bytes.Repeat([]byte("the same"), 100)
	write := func() (path string, raw []byte, size int) {
		path = filepath.Join(t.TempDir(), SealedName("agent", 1))
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = file.Close() }()
		j, err := newJournal(file, key)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if _, err := j.Write(plain); err != nil {
				t.Fatal(err)
			}
		}
		if raw, err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
		return path, raw, (len(raw) - len(journalMagic) - saltSize) / 3
	}
	path, one, size := write()
	_, two, _ := write()
	seen := map[string]bool{}
	for _, raw := range [][]byte{one, two} {
		records := raw[len(journalMagic)+saltSize:]
		for r := range slices.Chunk(records, size) {
			if seen[string(r[lengthSize:lengthSize+32])] {
				t.Error("two records are sealed alike: a nonce came twice")
			}
			seen[string(r[lengthSize:lengthSize+32])] = true
		}
	}
	swapped := slices.Clone(one)
	head := len(journalMagic) + saltSize
	copy(swapped[head+size:], one[head+2*size:])
	copy(swapped[head+2*size:], one[head+size:head+2*size])
	if err := os.WriteFile(path, swapped, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	r, err := readJournal(file, key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(io.NewSectionReader(r, 0, r.size)); !errors.Is(err, ErrSealed) {
		t.Errorf("records that changed places: %v", err)
	}
}

// TestRelayHearsTheMediaPortOnly: another port of our own address, such as that of
// a service beside us, reaches no TURN client.
func TestRelayHearsTheMediaPortOnly(t *testing.T) {
	t.Parallel()
	socket := func() *net.UDPConn {
		c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	mediaPort, beside, conn := socket(), socket(), socket()
	local := netip.MustParseAddr("127.0.0.1")
	server := &turnServer{own: []netip.Addr{local}, local: local, port: mediaPort.LocalAddr().(*net.UDPAddr).AddrPort().Port(), now: time.Now}
	r := &relay{t: server, conn: conn, in: limiter{bits: turnRate, packets: 100, burst: time.Second}}
	r.public.Store(mediaPort.LocalAddr().(*net.UDPAddr))
	for _, from := range []*net.UDPConn{beside, mediaPort} {
		if _, err := from.WriteTo([]byte{byte(len(from.LocalAddr().String())), 1}, conn.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		if _, err := from.WriteTo([]byte(from.LocalAddr().String()), conn.LocalAddr()); err != nil {
			t.Fatal(err)
		}
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 100)
	for range 2 {
		n, _, err := r.ReadFrom(buf)
		if err != nil {
			t.Fatal(err)
		}
		if string(buf[:n]) == beside.LocalAddr().String() {
			t.Error("another port of our own was heard")
		}
	}
	if string(buf[:len(mediaPort.LocalAddr().String())]) != mediaPort.LocalAddr().String() {
		t.Errorf("heard %q", buf[:30])
	}
}

// TestHugePicture: a key frame that claims 16383×16383 pixels takes no memory.
func TestHugePicture(t *testing.T) {
	frame := []byte{0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0xff, 0x3f, 0xff, 0x3f}
	frame = append(frame, make([]byte, 64)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := decodeStill(keyFrame{data: frame})
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; !errors.Is(err, ErrNoPicture) || took > 16<<20 {
		t.Errorf("%v, %d MB", err, took>>20)
	}
}
