package calls

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis/channels"
	"github.com/visavis/visavis/identifications"
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

// routePage is how many of those who wait are looked at together.
const routePage = 200

// routeTx offers those who wait, in the order of their ranks, to those who are
// ready: each to one whom the scenario's strategy chooses among those who may.
// Somebody whom none of the ready may serve holds nobody up. The caller holds
// lockRouteTx.
func (s *Service) routeTx(ctx context.Context, tx *postgres.Tx) error {
	now := s.Now()
	working, err := s.workersTx(ctx, tx)
	if err != nil {
		return err
	}
	ready := map[uuid.UUID]bool{}
	for _, w := range working {
		if w.State == Ready {
			ready[w.AgentID] = true
		}
	}
	if len(ready) == 0 {
		return nil
	}
	settings, err := s.Banks.SettingsTx(ctx, tx)
	if err != nil {
		return err
	}
	var after Entry
	for len(ready) > 0 {
		waiting, err := waitingAfterTx(ctx, tx, after, now)
		if err != nil {
			return err
		}
		for _, e := range waiting {
			if len(ready) == 0 {
				return nil
			}
			r, err := s.rulesTx(ctx, tx, e)
			if err != nil {
				return err
			}
			may := slices.DeleteFunc(e.fit(r, working, now), func(w worker) bool { return !ready[w.AgentID] })
			if len(may) == 0 {
				continue
			}
			fresh := slices.DeleteFunc(slices.Clone(may), func(w worker) bool { return slices.Contains(e.PassedOver, w.AgentID) })
			reset := len(fresh) == 0
			if reset { // everyone had a chance: a new round, after a pause
				if e.RestUntil != nil && now.Before(*e.RestUntil) {
					continue
				}
				fresh = may
			}
			round, err := s.chooseTx(ctx, tx, e, r, fresh)
			if err != nil {
				return err
			}
			if err := s.offerTo(ctx, tx, e, round, reset, now.Add(seconds(settings.OfferSeconds))); err != nil {
				return err
			}
			delete(ready, round.Chosen)
		}
		if len(waiting) < routePage {
			return nil
		}
		after = waiting[len(waiting)-1]
	}
	return nil
}

// offerTo offers an entry to the chosen agent, for as long as until.
func (s *Service) offerTo(ctx context.Context, tx *postgres.Tx, e Entry, round Round, reset bool, until time.Time) error {
	raw, err := json.Marshal([]Round{round})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `update queue_entries set state = 'offered', offered_to = $3, offer_expires_at = $4, offer_no = $5,
		draws = draws || $6::jsonb, passed_over = case when $7 then '{}' else passed_over end where bank_id = $1 and id = $2`,
		tx.BankID, e.ID, round.Chosen, until, round.Round, raw, reset); err != nil {
		return err
	}
	if err := s.presentTx(ctx, tx, round.Chosen, Offered); err != nil {
		return err
	}
	if err := s.Scheduling.AtTx(ctx, tx, scheduling.Due{Kind: scheduling.DueOfferExpired, ObjectID: e.ID, At: until}); err != nil {
		return err
	}
	e.State, e.OfferedTo, e.OfferNo = EntryOffered, &round.Chosen, round.Round
	if err := s.entryEvent(ctx, tx, e, "queue.offered", map[string]any{
		"strategy": round.Strategy, "candidates": len(round.Candidates), "candidates_sha256": CandidatesSHA256(e.ID, round)}); err != nil {
		return err
	}
	return s.Channels.NotifyAgentTx(ctx, tx, channels.AgentNotice{
		AgentID: round.Chosen, Type: "queue_offered", AboutID: e.ID, Path: "/console", ExpiresAt: until})
}

// waitingAfterTx returns the next of those who wait, in order, without those
// whose page is silent and those whose booking does not stand any more.
func waitingAfterTx(ctx context.Context, tx *postgres.Tx, after Entry, now time.Time) ([]Entry, error) {
	rows, _ := tx.Query(ctx, `select `+entryColumns+` from queue_entries e
		where bank_id = $1 and state = 'waiting' and (rank_at, id) > ($2, $3)
		  and (kind <> 'serve' or booking_id is not null or not on_page or seen_at >= $4)
		  and (booking_id is null or exists (select from bookings b where b.bank_id = e.bank_id and b.id = e.booking_id and b.state = 'due'))
		order by rank_at, id limit $5`, tx.BankID, after.RankAt, after.ID, now.Add(-gonePageAfter), routePage)
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Entry])
}

