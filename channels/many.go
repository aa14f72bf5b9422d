package channels

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis/postgres"
)

// SendManyTx is SendTx of many messages of one class to customers, each with its
// own words, link and expiry, in three round trips: for reminders, of which a
// hundred thousand may be due in a minute. errs has why a message was refused, by
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
	var plain []row
	for i, m := range messages {
		to, known := people[m.CustomerID]
		if !known {
			_, errs[i] = s.recipient(ctx, tx.BankID, m) // in the same words
			continue
		}
		to.phone = or(m.Phone, to.phone)
		to.locale, to.timeZone = KnownLocale(or(m.Locale, to.locale)), or(m.TimeZone, or(to.timeZone, "UTC"))
		r, err := s.prepare(tx.BankID, m, to, now)
		switch {
		case err != nil:
			errs[i] = err
		case len(r.plan) == 0 || r.cap != nil: // it reaches nobody, or has a cap to be taken from
			if _, _, err := s.insert(ctx, tx.BankID, m, r); err != nil {
				return nil, err
			}
		default:
			plain = append(plain, r)
		}
	}
	if len(plain) == 0 {
		return errs, nil
	}
	inserted := 0
	err = s.db.Batch(ctx, tx.BankID, func(batch *pgx.Batch) {
		for _, r := range plain {
			batch.Queue(insertMessageSQL, r.values...).Exec(func(tag pgconn.CommandTag) error {
				inserted += int(tag.RowsAffected())
				return nil
			})
		}
	})
	if err != nil {
		return nil, fmt.Errorf("accept messages: %w", err)
	}
	if inserted != len(plain) {
		return nil, fmt.Errorf("accept messages: %d of %d were written", inserted, len(plain))
	}
	for _, r := range plain {
		s.wake(ctx, r.info)
	}
	return errs, nil
}
