package verifyv2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/visavis/visavis"
)

// Error is an answer as Twilio gives it.
type Error struct {
	Status     int
	Code       int // Twilio's
	Message    string
	RetryAfter time.Duration
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Message) }

// Twilio's codes that we use (https://www.twilio.com/docs/api/errors).
const (
	codeInvalid     = 60200
	codeMaxChecks   = 60202
	codeMaxSends    = 60203
	codeUnsupported = 60204
	codeLandline    = 60205
	codeConcurrent  = 60212
	codeNoChannel   = 60223
	codeBlocked     = 60410
	codeGeo         = 60605
)

var (
	errAuthenticate = &Error{Status: http.StatusUnauthorized, Code: 20003, Message: "Authenticate"}
	errNotFound     = &Error{Status: http.StatusNotFound, Code: 20404, Message: "The requested resource was not found"}
)

func invalid(parameter, format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Code: codeInvalid, Message: "Invalid parameter `" + parameter + "`: " + fmt.Sprintf(format, args...)}
}

func tooMany(code int, message string, wait time.Duration) *Error {
	return &Error{Status: http.StatusTooManyRequests, Code: code, Message: message, RetryAfter: wait}
}

// parameters are Twilio's names of our fields.
var parameters = map[string]string{
	"phone": "To", "way": "Channel", "code": "Code", "amount": "Amount", "currency": "Amount", "payee": "Payee",
	"public_key": "Binding.PublicKey", "secret": "Binding.Secret", "name": "FriendlyName", "token": "Config.NotificationToken",
	"platform": "Config.NotificationPlatform", "expires_at": "ExpirationDate", "digits": "CodeLength", "reference": "Identity", "metadata": "Metadata",
}

// translate turns an error into Twilio's.
func translate(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	var v *visavis.Error
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &v):
	case errors.As(err, &tooLarge):
		return &Error{Status: http.StatusRequestEntityTooLarge, Code: 20413, Message: "The body is too large"}
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return &Error{Status: http.StatusServiceUnavailable, Code: 20503, Message: "Service unavailable: it took too long; try again"}
	default:
		return &Error{Status: http.StatusInternalServerError, Code: 20500, Message: "Internal server error"}
	}
	switch v.Code {
	case "verification_not_found", "verification_expired", "verification_ended", "factor_not_found", "customer_not_found":
		return errNotFound
	case "max_attempts", "too_many_failures":
		return tooMany(codeMaxChecks, "Max check attempts reached", v.RetryAfter)
	case "too_many_sends", "resend_too_early", "too_many_pushes":
		return tooMany(codeMaxSends, "Max send attempts reached", v.RetryAfter)
	case "verification_contended":
		return tooMany(codeConcurrent, "Too many concurrent requests for phone number", v.RetryAfter)
	case "country_not_allowed":
		return &Error{Status: http.StatusForbidden, Code: codeGeo, Message: "The destination is not allowed: see the bank's setting countries"}
	case "no_flash_numbers", "channel_not_configured":
		return &Error{Status: http.StatusForbidden, Code: codeNoChannel, Message: "Delivery channel disabled"}
	}
	switch v.Kind {
	case visavis.Invalid:
		if len(v.Fields) > 0 {
			if name, ok := parameters[v.Fields[0].Name]; ok {
				return invalid(name, "%s", v.Fields[0].Reason)
			}
		}
		return &Error{Status: http.StatusBadRequest, Code: codeInvalid, Message: "Invalid parameter: " + v.Message}
	case visavis.Unauthenticated:
		return errAuthenticate
	case visavis.Forbidden:
		return &Error{Status: http.StatusForbidden, Code: codeBlocked, Message: "Blocked: " + v.Message}
	case visavis.NotFound, visavis.Gone:
		return errNotFound
	case visavis.Conflict:
		return &Error{Status: http.StatusBadRequest, Code: codeInvalid, Message: "Invalid parameter: " + v.Message}
	case visavis.TooMany:
		return tooMany(20429, "Too many requests", v.RetryAfter)
	case visavis.Unavailable:
		return &Error{Status: http.StatusServiceUnavailable, Code: 20503, Message: "Service unavailable: " + v.Message, RetryAfter: v.RetryAfter}
	}
	return &Error{Status: http.StatusInternalServerError, Code: 20500, Message: "Internal server error"}
}

type errorBody struct {
	Code     int    `json:"code"`
	Message  string `json:"message"`
	MoreInfo string `json:"more_info"`
	Status   int    `json:"status"`
}

// Refuse answers with an error, in Twilio's form.
func (h *Handler) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	e := translate(err)
	if e.Status >= http.StatusInternalServerError && e.Status != http.StatusNotImplemented && r.Context().Err() == nil {
		h.Log.ErrorContext(r.Context(), "request failed", "request_id", w.Header().Get("X-Request-Id"), "path", MaskPath(r.URL.Path), "error", err)
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	if e.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="visavis"`)
	}
	write(w, e.Status, errorBody{e.Code, e.Message, "https://www.twilio.com/docs/errors/" + strconv.Itoa(e.Code), e.Status})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Cache-Control", "no-store")
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the caller went away
}
