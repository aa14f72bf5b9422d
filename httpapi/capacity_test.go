package httpapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/visavis/visavis/identifications"
)

// TestHoursOverTheAPI goes from an agent's request over its approval to what
// becomes of a booking, and to the capacity that is left.
func TestHoursOverTheAPI(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	// fill booked a time with the one agent, whose hours are around the clock.
	var change struct {
		State     string
		Conflicts []struct {
			BookingID string `json:"booking_id"`
			Action    string
		}
	}
	if err := json.Unmarshal(k.as("supervisor", "GET", "/v1/hours-changes/"+k.ids["change_id"], "").send().want(200).body, &change); err != nil {
		t.Fatal(err)
	}
	if change.State != "requested" {
		t.Errorf("%+v", change)
	}
	absence := `{"agent_id":"` + k.ids["agent_id"] + `","kind":"absence","first_on":"` + time.Now().UTC().AddDate(0, 0, -1).Format(time.DateOnly) +
		`","last_on":"` + time.Now().UTC().AddDate(0, 0, 3).Format(time.DateOnly) + `"}`
	var asked struct{ ID string }
	k.as("agent", "POST", "/v1/calendar-exceptions", absence).send().want(201).into(&asked)
	k.as("agent", "POST", "/v1/calendar-exceptions/"+asked.ID+"/approve", "").send().want(403)
	k.as("supervisor", "POST", "/v1/calendar-exceptions/"+asked.ID+"/approve", `{"note":"fine"}`).send().want(200).into(&change)
	listed := false
	for _, c := range change.Conflicts {
		listed = listed || c.BookingID == k.ids["booking_id"]
		if c.Action != "nobody_free" {
			t.Errorf("%+v", c)
		}
	}
	if change.State != "approved" || !listed {
		t.Errorf("after the approval: %+v", change)
	}
	if body := k.call("GET", "/v1/bookings/"+k.ids["booking_id"], "").want(200).body; !strings.Contains(string(body), `"state":"confirmed"`) {
		t.Errorf("the booking: %s", body)
	}
	k.as("supervisor", "POST", "/v1/calendar-exceptions/"+asked.ID+"/reject", "").send().want(409)
	var capacity struct {
		Scenarios []struct {
			Intervals []struct{ Places, Booked, Free int }
		}
	}
	day := time.Now().UTC().AddDate(0, 0, 10).Truncate(24 * time.Hour)
	k.call("GET", fmt.Sprintf("/v1/capacity?from=%s&to=%s&interval_minutes=1440", day.Format(time.RFC3339), day.AddDate(0, 0, 2).Format(time.RFC3339)), "").want(200).into(&capacity)
	if len(capacity.Scenarios) != 1 || len(capacity.Scenarios[0].Intervals) < 2 || capacity.Scenarios[0].Intervals[1].Places != 144 {
		t.Errorf("capacity: %+v", capacity)
	}
	k.call("GET", "/v1/capacity?interval_minutes=7", "").want(400)
}

// TestNeedsAndTheChosenAgent: a customer's need makes the slots longer, and asks
// for a skill; a booking names its agent where the scenario lets it.
func TestNeedsAndTheChosenAgent(t *testing.T) {
	t.Parallel()
	k := newGateway(t).newBank("a").fill()
	d := identifications.DefaultScenario()
	d.Settings.Capacity = identifications.CapacitySettings{ChooseAgent: true, Needs: map[string]identifications.NeedRule{"sign_language": {ExtraMinutes: 20, Skill: "sign_language"}}}
	_, err := k.cfg.Identifications.CreateScenario(t.Context(), k.id, "with-needs", d)
	must(t, err)
	var customer struct {
		ID    string
		Needs []string
	}
	k.call("POST", "/v1/customers", `{"name":"An","phone":"+84901234511","segment":"gold","needs":["sign_language"]}`).want(201).into(&customer)
	if len(customer.Needs) != 1 {
		t.Errorf("%+v", customer)
	}
	var opened struct {
		Identification struct {
			ID       string
			Customer struct {
				Segment string
				Needs   []string
			}
		}
	}
	k.call("POST", "/v1/identifications", `{"customer_id":"`+customer.ID+`","scenario":"with-needs"}`).want(201).into(&opened)
	id := opened.Identification.ID
	if who := opened.Identification.Customer; who.Segment != "gold" || len(who.Needs) != 1 { // the agent reads it before the call
		t.Errorf("the case's customer: %+v", who)
	}
	slots := func(query string) (items []struct{ Start, End time.Time }) {
		var list struct {
			Items []struct{ Start, End time.Time }
		}
		k.call("GET", "/v1/slots?limit=5&identification_id="+id+query, "").want(200).into(&list)
		return list.Items
	}
	if got := slots(""); len(got) != 0 {
		t.Errorf("nobody has the skill, and %v is offered", got)
	}
	k.call("PUT", "/v1/agents/"+k.ids["agent_id"]+"/skills", `{"skills":[{"skill":"sign_language","level":1}]}`).want(200)
	got := slots("&agent_id=" + k.ids["agent_id"])
	if len(got) < 2 || got[0].End.Sub(got[0].Start) != 30*time.Minute {
		t.Fatalf("with the skill: %v", got)
	}
	if other := slots("&agent_id=" + k.agents["supervisor"].String()); len(other) != 0 {
		t.Errorf("in the calendar of who does not work: %v", other)
	}
	start := got[1].Start.Format(time.RFC3339) // not the first, whose notice may have come between
	var booking struct {
		AgentID string `json:"agent_id"`
	}
	k.call("POST", "/v1/bookings", `{"identification_id":"`+id+`","start":"`+start+`","agent_id":"`+k.ids["agent_id"]+`"}`).want(201).into(&booking)
	if booking.AgentID != k.ids["agent_id"] {
		t.Errorf("%+v", booking)
	}
	// The scenario of the fixture draws its agents.
	k.call("GET", "/v1/slots?scenario=open-account&agent_id="+k.ids["agent_id"], "").want(400)
}
