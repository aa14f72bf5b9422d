package smpp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// How long rows are kept. A message lives at most for days at an SMSC.
const (
	keepParts     = 8 * 24 * time.Hour
	keepReceipts  = time.Hour // without a part: it is not ours, or its answer was never recorded
	keepFragments = 24 * time.Hour
)

// partOf says which part of which delivery.
type partOf struct {
	bankID, deliveryID uuid.UUID
	part, parts        int
	ending             string
	smscID             string
}

func (p *Provider) now() time.Time { return p.cfg.Now().UTC().Truncate(time.Microsecond) }

// record keeps that the SMSC took a part as id, and takes in receipts that were
// faster. A failure is logged: the message was taken, only its receipts are lost.
//
// The receipt's side first keeps the receipt and then looks for the part, this
// side first keeps the part and then looks for receipts, each in transactions of
// its own: whichever is later sees the other.
func (p *Provider) record(ctx context.Context, part partOf, id string) {
	now := p.now()
	err := p.cfg.DB.InBank(ctx, part.bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into smpp_parts (bank_id, delivery_id, part, parts, provider, smsc_id, known_as, ending, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			on conflict (bank_id, delivery_id, part) do update set parts = excluded.parts, smsc_id = excluded.smsc_id,
				known_as = excluded.known_as, state = '', settle_at = null, created_at = excluded.created_at`,
			part.bankID, part.deliveryID, part.part, part.parts, p.cfg.Name, id, normal(id), part.ending, now)
		return err
	})
	if err != nil {
		p.cfg.Log.Error("what the SMSC took could not be recorded: its receipts will not be known", "provider", p.cfg.Name,
			"bank", part.bankID, "delivery", part.deliveryID, "error", err)
		return
	}
	p.match(ctx, append(otherBases(normal(id)), normal(id)))
}

// recorded returns the parts of a delivery that the SMSC took since then, in order.
func (p *Provider) recorded(ctx context.Context, bankID, deliveryID uuid.UUID, since time.Time) (parts []partOf, err error) {
	err = p.cfg.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select part, parts, smsc_id from smpp_parts
			where bank_id = $1 and delivery_id = $2 and provider = $3 and created_at >= $4 order by part`,
			bankID, deliveryID, p.cfg.Name, since.UTC().Add(-time.Second))
		if err != nil {
			return err
		}
		parts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (part partOf, err error) {
			return part, row.Scan(&part.part, &part.parts, &part.smscID)
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what the SMSC took: %w", err)
	}
	return parts, nil
}

// keep writes a receipt down.
func (p *Provider) keep(ctx context.Context, r receipt) error {
	return p.cfg.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into smpp_receipts (provider, ids, exact, endings, state, status, code, at)
			values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
			p.cfg.Name, r.ids, r.exact, r.endings, string(r.state), r.status, r.code, p.now())
		return err
	})
}

// matched is a kept receipt with the part that it is about.
type matched struct {
	id                 int64
	state              channels.State
	status, code       string
	at                 time.Time
	bankID, deliveryID uuid.UUID
	part               int
}

// matchSQL finds the part of each receipt. An id may be that of one message in
// hexadecimal and of another in decimal: the recipient's last digits decide, and
// of equals the newest. Without them only an id as it stands is taken.
const matchSQL = `
	select r.id, r.state, r.status, r.code, r.at, p.bank_id, p.delivery_id, p.part
	from smpp_receipts r cross join lateral (
		select * from smpp_parts p
		where p.provider = r.provider and p.known_as = any(r.ids)
		  and (p.known_as = any(r.exact) or p.ending = any(r.endings))
		order by p.ending = any(r.endings) desc, p.known_as = any(r.exact) desc, p.created_at desc limit 1) p
	where r.provider = $1`

// match takes in the kept receipts that one of ids belongs to.
func (p *Provider) match(ctx context.Context, ids []string) {
	p.takeIn(ctx, matchSQL+` and r.ids && $2 order by r.id`, p.cfg.Name, ids)
}

// takeIn gives receipts to their deliveries and forgets them. One that fails
// stays for the sweep.
func (p *Provider) takeIn(ctx context.Context, query string, args ...any) {
	var found []matched
	err := p.cfg.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, query, args...)
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (m matched, err error) {
			return m, row.Scan(&m.id, &m.state, &m.status, &m.code, &m.at, &m.bankID, &m.deliveryID, &m.part)
		})
		return err
	})
	if err != nil {
		p.cfg.Log.Error("receipts could not be read", "provider", p.cfg.Name, "error", err)
		return
	}
	for _, m := range found {
		err := p.told(ctx, m.bankID, m.deliveryID, m.at, &m)
		if err == nil {
			err = p.cfg.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, `delete from smpp_receipts where id = $1`, m.id)
				return err
			})
		}
		if err != nil {
			p.cfg.Log.Error("a receipt could not be taken in; it is tried again", "provider", p.cfg.Name, "delivery", m.deliveryID, "error", err)
		}
	}
}

