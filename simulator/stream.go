package simulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// event is something that a handset sees at once: a message, call or push, new or changed.
type event struct {
	kind    string // message, call or push
	numbers [2]string
	token   string
	view    func() any // what the lists show of it; called under s.mu
}

func messageEvent(m *message) event {
	return event{kind: "message", numbers: [2]string{m.to, m.from}, view: func() any { return viewMessage(m) }}
}

func callEvent(c *call) event {
	return event{kind: "call", numbers: [2]string{c.to, c.from}, view: func() any { return viewCall(c) }}
}

// subscription is one open stream. events is closed when its reader is too slow.
type subscription struct {
	number, token string
	events        chan sentEvent
}

// sentEvent is an event with its view made.
type sentEvent struct {
	kind string
	data any
}

func (sub *subscription) wants(e event) bool {
	switch {
	case sub.number == "" && sub.token == "":
		return true
	case e.kind == "push":
		return e.token != "" && (e.token == sub.token || sub.number != "" && slices.Contains(tokensOf(sub.number), e.token))
	default:
		return sub.number != "" && (e.numbers[0] == sub.number || e.numbers[1] == sub.number)
	}
}

const maxStreams = 1000

// publish gives an event to the streams that want it. A stream that is 256 events behind is cut; its page connects
// again and reads the lists. The caller holds s.mu.
func (s *Simulator) publish(e event) {
	var data any
	for sub := range s.subscriptions {
		if !sub.wants(e) {
			continue
		}
		if data == nil {
			data = e.view()
		}
		select {
		case sub.events <- sentEvent{e.kind, data}:
		default:
			close(sub.events)
			delete(s.subscriptions, sub)
		}
	}
}

// stream is GET /simulator/stream?number=&token=: server-sent events named message, call and push whose data is what
// the lists show. With a number the pushes to its handset's token come along. The first event is "ready".
func (s *Simulator) stream(w http.ResponseWriter, r *http.Request) {
	sub := &subscription{token: r.URL.Query().Get("token"), events: make(chan sentEvent, 256)}
	if raw := r.URL.Query().Get("number"); raw != "" {
		if sub.number = canonical(raw); sub.number == "" {
			writeProblem(w, http.StatusBadRequest, "number must be a phone number")
			return
		}
	}
	s.mu.Lock()
	full := s.closed || len(s.subscriptions) >= maxStreams
	if !full {
		s.subscriptions[sub] = true
	}
	s.mu.Unlock()
	if full {
		writeProblem(w, http.StatusServiceUnavailable, "too many streams are open")
		return
	}
	defer func() {
		s.mu.Lock()
		delete(s.subscriptions, sub)
		s.mu.Unlock()
	}()
	flush := http.NewResponseController(w)
	flush.SetWriteDeadline(time.Time{}) // a server's own limit would cut the stream
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprint(w, "event: ready\ndata: {}\n\n")
	for flush.Flush() == nil {
		select {
		case e, open := <-sub.events:
			if !open {
				return
			}
			data, err := json.Marshal(e.data)
			if err != nil {
				s.log.Error("stream event not encoded", "kind", e.kind, "error", err)
				return
			}
			fmt.Fprintf(w, "event: %s\ndata: %s\n\n", e.kind, data)
		case <-s.cfg.After(20 * time.Second):
			fmt.Fprint(w, ": still here\n\n")
		case <-r.Context().Done():
			return
		case <-s.ctx.Done():
			return
		}
	}
}
