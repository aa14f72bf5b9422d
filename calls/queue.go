package calls

import (
	"context"
	"encoding/hex"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/identifications"
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

// EntryKind says what an entry waits for.
type EntryKind string

// The kinds of queue entries.
const (
	Serve    EntryKind = "serve"    // a customer waits for the call
	Transfer EntryKind = "transfer" // a call that is going on is to be handed on
	Takeover EntryKind = "takeover" // a call has lost its agent
)

// Priorities of queue entries, 0 to 100. A walk-in has that of the customer's
// segment; a booking that is due has the highest; a transfer goes before all.
const bookingPriority = 100

// rankPoint is how much waiting a point of priority is worth. So nobody who
// came more than 100 × 6 s = 10 minutes after somebody else is served before,
// by an agent who may serve both.
const rankPoint = 6 * time.Second

// transferLead puts calls that are going on before all who still wait.
const transferLead = 24 * time.Hour

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
	Kind             EntryKind
	RankAt           time.Time // EnteredAt less rankPoint for each point of Priority: the first is served first
	Rules            *rules    // nil: of before, see rulesTx
	Locale           string    // the customer's
	OfferNo          int       // of the newest offer: only its number can be accepted
	Callback         bool      // left the page: is rung when it is his turn
	OverflowedAt     *time.Time
	ToAgent          *uuid.UUID // a transfer's target
	ToSkill          string     // likewise: anyone who can this
	FromAgent        *uuid.UUID // who led the call: not asked
	Warm             bool       // a transfer whose target first joins
	Note             string     // of who transfers, for who takes it
	PhoneCallID      *uuid.UUID // the customer is on the telephone, by this phone call
	WantedAgent      *uuid.UUID // whom the customer chose when booking: asked first
}

const entryColumns = `id, identification_id, customer_id, scenario_id, booking_id, state, priority, entered_at,
	seen_at, on_page, offered_to, offer_expires_at, passed_over, rest_until, call_id, ended_at, kind, rank_at, rules,
	locale, offer_no, callback, overflowed_at, to_agent, to_skill, from_agent, warm, note, phone_call_id, wanted_agent`

// Place is where a waiting customer stands.
type Place struct {
	Entry
	Position      int           // 1 = next; 0 when not waiting any more
	EstimatedWait time.Duration // 0 = not known
	Suggest       string        // callback or booking: offered to who has waited for too long; "" = nothing
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
		if _, err := s.placedTx(ctx, tx, idn); err != nil {
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

// placedTx gives a case its place, or leaves it the one that it has; the customer
// is there. It refuses with Conflict "call_in_progress" while a call of the case
// is going on. The caller holds lockRouteTx.
func (s *Service) placedTx(ctx context.Context, tx *postgres.Tx, idn identifications.Identification) (Entry, error) {
	e, err := liveEntryTx(ctx, tx, idn.ID)
	if err == nil {
		return e, s.backOnPageTx(ctx, tx, e)
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return e, err
	}
	var busy bool
	if err := tx.QueryRow(ctx, `select exists (select from calls where bank_id = $1 and identification_id = $2 and state in ('ringing', 'active'))`,
		tx.BankID, idn.ID).Scan(&busy); err != nil {
		return e, err
	}
	if busy {
		return e, visavis.Errorf(visavis.Conflict, "call_in_progress", "a call of this case is going on: join it")
	}
	e = Entry{IdentificationID: idn.ID, CustomerID: idn.CustomerID, ScenarioID: idn.ScenarioID, OnPage: true}
	return e, s.enterTx(ctx, tx, &e)
}

// backOnPageTx: the customer who has a place looks at the page again. Who was to
// be called back is connected at once now, and who has cancelled a due booking
// comes by himself.
func (s *Service) backOnPageTx(ctx context.Context, tx *postgres.Tx, e Entry) error {
	stands := false
	if e.BookingID != nil {
		b, err := s.Scheduling.GetTx(ctx, tx, *e.BookingID)
		if err != nil {
			return err
		}
		stands = b.State == scheduling.StateDue
	}
	if !stands && (e.BookingID != nil || e.Callback) {
		e.BookingID = nil
		r, err := s.rulesTx(ctx, tx, e)
		if err != nil {
			return err
		}
		if e.Priority, err = s.segmentPriorityTx(ctx, tx, e.CustomerID, r); err != nil {
			return err
		}
		if err := s.keepPlaceTx(ctx, tx, e, seconds(r.PlaceKeptSeconds)); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `update queue_entries set seen_at = $3, on_page = true, callback = false, booking_id = $4, priority = $5, rank_at = $6
		where bank_id = $1 and id = $2`, tx.BankID, e.ID, s.Now(), e.BookingID, e.Priority, rankAt(e.EnteredAt, e.Priority))
	return err
}

func rankAt(entered time.Time, priority int) time.Time {
	return entered.Add(-time.Duration(priority) * rankPoint)
}

func (s *Service) segmentPriorityTx(ctx context.Context, tx *postgres.Tx, customerID uuid.UUID, r rules) (int, error) {
	if len(r.SegmentPriority) == 0 {
		return 0, nil
	}
	c, err := s.Banks.CustomerTx(ctx, tx, customerID)
	return r.SegmentPriority[c.Segment], err
}

// keepPlaceTx sets when the entry is looked at because nobody has served it.
func (s *Service) keepPlaceTx(ctx context.Context, tx *postgres.Tx, e Entry, after time.Duration) error {
	return s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueUnserved, ObjectID: e.ID, At: s.Now().Add(after)})
}

