import type { Schema } from '@/api';

export type Step = Schema<'ReminderStep'>;

export interface Planned {
  step: Step;
  at: number;
  /** over: its time has passed; planned: it is still to come; ended: not needed, the customer has confirmed or the booking is no more. */
  state: 'over' | 'planned' | 'ended';
}

/** What a ladder means for one booking, in the order of time. */
export function plannedSteps(steps: readonly Step[], booking: { start: string; state: string; acknowledged_at?: string }, now: number): Planned[] {
  const start = Date.parse(booking.start);
  return steps
    .map((step): Planned => {
      const at = start + step.offset_seconds * 1000;
      if (at <= now) {
        const confirmedBefore = booking.acknowledged_at !== undefined && Date.parse(booking.acknowledged_at) <= at;
        return { step, at, state: confirmedBefore && !step.always ? 'ended' : 'over' };
      }
      const live = booking.state === 'confirmed' || booking.state === 'due';
      return { step, at, state: !live || (booking.acknowledged_at !== undefined && !step.always) ? 'ended' : 'planned' };
    })
    .sort((a, b) => a.at - b.at);
}
