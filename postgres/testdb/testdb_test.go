package testdb_test

import (
	"context"
	"math"
	"testing"
	"time"

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

// The values are SciPy's (mannwhitneyu, method asymptotic).
func TestMannWhitney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b []time.Duration
		want float64
	}{
		{[]time.Duration{16, 19, 22, 24, 29}, []time.Duration{11, 12, 17, 20}, 0.11134688653314041},
		{[]time.Duration{1, 2, 3}, []time.Duration{1, 2, 3}, 1},
		{[]time.Duration{5, 5}, []time.Duration{5, 5, 5}, 1},
	} {
		if got := testdb.MannWhitney(c.a, c.b); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v against %v: p = %v, want %v", c.a, c.b, got, c.want)
		}
		if got := testdb.MannWhitney(c.b, c.a); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v against %v: p = %v, want %v", c.b, c.a, got, c.want)
		}
	}
}
