package ivr

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// A call that the gateway ends is marked in the transaction that decides it, and
// ended at the carrier by the dial loop, on any node and as often as it takes: a
// node that is killed between the two leaves no leg that nobody ends.

// hangUpTx has a call end, and the agent's leg to it: what was not dialled yet
// never is.
func (s *Service) hangUpTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) error {
	// The leg first: its end takes the caller along, in this order of locks.
	rows, _ := tx.Query(ctx, `select `+callColumns+` from phone_calls
		where bank_id = $1 and due_at is not null and (id = $2 or about_id = $2 and about_type = $3)
		order by id = $2, id for update`, tx.BankID, id, aboutLeg)
	all, err := pgx.CollectRows(rows, scanCall)
	if err != nil {
		return fmt.Errorf("hang up: %w", err)
	}
	for _, c := range all {
		if c.State == Queued {
			if err := s.endTx(ctx, tx, &c, Canceled, OutcomeCanceled); err != nil {
				return err
			}
			continue
		}
		// A lease is left to who has it: the mark looks at hang_up.
		if _, err := tx.Exec(ctx, `update phone_calls set hang_up = true, due_at = case when lease is null then $3 else due_at end
			where bank_id = $1 and id = $2 and due_at is not null`, tx.BankID, c.ID, s.Now()); err != nil {
			return fmt.Errorf("hang up: %w", err)
		}
	}
	tx.Wake(topic)
	return nil
}

// hangUp ends a call at the carrier, and asks what became of it.
func (s *Service) hangUp(ctx context.Context, c *claimed) error {
	if err := s.Carrier.Hangup(ctx, c.ProviderID); err != nil {
		s.Log.Warn("a phone call could not be ended; it is tried again", "bank", c.BankID, "phone_call", c.ID, "error", err)
		return s.mark(ctx, c, func(ctx context.Context, tx *postgres.Tx, row *PhoneCall) error {
			return s.laterTx(ctx, tx, row, row.State, s.Now().Add(lookupAfter), "hang_up", err.Error())
		})
	}
	return s.ask(ctx, c)
}
