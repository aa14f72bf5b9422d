package testdb

import (
	"context"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// Round is what one round of a benchmark came to.
type Round struct {
	Rate    float64         // done a second
	Latency []time.Duration // of each one; nil when it means nothing
	// CPU that each one took in this process, its caller included, and in the
	// database's server; 0 when it was not measured.
	Self, Server time.Duration
}

// rounds is how often Compare measures each side.
const rounds = 5

// Compare measures floor and ours, which work on db, by turns, five times each
// after one that is not counted, and reports "fsync" and
// "ratio", the median of the rounds' ratios ours / floor, with the least and the
// greatest, beside the medians of both sides. unit is what is done, such as
// "messages". Absolute figures depend on the machine and on what else it does;
// the ratio is of neighbours in time.
//
// The database is analysed after the round that is not counted, as autovacuum
// does on one in use: statements planned on empty tables would walk them.
func Compare(b *testing.B, db *postgres.DB, unit string, floor, ours func() Round) {
	b.Helper()
	floor()
	ours()
	Analyse(b, db)
	b.ResetTimer()
	var ratio, p99Ratio []float64
	var rate, p99, self, server [2][]float64
	for b.Loop() {
		for range rounds {
			f, o := floor(), ours()
			ratio = append(ratio, o.Rate/f.Rate)
			rate[0], rate[1] = append(rate[0], f.Rate), append(rate[1], o.Rate)
			for i, r := range [2]Round{f, o} {
				self[i], server[i] = append(self[i], millis(r.Self)), append(server[i], millis(r.Server))
			}
			if len(f.Latency) > 0 && len(o.Latency) > 0 {
				a, c := Percentile(f.Latency, 99), Percentile(o.Latency, 99)
				p99[0], p99[1] = append(p99[0], millis(a)), append(p99[1], millis(c))
				p99Ratio = append(p99Ratio, float64(c)/float64(a))
			}
		}
	}
	b.ReportMetric(0, "ns/op") // left out
	b.ReportMetric(Median(ratio), "ratio")
	b.ReportMetric(slices.Min(ratio), "ratio-low")
	b.ReportMetric(slices.Max(ratio), "ratio-high")
	b.ReportMetric(Median(rate[0]), "floor-"+unit+"/s")
	b.ReportMetric(Median(rate[1]), "ours-"+unit+"/s")
	ReportFsync(b, db)
	if len(p99Ratio) > 0 {
		b.ReportMetric(Median(p99Ratio), "p99-ratio")
		b.ReportMetric(Median(p99[0]), "floor-p99-ms")
		b.ReportMetric(Median(p99[1]), "ours-p99-ms")
	}
	for i, side := range [2]string{"floor", "ours"} {
		if total := Median(self[i]) + Median(server[i]); total > 0 {
			b.ReportMetric(Median(self[i]), side+"-cpu-go-ms")
			b.ReportMetric(Median(server[i]), side+"-cpu-pg-ms")
		}
	}
}

// ReportFsync reports "fsync": 1 when the server's commits are on disk before
// they are answered, 0 when not (see EnvFsync).
func ReportFsync(b *testing.B, db *postgres.DB) {
	b.Helper()
	var on bool
	err := db.AsWorker(b.Context(), func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select current_setting('fsync')::bool and current_setting('synchronous_commit') <> 'off'`).Scan(&on)
	})
	if err != nil {
		b.Fatal(err)
	}
	value := 0.0
	if on {
		value = 1
	}
	b.ReportMetric(value, "fsync")
}

// OwnerURL is the connection string of the user who owns db's database.
func OwnerURL(db *postgres.DB) string {
	config := db.JobPool().Config().ConnConfig
	return keywords(config, config.Database)
}

// Analyse has the server look at its tables, as autovacuum does in time.
func Analyse(b testing.TB, db *postgres.DB) {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), OwnerURL(db))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = conn.Close(b.Context()) }()
	if _, err := conn.Exec(b.Context(), "analyze"); err != nil {
		b.Fatal(err)
	}
}

// Median of values, of which there is at least one.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[len(sorted)/2] + sorted[(len(sorted)-1)/2]) / 2
}

// Percentile is the time within which p per cent of all were done.
func Percentile(all []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[min(len(sorted)*p/100, len(sorted)-1)]
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// MannWhitney is the two-sided p of the hypothesis that neither of two samples, which
// are sorted, tends to be the greater: by the normal approximation, with corrections
// for ties and continuity.
func MannWhitney(a, b []time.Duration) float64 {
	var ranks, ties float64 // of a
	at, i, j := 0, 0, 0
	for i < len(a) || j < len(b) {
		var value time.Duration
		if j >= len(b) || i < len(a) && a[i] <= b[j] {
			value = a[i]
		} else {
			value = b[j]
		}
		fromA, both := 0, 0
		for ; i < len(a) && a[i] == value; i++ {
			fromA, both = fromA+1, both+1
		}
		for ; j < len(b) && b[j] == value; j++ {
			both++
		}
		ranks += float64(fromA) * (float64(at) + float64(both+1)/2)
		ties += float64(both) * (float64(both)*float64(both) - 1)
		at += both
	}
	n, m := float64(len(a)), float64(len(b))
	u := ranks - n*(n+1)/2
	sigma := math.Sqrt(n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1))))
	if sigma == 0 {
		return 1
	}
	return min(1, math.Erfc(max(0, math.Abs(u-n*m/2)-0.5)/sigma/math.Sqrt2))
}
