package otp

import (
	"context"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// Live returns the pending verification of a customer for a purpose and
// binding, for a caller who has the code but not the verification's id;
// NotFound when there is none.
func (s *Service) Live(ctx context.Context, bankID, customerID uuid.UUID, purpose string, boundTo uuid.UUID) (Verification, error) {
	var v row
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		v, err = oneTx(ctx, tx, `where bank_id = $1 and customer_id = $2 and purpose = $3 and bound_to is not distinct from $4
			and state = 'pending' order by id desc limit 1`, bankID, customerID, purpose, orNil(boundTo))
		return err
	})
	return found(v, err)
}
