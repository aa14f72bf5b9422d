package banks

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// CustomerSessionLife is how long a visit session lasts. It does not end with
// its link: a call outlives the link that it was answered by.
const CustomerSessionLife = 12 * time.Hour

// CustomerSession is a customer's fresh session on the visit page.
type CustomerSession struct {
	ID               uuid.UUID
	Token            string // for the cookie; only its hash is stored
	Link             Link   // it was opened with; zero after recovery by phone and code
	BankID           uuid.UUID
	CustomerID       uuid.UUID
	IdentificationID uuid.UUID
	Scopes           []string // purposes, see LinkPurpose
	Proved           bool     // possession of the phone number, in this session
	ExpiresAt        time.Time
}

// OpenCustomerSession exchanges a link's token for a session whose only scope is
// the link's purpose, not proved. Errors are ResolveLink's.
func (s *Service) OpenCustomerSession(ctx context.Context, token string) (CustomerSession, error) {
	link, err := s.ResolveLink(ctx, token)
	if err != nil {
		return CustomerSession{Link: link}, err
	}
	var session CustomerSession
	err = s.DB.InBank(ctx, link.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, `
			update links set first_used_at = $3 where bank_id = $1 and id = $2 and first_used_at is null`, link.BankID, link.ID, s.Now()); err != nil {
			return err
		}
		session, err = s.newSessionTx(ctx, tx, link.CustomerID, link.IdentificationID, []string{string(link.Purpose)}, false, link.ID)
		session.Link = link
		return err
	})
	if err != nil {
		return CustomerSession{}, wrap("open customer session", err)
	}
	return session, nil
}

// NewCustomerSessionTx opens a session, proved, for a customer who has just
// proved the phone number by a code without a link (recovery).
func (s *Service) NewCustomerSessionTx(ctx context.Context, tx *postgres.Tx, customerID, identificationID uuid.UUID) (CustomerSession, error) {
	session, err := s.newSessionTx(ctx, tx, customerID, identificationID, []string{string(LinkVisit), string(LinkManage)}, true, uuid.Nil)
	return session, wrap("open customer session", err)
}

func (s *Service) newSessionTx(ctx context.Context, tx *postgres.Tx, customerID, identificationID uuid.UUID, scopes []string, proved bool, linkID uuid.UUID) (CustomerSession, error) {
	token, hash := newToken()
	now := s.Now().UTC().Truncate(time.Microsecond)
	session := CustomerSession{
		ID: uuid.Must(uuid.NewV7()), Token: token, BankID: tx.BankID, CustomerID: customerID, IdentificationID: identificationID,
		Scopes: scopes, Proved: proved, ExpiresAt: now.Add(CustomerSessionLife),
	}
	var provedAt *time.Time
	if proved {
		provedAt = &now
	}
	if _, err := tx.Exec(ctx, `
		delete from customer_sessions where bank_id = $1 and customer_id = $2 and expires_at < $3`, tx.BankID, customerID, now); err != nil {
		return CustomerSession{}, err
	}
	_, err := tx.Exec(ctx, `
		insert into customer_sessions (bank_id, id, token_hash, customer_id, identification_id, scopes, proved_at, created_at, expires_at, link_id)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.BankID, session.ID, hash, customerID, identificationID, scopes, provedAt, now, session.ExpiresAt, optional(linkID))
	return session, err
}

// AuthenticateCustomer returns the customer whose cookie holds the token;
// Unauthenticated when the session has ended.
func (s *Service) AuthenticateCustomer(ctx context.Context, token string) (visavis.Actor, error) {
	actor := visavis.Actor{Kind: visavis.ActorCustomer}
	var link *uuid.UUID
	err := s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `
			select bank_id, id, customer_id, identification_id, scopes, proved_at is not null, link_id from customer_sessions
			where token_hash = $1 and expires_at > $2`, hashToken(token), s.Now()).
			Scan(&actor.BankID, &actor.SessionID, &actor.ID, &actor.IdentificationID, &actor.Scopes, &actor.Proved, &link)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return visavis.Actor{}, visavis.Errorf(visavis.Unauthenticated, "session_ended", "the session has ended: open the link again")
	}
	if err != nil {
		return visavis.Actor{}, wrap("read customer session", err)
	}
	actor.LinkID = orNil(link)
	return actor, nil
}

// ProveSessionTx notes that the customer proved the phone number in this
// session. NotFound when the session is not the bank's or has ended.
func (s *Service) ProveSessionTx(ctx context.Context, tx *postgres.Tx, sessionID uuid.UUID) error {
	now := s.Now()
	tag, err := tx.Exec(ctx, `
		update customer_sessions set proved_at = $3 where bank_id = $1 and id = $2 and expires_at > $3`, tx.BankID, sessionID, now)
	if err == nil && tag.RowsAffected() == 0 {
		err = visavis.Errorf(visavis.NotFound, "session_ended", "the session has ended: open the link again")
	}
	return wrap("prove customer session", err)
}

// CloseCustomerSession ends the session of the token; one that has ended is no error.
func (s *Service) CloseCustomerSession(ctx context.Context, token string) error {
	actor, err := s.AuthenticateCustomer(ctx, token)
	if visavis.KindOf(err) == visavis.Unauthenticated {
		return nil
	}
	if err != nil {
		return err
	}
	return wrap("close customer session", s.DB.InBank(ctx, actor.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `delete from customer_sessions where bank_id = $1 and id = $2`, actor.BankID, actor.SessionID)
		return err
	}))
}
