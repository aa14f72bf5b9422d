package mediatest

import (
	"net"
	"sync/atomic"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
)

// cable is a peer's socket, and loses every packet while it is unplugged.
type cable struct {
	net.PacketConn
	mux       ice.UDPMux
	unplugged atomic.Bool
}

func newCable(conn net.PacketConn) *cable {
	c := &cable{PacketConn: conn}
	c.mux = webrtc.NewICEUDPMux(logging.NewDefaultLoggerFactory().NewLogger("ice"), c)
	return c
}

func (c *cable) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := c.PacketConn.ReadFrom(b)
		if err != nil || !c.unplugged.Load() {
			return n, from, err
		}
	}
}

func (c *cable) WriteTo(b []byte, to net.Addr) (int, error) {
	if c.unplugged.Load() {
		return len(b), nil
	}
	return c.PacketConn.WriteTo(b, to)
}
