package banks

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// MaxAgentDevices is how many browsers an agent may be told in.
const MaxAgentDevices = 10

// AgentDevice is an agent's browser that is told of offers while nobody looks
// at the console.
type AgentDevice struct {
	ID        uuid.UUID
	AgentID   uuid.UUID
	Locale    string // of the words that it shows
	CreatedAt time.Time
}

// AddAgentDevice registers an agent's browser. A browser that the bank has
// already keeps its id and belongs to this agent from now on. It is a Conflict
// beyond MaxAgentDevices.
func (s *Service) AddAgentDevice(ctx context.Context, bankID, agentID uuid.UUID, sub Subscription, locale string) (AgentDevice, error) {
	if err := sub.check(); err != nil {
		return AgentDevice{}, err
	}
	locale, err := CanonicalLocale(locale)
	if err != nil {
		return AgentDevice{}, err
	}
	d := AgentDevice{AgentID: agentID, Locale: locale}
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, `select from agents where bank_id = $1 and id = $2 for update`, bankID, agentID); err != nil {
			return err
		}
		hash := hashToken(sub.Endpoint)
		var others int
		if err := tx.QueryRow(ctx, `select count(*) from agent_devices where bank_id = $1 and agent_id = $2 and endpoint_hash <> $3`,
			bankID, agentID, hash).Scan(&others); err != nil {
			return err
		}
		if others >= MaxAgentDevices {
			return visavis.Errorf(visavis.Conflict, "too_many_devices", "you have %d browsers, which is the most", MaxAgentDevices)
		}
		return tx.QueryRow(ctx, `
			insert into agent_devices (bank_id, id, agent_id, endpoint, endpoint_hash, p256dh, auth, locale, created_at, registered_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
			on conflict on constraint agent_devices_endpoint_key do update set agent_id = excluded.agent_id,
				p256dh = excluded.p256dh, auth = excluded.auth, locale = excluded.locale, registered_at = excluded.registered_at
			returning id, created_at`,
			bankID, uuid.Must(uuid.NewV7()), agentID, sub.Endpoint, hash, sub.P256dh, sub.Auth, locale, s.Now()).Scan(&d.ID, &d.CreatedAt)
	})
	return d, wrap("add agent's browser", err)
}

// RemoveAgentDevice forgets an agent's browser; NotFound when there is no such
// one of this agent.
func (s *Service) RemoveAgentDevice(ctx context.Context, bankID, agentID, id uuid.UUID) error {
	return wrap("remove agent's browser", s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, `delete from agent_devices where bank_id = $1 and agent_id = $2 and id = $3`, bankID, agentID, id)
		if err == nil && tag.RowsAffected() == 0 {
			return errDeviceNotFound()
		}
		return err
	}))
}

// AgentDevicesTx returns the ids of an agent's browsers.
func (s *Service) AgentDevicesTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID) ([]uuid.UUID, error) {
	rows, err := tx.Query(ctx, `select id from agent_devices where bank_id = $1 and agent_id = $2`, tx.BankID, agentID)
	if err != nil {
		return nil, wrap("read agent's browsers", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	return ids, wrap("read agent's browsers", err)
}

// AgentAddressTx returns where pushes for an agent's browser go, as
// Device.Address, and the language of its words; NotFound when it is gone.
func (s *Service) AgentAddressTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (address, locale string, err error) {
	err = tx.QueryRow(ctx, `select p256dh || ' ' || auth || ' ' || endpoint, locale from agent_devices where bank_id = $1 and id = $2`,
		tx.BankID, id).Scan(&address, &locale)
	if err == pgx.ErrNoRows {
		return "", "", errDeviceNotFound()
	}
	return address, locale, wrap("read agent's browser", err)
}

// DropAgentDeviceTx forgets an agent's browser that the push service no longer
// knows, unless it was registered again after that was so.
func (s *Service) DropAgentDeviceTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, since time.Time) error {
	_, err := tx.Exec(ctx, `delete from agent_devices where bank_id = $1 and id = $2 and registered_at <= $3`, tx.BankID, id, since)
	return wrap("drop agent's browser", err)
}
