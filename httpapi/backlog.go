package httpapi

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/visavis/visavis/postgres"
)

// backlog tells Prometheus how far the hot queues are behind, and how many
// calls there are, of all banks and nodes: it asks the database at each scrape,
// by indexes only. An answer that does not come in scrapeTimeout is left out.
type backlog struct {
	db  *postgres.DB
	log *slog.Logger
	now func() time.Time
}

const scrapeTimeout = 2 * time.Second

// manyDue bounds the counting of what is due.
const manyDue = 100_000

var (
	dueDesc   = prometheus.NewDesc("visavis_queue_due", "What is due and not done, counted up to 100,000.", []string{"queue"}, nil)
	lagDesc   = prometheus.NewDesc("visavis_queue_lag_seconds", "How long the oldest of what is due has been waiting; 0 when nothing is due.", []string{"queue"}, nil)
	callsDesc = prometheus.NewDesc("visavis_calls", "Calls that are going on.", []string{"state"}, nil)
)

// Describe implements prometheus.Collector.
func (b *backlog) Describe(to chan<- *prometheus.Desc) {
	to <- dueDesc
	to <- lagDesc
	to <- callsDesc
}

// dueSQL has one row a queue: its name, how many are due at $1, and since when.
// The conditions on deliveries and messages are those of their indexes. The kinds of due
// times are stepped through, as their index begins with the kind and most rows
// lie in the future.
const dueSQL = `
	with recursive kinds as (
		(select kind from due_times order by kind limit 1)
		union all
		select (select d.kind from due_times d where d.kind > k.kind order by d.kind limit 1) from kinds k where k.kind is not null
	), due as (
		(select 'messages_urgent' queue, due_at from deliveries
			where state in ('pending', 'sending', 'unknown') and class in ('security', 'ring') and due_at <= $1 order by due_at limit $2)
		union all
		(select 'messages_urgent', due_at from messages
			where due_at is not null and class in ('security', 'ring') and due_at <= $1 order by due_at limit $2)
		union all
		(select 'messages', due_at from messages
			where due_at is not null and class = 'transaction' and due_at <= $1 order by due_at limit $2)
		union all
		(select 'messages', due_at from deliveries
			where state in ('pending', 'sending', 'unknown') and class = 'transaction' and due_at <= $1 order by due_at limit $2)
		union all
		(select 'messages', due_at from messages
			where due_at is not null and class = 'reminder' and due_at <= $1 order by due_at limit $2)
		union all
		(select 'messages', due_at from deliveries
			where state in ('pending', 'sending', 'unknown') and class = 'reminder' and due_at <= $1 order by due_at limit $2)
		union all
		(select 'messages', due_at from messages
			where due_at is not null and class = 'notice' and due_at <= $1 order by due_at limit $2)
		union all
		(select 'messages', due_at from deliveries
			where state in ('pending', 'sending', 'unknown') and class = 'notice' and due_at <= $1 order by due_at limit $2)
		union all
		(select 'webhooks', due_at from webhook_deliveries where state = 'pending' and due_at <= $1 order by due_at limit $2)
		union all
		(select 'due_times', d.due_at from kinds k cross join lateral (
			select due_at from due_times where kind = k.kind and due_at <= $1 order by due_at limit $2) d)
	)
	select queue, count(due.due_at), min(due.due_at)
	from unnest(array['messages_urgent', 'messages', 'webhooks', 'due_times']) queue left join due using (queue) group by queue`

// Collect implements prometheus.Collector.
func (b *backlog) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	type queue struct {
		Name  string
		Due   int
		Since *time.Time
	}
	var queues []queue
	var ringing, active int
	now := b.now()
	err := b.db.AsWorker(ctx, func(ctx context.Context, tx *postgres.Tx) error {
		rows, _ := tx.Query(ctx, dueSQL, now, manyDue)
		var err error
		if queues, err = pgx.CollectRows(rows, pgx.RowToStructByPos[queue]); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `select count(*) filter (where state = 'ringing'), count(*) filter (where state = 'active')
			from calls where state in ('ringing', 'active')`).Scan(&ringing, &active)
	})
	if err != nil {
		b.log.ErrorContext(ctx, "the queues are not in the metrics", "error", err)
		return
	}
	for _, q := range queues {
		lag := 0.0
		if q.Since != nil {
			lag = now.Sub(*q.Since).Seconds()
		}
		to <- prometheus.MustNewConstMetric(dueDesc, prometheus.GaugeValue, float64(q.Due), q.Name)
		to <- prometheus.MustNewConstMetric(lagDesc, prometheus.GaugeValue, lag, q.Name)
	}
	to <- prometheus.MustNewConstMetric(callsDesc, prometheus.GaugeValue, float64(ringing), "ringing")
	to <- prometheus.MustNewConstMetric(callsDesc, prometheus.GaugeValue, float64(active), "active")
}
