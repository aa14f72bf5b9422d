package calls

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// EntryState of a queue entry.
type EntryState string

// The states of a queue entry. Waiting and offered are live.
const (
	EntryWaiting EntryState = "waiting"
	EntryOffered EntryState = "offered"
	EntryServed  EntryState = "served"
	EntryLeft    EntryState = "left"    // the customer went away
	EntryExpired EntryState = "expired" // nobody was free for too long
)

// Priorities of queue entries: a booking that is due heads the queue.
const (
	walkInPriority  = 0
	bookingPriority = 100
)

// roundPause is how long nobody is asked a second time for the same customer:
// whoever pressed "not now" would else be rung again at once.
const roundPause = 10 * time.Second

// gonePageAfter is how long the page of a waiting customer may be silent
// before the place is passed by. The page asks every 5 s.
const gonePageAfter = 45 * time.Second

// Entry is someone who is to be served.
type Entry struct {
	ID               uuid.UUID
	IdentificationID uuid.UUID
	CustomerID       uuid.UUID
	ScenarioID       uuid.UUID
	BookingID        *uuid.UUID // way 1: the booking that is due
	State            EntryState
	Priority         int
	EnteredAt        time.Time
	SeenAt           time.Time // the customer's page, when OnPage
	OnPage           bool      // the customer waits on the page: no need to ring
	OfferedTo        *uuid.UUID
	OfferExpiresAt   *time.Time
	PassedOver       []uuid.UUID
	RestUntil        *time.Time // who let an offer lapse is not asked again before
	CallID           *uuid.UUID
	EndedAt          *time.Time
}

const entryColumns = `id, identification_id, customer_id, scenario_id, booking_id, state, priority, entered_at,
	seen_at, on_page, offered_to, offer_expires_at, passed_over, rest_until, call_id, ended_at`

// Place is where a waiting customer stands.
type Place struct {
	Entry
	Position      int           // 1 = next; 0 when not waiting any more
	EstimatedWait time.Duration // 0 = not known
}

// gone reports whether the page of someone who came by himself is not heard of
// any more.
func (e Entry) gone(now time.Time) bool {
	return e.OnPage && e.SeenAt.Before(now.Add(-gonePageAfter))
}

// Enter puts the customer into the queue (way 2). Entering twice returns the
// place that is held. It refuses with Conflict as identifications.MayCall does,
// and when a call of this case is going on.
func (s *Service) Enter(ctx context.Context, bankID, identificationID uuid.UUID) (Place, error) {
	var p Place
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		idn, err := s.Identifications.MayCallTx(ctx, tx, identificationID)
		if err != nil {
			return err
		}
		e, err := liveEntryTx(ctx, tx, identificationID)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if errors.Is(err, pgx.ErrNoRows) {
			var busy bool
			if err := tx.QueryRow(ctx, `select exists (select from calls where bank_id = $1 and identification_id = $2 and state in ('ringing', 'active'))`,
				tx.BankID, identificationID).Scan(&busy); err != nil {
				return err
			}
			if busy {
				return visavis.Errorf(visavis.Conflict, "call_in_progress", "a call of this case is going on: join it")
			}
			e = Entry{IdentificationID: idn.ID, CustomerID: idn.CustomerID, ScenarioID: idn.ScenarioID, Priority: walkInPriority, OnPage: true}
			if err := s.enterTx(ctx, tx, &e); err != nil {
				return err
			}
			settings, err := s.Banks.SettingsTx(ctx, tx)
			if err != nil {
				return err
			}
			if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueUnserved, ObjectID: e.ID, At: s.Now().Add(seconds(settings.UnservedAfter))}); err != nil {
				return err
			}
		} else if _, err := tx.Exec(ctx, `update queue_entries e set seen_at = $3, on_page = true,
			booking_id = case when stands then booking_id end, priority = case when stands then priority else $4 end
			from (select exists (select from bookings where bank_id = $1 and id = $5 and state = 'due') as stands) b
			where bank_id = $1 and id = $2`, // who has cancelled a due booking comes by himself
			tx.BankID, e.ID, s.Now(), walkInPriority, e.BookingID); err != nil {
			return err
		}
		if err := s.routeTx(ctx, tx); err != nil {
			return err
		}
		p, err = s.placeTx(ctx, tx, identificationID)
		return err
	})
	return p, err
}

