package media

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// Recordings by the time of clock_test.go.

// openRecorded opens a still room with a customer whose packets the test hands to
// the recorder.
func openRecorded(t *testing.T) (*Room, *participant) {
	t.Helper()
	room, _ := openStill(t, newClock())
	who, err := room.enter(Party{Name: "customer", Role: RoleCustomer, Record: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closeAny(t, room) })
	return room, who
}

// pushRTP hands over a packet that nothing else needs.
func pushRTP(c *recorder, index int, p *rtp.Packet, now time.Duration) {
	c.push(packet{peer: 1, index: index, seq: p.SequenceNumber, timestamp: p.Timestamp, marker: p.Marker, arrival: now, payload: bytes.Clone(p.Payload)})
}

// TestFileFollowsTheCall: what was said is on the disk within 2 s, whenever the
// process is killed; and it plays.
func TestFileFollowsTheCall(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	room, who := openRecorded(t)
	copied := filepath.Join(t.TempDir(), "copy")
	onDisk := func() time.Duration {
		file, err := os.ReadFile(filepath.Join(room.dir, room.fileName("customer")))
		if err != nil {
			return 0
		}
		if err := os.WriteFile(copied, file, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Recover(copied, room.started, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r.Offset + r.Duration
	}
	clip, err := clipOf("red", "320x240")
	if err != nil {
		t.Fatal(err)
	}
	worst, due := time.Duration(0), recordEvery
	audio, video := rtp.Packet{}, rtp.Packet{Header: rtp.Header{Marker: true}}
	for now := 20 * ms; now <= 10*time.Second; now += 20 * ms {
		n := int(now / (20 * ms))
		audio.SequenceNumber, audio.Timestamp, audio.Payload = uint16(n), uint32(n)*960, clip.Audio[n%len(clip.Audio)]
		pushRTP(who.recorder, audioIndex, &audio, now)
		if n%2 == 0 {
			video.SequenceNumber, video.Timestamp = uint16(n/2), uint32(n)*1800
			video.Payload = append([]byte{0x10}, clip.Video[(n/2-1)%len(clip.Video)]...)
			pushRTP(who.recorder, videoIndex, &video, now)
		}
		if now < due {
			continue
		}
		due += recordEvery
		if now > 2*time.Second { // killed just before the recorder wakes
			worst = max(worst, now-onDisk())
		}
		who.recorder.step(now)
		if behind := now - onDisk(); now > 2*time.Second && behind > recordBehind+40*ms {
			t.Errorf("at %s the file is %s behind", now, behind)
		}
	}
	if worst == 0 || worst > 2*time.Second {
		t.Errorf("up to %s would be lost", worst)
	}
	t.Logf("up to %s would be lost", worst)
	decodes(t, copied)
}

// TestKeyFramesInTime: the recorder asks for a key frame each 10 s, for seeking, and
// after a hole at once, but not more often than each 300 ms.
func TestKeyFramesInTime(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	_, who := openRecorded(t)
	r := who.recorder
	var asked []time.Duration
	key, delta := pictureAt(0, 0)[12:], append([]byte{0x10, 1}, make([]byte, 100)...)
	last, due := time.Duration(0), recordEvery
	for now := 40 * ms; now < 35*time.Second; now += 40 * ms {
		n := int(now / (40 * ms))
		p := rtp.Packet{Header: rtp.Header{Marker: true, SequenceNumber: uint16(n), Timestamp: uint32(n) * 3600}, Payload: delta}
		if n == 1 || len(asked) > 0 && asked[len(asked)-1] > last { // who is asked sends one
			p.Payload, last = key, now
		}
		if n != 800 { // at 32 s one is lost for good
			pushRTP(r, videoIndex, &p, now)
		}
		if now >= due {
			due += recordEvery
			before := r.lastWish
			if r.step(now); r.lastWish != before {
				asked = append(asked, now)
			}
		}
	}
	if len(asked) != 4 {
		t.Fatalf("asked at %s", asked)
	}
	before := time.Duration(0)
	for i, at := range asked {
		from, most := before+keyFrameEvery, before+keyFrameEvery+recordEvery+80*ms
		if i == 3 {
			from, most = 32*time.Second, 32*time.Second+2*recordEvery+repairWait
		}
		if at < from || at > most {
			t.Errorf("asked at %s", asked)
		}
		before = at
	}
}
