package simulator

import (
	"errors"
	"net/http"
	"strings"
)

// Scenario is one row of the failure table: what a number's last digits or a token's end bring about.
type Scenario struct {
	Suffix  string `json:"suffix"`
	Applies string `json:"applies_to"` // "number", "push_token", "apns_token" or "webpush_endpoint"
	Name    string `json:"name"`
	SMS     string `json:"sms,omitempty"`
	Call    string `json:"call,omitempty"`
	Push    string `json:"push,omitempty"`
}

const usual = "as usual"

var numberScenarios = []Scenario{
	{Suffix: "0001", Name: "refused", SMS: "400, code 21211, nothing sent", Call: "400, code 21211"},
	{Suffix: "0002", Name: "undelivered", SMS: "accepted, then undelivered, ErrorCode 30003", Call: usual},
	{Suffix: "0003", Name: "failed", SMS: "accepted, then failed, ErrorCode 30008", Call: "failed"},
	{Suffix: "0004", Name: "no-answer", SMS: usual, Call: "rings, then no-answer at once"},
	{Suffix: "0005", Name: "busy", SMS: usual, Call: "busy"},
	{Suffix: "0006", Name: "too-many-requests", SMS: "429, code 20429, Retry-After: 1", Call: "429, code 20429, Retry-After: 1"},
	{Suffix: "0007", Name: "server-error", SMS: "500, code 20500, nothing sent", Call: "500, code 20500"},
	{Suffix: "0008", Name: "timeout-after-accept", SMS: "accepted and delivered, the reply never comes", Call: "accepted, the reply never comes"},
	{Suffix: "0009", Name: "receipt-before-reply", SMS: "every receipt has arrived before the reply", Call: "initiated and ringing precede the reply"},
	{Suffix: "0010", Name: "duplicate-receipts", SMS: "each receipt comes twice, same idempotency token", Call: "each receipt comes twice"},
	{Suffix: "0011", Name: "reordered-receipts", SMS: "receipts come last first", Call: "receipts come last first, after the end"},
	{Suffix: "0012", Name: "opted-out", SMS: "400, code 21610", Call: usual},
	{Suffix: "0013", Name: "no-final-receipt", SMS: "stays at sent", Call: usual},
	{Suffix: "0014", Name: "landline", SMS: "400, code 21614", Call: usual},
	{Suffix: "0015", Name: "first-try-fails", SMS: "503 for the first try from a From, then as usual", Call: "the same"},
	{Suffix: "0016", Name: "dropped", SMS: "connection cut, nothing accepted", Call: "connection cut, nothing accepted"},
	{Suffix: "0017", Name: "answers", SMS: usual, Call: "answers by itself"},
	{Suffix: "0018", Name: "voicemail", SMS: usual, Call: "a machine answers (AnsweredBy machine_start)"},
	{Suffix: "0019", Name: "one-receipt", SMS: "SMPP: of a long text only the first part gets a receipt", Call: usual},
}

var tokenScenarios = []Scenario{
	{Suffix: "-unregistered", Name: "unregistered", Push: "404 UNREGISTERED"},
	{Suffix: "-unavailable", Name: "unavailable", Push: "503 UNAVAILABLE, Retry-After: 1"},
	{Suffix: "-quota", Name: "quota", Push: "429 QUOTA_EXCEEDED, Retry-After: 1"},
	{Suffix: "-internal", Name: "internal", Push: "500 INTERNAL"},
	{Suffix: "-mismatch", Name: "mismatch", Push: "403 SENDER_ID_MISMATCH"},
	{Suffix: "-apnsauth", Name: "apnsauth", Push: "401 THIRD_PARTY_AUTH_ERROR"},
	{Suffix: "-invalid", Name: "invalid", Push: "400 INVALID_ARGUMENT"},
	{Suffix: "-timeout", Name: "timeout", Push: "accepted, the reply never comes"},
}

