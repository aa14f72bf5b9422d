package calls

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// sweepThreads wipes what was said in threads whose time is over: as long after
// the last line as the scenario keeps recordings. A call of the case under legal
// hold keeps its thread. It does a bounded number, and reports whether there may be
// more.
func (s *Service) sweepThreads(ctx context.Context) (more bool, err error) {
	const batch = 200
	type due struct{ BankID, IdentificationID uuid.UUID }
	var all []due
	err = s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `select bank_id, identification_id from threads where wiped_at is null and keep_until < $1 order by keep_until limit $2`, s.Now(), batch)
		all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[due])
		return err
	})
	errs := []error{err}
	for _, d := range all {
		if ctx.Err() != nil {
			return true, ctx.Err()
		}
		errs = append(errs, s.wipeThread(s.system(ctx, d.BankID), d.BankID, d.IdentificationID))
	}
	return len(all) == batch, errors.Join(errs...)
}

func (s *Service) wipeThread(ctx context.Context, bankID, identificationID uuid.UUID) error {
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		t, err := s.threadTx(ctx, tx, identificationID, "for update")
		if err != nil || t.wipedAt != nil {
			return err
		}
		var held bool
		if err := tx.QueryRow(ctx, `select exists (select from calls c join call_records r on r.bank_id = c.bank_id and r.call_id = c.id
			where c.bank_id = $1 and c.identification_id = $2 and r.held_at is not null)`, tx.BankID, identificationID).Scan(&held); err != nil {
			return err
		}
		if held { // looked at again tomorrow
			_, err := tx.Exec(ctx, `update threads set keep_until = $3 where bank_id = $1 and identification_id = $2`, tx.BankID, identificationID, s.Now().AddDate(0, 0, 1))
			return err
		}
		tag, err := tx.Exec(ctx, `update threads set wiped_at = $3, state = 'bot', agent_id = null, asked_at = null, asked_why = ''
			where bank_id = $1 and identification_id = $2 and keep_until < $3`, tx.BankID, identificationID, s.Now())
		if err != nil || tag.RowsAffected() == 0 { // something was written meanwhile
			return err
		}
		if _, err := tx.Exec(ctx, `update thread_entries set body = '', quick_replies = '{}', question = case question when 'asked' then 'dropped' else question end
			where bank_id = $1 and identification_id = $2`, tx.BankID, identificationID); err != nil {
			return err
		}
		t.State = ThreadBot
		return s.threadEventTx(ctx, tx, t, "thread.wiped", nil)
	})
	if err != nil {
		return fmt.Errorf("wipe the thread of %s: %w", identificationID, err)
	}
	return nil
}
