package calls

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// recoverAfter is when a call's recordings are finished by a due time, should
// the node that ended the call not have come to it.
const recoverAfter = 30 * time.Second

// activeTx is what follows from a call becoming active, by an answer or because
// the customer was waiting.
func (s *Service) activeTx(ctx context.Context, tx *postgres.Tx, c Call) error {
	if _, err := tx.Exec(ctx, `insert into call_participants (bank_id, call_id, role, changed_at) values ($1, $2, 'agent', $3), ($1, $2, 'customer', $3)`,
		tx.BankID, c.ID, s.Now()); err != nil {
		return err
	}
	grace, err := s.graceTx(ctx, tx, c)
	if err != nil {
		return err
	}
	if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueCallAbandoned, ObjectID: c.ID, At: s.Now().Add(grace)}); err != nil {
		return err
	}
	return s.event(ctx, tx, c, "call.answered", nil)
}

// HangUp ends the call for the actor: an active one ends; a ringing one is
// declined by the customer or cancelled by the agent. A call that is over stays
// as it is.
func (s *Service) HangUp(ctx context.Context, bankID, callID uuid.UUID) (c Call, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		if c, err = ownTx(ctx, tx, callID); err != nil {
			return err
		}
		customer := visavis.ActorFrom(ctx).Kind == visavis.ActorCustomer
		switch {
		case c.State == Active && customer:
			return s.endTx(ctx, tx, &c, ByCustomer)
		case c.State == Active:
			return s.endTx(ctx, tx, &c, ByAgent)
		case c.State == Ringing && customer:
			return s.unansweredTx(ctx, tx, &c, Declined)
		case c.State == Ringing:
			return s.cancelRingTx(ctx, tx, &c)
		}
		return nil
	})
	return c, err
}

// cancelRingTx: the agent gave up before the customer answered. The customer
// is still owed the call, so a due booking goes back to the head of the queue,
// and this agent is drawn last.
func (s *Service) cancelRingTx(ctx context.Context, tx *postgres.Tx, c *Call) error {
	now := s.Now()
	c.State, c.Reason, c.EndedAt, c.UpdatedAt = Cancelled, ByAgent, &now, now
	if _, err := tx.Exec(ctx, `update calls set state = 'cancelled', reason = $3, ended_at = $4, updated_at = $4 where bank_id = $1 and id = $2`,
		tx.BankID, c.ID, c.Reason, now); err != nil {
		return err
	}
	if err := s.stopRingTx(ctx, tx, *c); err != nil {
		return err
	}
	if err := s.event(ctx, tx, *c, "call.cancelled", nil); err != nil {
		return err
	}
	owed, err := s.owedTx(ctx, tx, *c)
	if err != nil {
		return err
	}
	if owed {
		if err := s.requeueTx(ctx, tx, *c); err != nil {
			return err
		}
	}
	// Whoever gives up a ring takes a break, else a lone agent would be drawn
	// again at once.
	if err := s.leftTx(ctx, tx, *c); err != nil {
		return err
	}
	if err := s.wrapUpTx(ctx, tx, c.AgentID, *c); err != nil {
		return err
	}
	return s.routeTx(ctx, tx)
}

// owedTx reports whether the customer still expects a call: not after
// cancelling the booking, or when the case has ended.
func (s *Service) owedTx(ctx context.Context, tx *postgres.Tx, c Call) (bool, error) {
	if c.BookingID != nil {
		b, err := s.Scheduling.GetTx(ctx, tx, *c.BookingID)
		return err == nil && b.State == scheduling.StateDue, err
	}
	idn, err := s.Identifications.GetTx(ctx, tx, c.IdentificationID)
	return err == nil && idn.State == identifications.Open, err
}

// requeueTx puts the customer of a call that was given up back to the head of
// the queue, with its agent drawn last.
func (s *Service) requeueTx(ctx context.Context, tx *postgres.Tx, c Call) error {
	e := Entry{IdentificationID: c.IdentificationID, CustomerID: c.CustomerID, ScenarioID: c.ScenarioID, BookingID: c.BookingID,
		Priority: bookingPriority, PassedOver: []uuid.UUID{c.AgentID}}
	return s.enterTx(ctx, tx, &e)
}

// settleBookingTx writes down what the call has made of its booking. One that
// was cancelled meanwhile stays so: the end of a call must never depend on it.
func (s *Service) settleBookingTx(ctx context.Context, tx *postgres.Tx, c Call, to scheduling.State, reason string) error {
	if c.BookingID == nil {
		return nil
	}
	_, err := s.Scheduling.StateTx(ctx, tx, *c.BookingID, to, reason)
	if visavis.CodeOf(err) == "booking_closed" {
		return nil
	}
	return err
}

// endTx ends an active call. Its media is closed and its recordings finished
// after the commit, by the node that holds them (room.go).
func (s *Service) endTx(ctx context.Context, tx *postgres.Tx, c *Call, reason string) error {
	now := s.Now()
	c.State, c.Reason, c.EndedAt, c.UpdatedAt = Ended, reason, &now, now
	if _, err := tx.Exec(ctx, `update calls set state = 'ended', reason = $3, ended_at = $4, updated_at = $4 where bank_id = $1 and id = $2`,
		tx.BankID, c.ID, reason, now); err != nil {
		return err
	}
	if err := s.Scheduling.CancelDueTx(ctx, tx, c.ID, scheduling.DueCallAbandoned); err != nil {
		return err
	}
	if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueRecoverRecording, ObjectID: c.ID, At: now.Add(recoverAfter)}); err != nil {
		return err
	}
	if err := s.hangUpPhoneTx(ctx, tx, *c); err != nil {
		return err
	}
	if err := s.settleBookingTx(ctx, tx, *c, scheduling.Kept, ""); err != nil {
		return err
	}
	if err := s.leftTx(ctx, tx, *c); err != nil {
		return err
	}
	if err := s.wrapUpTx(ctx, tx, c.AgentID, *c); err != nil {
		return err
	}
	return s.event(ctx, tx, *c, "call.ended", map[string]any{"reason": reason})
}

