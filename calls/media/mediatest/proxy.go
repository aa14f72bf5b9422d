package mediatest

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
)

// Proxy is a UDP port on 127.0.0.1 that passes datagrams on to a server and back,
// for clients whose own socket cannot be had, such as browsers'. It loses some.
type Proxy struct {
	conn *net.UDPConn
	to   netip.AddrPort

	mu     sync.Mutex
	random *rand.Rand
	loss   float64
	cut    bool
	ways   map[netip.AddrPort]*net.UDPConn // of each client, to the server
	wg     sync.WaitGroup
}

// NewProxy opens a port in front of a server's.
func NewProxy(to netip.AddrPort) (*Proxy, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, err
	}
	p := &Proxy{conn: conn, to: to, random: rand.New(rand.NewPCG(3, 5)), ways: map[netip.AddrPort]*net.UDPConn{}}
	p.wg.Go(p.forth)
	return p, nil
}

// Port is where clients send to.
func (p *Proxy) Port() uint16 { return p.conn.LocalAddr().(*net.UDPAddr).AddrPort().Port() }

// Impair loses a share of all datagrams, each way.
func (p *Proxy) Impair(loss float64) {
	p.mu.Lock()
	p.loss = loss
	p.mu.Unlock()
}

// Cut loses all of them, or no longer.
func (p *Proxy) Cut(on bool) {
	p.mu.Lock()
	p.cut = on
	p.mu.Unlock()
}

func (p *Proxy) loses() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.cut || p.loss > 0 && p.random.Float64() < p.loss
}

func (p *Proxy) forth() {
	buf := make([]byte, 2048)
	for {
		n, from, err := p.conn.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		way := p.ways[from]
		if way == nil {
			if way, err = net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(p.to)); err != nil {
				continue
			}
			p.mu.Lock()
			p.ways[from] = way
			p.mu.Unlock()
			p.wg.Go(func() { p.back(way, from) })
		}
		if !p.loses() {
			_, _ = way.Write(buf[:n])
		}
	}
}

func (p *Proxy) back(way *net.UDPConn, to netip.AddrPort) {
	buf := make([]byte, 2048)
	for {
		n, err := way.Read(buf)
		if err != nil {
			return
		}
		if !p.loses() {
			_, _ = p.conn.WriteToUDPAddrPort(buf[:n], to)
		}
	}
}

// Close closes it.
func (p *Proxy) Close() {
	_ = p.conn.Close()
	p.mu.Lock()
	for _, way := range p.ways {
		_ = way.Close()
	}
	p.mu.Unlock()
	p.wg.Wait()
}
