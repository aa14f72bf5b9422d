package media

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"math/big"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pion/dtls/v3"
	"github.com/pion/webrtc/v4"
)

// The tests named TestASVS17_… are those of docs/webrtc-security.md; 17.1 is in
// turn_test.go, 17.3 in calls/httpapi.

func selfSigned(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "turn"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(crand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// TestASVS17_2_1: the DTLS key is made by the process for itself, ECDSA on P-256,
// is never the same for two, and ends with its certificate.
func TestASVS17_2_1(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 2 {
		s := newTestServer(t)
		x, err := x509.ParseCertificate(leaf(t, s.cert))
		if err != nil {
			t.Fatal(err)
		}
		key, ok := x.PublicKey.(*ecdsa.PublicKey)
		if !ok || key.Curve != elliptic.P256() {
			t.Errorf("key %T", x.PublicKey)
		}
		if left := time.Until(s.cert.Expires()); left <= 0 || left > 366*24*time.Hour {
			t.Errorf("the certificate ends in %s", left)
		}
		room, _ := openRoom(t, s)
		answer, err := room.Join(context.Background(), "agent", goodOffer)
		if err != nil {
			t.Fatal(err)
		}
		prints, err := s.cert.GetFingerprints()
		if err != nil || len(prints) == 0 {
			t.Fatal(err)
		}
		if seen[prints[0].Value] {
			t.Error("two processes have one key")
		}
		seen[prints[0].Value] = true
		if !strings.Contains(strings.ToLower(answer), "a=fingerprint:sha-256 "+strings.ToLower(prints[0].Value)) {
			t.Error("the answer has another fingerprint")
		}
		if strings.Contains(answer, "a=crypto:") {
			t.Error("keys in the SDP (SDES)")
		}
	}
}

// leaf is the certificate's DER, which Pion has as base64 in its PEM.
func leaf(t *testing.T, c webrtc.Certificate) []byte {
	t.Helper()
	text, err := c.PEM()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(text))
	der := block.Bytes
	if _, err := x509.ParseCertificate(der); err != nil {
		if der, err = base64.StdEncoding.DecodeString(string(block.Bytes)); err != nil {
			t.Fatal(err)
		}
	}
	return der
}

// TestASVS17_2_2: of all cipher suites that a client may offer, only those with
// ephemeral keys and authenticated encryption connect.
func TestASVS17_2_2(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	good := map[dtls.CipherSuiteID]bool{
		dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: true, dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: true,
		dtls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: true,
		dtls.TLS_ECDHE_ECDSA_WITH_AES_128_CCM:              false, dtls.TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8: false,
		dtls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: false,
	}
	var wg sync.WaitGroup
	for suite, want := range good {
		wg.Go(func() {
			room, _ := openRoom(t, s)
			pc, err := suiteClient(suite)
			if err != nil {
				t.Errorf("%s: %v", suite, err)
				return
			}
			defer pc.GracefulClose()
			result := make(chan bool, 8)
			pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
				switch state {
				case webrtc.PeerConnectionStateConnected:
					result <- true
				case webrtc.PeerConnectionStateFailed, webrtc.PeerConnectionStateClosed:
					result <- false
				}
			})
			if err := joinAs(room, "agent", pc, "a=setup:actpass", "a=setup:active"); err != nil { // we are the DTLS server
				t.Errorf("%s: %v", suite, err)
				return
			}
			select {
			case got := <-result:
				if got != want {
					t.Errorf("%s: connected %t", suite, got)
				}
			case <-time.After(map[bool]time.Duration{true: patience, false: 15 * time.Second}[want]):
				if want {
					t.Errorf("%s: not connected", suite)
				}
			}
		})
	}
	wg.Wait()
	for _, suite := range dtlsSuites {
		if name := suite.String(); !strings.Contains(name, "ECDHE") || !strings.Contains(name, "GCM") && !strings.Contains(name, "POLY1305") {
			t.Errorf("we offer %s", name)
		}
	}
}

func suiteClient(suite dtls.CipherSuiteID) (*webrtc.PeerConnection, error) {
	settings := webrtc.SettingEngine{}
	settings.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	settings.SetDTLSCipherSuites(suite)
	pc, err := benchAPI(settings).NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, err
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if _, err := pc.AddTransceiverFromKind(kind); err != nil {
			return nil, err
		}
	}
	return pc, nil
}

