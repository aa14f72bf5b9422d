package scheduling

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/postgres/testdb"
)

// BenchmarkBookContended has 48 workers book in one bank until five of six places
// are taken. Each books, as customers do, a time that was free when it looked a
// moment ago, at random; so they meet at times and places, and who comes too late
// is refused, looks again and books another time: that counts as time only. The
// floor inserts as many rows into the same table, each at a place and time of its
// own, in a transaction that does nothing else. A booking is also the search for a
// place, its due times, an event, a link and a message. It is made as the API makes
// it: beside others, or alone where that cannot be.
func BenchmarkBookContended(b *testing.B) {
	const workers, each, agents, slots = 48, 40, 12, 192
	w := setup(b)
	at := func(slot int) time.Time { return day.Add(26*time.Hour + time.Duration(slot)*quarter.Length) }
	meter := testdb.NewMeter(b, w.db)
	// all has every worker do its share, and do again what was refused.
	all := func(once func(worker, n int) (bool, error)) testdb.Round {
		latency := make([]time.Duration, workers*each)
		var wg sync.WaitGroup
		self, server := meter.CPU()
		began := time.Now()
		for worker := range workers {
			wg.Go(func() {
				for n := range each {
					from := time.Now()
					for done := false; !done; {
						var err error
						if done, err = once(worker, n); err != nil {
							b.Error(err)
							return
						}
					}
					latency[worker*each+n] = time.Since(from)
				}
			})
		}
		wg.Wait()
		took := time.Since(began)
		self2, server2 := meter.CPU()
		if b.Failed() {
			b.FailNow()
		}
		return testdb.Round{
			Rate: workers * each / took.Seconds(), Latency: latency,
			Self: (self2 - self) / (workers * each), Server: (server2 - server) / (workers * each),
		}
	}
	newBank := func() (bank uuid.UUID, customers [workers]uuid.UUID) {
		bank = w.bank()
		for range agents {
			w.agent(bank, AroundTheClock("UTC"))
		}
		for i := range customers {
			customers[i] = w.customer(bank)
		}
		return bank, customers
	}
	floor := func() testdb.Round {
		bank, customers := newBank()
		var places [agents]uuid.UUID
		w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
			return tx.QueryRow(ctx, `select array_agg(id) from places where bank_id = $1`, bank).Scan(&places)
		}))
		return all(func(worker, n int) (bool, error) {
			number := worker*each + n
			start := at(number / agents)
			return true, w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, `
					insert into bookings (bank_id, id, identification_id, customer_id, scenario_id, place_id, during,
						time_zone, state, metadata, created_at, updated_at)
					values ($1, $2, $3, $4, $5, $6, tstzrange($7, $8), 'UTC', 'confirmed', '{}', $9, $9)`,
					bank, uuid.Must(uuid.NewV7()), uuid.New(), customers[worker], uuid.New(), places[number%agents], start, start.Add(quarter.Length), day)
				return err
			})
		})
	}
	var refused atomic.Int64
	testdb.Compare(b, w.db, "bookings", floor, func() testdb.Round {
		bank, customers := newBank()
		var booked [slots]atomic.Int64
		round := all(func(worker, _ int) (bool, error) {
			slot := rand.IntN(slots)
			for booked[slot].Load() >= agents { // not among the slots that are shown
				slot = rand.IntN(slots)
			}
			_, err := w.bookTogether(bank, newBooking(customers[worker], at(slot)))
			if visavis.CodeOf(err) == "slot_taken" {
				refused.Add(1)
				return false, nil
			}
			booked[slot].Add(1)
			return err == nil, err
		})
		w.checkInvariants(bank)
		return round
	})
	b.ReportMetric(float64(refused.Load()), "refused")
}

// benchCustomers are as many as reminders come due at one moment: nobody is
// reminded of two bookings at once.
const benchCustomers = 100_000

// remindersDue is a bank with bookings whose reminders are due, and with many
// more bookings ahead, written by the hundred thousand.
type remindersDue struct {
	*world
	bank  uuid.UUID
	owner *pgx.Conn
	round int
	cpu   [2]time.Duration // of the last round: this process, and the database
}

