package events

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/visavis/visavis"
)

// A hook is a question to a bank's own server that is answered at once, unlike a
// webhook, which only tells. It is signed and guarded like one.

// CheckHook refuses a URL that no question could be sent to; field names it.
func CheckHook(field, url string, allow []netip.Prefix) error {
	if err := checkURL(url, allow); err != nil {
		var e *visavis.Error
		if errors.As(err, &e) && len(e.Fields) > 0 {
			return visavis.InvalidField(field, "%s", e.Fields[0].Reason)
		}
		return err
	}
	return nil
}

// HookAddresses are the special addresses that a bank's hooks may be at: what the
// operator allows everybody, and what the bank's settings allow it.
func HookAddresses(everybody []netip.Prefix, own []string) []netip.Prefix {
	allow := slices.Clone(everybody)
	for _, text := range own {
		if p, err := netip.ParsePrefix(strings.TrimSpace(text)); err == nil {
			allow = append(allow, p)
		}
	}
	return allow
}

// NewHookSecret draws a secret; shown is for the bank, raw to sign with.
func NewHookSecret() (shown string, raw []byte) {
	raw = make([]byte, 32)
	_, _ = rand.Read(raw) // never fails
	return "whsec_" + base64.StdEncoding.EncodeToString(raw), raw
}

// maxHookAnswer is how much of an answer is read, in bytes.
const maxHookAnswer = 16 << 10

// AskHook posts body (JSON) to a bank's hook, signed by Standard Webhooks under
// id, and returns a 2xx answer's body. ctx carries the deadline. Any other answer,
// a special address that allow does not name, and a redirect are errors.
func AskHook(ctx context.Context, url, id string, at time.Time, secret, body []byte, allow []netip.Prefix, resolver *net.Resolver) ([]byte, error) {
	request, err := newRequest(ctx, id, at, outgoing{url: url, body: body, secrets: [][]byte{secret}, allow: allow})
	if err != nil {
		return nil, err
	}
	client := guarded(allow, resolver)
	defer client.CloseIdleConnections()
	answer, err := client.Do(request)
	if err != nil {
		return nil, errors.New(sendError(err))
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(io.LimitReader(answer.Body, maxHookAnswer))
	if err != nil {
		return nil, errors.New(sendError(err))
	}
	if answer.StatusCode < http.StatusOK || answer.StatusCode >= http.StatusMultipleChoices {
		return nil, fmt.Errorf("status %d", answer.StatusCode)
	}
	return read, nil
}
