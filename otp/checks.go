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
	for tries := 0; err == nil && c.outcome == again && tries < 3; tries++ { // the second time because a subject is forgotten meanwhile: very rarely
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

// again is the outcome of a check that queueChecks did not judge: it has to wait for
// its rows, or to make its subjects.
const again = "again"

// queueCheck queues one check that waits for its rows, in one order: the
// verification, then its subjects. One that was forgotten (Rebind) is made.
func (s *Service) queueCheck(b *pgx.Batch, bankID uuid.UUID, c *checking) {
	const subjects = ` from verifications v, unnest(v.subjects) with ordinality k(subject, n)`
	const which = ` where v.bank_id = $1 and v.id = $2 and v.state = 'pending'`
	var there, over bool // for what it is asked for; that takes no more checks, and may have no subjects
	b.Queue(`select bound_to is not distinct from $3 and ($4 = '' or purpose = $4), state <> 'pending' or subjects is null
		from verifications where bank_id = $1 and id = $2 for update`,
		bankID, c.id, orNil(c.asks.BoundTo), c.asks.Purpose).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			if err := rows.Scan(&there, &over); err != nil {
				return err
			}
		}
		return rows.Err()
	})
	b.Queue(`insert into otp_subjects (bank_id, subject) select $1, k.subject`+subjects+which+` order by k.n on conflict do nothing`, bankID, c.id)
	b.Queue(`select 1`+subjects+` join otp_subjects o on o.bank_id = $1 and o.subject = k.subject`+which+` order by k.n for update of o`, bankID, c.id)
	s.queueChecks(b, bankID, []*checking{c})
	judged := b.QueuedQueries[len(b.QueuedQueries)-1]
	read := judged.Fn
	judged.Fn = func(r pgx.BatchResults) error {
		c.found = false
		err := read(r)
		switch {
		case err != nil || c.found:
			return err
		case !there:
			c.outcome = "not_found"
		case over:
			c.outcome = "ended" // refusedTx says how
		}
		return nil
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
// A verification has one or two subjects; each is joined by a plain column, without
// which row-level security would have all of the bank's be looked through.
//
// A stranger can start a recovery: of what a subject may fail it gets half, so
// that the other half is left to whom the bank or a link vouches for.
const checksSQL = `
with held as materialized (
	select v.n, v.id, v.state, v.purpose, v.bound_to, v.subjects, v.digits, v.checks, v.max_checks, v.next_send_at, v.expires_at,
		v.customer_id, v.channel, v.scopes, v.minutes, v.events, v.reason, v.one, v.two,
		case
			when v.link is not null and not v.link = any(($9::bytea[])[(v.n - 1) * $11::integer + 1 : v.n * $11]) then 'failed'
			when v.code_mac = any(($8::bytea[])[(v.n - 1) * $11 + 1 : v.n * $11]) then 'approved'
			when v.checks + 1 >= v.max_checks then 'max_attempts'
			else 'pending' end as becomes,
		case
			when v.bound_to is distinct from ($3::uuid[])[v.n] or ($4::text[])[v.n] <> '' and v.purpose <> ($4::text[])[v.n] then 'not_found'
			when v.state <> 'pending' then 'ended'
			when v.expires_at <= ($5::timestamptz[])[v.n] then 'expired'
			when v.link is not null and not ($10::boolean[])[v.n] then 'link_missing'
			when v.link is null and ($10::boolean[])[v.n] then 'link_unexpected'
			when 'totp' = any(v.ways) then 'totp'
			when v.code_mac = '' then 'no_code'
			-- Drawn, but not sent by phone: the workflow stands before it, or the bank's hook has not let it go.
			when v.sends = 0 or v.risk in ('ask', 'deny') or not (v.channel in ('sms', 'voice', 'flash') or v.ways[1:v.step + 1] && '{sms,voice,flash}') then 'no_code'
			when v.digits <> ($7::integer[])[v.n] then 'digits'
			when greatest(o.total, p.total) >= ($6::integer[])[2] or (o.failures <> '{}' or p.failures <> '{}') and greatest(
					(select count(*) from unnest(o.failures) t where t > ($5::timestamptz[])[v.n] - interval '24 hours'),
					(select count(*) from unnest(p.failures) t where t > ($5::timestamptz[])[v.n] - interval '24 hours'))
				>= case v.purpose when 'recover' then ($6::integer[])[1] / 2 else ($6::integer[])[1] end then 'locked'
			else 'done' end as outcome
	from (
		select a.n, v.id, v.state, v.purpose, v.bound_to, v.subjects, v.digits, v.checks, v.max_checks, v.next_send_at, v.expires_at,
			v.customer_id, v.channel, v.scopes, v.minutes, v.events, v.reason, v.link, v.code_mac, v.ways, v.sends, v.risk, v.step,
			v.subjects[1] as one, coalesce(v.subjects[2], v.subjects[1]) as two
		from unnest($2::uuid[]) with ordinality a(id, n) join verifications v on v.bank_id = $1 and v.id = a.id
		for update of v skip locked
	) v join otp_subjects o on o.bank_id = $1 and o.subject = v.one
		join otp_subjects p on p.bank_id = $1 and p.subject = v.two
	for update of o, p skip locked
), judged as materialized (
	select n, id, subjects, checks, events, purpose, channel, customer_id, bound_to, becomes, state, digits, max_checks, next_send_at, expires_at, scopes, minutes,
		case when outcome in ('done', 'locked') and exists (select from held s where s.n <> h.n and (s.one in (h.one, h.two) or s.two in (h.one, h.two)))
			then '` + again + `' else outcome end as outcome,
		case becomes when 'approved' then 'verification.approved' else 'verification.failed' end as type,
		case becomes when 'failed' then 'link_mismatch' else reason end as why
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
		format('{"id":"%s","type":"%s","timestamp":"%s","sequence":%s,"object":{"type":"verification","id":"%s"},"data":{"purpose":%s,"state":"%s","channel":"%s"%s%s%s}}',
			($12::uuid[])[j.n], j.type, ($15::text[])[j.n], j.events + 1, j.id, to_json(j.purpose), j.becomes, j.channel,
			',"customer_id":"' || j.customer_id || '"', ',"bound_to":"' || j.bound_to || '"', ',"reason":"' || nullif(j.why, '') || '"')
	from judged j where j.outcome = 'done' and j.becomes <> 'pending'
	returning id
), counted as (
	update otp_subjects o set total = o.total + 1,
		failures = array(select t from unnest(o.failures) t where t > ($5::timestamptz[])[j.n] - interval '24 hours') || ($5::timestamptz[])[j.n]
	from judged j where o.bank_id = $1 and o.subject = any(j.subjects) and j.outcome = 'done' and j.becomes <> 'approved'
)
select j.n, j.outcome,
	case when j.outcome = 'done' and j.becomes <> 'pending' and exists (select from webhook_endpoints where bank_id = $1 and state = 'enabled')
			and (select count(*) from told) > 0 -- the events are there before a delivery names one
		then visavis_tell($1, ($12::uuid[])[j.n], j.type, ($5::timestamptz[])[j.n]) else false end,
	case j.outcome when 'done' then j.becomes else j.state end, j.why,
	case j.outcome when 'done' then j.max_checks - j.checks - 1 else j.digits end, -- of a refusal: how many digits the code has
	j.next_send_at, j.expires_at, coalesce(j.customer_id, '00000000-0000-0000-0000-000000000000'), j.channel, j.scopes, coalesce(j.minutes, 0)
from judged j`
