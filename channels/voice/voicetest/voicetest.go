// Package voicetest listens to what package voice says: for tests.
package voicetest

import (
	"bytes"
	"strconv"
	"strings"
	"testing"

	"github.com/visavis/visavis/channels/voice"
)

// Digits returns the digits that a WAV file says in a language, in order, by
// looking for the bundled clips in it.
func Digits(t testing.TB, locale string, wav []byte) string {
	t.Helper()
	samples, err := voice.Samples(wav)
	if err != nil {
		t.Fatal(err)
	}
	var clips [10][]byte
	for d := range clips {
		clip, err := voice.Bundled(locale, "d"+strconv.Itoa(d))
		if err != nil {
			t.Fatal(err)
		}
		clips[d], _ = voice.Samples(clip)
	}
	var heard strings.Builder
	for len(samples) > 0 {
		step := 1
		for d, clip := range clips {
			if bytes.HasPrefix(samples, clip) {
				heard.WriteString(strconv.Itoa(d))
				step = len(clip)
			}
		}
		samples = samples[step:]
	}
	return heard.String()
}
