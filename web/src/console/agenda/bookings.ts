import { useQuery } from '@tanstack/react-query';
import { api, body, type Schema } from '@/api';
import { everyPage } from '../parts/pages';

export type Booking = Schema<'Booking'>;

/** All bookings that begin in [from, to). Cancelled ones are left out: their time is free again. */
export function useBookings(from: string | undefined, to: string | undefined) {
  return useQuery({
    queryKey: ['bookings', 'range', from, to],
    enabled: from !== undefined && to !== undefined,
    placeholderData: (before) => before,
    queryFn: async () => {
      const all = await everyPage((cursor) => body(api.GET('/v1/bookings', { params: { query: { from, to, limit: 100, cursor } } })), 30);
      return all.filter((b) => b.state !== 'cancelled').sort((a, b) => a.start.localeCompare(b.start));
    },
  });
}

/** Bookings that are still to come or due, from now on. */
export function next(bookings: Booking[], now: number): Booking[] {
  return bookings.filter((b) => (b.state === 'confirmed' && Date.parse(b.end) > now) || b.state === 'due');
}

/** What of the agenda is shown; an empty choice shows all. */
export interface Filter {
  scenario?: string;
  state?: string;
  agent?: string;
}

export function filtered(bookings: readonly Booking[], { scenario, state, agent }: Filter): Booking[] {
  return bookings.filter((b) => (!scenario || b.scenario.id === scenario) && (!state || b.state === state) && (!agent || b.agent_id === agent));
}
