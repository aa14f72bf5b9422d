package channels

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

// MaxBatch is the most recipients of a batch.
const MaxBatch = 1000

// Batch is one message to many customers.
type Batch struct {
	// Message is what all have in common. Its CustomerID, Phone, Reference, Metadata,
	// Secret and Key are not looked at; a recipient's Params are put over its Params.
	Message    Message
	Recipients []BatchRecipient // 1 to MaxBatch
	Key        *Key             // as Message.Key, of the whole batch
}

// BatchRecipient is one customer of a batch.
type BatchRecipient struct {
	CustomerID uuid.UUID
	Params     map[string]string
	Reference  string
	Metadata   map[string]any
}

// BatchInfo is a batch as it stands.
type BatchInfo struct {
	ID          uuid.UUID
	Total       int
	Accepted    int
	Refused     int
	States      map[State]int // of the accepted messages; only by BatchOf
	CreatedAt   time.Time
	CancelledAt *time.Time
	Results     []BatchResult // by recipient; of SendBatch all of them
}

// BatchResult is what became of one recipient of a batch.
type BatchResult struct {
	Row       int       // its place in the batch, from 0
	MessageID uuid.UUID // uuid.Nil: refused
	State     State     // of the message
	Code      string    // why it was refused: visavis.Error's
	Detail    string
	Field     string // what was wrong, when it was one field
}

