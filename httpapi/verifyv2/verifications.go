package verifyv2

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/nyaruka/phonenumbers"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

// purpose is otp's: these are verifications of the bank's program.
const purpose = "api"

// Metadata of our verifications and factors, which says whose they are.
const (
	keyService = "verify_service" // VA…: a Verification's
	keyAmount  = "verify_amount"  // as it was given
	keyEntity  = "verify_entity"  // YE…: a Factor's, a Challenge's
	keyFactor  = "verify_factor"  // what a Factor has besides
	keyDetails = "verify_details"
	keyHidden  = "verify_hidden_details"
)

// maxStarts is how often a Verification may be created, so sent again, in its life.
const maxStarts = 5

func (h *Handler) createVerification(r *request) (answer, error) {
	start, amount, err := h.readStart(r)
	if err != nil {
		return answer{}, err
	}
	start.Metadata = map[string]any{keyService: sid("VA", r.service.ID)}
	if amount != "" {
		start.Metadata[keyAmount] = amount
	}
	var v otp.Verification
	var attempts []attempt
	err = h.DB.InBank(r.ctx, r.bank, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if start.Locale == "" {
			settings, err := h.Banks.SettingsTx(ctx, tx)
			if err != nil {
				return err
			}
			start.Locale = settings.WithDefaults().DefaultLocale
		}
		if v, err = h.OTP.StartTx(ctx, tx, start); err != nil {
			return err
		}
		// The verification is locked, or new: what is counted holds.
		if attempts, err = attemptsTx(ctx, tx, v.ID); err != nil {
			return err
		}
		if len(attempts) >= maxStarts {
			return tooMany(codeMaxSends, "Max send attempts reached", v.ExpiresAt.Sub(h.now()))
		}
		a := attempt{ID: uuid.Must(uuid.NewV7()), ServiceID: r.service.ID, VerificationID: v.ID, Channel: channelOf(v.Way), Sends: v.Sends, Sent: true, CreatedAt: h.now()}
		if n := len(attempts); n > 0 {
			a.Sent = v.Sends > attempts[n-1].Sends
		}
		attempts = append(attempts, a)
		return a.insertTx(ctx, tx)
	})
	if err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusCreated, body: h.showVerification(r, v, attempts)}, nil
}

// readStart reads what is to be proved. amount is as it was given.
func (h *Handler) readStart(r *request) (start otp.StartRequest, amount string, err error) {
	f := r.form
	to, err := f.need("To")
	if err != nil {
		return start, "", err
	}
	channel, err := f.need("Channel")
	if err != nil {
		return start, "", err
	}
	start = otp.StartRequest{Purpose: purpose, BoundTo: r.service.ID, Digits: r.service.CodeLength, Locale: f.get("Locale")}
	switch channel {
	case "sms", "auto": // a call may follow, and the other way round: it is the same code
		start.Workflow = []otp.Step{{Way: otp.SMS}, {Way: otp.Voice}}
	case "call":
		start.Workflow = []otp.Step{{Way: otp.Voice}, {Way: otp.SMS}}
	case "email", "whatsapp", "sna", "rcs", "rbm":
		return start, "", &Error{Status: http.StatusForbidden, Code: codeNoChannel, Message: "Delivery channel disabled: " + channel}
	default:
		return start, "", invalid("Channel", "must be sms, call or auto")
	}
	if start.Phone, err = banks.CanonicalPhone(to, ""); err != nil {
		return start, "", err
	}
	if len(start.Locale) > 35 {
		return start, "", invalid("Locale", "is not a language")
	}
	if r.service.SkipLandlines && channel != "call" && landline(start.Phone) {
		return start, "", &Error{Status: http.StatusForbidden, Code: codeLandline, Message: "SMS is not supported by landline phone number"}
	}
	// What a program relies on for its security is refused, not ignored.
	for _, name := range []string{"CustomCode", "RateLimits", "SendDigits"} {
		if f.get(name) != "" {
			return start, "", unsupported[name]
		}
	}
	if err := f.only("EnableSnaClientToken", "false"); err != nil {
		return start, "", err
	}
	start.Payment, err = r.payment()
	return start, f.get("Amount"), err
}

var unsupported = map[string]*Error{
	"CustomCode": {Status: http.StatusForbidden, Code: codeUnsupported, Message: "Service does not support this feature: codes are drawn by the gateway"},
	"RateLimits": invalid("RateLimits", "rate limits of a program's own are not kept here; the gateway's always hold"),
	"SendDigits": invalid("SendDigits", "extensions are not dialled"),
}

