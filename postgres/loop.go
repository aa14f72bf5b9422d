package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"
)

// Loop works a hot queue: deliveries, due times, webhook deliveries. It claims a
// batch of due rows under a lease, works them in parallel, and claims again at
// once while batches are full. It knows nothing of what it carries.
//
// # The lease rule
//
// Claim selects due rows FOR UPDATE SKIP LOCKED and, in the same statement, sets
// when the lease ends and a fresh lease token. After that commit no transaction
// is open. Whoever finds a lease that has ended takes the row up again, so:
//
//   - Work's deadline for the outside (a provider's answer) is shorter than the
//     lease, with room for marking: 8 s against 10 s, say.
//   - Marking is fenced: UPDATE … WHERE id = … AND lease_token = the token that
//     was claimed. No row means that the lease was lost and someone else has the
//     item; then nothing else may be written about it either.
//   - lease + poll ≤ 12 s: with a lease of 10 s and a poll of 1 s, the work of a
//     killed node is taken up again within 12 s.
//
// The loop holds its side: it claims no more than there are idle workers, so
// that the time of a lease is not spent waiting for one.
//
//	UPDATE deliveries SET lease_token = gen_random_uuid(), leased_until = now() + interval '10 s'
//	WHERE (bank_id, id) IN (
//	    SELECT bank_id, id FROM deliveries
//	    WHERE state = 'pending' AND next_at <= now() AND (leased_until IS NULL OR leased_until < now())
//	    ORDER BY next_at LIMIT $1 FOR UPDATE SKIP LOCKED)
//	RETURNING bank_id, id, lease_token, …
type Loop[T any] struct {
	// Name is for the log. Required.
	Name string
	// Topic wakes the loop, see Tx.Wake. Empty: it only polls.
	Topic string
	// Poll is the longest time between two claims of an idle loop: what finds
	// ended leases and makes up for lost wake-ups. Defaults to 1 s.
	Poll time.Duration
	// Batch is the most items in one claim. Defaults to 100.
	Batch int
	// Workers is how many items are worked at a time. Defaults to 16.
	Workers int
	// Claim takes up to limit due items in a worker's transaction (AsWorker).
	// next is when the earliest item that is not due yet will be, if that is
	// sooner than the poll; zero when not known. It must be quick: it is given
	// 5 s. Required.
	Claim func(ctx context.Context, tx *Tx, limit int) (items []T, next time.Time, err error)
	// Work does one item, outside any transaction, and records the outcome
	// itself (or in Mark). Its context is not cancelled when the loop is: Work
	// sets its own deadline by the lease rule. A panic is logged, and the item
	// is taken up again when its lease ends. Required.
	Work func(ctx context.Context, item T)
	// Mark, when set, records the outcomes of items whose Work has returned, in
	// batches of up to Batch: what ends within a few milliseconds is marked
	// together. T is then usually a pointer that Work leaves its result in. An
	// error is tried again twice, then logged.
	Mark func(ctx context.Context, items []T) error
	// Markers is how many Marks run at a time. Defaults to 1.
	Markers int
	// Now is the clock that next is compared with. Defaults to time.Now.
	Now func() time.Time
	// Logger defaults to slog.Default().
	Logger *slog.Logger
	// Observe, when set, is told what the loop does: for tests, which wait for it
	// instead of sleeping, and for metrics. It is called from several goroutines
	// and must not block for long.
	Observe func(LoopEvent)
}

// LoopEvent is one thing that a Loop did.
type LoopEvent struct {
	Kind LoopEventKind
	// N counts items: claimed, worked (1), marked.
	N int
	// Wait is how long an idle loop is going to sleep at most.
	Wait time.Duration
	// Err is why a claim or a mark failed.
	Err error
}

// LoopEventKind names what happened.
type LoopEventKind string

// What happens in a Loop.
const (
	LoopClaimed  LoopEventKind = "claimed"  // a claim committed, N may be 0
	LoopFailed   LoopEventKind = "failed"   // a claim or a mark failed
	LoopIdle     LoopEventKind = "idle"     // going to sleep
	LoopWorked   LoopEventKind = "worked"   // Work of one item returned
	LoopPanicked LoopEventKind = "panicked" // Work, Claim or Mark panicked
	LoopMarked   LoopEventKind = "marked"   // Mark returned nil
)

const (
	// claimPatience bounds a claim. It is well below a lease, since a lease
	// begins with it.
	claimPatience = 5 * time.Second
	// gather is how long a busy loop waits for more idle workers before it
	// claims for few of them, and how long outcomes wait for others to be
	// marked with: without it a loaded loop would claim and mark one by one.
	gather = 5 * time.Millisecond
	// shortestSleep keeps an item that is due but locked by another node from
	// making the loop spin.
	shortestSleep = 5 * time.Millisecond
)

// Run works the queue until ctx ends. It then claims no more, and returns when
// the work in flight is done and marked.
func (l *Loop[T]) Run(ctx context.Context, db *DB) {
	r := &loopRun[T]{Loop: *l, db: db, clean: context.WithoutCancel(ctx)}
	if r.Poll <= 0 {
		r.Poll = time.Second
	}
	if r.Batch <= 0 {
		r.Batch = 100
	}
	if r.Workers <= 0 {
		r.Workers = 16
	}
	if r.Now == nil {
		r.Now = time.Now
	}
	if r.Logger == nil {
		r.Logger = slog.Default()
	}
	r.idle = make(chan struct{}, r.Workers)
	for range r.Workers {
		r.idle <- struct{}{}
	}
	var marking sync.WaitGroup
	if r.Mark != nil {
		r.done = make(chan T, r.Workers)
		for range max(r.Markers, 1) {
			marking.Go(r.markAll)
		}
	}
	r.claimAll(ctx)
	r.working.Wait()
	if r.Mark != nil {
		close(r.done)
		marking.Wait()
	}
}

