package channels

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// LadderStep is one step of a message's way as it was planned: everything that
// goes out together.
type LadderStep struct {
	Step    int // from 1, as DeliveryInfo.Step
	Targets []LadderTarget
	Wait    time.Duration // after which it gives way without a receipt; 0 = it does not
	On      []Advance     // the occasions on which the next step follows
}

// LadderTarget is one delivery that a step makes.
type LadderTarget struct {
	DeliveryID uuid.UUID
	Channel    Channel
	Provider   string
	Recipient  string // masked
	From       string // "" = the provider's own
	Why        string
}

// ladderTx reads the whole way of a message.
func ladderTx(ctx context.Context, tx *postgres.Tx, m *MessageInfo) error {
	var plan []planned
	if err := tx.QueryRow(ctx, `select plan from messages where bank_id = $1 and id = $2`, tx.BankID, m.ID).Scan(&plan); err != nil {
		return fmt.Errorf("read ladder: %w", err)
	}
	m.Ladder = nil
	for i := range plan {
		group := &plan[i]
		step := LadderStep{Step: i + 1, Wait: time.Duration(group.Wait) * time.Millisecond}
		for _, reason := range []Advance{AdvanceUndelivered, AdvanceProviderDown, AdvanceNoReceipt, AdvanceNotMet, AdvanceUserAsked} {
			if group.gives(reason) || reason == AdvanceUserAsked {
				step.On = append(step.On, reason)
			}
		}
		for _, t := range group.Targets {
			step.Targets = append(step.Targets, LadderTarget{
				DeliveryID: t.ID, Channel: t.Channel, Provider: t.Provider, Recipient: mask(t.Channel, t.Recipient), From: t.From, Why: t.Why,
			})
		}
		m.Ladder = append(m.Ladder, step)
	}
	return nil
}

// narrowSQL is the part of a list's filter that looks beyond the message's row,
// or is seldom asked. A number is looked for by its customers, and for messages
// to a bare number by their deliveries.
const narrowSQL = `
			  and ($7 = '' or class = $7)
			  and ($8 = '' or exists (select from deliveries d where d.bank_id = $1 and d.message_id = messages.id and d.channel = $8)
			    or exists (select from jsonb_array_elements(plan) with ordinality as g(step, at), jsonb_array_elements(g.step -> 't') as target
			      where g.at > messages.step and target ->> 'c' = $8))
			  and ($9 = '' or reference = $9)
			  and ($10 = '' or customer_id in (select c.id from customers c where c.bank_id = $1 and c.phone = $10)
			    or customer_id is null and exists (select from deliveries d where d.bank_id = $1 and d.message_id = messages.id and d.recipient = $10))
			  and ($11::timestamptz is null or created_at >= $11) and ($12::timestamptz is null or created_at < $12)`

func orNilTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
