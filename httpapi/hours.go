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

// SetWorkingHours replaces all hours of an agent.
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
		hours = append(hours, scheduling.Hours{Weekday: time.Weekday(h.Weekday), Starts: starts, Ends: ends, TimeZone: h.TimeZone})
	}
	err := s.Scheduling.SetWorkingHours(ctx, bankOf(ctx), r.Body.AgentID, hours)
	return SetWorkingHours200JSONResponse{AgentID: r.Body.AgentID, Hours: list(hours, showHours)}, err
}

func showHours(h scheduling.Hours) Hours {
	return Hours{Weekday: int(h.Weekday), Starts: h.Starts.String(), Ends: h.Ends.String(), TimeZone: h.TimeZone}
}
