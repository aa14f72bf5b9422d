package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp/codecs"
)

func TestStreamOrder(t *testing.T) {
	t.Parallel()
	type in struct {
		seq uint16
		at  time.Duration
	}
	ms := time.Millisecond
	for _, c := range []struct {
		name string
		in   []in
		end  time.Duration // expire at the end
		want []uint16
		lost int
	}{
		{"in order", []in{{65534, 0}, {65535, 1 * ms}, {0, 2 * ms}, {1, 3 * ms}}, 3 * ms, []uint16{65534, 65535, 0, 1}, 0},
		{"reordered over the wrap", []in{{65534, 0}, {0, 1 * ms}, {1, 1 * ms}, {65535, 2 * ms}, {2, 3 * ms}}, 3 * ms, []uint16{65534, 65535, 0, 1, 2}, 0},
		{"repaired in time", []in{{1, 0}, {3, 10 * ms}, {4, 20 * ms}, {2, 200 * ms}}, 201 * ms, []uint16{1, 2, 3, 4}, 0},
		{"waits", []in{{1, 0}, {3, 10 * ms}}, 259 * ms, []uint16{1}, 0},
		{"gives up", []in{{1, 0}, {4, 10 * ms}, {5, 20 * ms}}, 260 * ms, []uint16{1, 4, 5}, 2},
		{"duplicates", []in{{1, 0}, {1, 1 * ms}, {3, 2 * ms}, {3, 3 * ms}, {2, 4 * ms}, {2, 5 * ms}, {4, 6 * ms}}, 6 * ms, []uint16{1, 2, 3, 4}, 0},
		{"two holes", []in{{1, 0}, {3, 10 * ms}, {5, 100 * ms}}, 300 * ms, []uint16{1, 3}, 1},
		{"new numbering", []in{{1, 0}, {2, 1 * ms}, {30000, 2 * ms}, {30001, 3 * ms}}, 3 * ms, []uint16{1, 2, 30000, 30001}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var s stream
			var got []uint16
			lost := 0
			out := func(p packet, n int) {
				if binary.BigEndian.Uint16(p.payload) != p.seq {
					t.Errorf("packet %d carries %v", p.seq, p.payload)
				}
				got = append(got, p.seq)
				lost += n
			}
			shared := make([]byte, 2) // reused, as the recorder's memory is
			for _, p := range c.in {
				binary.BigEndian.PutUint16(shared, p.seq)
				s.accept(packet{seq: p.seq, arrival: p.at, payload: shared}, out)
			}
			s.expire(c.end, out)
			if !slices.Equal(got, c.want) || lost != c.lost {
				t.Errorf("got %v with %d lost, want %v with %d", got, lost, c.want, c.lost)
			}
		})
	}
}

