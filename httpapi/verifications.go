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

// StartVerification asks a customer for the bank's own purposes.
func (s *Server) StartVerification(ctx context.Context, r StartVerificationRequestObject) (StartVerificationResponseObject, error) {
	b := r.Body
	if (b.CustomerID == nil) == (b.Phone == nil) {
		return nil, visavis.InvalidField("customer_id", "give either customer_id or phone")
	}
	if b.Way != nil && b.Channel != nil {
		return nil, visavis.InvalidField("channel", "give either way or channel")
	}
	start := otp.StartRequest{
		CustomerID: zero(b.CustomerID), Purpose: purposeAPI, Way: otp.Way(or(b.Way, VerificationWay(zero(b.Channel)))), FactorID: zero(b.FactorID),
		Digits: zero(b.Digits), Locale: zero(b.Locale), Reference: zero(b.Reference), Metadata: zero(b.Metadata),
	}
	for _, step := range b.Workflow {
		start.Workflow = append(start.Workflow, otp.Step{Way: otp.Way(step.Way), Wait: zero(step.WaitSeconds)})
	}
	var err error
	if start.Payment, err = payment(b.Amount, b.Currency, b.Payee); err != nil {
		return nil, err
	}
	if b.Session != nil {
		start.Session = &otp.SessionRequest{Scope: b.Session.Scope, Minutes: zero(b.Session.Minutes)}
	}
	if b.Locale != nil {
		locale, err := banks.CanonicalLocale(*b.Locale)
		if err != nil {
			return nil, err
		}
		start.Locale = locale
	}
	if b.Phone != nil {
		if start.Phone, start.Region = *b.Phone, zero(b.Region); start.Phone == "" {
			return nil, visavis.InvalidField("phone", "must not be empty")
		}
	}
	v, err := s.OTP.Start(ctx, bankOf(ctx), start)
	return StartVerification201JSONResponse(showVerification(ctx, v)), err
}

// payment is what a code is linked to: all three or none.
func payment(amount, currency, payee *string) (*otp.Payment, error) {
	switch {
	case amount == nil && currency == nil && payee == nil:
		return nil, nil
	case amount == nil || currency == nil || payee == nil:
		return nil, visavis.InvalidField("amount", "amount, currency and payee go together")
	}
	return &otp.Payment{Amount: *amount, Currency: *currency, Payee: *payee}, nil
}

// GetVerification answers with a verification.
func (s *Server) GetVerification(ctx context.Context, r GetVerificationRequestObject) (GetVerificationResponseObject, error) {
	v, err := s.ownVerification(ctx, r.VerificationID)
	return GetVerification200JSONResponse(showVerification(ctx, v)), err
}

