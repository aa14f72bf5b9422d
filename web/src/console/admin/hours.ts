import type { Schema } from '@/api';

export type Hours = Schema<'Hours'>;

/** Why a span is refused: its end is not after its start, or it lies over another of the same day. */
export type HoursProblem = 'order' | 'overlap';

/** The problems by index in `hours`; spans of different zones are compared by the wall clock too, as one person has one. */
export function problemsOf(hours: readonly Hours[]): Map<number, HoursProblem> {
  const out = new Map<number, HoursProblem>();
  hours.forEach((a, i) => {
    if (!a.starts || !a.ends || a.ends <= a.starts) out.set(i, 'order');
    else if (hours.some((b, j) => j !== i && b.weekday === a.weekday && a.starts < b.ends && b.starts < a.ends)) out.set(i, 'overlap');
  });
  return out;
}

/** The days of the week in the order of a locale's week, 0 = Sunday. */
export function weekdays(first: number): number[] {
  return Array.from({ length: 7 }, (_, i) => (i + first) % 7);
}

/** A weekday's name. */
export function dayName(weekday: number, intl: string): string {
  return new Intl.DateTimeFormat(intl, { weekday: 'long', timeZone: 'UTC' }).format(new Date(Date.UTC(2026, 1, 1 + weekday)));
}
