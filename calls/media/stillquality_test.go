package media

import (
	"image"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func grey(width, height int, at func(x, y int) byte) *image.YCbCr {
	p := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for y := range height {
		for x := range width {
			p.Y[y*p.YStride+x] = at(x, y)
		}
	}
	return p
}

func TestQuality(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	stripes := func(x, y int) byte { // print, in focus
		if x/4%2 == 0 {
			return 60
		}
		return 200
	}
	for name, c := range map[string]struct {
		at   func(x, y int) byte
		want []string
	}{
		"in focus": {stripes, nil},
		"blurred": {func(x, y int) byte { // the same through a bad lens
			return byte(130 + 70*math.Sin(float64(x)/30))
		}, []string{AdviceBlurred}},
		"lamp on the card": {func(x, y int) byte {
			if x < 80 && y < 80 {
				return 255
			}
			return stripes(x, y)
		}, []string{AdviceGlare}},
		"dark": {func(x, y int) byte { return byte(random.IntN(40)) }, []string{AdviceDark}},
	} {
		q, _ := assess(grey(320, 240, c.at))
		if !slices.Equal(q.Advice(), c.want) {
			t.Errorf("%s: %+v says %v, want %v", name, q, q.Advice(), c.want)
		}
	}
	good, _ := assess(grey(320, 240, stripes))
	bad, _ := assess(grey(320, 240, func(x, y int) byte { return 128 }))
	if !good.better(bad) || bad.better(good) || good.Sharpness <= bad.Sharpness {
		t.Errorf("a flat picture %+v beats one in focus %+v", bad, good)
	}
}

func TestFrozenPicture(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 1))
	noisy := func(x, y int) byte { return byte(100 + x%40 + random.IntN(3)) }
	var c recorder
	take := func(at func(x, y int) byte) StillQuality {
		var s Still
		s.Quality, s.sample = assess(grey(320, 240, at))
		c.compare(&s)
		return s.Quality
	}
	if q := take(noisy); q.Motion != nil {
		t.Errorf("the first moved by %f", *q.Motion)
	}
	if q := take(noisy); q.Motion == nil || slices.Contains(q.Advice(), AdviceFrozen) {
		t.Errorf("a camera's noise is taken for a frozen picture: %+v", q)
	}
	still := func(x, y int) byte { return byte(100 + x%40) }
	take(still)
	if q := take(still); !slices.Contains(q.Advice(), AdviceFrozen) {
		t.Errorf("the same picture twice: %+v", q)
	}
}
