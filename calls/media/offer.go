package media

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

const (
	maxSDP        = 64 << 10 // bytes of an offer
	maxCandidates = 64       // of one participant between two offers, those inside the offer included
	maxCandidate  = 2 << 10  // bytes of one trickled candidate
	maxAudio      = 3        // sections: who is across, and two more
	maxVideo      = 4        // sections: who is across, a screen, and two more
	maxSSRCs      = 32       // declared in one section
)

// offer is what we need to know of an SDP offer before Pion sees it.
type offer struct {
	sections   []section
	candidates int
	midExt     uint8 // header extension of the mid, 0: none
}

// section is one m-line: where it stands among those of its kind says what it
// is for (slot).
type section struct {
	mid   string
	audio bool
	slot  int    // 0, 1, … among the sections of its kind
	pt    uint8  // of Opus or VP8
	fmtp  string // of it
	redPT uint8  // of RED over that Opus, 0: none
	ssrcs []uint32
}

// has says whether there is a section of this kind and slot.
func (o offer) has(audio bool, slot int) bool {
	for _, s := range o.sections {
		if s.audio == audio && s.slot == slot {
			return true
		}
	}
	return false
}

type offeredCodec struct {
	webrtc.RTPCodecParameters
	kind webrtc.RTPCodecType
}

// codecs lists each codec that is offered under each of its numbers once. RED
// comes first, so that a browser sends it (RFC 2198 repairs audio without
// asking).
func (o offer) codecs() []offeredCodec {
	var all []offeredCodec
	seen := map[uint8]bool{}
	add := func(pt uint8, kind webrtc.RTPCodecType, c webrtc.RTPCodecCapability) {
		if pt != 0 && !seen[pt] {
			seen[pt] = true
			all = append(all, offeredCodec{webrtc.RTPCodecParameters{RTPCodecCapability: c, PayloadType: webrtc.PayloadType(pt)}, kind})
		}
	}
	for _, s := range o.sections {
		if !s.audio {
			video := vp8Codec
			video.SDPFmtpLine = s.fmtp
			add(s.pt, webrtc.RTPCodecTypeVideo, video)
			continue
		}
		audio := opusCodec
		audio.SDPFmtpLine, audio.RTCPFeedback = s.fmtp, []webrtc.RTCPFeedback{{Type: "nack"}}
		add(s.redPT, webrtc.RTPCodecTypeAudio, webrtc.RTPCodecCapability{
			MimeType: mimeRED, ClockRate: 48000, Channels: 2, SDPFmtpLine: redFmtp(s.pt)})
		add(s.pt, webrtc.RTPCodecTypeAudio, audio)
	}
	return all
}

func redFmtp(opus uint8) string { return fmt.Sprintf("%d/%d", opus, opus) }

