package media

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/visavis/visavis/calls/media/mediatest"
)

// person makes a client with options that joins as a party.
func person(t *testing.T, room *Room, party Party, colour string, options ...mediatest.Option) *client {
	t.Helper()
	c, err := clipOf(colour, "320x240")
	if err != nil {
		t.Fatal(err)
	}
	cl, err := newClient(party.Name, c)
	if err != nil {
		t.Fatal(err)
	}
	cl.Close()
	if cl.Peer, err = mediatest.NewPeer(c, append(options, mediatest.Received(cl.received))...); err != nil {
		t.Fatal(err)
	}
	cl.room = room
	t.Cleanup(cl.Close)
	offer, err := cl.Offer()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := room.JoinAs(context.Background(), party, offer)
	if err != nil {
		t.Fatal(err)
	}
	if err := cl.Answered(answer); err != nil {
		t.Fatal(err)
	}
	return cl
}

const (
	sound  = webrtc.RTPCodecTypeAudio
	vision = webrtc.RTPCodecTypeVideo
)

// gets waits until so many more packets of a stream have come.
func (cl *client) gets(t *testing.T, stream string, kind webrtc.RTPCodecType) {
	t.Helper()
	want := cl.Streams(stream, kind) + 25
	cl.until(t, stream+" "+kind.String(), func() bool { return cl.Streams(stream, kind) >= want })
}

// TestThirdParty has a supervisor watch, whisper and join: who hears whom changes
// without another negotiation.
func TestThirdParty(t *testing.T) {
	t.Parallel()
	room, log := openRoom(t, newTestServer(t))
	agent := person(t, room, Party{Name: "agent", Role: RoleAgent}, "blue", mediatest.Sections(1, 2))
	customer := person(t, room, Party{Name: "customer", Role: RoleCustomer}, "red", mediatest.Sections(1, 2))
	agent.gets(t, "other", sound)
	customer.gets(t, "other", sound)

	boss := person(t, room, Party{Name: "boss", Role: RoleSupervisor}, "green", mediatest.Sections(1, 2))
	log.wait(t, MediaStarted, "boss", 2)
	for _, kind := range []webrtc.RTPCodecType{sound, vision} {
		boss.gets(t, "other", kind) // the customer
		boss.gets(t, "third", kind) // the agent
		for _, cl := range []*client{agent, customer} {
			if n := cl.Streams("third", kind); n != 0 {
				t.Errorf("%s hears who only watches: %d of %s", cl.name, n, kind)
			}
		}
	}

	if err := room.SetMode("boss", Whisper); err != nil {
		t.Fatal(err)
	}
	agent.gets(t, "third", sound)
	agent.gets(t, "third", vision)
	if n := customer.Streams("third", sound) + customer.Streams("third", vision); n != 0 {
		t.Errorf("the customer hears a whisper: %d", n)
	}
	if err := room.SetMode("boss", Join); err != nil {
		t.Fatal(err)
	}
	customer.gets(t, "third", sound)
	customer.gets(t, "third", vision)

	if err := room.SetMode("boss", Watch); err != nil {
		t.Fatal(err)
	}
	stops(t, "sound of who only watches again", func() int64 {
		return agent.Streams("third", sound) + customer.Streams("third", sound)
	}, func() {
		agent.gets(t, "other", sound)
		customer.gets(t, "other", sound)
	})

	// The rules of joining.
	if err := room.SetMode("agent", Watch); !errors.Is(err, errParty) {
		t.Errorf("an agent's mode: %v", err)
	}
	if err := room.SetMode("nobody", Watch); !errors.Is(err, ErrNotJoined) {
		t.Errorf("nobody's mode: %v", err)
	}
	if _, err := room.JoinAs(context.Background(), Party{Name: "x", Role: "king"}, goodOffer); !errors.Is(err, errParty) {
		t.Errorf("a king joined: %v", err)
	}
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Errorf("%d recordings, %v", len(recordings), err)
	}
}

