package calls

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// What a waiting customer is shown, and what he may do instead of waiting.

// CallBack lets the customer leave the page without losing the place: when it
// is his turn he is rung, like for a booking. After the scenario's
// callback_seconds a new time is offered instead. NotFound "not_queued" without
// a place.
func (s *Service) CallBack(ctx context.Context, bankID, identificationID uuid.UUID) (Place, error) {
	return s.insteadOfWaiting(ctx, bankID, identificationID, func(ctx context.Context, tx *postgres.Tx, e Entry) error {
		if e.Callback || e.State == EntryOffered && e.OnPage { // an agent is about to take him
			return nil
		}
		r, err := s.rulesTx(ctx, tx, e)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update queue_entries set callback = true, on_page = false where bank_id = $1 and id = $2`, tx.BankID, e.ID); err != nil {
			return err
		}
		if e.BookingID == nil {
			if err := s.keepPlaceTx(ctx, tx, e, seconds(r.CallbackSeconds)); err != nil {
				return err
			}
		}
		e.Callback, e.OnPage = true, false
		return s.entryEvent(ctx, tx, e, "queue.callback_asked", nil)
	})
}

// NewTime gives the place up for a link by which the customer books a time. A
// booking that is due stays: it is moved as a booking.
func (s *Service) NewTime(ctx context.Context, bankID, identificationID uuid.UUID) (Place, error) {
	return s.insteadOfWaiting(ctx, bankID, identificationID, func(ctx context.Context, tx *postgres.Tx, e Entry) error {
		if e.BookingID != nil {
			return visavis.Errorf(visavis.Conflict, "booked", "you have a booking: move it instead")
		}
		if err := s.endEntryTx(ctx, tx, e, EntryLeft); err != nil {
			return err
		}
		return s.newTimeTx(ctx, tx, e)
	})
}

func (s *Service) insteadOfWaiting(ctx context.Context, bankID, identificationID uuid.UUID, do func(context.Context, *postgres.Tx, Entry) error) (p Place, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		e, err := queuedTx(ctx, tx, identificationID)
		if err != nil {
			return err
		}
		if err := do(ctx, tx, e); err != nil {
			return err
		}
		p, err = s.placeTx(ctx, tx, identificationID)
		return err
	})
	return p, err
}

// relaxed: something that was asked of the agent is not any more, or the
// customer has waited for too long.
func (s *Service) relaxed(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	if err := lockRouteTx(ctx, tx); err != nil {
		return err
	}
	e, err := entryTx(ctx, tx, d.ObjectID)
	if err != nil || e.State != EntryWaiting && e.State != EntryOffered {
		return err
	}
	r, err := s.rulesTx(ctx, tx, e)
	if err != nil {
		return err
	}
	over := r.Overflow
	if e.Kind == Serve && e.OverflowedAt == nil && over.AfterSeconds > 0 && !s.Now().Before(e.EnteredAt.Add(seconds(over.AfterSeconds))) {
		now := s.Now()
		e.OverflowedAt = &now
		if _, err := tx.Exec(ctx, `update queue_entries set overflowed_at = $3 where bank_id = $1 and id = $2`, tx.BankID, e.ID, now); err != nil {
			return err
		}
		if err := s.entryEvent(ctx, tx, e, "queue.overflowed", map[string]any{"to": over.To}); err != nil {
			return err
		}
	}
	return s.routeTx(ctx, tx)
}

// queuedTx locks the matching and returns the live entry of a case; NotFound
// "not_queued" when there is none.
func queuedTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) (Entry, error) {
	if err := lockRouteTx(ctx, tx); err != nil {
		return Entry{}, err
	}
	e, err := liveEntryTx(ctx, tx, identificationID)
	if errors.Is(err, pgx.ErrNoRows) {
		return Entry{}, notQueued()
	}
	return e, err
}

func notQueued() error {
	return visavis.Errorf(visavis.NotFound, "not_queued", "you are not in the queue")
}

// placeTx returns the newest entry of a case with its position among all who
// wait, and the wait to expect: the median length of the last 20 calls of the
// scenario (else of the bank), for each who stands before and for the customer
// himself, divided among the agents at work who may serve him; nothing of it
// when one of them is ready and nobody stands before.
func (s *Service) placeTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) (Place, error) {
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries
		where bank_id = $1 and identification_id = $2 and kind = 'serve' order by id desc limit 1`, tx.BankID, identificationID)
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Entry])
	if errors.Is(err, pgx.ErrNoRows) {
		return Place{}, notQueued()
	}
	if err != nil {
		return Place{}, err
	}
	p := Place{Entry: e}
	if e.State != EntryWaiting && e.State != EntryOffered {
		return p, nil
	}
	r, err := s.rulesTx(ctx, tx, e)
	if err != nil {
		return Place{}, err
	}
	if over := r.Overflow.To; e.OverflowedAt != nil && !e.Callback && (over == identifications.OverflowCallback || over == identifications.OverflowBooking) {
		p.Suggest = over
	}
	before, err := s.beforeTx(ctx, tx, e)
	if err != nil {
		return Place{}, err
	}
	p.Position = before + 1
	var median float64
	if err := tx.QueryRow(ctx, `
		select coalesce(
		    (select percentile_cont(0.5) within group (order by extract(epoch from ended_at - answered_at)) from
		      (select ended_at, answered_at from calls where bank_id = $1 and scenario_id = $2 and state = 'ended' and answered_at is not null order by id desc limit 20) last),
		    (select percentile_cont(0.5) within group (order by extract(epoch from ended_at - answered_at)) from
		      (select ended_at, answered_at from calls where bank_id = $1 and state = 'ended' and answered_at is not null order by id desc limit 20) last), 0)`,
		tx.BankID, e.ScenarioID).Scan(&median); err != nil {
		return Place{}, err
	}
	working, err := s.workersTx(ctx, tx)
	if err != nil {
		return Place{}, err
	}
	may := e.fit(r, working, s.Now())
	if len(may) == 0 || median == 0 || e.State == EntryOffered {
		return p, nil
	}
	if p.Position == 1 && slices.ContainsFunc(may, func(w worker) bool { return w.State == Ready }) {
		return p, nil
	}
	p.EstimatedWait = time.Duration(median * float64(p.Position) / float64(len(may)) * float64(time.Second))
	return p, nil
}
