package httpapi

import (
	"context"

	"github.com/visavis/visavis/identifications"
	"github.com/visavis/visavis/scheduling"
)

// GetCapacity answers with what each scenario can take and has taken.
func (s *Server) GetCapacity(ctx context.Context, r GetCapacityRequestObject) (GetCapacityResponseObject, error) {
	from := or(r.Params.From, s.Now())
	to := or(r.Params.To, from.AddDate(0, 0, 7))
	minutes := int(or(r.Params.IntervalMinutes, 60))
	out := Capacity{IntervalMinutes: minutes, Scenarios: []ScenarioCapacity{}}
	err := s.together(ctx, func(ctx context.Context) error {
		all, zone, err := s.Identifications.Capacity(ctx, bankOf(ctx), zero(r.Params.Scenario), from, to, minutes)
		if err != nil {
			return err
		}
		out.TimeZone, out.Scenarios = zone, list(all, showCapacity)
		return nil
	})
	return GetCapacity200JSONResponse(out), err
}

func showCapacity(c identifications.ScenarioCapacity) ScenarioCapacity {
	return ScenarioCapacity{
		Scenario:    scenarioSummary(c.Scenario),
		SlotMinutes: c.Scenario.Settings.WithDefaults().SlotMinutes,
		Intervals: list(c.Intervals, func(i scheduling.Capacity) CapacityInterval {
			return CapacityInterval{
				Start: i.Start.UTC(), End: i.End.UTC(), Places: i.Places, Booked: i.Booked, Held: i.Held, Free: i.Free, Forecast: i.Forecast,
			}
		}),
	}
}
