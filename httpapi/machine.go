package httpapi

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// healthz says that the process runs.
func (s *Server) healthz(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.String(http.StatusOK, "ok\n")
}

// readyz says that requests can be served: the database answers within 2 s and
// the gateway is not shutting down.
func (s *Server) readyz(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	select {
	case <-s.ending:
		c.String(http.StatusServiceUnavailable, "shutting down\n")
		return
	default:
	}
	ctx, cancel := context.WithTimeout(c.Request.Context(), 2*time.Second)
	defer cancel()
	if err := s.DB.Ping(ctx); err != nil {
		s.Log.ErrorContext(ctx, "not ready", "error", err)
		c.String(http.StatusServiceUnavailable, "the database does not answer\n")
		return
	}
	c.String(http.StatusOK, "ok\n")
}

// serveDocument answers with the OpenAPI document.
func (s *Server) serveDocument(c *gin.Context) {
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "application/yaml; charset=utf-8", documentYAML)
}

// metrics are what /metrics shows of HTTP.
type metrics struct {
	requests *prometheus.HistogramVec
	handler  http.Handler
}

func newMetrics(registry *prometheus.Registry, more ...prometheus.Collector) *metrics {
	if registry == nil {
		registry = prometheus.NewRegistry()
		registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	}
	m := &metrics{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "visavis_http_request_seconds", Help: "Time to answer, by method, route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 15},
	}, []string{"method", "route", "status"})}
	registry.MustRegister(append(more, m.requests)...)
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
	return m
}

// request counts one. The route is the pattern, so that the number of series
// is bounded; so is that of methods.
func (m *metrics) request(method, route string, status int, took time.Duration) {
	switch method {
	case http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodHead, http.MethodOptions:
	default:
		method = "other"
	}
	if route == "" {
		route = "none"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Observe(took.Seconds())
}

// serveMetrics answers programs on this machine only; for everybody else there
// is nothing here, as the figures tell what all banks do. What a proxy passes on
// comes from loopback as well: it shows by its headers, or by the Host.
func (s *Server) serveMetrics(c *gin.Context) {
	peer, err := netip.ParseAddrPort(c.Request.RemoteAddr)
	host, _, err2 := net.SplitHostPort(c.Request.Host)
	if err2 != nil {
		host = c.Request.Host
	}
	local := err == nil && peer.Addr().Unmap().IsLoopback() && loopbackHost(strings.Trim(host, "[]"))
	for _, name := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"} {
		local = local && c.Request.Header.Values(name) == nil
	}
	if !local {
		s.notFound(c)
		return
	}
	s.metrics.handler.ServeHTTP(c.Writer, c.Request)
}
