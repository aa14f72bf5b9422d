package calls

import (
	"context"
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

// TestMuteIsInTheGapMap: what the page says of its microphone and camera explains
// the gap in the recording, which then blocks no verdict.
func TestMuteIsInTheGapMap(t *testing.T) {
	b := setup(t)
	began := time.Now() // the media's clock goes on by itself, and is moved with the other
	rooms, err := media.NewServer(media.Config{UDPAddr: "127.0.0.1:0", IncludeLoopback: true,
		Now: func() time.Time { return b.calls.Now().Add(time.Since(began)) }})
	b.ok(err)
	t.Cleanup(func() { _ = rooms.Close() })
	b.calls.Media = rooms
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
		for limit := time.After(20 * time.Second); !ok(); {
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
	causes := map[media.Kind]string{}
	until("both gaps", func() bool {
		for _, g := range r.media.Gaps(RoleCustomer) {
			if g.To-g.From > 300*time.Millisecond {
				causes[g.Kind] = g.Cause
			}
		}
		return len(causes) == 2
	})
	if causes[media.Audio] != media.CauseMuted || causes[media.Video] == media.CauseMuted {
		t.Errorf("causes %v", causes)
	}
}
