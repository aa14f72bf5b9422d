package channels_test

import (
	"context"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/events"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

const (
	benchLatency  = 50 * time.Millisecond // of the provider
	benchInFlight = 500
	benchBacklog  = 2000
)

// benchProvider takes benchLatency for each and tells when it was handed what.
type benchProvider struct {
	handed func(delivery uuid.UUID, at time.Time)
	most   atomic.Int64 // under way at a time
	now    atomic.Int64
}

func (p *benchProvider) Send(ctx context.Context, out channels.Outgoing) (string, error) {
	p.handed(out.DeliveryID, time.Now())
	n := p.now.Add(1)
	defer p.now.Add(-1)
	for most := p.most.Load(); n > most && !p.most.CompareAndSwap(most, n); most = p.most.Load() {
	}
	select {
	case <-time.After(benchLatency):
		return "sent-" + out.DeliveryID.String(), nil
	case <-ctx.Done():
		return "", &channels.SendError{Outcome: channels.Unknown, Err: ctx.Err()}
	}
}

// benchWorld is a bank with a customer and a provider in the process.
type benchWorld struct {
	db       *postgres.DB
	s        *channels.Service
	bank     uuid.UUID
	customer uuid.UUID
	provider *benchProvider
	marked   chan int // deliveries whose outcome was written; full: not told
}

func newBenchWorld(b *testing.B) *benchWorld {
	b.Helper()
	w := &benchWorld{db: testdb.New(b), provider: &benchProvider{}, marked: make(chan int, benchBacklog*10)}
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	keys, err := events.NewKeyring([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		b.Fatal(err)
	}
	service := banks.New(banks.Config{DB: w.db, Log: log, Now: time.Now, Keyring: keys, PublicURL: "https://bank.example"})
	bank, err := service.Create(b.Context(), banks.NewBank{Slug: "bench", Name: "Bench Bank", Settings: banks.Settings{Countries: banks.AnyCountry()}})
	if err != nil {
		b.Fatal(err)
	}
	customer, err := service.CreateCustomer(b.Context(), bank.ID, banks.NewCustomer{Name: "Lan", Phone: "+84901234567", Locale: "en", TimeZone: "Asia/Ho_Chi_Minh"})
	if err != nil {
		b.Fatal(err)
	}
	w.bank, w.customer = bank.ID, customer.ID
	w.s = channels.New(channels.Config{
		DB: w.db, Banks: service, Keys: keys, Log: log, Workers: benchInFlight,
		Routes: []channels.Route{{Channel: channels.SMS, Provider: "bench", Sender: w.provider}},
		Observe: func(e postgres.LoopEvent) {
			if e.Kind == postgres.LoopMarked {
				select {
				case w.marked <- e.N:
				default:
				}
			}
		},
	})
	return w
}

func (w *benchWorld) message() channels.Message {
	return channels.Message{CustomerID: w.customer, Class: channels.Notice, Template: "text", Params: map[string]string{"text": "Your card is ready."},
		Channels: []channels.Channel{channels.SMS}, ExpiresAt: time.Now().Add(time.Hour)}
}

// run delivers until stop, which waits for what is under way.
func (w *benchWorld) run(b *testing.B) (stop func()) {
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() { defer close(done); w.s.Run(ctx) }()
	return func() { cancel(); <-done }
}

func (w *benchWorld) untilMarked(b *testing.B, n int) {
	b.Helper()
	deadline := time.After(60 * time.Second)
	for n > 0 {
		select {
		case m := <-w.marked:
			n -= m
		case <-deadline:
			b.Fatalf("%d deliveries were not marked", n)
		}
	}
}

// BenchmarkDeliver hands a backlog to a provider that takes 50 ms, with 500
// under way, until every outcome is written. The floor is what no program can
// pass: the same backlog through 500 goroutines that call the provider and
// write nothing, near 500 / 50 ms = 10,000 a second.
func BenchmarkDeliver(b *testing.B) {
	w := newBenchWorld(b)
	floor := func() testdb.Round {
		w.provider.handed = func(uuid.UUID, time.Time) {}
		var left atomic.Int64
		left.Store(benchBacklog)
		var wg sync.WaitGroup
		began := time.Now()
		for range benchInFlight {
			wg.Go(func() {
				for left.Add(-1) >= 0 {
					_, _ = w.provider.Send(b.Context(), channels.Outgoing{DeliveryID: uuid.New()})
				}
			})
		}
		wg.Wait()
		return testdb.Round{Rate: benchBacklog / time.Since(began).Seconds()}
	}
	var seen atomic.Int64
	testdb.Compare(b, w.db, "deliveries", floor, func() testdb.Round {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				err := w.db.InBank(b.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
					for range benchBacklog / 4 {
						if _, err := w.s.SendTx(ctx, tx, w.message()); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
		seen.Store(0)
		w.provider.most.Store(0)
		w.provider.handed = func(uuid.UUID, time.Time) { seen.Add(1) }
		began := time.Now()
		stop := w.run(b)
		w.untilMarked(b, benchBacklog)
		took := time.Since(began)
		stop()
		if n := seen.Load(); n != benchBacklog {
			b.Fatalf("%d sends of %d deliveries", n, benchBacklog)
		}
		return testdb.Round{Rate: benchBacklog / took.Seconds()}
	})
	b.ReportMetric(float64(w.provider.most.Load()), "ours-in-flight")
}

// timed sends rings or notices at a rate and returns the time from each commit
// (or, when it is later, from when it was due) to the call of the provider.
func (w *benchWorld) timed(b *testing.B, n int, every time.Duration, of func() channels.Message) (late []time.Duration) {
	b.Helper()
	var mu sync.Mutex
	from, handed := map[uuid.UUID]time.Time{}, map[uuid.UUID]time.Time{}
	all := make(chan struct{}, n)
	others := w.provider.handed
	w.provider.handed = func(id uuid.UUID, at time.Time) {
		mu.Lock()
		defer mu.Unlock()
		if others != nil {
			others(id, at)
		}
		handed[id] = at
		if _, ours := from[id]; ours {
			all <- struct{}{}
		}
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for range n {
		<-tick.C
		m := of()
		info, err := w.s.Send(b.Context(), w.bank, m)
		if err != nil {
			b.Fatal(err)
		}
		at := time.Now()
		if m.SendAt.After(at) {
			at = m.SendAt
		}
		mu.Lock()
		id := info.Deliveries[0].ID
		from[id] = at
		if _, done := handed[id]; done {
			all <- struct{}{}
		}
		mu.Unlock()
	}
	deadline := time.After(60 * time.Second)
	for range n {
		select {
		case <-all:
		case <-deadline:
			b.Fatal("not all were handed over")
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for id, at := range from {
		late = append(late, max(handed[id].Sub(at), 0))
	}
	return late
}

// reportTimes reports times of which the issue names the bounds themselves: the
// ratio is of the p99 to the bound.
func reportTimes(b *testing.B, db *postgres.DB, late []time.Duration, bound time.Duration) {
	b.ReportMetric(0, "ns/op")
	p50, p99 := testdb.Percentile(late, 50), testdb.Percentile(late, 99)
	b.ReportMetric(float64(p99)/float64(bound), "ratio")
	b.ReportMetric(bound.Seconds()*1e3, "floor-bound-p99-ms")
	b.ReportMetric(p50.Seconds()*1e3, "ours-p50-ms")
	b.ReportMetric(p99.Seconds()*1e3, "ours-p99-ms")
	testdb.ReportFsync(b, db)
}

// BenchmarkRingBesideBulk rings 20 times a second while 20,000 notices go out as
// fast as they can; a ring must be with its provider 100 ms after its commit.
func BenchmarkRingBesideBulk(b *testing.B) {
	const bulk, rings = 20_000, 40
	w := newBenchWorld(b)
	var late []time.Duration
	for b.Loop() {
		w.provider.handed = nil
		w.backlog(b, bulk, time.Now())
		var sent atomic.Int64
		w.provider.handed = func(uuid.UUID, time.Time) { sent.Add(1) }
		stop := w.run(b)
		late = append(late, w.timed(b, rings, 50*time.Millisecond, func() channels.Message {
			m := w.message()
			m.Class = channels.Ring
			return m
		})...)
		if sent.Load() >= bulk+rings {
			b.Fatal("the bulk was done before the rings: nothing was beside them")
		}
		stop()
	}
	reportTimes(b, w.db, late, 100*time.Millisecond)
}

// BenchmarkScheduled sends 200 messages that are due in half a second, with
// 500,000 others in the far future: how late they are handed over.
func BenchmarkScheduled(b *testing.B) {
	const future, due = 500_000, 200
	w := newBenchWorld(b)
	w.backlog(b, future, time.Now().Add(24*time.Hour))
	var late []time.Duration
	for b.Loop() {
		w.provider.handed = func(uuid.UUID, time.Time) {}
		stop := w.run(b)
		late = append(late, w.timed(b, due, 5*time.Millisecond, func() channels.Message {
			m := w.message()
			m.SendAt = time.Now().Add(500 * time.Millisecond)
			return m
		})...)
		stop()
	}
	reportTimes(b, w.db, late, 250*time.Millisecond)
}

// backlog puts messages into the table that are due at a time, as accepting them
// would.
func (w *benchWorld) backlog(b *testing.B, n int, due time.Time) {
	b.Helper()
	err := w.db.InBank(b.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into messages (bank_id, id, customer_id, class, template, locale, time_zone, params, plan, due_at, created_at, expires_at)
			select $1, gen_random_uuid(), $2, 'notice', 'text', 'en', 'UTC', '{"text": "Your card is ready."}',
				jsonb_build_array(jsonb_build_object('t', jsonb_build_array(jsonb_build_object('id', gen_random_uuid(), 'c', 'sms', 'p', 'bench', 'to', '+84901234567')))),
				$3::timestamptz + n * interval '1 microsecond', now(), $3::timestamptz + interval '1 hour'
			from generate_series(1, $4::integer) n`, w.bank, w.customer, due, n)
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkAcceptedToHanded sends 1,000 messages a second for three seconds and
// measures from each commit to the call of the provider. The floor is one
// committed change of one row, at the same rate in the same seconds: handing
// over claims (a commit) and reads the text (another transaction).
func BenchmarkAcceptedToHanded(b *testing.B) {
	const perSecond, seconds = 1000, 3
	w := newBenchWorld(b)
	var ours, floor []time.Duration
	for b.Loop() {
		var mu sync.Mutex
		accepted, handed := map[uuid.UUID]time.Time{}, map[uuid.UUID]time.Time{}
		w.provider.handed = func(id uuid.UUID, at time.Time) { mu.Lock(); handed[id] = at; mu.Unlock() }
		stop := w.run(b)
		var wg sync.WaitGroup
		tick := time.NewTicker(time.Second / perSecond)
		for range perSecond * seconds {
			<-tick.C
			wg.Go(func() {
				err := w.db.InBank(b.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
					info, err := w.s.SendTx(ctx, tx, w.message())
					tx.AfterCommit(func() { mu.Lock(); accepted[info.Deliveries[0].ID] = time.Now(); mu.Unlock() })
					return err
				})
				if err != nil {
					b.Error(err)
				}
			})
			wg.Go(func() {
				began := time.Now()
				err := w.db.InBank(b.Context(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
					_, err := tx.Exec(ctx, `insert into event_sequences (bank_id, object_id, last) values ($1, $2, 1)`, w.bank, uuid.New())
					return err
				})
				if err != nil {
					b.Error(err)
				}
				mu.Lock()
				floor = append(floor, time.Since(began))
				mu.Unlock()
			})
		}
		tick.Stop()
		wg.Wait()
		w.untilMarked(b, perSecond*seconds)
		stop()
		for id, at := range accepted {
			to, ok := handed[id]
			if !ok {
				b.Fatal("a message was accepted and not handed over")
			}
			ours = append(ours, max(to.Sub(at), 0)) // it may be handed over before the sender is told of the commit
		}
	}
	b.ReportMetric(0, "ns/op")
	ms := func(all []time.Duration, p int) float64 { return testdb.Percentile(all, p).Seconds() * 1e3 }
	b.ReportMetric(ms(ours, 50)/ms(floor, 50), "ratio")
	b.ReportMetric(ms(ours, 99)/ms(floor, 99), "p99-ratio")
	for _, p := range []struct {
		name string
		p    int
	}{{"p50-ms", 50}, {"p99-ms", 99}} {
		b.ReportMetric(ms(ours, p.p), "ours-"+p.name)
		b.ReportMetric(ms(floor, p.p), "floor-"+p.name)
	}
	testdb.ReportFsync(b, w.db)
}
