package channels_test

import (
	"bytes"
	"testing"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/voice"
)

func TestABankSpeaksByItsOwnRecordings(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine := bytes.Repeat([]byte{0x21}, 800)
	if _, err := w.s.SetClip(t.Context(), w.bank, "en", "d4", voice.WAV(mine)); err != nil {
		t.Fatal(err)
	}
	other, err := w.banks.Create(t.Context(), banks.NewBank{Slug: "other", Name: "Other"})
	if err != nil {
		t.Fatal(err)
	}
	for bank, own := range map[string]bool{"demo": true, "other": false} {
		id := w.bank
		if bank == "other" {
			id = other.ID
		}
		clips, err := w.s.ListClips(t.Context(), id, "en")
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range clips {
			if c.Own != (own && c.Key == "d4") {
				t.Errorf("%s: %s own %t", bank, c.Key, c.Own)
			}
		}
		c, err := w.s.GetClip(t.Context(), id, "en", "d4")
		if err != nil || bytes.Contains(c.WAV, mine) != own {
			t.Errorf("%s: own %t, %v", bank, bytes.Contains(c.WAV, mine), err)
		}
	}
	phone := "+84912370017"
	w.run()
	w.send(code(w.customer(phone, "en"), channels.Voice))
	w.press(w.onCall(phone, "a question", gathers), "1")
	call := w.onCall(phone, "the code", func(c heardCall) bool { return recordings(c)["code"] != "" })
	if n := bytes.Count(w.played(recordings(call)["code"]), mine); n != 2 { // 842913, twice
		t.Errorf("the own recording is heard %d times", n)
	}
	if err := w.s.DropClip(t.Context(), w.bank, "en", "d4"); err != nil {
		t.Fatal(err)
	}
	if c, err := w.s.GetClip(t.Context(), w.bank, "en", "d4"); err != nil || c.Own {
		t.Errorf("own %t, %v", c.Own, err)
	}
}

func TestABadRecordingIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, err := w.s.SetClip(t.Context(), w.bank, "en", "d4", []byte("ID3")); visavis.KindOf(err) != visavis.Invalid {
		t.Error(err)
	}
	if _, err := w.s.SetClip(t.Context(), w.bank, "en", "nonsense", voice.WAV([]byte{1})); visavis.KindOf(err) != visavis.NotFound {
		t.Error(err)
	}
}
