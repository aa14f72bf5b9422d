package identifications

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// Slots returns the times that can be booked for a case now; see
// scheduling.Service.Slots.
func (s *Service) Slots(ctx context.Context, bankID, id uuid.UUID, from, to time.Time, limit int) ([]scheduling.Slot, error) {
	return s.slots(ctx, bankID, from, to, limit, func(ctx context.Context, tx *postgres.Tx) (scheduling.Rules, error) {
		ident, err := s.GetTx(ctx, tx, id)
		if err != nil {
			return scheduling.Rules{}, err
		}
		return s.rulesTx(ctx, tx, ident)
	})
}

func (s *Service) slots(ctx context.Context, bankID uuid.UUID, from, to time.Time, limit int, rules func(context.Context, *postgres.Tx) (scheduling.Rules, error)) (slots []scheduling.Slot, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		r, err := rules(ctx, tx)
		if err != nil {
			return err
		}
		slots, err = s.scheduling.Slots(ctx, bankID, r, from, to, limit)
		return err
	})
	return slots, err
}

// ScenarioSlots is Slots for a case that does not exist yet.
func (s *Service) ScenarioSlots(ctx context.Context, bankID uuid.UUID, slugOrID string, from, to time.Time, limit int) ([]scheduling.Slot, error) {
	return s.slots(ctx, bankID, from, to, limit, func(ctx context.Context, tx *postgres.Tx) (scheduling.Rules, error) {
		sc, err := s.scenarioTx(ctx, tx, slugOrID)
		if err != nil {
			return scheduling.Rules{}, err
		}
		return s.scenarioRulesTx(ctx, tx, sc)
	})
}

// BookOptions are the bank's own data of a booking.
type BookOptions struct {
	AgentID   uuid.UUID // whom the customer chose; uuid.Nil: drawn at the call
	TimeZone  string    // the customer's when it differs from the one on file
	Reference string
	Metadata  map[string]any
}

// Book promises a time to the customer of an open case. A customer must have
// given the consents, chosen the document and confirmed the form (Conflict
// consent_missing, document_missing, form_not_confirmed). A program of the
// bank's, or an agent, may book before that: the visit page then asks for the
// rest. TooMany too_many_changes as TimesPerDay. Invalid (field agent_id) when an
// agent is named and the scenario does not let bookings do so. Otherwise as
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
		if err := s.spendLinkTx(ctx, tx, "booked"); err != nil {
			return err
		}
		n, err := s.newBookingTx(ctx, tx, ident, start, o)
		if err != nil {
			return err
		}
		b, err = s.scheduling.BookTx(ctx, tx, n)
		return err
	})
	return b, err
}

// BookTogether is Book beside others who book at this bank at this moment, see
// scheduling.Service.BookTogether; made = false: nothing was done, and Book has to
// do it. beside is what else the transaction does. The case is read without a lock
// first; the transaction goes on only while it still is as it was, and locks it.
func (s *Service) BookTogether(ctx context.Context, bankID, id uuid.UUID, start time.Time, o BookOptions, beside ...scheduling.Beside) (b scheduling.Booking, made bool, err error) {
	actor := visavis.ActorFrom(ctx)
	customer := actor.Kind == visavis.ActorCustomer
	if postgres.TxFrom(ctx) != nil || customer && spendsLink(actor) {
		return b, false, nil
	}
	var n scheduling.NewBooking
	var seen string
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		// First, so that what is read is this version or a newer one, never an older.
		err := tx.QueryRow(ctx, `select xmin::text from identifications where bank_id = $1 and id = $2`, tx.BankID, id).Scan(&seen)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("read identification: %w", err)
		}
		ident, err := s.GetTx(ctx, tx, id)
		if err == nil {
			err = proved(ctx)
		}
		if err == nil {
			err = stillOpen(ident)
		}
		if err == nil && customer {
			err = s.readyTx(ctx, tx, ident)
		}
		if err == nil {
			n, err = s.newBookingTx(ctx, tx, ident, start, o)
		}
		return err
	})
	if err != nil {
		return b, false, err
	}
	locked, allowed := false, true
	now := s.now()
	own := scheduling.Beside{
		First: func(batch *pgx.Batch) {
			locked = false
			batch.Queue(`select from identifications where bank_id = $1 and id = $2 and xmin::text = $3 for no key update skip locked`, bankID, id, seen).
				Exec(func(tag pgconn.CommandTag) error {
					locked = tag.RowsAffected() == 1
					return nil
				})
			if customer {
				banks.QueueAllowed(batch, limitKey("times", bankID, id), TimesPerDay, limitWindow, now, &allowed)
			}
		},
		May: func() bool { return locked && allowed },
		Then: func(batch *pgx.Batch, made scheduling.Booking) error {
			if customer {
				banks.QueueAttempt(batch, limitKey("times", bankID, id), limitWindow, now, bankID, made.ID)
			}
			return nil
		},
	}
	return s.scheduling.BookTogether(ctx, bankID, n, append([]scheduling.Beside{own}, beside...)...)
}

