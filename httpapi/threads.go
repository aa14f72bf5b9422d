package httpapi

import (
	"context"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/calls"
)

// GetThread answers with the chat of a case.
func (s *Server) GetThread(ctx context.Context, r GetThreadRequestObject) (GetThreadResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	var out Thread
	err = s.together(ctx, func(ctx context.Context) error {
		t, err := s.Calls.Thread(ctx, bankOf(ctx), r.IdentificationID, zero(r.Params.After), p)
		if err != nil {
			return err
		}
		n := s.names()
		head, err := n.thread(ctx, t.ThreadHead)
		if err != nil {
			return err
		}
		out = Thread{IdentificationID: head.IdentificationID, State: head.State, AgentID: head.AgentID, AgentName: head.AgentName, AskedAt: head.AskedAt,
			Verified: head.Verified, BotOn: t.BotOn, Unread: t.Unread, NextCursor: given(t.Next)}
		if head.AskedWhy != nil {
			out.AskedWhy = new(ThreadAskedWhy(*head.AskedWhy))
		}
		out.Items, err = listNamed(ctx, t.Entries, n.threadEntry)
		return err
	})
	return GetThread200JSONResponse(out), err
}

// AddThreadLine says something in the chat of a case.
func (s *Server) AddThreadLine(ctx context.Context, r AddThreadLineRequestObject) (AddThreadLineResponseObject, error) {
	e, err := s.Calls.AddLine(ctx, bankOf(ctx), r.IdentificationID, calls.NewLine{
		Text: zero(r.Body.Text), Notice: string(zero(r.Body.Notice)), Role: string(zero(r.Body.Role)), Session: zero(r.Body.VerifiedSession)})
	if err != nil {
		return nil, err
	}
	out, err := s.names().threadEntry(ctx, e)
	return AddThreadLine201JSONResponse(out), err
}

// AskForPerson has the chat wait for a person.
func (s *Server) AskForPerson(ctx context.Context, r AskForPersonRequestObject) (AskForPersonResponseObject, error) {
	t, err := s.Calls.AskPerson(ctx, bankOf(ctx), r.IdentificationID)
	if err != nil {
		return nil, err
	}
	out, err := s.names().thread(ctx, t)
	return AskForPerson200JSONResponse(out), err
}

// TakeThread gives the chat to the agent.
func (s *Server) TakeThread(ctx context.Context, r TakeThreadRequestObject) (TakeThreadResponseObject, error) {
	t, err := s.Calls.TakeThread(ctx, bankOf(ctx), r.IdentificationID)
	if err != nil {
		return nil, err
	}
	out, err := s.names().thread(ctx, t)
	return TakeThread200JSONResponse(out), err
}

// HandBackThread ends the agent's turn in the chat.
func (s *Server) HandBackThread(ctx context.Context, r HandBackThreadRequestObject) (HandBackThreadResponseObject, error) {
	t, err := s.Calls.HandBackThread(ctx, bankOf(ctx), r.IdentificationID, r.Body.To == HandBackThreadToPerson)
	if err != nil {
		return nil, err
	}
	out, err := s.names().thread(ctx, t)
	return HandBackThread200JSONResponse(out), err
}

// ReadThread notes up to where it was read.
func (s *Server) ReadThread(ctx context.Context, r ReadThreadRequestObject) (ReadThreadResponseObject, error) {
	return ReadThread204Response{}, s.Calls.MarkRead(ctx, bankOf(ctx), r.IdentificationID, r.Body.UpTo)
}

// ListThreads answers with the bank's chats.
func (s *Server) ListThreads(ctx context.Context, r ListThreadsRequestObject) (ListThreadsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	var out ThreadList
	err = s.together(ctx, func(ctx context.Context) error {
		f := calls.ThreadFilter{State: calls.ThreadState(zero(r.Params.State)), AgentID: zero(r.Params.AgentID), Unread: zero(r.Params.Unread), Page: p}
		if r.Params.Scenario != nil {
			scenario, err := s.Identifications.Scenario(ctx, bankOf(ctx), *r.Params.Scenario)
			if err != nil {
				return err
			}
			f.ScenarioID = scenario.ID
		}
		all, next, err := s.Calls.Threads(ctx, bankOf(ctx), f)
		if err != nil {
			return err
		}
		out.NextCursor = given(next)
		out.Items, err = listNamed(ctx, all, s.names().threadSummary)
		return err
	})
	return ListThreads200JSONResponse(out), err
}

