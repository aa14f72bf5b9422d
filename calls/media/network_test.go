package media

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
)

func TestReloadContinuesTheRecording(t *testing.T) {
	t.Parallel()
	room, log, agent, customer := runningCall(t)
	agent.more(t, 100)
	customer.Close()
	gone := log.wait(t, Disconnected, "customer", 1).Offset

	// The agent is alone for a second; its own recording goes on.
	back := gone + time.Second
	until(room, back)
	enter(t, room, "customer", "green")
	log.wait(t, Connected, "customer", 2)
	agent.more(t, 100)

	agent.unbroken(t)
	room.Leave("customer")
	log.wait(t, Left, "customer", 1)
	r := closeWhole(t, room)[1]
	before, after := split(t, r, gone)
	for _, p := range before {
		if !near(p.colour, red) {
			t.Errorf("before the reload, at %s: colour %v", p.at, p.colour)
		}
	}
	for _, p := range after {
		if !near(p.colour, green) || r.Offset+p.at < back-aroundNow {
			t.Errorf("after the reload at %s of the call, at %s: colour %v", back, r.Offset+p.at, p.colour)
		}
	}
	if db := volume(t, r.Path, gone-r.Offset+aroundNow, back-gone-2*aroundNow); db > -60 {
		t.Errorf("while away: %f dB", db)
	}
	gap := r.gapAt(t, Audio, (gone+back)/2)
	if db := volume(t, r.Path, gap.To-r.Offset, r.Offset+r.Duration-gap.To); db < -40 {
		t.Errorf("after the reload: %f dB", db)
	}
}

// TestSilentLoss takes the network from under the customer: nobody closes
// anything, the packets just stop, both ways. The room tells of it, and an ICE
// restart takes up the call and the file where they were.
func TestSilentLoss(t *testing.T) {
	t.Parallel()
	room, log, agent, customer := runningCall(t)
	agent.more(t, 50)
	lost := room.Offset()
	customer.Unplug()
	noticed := log.wait(t, Disconnected, "customer", 1).Offset // when: TestAwayInTime
	if room.Stats()[1].Connected {
		t.Error("connected without a network")
	}
	times := log.count(Connected, "customer")

	// What the old network could still carry cannot bring the call back: the
	// room has new credentials before there is a network again.
	restart(t, room, customer, func() {
		if n := log.count(Connected, "customer"); n != times {
			t.Errorf("%d times connected without a network", n-times)
		}
		customer.Plug()
	})
	back := log.wait(t, Connected, "customer", times+1).Offset
	agent.more(t, 100)
	heard := customer.Audio.Load() + 50
	customer.until(t, "audio after the loss", func() bool { return customer.Audio.Load() >= heard })
	if n := log.count(Joined); n != 2 {
		t.Errorf("%d joined: the connection was replaced", n)
	}

	r := closeWhole(t, room)[1]
	// Of sound nothing is repaired: the file is silent as long as the map says that
	// it was away, and is not before and after.
	gap := r.gapAt(t, Audio, (lost+noticed)/2)
	if gap.Cause != CauseReconnect && gap.Cause != CauseNetwork || gap.To > back+20*time.Second {
		t.Errorf("%+v, away from %s to %s", gap, lost, back)
	}
	if db := volume(t, r.Path, gap.From-r.Offset+100*time.Millisecond, gap.To-gap.From-200*time.Millisecond); db > -60 {
		t.Errorf("while away: %f dB", db)
	}
	for _, span := range [][2]time.Duration{{r.Offset, gap.From}, {gap.To, r.Offset + r.Duration}} {
		if db := volume(t, r.Path, span[0]-r.Offset, span[1]-span[0]); db < -40 {
			t.Errorf("from %s to %s: %f dB", span[0], span[1], db)
		}
	}
	split(t, r, gap.To)
}

// gapAt is the gap that a recording has at a moment of the call.
func (r Recording) gapAt(t testing.TB, kind Kind, at time.Duration) Gap {
	t.Helper()
	for _, g := range r.Gaps {
		if g.Kind == kind && g.From <= at && g.To >= at {
			return g
		}
	}
	t.Fatalf("%s has no gap of %s at %s: %+v", r.Participant, kind, at, r.Gaps)
	return Gap{}
}

func TestICERestart(t *testing.T) {
	t.Parallel()
	room, _, agent, customer := runningCall(t)
	agent.more(t, 25)
	if _, err := room.Restart(context.Background(), "nobody", customer.PC.LocalDescription().SDP); !errors.Is(err, ErrNotJoined) {
		t.Fatalf("a restart of nobody gave %v", err)
	}
	restart(t, room, customer, func() {})
	agent.more(t, 100)
	customer.more(t, 100)
	agent.mu.Lock()
	if len(agent.ssrcs) != 2 || agent.backward != 0 {
		t.Errorf("the agent saw %d streams, %d timestamps going back", len(agent.ssrcs), agent.backward)
	}
	agent.mu.Unlock()
}

// restart does an ICE restart of the client's connection; answered is called
// when the room has answered and the client does not know yet.
func restart(t *testing.T, room *Room, cl *client, answered func()) {
	t.Helper()
	offer, err := cl.OfferRestart()
	if err != nil {
		t.Fatal(err)
	}
	before := cl.PC.RemoteDescription().SDP
	answer, err := room.Restart(context.Background(), cl.name, offer)
	if err != nil {
		t.Fatal(err)
	}
	if ufrag(t, before) == ufrag(t, answer) {
		t.Error("the answer keeps the old ICE credentials")
	}
	answered()
	if err := cl.Answered(answer); err != nil {
		t.Fatal(err)
	}
}