// TestSparing has a customer whose connection is to carry little: no picture of
// the agent comes, that of an interpreter does, and the own one is asked for small
// but in document steps.
func TestSparing(t *testing.T) {
	t.Parallel()
	room, _ := openRoom(t, newTestServer(t))
	agent := person(t, room, Party{Name: "agent", Role: RoleAgent}, "blue", mediatest.Sections(1, 2))
	customer := person(t, room, Party{Name: "customer", Role: RoleCustomer}, "red", mediatest.Sections(1, 2))
	person(t, room, Party{Name: "interpreter", Role: RoleInterpreter, Mode: Join, Record: true}, "green", mediatest.Sections(1, 2))
	customer.gets(t, "other", vision)
	if err := room.SetSparing("nobody", true); !errors.Is(err, ErrNotJoined) {
		t.Errorf("nobody spares: %v", err)
	}

	if err := room.SetSparing("customer", true); err != nil {
		t.Fatal(err)
	}
	stops(t, "the agent's picture", func() int64 { return customer.Streams("other", vision) }, func() {
		customer.gets(t, "other", sound)
		customer.gets(t, "third", sound)
		customer.gets(t, "third", vision)
		agent.gets(t, "other", vision) // the agent sees on
	})
	agent.until(t, "a small picture asked of the customer", func() bool { return customer.Told() > 0 && customer.Told() <= rateSpare })
	room.reaches(t, "agent", room.Offset()) // recorded all the same
	room.SetQuality(DocumentFloor("customer"))
	agent.until(t, "a good one for the document", func() bool { return customer.Told() > 1_750_000 }) // REMB rounds down
	room.SetQuality(Floor{})
	agent.until(t, "a small one again", func() bool { return customer.Told() <= rateSpare })

	if err := room.SetSparing("customer", false); err != nil {
		t.Fatal(err)
	}
	customer.gets(t, "other", vision)
	agent.until(t, "a good one again", func() bool { return customer.Told() > rateSpare })
}

// TestRecordedInterpreter is heard by both at once and has a file of its own.
func TestRecordedInterpreter(t *testing.T) {
	t.Parallel()
	room, _ := openRoom(t, newTestServer(t))
	agent := person(t, room, Party{Name: "agent", Role: RoleAgent}, "blue", mediatest.Sections(1, 2))
	customer := person(t, room, Party{Name: "customer", Role: RoleCustomer}, "red", mediatest.Sections(1, 2))
	person(t, room, Party{Name: "interpreter", Role: RoleInterpreter, Mode: Join, Record: true}, "green", mediatest.Sections(1, 2))
	agent.gets(t, "third", sound)
	customer.gets(t, "third", sound)
	for n := range 3 {
		_, err := room.JoinAs(context.Background(), Party{Name: "helper" + string(rune('a'+n)), Role: RoleHelper}, goodOffer)
		if full := n == 2; errors.Is(err, ErrFull) != full || !full && err != nil {
			t.Errorf("helper %d: %v", n, err)
		}
	}
	agent.more(t, 50)
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 3 || recordings[2].Participant != "interpreter" {
		t.Fatalf("%+v, %v", recordings, err)
	}
	checkRecording(t, recordings[2])
}

// TestScreen shares the customer's screen beside the camera.
func TestScreen(t *testing.T) {
	t.Parallel()
	room, log := openRoom(t, newTestServer(t))
	agent := person(t, room, Party{Name: "agent", Role: RoleAgent}, "blue", mediatest.Sections(0, 1))
	person(t, room, Party{Name: "customer", Role: RoleCustomer}, "red", mediatest.Sections(0, 1), mediatest.Screen())
	log.wait(t, MediaStarted, "customer", 3)
	agent.gets(t, "other", vision)
	agent.gets(t, "screen", vision)
	if s := room.Stats(); s[1].Screen.Packets == 0 || s[0].Screen.Packets != 0 {
		t.Errorf("statistics %+v", s)
	}
	// It is recorded as a file of its own, without sound.
	for limit := time.Now().Add(patience); time.Now().Before(limit) && room.find("customer").screen.Load().written.Load() < 5000; {
		<-time.After(20 * time.Millisecond)
	}
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 3 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	screen := recordings[2]
	if screen.Participant != "customer"+ScreenSuffix || !screen.HasVideo || screen.HasAudio || screen.Bytes < 5000 {
		t.Errorf("screen %+v", screen)
	}
	decodes(t, screen.Path)
	if got := colourAt(t, screen.Path, screen.Duration/2); !near(got, red) {
		t.Errorf("colour %v", got)
	}
}