// joinAs joins with an offer in which something is replaced on its way.
func joinAs(room *Room, name string, pc *webrtc.PeerConnection, old, with string) error {
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		return err
	}
	<-gathered
	answer, err := room.Join(context.Background(), name, strings.ReplaceAll(pc.LocalDescription().SDP, old, with))
	if err != nil {
		return err
	}
	return pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
}

// isSRTP tells media among datagrams (RFC 7983, 7; RFC 5761, 4).
func isSRTP(b []byte) bool {
	return len(b) > 12 && b[0] >= 128 && b[0] < 192 && (b[1]&0x7f < 64 || b[1]&0x7f >= 96)
}

// TestASVS17_2_3: forged and replayed SRTP, sent from the participant's own
// address, changes nothing for anyone.
func TestASVS17_2_3(t *testing.T) {
	t.Parallel()
	room, _, agent, customer := runningCall(t)
	agent.more(t, 25)
	before := room.Stats()[1]
	var sent, forged atomic.Int64
	customer.Tap(func(b []byte) [][]byte {
		if !isSRTP(b) {
			return [][]byte{b}
		}
		sent.Add(1)
		forged.Add(3)
		bad, other := bytes.Clone(b), bytes.Clone(b)
		bad[len(bad)-20] ^= 0x40 // what is encrypted
		other[3]++               // another number, not signed for
		return [][]byte{bad, other, b, b}
	})
	agent.more(t, 250)
	agent.unbroken(t)
	after := room.Stats()[1]
	// Some that were sent before the tap may come after it.
	if got := int64(after.Audio.Packets + after.Video.Packets - before.Audio.Packets - before.Video.Packets); got > sent.Load()+forged.Load()/10 || forged.Load() < 500 {
		t.Errorf("%d packets taken of %d sent, %d forged or replayed", got, sent.Load(), forged.Load())
	}
	closeWhole(t, room)
}

