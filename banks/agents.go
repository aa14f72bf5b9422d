package banks

import (
	"context"
	"errors"
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Agent is a person at the bank.
type Agent struct {
	ID        uuid.UUID
	Email     string // lower case, one agent of the bank
	Name      string // shown to customers in the call
	Role      visavis.Role
	Languages []string // of Locales; empty = not said
	Enabled   bool
	Invited   bool // true until a password has been set
	CreatedAt time.Time
	UpdatedAt time.Time
}

// NewAgent is an agent to create.
type NewAgent struct {
	Email     string
	Name      string
	Role      visavis.Role
	Languages []string
	// Password is for the demo bank only. Without one the agent gets in by
	// Invite and AcceptInvitation.
	Password string
}

// AgentChange changes what is not nil.
type AgentChange struct {
	Name      *string
	Role      *visavis.Role
	Languages *[]string
	Enabled   *bool // false ends the agent's sessions at once
}

// InvitationLife is how long an invitation can be accepted.
const InvitationLife = 72 * time.Hour

var roles = []visavis.Role{visavis.RoleAgent, visavis.RoleSupervisor, visavis.RoleAuditor, visavis.RoleAdministrator}

func cleanEmail(raw string) (string, error) {
	email := strings.ToLower(strings.TrimSpace(raw))
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || len(email) > 254 || strings.ContainsFunc(email, isHidden) {
		return "", visavis.InvalidField("email", "it is not an e-mail address")
	}
	return email, nil
}

func checkLanguages(languages []string) error {
	for _, l := range languages {
		if !slices.Contains(Locales, l) {
			return visavis.InvalidField("languages", "each is one of %s", strings.Join(Locales, ", "))
		}
	}
	if len(slices.Compact(slices.Sorted(slices.Values(languages)))) != len(languages) {
		return visavis.InvalidField("languages", "one is named twice")
	}
	return nil
}

func checkRole(role visavis.Role) error {
	if !slices.Contains(roles, role) {
		return visavis.InvalidField("role", "it is agent, supervisor, auditor or administrator")
	}
	return nil
}

// CreateAgent adds an agent. It is a Conflict when the bank has one with the
// same e-mail address.
func (s *Service) CreateAgent(ctx context.Context, bankID uuid.UUID, n NewAgent) (Agent, error) {
	email, err := cleanEmail(n.Email)
	if err != nil {
		return Agent{}, err
	}
	name, err := CleanName("name", n.Name)
	if err != nil {
		return Agent{}, err
	}
	if err := errors.Join(checkRole(n.Role), checkLanguages(n.Languages)); err != nil {
		return Agent{}, err
	}
	var hash *string
	if n.Password != "" {
		if err := checkPassword(n.Password); err != nil {
			return Agent{}, err
		}
		phc := hashPassword(n.Password)
		hash = &phc
	}
	var agent Agent
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		now := s.Now()
		agent, err = oneAgent(tx.Query(ctx, `
			insert into agents (bank_id, id, email, name, role, password_hash, languages, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
			on conflict on constraint agents_email_key do nothing returning `+agentColumns,
			bankID, uuid.Must(uuid.NewV7()), email, name, string(n.Role), hash, list(n.Languages), now))
		if visavis.KindOf(err) == visavis.NotFound {
			return visavis.Errorf(visavis.Conflict, "email_taken", "the bank has an agent with this e-mail address")
		}
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, now, "agent.created", agent.ID, map[string]any{"role": agent.Role})
	})
	if err != nil {
		return Agent{}, wrap("create agent", err)
	}
	return agent, nil
}

const agentColumns = `id, email, name, role, languages, enabled, password_hash is null, created_at, updated_at`

func scanAgent(row pgx.CollectableRow) (Agent, error) {
	var a Agent
	err := row.Scan(&a.ID, &a.Email, &a.Name, &a.Role, &a.Languages, &a.Enabled, &a.Invited, &a.CreatedAt, &a.UpdatedAt)
	return a, err
}

func oneAgent(rows pgx.Rows, err error) (Agent, error) {
	if err != nil {
		return Agent{}, err
	}
	agent, err := pgx.CollectExactlyOneRow(rows, scanAgent)
	if errors.Is(err, pgx.ErrNoRows) {
		return Agent{}, visavis.Errorf(visavis.NotFound, "agent_not_found", "there is no such agent")
	}
	return agent, err
}

// list makes nil an empty array.
func list(items []string) []string {
	if items == nil {
		return []string{}
	}
	return items
}

