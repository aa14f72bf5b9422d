// Package postgres is the gateway's way to its database: transactions of one
// bank (InBank), transactions that claim work of all banks (AsWorker),
// wake-ups between nodes (Tx.Wake, DB.Subscribe), the lease-and-batch Loop,
// migrations, and the embedded default server (StartEmbedded). It knows no
// table of the product besides tern's schema version.
//
// Nothing outside this package gets a connection that is not inside a
// transaction of one of the two roles, with one exception: JobPool, for River.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/visavis/visavis/migrations"
)

// The two roles that the gateway works as. Both are NOLOGIN and global to the
// server's cluster; Migrate makes them.
const (
	RoleApp    = "visavis_app"    // one bank per transaction, held by row-level security
	RoleWorker = "visavis_worker" // claims hot queues; finds the bank of a key, session, link, sign-in or callback
)

// Options of a DB. The zero value is sensible.
type Options struct {
	// MaxConns is the most connections that InBank uses; AsWorker has a third
	// of it, at least 4, besides, and one more connection listens. Defaults to 20.
	MaxConns int
	// Logger hears about lost connections and failed work. Defaults to slog.Default().
	Logger *slog.Logger
}

// DB is one node's access to the database. It is safe for concurrent use.
type DB struct {
	app    *pgxpool.Pool
	worker *pgxpool.Pool
	wakes  *wakes
	log    *slog.Logger

	closeOnce sync.Once
}

// Open connects to the database at url, a libpq URL or keyword string whose
// user may SET ROLE to both roles (the user that migrated may).
//
// It refuses, with an error that says what to do, a database without schema, a
// schema older than the migrations in this binary, and one newer than them.
// The caller closes the DB.
func Open(ctx context.Context, url string, o Options) (*DB, error) {
	return openFS(ctx, url, o, migrations.FS)
}

func openFS(ctx context.Context, url string, o Options, files fs.FS) (*DB, error) {
	if o.MaxConns <= 0 {
		o.MaxConns = 20
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	connConfig, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	connConfig = listenConfig(connConfig)
	conn, err := pgx.ConnectConfig(ctx, connConfig)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	if err := checkSchema(ctx, conn, files); err != nil {
		conn.Close(ctx)
		return nil, err
	}
	db := &DB{log: o.Logger}
	// Statements of a request end within its patience; those of the worker
	// pool may be heavy jobs and have no limit.
	db.app, err = newPool(ctx, url, RoleApp, o.MaxConns, "30s")
	if err == nil {
		db.worker, err = newPool(ctx, url, RoleWorker, max(4, o.MaxConns/3), "0")
	}
	if err == nil {
		db.wakes, err = startWakes(ctx, conn, connConfig, db.worker, o.Logger)
	}
	if err != nil {
		conn.Close(ctx)
		for _, pool := range []*pgxpool.Pool{db.app, db.worker} {
			if pool != nil {
				pool.Close()
			}
		}
		return nil, fmt.Errorf("open database: %w", err)
	}
	return db, nil
}

// newPool makes a pool whose connections have the role from their first
// moment: it is part of the start-up packet, so it is also what RESET ROLE and
// RESET ALL go back to. (Every transaction sets it again, see setSQL: a stray
// SET ROLE cannot leak to the next user of a connection.)
func newPool(ctx context.Context, url, role string, size int, statementTimeout string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	config.MaxConns = int32(size)
	config.MaxConnIdleTime = 5 * time.Minute
	params := config.ConnConfig.RuntimeParams
	params["role"] = role
	params["statement_timeout"] = statementTimeout
	// Nothing waits for the outside while in a transaction: one that is idle
	// this long belongs to a node that is stuck, and it holds locks.
	params["idle_in_transaction_session_timeout"] = "30s"
	params["timezone"] = "UTC"
	if params["application_name"] == "" {
		params["application_name"] = role
	}
	config.AfterConnect = func(_ context.Context, conn *pgx.Conn) error {
		useUTC(conn)
		useUUID(conn)
		return nil
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect as role %s: %w", role, err)
	}
	return pool, nil
}

// useUTC makes timestamptz scan into time.Time in UTC, not in the machine's zone.
func useUTC(conn *pgx.Conn) {
	conn.TypeMap().RegisterType(&pgtype.Type{
		Name: "timestamptz", OID: pgtype.TimestamptzOID,
		Codec: &pgtype.TimestamptzCodec{ScanLocation: time.UTC},
	})
}

// JobPool returns the pool of role visavis_worker for River, which wants a pool
// and begins its own transactions. Nothing else uses it: River's jobs read and
// write the banks' tables by InBank.
func (db *DB) JobPool() *pgxpool.Pool { return db.worker }

// Ping reports whether the database answers, for the readiness probe.
func (db *DB) Ping(ctx context.Context) error {
	return errors.Join(db.app.Ping(ctx), db.worker.Ping(ctx))
}

// Close sends pending wake-ups, waits for transactions in flight and closes all
// connections. Loops must have ended before. It may be called more than once.
func (db *DB) Close() {
	db.closeOnce.Do(func() {
		db.wakes.stop()
		db.app.Close()
		db.worker.Close()
	})
}
