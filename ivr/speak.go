package ivr

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/twilio/twilio-go/twiml"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/channels/voice"
	"github.com/visavis/visavis/postgres"
)

// sound is one piece of what recordings say: a clip, or a value.
type sound struct {
	Clip  string `json:"c,omitempty"`
	As    string `json:"a,omitempty"`
	Value string `json:"v,omitempty"`
}

// secretVars are the variables of the flow that no document of the carrier may hold.
func (f *Flow) secret(name string) bool {
	for _, st := range f.Steps {
		if st.Secret && st.Save == name {
			return true
		}
		for _, secret := range st.Secrets {
			if secret == name {
				return true
			}
		}
	}
	return false
}

// say makes words into verbs, in the dialogue's language.
func (r *run) say(ctx context.Context, words Words) []twiml.Element {
	if len(words) == 0 {
		return nil
	}
	locale := r.locale()
	text, ok := words[locale]
	if !ok {
		locale = r.f.Locales[0]
		text = words[locale]
	}
	return r.speak(ctx, locale, text, words["en"], nil)
}

// phrase says something that flows share.
func (r *run) phrase(ctx context.Context, key string, values map[string]string) []twiml.Element {
	words := phrases()[key]
	return r.speak(ctx, r.locale(), words[r.locale()], words["en"], values)
}

// phrases are several without values, one after the other.
func (r *run) phrases(ctx context.Context, keys ...string) (words []twiml.Element) {
	for _, key := range keys {
		words = append(words, r.phrase(ctx, key, nil)...)
	}
	return words
}

// speak says a text: by recordings in the language that has no voice, else by the
// carrier's voice, with recordings between. What recordings cannot say there is
// said in English, when the flow has it.
func (r *run) speak(ctx context.Context, locale string, text, english Text, values map[string]string) []twiml.Element {
	value := func(name string) string {
		if v, ok := values[name]; ok {
			return v
		}
		return r.value(name)
	}
	if locale == VoicelessLocale {
		var sounds []sound
		for _, part := range text.Parts {
			if part.Clip != "" {
				sounds = append(sounds, sound{Clip: part.Clip})
			} else if v := value(part.Var); v != "" {
				sounds = append(sounds, sound{As: part.As, Value: v})
			}
		}
		if r.canPlay(ctx, locale, sounds) || len(english.Parts) == 0 {
			return []twiml.Element{r.play(sounds)}
		}
		return r.speak(ctx, "en", english, english, values)
	}
	language, name := twilio.VoiceOf(locale)
	var verbs []twiml.Element
	var said strings.Builder
	gap := " "
	if locale == "zh" { // which has no spaces
		gap = ""
	}
	flush := func() {
		if line := strings.Join(strings.Fields(said.String()), " "); line != "" {
			verbs = append(verbs, &twiml.VoiceSay{Message: line, Language: language, Voice: name})
		}
		said.Reset()
	}
	for _, part := range text.Parts {
		switch {
		case part.Say != "":
			said.WriteString(gap + part.Say)
		case part.Clip != "":
			flush()
			verbs = append(verbs, r.play([]sound{{Clip: part.Clip}}))
		case r.f.secret(part.Var):
			flush()
			verbs = append(verbs, r.play([]sound{{As: "digits", Value: value(part.Var)}}))
		default:
			said.WriteString(gap + sayValue(locale, part.As, value(part.Var), r.zone))
		}
	}
	flush()
	for _, verb := range verbs {
		if s, ok := verb.(*twiml.VoiceSay); ok {
			s.Message = tidy.ReplaceAllString(s.Message, "$1")
		}
	}
	return verbs
}

// tidy takes back spaces before punctuation.
var tidy = regexp.MustCompile(`\s+([.,:;!?。，：；！？])`)

// canPlay reports whether all of it is recorded.
func (r *run) canPlay(ctx context.Context, locale string, sounds []sound) bool {
	if err := r.ownClips(ctx, locale); err != nil {
		return false
	}
	_, err := voice.Speak(locale, r.own, partsOf(locale, sounds, r.zone)...)
	return err == nil
}