// landline reports whether a number surely takes no SMS.
func landline(e164 string) bool {
	number, err := phonenumbers.Parse(e164, "ZZ")
	return err == nil && phonenumbers.GetNumberType(number) == phonenumbers.FIXED_LINE
}

// payment is what a code of a PSD2 Service is linked to.
func (r *request) payment() (*otp.Payment, error) {
	amount, payee := r.form.get("Amount"), r.form.get("Payee")
	switch {
	case !r.service.PSD2 && amount+payee == "":
		return nil, nil
	case !r.service.PSD2:
		return nil, &Error{Status: http.StatusForbidden, Code: codeUnsupported, Message: "Service does not support this feature: Psd2Enabled is false, so a code is not linked to Amount and Payee"}
	case amount == "":
		return nil, invalid("Amount", "is required by a PSD2 service")
	case payee == "":
		return nil, invalid("Payee", "is required by a PSD2 service")
	}
	number, currency, err := splitAmount(amount)
	if err != nil {
		return nil, err
	}
	return &otp.Payment{Amount: number, Currency: currency, Payee: payee}, nil
}

// verificationOf finds the one that text names: by its SID, or by number the one
// that is pending, or that takes no more checks until it expires.
func (h *Handler) verificationOf(ctx context.Context, r *request, text string) (v otp.Verification, err error) {
	if id, ok := idOf("VE", text); ok {
		v, err = h.OTP.Get(ctx, r.bank, id)
		if err == nil && (v.Metadata[keyService] != sid("VA", r.service.ID) || v.BoundTo != r.service.ID) {
			return otp.Verification{}, errNotFound
		}
		return v, err
	}
	phone, err := banks.CanonicalPhone(text, "")
	if err != nil {
		return v, errNotFound
	}
	list, _, err := h.OTP.List(ctx, r.bank, otp.Filter{Phone: phone, Purpose: purpose, Metadata: map[string]any{keyService: sid("VA", r.service.ID)}}, postgres.Page{Limit: 1})
	if err != nil {
		return v, err
	}
	if len(list) == 0 || list[0].State != otp.Pending && (list[0].State != otp.MaxAttempts || !list[0].ExpiresAt.After(h.now())) {
		return v, errNotFound
	}
	return list[0], nil
}

func (h *Handler) fetchVerification(r *request) (answer, error) {
	return h.answerVerification(r, r.PathValue("Sid"))
}

func (h *Handler) answerVerification(r *request, which string) (answer, error) {
	v, err := h.verificationOf(r.ctx, r, which)
	if err != nil {
		return answer{}, err
	}
	attempts, err := h.attemptsOf(r.ctx, r.bank, v.ID)
	return answer{body: h.showVerification(r, v, attempts)}, err
}

func (h *Handler) updateVerification(r *request) (answer, error) {
	status, err := r.form.need("Status")
	if err != nil {
		return answer{}, err
	}
	switch status {
	case "canceled":
	case "approved":
		return answer{}, &Error{Status: http.StatusForbidden, Code: codeUnsupported, Message: "Service does not support this feature: only a check approves"}
	default:
		return answer{}, invalid("Status", "must be canceled or approved")
	}
	v, err := h.verificationOf(r.ctx, r, r.PathValue("Sid"))
	if err == nil && v.State != otp.Pending {
		err = errNotFound
	}
	if err == nil {
		v, err = h.OTP.Cancel(r.ctx, r.bank, v.ID)
	}
	if err != nil {
		return answer{}, err
	}
	return h.answerVerification(r, sid("VE", v.ID))
}

