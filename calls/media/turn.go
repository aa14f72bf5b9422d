package media

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/pion/turn/v5"
)

// TURNConfig is the server's own TURN (RFC 8656), for clients that reach it but
// not the media ports. It is off unless an address is given. It relays to our own
// media port and to nothing else, whatever the credentials: a TURN server that
// relays anywhere is a way into the network that it stands in.
type TURNConfig struct {
	UDPAddr, TCPAddr, TLSAddr string // host:port to listen on; empty: not
	// TLS is the certificate for TLSAddr.
	TLS *tls.Config
	// Host is what clients are told to connect to: a name or an address. Defaults
	// to the first of Config.PublicIPs, and else to the address listened on.
	Host string
}

func (c TURNConfig) on() bool { return c.UDPAddr != "" || c.TCPAddr != "" || c.TLSAddr != "" }

const (
	turnRealm       = "visavis"
	turnAfter       = 5 * time.Minute // of a credential, after the end that is planned for the call
	turnLongest     = 6 * time.Hour   // of any credential
	turnLifetime    = 5 * time.Minute // of an allocation that is not refreshed
	turnPerCall     = 4               // allocations
	turnAllocations = 1000            // of all calls
	turnConnections = 500             // over TCP and TLS
	turnIdle        = time.Minute     // of a connection: clients check theirs every few seconds
	turnRate        = 8_000_000       // bits a second of one allocation, each way
)

var (
	errRelayTarget = errors.New("media: TURN relays to the media port only")
	errRelayTCP    = errors.New("media: TURN relays UDP only")
	errRelayQuota  = errors.New("media: too many TURN allocations")
)

// ICEServer is one entry of an RTCConfiguration's iceServers.
type ICEServer struct {
	URLs       []string `json:"urls"`
	Username   string   `json:"username,omitempty"`
	Credential string   `json:"credential,omitempty"`
}

// turnServer is the TURN server and its relays.
type turnServer struct {
	server    *turn.Server
	secret    []byte
	host      string
	urls      []string
	own       []netip.Addr // what the media port may be reached by
	port      uint16
	local     netip.Addr // where the media port is reached from here
	now       func() time.Time
	listeners []net.Listener
	listened  []net.PacketConn

	mu      sync.Mutex
	relays  map[*relay]string // and their calls
	revoked map[string]time.Time
}

func newTURN(s *Server) (t *turnServer, err error) {
	cfg := s.cfg.TURN
	t = &turnServer{secret: make([]byte, 32), now: s.cfg.Now, port: uint16(s.Addr().Port), relays: map[*relay]string{}, revoked: map[string]time.Time{}}
	if _, err := rand.Read(t.secret); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			t.close()
		}
	}()
	if err := t.addresses(s); err != nil {
		return nil, err
	}
	config := turn.ServerConfig{
		Realm: turnRealm, AuthHandler: t.authenticate, LoggerFactory: pionLogs{s.cfg.Logger},
		AllocationLifetime: turnLifetime, PermissionTimeout: turnLifetime,
	}
	if cfg.UDPAddr != "" {
		conn, err := net.ListenPacket("udp", cfg.UDPAddr)
		if err != nil {
			return nil, fmt.Errorf("media: TURN over UDP: %w", err)
		}
		t.listened = append(t.listened, conn)
		config.PacketConnConfigs = []turn.PacketConnConfig{{PacketConn: conn, RelayAddressGenerator: t, PermissionHandler: t.permitted}}
		t.urls = append(t.urls, t.url("turn", conn.LocalAddr(), "udp"))
	}
	listen := func(addr, scheme string, wrap func(net.Listener) net.Listener) error {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return fmt.Errorf("media: TURN over TCP: %w", err)
		}
		t.urls = append(t.urls, t.url(scheme, l.Addr(), "tcp"))
		l = wrap(&boundedListener{Listener: l, most: turnConnections, idle: turnIdle})
		t.listeners = append(t.listeners, l)
		config.ListenerConfigs = append(config.ListenerConfigs, turn.ListenerConfig{Listener: l, RelayAddressGenerator: t, PermissionHandler: t.permitted})
		return nil
	}
	if cfg.TCPAddr != "" {
		if err := listen(cfg.TCPAddr, "turn", func(l net.Listener) net.Listener { return l }); err != nil {
			return nil, err
		}
	}
	if cfg.TLSAddr != "" {
		if cfg.TLS == nil {
			return nil, errors.New("media: TURN over TLS needs a certificate")
		}
		if err := listen(cfg.TLSAddr, "turns", func(l net.Listener) net.Listener { return tls.NewListener(l, cfg.TLS) }); err != nil {
			return nil, err
		}
	}
	if t.server, err = turn.NewServer(config); err != nil {
		return nil, fmt.Errorf("media: TURN: %w", err)
	}
	return t, nil
}

