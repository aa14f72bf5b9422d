import { Alert, Button, Checkbox, Group, NumberInput, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconBell, IconDeviceMobileMessage, IconPhone, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, randomUUID, type Schema } from '@/api';
import { ConfirmButton, ErrorState, LoadingState } from '@/shared';
import { Section, useSay } from '../parts/parts';
import { SaveBar } from '../parts/SaveBar';
import { useMay } from '../session/roles';
import { type Draft, draftOf, inOrder, offsetOf, onLine, problemsOf, type Side, stepOf, type Unit } from './ladder';
import classes from './rules.module.css';

const channels = ['push', 'sms', 'voice'] as const;
const icons = { push: IconBell, sms: IconDeviceMobileMessage, voice: IconPhone };

/** When customers are reminded before a booking and what follows when they do not come: of a scenario, or of the whole bank. */
export function LadderEditor({ scenarioId }: { scenarioId?: string }) {
  const ladder = useQuery({
    queryKey: ['reminder-ladder', scenarioId ?? 'bank'],
    queryFn: () => body(api.GET('/v1/reminder-ladder', { params: { query: { scenario_id: scenarioId } } })),
  });
  if (!ladder.data) return ladder.error ? <ErrorState error={ladder.error} onRetry={() => void ladder.refetch()} withDetail /> : <LoadingState />;
  return <Editor key={JSON.stringify(ladder.data)} scenarioId={scenarioId} saved={ladder.data} />;
}

function Editor({ scenarioId, saved }: { scenarioId?: string; saved: Schema<'ReminderLadder'> }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const say = useSay();
  const mayChange = useMay()('administer');
  const drafts = (list: Schema<'ReminderStep'>[]) => inOrder(list.map((s) => draftOf(s, randomUUID())));
  const [steps, setSteps] = useState(() => drafts(saved.steps));
  const [recovery, setRecovery] = useState(() => drafts(saved.recovery));
  const [own, setOwn] = useState(saved.own);
  const plain = (list: readonly Draft[]) => JSON.stringify(inOrder(list).map(stepOf));
  const changed = plain(steps) !== plain(drafts(saved.steps)) || plain(recovery) !== plain(drafts(saved.recovery)) || (own && !saved.own);
  const wrong = problemsOf(steps, false).size > 0 || problemsOf(recovery, true).size > 0;
  const params = { params: { query: { scenario_id: scenarioId } } };
  const refresh = () => void client.invalidateQueries({ queryKey: ['reminder-ladder'] });
  const save = useMutation({
    mutationFn: () => body(api.PUT('/v1/reminder-ladder', { ...params, body: { steps: inOrder(steps).map(stepOf), recovery: inOrder(recovery).map(stepOf) } })),
    onSuccess: () => {
      say.done(t('saved'));
      refresh();
    },
  });
  const editable = mayChange && own;
  return (
    <Section
      title={t(scenarioId ? 'ladder.ofScenario' : 'ladder.ofBank')}
      actions={
        mayChange && saved.own && (
          <ConfirmButton
            size="xs"
            variant="default"
            title={t('ladder.dropTitle')}
            message={t('ladder.dropText')}
            confirmLabel={t('ladder.drop')}
            onConfirm={async () => {
              await api.DELETE('/v1/reminder-ladder', params);
              refresh();
            }}
          >
            {t('ladder.drop')}
          </ConfirmButton>
        )
      }
    >
      <Stack gap="lg">
        {!own && (
          <Group justify="space-between">
            <Text c="dimmed">{t(scenarioId ? 'ladder.inherited' : 'ladder.standard')}</Text>
            {mayChange && <Button size="xs" variant="default" onClick={() => setOwn(true)}>{t('ladder.makeOwn')}</Button>}
          </Group>
        )}
        <TimeLine steps={steps} label={t('ladder.preview')} zero={t('ladder.call')} />
        <StepList label={t(scenarioId ? 'ladder.ofScenario' : 'ladder.ofBank')} title={t('ladder.steps')} help={t('ladder.stepsHelp')} drafts={steps} onChange={setSteps} editable={editable} recovery={false} />
        <StepList label={t(scenarioId ? 'ladder.ofScenario' : 'ladder.ofBank')} title={t('ladder.recovery')} help={t('ladder.recoveryHelp')} drafts={recovery} onChange={setRecovery} editable={editable} recovery />
        {editable && <SaveBar dirty={changed} wrong={wrong} save={save} onReset={() => { setSteps(drafts(saved.steps)); setRecovery(drafts(saved.recovery)); setOwn(saved.own); }} onSave={() => save.mutate()} />}
      </Stack>
    </Section>
  );
}

/** "2 days before", in words. */
function useWhen(): (d: Draft) => string {
  const { t } = useTranslation('console');
  return (d) => (offsetOf(d) === 0 ? t('ladder.atStart') : t(`ladder.when.${d.side}.${d.unit}`, { count: Number(d.amount) || 0 }));
}

