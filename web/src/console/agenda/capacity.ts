import { useQuery } from '@tanstack/react-query';
import { api, body, type Schema } from '@/api';

/** The load of one stretch of time. */
export interface Load {
  start: number;
  end: number;
  /** Bookings that could begin in it. */
  places: number;
  booked: number;
  held: number;
  free: number;
  /** Bookings to be expected in all; undefined while too little is known. */
  forecast?: number;
}

/**
 * One line of loads out of those of several scenarios. The same people lead all
 * kinds of calls, so places are not added up: the most that one kind could have
 * counts, against everything that is booked.
 */
export function loadsOf(capacity: Schema<'Capacity'> | undefined): Load[] {
  const by = new Map<string, Load>();
  for (const { intervals } of capacity?.scenarios ?? []) {
    for (const i of intervals) {
      const load = by.get(i.start) ?? { start: Date.parse(i.start), end: Date.parse(i.end), places: 0, booked: 0, held: 0, free: 0 };
      load.places = Math.max(load.places, i.places);
      load.free = Math.max(load.free, i.free);
      load.booked += i.booked;
      load.held += i.held;
      if (i.forecast !== undefined) load.forecast = (load.forecast ?? 0) + i.forecast;
      by.set(i.start, load);
    }
  }
  return [...by.values()].sort((a, b) => a.start - b.start);
}

/** Shares of the places, from 0 to 1; bookings beyond the places fill it. */
export function sharesOf({ places, booked, held, forecast }: Load): { booked: number; held: number; forecast?: number } {
  const whole = Math.max(places, booked + held, 1);
  return { booked: booked / whole, held: held / whole, ...(forecast === undefined ? {} : { forecast: Math.min(1, forecast / whole) }) };
}

/** What a stretch of days has in all. */
export function totalOf(loads: readonly Load[], from: number, to: number): Omit<Load, 'start' | 'end'> {
  const out: Omit<Load, 'start' | 'end'> = { places: 0, booked: 0, held: 0, free: 0 };
  for (const l of loads) {
    if (l.start < from || l.start >= to) continue;
    for (const key of ['places', 'booked', 'held', 'free'] as const) out[key] += l[key];
    if (l.forecast !== undefined) out.forecast = (out.forecast ?? 0) + l.forecast;
  }
  return out;
}

/** Capacity by the hour; of one scenario (its slug or id) or of all. */
export function useCapacity(from: string, to: string, scenario: string | undefined, enabled: boolean) {
  return useQuery({
    queryKey: ['capacity', from, to, scenario],
    enabled,
    placeholderData: (before) => before,
    staleTime: 30_000,
    queryFn: () => body(api.GET('/v1/capacity', { params: { query: { from, to, scenario, interval_minutes: 60 } } })),
  });
}
