package otp

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// checkTimeout bounds a check, whatever its caller does meanwhile.
const checkTimeout = 10 * time.Second

// Result is what a check came to.
type Result struct {
	Approved     bool
	State        State
	Reason       string // of Failed
	AttemptsLeft int
	NextSendAt   time.Time
	ExpiresAt    time.Time
	Session      *Token // when it was asked for and this approves
}

// CheckRequest is a code as it was typed, and what it is meant for.
type CheckRequest struct {
	Code    string
	BoundTo uuid.UUID // as at the start
	Purpose string    // "" = any; one for another purpose is NotFound
	Payment *Payment  // as at the start; a change ends the code
}

// Check compares a code; see CheckAnd.
func (s *Service) Check(ctx context.Context, bankID, id uuid.UUID, code string, boundTo uuid.UUID) (Result, error) {
	return s.CheckWith(ctx, bankID, id, CheckRequest{Code: code, BoundTo: boundTo}, nil)
}

// CheckAnd compares a code and, when it is right, runs then in the same
// transaction: the approval stands exactly when what then did stands.
//
// A wrong code is not an error: Approved is false. Errors are NotFound (no such
// verification, or one for something else than boundTo), Invalid (not as many
// digits as the code has, or no payment where there is one; nothing is counted),
// Conflict (no_code: it is approved on a device), Gone (verification_expired, or
// verification_ended: used, cancelled, denied), and TooMany (max_attempts for the
// code, too_many_failures for the number or customer, verification_paused for the
// bank, with RetryAfter): then the code was not looked at. Any other error means
// that it was not approved, or, when the connection was lost, that nobody knows.
//
// The check is a transaction of its own, never the one in ctx: what is counted
// must not be undone with it. It goes on when ctx is cancelled, for the same
// reason.
func (s *Service) CheckAnd(ctx context.Context, bankID, id uuid.UUID, code string, boundTo uuid.UUID, then func(ctx context.Context, tx *postgres.Tx) error) (Result, error) {
	return s.CheckWith(ctx, bankID, id, CheckRequest{Code: code, BoundTo: boundTo}, then)
}

// CheckOf is Check of a verification that is bound to nothing and was started
// for the purpose; one for another purpose is NotFound.
func (s *Service) CheckOf(ctx context.Context, bankID, id uuid.UUID, code, purpose string) (Result, error) {
	return s.CheckWith(ctx, bankID, id, CheckRequest{Code: code, Purpose: purpose}, nil)
}

