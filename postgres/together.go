package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Lanes is how many shared transactions of a bank a Together runs at a time. With
// more, fewer would share one, and what a statement costs to start be paid by each;
// with fewer, all would wait for one commit after the other.
const Lanes = 2

const (
	// togetherMost is how many callers share a transaction.
	togetherMost = 32
	// togetherLockWait is how long a shared transaction waits for a row that
	// somebody else holds, before its callers go on one by one.
	togetherLockWait = "50ms"
	// togetherTimeout bounds a shared transaction by default.
	togetherTimeout = 10 * time.Second
	// togetherGather is how long a lane waits for its share of the callers. Those
	// who were answered together come back one by one: without it the first of them
	// went alone, and the others waited for that one.
	togetherGather = 800 * time.Microsecond
	// togetherLately is how long after a transaction its callers are still expected.
	togetherLately = 2 * time.Millisecond
	// How many callers are expected falls by this with each transaction, and with
	// each that waited for its share in vain.
	togetherFewer, togetherInVain = 0.99, 0.95
)

// Together commits what many callers of a bank ask for at once in one
// transaction: a commit, which waits for the disk, and the start of a statement
// cost more than the rows. Who comes when nothing is under way, nor was in the last
// 2 ms, goes at once; others share a transaction of up to 32, in a few lanes. Each takes
// its share of as many callers as there are at a time, and waits for those who are
// not back yet, 0.8 ms at most.
//
// It is for hot paths of which each request is one round trip anyway. T is what a
// caller asks for: a pointer, which takes the answer too.
type Together[T any] struct {
	DB *DB
	// Queue queues statements that do what all of them ask for, each as if it were
	// alone; they run in the bank's transaction, as with Batch. The functions given
	// to QueuedQuery.Query write the answers, which hold when Do returns nil; an error
	// in one of them does not undo the transaction, but a statement may raise. What
	// cannot be done beside the others, such as for a row that somebody else holds,
	// is better answered as not done than waited for: its caller then does it alone.
	Queue func(b *pgx.Batch, bankID uuid.UUID, all []T)
	// Then, if not nil, queues what depends on the answers to Queue's statements, in
	// the same transaction.
	Then func(b *pgx.Batch, bankID uuid.UUID, all []T)
	// Key says which must not share a transaction, nor be in two at a time: those with
	// the same one follow one another, unless they go alone. nil: any may.
	Key func(T) string
	// Lanes is how many transactions of a bank run at a time; 0 = Lanes, the constant.
	Lanes int
	// Timeout bounds a shared transaction. Defaults to 10 s.
	Timeout time.Duration

	// after and now are time's, unless a test sets them.
	after func(time.Duration, func()) (stop func() bool)
	now   func() time.Time

	mu    sync.Mutex
	banks map[uuid.UUID]*lanes[T]
}

// lanes are those of a bank. They stay when nothing is under way: there are as many
// as banks.
type lanes[T any] struct {
	busy    int // lanes that run a transaction, or gather for one
	alone   int // who goes alone; it may wait long for a row, and takes no lane
	waiting []*caller[T]
	keys    map[string]bool // of whom is in a transaction
	gathers *gathering
	inside  int       // callers in transactions
	crowd   float64   // how many callers there are at a time, lately at most
	ended   time.Time // when a transaction ended last
}

// gathering is a lane that waits for company.
type gathering struct{ stop func() bool }