func TestTrackClock(t *testing.T) {
	t.Parallel()
	const begin = 10 * time.Second
	frame := func(c *trackClock, n int, arrival time.Duration) time.Duration {
		return c.place(uint32(0xffffff00+n*960), arrival) // wraps at once
	}
	t.Run("jitter and a stall move nothing", func(t *testing.T) {
		c := trackClock{rate: 48000}
		for n := range 1000 {
			ideal := begin + time.Duration(n)*20*time.Millisecond
			delay := time.Duration(n%7) * 10 * time.Millisecond
			if n > 300 && n < 400 { // 2 s of packets in one burst
				delay = begin + 400*20*time.Millisecond - ideal
			}
			if at := frame(&c, n, ideal+delay); (at - ideal).Abs() > time.Microsecond {
				t.Fatalf("packet %d at %s, want %s", n, at, ideal)
			}
		}
	})
	t.Run("a late first packet is corrected", func(t *testing.T) {
		c := trackClock{rate: 48000}
		frame(&c, 0, begin+300*time.Millisecond)
		if at := frame(&c, 1, begin+20*time.Millisecond); at != begin+20*time.Millisecond {
			t.Fatalf("at %s", at)
		}
	})
	t.Run("drift is followed", func(t *testing.T) {
		for _, drift := range []float64{-200e-6, 200e-6} {
			c := trackClock{rate: 48000}
			for n := range 180_000 { // an hour
				arrival := begin + time.Duration(float64(n)*float64(20*time.Millisecond)*(1+drift))
				if at := frame(&c, n, arrival+time.Duration(n%3)*time.Millisecond); (at - arrival).Abs() > 10*time.Millisecond {
					t.Fatalf("drift %g: packet %d at %s, arrived at %s", drift, n, at, arrival)
				}
			}
		}
	})
	t.Run("a jump of the timestamps is a new clock", func(t *testing.T) {
		c := trackClock{rate: 48000}
		frame(&c, 0, begin)
		if at := c.place(0x30000000, begin+time.Second); at != begin+time.Second {
			t.Fatalf("at %s", at)
		}
	})
	t.Run("sender reports bring video beside audio", func(t *testing.T) {
		audio, video := trackClock{rate: 48000}, trackClock{rate: 90000}
		// Captured together; the picture took 150 ms longer to arrive.
		audio.place(1000, begin)
		video.place(2000, begin+150*time.Millisecond)
		second := uint64(1) << 32
		audio.report(&rtcp.SenderReport{NTPTime: 100 * second, RTPTime: 1000})
		video.report(&rtcp.SenderReport{NTPTime: 101 * second, RTPTime: 2000 + 90000})
		video.align(&audio)
		if at := video.place(2000+45000, begin+650*time.Millisecond); (at - begin - 500*time.Millisecond).Abs() > time.Millisecond {
			t.Fatalf("at %s", at)
		}
		// From then on the audio rules, however soon a picture comes.
		if at := video.place(2000+90000, begin+950*time.Millisecond); (at - begin - time.Second).Abs() > time.Millisecond {
			t.Fatalf("at %s", at)
		}
	})
}

func TestVP8Payload(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    []byte
		data  int // length, -1: refused
		start bool
	}{
		{nil, -1, false},
		{[]byte{0x10}, -1, false}, // crashes Pion's own depacketizer's callers
		{[]byte{0x90}, -1, false},
		{[]byte{0x90, 0x80}, -1, false},
		{[]byte{0x90, 0xf0, 0x80}, -1, false},
		{[]byte{0x10, 1}, 1, true},
		{[]byte{0x00, 1, 2}, 2, false},
		{[]byte{0x11, 1}, 1, false}, // a later partition begins
		{[]byte{0x90, 0x80, 0x05, 9}, 1, true},
		{[]byte{0x90, 0x80, 0x85, 0x01, 9, 9}, 2, true},
		{[]byte{0x90, 0xf0, 0x85, 0x01, 1, 2, 9, 9, 9}, 3, true},
	} {
		data, start, ok := vp8Payload(c.in)
		if ok != (c.data >= 0) || ok && (len(data) != c.data || start != c.start) {
			t.Errorf("%x: %d bytes, start %t, ok %t", c.in, len(data), start, ok)
		}
		var reference codecs.VP8Packet
		if want, err := reference.Unmarshal(c.in); ok && (err != nil || len(want) != len(data)) {
			t.Errorf("%x: Pion says %d bytes, %v", c.in, len(want), err)
		}
	}
}

func TestFramesAfterLoss(t *testing.T) {
	t.Parallel()
	key := append([]byte{0x10}, 0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0, 1, 2, 3)
	delta := []byte{0x10, 1, 2, 3}
	f := vp8Frames{needKey: true}
	for i, step := range []struct {
		p    packet
		lost int
		want bool
	}{
		{packet{timestamp: 1, marker: true, payload: delta}, 0, false}, // nothing to refer to
		{packet{timestamp: 2, marker: true, payload: key}, 0, true},
		{packet{timestamp: 3, marker: true, payload: delta}, 0, true},
		{packet{timestamp: 4, payload: delta}, 0, false},
		{packet{timestamp: 4, marker: true, payload: []byte{0x00, 5}}, 0, true}, // two packets
		{packet{}, 0, false}, // padding
		{packet{timestamp: 6, marker: true, payload: delta}, 1, false}, // a hole
		{packet{timestamp: 7, marker: true, payload: delta}, 0, false},
		{packet{timestamp: 8, marker: true, payload: key}, 0, true},
		{packet{timestamp: 9, marker: true, payload: delta}, 0, true},
	} {
		if frame, _ := f.add(step.p, step.lost); (frame != nil) != step.want {
			t.Errorf("step %d: frame of %d bytes", i, len(frame))
		}
	}
}