// addresses finds out what the media port is reached by.
func (t *turnServer) addresses(s *Server) error {
	listening := s.Addr().AddrPort().Addr().Unmap()
	for _, ip := range s.cfg.PublicIPs {
		t.own = append(t.own, netip.MustParseAddr(ip).Unmap())
	}
	if !listening.IsUnspecified() {
		t.own, t.local = append(t.own, listening), listening
	} else {
		all, err := net.InterfaceAddrs()
		if err != nil {
			return fmt.Errorf("media: addresses: %w", err)
		}
		for _, a := range all {
			if prefix, err := netip.ParsePrefix(a.String()); err == nil && (!prefix.Addr().IsLoopback() || s.cfg.IncludeLoopback) && !prefix.Addr().IsLinkLocalUnicast() {
				t.own = append(t.own, prefix.Addr().Unmap())
				if !t.local.IsValid() && prefix.Addr().Is4() {
					t.local = prefix.Addr()
				}
			}
		}
	}
	if !t.local.IsValid() && len(t.own) > 0 {
		t.local = t.own[len(t.own)-1]
	}
	if !t.local.IsValid() {
		return errors.New("media: TURN: no address of our own")
	}
	t.host = s.cfg.TURN.Host
	if t.host == "" && len(s.cfg.PublicIPs) > 0 {
		t.host = s.cfg.PublicIPs[0]
	}
	return nil
}

func (t *turnServer) url(scheme string, listening net.Addr, transport string) string {
	host, port, _ := net.SplitHostPort(listening.String())
	if t.host != "" {
		host = t.host
	} else if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = t.local.String()
	}
	return scheme + ":" + net.JoinHostPort(host, port) + "?transport=" + transport
}

func (t *turnServer) close() {
	if t.server != nil {
		_ = t.server.Close()
	} else {
		for _, c := range t.listened {
			_ = c.Close()
		}
		for _, l := range t.listeners {
			_ = l.Close()
		}
	}
	t.end(func(string) bool { return true })
}

// end closes the relays of some calls.
func (t *turnServer) end(which func(call string) bool) {
	t.mu.Lock()
	var over []*relay
	for r, call := range t.relays {
		if which(call) {
			over = append(over, r)
		}
	}
	t.mu.Unlock()
	for _, r := range over {
		_ = r.Close()
	}
}

// revoke ends what a call's credentials are good for.
func (t *turnServer) revoke(call string) {
	t.mu.Lock()
	for id, until := range t.revoked {
		if t.now().After(until) {
			delete(t.revoked, id)
		}
	}
	t.revoked[call] = t.now().Add(turnLongest)
	t.mu.Unlock()
	t.end(func(c string) bool { return c == call })
}

// allow lets a call that goes on in a new room use its credentials again.
func (t *turnServer) allow(call string) {
	t.mu.Lock()
	delete(t.revoked, call)
	t.mu.Unlock()
}

// ICEServers are the TURN servers that a participant of a call may use, with
// credentials of its own that end 5 minutes after until, the latest end of the
// call, and at once when its room is closed. None when there is no TURN.
func (s *Server) ICEServers(room uuid.UUID, participant string, until time.Time) []ICEServer {
	if s.turn == nil {
		return nil
	}
	t := s.turn
	end := until.Add(turnAfter)
	if latest := t.now().Add(turnLongest); end.After(latest) {
		end = latest
	}
	user := strconv.FormatInt(end.Unix(), 10) + ":" + room.String() + ":" + participant
	return []ICEServer{{URLs: slices.Clone(t.urls), Username: user, Credential: t.password(user)}}
}

func (t *turnServer) password(user string) string {
	mac := hmac.New(sha256.New, t.secret)
	mac.Write([]byte(user))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// authenticate knows the credentials that ICEServers gives (the scheme of
// draft-uberti-behave-turn-rest). The user id is the call.
func (t *turnServer) authenticate(ra *turn.RequestAttributes) (userID string, key []byte, ok bool) {
	expires, rest, _ := strings.Cut(ra.Username, ":")
	call, _, good := strings.Cut(rest, ":")
	at, err := strconv.ParseInt(expires, 10, 64)
	if err != nil || !good || t.now().After(time.Unix(at, 0)) {
		return "", nil, false
	}
	t.mu.Lock()
	_, over := t.revoked[call]
	t.mu.Unlock()
	if over {
		return "", nil, false
	}
	return call, turn.GenerateAuthKey(ra.Username, ra.Realm, t.password(ra.Username)), true
}

// permitted is asked for CreatePermission and ChannelBind.
func (t *turnServer) permitted(_ net.Addr, peer net.IP) bool {
	ip, ok := netip.AddrFromSlice(peer)
	return ok && slices.Contains(t.own, ip.Unmap())
}

// Validate is part of turn.RelayAddressGenerator, as are the three below.
func (t *turnServer) Validate() error { return nil }

// AllocatePacketConn opens a socket that reaches the media port only.
func (t *turnServer) AllocatePacketConn(cfg turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	if cfg.RequestedPort != 0 {
		return nil, nil, errRelayQuota // EVEN-PORT reserves ports; nobody of ours needs it
	}
	t.mu.Lock()
	count := 0
	for _, call := range t.relays {
		if call == cfg.UserID {
			count++
		}
	}
	if count >= turnPerCall || len(t.relays) >= turnAllocations {
		t.mu.Unlock()
		return nil, nil, errRelayQuota
	}
	r := &relay{t: t}
	r.in, r.out = limiter{bits: turnRate, packets: 3000, burst: time.Second}, limiter{bits: turnRate, packets: 3000, burst: time.Second}
	t.relays[r] = cfg.UserID
	t.mu.Unlock()

	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(t.local, 0)))
	if err != nil {
		t.forget(r)
		return nil, nil, err
	}
	t.mu.Lock()
	_, wanted := t.relays[r]
	r.mu.Lock()
	r.conn = conn
	r.mu.Unlock()
	t.mu.Unlock()
	if !wanted { // ended meanwhile
		_ = conn.Close()
		return nil, nil, errRelayQuota
	}
	return r, conn.LocalAddr(), nil
}

