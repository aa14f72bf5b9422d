package media

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"time"

	"golang.org/x/image/vp8"
)

const (
	stillAskEvery = 300 * time.Millisecond
	stillQuality  = 90
	stillMaxSide  = 4096 // pixels; larger pictures are refused before decoding
)

// Still is one picture of a participant.
type Still struct {
	JPEG          []byte
	Width, Height int           // pixels
	Offset        time.Duration // of the picture, on the call's clock: less Recording.Offset it is the place in the file
	Quality       StillQuality
	sample        []byte // of the luma, for the next one's motion
}

// Still asks the participant for a key frame and returns it as a JPEG: a
// picture taken after the call, at full resolution. It waits as long as ctx
// lets it (3 s are plenty). Errors: ErrNotJoined, ErrNoPicture (no key frame
// came in time, or it could not be decoded), ErrClosed.
func (r *Room) Still(ctx context.Context, name string) (still Still, err error) {
	defer r.guard(&err)
	who := r.find(name)
	if who == nil || who.recorder == nil {
		return Still{}, ErrNotJoined
	}
	if p := who.peer.Load(); p == nil || p.gone() {
		return Still{}, ErrNotJoined
	}
	frames := who.recorder.nextKeyFrame()
	defer who.recorder.forgetStill(frames)
	ask := time.NewTicker(stillAskEvery)
	defer ask.Stop()
	for {
		r.askKeyFrame(who)
		select {
		case frame := <-frames:
			still, err := decodeStill(frame)
			if err == nil {
				who.recorder.compare(&still)
			}
			return still, err
		case <-ask.C:
		case <-who.recorder.done:
			return Still{}, ErrClosed
		case <-ctx.Done():
			return Still{}, fmt.Errorf("%w: %w", ErrNoPicture, context.Cause(ctx))
		}
	}
}

// BestStill takes up to n pictures one after the other (at most 5) and returns the
// best of them. It returns what it has when ctx ends. Errors: as Still.
func (r *Room) BestStill(ctx context.Context, name string, n int) (best Still, err error) {
	for i := range min(max(n, 1), 5) {
		next, err := r.Still(ctx, name)
		if err != nil {
			if i > 0 {
				break
			}
			return Still{}, err
		}
		if i == 0 || next.Quality.better(best.Quality) {
			best = next
		}
	}
	return best, nil
}

// decodeStill turns a key frame into a JPEG. The decoder is not trusted: what
// it panics on is a frame that cannot be decoded.
func decodeStill(frame keyFrame) (still Still, err error) {
	defer func() {
		if v := recover(); v != nil {
			still, err = Still{}, fmt.Errorf("%w: %v", ErrNoPicture, v)
		}
	}()
	decoder := vp8.NewDecoder()
	decoder.Init(bytes.NewReader(frame.data), len(frame.data))
	header, err := decoder.DecodeFrameHeader()
	if err != nil {
		return Still{}, fmt.Errorf("%w: %w", ErrNoPicture, err)
	}
	if !header.KeyFrame || header.Width == 0 || header.Height == 0 || header.Width > stillMaxSide || header.Height > stillMaxSide {
		return Still{}, fmt.Errorf("%w: %d×%d pixels", ErrNoPicture, header.Width, header.Height)
	}
	picture, err := decoder.DecodeFrame()
	if err != nil {
		return Still{}, fmt.Errorf("%w: %w", ErrNoPicture, err)
	}
	fullRange(picture)
	quality, sample := assess(picture)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture, &jpeg.Options{Quality: stillQuality}); err != nil {
		return Still{}, fmt.Errorf("%w: %w", ErrNoPicture, err)
	}
	return Still{JPEG: out.Bytes(), Width: header.Width, Height: header.Height, Offset: frame.at,
		Quality: quality, sample: sample}, nil
}

// fullRange stretches a picture in place from the range that video uses (luma
// 16 to 235, chroma 16 to 240) to the full range that JPEG means: without it
// blacks are grey and colours pale.
func fullRange(picture *image.YCbCr) {
	for i, v := range picture.Y {
		picture.Y[i] = fullLuma[v]
	}
	for _, plane := range [][]byte{picture.Cb, picture.Cr} {
		for i, v := range plane {
			plane[i] = fullChroma[v]
		}
	}
}

var fullLuma, fullChroma = func() (luma, chroma [256]byte) {
	for v := range 256 {
		y := (float64(v) - 16) * 255 / 219
		c := (float64(v)-128)*255/224 + 128
		luma[v] = byte(min(max(y+0.5, 0), 255))
		chroma[v] = byte(min(max(c+0.5, 0), 255))
	}
	return luma, chroma
}()
