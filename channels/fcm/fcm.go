// Package fcm sends push messages through Firebase Cloud Messaging (HTTP v1).
//
// The Firebase SDK has no time-out of its own and sends again by itself on 503
// and network errors, up to four times. Each Send carries a deadline and a note
// in its context; the transport writes into the note what happened and, on what
// the SDK would send again, cancels it: retrying is the delivery loop's.
package fcm

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"time"

	firebase "firebase.google.com/go/v4"
	"firebase.google.com/go/v4/errorutils"
	"firebase.google.com/go/v4/messaging"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
	"google.golang.org/api/option"

	"github.com/visavis/visavis/channels"
)

// Name is the provider's name in routes, deliveries and devices.
const Name = "fcm"

// Config of a Sender.
type Config struct {
	// CredentialsJSON is a service account's key file. Its token_uri decides
	// where tokens come from. Required.
	CredentialsJSON []byte
	// ProjectID defaults to the key file's.
	ProjectID string
	// Endpoint replaces https://fcm.googleapis.com/v1: the simulator. Empty in production.
	Endpoint string
	// Transport is what requests go out by. Defaults to Transport(nil).
	Transport http.RoundTripper
}

// Sender is one Firebase project.
type Sender struct{ client *messaging.Client }

var _ channels.Sender = (*Sender)(nil)

// Transport is tuned for many sends at once to one host. Over HTTP/2 they share
// few connections (the transport opens another one when the streams of all are
// used up); over HTTP/1.1 each has its own, kept for the next.
func Transport(config *tls.Config) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = config
	t.ForceAttemptHTTP2 = true
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = 1024, 1024, 0
	t.IdleConnTimeout = 90 * time.Second
	return t
}

const scope = "https://www.googleapis.com/auth/firebase.messaging"

// New makes a Sender. It does not connect.
func New(ctx context.Context, c Config) (*Sender, error) {
	var key struct {
		ProjectID string `json:"project_id"`
	}
	if err := json.Unmarshal(c.CredentialsJSON, &key); err != nil {
		return nil, errors.New("fcm: the credentials are not a service account's key file")
	}
	if c.ProjectID == "" {
		c.ProjectID = key.ProjectID
	}
	if c.ProjectID == "" {
		return nil, errors.New("fcm: the project id is missing")
	}
	transport := c.Transport
	if transport == nil {
		t := Transport(nil)
		if c.Endpoint != "" {
			t.Proxy = nil // a twin is near
		}
		transport = t
	}
	// Tokens are fetched once an hour, for all sends that wait for one.
	ctx = context.WithValue(context.WithoutCancel(ctx), oauth2.HTTPClient, &http.Client{Transport: transport, Timeout: 5 * time.Second})
	config, err := google.JWTConfigFromJSON(c.CredentialsJSON, scope)
	if err != nil {
		return nil, errors.New("fcm: the credentials are not a service account's key file") // the cause may quote it
	}
	client := &http.Client{Transport: &recorder{next: channels.InTime(transport), tokens: config.TokenSource(ctx)}}
	options := []option.ClientOption{option.WithHTTPClient(client)}
	if c.Endpoint != "" {
		options = append(options, option.WithEndpoint(c.Endpoint))
	}
	app, err := firebase.NewApp(ctx, &firebase.Config{ProjectID: c.ProjectID}, options...)
	if err != nil {
		return nil, fmt.Errorf("fcm: %w", err)
	}
	s := &Sender{}
	if s.client, err = app.Messaging(ctx); err != nil {
		return nil, fmt.Errorf("fcm: %w", err)
	}
	return s, nil
}

// Send implements channels.Sender. A ring is data only, of high priority, and
// lives no longer than the ring; anything else is a notification with its link
// in data.
func (s *Sender) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	n := &note{stop: cancel}
	traced := httptrace.WithClientTrace(context.WithValue(ctx, noteKey{}, n), &httptrace.ClientTrace{WroteHeaders: func() { n.left = true }})
	id, err := s.client.Send(traced, message(out))
	if err == nil {
		return id, nil
	}
	return "", n.sendError(ctx, err)
}

