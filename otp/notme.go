package otp

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// notMe takes a customer's "this was not me", by SMS or by a key in the call:
// what is pending for the number is denied. When nothing is, but a code to the
// number was approved in the last day, somebody else may have used it: then it
// is told (verification.disputed). It may be run again for the same message.
func (s *Service) notMe(ctx context.Context, bankID uuid.UUID, m channels.InboundMessage) error {
	var ids []uuid.UUID
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select id from verifications where bank_id = $1 and state = 'pending' and created_at <= $3
				and (phone = $2 or $4 = 'verification' and id = $5)`, bankID, m.From, m.ReceivedAt, m.AboutType, orNil(m.AboutID))
		if err != nil {
			return err
		}
		if ids, err = pgx.CollectRows(rows, pgx.RowTo[uuid.UUID]); err != nil || len(ids) > 0 {
			return err
		}
		v, err := oneTx(ctx, tx, `where bank_id = $1 and phone = $2 and state in ('approved', 'denied') and created_at between $3 and $4 order by created_at desc limit 1`,
			bankID, m.From, m.ReceivedAt.Add(-SubjectWindow), m.ReceivedAt)
		if err == pgx.ErrNoRows || err == nil && v.State == Denied {
			return nil
		}
		if err != nil {
			return err
		}
		var told bool
		if err := tx.QueryRow(ctx, `select exists(select from events where bank_id = $1 and object_id = $2 and type = 'verification.disputed')`, bankID, v.ID).Scan(&told); err != nil || told {
			return err
		}
		return appendTx(ctx, tx, s.now(), "verification.disputed", v.Verification)
	})
	if err != nil {
		return fmt.Errorf("find what was denied: %w", err)
	}
	for _, id := range ids {
		if _, err := s.Deny(ctx, bankID, id); err != nil && visavis.KindOf(err) != visavis.NotFound {
			return err
		}
	}
	return nil
}