// TestASVS17_2_4: malformed datagrams of every kind, from the participant's own
// address and from others', do no harm.
func TestASVS17_2_4(t *testing.T) {
	t.Parallel()
	s := newTestServer(t)
	room, log := openRoom(t, s)
	agent := enter(t, room, "agent", "blue")
	customer := enter(t, room, "customer", "red")
	log.wait(t, MediaStarted, "agent", 2)
	log.wait(t, MediaStarted, "customer", 2)
	agent.more(t, 25)
	var random struct {
		sync.Mutex
		*rand.Rand
	}
	random.Rand = rand.New(rand.NewPCG(3, 4))
	garbage := func() []byte {
		random.Lock()
		defer random.Unlock()
		b := make([]byte, random.IntN(1400)+1)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		switch random.IntN(4) {
		case 0:
			b[0] = 0x80 | b[0]&0x3f // RTP and RTCP
		case 1:
			b[0] = 20 + b[0]%44 // DTLS
		case 2:
			b[0] &= 3 // STUN
		}
		return b
	}
	var bad atomic.Int64
	customer.Tap(func(b []byte) [][]byte {
		out := [][]byte{b}
		if isSRTP(b) {
			cut := bytes.Clone(b[:13])
			long := bytes.Clone(b)
			long[0] |= 0x1f // an extension and 15 CSRCs that are not there
			out = append(out, cut, long, []byte{0x10}, []byte{0x80}, garbage(), garbage())
			bad.Add(6)
		}
		return out
	})
	stranger, err := net.Dial("udp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer stranger.Close()
	for range 2000 {
		_, _ = stranger.Write(garbage())
	}
	agent.more(t, 250)
	customer.more(t, 25)
	if bad.Load() < 1000 {
		t.Errorf("only %d malformed", bad.Load())
	}
	if n := log.count(Failed) + log.count(Left); n != 0 {
		t.Errorf("%d failures", n)
	}
	closeWhole(t, room)
}

// TestASVS17_2_5 and TestASVS17_2_7: a legitimate participant's flood of SRTP hits
// neither another call nor its own, nor the recorder.
func TestASVS17_2_5(t *testing.T) { t.Parallel(); flood(t).harmless(t) }

// TestASVS17_2_7 looks at the recordings of such a call.
func TestASVS17_2_7(t *testing.T) { t.Parallel(); flood(t).recorded(t) }

// TestASVS17_2_6: a flood of ClientHellos during the handshakes of 100
// participants keeps none of them out (the race of CVE-2023-49786 and its kin):
// in half of them we are the DTLS server, in half the client.
func TestASVS17_2_6(t *testing.T) {
	s := newTestServer(t)
	hello, err := hex.DecodeString("16fefd0000000000000000002f010000230000000000000023fefd" + strings.Repeat("5a", 32) + "00000002c02b0100")
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	var hellos atomic.Int64
	for range 4 {
		conn, err := net.Dial("udp", s.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := conn.Write(hello); err == nil {
					hellos.Add(1)
				}
				if n%20 == 0 {
					<-time.After(time.Millisecond) // some 20,000 a second each, and the machine still runs
				}
			}
		})
	}
	const participants = 100
	var mu sync.Mutex
	var took []time.Duration
	slots := make(chan struct{}, 4)
	var joins sync.WaitGroup
	for n := range participants {
		joins.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			room, err := s.Open(uuid.New(), RoomConfig{Dir: t.TempDir()})
			if err != nil {
				t.Error(err)
				return
			}
			pc, err := suiteClient(dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)
			if err != nil {
				t.Error(err)
				return
			}
			defer pc.GracefulClose()
			connected := make(chan struct{})
			var once sync.Once
			pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
				if state == webrtc.PeerConnectionStateConnected {
					once.Do(func() { close(connected) })
				}
			})
			role := "a=setup:actpass"
			if n%2 == 0 {
				role = "a=setup:active"
			}
			began := time.Now()
			if err := joinAs(room, "agent", pc, "a=setup:actpass", role); err != nil {
				t.Error(err)
				return
			}
			select {
			case <-connected:
				mu.Lock()
				took = append(took, time.Since(began))
				mu.Unlock()
			case <-time.After(patience):
			}
			closeAny(t, room)
		})
	}
	joins.Wait()
	close(stop)
	wg.Wait()
	slices.Sort(took)
	if len(took) != participants {
		t.Fatalf("%d of %d connected", len(took), participants)
	}
	t.Logf("%d of %d connected, half of them within %s, under %d ClientHellos", len(took), participants, took[len(took)/2], hellos.Load())
}

// TestASVS17_2_8: a fingerprint that is not the certificate's ends the connection
// before any media.
func TestASVS17_2_8(t *testing.T) {
	t.Parallel()
	for role, setup := range map[string]string{"we are the client": "a=setup:actpass", "we are the server": "a=setup:active"} {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			s := newTestServer(t)
			room, log := openRoom(t, s)
			pc, err := suiteClient(dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256)
			if err != nil {
				t.Fatal(err)
			}
			defer pc.GracefulClose()
			offer, err := pc.CreateOffer(nil)
			if err != nil {
				t.Fatal(err)
			}
			gathered := webrtc.GatheringCompletePromise(pc)
			if err := pc.SetLocalDescription(offer); err != nil {
				t.Fatal(err)
			}
			<-gathered
			sdp := pc.LocalDescription().SDP
			at := strings.Index(sdp, "a=fingerprint:sha-256 ") + len("a=fingerprint:sha-256 ")
			other := "00"
			if sdp[at:at+2] == other {
				other = "01"
			}
			printed := sdp[at : at+2]
			sdp = strings.ReplaceAll(sdp, "a=fingerprint:sha-256 "+printed, "a=fingerprint:sha-256 "+other)
			answer, err := room.Join(context.Background(), "customer", strings.ReplaceAll(sdp, "a=setup:actpass", setup))
			if err != nil {
				t.Fatal(err)
			}
			if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
				t.Fatal(err)
			}
			log.wait(t, Disconnected, "customer", 1)
			if n := log.count(Connected) + log.count(MediaStarted); n != 0 {
				t.Errorf("connected or media %d times", n)
			}
			if st := room.Stats(); st[0].Connected || st[0].Audio.Packets+st[0].Video.Packets != 0 {
				t.Errorf("%+v", st)
			}
		})
	}
}
