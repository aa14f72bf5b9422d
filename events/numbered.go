package events

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// Numbered is an event whose place among its object's events is known already:
// the object keeps the count in its own row.
type Numbered struct {
	New
	Sequence int // 1, 2, 3, … per object
}

// AppendNumberedTx records many events in one statement, like AppendTx for each,
// with sequence numbers that the caller counts: under a lock of the object's row.
// Events of one object are numbered by the caller or by AppendTx, never by both.
func AppendNumberedTx(ctx context.Context, tx *postgres.Tx, at time.Time, list []Numbered) error {
	if len(list) == 0 {
		return nil
	}
	actor, actorID, err := actorOf(ctx, tx.BankID)
	if err != nil {
		return fmt.Errorf("append %d events: %w", len(list), err)
	}
	at = at.UTC().Truncate(time.Microsecond)
	var ids, objects []uuid.UUID
	var types, kinds, bodies []string
	var sequences []int32
	for _, n := range list {
		if !typeShape.MatchString(n.Type) || n.Object == "" || n.ID == uuid.Nil || n.Sequence < 1 {
			return fmt.Errorf("append event %q: it needs a type like booking.confirmed, an object, its id and number", n.Type)
		}
		e := Event{ID: uuid.Must(uuid.NewV7()), Type: n.Type, ObjectType: n.Object, ObjectID: n.ID, At: at}
		head, tail, err := body(e, n.Data)
		if err != nil {
			return fmt.Errorf("append event %q: %w", n.Type, err)
		}
		ids, objects, types, kinds = append(ids, e.ID), append(objects, n.ID), append(types, n.Type), append(kinds, n.Object)
		bodies, sequences = append(bodies, head+strconv.Itoa(n.Sequence)+tail), append(sequences, int32(n.Sequence))
	}
	var queued int
	err = tx.QueryRow(ctx, appendNumberedSQL, tx.BankID, string(actor.Kind), actorID, at, ids, types, kinds, objects, sequences, bodies).Scan(&queued)
	if err != nil {
		return fmt.Errorf("append %d events: %w", len(list), err)
	}
	tx.Wake(Topic(tx.BankID))
	if queued > 0 {
		tx.Wake(TopicWebhooks)
	}
	return nil
}

const appendNumberedSQL = `
with appended as (
	insert into events (bank_id, id, type, object_type, object_id, sequence, actor_kind, actor_id, at, body)
	select $1, e.id, e.type, e.kind, e.object, e.sequence, $2, $3, $4, e.body
	from unnest($5::uuid[], $6::text[], $7::text[], $8::uuid[], $9::integer[], $10::text[]) as e(id, type, kind, object, sequence, body)
	returning id, type
), queued as (
	insert into webhook_deliveries (bank_id, id, endpoint_id, event_id, due_at, created_at)
	select $1, (left(e.id::text, 15) || substr(gen_random_uuid()::text, 16))::uuid, w.id, e.id, $4, $4
	from webhook_endpoints w join appended e on w.types = '{}' or e.type = any(w.types)
	where w.bank_id = $1 and w.state = 'enabled'
	returning 1
)
select count(*) from queued`
