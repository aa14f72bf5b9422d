package calls

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// Whose customer is on the telephone talks with agents who are, too. Who belongs
// into the conference follows from the call: who leads it, and helpers and
// interpreters, such as the target of a warm transfer. Whatever changes that sets
// the due time PhoneLegConnect, and package ivr rings those who are missing and
// ends the legs of those who are not of the call any more.

// PhoneSeat is an agent who belongs into the conference of a call.
type PhoneSeat struct {
	AgentID   uuid.UUID
	Telephone string // E.164; "" = not known: they cannot be rung
	// Key names this time of theirs in the call: who was rung for it is not rung
	// again.
	Key string
}

// PhoneSeatsTx returns the agents of the call that a due time PhoneLegConnect
// names, who leads it first. None: the call has ended, or its customer is on the
// telephone no more, or by another phone call.
func (s *Service) PhoneSeatsTx(ctx context.Context, tx *postgres.Tx, d scheduling.Due) (callID uuid.UUID, seats []PhoneSeat, err error) {
	id, found := strings.CutPrefix(d.Name, PhoneLegConnect)
	if callID, err = uuid.Parse(id); !found || err != nil {
		return uuid.Nil, nil, nil
	}
	rows, _ := tx.Query(ctx, `
		with of as (select id, agent_id, agent_no from calls where bank_id = $1 and id = $2 and phone_call_id = $3 and state = 'active')
		select a.id, a.telephone, 'agent ' || of.agent_no from of join agents a on a.bank_id = $1 and a.id = of.agent_id
		union all
		select a.id, a.telephone, 'guest ' || g.id from of join call_guests g on g.bank_id = $1 and g.call_id = of.id and g.to_at is null
			and g.role in ('helper', 'interpreter') and g.agent_id <> of.agent_id
			join agents a on a.bank_id = $1 and a.id = g.agent_id`, tx.BankID, callID, d.ObjectID)
	seats, err = pgx.CollectRows(rows, pgx.RowToStructByPos[PhoneSeat])
	if err != nil {
		return callID, nil, fmt.Errorf("read who is on the telephone: %w", err)
	}
	return callID, seats, nil
}

// PhoneLegEndedTx: the telephone of an agent of a call was hung up, or not picked
// up. here are the other agents whose telephones ring or talk. Who leads a call
// and hangs up while the target of their warm transfer is here has handed it
// over. over = true: the customer's leg is to end too.
func (s *Service) PhoneLegEndedTx(ctx context.Context, tx *postgres.Tx, callID, phoneCallID, agentID uuid.UUID, here map[uuid.UUID]bool) (over bool, err error) {
	if err := lockRouteTx(ctx, tx); err != nil {
		return false, err
	}
	c, err := getTx(ctx, tx, callID, "for update")
	if err != nil {
		return false, err
	}
	onPhone, err := phoneOfTx(ctx, tx, callID)
	if err != nil {
		return false, err
	}
	if c.State != Active || onPhone == nil || *onPhone != phoneCallID { // whatever ended it has all legs end
		return false, nil
	}
	if c.AgentID != agentID { // a guest, or who led it before
		return false, nil
	}
	e, err := openTransferTx(ctx, tx, callID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && (e.State != EntryServed || !here[*e.ToAgent]) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("an agent has hung up: %w", err)
	}
	return false, s.handOverTx(ctx, tx, &c, *e.ToAgent, Transferred)
}

// phoneOfTx is the phone call by which the customer of a call is on the telephone
// now; nil = none.
func phoneOfTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) (id *uuid.UUID, err error) {
	if err := tx.QueryRow(ctx, `select phone_call_id from calls where bank_id = $1 and id = $2`, tx.BankID, callID).Scan(&id); err != nil {
		return nil, fmt.Errorf("read telephone: %w", err)
	}
	return id, nil
}

// onPhoneTx: the customer of a call is on the telephone from now on, so that nobody
// waits for media of theirs. The agents are rung.
func (s *Service) onPhoneTx(ctx context.Context, tx *postgres.Tx, callID, phoneCallID uuid.UUID) error {
	now := s.Now()
	if _, err := tx.Exec(ctx, `update calls set phone_call_id = $3, updated_at = $4 where bank_id = $1 and id = $2`, tx.BankID, callID, phoneCallID, now); err != nil {
		return fmt.Errorf("connect telephone: %w", err)
	}
	if _, err := tx.Exec(ctx, `update call_participants set connected = true, joined_at = coalesce(joined_at, $3), changed_at = $3
		where bank_id = $1 and call_id = $2 and role = 'customer' and not connected`, tx.BankID, callID, now); err != nil {
		return fmt.Errorf("connect telephone: %w", err)
	}
	return s.reseatTx(ctx, tx, callID)
}

// EndLegsTx has a customer's phone call end, and the agents' legs to it.
func (s *Service) EndLegsTx(ctx context.Context, tx *postgres.Tx, phoneCallID uuid.UUID) error {
	return s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DuePhoneLeg, ObjectID: phoneCallID, Name: PhoneLegEnd, At: s.Now()})
}

// reseatTx has those rung who belong into the conference of a call now, and the
// others leave it. A call that is not by telephone has none.
func (s *Service) reseatTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID) error {
	onPhone, err := phoneOfTx(ctx, tx, callID)
	if err != nil || onPhone == nil {
		return err
	}
	return s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DuePhoneLeg, ObjectID: *onPhone, Name: PhoneLegConnect + callID.String(), At: s.Now()})
}

// canBeRungTx refuses with Conflict "telephone_missing" to bring an agent without
// a telephone into a call whose customer is on the telephone.
func (s *Service) canBeRungTx(ctx context.Context, tx *postgres.Tx, callID, agentID uuid.UUID) error {
	var missing bool
	err := tx.QueryRow(ctx, `select c.phone_call_id is not null and a.telephone = '' from calls c join agents a on a.bank_id = $1 and a.id = $3
		where c.bank_id = $1 and c.id = $2`, tx.BankID, callID, agentID).Scan(&missing)
	if err != nil {
		return fmt.Errorf("read telephone: %w", err)
	}
	if missing && visavis.ActorFrom(ctx).ID == agentID {
		return visavis.Errorf(visavis.Conflict, "telephone_missing", "this customer is on the telephone: an administrator has to enter yours first")
	}
	if missing {
		return visavis.Errorf(visavis.Conflict, "telephone_missing",
			"this customer is on the telephone and this agent has none: choose another agent, or have an administrator enter the agent's telephone")
	}
	return nil
}

// phoneEntriesTx says of what waits to take a call whether its customer is on the
// telephone now. What is offered to an agent without one is offered to another.
func (s *Service) phoneEntriesTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, phoneCallID *uuid.UUID) error {
	rows, _ := tx.Query(ctx, `update queue_entries set phone_call_id = $3
		where bank_id = $1 and call_id = $2 and kind <> 'serve' and state in ('waiting', 'offered') returning `+entryColumns, tx.BankID, callID, phoneCallID)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Entry])
	if err != nil {
		return fmt.Errorf("read transfers: %w", err)
	}
	for _, e := range all {
		if e.State != EntryOffered || phoneCallID == nil {
			continue
		}
		if err := s.canBeRungTx(ctx, tx, callID, *e.OfferedTo); visavis.CodeOf(err) != "telephone_missing" {
			if err != nil {
				return err
			}
			continue
		}
		if err := s.lapseTx(ctx, tx, e, "queue.offer_lapsed", false); err != nil {
			return err
		}
	}
	return nil
}
