package otp

import (
	"context"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// Pushes that nobody answers are an attack on the customer's patience: after
// three, devices are left alone for a while (NIST SP 800-63B, ASVS 6.6.4).
const (
	maxPushes   = 3
	pushSilence = 15 * time.Minute
	// choices is how many numbers the device shows, of which one is on the page.
	choices = 3
)

// drawNumbers draws the numbers to match: two digits each, all different.
func (d *draft) drawNumbers() error {
	for len(d.Numbers) < choices {
		n, err := rand.Int(rand.Reader, big.NewInt(90))
		if err != nil {
			return fmt.Errorf("draw number: %w", err)
		}
		if number := int(n.Int64()) + 10; !slices.Contains(d.Numbers, number) {
			d.Numbers = append(d.Numbers, number)
		}
	}
	n, err := rand.Int(rand.Reader, big.NewInt(choices))
	if err != nil {
		return fmt.Errorf("draw number: %w", err)
	}
	d.Number = d.Numbers[n.Int64()]
	return nil
}

// pick picks one of numbers.
func pick(numbers []string) (string, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(len(numbers))))
	if err != nil {
		return "", fmt.Errorf("pick number: %w", err)
	}
	return numbers[n.Int64()], nil
}

// pushTx asks the customer's devices, within the limit of unanswered pushes.
func (s *Service) pushTx(ctx context.Context, tx *postgres.Tx, now time.Time, v row) error {
	subject := s.subjects(tx.BankID, v.Phone, v.CustomerID)[1]
	var pushes []time.Time
	if err := tx.QueryRow(ctx, `
		insert into otp_subjects (bank_id, subject) values ($1, $2) on conflict (bank_id, subject) do update set pushes = otp_subjects.pushes
		returning pushes`, tx.BankID, subject).Scan(&pushes); err != nil {
		return fmt.Errorf("read pushes: %w", err)
	}
	if n := len(pushes); n >= maxPushes {
		if wait := pushes[n-1].Add(pushSilence).Sub(now); wait > 0 {
			e := visavis.Errorf(visavis.TooMany, "too_many_pushes", "the customer did not answer %d approvals; devices are left alone for a while", maxPushes)
			e.RetryAfter = wait
			return e
		}
		pushes = nil
	}
	if _, err := tx.Exec(ctx, `update otp_subjects set pushes = $3 where bank_id = $1 and subject = $2`, tx.BankID, subject, append(pushes, now)); err != nil {
		return fmt.Errorf("count push: %w", err)
	}
	numbers := make([]string, len(v.Numbers))
	for i, n := range v.Numbers {
		numbers[i] = strconv.Itoa(n)
	}
	factors, err := s.pushFactorsTx(ctx, tx, v)
	if err != nil {
		return err
	}
	var ids []string
	for _, f := range factors {
		ids = append(ids, f.ID.String())
	}
	data := map[string]string{
		"type": "approval", "verification_id": v.ID.String(), "numbers": strings.Join(numbers, ","), "factors": strings.Join(ids, ","),
		"expires_at": v.ExpiresAt.Format(time.RFC3339),
	}
	if s.PushData != nil {
		for name, value := range s.PushData(v.Verification) {
			data[name] = value
		}
	}
	template, params := "verification_push", map[string]string{}
	if v.Payment != (Payment{}) {
		template = "verification_push_payment"
		for name, value := range map[string]string{"amount": v.Payment.Amount, "currency": v.Payment.Currency, "payee": v.Payment.Payee} {
			data[name], params[name] = value, value
		}
	}
	_, err = s.Channels.SendTx(ctx, tx, channels.Message{
		CustomerID: v.CustomerID, Locale: v.locale, TimeZone: v.timeZone, Class: channels.Security, Template: template, Params: params,
		Channels: []channels.Channel{channels.Push}, Data: data, AboutType: "verification", AboutID: v.ID, ExpiresAt: v.ExpiresAt,
	})
	return err
}

// pushFactorsTx are the devices that may answer a verification.
func (s *Service) pushFactorsTx(ctx context.Context, tx *postgres.Tx, v row) ([]Factor, error) {
	rows, err := tx.Query(ctx, `select `+factorColumns+` from otp_factors
		where bank_id = $1 and customer_id = $2 and kind = 'push' and state = 'active' and ($3::uuid is null or id = $3) order by id`,
		tx.BankID, v.CustomerID, orNil(v.FactorID))
	if err != nil {
		return nil, err
	}
	factors, err := pgx.CollectRows(rows, scanFactor)
	if err == nil && len(factors) == 0 {
		err = visavis.Errorf(visavis.Conflict, "no_factor", "the customer has no push factor in use")
	}
	return factors, err
}

