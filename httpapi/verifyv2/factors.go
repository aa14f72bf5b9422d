package verifyv2

import (
	"context"
	"encoding/base32"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

// pushConfig is what a push Factor has besides its key, in its metadata.
const (
	cfgApp      = "app_id"
	cfgPlatform = "notification_platform"
	cfgToken    = "notification_token"
	cfgSDK      = "sdk_version"
	cfgMetadata = "metadata"
)

func (h *Handler) createFactor(r *request) (answer, error) {
	f := r.form
	name, err := f.need("FriendlyName")
	if err != nil {
		return answer{}, err
	}
	kind, err := f.need("FactorType")
	if err != nil {
		return answer{}, err
	}
	metadata, err := f.object("Metadata")
	if err != nil {
		return answer{}, err
	}
	extra := map[string]any{}
	if metadata != nil {
		extra[cfgMetadata] = metadata
	}
	n := otp.NewFactor{Name: name}
	switch kind {
	case "totp":
		n.Kind = otp.TOTP
		if err := readTOTP(f); err != nil {
			return answer{}, err
		}
		if secret := f.get("Binding.Secret"); secret != "" {
			if n.Secret, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(strings.ToUpper(secret), "=")); err != nil {
				return answer{}, invalid("Binding.Secret", "is not base32")
			}
		}
	case "push":
		n.Kind = otp.Push
		if err := f.only("Binding.Alg", "ES256"); err != nil {
			return answer{}, err
		}
		if n.PublicKey, err = f.need("Binding.PublicKey"); err != nil {
			return answer{}, err
		}
		if err := readPush(f, extra); err != nil {
			return answer{}, err
		}
	case "passkeys":
		return answer{}, &Error{Status: http.StatusForbidden, Code: codeUnsupported, Message: "Service does not support this feature: passkeys"}
	default:
		return answer{}, invalid("FactorType", "must be push or totp")
	}
	var e entity
	var made otp.Factor
	err = h.DB.InBank(r.ctx, r.bank, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if id, ok := idOf("YE", r.PathValue("Identity")); ok {
			e, err = entityTx(ctx, tx, `where bank_id = $1 and service_id = $2 and id = $3`, r.bank, r.service.ID, id)
		} else {
			e, err = h.ensureEntityTx(ctx, tx, r.service.ID, r.PathValue("Identity"))
		}
		if err != nil {
			return err
		}
		if n.DeviceID, err = h.device(ctx, r.bank, e, extra); err != nil {
			return err
		}
		n.Metadata = map[string]any{keyEntity: sid("YE", e.ID), keyFactor: extra}
		made, err = h.OTP.NewFactor(ctx, r.bank, e.CustomerID, n)
		return err
	})
	if err != nil {
		return answer{}, err
	}
	shown := h.showFactor(r, e, made)
	shown["options"] = nil
	if kind == "totp" {
		shown["binding"] = object{"secret": made.Secret, "uri": otpauth(r.service, name, made.Secret)}
	} else {
		shown["binding"] = object{"alg": "ES256", "public_key": n.PublicKey}
	}
	return answer{status: http.StatusCreated, body: shown}, nil
}

// readTOTP refuses codes of another sort than all apps make.
func readTOTP(f form) error {
	for name, value := range map[string]string{"Config.Alg": "sha1", "Config.TimeStep": "30", "Config.CodeLength": "6", "Config.Skew": "1"} {
		if err := f.only(name, value); err != nil {
			return err
		}
	}
	return nil
}

func readPush(f form, extra map[string]any) error {
	switch platform := f.get("Config.NotificationPlatform"); platform {
	case "fcm", "apn":
		if _, err := f.need("Config.NotificationToken"); err != nil {
			return err
		}
		extra[cfgPlatform] = platform
	case "", "none": // the app asks for its challenges
		extra[cfgPlatform] = "none"
	default:
		return invalid("Config.NotificationPlatform", "must be fcm, apn or none")
	}
	for name, key := range map[string]string{"Config.AppId": cfgApp, "Config.NotificationToken": cfgToken, "Config.SdkVersion": cfgSDK} {
		if f.has(name) {
			if len(f.get(name)) > 4096 {
				return invalid(name, "at most 4096 characters")
			}
			extra[key] = f.get(name)
		}
	}
	return nil
}

// device registers where a push Factor is asked. Its token is kept as the device's,
// and only its end in the factor.
func (h *Handler) device(ctx context.Context, bankID uuid.UUID, e entity, extra map[string]any) (uuid.UUID, error) {
	token, _ := extra[cfgToken].(string)
	platform, _ := extra[cfgPlatform].(string)
	if token == "" || platform == "none" {
		delete(extra, cfgToken)
		return uuid.Nil, nil
	}
	n := banks.NewDevice{Provider: banks.ProviderFCM, Token: token}
	if platform == "apn" {
		n.Provider = banks.ProviderAPNs
	}
	d, err := h.Banks.AddDevice(ctx, bankID, e.CustomerID, n)
	extra[cfgToken] = d.Hint()
	return d.ID, err
}

