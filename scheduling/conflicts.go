package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis/postgres"
)

// ConflictAction says what became of a booking whose agent no longer works.
type ConflictAction string

// What becomes of such a booking. It is never dropped.
const (
	Undecided ConflictAction = "undecided" // nothing was tried: the change waits, or nobody has yet
	Reseated  ConflictAction = "reseated"  // another agent's calendar has room and took it
	// NobodyFree: no calendar has room at its time. Move it with the customer, or
	// have someone work extra hours.
	NobodyFree ConflictAction = "nobody_free"
	// NamedAgent: the customer chose this agent. Move it, or offer another agent.
	NamedAgent ConflictAction = "named_agent"
)

// Conflict is a booking that stands at a time at which the agent whose calendar
// holds it no longer works.
type Conflict struct {
	BookingID        uuid.UUID
	IdentificationID uuid.UUID
	AgentID          uuid.UUID
	Start, End       time.Time
	Action           ConflictAction
}

// conflictsTx lists the live bookings to come in the agents' calendars (none =
// everyone's) that do not lie in their working time, in order of time: in that
// of now or, with change, of what it would be then. The buffers of a booking may
// lie outside.
func (s *Service) conflictsTx(ctx context.Context, tx *postgres.Tx, agents []uuid.UUID, change func(*week)) ([]Conflict, error) {
	if agents == nil {
		agents = []uuid.UUID{}
	}
	rows, err := tx.Query(ctx, `
		select b.id, b.identification_id, p.agent_id, lower(b.during), upper(b.during), 'undecided'
		from bookings b join places p on p.bank_id = b.bank_id and p.id = b.place_id
		where b.bank_id = $1 and b.state in ('held', 'confirmed', 'due') and p.agent_id is not null
		  and (cardinality($2::uuid[]) = 0 or p.agent_id = any($2)) and b.occupied_from > $3::timestamptz - interval '24 hours'
		  and upper(b.during) > $3
		order by lower(b.during), b.id`, tx.BankID, agents, s.now())
	if err != nil {
		return nil, fmt.Errorf("look for bookings in the way: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Conflict])
	if err != nil || len(all) == 0 {
		return nil, err
	}
	last := all[0].End
	var concerned []uuid.UUID
	for _, c := range all {
		if c.End.After(last) {
			last = c.End
		}
		concerned = append(concerned, c.AgentID)
	}
	slices.SortFunc(concerned, compareIDs)
	batch := &pgx.Batch{}
	r := Rules{EligibleAgents: slices.Compact(concerned)}
	ro := queueRosterFor(batch, tx.BankID, r, all[0].Start, last)
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return nil, fmt.Errorf("read working time: %w", err)
	}
	w := ro.weeks(r, all[0].Start, last)
	if change != nil {
		for _, of := range w.of {
			change(of)
		}
	}
	open, err := w.open(all[0].Start, last)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(c Conflict) bool {
		return slices.ContainsFunc(open[c.AgentID], func(o interval) bool { return o.covers(c.Start, c.End) })
	}), nil
}

func compareIDs(a, b uuid.UUID) int { return slices.Compare(a[:], b[:]) }

// ReseatTx gives a live booking another agent's calendar at the same time, when
// the one that holds it is not one that the rules allow then, or its agent does
// not work: places are exchangeable until the ring, so the customer notices
// nothing and nothing is said. It returns what became of it; overbooking places
// do not count. The case must be locked, as before every change of a booking.
func (s *Service) ReseatTx(ctx context.Context, tx *postgres.Tx, bookingID uuid.UUID, r Rules) (ConflictAction, error) {
	b, err := s.lockTx(ctx, tx, bookingID)
	if err != nil {
		return "", err
	}
	if b.AgentID != uuid.Nil {
		return NamedAgent, nil
	}
	all, err := s.calendarsTx(ctx, tx, r, b.Start, b.End, b.ID)
	if err == nil {
		err = all.takeTx(ctx, tx, r, b.Start, b.End, b.ID)
	}
	if err != nil {
		return "", err
	}
	for _, c := range all.calendars {
		if c.number > 0 || c.placeID == b.PlaceID || !c.isFree(r, b.Start, b.End) {
			continue
		}
		err := tx.Savepoint(ctx, func(ctx context.Context) error {
			_, err := tx.Exec(ctx, `update bookings set place_id = $3, updated_at = $4, occupies = tstzrange($5, $6) where bank_id = $1 and id = $2`,
				tx.BankID, b.ID, c.placeID, s.now(), r.from(b.Start), r.to(b.End))
			return err
		})
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == exclusionViolation {
			continue // somebody has just taken it
		}
		if err != nil {
			return "", fmt.Errorf("reseat booking: %w", err)
		}
		return Reseated, nil
	}
	return NobodyFree, nil
}
