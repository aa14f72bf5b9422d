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
		out, err = s.showEntry(ctx, s.names(), e)
		out.Position = 1
		return err
	})
	return TransferCall201JSONResponse(out), err
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
