package scheduling

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// Get returns a booking; NotFound when the bank has none of this id.
func (s *Service) Get(ctx context.Context, bankID, id uuid.UUID) (b Booking, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		b, err = s.GetTx(ctx, tx, id)
		return err
	})
	return b, err
}

// GetTx is Get in the caller's transaction.
func (s *Service) GetTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Booking, error) {
	return s.oneTx(ctx, tx, `where bank_id = $1 and id = $2 and state <> 'held'`, id)
}

// LiveTx returns the live booking of an identification, found = false when it
// has none.
func (s *Service) LiveTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) (b Booking, found bool, err error) {
	return s.maybeTx(ctx, tx, `where bank_id = $1 and identification_id = $2 and state in ('confirmed', 'due')`, identificationID)
}

// LatestTx returns the newest booking of an identification, live or not;
// found = false when there never was one.
func (s *Service) LatestTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) (b Booking, found bool, err error) {
	return s.maybeTx(ctx, tx, `where bank_id = $1 and identification_id = $2 and state <> 'held' order by id desc limit 1`, identificationID)
}

func (s *Service) maybeTx(ctx context.Context, tx *postgres.Tx, where string, id uuid.UUID) (b Booking, found bool, err error) {
	rows, err := tx.Query(ctx, `select `+bookingColumns+` from bookings `+where, tx.BankID, id)
	if err != nil {
		return b, false, fmt.Errorf("read booking: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanBooking)
	if err != nil {
		return b, false, fmt.Errorf("read booking: %w", err)
	}
	if len(all) == 0 {
		return b, false, nil
	}
	return all[0], true, nil
}

// Filter narrows a list of bookings; zero fields do not.
type Filter struct {
	From, To         time.Time // starts at or after From, before To
	States           []State
	CustomerID       uuid.UUID
	IdentificationID uuid.UUID
	Reference        string
}

// List returns a page of bookings, the newest made first, and the cursor of
// the next one ("" at the end); see postgres.ParseCursor.
func (s *Service) List(ctx context.Context, bankID uuid.UUID, f Filter, p postgres.Page) (page []Booking, next string, err error) {
	states := make([]string, len(f.States))
	for i, state := range f.States {
		states[i] = string(state)
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select `+bookingColumns+` from bookings
			where bank_id = $1 and state <> 'held'
			  and ($2::timestamptz is null or starts_at >= $2)
			  and ($3::timestamptz is null or starts_at < $3)
			  and (cardinality($4::text[]) = 0 or state = any($4))
			  and ($5::uuid is null or customer_id = $5)
			  and ($6::uuid is null or identification_id = $6)
			  and ($7 = '' or reference = $7)
			  and ($8::uuid is null or id < $8)
			order by id desc limit $9`,
			tx.BankID, orNull(f.From), orNull(f.To), states, orNull(f.CustomerID), orNull(f.IdentificationID),
			f.Reference, p.After(), p.Size()+1)
		if err != nil {
			return err
		}
		page, err = pgx.CollectRows(rows, scanBooking)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list bookings: %w", err)
	}
	page, next = postgres.Cut(page, p, func(b Booking) uuid.UUID { return b.ID })
	return page, next, nil
}

// orNull makes a zero value SQL's NULL.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
