package events

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

const (
	// sendTimeout is how long a receiver has for its whole answer.
	sendTimeout = 20 * time.Second
	// webhookLease is how long a killed node's deliveries wait before another
	// takes them up. It is shorter than sendTimeout, so it is renewed while a
	// receiver is being waited for.
	webhookLease = 10 * time.Second
	renewEvery   = 3 * time.Second
	// endpointSends is how many deliveries one endpoint gets at a time, over
	// all nodes: one that hangs holds no more than these.
	endpointSends = 4
	// bankSends is how many one bank gets at a time, over all nodes: even a bank
	// whose hundred endpoints all hang leaves most of a node to the others.
	bankSends = 64
	// nodeSends is how many deliveries one node makes at a time.
	nodeSends = 256
	// shutdownPatience is how long a node that stops waits for receivers.
	shutdownPatience = 2 * time.Second
	// responseKept is how much of an answer is read and kept, in bytes.
	responseKept = 1 << 10
)

// schedule is when attempts are made, each counted from the one before it, by
// Standard Webhooks 1.0.0: ten within 75 h 35 m 5 s.
var schedule = [...]time.Duration{
	0, 5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour,
	5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// MaxAttempts is how often a delivery is tried before it counts as failed.
const MaxAttempts = len(schedule)

// maxRetryAfter bounds what a receiver may ask for by Retry-After.
const maxRetryAfter = 24 * time.Hour

// claimed is a delivery that this node may make while its lease lasts.
type claimed struct {
	BankID, ID, EndpointID, EventID uuid.UUID
	Attempts                        int // made before
	Lease                           uuid.UUID
}

// outgoing is everything needed to make an attempt.
type outgoing struct {
	url     string
	body    []byte
	secrets [][]byte // the current one first
	allow   []netip.Prefix
}

// result is how an attempt went.
type result struct {
	at         time.Time
	duration   time.Duration
	status     int // 0: no HTTP answer
	err        string
	response   string
	retryAfter time.Duration // asked for by the receiver; 0 = not
}

// RunWebhooks delivers until ctx ends and then returns. What is under way has
// shutdownPatience to finish; what has not by then is given back, uncounted, to
// be made by another node or after the restart, under the same webhook-id. Any
// number of nodes may run it.
func (s *Service) RunWebhooks(ctx context.Context) {
	sending, abort := context.WithCancel(context.WithoutCancel(ctx))
	defer abort()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(shutdownPatience, abort) })
	defer stop()
	loop := postgres.Loop[claimed]{
		Name: "webhooks", Topic: TopicWebhooks, Workers: nodeSends,
		Claim: s.claim, Now: s.Now, Logger: s.Log, Observe: s.observe,
		Work: func(ctx context.Context, c claimed) { s.deliver(ctx, sending, c) },
	}
	loop.Run(ctx, s.DB)
}

