package scheduling

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// Reminders are claimed and worked by the hundred: a booking's start is a slot's,
// so all reminders of a day's busiest hour are due at the same moment.
const (
	remindTogether = 200 // in one transaction of one bank
	remindWorkers  = 4
)

// reminders are due times under our lease that one worker does: of each bank in
// one transaction.
type reminders [][]claimed

// runReminders is the loop of DueReminder.
func (s *Service) runReminders(ctx context.Context) {
	loop := postgres.Loop[reminders]{
		Name: "reminders", Topic: topicDue, Poll: duePoll, Batch: remindWorkers, Workers: remindWorkers,
		Claim: func(ctx context.Context, tx *postgres.Tx, limit int) ([]reminders, time.Time, error) {
			most := limit * remindTogether
			items, next, err := s.claim(ctx, tx, []string{string(DueReminder)}, most)
			if err == nil && len(items) == most {
				next = s.now() // there may be more: look again at once
			}
			return share(items, limit), next, err
		},
		Work: func(ctx context.Context, all reminders) {
			for _, items := range all {
				s.remindMany(ctx, items)
			}
		},
		Now: s.now, Logger: s.log,
		Observe: func(e postgres.LoopEvent) {
			if s.observe != nil && e.Kind != postgres.LoopWorked { // that is told by reminder
				s.observe(e)
			}
		},
	}
	loop.Run(ctx, s.db)
}

// share divides due times among workers: those of a bank together, at most
// remindTogether in a transaction.
func share(items []claimed, workers int) []reminders {
	var order []uuid.UUID
	ofBank := map[uuid.UUID][]claimed{}
	for _, c := range items {
		if ofBank[c.bankID] == nil {
			order = append(order, c.bankID)
		}
		ofBank[c.bankID] = append(ofBank[c.bankID], c)
	}
	var all []reminders
	n := 0
	for _, bank := range order {
		for group := ofBank[bank]; len(group) > 0; n++ {
			size := min(len(group), remindTogether)
			if len(all) < workers {
				all = append(all, nil)
			}
			all[n%workers] = append(all[n%workers], group[:size])
			group = group[size:]
		}
	}
	return all
}

// remindMany works reminders of one bank in one transaction. What cannot be done
// together (its booking is being changed, its message is refused, its lease was
// lost) is done one by one afterwards, where it is judged by itself.
func (s *Service) remindMany(ctx context.Context, items []claimed) {
	ctx = visavis.WithActor(ctx, visavis.System(items[0].bankID))
	alone, err := s.remindTogether(ctx, items)
	if err != nil {
		s.log.Warn("reminders could not be worked together; one by one", "bank", items[0].bankID, "reminders", len(items), "error", err)
		alone = items
	}
	for _, c := range alone {
		s.work(ctx, c)
	}
	if s.observe != nil {
		for range items {
			s.observe(postgres.LoopEvent{Kind: postgres.LoopWorked, N: 1})
		}
	}
}

// remindTogether returns those that are still to be done.
func (s *Service) remindTogether(ctx context.Context, items []claimed) (alone []claimed, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, duePatience/2) // the other half is for one by one
	defer cancel()
	err = s.db.InBank(ctx, items[0].bankID, func(ctx context.Context, tx *postgres.Tx) error {
		alone = nil
		now := s.now()
		bookings, err := s.dueBookingsTx(ctx, tx, items)
		if err != nil {
			return err
		}
		ladders, err := s.laddersTx(ctx, tx)
		if err != nil {
			return err
		}
		var done []claimed // leaves the queue with this transaction
		var told []told
		for _, c := range items {
			b, ok := bookings[c.ObjectID]
			if !ok { // gone, or somebody changes it at this moment
				alone = append(alone, c)
				continue
			}
			step, ok := ladders.of(b.ScenarioID).stepFor(now, b, c.Due)
			if over := step.written(); ok && len(over) > 0 {
				m := s.message(b, "reminder", over)
				m.Data[stepKey] = c.Name
				told = append(told, toldOf(c, b, m))
			} else {
				done = append(done, c)
			}
		}
		sent, refused, err := s.tellManyTx(ctx, tx, now, told)
		if err != nil {
			return err
		}
		alone = append(alone, refused...)
		return s.removeManyTx(ctx, tx, append(done, sent...))
	})
	return alone, err
}

// told is a reminder to send.
type told struct {
	due     claimed
	booking Booking
	message channels.Message
}

func toldOf(c claimed, b Booking, m channels.Message) told { return told{c, b, m} }

