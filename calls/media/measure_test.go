package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// checkRecording measures a finished file from outside.
func checkRecording(t *testing.T, r Recording) {
	t.Helper()
	p := probe(t, r.Path)
	if p.kinds() != "vp8 opus" || !r.HasAudio || !r.HasVideo {
		t.Errorf("%s: streams %q, audio %t, video %t", r.Path, p.kinds(), r.HasAudio, r.HasVideo)
	}
	if apart := (p.duration(t) - r.Duration).Abs(); apart > 20*time.Millisecond {
		t.Errorf("%s: ffprobe says %s, we %s", r.Path, p.duration(t), r.Duration)
	}
	decodes(t, r.Path)
	if r.SHA256 != hashOf(t, r.Path) {
		t.Errorf("%s: another SHA-256", r.Path)
	}
	if stat, err := os.Stat(r.Path); err != nil || stat.Size() != r.Bytes {
		t.Errorf("%s: %d bytes, said %d", r.Path, stat.Size(), r.Bytes)
	}
}

// probed is what ffprobe says of a file.
type probed struct {
	Format  struct{ Duration string }
	Streams []struct {
		CodecName string `json:"codec_name"`
		CodecType string `json:"codec_type"`
		Width     int
		Height    int
		Packets   string `json:"nb_read_packets"`
	}
}

func probe(t *testing.T, path string) probed {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-count_packets", "-show_format", "-show_streams", "-of", "json", path).Output()
	if err != nil {
		t.Fatalf("ffprobe %s: %v", path, err)
	}
	var p probed
	if err := json.Unmarshal(out, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p probed) duration(t *testing.T) time.Duration {
	t.Helper()
	seconds, err := strconv.ParseFloat(p.Format.Duration, 64)
	if err != nil {
		t.Fatalf("duration %q", p.Format.Duration)
	}
	return time.Duration(seconds * float64(time.Second))
}

func (p probed) kinds() string {
	var kinds []string
	for _, s := range p.Streams {
		kinds = append(kinds, s.CodecName)
	}
	return strings.Join(kinds, " ")
}

// decodes runs the whole file through ffmpeg's decoders, which must not complain.
// Times are passed through: else ffmpeg rounds a camera's times to a constant
// frame rate that it guesses, and complains of the result.
func decodes(t testing.TB, path string) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", path,
		"-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "null", "-").CombinedOutput()
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Fatalf("decoding %s: %v: %s", path, err, out)
	}
}

// decodesCut is decodes for a file whose writer was killed in the middle of a write:
// that it ends there may be said, and nothing else.
func decodesCut(t testing.TB, path string) {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-i", path,
		"-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("decoding %s: %v: %s", path, err, out)
	}
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "File ended prematurely") {
			t.Errorf("decoding %s: %s", path, line)
		}
	}
}

// volume is the mean level of the audio between two times, in dB.
func volume(t *testing.T, path string, from, length time.Duration) float64 {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "info", "-nostdin", "-ss", fmt.Sprint(from.Seconds()), "-t", fmt.Sprint(length.Seconds()), "-i", path,
		"-vn", "-af", "volumedetect", "-f", "null", "-").CombinedOutput()
	if err != nil {
		t.Fatalf("volume: %v: %s", err, out)
	}
	_, rest, ok := strings.Cut(string(out), "mean_volume: ")
	text, _, _ := strings.Cut(rest, " dB")
	db, err := strconv.ParseFloat(text, 64)
	if !ok || err != nil {
		t.Fatalf("no volume in %s", out)
	}
	return db
}

// picture is one of a recording.
type picture struct {
	at     time.Duration // from the file's zero
	colour [3]byte
}

var pictureTime = regexp.MustCompile(`\bpts_time:([0-9.]+)`)

// pictures decodes the whole file and lists its pictures in order. There is at
// least one.
func pictures(t *testing.T, path string) []picture {
	t.Helper()
	cmd := exec.Command("ffmpeg", "-v", "info", "-nostdin", "-i", path, "-an", "-vf", "scale=1:1,showinfo",
		"-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
	var told bytes.Buffer
	cmd.Stderr = &told
	pixels, err := cmd.Output()
	times := pictureTime.FindAllStringSubmatch(told.String(), -1)
	if err != nil || len(times) == 0 || len(pixels) != 3*len(times) {
		t.Fatalf("pictures of %s: %v, %d bytes, %d times: %s", path, err, len(pixels), len(times), told.String())
	}
	list := make([]picture, len(times))
	for i, at := range times {
		seconds, err := strconv.ParseFloat(at[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		list[i] = picture{time.Duration(seconds * float64(time.Second)), [3]byte(pixels[3*i:])}
	}
	return list
}

// colourAt is the colour of the first picture at or after a time, after seeking
// there.
func colourAt(t *testing.T, path string, at time.Duration) [3]byte {
	t.Helper()
	out, err := exec.Command("ffmpeg", "-v", "error", "-nostdin", "-ss", fmt.Sprint(at.Seconds()), "-i", path, "-frames:v", "1",
		"-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-").Output()
	if err != nil || len(out) != 3 {
		t.Fatalf("picture at %s: %v, %d bytes", at, err, len(out))
	}
	return [3]byte(out)
}

var (
	red   = [3]byte{254, 0, 0}
	blue  = [3]byte{0, 0, 254}
	green = [3]byte{0, 127, 0} // ffmpeg's "green"
)

func near(a, b [3]byte) bool {
	for i := range a {
		if math.Abs(float64(a[i])-float64(b[i])) > 12 {
			return false
		}
	}
	return true
}

func middle(t *testing.T, picture []byte) ([3]byte, image.Rectangle) {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	r, g, b, _ := img.At(img.Bounds().Dx()/2, img.Bounds().Dy()/2).RGBA()
	return [3]byte{byte(r >> 8), byte(g >> 8), byte(b >> 8)}, img.Bounds()
}

func hashOf(t *testing.T, path string) [32]byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(data)
}
