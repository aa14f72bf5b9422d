package identifications

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// Slots returns the times that can be booked for a case now; see
// scheduling.Service.Slots.
func (s *Service) Slots(ctx context.Context, bankID, id uuid.UUID, from, to time.Time, limit int) ([]scheduling.Slot, error) {
	ident, err := s.Get(ctx, bankID, id)
	if err != nil {
		return nil, err
	}
	return s.scheduling.Slots(ctx, bankID, ident.Scenario.Settings.Rules(), from, to, limit)
}

// ScenarioSlots is Slots for a case that does not exist yet.
func (s *Service) ScenarioSlots(ctx context.Context, bankID uuid.UUID, slugOrID string, from, to time.Time, limit int) ([]scheduling.Slot, error) {
	scenario, err := s.Scenario(ctx, bankID, slugOrID)
	if err != nil {
		return nil, err
	}
	return s.scheduling.Slots(ctx, bankID, scenario.Settings.Rules(), from, to, limit)
}

// BookOptions are the bank's own data of a booking.
type BookOptions struct {
	TimeZone  string // the customer's when it differs from the one on file
	Reference string
	Metadata  map[string]any
}

// Book promises a time to the customer of an open case. A customer must have
// given the consents, chosen the document and confirmed the form (Conflict
// consent_missing, document_missing, form_not_confirmed). A program of the
// bank's, or an agent, may book before that: the visit page then asks for the
// rest. TooMany too_many_changes as TimesPerDay. Otherwise as
// scheduling.Service.BookTx.
func (s *Service) Book(ctx context.Context, bankID, id uuid.UUID, start time.Time, o BookOptions) (b scheduling.Booking, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		ident, err := s.stepTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if visavis.ActorFrom(ctx).Kind == visavis.ActorCustomer {
			if err := s.readyTx(ctx, tx, ident); err != nil {
				return err
			}
		}
		if err := s.limitTimesTx(ctx, tx, id); err != nil {
			return err
		}
		b, err = s.scheduling.BookTx(ctx, tx, scheduling.NewBooking{
			IdentificationID: ident.ID, CustomerID: ident.CustomerID, ScenarioID: ident.ScenarioID,
			Start: start, Rules: ident.Scenario.Settings.Rules(),
			TimeZone: o.TimeZone, Reference: o.Reference, Metadata: o.Metadata,
		})
		return err
	})
	return b, err
}

// TimesPerDay is how often the customer of a case may book or move in 24 hours:
// each time costs the bank an SMS, and the holder of a link could ask for
// thousands. Giving a time back is always possible.
const TimesPerDay = 20

// limitTimesTx counts a time that a customer takes, if the transaction commits.
// It refuses with TooMany "too_many_changes" and RetryAfter. Agents and the
// bank's programs are not limited.
func (s *Service) limitTimesTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) error {
	if visavis.ActorFrom(ctx).Kind != visavis.ActorCustomer {
		return nil
	}
	ok, retryAfter, err := banks.Allow(ctx, tx, "times of "+tx.BankID.String()+" "+id.String(), TimesPerDay, 24*time.Hour, s.now())
	if err != nil {
		return err
	}
	if !ok {
		e := visavis.Errorf(visavis.TooMany, "too_many_changes", "the time was changed too often; try again later or call the bank")
		e.RetryAfter = retryAfter
		return e
	}
	return nil
}

// Booking returns a booking; NotFound when it is another customer's.
func (s *Service) Booking(ctx context.Context, bankID, bookingID uuid.UUID) (b scheduling.Booking, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		b, _, err = s.bookingTx(ctx, tx, bookingID)
		return err
	})
	return b, err
}

// MoveBooking gives a booking another time by the rules of its case; TooMany
// too_many_changes as TimesPerDay, else see scheduling.Service.MoveTx.
func (s *Service) MoveBooking(ctx context.Context, bankID, bookingID uuid.UUID, start time.Time) (b scheduling.Booking, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, ident, err := s.bookingTx(ctx, tx, bookingID)
		if err != nil {
			return err
		}
		if err := proved(ctx); err != nil {
			return err
		}
		if err := stillOpen(ident); err != nil {
			return err
		}
		if err := s.limitTimesTx(ctx, tx, ident.ID); err != nil {
			return err
		}
		b, err = s.scheduling.MoveTx(ctx, tx, bookingID, start, ident.Scenario.Settings.Rules())
		return err
	})
	return b, err
}

// CancelBooking gives a booking back; the case stays open, and another time
// can be booked. See scheduling.Service.CancelTx.
func (s *Service) CancelBooking(ctx context.Context, bankID, bookingID uuid.UUID, reason string) (b scheduling.Booking, err error) {
	if len([]rune(reason)) > 1000 {
		return b, visavis.InvalidField("reason", "must have at most 1000 characters")
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, _, err := s.bookingTx(ctx, tx, bookingID); err != nil {
			return err
		}
		if err := proved(ctx); err != nil {
			return err
		}
		b, err = s.scheduling.CancelTx(ctx, tx, bookingID, reason)
		return err
	})
	return b, err
}

// bookingTx returns a booking with its case, which it locks first.
func (s *Service) bookingTx(ctx context.Context, tx *postgres.Tx, bookingID uuid.UUID) (b scheduling.Booking, ident Identification, err error) {
	if b, err = s.scheduling.GetTx(ctx, tx, bookingID); err != nil {
		return b, ident, err
	}
	ident, err = s.lockTx(ctx, tx, b.IdentificationID)
	if visavis.KindOf(err) == visavis.NotFound {
		// In the words that a booking that does not exist is answered with.
		err = visavis.Errorf(visavis.NotFound, "booking_not_found", "there is no such booking")
	}
	return b, ident, err
}
