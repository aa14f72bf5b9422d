package twilio

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/twilio/twilio-go/twiml"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
)

// Callbacks takes in what Twilio tells: POST to
//
//	/callbacks/twilio/messages/{bank}/{delivery}  the status of an SMS
//	/callbacks/twilio/calls/{bank}/{delivery}     the status of a call
//	/callbacks/twilio/flash/{bank}/{delivery}     the status of a flash call
//	/callbacks/twilio/voice/{bank}/{delivery}     a call was answered: what to say, as TwiML
//	/callbacks/twilio/inbound/{bank}              an SMS from a customer
//	/callbacks/twilio/keys/{bank}/{delivery}      a key was pressed in it: what to say, as TwiML
//
// and GET /callbacks/twilio/audio/{bank}/{delivery}/{name}/{token}.wav, which
// Twilio fetches to play: that one carries no signature, so its token is what
// only the TwiML of the call told.
//
// Nobody is signed in here: everything is taken from the signature (see
// readCallback). A replayed callback changes nothing. It answers 403 to what is
// not Twilio's, 404 to what is not ours, 204 to a status and 200 to a call.
type Callbacks struct {
	p   *Provider
	s   *channels.Service
	log *slog.Logger
	now func() time.Time
}

// Callbacks makes the handler of this account's callbacks. log defaults to
// slog.Default(), now to time.Now.
func (p *Provider) Callbacks(s *channels.Service, log *slog.Logger, now func() time.Time) *Callbacks {
	if log == nil {
		log = slog.Default()
	}
	if now == nil {
		now = time.Now
	}
	return &Callbacks{p: p, s: s, log: log, now: now}
}

// ServeHTTP serves all of them by the path.
func (c *Callbacks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch kind, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/callbacks/twilio/"), "/"); kind {
	case "messages":
		c.HandleMessageStatus(w, r)
	case "calls":
		c.handleCallStatus(w, r, "calls", callState)
	case "flash":
		c.handleCallStatus(w, r, "flash", flashState)
	case "voice":
		c.HandleVoice(w, r)
	case "inbound":
		c.HandleInbound(w, r)
	case "keys":
		c.HandleKeys(w, r)
	case "audio":
		c.HandleAudio(w, r)
	default:
		http.NotFound(w, r)
	}
}

// delivery reads the ids of the path. Only their canonical form is taken: the
// path is a part of what is signed.
func delivery(r *http.Request, kind string) (bankID, deliveryID uuid.UUID, path string, ok bool) {
	bank, id, ok := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/callbacks/twilio/"+kind+"/"), "/")
	if !ok {
		return
	}
	var err1, err2 error
	bankID, err1 = uuid.Parse(bank)
	deliveryID, err2 = uuid.Parse(id)
	path = callbackPath(kind, bankID, deliveryID)
	return bankID, deliveryID, path, err1 == nil && err2 == nil && path == r.URL.EscapedPath()
}

// verified returns the delivery that a callback is about and what it says; when
// it is none of ours or not signed, it has answered and ok is false.
func (c *Callbacks) verified(w http.ResponseWriter, r *http.Request, kind, sidName string, sidShape *regexp.Regexp, statusName string) (bankID, id uuid.UUID, params url.Values, ok bool) {
	bankID, id, path, ok := delivery(r, kind)
	if !ok {
		http.NotFound(w, r)
		return bankID, id, nil, false
	}
	params, err := c.p.readCallback(w, r, path, sidName, sidShape, statusName)
	if err != nil {
		c.refuse(w, r, err)
		return bankID, id, nil, false
	}
	return bankID, id, params, true
}

// HandleMessageStatus takes in the status of an SMS.
func (c *Callbacks) HandleMessageStatus(w http.ResponseWriter, r *http.Request) {
	bankID, id, params, ok := c.verified(w, r, "messages", "MessageSid", messageSID, "MessageStatus")
	if !ok {
		return
	}
	code := params.Get("ErrorCode")
	if strings.Trim(code, "0") == "" {
		code = ""
	}
	status := params.Get("MessageStatus")
	err := c.s.Receipt(r.Context(), bankID, id, channels.Receipt{
		Provider: Name, ProviderID: params.Get("MessageSid"), Status: status, State: messageState(status), ErrorCode: code, At: c.now(),
	})
	c.answer(w, r, err)
}

// handleCallStatus takes in the status of a call.
func (c *Callbacks) handleCallStatus(w http.ResponseWriter, r *http.Request, kind string, state func(string) channels.State) {
	bankID, id, params, ok := c.verified(w, r, kind, "CallSid", callSID, "CallStatus")
	if !ok {
		return
	}
	status := params.Get("CallStatus")
	err := c.s.Receipt(r.Context(), bankID, id, channels.Receipt{
		Provider: Name, ProviderID: params.Get("CallSid"), Status: status, State: state(status), At: c.now(),
	})
	c.answer(w, r, err)
}

