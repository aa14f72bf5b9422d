package events

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// AppendManyTx is AppendTx of many events, done by one actor at one time, in two
// statements: their numbers are taken, then they are written. It does not return
// them. Events of one object are numbered in the order of all.
func AppendManyTx(ctx context.Context, tx *postgres.Tx, at time.Time, all []New) error {
	if len(all) == 0 {
		return nil
	}
	count := map[uuid.UUID]int{}
	for _, e := range all {
		count[e.ID]++
	}
	var objects []uuid.UUID
	var counts []int32
	for id, n := range count {
		objects, counts = append(objects, id), append(counts, int32(n))
	}
	// In one order: two transactions wait for each other one way only.
	rows, err := tx.Query(ctx, `
		insert into event_sequences as s (bank_id, object_id, last)
		select $1, object, n + `+lastOf("object")+` from unnest($2::uuid[], $3::integer[]) as o(object, n) order by object
		on conflict (bank_id, object_id) do update set last = s.last + excluded.last - `+lastOf("s.object_id")+`
		returning object_id, last`, tx.BankID, objects, counts)
	if err != nil {
		return fmt.Errorf("number %d events: %w", len(all), err)
	}
	next := make(map[uuid.UUID]int, len(objects))
	var object uuid.UUID
	var last int
	if _, err = pgx.ForEachRow(rows, []any{&object, &last}, func() error {
		next[object] = last - count[object] + 1
		return nil
	}); err != nil {
		return fmt.Errorf("number %d events: %w", len(all), err)
	}
	numbered := make([]Numbered, len(all))
	for i, e := range all {
		numbered[i] = Numbered{New: e, Sequence: next[e.ID]}
		next[e.ID]++
	}
	return AppendNumberedTx(ctx, tx, at, numbered)
}

// lastOf is SQL of the highest number that an object's events have: the first
// event of an object may have been written without a row in event_sequences.
func lastOf(object string) string {
	return `coalesce((select max(sequence) from events where bank_id = $1 and object_id = ` + object + `), 0)`
}
