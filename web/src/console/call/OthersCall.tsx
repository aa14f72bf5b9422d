import { Button } from '@mantine/core';
import { IconPhone } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { EmptyState } from '@/shared';
import type { Call } from './CallPage';

/** A call that a colleague leads: only they join it. */
export function OthersCall({ call }: { call: Call }) {
  const { t } = useTranslation('console');
  return (
    <EmptyState
      icon={<IconPhone size={24} stroke={1.6} />}
      title={t('call.others', { name: call.agent_name || t('word.agent') })}
      action={
        <Button component={Link} to={`/identifications/${call.identification_id}`} variant="light">
          {t('openCase')}
        </Button>
      }
    >
      {t('call.othersText')}
    </EmptyState>
  );
}