// CheckWith is CheckAnd with everything that can be said about a check; then may
// be nil.
func (s *Service) CheckWith(ctx context.Context, bankID, id uuid.UUID, r CheckRequest, then func(ctx context.Context, tx *postgres.Tx) error) (Result, error) {
	code, ok := normalize(r.Code)
	if !ok {
		return Result{}, visavis.InvalidField("code", "must be 4 to 10 digits")
	}
	r.Code = code
	if r.Payment != nil {
		p, err := r.Payment.canonical()
		if err != nil {
			return Result{}, err
		}
		r.Payment = &p
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(postgres.WithoutTx(ctx)), s.checkTimeout)
	defer cancel()
	settings, err := s.Settings(ctx, bankID)
	if err != nil {
		return Result{}, err
	}
	paused := s.openFor(ctx, bankID, settings, false)
	if paused != nil && visavis.CodeOf(paused) != "verification_paused" {
		return Result{}, paused
	}
	var c checked
	if then == nil && paused == nil {
		// The common case: one round trip, commit included.
		if c, err = s.checkOnce(ctx, bankID, id, r); err != nil {
			return Result{}, err
		}
		if c.queued {
			s.DB.Wake(events.TopicWebhooks)
		}
		if c.outcome == "done" && (c.scopes == nil || c.State != Approved) {
			if c.State != Pending {
				s.DB.Wake(events.Topic(bankID))
				s.over(ctx, bankID, id, c.State)
			}
			return s.result(bankID, c), nil
		}
	}
	// What ends the check but not the transaction: an expired one is marked as
	// such although the caller gets an error.
	var refusal error
	var said checked
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		refusal = nil
		c := c // a deadlock has this run again, from where the first round trip left it
		defer func() { said = c }()
		if c.outcome == "" {
			if paused != nil { // an authenticator app is not paused
				v, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2`, bankID, id)
				if err != nil || v.FactorID == uuid.Nil && v.Way != TOTP {
					return paused
				}
			}
			var err error
			if c, err = s.checkTx(ctx, tx, id, r); err != nil {
				return err
			}
		}
		if c.outcome == "totp" {
			var err error
			if c, refusal, err = s.checkTOTPTx(ctx, tx, id, r); err != nil || refusal != nil {
				return err
			}
		} else if c.outcome == "done" && c.State != Pending {
			tx.Wake(events.Topic(bankID))
			if c.queued {
				tx.Wake(events.TopicWebhooks)
			}
			if err := s.silenceTx(ctx, tx, id, c.State); err != nil {
				return err
			}
		}
		if c.outcome != "done" {
			var err error
			refusal, err = s.refusedTx(ctx, tx, id, r, c)
			return err
		}
		if c.State != Approved {
			return nil
		}
		if c.scopes != nil {
			var err error
			if c.token, err = s.sessionTx(ctx, tx, c.customer, id, c.scopes, c.minutes, c.channel); err != nil {
				return err
			}
		}
		if then != nil {
			return then(ctx, tx)
		}
		return nil
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return Result{}, err
	}
	return s.result(bankID, said), nil
}

// result is what the caller is told, and what the breaker counts.
func (s *Service) result(bankID uuid.UUID, c checked) Result {
	switch {
	case c.State == Approved:
		s.count(bankID, 0, 0, 1)
	default:
		s.count(bankID, 0, 1, 0)
	}
	return Result{
		Approved: c.State == Approved, State: c.State, Reason: c.reason, AttemptsLeft: c.left,
		NextSendAt: c.next, ExpiresAt: c.expires, Session: c.token,
	}
}

// checked is what checksSQL answers.
type checked struct {
	found         bool
	outcome       string
	queued        bool
	State         State
	reason        string
	left          int // checks; of a refusal for its digits: how many the code has
	next, expires time.Time
	customer      uuid.UUID
	channel       Way
	scopes        []string
	minutes       int
	token         *Token
}

// refusedTx says why a check was not looked at. refusal is for what must be
// committed although the caller gets an error.
func (s *Service) refusedTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, r CheckRequest, c checked) (refusal, err error) {
	now := s.now()
	switch c.outcome {
	case "not_found":
		return nil, errNotFound
	case "digits":
		return nil, visavis.InvalidField("code", "must be %d digits", c.left)
	case "no_code":
		return nil, visavis.Errorf(visavis.Conflict, "no_code", "no code goes with this verification: it is approved on the customer's device")
	case "link_missing":
		return nil, visavis.InvalidField("amount", "amount, currency and payee are required: the code is linked to a payment")
	case "link_unexpected":
		return nil, visavis.InvalidField("amount", "the code is not linked to a payment")
	}
	v, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, tx.BankID, id)
	if err == pgx.ErrNoRows {
		return nil, errNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read verification: %w", err)
	}
	if v.State == Pending && (!v.ExpiresAt.After(now) || v.subjects == nil) {
		return errExpired, s.endTx(ctx, tx, now, v, Expired, "")
	}
	if err := s.refused(v); err != nil {
		return nil, err
	}
	if c.outcome == "locked" {
		if err := s.blockedTx(ctx, tx, now, v.subjects, mostFailures(v.Purpose)); err == nil || internal(err) {
			return nil, or2(err, tooManyFailures(0))
		} else {
			refusal = err
		}
		return refusal, s.lockedTx(ctx, tx, now, v.Verification, v.subjects)
	}
	return nil, tooManyChecks(v, now)
}

func or2(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

func internal(err error) bool {
	var e *visavis.Error
	return err != nil && !errors.As(err, &e)
}

var (
	errNotFound    = visavis.Errorf(visavis.NotFound, "verification_not_found", "there is no such verification")
	errExpired     = visavis.Errorf(visavis.Gone, "verification_expired", "the code has expired; ask for a new one")
	errEnded       = visavis.Errorf(visavis.Gone, "verification_ended", "this verification has ended; ask for a new code")
	errMaxAttempts = visavis.Errorf(visavis.TooMany, "max_attempts", "the code was tried too often; ask for a new one when it has expired")
)

// tooManyChecks says that, and for how long a start finds the verification.
func tooManyChecks(v row, now time.Time) error {
	e := *errMaxAttempts
	e.RetryAfter = max(v.ExpiresAt.Sub(now), 0)
	return &e
}

// refused says why a verification that is not pending takes no more checks.
func (s *Service) refused(v row) error {
	switch v.State {
	case Pending:
		return nil
	case Expired:
		return errExpired
	case MaxAttempts:
		return tooManyChecks(v, s.now())
	}
	return errEnded
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
	return b.String(), b.Len() >= 4 && b.Len() <= 10
}
