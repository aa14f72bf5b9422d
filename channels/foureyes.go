package channels

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// SecondPairTx holds the four eyes for other things than texts: it refuses
// (Forbidden, four_eyes) who is among the authors, or issued the API key that is,
// and (Conflict, second_administrator_needed) when nobody else could approve.
func SecondPairTx(ctx context.Context, tx *postgres.Tx, authors []uuid.UUID, what string) error {
	people, err := peopleTx(ctx, tx, authors)
	if err != nil {
		return err
	}
	if a := visavis.ActorFrom(ctx); a.Kind == visavis.ActorAgent && !slices.Contains(people, a.ID) {
		return nil
	}
	if err := OtherAdministratorTx(ctx, tx, authors); err != nil {
		return err
	}
	return visavis.Errorf(visavis.Forbidden, "four_eyes", "%s is approved by another administrator than those who wrote or submitted it", what)
}

// OtherAdministratorTx refuses (Conflict, second_administrator_needed) when the
// bank has no administrator beside the authors.
func OtherAdministratorTx(ctx context.Context, tx *postgres.Tx, authors []uuid.UUID) error {
	people, err := peopleTx(ctx, tx, authors)
	if err != nil {
		return err
	}
	return secondTx(ctx, tx, people)
}
