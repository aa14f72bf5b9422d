package simulator

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const maxTwiMLBytes = 64 << 10

// twimlError ends a call; the codes are Twilio's debugger codes: 11200 HTTP retrieval failure, 11750 response too
// large, 12100 document parse failure, 12200 schema violation, 12300 invalid content type, 13xxx a verb's value.
type twimlError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
}

func (e *twimlError) Error() string { return fmt.Sprintf("twiml %d: %s", e.Code, e.Message) }

func twimlErrorf(code int, format string, args ...any) *twimlError {
	return &twimlError{Code: code, Message: fmt.Sprintf(format, args...)}
}

// element is one verb or noun of a document.
type element struct {
	name     string
	attrs    map[string]string
	children []element
	text     string // own and nested character data, spaces collapsed
}

// attr is the value of an attribute, or fallback when it is absent.
func (e element) attr(name, fallback string) string {
	if value, ok := e.attrs[name]; ok {
		return value
	}
	return fallback
}

// document is a fetched or given TwiML response.
type document struct {
	verbs []element
	url   string // where it came from; empty for a Twiml parameter
}

// rule says which attributes and children an element may have. unsupported are those that Twilio knows and the twin
// cannot honour.
type rule struct {
	attrs       []string
	unsupported []string
	children    []string
	text        bool
}

var ssml = []string{"break", "emphasis", "lang", "p", "phoneme", "prosody", "s", "say-as", "sub", "w"}

// grammar holds the verbs and nouns that the twin executes.
var grammar = map[string]rule{
	"Response": {children: []string{"Say", "Play", "Pause", "Gather", "Dial", "Redirect", "Record", "Hangup", "Reject"}},
	"Say":      {attrs: []string{"voice", "loop", "language"}, children: ssml, text: true},
	"Play":     {attrs: []string{"loop", "digits"}, text: true},
	"Pause":    {attrs: []string{"length"}},
	"Gather": {
		attrs: []string{"input", "action", "method", "timeout", "finishOnKey", "numDigits", "language", "hints", "bargeIn",
			"actionOnEmptyResult", "profanityFilter", "speechTimeout", "maxSpeechTime", "speechModel", "enhanced", "debug"},
		unsupported: []string{"partialResultCallback", "partialResultCallbackMethod"},
		children:    []string{"Say", "Play", "Pause"},
	},
	"Dial": {
		attrs: []string{"action", "method", "timeout", "timeLimit", "callerId", "answerOnBridge", "ringTone", "hangupOnStar"},
		unsupported: []string{"record", "trim", "recordingStatusCallback", "recordingConfigurationId",
			"recordingStatusCallbackMethod", "recordingStatusCallbackEvent", "recordingTrack", "sequential", "referUrl",
			"referMethod", "events", "passports"},
		children: []string{"Number", "Conference"}, text: true,
	},
	"Conference": {
		attrs: []string{"beep", "startConferenceOnEnter", "endConferenceOnExit", "maxParticipants", "participantLabel"},
		unsupported: []string{"muted", "waitUrl", "waitMethod", "record", "region", "coach", "trim", "statusCallbackEvent", "statusCallback",
			"statusCallbackMethod", "recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent",
			"eventCallbackUrl", "jitterBufferSize", "recordingConfigurationId"},
		text: true,
	},
	"Record": {
		attrs: []string{"action", "method", "timeout", "finishOnKey", "maxLength", "playBeep", "trim"},
		unsupported: []string{"recordingStatusCallback", "recordingStatusCallbackMethod", "recordingStatusCallbackEvent", "transcribe",
			"transcribeCallback", "recordingConfigurationId"},
	},
	"Number": {
		attrs: []string{"statusCallback", "statusCallbackEvent", "statusCallbackMethod"},
		unsupported: []string{"sendDigits", "url", "method", "byoc", "machineDetection", "amdStatusCallbackMethod",
			"amdStatusCallback", "machineDetectionTimeout", "machineDetectionSpeechThreshold",
			"machineDetectionSpeechEndThreshold", "machineDetectionSilenceTimeout"},
		text: true,
	},
	"Redirect": {attrs: []string{"method"}, text: true},
	"Hangup":   {},
	"Reject":   {attrs: []string{"reason"}},

	"break": {attrs: []string{"strength", "time"}}, "emphasis": {attrs: []string{"level"}, children: ssml, text: true},
	"lang": {attrs: []string{"lang"}, children: ssml, text: true}, "p": {children: ssml, text: true},
	"phoneme": {attrs: []string{"alphabet", "ph"}, text: true}, "s": {children: ssml, text: true},
	"prosody": {attrs: []string{"volume", "rate", "pitch"}, children: ssml, text: true},
	"say-as":  {attrs: []string{"interpret-as", "format", "role"}, text: true},
	"sub":     {attrs: []string{"alias"}, text: true}, "w": {attrs: []string{"role"}, text: true},
}

