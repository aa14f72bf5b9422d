import { useLocalStorage } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { api, body } from '@/api';
import { useBankZone } from '../frame/zone';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';

/**
 * The zone that the agenda is drawn in: what the person picked, else that of
 * their own working hours, else the bank's.
 */
export function useAgendaZone(): { zone: string; zones: string[]; pick: (zone: string) => void } {
  const bank = useBankZone();
  const { agent } = useMe();
  const takes = useMay()('takeCalls');
  const hours = useQuery({
    queryKey: ['working-hours', agent.id],
    enabled: takes,
    staleTime: 300_000,
    queryFn: async () => (await body(api.GET('/v1/working-hours', { params: { query: { agent_id: agent.id } } }))).items.find((w) => w.agent_id === agent.id)?.hours ?? [],
  });
  const own = hours.data?.[0]?.time_zone;
  const browser = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  const [picked, pick] = useLocalStorage<string>({ key: 'visavis.agendaZone', defaultValue: '', getInitialValueInEffect: false });
  const zones = [...new Set([own ?? bank, bank, browser, ...(picked ? [picked] : [])])];
  return { zone: picked || own || bank, zones, pick: (zone) => pick(zone === (own ?? bank) ? '' : zone) };
}
