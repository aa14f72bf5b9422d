package media

import (
	"encoding/binary"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/pion/dtls/v3"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"
	"github.com/pion/webrtc/v4"
)

// A wire is the short way of a connection's media, between the socket and the
// source: Pion makes the connection (ICE, DTLS), and once it stands its SRTP and
// SRTCP packets are decrypted where they are read, and encrypted where they are
// written. On Pion's own way each packet crosses four goroutines (socket, ICE,
// mux, SRTP); at the rates of a call each crossing wakes a sleeping thread, which
// costs several times the work itself.
//
// A connection takes one of the two ways for all that it sends, from its first
// packet to its last: two that number on by themselves would use a nonce twice
// (RFC 7714, 8.1). What comes in by Pion's, before the wire stands, is taken too: on
// a busy machine that may be later than what came by the wire.
type wire struct {
	p     *peer
	taps  *taps
	heard atomic.Int64 // room clock plus one, when anything authentic last came; 0: never
	aside atomic.Int64 // likewise, of the connection's own checks (STUN), which Pion verifies

	// What follows is guarded by p.taking.
	decrypt  *srtp.Context
	received rtp.Header
	sinks    map[uint32]*sink

	out     sync.Mutex // of what follows
	encrypt *srtp.Context
	sent    rtp.Header
	buf     [receiveMTU + 64]byte
	at      place    // where the other side is; zero: nowhere
	to      transmit // how one writes there
}

// transmit writes a datagram, or drops it.
type transmit func(b []byte, to netip.AddrPort)

// openWire puts a connection that stands onto its wire. It returns nil when the
// keys cannot be had: then all goes Pion's way.
func (p *peer) openWire() *wire {
	transport := p.transport()
	if transport == nil {
		return nil
	}
	conn := dtlsOf(transport)
	if conn == nil {
		return nil
	}
	state, ok := conn.ConnectionState()
	if !ok {
		return nil
	}
	profile, ok := conn.SelectedSRTPProtectionProfile()
	local := p.pc.LocalDescription()
	if !ok || local == nil {
		return nil
	}
	config := srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if config.ExtractSessionKeysFromDTLS(&state, strings.Contains(local.SDP, "a=setup:active")) != nil {
		return nil
	}
	w := &wire{p: p, taps: p.room.server.taps, sinks: map[uint32]*sink{}}
	var err error
	if w.decrypt, err = srtp.CreateContext(config.Keys.RemoteMasterKey, config.Keys.RemoteMasterSalt, config.Profile,
		srtp.SRTPReplayProtection(srtpReplayWindow), srtp.SRTCPReplayProtection(srtcpReplayWindow)); err != nil {
		return nil
	}
	if w.encrypt, err = srtp.CreateContext(config.Keys.LocalMasterKey, config.Keys.LocalMasterSalt, config.Profile); err != nil {
		return nil
	}
	return w
}

const srtcpReplayWindow = 64

// transport is what all of the connection's media goes through.
func (p *peer) transport() *webrtc.DTLSTransport {
	for _, s := range p.pc.GetSenders() {
		if t := s.Transport(); t != nil {
			return t
		}
	}
	return nil
}

// dtlsOf is Pion's DTLS connection, which knows the keys (RFC 5764, 4.2), nil if
// this version of Pion has none where we look: it has no method for it.
func dtlsOf(t *webrtc.DTLSTransport) *dtls.Conn {
	field := reflect.ValueOf(t).Elem().FieldByName("conn")
	if !field.IsValid() || field.Type() != reflect.TypeFor[*dtls.Conn]() {
		return nil
	}
	return *(**dtls.Conn)(unsafe.Pointer(field.UnsafeAddr()))
}

// aim follows the pair of addresses that ICE has chosen.
func (w *wire) aim() {
	transport := w.p.transport()
	if transport == nil || transport.ICETransport() == nil {
		return
	}
	w.out.Lock()
	defer w.out.Unlock()
	pair, err := transport.ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil || pair.Remote == nil || w.p.replaced.Load() {
		return
	}
	addr, err := netip.ParseAddr(pair.Remote.Address)
	if err != nil {
		return
	}
	at := place{netip.AddrPortFrom(addr.Unmap(), pair.Remote.Port), pair.Remote.Protocol == webrtc.ICEProtocolTCP}
	if at == w.at {
		return
	}
	before := w.at
	w.at = at
	w.to = w.taps.join(at, before, w)
}

// close takes the connection off the socket.
func (w *wire) close() {
	w.out.Lock()
	defer w.out.Unlock()
	w.taps.leave(w.at, w)
	w.at, w.to = place{}, nil
}

// take handles one datagram that came from the other side, if it is SRTP or SRTCP.
// It is the socket's goroutine: nothing here may wait. b is decrypted in place.
func (w *wire) take(b []byte) {
	p := w.p
	defer p.room.guard(nil)
	p.taking.Lock()
	defer p.taking.Unlock()
	if p.replaced.Load() {
		return
	}
	now := p.room.Offset()
	if b[1] >= 192 && b[1] <= 223 { // RFC 5761, 4
		plain, err := w.decrypt.DecryptRTCP(b, b, nil)
		if err != nil {
			return
		}
		w.heard.Store(int64(now) + 1)
		if p.feedback.allow(now, len(plain)) {
			p.receiveRTCP(0, plain)
		}
		return
	}
	plain, err := w.decrypt.DecryptRTP(b, b, &w.received)
	if err != nil {
		return
	}
	w.heard.Store(int64(now) + 1)
	s := w.sinks[w.received.SSRC]
	if s == nil {
		if n := p.sinks.Add(1); n > maxSinks {
			if n == maxSinks+1 {
				go p.expel() // which wants the lock that is held
			}
			return
		}
		s = &sink{p: p, ssrc: w.received.SSRC}
		w.sinks[s.ssrc] = s
	}
	s.rtp(plain, now)
}

// silence is for how long nothing has come, and for how long it may be so.
func (w *wire) silence(now time.Duration) (since, limit time.Duration) {
	heard, aside := time.Duration(w.heard.Load()-1), time.Duration(w.aside.Load()-1)
	limit = quietAfter
	if w.heard.Load() != 0 && aside-heard < time.Second { // media came until the last
		limit = silentAfter
	}
	if w.p.doubted.Load() {
		limit = doubtedAfter
	}
	return now - max(heard, aside), limit
}

// write sends one RTP packet.
func (w *wire) write(h *rtp.Header, payload []byte) {
	w.out.Lock()
	defer w.out.Unlock()
	if w.to == nil || len(payload) > receiveMTU-12 {
		return
	}
	b := w.buf[:12+len(payload)]
	b[0], b[1] = 0x80, h.PayloadType
	if h.Marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], h.SequenceNumber)
	binary.BigEndian.PutUint32(b[4:], h.Timestamp)
	binary.BigEndian.PutUint32(b[8:], h.SSRC)
	copy(b[12:], payload)
	if out, err := w.encrypt.EncryptRTP(b, b, &w.sent); err == nil {
		w.to(out, w.at.addr)
	}
}

// writeRTCP sends a compound packet.
func (w *wire) writeRTCP(packets []rtcp.Packet) {
	plain, err := rtcp.Marshal(packets)
	if err != nil {
		return
	}
	w.out.Lock()
	defer w.out.Unlock()
	if w.to == nil {
		return
	}
	if out, err := w.encrypt.EncryptRTCP(w.buf[:0], plain, nil); err == nil {
		w.to(out, w.at.addr)
	}
}
