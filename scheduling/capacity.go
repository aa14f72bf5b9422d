package scheduling

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Capacity is what one scenario can take, and has taken, in one interval. Counts
// are of bookings that begin in it.
type Capacity struct {
	Start, End time.Time
	Places     int // if nothing else were booked
	Booked     int // live or over, but not cancelled
	Held       int // by customers who are filling in
	Free       int // how many more can be booked now
	// Forecast is how many customers are to be expected in all: the median of those
	// who had booked, or came without, in the same interval of the eight weeks
	// before (of those since the scenario's first customer); nil with fewer than two.
	Forecast *float64
}

const (
	maxCapacityDays = 62
	maxIntervals    = 3000
	forecastWeeks   = 8
	lastYear        = 9998 // what ends in 10000 cannot be written in RFC 3339
)

// CapacityIntervals are the steps of a capacity calendar.
var CapacityIntervals = []int{15, 30, 60, 120, 240, 1440}

// Steps returns the intervals from from to to whose beginnings the clocks of a
// zone show at multiples of so many minutes (one of CapacityIntervals) since
// midnight; days, for 1440. Where the clocks change one may be shorter or longer,
// or there twice. Invalid for more than 62 days or 3,000 intervals, and after the year 9998.
func Steps(from, to time.Time, zone *time.Location, minutes int) ([]time.Time, error) {
	if !slices.Contains(CapacityIntervals, minutes) {
		return nil, visavis.InvalidField("interval_minutes", "must be one of %v", CapacityIntervals)
	}
	first, last := DateOf(from.In(zone)), DateOf(to.In(zone))
	if !to.After(from) || last.Days(first) > maxCapacityDays {
		return nil, visavis.InvalidField("to", "must be after from, by at most %d days", maxCapacityDays)
	}
	if last.Year > lastYear {
		return nil, visavis.InvalidField("to", "must not be after the year %d", lastYear)
	}
	if last.Days(first)*24*60/minutes > maxIntervals {
		return nil, visavis.InvalidField("interval_minutes", "at most %d intervals; ask for longer ones or fewer days", maxIntervals)
	}
	var bounds []time.Time
	for d := first; !last.Before(d); d = d.AddDays(1) {
		bounds = append(bounds, d.Begins(zone))
		for c := Clock(minutes); c < 24*60; c += Clock(minutes) {
			bounds = append(bounds, Wall{d, c}.instants(zone)...)
		}
	}
	bounds = append(bounds, last.Ends(zone))
	slices.SortFunc(bounds, time.Time.Compare)
	bounds = slices.CompactFunc(bounds, time.Time.Equal)
	// Those that touch the time asked for.
	for len(bounds) > 1 && !bounds[1].After(from) {
		bounds = bounds[1:]
	}
	for len(bounds) > 1 && !bounds[len(bounds)-2].Before(to) {
		bounds = bounds[:len(bounds)-1]
	}
	return bounds, nil
}

// Capacity returns what the rules' scenario can take between each two of the
// bounds (see Steps), in order; intervals of which there is nothing to say are
// left out.
func (s *Service) Capacity(ctx context.Context, bankID uuid.UUID, r Rules, bounds []time.Time) (out []Capacity, err error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	zone, err := r.zone()
	if err != nil {
		return nil, err
	}
	if len(bounds) < 2 {
		return nil, nil
	}
	now := s.now()
	from, to := bounds[0], bounds[len(bounds)-1]
	all := make([]Capacity, len(bounds)-1)
	for i := range all {
		all[i].Start, all[i].End = bounds[i], bounds[i+1]
	}
	err = s.db.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		for i := range all {
			all[i].Places, all[i].Booked, all[i].Held, all[i].Free = 0, 0, 0, 0
		}
		// What begins in the last interval may end after it.
		places, err := s.calendarsTx(ctx, tx, r, from, to.Add(r.Length), uuid.Nil)
		if err != nil {
			return err
		}
		if err := places.takeTx(ctx, tx, r, from, to.Add(r.Length), uuid.Nil); err != nil {
			return err
		}
		first, last := r.window(now, from, to)
		for _, c := range places.calendars {
			pack(all, c.open, nil, r, from, to, func(i *Capacity) { i.Places++ })
			pack(all, subtractWide(c.open, c.taken, r), c.closed, r, first, last, func(i *Capacity) { i.Free++ })
		}
		if err := countBookingsTx(ctx, tx, r.ScenarioID, all); err != nil {
			return err
		}
		return forecastTx(ctx, tx, now, r.ScenarioID, zone, all)
	})
	if err != nil {
		return nil, fmt.Errorf("read capacity: %w", err)
	}
	capDays(all, r.DailyCap, zone)
	return slices.DeleteFunc(all, func(c Capacity) bool {
		return c.Places == 0 && c.Booked == 0 && c.Held == 0 && (c.Forecast == nil || *c.Forecast == 0)
	}), nil
}

