// Package twilio sends SMS and places calls through Twilio, and takes its
// callbacks in.
//
// twilio-go takes no context, waits 10 s whatever the caller wants, drops the
// Retry-After header and has no setting for another host. So each request gets
// a client of its own over one shared transport (see call): it carries the
// caller's deadline, keeps what the SDK drops, and tells whether the request
// left at all.
package twilio

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/visavis/visavis/channels"
)

// Name is the provider's name in routes, deliveries and receipts.
const Name = "twilio"

// Config of a Provider.
type Config struct {
	AccountSID string // AC and 32 hexadecimal digits. Required.
	AuthToken  string // Required: signs callbacks too.
	// PreviousAuthToken still verifies callbacks while a token is rotated.
	PreviousAuthToken string
	// From is the number or sender name of SMS, or a messaging service's SID
	// (MG…). Required.
	From string
	// VoiceFrom is the number that calls come from. Defaults to From.
	VoiceFrom string
	// BaseURL replaces https://api.twilio.com: the simulator. Empty in production.
	BaseURL string
	// PublicURL is the gateway's own, without a trailing slash: callbacks go to
	// <PublicURL>/callbacks/twilio/…, and their signatures are verified on it,
	// whatever a proxy says. Required.
	PublicURL string
	// Transport is what requests go out by. Defaults to Transport(nil).
	Transport http.RoundTripper
}

// Provider is one Twilio account. Make Senders with SMS and Voice.
type Provider struct {
	cfg       Config
	base      *url.URL // nil: as the SDK says
	transport http.RoundTripper
}

var (
	accountShape = regexp.MustCompile(`^AC[0-9a-fA-F]{32}$`)
	numberShape  = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
)

// New checks the configuration and makes a Provider. It refuses an empty token:
// with one everybody could sign callbacks.
func New(c Config) (*Provider, error) {
	switch {
	case !accountShape.MatchString(c.AccountSID):
		return nil, errors.New("twilio: account SID must be AC and 32 hexadecimal digits")
	case len(c.AuthToken) < 16:
		return nil, errors.New("twilio: auth token is missing or too short")
	case c.PreviousAuthToken != "" && len(c.PreviousAuthToken) < 16:
		return nil, errors.New("twilio: previous auth token is too short")
	case c.From == "":
		return nil, errors.New("twilio: the sender (From) is missing")
	}
	if c.VoiceFrom == "" {
		c.VoiceFrom = c.From
	}
	public, err := url.Parse(c.PublicURL)
	if err != nil || (public.Scheme != "https" && public.Scheme != "http") || public.Host == "" || public.RawQuery != "" || public.Fragment != "" {
		return nil, errors.New("twilio: the public URL must be an absolute http(s) URL without a query")
	}
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	p := &Provider{cfg: c, transport: c.Transport}
	if c.BaseURL != "" {
		if p.base, err = url.Parse(c.BaseURL); err != nil || p.base.Host == "" {
			return nil, errors.New("twilio: the base URL must be an absolute URL")
		}
	}
	if p.transport == nil {
		t := Transport(nil)
		if p.base != nil {
			t.Proxy = nil // a twin is near
		}
		p.transport = t
	}
	p.transport = channels.InTime(p.transport)
	return p, nil
}

// Transport is tuned for many requests at once to one host: each has a
// connection of its own, kept for the next.
func Transport(config *tls.Config) *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.TLSClientConfig = config
	t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = 1024, 1024, 1024
	t.IdleConnTimeout = 90 * time.Second
	return t
}

// SMS returns the sender of text messages.
func (p *Provider) SMS() *SMS { return &SMS{p} }

// Voice returns the sender that places calls.
func (p *Provider) Voice() *Voice { return &Voice{p} }

// Flash returns the sender of flash calls.
func (p *Provider) Flash() *Flash { return &Flash{p} }

// Flash rings a phone from a number whose last digits are a code, and is not to
// be answered: who answers hears the call end. A call that has rung has been
// delivered, however it ends.
type Flash struct{ p *Provider }

// SMS sends text messages.
type SMS struct{ p *Provider }

// Voice places calls that speak the message's text.
type Voice struct{ p *Provider }

var (
	_ channels.Sender = (*SMS)(nil)
	_ channels.Looker = (*SMS)(nil)
	_ channels.Sender = (*Voice)(nil)
	_ channels.Looker = (*Voice)(nil)
	_ channels.Sender = (*Flash)(nil)
	_ channels.Looker = (*Flash)(nil)
)