func (s *Service) enterTx(ctx context.Context, tx *postgres.Tx, e *Entry) error {
	now := s.Now()
	e.ID, e.State, e.EnteredAt, e.SeenAt = uuid.Must(uuid.NewV7()), EntryWaiting, now, now
	if _, err := tx.Exec(ctx, `
		insert into queue_entries (bank_id, id, identification_id, customer_id, scenario_id, booking_id, priority, entered_at, seen_at, on_page)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)`,
		tx.BankID, e.ID, e.IdentificationID, e.CustomerID, e.ScenarioID, e.BookingID, e.Priority, now, e.OnPage); err != nil {
		return err
	}
	return s.entryEvent(ctx, tx, *e, "queue.entered")
}

// Mine returns the customer's place and counts as a sign of life of the page.
// NotFound when the customer has none.
func (s *Service) Mine(ctx context.Context, bankID, identificationID uuid.UUID) (Place, error) {
	var p Place
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) (err error) {
		if p, err = s.placeTx(ctx, tx, identificationID); err != nil {
			return err
		}
		if p.State != EntryWaiting && p.State != EntryOffered {
			return nil
		}
		if !p.gone(s.Now()) {
			return touchEntryTx(ctx, tx, p.ID, s.Now())
		}
		// Back after a while: an agent may be free. The lock comes before the row.
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		if err := touchEntryTx(ctx, tx, p.ID, s.Now()); err != nil {
			return err
		}
		return s.routeTx(ctx, tx)
	})
	return p, err
}

// Leave gives the customer's place up, but not that of a booking which is due.
// Leaving without a place is no error.
func (s *Service) Leave(ctx context.Context, bankID, identificationID uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		e, err := liveEntryTx(ctx, tx, identificationID)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if e.BookingID != nil { // a due booking is cancelled as a booking; then the place goes
			b, err := s.Scheduling.GetTx(ctx, tx, *e.BookingID)
			if err != nil || b.State == scheduling.StateDue {
				return err
			}
		}
		return s.endEntryTx(ctx, tx, e, EntryLeft)
	})
}

// Queue returns the live entries in the order in which they are served, without
// those whose page is silent.
func (s *Service) Queue(ctx context.Context, bankID uuid.UUID) (all []Entry, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		all, err = waitingTx(ctx, tx)
		return err
	})
	now := s.Now()
	return slices.DeleteFunc(all, func(e Entry) bool { return e.State == EntryWaiting && e.BookingID == nil && e.gone(now) }), err
}

