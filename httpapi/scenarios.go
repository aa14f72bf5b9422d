package httpapi

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/visavis/visavis/identifications"
)

// ListScenarios answers with all of the bank's scenarios: there are few.
func (s *Server) ListScenarios(ctx context.Context, _ ListScenariosRequestObject) (ListScenariosResponseObject, error) {
	all, err := s.Identifications.Scenarios(ctx, bankOf(ctx))
	if err != nil {
		return nil, err
	}
	out := ScenarioList{Items: make([]Scenario, 0, len(all))}
	for _, sc := range all {
		shown, err := showScenario(sc)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, shown)
	}
	return ListScenarios200JSONResponse(out), nil
}

// CreateScenario adds a scenario.
func (s *Server) CreateScenario(ctx context.Context, r CreateScenarioRequestObject) (CreateScenarioResponseObject, error) {
	d, err := readDefinition(r.Body.Definition)
	if err != nil {
		return nil, err
	}
	sc, err := s.Identifications.CreateScenario(ctx, bankOf(ctx), r.Body.Slug, d)
	if err == nil && r.Body.Enabled != nil && !*r.Body.Enabled {
		sc, err = s.Identifications.UpdateScenario(ctx, bankOf(ctx), sc.Slug, identifications.ScenarioChanges{Enabled: r.Body.Enabled})
	}
	if err != nil {
		return nil, err
	}
	shown, err := showScenario(sc)
	return CreateScenario201JSONResponse(shown), err
}

// GetScenario answers with a scenario, by id or slug.
func (s *Server) GetScenario(ctx context.Context, r GetScenarioRequestObject) (GetScenarioResponseObject, error) {
	sc, err := s.Identifications.Scenario(ctx, bankOf(ctx), r.ScenarioID)
	if err != nil {
		return nil, err
	}
	shown, err := showScenario(sc)
	return GetScenario200JSONResponse(shown), err
}

// UpdateScenario replaces a scenario's definition; cases that have begun keep
// theirs.
func (s *Server) UpdateScenario(ctx context.Context, r UpdateScenarioRequestObject) (UpdateScenarioResponseObject, error) {
	d, err := readDefinition(r.Body.Definition)
	if err != nil {
		return nil, err
	}
	sc, err := s.Identifications.UpdateScenario(ctx, bankOf(ctx), r.ScenarioID, identifications.ScenarioChanges{
		Definition: &d, Enabled: r.Body.Enabled,
	})
	if err != nil {
		return nil, err
	}
	shown, err := showScenario(sc)
	return UpdateScenario200JSONResponse(shown), err
}

// readDefinition takes the document's type over into the package's: they have
// the same JSON. What is left out gets the defaults that the document states.
func readDefinition(in ScenarioDefinition) (d identifications.Definition, err error) {
	identifies := in.Kind == nil || *in.Kind == ScenarioKind(identifications.Identify)
	if in.Consents == nil && identifies {
		in.Consents = []ConsentKey{identifications.ConsentProcess, identifications.ConsentRecording}
	} else if in.Consents == nil && in.Settings != nil && in.Settings.Recording != nil && or(in.Settings.Recording.Enabled, false) {
		in.Consents = []ConsentKey{identifications.ConsentCallRecording}
	}
	for i, step := range in.Script {
		in.Script[i].Required = new(or(step.Required, identifies))
	}
	raw, err := json.Marshal(in)
	if err == nil {
		err = json.Unmarshal(raw, &d)
	}
	if err != nil {
		err = fmt.Errorf("read scenario: %w", err)
	}
	return d, err
}

func showScenario(sc identifications.Scenario) (Scenario, error) {
	out := Scenario{
		ID: sc.ID, Slug: sc.Slug, Version: sc.Version, Enabled: sc.Enabled,
		CreatedAt: sc.CreatedAt.UTC(), UpdatedAt: sc.UpdatedAt.UTC(),
	}
	raw, err := json.Marshal(sc.Definition)
	if err == nil {
		err = json.Unmarshal(raw, &out.Definition)
	}
	if err != nil {
		return out, fmt.Errorf("show scenario %s: %w", sc.ID, err)
	}
	return out, nil
}