// AllocateListener refuses: there is no relaying of TCP (RFC 6062).
func (t *turnServer) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errRelayTCP
}

// AllocateConn refuses, as AllocateListener.
func (t *turnServer) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) {
	return nil, errRelayTCP
}

func (t *turnServer) forget(r *relay) {
	t.mu.Lock()
	delete(t.relays, r)
	t.mu.Unlock()
}

// relay is one allocation's socket. Behind NAT the media port's public address
// leads back here; the client sees only that one.
type relay struct {
	t      *turnServer
	public atomic.Pointer[net.UDPAddr] // as the client calls the media port

	mu      sync.Mutex
	conn    *net.UDPConn
	in, out limiter
}

var _ net.PacketConn = (*relay)(nil)

// ReadFrom gives what the media port sends, and nothing else.
func (r *relay) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		n, from, err := r.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return n, nil, err
		}
		public := r.public.Load()
		if public == nil || from.Port() != r.t.port || !slices.Contains(r.t.own, from.Addr().Unmap()) || !r.allow(&r.in, n) {
			continue
		}
		return n, public, nil
	}
}

// WriteTo sends to the media port, and nowhere else.
func (r *relay) WriteTo(b []byte, to net.Addr) (int, error) {
	addr, ok := to.(*net.UDPAddr)
	if !ok || addr.Port != int(r.t.port) || !r.t.permitted(nil, addr.IP) {
		return 0, errRelayTarget
	}
	if !r.allow(&r.out, len(b)) {
		return len(b), nil
	}
	r.public.Store(addr)
	return r.conn.WriteToUDPAddrPort(b, netip.AddrPortFrom(r.t.local, r.t.port))
}

func (r *relay) allow(l *limiter, n int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return l.allow(time.Duration(r.t.now().UnixNano()), n)
}

// Close gives the port back.
func (r *relay) Close() error {
	r.t.forget(r)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.conn == nil {
		return nil
	}
	if err := r.conn.Close(); !errors.Is(err, net.ErrClosed) {
		return err
	}
	return nil
}

// LocalAddr is the relayed transport address.
func (r *relay) LocalAddr() net.Addr { return r.conn.LocalAddr() }

// SetDeadline is part of net.PacketConn, as are the two below.
func (r *relay) SetDeadline(t time.Time) error { return r.conn.SetDeadline(t) }

// SetReadDeadline is the socket's.
func (r *relay) SetReadDeadline(t time.Time) error { return r.conn.SetReadDeadline(t) }

// SetWriteDeadline is the socket's.
func (r *relay) SetWriteDeadline(t time.Time) error { return r.conn.SetWriteDeadline(t) }

// boundedListener takes so many connections at a time and closes those above.
type boundedListener struct {
	net.Listener
	most int64
	idle time.Duration // who says nothing for so long is closed; 0: never
	open atomic.Int64
}

// Accept gives the next connection that may stay.
func (l *boundedListener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if l.open.Add(1) > l.most {
			l.open.Add(-1)
			_ = c.Close()
			continue
		}
		return &boundedConn{Conn: c, idle: l.idle, done: sync.OnceFunc(func() { l.open.Add(-1) })}, nil
	}
}

type boundedConn struct {
	net.Conn
	idle time.Duration
	done func()
}

// Read waits no longer than idle.
func (c *boundedConn) Read(b []byte) (int, error) {
	if c.idle > 0 {
		_ = c.SetReadDeadline(time.Now().Add(c.idle))
	}
	return c.Conn.Read(b)
}

// Close counts the connection out.
func (c *boundedConn) Close() error {
	c.done()
	return c.Conn.Close()
}
