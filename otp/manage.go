package otp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// row is a verification with what stays inside.
type row struct {
	Verification
	locale, timeZone string
	digits           int
	sealed           []byte // the code; of a flash call the number that calls
	subjects         [][]byte
	waits            []int32
	step             int
	stepDue          *time.Time
	risk             string
	scopes           []string
	minutes          int
}

const columns = `id, customer_id, phone, purpose, bound_to, channel, locale, time_zone, code_sealed, state, reason, checks, max_checks,
	sends, next_send_at, created_at, expires_at, ended_at, coalesce(reference, ''), metadata, digits, subjects, ways, waits, step, step_due_at, risk,
	coalesce(amount, ''), coalesce(currency, ''), coalesce(payee, ''), factor_id, coalesce(number, 0), numbers, scopes, coalesce(minutes, 0)`

func oneTx(ctx context.Context, tx *postgres.Tx, where string, args ...any) (row, error) {
	rows, err := tx.Query(ctx, `select `+columns+` from verifications `+where, args...)
	if err != nil {
		return row{}, err
	}
	return pgx.CollectExactlyOneRow(rows, scanRow)
}

func scanRow(r pgx.CollectableRow) (v row, err error) {
	var customer, bound, factor *uuid.UUID
	var checks, most int
	var numbers []int32
	err = r.Scan(&v.ID, &customer, &v.Phone, &v.Purpose, &bound, &v.Way, &v.locale, &v.timeZone, &v.sealed, &v.State, &v.Reason, &checks, &most,
		&v.Sends, &v.NextSendAt, &v.CreatedAt, &v.ExpiresAt, &v.EndedAt, &v.Reference, &v.Metadata, &v.digits, &v.subjects, &v.Ways, &v.waits, &v.step, &v.stepDue, &v.risk,
		&v.Payment.Amount, &v.Payment.Currency, &v.Payment.Payee, &factor, &v.Number, &numbers, &v.scopes, &v.minutes)
	for to, id := range map[*uuid.UUID]*uuid.UUID{&v.CustomerID: customer, &v.BoundTo: bound, &v.FactorID: factor} {
		if id != nil {
			*to = *id
		}
	}
	for _, n := range numbers {
		v.Numbers = append(v.Numbers, int(n))
	}
	if len(v.Ways) == 0 {
		v.Ways = []Way{v.Way}
	}
	v.AttemptsLeft = most - checks
	if !strings.HasPrefix(v.Phone, "+") { // see phoneKey
		v.Phone = ""
	}
	return v, err
}

// endTx ends a verification and wipes its code. One that has ended stays as it is.
func (s *Service) endTx(ctx context.Context, tx *postgres.Tx, now time.Time, v row, state State, reason string) error {
	tag, err := tx.Exec(ctx, `
		update verifications set state = $3, reason = $5, ended_at = $4, code_sealed = null, code_mac = '', salt = '', step_due_at = null
		where bank_id = $1 and id = $2 and state = 'pending'`, tx.BankID, v.ID, string(state), now, reason)
	if err != nil {
		return fmt.Errorf("end verification: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	if err := s.silenceTx(ctx, tx, v.ID, state); err != nil {
		return err
	}
	v.State, v.Reason = state, reason
	kind := map[State]string{
		Approved: "verification.approved", MaxAttempts: "verification.failed", Failed: "verification.failed", Expired: "verification.expired",
		Cancelled: "verification.cancelled", Denied: "verification.denied",
	}[state]
	if state == Denied && reason == reasonDevice {
		kind = "verification.denied_by_customer"
	}
	return appendTx(ctx, tx, now, kind, v.Verification)
}

// reasonDevice is of a verification that was denied on the customer's device,
// with its signature.
const reasonDevice = "denied_on_device"

// silenceTx stops what has not been sent yet about a verification that has ended.
// (After too many tries, or too late, the code is dead too, but a customer who
// still gets it is not misled.)
func (s *Service) silenceTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, state State) error {
	if state == MaxAttempts || state == Expired {
		return nil
	}
	if state == Approved { // which counts as conversion
		return s.Channels.MetTx(ctx, tx, "verification", id)
	}
	return s.Channels.CancelTx(ctx, tx, id)
}

