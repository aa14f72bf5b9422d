package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// PostgreSQL's codes for a broken exclusion constraint and unique index.
const (
	exclusionViolation = "23P01"
	uniqueViolation    = "23505"
)

// Move is MoveTx in a transaction of its own.
func (s *Service) Move(ctx context.Context, bankID, bookingID uuid.UUID, start time.Time, r Rules) (b Booking, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		b, err = s.MoveTx(ctx, tx, bookingID, start, r)
		return err
	})
	return b, err
}

// MoveTx gives a confirmed booking another time. The booking keeps its id;
// place, reminders, calendar sequence, message and the event booking.moved
// change in tx, and on a conflict everything stays as it was. A move to the
// time that it has already changes nothing and says nothing.
//
// Conflict "slot_taken" when no place is free then, Conflict "booking_closed"
// when the booking is not (or no longer) confirmed, Invalid (field start) when
// the time is no slot.
//
// When the case holds the time (HoldTx), the booking takes that place. What the
// customer said about coming is forgotten.
func (s *Service) MoveTx(ctx context.Context, tx *postgres.Tx, bookingID uuid.UUID, start time.Time, r Rules) (Booking, error) {
	return s.MoveFromTx(ctx, tx, bookingID, start, r, AnySequence)
}

// AnySequence moves a booking however often it was changed.
const AnySequence = -1

// MoveFromTx is MoveTx for who has seen the booking with this sequence: Conflict
// "booking_changed" when it has changed since.
func (s *Service) MoveFromTx(ctx context.Context, tx *postgres.Tx, bookingID uuid.UUID, start time.Time, r Rules, sequence int) (Booking, error) {
	b, err := s.lockTx(ctx, tx, bookingID)
	if err != nil {
		return Booking{}, err
	}
	if sequence != AnySequence && sequence != b.Sequence {
		return Booking{}, visavis.Errorf(visavis.Conflict, "booking_changed", "somebody has changed the booking meanwhile; look at it again")
	}
	if b.State != Confirmed {
		return Booking{}, errClosed(b)
	}
	now := s.now()
	hold, held, err := s.holdOfTx(ctx, tx, b.IdentificationID)
	if err != nil {
		return Booking{}, err
	}
	if r.AgentID == uuid.Nil {
		r.AgentID = b.AgentID // whom the customer chose stays chosen
	}
	held = held && hold.of(r.AgentID) && hold.HeldUntil.After(now) && hold.Start.Equal(start) && hold.Start.After(now) && hold.End.Sub(hold.Start) == r.Length
	if held {
		r.Notice = 0
	}
	if start, err = s.checkStart(now, start, r); err != nil {
		return Booking{}, err
	}
	if start.Equal(b.Start) && b.End.Sub(b.Start) == r.Length {
		return b, nil
	}
	if held { // its place is b's in this very transaction
		if _, err := tx.Exec(ctx, `delete from bookings where bank_id = $1 and id = $2`, tx.BankID, hold.ID); err != nil {
			return Booking{}, fmt.Errorf("take a hold over: %w", err)
		}
		if err := s.CancelDueTx(ctx, tx, hold.ID); err != nil {
			return Booking{}, err
		}
		if err := s.foundTimeTx(ctx, tx, b); err != nil {
			return Booking{}, err
		}
	} else if err := s.ReleaseTx(ctx, tx, b.IdentificationID); err != nil {
		return Booking{}, err
	}
	if err := s.sweepHoldsTx(ctx, tx, now); err != nil {
		return Booking{}, err
	}
	customer, err := s.banks.Customer(ctx, tx.BankID, b.CustomerID)
	if err != nil {
		return Booking{}, err
	}
	was := b
	b.AgentID = r.AgentID
	b.Start, b.End = start, start.Add(r.Length)
	b.Sequence++
	b.UpdatedAt = now
	b.AcknowledgedAt, b.AcknowledgedBy = time.Time{}, ""
	// A place that was free when it was looked for may be taken a moment later
	// while another becomes free: it is looked for again.
	for range 3 {
		places, err := s.freePlacesTx(ctx, tx, r, b.Start, b.End, b.ID)
		if err != nil {
			return Booking{}, err
		}
		if held {
			places = append([]uuid.UUID{hold.PlaceID}, places...)
		}
		if len(places) == 0 {
			break
		}
		for _, place := range places {
			b.PlaceID = place
			moved := false
			// An update has no ON CONFLICT; the savepoint gives back the place
			// that it freed when somebody else has just taken the new one, and the
			// locks: nobody waits for a place who has locked another.
			err := tx.Savepoint(ctx, func(ctx context.Context) error {
				if err := s.lockPlacesTx(ctx, tx, was.PlaceID, place); err != nil {
					return err
				}
				if r.AgentDailyCap > 0 {
					if ok, err := s.underCapTx(ctx, tx, r, place, b.Start, b.ID); err != nil {
						return err
					} else if !ok {
						return errFull
					}
				}
				_, err := tx.Exec(ctx, `
					update bookings set place_id = $3, during = tstzrange($4, $5), sequence = $6, updated_at = $7,
						acknowledged_at = null, acknowledged_by = '', occupies = tstzrange($8, $9), agent_id = $10
					where bank_id = $1 and id = $2`,
					tx.BankID, b.ID, b.PlaceID, b.Start, b.End, b.Sequence, b.UpdatedAt, r.from(b.Start), r.to(b.End), orNull(b.AgentID))
				moved = err == nil
				return err
			})
			var pg *pgconn.PgError
			if errors.Is(err, errFull) || errors.As(err, &pg) && pg.Code == exclusionViolation {
				continue
			}
			if err != nil {
				return Booking{}, fmt.Errorf("move booking: %w", err)
			}
			if moved {
				// What still says the old time is not sent any more.
				if err := s.channels.CancelTx(ctx, tx, b.ID, "booking_confirmed", "booking_moved", "reminder"); err != nil {
					return Booking{}, err
				}
				if err := s.freedTx(ctx, tx, now, was); err != nil {
					return Booking{}, err
				}
				return b, s.promiseTx(ctx, tx, now, b, customer, "booking.moved", "booking_moved")
			}
		}
	}
	return Booking{}, errTaken()
}

