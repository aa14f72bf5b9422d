package media

import (
	"net"
	"net/netip"
	"sync"

	"github.com/pion/ice/v4"
)

// taps stand between the server's ports and Pion: they take the media of
// connections that have a wire, and let everything else pass (STUN, DTLS, and
// what comes from where no connection is known to be).
type taps struct {
	mu    sync.RWMutex
	wires map[place]*wire
	tcp   map[netip.AddrPort]*tcpTap // by who is at the other end
	udp   transmit
}

// place is an address of the other side. UDP and TCP have each their own.
type place struct {
	addr netip.AddrPort
	tcp  bool
}

func newTaps(conn *net.UDPConn) *taps {
	return &taps{wires: map[place]*wire{}, tcp: map[netip.AddrPort]*tcpTap{},
		udp: func(b []byte, to netip.AddrPort) { _, _ = conn.WriteToUDPAddrPort(b, to) }}
}

// join has a wire get what comes from a place, instead of what comes from where
// it was before, and says how one writes there.
func (t *taps) join(at, before place, w *wire) transmit {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wires[before] == w {
		delete(t.wires, before)
	}
	t.wires[at] = w
	if !at.tcp {
		return t.udp
	}
	conn := t.tcp[at.addr]
	if conn == nil {
		return nil
	}
	return func(b []byte, to netip.AddrPort) { _, _ = conn.WriteTo(b, net.TCPAddrFromAddrPort(to)) }
}

func (t *taps) leave(at place, w *wire) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.wires[at] == w { // else the address is somebody else's by now
		delete(t.wires, at)
	}
}

// take says whether a datagram was a wire's.
func (t *taps) take(b []byte, from place) bool {
	if len(b) < 2 {
		return false
	}
	stun := b[0] < 4 // RFC 7983, 7
	if !stun && (b[0] < 128 || b[0] > 191) {
		return false
	}
	t.mu.RLock()
	w := t.wires[from]
	t.mu.RUnlock()
	if w == nil {
		return false
	}
	if stun {
		w.aside.Store(int64(w.p.room.Offset()) + 1)
		return false
	}
	w.take(b)
	return true
}

// udpTap is the one UDP socket, as Pion sees it.
type udpTap struct {
	*net.UDPConn
	taps *taps
}

var _ ice.AddrPortReaderWriter = (*udpTap)(nil)

// ReadFromAddrPort returns the next datagram that is Pion's.
func (u *udpTap) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := u.ReadFromUDPAddrPort(b)
		if err != nil || !u.taps.take(b[:n], place{addr: netip.AddrPortFrom(from.Addr().Unmap(), from.Port())}) {
			return n, from, err
		}
	}
}

// WriteToAddrPort writes one of Pion's.
func (u *udpTap) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return u.WriteToUDPAddrPort(b, to)
}

// tcpMux is Pion's, with a tap on each of its connections.
type tcpMux struct {
	*ice.TCPMuxDefault
	taps *taps
}

// GetConnByUfrag returns what a connection's candidate reads and writes.
func (m *tcpMux) GetConnByUfrag(ufrag string, isIPv6 bool, local net.IP) (net.PacketConn, error) {
	conn, err := m.TCPMuxDefault.GetConnByUfrag(ufrag, isIPv6, local)
	if err != nil {
		return nil, err
	}
	return &tcpTap{PacketConn: conn, taps: m.taps}, nil
}

// tcpTap is all TCP connections to one of our candidates.
type tcpTap struct {
	net.PacketConn
	taps *taps
}

// ReadFrom returns the next packet that is Pion's.
func (c *tcpTap) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, addr, err := c.PacketConn.ReadFrom(b)
		if err != nil {
			return n, addr, err
		}
		tcp, ok := addr.(*net.TCPAddr)
		if !ok {
			return n, addr, nil
		}
		from := tcp.AddrPort()
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if c.taps.take(b[:n], place{from, true}) {
			continue
		}
		c.taps.mu.Lock()
		c.taps.tcp[from] = c
		c.taps.mu.Unlock()
		return n, addr, nil
	}
}

// Close closes them.
func (c *tcpTap) Close() error {
	c.taps.mu.Lock()
	for addr, conn := range c.taps.tcp {
		if conn == c {
			delete(c.taps.tcp, addr)
		}
	}
	c.taps.mu.Unlock()
	return c.PacketConn.Close()
}
