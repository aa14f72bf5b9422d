package calls

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// How an agent came to lead a call.
const (
	Accepted    = "accepted"
	Transferred = "transferred"
	TookOver    = "took_over" // the agent before was gone, or a supervisor stepped in
)

var handedOver = map[string]string{Transferred: "call.transferred", TookOver: "call.taken_over"}

// Lead is a time during which an agent led a call.
type Lead struct {
	No      int
	AgentID uuid.UUID
	How     string
	From    time.Time
	To      *time.Time // nil: leads still
}

// Leads returns who led a call, in order. All are part of its evidence.
func (s *Service) Leads(ctx context.Context, bankID, callID uuid.UUID) (all []Lead, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		rows, _ := tx.Query(ctx, `select no, agent_id, how, from_at, to_at from call_agents where bank_id = $1 and call_id = $2 order by no`, tx.BankID, callID)
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Lead])
		return err
	})
	return all, err
}

// leadsTx writes down that an agent leads a call from now on.
func (s *Service) leadsTx(ctx context.Context, tx *postgres.Tx, callID, agentID uuid.UUID, no int, how string) error {
	_, err := tx.Exec(ctx, `insert into call_agents (bank_id, call_id, no, agent_id, how, from_at) values ($1, $2, $3, $4, $5, $6)`,
		tx.BankID, callID, no, agentID, how, s.Now())
	return err
}

// leftTx is what ends with a call, besides the call itself: its agent's time,
// its guests' and what waits to take it.
func (s *Service) leftTx(ctx context.Context, tx *postgres.Tx, c Call) error {
	if _, err := tx.Exec(ctx, `update call_agents set to_at = $3 where bank_id = $1 and call_id = $2 and to_at is null`, tx.BankID, c.ID, s.Now()); err != nil {
		return err
	}
	guests, err := guestsTx(ctx, tx, c.ID, true)
	if err != nil {
		return err
	}
	for _, g := range guests {
		if err := s.endGuestTx(ctx, tx, c, g); err != nil {
			return err
		}
	}
	if err := s.Scheduling.CancelDueTx(ctx, tx, c.ID, scheduling.DueTakeover); err != nil {
		return err
	}
	return s.dropTransfersTx(ctx, tx, c.ID, EntryLeft)
}

