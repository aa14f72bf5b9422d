package main

import (
	"net/url"
	"testing"
	"time"
)

// TestKillWhileATimeIsHeld kills the gateway, and its database with it, while a
// time is held, and again while it is offered to a customer who waits for one: the
// hold ends when it should have, the offer is taken up, and no place is promised
// twice in between.
func TestKillWhileATimeIsHeld(t *testing.T) {
	t.Parallel()
	g := newServedGateway(t, true)
	k := g.bankClient()
	phones := 0
	open := func() string {
		phones++
		customer := k.call("POST", "/v1/customers", object{"name": "Lan", "phone": "+8491234" + string(rune('5'+phones/10)) + string(rune('0'+phones%10)) + "55", "locale": "en", "time_zone": "UTC"}, 201).str("id")
		return k.call("POST", "/v1/identifications", object{"customer_id": customer, "scenario": "open-account"}, 201).str("identification.id")
	}
	from := time.Now().Add(30 * time.Hour).UTC().Truncate(time.Hour)
	holder := open()
	start := k.call("GET", "/v1/slots?limit=1&identification_id="+holder+"&from="+url.QueryEscape(from.Format(time.RFC3339))+
		"&to="+url.QueryEscape(from.Add(10*time.Hour).Format(time.RFC3339)), nil, 200).str("items.0.start")
	k.call("POST", "/v1/bookings/hold", object{"identification_id": holder, "start": start}, 201)
	takes := func(idn string) (int, answer) {
		return k.try("POST", "/v1/bookings", object{"identification_id": idn, "start": start}, nil)
	}
	booked := 0
	waiter := open()
	for { // until the held place is the last one
		if code, a := takes(waiter); code == 201 {
			booked, waiter = booked+1, open()
		} else if code != 409 || a.get("code") != "slot_taken" || booked > 40 {
			t.Fatalf("after %d bookings: %d %s", booked, code, a.raw)
		} else {
			break
		}
	}
	end, err := time.Parse(time.RFC3339, start)
	g.ok(err)
	entry := k.call("POST", "/v1/waitlist", object{"identification_id": waiter, "from": start, "to": end.Add(time.Hour).Format(time.RFC3339)}, 201).str("id")
	const live = `select count(*) from bookings where lower(during) = $1 and state = any($2)`
	kept := func(state string) int { return g.count(live, end, []string{state}) }

	g.kill()
	g.again()
	if kept("held") != 1 || kept("confirmed") != booked {
		t.Fatalf("after the kill %d times are held and %d of %d booked", kept("held"), kept("confirmed"), booked)
	}
	stranger := open()
	if code, a := takes(stranger); code != 409 {
		t.Fatalf("what is held was booked: %d %s", code, a.raw)
	}

	// Its lifetime ends while nobody is there to see it.
	g.sql(`with h as (update bookings set held_until = now() + interval '500 ms' where state = 'held' returning bank_id, id)
		update due_times d set due_at = now() + interval '500 ms' from h where d.bank_id = h.bank_id and d.object_id = h.id`)
	g.kill()
	g.again()
	state := func() string {
		for _, e := range k.call("GET", "/v1/waitlist", nil, 200).list("items") {
			if e.get("id") == entry {
				return e.str("state")
			}
		}
		return ""
	}
	g.within(60*time.Second, "the offer of the place that was held", func() bool { return state() == "offered" })
	if code, a := takes(stranger); code != 409 {
		t.Errorf("what is offered was booked: %d %s", code, a.raw)
	}

	g.kill()
	g.again()
	if got := state(); got != "offered" {
		t.Fatalf("after the kill the entry is %s", got)
	}
	if code, a := takes(stranger); code != 409 {
		t.Errorf("what is offered was booked after the kill: %d %s", code, a.raw)
	}
	k.call("POST", "/v1/waitlist/"+entry+"/accept", object{}, 200)
	if kept("held") != 0 || kept("confirmed") != booked+1 || state() != "booked" {
		t.Errorf("%d held, %d of %d booked, the entry is %s", kept("held"), kept("confirmed"), booked+1, state())
	}
	if n := g.count(`select count(*) from bookings a join bookings b on b.bank_id = a.bank_id and b.place_id = a.place_id and b.id > a.id and b.during && a.during
		where a.state in ('held', 'confirmed') and b.state in ('held', 'confirmed')`); n != 0 {
		t.Errorf("%d places are promised twice", n)
	}
	if n := g.count(`select count(*) from messages where template = 'slot_offered'`); n != 1 {
		t.Errorf("%d messages offer the place", n)
	}
}
