package banks

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// How long an agent stays signed in: a working day, and no longer than an hour
// without a request. An open console makes requests by itself.
const (
	SessionLife = 12 * time.Hour
	SessionIdle = time.Hour
	// touchEvery is how exactly the last request is remembered.
	touchEvery = time.Minute
)

// Failed sign-ins within SignInWindow before the next is refused unseen.
const (
	SignInsPerEmail   = 10
	SignInsPerAddress = 50
	SignInWindow      = 15 * time.Minute
)

// Session is an agent's fresh sign-in.
type Session struct {
	ID        uuid.UUID
	Token     string // for the cookie; only its hash is stored
	ExpiresAt time.Time
	Agent     Agent
	Bank      Bank
}

var errSignIn = visavis.Errorf(visavis.Unauthenticated, "wrong_credentials", "the e-mail address or the password is wrong")

// SignIn opens a session. bankSlug may be empty where the e-mail address and
// password fit one bank only; else it is a Conflict with code bank_required.
// Unknown address, wrong password, disabled agent and an invitation not yet
// accepted all answer alike and take alike long: Unauthenticated. Failures count
// against SignInsPerEmail and, per address, SignInsPerAddress, over all nodes;
// then TooMany with RetryAfter. A success takes its own count back.
func (s *Service) SignIn(ctx context.Context, email, password, bankSlug string, remote netip.Addr) (Session, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	// Counted before anything is looked at, so that parallel guesses do not
	// slip through. The order matters: a caller that is refused by address
	// must not use up the agent's own attempts.
	keys := []limitKey{
		{"sign-in address " + AddressKey(remote), SignInsPerAddress},
		{"sign-in e-mail " + email, SignInsPerEmail},
	}
	at := s.Now().UTC().Truncate(time.Microsecond)
	for _, key := range keys {
		if err := s.limitAt(ctx, key.name, key.limit, SignInWindow, at); err != nil {
			if visavis.KindOf(err) == visavis.TooMany {
				s.Log.Warn("sign-in refused by limit", "remote", remote)
			}
			return Session{}, wrap("limit sign-in", err)
		}
	}
	found, err := s.signInCandidates(ctx, email, bankSlug)
	if err != nil {
		return Session{}, wrap("sign in", err)
	}
	agent, err := s.matchPassword(found, password)
	if err != nil {
		if visavis.KindOf(err) == visavis.Unauthenticated {
			s.Log.Info("sign-in failed", "remote", remote)
		}
		return Session{}, wrap("sign in", err)
	}
	session, err := s.openSession(ctx, agent.bankID, agent.id)
	if err != nil {
		return Session{}, wrap("sign in", err)
	}
	for _, key := range keys {
		if err := s.giveBack(ctx, key.name, at); err != nil {
			s.Log.Warn("sign-in count not given back", "error", err)
		}
	}
	return session, nil
}

type limitKey struct {
	name  string
	limit int
}

// AddressKey is what an address counts as in a limit: IPv6 callers own a /64.
func AddressKey(remote netip.Addr) string {
	remote = remote.Unmap().WithZone("")
	if remote.Is6() {
		if prefix, err := remote.Prefix(64); err == nil {
			return prefix.String()
		}
	}
	return remote.String()
}

type candidate struct {
	bankID, id uuid.UUID
	hash       *string
	enabled    bool
}