// resendTx sends the same code again, by a way. v is locked and pending.
func (s *Service) resendTx(ctx context.Context, tx *postgres.Tx, now time.Time, v row, way Way) (Verification, error) {
	v.Way = way
	if way.Restricted() {
		if v.sealed == nil {
			return Verification{}, visavis.InvalidField("way", "this verification has no code that could be sent")
		}
		if v.risk == riskDeny {
			return Verification{}, visavis.Errorf(visavis.Forbidden, ReasonPolicy, "the bank does not let codes go to this number now; use the app or an authenticator app")
		}
		settings, err := s.Settings(ctx, tx.BankID)
		if err == nil {
			err = s.openFor(ctx, tx.BankID, settings, true)
		}
		if err != nil {
			return Verification{}, err
		}
		if v.risk == riskAsk { // otp.Run asks the bank, and then sends
			return s.laterTx(ctx, tx, now, v)
		}
		var ok bool
		if err := tx.QueryRow(ctx, `select visavis_otp_send($1, $2, $3, $4, $5)`,
			tx.BankID, v.subjects[0], way == Voice, now, s.limits()).Scan(&ok); err != nil {
			return Verification{}, fmt.Errorf("count code sent: %w", err)
		}
		if !ok {
			if err := s.blockedTx(ctx, tx, now, v.subjects, mostFailures(v.Purpose)); err != nil {
				return Verification{}, err
			}
			if err := s.sendsTx(ctx, tx, now, v.subjects[0], way == Voice); err != nil {
				return Verification{}, err
			}
			return Verification{}, tooManyFailures(0)
		}
		s.count(tx.BankID, 1, 0, 0)
	}
	v.Sends++
	v.NextSendAt = now.Add(resendDelays[min(max(v.Sends, 1)-1, len(resendDelays)-1)])
	at := slices.Index(v.Ways, way)
	if at < 0 { // a call in place of the SMS
		at = slices.Index(v.Ways, SMS)
	}
	v.step = max(v.step, at)
	// A workflow goes on from here.
	v.stepDue = nil
	if v.step < len(v.Ways)-1 && v.step < len(v.waits) && v.waits[v.step] > 0 {
		v.stepDue = new(now.Add(time.Duration(v.waits[v.step]) * time.Second))
		tx.Wake(topicSteps)
	}
	_, err := tx.Exec(ctx, `update verifications set sends = $3, next_send_at = $4, channel = $5, step = $6, step_due_at = $7 where bank_id = $1 and id = $2`,
		tx.BankID, v.ID, v.Sends, v.NextSendAt, string(v.Way), v.step, v.stepDue)
	if err != nil {
		return Verification{}, fmt.Errorf("resend code: %w", err)
	}
	if way == Push {
		if err := s.pushTx(ctx, tx, now, v); err != nil {
			return Verification{}, err
		}
	} else {
		code, err := s.Keys.Open(sealCode, v.ID[:], v.sealed)
		if err != nil {
			return Verification{}, fmt.Errorf("open code: %w", err)
		}
		if err := s.sayTx(ctx, tx, now, v, string(code), string(code)); err != nil {
			return Verification{}, err
		}
	}
	return v.Verification, appendTx(ctx, tx, now, "verification.resent", v.Verification)
}

