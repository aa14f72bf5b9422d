package scheduling

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// eventsOf lists the types of an object's events.
func (w *world) eventsOf(bank, object uuid.UUID) string {
	w.t.Helper()
	return strings.Join(w.rows(bank, `select type from events where bank_id = $1 and object_id = $2 order by sequence`, bank, object), " ")
}

func TestHoursAreApprovedByAnother(t *testing.T) {
	t.Parallel()
	w := setup(t)
	bank := w.bank()
	nine := []Hours{hoursOf(time.Tuesday, "09:00", "11:00", "UTC")}
	ten := []Hours{hoursOf(time.Tuesday, "10:00", "12:00", "UTC")}
	agent, boss, other := w.agent(bank, nine), w.agent(bank, nil), w.agent(bank, nil)
	self, supervisor := w.as(bank, visavis.RoleAgent, agent), w.as(bank, visavis.RoleSupervisor, boss)
	want := func(hours string) {
		t.Helper()
		if got := w.offered(bank, hourly, on("2027-02-02"), "UTC"); got != hours {
			t.Errorf("offered %q, want %q", got, hours)
		}
	}
	c, err := w.s.ChangeHours(self, bank, agent, ten)
	w.must(err)
	if c.State != Requested {
		t.Errorf("one's own hours are %s", c.State)
	}
	want("09 10")
	_, err = w.s.ChangeHours(self, bank, other, ten)
	w.wantCode(err, visavis.NotFound, "agent_not_found")
	for _, ctx := range []context.Context{self, w.as(bank, visavis.RoleSupervisor, agent)} {
		_, err = w.s.ApproveHours(ctx, bank, c.ID, "")
		w.wantCode(err, visavis.Forbidden, "four_eyes")
	}
	_, err = w.s.HoursChange(w.as(bank, visavis.RoleAgent, other), bank, c.ID)
	w.wantCode(err, visavis.NotFound, "hours_change_not_found")
	_, err = w.s.WithdrawHours(w.as(bank, visavis.RoleAgent, other), bank, c.ID, "")
	w.wantCode(err, visavis.NotFound, "hours_change_not_found")
	_, err = w.s.HoursChange(supervisor, w.bank(), c.ID)
	w.wantCode(err, visavis.NotFound, "hours_change_not_found")

	// A new request replaces the one that waits; a rejected one does nothing.
	d, err := w.s.ChangeHours(self, bank, agent, ten)
	w.must(err)
	_, err = w.s.ApproveHours(supervisor, bank, c.ID, "")
	w.wantCode(err, visavis.Conflict, "already_decided")
	_, err = w.s.RejectHours(supervisor, bank, d.ID, "not in February")
	w.must(err)
	want("09 10")

	e, err := w.s.ChangeHours(self, bank, agent, ten)
	w.must(err)
	done, err := w.s.ApproveHours(supervisor, bank, e.ID, "fine")
	w.must(err)
	if done.State != Approved || *done.AskedBy != agent || *done.DecidedBy != boss || done.Note != "fine" {
		t.Errorf("%+v", done.Approval)
	}
	want("10 11")
	if got := w.eventsOf(bank, e.ID); got != "hours_change.requested hours_change.approved" {
		t.Errorf("events %s", got)
	}

	// What was asked of other hours than there are now is not put into force.
	f, err := w.s.ChangeHours(self, bank, agent, nine)
	w.must(err)
	_, err = w.s.ChangeHours(supervisor, bank, agent, append(ten, hoursOf(time.Friday, "10:00", "12:00", "UTC")))
	w.must(err)
	_, err = w.s.ApproveHours(supervisor, bank, f.ID, "")
	w.wantCode(err, visavis.Conflict, "hours_changed")
	_, err = w.s.WithdrawHours(self, bank, f.ID, "")
	w.must(err)

	// The history has it all, with what was before.
	all, _, err := w.s.ListHoursChanges(supervisor, bank, agent, "", postgres.Page{})
	w.must(err)
	var states []string
	for _, c := range all {
		states = append(states, string(c.State))
	}
	if got := strings.Join(states, " "); got != "approved withdrawn approved rejected withdrawn approved" {
		t.Errorf("history: %s", got)
	}
	if before := all[2].Before; len(before) != 1 || before[0].Starts != nine[0].Starts {
		t.Errorf("before: %+v", before)
	}
	mine, _, err := w.s.ListHoursChanges(w.as(bank, visavis.RoleAgent, other), bank, uuid.Nil, "", postgres.Page{})
	w.must(err)
	if len(mine) != 1 { // the one that the test began with
		t.Errorf("another agent sees %d changes", len(mine))
	}
}