// Send implements channels.Sender; the id is the message's SID.
func (s *SMS) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	params := &api.CreateMessageParams{}
	params.SetTo(out.To).SetBody(out.Body).SetStatusCallback(s.p.callbackURL("messages", out.BankID, out.DeliveryID))
	params.SetValidityPeriod(min(max(int(out.TTL/time.Second), 1), 36000))
	switch {
	case out.From != "":
		params.SetFrom(out.From)
	case strings.HasPrefix(s.p.cfg.From, "MG") && len(s.p.cfg.From) == 34:
		params.SetMessagingServiceSid(s.p.cfg.From)
	default:
		params.SetFrom(s.p.cfg.From)
	}
	c := s.p.call(ctx)
	message, err := c.api().CreateMessage(params)
	if err != nil {
		return "", c.sendError(err)
	}
	return c.accepted(message.Sid, messageSID)
}

// Lookup implements channels.Looker. Twilio lists neither our id nor the status
// callback, so it goes by recipient, words and time.
func (s *SMS) Lookup(ctx context.Context, out channels.Outgoing, since time.Time) ([]channels.Found, error) {
	c := s.p.call(ctx)
	params := &api.ListMessageParams{}
	// Not by DateSent: what is still queued has none.
	params.SetTo(out.To).SetPageSize(100)
	page, err := c.api().PageMessage(params, "", "")
	if err != nil {
		return nil, c.sendError(err)
	}
	var found []channels.Found
	for _, m := range page.Messages {
		if text(m.Body) != out.Body || !strings.HasPrefix(text(m.Direction), "outbound") || before(m.DateCreated, since) {
			continue
		}
		code := ""
		if m.ErrorCode != nil && *m.ErrorCode != 0 {
			code = strconv.Itoa(*m.ErrorCode)
		}
		found = append(found, found1(m.Sid, m.Status, messageState(text(m.Status)), code))
	}
	return oldestFirst(found), nil
}

// from is the number that a call comes from.
func (v *Voice) from(out channels.Outgoing) string {
	if out.From != "" {
		return out.From
	}
	return v.p.cfg.VoiceFrom
}

// Send implements channels.Sender; the id is the call's SID. The text is fetched
// by Twilio when the call is answered, see Callbacks.
func (v *Voice) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	params := &api.CreateCallParams{}
	params.SetTo(out.To).SetFrom(v.from(out))
	params.SetUrl(v.p.callbackURL("voice", out.BankID, out.DeliveryID)).SetMethod(http.MethodPost)
	params.SetStatusCallback(v.p.callbackURL("calls", out.BankID, out.DeliveryID)).SetStatusCallbackMethod(http.MethodPost)
	params.SetStatusCallbackEvent([]string{"initiated", "ringing", "answered", "completed"})
	params.SetTimeout(min(max(int(out.TTL/time.Second), 5), 45)) // ringing
	params.SetTimeLimit(120)
	c := v.p.call(ctx)
	call, err := c.api().CreateCall(params)
	if err != nil {
		return "", c.sendError(err)
	}
	return c.accepted(call.Sid, callSID)
}

// Lookup implements channels.Looker: by recipient, our number and time.
func (v *Voice) Lookup(ctx context.Context, out channels.Outgoing, since time.Time) ([]channels.Found, error) {
	c := v.p.call(ctx)
	params := &api.ListCallParams{}
	params.SetTo(out.To).SetFrom(v.from(out)).SetPageSize(100)
	page, err := c.api().PageCall(params, "", "")
	if err != nil {
		return nil, c.sendError(err)
	}
	var found []channels.Found
	for _, call := range page.Calls {
		if !strings.HasPrefix(text(call.Direction), "outbound") || before(call.DateCreated, since) {
			continue
		}
		found = append(found, found1(call.Sid, call.Status, callState(text(call.Status)), ""))
	}
	return oldestFirst(found), nil
}

// flashRings is how long a flash call rings: long enough to be seen.
const flashRings = 15 * time.Second