// refusal is a refused row as message_batches keeps it.
type refusal struct {
	Row    int    `json:"row"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Field  string `json:"field,omitempty"`
}

// SendBatch accepts one message to up to 1,000 customers, in one statement: all
// that can be accepted, or, on an error, none. A recipient who cannot be reached
// (unknown, without a device, in a country that is not allowed, with a missing
// param) is refused in the results and harms no other. A Key works as in SendOnce.
func (s *Service) SendBatch(ctx context.Context, bankID uuid.UUID, b Batch) (info BatchInfo, replayed bool, err error) {
	bank, err := s.facts.of(ctx, bankID)
	if err != nil {
		return info, false, fmt.Errorf("read bank of batch: %w", err)
	}
	if bank.rules.policy.Classes[b.Message.Class].Cap == 0 {
		return s.sendBatch(ctx, bankID, b)
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if info, replayed, err = s.sendBatch(ctx, bankID, b); err == nil && replayed {
			return errKeyTaken // gives what was taken of the caps back
		}
		return err
	})
	if errors.Is(err, errKeyTaken) {
		err = nil
	}
	return info, replayed, err
}

func (s *Service) sendBatch(ctx context.Context, bankID uuid.UUID, b Batch) (info BatchInfo, replayed bool, err error) {
	if len(b.Recipients) == 0 || len(b.Recipients) > MaxBatch {
		return info, false, visavis.InvalidField("recipients", "name 1 to %d", MaxBatch)
	}
	if b.Key != nil {
		if info, ok, err := s.replayBatch(ctx, bankID, *b.Key); ok || err != nil {
			return info, ok, err
		}
	}
	if !b.Message.ExpiresAt.After(s.now()) {
		return info, false, visavis.InvalidField("expires_at", "must be in the future")
	}
	people, err := s.recipients(ctx, bankID, b)
	if err != nil {
		return info, false, fmt.Errorf("read recipients: %w", err)
	}
	now := s.now()
	info = BatchInfo{ID: uuid.Must(uuid.NewV7()), Total: len(b.Recipients), CreatedAt: now, Results: make([]BatchResult, len(b.Recipients))}
	rows := batchRows{}
	refused := []refusal{}
	prepared, errs, err := s.prepareRows(ctx, bankID, b, people, now)
	if err != nil {
		return BatchInfo{}, false, err
	}
	for i, one := range prepared {
		if err := errs[i]; err != nil {
			refuse, ok := refusalOf(i, err)
			if !ok {
				return BatchInfo{}, false, err
			}
			refused = append(refused, refuse)
			info.Results[i] = BatchResult{Row: i, Code: refuse.Code, Detail: refuse.Detail, Field: refuse.Field}
			continue
		}
		if err := rows.add(i, one); err != nil {
			return BatchInfo{}, false, err
		}
		info.Results[i] = BatchResult{Row: i, MessageID: one.info.ID, State: StateAccepted}
	}
	info.Refused, info.Accepted = len(refused), len(rows.ids)
	key := Key{}
	if b.Key != nil {
		key = *b.Key
	}
	m := b.Message
	inserted := false
	err = s.db.Batch(ctx, bankID, func(batch *pgx.Batch) {
		batch.Queue(insertBatchSQL, bankID, info.ID, info.Total, refused, orNil(key.Caller), orNull(key.Key), key.Hash, now,
			string(m.Class), m.Template, orEmpty(m.Data), orNil(m.LinkID), m.AboutType, orNil(m.AboutID), m.ExpiresAt.UTC().Truncate(time.Microsecond),
			rows.ids, rows.customers, rows.locales, rows.zones, rows.params, rows.references, rows.metadata, rows.plans, rows.dues, rows.places).
			QueryRow(func(row pgx.Row) error { return row.Scan(&inserted) })
	})
	if err != nil {
		return BatchInfo{}, false, fmt.Errorf("accept batch: %w", err)
	}
	if !inserted { // a twin was faster
		info, ok, err := s.replayBatch(ctx, bankID, *b.Key)
		if err == nil && !ok {
			err = errors.New("accept batch: its key is neither free nor taken")
		}
		return info, ok, err
	}
	if len(rows.ids) > 0 {
		s.wake(ctx, MessageInfo{Class: m.Class, CreatedAt: now, DueAt: rows.dues[0]})
	}
	return info, false, nil
}

// SendBatchTx is SendBatch in the caller's transaction, without a key.
func (s *Service) SendBatchTx(ctx context.Context, tx *postgres.Tx, b Batch) (BatchInfo, error) {
	b.Key = nil
	info, _, err := s.SendBatch(postgres.WithTx(ctx, tx), tx.BankID, b)
	return info, err
}

// prepareRows makes a batch's rows, and says which are refused and why. What the
// class's cap leaves is taken in one statement.
func (s *Service) prepareRows(ctx context.Context, bankID uuid.UUID, b Batch, people map[uuid.UUID]recipient, now time.Time) (all []row, refused []error, err error) {
	all, refused = make([]row, len(b.Recipients)), make([]error, len(b.Recipients))
	var limited []*row
	var places []int
	for i, r := range b.Recipients {
		if all[i], refused[i] = s.prepareRow(bankID, b.Message, r, people, now); refused[i] == nil && all[i].cap != nil {
			limited, places = append(limited, &all[i]), append(places, i)
		}
	}
	free, err := s.takeCaps(ctx, bankID, limited)
	if err != nil {
		return nil, nil, err
	}
	for n, place := range places {
		if !free[n] {
			refused[place] = ended409(ReasonFrequencyCap)
		}
	}
	return all, refused, nil
}

// takeCaps takes one of what each row's class leaves its subject, and reports by
// the rows' places whether there was one. The rows are of one class, accepted at one time.
// The caps are locked in one order, so that two batches do not wait for each other.
func (s *Service) takeCaps(ctx context.Context, bankID uuid.UUID, rows []*row) (free []bool, err error) {
	if len(rows) == 0 {
		return nil, nil
	}
	free = make([]bool, len(rows))
	subjects, due := make([]string, len(rows)), make([]time.Time, len(rows))
	for i, r := range rows {
		subjects[i], due[i] = r.cap.subject, *r.info.DueAt
	}
	first := rows[0]
	err = s.db.Batch(ctx, bankID, func(batch *pgx.Batch) {
		batch.Queue(`select n, visavis_cap_take($1, who, $4, $5, $6, due, $7)
			from (select who, due, n from unnest($2::text[], $3::timestamptz[]) with ordinality as u(who, due, n) order by who, n) sorted`,
			bankID, subjects, due, first.info.Class, first.cap.most, first.cap.window, first.info.CreatedAt).Query(func(rows pgx.Rows) error {
			var n int
			var ok bool
			_, err := pgx.ForEachRow(rows, []any{&n, &ok}, func() error { free[n-1] = ok; return nil })
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("frequency cap: %w", err)
	}
	return free, nil
}

func (s *Service) prepareRow(bankID uuid.UUID, m Message, r BatchRecipient, people map[uuid.UUID]recipient, now time.Time) (row, error) {
	to, known := people[r.CustomerID]
	if !known {
		return row{}, visavis.Errorf(visavis.NotFound, "customer_not_found", "there is no such customer")
	}
	m.CustomerID, m.Reference, m.Metadata, m.Key, m.Secret, m.Phone = r.CustomerID, r.Reference, r.Metadata, nil, nil, ""
	if len(r.Params) > 0 {
		params := make(map[string]string, len(m.Params)+len(r.Params))
		for _, from := range []map[string]string{m.Params, r.Params} {
			for name, value := range from {
				params[name] = value
			}
		}
		m.Params = params
	}
	one, err := s.prepare(bankID, m, to.of(m), now)
	if err == nil && one.info.Reason != "" {
		err = ended409(one.info.Reason)
	} else if err == nil && len(one.plan) == 0 {
		err = visavis.Errorf(visavis.Conflict, "no_device", "the customer has no device, and the message no other way")
	}
	return one, err
}

// ended409 is what a batch says of a recipient to whom nothing is sent.
func ended409(reason string) error {
	return visavis.Errorf(visavis.Conflict, reason, "%s", map[string]string{
		ReasonOptedOut:     "the customer opted out of messages of this class on every channel that was left",
		ReasonFrequencyCap: "the customer has had as many messages of this class as the bank allows",
		ReasonQuietHours:   "the message would expire before the quiet hours end",
	}[reason])
}

// refusalOf is what a recipient is told; ok is false for a fault of ours.
func refusalOf(row int, err error) (r refusal, ok bool) {
	var e *visavis.Error
	if !errors.As(err, &e) || e.Kind == visavis.Internal {
		return r, false
	}
	r = refusal{Row: row, Code: visavis.CodeOf(e), Detail: e.Message}
	if len(e.Fields) > 0 {
		r.Field, r.Detail = e.Fields[0].Name, e.Fields[0].Reason
	}
	return r, true
}

// recipients reads all customers of a batch, and their devices for a push.
func (s *Service) recipients(ctx context.Context, bankID uuid.UUID, b Batch) (map[uuid.UUID]recipient, error) {
	bank, err := s.facts.of(ctx, bankID)
	if err != nil {
		return nil, err
	}
	ids := make([]uuid.UUID, len(b.Recipients))
	for i, r := range b.Recipients {
		ids[i] = r.CustomerID
	}
	var people map[uuid.UUID]recipient
	err = s.db.Batch(ctx, bankID, func(batch *pgx.Batch) {
		people = make(map[uuid.UUID]recipient, len(ids))
		batch.Queue(`select id, phone, locale, time_zone from customers where bank_id = $1 and id = any($2)`, bankID, ids).Query(func(rows pgx.Rows) error {
			var id uuid.UUID
			to := recipient{countries: bank.settings.Countries, rules: bank.rules}
			_, err := pgx.ForEachRow(rows, []any{&id, &to.phone, &to.locale, &to.timeZone}, func() error { people[id] = to; return nil })
			return err
		})
		if bank.rules.pushes(b.Message) {
			batch.Queue(`select customer_id, id, provider, address from devices where bank_id = $1 and customer_id = any($2) and disabled_at is null order by id desc`, bankID, ids).
				Query(func(rows pgx.Rows) error {
					var id uuid.UUID
					var d banks.Device
					_, err := pgx.ForEachRow(rows, []any{&id, &d.ID, &d.Provider, &d.Address}, func() error {
						to := people[id]
						to.devices = append(to.devices, d)
						people[id] = to
						return nil
					})
					return err
				})
		}
		if group := b.Message.Class.Group(); bank.rules.optedOut && group != Essential {
			batch.Queue(`select c.id, o.channel from customers c join opted_out o on o.bank_id = $1 and o.phone = c.phone and o.class_group = $3
				where c.bank_id = $1 and c.id = any($2)`, bankID, ids, group).
				Query(func(rows pgx.Rows) error {
					var id uuid.UUID
					var channel Channel
					_, err := pgx.ForEachRow(rows, []any{&id, &channel}, func() error {
						to := people[id]
						to.optedOut = append(to.optedOut, channel)
						people[id] = to
						return nil
					})
					return err
				})
		}
	})
	return people, err
}

// batchRows are the columns in which the messages of a batch differ.
type batchRows struct {
	ids                                     []uuid.UUID
	customers                               []uuid.UUID
	locales, zones, params, metadata, plans []string
	references                              []*string
	dues                                    []*time.Time
	places                                  []int32
}

func (b *batchRows) add(place int, r row) error {
	values := [3]string{"{}", "{}", ""}
	for i, v := range []any{r.params, r.info.Metadata, r.plan} {
		if i < 2 && isEmpty(v) {
			continue
		}
		raw, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("accept batch: %w", err)
		}
		values[i] = string(raw)
	}
	b.ids, b.customers = append(b.ids, r.info.ID), append(b.customers, r.info.CustomerID)
	b.locales, b.zones = append(b.locales, r.info.Locale), append(b.zones, r.timeZone)
	b.params, b.metadata, b.plans = append(b.params, values[0]), append(b.metadata, values[1]), append(b.plans, values[2])
	b.references, b.dues, b.places = append(b.references, orNull(r.info.Reference)), append(b.dues, r.info.DueAt), append(b.places, int32(place))
	return nil
}

func isEmpty(v any) bool {
	switch v := v.(type) {
	case map[string]string:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}

// insertBatchSQL inserts the batch and, when its key was free, all its messages.
const insertBatchSQL = `
with batch as (
	insert into message_batches (bank_id, id, total, refused, key_caller, key, key_hash, created_at)
	values ($1, $2, $3, $4, $5, $6, $7, $8)
	on conflict (bank_id, key_caller, key) where key is not null do nothing
	returning id
), accepted as (
	insert into messages (bank_id, id, customer_id, class, template, locale, time_zone, params, push_data, link_id, about_type, about_id,
		reference, metadata, created_at, expires_at, plan, due_at, send_at, batch_id, batch_row)
	select $1, r.id, r.customer, $9, $10, r.locale, r.zone, r.params::jsonb, $11, $12, $13, $14,
		r.reference, r.metadata::jsonb, $8, $15, r.plan::jsonb, r.due, nullif(r.due, $8), batch.id, r.place
	from batch, unnest($16::uuid[], $17::uuid[], $18::text[], $19::text[], $20::text[], $21::text[], $22::text[], $23::text[], $24::timestamptz[], $25::integer[])
		as r(id, customer, locale, zone, params, reference, metadata, plan, due, place)
)
select exists (select from batch)`

func (s *Service) replayBatch(ctx context.Context, bankID uuid.UUID, key Key) (info BatchInfo, found bool, err error) {
	var hash []byte
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		var id uuid.UUID
		var created time.Time
		err := tx.QueryRow(ctx, `select id, key_hash, created_at from message_batches where bank_id = $1 and key_caller = $2 and key = $3`,
			bankID, key.Caller, key.Key).Scan(&id, &hash, &created)
		if err == pgx.ErrNoRows {
			return nil
		}
		if err != nil {
			return err
		}
		if !created.After(s.now().Add(-KeyLife)) {
			_, err := tx.Exec(ctx, `update message_batches set key = null, key_caller = null, key_hash = null where bank_id = $1 and id = $2`, bankID, id)
			return err
		}
		found = true
		if info, err = s.BatchOf(ctx, bankID, id); err != nil {
			return err
		}
		info.Results, _, err = s.BatchResults(ctx, bankID, id, 0, MaxBatch)
		return err
	})
	if err != nil {
		return BatchInfo{}, false, fmt.Errorf("read batch of key: %w", err)
	}
	if found && !bytes.Equal(hash, key.Hash) {
		return BatchInfo{}, false, ErrKeyReused
	}
	info.States, info.CancelledAt = nil, nil
	for i := range info.Results { // as it was answered then
		if info.Results[i].MessageID != uuid.Nil {
			info.Results[i].State = StateAccepted
		}
	}
	return info, found, nil
}

func errBatchNotFound() error {
	return visavis.Errorf(visavis.NotFound, "batch_not_found", "there is no such batch")
}

// BatchOf returns a batch with how many of its messages are in which state;
// NotFound when the bank has no such batch.
func (s *Service) BatchOf(ctx context.Context, bankID, id uuid.UUID) (info BatchInfo, err error) {
	err = s.db.Batch(ctx, bankID, func(batch *pgx.Batch) {
		info = BatchInfo{ID: id, States: map[State]int{}}
		batch.Queue(`select total, jsonb_array_length(refused), created_at, cancelled_at from message_batches where bank_id = $1 and id = $2`, bankID, id).
			QueryRow(func(row pgx.Row) error {
				return row.Scan(&info.Total, &info.Refused, &info.CreatedAt, &info.CancelledAt)
			})
		batch.Queue(`select state, count(*) from messages where bank_id = $1 and batch_id = $2 group by state`, bankID, id).Query(func(rows pgx.Rows) error {
			var state State
			var n int
			_, err := pgx.ForEachRow(rows, []any{&state, &n}, func() error { info.States[state] = n; info.Accepted += n; return nil })
			return err
		})
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return BatchInfo{}, errBatchNotFound()
	case err != nil:
		return BatchInfo{}, fmt.Errorf("get batch: %w", err)
	}
	return info, nil
}

// BatchResults returns what became of the recipients from a place on, in the
// order in which they were given; more says that there are others behind them.
func (s *Service) BatchResults(ctx context.Context, bankID, id uuid.UUID, from, limit int) (list []BatchResult, more bool, err error) {
	total := 0
	err = s.db.Batch(ctx, bankID, func(batch *pgx.Batch) {
		list = nil
		batch.Queue(`select total from message_batches where bank_id = $1 and id = $2`, bankID, id).
			QueryRow(func(row pgx.Row) error { return row.Scan(&total) })
		batch.Queue(`
			select batch_row, id, state, '', '', '' from messages
			where bank_id = $1 and batch_id = $2 and batch_row >= $3 and batch_row < $3 + $4
			union all
			select r.row, $5, '', r.code, r.detail, coalesce(r.field, '')
			from message_batches b cross join lateral jsonb_to_recordset(b.refused) as r(row integer, code text, detail text, field text)
			where b.bank_id = $1 and b.id = $2 and r.row >= $3 and r.row < $3 + $4
			order by 1`, bankID, id, from, limit, uuid.Nil).Query(func(rows pgx.Rows) (err error) {
			list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (r BatchResult, err error) {
				return r, row.Scan(&r.Row, &r.MessageID, &r.State, &r.Code, &r.Detail, &r.Field)
			})
			return err
		})
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, false, errBatchNotFound()
	case err != nil:
		return nil, false, fmt.Errorf("list results of batch: %w", err)
	}
	return list, from+limit < total, nil
}

// CancelBatch takes back what of a batch has not been sent yet. Again is no error.
func (s *Service) CancelBatch(ctx context.Context, bankID, id uuid.UUID) (info BatchInfo, err error) {
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, `update message_batches set cancelled_at = coalesce(cancelled_at, $3) where bank_id = $1 and id = $2`, bankID, id, s.now()); err != nil {
			return fmt.Errorf("cancel batch: %w", err)
		}
		if _, err := s.stopTx(ctx, tx, `m.batch_id = $2`, false, id); err != nil {
			return fmt.Errorf("cancel batch: %w", err)
		}
		info, err = s.BatchOf(ctx, bankID, id)
		return err
	})
	return info, err
}
