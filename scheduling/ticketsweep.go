package scheduling

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

// ticketsAtOnce is how many tickets one transaction removes.
const ticketsAtOnce = 5000

// SweepTickets removes the tickets of all banks that are older than their bank's
// ticket_keep_days, called or not, and the counters of days that are as long ago.
// What happened with them stays in the events, which name nobody.
func (s *Service) SweepTickets(ctx context.Context) error {
	for more := true; more; {
		err := s.db.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
			var trip pgx.Batch
			trip.Queue(`
				delete from tickets where (bank_id, id) in (
					select t.bank_id, t.id from tickets t join banks b on b.bank_id = t.bank_id
					where t.created_at < $1::timestamptz - make_interval(days => coalesce((b.settings ->> 'ticket_keep_days')::integer, $2))
					order by t.created_at limit $3)`, s.now(), banks.TicketKeepDays, ticketsAtOnce).Exec(func(tag pgconn.CommandTag) error {
				more = tag.RowsAffected() == ticketsAtOnce
				return nil
			})
			// A day more: a counter's day is the bank's own, and may still go on.
			trip.Queue(`
				delete from ticket_numbers n using banks b
				where b.bank_id = n.bank_id and n.day < ($1::timestamptz at time zone 'UTC')::date - 1 - coalesce((b.settings ->> 'ticket_keep_days')::integer, $2)`,
				s.now(), banks.TicketKeepDays)
			return tx.SendBatch(ctx, &trip).Close()
		})
		if err != nil {
			return fmt.Errorf("sweep tickets: %w", err)
		}
	}
	return nil
}
