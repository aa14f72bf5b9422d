package channels

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

// Key is an Idempotency-Key: it is kept in the row of what was accepted with it.
type Key struct {
	Caller uuid.UUID // whose key it is
	Key    string
	Hash   []byte // SHA-256 of the request
}

// KeyLife is how long a key is known.
const KeyLife = 24 * time.Hour

// ErrKeyReused says that a Key was used for another request.
var ErrKeyReused = visavis.Errorf(visavis.Conflict, "idempotency_key_reused", "this key was used for another request")

// recipient is where and how a customer is spoken to.
type recipient struct {
	phone, locale, timeZone string
	countries               []string // whose numbers the bank may reach
	devices                 []banks.Device
	rules                   *rules    // of the bank
	optedOut                []Channel // from what of the message's class they opted out
}

// of is the recipient as the message has it: what it says goes before what is
// known of the customer.
func (to recipient) of(m Message) recipient {
	to.phone = or(m.Phone, to.phone)
	to.locale, to.timeZone = KnownLocale(or(m.Locale, to.locale)), or(m.TimeZone, or(to.timeZone, "UTC"))
	return to
}

// recipient reads it, in one round trip; none when there is no customer and the
// bank is known.
func (s *Service) recipient(ctx context.Context, bankID uuid.UUID, m Message) (to recipient, err error) {
	b := &pgx.Batch{}
	finish, err := s.queueRecipient(ctx, b, bankID, nil, m)
	if err != nil {
		return to, err
	}
	if b.Len() > 0 {
		err = s.db.Batch(ctx, bankID, func(batch *pgx.Batch) { postgres.Requeue(batch, b) })
		if errors.Is(err, pgx.ErrNoRows) {
			return to, visavis.Errorf(visavis.NotFound, "customer_not_found", "there is no such customer")
		}
		if err != nil {
			return to, fmt.Errorf("read recipient of message: %w", err)
		}
	}
	return finish(m)
}

// queueRecipient is recipient as statements of a batch, which fails with
// pgx.ErrNoRows when there is no such customer. What it returns is called when
// the batch is closed, with the message, which may say more by then but not to
// whom, over what or of what class.
//
// read, if not nil, is filled by an earlier statement of the batch.
func (s *Service) queueRecipient(ctx context.Context, batch *pgx.Batch, bankID uuid.UUID, read *Reached, m Message) (func(Message) (recipient, error), error) {
	bank, err := s.facts.of(ctx, bankID)
	if err != nil {
		return nil, fmt.Errorf("read bank of message: %w", err)
	}
	to := &recipient{countries: bank.settings.Countries, rules: bank.rules}
	own := &recipient{}
	group := m.Class.Group()
	pushes := false
	wishes := bank.rules.optedOut && group != Essential // else it is no statement
	optedOut := func(rows pgx.Rows) (err error) {
		to.optedOut, err = pgx.CollectRows(rows, pgx.RowTo[Channel])
		return err
	}
	if m.CustomerID != uuid.Nil {
		if read == nil {
			batch.Queue(`select phone, locale, time_zone from customers where bank_id = $1 and id = $2`, bankID, m.CustomerID).
				QueryRow(func(row pgx.Row) error { return row.Scan(&own.phone, &own.locale, &own.timeZone) })
		}
		pushes = bank.rules.pushes(m)
		if pushes && read == nil {
			batch.Queue(`select id, provider, address from devices where bank_id = $1 and customer_id = $2 and disabled_at is null order by id desc`, bankID, m.CustomerID).
				Query(func(rows pgx.Rows) (err error) {
					to.devices, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (d banks.Device, err error) {
						return d, row.Scan(&d.ID, &d.Provider, &d.Address)
					})
					return err
				})
		}
		if wishes {
			batch.Queue(`select channel from opted_out where bank_id = $1 and class_group = $4
				and phone = coalesce(nullif($3::text, ''), (select phone from customers where bank_id = $1 and id = $2))`, bankID, m.CustomerID, m.Phone, group).
				Query(optedOut)
		}
	} else if wishes && m.Phone != "" {
		batch.Queue(optedOutSQL, bankID, m.Phone, group).Query(optedOut)
	}
	return func(m Message) (recipient, error) {
		if read != nil {
			own.phone, own.locale, own.timeZone = read.Customer.Phone, read.Customer.Locale, read.Customer.TimeZone
			if pushes {
				to.devices = *read.Devices
			}
		}
		to.phone, to.locale, to.timeZone = own.phone, own.locale, own.timeZone
		spoken := to.of(m)
		if _, err := zone(spoken.timeZone); err != nil {
			return spoken, visavis.InvalidField("time_zone", "is not an IANA time zone")
		}
		return spoken, nil
	}, nil
}

