package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// HolidayCalendar is a named list of days on which those whom it is for do not
// work, but for extra hours. Days are those of each agent's own wall clock.
type HolidayCalendar struct {
	ID        uuid.UUID
	Name      string      // unique in the bank
	Everyone  bool        // of the whole bank, agents to come too
	Agents    []uuid.UUID // whom it is for, when not everyone
	Days      []NamedDay  // in order, each date once
	CreatedAt time.Time
	UpdatedAt time.Time
	// Conflicts, after a change: bookings whose agents no longer work then.
	Conflicts []Conflict
}

// NamedDay is one holiday.
type NamedDay struct {
	Date Date
	Name string
}

const (
	maxCalendars = 50
	maxHolidays  = 1000 // of one calendar
)

func (c *HolidayCalendar) check() error {
	c.Name = strings.TrimSpace(c.Name)
	switch {
	case c.Name == "" || len([]rune(c.Name)) > 100:
		return visavis.InvalidField("name", "must have 1 to 100 characters")
	case c.Everyone && len(c.Agents) > 0:
		return visavis.InvalidField("agent_ids", "must be empty when the calendar is for everyone")
	case len(c.Agents) > 1000:
		return visavis.InvalidField("agent_ids", "at most 1000")
	case len(c.Days) > maxHolidays:
		return visavis.InvalidField("holidays", "at most %d", maxHolidays)
	}
	slices.SortFunc(c.Agents, compareIDs)
	c.Agents = slices.Compact(c.Agents)
	slices.SortStableFunc(c.Days, func(a, b NamedDay) int { return a.Date.utc().Compare(b.Date.utc()) })
	for i, d := range c.Days {
		switch {
		case d.Date.Year < 2000 || d.Date.Year > 2100:
			return visavis.InvalidField("holidays", "%s is not in the years 2000 to 2100", d.Date)
		case i > 0 && c.Days[i-1].Date == d.Date:
			return visavis.InvalidField("holidays", "%s is there twice", d.Date)
		case strings.TrimSpace(d.Name) == "" || len([]rune(d.Name)) > 100:
			return visavis.InvalidField("holidays", "the name of %s must have 1 to 100 characters", d.Date)
		}
	}
	return nil
}

// AddHolidays adds a calendar. Conflict "name_taken", Invalid with the field,
// NotFound for an agent whom the bank does not have.
func (s *Service) AddHolidays(ctx context.Context, bankID uuid.UUID, c HolidayCalendar) (HolidayCalendar, error) {
	if err := c.check(); err != nil {
		return c, err
	}
	c.ID = uuid.Must(uuid.NewV7())
	c.CreatedAt = s.now()
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var n int
		if err := tx.QueryRow(ctx, `select count(*) from holiday_calendars where bank_id = $1`, tx.BankID).Scan(&n); err != nil {
			return fmt.Errorf("count calendars of holidays: %w", err)
		}
		if n >= maxCalendars {
			return visavis.Errorf(visavis.Conflict, "too_many_calendars", "a bank has at most %d calendars of holidays", maxCalendars)
		}
		if _, err := tx.Exec(ctx, `
			insert into holiday_calendars (bank_id, id, name, everyone, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)`,
			tx.BankID, c.ID, c.Name, c.Everyone, c.CreatedAt); err != nil {
			return nameTaken(err)
		}
		return s.fillHolidaysTx(ctx, tx, &c, "holiday_calendar.created")
	})
	return c, err
}

// ReplaceHolidays replaces a calendar as a whole; errors as of AddHolidays.
func (s *Service) ReplaceHolidays(ctx context.Context, bankID uuid.UUID, c HolidayCalendar) (HolidayCalendar, error) {
	if err := c.check(); err != nil {
		return c, err
	}
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		return s.replaceHolidaysTx(ctx, tx, &c)
	})
	return c, err
}

func (s *Service) replaceHolidaysTx(ctx context.Context, tx *postgres.Tx, c *HolidayCalendar) error {
	err := tx.QueryRow(ctx, `
		update holiday_calendars set name = $3, everyone = $4, updated_at = $5 where bank_id = $1 and id = $2 returning created_at`,
		tx.BankID, c.ID, c.Name, c.Everyone, s.now()).Scan(&c.CreatedAt)
	if errors.Is(err, pgx.ErrNoRows) {
		return errNoHolidays()
	}
	if err != nil {
		return nameTaken(err)
	}
	return s.fillHolidaysTx(ctx, tx, c, "holiday_calendar.changed")
}

