package events

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// TopicWebhooks is woken (postgres.Tx.Wake) when a webhook delivery becomes due.
const TopicWebhooks = "webhooks"

// Topic is woken after a commit that appended events of the bank.
func Topic(bankID uuid.UUID) string { return "events:" + bankID.String() }

var typeShape = regexp.MustCompile(`^[a-z_]+\.[a-z_]+$`) // as the constraint events_type_shape

// AppendTx records that e happened at the time at, done by the actor in ctx (by
// the system when there is none), and queues it for every enabled webhook
// endpoint that wants its type, all in the caller's transaction: what rolls back
// was never reported. It is one statement. Two transactions that append to the
// same object wait for each other, so append late in a transaction.
func AppendTx(ctx context.Context, tx *postgres.Tx, at time.Time, e New) (Event, error) {
	return appendTx(ctx, tx, at, e, nil)
}

// QueueTx is AppendTx as a statement of a batch, for who has more to write in the
// same round trip.
func QueueTx(ctx context.Context, tx *postgres.Tx, b *pgx.Batch, at time.Time, e New) error {
	event, args, err := prepare(ctx, tx.BankID, at, e, nil)
	if err != nil {
		return err
	}
	b.Queue(appendSQL, args...).QueryRow(func(row pgx.Row) error { return event.appended(tx, row, args) })
	return nil
}

// appendTx with an endpoint queues the event for that one only, whatever types it wants.
func appendTx(ctx context.Context, tx *postgres.Tx, at time.Time, e New, endpoint *uuid.UUID) (Event, error) {
	event, args, err := prepare(ctx, tx.BankID, at, e, endpoint)
	if err != nil {
		return Event{}, err
	}
	err = event.appended(tx, tx.QueryRow(ctx, appendSQL, args...), args)
	return event, err
}

// prepare makes the event and the arguments of appendSQL.
func prepare(ctx context.Context, bankID uuid.UUID, at time.Time, e New, endpoint *uuid.UUID) (event Event, args []any, err error) {
	if !typeShape.MatchString(e.Type) || e.Object == "" || e.ID == uuid.Nil || bankID == uuid.Nil {
		return event, nil, fmt.Errorf("append event %q: it needs a bank, a type like booking.confirmed, an object and its id", e.Type)
	}
	actor, actorID, err := actorOf(ctx, bankID)
	if err != nil {
		return event, nil, fmt.Errorf("append event %q: %w", e.Type, err)
	}
	event = Event{
		ID: uuid.Must(uuid.NewV7()), Type: e.Type, ObjectType: e.Object, ObjectID: e.ID,
		ActorKind: actor.Kind, ActorID: actor.ID, At: at.UTC().Truncate(time.Microsecond),
	}
	head, tail, err := body(event, e.Data)
	if err != nil {
		return event, nil, fmt.Errorf("append event %q: %w", e.Type, err)
	}
	return event, []any{
		bankID, event.ID, event.Type, event.ObjectType, event.ObjectID,
		string(actor.Kind), actorID, event.At, head, tail, endpoint,
	}, nil
}

// actorOf is who does what a transaction of the bank records, the system when nobody is named; id is nil
// for the system.
func actorOf(ctx context.Context, bankID uuid.UUID) (actor visavis.Actor, id *uuid.UUID, err error) {
	actor = visavis.ActorFrom(ctx)
	if actor.Kind == "" {
		actor = visavis.System(bankID)
	}
	if actor.BankID != bankID || bankID == uuid.Nil {
		return actor, nil, errors.New("the actor belongs to another bank")
	}
	if actor.ID != uuid.Nil {
		id = &actor.ID
	}
	return actor, id, nil
}

// appended fills in what the database answered, and has the readers woken.
func (event *Event) appended(tx *postgres.Tx, row pgx.Row, args []any) error {
	var queued int
	if err := row.Scan(&event.Sequence, &event.xid, &event.position, &queued); err != nil {
		return fmt.Errorf("append event %q: %w", event.Type, err)
	}
	event.Body = json.RawMessage(args[8].(string) + strconv.Itoa(event.Sequence) + args[9].(string))
	event.Cursor = cursor{event.xid, event.position}.String()
	tx.Wake(Topic(tx.BankID))
	if queued > 0 {
		tx.Wake(TopicWebhooks)
	}
	return nil
}

// An object that was made together with its first event (First) has no count yet.
// A delivery's id is a UUIDv7 of the event's millisecond, so that deliveries
// can be listed by id.
const appendSQL = `
with seq as (
	insert into event_sequences (bank_id, object_id, last)
	values ($1, $5, 1 + coalesce((select max(sequence) from events where bank_id = $1 and object_id = $5), 0))
	on conflict (bank_id, object_id) do update set last = event_sequences.last + 1
	returning last
), appended as (
	insert into events (bank_id, id, type, object_type, object_id, sequence, actor_kind, actor_id, at, body)
	select $1, $2, $3, $4, $5, last, $6, $7, $8, $9::text || last || $10::text from seq
	returning sequence, xid::text::bigint as xid, position
), queued as (
	insert into webhook_deliveries (bank_id, id, endpoint_id, event_id, due_at, created_at)
	select $1, (left($2::text, 15) || substr(gen_random_uuid()::text, 16))::uuid, id, $2, $8, $8
	from webhook_endpoints
	where bank_id = $1 and state = 'enabled'
	  and case when $11::uuid is null then types = '{}' or $3 = any(types) else id = $11 end
	returning 1
)
select sequence, xid, position, (select count(*) from queued) from appended`

// body returns the event's bytes before and after its sequence number, which
// only the database knows.
func body(e Event, data map[string]any) (head, tail string, err error) {
	if data == nil {
		data = map[string]any{}
	}
	encoded, err := marshal(data)
	if err != nil {
		return "", "", err
	}
	object, err := marshal(e.ObjectType)
	if err != nil {
		return "", "", err
	}
	head = `{"id":"` + e.ID.String() + `","type":"` + e.Type + `","timestamp":"` + e.At.Format(time.RFC3339Nano) + `","sequence":`
	tail = `,"object":{"type":` + object + `,"id":"` + e.ObjectID.String() + `"},"data":` + encoded + `}`
	return head, tail, nil
}

func marshal(v any) (string, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimRight(buf.Bytes(), "\n")), nil
}
