package httpapi

import (
	"context"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls"
)

// TransferCall offers a call that the agent leads to another.
func (s *Server) TransferCall(ctx context.Context, r TransferCallRequestObject) (TransferCallResponseObject, error) {
	var out QueueEntry
	err := s.together(ctx, func(ctx context.Context) error {
		e, err := s.Calls.Transfer(ctx, bankOf(ctx), r.CallID, calls.NewTransfer{
			ToAgent: zero(r.Body.AgentID), ToSkill: zero(r.Body.Skill), Warm: zero(r.Body.Warm), Note: zero(r.Body.Note)})
		if err != nil {
			return err
		}
		out, err = s.names().entry(ctx, e)
		out.Position = 1
		return err
	})
	return TransferCall201JSONResponse(out), err
}

// showTransfer is a call's newest transfer that stands; nil when none does.
func (s *Server) showTransfer(ctx context.Context, names *names, callID uuid.UUID) (*CallTransfer, error) {
	e, state, err := s.Calls.TransferOf(ctx, bankOf(ctx), callID)
	if err != nil || state == "" {
		return nil, err
	}
	out := &CallTransfer{ID: e.ID, State: CallTransferState(state), Warm: e.Warm, Note: e.Note, FromAgentID: zero(e.FromAgent),
		ToAgentID: e.ToAgent, Skill: given(e.ToSkill), AskedAt: givenTime(&e.EnteredAt)}
	if state == calls.TransferWaiting || state == calls.TransferOffered {
		out.OfferedTo, out.ExpiresAt = e.OfferedTo, givenTime(new(e.TransferEnds()))
	}
	for _, one := range []struct {
		id   *uuid.UUID
		name **string
	}{{e.FromAgent, &out.FromAgentName}, {e.ToAgent, &out.ToAgentName}, {out.OfferedTo, &out.OfferedToName}} {
		if one.id == nil {
			continue
		}
		name, err := names.agent(ctx, *one.id)
		if err != nil {
			return nil, err
		}
		*one.name = given(name)
	}
	return out, nil
}

// CompleteTransfer hands a call over to who has joined.
func (s *Server) CompleteTransfer(ctx context.Context, r CompleteTransferRequestObject) (CompleteTransferResponseObject, error) {
	out, err := s.changedCall(ctx, func(ctx context.Context) (uuid.UUID, error) {
		_, err := s.Calls.CompleteTransfer(ctx, bankOf(ctx), r.CallID)
		return r.CallID, err
	})
	return CompleteTransfer200JSONResponse(out), err
}

// CancelTransfer takes a transfer back.
func (s *Server) CancelTransfer(ctx context.Context, r CancelTransferRequestObject) (CancelTransferResponseObject, error) {
	out, err := s.changedCall(ctx, func(ctx context.Context) (uuid.UUID, error) {
		_, err := s.Calls.CancelTransfer(ctx, bankOf(ctx), r.CallID)
		return r.CallID, err
	})
	return CancelTransfer200JSONResponse(out), err
}

// TakeOverCall puts a supervisor into the agent's place.
func (s *Server) TakeOverCall(ctx context.Context, r TakeOverCallRequestObject) (TakeOverCallResponseObject, error) {
	out, err := s.changedCall(ctx, func(ctx context.Context) (uuid.UUID, error) {
		_, err := s.Calls.TakeOver(ctx, bankOf(ctx), r.CallID, visavis.ActorFrom(ctx).ID)
		return r.CallID, err
	})
	return TakeOverCall200JSONResponse(out), err
}
