package scheduling

import (
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestAgendaIsOfARangeAnAgentAndAScenario(t *testing.T) {
	w := setup(t)
	bank := w.bank()
	one := w.agent(bank, AroundTheClock("UTC"))
	first := w.book(bank, day.Add(26*time.Hour))
	two := w.agent(bank, AroundTheClock("UTC"))
	second := w.book(bank, day.Add(26*time.Hour)) // the first place is taken
	later := w.book(bank, day.Add(50*time.Hour))
	_, err := w.s.Cancel(w.ctx, bank, later.ID, "")
	w.must(err)
	look := func(what string, f AgendaFilter, want ...uuid.UUID) {
		t.Helper()
		if f.To.IsZero() {
			f.From, f.To = day, day.Add(72*time.Hour)
		}
		items, more, err := w.s.Agenda(w.ctx, bank, f)
		w.must(err)
		got := map[uuid.UUID]bool{}
		for _, i := range items {
			got[i.ID] = true
		}
		for _, id := range want {
			if !got[id] {
				t.Errorf("%s lacks %v", what, id)
			}
		}
		if len(items) != len(want) || more {
			t.Errorf("%s: %d items, want %d; more %v", what, len(items), len(want), more)
		}
	}
	look("all", AgendaFilter{}, first.ID, second.ID)
	look("cancelled", AgendaFilter{States: []State{Cancelled}}, later.ID)
	look("agent", AgendaFilter{AgentID: one}, first.ID)
	look("other agent", AgendaFilter{AgentID: two}, second.ID)
	look("unknown agent", AgendaFilter{AgentID: uuid.New()})
	look("scenario", AgendaFilter{ScenarioID: first.ScenarioID}, first.ID)
	at := first.Start
	look("one that has begun", AgendaFilter{From: at.Add(14 * time.Minute), To: at.Add(time.Hour)}, first.ID, second.ID)
	look("one that has ended", AgendaFilter{From: at.Add(15 * time.Minute), To: at.Add(time.Hour)})
	look("one that is to begin", AgendaFilter{From: day, To: at})
	if items, more, err := w.s.Agenda(w.ctx, bank, AgendaFilter{From: day, To: day.Add(72 * time.Hour), Limit: 1}); err != nil || len(items) != 1 || !more {
		t.Errorf("a limit of one: %d, more %v, %v", len(items), more, err)
	}
	if items, _, err := w.s.Agenda(w.ctx, w.bank(), AgendaFilter{From: day, To: day.Add(72 * time.Hour)}); err != nil || len(items) != 0 {
		t.Errorf("another bank sees %v %v", items, err)
	}
}
