package verifyv2

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"math/big"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

// signed are the fields of a Challenge that a device signs, with its decision: what
// the customer saw. The header tells Twilio's own SDK in the device.
var signed = []string{"sid", "account_sid", "service_sid", "entity_sid", "factor_sid", "date_created", "expiration_date", "details", "hidden_details"}

const signedHeader = "Twilio-Verify-Signature-Fields"

const maxFields = 20

func (h *Handler) createChallenge(r *request) (answer, error) {
	which, err := r.form.need("FactorSid")
	if err != nil {
		return answer{}, err
	}
	if _, ok := idOf("YF", which); !ok {
		return answer{}, invalid("FactorSid", "is not a SID")
	}
	e, f, err := h.factorOf(r, which)
	if err != nil {
		return answer{}, err
	}
	if !f.Active {
		return answer{}, invalid("FactorSid", "the factor is not verified")
	}
	details, err := h.readDetails(r, f)
	if err != nil {
		return answer{}, err
	}
	hidden, err := r.form.object("HiddenDetails")
	if err != nil {
		return answer{}, err
	}
	expires, err := r.form.time("ExpirationDate")
	if err != nil {
		return answer{}, err
	}
	start := otp.StartRequest{
		CustomerID: e.CustomerID, FactorID: f.ID, Purpose: purpose, ExpiresAt: expires, Unmatched: true,
		Metadata: map[string]any{keyEntity: sid("YE", e.ID), keyDetails: details, keyHidden: hidden},
	}
	// The same question finds the challenge that asks it already; another one is
	// another challenge, never an approval of what the device does not show.
	if start.BoundTo, err = questionOf(e, details, hidden); err != nil {
		return answer{}, err
	}
	if r.service.IncludeDate {
		details["date"] = date(h.now())
	}
	v, err := h.OTP.Start(r.ctx, r.bank, start)
	if err != nil {
		return answer{}, err
	}
	if code := r.form.get("AuthPayload"); code != "" && f.Kind == otp.TOTP {
		if v, err = h.checkTOTP(r.ctx, r.bank, v, code); err != nil {
			return answer{}, err
		}
	}
	a, err := h.answerChallenge(r, e, v)
	a.status = http.StatusCreated
	return a, err
}

func questionOf(e entity, details, hidden map[string]any) (uuid.UUID, error) {
	question, err := json.Marshal([]any{details, hidden})
	return uuid.NewSHA1(e.ID, question), err
}

// readDetails reads what the customer is shown.
func (h *Handler) readDetails(r *request, f otp.Factor) (map[string]any, error) {
	message := r.form.get("Details.Message")
	if message == "" && f.Kind == otp.Push {
		return nil, invalid("Details.Message", "is required")
	}
	if utf8.RuneCountInString(message) > 256 {
		return nil, invalid("Details.Message", "at most 256 characters")
	}
	fields := []any{}
	for _, text := range r.form["Details.Fields"] {
		var field struct {
			Label string `json:"label"`
			Value string `json:"value"`
		}
		if json.Unmarshal([]byte(unquote(text)), &field) != nil || field.Label == "" || utf8.RuneCountInString(field.Label) > 36 || utf8.RuneCountInString(field.Value) > 128 ||
			strings.ContainsRune(field.Label+field.Value, 0) {
			return nil, invalid("Details.Fields", "each is a JSON object with label (at most 36 characters) and value (at most 128)")
		}
		fields = append(fields, map[string]any{"label": field.Label, "value": field.Value})
	}
	if len(fields) > maxFields {
		return nil, invalid("Details.Fields", "at most %d", maxFields)
	}
	return map[string]any{"message": message, "fields": fields}, nil
}

// checkTOTP checks a code of the app. A wrong one is no error: the challenge stays
// pending.
func (h *Handler) checkTOTP(ctx context.Context, bankID uuid.UUID, v otp.Verification, code string) (otp.Verification, error) {
	_, err := h.OTP.CheckWith(ctx, bankID, v.ID, otp.CheckRequest{Code: code, BoundTo: v.BoundTo, Purpose: purpose}, nil)
	if err != nil && !wrongLength(err, code) {
		return v, err
	}
	return h.OTP.Get(ctx, bankID, v.ID)
}

