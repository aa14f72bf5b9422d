package voice_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/visavis/visavis/channels/voice"
	"github.com/visavis/visavis/channels/voice/voicetest"
)

var locales = []string{"en", "vi", "zh", "fa", "ru", "uk"}

// A spoken code needs these in every language.
func TestEveryLanguageCanReadACode(t *testing.T) {
	keys := []string{"code_hello", "code_press", "code_is", "code_again", "code_never_share", "code_blocked", "optout_hint", "optout_done", "goodbye"}
	for d := range 10 {
		keys = append(keys, "d"+strconv.Itoa(d))
	}
	for _, locale := range locales {
		for _, key := range keys {
			if !voice.Known(locale, key) {
				t.Errorf("%s has no recording of %s: run go generate ./channels/voice", locale, key)
			}
		}
	}
}

func TestDigitsAreSaidInOrder(t *testing.T) {
	for _, locale := range locales {
		wav, err := voice.Speak(locale, nil, voice.Say("code_is"), voice.Digits("0918 2736-45"), voice.Say("code_again"), voice.Digits("0918273645"))
		if err != nil {
			t.Fatal(err)
		}
		if heard := voicetest.Digits(t, locale, wav); heard != "09182736450918273645" {
			t.Errorf("%s says %s", locale, heard)
		}
	}
}

