package scheduling

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/postgres"
)

// hourly is a slot at every full hour.
var hourly = Rules{Length: time.Hour, Interval: time.Hour, Horizon: 60 * 24 * time.Hour}

// offered lists a day's slots by the hour of the clock in a zone, as "9 10×2".
func (w *world) offered(bank uuid.UUID, r Rules, d Date, zone string) string {
	w.t.Helper()
	location, err := loadZone(zone)
	w.must(err)
	slots, err := w.s.Slots(w.ctx, bank, r, d.Begins(location), d.Ends(location).Add(-time.Second), 0)
	w.must(err)
	var all []string
	for _, s := range slots {
		text := s.Start.In(location).Format("15")
		if s.Free > 1 {
			text += fmt.Sprintf("×%d", s.Free)
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

func (w *world) as(bank uuid.UUID, role visavis.Role, id uuid.UUID) context.Context {
	return visavis.WithActor(w.ctx, visavis.Actor{Kind: visavis.ActorAgent, BankID: bank, ID: id, Role: role})
}

func on(text string) Date {
	d, err := ParseDate(text)
	if err != nil {
		panic(err)
	}
	return d
}

func clocks(starts, ends string) (Clock, Clock) {
	a, err1 := ParseClock(starts)
	b, err2 := ParseClock(ends)
	if err1 != nil || err2 != nil {
		panic(starts + ends)
	}
	return a, b
}

func hoursOf(day time.Weekday, starts, ends, zone string) Hours {
	h := Hours{Weekday: day, TimeZone: zone}
	h.Starts, h.Ends = clocks(starts, ends)
	return h
}

// TestTheWeekAndItsExceptions: what each kind of exception does to an agent's
// Monday to Saturday in Kyiv, 9 to 13 with a break from 11 to 12.
func TestTheWeekAndItsExceptions(t *testing.T) {
	t.Parallel()
	w := setup(t)
	bank := w.bank()
	const kyiv = "Europe/Kyiv"
	var hours []Hours
	for d := time.Monday; d <= time.Saturday; d++ {
		pause := hoursOf(d, "11:00", "12:00", kyiv)
		pause.Break = true
		hours = append(hours, hoursOf(d, "09:00", "13:00", kyiv), pause)
	}
	agent := w.agent(bank, hours)
	add := func(e Exception) {
		t.Helper()
		if e.Last == (Date{}) {
			e.Last = e.First
		}
		_, err := w.s.AddException(w.ctx, bank, e)
		w.must(err)
	}
	want := func(date, zone, hours string) {
		t.Helper()
		if got := w.offered(bank, hourly, on(date), zone); got != hours {
			t.Errorf("%s in %s: %q, want %q", date, zone, got, hours)
		}
	}
	want("2027-02-02", kyiv, "09 10 12")
	want("2027-02-07", kyiv, "") // a Sunday

	add(Exception{Kind: Holiday, First: on("2027-02-02")}) // the whole bank's
	want("2027-02-02", kyiv, "")
	extra := Exception{AgentID: agent, Kind: Extra, First: on("2027-02-02")}
	extra.Starts, extra.Ends = clocks("15:00", "17:00")
	add(extra)
	want("2027-02-02", kyiv, "15 16") // on a holiday, too
	extra.First = on("2027-02-07")
	add(extra)
	want("2027-02-07", kyiv, "15 16")

	add(Exception{AgentID: agent, Kind: Absence, First: on("2027-02-03"), Last: on("2027-02-04")})
	want("2027-02-03", kyiv, "")
	want("2027-02-04", kyiv, "")
	want("2027-02-05", kyiv, "09 10 12")
	dentist := Exception{AgentID: agent, Kind: Absence, First: on("2027-02-05")}
	dentist.Starts, dentist.Ends = clocks("08:00", "10:00")
	add(dentist)
	want("2027-02-05", kyiv, "10 12")
	extra.First = on("2027-02-03") // not during an absence
	add(extra)
	want("2027-02-03", kyiv, "")

	// In Tokyo the agent works from 9 to 13 there.
	add(Exception{AgentID: agent, Kind: Travel, First: on("2027-02-08"), Last: on("2027-02-09"), TimeZone: "Asia/Tokyo"})
	want("2027-02-08", "Asia/Tokyo", "09 10 12")
	want("2027-02-08", kyiv, "02 03 05") // 9, 10 and 12 of the 8th in Tokyo
	want("2027-02-10", kyiv, "09 10 12")
	dentist.First = on("2027-02-09") // entered without a zone: the clock where the agent is
	add(dentist)
	want("2027-02-09", "Asia/Tokyo", "10 12")

	// A calendar of holidays, for the agent, for another, for everyone.
	other := w.agent(bank, nil)
	c, err := w.s.AddHolidays(w.ctx, bank, HolidayCalendar{Name: "Ukraine", Agents: []uuid.UUID{other}, Days: []NamedDay{{on("2027-02-12"), "A holiday"}}})
	w.must(err)
	want("2027-02-12", kyiv, "09 10 12")
	c.Agents = []uuid.UUID{agent}
	_, err = w.s.ReplaceHolidays(w.ctx, bank, c)
	w.must(err)
	want("2027-02-12", kyiv, "")
	c.Agents, c.Everyone, c.Days[0].Date = nil, true, on("2027-02-13")
	_, err = w.s.ReplaceHolidays(w.ctx, bank, c)
	w.must(err)
	want("2027-02-12", kyiv, "09 10 12")
	want("2027-02-13", kyiv, "")
	w.must(w.s.RemoveHolidays(w.ctx, bank, c.ID))
	want("2027-02-13", kyiv, "09 10 12")

	// What is refused or taken back does nothing.
	e, err := w.s.AddException(w.ctx, bank, Exception{AgentID: agent, Kind: Absence, First: on("2027-02-15"), Last: on("2027-02-15")})
	w.must(err)
	want("2027-02-15", kyiv, "")
	_, err = w.s.RemoveException(w.ctx, bank, e.ID)
	w.must(err)
	want("2027-02-15", kyiv, "09 10 12")

	// Another bank's are its own.
	if got := w.offered(w.bank(), hourly, on("2027-02-15"), kyiv); got != "" {
		t.Errorf("another bank offers %q", got)
	}
}

func TestWhoMayBeBooked(t *testing.T) {
	t.Parallel()
	w := setup(t)
	bank := w.bank()
	monday := []Hours{hoursOf(time.Tuesday, "09:00", "11:00", "UTC")}
	signer, speaker, plain := w.agent(bank, monday), w.agent(bank, monday), w.agent(bank, monday)
	w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `insert into agent_skills (bank_id, agent_id, skill, level) values ($1, $2, 'sign_language', 5), ($1, $3, 'sign_language', 2), ($1, $3, 'mortgages', 1)`,
			bank, signer, speaker)
		return err
	}))
	_, err := w.banks.UpdateAgent(w.ctx, bank, speaker, banks.AgentChange{Languages: &[]string{"vi"}})
	w.must(err)
	for _, c := range []struct {
		what string
		r    func(*Rules)
		want string
	}{
		{"anyone", func(*Rules) {}, "09×3 10×3"},
		{"a skill", func(r *Rules) { r.Skills = []Skill{{"sign_language", 1}} }, "09×2 10×2"},
		{"a skill at a level", func(r *Rules) { r.Skills = []Skill{{"sign_language", 3}} }, "09 10"},
		{"two skills", func(r *Rules) { r.Skills = []Skill{{"sign_language", 1}, {"mortgages", 1}} }, "09 10"},
		{"a skill that nobody has", func(r *Rules) { r.Skills = []Skill{{"farsi", 1}} }, ""},
		{"a language; who names none speaks any", func(r *Rules) { r.Language = "uk" }, "09×2 10×2"},
		{"the language of one", func(r *Rules) { r.Language = "vi" }, "09×3 10×3"},
		{"some agents", func(r *Rules) { r.EligibleAgents = []uuid.UUID{signer, plain} }, "09×2 10×2"},
		{"the one chosen", func(r *Rules) { r.AgentID = plain }, "09 10"},
		{"the one chosen is not among them", func(r *Rules) { r.AgentID, r.EligibleAgents = plain, []uuid.UUID{signer} }, ""},
		{"two beyond", func(r *Rules) { r.Overbooking = 2 }, "09×5 10×5"},
		{"a third beyond, rounded down", func(r *Rules) { r.OverbookingPercent = 40 }, "09×4 10×4"},
		{"as many beyond", func(r *Rules) { r.OverbookingPercent = 100 }, "09×6 10×6"},
		{"too few for one beyond", func(r *Rules) { r.OverbookingPercent = 33 }, "09×3 10×3"},
	} {
		r := hourly
		c.r(&r)
		if got := w.offered(bank, r, on("2027-02-02"), "UTC"); got != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}

	// The chosen agent's calendar is the one that is taken, and stays chosen when
	// the booking moves.
	n := newBooking(w.customer(bank), time.Date(2027, 2, 2, 9, 0, 0, 0, time.UTC))
	n.Rules = hourly
	n.Rules.AgentID = plain
	b, err := w.tryBook(bank, n)
	w.must(err)
	holder := func() string {
		return w.rows(bank, `select p.agent_id from bookings b join places p on p.bank_id = b.bank_id and p.id = b.place_id where b.bank_id = $1 and b.id = $2`, bank, b.ID)[0]
	}
	was := holder()
	if b.AgentID != plain || !strings.Contains(was, fmt.Sprint([16]byte(plain))) && was != plain.String() {
		t.Errorf("held by %s, want %s", was, plain)
	}
	moved, err := w.s.Move(w.ctx, bank, b.ID, b.Start.Add(time.Hour), hourly)
	w.must(err)
	if moved.AgentID != plain || holder() != was {
		t.Errorf("after the move held by %s for %s", holder(), moved.AgentID)
	}
	n.IdentificationID, n.Start = uuid.Must(uuid.NewV7()), moved.Start
	_, err = w.tryBook(bank, n)
	w.wantCode(err, visavis.Conflict, "slot_taken")
}

