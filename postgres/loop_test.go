package postgres_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

type job struct {
	BankID     uuid.UUID
	ID         int
	LeaseToken uuid.UUID
}

// claimJobs is what a hot queue's Claim looks like.
func claimJobs(lease time.Duration) func(context.Context, *postgres.Tx, int) ([]job, time.Time, error) {
	return func(ctx context.Context, tx *postgres.Tx, limit int) ([]job, time.Time, error) {
		rows, _ := tx.Query(ctx, `
			update jobs set lease_token = gen_random_uuid(), leased_until = now() + $2::interval
			where (bank_id, id) in (
			    select bank_id, id from jobs
			    where done_by is null and due_at <= now() and (leased_until is null or leased_until < now())
			    order by due_at limit $1 for update skip locked)
			returning bank_id, id, lease_token`, limit, lease)
		jobs, err := pgx.CollectRows(rows, pgx.RowToStructByName[job])
		if err != nil {
			return nil, time.Time{}, err
		}
		var next *time.Time
		err = tx.QueryRow(ctx, "select min(greatest(due_at, leased_until)) from jobs where done_by is null and (due_at > now() or leased_until > now())").Scan(&next)
		if err != nil || next == nil {
			return jobs, time.Time{}, err
		}
		return jobs, *next, nil
	}
}

// markJob is the fence: it reports whether the lease was still ours.
func (b bundle) markJob(t *testing.T, db *postgres.DB, j job, by string) (ours bool) {
	err := db.InBank(context.Background(), j.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, "update jobs set done_by = $4 where bank_id = $1 and id = $2 and lease_token = $3", tx.BankID, j.ID, j.LeaseToken, by)
		ours = tag.RowsAffected() == 1
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return ours
}

// watch returns an Observe function and a function that waits for one event.
func watch(t *testing.T) (func(postgres.LoopEvent), func(postgres.LoopEventKind) postgres.LoopEvent) {
	events := make(chan postgres.LoopEvent, 10_000)
	return func(e postgres.LoopEvent) { events <- e }, func(kind postgres.LoopEventKind) postgres.LoopEvent {
		t.Helper()
		timeout := time.After(3 * time.Minute)
		for {
			select {
			case e := <-events:
				if e.Kind == kind {
					return e
				}
			case <-timeout:
				t.Fatalf("the loop never %s", kind)
			}
		}
	}
}

// start runs the loop; the returned function stops it and waits for its end.
func start[T any](t *testing.T, l *postgres.Loop[T], db *postgres.DB) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	l.Logger = slog.New(slog.DiscardHandler)
	go func() { l.Run(ctx, db); close(ended) }()
	stop = sync.OnceFunc(func() { cancel(); <-ended })
	t.Cleanup(stop)
	return stop
}

func TestLoopsOfTwoNodesWorkEveryItemOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, "insert into jobs (bank_id, id) select $1, generate_series(1, 500)", b.bankA)
	var worked sync.Map
	var left, twice, most, now atomic.Int32
	left.Store(500)
	all := make(chan struct{})
	for range 2 {
		db := testdb.Open(t, b.url)
		start(t, &postgres.Loop[job]{
			Name: "test", Batch: 20, Workers: 8, Claim: claimJobs(10 * time.Second),
			Work: func(ctx context.Context, j job) {
				n := now.Add(1)
				defer now.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				if _, again := worked.LoadOrStore(j.ID, true); again || !b.markJob(t, db, j, "loop") {
					twice.Add(1)
				}
				if left.Add(-1) == 0 {
					close(all)
				}
			},
		}, db)
	}
	await(t, all, "500 items")
	if twice.Load() != 0 || most.Load() > 16 || most.Load() < 2 {
		t.Errorf("%d worked twice or without a lease, up to %d at a time (want 2 to 16)", twice.Load(), most.Load())
	}
	if n := b.count(t, "select count(*) from jobs where done_by is null"); n != 0 {
		t.Errorf("%d items are not marked", n)
	}
}

func TestLoopTakesUpAnEndedLease(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, "insert into jobs (bank_id, id) values ($1, 1)", b.bankA)
	// A node claims, and dies: nobody works what it claimed.
	var lost []job
	err := b.db.AsWorker(t.Context(), func(ctx context.Context, tx *postgres.Tx) (err error) {
		lost, _, err = claimJobs(300*time.Millisecond)(ctx, tx, 10)
		return err
	})
	if err != nil || len(lost) != 1 {
		t.Fatalf("claimed %v, %v", lost, err)
	}
	claimed := time.Now()
	done := make(chan time.Time, 1)
	observe, wait := watch(t)
	stop := start(t, &postgres.Loop[job]{
		Name: "test", Claim: claimJobs(10 * time.Second), Observe: observe,
		Work: func(ctx context.Context, j job) {
			if !b.markJob(t, b.db, j, "second") {
				t.Error("the second holder has no lease")
			}
			done <- time.Now()
		},
	}, b.db)
	wait(postgres.LoopWorked)
	if late := (<-done).Sub(claimed); late < 250*time.Millisecond {
		t.Errorf("taken up after %v, before the lease ended", late)
	}
	stop()
	if b.markJob(t, b.db, lost[0], "first") {
		t.Error("the first holder could mark after its lease was lost")
	}
	if n := b.count(t, "select count(*) from jobs where done_by = 'second'"); n != 1 {
		t.Error("the item does not have the second holder's outcome")
	}
}

