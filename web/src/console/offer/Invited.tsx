import { Button, Group, Stack, Text } from '@mantine/core';
import { IconPhoneCall } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useNavigate } from 'react-router';
import { api, body } from '@/api';
import { startRinging } from '@/shared/call';
import { useAgentName } from '../frame/names';
import { useMyPresence } from '../frame/presence';
import { useSay } from '../parts/parts';
import { useMe } from '../session/session';
import { type Guest, useEndGuest, useMySeat } from '../supervise/party';
import { tell } from './notify';
import classes from './offer.module.css';

/** That a colleague asks me into their call, over whatever page is open. */
export function Invited() {
  const presence = useMyPresence().data;
  const { pathname } = useLocation();
  const callId = presence?.state === 'in_call' ? presence.call_id : undefined;
  const seat = useMySeat(callId);
  if (!callId || !seat || seat.joined_at || seat.role === 'supervisor' || pathname === `/calls/${callId}`) return null;
  return <InvitedCard key={`${callId} ${seat.from}`} callId={callId} seat={seat} />;
}

function InvitedCard({ callId, seat }: { callId: string; seat: Guest }) {
  const { t } = useTranslation('console');
  const me = useMe();
  const agentName = useAgentName();
  const navigate = useNavigate();
  const say = useSay();
  const leave = useEndGuest(callId);
  const call = useQuery({
    queryKey: ['calls', callId],
    queryFn: () => body(api.GET('/v1/calls/{call_id}', { params: { path: { call_id: callId }, query: { as: 'agent' } } })),
  }).data;
  const from = agentName(seat.invited_by) ?? call?.agent_name ?? t('word.agent');
  const title = t('offer.invited', { from });
  const as = t(`transfer.${seat.role as 'helper'}`);
  useEffect(() => startRinging(), []);
  useEffect(() => tell(title, as, () => {}), [title, as]);
  return (
    <section className={classes.card} aria-label={title}>
      <Stack gap="sm" p="md">
        <div role="alert">
          <Text size="xs" c="dimmed">{as}</Text>
          <Text size="lg" fw={640} lh={1.3}>{title}</Text>
          {call?.customer && <Text size="sm" c="dimmed">{t('word.customer')}: {call.customer.name}</Text>}
        </div>
        <Group grow gap="sm">
          <Button variant="default" onClick={() => leave.mutate(me.agent.id, { onError: say.failed })} loading={leave.isPending}>{t('offer.notNow')}</Button>
          <Button leftSection={<IconPhoneCall size={18} aria-hidden="true" />} onClick={() => void navigate(`/calls/${callId}`)}>{t('offer.join')}</Button>
        </Group>
      </Stack>
    </section>
  );
}
