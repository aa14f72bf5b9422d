import type { Schema } from '@/api';
import type { Tone } from '@/shared';

export type State = Schema<'CampaignState'>;
export type Outcome = Schema<'CampaignOutcome'>;
export type ContactState = Schema<'CampaignContactState'>;
export const states: readonly State[] = ['draft', 'awaiting_approval', 'scheduled', 'running', 'paused', 'stopping', 'stopped', 'finished'];
export const contactStates: readonly ContactState[] = ['queued', 'waiting', 'calling', 'done'];
/** In the order in which they are drawn: what was wanted first. */
export const outcomes: readonly Outcome[] = ['completed', 'hung_up', 'abandoned', 'machine', 'busy', 'no_answer', 'failed', 'unknown', 'opted_out', 'capped', 'not_allowed', 'expired', 'canceled'];

const tones: Record<State, Tone> = {
  draft: 'neutral', awaiting_approval: 'warning', scheduled: 'info', running: 'progress', paused: 'warning', stopping: 'warning', stopped: 'neutral', finished: 'positive',
};
export const toneOfState = (s: State): Tone => tones[s];

const outcomeTones: Record<Outcome, Tone> = {
  completed: 'positive', hung_up: 'info', abandoned: 'negative', machine: 'info', busy: 'warning', no_answer: 'warning', failed: 'negative', unknown: 'warning',
  opted_out: 'neutral', capped: 'neutral', not_allowed: 'neutral', expired: 'neutral', canceled: 'neutral',
};
export const toneOfOutcome = (o: Outcome): Tone => outcomeTones[o];

/** Whether the campaign calls, or will. */
export const isLive = (s: State): boolean => ['scheduled', 'running', 'paused', 'stopping'].includes(s);
export const isOver = (s: State): boolean => s === 'stopped' || s === 'finished';