func TestBuffers(t *testing.T) {
	t.Parallel()
	w := setup(t)
	bank := w.bank()
	w.agent(bank, []Hours{hoursOf(time.Tuesday, "09:00", "14:00", "UTC")})
	r := hourly
	r.BufferBefore, r.BufferAfter = 30*time.Minute, 15*time.Minute
	date := on("2027-02-02")
	at := func(hour int) time.Time { return date.utc().Add(time.Duration(hour) * time.Hour) }
	if got := w.offered(bank, r, date, "UTC"); got != "09 10 11 12 13" {
		t.Fatalf("%q", got)
	}
	n := newBooking(w.customer(bank), at(11))
	n.Rules = r
	b, err := w.tryBook(bank, n)
	w.must(err)
	if got := w.offered(bank, r, date, "UTC"); got != "09 13" {
		t.Errorf("around 11 with buffers: %q", got)
	}
	// One without buffers of its own keeps those of the other.
	if got := w.offered(bank, hourly, date, "UTC"); got != "09 13" {
		t.Errorf("without buffers: %q", got)
	}
	n = newBooking(w.customer(bank), at(12))
	n.Rules = hourly
	_, err = w.tryBook(bank, n)
	w.wantCode(err, visavis.Conflict, "slot_taken")
	// A move takes them along.
	_, err = w.s.Move(w.ctx, bank, b.ID, at(9), r)
	w.must(err)
	if got := w.offered(bank, hourly, date, "UTC"); got != "11 12 13" {
		t.Errorf("after the move: %q", got)
	}
	// The database holds them even against who did not look.
	err = w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `
			insert into bookings (bank_id, id, identification_id, customer_id, scenario_id, place_id, during, time_zone, created_at, updated_at)
			select bank_id, gen_random_uuid(), gen_random_uuid(), customer_id, scenario_id, place_id, tstzrange($2, $3), 'UTC', now(), now()
			from bookings where bank_id = $1 and state = 'confirmed' limit 1`, bank, at(10), at(11))
		return err
	})
	if err == nil || !strings.Contains(err.Error(), "bookings_place_free") {
		t.Errorf("a booking in another's buffer: %v", err)
	}
}

