package otp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
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
	args := append(make([]any, 0, startFastParams+channels.ReadyParams),
		bankID, d.ID, d.Phone, d.Purpose, orNil(d.BoundTo), string(d.Way), d.locale, d.timeZone,
		k.mac, k.sealed, d.AttemptsLeft, d.NextSendAt, now, d.ExpiresAt, orNull(d.Reference), k.metadata,
		d.digits, d.subjects, words(d.Ways), d.waits, d.stepDue,
		orNull(d.Payment.Amount), orNull(d.Payment.Currency), orNull(d.Payment.Payee), k.link,
		s.limits(), stamp.ID, stamp.ActorKind, stamp.ActorID, startedBody(stamp, d))
	args = append(args, ready.Args()...)
	one := &starting{args: args}
	err = s.starts.Do(ctx, bankID, one, func() error {
		return s.DB.Batch(ctx, bankID, func(b *pgx.Batch) { queueStarts(b, bankID, []*starting{one}) })
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
	args    []any
	outcome string
	queued  bool
}

// queueStarts queues starts, each as if it were alone: one that is overtaken or
// has to wait for another undoes all, and each is then run by itself.
func queueStarts(b *pgx.Batch, _ uuid.UUID, all []*starting) {
	for _, one := range all {
		b.Queue(startFastSQL, one.args...).QueryRow(func(row pgx.Row) error { return row.Scan(&one.outcome, &one.queued) })
	}
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

// startFastSQL is visavis_otp_start, for what counts, and the message, in one
// statement: what it costs is the start of each statement more than its rows. A
// start is 'live' when one of the same number, purpose and binding is there, and
// 'refused' when a limit is reached; nothing is written then. It raises VS001
// when another began the same meanwhile, which undoes the count.
//
// The gate is a case: its second arm, which counts, is not run after the first.
var startFastSQL = `
with gate as materialized (
	select case
		when exists (select from verifications where bank_id = $1 and phone = $3 and purpose = $4
			and (state = 'pending' or state = 'max_attempts' and expires_at > $13)
			and bound_to is not distinct from $5 and factor_id is null) then 'live'
		when not visavis_otp_send($1, ($18::bytea[])[1], $6 = 'voice', $13, $26) then 'refused'
		else 'started' end as outcome
), started as (
	insert into verifications (bank_id, id, phone, purpose, bound_to, channel, locale, time_zone, salt, code_mac, code_sealed,
		max_checks, sends, next_send_at, created_at, expires_at, reference, metadata, digits, subjects, ways, waits, step_due_at,
		amount, currency, payee, link, events)
	select $1, $2, $3, $4, $5, $6, $7, $8, '', $9, $10, $11, 1, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, 1
	from gate where outcome = 'started'
	on conflict do nothing
	returning id
), appended as (
	insert into events (bank_id, id, type, object_type, object_id, sequence, actor_kind, actor_id, at, body)
	select $1, $27, 'verification.started', 'verification', $2, 1, $28, $29, $13, $30 from started
	returning id
), said as (
	` + channels.InsertReadySQL("started", startFastParams+1) + `
)
select outcome, case
	when outcome = 'started' and not exists (select from started) then visavis_otp_overtaken()
	when exists (select from appended) and exists (select from webhook_endpoints where bank_id = $1 and state = 'enabled')
		then visavis_tell($1, $27, 'verification.started', $13)
	else false end
from gate`

// startFastParams is how many of its own startFastSQL has.
const startFastParams = 30
