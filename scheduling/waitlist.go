package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// WaitState is where an entry of the waitlist stands.
//
//	waiting ⇄ offered → booked
//	waiting or offered → left | expired
type WaitState string

// The states of an entry.
const (
	Waiting     WaitState = "waiting"
	Offered     WaitState = "offered" // a time is held for it, until OfferUntil
	WaitBooked  WaitState = "booked"
	WaitLeft    WaitState = "left"
	WaitExpired WaitState = "expired" // its last time has passed, or it did not answer
)

// maxUnanswered is how many offers in a row may lapse before an entry is given
// up: who does not look must not keep times from others.
const maxUnanswered = 3

// maxAsked is how many entries a freed time is tried with at once, before it
// goes on with those who came later.
const maxAsked = 50

// Waiter is an entry of the waitlist.
type Waiter struct {
	ID               uuid.UUID
	BankID           uuid.UUID
	IdentificationID uuid.UUID
	CustomerID       uuid.UUID
	ScenarioID       uuid.UUID
	Earliest, Latest time.Time // starts that suit, both included
	State            WaitState
	HoldID           uuid.UUID // of the offer
	OfferStart       time.Time
	OfferUntil       time.Time
	Unanswered       int
	EnteredAt        time.Time
	UpdatedAt        time.Time
}

const waiterColumns = `bank_id, id, identification_id, customer_id, scenario_id, earliest, latest, state,
	coalesce(hold_id, '00000000-0000-0000-0000-000000000000'), coalesce(offer_start, '0001-01-01 00:00+00'),
	coalesce(offer_until, '0001-01-01 00:00+00'), unanswered, entered_at, updated_at`

func scanWaiter(row pgx.CollectableRow) (e Waiter, err error) {
	err = row.Scan(&e.BankID, &e.ID, &e.IdentificationID, &e.CustomerID, &e.ScenarioID, &e.Earliest, &e.Latest, &e.State,
		&e.HoldID, &e.OfferStart, &e.OfferUntil, &e.Unanswered, &e.EnteredAt, &e.UpdatedAt)
	e.OfferStart, e.OfferUntil = e.OfferStart.UTC(), e.OfferUntil.UTC()
	return e, err
}

