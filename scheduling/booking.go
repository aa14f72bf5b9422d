package scheduling

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// State is where a booking stands.
//
//	confirmed → due → kept | missed | unserved
//	confirmed or due → cancelled
//	confirmed → kept    (the call took place before the time, by way 2)
//	held → confirmed, or gone
type State string

// The states of a booking. Confirmed and due ones are live: they hold a place,
// and an identification has at most one. One that is held holds a place, too,
// but is seen as a hold only.
const (
	Held      State = "held"      // a place is kept for a while; not a booking yet, see HoldTx
	Confirmed State = "confirmed" // promised
	StateDue  State = "due"       // its time has come: the call is being arranged
	Kept      State = "kept"      // the call took place
	Missed    State = "missed"    // the customer did not answer
	Unserved  State = "unserved"  // the bank had nobody
	Cancelled State = "cancelled"
)

// Live reports whether a booking in this state holds a place.
func (s State) Live() bool { return s == Confirmed || s == StateDue }

// Booking is a promised time for a call.
type Booking struct {
	ID               uuid.UUID
	BankID           uuid.UUID
	IdentificationID uuid.UUID
	CustomerID       uuid.UUID
	ScenarioID       uuid.UUID
	PlaceID          uuid.UUID // hidden from customers and banks: exchangeable until the ring
	Start, End       time.Time
	TimeZone         string // the customer's, when it was booked
	State            State
	Sequence         int    // of the calendar file: one more at each change (RFC 5545, SEQUENCE)
	Reason           string // of a cancellation, or why it was missed or unserved
	Reference        string // the bank's own; "" = none
	Metadata         map[string]any
	CreatedAt        time.Time
	UpdatedAt        time.Time

	HeldUntil      time.Time // of a hold
	AcknowledgedAt time.Time // when the customer said that they come, see ConfirmTx; zero = not
	AcknowledgedBy string
	CheckedInAt    time.Time // zero = not
	SeriesID       uuid.UUID // of recurring callbacks, else uuid.Nil
	AgentID        uuid.UUID // whom the customer chose, else uuid.Nil: drawn at the call
}

// NewBooking is what BookTx needs to know.
type NewBooking struct {
	IdentificationID uuid.UUID
	CustomerID       uuid.UUID
	ScenarioID       uuid.UUID
	Start            time.Time
	Rules            Rules
	TimeZone         string // empty = the customer's
	Reference        string // empty = none
	Metadata         map[string]any
	SeriesID         uuid.UUID // uuid.Nil = of none
	Offer            bool      // a hold that the waitlist offers, see MaxOffers
}

func errTaken() error {
	return visavis.Errorf(visavis.Conflict, "slot_taken", "this time is no longer free; choose another one")
}

// BookTx takes a free place at the time and promises it: the booking, its
// reminders, the confirmation message with a link to move or cancel, and the
// event booking.confirmed are in tx.
//
// Conflict "slot_taken" when no place is free (or the time can no longer be
// booked), Conflict "already_booked" when the identification has a live
// booking, Invalid (field start) when the time is no slot of the rules at all.
func (s *Service) BookTx(ctx context.Context, tx *postgres.Tx, n NewBooking) (Booking, error) {
	now := s.now()
	f, err := s.factsTx(ctx, tx, n)
	if err != nil {
		return Booking{}, err
	}
	if f.plain() && n.Rules.AgentDailyCap == 0 {
		b, taken, err := s.bookAtOnceTx(ctx, tx, now, n, f)
		if err != nil || taken {
			return b, err
		}
	}
	return s.bookTx(ctx, tx, now, n, f)
}