// caller is one who waits in Do.
type caller[T any] struct {
	asks  T
	ended chan struct{} // closed when the others are final
	err   error
	key   string
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

// Do does what is asked for, by alone when nothing of the bank is under way or was
// just now, and returns after the commit.
//
// When the database refuses the shared transaction, for one caller's sake or for a
// row that is held for longer than 50 ms, it is rolled back and each caller runs
// alone. When nobody knows whether it was committed, because the connection was
// lost while it ran, all get the error, as with Batch. A caller whose ctx ends
// while it waits has done nothing; once it is on the way it stays for the outcome
// (10 s at most): what callers share, one cannot cancel. In a running transaction
// in ctx it runs alone.
func (t *Together[T]) Do(ctx context.Context, bankID uuid.UUID, asks T, alone func() error) error {
	if bankID == uuid.Nil || TxFrom(ctx) != nil {
		return alone()
	}
	c := &caller[T]{asks: asks, ended: make(chan struct{})}
	if t.Key != nil {
		c.key = t.Key(asks)
	}
	if t.enter(bankID, c) {
		defer t.aloneEnded(bankID)
		return alone()
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

// enter has the caller wait, and takes a free lane for those who do. first: nothing
// of the bank is under way, nor was just now, and it goes alone.
func (t *Together[T]) enter(bankID uuid.UUID, c *caller[T]) (first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.banks[bankID]
	if l == nil {
		if t.banks == nil {
			t.banks = map[uuid.UUID]*lanes[T]{}
		}
		l = &lanes[T]{keys: map[string]bool{}}
		t.banks[bankID] = l
	}
	if l.busy+l.alone == 0 {
		if t.time().Sub(l.ended) > togetherLately {
			l.crowd = 0
		}
		if t.share(l) == 1 {
			l.alone++
			return true
		}
	}
	l.waiting = append(l.waiting, c)
	l.crowd = max(l.crowd, float64(l.inside+l.free()))
	switch {
	case l.gathers == nil:
		t.takeLane(bankID, l)
	case l.free() >= t.share(l):
		l.gathers.stop()
		t.start(bankID, l)
	}
	return false
}

// share is how many of the callers a lane takes.
func (t *Together[T]) share(l *lanes[T]) int {
	n := cmp.Or(t.Lanes, Lanes)
	return min(max((int(math.Round(l.crowd))+n-1)/n, 1), togetherMost)
}

// takeLane has a lane that is free go on with those who wait.
func (t *Together[T]) takeLane(bankID uuid.UUID, l *lanes[T]) {
	if l.busy < cmp.Or(t.Lanes, Lanes) {
		l.busy++
		t.startOrGather(bankID, l)
	}
}

// startOrGather has a lane that was taken go on with those who wait, at once or
// when they are its share; when nobody waits it becomes free.
func (t *Together[T]) startOrGather(bankID uuid.UUID, l *lanes[T]) {
	switch {
	case l.free() == 0 || l.gathers != nil: // another lane gathers them
		l.busy--
		return
	case l.free() >= t.share(l):
		t.start(bankID, l)
		return
	}
	g := &gathering{}
	l.gathers = g
	after := t.after
	if after == nil {
		after = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	g.stop = after(togetherGather, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if l.gathers == g {
			l.crowd *= togetherInVain
			t.start(bankID, l)
		}
	})
}

// start has a lane go on with its share of those who wait.
func (t *Together[T]) start(bankID uuid.UUID, l *lanes[T]) {
	l.gathers = nil
	group := t.next(l)
	if len(group) == 0 { // they gave up
		l.busy--
		return
	}
	l.inside += len(group)
	l.crowd = max(l.crowd*togetherFewer, float64(l.inside+l.free()))
	go t.run(bankID, group)
	t.takeLane(bankID, l)
}

// free is how many wait for nothing but a lane, and not for their key.
func (l *lanes[T]) free() (n int) {
	for _, c := range l.waiting {
		if !l.keys[c.key] {
			n++
		}
	}
	return n
}

// next are those who go out together.
func (t *Together[T]) next(l *lanes[T]) []*caller[T] {
	var group, left []*caller[T]
	most := t.share(l)
	for _, c := range l.waiting {
		if len(group) == most || l.keys[c.key] {
			left = append(left, c)
			continue
		}
		if t.Key != nil {
			l.keys[c.key] = true
		}
		group = append(group, c)
	}
	l.waiting = left
	return group
}

// ended has the lane of a group go on with those who wait.
func (t *Together[T]) ended(bankID uuid.UUID, group []*caller[T]) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.banks[bankID]
	l.ended = t.time()
	l.inside -= len(group)
	for _, c := range group {
		delete(l.keys, c.key)
	}
	t.startOrGather(bankID, l)
}

func (t *Together[T]) aloneEnded(bankID uuid.UUID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.banks[bankID].alone--
}

func (t *Together[T]) time() time.Time {
	if t.now == nil {
		return time.Now()
	}
	return t.now()
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

// run does what a group asks for and tells everyone.
func (t *Together[T]) run(bankID uuid.UUID, group []*caller[T]) {
	var err error
	defer func() {
		if p := recover(); p != nil { // one caller must not take the process down
			err = fmt.Errorf("postgres: a shared transaction panicked: %v", p)
		}
		t.ended(bankID, group)
		alone := err != nil && undone(err)
		for _, c := range group {
			if c.alone = alone; !alone {
				c.err = err
			}
			close(c.ended)
		}
	}()
	err = t.commit(bankID, group)
}

func (t *Together[T]) commit(bankID uuid.UUID, group []*caller[T]) error {
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
	if t.Then != nil {
		b.BeginTx(pgx.TxOptions{})
	}
	b.Queue(setTogetherSQL, RoleApp, bankID.String(), togetherLockWait)
	t.Queue(b, bankID, all)
	if t.Then == nil {
		return commitBatch(ctx, conn, b)
	}
	results := conn.SendBatch(ctx, b)
	err = results.Close()
	if then := (&pgx.Batch{}); err == nil {
		if t.Then(then, bankID, all); then.Len() > 0 {
			err = results.Tx().SendBatch(ctx, then).Close()
		}
	}
	if err != nil {
		_ = results.Tx().Rollback(ctx)
		return undoneError{err}
	}
	if err := results.Tx().Commit(ctx); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// commitBatch runs a transaction in one round trip: the server commits it when its
// last statement has run.
func commitBatch(ctx context.Context, conn *pgxpool.Conn, b *pgx.Batch) error {
	last := b.QueuedQueries[b.Len()-1]
	read, ran := last.Fn, false
	last.Fn = func(r pgx.BatchResults) (err error) {
		if read != nil {
			err = read(r)
		} else {
			_, err = r.Exec()
		}
		ran = err == nil
		return err
	}
	err := conn.SendBatch(ctx, b).Close()
	var said *pgconn.PgError
	var unsent pgx.ErrPreprocessingBatch
	if errors.As(err, &unsent) || errors.As(err, &said) && !ran || pgconn.SafeToRetry(err) {
		return undoneError{err}
	}
	return err
}

// undoneError is of a transaction that was not committed.
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
// committed: it did not come so far, or the commit was refused.
func undone(err error) bool {
	var unsent undoneError
	var pg *pgconn.PgError
	return errors.As(err, &unsent) || errors.As(err, &pg) && pg.SeverityUnlocalized == "ERROR"
}
