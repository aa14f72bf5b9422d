package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// Each kind of first statement begins the transaction, under the bank's policy.
func TestTheFirstStatementBegins(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.exec(t, `insert into things values ($1, 1), ($2, 2)`, b.bankA, b.bankB)
	for name, first := range map[string]func(ctx context.Context, tx *postgres.Tx) (int, error){
		"QueryRow": func(ctx context.Context, tx *postgres.Tx) (n int, err error) {
			return n, tx.QueryRow(ctx, `select id from things where id > $1`, 0).Scan(&n)
		},
		"Query": func(ctx context.Context, tx *postgres.Tx) (int, error) {
			rows, _ := tx.Query(ctx, `select id from things where id > $1`, 0)
			return pgx.CollectExactlyOneRow(rows, pgx.RowTo[int])
		},
		"Exec": func(ctx context.Context, tx *postgres.Tx) (int, error) {
			tag, err := tx.Exec(ctx, `update things set n = n + 1 where id > $1`, 0)
			return int(tag.RowsAffected()), err
		},
		"SendBatch": func(ctx context.Context, tx *postgres.Tx) (n int, err error) {
			var batch pgx.Batch
			batch.Queue(`select id from things`).QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
			return n, tx.SendBatch(ctx, &batch).Close()
		},
		"without arguments": func(ctx context.Context, tx *postgres.Tx) (n int, err error) {
			return n, tx.QueryRow(ctx, `select id from things`).Scan(&n)
		},
	} {
		err := b.db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			n, err := first(ctx, tx)
			if err != nil || n != 1 {
				t.Errorf("%s: %d, %v", name, n, err)
			}
			// The second is in the same transaction.
			if _, err := tx.Exec(ctx, `insert into things values ($1, 3)`, b.bankA); err != nil {
				t.Errorf("%s: then: %v", name, err)
			}
			return errors.New("undo")
		})
		if err == nil || err.Error() != "undo" {
			t.Errorf("%s: %v", name, err)
		}
		if n := b.count(t, `select count(*) from things where id = 3 or n > 0`); n != 0 {
			t.Errorf("%s: %d rows outlived the rollback", name, n)
		}
		err = b.db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := first(ctx, tx)
			if err == nil {
				err = tx.QueryRow(ctx, `select id from things where id = $1`, 99).Scan(new(int))
			}
			return err
		})
		if !errors.Is(err, pgx.ErrNoRows) {
			t.Errorf("%s: no row gives %v", name, err)
		}
	}
}

func TestABatchIsOneTransactionOfOneBank(t *testing.T) {
	t.Parallel()
	b := setup(t)
	insert := `insert into things values ($1, $2)`
	if err := b.db.Batch(t.Context(), b.bankA, func(q *pgx.Batch) { q.Queue(insert, b.bankA, 1); q.Queue(insert, b.bankA, 2) }); err != nil {
		t.Fatal(err)
	}
	if err := b.db.Batch(t.Context(), b.bankA, func(q *pgx.Batch) { q.Queue(insert, b.bankA, 3); q.Queue(insert, b.bankA, 1) }); err == nil {
		t.Error("a doubled key is accepted")
	}
	if err := b.db.Batch(t.Context(), b.bankA, func(q *pgx.Batch) { q.Queue(insert, b.bankB, 4) }); err == nil {
		t.Error("another bank's row is accepted")
	}
	if n := b.count(t, `select count(*) from things`); n != 2 {
		t.Errorf("%d rows, want the 2 of the first batch", n)
	}
	// It leaves nothing behind on its connection.
	seen := -1
	if err := b.db.Batch(t.Context(), uuid.New(), func(q *pgx.Batch) {
		q.Queue(`select count(*) from things`).QueryRow(func(row pgx.Row) error { return row.Scan(&seen) })
	}); err != nil || seen != 0 {
		t.Errorf("another bank sees %d rows, %v", seen, err)
	}
	// In a transaction it joins.
	_ = b.db.InBank(t.Context(), b.bankA, func(ctx context.Context, tx *postgres.Tx) error {
		if err := b.db.Batch(ctx, b.bankA, func(q *pgx.Batch) { q.Queue(insert, b.bankA, 5) }); err != nil {
			t.Error(err)
		}
		return errors.New("undo")
	})
	if n := b.count(t, `select count(*) from things where id = 5`); n != 0 {
		t.Error("the batch did not join")
	}
}
