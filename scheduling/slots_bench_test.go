package scheduling

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres/testdb"
)

// BenchmarkSlots looks for slots of a bank with 1,000 agents and 1,000,000
// bookings, against the same in one with 10,000 ("floor"): a week from a random
// hour on, at most 200, as GET /v1/slots does unless told otherwise. Half of the
// bookings are over, the others spread evenly over the next 60 days, in which the
// agents could take 1,300,000. ratio is of rates, p99-ratio of times: to be at
// most 5.
func BenchmarkSlots(b *testing.B) {
	const agents = 1000
	w := setup(b)
	owner, err := pgx.Connect(w.ctx, testdb.OwnerURL(w.db))
	w.must(err)
	defer func() { _ = owner.Close(w.ctx) }()
	exec := func(sql string, args ...any) {
		b.Helper()
		_, err := owner.Exec(w.ctx, sql, args...)
		w.must(err)
	}
	// Written as the owner, who is bound by no policy; the constraint is checked
	// when it is put back.
	for _, table := range []string{"agents", "places", "working_hours", "bookings"} {
		exec(`alter table ` + table + ` no force row level security`)
	}
	exec(`alter table bookings drop constraint bookings_place_free`)
	fill := func(bookings int) uuid.UUID {
		bank := w.bank()
		customer := w.customer(bank)
		zone := []string{"Europe/Kyiv", "Asia/Ho_Chi_Minh", "Europe/London"}
		exec(`insert into agents (bank_id, id, email, name, role, created_at, updated_at)
			select $1::uuid, gen_random_uuid(), 'a' || n || '@' || $1::uuid, 'Agent', 'agent', now(), now() from generate_series(1, $2::int) n`, bank, agents)
		exec(`insert into places (bank_id, id, agent_id) select bank_id, gen_random_uuid(), id from agents where bank_id = $1`, bank)
		exec(`insert into working_hours (bank_id, id, agent_id, weekday, starts, ends, time_zone)
			select a.bank_id, gen_random_uuid(), a.id, d, '09:00', '17:00', ($2::text[])[1 + abs(hashtext(a.email)) % 3]
			from agents a, generate_series(1, 5) d where a.bank_id = $1`, bank, zone)
		// The n-th booking of a place is a quarter of an hour in a stretch of its own.
		exec(`insert into bookings (bank_id, id, identification_id, customer_id, scenario_id, place_id, during, occupies, time_zone, state, created_at, updated_at)
			select p.bank_id, gen_random_uuid(), gen_random_uuid(), $2::uuid, $1::uuid, p.id, d, d, 'UTC', state, now(), now()
			from places p, generate_series(0, $3::int - 1) n,
			lateral (select case when n % 2 = 0 then 'kept' else 'confirmed' end as state,
				case when n % 2 = 0 then -1 else 1 end * make_interval(secs => (60 * 86400 / ($3::float / 2) * (n / 2))::bigint / 900 * 900) as at) x,
			lateral (select tstzrange($4::timestamptz + at, $4::timestamptz + at + interval '15 minutes') as d) y
			where p.bank_id = $1`, bank, customer, bookings/agents, day)
		return bank
	}
	few, many := fill(10_000), fill(1_000_000)
	exec(`alter table bookings add constraint bookings_place_free exclude using gist
		(bank_id with =, place_id with =, coalesce(occupies, during) with &&) where (state in ('held', 'confirmed', 'due'))`)
	exec(`vacuum analyze`)
	for _, table := range []string{"agents", "places", "working_hours", "bookings"} {
		exec(`alter table ` + table + ` force row level security`)
	}
	search := func(bank uuid.UUID) func() testdb.Round {
		return func() testdb.Round {
			const times = 50
			latency := make([]time.Duration, times)
			began := time.Now()
			for i := range latency {
				from := time.Now()
				start := day.Add(time.Duration(rand.IntN(20*24)) * time.Hour)
				slots, err := w.s.Slots(w.ctx, bank, Rules{Length: 15 * time.Minute, Interval: 15 * time.Minute, Horizon: 60 * 24 * time.Hour}, start, start.AddDate(0, 0, 7), 200)
				w.must(err)
				if len(slots) < 150 {
					b.Fatalf("%d slots from %v on", len(slots), start)
				}
				latency[i] = time.Since(from)
			}
			return testdb.Round{Rate: times / time.Since(began).Seconds(), Latency: latency}
		}
	}
	testdb.Compare(b, w.db, "searches", search(few), search(many))
}
