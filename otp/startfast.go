package otp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
)

// startFast starts what is usual, a code to a bare number, by one statement with
// its message, in one round trip with the commit. ok is false, and nothing is
// written, for everything else: one like it lives, or a limit is reached.
func (s *Service) startFast(ctx context.Context, bankID uuid.UUID, r StartRequest, settings Settings) (v Verification, ok bool, err error) {
	now := s.now()
	d, err := s.draft(ctx, nil, bankID, now, &r, settings)
	if err != nil || !d.counts || d.Way == Flash {
		return v, false, err
	}
	if err := s.openFor(ctx, bankID, settings, true); err != nil {
		return v, false, err
	}
	ready, ok, err := s.Channels.Ready(ctx, bankID, s.message(now, d.row, d.code))
	if err != nil || !ok {
		return v, false, err
	}
	k, err := s.keep(bankID, d)
	if err != nil {
		return v, false, err
	}
	stamp := events.NewStamp(ctx, bankID, now)
	one := &starting{draft: d, kept: k, stamp: stamp, body: startedBody(stamp, d), ready: ready}
	err = s.starts.Do(ctx, bankID, one, func() error {
		return s.DB.Batch(ctx, bankID, func(b *pgx.Batch) {
			postgres.QueuePlanOnce(b)
			s.queueStarts(b, bankID, []*starting{one})
		})
	})
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "VS001" {
		return v, false, nil
	}
	if err != nil {
		return v, false, fmt.Errorf("start verification: %w", err)
	}
	if one.outcome != "started" {
		return v, false, nil
	}
	s.count(bankID, 1, 0, 0)
	s.DB.Wake(events.Topic(bankID))
	if one.queued {
		s.DB.Wake(events.TopicWebhooks)
	}
	if d.stepDue != nil {
		s.DB.Wake(topicSteps)
	}
	s.Channels.Wake(ctx, ready)
	return d.Verification, true, nil
}

// starting is a start on its way to the database, beside others of its bank when
// there are some (postgres.Together).
type starting struct {
	draft
	kept
	stamp   events.Stamp
	body    string
	ready   channels.Ready
	outcome string
	queued  bool
}

// queueStarts queues starts of different numbers, in one statement, each as if it
// were alone: one that is overtaken or has to wait for another undoes all, and
// each is then run by itself.
func (s *Service) queueStarts(b *pgx.Batch, bankID uuid.UUID, all []*starting) {
	args := []any{bankID, s.limits(),
		column(all, func(one *starting) uuid.UUID { return one.ID }),
		column(all, func(one *starting) string { return one.Phone }),
		column(all, func(one *starting) string { return one.Purpose }),
		column(all, func(one *starting) *uuid.UUID { return orNil(one.BoundTo) }),
		column(all, func(one *starting) string { return string(one.Way) }),
		column(all, func(one *starting) string { return one.locale }),
		column(all, func(one *starting) string { return one.timeZone }),
		column(all, func(one *starting) []byte { return one.mac }),
		column(all, func(one *starting) []byte { return one.sealed }),
		column(all, func(one *starting) int32 { return int32(one.AttemptsLeft) }),
		column(all, func(one *starting) time.Time { return one.NextSendAt }),
		column(all, func(one *starting) time.Time { return one.CreatedAt }),
		column(all, func(one *starting) time.Time { return one.ExpiresAt }),
		column(all, func(one *starting) *string { return orNull(one.Reference) }),
		column(all, func(one *starting) string { return string(one.metadata) }),
		column(all, func(one *starting) int32 { return int32(one.digits) }),
		column(all, func(one *starting) []byte { return one.subjects[0] }),
		column(all, func(one *starting) string { return "{" + strings.Join(words(one.Ways), ",") + "}" }),
		column(all, func(one *starting) string {
			return "{" + strings.Trim(strings.ReplaceAll(fmt.Sprint(one.waits), " ", ","), "[]") + "}"
		}),
		column(all, func(one *starting) *time.Time { return one.stepDue }),
		column(all, func(one *starting) *string { return orNull(one.Payment.Amount) }),
		column(all, func(one *starting) *string { return orNull(one.Payment.Currency) }),
		column(all, func(one *starting) *string { return orNull(one.Payment.Payee) }),
		column(all, func(one *starting) []byte { return one.link }),
		column(all, func(one *starting) uuid.UUID { return one.stamp.ID }),
		column(all, func(one *starting) string { return one.stamp.ActorKind }),
		column(all, func(one *starting) *uuid.UUID { return one.stamp.ActorID }),
		column(all, func(one *starting) string { return one.body }),
	}
	args = append(args, channels.ReadyColumns(column(all, func(one *starting) channels.Ready { return one.ready }))...)
	b.Queue(startFastSQL, args...).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var i int
			var outcome string
			var queued bool
			if err := rows.Scan(&i, &outcome, &queued); err != nil {
				return err
			}
			all[i-1].outcome, all[i-1].queued = outcome, queued
		}
		return rows.Err()
	})
}

// column is what each of all has of one kind.
func column[T, V any](all []T, of func(T) V) []V {
	out := make([]V, len(all))
	for i, one := range all {
		out[i] = of(one)
	}
	return out
}

