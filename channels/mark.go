package channels

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// cause is the delivery whose change may change its message's state.
type cause struct {
	message, delivery uuid.UUID
	channel           Channel
	code              string
}

func collectCauses(rows pgx.Rows) ([]cause, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c cause, err error) {
		return c, row.Scan(&c.message, &c.delivery, &c.channel)
	})
}

// refreshTx works the states of messages out anew after deliveries of theirs
// have changed, appends an event for each that changed, and wipes secrets that
// nothing needs any more.
//
// The messages are locked, in the order of their ids, before their deliveries
// are read: of two transactions that change deliveries of one message the
// second sees what the first did.
func (s *Service) refreshTx(ctx context.Context, tx *postgres.Tx, now time.Time, causes []cause) error {
	if len(causes) == 0 {
		return nil
	}
	byMessage := make(map[uuid.UUID]cause, len(causes))
	ids := make([]uuid.UUID, 0, len(causes))
	for _, c := range causes {
		if _, ok := byMessage[c.message]; !ok {
			ids = append(ids, c.message)
		}
		byMessage[c.message] = c
	}
	rows, err := tx.Query(ctx, `
		select id, customer_id, class, template, about_type, about_id, state, sealed is not null
		from messages where bank_id = $1 and id = any($2) order by id for update`, tx.BankID, ids)
	if err != nil {
		return fmt.Errorf("lock messages: %w", err)
	}
	type locked struct {
		MessageInfo
		sealed bool
	}
	messages, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (m locked, err error) {
		var customer, about *uuid.UUID
		err = row.Scan(&m.ID, &customer, &m.Class, &m.Template, &m.AboutType, &about, &m.State, &m.sealed)
		m.CustomerID, m.AboutID = value(customer), value(about)
		return m, err
	})
	if err != nil {
		return fmt.Errorf("lock messages: %w", err)
	}
	deliveries, err := tx.Query(ctx, `select message_id, channel, state from deliveries where bank_id = $1 and message_id = any($2)`, tx.BankID, ids)
	if err != nil {
		return fmt.Errorf("read deliveries: %w", err)
	}
	states, needed := map[uuid.UUID][]State{}, map[uuid.UUID]bool{}
	var id uuid.UUID
	var channel Channel
	var state State
	_, err = pgx.ForEachRow(deliveries, []any{&id, &channel, &state}, func() error {
		states[id] = append(states[id], state)
		// A call that was placed fetches its text when it is answered.
		if !ended(state) && (state != StateSent || channel == Voice) {
			needed[id] = true
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read deliveries: %w", err)
	}
	var changed, wiped []uuid.UUID
	var to []string
	for i := range messages {
		m := &messages[i]
		if m.sealed && !needed[m.ID] {
			wiped = append(wiped, m.ID)
		}
		if next := messageState(states[m.ID]); next != m.State {
			m.State = next
			changed, to = append(changed, m.ID), append(to, string(next))
			if next == StateAccepted {
				continue // cannot be: deliveries do not come back
			}
			c := byMessage[m.ID]
			if err := s.appendTx(ctx, tx, now, m.MessageInfo, c.channel, c.code); err != nil {
				return err
			}
		}
	}
	if len(changed)+len(wiped) == 0 {
		return nil
	}
	// All in one list of ids, which the primary key finds.
	_, err = tx.Exec(ctx, `
		update messages m set sealed = case when m.id = any($5) then null else m.sealed end,
			state = coalesce((select c.state from unnest($3::uuid[], $4::text[]) as c(id, state) where c.id = m.id), m.state)
		where m.bank_id = $1 and m.id = any($2)`,
		tx.BankID, append(slices.Clone(changed), wiped...), changed, to, wiped)
	if err != nil {
		return fmt.Errorf("mark messages: %w", err)
	}
	return nil
}

func value(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}

// mark writes the outcomes of worked deliveries, one transaction a bank.
func (s *Service) mark(ctx context.Context, items []*item) error {
	byBank := map[uuid.UUID][]*item{}
	for _, it := range items {
		byBank[it.BankID] = append(byBank[it.BankID], it)
	}
	var failed error
	for bankID, of := range byBank {
		if err := s.markBank(ctx, bankID, of); err != nil {
			failed = err // the other banks' outcomes are written all the same; writing again is harmless
		}
	}
	return failed
}

func (s *Service) markBank(ctx context.Context, bankID uuid.UUID, items []*item) error {
	now := s.now()
	var r struct {
		ids, leases                     []uuid.UUID
		states, providers, codes, notes []string
		due                             []time.Time
	}
	codes := map[uuid.UUID]string{}
	for _, it := range items {
		r.ids, r.leases = append(r.ids, it.ID), append(r.leases, it.lease)
		r.states = append(r.states, string(it.result.state))
		r.providers = append(r.providers, it.result.providerID)
		r.codes = append(r.codes, it.result.code)
		r.notes = append(r.notes, it.result.note)
		r.due = append(r.due, it.result.due)
		codes[it.ID] = it.result.code
	}
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, markSQL, bankID, r.ids, r.leases, r.states, r.providers, r.codes, r.notes, r.due, now)
		if err != nil {
			return fmt.Errorf("mark deliveries: %w", err)
		}
		causes, err := collectCauses(rows)
		if err != nil {
			return fmt.Errorf("mark deliveries: %w", err)
		}
		if lost := len(items) - len(causes); lost > 0 {
			// Someone else holds them now and finds out by itself what happened.
			s.log.Warn("leases of deliveries were lost before marking", "bank", bankID, "count", lost)
		}
		for i := range causes {
			causes[i].code = codes[causes[i].delivery]
		}
		for _, it := range items {
			if it.result.tokenGone && it.DeviceID != nil {
				if err := s.banks.DisableDeviceTx(ctx, tx, *it.DeviceID, "the provider says that the token is no longer registered"); err != nil {
					return fmt.Errorf("disable device: %w", err)
				}
			}
		}
		return s.refreshTx(ctx, tx, now, causes)
	})
}

// markSQL writes outcomes, each only under the lease that it was claimed with.
// A receipt may have been faster: then the higher rank stays.
const markSQL = `
update deliveries d set
	state       = case when wins then r.state else d.state end,
	error_code  = case when wins then r.code when r.state = d.state then greatest(d.error_code, r.code) else d.error_code end,
	error       = case when wins then r.note else d.error end,
	provider_id = coalesce(d.provider_id, nullif(r.provider_id, '')),
	due_at      = r.due,
	sent_at     = case when r.state in ('sent', 'delivered', 'undelivered') then coalesce(d.sent_at, $9) else d.sent_at end,
	finished_at = case when wins and r.state in ('expired', 'failed', 'undelivered', 'delivered') then $9 else d.finished_at end,
	lease       = null,
	lease_until = null
from (
	select r.*, o.state in ('sending', 'unknown') or visavis_delivery_rank(r.state) > visavis_delivery_rank(o.state) as wins
	from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
		as r(id, lease, state, provider_id, code, note, due)
	join deliveries o on o.bank_id = $1 and o.id = r.id and o.lease = r.lease
	order by r.id
	for update of o
) r
where d.bank_id = $1 and d.id = r.id and d.lease = r.lease
returning d.message_id, d.id, d.channel`