// challengeOf is the Challenge that a path names, with its Entity.
func (h *Handler) challengeOf(r *request) (e entity, v otp.Verification, err error) {
	if e, err = h.entityOf(r); err != nil {
		return e, v, err
	}
	id, ok := idOf("YC", r.PathValue("Sid"))
	if !ok {
		return e, v, errNotFound
	}
	v, err = h.OTP.Get(r.ctx, r.bank, id)
	if err == nil && (v.CustomerID != e.CustomerID || v.Metadata[keyEntity] != sid("YE", e.ID)) {
		err = errNotFound
	}
	return e, v, err
}

func (h *Handler) fetchChallenge(r *request) (answer, error) {
	e, v, err := h.challengeOf(r)
	if err != nil {
		return answer{}, err
	}
	return h.answerChallenge(r, e, v)
}

func (h *Handler) answerChallenge(r *request, e entity, v otp.Verification) (answer, error) {
	a := answer{body: h.showChallenge(r, e, v)}
	if v.Way == otp.Push {
		a.header = map[string]string{signedHeader: strings.Join(signed, ",")}
	}
	return a, nil
}

// updateChallenge takes the answer: a code of the app, or the device's signed one.
func (h *Handler) updateChallenge(r *request) (answer, error) {
	payload, err := r.form.need("AuthPayload")
	if err != nil {
		return answer{}, err
	}
	e, v, err := h.challengeOf(r)
	if err != nil {
		return answer{}, err
	}
	if v.Way == otp.TOTP {
		v, err = h.checkTOTP(r.ctx, r.bank, v, payload)
	} else {
		var token deviceToken
		if token, err = readToken(payload); err == nil {
			if approve, fits := token.decision(h.showChallenge(r, e, v)); !fits {
				err = errWrongSignature
			} else if _, err = h.OTP.Answer(r.ctx, r.bank, v.ID, otp.Answer{FactorID: v.FactorID, Approve: approve, Verify: token.verifies}); err == nil {
				v, err = h.OTP.Get(r.ctx, r.bank, v.ID)
			}
		}
	}
	if err != nil {
		return answer{}, err
	}
	return h.answerChallenge(r, e, v)
}

var errWrongSignature = &Error{Status: http.StatusForbidden, Code: codeBlocked, Message: "AuthPayload is not the device's signature of this challenge"}

// deviceToken is a device's signed answer: a JWT (RFC 7519) in compact form, ES256,
// whose claims are the signed fields as the Challenge has them, and status.
type deviceToken struct {
	signed    string
	signature []byte
	claims    map[string]any
}

func readToken(text string) (t deviceToken, err error) {
	bad := invalid("AuthPayload", "must be a JWT signed by the device (ES256)")
	parts := strings.Split(text, ".")
	if len(parts) != 3 || len(text) > 4*maxJSON {
		return t, bad
	}
	var raw [3][]byte
	for i, part := range parts {
		if raw[i], err = base64.RawURLEncoding.DecodeString(strings.TrimRight(part, "=")); err != nil {
			return t, bad
		}
	}
	var header struct {
		Alg  string   `json:"alg"`
		Crit []string `json:"crit"`
	}
	if json.Unmarshal(raw[0], &header) != nil || header.Alg != "ES256" || header.Crit != nil || json.Unmarshal(raw[1], &t.claims) != nil || len(raw[2]) != 64 {
		return t, bad
	}
	t.signed, t.signature = parts[0]+"."+parts[1], raw[2]
	return t, nil
}

// verifies reports whether the signature is the key's.
func (t deviceToken) verifies(key *ecdsa.PublicKey) bool {
	hash := sha256.Sum256([]byte(t.signed))
	r, s := new(big.Int).SetBytes(t.signature[:32]), new(big.Int).SetBytes(t.signature[32:])
	return ecdsa.Verify(key, hash[:], r, s)
}