// claim takes due deliveries, the longest due first, but no more per endpoint
// than endpointSends less what is being sent to it, and no more per bank than
// bankSends: a hanging endpoint with a long queue hides no other. The recursive part steps from endpoint to endpoint
// in the index, so the queue's length does not matter.
func (s *Service) claim(ctx context.Context, tx *postgres.Tx, limit int) ([]claimed, time.Time, error) {
	now := s.Now()
	rows, err := tx.Query(ctx, `
		with recursive receivers as (
			(select bank_id, endpoint_id from webhook_deliveries where state = 'pending' order by bank_id, endpoint_id limit 1)
			union all
			select next.bank_id, next.endpoint_id from receivers r cross join lateral (
				select bank_id, endpoint_id from webhook_deliveries
				where state = 'pending' and (bank_id, endpoint_id) > (r.bank_id, r.endpoint_id)
				order by bank_id, endpoint_id limit 1) next
		), sending as materialized (
			select bank_id, count(*) as n from webhook_deliveries
			where state = 'pending' and lease is not null and lease_until > $1 group by bank_id
		), waiting as (
			select d.bank_id, d.id, d.due_at, row_number() over (partition by d.bank_id order by d.due_at) as nth
			from receivers r cross join lateral (
				select bank_id, id, due_at from webhook_deliveries
				where bank_id = r.bank_id and endpoint_id = r.endpoint_id and state = 'pending'
				  and due_at <= $1 and (lease is null or lease_until <= $1)
				order by due_at
				limit greatest(0, $2 - (
					select count(*) from webhook_deliveries
					where bank_id = r.bank_id and endpoint_id = r.endpoint_id and state = 'pending'
					  and lease is not null and lease_until > $1))
			) d
		), due as (
			select w.bank_id, w.id from waiting w left join sending s on s.bank_id = w.bank_id
			where w.nth <= $5 - coalesce(s.n, 0) order by w.due_at limit $3
		), locked as (
			select bank_id, id from webhook_deliveries
			where (bank_id, id) in (select bank_id, id from due)
			  and state = 'pending' and due_at <= $1 and (lease is null or lease_until <= $1)
			for update skip locked
		)
		update webhook_deliveries w set lease = gen_random_uuid(), lease_until = $4
		from locked where w.bank_id = locked.bank_id and w.id = locked.id
		returning w.bank_id, w.id, w.endpoint_id, w.event_id, w.attempts, w.lease`,
		now, endpointSends, limit, now.Add(webhookLease), bankSends)
	if err != nil {
		return nil, time.Time{}, err
	}
	items, err := pgx.CollectRows(rows, pgx.RowToStructByPos[claimed])
	if err != nil {
		return nil, time.Time{}, err
	}
	var next *time.Time
	err = tx.QueryRow(ctx, `
		select min(due_at) from webhook_deliveries where state = 'pending' and due_at > $1`, now).Scan(&next)
	if err != nil || next == nil {
		return items, time.Time{}, err
	}
	return items, *next, nil
}

// deliver makes one attempt and records how it went. When sending ends before
// there is an answer, the delivery is given back.
func (s *Service) deliver(ctx, sending context.Context, c claimed) {
	out, err := s.prepare(ctx, c)
	if err != nil {
		s.Log.Error("webhook delivery cannot be prepared", "bank", c.BankID, "delivery", c.ID, "error", err)
		return // taken up again when the lease ends
	}
	if out == nil {
		return // the endpoint wants nothing any more
	}
	renewed := s.keepLease(ctx, c)
	r := s.send(sending, c, *out)
	renewed()
	if sending.Err() != nil && r.status == 0 {
		if err := s.giveBack(ctx, c); err != nil {
			s.Log.Warn("webhook delivery not given back, its lease will end", "bank", c.BankID, "delivery", c.ID, "error", err)
		}
		return
	}
	if err := s.mark(ctx, c, r); err != nil {
		s.Log.Error("webhook delivery cannot be marked", "bank", c.BankID, "delivery", c.ID, "error", err)
	}
}

// keepLease renews the lease until the returned function is called.
func (s *Service) keepLease(ctx context.Context, c claimed) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(renewEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			err := s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, `
					update webhook_deliveries set lease_until = $4
					where bank_id = $1 and id = $2 and lease = $3 and state = 'pending'`,
					c.BankID, c.ID, c.Lease, s.Now().Add(webhookLease))
				return err
			})
			if err != nil && ctx.Err() == nil {
				s.Log.Warn("webhook lease not renewed", "delivery", c.ID, "error", err)
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// giveBack ends the lease at once.
func (s *Service) giveBack(ctx context.Context, c claimed) error {
	return s.DB.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `
			update webhook_deliveries set lease = null, lease_until = null
			where bank_id = $1 and id = $2 and lease = $3 and state = 'pending'`, c.BankID, c.ID, c.Lease)
		return err
	})
}

