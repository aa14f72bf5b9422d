package otp

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// checking is a check on its way to the database, beside others of its bank when
// there are some (postgres.Together). Both are judged by checksSQL.
type checking struct {
	id    uuid.UUID
	asks  CheckRequest
	macs  [][]byte // of the code, under the current and previous keys
	links [][]byte // of the payment, likewise; nil without one
	now   time.Time
	stamp events.Stamp
	checked
}

func (s *Service) checking(ctx context.Context, bankID, id uuid.UUID, r CheckRequest) *checking {
	now := s.now()
	c := &checking{id: id, asks: r, now: now, stamp: events.NewStamp(ctx, bankID, now),
		macs: s.Keys.MACs(macCode, codeParts(bankID, id, r.BoundTo, r.Code)...)}
	if r.Payment != nil {
		c.links = s.Keys.MACs(macLink, r.Payment.parts(bankID, id)...)
	}
	return c
}

// checkOnce runs a check and commits it.
func (s *Service) checkOnce(ctx context.Context, bankID, id uuid.UUID, r CheckRequest) (checked, error) {
	c := s.checking(ctx, bankID, id, r)
	alone := func(wait bool) error {
		return s.DB.Batch(ctx, bankID, func(b *pgx.Batch) {
			postgres.QueuePlanOnce(b)
			if wait {
				s.queueCheck(b, bankID, c)
			} else {
				s.queueChecks(b, bankID, []*checking{c})
			}
		})
	}
	err := s.checks.Do(ctx, bankID, c, func() error { return alone(false) })
	for tries := 0; err == nil && c.outcome == again && tries < 3; tries++ { // a subject is forgotten meanwhile: very rarely
		err = alone(true)
	}
	if err == nil && c.outcome == again {
		err = errors.New("its subjects are not there")
	}
	if err != nil {
		return checked{}, fmt.Errorf("check code: %w", err)
	}
	return c.checked, nil
}

// checkTx is checkOnce in a transaction.
func (s *Service) checkTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, r CheckRequest) (checked, error) {
	c := s.checking(ctx, tx.BankID, id, r)
	b := &pgx.Batch{}
	s.queueCheck(b, tx.BankID, c)
	err := tx.SendBatch(ctx, b).Close()
	if err == nil && c.outcome == again {
		err = errors.New("its subjects are not there")
	}
	if err != nil {
		return checked{}, fmt.Errorf("check code: %w", err)
	}
	return c.checked, nil
}

// again is the outcome of a check that queueChecks did not judge.
const again = "again"

// queueCheck queues one check that waits for its rows, in one order: the
// verification, then its subjects. One that was forgotten (Rebind) is made.
func (s *Service) queueCheck(b *pgx.Batch, bankID uuid.UUID, c *checking) {
	const subjects = ` from verifications v, unnest(v.subjects) with ordinality k(subject, n)`
	const which = ` where v.bank_id = $1 and v.id = $2 and v.state = 'pending'`
	b.Queue(`select 1 from verifications where bank_id = $1 and id = $2 for update`, bankID, c.id)
	b.Queue(`insert into otp_subjects (bank_id, subject) select $1, k.subject`+subjects+which+` order by k.n on conflict do nothing`, bankID, c.id)
	b.Queue(`select 1`+subjects+` join otp_subjects o on o.bank_id = $1 and o.subject = k.subject`+which+` order by k.n for update of o`, bankID, c.id)
	s.queueChecks(b, bankID, []*checking{c})
	judged := b.QueuedQueries[len(b.QueuedQueries)-1]
	read := judged.Fn
	judged.Fn = func(r pgx.BatchResults) error {
		c.found = false
		err := read(r)
		if err == nil && !c.found {
			c.outcome = "not_found"
		}
		return err
	}
}

