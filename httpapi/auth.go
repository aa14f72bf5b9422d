package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"github.com/visavis/visavis"
)

// The cookies. Both are HttpOnly, on path /, and Secure unless the public URL
// is plain http.
const (
	agentCookie    = "visavis_agent"    // SameSite=Strict: the console is never entered from elsewhere
	customerCookie = "visavis_customer" // SameSite=Lax: an SMS's link opens the page
)

// requestHeader is what unsafe requests with a cookie carry: a form or an
// image of another site cannot send it, and a script there may not.
const requestHeader = "X-Visavis-Request"

var errSignIn = visavis.Errorf(visavis.Unauthenticated, "unauthenticated", "Sign in, or send a valid key or link.")

// authenticate says who sends the request, by a bearer credential or else by
// the cookie that fits the operation. viaCookie is true for the latter. Nobody
// is the zero Actor.
func (s *Server) authenticate(c *gin.Context, op *operation) (actor visavis.Actor, viaCookie bool, err error) {
	ctx := c.Request.Context()
	if header := c.GetHeader("Authorization"); header != "" {
		scheme, credential, _ := strings.Cut(header, " ")
		switch credential = strings.TrimSpace(credential); {
		case !strings.EqualFold(scheme, "Bearer") || len(credential) > 200:
			return actor, false, errSignIn
		case strings.HasPrefix(credential, "vk_"):
			actor, err = s.Banks.AuthenticateKey(ctx, credential)
		default:
			actor, err = s.Banks.AuthenticateLink(ctx, credential)
		}
		return actor, false, unauthenticated(err)
	}

	as := c.Query("as")
	if op.allowsAgents() && as != actorCustomer {
		if token, err := c.Cookie(agentCookie); err == nil {
			actor, err := s.Banks.AuthenticateSession(ctx, token)
			if err == nil || internal(err) {
				return actor, true, err
			}
		}
	}
	if op.allows(actorCustomer) && as != "agent" {
		if token, err := c.Cookie(customerCookie); err == nil {
			actor, err := s.Banks.AuthenticateCustomer(ctx, token)
			if err == nil || internal(err) {
				return actor, true, err
			}
		}
	}
	// A session of the other sort is known, but not for this.
	if s.otherSession(c) {
		return actor, true, visavis.Errorf(visavis.Forbidden, "not_allowed", "This session may not do this.")
	}
	return actor, false, errSignIn
}

// otherSession reports whether the request carries any good session, to tell
// 403 from 401.
func (s *Server) otherSession(c *gin.Context) bool {
	ctx := c.Request.Context()
	if token, err := c.Cookie(agentCookie); err == nil {
		if _, err := s.Banks.AuthenticateSession(ctx, token); err == nil {
			return true
		}
	}
	if token, err := c.Cookie(customerCookie); err == nil {
		if _, err := s.Banks.AuthenticateCustomer(ctx, token); err == nil {
			return true
		}
	}
	return false
}

func internal(err error) bool { return visavis.KindOf(err) == visavis.Internal }

// unauthenticated makes every refusal of a credential look alike: a revoked
// key, an unknown one and an expired link.
func unauthenticated(err error) error {
	switch visavis.KindOf(err) {
	case visavis.NotFound, visavis.Forbidden, visavis.Unauthenticated, visavis.Gone, visavis.Invalid:
		return errSignIn
	}
	return err // nil, a limit, or a fault
}

// authorize holds an actor against the operation's entry in the table. What
// the entry does not name is refused.
func authorize(actor visavis.Actor, op *operation) error {
	switch actor.Kind {
	case visavis.ActorBank:
		if !op.allows(actorBank) {
			return visavis.Errorf(visavis.Forbidden, "not_allowed", "An API key may not do this.")
		}
		if !actor.HasScope(op.Scope) {
			return visavis.Errorf(visavis.Forbidden, "scope_missing", "This API key does not have the scope %s.", op.Scope)
		}
	case visavis.ActorAgent:
		if !op.allows(string(actor.Role)) || !op.allowsAgents() {
			return visavis.Errorf(visavis.Forbidden, "not_allowed", "Your role may not do this.")
		}
	case visavis.ActorCustomer:
		if !op.allows(actorCustomer) {
			return visavis.Errorf(visavis.Forbidden, "not_allowed", "A customer may not do this.")
		}
		if !customerMay(actor, op.Customer) {
			return visavis.Errorf(visavis.Forbidden, "number_not_proved", "Prove your phone number first.")
		}
	default:
		return errSignIn
	}
	if actor.BankID == uuid.Nil {
		return errSignIn
	}
	return nil
}

// customerMay reports whether a customer has one of what an operation asks.
func customerMay(actor visavis.Actor, needs []string) bool {
	return slices.ContainsFunc(needs, func(need string) bool {
		return need == "any" || need == "proved" && actor.Proved || actor.HasScope(need) && need != "visit"
	})
}

// sameOrigin is the rule against forged requests. An Origin, when there is one,
// must be the gateway's own; an unsafe request with a cookie needs our header,
// too.
func (s *Server) sameOrigin(r *http.Request, viaCookie bool) error {
	if safe(r.Method) && r.Header.Get("Upgrade") == "" {
		return nil
	}
	if origin := r.Header.Get("Origin"); origin != "" && origin != s.origin {
		return visavis.Errorf(visavis.Forbidden, "wrong_origin", "Requests from another site are refused.")
	}
	if viaCookie && !safe(r.Method) && r.Header.Get(requestHeader) == "" {
		return visavis.Errorf(visavis.Forbidden, "header_missing", "Send the header "+requestHeader+": 1 with a session's unsafe requests.")
	}
	return nil
}

func safe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

// originOf is the scheme and host of the public URL, as browsers write Origin.
func originOf(u *url.URL) string {
	host := strings.ToLower(u.Host)
	if u.Scheme == "http" {
		host = strings.TrimSuffix(host, ":80")
	}
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host
}

// setCookie sets a session's cookie until it expires; an empty value takes it
// away.
func (s *Server) setCookie(ctx context.Context, name, value string, expires time.Time) {
	c := ginContext(ctx)
	cookie := &http.Cookie{
		Name: name, Value: value, Path: "/", Expires: expires.UTC(),
		HttpOnly: true, Secure: s.publicURL.Scheme == "https", SameSite: http.SameSiteLaxMode,
	}
	if name == agentCookie {
		cookie.SameSite = http.SameSiteStrictMode
	}
	if value == "" {
		cookie.MaxAge, cookie.Expires = -1, time.Time{}
	}
	http.SetCookie(c.Writer, cookie)
}

// ginContext returns the Gin context that the generated server hands to
// handlers as their context.
func ginContext(ctx context.Context) *gin.Context {
	return ctx.Value(gin.ContextKey).(*gin.Context)
}