// otherVerbs are known to Twilio but not simulated.
var otherVerbs = []string{"Enqueue", "Leave", "Connect", "Start", "Stop", "Stream", "Sms", "Pay", "Prompt",
	"Refer", "Queue", "Client", "Sip", "Sim", "Siprec", "Transcription", "Application", "WhatsApp"}

// parseTwiML reads a whole document strictly: well-formed XML, a Response, known verbs, nouns and attributes.
func parseTwiML(source []byte, from string) (*document, error) {
	decoder := xml.NewDecoder(bytes.NewReader(source))
	decoder.Strict = true
	var root *element
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, twimlErrorf(12100, "document parse failure: %v", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if root != nil {
				return nil, twimlErrorf(12100, "document parse failure: more than one root element")
			}
			parsed, err := parseElement(decoder, t, 0)
			if err != nil {
				return nil, err
			}
			root = &parsed
		case xml.CharData:
			if len(bytes.TrimSpace(t)) > 0 {
				return nil, twimlErrorf(12100, "document parse failure: text outside the root element")
			}
		case xml.Directive:
			return nil, twimlErrorf(12100, "document parse failure: a document type is not allowed")
		}
	}
	if root == nil {
		return nil, twimlErrorf(12100, "document parse failure: the document is empty")
	}
	if root.name != "Response" {
		return nil, twimlErrorf(12100, "document parse failure: the root element must be Response, not %s", root.name)
	}
	return &document{verbs: root.children, url: from}, nil
}