// bookTx is BookTx for what bookAtOnceTx cannot do: step by step, and waiting for
// who takes the same place at this moment.
func (s *Service) bookTx(ctx context.Context, tx *postgres.Tx, now time.Time, n NewBooking, f facts) (Booking, error) {
	if _, err := tx.Exec(ctx, `select `+customSQL); err != nil {
		return Booking{}, fmt.Errorf("plan as usual: %w", err)
	}
	var hold Booking
	if f.held {
		var err error
		if hold, f.held, err = s.holdOfTx(ctx, tx, n.IdentificationID); err != nil {
			return Booking{}, err
		}
	}
	if f.held && hold.HeldUntil.After(now) && hold.Start.Equal(n.Start) && hold.Start.After(now) {
		n.Rules.Notice = 0 // it was checked when the hold was made
	}
	b, err := s.newBooking(tx.BankID, now, n, f.customer)
	if err != nil {
		return Booking{}, err
	}
	if err := s.refuseSecondTx(ctx, tx, n.IdentificationID); err != nil {
		return Booking{}, err
	}
	taken := false
	if f.held && b.AgentID != uuid.Nil { // what is held is anyone's
		if err := s.releaseTx(ctx, tx, now, hold, "replaced"); err != nil {
			return Booking{}, err
		}
	} else if f.held {
		if b, taken, err = s.takeOverTx(ctx, tx, now, b); err != nil {
			return Booking{}, err
		}
	}
	if !taken {
		if err := s.sweepHoldsTx(ctx, tx, now); err != nil {
			return Booking{}, err
		}
		if b, err = s.takeTx(ctx, tx, b, n.Rules); err != nil {
			return Booking{}, err
		}
	}
	if f.missed {
		if err := s.recoveredTx(ctx, tx, b.IdentificationID); err != nil {
			return Booking{}, err
		}
	}
	if f.waiting {
		if err := s.foundTimeTx(ctx, tx, b); err != nil {
			return Booking{}, err
		}
	}
	if taken {
		if err := s.CancelDueTx(ctx, tx, b.ID); err != nil { // of the hold
			return Booking{}, err
		}
	}
	promise, err := s.preparePromiseTx(ctx, tx, now, b, f.customer, f.ladder, f.reach, "booking.confirmed", "booking_confirmed")
	if err != nil {
		return Booking{}, err
	}
	return b, promise.writeTx(ctx, tx)
}

// newBookingTx is newBooking of a customer who is still to be read.
func (s *Service) newBookingTx(ctx context.Context, tx *postgres.Tx, now time.Time, n NewBooking) (Booking, error) {
	customer, err := s.banks.CustomerTx(ctx, tx, n.CustomerID)
	if err != nil {
		return Booking{}, err
	}
	return s.newBooking(tx.BankID, now, n, customer)
}

// newBooking checks what is asked for and fills in the rest. It has no place
// yet.
func (s *Service) newBooking(bankID uuid.UUID, now time.Time, n NewBooking, customer banks.Customer) (Booking, error) {
	start, err := s.checkStart(now, n.Start, n.Rules)
	if err != nil {
		return Booking{}, err
	}
	b := Booking{
		ID: uuid.Must(uuid.NewV7()), BankID: bankID,
		IdentificationID: n.IdentificationID, CustomerID: n.CustomerID, ScenarioID: n.ScenarioID,
		Start: start, End: start.Add(n.Rules.Length), TimeZone: n.TimeZone, State: Confirmed,
		Reference: n.Reference, Metadata: n.Metadata, SeriesID: n.SeriesID, AgentID: n.Rules.AgentID, CreatedAt: now, UpdatedAt: now,
	}
	if b.TimeZone == "" {
		b.TimeZone = customer.TimeZone
	}
	if _, err := loadZone(b.TimeZone); err != nil {
		return Booking{}, visavis.InvalidField("time_zone", "must be an IANA time zone such as Europe/Kyiv")
	}
	if len(b.Metadata) == 0 {
		b.Metadata = map[string]any{}
	}
	return b, nil
}

// promiseTx writes what follows from a booking that has a (new) time: due
// times, event, message.
func (s *Service) promiseTx(ctx context.Context, tx *postgres.Tx, now time.Time, b Booking, c banks.Customer, event, template string) error {
	if err := s.CancelDueTx(ctx, tx, b.ID); err != nil {
		return err
	}
	l, _, err := s.ladderTx(ctx, tx, b.ScenarioID)
	if err != nil {
		return err
	}
	promise, err := s.preparePromiseTx(ctx, tx, now, b, c, l, channels.Reach{}, event, template)
	if err != nil {
		return err
	}
	return promise.writeTx(ctx, tx)
}

// promise is what follows from a booking and waits to be written, in one round
// trip.
type promise struct {
	batch *pgx.Batch
	late  func(context.Context, *postgres.Tx) error // what could not be put into it; nil = nothing
}

// preparePromiseTx makes the promise of a booking without due times. It reads how
// the customer is reached, and writes nothing.
func (s *Service) preparePromiseTx(ctx context.Context, tx *postgres.Tx, now time.Time, b Booking, c banks.Customer, l Ladder, reach channels.Reach, event, template string) (p promise, err error) {
	p.batch = &pgx.Batch{}
	if err := s.queueDue(ctx, tx, p.batch, append(l.rungs(now, b), Due{Kind: DueBooking, ObjectID: b.ID, At: b.Start})); err != nil {
		return p, err
	}
	if err := events.QueueTx(ctx, tx, p.batch, now, b.event(event)); err != nil {
		return p, err
	}
	link, err := s.banks.QueueLink(p.batch, tx.BankID, s.manageLink(b))
	if err != nil {
		return p, err
	}
	message := s.message(b, template, nil)
	message.LinkID, message.Locale = link, c.Locale
	queued, err := s.channels.QueueTx(ctx, tx, p.batch, reach, message)
	if err == nil && !queued {
		p.late = func(ctx context.Context, tx *postgres.Tx) error {
			_, err := s.channels.SendTx(ctx, tx, message)
			return err
		}
	}
	return p, err
}

