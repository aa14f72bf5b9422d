package channels

import (
	"context"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// Undelivered is a message that reached nobody: every delivery failed, was refused
// by a provider that is down, or was reported as not delivered, and no step of its
// ladder is left.
type Undelivered struct {
	MessageID, AboutID uuid.UUID
	Channel            Channel // of the last delivery
	Code               string  // the last delivery's error code, such as "provider_down"
}

// OnUndelivered has fn called for messages about aboutType that reached nobody,
// in the transaction that marks them so: what fn writes stands exactly when the
// mark does. One fn for each aboutType; to be set before Run.
//
// The transaction holds the messages' rows. Who locks what they are about before
// its messages (to cancel them) must not be waited for by fn: let it skip locked
// rows, and go on after the commit.
func (s *Service) OnUndelivered(aboutType string, fn func(ctx context.Context, tx *postgres.Tx, list []Undelivered) error) {
	s.undelivered.Store(aboutType, fn)
}

// tellUndeliveredTx calls those who wait for what has become of messages.
func (s *Service) tellUndeliveredTx(ctx context.Context, tx *postgres.Tx, tell []told) error {
	byType := map[string][]Undelivered{}
	for _, t := range tell {
		if t.info.State == StateUndelivered && t.info.AboutID != uuid.Nil {
			byType[t.info.AboutType] = append(byType[t.info.AboutType], Undelivered{t.info.ID, t.info.AboutID, t.channel, t.code})
		}
	}
	for aboutType, list := range byType {
		fn, ok := s.undelivered.Load(aboutType)
		if !ok {
			continue
		}
		if err := fn.(func(context.Context, *postgres.Tx, []Undelivered) error)(ctx, tx, list); err != nil {
			return err
		}
	}
	return nil
}
