package media

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"filippo.io/age"
	"github.com/pion/rtcp"
)

const (
	recordEvery   = 750 * time.Millisecond // the recorder wakes, orders and writes: each time costs more than what it does
	recordBehind  = time.Second            // the file follows the call at this distance; what comes later is too late
	keyFrameEvery = 10 * time.Second       // so that a player can seek; browsers send none unasked
	maxWaiting    = 64 << 10               // packets likewise: those without a payload count too
	maxQueued     = 8 << 20                // bytes waiting for a slow disk; then packets are dropped and reported
	maxSpare      = 512                    // packets that the queue's memory is kept for
)

var errOverrun = errors.New("media: the recorder cannot keep up, packets were dropped")

// recorder is the third in the room: it is handed every packet of one
// participant and writes the participant's file. One goroutine does the work;
// push only copies.
type recorder struct {
	room  *Room
	who   *participant
	name  string // of the file: the participant's, or for a shared screen with ScreenSuffix
	video int    // where its pictures come from: videoIndex or screenIndex

	mu      sync.Mutex
	queue   []packet
	chunks  []*chunk  // kept for the queue, each once
	last    [2]*chunk // of them, by index
	queued  int       // bytes of queue
	reports []senderReport
	overrun bool
	stills  []stillWish
	marks   []mark
	gapsNow []Gap  // for Room.Gaps
	sample  []byte // of the last still

	kick    chan struct{}
	stopped chan struct{} // closed to end run
	done    chan struct{} // closed when run has ended
	written atomic.Int64

	// What follows belongs to run.
	spareQueue []packet
	spareList  []*chunk
	peer       uint64
	streams    [2]*stream
	frames     vp8Frames
	timeline   timeline
	file       *webmFile
	start      time.Duration // the file's zero on the room's clock
	failure    error         // why there is no (more) file
	lastKey    time.Duration // arrival of the last key frame, or the last wish for one
	lastWish   time.Duration
	create     func(name string) (webmStorage, error)
	key        *age.X25519Identity // nil: a plain file
	gaps       gapMap              // on the file's clock
	reasons    reasons
	lost       [2]bool // packets were lost since the last block
	told       int     // gaps that Room.Gaps knows
}

type senderReport struct {
	peer   uint64
	index  int
	report *rtcp.SenderReport
}

// stillWish is someone waiting for the first key frame that arrives after from.
type stillWish struct {
	from time.Duration
	to   chan keyFrame
}

// keyFrame is a copy of a VP8 key frame, for a still.
type keyFrame struct {
	data []byte
	at   time.Duration // on the room's clock
}

func newRecorder(r *Room, who *participant) *recorder { return startRecorder(r, who, videoIndex) }

func startRecorder(r *Room, who *participant, video int) *recorder {
	c := &recorder{
		room: r, who: who, name: who.name, video: video, kick: make(chan struct{}, 1), stopped: make(chan struct{}), done: make(chan struct{}),
	}
	if video == screenIndex {
		c.name += ScreenSuffix
	}
	c.create = func(name string) (webmStorage, error) {
		return r.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	}
	if r.key != nil {
		c.create = c.createJournal
	}
	c.frames.needKey = true
	go func() {
		defer close(c.done)
		defer r.guard(nil)
		c.run()
	}()
	return c
}

// createJournal makes a file that is sealed as it is written.
func (c *recorder) createJournal(name string) (webmStorage, error) {
	key, err := c.room.key(c.name)
	if err != nil {
		return nil, err
	}
	file, err := c.room.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	j, err := newJournal(file, key)
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	c.key = key
	return j, nil
}

// ScreenSuffix ends the name under which a participant's shared screen is recorded,
// a file of its own without sound.
const ScreenSuffix = "_screen"

func (c *recorder) kind(index int) int {
	if index == videoIndex {
		return c.video
	}
	return index
}

func (c *recorder) askKeyFrame() {
	if p := c.who.peer.Load(); p != nil {
		p.askKeyFrame(c.video)
	}
}

