package ivr

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/channels/twilio"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// ClaimOne claims what is due, as a node does that then dies.
func ClaimOne(ctx context.Context, s *Service) (id uuid.UUID, err error) {
	err = s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		items, _, err := s.claim(ctx, tx, 1)
		if len(items) == 1 {
			id = items[0].ID
		}
		return err
	})
	return id, err
}

// DialOnly has the carrier accept a call, and marks nothing.
func DialOnly(ctx context.Context, s *Service, to string, id, bankID uuid.UUID) error {
	_, err := s.Carrier.Dial(ctx, twilio.Dial{To: to, AnswerPath: turnPath(bankID, id, 0), StatusPath: statusPath(bankID, id), Ring: 10 * time.Minute, Limit: time.Minute})
	return err
}

// Shipped are the flows that the product brings.
func Shipped() map[string]string { return shipped() }

// LegDue works a due time as the loop does.
func LegDue(ctx context.Context, s *Service, tx *postgres.Tx, d scheduling.Due) error {
	return s.legDue(ctx, tx, d)
}