// told raises a part's state by a receipt, and gives the delivery what its parts
// say together. Without a receipt the grace of its other parts is over: those
// that have said nothing count as delivered.
func (p *Provider) told(ctx context.Context, bankID, deliveryID uuid.UUID, at time.Time, m *matched) error {
	return p.cfg.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select part, parts, smsc_id, state, settle_at from smpp_parts where bank_id = $1 and delivery_id = $2 order by part for update`, bankID, deliveryID)
		if err != nil {
			return err
		}
		type row struct {
			Part     int
			Parts    int
			SMSCID   string
			State    channels.State
			SettleAt *time.Time
		}
		parts, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
		if err != nil {
			return err
		}
		if len(parts) == 0 {
			return nil // swept meanwhile
		}
		r := channels.Receipt{Provider: p.cfg.Name, ProviderID: parts[0].SMSCID, At: at}
		var settle *time.Time
		if m == nil {
			if parts[0].SettleAt == nil || parts[0].SettleAt.After(p.now()) {
				return nil // another node was faster
			}
			r.Status, r.State = "DELIVRD", channels.StateDelivered
		} else {
			states := make([]channels.State, parts[0].Parts) // of those whose answer is still to come too
			for i, part := range parts {
				if part.Part == m.part && channels.Rank(m.state) > channels.Rank(part.State) {
					if _, err := tx.Exec(ctx, `update smpp_parts set state = $4 where bank_id = $1 and delivery_id = $2 and part = $3`,
						bankID, deliveryID, part.Part, string(m.state)); err != nil {
						return err
					}
					part.State = m.state
				}
				states[i] = part.State
			}
			var waits bool
			r.Status, r.ErrorCode = m.status, m.code
			r.State, waits = whole(states)
			if len(states) > 1 {
				r.Status = fmt.Sprintf("%s %d/%d", m.status, m.part, len(states))
			}
			if waits {
				t := p.now().Add(p.cfg.PartGrace)
				settle = &t
				if parts[0].SettleAt != nil {
					settle = parts[0].SettleAt
				}
			}
		}
		if _, err := tx.Exec(ctx, `update smpp_parts set settle_at = $4 where bank_id = $1 and delivery_id = $2 and part = $3`,
			bankID, deliveryID, parts[0].Part, settle); err != nil {
			return err
		}
		err = p.cfg.Receipt(ctx, bankID, deliveryID, r)
		if visavis.KindOf(err) == visavis.NotFound {
			p.cfg.Log.Info("a receipt is of no delivery that waits for one", "provider", p.cfg.Name, "delivery", deliveryID)
			return nil
		}
		return err
	})
}

// sweep matches receipts that were left, settles texts whose other parts stay
// silent, and forgets what is old, until ctx ends.
func (p *Provider) sweep(ctx context.Context) {
	ticker := time.NewTicker(p.cfg.Sweep)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := p.sweepOnce(ctx); err != nil && ctx.Err() == nil {
			p.cfg.Log.Warn("sweeping what SMSCs told failed", "provider", p.cfg.Name, "error", err)
		}
	}
}

func (p *Provider) sweepOnce(ctx context.Context) error {
	now := p.now()
	p.takeIn(ctx, matchSQL+` and r.at < $2 order by r.id limit 200`, p.cfg.Name, now.Add(-time.Second))
	var silent []partOf
	err := p.cfg.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select bank_id, delivery_id from smpp_parts where settle_at <= $1 and provider = $2 limit 200`, now, p.cfg.Name)
		if err != nil {
			return err
		}
		silent, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (part partOf, err error) {
			return part, row.Scan(&part.bankID, &part.deliveryID)
		})
		return err
	})
	if err != nil {
		return err
	}
	var failed []error
	for _, s := range silent {
		failed = append(failed, p.told(ctx, s.bankID, s.deliveryID, now, nil))
	}
	failed = append(failed, p.cfg.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		for query, before := range map[string]time.Time{
			`delete from smpp_parts where created_at < $1`: now.Add(-keepParts),
			`delete from smpp_receipts where at < $1`:      now.Add(-keepReceipts),
			`delete from smpp_fragments where at < $1`:     now.Add(-keepFragments),
			`delete from smpp_inbound where at < $1`:       now.Add(-sameWithin),
		} {
			if _, err := tx.Exec(ctx, query, before); err != nil {
				return err
			}
		}
		return nil
	}))
	return errors.Join(failed...)
}
