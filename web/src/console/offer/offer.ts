import type { Schema } from '@/api';

/** The longest that an offer is shown after it was first seen when nothing says when it ends, milliseconds. */
const longest = 20_000;

/**
 * How much of an offer is left, between 0 and 1 and in milliseconds. `now` and
 * `expires` are on one clock, `seen` is when this page first saw it.
 */
export function offerLeft(now: number, seen: number, expires: number | undefined): { ms: number; share: number } {
  const end = expires ?? seen + longest;
  const whole = Math.max(1, end - seen);
  const ms = Math.max(0, end - now);
  return { ms, share: Math.min(1, ms / whole) };
}

/** The customer who is offered to me now; undefined when there is none or the time is up. */
export function offerOf(presence: Schema<'Presence'> | undefined): Schema<'QueueEntry'> | undefined {
  return presence?.state === 'offered' ? presence.offer : undefined;
}
