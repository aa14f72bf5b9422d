package channels

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// BatchCheck is how one recipient of a batch would fare.
type BatchCheck struct {
	BatchResult        // MessageID and State stay empty
	Locale      string // of the words
	Body        string // the words
	Segments    int    // SMS that they take; 0 = not an SMS
}

// CheckBatch says what SendBatch would answer, and renders the words; nothing is
// sent or kept. names are those of the customers, for the placeholder.
func (s *Service) CheckBatch(ctx context.Context, bankID uuid.UUID, b Batch, names map[uuid.UUID]string) ([]BatchCheck, error) {
	people, err := s.recipients(ctx, bankID, b)
	if err != nil {
		return nil, fmt.Errorf("read recipients: %w", err)
	}
	bank, err := s.facts.of(ctx, bankID)
	if err != nil {
		return nil, fmt.Errorf("read bank: %w", err)
	}
	now := s.now()
	all := make([]BatchCheck, len(b.Recipients))
	for i, r := range b.Recipients {
		check := &all[i]
		check.Row = i
		one, err := s.prepareRow(bankID, b.Message, r, people, now)
		if err == nil {
			c := &content{
				template: b.Message.Template, locale: one.info.Locale, timeZone: one.timeZone, params: one.params,
				customer: names[r.CustomerID], bank: bank.name, texts: bank.texts,
			}
			check.Locale = c.locale
			err = s.sayTo(c, one.plan, check)
		}
		if err == nil {
			continue
		}
		refused, ok := refusalOf(i, err)
		if !ok {
			return nil, err
		}
		check.Code, check.Detail, check.Field = refused.Code, refused.Detail, refused.Field
	}
	return all, nil
}

// sayTo renders what the first step says: as an SMS when it is among it.
func (s *Service) sayTo(c *content, plan []planned, check *BatchCheck) error {
	channel := plan[0].Targets[0].Channel
	for _, group := range plan {
		for _, t := range group.Targets {
			if t.Channel == SMS {
				channel = SMS
			}
		}
	}
	values, err := s.values(c, channel)
	if err != nil {
		return err
	}
	if check.Body, err = fill(c, channel, c.template, values); err != nil {
		return err
	}
	if channel == SMS {
		check.Segments = CountSegments(check.Body).Segments
	}
	return nil
}

// Batches returns a page of the bank's batches, newest first, with how many of
// their messages are in which state, and the cursor of the page after.
func (s *Service) Batches(ctx context.Context, bankID uuid.UUID, page postgres.Page) (list []BatchInfo, next string, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select id, total, jsonb_array_length(refused), created_at, cancelled_at from message_batches
			where bank_id = $1 and ($2::uuid is null or id < $2) order by id desc limit $3`, bankID, page.After(), page.Size()+1)
		if err != nil {
			return err
		}
		if list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (b BatchInfo, err error) {
			b.States = map[State]int{}
			return b, row.Scan(&b.ID, &b.Total, &b.Refused, &b.CreatedAt, &b.CancelledAt)
		}); err != nil {
			return err
		}
		list, next = postgres.Cut(list, page, func(b BatchInfo) uuid.UUID { return b.ID })
		ids, index := make([]uuid.UUID, len(list)), map[uuid.UUID]*BatchInfo{}
		for i := range list {
			ids[i], index[list[i].ID] = list[i].ID, &list[i]
		}
		if rows, err = tx.Query(ctx, `select batch_id, state, count(*) from messages where bank_id = $1 and batch_id = any($2) group by batch_id, state`, bankID, ids); err != nil {
			return err
		}
		var id uuid.UUID
		var state State
		var n int
		_, err = pgx.ForEachRow(rows, []any{&id, &state, &n}, func() error {
			index[id].States[state] = n
			index[id].Accepted += n
			return nil
		})
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list batches: %w", err)
	}
	return list, next, nil
}
