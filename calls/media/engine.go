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
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

const (
	iceDisconnectedAfter = 3 * time.Second  // nothing heard: tell the others
	iceFailedAfter       = 25 * time.Second // give up until an ICE restart
	iceKeepAlive         = time.Second      // our own checks; their answers count as "heard"

	nackEvery    = 40 * time.Millisecond // how often missing packets are asked for
	nackAttempts = 6                     // and how often at most
	nackWindow   = 512                   // packets watched for holes, about 6 s of video
	resendWindow = 256                   // packets kept a sent track, about 3 s of video, 0.4 MB

	// Repairs come late, and without RTX under their old number: the replay
	// window must span them (Pion's default is 64 packets).
	srtpReplayWindow = 1024
)

var (
	opusCodec = webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2,
		SDPFmtpLine: "minptime=10;useinbandfec=1",
	}
	vp8Codec = webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeVP8, ClockRate: 90000,
		RTCPFeedback: []webrtc.RTCPFeedback{{Type: "ccm", Parameter: "fir"}, {Type: "nack"}, {Type: "nack", Parameter: "pli"}},
	}
)

// newAPI puts together what every connection shares: codecs, interceptors and
// transport settings. No RTX: Pion's NACK generator does not see packets that
// came by RTX and asks for them again and again; a resent original does as well.
func newAPI(mux ice.UDPMux, cfg Config) (*webrtc.API, error) {
	media := &webrtc.MediaEngine{}
	if err := media.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: opusCodec, PayloadType: 111}, webrtc.RTPCodecTypeAudio); err != nil {
		return nil, err
	}
	if err := media.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: vp8Codec, PayloadType: 96}, webrtc.RTPCodecTypeVideo); err != nil {
		return nil, err
	}
	// The mid extension lets a client that declares no SSRC be told apart.
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.SDESMidURI}, kind); err != nil {
			return nil, err
		}
	}
	registry := &interceptor.Registry{}
	if err := registerInterceptors(media, registry); err != nil {
		return nil, err
	}

	settings := webrtc.SettingEngine{LoggerFactory: pionLogs{cfg.Logger}}
	settings.SetICEUDPMux(mux)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	settings.SetICETimeouts(iceDisconnectedAfter, iceFailedAfter, iceKeepAlive)
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetIncludeLoopbackCandidate(cfg.IncludeLoopback)
	settings.SetSRTPReplayProtectionWindow(srtpReplayWindow)
	settings.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	settings.DisableActiveTCP(true)
	if len(cfg.PublicIPs) > 0 {
		err := settings.SetICEAddressRewriteRules(webrtc.ICEAddressRewriteRule{
			External: cfg.PublicIPs, AsCandidateType: webrtc.ICECandidateTypeHost, Mode: webrtc.ICEAddressRewriteReplace,
		})
		if err != nil {
			return nil, fmt.Errorf("media: public addresses: %w", err)
		}
	}
	return webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings)), nil
}

// registerInterceptors is the one place that decides what runs on each packet.
// Measured a packet at 50 calls: TWCC +5.6 µs (browsers need it, or REMB, to
// find their bit rate quickly), NACK generator +1.7, reports +0.9, responder
// +0.6 and its buffer. Statistics are our own.
func registerInterceptors(media *webrtc.MediaEngine, registry *interceptor.Registry) error {
	generator, err := nack.NewGeneratorInterceptor(
		nack.GeneratorSize(nackWindow), nack.GeneratorInterval(nackEvery), nack.GeneratorMaxNacksPerPacket(nackAttempts))
	if err != nil {
		return err
	}
	responder, err := nack.NewResponderInterceptor(nack.ResponderSize(resendWindow))
	if err != nil {
		return err
	}
	registry.Add(responder)
	registry.Add(generator)
	if err := webrtc.ConfigureRTCPReports(registry); err != nil {
		return err
	}
	return webrtc.ConfigureTWCCSender(media, registry)
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