// checkOffer refuses offers that no client of ours makes: it parses the SDP
// (RFC 8866) and holds it to at most maxAudio audio and maxVideo video sections,
// Opus and VP8, ICE and DTLS present (RFC 8839, RFC 8122), no simulcast and no
// data channel. All errors wrap ErrOffer.
func checkOffer(text string) (offer, error) {
	refuse := func(format string, args ...any) (offer, error) {
		return offer{}, fmt.Errorf("%w: %s", ErrOffer, fmt.Sprintf(format, args...))
	}
	if len(text) > maxSDP {
		return refuse("%d bytes, at most %d", len(text), maxSDP)
	}
	var parsed sdp.SessionDescription
	if err := parsed.UnmarshalString(text); err != nil {
		return refuse("not SDP")
	}
	sessionICE := hasAttribute(parsed.Attributes, "ice-ufrag") && hasAttribute(parsed.Attributes, "ice-pwd")
	sessionDTLS := hasAttribute(parsed.Attributes, "fingerprint")

	var o offer
	audio, video, mids := 0, 0, map[string]bool{}
	kindOf := map[uint8]bool{} // of a payload type: whether it is audio
	for _, media := range parsed.MediaDescriptions {
		s := section{}
		s.mid, _ = media.Attribute("mid")
		if s.mid == "" || len(s.mid) > 16 || mids[s.mid] {
			return refuse("a section without a mid of its own")
		}
		mids[s.mid] = true
		if !sessionICE && (!hasAttribute(media.Attributes, "ice-ufrag") || !hasAttribute(media.Attributes, "ice-pwd")) {
			return refuse("a section without ICE credentials")
		}
		if !sessionDTLS && !hasAttribute(media.Attributes, "fingerprint") {
			return refuse("a section without a DTLS fingerprint")
		}
		if hasAttribute(media.Attributes, "simulcast") || hasAttribute(media.Attributes, "rid") {
			return refuse("simulcast")
		}
		if hasAttribute(media.Attributes, "inactive") {
			return refuse("an inactive section")
		}
		codec := ""
		switch media.MediaName.Media {
		case "audio":
			s.audio, s.slot, codec = true, audio, "opus/48000/2"
			audio++
		case "video":
			s.slot, codec = video, "VP8/90000"
			video++
		default:
			return refuse("a section other than audio and video")
		}
		if audio > maxAudio || video > maxVideo {
			return refuse("more than %d audio or %d video sections", maxAudio, maxVideo)
		}
		if !s.read(media.Attributes, codec) {
			return refuse("no %s", codec)
		}
		for _, pt := range []uint8{s.pt, s.redPT} {
			if was, used := kindOf[pt]; pt != 0 && used && was != s.audio {
				return refuse("payload type %d for both kinds", pt)
			}
			kindOf[pt] = s.audio
		}
		if len(s.ssrcs) > maxSSRCs {
			return refuse("more than %d SSRCs in a section", maxSSRCs)
		}
		for _, a := range media.Attributes {
			switch a.Key {
			case "candidate":
				o.candidates++
			case "extmap":
				id, uri, _ := strings.Cut(a.Value, " ")
				if n, err := strconv.ParseUint(id, 10, 8); err == nil && n >= 1 && n <= 14 && uri == sdp.SDESMidURI {
					o.midExt = uint8(n)
				}
			}
		}
		o.sections = append(o.sections, s)
	}
	if len(o.sections) == 0 {
		return refuse("neither audio nor video")
	}
	if o.candidates > maxCandidates {
		return refuse("%d candidates, at most %d", o.candidates, maxCandidates)
	}
	return o, nil
}

// read takes the payload types, their parameters and the SSRCs out of a
// section's attributes. ok is false when the codec is not among them.
func (s *section) read(attributes []sdp.Attribute, codec string) (ok bool) {
	red := map[uint8]bool{}
	fmtp := map[uint8]string{}
	for _, a := range attributes {
		if a.Key == "ssrc" {
			id, _, _ := strings.Cut(a.Value, " ")
			if n, err := strconv.ParseUint(id, 10, 32); err == nil && (len(s.ssrcs) == 0 || s.ssrcs[len(s.ssrcs)-1] != uint32(n)) {
				s.ssrcs = append(s.ssrcs, uint32(n))
			}
			continue
		}
		if a.Key != "rtpmap" && a.Key != "fmtp" {
			continue
		}
		number, value, found := strings.Cut(a.Value, " ")
		n, err := strconv.ParseUint(number, 10, 7)
		if !found || err != nil {
			continue
		}
		value = strings.TrimSpace(value)
		switch pt := uint8(n); {
		case a.Key == "fmtp":
			fmtp[pt] = value
		case strings.EqualFold(value, codec) && s.pt == 0 && pt != 0:
			s.pt = pt
		case strings.EqualFold(value, "red/48000/2"):
			red[pt] = true
		}
	}
	s.fmtp = fmtp[s.pt]
	for pt := range red {
		if s.audio && fmtp[pt] == redFmtp(s.pt) && (s.redPT == 0 || pt < s.redPT) {
			s.redPT = pt
		}
	}
	return s.pt != 0
}

func hasAttribute(attributes []sdp.Attribute, key string) bool {
	for _, a := range attributes {
		if a.Key == key {
			return true
		}
	}
	return false
}
