import { useQuery } from '@tanstack/react-query';
import { api, body } from '@/api';
import { everyPage } from '../parts/pages';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';
import { useTeam } from './presence';

/** All people at the bank; only for supervisors and administrators. */
export function useAgents() {
  const enabled = useMay()('seeAgents');
  return useQuery({
    queryKey: ['agents', 'all'],
    enabled,
    queryFn: () => everyPage((cursor) => body(api.GET('/v1/agents', { params: { query: { limit: 100, cursor } } }))),
  });
}

/** The name of an agent as far as this person may know it; undefined else. */
export function useAgentName(): (id: string | undefined) => string | undefined {
  const { agent } = useMe();
  const agents = useAgents().data;
  const team = useTeam().data;
  return (id) => {
    if (!id) return undefined;
    if (id === agent.id) return agent.name;
    return agents?.find((a) => a.id === id)?.name ?? team?.find((a) => a.agent_id === id)?.name;
  };
}
