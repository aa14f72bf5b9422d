// Package webpush sends push messages to browsers (RFC 8030), encrypted for the
// one browser (RFC 8291, aes128gcm) and signed with the gateway's own key
// (VAPID, RFC 8292).
//
// Where a push goes is an address that a browser gave us, so it is any host of
// the world: only https, only public addresses, judged at the dial after name
// resolution, and no redirects.
package webpush

import (
	"context"
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/visavis/visavis/channels"
)

// Name is the provider's name in routes, deliveries and devices.
const Name = "webpush"

// Config of a Sender.
type Config struct {
	// PrivateKey is the VAPID key: the 32 bytes of a P-256 scalar in base64url.
	// Browsers that subscribed with another one are lost. Required.
	PrivateKey string
	// Subject is whom a push service writes to when we misbehave: mailto: or
	// https:. Required.
	Subject string
	// Twin sends what goes to Origin to URL instead: the simulator, whose made-up
	// origin no browser has. Zero in production.
	Twin Twin
	// Transport replaces the one that guards addresses: for tests.
	Transport http.RoundTripper
	// Now defaults to time.Now.
	Now func() time.Time
}

// Twin is a push service of our own.
type Twin struct {
	Origin string // as endpoints begin: "https://push.example"
	URL    string // where it listens: "http://127.0.0.1:9090"
}

// Sender signs with one VAPID key.
type Sender struct {
	private, public, subject string
	client                   *http.Client
	now                      func() time.Time
}

var _ channels.Sender = (*Sender)(nil)

