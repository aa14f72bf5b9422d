package media

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/pion/ice/v4"
	"github.com/pion/webrtc/v4"
)

// Errors that callers tell apart with errors.Is.
var (
	ErrClosed    = errors.New("media: the room or server is closed")
	ErrNotJoined = errors.New("media: the participant has no connection")
	ErrFull      = errors.New("media: the room has as many participants as it may")
	ErrOffer     = errors.New("media: the offer is refused")     // wrapped with the reason; the client's fault
	ErrCandidate = errors.New("media: the candidate is refused") // likewise
	ErrNoPicture = errors.New("media: no picture to be had")     // Still: no video came, or it could not be decoded
)

// Config is what all rooms of a process share.
type Config struct {
	// UDPAddr is the one address and port that all media goes through, such as
	// ":7882". An empty host means all interfaces, IPv4 and IPv6. Defaults to
	// ":0", a free port.
	UDPAddr string
	// TCPAddr is the one address and port for media over TCP (RFC 6544), for
	// clients whose network lets no UDP out. Empty: none.
	TCPAddr string
	// ICELite answers connectivity checks without making any (RFC 8445, 2.5).
	// It saves checks where the server has a public address, but costs a client
	// in Pion 200 ms of joining: off unless it is wanted.
	ICELite bool
	// TURN is the server's own TURN; off by default.
	TURN TURNConfig
	// PublicIPs replace the machine's own addresses in the answers when the
	// machine is behind a one-to-one NAT. At most one IPv4 and one IPv6.
	PublicIPs []string
	// IncludeLoopback also offers 127.0.0.1 and ::1, for the demo and tests.
	IncludeLoopback bool
	// Logger defaults to slog.Default(). Candidates, SDP and keys are not logged.
	Logger *slog.Logger
	// Now defaults to time.Now. A room's clock advances by it.
	Now func() time.Time
}

// Server owns the UDP port and the rooms. It is safe for concurrent use.
type Server struct {
	cfg  Config
	conn *net.UDPConn
	taps *taps
	mux  *ice.UDPMuxDefault
	tcp  *tcpMux     // nil: no ICE-TCP
	turn *turnServer // nil: no TURN
	cert webrtc.Certificate

	settings webrtc.SettingEngine // what each connection begins from
	beats    metronome

	mu      sync.Mutex
	rooms   map[uuid.UUID]*Room
	closed  bool
	echoes  map[netip.Addr][]time.Time // when an address last tested
	echoing map[netip.Addr]bool        // which do now
	events  sync.WaitGroup             // event goroutines of rooms that are already closed
}

// NewServer opens the UDP port. It fails if the address is malformed or taken.
func NewServer(cfg Config) (*Server, error) {
	if cfg.UDPAddr == "" {
		cfg.UDPAddr = ":0"
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.Default()
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	for _, ip := range cfg.PublicIPs {
		if net.ParseIP(ip) == nil {
			return nil, fmt.Errorf("media: public address %q is not an IP address", ip)
		}
	}
	addr, err := net.ResolveUDPAddr("udp", cfg.UDPAddr)
	if err != nil {
		return nil, fmt.Errorf("media: UDP address: %w", err)
	}
	conn, err := net.ListenUDP("udp", addr)
	if err != nil {
		return nil, fmt.Errorf("media: UDP port: %w", err)
	}
	// One socket carries every call: room for bursts. The kernel caps it silently.
	_ = conn.SetReadBuffer(4 << 20)
	_ = conn.SetWriteBuffer(4 << 20)

	cert, err := newCertificate()
	if err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("media: certificate: %w", err)
	}
	taps := newTaps(conn)
	mux := ice.NewUDPMuxDefault(ice.UDPMuxParams{UDPConn: &udpTap{conn, taps}, Logger: pionLogs{cfg.Logger}.NewLogger("mux")})
	s := &Server{cfg: cfg, conn: conn, taps: taps, mux: mux, cert: *cert, rooms: map[uuid.UUID]*Room{},
		echoes: map[netip.Addr][]time.Time{}, echoing: map[netip.Addr]bool{}}
	if s.tcp, err = listenTCP(cfg, taps); err == nil {
		var tcp ice.TCPMux
		if s.tcp != nil {
			tcp = s.tcp
		}
		s.settings, err = newSettings(mux, tcp, cfg)
	}
	if err == nil && cfg.TURN.on() {
		s.turn, err = newTURN(s)
	}
	if err != nil {
		_ = s.release()
		return nil, err
	}
	return s, nil
}

