package scheduling

import (
	"context"
	"errors"
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

// Reminders are worked by the hundred: a booking's start is a slot's, so all
// reminders of a day's busiest hour are due at the same moment. All that they do
// is in the database, in one transaction, so they need no lease: the lock on its
// row says who works a due time, and ends with a node that is killed.
const (
	remindTogether = 250 // in one transaction of one bank
	remindWorkers  = 4
)

// reminders are due times that one worker does: of each bank in one transaction.
type reminders [][]claimed

// runReminders is the loop of DueReminder.
func (s *Service) runReminders(ctx context.Context) {
	var seen place
	loop := postgres.Loop[reminders]{
		Name: "reminders", Topic: topicDue, Poll: duePoll, Batch: remindWorkers, Workers: remindWorkers,
		Claim: func(ctx context.Context, tx *postgres.Tx, limit int) ([]reminders, time.Time, error) {
			items, next, err := s.lookTx(ctx, tx, &seen, limit*remindTogether)
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

// place is up to where due reminders have been handed to workers.
type place struct {
	at    time.Time
	id    uuid.UUID
	since time.Time // when it was at the beginning
}

// lookTx returns due reminders behind those that it returned before, which are
// being worked. At the end, and every second, it begins anew: what nobody has
// worked by then (its node was killed, its booking was locked) is found again. It
// takes nothing: what another node works at this moment is returned too.
func (s *Service) lookTx(ctx context.Context, tx *postgres.Tx, seen *place, limit int) (items []claimed, next time.Time, err error) {
	now := s.now()
	if age := now.Sub(seen.since); age >= duePoll || age < 0 {
		*seen = place{since: now}
	}
	rows, err := tx.Query(ctx, `
		select `+dueRowColumns+` from due_times
		where kind = 'reminder' and due_at <= $1 and (due_at, id) > ($2, $3) and (lease_until is null or lease_until <= $1)
		order by due_at, id limit $4`, now, seen.at, seen.id, limit)
	if err != nil {
		return nil, next, fmt.Errorf("look for reminders: %w", err)
	}
	items, err = pgx.CollectRows(rows, scanDue)
	if err != nil {
		return nil, next, fmt.Errorf("look for reminders: %w", err)
	}
	if len(items) == limit { // there may be more: look again at once
		last := items[limit-1]
		seen.at, seen.id = last.At, last.id
		return items, now, nil
	}
	*seen = place{}
	next, err = s.nextTx(ctx, tx, []string{string(DueReminder)}, now)
	return items, next, err
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
// together (its booking is being changed, its message is refused) is done one by
// one afterwards, under a lease, where it is judged by itself.
func (s *Service) remindMany(ctx context.Context, items []claimed) {
	ctx = visavis.WithActor(ctx, visavis.System(items[0].bankID))
	worked, alone, err := s.remindTogether(ctx, items)
	if err != nil {
		s.log.Warn("reminders could not be worked together; one by one", "bank", items[0].bankID, "reminders", len(items), "error", err)
		worked, alone = 0, items
	}
	for _, c := range alone {
		if c, ok := s.leaseOne(ctx, c); ok {
			s.work(ctx, c)
			worked++
		}
	}
	if s.observe != nil {
		for range worked {
			s.observe(postgres.LoopEvent{Kind: postgres.LoopWorked, N: 1})
		}
	}
}

// remindTogether works those of the reminders that nobody else has; it returns
// how many it has done, and which are still to be done.
func (s *Service) remindTogether(ctx context.Context, items []claimed) (worked int, alone []claimed, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, duePatience)
	defer cancel()
	err = s.db.InBank(ctx, items[0].bankID, func(ctx context.Context, tx *postgres.Tx) error {
		worked, alone = 0, nil
		now := s.now()
		mine, err := s.takeDueTx(ctx, tx, now, items)
		if err != nil || len(mine) == 0 {
			return err
		}
		bookings, err := s.dueBookingsTx(ctx, tx, mine)
		if err != nil {
			return err
		}
		ladders, err := s.laddersTx(ctx, tx)
		if err != nil {
			return err
		}
		var done []uuid.UUID // leaves the queue with this transaction
		var toTell []told
		for _, c := range mine {
			b, ok := bookings[c.ObjectID]
			if !ok { // gone, or somebody changes it at this moment
				alone = append(alone, c)
				continue
			}
			step, ok := ladders.of(b.ScenarioID).stepFor(now, b, c.Due)
			if over := step.written(); ok && len(over) > 0 {
				m := s.message(b, "reminder", over)
				m.Data[stepKey] = c.Name
				toTell = append(toTell, told{c, b, m})
			} else {
				done = append(done, c.id)
			}
		}
		sent, refused, err := s.tellManyTx(ctx, tx, now, toTell)
		if err != nil {
			return err
		}
		alone, done = append(alone, refused...), append(done, sent...)
		worked = len(done)
		return s.removeManyTx(ctx, tx, done)
	})
	return worked, alone, err
}

// takeDueTx locks due times of the bank and returns them as they stand, without
// those that are gone, or that somebody else works, puts off or takes back at
// this moment. A booking is locked before its due times elsewhere; here it comes
// behind, and is not waited for.
func (s *Service) takeDueTx(ctx context.Context, tx *postgres.Tx, now time.Time, items []claimed) ([]claimed, error) {
	ids := make([]uuid.UUID, len(items))
	for i, c := range items {
		ids[i] = c.id
	}
	rows, err := tx.Query(ctx, `
		select `+dueRowColumns+` from due_times
		where bank_id = $1 and id = any($2) and due_at <= $3 and (lease_until is null or lease_until <= $3)
		for update skip locked`, tx.BankID, ids, now)
	if err != nil {
		return nil, fmt.Errorf("take reminders: %w", err)
	}
	mine, err := pgx.CollectRows(rows, scanDue)
	if err != nil {
		return nil, fmt.Errorf("take reminders: %w", err)
	}
	return mine, nil
}

// leaseOne takes one due time under a lease, unless it is gone or somebody else's.
func (s *Service) leaseOne(ctx context.Context, c claimed) (claimed, bool) {
	ctx, cancel := context.WithTimeout(ctx, duePatience)
	defer cancel()
	now := s.now()
	err := s.db.InBank(ctx, c.bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, `
			update due_times set lease = $3, lease_until = $4, attempts = attempts + 1
			where bank_id = $1 and id = $2 and due_at <= $5 and (lease_until is null or lease_until <= $5)
			returning `+claimedColumns, tx.BankID, c.id, uuid.New(), now.Add(s.lease), now)
		leased, err := pgx.CollectExactlyOneRow(rows, scanClaimed)
		if err == nil {
			c = leased
		}
		return err
	})
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		s.log.Warn("a reminder could not be taken; it is looked for again", "bank", c.bankID, "object", c.ObjectID, "error", err)
	}
	return c, err == nil
}

// told is a reminder to send.
type told struct {
	due     claimed
	booking Booking
	message channels.Message
}

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
func (s *Service) tellManyTx(ctx context.Context, tx *postgres.Tx, now time.Time, all []told) (sent []uuid.UUID, refused []claimed, err error) {
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
		sent = append(sent, t.due.id)
		appended = append(appended, events.New{Type: "booking.reminded", Object: "booking", ID: t.booking.ID, Data: t.booking.eventData()})
	}
	return sent, refused, events.AppendManyTx(ctx, tx, now, appended)
}

// removeManyTx takes due times away that the transaction has locked.
func (s *Service) removeManyTx(ctx context.Context, tx *postgres.Tx, ids []uuid.UUID) error {
	if len(ids) == 0 {
		return nil
	}
	tag, err := tx.Exec(ctx, `delete from due_times where bank_id = $1 and id = any($2)`, tx.BankID, ids)
	if err == nil && int(tag.RowsAffected()) != len(ids) {
		err = fmt.Errorf("%d of %d were there", tag.RowsAffected(), len(ids))
	}
	if err != nil {
		return fmt.Errorf("remove due times: %w", err)
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
