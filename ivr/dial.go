package ivr

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// Timing of the dial loop, as of channels' deliveries: a node that dies is
// replaced within a lease and a poll, and a request ends well before its lease.
const (
	leaseTime    = 11 * time.Second
	dialDeadline = 8 * time.Second
	startBefore  = 2 * time.Second // after the claim a call may still be placed
	lookupAfter  = 2 * time.Second
	// goneAfter is for how long the provider must have shown nothing of a call, from
	// the first look that it answered to the last, until it counts as never taken:
	// six looks and more, and no callback of it, which has our id in its path. What
	// is taken is listed at once, as a rule; one that is listed late is not dialled a
	// second time, and whoever is to be called waits a minute more.
	goneAfter      = time.Minute
	longestLook    = 15 * time.Second // between two of them
	lookupPatience = 24 * time.Hour

	ringFor  = 40 * time.Second
	callFor  = 30 * time.Minute
	askAfter = 75 * time.Second // without a word from the provider
	askAgain = 2 * time.Minute  // while the call is going on
)

// claimed is a call under our lease, as it was before.
type claimed struct {
	PhoneCall
	was       State
	lease     uuid.UUID
	claimedAt time.Time
	triedAt   time.Time
}

// Run dials, looks unknown outcomes up, and asks after calls whose end was never
// told, until ctx ends; then it waits for what is under way. Any number of nodes
// may run it at once.
func (s *Service) Run(ctx context.Context) {
	if s.Carrier == nil {
		<-ctx.Done()
		return
	}
	loop := postgres.Loop[*claimed]{
		Name: "phone calls", Topic: topic, Poll: s.Poll, Batch: 128, Workers: s.Workers,
		Claim: s.claim, Work: s.work, Now: s.Now, Logger: s.Log, Observe: s.Observe,
	}
	var recordings sync.WaitGroup
	recordings.Go(func() { s.recordingLoop().Run(ctx, s.DB) })
	loop.Run(ctx, s.DB)
	recordings.Wait()
	s.aside.Wait()
}

// claim takes what is due. A call that was being dialled when its lease lapsed
// is of unknown outcome.
func (s *Service) claim(ctx context.Context, tx *postgres.Tx, limit int) ([]*claimed, time.Time, error) {
	now, lease, claimedAt := s.Now(), uuid.New(), time.Now()
	var items []*claimed
	var next *time.Time
	var trip pgx.Batch
	trip.Queue(`
		with due as materialized (
			select bank_id as b, id as i, state as was from phone_calls where due_at is not null and due_at <= $1
			order by due_at limit $2 for update skip locked
		)
		update phone_calls p set lease = $3, lease_until = $4, due_at = $4,
			attempts = p.attempts + (was = 'queued')::integer,
			tried_at = case when was = 'queued' then $1 else coalesce(p.tried_at, $1) end,
			state = case when was = 'queued' then 'dialing' when was = 'dialing' and p.provider_id is null then 'unknown' else was end
		from due where p.bank_id = due.b and p.id = due.i
		returning was, p.tried_at, `+callColumns, now, limit, lease, now.Add(leaseTime)).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			c := &claimed{lease: lease, claimedAt: claimedAt}
			if err := rows.Scan(append([]any{&c.was, &c.triedAt}, c.fields()...)...); err != nil {
				return err
			}
			items = append(items, c)
		}
		return rows.Err()
	})
	trip.Queue(`select min(due_at) from phone_calls where due_at > $1`, now).QueryRow(func(row pgx.Row) error { return row.Scan(&next) })
	if err := tx.SendBatch(ctx, &trip).Close(); err != nil {
		return nil, time.Time{}, fmt.Errorf("claim phone calls: %w", err)
	}
	if next == nil {
		return items, time.Time{}, nil
	}
	return items, *next, nil
}

