package simulator

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// What the twin of APNs knows of its one app.
const (
	APNsTopic  = "app.visavis.simulator"
	APNsKeyID  = "SIMULATOR0"
	APNsTeamID = "VISAVIS000"

	maxAPNsPayload     = 4096
	maxAPNsVoIPPayload = 5120
	providerTokenLife  = time.Hour
	// Apple refuses who makes a new provider token more often than every 20
	// minutes; a few are let through, for gateways that restart.
	providerTokenPause  = 20 * time.Minute
	providerTokensFresh = 4
)

// apnsError is a refusal with Apple's reason.
type apnsError struct {
	code       int
	reason     string
	since      time.Time // 410 only
	retryAfter int       // seconds
}

func (e *apnsError) Error() string { return e.reason }

func badAPNs(reason string) *apnsError {
	return &apnsError{code: http.StatusBadRequest, reason: reason}
}

// apnsFailures are what the last eight digits of a device token bring about.
var apnsFailures = map[string]apnsError{
	"f0000400": {code: http.StatusBadRequest, reason: "BadDeviceToken"},
	"f0000403": {code: http.StatusForbidden, reason: "ExpiredProviderToken"},
	"f0000410": {code: http.StatusGone, reason: "Unregistered"},
	"f0000429": {code: http.StatusTooManyRequests, reason: "TooManyRequests", retryAfter: 1},
	"f0000430": {code: http.StatusTooManyRequests, reason: "TooManyProviderTokenUpdates"},
	"f0000500": {code: http.StatusInternalServerError, reason: "InternalServerError"},
	"f0000503": {code: http.StatusServiceUnavailable, reason: "ServiceUnavailable", retryAfter: 1},
}

// apnsHangs takes a push and never answers.
const apnsHangs = "f0000408"

// APNsKey is the .p8 file of the key with which providers sign their tokens. It
// is valid as long as the twin lives.
func (s *Simulator) APNsKey() []byte {
	der, err := x509.MarshalPKCS8PrivateKey(s.apnsKey())
	if err != nil {
		panic(fmt.Sprintf("simulator: cannot encode the APNs key: %v", err))
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

func (s *Simulator) apnsKey() *ecdsa.PrivateKey {
	s.apnsOnce.Do(func() {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(fmt.Sprintf("simulator: no APNs key: %v", err)) // crypto/rand never fails
		}
		s.apnsPrivate = key
	})
	return s.apnsPrivate
}

// The tokens of a number's iPhone: the alert token, and PushKit's.
func apnsTokenOf(number string) string { return digest("apns alert " + number) }
func voipTokenOf(number string) string { return digest("apns voip " + number) }

func digest(of string) string {
	sum := sha256.Sum256([]byte(of))
	return hex.EncodeToString(sum[:])
}

// sendAPNs is POST /3/device/{token}, as Apple's provider API answers it.
func (s *Simulator) sendAPNs(w http.ResponseWriter, r *http.Request) {
	id, err := s.acceptAPNs(r)
	if id != "" {
		w.Header().Set("apns-id", id)
	}
	var refusal *apnsError
	switch {
	case errors.Is(err, errCut):
		panic(http.ErrAbortHandler)
	case errors.As(err, &refusal):
		if refusal.retryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(refusal.retryAfter))
		}
		body := map[string]any{"reason": refusal.reason}
		if refusal.code == http.StatusGone {
			body["timestamp"] = refusal.since.UnixMilli()
		}
		writeJSON(w, refusal.code, body)
	case err != nil:
		s.log.Error("simulated APNs push failed", "error", err)
		writeJSON(w, http.StatusInternalServerError, map[string]string{"reason": "InternalServerError"})
	default:
		w.WriteHeader(http.StatusOK)
	}
}

var apnsTokenPattern = regexp.MustCompile(`^([0-9a-fA-F]{2}){32,100}$`)

func (s *Simulator) acceptAPNs(r *http.Request) (id string, err error) {
	if id = r.Header.Get("apns-id"); id == "" {
		id = uuid.NewString()
	} else if _, err := uuid.Parse(id); err != nil || len(id) != 36 {
		return "", badAPNs("BadMessageId")
	}
	if s.ctx.Err() != nil {
		return id, &apnsError{code: http.StatusServiceUnavailable, reason: "Shutdown"}
	}
	if r.ProtoMajor != 2 { // Apple hangs up on HTTP/1.1
		return id, errCut
	}
	if err := s.checkProviderToken(r.Header.Get("authorization")); err != nil {
		return id, err
	}
	if !s.latency(r.Context()) {
		return id, errCut
	}
	token := r.PathValue("token")
	p, err := checkAPNs(r, token)
	if err != nil {
		return id, err
	}
	ending := strings.ToLower(token[len(token)-8:])
	s.mu.Lock()
	gone, known := s.goneSince[strings.ToLower(token)]
	failure, fails := apnsFailures[ending]
	switch {
	case known:
		failure, fails = apnsFailures["f0000410"], true
		failure.since = gone
	case fails && failure.code == http.StatusGone:
		failure.since = s.now()
	case !fails && chance(s.faults.PushFailureRate):
		failure, fails = apnsFailures["f0000503"], true
	case !fails && chance(s.faults.HTTPErrorRate):
		failure, fails = apnsFailures["f0000500"], true
	}
	if fails {
		s.mu.Unlock()
		return id, &failure
	}
	p.ID, p.ReceivedAt = "apns:"+id, s.now()
	if at, _ := strconv.ParseInt(r.Header.Get("apns-expiration"), 10, 64); at > 0 {
		p.ExpiresAt = time.Unix(at, 0).UTC()
		p.TTLSeconds = max(0, int64(p.ExpiresAt.Sub(p.ReceivedAt)/time.Second))
	} else {
		p.ExpiresAt = p.ReceivedAt // now or never: the simulated iPhone is always on
	}
	s.pushes.add(p.ID, p)
	s.publish(event{kind: "push", token: p.Token, view: func() any { return p }})
	s.mu.Unlock()
	if ending == apnsHangs {
		return id, s.hang(r)
	}
	return id, nil
}

