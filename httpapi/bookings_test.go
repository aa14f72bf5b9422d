package httpapi_test

import (
	"sync"
	"testing"

	"github.com/visavis/visavis/scheduling"
)

// opened is a new case, and times that it can be booked for.
func (k *bank) opened() (id string, starts []string) {
	k.t.Helper()
	var customer struct{ ID string }
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234567"}`).want(201).into(&customer)
	var opened struct{ Identification struct{ ID string } }
	k.call("POST", "/v1/identifications", `{"customer_id":"`+customer.ID+`","scenario":"open-account"}`).want(201).into(&opened)
	var slots struct{ Items []struct{ Start string } }
	k.call("GET", "/v1/slots?limit=15&identification_id="+opened.Identification.ID, "").want(200).into(&slots)
	if len(slots.Items) < 15 {
		k.t.Fatalf("%d slots", len(slots.Items))
	}
	for _, slot := range slots.Items[10:] { // of the first ones the notice may pass meanwhile
		starts = append(starts, slot.Start)
	}
	return opened.Identification.ID, starts
}

// A booking with a key is made once, whether beside others or alone, and its
// answer stands, whatever becomes of it.
func TestBookingWithKey(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	id, starts := k.opened()
	body := func(n int) string { return `{"identification_id":"` + id + `","start":"` + starts[n] + `"}` }
	var made struct{ ID string }
	k.call("POST", "/v1/bookings", body(0)).want(201).into(&made) // the node now knows who works when
	k.call("POST", "/v1/bookings/"+made.ID+"/cancel", `{}`).want(200)

	first := k.keyed("one", "/v1/bookings", body(1)).send().want(201)
	first.into(&made)
	if first.header.Get("Idempotency-Replayed") != "" {
		t.Error("the first answer says that it is a replay")
	}
	replays := func(when string) {
		t.Helper()
		again := k.keyed("one", "/v1/bookings", body(1)).send().want(201)
		if string(again.body) != string(first.body) || again.header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("%s: replay %q %s, want %s", when, again.header.Get("Idempotency-Replayed"), again.body, first.body)
		}
	}
	replays("booked")
	if code := k.keyed("one", "/v1/bookings", body(2)).send().want(422).problem().Code; code != "idempotency_key_reused" {
		t.Errorf("code %s", code)
	}
	if code := k.keyed("two", "/v1/bookings", body(2)).send().want(409).problem().Code; code != "already_booked" {
		t.Errorf("code %s", code)
	}
	k.call("POST", "/v1/bookings/"+made.ID+"/move", `{"start":"`+starts[3]+`"}`).want(200)
	replays("moved")
	k.call("POST", "/v1/bookings/"+made.ID+"/cancel", `{}`).want(200)
	replays("cancelled") // and nothing is booked again
	if n := k.count(`select count(*) from bookings where state <> 'cancelled'`); n != 0 {
		t.Errorf("%d bookings are live", n)
	}
	k.call("POST", "/v1/identifications/"+id+"/cancel", `{"reason":"by phone"}`).want(200)
	replays("the case is closed")
	if n := k.count(`select count(*) from idempotency_keys where key = 'two'`); n != 0 {
		t.Error("the key of a refused booking is kept")
	}
	if n := k.count(`select count(*) from bookings where state <> 'cancelled'`); n != 0 {
		t.Errorf("%d bookings are live", n)
	}
}

// Twins of a key, beside bookings of other cases.
func TestBookingTwins(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a")
	const cases, twins = 6, 4
	var ids []string
	var starts []string
	for range cases {
		id, s := k.opened()
		ids, starts = append(ids, id), s
	}
	var made struct{ ID string }
	k.call("POST", "/v1/bookings", `{"identification_id":"`+ids[0]+`","start":"`+starts[0]+`"}`).want(201).into(&made)
	k.call("POST", "/v1/bookings/"+made.ID+"/cancel", `{}`).want(200)
	var mu sync.Mutex
	answers := map[string][]*answer{}
	var wg sync.WaitGroup
	for i, id := range ids {
		for range twins {
			wg.Go(func() {
				a := k.keyed("of "+id, "/v1/bookings", `{"identification_id":"`+id+`","start":"`+starts[i%len(starts)]+`"}`).send()
				mu.Lock()
				defer mu.Unlock()
				answers[id] = append(answers[id], a)
			})
		}
	}
	wg.Wait()
	booked := 0
	for _, id := range ids {
		of := map[string]bool{}
		for _, a := range answers[id] {
			switch a.status {
			case 201:
				a.into(&made)
				of[made.ID] = true
			case 409:
				if code := a.problem().Code; code != "idempotency_in_progress" && code != "slot_taken" {
					t.Errorf("code %s", code)
				}
			default:
				t.Errorf("status %d %s", a.status, a.body)
			}
		}
		if len(of) > 1 {
			t.Errorf("%d bookings in the answers of one key", len(of))
		}
		booked += len(of)
	}
	if n := k.count(`select count(*) from bookings where state = $1`, string(scheduling.Confirmed)); n != booked || n == 0 {
		t.Errorf("%d bookings, %d in the answers", n, booked)
	}
}
