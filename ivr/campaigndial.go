package ivr

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/visavis/visavis"
	"github.com/visavis/visavis/postgres"
)

// Timing of the loop. A campaign whose node was killed is taken up again within
// campaignLease + campaignPoll = 11 s; its calls are placed in one transaction
// with what says so, so that nothing else is left over.
const (
	campaignLease    = 10 * time.Second
	campaignPatience = 9 * time.Second
	campaignPoll     = time.Second
	campaignBatch    = 100             // contacts at a time: other campaigns have their turn
	endBatch         = 2000            // contacts that get their outcome at a time, without a call
	campaignIdle     = time.Minute     // between two looks while nobody may be called
	languageIdle     = 2 * time.Second // and while nobody on the list speaks what free agents do
	progressEvery    = 5 * time.Second
	// dialWithin is how long a call that is placed may wait for its dialling.
	dialWithin = 3 * time.Minute
	// deferBy is how long somebody waits who has had enough of messages, and
	// maxDeferred how often.
	deferBy     = 6 * time.Hour
	maxDeferred = 28 // a week
)

// turn is a campaign under our lease.
type turn struct{ bankID, id, lease uuid.UUID }

// Run works campaigns until ctx ends and what it has taken up is done. Any
// number of nodes may run it. Banks take turns, and so do the campaigns of a
// bank: each places a bounded number of calls, then it is the next one's turn.
func (s *Campaigns) Run(ctx context.Context) {
	loop := postgres.Loop[turn]{
		Name: "campaigns", Topic: topicCampaigns, Poll: campaignPoll, Batch: 32, Workers: 8,
		Claim: s.claim, Work: s.work, Now: s.Now, Logger: s.Log, Observe: s.Observe,
	}
	loop.Run(ctx, s.DB)
}

func (s *Campaigns) claim(ctx context.Context, tx *postgres.Tx, limit int) ([]turn, time.Time, error) {
	now := s.Now()
	rows, _ := tx.Query(ctx, `
		with due as materialized (
			select bank_id, id, row_number() over (partition by bank_id order by due_at, id) as place from campaigns
			where due_at <= $1 and (lease_until is null or lease_until <= $1)
		), taken as materialized (
			select c.bank_id, c.id from due join campaigns c using (bank_id, id)
			where c.due_at <= $1 and (c.lease_until is null or c.lease_until <= $1)
			order by due.place, c.due_at limit $2 for no key update of c skip locked
		)
		update campaigns c set lease = gen_random_uuid(), lease_until = $3 from taken t
		where c.bank_id = t.bank_id and c.id = t.id returning c.bank_id, c.id, c.lease`, now, limit, now.Add(campaignLease))
	turns, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t turn, err error) { return t, row.Scan(&t.bankID, &t.id, &t.lease) })
	if err != nil || len(turns) == limit {
		return turns, time.Time{}, err
	}
	var next *time.Time
	if err := tx.QueryRow(ctx, `select min(due_at) from campaigns where due_at > $1`, now).Scan(&next); err != nil || next == nil {
		return turns, time.Time{}, err
	}
	return turns, *next, nil
}

// work gives a campaign its turn.
func (s *Campaigns) work(ctx context.Context, t turn) {
	ctx, cancel := context.WithTimeout(visavis.WithActor(ctx, visavis.System(t.bankID)), campaignPatience)
	defer cancel()
	err := s.DB.InBank(ctx, t.bankID, func(ctx context.Context, tx *postgres.Tx) error { return s.turnTx(ctx, tx, t) })
	if err == nil || errors.Is(err, errTurnLost) {
		return
	}
	s.Log.Error("campaign failed", "bank", t.bankID, "campaign", t.id, "error", err)
	ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), campaignPatience)
	defer cancel()
	err = s.DB.InBank(ctx, t.bankID, func(ctx context.Context, tx *postgres.Tx) error {
		_, err := tx.Exec(ctx, `update campaigns set failures = failures + 1, lease = null, lease_until = null,
			due_at = $4::timestamptz + least(power(2, least(failures, 9)), 300) * interval '1 s' where bank_id = $1 and id = $2 and lease = $3 and due_at is not null`,
			t.bankID, t.id, t.lease, s.Now())
		return err
	})
	if err != nil {
		s.Log.Error("campaign could not be put back; its lease will end", "bank", t.bankID, "campaign", t.id, "error", err)
	}
}

