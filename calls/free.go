package calls

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Callers are people on the telephone whom an agent will be wanted for.
type Callers struct {
	Scenario string // slug of the case that they are handed over for; "" = whoever is ready will do
	Locale   string // their language; "" = not known, which every agent speaks
}

// FreeAgentsTx returns whom the queue would offer such callers at once, were they
// to enter it now: who is ready, is reached by telephone, and has the skills and
// languages of the scenario. Callers whom nobody could serve, or whose scenario
// does not exist or is closed, have none. For diallers, which call no more people
// than can be served.
func (s *Service) FreeAgentsTx(ctx context.Context, tx *postgres.Tx, of []Callers) (map[Callers][]uuid.UUID, error) {
	working, err := s.workersTx(ctx, tx)
	if err != nil {
		return nil, fmt.Errorf("find free agents: %w", err)
	}
	now, free, known := s.Now(), map[Callers][]uuid.UUID{}, map[string]*rules{}
	for _, c := range of {
		fit := working
		if c.Scenario != "" {
			r, seen := known[c.Scenario]
			if !seen {
				sc, err := s.Identifications.Scenario(ctx, tx.BankID, c.Scenario)
				if err != nil && visavis.KindOf(err) != visavis.NotFound {
					return nil, fmt.Errorf("find free agents: %w", err)
				}
				if err == nil && sc.Enabled {
					of := rulesOf(sc.Settings)
					r = &of
				}
				known[c.Scenario] = r
			}
			if fit = nil; r != nil {
				fit = Entry{EnteredAt: now, Locale: c.Locale, PhoneCallID: &uuid.Nil}.fit(*r, working, now)
			}
		}
		free[c] = nil
		for _, w := range fit {
			if w.State == Ready {
				free[c] = append(free[c], w.AgentID)
			}
		}
	}
	return free, nil
}
