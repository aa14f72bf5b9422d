package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// ExceptionKind is how certain dates differ from the week.
type ExceptionKind string

// The kinds of exception.
const (
	Holiday ExceptionKind = "holiday" // nobody works, but for extra hours; the only one of a whole bank
	Absence ExceptionKind = "absence" // the agent is away
	Extra   ExceptionKind = "extra"   // the agent works besides the week's hours, on holidays too
	Travel  ExceptionKind = "travel"  // the agent's clock is that of another zone
)

// Exception is how certain dates of an agent, or of the whole bank, differ from
// the week. Dates are those of the agent's wall clock; see week.open for what
// they do to the hours.
type Exception struct {
	ID      uuid.UUID
	AgentID uuid.UUID // uuid.Nil: the whole bank
	Kind    ExceptionKind
	First   Date
	Last    Date  // inclusive
	Starts  Clock // of each of the days; both 0: all day
	Ends    Clock
	// TimeZone is where a travel goes; of others, whose clock Starts and Ends are
	// on. AddException takes the agent's own on the first day for "", which stays
	// only for hours of the whole bank: there it is each agent's own.
	TimeZone string
	Reason   string
	Approval
	// Conflicts are the bookings that are without their agent by it; of one that
	// waits, would be. Lists leave them out.
	Conflicts []Conflict
}

func (e Exception) allDay() bool       { return e.Ends == 0 }
func (e Exception) covers(d Date) bool { return !d.Before(e.First) && !e.Last.Before(d) }

const (
	maxExceptionDays = 366
	maxExceptions    = 1000 // in a list
)

func (e Exception) check() error {
	if e.AgentID == uuid.Nil && e.Kind != Holiday {
		return visavis.InvalidField("agent_id", "is required: only a holiday is of the whole bank")
	}
	switch {
	case e.Last.Before(e.First) || e.Last.Days(e.First) >= maxExceptionDays:
		return visavis.InvalidField("last_on", "must be on or after first_on, at most %d days", maxExceptionDays)
	case e.First.Year < 2000 || e.Last.Year > 2100:
		return visavis.InvalidField("first_on", "must be in the years 2000 to 2100")
	case e.allDay() && e.Kind == Extra:
		return visavis.InvalidField("starts", "extra hours need starts and ends")
	case !e.allDay() && e.Kind == Travel:
		return visavis.InvalidField("starts", "a travel is of whole days")
	case !e.allDay() && (e.Starts < 0 || e.Ends <= e.Starts || e.Ends > 24*60), e.allDay() && e.Starts != 0:
		return visavis.InvalidField("ends", "must be after starts and at most 24:00")
	case e.Kind == Travel && e.TimeZone == "":
		return visavis.InvalidField("time_zone", "a travel needs the zone of where it goes")
	case len([]rune(e.Reason)) > 200:
		return visavis.InvalidField("reason", "at most 200 characters")
	}
	if e.TimeZone != "" {
		if _, err := loadZone(e.TimeZone); err != nil {
			return visavis.InvalidField("time_zone", "must be an IANA time zone such as Europe/Kyiv")
		}
	}
	switch e.Kind {
	case Holiday, Absence, Extra, Travel:
		return nil
	}
	return visavis.InvalidField("kind", "must be holiday, absence, extra or travel")
}

