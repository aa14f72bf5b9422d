package media

import (
	"sync"
	"time"
)

// metronome wakes a server's rooms and recorders, some at each beat: so many sleep
// that a timer for each would wake the process hundreds of times a second, and waking
// it costs more than what most of them do then. They are spread over the beats, so
// that no packet waits for all of them.
type metronome struct {
	mu    sync.Mutex
	wakes [recordBeats][]chan struct{} // by beat
	count int
	stop  chan struct{}    // nil: nobody is to be woken
	ticks <-chan time.Time // instead of a ticker
}

const (
	beatEvery   = 50 * time.Millisecond
	listenBeats = int(listenEvery / beatEvery)
	recordBeats = int(recordEvery / beatEvery) // a multiple of listenBeats
)

// add has a channel, which has room for one, sent to each so many beats: listenBeats or
// recordBeats. Who has not taken the last gets no other.
func (m *metronome) add(each int, wake chan struct{}) (remove func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	best := 0
	for beat := range each {
		if len(m.wakes[beat]) < len(m.wakes[best]) {
			best = beat
		}
	}
	for beat := best; beat < recordBeats; beat += each {
		m.wakes[beat] = append(m.wakes[beat], wake)
	}
	if m.count++; m.stop == nil {
		m.stop = make(chan struct{})
		go m.run(m.stop)
	}
	var once sync.Once
	return func() { once.Do(func() { m.remove(wake) }) }
}

func (m *metronome) remove(wake chan struct{}) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for beat, wakes := range m.wakes {
		for i, w := range wakes {
			if w == wake {
				last := len(wakes) - 1
				wakes[i], wakes[last] = wakes[last], nil
				m.wakes[beat] = wakes[:last]
				break
			}
		}
	}
	if m.count--; m.count == 0 {
		close(m.stop)
		m.stop = nil
	}
}

func (m *metronome) run(stop chan struct{}) {
	ticks := m.ticks
	if ticks == nil {
		ticker := time.NewTicker(beatEvery)
		defer ticker.Stop()
		ticks = ticker.C
	}
	for n := 0; ; n++ {
		select {
		case <-ticks:
		case <-stop:
			return
		}
		m.beat(n)
	}
}

// beat is the nth.
func (m *metronome) beat(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, wake := range m.wakes[n%recordBeats] {
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}