func TestLoopSleepsUntilAWakeOrTheNextDueTime(t *testing.T) {
	t.Parallel()
	b := setup(t)
	observe, wait := watch(t)
	start(t, &postgres.Loop[job]{
		Name: "test", Topic: "jobs", Poll: time.Hour, Claim: claimJobs(10 * time.Second), Observe: observe,
		Work: func(ctx context.Context, j job) { b.markJob(t, b.db, j, "loop") },
	}, b.db)
	if e := wait(postgres.LoopIdle); e.Wait != time.Hour {
		t.Fatalf("an empty queue is polled in %v, want the poll", e.Wait)
	}
	add := func(db *postgres.DB, id int, due string) {
		t.Helper()
		err := db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			tx.Wake("jobs")
			_, err := tx.Exec(ctx, "insert into jobs (bank_id, id, due_at) values ($1, $2, now() + $3::interval)", tx.BankID, id, due)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	add(b.db, 1, "0")
	wait(postgres.LoopWorked)
	add(testdb.Open(t, b.url), 2, "0") // another node
	wait(postgres.LoopWorked)
	add(b.db, 3, "200 ms")
	wait(postgres.LoopWorked)
}

func TestLoopSurvivesPanicsAndErrors(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, "insert into jobs (bank_id, id) select $1, generate_series(1, 3)", b.bankA)
	var claims atomic.Int32
	observe, wait := watch(t)
	claim := claimJobs(10 * time.Second)
	start(t, &postgres.Loop[job]{
		Name: "test", Poll: 20 * time.Millisecond, Batch: 1, Workers: 1, Observe: observe,
		Claim: func(ctx context.Context, tx *postgres.Tx, limit int) ([]job, time.Time, error) {
			switch claims.Add(1) {
			case 1:
				return nil, time.Time{}, errStop
			case 2:
				panic("claim")
			}
			return claim(ctx, tx, limit)
		},
		Work: func(ctx context.Context, j job) {
			if j.ID == 1 {
				panic("work")
			}
			b.markJob(t, b.db, j, "loop")
		},
	}, b.db)
	if e := wait(postgres.LoopFailed); !errors.Is(e.Err, errStop) {
		t.Errorf("the claim failed with %v", e.Err)
	}
	wait(postgres.LoopPanicked) // in Claim
	for range 3 {
		wait(postgres.LoopWorked)
	}
	if n := b.count(t, "select count(*) from jobs where done_by = 'loop'"); n != 2 {
		t.Errorf("%d items are done, want all but the one that panicked", n)
	}
}

func TestLoopStopsWhenWorkInFlightIsDoneAndMarked(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, "insert into jobs (bank_id, id) select $1, generate_series(1, 4)", b.bankA)
	began, release := make(chan struct{}, 4), make(chan struct{})
	var cancelled atomic.Bool
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	loop := &postgres.Loop[job]{
		Name: "test", Claim: claimJobs(10 * time.Second),
		Work: func(ctx context.Context, j job) {
			began <- struct{}{}
			<-release
			cancelled.Store(cancelled.Load() || ctx.Err() != nil)
		},
		Mark: func(ctx context.Context, jobs []job) error {
			for _, j := range jobs {
				b.markJob(t, b.db, j, "batch")
			}
			return nil
		},
	}
	go func() { loop.Run(ctx, b.db); close(ended) }()
	for range 4 {
		await(t, began, "work")
	}
	cancel()
	select {
	case <-ended:
		t.Error("the loop ended before its work")
	default:
	}
	close(release)
	await(t, ended, "end of the loop")
	if n := b.count(t, "select count(*) from jobs where done_by = 'batch'"); n != 4 || cancelled.Load() {
		t.Errorf("%d of 4 marked; context of work cancelled: %v", n, cancelled.Load())
	}
}

func TestLoopTriesToMarkAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, "insert into jobs (bank_id, id) select $1, generate_series(1, 10)", b.bankA)
	var works, marks, batched atomic.Int32
	observe, wait := watch(t)
	start(t, &postgres.Loop[job]{
		Name: "test", Claim: claimJobs(10 * time.Second), Observe: observe,
		Work: func(context.Context, job) { works.Add(1) },
		Mark: func(ctx context.Context, jobs []job) error {
			if marks.Add(1) == 1 {
				return errStop
			}
			batched.Add(int32(len(jobs)))
			return nil
		},
	}, b.db)
	wait(postgres.LoopFailed)
	wait(postgres.LoopMarked)
	for batched.Load() < 10 {
		wait(postgres.LoopMarked)
	}
	if works.Load() != 10 || marks.Load() > 10 {
		t.Errorf("%d marks for 10 items that ended together and were worked %d times", marks.Load(), works.Load())
	}
}
