package otp

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// SpokenTx returns the code of a verification that is pending, for a phone call
// of package ivr that says it to the very number that it is for: any other is
// NotFound, Gone (verification_ended) when it is pending no more, Conflict
// (no_code) when it has none.
func (s *Service) SpokenTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, phone string) (string, error) {
	v, err := oneTx(ctx, tx, `where bank_id = $1 and id = $2`, tx.BankID, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", visavis.Errorf(visavis.NotFound, "verification_not_found", "there is no such verification")
	}
	if err != nil {
		return "", err
	}
	switch {
	case v.Phone == "" || v.Phone != phone:
		return "", visavis.Errorf(visavis.NotFound, "verification_not_found", "there is no such verification for this number")
	case v.State != Pending || !s.now().Before(v.ExpiresAt):
		return "", visavis.Errorf(visavis.Gone, "verification_ended", "the verification is not pending any more")
	case v.sealed == nil || v.Way == Flash:
		return "", visavis.Errorf(visavis.Conflict, "no_code", "the verification has no code that could be said")
	}
	code, err := s.Keys.Open(sealCode, v.ID[:], v.sealed)
	return string(code), err
}