// waitingTx returns who is to be served. A booking that was cancelled or moved
// while it was due does not count any more; its entry ends by its due time.
func waitingTx(ctx context.Context, tx *postgres.Tx) ([]Entry, error) {
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries e
		where bank_id = $1 and state in ('waiting', 'offered')
		  and (booking_id is null or exists (select from bookings b where b.bank_id = e.bank_id and b.id = e.booking_id and b.state = 'due'))
		order by priority desc, entered_at, id limit 500`, tx.BankID)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Entry])
}

// Accept makes a call of an entry that is offered to the agent: the agent
// pressed Call. For a booking the customer is rung; a customer who waits on his
// page is connected at once. It refuses with Conflict "offer_lapsed" when the
// offer is not the agent's any more.
func (s *Service) Accept(ctx context.Context, bankID, entryID, agentID uuid.UUID) (Call, error) {
	var c Call
	err := s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		e, err := offerTx(ctx, tx, entryID, agentID)
		if err != nil {
			return err
		}
		if e.BookingID != nil {
			b, err := s.Scheduling.GetTx(ctx, tx, *e.BookingID)
			if err != nil {
				return err
			}
			if b.State != scheduling.StateDue {
				return visavis.Errorf(visavis.Conflict, "booking_changed", "the customer has cancelled or moved the booking")
			}
		}
		if c, err = s.startTx(ctx, tx, e, agentID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `update queue_entries set state = 'served', offered_to = null, offer_expires_at = null, call_id = $3, ended_at = $4
			where bank_id = $1 and id = $2`, tx.BankID, e.ID, c.ID, s.Now()); err != nil {
			return err
		}
		if err := s.Scheduling.CancelDueTx(ctx, tx, e.ID, scheduling.DueOfferExpired, scheduling.DueUnserved); err != nil {
			return err
		}
		e.State = EntryServed
		if err := s.entryEvent(ctx, tx, e, "queue.served"); err != nil {
			return err
		}
		return s.presentTx(ctx, tx, agentID, InCall)
	})
	return c, err
}

// Reject gives an offer back: another agent is drawn, and this one stays ready.
func (s *Service) Reject(ctx context.Context, bankID, entryID, agentID uuid.UUID) error {
	return s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if err := lockRouteTx(ctx, tx); err != nil {
			return err
		}
		e, err := offerTx(ctx, tx, entryID, agentID)
		if err != nil {
			return err
		}
		return s.lapseTx(ctx, tx, e)
	})
}

func offerTx(ctx context.Context, tx *postgres.Tx, entryID, agentID uuid.UUID) (Entry, error) {
	e, err := entryTx(ctx, tx, entryID)
	if err != nil {
		return e, err
	}
	if e.State != EntryOffered || *e.OfferedTo != agentID {
		return e, visavis.Errorf(visavis.Conflict, "offer_lapsed", "this customer is not offered to you any more")
	}
	return e, nil
}

// bookingDue: its time has come. The booking heads the queue; when nobody is
// ready the customer is told.
func (s *Service) bookingDue(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	if err := lockRouteTx(ctx, tx); err != nil {
		return err
	}
	b, err := s.Scheduling.GetTx(ctx, tx, d.ObjectID)
	if err != nil || b.State != scheduling.Confirmed {
		return err
	}
	if _, err := s.Scheduling.StateTx(ctx, tx, b.ID, scheduling.StateDue, ""); err != nil {
		return err
	}
	settings, err := s.Banks.SettingsTx(ctx, tx)
	if err != nil {
		return err
	}
	e, err := liveEntryTx(ctx, tx, b.IdentificationID)
	switch {
	case err == nil: // the customer is waiting already: the booking lifts the place
		e.BookingID, e.Priority = &b.ID, bookingPriority
		if _, err := tx.Exec(ctx, `update queue_entries set booking_id = $3, priority = $4 where bank_id = $1 and id = $2`,
			tx.BankID, e.ID, b.ID, bookingPriority); err != nil {
			return err
		}
	case errors.Is(err, pgx.ErrNoRows):
		var live *uuid.UUID
		if err := tx.QueryRow(ctx, `select id from calls where bank_id = $1 and identification_id = $2 and state in ('ringing', 'active')`,
			tx.BankID, b.IdentificationID).Scan(&live); err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return err
		}
		if live != nil { // they are talking already
			_, err := tx.Exec(ctx, `update calls set booking_id = $3 where bank_id = $1 and id = $2`, tx.BankID, *live, b.ID)
			return err
		}
		if late := b.Start.Add(seconds(settings.UnservedAfter)); !s.Now().Before(late) {
			// The gateway was down: nobody is rung at whatever hour this is.
			return s.newTimeTx(ctx, tx, Entry{BookingID: &b.ID, CustomerID: b.CustomerID, IdentificationID: b.IdentificationID})
		}
		e = Entry{IdentificationID: b.IdentificationID, CustomerID: b.CustomerID, ScenarioID: b.ScenarioID, BookingID: &b.ID, Priority: bookingPriority}
		if err := s.enterTx(ctx, tx, &e); err != nil {
			return err
		}
	default:
		return err
	}
	if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueUnserved, ObjectID: e.ID, At: s.Now().Add(seconds(settings.UnservedAfter))}); err != nil {
		return err
	}
	if err := s.routeTx(ctx, tx); err != nil {
		return err
	}
	if e, err = entryTx(ctx, tx, e.ID); err != nil || e.State != EntryWaiting {
		return err
	}
	return s.tellTx(ctx, tx, b.CustomerID, b.IdentificationID, "queue_busy", channels.Transaction, s.Now().Add(seconds(settings.UnservedAfter)))
}

// unserved: nobody was free for too long. Who has a booking, or was to be rung,
// is offered a new time.
func (s *Service) unserved(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	if err := lockRouteTx(ctx, tx); err != nil {
		return err
	}
	e, err := entryTx(ctx, tx, d.ObjectID)
	if err != nil || e.State != EntryWaiting && e.State != EntryOffered {
		return err
	}
	if e.BookingID == nil && e.OnPage { // who waits on the page goes on waiting, who left the page has left
		if e.gone(s.Now()) {
			return s.endEntryTx(ctx, tx, e, EntryLeft)
		}
		return scheduling.Later(s.Now().Add(10 * time.Minute))
	}
	if e.BookingID != nil {
		b, err := s.Scheduling.GetTx(ctx, tx, *e.BookingID)
		if err != nil {
			return err
		}
		if b.State != scheduling.StateDue { // cancelled or moved meanwhile
			return s.endEntryTx(ctx, tx, e, EntryLeft)
		}
	}
	if err := s.endEntryTx(ctx, tx, e, EntryExpired); err != nil {
		return err
	}
	return s.newTimeTx(ctx, tx, e)
}

// newTimeTx ends the booking of an entry that was not served, if it has one,
// and offers the customer a new time.
func (s *Service) newTimeTx(ctx context.Context, tx *postgres.Tx, e Entry) error {
	if e.BookingID != nil {
		if _, err := s.Scheduling.StateTx(ctx, tx, *e.BookingID, scheduling.Unserved, "nobody was free"); err != nil {
			return err
		}
	}
	return s.tellTx(ctx, tx, e.CustomerID, e.IdentificationID, "new_time_offered", channels.Transaction, s.Now().Add(7*24*time.Hour))
}

// offerExpired: the agent did not press Call in time; another is drawn. Or the
// pause is over after which those who let an offer lapse are asked again.
func (s *Service) offerExpired(ctx context.Context, tx *postgres.Tx, d scheduling.Due) error {
	if err := lockRouteTx(ctx, tx); err != nil {
		return err
	}
	e, err := entryTx(ctx, tx, d.ObjectID)
	switch {
	case err != nil:
		return err
	case e.State == EntryWaiting:
		return s.routeTx(ctx, tx)
	case e.State != EntryOffered || s.Now().Before(*e.OfferExpiresAt):
		return nil
	}
	return s.lapseTx(ctx, tx, e)
}

// lapseTx takes an offer back and draws again, the others first.
func (s *Service) lapseTx(ctx context.Context, tx *postgres.Tx, e Entry) error {
	agent := *e.OfferedTo
	if err := s.unofferTx(ctx, tx, e); err != nil {
		return err
	}
	if err := s.presentTx(ctx, tx, agent, Ready); err != nil {
		return err
	}
	return s.routeTx(ctx, tx)
}

// withdrawOfferTx takes back whatever is offered to an agent who pauses.
func (s *Service) withdrawOfferTx(ctx context.Context, tx *postgres.Tx, agentID uuid.UUID) error {
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries where bank_id = $1 and state = 'offered' and offered_to = $2`, tx.BankID, agentID)
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Entry])
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.unofferTx(ctx, tx, e)
}

