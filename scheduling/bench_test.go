package scheduling

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// BenchmarkBookContended has 48 workers book at random in a calendar of which
// they take five places of six, so that they meet. The floor inserts as many
// rows into the same table, each at a place and time of its own, in a
// transaction that does nothing else. A booking is also the search for a place,
// its due times, an event and a message; a refusal counts as time only.
func BenchmarkBookContended(b *testing.B) {
	const workers, each, agents, slots = 48, 5, 6, 48
	w := setup(b)
	at := func(slot int) time.Time { return day.Add(26*time.Hour + time.Duration(slot)*quarter.Length) }
	// all has every worker do its share, and do again what was refused.
	all := func(once func(worker, n int) (bool, error)) testdb.Round {
		latency := make([]time.Duration, workers*each)
		var wg sync.WaitGroup
		began := time.Now()
		for worker := range workers {
			wg.Go(func() {
				for n := range each {
					from := time.Now()
					for done := false; !done; {
						var err error
						if done, err = once(worker, n); err != nil {
							b.Error(err)
							return
						}
					}
					latency[worker*each+n] = time.Since(from)
				}
			})
		}
		wg.Wait()
		if b.Failed() {
			b.FailNow()
		}
		return testdb.Round{Rate: workers * each / time.Since(began).Seconds(), Latency: latency}
	}
	newBank := func() (bank, customer uuid.UUID) {
		bank = w.bank()
		for range agents {
			w.agent(bank, AroundTheClock("UTC"))
		}
		return bank, w.customer(bank)
	}
	floor := func() testdb.Round {
		bank, customer := newBank()
		var places [agents]uuid.UUID
		w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, `select array_agg(id) from places where bank_id = $1`, bank).Scan(&places)
		}))
		return all(func(worker, n int) (bool, error) {
			number := worker*each + n
			start := at(number / agents)
			return true, w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, `
					insert into bookings (bank_id, id, identification_id, customer_id, scenario_id, place_id, during,
						time_zone, state, metadata, created_at, updated_at)
					values ($1, $2, $3, $4, $5, $6, tstzrange($7, $8), 'UTC', 'confirmed', '{}', $9, $9)`,
					bank, uuid.Must(uuid.NewV7()), uuid.New(), customer, uuid.New(), places[number%agents], start, start.Add(quarter.Length), day)
				return err
			})
		})
	}
	var refused atomic.Int64
	testdb.Compare(b, w.db, "bookings", floor, func() testdb.Round {
		bank, customer := newBank()
		round := all(func(int, int) (bool, error) {
			_, err := w.tryBook(bank, newBooking(customer, at(rand.IntN(slots))))
			if visavis.CodeOf(err) == "slot_taken" {
				refused.Add(1)
				return false, nil
			}
			return err == nil, err
		})
		w.checkInvariants(bank)
		return round
	})
	b.ReportMetric(float64(refused.Load()), "refused")
	if refused.Load() == 0 {
		b.Error("nobody was refused: the workers did not meet")
	}
}
