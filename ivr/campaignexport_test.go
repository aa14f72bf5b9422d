package ivr

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// ClaimCampaigns claims as many campaigns as that, as a node does that then dies,
// and returns their ids in the order of their turns.
func ClaimCampaigns(ctx context.Context, s *Campaigns, limit int) (ids []uuid.UUID, err error) {
	err = s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		turns, _, err := s.claim(ctx, tx, limit)
		for _, t := range turns {
			ids = append(ids, t.id)
		}
		return err
	})
	return ids, err
}

// LateTurn works a turn of a node that had lost its lease before.
func LateTurn(ctx context.Context, s *Campaigns, bankID, id uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		return s.turnTx(ctx, tx, turn{bankID, id, uuid.New()})
	})
}

// EndQueued ends every call that waits as if it had been led to its end; change
// says how, nil as heard.
func (s *Service) EndQueued(ctx context.Context, bankID uuid.UUID, change func(n int, c *PhoneCall)) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select `+callColumns+` from phone_calls where bank_id = $1 and state = 'queued' for update`, bankID)
		all, err := pgx.CollectRows(rows, scanCall)
		if err != nil {
			return err
		}
		for i := range all {
			now := s.Now()
			all[i].AnsweredAt, all[i].ProviderID, all[i].Outcome, all[i].FlowEnded = &now, "CA"+all[i].ID.String(), "answered", true
			if change != nil {
				change(i, &all[i])
			}
			if err := s.endTx(ctx, tx, &all[i], Completed, "answered"); err != nil {
				return err
			}
		}
		return nil
	})
}