var apnsScenarios = []Scenario{
	{Suffix: "f0000400", Name: "bad-token", Push: "400 BadDeviceToken"},
	{Suffix: "f0000403", Name: "expired-provider", Push: "403 ExpiredProviderToken"},
	{Suffix: "f0000408", Name: "timeout", Push: "accepted, the reply never comes"},
	{Suffix: "f0000410", Name: "unregistered", Push: "410 Unregistered, since now"},
	{Suffix: "f0000429", Name: "quota", Push: "429 TooManyRequests, Retry-After: 1"},
	{Suffix: "f0000430", Name: "provider-updates", Push: "429 TooManyProviderTokenUpdates"},
	{Suffix: "f0000500", Name: "internal", Push: "500 InternalServerError"},
	{Suffix: "f0000503", Name: "unavailable", Push: "503 ServiceUnavailable, Retry-After: 1"},
}

var webPushScenarios = []Scenario{
	{Suffix: "-gone", Name: "unregistered", Push: "410"},
	{Suffix: "-unknown", Name: "unknown-subscription", Push: "404"},
	{Suffix: "-toolarge", Name: "too-large", Push: "413"},
	{Suffix: "-quota", Name: "quota", Push: "429, Retry-After: 1"},
	{Suffix: "-unavailable", Name: "unavailable", Push: "503, Retry-After: 1"},
	{Suffix: "-internal", Name: "internal", Push: "500"},
	{Suffix: "-forbidden", Name: "mismatch", Push: "403"},
	{Suffix: "-timeout", Name: "timeout", Push: "accepted, the reply never comes"},
}

// Scenarios is the whole table, as GET /simulator/scenarios serves it.
func Scenarios() []Scenario {
	var all []Scenario
	for _, row := range numberScenarios {
		row.Applies = "number"
		all = append(all, row)
	}
	for _, row := range tokenScenarios {
		row.Applies = "push_token"
		all = append(all, row)
	}
	for _, row := range apnsScenarios {
		row.Applies = "apns_token"
		all = append(all, row)
	}
	for _, row := range webPushScenarios {
		row.Applies = "webpush_endpoint"
		all = append(all, row)
	}
	return all
}

func scenarioOf(number string) string {
	for _, row := range numberScenarios {
		if strings.HasSuffix(number, row.Suffix) {
			return row.Name
		}
	}
	return ""
}

func tokenScenarioOf(token string) string {
	for _, row := range tokenScenarios {
		if strings.HasSuffix(token, row.Suffix) {
			return row.Name
		}
	}
	return ""
}

// errAnswered tells the wrapper that the handler has written its answer itself.
var errAnswered = errors.New("already answered")

// errCut asks the handler to cut the connection without an answer.
var errCut = errors.New("connection cut by scenario")

// createFault is the failure, by scenario or by chance, that a request to send or call meets before it is accepted.
// The caller holds s.mu.
func (s *Simulator) createFault(scenario, to, from string) error {
	switch scenario {
	case "refused":
		return invalidNumber(to)
	case "too-many-requests":
		return &twilioError{Status: http.StatusTooManyRequests, Code: 20429, Message: "Too Many Requests", retryAfter: 1}
	case "server-error":
		return &twilioError{Status: http.StatusInternalServerError, Code: 20500, Message: "An internal server error has occurred"}
	case "dropped":
		return errCut
	case "first-try-fails":
		if key := to + "\n" + from; !s.triedOnce[key] {
			remember(s.triedOnce, key, s.cfg.HistoryLimit)
			return &twilioError{Status: http.StatusServiceUnavailable, Code: 20503, Message: "Service Unavailable", retryAfter: 1}
		}
	}
	if chance(s.faults.HTTPErrorRate) {
		return &twilioError{Status: http.StatusInternalServerError, Code: 20500, Message: "An internal server error has occurred"}
	}
	return nil
}

// remember puts key into a set of bounded size; a full set forgets any one.
func remember(set map[string]bool, key string, limit int) {
	if len(set) >= limit {
		for old := range set {
			delete(set, old)
			break
		}
	}
	set[key] = true
}
