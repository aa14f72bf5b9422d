package calls

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// The guests of a call: a supervisor who watches, whispers or joins; an
// interpreter or helper whom the agent invites; the target of a warm transfer.
// One of each role at a time. A media room knows them by their role.
const (
	GuestSupervisor  = "supervisor"
	GuestInterpreter = "interpreter"
	GuestHelper      = "helper"
)

// How a guest takes part.
const (
	ModeWatch   = "watch"   // sees and hears, sends nothing
	ModeWhisper = "whisper" // is heard by the agent only
	ModeJoin    = "join"    // is seen and heard by all, and recorded
)

var guestRoles = []string{GuestSupervisor, GuestInterpreter, GuestHelper}

// Guest is someone in a call beside its two parties, for one time in one mode.
type Guest struct {
	ID        uuid.UUID
	AgentID   uuid.UUID
	Role      string
	Mode      string
	Hidden    bool // not shown to the customer
	InvitedBy *uuid.UUID
	From      time.Time
	JoinedAt  *time.Time // the media was connected, first
	To        *time.Time // nil: may be in the call still
}

const guestColumns = `id, agent_id, role, mode, hidden, invited_by, from_at, joined_at, to_at`

// Guests returns all who were guests of a call, in order: part of its log.
func (s *Service) Guests(ctx context.Context, bankID, callID uuid.UUID) (all []Guest, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		all, err = guestsTx(ctx, tx, callID, false)
		return err
	})
	return all, err
}

func guestsTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, live bool) ([]Guest, error) {
	rows, _ := tx.Query(ctx, `select `+guestColumns+` from call_guests where bank_id = $1 and call_id = $2 and (to_at is null or not $3) order by id`,
		tx.BankID, callID, live)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Guest])
}

// Supervise lets a supervisor into an active call in a mode, or changes it. The
// socket is opened next. The customer is shown who is there, unless the scenario
// lets supervisors watch hidden; joining is never hidden. Conflict "seat_taken"
// while another supervises.
func (s *Service) Supervise(ctx context.Context, bankID, callID, supervisorID uuid.UUID, mode string) (g Guest, err error) {
	if mode != ModeWatch && mode != ModeWhisper && mode != ModeJoin {
		return g, visavis.InvalidField("mode", "must be watch, whisper or join")
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		c, err := getTx(ctx, tx, callID, "for update")
		if err != nil {
			return err
		}
		if c.State != Active {
			return callOver(c)
		}
		if c.AgentID == supervisorID {
			return visavis.Errorf(visavis.Conflict, "own_call", "you lead this call yourself")
		}
		if err := s.freeTx(ctx, tx, supervisorID); err != nil {
			return err
		}
		g, err = s.guestTx(ctx, tx, c, Guest{AgentID: supervisorID, Role: GuestSupervisor, Mode: mode})
		return err
	})
	return g, err
}

// Invite asks an agent into the call of the agent in ctx, or of any by a
// supervisor, as interpreter or helper; he opens the socket to come.
func (s *Service) Invite(ctx context.Context, bankID, callID, agentID uuid.UUID, role string) (g Guest, err error) {
	if role != GuestInterpreter && role != GuestHelper {
		return g, visavis.InvalidField("role", "must be interpreter or helper")
	}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		actor := visavis.ActorFrom(ctx)
		c, err := getTx(ctx, tx, callID, "for update")
		switch {
		case err != nil:
			return err
		case actor.Kind == visavis.ActorAgent && actor.Role != visavis.RoleSupervisor && actor.ID != c.AgentID:
			return visavis.Errorf(visavis.Forbidden, "not_your_call", "this call is led by another agent")
		case c.State != Active:
			return callOver(c)
		case c.AgentID == agentID:
			return visavis.InvalidField("agent_id", "leads this call")
		}
		if err := s.takesCallsTx(ctx, tx, agentID); err != nil {
			return err
		}
		if err := s.freeTx(ctx, tx, agentID); err != nil {
			return visavis.Errorf(visavis.Conflict, "agent_in_call", "this agent is in a call")
		}
		invited := Guest{AgentID: agentID, Role: role, Mode: ModeJoin}
		if actor.Kind == visavis.ActorAgent {
			invited.InvitedBy = &actor.ID
		}
		if g, err = s.guestTx(ctx, tx, c, invited); err != nil {
			return err
		}
		return s.Channels.NotifyAgentTx(ctx, tx, channels.AgentNotice{
			AgentID: agentID, Type: "call_invited", AboutID: c.ID, Path: "/console/calls/" + c.ID.String(), ExpiresAt: s.Now().Add(transferFor)})
	})
	return g, err
}

