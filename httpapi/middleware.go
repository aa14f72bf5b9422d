package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/httpapi/verifyv2"
)

const (
	requestIDKey   = "visavis.request_id"
	operationKey   = "visavis.operation"
	bodyKey        = "visavis.body"
	problemCodeKey = "visavis.problem"
)

// requestTimeout bounds what answers at once; bodyTimeout the reading of it.
const (
	requestTimeout = 30 * time.Second
	bodyTimeout    = 20 * time.Second
)

func requestID(c *gin.Context) string { return c.GetString(requestIDKey) }

func operationOf(c *gin.Context) *operation { return c.MustGet(operationKey).(*operation) }

func bodyOf(c *gin.Context) []byte {
	body, _ := c.Get(bodyKey)
	raw, _ := body.([]byte)
	return raw
}

// observe names the request, logs it and counts it. Neither the query nor a
// link's token reaches the log.
func (s *Server) observe(c *gin.Context) {
	start := time.Now() // how long it took, not what time it is
	id := uuid.NewString()
	c.Set(requestIDKey, id)
	c.Header("X-Request-Id", id)
	c.Next()

	took := time.Since(start)
	route := c.FullPath()
	s.metrics.request(c.Request.Method, route, c.Writer.Status(), took)
	level := slog.LevelInfo
	if strings.HasPrefix(route, "/assets/") || route == "/healthz" || route == "/readyz" || route == "/metrics" {
		level = slog.LevelDebug
	}
	attributes := []slog.Attr{
		slog.String("request_id", id), slog.String("method", c.Request.Method),
		slog.String("path", maskPath(c.Request.URL.Path)), slog.Int("status", c.Writer.Status()),
		slog.Duration("took", took), slog.Int("bytes", max(c.Writer.Size(), 0)),
	}
	if actor := visavis.ActorFrom(c.Request.Context()); actor.Kind != "" {
		attributes = append(attributes, slog.String("bank", actor.BankID.String()),
			slog.String("actor", string(actor.Kind)), slog.String("actor_id", actor.ID.String()))
	}
	if code := c.GetString(problemCodeKey); code != "" {
		attributes = append(attributes, slog.String("problem", code))
	}
	s.Log.LogAttrs(c.Request.Context(), level, "request", attributes...)
}

var (
	visitPath = regexp.MustCompile(`^/visit/[^/]+`)
	feedPath  = regexp.MustCompile(`^/calendar/[^/]+`)
	audioPath = regexp.MustCompile(`^(/callbacks/[^/]+/audio/[^/]+/[^/]+/)[^/]+/[^/]+`)
	phonePath = regexp.MustCompile(`^/simulator/phones/[^/]+`)
	tokenLike = regexp.MustCompile(`[A-Za-z0-9_-]{40,}`) // a link's token, a key; a UUID is shorter
)

// maskPath takes out of a path what would open something.
func maskPath(path string) string {
	if strings.HasPrefix(path, "/v2/") {
		path = verifyv2.MaskPath(path)
	}
	switch first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); first { // an expression costs more than the rest of a request's line
	case "visit":
		path = visitPath.ReplaceAllString(path, "/visit/…")
	case "calendar":
		path = feedPath.ReplaceAllString(path, "/calendar/…")
	case "callbacks":
		path = audioPath.ReplaceAllString(path, "$1…")
	case "simulator":
		path = phonePath.ReplaceAllString(path, "/simulator/phones/…")
	}
	if slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool { return len(part) >= 40 }) {
		path = tokenLike.ReplaceAllString(path, "…")
	}
	if len(path) > 300 {
		path = path[:300] + "…"
	}
	return path
}

// recoverPanic answers a panic as an internal error and logs where it was.
func (s *Server) recoverPanic(c *gin.Context) {
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.Log.ErrorContext(c.Request.Context(), "panic", "request_id", requestID(c), "route", c.FullPath(), "panic", p, "stack", string(debug.Stack()))
			s.fail(c, visavis.Errorf(visavis.Internal, "internal", "panic"))
		}
	}()
	c.Next()
}

// secure sets the headers that hold for every answer. A page loosens them for
// itself; see servePage.
func (s *Server) secure(c *gin.Context) {
	h := c.Writer.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Permissions-Policy", noPermissions)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if s.publicURL.Scheme == "https" {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	c.Next()
}

// guard is what every operation of the document passes: who is it, may they,
// is it their own page's request, is it well-formed. A route below /v1 that the
// document does not have answers as if it did not exist.
func (s *Server) guard(c *gin.Context) {
	op := s.document.byRoute[c.Request.Method+" "+c.FullPath()]
	if op == nil {
		s.notFound(c)
		return
	}
	c.Set(operationKey, op)
	c.Header("Cache-Control", "no-store")
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(bodyTimeout)) // not every writer has one

	viaCookie := false
	if !op.allows(actorNobody) {
		// Nobody waits longer to be known than for an answer; what follows has its own time.
		outer := c.Request
		ctx, cancel := context.WithTimeout(outer.Context(), requestTimeout)
		c.Request = outer.WithContext(ctx)
		actor, cookie, err := s.authenticate(c, op)
		c.Request = outer
		cancel()
		if err == nil {
			err = authorize(actor, op)
		}
		if err != nil {
			s.fail(c, err)
			return
		}
		viaCookie = cookie
		c.Request = c.Request.WithContext(visavis.WithActor(c.Request.Context(), actor))
	}
	if err := s.sameOrigin(c.Request, viaCookie); err != nil {
		s.fail(c, err)
		return
	}
	body, err := s.validate(c, op)
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Set(bodyKey, body)
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Time{})
	c.Next()
}

// limitBody bounds how long a stranger may take to send a body.
func limitBody(c *gin.Context) {
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(bodyTimeout)) // not every writer has one
	c.Next()
}

// limitLoad refuses what would only wait: nothing of it has been done, so it can
// be sent again as it is.
func (s *Server) limitLoad(c *gin.Context) {
	leave, err := s.enter()
	defer leave()
	if err != nil {
		s.fail(c, err)
		return
	}
	c.Next()
}

// enter takes one of the places for requests that answer at once; leave gives it
// back. It is an error when all are taken.
func (s *Server) enter() (leave func(), err error) {
	leave = func() { s.inFlight.Add(-1) }
	if s.inFlight.Add(1) > int64(s.MaxInFlight) {
		return leave, &visavis.Error{Kind: visavis.TooMany, Code: "overloaded", Message: "The gateway has too much to do at the moment; send it again.", RetryAfter: time.Second}
	}
	return leave, nil
}

// limitTime bounds a request that answers at once.
func limitTime(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), requestTimeout)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	c.Next()
}
