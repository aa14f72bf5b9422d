package simulator

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxPushBytes    = 64 << 10
	maxPayloadBytes = 4096 // of what a device gets; 2048 for topics
	defaultTTL      = 28 * 24 * time.Hour
)

// push is one message that the twin has accepted. It never changes.
type push struct {
	ID           string         `json:"id"`                  // the last part of the answer's name
	Service      string         `json:"service"`             // fcm, apns or webpush
	PushType     string         `json:"push_type,omitempty"` // apns: alert, background or voip
	Token        string         `json:"token,omitempty"`     // webpush: the last part of the endpoint
	Topic        string         `json:"topic,omitempty"`
	Condition    string         `json:"condition,omitempty"`
	Data         map[string]any `json:"data"` // the strings that the Android device gets
	Notification map[string]any `json:"notification"`
	Android      map[string]any `json:"android"`
	APNS         map[string]any `json:"apns"`
	Webpush      map[string]any `json:"webpush"`
	Priority     string         `json:"priority"`    // high or normal
	TTLSeconds   int64          `json:"ttl_seconds"` // 0: now or never
	ReceivedAt   time.Time      `json:"received_at"`
	ExpiresAt    time.Time      `json:"expires_at"`
}

// googleError is an error of a Google API.
type googleError struct {
	code       int
	status     string // of google.rpc.Code
	message    string
	fcmCode    string
	violations []violation
	retryAfter int // seconds
}

func (e *googleError) Error() string { return e.status + ": " + e.message }

func invalidArgument(field, format string, args ...any) *googleError {
	message := fmt.Sprintf(format, args...)
	return &googleError{code: http.StatusBadRequest, status: "INVALID_ARGUMENT", fcmCode: "INVALID_ARGUMENT", message: message,
		violations: []violation{{field, message}}}
}

