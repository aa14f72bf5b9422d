package httpapi

import (
	"context"
	"encoding/hex"
	"math"
	"strings"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls"
)

// ListCalls answers with calls, newest first.
func (s *Server) ListCalls(ctx context.Context, r ListCallsRequestObject) (ListCallsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	f := calls.Filter{
		State: calls.State(zero(r.Params.State)), IdentificationID: zero(r.Params.IdentificationID),
		AgentID: zero(r.Params.AgentID), ScenarioID: zero(r.Params.ScenarioID), Live: zero(r.Params.Live),
		Search: strings.TrimSpace(zero(r.Params.Q)), Verdict: string(zero(r.Params.Verdict)), MOSBelow: float64(zero(r.Params.MosBelow)),
		From: zero(r.Params.From), To: zero(r.Params.To), Page: p,
	}
	out := CallSummaryList{Items: []CallSummary{}}
	err = s.together(ctx, func(ctx context.Context) error {
		all, next, err := s.Calls.List(ctx, bankOf(ctx), f)
		if err != nil {
			return err
		}
		out.NextCursor = given(next)
		more, err := s.Calls.Summaries(ctx, bankOf(ctx), all)
		if err != nil {
			return err
		}
		names := s.names()
		for _, c := range all {
			scenario, err := names.scenario(ctx, c.ScenarioID)
			if err != nil {
				return err
			}
			customer, err := names.customer(ctx, c.CustomerID)
			if err != nil {
				return err
			}
			agent, err := names.agent(ctx, c.AgentID)
			if err != nil {
				return err
			}
			out.Items = append(out.Items, CallSummary{
				ID: c.ID, IdentificationID: c.IdentificationID, CustomerID: c.CustomerID, CustomerName: customer.Name,
				BookingID: c.BookingID, AgentID: c.AgentID, AgentName: agent, Direction: CallDirection(c.Direction),
				State: CallState(c.State), Reason: c.Reason, AnsweredAt: givenTime(c.AnsweredAt), EndedAt: givenTime(c.EndedAt),
				CreatedAt: c.CreatedAt.UTC(), Scenario: scenario, Verdict: IdentificationState(more[c.ID].Verdict), Quality: showSides(more[c.ID].Quality),
			})
		}
		return nil
	})
	return ListCalls200JSONResponse(out), err
}

// GetCall answers with a call; a customer sees state and times of their own.
func (s *Server) GetCall(ctx context.Context, r GetCallRequestObject) (GetCallResponseObject, error) {
	out, err := s.call(ctx, r.CallID)
	return GetCall200JSONResponse(out), err
}

// UpdateCall changes the agents' notes.
func (s *Server) UpdateCall(ctx context.Context, r UpdateCallRequestObject) (UpdateCallResponseObject, error) {
	out, err := s.changedCall(ctx, func(ctx context.Context) (uuid.UUID, error) {
		_, err := s.Calls.SetNotes(ctx, bankOf(ctx), r.CallID, r.Body.Notes)
		return r.CallID, err
	})
	return UpdateCall200JSONResponse(out), err
}

// ReportRinging says that a device rings.
func (s *Server) ReportRinging(ctx context.Context, r ReportRingingRequestObject) (ReportRingingResponseObject, error) {
	out, err := s.changedCall(ctx, func(ctx context.Context) (uuid.UUID, error) {
		_, err := s.Calls.Ringing(ctx, bankOf(ctx), r.CallID, or(r.Body.Device, calls.Page))
		return r.CallID, err
	})
	return ReportRinging200JSONResponse(out), err
}

// AnswerCall answers; the first device wins.
func (s *Server) AnswerCall(ctx context.Context, r AnswerCallRequestObject) (AnswerCallResponseObject, error) {
	out, err := s.changedCall(ctx, func(ctx context.Context) (uuid.UUID, error) {
		_, err := s.Calls.Answer(ctx, bankOf(ctx), r.CallID, or(r.Body.Device, calls.Page))
		return r.CallID, err
	})
	return AnswerCall200JSONResponse(out), err
}