// over are the channels that the message may go over.
func (m Message) over() []Channel {
	if len(m.Ladder) == 0 {
		return m.Channels
	}
	list := make([]Channel, len(m.Ladder))
	for i, step := range m.Ladder {
		list[i] = step.Channel
	}
	return list
}

// row is what is inserted for one message.
type row struct {
	info     MessageInfo
	plan     []planned
	params   map[string]string
	data     map[string]string // of a push
	link     *uuid.UUID
	sealed   []byte // secret params
	timeZone string
	sendAt   *time.Time
	cap      *capped // nil: the class has none
	keyed    bool    // it came with an Idempotency-Key
	values   []any   // of insertMessageSQL
}

// Places in row.values of what changes when a message ends before it is sent.
const (
	valuePlan     = 17
	valueDue      = 18 // and send_at behind it
	valueState    = 20
	valueAnnounce = 21
	valueReason   = 25
)

// capped is how many messages of a class a subject may get, as visavis_cap_take wants it.
type capped struct {
	subject string
	most    int
	window  time.Duration
}

// end makes a row one of a message of which nothing is sent.
func (r *row) end(reason string) {
	r.plan, r.info.Reason, r.info.DueAt, r.sendAt, r.info.Deliveries, r.info.Steps = []planned{}, reason, nil, nil, nil, 0
	if r.info.State = StateUndelivered; reason == ReasonQuietHours {
		r.info.State = StateExpired
	}
}

// endCapped ends a row whose subject has had as many as the bank allows.
func (r *row) endCapped() {
	r.end(ReasonFrequencyCap)
	r.values[valueState], r.values[valuePlan], r.values[valueDue] = string(r.info.State), r.plan, nil
	r.values[valueDue+1], r.values[valueAnnounce], r.values[valueReason] = nil, 1, r.info.Reason
}

// prepare makes the row of a message, without touching the database.
func (s *Service) prepare(bankID uuid.UUID, m Message, to recipient, now time.Time) (row, error) {
	if err := s.check(m, now); err != nil {
		return row{}, err
	}
	steps, notBefore, reason, err := s.plan(m, to, now)
	if err != nil {
		return row{}, err
	}
	plan := []planned{}
	if reason == "" {
		if plan, err = s.address(steps, m, to); err != nil {
			return row{}, err
		}
		if err := s.afford(bankID, m, to, plan, now); err != nil {
			return row{}, err
		}
	}
	r := row{plan: plan, params: m.Params, data: m.Data, link: orNil(m.LinkID), timeZone: to.timeZone, keyed: m.Key != nil, info: MessageInfo{
		ID: uuid.Must(uuid.NewV7()), CustomerID: m.CustomerID, Class: m.Class, Template: m.Template, Locale: to.locale,
		AboutType: m.AboutType, AboutID: m.AboutID, Reference: m.Reference, Metadata: m.Metadata,
		State: StateAccepted, CreatedAt: now, ExpiresAt: m.ExpiresAt.UTC().Truncate(time.Microsecond), Steps: len(plan),
	}}
	announced := 0
	if len(plan) == 0 {
		r.end(reason)
		announced = 1
	} else {
		r.cap = to.rules.cap(m, to)
		due := now
		if notBefore.After(now) {
			due = notBefore.UTC().Truncate(time.Microsecond)
			r.sendAt = &due
		}
		r.info.DueAt = &due
	}
	r.info.Deliveries = waiting(&r.info, plan)
	if len(m.Secret) > 0 && len(plan) > 0 {
		plain, err := json.Marshal(m.Secret)
		if err != nil {
			return row{}, fmt.Errorf("seal message: %w", err)
		}
		r.sealed = s.keys.Seal(sealMessage, r.info.ID[:], plain)
	}
	key := m.Key
	if key == nil {
		key = &Key{}
	}
	r.values = []any{
		bankID, r.info.ID, orNil(m.CustomerID), string(m.Class), m.Template, to.locale, to.timeZone,
		orEmpty(m.Params), r.sealed, orEmpty(m.Data), r.link, m.AboutType, orNil(m.AboutID),
		orNull(m.Reference), orEmpty(m.Metadata), now, r.info.ExpiresAt, plan, r.info.DueAt, r.sendAt,
		string(r.info.State), announced, orNil(key.Caller), orNull(key.Key), key.Hash, reason,
	}
	return r, nil
}

