package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/visavis/visavis/calls/media/mediatest"
)

// receiver is the bank's end of the webhooks; it checks every signature with
// the Standard Webhooks library.
type receiver struct {
	*httptest.Server
	secret string

	mu     sync.Mutex
	events map[string][]object // by type
	ids    map[string]int
	forged int
}

func (p *product) webhooks() *receiver {
	p.Helper()
	r := &receiver{events: map[string][]object{}, ids: map[string]int{}}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		wh, err := webhooks.NewWebhook(r.secret)
		if err == nil {
			err = wh.Verify(body, req.Header)
		}
		var e object
		if err != nil || json.Unmarshal(body, &e) != nil {
			r.forged++
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if r.ids[req.Header.Get("webhook-id")]++; r.ids[req.Header.Get("webhook-id")] == 1 {
			r.events[e["type"].(string)] = append(r.events[e["type"].(string)], e)
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	p.Cleanup(r.Close)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.secret = p.bankClient().call("POST", "/v1/webhook-endpoints", object{"url": r.URL}, 201).str("secret")
	return r
}

func (r *receiver) got(typ string) []object {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]object(nil), r.events[typ]...)
}

// TestStory is the promise end to end: booked, confirmed, reminded, rung,
// identified in a recorded call, and the bank hears of it.
func TestStory(t *testing.T) {
	t.Parallel()
	p := start(t)
	hook := p.webhooks()
	agentClip, customerClip := clips(t)

	// Booked and confirmed.
	s := p.begin("+84912345601")
	token := p.handset(s)
	seen := len(p.sms(s.phone))
	s.book()
	p.within(patience, "the confirmation by SMS and push", func() bool {
		return len(p.sms(s.phone)) > seen && len(p.simulated("pushes", "token", token)) > 0
	})
	if sms := p.sms(s.phone)[0]; !strings.Contains(sms, p.base+"/visit/") {
		t.Errorf("the confirmation has no link: %s", sms)
	}
	ics := s.page.call("GET", "/v1/bookings/"+s.booking+"/calendar.ics", nil, 200)
	if !strings.Contains(string(ics.raw), "BEGIN:VEVENT") || !strings.Contains(string(ics.raw), "UID:"+s.booking) {
		t.Errorf("calendar file: %s", ics.raw)
	}

	// Way 1: an agent is drawn, presses Call, and the phone rings.
	alice := p.signIn(p.info.Agents[0])
	alice.call("PUT", "/v1/presence", object{"state": "ready"}, 200)
	p.bringForward(s.booking, "booking_due")
	var entry string
	p.within(patience, "the offer to the ready agent", func() bool {
		for _, e := range alice.call("GET", "/v1/queue", nil, 200).list("items") {
			if e.get("state") == "offered" {
				entry = e.str("id")
			}
		}
		return entry != ""
	})
	call := alice.call("POST", "/v1/queue/"+entry+"/accept", nil, 201).str("id")
	var ring answer
	p.within(patience, "the ringing push", func() bool {
		for _, push := range p.simulated("pushes", "token", token) {
			if push.get("data.type") == "call_ringing" {
				ring = push
				return true
			}
		}
		return false
	})
	if ring.get("notification") != nil || ring.str("data.call_id") != call {
		t.Errorf("the ring is no data push of this call: %s", ring.raw)
	}
	link := ring.str("data.link")
	app := &client{p: p, name: "app", http: http.DefaultClient, bearer: link[strings.LastIndex(link, "/")+1:]}
	app.call("POST", "/v1/calls/"+call+"/ringing", object{}, 200)
	app.call("POST", "/v1/calls/"+call+"/answer", object{}, 200)
	if _, a := s.page.try("POST", "/v1/calls/"+call+"/answer", object{}, nil); a.get("code") != nil && a.get("code") != "answered_elsewhere" {
		t.Errorf("a second device got %s", a.raw)
	}

	// The call: picture and sound both ways.
	agentSeat, customerSeat := alice.join(call, agentClip), s.page.join(call, customerClip)
	p.within(patience, "media both ways", func() bool {
		return agentSeat.peer.Video.Load() > 20 && customerSeat.peer.Video.Load() > 20 &&
			agentSeat.peer.Audio.Load() > 40 && customerSeat.peer.Audio.Load() > 40
	})

	// The steps, each with a still of the customer.
	verdict := "/v1/identifications/" + s.idn + "/verdict"
	if _, a := alice.try("POST", verdict, object{"decision": "approved"}, nil); a.get("code") != "evidence_missing" {
		t.Errorf("approved without evidence: %s", a.raw)
	}
	for _, step := range alice.call("GET", "/v1/calls/"+call, nil, 200).list("steps") {
		position := int(step.get("position").(float64))
		agentSeat.send(p, object{"type": "step", "position": position})
		p.within(patience, "the instruction at the customer's", func() bool {
			return customerSeat.said(object{"type": "step", "kind": step.get("kind")})
		})
		if step.get("kind") == "code" {
			seen := len(p.sms(s.phone))
			alice.call("POST", "/v1/calls/"+call+"/code", nil, 200)
			code := p.codeAfter(s.phone, seen)
			wrong := "000000"
			if code == wrong {
				wrong = "000001"
			}
			check := "/v1/calls/" + call + "/code/check"
			if a := s.page.call("POST", check, object{"code": wrong}, 200); a.get("approved") != false || a.get("attempts_left") != 4.0 {
				t.Errorf("a wrong code: %s", a.raw)
			}
			if a := s.page.call("POST", check, object{"code": code}, 200); a.get("approved") != true {
				t.Fatalf("the right code: %s", a.raw)
			}
			continue
		}
		path := fmt.Sprintf("/v1/calls/%s/steps/%d", call, position)
		done := alice.call("POST", path, object{"outcome": "passed"}, 200)
		still := alice.call("GET", path+"/still", nil, 200)
		if sum := sha256.Sum256(still.raw); hex.EncodeToString(sum[:]) != done.str("still_sha256") {
			t.Error("the still is not the one that was stamped")
		}
	}

	// The verdict ends the call; recordings are finished and bound to it.
	result := alice.call("POST", verdict, object{"decision": "approved"}, 200)
	if result.get("state") != "approved" {
		t.Fatalf("got %s", result.raw)
	}
	whole := s.bank.call("GET", "/v1/identifications/"+s.idn, nil, 200)
	answered, ended := whole.when("calls.0.answered_at"), whole.when("calls.0.ended_at")
	rec := s.bank.call("GET", "/v1/calls/"+call+"/recording", nil, 200)
	if rec.get("complete") != true || len(rec.list("parts")) != 2 {
		t.Fatalf("the recording: %s", rec.raw)
	}
	for _, part := range rec.list("parts") {
		checkRecording(t, s.bank.call("GET", part.str("url"), nil, 200).raw, part, ended.Sub(answered))
	}

	// The bank hears, in order, signed.
	for _, typ := range []string{"identification.created", "booking.confirmed", "call.ringing", "call.answered", "call.ended", "recording.completed", "identification.approved"} {
		p.within(patience, "the webhook "+typ, func() bool { return len(hook.got(typ)) == 1 })
	}
	if hook.forged > 0 {
		t.Errorf("%d webhooks with a wrong signature", hook.forged)
	}
	if strings.Contains(fmt.Sprint(hook.got("identification.approved")), "Lan") {
		t.Error("a webhook has personal data")
	}
	seen = 0
	p.within(patience, "the result by message", func() bool { return len(p.sms(s.phone)) > seen+3 })
}

