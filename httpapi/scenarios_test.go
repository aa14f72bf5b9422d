package httpapi_test

import (
	"encoding/json"
	"testing"
)

// TestOneWayVideoIsTold: a scenario that does not show the agent is written down,
// and the calls of its cases say so to the console and to the customer's page;
// without the setting they say that the agent is seen.
func TestOneWayVideoIsTold(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	k := g.newBank("a")
	var scenario struct {
		Definition map[string]any `json:"definition"`
	}
	k.call("GET", "/v1/scenarios/open-account", "").want(200).into(&scenario)
	put := func(call map[string]any) *answer {
		scenario.Definition["settings"].(map[string]any)["call"] = call
		body, err := json.Marshal(map[string]any{"definition": scenario.Definition})
		must(t, err)
		return k.call("PUT", "/v1/scenarios/open-account", string(body))
	}
	put(map[string]any{"agent_video": "no"}).want(400)
	put(map[string]any{"agent_vidoe": false}).want(400)
	put(map[string]any{"agent_video": false}).want(200)
	var stored struct {
		Definition struct {
			Settings struct{ Call map[string]any }
		}
	}
	k.call("GET", "/v1/scenarios/open-account", "").want(200).into(&stored)
	if stored.Definition.Settings.Call["agent_video"] != false {
		t.Errorf("stored: %v", stored.Definition.Settings.Call)
	}
	for _, c := range []struct {
		bank *bank
		seen bool
	}{{k, false}, {g.newBank("b"), true}} {
		c.bank.fill()
		c.bank.openVisit()
		var call map[string]any
		c.bank.call("GET", "/v1/calls/"+c.bank.ids["call_id"], "").want(200).into(&call)
		var visit struct{ Call map[string]any }
		c.bank.as("customer", "GET", "/v1/visit", "").send().want(200).into(&visit)
		if call["agent_video"] != c.seen || visit.Call["agent_video"] != c.seen {
			t.Errorf("%s: the console is told %v, the customer's page %v", c.bank.slug, call["agent_video"], visit.Call["agent_video"])
		}
	}
}
