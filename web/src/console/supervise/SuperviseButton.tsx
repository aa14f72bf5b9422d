import { Button } from '@mantine/core';
import { IconEye } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useMay } from '../session/roles';
import { useMe } from '../session/session';

/** To a running call of somebody else, where a supervisor chooses how to take part. */
export function SuperviseButton({ callId, agentId, agentName, state }: { callId: string; agentId: string; agentName: string; state?: string }) {
  const { t } = useTranslation('console');
  const may = useMay();
  const me = useMe();
  if (!may('supervise') || agentId === me.agent.id || (state !== undefined && state !== 'active')) return null;
  return (
    <Button component={Link} to={`/calls/${callId}`} size="compact-sm" variant="light" leftSection={<IconEye size={16} aria-hidden="true" />} aria-label={t('supervise.lookAt', { name: agentName })}>
      {t('supervise.look')}
    </Button>
  );
}
