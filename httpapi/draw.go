package httpapi

import (
	"context"

	"github.com/visavis/visavis/calls"
)

// GetCallDraw answers with how a call's agents were chosen.
func (s *Server) GetCallDraw(ctx context.Context, r GetCallDrawRequestObject) (GetCallDrawResponseObject, error) {
	d, later, err := s.Calls.CallDraw(ctx, bankOf(ctx), r.CallID)
	return GetCallDraw200JSONResponse{
		EntryID: d.EntryID, Commitment: d.Commitment, Seed: d.Seed, Rounds: list(d.Rounds, showRound),
		Later: list(later, func(l calls.LaterDraw) LaterDraw {
			return LaterDraw{Kind: LaterDrawKind(l.Kind), EntryID: l.EntryID, Commitment: l.Commitment, Seed: l.Seed, Rounds: list(l.Rounds, showRound)}
		}),
	}, err
}

func showRound(r calls.Round) DrawRound {
	return DrawRound{Round: r.Round, At: r.At.UTC(), Strategy: r.Strategy, Chosen: r.Chosen,
		Candidates: list(r.Candidates, func(c calls.Candidate) DrawCandidate { return DrawCandidate{AgentID: c.AgentID, Weight: c.Weight} })}
}
