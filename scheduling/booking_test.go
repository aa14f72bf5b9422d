package scheduling

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

func (w *world) wantCode(err error, kind visavis.Kind, code string) {
	w.t.Helper()
	if visavis.KindOf(err) != kind || visavis.CodeOf(err) != code {
		w.t.Fatalf("got %v (%s, %s), want %s %s", err, visavis.KindOf(err), visavis.CodeOf(err), kind, code)
	}
}

func TestSlotsAreFreeTimesOfEligibleAgents(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	monday := []Hours{{Weekday: time.Monday, Starts: 9 * 60, Ends: 10 * 60, TimeZone: "UTC"}}
	one := w.agent(bank, monday)
	w.agent(bank, []Hours{{Weekday: time.Monday, Starts: 9*60 + 30, Ends: 10*60 + 20, TimeZone: "UTC"}})
	show := func(r Rules) string {
		slots, err := w.s.Slots(w.ctx, bank, r, time.Time{}, day.AddDate(0, 0, 1), 0)
		w.must(err)
		out := ""
		for _, s := range slots {
			out += s.Start.Format("15:04") + strings.Repeat("+", s.Free) + " "
		}
		return out
	}
	check := func(what, got, want string) {
		t.Helper()
		if strings.TrimSpace(got) != want {
			t.Fatalf("%s: slots %q, want %q", what, got, want)
		}
	}
	check("two agents", show(quarter), "09:00+ 09:15+ 09:30++ 09:45++ 10:00+")
	r := quarter
	r.EligibleAgents = []uuid.UUID{one}
	check("one eligible", show(r), "09:00+ 09:15+ 09:30+ 09:45+")
	r = quarter
	r.Overbooking = 2
	check("overbooking", show(r), "09:00+++ 09:15+++ 09:30++++ 09:45++++ 10:00+++")
	r = quarter
	r.Length = 30 * time.Minute
	check("longer calls", show(r), "09:00+ 09:15+ 09:30++ 09:45+")
	w.book(bank, day.Add(9*time.Hour))
	check("one booked", show(quarter), "09:15+ 09:30++ 09:45++ 10:00+")
	check("longer calls around it", show(r), "09:15+ 09:30++ 09:45+")
	w.clock.set(day.Add(8*time.Hour + 40*time.Minute))
	check("an hour's notice", show(quarter), "09:45++ 10:00+")
	disabled := false
	_, err := w.banks.UpdateAgent(w.ctx, bank, one, banks.AgentChange{Enabled: &disabled})
	w.must(err)
	check("agent disabled", show(quarter), "09:45+ 10:00+")
	slots, err := w.s.Slots(w.ctx, bank, quarter, day.Add(9*time.Hour), day.AddDate(0, 0, 9), 3)
	w.must(err)
	if len(slots) != 3 || !slots[2].Start.Equal(day.AddDate(0, 0, 7).Add(9*time.Hour+30*time.Minute)) {
		t.Errorf("limit 3 over two Mondays: %v", slots)
	}
}

func TestBookingPromisesEverythingInOneTransaction(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("Europe/Kyiv"))
	start := day.Add(30 * time.Hour)
	b := w.book(bank, start)
	if b.State != Confirmed || !b.Start.Equal(start) || b.End.Sub(b.Start) != 15*time.Minute || b.TimeZone != "Europe/Kyiv" || b.Sequence != 0 {
		t.Fatalf("booking %+v", b)
	}
	want := []string{"2027-02-01T06:00:00Z reminder 24h", "2027-02-02T05:00:00Z reminder 1h", "2027-02-02T05:50:00Z reminder 10m", "2027-02-02T06:00:00Z booking_due "}
	if got := w.dues(bank, b.ID); !slices.Equal(got, want) {
		t.Errorf("due times %q, want %q", got, want)
	}
	messages := w.rows(bank, `
		select m.class, m.template, m.locale, m.time_zone, m.params->>'start', m.expires_at, l.purpose, l.identification_id = $2
		from messages m join links l on l.bank_id = m.bank_id and l.id = m.link_id where m.bank_id = $1`, bank, b.IdentificationID)
	if want := []string{"transaction booking_confirmed uk Europe/Kyiv 2027-02-02T06:00:00Z 2027-02-02T06:15:00Z manage true"}; !slices.Equal(messages, want) {
		t.Errorf("messages %q, want %q", messages, want)
	}
	if got := w.rows(bank, `select type, object_type from events where bank_id = $1 and object_id = $2`, bank, b.ID); !slices.Equal(got, []string{"booking.confirmed booking"}) {
		t.Errorf("events %q", got)
	}
	stored, err := w.s.Get(w.ctx, bank, b.ID)
	w.must(err)
	if stored.PlaceID != b.PlaceID || !stored.Start.Equal(b.Start) || !stored.CreatedAt.Equal(b.CreatedAt) {
		t.Errorf("stored %+v, returned %+v", stored, b)
	}
	w.checkInvariants(bank)
}

