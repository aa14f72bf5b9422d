import { Alert, Button, Group, Text } from '@mantine/core';
import { IconArrowsExchange } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body, Problem } from '@/api';
import { Countdown, useLiveEvent } from '@/shared';
import type { Call } from '../call/CallPage';
import { onOurClock } from '../frame/serverClock';
import { useSay } from '../parts/parts';
import { skillName } from './targets';

/** How the transfer of one's own call stands, over the picture: who is asked, for how long, and what can be done now. */
export function TransferBar({ call }: { call: Call }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const say = useSay();
  const path = { params: { path: { call_id: call.id } } };
  const settle = (next?: Call) => {
    if (next) client.setQueryData(['calls', call.id], next);
    for (const key of [['calls', call.id], ['presence'], ['queue']]) void client.invalidateQueries({ queryKey: key });
  };
  const complete = useMutation({
    mutationFn: () => body(api.POST('/v1/calls/{call_id}/transfer/complete', path)),
    onSuccess: settle,
    onError: (error) => {
      if (Problem.from(error).code === 'no_transfer') say.done(t('transfer.gone'));
      else say.failed(error);
      settle();
    },
  });
  const cancel = useMutation({
    mutationFn: () => body(api.POST('/v1/calls/{call_id}/transfer/cancel', path)),
    onSuccess: settle,
    onError: (error) => {
      say.failed(error);
      settle();
    },
  });
  useLiveEvent('call.transfer_expired', ({ data }) => {
    if ((data.object as { id?: string } | undefined)?.id === call.id) say.done(t('transfer.expired'));
  });
  const { transfer } = call;
  if (!transfer || transfer.state === 'done') return null;
  const who = transfer.offered_to_name ?? transfer.to_agent_name ?? (transfer.skill ? t('transfer.someoneWith', { skill: skillName(transfer.skill) }) : t('word.agent'));
  const joined = transfer.state === 'joined';
  const busy = complete.isPending || cancel.isPending;
  return (
    <Alert color={joined ? 'petrol' : 'yellow'} radius={0} py="xs" icon={<IconArrowsExchange size={20} aria-hidden="true" />}>
      <Group justify="space-between" gap="sm">
        <div role="status">
          <Text fw={620}>{t(`transfer.state.${transfer.state as 'joined'}`, { name: who })}</Text>
          <Text size="sm">
            {t(joined ? 'transfer.joinedText' : transfer.warm ? 'transfer.warmText' : 'transfer.coldText')}
            {transfer.expires_at && !joined && (
              <>
                {' '}
                {t('transfer.asksFor')} <Countdown to={onOurClock(transfer.expires_at)} />
              </>
            )}
          </Text>
        </div>
        <Group gap="xs">
          {joined && <Button size="sm" onClick={() => complete.mutate()} loading={complete.isPending} disabled={busy}>{t('transfer.complete', { name: who })}</Button>}
          <Button size="sm" variant="default" onClick={() => cancel.mutate()} loading={cancel.isPending} disabled={busy}>
            {joined ? t('transfer.keep') : common('action.cancel')}
          </Button>
        </Group>
      </Group>
    </Alert>
  );
}
