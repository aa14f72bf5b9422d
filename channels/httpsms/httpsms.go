package httpsms

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
)

// Config of a Provider.
type Config struct {
	// Path of the description, or its name in errors when Content is given. Required.
	Path    string
	Content []byte
	// Getenv reads secrets. Defaults to os.Getenv.
	Getenv func(string) string
	// PublicURL is the gateway's own, without a trailing slash. Required.
	PublicURL string
	// Keys derive the secret in each callback's path. Required.
	Keys *events.Keyring
	// BaseURL replaces scheme and host of the description's URL: the simulator.
	BaseURL string
	// From replaces the description's. Empty: as it is.
	From string
	// Transport defaults to one that keeps up to 64 connections.
	Transport http.RoundTripper
}

// Provider is one carrier.
type Provider struct {
	d         *description
	cfg       Config
	client    *http.Client
	secrets   map[string]string // of secret_params
	password  string
	bearer    string
	sign      string
	receiptBy string // keys of signatures
	inboundBy string
}

var _ channels.Sender = (*Provider)(nil)

// New reads and checks a description and its secrets. Errors about the
// description name file and line.
func New(c Config) (*Provider, error) {
	if c.Content == nil {
		content, err := os.ReadFile(c.Path)
		if err != nil {
			return nil, err
		}
		c.Content = content
	}
	d, err := read(c.Path, c.Content)
	if err != nil {
		return nil, err
	}
	if c.Keys == nil || c.PublicURL == "" {
		return nil, errors.New("httpsms: Keys and PublicURL are required")
	}
	if c.Getenv == nil {
		c.Getenv = os.Getenv
	}
	if c.From == "" {
		c.From = d.From
	}
	p := &Provider{d: d, cfg: c, secrets: map[string]string{}}
	var errs []error
	get := func(key string, s secret) string {
		v, err := s.value(c.Getenv)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", c.Path, key, err))
		}
		return v
	}
	for name, s := range d.Send.SecretParams {
		p.secrets[name] = get("send.secret_params."+name, s)
	}
	if d.Auth.Basic != nil {
		p.password = get("auth.basic.password", d.Auth.Basic.Password)
	}
	if d.Auth.Bearer != nil {
		p.bearer = get("auth.bearer", *d.Auth.Bearer)
	}
	if d.Auth.Signature != nil {
		p.sign = get("auth.signature.key", d.Auth.Signature.Key)
	}
	if d.Receipt != nil && d.Receipt.Signature != nil {
		p.receiptBy = get("receipt.signature.key", d.Receipt.Signature.Key)
	}
	if d.Inbound != nil && d.Inbound.Signature != nil {
		p.inboundBy = get("inbound.signature.key", d.Inbound.Signature.Key)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	transport := c.Transport
	if transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = 64, 64, 64
		transport = t
	}
	p.client = &http.Client{Transport: channels.InTime(transport), CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return p, nil
}

// Name is the provider's name in routes, deliveries and receipts.
func (p *Provider) Name() string { return p.d.Name }

// Send implements channels.Sender. There is nothing to look up: what was not
// answered is sent again with the same {id}.
func (p *Provider) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", &channels.SendError{Outcome: channels.Busy, Code: "cancelled", Err: err}
	}
	left := false
	trace := &httptrace.ClientTrace{
		WroteHeaders: func() { left = true },
		WroteRequest: func(httptrace.WroteRequestInfo) { left = true },
	}
	req, err := p.request(httptrace.WithClientTrace(ctx, trace), out)
	if err != nil {
		return "", &channels.SendError{Outcome: channels.Permanent, Code: "request", Err: errors.New("the request could not be made of the description")}
	}
	res, err := p.client.Do(req)
	if err != nil {
		e := &channels.SendError{Outcome: channels.Unknown, Code: "network", Err: errors.New("the connection failed")}
		if ctx.Err() != nil {
			e.Err = ctx.Err()
		}
		if !left {
			e.Outcome = channels.Busy
		}
		return "", e
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 256<<10))
	if err != nil {
		return "", &channels.SendError{Outcome: channels.Unknown, Code: "answer", Err: errors.New("the answer could not be read")}
	}
	return p.judge(res, body)
}

// request writes what the description says, each value escaped by what writes its place.
func (p *Provider) request(ctx context.Context, out channels.Outgoing) (*http.Request, error) {
	s := &p.d.Send
	values := map[string]string{
		"to": out.To, "to_digits": strings.TrimPrefix(out.To, "+"), "from": cmp.Or(out.From, p.cfg.From), "text": out.Body,
		"id": out.DeliveryID.String(), "ttl": strconv.Itoa(max(int(out.TTL/time.Second), 1)), "callback": p.receiptURL(out.BankID, out.DeliveryID),
	}
	fill := func(template string, escape func(string) string) string {
		return placeholderShape.ReplaceAllStringFunc(template, func(m string) string { return escape(values[m[1:len(m)-1]]) })
	}
	plain := func(v string) string { return v }
	target, err := url.Parse(fill(s.URL, url.PathEscape))
	if err != nil {
		return nil, err
	}
	if p.cfg.BaseURL != "" {
		base, err := url.Parse(p.cfg.BaseURL)
		if err != nil {
			return nil, err
		}
		target.Scheme, target.Host = base.Scheme, base.Host
	}
	params := func(templates map[string]string, secrets map[string]string) url.Values {
		v := url.Values{}
		for name, template := range templates {
			v.Set(name, fill(template, plain))
		}
		for name, value := range secrets {
			v.Set(name, value)
		}
		return v
	}
	var body, kind string
	query := s.Query
	secrets := p.secrets
	switch {
	case len(s.Form) > 0:
		body, kind, secrets = params(s.Form, secrets).Encode(), "application/x-www-form-urlencoded", nil
	case s.JSON.Kind != 0:
		encoded, err := json.Marshal(jsonOf(&s.JSON, values, func(t string) string { return fill(t, plain) }))
		if err != nil {
			return nil, err
		}
		body, kind = string(encoded), "application/json"
	}
	target.RawQuery = params(query, secrets).Encode()
	var reader io.Reader
	if kind != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, s.Method, target.String(), reader)
	if err != nil {
		return nil, err
	}
	// net/http must not send it a second time by itself, as it does a GET without
	// a body when a kept connection turns out to be dead.
	req.GetBody = nil
	if kind == "" {
		req.Body = io.NopCloser(strings.NewReader(""))
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	for name, template := range s.Headers {
		req.Header.Set(name, fill(template, plain))
	}
	if p.d.Auth.Basic != nil {
		req.SetBasicAuth(p.d.Auth.Basic.User, p.password)
	}
	if p.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+p.bearer)
	}
	if sig := p.d.Auth.Signature; sig != nil {
		req.Header.Set(sig.Header, sig.Prefix+sig.encode(mac(p.sign, []byte(body))))
	}
	return req, nil
}

