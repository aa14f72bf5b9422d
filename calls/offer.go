package calls

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// An offer is a lease on a customer that is held by one agent: a row in the
// database with a number that grows. Whoever accepts names the number, so a
// late word about an old offer changes nothing, on whatever node it arrives and
// whatever became of the node that made the offer.

// MissedOffersReason is why an agent was paused by the gateway.
const MissedOffersReason = "missed_offers"

// Accept is AcceptOffer for whatever is offered to the agent now.
func (s *Service) Accept(ctx context.Context, bankID, entryID, agentID uuid.UUID) (Call, error) {
	return s.AcceptOffer(ctx, bankID, entryID, agentID, 0)
}

// AcceptOffer makes a call of an entry that is offered to the agent: the agent
// pressed Call. For a booking, and for who asked for a call-back, the customer
// is rung; a customer who waits on his page is connected at once. Of a transfer
// the call is handed over, or a warm one's target may join. It refuses with
// Conflict "offer_lapsed" when the offer of that number (Entry.OfferNo; 0 = the
// newest) is not the agent's any more.
func (s *Service) AcceptOffer(ctx context.Context, bankID, entryID, agentID uuid.UUID, offer int) (Call, error) {
	var c Call
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		e, err := offerTx(ctx, tx, entryID, agentID, offer)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update agent_presence set missed = 0 where bank_id = $1 and agent_id = $2`, tx.BankID, agentID); err != nil {
			return err
		}
		if e.Kind != Serve {
			c, err = s.acceptTransferTx(ctx, tx, e, agentID)
			return err
		}
		if e.BookingID != nil {
			b, err := s.Scheduling.GetTx(ctx, tx, *e.BookingID)
			if err != nil {
				return err
			}
			if b.State != scheduling.StateDue {
				return visavis.Errorf(visavis.Conflict, "booking_changed", "the customer has cancelled or moved the booking")
			}
		}
		if c, err = s.startTx(ctx, tx, e, agentID); err != nil {
			return err
		}
		e.CallID = &c.ID
		if err := s.servedTx(ctx, tx, e); err != nil {
			return err
		}
		if err := s.keepDrawTx(ctx, tx, c.ID, e.ID); err != nil {
			return err
		}
		return s.presentTx(ctx, tx, agentID, InCall)
	})
	return c, err
}

// servedTx ends an entry whose agent has taken it.
func (s *Service) servedTx(ctx context.Context, tx *postgres.Tx, e Entry) error {
	if _, err := tx.Exec(ctx, `update queue_entries set state = 'served', offered_to = null, offer_expires_at = null, call_id = $3, ended_at = $4
		where bank_id = $1 and id = $2`, tx.BankID, e.ID, e.CallID, s.Now()); err != nil {
		return err
	}
	if err := s.Scheduling.CancelDueTx(ctx, tx, e.ID, scheduling.DueOfferExpired, scheduling.DueUnserved, scheduling.DueQueueRelaxed); err != nil {
		return err
	}
	e.State = EntryServed
	return s.entryEvent(ctx, tx, e, "queue.served", nil)
}

// Reject gives an offer back: another agent is drawn, and this one stays ready.
func (s *Service) Reject(ctx context.Context, bankID, entryID, agentID uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		e, err := offerTx(ctx, tx, entryID, agentID, 0)
		if err != nil {
			return err
		}
		return s.lapseTx(ctx, tx, e, "queue.offer_lapsed", false)
	})
}

// Rescind takes an open offer back, as a supervisor may: another agent is
// chosen, and this one stays ready. It refuses with Conflict "not_offered" when
// nothing is offered.
func (s *Service) Rescind(ctx context.Context, bankID, entryID uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		e, err := entryTx(ctx, tx, entryID)
		if err != nil {
			return err
		}
		if e.State != EntryOffered {
			return visavis.Errorf(visavis.Conflict, "not_offered", "this customer is offered to nobody")
		}
		return s.lapseTx(ctx, tx, e, "queue.offer_rescinded", false)
	})
}

func offerTx(ctx context.Context, tx *postgres.Tx, entryID, agentID uuid.UUID, offer int) (Entry, error) {
	e, err := entryTx(ctx, tx, entryID)
	if err != nil {
		return e, err
	}
	if e.State != EntryOffered || *e.OfferedTo != agentID || offer != 0 && offer != e.OfferNo {
		return e, visavis.Errorf(visavis.Conflict, "offer_lapsed", "this customer is not offered to you any more")
	}
	return e, nil
}

// offerExpired: the agent did not press Call in time; another is drawn. Or the
// pause is over after which those who let an offer lapse are asked again.
func (s *Service) offerExpired(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	if err := lockRouteTx(ctx, tx); err != nil {
		return err
	}
	e, err := entryTx(ctx, tx, d.ObjectID)
	switch {
	case err != nil:
		return err
	case e.State == EntryWaiting:
		return s.routeTx(ctx, tx)
	case e.State != EntryOffered || s.Now().Before(*e.OfferExpiresAt):
		return nil
	}
	return s.lapseTx(ctx, tx, e, "queue.offer_lapsed", true)
}

// lapseTx takes an offer back and draws again, the others first. An agent who
// has let too many lapse in a row is paused: nobody sits there.
func (s *Service) lapseTx(ctx context.Context, tx *postgres.Tx, e Entry, why string, missed bool) error {
	agent := *e.OfferedTo
	if err := s.unofferTx(ctx, tx, e, why); err != nil {
		return err
	}
	state, reason := Ready, ""
	if missed {
		settings, err := s.Banks.SettingsTx(ctx, tx)
		if err != nil {
			return err
		}
		var row int
		if err := tx.QueryRow(ctx, `update agent_presence set missed = missed + 1 where bank_id = $1 and agent_id = $2 returning missed`,
			tx.BankID, agent).Scan(&row); err != nil {
			return err
		}
		if row >= settings.MissedOffers {
			state, reason = Paused, MissedOffersReason
		}
	}
	if err := s.presentForTx(ctx, tx, agent, state, reason); err != nil {
		return err
	}
	return s.routeTx(ctx, tx)
}

// withdrawOfferTx takes back whatever is offered to an agent who pauses.
func (s *Service) withdrawOfferTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID) error {
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries where bank_id = $1 and state = 'offered' and offered_to = $2`, tx.BankID, agentID)
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Entry])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.unofferTx(ctx, tx, e, "queue.offer_lapsed")
}

func (s *Service) unofferTx(ctx context.Context, tx *postgres.Tx, e Entry, why string) error {
	rest := s.Now().Add(roundPause)
	_, err := tx.Exec(ctx, `update queue_entries set state = 'waiting', offered_to = null, offer_expires_at = null,
		passed_over = array_append(passed_over, $3), rest_until = $4 where bank_id = $1 and id = $2`, tx.BankID, e.ID, *e.OfferedTo, rest)
	if err != nil {
		return err
	}
	if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueOfferExpired, ObjectID: e.ID, At: rest}); err != nil {
		return err
	}
	return s.entryEvent(ctx, tx, e, why, nil)
}
