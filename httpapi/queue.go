package httpapi

import (
	"context"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
	"github.com/visavis/visavis/postgres"
)

// GetPresence says what the agent is doing.
func (s *Server) GetPresence(ctx context.Context, _ GetPresenceRequestObject) (GetPresenceResponseObject, error) {
	out, err := s.presence(ctx)
	return GetPresence200JSONResponse(out), err
}

// SetPresence is the agent's choice.
func (s *Server) SetPresence(ctx context.Context, r SetPresenceRequestObject) (SetPresenceResponseObject, error) {
	actor := visavis.ActorFrom(ctx)
	var out Presence
	err := s.together(ctx, func(ctx context.Context) error {
		var err error
		if reason := zero(r.Body.Reason); reason != "" && r.Body.State == SetPresenceStatePaused {
			_, err = s.Calls.Pause(ctx, actor.BankID, actor.ID, reason)
		} else {
			_, err = s.Calls.SetPresence(ctx, actor.BankID, actor.ID, calls.PresenceState(r.Body.State))
		}
		if err != nil {
			return err
		}
		out, err = s.presence(ctx)
		return err
	})
	return SetPresence200JSONResponse(out), err
}

// Heartbeat is the console's sign of life.
func (s *Server) Heartbeat(ctx context.Context, _ HeartbeatRequestObject) (HeartbeatResponseObject, error) {
	actor := visavis.ActorFrom(ctx)
	if err := s.Calls.Touch(ctx, actor.BankID, actor.ID); err != nil {
		return nil, err
	}
	out, err := s.presence(ctx)
	return Heartbeat200JSONResponse(out), err
}

// presence is that of the agent in ctx, with the customer who is offered and
// the live call.
func (s *Server) presence(ctx context.Context) (out Presence, err error) {
	actor := visavis.ActorFrom(ctx)
	err = s.together(ctx, func(ctx context.Context) error {
		p, err := s.Calls.Presence(ctx, actor.BankID, actor.ID)
		if visavis.KindOf(err) == visavis.NotFound { // never chose one
			out = Presence{State: PresenceStateOffline, Since: s.Now().UTC()}
			return nil
		} else if err != nil {
			return err
		}
		out = Presence{State: PresenceState(p.State), Since: p.Since.UTC(), SeenAt: givenTime(&p.SeenAt),
			Reason: given(p.Reason), EndsAt: givenTime(p.EndsAt)}
		if guest, err := s.Calls.GuestOf(ctx, actor.BankID, actor.ID); err != nil {
			return err
		} else if guest != uuid.Nil {
			out.CallID = &guest
		}
		switch p.State {
		case calls.Offered:
			entries, err := s.queue(ctx)
			if err != nil {
				return err
			}
			for _, e := range entries {
				if e.OfferedTo != nil && *e.OfferedTo == actor.ID {
					out.Offer = &e
				}
			}
		case calls.InCall:
			for _, state := range []calls.State{calls.Active, calls.Ringing} {
				live, _, err := s.Calls.List(ctx, actor.BankID, calls.Filter{AgentID: actor.ID, State: state, Page: postgres.Page{Limit: 1}})
				if err != nil {
					return err
				}
				if len(live) > 0 {
					out.CallID = &live[0].ID
				}
			}
		}
		return nil
	})
	return out, err
}

// ListPresence says what everyone is doing who takes calls.
func (s *Server) ListPresence(ctx context.Context, _ ListPresenceRequestObject) (ListPresenceResponseObject, error) {
	out := AgentPresenceList{Items: []AgentPresence{}}
	err := s.together(ctx, func(ctx context.Context) error {
		all, err := s.Calls.Presences(ctx, bankOf(ctx))
		if err != nil {
			return err
		}
		for _, p := range all {
			agent, err := s.Banks.Agent(ctx, bankOf(ctx), p.AgentID)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, showPresence(p, agent))
		}
		return nil
	})
	return ListPresence200JSONResponse(out), err
}

func showPresence(p calls.Presence, agent banks.Agent) AgentPresence {
	return AgentPresence{
		AgentID: p.AgentID, Name: agent.Name, Role: Role(agent.Role), Languages: words[string, Locale](agent.Languages),
		State: PresenceState(p.State), Since: p.Since.UTC(), SeenAt: givenTime(&p.SeenAt),
		Reason: given(p.Reason), EndsAt: givenTime(p.EndsAt), CallID: p.CallID, Skills: showLevels(p.Skills),
	}
}

// GetQueue says who waits, in order.
func (s *Server) GetQueue(ctx context.Context, _ GetQueueRequestObject) (GetQueueResponseObject, error) {
	var out Queue
	err := s.together(ctx, func(ctx context.Context) (err error) {
		if out.Items, err = s.queue(ctx); err != nil {
			return err
		}
		all, err := s.Calls.Presences(ctx, bankOf(ctx))
		for _, p := range all {
			if p.State == calls.Ready {
				out.ReadyAgents++
			}
		}
		return err
	})
	return GetQueue200JSONResponse(out), err
}