func message(out channels.Outgoing) *messaging.Message {
	ttl := min(max(out.TTL.Truncate(time.Second), time.Second), 28*24*time.Hour)
	m := &messaging.Message{
		Token:   out.To,
		Data:    out.Data,
		Android: &messaging.AndroidConfig{Priority: "high", TTL: &ttl},
	}
	if out.Class == channels.Ring {
		// The app draws the ringing itself, with these words.
		m.Data = map[string]string{"title": out.Title, "body": out.Body}
		for name, value := range out.Data {
			m.Data[name] = value
		}
		return m
	}
	m.Notification = &messaging.Notification{Title: out.Title, Body: out.Body}
	if out.Class == channels.Notice || out.Class == channels.Reminder {
		m.Android.Priority = "normal"
	}
	// The same tag replaces the notification that a repeated send would double.
	m.Android.Notification = &messaging.AndroidNotification{Tag: out.DeliveryID.String()}
	return m
}

// note is what the transport tells about one Send.
type note struct {
	stop       func()
	requests   int
	left       bool // the request, or a part of it, was written to a connection
	answered   bool
	status     int
	retryAfter time.Duration
}

type noteKey struct{}

// recorder is the transport below the SDK: it authorizes, as oauth2.Transport
// does with one more copy of the request, and writes the note.
type recorder struct {
	next   http.RoundTripper
	tokens oauth2.TokenSource
}

func (t *recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := t.tokens.Token()
	if err != nil {
		if r.Body != nil {
			_ = r.Body.Close()
		}
		return nil, err
	}
	authorized := *r
	authorized.Header = maps.Clone(r.Header)
	token.SetAuthHeader(&authorized)
	n, _ := r.Context().Value(noteKey{}).(*note)
	if n == nil {
		return t.next.RoundTrip(&authorized)
	}
	n.requests++
	res, err := t.next.RoundTrip(&authorized)
	if err != nil {
		n.stop()
		return nil, err
	}
	n.answered, n.status = true, res.StatusCode
	if after := res.Header.Get("Retry-After"); after != "" {
		if seconds, err := strconv.Atoi(after); err == nil && seconds > 0 {
			n.retryAfter = min(time.Duration(seconds)*time.Second, time.Hour)
		}
	}
	if res.StatusCode == http.StatusServiceUnavailable {
		n.stop() // after the answer has been taken: the body is not needed
	}
	return res, nil
}

// sendError says what to do. A push of unknown outcome is sent again with the
// same id, so the difference to busy is only what is told.
func (n *note) sendError(ctx context.Context, err error) *channels.SendError {
	e := &channels.SendError{RetryAfter: n.retryAfter, Err: fmt.Errorf("HTTP %d", n.status)}
	switch {
	case n.requests == 0 && ctx.Err() != nil:
		e.Outcome, e.Code, e.Err = channels.Busy, "cancelled", ctx.Err()
	case n.requests == 0:
		// No token: our credentials, or Google's token server.
		e.Outcome, e.Code, e.Err = channels.Busy, "authorization", errors.New("no access token")
	case !n.answered && !n.left:
		e.Outcome, e.Code, e.Err = channels.Busy, "network", errors.New("no connection")
	case !n.answered:
		e.Outcome, e.Code, e.Err = channels.Unknown, "network", errors.New("the connection failed or timed out")
	case n.status == http.StatusServiceUnavailable:
		e.Outcome, e.Code = channels.Busy, "UNAVAILABLE"
	case messaging.IsUnregistered(err):
		e.Outcome, e.Code, e.TokenGone = channels.Permanent, "UNREGISTERED", true
	case messaging.IsSenderIDMismatch(err):
		e.Outcome, e.Code = channels.Permanent, "SENDER_ID_MISMATCH"
	case messaging.IsThirdPartyAuthError(err):
		e.Outcome, e.Code = channels.Permanent, "THIRD_PARTY_AUTH_ERROR"
	case messaging.IsQuotaExceeded(err), n.status == http.StatusTooManyRequests:
		e.Outcome, e.Code = channels.Busy, "QUOTA_EXCEEDED"
	case errorutils.IsInvalidArgument(err), n.status == http.StatusBadRequest:
		e.Outcome, e.Code = channels.Permanent, "INVALID_ARGUMENT"
	case n.status == http.StatusUnauthorized, n.status == http.StatusForbidden:
		e.Outcome, e.Code = channels.Busy, "authorization"
	case n.status >= 500:
		e.Outcome, e.Code = channels.Busy, "INTERNAL"
	case n.status < 300:
		e.Outcome, e.Code, e.Err = channels.Unknown, "answer", errors.New("the answer could not be read")
	default:
		e.Outcome, e.Code = channels.Permanent, "HTTP_"+strconv.Itoa(n.status)
	}
	return e
}
