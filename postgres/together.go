package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Lanes is in how many shared transactions of a bank a Together runs statements at
// a time; any number may be on their way to the disk. With one, more come together:
// with three, 16 callers on a machine of four cores shared by less than two, and
// what a statement costs to start was paid by each.
const Lanes = 1

const (
	// togetherMost is how many callers share a transaction.
	togetherMost = 32
	// togetherLockWait is how long a shared transaction waits for a row that
	// somebody else holds, before its callers go on one by one.
	togetherLockWait = "50ms"
	// togetherTimeout bounds a shared transaction by default.
	togetherTimeout = 10 * time.Second
)

// Together commits what many callers of a bank ask for at once in one
// transaction: a commit, which waits for the disk, and the start of a statement
// cost more than the rows. What is asked for while statements of the bank run is
// gathered, and goes out as soon as those have run, for up to 32 callers. A caller
// who finds the lane free goes at once: nobody waits for company.
//
// It is for hot paths of which each request is one round trip anyway. T is what a
// caller asks for: a pointer, which takes the answer too.
type Together[T any] struct {
	DB *DB
	// Queue queues statements that do what all of them ask for, each as if it were
	// alone; they run in the bank's transaction, as with Batch. The functions given
	// to QueuedQuery.Query write the answers, which hold when Do returns nil. What
	// cannot be done beside the others, such as for a row that somebody else holds,
	// is better answered as not done than waited for: its caller then does it alone.
	Queue func(b *pgx.Batch, bankID uuid.UUID, all []T)
	// Then, if not nil, queues what depends on the answers to Queue's statements, in
	// the same transaction.
	Then func(b *pgx.Batch, bankID uuid.UUID, all []T)
	// Key says which must not share a transaction: those with the same one follow
	// one another. nil: any may.
	Key func(T) string
	// Lanes is in how many transactions of a bank statements run at a time; 0 = Lanes,
	// the constant. More is for where much is reckoned between Queue and Then.
	Lanes int
	// Timeout bounds a shared transaction. Defaults to 10 s.
	Timeout time.Duration

	mu    sync.Mutex
	banks map[uuid.UUID]*lanes[T]
}

type lanes[T any] struct {
	busy    int // lanes in which statements run
	flying  int // transactions that have not ended, that of who is alone included
	waiting []*caller[T]
}

// caller is one who waits in Do.
type caller[T any] struct {
	asks  T
	ended chan struct{} // closed when the others are final
	err   error
	alone bool // nothing was done
}

// Waiting is how many callers of a bank wait for a lane.
func (t *Together[T]) Waiting(bankID uuid.UUID) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := t.banks[bankID]; l != nil {
		return len(l.waiting)
	}
	return 0
}

// Do does what is asked for, by alone when nothing of the bank is under way, and
// returns after the commit.
//
// When the database refuses the shared transaction, for one caller's sake or for a
// row that is held for longer than 50 ms, it is rolled back and each caller runs
// alone. When nobody knows whether it was committed, because the connection was
// lost at that moment, all get the error, as with Batch. A caller whose ctx ends
// while it waits has done nothing; once it is on the way it stays for the outcome
// (10 s at most): what callers share, one cannot cancel. In a running transaction
// in ctx it runs alone.
func (t *Together[T]) Do(ctx context.Context, bankID uuid.UUID, asks T, alone func() error) error {
	if bankID == uuid.Nil || TxFrom(ctx) != nil {
		return alone()
	}
	c := &caller[T]{asks: asks, ended: make(chan struct{})}
	switch lane, first := t.enter(bankID, c); {
	case first:
		defer t.landed(bankID)
		return alone()
	case lane:
		t.run(bankID, []*caller[T]{c})
	}
	select {
	case <-c.ended:
	case <-ctx.Done():
		if t.withdraw(bankID, c) {
			return ctx.Err()
		}
		<-c.ended
	}
	if c.alone {
		return alone()
	}
	return c.err
}

// enter takes a free lane, or has the caller wait. first: nothing of the bank is
// under way; whoever is alone takes no lane, as it may wait long for a row.
func (t *Together[T]) enter(bankID uuid.UUID, c *caller[T]) (lane, first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.banks[bankID]
	if l == nil {
		if t.banks == nil {
			t.banks = map[uuid.UUID]*lanes[T]{}
		}
		l = &lanes[T]{}
		t.banks[bankID] = l
	}
	switch {
	case l.flying == 0:
		l.flying++
		return false, true
	case l.busy == cmp.Or(t.Lanes, Lanes):
		l.waiting = append(l.waiting, c)
		return false, false
	}
	l.busy++
	l.flying++
	return true, false
}

