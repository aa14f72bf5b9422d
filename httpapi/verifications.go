package httpapi

import (
	"context"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/otp"
)

// purposeAPI is of verifications that the bank's program starts and checks.
const purposeAPI = "api"

// StartVerification sends a code for the bank's own purposes.
func (s *Server) StartVerification(ctx context.Context, r StartVerificationRequestObject) (StartVerificationResponseObject, error) {
	b := r.Body
	if (b.CustomerID == nil) == (b.Phone == nil) {
		return nil, visavis.InvalidField("customer_id", "give either customer_id or phone")
	}
	start := otp.StartRequest{
		CustomerID: zero(b.CustomerID), Purpose: purposeAPI, Way: otp.Way(zero(b.Channel)),
		Locale: zero(b.Locale), Reference: zero(b.Reference), Metadata: zero(b.Metadata),
	}
	if b.Locale != nil {
		locale, err := banks.CanonicalLocale(*b.Locale)
		if err != nil {
			return nil, err
		}
		start.Locale = locale
	}
	if b.Phone != nil {
		phone, err := banks.CanonicalPhone(*b.Phone, zero(b.Region))
		if err != nil {
			return nil, err
		}
		start.Phone = phone
	}
	v, err := s.OTP.Start(ctx, bankOf(ctx), start)
	return StartVerification201JSONResponse(showVerification(ctx, v)), err
}

// GetVerification answers with a verification.
func (s *Server) GetVerification(ctx context.Context, r GetVerificationRequestObject) (GetVerificationResponseObject, error) {
	v, err := s.ownVerification(ctx, r.VerificationID)
	return GetVerification200JSONResponse(showVerification(ctx, v)), err
}

// CheckVerification compares a code.
func (s *Server) CheckVerification(ctx context.Context, r CheckVerificationRequestObject) (CheckVerificationResponseObject, error) {
	result, err := s.OTP.CheckOf(ctx, bankOf(ctx), r.VerificationID, r.Body.Code, purposeAPI)
	return CheckVerification200JSONResponse(showResult(result)), err
}

// ResendVerification sends the same code again.
func (s *Server) ResendVerification(ctx context.Context, r ResendVerificationRequestObject) (ResendVerificationResponseObject, error) {
	if _, err := s.ownVerification(ctx, r.VerificationID); err != nil {
		return nil, err
	}
	v, err := s.OTP.Resend(ctx, bankOf(ctx), r.VerificationID)
	return ResendVerification200JSONResponse(showVerification(ctx, v)), err
}

// CancelVerification makes the code worthless.
func (s *Server) CancelVerification(ctx context.Context, r CancelVerificationRequestObject) (CancelVerificationResponseObject, error) {
	if _, err := s.ownVerification(ctx, r.VerificationID); err != nil {
		return nil, err
	}
	v, err := s.OTP.Cancel(ctx, bankOf(ctx), r.VerificationID)
	return CancelVerification200JSONResponse(showVerification(ctx, v)), err
}

// ownVerification returns a verification that the bank's program started. Those
// of the visit page and of calls may be seen, for the message log, but neither
// checked nor sent again nor cancelled by a program.
func (s *Server) ownVerification(ctx context.Context, id uuid.UUID) (otp.Verification, error) {
	v, err := s.OTP.Get(ctx, bankOf(ctx), id)
	if err == nil && v.Purpose != purposeAPI && operationOf(ginContext(ctx)).ID != "getVerification" {
		return v, errNotFound
	}
	return v, err
}

func showVerification(ctx context.Context, v otp.Verification) Verification {
	return Verification{
		ID: v.ID, CustomerID: given(v.CustomerID), Phone: phoneFor(ctx, v.Phone), Purpose: VerificationPurpose(v.Purpose),
		State: VerificationState(v.State), AttemptsLeft: v.AttemptsLeft, NextSendAt: v.NextSendAt.UTC(), ExpiresAt: v.ExpiresAt.UTC(),
		Reference: given(v.Reference), Metadata: metadata(v.Metadata), CreatedAt: v.CreatedAt.UTC(),
	}
}

func showCode(v otp.Verification) CodeState {
	return CodeState{
		VerificationID: v.ID, State: VerificationState(v.State), AttemptsLeft: v.AttemptsLeft, NextSendAt: v.NextSendAt.UTC(),
		ExpiresAt: v.ExpiresAt.UTC(), PhoneMasked: new(banks.MaskPhone(v.Phone)),
	}
}

func showResult(r otp.Result) CheckResult {
	return CheckResult{
		Approved: r.Approved, State: VerificationState(r.State), AttemptsLeft: new(r.AttemptsLeft),
		NextSendAt: givenTime(&r.NextSendAt), ExpiresAt: givenTime(&r.ExpiresAt),
	}
}
