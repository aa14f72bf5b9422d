// Package httpapi is the gateway's whole HTTP surface: the API under /v1, the
// live feed and the signalling socket, providers' callbacks, the pages, the
// documentation and the machine's endpoints. routes.go shows all of it on one
// page.
//
// openapi.yaml comes first. The server's types are generated from it
// (api.gen.go), requests are validated against it, and its x-visavis-actors
// are the table of who may call what; an operation without an entry keeps the
// server from starting. A handler reads down the page: decode, call, answer.
// It returns errors; fail (problem.go) turns them into answers.
package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/httpapi/verifyv2"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// Config is what a Server needs.
type Config struct {
	DB      *postgres.DB
	Log     *slog.Logger
	Now     func() time.Time // defaults to time.Now
	Keyring *events.Keyring  // seals kept answers

	Banks           *banks.Service
	Events          *events.Service
	Channels        *channels.Service
	OTP             *otp.Service
	Scheduling      *scheduling.Service
	Identifications *identifications.Service
	Calls           *calls.Service
	IVR             *ivr.Service
	Campaigns       *ivr.Campaigns

	// PublicURL is where browsers reach the gateway: scheme, host and port,
	// no path. Cookies are Secure when it is https. Required.
	PublicURL string
	// TrustedProxies may say the caller's address in X-Forwarded-For
	// (VISAVIS_TRUSTED_PROXIES). Empty, the default: nobody may.
	TrustedProxies []netip.Prefix
	// Callbacks answers what is below /callbacks/: each provider's receipts,
	// by their path. It checks the provider's signature itself. nil: none.
	Callbacks http.Handler
	// InboundAddresses are what carriers are told to call with what comes in for
	// a bank. nil: none.
	InboundAddresses func(bankID uuid.UUID) []channels.InboundAddress
	// Simulator answers what is below /simulator/, and /phone is served, too.
	// nil, the default: neither exists.
	Simulator http.Handler
	// Loopback says that the gateway listens on loopback only. The simulator,
	// which shows codes, is otherwise behind an agent's sign-in; so it is when
	// PublicURL or a request's Host is not loopback.
	Loopback bool
	// WebPushKey is the public VAPID key that pages subscribe with, base64url.
	// Empty: the gateway has no Web Push, and pages do not offer it.
	WebPushKey string
	// MaxInFlight is how many requests that answer at once are worked at a time;
	// more are refused with 429 and Retry-After. Defaults to 512, some 100 ms of
	// work: whoever waits longer is better told to come again.
	MaxInFlight int
	// Metrics is what /metrics shows; New adds its own to it. Defaults to a
	// registry with the Go runtime's.
	Metrics *prometheus.Registry
}

// Server answers HTTP requests.
type Server struct {
	Config
	document  *document
	publicURL *url.URL
	origin    string // of the public URL, as browsers write it
	metrics   *metrics
	docs      []byte
	engine    *gin.Engine
	views     views
	feeds     feedCount
	inFlight  atomic.Int64
	verifyV2  *verifyv2.Handler
	ending    chan struct{} // closed by Close: streams end, /readyz says so
}

// New makes a Server. It is an error when the OpenAPI document is not complete
// or does not fit the routes, or the configuration lacks something.
func New(c Config) (*Server, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.MaxInFlight <= 0 {
		c.MaxInFlight = 512
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("httpapi: public URL %q: must be http(s)://host[:port]", c.PublicURL)
	}
	s := &Server{Config: c, publicURL: u, origin: originOf(u), ending: make(chan struct{})}
	if s.document, err = loadDocument(); err != nil {
		return nil, err
	}
	if s.docs, err = renderDocs(s.document); err != nil {
		return nil, err
	}
	s.metrics = newMetrics(c.Metrics, &backlog{db: c.DB, log: c.Log, now: c.Now}, c.Channels)
	s.verifyV2 = verifyv2.New(verifyv2.Config{DB: c.DB, Banks: c.Banks, OTP: c.OTP, Log: c.Log, Now: c.Now, PublicURL: c.PublicURL})
	if s.engine, err = s.routes(); err != nil {
		return nil, err
	}
	return s, nil
}

// Handler returns what answers requests.
func (s *Server) Handler() http.Handler { return s.engine }

// HTTPServer returns a server for an address with the time-outs that fit: none
// for writing, as the feed and recordings take long; requests that answer at
// once have their own.
func (s *Server) HTTPServer(addr string) *http.Server {
	return &http.Server{
		Addr: addr, Handler: s.engine,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
}

// Close ends the streams and makes /readyz refuse, so that a graceful shutdown
// does not wait for them. Call it once, before http.Server.Shutdown.
func (s *Server) Close() { close(s.ending) }
