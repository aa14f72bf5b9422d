package media

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/google/uuid"
)

const (
	echoLongest = 30 * time.Second // of one test
	echoAtOnce  = 50               // tests of all addresses
	echoWindow  = 10 * time.Minute
	echoPerAddr = 10 // tests of one address in echoWindow; one at a time
)

// ErrBusy is returned by EchoRoom when too many tests run, or one address has
// had enough of them.
var ErrBusy = errors.New("media: too many tests now")

// EchoRoom opens a room for a device and network test before a call: its one
// participant, who joins as in a call (Join, under any name), gets its own media
// back over the same way that a call would take, and events tells what is
// measured (Sampled, each 2 s). Nothing is recorded. The room closes itself after
// 30 s; closing it earlier lets the address test again sooner.
//
// from is the client's address, which may have one test at a time and ten in ten
// minutes (of IPv6 its /64 counts). Errors: ErrBusy, ErrClosed.
func (s *Server) EchoRoom(from netip.Addr, events func(Event)) (*Room, error) {
	from = from.Unmap()
	if from.Is6() {
		prefix, _ := from.WithZone("").Prefix(64)
		from = prefix.Addr()
	}
	now := s.cfg.Now()
	s.mu.Lock()
	recent := s.echoes[from][:0:0]
	for _, at := range s.echoes[from] {
		if now.Sub(at) < echoWindow {
			recent = append(recent, at)
		}
	}
	if len(recent) >= echoPerAddr || s.echoing[from] || len(s.echoing) >= echoAtOnce {
		s.mu.Unlock()
		return nil, ErrBusy
	}
	for addr, times := range s.echoes { // forget the others'
		if len(times) == 0 || now.Sub(times[len(times)-1]) >= echoWindow {
			delete(s.echoes, addr)
		}
	}
	s.echoes[from] = append(recent, now)
	s.echoing[from] = true
	s.mu.Unlock()

	room, err := s.Open(uuid.New(), RoomConfig{Events: events, echo: true})
	if err != nil {
		s.echoed(from)
		return nil, err
	}
	over := time.AfterFunc(echoLongest, func() { _, _ = room.Close(context.Background()) })
	go func() {
		<-room.closed
		over.Stop()
		s.echoed(from)
	}()
	return room, nil
}

func (s *Server) echoed(from netip.Addr) {
	s.mu.Lock()
	delete(s.echoing, from)
	s.mu.Unlock()
}
