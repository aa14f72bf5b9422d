package events

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// The states of a Delivery.
const (
	DeliveryPending   = "pending"   // to be tried at DueAt
	DeliverySucceeded = "succeeded" // the receiver answered 2xx
	DeliveryFailed    = "failed"    // MaxAttempts failed, or the receiver answered 410
	DeliveryCancelled = "cancelled" // its endpoint was disabled or deleted
)

// Delivery is one event on its way to one endpoint.
type Delivery struct {
	ID         uuid.UUID
	EndpointID uuid.UUID
	EventID    uuid.UUID // also the webhook-id header
	EventType  string
	State      string
	Attempts   int // made so far
	DueAt      time.Time
	LastStatus *int   // HTTP status of the last attempt; nil when there was no answer
	LastError  string // a sentence
	CreatedAt  time.Time
	FinishedAt *time.Time // nil while pending
}

// Attempt is one try to make a delivery.
type Attempt struct {
	Number   int // 1, 2, 3, …
	At       time.Time
	Status   *int // nil when there was no HTTP answer
	Error    string
	Duration time.Duration
	Response string // the first 1 KiB of the answer's body
}

// DeliveryFilter narrows a list of deliveries. The zero value takes all.
type DeliveryFilter struct {
	EndpointID uuid.UUID
	EventID    uuid.UUID
	State      string
}

const deliveryColumns = `d.id, d.endpoint_id, d.event_id, e.type, d.state, d.attempts, d.due_at, d.last_status, d.last_error, d.created_at, d.finished_at`

func scanDelivery(row pgx.CollectableRow) (Delivery, error) {
	var d Delivery
	err := row.Scan(&d.ID, &d.EndpointID, &d.EventID, &d.EventType, &d.State, &d.Attempts, &d.DueAt, &d.LastStatus, &d.LastError, &d.CreatedAt, &d.FinishedAt)
	return d, err
}

// ListDeliveries returns a page of the bank's webhook deliveries, newest first,
// and the cursor of the next page ("" after the last, see postgres.ParseCursor).
// NotFound when the filter names an endpoint that the bank does not have.
func (s *Service) ListDeliveries(ctx context.Context, bankID uuid.UUID, f DeliveryFilter, page postgres.Page) (list []Delivery, next string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if f.EndpointID != uuid.Nil {
			if _, err := endpointTx(ctx, tx, f.EndpointID, ""); err != nil {
				return err
			}
		}
		rows, err := tx.Query(ctx, `
			select `+deliveryColumns+` from webhook_deliveries d join events e on e.bank_id = d.bank_id and e.id = d.event_id
			where d.bank_id = $1 and ($2::uuid is null or d.endpoint_id = $2) and ($3::uuid is null or d.event_id = $3)
			  and ($4 = '' or d.state = $4) and ($5::uuid is null or d.id < $5)
			order by d.id desc limit $6`,
			bankID, optional(f.EndpointID), optional(f.EventID), f.State, page.After(), page.Size()+1)
		if err != nil {
			return err
		}
		items, err := pgx.CollectRows(rows, scanDelivery)
		list, next = postgres.Cut(items, page, func(d Delivery) uuid.UUID { return d.ID })
		return err
	})
	return list, next, wrap("list webhook deliveries", err)
}

// Delivery returns one of the bank's deliveries; NotFound when it has no such one.
func (s *Service) Delivery(ctx context.Context, bankID, id uuid.UUID) (Delivery, error) {
	var delivery Delivery
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		delivery, err = deliveryTx(ctx, tx, id)
		return err
	})
	return delivery, wrap("read webhook delivery", err)
}

func deliveryTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Delivery, error) {
	rows, err := tx.Query(ctx, `
		select `+deliveryColumns+` from webhook_deliveries d join events e on e.bank_id = d.bank_id and e.id = d.event_id
		where d.bank_id = $1 and d.id = $2`, tx.BankID, id)
	if err != nil {
		return Delivery{}, err
	}
	delivery, err := pgx.CollectExactlyOneRow(rows, scanDelivery)
	if errors.Is(err, pgx.ErrNoRows) {
		return Delivery{}, visavis.Errorf(visavis.NotFound, "webhook_delivery_not_found", "there is no such webhook delivery")
	}
	return delivery, err
}

// Attempts returns a delivery's attempts, the first first; NotFound when the
// bank has no such delivery.
func (s *Service) Attempts(ctx context.Context, bankID, deliveryID uuid.UUID) ([]Attempt, error) {
	var attempts []Attempt
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := deliveryTx(ctx, tx, deliveryID); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `
			select attempt, at, status, error, duration_ms, response from webhook_attempts
			where bank_id = $1 and delivery_id = $2 order by attempt`, bankID, deliveryID)
		if err != nil {
			return err
		}
		attempts, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (Attempt, error) {
			var a Attempt
			var ms int64
			err := row.Scan(&a.Number, &a.At, &a.Status, &a.Error, &ms, &a.Response)
			a.Duration = time.Duration(ms) * time.Millisecond
			return a, err
		})
		return err
	})
	return attempts, wrap("read webhook attempts", err)
}

// Resend delivers a delivery's event to its endpoint once more, under the same
// webhook-id, and returns the new delivery, which has a schedule of its own. It
// is a Conflict while the old one is pending or the endpoint is not enabled.
func (s *Service) Resend(ctx context.Context, bankID, deliveryID uuid.UUID) (Delivery, error) {
	var delivery Delivery
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		old, err := deliveryTx(ctx, tx, deliveryID)
		if err != nil {
			return err
		}
		if old.State == DeliveryPending {
			return visavis.Errorf(visavis.Conflict, "webhook_delivery_pending", "the delivery is still being made")
		}
		if err := enabledTx(ctx, tx, old.EndpointID); err != nil {
			return err
		}
		id := uuid.Must(uuid.NewV7())
		if _, err := tx.Exec(ctx, `
			insert into webhook_deliveries (bank_id, id, endpoint_id, event_id, due_at, created_at) values ($1, $2, $3, $4, $5, $5)`,
			bankID, id, old.EndpointID, old.EventID, s.Now()); err != nil {
			return err
		}
		tx.Wake(TopicWebhooks)
		delivery, err = deliveryTx(ctx, tx, id)
		return err
	})
	return delivery, wrap("resend webhook delivery", err)
}

// SendTest delivers an event webhook_endpoint.tested to this endpoint alone,
// whatever types it wants. It is a Conflict when the endpoint is not enabled.
func (s *Service) SendTest(ctx context.Context, bankID, endpointID uuid.UUID) (Delivery, error) {
	var delivery Delivery
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := enabledTx(ctx, tx, endpointID); err != nil {
			return err
		}
		event, err := appendTx(ctx, tx, s.Now(), lifeEvent(endpointID, "tested"), &endpointID)
		if err != nil {
			return err
		}
		var id uuid.UUID
		if err := tx.QueryRow(ctx, `select id from webhook_deliveries where bank_id = $1 and endpoint_id = $2 and event_id = $3`,
			bankID, endpointID, event.ID).Scan(&id); err != nil {
			return err
		}
		delivery, err = deliveryTx(ctx, tx, id)
		return err
	})
	return delivery, wrap("send test webhook", err)
}

func enabledTx(ctx context.Context, tx *postgres.Tx, endpointID uuid.UUID) error {
	endpoint, err := endpointTx(ctx, tx, endpointID, "for share")
	if err == nil && endpoint.State != EndpointEnabled {
		return visavis.Errorf(visavis.Conflict, "webhook_endpoint_disabled", "the webhook endpoint is disabled: enable it first")
	}
	return err
}