// laterTx leaves a send to otp.Run.
func (s *Service) laterTx(ctx context.Context, tx *postgres.Tx, now time.Time, v row) (Verification, error) {
	if at := slices.Index(v.Ways, v.Way); at >= 0 {
		v.step = at
	}
	v.NextSendAt = now.Add(resendDelays[min(v.Sends, len(resendDelays)-1)])
	_, err := tx.Exec(ctx, `update verifications set channel = $3, step = $4, step_due_at = $5, next_send_at = $6 where bank_id = $1 and id = $2`,
		tx.BankID, v.ID, string(v.Way), v.step, now, v.NextSendAt)
	tx.Wake(topicSteps)
	return v.Verification, err
}

// Resend sends the same code again by the same way; see ResendTx.
func (s *Service) Resend(ctx context.Context, bankID, id uuid.UUID) (Verification, error) {
	return s.ResendBy(ctx, bankID, id, "")
}

// ResendBy is ResendTx in a transaction of its own.
func (s *Service) ResendBy(ctx context.Context, bankID, id uuid.UUID, way Way) (v Verification, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		v, err = s.ResendTx(ctx, tx, id, way)
		return err
	})
	return v, err
}

// ResendTx sends the same code again, by the way given or, when that is empty, by
// the last. It keeps the code, its life and its count. It refuses an unknown
// verification (NotFound), a way that it does not have (Invalid), one that has
// ended (Gone), and (TooMany) one whose NextSendAt lies ahead, whose number has
// failed too often or was sent too many codes.
func (s *Service) ResendTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, way Way) (Verification, error) {
	now := s.now()
	if way != "" && !way.known() {
		return Verification{}, visavis.InvalidField("way", "must be push, totp, sms, voice or flash")
	}
	v, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, tx.BankID, id)
	if err == pgx.ErrNoRows {
		return Verification{}, errNotFound
	}
	if err != nil {
		return Verification{}, fmt.Errorf("read verification: %w", err)
	}
	if err := s.refused(v); err != nil {
		return Verification{}, err
	}
	if !v.ExpiresAt.After(now) {
		return Verification{}, errExpired // the sweep marks it
	}
	way = Way(or(string(way), string(v.Way)))
	switch {
	case way == TOTP:
		return Verification{}, visavis.InvalidField("way", "an authenticator app is not sent anything")
	case way == Voice && slices.Contains(v.Ways, SMS): // a call may always follow an SMS
	case !slices.Contains(v.Ways, way):
		return Verification{}, visavis.InvalidField("way", "is not one of this verification's ways")
	}
	if v.NextSendAt.After(now) {
		e := visavis.Errorf(visavis.TooMany, "resend_too_early", "the code was sent a moment ago; wait before it is sent again")
		e.RetryAfter = v.NextSendAt.Sub(now)
		return Verification{}, e
	}
	return s.resendTx(ctx, tx, now, v, way)
}

// Cancel ends a pending verification; one that has ended stays as it is.
func (s *Service) Cancel(ctx context.Context, bankID, id uuid.UUID) (Verification, error) {
	return s.end(ctx, bankID, id, Cancelled, "")
}

// Deny ends a pending verification because its customer says "this was not me",
// and tells the bank (verification.denied). One that has ended stays as it is.
func (s *Service) Deny(ctx context.Context, bankID, id uuid.UUID) (Verification, error) {
	return s.end(ctx, bankID, id, Denied, "denied_by_customer")
}

func (s *Service) end(ctx context.Context, bankID, id uuid.UUID, state State, reason string) (Verification, error) {
	var v row
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if v, err = oneTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, bankID, id); err != nil {
			return err
		}
		if err = s.endTx(ctx, tx, s.now(), v, state, reason); err != nil {
			return err
		}
		v, err = oneTx(ctx, tx, `where bank_id = $1 and id = $2`, bankID, id)
		return err
	})
	return found(v, err)
}

