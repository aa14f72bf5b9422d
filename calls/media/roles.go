package media

import (
	"errors"
	"fmt"
	"slices"
)

// Role is what a participant is in the call. It decides whom the others see
// first, and who hears whom.
type Role string

// The two parties of a call, and those who may join it.
const (
	RoleAgent       Role = "agent"
	RoleCustomer    Role = "customer"
	RoleSupervisor  Role = "supervisor"
	RoleInterpreter Role = "interpreter"
	RoleHelper      Role = "helper"
)

// Mode is how a third party takes part.
type Mode string

// The modes of a third party. The two parties always Join.
const (
	Watch   Mode = "watch"   // hears and sees all; what it sends goes nowhere, also into no file
	Whisper Mode = "whisper" // likewise, and is heard and seen by the agent only
	Join    Mode = "join"    // heard and seen by all
)

// maxThirds is how many may join beside the two parties.
const maxThirds = 3

// Party says who joins. Name is how the room knows the participant; for the two
// parties it is usually the role.
type Party struct {
	Name string
	Role Role
	Mode Mode // of a third party; defaults to Watch
	// Record writes what a third party sends to a file of its own, as the two
	// parties' always is, except while it only watches. It counts when the
	// participant first joins.
	Record bool
	// VoiceOnly: no picture is taken from the participant, neither of a camera nor of
	// a screen, whatever the offer has. It counts when the participant first joins.
	VoiceOnly bool
}

var errParty = errors.New("media: no such role or mode")

func (p *Party) check() error {
	switch p.Role {
	case RoleAgent, RoleCustomer, "":
		p.Mode, p.Record = Join, true
	case RoleSupervisor, RoleInterpreter, RoleHelper:
		if p.Mode == "" {
			p.Mode = Watch
		}
		if p.Mode != Watch && p.Mode != Whisper && p.Mode != Join {
			return fmt.Errorf("%w: %q", errParty, p.Mode)
		}
	default:
		return fmt.Errorf("%w: %q", errParty, p.Role)
	}
	return nil
}

// third says that someone is not one of the two parties.
func (r Role) third() bool {
	return r == RoleSupervisor || r == RoleInterpreter || r == RoleHelper
}

// SetMode changes how a third party takes part, without another negotiation. Errors: ErrNotJoined; a mode that there is not, or someone who is
// one of the two parties.
func (r *Room) SetMode(name string, mode Mode) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	who := r.find(name)
	if who == nil {
		return ErrNotJoined
	}
	if !who.role.third() || mode != Watch && mode != Whisper && mode != Join {
		return fmt.Errorf("%w: %s, %q", errParty, who.role, mode)
	}
	who.mode = mode
	r.route()
	return nil
}

// SetSend says which kinds of a participant's media are passed on to the others
// from now on: none mutes it altogether. What it sends is recorded all the same.
// It counts for the participant's later connections too. Errors: ErrNotJoined.
func (r *Room) SetSend(name string, kinds ...Kind) error {
	who := r.find(name)
	if who == nil {
		return ErrNotJoined
	}
	var held uint32
	for i := range sentKinds {
		if !slices.Contains(kinds, kindOf(i)) {
			held |= 1 << i
		}
	}
	who.hold(r, heldByCaller, held)
	return nil
}

// SetSparing says whether a participant's connection is to carry little: it gets
// no pictures but an interpreter's, which may be what it understands by, and a
// shared screen; and it is told to send rateSpare at the most, unless the quality
// floor asks for more. Sound and recordings stay whole. It counts for the
// participant's later connections too. Errors: ErrNotJoined.
func (r *Room) SetSparing(name string, on bool) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	who := r.find(name)
	if who == nil {
		return ErrNotJoined
	}
	if who.spares.Swap(on) == on {
		return nil
	}
	r.route()
	if p := who.peer.Load(); p != nil {
		p.adapt(r.Offset())
	}
	return nil
}

// Two may hold something back: the caller, and the quality floor.
const (
	heldByCaller = 0
	heldByFloor  = 8
)

// hold sets what one of them holds back, a bit a kind.
func (who *participant) hold(r *Room, by int, kinds uint32) {
	const mask = 1<<sentKinds - 1
	for {
		before := who.held.Load()
		after := before&^(mask<<by) | kinds<<by
		if !who.held.CompareAndSwap(before, after) {
			continue
		}
		was, is := before|before>>8, after|after>>8
		for i := range sentKinds {
			if was&(1<<i) != 0 && is&(1<<i) == 0 {
				who.resume(i)
			}
		}
		return
	}
}

