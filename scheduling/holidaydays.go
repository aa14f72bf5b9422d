package scheduling

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// HolidayDaysTx returns the days, as YYYY-MM-DD, of any of the calendars from one
// day to another: for work that rests on holidays and is not an agent's, such as
// calling people. NotFound when the bank has no such calendar.
func (s *Service) HolidayDaysTx(ctx context.Context, tx *postgres.Tx, calendars []uuid.UUID, from, to time.Time) (map[string]bool, error) {
	var known int
	var batch pgx.Batch
	days := map[string]bool{}
	batch.Queue(`select count(*) from holiday_calendars where bank_id = $1 and id = any($2)`, tx.BankID, calendars).
		QueryRow(func(row pgx.Row) error { return row.Scan(&known) })
	batch.Queue(`select distinct on_date from holidays where bank_id = $1 and calendar_id = any($2) and on_date between $3 and $4`,
		tx.BankID, calendars, from, to).Query(func(rows pgx.Rows) error {
		var day time.Time
		_, err := pgx.ForEachRow(rows, []any{&day}, func() error { days[day.Format(time.DateOnly)] = true; return nil })
		return err
	})
	if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
		return nil, fmt.Errorf("read holidays: %w", err)
	}
	distinct := map[uuid.UUID]bool{}
	for _, id := range calendars {
		distinct[id] = true
	}
	if known != len(distinct) {
		return nil, errNoHolidays()
	}
	return days, nil
}
