import { useQuery } from '@tanstack/react-query';
import { api, body, type Schema } from '@/api';

/** What stands in a calendar: a booking, or a time that is held for who fills in the form. */
export type Booking = Schema<'AgendaItem'>;

/** Everything that overlaps [from, to), at most 92 days. Cancelled ones are left out: their time is free again. */
export function useAgenda(from: string, to: string) {
  return useQuery({
    queryKey: ['agenda', from, to],
    placeholderData: (before) => before,
    queryFn: async () => {
      const { items } = await body(api.GET('/v1/agenda', { params: { query: { from, to } } }));
      return items.filter((b) => b.state !== 'cancelled');
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
  /** Whose calendar holds it. */
  agent?: string;
}

export function filtered(bookings: readonly Booking[], { scenario, state, agent }: Filter): Booking[] {
  return bookings.filter((b) => (!scenario || b.scenario.id === scenario) && (!state || b.state === state) && (!agent || b.agent_id === agent));
}

/** Who it is for, as far as the viewer may know: undefined for a hold and for others' customers. */
export function nameOf(booking: Booking): string | undefined {
  return booking.customer_name || undefined;
}
