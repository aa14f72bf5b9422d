package mediatest

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
)

// Clip is what a peer sends, over and over: one colour and a tone.
type Clip struct {
	Video [][]byte // VP8, 20 s of 25 frames a second, the first a key frame and no other
	Audio [][]byte // Opus, 3 s of 20 ms each
}

// NewClip makes a clip with ffmpeg, which must be installed: a colour that
// ffmpeg knows, a size such as "640x480", and the pitch of its tone in hertz.
// It leaves its working files in dir.
func NewClip(dir, colour, size string, hertz int) (Clip, error) {
	video, audio := filepath.Join(dir, colour+".ivf"), filepath.Join(dir, colour+".ogg")
	for _, args := range [][]string{
		{"-f", "lavfi", "-i", "color=c=" + colour + ":s=" + size + ":r=25:d=20", "-c:v", "libvpx", "-b:v", "300k", "-g", "1000",
			"-auto-alt-ref", "0", "-deadline", "realtime", "-cpu-used", "8", "-threads", "1", video},
		{"-f", "lavfi", "-i", fmt.Sprintf("sine=frequency=%d:duration=3", hertz), "-ac", "1", "-c:a", "libopus", "-b:a", "32k",
			"-frame_duration", "20", "-page_duration", "20000", audio},
	} {
		if out, err := exec.Command("ffmpeg", append([]string{"-v", "error", "-nostdin", "-y"}, args...)...).CombinedOutput(); err != nil {
			return Clip{}, fmt.Errorf("make a clip: is ffmpeg installed? %w: %s", err, out)
		}
	}
	var c Clip
	err := each(video, func(r io.Reader) (func() ([]byte, error), error) {
		frames, _, err := ivfreader.NewWith(r)
		return func() ([]byte, error) { frame, _, err := frames.ParseNextFrame(); return frame, err }, err
	}, func(frame []byte) { c.Video = append(c.Video, frame) })
	if err != nil {
		return Clip{}, err
	}
	err = each(audio, func(r io.Reader) (func() ([]byte, error), error) {
		pages, _, err := oggreader.NewWith(r)
		return func() ([]byte, error) { page, _, err := pages.ParseNextPage(); return page, err }, err
	}, func(page []byte) {
		if !bytes.HasPrefix(page, []byte("Opus")) { // not the two headers
			c.Audio = append(c.Audio, page)
		}
	})
	if err == nil && (len(c.Video) < 490 || len(c.Audio) < 140) {
		err = fmt.Errorf("make a clip: only %d frames and %d packets", len(c.Video), len(c.Audio))
	}
	return c, err
}

// each opens a file and hands over all that its reader finds in it.
func each(path string, open func(io.Reader) (next func() ([]byte, error), err error), to func([]byte)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	next, err := open(f)
	for err == nil {
		var piece []byte
		if piece, err = next(); err == nil {
			to(piece)
		}
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
