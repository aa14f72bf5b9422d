package otp

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// gathered runs functions that each check once, or start once, so that all wait
// and then share a transaction.
func gathered[T any](w *world, t *postgres.Together[T], all ...func()) {
	w.t.Helper()
	if sizes := groups(w, t, all...); !slices.Equal(sizes, []int{len(all)}) {
		w.t.Errorf("they went in groups of %v, want one of %d", sizes, len(all))
	}
}

// groups is gathered for what need not be one group; it returns how many each had.
func groups[T any](w *world, t *postgres.Together[T], all ...func()) (sizes []int) {
	w.t.Helper()
	hold, taken := make(chan struct{}), make(chan bool)
	var zero T
	var done sync.WaitGroup
	queue, key := t.Queue, t.Key
	t.Key, t.Lanes = nil, 1 // what holds the lane has none, and all who wait for it go together
	t.Queue = func(b *pgx.Batch, bankID uuid.UUID, asked []T) {
		if any(asked[0]) == any(zero) {
			taken <- true
			<-hold
			b.Queue("select 1")
			return
		}
		sizes = append(sizes, len(asked))
		queue(b, bankID, asked)
	}
	for lanes := 0; lanes < t.Lanes; { // the first may be alone
		done.Go(func() {
			if err := t.Do(context.Background(), w.bank, zero, func() error { taken <- false; <-hold; return nil }); err != nil {
				w.t.Error(err)
			}
		})
		if <-taken {
			lanes++
		}
	}
	t.Key = key
	for i, fn := range all {
		done.Go(fn)
		for t.Waiting(w.bank) != i+1 && w.t.Context().Err() == nil {
			runtime.Gosched()
		}
	}
	close(hold)
	done.Wait()
	t.Queue, t.Lanes = queue, 0
	return sizes
}