// screenRecorder returns what records the participant's shared screen, from its
// first packet on; nil when the room closes.
func (r *Room) screenRecorder(who *participant) *recorder {
	if c := who.screen.Load(); c != nil {
		return c
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c := who.screen.Load()
	if c == nil && !r.closing {
		c = startRecorder(r, who, screenIndex)
		who.screen.Store(c)
	}
	return c
}

// recorders are those of a participant.
func (who *participant) recorders() (all []*recorder) {
	for _, c := range []*recorder{who.recorder, who.screen.Load()} {
		if c != nil {
			all = append(all, c)
		}
	}
	return all
}

// push hands over a packet. It never waits for the disk, and keeps the chunk that the
// payload lies in as long as it needs it.
func (c *recorder) push(p packet) {
	c.mu.Lock()
	if c.queued+len(p.payload) > maxQueued || len(c.queue) >= maxWaiting {
		c.overrun = true
		c.mu.Unlock()
		return
	}
	if p.chunk != c.last[p.index] && p.chunk != nil {
		p.chunk.keep()
		c.last[p.index] = p.chunk
		c.chunks = append(c.chunks, p.chunk)
	}
	c.queued += len(p.payload)
	c.queue = append(c.queue, p)
	wanted := len(c.stills) > 0 && p.index == videoIndex && p.marker
	c.mu.Unlock()
	if wanted {
		c.wake()
	}
}

func (c *recorder) report(peer uint64, index int, r *rtcp.SenderReport) {
	c.mu.Lock()
	if len(c.reports) < 64 {
		c.reports = append(c.reports, senderReport{peer, index, r})
	}
	c.mu.Unlock()
}

// nextKeyFrame asks for a copy of the next key frame that arrives.
func (c *recorder) nextKeyFrame() chan keyFrame {
	ch := make(chan keyFrame, 1)
	c.mu.Lock()
	c.stills = append(c.stills, stillWish{c.room.Offset(), ch})
	c.mu.Unlock()
	return ch
}

// forgetStill takes back a wish that nobody waits for any more.
func (c *recorder) forgetStill(ch chan keyFrame) {
	c.mu.Lock()
	c.stills = slices.DeleteFunc(c.stills, func(w stillWish) bool { return w.to == ch })
	c.mu.Unlock()
}

func (c *recorder) wake() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

func (c *recorder) run() {
	defer c.room.server.beats.add(recordBeats, c.kick)()
	for {
		select {
		case <-c.kick:
		case <-c.stopped:
			c.drain(c.room.Offset())
			return
		}
		c.step(c.room.Offset())
	}
}

// step does what is due: the file then goes to recordBehind before now.
func (c *recorder) step(now time.Duration) {
	c.drain(now)
	c.write(now - recordBehind)
	c.wishKeyFrame(now)
}

// drain takes over what was pushed and puts it onto the time line.
func (c *recorder) drain(now time.Duration) {
	c.mu.Lock()
	queue, chunks, reports, overrun, marks := c.queue, c.chunks, c.reports, c.overrun, c.marks
	c.queue, c.queued, c.reports, c.overrun, c.marks = c.spareQueue[:0], 0, nil, false, nil
	c.chunks, c.last = c.spareList[:0], [2]*chunk{}
	c.mu.Unlock()
	for _, m := range marks {
		c.reasons.set(m.index, m.cause, m.at, m.on)
	}
	peer := c.who.peer.Load()
	c.reasons.set(-1, CauseReconnect, now, peer == nil || !peer.connected.Load())
	c.reasons.set(-1, CauseDisk, now, overrun)

	for _, p := range queue {
		if s := c.stream(p.peer, p.index); s != nil {
			s.accept(p, c.place)
		}
	}
	for _, k := range chunks {
		k.release()
	}
	for _, r := range reports {
		if s := c.stream(r.peer, r.index); s != nil {
			s.clock.report(r.report)
			if audio, video := c.streams[audioIndex], c.streams[videoIndex]; audio != nil && video != nil {
				video.clock.align(&audio.clock)
			}
		}
	}
	for _, s := range c.streams {
		if s != nil {
			s.expire(now, c.place)
		}
	}
	clear(queue) // of payloads and chunks
	if cap(queue) > maxSpare {
		queue = nil
	}
	clear(chunks)
	c.spareQueue, c.spareList = queue, chunks
	if overrun {
		c.fail(errOverrun)
	}
}

// stream is the stream of this track and connection. Those of a connection that
// has been replaced are no longer taken; those of a new one begin afresh, at
// their place on the same clock.
func (c *recorder) stream(peer uint64, index int) *stream {
	if peer < c.peer {
		return nil
	}
	if peer > c.peer {
		for _, s := range c.streams {
			if s != nil {
				s.flush(c.place)
			}
		}
		c.peer, c.streams = peer, [2]*stream{}
		c.frames.open, c.frames.needKey = false, true
	}
	if c.streams[index] == nil {
		rate := int64(opusCodec.ClockRate)
		if index == videoIndex {
			rate = int64(vp8Codec.ClockRate)
		}
		c.streams[index] = &stream{clock: trackClock{rate: rate}}
	}
	return c.streams[index]
}

// place takes a packet in order: audio goes onto the time line as it is, video
// once a frame is whole.
func (c *recorder) place(p packet, lost int) {
	if lost > 0 {
		c.who.received[c.kind(p.index)].lost.Add(uint64(lost))
		c.lost[p.index] = true
	}
	clock := &c.streams[p.index].clock
	if p.index == audioIndex {
		if len(p.payload) > 0 {
			c.timeline.add(block{track: audioTrack, at: clock.place(p.timestamp, p.arrival), lost: c.lost[audioIndex], data: p.payload, chunk: p.chunk})
			c.lost[audioIndex] = false
		}
		return
	}
	frame, key := c.frames.add(p, lost)
	if frame == nil {
		return
	}
	at := clock.place(c.frames.timestamp, c.frames.arrival)
	if key {
		c.lastKey = p.arrival
		c.giveStills(frame, c.frames.arrival, at)
	}
	b := block{track: videoTrack, at: at, key: key, lost: c.lost[videoIndex], data: frame, chunk: p.chunk}
	if !c.frames.alone { // the block gets the buffer, the next frame another
		b.chunk, b.own = nil, true
		c.frames.buf = c.timeline.spare()
	}
	c.timeline.add(b)
	c.lost[videoIndex] = false
}

func (c *recorder) giveStills(frame []byte, arrival, at time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stills = slices.DeleteFunc(c.stills, func(w stillWish) bool {
		if w.from > arrival { // on its way before it was wished for
			return false
		}
		w.to <- keyFrame{data: slices.Clone(frame), at: at}
		return true
	})
}

// wishKeyFrame asks the sender for a key frame when the recording needs one: to
// begin, after a hole, and from time to time for seeking.
func (c *recorder) wishKeyFrame(now time.Duration) {
	if c.streams[videoIndex] == nil || now-c.lastWish < 300*time.Millisecond {
		return
	}
	if c.frames.needKey || now-c.lastKey >= keyFrameEvery {
		c.lastWish = now
		c.askKeyFrame()
	}
}

// write moves the blocks up to until from the time line into the file.
func (c *recorder) write(until time.Duration) {
	for {
		b, ok := c.timeline.next(until)
		if !ok {
			break
		}
		if c.file == nil && c.failure == nil && (b.track == audioTrack || b.key) {
			c.open(b.at)
		}
		if c.file != nil && c.failure == nil {
			c.file.silence(b.at - c.start)
			heard := c.file.audioEnd
			c.file.add(b.track, b.at-c.start, b.key, b.data)
			if b.track == videoTrack || c.file.audioEnd > heard { // else it came too late to be written
				c.cover(b)
			}
		}
		c.timeline.done(b)
	}
	c.tellGaps(until)
	if c.file == nil || c.failure != nil {
		return
	}
	c.file.silence(until - c.start)
	if err := c.file.flush(); err != nil {
		c.fail(fmt.Errorf("media: writing the recording: %w", err))
	}
	c.written.Store(c.file.size())
}

func (c *recorder) open(at time.Duration) {
	storage, err := c.create(c.room.fileName(c.name))
	if err != nil {
		c.fail(fmt.Errorf("media: creating the recording: %w", err))
		return
	}
	c.start = at
	c.file = newWebM(storage, c.room.started.Add(at))
}

// cover enters a block that was written into the gap map, where it lies in the
// file: what was repaired too late has been moved.
func (c *recorder) cover(b block) {
	if b.track == videoTrack {
		c.gaps.add(videoIndex, c.file.videoNext-time.Millisecond, 0, c.cause(videoIndex, b.lost))
		return
	}
	duration := opusDuration(b.data)
	c.gaps.add(audioIndex, c.file.audioEnd-duration, duration, c.cause(audioIndex, b.lost))
}

// cause explains a gap of one track, on the file's clock.
func (c *recorder) cause(index int, lost bool) func(from, to time.Duration) string {
	return func(from, to time.Duration) string {
		if c.failure != nil {
			return CauseDisk
		}
		if cause, ok := c.reasons.find(index, from+c.start, to+c.start); ok {
			return cause
		}
		if lost {
			return CauseNetwork
		}
		return CauseIdle
	}
}

// tellGaps lets Room.Gaps see the gaps so far, those included that still go on.
func (c *recorder) tellGaps(until time.Duration) {
	if c.file == nil {
		return
	}
	now := gapMap{all: slices.Clip(c.gaps.all), until: c.gaps.until, lasted: c.gaps.lasted}
	now.end(until-c.start, func(index int) func(from, to time.Duration) string { return c.cause(index, c.lost[index]) })
	if len(now.all) == 0 && c.told == 0 {
		return
	}
	c.told = len(now.all)
	gaps := shifted(now.all, c.start)
	c.mu.Lock()
	c.gapsNow = gaps
	c.mu.Unlock()
}

// fail reports a failure once. A failed write ends the file; an overrun leaves
// a hole in it.
func (c *recorder) fail(err error) {
	if c.failure != nil {
		return
	}
	if errors.Is(err, errOverrun) {
		if c.file == nil || c.file.hole == nil {
			c.room.log.Warn("recording has a hole", "participant", c.name, "error", err)
			c.room.emit(Event{Kind: RecordingFailed, Participant: c.name, Err: err})
		}
		if c.file != nil {
			c.file.hole = err
		}
		return
	}
	c.failure = err
	c.room.log.Error("recording failed", "participant", c.name, "error", err)
	c.room.emit(Event{Kind: RecordingFailed, Participant: c.name, Err: err})
}

// stop ends the recording at end, finalises the file and describes it. ok is
// false when there is no file: nothing was received, or it could not be made.
func (c *recorder) stop(end time.Duration) (recording Recording, ok bool, err error) {
	close(c.stopped)
	<-c.done
	defer c.room.guard(&err)
	defer func() {
		if c.file != nil {
			_ = c.file.storage.Close() // a panic may have come before finish
		}
	}()
	for _, s := range c.streams {
		if s != nil {
			s.flush(c.place)
		}
	}
	c.write(end)
	if c.file == nil {
		return Recording{}, false, c.failure
	}
	c.gaps.end(end-c.start, func(index int) func(from, to time.Duration) string { return c.cause(index, c.lost[index]) })
	info, err := c.finish()
	failure := errors.Join(c.failure, c.file.hole, err)
	if err != nil && c.failure == nil {
		c.fail(fmt.Errorf("media: finalising the recording: %w", err))
	}
	c.written.Store(info.Bytes)
	info.Participant, info.Part, info.Err = c.name, c.room.part, failure
	info.Path = filepath.Join(c.room.dir, c.room.fileName(c.name))
	info.Offset = c.start
	info.Gaps = shifted(c.gaps.all, c.start)
	return info, true, nil
}

// finish makes the file complete: in place when it is plain, else by writing it
// anew from its journal.
func (c *recorder) finish() (Recording, error) {
	if c.key == nil {
		return c.file.finish()
	}
	f := c.file
	if !f.broken {
		f.endCluster()
	}
	_ = f.flush() // when it failed, what was written before is finalised
	_ = f.storage.Close()
	name := c.room.fileName(c.name)
	file, err := c.room.root.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return Recording{}, err
	}
	defer func() { _ = file.Close() }()
	journal, err := readJournal(file, c.key)
	if err != nil {
		return Recording{}, err
	}
	info, err := sealJournal(journal, filepath.Join(c.room.dir, name), c.key)
	return info, errors.Join(err, info.Err)
}