func (s *Service) unofferTx(ctx context.Context, tx *postgres.Tx, e Entry) error {
	rest := s.Now().Add(roundPause)
	_, err := tx.Exec(ctx, `update queue_entries set state = 'waiting', offered_to = null, offer_expires_at = null,
		passed_over = array_append(passed_over, $3), rest_until = $4 where bank_id = $1 and id = $2`, tx.BankID, e.ID, *e.OfferedTo, rest)
	if err != nil {
		return err
	}
	if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueOfferExpired, ObjectID: e.ID, At: rest}); err != nil {
		return err
	}
	return s.entryEvent(ctx, tx, e, "queue.offer_lapsed")
}

// endEntryTx takes an entry out of the queue, and its offer back.
func (s *Service) endEntryTx(ctx context.Context, tx *postgres.Tx, e Entry, state EntryState) error {
	if _, err := tx.Exec(ctx, `update queue_entries set state = $3, offered_to = null, offer_expires_at = null, ended_at = $4
		where bank_id = $1 and id = $2`, tx.BankID, e.ID, state, s.Now()); err != nil {
		return err
	}
	if err := s.Scheduling.CancelDueTx(ctx, tx, e.ID, scheduling.DueOfferExpired, scheduling.DueUnserved); err != nil {
		return err
	}
	offered := e.OfferedTo
	e.State = state
	if err := s.entryEvent(ctx, tx, e, "queue."+string(state)); err != nil {
		return err
	}
	if offered == nil {
		return nil
	}
	if err := s.presentTx(ctx, tx, *offered, Ready); err != nil {
		return err
	}
	return s.routeTx(ctx, tx)
}

func entryTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID) (Entry, error) {
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries where bank_id = $1 and id = $2 for update`, tx.BankID, id)
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Entry])
	if errors.Is(err, pgx.ErrNoRows) {
		return e, visavis.Errorf(visavis.NotFound, "not_found", "there is no such queue entry")
	}
	return e, err
}

// liveEntryTx returns the entry of a case that is waiting or offered, or
// pgx.ErrNoRows.
func liveEntryTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) (Entry, error) {
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries
		where bank_id = $1 and identification_id = $2 and state in ('waiting', 'offered') for update`, tx.BankID, identificationID)
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Entry])
}

func touchEntryTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, now time.Time) error {
	_, err := tx.Exec(ctx, `update queue_entries set seen_at = $3 where bank_id = $1 and id = $2`, tx.BankID, id, now)
	return err
}

// placeTx returns the newest entry of a case with its position. The estimated
// wait is the median length of the bank's last 20 calls, for each who stands
// before, divided among the agents at work.
func (s *Service) placeTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) (Place, error) {
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries
		where bank_id = $1 and identification_id = $2 order by id desc limit 1`, tx.BankID, identificationID)
	e, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Entry])
	if errors.Is(err, pgx.ErrNoRows) {
		return Place{}, visavis.Errorf(visavis.NotFound, "not_queued", "you are not in the queue")
	}
	if err != nil {
		return Place{}, err
	}
	p := Place{Entry: e}
	if e.State != EntryWaiting && e.State != EntryOffered {
		return p, nil
	}
	var median float64
	var agents int
	err = tx.QueryRow(ctx, `
		select 1 + (select count(*) from queue_entries q where q.bank_id = $1 and q.state in ('waiting', 'offered')
		             and (q.booking_id is not null or not q.on_page or q.seen_at > $6)
		             and (q.priority > $2 or q.priority = $2 and (q.entered_at, q.id) < ($3, $4))),
		  coalesce((select percentile_cont(0.5) within group (order by extract(epoch from ended_at - answered_at))
		    from (select ended_at, answered_at from calls where bank_id = $1 and state = 'ended' and answered_at is not null
		          order by id desc limit 20) last), 0),
		  (select count(*) from agent_presence where bank_id = $1 and seen_at > $5 and state in ('ready', 'offered', 'in_call', 'wrap_up'))`,
		tx.BankID, e.Priority, e.EnteredAt, e.ID, s.Now().Add(-awayAfter), s.Now().Add(-gonePageAfter)).Scan(&p.Position, &median, &agents)
	if err == nil && median > 0 && agents > 0 {
		p.EstimatedWait = time.Duration(median * float64(p.Position) / float64(agents) * float64(time.Second))
	}
	return p, err
}

func (s *Service) entryEvent(ctx context.Context, tx *postgres.Tx, e Entry, typ string) error {
	data := map[string]any{"identification_id": e.IdentificationID, "state": e.State}
	if e.BookingID != nil {
		data["booking_id"] = *e.BookingID
	}
	if e.OfferedTo != nil {
		data["agent_id"] = *e.OfferedTo
	}
	_, err := events.AppendTx(ctx, tx, s.Now(), events.New{Type: typ, Object: "queue_entry", ID: e.ID, Data: data})
	return err
}

// tellTx sends the customer a text with a link to his booking.
func (s *Service) tellTx(ctx context.Context, tx *postgres.Tx, customerID, identificationID uuid.UUID, text string, class channels.Class, expires time.Time) error {
	link, err := s.Banks.CreateLinkTx(ctx, tx, banks.NewLink{
		Purpose: banks.LinkManage, CustomerID: customerID, IdentificationID: identificationID, ExpiresAt: s.Now().Add(7 * 24 * time.Hour)})
	if err != nil {
		return err
	}
	_, err = s.Channels.SendTx(ctx, tx, channels.Message{
		CustomerID: customerID, Class: class, Template: text, LinkID: link.ID,
		AboutType: "identification", AboutID: identificationID, ExpiresAt: expires,
		Channels: []channels.Channel{channels.Push, channels.SMS}})
	return err
}

func seconds(n int) time.Duration { return time.Duration(n) * time.Second }