// What a check comes to, and what it leaves in the database, is the same whether
// it is alone, in a transaction, and waits for its rows, or in company.
func TestACheckInCompanyIsAsOneAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	query[int](w, `with e as (insert into webhook_endpoints (bank_id, id, url, types, secret, state, created_at, updated_at)
		values ($1, gen_random_uuid(), 'https://bank.example/hook', '{verification.approved}', '', 'enabled', now(), now()) returning 1) select count(*) from e`)
	bound := uuid.New()
	change := func(set string) func(Verification) {
		return func(v Verification) {
			query[int](w, `with u as (update verifications set `+set+` where bank_id = $1 and id = $2 returning 1) select count(*) from u`, v.ID)
		}
	}
	subject := func(set string) func(Verification) {
		return func(v Verification) {
			query[int](w, `with u as (update otp_subjects set `+set+` where bank_id = $1 and subject = (select subjects[1] from verifications where bank_id = $1 and id = $2) returning 1)
				select count(*) from u`, v.ID)
		}
	}
	failures := func(n int, ago time.Duration) string {
		return fmt.Sprintf(`failures = array_fill('2026-03-05 09:00:00+00'::timestamptz - interval '%d seconds', array[%d])`, int(ago.Seconds()), n)
	}
	right, wrong := CheckRequest{Code: "012345", Purpose: "api"}, CheckRequest{Code: "999999", Purpose: "api"}
	cases := []struct {
		name    string
		want    string // the state that it is in, or the refusal's code
		before  func(Verification)
		asks    CheckRequest
		unknown bool
	}{
		{"right", "approved", nil, right, false},
		{"wrong", "pending", nil, wrong, false},
		{"the last try", "max_attempts", change("checks = 4"), wrong, false},
		{"right at the last try", "approved", change("checks = 4"), right, false},
		{"unknown", "verification_not_found", nil, right, true},
		{"another purpose", "verification_not_found", nil, CheckRequest{Code: "012345", Purpose: "visit"}, false},
		{"any purpose", "approved", nil, CheckRequest{Code: "012345"}, false},
		{"bound", "verification_not_found", change("bound_to = '" + bound.String() + "'"), right, false},
		{"bound otherwise", "verification_not_found", nil, CheckRequest{Code: "012345", BoundTo: bound}, false},
		{"digits", "invalid_request", nil, CheckRequest{Code: "01234567", Purpose: "api"}, false},
		{"ended", "verification_ended", change("state = 'cancelled'"), right, false},
		{"tried too often", "max_attempts", change("state = 'max_attempts'"), right, false},
		{"expired", "verification_expired", change("expires_at = '2026-03-05 08:00:00+00'"), right, false},
		{"linked", "invalid_request", change("link = 'x'"), right, false},
		{"an app's", "approved", change("ways = '{totp}'"), right, false},
		{"no code", "no_code", change("code_mac = ''"), right, false},
		{"not sent", "no_code", change("sends = 0"), right, false},
		{"the hook has not let it go", "no_code", change("risk = 'ask'"), right, false},
		{"a later way's code", "no_code", change("channel = 'push', ways = '{push,sms}', step = 0"), right, false},
		{"failed today", "pending", subject(failures(9, time.Hour)), wrong, false},
		{"failed too often", "too_many_failures", subject(failures(10, time.Hour)), right, false},
		{"failed too often, long ago", "pending", subject(failures(10, 25*time.Hour)), wrong, false},
		{"failed too often, ever", "too_many_failures", subject("total = 100"), right, false},
		{"a recovery, failed", "too_many_failures", func(v Verification) { change("purpose = 'recover'")(v); subject(failures(5, time.Hour))(v) }, CheckRequest{Code: "012345", Purpose: "recover"}, false},
		{"a recovery", "approved", func(v Verification) { change("purpose = 'recover'")(v); subject(failures(4, time.Hour))(v) }, CheckRequest{Code: "012345", Purpose: "recover"}, false},
		{"forgotten", "pending", func(v Verification) {
			query[int](w, `with d as (delete from otp_subjects where bank_id = $1 and subject = (select subjects[1] from verifications where bank_id = $1 and id = $2) returning 1) select count(*) from d`, v.ID)
		}, wrong, false},
	}
	type came struct {
		result Result
		err    string
		left   string
	}
	outcome := func(v Verification, r Result, err error) came {
		c := came{result: r, err: fmt.Sprint(err)}
		c.left = query[string](w, `select coalesce((select format('%s %s %s %s %s %s %s %s', state, reason, checks, ended_at, events, code_sealed is null, code_mac = '', step_due_at)
			from verifications where bank_id = $1 and id = $2), '')
			|| (select coalesce(string_agg(format(' | %s %s', total, failures), ','), ' | none') from otp_subjects where bank_id = $1 and subject = (select subjects[1] from verifications where bank_id = $1 and id = $2))
			|| (select coalesce(string_agg(format(' | %s %s %s %s %s %s', type, sequence, actor_kind, at, replace(replace(body, id::text, 'E'), object_id::text, 'V'),
				(select count(*) from webhook_deliveries d where d.bank_id = e.bank_id and d.event_id = e.id)), '' order by sequence), '') from events e where bank_id = $1 and object_id = $2)`, v.ID)
		return c
	}
	alone, company := make([]came, len(cases)), make([]came, len(cases))
	var vs []Verification
	var checks []func()
	errs, results := make([]error, len(cases)), make([]Result, len(cases))
	for i, c := range cases {
		for side := range 2 {
			v := w.start(fmt.Sprintf("+8490123%02d%02d", i, side), uuid.Nil)
			if c.before != nil {
				c.before(v)
			}
			if c.unknown {
				v.ID = uuid.New()
			}
			if side == 0 {
				r, err := w.s.CheckWith(t.Context(), w.bank, v.ID, c.asks, func(context.Context, *postgres.Tx) error { return nil })
				alone[i] = outcome(v, r, err)
				got := string(r.State)
				if err != nil {
					got = visavis.CodeOf(err)
				}
				if got != c.want {
					t.Errorf("%s: it came to %s, want %s", c.name, got, c.want)
				}
				continue
			}
			vs = append(vs, v)
			checks = append(checks, func() { results[i], errs[i] = w.s.CheckWith(t.Context(), w.bank, v.ID, c.asks, nil) })
		}
	}
	var again []string // those that company had nothing to say about
	queue := w.s.checks.Queue
	w.s.checks.Queue = func(b *pgx.Batch, bankID uuid.UUID, all []*checking) {
		queue(b, bankID, all)
		last := b.QueuedQueries[len(b.QueuedQueries)-1]
		read := last.Fn
		last.Fn = func(r pgx.BatchResults) error {
			err := read(r)
			if err != nil {
				t.Error(err)
			}
			for i, c := range all {
				if c.outcome == "again" {
					again = append(again, cases[i].name)
				}
			}
			return err
		}
	}
	gathered(w, &w.s.checks, checks...)
	if !slices.Equal(again, []string{"unknown", "forgotten"}) {
		t.Errorf("checked alone: %v", again)
	}
	states := map[string]int{}
	for i, c := range cases {
		company[i] = outcome(vs[i], results[i], errs[i])
		if alone[i] != company[i] {
			t.Errorf("%s:\nalone   %+v\ncompany %+v", c.name, alone[i], company[i])
		}
		states[alone[i].err]++
	}
	if len(states) < 8 { // the cases are as different as they say
		t.Errorf("only %d outcomes: %v", len(states), states)
	}
}

