import { useMe } from '../session/session';

/** The bank's time zone, in which the agenda is kept. */
export function useBankZone(): string {
  return useMe().bank.time_zone ?? 'UTC';
}
