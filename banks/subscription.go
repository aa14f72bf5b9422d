package banks

import (
	"crypto/ecdh"
	"encoding/base64"
	"net/netip"
	"net/url"
	"strings"

	"github.com/visavis/visavis"
)

// Subscription is a browser's PushSubscription (W3C Push API): where pushes for
// it go, and the keys that only it can read them with.
type Subscription struct {
	Endpoint string // an https URL of at most 1024 characters; who has it may send
	P256dh   string // a P-256 point of 65 bytes, base64url
	Auth     string // 16 bytes, base64url
}

// check refuses what no browser would give. That the endpoint's host is a
// public one is judged at every dial, by channels/webpush; here only what can
// be seen without a name server is.
func (s *Subscription) check() error {
	u, err := url.Parse(s.Endpoint)
	switch {
	case err != nil || len(s.Endpoint) > 1024 || u.Scheme != "https" || u.Opaque != "" || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return visavis.InvalidField("endpoint", "it is an https URL of at most 1024 characters")
	case strings.EqualFold(u.Hostname(), "localhost"):
		return visavis.InvalidField("endpoint", "its host is not a push service")
	}
	if addr, err := netip.ParseAddr(u.Hostname()); err == nil && (!addr.Unmap().IsGlobalUnicast() || addr.Unmap().IsPrivate()) {
		return visavis.InvalidField("endpoint", "its host is not a push service")
	}
	for _, r := range s.Endpoint {
		if r <= ' ' || r > '~' {
			return visavis.InvalidField("endpoint", "it holds printable ASCII characters without spaces")
		}
	}
	point, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.P256dh, "="))
	if err == nil {
		_, err = ecdh.P256().NewPublicKey(point)
	}
	if err != nil {
		return visavis.InvalidField("p256dh", "it is a P-256 public key in base64url")
	}
	auth, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s.Auth, "="))
	if err != nil || len(auth) != 16 {
		return visavis.InvalidField("auth", "it is 16 bytes in base64url")
	}
	s.P256dh, s.Auth = base64.RawURLEncoding.EncodeToString(point), base64.RawURLEncoding.EncodeToString(auth)
	return nil
}
