package channels

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// budgets are what this node may still accept of banks' hourly budgets. It takes
// them in lots, so that most messages cost no statement; what a node that ends
// has not used is lost for the hour.
type budgets struct {
	mu  sync.Mutex
	all map[uuid.UUID]*lot
}

type lot struct {
	hour time.Time
	left int
}

// afford refuses a message to a phone number when its range is stopped, or the
// bank's budget for this hour is spent.
func (s *Service) afford(bankID uuid.UUID, m Message, to recipient, plan []planned, now time.Time) error {
	paid := false
	for _, step := range plan {
		for _, t := range step.Targets {
			paid = paid || t.Channel.toNumber()
		}
	}
	if !paid || to.rules == nil {
		return nil
	}
	policy := to.rules.policy
	if m.AboutType == aboutVerification && !reachesDevice(plan) && s.conversions.isLow(bankID, policy.Conversion, to.phone, now) {
		e := visavis.Errorf(visavis.TooMany, codeConversionLow, "too few codes to numbers of this range are confirmed: codes to it are paused")
		e.RetryAfter = 5 * time.Minute
		return e
	}
	if policy.HourlyBudget == 0 {
		return nil
	}
	ok, err := s.takeBudget(bankID, policy.HourlyBudget, now)
	if err != nil {
		return fmt.Errorf("hourly budget: %w", err)
	}
	if !ok {
		e := visavis.Errorf(visavis.TooMany, "hourly_budget_spent", "the bank has sent as many messages to phone numbers in this hour as its message policy allows")
		e.RetryAfter = now.Truncate(time.Hour).Add(time.Hour).Sub(now)
		return e
	}
	return nil
}

func reachesDevice(plan []planned) bool {
	for _, step := range plan {
		for _, t := range step.Targets {
			if t.Channel == Push {
				return true
			}
		}
	}
	return false
}

// takeBudget takes one message of a bank's budget.
func (s *Service) takeBudget(bankID uuid.UUID, budget int, now time.Time) (bool, error) {
	b := s.budgets
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[uuid.UUID]*lot{}
	}
	hour := now.Truncate(time.Hour)
	l := b.all[bankID]
	if l == nil || !l.hour.Equal(hour) {
		l = &lot{hour: hour}
		b.all[bankID] = l
	}
	if l.left > 0 {
		l.left--
		return true, nil
	}
	// Fails closed: without the database nothing is accepted anyway.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		return tx.QueryRow(ctx, `
			with before as (insert into send_budgets (bank_id, hour, taken) values ($1, $2, 0) on conflict (bank_id, hour) do update set taken = send_budgets.taken returning taken),
			old as (delete from send_budgets where bank_id = $1 and hour < $2)
			select greatest(least($4::int, $3::int - taken), 0) from before`, bankID, hour, budget, max(1, min(budget/100, 100))).Scan(&l.left)
	})
	if err != nil || l.left == 0 {
		return false, err
	}
	var got bool
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		got = false
		tag, err := tx.Exec(ctx, `update send_budgets set taken = taken + $3 where bank_id = $1 and hour = $2 and taken + $3 <= $4`, bankID, hour, l.left, budget)
		got = tag.RowsAffected() == 1
		return err
	})
	if err != nil || !got {
		l.left = 0
		return false, err
	}
	l.left--
	return true, nil
}