// tell appends an event about an object; the noun in its type is the object's kind.
func (s *Service) tell(ctx context.Context, tx *postgres.Tx, at time.Time, what string, id uuid.UUID, data map[string]any) error {
	object, _, _ := strings.Cut(what, ".")
	_, err := events.AppendTx(ctx, tx, at, events.New{Type: what, Object: object, ID: id, Data: data})
	return err
}

// ListAgents returns a page of the bank's agents, newest first, and the cursor
// of the next page ("" after the last).
func (s *Service) ListAgents(ctx context.Context, bankID uuid.UUID, page postgres.Page) (agents []Agent, next string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select `+agentColumns+` from agents where bank_id = $1 and ($2::uuid is null or id < $2)
			order by id desc limit $3`, bankID, page.After(), page.Size()+1)
		if err != nil {
			return err
		}
		agents, err = pgx.CollectRows(rows, scanAgent)
		agents, next = postgres.Cut(agents, page, func(a Agent) uuid.UUID { return a.ID })
		return err
	})
	return agents, next, wrap("list agents", err)
}

// Agent returns one of the bank's agents; NotFound when it has no such one.
func (s *Service) Agent(ctx context.Context, bankID, id uuid.UUID) (Agent, error) {
	var agent Agent
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		agent, err = oneAgent(tx.Query(ctx, `select `+agentColumns+` from agents where bank_id = $1 and id = $2`, bankID, id))
		return err
	})
	return agent, wrap("read agent", err)
}

// AgentTopic is woken when an agent has lost something at once: has been
// disabled, has got another role, or has signed out. Streams of the agent look at
// their session again then.
func AgentTopic(id uuid.UUID) string { return "agent:" + id.String() }

// UpdateAgent changes an agent. Disabling ends the agent's sessions with the
// same commit and appends agent.disabled; a change of role holds from the
// agent's next request on. Taking the last enabled administrator away from a
// bank is a Conflict (last_administrator): only the operator could help it then.
func (s *Service) UpdateAgent(ctx context.Context, bankID, id uuid.UUID, c AgentChange) (Agent, error) {
	var agent Agent
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if c.Role != nil || c.Enabled != nil {
			// Before the row, so that two who take an administrator away count one
			// after the other. Everyone who changes no access passes by.
			if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('visavis.administrators:' || $1::text, 0))`, bankID); err != nil {
				return err
			}
		}
		a, err := oneAgent(tx.Query(ctx, `select `+agentColumns+` from agents where bank_id = $1 and id = $2 for update`, bankID, id))
		if err != nil {
			return err
		}
		administers := a.Enabled && a.Role == visavis.RoleAdministrator
		what := "agent.updated"
		if c.Name != nil {
			if a.Name, err = CleanName("name", *c.Name); err != nil {
				return err
			}
		}
		if c.Role != nil {
			if err := checkRole(*c.Role); err != nil {
				return err
			}
			if a.Role != *c.Role {
				tx.Wake(AgentTopic(id))
			}
			a.Role = *c.Role
		}
		if c.Languages != nil {
			if err := checkLanguages(*c.Languages); err != nil {
				return err
			}
			a.Languages = *c.Languages
		}
		if c.Enabled != nil && *c.Enabled != a.Enabled {
			a.Enabled = *c.Enabled
			what = "agent.enabled"
			if !a.Enabled {
				what = "agent.disabled"
				tx.Wake(AgentTopic(id))
				for _, sql := range []string{
					`delete from agent_sessions where bank_id = $1 and agent_id = $2`,
					`delete from invitations where bank_id = $1 and agent_id = $2 and used_at is null`,
				} {
					if _, err := tx.Exec(ctx, sql, bankID, id); err != nil {
						return err
					}
				}
			}
		}
		if administers && !(a.Enabled && a.Role == visavis.RoleAdministrator) {
			if err := anotherAdministratorTx(ctx, tx, a); err != nil {
				return err
			}
		}
		now := s.Now()
		agent, err = oneAgent(tx.Query(ctx, `
			update agents set name = $3, role = $4, languages = $5, enabled = $6, updated_at = $7
			where bank_id = $1 and id = $2 returning `+agentColumns,
			bankID, id, a.Name, string(a.Role), list(a.Languages), a.Enabled, now))
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, now, what, id, map[string]any{"role": agent.Role, "enabled": agent.Enabled})
	})
	if err != nil {
		return Agent{}, wrap("update agent", err)
	}
	return agent, nil
}

