// Package apns sends push messages to iPhones through the Apple Push
// Notification service, with token authentication (a .p8 key).
//
// A ring goes as a VoIP push to the device's PushKit token, which wakes the app
// even when it was ended; the app must report it to CallKit. A device without
// such a token gets the ring as a time-sensitive alert: that is also the way
// where CallKit may not be used. No second VoIP push is ever sent to stop a
// ring: iOS would demand that it, too, be reported as a call. That is a
// background push, which a running app obeys; for every other, expires_at in
// the ring says when it is over.
//
// The apns2 library never sends "apns-expiration: 0" (now or never, which a
// ring needs) and does not tell Retry-After. Both pass by it, through a note in
// the context that the transport reads and writes.
package apns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sideshow/apns2"
	"github.com/sideshow/apns2/token"

	"github.com/visavis/visavis/channels"
)

// Name is the provider's name in routes, deliveries and devices.
const Name = "apns"

// The environments of a device token. A token of one is unknown to the other.
const (
	Production = "production" // apps of the App Store, TestFlight and ad hoc
	Sandbox    = "sandbox"    // apps run from Xcode
)

// Config of a Sender.
type Config struct {
	KeyPEM []byte // the .p8 file of the Apple developer account. Required
	KeyID  string // its id, ten characters. Required
	TeamID string // the developer team's, ten characters. Required
	Topic  string // the app's bundle id; VoIP pushes go to Topic + ".voip". Required
	// Environment is that of devices which name none. Defaults to Production.
	Environment string
	// Endpoint replaces Apple's two hosts: the simulator. http:// is spoken as
	// HTTP/2 without TLS. Empty in production.
	Endpoint string
	// Transport is what requests go out by; it must speak HTTP/2. Defaults to
	// one that keeps few connections and pings them.
	Transport http.RoundTripper
	// Now defaults to time.Now.
	Now func() time.Time
}

// Sender is one app of one developer team.
type Sender struct {
	clients map[string]*apns2.Client // by environment
	key     *token.Token
	topic   string
	other   string // the environment of devices which name none
	now     func() time.Time
}

var _ channels.Sender = (*Sender)(nil)

// New makes a Sender. It does not connect. Errors name the wrong part, and
// never quote the key.
func New(c Config) (*Sender, error) {
	key, err := token.AuthKeyFromBytes(c.KeyPEM)
	switch {
	case err != nil:
		return nil, errors.New("apns: the key is not the .p8 file of an Apple developer account")
	case len(c.KeyID) != 10:
		return nil, errors.New("apns: the key id must have ten characters")
	case len(c.TeamID) != 10:
		return nil, errors.New("apns: the team id must have ten characters")
	case c.Topic == "" || strings.HasSuffix(c.Topic, ".voip"):
		return nil, errors.New("apns: the topic must be the app's bundle id, without .voip")
	case c.Environment != "" && c.Environment != Production && c.Environment != Sandbox:
		return nil, errors.New("apns: the environment must be production or sandbox")
	}
	if c.Environment == "" {
		c.Environment = Production
	}
	if c.Transport == nil {
		c.Transport = newTransport(c.Endpoint)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	s := &Sender{key: &token.Token{AuthKey: key, KeyID: c.KeyID, TeamID: c.TeamID}, topic: c.Topic, other: c.Environment, now: c.Now}
	client := &http.Client{Transport: &recorder{channels.InTime(c.Transport)}}
	host := func(real string) *apns2.Client {
		if c.Endpoint != "" {
			real = c.Endpoint
		}
		return &apns2.Client{Host: real, Token: s.key, HTTPClient: client}
	}
	s.clients = map[string]*apns2.Client{Production: host(apns2.HostProduction), Sandbox: host(apns2.HostDevelopment)}
	return s, nil
}

// newTransport keeps connections open, as Apple asks, and finds dead ones by
// pings. A connection carries as many pushes as Apple allows at once; one more
// is opened beyond that.
func newTransport(endpoint string) *http.Transport {
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		Protocols:           new(http.Protocols),
		HTTP2:               &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 5 * time.Second},
	}
	t.Protocols.SetHTTP2(true)
	if strings.HasPrefix(endpoint, "http://") {
		t.Proxy = nil // a twin is near
		t.Protocols.SetUnencryptedHTTP2(true)
	}
	return t
}

