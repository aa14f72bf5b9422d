package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// HoursChange is a change of an agent's weekly hours: made, or asked for.
type HoursChange struct {
	ID      uuid.UUID
	AgentID uuid.UUID
	Before  []Hours
	After   []Hours
	Approval
	// Conflicts are the bookings that the agent no longer works for by it; of one
	// that waits, would not. Lists leave them out.
	Conflicts []Conflict
}

// ChangeHours replaces all working hours of an agent as the actor in ctx may: of
// oneself it is a request (state requested, which replaces one that waits);
// supervisors, administrators and the bank change others' at once (state
// approved). Errors as of SetWorkingHours, and NotFound for an agent who asks
// for another.
func (s *Service) ChangeHours(ctx context.Context, bankID, agentID uuid.UUID, hours []Hours) (c HoursChange, err error) {
	if err := checkHours(hours); err != nil {
		return c, err
	}
	state, err := mayEnter(ctx, agentID)
	if err != nil {
		return c, err
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		before, err := s.lockHoursTx(ctx, tx, agentID)
		if err != nil {
			return err
		}
		if state == Approved {
			if err := s.writeHoursTx(ctx, tx, agentID, hours); err != nil {
				return err
			}
		} else if _, err := tx.Exec(ctx, `
			update hours_changes set state = 'withdrawn', decided_by = $3, decided_kind = 'agent', decided_at = $4
			where bank_id = $1 and agent_id = $2 and state = 'requested'`,
			tx.BankID, agentID, visavis.ActorFrom(ctx).ID, s.now()); err != nil {
			return fmt.Errorf("replace request for hours: %w", err)
		}
		if c, err = s.recordHoursTx(ctx, tx, agentID, before, hours, state); err != nil {
			return err
		}
		c.Conflicts, err = s.hoursConflictsTx(ctx, tx, c)
		return err
	})
	return c, err
}

