import { Select, Stack } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorState } from '@/shared';
import { AdminPage } from '../admin/AdminPage';
import { useAgents } from '../frame/names';
import { useMe } from '../session/session';
import { Exceptions } from './Exceptions';
import { Requests } from './Requests';
import { WeekEditor } from './WeekEditor';

/** When each agent takes booked calls, how certain days differ, and what agents have asked for. */
export function HoursPage() {
  const { t } = useTranslation('console');
  const me = useMe().agent.id;
  const agents = useAgents();
  const [picked, setPicked] = useState<string>();
  const takers = (agents.data ?? []).filter((a) => a.enabled && (a.role === 'agent' || a.role === 'supervisor'));
  const agentId = picked ?? takers[0]?.id;
  return (
    <AdminPage>
      <Stack maw={860} gap="lg">
        <Requests />
        {agents.error && <ErrorState error={agents.error} onRetry={() => void agents.refetch()} withDetail />}
        <Select
          label={t('word.agent')}
          maw={320}
          searchable
          allowDeselect={false}
          value={agentId ?? null}
          onChange={(v) => v && setPicked(v)}
          data={takers.map((a) => ({ value: a.id, label: a.name }))}
        />
        {agentId && (
          <>
            <WeekEditor key={agentId} agentId={agentId} own={agentId === me} />
            <Exceptions key={`x${agentId}`} agentId={agentId} own={agentId === me} />
          </>
        )}
      </Stack>
    </AdminPage>
  );
}