// What FFmpeg, which is not ours, makes of the file.
func TestFFmpegPlaysIt(t *testing.T) {
	ffprobe, err := exec.LookPath("ffprobe")
	if err != nil {
		t.Skip("SKIPPED: ffprobe is not installed")
	}
	wav, err := voice.Speak("fa", nil, voice.Pause(time.Second), voice.Digits("7"), voice.Pause(2*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	probe := exec.Command(ffprobe, "-v", "error", "-show_entries", "stream=codec_name,sample_rate,channels,duration", "-of", "csv=p=0", "-")
	probe.Stdin = bytes.NewReader(wav)
	out, err := probe.Output()
	if err != nil {
		t.Fatal(err)
	}
	fields := strings.Split(strings.TrimSpace(string(out)), ",")
	if !slices.Equal(fields[:3], []string{"pcm_mulaw", "8000", "1"}) {
		t.Errorf("ffprobe says %v", fields)
	}
	samples, _ := voice.Samples(wav)
	if want := float64(len(samples)) / voice.SampleRate; len(samples) < 3*voice.SampleRate || fields[3] != strconv.FormatFloat(want, 'f', 6, 64) {
		t.Errorf("lasts %s s, has samples for %f s", fields[3], want)
	}
}

func TestPersianNumbers(t *testing.T) {
	same := func(n int64, keys ...string) {
		t.Helper()
		got, err := voice.Speak("fa", nil, voice.Number(n))
		if err != nil {
			t.Fatalf("%d: %v", n, err)
		}
		// The clips of the keys, one after the other, with the same rest between them.
		at, _ := voice.Samples(got)
		for _, key := range keys {
			clip, err := voice.Bundled("fa", key)
			if err != nil {
				t.Fatal(err)
			}
			s, _ := voice.Samples(clip)
			if !bytes.HasPrefix(at, s) {
				t.Fatalf("%d does not say %s where it should", n, key)
			}
			at = bytes.TrimPrefix(at, s)
			at = at[min(320, len(at)):]
		}
		if len(at) != 0 {
			t.Errorf("%d says more than %v", n, keys)
		}
	}
	same(0, "n0")
	same(7, "n7")
	same(21, "n21")
	same(100, "n100")
	same(345, "n300", "o", "n45")
	same(1000, "thousand")
	same(1001, "thousand", "o", "n1")
	same(2500, "n2", "thousand", "o", "n500")
	same(1_000_000, "n1", "million")
	same(21_000_305, "n21", "million", "o", "n300", "o", "n5")
	same(3_000_000_000, "n3", "milliard")
	for _, n := range []int64{-1, 1e12} {
		if _, err := voice.Speak("fa", nil, voice.Number(n)); !errors.Is(err, voice.ErrNoClip) {
			t.Errorf("%d: %v", n, err)
		}
	}
}

func TestEveryDayAndTimeIsSaid(t *testing.T) {
	for month := 1; month <= 12; month++ {
		for day := 1; day <= 31; day++ {
			if _, err := voice.Speak("fa", nil, voice.Date(time.Weekday(day%7), day, month)); err != nil {
				t.Fatal(err)
			}
		}
	}
	for minute := range 24 * 60 {
		if _, err := voice.Speak("fa", nil, voice.Clock(minute/60, minute%60)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := voice.Speak("en", nil, voice.Clock(1, 2)); !errors.Is(err, voice.ErrNoClip) {
		t.Errorf("English has no recorded clock, but: %v", err)
	}
}

func TestOwnClipGoesBeforeTheBundled(t *testing.T) {
	mine := bytes.Repeat([]byte{0x12}, 400)
	wav, err := voice.Speak("en", map[string][]byte{"d4": mine}, voice.Digits("4"))
	if err != nil {
		t.Fatal(err)
	}
	if samples, _ := voice.Samples(wav); !bytes.HasPrefix(samples, mine) {
		t.Error("the bundled clip was said")
	}
}

// pcm makes a WAV file of 16 bit samples, by another hand than the product's.
func pcm(rate, channels int, samples []int16) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF\x00\x00\x00\x00WAVEfmt ")
	for _, v := range []any{uint32(16), uint16(1), uint16(channels), uint32(rate), uint32(rate * 2 * channels), uint16(2 * channels), uint16(16)} {
		_ = binary.Write(&b, binary.LittleEndian, v)
	}
	b.WriteString("LIST\x03\x00\x00\x00abc\x00data") // an odd chunk, padded
	_ = binary.Write(&b, binary.LittleEndian, uint32(2*len(samples)))
	_ = binary.Write(&b, binary.LittleEndian, samples)
	return b.Bytes()
}

func TestUploadsAreTurnedIntoMuLaw(t *testing.T) {
	// G.711: 0 is 0xff, full scale 0x80 and 0x00.
	got, err := voice.Samples(pcm(8000, 1, []int16{0, 32767, -32768}))
	if err != nil || !bytes.Equal(got, []byte{0xff, 0x80, 0x00}) {
		t.Errorf("% x, %v", got, err)
	}
	got, err = voice.Samples(pcm(16000, 2, []int16{32767, 32767, 32767, 32767, 0, 0, 0, 0}))
	if err != nil || !bytes.Equal(got, []byte{0x80, 0xff}) {
		t.Errorf("16 kHz stereo: % x, %v", got, err)
	}
}

func TestBadUploadsAreRefused(t *testing.T) {
	good := pcm(8000, 1, []int16{1, 2, 3})
	for name, wav := range map[string][]byte{
		"nothing": nil, "mp3": []byte("ID3\x04aaaaaaaaaaaaaaaa"), "cut off": good[:20], "no sound": pcm(8000, 1, nil),
		"44.1 kHz": pcm(44100, 1, []int16{1, 2}), "six channels": pcm(8000, 6, make([]int16, 6)), "too long": pcm(8000, 1, make([]int16, 31*8000)),
	} {
		if _, err := voice.Upload(wav); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func FuzzSamples(f *testing.F) {
	f.Add(pcm(8000, 1, []int16{1, 2, 3}))
	f.Add(voice.WAV([]byte{1, 2, 3}))
	f.Fuzz(func(t *testing.T, wav []byte) {
		samples, err := voice.Samples(wav)
		if err != nil {
			return
		}
		again, err := voice.Samples(voice.WAV(samples))
		if err != nil || !bytes.Equal(samples, again) {
			t.Errorf("does not read what it wrote: %v", err)
		}
	})
}