// TestCapsHoldAgainstMany: 24 at once want a day that takes 5, and agents who take
// 2 a day each.
func TestCapsHoldAgainstMany(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what string
		cap  func(*Rules)
		want int64
	}{
		{"the scenario's", func(r *Rules) { r.DailyCap = 5 }, 5},
		{"the agents'", func(r *Rules) { r.AgentDailyCap = 2 }, 6},
		{"both", func(r *Rules) { r.DailyCap, r.AgentDailyCap = 4, 2 }, 4},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			bank := w.bank()
			for range 3 {
				w.agent(bank, AroundTheClock("UTC"))
			}
			r := hourly
			r.Zone, r.ScenarioID = "Asia/Tokyo", uuid.Must(uuid.NewV7())
			c.cap(&r)
			customer := w.customer(bank)
			tokyo, err := loadZone("Asia/Tokyo")
			w.must(err)
			date := on("2027-02-04")
			var got atomic.Int64
			var wg sync.WaitGroup
			for i := range 24 {
				wg.Go(func() {
					n := newBooking(customer, date.Begins(tokyo).Add(time.Duration(i)*time.Hour))
					n.Rules, n.ScenarioID = r, r.ScenarioID
					switch _, err := w.tryBook(bank, n); {
					case err == nil:
						got.Add(1)
					case visavis.CodeOf(err) != "slot_taken":
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if got.Load() != c.want {
				t.Errorf("%d were booked, want %d", got.Load(), c.want)
			}
			if left := w.offered(bank, r, date, "Asia/Tokyo"); left != "" {
				t.Errorf("a full day offers %q", left)
			}
			if next := w.offered(bank, r, date.AddDays(1), "Asia/Tokyo"); len(strings.Fields(next)) != 24 {
				t.Errorf("the next day offers %q", next)
			}
			w.checkInvariants(bank)

			// One that is moved within its day counts once.
			page, _, err := w.s.List(w.ctx, bank, Filter{}, postgres.Page{})
			w.must(err)
			starts := map[time.Time]bool{}
			for _, b := range page {
				starts[b.Start.UTC()] = true
			}
			for hour := range 24 {
				to := date.Begins(tokyo).Add(time.Duration(hour) * time.Hour)
				if !starts[to.UTC()] {
					if _, err := w.s.Move(w.ctx, bank, page[0].ID, to, r); err != nil {
						t.Errorf("move within the day: %v", err)
					}
					break
				}
			}
		})
	}
}

func TestCapacity(t *testing.T) {
	t.Parallel()
	w := setup(t)
	bank := w.bank()
	for range 2 {
		w.agent(bank, []Hours{hoursOf(time.Tuesday, "09:00", "12:00", "Europe/Kyiv")})
	}
	zone, err := loadZone("Europe/Kyiv")
	w.must(err)
	r := hourly
	r.Length, r.Interval, r.ScenarioID, r.Zone = 45*time.Minute, 15*time.Minute, uuid.Must(uuid.NewV7()), "Europe/Kyiv"
	tuesday := on("2027-02-02")
	customer := w.customer(bank)
	book := func(scenario uuid.UUID, d Date, clock string) Booking {
		t.Helper()
		at, err := ParseTime(d.String()+"T"+clock, zone)
		w.must(err)
		n := newBooking(customer, at)
		n.Rules, n.ScenarioID = r, scenario
		b, err := w.tryBook(bank, n)
		w.must(err)
		return b
	}
	show := func(r Rules, d Date) (lines []string) {
		t.Helper()
		bounds, err := Steps(d.Begins(zone), d.Ends(zone), zone, 60)
		w.must(err)
		all, err := w.s.Capacity(w.ctx, bank, r, bounds)
		w.must(err)
		for _, c := range all {
			line := fmt.Sprintf("%s %d places %d booked %d held %d free", c.Start.In(zone).Format("15"), c.Places, c.Booked, c.Held, c.Free)
			if c.Forecast != nil {
				line += fmt.Sprintf(" %v expected", *c.Forecast)
			}
			lines = append(lines, line)
		}
		return lines
	}
	equal := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s:\n %s\nwant\n %s", what, strings.Join(got, "\n "), strings.Join(want, "\n "))
		}
	}
	// Four calls of 45 minutes fit into three hours.
	equal("nothing booked", show(r, tuesday), "09 4 places 0 booked 0 held 4 free", "10 2 places 0 booked 0 held 2 free", "11 2 places 0 booked 0 held 2 free")
	book(r.ScenarioID, tuesday, "09:00")
	book(uuid.Must(uuid.NewV7()), tuesday, "10:30") // another scenario's takes the room, and is none of this
	got := show(r, tuesday)
	free, booked := 0, 0
	for _, line := range got {
		var hour, p, b, h, f int
		if _, err := fmt.Sscanf(line, "%d %d places %d booked %d held %d free", &hour, &p, &b, &h, &f); err != nil {
			t.Fatal(err)
		}
		free += f
		booked += b
	}
	if booked != 1 || free < 4 || free > 6 { // 3 and 2–3, or 2 and 3: by whose calendars were drawn
		t.Errorf("%d booked and %d free of 8: %v", booked, free, got)
	}
	capped := r
	capped.DailyCap = 3
	got = show(capped, tuesday)
	if !strings.HasPrefix(got[0], "09 3 places 1 booked 0 held 2 free") {
		t.Errorf("with a cap of 3: %v", got)
	}

	// Past weeks, over the change of the clocks on 28 March: 10 o'clock stays 10.
	w.clock.set(on("2027-03-01").utc())
	for i, hours := range []string{"10:00", "10:00", "10:15", ""} { // Tuesdays: 2, 9, 16, 23 March
		if hours != "" {
			book(r.ScenarioID, on("2027-03-02").AddDays(7*i), hours)
		}
	}
	book(r.ScenarioID, on("2027-03-09"), "10:45")
	w.must(w.db.InBank(w.ctx, bank, func(ctx context.Context, tx *postgres.Tx) error {
		// Ended as they do; those of February were cancelled.
		_, err := tx.Exec(ctx, `update bookings set state = case when lower(during) < '2027-03-01' then 'cancelled' when lower(during) < '2027-03-10' then 'kept' else 'missed' end
			where bank_id = $1`, bank)
		return err
	}))
	w.clock.set(on("2027-03-29").utc())
	// Since the first customer: 1, 2, 1, 0; what was cancelled is not expected again.
	got = show(r, on("2027-03-30"))
	equal("with a forecast", got, "09 4 places 0 booked 0 held 4 free 0 expected", "10 2 places 0 booked 0 held 2 free 1 expected", "11 2 places 0 booked 0 held 2 free 0 expected")
}
