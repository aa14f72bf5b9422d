package media

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"code.dny.dev/ssrf"
	"github.com/google/uuid"
	"github.com/pion/stun/v4"

	"github.com/visavis/visavis/calls/media/mediatest"
)

func turnServerFor(t *testing.T) *Server {
	t.Helper()
	pair := selfSigned(t)
	s, err := NewServer(Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true, TURN: TURNConfig{
		UDPAddr: "127.0.0.1:0", TCPAddr: "127.0.0.1:0", TLSAddr: "127.0.0.1:0", TLS: &tls.Config{Certificates: []tls.Certificate{pair}}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// turnURL is the address in the URL of a scheme and transport.
func turnURL(t *testing.T, servers []ICEServer, scheme, transport string) string {
	t.Helper()
	for _, u := range servers[0].URLs {
		rest, ok := strings.CutPrefix(u, scheme+":")
		if addr, of, _ := strings.Cut(rest, "?transport="); ok && of == transport {
			return addr
		}
	}
	t.Fatalf("no %s over %s among %v", scheme, transport, servers)
	return ""
}

// turnClient is a TURN client that asks for what clients of libraries do not let
// one ask for.
type turnClient struct {
	t            *testing.T
	conn         net.Conn
	user, pass   string
	realm, nonce string
	stream       bool
}

func newTurnClient(t *testing.T, conn net.Conn, with ICEServer) *turnClient {
	t.Helper()
	t.Cleanup(func() { _ = conn.Close() })
	_, udp := conn.(*net.UDPConn)
	return &turnClient{t: t, conn: conn, user: with.Username, pass: with.Credential, stream: !udp}
}

// do sends a request, with credentials once it knows the realm, and returns the
// answer.
func (c *turnClient) do(method stun.Method, attributes ...stun.Setter) *stun.Message {
	c.t.Helper()
	for {
		set := append([]stun.Setter{stun.TransactionID, stun.NewType(method, stun.ClassRequest)}, attributes...)
		if c.realm != "" {
			set = append(set, stun.NewUsername(c.user), stun.NewRealm(c.realm), stun.NewNonce(c.nonce), stun.NewLongTermIntegrity(c.user, c.realm, c.pass))
		}
		m, err := stun.Build(append(set, stun.Fingerprint)...)
		if err != nil {
			c.t.Fatal(err)
		}
		if _, err := c.conn.Write(m.Raw); err != nil {
			c.t.Fatal(err)
		}
		answer := c.read()
		var code stun.ErrorCodeAttribute
		if code.GetFrom(answer) == nil && code.Code == stun.CodeUnauthorized && c.realm == "" {
			var realm stun.Realm
			var nonce stun.Nonce
			if realm.GetFrom(answer) != nil || nonce.GetFrom(answer) != nil {
				c.t.Fatal("no challenge")
			}
			c.realm, c.nonce = realm.String(), nonce.String()
			continue
		}
		return answer
	}
}

func (c *turnClient) read() *stun.Message {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	buf := make([]byte, 2048)
	n, err := 0, error(nil)
	if c.stream {
		if _, err = io.ReadFull(c.conn, buf[:20]); err == nil {
			n = 20 + int(binary.BigEndian.Uint16(buf[2:]))
			_, err = io.ReadFull(c.conn, buf[20:n])
		}
	} else {
		n, err = c.conn.Read(buf)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	m := &stun.Message{Raw: buf[:n]}
	if err := m.Decode(); err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *turnClient) allocate() bool {
	return c.do(stun.MethodAllocate, raw(stun.AttrRequestedTransport, 17, 0, 0, 0)).Type.Class == stun.ClassSuccessResponse
}

// send sends a Send indication, which is not answered.
func (c *turnClient) send(to netip.AddrPort, data string) {
	c.t.Helper()
	m, err := stun.Build(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), peerAddress(to), raw(stun.AttrData, []byte(data)...))
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.conn.Write(m.Raw); err != nil {
		c.t.Fatal(err)
	}
}

type rawAttribute struct {
	kind stun.AttrType
	data []byte
}

func raw(kind stun.AttrType, data ...byte) stun.Setter { return rawAttribute{kind, data} }

func (a rawAttribute) AddTo(m *stun.Message) error { m.Add(a.kind, a.data); return nil }

type peerAddress netip.AddrPort

func (a peerAddress) AddTo(m *stun.Message) error {
	addr := netip.AddrPort(a)
	return stun.XORMappedAddress{IP: addr.Addr().AsSlice(), Port: int(addr.Port())}.AddToAs(m, stun.AttrXORPeerAddress)
}

// specialAddresses are some of every special-purpose range of both families.
func specialAddresses() []netip.Addr {
	var all []netip.Addr
	for _, p := range append(append([]netip.Prefix{}, ssrf.IPv4DeniedPrefixes...), ssrf.IPv6DeniedPrefixes...) {
		all = append(all, p.Addr().Next().Next())
	}
	for _, s := range []string{"127.0.0.2", "127.255.255.254", "10.255.255.255", "169.254.169.254", "192.168.1.1", "255.255.255.255", "0.0.0.0",
		"::", "::1", "::ffff:127.0.0.2", "::ffff:169.254.169.254", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "100::1", "8.8.8.8", "2606:4700::1"} {
		all = append(all, netip.MustParseAddr(s))
	}
	return all
}

// TestASVS17_1_1: TURN relays to no special-purpose address, nor to any other but
// the media port.
func TestASVS17_1_1(t *testing.T) {
	t.Parallel()
	s := turnServerFor(t)
	servers := s.ICEServers(uuid.New(), "customer", time.Now().Add(time.Minute))
	conn, err := net.Dial("udp", turnURL(t, servers, "turn", "udp"))
	if err != nil {
		t.Fatal(err)
	}
	c := newTurnClient(t, conn, servers[0])
	if !c.allocate() {
		t.Fatal("no allocation")
	}
	addresses := specialAddresses()
	if len(addresses) < 38 {
		t.Fatalf("only %d addresses", len(addresses))
	}
	port := s.Addr().AddrPort().Port()
	for i, a := range addresses {
		to := netip.AddrPortFrom(a, port)
		if m := c.do(stun.MethodCreatePermission, peerAddress(to)); m.Type.Class == stun.ClassSuccessResponse {
			t.Errorf("CreatePermission of %s", a)
		}
		if m := c.do(stun.MethodChannelBind, raw(stun.AttrChannelNumber, 0x40, byte(i), 0, 0), peerAddress(to)); m.Type.Class == stun.ClassSuccessResponse {
			t.Errorf("ChannelBind of %s", a)
		}
		if m := c.do(stun.MethodConnect, peerAddress(to)); m.Type.Class == stun.ClassSuccessResponse {
			t.Errorf("Connect to %s", a)
		}
		c.send(to, "x")
	}
	// TCP allocations (RFC 6062), over TCP as they must be.
	over, err := net.Dial("tcp", turnURL(t, servers, "turn", "tcp"))
	if err != nil {
		t.Fatal(err)
	}
	c2 := newTurnClient(t, over, servers[0])
	if m := c2.do(stun.MethodAllocate, raw(stun.AttrRequestedTransport, 6, 0, 0, 0)); m.Type.Class == stun.ClassSuccessResponse {
		t.Error("a TCP allocation")
	}

	// Of our own address only the media port can be reached: another program
	// there hears nothing, the media port answers.
	victim, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	own := netip.MustParseAddr("127.0.0.1")
	to := netip.AddrPortFrom(own, uint16(victim.LocalAddr().(*net.UDPAddr).Port))
	if m := c.do(stun.MethodCreatePermission, peerAddress(to)); m.Type.Class != stun.ClassSuccessResponse {
		t.Fatal("no permission for the media address")
	}
	c.send(to, "hello")
	if m := c.do(stun.MethodChannelBind, raw(stun.AttrChannelNumber, 0x4f, 0, 0, 0), peerAddress(to)); m.Type.Class == stun.ClassSuccessResponse {
		_, _ = conn.Write([]byte{0x4f, 0, 0, 4, 'h', 'e', 'l', 'l'})
	}
	c.do(stun.MethodRefresh) // answered after what was sent before it
	_ = victim.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	if n, _, err := victim.ReadFrom(make([]byte, 100)); err == nil {
		t.Errorf("%d bytes reached another port of the media address", n)
	}
}

// TestASVS17_1_2: TURN's ports cannot be exhausted, and its credentials end.
func TestASVS17_1_2(t *testing.T) {
	t.Parallel()
	s := turnServerFor(t)
	call := uuid.New()
	servers := s.ICEServers(call, "customer", time.Now().Add(time.Minute))
	addr := turnURL(t, servers, "turn", "udp")
	client := func(with ICEServer) *turnClient {
		conn, err := net.Dial("udp", addr)
		if err != nil {
			t.Fatal(err)
		}
		return newTurnClient(t, conn, with)
	}
	var all []*turnClient
	for n := range 3 * turnPerCall {
		who := servers[0]
		if n%2 == 1 { // the other party's credentials count for the same call
			who = s.ICEServers(call, "agent", time.Now().Add(time.Minute))[0]
		}
		c := client(who)
		if ok := c.allocate(); ok != (n < turnPerCall) {
			t.Errorf("allocation %d: %t", n+1, ok)
		} else if ok {
			all = append(all, c)
		}
	}
	s.turn.mu.Lock()
	relays := len(s.turn.relays)
	s.turn.mu.Unlock()
	if relays != turnPerCall {
		t.Errorf("%d relays", relays)
	}
	// One that is given back can be had again.
	all[0].do(stun.MethodRefresh, raw(stun.AttrLifetime, 0, 0, 0, 0))
	if !client(servers[0]).allocate() {
		t.Error("no allocation after one was given back")
	}
	// Another call is not hit.
	if !client(s.ICEServers(uuid.New(), "customer", time.Now())[0]).allocate() {
		t.Error("no allocation for another call")
	}
	for name, bad := range map[string]ICEServer{
		"wrong":    {Username: servers[0].Username, Credential: "x"},
		"expired":  s.ICEServers(call, "x", time.Now().Add(-turnAfter-time.Second))[0],
		"extended": {Username: strings.Replace(servers[0].Username, ":", "0:", 1), Credential: servers[0].Credential},
		"none":     {Username: "a", Credential: "b"},
	} {
		if client(bad).allocate() {
			t.Errorf("%s credentials were taken", name)
		}
	}
	// The end of the call ends them at once.
	room, err := s.Open(call, RoomConfig{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	closeAny(t, room)
	if client(servers[0]).allocate() {
		t.Error("credentials outlive the call")
	}
	s.turn.mu.Lock()
	left := len(s.turn.relays)
	s.turn.mu.Unlock()
	if left != 1 { // the other call's
		t.Errorf("%d relays after the call", left)
	}
}

// TestTURN has calls through TURN only, over UDP and TCP, and an allocation over TLS.
func TestTURN(t *testing.T) {
	t.Parallel()
	s := turnServerFor(t)
	room, log := openRoom(t, s)
	servers := s.ICEServers(room.ID(), "agent", time.Now().Add(time.Hour))
	of := func(scheme, transport string) mediatest.Option {
		return mediatest.Relayed([]string{scheme + ":" + turnURL(t, servers, scheme, transport) + "?transport=" + transport}, servers[0].Username, servers[0].Credential)
	}
	agent := person(t, room, Party{Name: "agent", Role: RoleAgent}, "blue", of("turn", "udp"))
	customer := person(t, room, Party{Name: "customer", Role: RoleCustomer}, "red", of("turn", "tcp"))
	log.wait(t, MediaStarted, "agent", 2)
	log.wait(t, MediaStarted, "customer", 2)
	agent.gets(t, "other", vision)
	customer.gets(t, "other", sound)

	conn, err := tls.Dial("tcp", turnURL(t, servers, "turns", "tcp"), &tls.Config{InsecureSkipVerify: true}) // self-signed
	if err != nil {
		t.Fatal(err)
	}
	if !newTurnClient(t, conn, servers[0]).allocate() {
		t.Error("no allocation over TLS")
	}
	if got := newTestServer(t).ICEServers(uuid.New(), "x", time.Now()); got != nil {
		t.Errorf("without TURN: %v", got)
	}
	if !bytes.Contains([]byte(servers[0].URLs[0]), []byte("127.0.0.1")) {
		t.Errorf("URLs %v", servers[0].URLs)
	}
}
