package httpapi

import (
	"context"
	"maps"
	"slices"

	"github.com/visavis/visavis/calls"
)

// GetAgentSkills answers with what an agent is able to do.
func (s *Server) GetAgentSkills(ctx context.Context, r GetAgentSkillsRequestObject) (GetAgentSkillsResponseObject, error) {
	all, err := s.Calls.Skills(ctx, bankOf(ctx), r.AgentID)
	return GetAgentSkills200JSONResponse(showSkills(all)), err
}

// SetAgentSkills replaces them.
func (s *Server) SetAgentSkills(ctx context.Context, r SetAgentSkillsRequestObject) (SetAgentSkillsResponseObject, error) {
	all := list(r.Body.Skills, func(k AgentSkill) calls.Skill { return calls.Skill{Skill: k.Skill, Level: k.Level} })
	err := s.Calls.SetSkills(ctx, bankOf(ctx), r.AgentID, all)
	return SetAgentSkills200JSONResponse(showSkills(all)), err
}

// showLevels lists skills by name.
func showLevels(levels map[string]int) []AgentSkill {
	return list(slices.Sorted(maps.Keys(levels)), func(skill string) AgentSkill { return AgentSkill{Skill: skill, Level: levels[skill]} })
}

func showSkills(all []calls.Skill) AgentSkills {
	return AgentSkills{Skills: list(all, func(k calls.Skill) AgentSkill { return AgentSkill{Skill: k.Skill, Level: k.Level} })}
}
