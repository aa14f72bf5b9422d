package calls

import (
	"context"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// PresenceState says whether an agent can be given a call.
type PresenceState string

// The states of an agent. Agents set the first three themselves; the others
// follow from what they are doing.
const (
	Offline PresenceState = "offline"
	Ready   PresenceState = "ready"
	Paused  PresenceState = "paused"
	Offered PresenceState = "offered" // drawn, has not pressed Call yet
	InCall  PresenceState = "in_call" // ringing the customer, or talking
	WrapUp  PresenceState = "wrap_up" // after a call, until the agent is ready again
)

// awayAfter is how long a ready agent's console may be silent before the agent
// counts as offline. The console gives a sign of life every 20 s.
const awayAfter = time.Minute

// Presence of an agent.
type Presence struct {
	AgentID uuid.UUID
	Name    string
	State   PresenceState
	Since   time.Time  // in this state; for ready: free since
	SeenAt  time.Time  // the console's last sign of life
	Reason  string     // of a pause; MissedOffersReason when the gateway paused the agent
	EndsAt  *time.Time // when wrap-up ends by itself

	// Of Presences only:
	CallID *uuid.UUID     // the live call that the agent leads, or is a guest of
	Skills map[string]int // levels
}

// SetPresence puts an agent into ready, paused or offline, and offers the agent
// whoever waits. It refuses with Conflict while the agent is in a call; an offer
// that is open goes to somebody else.
func (s *Service) SetPresence(ctx context.Context, bankID, agentID uuid.UUID, state PresenceState) (Presence, error) {
	return s.setPresence(ctx, bankID, agentID, state, "")
}

// Pause is SetPresence with what the pause is for: one of the bank's pause
// reasons, or "" for none.
func (s *Service) Pause(ctx context.Context, bankID, agentID uuid.UUID, reason string) (Presence, error) {
	return s.setPresence(ctx, bankID, agentID, Paused, reason)
}

func (s *Service) setPresence(ctx context.Context, bankID, agentID uuid.UUID, state PresenceState, reason string) (Presence, error) {
	if state != Ready && state != Paused && state != Offline {
		return Presence{}, visavis.InvalidField("state", "must be ready, paused or offline")
	}
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if reason != "" {
			settings, err := s.Banks.SettingsTx(ctx, tx)
			if err != nil {
				return err
			}
			if !slices.Contains(settings.PauseReasons, reason) {
				return visavis.InvalidField("reason", "must be one of the bank's pause reasons: %v", settings.PauseReasons)
			}
		}
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		was, err := presenceTx(ctx, tx, agentID)
		if err != nil {
			return err
		}
		if was.State == InCall {
			return visavis.Errorf(visavis.Conflict, "agent_in_call", "you are in a call: end it first")
		}
		if was.State == Offered {
			if err := s.withdrawOfferTx(ctx, tx, agentID); err != nil {
				return err
			}
		}
		if was.State == state && was.Reason == reason { // keep "free since"
			_, err = tx.Exec(ctx, `update agent_presence set seen_at = $3, missed = 0 where bank_id = $1 and agent_id = $2`, tx.BankID, agentID, s.Now())
		} else if err = s.presentForTx(ctx, tx, agentID, state, reason); err == nil {
			_, err = tx.Exec(ctx, `update agent_presence set missed = 0 where bank_id = $1 and agent_id = $2`, tx.BankID, agentID)
		}
		if err != nil {
			return err
		}
		return s.routeTx(ctx, tx)
	})
	if err != nil {
		return Presence{}, err
	}
	return s.Presence(ctx, bankID, agentID)
}

// Presence returns one agent's state; Offline when there is none yet.
func (s *Service) Presence(ctx context.Context, bankID, agentID uuid.UUID) (p Presence, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		p, err = presenceTx(ctx, tx, agentID)
		return err
	})
	return p, err
}

// Presences returns all enabled agents and supervisors with their states.
func (s *Service) Presences(ctx context.Context, bankID uuid.UUID) (all []Presence, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `
			select a.id, a.name,
			  case when p.state is null or (p.state in ('ready', 'paused', 'wrap_up') and p.seen_at < $2) then 'offline' else p.state end,
			  coalesce(p.since, a.created_at), coalesce(p.seen_at, a.created_at), coalesce(p.reason, ''), p.wrap_until,
			  coalesce((select c.id from calls c where c.bank_id = a.bank_id and c.agent_id = a.id and c.state in ('ringing', 'active')),
			    (select g.call_id from call_guests g where g.bank_id = a.bank_id and g.agent_id = a.id and g.to_at is null order by g.id desc limit 1)),
			  coalesce((select jsonb_object_agg(k.skill, k.level) from agent_skills k where k.bank_id = a.bank_id and k.agent_id = a.id), '{}')
			from agents a left join agent_presence p on p.bank_id = a.bank_id and p.agent_id = a.id
			where a.bank_id = $1 and a.enabled and a.role in ('agent', 'supervisor')
			order by a.name, a.id`, tx.BankID, s.Now().Add(-awayAfter))
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Presence])
		return err
	})
	return all, err
}

