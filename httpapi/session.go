package httpapi

import (
	"context"
	"time"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/calls"
)

// SignIn opens a console session and sets its cookie.
func (s *Server) SignIn(ctx context.Context, r SignInRequestObject) (SignInResponseObject, error) {
	session, err := s.Banks.SignIn(ctx, r.Body.Email, r.Body.Password, zero(r.Body.Bank), remoteAddr(ginContext(ctx)))
	if err != nil {
		return nil, err
	}
	s.setCookie(ctx, agentCookie, session.Token, session.ExpiresAt)
	return SignIn200JSONResponse{
		Agent: showAgent(session.Agent), Bank: showBankSummary(session.Bank), ExpiresAt: new(session.ExpiresAt.UTC()),
		PauseReasons: pauseReasons(session.Agent, session.Bank),
	}, nil
}

// GetSession says who is signed in.
func (s *Server) GetSession(ctx context.Context, _ GetSessionRequestObject) (GetSessionResponseObject, error) {
	actor := visavis.ActorFrom(ctx)
	var out Session
	err := s.together(ctx, func(ctx context.Context) error {
		agent, err := s.Banks.Agent(ctx, actor.BankID, actor.ID)
		if err != nil {
			return err
		}
		bank, err := s.Banks.Get(ctx, actor.BankID)
		if err != nil {
			return err
		}
		out = Session{Agent: showAgent(agent), Bank: showBankSummary(bank), PauseReasons: pauseReasons(agent, bank)}
		if takesCalls(agent.Role) {
			presence, err := s.presence(ctx)
			out.Presence = &presence
			return err
		}
		return nil
	})
	return GetSession200JSONResponse(out), err
}

// SignOut ends the session and takes the cookie away.
func (s *Server) SignOut(ctx context.Context, _ SignOutRequestObject) (SignOutResponseObject, error) {
	token, err := ginContext(ctx).Cookie(agentCookie)
	if err != nil {
		return nil, errSignIn
	}
	actor := visavis.ActorFrom(ctx)
	if takesCalls(actor.Role) { // who is gone is drawn no more
		if _, err := s.Calls.SetPresence(ctx, actor.BankID, actor.ID, calls.Offline); err != nil && visavis.KindOf(err) != visavis.Conflict {
			return nil, err
		}
	}
	if err := s.Banks.SignOut(ctx, token); err != nil {
		return nil, err
	}
	s.setCookie(ctx, agentCookie, "", time.Time{})
	return SignOut204Response{}, nil
}

// AcceptInvitation lets an agent choose a password.
func (s *Server) AcceptInvitation(ctx context.Context, r AcceptInvitationRequestObject) (AcceptInvitationResponseObject, error) {
	if err := s.limitStranger(ctx, "invitation"); err != nil {
		return nil, err
	}
	_, err := s.Banks.AcceptInvitation(ctx, r.Body.Token, r.Body.Password)
	return AcceptInvitation204Response{}, err
}

// limitStranger counts a try of someone who is not known yet, per address (of
// IPv6, per /64): at most 60 in 15 minutes for each purpose.
func (s *Server) limitStranger(ctx context.Context, purpose string) error {
	return s.Banks.Limit(ctx, purpose+" "+banks.AddressKey(remoteAddr(ginContext(ctx))), 60, 15*time.Minute)
}

func takesCalls(role visavis.Role) bool {
	return role == visavis.RoleAgent || role == visavis.RoleSupervisor
}

// pauseReasons are what an agent may say a pause is for; nil for who takes no
// calls.
func pauseReasons(a banks.Agent, b banks.Bank) []string {
	if !takesCalls(a.Role) {
		return nil
	}
	return b.Settings.WithDefaults().PauseReasons
}

func showBankSummary(b banks.Bank) BankSummary {
	return BankSummary{ID: b.ID, Slug: b.Slug, Name: b.Name, TimeZone: b.Settings.WithDefaults().DefaultTimeZone}
}