// landed says that a transaction has ended.
func (t *Together[T]) landed(bankID uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.banks[bankID]
	if l.flying--; l.flying == 0 { // then nobody waits
		delete(t.banks, bankID)
	}
}

// withdraw takes back one who waits; false when it is on the way.
func (t *Together[T]) withdraw(bankID uuid.UUID, c *caller[T]) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l := t.banks[bankID]; l != nil {
		for i := range l.waiting {
			if l.waiting[i] == c {
				l.waiting = append(l.waiting[:i:i], l.waiting[i+1:]...)
				return true
			}
		}
	}
	return false
}

// next are those who go on in a lane whose transaction has ended; when nobody
// waits the lane becomes free.
func (t *Together[T]) next(bankID uuid.UUID) []*caller[T] {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.banks[bankID]
	if len(l.waiting) == 0 {
		l.busy--
		return nil
	}
	l.flying++
	var group, left []*caller[T]
	taken := map[string]bool{}
	for _, c := range l.waiting {
		key := ""
		if t.Key != nil {
			key = t.Key(c.asks)
		}
		if len(group) == togetherMost || t.Key != nil && taken[key] {
			left = append(left, c)
			continue
		}
		taken[key] = true
		group = append(group, c)
	}
	l.waiting = left
	return group
}

// goOn has a lane go on with those who wait, without its caller.
func (t *Together[T]) goOn(bankID uuid.UUID) {
	if group := t.next(bankID); group != nil {
		go t.run(bankID, group)
	}
}

// run does what a group asks for and tells everyone. The lane is free for the
// next ones as soon as the statements have run: the commits of several groups
// reach the disk together.
func (t *Together[T]) run(bankID uuid.UUID, group []*caller[T]) {
	ran, err := false, error(nil)
	left := func() {
		if !ran {
			ran = true
			t.goOn(bankID)
		}
	}
	defer func() {
		if p := recover(); p != nil { // one caller must not take the process down
			err = fmt.Errorf("postgres: a shared transaction panicked: %v", p)
		}
		left()
		t.landed(bankID)
		alone := err != nil && undone(err)
		for _, c := range group {
			if c.alone = alone; !alone {
				c.err = err
			}
			close(c.ended)
		}
	}()
	err = t.commit(bankID, group, left)
}

func (t *Together[T]) commit(bankID uuid.UUID, group []*caller[T], ran func()) error {
	limit := t.Timeout
	if limit <= 0 {
		limit = togetherTimeout
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	all := make([]T, len(group))
	for i, c := range group {
		all[i] = c.asks
	}
	conn, err := t.DB.app.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	defer conn.Release() // one that is still in a transaction is closed
	b := &pgx.Batch{}
	b.BeginTx(pgx.TxOptions{})
	b.Queue(setTogetherSQL, RoleApp, bankID.String(), togetherLockWait)
	t.Queue(b, bankID, all)
	results := conn.SendBatch(ctx, b)
	err = results.Close()
	if then := (&pgx.Batch{}); err == nil && t.Then != nil {
		if t.Then(then, bankID, all); then.Len() > 0 {
			err = results.Tx().SendBatch(ctx, then).Close()
		}
	}
	if err != nil {
		_ = results.Tx().Rollback(ctx)
		return undoneError{err}
	}
	ran()
	if err := results.Tx().Commit(ctx); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// undoneError is of a transaction whose commit was not sent.
type undoneError struct{ error }

func (e undoneError) Unwrap() error { return e.error }

// setTogetherSQL is setSQL and the patience of a shared transaction, and how its
// statements are planned (QueuePlanOnce).
const setTogetherSQL = `select set_config('role', $1, true), set_config('visavis.bank_id', $2, true), set_config('lock_timeout', $3, true), ` + planOnce

const planOnce = `set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
	set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)`

// QueuePlanOnce has the statements that follow in the transaction planned once
// for a connection, for tables that have grown, as in a shared transaction: lists
// of another length would be planned anew each time, and a plan of an empty
// table's time would walk all of it.
func QueuePlanOnce(b *pgx.Batch) {
	b.Queue(`select ` + planOnce)
}

// undone reports whether a shared transaction is certain not to have been
// committed: its commit was not sent, or was refused.
func undone(err error) bool {
	var unsent undoneError
	var pg *pgconn.PgError
	return errors.As(err, &unsent) || errors.As(err, &pg) && pg.SeverityUnlocalized == "ERROR"
}
