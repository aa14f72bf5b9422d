package scheduling

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// AgendaFilter narrows an agenda; zero fields but From and To do not.
type AgendaFilter struct {
	From, To   time.Time // what overlaps [From, To); required
	AgentID    uuid.UUID // whose calendar holds the place
	ScenarioID uuid.UUID
	States     []State // default: all but cancelled
	Limit      int     // default and at most 5,000
}

// AgendaItem is a booking or a hold in a calendar.
type AgendaItem struct {
	Booking
	AgentID uuid.UUID // whose calendar holds it at the moment; uuid.Nil = an overbooking place
}

// maxAgenda is the most items of an agenda.
const maxAgenda = 5000

// Agenda returns what stands in the calendars between two times, in order;
// more = there is more than the limit. The agent may change until the call
// rings.
func (s *Service) Agenda(ctx context.Context, bankID uuid.UUID, f AgendaFilter) (items []AgendaItem, more bool, err error) {
	if f.Limit <= 0 || f.Limit > maxAgenda {
		f.Limit = maxAgenda
	}
	states := make([]string, len(f.States))
	for i, state := range f.States {
		states[i] = string(state)
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		// A booking lasts at most a day (its scenario's slot_minutes), so the index
		// over the start bounds what is looked at.
		rows, err := tx.Query(ctx, `
			select `+bookingColumns+`, (select agent_id from places p where p.bank_id = $1 and p.id = place_id)
			from bookings
			where bank_id = $1 and starts_at >= $2::timestamptz - interval '1 day' and starts_at < $3 and upper(during) > $2
			  and case when cardinality($4::text[]) = 0 then state <> 'cancelled' else state = any($4) end
			  and (state <> 'held' or held_until > $5)
			  and ($6::uuid is null or scenario_id = $6)
			  and ($7::uuid is null or place_id = (select id from places where bank_id = $1 and agent_id = $7))
			order by starts_at, id limit $8`,
			tx.BankID, f.From, f.To, states, s.now(), orNull(f.ScenarioID), orNull(f.AgentID), f.Limit+1)
		if err != nil {
			return err
		}
		items, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (i AgendaItem, err error) {
			var agent *uuid.UUID
			err = scanBookingInto(row, &i.Booking, &agent)
			if agent != nil {
				i.AgentID = *agent
			}
			return i, err
		})
		return err
	})
	if err != nil {
		return nil, false, fmt.Errorf("read agenda: %w", err)
	}
	if len(items) > f.Limit {
		return items[:f.Limit], true, nil
	}
	return items, false, nil
}