// Send implements channels.Sender. out.To is a device's address as banks keeps
// it: environment:token[:voip_token].
func (s *Sender) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	n, client, err := s.notification(out)
	if err != nil {
		return "", err
	}
	said := &note{expiration: n.expiration}
	res, cause := client.PushWithContext(context.WithValue(ctx, noteKey{}, said), n.Notification)
	if cause != nil {
		return "", said.noAnswer(ctx)
	}
	if res.Sent() {
		return res.ApnsID, nil
	}
	return "", s.refused(res, said, n.named)
}

// note is what passes by the library about one Send.
type note struct {
	expiration string // the header's value
	started    atomic.Bool
	left       atomic.Bool // the request, or a part of it, was written to a connection
	answered   bool
	retryAfter time.Duration
}

type noteKey struct{}

// recorder is the transport below the library.
type recorder struct{ next http.RoundTripper }

func (t *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	n, _ := r.Context().Value(noteKey{}).(*note)
	if n == nil {
		return t.next.RoundTrip(r)
	}
	n.started.Store(true)
	r = r.Clone(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{WroteHeaders: func() { n.left.Store(true) }}))
	r.Header.Set("apns-expiration", n.expiration)
	res, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	n.answered = true
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && seconds > 0 {
		n.retryAfter = min(time.Duration(seconds)*time.Second, time.Hour)
	}
	return res, nil
}

// noAnswer is what to do when Apple's answer is missing or cannot be read. The
// cause is not told: it quotes the URL, and with it the token.
func (n *note) noAnswer(ctx context.Context) *channels.SendError {
	switch {
	case !n.started.Load() && ctx.Err() != nil, !n.left.Load() && ctx.Err() != nil:
		return &channels.SendError{Outcome: channels.Busy, Code: "cancelled", Err: ctx.Err()}
	case !n.left.Load():
		return &channels.SendError{Outcome: channels.Busy, Code: "network", Err: errors.New("no connection")}
	case n.answered:
		return &channels.SendError{Outcome: channels.Unknown, Code: "answer", Err: errors.New("the answer could not be read")}
	}
	return &channels.SendError{Outcome: channels.Unknown, Code: "network", Err: errors.New("the connection failed or timed out")}
}

// renewAfter is how old a provider token must be before another is made: Apple
// refuses (TooManyProviderTokenUpdates) who makes one more often than that.
const renewAfter = 20 * time.Minute

// refused turns Apple's reason into what to do. named tells that the device
// named its environment itself.
func (s *Sender) refused(res *apns2.Response, n *note, named bool) *channels.SendError {
	e := &channels.SendError{Outcome: channels.Permanent, Code: res.Reason, RetryAfter: n.retryAfter, Err: fmt.Errorf("HTTP %d", res.StatusCode)}
	if e.Code == "" {
		e.Code = "HTTP_" + strconv.Itoa(res.StatusCode)
	}
	switch {
	case res.StatusCode == http.StatusGone:
		// The token may have been registered again since Apple found it gone.
		e.TokenGone, e.GoneAt = true, res.Timestamp.Time
	case res.Reason == apns2.ReasonBadDeviceToken:
		// Made up, or of the other environment. When only our default said which
		// environment it is, the mistake may be ours: then the device stays.
		e.TokenGone, e.Err = named, errors.New("HTTP 400: the token is malformed or of the other environment")
	case res.StatusCode == http.StatusTooManyRequests, res.StatusCode >= 500:
		e.Outcome = channels.Busy
	case res.StatusCode == http.StatusForbidden:
		// Our credentials, which someone has to mend: the message may live to see it.
		e.Outcome = channels.Busy
		if res.Reason == apns2.ReasonExpiredProviderToken {
			s.renew()
		}
	}
	if e.Outcome != channels.Busy {
		e.RetryAfter = 0
	}
	return e
}

// renew has the next Send make a new provider token, if Apple would take one.
// By itself the library makes one every 50 minutes.
func (s *Sender) renew() {
	s.key.Lock()
	defer s.key.Unlock()
	if s.now().Sub(time.Unix(s.key.IssuedAt, 0)) > renewAfter {
		s.key.IssuedAt = 0
	}
}
