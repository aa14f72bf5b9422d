package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// lazyTx is a transaction that begins with its first statement: begin, role and
// bank go out with it in one round trip. One without a statement never begins.
type lazyTx struct {
	conn       *pgxpool.Conn // nil once ended
	role, bank string
	tx         pgx.Tx // nil until begun
}

var _ pgx.Tx = (*lazyTx)(nil)

// setSQL sets role and bank until the end of the transaction, so nothing that a
// former user of the connection did with SET can reach this one.
const setSQL = `select set_config('role', $1, true), set_config('visavis.bank_id', $2, true)`

var errTxEnded = errors.New("postgres: the transaction has ended")

// begin begins for what cannot go out together with the begin.
func (l *lazyTx) begin(ctx context.Context) error {
	if l.conn == nil {
		return errTxEnded
	}
	if l.tx != nil {
		return nil
	}
	b := &pgx.Batch{}
	return l.send(ctx, b).Close()
}

// send sends the first statements of the transaction.
func (l *lazyTx) send(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	all := &pgx.Batch{}
	all.BeginTx(pgx.TxOptions{})
	all.Queue(setSQL, l.role, l.bank)
	all.QueuedQueries = append(all.QueuedQueries, b.QueuedQueries...)
	results := l.conn.SendBatch(ctx, all)
	l.tx = results.Tx()
	for range 2 { // an error stays in results
		if _, err := results.Exec(); err != nil {
			break
		}
	}
	return results
}

// plain reports whether a statement can go out with the begin: several in one
// text, or with an execution mode of their own, cannot.
func plain(args []any) bool {
	if len(args) == 0 {
		return false
	}
	switch args[0].(type) {
	case pgx.QueryExecMode, pgx.QueryResultFormats, pgx.QueryResultFormatsByOID, pgx.QueryRewriter:
		return false
	}
	return true
}

func (l *lazyTx) Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error) {
	if l.tx == nil && l.conn != nil && plain(args) {
		b := &pgx.Batch{}
		b.Queue(sql, args...)
		results := l.send(ctx, b)
		tag, err := results.Exec()
		return tag, errors.Join(err, closing(results, err))
	}
	if err := l.begin(ctx); err != nil {
		return pgconn.CommandTag{}, err
	}
	return l.tx.Exec(ctx, sql, args...)
}

// closing closes results, whose error may be the one that is known already.
func closing(results pgx.BatchResults, known error) error {
	if err := results.Close(); known == nil {
		return err
	}
	return nil
}

func (l *lazyTx) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	if l.tx == nil && l.conn != nil && plain(args) {
		b := &pgx.Batch{}
		b.Queue(sql, args...)
		results := l.send(ctx, b)
		rows, err := results.Query()
		if err != nil {
			_ = results.Close()
			return rows, err
		}
		return &firstRows{Rows: rows, results: results}, nil
	}
	if err := l.begin(ctx); err != nil {
		return failedRow{err: err}, err
	}
	return l.tx.Query(ctx, sql, args...)
}

func (l *lazyTx) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	if l.tx != nil || l.conn == nil || !plain(args) {
		if err := l.begin(ctx); err != nil {
			return failedRow{err: err}
		}
		return l.tx.QueryRow(ctx, sql, args...)
	}
	rows, err := l.Query(ctx, sql, args...)
	if err != nil {
		return failedRow{err: err}
	}
	return firstRow{rows}
}

func (l *lazyTx) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	if l.tx == nil && l.conn != nil {
		return l.send(ctx, b)
	}
	if err := l.begin(ctx); err != nil {
		return failedBatch{err: err}
	}
	return l.tx.SendBatch(ctx, b)
}

func (l *lazyTx) Begin(ctx context.Context) (pgx.Tx, error) {
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	return l.tx.Begin(ctx)
}

func (l *lazyTx) CopyFrom(ctx context.Context, table pgx.Identifier, columns []string, rows pgx.CopyFromSource) (int64, error) {
	if err := l.begin(ctx); err != nil {
		return 0, err
	}
	return l.tx.CopyFrom(ctx, table, columns, rows)
}