func newRemindersDue(b *testing.B, ahead int) *remindersDue {
	w := nodeAt(b, testdb.URL(b), nil, time.Now)
	w.s.log = slog.New(slog.DiscardHandler)
	owner, err := pgx.Connect(b.Context(), testdb.OwnerURL(w.db))
	w.must(err)
	b.Cleanup(func() { _ = owner.Close(context.Background()) })
	r := &remindersDue{world: w, bank: w.bank(), owner: owner}
	r.sql(`insert into customers (bank_id, id, name, phone, locale, time_zone, created_at, updated_at)
		select $1, gen_random_uuid(), 'Customer ' || n, '+8490' || lpad(n::text, 7, '0'), 'vi', 'Asia/Ho_Chi_Minh', now(), now() from generate_series(1, ` + strconv.Itoa(benchCustomers) + `) n`)
	// Every other has the app. The policy is what a new bank has, with its cap of reminders a day.
	r.sql(`insert into devices (bank_id, id, customer_id, provider, token, token_hash, created_at, registered_at)
		select $1, gen_random_uuid(), id, 'fcm', 'token-' || id, sha256(id::text::bytea), now(), now() from customers where bank_id = $1 and right(phone, 1) in ('0', '2', '4', '6', '8')`)
	_, err = w.s.channels.SetPolicy(w.ctx, r.bank, channels.RecommendedPolicy())
	w.must(err)
	// A year of a large bank: a thousand places, a booking each quarter of an hour.
	r.sql(`insert into places (bank_id, id, number) select $1, gen_random_uuid(), n from generate_series(1, 1000) n`)
	r.bookings(ahead, `now() + interval '2 days' + ((n - 1) / 1000) * interval '15 minutes'`, `((n - 1) % 1000) + 1`)
	r.sql(`insert into due_times (bank_id, id, kind, object_id, name, due_at, created_at)
		select $1, gen_random_uuid(), k.kind, b.id, k.name, lower(b.during) - k.before, now() from bookings b
		cross join (values ('reminder', '24h', interval '24 hours'), ('reminder', '1h', '1 hour'), ('booking_due', '', '0')) k(kind, name, before) where b.bank_id = $1`)
	return r
}

// sql writes as the owner of the database, whose statements may take long.
func (r *remindersDue) sql(sql string, args ...any) {
	r.t.Helper()
	_, err := r.owner.Exec(r.ctx, sql, append([]any{r.bank}, args...)...)
	r.must(err)
}

// bookings writes n bookings at the time and the number of a place.
func (r *remindersDue) bookings(n int, start, place string) {
	r.sql(`insert into bookings (bank_id, id, identification_id, customer_id, scenario_id, place_id, during, time_zone, state, metadata, created_at, updated_at)
		select $1, gen_random_uuid(), gen_random_uuid(), c.id, $1, p.id, tstzrange(` + start + `, ` + start + ` + interval '15 minutes'), 'Asia/Ho_Chi_Minh', 'confirmed', '{}', now(), now()
		from generate_series(1, ` + strconv.Itoa(n) + `) n
		join (select id, row_number() over () as i from customers where bank_id = $1) c on c.i = (n % ` + strconv.Itoa(benchCustomers) + `) + 1
		join places p on p.bank_id = $1 and p.number = ` + place)
}

