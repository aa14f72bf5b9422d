package ivr_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/visavis/visavis/banks"
	"github.com/visavis/visavis/ivr"
	"github.com/visavis/visavis/postgres"
)

// TestNodesShareCampaigns: three nodes work at the same campaigns; nobody is
// called twice, and the bounds hold over all of them.
func TestNodesShareCampaigns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var k *ivr.Campaigns
	turns := make(chan struct{}, 1000)
	for n := range 3 {
		node := w.campaigns(func(c *ivr.CampaignsConfig) {
			c.Tick = 10 * time.Millisecond
			if n > 0 {
				c.Phone = nodeOf(w)
			}
			c.Observe = func(e postgres.LoopEvent) {
				if e.Kind == postgres.LoopWorked {
					select {
					case turns <- struct{}{}:
					default:
					}
				}
			}
		})
		w.runCampaigns(node)
		k = node
	}
	const people = 120
	var all []uuid.UUID
	for n := range 3 {
		c := w.draft(k, ivr.CampaignSettings{Pacing: ivr.Pacing{CallsPerSecond: 500, Parallel: 25}})
		var phones []string
		for i := range people {
			phones = append(phones, fmt.Sprintf("+849%d%03d5599", n+1, i)) // they ring on: nobody answers
			if n == 1 {
				phones[i] = fmt.Sprintf("+8432%03d5599", i)
			}
		}
		w.list(k, c.ID, phones...)
		w.start(k, c.ID)
		all = append(all, c.ID)
	}
	for _, id := range all {
		w.untilProgress(k, id, "as many calls as may be", func(p ivr.Progress) bool { return p.Calling == 25 })
	}
	for len(turns) > 0 {
		<-turns
	}
	for range 20 { // and no more, however often they look
		<-turns
	}
	for _, id := range all {
		if n := query[int](w, `select count(*) from phone_calls p join campaign_contacts c on c.bank_id = p.bank_id and c.id = p.about_id where p.bank_id = $1 and c.campaign_id = $2`, w.bank, id); n != 25 {
			t.Errorf("%d calls were placed, though 25 may be under way", n)
		}
		w.tallied(id)
	}
	// Each ends; the rest is called, each once.
	for deadline := time.Now().Add(60 * time.Second); query[int](w, `select count(*) from campaigns where bank_id = $1 and state = 'running'`, w.bank) > 0; {
		if time.Now().After(deadline) {
			t.Fatal("the campaigns do not end")
		}
		must(t, w.s.EndQueued(t.Context(), w.bank, nil))
		w.db.Wake("campaigns")
	}
	if n := query[int](w, `select count(*) from campaign_contacts where bank_id = $1 and state = 'done' and attempt = 1 and outcome = 'completed'`, w.bank); n != 3*people {
		t.Errorf("%d of %d were called once", n, 3*people)
	}
	if n := query[int](w, `select count(*) from phone_calls where bank_id = $1`, w.bank); n != 3*people {
		t.Errorf("%d calls for %d people", n, 3*people)
	}
	for _, id := range all {
		w.tallied(id)
	}
}

// nodeOf is another node's service of phone calls; its calls are dialled by nobody.
func nodeOf(w *world) *ivr.Service { return ivr.New(w.s.Config) }

// TestDeadNodesTurn: what a node had claimed when it died is taken up again when
// its lease has ended, and what it does later counts for nothing.
func TestDeadNodesTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns(func(c *ivr.CampaignsConfig) { c.Tick = 10 * time.Millisecond })
	c := w.draft(k, ivr.CampaignSettings{Pacing: quick})
	w.list(k, c.ID, "+84901230017")
	w.start(k, c.ID)
	if ids, err := ivr.ClaimCampaigns(t.Context(), k, 10); err != nil || len(ids) != 1 {
		t.Fatalf("claimed %v, %v", ids, err)
	}
	if ids, err := ivr.ClaimCampaigns(t.Context(), k, 10); err != nil || len(ids) != 0 {
		t.Fatalf("claimed again %v, %v", ids, err)
	}
	if err := ivr.LateTurn(t.Context(), k, w.bank, c.ID); err == nil {
		t.Error("a turn without the lease was taken")
	}
	if n := query[int](w, `select count(*) from phone_calls where bank_id = $1`, w.bank); n != 0 {
		t.Errorf("%d calls by a lost turn", n)
	}
	w.pass(11 * time.Second)
	w.runCampaigns(k)
	w.untilProgress(k, c.ID, "the call", func(p ivr.Progress) bool { return p.Calling == 1 })
}

// TestTurnsAreFair: a bank of many campaigns does not keep another one waiting,
// and within a bank each campaign has its turn.
func TestTurnsAreFair(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns()
	mine := map[uuid.UUID]bool{}
	for n := range 6 {
		c := w.draft(k, ivr.CampaignSettings{})
		w.list(k, c.ID, fmt.Sprintf("+8490123%02d17", n))
		w.start(k, c.ID)
		mine[c.ID] = true
	}
	small, err := w.banks.Create(t.Context(), banks.NewBank{Slug: "small", Name: "Small", Settings: banks.Settings{Countries: banks.AnyCountry()}})
	must(t, err)
	big := w.bank
	w.bank = small.ID
	own := w.draft(k, ivr.CampaignSettings{})
	w.list(k, own.ID, "+84901230017")
	w.start(k, own.ID) // the last to come
	w.bank = big
	first, err := ivr.ClaimCampaigns(t.Context(), k, 2)
	must(t, err)
	if !slices.Contains(first, own.ID) {
		t.Errorf("the small bank waits for the big one's six campaigns: %v", first)
	}
	var all []uuid.UUID
	for range 3 {
		some, err := ivr.ClaimCampaigns(t.Context(), k, 2)
		must(t, err)
		all = append(all, some...)
	}
	for _, id := range append(all, first...) {
		delete(mine, id)
	}
	if len(mine) != 0 {
		t.Errorf("%d campaigns had no turn", len(mine))
	}
}

// TestTurnsAreShort: a long list is called in parts, so that others have their turn.
func TestTurnsAreShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	k := w.campaigns()
	c := w.draft(k, ivr.CampaignSettings{Pacing: ivr.Pacing{CallsPerSecond: 500, Parallel: 2000}})
	var phones []string
	for i := range 300 {
		phones = append(phones, fmt.Sprintf("+8491%03d5599", i))
	}
	w.list(k, c.ID, phones...)
	w.start(k, c.ID)
	must(t, w.inBank(func(ctx context.Context, tx *postgres.Tx) error { // a second's worth has come together
		_, err := tx.Exec(ctx, `update campaigns set tokens_at = $2 where bank_id = $1`, w.bank, w.now().Add(-time.Minute))
		return err
	}))
	ran := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(t.Context())
	k.Observe = func(e postgres.LoopEvent) {
		if e.Kind == postgres.LoopWorked {
			cancel() // after the first turn
			select {
			case ran <- struct{}{}:
			default:
			}
		}
	}
	k.Run(ctx)
	<-ran
	if n := query[int](w, `select count(*) from phone_calls where bank_id = $1`, w.bank); n != 100 {
		t.Errorf("%d calls in one turn", n)
	}
	if n := query[int](w, `select (extract(epoch from due_at - $2) * 1000)::int from campaigns where bank_id = $1`, w.bank, w.now()); n > 0 {
		t.Errorf("the next turn is %d ms ahead though there is more to do", n)
	}
}
