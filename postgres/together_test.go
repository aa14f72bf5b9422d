package postgres_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// thing is a row of things that a caller wants inserted.
type thing struct {
	bank, of uuid.UUID // of: whose row it writes
	id       int
	before   func() // called when its statements are queued in company
	sql      string // instead of the insert
	xid      string
	alone    bool
}

// things is a Together over the bundle's table, and the groups that it made.
type things struct {
	postgres.Together[*thing]
	t      *testing.T
	b      bundle
	mu     sync.Mutex
	groups [][]int
	held   atomic.Int64
}

func newThings(t *testing.T) *things {
	w := &things{t: t, b: setup(t)}
	w.DB, w.Lanes = w.b.db, 1 // so that all who wait go together
	w.Queue = func(b *pgx.Batch, bankID uuid.UUID, all []*thing) {
		var ids []int
		for _, one := range all {
			if one.bank != bankID {
				t.Errorf("%d of another bank is in the company", one.id)
			}
			if one.before != nil {
				one.before()
			}
			ids = append(ids, one.id)
			w.queue(b, one)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		w.groups = append(w.groups, ids)
	}
	return w
}

func (w *things) queue(b *pgx.Batch, one *thing) {
	if one.sql != "" {
		b.Queue(one.sql)
	}
	b.Queue(`insert into things (bank_id, id) values ($1, $2) returning pg_current_xact_id()::text`, one.of, one.id).
		QueryRow(func(row pgx.Row) error { return row.Scan(&one.xid) })
}

func (w *things) do(ctx context.Context, one *thing) error {
	if one.of == uuid.Nil {
		one.of = one.bank
	}
	return w.Do(ctx, one.bank, one, func() error {
		one.alone = true
		return w.b.db.Batch(ctx, one.bank, func(b *pgx.Batch) { w.queue(b, one) })
	})
}

// busy has a bank's lanes taken, and perhaps a caller alone, until release is called.
func (w *things) busy(bank uuid.UUID) (release func()) {
	hold, taken := make(chan struct{}), make(chan bool)
	var all sync.WaitGroup
	for lanes := 0; lanes < w.Lanes; {
		one := &thing{bank: bank, of: bank, id: 1000 + int(w.held.Add(1)), before: func() { taken <- true; <-hold }}
		alone := func() error {
			select {
			case taken <- false:
				<-hold
			case <-hold: // its transaction was refused
			}
			return nil
		}
		all.Go(func() {
			if err := w.Do(context.Background(), bank, one, alone); err != nil {
				w.t.Error(err)
			}
		})
		if <-taken {
			lanes++
		}
	}
	return func() { close(hold); all.Wait() }
}

// gathered has all asked for while the lanes are taken, and then done.
func (w *things) gathered(all ...*thing) []error {
	release := w.busy(all[0].bank)
	errs := make([]error, len(all))
	var done sync.WaitGroup
	for i, one := range all {
		done.Go(func() { errs[i] = w.do(w.t.Context(), one) })
		w.wait(one.bank, i+1)
	}
	release()
	done.Wait()
	return errs
}

func (w *things) wait(bank uuid.UUID, n int) {
	for w.Waiting(bank) != n && w.t.Context().Err() == nil {
		runtime.Gosched()
	}
}

// company are the ids of the last group.
func (w *things) company() []int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.groups[len(w.groups)-1]
}

func TestWhoWaitsIsCommittedTogether(t *testing.T) {
	t.Parallel()
	w := newThings(t)
	first := &thing{bank: w.b.bankA, id: 1}
	if err := w.do(t.Context(), first); err != nil || !first.alone {
		t.Errorf("who is the only one was not alone: %v", err)
	}
	all := []*thing{{bank: w.b.bankA, id: 2}, {bank: w.b.bankA, id: 3}, {bank: w.b.bankA, id: 4}}
	for i, err := range w.gathered(all...) {
		if err != nil || all[i].alone || all[i].xid == "" || all[i].xid != all[0].xid {
			t.Errorf("%+v, %v", all[i], err)
		}
	}
	if n := w.b.count(t, `select count(*) from things where id between 1 and 4`); n != 4 {
		t.Errorf("%d rows, want 4", n)
	}
}

