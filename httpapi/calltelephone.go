package httpapi

import (
	"context"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls"
)

// CallByTelephone has the customer of a video call called by telephone.
func (s *Server) CallByTelephone(ctx context.Context, r CallByTelephoneRequestObject) (CallByTelephoneResponseObject, error) {
	phone := ""
	if r.Body != nil {
		phone = zero(r.Body.Phone)
	}
	out, err := s.changedCall(ctx, func(ctx context.Context) (uuid.UUID, error) {
		_, err := s.Calls.ToPhone(ctx, bankOf(ctx), r.CallID, phone)
		return r.CallID, err
	})
	return CallByTelephone200JSONResponse(out), err
}

// EndCallByTelephone goes back to video.
func (s *Server) EndCallByTelephone(ctx context.Context, r EndCallByTelephoneRequestObject) (EndCallByTelephoneResponseObject, error) {
	out, err := s.changedCall(ctx, func(ctx context.Context) (uuid.UUID, error) {
		return r.CallID, s.Calls.FromPhone(ctx, bankOf(ctx), r.CallID)
	})
	return EndCallByTelephone200JSONResponse(out), err
}

// showTelephone says whether a call may go on by telephone, and how that stands.
func (s *Server) showTelephone(ctx context.Context, c calls.Call) (*CallTelephone, error) {
	rules, possible, err := s.Calls.MayPhone(ctx, bankOf(ctx), c)
	if err != nil {
		return nil, err
	}
	parts, err := s.Calls.PhoneParts(ctx, bankOf(ctx), c.ID)
	if err != nil {
		return nil, err
	}
	customer := is(ctx, visavis.ActorCustomer)
	out := &CallTelephone{Allowed: possible, AnyNumber: rules.AnyNumber, Parts: list(parts, func(p calls.PhonePart) CallTelephonePart {
		part := CallTelephonePart{ID: p.ID, AskedBy: Participant(p.AskedBy), State: CallTelephoneState(p.State), Reason: given(p.Reason),
			FromMs: p.FromMS, ToMs: p.ToMS, CreatedAt: p.CreatedAt.UTC()}
		if !customer {
			part.PhoneCallID = p.PhoneCallID
		}
		return part
	})}
	if n := len(parts); n > 0 {
		out.State, out.Reason = new(CallTelephoneState(parts[n-1].State)), given(parts[n-1].Reason)
	}
	return out, nil
}