// remind makes n reminders due, of bookings of their own in an hour and a half,
// runs the loop until they are done, and returns how late each was, its commit
// included. due is SQL of when the n-th is due.
func (r *remindersDue) remind(b *testing.B, n int, due string) []time.Duration {
	r.round++
	from := r.round * 1_000_000
	r.sql(`insert into places (bank_id, id, number) select $1, gen_random_uuid(), $2::int + n from generate_series(1, $3) n`, from, n)
	r.bookings(n, `date_trunc('second', now()) + interval '90 minutes'`, strconv.Itoa(from)+` + n`)
	r.sql(`insert into due_times (bank_id, id, kind, object_id, name, due_at, created_at)
		select $1, gen_random_uuid(), 'reminder', b.id, '1h', `+due+`, now()
		from bookings b join places p on p.bank_id = $1 and p.id = b.place_id
		cross join lateral (select p.number - $2::int as n) n
		where b.bank_id = $1 and p.number between $2::int + 1 and $2::int + $3::int`, from, n)
	var dues []time.Time
	r.read(func(ctx context.Context, tx *postgres.Tx) error {
		rows, err := tx.Query(ctx, `select due_at from due_times where bank_id = $1 and kind = 'reminder' and due_at < now() + interval '1 hour' order by due_at`, r.bank)
		if err != nil {
			return err
		}
		dues, err = pgx.CollectRows(rows, pgx.RowTo[time.Time])
		return err
	})
	done := make(chan struct{})
	var mu sync.Mutex
	var worked []time.Time // in the order of the due times
	r.s.observe = func(e postgres.LoopEvent) {
		if e.Kind == postgres.LoopWorked {
			mu.Lock()
			if worked = append(worked, time.Now()); len(worked) == n {
				close(done)
			}
			mu.Unlock()
		}
	}
	ctx, cancel := context.WithCancel(r.ctx)
	var ended sync.WaitGroup
	meter := testdb.NewMeter(b, r.db)
	self, server := meter.CPU()
	ended.Go(func() { r.s.Run(ctx) })
	defer func() {
		b.ReportMetric(r.cpu[0].Seconds()*1e3/float64(n), "ours-cpu-go-ms")
		b.ReportMetric(r.cpu[1].Seconds()*1e3/float64(n), "ours-cpu-pg-ms")
	}()
	select {
	case <-done:
		self2, server2 := meter.CPU()
		r.cpu = [2]time.Duration{self2 - self, server2 - server}
	case <-time.After(5 * time.Minute):
		b.Errorf("%d of %d reminders were worked in 5 minutes", len(worked), n)
	}
	cancel()
	ended.Wait()
	if len(dues) != n || len(worked) != n {
		b.Fatalf("%d due times, %d worked, want %d", len(dues), len(worked), n)
	}
	late := make([]time.Duration, n)
	for i := range late {
		late[i] = worked[i].Sub(dues[i])
	}
	testdb.Analyse(b, r.db) // for the count, which is not measured
	var told, customers, events, left int
	r.must(r.owner.QueryRow(r.ctx, `
		with mine as materialized (select b.id from bookings b join places p on p.bank_id = $1 and p.id = b.place_id
			where b.bank_id = $1 and p.number between $2::int + 1 and $2::int + $3::int)
		select count(*), count(distinct m.about_id), (select count(*) from events e join mine on mine.id = e.object_id where e.bank_id = $1 and e.type = 'booking.reminded'),
			(select count(*) from due_times d join mine on mine.id = d.object_id where d.bank_id = $1)
		from messages m join mine on mine.id = m.about_id where m.bank_id = $1`, r.bank, from, n).Scan(&told, &customers, &events, &left))
	if told != n || customers != n || events != n || left != 0 {
		b.Errorf("%d messages about %d bookings, %d events, %d due times are left; want %d of each and none left", told, customers, events, left, n)
	}
	return late
}

func (r *remindersDue) read(fn func(ctx context.Context, tx *postgres.Tx) error) {
	r.t.Helper()
	r.must(r.db.InBank(r.ctx, r.bank, fn))
}

// count is how many of something a benchmark takes; name is of the environment.
func count(b *testing.B, name string, otherwise int) int {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	return n
}

// BenchmarkReminders has 500,000 bookings ahead (VISAVIS_BENCH_AHEAD) and
// measures how late reminders are accepted as messages: in quiet times, one
// each 20 ms, and when 100,000 (VISAVIS_BENCH_REMINDERS) are due at the very same
// moment, and spread over one minute. Nothing delivers the messages meanwhile.
// None may be lost, none told twice.
func BenchmarkReminders(b *testing.B) {
	n := count(b, "VISAVIS_BENCH_REMINDERS", 100_000)
	r := newRemindersDue(b, count(b, "VISAVIS_BENCH_AHEAD", 500_000))
	testdb.Analyse(b, r.db)
	for _, c := range []struct {
		name, due string
		n         int
	}{
		{"Quiet", `now() + interval '3 seconds' + n * interval '20 milliseconds'`, 500},
		{"SameMoment", `now() + interval '5 seconds'`, n},
		{"SameMinute", `now() + interval '5 seconds' + n * interval '1 minute' / ` + strconv.Itoa(n), n},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				late := r.remind(b, c.n, c.due)
				b.ReportMetric(0, "ns/op")
				if c.name == "SameMoment" {
					b.ReportMetric(float64(c.n)/slices.Max(late).Seconds(), "ours-reminders/s")
				}
				b.ReportMetric(float64(testdb.Percentile(late, 50))/1e6, "ours-p50-ms")
				b.ReportMetric(float64(testdb.Percentile(late, 99))/1e6, "ours-p99-ms")
				testdb.ReportFsync(b, r.db)
			}
		})
	}
}
