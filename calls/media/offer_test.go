package media

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"
)

// goodOffer is shaped like a browser's.
const goodOffer = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n" + audioSection + videoSection

const (
	audioSection = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=setup:actpass\r\n" +
		"a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 " + someFingerprint + "\r\na=rtpmap:111 opus/48000/2\r\na=ssrc:11 cname:x\r\n"
	videoSection = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendrecv\r\na=rtcp-mux\r\na=setup:actpass\r\n" +
		"a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 " + someFingerprint + "\r\n" +
		"a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=ssrc:12 cname:x\r\n"
	someFingerprint = "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"
)

var badOffers = map[string]string{
	"empty":           "",
	"garbage":         "\x00\xff{not sdp}",
	"oversize":        goodOffer + "a=x:" + strings.Repeat("y", maxSDP) + "\r\n",
	"no media":        "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n",
	"five videos":     goodOffer + sections(videoSection, "mid:1", 2, 5),
	"four audios":     goodOffer + sections(audioSection, "mid:0", 2, 4),
	"same mid":        goodOffer + videoSection,
	"inactive":        strings.ReplaceAll(goodOffer, "a=sendrecv", "a=inactive"),
	"shared type":     strings.NewReplacer("VP8/90000", "VP8/90000\r\na=rtpmap:111 VP8/90000", "a=rtpmap:96 ", "a=rtpmap:95 ").Replace(strings.ReplaceAll(goodOffer, "96", "111")),
	"many SSRCs":      goodOffer + manySSRCs(),
	"data channel":    goodOffer + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:2\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 " + someFingerprint + "\r\n",
	"no VP8":          strings.ReplaceAll(goodOffer, "VP8/90000", "H264/90000"),
	"no Opus":         strings.ReplaceAll(goodOffer, "opus/48000/2", "PCMU/8000"),
	"no mid":          strings.ReplaceAll(goodOffer, "a=mid:1\r\n", ""),
	"no ICE":          strings.ReplaceAll(goodOffer, "a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n", ""),
	"no DTLS":         strings.ReplaceAll(goodOffer, "a=fingerprint:sha-256 "+someFingerprint+"\r\n", ""),
	"bad DTLS":        strings.ReplaceAll(goodOffer, "a=fingerprint:sha-256 "+someFingerprint, "a=fingerprint:nonsense"),
	"simulcast":       goodOffer + "a=rid:h send\r\na=simulcast:send h\r\n",
	"many candidates": goodOffer + strings.Repeat("a=candidate:1 1 udp 2130706431 192.0.2.1 4000 typ host\r\n", maxCandidates+1),
}

// sections repeats a section under other mids.
func sections(section, mid string, from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		b.WriteString(strings.Replace(section, mid, fmt.Sprintf("mid:%d", i), 1))
	}
	return b.String()
}

func manySSRCs() string {
	var b strings.Builder
	for i := range maxSSRCs {
		fmt.Fprintf(&b, "a=ssrc:%d cname:x\r\n", 1000+i)
	}
	return b.String()
}

func TestRefusedOffers(t *testing.T) {
	before := goleak.IgnoreCurrent() // nothing else runs: this test is not parallel
	s := newTestServer(t)
	room, _ := openRoom(t, s)
	if o, err := checkOffer(goodOffer); err != nil || !o.has(true, 0) || !o.has(false, 0) {
		t.Fatalf("a good offer gave %+v, %v", o, err)
	}
	first := enter(t, room, "agent", "blue")
	for name, offer := range badOffers {
		answer, err := room.Join(context.Background(), "customer", offer)
		if !errors.Is(err, ErrOffer) || answer != "" {
			t.Errorf("%s: answer of %d bytes, %v", name, len(answer), err)
		}
		// An offer that is refused leaves the present connection alone.
		if _, err := room.Join(context.Background(), "agent", offer); !errors.Is(err, ErrOffer) {
			t.Errorf("%s, again: %v", name, err)
		}
	}
	if _, err := room.Join(context.Background(), "No Name", goodOffer); err == nil {
		t.Error("a malformed name joined")
	}
	if first.PC.ConnectionState() == webrtc.PeerConnectionStateClosed {
		t.Error("the agent's connection was closed")
	}
	first.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := leaks(before); err != nil {
		t.Error(err)
	}
}

// FuzzOffer holds the part of the offer handler that is ours, and Pion's SDP
// parser below it, to: an error or an offer within the limits, never a panic.
func FuzzOffer(f *testing.F) {
	f.Add(goodOffer)
	for _, offer := range badOffers {
		if len(offer) <= 8<<10 {
			f.Add(offer)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		o, err := checkOffer(text)
		if err != nil {
			if !errors.Is(err, ErrOffer) {
				t.Fatalf("error %v", err)
			}
			return
		}
		if !o.has(true, 0) && !o.has(false, 0) || o.candidates > maxCandidates || len(text) > maxSDP {
			t.Fatalf("accepted %+v of %d bytes", o, len(text))
		}
		// What Pion is told of it.
		var engine webrtc.MediaEngine
		for _, c := range o.codecs() {
			if err := engine.RegisterCodec(c.RTPCodecParameters, c.kind); err != nil {
				t.Fatalf("accepted %+v, of which %+v: %v", o, c, err)
			}
		}
	})
}
