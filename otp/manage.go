package otp

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// row is a verification with what stays inside.
type row struct {
	Verification
	locale, timeZone string
	maxChecks        int
	salt, codeMAC    []byte
	sealed           []byte
}

func oneTx(ctx context.Context, tx *postgres.Tx, where string, args ...any) (row, error) {
	rows, err := tx.Query(ctx, `
		select id, customer_id, phone, purpose, bound_to, channel, locale, time_zone, salt, code_mac, code_sealed, state, checks, max_checks,
			sends, next_send_at, created_at, expires_at, ended_at, coalesce(reference, ''), metadata
		from verifications `+where, args...)
	if err != nil {
		return row{}, err
	}
	return pgx.CollectExactlyOneRow(rows, func(r pgx.CollectableRow) (v row, err error) {
		var customer, bound *uuid.UUID
		var checks int
		err = r.Scan(&v.ID, &customer, &v.Phone, &v.Purpose, &bound, &v.Channel, &v.locale, &v.timeZone, &v.salt, &v.codeMAC, &v.sealed, &v.State,
			&checks, &v.maxChecks, &v.Sends, &v.NextSendAt, &v.CreatedAt, &v.ExpiresAt, &v.EndedAt, &v.Reference, &v.Metadata)
		if customer != nil {
			v.CustomerID = *customer
		}
		if bound != nil {
			v.BoundTo = *bound
		}
		v.AttemptsLeft = v.maxChecks - checks
		return v, err
	})
}

// endTx ends a verification and wipes its code. One that has ended stays as it is.
func (s *Service) endTx(ctx context.Context, tx *postgres.Tx, now time.Time, v row, state State) error {
	tag, err := tx.Exec(ctx, `
		update verifications set state = $3, ended_at = $4, code_sealed = null, code_mac = '', salt = ''
		where bank_id = $1 and id = $2 and state = 'pending'`, tx.BankID, v.ID, string(state), now)
	if err != nil {
		return fmt.Errorf("end verification: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	if state != MaxAttempts && state != Expired {
		// What has not been sent yet is of no use any more. (After too many tries
		// the code is dead too, but a customer who still gets it is not misled.)
		if err := s.channels.CancelTx(ctx, tx, v.ID); err != nil {
			return err
		}
	}
	v.State = state
	kind := map[State]string{
		Approved: "verification.approved", MaxAttempts: "verification.failed", Expired: "verification.expired", Cancelled: "verification.cancelled",
	}[state]
	return appendTx(ctx, tx, now, kind, v.Verification)
}

// resendTx sends the same code again.
func (s *Service) resendTx(ctx context.Context, tx *postgres.Tx, now time.Time, v row, channel channels.Channel) (Verification, error) {
	code, err := s.keys.Open(sealCode, v.ID[:], v.sealed)
	if err != nil {
		return Verification{}, fmt.Errorf("open code: %w", err)
	}
	if channel != "" {
		v.Channel = channel
	}
	v.Sends++
	v.NextSendAt = now.Add(resendDelays[min(v.Sends-1, len(resendDelays)-1)])
	_, err = tx.Exec(ctx, `update verifications set sends = $3, next_send_at = $4, channel = $5 where bank_id = $1 and id = $2`,
		tx.BankID, v.ID, v.Sends, v.NextSendAt, string(v.Channel))
	if err != nil {
		return Verification{}, fmt.Errorf("resend code: %w", err)
	}
	if err := s.sendTx(ctx, tx, now, v.Verification, v.locale, v.timeZone, string(code)); err != nil {
		return Verification{}, err
	}
	return v.Verification, appendTx(ctx, tx, now, "verification.resent", v.Verification)
}

// Resend sends the same code again by the same channel; see ResendTx.
func (s *Service) Resend(ctx context.Context, bankID, id uuid.UUID) (v Verification, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		v, err = s.ResendTx(ctx, tx, id, "")
		return err
	})
	return v, err
}

// ResendTx sends the same code again, by the channel given or, when that is
// empty, by the last. It keeps the code, its life and its count. It refuses an
// unknown verification (NotFound), one that has ended (Gone), and (TooMany) one
// whose NextSendAt lies ahead, whose number has failed too often or was sent too
// many codes.
func (s *Service) ResendTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, channel channels.Channel) (Verification, error) {
	now := s.now()
	if channel != "" && channel != channels.SMS && channel != channels.Voice {
		return Verification{}, visavis.InvalidField("channel", "must be sms or voice")
	}
	v, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, tx.BankID, id)
	if err == pgx.ErrNoRows {
		return Verification{}, errNotFound
	}
	if err != nil {
		return Verification{}, fmt.Errorf("read verification: %w", err)
	}
	if err := refused(v); err != nil {
		return Verification{}, err
	}
	if !v.ExpiresAt.After(now) {
		return Verification{}, errExpired // the sweep marks it
	}
	if v.NextSendAt.After(now) {
		e := visavis.Errorf(visavis.TooMany, "resend_too_early", "the code was sent a moment ago; wait before it is sent again")
		e.RetryAfter = v.NextSendAt.Sub(now)
		return Verification{}, e
	}
	if err := s.blockedTx(ctx, tx, now, v.Phone, v.CustomerID); err != nil {
		return Verification{}, err
	}
	return s.resendTx(ctx, tx, now, v, channel)
}

// Cancel ends a pending verification; one that has ended stays as it is.
func (s *Service) Cancel(ctx context.Context, bankID, id uuid.UUID) (Verification, error) {
	var v row
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if v, err = oneTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, bankID, id); err != nil {
			return err
		}
		if err = s.endTx(ctx, tx, s.now(), v, Cancelled); err != nil {
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
		if err := s.endTx(ctx, tx, s.now(), v, Cancelled); err != nil {
			return err
		}
	}
}

// Get returns a verification; NotFound when the bank has no such one.
func (s *Service) Get(ctx context.Context, bankID, id uuid.UUID) (Verification, error) {
	var v row
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		v, err = oneTx(ctx, tx, `where bank_id = $1 and id = $2`, bankID, id)
		return err
	})
	if err == nil && v.State == Pending && !v.ExpiresAt.After(s.now()) {
		v.State = Expired // the sweep writes it
	}
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

// sweepEvery is how often verifications are ended that nobody came back to.
const sweepEvery = time.Minute

// Run ends verifications whose time has passed, so that no code is kept longer
// than a minute after it, until ctx ends. Any number of nodes may run it.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("ending expired verifications failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Service) sweep(ctx context.Context) error {
	type key struct{ BankID, ID uuid.UUID }
	var due []key
	err := s.db.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select bank_id, id from verifications where state = 'pending' and expires_at <= $1 order by expires_at limit 1000`, s.now())
		if err != nil {
			return err
		}
		due, err = pgx.CollectRows(rows, pgx.RowToStructByPos[key])
		return err
	})
	if err != nil {
		return err
	}
	for _, k := range due {
		err := s.db.InBank(ctx, k.BankID, func(ctx context.Context, tx *postgres.Tx) error {
			v, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, k.BankID, k.ID)
			if err != nil {
				return err
			}
			return s.endTx(ctx, tx, s.now(), v, Expired)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
