package media

import (
	"sync"
	"time"
)

// sampleEvery is how often each participant's quality is sampled.
const sampleEvery = 2 * time.Second

// Sample is the quality of one participant's connection over the last 2 s.
type Sample struct {
	// Up is what we receive from the participant, Down what it reports of what
	// it receives from us.
	Up, Down Direction
	// RTT is the round trip between the participant and us. 0: not yet known.
	RTT time.Duration
	// FPS, Width and Height are of the picture that the participant sends. 0: none.
	FPS           float64
	Width, Height int
	// Screen says that it shares its screen now.
	Screen bool
	// R is the E-model's rating of the worse direction of the audio, 0 to 93.2,
	// and MOS the opinion score that it stands for, 1 to 4.4 (ITU-T G.107,
	// simplified as Rating says). 0: no audio.
	R, MOS float64
}

// Direction is one way between a participant and us.
type Direction struct {
	AudioLoss, VideoLoss float64 // share of packets that did not come the first time, 0 to 1
	Jitter               time.Duration
	Bitrate              int // bits a second, of all media
}

// Rating gives the E-model's rating R of speech with these impairments: the
// default values of ITU-T G.107 (R0 - Is = 93.2) less the impairment by delay
// (Id, the approximation by Cole and Rosenbluth, 2001) and that by loss
// (Ie-eff = Ie + (95 - Ie) Ppl/(Ppl + Bpl), G.107, 7-29, loss at random). For
// Opus, which G.113 does not list, Ie is 0 and Bpl 10: that of a codec with loss
// concealment. delay is one way, mouth to ear; loss between 0 and 1.
func Rating(delay time.Duration, loss float64) float64 {
	d := float64(delay) / float64(time.Millisecond)
	id := 0.024 * d
	if d > 177.3 {
		id += 0.11 * (d - 177.3)
	}
	ppl := max(min(loss, 1), 0) * 100
	return max(93.2-id-95*ppl/(ppl+10), 0)
}

// MOS is the mean opinion score that a rating stands for (ITU-T G.107, Annex B).
func MOS(r float64) float64 {
	if r <= 0 {
		return 1
	}
	return min(1+0.035*r+r*(r-60)*(100-r)*7e-6, 4.5)
}

// encodeDelay is what a browser adds between mouth and network, and back: a
// frame of 20 ms, its look-ahead, and the least of a jitter buffer.
const encodeDelay = 60 * time.Millisecond

// sample takes the figures of one participant.
func (p *peer) sample(now time.Duration) Sample {
	s := Sample{RTT: p.rtt()}
	audio := false
	for i := range sentKinds {
		t := p.source(i)
		if t == nil {
			continue
		}
		seen := &p.who.received[i]
		loss, rate := seen.take()
		s.Up.Bitrate += rate
		t.mu.Lock()
		jitter := time.Duration(t.jitter * float64(time.Second) / float64(clockOf(i)))
		fresh := now-time.Duration(seen.last.Load()-1) < sampleEvery
		frames, w, h := t.picture.frames, t.picture.width, t.picture.height
		t.picture.frames = 0
		t.mu.Unlock()
		switch i {
		case audioIndex:
			audio = fresh
			s.Up.AudioLoss, s.Up.Jitter = loss, jitter
		case videoIndex:
			s.Up.VideoLoss = loss
			if fresh {
				s.FPS, s.Width, s.Height = float64(frames)/sampleEvery.Seconds(), w, h
			}
		case screenIndex:
			s.Screen = fresh
		}
	}
	p.outs(func(o *outTrack) {
		o.mu.Lock()
		defer o.mu.Unlock()
		s.Down.Bitrate += o.sent.rate(now)
		if o.slot != 0 || now-o.lossAt > 10*time.Second {
			return
		}
		if o.audio {
			s.Down.AudioLoss = o.loss
			s.Down.Jitter = time.Duration(float64(o.jitter) * float64(time.Second) / float64(o.clock))
		} else {
			s.Down.VideoLoss = o.loss
		}
	})
	if audio {
		s.R = min(Rating(s.RTT/2+encodeDelay+2*s.Up.Jitter, s.Up.AudioLoss), Rating(s.RTT/2+encodeDelay+2*s.Down.Jitter, s.Down.AudioLoss))
		s.MOS = MOS(s.R)
	}
	return s
}

// Floor is the least quality that a participant's picture must have: document
// steps need one to read by. The zero Floor asks for nothing.
type Floor struct {
	// Of names whose picture; empty means nobody's.
	Of string
	// Width and Height in pixels, whichever way the picture is turned; FPS is
	// frames a second, of which a tenth may be missing.
	Width, Height int
	FPS           float64
	// Bitrate is what the sender is told at the least, in bits a second.
	// Defaults to 1.8 Mbit/s for 1280×720 at 25, and in proportion.
	Bitrate int
}

// DocumentFloor is the floor of document steps: 1280×720 at 25 frames a second.
func DocumentFloor(of string) Floor { return Floor{Of: of, Width: 1280, Height: 720, FPS: 25} }

