package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

// riverLock keeps two migrators from bringing River's tables up to date at
// once; tern has a lock of its own for ours.
const riverLock = 7_305_482_913

// migrateRiver brings River's tables up to date and opens them to the worker,
// whose pool runs the jobs. They are deliberately global: a job of ours names
// its bank in its arguments. Those who insert in a bank's transaction need the
// right to add a job, and nothing else.
func migrateRiver(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	lock, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer lock.Release()
	if _, err := lock.Exec(ctx, `select pg_advisory_lock($1)`, riverLock); err != nil {
		return err
	}
	defer func() { _, _ = lock.Exec(context.WithoutCancel(ctx), `select pg_advisory_unlock($1)`, riverLock) }()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("river: %w", err)
	}
	rows, _ := lock.Query(ctx, `select quote_ident(tablename) from pg_tables where schemaname = 'public' and tablename like 'river\_%'`)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, t := range tables {
		if _, err := lock.Exec(ctx, `grant select, insert, update, delete on `+t+` to `+RoleWorker); err != nil {
			return err
		}
	}
	_, err = lock.Exec(ctx, `grant insert, select on river_job to `+RoleApp+`;
		grant usage on sequence river_job_id_seq to `+RoleApp+`, `+RoleWorker)
	return err
}