func TestOpusDuration(t *testing.T) {
	t.Parallel()
	for toc, want := range map[[2]byte]time.Duration{
		{0x00, 0}:      10 * time.Millisecond,
		{0x18, 0}:      60 * time.Millisecond,
		{0x60, 0}:      10 * time.Millisecond,
		{0x68, 0}:      20 * time.Millisecond,
		{0x80, 0}:      2500 * time.Microsecond,
		{0xf8, 0}:      20 * time.Millisecond,
		{0xf9, 0}:      40 * time.Millisecond,
		{0xfb, 3}:      60 * time.Millisecond,
		{0xfb, 48}:     120 * time.Millisecond,
		{0x78 + 4, 99}: 20 * time.Millisecond,
	} {
		if got := opusDuration(toc[:]); got != want {
			t.Errorf("%x: %s, want %s", toc, got, want)
		}
	}
	if opusDuration(nil) != 0 || opusDuration([]byte{0xfb}) != 20*time.Millisecond {
		t.Error("short packets")
	}
}

// writeTestFile writes ten seconds with a hole in the audio and a change of
// the picture's size, flushing as the recorder does, and does not finish it.
func writeTestFile(t *testing.T, path string) *webmFile {
	t.Helper()
	small, err := clipOf("red", "320x240")
	if err != nil {
		t.Fatal(err)
	}
	large, err := clipOf("blue", "640x480")
	if err != nil {
		t.Fatal(err)
	}
	storage, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	f := newWebM(storage, time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC))
	for n := range 500 {
		at := time.Duration(n) * 20 * time.Millisecond
		if n < 200 || n >= 300 {
			f.add(audioTrack, at, true, small.Audio[n%len(small.Audio)])
		}
		if n%2 == 0 {
			c := small
			if at >= 5*time.Second {
				c = large
			}
			frame := c.Video[(n/2)%25]
			f.add(videoTrack, at, (n/2)%25 == 0, frame)
		}
		if n%5 == 0 {
			if err := f.flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return f
}

func TestWebMFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "part-002-agent.webm")
	f := writeTestFile(t, path)
	r, err := f.finish()
	if err != nil {
		t.Fatal(err)
	}
	r.Path = path
	checkRecording(t, r)
	if (r.Duration - 10*time.Second).Abs() > 40*time.Millisecond {
		t.Errorf("duration %s", r.Duration)
	}
	p := probe(t, path)
	if p.Streams[0].Width != 320 || p.Streams[0].Packets != "250" {
		t.Errorf("video %+v", p.Streams[0])
	}
	if p.Streams[1].Packets != "500" { // the hole is filled with silence
		t.Errorf("audio %+v", p.Streams[1])
	}
	for at, want := range map[time.Duration][3]byte{2500 * time.Millisecond: red, 7500 * time.Millisecond: blue} {
		if got := colourAt(t, path, at); !near(got, want) {
			t.Errorf("at %s: %v", at, got)
		}
	}
	if db := volume(t, path, 4500*time.Millisecond, time.Second); db > -60 {
		t.Errorf("in the hole: %f dB", db)
	}
	started := time.Date(2026, 5, 1, 11, 59, 58, 0, time.UTC)
	again, err := Recover(path, started, nil)
	if err != nil || again.SHA256 != r.SHA256 || again.Offset != 2*time.Second || again.Part != 2 || again.Participant != "agent" {
		t.Errorf("a complete file gave %+v, %v", again, err)
	}
}

