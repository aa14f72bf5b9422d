package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"
)

// TestRecordingFailsInChromium fills the disk in a running call (promise B10): the
// agent's page says within 5 s that it is not recorded any more, and the call goes
// on.
func TestRecordingFailsInChromium(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("mounting a small disk needs root")
	}
	p := start(t)
	p.fails = regexp.MustCompile(`(?m)^.*level=ERROR msg="(recording failed|a recording failed|a recording is not complete|a room did not close cleanly)".*$`)
	disk := filepath.Join(p.dir, "recordings")
	p.ok(os.MkdirAll(disk, 0o700))
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=16m"); err != nil {
		t.Skip("no tmpfs here: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	browser := newBrowser(t)
	s := p.begin("+84912345689")
	agent := p.info.Agents[0]
	desk := p.open(browser, "the agent", p.info.ConsoleURL, false)
	desk.fill("E-mail", agent.Email)
	desk.fill("Password", agent.Password)
	desk.press("Sign in")
	desk.press("Offline")
	desk.press("Ready")
	s.page.call("POST", "/v1/queue", object{}, 201)
	desk.takeCall()
	_, clip := clips(t)
	var callID string
	p.within(patience, "the call", func() bool {
		for _, c := range p.bankClient().call("GET", "/v1/calls?state=active", nil, 200).list("items") {
			callID = c.str("id")
		}
		return callID != ""
	})
	customer := s.page.join(callID, clip)
	desk.plays("the customer's picture")
	p.within(patience, "the recording's beginning", func() bool {
		files, _ := filepath.Glob(filepath.Join(disk, "*", callID, "part-001-*"))
		return len(files) == 2
	})

	file, err := os.Create(filepath.Join(disk, "full"))
	p.ok(err)
	block := bytes.Repeat([]byte{1}, 64<<10)
	for err == nil {
		_, err = file.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	full := time.Now()
	desk.see("The recording has stopped")
	t.Logf("the agent saw it after %s (5 s are promised)", time.Since(full).Round(time.Millisecond))
	before := customer.peer.Video.Load()
	p.within(patience, "that the call goes on", func() bool { return customer.peer.Video.Load() > before+20 })
	desk.plays("the customer's picture after it")
	if state := s.bank.call("GET", "/v1/calls/"+callID, nil, 200).get("state"); state != "active" {
		t.Errorf("the call is %v", state)
	}
}

// plays waits until the greatest picture gets new frames, also of a still scene.
func (b *tab) plays(what string) {
	b.p.Helper()
	b.until(what+" to play", func() bool {
		plays, err := eval[bool](b, `(async () => {
			const v = [...document.querySelectorAll('video')].filter(v => v.videoWidth > 0 && v.readyState >= 2).sort((a, b) => b.clientWidth - a.clientWidth)[0];
			if (!v) return false;
			const count = v.getVideoPlaybackQuality().totalVideoFrames;
			for (let n = 0; n < 20; n++) {
				await new Promise(r => setTimeout(r, 500));
				if (v.getVideoPlaybackQuality().totalVideoFrames > count + 3) return true;
			}
			return false; })()`)
		return err == nil && plays
	})
}
