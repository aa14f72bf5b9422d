package media

import (
	"fmt"
	"strings"

	"github.com/pion/sdp/v3"
)

const (
	maxSDP        = 64 << 10 // bytes of an offer
	maxCandidates = 64       // of one participant between two offers, those inside the offer included
	maxCandidate  = 2 << 10  // bytes of one trickled candidate
)

// offer is what we need to know of an SDP offer before Pion sees it.
type offer struct {
	audio, video bool
	candidates   int
}

// checkOffer refuses offers that no client of ours makes: it parses the SDP
// (RFC 8866) and holds it to one audio and one video section, Opus and VP8,
// ICE and DTLS present (RFC 8839, RFC 8122), no simulcast and no data channel.
// All errors wrap ErrOffer.
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
	for _, section := range parsed.MediaDescriptions {
		if !hasAttribute(section.Attributes, "mid") {
			return refuse("a section without mid")
		}
		if !sessionICE && (!hasAttribute(section.Attributes, "ice-ufrag") || !hasAttribute(section.Attributes, "ice-pwd")) {
			return refuse("a section without ICE credentials")
		}
		if !sessionDTLS && !hasAttribute(section.Attributes, "fingerprint") {
			return refuse("a section without a DTLS fingerprint")
		}
		if hasAttribute(section.Attributes, "simulcast") || hasAttribute(section.Attributes, "rid") {
			return refuse("simulcast")
		}
		codec := ""
		switch kind := section.MediaName.Media; {
		case kind == "audio" && !o.audio:
			o.audio, codec = true, "opus/48000/2"
		case kind == "video" && !o.video:
			o.video, codec = true, "VP8/90000"
		case kind == "audio" || kind == "video":
			return refuse("more than one %s section", kind)
		default:
			return refuse("a section other than audio and video")
		}
		if !hasCodec(section.Attributes, codec) {
			return refuse("no %s", codec)
		}
		for _, a := range section.Attributes {
			if a.Key == "candidate" {
				o.candidates++
			}
		}
	}
	if !o.audio && !o.video {
		return refuse("neither audio nor video")
	}
	if o.candidates > maxCandidates {
		return refuse("%d candidates, at most %d", o.candidates, maxCandidates)
	}
	return o, nil
}

func hasAttribute(attributes []sdp.Attribute, key string) bool {
	for _, a := range attributes {
		if a.Key == key {
			return true
		}
	}
	return false
}

func hasCodec(attributes []sdp.Attribute, codec string) bool {
	for _, a := range attributes {
		if a.Key != "rtpmap" {
			continue
		}
		if _, name, ok := strings.Cut(a.Value, " "); ok && strings.EqualFold(strings.TrimSpace(name), codec) {
			return true
		}
	}
	return false
}