// Who was answered together is expected back together, for a while: the first of
// them waits for the others, but not for ever.
func TestCompanyIsExpectedAgain(t *testing.T) {
	t.Parallel()
	w := newThings(t)
	var mu sync.Mutex
	now, fire, stopped := time.Unix(0, 0), make(chan func(), 9), 0
	at := func(d time.Duration) { mu.Lock(); defer mu.Unlock(); now = now.Add(d) }
	w.SetTime(func() time.Time { mu.Lock(); defer mu.Unlock(); return now },
		func(_ time.Duration, f func()) func() bool {
			fire <- f
			return func() bool { stopped++; return true }
		})
	next := 0
	some := func(n int) (all []*thing) {
		for range n {
			next++
			all = append(all, &thing{bank: w.b.bankA, id: next})
		}
		return all
	}
	var done sync.WaitGroup
	do := func(one *thing) {
		done.Go(func() {
			if err := w.do(t.Context(), one); err != nil {
				t.Error(err)
			}
		})
	}
	done.Go(func() { w.gathered(some(3)...) }) // with the one before them they were four
	(<-fire)()
	done.Wait()

	at(time.Millisecond)
	again := some(4)
	for i, one := range again[:3] {
		do(one)
		w.wait(one.bank, i+1) // it neither goes alone nor with too few
	}
	<-fire
	do(again[3])
	done.Wait()
	if got := w.company(); len(got) != 4 || stopped != 1 {
		t.Errorf("%v went together, and %d timers were stopped", got, stopped)
	}

	fewer := some(2) // the others do not come
	for i, one := range fewer {
		do(one)
		w.wait(one.bank, i+1)
	}
	(<-fire)()
	done.Wait()
	if got := w.company(); len(got) != 2 {
		t.Errorf("%v went together", got)
	}

	at(time.Second)
	late := some(1)[0]
	do(late)
	done.Wait()
	if !late.alone || len(fire) != 0 {
		t.Errorf("it expected company of a second ago: %+v", late)
	}
	for _, one := range append(again, fewer...) {
		if one.alone {
			t.Errorf("%d went alone", one.id)
		}
	}
}

// Several lanes share the callers.
func TestLanesShareTheCallers(t *testing.T) {
	t.Parallel()
	w := newThings(t)
	w.Lanes = 2
	w.SetTime(time.Now, func(_ time.Duration, f func()) func() bool { go f(); return func() bool { return false } })
	var all []*thing
	for i := range 6 {
		all = append(all, &thing{bank: w.b.bankA, id: i})
	}
	for i, err := range w.gathered(all...) {
		if err != nil || all[i].alone {
			t.Errorf("%+v, %v", all[i], err)
		}
	}
	for _, ids := range w.groups {
		if len(ids) > 4 { // two held the lanes, six waited
			t.Errorf("%v went together", ids)
		}
	}
}

// What one asks for is refused by the database: the others' stands all the same,
// and so it is when a bank's caller reaches for another bank's rows.
func TestOneThatIsRefusedHarmsNoOther(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]func(w *things) *thing{
		"a duplicate":            func(w *things) *thing { return &thing{bank: w.b.bankA, id: 2} },
		"another bank's row":     func(w *things) *thing { return &thing{bank: w.b.bankA, of: w.b.bankB, id: 9} },
		"a statement that fails": func(w *things) *thing { return &thing{bank: w.b.bankA, id: 9, sql: "select 1/0"} },
		"a value that does not go": func(w *things) *thing {
			return &thing{bank: w.b.bankA, id: 1 << 40}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newThings(t)
			errs := w.gathered(&thing{bank: w.b.bankA, id: 2}, bad(w), &thing{bank: w.b.bankA, id: 3})
			if got := w.company(); len(got) != 3 {
				t.Fatalf("they did not go together: %v", got)
			}
			if errs[1] == nil && errs[0] == nil || errs[2] != nil { // of the duplicates either may be first
				t.Errorf("got %v", errs)
			}
			if n := w.b.count(t, `select count(*) from things where id in (2, 3)`); n != 2 {
				t.Errorf("%d rows, want 2", n)
			}
			if n := w.b.count(t, `select count(*) from things where bank_id = $1 or id = 9`, w.b.bankB); n != 0 {
				t.Errorf("%d rows of the refused one", n)
			}
		})
	}
}