// DeclineCall declines.
func (s *Server) DeclineCall(ctx context.Context, r DeclineCallRequestObject) (DeclineCallResponseObject, error) {
	out, err := s.changedCall(ctx, func(ctx context.Context) (uuid.UUID, error) {
		_, err := s.Calls.Decline(ctx, bankOf(ctx), r.CallID, calls.Page)
		return r.CallID, err
	})
	return DeclineCall200JSONResponse(out), err
}

// HangUpCall ends the call.
func (s *Server) HangUpCall(ctx context.Context, r HangUpCallRequestObject) (HangUpCallResponseObject, error) {
	out, err := s.changedCall(ctx, func(ctx context.Context) (uuid.UUID, error) {
		_, err := s.Calls.HangUp(ctx, bankOf(ctx), r.CallID)
		return r.CallID, err
	})
	return HangUpCall200JSONResponse(out), err
}

// CompleteStep stamps a step.
func (s *Server) CompleteStep(ctx context.Context, r CompleteStepRequestObject) (CompleteStepResponseObject, error) {
	step, err := s.Calls.CompleteStepBest(ctx, bankOf(ctx), r.CallID, r.Position, r.Body.Outcome == StepOutcomeOutcomePassed, max(1, zero(r.Body.BestOf)))
	return CompleteStep200JSONResponse(showStep(r.CallID, step)), err
}

// SendCallCode sends the customer a code for this call.
func (s *Server) SendCallCode(ctx context.Context, r SendCallCodeRequestObject) (SendCallCodeResponseObject, error) {
	v, err := s.Calls.SendCode(ctx, bankOf(ctx), r.CallID)
	return SendCallCode200JSONResponse(showCode(v)), err
}

// CheckCallCode is the code as the customer typed it.
func (s *Server) CheckCallCode(ctx context.Context, r CheckCallCodeRequestObject) (CheckCallCodeResponseObject, error) {
	result, err := s.Calls.CheckCode(ctx, bankOf(ctx), r.CallID, r.Body.Code)
	return CheckCallCode200JSONResponse(showResult(result)), err
}

// GetCallRecording answers with the parts on a common clock and the chapters.
func (s *Server) GetCallRecording(ctx context.Context, r GetCallRecordingRequestObject) (GetCallRecordingResponseObject, error) {
	var out CallRecording
	err := s.together(ctx, func(ctx context.Context) error {
		c, err := s.Calls.Get(ctx, bankOf(ctx), r.CallID)
		if err != nil {
			return err
		}
		parts, err := s.Calls.Recordings(ctx, bankOf(ctx), c.ID)
		if err != nil {
			return err
		}
		steps, err := s.Calls.Steps(ctx, bankOf(ctx), c.ID)
		if err != nil {
			return err
		}
		out = CallRecording{
			CallID: c.ID, StartedAt: givenTime(c.AnsweredAt), Complete: calls.Complete(parts), Coverage: float32(math.Round(calls.Coverage(parts)*1e4) / 1e4),
			Parts: list(parts, showRecording),
			Steps: list(steps, func(step calls.Step) CallStep { return showStep(c.ID, step) }),
		}
		for _, p := range parts {
			out.DurationMs = max(out.DurationMs, p.OffsetMS+zero(p.DurationMS))
		}
		return nil
	})
	return GetCallRecording200JSONResponse(out), err
}

// call reads a call as its caller may see it.
func (s *Server) call(ctx context.Context, id uuid.UUID) (out Call, err error) {
	err = s.together(ctx, func(ctx context.Context) error {
		c, err := s.Calls.Get(ctx, bankOf(ctx), id)
		if err != nil {
			return err
		}
		out, err = s.showCall(ctx, s.names(), c)
		return err
	})
	return out, err
}

// changedCall does something to a call and shows it as it then stands. It opens
// no transaction around do, whose refusals may have to be written down.
func (s *Server) changedCall(ctx context.Context, do func(context.Context) (uuid.UUID, error)) (Call, error) {
	id, err := do(ctx)
	if err != nil {
		return Call{}, err
	}
	return s.call(ctx, id)
}

