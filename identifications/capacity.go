package identifications

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// rulesTx returns by which rules a case's times are booked: those of the
// scenario as the case began with it, for its customer.
func (s *Service) rulesTx(ctx context.Context, tx *postgres.Tx, ident Identification) (scheduling.Rules, error) {
	customer, err := s.banks.CustomerTx(ctx, tx, ident.CustomerID)
	if err != nil {
		return scheduling.Rules{}, err
	}
	settings, err := s.banks.SettingsTx(ctx, tx)
	if err != nil {
		return scheduling.Rules{}, err
	}
	r := ident.Scenario.Settings.RulesFor(customer, settings.DefaultTimeZone)
	r.ScenarioID = ident.ScenarioID
	return r, nil
}

// scenarioRulesTx is rulesTx for a case that does not exist yet, of a customer
// without needs.
func (s *Service) scenarioRulesTx(ctx context.Context, tx *postgres.Tx, sc Scenario) (scheduling.Rules, error) {
	settings, err := s.banks.SettingsTx(ctx, tx)
	r := sc.Settings.Rules()
	r.Zone, r.ScenarioID = settings.DefaultTimeZone, sc.ID
	return r, err
}

// ScenarioCapacity is the capacity of one scenario.
type ScenarioCapacity struct {
	Scenario  Scenario
	Intervals []scheduling.Capacity
}

// Capacity returns what the enabled scenarios, or the one named by slug or id,
// can take in steps of minutes by the clock of the bank's zone, which it returns
// too. See scheduling.Steps for the refusals.
func (s *Service) Capacity(ctx context.Context, bankID uuid.UUID, slugOrID string, from, to time.Time, minutes int) (all []ScenarioCapacity, zone string, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		all = nil
		settings, err := s.banks.SettingsTx(ctx, tx)
		if err != nil {
			return err
		}
		zone = settings.DefaultTimeZone
		location, err := time.LoadLocation(zone)
		if err != nil {
			return err
		}
		bounds, err := scheduling.Steps(from, to, location, minutes)
		if err != nil {
			return err
		}
		var list []Scenario
		if slugOrID != "" {
			sc, err := s.scenarioTx(ctx, tx, slugOrID)
			if err != nil {
				return err
			}
			list = []Scenario{sc}
		} else if list, err = s.scenariosTx(ctx, tx, `where bank_id = $1 and enabled order by slug`); err != nil {
			return err
		}
		for _, sc := range list {
			r, err := s.scenarioRulesTx(ctx, tx, sc)
			if err != nil {
				return err
			}
			intervals, err := s.scheduling.Capacity(ctx, bankID, r, bounds)
			if err != nil {
				return err
			}
			all = append(all, ScenarioCapacity{sc, intervals})
		}
		return nil
	})
	return all, zone, err
}

// Reseat seeks another agent's calendar for bookings that are without their
// agent, in order, and writes into each what became of it. None is dropped; those
// for whom nobody is free are the bank's to settle with the customer.
func (s *Service) Reseat(ctx context.Context, bankID uuid.UUID, conflicts []scheduling.Conflict) error {
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		for i := range conflicts {
			ident, err := s.lockTx(ctx, tx, conflicts[i].IdentificationID)
			if err != nil {
				return err
			}
			r, err := s.rulesTx(ctx, tx, ident)
			if err != nil {
				return err
			}
			if conflicts[i].Action, err = s.scheduling.ReseatTx(ctx, tx, conflicts[i].BookingID, r); err != nil {
				return err
			}
		}
		return nil
	})
}

// chooseAgent narrows rules to the agent whom a booking names; uuid.Nil = none.
func chooseAgent(r *scheduling.Rules, s Settings, agentID uuid.UUID) error {
	if agentID != uuid.Nil && !s.Capacity.ChooseAgent {
		return visavis.InvalidField("agent_id", "bookings of this scenario do not name their agent")
	}
	r.AgentID = agentID
	return nil
}

// AgentSlots is Slots (for a case) or ScenarioSlots (when id is uuid.Nil) in one
// agent's calendar, with the refusal of Book for a scenario that does not let
// bookings name their agent.
func (s *Service) AgentSlots(ctx context.Context, bankID, id uuid.UUID, slugOrID string, agentID uuid.UUID, from, to time.Time, limit int) ([]scheduling.Slot, error) {
	return s.slots(ctx, bankID, from, to, limit, func(ctx context.Context, tx *postgres.Tx) (r scheduling.Rules, err error) {
		var settings Settings
		if id != uuid.Nil {
			ident, err := s.GetTx(ctx, tx, id)
			if err != nil {
				return r, err
			}
			settings = ident.Scenario.Settings
			r, err = s.rulesTx(ctx, tx, ident)
			if err != nil {
				return r, err
			}
		} else {
			sc, err := s.scenarioTx(ctx, tx, slugOrID)
			if err != nil {
				return r, err
			}
			settings = sc.Settings
			if r, err = s.scenarioRulesTx(ctx, tx, sc); err != nil {
				return r, err
			}
		}
		return r, chooseAgent(&r, settings, agentID)
	})
}
