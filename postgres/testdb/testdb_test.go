package testdb_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

func TestEachTestHasItsOwnMigratedDatabase(t *testing.T) {
	seen := map[string]bool{}
	for range 2 {
		db := testdb.New(t)
		var name string
		err := db.InBank(t.Context(), uuid.Must(uuid.NewV7()), func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, "select current_database() from banks having count(*) = 0").Scan(&name)
		})
		if err != nil {
			t.Fatal(err)
		}
		if seen[name] {
			t.Errorf("database %s was given out twice", name)
		}
		seen[name] = true
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		testdb.URL(b)
	}
}