// Send implements channels.Sender; the id is the call's SID. Without a number to
// call from it is refused for good: any other number would be a wrong code.
func (f *Flash) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	if out.From == "" {
		return "", &channels.SendError{Outcome: channels.Permanent, Code: "from", Err: errors.New("a flash call needs the number that it comes from")}
	}
	params := &api.CreateCallParams{}
	params.SetTo(out.To).SetFrom(out.From).SetTwiml("<Response><Hangup/></Response>")
	params.SetStatusCallback(f.p.callbackURL("flash", out.BankID, out.DeliveryID)).SetStatusCallbackMethod(http.MethodPost)
	params.SetStatusCallbackEvent([]string{"initiated", "ringing", "completed"})
	params.SetTimeout(min(max(int(out.TTL/time.Second), 5), int(flashRings/time.Second)))
	params.SetTimeLimit(5)
	c := f.p.call(ctx)
	call, err := c.api().CreateCall(params)
	if err != nil {
		return "", c.sendError(err)
	}
	return c.accepted(call.Sid, callSID)
}

// Lookup implements channels.Looker: by recipient, the number called from and
// time.
func (f *Flash) Lookup(ctx context.Context, out channels.Outgoing, since time.Time) ([]channels.Found, error) {
	found, err := (&Voice{f.p}).Lookup(ctx, out, since)
	for i := range found {
		found[i].State = flashState(found[i].Status)
		if found[i].State == "" {
			found[i].State = channels.StateSent
		}
	}
	return found, err
}

func found1(sid, status *string, state channels.State, code string) channels.Found {
	if state == "" {
		state = channels.StateSent // it is there
	}
	return channels.Found{ProviderID: text(sid), Status: text(status), State: state, ErrorCode: code}
}

// oldestFirst turns Twilio's order round.
func oldestFirst(found []channels.Found) []channels.Found {
	for i, j := 0, len(found)-1; i < j; i, j = i+1, j-1 {
		found[i], found[j] = found[j], found[i]
	}
	return found
}

// before reports whether what Twilio dates (RFC 2822, whole seconds) is surely
// older than since. Clocks may differ by a few seconds.
func before(date *string, since time.Time) bool {
	at, err := time.Parse(time.RFC1123Z, text(date))
	return err == nil && at.Before(since.Add(-5*time.Second))
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// messageState says what Twilio's status of a message means; "" for one that
// tells nothing.
func messageState(status string) channels.State {
	switch status {
	case "accepted", "scheduled", "queued", "sending", "sent":
		return channels.StateSent
	case "delivered", "read":
		return channels.StateDelivered
	case "undelivered", "partially_delivered":
		return channels.StateUndelivered
	case "failed", "canceled":
		return channels.StateFailed
	}
	return ""
}

// callState says what Twilio's status of a call means. A completed call was
// answered and heard.
func callState(status string) channels.State {
	switch status {
	case "queued", "initiated", "ringing", "in-progress":
		return channels.StateSent
	case "completed":
		return channels.StateDelivered
	case "busy", "no-answer":
		return channels.StateUndelivered
	case "failed", "canceled":
		return channels.StateFailed
	}
	return ""
}

// flashState says what Twilio's status of a flash call means: it rang, and with
// that the number was seen.
func flashState(status string) channels.State {
	switch status {
	case "ringing", "in-progress", "completed", "no-answer", "busy":
		return channels.StateDelivered
	case "failed", "canceled":
		return channels.StateFailed
	}
	return callState(status)
}

// callbackPath is where callbacks of a delivery come in: kind is messages,
// calls, flash, voice, keys or audio.
func callbackPath(kind string, bankID, deliveryID uuid.UUID) string {
	return "/callbacks/twilio/" + kind + "/" + bankID.String() + "/" + deliveryID.String()
}

func (p *Provider) callbackURL(kind string, bankID, deliveryID uuid.UUID) string {
	return p.cfg.PublicURL + callbackPath(kind, bankID, deliveryID)
}

func (p *Provider) call(ctx context.Context) *call {
	c := &call{p: p, ctx: ctx}
	c.client = &client.Client{
		Credentials: client.NewCredentials(p.cfg.AccountSID, p.cfg.AuthToken),
		HTTPClient: &http.Client{
			Transport:     c,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	c.client.SetAccountSid(p.cfg.AccountSID)
	return c
}

func (c *call) api() *api.ApiService { return api.NewApiServiceWithClient(c.client) }

// accepted checks the SID of what Twilio says it took.
func (c *call) accepted(sid *string, shape *regexp.Regexp) (string, error) {
	if !shape.MatchString(text(sid)) {
		return "", &channels.SendError{Outcome: channels.Unknown, Code: "answer", Err: fmt.Errorf("the answer has no SID")}
	}
	return *sid, nil
}
