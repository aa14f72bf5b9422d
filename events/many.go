package events

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// AppendManyTx is AppendTx of many events, done by one actor at one time, in one
// round trip. It does not return them.
func AppendManyTx(ctx context.Context, tx *postgres.Tx, at time.Time, all []New) error {
	if len(all) == 0 {
		return nil
	}
	actor := visavis.ActorFrom(ctx)
	if actor.Kind == "" {
		actor = visavis.System(tx.BankID)
	}
	if actor.BankID != tx.BankID {
		return fmt.Errorf("append events: the actor belongs to another bank")
	}
	var actorID *uuid.UUID
	if actor.ID != uuid.Nil {
		actorID = &actor.ID
	}
	at = at.UTC().Truncate(time.Microsecond)
	queued := 0
	var batch pgx.Batch
	for _, e := range all {
		if !typeShape.MatchString(e.Type) || e.Object == "" || e.ID == uuid.Nil || tx.BankID == uuid.Nil {
			return fmt.Errorf("append event %q: it needs a bank, a type like booking.confirmed, an object and its id", e.Type)
		}
		event := Event{ID: uuid.Must(uuid.NewV7()), Type: e.Type, ObjectType: e.Object, ObjectID: e.ID, ActorKind: actor.Kind, ActorID: actor.ID, At: at}
		head, tail, err := body(event, e.Data)
		if err != nil {
			return fmt.Errorf("append event %q: %w", e.Type, err)
		}
		batch.Queue(appendSQL, tx.BankID, event.ID, event.Type, event.ObjectType, event.ObjectID,
			string(actor.Kind), actorID, at, head, tail, (*uuid.UUID)(nil)).QueryRow(func(row pgx.Row) error {
			var sequence, n int
			var xid, position int64
			err := row.Scan(&sequence, &xid, &position, &n)
			queued += n
			return err
		})
	}
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return fmt.Errorf("append events: %w", err)
	}
	tx.Wake(Topic(tx.BankID))
	if queued > 0 {
		tx.Wake(TopicWebhooks)
	}
	return nil
}
