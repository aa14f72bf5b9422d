package httpapi

import (
	"context"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls"
)

// SuperviseCall lets a supervisor in, or changes how.
func (s *Server) SuperviseCall(ctx context.Context, r SuperviseCallRequestObject) (SuperviseCallResponseObject, error) {
	var out CallGuest
	err := s.together(ctx, func(ctx context.Context) error {
		g, err := s.Calls.Supervise(ctx, bankOf(ctx), r.CallID, visavis.ActorFrom(ctx).ID, string(r.Body.Mode))
		if err == nil {
			out, err = showGuest(ctx, s.names(), g)
		}
		return err
	})
	return SuperviseCall200JSONResponse(out), err
}

// EndSupervision ends it.
func (s *Server) EndSupervision(ctx context.Context, r EndSupervisionRequestObject) (EndSupervisionResponseObject, error) {
	return EndSupervision204Response{}, s.Calls.LeaveGuest(ctx, bankOf(ctx), r.CallID, visavis.ActorFrom(ctx).ID)
}

// InviteToCall asks an interpreter or helper in.
func (s *Server) InviteToCall(ctx context.Context, r InviteToCallRequestObject) (InviteToCallResponseObject, error) {
	var out CallGuest
	err := s.together(ctx, func(ctx context.Context) error {
		g, err := s.Calls.Invite(ctx, bankOf(ctx), r.CallID, r.Body.AgentID, string(r.Body.Role))
		if err == nil {
			out, err = showGuest(ctx, s.names(), g)
		}
		return err
	})
	return InviteToCall201JSONResponse(out), err
}

// EndGuest is a guest who leaves, or is sent away.
func (s *Server) EndGuest(ctx context.Context, r EndGuestRequestObject) (EndGuestResponseObject, error) {
	return EndGuest204Response{}, s.Calls.LeaveGuest(ctx, bankOf(ctx), r.CallID, r.AgentID)
}

// GetCallParty answers with who led a call and who was its guest.
func (s *Server) GetCallParty(ctx context.Context, r GetCallPartyRequestObject) (GetCallPartyResponseObject, error) {
	out := CallParty{Leads: []CallLead{}, Guests: []CallGuest{}}
	err := s.together(ctx, func(ctx context.Context) error {
		leads, err := s.Calls.Leads(ctx, bankOf(ctx), r.CallID)
		if err != nil {
			return err
		}
		names := s.names()
		for _, l := range leads {
			name, err := names.agent(ctx, l.AgentID)
			if err != nil {
				return err
			}
			out.Leads = append(out.Leads, CallLead{AgentID: l.AgentID, AgentName: name, How: CallLeadHow(l.How), From: l.From.UTC(), To: givenTime(l.To)})
		}
		guests, err := s.Calls.Guests(ctx, bankOf(ctx), r.CallID)
		if err != nil {
			return err
		}
		for _, g := range guests {
			shown, err := showGuest(ctx, names, g)
			if err != nil {
				return err
			}
			out.Guests = append(out.Guests, shown)
		}
		return nil
	})
	return GetCallParty200JSONResponse(out), err
}

func showGuest(ctx context.Context, names *names, g calls.Guest) (CallGuest, error) {
	name, err := names.agent(ctx, g.AgentID)
	return CallGuest{
		AgentID: g.AgentID, AgentName: name, Role: CallGuestRole(g.Role), Mode: GuestMode(g.Mode), Hidden: g.Hidden,
		InvitedBy: g.InvitedBy, From: g.From.UTC(), JoinedAt: givenTime(g.JoinedAt), To: givenTime(g.To),
	}, err
}