// Touch is a console's sign of life. An agent who had counted as away becomes
// available again.
func (s *Service) Touch(ctx context.Context, bankID, agentID uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		now := s.Now()
		var away bool
		err := tx.QueryRow(ctx, `select state = 'ready' and seen_at < $3 from agent_presence where bank_id = $1 and agent_id = $2`,
			tx.BankID, agentID, now.Add(-awayAfter)).Scan(&away)
		if err == pgx.ErrNoRows {
			return nil // never been ready: nothing to keep alive
		}
		if err != nil {
			return err
		}
		if away { // the lock comes before the row
			if err := lockRouteTx(ctx, tx); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `update agent_presence set seen_at = $3 where bank_id = $1 and agent_id = $2`,
			tx.BankID, agentID, now); err != nil || !away {
			return err
		}
		return s.routeTx(ctx, tx)
	})
}

func presenceTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID) (Presence, error) {
	var p Presence
	err := tx.QueryRow(ctx, `
		select a.id, a.name, coalesce(p.state, 'offline'), coalesce(p.since, a.created_at), coalesce(p.seen_at, a.created_at),
		  coalesce(p.reason, ''), p.wrap_until
		from agents a left join agent_presence p on p.bank_id = a.bank_id and p.agent_id = a.id
		where a.bank_id = $1 and a.id = $2`, tx.BankID, agentID).
		Scan(&p.AgentID, &p.Name, &p.State, &p.Since, &p.SeenAt, &p.Reason, &p.EndsAt)
	if err == pgx.ErrNoRows {
		return p, visavis.Errorf(visavis.NotFound, "not_found", "there is no such agent")
	}
	return p, err
}

// presentTx writes an agent's state and says so.
func (s *Service) presentTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID, state PresenceState) error {
	return s.presentForTx(ctx, tx, agentID, state, "")
}

// presentForTx is presentTx with the reason of a pause.
func (s *Service) presentForTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID, state PresenceState, reason string) error {
	_, err := tx.Exec(ctx, `
		insert into agent_presence (bank_id, agent_id, state, since, seen_at, reason) values ($1, $2, $3, $4, $4, $6)
		on conflict (bank_id, agent_id) do update set state = excluded.state, since = excluded.since, reason = excluded.reason, wrap_until = null,
		  seen_at = case when $5 then excluded.seen_at else agent_presence.seen_at end`,
		tx.BankID, agentID, state, s.Now(), visavis.ActorFrom(ctx).ID == agentID, reason)
	if err != nil {
		return err
	}
	data := map[string]any{"state": state}
	if reason != "" {
		data["reason"] = reason
	}
	_, err = events.AppendTx(ctx, tx, s.Now(), events.New{Type: "agent.presence_changed", Object: "agent", ID: agentID, Data: data})
	return err
}

// wrapUpTx puts the agent of a call that is over, or was handed on, into
// wrap-up, for as long as the scenario says.
func (s *Service) wrapUpTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID, c Call) error {
	if err := s.presentTx(ctx, tx, agentID, WrapUp); err != nil {
		return err
	}
	idn, err := s.Identifications.GetTx(ctx, tx, c.IdentificationID)
	if err != nil {
		return err
	}
	length := idn.Scenario.Settings.Queue.WrapUpSeconds
	if length == 0 {
		return nil // until the agent says so
	}
	until := s.Now().Add(seconds(length))
	if _, err := tx.Exec(ctx, `update agent_presence set wrap_until = $3 where bank_id = $1 and agent_id = $2`, tx.BankID, agentID, until); err != nil {
		return err
	}
	return s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueWrapUp, ObjectID: agentID, At: until})
}

// wrapUpEnds: the agent is ready again, unless something else came first.
func (s *Service) wrapUpEnds(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	if err := lockRouteTx(ctx, tx); err != nil {
		return err
	}
	p, err := presenceTx(ctx, tx, d.ObjectID)
	if err != nil || p.State != WrapUp || p.EndsAt == nil || s.Now().Before(*p.EndsAt) {
		return err
	}
	if err := s.presentTx(ctx, tx, d.ObjectID, Ready); err != nil {
		return err
	}
	return s.routeTx(ctx, tx)
}