// prepare reads what is to be sent. It returns nil when the endpoint is no
// longer enabled, after cancelling the delivery.
func (s *Service) prepare(ctx context.Context, c claimed) (*outgoing, error) {
	var out *outgoing
	err := s.DB.InBank(ctx, c.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		out = &outgoing{}
		var (
			state            string
			secret, previous []byte
			previousUntil    *time.Time
		)
		err := tx.QueryRow(ctx, `
			select p.url, p.state, p.secret, p.previous_secret, p.previous_until, e.body
			from webhook_endpoints p, events e
			where p.bank_id = $1 and p.id = $2 and e.bank_id = $1 and e.id = $3`,
			c.BankID, c.EndpointID, c.EventID).Scan(&out.url, &state, &secret, &previous, &previousUntil, &out.body)
		if err != nil {
			return err
		}
		if state != EndpointEnabled {
			out = nil
			return cancelDeliveries(ctx, tx, c.EndpointID, s.Now(), "endpoint "+state)
		}
		for i, sealed := range [][]byte{secret, previous} {
			if i == 1 && (sealed == nil || previousUntil == nil || !s.Now().Before(*previousUntil)) {
				break
			}
			raw, err := s.Keyring.Open(secretPurpose, c.EndpointID[:], sealed)
			if err != nil {
				return fmt.Errorf("webhook secret of endpoint %s: %w", c.EndpointID, err)
			}
			out.secrets = append(out.secrets, raw)
		}
		out.allow, err = s.allowedTx(ctx, tx)
		return err
	})
	return out, err
}

// send makes the request: no transaction is open, no more than responseKept of
// the answer's body is read, and nothing waits longer than sendTimeout.
func (s *Service) send(ctx context.Context, c claimed, out outgoing) (r result) {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	began := time.Now() // monotonic, for the duration; r.at is the service's clock
	r.at = s.Now()
	defer func() { r.duration = time.Since(began) }()

	request, err := newRequest(ctx, c.EventID.String(), r.at, out)
	if err != nil {
		r.err = err.Error()
		return r
	}
	answer, err := s.client(c.BankID, out.allow).Do(request)
	if err != nil {
		r.err = sendError(err)
		return r
	}
	defer answer.Body.Close() // an unread rest closes the connection
	r.status = answer.StatusCode
	kept, err := io.ReadAll(io.LimitReader(answer.Body, responseKept))
	r.response = storable(kept)
	if err != nil && !ok(r.status) {
		r.err = sendError(err)
	}
	switch r.status {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		r.retryAfter = retryAfter(answer.Header.Get("Retry-After"), r.at)
	}
	return r
}

func ok(status int) bool { return status >= 200 && status <= 299 }

// newRequest builds the signed request of Standard Webhooks 1.0.0. The
// webhook-id is the event's, so it stays the same over all attempts and
// resends: receivers know a repetition by it.
func newRequest(ctx context.Context, id string, at time.Time, out outgoing) (*http.Request, error) {
	target, err := url.Parse(out.url)
	if err != nil {
		return nil, errors.New("the URL cannot be read")
	}
	ctx = context.WithValue(ctx, schemeKey{}, target.Scheme)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, out.url, strings.NewReader(string(out.body)))
	if err != nil {
		return nil, errors.New("the request cannot be made")
	}
	var signatures []string
	for _, secret := range out.secrets {
		signer, err := standardwebhooks.NewWebhookRaw(secret)
		if err != nil {
			return nil, err
		}
		signature, err := signer.Sign(id, at, out.body)
		if err != nil {
			return nil, err
		}
		signatures = append(signatures, signature)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Visavis-Webhooks/1")
	request.Header.Set("webhook-id", id)
	request.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	request.Header.Set("webhook-signature", strings.Join(signatures, " "))
	return request, nil
}

// sendError says why there was no answer, without our addresses.
func sendError(err error) string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errForbiddenAddress):
		return errForbiddenAddress.Error()
	case errors.Is(err, errPlainHTTP):
		return errPlainHTTP.Error()
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("no complete answer within %v", sendTimeout)
	}
	var failed *url.Error // its text repeats the URL, which the endpoint shows already
	if errors.As(err, &failed) {
		err = failed.Err
	}
	text := storable([]byte(err.Error()))
	return text[:min(len(text), 500)]
}

// storable makes any bytes a text that PostgreSQL takes.
func storable(b []byte) string {
	return strings.ReplaceAll(strings.ToValidUTF8(string(b), "\uFFFD"), "\x00", "\uFFFD")
}

