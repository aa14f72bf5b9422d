package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// maxCallback bounds the body of a callback.
const maxCallback = 64 << 10

var (
	messageSID  = regexp.MustCompile(`^(SM|MM)[0-9a-f]{32}$`)
	callSID     = regexp.MustCompile(`^CA[0-9a-f]{32}$`)
	shortShape  = regexp.MustCompile(`^[0-9]{3,8}$`)
	statusShape = regexp.MustCompile(`^[a-z][a-z_-]{0,31}$`)
	codeShape   = regexp.MustCompile(`^[0-9]{0,6}$`)
	keyShape    = regexp.MustCompile(`^[0-9*#]$`)
	dateShape   = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$`)
)

// guarded are the parameters that decide something. X-Twilio-Signature covers
// names and values without a border between them, so "MessageStatus=sent" may be
// written as "MessageStatuss=ent" or grown onto the value before it with the
// same signature. Hence none of them may be cut short into another name, all
// have a shape, and those that must be there must be there.
var guarded = []string{
	"AccountSid", "ApiVersion", "ErrorCode", "MessageSid", "MessageStatus", "SmsSid", "SmsStatus", "CallSid", "CallStatus", "AnsweredBy", "Digits",
	"RecordingSid", "RecordingUrl", "RecordingDuration", "FinishedOnKey", "CallDuration",
}

var errForged = errors.New("the callback is not Twilio's")

// readCallback returns the parameters of a callback for path that Twilio signed
// with our token. All that is signed is checked: the method, one parameter of a
// name, no query, the account; shapes of what decides something. The URL is our
// own, by configuration, not what the request says.
//
// RequestValidator of twilio-go is not used: it accepts a second value of a
// name, a port that was not asked for, and an empty token.
func (p *Provider) readCallback(w http.ResponseWriter, r *http.Request, path string, sidName string, sidShape *regexp.Regexp, statusName string) (url.Values, error) {
	if r.Method != http.MethodPost || r.URL.RawQuery != "" || r.URL.ForceQuery {
		return nil, errForged
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, errForged
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCallback))
	if err != nil {
		return nil, fmt.Errorf("read callback: %w", err)
	}
	params, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, errForged
	}
	signatures := r.Header.Values("X-Twilio-Signature")
	if len(signatures) != 1 || !p.signed(signatures[0], p.cfg.PublicURL+path, params) {
		return nil, errForged
	}
	for name, values := range params {
		if len(values) != 1 {
			return nil, errForged
		}
		for _, g := range guarded {
			if name != g && strings.HasPrefix(name, g) {
				return nil, errForged
			}
		}
	}
	get := params.Get
	switch {
	case get("AccountSid") != p.cfg.AccountSID,
		!sidShape.MatchString(get(sidName)),
		!statusShape.MatchString(get(statusName)),
		!codeShape.MatchString(get("ErrorCode")),
		!dateShape.MatchString(get("ApiVersion")),
		!numberShape.MatchString(get("To")) && !shortShape.MatchString(get("To")),
		params.Has("SmsSid") && get("SmsSid") != get(sidName),
		params.Has("SmsStatus") && get("SmsStatus") != get(statusName):
		return nil, errForged
	}
	return params, nil
}

// signed reports, in constant time, whether signature is ours or, while a token
// is rotated, the previous one's.
func (p *Provider) signed(signature, fullURL string, params url.Values) bool {
	given, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return false
	}
	ok := false
	for _, token := range []string{p.cfg.AuthToken, p.cfg.PreviousAuthToken} {
		if token != "" && hmac.Equal(given, sign(token, fullURL, params)) {
			ok = true
		}
	}
	return ok
}

// sign is Twilio's signature: HMAC-SHA1 under the token of the URL and each
// name and value, in order of the names.
func sign(token, fullURL string, params url.Values) []byte {
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	mac := hmac.New(sha1.New, []byte(token))
	io.WriteString(mac, fullURL)
	for _, name := range names {
		for _, value := range params[name] {
			io.WriteString(mac, name+value)
		}
	}
	return mac.Sum(nil)
}