func writeGoogleError(w http.ResponseWriter, e *googleError) {
	details := []any{}
	if e.fcmCode != "" {
		details = append(details, map[string]any{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": e.fcmCode})
	}
	if len(e.violations) > 0 {
		details = append(details, map[string]any{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": e.violations})
	}
	body := map[string]any{"code": e.code, "message": e.message, "status": e.status}
	if len(details) > 0 {
		body["details"] = details
	}
	if e.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.retryAfter))
	}
	writeJSON(w, e.code, map[string]any{"error": body})
}

var pushFailures = map[string]googleError{
	"unregistered": {code: http.StatusNotFound, status: "NOT_FOUND", fcmCode: "UNREGISTERED", message: "Requested entity was not found."},
	"unavailable":  {code: http.StatusServiceUnavailable, status: "UNAVAILABLE", fcmCode: "UNAVAILABLE", message: "The service is currently unavailable.", retryAfter: 1},
	"quota":        {code: http.StatusTooManyRequests, status: "RESOURCE_EXHAUSTED", fcmCode: "QUOTA_EXCEEDED", message: "Quota exceeded.", retryAfter: 1},
	"internal":     {code: http.StatusInternalServerError, status: "INTERNAL", fcmCode: "INTERNAL", message: "Internal error encountered."},
	"mismatch":     {code: http.StatusForbidden, status: "PERMISSION_DENIED", fcmCode: "SENDER_ID_MISMATCH", message: "SenderId mismatch"},
	"apnsauth":     {code: http.StatusUnauthorized, status: "UNAUTHENTICATED", fcmCode: "THIRD_PARTY_AUTH_ERROR", message: "Auth error from APNS or Web Push Service"},
}

// sendPush is POST /v1/projects/{project}/messages:send.
func (s *Simulator) sendPush(w http.ResponseWriter, r *http.Request) {
	name, err := s.acceptPush(w, r)
	var refusal *googleError
	switch {
	case errors.Is(err, errCut):
		panic(http.ErrAbortHandler)
	case errors.As(err, &refusal):
		writeGoogleError(w, refusal)
	case err != nil:
		s.log.Error("simulated push failed", "error", err)
		writeGoogleError(w, &googleError{code: 500, status: "INTERNAL", message: "Internal error encountered."})
	default:
		writeJSON(w, http.StatusOK, map[string]string{"name": name})
	}
}

func (s *Simulator) acceptPush(w http.ResponseWriter, r *http.Request) (name string, err error) {
	if s.ctx.Err() != nil {
		return "", &googleError{code: 503, status: "UNAVAILABLE", fcmCode: "UNAVAILABLE", message: "The simulator is closed."}
	}
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || !s.accessTokenValid(bearer) {
		w.Header().Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/"`)
		return "", &googleError{code: http.StatusUnauthorized, status: "UNAUTHENTICATED",
			message: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential."}
	}
	project := r.PathValue("project")
	if project != s.cfg.FCMProjectID {
		return "", &googleError{code: http.StatusForbidden, status: "PERMISSION_DENIED",
			message: "Permission 'cloudmessaging.messages.create' denied on resource '//cloudresourcemanager.googleapis.com/projects/" + project + "' (or it may not exist)."}
	}
	if !s.latency(r.Context()) {
		return "", errCut
	}
	request, err := readPush(w, r)
	if err != nil {
		return "", err
	}
	message, _ := request["message"].(map[string]any)
	if message == nil {
		return "", invalidArgument("message", "Message is required.")
	}
	p, err := checkPush(message)
	if err != nil {
		return "", err
	}
	scenario := tokenScenarioOf(p.Token)
	if scenario == "invalid" {
		return "", invalidArgument("message.token", "The registration token is not a valid FCM registration token")
	}
	s.mu.Lock()
	switch {
	case s.unregistered[p.Token]:
		scenario = "unregistered"
	case scenario == "" && chance(s.faults.PushFailureRate):
		scenario = "unavailable"
	case scenario == "" && chance(s.faults.HTTPErrorRate):
		scenario = "internal"
	}
	s.mu.Unlock()
	if failure, ok := pushFailures[scenario]; ok {
		return "", &failure
	}
	if dry, _ := request["validateOnly"].(bool); dry {
		return "projects/" + project + "/messages/fake_message_id", nil
	}
	s.mu.Lock()
	p.ReceivedAt = s.now()
	p.ExpiresAt = p.ReceivedAt.Add(time.Duration(p.TTLSeconds) * time.Second)
	p.ID = fmt.Sprintf("0:%d%%%s", p.ReceivedAt.UnixMicro(), hex.EncodeToString(randomBytes(8)))
	s.pushes.add(p.ID, p)
	s.publish(event{kind: "push", token: p.Token, view: func() any { return p }})
	s.mu.Unlock()
	if scenario == "timeout" {
		return "", s.hang(r)
	}
	return "projects/" + project + "/messages/" + p.ID, nil
}

// readPush decodes the body and holds it against the schema.
func readPush(w http.ResponseWriter, r *http.Request) (map[string]any, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return nil, invalidArgument("", "Content-Type must be application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxPushBytes))
	var tooBig *http.MaxBytesError
	if errors.As(err, &tooBig) {
		return nil, &googleError{code: http.StatusRequestEntityTooLarge, status: "INVALID_ARGUMENT", fcmCode: "INVALID_ARGUMENT", message: "Request payload size exceeds the limit: 65536 bytes."}
	}
	if err != nil {
		return nil, errCut
	}
	var request map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&request); err != nil || decoder.More() {
		return nil, invalidArgument("", "Invalid JSON payload received.")
	}
	var found []violation
	request = checkFCMObject(request, fcmSchemas["SendMessageRequest"], "", &found)
	if len(found) > 0 {
		e := invalidArgument("", "%s", found[0].Description)
		e.violations = found
		return nil, e
	}
	return request, nil
}

var (
	tokenPattern = regexp.MustCompile(`^[A-Za-z0-9_:+-]+$`)
	topicPattern = regexp.MustCompile(`^[A-Za-z0-9_.~%-]{1,900}$`)
	colorPattern = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)
)

// checkPush holds a well-typed message against FCM's further rules.
func checkPush(message map[string]any) (*push, error) {
	object := func(parent map[string]any, name string) map[string]any {
		child, _ := parent[name].(map[string]any)
		return child
	}
	text := func(parent map[string]any, name string) string {
		value, _ := parent[name].(string)
		return value
	}
	p := &push{
		Service: "fcm", Token: text(message, "token"), Topic: text(message, "topic"), Condition: text(message, "condition"),
		Notification: object(message, "notification"), Android: object(message, "android"),
		APNS: object(message, "apns"), Webpush: object(message, "webpush"), Data: object(message, "data"),
		Priority: "normal", TTLSeconds: int64(defaultTTL / time.Second),
	}
	targets := 0
	for _, each := range []string{p.Token, p.Topic, p.Condition} {
		if each != "" {
			targets++
		}
	}
	switch {
	case targets == 0:
		return nil, invalidArgument("message", "Recipient of the message is not set.")
	case targets > 1:
		return nil, invalidArgument("message", "Only one of token, topic and condition may be set.")
	case p.Token != "" && (len(p.Token) > 4096 || !tokenPattern.MatchString(p.Token)):
		return nil, invalidArgument("message.token", "The registration token is not a valid FCM registration token")
	case p.Topic != "" && !topicPattern.MatchString(p.Topic):
		return nil, invalidArgument("message.topic", "Invalid topic name.")
	case text(message, "name") != "":
		return nil, invalidArgument("message.name", "name is output only.")
	}
	for _, holder := range []struct {
		path   string
		object map[string]any
	}{{"message", message}, {"message.android", p.Android}, {"message.webpush", p.Webpush}} {
		for key := range object(holder.object, "data") {
			if key == "from" || key == "message_type" || strings.HasPrefix(key, "google.") || strings.HasPrefix(key, "gcm.notification.") {
				return nil, invalidArgument(holder.path+".data", "Invalid data payload key: %s", key)
			}
		}
	}
	if color := text(object(p.Android, "notification"), "color"); color != "" && !colorPattern.MatchString(color) {
		return nil, invalidArgument("message.android.notification.color", "Invalid color: it must be #RRGGBB.")
	}
	if priority := text(p.Android, "priority"); priority != "" {
		p.Priority = strings.ToLower(priority)
	}
	if ttl := text(p.Android, "ttl"); ttl != "" {
		lasts, err := time.ParseDuration(ttl)
		if err != nil || lasts < 0 || lasts > defaultTTL {
			return nil, invalidArgument("message.android.ttl", "Invalid ttl: it must be between 0 and 2419200 seconds.")
		}
		p.TTLSeconds = int64(lasts / time.Second)
	}
	if headers := object(p.APNS, "headers"); headers != nil {
		if priority := text(headers, "apns-priority"); priority != "" && !slices.Contains([]string{"1", "5", "10"}, priority) {
			return nil, invalidArgument("message.apns.headers[apns-priority]", "Invalid apns-priority.")
		}
	}
	if data := object(p.Android, "data"); data != nil {
		p.Data = data
	}
	limit := maxPayloadBytes
	if p.Token == "" {
		limit = maxPayloadBytes / 2
	}
	if size := payloadBytes(p.Data) + payloadBytes(p.Notification); size > limit {
		return nil, invalidArgument("message", "Android message is too big: %d of %d bytes", size, limit)
	}
	if p.APNS != nil {
		encoded, _ := json.Marshal(object(p.APNS, "payload"))
		if size := len(encoded) + payloadBytes(object(message, "data")) + payloadBytes(p.Notification); size > limit {
			return nil, invalidArgument("message.apns", "APNS payload is too big: %d of %d bytes", size, limit)
		}
	}
	if p.Webpush != nil {
		encoded, _ := json.Marshal(object(p.Webpush, "notification"))
		if size := len(encoded) + payloadBytes(object(p.Webpush, "data")); size > limit {
			return nil, invalidArgument("message.webpush", "Webpush payload is too big: %d of %d bytes", size, limit)
		}
	}
	return p, nil
}

// payloadBytes counts the keys and values of an object of strings.
func payloadBytes(fields map[string]any) int {
	size := 0
	for key, value := range fields {
		text, _ := value.(string)
		size += len(key) + len(text)
	}
	return size
}
