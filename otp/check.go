package otp

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// checkTimeout bounds a check, whatever its caller does meanwhile.
const checkTimeout = 10 * time.Second

// Result is what a check came to.
type Result struct {
	Approved     bool
	State        State
	AttemptsLeft int
	NextSendAt   time.Time
	ExpiresAt    time.Time
}

// Check compares a code; see CheckAnd.
func (s *Service) Check(ctx context.Context, bankID, id uuid.UUID, code string, boundTo uuid.UUID) (Result, error) {
	return s.CheckAnd(ctx, bankID, id, code, boundTo, nil)
}

// CheckAnd compares a code and, when it is right, runs then in the same
// transaction: the approval stands exactly when what then did stands.
//
// A wrong code is not an error: Approved is false. Errors are NotFound (no such
// verification, or one for something else than boundTo), Invalid (not six
// digits; nothing is counted), Gone (verification_expired, or
// verification_ended: used or cancelled), and TooMany (max_attempts for the
// code, too_many_failures for the number or customer, with RetryAfter): then
// the code was not looked at. Any other error means that it was not approved.
//
// The check is a transaction of its own, never the one in ctx: what is counted
// must not be undone with it. It goes on when ctx is cancelled, for the same
// reason.
func (s *Service) CheckAnd(ctx context.Context, bankID, id uuid.UUID, code string, boundTo uuid.UUID, then func(ctx context.Context, tx *postgres.Tx) error) (Result, error) {
	return s.check(ctx, bankID, id, code, boundTo, "", then)
}

// CheckOf is Check of a verification that is bound to nothing and was started
// for the purpose; one for another purpose is NotFound.
func (s *Service) CheckOf(ctx context.Context, bankID, id uuid.UUID, code, purpose string) (Result, error) {
	return s.check(ctx, bankID, id, code, uuid.Nil, purpose, nil)
}

