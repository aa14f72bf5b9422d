package channels_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/visavis/visavis/channels"
)

// stuck is a provider that does not answer for texts that it holds.
type stuck struct {
	release chan struct{}

	mu    sync.Mutex
	holds map[string]bool
	n     int
}

func (s *stuck) Send(_ context.Context, out channels.Outgoing) (string, error) {
	s.mu.Lock()
	s.n++
	id, holds := fmt.Sprint("s", s.n), s.holds[out.Body]
	s.mu.Unlock()
	if holds {
		<-s.release
	}
	return id, nil
}

func (s *stuck) hold(class channels.Class) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.holds[string(class)] = true
}

// TestNothingWaitsBehindWhatMattersLess has every worker of a class held up by
// its provider: what has a higher priority goes out all the same.
func TestNothingWaitsBehindWhatMattersLess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	provider := &stuck{release: make(chan struct{}), holds: map[string]bool{}}
	w.s = w.with(provider).WithWorkers(2)
	customer := w.customer("+84912345688", "en")
	say := func(class channels.Class) channels.MessageInfo {
		return w.send(channels.Message{CustomerID: customer, Class: class, Template: "text", Params: map[string]string{"text": string(class)},
			Channels: []channels.Channel{channels.SMS}, ExpiresAt: w.now().Add(time.Hour)})
	}
	sent := func(m channels.MessageInfo) {
		t.Helper()
		w.untilState(m.ID, channels.StateSent)
	}
	w.run()
	t.Cleanup(func() { close(provider.release) }) // before the end of run waits for them
	classes := []channels.Class{channels.Notice, channels.Reminder, channels.Transaction, channels.Security}
	for i, class := range classes[:3] {
		sent(say(class))
		provider.hold(class)
		for range 8 {
			say(class)
		}
		for _, higher := range classes[i+1:] {
			sent(say(higher))
		}
	}
}