// errFull: an agent's calendar holds as many on the day as it may.
var errFull = errors.New("the agent's day is full")

// lockPlacesTx keeps other moves and hand-overs of holds away from the places
// until the end of the transaction, or of its savepoint: always in one order. Two
// updates that put bookings where the other one's is, or where the other one puts
// its own, both write before they look, and would wait for each other. (An insert
// with ON CONFLICT looks first: it needs none.)
func (s *Service) lockPlacesTx(ctx context.Context, tx *postgres.Tx, places ...uuid.UUID) error {
	keys := make([]string, len(places))
	for i, place := range places {
		keys[i] = place.String()
	}
	slices.Sort(keys)
	batch := &pgx.Batch{}
	for _, key := range slices.Compact(keys) {
		batch.Queue(`select pg_advisory_xact_lock(hashtextextended($1, 29))`, tx.BankID.String()+key)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("lock places: %w", err)
	}
	return nil
}

// Cancel is CancelTx in a transaction of its own.
func (s *Service) Cancel(ctx context.Context, bankID, bookingID uuid.UUID, reason string) (b Booking, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		b, err = s.CancelTx(ctx, tx, bookingID, reason)
		return err
	})
	return b, err
}

// CancelTx gives a live booking's place back and tells the customer; its
// pending reminders and other due times go in the same transaction. The event
// is booking.cancelled; the actor in ctx says who did it. Cancelling what is
// cancelled changes nothing; Conflict "booking_closed" when it has ended
// otherwise.
func (s *Service) CancelTx(ctx context.Context, tx *postgres.Tx, bookingID uuid.UUID, reason string) (Booking, error) {
	b, err := s.lockTx(ctx, tx, bookingID)
	if err != nil || b.State == Cancelled {
		return b, err
	}
	if !b.State.Live() {
		return Booking{}, errClosed(b)
	}
	now := s.now()
	if b, err = s.endTx(ctx, tx, now, b, Cancelled, reason); err != nil {
		return Booking{}, err
	}
	if !b.Start.After(now) {
		return b, nil // its time has passed: nothing left to tell
	}
	customer, err := s.banks.Customer(ctx, tx.BankID, b.CustomerID)
	if err != nil {
		return Booking{}, err
	}
	return b, s.tellTx(ctx, tx, b, customer, "booking_cancelled")
}