// TestTimesGrow holds that no track's times stand still or go back, whatever
// comes in, and that the tracks stay together: none lies before its cluster.
func TestTimesGrow(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.webm")
	storage, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	f := newWebM(storage, time.Now())
	frame := []byte{0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0, 1}
	ms := time.Millisecond
	for n := range 400 {
		at := time.Duration(n) * 15 * ms // packets of 20 ms that come too often, then too rarely
		if n > 200 {
			at = 3000*ms + time.Duration(n-200)*27*ms
		}
		f.add(audioTrack, at, true, opusSilence)
		if n%8 < 3 { // bursts
			f.add(videoTrack, at, n%80 == 0, frame)
		}
	}
	f.silence(12 * time.Second) // the network is away
	for n := range 20 {         // and what it repairs then is late
		f.add(videoTrack, 9*time.Second+time.Duration(n)*40*ms, n == 0, frame)
	}
	r, err := f.finish()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "packet=stream_index,pts", "-of", "csv=p=0", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	last := map[int]int{0: -1, 1: -1}
	lines := strings.Fields(string(out))
	newest := 0
	for _, line := range lines {
		var track, at int
		if _, err := fmt.Sscanf(line, "%d,%d", &track, &at); err != nil {
			t.Fatal(err)
		}
		if at <= last[track] {
			t.Fatalf("stream %d: %d after %d", track, at, last[track])
		}
		last[track] = at
		if at < newest-60 {
			t.Fatalf("stream %d: %d follows %d in the file", track, at, newest)
		}
		newest = max(newest, at)
	}
	if len(lines) < 500 || (r.Duration-12*time.Second).Abs() > 60*ms {
		t.Errorf("%d packets, %s", len(lines), r.Duration)
	}
}

func TestOneTrackOnly(t *testing.T) {
	t.Parallel()
	c, err := clipOf("red", "320x240")
	if err != nil {
		t.Fatal(err)
	}
	for _, only := range []uint8{audioTrack, videoTrack} {
		path := filepath.Join(t.TempDir(), "one.webm")
		storage, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		f := newWebM(storage, time.Now())
		for n := range 200 {
			at := time.Duration(n) * 20 * time.Millisecond
			if only == audioTrack {
				f.add(audioTrack, at, true, c.Audio[n%len(c.Audio)])
			} else if n%2 == 0 {
				f.add(videoTrack, at, (n/2)%25 == 0, c.Video[(n/2)%25])
			}
		}
		r, err := f.finish()
		if err != nil {
			t.Fatal(err)
		}
		want := map[uint8]string{audioTrack: "opus", videoTrack: "vp8 opus"}[only]
		if p := probe(t, path); p.kinds() != want || r.HasAudio != (only == audioTrack) || r.HasVideo != (only == videoTrack) {
			t.Errorf("streams %q, audio %t, video %t; want %s", p.kinds(), r.HasAudio, r.HasVideo, want)
		}
		decodes(t, path)
	}
}

// TestRecoverAnyCut cuts an unfinished file at many places: what is left is
// recovered, or refused when it holds no whole block; and an interrupted
// recovery can be done again.
func TestRecoverAnyCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "whole.webm")
	f := writeTestFile(t, path)
	if err := f.flush(); err != nil {
		t.Fatal(err)
	}
	_ = f.storage.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(dir, "cut.webm")
	var last time.Duration
	played := 0
	for n, step := 0, 1; n <= len(whole); n += step {
		if n > 600 {
			step = 97
		}
		if err := os.WriteFile(cut, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Recover(cut, time.Time{}, nil)
		if err != nil {
			if !errors.Is(err, ErrNotRecording) || n > 600 {
				t.Fatalf("%d of %d bytes: %v", n, len(whole), err)
			}
			continue
		}
		if r.Duration < last {
			t.Fatalf("%d bytes: %s, with fewer %s", n, r.Duration, last)
		}
		last = r.Duration
		// As if the power had gone before the last step.
		sealed, err := os.ReadFile(cut)
		if err != nil {
			t.Fatal(err)
		}
		open := slices.Clone(sealed)
		x, err := scan(f0(open), int64(len(open)))
		if err != nil {
			t.Fatal(err)
		}
		binary.BigEndian.PutUint64(open[x.segmentSizeAt:], unknownSize)
		if err := os.WriteFile(cut, open, 0o600); err != nil {
			t.Fatal(err)
		}
		if again, err := Recover(cut, time.Time{}, nil); err != nil || again.SHA256 != r.SHA256 {
			t.Fatalf("%d bytes: recovered again %v", n, err)
		}
		if n > 600 && n%(97*40) < 97 && r.HasVideo && r.HasAudio {
			played++
			r.Path = cut
			checkRecording(t, r)
		}
	}
	if (last-10*time.Second).Abs() > 40*time.Millisecond || played < 3 {
		t.Errorf("at last %s; %d played", last, played)
	}
}