func (s *Server) queue(ctx context.Context) ([]QueueEntry, error) {
	entries, err := s.Calls.Queue(ctx, bankOf(ctx))
	if err != nil {
		return nil, err
	}
	out, err := listNamed(ctx, entries, s.names().entry)
	for i := range out {
		out[i].Position = i + 1
	}
	return out, err
}

func (n *names) entry(ctx context.Context, e calls.Entry) (out QueueEntry, err error) {
	customer, err := n.customer(ctx, e.CustomerID)
	if err != nil {
		return out, err
	}
	scenario, err := n.scenario(ctx, e.ScenarioID)
	if err != nil {
		return out, err
	}
	way := QueueWayWalkIn
	if e.BookingID != nil {
		way = QueueWayBooking
	}
	return QueueEntry{
		ID: e.ID, IdentificationID: e.IdentificationID, CustomerID: e.CustomerID, CustomerName: customer.Name, Scenario: scenario,
		Way: way, BookingID: e.BookingID, State: QueueState(e.State), EnteredAt: e.EnteredAt.UTC(),
		OfferedTo: e.OfferedTo, OfferExpiresAt: givenTime(e.OfferExpiresAt), CallID: e.CallID, Offer: given(e.OfferNo),
		Kind: new(QueueKind(e.Kind)), Priority: &e.Priority, Callback: given(e.Callback), FromAgentID: e.FromAgent, ToAgentID: e.ToAgent,
		Warm: given(e.Warm), Note: given(e.Note),
	}, nil
}

// EnterQueue puts the customer in the queue.
func (s *Server) EnterQueue(ctx context.Context, _ EnterQueueRequestObject) (EnterQueueResponseObject, error) {
	place, err := s.Calls.Enter(ctx, bankOf(ctx), ownIdentification(ctx))
	return EnterQueue201JSONResponse(showPlace(place)), err
}

// GetQueuePlace says where the customer stands.
func (s *Server) GetQueuePlace(ctx context.Context, _ GetQueuePlaceRequestObject) (GetQueuePlaceResponseObject, error) {
	place, err := s.Calls.Mine(ctx, bankOf(ctx), ownIdentification(ctx))
	return GetQueuePlace200JSONResponse(showPlace(place)), err
}

// LeaveQueue takes the customer out of the queue.
func (s *Server) LeaveQueue(ctx context.Context, _ LeaveQueueRequestObject) (LeaveQueueResponseObject, error) {
	return LeaveQueue204Response{}, s.Calls.Leave(ctx, bankOf(ctx), ownIdentification(ctx))
}

func showPlace(p calls.Place) QueuePlace {
	return QueuePlace{
		ID: p.ID, State: QueueState(p.State), Position: p.Position, EnteredAt: p.EnteredAt.UTC(), CallID: p.CallID,
		EstimatedWaitSeconds: given(int(p.EstimatedWait.Seconds())), Callback: given(p.Callback), Suggest: given(QueuePlaceSuggest(p.Suggest)),
	}
}

// AcceptQueueEntry calls the customer who is offered to the agent.
func (s *Server) AcceptQueueEntry(ctx context.Context, r AcceptQueueEntryRequestObject) (AcceptQueueEntryResponseObject, error) {
	out, err := s.changedCall(ctx, func(ctx context.Context) (uuid.UUID, error) {
		offer := 0
		if r.Body != nil {
			offer = zero(r.Body.Offer)
		}
		c, err := s.Calls.AcceptOffer(ctx, bankOf(ctx), r.EntryID, visavis.ActorFrom(ctx).ID, offer)
		return c.ID, err
	})
	return AcceptQueueEntry201JSONResponse(out), err
}

// RejectQueueEntry passes the customer on to another agent.
func (s *Server) RejectQueueEntry(ctx context.Context, r RejectQueueEntryRequestObject) (RejectQueueEntryResponseObject, error) {
	return RejectQueueEntry204Response{}, s.Calls.Reject(ctx, bankOf(ctx), r.EntryID, visavis.ActorFrom(ctx).ID)
}

// RescindQueueEntry takes an open offer back.
func (s *Server) RescindQueueEntry(ctx context.Context, r RescindQueueEntryRequestObject) (RescindQueueEntryResponseObject, error) {
	return RescindQueueEntry204Response{}, s.Calls.Rescind(ctx, bankOf(ctx), r.EntryID)
}

// CallBack lets the customer leave the page instead of waiting.
func (s *Server) CallBack(ctx context.Context, r CallBackRequestObject) (CallBackResponseObject, error) {
	do := s.Calls.CallBack
	if r.Body.Choice == NewTime {
		do = s.Calls.NewTime
	}
	place, err := do(ctx, bankOf(ctx), ownIdentification(ctx))
	return CallBack200JSONResponse(showPlace(place)), err
}
