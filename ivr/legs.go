package ivr

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// The legs to agents' telephones follow who belongs into the call
// (calls.PhoneSeatsTx): whoever is missing is rung, and who is not of it any more
// is hung up on. So a transfer is no case of its own, and what is done twice, or
// late, comes to the same.

// Input of a leg: whose it is, and of which call.
const (
	legAgent = "agent"
	legCall  = "call"
)

func (c PhoneCall) legOf() (agentID, callID uuid.UUID) {
	agentID, _ = uuid.Parse(c.Input[legAgent])
	callID, _ = uuid.Parse(c.Input[legCall])
	return agentID, callID
}

// legsTx returns the legs to agents' telephones that ring or talk in the conference
// of a caller, and are not to end; lock is "" or "for update".
func legsTx(ctx context.Context, tx *postgres.Tx, phoneCallID uuid.UUID, lock string) ([]PhoneCall, error) {
	rows, _ := tx.Query(ctx, `select `+callColumns+` from phone_calls
		where bank_id = $1 and about_id = $2 and about_type = $3 and due_at is not null and not hang_up order by id `+lock, tx.BankID, phoneCallID, aboutLeg)
	all, err := pgx.CollectRows(rows, scanCall)
	if err != nil {
		return nil, fmt.Errorf("read agents' legs: %w", err)
	}
	return all, nil
}

// seatTx rings the agents who belong into a conference and have no leg, and hangs
// up on those who do not any more. One at a time for each conference.
func (s *Service) seatTx(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('visavis.legs:' || $1::text, 0))`, d.ObjectID); err != nil {
		return fmt.Errorf("seat agents: %w", err)
	}
	legs, err := legsTx(ctx, tx, d.ObjectID, "for update")
	if err != nil {
		return err
	}
	callID, seats, err := s.Calls.PhoneSeatsTx(ctx, tx, d)
	if err != nil || len(seats) == 0 { // it has ended, and PhoneLegEnd ends the legs
		return err
	}
	missing := map[uuid.UUID]calls.PhoneSeat{}
	for _, seat := range seats {
		missing[seat.AgentID] = seat
	}
	var leaving []uuid.UUID
	for _, leg := range legs {
		agentID, of := leg.legOf()
		if _, seated := missing[agentID]; seated && of == callID {
			delete(missing, agentID)
		} else {
			leaving = append(leaving, leg.ID)
		}
	}
	for _, seat := range seats {
		if seat, ok := missing[seat.AgentID]; !ok || seat.Telephone == "" {
			continue
		}
		if _, err := s.placeTx(ctx, tx, PhoneCall{To: seat.Telephone, Flow: agentFlow, AboutType: aboutLeg, AboutID: d.ObjectID, Class: channels.Security,
			Input: map[string]string{legAgent: seat.AgentID.String(), legCall: callID.String()},
			Key:   "leg " + callID.String() + " " + d.ObjectID.String() + " " + seat.Key, ExpiresAt: s.Now().Add(legFor)}); err != nil {
			return err
		}
	}
	for _, id := range leaving {
		if err := s.hangUpTx(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// legEnded: an agent's telephone was hung up, or not picked up. That of who leads
// the call takes the caller along, unless somebody else has taken the call.
func (s *Service) legEnded(ctx context.Context, tx *postgres.Tx, c PhoneCall) error {
	agentID, callID := c.legOf()
	if callID != uuid.Nil {
		legs, err := legsTx(ctx, tx, c.AboutID, "") // unlocked: they may be ending, too
		if err != nil {
			return err
		}
		here := map[uuid.UUID]bool{}
		for _, leg := range legs {
			if agent, _ := leg.legOf(); leg.ID != c.ID && agent != agentID {
				here[agent] = true
			}
		}
		over, err := s.Calls.PhoneLegEndedTx(ctx, tx, callID, c.AboutID, agentID, here)
		if err != nil || !over {
			return err
		}
	}
	if c.AnsweredAt == nil {
		if err := s.Calls.PartEndedTx(ctx, tx, c.AboutID, calls.PartAgentNotReached); err != nil {
			return err
		}
	}
	// In a transaction of its own: other legs may end now, each holding its row.
	return s.Calls.EndLegsTx(ctx, tx, c.AboutID)
}
