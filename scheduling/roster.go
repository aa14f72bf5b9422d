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
// work, from a date on, whatever the rules.
//
// That of rosterTx, of all agents and dates to come, says how customers are
// reminded, too. It is kept in memory and good as long as the bank's row of
// calendar_versions is of its version.
type roster struct {
	version uuid.UUID
	from    Date
	agents  []rosterAgent
	ladders ladders // all of the bank
}

type rosterAgent struct {
	id, place  uuid.UUID
	languages  []string
	skills     []Skill
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
	var version uuid.UUID
	batch := &pgx.Batch{}
	// First, so that what is read is this version or a newer one, never an older.
	batch.Queue(`select version from calendar_versions where bank_id = $1`, tx.BankID).Query(func(rows pgx.Rows) error {
		_, err := pgx.ForEachRow(rows, []any{&version}, func() error { return nil })
		return err
	})
	ro := queueRoster(batch, tx.BankID, []uuid.UUID{}, DateOf(s.now()).AddDays(-2), Date{9999, time.December, 31})
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
	if ro.version = version; version != uuid.Nil {
		s.rosters.put(tx.BankID, ro)
	}
	return ro, nil
}

// queueRoster reads, by statements of a batch, who may be booked and when they
// work from first to last: of the agents, or of all when none is named. Disabled
// agents are left out.
func queueRoster(batch *pgx.Batch, bankID uuid.UUID, agents []uuid.UUID, first, last Date) *roster {
	ro := &roster{from: first}
	at := map[uuid.UUID]int{}
	each := func(agent uuid.UUID, do func(*rosterAgent)) { // uuid.Nil = everybody
		if i, ok := at[agent]; ok {
			do(&ro.agents[i])
		}
		for i := 0; agent == uuid.Nil && i < len(ro.agents); i++ {
			do(&ro.agents[i])
		}
	}
	batch.Queue(`
		select a.id, coalesce(p.id, '00000000-0000-0000-0000-000000000000'), a.languages
		from agents a left join places p on p.bank_id = a.bank_id and p.agent_id = a.id
		where a.bank_id = $1 and a.enabled and (cardinality($2::uuid[]) = 0 or a.id = any($2))`, bankID, agents).Query(func(rows pgx.Rows) error {
		var a rosterAgent
		_, err := pgx.ForEachRow(rows, []any{&a.id, &a.place, &a.languages}, func() error {
			at[a.id] = len(ro.agents)
			ro.agents = append(ro.agents, rosterAgent{id: a.id, place: a.place, languages: slices.Clone(a.languages), plain: &week{}})
			return nil
		})
		return err
	})
	// Skills are package calls'; that nobody without one is promised is decided here.
	batch.Queue(`
		select agent_id, skill, level from agent_skills
		where bank_id = $1 and (cardinality($2::uuid[]) = 0 or agent_id = any($2))`, bankID, agents).Query(func(rows pgx.Rows) error {
		var id uuid.UUID
		var k Skill
		_, err := pgx.ForEachRow(rows, []any{&id, &k.Name, &k.Level}, func() error {
			each(id, func(a *rosterAgent) { a.skills = append(a.skills, k) })
			return nil
		})
		return err
	})
	batch.Queue(`
		select agent_id, weekday, starts, ends, time_zone, kind = 'break' from working_hours
		where bank_id = $1 and (cardinality($2::uuid[]) = 0 or agent_id = any($2)) and weekday = any($3)
		order by agent_id, weekday, starts`, bankID, agents, weekdays(first, last)).Query(func(rows pgx.Rows) error {
		var h Hours
		var weekday int16
		var starts, ends pgtype.Time
		_, err := pgx.ForEachRow(rows, []any{&h.AgentID, &weekday, &starts, &ends, &h.TimeZone, &h.Break}, func() error {
			h.Weekday, h.Starts, h.Ends = time.Weekday(weekday), clockOf(starts), clockOf(ends)
			each(h.AgentID, func(a *rosterAgent) { a.plain.hours = append(a.plain.hours, h) })
			return nil
		})
		return err
	})
	batch.Queue(`
		select `+exceptionColumns+` from calendar_exceptions
		where bank_id = $1 and state = 'approved' and last_on >= $2 and first_on <= $3
		  and (agent_id is null or cardinality($4::uuid[]) = 0 or agent_id = any($4))
		order by id`, bankID, first.utc(), last.utc(), agents).Query(func(rows pgx.Rows) error {
		all, err := pgx.CollectRows(rows, scanException)
		for _, e := range all {
			each(e.AgentID, func(a *rosterAgent) { a.exceptions = append(a.exceptions, e) })
		}
		return err
	})
	batch.Queue(`
		select h.on_date, case when c.everyone then '00000000-0000-0000-0000-000000000000' else a.agent_id end
		from holidays h
		join holiday_calendars c on c.bank_id = h.bank_id and c.id = h.calendar_id
		left join agent_holiday_calendars a on a.bank_id = h.bank_id and a.calendar_id = h.calendar_id
		  and not c.everyone and (cardinality($4::uuid[]) = 0 or a.agent_id = any($4))
		where h.bank_id = $1 and h.on_date between $2 and $3 and (c.everyone or a.agent_id is not null)`,
		bankID, first.utc(), last.utc(), agents).Query(func(rows pgx.Rows) error {
		var on time.Time
		var agent uuid.UUID
		_, err := pgx.ForEachRow(rows, []any{&on, &agent}, func() error {
			each(agent, func(a *rosterAgent) { a.holidays = append(a.holidays, DateOf(on)) })
			return nil
		})
		return err
	})
	return ro
}

// queueRosterFor is queueRoster of what rules from from to to need.
func queueRosterFor(batch *pgx.Batch, bankID uuid.UUID, r Rules, from, to time.Time) *roster {
	first, last := datesOf(from, to)
	return queueRoster(batch, bankID, r.agents(), first, last)
}

// datesOf are the dates, of any zone, that the time from from to to touches: a
// date begins up to 14 hours before it does in UTC and ends up to 12 after.
func datesOf(from, to time.Time) (first, last Date) {
	return DateOf(from.UTC()).AddDays(-1), DateOf(to.UTC()).AddDays(1)
}

// weekdays returns the days of the week from first to last.
func weekdays(first, last Date) (days []int16) {
	for d := first; !last.Before(d) && len(days) < 7; d = d.AddDays(1) {
		days = append(days, int16(d.Weekday()))
	}
	return days
}

// weeks is who of the roster may be booked by these rules, and when they work.
func (ro *roster) weeks(r Rules, from, to time.Time) *weeks {
	w := &weeks{of: map[uuid.UUID]*week{}, places: map[uuid.UUID]uuid.UUID{}}
	eligible := map[uuid.UUID]bool{}
	for _, id := range r.agents() {
		eligible[id] = true
	}
	first, last := datesOf(from, to)
	for i := range ro.agents {
		a := &ro.agents[i]
		if len(eligible) > 0 && !eligible[a.id] || !a.may(r) {
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
	return !slices.ContainsFunc(r.Skills, func(asked Skill) bool {
		return !slices.ContainsFunc(a.skills, func(k Skill) bool { return k.Name == asked.Name && k.Level >= max(asked.Level, 1) })
	})
}
