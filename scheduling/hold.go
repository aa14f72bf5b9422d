package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// MaxHolds is how many places of a bank may be held at a time, so that people
// who only look cannot take all of them.
const MaxHolds = 200

// MaxOffers is likewise of the times that the waitlist offers: they are counted
// apart, so that a long waitlist keeps nobody from booking, nor those who look the
// waitlist from its times.
const MaxOffers = 200

// HoldTx keeps a place at the time for a case while its customer fills in the
// form, for life. BookTx and MoveTx at the same time take the hold over; a case
// has one hold, so a hold at another time replaces it, and asking for the same
// one again returns it with the end that it has. The due time DueHoldExpired
// gives the place back. The event is booking.held.
//
// Conflict "slot_taken" as BookTx, TooMany "too_many_holds" when MaxHolds of
// the bank are held (of an Offer: MaxOffers are offered), Invalid (field start) when the time is no slot.
func (s *Service) HoldTx(ctx context.Context, tx *postgres.Tx, n NewBooking, life time.Duration) (Booking, error) {
	if life <= 0 {
		return Booking{}, errors.New("scheduling: a hold without a lifetime")
	}
	now := s.now()
	if n.Rules.AgentID == uuid.Nil { // whom the customer chose stays chosen
		live, _, err := s.LiveTx(ctx, tx, n.IdentificationID)
		if err != nil {
			return Booking{}, err
		}
		n.Rules.AgentID = live.AgentID
	}
	b, err := s.newBookingTx(ctx, tx, now, n)
	if err != nil {
		return Booking{}, err
	}
	old, found, err := s.holdOfTx(ctx, tx, n.IdentificationID)
	if err != nil {
		return Booking{}, err
	}
	if found && old.HeldUntil.After(now) && old.Start.Equal(b.Start) && old.End.Equal(b.End) && old.of(b.AgentID) {
		return old, nil
	}
	if found {
		if err := s.releaseTx(ctx, tx, now, old, "replaced"); err != nil {
			return Booking{}, err
		}
	}
	if err := s.sweepHoldsTx(ctx, tx, now); err != nil {
		return Booking{}, err
	}
	// One at a time, or many at once would all see the last free hold.
	var held, offered int
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended($1::text, 28))`, tx.BankID); err != nil {
		return Booking{}, fmt.Errorf("count holds: %w", err)
	}
	if err := tx.QueryRow(ctx, `
		select (select count(*) from bookings where bank_id = $1 and state = 'held'),
		       (select count(*) from waitlist_entries where bank_id = $1 and hold_id is not null)`, tx.BankID).Scan(&held, &offered); err != nil {
		return Booking{}, fmt.Errorf("count holds: %w", err)
	}
	if n.Offer && offered >= s.maxOffers || !n.Offer && held-offered >= s.maxHolds {
		e := visavis.Errorf(visavis.TooMany, "too_many_holds", "too many times are being held at the moment; try again in a minute")
		e.RetryAfter = time.Minute
		return Booking{}, e
	}
	b.State, b.HeldUntil = Held, now.Add(life)
	if b, err = s.takeTx(ctx, tx, b, n.Rules); err != nil {
		return Booking{}, err
	}
	if err := s.AtTx(ctx, tx, Due{Kind: DueHoldExpired, ObjectID: b.ID, At: b.HeldUntil}); err != nil {
		return Booking{}, err
	}
	return b, s.appendTx(ctx, tx, now, b, "booking.held")
}

// HoldOf returns the hold of a case; found = false when it has none that lasts.
func (s *Service) HoldOf(ctx context.Context, bankID, identificationID uuid.UUID) (b Booking, found bool, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		b, found, err = s.maybeTx(ctx, tx, `where bank_id = $1 and identification_id = $2 and state = 'held'`, identificationID)
		found = found && b.HeldUntil.After(s.now())
		return err
	})
	return b, found, err
}

// ReleaseTx gives the hold of a case back, if it has one.
func (s *Service) ReleaseTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) error {
	b, found, err := s.holdOfTx(ctx, tx, identificationID)
	if err != nil || !found {
		return err
	}
	return s.releaseTx(ctx, tx, s.now(), b, "released")
}

// holdOfTx returns and locks the hold of a case, also one that has run out.
func (s *Service) holdOfTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) (Booking, bool, error) {
	return s.maybeTx(ctx, tx, `where bank_id = $1 and identification_id = $2 and state = 'held' for update`, identificationID)
}

// releaseTx takes a hold away: nothing of it stays but its events.
func (s *Service) releaseTx(ctx context.Context, tx *postgres.Tx, now time.Time, b Booking, reason string) error {
	tag, err := tx.Exec(ctx, `delete from bookings where bank_id = $1 and id = $2 and state = 'held'`, tx.BankID, b.ID)
	if err != nil {
		return fmt.Errorf("release hold: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	if err := s.CancelDueTx(ctx, tx, b.ID); err != nil {
		return err
	}
	b.Reason = reason
	if err := s.appendTx(ctx, tx, now, b, "booking.released"); err != nil {
		return err
	}
	if err := s.lapsedTx(ctx, tx, b, reason); err != nil {
		return err
	}
	return s.freedTx(ctx, tx, now, b)
}

// sweepHoldsTx takes away what has run out and whose due time was not worked
// yet: a gateway that was down must not keep places from those who book.
func (s *Service) sweepHoldsTx(ctx context.Context, tx *postgres.Tx, now time.Time) error {
	// Entries of the waitlist before their holds, see holdExpired.
	asked, err := s.waitersTx(ctx, tx, `hold_id is not null and offer_until <= $2 limit 100 for update skip locked`, now)
	if err != nil {
		return err
	}
	offers := make([]uuid.UUID, len(asked))
	for i, e := range asked {
		offers[i] = e.HoldID
	}
	rows, err := tx.Query(ctx, `
		select `+bookingColumns+` from bookings b
		where bank_id = $1 and state = 'held' and held_until <= $2
		  and (id = any($3) or not exists (select from waitlist_entries e where e.bank_id = $1 and e.hold_id = b.id))
		limit 100 for update skip locked`, tx.BankID, now, offers)
	if err != nil {
		return fmt.Errorf("find holds that ended: %w", err)
	}
	ended, err := pgx.CollectRows(rows, scanBooking)
	if err != nil {
		return fmt.Errorf("find holds that ended: %w", err)
	}
	for _, b := range ended {
		if err := s.releaseTx(ctx, tx, now, b, "expired"); err != nil {
			return err
		}
	}
	return nil
}

// holdExpired works DueHoldExpired.
func (s *Service) holdExpired(ctx context.Context, tx *postgres.Tx, d Due) error {
	now := s.now()
	b, found, err := s.maybeTx(ctx, tx, `where bank_id = $1 and id = $2 and state = 'held'`, d.ObjectID)
	if err != nil || !found {
		return err
	}
	if b.HeldUntil.After(now) {
		return Later(b.HeldUntil)
	}
	// The entry of the waitlist before the hold, as who declines: the other order
	// would wait for each other. And who books has the hold and then the entry: they
	// are left to it.
	if _, err := s.waitersTx(ctx, tx, `hold_id = $2 for update`, d.ObjectID); err != nil {
		return err
	}
	b, free, err := s.maybeTx(ctx, tx, `where bank_id = $1 and id = $2 and state = 'held' for update skip locked`, d.ObjectID)
	if err != nil {
		return err
	}
	if !free {
		return Later(now.Add(time.Second))
	}
	return s.releaseTx(ctx, tx, now, b, "expired")
}

// of reports whether a hold will do for who chose this agent; uuid.Nil = any.
func (b Booking) of(agentID uuid.UUID) bool { return agentID == uuid.Nil || b.AgentID == agentID }

// takeOverTx makes the hold of a case the booking b, when it is at b's time;
// taken = false when there is none. A hold at another time, or at another agent's
// place than the customer chose, is given back. It
// promises a place though the notice has passed meanwhile: that is what it was
// for.
func (s *Service) takeOverTx(ctx context.Context, tx *postgres.Tx, now time.Time, b Booking) (_ Booking, taken bool, err error) {
	hold, found, err := s.holdOfTx(ctx, tx, b.IdentificationID)
	if err != nil || !found {
		return b, false, err
	}
	if !hold.HeldUntil.After(now) || !hold.Start.Equal(b.Start) || !hold.End.Equal(b.End) || !hold.of(b.AgentID) {
		return b, false, s.releaseTx(ctx, tx, now, hold, "replaced")
	}
	b.ID, b.PlaceID, b.CreatedAt = hold.ID, hold.PlaceID, hold.CreatedAt
	if err := s.lockPlacesTx(ctx, tx, hold.PlaceID); err != nil {
		return b, false, err
	}
	_, err = tx.Exec(ctx, `
		update bookings set state = $3, held_until = null, time_zone = $4, reference = nullif($5, ''), metadata = $6,
			series_id = $7, updated_at = $8
		where bank_id = $1 and id = $2`,
		tx.BankID, b.ID, b.State, b.TimeZone, b.Reference, b.Metadata, orNull(b.SeriesID), now)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == uniqueViolation {
		return b, false, errBooked()
	}
	if err != nil {
		return b, false, fmt.Errorf("take a hold over: %w", err)
	}
	return b, true, nil
}
