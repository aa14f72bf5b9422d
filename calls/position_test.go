package calls

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// crowd puts n entries into the queue before the one that stands there.
func (b *bundle) crowd(v visitor, n int) {
	b.Helper()
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `
			with cases as (insert into identifications select (jsonb_populate_record(null::identifications, to_jsonb(i) || jsonb_build_object('id', gen_random_uuid()))).*
			  from identifications i, generate_series(1, $3) where bank_id = $1 and i.id = $2 returning id)
			insert into queue_entries (bank_id, id, identification_id, customer_id, scenario_id, entered_at, seen_at, rank_at, rules)
			select bank_id, gen_random_uuid(), cases.id, customer_id, scenario_id, entered_at, seen_at, rank_at - interval '1 hour', rules
			from queue_entries, cases where bank_id = $1`, tx.BankID, v.idn.ID, n)
		return err
	})
}

// TestPositionInALongQueue: who stands far back gets the right position, and to ask
// for it reads no more than in a short queue: the first that stand before, and
// the whole order once in a while for all. (What it takes is BenchmarkPosition's.)
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
	const before = 5000
	b.crowd(v, before)
	if p := ask(); p.Position != before+1 {
		t.Fatalf("position %d, want %d", p.Position, before+1)
	}
	testdb.Analyse(t, b.db)
	if n := b.rowsCounted(v); n != positionExact {
		t.Errorf("counting the first %d read %d entries of %d", positionExact, n, before)
	}
	gone := func(n int) {
		b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `update queue_entries set state = 'left', ended_at = $3 where bank_id = $1 and (bank_id, id) in
				(select bank_id, id from queue_entries where bank_id = $1 and state = 'waiting' and rank_at < $4 limit $2)`, tx.BankID, n, b.calls.Now(), b.calls.Now().Add(-30*time.Minute))
			return err
		})
	}
	gone(1000)
	b.clock.Add(int64(positionAge) - 1)
	if p := ask(); p.Position != before+1 {
		t.Errorf("after 1,000 left: %d, so the whole order was read again before its time", p.Position)
	}
	b.clock.Add(1)
	if p := ask(); p.Position != before-1000+1 {
		t.Errorf("after 1,000 left: %d", p.Position)
	}
	gone(before - 1000 - 10) // the first are counted at once
	if p := ask(); p.Position != 11 {
		t.Errorf("with 10 before: %d", p.Position)
	}
}

// rowsCounted is how many entries the database reads to count who stands before a
// visitor, by its own account: the greatest number of rows that a step of the
// plan gave or threw away.
func (b *bundle) rowsCounted(v visitor) (most int) {
	b.Helper()
	type node struct {
		Rows    float64 `json:"Actual Rows"`
		Removed float64 `json:"Rows Removed by Filter"`
		Plans   []node
	}
	var plan []struct{ Plan node }
	b.inBank(func(ctx context.Context, tx *postgres.Tx) error {
		var e Entry
		if err := tx.QueryRow(ctx, `select id, rank_at from queue_entries where bank_id = $1 and identification_id = $2`, tx.BankID, v.idn.ID).Scan(&e.ID, &e.RankAt); err != nil {
			return err
		}
		var raw []byte
		err := tx.QueryRow(ctx, `explain (analyze, format json) `+countBefore, tx.BankID, b.calls.Now().Add(-gonePageAfter), e.RankAt, e.ID, positionExact).Scan(&raw)
		if err != nil {
			return err
		}
		return json.Unmarshal(raw, &plan)
	})
	var walk func(node)
	walk = func(n node) {
		most = max(most, int(n.Rows+n.Removed))
		for _, below := range n.Plans {
			walk(below)
		}
	}
	walk(plan[0].Plan)
	return most
}
