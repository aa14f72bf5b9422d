package httpapi

import (
	"context"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/httpapi/verifyv2"
	"github.com/visavis/visavis/postgres"
)

// GetBank answers with the bank and its settings.
func (s *Server) GetBank(ctx context.Context, _ GetBankRequestObject) (GetBankResponseObject, error) {
	b, err := s.Banks.Get(ctx, bankOf(ctx))
	return GetBank200JSONResponse(showBank(b)), err
}

// UpdateBank changes the name and those settings that are given.
func (s *Server) UpdateBank(ctx context.Context, r UpdateBankRequestObject) (UpdateBankResponseObject, error) {
	var b banks.Bank
	err := s.DB.InBank(ctx, bankOf(ctx), func(ctx context.Context, tx *postgres.Tx) (err error) {
		if b, err = s.Banks.Get(ctx, tx.BankID); err != nil {
			return err
		}
		if name := r.Body.Name; name != nil {
			if b, err = s.Banks.Rename(ctx, tx.BankID, *name); err != nil {
				return err
			}
		}
		if c := r.Body.Settings; c != nil {
			settings := b.Settings
			if c.ReminderOffsets != nil {
				settings.ReminderOffsets = c.ReminderOffsets
			}
			if c.Countries != nil {
				settings.Countries = c.Countries
			}
			set(&settings.RingSMSAfter, c.RingSmsAfter)
			set(&settings.RingMissedAfter, c.RingMissedAfter)
			set(&settings.OfferSeconds, c.OfferSeconds)
			set(&settings.UnservedAfter, c.UnservedAfter)
			set(&settings.ReconnectGrace, c.ReconnectGrace)
			if c.PauseReasons != nil {
				settings.PauseReasons = c.PauseReasons
			}
			set(&settings.MissedOffers, c.MissedOffers)
			set(&settings.CampaignFourEyes, c.CampaignFourEyes)
			set(&settings.FeedNames, c.FeedNames)
			set(&settings.DefaultLocale, (*string)(c.DefaultLocale))
			set(&settings.DefaultTimeZone, c.DefaultTimeZone)
			b, err = s.Banks.UpdateSettings(ctx, tx.BankID, settings)
		}
		return err
	})
	return UpdateBank200JSONResponse(showBank(b)), err
}

// set changes what is given.
func set[T any](field *T, to *T) {
	if to != nil {
		*field = *to
	}
}

func showBank(b banks.Bank) Bank {
	d := b.Settings.WithDefaults()
	return Bank{
		ID: b.ID, Slug: b.Slug, Name: b.Name, CreatedAt: b.CreatedAt.UTC(),
		Settings: BankSettings{
			ReminderOffsets: d.ReminderOffsets, WebhookAllow: d.WebhookAllow, Countries: d.Countries,
			RingSmsAfter: &d.RingSMSAfter, RingMissedAfter: &d.RingMissedAfter, OfferSeconds: &d.OfferSeconds,
			UnservedAfter: &d.UnservedAfter, ReconnectGrace: &d.ReconnectGrace,
			PauseReasons: d.PauseReasons, MissedOffers: &d.MissedOffers, CampaignFourEyes: &d.CampaignFourEyes, FeedNames: &d.FeedNames,
			DefaultLocale: new(Locale(d.DefaultLocale)), DefaultTimeZone: &d.DefaultTimeZone,
		},
	}
}

// ListAgents answers with the bank's agents.
func (s *Server) ListAgents(ctx context.Context, r ListAgentsRequestObject) (ListAgentsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	agents, next, err := s.Banks.ListAgents(ctx, bankOf(ctx), p)
	return ListAgents200JSONResponse{Items: list(agents, showAgent), NextCursor: given(next)}, err
}

// CreateAgent adds an agent, without a password.
func (s *Server) CreateAgent(ctx context.Context, r CreateAgentRequestObject) (CreateAgentResponseObject, error) {
	a, err := s.Banks.CreateAgent(ctx, bankOf(ctx), banks.NewAgent{
		Email: r.Body.Email, Name: r.Body.Name, Role: visavis.Role(r.Body.Role), Languages: words[Locale, string](r.Body.Languages),
	})
	return CreateAgent201JSONResponse(showAgent(a)), err
}