func TestBookingThatRollsBackLeavesNothing(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	customer := w.customer(bank)
	stop := errors.New("stop")
	err := w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		if _, err := w.s.BookTx(ctx, tx, newBooking(customer, day.Add(3*time.Hour))); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Fatal(err)
	}
	left := w.rows(bank, `
		select (select count(*) from bookings where bank_id = $1) + (select count(*) from due_times where bank_id = $1)
		     + (select count(*) from messages where bank_id = $1) + (select count(*) from events where bank_id = $1 and object_type = 'booking')`, bank)
	if !slices.Equal(left, []string{"0"}) {
		t.Errorf("%v rows are left of a booking that was rolled back", left)
	}
}

func TestBookingIsRefused(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, []Hours{{Weekday: time.Monday, Starts: 9 * 60, Ends: 10 * 60, TimeZone: "UTC"}})
	customer := w.customer(bank)
	nine := day.Add(9 * time.Hour)
	first := newBooking(customer, nine)
	_, err := w.tryBook(bank, first)
	w.must(err)
	first.Start = nine.Add(15 * time.Minute)
	_, err = w.tryBook(bank, first)
	w.wantCode(err, visavis.Conflict, "already_booked")
	for _, c := range []struct {
		what  string
		start time.Time
		kind  visavis.Kind
		code  string
	}{
		{"taken", nine, visavis.Conflict, "slot_taken"},
		{"nobody works", day.Add(12 * time.Hour), visavis.Conflict, "slot_taken"},
		{"reaches beyond the hours", day.Add(10*time.Hour - 14*time.Minute), visavis.Invalid, "invalid_request"},
		{"too soon", day.Add(45 * time.Minute), visavis.Conflict, "slot_taken"},
		{"past", day.Add(-24 * time.Hour), visavis.Conflict, "slot_taken"},
		{"too far", day.AddDate(0, 0, 14).Add(15 * time.Minute), visavis.Invalid, "invalid_request"},
		{"between slots", nine.Add(time.Minute), visavis.Invalid, "invalid_request"},
		{"a moment off", nine.Add(15*time.Minute + time.Nanosecond), visavis.Invalid, "invalid_request"},
	} {
		t.Log(c.what)
		_, err = w.tryBook(bank, newBooking(customer, c.start))
		w.wantCode(err, c.kind, c.code)
	}
	other := w.bank()
	w.agent(other, AroundTheClock("UTC"))
	_, err = w.tryBook(other, newBooking(customer, nine))
	w.wantCode(err, visavis.NotFound, "customer_not_found")
	w.checkInvariants(bank)
}

func TestMoveTakesEverythingAlong(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	b := w.book(bank, day.Add(30*time.Hour))
	w.clock.set(day.Add(8 * time.Hour)) // the 24 h reminder of the old time is past
	moved, err := w.s.Move(w.ctx, bank, b.ID, day.Add(32*time.Hour), quarter)
	w.must(err)
	if moved.ID != b.ID || moved.Sequence != 1 || !moved.Start.Equal(day.Add(32*time.Hour)) {
		t.Fatalf("moved %+v", moved)
	}
	want := []string{"2027-02-02T07:00:00Z reminder 1h", "2027-02-02T07:50:00Z reminder 10m", "2027-02-02T08:00:00Z booking_due "}
	if got := w.dues(bank, b.ID); !slices.Equal(got, want) {
		t.Errorf("due times %q, want %q: the 24 h reminder is for this very moment, which has passed", got, want)
	}
	if got := w.rows(bank, `select type from events where bank_id = $1 and object_id = $2 order by sequence`, bank, b.ID); !slices.Equal(got, []string{"booking.confirmed", "booking.moved"}) {
		t.Errorf("events %q", got)
	}
	got := w.rows(bank, `
		select m.template, m.params->>'start', m.state from messages m
		where m.bank_id = $1 order by m.id`, bank)
	if want := []string{"booking_confirmed 2027-02-02T06:00:00Z cancelled", "booking_moved 2027-02-02T08:00:00Z accepted"}; !slices.Equal(got, want) {
		t.Errorf("messages %q, want %q: what says the old time must not go out any more", got, want)
	}
	again, err := w.s.Move(w.ctx, bank, b.ID, day.Add(32*time.Hour), quarter)
	w.must(err)
	if again.Sequence != 1 {
		t.Errorf("a move to the same time counted: %+v", again)
	}
	// By less than its length: it stands in nobody's way but its own.
	r := quarter
	r.Interval = 5 * time.Minute
	w.clock.set(day.Add(8*time.Hour + time.Second))
	near, err := w.s.Move(w.ctx, bank, b.ID, day.Add(32*time.Hour+5*time.Minute), r)
	w.must(err)
	if near.PlaceID != moved.PlaceID || near.Sequence != 2 {
		t.Errorf("moved by 5 minutes %+v", near)
	}
	w.checkInvariants(bank)
}

