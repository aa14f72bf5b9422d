import { Alert, Button, Radio, Stack } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem } from '@/api';
import { ErrorState, LoadingState } from '@/shared';
import type { Call } from '../call/CallPage';
import { useTeam } from '../frame/presence';
import { Failed, useSay } from '../parts/parts';
import { useMe } from '../session/session';
import { AgentSelect } from './AgentSelect';
import { inviteTargets } from './targets';

/** Asks an interpreter or a helper into the call; it goes on meanwhile. */
export function InviteForm({ call, onDone }: { call: Call; onDone: () => void }) {
  const { t } = useTranslation('console');
  const me = useMe();
  const client = useQueryClient();
  const say = useSay();
  const team = useTeam();
  const [agent, setAgent] = useState<string | null>(null);
  const [role, setRole] = useState<string>('interpreter');
  const ask = useMutation({
    mutationFn: () => body(api.POST('/v1/calls/{call_id}/invite', { params: { path: { call_id: call.id } }, body: { agent_id: agent!, role: role as 'helper' } })),
    onSuccess: (guest) => {
      say.done(t('transfer.asked', { name: guest.agent_name }));
      onDone();
    },
    onSettled: () => {
      for (const key of [['calls', call.id], ['presence']]) void client.invalidateQueries({ queryKey: key });
    },
  });
  if (!team.data) return team.error ? <ErrorState error={team.error} onRetry={() => void team.refetch()} withDetail /> : <LoadingState />;
  const code = ask.error ? Problem.from(ask.error).code : '';
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        ask.mutate();
      }}
    >
      <Stack>
        <AgentSelect label={t('transfer.colleague')} description={t('transfer.inviteHelp')} candidates={inviteTargets(team.data, me.agent.id).map((a) => ({ agent: a, possible: true }))} value={agent} onChange={setAgent} />
        <Radio.Group label={t('transfer.inviteAs')} value={role} onChange={setRole}>
          <Stack gap="xs" mt="xs">
            <Radio value="interpreter" label={t('transfer.interpreter')} description={t('transfer.interpreterHelp')} />
            <Radio value="helper" label={t('transfer.helper')} description={t('transfer.helperHelp')} />
          </Stack>
        </Radio.Group>
        {code === 'seat_taken' ? <Alert color="yellow" role="alert">{t('transfer.seatTaken')}</Alert>
          : code === 'agent_in_call' ? <Alert color="yellow" role="alert">{t('transfer.inCall')}</Alert>
          : <Failed error={ask.error} />}
        <Button type="submit" loading={ask.isPending} disabled={!agent}>{t('transfer.inviteAsk')}</Button>
      </Stack>
    </form>
  );
}