// decision is what the device says to the Challenge as it is shown; fits is false
// for another one, or one that was changed.
func (t deviceToken) decision(shown object) (approve, fits bool) {
	raw, err := json.Marshal(shown)
	var want map[string]any
	if err != nil || json.Unmarshal(raw, &want) != nil {
		return false, false
	}
	for _, field := range signed {
		got, there := t.claims[field]
		if !there || !reflect.DeepEqual(got, want[field]) {
			return false, false
		}
	}
	status, _ := t.claims["status"].(string)
	return status == "approved", status == "approved" || status == "denied"
}

// challengeStates are the states of otp that a Challenge's status covers.
var challengeStates = map[string][]otp.State{
	"pending": {otp.Pending}, "expired": {otp.Expired}, "approved": {otp.Approved}, "denied": {otp.Denied, otp.Failed, otp.MaxAttempts, otp.Cancelled},
}

func (h *Handler) listChallenges(r *request) (answer, error) {
	p, err := r.form.paging()
	if err != nil {
		return answer{}, err
	}
	e, err := h.entityOf(r)
	if err != nil {
		return answer{}, err
	}
	filter := otp.Filter{CustomerID: e.CustomerID, Purpose: purpose, Metadata: map[string]any{keyEntity: sid("YE", e.ID)}}
	if which := r.form.get("FactorSid"); which != "" {
		id, ok := idOf("YF", which)
		if !ok {
			return answer{}, invalid("FactorSid", "is not a SID")
		}
		filter.FactorID = id
	}
	states := []otp.State{""}
	if status := r.form.get("Status"); status != "" {
		if states = challengeStates[status]; states == nil {
			return answer{}, invalid("Status", "must be pending, expired, approved or denied")
		}
	}
	if err := r.form.only("Order", "desc"); err != nil {
		return answer{}, err
	}
	var list []otp.Verification
	for _, filter.State = range states {
		// One more than the page, so that there is a next one.
		page := postgres.Page{Limit: p.Size() + 1, Before: p.Before}
		some, _, err := h.OTP.List(r.ctx, r.bank, filter, page)
		if err != nil {
			return answer{}, err
		}
		list = append(list, some...)
	}
	slices.SortFunc(list, func(a, b otp.Verification) int { return strings.Compare(b.ID.String(), a.ID.String()) })
	list, next := postgres.Cut(list, p.Page, func(v otp.Verification) uuid.UUID { return v.ID })
	items := []any{}
	for _, v := range list {
		items = append(items, h.showChallenge(r, e, v))
	}
	return h.page(r, p, "challenges", items, next), nil
}

func (h *Handler) showChallenge(r *request, e entity, v otp.Verification) object {
	status := "denied"
	for name, states := range challengeStates {
		if slices.Contains(states, v.State) {
			status = name
		}
	}
	responded := v.EndedAt
	if status == "expired" {
		responded = nil
	}
	kind := "push"
	if v.Way == otp.TOTP {
		kind = "totp"
	}
	url := h.entityURL(e) + "/Challenges/" + sid("YC", v.ID)
	return object{
		"sid": sid("YC", v.ID), "account_sid": r.account(), "service_sid": sid("VA", e.ServiceID), "entity_sid": sid("YE", e.ID), "identity": e.Identity,
		"factor_sid": sid("YF", v.FactorID), "date_created": date(v.CreatedAt), "date_updated": date(updated(v, nil)), "date_responded": dateOrNull(responded),
		"expiration_date": date(v.ExpiresAt), "status": status, "responded_reason": "none", "details": v.Metadata[keyDetails], "hidden_details": v.Metadata[keyHidden],
		"metadata": nil, "factor_type": kind, "url": url, "links": object{"notifications": url + "/Notifications"},
	}
}

// PushData is otp.Config's: what an app with Twilio's SDK reads in an approval's push.
func PushData(v otp.Verification) map[string]string {
	if _, ours := v.Metadata[keyEntity].(string); !ours {
		return nil
	}
	data := map[string]string{"type": "verify_push_challenge", "challenge_sid": sid("YC", v.ID), "entity_sid": v.Metadata[keyEntity].(string)}
	if v.FactorID != uuid.Nil {
		data["factor_sid"] = sid("YF", v.FactorID)
	}
	return data
}