// GetAgent answers with an agent.
func (s *Server) GetAgent(ctx context.Context, r GetAgentRequestObject) (GetAgentResponseObject, error) {
	a, err := s.Banks.Agent(ctx, bankOf(ctx), r.AgentID)
	return GetAgent200JSONResponse(showAgent(a)), err
}

// UpdateAgent changes, disables or enables an agent.
func (s *Server) UpdateAgent(ctx context.Context, r UpdateAgentRequestObject) (UpdateAgentResponseObject, error) {
	change := banks.AgentChange{Name: r.Body.Name, Role: (*visavis.Role)(r.Body.Role), Enabled: r.Body.Enabled}
	if r.Body.Languages != nil {
		change.Languages = new(words[Locale, string](r.Body.Languages))
	}
	a, err := s.Banks.UpdateAgent(ctx, bankOf(ctx), r.AgentID, change)
	return UpdateAgent200JSONResponse(showAgent(a)), err
}

// InviteAgent makes an invitation; its token is shown once.
func (s *Server) InviteAgent(ctx context.Context, r InviteAgentRequestObject) (InviteAgentResponseObject, error) {
	token, expires, err := s.Banks.Invite(ctx, bankOf(ctx), r.AgentID)
	if err != nil {
		return nil, err
	}
	// The fragment is never sent to a server, so that no log has the token.
	return InviteAgent201JSONResponse{
		Token: &token, URL: new(s.origin + "/console/invitation#" + token), ExpiresAt: expires.UTC(),
	}, nil
}

func showAgent(a banks.Agent) Agent {
	return Agent{
		ID: a.ID, Email: a.Email, Name: a.Name, Role: Role(a.Role), Languages: words[string, Locale](a.Languages),
		Enabled: a.Enabled, Invited: a.Invited, CreatedAt: a.CreatedAt.UTC(), UpdatedAt: a.UpdatedAt.UTC(),
	}
}

// ListAPIKeys answers with the bank's keys, without secrets.
func (s *Server) ListAPIKeys(ctx context.Context, r ListAPIKeysRequestObject) (ListAPIKeysResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	keys, next, err := s.Banks.ListKeys(ctx, bankOf(ctx), p)
	return ListAPIKeys200JSONResponse{Items: list(keys, showKey), NextCursor: given(next)}, err
}

// CreateAPIKey makes a key; its secret is shown once.
func (s *Server) CreateAPIKey(ctx context.Context, r CreateAPIKeyRequestObject) (CreateAPIKeyResponseObject, error) {
	if zero(r.Body.Kind) == TwilioVerify {
		key, secret, err := s.Banks.CreateAuthToken(ctx, bankOf(ctx), r.Body.Name, words[Scope, string](r.Body.Scopes))
		return CreateAPIKey201JSONResponse{
			Key: showKey(key), Secret: &secret, AccountSid: new(verifyv2.AccountSID(bankOf(ctx))), KeySid: new(verifyv2.KeySID(key.ID)),
		}, err
	}
	key, secret, err := s.Banks.CreateKey(ctx, bankOf(ctx), r.Body.Name, words[Scope, string](r.Body.Scopes))
	return CreateAPIKey201JSONResponse{Key: showKey(key), Secret: &secret}, err
}

// RevokeAPIKey ends a key.
func (s *Server) RevokeAPIKey(ctx context.Context, r RevokeAPIKeyRequestObject) (RevokeAPIKeyResponseObject, error) {
	return RevokeAPIKey204Response{}, s.Banks.RevokeKey(ctx, bankOf(ctx), r.KeyID)
}

func showKey(k banks.Key) APIKey {
	return APIKey{
		ID: k.ID, Name: k.Name, Hint: k.Hint, Scopes: words[string, Scope](k.Scopes),
		CreatedAt: k.CreatedAt.UTC(), LastUsedAt: givenTime(k.LastUsedAt), RevokedAt: givenTime(k.RevokedAt),
	}
}
