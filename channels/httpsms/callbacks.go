package httpsms

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
)

// Inbound is an SMS from a customer.
type Inbound struct{ From, To, Text, ProviderID string }

// Callbacks takes in what a carrier tells:
//
//	/callbacks/http/{provider}/receipts/{bank}/{delivery}/{token}
//	/callbacks/http/{provider}/inbound/{bank}/{token}
//
// The token is a MAC of the path before it, so a path cannot be guessed; where
// the description has a signature, that is checked besides. Everything else that
// comes is untrusted. It answers 404 to a wrong path, 403 to a wrong signature.
type Callbacks struct {
	Receipt func(ctx context.Context, bankID, deliveryID uuid.UUID, r channels.Receipt) error
	Receive func(ctx context.Context, bankID uuid.UUID, in Inbound) error // nil: not taken
	Log     *slog.Logger
	Now     func() time.Time

	p *Provider
}

// Callbacks makes the handler of this carrier's callbacks.
func (p *Provider) Callbacks(c Callbacks) *Callbacks {
	c.p = p
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &c
}

// Prefix is where this carrier's callbacks come in.
func (p *Provider) Prefix() string { return "/callbacks/http/" + p.d.Name + "/" }

func (p *Provider) token(path string) string {
	return base64.RawURLEncoding.EncodeToString(p.cfg.Keys.MAC("httpsms callback", []byte(path))[:16])
}

func (p *Provider) receiptURL(bankID, deliveryID uuid.UUID) string {
	path := p.Prefix() + "receipts/" + bankID.String() + "/" + deliveryID.String()
	return p.cfg.PublicURL + path + "/" + p.token(path)
}

// InboundURL is what the carrier is told to call with customers' texts for a
// bank. It is a secret.
func (p *Provider) InboundURL(bankID uuid.UUID) string {
	path := p.Prefix() + "inbound/" + bankID.String()
	return p.cfg.PublicURL + path + "/" + p.token(path)
}

// TakesInbound reports whether the carrier brings customers' texts.
func (p *Provider) TakesInbound() bool { return p.d.Inbound != nil }

const maxCallback = 64 << 10

// ServeHTTP serves both by the path.
func (c *Callbacks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.EscapedPath()
	cut := strings.LastIndexByte(path, '/')
	rest, ours := strings.CutPrefix(path[:max(cut, 0)], c.p.Prefix())
	given, err := base64.RawURLEncoding.DecodeString(path[cut+1:])
	if !ours || err != nil || !c.p.cfg.Keys.VerifyMAC("httpsms callback", given, []byte(path[:cut])) {
		http.NotFound(w, r)
		return
	}
	parts := strings.Split(rest, "/")
	switch {
	case len(parts) == 3 && parts[0] == "receipts" && c.p.d.Receipt != nil:
		d := c.p.d.Receipt
		bankID, err1 := uuid.Parse(parts[1])
		deliveryID, err2 := uuid.Parse(parts[2])
		if body, fields, ok := c.read(w, r, d.Method, d.Signature, c.p.receiptBy); ok && err1 == nil && err2 == nil {
			c.receipt(w, r, d, bankID, deliveryID, body, fields)
		}
	case len(parts) == 2 && parts[0] == "inbound" && c.p.d.Inbound != nil && c.Receive != nil:
		d := c.p.d.Inbound
		bankID, err := uuid.Parse(parts[1])
		if body, fields, ok := c.read(w, r, d.Method, d.Signature, c.p.inboundBy); ok && err == nil {
			c.inbound(w, r, d, bankID, body, fields)
		}
	default:
		http.NotFound(w, r)
	}
}

// read takes a callback's body and fields, and refuses one with a wrong signature.
func (c *Callbacks) read(w http.ResponseWriter, r *http.Request, method string, s *signature, key string) (body []byte, fields url.Values, ok bool) {
	if r.Method != method {
		w.Header().Set("Allow", method)
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return nil, nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	if err != nil {
		http.Error(w, "the body could not be read", http.StatusBadRequest)
		return nil, nil, false
	}
	if s != nil {
		signed := body
		if method == http.MethodGet {
			signed = []byte(r.URL.RawQuery)
		}
		given := r.Header.Values(s.Header)
		if len(given) != 1 || !hmac.Equal([]byte(given[0]), []byte(s.Prefix+s.encode(mac(key, signed)))) {
			c.Log.Warn("a callback with a wrong signature was refused", "provider", c.p.d.Name, "remote", r.RemoteAddr)
			http.Error(w, "forbidden", http.StatusForbidden)
			return nil, nil, false
		}
	}
	fields = url.Values{}
	if method == http.MethodGet {
		fields, err = url.ParseQuery(r.URL.RawQuery)
	} else if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/x-www-form-urlencoded" {
		fields, err = url.ParseQuery(string(body))
	}
	for _, values := range fields {
		if len(values) > 1 {
			err = errRepeated
		}
	}
	if err != nil {
		http.Error(w, "the callback is malformed", http.StatusBadRequest)
		return nil, nil, false
	}
	return body, fields, true
}

var errRepeated = visavis.Errorf(visavis.Invalid, "repeated", "a field is given more than once")

func (c *Callbacks) receipt(w http.ResponseWriter, r *http.Request, d *receipt, bankID, deliveryID uuid.UUID, body []byte, fields url.Values) {
	id, word := d.ID.in(body, fields), d.Status.in(body, fields)
	if !idOK(id) || word == "" || len(word) > 64 || strings.IndexFunc(word, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
		http.Error(w, "the receipt has no id or status", http.StatusBadRequest)
		return
	}
	state, _ := stateOf(d.States[word]) // a word that is new is for the timeline only
	c.answer(w, r, c.Receipt(r.Context(), bankID, deliveryID, channels.Receipt{
		Provider: c.p.d.Name, ProviderID: id, Status: word, State: state, ErrorCode: safeCode(d.Code.in(body, fields)), At: c.Now(),
	}))
}

func (c *Callbacks) inbound(w http.ResponseWriter, r *http.Request, d *inbound, bankID uuid.UUID, body []byte, fields url.Values) {
	in := Inbound{From: d.From.in(body, fields), To: d.To.in(body, fields), Text: d.Text.in(body, fields), ProviderID: d.ID.in(body, fields)}
	if !idOK(in.ProviderID) || in.From == "" || len(in.From) > 32 || in.To == "" || len(in.To) > 32 || in.Text == "" || len(in.Text) > 8000 {
		http.Error(w, "the message lacks id, from, to or text", http.StatusBadRequest)
		return
	}
	c.answer(w, r, c.Receive(r.Context(), bankID, in))
}

func (c *Callbacks) answer(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case visavis.KindOf(err) == visavis.NotFound:
		http.NotFound(w, r)
	case visavis.KindOf(err) == visavis.Invalid:
		http.Error(w, "bad request", http.StatusBadRequest)
	default:
		c.Log.Error("a callback failed", "provider", c.p.d.Name, "error", err)
		http.Error(w, "try again", http.StatusInternalServerError)
	}
}
