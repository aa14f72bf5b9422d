// Package voice speaks from recordings: what a telephone call says where no
// carrier's voice speaks the language (Persian), or where what is said must not
// stand in a document that a carrier keeps (a code).
//
// A recording is a clip: 8 kHz, mono, ITU-T G.711 mu-law, as a telephone carries
// it. Clips of all six languages are bundled; they are made from phrases.json by
// generate.py with espeak-ng, and a better file in packs/ is kept. A bank
// replaces any of them by its own (channels keeps those). What is said is put
// together from clips into one WAV file, so that no digit of it stands in a URL.
package voice

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:generate python3 generate.py

//go:embed phrases.json packs
var files embed.FS

// silence is one sample of silence in mu-law.
const silence = 0xff

// SampleRate is that of every clip: samples a second, one byte each.
const SampleRate = 8000

// ErrNoClip is returned when something has no recording in a language.
var ErrNoClip = errors.New("there is no recording")

// Clip is one recording that is bundled.
type Clip struct {
	Locale, Key string
	Text        string // what is said, where it is a phrase; empty for digits, numbers and names of days
}

// Clips lists what is bundled, by language and key.
func Clips() []Clip { return slices.Clone(bundled().list) }

type pack struct {
	list []Clip
	data map[string][]byte // locale/key → mu-law
}

var bundled = sync.OnceValue(func() pack {
	raw, err := files.ReadFile("phrases.json")
	if err != nil {
		panic(err) // embedded
	}
	var phrases map[string]map[string]string
	if err := json.Unmarshal(raw, &phrases); err != nil {
		panic(err)
	}
	p := pack{data: map[string][]byte{}}
	err = fs.WalkDir(files, "packs", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		wav, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		samples, err := Samples(wav)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		locale, key := path.Base(path.Dir(name)), strings.TrimSuffix(path.Base(name), ".wav")
		p.data[locale+"/"+key] = samples
		p.list = append(p.list, Clip{Locale: locale, Key: key, Text: phrases[key][locale]})
		return nil
	})
	if err != nil {
		panic(err)
	}
	return p
})

// Known tells whether a language's pack has a clip of that key, which a bank may
// replace.
func Known(locale, key string) bool {
	_, ok := bundled().data[locale+"/"+key]
	return ok
}

// Bundled returns the bundled clip as a WAV file.
func Bundled(locale, key string) ([]byte, error) {
	samples, ok := bundled().data[locale+"/"+key]
	if !ok {
		return nil, fmt.Errorf("%w of %q in %q", ErrNoClip, key, locale)
	}
	return WAV(samples), nil
}

// Part is one thing to say.
type Part struct {
	keys []string
	rest time.Duration // silence after each
}

// Say is one clip.
func Say(key string) Part { return Part{keys: []string{key}, rest: 300 * time.Millisecond} }

// Pause is silence.
func Pause(d time.Duration) Part { return Part{rest: d} }

// Digits are said one by one, slowly enough to write them down. Anything that is
// not 0–9 is left out.
func Digits(digits string) Part {
	p := Part{rest: 450 * time.Millisecond}
	for _, r := range digits {
		if r >= '0' && r <= '9' {
			p.keys = append(p.keys, "d"+string(r))
		}
	}
	return p
}

// Number is a whole number from 0 to 999,999,999,999, said as a number. Only
// Persian has the clips: elsewhere the carrier's voice says numbers.
func Number(n int64) Part {
	p := Part{rest: 40 * time.Millisecond}
	if n < 0 || n >= 1e12 {
		p.keys = []string{"n" + strconv.FormatInt(n, 10)} // which no pack has
		return p
	}
	add := func(keys ...string) {
		if len(p.keys) > 0 {
			p.keys = append(p.keys, "o")
		}
		p.keys = append(p.keys, keys...)
	}
	below1000 := func(n int64, scale string) {
		if n == 0 {
			return
		}
		if h := n / 100 * 100; h > 0 {
			add("n" + strconv.FormatInt(h, 10))
		}
		// One thousand is "thousand" in Persian.
		if r := n % 100; r > 0 && (n != 1 || scale != "thousand") {
			add("n" + strconv.FormatInt(r, 10))
		}
		switch {
		case scale == "":
		case n == 1 && scale == "thousand":
			add(scale)
		default:
			p.keys = append(p.keys, scale)
		}
	}
	below1000(n/1e9, "milliard")
	below1000(n/1e6%1000, "million")
	below1000(n/1000%1000, "thousand")
	below1000(n%1000, "")
	if n == 0 {
		p.keys = []string{"n0"}
	}
	return p
}

// Date is a day: its name, the day of the month and the month, in the calendar
// that the caller counts by (for Persian the Solar Hijri one: month 1 is
// Farvardin).
func Date(weekday time.Weekday, day, month int) Part {
	return Part{rest: 60 * time.Millisecond, keys: []string{
		"weekday" + strconv.Itoa(int(weekday)), "day" + strconv.Itoa(day), "month" + strconv.Itoa(month)}}
}

// Clock is a time of day, on the 24 hour clock.
func Clock(hour, minute int) Part {
	p := Part{rest: 60 * time.Millisecond, keys: []string{"at_time", "n" + strconv.Itoa(hour)}}
	if minute > 0 {
		p.keys = append(p.keys, "o", "n"+strconv.Itoa(minute), "minute")
	}
	return p
}

// Speak puts parts together into one WAV file. own are a bank's recordings by
// key (mu-law samples, see Samples), which go before the bundled ones. It
// returns ErrNoClip when a part has no recording in the language: then nothing
// is said rather than half of it.
func Speak(locale string, own map[string][]byte, parts ...Part) ([]byte, error) {
	var samples []byte
	for _, p := range parts {
		rest := int(p.rest * SampleRate / time.Second)
		for _, key := range p.keys {
			clip, ok := own[key]
			if !ok {
				clip, ok = bundled().data[locale+"/"+key]
			}
			if !ok {
				return nil, fmt.Errorf("%w of %q in %q", ErrNoClip, key, locale)
			}
			samples = append(samples, clip...)
			samples = append(samples, quiet(rest)...)
		}
		if len(p.keys) == 0 {
			samples = append(samples, quiet(rest)...)
		}
	}
	return WAV(samples), nil
}

func quiet(n int) []byte { return slices.Repeat([]byte{silence}, n) }