// LeaveGuest ends an agent's time as guest of a call: his own, or that of
// somebody whom the agent of the call, or a supervisor, sends away. NotFound
// "no_guest" for who is none.
func (s *Service) LeaveGuest(ctx context.Context, bankID, callID, agentID uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		c, err := getTx(ctx, tx, callID, "for update")
		if err != nil {
			return err
		}
		actor := visavis.ActorFrom(ctx)
		if actor.Kind == visavis.ActorAgent && actor.ID != agentID && actor.ID != c.AgentID && actor.Role != visavis.RoleSupervisor {
			return visavis.Errorf(visavis.Forbidden, "not_your_call", "this call is led by another agent")
		}
		var here bool
		if err := tx.QueryRow(ctx, `select exists (select from call_guests where bank_id = $1 and call_id = $2 and agent_id = $3 and to_at is null)`,
			tx.BankID, callID, agentID).Scan(&here); err != nil {
			return err
		}
		if !here {
			return visavis.Errorf(visavis.NotFound, "no_guest", "this agent is no guest of the call")
		}
		if err := s.endGuestsOfTx(ctx, tx, c, agentID); err != nil {
			return err
		}
		return s.routeTx(ctx, tx)
	})
}

// GuestOf returns the live call that an agent is a guest of, newest first, or
// uuid.Nil.
func (s *Service) GuestOf(ctx context.Context, bankID, agentID uuid.UUID) (id uuid.UUID, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		err := tx.QueryRow(ctx, `select call_id from call_guests where bank_id = $1 and agent_id = $2 and to_at is null order by id desc limit 1`,
			tx.BankID, agentID).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		return err
	})
	return id, err
}