// Then follows in the same transaction, with what Queue's statements answered; what
// fails in it undoes all, and each goes alone.
func TestThenFollowsInTheTransaction(t *testing.T) {
	t.Parallel()
	for _, then := range []string{`insert into things (bank_id, id) select $1, $2 where $3 = pg_current_xact_id()::text`, `select 1 / (case when $1::uuid is null or $2::int = 0 or $3 = '' then 1 else 0 end)`} {
		w := newThings(t)
		w.Then = func(b *pgx.Batch, bankID uuid.UUID, all []*thing) {
			for _, one := range all {
				if one.xid == "" {
					t.Errorf("%d has no answer yet", one.id)
				}
				b.Queue(then, bankID, one.id+100, one.xid)
			}
		}
		fails := then[0] == 's'
		all := []*thing{{bank: w.b.bankA, id: 2}, {bank: w.b.bankA, id: 3}}
		for i, err := range w.gathered(all...) {
			if err != nil || all[i].alone != fails {
				t.Errorf("%+v, %v", all[i], err)
			}
		}
		want := 4
		if fails {
			want = 2
		}
		if n := w.b.count(t, `select count(*) from things where id in (2, 3, 102, 103)`); n != want {
			t.Errorf("%d rows, want %d", n, want)
		}
	}
}

// With two lanes the statements of two transactions run at a time.
func TestLanes(t *testing.T) {
	t.Parallel()
	for _, lanes := range []int{1, 2} {
		w := newThings(t)
		w.Lanes = lanes
		alone, release := make(chan struct{}), make(chan struct{})
		var entered atomic.Int64
		var done sync.WaitGroup
		done.Go(func() {
			if err := w.Do(context.Background(), w.b.bankA, &thing{}, func() error { close(alone); <-release; return nil }); err != nil {
				t.Error(err)
			}
		})
		<-alone
		for i := range 2 {
			done.Go(func() {
				if err := w.do(context.Background(), &thing{bank: w.b.bankA, id: i, before: func() { entered.Add(1); <-release }}); err != nil {
					t.Error(err)
				}
			})
		}
		for int(entered.Load())+w.Waiting(w.b.bankA) != 2 && t.Context().Err() == nil {
			runtime.Gosched()
		}
		if n := int(entered.Load()); n != lanes {
			t.Errorf("%d lanes: %d are at work", lanes, n)
		}
		close(release)
		done.Wait()
	}
}

// Banks have lanes of their own: one that is held up holds up no other.
func TestBanksDoNotShare(t *testing.T) {
	t.Parallel()
	w := newThings(t)
	release := w.busy(w.b.bankA)
	defer release()
	other := &thing{bank: w.b.bankB, id: 1}
	if err := w.do(t.Context(), other); err != nil || !other.alone {
		t.Errorf("%v", err)
	}
}

func TestWhoGivesUpWaitingHasDoneNothing(t *testing.T) {
	t.Parallel()
	w := newThings(t)
	release := w.busy(w.b.bankA)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 2)
	go func() { ended <- w.do(ctx, &thing{bank: w.b.bankA, id: 1}) }()
	w.wait(w.b.bankA, 1)
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	// One whose statements are on the way is answered what came of them.
	late, stop := context.WithCancel(t.Context())
	one := &thing{bank: w.b.bankA, id: 2, before: stop}
	go func() { ended <- w.do(late, one) }()
	w.wait(w.b.bankA, 1)
	release()
	if err := <-ended; err != nil || one.alone {
		t.Errorf("got %v", err)
	}
	if n := w.b.count(t, `select count(*) * 10 + min(id) from things where id < 1000`); n != 12 {
		t.Errorf("got %d, want only row 2", n)
	}
}

