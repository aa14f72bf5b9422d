package channels

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// Duplicate says whether the customer may have a delivery twice. It is never so
// without this mark.
type Duplicate string

// The marks; "" = it was handed over once, or an earlier attempt was surely
// refused.
const (
	// DuplicatePossible: the outcome of an attempt never became known (no answer, or
	// the node died) and the provider did not show it, so that it was handed over
	// again. Written before it is. A push carries the id by which a device shows it once.
	DuplicatePossible Duplicate = "possible"
	// DuplicateCertain: the provider has told of two.
	DuplicateCertain Duplicate = "certain"
)

// tellLostTx writes what providers accepted of deliveries whose lease was lost
// before that could be marked: what the provider says is true whoever asked it,
// as of a receipt. Who has the delivery now need not send it again; when that has
// happened already, there are two.
func (s *Service) tellLostTx(ctx context.Context, tx *postgres.Tx, now time.Time, items []*item, marked []cause) ([]cause, error) {
	var ids []uuid.UUID
	var providers []string
	for _, it := range items {
		held := slices.ContainsFunc(marked, func(c cause) bool { return c.delivery == it.ID })
		if !held && it.result.state == StateSent && it.result.providerID != "" {
			ids, providers = append(ids, it.ID), append(providers, it.result.providerID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := tx.Query(ctx, `
		update deliveries d set
			state       = case when visavis_delivery_rank(d.state) < visavis_delivery_rank('sent') then 'sent' else d.state end,
			error_code  = case when visavis_delivery_rank(d.state) < visavis_delivery_rank('sent') then '' else d.error_code end,
			finished_at = case when visavis_delivery_rank(d.state) < visavis_delivery_rank('sent') then null else d.finished_at end,
			provider_id = coalesce(d.provider_id, r.provider_id),
			sent_at     = coalesce(d.sent_at, $4),
			duplicate   = case when d.provider_id <> r.provider_id then 'certain' when d.state = 'pending' then null else d.duplicate end
		from (
			select r.* from unnest($2::uuid[], $3::text[]) as r(id, provider_id)
			join deliveries o on o.bank_id = $1 and o.id = r.id order by r.id for update of o
		) r
		where d.bank_id = $1 and d.id = r.id
		returning d.message_id, d.id, d.channel`, tx.BankID, ids, providers, now)
	if err != nil {
		return nil, fmt.Errorf("mark deliveries of lost leases: %w", err)
	}
	causes, err := collectCauses(rows)
	if err != nil {
		return nil, fmt.Errorf("mark deliveries of lost leases: %w", err)
	}
	return causes, nil
}

// certainTx writes that the provider has a delivery twice.
func certainTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) error {
	if _, err := tx.Exec(ctx, `update deliveries set duplicate = 'certain' where bank_id = $1 and id = $2`, tx.BankID, id); err != nil {
		return fmt.Errorf("mark delivery as duplicate: %w", err)
	}
	return nil
}