func (h *Handler) checkVerification(r *request) (answer, error) {
	f := r.form
	code, err := f.need("Code")
	if err != nil {
		return answer{}, err
	}
	which := f.get("To")
	if given := f.get("VerificationSid"); given != "" {
		if _, ok := idOf("VE", given); !ok {
			return answer{}, invalid("VerificationSid", "is not a SID")
		}
		if which != "" {
			return answer{}, invalid("VerificationSid", "give either To or VerificationSid")
		}
		which = given
	}
	if which == "" {
		return answer{}, invalid("To", "give To or VerificationSid")
	}
	payment, err := r.payment()
	if err != nil {
		return answer{}, err
	}
	v, err := h.verificationOf(r.ctx, r, which)
	if err != nil {
		return answer{}, err
	}
	if v.State != otp.Pending && v.State != otp.MaxAttempts { // as long as one that is not there takes
		return answer{}, errNotFound
	}
	_, err = h.OTP.CheckWith(r.ctx, r.bank, v.ID, otp.CheckRequest{Code: code, BoundTo: r.service.ID, Purpose: purpose, Payment: payment}, nil)
	if err != nil && !wrongLength(err, code) {
		return answer{}, err
	}
	if v, err = h.OTP.Get(r.ctx, r.bank, v.ID); err != nil {
		return answer{}, err
	}
	return answer{body: object{
		"sid": sid("VE", v.ID), "service_sid": sid("VA", r.service.ID), "account_sid": r.account(), "to": v.Phone, "channel": channelOf(v.Way),
		"status": statusOf(v.State), "valid": v.State == otp.Approved, "amount": amountOf(v), "payee": orNull(v.Payment.Payee),
		"date_created": date(v.CreatedAt), "date_updated": date(updated(v, nil)), "sna_attempts_error_codes": []any{},
	}}, nil
}

// wrongLength reports whether a code was refused because it has not as many digits
// as the one that was sent: it cannot be right, and it is no error of the program.
func wrongLength(err error, code string) bool {
	var v *visavis.Error
	if !errors.As(err, &v) || v.Kind != visavis.Invalid || len(v.Fields) == 0 || v.Fields[0].Name != "code" || len(code) < 4 || len(code) > 10 {
		return false
	}
	for _, r := range code {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

func channelOf(way otp.Way) string {
	if way == otp.Voice {
		return "call"
	}
	return "sms"
}

func statusOf(state otp.State) string {
	switch state {
	case otp.MaxAttempts:
		return "max_attempts_reached"
	case otp.Cancelled:
		return "canceled"
	case otp.Denied: // "this was not me"
		return "failed"
	}
	return string(state) // pending, approved, expired, failed
}

func amountOf(v otp.Verification) *string {
	if amount, ok := v.Metadata[keyAmount].(string); ok {
		return &amount
	}
	return nil
}

// updated is when a verification last changed.
func updated(v otp.Verification, attempts []attempt) time.Time {
	at := v.CreatedAt
	for _, a := range attempts {
		if a.Sent && a.CreatedAt.After(at) {
			at = a.CreatedAt
		}
	}
	if v.EndedAt != nil && v.EndedAt.After(at) {
		at = *v.EndedAt
	}
	return at
}

func (h *Handler) showVerification(r *request, v otp.Verification, attempts []attempt) object {
	sent := []any{}
	for _, a := range attempts {
		if a.Sent {
			sent = append(sent, object{"time": date(a.CreatedAt), "channel": map[string]string{"sms": "SMS", "call": "CALL"}[a.Channel], "attempt_sid": sid("VL", a.ID)})
		}
	}
	return object{
		"sid": sid("VE", v.ID), "service_sid": sid("VA", r.service.ID), "account_sid": r.account(), "to": v.Phone, "channel": channelOf(v.Way),
		"status": statusOf(v.State), "valid": v.State == otp.Approved, "lookup": object{}, "amount": amountOf(v), "payee": orNull(v.Payment.Payee),
		"send_code_attempts": sent, "date_created": date(v.CreatedAt), "date_updated": date(updated(v, attempts)), "sna": nil,
		"url": h.serviceURL(r.service.ID) + "/Verifications/" + sid("VE", v.ID),
	}
}

// attempt is one creation of a Verification.
type attempt struct {
	ID, ServiceID, VerificationID uuid.UUID
	Channel                       string
	Sends                         int
	Sent                          bool
	CreatedAt                     time.Time
}

const attemptColumns = `id, service_id, verification_id, channel, sends, sent, created_at`

func (a attempt) insertTx(ctx context.Context, tx *postgres.Tx) error {
	_, err := tx.Exec(ctx, `insert into verify_attempts (bank_id, `+attemptColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.BankID, a.ID, a.ServiceID, a.VerificationID, a.Channel, a.Sends, a.Sent, a.CreatedAt)
	return err
}

func attemptsTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) ([]attempt, error) {
	rows, err := tx.Query(ctx, `select `+attemptColumns+` from verify_attempts where bank_id = $1 and verification_id = $2 order by id`, tx.BankID, id)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[attempt])
}

func (h *Handler) attemptsOf(ctx context.Context, bankID, id uuid.UUID) (list []attempt, err error) {
	err = h.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		list, err = attemptsTx(ctx, tx, id)
		return err
	})
	return list, err
}
