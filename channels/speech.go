package channels

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels/voice"
	"github.com/visavis/visavis/postgres"
)

// Script is what an answered call does next.
type Script struct {
	Locale string   // the language of Say
	Say    string   // by the carrier's voice, twice; empty: nothing
	Play   []string // recordings after it, in order: fetched from AudioPath
	Keys   string   // keys that mean something, while it speaks and some seconds after; empty: hang up then
}

// Keys of a call.
const (
	keyHear  = "1" // read the code
	keyNotMe = "9" // I did not ask for it
	keyStop  = "8" // no more of these
)

// spoken is a delivery that is a call, and its message.
type spoken struct {
	content *content
	class   Class
	secret  bool
	own     map[string][]byte // the bank's recordings in the customer's language
}

// stoppable tells whether a customer may ask for no more calls of the kind.
func (c *spoken) stoppable() bool { return c.class == Reminder || c.class == Notice }

// Answered returns what an answered call says first. A call with a code reads
// nothing yet: it asks for a key, so that no answering machine ever hears the
// code. The script is empty when the message has expired or its code is gone.
// It refuses, as NotFound, a delivery that is not this provider's call.
func (s *Service) Answered(ctx context.Context, bankID, deliveryID uuid.UUID, provider, providerID string) (Script, error) {
	call, err := s.spoken(ctx, bankID, deliveryID, provider, providerID)
	if err != nil || call == nil {
		return Script{}, err
	}
	if call.secret {
		return Script{Locale: call.content.locale, Play: []string{"press"}, Keys: keyHear + keyNotMe}, nil
	}
	script, err := s.told(call)
	if err == nil && call.stoppable() {
		script.Play, script.Keys = append(script.Play, "stop"), keyStop
	}
	return script, err
}

// Pressed returns what a call says after a key: 1 reads the code, 9 says that
// the customer did not ask for it, 8 that they want no more such calls. Any
// other key hears the beginning again. The same key again changes nothing.
func (s *Service) Pressed(ctx context.Context, bankID, deliveryID uuid.UUID, provider, providerID, key string) (Script, error) {
	call, err := s.spoken(ctx, bankID, deliveryID, provider, providerID)
	if err != nil || call == nil {
		return Script{}, err
	}
	switch {
	case call.secret && key == keyHear:
		return s.told(call)
	case call.secret && key == keyNotMe:
		if err := s.Keyed(ctx, bankID, deliveryID, providerID, IntentNotMe); err != nil {
			return Script{}, err
		}
		return Script{Locale: call.content.locale, Play: []string{"blocked"}}, nil
	case !call.secret && key == keyStop && call.stoppable():
		if err := s.Keyed(ctx, bankID, deliveryID, providerID, IntentStop); err != nil {
			return Script{}, err
		}
		return Script{Locale: call.content.locale, Play: []string{"stopped"}}, nil
	}
	return s.Answered(ctx, bankID, deliveryID, provider, providerID)
}

// told is what the message itself says. A code is read from recordings, in all
// languages alike; other texts by the carrier's voice. No carrier has a Persian
// voice: there the recordings say it, and what they cannot say is in English.
func (s *Service) told(call *spoken) (Script, error) {
	c := call.content
	if call.secret && c.template == "code" {
		return Script{Locale: c.locale, Play: []string{"code"}}, nil
	}
	if c.locale == "fa" && c.template != "text" {
		if _, err := voice.Speak(c.locale, call.own, persian(c)...); err == nil {
			return Script{Locale: c.locale, Play: []string{"message"}}, nil
		} else if !errors.Is(err, voice.ErrNoClip) {
			return Script{}, err
		}
		english := *c
		english.locale, english.texts = "en", nil
		c = &english
	}
	text, err := s.voiceText(c)
	if err != nil {
		return Script{}, fmt.Errorf("text of call: %w", err)
	}
	return Script{Locale: c.locale, Say: text}, nil
}

