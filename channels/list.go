package channels

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

// Filter narrows a list of messages; zero values do not.
type Filter struct {
	CustomerID uuid.UUID
	AboutID    uuid.UUID
	State      State
	Class      Class
	Channel    Channel   // of any of its deliveries, or of the steps to come
	Reference  string    // exactly this
	Phone      string    // E.164: of its customer, or the bare number it goes to
	From, To   time.Time // made at From or later, before To
}

const messageColumns = `id, customer_id, class, template, locale, about_type, about_id, coalesce(reference, ''), metadata, state, created_at, expires_at,
	due_at, step, jsonb_array_length(plan), batch_id, reason`

// scanMessage reads messageColumns, and what was asked for behind them.
func scanMessage(row pgx.CollectableRow, more ...any) (m MessageInfo, err error) {
	var customer, about, batch *uuid.UUID
	err = row.Scan(append([]any{&m.ID, &customer, &m.Class, &m.Template, &m.Locale, &m.AboutType, &about, &m.Reference, &m.Metadata, &m.State, &m.CreatedAt, &m.ExpiresAt,
		&m.DueAt, &m.Step, &m.Steps, &batch, &m.Reason}, more...)...)
	m.CustomerID, m.AboutID, m.BatchID = value(customer), value(about), value(batch)
	return m, err
}

// firstStep is the plan of a message of which nothing has been handed over yet.
const firstStep = `case when step = 0 then plan end`

// withPlan reads messageColumns and firstStep.
func withPlan(row pgx.CollectableRow) (MessageInfo, error) {
	var plan []planned
	m, err := scanMessage(row, &plan)
	m.Deliveries = waiting(&m, plan)
	return m, err
}

// Get returns a message with its deliveries and their receipts; NotFound when
// the bank has no such message.
func (s *Service) Get(ctx context.Context, bankID, id uuid.UUID) (m MessageInfo, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select `+messageColumns+`, `+firstStep+` from messages where bank_id = $1 and id = $2`, bankID, id)
		if err != nil {
			return err
		}
		if m, err = pgx.CollectExactlyOneRow(rows, withPlan); err != nil {
			return err
		}
		of := []MessageInfo{m}
		if err := deliveriesTx(ctx, tx, of); err != nil {
			return err
		}
		m = of[0]
		if err := ladderTx(ctx, tx, &m); err != nil {
			return err
		}
		return receiptsTx(ctx, tx, m.Deliveries)
	})
	if err == pgx.ErrNoRows {
		return MessageInfo{}, visavis.Errorf(visavis.NotFound, "message_not_found", "there is no such message")
	}
	if err != nil {
		return MessageInfo{}, fmt.Errorf("get message: %w", err)
	}
	return m, nil
}

// List returns messages, newest first, with their deliveries; next is the
// cursor of the page after, empty at the end.
func (s *Service) List(ctx context.Context, bankID uuid.UUID, f Filter, page postgres.Page) (list []MessageInfo, next string, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select `+messageColumns+`, `+firstStep+` from messages
			where bank_id = $1 and ($2::uuid is null or customer_id = $2) and ($3::uuid is null or about_id = $3)
			  and ($4 = '' or state = $4) and ($5::uuid is null or id < $5)`+narrowSQL+`
			order by id desc limit $6`,
			bankID, orNil(f.CustomerID), orNil(f.AboutID), string(f.State), page.After(), page.Size()+1,
			string(f.Class), string(f.Channel), f.Reference, f.Phone, orNilTime(f.From), orNilTime(f.To))
		if err != nil {
			return err
		}
		if list, err = pgx.CollectRows(rows, withPlan); err != nil {
			return err
		}
		list, next = postgres.Cut(list, page, func(m MessageInfo) uuid.UUID { return m.ID })
		return deliveriesTx(ctx, tx, list)
	})
	if err != nil {
		return nil, "", fmt.Errorf("list messages: %w", err)
	}
	return list, next, nil
}

func deliveriesTx(ctx context.Context, tx *postgres.Tx, messages []MessageInfo) error {
	ids, index := make([]uuid.UUID, len(messages)), make(map[uuid.UUID]int, len(messages))
	for i, m := range messages {
		ids[i], index[m.ID] = m.ID, i
	}
	rows, err := tx.Query(ctx, `
		select id, message_id, channel, provider, recipient, device_id, state, step, why, attempts, coalesce(duplicate, ''), error_code, created_at, sent_at, finished_at
		from deliveries where bank_id = $1 and message_id = any($2) order by id`, tx.BankID, ids)
	if err != nil {
		return err
	}
	deliveries, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (d DeliveryInfo, err error) {
		var device *uuid.UUID
		err = row.Scan(&d.ID, &d.MessageID, &d.Channel, &d.Provider, &d.Recipient, &device, &d.State, &d.Step, &d.Why, &d.Attempts, &d.Duplicate, &d.ErrorCode, &d.CreatedAt, &d.SentAt, &d.FinishedAt)
		d.DeviceID, d.Recipient = value(device), mask(d.Channel, d.Recipient)
		return d, err
	})
	made := map[uuid.UUID]bool{}
	for _, d := range deliveries {
		m := &messages[index[d.MessageID]]
		if !made[m.ID] { // handed over since the message was read: no more waiting
			m.Deliveries, made[m.ID] = nil, true
		}
		m.Deliveries = append(m.Deliveries, d)
	}
	return err
}

func receiptsTx(ctx context.Context, tx *postgres.Tx, deliveries []DeliveryInfo) error {
	ids, index := make([]uuid.UUID, len(deliveries)), make(map[uuid.UUID]int, len(deliveries))
	for i, d := range deliveries {
		ids[i], index[d.ID] = d.ID, i
	}
	rows, err := tx.Query(ctx, `
		select delivery_id, status, error_code, at from delivery_receipts
		where bank_id = $1 and delivery_id = any($2) order by at, status`, tx.BankID, ids)
	if err != nil {
		return err
	}
	var id uuid.UUID
	var r ReceiptInfo
	_, err = pgx.ForEachRow(rows, []any{&id, &r.Status, &r.ErrorCode, &r.At}, func() error {
		d := &deliveries[index[id]]
		d.Receipts = append(d.Receipts, r)
		return nil
	})
	return err
}

// mask hides whom a delivery goes to.
func mask(channel Channel, recipient string) string {
	if channel != Push {
		return banks.MaskPhone(recipient)
	}
	if len(recipient) < 12 {
		return "…"
	}
	return "…" + recipient[len(recipient)-4:]
}