/** The steps on a line in the order of time; what it shows stands in the list as well. */
function TimeLine({ steps, label, zero }: { steps: readonly Draft[]; label: string; zero: string }) {
  const { t } = useTranslation('console');
  const when = useWhen();
  const list = inOrder(steps.filter((d) => d.amount !== ''));
  const offsets = list.map(offsetOf);
  const at = onLine(offsets);
  const zeroAt = onLine([...offsets, 0]).at(-1)!;
  return (
    <figure className={classes.figure} role="img" aria-label={`${label}: ${[...list.map((d) => `${when(d)} ${d.channels.map((c) => t(`channel.${c}`)).join(' + ')}`)].join(', ')}`}>
      <div className={classes.timeline} aria-hidden="true">
        <div className={classes.zero} style={{ insetInlineStart: `calc(20px + (100% - 40px) * ${zeroAt})` }}><span>{zero}</span></div>
        {list.map((d, i) => (
          <div key={d.id} className={classes.mark} data-low={i % 2 === 1 || undefined} style={{ insetInlineStart: `calc(20px + (100% - 40px) * ${at[i]!})` }} title={when(d)}>
            <span className={classes.bead}>{d.channels.map((c) => { const Icon = icons[c]; return <Icon key={c} size={14} />; })}</span>
          </div>
        ))}
      </div>
    </figure>
  );
}

function StepList({ label, title, help, drafts, onChange, editable, recovery }: { label: string; title: string; help: string; drafts: Draft[]; onChange: (drafts: Draft[]) => void; editable: boolean; recovery: boolean }) {
  const { t } = useTranslation('console');
  const when = useWhen();
  const problems = problemsOf(drafts, recovery);
  const change = (id: string, part: Partial<Draft>) => onChange(drafts.map((d) => (d.id === id ? { ...d, ...part } : d)));
  const units: Unit[] = ['minutes', 'hours', 'days'];
  const sides: Side[] = ['before', 'after'];
  return (
    <section aria-label={`${label}: ${title}`}>
      <Text component="h3" fw={620}>{title}</Text>
      <Text size="sm" c="dimmed" mb="sm">{help}</Text>
      {drafts.length === 0 && <Text c="dimmed">{t('ladder.noSteps')}</Text>}
      <ol className={classes.steps}>
        {drafts.map((d) => {
          const name = `${when(d)}, ${d.channels.map((c) => t(`channel.${c}`)).join(' + ')}`;
          return (
            <li key={d.id} className={classes.step} aria-label={name}>
              {editable ? (
                <Stack gap="xs">
                  <Group gap="xs" align="flex-end">
                    <NumberInput aria-label={t('ladder.amount')} w={90} min={0} allowDecimal={false} allowNegative={false} value={d.amount} onChange={(v) => change(d.id, { amount: v === '' ? '' : Number(v) })} error={problems.get(d.id) === 'amount'} />
                    <Select aria-label={t('ladder.unit')} w={120} allowDeselect={false} value={d.unit} onChange={(v) => change(d.id, { unit: v as Unit })} data={units.map((value) => ({ value, label: t(`ladder.units.${value}`) }))} />
                    {!recovery && <Select aria-label={t('ladder.side')} w={120} allowDeselect={false} value={d.side} onChange={(v) => change(d.id, { side: v as Side })} data={sides.map((value) => ({ value, label: t(`ladder.sides.${value}`) }))} />}
                    <Button size="compact-sm" variant="subtle" color="gray" ms="auto" leftSection={<IconTrash size={14} aria-hidden="true" />} aria-label={`${t('delete')}: ${name}`} onClick={() => onChange(drafts.filter((x) => x.id !== d.id))}>{t('delete')}</Button>
                  </Group>
                  <Checkbox.Group value={d.channels} onChange={(v) => change(d.id, { channels: channels.filter((c) => v.includes(c)) })} aria-label={t('messages.channels')}>
                    <Group gap="md">
                      {channels.map((c) => <Checkbox key={c} value={c} label={t(`channel.${c}`)} />)}
                      <Checkbox label={t('ladder.always')} checked={d.always} onChange={(e) => change(d.id, { always: e.currentTarget.checked })} />
                    </Group>
                  </Checkbox.Group>
                  {d.channels.includes('voice') && <TextInput label={t('ladder.flow')} description={t('ladder.flowHelp')} dir="ltr" maw={300} maxLength={64} placeholder="reminder" value={d.flow} onChange={(e) => change(d.id, { flow: e.currentTarget.value })} />}
                  {problems.has(d.id) && <Alert color="yellow" role="alert" py={6}>{t(`ladder.problem.${problems.get(d.id)!}`)}</Alert>}
                </Stack>
              ) : (
                <Text>{name}{d.flow && ` (${d.flow})`}{d.always && ` · ${t('ladder.always')}`}</Text>
              )}
            </li>
          );
        })}
      </ol>
      {editable && drafts.length < 10 && (
        <Group mt="sm" gap="xs">
          <Button size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden="true" />} onClick={() => onChange([...drafts, { id: randomUUID(), amount: 1, unit: 'hours', side: recovery ? 'after' : 'before', channels: ['sms'], flow: '', always: false }])}>{t('ladder.add')}</Button>
          {drafts.length > 1 && <Button size="xs" variant="subtle" onClick={() => onChange(inOrder(drafts))}>{t('ladder.sort')}</Button>}
        </Group>
      )}
    </section>
  );
}
