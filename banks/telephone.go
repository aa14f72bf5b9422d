package banks

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// SetTelephone sets where an agent takes calls of customers who are on the
// telephone; "" takes it away. Invalid: not a number with its country code.
// NotFound: no such agent.
func (s *Service) SetTelephone(ctx context.Context, bankID, agentID uuid.UUID, telephone string) error {
	if telephone != "" {
		canonical, err := CanonicalPhone(telephone, "")
		if err != nil {
			return visavis.InvalidField("telephone", "it is not a valid phone number: write it with its country code")
		}
		telephone = canonical
	}
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, `update agents set telephone = $3 where bank_id = $1 and id = $2`, bankID, agentID, telephone)
		if err != nil {
			return fmt.Errorf("set telephone: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return visavis.Errorf(visavis.NotFound, "agent_not_found", "there is no such agent")
		}
		_, err = events.AppendTx(ctx, tx, s.Now(), events.New{Type: "agent.updated", Object: "agent", ID: agentID})
		return err
	})
}