// retryAfter reads the header (RFC 9110, section 10.2.3): seconds or a date.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	wait := time.Duration(0)
	if seconds, err := strconv.ParseInt(header, 10, 32); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(header); err == nil {
		wait = at.Sub(now)
	}
	return max(0, min(wait, maxRetryAfter))
}

// nextAttempt is when to try again after an attempt failed for the n-th time:
// the schedule give or take a tenth, and not before what the receiver asked
// for. ok is false when that was the last.
func nextAttempt(n int, r result) (at time.Time, ok bool) {
	if n >= MaxAttempts {
		return time.Time{}, false
	}
	wait := schedule[n]
	if wait > 0 {
		wait += rand.N(wait/5) - wait/10
	}
	return r.at.Add(r.duration + max(wait, r.retryAfter)), true
}

// mark records an attempt, unless the lease was lost meanwhile.
func (s *Service) mark(ctx context.Context, c claimed, r result) error {
	n := c.Attempts + 1
	state, due, finished := "pending", r.at, &r.at
	switch next, again := nextAttempt(n, r); {
	case ok(r.status):
		state = DeliverySucceeded
	case r.status == http.StatusGone || !again:
		state = DeliveryFailed
	default:
		due, finished = next, nil
	}
	if r.err == "" && !ok(r.status) {
		r.err = fmt.Sprintf("the receiver answered %d", r.status)
	}
	ctx = visavis.WithActor(ctx, visavis.System(c.BankID))
	return s.DB.InBank(ctx, c.BankID, func(ctx context.Context, tx *postgres.Tx) error {
		if r.status == http.StatusGone {
			// The endpoint first, as everyone else locks it before its deliveries.
			if _, err := tx.Exec(ctx, `select 1 from webhook_endpoints where bank_id = $1 and id = $2 for update`, c.BankID, c.EndpointID); err != nil {
				return err
			}
		}
		tag, err := tx.Exec(ctx, `
			update webhook_deliveries set state = $4, attempts = $5, due_at = $6, finished_at = $7,
			       last_status = nullif($8, 0), last_error = $9, lease = null, lease_until = null
			where bank_id = $1 and id = $2 and lease = $3 and state = 'pending'`,
			c.BankID, c.ID, c.Lease, state, n, due, finished, r.status, r.err)
		if err != nil || tag.RowsAffected() == 0 {
			return err // lost: whoever has it now tells how it went
		}
		_, err = tx.Exec(ctx, `
			insert into webhook_attempts (bank_id, delivery_id, attempt, at, status, error, duration_ms, response)
			values ($1, $2, $3, $4, nullif($5, 0), $6, $7, $8)`,
			c.BankID, c.ID, n, r.at, r.status, r.err, r.duration.Milliseconds(), r.response)
		if err != nil {
			return err
		}
		if r.status == http.StatusGone {
			return s.disableGone(ctx, tx, c.EndpointID)
		}
		// The endpoint's cap may have held back what is due.
		var more bool
		err = tx.QueryRow(ctx, `
			select exists (select 1 from webhook_deliveries
			where bank_id = $1 and endpoint_id = $2 and state = 'pending' and lease is null and due_at <= $3)`,
			c.BankID, c.EndpointID, s.Now()).Scan(&more)
		if more {
			tx.Wake(TopicWebhooks)
		}
		return err
	})
}

// disableGone ends an endpoint whose receiver answered 410, and tells the
// bank's other endpoints.
func (s *Service) disableGone(ctx context.Context, tx *postgres.Tx, endpointID uuid.UUID) error {
	now := s.Now()
	tag, err := tx.Exec(ctx, `
		update webhook_endpoints set state = 'disabled', disabled_why = 'gone', disabled_at = $3, updated_at = $3
		where bank_id = $1 and id = $2 and state = 'enabled'`, tx.BankID, endpointID, now)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	if err := cancelDeliveries(ctx, tx, endpointID, now, "endpoint disabled"); err != nil {
		return err
	}
	gone := lifeEvent(endpointID, "disabled")
	gone.Data = map[string]any{"why": "gone"}
	_, err = AppendTx(ctx, tx, now, gone)
	return err
}