// CancelCustomerTx ends what is pending for a customer, because the number has
// changed: a code under way to the old phone proves nothing any more.
func (s *Service) CancelCustomerTx(ctx context.Context, tx *postgres.Tx, customerID uuid.UUID) error {
	for {
		v, err := oneTx(ctx, tx, `where bank_id = $1 and customer_id = $2 and state = 'pending' order by id limit 1 for update`, tx.BankID, customerID)
		if err == pgx.ErrNoRows {
			return nil
		}
		if err != nil {
			return fmt.Errorf("find verifications of customer: %w", err)
		}
		if err := s.endTx(ctx, tx, s.now(), v, Cancelled, ""); err != nil {
			return err
		}
	}
}

// Get returns a verification; NotFound when the bank has no such one.
func (s *Service) Get(ctx context.Context, bankID, id uuid.UUID) (Verification, error) {
	var v row
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		v, err = oneTx(ctx, tx, `where bank_id = $1 and id = $2`, bankID, id)
		return err
	})
	return found(s.aged(v), err)
}

// aged shows one that has expired as such; the sweep writes it.
func (s *Service) aged(v row) row {
	if v.State == Pending && !v.ExpiresAt.After(s.now()) {
		v.State = Expired
	}
	return v
}

// Filter narrows a list of verifications. The zero value takes all.
type Filter struct {
	CustomerID uuid.UUID
	FactorID   uuid.UUID
	Phone      string // E.164
	Purpose    string
	State      State
	Metadata   map[string]any // those whose metadata has all of this
}

// List returns a page of the bank's verifications, newest first, and the cursor
// of the next page.
func (s *Service) List(ctx context.Context, bankID uuid.UUID, f Filter, page postgres.Page) (list []Verification, next string, err error) {
	if f.Metadata == nil {
		f.Metadata = map[string]any{}
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select `+columns+` from verifications
			where bank_id = $1 and ($2::uuid is null or id < $2) and ($3::uuid is null or customer_id = $3) and ($4::uuid is null or factor_id = $4)
			  and ($5 = '' or phone = $5) and ($6 = '' or purpose = $6)
			  and ($7 = '' or state = $7 and ($7 <> 'pending' or expires_at > $9) or $7 = 'expired' and state = 'pending' and expires_at <= $9)
			  and metadata @> $8
			order by id desc limit $10`, bankID, page.After(), orNil(f.CustomerID), orNil(f.FactorID), f.Phone, f.Purpose, string(f.State), f.Metadata, s.now(), page.Size()+1)
		if err != nil {
			return err
		}
		found, err := pgx.CollectRows(rows, scanRow)
		list = nil
		for _, v := range found {
			list = append(list, s.aged(v).Verification)
		}
		list, next = postgres.Cut(list, page, func(v Verification) uuid.UUID { return v.ID })
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list verifications: %w", err)
	}
	return list, next, nil
}

// Live returns the pending verification of a customer for a purpose and
// binding, for a caller who has the code but not the verification's id;
// NotFound when there is none.
func (s *Service) Live(ctx context.Context, bankID, customerID uuid.UUID, purpose string, boundTo uuid.UUID) (Verification, error) {
	var v row
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		v, err = oneTx(ctx, tx, `where bank_id = $1 and customer_id = $2 and purpose = $3 and bound_to is not distinct from $4
			and state = 'pending' order by id desc limit 1`, bankID, customerID, purpose, orNil(boundTo))
		return err
	})
	return found(v, err)
}

func found(v row, err error) (Verification, error) {
	if err == pgx.ErrNoRows {
		return Verification{}, errNotFound
	}
	if err != nil {
		return Verification{}, fmt.Errorf("read verification: %w", err)
	}
	return v.Verification, nil
}

// NextSend says, for each way that a pending verification has, from when on
// Resend takes it; a way that is only typed (TOTP) is left out.
func (v Verification) NextSend() map[Way]time.Time {
	next := map[Way]time.Time{}
	for _, way := range v.Ways {
		if way != TOTP {
			next[way] = v.NextSendAt
		}
	}
	if _, ok := next[SMS]; ok {
		next[Voice] = v.NextSendAt
	}
	return next
}
