package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// txAttempts is how often a transaction is tried on deadlock or serialization failure.
const txAttempts = 5

// Tx is a transaction of one bank, or of the worker. Whoever opened it, InBank
// or AsWorker, commits it; Commit and Rollback are refused.
type Tx struct {
	pgx.Tx
	// BankID is the bank whose rows the transaction sees, uuid.Nil for a
	// worker's. Queries name it in WHERE too: row-level security is the second
	// wall, not the first.
	BankID uuid.UUID

	after  []func()
	topics []string
	ended  atomic.Bool // fn may have left a goroutine behind that looks
}

var errNotYours = errors.New("postgres: a Tx is committed or rolled back only by InBank or AsWorker that opened it")

// Commit refuses: return nil from the function given to InBank instead.
func (tx *Tx) Commit(context.Context) error { return errNotYours }

// Rollback refuses: return an error from the function given to InBank instead.
func (tx *Tx) Rollback(context.Context) error { return errNotYours }

// AfterCommit has fn called once after the outermost commit, in the order of
// registration and in the goroutine that committed; never after a rollback. fn
// should be quick: whoever called InBank waits for it. It may open a new
// transaction, with the same context too.
func (tx *Tx) AfterCommit(fn func()) { tx.after = append(tx.after, fn) }

// Wake wakes those who wait for the topic (DB.Subscribe, Loop) after the
// commit: on this node at once, on others by NOTIFY, of which a node sends at
// most one in 20 ms. A wake-up may be lost with a connection: waiters poll too.
// A topic is a short word without comma, such as "deliveries", or one with an
// id, such as "events:<bank id>".
func (tx *Tx) Wake(topic string) { tx.topics = append(tx.topics, topic) }

// Savepoint runs fn inside a savepoint: when fn returns an error only what fn
// did is undone, its AfterCommit and Wake included, and the transaction can go
// on. It costs two round trips; InBank inside fn joins as usual.
func (tx *Tx) Savepoint(ctx context.Context, fn func(ctx context.Context) error) error {
	after, topics := len(tx.after), len(tx.topics)
	err := pgx.BeginFunc(ctx, tx.Tx, func(pgx.Tx) error { return fn(ctx) })
	if err != nil {
		tx.after, tx.topics = tx.after[:after], tx.topics[:topics]
	}
	return err
}

type txKey struct{}

// WithTx returns a context that carries tx, so that InBank joins it. InBank and
// AsWorker do this themselves for the context that they hand to their function.
func WithTx(ctx context.Context, tx *Tx) context.Context { return context.WithValue(ctx, txKey{}, tx) }

// TxFrom returns the running transaction in ctx, nil when there is none. One
// that has ended does not count.
func TxFrom(ctx context.Context) *Tx {
	tx, _ := ctx.Value(txKey{}).(*Tx)
	if tx == nil || tx.ended.Load() {
		return nil
	}
	return tx
}

// WithoutTx returns a context from which InBank opens a transaction of its own,
// for what must stand although the caller's transaction is rolled back.
func WithoutTx(ctx context.Context) context.Context { return WithTx(ctx, nil) }

// InBank runs fn in a transaction of role visavis_app that sees the rows of one
// bank. It commits when fn returns nil; on an error or a panic it rolls back.
//
// When ctx carries a running transaction of the same bank, fn joins it: the
// outermost InBank commits, and an error of fn must be passed up for what fn did
// to be undone (or see Tx.Savepoint). A running transaction of another bank or
// of the worker in ctx is an error, and so is uuid.Nil as the bank.
//
// A transaction that InBank opened is run again from the start, up to 5 times,
// when it fails by deadlock (40P01) or serialization failure (40001): fn must
// not change anything outside the transaction except by Tx.AfterCommit. When the
// connection is lost during the commit the outcome is unknown, the error is
// returned and AfterCommit functions do not run.
func (db *DB) InBank(ctx context.Context, bankID uuid.UUID, fn func(ctx context.Context, tx *Tx) error) error {
	if bankID == uuid.Nil {
		return errors.New("postgres: InBank without a bank")
	}
	if tx := TxFrom(ctx); tx != nil {
		if tx.BankID != bankID {
			return fmt.Errorf("postgres: InBank for bank %s inside a transaction of %s", bankID, tx.owner())
		}
		return fn(ctx, tx)
	}
	return db.run(ctx, db.app, RoleApp, bankID, fn)
}

// AsWorker runs fn in a transaction of role visavis_worker, for which only the
// tables with a policy for it have rows: those with hot queues to claim, and
// those that say to which bank a key, session, link, sign-in or callback
// belongs. It joins a running worker's transaction in ctx; inside a bank's
// transaction it is an error. Otherwise it behaves like InBank.
func (db *DB) AsWorker(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	if tx := TxFrom(ctx); tx != nil {
		if tx.BankID != uuid.Nil {
			return fmt.Errorf("postgres: AsWorker inside a transaction of %s", tx.owner())
		}
		return fn(ctx, tx)
	}
	return db.run(ctx, db.worker, RoleWorker, uuid.Nil, fn)
}

func (tx *Tx) owner() string {
	if tx.BankID == uuid.Nil {
		return "the worker"
	}
	return "bank " + tx.BankID.String()
}

func (db *DB) run(ctx context.Context, pool *pgxpool.Pool, role string, bankID uuid.UUID, fn func(context.Context, *Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := db.runOnce(ctx, pool, role, bankID, fn)
		if err == nil || attempt == txAttempts || !retryable(err) {
			return err
		}
		// Two that collided must not collide again: 0–10 ms, then 0–20, 0–40, 0–80.
		pause := rand.N(5 * time.Millisecond << attempt)
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

func (db *DB) runOnce(ctx context.Context, pool *pgxpool.Pool, role string, bankID uuid.UUID, fn func(context.Context, *Tx) error) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	inner := &lazyTx{conn: conn, role: role}
	if bankID != uuid.Nil {
		inner.bank = bankID.String()
	}
	tx := &Tx{Tx: inner, BankID: bankID}
	defer func() {
		if !tx.ended.Load() { // an error, or a panic passing through
			tx.ended.Store(true)
			undo, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			_ = inner.Rollback(undo) // when it fails the connection is closed, which rolls back too
		}
	}()
	if err := fn(WithTx(ctx, tx), tx); err != nil {
		return err
	}
	err = inner.Commit(ctx)
	tx.ended.Store(true)
	if err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	db.Wake(tx.topics...)
	for _, after := range tx.after {
		after()
	}
	return nil
}

// retryable reports whether the same transaction may succeed when run again.
func retryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001")
}