// queueChecks queues checks of different verifications of a bank, in one
// statement. It waits for no row: what somebody else holds is answered as again,
// and so is what is not there, and what shares a subject with another one here,
// whose failure would count for it.
func (s *Service) queueChecks(b *pgx.Batch, bankID uuid.UUID, all []*checking) {
	var macs, links [][]byte
	for _, c := range all {
		c.checked = checked{outcome: again}
		macs = append(macs, c.macs...)
		if c.links == nil {
			links = append(links, make([][]byte, len(c.macs))...)
		} else {
			links = append(links, c.links...)
		}
	}
	b.Queue(checksSQL, bankID,
		column(all, func(c *checking) uuid.UUID { return c.id }),
		column(all, func(c *checking) *uuid.UUID { return orNil(c.asks.BoundTo) }),
		column(all, func(c *checking) string { return c.asks.Purpose }),
		column(all, func(c *checking) time.Time { return c.now }),
		s.limits(),
		column(all, func(c *checking) int32 { return int32(len(c.asks.Code)) }),
		macs, links,
		column(all, func(c *checking) bool { return c.links != nil }),
		len(macs)/len(all),
		column(all, func(c *checking) uuid.UUID { return c.stamp.ID }),
		column(all, func(c *checking) string { return c.stamp.ActorKind }),
		column(all, func(c *checking) *uuid.UUID { return c.stamp.ActorID }),
		column(all, func(c *checking) string { return c.stamp.At }),
	).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var i int
			c := checked{found: true}
			if err := rows.Scan(&i, &c.outcome, &c.queued, &c.State, &c.reason, &c.left, &c.next, &c.expires, &c.customer, &c.channel, &c.scopes, &c.minutes); err != nil {
				return err
			}
			all[i-1].checked = c
		}
		return rows.Err()
	})
}