// waitingColumns are those of a message that waits and came without a key; the
// first of insertMessageSQL's.
const waitingColumns = `bank_id, id, customer_id, class, template, locale, time_zone, params, sealed, push_data,
	link_id, about_type, about_id, reference, metadata, created_at, expires_at, plan, due_at, send_at`

// insertMessageSQL fails with keyTaken when the key is in use, which undoes the
// transaction; insertUnlessSQL inserts nothing then, and costs a fifth more: a
// probe of the index before, a tuple that is confirmed after.
const (
	insertMessageSQL = `
insert into messages (` + waitingColumns + `,
	state, events, key_caller, key, key_hash, reason)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)`
	insertUnlessSQL = insertMessageSQL + `
on conflict (bank_id, key_caller, key) where key is not null do nothing`
)

// keyTaken reports whether an insert failed because the key is in use.
func keyTaken(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505" && pg.ConstraintName == "messages_key"
}

// accept inserts one row, which is the promise to deliver: at most one round
// trip to read and one to write. In the caller's transaction when ctx has one.
func (s *Service) accept(ctx context.Context, bankID uuid.UUID, m Message) (info MessageInfo, replayed bool, err error) {
	to, err := s.recipient(ctx, bankID, m)
	if err == nil {
		var r row
		if r, err = s.prepare(bankID, m, to, s.now()); err == nil {
			return s.insert(ctx, bankID, m, r)
		}
	}
	if m.Key != nil { // what is refused today may have been accepted yesterday
		if info, ok, failed := s.replay(ctx, bankID, *m.Key); ok || failed != nil {
			return info, ok, failed
		}
	}
	return MessageInfo{}, false, err
}

func (s *Service) insert(ctx context.Context, bankID uuid.UUID, m Message, r row) (MessageInfo, bool, error) {
	for attempt := 0; ; attempt++ {
		inserted, err := s.insertOnce(ctx, bankID, &r)
		if err != nil {
			return MessageInfo{}, false, fmt.Errorf("accept message: %w", err)
		}
		if inserted {
			return r.info, false, nil
		}
		info, ok, err := s.replay(ctx, bankID, *m.Key)
		if ok || err != nil {
			return info, ok, err
		}
		if attempt == 2 {
			return MessageInfo{}, false, fmt.Errorf("accept message: its key is neither free nor taken")
		}
	}
}

func (s *Service) insertOnce(ctx context.Context, bankID uuid.UUID, r *row) (inserted bool, err error) {
	if len(r.plan) > 0 && r.cap == nil {
		statement := insertMessageSQL
		if r.keyed && postgres.TxFrom(ctx) != nil {
			statement = insertUnlessSQL // the caller's transaction goes on
		}
		err = s.db.Batch(ctx, bankID, func(batch *pgx.Batch) {
			batch.Queue(statement, r.values...).Exec(func(tag pgconn.CommandTag) error {
				inserted = tag.RowsAffected() == 1
				return nil
			})
		})
		if keyTaken(err) {
			return false, nil
		}
		if err == nil && inserted {
			s.wake(ctx, r.info)
		}
		return inserted && err == nil, err
	}
	// It reaches nobody, or has a cap to be taken from: an end is told at once.
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if r.cap != nil && len(r.plan) > 0 {
			var free bool
			if err := tx.QueryRow(ctx, capSQL, bankID, r.cap.subject, r.info.Class, r.cap.most, r.cap.window, r.info.DueAt, r.info.CreatedAt).Scan(&free); err != nil {
				return fmt.Errorf("frequency cap: %w", err)
			}
			if !free {
				r.endCapped()
			}
		}
		inserted, err = s.insertTx(ctx, tx, r)
		if err == nil && !inserted {
			return errKeyTaken // gives the cap back
		}
		return err
	})
	if errors.Is(err, errKeyTaken) {
		return false, nil
	}
	return inserted, err
}

