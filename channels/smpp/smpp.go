// Package smpp sends SMS through a direct bind to an SMSC by SMPP 3.4, and takes
// its receipts and customers' messages in.
//
// The codec is gosmpp's; the session is our own (see link). A provider holds one
// transceiver bind; several nodes hold one each, so the operator must allow as
// many, and receipts may come to another node than the one that sent. What an
// SMSC took is therefore kept in the database (store.go), and deliver_sm is
// answered only when it stands there.
//
// SMPP has no look-up by anything that we know before the SMSC has answered: a
// submit_sm whose connection is lost after it was written stays Unknown. Lookup
// knows only what was answered late, or by a node that died before it could say so.
package smpp

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/linxGnu/gosmpp/data"
	"github.com/linxGnu/gosmpp/pdu"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Name is the provider's name in routes, deliveries and receipts.
const Name = "smpp"

// Config of a Provider.
type Config struct {
	DB   *postgres.DB    // Required.
	Keys *events.Keyring // Required: seals parts of customers' texts.

	// Name in routes, deliveries and receipts. Defaults to Name.
	Name string
	// Addr is the SMSC's host:port. Required.
	Addr string
	// SystemID (1 to 15 ASCII characters) and Password (up to 8) sign in.
	SystemID, Password string
	// SystemType is what some operators ask for. Defaults to "".
	SystemType string
	// TLS binds over TLS; nil binds in clear.
	TLS *tls.Config
	// From is the sender of messages that name none: a number in E.164 (TON 1,
	// NPI 1), a short number (3, 0) or a name of up to 11 characters (5, 0). Required.
	From string
	// Alphabet of data_coding 0. Defaults to GSM7.
	Alphabet Alphabet
	// Query asks the SMSC by query_sm what became of a message when its outcome
	// is looked up. Not every SMSC knows it. Defaults to false.
	Query bool
	// Window is how many requests may wait for their answers. Defaults to 10.
	Window int
	// PartGrace is how long receipts of some parts are waited for when others
	// say delivered: some SMSCs tell of one part only. Defaults to 60 s.
	PartGrace time.Duration

	// Receipt takes in what became of a delivery. Required.
	Receipt func(ctx context.Context, bankID, deliveryID uuid.UUID, r channels.Receipt) error
	// Receive takes in a customer's message. nil: such are refused for good.
	Receive func(ctx context.Context, in Inbound) error

	// ThrottleWait is the RetryAfter of a throttled send; of several in a row
	// each doubles it, and pauses the bind, up to 30 s. Defaults to 1 s.
	ThrottleWait time.Duration
	// Enquire is the silence after which the SMSC is asked whether it is there. Defaults to 30 s.
	Enquire time.Duration
	// BindTimeout bounds connecting and binding, and the answer to enquire_link. Defaults to 10 s.
	BindTimeout time.Duration
	// WriteTimeout bounds writing one PDU. Defaults to 5 s.
	WriteTimeout time.Duration
	// AnswerTimeout frees a window's slot when no answer came. Defaults to 60 s.
	AnswerTimeout time.Duration
	// Rebind is waited before the second attempt to bind, doubling up to 30 s. Defaults to 500 ms.
	Rebind time.Duration
	// Sweep is how often receipts without a message are matched again. Defaults to 5 s.
	Sweep time.Duration

	Log *slog.Logger     // defaults to slog.Default()
	Now func() time.Time // defaults to time.Now
}

// Inbound is an SMS from a customer.
type Inbound struct {
	From, To   string // E.164 with a plus where the SMSC says that it is international; else as it came
	Text       string
	ProviderID string // stable when the SMSC delivers again, so that it is taken in once
}

// Provider is one account at an SMSC. Run holds its bind.
type Provider struct {
	cfg  Config
	from pdu.Address

	mu    sync.Mutex
	link  *link
	bound chan struct{} // closed while there is a bind

	reference atomic.Uint32 // of long texts
	throttled atomic.Int32  // in a row
	pause     atomic.Int64  // until when nothing is sent, Unix nanoseconds
}

var (
	_ channels.Sender = (*Provider)(nil)
	_ channels.Looker = (*Provider)(nil)
)