// checksSQL judges checks, counts them, ends what they end and tells of it. What
// is locked is read as it is then, whatever the statement's snapshot shows
// (READ COMMITTED): nobody changes it until the commit. Values are taken from the
// parameters by their place: a column of unnest each would cost more than the rows.
//
// A stranger can start a recovery: of what a subject may fail it gets half, so
// that the other half is left to whom the bank or a link vouches for.
const checksSQL = `
with held as materialized (
	select a.n, v.id, v.state, v.purpose, v.bound_to, v.subjects, v.digits, v.checks, v.max_checks, v.next_send_at, v.expires_at,
		v.customer_id, v.channel, v.scopes, v.minutes, v.events, v.reason,
		case
			when v.link is not null and not v.link = any(($9::bytea[])[(a.n - 1) * $11::integer + 1 : a.n * $11]) then 'failed'
			when v.code_mac = any(($8::bytea[])[(a.n - 1) * $11 + 1 : a.n * $11]) then 'approved'
			when v.checks + 1 >= v.max_checks then 'max_attempts'
			else 'pending' end as becomes,
		case
			when v.bound_to is distinct from ($3::uuid[])[a.n] or ($4::text[])[a.n] <> '' and v.purpose <> ($4::text[])[a.n] then 'not_found'
			when v.state <> 'pending' then 'ended'
			when v.expires_at <= ($5::timestamptz[])[a.n] or v.subjects is null then 'expired'
			when v.link is not null and not ($10::boolean[])[a.n] then 'link_missing'
			when v.link is null and ($10::boolean[])[a.n] then 'link_unexpected'
			when 'totp' = any(v.ways) then 'totp'
			when v.code_mac = '' then 'no_code'
			-- Drawn, but not sent by phone: the workflow stands before it, or the bank's hook has not let it go.
			when v.sends = 0 or v.risk in ('ask', 'deny') or not (v.channel in ('sms', 'voice', 'flash') or v.ways[1:v.step + 1] && '{sms,voice,flash}') then 'no_code'
			when v.digits <> ($7::integer[])[a.n] then 'digits' end as refused
	from unnest($2::uuid[]) with ordinality a(id, n) join verifications v on v.bank_id = $1 and v.id = a.id
	for update of v skip locked
), counts as materialized (
	select o.subject, w.shared, o.total, o.failures
	from (select k, min(n) <> max(n) as shared from held, unnest(subjects) k where refused is null group by k) w
		join otp_subjects o on o.bank_id = $1 and o.subject = w.k
	for update of o skip locked
), judged as materialized (
	select h.*, coalesce(h.refused, (
		select case
			when bool_or(c.shared) or not coalesce(h.subjects <@ array_agg(c.subject), false) then '` + again + `'
			when bool_or(c.total >= ($6::integer[])[2] or case when c.failures = '{}' then 0
					else (select count(*) from unnest(c.failures) t where t > ($5::timestamptz[])[h.n] - interval '24 hours') end
				>= case h.purpose when 'recover' then ($6::integer[])[1] / 2 else ($6::integer[])[1] end) then 'locked'
			else 'done' end
		from counts c where c.subject = any(h.subjects))) as outcome,
		case h.becomes when 'approved' then 'verification.approved' else 'verification.failed' end as type,
		case h.becomes when 'failed' then 'link_mismatch' else h.reason end as why
	from held h
), written as (
	update verifications v set checks = j.checks + 1, state = j.becomes, reason = j.why,
		ended_at = case j.becomes when 'pending' then v.ended_at else ($5::timestamptz[])[j.n] end,
		events = case j.becomes when 'pending' then j.events else j.events + 1 end,
		code_sealed = case j.becomes when 'pending' then v.code_sealed end,
		code_mac = case j.becomes when 'pending' then v.code_mac else '' end,
		salt = case j.becomes when 'pending' then v.salt else '' end,
		step_due_at = case j.becomes when 'pending' then v.step_due_at end
	from judged j where v.bank_id = $1 and v.id = j.id and j.outcome = 'done'
), told as (
	insert into events (bank_id, id, type, object_type, object_id, sequence, actor_kind, actor_id, at, body)
	select $1, ($12::uuid[])[j.n], j.type, 'verification', j.id, j.events + 1, ($13::text[])[j.n], ($14::uuid[])[j.n], ($5::timestamptz[])[j.n],
		'{"id":"' || ($12::uuid[])[j.n] || '","type":"' || j.type || '","timestamp":"' || ($15::text[])[j.n] || '","sequence":' || j.events + 1
		|| ',"object":{"type":"verification","id":"' || j.id || '"},"data":{"purpose":' || to_json(j.purpose)::text
		|| ',"state":"' || j.becomes || '","channel":"' || j.channel || '"'
		|| coalesce(',"customer_id":"' || j.customer_id || '"', '') || coalesce(',"bound_to":"' || j.bound_to || '"', '')
		|| case j.why when '' then '' else ',"reason":"' || j.why || '"' end || '}}'
	from judged j where j.outcome = 'done' and j.becomes <> 'pending'
	returning id
), counted as (
	update otp_subjects o set total = o.total + 1,
		failures = array(select t from unnest(o.failures) t where t > ($5::timestamptz[])[j.n] - interval '24 hours') || ($5::timestamptz[])[j.n]
	from judged j where o.bank_id = $1 and o.subject = any(j.subjects) and j.outcome = 'done' and j.becomes <> 'approved'
)
select j.n, j.outcome,
	case when j.outcome = 'done' and j.becomes <> 'pending' and (select count(*) from told) > 0 -- the events are there before a delivery names one
			and exists (select from webhook_endpoints where bank_id = $1 and state = 'enabled')
		then visavis_tell($1, ($12::uuid[])[j.n], j.type, ($5::timestamptz[])[j.n]) else false end,
	case j.outcome when 'done' then j.becomes else j.state end, j.why,
	case j.outcome when 'done' then j.max_checks - j.checks - 1 else j.digits end, -- of a refusal: how many digits the code has
	j.next_send_at, j.expires_at, coalesce(j.customer_id, '00000000-0000-0000-0000-000000000000'), j.channel, j.scopes, coalesce(j.minutes, 0)
from judged j`