// pack lays bookings one after another into open time, those that start from
// first to last and on no closed day, and counts each in the interval in which it
// begins.
func pack(all []Capacity, open, closed []interval, r Rules, first, last time.Time, count func(*Capacity)) {
	at := 0
	for _, o := range open {
		start := o.from
		if start.Before(first) {
			start = first
		}
		for start = r.alignUp(start); !start.Add(r.Length).After(o.to) && !start.After(last); start = r.alignUp(start.Add(r.Length + r.BufferBefore + r.BufferAfter)) {
			for at < len(all) && !all[at].End.After(start) {
				at++
			}
			if at == len(all) {
				return
			}
			if slices.ContainsFunc(closed, func(c interval) bool { return !start.Before(c.from) && start.Before(c.to) }) {
				continue
			}
			if !start.Before(all[at].Start) {
				count(&all[at])
			}
		}
	}
}

// subtractWide takes what is booked out of the open time, with the room that the
// buffers of one more booking need.
func subtractWide(open, taken []interval, r Rules) []interval {
	wide := make([]interval, len(taken))
	for i, t := range taken {
		wide[i] = interval{t.from.Add(-r.BufferAfter), t.to.Add(r.BufferBefore)}
	}
	return subtract(open, merge(wide))
}

// capDays lowers places and free to what the cap of a day leaves; the earlier
// intervals of a day keep theirs.
func capDays(all []Capacity, most int, zone *time.Location) {
	if most == 0 {
		return
	}
	taken, places, free := map[Date]int{}, map[Date]int{}, map[Date]int{}
	for _, c := range all {
		taken[DateOf(c.Start.In(zone))] += c.Booked + c.Held
	}
	for i := range all {
		c, day := &all[i], DateOf(all[i].Start.In(zone))
		c.Places = min(c.Places, most-places[day])
		places[day] += c.Places
		c.Free = min(c.Free, max(0, most-taken[day]-free[day]))
		free[day] += c.Free
	}
}

func countBookingsTx(ctx context.Context, tx *postgres.Tx, scenarioID uuid.UUID, all []Capacity) error {
	bounds := make([]time.Time, len(all))
	for i, c := range all {
		bounds[i] = c.Start
	}
	// width_bucket: 1 for what is in the first interval, and so on.
	rows, err := tx.Query(ctx, `
		select width_bucket(starts_at, $4::timestamptz[]) - 1, count(*) filter (where state <> 'held'), count(*) filter (where state = 'held')
		from bookings
		where bank_id = $1 and scenario_id = $5 and state <> 'cancelled' and starts_at >= $2 and starts_at < $3
		group by 1`, tx.BankID, all[0].Start, all[len(all)-1].End, bounds, scenarioID)
	if err != nil {
		return err
	}
	var i, booked, held int
	_, err = pgx.ForEachRow(rows, []any{&i, &booked, &held}, func() error {
		all[i].Booked, all[i].Held = booked, held
		return nil
	})
	return err
}

// forecastTx fills the forecasts in. What came in past weeks is counted by what
// the clock showed, in steps of 15 minutes, so that an interval is compared with
// the same hours of the wall clock over a change of the clocks.
func forecastTx(ctx context.Context, tx *postgres.Tx, now time.Time, scenarioID uuid.UUID, zone *time.Location, all []Capacity) error {
	until := now
	since := DateOf(now.In(zone))
	if d := DateOf(all[0].Start.In(zone)); d.Before(since) {
		since = d
	}
	began := since.AddDays(-7 * (forecastWeeks + 1)).Begins(zone)
	rows, err := tx.Query(ctx, `
		with came as (
			select starts_at as at from bookings
			where bank_id = $1 and scenario_id = $2 and state not in ('cancelled', 'held') and starts_at >= $3 and starts_at < $4
			union all
			-- Those who came without a booking stand in package calls' queue.
			select entered_at from queue_entries
			where bank_id = $1 and scenario_id = $2 and kind = 'serve' and booking_id is null and entered_at >= $3 and entered_at < $4
		)
		select floor(extract(epoch from at at time zone $5) / 900)::bigint, count(*) from came group by 1`,
		tx.BankID, scenarioID, began, until, zone.String())
	if err != nil {
		return err
	}
	came, first := map[int64]int{}, int64(-1)
	var quarter int64
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&quarter, &n}, func() error {
		came[quarter] = n
		if first < 0 || quarter < first {
			first = quarter
		}
		return nil
	}); err != nil || first < 0 {
		return err
	}
	const week = 7 * 24 * 4
	present := WallOf(now.In(zone)).utc().Unix() / 900
	for i := range all {
		c := &all[i]
		from := WallOf(c.Start.In(zone)).utc().Unix() / 900
		length := max(1, WallOf(c.End.In(zone)).utc().Unix()/900-from)
		back := from
		for back+length > present {
			back -= week
		}
		if back == from {
			back -= week // a past interval is not its own forecast
		}
		var counts []int
		for k := range forecastWeeks {
			begins := back - int64(k)*week
			if begins < first {
				break // before the first customer
			}
			sum := 0
			for q := begins; q < begins+length; q++ {
				sum += came[q]
			}
			counts = append(counts, sum)
		}
		if len(counts) >= 2 {
			c.Forecast = new(median(counts))
		}
	}
	return nil
}

func median(counts []int) float64 {
	slices.Sort(counts)
	n := len(counts)
	return float64(counts[(n-1)/2]+counts[n/2]) / 2
}
