package calls

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/postgres"
)

// Now is what a customer who called in at once would meet.
type Now struct {
	Possible bool // an agent who may serve the case is at work, and the wait is known
	Wait     time.Duration
}

// CallNow estimates how long the customer of a case would wait who entered the
// queue now: not at all when more agents who may serve the case are ready than
// customers wait before it, else by the median length of the last calls, as
// Place.EstimatedWait. Nothing is changed. A customer who has a place already
// asks Mine instead.
func (s *Service) CallNow(ctx context.Context, bankID, identificationID uuid.UUID) (n Now, err error) {
	err = s.DB.InBank(ctx, bankID, func(ctx context.Context, tx *postgres.Tx) error {
		idn, err := s.Identifications.GetTx(ctx, tx, identificationID)
		if err != nil {
			return err
		}
		c, err := s.Banks.CustomerTx(ctx, tx, idn.CustomerID)
		if err != nil {
			return err
		}
		now, r := s.Now(), rulesOf(idn.Scenario.Settings)
		e := Entry{IdentificationID: idn.ID, CustomerID: idn.CustomerID, ScenarioID: idn.ScenarioID, Kind: Serve, EnteredAt: now, Locale: c.Locale}
		e.Priority = r.SegmentPriority[c.Segment]
		working, err := s.workersTx(ctx, tx)
		if err != nil {
			return err
		}
		may := e.fit(r, working, now)
		if len(may) == 0 {
			return nil
		}
		ready := 0
		for _, w := range may {
			if w.State == Ready {
				ready++
			}
		}
		var before int
		var median float64
		if err := tx.QueryRow(ctx, `
			select (select count(*) from queue_entries q where q.bank_id = $1 and q.state in ('waiting', 'offered') and q.kind = 'serve'
			         and (q.booking_id is not null or not q.on_page or q.seen_at > $4) and q.rank_at < $2),
			  coalesce(
			    (select percentile_cont(0.5) within group (order by extract(epoch from ended_at - answered_at)) from
			      (select ended_at, answered_at from calls where bank_id = $1 and scenario_id = $3 and state = 'ended' and answered_at is not null order by id desc limit 20) last),
			    (select percentile_cont(0.5) within group (order by extract(epoch from ended_at - answered_at)) from
			      (select ended_at, answered_at from calls where bank_id = $1 and state = 'ended' and answered_at is not null order by id desc limit 20) last), 0)`,
			tx.BankID, rankAt(now, e.Priority), idn.ScenarioID, now.Add(-gonePageAfter)).Scan(&before, &median); err != nil {
			return err
		}
		switch {
		case before < ready:
			n = Now{Possible: true}
		case median > 0:
			n = Now{Possible: true, Wait: time.Duration(median * float64(before+1) / float64(len(may)) * float64(time.Second))}
		}
		return nil
	})
	return n, err
}