// dueBookingsTx locks the bookings of due times and returns them by id, without
// those that somebody else has locked. Waiting for many would be waiting for each
// other.
func (s *Service) dueBookingsTx(ctx context.Context, tx *postgres.Tx, items []claimed) (map[uuid.UUID]Booking, error) {
	ids := make([]uuid.UUID, len(items))
	for i, c := range items {
		ids[i] = c.ObjectID
	}
	rows, err := tx.Query(ctx, `select `+bookingColumns+` from bookings where bank_id = $1 and id = any($2) and state <> 'held' for update skip locked`, tx.BankID, ids)
	if err != nil {
		return nil, fmt.Errorf("read bookings: %w", err)
	}
	all, err := pgx.CollectRows(rows, scanBooking)
	if err != nil {
		return nil, fmt.Errorf("read bookings: %w", err)
	}
	byID := make(map[uuid.UUID]Booking, len(all))
	for _, b := range all {
		byID[b.ID] = b
	}
	return byID, nil
}

// ladders are all of a bank.
type ladders struct {
	own      map[uuid.UUID]Ladder // by scenario; uuid.Nil: the bank's
	fallback Ladder
}

func (l ladders) of(scenario uuid.UUID) Ladder {
	if own, ok := l.own[scenario]; ok {
		return own
	}
	if own, ok := l.own[uuid.Nil]; ok {
		return own
	}
	return l.fallback
}

func (s *Service) laddersTx(ctx context.Context, tx *postgres.Tx) (all ladders, err error) {
	all.own = map[uuid.UUID]Ladder{}
	rows, err := tx.Query(ctx, `select scenario_id, ladder from reminder_ladders where bank_id = $1`, tx.BankID)
	if err != nil {
		return all, fmt.Errorf("read reminder ladders: %w", err)
	}
	var id uuid.UUID
	var l Ladder
	if _, err = pgx.ForEachRow(rows, []any{&id, &l}, func() error {
		all.own[id], l = l, Ladder{}
		return nil
	}); err != nil {
		return all, fmt.Errorf("read reminder ladders: %w", err)
	}
	if _, ok := all.own[uuid.Nil]; !ok {
		all.fallback, _, err = s.ladderTx(ctx, tx, uuid.Nil)
	}
	return all, err
}

// tellManyTx accepts the messages with their links and events; refused are those
// whose message is not accepted as it is.
func (s *Service) tellManyTx(ctx context.Context, tx *postgres.Tx, now time.Time, all []told) (sent, refused []claimed, err error) {
	if len(all) == 0 {
		return nil, nil, nil
	}
	links := make([]banks.NewLink, len(all))
	for i, t := range all {
		links[i] = s.manageLink(t.booking)
	}
	ids, err := s.banks.CreateLinksTx(ctx, tx, links)
	if err != nil {
		return nil, nil, err
	}
	messages := make([]channels.Message, len(all))
	for i, t := range all {
		t.message.LinkID = ids[i]
		messages[i] = t.message
	}
	errs, err := s.channels.SendManyTx(ctx, tx, messages)
	if err != nil {
		return nil, nil, err
	}
	var appended []events.New
	for i, t := range all {
		if errs[i] != nil {
			refused = append(refused, t.due)
			continue
		}
		sent = append(sent, t.due)
		appended = append(appended, events.New{Type: "booking.reminded", Object: "booking", ID: t.booking.ID, Data: t.booking.eventData()})
	}
	return sent, refused, events.AppendManyTx(ctx, tx, now, appended)
}

// removeManyTx takes due times away under the fence: errLost when one is not ours
// any more, which undoes all.
func (s *Service) removeManyTx(ctx context.Context, tx *postgres.Tx, all []claimed) error {
	if len(all) == 0 {
		return nil
	}
	ids, leases := make([]uuid.UUID, len(all)), make([]uuid.UUID, len(all))
	for i, c := range all {
		ids[i], leases[i] = c.id, c.lease
	}
	tag, err := tx.Exec(ctx, `
		delete from due_times d using unnest($2::uuid[], $3::uuid[]) mine(id, lease)
		where d.bank_id = $1 and d.id = mine.id and d.lease = mine.lease`, tx.BankID, ids, leases)
	if err != nil {
		return fmt.Errorf("remove due times: %w", err)
	}
	if int(tag.RowsAffected()) != len(all) {
		return errLost
	}
	return nil
}

// saidYes confirms the booking that a customer's YES answers. Another answer, or
// one that comes too late, is nothing to us.
func (s *Service) saidYes(ctx context.Context, bankID uuid.UUID, m channels.InboundMessage) error {
	if m.AboutType != "booking" || m.AboutID == uuid.Nil {
		return nil
	}
	ctx = visavis.WithActor(ctx, visavis.Actor{Kind: visavis.ActorCustomer, BankID: bankID, ID: m.CustomerID})
	err := s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		b, err := s.GetTx(ctx, tx, m.AboutID)
		if err != nil || b.CustomerID != m.CustomerID {
			return err
		}
		_, err = s.ConfirmTx(ctx, tx, b.ID, "sms")
		return err
	})
	if kind := visavis.KindOf(err); err != nil && (kind == visavis.NotFound || kind == visavis.Conflict) {
		return nil
	}
	return err
}
