package postgres_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// sampleSQL makes two tables: things is a tenant's, jobs besides has a policy
// for the worker.
const sampleSQL = `
create table things (bank_id uuid not null, id int not null, n int not null default 0, primary key (bank_id, id));
create table jobs (bank_id uuid not null, id int not null, lease_token uuid, leased_until timestamptz, due_at timestamptz not null default now(),
    done_by text, primary key (bank_id, id));
alter table things enable row level security; alter table things force row level security;
alter table jobs enable row level security; alter table jobs force row level security;
create policy bank on things to visavis_app using (bank_id = nullif(current_setting('visavis.bank_id', true), '')::uuid);
create policy bank on jobs to visavis_app using (bank_id = nullif(current_setting('visavis.bank_id', true), '')::uuid);
create policy worker on jobs to visavis_worker using (true);
grant select, insert, update, delete on things, jobs to visavis_app, visavis_worker;`

type bundle struct {
	db    *postgres.DB
	url   string
	owner *pgx.Conn // superuser: sees everything
	bankA uuid.UUID
	bankB uuid.UUID
}

func setup(t *testing.T) bundle {
	t.Helper()
	url := testdb.URL(t)
	owner, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { owner.Close(context.Background()) })
	b := bundle{db: testdb.Open(t, url), url: url, owner: owner, bankA: uuid.Must(uuid.NewV7()), bankB: uuid.Must(uuid.NewV7())}
	b.exec(t, sampleSQL)
	return b
}

func (b bundle) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := b.owner.Exec(t.Context(), sql, args...); err != nil {
		t.Fatal(err)
	}
}

func (b bundle) count(t *testing.T, sql string, args ...any) (n int) {
	t.Helper()
	if err := b.owner.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func insert(ctx context.Context, tx *postgres.Tx, id int) error {
	_, err := tx.Exec(ctx, "insert into things (bank_id, id) values ($1, $2)", tx.BankID, id)
	return err
}

var errStop = errors.New("stop")

func TestInBank(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ctx := t.Context()

	t.Run("commits on nil, rolls back on an error and on a panic", func(t *testing.T) {
		if err := b.db.InBank(ctx, b.bankA, func(ctx context.Context, tx *postgres.Tx) error { return insert(ctx, tx, 1) }); err != nil {
			t.Fatal(err)
		}
		err := b.db.InBank(ctx, b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			return errors.Join(insert(ctx, tx, 2), errStop)
		})
		if !errors.Is(err, errStop) {
			t.Errorf("got %v, want the error of fn", err)
		}
		func() {
			defer func() { _ = recover() }()
			_ = b.db.InBank(ctx, b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
				if err := insert(ctx, tx, 3); err != nil {
					t.Error(err)
				}
				panic("stop")
			})
		}()
		if n := b.count(t, "select count(*) from things where bank_id = $1", b.bankA); n != 1 {
			t.Errorf("%d rows, want only the committed one", n)
		}
	})

	t.Run("an inner call of the same bank joins", func(t *testing.T) {
		inner := 0
		err := b.db.InBank(ctx, b.bankA, func(ctx context.Context, outer *postgres.Tx) error {
			err := b.db.InBank(ctx, b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
				if tx != outer || postgres.TxFrom(ctx) != outer {
					t.Error("the inner call got a transaction of its own")
				}
				inner++
				tx.AfterCommit(func() { t.Error("ran after a rollback") })
				return insert(ctx, tx, 10)
			})
			return errors.Join(err, errStop)
		})
		if !errors.Is(err, errStop) || inner != 1 {
			t.Fatalf("got %v after %d inner calls", err, inner)
		}
		if n := b.count(t, "select count(*) from things where id = 10"); n != 0 {
			t.Error("the inner call committed on its own")
		}
	})

	t.Run("another bank, the worker and no bank are refused", func(t *testing.T) {
		never := func(context.Context, *postgres.Tx) error { t.Error("it ran"); return nil }
		err := b.db.InBank(ctx, b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			if b.db.InBank(ctx, b.bankB, never) == nil {
				t.Error("a transaction of another bank was joined")
			}
			if b.db.AsWorker(ctx, never) == nil {
				t.Error("the worker's role inside a bank's transaction")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		err = b.db.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
			if b.db.InBank(ctx, b.bankA, never) == nil {
				t.Error("a bank inside the worker's transaction")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if b.db.InBank(ctx, uuid.Nil, never) == nil {
			t.Error("no bank was accepted")
		}
	})

	t.Run("fn may not commit or roll back", func(t *testing.T) {
		err := b.db.InBank(ctx, b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			if tx.Commit(ctx) == nil || tx.Rollback(ctx) == nil {
				t.Error("fn ended the transaction")
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})

	t.Run("AfterCommit runs in order after the commit, and may open a transaction with the same context", func(t *testing.T) {
		var got []int
		err := b.db.InBank(ctx, b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			tx.AfterCommit(func() {
				got = append(got, b.count(t, "select count(*) from things where id = 20"))
				if err := b.db.InBank(ctx, b.bankB, func(ctx context.Context, tx *postgres.Tx) error { return insert(ctx, tx, 21) }); err != nil {
					t.Error(err)
				}
			})
			tx.AfterCommit(func() { got = append(got, 2) })
			return insert(ctx, tx, 20)
		})
		if err != nil || len(got) != 2 || got[0] != 1 || got[1] != 2 {
			t.Errorf("got %v, %v", got, err)
		}
	})

	t.Run("a savepoint undoes its own part only", func(t *testing.T) {
		ran := false
		err := b.db.InBank(ctx, b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			if err := insert(ctx, tx, 30); err != nil {
				return err
			}
			err := tx.Savepoint(ctx, func(ctx context.Context) error {
				tx.AfterCommit(func() { ran = true })
				return insert(ctx, tx, 30) // unique violation
			})
			if err == nil {
				t.Error("the savepoint hid an error")
			}
			return insert(ctx, tx, 31)
		})
		if err != nil || ran {
			t.Errorf("err %v, AfterCommit of the undone part ran: %v", err, ran)
		}
		if n := b.count(t, "select count(*) from things where id in (30, 31)"); n != 2 {
			t.Errorf("%d rows, want 2", n)
		}
	})

	t.Run("times come in UTC", func(t *testing.T) {
		var at time.Time
		err := b.db.InBank(ctx, b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, "select '2026-01-02 03:04:05+07'::timestamptz").Scan(&at)
		})
		if err != nil || at.Location() != time.UTC {
			t.Errorf("got %v in %v, %v", at, at.Location(), err)
		}
	})
}

