package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/visavis/visavis"
)

// statusOf maps a kind of error to its status code.
var statusOf = map[visavis.Kind]int{
	visavis.Invalid:         http.StatusBadRequest,
	visavis.Unauthenticated: http.StatusUnauthorized,
	visavis.Forbidden:       http.StatusForbidden,
	visavis.NotFound:        http.StatusNotFound,
	visavis.Conflict:        http.StatusConflict,
	visavis.Gone:            http.StatusGone,
	visavis.TooMany:         http.StatusTooManyRequests,
	visavis.Unavailable:     http.StatusServiceUnavailable,
	visavis.Internal:        http.StatusInternalServerError,
}

// statusError is an *visavis.Error whose status the kind does not give: HTTP's
// own reasons for refusing, which no package below knows.
type statusError struct {
	status int
	cause  *visavis.Error
}

func (e statusError) Error() string { return e.cause.Message }

func (e statusError) Unwrap() error { return e.cause }

func refuse(status int, code, message string) error {
	return statusError{status, &visavis.Error{Kind: visavis.Invalid, Code: code, Message: message}}
}

// problemBody is Problem of the document.
type problemBody struct {
	Type       string          `json:"type"`
	Title      string          `json:"title"`
	Status     int             `json:"status"`
	Detail     string          `json:"detail,omitempty"`
	Code       string          `json:"code"`
	Fields     []visavis.Field `json:"fields,omitempty"`
	RetryAfter int             `json:"retry_after,omitempty"`
	RequestID  string          `json:"request_id,omitempty"`
}

// problemOf turns an error into what the caller may see of it. Only
// *visavis.Error speaks to callers; of all others nothing is shown.
func problemOf(err error) problemBody {
	var e *visavis.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &e):
	case errors.As(err, &tooLarge):
		err = refuse(http.StatusRequestEntityTooLarge, "body_too_large", "The body is larger than "+strconv.FormatInt(tooLarge.Limit, 10)+" bytes.")
		errors.As(err, &e)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		e = visavis.Errorf(visavis.Unavailable, "timed_out", "The request took too long; try again.")
		err = e
	default:
		e = visavis.Errorf(visavis.Internal, "internal", "Something went wrong on our side. The log has the details under this request_id.")
		err = e
	}
	p := problemBody{Status: statusOf[e.Kind], Code: visavis.CodeOf(e), Detail: e.Message, Fields: e.Fields}
	var s statusError
	if errors.As(err, &s) {
		p.Status = s.status
	}
	if e.Kind == visavis.Internal {
		p.Detail = "Something went wrong on our side. The log has the details under this request_id."
	}
	if e.RetryAfter > 0 {
		p.RetryAfter = int(math.Ceil(e.RetryAfter.Seconds()))
	}
	p.Type = "/problems/" + p.Code
	p.Title = http.StatusText(p.Status)
	return p
}

// fail answers with a problem (RFC 9457) and ends the request. It is the one
// place where an error becomes an answer.
func (s *Server) fail(c *gin.Context, err error) {
	p := problemOf(err)
	p.RequestID = requestID(c)
	if p.Status >= http.StatusInternalServerError {
		level := slog.LevelError
		if c.Request.Context().Err() != nil { // the caller went away
			level = slog.LevelInfo
		}
		s.Log.Log(c.Request.Context(), level, "request failed", "request_id", p.RequestID, "route", c.FullPath(), "error", err)
	}
	if c.Writer.Written() {
		c.Abort()
		return
	}
	if p.RetryAfter > 0 {
		c.Header("Retry-After", strconv.Itoa(p.RetryAfter))
	}
	if p.Status == http.StatusUnauthorized {
		c.Header("WWW-Authenticate", `Bearer realm="visavis"`)
	}
	body, _ := json.Marshal(p) // strings and numbers only
	c.Header("Cache-Control", "no-store")
	c.Set(problemCodeKey, p.Code)
	c.Data(p.Status, "application/problem+json", body)
	c.Abort()
}

// notFound answers what no route takes: with a problem for programs, with a
// line for people.
func (s *Server) notFound(c *gin.Context) {
	if strings.Contains(c.GetHeader("Accept"), "text/html") && !strings.HasPrefix(c.Request.URL.Path, "/v1/") {
		c.Data(http.StatusNotFound, "text/plain; charset=utf-8", []byte("There is no such page.\n"))
		return
	}
	s.fail(c, visavis.Errorf(visavis.NotFound, "not_found", "There is nothing at this address."))
}

func (s *Server) methodNotAllowed(c *gin.Context) {
	s.fail(c, refuse(http.StatusMethodNotAllowed, "method_not_allowed", "This address does not take that method."))
}