// jsonOf is the tree as encoding/json takes it. A value that is nothing but
// {ttl} is a number; what is quoted in the description stays a string.
func jsonOf(n *yaml.Node, values map[string]string, fill func(string) string) any {
	switch n.Kind {
	case yaml.MappingNode:
		object := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			object[n.Content[i].Value] = jsonOf(n.Content[i+1], values, fill)
		}
		return object
	case yaml.SequenceNode:
		list := []any{}
		for _, child := range n.Content {
			list = append(list, jsonOf(child, values, fill))
		}
		return list
	case yaml.AliasNode:
		return jsonOf(n.Alias, values, fill)
	}
	if n.Value == "{ttl}" {
		return json.Number(values["ttl"])
	}
	if n.Tag == "!!str" {
		return fill(n.Value)
	}
	var v any
	_ = n.Decode(&v) // a scalar that yaml has read already
	return v
}

// judge says what an answer means.
func (p *Provider) judge(res *http.Response, body []byte) (string, error) {
	id, code := p.d.Answer.ID.in(body, nil), p.d.Answer.Code.in(body, nil)
	means := ""
	for _, r := range p.d.Answer.Rules {
		if (len(r.Status) == 0 || slices.Contains(r.Status, res.StatusCode)) && (len(r.Codes) == 0 || slices.Contains(r.Codes, code)) {
			means = r.Means
			break
		}
	}
	if means == "" {
		switch s := res.StatusCode; {
		case s >= 200 && s < 300 && id != "":
			means = "accepted"
		case s == http.StatusTooManyRequests || s == http.StatusServiceUnavailable || s == http.StatusUnauthorized || s == http.StatusForbidden:
			means = "busy"
		case s >= 400 && s < 500:
			means = "permanent"
		default:
			means = "unknown"
		}
	}
	e := &channels.SendError{Code: safeCode(code), Err: fmt.Errorf("HTTP %d", res.StatusCode)}
	if e.Code == "" {
		e.Code = "http_" + strconv.Itoa(res.StatusCode)
	}
	switch means {
	case "accepted":
		if idOK(id) {
			return id, nil
		}
		e.Outcome, e.Code, e.Err = channels.Unknown, "answer", errors.New("the answer has no id")
	case "permanent":
		e.Outcome = channels.Permanent
	case "busy":
		e.Outcome, e.RetryAfter = channels.Busy, time.Second
		if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
			e.RetryAfter = min(max(time.Duration(seconds)*time.Second, 0), time.Hour)
		}
	default:
		e.Outcome = channels.Unknown
	}
	return "", e
}

// idOK takes ids that can be stored and compared as they are.
func idOK(id string) bool {
	return id != "" && len(id) <= 128 && strings.IndexFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// safeCode is a carrier's code as it may stand in a log: short, and no number of a phone.
func safeCode(code string) string {
	if len(code) > 32 || strings.IndexFunc(code, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' || r == '.')
	}) >= 0 {
		return ""
	}
	if digits := strings.Count(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return '0'
		}
		return r
	}, code), "0"); digits > 6 {
		return ""
	}
	return code
}

// in finds the value in a body, or in fields; "" when it is not there.
func (l *locator) in(body []byte, fields url.Values) string {
	switch {
	case l.Field != "":
		return fields.Get(l.Field)
	case l.re != nil:
		if m := l.re.FindSubmatch(body); m != nil {
			return string(m[1])
		}
	case l.JSON != "":
		var v any
		decoder := json.NewDecoder(strings.NewReader(string(body)))
		decoder.UseNumber()
		if decoder.Decode(&v) != nil {
			return ""
		}
		for _, part := range strings.Split(l.JSON[1:], "/") {
			part = strings.NewReplacer("~1", "/", "~0", "~").Replace(part)
			switch at := v.(type) {
			case map[string]any:
				v = at[part]
			case []any:
				i, err := strconv.Atoi(part)
				if err != nil || i < 0 || i >= len(at) {
					return ""
				}
				v = at[i]
			default:
				return ""
			}
		}
		switch at := v.(type) {
		case string:
			return at
		case json.Number:
			return at.String()
		case bool:
			return strconv.FormatBool(at)
		}
	}
	return ""
}

func mac(key string, body []byte) []byte {
	m := hmac.New(sha256.New, []byte(key))
	m.Write(body)
	return m.Sum(nil)
}

func (s *signature) encode(sum []byte) string {
	if s.Encoding == "base64" {
		return base64.StdEncoding.EncodeToString(sum)
	}
	return hex.EncodeToString(sum)
}
