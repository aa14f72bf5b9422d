package calls

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"time"

	"github.com/coder/websocket"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls/media"
)

// ServeTest runs a test of devices and network over the way that a call's media
// would take: the page joins as it joins a call (join, candidate) and gets its
// own voice and picture back, and each 2 s a message "quality" with the advice
// so far. It ends by itself after 30 s, or when the page closes the socket.
// Nothing is recorded or kept. An address may test once at a time.
func (s *Service) ServeTest(ctx context.Context, conn *websocket.Conn, from netip.Addr) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := make(chan message, socketQueue)
	tell := func(m message) {
		select {
		case out <- m:
		case <-ctx.Done():
		default:
		}
	}
	room, err := s.Media.EchoRoom(from, func(e media.Event) {
		if e.Kind == media.Sampled {
			q := qualityOf(e.Sample)
			tell(message{Type: "quality", Participant: e.Participant, Quality: &q, Advice: Advise(q)})
		}
	})
	if errors.Is(err, media.ErrBusy) {
		_ = conn.Close(closeSlowReader, "busy")
		return &visavis.Error{Kind: visavis.TooMany, Code: "test_busy", Message: "too many tests run now", RetryAfter: 30 * time.Second}
	}
	if err != nil {
		return err
	}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_, _ = room.Close(closing)
	}()
	go func() {
		for {
			select {
			case m := <-out:
				data, err := json.Marshal(m)
				if err != nil || conn.Write(ctx, websocket.MessageText, data) != nil {
					cancel()
					return
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	deadline := time.AfterFunc(echoTest, func() { _ = conn.Close(websocket.StatusNormalClosure, "over"); cancel() })
	defer deadline.Stop()
	if servers := s.Media.ICEServers(room.ID(), RoleCustomer, s.Now().Add(echoTest)); servers != nil {
		tell(message{Type: "state", State: "test", ICEServers: servers})
	} else {
		tell(message{Type: "state", State: "test"})
	}
	for n := 0; n < 200; n++ { // a page sends an offer and some candidates
		typ, data, err := conn.Read(ctx)
		if err != nil {
			return nil
		}
		var m message
		if typ != websocket.MessageText || json.Unmarshal(data, &m) != nil {
			tell(message{Type: "error", Code: "malformed", Message: "send one JSON object as text"})
			continue
		}
		switch m.Type {
		case "join":
			answer, err := room.Join(ctx, RoleCustomer, m.SDP)
			if err != nil {
				err = mediaError(err)
				tell(message{Type: "error", Code: visavis.CodeOf(err), Message: err.Error()})
				continue
			}
			tell(message{Type: "answer", SDP: answer})
		case "candidate":
			_ = room.Candidate(RoleCustomer, m.Candidate)
		case "ping":
			tell(message{Type: "pong"})
		}
	}
	_ = conn.Close(closeViolation, "too many messages")
	return nil
}

// echoTest is how long a test lasts at the most.
const echoTest = 30 * time.Second