func (f Floor) bitrate() int {
	if f.Bitrate > 0 {
		return f.Bitrate
	}
	return int(1_800_000 * float64(f.Width*f.Height) / (1280 * 720) * max(f.FPS, 1) / 25)
}

// met says whether a picture is good enough.
func (f Floor) met(s Sample) bool {
	return max(s.Width, s.Height) >= max(f.Width, f.Height) && min(s.Width, s.Height) >= min(f.Width, f.Height) && s.FPS >= f.FPS*0.9
}

// quality holds a room's floor.
type quality struct {
	mu     sync.Mutex
	floor  Floor
	set    bool
	told   bool // whether it is met has been told
	missed bool
	bad    int // samples in a row that miss it
	good   int
	aside  bool // the other picture is stopped for it
}

const (
	floorMissed = 2 // samples until a floor counts as missed
	floorAside  = 3 // until the other side's picture is stopped
	floorMet    = 5 // good ones until it may come back
)

// SetQuality sets a floor under a participant's picture, from now until the
// next call; the zero Floor takes it away. While it stands, the participant is
// told to send at least the floor's bit rate whatever the receivers can take,
// and what the others send it is lowered to make room: first their bit rate,
// then, if the floor is still missed, their picture is not passed on. Audio is
// never touched. FloorMissed and FloorMet tell how it goes.
func (r *Room) SetQuality(f Floor) {
	r.floor.mu.Lock()
	was, aside := r.floor.floor, r.floor.aside
	r.floor.floor, r.floor.set = f, f.Of != ""
	r.floor.told, r.floor.missed, r.floor.bad, r.floor.good, r.floor.aside = false, false, 0, 0, false
	r.floor.mu.Unlock()
	if aside {
		r.aside(was.Of, false)
	}
	for _, who := range *r.all.Load() {
		if p := who.peer.Load(); p != nil {
			p.adapt(r.Offset())
		}
	}
}

// rate changes what a sender is told for the floor's sake.
func (q *quality) rate(who *participant, bits int) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case !q.set:
		return bits
	case q.floor.Of == who.name:
		return max(bits, q.floor.bitrate())
	case q.bad > 0 || q.aside || q.missed:
		return min(bits, rateAside)
	}
	return bits
}

// judge takes a sample of the one whom the floor is about.
func (r *Room) judge(who *participant, s Sample) {
	q := &r.floor
	q.mu.Lock()
	if !q.set || q.floor.Of != who.name {
		q.mu.Unlock()
		return
	}
	met, of := q.floor.met(s), q.floor.Of
	var tell EventKind
	change, aside := false, q.aside
	if met {
		q.good++
		q.bad = 0
		if !q.told || q.missed {
			tell, q.told, q.missed = FloorMet, true, false
		}
		if q.aside && q.good >= floorMet {
			q.aside, change, aside = false, true, false
		}
	} else {
		q.bad++
		q.good = 0
		if q.bad >= floorMissed && !q.missed {
			tell, q.told, q.missed = FloorMissed, true, true
		}
		if q.bad >= floorAside && !q.aside {
			q.aside, change, aside = true, true, true
		}
	}
	q.mu.Unlock()
	if change {
		r.aside(of, aside)
	}
	if tell != "" {
		r.emit(Event{Kind: tell, Participant: who.name, Sample: s})
	}
}

// aside stops the pictures of all others, or lets them on again.
func (r *Room) aside(of string, stop bool) {
	for _, who := range *r.all.Load() {
		if who.name == of {
			continue
		}
		var kinds uint32
		if stop {
			kinds = 1 << videoIndex
		}
		who.hold(r, heldByFloor, kinds)
	}
}

// ticks listens four times a second while the room is open, and does the rest once
// a second.
func (r *Room) ticks() {
	defer close(r.ticked)
	defer r.guard(nil)
	beat := make(chan struct{}, 1)
	defer r.server.beats.add(listenBeats, beat)()
	for n := 1; ; n++ {
		select {
		case <-beat:
			r.listen(n)
		case <-r.stopTicks:
			return
		}
	}
}

// listen is one tick of listenEvery, the nth.
func (r *Room) listen(n int) {
	now := r.Offset()
	asleep := now-r.listened > time.Second // this machine was: what has come meanwhile is to be read first
	r.listened = now
	for _, who := range *r.all.Load() {
		if p := who.peer.Load(); p != nil {
			if w := p.wire.Load(); w != nil && asleep {
				w.aside.Store(int64(now) + 1)
			}
			p.listen()
		}
	}
	if n%int(time.Second/listenEvery) == 0 {
		r.second(n / int(time.Second/listenEvery))
	}
}

// second does what is done once a second.
func (r *Room) second(n int) {
	now, wall := r.Offset(), r.server.cfg.Now()
	for _, who := range *r.all.Load() {
		p := who.peer.Load()
		if p == nil {
			continue
		}
		p.tick(now, wall)
		if n%int(sampleEvery/time.Second) == 0 && p.connected.Load() {
			s := p.sample(now)
			r.emit(Event{Kind: Sampled, Participant: who.name, Sample: s})
			r.judge(who, s)
		}
	}
}
