package otp

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// subjects are whom failures count against, the number first: the canonical
// number, and the customer where known.
func (s *Service) subjects(bankID uuid.UUID, phone string, customerID uuid.UUID) [][]byte {
	person := s.Keys.MAC(macSubject, bankID[:], []byte(keyOfPerson), customerID[:])
	if phone == "" { // a factor's: nobody shares the number that they do not have
		return [][]byte{person, person}
	}
	subjects := [][]byte{s.Keys.MAC(macSubject, bankID[:], []byte(keyOfPhone), []byte(phone))}
	if customerID != uuid.Nil {
		subjects = append(subjects, person)
	}
	return subjects
}

// ofFactor is whom the failures of an authenticator app count against: itself, so
// that who burns a number's attempts does not lock the app, nor the other way round.
func (s *Service) ofFactor(bankID, factorID uuid.UUID) []byte {
	return s.Keys.MAC(macSubject, bankID[:], []byte(keyOfFactor), factorID[:])
}

// limits are what the functions of the database take.
func (s *Service) limits() []int32 {
	return []int32{SubjectFailures, SubjectTotal, int32(s.short), int32(s.day), VoicePerHour}
}

// blockedTx refuses a number or customer that has failed too often; most is how
// often a day.
func (s *Service) blockedTx(ctx context.Context, tx *postgres.Tx, now time.Time, subjects [][]byte, most int) error {
	var total int
	var oldest *time.Time
	err := tx.QueryRow(ctx, `
		select coalesce(max(total), 0), max(oldest) filter (where n >= $4)
		from otp_subjects o, lateral (select count(*) as n, min(f) as oldest from unnest(o.failures) f where f > $3) w
		where bank_id = $1 and subject = any($2)`,
		tx.BankID, subjects, now.Add(-SubjectWindow), most).Scan(&total, &oldest)
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

// mostFailures is how often a day a subject may fail for a purpose. A stranger
// can start a recovery: half is left to whom the bank or a link vouches for.
func mostFailures(purpose string) int {
	if purpose == purposeRecover {
		return SubjectFailures / 2
	}
	return SubjectFailures
}

// purposeRecover is of recoveries by number and code, which anybody may start.
const purposeRecover = "recover"

// sendsTx refuses a number to which too much was sent.
func (s *Service) sendsTx(ctx context.Context, tx *postgres.Tx, now time.Time, subject []byte, voice bool) error {
	var sends, calls []time.Time
	err := tx.QueryRow(ctx, `select sends, voice from otp_subjects where bank_id = $1 and subject = $2`, tx.BankID, subject).Scan(&sends, &calls)
	if err != nil && err != pgx.ErrNoRows {
		return fmt.Errorf("read codes sent: %w", err)
	}
	wait := max(freeAfter(sends, s.short, 10*time.Minute, now), freeAfter(sends, s.day, 24*time.Hour, now))
	if voice {
		wait = max(wait, freeAfter(calls, VoicePerHour, time.Hour, now))
	}
	if wait <= 0 {
		return nil
	}
	e := visavis.Errorf(visavis.TooMany, "too_many_sends", "too many codes were sent to this number; try again later")
	e.RetryAfter = wait
	return e
}

// freeAfter is how long until another may follow times, oldest first, of which
// most are allowed in a window.
func freeAfter(times []time.Time, most int, window time.Duration, now time.Time) time.Duration {
	if len(times) < most {
		return 0
	}
	return times[len(times)-most].Add(window).Sub(now)
}

func tooManyFailures(retryAfter time.Duration) error {
	e := visavis.Errorf(visavis.TooMany, "too_many_failures", "too many wrong codes were given for this number; use the app or an authenticator app, try again later, or contact the bank")
	e.RetryAfter = retryAfter
	return e
}

// lockedTx tells once a lock that a number or customer cannot be sent codes any
// more: somebody guesses, and the holder should know (RTS Art. 4(3)(b)).
func (s *Service) lockedTx(ctx context.Context, tx *postgres.Tx, now time.Time, v Verification, subjects [][]byte) error {
	tag, err := tx.Exec(ctx, `
		update otp_subjects set alerted_at = $3 where bank_id = $1 and subject = $2 and (alerted_at is null or alerted_at < $4)`,
		tx.BankID, subjects[0], now, now.Add(-SubjectWindow))
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	return appendTx(ctx, tx, now, "verification.locked", v)
}

// Rebind forgets a number's and a customer's failures: the bank has bound the
// number anew by other means, such as in a branch.
func (s *Service) Rebind(ctx context.Context, bankID uuid.UUID, phone string, customerID uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		now := s.now()
		if _, err := tx.Exec(ctx, `delete from otp_subjects where bank_id = $1 and subject = any($2)`, bankID, s.subjects(bankID, phone, customerID)); err != nil {
			return err
		}
		if customerID == uuid.Nil {
			return nil
		}
		if _, err := tx.Exec(ctx, `update customers set phone_changed_at = null where bank_id = $1 and id = $2`, bankID, customerID); err != nil {
			return err
		}
		_, err := events.AppendTx(ctx, tx, now, events.New{Type: "customer.rebound", Object: "customer", ID: customerID})
		return err
	})
}

// meters count, for each bank, what this node did since it last wrote it down,
// and remember what all nodes did in the hour before.
type meters struct {
	node  uuid.UUID
	mu    sync.Mutex
	banks map[uuid.UUID]*meter
}

type meter struct {
	sends, failures, passes int       // not written down yet
	minute                  time.Time // when the first of them was
	hourSends               int       // written down by all nodes, as last read
	recentFailures          int       // in breakerWindow
	recentPasses            int
	flushedAt               time.Time
	flushing                bool
	trippedUntil            time.Time
}