// CancelLiveTx cancels the live booking of an identification, if it has one,
// and takes it off the waitlist, without a message: for a case that ended, where
// the customer hears of that instead.
func (s *Service) CancelLiveTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID, reason string) error {
	if err := s.stopWaitingTx(ctx, tx, identificationID); err != nil {
		return err
	}
	if err := s.ReleaseTx(ctx, tx, identificationID); err != nil {
		return err
	}
	b, found, err := s.LiveTx(ctx, tx, identificationID)
	if err != nil || !found {
		return err
	}
	if b, err = s.lockTx(ctx, tx, b.ID); err != nil || !b.State.Live() {
		return err
	}
	_, err = s.endTx(ctx, tx, s.now(), b, Cancelled, reason)
	return err
}

var nextStates = map[State][]State{
	Confirmed: {StateDue, Kept, Missed, Unserved},
	StateDue:  {Kept, Missed, Unserved},
}

// StateTx moves a booking along: package calls says that it is due, kept,
// missed or unserved, and why. The event is booking.<state>. Repeating the
// state that it has changes nothing; Conflict "booking_closed" when the booking
// has ended, or was never one to go there. Reminders are gone after it; the
// message to the customer is the caller's.
func (s *Service) StateTx(ctx context.Context, tx *postgres.Tx, bookingID uuid.UUID, to State, reason string) (Booking, error) {
	b, err := s.lockTx(ctx, tx, bookingID)
	if err != nil || b.State == to {
		return b, err
	}
	if !slices.Contains(nextStates[b.State], to) {
		return Booking{}, errClosed(b)
	}
	return s.endTx(ctx, tx, s.now(), b, to, reason)
}

// endTx writes a state other than confirmed, with what follows from it.
func (s *Service) endTx(ctx context.Context, tx *postgres.Tx, now time.Time, b Booking, to State, reason string) (Booking, error) {
	b.State, b.Reason, b.UpdatedAt = to, reason, now
	kinds := []DueKind{DueReminder, DuePhoneCall, DueBooking}
	if to == Cancelled {
		b.Sequence++
	}
	if to != StateDue {
		kinds = nil // all: also what package calls set for it
	}
	_, err := tx.Exec(ctx, `
		update bookings set state = $3, reason = $4, sequence = $5, updated_at = $6 where bank_id = $1 and id = $2`,
		tx.BankID, b.ID, b.State, b.Reason, b.Sequence, b.UpdatedAt)
	if err != nil {
		return b, fmt.Errorf("write state of booking: %w", err)
	}
	if err := s.CancelDueTx(ctx, tx, b.ID, kinds...); err != nil {
		return b, err
	}
	if err := s.channels.CancelTx(ctx, tx, b.ID, "booking_confirmed", "booking_moved", "reminder"); err != nil {
		return b, err
	}
	if to == Cancelled {
		if err := s.freedTx(ctx, tx, now, b); err != nil {
			return b, err
		}
	}
	if to == StateDue {
		if err := s.afterStartTx(ctx, tx, now, b); err != nil {
			return b, err
		}
	}
	if to == Missed {
		if err := s.startRecoveryTx(ctx, tx, now, b); err != nil {
			return b, err
		}
	}
	return b, s.appendTx(ctx, tx, now, b, "booking."+string(to))
}

func errClosed(b Booking) error {
	return visavis.Errorf(visavis.Conflict, "booking_closed", "the booking is %s; this is not possible any more", b.State)
}

func errNoBooking() error {
	return visavis.Errorf(visavis.NotFound, "booking_not_found", "there is no such booking")
}

func (s *Service) lockTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Booking, error) {
	return s.oneTx(ctx, tx, `where bank_id = $1 and id = $2 and state <> 'held' for update`, id)
}

func (s *Service) oneTx(ctx context.Context, tx *postgres.Tx, where string, id uuid.UUID) (Booking, error) {
	rows, err := tx.Query(ctx, `select `+bookingColumns+` from bookings `+where, tx.BankID, id)
	if err != nil {
		return Booking{}, fmt.Errorf("read booking: %w", err)
	}
	b, err := pgx.CollectExactlyOneRow(rows, scanBooking)
	if errors.Is(err, pgx.ErrNoRows) {
		return Booking{}, errNoBooking()
	}
	if err != nil {
		return Booking{}, fmt.Errorf("read booking: %w", err)
	}
	return b, nil
}
