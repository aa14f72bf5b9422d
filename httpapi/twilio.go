package httpapi

import (
	"context"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/httpapi/verifyv2"
)

// serveVerifyV2 answers the paths of Twilio Verify, within the limits of all others;
// its refusals have Twilio's form.
func (s *Server) serveVerifyV2(c *gin.Context) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), requestTimeout)
	defer cancel()
	c.Request = c.Request.WithContext(ctx)
	_ = http.NewResponseController(c.Writer).SetReadDeadline(time.Now().Add(bodyTimeout)) // not every writer has one
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler || c.Writer.Written() {
				panic(p)
			}
			s.Log.ErrorContext(ctx, "panic", "request_id", requestID(c), "route", c.FullPath(), "panic", p, "stack", string(debug.Stack()))
			s.verifyV2.Refuse(c.Writer, c.Request, &verifyv2.Error{Status: http.StatusInternalServerError, Code: 20500, Message: "Internal server error"})
		}
	}()
	leave, err := s.enter()
	defer leave()
	// A browser may know the credential: no other site may use it.
	if err == nil {
		err = s.sameOrigin(c.Request, false)
	}
	var actor visavis.Actor
	if err == nil {
		actor, err = s.verifyV2.Authenticate(ctx, c.Request, c.ClientIP())
	}
	if err != nil {
		s.verifyV2.Refuse(c.Writer, c.Request, err)
		return
	}
	c.Request = c.Request.WithContext(visavis.WithActor(ctx, actor))
	s.verifyV2.ServeHTTP(c.Writer, c.Request)
}