const (
	// flushEvery is how often a node writes down and reads what was counted.
	flushEvery = time.Second
	// flushAt is how many failures it does not keep to itself.
	flushAt = 25
	// breakerWindow and breakerPause: more failures than the bank's limit in the
	// window, over half of what passed in it, stop codes by phone for the pause.
	breakerWindow = 10 * time.Minute
	breakerPause  = 5 * time.Minute
)

func (s *Service) meter(bankID uuid.UUID) *meter {
	if s.meters.banks == nil {
		s.meters.banks = map[uuid.UUID]*meter{}
	}
	m := s.meters.banks[bankID]
	if m == nil {
		m = &meter{}
		s.meters.banks[bankID] = m
	}
	return m
}

// openFor refuses codes by phone while a bank's breaker is open, and sends over
// its hourly budget. What nodes count reaches the others within a second.
func (s *Service) openFor(ctx context.Context, bankID uuid.UUID, settings Settings, sending bool) error {
	now := s.now()
	s.meters.mu.Lock()
	m := s.meter(bankID)
	stale := now.Sub(m.flushedAt) >= flushEvery || m.failures >= flushAt
	if stale && !m.flushing {
		m.flushing = true
		s.meters.mu.Unlock()
		err := s.flush(ctx, bankID, settings)
		s.meters.mu.Lock()
		m.flushing = false
		if err != nil {
			s.meters.mu.Unlock()
			return err
		}
	}
	defer s.meters.mu.Unlock()
	if m.trippedUntil.After(now) {
		e := visavis.Errorf(visavis.TooMany, "verification_paused", "codes by phone are paused because many wrong ones were given; use the app or an authenticator app")
		e.RetryAfter = m.trippedUntil.Sub(now)
		return e
	}
	if sending && m.hourSends+m.sends >= settings.HourlySends {
		e := visavis.Errorf(visavis.TooMany, "hourly_budget_spent", "the bank has sent as many codes in this hour as its settings allow")
		e.RetryAfter = time.Minute
		return e
	}
	return nil
}

// count adds to a bank's meter.
func (s *Service) count(bankID uuid.UUID, sends, failures, passes int) {
	s.meters.mu.Lock()
	defer s.meters.mu.Unlock()
	m := s.meter(bankID)
	if m.sends+m.failures+m.passes == 0 {
		m.minute = s.now().Truncate(time.Minute)
	}
	m.sends, m.failures, m.passes = m.sends+sends, m.failures+failures, m.passes+passes
}

// flush writes down what this node counted, reads what all did, and opens the
// breaker, with an event, when a bank is being sprayed.
func (s *Service) flush(ctx context.Context, bankID uuid.UUID, settings Settings) error {
	now := s.now()
	s.meters.mu.Lock()
	m := s.meter(bankID)
	sends, failures, passes, minute := m.sends, m.failures, m.passes, m.minute
	s.meters.mu.Unlock()
	var hour, recentFailures, recentPasses int
	var sprayed bool
	err := s.DB.InBank(postgres.WithoutTx(ctx), bankID, func(ctx context.Context, tx *postgres.Tx) error {
		batch := &pgx.Batch{}
		if sends+failures+passes > 0 {
			batch.Queue(`
				insert into otp_meters as m (bank_id, minute, node, sends, failures, passes) values ($1, $2, $3, $4, $5, $6)
				on conflict (bank_id, minute, node) do update set sends = m.sends + $4, failures = m.failures + $5, passes = m.passes + $6`,
				bankID, minute, s.meters.node, sends, failures, passes)
		}
		batch.Queue(`
			select coalesce(sum(sends), 0), coalesce(sum(failures) filter (where minute > $3), 0), coalesce(sum(passes) filter (where minute > $3), 0)
			from otp_meters where bank_id = $1 and minute > $2`,
			bankID, now.Add(-time.Hour), now.Add(-breakerWindow)).QueryRow(func(row pgx.Row) error {
			return row.Scan(&hour, &recentFailures, &recentPasses)
		})
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return err
		}
		if sprayed = recentFailures-recentPasses/2 > settings.SprayingLimit; !sprayed {
			return nil
		}
		// Of all nodes that see it, one tells.
		var mine bool
		if err := tx.QueryRow(ctx, `
			select pg_try_advisory_xact_lock(hashtextextended($3, 0)) and not exists (
				select from events where bank_id = $1 and object_id = $1 and type = 'verification.spraying_suspected' and at > $2)`,
			bankID, now.Add(-breakerPause), "otp breaker "+bankID.String()).Scan(&mine); err != nil || !mine {
			return err
		}
		_, err := events.AppendTx(ctx, tx, now, events.New{Type: "verification.spraying_suspected", Object: "bank", ID: bankID,
			Data: map[string]any{"failures": recentFailures, "approvals": recentPasses, "window_seconds": int(breakerWindow / time.Second), "paused_seconds": int(breakerPause / time.Second)}})
		return err
	})
	if err != nil {
		return fmt.Errorf("write down checks: %w", err)
	}
	s.meters.mu.Lock()
	defer s.meters.mu.Unlock()
	m.sends, m.failures, m.passes = m.sends-sends, m.failures-failures, m.passes-passes
	m.hourSends, m.recentFailures, m.recentPasses, m.flushedAt = hour, recentFailures, recentPasses, now
	if sprayed && !m.trippedUntil.After(now) {
		m.trippedUntil = now.Add(breakerPause)
		s.Log.Warn("many wrong codes: codes by phone are paused", "bank", bankID, "failures", recentFailures, "approvals", recentPasses)
	}
	return nil
}