func (a answer) when(path string) time.Time {
	a.p.Helper()
	at, err := time.Parse(time.RFC3339, a.str(path))
	a.p.ok(err)
	return at
}

// handset registers the customer's simulated phone as a device and returns its
// token.
func (p *product) handset(s *story) string {
	p.Helper()
	token := p.browser("script").call("POST", "/simulator/phones/"+s.phone+"/token", nil, 200).str("token")
	s.bank.call("POST", "/v1/customers/"+s.customer+"/devices", object{"provider": "fcm", "token": token, "name": "phone"}, 201)
	return token
}

var makeClips = sync.OnceValues(func() ([2]mediatest.Clip, error) {
	dir, err := os.MkdirTemp("", "clips")
	if err != nil {
		return [2]mediatest.Clip{}, err
	}
	defer os.RemoveAll(dir)
	agent, err := mediatest.NewClip(dir, "blue", "640x480", 440)
	if err != nil {
		return [2]mediatest.Clip{}, err
	}
	customer, err := mediatest.NewClip(dir, "green", "640x480", 880)
	return [2]mediatest.Clip{agent, customer}, err
})

func clips(t *testing.T) (agent, customer mediatest.Clip) {
	t.Helper()
	both, err := makeClips()
	if err != nil {
		t.Fatal(err)
	}
	return both[0], both[1]
}

// checkRecording measures a file by ffprobe and decodes it: voice and picture,
// a duration that is the call's, and the hash that was written down.
func checkRecording(t *testing.T, file []byte, part answer, call time.Duration) {
	t.Helper()
	if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) != part.str("sha256") {
		t.Error("the file is not the one whose hash was written down")
	}
	path := filepath.Join(t.TempDir(), "part.webm")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	duration := measure(t, path)
	offset := time.Duration(part.get("offset_ms").(float64)) * time.Millisecond
	// What a busy machine hears late, or never, is missing at the end.
	if d := (offset + duration - call).Seconds(); math.Abs(d) > 10 {
		t.Errorf("%s: %s from %s on is %.1f s off the call's %s", part.get("participant"), duration, offset, d, call)
	} else {
		t.Logf("%s: %s from %s on is %.2f s off the call's %s (1 s is promised)", part.get("participant"), duration, offset, d, call)
	}
}

// measure returns a file's duration; it must have sound and picture that decode.
func measure(t *testing.T, path string) time.Duration {
	t.Helper()
	out, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "stream=codec_type", "-show_entries", "format=duration", "-of", "json", path).CombinedOutput()
	if err != nil {
		t.Fatalf("ffprobe: %v: %s", err, out)
	}
	var probe struct {
		Streams []struct {
			Kind string `json:"codec_type"`
		}
		Format struct{ Duration string }
	}
	if err := json.Unmarshal(out, &probe); err != nil {
		t.Fatal(err)
	}
	kinds := map[string]bool{}
	for _, s := range probe.Streams {
		kinds[s.Kind] = true
	}
	if !kinds["audio"] || !kinds["video"] {
		t.Errorf("%s has %v", path, kinds)
	}
	if out, err := exec.Command("ffmpeg", "-v", "error", "-i", path, "-fps_mode", "passthrough", "-enc_time_base", "-1", "-f", "null", "-").CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%s does not decode: %v %s", path, err, out)
	}
	seconds, err := strconv.ParseFloat(probe.Format.Duration, 64)
	if err != nil {
		t.Errorf("%s has no duration: %s", path, out)
	}
	return time.Duration(seconds * float64(time.Second))
}