// Two codes of one number are checked in company: the first's failure counts for
// the second, whose check is then not looked at.
func TestAFailureCountsForWhoIsInTheSameCompany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const phone = "+84901234567"
	a := w.start(phone, uuid.Nil)
	b := w.start(phone, uuid.New())
	query[int](w, `with u as (update verifications set bound_to = null, purpose = 'visit' where bank_id = $1 and id = $2 returning 1) select count(*) from u`, b.ID)
	query[int](w, `with u as (update otp_subjects set failures = array_fill('2026-03-05 08:59:00+00'::timestamptz, array[9]) where bank_id = $1 returning 1) select count(*) from u`)
	var errs [2]error
	gathered(w, &w.s.checks,
		func() { _, errs[0] = w.check(a.ID, "999999") },
		func() { _, errs[1] = w.check(b.ID, "999999") })
	if errs[0] == nil {
		errs[0], errs[1] = errs[1], errs[0]
	}
	if errs[1] != nil || visavis.CodeOf(errs[0]) != "too_many_failures" {
		t.Errorf("got %v and %v, want one evaluated", errs[0], errs[1])
	}
	if n := query[int](w, `select max(cardinality(failures)) from otp_subjects where bank_id = $1`); n != SubjectFailures {
		t.Errorf("%d failures, want %d", n, SubjectFailures)
	}
}

