package verifyv2

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

// service is a Service.
type service struct {
	ID                   uuid.UUID
	Name                 string
	CreatedAt, UpdatedAt time.Time
	serviceSettings
}

// serviceSettings are a Service's rules. What the gateway does anyway is kept as
// it was said and changes nothing.
type serviceSettings struct {
	CodeLength         int    `json:"code_length"` // 6 to 10; 8 to 10 with PSD2
	PSD2               bool   `json:"psd2_enabled,omitempty"`
	SkipLandlines      bool   `json:"skip_sms_to_landlines,omitempty"`
	Lookup             bool   `json:"lookup_enabled,omitempty"`               // changes nothing: numbers are not looked up
	DTMF               bool   `json:"dtmf_input_required,omitempty"`          // changes nothing: a call always asks for a key
	DoNotShare         bool   `json:"do_not_share_warning_enabled,omitempty"` // changes nothing: texts always warn
	TTSName            string `json:"tts_name,omitempty"`                     // changes nothing: the bank's own name is said
	Events             bool   `json:"verify_event_subscription_enabled,omitempty"`
	IncludeDate        bool   `json:"include_date,omitempty"`
	APNCredential      string `json:"apn_credential_sid,omitempty"`
	FCMCredential      string `json:"fcm_credential_sid,omitempty"`
	Issuer             string `json:"issuer,omitempty"` // of TOTP
	DefaultTemplateSid string `json:"default_template_sid,omitempty"`
}

const (
	leastDigits, leastPayment, mostDigits = 6, 8, 10

	maxServices     = 100 // of a bank
	maxServiceName  = 64
	defaultTOTPName = "Visavis"
)

// read changes the settings by a request's parameters.
func (s *service) read(f form) error {
	if f.has("FriendlyName") {
		name, err := banks.CleanName("name", f.get("FriendlyName"))
		if err != nil {
			return err
		}
		if utf8.RuneCountInString(name) > maxServiceName {
			return invalid("FriendlyName", "at most %d characters", maxServiceName)
		}
		s.Name = name
	}
	for _, flag := range []struct {
		name string
		to   *bool
	}{
		{"LookupEnabled", &s.Lookup}, {"SkipSmsToLandlines", &s.SkipLandlines}, {"DtmfInputRequired", &s.DTMF}, {"Psd2Enabled", &s.PSD2},
		{"DoNotShareWarningEnabled", &s.DoNotShare}, {"Push.IncludeDate", &s.IncludeDate}, {"VerifyEventSubscriptionEnabled", &s.Events},
	} {
		if err := f.flag(flag.name, flag.to); err != nil {
			return err
		}
	}
	for _, text := range []struct {
		name string
		to   *string
	}{
		{"TtsName", &s.TTSName}, {"Push.ApnCredentialSid", &s.APNCredential}, {"Push.FcmCredentialSid", &s.FCMCredential},
		{"Totp.Issuer", &s.Issuer}, {"DefaultTemplateSid", &s.DefaultTemplateSid},
	} {
		if f.has(text.name) {
			if *text.to = f.get(text.name); utf8.RuneCountInString(*text.to) > 200 {
				return invalid(text.name, "at most 200 characters")
			}
		}
	}
	// What would make codes weaker, or not be what was asked for, is refused.
	custom := false
	if err := f.flag("CustomCodeEnabled", &custom); err != nil {
		return err
	}
	if custom {
		return invalid("CustomCodeEnabled", "codes are drawn by the gateway")
	}
	for name, value := range map[string]string{"Totp.TimeStep": "30", "Totp.CodeLength": "6", "Totp.Skew": "1"} {
		if err := f.only(name, value); err != nil {
			return err
		}
	}
	least := leastDigits
	if s.PSD2 {
		least = leastPayment
	}
	if !f.has("CodeLength") {
		s.CodeLength = max(s.CodeLength, least)
	}
	return f.number("CodeLength", least, mostDigits, &s.CodeLength)
}

const serviceColumns = `id, friendly_name, settings, created_at, updated_at`

func scanService(row pgx.CollectableRow) (s service, err error) {
	var settings []byte
	if err = row.Scan(&s.ID, &s.Name, &settings, &s.CreatedAt, &s.UpdatedAt); err == nil {
		err = json.Unmarshal(settings, &s.serviceSettings)
	}
	return s, err
}

