package calls

import (
	"testing"
	"time"

	"github.com/visavis/visavis/postgres/testdb"
)

// BenchmarkPosition is one question of a waiting page for its position, behind
// 5,000 others, against the same question of a page that waits alone.
func BenchmarkPosition(bench *testing.B) {
	alone, behind := setup(bench), setup(bench)
	asks := func(b *bundle) func() testdb.Round {
		v := b.visitor()
		b.enter(v)
		if b == behind {
			b.crowd(v, 5000)
		}
		testdb.Analyse(bench, b.db)
		return func() testdb.Round {
			const times = 200
			took := make([]time.Duration, times)
			began := time.Now()
			for i := range took {
				from := time.Now()
				_, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID)
				b.ok(err)
				took[i] = time.Since(from)
			}
			return testdb.Round{Rate: times / time.Since(began).Seconds(), Latency: took}
		}
	}
	testdb.Compare(bench, behind.db, "questions", asks(alone), asks(behind))
}