// enterTx writes a new entry, with the rules of its case, a seed for the draw
// and the times at which something changes for it.
func (s *Service) enterTx(ctx context.Context, tx *postgres.Tx, e *Entry) error {
	now := s.Now()
	e.ID, e.State, e.EnteredAt, e.SeenAt = uuid.Must(uuid.NewV7()), EntryWaiting, now, now
	r, err := s.rulesTx(ctx, tx, *e)
	if err != nil {
		return err
	}
	c, err := s.Banks.CustomerTx(ctx, tx, e.CustomerID)
	if err != nil {
		return err
	}
	if e.Kind == "" {
		e.Kind = Serve
	}
	e.Rules, e.Locale = &r, c.Locale
	if e.Kind == Serve && e.BookingID == nil && e.Priority == 0 {
		e.Priority = r.SegmentPriority[c.Segment]
	}
	if e.BookingID != nil {
		b, err := s.Scheduling.GetTx(ctx, tx, *e.BookingID)
		if err != nil {
			return err
		}
		if b.AgentID != uuid.Nil {
			e.WantedAgent = &b.AgentID
		}
	}
	e.RankAt = rankAt(now, e.Priority)
	if e.Kind != Serve {
		e.RankAt = now.Add(-transferLead)
	}
	seed, commitment := s.newSeed(e.ID)
	if _, err := tx.Exec(ctx, `
		insert into queue_entries (bank_id, id, identification_id, customer_id, scenario_id, booking_id, priority, entered_at, seen_at, on_page,
		  kind, rank_at, rules, locale, seed, commitment, call_id, to_agent, to_skill, from_agent, warm, note, passed_over, wanted_agent)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, coalesce($22::uuid[], '{}'), $23)`,
		tx.BankID, e.ID, e.IdentificationID, e.CustomerID, e.ScenarioID, e.BookingID, e.Priority, now, e.OnPage,
		e.Kind, e.RankAt, r, e.Locale, seed, commitment, e.CallID, e.ToAgent, e.ToSkill, e.FromAgent, e.Warm, e.Note, e.PassedOver, e.WantedAgent); err != nil {
		return err
	}
	settings, err := s.Banks.SettingsTx(ctx, tx)
	if err != nil {
		return err
	}
	kept := seconds(settings.UnservedAfter)
	switch {
	case e.Kind != Serve:
		kept = transferFor
	case e.OnPage && e.BookingID == nil:
		kept = seconds(r.PlaceKeptSeconds)
	}
	if err := s.keepPlaceTx(ctx, tx, *e, kept); err != nil {
		return err
	}
	for _, after := range e.relaxes(r) {
		if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{
			Kind: scheduling.DueQueueRelaxed, ObjectID: e.ID, Name: strconv.Itoa(after), At: now.Add(seconds(after))}); err != nil {
			return err
		}
	}
	return s.entryEvent(ctx, tx, *e, "queue.entered", map[string]any{"commitment": hex.EncodeToString(commitment), "priority": e.Priority})
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
	return slices.DeleteFunc(all, func(e Entry) bool {
		return e.State == EntryWaiting && e.Kind == Serve && e.BookingID == nil && e.gone(now)
	}), err
}

