package otp

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/visavis/visavis/postgres"
)

// An authenticator app's codes: RFC 6238 with HMAC-SHA-1, 6 digits, steps of 30 s
// from the Unix epoch, which is what all apps do. The step before and the one
// after the server's are accepted too, for clocks and slow typing: a code is good
// for 90 s at most, once.
const (
	totpPeriod = 30
	totpDigits = 6
	totpSkew   = 1
)

var base32NoPad = base32.StdEncoding.WithPadding(base32.NoPadding)

// matchTOTP finds the step that a code is of. A step that was accepted before, or
// one before it, is not looked at.
func (s *Service) matchTOTP(f Factor, code string, now time.Time) (counter int64, ok bool, err error) {
	code, valid := normalize(code)
	if !valid || len(code) != totpDigits {
		return 0, false, nil
	}
	seed, err := s.Keys.Open(sealSeed, f.ID[:], f.seed)
	if err != nil {
		return 0, false, fmt.Errorf("open seed: %w", err)
	}
	at := now.Unix() / totpPeriod
	for c := max(at-totpSkew, f.lastCounter+1); c <= at+totpSkew; c++ {
		want, err := hotp.GenerateCodeCustom(base32NoPad.EncodeToString(seed), uint64(c), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("authenticator code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return c, true, nil
		}
	}
	return 0, false, nil
}

// checkTOTPTx checks a code of a verification that an authenticator app may
// answer; when it has a code by phone as well, that is looked at too. Failures
// count against the app, and against the number when a code by phone could have
// been meant. refusal is as in refusedTx.
func (s *Service) checkTOTPTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, r CheckRequest) (c checked, refusal, err error) {
	now := s.now()
	c = checked{outcome: "done"}
	v, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, tx.BankID, id)
	if err == pgx.ErrNoRows {
		return c, nil, errNotFound
	}
	if err != nil {
		return c, nil, fmt.Errorf("read verification: %w", err)
	}
	if err := s.refused(v); err != nil {
		return c, nil, err
	}
	where, args := `where bank_id = $1 and customer_id = $2 and kind = 'totp' and state = 'active' order by id for update`, []any{tx.BankID, v.CustomerID}
	if v.FactorID != uuid.Nil {
		where, args = `where bank_id = $1 and customer_id = $2 and kind = 'totp' and state = 'active' and id = $3 for update`, append(args, v.FactorID)
	}
	rows, err := tx.Query(ctx, `select `+factorColumns+` from otp_factors `+where, args...)
	if err != nil {
		return c, nil, err
	}
	factors, err := pgx.CollectRows(rows, scanFactor)
	if err != nil {
		return c, nil, fmt.Errorf("read factors: %w", err)
	}
	var subjects [][]byte
	for _, f := range factors {
		subjects = append(subjects, s.ofFactor(tx.BankID, f.ID))
	}
	byPhone := v.sealed != nil && v.Way.Restricted()
	slices.SortFunc(subjects, bytes.Compare)
	if byPhone { // in the order in which queueCheck locks them
		subjects = append(subjects, v.subjects...)
	}
	if _, err := tx.Exec(ctx, `
		insert into otp_subjects (bank_id, subject) select $1, k from unnest($2::bytea[]) with ordinality u(k, n) order by n on conflict do nothing`, tx.BankID, subjects); err != nil {
		return c, nil, err
	}
	for _, subject := range subjects {
		if _, err := tx.Exec(ctx, `select from otp_subjects where bank_id = $1 and subject = $2 for update`, tx.BankID, subject); err != nil {
			return c, nil, err
		}
	}
	if err := s.blockedTx(ctx, tx, now, subjects, mostFailures(v.Purpose)); err != nil {
		if internal(err) {
			return c, nil, err
		}
		return c, err, s.lockedTx(ctx, tx, now, v.Verification, subjects)
	}
	right, way := false, TOTP
	for _, f := range factors {
		counter, ok, err := s.matchTOTP(f, r.Code, now)
		if err != nil {
			return c, nil, err
		}
		if ok {
			if _, err := tx.Exec(ctx, `update otp_factors set last_counter = $3, last_used_at = $4 where bank_id = $1 and id = $2`, tx.BankID, f.ID, counter, now); err != nil {
				return c, nil, err
			}
			right = true
			break
		}
	}
	if !right && byPhone {
		code, err := s.Keys.Open(sealCode, v.ID[:], v.sealed)
		if err != nil {
			return c, nil, fmt.Errorf("open code: %w", err)
		}
		right, way = subtle.ConstantTimeCompare(code, []byte(r.Code)) == 1, v.Way
	}
	state, reason := Pending, ""
	switch {
	case v.Payment != (Payment{}) && r.Payment != nil && *r.Payment != v.Payment:
		state, reason, right = Failed, ReasonLink, false
	case right:
		state = Approved
	case v.AttemptsLeft <= 1:
		state = MaxAttempts
	}
	if _, err := tx.Exec(ctx, `update verifications set checks = checks + 1, channel = $3 where bank_id = $1 and id = $2`, tx.BankID, v.ID, string(way)); err != nil {
		return c, nil, err
	}
	if !right {
		if _, err := tx.Exec(ctx, `
			update otp_subjects set total = total + 1, failures = array(select t from unnest(failures) t where t > $4) || $3::timestamptz
			where bank_id = $1 and subject = any($2)`, tx.BankID, subjects, now, now.Add(-SubjectWindow)); err != nil {
			return c, nil, err
		}
	}
	v.Way = way
	if state != Pending {
		if err := s.endTx(ctx, tx, now, v, state, reason); err != nil {
			return c, nil, err
		}
	}
	return checked{
		outcome: "done", State: state, reason: reason, left: v.AttemptsLeft - 1, next: v.NextSendAt, expires: v.ExpiresAt,
		customer: v.CustomerID, channel: way, scopes: v.scopes, minutes: v.minutes,
	}, nil, nil
}