func serviceTx(ctx context.Context, tx *postgres.Tx, where string, args ...any) (service, error) {
	rows, err := tx.Query(ctx, `select `+serviceColumns+` from verify_services `+where, args...)
	if err != nil {
		return service{}, err
	}
	s, err := pgx.CollectExactlyOneRow(rows, scanService)
	if errors.Is(err, pgx.ErrNoRows) {
		err = errNotFound
	}
	return s, err
}

// serviceOf is the Service that a path names.
func (h *Handler) serviceOf(r *request) (s service, err error) {
	id, ok := idOf("VA", r.PathValue("ServiceSid"))
	if !ok {
		return s, errNotFound
	}
	err = h.DB.InBank(r.ctx, r.bank, func(ctx context.Context, tx *postgres.Tx) (err error) {
		s, err = serviceTx(ctx, tx, `where bank_id = $1 and id = $2`, r.bank, id)
		return err
	})
	return s, err
}

// EnsureService returns the SID of the bank's oldest Service, made when it has none.
func (h *Handler) EnsureService(ctx context.Context, bankID uuid.UUID, name string) (string, error) {
	s := service{Name: name}
	if err := s.read(form{}); err != nil {
		return "", err
	}
	err := h.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		found, err := serviceTx(ctx, tx, `where bank_id = $1 order by id limit 1`, bankID)
		if err == nil {
			s = found
			return nil
		}
		if err != errNotFound {
			return err
		}
		return h.insertServiceTx(ctx, tx, &s)
	})
	return sid("VA", s.ID), err
}

func (h *Handler) insertServiceTx(ctx context.Context, tx *postgres.Tx, s *service) error {
	settings, err := json.Marshal(s.serviceSettings)
	if err != nil {
		return err
	}
	s.ID, s.CreatedAt = uuid.Must(uuid.NewV7()), h.now()
	s.UpdatedAt = s.CreatedAt
	if _, err := tx.Exec(ctx, `insert into verify_services (bank_id, id, friendly_name, settings, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)`,
		tx.BankID, s.ID, s.Name, settings, s.CreatedAt); err != nil {
		return fmt.Errorf("create service: %w", err)
	}
	return tell(ctx, tx, s.CreatedAt, "verify_service.created", s.ID)
}

func tell(ctx context.Context, tx *postgres.Tx, now time.Time, kind string, id uuid.UUID) error {
	_, err := events.AppendTx(ctx, tx, now, events.New{Type: kind, Object: "verify_service", ID: id})
	return err
}

// now is to the microsecond, as the database keeps it.
func (h *Handler) now() time.Time { return h.Now().UTC().Truncate(time.Microsecond) }

func (h *Handler) createService(r *request) (answer, error) {
	if _, err := r.form.need("FriendlyName"); err != nil {
		return answer{}, err
	}
	var s service
	if err := s.read(r.form); err != nil {
		return answer{}, err
	}
	err := h.DB.InBank(r.ctx, r.bank, func(ctx context.Context, tx *postgres.Tx) error {
		var count int
		// Counted under a lock, so that the limit holds.
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('verify services ' || $1, 0))`, r.bank.String()); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `select count(*) from verify_services where bank_id = $1`, r.bank).Scan(&count); err != nil {
			return err
		}
		if count >= maxServices {
			return invalid("FriendlyName", "the bank has %d services, which is the most", count)
		}
		return h.insertServiceTx(ctx, tx, &s)
	})
	return answer{status: http.StatusCreated, body: h.showService(r, s)}, err
}

func (h *Handler) listServices(r *request) (answer, error) {
	p, err := r.form.paging()
	if err != nil {
		return answer{}, err
	}
	var list []service
	var next string
	err = h.DB.InBank(r.ctx, r.bank, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select `+serviceColumns+` from verify_services where bank_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`,
			r.bank, p.After(), p.Size()+1)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanService)
		list, next = postgres.Cut(list, p.Page, func(s service) uuid.UUID { return s.ID })
		return err
	})
	if err != nil {
		return answer{}, err
	}
	items := []any{}
	for _, s := range list {
		items = append(items, h.showService(r, s))
	}
	return h.page(r, p, "services", items, next), nil
}

func (h *Handler) fetchService(r *request) (answer, error) {
	return answer{body: h.showService(r, r.service)}, nil
}

