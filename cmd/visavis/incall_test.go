package main

import (
	"bytes"
	"context"
	"encoding/json"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/visavis/visavis/calls/media/mediatest"
)

// talk is a call that a customer who came by himself and an agent are in.
func (p *product) talk(phone string) (s *story, alice *client, call string, agentSeat, customerSeat *seat) {
	p.Helper()
	agentClip, customerClip := clips(p.T)
	s = p.begin(phone)
	alice = p.signIn(p.info.Agents[0])
	alice.call("PUT", "/v1/presence", object{"state": "ready"}, 200)
	s.page.call("POST", "/v1/queue", object{}, 201)
	var entry string
	p.within(patience, "the offer", func() bool {
		for _, e := range alice.call("GET", "/v1/queue", nil, 200).list("items") {
			if e.get("state") == "offered" {
				entry = e.str("id")
			}
		}
		return entry != ""
	})
	call = alice.call("POST", "/v1/queue/"+entry+"/accept", nil, 201).str("id")
	agentSeat, customerSeat = alice.join(call, agentClip), s.page.join(call, customerClip)
	p.within(patience, "media both ways", func() bool {
		return agentSeat.peer.Video.Load() > 20 && customerSeat.peer.Video.Load() > 20
	})
	return s, alice, call, agentSeat, customerSeat
}

// upload hands over a file's bytes.
func (c *client) upload(call, name string, content []byte) (int, answer) {
	c.p.Helper()
	req, err := http.NewRequest("POST", c.p.base+"/v1/calls/"+call+"/files?name="+name, bytes.NewReader(content))
	c.p.ok(err)
	req.Header.Set("Content-Type", "application/octet-stream")
	req.Header.Set("X-Visavis-Request", "1")
	res, err := c.http.Do(req)
	c.p.ok(err)
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	c.p.ok(err)
	a := answer{p: c.p, raw: raw}
	_ = json.Unmarshal(raw, &a.body)
	return res.StatusCode, a
}

// TestBesideVoiceAndPicture: in a call both sides write, the agent points, files
// go over and are kept, and everyone sees how good the connection is.
func TestBesideVoiceAndPicture(t *testing.T) {
	t.Parallel()
	p := start(t)
	hook := p.webhooks()
	s, alice, call, agentSeat, customerSeat := p.talk("+84912345651")
	lineAt := func(k *seat, kind, body string) bool {
		for _, m := range k.heard() {
			if line, ok := m["line"].(map[string]any); ok && line["kind"] == kind && line["body"] == body {
				return true
			}
		}
		return false
	}

	customerSeat.send(p, object{"type": "chat", "text": "  The light\u202e is poor\n here "})
	agentSeat.send(p, object{"type": "caption", "text": "Please turn to the window."})
	p.within(patience, "both lines on both sides", func() bool {
		return lineAt(agentSeat, "chat", "The light is poor  here") && lineAt(customerSeat, "caption", "Please turn to the window.")
	})
	customerSeat.send(p, object{"type": "chat", "text": " \n "})
	p.within(patience, "the refusal of nothing", func() bool { return customerSeat.said(object{"type": "error"}) })

	// Pointing: the agent's to do, told to the customer.
	agentSeat.send(p, object{"type": "pointer", "surface": "screen", "x": 0.25, "y": 0.75, "on": true})
	agentSeat.send(p, object{"type": "draw", "surface": "screen", "stroke": 1, "points": [][2]float64{{0.1, 0.2}, {0.3, 0.4}}})
	p.within(patience, "pointer and stroke", func() bool {
		return customerSeat.said(object{"type": "pointer", "x": 0.25, "y": 0.75}) && customerSeat.said(object{"type": "draw", "stroke": 1.0})
	})
	customerSeat.send(p, object{"type": "screen", "on": true})
	p.within(patience, "the screen's beginning", func() bool { return agentSeat.said(object{"type": "screen", "on": true}) })
	customerSeat.send(p, object{"type": "draw", "surface": "screen", "stroke": 1})
	p.within(patience, "the customer may not draw", func() bool { return customerSeat.said(object{"type": "error", "code": "forbidden"}) })

	// A file: made anew, kept sealed, seen by both, once.
	var drawn bytes.Buffer
	m := image.NewRGBA(image.Rect(0, 0, 64, 48))
	m.Set(3, 3, color.RGBA{R: 200, A: 255})
	p.ok(png.Encode(&drawn, m))
	secret := "GPS 21.0278 N"
	content := append(drawn.Bytes(), secret...)
	status, file := s.page.upload(call, "..%2F..%2Fsalary.png.exe", content)
	if status != 201 || file.get("name") != "salary.png.png" && file.get("name") != "salary.png" || file.get("type") != "image/png" {
		t.Fatalf("upload: %d %s", status, file.raw)
	}
	if _, again := s.page.upload(call, "again.png", content); again.get("id") != file.get("id") {
		t.Errorf("the same file again is another: %s", again.raw)
	}
	if status, a := s.page.upload(call, "page.html", []byte("<!doctype html><script>1</script>")); status != 400 {
		t.Errorf("a page: %d %s", status, a.raw)
	}
	p.within(patience, "the file's line at the agent's", func() bool { return lineAt(agentSeat, "file", file.str("name")) })
	got := alice.call("GET", file.str("url"), nil, 200)
	if !bytes.HasPrefix(got.raw, []byte("\x89PNG")) || bytes.Contains(got.raw, []byte(secret)) {
		t.Errorf("the agent gets %d bytes, or what rode in them", len(got.raw))
	}
	files, _ := filepath.Glob(filepath.Join(p.dir, "recordings", "*", call, "files", "*"))
	if len(files) != 1 {
		t.Fatalf("files on disk: %v", files)
	}
	if raw, err := os.ReadFile(files[0]); err != nil || bytes.Contains(raw, []byte("PNG")) {
		t.Errorf("the file is plain on disk (%v)", err)
	}
	// The other way: what the agent hands over reaches the customer, as its own bytes.
	m.Set(9, 9, color.RGBA{G: 200, A: 255})
	drawn.Reset()
	p.ok(png.Encode(&drawn, m))
	status, file = alice.upload(call, "terms.png", append(drawn.Bytes(), secret...))
	if status != 201 || file.get("role") != "agent" {
		t.Fatalf("upload by the agent: %d %s", status, file.raw)
	}
	p.within(patience, "the file's line at the customer's", func() bool { return lineAt(customerSeat, "file", file.str("name")) })
	if got := s.page.call("GET", file.str("url"), nil, 200); !bytes.HasPrefix(got.raw, []byte("\x89PNG")) || bytes.Contains(got.raw, []byte(secret)) {
		t.Errorf("the customer gets %d bytes, or what rode in them", len(got.raw))
	}

	// Quality, live and later.
	p.within(patience, "quality of both sides at the agent's, of the own at the customer's", func() bool {
		return agentSeat.said(object{"type": "quality", "participant": "customer"}) && agentSeat.said(object{"type": "quality", "participant": "agent"}) &&
			customerSeat.said(object{"type": "quality", "participant": "customer"})
	})
	if customerSeat.said(object{"type": "quality", "participant": "agent"}) {
		t.Error("the customer is told of the agent's connection")
	}
	alice.call("POST", "/v1/calls/"+call+"/hangup", object{}, 200)
	var samples []answer
	p.within(patience, "the time line of quality", func() bool {
		samples = alice.call("GET", "/v1/calls/"+call+"/quality", nil, 200).list("items")
		return len(samples) >= 2
	})
	for _, q := range samples {
		if rate, _ := q.get("up_bitrate").(float64); rate < 5_000 {
			t.Errorf("a sample without bit rate: %s", q.raw)
		}
	}
	if status, _ := s.page.upload(call, "late.png", content); status != 409 && status != 410 {
		t.Errorf("a file after the call: %d", status)
	}
	if lines := alice.call("GET", "/v1/calls/"+call+"/lines", nil, 200).list("items"); len(lines) != 4 {
		t.Errorf("%d lines are kept", len(lines))
	}
	p.within(patience, "the bank's word of both files", func() bool { return len(hook.got("file.received")) == 2 })
	if e := toText(hook.got("file.received")); strings.Contains(e, "salary") || strings.Contains(e, "terms") {
		t.Errorf("the events have the files' names: %s", e)
	}
}

