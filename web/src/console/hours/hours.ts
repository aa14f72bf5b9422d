import type { Schema } from '@/api';

/** One span of the week: work, or a break that is taken out of it. */
export type Hours = Omit<Schema<'Hours'>, 'kind'> & { kind?: 'work' | 'break' };

/** HH:MM by the 24-hour clock; 24:00 is the end of the day. */
export const clockTime = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;

/** Why a span is refused: its end is not after its start, it lies over another of its kind, or it is a break outside of work. */
export type HoursProblem = 'order' | 'overlap' | 'outside';

const isBreak = (h: Hours) => h.kind === 'break';

/** The problems by index in `hours`; spans of different zones are compared by the wall clock too, as one person has one. */
export function problemsOf(hours: readonly Hours[]): Map<number, HoursProblem> {
  const out = new Map<number, HoursProblem>();
  hours.forEach((a, i) => {
    const others = hours.filter((b, j) => j !== i && b.weekday === a.weekday);
    if (!a.starts || !a.ends || a.ends <= a.starts) out.set(i, 'order');
    else if (others.some((b) => isBreak(b) === isBreak(a) && a.starts < b.ends && b.starts < a.ends)) out.set(i, 'overlap');
    else if (isBreak(a) && !others.some((b) => !isBreak(b) && b.starts <= a.starts && a.ends <= b.ends)) out.set(i, 'outside');
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

const minutes = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3, 5));

/** Minutes of work in a week, without the breaks; spans that make no sense count nothing. */
export function workMinutes(hours: readonly Hours[]): number {
  const sum = (list: readonly Hours[]) => list.reduce((all, h) => all + (clockTime.test(h.starts) && clockTime.test(h.ends) ? Math.max(0, minutes(h.ends) - minutes(h.starts)) : 0), 0);
  return Math.max(0, sum(hours.filter((h) => !isBreak(h))) - sum(hours.filter(isBreak)));
}

/** The same hours in one order and without defaults, to tell whether something has changed. */
export function normal(hours: readonly Hours[]): string {
  return JSON.stringify(
    hours
      .map(({ weekday, starts, ends, time_zone, kind }) => [weekday, starts, ends, time_zone, kind ?? 'work'])
      .sort((a, b) => (a.join() < b.join() ? -1 : 1)),
  );
}

/** What a span reads as: "Monday 09:00–17:00". */
export function spanText(h: Hours, intl: string): string {
  return `${dayName(h.weekday, intl)} \u2066${h.starts}–${h.ends}\u2069`;
}

/** What a change takes away and what it adds. */
export function difference(before: readonly Hours[], after: readonly Hours[]): { gone: Hours[]; added: Hours[] } {
  const key = (h: Hours) => normal([h]);
  const [b, a] = [new Set(before.map(key)), new Set(after.map(key))];
  return { gone: before.filter((h) => !a.has(key(h))), added: after.filter((h) => !b.has(key(h))) };
}
