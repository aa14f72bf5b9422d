package simulator

import (
	"cmp"
	"maps"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// conference is a room in which calls hear each other. Simulator.mu guards it.
type conference struct {
	sid     string
	started bool
	over    bool
	members map[*call]bool
}

// meet brings the call into a conference until it ends or the call leaves: it
// begins when someone enters with startConferenceOnEnter, before that music
// plays; it ends for all when someone leaves with endConferenceOnExit.
func (s *Simulator) meet(c *call, doc *document, verb, noun element) (*target, error) {
	if noun.text == "" || len(noun.text) > 128 {
		return nil, twimlErrorf(13224, "Dial: invalid conference name")
	}
	for _, name := range []string{"startConferenceOnEnter", "endConferenceOnExit"} {
		if v := noun.attr(name, "true"); v != "true" && v != "false" {
			return nil, twimlErrorf(13230, "Dial->Conference: invalid %s value", name)
		}
	}
	if v := noun.attr("beep", "true"); !strings.Contains("true false onEnter onExit", v) {
		return nil, twimlErrorf(13231, "Dial->Conference: invalid beep value")
	}
	s.hear(c, utterance{By: "gateway", Verb: "conference", Text: noun.text})
	s.mu.Lock()
	if s.conferences == nil {
		s.conferences = map[string]*conference{}
	}
	room := s.conferences[noun.text]
	if room == nil || room.over {
		room = &conference{sid: newSID("CF"), members: map[*call]bool{}}
		s.conferences[noun.text] = room
	}
	room.members[c] = true
	room.started = room.started || noun.attr("startConferenceOnEnter", "true") == "true"
	entered := s.now()
	star := verb.attr("hangupOnStar", "false") == "true"
	c.digits, c.star = "", star
	s.mu.Unlock()

	s.await(c, c.timeLimit, func() bool { return room.over || c.redirect != nil || star && strings.Contains(c.digits, "*") })
	s.mu.Lock()
	c.digits, c.star = "", false
	delete(room.members, c)
	if noun.attr("endConferenceOnExit", "false") == "true" || len(room.members) == 0 {
		room.over = true
		for other := range room.members {
			other.nudge()
		}
	}
	seconds := int(math.Round(s.now().Sub(entered).Seconds()))
	moved := c.redirect != nil
	s.mu.Unlock()
	if c.ctx.Err() != nil || moved || verb.attrs["action"] == "" {
		return nil, nil
	}
	return s.follow(doc, verb.attrs["action"], verb.attr("method", "POST"), url.Values{
		"DialCallStatus": {"answered"}, "DialCallDuration": {itoa(seconds)}, "ConferenceSid": {room.sid}})
}

// Met tells how many calls are in the conference of a name, and whether it has
// begun: for tests.
func (s *Simulator) Met(name string) (members int, started bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	room := s.conferences[name]
	if room == nil || room.over {
		return 0, false
	}
	return len(room.members), room.started
}

// recording is what a handset said to a Record verb.
type recording struct {
	sid     string
	call    *call
	seconds int
	sound   []byte // a WAV file
	created time.Time
}

// record records the handset: until a key of finishOnKey is pressed, or
// maxLength is over; a simulated handset says a tone of that length. Nothing but
// silence for timeout seconds is no recording.
func (s *Simulator) record(c *call, doc *document, verb element) (*target, error) {
	longest, err := number(verb, "maxLength", 3600, 1, 14400)
	if err != nil {
		return nil, err
	}
	if _, err := number(verb, "timeout", 5, 0, 3600); err != nil {
		return nil, err
	}
	finish := verb.attr("finishOnKey", "1234567890*#")
	s.hear(c, utterance{By: "gateway", Verb: "record", Text: itoa(longest)})
	s.mu.Lock()
	c.digits = ""
	c.gathering = &gathering{FinishOnKey: finish, TimeoutSeconds: longest}
	began := s.now()
	s.publish(callEvent(c))
	s.mu.Unlock()
	pressed := s.expect(c, time.Duration(longest)*time.Second, func() bool {
		return c.redirect != nil || strings.ContainsAny(c.digits, finish)
	})
	s.mu.Lock()
	digits, moved := c.digits, c.redirect != nil
	c.digits, c.gathering = "", nil
	seconds := max(1, int(math.Round(s.now().Sub(began).Seconds())))
	r := &recording{sid: newSID("RE"), call: c, seconds: seconds, sound: tone(seconds), created: s.now()}
	if s.recordings == nil {
		s.recordings = map[string]*recording{}
	}
	s.recordings[r.sid] = r
	s.mu.Unlock()
	if c.ctx.Err() == nil && moved {
		return nil, nil
	}
	if !pressed {
		digits = ""
		if c.ctx.Err() != nil {
			digits = "hangup"
		}
	}
	extra := url.Values{
		"RecordingSid": {r.sid}, "RecordingDuration": {itoa(seconds)},
		"RecordingUrl": {"https://api.twilio.com/" + apiVersion + "/Accounts/" + s.cfg.AccountSID + "/Recordings/" + r.sid}, "Digits": {digits},
	}
	next, err := s.follow(doc, verb.attrs["action"], verb.attr("method", "POST"), extra)
	if err == nil && c.ctx.Err() != nil { // hung up: Twilio tells the action all the same
		s.mu.Lock()
		params := s.voiceParams(c)
		for name, values := range extra {
			params[name] = values
		}
		s.out.add(&c.line, callback{status: c.status, method: next.method, url: next.url, params: params, token: idempotencyToken()})
		s.mu.Unlock()
		return nil, nil
	}
	return next, err
}

// tone is a WAV file of 8 kHz mu-law with 440 Hz.
func tone(seconds int) []byte {
	samples := make([]byte, 8000*min(seconds, 300))
	for i := range samples {
		v := int(6000 * math.Sin(2*math.Pi*440*float64(i)/8000))
		samples[i] = muLaw(v)
	}
	head := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x12\x00\x00\x00\x07\x00\x01\x00\x40\x1f\x00\x00\x40\x1f\x00\x00\x01\x00\x08\x00\x00\x00data\x00\x00\x00\x00")
	put := func(at, n int) {
		for k := range 4 {
			head[at+k] = byte(n >> (8 * k))
		}
	}
	put(4, len(head)-8+len(samples))
	put(len(head)-4, len(samples))
	return append(head, samples...)
}

// muLaw is ITU-T G.711.
func muLaw(v int) byte {
	sign := byte(0)
	if v < 0 {
		sign, v = 0x80, -v
	}
	v = min(v, 32635) + 132
	exponent := byte(7)
	for mask := 0x4000; exponent > 0 && v&mask == 0; mask >>= 1 {
		exponent--
	}
	return ^(sign | exponent<<4 | byte(v>>(exponent+3))&0x0f)
}

var recordingListParameters = map[string]parameter{
	"CallSid": honoured, "PageSize": honoured, "Page": honoured, "PageToken": honoured,
	"DateCreated": foreign, "DateCreated<": foreign, "DateCreated>": foreign, "ConferenceSid": foreign, "IncludeSoftDeleted": foreign,
}

// listRecordings is GET /Recordings.json, newest first.
func (s *Simulator) listRecordings(_ http.ResponseWriter, r *http.Request) (int, any, error) {
	query, err := readQuery(r, recordingListParameters)
	if err != nil {
		return 0, nil, err
	}
	p, err := readPage(query)
	if err != nil {
		return 0, nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.SortedFunc(maps.Values(s.recordings), func(a, b *recording) int { return cmp.Or(b.created.Compare(a.created), strings.Compare(b.sid, a.sid)) })
	var sids []string
	for _, one := range all {
		if !query.Has("CallSid") || query.Get("CallSid") == one.call.sid {
			sids = append(sids, one.sid)
		}
	}
	return http.StatusOK, p.listAnswer(r, query, "recordings", sids, func(sid string) any { return s.recordingView(s.recordings[sid]) }), nil
}

// recordingView is a recording as Twilio describes it. The caller holds s.mu.
func (s *Simulator) recordingView(r *recording) map[string]any {
	base := "/" + apiVersion + "/Accounts/" + s.cfg.AccountSID + "/Recordings/" + r.sid
	at := r.created.UTC().Format(time.RFC1123Z)
	return map[string]any{
		"sid": r.sid, "account_sid": s.cfg.AccountSID, "call_sid": r.call.sid, "conference_sid": nil, "api_version": apiVersion,
		"date_created": at, "date_updated": at, "start_time": at, "duration": itoa(r.seconds), "price": nil, "price_unit": "USD",
		"status": "completed", "channels": 1, "source": "RecordVerb", "error_code": nil, "encryption_details": nil, "uri": base + ".json",
		"subresource_uris": map[string]any{"transcriptions": base + "/Transcriptions.json", "add_on_results": base + "/AddOnResults.json"},
		"media_url":        "https://api.twilio.com" + base,
	}
}

// fetchRecording is GET /Recordings/{Sid}.wav, the sound, and …/{Sid}.json, what it is; deleteRecording DELETE /Recordings/{Sid}.json.
func (s *Simulator) fetchRecording(w http.ResponseWriter, r *http.Request) (int, any, error) {
	name := r.PathValue("sid")
	sid, isWAV := strings.CutSuffix(name, ".wav")
	sid, isJSON := strings.CutSuffix(sid, ".json")
	s.mu.Lock()
	found := s.recordings[sid]
	var view map[string]any
	if found != nil && isJSON {
		view = s.recordingView(found)
	}
	s.mu.Unlock()
	switch {
	case found == nil || isWAV == isJSON:
		return 0, nil, notFound(r.URL.Path)
	case isJSON:
		return http.StatusOK, view, nil
	}
	w.Header().Set("Content-Type", "audio/x-wav")
	_, _ = w.Write(found.sound)
	return 0, nil, errAnswered
}

func (s *Simulator) deleteRecording(w http.ResponseWriter, r *http.Request) (int, any, error) {
	sid := strings.TrimSuffix(r.PathValue("sid"), ".json")
	s.mu.Lock()
	_, found := s.recordings[sid]
	delete(s.recordings, sid)
	s.mu.Unlock()
	if !found {
		return 0, nil, notFound(r.URL.Path)
	}
	w.WriteHeader(http.StatusNoContent)
	return 0, nil, errAnswered
}

// Recordings tells how many recordings the twin keeps: for tests.
func (s *Simulator) Recordings() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.recordings)
}
