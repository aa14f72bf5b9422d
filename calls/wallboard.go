package calls

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/postgres"
)

// Wallboard is the state of a bank's queue, now and today.
type Wallboard struct {
	At        time.Time
	Waiting   int           // who waits for a first agent, on the page or not
	Longest   time.Duration // the longest wait of those
	Calls     int           // that ring or go on
	Agents    []Presence
	Since     time.Time // today's beginning, in the bank's time zone
	Today     Day
	Scenarios []ScenarioBoard // those with anything to tell
	Skills    []SkillBoard    // those that somebody who waits is to be served with
	Nodes     []NodeBoard     // heard of within nodeShown, or with a live call of the bank
}

// SkillBoard is who waits for a skill. Someone who is to be served with two
// counts with both.
type SkillBoard struct {
	Skill   string
	Waiting int
	Longest time.Duration
	Ready   int // agents who are ready and have it, at whatever level
}

// NodeBoard is one machine of the gateway.
type NodeBoard struct {
	Node   string     // its public URL
	SeenAt *time.Time // its last sign of life; nil: it never gave one
	Up     bool       // within nodeDead
	Calls  int        // live ones of the bank
}

// nodeShown is how long a wallboard shows a node that is silent: one that was
// taken away is no news for ever.
const nodeShown = time.Hour

// ScenarioBoard is one scenario's part.
type ScenarioBoard struct {
	ScenarioID uuid.UUID
	Waiting    int
	Longest    time.Duration
	Today      Day
}

// Day counts those who entered the queue since the day began. A customer who
// left before an agent pressed Call is abandoned, also one for whom nobody had
// time. Who still waits counts as entered only.
type Day struct {
	Entered   int
	Served    int
	Abandoned int
	InTime    int           // served within the scenario's service_level_seconds
	Wait      time.Duration // mean, of those served
	Handle    time.Duration // mean length of the calls that ended, from the answer
	waits     time.Duration
	handles   time.Duration
	handled   int
}

// ServiceLevel is the share, 0 to 1, of those who were served in time, of all
// who were served or abandoned; 1 when there was nobody.
func (d Day) ServiceLevel() float64 {
	if d.Served+d.Abandoned == 0 {
		return 1
	}
	return float64(d.InTime) / float64(d.Served+d.Abandoned)
}

func (d *Day) mean() {
	if d.Served > 0 {
		d.Wait = d.waits / time.Duration(d.Served)
	}
	if d.handled > 0 {
		d.Handle = d.handles / time.Duration(d.handled)
	}
}

