package otp

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

const (
	// topicSteps is woken when a step of a workflow becomes due.
	topicSteps = "verification_steps"
	// sweepEvery is how often verifications are ended that nobody came back to.
	sweepEvery = time.Minute
	// stepsEvery is how often due steps are looked for without being woken.
	stepsEvery = time.Second
	// endedEvery is how long what has ended is gathered before its unsent messages are stopped.
	endedEvery = 20 * time.Millisecond
)

// Run goes on with workflows, asks risk hooks, and ends verifications whose time
// has passed, so that no code is kept longer than a minute after it, until ctx
// ends. Any number of nodes may run it.
func (s *Service) Run(ctx context.Context) {
	s.running.Store(true)
	defer s.running.Store(false)
	woken, cancel := s.DB.Subscribe(topicSteps)
	defer cancel()
	var all sync.WaitGroup
	defer all.Wait()
	all.Go(func() { s.runEnded(ctx) })
	all.Go(func() { s.Channels.WorkInbound(ctx, channels.IntentNotMe, s.notMe) })
	all.Go(func() { s.Channels.WorkInbound(ctx, channels.IntentNotMe, s.notMe) })
	sweep, steps := time.NewTicker(sweepEvery), time.NewTicker(stepsEvery)
	defer sweep.Stop()
	defer steps.Stop()
	if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
		s.Log.Warn("ending expired verifications failed", "error", err)
	}
	for {
		if err := s.work(ctx); err != nil && ctx.Err() == nil {
			s.Log.Warn("going on with verifications failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-woken:
		case <-steps.C:
		case <-sweep.C:
			if err := s.sweep(ctx); err != nil && ctx.Err() == nil {
				s.Log.Warn("ending expired verifications failed", "error", err)
			}
		}
	}
}

type key struct{ BankID, ID uuid.UUID }

func (s *Service) due(ctx context.Context, sql string) (due []key, err error) {
	err = s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, sql, s.now())
		if err != nil {
			return err
		}
		due, err = pgx.CollectRows(rows, pgx.RowToStructByPos[key])
		return err
	})
	return due, err
}

// stepsAtOnce is how many due steps a node works at a time: a bank's slow hook
// holds up only its share.
const stepsAtOnce = 32

// work goes on with every workflow whose step is due. One that fails is left for
// the next time; the others go on.
func (s *Service) work(ctx context.Context) error {
	due, err := s.due(ctx, `select bank_id, id from verifications where step_due_at <= $1 order by step_due_at limit 500`)
	if err != nil {
		return err
	}
	slots := make(chan struct{}, stepsAtOnce)
	var all sync.WaitGroup
	for _, k := range due {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			if err := s.advance(ctx, k.BankID, k.ID); err != nil && ctx.Err() == nil {
				s.Log.Warn("a verification's next step failed", "bank", k.BankID, "verification", k.ID, "error", err)
			}
		})
	}
	all.Wait()
	return nil
}