func parseElement(decoder *xml.Decoder, start xml.StartElement, depth int) (element, error) {
	e := element{name: start.Name.Local, attrs: map[string]string{}}
	allowed, known := grammar[e.name]
	if !known {
		if slices.Contains(otherVerbs, e.name) {
			return e, twimlErrorf(12200, "schema violation: %s is known to Twilio but not simulated", e.name)
		}
		if depth == 0 {
			return e, twimlErrorf(12100, "document parse failure: the root element must be Response, not %s", e.name)
		}
		return e, twimlErrorf(12200, "schema violation: unknown element %s", e.name)
	}
	if depth > 20 {
		return e, twimlErrorf(12200, "schema violation: nested too deeply")
	}
	for _, a := range start.Attr {
		name := a.Name.Local
		switch {
		case name == "xmlns" || a.Name.Space == "xmlns":
			continue
		case slices.Contains(allowed.unsupported, name):
			return e, twimlErrorf(12200, "schema violation: %s of %s is known to Twilio but not simulated", name, e.name)
		case !slices.Contains(allowed.attrs, name):
			return e, twimlErrorf(12200, "schema violation: unknown attribute %s of %s", name, e.name)
		}
		e.attrs[name] = a.Value
	}
	var text strings.Builder
	for {
		token, err := decoder.Token()
		if err != nil {
			return e, twimlErrorf(12100, "document parse failure: %v", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if !slices.Contains(allowed.children, t.Name.Local) {
				if _, err := parseElement(decoder, t, depth+1); err != nil {
					return e, err // names the more telling fault: unknown or not simulated
				}
				return e, twimlErrorf(12200, "schema violation: %s is not allowed in %s", t.Name.Local, e.name)
			}
			child, err := parseElement(decoder, t, depth+1)
			if err != nil {
				return e, err
			}
			e.children = append(e.children, child)
			if slices.Contains(ssml, child.name) {
				text.WriteString(" " + child.text + " ")
			}
		case xml.CharData:
			if !allowed.text && len(bytes.TrimSpace(t)) > 0 {
				return e, twimlErrorf(12200, "schema violation: text is not allowed in %s", e.name)
			}
			text.Write(t)
		case xml.EndElement:
			e.text = strings.Join(strings.Fields(text.String()), " ")
			return e, nil
		}
	}
}

// fetchTwiML asks target for a document with a signed request.
func (s *Simulator) fetchTwiML(ctx context.Context, method, target string, params url.Values) (*document, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CallbackTimeout)
	defer cancel()
	req, err := s.webhookRequest(ctx, method, target, params)
	if err != nil {
		return nil, twimlErrorf(11100, "invalid URL format")
	}
	req.Header.Set("I-Twilio-Idempotency-Token", idempotencyToken())
	res, err := s.client.Do(req)
	if err != nil {
		return nil, twimlErrorf(11200, "HTTP retrieval failure: %s", hideURL(err))
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxTwiMLBytes+1))
	switch {
	case err != nil:
		return nil, twimlErrorf(11200, "HTTP retrieval failure: %v", err)
	case res.StatusCode < 200 || res.StatusCode > 299:
		return nil, twimlErrorf(11200, "HTTP retrieval failure: the server answered %d", res.StatusCode)
	case len(body) > maxTwiMLBytes:
		return nil, twimlErrorf(11750, "TwiML response body too large")
	}
	switch kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); kind {
	case "text/xml", "application/xml", "text/html":
		return parseTwiML(body, target)
	default:
		return nil, twimlErrorf(12300, "invalid Content-Type %q", kind)
	}
}

// maxMedia bounds what is read of a recording.
const maxMedia = 16 << 20

// fetchMedia makes sure that a Play URL gives audio, and returns how long it
// lasts: what a WAV file says, a second for anything else.
func (s *Simulator) fetchMedia(ctx context.Context, target string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.CallbackTimeout)
	defer cancel()
	req, err := s.webhookRequest(ctx, http.MethodGet, target, nil)
	if err != nil {
		return 0, twimlErrorf(11100, "invalid URL format")
	}
	res, err := s.client.Do(req)
	if err != nil {
		return 0, twimlErrorf(11200, "HTTP retrieval failure: %s", hideURL(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return 0, twimlErrorf(11200, "HTTP retrieval failure: the server answered %d", res.StatusCode)
	}
	if kind, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); !strings.HasPrefix(kind, "audio/") {
		return 0, twimlErrorf(12300, "invalid Content-Type %q for Play", kind)
	}
	sound, err := io.ReadAll(io.LimitReader(res.Body, maxMedia))
	if err != nil {
		return 0, twimlErrorf(11200, "HTTP retrieval failure: %s", hideURL(err))
	}
	return wavLength(sound), nil
}

// wavLength is how long a WAV file plays, by its bytes a second (RFC 2361).
func wavLength(sound []byte) time.Duration {
	if len(sound) < 32 || string(sound[:4]) != "RIFF" || string(sound[8:16]) != "WAVEfmt " {
		return time.Second
	}
	rate := binary.LittleEndian.Uint32(sound[28:32])
	at := strings.Index(string(sound), "data")
	if rate == 0 || at < 0 {
		return time.Second
	}
	return time.Duration(float64(len(sound)-at-8) / float64(rate) * float64(time.Second))
}
