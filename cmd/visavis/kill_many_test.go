package main

import (
	"testing"
	"time"
)

// TestKillWithThousandsInFlight kills the gateway (SIGKILL) while it works at
// 5,000 messages that it has accepted: each of them is sent, none is lost, and
// only one whose outcome was unknown at the kill can have been sent twice. What
// the killed process had claimed is taken up again within the lease and 2 s.
func TestKillWithThousandsInFlight(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("5,000 messages take a while")
	}
	const batches, each = 5, 1000
	g := newServedGateway(t, false)
	k := g.bankClient()
	// Endings that ask the twin for nothing special.
	g.sql(`insert into customers (bank_id, id, name, phone, locale, time_zone, created_at, updated_at)
		select b.bank_id, gen_random_uuid(), 'Lan', '+8491' || 2000055 + n * 100, 'en', 'UTC', now(), now()
		from (select bank_id from banks order by created_at limit 1) b, generate_series(0, $1::integer) n`, batches*each-1)
	rows := g.sql(`select id::text as id, phone from customers where phone like '+8491%55' and name = 'Lan'`)
	if len(rows) != batches*each {
		t.Fatalf("%d customers", len(rows))
	}
	g.lag.Store(int64(2 * time.Second)) // so that there is enough to do when all is accepted, however fast which side is
	for b := range batches {
		var recipients []object
		for _, row := range rows[b*each : (b+1)*each] {
			recipients = append(recipients, object{"customer_id": row["id"]})
		}
		if got := k.call("POST", "/v1/messages/batch", object{"text": "Your card is ready.", "recipients": recipients}, 202); got.get("accepted") != float64(each) {
			t.Fatalf("accepted %v: %v", got.get("accepted"), got.get("refused"))
		}
	}
	const open = `select count(*) from deliveries where state = 'sending'`
	g.within(patience, "sends under way", func() bool { return g.count(open) > 50 })
	g.kill()
	g.lag.Store(0)
	killed := time.Now()
	g.again() // its database went with it
	victims := map[string]bool{}
	for _, row := range g.sql(`select c.phone from deliveries d join messages m on m.bank_id = d.bank_id and m.id = d.message_id
		join customers c on c.bank_id = m.bank_id and c.id = m.customer_id where d.attempts = 1 and d.state = 'sending' and d.tried_at < $1`, killed) {
		victims[row["phone"].(string)] = true
	}
	claimed, waiting := len(victims), g.count(`select count(*) from messages where due_at is not null and template = 'text'`)
	if claimed == 0 || waiting == 0 {
		t.Fatalf("%d were claimed and %d waited: the kill proved nothing", claimed, waiting)
	}
	g.within(patience, "what was claimed to be taken up", func() bool { return g.count(open+` and attempts = 1 and tried_at < $1`, killed) == 0 })
	t.Logf("%d claimed, %d waiting; taken up %s after the kill (12 s are promised)", claimed, waiting, time.Since(killed).Round(100*time.Millisecond))
	g.within(patience, "the end of every delivery", func() bool {
		return g.count(`select (select count(*) from deliveries where state in ('pending', 'sending', 'unknown')) + (select count(*) from messages where due_at is not null)`) == 0
	})
	marked := map[string]bool{}
	for _, row := range g.sql(`select c.phone from deliveries d join messages m on m.bank_id = d.bank_id and m.id = d.message_id
		join customers c on c.bank_id = m.bank_id and c.id = m.customer_id where d.duplicate is not null`) {
		marked[row["phone"].(string)] = true
	}
	lost, twice, unmarked := 0, 0, 0
	for _, row := range rows {
		phone := row["phone"].(string)
		switch n := len(g.simulated("messages", "to", phone)); {
		case n == 0:
			lost++
		case n > 1:
			twice++
			if !victims[phone] || !marked[phone] {
				unmarked++
			}
		}
	}
	if lost != 0 || unmarked != 0 || twice > claimed {
		t.Errorf("%d of %d lost, %d sent twice, %d of these though their outcome was known, or without a mark", lost, len(rows), twice, unmarked)
	}
	if n := g.count(`select count(*) from messages where template = 'text' and state <> 'sent' and state <> 'delivered'`); n != 0 {
		t.Errorf("%d messages did not end as sent", n)
	}
	t.Logf("%d messages: %d lost, %d twice", len(rows), lost, twice)
}
