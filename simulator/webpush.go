package simulator

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WebPushOrigin is how the endpoints of the twin's browsers begin. No name
// server knows it: a gateway sends what goes there to the twin, and only while
// the simulator is on.
const WebPushOrigin = "https://push.simulator.invalid"

// webPushFailures are what the end of an endpoint brings about.
var webPushFailures = map[string]int{
	"-gone": http.StatusGone, "-unknown": http.StatusNotFound, "-toolarge": http.StatusRequestEntityTooLarge,
	"-quota": http.StatusTooManyRequests, "-unavailable": http.StatusServiceUnavailable,
	"-internal": http.StatusInternalServerError, "-forbidden": http.StatusForbidden,
}

// webPushHangs takes a push and never answers.
const webPushHangs = "-timeout"

// browser is what the twin's browser of one number has subscribed with.
type browser struct {
	id   string
	key  *ecdh.PrivateKey
	auth []byte
}

var browserPattern = regexp.MustCompile(`^sim-([0-9]{3,15})(-[a-z]+)?$`)

// browserOf makes the browser of an endpoint's last part: the same at every
// start, so that a subscription outlives the twin.
func browserOf(id string) (b browser, ending string, ok bool) {
	m := browserPattern.FindStringSubmatch(id)
	if m == nil {
		return b, "", false
	}
	for round := byte(0); ; round++ { // nearly always once: not every 32 bytes are a scalar
		scalar := sha256.Sum256([]byte("web push key " + m[1] + string(round)))
		if key, err := ecdh.P256().NewPrivateKey(scalar[:]); err == nil {
			secret := sha256.Sum256([]byte("web push auth " + m[1]))
			return browser{id: id, key: key, auth: secret[:16]}, m[2], true
		}
	}
}

// BrowserSubscription is a PushSubscription of the twin's browser of a number.
type BrowserSubscription struct {
	Endpoint string `json:"endpoint"`
	P256dh   string `json:"p256dh"`
	Auth     string `json:"auth"`
}

// Subscription is what the browser of number (E.164) would give a page. An
// ending of webpush_endpoint in Scenarios may be added to the endpoint.
func Subscription(number string) BrowserSubscription {
	b, _, _ := browserOf(tokenOf(number))
	return BrowserSubscription{
		Endpoint: WebPushOrigin + "/webpush/" + tokenOf(number),
		P256dh:   base64.RawURLEncoding.EncodeToString(b.key.PublicKey().Bytes()), Auth: base64.RawURLEncoding.EncodeToString(b.auth),
	}
}

// sendWebPush is POST /webpush/{id}: a push service and the browser behind it.
func (s *Simulator) sendWebPush(w http.ResponseWriter, r *http.Request) {
	refuse := func(code int, why string) {
		if code == http.StatusTooManyRequests || code == http.StatusServiceUnavailable {
			w.Header().Set("Retry-After", "1")
		}
		writeProblem(w, code, why)
	}
	b, ending, ok := browserOf(r.PathValue("id"))
	if !ok {
		refuse(http.StatusNotFound, "no such subscription")
		return
	}
	if s.ctx.Err() != nil || !s.latency(r.Context()) {
		panic(http.ErrAbortHandler)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 4096))
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		refuse(http.StatusRequestEntityTooLarge, "more than 4096 bytes")
		return
	}
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	key, why := s.checkVAPID(r.Header.Get("Authorization"))
	if why != "" {
		refuse(http.StatusUnauthorized, why)
		return
	}
	ttl, why := checkPushHeaders(r.Header)
	if why != "" {
		refuse(http.StatusBadRequest, why)
		return
	}
	s.mu.Lock()
	code := webPushFailures[ending]
	switch {
	case s.unregistered[b.id]:
		code = http.StatusGone
	case s.vapidKeys[b.id] != "" && s.vapidKeys[b.id] != key:
		code = http.StatusForbidden
	case code == 0 && chance(s.faults.PushFailureRate):
		code = http.StatusServiceUnavailable
	case code == 0 && chance(s.faults.HTTPErrorRate):
		code = http.StatusInternalServerError
	}
	if code == 0 {
		if len(s.vapidKeys) >= s.cfg.HistoryLimit {
			clear(s.vapidKeys)
		}
		s.vapidKeys[b.id] = key // as if it had subscribed with this one
	}
	s.mu.Unlock()
	if code != 0 {
		refuse(code, http.StatusText(code))
		return
	}
	message := base64.RawURLEncoding.EncodeToString(randomBytes(16))
	if plain, err := b.decrypt(body); err != nil {
		// A push service cannot know; the browser drops it without a word.
		s.log.Warn("a web push could not be decrypted by the browser", "error", err)
	} else {
		s.receiveWebPush(b, message, plain, ttl, r.Header)
	}
	if ending == webPushHangs {
		_ = s.hang(r)
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Location", WebPushOrigin+"/message/"+message)
	w.WriteHeader(http.StatusCreated)
}

