// Package verifyv2 answers the paths of Twilio Verify v2 on the gateway's own
// address: a program that uses Twilio's SDK changes its HTTP client's transport
// and nothing else. docs/twilio-verify.md says how, and where we are stricter.
//
// It is a translation and holds no rule of its own about codes: verifications,
// factors and challenges are package otp's, with all of its limits. A Service is a
// row of ours; a Verification is one of otp that is bound to its Service; an
// Entity is a customer as a Service names it; a Factor is otp's, a Challenge a
// verification bound to a factor.
//
// A SID is two letters and the 32 hexadecimal digits of our id: AC bank, SK API
// key, VA Service, VE Verification, VL attempt, YE Entity, YF Factor, CR the same
// factor's credential, YC Challenge. Every look-up is within the caller's bank, so
// another bank's SID is not found.
package verifyv2

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

// Config is what a Handler needs.
type Config struct {
	DB    *postgres.DB
	Banks *banks.Service
	OTP   *otp.Service
	Log   *slog.Logger
	Now   func() time.Time
	// PublicURL is what the URLs in answers begin with: scheme and host, no path.
	PublicURL string
}

// Handler answers requests below /v2.
type Handler struct {
	Config
	mux    *http.ServeMux
	banned banned
}

// New makes a Handler.
func New(c Config) *Handler {
	h := &Handler{Config: c, mux: http.NewServeMux()}
	h.PublicURL = strings.TrimSuffix(h.PublicURL, "/")
	h.routes()
	return h
}

// routes is the whole surface: what the document has and is not here is answered
// as not there (deferred says so), not as if it were Twilio's.
func (h *Handler) routes() {
	const (
		service  = "/v2/Services/{ServiceSid}"
		entity   = service + "/Entities/{Identity}"
		rateless = "Rate limits of a program's own are not kept here; the gateway's always hold."
	)
	for pattern, handle := range map[string]handle{
		"POST /v2/Services":        h.createService,
		"GET /v2/Services":         h.listServices,
		"GET " + service:           h.within(h.fetchService),
		"POST " + service:          h.within(h.updateService),
		"DELETE " + service:        h.within(h.deleteService),
		"GET /v2/Attempts":         h.listAttempts,
		"GET /v2/Attempts/{Sid}":   h.fetchAttempt,
		"GET /v2/Attempts/Summary": h.summarizeAttempts,

		"POST " + service + "/Verifications":       h.within(h.createVerification),
		"GET " + service + "/Verifications/{Sid}":  h.within(h.fetchVerification),
		"POST " + service + "/Verifications/{Sid}": h.within(h.updateVerification),
		"POST " + service + "/VerificationCheck":   h.within(h.checkVerification),

		"POST " + service + "/Entities": h.within(h.createEntity),
		"GET " + service + "/Entities":  h.within(h.listEntities),
		"GET " + entity:                 h.within(h.fetchEntity),
		"DELETE " + entity:              h.within(h.deleteEntity),

		"POST " + entity + "/Factors":         h.within(h.createFactor),
		"GET " + entity + "/Factors":          h.within(h.listFactors),
		"GET " + entity + "/Factors/{Sid}":    h.within(h.fetchFactor),
		"POST " + entity + "/Factors/{Sid}":   h.within(h.updateFactor),
		"DELETE " + entity + "/Factors/{Sid}": h.within(h.deleteFactor),

		"POST " + entity + "/Challenges":       h.within(h.createChallenge),
		"GET " + entity + "/Challenges":        h.within(h.listChallenges),
		"GET " + entity + "/Challenges/{Sid}":  h.within(h.fetchChallenge),
		"POST " + entity + "/Challenges/{Sid}": h.within(h.updateChallenge),

		service + "/RateLimits":                    deferred(rateless),
		service + "/RateLimits/":                   deferred(rateless),
		service + "/Webhooks":                      deferred("Events go to webhook endpoints: see /v1/webhook-endpoints."),
		service + "/Webhooks/":                     deferred("Events go to webhook endpoints: see /v1/webhook-endpoints."),
		service + "/MessagingConfigurations":       deferred("Senders and routes are the bank's own settings."),
		service + "/MessagingConfigurations/":      deferred("Senders and routes are the bank's own settings."),
		service + "/AccessTokens":                  deferred("Enrol devices by the bank's own program."),
		service + "/AccessTokens/":                 deferred("Enrol devices by the bank's own program."),
		service + "/Passkeys/":                     deferred("There are no passkeys."),
		entity + "/Challenges/{Sid}/Notifications": deferred("Create the challenge again to have it pushed again."),
		"/v2/Forms/":                               deferred("There are no forms."),
		"/v2/SafeList/":                            deferred("There is no safe list: the gateway's limits hold for every number."),
		"/v2/Templates":                            deferred("Texts are the bank's own: see /v1/texts."),
		"/":                                        func(*request) (answer, error) { return answer{}, errNotFound },
	} {
		h.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			h.answer(w, r, handle)
		})
	}
}

func deferred(why string) handle {
	return func(*request) (answer, error) {
		return answer{}, &Error{Status: http.StatusNotImplemented, Code: 20501, Message: "Not implemented: " + why}
	}
}

// handle answers one operation; its errors are translated (errors.go).
type handle func(r *request) (answer, error)

type answer struct {
	status int // 0 = 200
	body   any // nil: none
	header map[string]string
}

// request is one, as handlers see it.
type request struct {
	*http.Request
	ctx     context.Context
	bank    uuid.UUID
	form    form
	service service // of those within one
}

// account is the caller's AC….
func (r *request) account() string { return sid("AC", r.bank) }

// within gives handle the Service that the path names.
func (h *Handler) within(then handle) handle {
	return func(r *request) (a answer, err error) {
		if r.service, err = h.serviceOf(r); err != nil {
			return a, err
		}
		return then(r)
	}
}

const maxBody = 64 << 10

// ServeHTTP answers a request of a program that Authenticate let in; the actor is
// in its context.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

func (h *Handler) answer(w http.ResponseWriter, r *http.Request, handle handle) {
	w.Header().Set("Cache-Control", "no-store")
	actor := visavis.ActorFrom(r.Context())
	a, err := answer{}, error(nil)
	switch in, failed := readForm(w, r); {
	case actor.Kind != visavis.ActorBank || actor.BankID == uuid.Nil:
		err = errAuthenticate
	case !actor.HasScope(scopeOf(r)):
		err = &Error{Status: http.StatusForbidden, Code: 20006, Message: "Access Denied: this credential does not have the scope " + scopeOf(r) + "."}
	case failed != nil:
		err = failed
	default:
		a, err = handle(&request{Request: r, ctx: r.Context(), bank: actor.BankID, form: in})
	}
	if err != nil {
		h.Refuse(w, r, err)
		return
	}
	if a.status == 0 {
		a.status = http.StatusOK
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	write(w, a.status, a.body)
}

func scopeOf(r *http.Request) string {
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return banks.ScopeRead
	}
	return banks.ScopeWrite
}