const (
	tcpConnections = 2000             // at a time: each holds a file descriptor of the process
	tcpWriteBuffer = 256 << 10        // bytes waiting for a slow TCP client; then packets are dropped
	tcpFirstCheck  = 10 * time.Second // a TCP connection that says nothing for so long is closed
)

// listenTCP opens the port for ICE-TCP, if there is to be one.
func listenTCP(cfg Config, taps *taps) (*tcpMux, error) {
	if cfg.TCPAddr == "" {
		return nil, nil
	}
	listener, err := net.Listen("tcp", cfg.TCPAddr)
	if err != nil {
		return nil, fmt.Errorf("media: TCP port: %w", err)
	}
	return &tcpMux{taps: taps, TCPMuxDefault: ice.NewTCPMuxDefault(ice.TCPMuxParams{
		Listener: &boundedListener{Listener: listener, most: tcpConnections}, Logger: pionLogs{cfg.Logger}.NewLogger("tcp mux"), ReadBufferSize: 64,
		WriteBufferSize: tcpWriteBuffer, FirstStunBindTimeout: tcpFirstCheck, AliveDurationForConnFromStun: tcpFirstCheck,
	})}, nil
}

// TCPAddr is the address for media over TCP, nil if there is none.
func (s *Server) TCPAddr() net.Addr {
	if s.tcp == nil {
		return nil
	}
	return s.tcp.LocalAddr()
}

// release gives the ports back.
func (s *Server) release() error {
	var errs []error
	if s.turn != nil {
		s.turn.close()
	}
	if s.tcp != nil {
		errs = append(errs, s.tcp.Close())
	}
	errs = append(errs, s.mux.Close(), s.conn.Close())
	return errors.Join(errs...)
}

// Addr is the UDP address in use.
func (s *Server) Addr() *net.UDPAddr { return s.conn.LocalAddr().(*net.UDPAddr) }

// Open returns the room with this id, making it if there is none; cfg counts
// only then. It fails with fs.ErrExist if Dir already holds a recording of
// this Part, and with ErrClosed after Close.
func (s *Server) Open(id uuid.UUID, cfg RoomConfig) (*Room, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	if room, ok := s.rooms[id]; ok {
		return room, nil
	}
	room, err := newRoom(s, id, cfg)
	if err != nil {
		return nil, err
	}
	s.rooms[id] = room
	if s.turn != nil {
		s.turn.allow(id.String())
	}
	s.events.Add(1)
	go func() {
		defer s.events.Done()
		<-room.events.done
	}()
	return room, nil
}

// Room returns an open room.
func (s *Server) Room(id uuid.UUID) (*Room, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	room, ok := s.rooms[id]
	return room, ok
}

func (s *Server) forget(r *Room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[r.id] == r {
		delete(s.rooms, r.id)
	}
	if s.turn != nil {
		s.turn.revoke(r.id.String())
	}
}

// Close closes all rooms, which finalises their recordings, waits for their
// events to be delivered and gives the port back. It must not be called from
// an event callback.
func (s *Server) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	rooms := make([]*Room, 0, len(s.rooms))
	for _, r := range s.rooms {
		rooms = append(rooms, r)
	}
	s.mu.Unlock()

	errs := make([]error, len(rooms))
	var wg sync.WaitGroup
	for i, r := range rooms {
		wg.Go(func() { _, errs[i] = r.Close(context.Background()) })
	}
	wg.Wait()
	s.events.Wait()
	errs = append(errs, s.release())
	err := errors.Join(errs...)
	if errors.Is(err, net.ErrClosed) { // the mux may own the socket by now
		return nil
	}
	return err
}
