import { ActionIcon, Button, Group, NumberInput, Select, SimpleGrid, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, randomUUID, type Schema } from '@/api';
import { EmptyState, ErrorState, LoadingState } from '@/shared';
import { AdminPage } from '../admin/AdminPage';
import { useScenarios, useTranslated } from '../frame/scenarios';
import { Section, useSay } from '../parts/parts';
import { SaveBar } from '../parts/SaveBar';
import { useMay } from '../session/roles';
import { LadderEditor } from './LadderEditor';
import { numbers, problemsIn, type Values, valuesOf, withValues } from './settings';

/** How each kind of call is booked, and when its customers are reminded. */
export function BookingRulesPage() {
  const { t } = useTranslation('console');
  const translated = useTranslated();
  const may = useMay();
  const scenarios = useScenarios();
  const [picked, setPicked] = useState<string>();
  const scenario = scenarios.data?.find((s) => s.id === picked) ?? scenarios.data?.[0];
  return (
    <AdminPage>
      <Stack maw={860} gap="lg">
        {!scenarios.data ? (
          scenarios.error ? <ErrorState error={scenarios.error} onRetry={() => void scenarios.refetch()} withDetail /> : <LoadingState />
        ) : !scenario ? (
          <EmptyState title={t('rules.noScenario')} />
        ) : (
          <>
            <Select label={t('word.scenario')} maw={400} allowDeselect={false} value={scenario.id} onChange={(v) => v && setPicked(v)} data={scenarios.data.map((s) => ({ value: s.id, label: translated(s.definition.name) }))} />
            {may('administer') && <Settings key={`${scenario.id} ${scenario.version}`} scenario={scenario} />}
            <LadderEditor key={`l${scenario.id}`} scenarioId={scenario.id} />
            <LadderEditor key="bank" />
          </>
        )}
      </Stack>
    </AdminPage>
  );
}

const parts = ['times', 'limits', 'customer'] as const;

function Settings({ scenario }: { scenario: Schema<'Scenario'> }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const say = useSay();
  const [values, setValues] = useState(() => valuesOf(scenario.definition));
  const wrong = problemsIn(values);
  const changed = JSON.stringify(withValues(scenario.definition, values)) !== JSON.stringify(scenario.definition);
  const save = useMutation({
    mutationFn: () => body(api.PUT('/v1/scenarios/{scenario_id}', { params: { path: { scenario_id: scenario.id } }, body: { definition: withValues(scenario.definition, values) } })),
    onSuccess: () => {
      say.done(t('saved'));
      for (const key of ['scenarios', 'slots', 'capacity']) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  const set = (part: Partial<Values>) => setValues((now) => ({ ...now, ...part }));
  const need = (id: string, part: Partial<Values['needs'][number]>) => set({ needs: values.needs.map((n) => (n.id === id ? { ...n, ...part } : n)) });
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        if (changed && wrong.size === 0) save.mutate();
      }}
    >
      <Stack gap="lg">
        {parts.map((part) => (
          <Section key={part} title={t(`rules.part.${part}`)}>
            <Stack>
              <SimpleGrid cols={{ base: 1, sm: 2 }}>
                {numbers.filter((n) => n.part === part).map((n) => (
                  <NumberInput
                    key={n.key}
                    label={t(`rules.${n.key}`)}
                    description={t(`rules.help.${n.key}`)}
                    suffix={` ${t(`rules.unit.${n.unit}`)}`}
                    min={n.min}
                    max={n.max}
                    clampBehavior="none"
                    allowDecimal={false}
                    allowNegative={false}
                    placeholder={n.fallback === undefined ? t('rules.asLong') : undefined}
                    value={values.numbers[n.key]}
                    onChange={(v) => set({ numbers: { ...values.numbers, [n.key]: v === '' ? '' : Number(v) } })}
                    error={wrong.has(n.key) ? t('rules.bounds', { min: n.min, max: n.max }) : undefined}
                  />
                ))}
              </SimpleGrid>
              {part === 'limits' && <Switch label={t('rules.chooseAgent')} description={t('rules.chooseAgentHelp')} checked={values.chooseAgent} onChange={(e) => set({ chooseAgent: e.currentTarget.checked })} />}
              {part === 'customer' && <Switch label={t('rules.stepUp')} description={t('rules.stepUpHelp')} checked={values.stepUp} onChange={(e) => set({ stepUp: e.currentTarget.checked })} />}
            </Stack>
          </Section>
        ))}
        <Section title={t('rules.needs')}>
          <Stack>
            <Text c="dimmed" size="sm">{t('rules.needsHelp')}</Text>
            {values.needs.map((n) => (
              <Group key={n.id} align="flex-start" role="group" aria-label={n.name || t('rules.need')}>
                <TextInput label={t('rules.need')} dir="ltr" w={200} maxLength={63} value={n.name} onChange={(e) => need(n.id, { name: e.currentTarget.value })} error={wrong.has(`need.${n.id}`) ? t('rules.needWrong') : undefined} />
                <NumberInput label={t('rules.longer')} w={140} min={0} max={240} allowDecimal={false} suffix={` ${t('rules.unit.min')}`} value={n.extra_minutes} onChange={(v) => need(n.id, { extra_minutes: Number(v) || 0 })} />
                <TextInput label={t('rules.skill')} dir="ltr" w={180} maxLength={63} value={n.skill} onChange={(e) => need(n.id, { skill: e.currentTarget.value })} error={wrong.has(`skill.${n.id}`) ? t('rules.skillWrong') : undefined} />
                <ActionIcon mt={26} aria-label={`${t('delete')}: ${n.name || t('rules.need')}`} onClick={() => set({ needs: values.needs.filter((x) => x.id !== n.id) })}><IconTrash size={18} aria-hidden="true" /></ActionIcon>
              </Group>
            ))}
            {values.needs.length < 20 && <Group><Button size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => set({ needs: [...values.needs, { id: randomUUID(), name: '', extra_minutes: 15, skill: '' }] })}>{t('rules.addNeed')}</Button></Group>}
          </Stack>
        </Section>
        <SaveBar dirty={changed} wrong={wrong.size > 0} save={save} onReset={() => setValues(valuesOf(scenario.definition))} />
      </Stack>
    </form>
  );
}