// Ranked strategies beside those of a scenario, as a round names them.
const (
	rankedTransfer = "transfer" // the agent who was named
	rankedNamed    = "named"    // the agent whom the customer chose when booking
)

// chooseTx chooses among those who may serve an entry, the longest ready first.
func (s *Service) chooseTx(ctx context.Context, tx *postgres.Tx, e Entry, r rules, may []worker) (Round, error) {
	round := Round{Round: e.OfferNo + 1, At: s.Now().UTC(), Strategy: r.Strategy}
	for _, w := range may {
		c := Candidate{AgentID: w.AgentID, Weight: 1}
		if r.Strategy == identifications.StrategyWeighted {
			c.Weight = r.weight(w)
		}
		round.Candidates = append(round.Candidates, c)
	}
	round.Chosen = may[0].AgentID
	if e.ToAgent != nil {
		round.Strategy = rankedTransfer
		return round, nil
	}
	if e.WantedAgent != nil && slices.ContainsFunc(may, func(w worker) bool { return w.AgentID == *e.WantedAgent }) {
		round.Strategy, round.Chosen = rankedNamed, *e.WantedAgent
		return round, nil
	}
	switch r.Strategy {
	case identifications.StrategyLeastOccupied:
		busy, err := s.occupiedTx(ctx, tx, may)
		if err != nil {
			return round, err
		}
		for _, w := range may {
			if busy[w.AgentID] < busy[round.Chosen] {
				round.Chosen = w.AgentID
			}
		}
	case identifications.StrategyRandom, identifications.StrategyWeighted:
		sortCandidates(round.Candidates)
		var sealed []byte
		if err := tx.QueryRow(ctx, `select seed from queue_entries where bank_id = $1 and id = $2`, tx.BankID, e.ID).Scan(&sealed); err != nil {
			return round, err
		}
		if sealed == nil { // entered before there were draws
			var commitment []byte
			sealed, commitment = s.newSeed(e.ID)
			if _, err := tx.Exec(ctx, `update queue_entries set seed = $3, commitment = $4 where bank_id = $1 and id = $2`, tx.BankID, e.ID, sealed, commitment); err != nil {
				return round, err
			}
		}
		seed, err := s.Keyring.Open(drawSeal, e.ID[:], sealed)
		if err != nil {
			return round, err
		}
		round.Chosen = drawAgent(seed, drawMessage(e.ID, round.Round, round.Candidates), round.Candidates)
	}
	return round, nil
}

// occupancyWindow is over how long the time in calls is compared.
const occupancyWindow = 8 * time.Hour

// occupiedTx returns how many seconds each agent spent in calls of late, from
// pressing Call to the end.
func (s *Service) occupiedTx(ctx context.Context, tx *postgres.Tx, agents []worker) (map[uuid.UUID]float64, error) {
	ids := make([]uuid.UUID, len(agents))
	for i, w := range agents {
		ids[i] = w.AgentID
	}
	now := s.Now()
	rows, err := tx.Query(ctx, `select agent_id, sum(extract(epoch from least(coalesce(to_at, $3), $3) - greatest(from_at, $4)))::float8
		from call_agents where bank_id = $1 and agent_id = any($2) and from_at > $5 and coalesce(to_at, $3) > $4 group by agent_id`,
		tx.BankID, ids, now, now.Add(-occupancyWindow), now.Add(-occupancyWindow-24*time.Hour))
	if err != nil {
		return nil, err
	}
	busy := map[uuid.UUID]float64{}
	var id uuid.UUID
	var seconds float64
	_, err = pgx.ForEachRow(rows, []any{&id, &seconds}, func() error { busy[id] = seconds; return nil })
	return busy, err
}
