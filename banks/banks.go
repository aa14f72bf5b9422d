package banks

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Bank is a tenant.
type Bank struct {
	ID        uuid.UUID
	Slug      string // names it in URLs and at sign-in: a-z, 0-9 and -, at most 63
	Name      string // shown to customers
	Settings  Settings
	CreatedAt time.Time
}

// NewBank is a bank to create.
type NewBank struct {
	Slug     string
	Name     string
	Settings Settings
}

var slugShape = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`) // as the constraint banks_slug_shape

// Create adds a bank. It is a Conflict when the slug is taken.
func (s *Service) Create(ctx context.Context, n NewBank) (Bank, error) {
	if !slugShape.MatchString(n.Slug) {
		return Bank{}, visavis.InvalidField("slug", "a-z, 0-9 and -, at most 63 characters, not beginning with -")
	}
	name, err := CleanName("name", n.Name)
	if err != nil {
		return Bank{}, err
	}
	if err := n.Settings.validate(); err != nil {
		return Bank{}, err
	}
	settings, err := json.Marshal(n.Settings)
	if err != nil {
		return Bank{}, wrap("create bank", err)
	}
	bank := Bank{ID: uuid.Must(uuid.NewV7()), Slug: n.Slug, Name: name, Settings: n.Settings, CreatedAt: s.Now().UTC().Truncate(time.Microsecond)}
	err = s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, `
			insert into banks (bank_id, slug, name, settings, created_at) values ($1, $2, $3, $4, $5)
			on conflict (slug) do nothing`, bank.ID, bank.Slug, bank.Name, settings, bank.CreatedAt)
		if err == nil && tag.RowsAffected() == 0 {
			err = visavis.Errorf(visavis.Conflict, "slug_taken", "there is a bank with this slug")
		}
		return err
	})
	if err != nil {
		return Bank{}, wrap("create bank", err)
	}
	return bank, nil
}

const bankColumns = `bank_id, slug, name, settings, created_at`

func scanBank(row pgx.CollectableRow) (Bank, error) {
	var b Bank
	err := row.Scan(&b.ID, &b.Slug, &b.Name, &b.Settings, &b.CreatedAt)
	return b, err
}

func oneBank(rows pgx.Rows, err error) (Bank, error) {
	if err != nil {
		return Bank{}, err
	}
	bank, err := pgx.CollectExactlyOneRow(rows, scanBank)
	if errors.Is(err, pgx.ErrNoRows) {
		return Bank{}, visavis.Errorf(visavis.NotFound, "bank_not_found", "there is no such bank")
	}
	return bank, err
}

// Get returns a bank; NotFound when there is none.
func (s *Service) Get(ctx context.Context, bankID uuid.UUID) (Bank, error) {
	var bank Bank
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		bank, err = s.GetTx(ctx, tx)
		return err
	})
	return bank, wrap("read bank", err)
}

// GetTx returns the transaction's bank.
func (s *Service) GetTx(ctx context.Context, tx *postgres.Tx) (Bank, error) {
	return oneBank(tx.Query(ctx, `select `+bankColumns+` from banks where bank_id = $1`, tx.BankID))
}

// SettingsTx returns the settings of the transaction's bank, defaults filled in.
func (s *Service) SettingsTx(ctx context.Context, tx *postgres.Tx) (Settings, error) {
	bank, err := s.GetTx(ctx, tx)
	return bank.Settings.WithDefaults(), wrap("read bank settings", err)
}

// QueueSettings is SettingsTx as a statement of a batch.
func QueueSettings(b *pgx.Batch, bankID uuid.UUID, into *Settings) {
	b.Queue(`select `+bankColumns+` from banks where bank_id = $1`, bankID).Query(func(rows pgx.Rows) error {
		bank, err := oneBank(rows, nil)
		*into = bank.Settings.WithDefaults()
		return err
	})
}

// BySlug returns the bank of that slug; NotFound when there is none.
func (s *Service) BySlug(ctx context.Context, slug string) (Bank, error) {
	var bank Bank
	err := s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) (err error) {
		bank, err = oneBank(tx.Query(ctx, `select `+bankColumns+` from banks where slug = $1`, slug))
		return err
	})
	return bank, wrap("find bank", err)
}

// All returns every bank, for the operator's commands and for jobs that go
// from bank to bank.
func (s *Service) All(ctx context.Context) ([]Bank, error) {
	var list []Bank
	err := s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select `+bankColumns+` from banks order by bank_id`)
		if err == nil {
			list, err = pgx.CollectRows(rows, scanBank)
		}
		return err
	})
	return list, wrap("list banks", err)
}

// Topic is woken after a bank's name or settings changed: who keeps them in
// memory reads them again.
const Topic = "banks"

// UpdateSettings replaces the bank's settings. WebhookAllow opens the gateway's
// own network, so only the operator (no actor, or the system) changes it; from
// others a different value is Forbidden and nil means as it is.
func (s *Service) UpdateSettings(ctx context.Context, bankID uuid.UUID, settings Settings) (Bank, error) {
	var bank Bank
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		old, err := oneBank(tx.Query(ctx, `select `+bankColumns+` from banks where bank_id = $1 for update`, bankID))
		if err != nil {
			return err
		}
		if actor := visavis.ActorFrom(ctx); actor.Kind != "" && actor.Kind != visavis.ActorSystem {
			if settings.WebhookAllow == nil {
				settings.WebhookAllow = old.Settings.WebhookAllow
			} else if !slices.Equal(settings.WebhookAllow, old.Settings.WebhookAllow) {
				return visavis.Errorf(visavis.Forbidden, "operator_only", "webhook_allow is set by the gateway's operator")
			}
		}
		if err := settings.validate(); err != nil {
			return err
		}
		encoded, err := json.Marshal(settings)
		if err != nil {
			return err
		}
		bank, err = oneBank(tx.Query(ctx, `update banks set settings = $2 where bank_id = $1 returning `+bankColumns, bankID, encoded))
		if err != nil {
			return err
		}
		tx.Wake(Topic)
		_, err = events.AppendTx(ctx, tx, s.Now(), events.New{Type: "bank.updated", Object: "bank", ID: bankID})
		return err
	})
	if err != nil {
		return Bank{}, wrap("update bank settings", err)
	}
	return bank, nil
}

// Rename changes the name that customers see.
func (s *Service) Rename(ctx context.Context, bankID uuid.UUID, name string) (Bank, error) {
	name, err := CleanName("name", name)
	if err != nil {
		return Bank{}, err
	}
	var bank Bank
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		bank, err = oneBank(tx.Query(ctx, `update banks set name = $2 where bank_id = $1 returning `+bankColumns, bankID, name))
		if err != nil {
			return err
		}
		tx.Wake(Topic)
		_, err = events.AppendTx(ctx, tx, s.Now(), events.New{Type: "bank.updated", Object: "bank", ID: bankID})
		return err
	})
	if err != nil {
		return Bank{}, wrap("rename bank", err)
	}
	return bank, nil
}
