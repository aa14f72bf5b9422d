package channels

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// item is one claimed delivery, and what became of it.
type item struct {
	BankID, ID, MessageID uuid.UUID
	Channel               Channel
	Provider              string
	Recipient             string
	DeviceID              *uuid.UUID
	Class                 Class
	Fresh                 bool // nothing is under way at a provider; else: find out first
	Attempts              int
	ExpiresAt             time.Time
	TriedAt               time.Time
	From                  string // sender id
	open                  bool   // no provider was named: another one may take it
	givesWay              bool   // a step follows when the provider is down

	lease     uuid.UUID
	claimedAt time.Time // by the monotonic clock of this node: deadlines count from it
	batch     *batch
	optedOut  bool // since it was accepted
	result    result
}

// result is what is written about a worked delivery.
type result struct {
	state      State
	due        time.Time // when it is looked at again; for ended states it means nothing
	providerID string
	code       string
	note       string // for the log and the operator: no recipient, text or token
	tokenGone  bool
	goneAt     time.Time // with tokenGone; zero = now
	blocked    bool      // the carrier says that the customer opted out
	duplicate  Duplicate
}

// handing is what is worked at a time: the deliveries of one step of a message,
// or one delivery that is taken up again.
type handing []*item

// batch shares what items of one claim need to be rendered.
type batch struct {
	mu    sync.Mutex
	banks map[uuid.UUID]*bankBatch
}

type bankBatch struct {
	once     sync.Once
	ids      []uuid.UUID // messages to read
	claimed  []*content  // messages that came with the claim
	messages map[uuid.UUID]*content
	items    []*item
	err      error
}

func (b *batch) of(bankID uuid.UUID) *bankBatch {
	of := b.banks[bankID]
	if of == nil {
		of = &bankBatch{}
		b.banks[bankID] = of
	}
	return of
}

// Run delivers until ctx ends, then waits for the sends under way. Any number
// of nodes may run it at once.
//
// Each priority has a loop and workers of its own (see lanes): however much there
// is of a lower one, and however slow its provider, none waits for it.
func (s *Service) Run(ctx context.Context) {
	var running sync.WaitGroup
	running.Go(func() { s.sweep(ctx) })
	running.Go(func() { s.watch(ctx) })
	for i := range lanes {
		running.Go(func() { s.loop(&lanes[i]).Run(ctx, s.db) })
	}
	running.Wait()
}

func (s *Service) loop(of *lane) *postgres.Loop[handing] {
	return &postgres.Loop[handing]{
		Name: "deliveries of " + of.name, Topic: of.topic, Poll: s.poll, Batch: 256, Workers: s.workers, Markers: 2,
		Claim: func(ctx context.Context, tx *postgres.Tx, limit int) ([]handing, time.Time, error) {
			return s.claim(ctx, tx, of, limit)
		},
		Work: s.work, Mark: s.mark, Now: s.now, Logger: s.log, Observe: s.observe,
	}
}

// lane is what is delivered together: the classes of one priority.
type lane struct {
	name, topic string
	claim, next string // statements
}

// lanes are those of each priority (Class.Priority). Their conditions are as in
// the indexes of both tables.
var lanes = []lane{
	newLane("codes and rings", TopicUrgent, `class in ('security', 'ring')`),
	newLane("transactions", TopicTransaction, `class = 'transaction'`),
	newLane("reminders", TopicReminder, `class = 'reminder'`),
	newLane("notices", TopicNotice, `class = 'notice'`),
}

func newLane(name, topic, class string) lane {
	return lane{name: name, topic: topic, claim: claimSQL(class), next: nextSQL(class)}
}

