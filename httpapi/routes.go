package httpapi

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/visavis/visavis"
)

// routes is the whole surface. Who may call an operation under /v1 stands in
// openapi.yaml beside it.
func (s *Server) routes() (*gin.Engine, error) {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.ContextWithFallback = true // a handler's context is the request's
	e.HandleMethodNotAllowed = true
	e.RedirectTrailingSlash = false
	e.RedirectFixedPath = false
	e.MaxMultipartMemory = 0
	if err := e.SetTrustedProxies(prefixes(s.TrustedProxies)); err != nil {
		return nil, fmt.Errorf("httpapi: trusted proxies: %w", err)
	}
	e.Use(s.observe, s.recoverPanic, s.secure)
	e.NoRoute(s.notFound)
	e.NoMethod(s.methodNotAllowed)

	// The machine's.
	e.GET("/healthz", s.healthz)
	e.GET("/readyz", s.readyz)
	e.GET("/metrics", s.serveMetrics)
	e.GET("/openapi.yaml", s.serveDocument)
	e.GET("/docs", s.serveDocs)
	e.GET("/docs/docs.css", s.serveDocsCSS)

	// The pages. They hold no data: what they show, they ask for below /v1.
	e.GET("/", func(c *gin.Context) { c.Redirect(http.StatusFound, "/console") })
	e.GET("/console", s.servePage("console"))
	e.GET("/console/*path", s.servePage("console"))
	e.GET("/visit/*path", s.servePage("visit"))
	e.GET("/assets/*path", s.serveAssets)
	e.GET("/favicon.ico", s.serveFavicon)
	e.GET("/sw.js", s.serveWorker)

	// Agents' calendars, at secret addresses.
	e.GET("/calendar/:file", limitTime, s.serveFeedFile)

	// Providers.
	if s.Callbacks != nil {
		e.Any("/callbacks/*path", limitBody, gin.WrapH(s.Callbacks))
	}
	if s.Simulator != nil {
		e.GET("/phone", s.simulatorGuard, s.servePage("phone"))
		e.GET("/phone/*path", s.simulatorGuard, s.servePage("phone"))
		e.Any("/simulator/*path", s.simulatorGuard, s.serveSimulator)
	}

	// Programs that were written for Twilio Verify; see package verifyv2.
	e.Any("/v2/*path", s.serveVerifyV2)

	// By hand: streams, the socket and files.
	v1 := e.Group("", s.guard)
	v1.GET("/v1/feed", s.serveFeed)
	v1.GET("/v1/bookings/:booking_id/calendar.ics", limitTime, s.serveCalendar)
	v1.GET("/v1/bookings/:booking_id/check-in.svg", limitTime, s.serveCheckInCode)
	v1.GET("/v1/tickets/:ticket_id/qr.svg", limitTime, s.serveTicketCode)
	v1.GET("/v1/calls/:call_id/socket", s.serveSocket)
	v1.GET("/v1/calls/:call_id/steps/:position/still", s.serveStill)
	v1.GET("/v1/calls/:call_id/recording/:recording_id", s.serveRecording)
	v1.GET("/v1/calls/:call_id/composite/file", s.serveComposite)
	v1.GET("/v1/customers/:customer_id/reference-still", s.serveReferenceStill)
	v1.GET("/v1/network-test", s.serveNetworkTest)
	v1.POST("/v1/calls/:call_id/files", s.addCallFile)
	v1.GET("/v1/calls/:call_id/files/:file_id", s.serveCallFile)
	v1.POST("/v1/campaigns/:campaign_id/contacts/files", s.uploadCampaignContacts)
	v1.GET("/v1/campaigns/:campaign_id/export", s.exportCampaign)
	v1.GET("/v1/campaigns/:campaign_id/imports/:import_id/report", s.getCampaignImportReport)

	// Everything else of the document, by the generated server: each operation
	// is a method of Server, in the file of its resource.
	strict := NewStrictHandlerWithOptions(s, []StrictMiddlewareFunc{s.idempotent}, StrictGinServerOptions{
		RequestErrorHandlerFunc: func(c *gin.Context, err error) {
			s.fail(c, visavis.Errorf(visavis.Invalid, "invalid_body", "The body does not fit this operation."))
		},
		HandlerErrorFunc:         s.fail,
		ResponseErrorHandlerFunc: s.fail,
	})
	RegisterHandlersWithOptions(e.Group("", s.limitLoad, s.guard, limitTime), strict, GinServerOptions{
		ErrorHandler: func(c *gin.Context, err error, _ int) {
			s.fail(c, visavis.Errorf(visavis.Invalid, "invalid_request", "A parameter does not fit this operation."))
		},
	})
	return e, s.checkRoutes(e)
}

// checkRoutes holds the routes below /v1 and the document against each other.
func (s *Server) checkRoutes(e *gin.Engine) error {
	var routes []string
	for _, r := range e.Routes() {
		if strings.HasPrefix(r.Path, "/v1/") {
			route := r.Method + " " + r.Path
			routes = append(routes, route)
			if s.document.byRoute[route] == nil {
				return fmt.Errorf("httpapi: route %s is not in openapi.yaml", route)
			}
		}
	}
	for route := range s.document.byRoute {
		if !slices.Contains(routes, route) {
			return fmt.Errorf("httpapi: %s is in openapi.yaml, but has no route", route)
		}
	}
	return nil
}
