import { Alert, Select, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, ErrorState, LoadingState } from '@/shared';
import { api, body } from '@/api';
import { useScenario, useScenarios, useTranslated } from '../frame/scenarios';
import { useMay } from '../session/roles';
import { teamSkills } from '../transfer/targets';
import { AdminPage } from './AdminPage';
import { OffersForm } from './OffersForm';
import { QueueSettingsForm } from './QueueSettingsForm';

/** How those who wait find their agent, by scenario. Supervisors read it, administrators change it. */
export function QueuesPage() {
  const { t } = useTranslation('console');
  const translated = useTranslated();
  const admin = useMay()('administer');
  const scenarios = useScenarios();
  const [picked, setPicked] = useState<string>();
  const id = picked ?? scenarios.data?.[0]?.id;
  const scenario = useScenario(id);
  const board = useQuery({ queryKey: ['wallboard'], queryFn: () => body(api.GET('/v1/wallboard')) }).data;
  const known = teamSkills(board?.agents ?? []).map((s) => s.skill);
  const error = scenarios.error ?? scenario.error;
  return (
    <AdminPage>
      <Stack maw={860} gap="lg">
        {!admin && <Alert color="gray">{t('queues.readOnly')}</Alert>}
        {error ? <ErrorState error={error} onRetry={() => { void scenarios.refetch(); void scenario.refetch(); }} withDetail />
          : !scenarios.data ? <LoadingState />
          : scenarios.data.length === 0 ? <EmptyState title={t('queues.noScenarios')} />
          : (
            <>
              <Select
                label={t('word.scenario')}
                maw={380}
                allowDeselect={false}
                value={id ?? null}
                onChange={(v) => v && setPicked(v)}
                data={scenarios.data.map((s) => ({ value: s.id, label: translated(s.definition.name) }))}
              />
              {scenario.data ? <QueueSettingsForm key={`${scenario.data.id} ${scenario.data.version}`} scenario={scenario.data} known={known} readOnly={!admin} /> : <LoadingState />}
            </>
          )}
        {admin && <OffersForm />}
      </Stack>
    </AdminPage>
  );
}