// errTurnLost: somebody else has the campaign, or it was paused meanwhile.
var errTurnLost = errors.New("lease lost")

// running is a campaign at its turn.
type running struct {
	Campaign
	tokens   float64
	tokensAt *time.Time
	toldAt   *time.Time
	told     int64
}

// turnTx does what there is to do for a campaign now, and says when to look again.
func (s *Campaigns) turnTx(ctx context.Context, tx *postgres.Tx, t turn) error {
	var c running
	err := tx.QueryRow(ctx, `select `+campaignColumns+`, tokens, tokens_at, told_at, told from campaigns
		where bank_id = $1 and id = $2 and lease = $3 for no key update`, t.bankID, t.id, t.lease).
		Scan(append(c.fields(), &c.tokens, &c.tokensAt, &c.toldAt, &c.told)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return errTurnLost
	}
	if err != nil {
		return fmt.Errorf("read campaign: %w", err)
	}
	c.Settings = c.Settings.withDefaults()
	now := s.Now()
	if c.State == CampaignScheduled {
		if c.StartAt != nil && c.StartAt.After(now) {
			return s.restTx(ctx, tx, &c, *c.StartAt)
		}
		c.State = CampaignRunning
		if _, err := tx.Exec(ctx, `update campaigns set state = 'running', started_at = $3 where bank_id = $1 and id = $2`, t.bankID, t.id, now); err != nil {
			return fmt.Errorf("start campaign: %w", err)
		}
		if err := s.tellTx(ctx, tx, t.id, "campaign.started", nil); err != nil {
			return err
		}
	}
	left, err := talliesTx(ctx, tx, t.id)
	if err != nil {
		return err
	}
	over := ""
	switch {
	case c.State == CampaignStopping:
		over = "canceled"
	case c.EndAt != nil && !c.EndAt.After(now):
		over = "expired"
	}
	next := now.Add(s.Tick)
	switch waiting := left.states("queued", "waiting"); {
	case over != "" && waiting > 0:
		if err := s.endRestTx(ctx, tx, t.id, over); err != nil {
			return err
		}
		next = now
	case waiting > 0:
		if next, err = s.dialTx(ctx, tx, &c, left); err != nil {
			return err
		}
	case left.states("calling") == 0:
		return s.finishTx(ctx, tx, &c)
	}
	return s.restTx(ctx, tx, &c, next)
}

// restTx gives the campaign back until then, and tells how far it is now and then.
func (s *Campaigns) restTx(ctx context.Context, tx *postgres.Tx, c *running, until time.Time) error {
	if c.State == CampaignPaused {
		return nil
	}
	if _, err := tx.Exec(ctx, `update campaigns set due_at = $3, lease = null, lease_until = null, failures = 0, tokens = $4, tokens_at = $5
		where bank_id = $1 and id = $2`, tx.BankID, c.ID, until, c.tokens, c.tokensAt); err != nil {
		return fmt.Errorf("put campaign back: %w", err)
	}
	return s.tellProgressTx(ctx, tx, c)
}

// tellProgressTx tells how far a campaign is, when something has moved and the
// last time is a while ago.
func (s *Campaigns) tellProgressTx(ctx context.Context, tx *postgres.Tx, c *running) error {
	now := s.Now()
	if c.toldAt != nil && now.Sub(*c.toldAt) < progressEvery {
		return nil
	}
	t, err := talliesTx(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	moved := int64(t["calls"]) + int64(t.states("done"))*1_000_003 // tells any change of either
	if moved == c.told {
		return nil
	}
	if _, err := tx.Exec(ctx, `update campaigns set told_at = $3, told = $4 where bank_id = $1 and id = $2`, tx.BankID, c.ID, now, moved); err != nil {
		return fmt.Errorf("tell progress: %w", err)
	}
	return s.tellTx(ctx, tx, c.ID, "campaign.progressed", t.summary())
}

// endRestTx gives contacts who are not called any more their outcome.
func (s *Campaigns) endRestTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, outcome string) error {
	_, err := tx.Exec(ctx, `
		update campaign_contacts c set state = 'done', outcome = $3, ended_at = $4
		from (select id from campaign_contacts where bank_id = $1 and campaign_id = $2 and state in ('queued', 'waiting')
			order by id limit $5 for update skip locked) rest
		where c.bank_id = $1 and c.id = rest.id`, tx.BankID, id, outcome, s.Now(), endBatch)
	if err != nil {
		return fmt.Errorf("end contacts: %w", err)
	}
	return nil
}