func (l *lazyTx) Prepare(ctx context.Context, name, sql string) (*pgconn.StatementDescription, error) {
	if err := l.begin(ctx); err != nil {
		return nil, err
	}
	return l.tx.Prepare(ctx, name, sql)
}

// LargeObjects is not for use here.
func (l *lazyTx) LargeObjects() pgx.LargeObjects { panic("postgres: no large objects") }

// Conn returns the connection.
func (l *lazyTx) Conn() *pgx.Conn { return l.conn.Conn() }

func (l *lazyTx) Commit(ctx context.Context) error {
	if l.conn == nil {
		return pgx.ErrTxClosed
	}
	defer l.release()
	if l.tx == nil {
		return nil
	}
	return l.tx.Commit(ctx)
}

func (l *lazyTx) Rollback(ctx context.Context) error {
	if l.conn == nil {
		return pgx.ErrTxClosed
	}
	defer l.release()
	if l.tx == nil {
		return nil
	}
	return l.tx.Rollback(ctx)
}

func (l *lazyTx) release() {
	l.conn.Release()
	l.conn = nil
}

// firstRows are of the first statement: when they end, so does the batch.
type firstRows struct {
	pgx.Rows
	results pgx.BatchResults
	err     error
	closed  bool
}

func (r *firstRows) Close() {
	r.Rows.Close()
	if !r.closed {
		r.closed = true
		r.err = r.results.Close()
	}
}

func (r *firstRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

func (r *firstRows) Err() error {
	if err := r.Rows.Err(); err != nil {
		return err
	}
	return r.err
}

type firstRow struct{ rows pgx.Rows }

func (r firstRow) Scan(dest ...any) error {
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}

// failedRow is of a statement that was not sent.
type failedRow struct {
	pgx.Rows
	err error
}

func (r failedRow) Scan(...any) error { return r.err }
func (r failedRow) Close()            {}
func (r failedRow) Next() bool        { return false }
func (r failedRow) Err() error        { return r.err }

type failedBatch struct{ err error }

func (b failedBatch) Exec() (pgconn.CommandTag, error) { return pgconn.CommandTag{}, b.err }
func (b failedBatch) Query() (pgx.Rows, error)         { return failedRow{err: b.err}, b.err }
func (b failedBatch) QueryRow() pgx.Row                { return failedRow{err: b.err} }
func (b failedBatch) Close() error                     { return b.err }
func (b failedBatch) Tx() pgx.Tx                       { return nil }

// Batch runs the statements that queue gives it as one transaction of a bank, in
// one round trip, commit included: for hot paths whose statements do not depend
// on one another's answers in Go. The functions given to QueuedQuery.QueryRow and
// so on run before the commit: what they read holds only when Batch returns nil.
// An error in one of them does NOT undo the transaction, an error of the database
// does: let a statement raise what must undo.
//
// Like InBank it joins a running transaction in ctx and tries again on deadlock;
// queue is then called again.
func (db *DB) Batch(ctx context.Context, bankID uuid.UUID, queue func(b *pgx.Batch)) error {
	if bankID == uuid.Nil {
		return errors.New("postgres: Batch without a bank")
	}
	if tx := TxFrom(ctx); tx != nil {
		if tx.BankID != bankID {
			return fmt.Errorf("postgres: Batch for bank %s inside a transaction of %s", bankID, tx.owner())
		}
		b := &pgx.Batch{}
		queue(b)
		return tx.SendBatch(ctx, b).Close()
	}
	for attempt := 1; ; attempt++ {
		b := &pgx.Batch{}
		b.Queue(setSQL, RoleApp, bankID.String())
		queue(b)
		conn, err := db.app.Acquire(ctx)
		if err != nil {
			return fmt.Errorf("begin transaction: %w", err)
		}
		err = conn.SendBatch(ctx, b).Close()
		conn.Release()
		if err == nil || attempt == txAttempts || !retryable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(5 * time.Millisecond << attempt)):
		}
	}
}
