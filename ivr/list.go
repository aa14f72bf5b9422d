package ivr

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// Get returns a phone call of the bank.
func (s *Service) Get(ctx context.Context, bankID, id uuid.UUID) (c PhoneCall, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select `+callColumns+` from phone_calls where bank_id = $1 and id = $2`, tx.BankID, id)
		c, err = pgx.CollectExactlyOneRow(rows, scanCall)
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return PhoneCall{}, notFound()
	}
	if err != nil {
		return PhoneCall{}, fmt.Errorf("read phone call: %w", err)
	}
	return c, nil
}

// CallFilter narrows a list of phone calls; zero fields do not.
type CallFilter struct {
	State      State
	Flow       string
	Direction  string
	CustomerID uuid.UUID
	AboutID    uuid.UUID
	From, To   time.Time // created in [From, To)
}

// List returns phone calls, newest first.
func (s *Service) List(ctx context.Context, bankID uuid.UUID, f CallFilter, page postgres.Page) (list []PhoneCall, next string, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select `+callColumns+` from phone_calls
			where bank_id = $1 and ($2 = '' or state = $2) and ($3 = '' or flow = $3) and ($4 = '' or direction = $4)
			  and ($5::uuid is null or customer_id = $5) and ($6::uuid is null or about_id = $6)
			  and ($7::timestamptz is null or created_at >= $7) and ($8::timestamptz is null or created_at < $8)
			  and ($9::uuid is null or id < $9)
			order by id desc limit $10`,
			tx.BankID, f.State, f.Flow, f.Direction, orNil(f.CustomerID), orNil(f.AboutID), timeOrNil(f.From), timeOrNil(f.To), page.After(), page.Size()+1)
		list, err = pgx.CollectRows(rows, scanCall)
		return err
	})
	if err != nil {
		return nil, "", fmt.Errorf("list phone calls: %w", err)
	}
	list, next = postgres.Cut(list, page, func(c PhoneCall) uuid.UUID { return c.ID })
	return list, next, nil
}

func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
