package calls

import (
	"math"
	"testing"
	"time"
)

func TestAdviceFollowsTheNetwork(t *testing.T) {
	good := Quality{RTTMS: 40, UpJitterMS: 3, FPS: 25, UpBitrate: 60_000}
	for name, c := range map[string]struct {
		spoil func(q *Quality)
		want  Advice
	}{
		"good":                   {func(*Quality) {}, AdviceGood},
		"no picture (no camera)": {func(q *Quality) { q.FPS = 0 }, AdviceGood},
		"some loss up":           {func(q *Quality) { q.UpVideoLoss = 0.05 }, AdviceFair},
		"some loss down":         {func(q *Quality) { q.DownAudioLoss = 0.05 }, AdviceFair},
		"far away":               {func(q *Quality) { q.RTTMS = 400 }, AdviceFair},
		"much loss":              {func(q *Quality) { q.DownVideoLoss = 0.15 }, AdvicePoor},
		"jitter":                 {func(q *Quality) { q.DownJitterMS = 150 }, AdvicePoor},
		"slow picture":           {func(q *Quality) { q.FPS = 8 }, AdvicePoor},
		"hardly anything":        {func(q *Quality) { q.UpAudioLoss = 0.4 }, AdvicePhone},
		"slides":                 {func(q *Quality) { q.FPS = 2 }, AdvicePhone},
	} {
		q := good
		c.spoil(&q)
		if got := Advise(q); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

func TestQualityIsKeptAsMeansOfTenSeconds(t *testing.T) {
	var q qualities
	var rows []Sample
	for i := range 14 { // a sample each 2 s
		rate := Quality{UpBitrate: 1000 * (i + 1), MOS: 4, R: 80, RTTMS: 20}
		if i%2 == 1 {
			rate.MOS, rate.R, rate.RTTMS = 0, 0, 0 // silent, not known
		}
		if row := q.add(RoleAgent, time.Duration(2*i)*time.Second, rate); row != nil {
			rows = append(rows, *row)
		}
	}
	rows = append(rows, q.rest()...)
	if len(rows) != 3 || rows[0].Offset != 10*time.Second || rows[1].Offset != 22*time.Second {
		t.Fatalf("rows %+v", rows)
	}
	if rows[0].UpBitrate != 3498 && rows[0].UpBitrate != 3500 && math.Abs(float64(rows[0].UpBitrate)-3500) > 6 {
		t.Errorf("mean bit rate %d", rows[0].UpBitrate)
	}
	if rows[0].MOS != 4 || rows[0].RTTMS != 20 {
		t.Errorf("what is not known was counted: %+v", rows[0])
	}
}
