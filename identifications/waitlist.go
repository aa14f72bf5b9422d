package identifications

import (
	"context"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// Wait puts an open case on the waitlist for a time between from and to (zero:
// from now, to the end of the scenario's horizon). See scheduling.Service.WaitTx.
func (s *Service) Wait(ctx context.Context, bankID, id uuid.UUID, from, to time.Time) (e scheduling.Waiter, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		ident, err := s.stepTx(ctx, tx, id)
		if err != nil {
			return err
		}
		rules, now := ident.Scenario.Settings.Rules(), s.now()
		if from.Before(now) {
			from = now
		}
		if last := now.Add(rules.Horizon); to.IsZero() || to.After(last) {
			to = last
		}
		if err := s.limitTx(ctx, tx, "waits", id, TimesPerDay); err != nil {
			return err
		}
		e, err = s.scheduling.WaitTx(ctx, tx, scheduling.Waiter{
			IdentificationID: ident.ID, CustomerID: ident.CustomerID, ScenarioID: ident.ScenarioID, Earliest: from, Latest: to,
		})
		return err
	})
	return e, err
}

// Waiting returns the newest entry of a case; found = false when it never waited.
func (s *Service) Waiting(ctx context.Context, bankID, id uuid.UUID) (e scheduling.Waiter, found bool, err error) {
	if _, err := s.Get(ctx, bankID, id); err != nil {
		return e, false, err
	}
	return s.scheduling.WaiterOf(ctx, bankID, id)
}

// waiterTx returns an entry with its case, which it locks first; NotFound when
// it is another customer's.
func (s *Service) waiterTx(ctx context.Context, tx *postgres.Tx, entryID uuid.UUID) (e scheduling.Waiter, ident Identification, err error) {
	none := visavis.Errorf(visavis.NotFound, "waitlist_entry_not_found", "there is no such entry of the waitlist")
	var id uuid.UUID
	if err := tx.QueryRow(ctx, `select coalesce((select identification_id from waitlist_entries where bank_id = $1 and id = $2),
		'00000000-0000-0000-0000-000000000000')`, tx.BankID, entryID).Scan(&id); err != nil {
		return e, ident, err
	}
	if ident, err = s.lockTx(ctx, tx, id); visavis.KindOf(err) == visavis.NotFound {
		return e, ident, none
	} else if err != nil {
		return e, ident, err
	}
	if err := proved(ctx); err != nil {
		return e, ident, err
	}
	e, err = s.scheduling.WaiterTx(ctx, tx, entryID)
	return e, ident, err
}

// StopWaiting takes an entry off the waitlist; see scheduling.Service.LeaveTx.
func (s *Service) StopWaiting(ctx context.Context, bankID, entryID uuid.UUID) error {
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		e, _, err := s.waiterTx(ctx, tx, entryID)
		if err != nil {
			return err
		}
		_, err = s.scheduling.LeaveTx(ctx, tx, e)
		return err
	})
}

// DeclineOffer turns the offered time down; see scheduling.Service.DeclineTx.
func (s *Service) DeclineOffer(ctx context.Context, bankID, entryID uuid.UUID) (e scheduling.Waiter, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if e, _, err = s.waiterTx(ctx, tx, entryID); err != nil {
			return err
		}
		e, err = s.scheduling.DeclineTx(ctx, tx, e)
		return err
	})
	return e, err
}

// AcceptOffer books the offered time, or moves the case's booking to it. Once it
// is taken, asking again answers with the booking; Conflict "offer_lapsed" when
// it went to somebody else. Otherwise as Book and MoveBooking.
func (s *Service) AcceptOffer(ctx context.Context, bankID, entryID uuid.UUID) (b scheduling.Booking, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		e, ident, err := s.waiterTx(ctx, tx, entryID)
		if err != nil {
			return err
		}
		live, booked, err := s.scheduling.LiveTx(ctx, tx, ident.ID)
		if err != nil {
			return err
		}
		if e.State == scheduling.WaitBooked && booked {
			b = live
			return nil
		}
		if err := s.scheduling.OpenOffer(e); err != nil {
			return err
		}
		if booked {
			b, err = s.MoveBooking(ctx, bankID, live.ID, e.OfferStart)
		} else {
			b, err = s.Book(ctx, bankID, ident.ID, e.OfferStart, BookOptions{})
		}
		return err
	})
	return b, err
}

// offerFreed works scheduling.DueWaitlist: a time that became free is held for
// who waits longest, who is told with a link.
func (s *Service) offerFreed(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	return s.scheduling.OfferTx(ctx, tx, d, func(ctx context.Context, e scheduling.Waiter, start time.Time) (scheduling.Booking, error) {
		ident, err := s.lockTx(ctx, tx, e.IdentificationID)
		if err == nil {
			err = stillOpen(ident)
		}
		if err != nil {
			return scheduling.Booking{}, err
		}
		rules, err := s.rulesTx(ctx, tx, ident)
		if err != nil {
			return scheduling.Booking{}, err
		}
		settings := ident.Scenario.Settings.WithDefaults()
		life := min(settings.Booking.offer(), start.Sub(s.now())-time.Minute)
		if life < time.Minute {
			return scheduling.Booking{}, visavis.Errorf(visavis.Conflict, "too_late", "there is no time left to ask")
		}
		hold, err := s.scheduling.HoldTx(ctx, tx, scheduling.NewBooking{
			IdentificationID: ident.ID, CustomerID: ident.CustomerID, ScenarioID: ident.ScenarioID, Start: start, Rules: rules, Offer: true,
		}, life)
		if err != nil {
			return hold, err
		}
		customer, err := s.banks.Customer(ctx, tx.BankID, ident.CustomerID)
		if err != nil {
			return hold, err
		}
		link, err := s.banks.CreateLinkTx(ctx, tx, banks.NewLink{
			Purpose: banks.LinkManage, CustomerID: ident.CustomerID, IdentificationID: ident.ID, ExpiresAt: hold.HeldUntil.Add(24 * time.Hour),
		})
		if err != nil {
			return hold, err
		}
		_, err = s.channels.SendTx(ctx, tx, channels.Message{
			CustomerID: ident.CustomerID, Class: channels.Transaction, Template: "slot_offered", LinkID: link.ID,
			Params:    map[string]string{"start": start.Format(time.RFC3339), "minutes": strconv.Itoa(int(life / time.Minute))},
			AboutType: "waitlist_entry", AboutID: e.ID, ExpiresAt: hold.HeldUntil,
			Channels: []channels.Channel{channels.Push, channels.SMS}, Locale: customer.Locale, TimeZone: customer.TimeZone,
			Data: map[string]string{"waitlist_entry_id": e.ID.String()},
		})
		return hold, err
	})
}