func (s *Service) waitersTx(ctx context.Context, tx *postgres.Tx, where string, args ...any) ([]Waiter, error) {
	rows, err := tx.Query(ctx, `select `+waiterColumns+` from waitlist_entries where bank_id = $1 and `+where, append([]any{tx.BankID}, args...)...)
	if err != nil {
		return nil, fmt.Errorf("read waitlist: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanWaiter)
	if err != nil {
		return nil, fmt.Errorf("read waitlist: %w", err)
	}
	return all, nil
}

// WaitTx puts a case on the waitlist: the first times that become free between
// earliest and latest and that its rules allow are offered to it, one at a time,
// in the order of entering. The event is waitlist.entered. Conflict
// "already_waiting" when it is there, Invalid (field to) for a window that has
// passed or ends before it begins.
func (s *Service) WaitTx(ctx context.Context, tx *postgres.Tx, e Waiter) (Waiter, error) {
	now := s.now()
	if !e.Latest.After(now) || e.Latest.Before(e.Earliest) {
		return Waiter{}, visavis.InvalidField("to", "must be in the future and not before from")
	}
	e.ID, e.BankID, e.State, e.EnteredAt, e.UpdatedAt = uuid.Must(uuid.NewV7()), tx.BankID, Waiting, now, now
	_, err := tx.Exec(ctx, `
		insert into waitlist_entries (bank_id, id, identification_id, customer_id, scenario_id, earliest, latest, entered_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
		tx.BankID, e.ID, e.IdentificationID, e.CustomerID, e.ScenarioID, e.Earliest, e.Latest, now)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == uniqueViolation {
		return Waiter{}, visavis.Errorf(visavis.Conflict, "already_waiting", "this case is on the waitlist already")
	}
	if err != nil {
		return Waiter{}, fmt.Errorf("enter waitlist: %w", err)
	}
	if err := s.AtTx(ctx, tx, Due{Kind: DueWaitEnds, ObjectID: e.ID, At: e.Latest}); err != nil {
		return Waiter{}, err
	}
	return e, s.waitEventTx(ctx, tx, now, e, "waitlist.entered")
}

// WaiterTx returns and locks an entry; NotFound when the bank has none of this id.
func (s *Service) WaiterTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Waiter, error) {
	all, err := s.waitersTx(ctx, tx, `id = $2 for update`, id)
	if err == nil && len(all) == 0 {
		err = visavis.Errorf(visavis.NotFound, "waitlist_entry_not_found", "there is no such entry of the waitlist")
	}
	if err != nil {
		return Waiter{}, err
	}
	return all[0], nil
}

// WaiterOf returns the newest entry of a case; found = false when it never had one.
func (s *Service) WaiterOf(ctx context.Context, bankID, identificationID uuid.UUID) (e Waiter, found bool, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		all, err := s.waitersTx(ctx, tx, `identification_id = $2 order by id desc limit 1`, identificationID)
		if len(all) > 0 {
			e, found = all[0], true
		}
		return err
	})
	return e, found, err
}

// Waitlist returns a page of entries, the newest first; states narrow it.
func (s *Service) Waitlist(ctx context.Context, bankID uuid.UUID, states []WaitState, p postgres.Page) (page []Waiter, next string, err error) {
	names := make([]string, len(states))
	for i, state := range states {
		names[i] = string(state)
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		page, err = s.waitersTx(ctx, tx, `(cardinality($2::text[]) = 0 or state = any($2)) and ($3::uuid is null or id < $3) order by id desc limit $4`,
			names, p.After(), p.Size()+1)
		return err
	})
	if err != nil {
		return nil, "", err
	}
	page, next = postgres.Cut(page, p, func(e Waiter) uuid.UUID { return e.ID })
	return page, next, nil
}

// LeaveTx takes an entry off the waitlist; a time that is held for it goes to
// the next one. Leaving again changes nothing. The event is waitlist.left.
func (s *Service) LeaveTx(ctx context.Context, tx *postgres.Tx, e Waiter) (Waiter, error) {
	return s.endWaitTx(ctx, tx, e, WaitLeft, "declined", "waitlist.left")
}

// DeclineTx turns the offer down: the entry goes on waiting for other times, and
// this one is offered to the next. Conflict "offer_lapsed" when there is none.
// The event is waitlist.declined.
func (s *Service) DeclineTx(ctx context.Context, tx *postgres.Tx, e Waiter) (Waiter, error) {
	if e.State != Offered {
		return e, errLapsed()
	}
	return s.endWaitTx(ctx, tx, e, Waiting, "declined", "waitlist.declined")
}

func errLapsed() error {
	return visavis.Errorf(visavis.Conflict, "offer_lapsed", "this offer has ended; you are told when another time becomes free")
}

// endWaitTx ends an offer, if one is open, and gives the entry another state.
func (s *Service) endWaitTx(ctx context.Context, tx *postgres.Tx, e Waiter, to WaitState, outcome, event string) (Waiter, error) {
	if e.State != Waiting && e.State != Offered {
		return e, nil
	}
	now, hold := s.now(), e.HoldID
	if e.State == Offered {
		if err := s.outcomeTx(ctx, tx, e, outcome); err != nil {
			return e, err
		}
	}
	e.Unanswered++
	if outcome != "lapsed" {
		e.Unanswered = 0
	}
	if outcome == "lapsed" && e.Unanswered >= maxUnanswered {
		to = WaitExpired
	}
	e.State, e.HoldID, e.OfferStart, e.OfferUntil, e.UpdatedAt = to, uuid.Nil, time.Time{}, time.Time{}, now
	_, err := tx.Exec(ctx, `
		update waitlist_entries set state = $3, hold_id = null, offer_start = null, offer_until = null, unanswered = $4, updated_at = $5
		where bank_id = $1 and id = $2`, tx.BankID, e.ID, string(e.State), e.Unanswered, now)
	if err != nil {
		return e, fmt.Errorf("change waitlist: %w", err)
	}
	if to != Waiting {
		if err := s.CancelDueTx(ctx, tx, e.ID); err != nil {
			return e, err
		}
	}
	if err := s.waitEventTx(ctx, tx, now, e, event); err != nil {
		return e, err
	}
	if hold != uuid.Nil && outcome != "booked" {
		b, found, err := s.maybeTx(ctx, tx, `where bank_id = $1 and id = $2 and state = 'held' for update`, hold)
		if err != nil || !found {
			return e, err
		}
		return e, s.releaseTx(ctx, tx, now, b, outcome)
	}
	return e, nil
}

func (s *Service) outcomeTx(ctx context.Context, tx *postgres.Tx, e Waiter, outcome string) error {
	_, err := tx.Exec(ctx, `update waitlist_offers set outcome = $4, at = $5 where bank_id = $1 and entry_id = $2 and start_at = $3`,
		tx.BankID, e.ID, e.OfferStart, outcome, s.now())
	if err != nil {
		return fmt.Errorf("note offer: %w", err)
	}
	return nil
}

// waitEnds works DueWaitEnds.
func (s *Service) waitEnds(ctx context.Context, tx *postgres.Tx, d Due) error {
	e, err := s.WaiterTx(ctx, tx, d.ObjectID)
	if visavis.KindOf(err) == visavis.NotFound {
		return nil
	}
	if err != nil || e.Latest.After(s.now()) {
		return err
	}
	_, err = s.endWaitTx(ctx, tx, e, WaitExpired, "expired", "waitlist.expired")
	return err
}

// foundTimeTx ends the waiting of a case that has got a time.
func (s *Service) foundTimeTx(ctx context.Context, tx *postgres.Tx, b Booking) error {
	return s.eachWaiterTx(ctx, tx, b.IdentificationID, func(e Waiter) error {
		_, err := s.endWaitTx(ctx, tx, e, WaitBooked, "booked", "waitlist.booked")
		return err
	})
}

// stopWaitingTx takes the case off the waitlist: it has ended.
func (s *Service) stopWaitingTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) error {
	return s.eachWaiterTx(ctx, tx, identificationID, func(e Waiter) error {
		_, err := s.LeaveTx(ctx, tx, e)
		return err
	})
}

func (s *Service) eachWaiterTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID, do func(Waiter) error) error {
	all, err := s.waitersTx(ctx, tx, `identification_id = $2 and state in ('waiting', 'offered') for update`, identificationID)
	for _, e := range all {
		if err == nil {
			err = do(e)
		}
	}
	return err
}

// lapsedTx notes that a hold ended that was an offer, and why.
func (s *Service) lapsedTx(ctx context.Context, tx *postgres.Tx, b Booking, reason string) error {
	all, err := s.waitersTx(ctx, tx, `hold_id = $2 for update`, b.ID)
	if err != nil || len(all) == 0 {
		return err
	}
	if reason == "expired" {
		_, err = s.endWaitTx(ctx, tx, all[0], Waiting, "lapsed", "waitlist.lapsed")
	} else {
		_, err = s.endWaitTx(ctx, tx, all[0], Waiting, "declined", "waitlist.declined")
	}
	return err
}

// freedTx says that a time became free: DueWaitlist offers it, if anybody waits
// for one.
func (s *Service) freedTx(ctx context.Context, tx *postgres.Tx, now time.Time, b Booking) error {
	if !b.Start.After(now) {
		return nil
	}
	var waited bool
	err := tx.QueryRow(ctx, `
		select exists (select from waitlist_entries where bank_id = $1 and state = 'waiting' and earliest <= $2 and latest >= $2)`,
		tx.BankID, b.Start).Scan(&waited)
	if err != nil {
		return fmt.Errorf("look at waitlist: %w", err)
	}
	if !waited {
		return nil
	}
	return s.AtTx(ctx, tx, Due{Kind: DueWaitlist, ObjectID: b.PlaceID, Name: b.Start.UTC().Format(time.RFC3339), At: now})
}

// OfferTx offers the time that a due time of kind DueWaitlist names to the first
// who waits for one. A time may be freed together with what follows it, so who
// wants a longer one is asked, too. try holds the time for an entry (HoldTx) and
// tells the customer, in a savepoint: an error of kind Conflict, Invalid or
// TooMany (the rules do not fit, it has a hold of its own) passes the time on to
// the next. It says until when the entry may think.
func (s *Service) OfferTx(ctx context.Context, tx *postgres.Tx, d Due, try func(ctx context.Context, e Waiter, start time.Time) (hold Booking, err error)) error {
	start, err := time.Parse(time.RFC3339, d.Name)
	if err != nil {
		return fmt.Errorf("due time of the waitlist: %w", err)
	}
	now := s.now()
	if !start.After(now) {
		return nil
	}
	if err := s.sweepHoldsTx(ctx, tx, now); err != nil {
		return err
	}
	for last := (Waiter{}); ; {
		asked, err := s.waitersTx(ctx, tx, `state = 'waiting' and earliest <= $2 and latest >= $2 and (entered_at, id) > ($3, $4)
			and not exists (select from waitlist_offers o where o.bank_id = $1 and o.entry_id = waitlist_entries.id and o.start_at = $2)
			and not exists (select from bookings b where b.bank_id = $1 and b.identification_id = waitlist_entries.identification_id
				and (b.state = 'held' or b.state = 'due' or b.state = 'confirmed' and b.starts_at <= $2))
			order by entered_at, id limit $5`, start, last.EnteredAt, last.ID, maxAsked)
		if err != nil {
			return err
		}
		for _, e := range asked {
			offered := false
			err := tx.Savepoint(ctx, func(ctx context.Context) error {
				hold, err := try(ctx, e, start)
				if err != nil {
					return err
				}
				offered, err = s.offeredTx(ctx, tx, now, e, hold)
				return err
			})
			switch visavis.KindOf(err) {
			case visavis.Conflict, visavis.Invalid, visavis.TooMany, visavis.NotFound:
				if visavis.CodeOf(err) == "too_many_holds" {
					return Later(now.Add(time.Minute))
				}
				continue
			}
			if err != nil || offered {
				return err
			}
		}
		if len(asked) < maxAsked {
			return nil
		}
		last = asked[len(asked)-1]
	}
}

// offeredTx writes the offer down; false when the entry waits no more.
func (s *Service) offeredTx(ctx context.Context, tx *postgres.Tx, now time.Time, e Waiter, hold Booking) (bool, error) {
	tag, err := tx.Exec(ctx, `
		update waitlist_entries set state = 'offered', hold_id = $3, offer_start = $4, offer_until = $5, updated_at = $6
		where bank_id = $1 and id = $2 and state = 'waiting'`, tx.BankID, e.ID, hold.ID, hold.Start, hold.HeldUntil, now)
	if err != nil {
		return false, fmt.Errorf("offer a time: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return false, visavis.Errorf(visavis.Conflict, "not_waiting", "the entry waits no more") // gives the hold back
	}
	_, err = tx.Exec(ctx, `insert into waitlist_offers (bank_id, entry_id, start_at, at) values ($1, $2, $3, $4)`, tx.BankID, e.ID, hold.Start, now)
	if err != nil {
		return false, fmt.Errorf("offer a time: %w", err)
	}
	e.State, e.HoldID, e.OfferStart, e.OfferUntil, e.UpdatedAt = Offered, hold.ID, hold.Start, hold.HeldUntil, now
	return true, s.waitEventTx(ctx, tx, now, e, "waitlist.offered")
}

// OpenOffer refuses (Conflict "offer_lapsed") an entry whose offer cannot be
// taken any more.
func (s *Service) OpenOffer(e Waiter) error {
	if e.State != Offered || !e.OfferUntil.After(s.now()) {
		return errLapsed()
	}
	return nil
}

func (s *Service) waitEventTx(ctx context.Context, tx *postgres.Tx, now time.Time, e Waiter, event string) error {
	data := map[string]any{"identification_id": e.IdentificationID, "customer_id": e.CustomerID, "state": e.State}
	if e.State == Offered {
		data["start"], data["until"] = e.OfferStart.Format(time.RFC3339), e.OfferUntil.Format(time.RFC3339)
	}
	_, err := events.AppendTx(ctx, tx, now, events.New{Type: event, Object: "waitlist_entry", ID: e.ID, Data: data})
	return err
}
