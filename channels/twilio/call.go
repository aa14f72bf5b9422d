package twilio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strconv"
	"time"

	"github.com/twilio/twilio-go/client"

	"github.com/visavis/visavis/channels"
)

// call is one request to Twilio: the transport of a client that is used once.
type call struct {
	p      *Provider
	ctx    context.Context
	client *client.Client

	requests   int
	left       bool // the request, or a part of it, was written to a connection
	status     int  // of the answer; 0 = none
	retryAfter time.Duration
}

// answerLimit bounds what is read of an answer: a page of 100 messages of 1,600
// characters fits well.
const answerLimit = 2 << 20

var errSecondRequest = errors.New("the SDK sent a request twice")

// RoundTrip implements http.RoundTripper for the SDK.
func (c *call) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.requests++; c.requests > 1 {
		return nil, errSecondRequest // retrying is the delivery loop's
	}
	ctx := httptrace.WithClientTrace(c.ctx, &httptrace.ClientTrace{
		WroteHeaders: func() { c.left = true },
		WroteRequest: func(httptrace.WroteRequestInfo) { c.left = true },
	})
	r = r.WithContext(ctx)
	if base := c.p.base; base != nil {
		at := *r.URL
		at.Scheme, at.Host, at.Path = base.Scheme, base.Host, base.Path+at.Path
		r.URL, r.Host = &at, ""
	}
	res, err := c.p.transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	c.status = res.StatusCode
	c.retryAfter = retryAfter(res.Header.Get("Retry-After"))
	res.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(res.Body, answerLimit), res.Body}
	return res, nil
}

// sendError says what to do about a request that failed. What may have reached
// Twilio and was not answered properly is Unknown.
func (c *call) sendError(err error) *channels.SendError {
	code := 0
	var rest *client.TwilioRestError
	var v1 *client.RestErrorV1
	switch {
	case errors.As(err, &rest):
		code = rest.Code
	case errors.As(err, &v1):
		code = v1.Code
	}
	e := &channels.SendError{Code: "network", RetryAfter: c.retryAfter}
	if code != 0 {
		e.Code = strconv.Itoa(code)
	} else if c.status != 0 {
		e.Code = "http_" + strconv.Itoa(c.status)
	}
	e.OptedOut = code == 21610
	switch {
	case c.status == 0 && !c.left:
		// No connection: surely nothing was accepted.
		e.Outcome, e.Err = channels.Busy, cause(c.ctx, err)
	case c.status == 0:
		e.Outcome, e.Err = channels.Unknown, cause(c.ctx, err)
	case c.status < 300:
		// Accepted, but the answer could not be read.
		e.Outcome, e.Err = channels.Unknown, errors.New("the answer could not be read")
	case c.status == http.StatusTooManyRequests, c.status == http.StatusServiceUnavailable:
		e.Outcome, e.Err = channels.Busy, fmt.Errorf("HTTP %d", c.status)
	case c.status >= 500 && code != 0:
		// Twilio's own error answer, with a code: it did not take it.
		e.Outcome, e.Err = channels.Busy, fmt.Errorf("HTTP %d", c.status)
	case c.status >= 500:
		// A gateway on the way (502, 504): Twilio may have taken it.
		e.Outcome, e.Err = channels.Unknown, fmt.Errorf("HTTP %d", c.status)
	case c.status == http.StatusUnauthorized, c.status == http.StatusForbidden && code == 20003:
		// Our credentials, not this message: an operator may repair it in time.
		e.Outcome, e.Err = channels.Busy, errors.New("our credentials are refused")
	default:
		e.Outcome, e.Err = channels.Permanent, fmt.Errorf("HTTP %d", c.status)
	}
	return e
}

// cause takes URL and peer out of an error: an URL of a list has the number in it.
func cause(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errSecondRequest):
		return errSecondRequest
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the connection was cut")
	}
	return errors.New("the connection failed")
}

// retryAfter reads the header in both of its forms (RFC 9110, 10.2.3), bounded
// to an hour.
func retryAfter(header string) time.Duration {
	if header == "" {
		return 0
	}
	if seconds, err := strconv.Atoi(header); err == nil {
		return min(max(time.Duration(seconds)*time.Second, 0), time.Hour)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(time.Until(at), 0), time.Hour)
	}
	return 0
}
