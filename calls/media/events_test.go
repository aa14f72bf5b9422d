package media

import (
	"testing"
	"time"
)

// TestEventsInOrder holds that adding never waits for a slow reader, and that
// everything is delivered, in order, also what was queued before closing.
func TestEventsInOrder(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	var got []time.Duration
	q := newEventQueue(func(e Event) {
		<-hold
		got = append(got, e.Offset)
	})
	for n := range 1000 {
		q.add(Event{Offset: time.Duration(n)})
	}
	q.close()
	q.add(Event{Offset: 5000}) // too late
	close(hold)
	<-q.done
	if len(got) != 1000 {
		t.Fatalf("%d of 1000 delivered", len(got))
	}
	for n, at := range got {
		if at != time.Duration(n) {
			t.Fatalf("event %d is number %d", n, at)
		}
	}
}
