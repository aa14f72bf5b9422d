package httpapi

import (
	"context"
	"math"

	"github.com/visavis/visavis/calls"
)

// GetWallboard answers with the queue, now and today.
func (s *Server) GetWallboard(ctx context.Context, _ GetWallboardRequestObject) (GetWallboardResponseObject, error) {
	var out Wallboard
	err := s.together(ctx, func(ctx context.Context) error {
		w, err := s.Calls.Wallboard(ctx, bankOf(ctx))
		if err != nil {
			return err
		}
		out = Wallboard{
			At: w.At.UTC(), Waiting: w.Waiting, LongestWaitSeconds: int(w.Longest.Seconds()), Calls: w.Calls, Since: w.Since.UTC(),
			Today: showDay(w.Today), Agents: []AgentPresence{}, Scenarios: []WallboardScenario{},
		}
		for _, p := range w.Agents {
			agent, err := s.Banks.Agent(ctx, bankOf(ctx), p.AgentID)
			if err != nil {
				return err
			}
			out.Agents = append(out.Agents, showPresence(p, agent))
		}
		out.Skills = list(w.Skills, func(b calls.SkillBoard) WallboardSkill {
			return WallboardSkill{Skill: b.Skill, Waiting: b.Waiting, LongestWaitSeconds: int(b.Longest.Seconds()), ReadyAgents: b.Ready}
		})
		out.Nodes = list(w.Nodes, func(n calls.NodeBoard) WallboardNode {
			state := Silent
			if n.Up {
				state = Up
			}
			return WallboardNode{Node: n.Node, State: state, SeenAt: givenTime(n.SeenAt), Calls: n.Calls}
		})
		names := s.names()
		for _, b := range w.Scenarios {
			scenario, err := names.scenario(ctx, b.ScenarioID)
			if err != nil {
				return err
			}
			out.Scenarios = append(out.Scenarios, WallboardScenario{
				Scenario: scenario, Waiting: b.Waiting, LongestWaitSeconds: int(b.Longest.Seconds()), Today: showDay(b.Today)})
		}
		return nil
	})
	return GetWallboard200JSONResponse(out), err
}

func showDay(d calls.Day) WallboardDay {
	return WallboardDay{
		Entered: d.Entered, Served: d.Served, Abandoned: d.Abandoned, InTime: d.InTime,
		ServiceLevel:    float32(math.Round(d.ServiceLevel()*1e4) / 1e4),
		MeanWaitSeconds: int(d.Wait.Seconds()), MeanHandleSeconds: int(d.Handle.Seconds()),
	}
}