// check compares; purpose "" is any.
func (s *Service) check(ctx context.Context, bankID, id uuid.UUID, code string, boundTo uuid.UUID, purpose string, then func(ctx context.Context, tx *postgres.Tx) error) (Result, error) {
	code, ok := normalize(code)
	if !ok {
		return Result{}, visavis.InvalidField("code", "must be %d digits", digits)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(postgres.WithoutTx(ctx)), checkTimeout)
	defer cancel()
	var result Result
	// An expired one is marked as such, which must be committed although the
	// caller gets an error.
	var refusal error
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		result, refusal, err = s.checkTx(ctx, tx, id, code, boundTo, purpose)
		if err == nil && refusal == nil && result.Approved && then != nil {
			return then(ctx, tx)
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

// checkTx counts, then compares. It returns as refusal what ends the check but
// not the transaction.
func (s *Service) checkTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, code string, boundTo uuid.UUID, purpose string) (result Result, refusal, err error) {
	now := s.now()
	v, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2`, tx.BankID, id)
	if err == pgx.ErrNoRows || (err == nil && (v.BoundTo != boundTo || purpose != "" && v.Purpose != purpose)) {
		return result, nil, errNotFound
	}
	if err != nil {
		return result, nil, fmt.Errorf("read verification: %w", err)
	}
	if v.State == Pending && !v.ExpiresAt.After(now) {
		return result, errExpired, s.endTx(ctx, tx, now, v, Expired)
	}
	if err := refused(v); err != nil {
		return result, nil, err
	}
	if err := s.countTx(ctx, tx, now, v); err != nil {
		return result, nil, err
	}
	// The one statement that decides who may compare: of any number of checks at
	// once it lets as many through as the code has left.
	var checks int
	err = tx.QueryRow(ctx, `
		update verifications set checks = checks + 1
		where bank_id = $1 and id = $2 and state = 'pending' and expires_at > $3 and checks < max_checks
		returning checks`, tx.BankID, id, now).Scan(&checks)
	if err == pgx.ErrNoRows {
		// Decided by another since it was read. Not compared, so what was counted
		// for the subjects goes with this transaction.
		if v, err = oneTx(ctx, tx, `where bank_id = $1 and id = $2`, tx.BankID, id); err == nil {
			err = refused(v)
		}
		if err == nil {
			err = errMaxAttempts
		}
		return result, nil, err
	}
	if err != nil {
		return result, nil, fmt.Errorf("count check: %w", err)
	}
	v.AttemptsLeft = v.maxChecks - checks
	right := s.keys.VerifyMAC(macCode, v.codeMAC, tx.BankID[:], v.ID[:], v.BoundTo[:], v.salt, []byte(code))
	switch {
	case right:
		if err = s.giveBackTx(ctx, tx, now, v); err == nil {
			err = s.endTx(ctx, tx, now, v, Approved)
		}
		v.State = Approved
	case v.AttemptsLeft == 0:
		err = s.endTx(ctx, tx, now, v, MaxAttempts)
		v.State = MaxAttempts
	}
	if err != nil {
		return result, nil, err
	}
	return Result{Approved: right, State: v.State, AttemptsLeft: v.AttemptsLeft, NextSendAt: v.NextSendAt, ExpiresAt: v.ExpiresAt}, nil, nil
}

var (
	errNotFound    = visavis.Errorf(visavis.NotFound, "verification_not_found", "there is no such verification")
	errExpired     = visavis.Errorf(visavis.Gone, "verification_expired", "the code has expired; ask for a new one")
	errEnded       = visavis.Errorf(visavis.Gone, "verification_ended", "this verification has ended; ask for a new code")
	errMaxAttempts = visavis.Errorf(visavis.TooMany, "max_attempts", "the code was tried too often; ask for a new one when it has expired")
)

// refused says why a verification that is not pending takes no more checks.
func refused(v row) error {
	switch v.State {
	case Pending:
		return nil
	case Expired:
		return errExpired
	case MaxAttempts:
		return errMaxAttempts
	}
	return errEnded
}

// countTx counts a check against its subjects before it is compared: one
// statement, which locks them in a fixed order. When one of them has failed too
// often it refuses, and nothing is counted.
func (s *Service) countTx(ctx context.Context, tx *postgres.Tx, now time.Time, v row) error {
	subjects := s.subjects(tx.BankID, v.Phone, v.CustomerID)
	tag, err := tx.Exec(ctx, `
		insert into otp_subjects as o (bank_id, subject, failures, total)
		select $1, subject, array[$3::timestamptz], 1 from unnest($2::bytea[]) as subject order by subject
		on conflict (bank_id, subject) do update set
			failures = array(select f from unnest(o.failures) f where f > $4) || $3::timestamptz, total = o.total + 1
		where o.total < $6 and (select count(*) from unnest(o.failures) f where f > $4) < $5`,
		tx.BankID, subjects, now, now.Add(-SubjectWindow), SubjectFailures, SubjectTotal)
	if err != nil {
		return fmt.Errorf("count check of subject: %w", err)
	}
	if int(tag.RowsAffected()) == len(subjects) {
		return nil
	}
	if err := s.blockedTx(ctx, tx, now, v.Phone, v.CustomerID); err != nil {
		return err
	}
	return tooManyFailures(0)
}

// giveBackTx takes a success's own count back, and no other's.
func (s *Service) giveBackTx(ctx context.Context, tx *postgres.Tx, now time.Time, v row) error {
	_, err := tx.Exec(ctx, `
		update otp_subjects set total = greatest(total - 1, 0),
			failures = failures[:array_position(failures, $3::timestamptz) - 1] || failures[array_position(failures, $3::timestamptz) + 1:]
		where bank_id = $1 and subject = any($2) and $3::timestamptz = any(failures)`,
		tx.BankID, s.subjects(tx.BankID, v.Phone, v.CustomerID), now)
	if err != nil {
		return fmt.Errorf("give check of subject back: %w", err)
	}
	return nil
}

// blockedTx refuses a number or customer that has failed too often.
func (s *Service) blockedTx(ctx context.Context, tx *postgres.Tx, now time.Time, phone string, customerID uuid.UUID) error {
	var recent, total int
	var oldest *time.Time
	err := tx.QueryRow(ctx, `
		select coalesce(max(n), 0), coalesce(max(total), 0), max(oldest) filter (where n >= $4)
		from otp_subjects o, lateral (select count(*) as n, min(f) as oldest from unnest(o.failures) f where f > $3) w
		where bank_id = $1 and subject = any($2)`,
		tx.BankID, s.subjects(tx.BankID, phone, customerID), now.Add(-SubjectWindow), SubjectFailures).Scan(&recent, &total, &oldest)
	switch {
	case err != nil:
		return fmt.Errorf("read failures of subject: %w", err)
	case total >= SubjectTotal:
		return tooManyFailures(0)
	case oldest != nil:
		return tooManyFailures(oldest.Add(SubjectWindow).Sub(now))
	}
	return nil
}

func tooManyFailures(retryAfter time.Duration) error {
	e := visavis.Errorf(visavis.TooMany, "too_many_failures", "too many wrong codes were given for this number; try again later or contact the bank")
	e.RetryAfter = retryAfter
	return e
}

// Rebind forgets a number's and a customer's failures: the bank has bound the
// number anew by other means, such as in a branch.
func (s *Service) Rebind(ctx context.Context, bankID uuid.UUID, phone string, customerID uuid.UUID) error {
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `delete from otp_subjects where bank_id = $1 and subject = any($2)`, bankID, s.subjects(bankID, phone, customerID))
		return err
	})
}

// normalize takes the spaces and dashes that people type out of a code, and
// reads Arabic, Persian and full-width digits, which their keyboards give.
func normalize(code string) (string, bool) {
	if len(code) > 64 {
		return "", false
	}
	var b strings.Builder
	for _, r := range code {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r >= '۰' && r <= '۹':
			b.WriteRune('0' + r - '۰')
		case r >= '٠' && r <= '٩':
			b.WriteRune('0' + r - '٠')
		case r >= '０' && r <= '９':
			b.WriteRune('0' + r - '０')
		case r == ' ', r == '-', r == '\u00a0', r == '\u200e', r == '\u200f', r >= '\u2066' && r <= '\u2069':
		default:
			return "", false
		}
	}
	return b.String(), b.Len() == digits
}
