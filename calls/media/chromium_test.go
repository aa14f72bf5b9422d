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
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/visavis/visavis/calls/media/mediatest"
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
  if (location.search.includes('red')) { // as our pages do, web/src/shared/call/offer.ts
    const all = RTCRtpReceiver.getCapabilities('audio').codecs;
    const is = m => all.filter(c => c.mimeType.toLowerCase() === m);
    pc.getTransceivers()[0].setCodecPreferences([...is('audio/red'), ...is('audio/opus')]);
  }
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

// chromium is a browser with a fake camera and microphone.
func chromium(t *testing.T) context.Context {
	t.Helper()
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
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.WSURLReadTimeout(patience), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true))
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	return allocator
}

// TestChromium puts two pages of a real browser into a call.
func TestChromium(t *testing.T) {
	t.Parallel()
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

	allocator := chromium(t)
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
		_, err := chromedp.Run(page, chromedp.Poll[int](`window.frames > 40 && window.frames`, chromedp.WithPollingTimeout(patience)))
		if err != nil {
			problem, _ := chromedp.Run(page, chromedp.Evaluate[string](`window.problem + ' frames ' + window.frames + ' ' + window.pc.connectionState`))
			t.Fatalf("%s: %v: %s", name, err, problem)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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
		if r.Err != nil || r.Duration < time.Second {
			t.Errorf("%s: %s, %v", r.Participant, r.Duration, r.Err)
		}
		// The browser knows how long it is and goes where it is told.
		at := (r.Duration - 500*time.Millisecond).Seconds()
		if err := chromedp.Do(agent, chromedp.Navigate(fmt.Sprintf("%s/player?play=%s&at=%f", web.URL, r.Participant, at))); err != nil {
			t.Fatal(err)
		}
		seen, err := chromedp.Run(agent, chromedp.Poll[string](`window.seen`, chromedp.WithPollingTimeout(patience)))
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

// repairs is what a browser tells of losses and their repair (W3C webrtc-stats).
type repairs struct {
	AudioOut, AudioIn string // the codecs in use
	Lost              int    // video packets that did not come
	Asked             int    // NACKs that the browser sent
	AskedOf           int    // NACKs that it got
	Resent            int    // packets that it sent again
	Concealed         float64
	FEC               int
	Freezes, Frames   int
}

const repairStats = `(async () => { const all = new Map(await window.pc.getStats()); const r = {};
  for (const s of all.values()) {
    const codec = all.get(s.codecId)?.mimeType ?? '';
    if (s.type === 'outbound-rtp' && s.kind === 'audio') r.AudioOut = codec;
    if (s.type === 'inbound-rtp' && s.kind === 'audio') { r.AudioIn = codec; r.FEC = s.fecPacketsReceived ?? 0; r.Concealed = s.concealedSamples / s.totalSamplesReceived; }
    if (s.type === 'outbound-rtp' && s.kind === 'video') { r.AskedOf = s.nackCount; r.Resent = s.retransmittedPacketsSent; }
    if (s.type === 'inbound-rtp' && s.kind === 'video') { r.Lost = s.packetsLost; r.Asked = s.nackCount; r.Freezes = s.freezeCount; r.Frames = s.framesDecoded; }
  }
  return r; })()`

// TestChromiumRepairs loses a twentieth of what goes to a browser and comes from it:
// it sends sound as RED and takes it so, asks us for what it misses and sends again
// what we ask it for.
func TestChromiumRepairs(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	room, log := openRoom(t, s)
	proxy, err := mediatest.NewProxy(s.Addr().AddrPort())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, chromiumPage)
			return
		}
		offer, err := io.ReadAll(io.LimitReader(r.Body, maxSDP+1))
		if err == nil {
			var answer string
			if answer, err = room.Join(r.Context(), r.URL.Query().Get("who"), string(offer)); err == nil { // the way to us is through the proxy
				_, _ = io.WriteString(w, strings.ReplaceAll(answer, fmt.Sprintf("127.0.0.1 %d typ host", s.Addr().Port), fmt.Sprintf("127.0.0.1 %d typ host", proxy.Port())))
				return
			}
		}
		http.Error(w, err.Error(), http.StatusBadRequest)
	}))
	t.Cleanup(web.Close)
	agent, cancel := chromedp.NewContext(chromium(t))
	defer cancel()
	customer, cancel := chromedp.NewContext(agent)
	defer cancel()
	pages := map[string]context.Context{"agent": agent, "customer": customer}
	for _, name := range []string{"agent", "customer"} {
		if err := chromedp.Do(pages[name], chromedp.Navigate(web.URL+"/?red&who="+name)); err != nil {
			t.Fatal(err)
		}
		log.wait(t, MediaStarted, name, 2)
	}
	proxy.Impair(0.05)
	for name, page := range pages {
		read := func() (r repairs) {
			r, err := chromedp.Run(page, chromedp.Evaluate[repairs](repairStats, chromedp.EvalAwaitPromise))
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		var r repairs
		tick := time.NewTicker(200 * time.Millisecond)
		for limit := time.After(patience); r.Asked < 5 || r.Resent < 5 || r.Frames < 100; {
			select {
			case <-tick.C:
				r = read()
			case <-limit:
				t.Fatalf("%s: %+v", name, r)
			}
		}
		tick.Stop()
		t.Logf("%s at 5 %% loss on each way: %+v", name, r)
	}
	for _, who := range *room.all.Load() {
		p := who.peer.Load()
		in := p.source(audioIndex)
		in.mu.Lock()
		reds, all := in.reds, in.count
		in.mu.Unlock()
		if reds == 0 || reds < all*9/10 {
			t.Errorf("%s: %d of %d packets of sound are RED", who.name, reds, all)
		}
		p.outs(func(o *outTrack) {
			o.mu.Lock()
			defer o.mu.Unlock()
			if o.audio && o.slot == 0 {
				t.Logf("%s: RED: %d of %d packets from it, %d of %d to it", who.name, reds, all, o.reds, o.packets)
				if o.reds < o.packets*9/10 {
					t.Errorf("%s: %d of %d packets of sound to it are RED", who.name, o.reds, o.packets)
				}
			}
			if !o.audio && o.slot == 0 && o.resent == 0 {
				t.Errorf("%s: nothing was sent again", who.name)
			}
		})
	}
}
