package events

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// First is the first event of an object, ready to be written by the very
// statement that makes the object. Its number needs no count: the first that
// follows by AppendTx finds it and begins one.
type First struct {
	kind string
	args []any
}

// FirstParams is how many parameters FirstSQL has.
const FirstParams = 9

// PrepareFirst makes the event, done by the actor in ctx at the time at; see
// AppendTx.
func PrepareFirst(ctx context.Context, bankID uuid.UUID, at time.Time, e New) (First, error) {
	_, args, err := prepare(ctx, bankID, at, e, nil)
	if err != nil {
		return First{}, err
	}
	head, tail := args[8].(string), args[9].(string)
	return First{e.Type, append(append([]any{}, args[:8]...), head+"1"+tail)}, nil
}

// Args are those of FirstSQL.
func (f First) Args() []any { return f.args }

// FirstSQL is two common table expressions, appended and told: the event for each
// row of source, which is one or none, and whether an endpoint is told of it, in
// the column queued of told, which the statement must read. first is the number of
// its first parameter.
func FirstSQL(source string, first int) string {
	return fmt.Sprintf(`
	appended as (
		insert into events (bank_id, id, type, object_type, object_id, sequence, actor_kind, actor_id, at, body)
		select $%[1]d, $%[2]d, $%[3]d, $%[4]d, $%[5]d, 1, $%[6]d, $%[7]d, $%[8]d, $%[9]d from `+source+` returning id, type, at
	), told as (
		select case when exists (select from webhook_endpoints where bank_id = $%[1]d and state = 'enabled')
			then visavis_tell($%[1]d, id, type, at) else false end as queued
		from appended
	)`, postgres.Numbers(first, FirstParams)...)
}

// FirstManySQL is FirstSQL for many: source has an id for each object whose event
// is written, and told one for each event. Its parameters are those of FirstColumns.
func FirstManySQL(source string, first int) string {
	return fmt.Sprintf(`
	appended as (
		insert into events (bank_id, id, type, object_type, object_id, sequence, actor_kind, actor_id, at, body)
		select e.bank_id, e.id, e.type, e.object_type, e.object_id, 1, e.actor_kind, e.actor_id, e.at, e.body
		from unnest($%[1]d::uuid[], $%[2]d::uuid[], $%[3]d::text[], $%[4]d::text[], $%[5]d::uuid[], $%[6]d::text[], $%[7]d::uuid[], $%[8]d::timestamptz[], $%[9]d::text[])
			as e(bank_id, id, type, object_type, object_id, actor_kind, actor_id, at, body)
		join `+source+` on `+source+`.id = e.object_id
		returning bank_id, id, object_id, type, at
	), told as (
		select object_id as id, case when exists (select from webhook_endpoints w where w.bank_id = appended.bank_id and w.state = 'enabled')
			then visavis_tell(bank_id, appended.id, type, at) else false end as queued
		from appended
	)`, postgres.Numbers(first, FirstParams)...)
}

// FirstColumns are the parameters of FirstManySQL.
func FirstColumns(all []First) []any {
	rows := make([][]any, len(all))
	for i, f := range all {
		rows[i] = f.args
	}
	return postgres.Columns(rows)
}

// Wakes are the topics that are woken after the commit; queued is what told said.
func (f First) Wakes(queued bool) []string {
	topics := []string{Topic(f.args[0].(uuid.UUID))}
	if queued {
		topics = append(topics, TopicWebhooks)
	}
	return topics
}

// Written has the readers woken after the commit; see Wakes.
func (f First) Written(tx *postgres.Tx, queued bool) {
	for _, topic := range f.Wakes(queued) {
		tx.Wake(topic)
	}
}
