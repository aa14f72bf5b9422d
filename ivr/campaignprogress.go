package ivr

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// tallies are a campaign's counts, which triggers keep (see 0030_campaigns.sql):
// reading them costs the same whatever the list's length.
type tallies map[string]int

func talliesTx(ctx context.Context, tx *postgres.Tx, campaign uuid.UUID) (tallies, error) {
	rows, _ := tx.Query(ctx, `select key, sum(n)::bigint from campaign_tallies where bank_id = $1 and campaign_id = $2 group by key`, tx.BankID, campaign)
	t := tallies{}
	var key string
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&key, &n}, func() error { t[key] = n; return nil }); err != nil {
		return nil, fmt.Errorf("read counts of campaign: %w", err)
	}
	return t, nil
}

// states sums how many contacts are in one of the states.
func (t tallies) states(names ...string) (n int) {
	for _, name := range names {
		n += t["state:"+name]
	}
	return n
}

func (t tallies) listed() int { return t.states("queued", "waiting", "calling", "done") }

// of returns the counts below a prefix, without zeros.
func (t tallies) of(prefix string) map[string]int {
	out := map[string]int{}
	for key, n := range t {
		if name, ok := strings.CutPrefix(key, prefix); ok && n != 0 {
			out[name] = n
		}
	}
	return out
}

// reached is how many contacts got as far as the stage, or further.
func (t tallies) reached(stage int) (n int) {
	for ; stage <= stageFinished; stage++ {
		n += t["stage:"+strconv.Itoa(stage)]
	}
	return n
}

// summary is what events tell.
func (t tallies) summary() map[string]any {
	return map[string]any{"contacts": t.listed(), "waiting": t.states("queued", "waiting"), "calling": t.states("calling"), "done": t.states("done"),
		"calls": t["calls"], "outcomes": t.of("outcome:")}
}

// Progress is how far a campaign is.
type Progress struct {
	Campaign Campaign
	At       time.Time
	// Contacts is how many are listed: Queued were not called yet, Waiting are to
	// be called again, Calling are under way, Done have their outcome.
	Contacts, Queued, Waiting, Calling, Done int
	Calls                                    int            // placed
	Outcomes                                 map[string]int // of those who are done
	// The funnel: how many got so far, each including the next.
	Called, Answered, Human, Finished, HandedOver int
	// AnsweredToday and AbandonedToday are what the brake of progressive pacing
	// goes by, in UTC days; 0 in fixed mode.
	AnsweredToday, AbandonedToday int
	// NextAt is when somebody may be called next, while nobody may now; nil: now,
	// not known, or never.
	NextAt *time.Time
}

// Progress counts a campaign's contacts. It costs the same for any list.
func (s *Campaigns) Progress(ctx context.Context, bankID, id uuid.UUID) (p Progress, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		c, err := campaignTx(ctx, tx, id, false)
		if err != nil {
			return err
		}
		t, err := talliesTx(ctx, tx, id)
		if err != nil {
			return err
		}
		now := s.Now()
		p = Progress{Campaign: c, At: now, Contacts: t.listed(), Queued: t.states("queued"), Waiting: t.states("waiting"), Calling: t.states("calling"),
			Done: t.states("done"), Calls: t["calls"], Outcomes: t.of("outcome:"),
			Called: t.reached(stageCalled), Answered: t.reached(stageAnswered), Human: t.reached(stageHuman), Finished: t.reached(stageFinished), HandedOver: t["handed_over"],
			AnsweredToday: t[dayKey(now, "humans")], AbandonedToday: t[dayKey(now, "abandoned")]}
		if c.State == CampaignRunning && p.Queued+p.Waiting > 0 && p.Calling == 0 {
			p.NextAt, err = s.nextTx(ctx, tx, c, now)
		}
		return err
	})
	return p, err
}

// nextTx says when somebody may be called next; nil when that is now, or never.
func (s *Campaigns) nextTx(ctx context.Context, tx *postgres.Tx, c Campaign, now time.Time) (*time.Time, error) {
	places, err := s.placesTx(ctx, tx, c)
	if err != nil {
		return nil, err
	}
	holidays, err := s.holidaysTx(ctx, tx, c.Settings, now)
	if visavis.KindOf(err) == visavis.NotFound { // it is about to be paused
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rows, _ := tx.Query(ctx, `select place, min(next_at) from campaign_contacts where bank_id = $1 and campaign_id = $2 and state in ('queued', 'waiting') group by place`,
		tx.BankID, c.ID)
	var id int16
	var due time.Time
	var next *time.Time
	_, err = pgx.ForEachRow(rows, []any{&id, &due}, func() error {
		if due.Before(now) {
			due = now
		}
		opens := c.Settings.opensAfter(places[id], holidays, due)
		if !opens.IsZero() && (next == nil || opens.Before(*next)) {
			next = &opens
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find the next contact: %w", err)
	}
	if next != nil && !next.After(now) {
		return nil, nil
	}
	return next, nil
}

// placesTx reads where the campaign's contacts are.
func (s *Campaigns) placesTx(ctx context.Context, tx *postgres.Tx, c Campaign) (map[int16]place, error) {
	rows, _ := tx.Query(ctx, `select place, region, zones from campaign_places where bank_id = $1 and campaign_id = $2`, tx.BankID, c.ID)
	places := map[int16]place{}
	var id int16
	var region string
	var zones []string
	_, err := pgx.ForEachRow(rows, []any{&id, &region, &zones}, func() error {
		p := place{region: region}
		for _, name := range zones {
			zone, err := loadZone(name)
			if err != nil {
				return err
			}
			p.zones = append(p.zones, zone)
		}
		places[id] = p
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read places: %w", err)
	}
	return places, nil
}

// holidaysTx reads the holidays of the next weeks. A calendar that was deleted
// since is an error: better nobody is called than on a holiday.
func (s *Campaigns) holidaysTx(ctx context.Context, tx *postgres.Tx, c CampaignSettings, now time.Time) (map[string]bool, error) {
	if s.Holidays == nil || len(c.HolidayCalendars) == 0 {
		return nil, nil
	}
	return s.Holidays.HolidayDaysTx(ctx, tx, c.HolidayCalendars, now.AddDate(0, 0, -1), now.AddDate(0, 0, 23))
}