func TestThoseWithOneKeyFollowOneAnother(t *testing.T) {
	t.Parallel()
	w := newThings(t)
	w.Key = func(one *thing) string {
		if one.id >= 1000 { // who holds the lanes
			return string(rune(one.id))
		}
		return string(rune('a' + one.id%2))
	}
	for _, err := range w.gathered(&thing{bank: w.b.bankA, id: 1}, &thing{bank: w.b.bankA, id: 2}, &thing{bank: w.b.bankA, id: 3}) {
		if err != nil {
			t.Error(err)
		}
	}
	for _, ids := range w.groups {
		odd := 0
		for _, id := range ids {
			odd += id % 2
		}
		if odd > 1 {
			t.Errorf("%v went together", ids)
		}
	}
}

// A row that somebody else holds does not hold up the company: each goes alone,
// and only who wants that row waits.
func TestAHeldRowHoldsUpOnlyWhoWantsIt(t *testing.T) {
	t.Parallel()
	w := newThings(t)
	w.b.exec(t, `insert into things values ($1, 50)`, w.b.bankA)
	held, let := make(chan struct{}), make(chan struct{})
	var holder sync.WaitGroup
	holder.Go(func() {
		err := w.b.db.InBank(context.Background(), w.b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `update things set n = 1 where id = $1`, 50)
			close(held)
			<-let
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-held
	release := w.busy(w.b.bankA)
	wants, other := make(chan error, 1), make(chan error, 1)
	go func() {
		wants <- w.do(context.Background(), &thing{bank: w.b.bankA, id: 1, sql: `update things set n = n + 1 where id = 50`})
	}()
	w.wait(w.b.bankA, 1)
	go func() { other <- w.do(context.Background(), &thing{bank: w.b.bankA, id: 2}) }()
	w.wait(w.b.bankA, 2)
	release()
	if err := <-other; err != nil {
		t.Error(err)
	}
	select {
	case err := <-wants:
		t.Errorf("it did not wait: %v", err)
	default:
	}
	close(let)
	if err := <-wants; err != nil {
		t.Error(err)
	}
	holder.Wait()
	if n := w.b.count(t, `select n from things where id = 50`); n != 2 {
		t.Errorf("the row has %d, want 2", n)
	}
}

// The server ends the connection before the commit: nothing is done, and each
// goes on alone. A commit that is refused is the same.
func TestATransactionThatEndsBeforeItsCommit(t *testing.T) {
	t.Parallel()
	w := newThings(t)
	w.b.exec(t, `grant pg_signal_backend to current_user`)
	w.b.exec(t, `create function kill_once() returns void language plpgsql security definer as $$ begin
		if exists (select from things where id = 77) then perform pg_terminate_backend(pg_backend_pid()); end if; end $$`)
	w.b.exec(t, `create function late() returns trigger language plpgsql as $$ begin
		if current_setting('lock_timeout') <> '0' then raise 'not in company'; end if; return null; end $$;
		create constraint trigger late after insert on things deferrable initially deferred for each row when (new.id between 20 and 21) execute function late()`)
	killing := &thing{bank: w.b.bankA, id: 11, before: nil, sql: `select case when current_setting('lock_timeout') <> '0' then kill_once() end`}
	w.b.exec(t, `insert into things values ($1, 77)`, w.b.bankA)
	for _, err := range w.gathered(&thing{bank: w.b.bankA, id: 10}, killing, &thing{bank: w.b.bankA, id: 12}) {
		if err != nil {
			t.Error(err)
		}
	}
	if got := w.company(); len(got) != 3 || !killing.alone {
		t.Fatalf("it was not killed in company: %v", got)
	}
	if n := w.b.count(t, `select count(*) from things where id between 10 and 12`); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}
	all := []*thing{{bank: w.b.bankA, id: 20}, {bank: w.b.bankA, id: 21}}
	for i, err := range w.gathered(all...) {
		if err != nil || !all[i].alone {
			t.Errorf("%v, want it done alone", err)
		}
	}
	if n := w.b.count(t, `select count(*) from things where id between 20 and 21`); n != 2 {
		t.Errorf("%d rows, want 2", n)
	}
}
