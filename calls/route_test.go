package calls

import (
	"testing"

	"github.com/google/uuid"

	"github.com/visavis/visavis/identifications"
)

func TestOnlyAgentsOfTheScenarioAreDrawn(t *testing.T) {
	b := setup(t)
	specialist, _ := b.agent("zoe")
	d := identifications.DefaultScenario()
	d.Settings.NoticeMinutes = new(1)
	d.Settings.Agents = []uuid.UUID{specialist}
	_, err := b.calls.Identifications.UpdateScenario(b.ctx, b.bank, "open-account", identifications.ScenarioChanges{Definition: &d})
	b.ok(err)
	b.ready("alice")
	b.ready("bob")
	v := b.visitor()
	p, err := b.calls.Enter(v.ctx, b.bank, v.idn.ID)
	b.ok(err)
	if p.State != EntryWaiting {
		t.Fatalf("offered to somebody who does not lead such calls: %+v", p)
	}
	_, err = b.calls.SetPresence(b.ctx, b.bank, specialist, Ready)
	b.ok(err)
	if e := b.offered(); *e.OfferedTo != specialist {
		t.Fatal("not offered to the specialist")
	}
}
