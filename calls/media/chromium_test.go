package media

import (
	"context"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// chromiumPage joins a room as a real page would: one negotiation, candidates
// in the answer. window.frames counts the pictures that came from the other.
const chromiumPage = `<!doctype html><video id=v autoplay muted playsinline></video><script>
window.frames = 0; window.problem = '';
(async () => {
  const pc = window.pc = new RTCPeerConnection();
  const v = document.getElementById('v');
  const remote = new MediaStream();
  pc.ontrack = e => { remote.addTrack(e.track); v.srcObject = remote; };
  const count = () => { window.frames++; v.requestVideoFrameCallback(count); };
  v.requestVideoFrameCallback(count);
  const mine = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 640, height: 480}});
  for (const t of mine.getTracks()) pc.addTrack(t, mine);
  await pc.setLocalDescription();
  const r = await fetch('/join' + location.search, {method: 'POST', body: pc.localDescription.sdp});
  if (!r.ok) throw new Error(await r.text());
  await pc.setRemoteDescription({type: 'answer', sdp: await r.text()});
  pc.onicecandidate = () => {};
})().catch(e => window.problem = String(e));
</script>`

// playerPage loads a recording and seeks.
const playerPage = `<!doctype html><body></body><script>window.seen = '';
  const q = new URLSearchParams(location.search);
  const v = document.createElement('video'); v.muted = true; v.src = '/?recording=' + q.get('play');
  v.onerror = () => window.seen = 'error ' + (v.error && v.error.message);
  v.onloadedmetadata = () => { v.onseeked = () => window.seen = v.duration + ' ' + v.currentTime + ' ' + v.videoWidth; v.currentTime = +q.get('at'); };
  document.body.appendChild(v);
</script>`

// TestChromium puts two pages of a real browser into a call.
func TestChromium(t *testing.T) {
	t.Parallel()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Fatal("this test needs Chromium")
	}
	s := newTestServer(t)
	room, log := openRoom(t, s)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := r.URL.Query().Get("recording"); name != "" {
			http.ServeFile(w, r, filepath.Join(room.dir, FileName(name, 1)))
			return
		}
		if r.Method != http.MethodPost {
			w.Header().Set("Content-Type", "text/html")
			if r.URL.Path == "/player" {
				_, _ = io.WriteString(w, playerPage)
				return
			}
			_, _ = io.WriteString(w, chromiumPage)
			return
		}
		offer, err := io.ReadAll(io.LimitReader(r.Body, maxSDP+1))
		if err == nil {
			var answer string
			if answer, err = room.Join(r.Context(), r.URL.Query().Get("who"), string(offer)); err == nil {
				_, _ = io.WriteString(w, answer)
				return
			}
		}
		http.Error(w, err.Error(), http.StatusBadRequest)
	}))
	t.Cleanup(web.Close)

	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true))
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	agent, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(agent, chromedp.Navigate(web.URL+"/?who=agent")); err != nil {
		t.Fatal(err)
	}
	customer, cancel := chromedp.NewContext(agent)
	defer cancel()
	if err := chromedp.Do(customer, chromedp.Navigate(web.URL+"/?who=customer")); err != nil {
		t.Fatal(err)
	}
	log.wait(t, MediaStarted, "agent", 2)
	log.wait(t, MediaStarted, "customer", 2)
	for name, page := range map[string]context.Context{"agent": agent, "customer": customer} {
		_, err := chromedp.Run(page, chromedp.Poll[int](`window.frames > 40 && window.frames`, chromedp.WithPollingTimeout(20*time.Second)))
		if err != nil {
			problem, _ := chromedp.Run(page, chromedp.Evaluate[string](`window.problem + ' frames ' + window.frames + ' ' + window.pc.connectionState`))
			t.Fatalf("%s: %v: %s", name, err, problem)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	still, err := room.Still(ctx, "customer")
	if err != nil {
		t.Fatal(err)
	}
	if still.Width < 160 || still.Height < 120 { // the browser scales to the bit rate that it finds
		t.Errorf("still of %d×%d", still.Width, still.Height)
	}
	recordings, err := room.Close(context.Background())
	if err != nil || len(recordings) != 2 {
		t.Fatalf("%d recordings, %v", len(recordings), err)
	}
	for _, r := range recordings {
		checkRecording(t, r)
		if r.Err != nil || r.Duration < 2*time.Second {
			t.Errorf("%s: %s, %v", r.Participant, r.Duration, r.Err)
		}
		// The browser knows how long it is and goes where it is told.
		at := (r.Duration - 500*time.Millisecond).Seconds()
		if err := chromedp.Do(agent, chromedp.Navigate(fmt.Sprintf("%s/player?play=%s&at=%f", web.URL, r.Participant, at))); err != nil {
			t.Fatal(err)
		}
		seen, err := chromedp.Run(agent, chromedp.Poll[string](`window.seen`, chromedp.WithPollingTimeout(20*time.Second)))
		if err != nil {
			t.Fatal(err)
		}
		var duration, landed float64
		var width int
		if _, err := fmt.Sscanf(seen, "%f %f %d", &duration, &landed, &width); err != nil {
			t.Fatalf("%q: %v", seen, err)
		}
		if math.Abs(duration-r.Duration.Seconds()) > 0.1 || math.Abs(landed-at) > 0.1 || width == 0 {
			t.Errorf("%s: the browser sees %s; want %s, %.3f", r.Participant, seen, r.Duration, at)
		}
	}
}
