package channels

import (
	"context"

	"github.com/google/uuid"
)

// Intent stub.
type Intent string

const (
	IntentNotMe Intent = "not_me"
	IntentStop  Intent = "stop"
)

func (s *Service) Keyed(ctx context.Context, bankID, deliveryID uuid.UUID, providerID string, intent Intent) error {
	return nil
}
