import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schema } from '@/api';
import type { PickedPresence } from '@/shared';
import { useMay } from '../session/roles';
import { noteServerTime } from './serverClock';
import { tickEvery } from './ticker';

export type Presence = Schema<'Presence'>;

const mine = ['presence', 'mine'];
const heartbeatMs = 20_000;

/** What I am doing, the customer who is offered to me, my live call. Nothing for those who take no calls. */
export function useMyPresence() {
  const enabled = useMay()('takeCalls');
  return useQuery({
    queryKey: mine,
    enabled,
    queryFn: async () => {
      const { data, response } = await api.GET('/v1/presence');
      noteServerTime(response);
      return data as Presence;
    },
  });
}

export function useSetPresence() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (body: { state: PickedPresence; reason?: string }) => (await api.PUT('/v1/presence', { body })).data as Presence,
    onSuccess: (presence) => {
      client.setQueryData(mine, presence);
      void client.invalidateQueries({ queryKey: ['presence'] });
      void client.invalidateQueries({ queryKey: ['queue'] });
    },
  });
}

/** Says every 20 s that the console is open: after 60 s of silence the gateway offers us nobody. */
export function useHeartbeat(): void {
  const client = useQueryClient();
  const enabled = useMay()('takeCalls');
  useEffect(() => {
    if (!enabled) return;
    let stopped = false;
    const beat = async () => {
      try {
        const { data, response } = await api.POST('/v1/presence/heartbeat', {});
        noteServerTime(response);
        if (!stopped && data) client.setQueryData(mine, data);
      } catch {
        // The next beat comes; the header shows that the connection is lost.
      }
    };
    void beat();
    const stop = tickEvery(heartbeatMs, () => void beat());
    return () => {
      stopped = true;
      stop();
    };
  }, [client, enabled]);
}

const knownReasons = ['break', 'lunch', 'meeting', 'training', 'paperwork', 'missed_offers'] as const;

/** What a pause is for, in the language being shown; the bank's own reasons as the bank wrote them. */
export function usePauseReason(): (reason: string) => string {
  const { t } = useTranslation('console');
  return (reason) => {
    const known = knownReasons.find((k) => k === reason);
    return known ? t(`pauseReason.${known}`) : reason;
  };
}

/** Everyone who takes calls, and what they are doing. */
export function useTeam() {
  const enabled = useMay()('takeCalls');
  return useQuery({
    queryKey: ['presence', 'agents'],
    enabled,
    queryFn: async () => (await api.GET('/v1/presence/agents')).data?.items ?? [],
    refetchInterval: 30_000, // that somebody fell silent is no event
  });
}
