package calls

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
)

// A caller on the telephone (package ivr) waits in the same queue as those on the
// page, in a place of the same kind. Who accepts leads an ordinary call whose
// customer is on the telephone: the agent's own telephone is rung, and the two
// meet in a conference at the carrier. Package ivr does that, by the due time
// DuePhoneLeg.

// Names of due times of kind DuePhoneLeg; their object is the phone call.
const (
	PhoneLegConnect = "connect " // and the call's id: its agents are to be those of PhoneSeatsTx
	PhoneLegEnd     = "end"
)

// EnterByPhoneTx gives a caller a place in the queue for a case that is open.
// Who has a place (from the page) keeps it, with all that counts for it. Unlike
// Enter it asks for no consents or form: by telephone nobody is identified.
func (s *Service) EnterByPhoneTx(ctx context.Context, tx *postgres.Tx, identificationID, phoneCallID uuid.UUID) (Place, error) {
	if err := lockRouteTx(ctx, tx); err != nil {
		return Place{}, err
	}
	idn, err := s.Identifications.GetTx(ctx, tx, identificationID)
	if err != nil {
		return Place{}, err
	}
	if idn.State != identifications.Open {
		return Place{}, visavis.Errorf(visavis.Conflict, "identification_closed", "this case is %s", idn.State)
	}
	e, err := s.placedTx(ctx, tx, idn)
	if err != nil {
		return Place{}, err
	}
	if _, err := tx.Exec(ctx, `update queue_entries set phone_call_id = $3 where bank_id = $1 and id = $2`, tx.BankID, e.ID, phoneCallID); err != nil {
		return Place{}, fmt.Errorf("enter by telephone: %w", err)
	}
	if e.State == EntryOffered { // to somebody who may have no telephone
		var telephone string
		if err := tx.QueryRow(ctx, `select telephone from agents where bank_id = $1 and id = $2`, tx.BankID, *e.OfferedTo).Scan(&telephone); err != nil {
			return Place{}, fmt.Errorf("enter by telephone: %w", err)
		}
		if telephone == "" {
			e.PhoneCallID = &phoneCallID
			if err := s.lapseTx(ctx, tx, e, "queue.offer_lapsed", false); err != nil {
				return Place{}, err
			}
		}
	}
	if err := s.routeTx(ctx, tx); err != nil {
		return Place{}, err
	}
	return s.placeTx(ctx, tx, identificationID)
}

// PhonePlaceTx returns where a caller stands, and counts as a sign of life: ask
// at least every 30 s.
func (s *Service) PhonePlaceTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) (Place, error) {
	if err := lockRouteTx(ctx, tx); err != nil {
		return Place{}, err
	}
	p, err := s.placeTx(ctx, tx, identificationID)
	if err != nil || p.State != EntryWaiting && p.State != EntryOffered {
		return p, err
	}
	return p, touchEntryTx(ctx, tx, p.ID, s.Now())
}

// ToVideoTx goes on by video: the place is kept as it is, and the customer is
// rung in the app, on the page or by SMS when it is their turn. It refuses with
// NotFound "not_queued" who waits no more.
func (s *Service) ToVideoTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) error {
	e, err := queuedTx(ctx, tx, identificationID)
	if err != nil {
		return err
	}
	r, err := s.rulesTx(ctx, tx, e)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update queue_entries set phone_call_id = null, callback = true, on_page = false where bank_id = $1 and id = $2`, tx.BankID, e.ID); err != nil {
		return fmt.Errorf("go on by video: %w", err)
	}
	if e.BookingID == nil {
		if err := s.keepPlaceTx(ctx, tx, e, seconds(max(r.CallbackSeconds, r.PlaceKeptSeconds))); err != nil {
			return err
		}
	}
	return s.entryEvent(ctx, tx, e, "queue.to_video", nil)
}

// PhoneLeftTx: a caller has hung up. A place that waits for this very call is
// given up, and the talk that it serves has ended.
func (s *Service) PhoneLeftTx(ctx context.Context, tx *postgres.Tx, phoneCallID uuid.UUID) error {
	var entryID, callID uuid.UUID
	err := tx.QueryRow(ctx, `select id from queue_entries where bank_id = $1 and phone_call_id = $2 and kind = 'serve' and state in ('waiting', 'offered')`, tx.BankID, phoneCallID).Scan(&entryID)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return fmt.Errorf("caller has left: %w", err)
	}
	if entryID != uuid.Nil {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		e, err := entryTx(ctx, tx, entryID)
		if err != nil {
			return err
		}
		if e.State == EntryWaiting || e.State == EntryOffered {
			return s.endEntryTx(ctx, tx, e, EntryLeft)
		}
	}
	err = tx.QueryRow(ctx, `select id from calls where bank_id = $1 and phone_call_id = $2 and state = 'active'`, tx.BankID, phoneCallID).Scan(&callID)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("caller has left: %w", err)
	}
	if err := lockRouteTx(ctx, tx); err != nil {
		return err
	}
	c, err := getTx(ctx, tx, callID, "for update")
	if err != nil || c.State != Active {
		return err
	}
	return s.endTx(ctx, tx, &c, ByCustomer)
}

// connectPhoneTx: the customer of a call that an agent has accepted is on the
// telephone. It refuses with Conflict "telephone_missing" an agent of whom no
// telephone is known.
func (s *Service) connectPhoneTx(ctx context.Context, tx *postgres.Tx, e Entry, c Call) error {
	if e.PhoneCallID == nil {
		return nil
	}
	if err := s.onPhoneTx(ctx, tx, c.ID, *e.PhoneCallID); err != nil {
		return err
	}
	return s.canBeRungTx(ctx, tx, c.ID, c.AgentID)
}

func (s *Service) hangUpPhoneTx(ctx context.Context, tx *postgres.Tx, c Call) error {
	if err := s.endPartsTx(ctx, tx, c, PartCallEnded); err != nil {
		return err
	}
	onPhone, err := phoneOfTx(ctx, tx, c.ID)
	if err != nil || onPhone == nil {
		return err
	}
	return s.EndLegsTx(ctx, tx, *onPhone)
}