// otpauth is what an authenticator app scans.
func otpauth(s service, name, secret string) string {
	issuer := s.Issuer
	if issuer == "" {
		issuer = s.Name
	}
	if issuer == "" {
		issuer = defaultTOTPName
	}
	query := url.Values{"secret": {secret}, "issuer": {issuer}, "algorithm": {"SHA1"}, "digits": {"6"}, "period": {"30"}}
	return "otpauth://totp/" + url.PathEscape(issuer) + ":" + url.PathEscape(name) + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// factorOf is the Factor that a path names, with its Entity.
func (h *Handler) factorOf(r *request, text string) (e entity, f otp.Factor, err error) {
	if e, err = h.entityOf(r); err != nil {
		return e, f, err
	}
	id, ok := idOf("YF", text)
	if !ok {
		return e, f, errNotFound
	}
	f, err = h.OTP.Factor(r.ctx, r.bank, e.CustomerID, id)
	if err == nil && f.Metadata[keyEntity] != sid("YE", e.ID) {
		err = errNotFound
	}
	return e, f, err
}

func (h *Handler) listFactors(r *request) (answer, error) {
	p, err := r.form.paging()
	if err != nil {
		return answer{}, err
	}
	e, err := h.entityOf(r)
	if err != nil {
		return answer{}, err
	}
	list, err := h.factors(r.ctx, r.bank, e) // newest first, few
	if err != nil {
		return answer{}, err
	}
	var after []otp.Factor
	for _, f := range list {
		if p.Before == uuid.Nil || strings.Compare(f.ID.String(), p.Before.String()) < 0 {
			after = append(after, f)
		}
	}
	after, next := postgres.Cut(after, p.Page, func(f otp.Factor) uuid.UUID { return f.ID })
	items := []any{}
	for _, f := range after {
		items = append(items, h.showFactor(r, e, f))
	}
	return h.page(r, p, "factors", items, next), nil
}

func (h *Handler) fetchFactor(r *request) (answer, error) {
	e, f, err := h.factorOf(r, r.PathValue("Sid"))
	return answer{body: h.showFactor(r, e, f)}, err
}

// updateFactor verifies a Factor by AuthPayload (a code of the app, or the device's
// signature of the Factor's SID), and changes its name and where it is asked. A
// wrong AuthPayload leaves it unverified and is no error, as with Twilio.
func (h *Handler) updateFactor(r *request) (answer, error) {
	e, f, err := h.factorOf(r, r.PathValue("Sid"))
	if err != nil {
		return answer{}, err
	}
	if err := readTOTP(r.form); err != nil {
		return answer{}, err
	}
	extra, _ := f.Metadata[keyFactor].(map[string]any)
	if extra == nil {
		extra = map[string]any{}
	}
	if r.form.has("Config.NotificationToken") || r.form.has("Config.NotificationPlatform") {
		return answer{}, &Error{Status: http.StatusForbidden, Code: codeUnsupported, Message: "Service does not support this feature: enrol the device again to change where it is asked"}
	}
	if r.form.has("FriendlyName") || r.form.has("Config.SdkVersion") {
		name := f.Name
		if r.form.has("FriendlyName") {
			name = r.form.get("FriendlyName")
		}
		if r.form.has("Config.SdkVersion") && f.Kind == otp.Push {
			extra[cfgSDK] = r.form.get("Config.SdkVersion")
		}
		if f, err = h.OTP.RenameFactor(r.ctx, r.bank, e.CustomerID, f.ID, name, map[string]any{keyEntity: f.Metadata[keyEntity], keyFactor: extra}); err != nil {
			return answer{}, err
		}
	}
	if proof := r.form.get("AuthPayload"); proof != "" && !f.Active {
		confirmed, err := h.OTP.ConfirmFactorOver(r.ctx, r.bank, e.CustomerID, f.ID, proof, sid("YF", f.ID))
		switch {
		case err == nil:
			f = confirmed
		case visavis.CodeOf(err) == "not_confirmed":
		default:
			return answer{}, err
		}
	}
	return answer{body: h.showFactor(r, e, f)}, nil
}

func (h *Handler) deleteFactor(r *request) (answer, error) {
	e, f, err := h.factorOf(r, r.PathValue("Sid"))
	if err == nil {
		err = h.OTP.DeleteFactor(r.ctx, r.bank, e.CustomerID, f.ID)
	}
	return answer{status: http.StatusNoContent}, err
}

func (h *Handler) showFactor(r *request, e entity, f otp.Factor) object {
	extra, _ := f.Metadata[keyFactor].(map[string]any)
	status, at := "unverified", f.CreatedAt
	if f.Active {
		status = "verified"
	}
	for _, t := range []*time.Time{f.ConfirmedAt, f.LastUsedAt} {
		if t != nil && t.After(at) {
			at = *t
		}
	}
	config := object{"alg": "sha1", "skew": 1, "code_length": 6, "time_step": 30}
	if f.Kind == otp.Push {
		config = object{cfgSDK: extra[cfgSDK], cfgApp: extra[cfgApp], cfgPlatform: extra[cfgPlatform], cfgToken: extra[cfgToken], "credential_sid": sid("CR", f.ID)}
	}
	return object{
		"sid": sid("YF", f.ID), "account_sid": r.account(), "service_sid": sid("VA", e.ServiceID), "entity_sid": sid("YE", e.ID), "identity": e.Identity,
		"date_created": date(f.CreatedAt), "date_updated": date(at), "friendly_name": f.Name, "status": status, "factor_type": string(f.Kind),
		"config": config, "metadata": extra[cfgMetadata], "url": h.entityURL(e) + "/Factors/" + sid("YF", f.ID),
	}
}
