package verifyv2

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/visavis/visavis"
)

// Wrong credentials of an address: so many in the window, then it is not listened
// to for the rest of it.
const (
	maxWrong    = 30
	wrongWindow = 5 * time.Minute
)

// Authenticate says who sends a request, by HTTP Basic: the bank's account SID (AC
// and the bank's id) and an auth token, or an API key's SID (SK and the key's id)
// and its secret; both secrets are what banks.CreateAuthToken makes. address is
// the caller's. Errors are *Error: 401 20003, the same for every reason, or 429
// 20429 when the address has sent too many wrong ones.
func (h *Handler) Authenticate(ctx context.Context, r *http.Request, address string) (visavis.Actor, error) {
	if wait := h.banned.left(address, h.Now()); wait > 0 {
		return visavis.Actor{}, tooMany(20429, "Too many requests", wait)
	}
	user, token, ok := r.BasicAuth()
	if !ok {
		return visavis.Actor{}, errAuthenticate
	}
	actor, err := h.Banks.AuthenticateAuthToken(ctx, token)
	if err == nil && (user == sid("AC", actor.BankID) || user == sid("SK", actor.ID)) {
		return actor, nil
	}
	if err != nil && visavis.KindOf(err) != visavis.Unauthenticated {
		return visavis.Actor{}, err
	}
	err = h.Banks.Limit(ctx, "twilio verify credentials "+address, maxWrong, wrongWindow)
	if visavis.KindOf(err) == visavis.TooMany {
		e := translate(err)
		h.banned.add(address, h.Now().Add(e.RetryAfter))
		return visavis.Actor{}, e
	}
	if err != nil {
		return visavis.Actor{}, err
	}
	return visavis.Actor{}, errAuthenticate
}

// banned are addresses that this node does not listen to for a while. Other nodes
// find out by the common count at their first wrong credential.
type banned struct {
	mu    sync.Mutex
	until map[string]time.Time
}

func (b *banned) left(address string, now time.Time) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	until, ok := b.until[address]
	if !ok {
		return 0
	}
	if !until.After(now) {
		delete(b.until, address)
		return 0
	}
	return until.Sub(now)
}

func (b *banned) add(address string, until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.until == nil || len(b.until) >= 10_000 {
		b.until = map[string]time.Time{}
	}
	b.until[address] = until
}

// MaskPath takes out of a path below /v2 what may be personal: numbers and
// identities. SIDs and the names of resources stay.
func MaskPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if i < 2 || part == "" {
			continue
		}
		_, isSID := idOf(part[:min(2, len(part))], part)
		word := strings.Trim(part, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == "" && len(part) < 30
		if !isSID && !word || parts[i-1] == "Entities" || parts[i-1] == "Numbers" {
			parts[i] = "…"
		}
	}
	return strings.Join(parts, "/")
}
