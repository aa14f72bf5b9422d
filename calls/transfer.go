package calls

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// A transfer is an offer, like that of a customer who waits: a queue entry of
// kind transfer, before all others, that names the target or a skill. Cold, the
// target leads the call by accepting; warm, the target joins as a helper first,
// and the agent completes or cancels.

// transferFor is how long a transfer, or a call without its agent, waits for
// somebody to take it.
const transferFor = 2 * time.Minute

// NewTransfer is a transfer to ask for.
type NewTransfer struct {
	ToAgent uuid.UUID // uuid.Nil: by skill
	ToSkill string
	Warm    bool
	Note    string // for who takes it; at most 1,000 characters
}

// Transfer offers an active call of the agent in ctx to another. It refuses with
// Conflict "transfer_pending" while one is open, "agent_away" when the target is
// not at work, "telephone_missing" when the customer is on the telephone and the
// target has none, and NotFound for an agent there is not.
func (s *Service) Transfer(ctx context.Context, bankID, callID uuid.UUID, t NewTransfer) (e Entry, err error) {
	switch {
	case (t.ToAgent == uuid.Nil) == (t.ToSkill == ""):
		return e, visavis.InvalidField("agent_id", "name an agent or a skill, not both")
	case t.ToSkill != "" && !skillShape.MatchString(t.ToSkill):
		return e, visavis.InvalidField("skill", "lower case letters, digits and _")
	case len([]rune(t.Note)) > 1000:
		return e, visavis.InvalidField("note", "is longer than 1,000 characters")
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := s.leadingTx(ctx, tx, callID)
		if err != nil {
			return err
		}
		if t.ToAgent == c.AgentID {
			return visavis.InvalidField("agent_id", "you lead this call already")
		}
		if _, err := openTransferTx(ctx, tx, c.ID); err == nil {
			return visavis.Errorf(visavis.Conflict, "transfer_pending", "this call is being transferred: cancel that first")
		} else if !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		e = Entry{Kind: Transfer, IdentificationID: c.IdentificationID, CustomerID: c.CustomerID, ScenarioID: c.ScenarioID,
			CallID: &c.ID, FromAgent: &c.AgentID, ToSkill: t.ToSkill, Warm: t.Warm, Note: t.Note}
		if e.PhoneCallID, err = phoneOfTx(ctx, tx, c.ID); err != nil {
			return err
		}
		if t.ToAgent != uuid.Nil {
			if err := s.takesCallsTx(ctx, tx, t.ToAgent); err != nil {
				return err
			}
			if err := s.canBeRungTx(ctx, tx, c.ID, t.ToAgent); err != nil {
				return err
			}
			e.ToAgent = &t.ToAgent
		}
		if err := s.takersTx(ctx, tx, e); err != nil {
			return err
		}
		if err := s.enterTx(ctx, tx, &e); err != nil {
			return err
		}
		if err := s.phoneEntriesTx(ctx, tx, c.ID, e.PhoneCallID); err != nil {
			return err
		}
		data := map[string]any{"warm": t.Warm, "queue_entry_id": e.ID}
		if e.ToAgent != nil {
			data["to_agent_id"] = *e.ToAgent
		} else {
			data["skill"] = e.ToSkill
		}
		if err := s.event(ctx, tx, c, "call.transfer_asked", data); err != nil {
			return err
		}
		if err := s.routeTx(ctx, tx); err != nil {
			return err
		}
		e, err = entryTx(ctx, tx, e.ID)
		return err
	})
	return e, err
}

// takersTx refuses a transfer to an agent who is not at work, and one by skill of a
// customer on the telephone when those at work who have the skill have no
// telephone. Else who has the skill may yet come.
func (s *Service) takersTx(ctx context.Context, tx *postgres.Tx, e Entry) error {
	working, err := s.workersTx(ctx, tx)
	if err != nil || len(e.fit(rules{}, working, s.Now())) > 0 {
		return err
	}
	if e.ToAgent != nil {
		return visavis.Errorf(visavis.Conflict, "agent_away", "this agent is not at work")
	}
	if e.PhoneCallID = nil; len(e.fit(rules{}, working, s.Now())) > 0 {
		return visavis.Errorf(visavis.Conflict, "telephone_missing",
			"this customer is on the telephone and nobody at work with this skill has one: have an administrator enter an agent's telephone")
	}
	return nil
}

// CompleteTransfer hands the call over to the target of a warm transfer who has
// accepted. Conflict "no_transfer" when nobody has, "telephone_missing" as Transfer.
func (s *Service) CompleteTransfer(ctx context.Context, bankID, callID uuid.UUID) (c Call, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if c, err = s.leadingTx(ctx, tx, callID); err != nil {
			return err
		}
		e, err := openTransferTx(ctx, tx, c.ID)
		if errors.Is(err, pgx.ErrNoRows) || err == nil && e.State != EntryServed {
			return visavis.Errorf(visavis.Conflict, "no_transfer", "nobody has accepted a transfer of this call")
		}
		if err != nil {
			return err
		}
		if err := s.canBeRungTx(ctx, tx, c.ID, *e.ToAgent); err != nil {
			return err
		}
		return s.handOverTx(ctx, tx, &c, *e.ToAgent, Transferred)
	})
	return c, err
}