// newBookingTx is what the case asks of scheduling.
func (s *Service) newBookingTx(ctx context.Context, tx *postgres.Tx, ident Identification, start time.Time, o BookOptions) (n scheduling.NewBooking, err error) {
	rules, err := s.rulesTx(ctx, tx, ident)
	if err != nil {
		return n, err
	}
	if err := chooseAgent(&rules, ident.Scenario.Settings, o.AgentID); err != nil {
		return n, err
	}
	return scheduling.NewBooking{
		IdentificationID: ident.ID, CustomerID: ident.CustomerID, ScenarioID: ident.ScenarioID,
		Start: start, Rules: rules,
		TimeZone: o.TimeZone, Reference: o.Reference, Metadata: o.Metadata,
	}, nil
}

// Hold keeps a time for the customer of an open case while they fill in the
// form (scheduling.Service.HoldTx), for the scenario's hold_minutes. It refuses
// what Book refuses but for what is missing in the form; TooMany
// "too_many_changes" after HoldsPerDay.
func (s *Service) Hold(ctx context.Context, bankID, id uuid.UUID, start time.Time) (b scheduling.Booking, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		ident, err := s.stepTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := s.limitTx(ctx, tx, "holds", id, HoldsPerDay); err != nil {
			return err
		}
		rules, err := s.rulesTx(ctx, tx, ident)
		if err != nil {
			return err
		}
		settings := ident.Scenario.Settings.WithDefaults()
		b, err = s.scheduling.HoldTx(ctx, tx, scheduling.NewBooking{
			IdentificationID: ident.ID, CustomerID: ident.CustomerID, ScenarioID: ident.ScenarioID, Start: start, Rules: rules,
		}, settings.Booking.hold())
		return err
	})
	return b, err
}

// Release gives the time back that is held for a case; it is no error when none is.
func (s *Service) Release(ctx context.Context, bankID, id uuid.UUID) error {
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := s.lockTx(ctx, tx, id); err != nil {
			return err
		}
		return s.scheduling.ReleaseTx(ctx, tx, id)
	})
}

// Held returns the time that is held for a case.
func (s *Service) Held(ctx context.Context, bankID, id uuid.UUID) (b scheduling.Booking, found bool, err error) {
	if _, err := s.Get(ctx, bankID, id); err != nil {
		return b, false, err
	}
	return s.scheduling.HoldOf(ctx, bankID, id)
}

// ConfirmBooking notes that the customer comes; see scheduling.Service.ConfirmTx.
func (s *Service) ConfirmBooking(ctx context.Context, bankID, bookingID uuid.UUID) (b scheduling.Booking, err error) {
	by := map[visavis.ActorKind]string{visavis.ActorCustomer: "link", visavis.ActorAgent: "agent"}[visavis.ActorFrom(ctx).Kind]
	if by == "" {
		by = "bank"
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, _, err := s.bookingTx(ctx, tx, bookingID); err != nil {
			return err
		}
		b, err = s.scheduling.ConfirmTx(ctx, tx, bookingID, by)
		return err
	})
	return b, err
}