// dropTransfersTx ends what waits to take a call.
func (s *Service) dropTransfersTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, state EntryState, kinds ...EntryKind) error {
	if len(kinds) == 0 {
		kinds = []EntryKind{Transfer, Takeover}
	}
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries
		where bank_id = $1 and call_id = $2 and kind = any($3) and state in ('waiting', 'offered') for update`, tx.BankID, callID, kinds)
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Entry])
	if err != nil {
		return err
	}
	for _, e := range all {
		if err := s.endEntryTx(ctx, tx, e, state); err != nil {
			return err
		}
	}
	return nil
}

// handOverTx gives an active call to another agent. The script, its stills, the
// chat and the recording stay as they are. The caller holds lockRouteTx and has
// locked the call's row. The new agent has the grace time to join.
func (s *Service) handOverTx(ctx context.Context, tx *postgres.Tx, c *Call, to uuid.UUID, how string) error {
	now, from := s.Now(), c.AgentID
	var no int
	if err := tx.QueryRow(ctx, `update calls set agent_id = $3, agent_no = agent_no + 1, updated_at = $4 where bank_id = $1 and id = $2 returning agent_no`,
		tx.BankID, c.ID, to, now).Scan(&no); err != nil {
		return err
	}
	c.AgentID, c.AgentNo, c.UpdatedAt = to, no, now
	if _, err := tx.Exec(ctx, `update call_agents set to_at = $3 where bank_id = $1 and call_id = $2 and to_at is null`, tx.BankID, c.ID, now); err != nil {
		return err
	}
	if err := s.leadsTx(ctx, tx, c.ID, to, no, how); err != nil {
		return err
	}
	guests, err := guestsTx(ctx, tx, c.ID, true)
	if err != nil {
		return err
	}
	for _, g := range guests { // who was a guest leads now
		if g.AgentID == to {
			if err := s.endGuestTx(ctx, tx, *c, g); err != nil {
				return err
			}
		}
	}
	if _, err := tx.Exec(ctx, `update call_participants set connected = false, changed_at = $3 where bank_id = $1 and call_id = $2 and role = 'agent'`,
		tx.BankID, c.ID, now); err != nil {
		return err
	}
	grace, err := s.graceTx(ctx, tx, *c)
	if err != nil {
		return err
	}
	if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueCallAbandoned, ObjectID: c.ID, At: now.Add(grace)}); err != nil {
		return err
	}
	if err := s.takeoverDueTx(ctx, tx, *c, settlingIn); err != nil {
		return err
	}
	if err := s.withdrawOfferTx(ctx, tx, to); err != nil { // of something else
		return err
	}
	if err := s.presentTx(ctx, tx, to, InCall); err != nil {
		return err
	}
	if err := s.wrapUpTx(ctx, tx, from, *c); err != nil {
		return err
	}
	if err := s.reseatTx(ctx, tx, c.ID); err != nil {
		return err
	}
	if err := s.event(ctx, tx, *c, handedOver[how], map[string]any{"from_agent_id": from}); err != nil {
		return err
	}
	return s.routeTx(ctx, tx)
}

// settlingIn is how much longer an agent has who takes a call over: his browser
// may ask for the camera first.
const settlingIn = 20 * time.Second

// takeoverDueTx sets when a call whose agent is gone is offered to another.
func (s *Service) takeoverDueTx(ctx context.Context, tx *postgres.Tx, c Call, more time.Duration) error {
	idn, err := s.Identifications.GetTx(ctx, tx, c.IdentificationID)
	if err != nil {
		return err
	}
	after := *idn.Scenario.Settings.WithDefaults().Queue.TakeoverAfterSeconds
	if after < 0 {
		return nil
	}
	return s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueTakeover, ObjectID: c.ID, At: s.Now().Add(seconds(after) + more)})
}

// takeover: the agent of a call has been gone for takeover_after_seconds. The
// call is offered to another, until the agent is back or somebody takes it.
func (s *Service) takeover(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	if err := lockRouteTx(ctx, tx); err != nil {
		return err
	}
	c, err := getTx(ctx, tx, d.ObjectID, "for update")
	if err != nil || c.State != Active {
		return err
	}
	var here, offered bool
	if err := tx.QueryRow(ctx, `select
		exists (select from call_participants where bank_id = $1 and call_id = $2 and role = 'agent' and connected),
		exists (select from queue_entries where bank_id = $1 and call_id = $2 and kind <> 'serve' and state in ('waiting', 'offered'))`,
		tx.BankID, c.ID).Scan(&here, &offered); err != nil || here || offered {
		return err
	}
	e := Entry{Kind: Takeover, IdentificationID: c.IdentificationID, CustomerID: c.CustomerID, ScenarioID: c.ScenarioID,
		CallID: &c.ID, FromAgent: &c.AgentID}
	if err := s.enterTx(ctx, tx, &e); err != nil {
		return err
	}
	onPhone, err := phoneOfTx(ctx, tx, c.ID)
	if err == nil {
		err = s.phoneEntriesTx(ctx, tx, c.ID, onPhone)
	}
	if err != nil {
		return err
	}
	if err := s.event(ctx, tx, c, "call.agent_missing", nil); err != nil {
		return err
	}
	return s.routeTx(ctx, tx)
}

// TakeOver puts a supervisor into an agent's place at once. Conflict
// "telephone_missing" when the customer is on the telephone and they have none.
func (s *Service) TakeOver(ctx context.Context, bankID, callID, supervisorID uuid.UUID) (c Call, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		if c, err = getTx(ctx, tx, callID, "for update"); err != nil {
			return err
		}
		if c.AgentID == supervisorID {
			return nil
		}
		if c.State != Active {
			return callOver(c)
		}
		if err := s.freeTx(ctx, tx, supervisorID); err != nil {
			return err
		}
		if err := s.canBeRungTx(ctx, tx, c.ID, supervisorID); err != nil {
			return err
		}
		if err := s.dropTransfersTx(ctx, tx, c.ID, EntryLeft); err != nil {
			return err
		}
		return s.handOverTx(ctx, tx, &c, supervisorID, TookOver)
	})
	return c, err
}

// freeTx refuses with Conflict an agent who is in a call of his own.
func (s *Service) freeTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID) error {
	p, err := presenceTx(ctx, tx, agentID)
	if err == nil && p.State == InCall {
		return visavis.Errorf(visavis.Conflict, "agent_in_call", "you are in a call: end it first")
	}
	return err
}
