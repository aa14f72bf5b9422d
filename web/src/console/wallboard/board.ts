import type { Schema } from '@/api';
import type { Tone } from '@/shared';

export type Wallboard = Schema<'Wallboard'>;
export type AgentPresence = Schema<'AgentPresence'>;

/** How agents are grouped on the wall: as their presence, but those whom the gateway paused stand apart. */
export const groups = ['ready', 'offered', 'in_call', 'wrap_up', 'missed', 'paused', 'offline'] as const;
export type Group = (typeof groups)[number];

export function groupOf(agent: Pick<AgentPresence, 'state' | 'reason'>): Group {
  return agent.state === 'paused' && agent.reason === 'missed_offers' ? 'missed' : agent.state;
}

/** Agents by group; the longest in their state first. */
export function byGroup(agents: readonly AgentPresence[]): Record<Group, AgentPresence[]> {
  const out = Object.fromEntries(groups.map((g) => [g, []])) as unknown as Record<Group, AgentPresence[]>;
  for (const agent of agents) out[groupOf(agent)].push(agent);
  for (const g of groups) out[g].sort((a, b) => Date.parse(a.since) - Date.parse(b.since) || a.name.localeCompare(b.name));
  return out;
}

/** Share, 0 to 1, of those who gave up; undefined when nobody was served or gave up yet. */
export function abandonment(day: Schema<'WallboardDay'>): number | undefined {
  const all = day.served + day.abandoned;
  return all === 0 ? undefined : day.abandoned / all;
}

/** Four fifths in time is what contact centres promise each other; under three fifths something is wrong. */
export function serviceTone(day: Schema<'WallboardDay'>): Tone {
  if (day.served + day.abandoned === 0) return 'neutral';
  return day.service_level >= 0.8 ? 'positive' : day.service_level >= 0.6 ? 'warning' : 'negative';
}

export function abandonTone(day: Schema<'WallboardDay'>): Tone {
  const share = abandonment(day);
  if (share === undefined) return 'neutral';
  return share <= 0.05 ? 'positive' : share <= 0.1 ? 'warning' : 'negative';
}

/** By the longest wait, milliseconds: against what a customer of a bank puts up with. */
export function waitTone(waiting: number, ms: number): Tone {
  if (waiting === 0) return 'positive';
  return ms >= 300_000 ? 'negative' : ms >= 60_000 ? 'warning' : 'progress';
}
