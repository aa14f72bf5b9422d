import { Alert, Text } from '@mantine/core';
import { IconArrowsExchange } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Call } from '../call/CallPage';
import { useMe } from '../session/session';

/** What the colleague who hands the call over wrote, for who takes it. */
export function HandOverNote({ call }: { call: Call }) {
  const { t } = useTranslation('console');
  const me = useMe();
  const { transfer } = call;
  if (!transfer || transfer.from_agent_id === me.agent.id) return null;
  const mine = transfer.state === 'done' ? call.agent_id === me.agent.id : transfer.state === 'joined' && transfer.to_agent_id === me.agent.id;
  if (!mine) return null;
  const from = transfer.from_agent_name || t('word.agent');
  return (
    <Alert color="petrol" mt="sm" mb="sm" py="xs" icon={<IconArrowsExchange size={20} aria-hidden="true" />} title={t(transfer.state === 'done' ? 'transfer.fromDone' : 'transfer.fromJoined', { name: from })}>
      {transfer.note ? <Text dir="auto" style={{ whiteSpace: 'pre-wrap' }}>{transfer.note}</Text> : <Text c="dimmed">{t('transfer.noNote')}</Text>}
    </Alert>
  );
}
