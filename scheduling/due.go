package scheduling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// DueKind says what has to happen at a due time. This package owns the kinds;
// who works one is named beside it. A node claims only kinds that are
// registered with it by WorkDue.
type DueKind string

// The kinds of due times.
const (
	DueReminder         DueKind = "reminder"          // of a booking, named by its offset such as "1h". Worked here.
	DueRecovery         DueKind = "recovery"          // after a missed booking, named by its offset such as "+1h". Worked here.
	DuePhoneCall        DueKind = "phone_call"        // a spoken step of a booking's ladder, see PhoneStepTx. Package ivr works it.
	DueHoldExpired      DueKind = "hold_expired"      // a held place is free again. Worked here.
	DueWaitlist         DueKind = "waitlist"          // a time became free, named by its start: it is offered. Package identifications works it, by OfferTx.
	DueWaitEnds         DueKind = "wait_ends"         // an entry of the waitlist expires. Worked here.
	DueTicketCode       DueKind = "ticket_code"       // a ticket's number is to be proved. Package identifications works it.
	DueBooking          DueKind = "booking_due"       // a booking's time has come: it enters the queue. Package calls works it.
	DueOfferExpired     DueKind = "offer_expired"     // an agent let the offer of a queue entry lapse. Package calls works it.
	DueRingSMS          DueKind = "ring_sms"          // no device says that a call rings: send the SMS. Package calls works it.
	DueRingMissed       DueKind = "ring_missed"       // a ringing call was not answered. Package calls works it.
	DueUnserved         DueKind = "unserved"          // nobody was ready for a due booking for too long. Package calls works it.
	DueCallAbandoned    DueKind = "call_abandoned"    // participants did not come back within the grace. Package calls works it.
	DueRecoverRecording DueKind = "recover_recording" // a recording was left open by a killed node. Package calls works it.
	DueQueueRelaxed     DueKind = "queue_relaxed"     // what a queue entry asks of an agent is relaxed, or it overflows; named by the seconds. Package calls works it.
	DueWrapUp           DueKind = "wrap_up"           // an agent's wrap-up ends. Package calls works it.
	DuePhoneLeg         DueKind = "phone_leg"         // a caller on the telephone is connected with an agent, or their talk has ended; named by which. Package ivr works it.
	DueTakeover         DueKind = "takeover"          // the agent of a call is gone for too long: another is asked. Package calls works it.
)

// topicDue wakes the loop of due times.
const topicDue = "due"

// Timing of the loop. A due time whose worker was killed is taken up again
// within lease + poll = 11 s; one whose handler failed after a back-off of 2 s
// that doubles up to 5 min.
const (
	dueLease    = 10 * time.Second
	duePoll     = time.Second
	duePatience = 9 * time.Second // of one handler: it ends before its lease
	dueBatch    = 100
	dueWorkers  = 16
	maxBackOff  = 5 * time.Minute
)

// Due is something that has to happen at a time.
type Due struct {
	Kind     DueKind
	ObjectID uuid.UUID // the booking, call, queue entry, …
	Name     string    // tells several of one kind and object apart; may be empty
	At       time.Time
	Attempts int // how often it was taken up, this time included; set for handlers only
}

// DueFunc does what is due. Its transaction is of the bank that the due time
// belongs to, ctx carries the system as the actor, and the due time is removed
// in the same transaction, so that the effect happens once: what must not be
// undone with the transaction goes into tx.AfterCommit. An error undoes
// everything and the due time is tried again later, except Later, which is no
// failure. It must find out by itself whether there is still something to do.
// It may set the same due time anew by AtTx.
type DueFunc func(ctx context.Context, tx *postgres.Tx, d Due) error

// Later is what a DueFunc returns when it is not yet time: the due time stays,
// due at t, and what the handler did is committed.
func Later(t time.Time) error { return later{t} }

type later struct{ at time.Time }