func (n *names) thread(ctx context.Context, t calls.ThreadHead) (out ThreadHead, err error) {
	out = ThreadHead{IdentificationID: t.IdentificationID, State: ThreadState(t.State), AskedAt: givenTime(t.AskedAt), Verified: t.Verified}
	if t.AgentID != uuid.Nil {
		name, err := n.agent(ctx, t.AgentID)
		if err != nil {
			return out, err
		}
		out.AgentName = given(name)
	}
	if !is(ctx, visavis.ActorCustomer) {
		out.AgentID, out.AskedWhy = given(t.AgentID), given(ThreadHeadAskedWhy(t.AskedWhy))
	}
	return out, nil
}

func (n *names) threadEntry(ctx context.Context, e calls.ThreadEntry) (out ThreadEntry, err error) {
	out = ThreadEntry{ID: e.ID, Role: ThreadEntryRole(e.Role), Notice: given(ThreadEntryNotice(e.Notice)), Start: givenTime(e.Start),
		QuickReplies: e.QuickReplies, CallID: given(e.CallID), Verified: e.Verified, At: e.At.UTC()}
	if e.Notice == "" {
		out.Text = &e.Body
	}
	if e.AgentID != uuid.Nil {
		name, err := n.agent(ctx, e.AgentID)
		if err != nil {
			return out, err
		}
		out.AgentName = given(name)
	}
	return out, nil
}

func (n *names) threadSummary(ctx context.Context, t calls.ThreadSummary) (out ThreadSummary, err error) {
	head, err := n.thread(ctx, t.ThreadHead)
	if err != nil {
		return out, err
	}
	out = ThreadSummary{IdentificationID: head.IdentificationID, State: head.State, AgentID: head.AgentID, AgentName: head.AgentName, AskedAt: head.AskedAt,
		Verified: head.Verified, Unread: t.Unread, LastAt: givenTime(t.LastAt), LastRole: given(ThreadSummaryLastRole(t.LastRole)), LastText: given(t.LastBody)}
	if head.AskedWhy != nil {
		out.AskedWhy = new(ThreadSummaryAskedWhy(*head.AskedWhy))
	}
	if out.Customer, err = n.customerSummary(ctx, t.CustomerID); err != nil {
		return out, err
	}
	out.Scenario, err = n.scenario(ctx, t.ScenarioID)
	return out, err
}

// GetChatBot answers with the bank's bot.
func (s *Server) GetChatBot(ctx context.Context, _ GetChatBotRequestObject) (GetChatBotResponseObject, error) {
	b, err := s.Calls.ChatBot(ctx, bankOf(ctx))
	return GetChatBot200JSONResponse(showChatBot(b, "")), err
}

// SetChatBot replaces the bank's bot.
func (s *Server) SetChatBot(ctx context.Context, r SetChatBotRequestObject) (SetChatBotResponseObject, error) {
	b, secret, err := s.Calls.SetChatBot(ctx, bankOf(ctx), calls.Bot{On: r.Body.Enabled, URL: zero(r.Body.URL), Seconds: zero(r.Body.Seconds)})
	if err != nil {
		return nil, err
	}
	return SetChatBot200JSONResponse(showChatBot(b, secret)), nil
}

// NewChatBotSecret draws the secret that the bot's questions are signed with.
func (s *Server) NewChatBotSecret(ctx context.Context, _ NewChatBotSecretRequestObject) (NewChatBotSecretResponseObject, error) {
	secret, err := s.Calls.NewChatBotSecret(ctx, bankOf(ctx))
	return NewChatBotSecret200JSONResponse{Secret: given(secret)}, err
}

func showChatBot(b calls.Bot, secret string) ChatBot {
	return ChatBot{Enabled: b.On, URL: given(b.URL), Seconds: b.Seconds, Secret: given(secret)}
}
