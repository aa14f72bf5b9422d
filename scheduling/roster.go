package scheduling

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/visavis/visavis/postgres"
)

// roster is all that says which of a bank's agents may be booked and when they
// work, from a date on (what queueWeeks reads, for any rules), and how customers are
// reminded. It is kept in memory
// and good as long as the bank's row of calendar_versions is of its version.
type roster struct {
	version uuid.UUID
	from    Date
	agents  []rosterAgent
	ladders ladders // all of the bank
}

type rosterAgent struct {
	id, place  uuid.UUID
	languages  []string
	skills     map[string]int
	plain      *week // the week's hours alone
	exceptions []Exception
	holidays   []Date
}

// rosters are those of the banks that booked last.
type rosters struct {
	mu  sync.Mutex
	all map[uuid.UUID]*roster
}

// maxRosters is of how many banks a node remembers them.
const maxRosters = 500

func (c *rosters) of(bankID uuid.UUID) *roster {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.all[bankID]
}

func (c *rosters) put(bankID uuid.UUID, ro *roster) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil || len(c.all) >= maxRosters {
		c.all = map[uuid.UUID]*roster{}
	}
	c.all[bankID] = ro
}

// rosterTx reads a bank's roster and remembers it, unless the bank
// has no version: then nothing says when it changes.
func (s *Service) rosterTx(ctx context.Context, tx *postgres.Tx) (*roster, error) {
	ro := &roster{from: DateOf(s.now()).AddDays(-2)}
	at := map[uuid.UUID]int{}
	of := func(agent uuid.UUID) *rosterAgent {
		if i, ok := at[agent]; ok {
			return &ro.agents[i]
		}
		return nil
	}
	batch := &pgx.Batch{}
	// First, so that what is read is this version or a newer one, never an older.
	batch.Queue(`select version from calendar_versions where bank_id = $1`, tx.BankID).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&ro.version}, func() error { return nil })
		return err
	})
	batch.Queue(`
		select a.id, coalesce(p.id, '00000000-0000-0000-0000-000000000000'), a.languages
		from agents a left join places p on p.bank_id = a.bank_id and p.agent_id = a.id
		where a.bank_id = $1 and a.enabled`, tx.BankID).Query(func(rows pgx.Rows) error {
		var a rosterAgent
		_, err := pgx.ForEachRow(rows, []any{&a.id, &a.place, &a.languages}, func() error {
			at[a.id] = len(ro.agents)
			ro.agents = append(ro.agents, rosterAgent{id: a.id, place: a.place, languages: slices.Clone(a.languages), skills: map[string]int{}, plain: &week{}})
			return nil
		})
		return err
	})
	batch.Queue(`select agent_id, skill, level from agent_skills where bank_id = $1`, tx.BankID).Query(func(rows pgx.Rows) error {
		var id uuid.UUID
		var skill string
		var level int
		_, err := pgx.ForEachRow(rows, []any{&id, &skill, &level}, func() error {
			if a := of(id); a != nil {
				a.skills[skill] = level
			}
			return nil
		})
		return err
	})
	batch.Queue(`
		select agent_id, weekday, starts, ends, time_zone, kind = 'break' from working_hours
		where bank_id = $1 order by agent_id, weekday, starts`, tx.BankID).Query(func(rows pgx.Rows) error {
		var h Hours
		var weekday int16
		var starts, ends pgtype.Time
		_, err := pgx.ForEachRow(rows, []any{&h.AgentID, &weekday, &starts, &ends, &h.TimeZone, &h.Break}, func() error {
			if a := of(h.AgentID); a != nil {
				h.Weekday, h.Starts, h.Ends = time.Weekday(weekday), clockOf(starts), clockOf(ends)
				a.plain.hours = append(a.plain.hours, h)
			}
			return nil
		})
		return err
	})
	batch.Queue(`
		select `+exceptionColumns+` from calendar_exceptions
		where bank_id = $1 and state = 'approved' and last_on >= $2 order by id`, tx.BankID, ro.from.utc()).Query(func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, scanException)
		for _, e := range all {
			for i := range ro.agents {
				if a := &ro.agents[i]; e.AgentID == uuid.Nil || e.AgentID == a.id {
					a.exceptions = append(a.exceptions, e)
				}
			}
		}
		return err
	})
	batch.Queue(`
		select h.on_date, case when not c.everyone then a.agent_id end
		from holidays h
		join holiday_calendars c on c.bank_id = h.bank_id and c.id = h.calendar_id
		left join agent_holiday_calendars a on a.bank_id = h.bank_id and a.calendar_id = h.calendar_id and not c.everyone
		where h.bank_id = $1 and h.on_date >= $2 and (c.everyone or a.agent_id is not null)`, tx.BankID, ro.from.utc()).Query(func(rows pgx.Rows) error {
		var on time.Time
		var agent *uuid.UUID
		_, err := pgx.ForEachRow(rows, []any{&on, &agent}, func() error {
			for i := range ro.agents {
				if a := &ro.agents[i]; agent == nil || *agent == a.id {
					a.holidays = append(a.holidays, DateOf(on))
				}
			}
			return nil
		})
		return err
	})
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("read who works when: %w", err)
	}
	var err error
	if ro.ladders, err = s.laddersTx(ctx, tx); err != nil {
		return nil, err
	}
	for i := range ro.agents {
		ro.agents[i].plain.same = ro.agents[i].plain.key()
	}
	if ro.version != uuid.Nil {
		s.rosters.put(tx.BankID, ro)
	}
	return ro, nil
}

// weeks is what queueWeeks reads for these rules.
func (ro *roster) weeks(r Rules, from, to time.Time) *weeks {
	w := &weeks{of: map[uuid.UUID]*week{}, places: map[uuid.UUID]uuid.UUID{}}
	eligible := r.agents()
	first, last := DateOf(from.UTC()).AddDays(-1), DateOf(to.UTC()).AddDays(1)
	for i := range ro.agents {
		a := &ro.agents[i]
		if len(eligible) > 0 && !slices.Contains(eligible, a.id) || !a.may(r) {
			continue
		}
		of := week{hours: a.plain.hours}
		for _, e := range a.exceptions {
			if !e.Last.Before(first) && !last.Before(e.First) {
				of.exceptions = append(of.exceptions, e)
			}
		}
		for _, d := range a.holidays {
			if !d.Before(first) && !last.Before(d) {
				of.holidays = append(of.holidays, d)
			}
		}
		if w.of[a.id] = a.plain; len(of.exceptions)+len(of.holidays) > 0 {
			w.of[a.id] = &of
		}
		if a.place != uuid.Nil {
			w.places[a.id] = a.place
		}
	}
	return w
}

// may reports whether the agent has the skills and the language that rules ask for.
func (a *rosterAgent) may(r Rules) bool {
	if r.Language != "" && len(a.languages) > 0 && !slices.Contains(a.languages, r.Language) {
		return false
	}
	return !slices.ContainsFunc(r.Skills, func(k Skill) bool { return a.skills[k.Name] < max(k.Level, 1) })
}