type loopRun[T any] struct {
	Loop[T]
	db      *DB
	clean   context.Context // of work that outlives the loop's own context
	idle    chan struct{}   // one token per idle worker
	working sync.WaitGroup
	done    chan T // worked, to be marked
}

func (r *loopRun[T]) observe(e LoopEvent) {
	if r.Observe != nil {
		r.Observe(e)
	}
}

func (r *loopRun[T]) claimAll(ctx context.Context) {
	var woken <-chan struct{}
	if r.Topic != "" {
		ch, cancel := r.db.Subscribe(r.Topic)
		defer cancel()
		woken = ch
	}
	failures := 0
	for {
		limit := r.takeIdle(ctx)
		if limit == 0 {
			return
		}
		select { // what was woken before this claim is seen by it
		case <-woken:
		default:
		}
		items, next, err := r.claim(limit)
		for range limit - len(items) {
			r.idle <- struct{}{}
		}
		for _, item := range items {
			r.working.Go(func() { r.work(item) })
		}
		wait := r.Poll
		switch {
		case err != nil:
			// 50 ms, 100 ms … up to the poll: a database that restarts is used
			// again as soon as it answers.
			wait = min(r.Poll, 50*time.Millisecond<<min(failures, 10))
			failures++
			r.Logger.Warn("claiming work failed", "loop", r.Name, "error", err)
			r.observe(LoopEvent{Kind: LoopFailed, Err: err})
		default:
			failures = 0
			r.observe(LoopEvent{Kind: LoopClaimed, N: len(items)})
			if len(items) == limit {
				continue
			}
			if !next.IsZero() {
				wait = min(wait, max(next.Sub(r.Now()), shortestSleep))
			}
		}
		timer := time.NewTimer(wait)
		r.observe(LoopEvent{Kind: LoopIdle, Wait: wait})
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-woken:
			timer.Stop()
		case <-timer.C:
		}
	}
}

// takeIdle takes the tokens of idle workers, up to Batch: it waits for the first,
// then, for a moment, for a quarter of all. It returns 0 when ctx has ended.
func (r *loopRun[T]) takeIdle(ctx context.Context) int {
	if ctx.Err() != nil {
		return 0
	}
	select {
	case <-ctx.Done():
		return 0
	case <-r.idle:
	}
	n := 1
	enough := min(r.Batch, (r.Workers+3)/4)
	var timeout <-chan time.Time
	for n < r.Batch {
		select {
		case <-r.idle:
			n++
			continue
		default:
		}
		if n >= enough {
			break
		}
		if timeout == nil {
			timeout = time.After(gather)
		}
		select {
		case <-r.idle:
			n++
			continue
		case <-timeout:
		}
		break
	}
	return n
}

// claim runs to its end even when the loop is being stopped: a claim that is
// broken off may have committed, and its items would wait for their lease.
func (r *loopRun[T]) claim(limit int) (items []T, next time.Time, err error) {
	ctx, cancel := context.WithTimeout(r.clean, claimPatience)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			items, err = nil, r.panicked("claim", p)
		}
	}()
	err = r.db.AsWorker(ctx, func(ctx context.Context, tx *Tx) error {
		items, next, err = r.Claim(ctx, tx, limit)
		if err == nil && len(items) > limit {
			err = fmt.Errorf("claimed %d items, more than the limit of %d", len(items), limit)
		}
		return err
	})
	if err != nil {
		items = nil // not committed
	}
	return items, next, err
}

func (r *loopRun[T]) work(item T) {
	defer func() { r.idle <- struct{}{} }()
	finished := false
	func() {
		defer func() {
			if p := recover(); p != nil {
				_ = r.panicked("work", p)
			}
		}()
		r.Work(r.clean, item)
		finished = true
	}()
	r.observe(LoopEvent{Kind: LoopWorked, N: 1})
	if finished && r.done != nil {
		r.done <- item
	}
}

func (r *loopRun[T]) markAll() {
	for item := range r.done {
		items := append(make([]T, 0, r.Batch), item)
		timeout := time.After(gather)
	collect:
		for len(items) < r.Batch {
			select {
			case item, ok := <-r.done:
				if !ok {
					break collect
				}
				items = append(items, item)
			case <-timeout:
				break collect
			}
		}
		r.mark(items)
	}
}

func (r *loopRun[T]) mark(items []T) {
	for attempt := 1; ; attempt++ {
		err := func() (err error) {
			defer func() {
				if p := recover(); p != nil {
					err = r.panicked("mark", p)
				}
			}()
			return r.Mark(r.clean, items)
		}()
		if err == nil {
			r.observe(LoopEvent{Kind: LoopMarked, N: len(items)})
			return
		}
		r.observe(LoopEvent{Kind: LoopFailed, N: len(items), Err: err})
		if attempt == 3 {
			r.Logger.Error("marking work failed, its lease will end", "loop", r.Name, "items", len(items), "error", err)
			return
		}
		r.Logger.Warn("marking work failed, trying again", "loop", r.Name, "items", len(items), "error", err)
		time.Sleep(100 * time.Millisecond << attempt)
	}
}

func (r *loopRun[T]) panicked(where string, p any) error {
	err := fmt.Errorf("panic: %v", p)
	r.Logger.Error("loop panicked", "loop", r.Name, "in", where, "error", err, "stack", string(debug.Stack()))
	r.observe(LoopEvent{Kind: LoopPanicked, Err: err})
	return err
}