// Wallboard returns the bank's queue, now and since midnight. Pages read it
// again on the feed's queue.…, call.… and agent.presence_changed events.
func (s *Service) Wallboard(ctx context.Context, bankID uuid.UUID) (w Wallboard, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		settings, err := s.Banks.SettingsTx(ctx, tx)
		if err != nil {
			return err
		}
		zone, err := time.LoadLocation(settings.DefaultTimeZone)
		if err != nil {
			zone = time.UTC
		}
		w.At = s.Now()
		y, m, d := w.At.In(zone).Date()
		w.Since = time.Date(y, m, d, 0, 0, 0, 0, zone)
		if w.Agents, err = s.Presences(ctx, bankID); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `select count(*) from calls where bank_id = $1 and state in ('ringing', 'active')`, tx.BankID).Scan(&w.Calls); err != nil {
			return err
		}
		boards := map[uuid.UUID]*ScenarioBoard{}
		var order []uuid.UUID
		board := func(id uuid.UUID) *ScenarioBoard {
			if boards[id] == nil {
				boards[id] = &ScenarioBoard{ScenarioID: id}
				order = append(order, id)
			}
			return boards[id]
		}
		var scenario uuid.UUID
		var waiting, entered, served, abandoned, inTime, handled int
		var first *time.Time
		var total float64
		rows, err := tx.Query(ctx, `
			select scenario_id, count(*), min(entered_at) from queue_entries
			where bank_id = $1 and kind = 'serve' and state in ('waiting', 'offered') and (booking_id is not null or not on_page or seen_at >= $2)
			group by scenario_id order by scenario_id`, tx.BankID, w.At.Add(-gonePageAfter))
		if err != nil {
			return err
		}
		if _, err = pgx.ForEachRow(rows, []any{&scenario, &waiting, &first}, func() error {
			b := board(scenario)
			b.Waiting, b.Longest = waiting, w.At.Sub(*first)
			w.Waiting, w.Longest = w.Waiting+waiting, max(w.Longest, b.Longest)
			return nil
		}); err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `
			select scenario_id, count(*), count(*) filter (where state = 'served'), count(*) filter (where state in ('left', 'expired')),
			  count(*) filter (where state = 'served' and ended_at <= entered_at + make_interval(secs => coalesce((rules->>'service_level_seconds')::int, 20))),
			  coalesce(sum(extract(epoch from ended_at - entered_at)) filter (where state = 'served'), 0)::float8
			from queue_entries where bank_id = $1 and kind = 'serve' and entered_at >= $2 group by scenario_id order by scenario_id`, tx.BankID, w.Since)
		if err != nil {
			return err
		}
		if _, err = pgx.ForEachRow(rows, []any{&scenario, &entered, &served, &abandoned, &inTime, &total}, func() error {
			waits := time.Duration(total * float64(time.Second))
			for _, d := range []*Day{&w.Today, &board(scenario).Today} {
				d.Entered, d.Served, d.Abandoned, d.InTime, d.waits = d.Entered+entered, d.Served+served, d.Abandoned+abandoned, d.InTime+inTime, d.waits+waits
			}
			return nil
		}); err != nil {
			return err
		}
		rows, err = tx.Query(ctx, `
			select scenario_id, count(*), coalesce(sum(extract(epoch from ended_at - answered_at)), 0)::float8 from calls
			where bank_id = $1 and state = 'ended' and answered_at is not null and ended_at >= $2 and created_at >= $3
			group by scenario_id order by scenario_id`, tx.BankID, w.Since, w.Since.Add(-24*time.Hour))
		if err != nil {
			return err
		}
		if _, err = pgx.ForEachRow(rows, []any{&scenario, &handled, &total}, func() error {
			for _, d := range []*Day{&w.Today, &board(scenario).Today} {
				d.handled, d.handles = d.handled+handled, d.handles+time.Duration(total*float64(time.Second))
			}
			return nil
		}); err != nil {
			return err
		}
		w.Today.mean()
		for _, id := range order {
			boards[id].Today.mean()
			w.Scenarios = append(w.Scenarios, *boards[id])
		}
		if w.Skills, err = skillBoardsTx(ctx, tx, w); err != nil {
			return err
		}
		w.Nodes, err = nodeBoardsTx(ctx, tx, w.At)
		return err
	})
	return w, err
}

func skillBoardsTx(ctx context.Context, tx *postgres.Tx, w Wallboard) ([]SkillBoard, error) {
	rows, _ := tx.Query(ctx, `
		select k->>'skill', count(distinct e.id), min(e.entered_at) from queue_entries e,
		  jsonb_array_elements(case when jsonb_typeof(e.rules->'skills') = 'array' then e.rules->'skills' else '[]' end) k
		where e.bank_id = $1 and e.kind = 'serve' and e.state in ('waiting', 'offered') and (e.booking_id is not null or not e.on_page or e.seen_at >= $2)
		group by 1 order by 1`, tx.BankID, w.At.Add(-gonePageAfter))
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (b SkillBoard, err error) {
		var first time.Time
		if err = row.Scan(&b.Skill, &b.Waiting, &first); err != nil {
			return b, err
		}
		b.Longest = w.At.Sub(first)
		for _, a := range w.Agents {
			if a.State == Ready && a.Skills[b.Skill] > 0 {
				b.Ready++
			}
		}
		return b, nil
	})
}

func nodeBoardsTx(ctx context.Context, tx *postgres.Tx, now time.Time) ([]NodeBoard, error) {
	rows, _ := tx.Query(ctx, `
		with live as (select node, count(*) as calls from calls where bank_id = $1 and state in ('ringing', 'active') and node <> '' group by node)
		select coalesce(n.url, l.node), n.seen_at, coalesce(n.seen_at > $2, false), coalesce(l.calls, 0)
		from nodes n full join live l on l.node = n.url where n.seen_at > $3 or l.calls > 0 order by 1`, tx.BankID, now.Add(-nodeDead), now.Add(-nodeShown))
	return pgx.CollectRows(rows, pgx.RowToStructByPos[NodeBoard])
}
