package httpapi

import (
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/web"
)

// What a page may use of the browser. Camera and microphone are for the pages
// of a call only.
const (
	noPermissions   = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"
	callPermissions = "accelerometer=(), camera=(self), display-capture=(), fullscreen=(self), geolocation=(), gyroscope=(), microphone=(self), payment=(), usb=()"
)

// servePage answers with one of the built pages under a strict policy. The
// nonce is for the style elements of Mantine; scripts come from us only.
func (s *Server) servePage(name string) gin.HandlerFunc {
	return func(c *gin.Context) {
		page, err := web.Page(name)
		if err != nil {
			s.fail(c, err)
			return
		}
		var random [18]byte
		_, _ = rand.Read(random[:]) // never fails since Go 1.24
		nonce := base64.StdEncoding.EncodeToString(random[:])
		c.Header("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-"+nonce+"'; "+
			"img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; "+
			"manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		if name != "phone" {
			c.Header("Permissions-Policy", callPermissions)
		}
		c.Header("Cache-Control", "no-store")
		c.Data(http.StatusOK, "text/html; charset=utf-8", web.WithNonce(page, nonce))
	}
}

// serveAssets answers with what the pages load. Names carry a hash of the
// content, so browsers keep it.
func (s *Server) serveAssets(c *gin.Context) {
	name := strings.TrimPrefix(c.Param("path"), "/")
	file, err := web.Assets().Open(name)
	if err != nil || name == "" || strings.HasSuffix(name, "/") {
		s.notFound(c)
		return
	}
	info, err := file.Stat()
	_ = file.Close()
	if err != nil || info.IsDir() {
		s.notFound(c)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	http.ServeFileFS(c.Writer, c.Request, web.Assets(), name)
}

// serveWorker answers with the pages' service worker, which shows pushes. It
// stands at the root, so that it is for every page, and is asked for anew each
// time. It loads nothing and reaches nobody, so its own policy lets it.
func (s *Server) serveWorker(c *gin.Context) {
	worker, err := web.Worker()
	if err != nil {
		s.notFound(c)
		return
	}
	c.Header("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	c.Header("Cache-Control", "no-cache")
	c.Data(http.StatusOK, "text/javascript; charset=utf-8", worker)
}

// serveFavicon answers what browsers ask for unasked.
func (s *Server) serveFavicon(c *gin.Context) {
	c.Header("Cache-Control", "public, max-age=86400")
	c.Status(http.StatusNoContent)
}

// simulatorGuard keeps the simulator, which shows codes to whoever looks, to
// loopback or to people who are signed in at the console. Listening on loopback
// is not enough: behind a proxy of this machine the whole world comes from
// loopback, and a page whose name resolves to 127.0.0.1 (DNS rebinding) reads
// what it likes. So the public URL and the request's Host must be loopback, too.
func (s *Server) simulatorGuard(c *gin.Context) {
	host, _, err := net.SplitHostPort(c.Request.Host)
	if err != nil {
		host = c.Request.Host
	}
	if s.Loopback && loopbackHost(s.publicURL.Hostname()) && loopbackHost(strings.Trim(host, "[]")) {
		c.Next()
		return
	}
	token, err := c.Cookie(agentCookie)
	if err != nil {
		s.fail(c, errSignIn)
		return
	}
	if _, err := s.Banks.AuthenticateSession(c.Request.Context(), token); err != nil {
		s.fail(c, unauthenticated(err))
		return
	}
	if err := s.sameOrigin(c.Request, true); err != nil {
		s.fail(c, err)
		return
	}
	c.Next()
}

func loopbackHost(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback() || strings.EqualFold(host, "localhost")
}

func (s *Server) serveSimulator(c *gin.Context) {
	if err := s.sameOrigin(c.Request, false); err != nil {
		s.fail(c, err)
		return
	}
	c.Header("Cache-Control", "no-store")
	s.Simulator.ServeHTTP(c.Writer, c.Request)
}

func prefixes(list []netip.Prefix) []string {
	words := make([]string, 0, len(list))
	for _, p := range list {
		words = append(words, p.String())
	}
	return words
}

// remoteAddr is the caller's address, through trusted proxies only; the zero
// Addr when it cannot be told.
func remoteAddr(c *gin.Context) netip.Addr {
	addr, err := netip.ParseAddr(c.ClientIP())
	if err != nil {
		return netip.Addr{}
	}
	return addr.Unmap()
}

var errNotFound = visavis.Errorf(visavis.NotFound, "not_found", "There is no such thing.")