var (
	e164Shape  = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)
	shortShape = regexp.MustCompile(`^[0-9]{3,8}$`)
	nameShape  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._&-]{0,10}$`)
)

// New checks the configuration and makes a Provider that is not bound: call Run.
func New(c Config) (*Provider, error) {
	switch _, _, err := net.SplitHostPort(c.Addr); {
	case err != nil:
		return nil, fmt.Errorf("smpp: the address must be host:port: %w", err)
	case c.SystemID == "" || len(c.SystemID) > 15 || !ascii(c.SystemID):
		return nil, errors.New("smpp: the system id must have 1 to 15 ASCII characters")
	case len(c.Password) > 8 || !ascii(c.Password):
		return nil, errors.New("smpp: the password must have at most 8 ASCII characters (SMPP 3.4, 5.2.2)")
	case len(c.SystemType) > 12 || !ascii(c.SystemType):
		return nil, errors.New("smpp: the system type must have at most 12 ASCII characters")
	case c.Alphabet != "" && c.Alphabet != GSM7 && c.Alphabet != Latin1:
		return nil, fmt.Errorf("smpp: the alphabet must be %s or %s", GSM7, Latin1)
	case c.DB == nil || c.Keys == nil || c.Receipt == nil:
		return nil, errors.New("smpp: DB, Keys and Receipt are required")
	}
	from, err := source(c.From)
	if err != nil {
		return nil, err
	}
	def := func(d *time.Duration, value time.Duration) {
		if *d <= 0 {
			*d = value
		}
	}
	def(&c.PartGrace, time.Minute)
	def(&c.ThrottleWait, time.Second)
	def(&c.Enquire, 30*time.Second)
	def(&c.BindTimeout, 10*time.Second)
	def(&c.WriteTimeout, 5*time.Second)
	def(&c.AnswerTimeout, time.Minute)
	def(&c.Rebind, 500*time.Millisecond)
	def(&c.Sweep, 5*time.Second)
	if c.Name == "" {
		c.Name = Name
	}
	if c.Window <= 0 {
		c.Window = 10
	}
	if c.Alphabet == "" {
		c.Alphabet = GSM7
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	p := &Provider{cfg: c, from: from, bound: make(chan struct{})}
	var start [1]byte
	_, _ = rand.Read(start[:])
	p.reference.Store(uint32(start[0]))
	return p, nil
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) < 0
}

// source is a sender's address with its type of number.
func source(from string) (pdu.Address, error) {
	switch {
	case e164Shape.MatchString(from):
		return pdu.NewAddressWithTonNpiAddr(data.GSM_TON_INTERNATIONAL, data.GSM_NPI_E164, from[1:])
	case shortShape.MatchString(from):
		return pdu.NewAddressWithTonNpiAddr(data.GSM_TON_NETWORK, data.GSM_NPI_UNKNOWN, from)
	case nameShape.MatchString(from):
		return pdu.NewAddressWithTonNpiAddr(data.GSM_TON_ALPHANUMERIC, data.GSM_NPI_UNKNOWN, from)
	}
	return pdu.Address{}, errors.New("smpp: the sender must be a number such as +84901234567, a short number, or a name of up to 11 Latin letters and digits")
}

// Run holds the bind until ctx ends: it binds again with back-off when it is
// lost, and says good-bye at the end. End it after the deliveries' loop.
func (p *Provider) Run(ctx context.Context) {
	var sweeping sync.WaitGroup
	defer sweeping.Wait()
	sweeping.Go(func() { p.sweep(ctx) })
	wait := p.cfg.Rebind
	for ctx.Err() == nil {
		l, err := bind(ctx, &p.cfg)
		if err != nil {
			if ctx.Err() != nil {
				return
			}
			p.cfg.Log.Warn("no bind to the SMSC", "provider", p.cfg.Name, "again_in", wait, "error", err)
			select {
			case <-time.After(wait/2 + mathrand.N(wait/2+1)):
			case <-ctx.Done():
				return
			}
			wait = min(2*wait, 30*time.Second)
			continue
		}
		since := time.Now()
		p.cfg.Log.Info("bound to the SMSC", "provider", p.cfg.Name)
		p.serve(ctx, l)
		if ctx.Err() == nil {
			p.cfg.Log.Warn("the bind to the SMSC was lost", "provider", p.cfg.Name, "error", l.why)
			if time.Since(since) > 30*time.Second {
				wait = p.cfg.Rebind
			}
			select { // one that takes the bind and cuts it must not be hammered
			case <-time.After(wait / 2):
			case <-ctx.Done():
			}
		}
	}
}

// serve works one bind until it or ctx ends.
func (p *Provider) serve(ctx context.Context, l *link) {
	p.mu.Lock()
	p.link = l
	close(p.bound)
	p.mu.Unlock()
	var working sync.WaitGroup
	working.Go(func() {
		l.read(func(f frame) data.CommandStatusType { return p.deliver(context.WithoutCancel(ctx), f) })
	})
	working.Go(func() { l.enquire(ctx) })
	select {
	case <-ctx.Done():
		p.unlink()
		patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		l.unbind(patience)
		cancel()
	case <-l.down:
		p.unlink()
	}
	working.Wait()
}

func (p *Provider) unlink() {
	p.mu.Lock()
	p.link, p.bound = nil, make(chan struct{})
	p.mu.Unlock()
}

// Bound is a channel that is closed while there is a bind.
func (p *Provider) Bound() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bound
}

func (p *Provider) current() *link {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.link
}

// validity is a relative validity_period (SMPP 3.4, 7.1.1.2) of whole seconds.
func validity(ttl time.Duration) string {
	seconds := min(max(int(ttl/time.Second), 1), 7*24*3600)
	return fmt.Sprintf("0000%02d%02d%02d%02d000R", seconds/86400, seconds/3600%24, seconds/60%60, seconds%60)
}

func status(s data.CommandStatusType) string {
	return "0x" + strings.ToUpper(strconv.FormatInt(int64(s), 16))
}
