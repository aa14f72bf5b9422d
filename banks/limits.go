package banks

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Allow counts an attempt against a limit of so many per window and reports whether
// it may go on, else after how long the next may. key says what is limited and
// for whom, such as "sign-in e-mail <address>"; only its hash is stored. An error
// means refuse.
//
// It is one atomic statement over all nodes: of any number of attempts at once
// exactly the limit passes. The count stands when tx commits, so give it a transaction
// of its own (or use Service.Limit) where the limited work may roll back.
// Refused attempts do not count, so that a caller who hammers is let in again
// when the window has moved on.
func Allow(ctx context.Context, tx *postgres.Tx, key string, limit int, window time.Duration, now time.Time) (ok bool, retryAfter time.Duration, err error) {
	hash := sha256.Sum256([]byte(key))
	now = now.UTC().Truncate(time.Microsecond)
	var oldest time.Time
	// The update locks the row and sees what the one before has written; its
	// where is checked again then. When it does not hold no row is returned.
	err = tx.QueryRow(ctx, `
		with counted as (
			insert into attempt_limits as l (key, attempts, until) values ($1, array[$2::timestamptz], $2::timestamptz + $4::interval)
			on conflict (key) do update set
				attempts = array(select a from unnest(l.attempts) a where a > $2::timestamptz - $4::interval order by a) || $2::timestamptz,
				until = $2::timestamptz + $4::interval
			where (select count(*) from unnest(l.attempts) a where a > $2::timestamptz - $4::interval) < $3
			returning true as passed
		)
		select exists (select from counted),
		       coalesce((select a from unnest((select attempts from attempt_limits where key = $1)) a where a > $2::timestamptz - $4::interval order by a limit 1), $2)`,
		hash[:], now, limit, window).Scan(&ok, &oldest)
	if err != nil {
		return false, 0, fmt.Errorf("count attempt: %w", err)
	}
	if !ok {
		wait := oldest.Add(window).Sub(now)
		retryAfter = max(time.Second, wait.Round(time.Second))
	}
	return ok, retryAfter, nil
}

// QueueAllowed queues what Allow asks, without counting: for who keeps others from
// attempting the same meanwhile, and counts by QueueAttempt.
func QueueAllowed(b *pgx.Batch, key string, limit int, window time.Duration, now time.Time, ok *bool) {
	hash := sha256.Sum256([]byte(key))
	b.Queue(`
		select (select count(*) from attempt_limits l, unnest(l.attempts) a where l.key = $1 and a > $2::timestamptz - $3::interval) < $4`,
		hash[:], now.UTC().Truncate(time.Microsecond), window, limit).QueryRow(func(row pgx.Row) error { return row.Scan(ok) })
}

// QueueAttempt queues the count of an attempt that made a booking, if that is there.
func QueueAttempt(b *pgx.Batch, key string, window time.Duration, now time.Time, bankID, bookingID uuid.UUID) {
	hash := sha256.Sum256([]byte(key))
	b.Queue(`
		insert into attempt_limits as l (key, attempts, until)
		select $1, array[$2::timestamptz], $2::timestamptz + $3::interval where exists (select from bookings where bank_id = $4 and id = $5)
		on conflict (key) do update set
			attempts = array(select a from unnest(l.attempts) a where a > $2::timestamptz - $3::interval order by a) || $2::timestamptz,
			until = $2::timestamptz + $3::interval`, hash[:], now.UTC().Truncate(time.Microsecond), window, bankID, bookingID)
}

// Limit counts an attempt in a transaction of its own and returns TooMany with
// RetryAfter when the limit is reached. Any error means refuse. It must not be
// called inside a bank's transaction.
func (s *Service) Limit(ctx context.Context, key string, limit int, window time.Duration) error {
	return s.limitAt(ctx, key, limit, window, s.Now())
}

func (s *Service) limitAt(ctx context.Context, key string, limit int, window time.Duration, at time.Time) error {
	var ok bool
	var retryAfter time.Duration
	// The count outlives a client that hangs up.
	err := s.DB.AsWorker(context.WithoutCancel(ctx), func(ctx context.Context, tx *postgres.Tx) (err error) {
		ok, retryAfter, err = Allow(ctx, tx, key, limit, window, at)
		return err
	})
	if err != nil {
		return err
	}
	if !ok {
		return TooMany(retryAfter)
	}
	return nil
}

// TooMany is the error for an attempt that Allow refused.
func TooMany(retryAfter time.Duration) error {
	err := visavis.Errorf(visavis.TooMany, "too_many_attempts", "there were too many attempts: try again later")
	err.RetryAfter = retryAfter
	return err
}

// SweepLimits deletes the rows whose window has passed. A job calls it now and then.
func (s *Service) SweepLimits(ctx context.Context) error {
	return wrap("sweep attempt limits", s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `delete from attempt_limits where until < $1`, s.Now())
		return err
	}))
}

// giveBack takes one attempt at the time at back from a limit.
func (s *Service) giveBack(ctx context.Context, key string, at time.Time) error {
	hash := sha256.Sum256([]byte(key))
	return s.DB.AsWorker(context.WithoutCancel(ctx), func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update attempt_limits set attempts = array_remove(attempts, $2::timestamptz) where key = $1`, hash[:], at)
		return err
	})
}
