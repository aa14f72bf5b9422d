package scheduling

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
)

// What a node remembers of who works when is what the database says, whoever
// changed it and wherever.
func TestRosterIsNeverStale(t *testing.T) {
	w := setup(t)
	other := node(t, w.url, w.clock)
	bank := w.bank()
	agent := w.agent(bank, AroundTheClock("UTC"))
	second := w.agent(bank, AroundTheClock("UTC"))
	customer := w.customer(bank)
	start := day.Add(26 * time.Hour)
	next := func() NewBooking {
		start = start.Add(time.Hour)
		return newBooking(customer, start)
	}
	book := func(n NewBooking, want string) {
		t.Helper()
		b, err := w.tryBook(bank, n)
		if want == "" && err != nil || want != "" && visavis.CodeOf(err) != want {
			t.Fatalf("booked: %v, want %q", err, want)
		}
		if err == nil {
			_, err := w.s.Cancel(w.ctx, bank, b.ID, "test")
			w.must(err)
		}
	}
	book(next(), "") // the node knows the bank now
	was := w.s.rosters.of(bank)
	if was == nil || len(was.agents) != 2 {
		t.Fatalf("the node remembers %+v", was)
	}
	book(next(), "")
	if w.s.rosters.of(bank) != was {
		t.Error("it was read again though nothing had changed")
	}

	// Each of them on the other node; afterwards nobody works.
	nobody := func(what string, change, back func()) {
		t.Helper()
		change()
		book(next(), "slot_taken")
		back()
		book(next(), "")
		if t.Failed() {
			t.Fatal(what)
		}
	}
	w.must(other.s.SetWorkingHours(w.ctx, bank, second, nil))
	book(next(), "")
	nobody("hours", func() { w.must(other.s.SetWorkingHours(w.ctx, bank, agent, nil)) },
		func() { w.must(other.s.SetWorkingHours(w.ctx, bank, agent, AroundTheClock("UTC"))) })
	enabled := func(on bool) func() {
		return func() {
			_, err := other.banks.UpdateAgent(w.ctx, bank, agent, banks.AgentChange{Enabled: &on})
			w.must(err)
		}
	}
	nobody("disabled", enabled(false), enabled(true))
	owner := func(sql string, args ...any) func() {
		return func() {
			w.must(other.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
				_, err := tx.Exec(ctx, sql, append([]any{bank}, args...)...)
				return err
			}))
		}
	}
	// Of one agent and of the whole bank.
	nobody("absence", owner(`insert into calendar_exceptions (bank_id, id, agent_id, kind, first_on, last_on, state, asked_kind, asked_at, decided_at)
		values ($1, gen_random_uuid(), $2, 'absence', '2027-02-01', '2027-02-28', 'approved', 'agent', now(), now())`, agent),
		owner(`update calendar_exceptions set state = 'withdrawn' where bank_id = $1`))
	calendar := uuid.New()
	owner(`insert into holiday_calendars (bank_id, id, name, everyone, created_at, updated_at) values ($1, $2, 'X', true, now(), now())`, calendar)()
	nobody("holiday", owner(`insert into holidays (bank_id, calendar_id, on_date, name) select $1, $2, d, 'X' from generate_series('2027-02-01'::date, '2027-02-28', '1 day') d`, calendar),
		owner(`delete from holidays where bank_id = $1`))

	// A skill, and a language.
	n := next()
	n.Rules.Skills = []Skill{{"sign_language", 3}}
	book(n, "slot_taken")
	owner(`insert into agent_skills (bank_id, agent_id, skill, level) values ($1, $2, 'sign_language', 3)`, agent)()
	book(n, "")
	n.Rules.Skills[0].Level = 4
	book(n, "slot_taken")
	n = next()
	n.Rules.Language = "vi"
	book(n, "")
	owner(`update agents set languages = '{uk}' where bank_id = $1`)()
	book(n, "slot_taken")

	// The ladder and the bank's setting.
	reminders := func() int {
		t.Helper()
		b, err := w.tryBook(bank, next())
		w.must(err)
		return len(w.dues(bank, b.ID)) - 1
	}
	if got := reminders(); got != 3 {
		t.Errorf("%d reminders by default", got)
	}
	_, err := other.banks.UpdateSettings(w.ctx, bank, banks.Settings{Countries: banks.AnyCountry(), ReminderOffsets: []int{3600}})
	w.must(err)
	if got := reminders(); got != 1 {
		t.Errorf("%d reminders by the setting", got)
	}
	step := func(seconds int) Step {
		return Step{OffsetSeconds: seconds, Channels: []channels.Channel{channels.SMS}}
	}
	w.must(other.s.SetLadder(w.ctx, bank, uuid.Nil, &Ladder{Steps: []Step{step(-3600), step(-7200)}}))
	if got := reminders(); got != 2 {
		t.Errorf("%d reminders by the ladder", got)
	}
}

// What a transaction saw of its own changes is not remembered when it is undone,
// and never taken for what another one does later.
func TestRosterOfUndoneChanges(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	agent := w.agent(bank, AroundTheClock("UTC"))
	customer := w.customer(bank)
	stop := errors.New("stop")
	err := w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := tx.Exec(ctx, `delete from working_hours where bank_id = $1 and agent_id = $2`, bank, agent); err != nil {
			return err
		}
		if _, err := w.s.BookTx(ctx, tx, newBooking(customer, day.Add(26*time.Hour))); visavis.CodeOf(err) != "slot_taken" {
			t.Errorf("booked where nobody works: %v", err)
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	if _, err := w.tryBook(bank, newBooking(customer, day.Add(26*time.Hour))); err != nil {
		t.Errorf("what was undone is remembered: %v", err)
	}
}