func (s *Server) showCall(ctx context.Context, names *names, c calls.Call) (Call, error) {
	out := Call{
		ID: c.ID, IdentificationID: c.IdentificationID, BookingID: c.BookingID, Direction: CallDirection(c.Direction),
		State: CallState(c.State), Reason: c.Reason, RungAt: givenTime(c.RungAt), AnsweredAt: givenTime(c.AnsweredAt),
		EndedAt: givenTime(c.EndedAt), CodePassedAt: givenTime(c.CodePassedAt),
		CreatedAt: c.CreatedAt.UTC(), UpdatedAt: c.UpdatedAt.UTC(), Steps: []CallStep{}, Recordings: []Recording{},
	}
	ident, err := s.Identifications.Get(ctx, bankOf(ctx), c.IdentificationID)
	if err != nil {
		return out, err
	}
	settings := ident.Scenario.Settings.WithDefaults()
	out.AgentVideo, out.Recorded = *settings.Call.AgentVideo, *settings.Recording.Enabled
	if c.State == calls.Ringing {
		out.RingExpiresAt = givenTime(c.RingEndsAt)
	}
	if c.State.Live() {
		socket, err := s.socketURL(ctx, c)
		if err != nil {
			return out, err
		}
		out.SocketURL = &socket
	}
	agent, err := names.agent(ctx, c.AgentID)
	if err != nil {
		return out, err
	}
	out.AgentName = given(agent)
	if c.VerificationID != nil {
		v, err := s.OTP.Get(ctx, bankOf(ctx), *c.VerificationID)
		if err != nil {
			return out, err
		}
		out.Code = new(showCode(v))
	}
	if c.AnsweredAt != nil {
		if out.Telephone, err = s.showTelephone(ctx, c); err != nil {
			return out, err
		}
	}
	if is(ctx, visavis.ActorCustomer) {
		return out, nil
	}
	phoneCall, err := s.Calls.OnPhone(ctx, bankOf(ctx), c.ID)
	if err != nil {
		return out, err
	}
	out.PhoneCallID = given(phoneCall)
	out.AgentID, out.Notes = given(c.AgentID), c.Notes
	customer, err := names.customerSummary(ctx, c.CustomerID)
	if err != nil {
		return out, err
	}
	scenario, err := names.scenario(ctx, c.ScenarioID)
	if err != nil {
		return out, err
	}
	out.Customer, out.Scenario = &customer, &scenario
	steps, err := s.Calls.Steps(ctx, bankOf(ctx), c.ID)
	if err != nil {
		return out, err
	}
	out.Steps = list(steps, func(step calls.Step) CallStep { return showStep(c.ID, step) })
	recordings, err := s.Calls.Recordings(ctx, bankOf(ctx), c.ID)
	if err != nil {
		return out, err
	}
	out.Recordings = list(recordings, showRecording)
	out.Transfer, err = s.showTransfer(ctx, names, c.ID)
	return out, err
}

// socketURL is where the call's signalling is: a path where this node has the
// media, or takes it from one that is gone, else the other node's URL.
func (s *Server) socketURL(ctx context.Context, c calls.Call) (string, error) {
	path := callPath(c.ID) + "/socket"
	node, err := s.Calls.OwnerNode(ctx, bankOf(ctx), c)
	if err != nil || node == "" || node == s.Calls.Node {
		return path, err
	}
	return node + path, nil
}

func callPath(id uuid.UUID) string { return "/v1/calls/" + id.String() }

func showStep(callID uuid.UUID, step calls.Step) CallStep {
	out := CallStep{
		Position: step.Position, Kind: StepKind(step.Kind), Required: step.Required, State: StepState(step.State),
		Attempts: step.Attempts, OffsetMs: step.OffsetMS, BeganMs: step.BeganMS, DoneAt: givenTime(step.DoneAt),
	}
	if step.Still != "" {
		out.StillURL = new(stillPath(callID, step.Position))
		out.StillSha256 = given(hex.EncodeToString(step.StillSHA256))
		out.StillQuality = showQuality(step.Quality)
	}
	return out
}

func showRecording(r calls.Recording) Recording {
	return Recording{
		ID: r.ID, Participant: r.Participant, Gaps: list(r.Gaps, showGap), Part: r.Part, State: RecordingState(r.State), OffsetMs: r.OffsetMS,
		DurationMs: r.DurationMS, Bytes: r.Bytes, Sha256: given(hex.EncodeToString(r.SHA256)), HasAudio: r.HasAudio, HasVideo: r.HasVideo,
		URL: callPath(r.CallID) + "/recording/" + r.ID.String(),
	}
}