// claimSQL takes what is due of a lane under one lease: first
// deliveries that are taken up again (one that was being sent when its lease
// lapsed as unknown), then messages whose next step is due, for which it makes
// the deliveries. The message's row waits no more; from here on the deliveries
// carry the promise.
//
// Up to half of what is claimed is kept for messages of which nothing was sent
// yet (an odd one goes to either): retries to a provider that is down, of which
// there may be as many as there are workers every second, do not starve them.
func claimSQL(class string) string {
	return `
with fresh as materialized (
	select count(*) as n from (select from messages
		where due_at is not null and ` + class + ` and due_at <= $1
		order by due_at limit ($2 + (random() < 0.5)::integer) / 2) f
), again as materialized (
	select bank_id, id, state from deliveries
	where state in ('pending', 'sending', 'unknown') and ` + class + ` and due_at <= $1
	order by due_at limit $2 - (select n from fresh) for update skip locked
), due as materialized (
	select bank_id, id from messages
	where due_at is not null and ` + class + ` and due_at <= $1
	order by due_at limit $2 - (select count(*) from again) for update skip locked
), retaken as (
	update deliveries d set
		state = case when c.state = 'pending' then 'sending' else 'unknown' end,
		tried_at = case when c.state = 'pending' then $1 else coalesce(d.tried_at, $1) end,
		attempts = d.attempts + 1, lease = $3, lease_until = $4, due_at = $4
	from again c where d.bank_id = c.bank_id and d.id = c.id
	returning d.*, c.state = 'pending' as fresh
), handed as (
	update messages m set step = m.step + 1, due_at = null
	from due c where m.bank_id = c.bank_id and m.id = c.id
	returning m.*, m.plan -> (m.step - 1) as now
), made as (
	insert into deliveries (bank_id, id, message_id, channel, provider, recipient, device_id, class, state, attempts, due_at, expires_at,
		lease, lease_until, tried_at, created_at, step, why, sender, open_provider, gives_way)
	select m.bank_id, t.id, m.id, t.c, t.p, t."to", t.d, m.class, 'sending', 1, $4, m.expires_at, $3, $4, $1, $1, m.step, coalesce(t.why, ''),
		coalesce(t.f, ''), coalesce(t.o, false), ` + givesWaySQL + `
	from handed m cross join lateral jsonb_to_recordset(m.now -> 't') as t(id uuid, c text, p text, "to" text, d uuid, why text, f text, o boolean)
)
select bank_id, id, message_id, class, expires_at, channel, provider, recipient, device_id, fresh, attempts, tried_at,
	sender, open_provider, gives_way, null::jsonb, '', '', '', null::jsonb, null::bytea, null::jsonb, null::uuid, null::uuid, ''
from retaken
union all
select bank_id, id, id, class, expires_at, '', '', '', null, true, 1, $1,
	'', false, ` + givesWaySQL + `, now, template, locale, time_zone, params, sealed, push_data, link_id, customer_id, about_type
from handed m`
}

// givesWaySQL says whether a step follows the one handed over when its provider is down.
const givesWaySQL = `jsonb_array_length(m.plan) > m.step and (m.now -> 'on' is null or m.now -> 'on' ? 'provider_down')`

func nextSQL(class string) string {
	return `select least(
		(select min(due_at) from deliveries where state in ('pending', 'sending', 'unknown') and ` + class + ` and due_at > $1),
		(select min(due_at) from messages where due_at is not null and ` + class + ` and due_at > $1))`
}