func (s *Service) signInCandidates(ctx context.Context, email, bankSlug string) ([]candidate, error) {
	var found []candidate
	err := s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select a.bank_id, a.id, a.password_hash, a.enabled from agents a join banks b on b.bank_id = a.bank_id
			where a.email = $1 and ($2 = '' or b.slug = $2) order by a.bank_id limit 10`, email, bankSlug)
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (candidate, error) {
			var c candidate
			err := row.Scan(&c.bankID, &c.id, &c.hash, &c.enabled)
			return c, err
		})
		return err
	})
	return found, err
}

func (s *Service) matchPassword(found []candidate, password string) (candidate, error) {
	if len(password) > 4*MaxPassword { // longer than any that can be set
		password = ""
	}
	if len(found) == 0 {
		found = []candidate{{}}
	}
	var matched []candidate
	for _, c := range found {
		hash := nobodysHash
		if c.hash != nil {
			hash = *c.hash
		}
		same, err := verifyPassword(password, hash)
		if err != nil {
			return candidate{}, err
		}
		if same && c.hash != nil && c.enabled {
			matched = append(matched, c)
		}
	}
	switch len(matched) {
	case 0:
		return candidate{}, errSignIn
	case 1:
		return matched[0], nil
	}
	return candidate{}, visavis.Errorf(visavis.Conflict, "bank_required", "several banks know this agent: name the bank")
}

func (s *Service) openSession(ctx context.Context, bankID, agentID uuid.UUID) (Session, error) {
	token, hash := newToken()
	now := s.Now().UTC().Truncate(time.Microsecond)
	session := Session{ID: uuid.Must(uuid.NewV7()), Token: token, ExpiresAt: now.Add(SessionLife)}
	ctx = visavis.WithActor(ctx, visavis.Actor{Kind: visavis.ActorAgent, BankID: bankID, ID: agentID})
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		// Locked, so that disabling the agent meanwhile finds the session.
		session.Agent, err = oneAgent(tx.Query(ctx, `
			select `+agentColumns+` from agents where bank_id = $1 and id = $2 and enabled for share`, bankID, agentID))
		if visavis.KindOf(err) == visavis.NotFound {
			return errSignIn
		}
		if err != nil {
			return err
		}
		if session.Bank, err = s.GetTx(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from agent_sessions where bank_id = $1 and agent_id = $2 and expires_at < $3`, bankID, agentID, now); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `
			insert into agent_sessions (bank_id, id, agent_id, token_hash, created_at, last_seen_at, expires_at)
			values ($1, $2, $3, $4, $5, $5, $6)`, bankID, session.ID, agentID, hash, now, session.ExpiresAt); err != nil {
			return err
		}
		return s.tell(ctx, tx, now, "agent.signed_in", agentID, nil)
	})
	return session, err
}

// AuthenticateSession returns the agent whose cookie holds the token, with the
// role of this moment. It is Unauthenticated when the session has ended: signed
// out, SessionLife or SessionIdle over, agent disabled.
func (s *Service) AuthenticateSession(ctx context.Context, token string) (visavis.Actor, error) {
	now := s.Now().UTC()
	actor := visavis.Actor{Kind: visavis.ActorAgent}
	var seen time.Time
	err := s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `
			select s.bank_id, s.id, s.agent_id, s.last_seen_at, a.role
			from agent_sessions s join agents a on a.bank_id = s.bank_id and a.id = s.agent_id
			where s.token_hash = $1 and a.enabled and s.expires_at > $2 and s.last_seen_at > $3`,
			hashToken(token), now, now.Add(-SessionIdle)).Scan(&actor.BankID, &actor.SessionID, &actor.ID, &seen, &actor.Role)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return visavis.Actor{}, visavis.Errorf(visavis.Unauthenticated, "session_ended", "the session has ended: sign in")
	}
	if err != nil {
		return visavis.Actor{}, wrap("read session", err)
	}
	if now.Sub(seen) >= touchEvery {
		err := s.DB.InBank(ctx, actor.BankID, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `
				update agent_sessions set last_seen_at = $3 where bank_id = $1 and id = $2 and last_seen_at < $3`, actor.BankID, actor.SessionID, now)
			return err
		})
		if err != nil {
			s.Log.Warn("session not touched", "bank", actor.BankID, "error", err)
		}
	}
	return actor, nil
}

// SignOut ends the session of the token; one that has ended already is no error.
func (s *Service) SignOut(ctx context.Context, token string) error {
	var bankID, id, agentID uuid.UUID
	err := s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select bank_id, id, agent_id from agent_sessions where token_hash = $1`, hashToken(token)).Scan(&bankID, &id, &agentID)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return wrap("sign out", err)
	}
	ctx = visavis.WithActor(ctx, visavis.Actor{Kind: visavis.ActorAgent, BankID: bankID, ID: agentID})
	return wrap("sign out", s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, `delete from agent_sessions where bank_id = $1 and id = $2`, bankID, id)
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		tx.Wake(AgentTopic(agentID))
		return s.tell(ctx, tx, s.Now(), "agent.signed_out", agentID, nil)
	}))
}