// finishTx ends a campaign in which everybody has an outcome.
func (s *Campaigns) finishTx(ctx context.Context, tx *postgres.Tx, c *running) error {
	now := s.Now()
	if c.State == CampaignRunning {
		var receiving bool
		if err := tx.QueryRow(ctx, `select exists (select from campaign_imports where bank_id = $1 and campaign_id = $2 and state = 'receiving' and seen_at > $3)`,
			tx.BankID, c.ID, now.Add(-importPatience)).Scan(&receiving); err != nil {
			return fmt.Errorf("read imports: %w", err)
		}
		if receiving {
			return s.restTx(ctx, tx, c, now.Add(campaignPoll))
		}
	}
	state, event := CampaignFinished, "campaign.finished"
	if c.State == CampaignStopping {
		state, event = CampaignStopped, "campaign.stopped"
	}
	if _, err := tx.Exec(ctx, `update campaigns set state = $3, ended_at = $4, updated_at = $4, due_at = null, lease = null, lease_until = null
		where bank_id = $1 and id = $2`, tx.BankID, c.ID, state, now); err != nil {
		return fmt.Errorf("finish campaign: %w", err)
	}
	t, err := talliesTx(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	return s.tellTx(ctx, tx, c.ID, event, t.summary())
}

// callee is a contact who is to be called now.
type callee struct {
	id, customer   uuid.UUID
	phone, locale  string
	speaks         string // the customer's language, which agents are chosen by
	own            bool
	variables      map[string]string
	attempt        int
	deferred       int
	place          int16
	state, outcome string
	detail         string
	next           time.Time
	call           *uuid.UUID
}

// dialTx places as many calls as may begin now.
func (s *Campaigns) dialTx(ctx context.Context, tx *postgres.Tx, c *running, left tallies) (next time.Time, err error) {
	now := s.Now()
	c.tokens, c.tokensAt = c.Settings.Pacing.refill(c.tokens, c.tokensAt, now), &now
	places, err := s.placesTx(ctx, tx, c.Campaign)
	if err != nil {
		return now, err
	}
	holidays, err := s.holidaysTx(ctx, tx, c.Settings, now)
	if visavis.KindOf(err) == visavis.NotFound {
		c.State, c.PauseReason = CampaignPaused, visavis.CodeOf(err)
		return now, s.pauseTx(ctx, tx, c.ID, c.PauseReason)
	}
	if err != nil {
		return now, err
	}
	var open []int16
	closes := map[int16]time.Time{}
	for id, p := range places {
		if until, ok := c.Settings.openAt(p, holidays, now); ok {
			open, closes[id] = append(open, id), until
		}
	}
	if len(open) == 0 {
		return now.Add(campaignIdle), nil
	}
	l := load{tokens: c.tokens, calling: left.states("calling"), humans: left[dayKey(now, "humans")], abandoned: left[dayKey(now, "abandoned")]}
	most := min(c.Settings.Pacing.starts(l), campaignBatch)
	var agents *crew
	var locales []string // that the contacts are to speak; nil: any
	if most > 0 && c.Settings.Pacing.Mode == PaceProgressive {
		k, err := s.crewTx(ctx, tx, c, l)
		if err != nil {
			return now, err
		}
		served := 0
		locales, served = k.open()
		agents, most = &k, min(most, served)
	}
	if most == 0 {
		return now.Add(s.Tick), nil
	}
	called, err := dueTx(ctx, tx, c.ID, open, locales, now, most)
	if err != nil {
		return now, err
	}
	if len(called) == 0 && locales != nil {
		return now.Add(languageIdle), nil // they speak what no free agent does
	}
	if len(called) == 0 {
		return s.quietTx(ctx, tx, c, open, now)
	}
	placed := 0
	wait := time.Time{}
	for i := range called {
		if !wait.IsZero() { // nobody else can be called now
			called[i].state = ""
			continue
		}
		to := &called[i]
		if agents != nil && agents.allowed(to.speaks) == 0 {
			continue
		}
		if wait, err = s.placeTx(ctx, tx, c, to, places[to.place], closes[to.place], now); err != nil {
			return now, err
		}
		if to.state == "calling" {
			c.tokens--
			placed++
			if agents != nil {
				agents.called(to.speaks)
			}
		}
	}
	if err := markTx(ctx, tx, called, now); err != nil {
		return now, err
	}
	switch {
	case c.State == CampaignPaused:
		return now, s.pauseTx(ctx, tx, c.ID, c.PauseReason)
	case !wait.IsZero():
		return wait, nil
	case len(called) == campaignBatch && (agents == nil || placed > 0):
		return now, nil // others' turn, then at once
	}
	return now.Add(s.Tick), nil
}

// dueTx claims contacts: those who were promised another call first. locales
// narrow them to customers of these languages.
func dueTx(ctx context.Context, tx *postgres.Tx, id uuid.UUID, places []int16, locales []string, now time.Time, most int) (all []callee, err error) {
	for _, state := range []string{"waiting", "queued"} {
		if len(all) == most {
			break
		}
		rows, _ := tx.Query(ctx, `
			select c.id, coalesce(c.customer_id, '00000000-0000-0000-0000-000000000000'), c.phone, c.locale, c.own_phone, c.variables, c.attempt, c.deferred, c.place,
				coalesce((select locale from customers u where u.bank_id = $1 and u.id = c.customer_id), '')
			from unnest($3::smallint[]) p cross join lateral (
				select * from campaign_contacts k where bank_id = $1 and campaign_id = $2 and state = $4 and place = p and next_at <= $5
					and ($7::text[] is null or coalesce((select locale from customers u where u.bank_id = $1 and u.id = k.customer_id), '') = any($7))
				order by next_at, id limit $6 for update skip locked) c
			order by c.next_at, c.id limit $6`, tx.BankID, id, places, state, now, most-len(all), locales)
		some, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (c callee, err error) {
			return c, row.Scan(&c.id, &c.customer, &c.phone, &c.locale, &c.own, &c.variables, &c.attempt, &c.deferred, &c.place, &c.speaks)
		})
		if err != nil {
			return nil, fmt.Errorf("claim contacts: %w", err)
		}
		all = append(all, some...)
	}
	return all, nil
}