// Answer is what a device says to an approval.
type Answer struct {
	FactorID  uuid.UUID
	Approve   bool   // false: "this was not me"
	Number    int    // that the customer chose; 0 with a refusal
	Signature string // base64, by the factor's key, over SignedForAnswer
	// Verify is for protocols of others: it reports whether the device's signed
	// answer is the key's, and says what this Answer says. nil: by Signature.
	Verify func(key *ecdsa.PublicKey) bool
}

// SignedForAnswer is what a device signs: lines, each ended by "\n". decision is
// approve or deny, number what was chosen (0 with deny), amount and currency as
// the push gave them (empty without a payment), then the lower-case hexadecimal
// SHA-256 of the payee's UTF-8 bytes (of nothing without one), and the expiry in
// Unix seconds.
func SignedForAnswer(bankID uuid.UUID, v Verification, a Answer) string {
	decision, payee := "deny", sha256.Sum256([]byte(v.Payment.Payee))
	if a.Approve {
		decision = "approve"
	}
	return fmt.Sprintf("visavis-approval-v1\n%s\n%s\n%s\n%s\n%d\n%s\n%s\n%s\n%d\n", bankID, v.ID, a.FactorID, decision, a.Number,
		v.Payment.Amount, v.Payment.Currency, hex.EncodeToString(payee[:]), v.ExpiresAt.Unix())
}

// Answer takes a device's answer. With a signature that does not fit it is
// Forbidden (wrong_signature) and nothing changes: who has not the key has no
// say. The number that the page shows approves; another one ends the verification
// (failed, number_mismatch), for a customer who guesses is being hurried by
// somebody. A signed refusal ends it too (denied) and tells the bank
// (verification.denied_by_customer). Errors besides: NotFound, Gone as Check.
//
// Like a check it is a transaction of its own.
func (s *Service) Answer(ctx context.Context, bankID, id uuid.UUID, a Answer) (Result, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(postgres.WithoutTx(ctx)), s.checkTimeout)
	defer cancel()
	var result Result
	var refusal error
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		refusal = nil
		now := s.now()
		v, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, bankID, id)
		if err == pgx.ErrNoRows || err == nil && !slices.Contains(v.Ways, Push) {
			return errNotFound
		}
		if err != nil {
			return fmt.Errorf("read verification: %w", err)
		}
		f, err := factorTx(ctx, tx, `where bank_id = $1 and customer_id = $2 and id = $3 and kind = 'push' and state = 'active' for update`, bankID, v.CustomerID, a.FactorID)
		if err != nil {
			return err
		}
		if v.FactorID != uuid.Nil && v.FactorID != f.ID {
			return errFactorNotFound
		}
		signed := false
		if a.Verify != nil {
			key, err := f.PublicKey()
			signed = err == nil && a.Verify(key)
		} else {
			signed = verifies(f.publicKey, SignedForAnswer(bankID, v.Verification, a), a.Signature)
		}
		if !signed {
			return visavis.Errorf(visavis.Forbidden, "wrong_signature", "the signature is not the device's over this answer")
		}
		if v.State == Pending && !v.ExpiresAt.After(now) {
			refusal = errExpired
			return s.endTx(ctx, tx, now, v, Expired, "")
		}
		if err := s.refused(v); err != nil {
			return err
		}
		v.Way = Push
		state, reason := Approved, ""
		switch {
		case !a.Approve:
			state, reason = Denied, reasonDevice
		case a.Number != v.Number:
			state, reason = Failed, ReasonNumber
		}
		if _, err := tx.Exec(ctx, `update verifications set channel = 'push' where bank_id = $1 and id = $2`, bankID, id); err != nil {
			return err
		}
		if err := s.endTx(ctx, tx, now, v, state, reason); err != nil {
			return err
		}
		// It was answered: the devices may be asked again, but for one who refused.
		if state == Approved {
			if _, err := tx.Exec(ctx, `update otp_subjects set pushes = '{}' where bank_id = $1 and subject = $2`, bankID, s.subjects(bankID, v.Phone, v.CustomerID)[1]); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `update otp_factors set last_used_at = $3 where bank_id = $1 and id = $2`, bankID, f.ID, now); err != nil {
			return err
		}
		result = Result{Approved: state == Approved, State: state, Reason: reason, AttemptsLeft: v.AttemptsLeft, NextSendAt: v.NextSendAt, ExpiresAt: v.ExpiresAt}
		if state == Approved && v.scopes != nil {
			result.Session, err = s.sessionTx(ctx, tx, v.CustomerID, id, v.scopes, v.minutes, Push)
		}
		return err
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return Result{}, err
	}
	return result, nil
}