// work dials a call, or finds out what became of it.
func (s *Service) work(ctx context.Context, c *claimed) {
	ctx = visavis.WithActor(ctx, visavis.System(c.BankID))
	ctx, cancel := context.WithDeadline(ctx, c.claimedAt.Add(dialDeadline))
	defer cancel()
	var err error
	switch {
	case c.ProviderID != "" && c.HangUp:
		err = s.hangUp(ctx, c)
	case c.ProviderID != "":
		err = s.ask(ctx, c)
	case c.was == Queued:
		err = s.dial(ctx, c)
	default:
		err = s.settle(ctx, c)
	}
	if err != nil && !errors.Is(err, errLost) {
		s.Log.Error("phone call could not be worked; its lease will end", "phone_call", c.ID, "bank", c.BankID, "state", c.State, "error", err)
	}
}

// errLost: the lease is somebody else's, or a receipt has ended the call.
var errLost = errors.New("lease lost")

// mark has fn work on the call as it stands now, when the lease is still ours.
func (s *Service) mark(ctx context.Context, c *claimed, fn func(ctx context.Context, tx *postgres.Tx, now *PhoneCall) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaseTime-dialDeadline)
	defer cancel()
	return s.DB.InBank(ctx, c.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		var row PhoneCall
		err := tx.QueryRow(ctx, `select `+callColumns+` from phone_calls where bank_id = $1 and id = $2 and lease = $3 for update`, tx.BankID, c.ID, c.lease).
			Scan(row.fields()...)
		if errors.Is(err, pgx.ErrNoRows) {
			return errLost
		}
		if err != nil {
			return fmt.Errorf("mark phone call: %w", err)
		}
		return fn(ctx, tx, &row)
	})
}

// laterTx leaves a call in a state, to be looked at later, and gives the lease up.
func (s *Service) laterTx(ctx context.Context, tx *postgres.Tx, c *PhoneCall, state State, due time.Time, code, note string) error {
	_, err := tx.Exec(ctx, `update phone_calls set state = $3, due_at = $4, error_code = $5, error = $6, provider_id = coalesce(provider_id, nullif($7, '')),
			lease = null, lease_until = null, unseen_at = case when $3 = 'unknown' then unseen_at end
		where bank_id = $1 and id = $2 and due_at is not null`, tx.BankID, c.ID, state, due, code, kept(note), c.ProviderID)
	return err
}

// takenTx leaves a call that the provider has, to ask after a while what became
// of it, or to end it at once when that was decided since it was claimed. problem
// is why asking failed, if it did.
func (s *Service) takenTx(ctx context.Context, tx *postgres.Tx, was *claimed, c *PhoneCall, after time.Duration, problem error) error {
	due := s.Now().Add(after)
	if told := was.HangUp && was.ProviderID != ""; c.HangUp && !told {
		due = s.Now()
		tx.Wake(topic)
	}
	if problem != nil {
		return s.laterTx(ctx, tx, c, c.State, due, "lookup", problem.Error())
	}
	return s.laterTx(ctx, tx, c, c.State, due, "", "")
}

func kept(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
	return text[:min(len(text), 500)]
}