// recordHoursTx writes the history.
func (s *Service) recordHoursTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID, before, after []Hours, state ApprovalState) (HoursChange, error) {
	c := HoursChange{
		ID: uuid.Must(uuid.NewV7()), AgentID: agentID, Before: before, After: []Hours{}, Approval: asked(ctx, s.now(), state),
	}
	for _, h := range after {
		h.AgentID = agentID
		c.After = append(c.After, h)
	}
	_, err := tx.Exec(ctx, `
		insert into hours_changes (bank_id, id, agent_id, before, after, state, asked_by, asked_kind, asked_at, decided_by, decided_kind, decided_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.BankID, c.ID, c.AgentID, c.Before, c.After, c.State, c.AskedBy, c.AskedKind, c.AskedAt, c.DecidedBy, c.decidedKind(), c.DecidedAt)
	if err != nil {
		return c, fmt.Errorf("record change of hours: %w", err)
	}
	if state == Requested {
		err = s.appendHoursTx(ctx, tx, c, "hours_change.requested")
	}
	return c, err
}

func (s *Service) appendHoursTx(ctx context.Context, tx *postgres.Tx, c HoursChange, event string) error {
	_, err := events.AppendTx(ctx, tx, s.now(), events.New{
		Type: event, Object: "hours_change", ID: c.ID,
		Data: map[string]any{"agent_id": c.AgentID, "state": c.State, "conflicts": len(c.Conflicts)},
	})
	return err
}

// ApproveHours puts a change that waits into force. Forbidden "four_eyes" for
// who asked and for the agent concerned, Conflict "already_decided", Conflict
// "hours_changed" when the hours are not those any more that it was asked of.
// Bookings stay; those that the agent no longer works for are in Conflicts.
func (s *Service) ApproveHours(ctx context.Context, bankID, id uuid.UUID, note string) (HoursChange, error) {
	return s.decideHours(ctx, bankID, id, Approved, note)
}

// RejectHours ends a change that waits.
func (s *Service) RejectHours(ctx context.Context, bankID, id uuid.UUID, note string) (HoursChange, error) {
	return s.decideHours(ctx, bankID, id, Rejected, note)
}

// WithdrawHours takes a change that waits back: who asked may, and the agent
// concerned.
func (s *Service) WithdrawHours(ctx context.Context, bankID, id uuid.UUID, note string) (HoursChange, error) {
	return s.decideHours(ctx, bankID, id, Withdrawn, note)
}

func (s *Service) decideHours(ctx context.Context, bankID, id uuid.UUID, to ApprovalState, note string) (c HoursChange, err error) {
	if err := checkNote(note); err != nil {
		return c, err
	}
	actor := visavis.ActorFrom(ctx)
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		// The agent first, as whoever changes hours does.
		if c, err = hoursChangeTx(ctx, tx, id, ""); err != nil {
			return err
		}
		now, err := s.lockHoursTx(ctx, tx, c.AgentID)
		if err != nil {
			return err
		}
		if c, err = hoursChangeTx(ctx, tx, id, " for update"); err != nil {
			return err
		}
		if to == Withdrawn {
			if actor.Kind == visavis.ActorAgent && actor.ID != c.AgentID && (c.AskedBy == nil || *c.AskedBy != actor.ID) {
				return errNoHoursChange()
			}
		} else if err := fourEyes(ctx, c.AgentID, c.Approval); err != nil {
			return err
		}
		if c.State != Requested {
			return errDecided(c.State)
		}
		if to == Approved {
			if !slices.Equal(now, c.Before) {
				return visavis.Errorf(visavis.Conflict, "hours_changed", "the agent's hours were changed since this was asked for; have it asked for anew")
			}
			if err := s.writeHoursTx(ctx, tx, c.AgentID, c.After); err != nil {
				return err
			}
		}
		at := s.now()
		c.State, c.DecidedBy, c.DecidedAt, c.Note = to, orNull(actor.ID), &at, note
		if _, err := tx.Exec(ctx, `
			update hours_changes set state = $3, decided_by = $4, decided_kind = $5, decided_at = $6, note = $7 where bank_id = $1 and id = $2`,
			tx.BankID, c.ID, c.State, c.DecidedBy, string(actor.Kind), c.DecidedAt, c.Note); err != nil {
			return fmt.Errorf("decide about hours: %w", err)
		}
		if to == Approved {
			if c.Conflicts, err = s.hoursConflictsTx(ctx, tx, c); err != nil {
				return err
			}
		}
		return s.appendHoursTx(ctx, tx, c, "hours_change."+string(to))
	})
	return c, err
}

// hoursConflictsTx is what is wrong with the bookings after a change, or would
// be after one that waits.
func (s *Service) hoursConflictsTx(ctx context.Context, tx *postgres.Tx, c HoursChange) ([]Conflict, error) {
	switch c.State {
	case Approved:
		return s.conflictsTx(ctx, tx, []uuid.UUID{c.AgentID}, nil)
	case Requested:
		return s.conflictsTx(ctx, tx, []uuid.UUID{c.AgentID}, func(w *week) { w.hours = c.After })
	}
	return nil, nil
}

func errNoHoursChange() error {
	return visavis.Errorf(visavis.NotFound, "hours_change_not_found", "there is no such change of hours")
}

const hoursChangeColumns = `id, agent_id, before, after, state, asked_by, asked_kind, asked_at, decided_by, decided_at, note`

func scanHoursChange(row pgx.CollectableRow) (c HoursChange, err error) {
	err = row.Scan(&c.ID, &c.AgentID, &c.Before, &c.After, &c.State, &c.AskedBy, &c.AskedKind, &c.AskedAt, &c.DecidedBy, &c.DecidedAt, &c.Note)
	return c, err
}

// hoursChangeTx returns a change that the actor may see.
func hoursChangeTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, lock string) (HoursChange, error) {
	rows, err := tx.Query(ctx, `select `+hoursChangeColumns+` from hours_changes where bank_id = $1 and id = $2`+lock, tx.BankID, id)
	if err != nil {
		return HoursChange{}, fmt.Errorf("read change of hours: %w", err)
	}
	c, err := pgx.CollectExactlyOneRow(rows, scanHoursChange)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && othersTime(ctx, c.AgentID) {
		return HoursChange{}, errNoHoursChange()
	}
	if err != nil {
		return c, fmt.Errorf("read change of hours: %w", err)
	}
	return c, nil
}

// othersTime reports whether the actor is an agent who may not see this agent's
// time.
func othersTime(ctx context.Context, agentID uuid.UUID) bool {
	actor := visavis.ActorFrom(ctx)
	return actor.Kind == visavis.ActorAgent && actor.Role == visavis.RoleAgent && actor.ID != agentID
}

// HoursChange returns a change, one that waits with its conflicts; NotFound when
// there is none, or an agent asks for another's.
func (s *Service) HoursChange(ctx context.Context, bankID, id uuid.UUID) (c HoursChange, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if c, err = hoursChangeTx(ctx, tx, id, ""); err != nil || c.State != Requested {
			return err
		}
		c.Conflicts, err = s.hoursConflictsTx(ctx, tx, c)
		return err
	})
	return c, err
}

// ListHoursChanges returns a page of changes, the newest first, of one agent or
// (uuid.Nil) of all, in a state or ("") in any. An agent gets their own only.
func (s *Service) ListHoursChanges(ctx context.Context, bankID, agentID uuid.UUID, state ApprovalState, p postgres.Page) (page []HoursChange, next string, err error) {
	if actor := visavis.ActorFrom(ctx); actor.Kind == visavis.ActorAgent && actor.Role == visavis.RoleAgent {
		if agentID != uuid.Nil && agentID != actor.ID {
			return nil, "", errNoAgent()
		}
		agentID = actor.ID
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select `+hoursChangeColumns+` from hours_changes
			where bank_id = $1 and ($2::uuid is null or agent_id = $2) and ($3 = '' or state = $3) and ($4::uuid is null or id < $4)
			order by id desc limit $5`, tx.BankID, orNull(agentID), string(state), p.After(), p.Size()+1)
		if err != nil {
			return err
		}
		page, err = pgx.CollectRows(rows, scanHoursChange)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list changes of hours: %w", err)
	}
	page, next = postgres.Cut(page, p, func(c HoursChange) uuid.UUID { return c.ID })
	return page, next, nil
}
