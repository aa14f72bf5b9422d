package channels

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// cause is the delivery whose change may change its message's state.
type cause struct {
	message, delivery uuid.UUID
	channel           Channel
	code              string
}

func collectCauses(rows pgx.Rows) ([]cause, error) {
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c cause, err error) {
		return c, row.Scan(&c.message, &c.delivery, &c.channel)
	})
}

// refreshTx works the states of messages out anew after deliveries of theirs
// have changed: it says when the ladder's next step is due, appends an event for
// each message whose state changed, and wipes secrets that nothing needs any
// more.
//
// The messages are locked, in the order of their ids, before their deliveries
// are read (two statements, so that the second sees what was committed before
// the lock was had): of two transactions that change deliveries of one message
// the second sees what the first did.
func (s *Service) refreshTx(ctx context.Context, tx *postgres.Tx, now time.Time, causes []cause) error {
	if len(causes) == 0 {
		return nil
	}
	byMessage := make(map[uuid.UUID]cause, len(causes))
	ids := make([]uuid.UUID, 0, len(causes))
	for _, c := range causes {
		if _, ok := byMessage[c.message]; !ok {
			ids = append(ids, c.message)
		}
		byMessage[c.message] = c
	}
	var messages []*standing
	index := make(map[uuid.UUID]*standing, len(ids))
	var trip pgx.Batch
	trip.Queue(lockSQL, tx.BankID, ids).Query(func(rows pgx.Rows) (err error) {
		messages, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (*standing, error) {
			m := &standing{}
			var customer, about *uuid.UUID
			err := row.Scan(&m.ID, &customer, &m.Class, &m.Template, &m.AboutType, &about, &m.State, &m.sealed, &m.DueAt, &m.Step, &m.ExpiresAt, &m.asked, &m.rule, &m.stopped, &m.timeZone)
			m.CustomerID, m.AboutID = value(customer), value(about)
			index[m.ID] = m
			return m, err
		})
		return err
	})
	trip.Queue(`select message_id, channel, state, step, error_code from deliveries where bank_id = $1 and message_id = any($2)`, tx.BankID, ids).
		Query(func(rows pgx.Rows) error {
			var id uuid.UUID
			var d attempt
			_, err := pgx.ForEachRow(rows, []any{&id, &d.channel, &d.state, &d.step, &d.code}, func() error {
				if m := index[id]; m != nil {
					m.deliveries = append(m.deliveries, d)
				}
				return nil
			})
			return err
		})
	if err := tx.SendBatch(ctx, &trip).Close(); err != nil {
		return fmt.Errorf("lock messages: %w", err)
	}
	if err := takeBackTx(ctx, tx, now, messages); err != nil {
		return err
	}
	var c changes
	bank := s.facts.peek(tx.BankID)
	for _, m := range messages {
		s.advance(m, now)
		if bank != nil {
			m.hush(bank.rules)
		}
		if m.due != nil && !m.due.After(now) {
			tx.Wake(topicOf(m.Class))
		}
		c.add(m)
	}
	if len(c.ids) == 0 {
		return nil
	}
	rows, err := tx.Query(ctx, changeSQL, tx.BankID, c.ids, c.states, c.wipes, c.dues, c.tells)
	if err != nil {
		return fmt.Errorf("mark messages: %w", err)
	}
	var tell []told
	var id uuid.UUID
	var count *int
	_, err = pgx.ForEachRow(rows, []any{&id, &count}, func() error {
		if m := index[id]; m.next != m.State {
			info := m.MessageInfo
			info.State = m.next
			tell = append(tell, told{info, byMessage[id].channel, byMessage[id].code, *count})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("mark messages: %w", err)
	}
	if err := appendTx(ctx, tx, now, tell); err != nil {
		return err
	}
	return s.tellUndeliveredTx(ctx, tx, tell)
}

// takeBackTx cancels deliveries that are to be tried again of messages that were
// stopped meanwhile.
func takeBackTx(ctx context.Context, tx *postgres.Tx, now time.Time, messages []*standing) error {
	var ids []uuid.UUID
	for _, m := range messages {
		for i := range m.deliveries {
			if d := &m.deliveries[i]; m.stopped && d.state == StatePending {
				ids, d.state = append(ids, m.ID), StateCancelled
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		update deliveries set state = 'cancelled', finished_at = $3, lease = null, lease_until = null
		where bank_id = $1 and message_id = any($2) and state = 'pending'`, tx.BankID, ids, now)
	if err != nil {
		return fmt.Errorf("take back deliveries: %w", err)
	}
	return nil
}

// lockSQL gives the rule of the step that was handed over last, when another one
// follows it.
const lockSQL = `
select id, customer_id, class, template, about_type, about_id, state, sealed is not null, due_at, step, expires_at, asked > step,
	case when jsonb_array_length(plan) > step and stopped_at is null then plan -> (step - 1) end, stopped_at is not null, time_zone
from messages where bank_id = $1 and id = any($2) order by id for update`

const changeSQL = `
update messages m set state = c.state, sealed = case when c.wipe then null else m.sealed end, due_at = c.due,
	events = case when c.tell
		then coalesce(m.events, (select last from event_sequences q where q.bank_id = $1 and q.object_id = m.id), 0) + 1
		else m.events end
from unnest($2::uuid[], $3::text[], $4::boolean[], $5::timestamptz[], $6::boolean[]) as c(id, state, wipe, due, tell)
where m.bank_id = $1 and m.id = c.id
returning m.id, m.events`

// standing is a message with its deliveries, and where it goes.
type standing struct {
	MessageInfo
	sealed     bool
	asked      bool     // the user has asked for the next step (NextTx), and it was not handed over yet
	stopped    bool     // it was met or cancelled
	timeZone   string   // the recipient's
	rule       *planned // of the step that was handed over last; nil: no step follows
	deliveries []attempt

	next State
	due  *time.Time
	wipe bool
}

// attempt is what a message's standing needs of a delivery.
type attempt struct {
	channel Channel
	state   State
	step    int
	code    string
}

// advance says where a message stands by its deliveries, and when its next step
// is due.
func (s *Service) advance(m *standing, now time.Time) {
	states := make([]State, len(m.deliveries))
	current, bad, down, delivered, needed := 0, 0, 0, false, false
	for i, d := range m.deliveries {
		states[i] = d.state
		// A call that was placed fetches its text when it is answered.
		needed = needed || !ended(d.state) && (d.state != StateSent || d.channel == Voice)
		delivered = delivered || d.state == StateDelivered
		if d.step != m.Step {
			continue
		}
		current++
		if d.state == StateFailed || d.state == StateUndelivered {
			bad++
			if d.code == codeProviderDown {
				down++
			}
		}
	}
	m.due = m.DueAt
	if m.rule != nil && m.Step > 0 {
		later := m.rule.Wait > 0 && m.DueAt == nil
		switch {
		case !now.Before(m.ExpiresAt):
			m.due = nil
		case m.asked: // whatever a late receipt says of the step before
		case current > 0 && bad == current && down == current && m.rule.gives(AdvanceProviderDown),
			current > 0 && bad == current && m.rule.gives(AdvanceUndelivered):
			m.due = &now
		case delivered && !m.rule.gives(AdvanceNotMet):
			m.due = nil
		case later && (m.rule.gives(AdvanceNoReceipt) || m.rule.gives(AdvanceNotMet)):
			at := now.Add(time.Duration(m.rule.Wait) * time.Millisecond)
			m.due = &at
		}
	}
	m.next = messageState(states)
	if len(states) == 0 && m.due == nil {
		m.next = StateCancelled // before anything of it was handed over
	}
	if m.due != nil && ended(m.next) && m.next != StateDelivered {
		m.next = StateAccepted // the ladder goes on
	}
	if m.next == StateAccepted && m.State != StateAccepted {
		m.next = m.State // deliveries do not come back; a message does not either
	}
	// While another step may follow, if only because the user asks for it, what
	// it would say is kept.
	more := m.rule != nil && now.Before(m.ExpiresAt) && m.next != StateCancelled
	m.wipe = m.sealed && !needed && m.due == nil && !more
}

// hush has a next step that falls into quiet hours wait for their end, when it is
// not too late then. What is not seen here is seen when it comes to its turn.
func (m *standing) hush(r *rules) {
	if m.due == nil || m.asked || m.AboutType == aboutInbound {
		return
	}
	if end, err := r.loud(m.Class, m.timeZone, *m.due); err == nil && end.Before(m.ExpiresAt) {
		m.due = &end
	}
}

// codeProviderDown is the error code of a delivery that no provider was up for.
const codeProviderDown = "provider_down"

// changes are the rows that changeSQL writes.
type changes struct {
	ids          []uuid.UUID
	states       []string
	wipes, tells []bool
	dues         []*time.Time
}

func (c *changes) add(m *standing) {
	same := m.due == m.DueAt || m.due != nil && m.DueAt != nil && m.due.Equal(*m.DueAt)
	if m.next == m.State && !m.wipe && same {
		return
	}
	c.ids, c.states = append(c.ids, m.ID), append(c.states, string(m.next))
	c.wipes, c.tells, c.dues = append(c.wipes, m.wipe), append(c.tells, m.next != m.State), append(c.dues, m.due)
}

// told is a change of a message's state, to be told as an event.
type told struct {
	info     MessageInfo
	channel  Channel // of the delivery that brought it about
	code     string
	sequence int // among the message's events
}

// appendTx tells what became of messages. Their events are counted in their own
// rows (messages.events), not by events.AppendTx.
func appendTx(ctx context.Context, tx *postgres.Tx, at time.Time, list []told) error {
	numbered := make([]events.Numbered, len(list))
	for i, t := range list {
		data := map[string]any{
			"template": t.info.Template, "class": t.info.Class, "state": t.info.State,
		}
		if t.channel != "" {
			data["channel"] = t.channel
		}
		if t.info.AboutID != uuid.Nil {
			data["about_type"], data["about_id"] = t.info.AboutType, t.info.AboutID
			if t.info.AboutType == "identification" {
				data["identification_id"] = t.info.AboutID
			}
		}
		if t.info.CustomerID != uuid.Nil {
			data["customer_id"] = t.info.CustomerID
		}
		if t.code != "" {
			data["error_code"] = t.code
		}
		numbered[i] = events.Numbered{New: events.New{Type: "message." + string(t.info.State), Object: "message", ID: t.info.ID, Data: data}, Sequence: t.sequence}
	}
	return events.AppendNumberedTx(ctx, tx, at, numbered)
}

func value(id *uuid.UUID) uuid.UUID {
	if id == nil {
		return uuid.Nil
	}
	return *id
}

// mark writes the outcomes of worked deliveries, one transaction a bank.
func (s *Service) mark(ctx context.Context, worked []handing) error {
	byBank := map[uuid.UUID][]*item{}
	for _, group := range worked {
		for _, it := range group {
			if it.result.state != "" { // else its work panicked: its lease will lapse
				byBank[it.BankID] = append(byBank[it.BankID], it)
			}
		}
	}
	var failed error
	for bankID, of := range byBank {
		if err := s.markBank(ctx, bankID, of); err != nil {
			failed = err // the other banks' outcomes are written all the same; writing again is harmless
		}
	}
	return failed
}

func (s *Service) markBank(ctx context.Context, bankID uuid.UUID, items []*item) error {
	now := s.now()
	var r struct {
		ids, leases                     []uuid.UUID
		states, providers, codes, notes []string
		duplicates                      []string
		due                             []time.Time
	}
	codes := map[uuid.UUID]string{}
	for _, it := range items {
		r.ids, r.leases = append(r.ids, it.ID), append(r.leases, it.lease)
		r.states = append(r.states, string(it.result.state))
		r.providers = append(r.providers, it.result.providerID)
		r.codes = append(r.codes, it.result.code)
		r.notes = append(r.notes, it.result.note)
		r.due = append(r.due, it.result.due)
		r.duplicates = append(r.duplicates, string(it.result.duplicate))
		codes[it.ID] = it.result.code
	}
	return s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, markSQL, bankID, r.ids, r.leases, r.states, r.providers, r.codes, r.notes, r.due, now, r.duplicates)
		if err != nil {
			return fmt.Errorf("mark deliveries: %w", err)
		}
		causes, err := collectCauses(rows)
		if err != nil {
			return fmt.Errorf("mark deliveries: %w", err)
		}
		if lost := len(items) - len(causes); lost > 0 {
			// Someone else holds them now and finds out by itself what happened;
			// what a provider has told us all the same is not thrown away.
			s.log.Warn("leases of deliveries were lost before marking", "bank", bankID, "count", lost)
			known, err := s.tellLostTx(ctx, tx, now, items, causes)
			if err != nil {
				return err
			}
			causes = append(causes, known...)
		}
		for i := range causes {
			causes[i].code = codes[causes[i].delivery]
		}
		for _, it := range items {
			if it.result.tokenGone && it.DeviceID != nil {
				if err := s.banks.DisableDeviceTx(ctx, tx, *it.DeviceID, it.result.goneAt, "the provider says that the token is no longer registered"); err != nil {
					return fmt.Errorf("disable device: %w", err)
				}
			}
			if it.result.blocked {
				if _, err := s.OptOutTx(ctx, tx, NewOptOut{Phone: it.Recipient, Channels: []Channel{it.Channel}, OptedOut: true, Source: SourceProvider, Reference: it.ID.String()}); err != nil {
					return err
				}
			}
		}
		return s.refreshTx(ctx, tx, now, causes)
	})
}

// markSQL writes outcomes, each only under the lease that it was claimed with.
// A receipt may have been faster: then the higher rank stays. To wait for the end
// of quiet hours was no attempt.
const markSQL = `
update deliveries d set
	state       = case when wins then r.state else d.state end,
	error_code  = case when wins then r.code when r.state = d.state then greatest(d.error_code, r.code) else d.error_code end,
	error       = case when wins then r.note else d.error end,
	provider_id = coalesce(d.provider_id, nullif(r.provider_id, '')),
	due_at      = r.due,
	attempts    = case when r.state = 'pending' and r.code = '` + ReasonQuietHours + `' then d.attempts - 1 else d.attempts end,
	sent_at     = case when r.state in ('sent', 'delivered', 'undelivered') then coalesce(d.sent_at, $9) else d.sent_at end,
	finished_at = case when wins and r.state in ('expired', 'cancelled', 'failed', 'undelivered', 'delivered') then $9 else d.finished_at end,
	duplicate   = case when d.provider_id <> nullif(r.provider_id, '') then 'certain' else coalesce(d.duplicate, nullif(r.duplicate, '')) end,
	lease       = null,
	lease_until = null
from (
	select r.*, o.state in ('sending', 'unknown') or visavis_delivery_rank(r.state) > visavis_delivery_rank(o.state) as wins
	from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $10::text[])
		as r(id, lease, state, provider_id, code, note, due, duplicate)
	join deliveries o on o.bank_id = $1 and o.id = r.id and o.lease = r.lease
	order by r.id
	for update of o
) r
where d.bank_id = $1 and d.id = r.id and d.lease = r.lease
returning d.message_id, d.id, d.channel`
