package httpapi

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/scheduling"
)

// GetWorkingHours answers with the hours of one agent or of all. An agent sees
// their own only.
func (s *Server) GetWorkingHours(ctx context.Context, r GetWorkingHoursRequestObject) (GetWorkingHoursResponseObject, error) {
	actor := visavis.ActorFrom(ctx)
	agent := zero(r.Params.AgentID)
	if actor.Role == visavis.RoleAgent {
		if agent != uuid.Nil && agent != actor.ID {
			return nil, errNotFound
		}
		agent = actor.ID
	}
	out := WorkingHoursList{Items: []WorkingHours{}}
	err := s.together(ctx, func(ctx context.Context) error {
		if agent != uuid.Nil {
			if _, err := s.Banks.Agent(ctx, actor.BankID, agent); err != nil {
				return err
			}
		}
		all, err := s.Scheduling.WorkingHours(ctx, actor.BankID, agent)
		if err != nil {
			return err
		}
		at := map[uuid.UUID]int{}
		for _, h := range all {
			i, ok := at[h.AgentID]
			if !ok {
				i = len(out.Items)
				at[h.AgentID] = i
				out.Items = append(out.Items, WorkingHours{AgentID: h.AgentID})
			}
			out.Items[i].Hours = append(out.Items[i].Hours, showHours(h))
		}
		if agent != uuid.Nil && len(out.Items) == 0 {
			out.Items = append(out.Items, WorkingHours{AgentID: agent, Hours: []Hours{}})
		}
		return nil
	})
	return GetWorkingHours200JSONResponse(out), err
}

// SetWorkingHours replaces all hours of an agent; people's own wait for another's
// approval.
func (s *Server) SetWorkingHours(ctx context.Context, r SetWorkingHoursRequestObject) (SetWorkingHoursResponseObject, error) {
	hours := make([]scheduling.Hours, 0, len(r.Body.Hours))
	for _, h := range r.Body.Hours {
		starts, err := scheduling.ParseClock(h.Starts)
		if err != nil {
			return nil, visavis.InvalidField("starts", "must be HH:MM")
		}
		ends, err := scheduling.ParseClock(h.Ends)
		if err != nil {
			return nil, visavis.InvalidField("ends", "must be HH:MM")
		}
		hours = append(hours, scheduling.Hours{
			Weekday: time.Weekday(h.Weekday), Starts: starts, Ends: ends, TimeZone: h.TimeZone, Break: or(h.Kind, Work) == Break,
		})
	}
	var c scheduling.HoursChange
	err := s.together(ctx, func(ctx context.Context) (err error) {
		if c, err = s.Scheduling.ChangeHours(ctx, bankOf(ctx), r.Body.AgentID, hours); err != nil {
			return err
		}
		return s.settle(ctx, c.State, c.Conflicts)
	})
	if err != nil {
		return nil, err
	}
	if c.State == scheduling.Requested {
		return SetWorkingHours202JSONResponse(showHoursChange(c)), nil
	}
	return SetWorkingHours200JSONResponse{AgentID: c.AgentID, Hours: list(c.After, showHours), Conflicts: conflictsOf(c.Conflicts)}, nil
}

// settle seeks another agent for bookings that are without theirs, once what
// brought it about is in force.
func (s *Server) settle(ctx context.Context, state scheduling.ApprovalState, conflicts []scheduling.Conflict) error {
	if state == scheduling.Requested || len(conflicts) == 0 {
		return nil
	}
	return s.Identifications.Reseat(ctx, bankOf(ctx), conflicts)
}

func showHours(h scheduling.Hours) Hours {
	out := Hours{Weekday: int(h.Weekday), Starts: h.Starts.String(), Ends: h.Ends.String(), TimeZone: h.TimeZone}
	if h.Break {
		out.Kind = new(Break)
	}
	return out
}

// ListHoursChanges answers with the history of weekly hours.
func (s *Server) ListHoursChanges(ctx context.Context, r ListHoursChangesRequestObject) (ListHoursChangesResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	var all []scheduling.HoursChange
	var next string
	err = s.together(ctx, func(ctx context.Context) error {
		agent := zero(r.Params.AgentID)
		if agent != uuid.Nil {
			if _, err := s.Banks.Agent(ctx, bankOf(ctx), agent); err != nil {
				return err
			}
		}
		all, next, err = s.Scheduling.ListHoursChanges(ctx, bankOf(ctx), agent, scheduling.ApprovalState(zero(r.Params.State)), p)
		return err
	})
	return ListHoursChanges200JSONResponse{Items: list(all, showHoursChange), NextCursor: given(next)}, err
}

// GetHoursChange answers with one change.
func (s *Server) GetHoursChange(ctx context.Context, r GetHoursChangeRequestObject) (GetHoursChangeResponseObject, error) {
	c, err := s.Scheduling.HoursChange(ctx, bankOf(ctx), r.ChangeID)
	return GetHoursChange200JSONResponse(showHoursChange(c)), err
}

// ApproveHoursChange puts a change into force.
func (s *Server) ApproveHoursChange(ctx context.Context, r ApproveHoursChangeRequestObject) (ApproveHoursChangeResponseObject, error) {
	var c scheduling.HoursChange
	err := s.together(ctx, func(ctx context.Context) (err error) {
		if c, err = s.Scheduling.ApproveHours(ctx, bankOf(ctx), r.ChangeID, note(r.Body)); err != nil {
			return err
		}
		return s.settle(ctx, c.State, c.Conflicts)
	})
	return ApproveHoursChange200JSONResponse(showHoursChange(c)), err
}

// RejectHoursChange ends a change that waits.
func (s *Server) RejectHoursChange(ctx context.Context, r RejectHoursChangeRequestObject) (RejectHoursChangeResponseObject, error) {
	c, err := s.Scheduling.RejectHours(ctx, bankOf(ctx), r.ChangeID, note(r.Body))
	return RejectHoursChange200JSONResponse(showHoursChange(c)), err
}

// WithdrawHoursChange takes a change that waits back.
func (s *Server) WithdrawHoursChange(ctx context.Context, r WithdrawHoursChangeRequestObject) (WithdrawHoursChangeResponseObject, error) {
	c, err := s.Scheduling.WithdrawHours(ctx, bankOf(ctx), r.ChangeID, note(r.Body))
	return WithdrawHoursChange200JSONResponse(showHoursChange(c)), err
}

func note(body *DecisionNote) string {
	if body == nil {
		return ""
	}
	return zero(body.Note)
}

func showHoursChange(c scheduling.HoursChange) HoursChange {
	return HoursChange{
		ID: c.ID, AgentID: c.AgentID, Before: list(c.Before, showHours), After: list(c.After, showHours), State: ApprovalState(c.State),
		AskedBy: c.AskedBy, AskedAt: c.AskedAt.UTC(), DecidedBy: c.DecidedBy, DecidedAt: givenTime(c.DecidedAt), Note: given(c.Note),
		Conflicts: list(c.Conflicts, showConflict),
	}
}

func showConflict(c scheduling.Conflict) BookingConflict {
	return BookingConflict{
		BookingID: c.BookingID, IdentificationID: c.IdentificationID, AgentID: given(c.AgentID),
		Start: c.Start.UTC(), End: c.End.UTC(), Action: BookingConflictAction(c.Action),
	}
}

// conflictsOf leaves an empty list out.
func conflictsOf(all []scheduling.Conflict) []BookingConflict {
	if len(all) == 0 {
		return nil
	}
	return list(all, showConflict)
}