func (s *Service) dial(ctx context.Context, c *claimed) error {
	now := s.Now()
	if c.HangUp {
		return s.mark(ctx, c, func(ctx context.Context, tx *postgres.Tx, row *PhoneCall) error {
			return s.endTx(ctx, tx, row, Canceled, OutcomeCanceled)
		})
	}
	if !now.Before(c.ExpiresAt) {
		return s.mark(ctx, c, func(ctx context.Context, tx *postgres.Tx, row *PhoneCall) error {
			return s.endTx(ctx, tx, row, Failed, OutcomeExpired)
		})
	}
	var out, moot bool
	err := s.DB.InBank(ctx, c.BankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if out, err = s.Channels.OptedOutTx(ctx, tx, c.To, c.Class); err != nil || c.AboutType != "booking" || s.Scheduling == nil {
			return err
		}
		b, err := s.Scheduling.GetTx(ctx, tx, c.AboutID)
		moot = visavis.KindOf(err) == visavis.NotFound || b.State == scheduling.Cancelled || b.State == scheduling.Kept
		if moot {
			return nil
		}
		return err
	})
	again := func(due time.Time, code string, cause error) error {
		if due.After(c.ExpiresAt) {
			due = c.ExpiresAt // to tell in time that it has expired
		}
		return s.mark(ctx, c, func(ctx context.Context, tx *postgres.Tx, row *PhoneCall) error {
			return s.laterTx(ctx, tx, row, Queued, due, code, cause.Error())
		})
	}
	switch {
	case err != nil:
		return again(now.Add(backoff(c.Attempts)), "load", err)
	case out:
		return s.mark(ctx, c, func(ctx context.Context, tx *postgres.Tx, row *PhoneCall) error {
			return s.endTx(ctx, tx, row, Failed, OutcomeOptedOut)
		})
	case moot: // its booking was cancelled, or kept already
		return s.mark(ctx, c, func(ctx context.Context, tx *postgres.Tx, row *PhoneCall) error {
			return s.endTx(ctx, tx, row, Canceled, OutcomeCanceled)
		})
	case time.Since(c.claimedAt) > startBefore:
		return again(now, "late", errors.New("claimed, but too little of the lease is left to dial"))
	}
	sid, err := s.Carrier.Dial(ctx, twilio.Dial{To: c.To, From: c.From, AnswerPath: turnPath(c.BankID, c.ID, 0), StatusPath: statusPath(c.BankID, c.ID),
		Ring: ringFor, Limit: callFor, DetectMachine: c.DetectMachine})
	if err == nil {
		return s.mark(ctx, c, func(ctx context.Context, tx *postgres.Tx, row *PhoneCall) error {
			if row.ProviderID != "" && row.ProviderID != sid { // an earlier one that had not been listed has told of itself
				tx.AfterCommit(func() { s.endStray(c.BankID, c.ID, sid) })
			}
			row.ProviderID = sid
			if row.State.rank() <= Dialing.rank() {
				row.State = Dialing
			}
			return s.takenTx(ctx, tx, c, row, askAfter, nil)
		})
	}
	refused := &channels.SendError{Outcome: channels.Unknown, Code: "error"}
	errors.As(err, &refused)
	s.Log.Info("phone call was not placed", "phone_call", c.ID, "bank", c.BankID, "outcome", refused.Outcome, "code", refused.Code, "attempt", c.Attempts)
	switch refused.Outcome {
	case channels.Permanent:
		return s.mark(ctx, c, func(ctx context.Context, tx *postgres.Tx, row *PhoneCall) error {
			row.ErrorCode = refused.Code
			return s.endTx(ctx, tx, row, Failed, OutcomeRefused)
		})
	case channels.Busy:
		return again(s.Now().Add(max(refused.RetryAfter, backoff(c.Attempts))), refused.Code, refused)
	}
	return s.mark(ctx, c, func(ctx context.Context, tx *postgres.Tx, row *PhoneCall) error {
		state := row.State
		if row.ProviderID == "" {
			state = Unknown
		}
		return s.laterTx(ctx, tx, row, state, s.Now().Add(lookupAfter), refused.Code, refused.Error())
	})
}

// settle finds out whether the provider has what it was handed, and has it
// dialled again only when it surely has not.
func (s *Service) settle(ctx context.Context, c *claimed) error {
	now := s.Now() // when it is asked, not when the answer is here: what shows after it counts for the next look
	found, err := s.Carrier.Dialled(ctx, c.To, c.From, c.triedAt)
	if err == nil {
		found, err = s.unclaimed(ctx, found)
	}
	return s.mark(ctx, c, func(ctx context.Context, tx *postgres.Tx, row *PhoneCall) error {
		switch {
		case row.ProviderID != "": // a receipt told meanwhile
			return s.takenTx(ctx, tx, c, row, askAfter, nil)
		case err != nil && now.After(c.ExpiresAt.Add(lookupPatience)):
			row.ErrorCode = "lookup"
			return s.endTx(ctx, tx, row, Failed, OutcomeLost)
		case err != nil:
			return s.laterTx(ctx, tx, row, Unknown, now.Add(max(lookupAfter, backoff(c.Attempts))), "lookup", err.Error())
		case len(found) > 0:
			row.ProviderID, row.State = found[0].SID, Dialing
			if err := s.takenTx(ctx, tx, c, row, askAfter, nil); err != nil {
				return err
			}
			return s.statusTx(ctx, tx, row, status{word: found[0].Status, answeredBy: found[0].AnsweredBy, seconds: found[0].Seconds})
		}
		unseen, err := unseenTx(ctx, tx, c.ID, now)
		switch {
		case err != nil:
			return err
		case unseen < goneAfter:
			next := min(max(unseen, lookupAfter), longestLook, max(goneAfter-unseen, lookupAfter))
			return s.laterTx(ctx, tx, row, Unknown, now.Add(next), "lookup", "the provider does not show it yet")
		case row.HangUp:
			return s.endTx(ctx, tx, row, Canceled, OutcomeCanceled)
		case !now.Before(c.ExpiresAt):
			return s.endTx(ctx, tx, row, Failed, OutcomeExpired)
		}
		tx.Wake(topic)
		return s.laterTx(ctx, tx, row, Queued, now, "lookup", "the provider does not have it; it is dialled now")
	})
}

