package events

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Get returns one of the bank's events; NotFound when it has no such one.
func Get(ctx context.Context, db *postgres.DB, bankID, id uuid.UUID) (Event, error) {
	var events []Event
	err := db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select 0::bigint, false, `+eventColumns+` from events e where bank_id = $1 and id = $2`, bankID, id)
		if err != nil {
			return err
		}
		events, err = collectEvents(rows, new(uint64), new(bool))
		return err
	})
	if err != nil {
		return Event{}, fmt.Errorf("get event: %w", err)
	}
	if len(events) == 0 {
		return Event{}, visavis.Errorf(visavis.NotFound, "not_found", "there is no such event")
	}
	return events[0], nil
}