// IsLater reports whether err is what Later returns, and until when.
func IsLater(err error) (time.Time, bool) {
	var l later
	return l.at, errors.As(err, &l)
}

func (l later) Error() string { return "not before " + l.at.Format(time.RFC3339) }

// WorkDue registers who works the kinds, before Run.
func (s *Service) WorkDue(kinds []DueKind, fn DueFunc) {
	for _, kind := range kinds {
		s.workers[kind] = fn
		if kind == DueReminder {
			s.together = false // the caller's works one by one
		}
	}
}

// AtTx sets a due time; one of the same object, kind and name is replaced.
func (s *Service) AtTx(ctx context.Context, tx *postgres.Tx, d Due) error {
	return s.atAllTx(ctx, tx, []Due{d})
}

// atAllTx is AtTx of several, in one statement. No two may be of the same
// object, kind and name.
func (s *Service) atAllTx(ctx context.Context, tx *postgres.Tx, all []Due) error {
	batch := &pgx.Batch{}
	if err := s.queueDue(ctx, tx, batch, all); err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("set due times: %w", err)
	}
	return nil
}

// queueDue is atAllTx as a statement of a batch.
func (s *Service) queueDue(ctx context.Context, tx *postgres.Tx, batch *pgx.Batch, all []Due) error {
	for _, d := range all {
		if h := heldFrom(ctx); h != nil && h.Kind == d.Kind && h.ObjectID == d.ObjectID && h.Name == d.Name {
			if err := h.removeTx(ctx, tx); err != nil {
				return err
			}
		}
	}
	ids, kinds, objects, names, times := dueColumns(all)
	batch.Queue(`
		insert into due_times as t (bank_id, id, kind, object_id, name, due_at, created_at)
		select $1, id, kind, object, name, at, $7
		from unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[]) d(id, kind, object, name, at)
		on conflict (bank_id, object_id, kind, name) do update set
			id = excluded.id, due_at = excluded.due_at, created_at = excluded.created_at,
			attempts = 0, lease = null, lease_until = null, last_error = ''`,
		tx.BankID, ids, kinds, objects, names, times, s.now())
	tx.Wake(topicDue)
	return nil
}

func dueColumns(all []Due) (ids []uuid.UUID, kinds []string, objects []uuid.UUID, names []string, times []time.Time) {
	for _, d := range all {
		ids, kinds, objects, names, times = append(ids, uuid.Must(uuid.NewV7())), append(kinds, string(d.Kind)), append(objects, d.ObjectID), append(names, d.Name), append(times, d.At)
	}
	return ids, kinds, objects, names, times
}

// CancelDueTx removes the due times of an object: those of the kinds, or all
// when none is named. One that a handler works at this moment is removed too:
// what the handler did is then undone, unless it has committed before.
func (s *Service) CancelDueTx(ctx context.Context, tx *postgres.Tx, objectID uuid.UUID, kinds ...DueKind) error {
	names := make([]string, len(kinds))
	for i, kind := range kinds {
		names[i] = string(kind)
	}
	if h := heldFrom(ctx); h != nil && h.ObjectID == objectID && (len(kinds) == 0 || slices.Contains(kinds, h.Kind)) {
		if err := h.removeTx(ctx, tx); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `
		delete from due_times
		where bank_id = $1 and object_id = $2 and (cardinality($3::text[]) = 0 or kind = any($3))`,
		tx.BankID, objectID, names)
	if err != nil {
		return fmt.Errorf("cancel due times: %w", err)
	}
	return nil
}