func ufrag(t *testing.T, sdp string) string {
	t.Helper()
	_, rest, ok := strings.Cut(sdp, "a=ice-ufrag:")
	if !ok {
		t.Fatal("no ufrag")
	}
	value, _, _ := strings.Cut(rest, "\r\n")
	return value
}

// runningCall makes a call of a blue agent and a red customer, both of whom are
// heard and seen.
func runningCall(t *testing.T, others ...interceptor.Factory) (room *Room, log *eventLog, agent, customer *client) {
	t.Helper()
	room, log = openRoom(t, newTestServer(t))
	agent = enter(t, room, "agent", "blue", others...)
	customer = enter(t, room, "customer", "red", others...)
	log.wait(t, MediaStarted, "agent", 2)
	log.wait(t, MediaStarted, "customer", 2)
	return room, log, agent, customer
}

// aroundNow is how much earlier or later than on the room's clock something may
// stand in a file: a frame, and how far sender reports move a picture.
const aroundNow = 300 * time.Millisecond

// until waits until the room's clock says so.
func until(room *Room, at time.Duration) {
	for room.Offset() < at {
		<-time.After(at - room.Offset())
	}
}

// closeWhole closes a room and checks that there are two recordings which end
// with it.
func closeWhole(t *testing.T, room *Room) []Recording {
	t.Helper()
	closes := room.Offset()
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	for _, r := range recordings {
		checkRecording(t, r)
		r.endsBetween(t, closes, room.Offset())
	}
	return recordings
}

// endsBetween checks that a recording goes on to the end of a call that was closed
// between two moments, and has no error.
func (r Recording) endsBetween(t testing.TB, from, to time.Duration) {
	t.Helper()
	if end := r.Offset + r.Duration; r.Err != nil || end < from-aroundNow || end > to+aroundNow {
		t.Errorf("%s ends at %s, the call between %s and %s; %v", r.Participant, end, from, to, r.Err)
	}
}

// split returns a recording's pictures before and after a moment of the call,
// at which there was none; those after go on to the end, or nearly so. What a
// player shows at a moment is the last picture before it; ffmpeg, told to seek
// there, gives the next one after it instead, which may come from behind a hole.
func split(t *testing.T, r Recording, at time.Duration) (before, after []picture) {
	t.Helper()
	all := pictures(t, r.Path)
	for len(all) > len(before) && r.Offset+all[len(before)].at < at {
		before = all[:len(before)+1]
	}
	after = all[len(before):]
	if len(before) < 20 || len(after) < 20 {
		t.Fatalf("%d pictures before %s and %d after", len(before), at, len(after))
	}
	if last := r.Offset + after[len(after)-1].at; last < (at+r.Offset+r.Duration)/2 {
		t.Errorf("the last picture at %s, from %s to %s", last, at, r.Offset+r.Duration)
	}
	return before, after
}

// TestLossIsRepaired loses every 20th packet on every leg, a tenth in all: the video
// comes to the other side. How whole, and how soon: TestFivePercentInTime, where no
// machine can be too slow for a repair.
func TestLossIsRepaired(t *testing.T) {
	t.Parallel()
	loss := &lossyFactory{every: 20}
	room, _, agent, customer := runningCall(t, loss)
	agent.more(t, 200)
	customer.more(t, 50)
	for _, cl := range []*client{agent, customer} {
		cl.mu.Lock()
		missing := 0
		for seq := cl.first; len(cl.video) > 90 && int(seq-cl.first) < len(cl.video)-25; seq++ { // the last may be on their way
			if !cl.video[seq] {
				missing++
			}
		}
		// A twentieth is lost on either leg: without repair a tenth is missing.
		if missing > len(cl.video)/20 || len(cl.video) <= 90 {
			t.Errorf("%s lacks %d of %d video packets", cl.name, missing, len(cl.video))
		}
		t.Logf("%s lacks %d of %d video packets", cl.name, missing, len(cl.video))
		cl.mu.Unlock()
	}
	if loss.lost.Load() < 40 {
		t.Errorf("only %d packets were lost", loss.lost.Load())
	}
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	for _, r := range recordings {
		checkRecording(t, r)
	}
}

// lossy loses every so many packets in both directions, repairs included.
type lossy struct {
	interceptor.NoOp
	every   int64
	out, in atomic.Int64
	lost    *atomic.Int64
}

type lossyFactory struct {
	every int64
	lost  atomic.Int64
}

func (f *lossyFactory) NewInterceptor(string) (interceptor.Interceptor, error) {
	return &lossy{every: f.every, lost: &f.lost}, nil
}

func (l *lossy) BindLocalStream(_ *interceptor.StreamInfo, to interceptor.RTPWriter) interceptor.RTPWriter {
	return interceptor.RTPWriterFunc(func(h *rtp.Header, payload []byte, a interceptor.Attributes) (int, error) {
		if l.out.Add(1)%l.every == 0 {
			l.lost.Add(1)
			return len(payload), nil
		}
		return to.Write(h, payload, a)
	})
}

func (l *lossy) BindRemoteStream(_ *interceptor.StreamInfo, from interceptor.RTPReader) interceptor.RTPReader {
	return interceptor.RTPReaderFunc(func(b []byte, a interceptor.Attributes) (int, interceptor.Attributes, error) {
		for {
			n, attributes, err := from.Read(b, a)
			if err != nil || l.in.Add(1)%l.every != 0 {
				return n, attributes, err
			}
			l.lost.Add(1)
		}
	})
}