// advance takes the step of a verification that is due: the first one, when the
// bank's hook had to be asked before it, else the next.
func (s *Service) advance(ctx context.Context, bankID, id uuid.UUID) error {
	ctx = visavis.WithActor(ctx, visavis.System(bankID))
	verdict, err := s.ask(ctx, bankID, id)
	if err != nil {
		return err
	}
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		now := s.now()
		v, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2 and state = 'pending' and step_due_at <= $3 for update skip locked`, bankID, id, now)
		if err == pgx.ErrNoRows {
			return nil // another node has it, or it has ended
		}
		if err != nil {
			return err
		}
		if !v.ExpiresAt.After(now) {
			return s.endTx(ctx, tx, now, v, Expired, "")
		}
		if v.risk == riskAsk && verdict != "" {
			v.risk = verdict
			if _, err := tx.Exec(ctx, `update verifications set risk = $3 where bank_id = $1 and id = $2`, bankID, id, verdict); err != nil {
				return err
			}
		}
		// A way by phone that was put off for the hook is taken now; else the next one is.
		at := v.step
		if !(v.Way.Restricted() && v.risk != "" && v.stepDue != nil && !s.sent(v)) {
			at++
		}
		for ; at < len(v.Ways); at++ {
			way := v.Ways[at]
			if way.Restricted() && v.risk == riskDeny {
				continue
			}
			v.step = at
			if way == TOTP {
				return s.waitTx(ctx, tx, now, v)
			}
			err := tx.Savepoint(ctx, func(ctx context.Context) error {
				_, err := s.resendTx(ctx, tx, now, v, way)
				return err
			})
			if err == nil || internal(err) {
				return err
			}
			// Refused by a limit or a policy: the next way.
			s.Log.Info("a way of a verification was refused", "bank", bankID, "verification", id, "way", way, "code", visavis.CodeOf(err))
		}
		if v.risk == riskDeny && !hasOther(v.Ways) {
			return s.endTx(ctx, tx, now, v, Failed, ReasonPolicy)
		}
		_, err = tx.Exec(ctx, `update verifications set step_due_at = null where bank_id = $1 and id = $2`, bankID, id)
		return err
	})
}

// sent reports whether the way that v stands at has gone out.
func (s *Service) sent(v row) bool { return v.Sends > v.step }

func hasOther(ways []Way) bool {
	for _, way := range ways {
		if !way.Restricted() {
			return true
		}
	}
	return false
}

// waitTx stands at a way that is only typed.
func (s *Service) waitTx(ctx context.Context, tx *postgres.Tx, now time.Time, v row) error {
	var due *time.Time
	if v.step < len(v.Ways)-1 && v.waits[v.step] > 0 {
		due = new(now.Add(time.Duration(v.waits[v.step]) * time.Second))
	}
	_, err := tx.Exec(ctx, `update verifications set channel = $3, step = $4, step_due_at = $5 where bank_id = $1 and id = $2`,
		tx.BankID, v.ID, string(v.Ways[v.step]), v.step, due)
	return err
}

func (s *Service) sweep(ctx context.Context) error {
	due, err := s.due(ctx, `select bank_id, id from verifications where state = 'pending' and expires_at <= $1 order by expires_at limit 1000`)
	if err != nil {
		return err
	}
	banks := map[uuid.UUID]bool{}
	for _, k := range due {
		banks[k.BankID] = true
		err := s.DB.InBank(ctx, k.BankID, func(ctx context.Context, tx *postgres.Tx) error {
			v, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2 for update`, k.BankID, k.ID)
			if err != nil {
				return err
			}
			return s.endTx(ctx, tx, s.now(), v, Expired, "")
		})
		if err != nil {
			return err
		}
	}
	for bankID := range banks {
		err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `delete from otp_meters where bank_id = $1 and minute < $2`, bankID, s.now().Add(-2*time.Hour))
			if err == nil {
				_, err = tx.Exec(ctx, `delete from verified_sessions where bank_id = $1 and expires_at < $2`, bankID, s.now().Add(-24*time.Hour))
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ended gathers verifications that were ended by a check in one round trip, until
// their unsent messages are stopped. What a killed node had gathered is not
// stopped: a text with a dead code may then still go out.
type ended struct {
	mu   sync.Mutex
	keys []endedKey
}

type endedKey struct {
	bank, id uuid.UUID
	state    State
}

// over has the unsent messages of a verification that has just ended stopped:
// soon when Run runs, else at once.
func (s *Service) over(ctx context.Context, bankID, id uuid.UUID, state State) {
	if state == MaxAttempts || state == Expired {
		return
	}
	if !s.running.Load() {
		s.stop(ctx, []endedKey{{bankID, id, state}})
		return
	}
	s.ended.mu.Lock()
	s.ended.keys = append(s.ended.keys, endedKey{bankID, id, state})
	s.ended.mu.Unlock()
}

func (s *Service) runEnded(ctx context.Context) {
	ticker := time.NewTicker(endedEvery)
	defer ticker.Stop()
	for {
		last := false
		select {
		case <-ctx.Done():
			last = true
		case <-ticker.C:
		}
		s.ended.mu.Lock()
		keys := s.ended.keys
		s.ended.keys = nil
		s.ended.mu.Unlock()
		s.stop(context.WithoutCancel(ctx), keys)
		if last {
			return
		}
	}
}

// stopAtOnce is how many verifications' messages are stopped in one transaction.
const stopAtOnce = 128

// stop stops unsent messages, those of a bank that ended alike together.
func (s *Service) stop(ctx context.Context, keys []endedKey) {
	type group struct {
		bank uuid.UUID
		met  bool // approved, which counts as conversion
	}
	groups := map[group][]uuid.UUID{}
	for _, k := range keys {
		g := group{k.bank, k.state == Approved}
		groups[g] = append(groups[g], k.id)
	}
	for g, all := range groups {
		for ids := range slices.Chunk(all, stopAtOnce) {
			err := s.DB.InBank(ctx, g.bank, func(ctx context.Context, tx *postgres.Tx) error {
				if g.met {
					return s.Channels.MetAllTx(ctx, tx, aboutVerification, ids)
				}
				return s.Channels.CancelAllTx(ctx, tx, ids)
			})
			if err != nil {
				s.Log.Warn("stopping messages of ended verifications failed", "bank", g.bank, "error", err)
			}
		}
	}
}
