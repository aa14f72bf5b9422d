package media

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestGapOfALostNetwork takes the customer's network away: both gap maps, the one
// of the call that goes on and the recording's, have the hole with its cause, and
// what the file itself says of its holes is the same; the agent's recording has none.
func TestGapOfALostNetwork(t *testing.T) {
	t.Parallel()
	room, _, agent, customer := runningCall(t)
	customer.more(t, 25)
	agent.more(t, 75)
	unplugged := room.Offset()
	customer.Unplug()
	until(room, unplugged+1500*time.Millisecond)
	plugged := room.Offset()
	customer.Plug()
	agent.more(t, 50)
	middle := (unplugged + plugged) / 2
	find := func(gaps []Gap, kind Kind) (found []Gap) {
		for _, g := range gaps {
			if g.Kind == kind && g.From <= middle && g.To >= middle {
				found = append(found, g)
			}
		}
		return found
	}
	for limit := time.Now().Add(patience); ; <-time.After(20 * time.Millisecond) { // live, about a second later
		if gaps := find(room.Gaps("customer"), Audio); len(gaps) == 1 {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("live gaps %+v", room.Gaps("customer"))
		}
	}
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	for _, r := range recordings {
		again, err := Recover(r.Path, room.started, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range []Kind{Audio, Video} {
			ours, files := find(r.Gaps, kind), find(again.Gaps, kind)
			if len(ours) != len(files) {
				t.Errorf("%s's %s: map %+v, file %+v", r.Participant, kind, ours, files)
				continue
			}
			for i := range ours {
				if (ours[i].From-files[i].From).Abs() > 25*time.Millisecond || (ours[i].To-files[i].To).Abs() > 25*time.Millisecond {
					t.Errorf("%s's %s: map %+v, file %+v", r.Participant, kind, ours[i], files[i])
				}
			}
		}
		for _, kind := range []Kind{Audio, Video} {
			gaps := find(r.Gaps, kind)
			if r.Participant == "agent" {
				for _, g := range gaps { // a busy machine makes short ones of its own
					if g.To-g.From > (plugged-unplugged)/2 {
						t.Errorf("agent's %s: %+v, unplugged was the customer %s to %s", kind, gaps, unplugged, plugged)
					}
				}
				continue
			}
			if kind == Video { // repaired by NACK: as far as the file had not gone on, there is no hole
				continue
			}
			if len(gaps) != 1 || gaps[0].Cause != CauseNetwork && gaps[0].Cause != CauseReconnect || gaps[0].To-gaps[0].From < 500*time.Millisecond {
				t.Errorf("customer's %s: %+v, unplugged %s to %s", kind, gaps, unplugged, plugged)
			}
		}
	}
}

// TestWeightOfReasons: time away is lost, also for a page that comes back muted.
func TestWeightOfReasons(t *testing.T) {
	var r reasons
	r.set(-1, CauseReconnect, 10*time.Second, true)
	r.set(audioIndex, CauseMuted, 11*time.Second, true)
	r.set(-1, CauseReconnect, 11*time.Second, false)
	r.set(audioIndex, CauseMuted, 20*time.Second, false)
	for _, gap := range []struct {
		from, to time.Duration
		want     string
	}{{10 * time.Second, 12 * time.Second, CauseReconnect}, {12 * time.Second, 14 * time.Second, CauseMuted}, {21 * time.Second, 22 * time.Second, ""}} {
		if got, _ := r.find(audioIndex, gap.from, gap.to); got != gap.want {
			t.Errorf("from %s to %s: %q, want %q", gap.from, gap.to, got, gap.want)
		}
	}
}

// BenchmarkJournal is what sealing costs beside the recording itself: a record of
// 100 ms of a participant at 632 kbit/s of picture and 32 of sound.
func BenchmarkJournal(b *testing.B) {
	file, err := os.Create(filepath.Join(b.TempDir(), "j"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	j, err := newJournal(file, newKey(b))
	if err != nil {
		b.Fatal(err)
	}
	record := make([]byte, 8300)
	b.SetBytes(int64(len(record)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := j.Write(record); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkFinishTwoHours seals a journal of two hours (72,000 records) as the end of
// such a call does.
func BenchmarkFinishTwoHours(b *testing.B) {
	dir, key := b.TempDir(), newKey(b)
	c, err := clipOf("red", "320x240")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		path := filepath.Join(dir, SealedName("agent", 1))
		file, err := os.Create(path)
		if err != nil {
			b.Fatal(err)
		}
		j, err := newJournal(file, key)
		if err != nil {
			b.Fatal(err)
		}
		f := newWebM(j, time.Unix(1e9, 0))
		for n := range 2 * 3600 * 50 {
			at := time.Duration(n) * 20 * time.Millisecond
			f.add(audioTrack, at, true, c.Audio[n%len(c.Audio)])
			if n%2 == 0 {
				f.add(videoTrack, at, (n/2)%250 == 0, c.Video[(n/2)%25])
			}
			if n%5 == 0 {
				if err := f.flush(); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := f.flush(); err != nil {
			b.Fatal(err)
		}
		_ = f.storage.Close()
		b.StartTimer()
		r, err := Recover(path, time.Time{}, key)
		if err != nil || !r.Sealed || (r.Duration-2*time.Hour).Abs() > time.Second {
			b.Fatalf("%+v, %v", r, err)
		}
		b.SetBytes(r.Bytes)
	}
}
