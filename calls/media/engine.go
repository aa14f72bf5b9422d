package media

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"fmt"
	"log/slog"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

const (
	iceDisconnectedAfter = 3 * time.Second  // no check answered: what Pion tells counts only if no media comes either
	iceFailedAfter       = 25 * time.Second // give up until an ICE restart
	iceKeepAlive         = time.Second      // our own checks; their answers count as "heard"

	// Who is heard of no more is away: the others are to know within 3 s. A page in
	// a call sends 50 packets of sound a second, muted too, some 25 of picture, and
	// reports: for silentAfter to pass without one of them at 20 % loss is out of
	// the question, and so it is by delay, which moves packets and does not keep
	// them. Where there was no media all that comes are checks and their answers,
	// about two a second: that may be silent for longer, and so may nobody whose
	// page has gone as well (Doubt).
	silentAfter  = 1800 * time.Millisecond
	quietAfter   = 2400 * time.Millisecond
	doubtedAfter = 1200 * time.Millisecond
	listenEvery  = 250 * time.Millisecond // and is looked at so often

	// consentLost is how long after somebody has been found away we stop sending
	// to him. RFC 7675, 5.1 wants it within 30 s.
	consentLost = 7 * time.Second

	// Repairs come late, and without RTX under their old number: the replay
	// window must span them (Pion's default is 64 packets).
	srtpReplayWindow = 512
)

var (
	opusCodec = webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2,
		SDPFmtpLine: "minptime=10;useinbandfec=1",
	}
	vp8Codec = webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeVP8, ClockRate: 90000,
		RTCPFeedback: []webrtc.RTCPFeedback{{Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "goog-remb"}},
	}
)

const mimeRED = "audio/red" // RFC 2198

// dtlsSuites are the only cipher suites: ephemeral keys and authenticated
// encryption (OWASP ASVS 5.0, 17.2.2). Our certificate is ECDSA; the RSA suites
// serve peers whose certificate is RSA, when we are the DTLS client.
var dtlsSuites = []dtls.CipherSuiteID{
	dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, dtls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	dtls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, dtls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, dtls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// newSettings are the transport settings that all connections begin from.
func newSettings(udp ice.UDPMux, tcp ice.TCPMux, cfg Config) (webrtc.SettingEngine, error) {
	settings := webrtc.SettingEngine{LoggerFactory: pionLogs{cfg.Logger}}
	settings.SetICEUDPMux(udp)
	types := []webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6}
	if tcp != nil {
		settings.SetICETCPMux(tcp)
		types = append(types, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)
	}
	settings.SetNetworkTypes(types)
	settings.SetLite(cfg.ICELite)
	settings.SetICETimeouts(iceDisconnectedAfter, iceFailedAfter, iceKeepAlive)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetIncludeLoopbackCandidate(cfg.IncludeLoopback)
	settings.SetSRTPReplayProtectionWindow(srtpReplayWindow)
	settings.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	settings.SetDTLSCipherSuites(dtlsSuites...)
	settings.SetDTLSExtendedMasterSecret(dtls.RequireExtendedMasterSecret)
	settings.DisableActiveTCP(true)
	settings.DisableMediaEngineCopy(true) // each connection has its own
	if len(cfg.PublicIPs) > 0 {
		err := settings.SetICEAddressRewriteRules(webrtc.ICEAddressRewriteRule{
			External: cfg.PublicIPs, AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteReplace,
		})
		if err != nil {
			return settings, fmt.Errorf("media: public addresses: %w", err)
		}
	}
	return settings, nil
}

// newConnection makes a connection whose packets come to p: no interceptor of
// Pion's runs on them. Measured a packet at 50 calls: TWCC +5.6 µs, NACK
// generator +1.7 (which asks every 100 ms only), reports +0.9, responder +0.6 and
// 3.7 MB a call; reading through TrackRemote costs a goroutine more on each
// packet's way than taking it where it is decrypted (BufferFactory).
//
// The codecs are the offer's own, under its numbers, so that they match whatever
// the browser writes into fmtp. No RTX: a resent original serves as well.
func (s *Server) newConnection(p *peer, wanted offer) (*webrtc.PeerConnection, error) {
	engine := &webrtc.MediaEngine{}
	for _, c := range wanted.codecs() {
		if err := engine.RegisterCodec(c.RTPCodecParameters, c.kind); err != nil {
			return nil, err
		}
	}
	// The mid extension lets a client that declares no SSRC be told apart.
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if err := engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.SDESMidURI}, kind); err != nil {
			return nil, err
		}
	}
	settings := s.settings
	settings.BufferFactory = p.newSink
	registry := &interceptor.Registry{}
	registry.Add(writers{p})
	return webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings)).
		NewPeerConnection(webrtc.Configuration{
			Certificates: []webrtc.Certificate{s.cert},
			BundlePolicy: webrtc.BundlePolicyMaxBundle,
		})
}

// newCertificate makes the one DTLS certificate of the process: signing with
// P-256 is cheap, making a key for each call is not.
func newCertificate() (*webrtc.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	return webrtc.GenerateCertificate(key)
}

// pionLogs sends Pion's warnings and errors to our logger, the rest nowhere.
type pionLogs struct{ logger *slog.Logger }

var _ logging.LoggerFactory = pionLogs{}

func (f pionLogs) NewLogger(scope string) logging.LeveledLogger {
	return pionLog{f.logger.With("pion", scope)}
}

type pionLog struct{ logger *slog.Logger }

func (pionLog) Trace(string)          {}
func (pionLog) Tracef(string, ...any) {}
func (pionLog) Debug(string)          {}
func (pionLog) Debugf(string, ...any) {}
func (pionLog) Info(string)           {}
func (pionLog) Infof(string, ...any)  {}
func (l pionLog) Warn(msg string)     { l.logger.Debug("webrtc warning", "detail", msg) }
func (l pionLog) Warnf(format string, args ...any) {
	l.logger.Debug("webrtc warning", "detail", fmt.Sprintf(format, args...))
}
func (l pionLog) Error(msg string) { l.logger.Warn("webrtc error", "detail", msg) }
func (l pionLog) Errorf(format string, args ...any) {
	l.logger.Warn("webrtc error", "detail", fmt.Sprintf(format, args...))
}