// ListVerifications answers with verifications, newest first.
func (s *Server) ListVerifications(ctx context.Context, r ListVerificationsRequestObject) (ListVerificationsResponseObject, error) {
	p, err := page(r.Params.Limit, r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	f := otp.Filter{CustomerID: zero(r.Params.CustomerID), Purpose: string(zero(r.Params.Purpose)), State: otp.State(zero(r.Params.State))}
	if r.Params.Phone != nil {
		if f.Phone, err = banks.CanonicalPhone(*r.Params.Phone, ""); err != nil { // no number finds nothing, as with customers
			return ListVerifications200JSONResponse{Items: []Verification{}}, nil
		}
	}
	all, next, err := s.OTP.List(ctx, bankOf(ctx), f, p)
	return ListVerifications200JSONResponse{
		Items: list(all, func(v otp.Verification) Verification { return showVerification(ctx, v) }), NextCursor: given(next),
	}, err
}

// CheckVerification compares a code.
func (s *Server) CheckVerification(ctx context.Context, r CheckVerificationRequestObject) (CheckVerificationResponseObject, error) {
	p, err := payment(r.Body.Amount, r.Body.Currency, r.Body.Payee)
	if err != nil {
		return nil, err
	}
	result, err := s.OTP.CheckWith(ctx, bankOf(ctx), r.VerificationID, otp.CheckRequest{Code: r.Body.Code, Purpose: purposeAPI, Payment: p}, nil)
	return CheckVerification200JSONResponse(showResult(result)), err
}

// ResendVerification sends the same code again.
func (s *Server) ResendVerification(ctx context.Context, r ResendVerificationRequestObject) (ResendVerificationResponseObject, error) {
	if _, err := s.ownVerification(ctx, r.VerificationID); err != nil {
		return nil, err
	}
	var way otp.Way
	if r.Body != nil {
		way = otp.Way(zero(r.Body.Way))
	}
	v, err := s.OTP.ResendBy(ctx, bankOf(ctx), r.VerificationID, way)
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

// DenyVerification ends one that the customer has not asked for, whatever its
// purpose: a bank that hears "this was not me" about a code of a call acts, too.
func (s *Server) DenyVerification(ctx context.Context, r DenyVerificationRequestObject) (DenyVerificationResponseObject, error) {
	v, err := s.OTP.Deny(ctx, bankOf(ctx), r.VerificationID)
	return DenyVerification200JSONResponse(showVerification(ctx, v)), err
}

// AnswerVerification takes a device's signed answer.
func (s *Server) AnswerVerification(ctx context.Context, r AnswerVerificationRequestObject) (AnswerVerificationResponseObject, error) {
	if _, err := s.ownVerification(ctx, r.VerificationID); err != nil {
		return nil, err
	}
	a := otp.Answer{FactorID: r.Body.FactorID, Approve: r.Body.Decision == Approve, Number: zero(r.Body.Number), Signature: r.Body.Signature}
	if a.Approve == (a.Number == 0) {
		return nil, visavis.InvalidField("number", "goes with approve, and only with it")
	}
	result, err := s.OTP.Answer(ctx, bankOf(ctx), r.VerificationID, a)
	return AnswerVerification200JSONResponse(showResult(result)), err
}

// ownVerification returns a verification that the bank's program started. Those
// of the visit page and of calls may be seen, for the message log, but neither
// checked nor sent again nor cancelled by a program; the bank's people may end them.
func (s *Server) ownVerification(ctx context.Context, id uuid.UUID) (otp.Verification, error) {
	v, err := s.OTP.Get(ctx, bankOf(ctx), id)
	if err == nil && v.Purpose != purposeAPI && is(ctx, visavis.ActorBank) && operationOf(ginContext(ctx)).ID != "getVerification" {
		return v, errNotFound
	}
	return v, err
}

func showVerification(ctx context.Context, v otp.Verification) Verification {
	out := Verification{
		ID: v.ID, CustomerID: given(v.CustomerID), Phone: phoneFor(ctx, v.Phone), Purpose: VerificationPurpose(v.Purpose),
		State: VerificationState(v.State), Reason: given(v.Reason), AttemptsLeft: v.AttemptsLeft, NextSendAt: v.NextSendAt.UTC(), ExpiresAt: v.ExpiresAt.UTC(),
		EndedAt: givenTime(v.EndedAt), Sends: new(v.Sends), Way: given(VerificationWay(v.Way)), Restricted: new(v.Restricted()), FactorID: given(v.FactorID),
		Amount: given(v.Payment.Amount), Currency: given(v.Payment.Currency), Payee: given(v.Payment.Payee),
		Reference: given(v.Reference), Metadata: metadata(v.Metadata), CreatedAt: v.CreatedAt.UTC(),
	}
	if v.Restricted() {
		out.Notice = new(otp.Notice)
	}
	if v.State == otp.Pending {
		out.Ways = showWays(v)
		if is(ctx, visavis.ActorBank) { // number matching is between the page and the device
			out.Number = given(v.Number)
			if len(v.Numbers) > 0 {
				out.Numbers = v.Numbers
			}
		}
	}
	return out
}

func showWays(v otp.Verification) []VerificationWayState {
	next := v.NextSend()
	var out []VerificationWayState
	for _, way := range []otp.Way{otp.Push, otp.TOTP, otp.SMS, otp.Voice, otp.Flash} {
		at, sent := next[way]
		if !sent && !containsWay(v.Ways, way) {
			continue
		}
		one := VerificationWayState{Way: VerificationWay(way), Restricted: way.Restricted()}
		if sent {
			one.NextSendAt = givenTime(&at)
		}
		out = append(out, one)
	}
	return out
}

func containsWay(ways []otp.Way, way otp.Way) bool {
	for _, w := range ways {
		if w == way {
			return true
		}
	}
	return false
}

func showCode(v otp.Verification) CodeState {
	var ways []VerificationWayState
	if v.State == otp.Pending {
		ways = showWays(v)
	}
	return CodeState{
		Way: given(VerificationWay(v.Way)), Ways: ways, Restricted: new(v.Restricted()),
		VerificationID: v.ID, State: VerificationState(v.State), AttemptsLeft: v.AttemptsLeft, NextSendAt: v.NextSendAt.UTC(),
		ExpiresAt: v.ExpiresAt.UTC(), PhoneMasked: new(banks.MaskPhone(v.Phone)),
	}
}

func showResult(r otp.Result) CheckResult {
	out := CheckResult{
		Approved: r.Approved, State: VerificationState(r.State), Reason: given(r.Reason), AttemptsLeft: new(r.AttemptsLeft),
		NextSendAt: givenTime(&r.NextSendAt), ExpiresAt: givenTime(&r.ExpiresAt),
	}
	if r.Session != nil {
		out.SessionToken, out.SessionExpiresAt = &r.Session.Token, givenTime(&r.Session.ExpiresAt)
	}
	return out
}