func TestMoveToATakenTimeChangesNothing(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	a, b := w.book(bank, day.Add(30*time.Hour)), w.book(bank, day.Add(31*time.Hour))
	before := w.dues(bank, a.ID)
	_, err := w.s.Move(w.ctx, bank, a.ID, b.Start, quarter)
	w.wantCode(err, visavis.Conflict, "slot_taken")
	after, err := w.s.Get(w.ctx, bank, a.ID)
	w.must(err)
	if !after.Start.Equal(a.Start) || after.Sequence != 0 || !slices.Equal(w.dues(bank, a.ID), before) {
		t.Errorf("after a refused move: %+v, due times %v", after, w.dues(bank, a.ID))
	}
	w.checkInvariants(bank)
}

func TestMoveAndCancelThatRollBackLeaveRemindersUntouched(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	b := w.book(bank, day.Add(30*time.Hour))
	snapshot := func() []string {
		return w.rows(bank, `select id, due_at, kind, name from due_times where bank_id = $1 order by id`, bank)
	}
	before, stop := snapshot(), errors.New("stop")
	for what, change := range map[string]func(ctx context.Context, tx *postgres.Tx) error{
		"move": func(ctx context.Context, tx *postgres.Tx) error {
			_, err := w.s.MoveTx(ctx, tx, b.ID, day.Add(40*time.Hour), quarter)
			return err
		},
		"cancel": func(ctx context.Context, tx *postgres.Tx) error {
			_, err := w.s.CancelTx(ctx, tx, b.ID, "changed my mind")
			return err
		},
	} {
		err := w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
			if err := change(ctx, tx); err != nil {
				return err
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(what, err)
		}
		if after := snapshot(); !slices.Equal(before, after) {
			t.Errorf("%s was rolled back, due times were %v and are %v", what, before, after)
		}
	}
	w.checkInvariants(bank)
}

func TestCancelAndStates(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	b := w.book(bank, day.Add(30*time.Hour))
	cancelled, err := w.s.Cancel(w.ctx, bank, b.ID, "no time")
	w.must(err)
	if cancelled.State != Cancelled || cancelled.Sequence != 1 || cancelled.Reason != "no time" || len(w.dues(bank, b.ID)) > 0 {
		t.Fatalf("cancelled %+v, due times %v", cancelled, w.dues(bank, b.ID))
	}
	again, err := w.s.Cancel(w.ctx, bank, b.ID, "twice")
	w.must(err)
	if again.Sequence != 1 || again.Reason != "no time" {
		t.Errorf("cancelled twice: %+v", again)
	}
	_, err = w.s.Move(w.ctx, bank, b.ID, day.Add(31*time.Hour), quarter)
	w.wantCode(err, visavis.Conflict, "booking_closed")
	// The place is free again, and the identification may book anew.
	n := newBooking(b.CustomerID, b.Start)
	n.IdentificationID = b.IdentificationID
	next, err := w.tryBook(bank, n)
	w.must(err)
	state := func(to State) error {
		return w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
			_, err := w.s.StateTx(ctx, tx, next.ID, to, "")
			return err
		})
	}
	w.must(state(StateDue))
	w.must(state(StateDue))
	if got := w.dues(bank, next.ID); len(got) > 0 {
		t.Errorf("a due booking still has due times %v", got)
	}
	w.wantCode(state(Confirmed), visavis.Conflict, "booking_closed")
	_, err = w.s.Move(w.ctx, bank, next.ID, day.Add(31*time.Hour), quarter)
	w.wantCode(err, visavis.Conflict, "booking_closed")
	w.must(state(Missed))
	w.wantCode(state(Kept), visavis.Conflict, "booking_closed")
	_, err = w.s.Cancel(w.ctx, bank, next.ID, "")
	w.wantCode(err, visavis.Conflict, "booking_closed")
	got := w.rows(bank, `select type from events where bank_id = $1 and object_id = $2 order by sequence`, bank, next.ID)
	if want := []string{"booking.confirmed", "booking.due", "booking.missed"}; !slices.Equal(got, want) {
		t.Errorf("events %v, want %v", got, want)
	}
	other := w.bank()
	for what, err := range map[string]error{
		"get":    func() error { _, err := w.s.Get(w.ctx, other, b.ID); return err }(),
		"move":   func() error { _, err := w.s.Move(w.ctx, other, b.ID, day.Add(31*time.Hour), quarter); return err }(),
		"cancel": func() error { _, err := w.s.Cancel(w.ctx, other, b.ID, ""); return err }(),
	} {
		t.Log("another bank's", what)
		w.wantCode(err, visavis.NotFound, "booking_not_found")
	}
}

