package channels

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Receipt is what a provider tells about a delivery after it took it.
type Receipt struct {
	Provider   string // "twilio"
	ProviderID string // the provider's id of the delivery
	Status     string // the provider's own word, kept in the timeline
	State      State  // what it means: StateSent, StateFailed, StateUndelivered, StateDelivered; "" = for the timeline only
	ErrorCode  string
	At         time.Time // when it arrived
}

// Receipt takes in a receipt. Any order and any number of repetitions leave the
// same state behind, and it may come before our own mark: the provider's id is
// then learnt from it, and the outcome is known.
//
// It refuses as NotFound a delivery that the bank does not have, that is
// another provider's, that was never handed over, or that the provider knows by
// another id: receipts come from outside.
func (s *Service) Receipt(ctx context.Context, bankID, deliveryID uuid.UUID, r Receipt) error {
	switch r.State {
	case "", StateSent, StateFailed, StateUndelivered, StateDelivered:
	default:
		return fmt.Errorf("receipt of delivery: state %q cannot come from a provider", r.State)
	}
	r.ProviderID, r.Status, r.ErrorCode = kept(r.ProviderID), kept(r.Status), kept(r.ErrorCode)
	at := r.At.UTC().Truncate(time.Microsecond)
	var twice bool
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var d struct {
			message    uuid.UUID
			channel    Channel
			provider   string
			providerID *string
			attempts   int
			state      State
			errorCode  string
			duplicate  Duplicate
		}
		err := tx.QueryRow(ctx, `
			select message_id, channel, provider, provider_id, attempts, state, error_code, coalesce(duplicate, '')
			from deliveries where bank_id = $1 and id = $2 for update`, bankID, deliveryID).
			Scan(&d.message, &d.channel, &d.provider, &d.providerID, &d.attempts, &d.state, &d.errorCode, &d.duplicate)
		if err != nil && err != pgx.ErrNoRows {
			return fmt.Errorf("read delivery of receipt: %w", err)
		}
		if err == pgx.ErrNoRows || d.provider != r.Provider || d.attempts == 0 || r.ProviderID == "" ||
			(d.providerID != nil && *d.providerID != r.ProviderID) {
			if err == nil && d.provider == r.Provider && r.ProviderID != "" && d.duplicate != "" {
				twice = true
				return certainTx(ctx, tx, deliveryID)
			}
			return visavis.Errorf(visavis.NotFound, "delivery_not_found", "there is no such delivery")
		}
		tag, err := tx.Exec(ctx, `
			insert into delivery_receipts (bank_id, delivery_id, status, error_code, at) values ($1, $2, $3, $4, $5)
			on conflict do nothing`, bankID, deliveryID, r.Status, r.ErrorCode, at)
		if err != nil {
			return fmt.Errorf("record receipt: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil // it is known
		}
		higher := Rank(r.State) > Rank(d.state) || (r.State == d.state && r.ErrorCode > d.errorCode)
		if !higher {
			_, err := tx.Exec(ctx, `update deliveries set provider_id = coalesce(provider_id, $3) where bank_id = $1 and id = $2`,
				bankID, deliveryID, r.ProviderID)
			return err
		}
		_, err = tx.Exec(ctx, `
			update deliveries set state = $4, error_code = $5, error = '', provider_id = coalesce(provider_id, $3),
				sent_at = coalesce(sent_at, $6), finished_at = case when $7 then $6 else finished_at end
			where bank_id = $1 and id = $2`,
			bankID, deliveryID, r.ProviderID, string(r.State), r.ErrorCode, at, ended(r.State))
		if err != nil {
			return fmt.Errorf("record receipt: %w", err)
		}
		return s.refreshTx(ctx, tx, s.now(), []cause{{d.message, deliveryID, d.channel, r.ErrorCode}})
	})
	if err == nil && twice {
		s.log.Warn("a provider has a delivery twice", "delivery", deliveryID, "bank", bankID, "provider", r.Provider, "provider_id", r.ProviderID)
		return visavis.Errorf(visavis.NotFound, "delivery_not_found", "there is no such delivery")
	}
	return err
}