// unseenTx is for how long the provider has shown nothing of a call when asked.
func unseenTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, now time.Time) (time.Duration, error) {
	var since time.Time
	err := tx.QueryRow(ctx, `update phone_calls set unseen_at = coalesce(unseen_at, $3) where bank_id = $1 and id = $2 returning unseen_at`, tx.BankID, id, now).Scan(&since)
	if err != nil {
		return 0, fmt.Errorf("mark lookup of phone call: %w", err)
	}
	return now.Sub(since), nil
}

// endStray ends a call at the provider that is not the one which stands for ours:
// it was taken, but neither answered nor listed, and another was placed after it.
func (s *Service) endStray(bankID, id uuid.UUID, sid string) {
	if s.Carrier == nil {
		return
	}
	s.Log.Warn("the provider has another call for a phone call; it is ended", "phone_call", id, "bank", bankID, "provider_id", sid)
	s.aside.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), dialDeadline)
		defer cancel()
		if err := s.Carrier.Hangup(ctx, sid); err != nil {
			s.Log.Error("a stray call could not be ended", "phone_call", id, "bank", bankID, "provider_id", sid, "error", err)
		}
	})
}

// unclaimed leaves out what is a call or a spoken message of ours already, of
// any bank: banks may share an account.
func (s *Service) unclaimed(ctx context.Context, found []twilio.PlacedCall) (free []twilio.PlacedCall, err error) {
	if len(found) == 0 {
		return nil, nil
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.SID
	}
	var taken map[string]bool
	err = s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if taken, err = channels.HandedOverTx(ctx, tx, twilio.Name, ids); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select provider_id from phone_calls where provider = $1 and provider_id = any($2)`, twilio.Name, ids)
		if err != nil {
			return err
		}
		var id string
		_, err = pgx.ForEachRow(rows, []any{&id}, func() error { taken[id] = true; return nil })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read known calls: %w", err)
	}
	for _, f := range found {
		if !taken[f.SID] {
			free = append(free, f)
		}
	}
	return free, nil
}

// ask asks the provider about a call whose end was not told.
func (s *Service) ask(ctx context.Context, c *claimed) error {
	one, err := s.Carrier.Placed(ctx, c.ProviderID)
	return s.mark(ctx, c, func(ctx context.Context, tx *postgres.Tx, row *PhoneCall) error {
		now := s.Now()
		switch {
		case err != nil && now.After(c.ExpiresAt.Add(lookupPatience)), err == nil && one == nil:
			row.ErrorCode = "lookup"
			return s.endTx(ctx, tx, row, Failed, OutcomeLost)
		case err != nil:
			return s.takenTx(ctx, tx, c, row, askAgain, err)
		}
		if err := s.takenTx(ctx, tx, c, row, askAgain, nil); err != nil {
			return err
		}
		return s.statusTx(ctx, tx, row, status{word: one.Status, answeredBy: one.AnsweredBy, seconds: one.Seconds})
	})
}

// backoff is 0.5–1 s, 1–2 s, 2–4 s … up to 30–60 s.
func backoff(attempts int) time.Duration {
	d := min(time.Second<<min(max(attempts-1, 0), 6), time.Minute)
	return d/2 + rand.N(d/2)
}
