package otp

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/events"
)

// checking is a check on its way to the database: beside others of its bank when
// there are some (postgres.Together), else alone. Both are by the same rules, of
// visavis_otp_checks and visavis_otp_check.
type checking struct {
	id    uuid.UUID
	asks  CheckRequest
	macs  [][]byte // of the code, under the current and previous keys
	now   time.Time
	stamp events.Stamp
	checked
}

func (s *Service) checking(ctx context.Context, bankID, id uuid.UUID, r CheckRequest) *checking {
	now := s.now()
	return &checking{id: id, asks: r, now: now, stamp: events.NewStamp(ctx, bankID, now),
		macs: s.Keys.MACs(macCode, codeParts(bankID, id, r.BoundTo, r.Code)...)}
}

// checkOnce runs a check and commits it.
func (s *Service) checkOnce(ctx context.Context, bankID, id uuid.UUID, r CheckRequest) (checked, error) {
	c := s.checking(ctx, bankID, id, r)
	alone := func() error {
		return s.DB.Batch(ctx, bankID, func(b *pgx.Batch) {
			b.Queue(checkSQL, s.checkArgs(bankID, c)...).QueryRow(c.scan)
		})
	}
	var err error
	if r.Payment != nil { // rare
		err = alone()
	} else if err = s.checks.Do(ctx, bankID, c, alone); err == nil && c.outcome == "again" {
		err = alone()
	}
	if err != nil {
		return checked{}, fmt.Errorf("check code: %w", err)
	}
	return c.checked, nil
}

// queueChecks queues checks of different verifications of a bank.
func (s *Service) queueChecks(b *pgx.Batch, bankID uuid.UUID, all []*checking) {
	n := len(all)
	ids, bounds, stamps, actors := make([]uuid.UUID, n), make([]*uuid.UUID, n), make([]uuid.UUID, n), make([]*uuid.UUID, n)
	purposes, kinds, at, digits, nows := make([]string, n), make([]string, n), make([]string, n), make([]int32, n), make([]time.Time, n)
	var macs [][]byte
	for i, c := range all {
		ids[i], bounds[i], purposes[i], digits[i], nows[i] = c.id, orNil(c.asks.BoundTo), c.asks.Purpose, int32(len(c.asks.Code)), c.now
		stamps[i], kinds[i], actors[i], at[i] = c.stamp.ID, c.stamp.ActorKind, c.stamp.ActorID, c.stamp.At
		macs = append(macs, c.macs...)
	}
	b.Queue(checksSQL, bankID, ids, bounds, purposes, digits, macs, nows, s.limits(), stamps, kinds, actors, at).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var i int
			var c checked
			if err := rows.Scan(append([]any{&i}, c.into()...)...); err != nil {
				return err
			}
			all[i-1].checked = c
		}
		return rows.Err()
	})
}

// checkColumns are those of checked, of either function.
const checkColumns = `outcome, queued, coalesce(o_state, ''), coalesce(o_reason, ''), coalesce(o_left, 0), coalesce(o_next, 'epoch'), coalesce(o_expires, 'epoch'),
	coalesce(o_customer, '00000000-0000-0000-0000-000000000000'), coalesce(o_channel, ''), o_scopes, coalesce(o_minutes, 0)`

const checkSQL = `select ` + checkColumns + ` from visavis_otp_check($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`

const checksSQL = `select n, ` + checkColumns + ` from visavis_otp_checks($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
