package scheduling

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// Rung is what the ladder has done for a booking, or will do.
type Rung struct {
	At        time.Time
	Step      Step
	Recovery  bool
	State     string    // planned, done, ended (the customer confirmed) or skipped
	MessageID uuid.UUID // of a message that was sent
}

// stepKey is what a reminder's message names its step by, beside what the app
// is told.
const stepKey = "step"

// Rungs returns the rungs of a booking's ladder, in order of time.
func (s *Service) Rungs(ctx context.Context, bankID, bookingID uuid.UUID) (all []Rung, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		all, err = s.rungsTx(ctx, tx, bookingID)
		return err
	})
	return all, err
}

func (s *Service) rungsTx(ctx context.Context, tx *postgres.Tx, bookingID uuid.UUID) (all []Rung, err error) {
	b, err := s.GetTx(ctx, tx, bookingID)
	if err != nil {
		return nil, err
	}
	l, _, err := s.ladderTx(ctx, tx, b.ScenarioID)
	if err != nil {
		return nil, err
	}
	planned := map[string]time.Time{}
	var kind, name string
	var at time.Time
	rows, err := tx.Query(ctx, `select kind, name, due_at from due_times where bank_id = $1 and object_id = $2 and kind in ('reminder', 'recovery', 'phone_call')`, tx.BankID, b.ID)
	if err == nil {
		_, err = pgx.ForEachRow(rows, []any{&kind, &name, &at}, func() error {
			if kind == string(DueRecovery) {
				name = recoveryPrefix + name
			}
			planned[name] = at.UTC()
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read ladder of booking: %w", err)
	}
	sent := map[string]bool{}
	var id uuid.UUID
	rows, err = tx.Query(ctx, `
		select id, coalesce(push_data ->> $3, ''), created_at from messages
		where bank_id = $1 and about_type = 'booking' and about_id = $2 and template in ('reminder', 'call_missed') order by id`, tx.BankID, b.ID, stepKey)
	if err == nil {
		_, err = pgx.ForEachRow(rows, []any{&id, &name, &at}, func() error {
			steps, of := l.Steps, name
			rest, recovery := strings.CutPrefix(name, recoveryPrefix)
			if recovery {
				steps, of = l.Recovery, rest
			}
			step, ok := stepOf(steps, of)
			if !ok {
				step = Step{Channels: []channels.Channel{channels.Push, channels.SMS}}
			}
			if at.After(b.Start.Add(step.at()).Add(-time.Minute)) || recovery {
				sent[name] = true // of this time, not of one before a move
			}
			all = append(all, Rung{At: at.UTC(), Step: step, Recovery: recovery, State: "done", MessageID: id})
			return nil
		})
	}
	if err != nil {
		return nil, fmt.Errorf("read ladder of booking: %w", err)
	}
	for _, step := range l.Steps {
		at, ok := planned[step.name()]
		switch {
		case ok:
			all = append(all, Rung{At: at, Step: step, State: "planned"})
		case sent[step.name()]:
		case !b.AcknowledgedAt.IsZero() && b.Start.Add(step.at()).After(b.AcknowledgedAt) && !step.Always:
			all = append(all, Rung{At: b.Start.Add(step.at()), Step: step, State: "ended"})
		default:
			all = append(all, Rung{At: b.Start.Add(step.at()), Step: step, State: "skipped"})
		}
	}
	for _, step := range l.Recovery {
		if at, ok := planned[recoveryPrefix+step.name()]; ok {
			all = append(all, Rung{At: at, Step: step, Recovery: true, State: "planned"})
		}
	}
	slices.SortStableFunc(all, func(a, b Rung) int { return a.At.Compare(b.At) })
	return all, nil
}