// guestTx begins a guest's time, or another mode of it. Interpreters and helpers
// are in the call from then on: nobody else is offered to them.
func (s *Service) guestTx(ctx context.Context, tx *postgres.Tx, c Call, g Guest) (Guest, error) {
	idn, err := s.Identifications.GetTx(ctx, tx, c.IdentificationID)
	if err != nil {
		return g, err
	}
	g.ID, g.From = uuid.Must(uuid.NewV7()), s.Now()
	g.Hidden = g.Role == GuestSupervisor && g.Mode != ModeJoin && idn.Scenario.Settings.Queue.Supervision.WatchHidden
	live, err := guestsTx(ctx, tx, c.ID, true)
	if err != nil {
		return g, err
	}
	for _, was := range live {
		if was.AgentID != g.AgentID {
			continue
		}
		if was.Role == g.Role && was.Mode == g.Mode {
			return was, nil
		}
		g.JoinedAt = was.JoinedAt // the media stays
		if err := s.closeGuestTx(ctx, tx, c, was); err != nil {
			return g, err
		}
	}
	_, err = tx.Exec(ctx, `insert into call_guests (bank_id, call_id, id, agent_id, role, mode, hidden, invited_by, from_at, joined_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, tx.BankID, c.ID, g.ID, g.AgentID, g.Role, g.Mode, g.Hidden, g.InvitedBy, g.From, g.JoinedAt)
	if pg := (*pgconn.PgError)(nil); errors.As(err, &pg) && pg.ConstraintName == "call_guests_seat" {
		return g, visavis.Errorf(visavis.Conflict, "seat_taken", "this call has a %s already", g.Role)
	}
	if err != nil {
		return g, err
	}
	if g.Role != GuestSupervisor {
		if err := s.withdrawOfferTx(ctx, tx, g.AgentID); err != nil {
			return g, err
		}
		if err := s.presentTx(ctx, tx, g.AgentID, InCall); err != nil {
			return g, err
		}
		if err := s.reseatTx(ctx, tx, c.ID); err != nil {
			return g, err
		}
	}
	typ := "call.guest_invited"
	if g.Role == GuestSupervisor {
		typ = "call.supervised"
	}
	return g, s.event(ctx, tx, c, typ, map[string]any{"guest_agent_id": g.AgentID, "role": g.Role, "mode": g.Mode, "hidden": g.Hidden})
}

// closeGuestTx ends a guest's row and says so.
func (s *Service) closeGuestTx(ctx context.Context, tx *postgres.Tx, c Call, g Guest) error {
	if _, err := tx.Exec(ctx, `update call_guests set to_at = $3 where bank_id = $1 and id = $2`, tx.BankID, g.ID, s.Now()); err != nil {
		return err
	}
	typ := "call.guest_left"
	if g.Role == GuestSupervisor {
		typ = "call.supervision_ended"
	}
	return s.event(ctx, tx, c, typ, map[string]any{"guest_agent_id": g.AgentID, "role": g.Role, "mode": g.Mode})
}

// endGuestTx ends a guest's time for good; an interpreter or helper is ready
// again.
func (s *Service) endGuestTx(ctx context.Context, tx *postgres.Tx, c Call, g Guest) error {
	if err := s.closeGuestTx(ctx, tx, c, g); err != nil || g.Role == GuestSupervisor {
		return err
	}
	if err := s.reseatTx(ctx, tx, c.ID); err != nil {
		return err
	}
	return s.presentTx(ctx, tx, g.AgentID, Ready)
}

func (s *Service) endGuestsOfTx(ctx context.Context, tx *postgres.Tx, c Call, agentID uuid.UUID) error {
	live, err := guestsTx(ctx, tx, c.ID, true)
	if err != nil {
		return err
	}
	for _, g := range live {
		if g.AgentID == agentID {
			if err := s.endGuestTx(ctx, tx, c, g); err != nil {
				return err
			}
		}
	}
	return nil
}

// seat returns as what an agent may be in a call: its agent, or a guest.
// Forbidden "not_your_call" else.
func (s *Service) seat(ctx context.Context, bankID, callID, agentID uuid.UUID) (c Call, g Guest, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if c, err = getTx(ctx, tx, callID, ""); err != nil {
			return err
		}
		if c.AgentID == agentID {
			g = Guest{AgentID: agentID, Role: RoleAgent}
			return nil
		}
		live, err := guestsTx(ctx, tx, callID, true)
		if err != nil {
			return err
		}
		for _, one := range live {
			if one.AgentID == agentID {
				g = one
				return nil
			}
		}
		return visavis.Errorf(visavis.Forbidden, "not_your_call", "this call is led by another agent")
	})
	return c, g, err
}

// guestArrivedTx writes down that a guest's media was connected; the pages of
// the others are told.
func (s *Service) guestArrivedTx(ctx context.Context, tx *postgres.Tx, callID uuid.UUID, role string) error {
	tag, err := tx.Exec(ctx, `update call_guests set joined_at = $4 where bank_id = $1 and call_id = $2 and role = $3 and to_at is null and joined_at is null`,
		tx.BankID, callID, role, s.Now())
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	c, err := getTx(ctx, tx, callID, "")
	if err != nil {
		return err
	}
	return s.event(ctx, tx, c, "call.participant_connected", map[string]any{"participant": role})
}
