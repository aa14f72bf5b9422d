import type { Schema } from '@/api';

type Agent = Schema<'AgentPresence'>;

/** States of those who are at work: a call can be offered to them now, or as soon as they are free. */
const atWork: Schema<'PresenceState'>[] = ['ready', 'wrap_up', 'offered', 'in_call'];

/** Whom a call can be handed to, the soonest free first; those who are not at work come last and cannot be chosen. */
export function transferTargets(team: readonly Agent[], me: string): { agent: Agent; possible: boolean }[] {
  const rank = (a: Agent) => (atWork.includes(a.state) ? atWork.indexOf(a.state) : atWork.length + (a.state === 'paused' ? 0 : 1));
  return team
    .filter((a) => a.agent_id !== me)
    .map((agent) => ({ agent, possible: atWork.includes(agent.state) }))
    .sort((a, b) => rank(a.agent) - rank(b.agent) || a.agent.name.localeCompare(b.agent.name));
}

/** Whom one can ask into a call: at the desk and in none. */
export function inviteTargets(team: readonly Agent[], me: string): Agent[] {
  return team.filter((a) => a.agent_id !== me && a.call_id === undefined && a.state !== 'in_call' && a.state !== 'offline').sort((a, b) => a.name.localeCompare(b.name));
}

/** Every skill that somebody of the team has, with how many of them are ready. */
export function teamSkills(team: readonly Agent[], except?: string): { skill: string; ready: number; total: number }[] {
  const all = new Map<string, { skill: string; ready: number; total: number }>();
  for (const agent of team) {
    if (agent.agent_id === except) continue;
    for (const { skill } of agent.skills ?? []) {
      const one = all.get(skill) ?? { skill, ready: 0, total: 0 };
      all.set(skill, { skill, ready: one.ready + (agent.state === 'ready' ? 1 : 0), total: one.total + 1 });
    }
  }
  return [...all.values()].sort((a, b) => a.skill.localeCompare(b.skill));
}

/** "sign_language" as people write it. */
export function skillName(skill: string): string {
  return skill.replaceAll('_', ' ');
}