// claim takes what is due, see claimSQL, and says when the next will be.
func (s *Service) claim(ctx context.Context, tx *postgres.Tx, l *lane, limit int) ([]handing, time.Time, error) {
	now, lease, claimedAt := s.now(), uuid.New(), time.Now()
	until := now.Add(leaseTime)
	shared := &batch{banks: map[uuid.UUID]*bankBatch{}}
	var work []handing
	var next *time.Time
	var trip pgx.Batch
	trip.Queue(l.claim, now, limit, lease, until).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			it, step, c := item{lease: lease, claimedAt: claimedAt, batch: shared}, (*planned)(nil), &content{}
			err := rows.Scan(append([]any{&it.BankID, &it.ID, &it.MessageID, &it.Class, &it.ExpiresAt, &it.Channel, &it.Provider, &it.Recipient, &it.DeviceID,
				&it.Fresh, &it.Attempts, &it.TriedAt, &it.From, &it.open, &it.givesWay, &step}, c.fields()...)...)
			if err != nil {
				return err
			}
			of := shared.of(it.BankID)
			if step == nil {
				of.ids, of.items = append(of.ids, it.MessageID), append(of.items, &it)
				work = append(work, handing{&it})
				continue
			}
			c.id = it.MessageID
			of.claimed = append(of.claimed, c)
			group := make(handing, len(step.Targets))
			for i, t := range step.Targets {
				one := it
				one.ID, one.Channel, one.Provider, one.Recipient, one.DeviceID, one.From, one.open = t.ID, t.Channel, t.Provider, t.Recipient, t.Device, t.From, t.Open
				group[i], of.items = &one, append(of.items, &one)
			}
			work = append(work, group)
		}
		return rows.Err()
	})
	trip.Queue(l.next, now).QueryRow(func(row pgx.Row) error { return row.Scan(&next) })
	if err := tx.SendBatch(ctx, &trip).Close(); err != nil {
		return nil, time.Time{}, fmt.Errorf("claim deliveries: %w", err)
	}
	if next == nil {
		return work, time.Time{}, nil
	}
	return work, *next, nil
}

// work hands over a group at once and leaves the outcomes in it.
func (s *Service) work(ctx context.Context, group handing) {
	var others sync.WaitGroup
	for _, it := range group[1:] {
		others.Go(func() {
			defer func() {
				if p := recover(); p != nil { // the loop sees only its own goroutine's
					s.log.Error("delivering panicked", "delivery", it.ID, "panic", p, "stack", string(debug.Stack()))
				}
			}()
			s.workOne(ctx, it)
		})
	}
	s.workOne(ctx, group[0])
	others.Wait()
}

// workOne sends or settles one delivery and leaves the outcome in it.
func (s *Service) workOne(ctx context.Context, it *item) {
	ctx, cancel := context.WithDeadline(ctx, it.claimedAt.Add(sendDeadline))
	defer cancel()
	it.result = s.deliver(ctx, it)
	for _, text := range []*string{&it.result.providerID, &it.result.code, &it.result.note} {
		*text = kept(*text)
	}
	if it.result.note != "" && it.result.state != StateExpired {
		s.log.Info("delivery did not go through", "delivery", it.ID, "bank", it.BankID, "channel", it.Channel, "provider", it.Provider,
			"state", it.result.state, "code", it.result.code, "attempt", it.Attempts, "error", it.result.note)
	}
	if it.result.due.IsZero() {
		it.result.due = s.now()
	}
}

