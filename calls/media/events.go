package media

import (
	"sync"
	"time"

	"github.com/google/uuid"
)

// EventKind says what happened in a room.
type EventKind string

// What a room reports. For each participant Joined comes first; Connected and
// Disconnected may alternate any number of times; Left comes once a Leave.
const (
	Joined          EventKind = "joined"           // an offer was answered (again after a reload)
	Connected       EventKind = "connected"        // ICE and DTLS are up: media can flow
	Disconnected    EventKind = "disconnected"     // nothing heard for 3 s, or the client closed the connection; it may come back
	MediaStarted    EventKind = "media_started"    // the first packet of Event.Track arrived on this connection
	RecordingFailed EventKind = "recording_failed" // this participant's recording has stopped or has a hole (Event.Err); the call goes on
	Sampled         EventKind = "sampled"          // each 2 s for who is connected: Event.Sample
	FloorMissed     EventKind = "floor_missed"     // the picture that SetQuality asks for does not come (Event.Sample says what does)
	FloorMet        EventKind = "floor_met"        // it does: told first when a floor is met, and again after FloorMissed
	Left            EventKind = "left"             // Leave was called
	Failed          EventKind = "failed"           // a fault of ours ended the room (Event.Err); Close it to get the recordings
)

// Kind of a track.
type Kind string

// The kinds of track that a participant may send.
const (
	Audio  Kind = "audio"  // Opus, 48 kHz
	Video  Kind = "video"  // VP8, the camera
	Screen Kind = "screen" // VP8, a shared screen: the second video section of the offer
)

// Event is one thing that happened in a room.
type Event struct {
	Kind        EventKind
	Room        uuid.UUID
	Participant string        // empty for Failed
	Track       Kind          // for MediaStarted
	Err         error         // for RecordingFailed and Failed
	Sample      Sample        // for Sampled, FloorMissed and FloorMet
	Offset      time.Duration // when, on the room's clock
}

// eventQueue hands events to a callback in order on one goroutine. Adding
// never blocks: the queue grows as long as the callback is slow.
type eventQueue struct {
	mu      sync.Mutex
	pending []Event
	wake    chan struct{}
	closed  bool
	done    chan struct{}
}

func newEventQueue(deliver func(Event)) *eventQueue {
	q := &eventQueue{wake: make(chan struct{}, 1), done: make(chan struct{})}
	go q.run(deliver)
	return q
}

func (q *eventQueue) run(deliver func(Event)) {
	defer close(q.done)
	for {
		q.mu.Lock()
		batch, closed := q.pending, q.closed
		q.pending = nil
		q.mu.Unlock()
		for _, e := range batch {
			if deliver != nil {
				deliver(e)
			}
		}
		if closed && len(batch) == 0 {
			return
		}
		if len(batch) == 0 {
			<-q.wake
		}
	}
}

func (q *eventQueue) add(e Event) {
	q.mu.Lock()
	if !q.closed {
		q.pending = append(q.pending, e)
	}
	q.mu.Unlock()
	q.signal()
}

// close lets the goroutine end once everything queued has been delivered.
func (q *eventQueue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.signal()
}

func (q *eventQueue) signal() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}
