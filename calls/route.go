package calls

import (
	"context"
	"crypto/rand"
	"math/big"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/postgres"
	"github.com/visavis/visavis/scheduling"
)

// lockRouteTx lets one transaction at a time match a bank's waiting with its
// ready, over all nodes. Take it before any row of the queue, presence or calls
// is locked, so that there is one order of locks.
func lockRouteTx(ctx context.Context, tx *postgres.Tx) error {
	_, err := tx.Exec(ctx, `select pg_advisory_xact_lock(hashtextextended('visavis.route:' || $1::text, 0))`, tx.BankID)
	return err
}

// routeTx offers those who wait to those who are ready: due bookings first, to
// one drawn at random; then who came first, to the agent who has been free
// longest. The caller holds lockRouteTx.
func (s *Service) routeTx(ctx context.Context, tx *postgres.Tx) error {
	now := s.Now()
	rows, _ := tx.Query(ctx, `
		select p.agent_id from agent_presence p join agents a on a.bank_id = p.bank_id and a.id = p.agent_id
		where p.bank_id = $1 and p.state = 'ready' and p.seen_at > $2 and a.enabled and a.role in ('agent', 'supervisor')
		order by p.since, p.agent_id`, tx.BankID, now.Add(-awayAfter))
	ready, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil || len(ready) == 0 {
		return err
	}
	waiting, err := waitingTx(ctx, tx)
	if err != nil {
		return err
	}
	settings, err := s.Banks.SettingsTx(ctx, tx)
	if err != nil {
		return err
	}
	for _, e := range waiting {
		if len(ready) == 0 {
			return nil
		}
		if e.State != EntryWaiting || e.BookingID == nil && e.gone(now) {
			continue
		}
		may, err := s.eligibleTx(ctx, tx, e, ready)
		if err != nil {
			return err
		}
		if len(may) == 0 {
			continue
		}
		fresh := slices.DeleteFunc(slices.Clone(may), func(a uuid.UUID) bool { return slices.Contains(e.PassedOver, a) })
		reset := len(fresh) == 0
		if reset { // everyone had a chance: a new round, after a pause
			if e.RestUntil != nil && now.Before(*e.RestUntil) {
				continue
			}
			fresh = may
		}
		agent := fresh[0]
		if e.BookingID != nil {
			if agent, err = draw(fresh); err != nil {
				return err
			}
		}
		expires := now.Add(seconds(settings.OfferSeconds))
		if _, err := tx.Exec(ctx, `update queue_entries set state = 'offered', offered_to = $3, offer_expires_at = $4,
			passed_over = case when $5 then '{}' else passed_over end where bank_id = $1 and id = $2`,
			tx.BankID, e.ID, agent, expires, reset); err != nil {
			return err
		}
		if err := s.presentTx(ctx, tx, agent, Offered); err != nil {
			return err
		}
		if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueOfferExpired, ObjectID: e.ID, At: expires}); err != nil {
			return err
		}
		e.State, e.OfferedTo = EntryOffered, &agent
		if err := s.entryEvent(ctx, tx, e, "queue.offered"); err != nil {
			return err
		}
		if err := s.Channels.NotifyAgentTx(ctx, tx, channels.AgentNotice{
			AgentID: agent, Type: "queue_offered", AboutID: e.ID, Path: "/console", ExpiresAt: expires}); err != nil {
			return err
		}
		ready = slices.DeleteFunc(ready, func(a uuid.UUID) bool { return a == agent })
	}
	return nil
}

// eligibleTx keeps of those who are ready the ones who lead calls of this kind:
// whom the scenario names, or everyone when it names nobody. Their order stays.
func (s *Service) eligibleTx(ctx context.Context, tx *postgres.Tx, e Entry, ready []uuid.UUID) ([]uuid.UUID, error) {
	idn, err := s.Identifications.GetTx(ctx, tx, e.IdentificationID)
	if err != nil {
		return nil, err
	}
	named := idn.Scenario.Settings.Agents
	if len(named) == 0 {
		return ready, nil
	}
	return slices.DeleteFunc(slices.Clone(ready), func(a uuid.UUID) bool { return !slices.Contains(named, a) }), nil
}

// draw picks one at random, unpredictably (BaFin 3/2017, ETSI TS 119 461
// VAL-8.3.3-13).
func draw(agents []uuid.UUID) (uuid.UUID, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(int64(len(agents))))
	if err != nil {
		return uuid.Nil, err
	}
	return agents[n.Int64()], nil
}
