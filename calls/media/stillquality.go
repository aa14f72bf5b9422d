package media

import (
	"image"
	"math"
)

// StillQuality measures a still, so that the agent sees at once that a picture has to be
// taken again.
type StillQuality struct {
	// Sharpness is the variance of the Laplacian of the luma: below about 40 a
	// picture is blurred, a document in focus has hundreds.
	Sharpness float64 `json:"sharpness"`
	// Glare is the share of the pixels, 0 to 1, that are saturated.
	Glare float64 `json:"glare"`
	// Luma is the mean brightness, 0 (black) to 255.
	Luma float64 `json:"luma"`
	// Motion is the mean difference of brightness, 0 to 255, to the still before;
	// nil for the first. A living camera never gives the same picture twice.
	Motion *float64 `json:"motion,omitempty"`
}

// What may be wrong with a picture.
const (
	AdviceBlurred = "blurred" // hold it still, clean the lens, go a little further away
	AdviceGlare   = "glare"   // tilt it, away from the lamp
	AdviceDark    = "dark"    // more light
	AdviceFrozen  = "frozen"  // the picture stands still: a frozen or injected camera
)

const (
	blurredBelow = 40
	glareAbove   = 0.05
	darkBelow    = 50
	frozenBelow  = 0.02
	saturated    = 250
	sampleStep   = 4 // every so many pixels both ways
)

// Advice names what is wrong with the picture, nothing when it is good.
func (q StillQuality) Advice() []string {
	advice := []string{}
	if q.Sharpness < blurredBelow {
		advice = append(advice, AdviceBlurred)
	}
	if q.Glare > glareAbove {
		advice = append(advice, AdviceGlare)
	}
	if q.Luma < darkBelow {
		advice = append(advice, AdviceDark)
	}
	if q.Motion != nil && *q.Motion < frozenBelow {
		advice = append(advice, AdviceFrozen)
	}
	return advice
}

// better compares two stills of one scene: first by how much is wrong, then by
// sharpness.
func (q StillQuality) better(than StillQuality) bool {
	if a, b := len(q.Advice()), len(than.Advice()); a != b {
		return a < b
	}
	return q.Sharpness > than.Sharpness
}

// assess looks at every pixel once. sample is a coarse copy of the luma.
func assess(picture *image.YCbCr) (q StillQuality, sample []byte) {
	width, height, stride, y := picture.Rect.Dx(), picture.Rect.Dy(), picture.YStride, picture.Y
	var sum, count, bright, laplacians, squares, inner float64
	for row := range height {
		line := y[row*stride : row*stride+width]
		for column, v := range line {
			sum += float64(v)
			if v >= saturated {
				bright++
			}
			if row%sampleStep == 0 && column%sampleStep == 0 {
				sample = append(sample, v)
			}
			if row > 0 && row < height-1 && column > 0 && column < width-1 {
				l := float64(int(y[(row-1)*stride+column]) + int(y[(row+1)*stride+column]) + int(line[column-1]) + int(line[column+1]) - 4*int(v))
				laplacians += l
				squares += l * l
				inner++
			}
		}
	}
	count = float64(width * height)
	if count > 0 {
		q.Luma, q.Glare = round(sum/count), round(bright/count)
	}
	if inner > 0 {
		mean := laplacians / inner
		q.Sharpness = round(squares/inner - mean*mean)
	}
	return q, sample
}

func round(v float64) float64 { return math.Round(v*1e4) / 1e4 }

// compare sets the motion of a still beside the participant's one before.
func (c *recorder) compare(still *Still) {
	c.mu.Lock()
	before := c.sample
	c.sample = still.sample
	c.mu.Unlock()
	if len(before) == 0 || len(before) != len(still.sample) { // the size has changed: so has the picture
		return
	}
	sum := 0
	for i, v := range still.sample {
		sum += max(int(v)-int(before[i]), int(before[i])-int(v))
	}
	still.Quality.Motion = new(round(float64(sum) / float64(len(before))))
}
