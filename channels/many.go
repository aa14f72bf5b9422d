package channels

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// SendManyTx is SendTx of many messages of one class to customers, each with its
// own words, link and expiry, in two round trips and one for a cap: for reminders,
// of which a hundred thousand may be due at one moment. errs has why a message was refused, by
// its place; that harms no other. An error is for all.
func (s *Service) SendManyTx(ctx context.Context, tx *postgres.Tx, messages []Message) (errs []error, err error) {
	if len(messages) == 0 {
		return nil, nil
	}
	ctx = postgres.WithTx(ctx, tx)
	all := Batch{Message: Message{Class: messages[0].Class}, Recipients: make([]BatchRecipient, len(messages))}
	for i, m := range messages {
		if m.Class != all.Message.Class || m.CustomerID == uuid.Nil || m.Key != nil {
			return nil, fmt.Errorf("send messages: all are of one class, to customers and without a key")
		}
		all.Recipients[i].CustomerID = m.CustomerID
		all.Message.Channels = append(all.Message.Channels, m.over()...)
	}
	people, err := s.recipients(ctx, tx.BankID, all)
	if err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	now := s.now()
	errs = make([]error, len(messages))
	rows := make([]*row, len(messages)) // nil: refused
	var limited, waiting, ended []*row
	for i, m := range messages {
		to, known := people[m.CustomerID]
		if !known {
			_, errs[i] = s.recipient(ctx, tx.BankID, m) // in the same words
			continue
		}
		r, err := s.prepare(tx.BankID, m, to.of(m), now)
		if errs[i] = err; err != nil {
			continue
		}
		if rows[i] = &r; r.cap != nil && len(r.plan) > 0 {
			limited = append(limited, &r)
		}
	}
	free, err := s.takeCaps(ctx, tx.BankID, limited)
	if err != nil {
		return nil, err
	}
	for i, r := range limited {
		if !free[i] {
			r.endCapped()
		}
	}
	for _, r := range rows {
		switch {
		case r == nil:
		case len(r.plan) > 0:
			waiting = append(waiting, r)
		default: // it reaches nobody, or there were too many
			ended = append(ended, r)
		}
	}
	if err := s.insertManyTx(ctx, tx, waiting); err != nil {
		return nil, err
	}
	for _, r := range ended {
		if _, err := s.insertTx(ctx, tx, r); err != nil {
			return nil, fmt.Errorf("accept message: %w", err)
		}
	}
	return errs, nil
}

// insertManyTx writes rows of one class that wait, without keys, in one statement.
func (s *Service) insertManyTx(ctx context.Context, tx *postgres.Tx, rows []*row) error {
	if len(rows) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		insert into messages (`+waitingColumns+`)
		select $1, m.id, m.customer, m.class, m.template, m.locale, m.zone, m.params::jsonb, m.sealed, m.data::jsonb, m.link, m.about_type, m.about,
			m.reference, m.metadata::jsonb, m.created, m.expires, m.plan::jsonb, m.due, m.send
		from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bytea[], $10::text[], $11::uuid[], $12::text[],
			$13::uuid[], $14::text[], $15::text[], $16::timestamptz[], $17::timestamptz[], $18::text[], $19::timestamptz[], $20::timestamptz[])
			as m(id, customer, class, template, locale, zone, params, sealed, data, link, about_type, about, reference, metadata, created, expires, plan, due, send)`,
		append([]any{tx.BankID}, columnsOf(rows, func(r *row) *row { return r })...)...)
	if err != nil {
		return fmt.Errorf("accept messages: %w", err)
	}
	for _, r := range rows {
		s.wake(ctx, r.info)
	}
	return nil
}

// columnsOf are rows column by column, in the order of readyTypes. What is no JSON is
// left for the database to refuse.
func columnsOf[T any](all []T, of func(T) *row) []any {
	n := len(all)
	ids, customers, links, abouts := make([]uuid.UUID, n), make([]*uuid.UUID, n), make([]*uuid.UUID, n), make([]*uuid.UUID, n)
	classes, templates, locales, zones, aboutTypes := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	references, sealed := make([]*string, n), make([][]byte, n)
	params, data, metadata, plans := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	created, expires, dues, sends := make([]time.Time, n), make([]time.Time, n), make([]*time.Time, n), make([]*time.Time, n)
	for i, one := range all {
		r := of(one)
		ids[i], customers[i], classes[i], templates[i] = r.info.ID, orNil(r.info.CustomerID), string(r.info.Class), r.info.Template
		locales[i], zones[i], links[i], aboutTypes[i], abouts[i] = r.info.Locale, r.timeZone, r.link, r.info.AboutType, orNil(r.info.AboutID)
		references[i], sealed[i] = orNull(r.info.Reference), r.sealed
		created[i], expires[i], dues[i], sends[i] = r.info.CreatedAt, r.info.ExpiresAt, r.info.DueAt, r.sendAt
		params[i], data[i], metadata[i], plans[i] = asJSON(r.params, len(r.params)), asJSON(r.data, len(r.data)), asJSON(r.info.Metadata, len(r.info.Metadata)), asJSON(r.plan, -1)
	}
	return []any{ids, customers, classes, templates, locales, zones, params, sealed, data, links, aboutTypes, abouts,
		references, metadata, created, expires, plans, dues, sends}
}

// asJSON is {} for a map of no length.
func asJSON(v any, length int) string {
	if length == 0 {
		return "{}"
	}
	raw, _ := json.Marshal(v)
	return string(raw)
}
