package simulator

import (
	"crypto"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	keyID             = "5117ca70e5117ca70e5117ca70e5117ca70e5117"
	accessTokenLife   = time.Hour
	messagingScope    = "https://www.googleapis.com/auth/firebase.messaging"
	cloudScope        = "https://www.googleapis.com/auth/cloud-platform"
	maxAssertionBytes = 16 << 10
)

func (s *Simulator) clientEmail() string {
	return "simulator@" + s.cfg.FCMProjectID + ".iam.gserviceaccount.com"
}

// serviceKey is the service account's RSA key, made at the first use and forgotten with the process.
func (s *Simulator) serviceKey() (*rsa.PrivateKey, error) {
	s.keyOnce.Do(func() { s.key, s.keyErr = rsa.GenerateKey(rand.Reader, 2048) })
	return s.key, s.keyErr
}

// ServiceAccountJSON is a service account's key file for option.WithCredentialsJSON; its token_uri is baseURL + "/token"
// (baseURL without a trailing slash, as in "http://127.0.0.1:9090"). Use it with option.WithEndpoint(baseURL + "/v1").
// It is valid as long as the twin lives.
func (s *Simulator) ServiceAccountJSON(baseURL string) []byte {
	tokenURI := strings.TrimSuffix(baseURL, "/") + "/token"
	key, err := s.serviceKey()
	if err != nil {
		panic(fmt.Sprintf("simulator: no RSA key: %v", err)) // crypto/rand never fails, nor does 2048
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		panic(fmt.Sprintf("simulator: cannot encode the RSA key: %v", err))
	}
	s.mu.Lock()
	s.tokenURIs[tokenURI] = true
	s.mu.Unlock()
	account, err := json.Marshal(map[string]string{
		"type": "service_account", "project_id": s.cfg.FCMProjectID, "private_key_id": keyID,
		"private_key":  string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
		"client_email": s.clientEmail(), "client_id": "100000000000000000001", "token_uri": tokenURI,
		"auth_uri": strings.TrimSuffix(baseURL, "/") + "/auth", "universe_domain": "googleapis.com",
	})
	if err != nil {
		panic(fmt.Sprintf("simulator: cannot encode the service account: %v", err))
	}
	return account
}

// token is POST /token: the JWT bearer grant of RFC 7523, as Google's OAuth2 server answers it.
func (s *Simulator) token(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxAssertionBytes)
	refuse := func(code, format string, args ...any) {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": code, "error_description": fmt.Sprintf(format, args...)})
	}
	if err := r.ParseForm(); err != nil {
		refuse("invalid_request", "The body is not a form.")
		return
	}
	if r.PostForm.Get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" {
		refuse("unsupported_grant_type", "Invalid grant_type: %s", r.PostForm.Get("grant_type"))
		return
	}
	if refusal := s.checkAssertion(r.PostForm.Get("assertion")); refusal != "" {
		refuse("invalid_grant", "%s", refusal)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{
		"access_token": s.accessToken(s.now().Add(accessTokenLife)), "token_type": "Bearer",
		"expires_in": int(accessTokenLife / time.Second),
	})
}

// checkAssertion verifies the JWT: RS256 by the service account's key, issuer, audience, life of at most an hour (with
// 5 minutes of leeway) and a scope that may send. It gives Google's error_description, empty for a valid one.
func (s *Simulator) checkAssertion(assertion string) (refusal string) {
	key, err := s.serviceKey()
	if err != nil {
		return "The service account has no key."
	}
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return "Bad Request"
	}
	var header struct{ Alg, Kid string }
	var claims struct {
		Iss, Aud, Scope string
		Iat, Exp        int64
	}
	if decodeSegment(parts[0], &header) != nil || decodeSegment(parts[1], &claims) != nil {
		return "Bad Request"
	}
	sig, err := base64.RawURLEncoding.DecodeString(parts[2])
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err != nil || header.Alg != "RS256" || (header.Kid != "" && header.Kid != keyID) ||
		rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], sig) != nil {
		return "Invalid JWT Signature."
	}
	now := s.now()
	issued, expires := time.Unix(claims.Iat, 0), time.Unix(claims.Exp, 0)
	s.mu.Lock()
	audience := s.tokenURIs[claims.Aud]
	s.mu.Unlock()
	scopes := strings.Fields(claims.Scope)
	may := false
	for _, scope := range scopes {
		may = may || scope == messagingScope || scope == cloudScope
	}
	const leeway = 5 * time.Minute
	switch {
	case claims.Iss != s.clientEmail():
		return "Invalid grant: account not found"
	case !audience:
		return "Invalid JWT: Failed audience check."
	case issued.After(now.Add(leeway)) || !expires.After(now.Add(-leeway)) || expires.Sub(issued) > time.Hour+leeway:
		return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim."
	case !may:
		return "Invalid OAuth scope or ID token audience provided."
	}
	return ""
}

func decodeSegment(segment string, into any) error {
	raw, err := base64.RawURLEncoding.DecodeString(segment)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// accessToken is "sim.", its expiry in Unix seconds, and a keyed checksum: nothing has to be remembered.
func (s *Simulator) accessToken(expires time.Time) string {
	body := "sim." + strconv.FormatInt(expires.Unix(), 10)
	mac := hmac.New(sha256.New, s.tokenKey)
	mac.Write([]byte(body))
	return body + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *Simulator) accessTokenValid(token string) bool {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	unix, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return false
	}
	expires := time.Unix(unix, 0)
	return same(token, s.accessToken(expires)) && s.now().Before(expires)
}