// anotherAdministratorTx refuses when a bank has no enabled administrator
// besides one who is about to be none. For one who can sign in, an administrator
// who has been invited only is no replacement.
func anotherAdministratorTx(ctx context.Context, tx *postgres.Tx, last Agent) error {
	var another bool
	err := tx.QueryRow(ctx, `
		select exists (select from agents where bank_id = $1 and id <> $2 and role = $3 and enabled and ($4 or password_hash is not null))`,
		tx.BankID, last.ID, string(visavis.RoleAdministrator), last.Invited).Scan(&another)
	if err == nil && !another {
		return visavis.Errorf(visavis.Conflict, "last_administrator", "the bank has no other enabled administrator")
	}
	return err
}

// Invite returns a token, shown once, with which the agent sets a password
// within InvitationLife. Earlier invitations end; a password that is set stays
// valid until then. It is a Conflict when the agent is disabled.
func (s *Service) Invite(ctx context.Context, bankID, agentID uuid.UUID) (token string, expires time.Time, err error) {
	token, hash := newToken()
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		agent, err := oneAgent(tx.Query(ctx, `select `+agentColumns+` from agents where bank_id = $1 and id = $2 for update`, bankID, agentID))
		if err != nil {
			return err
		}
		if !agent.Enabled {
			return visavis.Errorf(visavis.Conflict, "agent_disabled", "the agent is disabled: enable the agent first")
		}
		if _, err := tx.Exec(ctx, `delete from invitations where bank_id = $1 and agent_id = $2 and used_at is null`, bankID, agentID); err != nil {
			return err
		}
		now := s.Now()
		expires = now.Add(InvitationLife).UTC().Truncate(time.Microsecond)
		if _, err := tx.Exec(ctx, `
			insert into invitations (bank_id, id, agent_id, token_hash, created_at, expires_at) values ($1, $2, $3, $4, $5, $6)`,
			bankID, uuid.Must(uuid.NewV7()), agentID, hash, now, expires); err != nil {
			return err
		}
		return s.tell(ctx, tx, now, "agent.invited", agentID, nil)
	})
	if err != nil {
		return "", time.Time{}, wrap("invite agent", err)
	}
	return token, expires, nil
}

// AcceptInvitation sets the password of the invited agent and ends sessions
// that were opened with an older one. A token works once: NotFound for one that
// was never given, Gone for one that was used, replaced or has expired.
func (s *Service) AcceptInvitation(ctx context.Context, token, password string) (Agent, error) {
	if err := checkPassword(password); err != nil {
		return Agent{}, err
	}
	var bankID uuid.UUID
	err := s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `select bank_id from invitations where token_hash = $1`, hashToken(token)).Scan(&bankID)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return Agent{}, visavis.Errorf(visavis.NotFound, "invitation_not_found", "there is no such invitation: ask for a new one")
	}
	if err != nil {
		return Agent{}, wrap("find invitation", err)
	}
	return s.AcceptInvitationOf(ctx, bankID, token, password)
}

// AcceptInvitationOf is AcceptInvitation where the bank is known; it joins the
// caller's transaction.
func (s *Service) AcceptInvitationOf(ctx context.Context, bankID uuid.UUID, token, password string) (Agent, error) {
	if err := checkPassword(password); err != nil {
		return Agent{}, err
	}
	phc := hashPassword(password)
	var agent Agent
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		now := s.Now()
		var id, agentID uuid.UUID
		err := tx.QueryRow(ctx, `select id, agent_id from invitations where bank_id = $1 and token_hash = $2`, bankID, hashToken(token)).Scan(&id, &agentID)
		if errors.Is(err, pgx.ErrNoRows) {
			return visavis.Errorf(visavis.NotFound, "invitation_not_found", "there is no such invitation: ask for a new one")
		}
		if err != nil {
			return err
		}
		ctx = visavis.WithActor(ctx, visavis.Actor{Kind: visavis.ActorAgent, BankID: bankID, ID: agentID})
		tag, err := tx.Exec(ctx, `
			update invitations set used_at = $3 where bank_id = $1 and id = $2 and used_at is null and expires_at > $3`, bankID, id, now)
		if err != nil {
			return err
		}
		gone := visavis.Errorf(visavis.Gone, "invitation_expired", "the invitation was used or has expired: ask for a new one")
		if tag.RowsAffected() == 0 {
			return gone
		}
		agent, err = oneAgent(tx.Query(ctx, `
			update agents set password_hash = $3, updated_at = $4
			where bank_id = $1 and id = $2 and enabled returning `+agentColumns, bankID, agentID, phc, now))
		if visavis.KindOf(err) == visavis.NotFound {
			return gone
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `delete from agent_sessions where bank_id = $1 and agent_id = $2`, bankID, agentID); err != nil {
			return err
		}
		return s.tell(ctx, tx, now, "agent.password_set", agentID, nil)
	})
	if err != nil {
		return Agent{}, wrap("accept invitation", err)
	}
	return agent, nil
}