// insertTx writes a row whose cap is taken, or that has ended, with the event of
// that; false when its key is taken.
func (s *Service) insertTx(ctx context.Context, tx *postgres.Tx, r *row) (inserted bool, err error) {
	tag, err := tx.Exec(ctx, insertUnlessSQL, r.values...)
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	if len(r.plan) > 0 {
		s.wake(ctx, r.info)
		return true, nil
	}
	t := told{info: r.info, code: r.info.Reason, sequence: 1}
	if r.info.Reason == "" {
		t.channel, t.code = Push, "no_device"
	}
	return true, appendTx(ctx, tx, r.info.CreatedAt, []told{t})
}

var errKeyTaken = errors.New("the key of the message is taken")

const capSQL = `select visavis_cap_take($1, $2, $3, $4, $5, $6, $7)`

// soon is how far ahead a message may be due for the loop to be woken: what lies
// beyond is found by its poll.
const soon = 2 * time.Second

// wake wakes the loop for a message that is due: after the caller's commit, when
// there is a transaction.
func (s *Service) wake(ctx context.Context, info MessageInfo) {
	if info.DueAt == nil || info.DueAt.After(info.CreatedAt.Add(soon)) {
		return
	}
	if tx := postgres.TxFrom(ctx); tx != nil {
		tx.Wake(topicOf(info.Class))
		return
	}
	s.db.Wake(topicOf(info.Class))
}

func topicOf(c Class) string { return lanes[c.Priority()].topic }

// replay returns the message that was accepted with a key, as it was then. A key
// that has outlived KeyLife is let go.
func (s *Service) replay(ctx context.Context, bankID uuid.UUID, key Key) (info MessageInfo, found bool, err error) {
	oldest := s.now().Add(-KeyLife)
	var hash []byte
	var plan []planned
	var m *MessageInfo
	var sendAt *time.Time
	err = s.db.Batch(ctx, bankID, func(batch *pgx.Batch) {
		batch.Queue(`update messages set key = null, key_caller = null, key_hash = null
		where bank_id = $1 and key_caller = $2 and key = $3 and created_at <= $4`, bankID, key.Caller, key.Key, oldest)
		batch.Queue(`select `+messageColumns+`, key_hash, plan, send_at from messages where bank_id = $1 and key_caller = $2 and key = $3`, bankID, key.Caller, key.Key).
			Query(func(rows pgx.Rows) error {
				all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (MessageInfo, error) { return scanMessage(row, &hash, &plan, &sendAt) })
				if len(all) == 1 {
					m = &all[0]
				}
				return err
			})
	})
	if err != nil {
		return MessageInfo{}, false, fmt.Errorf("read message of key: %w", err)
	}
	switch {
	case m == nil:
		return MessageInfo{}, false, nil
	case !bytes.Equal(hash, key.Hash):
		return MessageInfo{}, false, ErrKeyReused
	}
	m.State, m.Step, m.DueAt = StateAccepted, 0, sendAt
	switch {
	case len(plan) == 0:
		m.DueAt = nil
		if m.State = StateUndelivered; m.Reason == ReasonQuietHours {
			m.State = StateExpired
		}
	case sendAt == nil:
		m.DueAt = &m.CreatedAt
	}
	m.Deliveries = waiting(m, plan)
	return *m, true, nil
}

// waiting shows the deliveries that the first step of a plan will make, or would
// have made.
func waiting(m *MessageInfo, plan []planned) (list []DeliveryInfo) {
	if len(plan) == 0 {
		return nil
	}
	state := StatePending
	if m.State != StateAccepted {
		state = m.State
	}
	for _, t := range plan[0].Targets {
		d := DeliveryInfo{ID: t.ID, MessageID: m.ID, Channel: t.Channel, Provider: t.Provider, Recipient: mask(t.Channel, t.Recipient),
			State: state, Step: 1, Why: t.Why, CreatedAt: m.CreatedAt}
		d.DeviceID = value(t.Device)
		list = append(list, d)
	}
	return list
}

// zones are the time zones that were found: reading one takes a file.
var zones sync.Map // name → *time.Location

func zone(name string) (*time.Location, error) {
	if z, ok := zones.Load(name); ok {
		return z.(*time.Location), nil
	}
	z, err := time.LoadLocation(name)
	if err == nil {
		zones.Store(name, z)
	}
	return z, err
}
