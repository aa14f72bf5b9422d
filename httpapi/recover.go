package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/otp"
	"github.com/visavis/visavis/postgres"
)

const (
	recoverPurpose = "recover"
	// recoverTakes is how long an answer takes at least, so that its time does
	// not tell whether the number is known.
	recoverTakes = 300 * time.Millisecond
)

// recovery is what verification_id seals: which verification it is, if any.
// A stranger sees random bytes of one length either way.
type recovery struct{ bank, verification, customer, identification uuid.UUID }

func (s *Server) sealRecovery(r recovery) string {
	var plain []byte
	for _, id := range []uuid.UUID{r.bank, r.verification, r.customer, r.identification} {
		plain = append(plain, id[:]...)
	}
	return base64.RawURLEncoding.EncodeToString(s.Keyring.Seal("recovery", nil, plain))
}

func (s *Server) openRecovery(sealed string) (r recovery, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil {
		return r, false
	}
	plain, err := s.Keyring.Open("recovery", nil, raw)
	if err != nil || len(plain) != 64 {
		return r, false
	}
	for i, id := range []*uuid.UUID{&r.bank, &r.verification, &r.customer, &r.identification} {
		copy(id[:], plain[16*i:])
	}
	return r, true
}

// RecoverVisit sends a code to a customer whose link has expired. It answers
// alike, and in like time, whether the number is known or not.
func (s *Server) RecoverVisit(ctx context.Context, r RecoverVisitRequestObject) (RecoverVisitResponseObject, error) {
	enough := time.After(recoverTakes)
	if err := s.limitStranger(ctx, recoverPurpose); err != nil {
		return nil, err
	}
	phone, err := banks.CanonicalPhone(r.Body.Phone, zero(r.Body.Region))
	if err != nil {
		return nil, err
	}
	var bankID uuid.UUID
	switch {
	case r.Body.Bank != nil:
		bank, err := s.Banks.BySlug(ctx, *r.Body.Bank)
		if visavis.KindOf(err) == visavis.NotFound {
			return nil, visavis.InvalidField("bank", "there is no such bank")
		} else if err != nil {
			return nil, err
		}
		bankID = bank.ID
	case r.Body.Token != nil:
		link, err := s.Banks.ResolveLink(ctx, *r.Body.Token)
		if err != nil && visavis.KindOf(err) != visavis.Gone { // an expired link still names its bank
			return nil, err
		}
		bankID = link.BankID
	default:
		return nil, visavis.InvalidField("token", "give either token or bank")
	}
	if err := s.Banks.Limit(ctx, recoverPurpose+" "+bankID.String()+" "+phone, 5, 15*time.Minute); err != nil {
		return nil, err
	}
	found, err := s.startRecovery(ctx, bankID, phone)
	if err != nil {
		return nil, err
	}
	select {
	case <-enough:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	now := s.Now().UTC()
	return RecoverVisit202JSONResponse{
		VerificationID: s.sealRecovery(found), NextSendAt: now.Add(30 * time.Second), ExpiresAt: now.Add(otp.Life),
	}, nil
}

// startRecovery sends the code when the number has an open case and may be sent
// one; else the recovery names a verification that does not exist.
func (s *Server) startRecovery(ctx context.Context, bankID uuid.UUID, phone string) (recovery, error) {
	found := recovery{bank: bankID}
	_, _ = rand.Read(found.verification[:])
	ctx = visavis.WithActor(ctx, visavis.System(bankID))
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		customers, err := s.Banks.CustomersByPhoneTx(ctx, tx, phone)
		if err != nil {
			return err
		}
		for _, c := range customers {
			cases, _, err := s.Identifications.List(ctx, bankID, identifications.Filter{
				CustomerID: c.ID, States: []identifications.State{identifications.Open},
			}, postgres.Page{Limit: 1})
			if err != nil {
				return err
			}
			if len(cases) == 0 {
				continue
			}
			var v otp.Verification
			err = tx.Savepoint(ctx, func(ctx context.Context) error {
				v, err = s.OTP.StartTx(ctx, tx, otp.StartRequest{CustomerID: c.ID, Purpose: recoverPurpose, BoundTo: cases[0].ID})
				return err
			})
			if err != nil && internal(err) {
				return err
			}
			if err != nil { // too many, changed lately, a country that is not served: each would tell, too
				return nil
			}
			found.verification, found.customer, found.identification = v.ID, c.ID, cases[0].ID
			return nil
		}
		return nil
	})
	return found, err
}

// CheckRecovery opens a session by code. Every failure answers alike.
func (s *Server) CheckRecovery(ctx context.Context, r CheckRecoveryRequestObject) (CheckRecoveryResponseObject, error) {
	enough := time.After(recoverTakes)
	if err := s.limitStranger(ctx, "recover check"); err != nil {
		return nil, err
	}
	if err := s.Banks.Limit(ctx, "recover check "+r.Body.VerificationID, otp.MaxChecks, otp.Life); err != nil {
		return nil, err
	}
	wrong := CheckRecovery200JSONResponse{Result: CheckResult{State: VerificationStatePending}}
	found, ok := s.openRecovery(r.Body.VerificationID)
	if !ok {
		return wrong, nil
	}
	var session banks.CustomerSession
	result, err := s.OTP.CheckAnd(visavis.WithActor(ctx, visavis.System(found.bank)), found.bank, found.verification, r.Body.Code, found.identification,
		func(ctx context.Context, tx *postgres.Tx) (err error) {
			session, err = s.Banks.NewCustomerSessionTx(ctx, tx, found.customer, found.identification)
			return err
		})
	if err != nil && internal(err) {
		return nil, err
	}
	if err != nil || !result.Approved {
		select {
		case <-enough:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return wrong, nil
	}
	out, err := s.openSession(ctx, session)
	if err != nil {
		return nil, err
	}
	return CheckRecovery200JSONResponse{Result: showResult(result), Visit: &out}, nil
}