// TestHold stops and resumes what is passed on: no hole for the receiver, and the
// recording goes on.
func TestHold(t *testing.T) {
	t.Parallel()
	room, _, agent, customer := runningCall(t)
	agent.gets(t, "other", vision)
	if err := room.SetSend("customer", Audio); err != nil {
		t.Fatal(err)
	}
	stops(t, "a picture that is held back", func() int64 { return agent.Streams("other", vision) }, func() { agent.gets(t, "other", sound) })
	asked := customer.Asked.Load()
	if err := room.SetSend("customer", Audio, Video, Screen); err != nil {
		t.Fatal(err)
	}
	agent.gets(t, "other", vision)
	if customer.Asked.Load() == asked {
		t.Error("no key frame was asked for")
	}
	agent.unbroken(t)
	if err := room.SetSend("nobody"); !errors.Is(err, ErrNotJoined) {
		t.Errorf("nobody: %v", err)
	}
	closeWhole(t, room)
}

// TestQualityFloor misses a floor that the test's small picture cannot meet, and
// meets one that it can: the customer is told to send more, the agent's picture
// makes room and comes back.
func TestQualityFloor(t *testing.T) {
	t.Parallel()
	room, log, agent, customer := runningCall(t)
	agent.gets(t, "other", vision)
	customer.gets(t, "other", vision)
	agent.until(t, "a bit rate for the customer", func() bool { return customer.Told() > 0 })

	floor := DocumentFloor("customer")
	floor.Bitrate = 3_000_000 // more than anyone is told without a floor
	room.SetQuality(floor)
	missed := log.wait(t, FloorMissed, "customer", 1)
	if s := missed.Sample; s.Width != 320 || s.Height != 240 || s.FPS <= 0 {
		t.Errorf("missed with %+v", s)
	}
	agent.until(t, "the agent's bit rate lowered", func() bool { return agent.Told() <= rateAside })
	agent.until(t, "the customer's bit rate raised", func() bool { return customer.Told() >= 2_990_000 }) // REMB rounds down
	// The agent's picture stops, its voice does not.
	customer.until(t, "no picture of the agent", func() bool {
		return room.find("agent").held.Load() != 0
	})
	customer.gets(t, "other", sound)

	room.SetQuality(Floor{Of: "customer", Width: 320, Height: 240, FPS: 5}) // also on a busy machine
	customer.gets(t, "other", vision)
	met := log.wait(t, FloorMet, "customer", 1)
	if met.Offset <= missed.Offset {
		t.Error("met before it was missed")
	}
	room.SetQuality(Floor{})
}

// TestSamples waits for a sample that has all figures of a line, and what follows
// from them; how good they are depends on the machine.
func TestSamples(t *testing.T) {
	t.Parallel()
	_, log, agent, _ := runningCall(t)
	agent.more(t, 50)
	var s Sample
	for n := 1; n <= 30; n++ {
		s = log.wait(t, Sampled, "customer", n).Sample
		if s.RTT > 0 && s.Up.Bitrate > 20_000 && s.Down.Bitrate > 20_000 && s.FPS > 0 && s.Width == 320 && s.R > 0 {
			break
		}
	}
	worse := max(s.Up.AudioLoss, s.Down.AudioLoss)
	if s.RTT <= 0 || s.Up.Bitrate <= 20_000 || s.Down.Bitrate <= 20_000 || s.FPS <= 0 || s.Width != 320 || s.Height != 240 || s.Screen ||
		s.MOS != MOS(s.R) || s.R > Rating(s.RTT/2+encodeDelay, worse) {
		t.Errorf("%+v", s)
	}
}