func TestListFiltersAndPages(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	w.agent(bank, AroundTheClock("UTC"))
	var ids []uuid.UUID
	for i := range 5 {
		ids = append(ids, w.book(bank, day.Add(time.Duration(24+i)*time.Hour)).ID)
	}
	_, err := w.s.Cancel(w.ctx, bank, ids[1], "")
	w.must(err)
	page, next, err := w.s.List(w.ctx, bank, Filter{From: day.Add(25 * time.Hour), To: day.Add(28 * time.Hour)}, postgres.Page{Limit: 2})
	w.must(err)
	if len(page) != 2 || page[0].ID != ids[3] || page[1].ID != ids[2] || next == "" {
		t.Fatalf("first page %v, next %q", page, next)
	}
	before, err := postgres.ParseCursor(next)
	w.must(err)
	page, next, err = w.s.List(w.ctx, bank, Filter{From: day.Add(25 * time.Hour), To: day.Add(28 * time.Hour)}, postgres.Page{Limit: 2, Before: before})
	w.must(err)
	if len(page) != 1 || page[0].ID != ids[1] || next != "" {
		t.Fatalf("second page %v, next %q", page, next)
	}
	page, _, err = w.s.List(w.ctx, bank, Filter{States: []State{Cancelled}}, postgres.Page{})
	w.must(err)
	if len(page) != 1 || page[0].ID != ids[1] {
		t.Errorf("cancelled ones: %v", page)
	}
	if page, _, err = w.s.List(w.ctx, w.bank(), Filter{}, postgres.Page{}); err != nil || len(page) != 0 {
		t.Errorf("another bank sees %v, %v", page, err)
	}
}

func TestWorkingHours(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	hours := []Hours{{Weekday: time.Tuesday, Starts: 9 * 60, Ends: 24 * 60, TimeZone: "Asia/Ho_Chi_Minh"}, {Weekday: time.Sunday, Starts: 0, Ends: 60, TimeZone: "UTC"}}
	agent := w.agent(bank, hours)
	got, err := w.s.WorkingHours(w.ctx, bank, agent)
	w.must(err)
	if len(got) != 2 || got[0].Weekday != time.Sunday || got[1].Ends != 24*60 || got[1].TimeZone != "Asia/Ho_Chi_Minh" || got[1].AgentID != agent {
		t.Fatalf("hours %v", got)
	}
	w.must(w.s.SetWorkingHours(w.ctx, bank, agent, nil))
	if got, err = w.s.WorkingHours(w.ctx, bank, uuid.Nil); err != nil || len(got) != 0 {
		t.Fatalf("after emptying: %v, %v", got, err)
	}
	for field, h := range map[string]Hours{
		"hours.0.ends":      {Weekday: 1, Starts: 600, Ends: 600, TimeZone: "UTC"},
		"hours.0.starts":    {Weekday: 1, Starts: 1440, Ends: 1441, TimeZone: "UTC"},
		"hours.0.weekday":   {Weekday: 7, Starts: 0, Ends: 600, TimeZone: "UTC"},
		"hours.0.time_zone": {Weekday: 1, Starts: 0, Ends: 600, TimeZone: "Local"},
	} {
		err := w.s.SetWorkingHours(w.ctx, bank, agent, []Hours{h})
		var e *visavis.Error
		if !errors.As(err, &e) || e.Kind != visavis.Invalid || len(e.Fields) != 1 || e.Fields[0].Name != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	w.wantCode(w.s.SetWorkingHours(w.ctx, w.bank(), agent, hours), visavis.NotFound, "agent_not_found")
}