// block is one frame of one track at its place on the room's clock.
type block struct {
	track uint8
	at    time.Duration
	key   bool
	lost  bool // packets before it were lost
	own   bool // data is a buffer of the timeline's
	data  []byte
	chunk *chunk // where data lies; nil: elsewhere
}

// timeline sorts the blocks of both tracks by time before they are written.
type timeline struct {
	blocks []block
	given  int // of blocks, from the front
	free   [][]byte
	last   time.Duration // of the last block given out
	began  bool
}

// add keeps a block and what its data lies in. Audio from before what has been
// written is dropped, a late picture is kept (later ones refer to it) and moved.
func (t *timeline) add(b block) {
	if t.began && b.at < t.last {
		if b.track == audioTrack {
			return
		}
		b.at = t.last
	}
	b.chunk.keep()
	at := len(t.blocks)
	for at > t.given && t.blocks[at-1].at > b.at {
		at--
	}
	t.blocks = append(t.blocks, block{})
	copy(t.blocks[at+1:], t.blocks[at:])
	t.blocks[at] = b
}

// next takes the first block out if it lies at or before until.
func (t *timeline) next(until time.Duration) (block, bool) {
	if t.given == len(t.blocks) || t.blocks[t.given].at > until {
		n := copy(t.blocks, t.blocks[t.given:])
		clear(t.blocks[n:])
		t.blocks, t.given = t.blocks[:n], 0
		return block{}, false
	}
	b := t.blocks[t.given]
	t.given++
	t.began, t.last = true, b.at
	return b, true
}

// done gives a block's memory back.
func (t *timeline) done(b block) {
	b.chunk.release()
	if b.own && len(t.free) < maxFree && cap(b.data) <= keptBuffer {
		t.free = append(t.free, b.data)
	}
}

const maxFree = 8 // buffers of frames

// spare returns memory for a frame.
func (t *timeline) spare() []byte {
	if n := len(t.free); n > 0 {
		b := t.free[n-1]
		t.free = t.free[:n-1]
		return b[:0]
	}
	return nil
}