// f0 reads from memory.
type f0 []byte

func (f f0) ReadAt(p []byte, at int64) (int, error) {
	n := copy(p, f[at:])
	if n < len(p) {
		return n, errors.New("end")
	}
	return n, nil
}

func TestRecoverRefusesOtherFiles(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.webm")
	for _, content := range []string{"", "hello", "\x1a\x45\xdf\xa3", "\x00\x00\x00\x00\x00\x00\x00\x00\x00"} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Recover(path, time.Time{}, nil); !errors.Is(err, ErrNotRecording) {
			t.Errorf("%q: %v", content, err)
		}
		if after, _ := os.ReadFile(path); string(after) != content {
			t.Errorf("%q was changed", content)
		}
	}
}

// FuzzRecorder feeds packets of any shape to the path from depacketizer to
// finished file: no panic, and a file whose own reader agrees with it.
func FuzzRecorder(f *testing.F) {
	key := []byte{0x10, 0, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0, 1, 2, 3}
	f.Add([]byte{0x10}, uint16(1), uint32(9))
	f.Add(key, uint16(65535), uint32(0xffffffff))
	f.Add(append([]byte{0x90, 0xf0, 0x85, 0x01, 1, 2}, key[1:]...), uint16(3000), uint32(3000))
	f.Add([]byte{0xfb, 48, 1, 2, 3}, uint16(2), uint32(1<<31))
	f.Fuzz(func(t *testing.T, payload []byte, seqStep uint16, timeStep uint32) {
		storage, err := os.Create(filepath.Join(t.TempDir(), "fuzz.webm"))
		if err != nil {
			t.Fatal(err)
		}
		file := newWebM(storage, time.Unix(1e9, 0))
		var line timeline
		frames := vp8Frames{needKey: true}
		streams := [2]stream{{clock: trackClock{rate: 48000}}, {clock: trackClock{rate: 90000}}}
		written := 0
		write := func(until time.Duration) {
			for b, ok := line.next(until); ok; b, ok = line.next(until) {
				if b.at >= 0 && b.at < time.Minute {
					file.add(b.track, b.at, b.key, b.data)
					written++
				}
			}
		}
		for n := range 24 {
			index := n % 2
			p := packet{index: index, seq: uint16(n) * seqStep, timestamp: uint32(n) * timeStep, marker: n%3 > 0,
				arrival: time.Duration(n) * 100 * time.Millisecond, payload: payload[min(len(payload), n/6):]}
			streams[index].accept(p, func(p packet, lost int) {
				if p.index == audioIndex {
					line.add(block{track: audioTrack, at: streams[0].clock.place(p.timestamp, p.arrival), data: p.payload})
				} else if frame, key := frames.add(p, lost); frame != nil {
					line.add(block{track: videoTrack, key: key, at: streams[1].clock.place(p.timestamp, p.arrival), data: bytes.Clone(frame)})
				}
			})
			write(p.arrival - 500*time.Millisecond)
		}
		write(time.Hour)
		r, err := file.finish()
		if written == 0 && errors.Is(err, ErrNotRecording) {
			return
		}
		if err != nil || r.Bytes == 0 {
			t.Fatalf("%d blocks: %+v, %v", written, r, err)
		}
	})
}