func (s *Simulator) receiveWebPush(b browser, id string, plain []byte, ttl int64, h http.Header) {
	var data map[string]any
	if json.Unmarshal(plain, &data) != nil {
		data = map[string]any{"text": string(plain)}
	}
	p := &push{ID: "webpush:" + id, Service: "webpush", Token: b.id, Data: data, Priority: "normal", TTLSeconds: ttl,
		Webpush: map[string]any{"topic": h.Get("Topic"), "urgency": h.Get("Urgency")}}
	if h.Get("Urgency") == "high" {
		p.Priority = "high"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p.ReceivedAt = s.now()
	p.ExpiresAt = p.ReceivedAt.Add(time.Duration(ttl) * time.Second)
	s.pushes.add(p.ID, p)
	s.publish(event{kind: "push", token: p.Token, view: func() any { return p }})
}

var topicHeader = regexp.MustCompile(`^[A-Za-z0-9_-]{0,32}$`)

// checkPushHeaders holds the headers against RFC 8030 and RFC 8188.
func checkPushHeaders(h http.Header) (ttl int64, why string) {
	ttl, err := strconv.ParseInt(h.Get("TTL"), 10, 64)
	switch {
	case err != nil || ttl < 0:
		return 0, "TTL is missing or malformed"
	case h.Get("Content-Encoding") != "aes128gcm":
		return 0, "Content-Encoding must be aes128gcm"
	case !topicHeader.MatchString(h.Get("Topic")):
		return 0, "Topic has at most 32 characters of base64url"
	case !slices.Contains([]string{"", "very-low", "low", "normal", "high"}, h.Get("Urgency")):
		return 0, "Urgency is none of RFC 8030"
	}
	return min(ttl, int64(defaultTTL/time.Second)), ""
}

// checkVAPID verifies RFC 8292's header and returns the key of the sender.
func (s *Simulator) checkVAPID(header string) (key, why string) {
	rest, ok := strings.CutPrefix(header, "vapid ")
	if !ok {
		return "", "Authorization must be vapid"
	}
	var token string
	for part := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			token = value
		case "k":
			key = value
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		return "", "k is not base64url"
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		return "", "k is not a P-256 key"
	}
	var header2 struct{ Alg string }
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if !verifyES256(token, public, &header2, &claims) {
		return "", "the signature of t does not verify"
	}
	now := s.now()
	switch expires := time.Unix(claims.Exp, 0); {
	case claims.Aud != WebPushOrigin:
		return "", "aud is not this push service"
	case !expires.After(now) || expires.Sub(now) > 24*time.Hour:
		return "", "exp has passed or is more than a day away"
	case !strings.HasPrefix(claims.Sub, "mailto:") && !strings.HasPrefix(claims.Sub, "https:"):
		return "", "sub is neither mailto: nor https:"
	}
	return key, ""
}

var errEncrypted = errors.New("the message is not encrypted for this browser")

// decrypt reads one record of RFC 8188 by the keys of RFC 8291.
func (b browser) decrypt(body []byte) ([]byte, error) {
	if len(body) < 86+17 || body[20] != 65 {
		return nil, errEncrypted
	}
	salt, size, sender := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:86]
	if uint32(len(body)-86) > size { // a second record: Web Push has one
		return nil, errEncrypted
	}
	theirs, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, errEncrypted
	}
	shared, err := b.key.ECDH(theirs)
	if err != nil {
		return nil, errEncrypted
	}
	info := "WebPush: info\x00" + string(b.key.PublicKey().Bytes()) + string(sender)
	ikm, err := hkdf.Key(sha256.New, shared, b.auth, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	plain, err := gcm.Open(nil, nonce, body[86:], nil)
	if err != nil {
		return nil, errEncrypted
	}
	end := len(plain) - 1
	for end >= 0 && plain[end] == 0 {
		end--
	}
	if end < 0 || plain[end] != 2 { // the delimiter of the last record
		return nil, errEncrypted
	}
	return plain[:end], nil
}