// AddException enters an exception as the actor in ctx may: for oneself it is a
// request; supervisors, administrators and the bank enter others' and the whole
// bank's at once. Invalid (with the field) for one that makes no sense, NotFound
// when the bank has no such agent or an agent asks for another.
func (s *Service) AddException(ctx context.Context, bankID uuid.UUID, e Exception) (Exception, error) {
	state, err := mayEnter(ctx, e.AgentID)
	if err != nil {
		return e, err
	}
	if err := e.check(); err != nil {
		return e, err
	}
	e.ID, e.Approval = uuid.Must(uuid.NewV7()), asked(ctx, s.now(), state)
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if e.AgentID != uuid.Nil {
			hours, err := s.lockHoursTx(ctx, tx, e.AgentID)
			if err != nil {
				return err
			}
			if !e.allDay() && e.TimeZone == "" {
				if e.TimeZone, err = s.clockOfTx(ctx, tx, e.AgentID, hours, e.First); err != nil {
					return err
				}
			}
		}
		batch := &pgx.Batch{}
		batch.Queue(`
			insert into calendar_exceptions (bank_id, id, agent_id, kind, first_on, last_on, starts, ends, time_zone, reason,
				state, asked_by, asked_kind, asked_at, decided_by, decided_kind, decided_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			tx.BankID, e.ID, orNull(e.AgentID), e.Kind, e.First.utc(), e.Last.utc(), e.clock(e.Starts), e.clock(e.Ends), e.TimeZone, e.Reason,
			e.State, e.AskedBy, e.AskedKind, e.AskedAt, e.DecidedBy, e.decidedKind(), e.DecidedAt)
		if e.Kind == Extra {
			queuePlace(batch, tx.BankID, e.AgentID)
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return fmt.Errorf("add exception: %w", err)
		}
		if e.Conflicts, err = s.exceptionConflictsTx(ctx, tx, e); err != nil {
			return err
		}
		return s.appendExceptionTx(ctx, tx, e)
	})
	return e, err
}

// clockOfTx returns the zone of an agent's clock on a date: of where they are,
// else of their hours, else the bank's.
func (s *Service) clockOfTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID, hours []Hours, on Date) (zone string, err error) {
	err = tx.QueryRow(ctx, `
		select time_zone from calendar_exceptions
		where bank_id = $1 and agent_id = $2 and kind = 'travel' and state in ('requested', 'approved') and $3 between first_on and last_on
		order by id desc limit 1`, tx.BankID, agentID, on.utc()).Scan(&zone)
	switch {
	case err == nil:
		return zone, nil
	case !errors.Is(err, pgx.ErrNoRows):
		return "", fmt.Errorf("look for a travel: %w", err)
	case len(hours) > 0:
		return hours[0].TimeZone, nil
	}
	settings, err := s.banks.SettingsTx(ctx, tx)
	return settings.DefaultTimeZone, err
}

func (e Exception) clock(c Clock) *pgtype.Time {
	if e.allDay() {
		return nil
	}
	return new(wallTime(c))
}

func (s *Service) appendExceptionTx(ctx context.Context, tx *postgres.Tx, e Exception) error {
	data := map[string]any{
		"kind": e.Kind, "first_on": e.First.String(), "last_on": e.Last.String(), "state": e.State, "conflicts": len(e.Conflicts),
	}
	if e.AgentID != uuid.Nil {
		data["agent_id"] = e.AgentID
	}
	_, err := events.AppendTx(ctx, tx, s.now(), events.New{Type: "calendar_exception." + string(e.State), Object: "calendar_exception", ID: e.ID, Data: data})
	return err
}

// exceptionConflictsTx is what is wrong with the bookings by an exception that
// is in force, or would be by one that waits. What gives time takes none.
func (s *Service) exceptionConflictsTx(ctx context.Context, tx *postgres.Tx, e Exception) ([]Conflict, error) {
	var agents []uuid.UUID
	if e.AgentID != uuid.Nil {
		agents = []uuid.UUID{e.AgentID}
	}
	switch e.State {
	case Approved, Withdrawn:
		return s.conflictsTx(ctx, tx, agents, nil)
	case Requested:
		return s.conflictsTx(ctx, tx, agents, func(w *week) { w.exceptions = append(w.exceptions, e) })
	}
	return nil, nil
}

// ApproveException puts one that waits into force; Forbidden "four_eyes",
// Conflict "already_decided". Bookings stay; those that are without their agent
// by it are in Conflicts.
func (s *Service) ApproveException(ctx context.Context, bankID, id uuid.UUID, note string) (Exception, error) {
	return s.decideException(ctx, bankID, id, Approved, note)
}

// RejectException ends one that waits.
func (s *Service) RejectException(ctx context.Context, bankID, id uuid.UUID, note string) (Exception, error) {
	return s.decideException(ctx, bankID, id, Rejected, note)
}

// RemoveException takes one back that waits or is in force; it stays in the
// history. An agent takes back what waits; of what was approved it is Conflict
// "already_decided", and others' they do not see. People do not take their own
// extra hours back (Forbidden "four_eyes"): that is deciding about oneself.
func (s *Service) RemoveException(ctx context.Context, bankID, id uuid.UUID) (Exception, error) {
	return s.decideException(ctx, bankID, id, Withdrawn, "")
}

func (s *Service) decideException(ctx context.Context, bankID, id uuid.UUID, to ApprovalState, note string) (e Exception, err error) {
	if err := checkNote(note); err != nil {
		return e, err
	}
	actor := visavis.ActorFrom(ctx)
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if e, err = exceptionTx(ctx, tx, id, " for update"); err != nil {
			return err
		}
		if err := mayDecide(ctx, e, to); err != nil {
			return err
		}
		at := s.now()
		e.State, e.DecidedBy, e.DecidedAt, e.Note = to, orNull(actor.ID), &at, note
		if _, err := tx.Exec(ctx, `
			update calendar_exceptions set state = $3, decided_by = $4, decided_kind = $5, decided_at = $6, note = $7 where bank_id = $1 and id = $2`,
			tx.BankID, e.ID, e.State, e.DecidedBy, string(actor.Kind), e.DecidedAt, e.Note); err != nil {
			return fmt.Errorf("decide about exception: %w", err)
		}
		if to != Rejected {
			if e.Conflicts, err = s.exceptionConflictsTx(ctx, tx, e); err != nil {
				return err
			}
		}
		return s.appendExceptionTx(ctx, tx, e)
	})
	return e, err
}

// mayDecide refuses what the actor may not do with an exception as it stands.
func mayDecide(ctx context.Context, e Exception, to ApprovalState) error {
	actor := visavis.ActorFrom(ctx)
	own := actor.Kind == visavis.ActorAgent && actor.ID == e.AgentID
	if to == Withdrawn {
		switch {
		case actor.Kind == visavis.ActorAgent && actor.Role == visavis.RoleAgent && !own:
			return errNoException()
		case e.State == Requested:
			return nil
		case e.State != Approved || own && actor.Role == visavis.RoleAgent:
			return errDecided(e.State)
		case own:
			return fourEyes(ctx, e.AgentID, e.Approval)
		}
		return nil
	}
	if err := fourEyes(ctx, e.AgentID, e.Approval); err != nil {
		return err
	}
	if e.State != Requested {
		return errDecided(e.State)
	}
	return nil
}

func errNoException() error {
	return visavis.Errorf(visavis.NotFound, "calendar_exception_not_found", "there is no such exception")
}

const exceptionColumns = `id, agent_id, kind, first_on, last_on, starts, ends, time_zone, reason, state, asked_by, asked_kind, asked_at, decided_by, decided_at, note`

func scanException(row pgx.CollectableRow) (e Exception, err error) {
	var agent *uuid.UUID
	var first, last time.Time
	var starts, ends pgtype.Time
	err = row.Scan(&e.ID, &agent, &e.Kind, &first, &last, &starts, &ends, &e.TimeZone, &e.Reason,
		&e.State, &e.AskedBy, &e.AskedKind, &e.AskedAt, &e.DecidedBy, &e.DecidedAt, &e.Note)
	if agent != nil {
		e.AgentID = *agent
	}
	e.First, e.Last, e.Starts, e.Ends = DateOf(first), DateOf(last), clockOf(starts), clockOf(ends)
	return e, err
}

// exceptionTx returns one that the actor may see.
func exceptionTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, lock string) (Exception, error) {
	rows, err := tx.Query(ctx, `select `+exceptionColumns+` from calendar_exceptions where bank_id = $1 and id = $2`+lock, tx.BankID, id)
	if err != nil {
		return Exception{}, fmt.Errorf("read exception: %w", err)
	}
	e, err := pgx.CollectExactlyOneRow(rows, scanException)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && e.AgentID != uuid.Nil && othersTime(ctx, e.AgentID) {
		return Exception{}, errNoException()
	}
	if err != nil {
		return e, fmt.Errorf("read exception: %w", err)
	}
	return e, nil
}

// Exception returns one, with its conflicts when it waits; NotFound when there is
// none, or an agent asks for another's.
func (s *Service) Exception(ctx context.Context, bankID, id uuid.UUID) (e Exception, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if e, err = exceptionTx(ctx, tx, id, ""); err != nil || e.State != Requested {
			return err
		}
		e.Conflicts, err = s.exceptionConflictsTx(ctx, tx, e)
		return err
	})
	return e, err
}

// ExceptionFilter narrows a list of exceptions; zero fields do not.
type ExceptionFilter struct {
	AgentID  uuid.UUID // this agent's and the whole bank's
	State    ApprovalState
	From, To Date // with days on or after From, on or before To
}

// Exceptions lists exceptions by their first day, at most 1,000. An agent gets
// their own and the whole bank's.
func (s *Service) Exceptions(ctx context.Context, bankID uuid.UUID, f ExceptionFilter) (all []Exception, err error) {
	if actor := visavis.ActorFrom(ctx); actor.Kind == visavis.ActorAgent && actor.Role == visavis.RoleAgent {
		if f.AgentID != uuid.Nil && f.AgentID != actor.ID {
			return nil, errNoAgent()
		}
		f.AgentID = actor.ID
	}
	date := func(d Date) *time.Time {
		if d == (Date{}) {
			return nil
		}
		return new(d.utc())
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `
			select `+exceptionColumns+` from calendar_exceptions
			where bank_id = $1 and ($2::uuid is null or agent_id is null or agent_id = $2) and ($3 = '' or state = $3)
			  and ($4::date is null or last_on >= $4) and ($5::date is null or first_on <= $5)
			order by first_on, id limit $6`, tx.BankID, orNull(f.AgentID), string(f.State), date(f.From), date(f.To), maxExceptions)
		if err != nil {
			return err
		}
		all, err = pgx.CollectRows(rows, scanException)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list exceptions: %w", err)
	}
	return all, nil
}