// resume begins to pass a kind on again: with a picture that stands alone, and
// without a hole in the numbers.
func (who *participant) resume(index int) {
	for _, to := range who.routesOf(index) {
		if q := to.who.peer.Load(); q != nil && to.slot < len(q.out[to.audio()]) {
			q.out[to.audio()][to.slot].restart()
		}
	}
	if p := who.peer.Load(); p != nil && index != audioIndex {
		p.askKeyFrame(index)
	}
}

// sends says whether a kind is passed on.
func (who *participant) sends(index int) bool {
	h := who.held.Load()
	return (h|h>>8)&(1<<index) == 0
}

// route is where one kind of a participant's media goes: a section of a
// receiver's offer.
type route struct {
	who   *participant
	index int
	slot  int
}

// audio is the index into peer.out.
func (t route) audio() int {
	if t.index == audioIndex {
		return audioOuts
	}
	return videoOuts
}

func (who *participant) routesOf(index int) []route {
	if all := who.routes.Load(); all != nil {
		return all[index]
	}
	return nil
}

// hears says whether to may have what from sends.
func hears(to, from *participant) bool {
	switch {
	case to == from:
		return false
	case !from.role.third():
		return true // the parties are heard by all
	case from.mode == Join:
		return true
	case from.mode == Whisper:
		return to.role == RoleAgent
	}
	return false
}

// route works out who receives what, and where. Each receiver's first audio and
// video section is for who is across (for a third party: the customer), the
// second video section for a screen, the others for the rest in order of
// joining. r.mu is held.
func (r *Room) route() {
	all := *r.all.Load()
	next := make(map[*participant]*[sentKinds][]route, len(all))
	for _, who := range all {
		who.watches.Store(who.role.third() && who.mode == Watch)
		next[who] = &[sentKinds][]route{}
	}
	if r.echo {
		for _, who := range all {
			for i := range sentKinds {
				next[who][i] = []route{{who, i, max(i-1, 0)}}
			}
		}
	} else {
		for _, to := range all {
			audio, video := 1, 2
			first := r.across(to, all)
			for _, from := range all {
				if !hears(to, from) {
					continue
				}
				a, v := audio, video
				if from == first {
					a, v = 0, 0
				} else {
					audio++
					video++
				}
				next[from][audioIndex] = append(next[from][audioIndex], route{to, audioIndex, a})
				if !to.spares.Load() || from.role == RoleInterpreter {
					next[from][videoIndex] = append(next[from][videoIndex], route{to, videoIndex, v})
				}
				if !from.role.third() {
					next[from][screenIndex] = append(next[from][screenIndex], route{to, screenIndex, 1})
				}
			}
		}
	}
	for _, who := range all {
		before := who.routes.Swap(next[who])
		for i := range sentKinds {
			for _, to := range next[who][i] {
				if before == nil || !slices.Contains(before[i], to) {
					r.begin(who, to)
				}
			}
		}
	}
}

// begin starts a new route: the section's numbers go on, and a picture is asked
// for.
func (r *Room) begin(from *participant, to route) {
	if q := to.who.peer.Load(); q != nil && to.slot < len(q.out[to.audio()]) {
		q.out[to.audio()][to.slot].restart()
	}
	if p := from.peer.Load(); p != nil && to.index != audioIndex {
		p.askKeyFrame(to.index)
	}
}

// across is whom a participant sees in its first sections.
func (r *Room) across(to *participant, all []*participant) *participant {
	var any *participant
	for _, from := range all {
		if from == to || from.role.third() {
			continue
		}
		if to.role.third() && from.role != RoleCustomer {
			if any == nil {
				any = from
			}
			continue
		}
		return from
	}
	return any
}

// refresh asks all whom a participant sees for a key frame.
func (r *Room) refresh(who *participant) {
	for _, from := range *r.all.Load() {
		for _, index := range [...]int{videoIndex, screenIndex} {
			for _, to := range from.routesOf(index) {
				if to.who == who {
					if p := from.peer.Load(); p != nil {
						p.askKeyFrame(index)
					}
				}
			}
		}
	}
}
