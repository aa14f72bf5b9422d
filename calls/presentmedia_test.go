package calls

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/visavis/visavis/calls/media"
	"github.com/visavis/visavis/calls/media/mediatest"
)

// joins has a page's media join a call, over the signalling.
func (b *bundle) joins(ctx context.Context, c Call, role string, k *socket, colour string) *mediatest.Peer {
	b.Helper()
	clip, err := mediatest.NewClip(b.TempDir(), colour, "320x240", 440)
	b.ok(err)
	p, err := mediatest.NewPeer(clip)
	b.ok(err)
	b.Cleanup(p.Close)
	offer, err := p.Offer()
	b.ok(err)
	b.ok(b.calls.handle(ctx, b.bank, c.ID, role, k, message{Type: "join", SDP: offer}))
	for m := range k.out {
		if m.Type == "answer" {
			b.ok(p.Answered(m.SDP))
			return p
		}
	}
	return nil
}

func newPage() *socket {
	return &socket{out: make(chan message, socketQueue), done: make(chan struct{})}
}

// mediaTime gives the calls media whose clock goes on by itself, and is moved with
// the other. It can be made to stand, and go by what comes instead: *stands is then
// how far it has gone.
func (b *bundle) mediaTime() (stands *atomic.Int64) {
	b.Helper()
	began := time.Now()
	stands = new(atomic.Int64)
	rooms, err := media.NewServer(media.Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true,
		Now: func() time.Time {
			if gone := stands.Load(); gone != 0 {
				return b.calls.Now().Add(time.Duration(gone))
			}
			return b.calls.Now().Add(time.Since(began))
		}})
	b.ok(err)
	b.Cleanup(func() { _ = rooms.Close() })
	b.calls.Media = rooms
	return stands
}

// TestMuteIsInTheGapMap: what the page says of its microphone and camera explains
// the gap in the recording, which then blocks no verdict.
func TestMuteIsInTheGapMap(t *testing.T) {
	b := setup(t)
	b.mediaTime()
	c, _, v := b.talk()
	page := newPage()
	p := b.joins(v.ctx, c, RoleCustomer, page, "red")
	r, ok := b.calls.liveRoom(c.ID)
	if !ok {
		t.Fatal("no room")
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for limit := time.After(4 * time.Minute); !ok(); {
			select {
			case <-tick.C:
			case <-limit:
				t.Fatalf("%s: never; %+v", what, r.media.Stats())
			}
		}
	}
	until("recorded", func() bool { return r.media.Stats()[0].Recorded > 0 })
	say := func(audio, video *bool) {
		b.ok(b.calls.handle(v.ctx, b.bank, c.ID, RoleCustomer, page, message{Type: "muted", Audio: audio, Video: video}))
	}
	say(new(false), new(true)) // the microphone only; the camera's hole is the network's
	p.Mute(true)
	<-time.After(1500 * time.Millisecond) // the hole itself
	before := r.media.Stats()[0].Audio.Packets
	p.Mute(false)
	until("heard again", func() bool { return r.media.Stats()[0].Audio.Packets > before+25 })
	say(new(true), nil)
	causes := map[media.Kind]map[string]bool{media.Audio: {}, media.Video: {}}
	// A busy machine may have made gaps of sound before, too: those are the network's.
	until("both gaps", func() bool {
		for _, g := range r.media.Gaps(RoleCustomer) {
			if g.To-g.From > 300*time.Millisecond {
				causes[g.Kind][g.Cause] = true
			}
		}
		return causes[media.Audio][media.CauseMuted] && len(causes[media.Video]) > 0
	})
	if causes[media.Video][media.CauseMuted] {
		t.Errorf("causes %v", causes)
	}
}

// hears waits for a message to a page; in between what is said of others passes.
func (k *socket) hears(t *testing.T, want message) {
	t.Helper()
	for limit := time.After(4 * time.Minute); ; {
		select {
		case m := <-k.out:
			if m.Type == want.Type && m.Participant == want.Participant && m.State == want.State {
				return
			}
		case <-limit:
			t.Fatalf("never told %+v", want)
		}
	}
}

// TestCustomerIsTold that the agent is gone: with his network, which nobody
// notices; with his whole page, whose socket closes; and with the socket alone,
// while he is seen and heard, he is not gone.
func TestCustomerIsTold(t *testing.T) {
	for _, way := range []string{"network", "page"} {
		t.Run(way, func(t *testing.T) {
			b := setup(t)
			stands := b.mediaTime()
			mediaBegan := time.Now()
			v, agent, actx, c := b.talking()
			theirs, his := newPage(), newPage()
			his.agentID = agent
			b.calls.register(c.ID, RoleAgent, his)
			b.calls.register(c.ID, RoleCustomer, theirs)
			p := b.joins(actx, c, RoleAgent, his, "blue")
			b.joins(v.ctx, c, RoleCustomer, theirs, "red")
			ctx, cancel := context.WithCancel(v.ctx)
			done := make(chan struct{})
			go func() { defer close(done); b.calls.follow(ctx, b.bank, c.ID, RoleCustomer, theirs) }()
			defer func() { cancel(); <-done }()
			theirs.hears(t, message{Type: "peer", Participant: RoleAgent, State: "connected"})

			gone := time.Now()
			if way == "page" {
				b.calls.unregister(c.ID, RoleAgent, his)
			}
			p.Unplug()
			theirs.hears(t, message{Type: "peer", Participant: RoleAgent, State: "away"})
			t.Logf("told after %s (3 s are promised)", time.Since(gone).Round(time.Millisecond))
			p.Plug()
			theirs.hears(t, message{Type: "peer", Participant: RoleAgent, State: "connected"})
			if way == "page" {
				return
			}
			r, _ := b.calls.liveRoom(c.ID)
			b.calls.unregister(c.ID, RoleAgent, his)
			from := time.Since(mediaBegan) // of here on time goes by what is heard: a machine that stops stops it too
			stands.Store(int64(from))
			b.calls.doubt(c.ID, RoleAgent) // as after socketBack
			first := r.media.Stats()[0].Audio.Packets
			for n := first; n < first+200; n = r.media.Stats()[0].Audio.Packets { // four seconds of sound
				stands.Store(int64(from + time.Duration(n-first)*20*time.Millisecond))
				select {
				case m := <-theirs.out:
					if m.Type == "peer" && m.State == "away" {
						t.Fatal("taken for away while his media comes")
					}
				case <-time.After(20 * time.Millisecond):
				}
			}
		})
	}
}