// fillHolidaysTx writes the days and agents of a calendar whose row is locked.
func (s *Service) fillHolidaysTx(ctx context.Context, tx *postgres.Tx, c *HolidayCalendar, event string) error {
	c.UpdatedAt = s.now()
	dates, names := make([]time.Time, len(c.Days)), make([]string, len(c.Days))
	for i, d := range c.Days {
		dates[i], names[i] = d.Date.utc(), d.Name
	}
	agents := c.Agents
	if agents == nil {
		agents = []uuid.UUID{}
	}
	var known int
	if err := tx.QueryRow(ctx, `select count(*) from agents where bank_id = $1 and id = any($2)`, tx.BankID, agents).Scan(&known); err != nil {
		return fmt.Errorf("look for agents: %w", err)
	}
	if known != len(agents) {
		return errNoAgent()
	}
	batch := &pgx.Batch{}
	batch.Queue(`delete from holidays where bank_id = $1 and calendar_id = $2`, tx.BankID, c.ID)
	batch.Queue(`delete from agent_holiday_calendars where bank_id = $1 and calendar_id = $2`, tx.BankID, c.ID)
	batch.Queue(`insert into holidays (bank_id, calendar_id, on_date, name) select $1, $2, * from unnest($3::date[], $4::text[])`, tx.BankID, c.ID, dates, names)
	batch.Queue(`insert into agent_holiday_calendars (bank_id, calendar_id, agent_id) select $1, $2, unnest($3::uuid[])`, tx.BankID, c.ID, agents)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("write holidays: %w", err)
	}
	concerned := agents
	if c.Everyone {
		concerned = nil
	}
	if c.Everyone || len(agents) > 0 {
		var err error
		if c.Conflicts, err = s.conflictsTx(ctx, tx, concerned, nil); err != nil {
			return err
		}
	}
	return s.appendHolidaysTx(ctx, tx, *c, event)
}

func (s *Service) appendHolidaysTx(ctx context.Context, tx *postgres.Tx, c HolidayCalendar, event string) error {
	_, err := events.AppendTx(ctx, tx, s.now(), events.New{
		Type: event, Object: "holiday_calendar", ID: c.ID,
		Data: map[string]any{"days": len(c.Days), "everyone": c.Everyone, "conflicts": len(c.Conflicts)},
	})
	return err
}

// RemoveHolidays deletes a calendar with its days.
func (s *Service) RemoveHolidays(ctx context.Context, bankID, id uuid.UUID) error {
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		tag, err := tx.Exec(ctx, `delete from holiday_calendars where bank_id = $1 and id = $2`, tx.BankID, id)
		if err != nil {
			return fmt.Errorf("delete holidays: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return errNoHolidays()
		}
		return s.appendHolidaysTx(ctx, tx, HolidayCalendar{ID: id}, "holiday_calendar.deleted")
	})
}

// Holidays returns one calendar; NotFound when there is none.
func (s *Service) Holidays(ctx context.Context, bankID, id uuid.UUID) (c HolidayCalendar, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err = oneHolidaysTx(ctx, tx, id, "")
		return err
	})
	return c, err
}

func oneHolidaysTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, lock string) (HolidayCalendar, error) {
	all, err := holidaysTx(ctx, tx, `where c.bank_id = $1 and c.id = $2`+lock, id)
	if err == nil && len(all) == 0 {
		err = errNoHolidays()
	}
	if err != nil {
		return HolidayCalendar{}, err
	}
	return all[0], nil
}

// AllHolidays returns a bank's calendars by name.
func (s *Service) AllHolidays(ctx context.Context, bankID uuid.UUID) (all []HolidayCalendar, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		all, err = holidaysTx(ctx, tx, `where c.bank_id = $1 order by c.name`)
		return err
	})
	return all, err
}

func holidaysTx(ctx context.Context, tx *postgres.Tx, where string, args ...any) ([]HolidayCalendar, error) {
	rows, err := tx.Query(ctx, `
		select c.id, c.name, c.everyone, c.created_at, c.updated_at,
		  array(select a.agent_id from agent_holiday_calendars a where a.bank_id = c.bank_id and a.calendar_id = c.id order by a.agent_id),
		  array(select h.on_date from holidays h where h.bank_id = c.bank_id and h.calendar_id = c.id order by h.on_date),
		  array(select h.name from holidays h where h.bank_id = c.bank_id and h.calendar_id = c.id order by h.on_date)
		from holiday_calendars c `+where, append([]any{tx.BankID}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read holidays: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c HolidayCalendar, err error) {
		var dates []time.Time
		var names []string
		err = row.Scan(&c.ID, &c.Name, &c.Everyone, &c.CreatedAt, &c.UpdatedAt, &c.Agents, &dates, &names)
		for i := range dates {
			c.Days = append(c.Days, NamedDay{DateOf(dates[i]), names[i]})
		}
		return c, err
	})
	if err != nil {
		return nil, fmt.Errorf("read holidays: %w", err)
	}
	return all, nil
}

func nameTaken(err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.ConstraintName == "holiday_calendars_name_key" {
		return visavis.Errorf(visavis.Conflict, "name_taken", "there is a calendar of this name already")
	}
	return fmt.Errorf("write calendar of holidays: %w", err)
}

func errNoHolidays() error {
	return visavis.Errorf(visavis.NotFound, "holiday_calendar_not_found", "there is no such calendar of holidays")
}