// TestEchoRoom gives a client its own media back, and bounds who may test.
func TestEchoRoom(t *testing.T) {
	t.Parallel()
	s := newTestServer(t) // ten tests take less than the ten minutes in which they count
	log := newEventLog()
	home := netip.MustParseAddr("192.0.2.7")
	room, err := s.EchoRoom(home, log.add)
	if err != nil {
		t.Fatal(err)
	}
	me := person(t, room, Party{Name: "customer"}, "red")
	me.gets(t, "other", sound)
	me.until(t, "its own picture", func() bool { return me.picture != nil })
	for n := 1; ; n++ { // the first may be of before the media came
		if sample := log.wait(t, Sampled, "customer", n).Sample; sample.Up.Bitrate > 0 && sample.Down.Bitrate > 0 {
			break
		}
	}
	if _, err := s.EchoRoom(home, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("two at a time: %v", err)
	}
	if _, err := room.Join(context.Background(), "another", goodOffer); !errors.Is(err, ErrFull) {
		t.Errorf("a second participant: %v", err)
	}
	if recordings, err := room.Close(context.Background()); err != nil || len(recordings) != 0 {
		t.Errorf("%v, %v", recordings, err)
	}
	for n := 1; ; n++ {
		for s.echoRuns(home) { // the one before is counted out a moment after Close
			<-time.After(time.Millisecond)
		}
		again, err := s.EchoRoom(home, nil)
		if n == echoPerAddr {
			if !errors.Is(err, ErrBusy) {
				t.Errorf("test %d: %v", n+1, err)
			}
			break
		}
		if err != nil {
			t.Fatalf("test %d: %v", n+1, err)
		}
		_, _ = again.Close(context.Background())
	}
	// Another address is not in the way; of IPv6 the network counts.
	one, err := s.EchoRoom(netip.MustParseAddr("2001:db8::1"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.EchoRoom(netip.MustParseAddr("2001:db8::ffff:2"), nil); !errors.Is(err, ErrBusy) {
		t.Errorf("the same network: %v", err)
	}
	_, _ = one.Close(context.Background())
}

func (s *Server) echoRuns(addr netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.echoing[addr]
}

// TestRED sends Opus in RED: it reaches one who knows RED as it is, another one
// unpacked, and what was lost is filled in from the packet after it.
func TestRED(t *testing.T) {
	t.Parallel()
	room, who := openRecorded(t)
	p := &peer{room: room, who: who, id: 1}
	p.mute.Store(true)
	p.pions.Store(true)
	p.link.reset()
	in := &source{p: p, index: audioIndex, pt: 111, redPT: 63, ring: ring{size: audioRing, pool: audioChunks}, first: true}
	for name, knows := range map[string]uint8{"red": 63, "plain": 0} {
		var got []rtp.Packet
		o := &outTrack{p: p, audio: true, clock: 48000, pt: 109, redPT: knows, ssrc: 5, bound: true}
		o.writer = writerFunc(func(h *rtp.Header, payload []byte) {
			got = append(got, rtp.Packet{Header: *h, Payload: append([]byte(nil), payload...)})
		})
		for seq := uint16(10); seq < 14; seq++ {
			if seq == 12 {
				continue // lost
			}
			h := &rtpHeader{pt: 63, seq: seq, timestamp: uint32(seq) * 960}
			payload := redPayload(111, 960, []byte{0xf8, byte(seq - 1)}, []byte{0xf8, byte(seq)})
			blocks, ok := parseRED(payload, &in.blocks)
			if !ok {
				t.Fatal("RED")
			}
			o.write(in, h, true, blocks, payload, 0)
		}
		var seqs []uint16
		for _, packet := range got {
			seqs = append(seqs, packet.SequenceNumber)
			if knows != 0 && (packet.PayloadType != 63 || len(packet.Payload) != 9) || knows == 0 && (packet.PayloadType != 109 || packet.Payload[1] != byte(packet.SequenceNumber)) {
				t.Errorf("%s: %+v", name, packet)
			}
		}
		if want := map[string]int{"red": 3, "plain": 4}[name]; len(got) != want {
			t.Errorf("%s got %v", name, seqs)
		}
		if knows == 0 { // the lost one comes after all: its number has been used
			n := len(got)
			o.write(in, &rtpHeader{pt: 63, seq: 12, timestamp: 12 * 960}, true, []redBlock{{pt: 111, data: []byte{0xf8, 12}}}, nil, 0)
			if len(got) != n {
				t.Error("one number was used for two packets")
			}
		}
	}

	// The recorder gets each once.
	for seq := uint16(10); seq < 20; seq++ {
		if seq == 12 || seq == 15 {
			continue
		}
		payload := redPayload(111, 960, []byte{0xf8, byte(seq - 1)}, []byte{0xf8, byte(seq)})
		in.receive(&rtpHeader{pt: 63, seq: seq, timestamp: uint32(seq) * 960}, payload, len(payload), room.Offset())
	}
	who.recorder.mu.Lock()
	var recorded []uint16
	for _, packet := range who.recorder.queue { // nobody takes them: see openStill
		recorded = append(recorded, packet.seq)
		if packet.timestamp != uint32(packet.seq)*960 || packet.payload[1] != byte(packet.seq) {
			t.Errorf("recorded %+v", packet)
		}
	}
	who.recorder.mu.Unlock()
	if len(recorded) != 10 {
		t.Errorf("recorded %v", recorded)
	}
	in.mu.Lock()
	if len(in.gaps.missing) != 0 {
		t.Errorf("still asked for: %+v", in.gaps.missing)
	}
	in.mu.Unlock()
}

type writerFunc func(*rtp.Header, []byte)

func (f writerFunc) Write(h *rtp.Header, payload []byte, _ interceptor.Attributes) (int, error) {
	f(h, payload)
	return len(payload), nil
}

// TestWhoWatchesIsNotRecorded has the page of a supervisor who only watches send
// all the same: nothing of it is passed on or kept until he joins, nor after it.
func TestWhoWatchesIsNotRecorded(t *testing.T) {
	t.Parallel()
	room, log := openRoom(t, newTestServer(t))
	agent := person(t, room, Party{Name: "agent", Role: RoleAgent}, "blue", mediatest.Sections(1, 2))
	person(t, room, Party{Name: "customer", Role: RoleCustomer}, "red", mediatest.Sections(1, 2))
	boss := Party{Name: "supervisor", Role: RoleSupervisor, Mode: Watch, Record: true}
	person(t, room, boss, "green", mediatest.Sections(1, 2), mediatest.Screen())
	for n := 1; n <= 3; n++ { // sound, camera, screen
		log.wait(t, MediaStarted, "supervisor", n)
	}
	agent.gets(t, "other", sound)
	agent.gets(t, "other", sound)
	recorded := func() int64 {
		for _, s := range room.Stats() {
			if s.Participant == "supervisor" {
				return s.Recorded
			}
		}
		return -1
	}
	if n := recorded(); n != 0 {
		t.Errorf("%d bytes recorded of who only watches", n)
	}
	if n := agent.Streams("third", sound) + agent.Streams("third", vision); n != 0 {
		t.Errorf("%d packets passed on of who only watches", n)
	}
	joined := room.Offset()
	if err := room.SetMode("supervisor", Join); err != nil {
		t.Fatal(err)
	}
	agent.gets(t, "third", sound)
	if err := room.SetMode("supervisor", Watch); err != nil {
		t.Fatal(err)
	}
	watches := room.Offset()
	agent.gets(t, "other", sound)
	agent.gets(t, "other", sound)
	agent.gets(t, "other", sound)
	recordings, err := room.Close(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]Recording{}
	for _, r := range recordings {
		of[r.Participant] = r
	}
	r, ok := of["supervisor"]
	if !ok {
		t.Fatalf("recordings %+v", recordings)
	}
	for _, name := range []string{"supervisor", "supervisor" + ScreenSuffix} {
		if r, ok := of[name]; ok && r.Offset < joined-repairWait {
			t.Errorf("%s: recorded from %s on, joined at %s", name, r.Offset, joined)
		}
	}
	last := r.Gaps[len(r.Gaps)-1] // what is after it is silence that was never sent
	if last.To < r.Offset+r.Duration-minGap || last.From > watches+repairWait {
		t.Errorf("recorded until %s, watches from %s on: %+v", last.From, watches, r.Gaps)
	}
}

// TestVoiceOnly has the page of a participant who is not to be seen send a camera
// and a screen all the same: the voice is passed on and recorded, no picture is,
// however its packets say what they are, and none is missing in the recording.
func TestVoiceOnly(t *testing.T) {
	t.Parallel()
	room, log := openRoom(t, newTestServer(t))
	agent := person(t, room, Party{Name: "agent", Role: RoleAgent, VoiceOnly: true}, "blue", mediatest.Sections(1, 2), mediatest.Screen())
	customer := person(t, room, Party{Name: "customer", Role: RoleCustomer}, "red", mediatest.Sections(1, 2))
	log.wait(t, MediaStarted, "customer", 2)
	customer.gets(t, "other", sound)
	agent.gets(t, "other", vision) // and so is seen in turn
	customer.gets(t, "other", sound)
	p := room.find("agent").peer.Load()
	for _, s := range p.wanted.sections { // also under an SSRC that was not declared
		for n := range uint16(3) {
			h, _, ok := parseRTP(vp8Packet(4711, n, s.mid, 100))
			if h.pt = s.pt; !ok || !s.audio && p.assign(&h) != nil {
				t.Errorf("a picture of section %s is taken", s.mid)
			}
		}
	}
	if n := customer.Streams("other", vision) + customer.Streams("screen", vision); n != 0 {
		t.Errorf("%d packets of a picture were passed on", n)
	}
	if s := room.Stats()[0]; s.Video.Packets != 0 || s.Screen.Packets != 0 || s.Audio.Packets == 0 {
		t.Errorf("taken: %+v", s)
	}
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	r := recordings[0]
	if r.Participant != "agent" || r.HasVideo || !r.HasAudio {
		t.Errorf("recorded: %+v", r)
	}
	for _, g := range r.Gaps {
		if g.Kind != Audio {
			t.Errorf("a picture is missing: %+v", g)
		}
	}
}