func (r *run) ownClips(ctx context.Context, locale string) (err error) {
	if r.own == nil {
		r.own, err = r.s.Channels.OwnClips(ctx, r.tx.BankID, locale)
	}
	return err
}

// play makes a verb of recordings: one file, put together when it is fetched, so
// that nothing that it says stands in the document.
func (r *run) play(sounds []sound) twiml.Element {
	r.m.Plays = append(r.m.Plays, sounds)
	n := len(r.m.Plays) - 1
	return &twiml.VoicePlay{Url: r.s.Carrier.CallbackURL(r.s.audioPath(r.c.BankID, r.c.ID, r.c.Turn, n))}
}

func partsOf(locale string, sounds []sound, zone *time.Location) []voice.Part {
	parts := []voice.Part{voice.Pause(200 * time.Millisecond)}
	for _, s := range sounds {
		if s.Clip != "" {
			parts = append(parts, voice.Say(s.Clip))
		} else {
			parts = append(parts, clipsOf(locale, s.As, s.Value, zone)...)
		}
	}
	return parts
}

const audioPurpose = "phone call audio"

// audioPath is where the carrier fetches a recording: it is signed by nobody, so
// that its token is what only the document told.
func (s *Service) audioPath(bankID, callID uuid.UUID, turn, n int) string {
	name := fmt.Sprintf("%d-%d", turn, n)
	token := hex.EncodeToString(s.Keyring.MAC(audioPurpose, bankID[:], callID[:], []byte(name)))
	return CallbackPrefix + "audio/" + bankID.String() + "/" + callID.String() + "/" + name + "/" + token + ".wav"
}

// Audio returns a recording of a turn as a WAV file, while that turn lasts.
func (s *Service) Audio(ctx context.Context, bankID, callID uuid.UUID, turn, n int) (wav []byte, err error) {
	var locale string
	var sounds []sound
	zone := time.UTC
	var own map[string][]byte
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := s.Get(ctx, bankID, callID)
		if err != nil {
			return err
		}
		m, err := s.memoryTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		if c.Turn != turn+1 || n >= len(m.Plays) {
			return notFound()
		}
		sounds = m.Plays[n]
		f, err := s.ledByTx(ctx, tx, *m)
		if err != nil && visavis.KindOf(err) == visavis.Internal {
			return err
		}
		locale = (&run{s: s, c: &c, f: f}).locale()
		if z, err := time.LoadLocation(c.TimeZone); err == nil {
			zone = z
		}
		own, err = s.Channels.OwnClips(ctx, bankID, locale)
		return err
	})
	if err != nil {
		return nil, err
	}
	wav, err = voice.Speak(locale, own, partsOf(locale, sounds, zone)...)
	if errors.Is(err, voice.ErrNoClip) {
		return nil, notFound()
	}
	return wav, err
}

func (s *Service) handleAudio(w http.ResponseWriter, r *http.Request) {
	bankID, err1 := uuid.Parse(r.PathValue("bank"))
	callID, err2 := uuid.Parse(r.PathValue("call"))
	first, second, _ := strings.Cut(r.PathValue("name"), "-")
	turn, err3 := strconv.Atoi(first)
	n, err4 := strconv.Atoi(second)
	if err1 != nil || err2 != nil || err3 != nil || err4 != nil || n < 0 {
		http.NotFound(w, r)
		return
	}
	token, isWAV := strings.CutSuffix(r.PathValue("file"), ".wav")
	mac, err := hex.DecodeString(token)
	if err != nil || !isWAV || !s.Keyring.VerifyMAC(audioPurpose, mac, bankID[:], callID[:], []byte(r.PathValue("name"))) {
		http.NotFound(w, r)
		return
	}
	wav, err := s.Audio(r.Context(), bankID, callID, turn, n)
	if err != nil {
		s.answer(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(wav))
}
