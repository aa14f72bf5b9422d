package httpapi

import (
	"context"
	"time"

	"github.com/visavis/visavis/channels"
)

// GetMessagePolicy answers with when messages may be sent.
func (s *Server) GetMessagePolicy(ctx context.Context, _ GetMessagePolicyRequestObject) (GetMessagePolicyResponseObject, error) {
	p, err := s.Channels.Policy(ctx, bankOf(ctx))
	return GetMessagePolicy200JSONResponse(showPolicy(p)), err
}

// SetMessagePolicy replaces when messages may be sent.
func (s *Server) SetMessagePolicy(ctx context.Context, r SetMessagePolicyRequestObject) (SetMessagePolicyResponseObject, error) {
	b := r.Body
	p := channels.Policy{HourlyBudget: zero(b.HourlyBudget), RefusedPrefixes: b.RefusedPrefixes}
	if c := b.Conversion; c != nil {
		p.Conversion = channels.ConversionPolicy{Line: zero(c.Line), Minimum: zero(c.Minimum), Off: zero(c.Off)}
	}
	if c := b.Classes; c != nil {
		p.Classes = map[channels.Class]channels.ClassPolicy{}
		for class, rule := range map[channels.Class]*MessageClassPolicy{channels.Transaction: c.Transaction, channels.Reminder: c.Reminder, channels.Notice: c.Notice} {
			if rule == nil {
				continue
			}
			of := channels.ClassPolicy{Cap: zero(rule.Cap), CapHours: zero(rule.CapHours), LifetimeHours: zero(rule.LifetimeHours)}
			if q := rule.QuietHours; q != nil {
				of.Quiet = &channels.QuietHours{From: q.From, To: q.To}
			}
			p.Classes[class] = of
		}
	}
	p, err := s.Channels.SetPolicy(ctx, bankOf(ctx), p)
	return SetMessagePolicy200JSONResponse(showPolicy(p)), err
}

func showPolicy(p channels.Policy) MessagePolicy {
	out := MessagePolicy{HourlyBudget: given(p.HourlyBudget), RefusedPrefixes: p.RefusedPrefixes}
	if p.Conversion != (channels.ConversionPolicy{}) {
		out.Conversion = &ConversionPolicy{Line: given(p.Conversion.Line), Minimum: given(p.Conversion.Minimum), Off: given(p.Conversion.Off)}
	}
	rule := func(class channels.Class) *MessageClassPolicy {
		of, ok := p.Classes[class]
		if !ok {
			return nil
		}
		shown := &MessageClassPolicy{Cap: given(of.Cap), CapHours: given(of.CapHours), LifetimeHours: given(of.LifetimeHours)}
		if of.Quiet != nil {
			shown.QuietHours = &QuietHours{From: of.Quiet.From, To: of.Quiet.To}
		}
		return shown
	}
	if len(p.Classes) > 0 {
		out.Classes = &struct {
			Notice      *MessageClassPolicy `json:"notice,omitempty"`
			Reminder    *MessageClassPolicy `json:"reminder,omitempty"`
			Transaction *MessageClassPolicy `json:"transaction,omitempty"`
		}{rule(channels.Notice), rule(channels.Reminder), rule(channels.Transaction)}
	}
	return out
}

// GetMessageRoutes answers with the ways that messages go.
func (s *Server) GetMessageRoutes(ctx context.Context, _ GetMessageRoutesRequestObject) (GetMessageRoutesResponseObject, error) {
	routes, err := s.Channels.MessageRoutes(ctx, bankOf(ctx))
	return GetMessageRoutes200JSONResponse{Routes: list(routes, showRoute)}, err
}

// SetMessageRoutes replaces the ways that messages go.
func (s *Server) SetMessageRoutes(ctx context.Context, r SetMessageRoutesRequestObject) (SetMessageRoutesResponseObject, error) {
	routes, err := s.Channels.SetMessageRoutes(ctx, bankOf(ctx), list(r.Body.Routes, func(m MessageRoute) channels.MessageRoute {
		return channels.MessageRoute{Class: channels.Class(zero(m.Class)), Prefix: zero(m.Prefix), Steps: list(m.Steps, func(step MessageRouteStep) channels.Step {
			return channels.Step{
				Channel: channels.Channel(step.Channel), Provider: zero(step.Provider), From: zero(step.From), With: zero(step.With),
				Wait: time.Duration(zero(step.WaitSeconds)) * time.Second, On: words[MessageRouteStepOn, channels.Advance](step.On),
			}
		})}
	}))
	return SetMessageRoutes200JSONResponse{Routes: list(routes, showRoute)}, err
}

func showRoute(m channels.MessageRoute) MessageRoute {
	return MessageRoute{Class: given(MessageClass(m.Class)), Prefix: given(m.Prefix), Steps: list(m.Steps, func(step channels.Step) MessageRouteStep {
		return MessageRouteStep{
			Channel: RouteChannel(step.Channel), Provider: given(step.Provider), From: given(step.From), With: given(step.With),
			WaitSeconds: given(int(step.Wait.Seconds())), On: words[channels.Advance, MessageRouteStepOn](step.On),
		}
	})}
}
