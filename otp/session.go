package otp

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// SessionRequest asks for a verified session on approval.
type SessionRequest struct {
	Scope   []string // what it is good for, such as "visit", "call", "ivr", "chat"; 1 to 10
	Minutes int      // its life, 1 to 720; 0 = 15
}

const (
	maxSessionMinutes = 720
	sessionIssuer     = "visavis"
	macSession        = "otp session key"
)

func (r *SessionRequest) check(customerID uuid.UUID) error {
	if customerID == uuid.Nil {
		return visavis.InvalidField("session", "needs a customer")
	}
	if len(r.Scope) == 0 || len(r.Scope) > 10 {
		return visavis.InvalidField("session.scope", "1 to 10 scopes")
	}
	for _, scope := range r.Scope {
		if scope == "" || len(scope) > 32 || strings.Trim(scope, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
			return visavis.InvalidField("session.scope", "each has 1 to 32 of a-z, 0-9, _ and -")
		}
	}
	if r.Minutes < 0 || r.Minutes > maxSessionMinutes {
		return visavis.InvalidField("session.minutes", "between 1 and %d", maxSessionMinutes)
	}
	if r.Minutes == 0 {
		r.Minutes = 15
	}
	return nil
}

// Token is a verified session's, as it is given out once.
type Token struct {
	Token     string // a JWT (RFC 7519), HS256 under a key of the bank's that is derived from the master key
	ID        uuid.UUID
	ExpiresAt time.Time
}

// Session is what a verified session's token stands for.
type Session struct {
	ID         uuid.UUID // jti
	CustomerID uuid.UUID
	Scope      []string
	Ways       []Way // that proved it (amr)
	CreatedAt  time.Time
	ExpiresAt  time.Time
	RevokedAt  *time.Time
}

type claims struct {
	Scope string `json:"scope"` // space-separated (RFC 8693)
	AMR   []Way  `json:"amr"`   // RFC 8176
	jwt.RegisteredClaims
}

// sessionTx opens a session that a verification has proved.
func (s *Service) sessionTx(ctx context.Context, tx *postgres.Tx, customerID, verificationID uuid.UUID, scopes []string, minutes int, way Way) (*Token, error) {
	now := s.now()
	t := &Token{ID: uuid.Must(uuid.NewV7()), ExpiresAt: now.Add(time.Duration(max(minutes, 1)) * time.Minute)}
	_, err := tx.Exec(ctx, `
		insert into verified_sessions (bank_id, id, customer_id, verification_id, scopes, amr, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tx.BankID, t.ID, customerID, verificationID, scopes, []string{string(way)}, now, t.ExpiresAt)
	if err != nil {
		return nil, fmt.Errorf("open verified session: %w", err)
	}
	t.Token, err = jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		Scope: strings.Join(scopes, " "), AMR: []Way{way},
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: sessionIssuer, Audience: jwt.ClaimStrings{tx.BankID.String()}, Subject: customerID.String(), ID: t.ID.String(),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(t.ExpiresAt),
		},
	}).SignedString(s.Keys.MACs(macSession, tx.BankID[:])[0])
	if err != nil {
		return nil, fmt.Errorf("sign verified session: %w", err)
	}
	return t, nil
}

var errNoSession = visavis.Errorf(visavis.Unauthenticated, "session_not_valid", "the verified session is not valid: it has ended, or is for something else")

// Session returns the session of a token when it is the bank's, stands, and has
// the scope ("" = any); else Unauthenticated (session_not_valid), alike for all
// reasons. IVR, chat and calls take a customer who has one without a new code.
func (s *Service) Session(ctx context.Context, bankID uuid.UUID, token, scope string) (Session, error) {
	id, err := s.sessionID(bankID, token)
	if err != nil {
		return Session{}, err
	}
	session := Session{ID: id}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select customer_id, scopes, amr, created_at, expires_at, revoked_at from verified_sessions where bank_id = $1 and id = $2`, bankID, id).
			Scan(&session.CustomerID, &session.Scope, &session.Ways, &session.CreatedAt, &session.ExpiresAt, &session.RevokedAt)
	})
	if err == pgx.ErrNoRows {
		return Session{}, errNoSession
	}
	if err != nil {
		return Session{}, fmt.Errorf("read verified session: %w", err)
	}
	if session.RevokedAt != nil || !session.ExpiresAt.After(s.now()) || scope != "" && !slices.Contains(session.Scope, scope) {
		return Session{}, errNoSession
	}
	return session, nil
}

// sessionID verifies a token's signature, audience and time.
func (s *Service) sessionID(bankID uuid.UUID, token string) (uuid.UUID, error) {
	for _, key := range s.Keys.MACs(macSession, bankID[:]) {
		var c claims
		_, err := jwt.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return key, nil },
			jwt.WithValidMethods([]string{"HS256"}), jwt.WithAudience(bankID.String()), jwt.WithIssuer(sessionIssuer),
			jwt.WithExpirationRequired(), jwt.WithTimeFunc(s.now))
		if err != nil {
			continue
		}
		if id, err := uuid.Parse(c.ID); err == nil {
			return id, nil
		}
	}
	return uuid.Nil, errNoSession
}

// RevokeSession ends the session of a token; one that has ended is no error, a
// token that is not the bank's is Unauthenticated.
func (s *Service) RevokeSession(ctx context.Context, bankID uuid.UUID, token string) error {
	id, err := s.sessionID(bankID, token)
	if err != nil {
		return err
	}
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		now := s.now()
		tag, err := tx.Exec(ctx, `update verified_sessions set revoked_at = $3 where bank_id = $1 and id = $2 and revoked_at is null`, bankID, id, now)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		_, err = events.AppendTx(ctx, tx, now, events.New{Type: "verified_session.revoked", Object: "verified_session", ID: id})
		return err
	})
}
