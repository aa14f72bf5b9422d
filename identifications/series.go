package identifications

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// seriesHorizon is how far ahead a series may reach, whatever the scenario's
// horizon is: a person at the bank, or its program, makes it.
const seriesHorizon = 366 * 24 * time.Hour

// Callback is one time of a series: its case and booking, or why there is none.
type Callback struct {
	Wall    string    // what the clock shows, such as 2027-03-14T09:30
	Start   time.Time // zero where there is no such time
	Booking *scheduling.Booking
	Err     error
}

// BookSeries books recurring callbacks for a customer, each with a case of its
// own. What one of them meets (the time is taken, or does not exist when the
// clocks are changed) is told there and leaves the others alone. Invalid for an
// unknown customer or scenario, for a rule that is none, and (field agent_id) for an
// agent whom nobody can be booked with, or whom the scenario does not let bookings name.
func (s *Service) BookSeries(ctx context.Context, bankID, customerID uuid.UUID, scenario string, rule scheduling.SeriesRule, o BookOptions) (series scheduling.Series, all []Callback, err error) {
	times, err := rule.Occurrences()
	if err != nil {
		return series, nil, err
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		all = nil
		if _, err := s.banks.Customer(ctx, bankID, customerID); visavis.KindOf(err) == visavis.NotFound {
			return visavis.InvalidField("customer_id", "there is no such customer")
		} else if err != nil {
			return err
		}
		sc, err := s.scenarioTx(ctx, tx, scenario)
		if visavis.KindOf(err) == visavis.NotFound {
			return visavis.InvalidField("scenario", "there is no such scenario")
		} else if err != nil {
			return err
		}
		if err := s.seriesAgentTx(ctx, tx, sc, rule.AgentID); err != nil {
			return err
		}
		series, err = s.scheduling.NewSeriesTx(ctx, tx, scheduling.Series{CustomerID: customerID, ScenarioID: sc.ID, Rule: rule})
		if err != nil {
			return err
		}
		for _, at := range times {
			c := Callback{Wall: at.Wall, Start: at.Start, Err: at.Err}
			if c.Err == nil {
				c.Err = tx.Savepoint(ctx, func(ctx context.Context) error {
					b, err := s.bookOneTx(ctx, tx, series, sc, at.Start, rule.TimeZone, o)
					c.Booking = &b
					return err
				})
			}
			if c.Err != nil {
				c.Booking = nil
				if visavis.KindOf(c.Err) == visavis.Internal {
					return c.Err
				}
			}
			all = append(all, c)
		}
		return nil
	})
	return series, all, err
}

// seriesAgentTx refuses an agent whom the bookings of a series cannot name.
func (s *Service) seriesAgentTx(ctx context.Context, tx *postgres.Tx, sc Scenario, agentID uuid.UUID) error {
	if agentID == uuid.Nil {
		return nil
	}
	if err := chooseAgent(&scheduling.Rules{}, sc.Settings, agentID); err != nil {
		return err
	}
	agent, err := s.banks.Agent(postgres.WithTx(ctx, tx), tx.BankID, agentID)
	if visavis.KindOf(err) == visavis.NotFound || err == nil && !agent.Enabled {
		return visavis.InvalidField("agent_id", "there is no such agent")
	}
	return err
}

// bookOneTx opens a case for one occurrence and books it.
func (s *Service) bookOneTx(ctx context.Context, tx *postgres.Tx, series scheduling.Series, sc Scenario, start time.Time, zone string, o BookOptions) (b scheduling.Booking, err error) {
	created, _, err := s.Create(ctx, tx.BankID, NewIdentification{CustomerID: series.CustomerID, Scenario: sc.ID.String(), Reference: o.Reference, Metadata: o.Metadata})
	if err != nil {
		return b, err
	}
	rules, err := s.rulesTx(ctx, tx, created)
	if err != nil {
		return b, err
	}
	rules.Horizon = max(rules.Horizon, seriesHorizon)
	rules.AgentID = series.Rule.AgentID // as seriesAgentTx allowed
	return s.scheduling.BookTx(ctx, tx, scheduling.NewBooking{
		IdentificationID: created.ID, CustomerID: series.CustomerID, ScenarioID: sc.ID, Start: start, Rules: rules,
		TimeZone: zone, Reference: o.Reference, Metadata: o.Metadata, SeriesID: series.ID,
	})
}

// Series returns a series and its bookings.
func (s *Service) Series(ctx context.Context, bankID, id uuid.UUID) (series scheduling.Series, all []scheduling.Booking, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		series, all, err = s.scheduling.SeriesTx(ctx, tx, id)
		return err
	})
	return series, all, err
}

// CancelSeries ends what is still ahead of a series, with its cases. Doing it
// again changes nothing.
func (s *Service) CancelSeries(ctx context.Context, bankID, id uuid.UUID, reason string) (series scheduling.Series, all []scheduling.Booking, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if series, all, err = s.scheduling.SeriesTx(ctx, tx, id); err != nil {
			return err
		}
		for _, b := range all {
			if b.State == scheduling.Confirmed {
				if _, err := s.Cancel(ctx, bankID, b.IdentificationID, reason); err != nil {
					return err
				}
			}
		}
		series, all, err = s.scheduling.SeriesTx(ctx, tx, id)
		return err
	})
	return series, all, err
}
