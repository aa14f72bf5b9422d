package httpapi

import (
	"context"
	"maps"
	"slices"

	"github.com/visavis/visavis/ivr"
)

// ListFlows answers with the telephone flows.
func (s *Server) ListFlows(ctx context.Context, _ ListFlowsRequestObject) (ListFlowsResponseObject, error) {
	all, err := s.IVR.Flows(ctx, bankOf(ctx))
	return ListFlows200JSONResponse{Items: list(all, showFlow)}, err
}

// GetFlow answers with a flow, its versions and its history.
func (s *Server) GetFlow(ctx context.Context, r GetFlowRequestObject) (GetFlowResponseObject, error) {
	d, err := s.IVR.Flow(ctx, bankOf(ctx), r.Name)
	return GetFlow200JSONResponse(showFlowDetail(d)), err
}

// DraftFlow drafts a flow.
func (s *Server) DraftFlow(ctx context.Context, r DraftFlowRequestObject) (DraftFlowResponseObject, error) {
	d, err := s.IVR.DraftFlow(ctx, bankOf(ctx), r.Name, r.Body.Source)
	return DraftFlow200JSONResponse(showFlowDetail(d)), err
}

// SubmitFlow hands a draft to another administrator.
func (s *Server) SubmitFlow(ctx context.Context, r SubmitFlowRequestObject) (SubmitFlowResponseObject, error) {
	d, err := s.IVR.SubmitFlow(ctx, bankOf(ctx), r.Name, int(r.Version))
	return SubmitFlow200JSONResponse(showFlowDetail(d)), err
}

// ApproveFlow approves a flow.
func (s *Server) ApproveFlow(ctx context.Context, r ApproveFlowRequestObject) (ApproveFlowResponseObject, error) {
	d, err := s.IVR.ApproveFlow(ctx, bankOf(ctx), r.Name, int(r.Version), zero(zero(r.Body).Note))
	return ApproveFlow200JSONResponse(showFlowDetail(d)), err
}

// RejectFlow rejects a flow.
func (s *Server) RejectFlow(ctx context.Context, r RejectFlowRequestObject) (RejectFlowResponseObject, error) {
	d, err := s.IVR.RejectFlow(ctx, bankOf(ctx), r.Name, int(r.Version), zero(zero(r.Body).Note))
	return RejectFlow200JSONResponse(showFlowDetail(d)), err
}

// PublishFlow puts an approved flow in force.
func (s *Server) PublishFlow(ctx context.Context, r PublishFlowRequestObject) (PublishFlowResponseObject, error) {
	d, err := s.IVR.PublishFlow(ctx, bankOf(ctx), r.Name, int(r.Version))
	return PublishFlow200JSONResponse(showFlowDetail(d)), err
}

// DiscardFlow drops an open version.
func (s *Server) DiscardFlow(ctx context.Context, r DiscardFlowRequestObject) (DiscardFlowResponseObject, error) {
	d, err := s.IVR.DiscardFlow(ctx, bankOf(ctx), r.Name, int(r.Version))
	return DiscardFlow200JSONResponse(showFlowDetail(d)), err
}

// RevertFlow puts an earlier version back in force.
func (s *Server) RevertFlow(ctx context.Context, r RevertFlowRequestObject) (RevertFlowResponseObject, error) {
	d, err := s.IVR.RevertFlow(ctx, bankOf(ctx), r.Name, int(r.Body.Version))
	return RevertFlow200JSONResponse(showFlowDetail(d)), err
}

// ValidateFlow checks a document and draws it.
func (s *Server) ValidateFlow(ctx context.Context, r ValidateFlowRequestObject) (ValidateFlowResponseObject, error) {
	problems, diagram, err := s.IVR.ValidateFlow(ctx, bankOf(ctx), r.Body.Name, r.Body.Source, string(zero(r.Body.Locale)))
	return ValidateFlow200JSONResponse{Valid: !ivr.Fails(problems), Problems: list(problems, showFlowProblem), Diagram: showDiagram(diagram)}, err
}

// GetFlowVersion answers with one version's document.
func (s *Server) GetFlowVersion(ctx context.Context, r GetFlowVersionRequestObject) (GetFlowVersionResponseObject, error) {
	v, err := s.IVR.FlowSource(ctx, bankOf(ctx), r.Name, int(r.Version))
	if err != nil {
		return nil, err
	}
	_, problems := ivr.Parse([]byte(v.Source))
	return GetFlowVersion200JSONResponse{Name: v.Name, Version: v.Version, State: FlowState(v.State), Source: v.Source, Problems: list(problems, showFlowProblem)}, nil
}

// GetFlowDiagram draws one version.
func (s *Server) GetFlowDiagram(ctx context.Context, r GetFlowDiagramRequestObject) (GetFlowDiagramResponseObject, error) {
	v, err := s.IVR.FlowSource(ctx, bankOf(ctx), r.Name, int(r.Version))
	if err != nil {
		return nil, err
	}
	_, diagram, err := s.IVR.ValidateFlow(ctx, bankOf(ctx), r.Name, v.Source, string(zero(r.Params.Locale)))
	return GetFlowDiagram200JSONResponse(showDiagram(diagram)), err
}

