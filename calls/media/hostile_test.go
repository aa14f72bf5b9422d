package media

import (
	"context"
	"encoding/binary"
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

func closeRoom(t *testing.T, room *Room) {
	t.Helper()
	if _, err := room.Close(context.Background()); err != nil {
		t.Error(err)
	}
}
