package calls

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/visavis/visavis/postgres"
)

// TestPositionInALongQueue: who stands far back gets the right position, and to ask
// for it costs no more than in a short queue.
func TestPositionInALongQueue(t *testing.T) {
	b := setup(t)
	v := b.visitor()
	b.enter(v)
	ask := func() Place {
		t.Helper()
		p, err := b.calls.Mine(v.ctx, b.bank, v.idn.ID)
		b.ok(err)
		return p
	}
	cost := func() time.Duration {
		var all []time.Duration
		for range 60 {
			from := time.Now()
			ask()
			all = append(all, time.Since(from))
		}
		slices.Sort(all)
		return all[len(all)/2]
	}
	short := cost()
	const before = 5000
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `
			with cases as (insert into identifications select (jsonb_populate_record(null::identifications, to_jsonb(i) || jsonb_build_object('id', gen_random_uuid()))).*
			  from identifications i, generate_series(1, $3) where bank_id = $1 and i.id = $2 returning id)
			insert into queue_entries (bank_id, id, identification_id, customer_id, scenario_id, entered_at, seen_at, rank_at, rules)
			select bank_id, gen_random_uuid(), cases.id, customer_id, scenario_id, entered_at, seen_at, rank_at - interval '1 hour', rules
			from queue_entries, cases where bank_id = $1`, tx.BankID, v.idn.ID, before)
		return err
	})
	if p := ask(); p.Position != before+1 {
		t.Fatalf("position %d, want %d", p.Position, before+1)
	}
	long := cost()
	t.Logf("a poll takes %s alone, %s behind %d", short, long, before)
	if long > 4*short {
		t.Errorf("a poll takes %s alone, %s behind %d", short, long, before)
	}
	gone := func(n int) {
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `update queue_entries set state = 'left', ended_at = $3 where bank_id = $1 and (bank_id, id) in
				(select bank_id, id from queue_entries where bank_id = $1 and state = 'waiting' and rank_at < $4 limit $2)`, tx.BankID, n, b.calls.Now(), b.calls.Now().Add(-30*time.Minute))
			return err
		})
	}
	gone(1000)
	b.clock.Add(int64(positionAge))
	if p := ask(); p.Position != before-1000+1 {
		t.Errorf("after 1,000 left: %d", p.Position)
	}
	gone(before - 1000 - 10) // the first are counted at once
	if p := ask(); p.Position != 11 {
		t.Errorf("with 10 before: %d", p.Position)
	}
}
