package httpapi

import (
	"context"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/otp"
)

// ListFactors answers with a customer's factors.
func (s *Server) ListFactors(ctx context.Context, r ListFactorsRequestObject) (ListFactorsResponseObject, error) {
	factors, err := s.OTP.Factors(ctx, bankOf(ctx), r.CustomerID)
	return ListFactors200JSONResponse{Items: list(factors, showFactor)}, err
}

// AddFactor adds an authenticator app or a device's key.
func (s *Server) AddFactor(ctx context.Context, r AddFactorRequestObject) (AddFactorResponseObject, error) {
	f, err := s.OTP.NewFactor(ctx, bankOf(ctx), r.CustomerID, otp.NewFactor{
		Kind: otp.Way(r.Body.Kind), Name: zero(r.Body.Name), DeviceID: zero(r.Body.DeviceID), PublicKey: zero(r.Body.PublicKey), Metadata: zero(r.Body.Metadata),
	})
	return AddFactor201JSONResponse{Factor: showFactor(f), URI: given(f.URI), Secret: given(f.Secret)}, err
}

// ConfirmFactor takes the proof that the customer holds it.
func (s *Server) ConfirmFactor(ctx context.Context, r ConfirmFactorRequestObject) (ConfirmFactorResponseObject, error) {
	f, err := s.OTP.ConfirmFactor(ctx, bankOf(ctx), r.CustomerID, r.FactorID, r.Body.Proof)
	return ConfirmFactor200JSONResponse(showFactor(f)), err
}

// RemoveFactor forgets a factor.
func (s *Server) RemoveFactor(ctx context.Context, r RemoveFactorRequestObject) (RemoveFactorResponseObject, error) {
	return RemoveFactor204Response{}, s.OTP.DeleteFactor(ctx, bankOf(ctx), r.CustomerID, r.FactorID)
}

// RebindCustomer forgets what counts against a customer's number.
func (s *Server) RebindCustomer(ctx context.Context, r RebindCustomerRequestObject) (RebindCustomerResponseObject, error) {
	c, err := s.Banks.Customer(ctx, bankOf(ctx), r.CustomerID)
	if err != nil {
		return nil, err
	}
	return RebindCustomer204Response{}, s.OTP.Rebind(ctx, bankOf(ctx), c.Phone, c.ID)
}

func showFactor(f otp.Factor) Factor {
	out := Factor{
		ID: f.ID, Kind: FactorKind(f.Kind), State: FactorStateUnverified, Name: f.Name, DeviceID: given(f.DeviceID), Challenge: given(f.Challenge),
		Metadata: metadata(f.Metadata), CreatedAt: f.CreatedAt.UTC(), ConfirmedAt: givenTime(f.ConfirmedAt), LastUsedAt: givenTime(f.LastUsedAt),
	}
	if f.Active {
		out.State = FactorStateActive
	}
	return out
}

// IntrospectSession says what a verified session stands for. What is not valid is
// an answer, not an error.
func (s *Server) IntrospectSession(ctx context.Context, r IntrospectSessionRequestObject) (IntrospectSessionResponseObject, error) {
	session, err := s.OTP.Session(ctx, bankOf(ctx), r.Body.Token, zero(r.Body.Scope))
	if visavis.KindOf(err) == visavis.Unauthenticated {
		return IntrospectSession200JSONResponse{Active: false}, nil
	}
	if err != nil {
		return nil, err
	}
	return IntrospectSession200JSONResponse{
		Active: true, ID: &session.ID, CustomerID: &session.CustomerID, Scope: session.Scope, Amr: words[otp.Way, VerificationWay](session.Ways),
		CreatedAt: givenTime(&session.CreatedAt), ExpiresAt: givenTime(&session.ExpiresAt),
	}, nil
}

// RevokeSession ends a verified session. A token that is not valid any more is
// as good as revoked.
func (s *Server) RevokeSession(ctx context.Context, r RevokeSessionRequestObject) (RevokeSessionResponseObject, error) {
	err := s.OTP.RevokeSession(ctx, bankOf(ctx), r.Body.Token)
	if visavis.KindOf(err) == visavis.Unauthenticated {
		err = nil
	}
	return RevokeSession204Response{}, err
}

// GetVerificationSettings answers with the bank's rules.
func (s *Server) GetVerificationSettings(ctx context.Context, _ GetVerificationSettingsRequestObject) (GetVerificationSettingsResponseObject, error) {
	settings, err := s.OTP.Settings(ctx, bankOf(ctx))
	return GetVerificationSettings200JSONResponse(showVerificationSettings(settings, "")), err
}

// SetVerificationSettings replaces the bank's rules.
func (s *Server) SetVerificationSettings(ctx context.Context, r SetVerificationSettingsRequestObject) (SetVerificationSettingsResponseObject, error) {
	b := r.Body
	settings, secret, err := s.OTP.UpdateSettings(ctx, bankOf(ctx), otp.Settings{
		Digits: zero(b.Digits), PaymentDigits: zero(b.PaymentDigits), LifeSeconds: zero(b.LifeSeconds), Preference: words[VerificationWay, otp.Way](b.Preference),
		FreezeHours: b.FreezeHours, HourlySends: zero(b.HourlySends), SprayingLimit: zero(b.SprayingLimit), FlashNumbers: b.FlashNumbers,
		RiskHook: zero(b.RiskHook), RiskFail: string(zero(b.RiskFail)),
	})
	if err != nil {
		return nil, err
	}
	return SetVerificationSettings200JSONResponse(showVerificationSettings(settings, secret)), nil
}

func showVerificationSettings(s otp.Settings, secret string) VerificationSettings {
	return VerificationSettings{
		Digits: s.Digits, PaymentDigits: s.PaymentDigits, LifeSeconds: s.LifeSeconds, Preference: words[otp.Way, VerificationWay](s.Preference),
		FreezeHours: or(s.FreezeHours, 0), HourlySends: s.HourlySends, SprayingLimit: s.SprayingLimit, FlashNumbers: list(s.FlashNumbers, func(n string) string { return n }),
		RiskHook: given(s.RiskHook), RiskFail: s.RiskFail, RiskSecret: given(secret),
	}
}