// CancelTransfer takes a transfer back: nobody is asked any more, and the target
// of a warm one is sent away. Without a transfer it does nothing.
func (s *Service) CancelTransfer(ctx context.Context, bankID, callID uuid.UUID) (c Call, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if c, err = s.leadingTx(ctx, tx, callID); err != nil {
			return err
		}
		e, err := openTransferTx(ctx, tx, c.ID)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if e.State == EntryServed {
			err = s.endGuestsOfTx(ctx, tx, c, *e.ToAgent)
		} else {
			err = s.endEntryTx(ctx, tx, e, EntryLeft)
		}
		if err != nil {
			return err
		}
		if err := s.event(ctx, tx, c, "call.transfer_cancelled", nil); err != nil {
			return err
		}
		return s.routeTx(ctx, tx)
	})
	return c, err
}

// How a transfer stands, see TransferOf.
const (
	TransferWaiting = "waiting" // for somebody who is free
	TransferOffered = "offered" // somebody is asked
	TransferJoined  = "joined"  // whoever accepted a warm one is in the call
	TransferDone    = "done"    // the call was handed over
)

// TransferOf returns a call's newest transfer that stands, with its note, and how
// it stands; "" when there is none.
func (s *Service) TransferOf(ctx context.Context, bankID, callID uuid.UUID) (e Entry, state string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := getTx(ctx, tx, callID, "")
		if err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries
			where bank_id = $1 and call_id = $2 and kind = 'transfer' order by id desc limit 1`, tx.BankID, callID)
		e, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Entry])
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		switch {
		case e.State == EntryWaiting:
			state = TransferWaiting
		case e.State == EntryOffered:
			state = TransferOffered
		case e.State != EntryServed:
		case !e.Warm:
			state = TransferDone
		case e.ToAgent != nil && *e.ToAgent == c.AgentID:
			state = TransferDone
		default: // joined, or sent away
			live, err := guestsTx(ctx, tx, callID, true)
			if err != nil {
				return err
			}
			for _, g := range live {
				if e.ToAgent != nil && g.AgentID == *e.ToAgent {
					state = TransferJoined
				}
			}
		}
		return nil
	})
	return e, state, err
}

// TransferEnds is when nobody is asked any more to take a call.
func (e Entry) TransferEnds() time.Time { return e.EnteredAt.Add(transferFor) }

// leadingTx locks an active call for the agent in ctx, who leads it, in the
// order of locks.
func (s *Service) leadingTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) (Call, error) {
	if err := lockRouteTx(ctx, tx); err != nil {
		return Call{}, err
	}
	c, err := ownTx(ctx, tx, callID)
	if err == nil && c.State != Active {
		err = callOver(c)
	}
	return c, err
}

// openTransferTx returns the transfer of a call that waits, is offered, or warm
// and joined, or pgx.ErrNoRows.
func openTransferTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) (Entry, error) {
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries e
		where bank_id = $1 and call_id = $2 and kind = 'transfer' and (state in ('waiting', 'offered') or warm and state = 'served'
		  and exists (select from call_guests g where g.bank_id = e.bank_id and g.call_id = e.call_id and g.agent_id = e.to_agent and g.to_at is null))
		order by id desc limit 1 for update`, tx.BankID, callID)
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Entry])
}

// takesCallsTx refuses with NotFound whoever is no agent who takes calls.
func (s *Service) takesCallsTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID) error {
	var ok bool
	err := tx.QueryRow(ctx, `select exists (select from agents where bank_id = $1 and id = $2 and enabled and role in ('agent', 'supervisor'))`,
		tx.BankID, agentID).Scan(&ok)
	if err == nil && !ok {
		err = visavis.Errorf(visavis.NotFound, "not_found", "there is no such agent")
	}
	return err
}

// acceptTransferTx: the target takes a call that is going on, or joins it.
func (s *Service) acceptTransferTx(ctx context.Context, tx *postgres.Tx, e Entry, agentID uuid.UUID) (Call, error) {
	c, err := getTx(ctx, tx, *e.CallID, "for update")
	if err != nil {
		return c, err
	}
	if c.State != Active {
		return c, callOver(c)
	}
	if err := s.canBeRungTx(ctx, tx, c.ID, agentID); err != nil {
		return c, err
	}
	if err := s.servedTx(ctx, tx, e); err != nil {
		return c, err
	}
	if !e.Warm {
		how := Transferred
		if e.Kind == Takeover {
			how = TookOver
		}
		return c, s.handOverTx(ctx, tx, &c, agentID, how)
	}
	if _, err := tx.Exec(ctx, `update queue_entries set to_agent = $3 where bank_id = $1 and id = $2`, tx.BankID, e.ID, agentID); err != nil {
		return c, err
	}
	_, err = s.guestTx(ctx, tx, c, Guest{AgentID: agentID, Role: GuestHelper, Mode: ModeJoin, InvitedBy: e.FromAgent})
	return c, err
}

// transferExpiredTx: nobody took a call in time. The agent is told; a call
// without its agent ends after the grace time.
func (s *Service) transferExpiredTx(ctx context.Context, tx *postgres.Tx, e Entry) error {
	if err := s.endEntryTx(ctx, tx, e, EntryExpired); err != nil {
		return err
	}
	c, err := getTx(ctx, tx, *e.CallID, "")
	if err != nil {
		return err
	}
	if err := s.event(ctx, tx, c, "call.transfer_expired", nil); err != nil {
		return err
	}
	return s.routeTx(ctx, tx)
}
