package verifyv2

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/nyaruka/phonenumbers"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

// sentAttempt is an attempt with what it was for. The last one that was sent
// before an approval converted.
type sentAttempt struct {
	attempt
	Phone     string
	Locale    string
	Digits    int
	Converted bool
	EndedAt   *time.Time
}

// attemptRows reads package otp's table beside ours: the state is its, and a list
// should not ask for one after the other.
const attemptRows = ` from (
	select a.*, v.phone, v.locale, v.digits, v.ended_at,
		v.state = 'approved' and not exists (select from verify_attempts l where l.bank_id = a.bank_id and l.verification_id = a.verification_id and l.sent and l.id > a.id) as converted
	from verify_attempts a join verifications v on v.bank_id = a.bank_id and v.id = a.verification_id
	where a.bank_id = $1 and a.sent) a
where ($2::uuid is null or service_id = $2) and ($3::uuid is null or verification_id = $3) and ($4 = '' or channel = $4)
	and ($5::timestamptz is null or created_at >= $5) and ($6::timestamptz is null or created_at <= $6)
	and ($7 = '' or phone = $7) and ($8::boolean is null or converted = $8) and ($9 = '' or starts_with(phone, $9))`

// attemptFilter reads what a list and a summary take; it returns $1 to $9.
func attemptFilter(r *request) ([]any, error) {
	f := r.form
	var serviceID, verificationID *uuid.UUID
	for _, one := range []struct {
		name, prefix string
		to           **uuid.UUID
	}{{"VerifyServiceSid", "VA", &serviceID}, {"VerificationSid", "VE", &verificationID}} {
		if text := f.get(one.name); text != "" {
			id, ok := idOf(one.prefix, text)
			if !ok {
				return nil, invalid(one.name, "is not a SID")
			}
			*one.to = &id
		}
	}
	after, err := f.time("DateCreatedAfter")
	if err != nil {
		return nil, err
	}
	before, err := f.time("DateCreatedBefore")
	if err != nil {
		return nil, err
	}
	to := ""
	if text := f.get("ChannelData.To"); text != "" {
		if to, err = banks.CanonicalPhone(text, ""); err != nil {
			return nil, invalid("ChannelData.To", "is not a phone number")
		}
	}
	if f.get("Country") != "" {
		return nil, invalid("Country", "is not a filter here; use DestinationPrefix")
	}
	var converted *bool
	switch status := f.get("Status"); status {
	case "":
	case "converted", "unconverted":
		converted = new(status == "converted")
	default:
		return nil, invalid("Status", "must be converted or unconverted")
	}
	return []any{r.bank, serviceID, verificationID, f.get("Channel"), orNullTime(after), orNullTime(before), to, converted, f.get("DestinationPrefix")}, nil
}

func orNullTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func scanSent(row pgx.CollectableRow) (a sentAttempt, err error) {
	err = row.Scan(&a.ID, &a.ServiceID, &a.VerificationID, &a.Channel, &a.CreatedAt, &a.Phone, &a.Locale, &a.Digits, &a.Converted, &a.EndedAt)
	return a, err
}

const sentColumns = `select id, service_id, verification_id, channel, created_at, phone, locale, digits, converted, ended_at`

func (h *Handler) sent(r *request, where string, args ...any) (list []sentAttempt, err error) {
	err = h.DB.InBank(r.ctx, r.bank, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, sentColumns+attemptRows+where, args...)
		if err != nil {
			return err
		}
		list, err = pgx.CollectRows(rows, scanSent)
		return err
	})
	return list, err
}

func (h *Handler) listAttempts(r *request) (answer, error) {
	p, err := r.form.paging()
	if err != nil {
		return answer{}, err
	}
	args, err := attemptFilter(r)
	if err != nil {
		return answer{}, err
	}
	list, err := h.sent(r, ` and ($10::uuid is null or id < $10) order by id desc limit $11`, append(args, p.After(), p.Size()+1)...)
	if err != nil {
		return answer{}, err
	}
	list, next := postgres.Cut(list, p.Page, func(a sentAttempt) uuid.UUID { return a.ID })
	items := []any{}
	for _, a := range list {
		items = append(items, h.showAttempt(r, a))
	}
	return h.page(r, p, "attempts", items, next), nil
}

func (h *Handler) fetchAttempt(r *request) (answer, error) {
	id, ok := idOf("VL", r.PathValue("Sid"))
	if !ok {
		return answer{}, errNotFound
	}
	list, err := h.sent(r, ` and id = $10`, r.bank, nil, nil, "", nil, nil, "", nil, "", id)
	if err == nil && len(list) == 0 {
		err = errNotFound
	}
	if err != nil {
		return answer{}, err
	}
	return answer{body: h.showAttempt(r, list[0])}, nil
}

func (h *Handler) showAttempt(r *request, a sentAttempt) object {
	status, conversion, at := "unconfirmed", "unconverted", a.CreatedAt
	if a.Converted {
		status, conversion = "converted", "converted"
		if a.EndedAt != nil {
			at = *a.EndedAt
		}
	}
	var country *string
	if number, err := phonenumbers.Parse(a.Phone, "ZZ"); err == nil {
		country = orNull(phonenumbers.GetRegionCodeForNumber(number))
	}
	return object{
		"sid": sid("VL", a.ID), "account_sid": r.account(), "service_sid": sid("VA", a.ServiceID), "verification_sid": sid("VE", a.VerificationID),
		"date_created": date(a.CreatedAt), "date_updated": date(at), "conversion_status": conversion, "channel": a.Channel,
		"price":        object{"value": nil, "currency": nil},
		"channel_data": object{"verification_sid": sid("VE", a.VerificationID), "to": a.Phone, "status": status, "country": country, "code_length": a.Digits, "locale": a.Locale},
		"url":          h.PublicURL + "/v2/Attempts/" + sid("VL", a.ID),
	}
}

func (h *Handler) summarizeAttempts(r *request) (answer, error) {
	args, err := attemptFilter(r)
	if err != nil {
		return answer{}, err
	}
	var total, converted int
	err = h.DB.InBank(r.ctx, r.bank, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select count(*), count(*) filter (where converted)`+attemptRows, args...).Scan(&total, &converted)
	})
	rate := 0.0
	if total > 0 {
		rate = 100 * float64(converted) / float64(total)
	}
	return answer{body: object{
		"total_attempts": total, "total_converted": converted, "total_unconverted": total - converted,
		"conversion_rate_percentage": fmt.Sprintf("%.2f", rate), "url": h.PublicURL + "/v2/Attempts/Summary",
	}}, err
}
