package media

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/pion/transport/v4/packetio"
)

// hostile joins as the customer with an offer that nobody stands behind, so that
// packets can be handed in as if they had been decrypted.
func hostile(t *testing.T, room *Room, offer string) *peer {
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
	room, _ := openRoom(t, newTestServer(t))
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
	if got > uint64(videoLimit.packets)*3/2 {
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
	if n := p.who.received[videoIndex].packets.Load() - taken; n > 400 {
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
