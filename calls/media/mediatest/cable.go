package mediatest

import (
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/webrtc/v4"
)

// cable is a peer's socket. It loses every packet while it is unplugged, some of
// them while it is impaired, and delays the others.
type cable struct {
	net.PacketConn
	mux       ice.UDPMux
	unplugged atomic.Bool
	deaf      atomic.Bool // in
	mute      atomic.Bool // out
	heard     atomic.Int64
	tap       atomic.Pointer[func([]byte) [][]byte]

	mu     sync.Mutex // of what follows
	random *rand.Rand
	loss   float64
	jitter time.Duration
	in     chan datagram // delayed on the way in
	late   sync.WaitGroup
	closed chan struct{}
	once   sync.Once
}

type datagram struct {
	data []byte
	from net.Addr
	err  error
}

func newCable(conn net.PacketConn) *cable {
	c := &cable{PacketConn: conn, random: rand.New(rand.NewPCG(1, 2)), in: make(chan datagram, 512), closed: make(chan struct{})}
	c.late.Go(c.receive)
	c.mux = webrtc.NewICEUDPMux(logging.NewDefaultLoggerFactory().NewLogger("ice"), c)
	return c
}

func (c *cable) impair(loss float64, jitter time.Duration) {
	c.mu.Lock()
	c.loss, c.jitter = loss, jitter
	c.mu.Unlock()
}

// fate says whether a datagram is lost, and how long it is under way.
func (c *cable) fate() (lost bool, after time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.loss > 0 && c.random.Float64() < c.loss {
		return true, 0
	}
	if c.jitter > 0 {
		after = time.Duration(c.random.Int64N(int64(c.jitter)))
	}
	return false, after
}

// receive reads the socket, and hands on what is not lost when it is due.
func (c *cable) receive() {
	for {
		buf := make([]byte, 2048)
		n, from, err := c.PacketConn.ReadFrom(buf)
		if err != nil {
			c.give(datagram{err: err})
			return
		}
		c.heard.Add(1)
		lost, after := c.fate()
		if lost || c.unplugged.Load() || c.deaf.Load() {
			continue
		}
		c.later(after, func() { c.give(datagram{data: buf[:n], from: from}) })
	}
}

// later does something after a while, or at once.
func (c *cable) later(after time.Duration, do func()) {
	if after == 0 {
		do()
		return
	}
	c.late.Go(func() {
		select {
		case <-time.After(after):
			do()
		case <-c.closed:
		}
	})
}

func (c *cable) give(d datagram) {
	select {
	case c.in <- d:
	case <-c.closed:
	}
}

func (c *cable) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-c.in:
		return copy(b, d.data), d.from, d.err
	case <-c.closed:
		return 0, nil, net.ErrClosed
	}
}

func (c *cable) WriteTo(b []byte, to net.Addr) (int, error) {
	if c.unplugged.Load() || c.mute.Load() {
		return len(b), nil
	}
	out := [][]byte{b}
	if fn := c.tap.Load(); fn != nil {
		out = (*fn)(b)
	}
	for _, one := range out {
		lost, after := c.fate()
		if lost {
			continue
		}
		if after > 0 {
			one = append([]byte(nil), one...)
		}
		c.later(after, func() { _, _ = c.PacketConn.WriteTo(one, to) })
	}
	return len(b), nil
}

func (c *cable) Close() error {
	err := c.PacketConn.Close()
	c.once.Do(func() { close(c.closed) })
	c.late.Wait()
	return err
}