// Run works due times until ctx ends and what it has taken up is done.
// Reminders have a loop of their own, which works many at once: a hundred
// thousand may be due at the same moment, and nothing else waits for them.
func (s *Service) Run(ctx context.Context) {
	kinds := make([]string, 0, len(s.workers))
	for kind := range s.workers {
		if kind != DueReminder || !s.together {
			kinds = append(kinds, string(kind))
		}
	}
	slices.Sort(kinds)
	loop := postgres.Loop[claimed]{
		Name: "due times", Topic: topicDue, Poll: duePoll, Batch: dueBatch, Workers: dueWorkers,
		Claim: func(ctx context.Context, tx *postgres.Tx, limit int) ([]claimed, time.Time, error) {
			return s.claim(ctx, tx, kinds, limit)
		},
		Work: s.work, Now: s.now, Logger: s.log, Observe: s.observe,
	}
	var running sync.WaitGroup
	if s.together {
		running.Go(func() { s.runReminders(ctx) })
	}
	running.Go(func() { s.channels.WorkInbound(ctx, channels.IntentYes, s.saidYes) })
	loop.Run(ctx, s.db)
	running.Wait()
}

// WorkDueNow works what is due, once and in turn, until nothing is: for tests
// under a clock of their own, and for tools. Run is what a gateway runs.
func (s *Service) WorkDueNow(ctx context.Context) error {
	kinds := make([]string, 0, len(s.workers))
	for kind := range s.workers {
		kinds = append(kinds, string(kind))
	}
	for {
		var items []claimed
		err := s.db.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) (err error) {
			items, _, err = s.claim(ctx, tx, kinds, dueBatch)
			return err
		})
		if err != nil || len(items) == 0 {
			return err
		}
		for _, item := range items {
			s.work(ctx, item)
		}
	}
}

// claimed is a due time under our lease.
type claimed struct {
	Due
	bankID, id, lease uuid.UUID
}

// claimedColumns are those of a due time under a lease: dueRowColumns and what the
// lease brings.
const (
	dueRowColumns  = `bank_id, id, kind, object_id, name, due_at`
	claimedColumns = dueRowColumns + `, lease, attempts`
)

func (c *claimed) fields() []any {
	return []any{&c.bankID, &c.id, &c.Kind, &c.ObjectID, &c.Name, &c.At}
}

func scanDue(row pgx.CollectableRow) (c claimed, err error) {
	err = row.Scan(c.fields()...)
	return c, err
}

func scanClaimed(row pgx.CollectableRow) (c claimed, err error) {
	err = row.Scan(append(c.fields(), &c.lease, &c.Attempts)...)
	return c, err
}

func (s *Service) claim(ctx context.Context, tx *postgres.Tx, kinds []string, limit int) ([]claimed, time.Time, error) {
	now := s.now()
	rows, err := tx.Query(ctx, `
		update due_times d set lease = $1, lease_until = $2, attempts = d.attempts + 1
		from (
			select bank_id as b, id as i from due_times
			where kind = any($3) and due_at <= $4 and (lease_until is null or lease_until <= $4)
			order by due_at limit $5 for update skip locked
		) c
		where d.bank_id = c.b and d.id = c.i
		returning `+claimedColumns,
		uuid.New(), now.Add(s.lease), kinds, now, limit)
	if err != nil {
		return nil, time.Time{}, err
	}
	items, err := pgx.CollectRows(rows, scanClaimed)
	if err != nil || len(items) == limit {
		return items, time.Time{}, err
	}
	next, err := s.nextTx(ctx, tx, kinds, now)
	return items, next, err
}

// nextTx is when the next due time of the kinds comes; zero when there is none.
func (s *Service) nextTx(ctx context.Context, tx *postgres.Tx, kinds []string, now time.Time) (time.Time, error) {
	// Per kind, so that each is one look into the index.
	var next *time.Time
	err := tx.QueryRow(ctx, `
		select min((select min(due_at) from due_times d where d.kind = k and d.due_at > $2))
		from unnest($1::text[]) k`, kinds, now).Scan(&next)
	if err != nil || next == nil {
		return time.Time{}, err
	}
	return *next, nil
}

// errLost: the due time was cancelled, replaced or taken up by somebody else.
var errLost = errors.New("lease lost")