// checkProviderToken verifies the bearer JWT: ES256 by our key, its id, our
// team, not older than an hour, and not a new one all the time.
func (s *Simulator) checkProviderToken(authorization string) error {
	scheme, token, _ := strings.Cut(authorization, " ")
	if authorization == "" {
		return &apnsError{code: http.StatusForbidden, reason: "MissingProviderToken"}
	}
	invalid := &apnsError{code: http.StatusForbidden, reason: "InvalidProviderToken"}
	var header struct{ Alg, Kid string }
	var claims struct {
		Iss string
		Iat int64
	}
	if !strings.EqualFold(scheme, "bearer") || !verifyES256(token, &s.apnsKey().PublicKey, &header, &claims) ||
		header.Kid != APNsKeyID || claims.Iss != APNsTeamID {
		return invalid
	}
	now, issued := s.now(), time.Unix(claims.Iat, 0)
	if issued.After(now.Add(time.Minute)) {
		return invalid
	}
	if now.Sub(issued) > providerTokenLife {
		return &apnsError{code: http.StatusForbidden, reason: "ExpiredProviderToken"}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for known, since := range s.providerTokens {
		if now.Sub(since) > providerTokenPause && known != token {
			delete(s.providerTokens, known)
		}
	}
	if _, known := s.providerTokens[token]; !known {
		if len(s.providerTokens) >= providerTokensFresh {
			return &apnsError{code: http.StatusTooManyRequests, reason: "TooManyProviderTokenUpdates"}
		}
		s.providerTokens[token] = now
	}
	return nil
}

// verifyES256 verifies a JWT and decodes its parts.
func verifyES256(token string, key *ecdsa.PublicKey, header, claims any) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || decodeSegment(parts[0], header) != nil || decodeSegment(parts[1], claims) != nil {
		return false
	}
	var alg struct{ Alg string }
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 || decodeSegment(parts[0], &alg) != nil || alg.Alg != "ES256" {
		return false
	}
	hash := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	return ecdsa.Verify(key, hash[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:]))
}

// checkAPNs holds a request's path, headers and payload against Apple's rules.
func checkAPNs(r *http.Request, token string) (*push, error) {
	h := r.Header
	kind, topic := h.Get("apns-push-type"), h.Get("apns-topic")
	priority, expiration := h.Get("apns-priority"), h.Get("apns-expiration")
	limit := maxAPNsPayload
	if kind == "voip" {
		limit = maxAPNsVoIPPayload
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, int64(limit)+1))
	if err != nil {
		return nil, errCut
	}
	switch {
	case !apnsTokenPattern.MatchString(token):
		return nil, badAPNs("BadDeviceToken")
	case topic == "":
		return nil, badAPNs("MissingTopic")
	case topic != APNsTopic && topic != APNsTopic+".voip":
		return nil, badAPNs("TopicDisallowed")
	case !slices.Contains([]string{"alert", "background", "voip"}, kind): // the types that this app may send
		return nil, badAPNs("InvalidPushType")
	case (kind == "voip") != strings.HasSuffix(topic, ".voip"):
		return nil, badAPNs("DeviceTokenNotForTopic")
	case !slices.Contains([]string{"", "1", "5", "10"}, priority), kind == "background" && priority != "5":
		return nil, badAPNs("BadPriority")
	case len(h.Get("apns-collapse-id")) > 64:
		return nil, badAPNs("BadCollapseId")
	case len(body) == 0:
		return nil, badAPNs("PayloadEmpty")
	case len(body) > limit:
		return nil, &apnsError{code: http.StatusRequestEntityTooLarge, reason: "PayloadTooLarge"}
	}
	if expiration != "" {
		if at, err := strconv.ParseInt(expiration, 10, 64); err != nil || at < 0 {
			return nil, badAPNs("BadExpirationDate")
		}
	}
	var payload map[string]any
	if json.Unmarshal(body, &payload) != nil {
		return nil, badAPNs("PayloadEmpty") // what Apple says of what is no JSON object
	}
	aps, _ := payload["aps"].(map[string]any)
	if aps == nil {
		return nil, badAPNs("PayloadEmpty")
	}
	delete(payload, "aps")
	p := &push{Service: "apns", PushType: kind, Token: strings.ToLower(token), Data: payload, Priority: "normal",
		APNS: map[string]any{"headers": map[string]any{"apns-topic": topic, "apns-expiration": expiration,
			"apns-priority": priority, "apns-collapse-id": h.Get("apns-collapse-id")}, "payload": map[string]any{"aps": aps}}}
	if priority == "10" || priority == "" {
		p.Priority = "high"
	}
	if alert, _ := aps["alert"].(map[string]any); alert != nil {
		p.Notification = alert
	}
	return p, nil
}