func TestExceptionsAreApprovedByAnother(t *testing.T) {
	t.Parallel()
	w := setup(t)
	bank := w.bank()
	agent, boss := w.agent(bank, []Hours{hoursOf(time.Tuesday, "09:00", "11:00", "UTC")}), w.agent(bank, nil)
	self, supervisor := w.as(bank, visavis.RoleAgent, agent), w.as(bank, visavis.RoleSupervisor, boss)
	absence := Exception{AgentID: agent, Kind: Absence, First: on("2027-02-02"), Last: on("2027-02-02")}
	e, err := w.s.AddException(self, bank, absence)
	w.must(err)
	if got := w.offered(bank, hourly, on("2027-02-02"), "UTC"); e.State != Requested || got != "09 10" {
		t.Errorf("%s, offered %q", e.State, got)
	}
	_, err = w.s.ApproveException(w.as(bank, visavis.RoleAdministrator, agent), bank, e.ID, "")
	w.wantCode(err, visavis.Forbidden, "four_eyes")
	_, err = w.s.ApproveException(supervisor, bank, e.ID, "")
	w.must(err)
	if got := w.offered(bank, hourly, on("2027-02-02"), "UTC"); got != "" {
		t.Errorf("offered %q", got)
	}
	_, err = w.s.RejectException(supervisor, bank, e.ID, "")
	w.wantCode(err, visavis.Conflict, "already_decided")
	_, err = w.s.RemoveException(self, bank, e.ID)
	w.wantCode(err, visavis.Conflict, "already_decided")
	_, err = w.s.AddException(self, bank, Exception{Kind: Holiday, First: on("2027-02-02"), Last: on("2027-02-02")})
	w.wantCode(err, visavis.NotFound, "agent_not_found")
	// A supervisor's own waits for another, too; so does taking approved time back.
	own, err := w.s.AddException(supervisor, bank, Exception{AgentID: boss, Kind: Absence, First: on("2027-02-02"), Last: on("2027-02-02")})
	w.must(err)
	_, err = w.s.ApproveException(supervisor, bank, own.ID, "")
	w.wantCode(err, visavis.Forbidden, "four_eyes")
	_, err = w.s.ApproveException(w.as(bank, visavis.RoleSupervisor, uuid.Must(uuid.NewV7())), bank, own.ID, "")
	w.must(err)
	_, err = w.s.RemoveException(supervisor, bank, own.ID)
	w.wantCode(err, visavis.Forbidden, "four_eyes")
	// What another entered for them is theirs to keep, too.
	entered, err := w.s.AddException(w.ctx, bank, Exception{AgentID: boss, Kind: Absence, First: on("2027-02-09"), Last: on("2027-02-09")})
	w.must(err)
	_, err = w.s.RemoveException(supervisor, bank, entered.ID)
	w.wantCode(err, visavis.Forbidden, "four_eyes")
	if got := w.eventsOf(bank, e.ID); got != "calendar_exception.requested calendar_exception.approved" {
		t.Errorf("events %s", got)
	}
	for field, change := range map[string]func(*Exception){
		"agent_id":  func(e *Exception) { e.AgentID = uuid.Nil },
		"kind":      func(e *Exception) { e.Kind = "party" },
		"last_on":   func(e *Exception) { e.Last = on("2027-02-01") },
		"first_on":  func(e *Exception) { e.First, e.Last = on("1999-01-01"), on("1999-01-01") },
		"starts":    func(e *Exception) { e.Kind = Extra },
		"ends":      func(e *Exception) { e.Starts, e.Ends = clocks("12:00", "11:00") },
		"time_zone": func(e *Exception) { e.Kind = Travel },
	} {
		e := absence
		change(&e)
		_, err := w.s.AddException(w.ctx, bank, e)
		if !strings.HasPrefix(errText(err), field+":") {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestConflictsAreListedAndReseated: an absence leaves bookings without their
// agent. None is dropped: one goes to the other agent, one finds nobody, one was
// made with this very agent.
func TestConflictsAreListedAndReseated(t *testing.T) {
	t.Parallel()
	w := setup(t)
	bank := w.bank()
	hours := []Hours{hoursOf(time.Tuesday, "09:00", "12:00", "UTC")}
	leaving := w.agent(bank, hours)
	at := func(hour int) time.Time { return on("2027-02-02").utc().Add(time.Duration(hour) * time.Hour) }
	book := func(hour int, agent uuid.UUID) Booking {
		t.Helper()
		n := newBooking(w.customer(bank), at(hour))
		n.Rules = hourly
		n.Rules.AgentID = agent
		b, err := w.tryBook(bank, n)
		w.must(err)
		return b
	}
	free, stuck, named := book(9, uuid.Nil), book(10, uuid.Nil), book(11, leaving)
	staying := w.agent(bank, hours)
	book(10, staying)

	absence := Exception{AgentID: leaving, Kind: Absence, First: on("2027-02-02"), Last: on("2027-02-02")}
	e, err := w.s.AddException(w.as(bank, visavis.RoleAgent, leaving), bank, absence)
	w.must(err)
	preview, err := w.s.Exception(w.as(bank, visavis.RoleSupervisor, staying), bank, e.ID)
	w.must(err)
	if len(e.Conflicts) != 3 || len(preview.Conflicts) != 3 || preview.Conflicts[0].Action != Undecided || preview.Conflicts[0].BookingID != free.ID {
		t.Errorf("of what waits: %+v", preview.Conflicts)
	}
	e, err = w.s.ApproveException(w.as(bank, visavis.RoleSupervisor, staying), bank, e.ID, "")
	w.must(err)
	if len(e.Conflicts) != 3 {
		t.Fatalf("%+v", e.Conflicts)
	}
	for i, want := range []struct {
		b      Booking
		action ConflictAction
	}{{free, Reseated}, {stuck, NobodyFree}, {named, NamedAgent}} {
		c := e.Conflicts[i]
		if c.BookingID != want.b.ID || c.AgentID != leaving || !c.Start.Equal(want.b.Start) {
			t.Errorf("conflict %d: %+v", i, c)
		}
		w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
			action, err := w.s.ReseatTx(ctx, tx, c.BookingID, hourly)
			if action != want.action {
				t.Errorf("booking at %v: %s, want %s", c.Start, action, want.action)
			}
			return err
		}))
		now, err := w.s.Get(w.ctx, bank, c.BookingID)
		w.must(err)
		if now.State != Confirmed || !now.Start.Equal(want.b.Start) || now.Sequence != 0 || (now.PlaceID != want.b.PlaceID) != (want.action == Reseated) {
			t.Errorf("booking after it: %+v", now)
		}
	}
	w.checkInvariants(bank)

	// Hours tell the same; what lies in the new hours is no conflict.
	c, err := w.s.ChangeHours(w.ctx, bank, staying, []Hours{hoursOf(time.Tuesday, "10:00", "12:00", "UTC")})
	w.must(err)
	if len(c.Conflicts) != 1 || c.Conflicts[0].BookingID != free.ID {
		t.Errorf("after a change of hours: %+v", c.Conflicts)
	}
	// And calendars of holidays.
	h, err := w.s.AddHolidays(w.ctx, bank, HolidayCalendar{Name: "x", Everyone: true, Days: []NamedDay{{on("2027-02-02"), "x"}}})
	w.must(err)
	if len(h.Conflicts) != 4 {
		t.Errorf("a holiday collides with %d bookings, want 4", len(h.Conflicts))
	}
}