func toText(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}

// TestNetworkTestEchoes: before a call a page gets its own media back over the
// real way, with figures and an advice.
func TestNetworkTestEchoes(t *testing.T) {
	t.Parallel()
	p := start(t)
	_, clip := clips(t)
	s := p.begin("+84912345652")
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	dial := func() *websocket.Conn {
		conn, _, err := websocket.Dial(ctx, strings.Replace(p.base, "http", "ws", 1)+"/v1/network-test",
			&websocket.DialOptions{HTTPClient: &http.Client{Jar: s.page.http.Jar}, HTTPHeader: http.Header{"Origin": {p.base}}})
		p.ok(err)
		conn.SetReadLimit(1 << 20)
		t.Cleanup(func() { _ = conn.CloseNow() })
		return conn
	}
	conn := dial()
	read := func(typ string) object {
		for {
			_, data, err := conn.Read(ctx)
			p.ok(err)
			var m object
			p.ok(json.Unmarshal(data, &m))
			if m["type"] == typ {
				return m
			}
		}
	}
	if m := read("state"); m["state"] != "test" {
		t.Errorf("it begins with %v", m)
	}
	peer, err := mediatest.NewPeer(clip)
	p.ok(err)
	defer peer.Close()
	offer, err := peer.Offer()
	p.ok(err)
	raw, _ := json.Marshal(object{"type": "join", "sdp": offer})
	p.ok(conn.Write(ctx, websocket.MessageText, raw))
	p.ok(peer.Answered(read("answer")["sdp"].(string)))
	m := read("quality")
	for m["advice"] == nil || m["quality"].(map[string]any)["up_bitrate"].(float64) == 0 {
		m = read("quality")
	}
	p.within(patience, "the own picture back", func() bool { return peer.Video.Load() > 10 && peer.Audio.Load() > 10 })
	if a := m["advice"]; a != "good" && a != "fair" && a != "poor" {
		t.Errorf("on loopback the advice is %v", m)
	}
	// One at a time from an address.
	second := dial()
	if _, _, err := second.Read(ctx); websocket.CloseStatus(err) != websocket.StatusTryAgainLater {
		t.Errorf("a second test at once: %v", err)
	}
}