// HandleVoice answers what an answered call is to say. To a machine (AnsweredBy)
// and after the message's expiry it says nothing.
func (c *Callbacks) HandleVoice(w http.ResponseWriter, r *http.Request) {
	bankID, id, params, ok := c.verified(w, r, "voice", "CallSid", callSID, "CallStatus")
	if !ok {
		return
	}
	var script channels.Script
	var err error
	if by := params.Get("AnsweredBy"); by == "" || by == "human" || by == "unknown" {
		script, err = c.s.Answered(r.Context(), bankID, id, Name, params.Get("CallSid"))
	}
	c.say(w, r, bankID, id, script, err)
}

// HandleKeys answers what a call says after a key was pressed.
func (c *Callbacks) HandleKeys(w http.ResponseWriter, r *http.Request) {
	bankID, id, params, ok := c.verified(w, r, "keys", "CallSid", callSID, "CallStatus")
	if !ok {
		return
	}
	key := params.Get("Digits")
	if !keyShape.MatchString(key) {
		c.refuse(w, r, errForged)
		return
	}
	script, err := c.s.Pressed(r.Context(), bankID, id, Name, params.Get("CallSid"), key)
	c.say(w, r, bankID, id, script, err)
}

// say writes a script as TwiML: what it says inside a Gather when keys mean
// something, once more when none came, then it hangs up.
func (c *Callbacks) say(w http.ResponseWriter, r *http.Request, bankID, id uuid.UUID, script channels.Script, err error) {
	if err != nil {
		c.answer(w, r, err)
		return
	}
	var verbs []twiml.Element
	if script.Say != "" {
		voice := voiceOf(script.Locale)
		verbs = append(verbs, &twiml.VoicePause{Length: "1"},
			&twiml.VoiceSay{Message: script.Say, Language: voice.language, Voice: voice.name, Loop: "2"})
	}
	for _, name := range script.Play {
		verbs = append(verbs, &twiml.VoicePlay{
			Url: c.p.callbackURL("audio", bankID, id) + "/" + name + "/" + c.s.AudioToken(bankID, id, name) + ".wav"})
	}
	if script.Keys != "" {
		gather := &twiml.VoiceGather{NumDigits: "1", Timeout: "8", Action: c.p.callbackURL("keys", bankID, id), InnerElements: verbs}
		verbs = []twiml.Element{gather}
		if script.Say == "" { // a question: once more, for who picked up late
			verbs = append(verbs, gather)
		}
	}
	document, err := twiml.Voice(append(verbs, &twiml.VoiceHangup{}))
	if err != nil {
		c.answer(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(document))
}

// HandleAudio serves a recording of a call's script.
func (c *Callbacks) HandleAudio(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/callbacks/twilio/audio/"), "/")
	if len(parts) != 4 {
		http.NotFound(w, r)
		return
	}
	bankID, err1 := uuid.Parse(parts[0])
	id, err2 := uuid.Parse(parts[1])
	token, isWAV := strings.CutSuffix(parts[3], ".wav")
	if err1 != nil || err2 != nil || !isWAV {
		http.NotFound(w, r)
		return
	}
	wav, err := c.s.Audio(r.Context(), bankID, id, Name, parts[2], token)
	if err != nil {
		c.answer(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "audio/wav")
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(wav))
}

type voice struct{ language, name string }

// VoiceOf returns the language and the name of Twilio's voice for a language of
// ours, for Say. There is none for Persian.
func VoiceOf(locale string) (language, name string) {
	v := voiceOf(locale)
	return v.language, v.name
}

// voiceOf returns Twilio's voice of a language. It has none for Persian, for
// which channels plays recordings.
func voiceOf(locale string) voice {
	switch locale {
	case "vi":
		return voice{"vi-VN", "Google.vi-VN-Standard-A"}
	case "zh":
		return voice{"cmn-CN", "Polly.Zhiyu"}
	case "ru":
		return voice{"ru-RU", "Polly.Tatyana"}
	case "uk":
		return voice{"uk-UA", "Google.uk-UA-Standard-A"}
	}
	return voice{"en-US", "Polly.Joanna"}
}

func (c *Callbacks) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, errForged) {
		c.log.Warn("a callback that is not Twilio's was refused", "remote", r.RemoteAddr)
		http.Error(w, "forbidden", http.StatusForbidden)
		return
	}
	http.Error(w, "bad request", http.StatusBadRequest)
}

func (c *Callbacks) answer(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case visavis.KindOf(err) == visavis.NotFound:
		http.NotFound(w, r)
	default:
		c.log.Error("a callback failed", "error", err)
		http.Error(w, "try again", http.StatusInternalServerError)
	}
}