// writeTx writes what was not written with the booking.
func (p promise) writeTx(ctx context.Context, tx *postgres.Tx) error {
	if p.batch != nil {
		if err := tx.SendBatch(ctx, p.batch).Close(); err != nil {
			return fmt.Errorf("write what a booking promises: %w", err)
		}
	}
	if p.late == nil {
		return nil
	}
	return p.late(ctx, tx)
}

// checkStart returns the start in UTC when the rules could offer it at now.
func (s *Service) checkStart(now, start time.Time, r Rules) (time.Time, error) {
	if err := r.check(); err != nil {
		return start, err
	}
	start = start.UTC()
	switch {
	case !r.alignUp(start).Equal(start):
		return start, visavis.InvalidField("start", "is not the start of a slot; ask for slots")
	case start.After(now.Add(r.Horizon)):
		return start, visavis.InvalidField("start", "is too far ahead; ask for slots")
	case start.Before(now.Add(r.Notice)):
		// It may have been a slot when the customer saw it.
		return start, errTaken()
	}
	return start, nil
}

func (s *Service) refuseSecondTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) error {
	var booked bool
	err := tx.QueryRow(ctx, `
		select exists (select from bookings where bank_id = $1 and identification_id = $2 and state in ('confirmed', 'due'))`,
		tx.BankID, identificationID).Scan(&booked)
	if err != nil {
		return fmt.Errorf("look for a live booking: %w", err)
	}
	if booked {
		return errBooked()
	}
	return nil
}

func errBooked() error {
	return visavis.Errorf(visavis.Conflict, "already_booked", "there is a booking already; move or cancel it")
}

// appendTx appends an event about the booking: ids, times and states only.
func (s *Service) appendTx(ctx context.Context, tx *postgres.Tx, now time.Time, b Booking, event string) error {
	_, err := events.AppendTx(ctx, tx, now, b.event(event))
	return err
}

func (b Booking) event(kind string) events.New {
	return events.New{Type: kind, Object: "booking", ID: b.ID, Data: b.eventData()}
}

func (b Booking) eventData() map[string]any {
	return map[string]any{
		"identification_id": b.IdentificationID,
		"customer_id":       b.CustomerID,
		"start":             b.Start.Format(time.RFC3339),
		"end":               b.End.Format(time.RFC3339),
		"state":             b.State,
		"booking_sequence":  b.Sequence,
	}
}

const bookingColumns = `bank_id, id, identification_id, customer_id, scenario_id, place_id, lower(during), upper(during),
	time_zone, state, sequence, reason, coalesce(reference, ''), metadata, created_at, updated_at,
	coalesce(held_until, '0001-01-01 00:00+00'), coalesce(acknowledged_at, '0001-01-01 00:00+00'), acknowledged_by,
	coalesce(checked_in_at, '0001-01-01 00:00+00'), coalesce(series_id, '00000000-0000-0000-0000-000000000000'),
	coalesce(agent_id, '00000000-0000-0000-0000-000000000000')`

func scanBooking(row pgx.CollectableRow) (b Booking, err error) {
	err = scanBookingInto(row, &b)
	return b, err
}

// scanBookingInto reads bookingColumns, and what follows them.
func scanBookingInto(row pgx.CollectableRow, b *Booking, more ...any) error {
	err := row.Scan(append([]any{&b.BankID, &b.ID, &b.IdentificationID, &b.CustomerID, &b.ScenarioID, &b.PlaceID, &b.Start, &b.End,
		&b.TimeZone, &b.State, &b.Sequence, &b.Reason, &b.Reference, &b.Metadata, &b.CreatedAt, &b.UpdatedAt,
		&b.HeldUntil, &b.AcknowledgedAt, &b.AcknowledgedBy, &b.CheckedInAt, &b.SeriesID, &b.AgentID}, more...)...)
	for _, t := range []*time.Time{&b.HeldUntil, &b.AcknowledgedAt, &b.CheckedInAt} {
		*t = t.UTC() // a zero time stays zero
	}
	return err
}
