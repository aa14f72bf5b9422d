package otp

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// disputeWindow is how long after its approval "this was not me" about a
// verification is still told to the bank.
const disputeWindow = 24 * time.Hour

// notMe works a customer's "this was not me", by reply or key: the verifications
// of that number that are pending are denied, and one that has just been approved
// is disputed (verification.disputed) and its verified session revoked, for
// somebody else may have read its code.
// Once of each: it may be run again.
func (s *Service) notMe(ctx context.Context, bankID uuid.UUID, m channels.InboundMessage) error {
	ctx = visavis.WithActor(ctx, visavis.System(bankID))
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		now := s.now()
		rows, err := tx.Query(ctx, `select `+columns+` from verifications
			where bank_id = $1 and phone = $2 and created_at > $3 and created_at <= $4
			  and (state = 'pending' or state = 'approved' and reason <> $5) order by created_at for update`,
			bankID, m.From, now.Add(-disputeWindow), m.ReceivedAt, reasonDisputed)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, scanRow)
		if err != nil {
			return fmt.Errorf("read verifications of number: %w", err)
		}
		about := m.AboutID
		if m.AboutType != "verification" {
			about = uuid.Nil
		}
		for i, v := range all {
			switch {
			case v.State == Pending:
				err = s.endTx(ctx, tx, now, v, Denied, "denied_by_customer")
			case v.ID == about || about == uuid.Nil && i == len(all)-1: // the one that was answered, or the last
				// What it has opened is closed.
				if _, err = tx.Exec(ctx, `update verified_sessions set revoked_at = $3 where bank_id = $1 and verification_id = $2 and revoked_at is null`, bankID, v.ID, now); err != nil {
					return fmt.Errorf("revoke disputed session: %w", err)
				}
				if _, err = tx.Exec(ctx, `update verifications set reason = $3 where bank_id = $1 and id = $2`, bankID, v.ID, reasonDisputed); err == nil {
					v.Reason = reasonDisputed
					err = appendTx(ctx, tx, now, "verification.disputed", v.Verification)
				}
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// reasonDisputed is of an approval that the customer says was not theirs.
const reasonDisputed = "disputed_by_customer"
