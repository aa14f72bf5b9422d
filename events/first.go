package events

import (
	"context"
	"fmt"
	"time"

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
func PrepareFirst(ctx context.Context, tx *postgres.Tx, at time.Time, e New) (First, error) {
	_, args, err := prepare(ctx, tx, at, e, nil)
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
	p := make([]any, FirstParams)
	for i := range p {
		p[i] = first + i
	}
	return fmt.Sprintf(`
	appended as (
		insert into events (bank_id, id, type, object_type, object_id, sequence, actor_kind, actor_id, at, body)
		select $%[1]d, $%[2]d, $%[3]d, $%[4]d, $%[5]d, 1, $%[6]d, $%[7]d, $%[8]d, $%[9]d from `+source+` returning id, type, at
	), told as (
		select case when exists (select from webhook_endpoints where bank_id = $%[1]d and state = 'enabled')
			then visavis_tell($%[1]d, id, type, at) else false end as queued
		from appended
	)`, p...)
}

// Written has the readers woken after the commit; queued is what told said.
func (f First) Written(tx *postgres.Tx, queued bool) {
	tx.Wake(Topic(tx.BankID))
	if queued {
		tx.Wake(TopicWebhooks)
	}
}
