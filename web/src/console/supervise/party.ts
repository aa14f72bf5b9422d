import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, body, type Schema } from '@/api';
import { useMe } from '../session/session';

export type Guest = Schema<'CallGuest'>;
export type GuestMode = Schema<'GuestMode'>;

/** Who led a call and who is, or was, its guest. */
export function useParty(callId: string | undefined) {
  return useQuery({
    queryKey: ['calls', callId, 'party'],
    enabled: callId !== undefined,
    queryFn: () => body(api.GET('/v1/calls/{call_id}/party', { params: { path: { call_id: callId! } } })),
  });
}

/** Those who are guests now, or are asked to come. */
export function guestsNow(party: Schema<'CallParty'> | undefined): Guest[] {
  return party?.guests.filter((g) => !g.to) ?? [];
}

/** My own seat beside the two parties; null for who has none, undefined while it is not known. */
export function useMySeat(callId: string | undefined): Guest | null | undefined {
  const me = useMe();
  const party = useParty(callId).data;
  return party && (guestsNow(party).find((g) => g.agent_id === me.agent.id) ?? null);
}

/** Watches, whispers or joins; again with another mode changes it. */
export function useSupervise(callId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (mode: GuestMode) => body(api.POST('/v1/calls/{call_id}/supervise', { params: { path: { call_id: callId } }, body: { mode } })),
    onSuccess: (guest) =>
      client.setQueryData<Schema<'CallParty'>>(['calls', callId, 'party'], (p) => p && { ...p, guests: [...p.guests.filter((g) => g.to || g.agent_id !== guest.agent_id), guest] }),
    onSettled: () => void client.invalidateQueries({ queryKey: ['calls', callId] }),
  });
}

/** Takes the agent's place. */
export function useTakeOver(callId: string) {
  const client = useQueryClient();
  return async () => {
    const call = await body(api.POST('/v1/calls/{call_id}/take-over', { params: { path: { call_id: callId } } }));
    client.setQueryData(['calls', callId], call);
    for (const key of ['presence', 'calls', 'wallboard']) void client.invalidateQueries({ queryKey: [key] });
  };
}

/** Leaves a call as its guest, or sends one away. */
export function useEndGuest(callId: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (agentId: string) => void (await api.DELETE('/v1/calls/{call_id}/guests/{agent_id}', { params: { path: { call_id: callId, agent_id: agentId } } })),
    onSettled: () => {
      for (const key of [['calls', callId], ['presence']]) void client.invalidateQueries({ queryKey: key });
    },
  });
}
