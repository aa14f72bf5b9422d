import { useQuery } from '@tanstack/react-query';
import { api, body } from '@/api';
import { useScenarios } from './scenarios';

/**
 * The bank's time zone, in which the agenda is kept. The session does not tell
 * it, but the slots of a scenario come in it; the browser's until it is known.
 */
export function useBankZone(): string {
  const scenario = useScenarios().data?.[0]?.slug;
  const { data } = useQuery({
    queryKey: ['slots', 'zone', scenario],
    enabled: scenario !== undefined,
    staleTime: Infinity,
    queryFn: async () => (await body(api.GET('/v1/slots', { params: { query: { scenario, limit: 1, as: 'agent' } } }))).time_zone,
  });
  return data ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
}