// New makes a Sender. It does not connect. Errors never quote the key.
func New(c Config) (*Sender, error) {
	scalar, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(c.PrivateKey, "="))
	if err != nil {
		return nil, errors.New("webpush: the private key is not base64url")
	}
	key, err := ecdh.P256().NewPrivateKey(scalar)
	if err != nil {
		return nil, errors.New("webpush: the private key is not a P-256 key of 32 bytes")
	}
	subject, err := url.Parse(c.Subject)
	switch {
	case err == nil && subject.Scheme == "mailto" && strings.Contains(subject.Opaque, "@"):
		c.Subject = subject.Opaque // the library puts mailto: before what is not https:
	case err == nil && subject.Scheme == "https" && subject.Host != "":
	default:
		return nil, errors.New("webpush: the subject must be a mailto: or https: URL")
	}
	if c.Transport == nil {
		c.Transport = guarded()
	}
	if c.Twin.Origin != "" {
		if c.Transport, err = c.Twin.before(c.Transport); err != nil {
			return nil, err
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Sender{
		private: base64.RawURLEncoding.EncodeToString(scalar),
		public:  base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()), subject: c.Subject, now: c.Now,
		client: &http.Client{
			Transport:     &recorder{channels.InTime(c.Transport)},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// PublicKey is what a page subscribes with (applicationServerKey), in base64url.
func (s *Sender) PublicKey() string { return s.public }

// guardian refuses all special-purpose address ranges.
var guardian = ssrf.New(ssrf.WithAnyPort())

var errForbiddenAddress = errors.New("the endpoint's address is not a public one")

// guarded dials public addresses only. It takes no proxy from the environment:
// a proxy would resolve the name, and nobody would judge the address.
func guarded() *http.Transport {
	dialer := &net.Dialer{
		Timeout: 5 * time.Second,
		Control: func(network, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return errForbiddenAddress
			}
			family := "tcp6"
			if addr := to.Addr().Unmap(); addr.Is4() {
				family, to = "tcp4", netip.AddrPortFrom(addr, to.Port())
			}
			if guardian.Safe(family, to.String(), nil) != nil {
				return errForbiddenAddress
			}
			return nil
		},
	}
	return &http.Transport{
		Proxy:                  nil,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    5 * time.Second,
		IdleConnTimeout:        90 * time.Second,
		MaxIdleConnsPerHost:    64,
		MaxConnsPerHost:        256,
		MaxResponseHeaderBytes: 64 << 10,
		DisableCompression:     true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
	}
}

// before puts the twin before the world.
func (t Twin) before(next http.RoundTripper) (http.RoundTripper, error) {
	origin, err := url.Parse(t.Origin)
	if err != nil || origin.Scheme != "https" || origin.Host == "" {
		return nil, errors.New("webpush: the twin's origin is not an https origin")
	}
	to, err := url.Parse(t.URL)
	if err != nil || to.Host == "" {
		return nil, errors.New("webpush: the twin's URL is not a URL")
	}
	near := http.DefaultTransport.(*http.Transport).Clone()
	near.Proxy, near.MaxIdleConnsPerHost = nil, 256
	return roundTripper(func(r *http.Request) (*http.Response, error) {
		if r.URL.Scheme != origin.Scheme || r.URL.Host != origin.Host {
			return next.RoundTrip(r)
		}
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host = to.Scheme, to.Host
		return near.RoundTrip(r)
	}), nil
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// maxPayload is what fits one record of 4096 bytes: less the header of 86, the
// tag of 16 and the delimiter.
const maxPayload = 4096 - 86 - 16 - 1

// maxTTL is the longest that push services keep a message: four weeks.
const maxTTL = 28 * 24 * time.Hour

// Send implements channels.Sender. out.To is a device's address as banks keeps
// it: p256dh, auth and endpoint, with single spaces.
func (s *Sender) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	parts := strings.Split(out.To, " ")
	if len(parts) != 3 || !strings.HasPrefix(parts[2], "https://") {
		return "", &channels.SendError{Outcome: channels.Permanent, Code: "address", Err: errors.New("the device has no Web Push address")}
	}
	content := map[string]string{"title": out.Title, "body": out.Body, "locale": out.Locale}
	for name, value := range out.Data {
		content[name] = value
	}
	payload, err := json.Marshal(content)
	if err != nil || len(payload) > maxPayload {
		return "", &channels.SendError{Outcome: channels.Permanent, Code: "payload", Err: fmt.Errorf("%d bytes, at most %d", len(payload), maxPayload)}
	}
	said := &note{}
	res, err := webpush.SendNotificationWithContext(context.WithValue(ctx, noteKey{}, said), payload,
		&webpush.Subscription{Endpoint: parts[2], Keys: webpush.Keys{P256dh: parts[0], Auth: parts[1]}},
		&webpush.Options{
			HTTPClient: s.client, Subscriber: s.subject, VAPIDPublicKey: s.public, VAPIDPrivateKey: s.private,
			TTL: int(min(max(out.TTL, time.Second), maxTTL) / time.Second), Urgency: urgency(out.Class), Topic: topic(out),
		})
	if err != nil {
		return "", said.noAnswer(ctx, err)
	}
	_ = res.Body.Close()
	if res.StatusCode/100 == 2 {
		return messageID(res, out), nil
	}
	return "", s.refused(res)
}

func urgency(c channels.Class) webpush.Urgency {
	switch c {
	case channels.Ring, channels.Security:
		return webpush.UrgencyHigh // wakes a sleeping phone
	case channels.Notice:
		return webpush.UrgencyLow
	}
	return webpush.UrgencyNormal
}

// topic has a message that is sent again replace itself at the push service,
// and the end of a ring replace a ring that was not delivered. At most 32
// characters of base64url: a UUID without hyphens fits.
func topic(out channels.Outgoing) string {
	for _, name := range []string{"call_id", "message_id"} {
		if id := strings.ReplaceAll(out.Data[name], "-", ""); len(id) == 32 {
			return id
		}
	}
	return ""
}

// messageID is the last part of where the push service keeps the message.
func messageID(res *http.Response, out channels.Outgoing) string {
	if at, err := url.Parse(res.Header.Get("Location")); err == nil && at.Path != "" {
		if id := path.Base(at.Path); id != "/" && len(id) <= 200 {
			return id
		}
	}
	return out.DeliveryID.String()
}

// note is what the transport tells about one Send.
type note struct {
	started atomic.Bool
	left    atomic.Bool // the request, or a part of it, was written to a connection
}

type noteKey struct{}

type recorder struct{ next http.RoundTripper }

func (t *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	n, _ := r.Context().Value(noteKey{}).(*note)
	if n == nil {
		return t.next.RoundTrip(r)
	}
	n.started.Store(true)
	r = r.WithContext(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{WroteHeaders: func() { n.left.Store(true) }}))
	return t.next.RoundTrip(r)
}

// noAnswer is what to do without an answer. The cause is not told: it may quote
// the endpoint, and who has that may send.
func (n *note) noAnswer(ctx context.Context, err error) *channels.SendError {
	switch {
	case errors.Is(err, errForbiddenAddress):
		return &channels.SendError{Outcome: channels.Permanent, Code: "address", Err: errForbiddenAddress}
	case !n.left.Load() && ctx.Err() != nil:
		return &channels.SendError{Outcome: channels.Busy, Code: "cancelled", Err: ctx.Err()}
	case !n.started.Load():
		return &channels.SendError{Outcome: channels.Permanent, Code: "address", Err: errors.New("the browser's keys or endpoint are malformed")}
	case !n.left.Load():
		return &channels.SendError{Outcome: channels.Busy, Code: "network", Err: errors.New("no connection")}
	}
	return &channels.SendError{Outcome: channels.Unknown, Code: "network", Err: errors.New("the connection failed or timed out")}
}

// refused turns a push service's answer into what to do.
func (s *Sender) refused(res *http.Response) *channels.SendError {
	e := &channels.SendError{Outcome: channels.Permanent, Code: "HTTP_" + strconv.Itoa(res.StatusCode), Err: fmt.Errorf("HTTP %d", res.StatusCode)}
	switch {
	case res.StatusCode == http.StatusNotFound, res.StatusCode == http.StatusGone:
		e.TokenGone = true
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode >= 500:
		e.Outcome, e.RetryAfter = channels.Busy, s.retryAfter(res.Header.Get("Retry-After"))
	}
	// 401 and 403: the browser subscribed with another key than ours. That does
	// not heal by itself; the page subscribes anew when it is open again.
	return e
}

// retryAfter reads seconds or a date, at most an hour.
func (s *Sender) retryAfter(header string) time.Duration {
	wait := time.Duration(0)
	if seconds, err := strconv.Atoi(header); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(s.now())
	}
	return min(max(wait, 0), time.Hour)
}
