package scheduling

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// ConfirmTx notes that the customer will come, said by "link", "sms", "key" (in
// a phone call), or told to "agent" or "bank". The reminders that are not meant
// for everyone (Step.Always) end in the same transaction. The event is
// booking.acknowledged. Confirming again changes nothing; Conflict
// "booking_closed" when the booking is not confirmed or due (any more).
func (s *Service) ConfirmTx(ctx context.Context, tx *postgres.Tx, bookingID uuid.UUID, by string) (Booking, error) {
	b, err := s.lockTx(ctx, tx, bookingID)
	if err != nil {
		return Booking{}, err
	}
	if !b.State.Live() {
		return Booking{}, errClosed(b)
	}
	if !b.AcknowledgedAt.IsZero() {
		return b, nil
	}
	now := s.now()
	b.AcknowledgedAt, b.AcknowledgedBy, b.UpdatedAt = now, by, now
	_, err = tx.Exec(ctx, `
		update bookings set acknowledged_at = $3, acknowledged_by = $4, updated_at = $3 where bank_id = $1 and id = $2`,
		tx.BankID, b.ID, now, by)
	if err != nil {
		return Booking{}, fmt.Errorf("confirm booking: %w", err)
	}
	if err := s.CancelDueTx(ctx, tx, b.ID, DueReminder, DuePhoneCall); err != nil {
		return Booking{}, err
	}
	l, _, err := s.ladderTx(ctx, tx, b.ScenarioID)
	if err != nil {
		return Booking{}, err
	}
	l.Steps = slices.DeleteFunc(l.Steps, func(step Step) bool { return !step.Always })
	if rungs := l.rungs(now, b); len(rungs) > 0 {
		if err := s.atAllTx(ctx, tx, rungs); err != nil {
			return Booking{}, err
		}
	}
	if err := s.channels.CancelTx(ctx, tx, b.ID, "reminder"); err != nil {
		return Booking{}, err
	}
	return b, s.appendTx(ctx, tx, now, b, "booking.acknowledged")
}