// TryFlow calls a number with a version.
func (s *Server) TryFlow(ctx context.Context, r TryFlowRequestObject) (TryFlowResponseObject, error) {
	c, err := s.IVR.Try(ctx, bankOf(ctx), r.Name, int(r.Version), r.Body.Phone, string(zero(r.Body.Locale)), r.Body.Input)
	return TryFlow201JSONResponse(showPhoneCall(c)), err
}

// NewFlowSecret draws the secret that flows' questions are signed with.
func (s *Server) NewFlowSecret(ctx context.Context, _ NewFlowSecretRequestObject) (NewFlowSecretResponseObject, error) {
	secret, err := s.IVR.NewFlowSecret(ctx, bankOf(ctx))
	return NewFlowSecret200JSONResponse{Secret: secret}, err
}

// GetFlowNumbers answers with the flows of the bank's numbers.
func (s *Server) GetFlowNumbers(ctx context.Context, _ GetFlowNumbersRequestObject) (GetFlowNumbersResponseObject, error) {
	numbers, err := s.IVR.Numbers(ctx, bankOf(ctx))
	return GetFlowNumbers200JSONResponse(showNumbers(numbers)), err
}

// SetFlowNumbers replaces the flows of the bank's numbers.
func (s *Server) SetFlowNumbers(ctx context.Context, r SetFlowNumbersRequestObject) (SetFlowNumbersResponseObject, error) {
	numbers := map[string]string{}
	for _, item := range r.Body.Items {
		numbers[item.Number] = item.Flow
	}
	numbers, err := s.IVR.SetNumbers(ctx, bankOf(ctx), numbers)
	return SetFlowNumbers200JSONResponse(showNumbers(numbers)), err
}

func showNumbers(numbers map[string]string) FlowNumbers {
	return FlowNumbers{Items: list(slices.Sorted(maps.Keys(numbers)), func(number string) FlowNumber { return FlowNumber{Number: number, Flow: numbers[number]} })}
}

// ListFlowAnswers counts what a flow was answered.
func (s *Server) ListFlowAnswers(ctx context.Context, r ListFlowAnswersRequestObject) (ListFlowAnswersResponseObject, error) {
	counts, err := s.IVR.Results(ctx, bankOf(ctx), r.Name, zero(r.Params.AboutID), zero(r.Params.From), zero(r.Params.To))
	return ListFlowAnswers200JSONResponse{Items: list(counts, func(c ivr.Count) FlowAnswerCount {
		return FlowAnswerCount{Question: c.Question, Answer: c.Answer, Survey: c.Survey, Count: c.Count}
	})}, err
}

func showFlow(f ivr.FlowInfo) Flow {
	out := Flow{Name: f.Name, Title: f.Title, Locales: list(f.Locales, func(l string) string { return l }), Shipped: f.Shipped,
		Input: list(f.Inputs, func(in ivr.Input) FlowInput { return FlowInput{Name: in.Name, Optional: in.Optional} })}
	if f.Version >= 0 {
		out.Version = &f.Version
	}
	if f.Open != nil {
		open := showFlowVersion(*f.Open)
		out.Open = &open
	}
	return out
}

func showFlowVersion(v ivr.FlowVersion) FlowVersion {
	return FlowVersion{ID: v.ID, Version: v.Version, State: FlowState(v.State), Authors: v.Authors, CreatedAt: v.CreatedAt.UTC(), UpdatedAt: v.UpdatedAt.UTC()}
}

func showFlowDetail(d ivr.FlowDetail) FlowDetail {
	out := FlowDetail{Flow: showFlow(d.FlowInfo), Source: d.Source, Problems: list(d.Problems, showFlowProblem), Versions: list(d.Versions, showFlowVersion),
		History: list(d.History, func(c ivr.FlowChange) FlowChange {
			return FlowChange{Version: c.Version, Action: FlowChangeAction(c.Action), Actor: FlowChangeActor(c.ActorKind), ActorID: c.ActorID, Note: given(c.Note), At: c.At.UTC()}
		})}
	if d.Open != nil {
		out.OpenSource = &d.Open.Source
	}
	return out
}

func showFlowProblem(p ivr.Problem) FlowProblem {
	severity := FlowProblemSeverity("advice")
	if p.Error {
		severity = "error"
	}
	return FlowProblem{Line: p.Line, Column: p.Column, Step: given(p.Step), Rule: FlowProblemRule(p.Rule), Message: p.Message, Severity: severity}
}

func showDiagram(d ivr.Diagram) FlowDiagram {
	return FlowDiagram{
		Nodes: list(d.Nodes, func(n ivr.Node) FlowNode {
			return FlowNode{ID: n.ID, Kind: FlowStepKind(n.Kind), Label: n.Label, Line: n.Line, Start: n.Start, Machine: n.Machine, End: n.End}
		}),
		Edges: list(d.Edges, func(e ivr.Edge) FlowEdge { return FlowEdge{From: e.From, To: e.To, Label: given(e.Label)} }),
	}
}
