package channels

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// CancelTx takes back what has not been sent yet about an object, of the given
// templates or of all. What a provider may already have is left as it is.
func (s *Service) CancelTx(ctx context.Context, tx *postgres.Tx, aboutID uuid.UUID, templates ...string) error {
	return s.CancelAllTx(ctx, tx, []uuid.UUID{aboutID}, templates...)
}

// CancelAllTx is CancelTx of many objects at once.
func (s *Service) CancelAllTx(ctx context.Context, tx *postgres.Tx, aboutIDs []uuid.UUID, templates ...string) error {
	if templates == nil {
		templates = []string{}
	}
	_, err := s.stopTx(ctx, tx, `m.about_id = any($2) and ($3::text[] = '{}' or m.template = any($3))`, false, aboutIDs, templates)
	if err != nil {
		return fmt.Errorf("cancel messages: %w", err)
	}
	return nil
}

// MetTx says that the purpose of the messages about an object is met: the code
// was entered, the call was taken. Everything of them that has not been sent yet
// stops.
func (s *Service) MetTx(ctx context.Context, tx *postgres.Tx, aboutType string, aboutID uuid.UUID) error {
	return s.MetAllTx(ctx, tx, aboutType, []uuid.UUID{aboutID})
}

// MetAllTx is MetTx of many objects of a type at once.
func (s *Service) MetAllTx(ctx context.Context, tx *postgres.Tx, aboutType string, aboutIDs []uuid.UUID) error {
	_, err := s.stopTx(ctx, tx, `m.about_id = any($2) and m.about_type = $3`, true, aboutIDs, aboutType)
	if err != nil {
		return fmt.Errorf("stop messages: %w", err)
	}
	return nil
}

// Cancel takes back what of a message has not been sent yet, and returns the
// message as it then stands. NotFound when the bank has no such message,
// Conflict (message_sent) when nothing of it waits any more.
func (s *Service) Cancel(ctx context.Context, bankID, id uuid.UUID) (m MessageInfo, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		stopped, err := s.stopTx(ctx, tx, `m.id = $2`, false, id)
		if err != nil {
			return fmt.Errorf("cancel message: %w", err)
		}
		if m, err = s.Get(ctx, bankID, id); err != nil {
			return err
		}
		if stopped == 0 && m.State != StateCancelled {
			return visavis.Errorf(visavis.Conflict, "message_sent", "nothing of this message waits to be sent any more")
		}
		return nil
	})
	return m, err
}

// stopTx takes back what waits of the messages that the condition names: their
// pending deliveries and their next step. It returns how many messages had any.
//
// The messages are marked (stopped_at), so that what is under way just now is not
// sent again when the provider puts it off (see refreshTx and deliver), and no
// receipt brings their ladder back.
func (s *Service) stopTx(ctx context.Context, tx *postgres.Tx, condition string, met bool, args ...any) (int, error) {
	now := s.now()
	args = append([]any{tx.BankID}, args...)
	n := len(args)
	// Deliveries before messages, as everywhere, and then once more: a claim or a
	// mark that is under way holds the message's row, so the second statement
	// waits for it, and the third sees what it left behind.
	var causes []cause
	var trip pgx.Batch
	takeBack := func() {
		trip.Queue(fmt.Sprintf(`
		update deliveries d set state = 'cancelled', finished_at = $%d, lease = null, lease_until = null
		from messages m
		where d.bank_id = $1 and d.state = 'pending' and m.bank_id = $1 and m.id = d.message_id and %s
		returning d.message_id, d.id, d.channel`, n+1, condition), append(args[:n:n], now)...).
			Query(func(rows pgx.Rows) error {
				list, err := collectCauses(rows)
				causes = append(causes, list...)
				return err
			})
	}
	takeBack()
	var sent []way
	if met {
		trip.Queue(fmt.Sprintf(`
			select distinct on (m.about_id) d.channel || '/' || d.provider, d.recipient from messages m join deliveries d on d.bank_id = $1 and d.message_id = m.id
			where m.bank_id = $1 and %s and m.met_at is null and m.about_type = 'verification' and d.channel <> 'push' and d.sent_at is not null
			order by m.about_id, d.created_at desc`, condition), args...).
			Query(func(rows pgx.Rows) (err error) {
				sent, err = pgx.CollectRows(rows, pgx.RowToStructByPos[way])
				return err
			})
	}
	trip.Queue(fmt.Sprintf(`
		with was as (
			select id, due_at is not null as waited from messages m
			where m.bank_id = $1 and %s and (m.due_at is not null or m.stopped_at is null or $%d::boolean and m.met_at is null)
			order by id for update
		)
		update messages m set due_at = null, stopped_at = coalesce(m.stopped_at, $%[3]d),
			met_at = case when $%[2]d::boolean then coalesce(m.met_at, $%[3]d) else m.met_at end
		from was where m.bank_id = $1 and m.id = was.id
		returning m.id, was.waited`, condition, n+1, n+2), append(args[:n:n], met, now)...).
		Query(func(rows pgx.Rows) error {
			var id uuid.UUID
			var waited bool
			_, err := pgx.ForEachRow(rows, []any{&id, &waited}, func() error {
				if waited {
					causes = append(causes, cause{message: id})
				}
				return nil
			})
			return err
		})
	takeBack()
	if err := tx.SendBatch(ctx, &trip).Close(); err != nil {
		return 0, err
	}
	if len(sent) > 0 { // a code was confirmed
		bankID := tx.BankID
		tx.AfterCommit(func() {
			for _, w := range sent {
				s.conversions.met(bankID, w.Route, w.Phone, now)
			}
		})
	}
	stopped := map[uuid.UUID]bool{}
	for _, c := range causes {
		stopped[c.message] = true
	}
	return len(stopped), s.refreshTx(ctx, tx, now, causes)
}

// way is how a code got to a number.
type way struct{ Route, Phone string }

// NextTx hands the next step of a message over now: the user asked for it.
// NotFound when the bank has no such message, Conflict (no_next_step) when
// nothing follows, Gone when it has expired.
func (s *Service) NextTx(ctx context.Context, tx *postgres.Tx, messageID uuid.UUID) error {
	now := s.now()
	var class Class
	var expires time.Time
	var more bool
	err := tx.QueryRow(ctx, `
		select class, expires_at, stopped_at is null and state <> 'cancelled' and jsonb_array_length(plan) > step
		from messages where bank_id = $1 and id = $2 for update`, tx.BankID, messageID).Scan(&class, &expires, &more)
	switch {
	case err == pgx.ErrNoRows:
		return visavis.Errorf(visavis.NotFound, "message_not_found", "there is no such message")
	case err != nil:
		return fmt.Errorf("next step of message: %w", err)
	case !now.Before(expires):
		return visavis.Errorf(visavis.Gone, "message_expired", "this message has expired")
	case !more:
		return visavis.Errorf(visavis.Conflict, "no_next_step", "this message has no other way to go")
	}
	_, err = tx.Exec(ctx, `update messages set due_at = $3, asked = step + 1 where bank_id = $1 and id = $2`, tx.BankID, messageID, now)
	if err != nil {
		return fmt.Errorf("next step of message: %w", err)
	}
	tx.Wake(topicOf(class))
	return nil
}