// quietTx says when somebody may be called next, when nobody is to be called now.
func (s *Campaigns) quietTx(ctx context.Context, tx *postgres.Tx, c *running, open []int16, now time.Time) (time.Time, error) {
	var next *time.Time
	err := tx.QueryRow(ctx, `select min((select min(next_at) from campaign_contacts where bank_id = $1 and campaign_id = $2 and state = s and place = p))
		from unnest($3::smallint[]) p cross join unnest(array['queued', 'waiting']) s`, tx.BankID, c.ID, open).Scan(&next)
	if err != nil {
		return now, fmt.Errorf("find the next contact: %w", err)
	}
	if next == nil || next.After(now.Add(campaignIdle)) {
		return now.Add(campaignIdle), nil
	}
	if next.Before(now.Add(s.Tick)) {
		return now.Add(s.Tick), nil
	}
	return *next, nil
}

// placeTx places the call of a contact, and leaves in it what became of that.
// until is not zero when nobody else can be called before then.
func (s *Campaigns) placeTx(ctx context.Context, tx *postgres.Tx, c *running, to *callee, p place, closes, now time.Time) (until time.Time, err error) {
	expires := now.Add(dialWithin)
	for _, end := range []*time.Time{&closes, c.EndAt} {
		if end != nil && end.Before(expires) {
			expires = *end
		}
	}
	call := PhoneCall{
		CustomerID: to.customer, Flow: c.Flow, Version: c.Version, Input: to.variables, Locale: to.locale,
		AboutType: aboutContact, AboutID: to.id, Key: contactKey(to.id, to.attempt+1), Class: c.Class, ExpiresAt: expires,
		DetectMachine: c.Settings.Machine != MachineIgnore, MachineFlow: c.MachineFlow, MachineVersion: c.MachineVersion, NotQuiet: true,
	}
	if to.own || to.customer == uuid.Nil {
		call.To = to.phone
	}
	if to.customer == uuid.Nil && len(p.zones) > 0 {
		call.TimeZone = p.zones[0].String()
	}
	id, err := s.Phone.PlaceTx(ctx, tx, call)
	if err == nil {
		to.state, to.call, to.attempt, to.next = "calling", &id, to.attempt+1, now
		return until, nil
	}
	var refused *visavis.Error
	if !errors.As(err, &refused) || refused.Kind == visavis.Internal {
		return until, err
	}
	to.detail = refused.Code
	switch refused.Code {
	case "opted_out":
		to.state, to.outcome = "done", OutcomeOptedOut
	case "quiet_hours":
		to.state, to.next = "waiting", now.Add(max(refused.RetryAfter, time.Minute))
	case "frequency_cap":
		to.state, to.next, to.deferred = "waiting", now.Add(deferBy), to.deferred+1
		if to.deferred > maxDeferred {
			to.state, to.outcome = "done", "capped"
		}
	case "hourly_budget_spent":
		return now.Add(max(refused.RetryAfter, time.Second)), nil
	case "channel_not_configured", "flow_not_found", "flow_invalid":
		c.State, c.PauseReason = CampaignPaused, refused.Code
		return now.Add(campaignIdle), nil
	default:
		if len(refused.Fields) == 1 && (refused.Fields[0].Name == "flow" || refused.Fields[0].Name == "version") { // nobody's fault of the list
			c.State, c.PauseReason = CampaignPaused, "flow_not_found"
			return now.Add(campaignIdle), nil
		}
		// the number, the customer or the variables do not do
		to.state, to.outcome = "done", "not_allowed"
	}
	return until, nil
}