// One whose row somebody else holds waits for it; the others in its company do not.
func TestAHeldVerificationHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.start("+84901234561", uuid.Nil), w.start("+84901234562", uuid.Nil)
	held, let := make(chan struct{}), make(chan struct{})
	var holder sync.WaitGroup
	holder.Go(func() {
		err := w.db.InBank(context.Background(), w.bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := tx.Exec(ctx, `update verifications set checks = 4 where bank_id = $1 and id = $2`, w.bank, a.ID)
			close(held)
			<-let
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-held
	gathered(w, &w.s.checks,
		func() {
			if r, err := w.check(a.ID, "999999"); err != nil || r.State != MaxAttempts {
				t.Errorf("%+v, %v: it has not seen what the holder wrote", r, err)
			}
		},
		func() {
			defer close(let) // when this is answered the row is held still
			if r, err := w.check(b.ID, "012345"); err != nil || !r.Approved {
				t.Errorf("%+v, %v", r, err)
			}
		})
	holder.Wait()
}

// Starts in company: each gets its own, the same number twice one verification,
// and what the database cannot keep harms no other.
func TestStartsInCompany(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const starts = 6
	var vs [starts]Verification
	var errs [starts]error
	var all []func()
	for i := range starts {
		r := StartRequest{Phone: fmt.Sprintf("+8490123456%d", i), Purpose: "api"}
		switch i {
		case 3:
			r.Phone = "+84901234562"
		case 4:
			r.Reference = "a\x00b"
		}
		all = append(all, func() { vs[i], errs[i] = w.s.Start(context.Background(), w.bank, r) })
	}
	if sizes := groups(w, &w.s.starts, all...); !slices.Equal(sizes, []int{starts - 1, 1}) { // the same number follows
		t.Errorf("they went in groups of %v", sizes)
	}
	for i := range starts {
		if (errs[i] == nil) != (i != 4) {
			t.Errorf("%d: %v", i, errs[i])
		}
	}
	if vs[2].ID != vs[3].ID || vs[0].ID == vs[1].ID {
		t.Errorf("they are told of %v", vs)
	}
	for sql, what := range map[string]string{
		`select count(*) from verifications where bank_id = $1`:                            "verifications",
		`select sum(cardinality(sends)) from otp_subjects where bank_id = $1`:              "codes counted",
		`select count(*) from messages where bank_id = $1`:                                 "messages",
		`select count(*) from events where bank_id = $1 and type = 'verification.started'`: "events",
	} {
		if n := query[int](w, sql); n != starts-2 {
			t.Errorf("%d %s, want %d", n, what, starts-2)
		}
	}
}

// What a number is let off or refused, and what is counted for it, is the same in
// a start's statement as in the function by which all else counts.
func TestAStartCountsAsAllElseDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.s.short, w.s.day = 5, 10
	ago := func(n int, ages ...string) string {
		var all []string
		for i := range n {
			all = append(all, fmt.Sprintf("timestamptz '2026-03-05 09:00Z' - interval '%s' + interval '%d ms'", ages[i%len(ages)], i))
		}
		return "array[" + strings.Join(all, ", ") + "]::timestamptz[]"
	}
	cases := []struct {
		set  string
		way  Way
		want bool
	}{
		{"", SMS, true},
		{"", Voice, true},
		{"total = 3", SMS, true},
		{"total = 3", Voice, true},
		{"total = 100", SMS, false},
		{"failures = " + ago(10, "1 hour"), SMS, false},
		{"failures = " + ago(9, "1 hour"), SMS, true},
		{"failures = " + ago(10, "25 hours"), SMS, true},
		{"sends = " + ago(5, "1 minute"), SMS, false},
		{"sends = " + ago(4, "1 minute"), SMS, true},
		{"sends = " + ago(5, "11 minutes"), SMS, true},
		{"sends = " + ago(10, "2 hours"), SMS, false},
		{"sends = " + ago(10, "2 hours", "25 hours"), SMS, true},
		{"voice = " + ago(3, "10 minutes"), SMS, true},
		{"voice = " + ago(3, "10 minutes"), Voice, false},
		{"voice = " + ago(3, "2 hours"), Voice, true},
		{"voice = " + ago(1, "2 hours", "1 minute") + ", sends = " + ago(2, "30 hours", "3 hours"), Voice, true},
	}
	const counted = `select concat_ws(' ', failures, total, sends, voice) from otp_subjects where bank_id = $1 and subject = $2`
	var all []func()
	errs := make([]error, len(cases))
	phone := func(i int) string { return fmt.Sprintf("+849012345%02d", i) }
	subject := func(phone string) []byte { return w.s.subjects(w.bank, phone, uuid.Nil)[0] }
	for i, c := range cases {
		for _, number := range []string{phone(i), phone(50 + i)} {
			if c.set != "" {
				query[int](w, `with s as (insert into otp_subjects (bank_id, subject) values ($1, $2)) select 1`, subject(number))
				query[int](w, `with s as (update otp_subjects set `+c.set+` where bank_id = $1 and subject = $2) select 1`, subject(number))
			}
		}
		all = append(all, func() {
			_, errs[i] = w.s.Start(context.Background(), w.bank, StartRequest{Phone: phone(i), Purpose: "api", Way: c.way})
		})
	}
	said := map[string]*starting{} // by their numbers: what is refused is looked at again, by the function
	w.s.starts.Queue = func(b *pgx.Batch, bankID uuid.UUID, all []*starting) {
		for _, one := range all {
			said[one.Phone] = one
		}
		w.s.queueStarts(b, bankID, all)
	}
	gathered(w, &w.s.starts, all...)
	for i, c := range cases {
		if outcome := said[phone(i)].outcome; (outcome == "started") != c.want {
			t.Errorf("%s by %s: the statement says %s, want %v", c.set, c.way, outcome, c.want)
		}
		other := subject(phone(50 + i))
		if ok := query[bool](w, `select visavis_otp_send($1, $2, $3, timestamptz '2026-03-05 09:00Z', $4)`, other, c.way == Voice, w.s.limits()); ok != c.want || (errs[i] == nil) != c.want {
			t.Errorf("%s by %s: the start says %v, the function %v, want %v", c.set, c.way, errs[i], ok, c.want)
		}
		if a, b := query[string](w, counted, subject(phone(i))), query[string](w, counted, other); a != b {
			t.Errorf("%s by %s: the start leaves %s, the function %s", c.set, c.way, a, b)
		}
	}
}