func TestInBankRetriesDeadlocks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, "insert into things (bank_id, id) values ($1, 1), ($1, 2)", b.bankA)
	var attempts, after atomic.Int32
	var both sync.WaitGroup
	both.Add(2)
	update := func(first, second int) error {
		meet := sync.OnceFunc(func() { both.Done(); both.Wait() })
		return b.db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			attempts.Add(1)
			tx.AfterCommit(func() { after.Add(1) })
			if _, err := tx.Exec(ctx, "update things set n = n + 1 where bank_id = $1 and id = $2", tx.BankID, first); err != nil {
				return err
			}
			meet() // both hold their first row: the first attempts must deadlock
			_, err := tx.Exec(ctx, "update things set n = n + 1 where bank_id = $1 and id = $2", tx.BankID, second)
			return err
		})
	}
	errs := make(chan error, 2)
	go func() { errs <- update(1, 2) }()
	go func() { errs <- update(2, 1) }()
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Fatal(err)
	}
	if n := b.count(t, "select sum(n) from things"); n != 4 || attempts.Load() < 3 || after.Load() != 2 {
		t.Errorf("sum %d (want 4) after %d attempts (want 3 or more), %d AfterCommit (want 2)", n, attempts.Load(), after.Load())
	}
}

func TestInBankGivesUpOnDeadlocks(t *testing.T) {
	t.Parallel()
	b := setup(t)
	attempts := 0
	err := b.db.InBank(t.Context(), b.bankA, func(context.Context, *postgres.Tx) error {
		attempts++
		return &pgconn.PgError{Code: "40P01"}
	})
	if err == nil || attempts != 5 {
		t.Errorf("%d attempts, error %v; want 5 and the error", attempts, err)
	}
}

func TestRowsOfAnotherBankDoNotExist(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, "insert into things (bank_id, id) values ($1, 1), ($2, 1), ($2, 2)", b.bankA, b.bankB)
	see := func(ctx context.Context, tx *postgres.Tx) (n int, err error) {
		err = tx.QueryRow(ctx, "select count(*) from things").Scan(&n) // as if WHERE were forgotten
		return n, err
	}
	for _, want := range []struct {
		bank uuid.UUID
		rows int
	}{{b.bankA, 1}, {b.bankB, 2}, {uuid.Must(uuid.NewV7()), 0}} {
		err := b.db.InBank(t.Context(), want.bank, func(ctx context.Context, tx *postgres.Tx) error {
			n, err := see(ctx, tx)
			if err == nil && n != want.rows {
				t.Errorf("a bank sees %d rows, want %d", n, want.rows)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	t.Run("writing a row for another bank is refused", func(t *testing.T) {
		err := b.db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, "insert into things (bank_id, id) values ($1, 9)", b.bankB)
			return err
		})
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "42501" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("without a bank there are no rows", func(t *testing.T) {
		err := b.db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			if _, err := tx.Exec(ctx, "select set_config('visavis.bank_id', '', true)"); err != nil {
				return err
			}
			n, err := see(ctx, tx)
			if n != 0 {
				t.Errorf("an unset bank sees %d rows", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("the worker sees no table without a policy for it", func(t *testing.T) {
		b.exec(t, "insert into jobs (bank_id, id) values ($1, 1), ($2, 1)", b.bankA, b.bankB)
		err := b.db.AsWorker(t.Context(), func(ctx context.Context, tx *postgres.Tx) error {
			n, err := see(ctx, tx)
			if err != nil || n != 0 {
				t.Errorf("the worker sees %d things, %v", n, err)
			}
			err = tx.QueryRow(ctx, "select count(*) from jobs").Scan(&n)
			if n != 2 {
				t.Errorf("the worker sees %d jobs, want 2", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("what a transaction does to its session does not reach the next", func(t *testing.T) {
		for _, leak := range []string{"reset role", "set role none", "reset all"} {
			err := b.db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, leak)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				err := b.db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
					var role string
					if err := tx.QueryRow(ctx, "select current_user").Scan(&role); err != nil || role != postgres.RoleApp {
						t.Errorf("after %q a transaction runs as %s, %v", leak, role, err)
					}
					n, err := see(ctx, tx)
					if n != 1 {
						t.Errorf("after %q a bank sees %d rows", leak, n)
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		}
	})
}

func TestIDsOfGoogleUUIDGoBothWays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	want := []uuid.UUID{b.bankA, b.bankB}
	err := b.db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
		var got []uuid.UUID
		var none *uuid.UUID
		if err := tx.QueryRow(ctx, "select $1::uuid[], null::uuid", want).Scan(&got, &none); err != nil {
			return err
		}
		if len(got) != 2 || got[0] != want[0] || got[1] != want[1] || none != nil {
			t.Errorf("got %v, %v", got, none)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