// startedBody is the event verification.started as visavis_otp_event writes it.
func startedBody(stamp events.Stamp, d draft) string {
	purpose, _ := json.Marshal(d.Purpose) // a string always can be
	data := append([]byte(`{"purpose":`), purpose...)
	data = append(data, `,"state":"pending","channel":"`...)
	data = append(data, d.Way...)
	data = append(data, '"')
	if d.BoundTo != uuid.Nil {
		data = append(append(append(data, `,"bound_to":"`...), d.BoundTo.String()...), '"')
	}
	return stamp.Body("verification.started", 1, "verification", d.ID, string(append(data, '}')))
}

// startFastSQL is visavis_otp_start, for what counts, and the message, for many
// numbers in one statement: what it costs is the start of each statement more than
// its rows. A start is 'live' when one of the same number, purpose and binding is
// there, and 'refused' when a limit is reached; nothing is written then. It raises
// VS001 when another began the same meanwhile, which undoes everything.
//
// Subjects are locked in one order. The condition of the update is that of
// visavis_otp_send. Values are taken from the parameters by their place: a column
// of unnest each would cost more than the rows.
var startFastSQL = `
with asked as materialized (
	select n, exists (select from verifications where bank_id = $1 and phone = ($4::text[])[n] and purpose = ($5::text[])[n]
		and (state = 'pending' or state = 'max_attempts' and expires_at > ($14::timestamptz[])[n])
		and bound_to is not distinct from ($6::uuid[])[n] and factor_id is null) as live
	from generate_subscripts($3::uuid[], 1) n
), counted as (
	insert into otp_subjects as o (bank_id, subject, sends, voice)
	select $1, ($19::bytea[])[n], ($14::timestamptz[])[n:n], case when ($7::text[])[n] = 'voice' then ($14::timestamptz[])[n:n] else '{}' end
	from asked where not live order by ($19::bytea[])[n]
	on conflict (bank_id, subject) do update set
		sends = array(select t from unnest(o.sends) t where t > excluded.sends[1] - interval '24 hours') || excluded.sends,
		voice = case when excluded.voice = '{}' then o.voice
			else array(select t from unnest(o.voice) t where t > excluded.sends[1] - interval '1 hour') || excluded.voice end
	where o.total < ($2::integer[])[2]
		and (o.failures = '{}' or (select count(*) from unnest(o.failures) t where t > excluded.sends[1] - interval '24 hours') < ($2::integer[])[1])
		and (o.sends = '{}' or (select count(*) filter (where t > excluded.sends[1] - interval '10 minutes') < ($2::integer[])[3]
			and count(*) filter (where t > excluded.sends[1] - interval '24 hours') < ($2::integer[])[4] from unnest(o.sends) t))
		and (excluded.voice = '{}' or o.voice = '{}' or (select count(*) from unnest(o.voice) t where t > excluded.sends[1] - interval '1 hour') < ($2::integer[])[5])
	returning subject
), gate as materialized (
	select n, case when live then 'live' when ($19::bytea[])[n] = any(array(select subject from counted)) then 'started' else 'refused' end as outcome from asked
), started as (
	insert into verifications (bank_id, id, phone, purpose, bound_to, channel, locale, time_zone, salt, code_mac, code_sealed,
		max_checks, sends, next_send_at, created_at, expires_at, reference, metadata, digits, subjects, ways, waits, step_due_at,
		amount, currency, payee, link, events)
	select $1, ($3::uuid[])[n], ($4::text[])[n], ($5::text[])[n], ($6::uuid[])[n], ($7::text[])[n], ($8::text[])[n], ($9::text[])[n], '',
		($10::bytea[])[n], ($11::bytea[])[n], ($12::integer[])[n], 1, ($13::timestamptz[])[n], ($14::timestamptz[])[n], ($15::timestamptz[])[n],
		($16::text[])[n], (($17::text[])[n])::jsonb, ($18::integer[])[n], ($19::bytea[])[n:n], (($20::text[])[n])::text[], (($21::text[])[n])::integer[],
		($22::timestamptz[])[n], ($23::text[])[n], ($24::text[])[n], ($25::text[])[n], ($26::bytea[])[n], 1
	from gate where outcome = 'started'
	on conflict do nothing
	returning id
), appended as (
	insert into events (bank_id, id, type, object_type, object_id, sequence, actor_kind, actor_id, at, body)
	select $1, ($27::uuid[])[n], 'verification.started', 'verification', ($3::uuid[])[n], 1, ($28::text[])[n], ($29::uuid[])[n], ($14::timestamptz[])[n], ($30::text[])[n]
	from gate where outcome = 'started'
	returning id
), said as (
	` + channels.InsertReadyColumnsSQL("gate where outcome = 'started'", startFastParams+1) + `
)
select n, outcome, case
	when (select count(*) from started) <> (select count(*) from gate where outcome = 'started') then visavis_otp_overtaken()
	when outcome = 'started' and exists (select from webhook_endpoints where bank_id = $1 and state = 'enabled')
			and (select count(*) from appended) > 0 -- the events are there before a delivery names one
		then visavis_tell($1, ($27::uuid[])[n], 'verification.started', ($14::timestamptz[])[n])
	else false end
from gate`

// startFastParams is how many of its own startFastSQL has.
const startFastParams = 30
