import type { Schema } from '@/api';

export type Step = Schema<'ReminderStep'>;
export type Unit = 'minutes' | 'hours' | 'days';
export type Side = 'before' | 'after';

/** A step as it is edited: an amount of a unit before or after. */
export interface Draft {
  id: string;
  amount: number | '';
  unit: Unit;
  side: Side;
  channels: Step['channels'];
  flow: string;
  always: boolean;
}

const seconds: Record<Unit, number> = { minutes: 60, hours: 3600, days: 86_400 };

/** In the largest unit that leaves a whole number. */
export function draftOf(step: Step, id: string): Draft {
  const size = Math.abs(step.offset_seconds);
  const unit: Unit = size !== 0 && size % 86_400 === 0 ? 'days' : size !== 0 && size % 3600 === 0 ? 'hours' : 'minutes';
  return { id, amount: size / seconds[unit], unit, side: step.offset_seconds < 0 ? 'before' : 'after', channels: step.channels, flow: step.flow ?? '', always: step.always ?? false };
}

export function offsetOf(d: Draft): number {
  const size = Math.round(Number(d.amount) * seconds[d.unit]);
  return d.side === 'before' ? -size : size;
}

export function stepOf(d: Draft): Step {
  const flow = d.flow.trim();
  return { offset_seconds: offsetOf(d), channels: d.channels, always: d.always, ...(d.channels.includes('voice') && flow && { flow }) };
}

/** In the order in which they happen. */
export function inOrder(drafts: readonly Draft[]): Draft[] {
  return [...drafts].sort((a, b) => offsetOf(a) - offsetOf(b));
}

export type Problem = 'amount' | 'channels' | 'twice' | 'tooEarly' | 'tooLate' | 'before';

/** Why a step is refused, by its id. `recovery`: after a missed call, so never before. */
export function problemsOf(drafts: readonly Draft[], recovery: boolean): Map<string, Problem> {
  const out = new Map<string, Problem>();
  for (const d of drafts) {
    const offset = offsetOf(d);
    if (d.amount === '' || d.amount < 0) out.set(d.id, 'amount');
    else if (d.channels.length === 0) out.set(d.id, 'channels');
    else if (recovery && offset < 0) out.set(d.id, 'before');
    else if (offset < -30 * 86_400) out.set(d.id, 'tooEarly');
    else if (offset > (recovery ? 7 * 86_400 : 86_400)) out.set(d.id, 'tooLate');
    else if (drafts.some((o) => o.id !== d.id && offsetOf(o) === offset && o.channels.some((c) => d.channels.includes(c)))) out.set(d.id, 'twice');
  }
  return out;
}

/** Where steps stand on a line from the first to the last, 0 to 1, spread so that those near the call do not lie on each other. */
export function onLine(offsets: readonly number[]): number[] {
  const place = (s: number) => Math.sign(s) * Math.log1p(Math.abs(s) / 600);
  const all = [...offsets, 0].map(place);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  return offsets.map((o) => (high === low ? 0.5 : (place(o) - low) / (high - low)));
}
