package otp

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// A start and a check by one statement queue their events for the endpoints that
// want them, and only for those.
func TestStartAndCheckReachWebhooks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	endpoint := func(types, state string) {
		t.Helper()
		query[int](w, `with e as (insert into webhook_endpoints (bank_id, id, url, types, secret, state, created_at, updated_at)
			values ($1, gen_random_uuid(), 'https://bank.example/hook', $2::text[], '', $3, now(), now()) returning 1) select count(*) from e`, types, state)
	}
	queued := func(kind string) int {
		return query[int](w, `select count(*) from webhook_deliveries d join events e on e.bank_id = $1 and e.id = d.event_id where d.bank_id = $1 and e.type = $2`, kind)
	}
	w.start("+84901234560", uuid.Nil)
	if n := queued("verification.started"); n != 0 {
		t.Fatalf("%d deliveries without an endpoint", n)
	}
	endpoint("{}", "enabled")
	endpoint("{verification.approved}", "enabled")
	endpoint("{}", "disabled")
	v := w.start("+84901234567", uuid.Nil)
	w.must(v.ID, "012345")
	if started, approved := queued("verification.started"), queued("verification.approved"); started != 1 || approved != 2 {
		t.Errorf("%d deliveries of the start, want 1; %d of the approval, want 2", started, approved)
	}
}

// Two starts of one number at once, both past the look for a living one: one
// verification, one code counted, one message. The one that was overtaken leaves
// nothing behind, and returns the other's.
func TestAStartThatIsOvertakenLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const phone, starts = "+84901234567", 2
	held, release, released := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() { // holds the number's count, at which both will wait
		released <- w.db.InBank(context.Background(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `insert into otp_subjects (bank_id, subject) values ($1, $2)`, w.bank, w.s.subjects(w.bank, phone, uuid.Nil)[0])
			close(held)
			<-release
			return err
		})
	}()
	<-held
	ids := make(chan uuid.UUID, starts)
	for range starts {
		go func() {
			v, err := w.s.Start(context.Background(), w.bank, StartRequest{Phone: phone, Purpose: "api"})
			if err != nil {
				t.Error(err)
			}
			ids <- v.ID
		}()
	}
	for query[int](w, `select count(distinct l.pid) from pg_locks l join pg_stat_activity a on a.pid = l.pid and a.datname = current_database()
		where not l.granted and $1::uuid is not null`) < starts {
		if t.Context().Err() != nil {
			t.Fatal("they do not wait")
		}
	}
	close(release)
	if err := <-released; err != nil {
		t.Fatal(err)
	}
	if a, b := <-ids, <-ids; a != b {
		t.Errorf("they are told of %s and %s", a, b)
	}
	for sql, what := range map[string]string{
		`select count(*) from verifications where bank_id = $1`:                            "verifications",
		`select sum(cardinality(sends)) from otp_subjects where bank_id = $1`:              "codes counted",
		`select count(*) from messages where bank_id = $1`:                                 "messages",
		`select count(*) from events where bank_id = $1 and type = 'verification.started'`: "events",
	} {
		if n := query[int](w, sql); n != 1 {
			t.Errorf("%d %s", n, what)
		}
	}
}