// contactKey names an attempt: the same one is never placed twice.
func contactKey(contact uuid.UUID, attempt int) string {
	return "campaign:" + contact.String() + ":" + strconv.Itoa(attempt)
}

// markTx writes down what became of contacts, in one statement.
func markTx(ctx context.Context, tx *postgres.Tx, called []callee, now time.Time) error {
	var ids []uuid.UUID
	var calls []*uuid.UUID
	var states, outcomes, details []string
	var attempts, deferred []int16
	var next []time.Time
	for _, c := range called {
		if c.state == "" {
			continue
		}
		if c.next.IsZero() {
			c.next = now
		}
		ids, calls, states, outcomes, details = append(ids, c.id), append(calls, c.call), append(states, c.state), append(outcomes, c.outcome), append(details, c.detail)
		attempts, deferred, next = append(attempts, int16(c.attempt)), append(deferred, int16(c.deferred)), append(next, c.next)
	}
	if len(ids) == 0 {
		return nil
	}
	_, err := tx.Exec(ctx, `
		update campaign_contacts c set state = n.state, outcome = n.outcome, detail = n.detail, attempt = n.attempt, deferred = n.deferred, next_at = n.next,
			phone_call_id = coalesce(n.call, c.phone_call_id), ended_at = case when n.state = 'done' then $2::timestamptz end
		from unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::smallint[], $9::smallint[], $10::timestamptz[])
			as n(id, call, state, outcome, detail, attempt, deferred, next)
		where c.bank_id = $1 and c.id = n.id`, tx.BankID, now, ids, calls, states, outcomes, details, attempts, deferred, next)
	if err != nil {
		return fmt.Errorf("mark contacts: %w", err)
	}
	return nil
}