// maybeAbandoned ends a call in which somebody has been away for longer than
// the grace time, and else looks again when that could be so.
func (s *Service) maybeAbandoned(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	if err := lockRouteTx(ctx, tx); err != nil {
		return err
	}
	c, err := getTx(ctx, tx, d.ObjectID, "for update")
	if err != nil || c.State != Active {
		return err
	}
	grace, err := s.graceTx(ctx, tx, c)
	if err != nil {
		return err
	}
	var away *time.Time // since when the one who is away longest is away
	if err := tx.QueryRow(ctx, `select min(changed_at) from call_participants where bank_id = $1 and call_id = $2 and not connected`,
		tx.BankID, c.ID).Scan(&away); err != nil {
		return err
	}
	if away == nil {
		return nil // presence of both; a disconnect sets the next due time
	}
	if left := away.Add(grace).Sub(s.Now()); left > 0 {
		return scheduling.Later(away.Add(grace))
	}
	return s.endTx(ctx, tx, &c, Abandoned)
}

// participantTx records that a participant's media came or went.
// The call of an agent who is gone is offered to another after a while, until
// the agent is back.
func (s *Service) participantTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, role string, connected bool) error {
	if err := lockRouteTx(ctx, tx); err != nil { // before the call's row
		return err
	}
	c, err := getTx(ctx, tx, callID, "for update")
	if err != nil || c.State != Active {
		return err
	}
	if role == RoleCustomer && !connected { // who is on the telephone is there, whatever becomes of their page
		var onPhone bool
		if err := tx.QueryRow(ctx, `select phone_call_id is not null from calls where bank_id = $1 and id = $2`, tx.BankID, callID).Scan(&onPhone); err != nil || onPhone {
			return err
		}
	}
	tag, err := tx.Exec(ctx, `update call_participants set connected = $4, changed_at = $5,
		joined_at = case when $4 then coalesce(joined_at, $5) else joined_at end
		where bank_id = $1 and call_id = $2 and role = $3 and connected <> $4`, tx.BankID, callID, role, connected, s.Now())
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	if role == RoleAgent {
		if connected {
			if err := s.Scheduling.CancelDueTx(ctx, tx, c.ID, scheduling.DueTakeover); err != nil {
				return err
			}
			err = s.dropTransfersTx(ctx, tx, c.ID, EntryLeft, Takeover)
		} else {
			err = s.takeoverDueTx(ctx, tx, c, 0)
		}
		if err != nil {
			return err
		}
	}
	if !connected {
		grace, err := s.graceTx(ctx, tx, c)
		if err != nil {
			return err
		}
		if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueCallAbandoned, ObjectID: c.ID, At: s.Now().Add(grace)}); err != nil {
			return err
		}
		return s.event(ctx, tx, c, "call.participant_disconnected", map[string]any{"participant": role})
	}
	return s.event(ctx, tx, c, "call.participant_connected", map[string]any{"participant": role})
}

// resumeTx begins the grace time of both sides of an active call anew: the node
// that held its media has lost it, and has not let anybody in meanwhile.
func (s *Service) resumeTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) error {
	for _, role := range []string{RoleAgent, RoleCustomer} {
		if err := s.participantTx(ctx, tx, callID, role, false); err != nil {
			return err
		}
	}
	c, err := getTx(ctx, tx, callID, "for update")
	if err != nil || c.State != Active {
		return err
	}
	grace, err := s.graceTx(ctx, tx, c)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update call_participants set changed_at = $3 where bank_id = $1 and call_id = $2 and not connected`,
		tx.BankID, callID, s.Now()); err != nil {
		return err
	}
	return s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueCallAbandoned, ObjectID: callID, At: s.Now().Add(grace)})
}

// graceTx is how long a participant of the call may be away: the scenario says,
// else the bank.
func (s *Service) graceTx(ctx context.Context, tx *postgres.Tx, c Call) (time.Duration, error) {
	idn, err := s.Identifications.GetTx(ctx, tx, c.IdentificationID)
	if err != nil {
		return 0, err
	}
	if grace := idn.Scenario.Settings.ReconnectGraceSeconds; grace > 0 {
		return seconds(grace), nil
	}
	settings, err := s.Banks.SettingsTx(ctx, tx)
	return seconds(settings.ReconnectGrace), err
}

// Participant is one side of a call.
type Participant struct {
	Role      string
	JoinedAt  *time.Time // the first time; nil = never
	Connected bool
	ChangedAt time.Time
}

// Participants returns the two sides of a call that became active.
func (s *Service) Participants(ctx context.Context, bankID, callID uuid.UUID) (all []Participant, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select role, joined_at, connected, changed_at from call_participants where bank_id = $1 and call_id = $2 order by role`, tx.BankID, callID)
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Participant])
		return err
	})
	return all, err
}