// TimesPerDay is how often the customer of a case may book or move in 24 hours:
// each time costs the bank an SMS, and the holder of a link could ask for
// thousands. Giving a time back is always possible.
const TimesPerDay = 20

// HoldsPerDay is how often the customer of a case may hold a time in 24 hours:
// who looks at times must not keep them from others for the whole day.
const HoldsPerDay = 40

const limitWindow = 24 * time.Hour

func limitKey(what string, bankID, id uuid.UUID) string {
	return what + " of " + bankID.String() + " " + id.String()
}

// limitTimesTx counts a time that a customer takes, if the transaction commits.
func (s *Service) limitTimesTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) error {
	return s.limitTx(ctx, tx, "times", id, TimesPerDay)
}

// limitTx counts what a customer does, if the transaction commits. It refuses
// with TooMany "too_many_changes" and RetryAfter. Agents and the bank's programs
// are not limited.
func (s *Service) limitTx(ctx context.Context, tx *postgres.Tx, what string, id uuid.UUID, most int) error {
	if visavis.ActorFrom(ctx).Kind != visavis.ActorCustomer {
		return nil
	}
	ok, retryAfter, err := banks.Allow(ctx, tx, limitKey(what, tx.BankID, id), most, limitWindow, s.now())
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
// too_many_changes as TimesPerDay, else see scheduling.Service.MoveTx. The notice
// binds customers and programs; a person at the bank may move to any time ahead,
// and so move back.
func (s *Service) MoveBooking(ctx context.Context, bankID, bookingID uuid.UUID, start time.Time) (scheduling.Booking, error) {
	return s.MoveBookingFrom(ctx, bankID, bookingID, start, scheduling.AnySequence)
}

// MoveBookingFrom is MoveBooking for who has seen the booking with this sequence;
// see scheduling.Service.MoveFromTx.
func (s *Service) MoveBookingFrom(ctx context.Context, bankID, bookingID uuid.UUID, start time.Time, sequence int) (b scheduling.Booking, err error) {
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
		if err := s.stepUp(ctx, ident); err != nil {
			return err
		}
		if err := s.spendLinkTx(ctx, tx, "moved"); err != nil {
			return err
		}
		rules, err := s.rulesTx(ctx, tx, ident)
		if err != nil {
			return err
		}
		if visavis.ActorFrom(ctx).Kind == visavis.ActorAgent {
			rules.Notice = 0
		}
		b, err = s.scheduling.MoveFromTx(ctx, tx, bookingID, start, rules, sequence)
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
		was, ident, err := s.bookingTx(ctx, tx, bookingID)
		if err != nil {
			return err
		}
		if err := proved(ctx); err != nil {
			return err
		}
		if err := s.stepUp(ctx, ident); err != nil {
			return err
		}
		if was.State.Live() { // else it says what happened, or refuses
			if err := s.spendLinkTx(ctx, tx, "cancelled"); err != nil {
				return err
			}
		}
		b, err = s.scheduling.CancelTx(ctx, tx, bookingID, reason)
		return err
	})
	return b, err
}

// stepUp refuses a customer who came by a link only, where the scenario wants a
// code to the phone before a booking is changed.
func (s *Service) stepUp(ctx context.Context, ident Identification) error {
	actor := visavis.ActorFrom(ctx)
	if actor.Kind == visavis.ActorCustomer && !actor.Proved && ident.Scenario.Settings.Booking.StepUp {
		return visavis.Errorf(visavis.Forbidden, "number_not_proved", "prove the phone number by a code first")
	}
	return nil
}

// spendLinkTx uses the link of a customer who did not prove the number besides.
func (s *Service) spendLinkTx(ctx context.Context, tx *postgres.Tx, change string) error {
	actor := visavis.ActorFrom(ctx)
	if actor.Kind != visavis.ActorCustomer || !spendsLink(actor) {
		return nil
	}
	return s.banks.UseLinkTx(ctx, tx, actor.LinkID, actor.SessionID, change)
}

// spendsLink reports whether what a customer changes is by the link alone.
func spendsLink(actor visavis.Actor) bool { return !actor.Proved && actor.LinkID != uuid.Nil }

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