// kept is what a provider said as a database can keep it. One that cannot be kept
// would take with it the outcomes of all that are marked together.
func kept(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

func (s *Service) deliver(ctx context.Context, it *item) result {
	route, ok := s.route(it.Channel, it.Provider)
	if !ok || route.Provider != it.Provider {
		return result{state: StateFailed, code: "provider", note: "no such provider is configured any more"}
	}
	looker, looks := route.Sender.(Looker)
	expired := !s.now().Before(it.ExpiresAt)
	if expired && (it.Fresh || !looks) {
		return result{state: StateExpired, code: "expired"}
	}
	content, err := s.content(ctx, it)
	if err != nil {
		// The database, most likely: as it was, and soon again.
		return it.again(s.now().Add(backoff(it.Attempts)), "load", err)
	}
	if it.optedOut && content.aboutType != aboutInbound && it.Fresh {
		return result{state: StateFailed, code: ReasonOptedOut, note: "the customer opted out after the message was accepted"}
	}
	if content.stopped && (it.Fresh || !looks) {
		return result{state: StateCancelled, code: "stopped"} // it was to be sent again
	}
	if verdict := s.hush(it, content); verdict != nil {
		return *verdict
	}
	out, err := s.render(it, content)
	if err != nil {
		return result{state: StateFailed, code: "text", note: err.Error()}
	}
	if !it.Fresh && looks {
		return s.settle(ctx, it, looker, out)
	}
	if time.Since(it.claimedAt) > startBefore {
		return it.again(s.now(), "late", errors.New("claimed, but too little of the lease is left to send"))
	}
	route, verdict, err := s.gate(ctx, it, content, route)
	switch {
	case err != nil:
		return it.again(s.now().Add(backoff(it.Attempts)), "load", err)
	case verdict != nil:
		return *verdict
	}
	if it.Channel != Flash { // whose number is a secret, and rendered
		out.From = it.From
	}
	out.TTL = it.ExpiresAt.Sub(s.now())
	if out.TTL <= 0 {
		return result{state: StateExpired, code: "expired"}
	}
	out.TTL = max(out.TTL, time.Second)
	// A provider that has it wait (for a connection, a window) lets it go when
	// its time is over.
	ctx, cancel := context.WithTimeout(ctx, out.TTL)
	defer cancel()
	id, err := route.Sender.Send(ctx, out)
	s.observed(it, err)
	r := result{state: StateSent, providerID: id}
	if err != nil {
		r = s.refused(it, asSendError(err), looks)
	}
	if !it.Fresh && (r.state == StateSent || r.state == StateUnknown) {
		r.duplicate = DuplicatePossible // nobody can be asked about the attempt before
	}
	return r
}

// hush is the verdict on a delivery that comes to its turn in quiet hours: a
// later step, one that is tried again or was kept waiting, or one of a bank that
// has set them since. It waits for their end, and that was no attempt.
func (s *Service) hush(it *item, c *content) *result {
	if !it.Fresh || c.aboutType == aboutInbound {
		return nil
	}
	now := s.now()
	end, err := c.rules.loud(it.Class, c.timeZone, now)
	switch {
	case err != nil || !end.After(now): // the zone was known when it was accepted
		return nil
	case !end.Before(it.ExpiresAt):
		return &result{state: StateExpired, code: ReasonQuietHours}
	}
	return &result{state: StatePending, due: end, code: ReasonQuietHours}
}

// observed tells the breakers how a send went.
func (s *Service) observed(it *item, err error) {
	known := err == nil
	if err != nil {
		known = asSendError(err).Outcome != Permanent
	}
	s.breakers.observe(routeName(it.Channel, it.Provider), countryPrefix(it.Recipient), it.ID, err == nil, known, s.now())
}

var errDown = errors.New("the provider does not take messages")

// refused turns a provider's refusal into what to do next.
func (s *Service) refused(it *item, e *SendError, looks bool) result {
	now := s.now()
	switch e.Outcome {
	case Permanent:
		return result{state: StateFailed, code: e.Code, note: e.Error(), tokenGone: e.TokenGone, goneAt: e.GoneAt, blocked: e.OptedOut}
	case Busy:
		if it.givesWay && it.Attempts > 1 { // the next step has waited long enough
			return result{state: StateFailed, code: codeProviderDown, note: e.Error()}
		}
		due := now.Add(max(e.RetryAfter, backoff(it.Attempts)))
		if it.open && it.Attempts == 1 && e.RetryAfter > time.Second {
			due = now.Add(backoff(1)) // by another provider
		}
		if due.After(it.ExpiresAt) {
			due = it.ExpiresAt // to tell in time that it has expired
		}
		return result{state: StatePending, due: due, code: e.Code, note: e.Error()}
	}
	due := now.Add(lookupAfter)
	if !looks {
		due = now.Add(backoff(it.Attempts)) // a push: again, with the same id
	}
	return result{state: StateUnknown, due: due, code: e.Code, note: e.Error()}
}

// settle finds out whether the provider has what it was handed, and sends again
// only when it surely has not.
func (s *Service) settle(ctx context.Context, it *item, looker Looker, out Outgoing) result {
	found, err := looker.Lookup(ctx, out, it.TriedAt)
	if err != nil && s.now().After(it.ExpiresAt.Add(lookupPatience)) {
		// Nobody will ever say; a receipt that comes after all still counts.
		return result{state: StateExpired, code: "lookup", note: asSendError(err).Error()}
	}
	if err != nil {
		return result{state: StateUnknown, due: s.now().Add(max(lookupAfter, backoff(it.Attempts))), code: "lookup", note: asSendError(err).Error()}
	}
	f, err := s.firstUnclaimed(ctx, it, found)
	if err != nil {
		return result{state: StateUnknown, due: s.now().Add(lookupAfter), code: "lookup", note: err.Error()}
	}
	if f != nil {
		return result{state: f.State, providerID: f.ProviderID, code: f.ErrorCode}
	}
	now := s.now()
	switch {
	case now.Sub(it.TriedAt) < goneAfter:
		return result{state: StateUnknown, due: now.Add(lookupAfter), code: "lookup", note: "the provider does not show it yet"}
	case !now.Before(it.ExpiresAt):
		return result{state: StateExpired, code: "expired"}
	}
	return result{state: StatePending, due: now, code: "lookup", note: "the provider does not have it; it is sent again", duplicate: DuplicatePossible}
}

// firstUnclaimed picks the oldest found that is not another delivery's, and writes
// it down as this one's, under a lock of the recipient: two messages of the same
// words to the same number, looked up at the same time, are told apart by this.
// nil when the lease is lost, too: whoever has it now finds out.
func (s *Service) firstUnclaimed(ctx context.Context, it *item, found []Found) (*Found, error) {
	if len(found) == 0 {
		return nil, nil
	}
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.ProviderID
	}
	var first *Found
	err := s.db.InBank(ctx, it.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		first = nil
		taken := map[string]bool{}
		if _, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('lookup ' || $1::text || $2, 0))`, it.BankID.String(), it.Recipient); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `select provider_id from deliveries where bank_id = $1 and provider_id = any($2) and id <> $3`,
			it.BankID, ids, it.ID)
		if err != nil {
			return err
		}
		var id string
		if _, err = pgx.ForEachRow(rows, []any{&id}, func() error { taken[id] = true; return nil }); err != nil {
			return err
		}
		i := slices.IndexFunc(found, func(f Found) bool { return !taken[f.ProviderID] })
		if i < 0 {
			return nil
		}
		tag, err := tx.Exec(ctx, `update deliveries set provider_id = $4 where bank_id = $1 and id = $2 and lease = $3`, it.BankID, it.ID, it.lease, found[i].ProviderID)
		if err == nil && tag.RowsAffected() == 1 {
			first = &found[i]
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read known provider ids: %w", err)
	}
	return first, nil
}

// again leaves a delivery as it was, to be looked at at due.
func (it *item) again(due time.Time, code string, err error) result {
	state := StatePending
	if !it.Fresh {
		state = StateUnknown
	}
	return result{state: state, due: due, code: code, note: err.Error()}
}

// backoff is 0.5–1 s, 1–2 s, 2–4 s … up to 30–60 s.
func backoff(attempts int) time.Duration {
	d := min(time.Second<<min(max(attempts-1, 0), 6), time.Minute)
	return d/2 + rand.N(d/2)
}

// sweepEvery is how often secrets are looked for that outlived their message:
// those of calls of which the last receipt never came. They are gone at most
// sweepEvery + sweepGrace after the message's expiry.
const (
	sweepEvery = time.Minute
	sweepGrace = 2 * time.Minute
)

func (s *Service) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		if err := s.wipe(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("wiping secrets of old messages failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (s *Service) wipe(ctx context.Context) error {
	return s.db.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		var batch pgx.Batch
		batch.Queue(`update messages set sealed = null where sealed is not null and expires_at < $1`, s.now().Add(-sweepGrace))
		batch.Queue(`update messages set key = null, key_caller = null, key_hash = null where key is not null and created_at < $1`, s.now().Add(-KeyLife))
		return tx.SendBatch(ctx, &batch).Close()
	})
}