// waitingTx returns all who are to be served. A booking that was cancelled or
// moved while it was due does not count any more; its entry ends by its due time.
func waitingTx(ctx context.Context, tx *postgres.Tx) ([]Entry, error) {
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries e
		where bank_id = $1 and state in ('waiting', 'offered')
		  and (booking_id is null or exists (select from bookings b where b.bank_id = e.bank_id and b.id = e.booking_id and b.state = 'due'))
		order by rank_at, id`, tx.BankID)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Entry])
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
		if _, err := tx.Exec(ctx, `update queue_entries set booking_id = $3, priority = $4, rank_at = $5 where bank_id = $1 and id = $2`,
			tx.BankID, e.ID, b.ID, bookingPriority, rankAt(e.EnteredAt, bookingPriority)); err != nil {
			return err
		}
		if err := s.keepPlaceTx(ctx, tx, e, seconds(settings.UnservedAfter)); err != nil {
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
	if e.Kind != Serve {
		return s.transferExpiredTx(ctx, tx, e)
	}
	if e.BookingID == nil && e.OnPage { // who waits on the page goes on waiting; the place of who left it is kept for a while
		r, err := s.rulesTx(ctx, tx, e)
		if err != nil {
			return err
		}
		if until := e.SeenAt.Add(seconds(r.PlaceKeptSeconds)); s.Now().Before(until) {
			return scheduling.Later(until)
		}
		if err := s.endEntryTx(ctx, tx, e, EntryLeft); err != nil {
			return err
		}
		return s.routeTx(ctx, tx)
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

// endEntryTx takes an entry out of the queue, and its offer back.
func (s *Service) endEntryTx(ctx context.Context, tx *postgres.Tx, e Entry, state EntryState) error {
	if _, err := tx.Exec(ctx, `update queue_entries set state = $3, offered_to = null, offer_expires_at = null, ended_at = $4
		where bank_id = $1 and id = $2`, tx.BankID, e.ID, state, s.Now()); err != nil {
		return err
	}
	if err := s.Scheduling.CancelDueTx(ctx, tx, e.ID, scheduling.DueOfferExpired, scheduling.DueUnserved, scheduling.DueQueueRelaxed); err != nil {
		return err
	}
	offered := e.OfferedTo
	e.State = state
	if err := s.entryEvent(ctx, tx, e, "queue."+string(state), nil); err != nil {
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

// liveEntryTx returns the entry of a case that waits for its call, or
// pgx.ErrNoRows.
func liveEntryTx(ctx context.Context, tx *postgres.Tx, identificationID uuid.UUID) (Entry, error) {
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries
		where bank_id = $1 and identification_id = $2 and kind = 'serve' and state in ('waiting', 'offered') for update`, tx.BankID, identificationID)
	return pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Entry])
}

func touchEntryTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, now time.Time) error {
	_, err := tx.Exec(ctx, `update queue_entries set seen_at = $3 where bank_id = $1 and id = $2`, tx.BankID, id, now)
	return err
}

func (s *Service) entryEvent(ctx context.Context, tx *postgres.Tx, e Entry, typ string, more map[string]any) error {
	data := map[string]any{"identification_id": e.IdentificationID, "state": e.State}
	if e.Kind != Serve {
		data["kind"] = e.Kind
	}
	if e.BookingID != nil {
		data["booking_id"] = *e.BookingID
	}
	if e.OfferedTo != nil {
		data["agent_id"], data["offer"] = *e.OfferedTo, e.OfferNo
	}
	if e.CallID != nil {
		data["call_id"] = *e.CallID
	}
	for k, v := range more {
		data[k] = v
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