func (h *Handler) updateService(r *request) (answer, error) {
	var s service
	err := h.DB.InBank(r.ctx, r.bank, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if s, err = serviceTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, r.bank, r.service.ID); err != nil {
			return err
		}
		if err := s.read(r.form); err != nil {
			return err
		}
		settings, err := json.Marshal(s.serviceSettings)
		if err != nil {
			return err
		}
		s.UpdatedAt = h.now()
		if _, err := tx.Exec(ctx, `update verify_services set friendly_name = $3, settings = $4, updated_at = $5 where bank_id = $1 and id = $2`,
			r.bank, s.ID, s.Name, settings, s.UpdatedAt); err != nil {
			return err
		}
		return tell(ctx, tx, s.UpdatedAt, "verify_service.updated", s.ID)
	})
	return answer{body: h.showService(r, s)}, err
}

// deleteService ends what is pending of a Service and forgets its entities, with
// their factors. Verifications that have ended stay the bank's.
func (h *Handler) deleteService(r *request) (answer, error) {
	err := h.DB.InBank(r.ctx, r.bank, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := serviceTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, r.bank, r.service.ID); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select `+entityColumns+` from verify_entities where bank_id = $1 and service_id = $2`, r.bank, r.service.ID)
		if err != nil {
			return err
		}
		entities, err := pgx.CollectRows(rows, pgx.RowToStructByPos[entity])
		if err != nil {
			return err
		}
		for _, e := range entities {
			if err := h.deleteEntityTx(ctx, tx, e); err != nil {
				return err
			}
		}
		for {
			pending, _, err := h.OTP.List(ctx, r.bank, otp.Filter{Purpose: purpose, State: otp.Pending, Metadata: map[string]any{keyService: sid("VA", r.service.ID)}}, postgres.Page{})
			if err != nil {
				return err
			}
			if len(pending) == 0 {
				break
			}
			for _, v := range pending {
				if _, err := h.OTP.Cancel(ctx, r.bank, v.ID); err != nil {
					return err
				}
			}
		}
		for _, table := range []string{"verify_attempts where bank_id = $1 and service_id = $2", "verify_services where bank_id = $1 and id = $2"} {
			if _, err := tx.Exec(ctx, `delete from `+table, r.bank, r.service.ID); err != nil {
				return err
			}
		}
		return tell(ctx, tx, h.now(), "verify_service.deleted", r.service.ID)
	})
	return answer{status: http.StatusNoContent}, err
}

type object map[string]any

func (h *Handler) showService(r *request, s service) object {
	url := h.serviceURL(s.ID)
	return object{
		"sid": sid("VA", s.ID), "account_sid": r.account(), "friendly_name": s.Name, "code_length": s.CodeLength,
		"lookup_enabled": s.Lookup, "psd2_enabled": s.PSD2, "skip_sms_to_landlines": s.SkipLandlines, "dtmf_input_required": s.DTMF,
		"tts_name": orNull(s.TTSName), "do_not_share_warning_enabled": s.DoNotShare, "custom_code_enabled": false,
		"push":                 object{"include_date": s.IncludeDate, "apn_credential_sid": orNull(s.APNCredential), "fcm_credential_sid": orNull(s.FCMCredential)},
		"totp":                 object{"issuer": orNull(s.Issuer), "time_step": 30, "code_length": 6, "skew": 1},
		"default_template_sid": orNull(s.DefaultTemplateSid),
		"whatsapp":             object{"msg_service_sid": nil, "from": nil},
		"passkeys": object{
			"relying_party":            object{"id": nil, "name": nil, "origins": nil},
			"authenticator_attachment": nil, "discoverable_credentials": nil, "user_verification": nil,
		},
		"verify_event_subscription_enabled": s.Events,
		"date_created":                      date(s.CreatedAt), "date_updated": date(s.UpdatedAt), "url": url,
		"links": object{
			"verification_checks": url + "/VerificationCheck", "verifications": url + "/Verifications", "rate_limits": url + "/RateLimits",
			"messaging_configurations": url + "/MessagingConfigurations", "entities": url + "/Entities", "webhooks": url + "/Webhooks",
			"access_tokens": url + "/AccessTokens",
		},
	}
}

func (h *Handler) serviceURL(id uuid.UUID) string {
	return h.PublicURL + "/v2/Services/" + sid("VA", id)
}