// spoken reads a delivery's call, of any call when providerID is empty; nil when
// nothing may be said any more.
func (s *Service) spoken(ctx context.Context, bankID, deliveryID uuid.UUID, provider, providerID string) (*spoken, error) {
	var messageID uuid.UUID
	var expires time.Time
	var own *string
	call := &spoken{}
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		err := tx.QueryRow(ctx, `
			select d.message_id, d.expires_at, d.provider_id, m.class
			from deliveries d join messages m on m.bank_id = d.bank_id and m.id = d.message_id
			where d.bank_id = $1 and d.id = $2 and d.channel = 'voice' and d.provider = $3 and d.attempts > 0`,
			bankID, deliveryID, provider).Scan(&messageID, &expires, &own, &call.class)
		if err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			select v.key, v.samples from voice_clips v join messages m on m.bank_id = v.bank_id and m.locale = v.locale
			where v.bank_id = $1 and m.id = $2`, bankID, messageID)
		if err != nil {
			return err
		}
		call.own = map[string][]byte{}
		var key string
		var samples []byte
		_, err = pgx.ForEachRow(rows, []any{&key, &samples}, func() error { call.own[key] = samples; samples = nil; return nil })
		return err
	})
	if err == pgx.ErrNoRows || (err == nil && providerID != "" && own != nil && *own != providerID) {
		return nil, visavis.Errorf(visavis.NotFound, "delivery_not_found", "there is no such delivery")
	}
	if err != nil {
		return nil, fmt.Errorf("read delivery of call: %w", err)
	}
	if !s.now().Before(expires) {
		return nil, nil
	}
	messages, err := s.load(ctx, bankID, []uuid.UUID{messageID}, nil)
	if err != nil {
		return nil, err
	}
	call.content = messages[messageID]
	if call.content == nil {
		return nil, nil
	}
	call.secret = call.content.sealed != nil || declarations[call.content.template].needs("code")
	if call.secret && call.content.sealed == nil {
		return nil, nil // read already and wiped, or cancelled
	}
	return call, nil
}

// persian is what the recordings say of a message. Without a clip of the
// template's name it is nothing that they could say.
func persian(c *content) []voice.Part {
	parts := []voice.Part{voice.Pause(500 * time.Millisecond), voice.Say("hello"), voice.Say(c.template)}
	at, err := time.Parse(time.RFC3339, c.params["start"])
	if err != nil {
		return parts
	}
	zone, err := time.LoadLocation(c.timeZone)
	if err != nil {
		zone = time.UTC
	}
	at = at.In(zone)
	_, month, day := persianDate(at)
	return append(parts, voice.Date(at.Weekday(), day, month), voice.Clock(at.Hour(), at.Minute()))
}

// Audio returns a recording of a call's script as a WAV file. The token is
// AudioPath's: without it, after the message's expiry, and for what the call
// does not say there is nothing (NotFound).
func (s *Service) Audio(ctx context.Context, bankID, deliveryID uuid.UUID, provider, name, token string) ([]byte, error) {
	gone := visavis.Errorf(visavis.NotFound, "recording_not_found", "there is no such recording")
	mac, err := hex.DecodeString(token)
	if err != nil || !s.keys.VerifyMAC(audioPurpose, mac, bankID[:], deliveryID[:], []byte(name)) {
		return nil, gone
	}
	call, err := s.spoken(ctx, bankID, deliveryID, provider, "")
	if err != nil {
		return nil, err
	}
	if call == nil {
		return nil, gone
	}
	pause := voice.Pause(time.Second)
	var parts []voice.Part
	switch name {
	case "press":
		parts = []voice.Part{voice.Pause(500 * time.Millisecond), voice.Say("code_hello"), voice.Say("code_press")}
	case "code":
		values, err := s.values(call.content, SMS)
		if err != nil {
			return nil, err
		}
		code := voice.Digits(values["code"])
		parts = []voice.Part{voice.Say("code_is"), code, pause, voice.Say("code_again"), code, pause, voice.Say("code_never_share")}
	case "blocked":
		parts = []voice.Part{voice.Say("code_blocked")}
	case "stop":
		parts = []voice.Part{pause, voice.Say("optout_hint")}
	case "stopped":
		parts = []voice.Part{voice.Say("optout_done")}
	case "message":
		once := persian(call.content)
		parts = append(append(once, pause), once[2:]...)
	default:
		return nil, gone
	}
	wav, err := voice.Speak(call.content.locale, call.own, parts...)
	if errors.Is(err, voice.ErrNoClip) {
		return nil, gone
	}
	return wav, err
}

const audioPurpose = "voice audio"

// AudioToken is what opens a recording of a call: nobody can guess it, and it
// opens nothing after the message's expiry.
func (s *Service) AudioToken(bankID, deliveryID uuid.UUID, name string) string {
	return hex.EncodeToString(s.keys.MAC(audioPurpose, bankID[:], deliveryID[:], []byte(name)))
}
