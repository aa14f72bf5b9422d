package httpapi

import (
	"context"
	"encoding/hex"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/ivr"
)

// ListPhoneCalls answers with phone calls, newest first.
func (s *Server) ListPhoneCalls(ctx context.Context, r ListPhoneCallsRequestObject) (ListPhoneCallsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	all, next, err := s.IVR.List(ctx, bankOf(ctx), ivr.CallFilter{
		State: ivr.State(zero(r.Params.State)), Flow: zero(r.Params.Flow), Direction: string(zero(r.Params.Direction)),
		CustomerID: zero(r.Params.CustomerID), AboutID: zero(r.Params.AboutID), From: zero(r.Params.From), To: zero(r.Params.To),
	}, p)
	return ListPhoneCalls200JSONResponse{Items: list(all, showPhoneCall), NextCursor: given(next)}, err
}

// PlacePhoneCall places a call that a flow leads.
func (s *Server) PlacePhoneCall(ctx context.Context, r PlacePhoneCallRequestObject) (PlacePhoneCallResponseObject, error) {
	b := r.Body
	if !is(ctx, visavis.ActorBank) && (zero(b.Phone) != "" || b.CustomerID == nil) {
		return nil, visavis.InvalidField("customer_id", "people call customers, at the number that is on file")
	}
	key := zero(b.Key)
	if key == "" {
		key = "api " + uuid.NewString() // the Idempotency-Key holds for what is repeated
	}
	class := channels.Class(or(b.Class, "transaction"))
	c, err := s.IVR.Place(ctx, bankOf(ctx), ivr.PhoneCall{
		CustomerID: zero(b.CustomerID), To: zero(b.Phone), Flow: b.Flow, Version: int(zero(b.Version)), Input: b.Input,
		Locale: string(zero(b.Locale)), TimeZone: zero(b.TimeZone), Class: class, AboutType: string(zero(b.AboutType)), AboutID: zero(b.AboutID),
		Key: key, NotBefore: zero(b.NotBefore), ExpiresAt: b.ExpiresAt, DetectMachine: zero(b.DetectMachine), MachineFlow: zero(b.MachineFlow), Session: zero(b.VerifiedSession),
	})
	return PlacePhoneCall201JSONResponse(showPhoneCall(c)), err
}

// GetPhoneCall answers with a phone call and its path.
func (s *Server) GetPhoneCall(ctx context.Context, r GetPhoneCallRequestObject) (GetPhoneCallResponseObject, error) {
	d, err := s.IVR.Detail(ctx, bankOf(ctx), r.PhoneCallID)
	if err != nil {
		return nil, err
	}
	return GetPhoneCall200JSONResponse{
		PhoneCall: showPhoneCall(d.PhoneCall), Path: list(d.Path, showPathStep),
		Answers: list(d.Answers, func(a ivr.Answer) PhoneCallAnswer {
			return PhoneCallAnswer{Question: a.Question, Answer: a.Answer, Survey: a.Survey, At: a.At.UTC()}
		}),
		Recordings: list(d.Recordings, func(r ivr.Recording) PhoneRecording {
			return PhoneRecording{ID: r.ID, Name: r.Name, State: PhoneRecordingState(r.State), Seconds: r.Seconds, Sha256: given(hex.EncodeToString(r.SHA256)), CreatedAt: r.CreatedAt.UTC()}
		}),
	}, nil
}

// CancelPhoneCall takes back a call that has not been dialled.
func (s *Server) CancelPhoneCall(ctx context.Context, r CancelPhoneCallRequestObject) (CancelPhoneCallResponseObject, error) {
	c, err := s.IVR.Cancel(ctx, bankOf(ctx), r.PhoneCallID)
	return CancelPhoneCall200JSONResponse(showPhoneCall(c)), err
}

// GetPhoneRecording answers with a message that a caller left.
func (s *Server) GetPhoneRecording(ctx context.Context, r GetPhoneRecordingRequestObject) (GetPhoneRecordingResponseObject, error) {
	wav, err := s.IVR.Sound(ctx, bankOf(ctx), r.PhoneCallID, r.RecordingID)
	return GetPhoneRecording200JSONResponse{ID: r.RecordingID, Wav: wav}, err
}

// SetAgentTelephone sets where an agent takes telephone calls.
func (s *Server) SetAgentTelephone(ctx context.Context, r SetAgentTelephoneRequestObject) (SetAgentTelephoneResponseObject, error) {
	return SetAgentTelephone204Response{}, s.Banks.SetTelephone(ctx, bankOf(ctx), r.AgentID, r.Body.Telephone)
}

func showPhoneCall(c ivr.PhoneCall) PhoneCall {
	return PhoneCall{
		ID: c.ID, CustomerID: given(c.CustomerID), Direction: PhoneCallDirection(c.Direction), Phone: banks.MaskPhone(c.To), Number: given(c.From),
		Flow: c.Flow, Version: c.Pinned, Locale: given(c.Locale), Class: string(c.Class), AboutType: given(c.AboutType), AboutID: given(c.AboutID),
		IdentificationID: given(c.IdentificationID), State: PhoneCallState(c.State), Outcome: given(c.Outcome),
		AnsweredBy: given(PhoneCallAnsweredBy(c.AnsweredBy)), ErrorCode: given(c.ErrorCode), Step: given(c.Step), Trial: given(c.Trial),
		FlowEnded: given(c.FlowEnded), HandedOver: given(c.HandedOver), Abandoned: given(c.Abandoned), MessageLeft: given(c.MessageLeft),
		CreatedAt: c.CreatedAt.UTC(), NotBefore: c.NotBefore.UTC(), ExpiresAt: c.ExpiresAt.UTC(),
		RangAt: givenTime(c.RangAt), AnsweredAt: givenTime(c.AnsweredAt), EndedAt: givenTime(c.EndedAt), Seconds: c.Seconds,
	}
}

func showPathStep(p ivr.PathStep) PhoneCallStep {
	out := PhoneCallStep{Position: p.Position, Step: p.Step, Kind: FlowStepKind(p.Kind), Keys: p.Keys, Secret: p.Secret, Exit: given(p.Exit),
		EnteredAt: p.EnteredAt.UTC(), LeftAt: givenTime(p.LeftAt)}
	if p.LeftAt != nil {
		took := int(p.LeftAt.Sub(p.EnteredAt).Milliseconds())
		out.Milliseconds = &took
	}
	return out
}
