package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"
)

// RoomConfig is what one call brings to its room.
type RoomConfig struct {
	// Dir is the folder of this call's recordings; it is made with mode 0700.
	Dir string
	// Started is the zero of the call's clock. The same value after a restart
	// of the server keeps all parts on one clock. Defaults to the time of Open.
	Started time.Time
	// NoRecording: nothing is recorded, whoever asks for it, and Dir is not used.
	// There are no stills either, which are made of what is recorded.
	NoRecording bool
	// Part numbers the files. Only a restart of the server begins a new part.
	// Defaults to 1.
	Part int
	// Key returns the key of a participant's recording of this part; it is called
	// once, when the first packet has come. The file is then never on the disk in
	// plain bytes: see SealedName, Recover and OpenSealed. Nil: plain files.
	Key func(participant string) (*age.X25519Identity, error)
	// Events is called for each event in order, on one goroutine of the room's.
	// It may take its time and may call the room, except that it must not wait
	// for Server.Close. May be nil.
	Events func(Event)

	echo bool // see Server.Echo
}

// Recording is one finished file: one participant of one part.
type Recording struct {
	Participant string
	Part        int
	Path        string
	Start       time.Time     // of the file's zero
	Offset      time.Duration // of the file's zero, on the call's clock: Start less RoomConfig.Started
	Duration    time.Duration
	Bytes       int64
	SHA256      [32]byte // of the whole file, taken after it was finalised
	// HasAudio and HasVideo say whether anything was received. A file without
	// audio has a silent track, one without video has no video track.
	HasAudio, HasVideo bool
	// Gaps lists where nothing of a kind arrived or could be written, for more
	// than 200 ms, in order of time. After Recover the causes are not known.
	Gaps []Gap
	// Sealed says that the file is an age file, finished and encrypted. When the
	// room had a key and this is false there was no room for it on the disk: the
	// journal is still there, and Recover will seal it to the same SHA256.
	Sealed bool
	// Err is not nil when the file is not all that was received: the disk was
	// full or too slow, or the file could not be finalised. It still plays.
	Err error
}

// TrackStats counts what a participant has sent of one kind, over all of its
// connections.
type TrackStats struct {
	Packets, Bytes uint64
	Lost           uint64    // packets that never came, as far as the recorder saw
	Dropped        uint64    // packets above what a participant may send
	LastPacket     time.Time // zero: none yet
}

// ParticipantStats is a snapshot of one participant.
type ParticipantStats struct {
	Participant  string
	Connected    bool // ICE and DTLS are up now
	Audio, Video TrackStats
	Screen       TrackStats
	Recorded     int64 // bytes of the file so far
}

// Room is one call: two parties, forwarded to each other and recorded, and at
// most three third parties. Its methods are safe for concurrent use. A panic inside a room ends
// that room only.
type Room struct {
	id      uuid.UUID
	server  *Server
	log     *slog.Logger
	events  *eventQueue
	dir     string
	root    *os.Root
	part    int
	key     func(participant string) (*age.X25519Identity, error)
	started time.Time

	openedAt     time.Time     // carries the monotonic clock, so that a step of the wall clock moves nothing
	openedOffset time.Duration // openedAt on the room's clock

	mu           sync.Mutex
	closing      bool
	participants []*participant
	all          atomic.Pointer[[]*participant] // the same, read by the media path without the lock
	connections  sync.WaitGroup                 // peers that are being closed
	echo         bool                           // the one participant gets its own media back; nothing is recorded
	unrecorded   bool                           // an echo, or RoomConfig.NoRecording
	floor        quality

	stopTicks, ticked chan struct{}
	listened          time.Duration // when it last was, see listen

	closeOnce  sync.Once
	closed     chan struct{}
	recordings []Recording // valid once closed
	closeErr   error
}

// participant is one side of the call. It outlives its connections.
type participant struct {
	name      string
	role      Role
	mode      Mode                     // guarded by Room.mu
	recorder  *recorder                // nil: not recorded
	screen    atomic.Pointer[recorder] // nil: none was shared, or not recorded
	left      atomic.Bool              // Leave was called, and no Join since
	negotiate sync.Mutex               // Join, Restart and Leave one at a time
	peer      atomic.Pointer[peer]
	received  [sentKinds]received // by audioIndex, videoIndex, screenIndex
	routes    atomic.Pointer[[sentKinds][]route]
	held      atomic.Uint32 // kinds that are not passed on, see hold
	voiceOnly bool          // no picture is taken, see Party
	spares    atomic.Bool   // SetSparing
	watches   atomic.Bool   // is to send nothing: what its page sends all the same is neither passed on nor recorded
}

