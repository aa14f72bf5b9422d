package channels

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// Ready is a message that was looked at and waits to be accepted together with
// what it is about, in one round trip (postgres.DB.Batch).
type Ready struct{ row row }

// Ready does of SendTx what can be done before; errors are its. ok is false for a
// message that would reach nobody, or has a Key: those take SendTx.
func (s *Service) Ready(ctx context.Context, bankID uuid.UUID, m Message) (r Ready, ok bool, err error) {
	if m.Key != nil {
		return r, false, nil
	}
	to, err := s.recipient(ctx, bankID, m)
	if err != nil {
		return r, false, err
	}
	r.row, err = s.prepare(bankID, m, to, s.now())
	return r, err == nil && len(r.row.plan) > 0, err
}

// Queue adds the statement that accepts the message.
func (r Ready) Queue(batch *pgx.Batch) { batch.Queue(insertMessageSQL, r.row.values...) }

// Wake has the loop see to a message whose batch is committed.
func (s *Service) Wake(ctx context.Context, r Ready) { s.wake(postgres.WithoutTx(ctx), r.row.info) }