// held is the due time that a handler is working, carried in its context, so
// that a handler may also cancel or replace that very one.
type held struct {
	claimed
	removed bool
}

type heldKey struct{}

func heldFrom(ctx context.Context) *held {
	h, _ := ctx.Value(heldKey{}).(*held)
	return h
}

// removeTx takes the due time away under the fence: errLost when it is not
// ours any more.
func (h *held) removeTx(ctx context.Context, tx *postgres.Tx) error {
	if h.removed {
		return nil
	}
	tag, err := tx.Exec(ctx, `delete from due_times where bank_id = $1 and id = $2 and lease = $3`, tx.BankID, h.id, h.lease)
	if err != nil {
		return fmt.Errorf("remove due time: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errLost
	}
	h.removed = true
	return nil
}

// putOffTx makes the due time due later, under the same fence.
func (h *held) putOffTx(ctx context.Context, tx *postgres.Tx, at time.Time) error {
	if h.removed {
		return nil // the handler has cancelled it, or set it anew, itself
	}
	tag, err := tx.Exec(ctx, `
		update due_times set due_at = $4, attempts = 0, lease = null, lease_until = null, last_error = ''
		where bank_id = $1 and id = $2 and lease = $3`, tx.BankID, h.id, h.lease, at)
	if err != nil {
		return fmt.Errorf("put off due time: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return errLost
	}
	tx.Wake(topicDue)
	return nil
}

func (s *Service) work(ctx context.Context, c claimed) {
	ctx = visavis.WithActor(ctx, visavis.System(c.bankID))
	err := s.workOnce(ctx, c)
	if err == nil || errors.Is(err, errLost) {
		return
	}
	s.log.Error("due time failed", "kind", c.Kind, "bank", c.bankID, "object", c.ObjectID, "name", c.Name, "attempt", c.Attempts, "error", err)
	if err := s.backOff(ctx, c, err); err != nil {
		s.log.Error("due time could not be put back; its lease will end", "kind", c.Kind, "bank", c.bankID, "object", c.ObjectID, "error", err)
	}
}

// workOnce runs the handler and removes the due time in one transaction. The
// removal comes last, as in every other transaction, which locks a booking or
// call before its due times: the other order would deadlock with a move or a
// cancellation. It is fenced: when the lease is no longer ours, or the due time
// was cancelled meanwhile, all that the handler did is undone.
func (s *Service) workOnce(ctx context.Context, c claimed) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, duePatience)
	defer cancel()
	return s.db.InBank(ctx, c.bankID, func(ctx context.Context, tx *postgres.Tx) error {
		h := &held{claimed: c}
		ctx = context.WithValue(ctx, heldKey{}, h)
		var ours bool
		err := tx.QueryRow(ctx, `
			select exists (select from due_times where bank_id = $1 and id = $2 and lease = $3)`,
			tx.BankID, c.id, c.lease).Scan(&ours)
		if err != nil {
			return fmt.Errorf("check lease: %w", err)
		}
		if !ours {
			return errLost
		}
		err = s.workers[c.Kind](ctx, tx, c.Due)
		if at, ok := IsLater(err); ok {
			return h.putOffTx(ctx, tx, at)
		}
		if err != nil {
			return err
		}
		return h.removeTx(ctx, tx)
	})
}

// backOff keeps a failed due time, with why. The lease serves as the pause, so
// that due_at stays what was promised.
func (s *Service) backOff(ctx context.Context, c claimed, cause error) error {
	pause := min(time.Second<<min(c.Attempts, 20), maxBackOff)
	ctx, cancel := context.WithTimeout(ctx, duePatience)
	defer cancel()
	return s.db.InBank(ctx, c.bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `
			update due_times set lease_until = $4, last_error = left($5, 500) where bank_id = $1 and id = $2 and lease = $3`,
			tx.BankID, c.id, c.lease, s.now().Add(pause), cause.Error())
		return err
	})
}