type received struct {
	packets, bytes, lost, dropped atomic.Uint64
	last                          atomic.Int64 // room clock, nanoseconds, plus one; 0: never

	limiting sync.Mutex
	limit    limiter

	mu       sync.Mutex // of the figures since the last sample
	fraction float64
	rate     int
	times    int
}

// sampled adds a second's figures to those of the next sample.
func (c *received) sampled(fraction float64, rate int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fraction += fraction
	c.rate += rate
	c.times++
}

// take gives the mean of the figures since it was last called.
func (c *received) take() (fraction float64, rate int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := max(c.times, 1)
	fraction, rate = c.fraction/float64(n), c.rate/n
	c.fraction, c.rate, c.times = 0, 0, 0
	return fraction, rate
}

var participantName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,31}$`)

func newRoom(s *Server, id uuid.UUID, cfg RoomConfig) (*Room, error) {
	if cfg.Part <= 0 {
		cfg.Part = 1
	}
	now := s.cfg.Now()
	if cfg.Started.IsZero() {
		cfg.Started = now
	}
	r := &Room{
		id: id, server: s, log: s.cfg.Logger.With("room", id), dir: cfg.Dir, part: cfg.Part, key: cfg.Key,
		started: cfg.Started, openedAt: now, openedOffset: now.Sub(cfg.Started), closed: make(chan struct{}),
		stopTicks: make(chan struct{}), ticked: make(chan struct{}), echo: cfg.echo, unrecorded: cfg.echo || cfg.NoRecording,
	}
	r.all.Store(new([]*participant))
	if r.unrecorded {
		r.begun(cfg)
		return r, nil
	}
	if cfg.Dir == "" {
		return nil, errors.New("media: a room needs a folder for its recordings")
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("media: recordings folder: %w", err)
	}
	root, err := os.OpenRoot(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("media: recordings folder: %w", err)
	}
	files, err := fs.ReadDir(root.FS(), ".")
	if err == nil {
		for _, f := range files {
			if strings.HasPrefix(f.Name(), partPrefix(cfg.Part)) {
				err = fmt.Errorf("%s: %w", f.Name(), fs.ErrExist)
			}
		}
	}
	if err != nil {
		_ = root.Close()
		return nil, fmt.Errorf("media: recordings folder: %w", err)
	}
	r.root = root
	r.begun(cfg)
	return r, nil
}

func (r *Room) begun(cfg RoomConfig) {
	r.events = newEventQueue(cfg.Events)
	r.listened = r.Offset()
	go r.ticks()
}

// ID is the id that the room was opened with.
func (r *Room) ID() uuid.UUID { return r.id }

// Offset is now on the room's clock.
func (r *Room) Offset() time.Duration {
	return r.openedOffset + r.server.cfg.Now().Sub(r.openedAt)
}

// Join answers a participant's offer with a connection of its own and returns
// the answer with all of the server's candidates in it. An earlier connection
// of the same participant is replaced once the new one stands; its recording
// goes on in the same file. ctx bounds the answering, not the call.
//
// Participants are named by the caller, such as "agent" and "customer": lower
// case letters, digits and underscores. Join is for the two parties, whose role
// is their name; JoinAs is for others too. Errors: ErrOffer (the client's fault,
// an earlier connection stays), ErrFull, ErrClosed.
func (r *Room) Join(ctx context.Context, name, offerSDP string) (answerSDP string, err error) {
	party := Party{Name: name}
	if name == string(RoleAgent) || name == string(RoleCustomer) {
		party.Role = Role(name)
	}
	return r.JoinAs(ctx, party, offerSDP)
}

// JoinAs is Join for a participant with a role. What it hears and who hears it
// follows from role and mode (SetMode changes the mode later). The sections of
// its offer, in order: the first audio and video are for who is across (for a
// third party the customer), the second video for a screen, the others for the
// rest; its own voice goes in the first audio, its camera in the first video,
// its screen in the second. Sections that the offer lacks are not received: a
// party that may get company should offer two audio and three video sections.
// Someone who joins again under a name keeps the name's first role. Errors: as
// Join, and for a role or mode that there is not.
func (r *Room) JoinAs(ctx context.Context, party Party, offerSDP string) (answerSDP string, err error) {
	defer r.guard(&err)
	if err := party.check(); err != nil {
		return "", err
	}
	wanted, err := checkOffer(offerSDP)
	if err != nil {
		return "", err
	}
	who, err := r.enter(party)
	if err != nil {
		return "", err
	}
	who.negotiate.Lock()
	defer who.negotiate.Unlock()

	p, err := newPeer(r, who, wanted)
	if err != nil {
		return "", err
	}
	answer, err := p.answer(ctx, offerSDP)
	if err != nil {
		p.close()
		return "", err
	}
	r.mu.Lock()
	if r.closing {
		r.mu.Unlock()
		p.close()
		return "", ErrClosed
	}
	if !slices.Contains(r.participants, who) { // dismissed meanwhile
		r.mu.Unlock()
		p.close()
		return "", ErrNotJoined
	}
	who.left.Store(false)
	before := who.peer.Swap(p)
	r.retire(before)
	r.mu.Unlock()
	r.emit(Event{Kind: Joined, Participant: who.name})
	p.announce()
	return answer, nil
}

// Restart answers a new offer on the participant's present connection: an ICE
// restart after the network changed (RFC 8445, 2.4). Tracks, encryption and
// recording go on. Errors: as Join, and ErrNotJoined.
func (r *Room) Restart(ctx context.Context, name, offerSDP string) (answerSDP string, err error) {
	defer r.guard(&err)
	wanted, err := checkOffer(offerSDP)
	if err != nil {
		return "", err
	}
	who := r.find(name)
	if who == nil {
		return "", ErrNotJoined
	}
	who.negotiate.Lock()
	defer who.negotiate.Unlock()
	p := who.peer.Load()
	if p == nil || p.gone() {
		return "", ErrNotJoined
	}
	p.candidates.Store(int64(wanted.candidates))
	return p.answer(ctx, offerSDP)
}

// Candidate adds a candidate of the client's, given as the JSON of an
// RTCIceCandidateInit. The empty candidate that ends the list is accepted.
// Errors: ErrNotJoined, ErrCandidate (malformed, or too many).
func (r *Room) Candidate(name string, candidateInit []byte) (err error) {
	defer r.guard(&err)
	who := r.find(name)
	if who == nil {
		return ErrNotJoined
	}
	p := who.peer.Load()
	if p == nil || p.gone() {
		return ErrNotJoined
	}
	return p.addCandidate(candidateInit)
}

// Leave closes the participant's connection. Its recording keeps time until
// Close, so that the participant may come back. It does nothing for someone
// who is not there.
func (r *Room) Leave(name string) {
	who := r.find(name)
	if who == nil {
		return
	}
	who.negotiate.Lock()
	defer who.negotiate.Unlock()
	r.mu.Lock()
	before := who.peer.Swap(nil)
	who.left.Store(true)
	r.retire(before)
	r.mu.Unlock()
	if before != nil {
		r.emit(Event{Kind: Left, Participant: who.name})
	}
}

// Stats is a snapshot of all who have joined, in order of joining.
func (r *Room) Stats() []ParticipantStats {
	all := *r.all.Load()
	stats := make([]ParticipantStats, 0, len(all))
	for _, who := range all {
		p := who.peer.Load()
		stats = append(stats, ParticipantStats{
			Participant: who.name,
			Connected:   p != nil && p.connected.Load(),
			Audio:       who.received[audioIndex].stats(r),
			Video:       who.received[videoIndex].stats(r),
			Screen:      who.received[screenIndex].stats(r),
		})
		if who.recorder != nil {
			stats[len(stats)-1].Recorded = who.recorder.written.Load()
		}
	}
	return stats
}

func (c *received) stats(r *Room) TrackStats {
	s := TrackStats{Packets: c.packets.Load(), Bytes: c.bytes.Load(), Lost: c.lost.Load(), Dropped: c.dropped.Load()}
	if last := c.last.Load(); last != 0 {
		s.LastPacket = r.started.Add(time.Duration(last - 1))
	}
	return s
}

// Close ends the room: connections are closed, files finalised (duration, cues,
// then SHA-256) and listed. It is idempotent; every call returns the same. When
// ctx ends first, closing goes on and a later Close returns its result. An
// error of one file is in its Recording and does not hide the others.
func (r *Room) Close(ctx context.Context) ([]Recording, error) {
	r.closeOnce.Do(func() { go r.shutdown() })
	select {
	case <-r.closed:
		return slices.Clone(r.recordings), r.closeErr
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (r *Room) shutdown() {
	defer close(r.closed)
	defer r.events.close()
	defer r.server.forget(r)
	if r.root != nil {
		defer func() { _ = r.root.Close() }()
	}
	close(r.stopTicks)
	<-r.ticked

	r.mu.Lock()
	r.closing = true
	participants := slices.Clone(r.participants)
	for _, who := range participants {
		r.retire(who.peer.Swap(nil))
	}
	r.mu.Unlock()
	end := r.Offset()

	var errs []error
	for _, who := range participants {
		for _, recorder := range who.recorders() {
			recording, ok, err := recorder.stop(end)
			if err != nil {
				errs = append(errs, fmt.Errorf("media: recording of %s: %w", recorder.name, err))
			}
			if ok {
				r.recordings = append(r.recordings, recording)
			}
		}
	}
	r.closeErr = errors.Join(errs...)
	r.connections.Wait()
}

// enter finds the participant or makes it.
func (r *Room) enter(party Party) (*participant, error) {
	name := party.Name
	if !participantName.MatchString(name) {
		return nil, fmt.Errorf("media: %q is no name for a participant", name)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return nil, ErrClosed
	}
	r.dismiss()
	same := 0 // parties or third parties, as this one is
	for _, who := range r.participants {
		if who.name == name {
			if who.role.third() && party.Role == who.role && party.Mode != who.mode {
				who.mode = party.Mode
				r.route()
			}
			return who, nil
		}
		if who.role.third() == party.Role.third() {
			same++
		}
	}
	if !party.Role.third() && same == 2 || party.Role.third() && same == maxThirds || r.echo && same == 1 {
		return nil, ErrFull
	}
	who := &participant{name: name, role: party.Role, mode: party.Mode, voiceOnly: party.VoiceOnly}
	if party.Record && !r.unrecorded {
		who.recorder = newRecorder(r, who)
	}
	r.participants = append(r.participants, who)
	all := slices.Clone(r.participants)
	r.all.Store(&all)
	r.route()
	return who, nil
}

// dismiss forgets third parties who have left and of whom there is no recording,
// so that others may come. r.mu is held.
func (r *Room) dismiss() {
	before := len(r.participants)
	r.participants = slices.DeleteFunc(r.participants, func(who *participant) bool {
		return who.role.third() && who.left.Load() && who.peer.Load() == nil && who.recorder == nil
	})
	if len(r.participants) != before {
		all := slices.Clone(r.participants)
		r.all.Store(&all)
	}
}

func (r *Room) find(name string) *participant {
	for _, who := range *r.all.Load() {
		if who.name == name {
			return who
		}
	}
	return nil
}

// retire closes a peer that has been taken off its participant, in the
// background: Pion waits for its goroutines. r.mu is held.
func (r *Room) retire(p *peer) {
	if p == nil {
		return
	}
	p.replaced.Store(true)
	r.connections.Go(p.close)
}

func (r *Room) emit(e Event) {
	e.Room, e.Offset = r.id, r.Offset()
	r.events.add(e)
}

// guard, deferred, turns a panic into an error of the call and the end of this
// room. err may be nil where there is nobody to tell.
func (r *Room) guard(err *error) {
	v := recover()
	if v == nil {
		return
	}
	failure := fmt.Errorf("media: panic: %v", v)
	r.log.Error("room failed", "error", failure, "stack", string(debug.Stack()))
	if err != nil {
		*err = failure
	}
	r.mu.Lock()
	already := r.closing
	r.closing = true
	for _, who := range r.participants {
		r.retire(who.peer.Swap(nil))
	}
	r.mu.Unlock()
	if !already {
		r.emit(Event{Kind: Failed, Err: failure})
	}
}

// FileName is the name of a participant's recording in RoomConfig.Dir.
func FileName(participant string, part int) string { return partPrefix(part) + participant + ".webm" }

// SealedName is the same when RoomConfig.Key is given.
func SealedName(participant string, part int) string { return FileName(participant, part) + ".age" }

func (r *Room) fileName(participant string) string {
	if r.key != nil {
		return SealedName(participant, r.part)
	}
	return FileName(participant, r.part)
}

func partPrefix(part int) string { return fmt.Sprintf("part-%03d-", part) }
