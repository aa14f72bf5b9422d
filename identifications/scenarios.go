package identifications

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// The slugs of the scenarios that are shipped, one of each kind.
const (
	OpenAccount   = "open-account"
	GuideApp      = "guide-app"
	AdviseProduct = "advise-product"
)

//go:embed open-account.json guide-app.json advise-product.json
var shipped embed.FS

// DefaultScenario returns "open an account": slots every 5 minutes with 1
// minute's notice.
func DefaultScenario() Definition { return ShippedScenario(OpenAccount) }

// ShippedScenario returns a definition that is shipped, in six languages, by one
// of the slugs above. It panics for another.
func ShippedScenario(slug string) (d Definition) {
	raw, err := shipped.ReadFile(slug + ".json")
	if err == nil {
		err = json.Unmarshal(raw, &d)
	}
	if err != nil {
		panic(fmt.Sprintf("%s.json: %v", slug, err)) // a test reads them
	}
	return d.ofKind()
}

// CreateScenario adds a scenario to a bank. Invalid "invalid_scenario" names
// every fault of the definition by its path; Conflict "slug_taken".
func (s *Service) CreateScenario(ctx context.Context, bankID uuid.UUID, slug string, d Definition) (sc Scenario, err error) {
	if !slugShape.MatchString(slug) {
		return sc, visavis.InvalidField("slug", "must be lower-case letters, digits and -, at most 63")
	}
	d = d.ofKind()
	if err := d.check(); err != nil {
		return sc, err
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		id := uuid.Must(uuid.NewV7())
		tag, err := tx.Exec(ctx, `
			insert into scenarios (bank_id, id, slug, definition, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)
			on conflict (bank_id, slug) do nothing`, tx.BankID, id, slug, d, s.now())
		if err != nil {
			return fmt.Errorf("insert scenario: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return visavis.Errorf(visavis.Conflict, "slug_taken", "there is a scenario with this slug already")
		}
		if sc, err = s.scenarioTx(ctx, tx, id.String()); err != nil {
			return err
		}
		return s.appendScenarioTx(ctx, tx, "scenario.created", sc)
	})
	return sc, err
}

// ScenarioChanges is what UpdateScenario changes; nil = as it is.
type ScenarioChanges struct {
	Definition *Definition
	Enabled    *bool
}

// UpdateScenario changes a scenario, named by slug or id, and counts its
// version up. Cases that have begun keep the definition that they began with; once
// there is one the kind stays, so that what is counted and filtered by scenario is
// of one kind: Conflict "scenario_kind_fixed".
func (s *Service) UpdateScenario(ctx context.Context, bankID uuid.UUID, slugOrID string, c ScenarioChanges) (sc Scenario, err error) {
	if c.Definition != nil {
		d := c.Definition.ofKind()
		if err := d.check(); err != nil {
			return sc, err
		}
		c.Definition = &d
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if sc, err = s.scenarioTx(ctx, tx, slugOrID); err != nil {
			return err
		}
		if c.Definition != nil && c.Definition.Kind != sc.Kind {
			if err := kindFreeTx(ctx, tx, sc.ID); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `
			update scenarios set version = version + 1, definition = coalesce($3, definition), enabled = coalesce($4, enabled), updated_at = $5
			where bank_id = $1 and id = $2`, tx.BankID, sc.ID, c.Definition, c.Enabled, s.now())
		if err != nil {
			return fmt.Errorf("update scenario: %w", err)
		}
		if sc, err = s.scenarioTx(ctx, tx, sc.ID.String()); err != nil {
			return err
		}
		return s.appendScenarioTx(ctx, tx, "scenario.changed", sc)
	})
	return sc, err
}

// kindFreeTx refuses to change the kind of a scenario that cases have begun with.
// Its lock waits for cases that are being opened, which share one.
func kindFreeTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) error {
	var used bool
	if _, err := tx.Exec(ctx, `select from scenarios where bank_id = $1 and id = $2 for update`, tx.BankID, id); err != nil {
		return fmt.Errorf("lock scenario: %w", err)
	}
	if err := tx.QueryRow(ctx, `select exists (select from identifications where bank_id = $1 and scenario_id = $2)`, tx.BankID, id).Scan(&used); err != nil {
		return fmt.Errorf("look for cases: %w", err)
	}
	if used {
		return visavis.Errorf(visavis.Conflict, "scenario_kind_fixed", "cases have begun with this scenario, so its kind stays: make another scenario")
	}
	return nil
}

func (s *Service) appendScenarioTx(ctx context.Context, tx *postgres.Tx, event string, sc Scenario) error {
	_, err := events.AppendTx(ctx, tx, s.now(), events.New{
		Type: event, Object: "scenario", ID: sc.ID,
		Data: map[string]any{"slug": sc.Slug, "version": sc.Version, "enabled": sc.Enabled, "kind": sc.Kind},
	})
	return err
}

// Scenarios returns a bank's scenarios in the order in which they were made.
func (s *Service) Scenarios(ctx context.Context, bankID uuid.UUID) (list []Scenario, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		list, err = s.scenariosTx(ctx, tx, `where bank_id = $1 order by id`)
		return err
	})
	return list, err
}

// Scenario returns a scenario by slug or id; NotFound when there is none.
func (s *Service) Scenario(ctx context.Context, bankID uuid.UUID, slugOrID string) (sc Scenario, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		sc, err = s.scenarioTx(ctx, tx, slugOrID)
		return err
	})
	return sc, err
}

func (s *Service) scenarioTx(ctx context.Context, tx *postgres.Tx, slugOrID string) (Scenario, error) {
	where, arg := `where bank_id = $1 and slug = $2`, any(slugOrID)
	if id, err := uuid.Parse(slugOrID); err == nil {
		where, arg = `where bank_id = $1 and id = $2`, id
	}
	list, err := s.scenariosTx(ctx, tx, where, arg)
	if err != nil {
		return Scenario{}, err
	}
	if len(list) == 0 {
		return Scenario{}, visavis.Errorf(visavis.NotFound, "scenario_not_found", "there is no such scenario")
	}
	return list[0], nil
}

func (s *Service) scenariosTx(ctx context.Context, tx *postgres.Tx, where string, args ...any) ([]Scenario, error) {
	rows, err := tx.Query(ctx, `
		select bank_id, id, slug, version, enabled, created_at, updated_at, definition from scenarios `+where,
		append([]any{tx.BankID}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read scenarios: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (sc Scenario, err error) {
		err = row.Scan(&sc.BankID, &sc.ID, &sc.Slug, &sc.Version, &sc.Enabled, &sc.CreatedAt, &sc.UpdatedAt, &sc.Definition)
		sc.Definition = sc.Definition.ofKind() // one that was written before there were kinds
		return sc, err
	})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return nil, fmt.Errorf("read scenarios: %w", err)
	}
	return list, nil
}
