import { ActionIcon, Alert, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconCoffee, IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, ErrorState, LoadingState, TimeText, useLanguage } from '@/shared';
import classes from '../admin/admin.module.css';
import { useBankZone } from '../frame/zone';
import { Section, useSay } from '../parts/parts';
import { SaveBar } from '../parts/SaveBar';
import { useZones, zoneFilter } from '../parts/zones';
import { Conflicts, Difference } from './Conflicts';
import { clockTime, dayName, type Hours, normal, problemsOf, weekdays, workMinutes } from './hours';

/** An agent's weekly hours; what waits for approval stands above them. */
export function WeekEditor({ agentId, own }: { agentId: string; own: boolean }) {
  const hours = useQuery({
    queryKey: ['working-hours', agentId],
    queryFn: async () => (await body(api.GET('/v1/working-hours', { params: { query: { agent_id: agentId } } }))).items.find((w) => w.agent_id === agentId)?.hours ?? [],
  });
  const waiting = useQuery({
    queryKey: ['hours-changes', agentId, 'requested'],
    queryFn: async () => (await body(api.GET('/v1/hours-changes', { params: { query: { agent_id: agentId, state: 'requested' } } }))).items[0] ?? null,
  });
  return (
    <>
      {waiting.data && <Waiting change={waiting.data} own={own} />}
      {hours.data ? (
        <Editor key={`${agentId} ${JSON.stringify(hours.data)}`} agentId={agentId} own={own} saved={hours.data} asked={waiting.data ?? undefined} />
      ) : hours.error ? (
        <ErrorState error={hours.error} onRetry={() => void hours.refetch()} withDetail />
      ) : (
        <LoadingState />
      )}
    </>
  );
}

/** A request that nobody has decided yet. */
function Waiting({ change, own }: { change: Schema<'HoursChange'>; own: boolean }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  return (
    <Alert color="yellow" title={t(own ? 'hours.waitingOwn' : 'hours.waiting')}>
      <Stack gap="sm">
        <Text size="sm">{t('hours.askedAt')} <TimeText value={change.asked_at} format="short" /></Text>
        <Difference before={change.before} after={change.after} />
        {own && (
          <Group>
            <ConfirmButton
              size="xs"
              variant="default"
              title={t('hours.withdrawTitle')}
              message={t('hours.withdrawText')}
              confirmLabel={t('hours.withdraw')}
              onConfirm={async () => {
                await api.POST('/v1/hours-changes/{change_id}/withdraw', { params: { path: { change_id: change.id } } });
                await client.invalidateQueries({ queryKey: ['hours-changes'] });
              }}
            >
              {t('hours.withdraw')}
            </ConfirmButton>
          </Group>
        )}
      </Stack>
    </Alert>
  );
}

function Editor({ agentId, own, saved, asked }: { agentId: string; own: boolean; saved: Hours[]; asked?: Schema<'HoursChange'> }) {
  const { t } = useTranslation('console');
  const { language, intl } = useLanguage();
  const client = useQueryClient();
  const say = useSay();
  const zones = useZones();
  const bankZone = useBankZone();
  const [hours, setHours] = useState(saved);
  const [zone, setZone] = useState(saved[0]?.time_zone ?? bankZone);
  const [conflicts, setConflicts] = useState<Schema<'BookingConflict'>[]>([]);
  const problems = problemsOf(hours);
  const wanted = hours.map((h) => ({ weekday: h.weekday, starts: h.starts, ends: h.ends, time_zone: zone, kind: h.kind ?? ('work' as const) }));
  const changed = normal(wanted) !== normal(saved);
  const save = useMutation({
    mutationFn: async () => {
      const { data, response } = await api.PUT('/v1/working-hours', { body: { agent_id: agentId, hours: wanted } });
      return { data, asked: response.status === 202 };
    },
    onSuccess: ({ data, asked }) => {
      say.done(t(asked ? 'hours.askedFor' : 'saved'));
      setConflicts((data as { conflicts?: Schema<'BookingConflict'>[] }).conflicts ?? []);
      for (const key of ['working-hours', 'hours-changes', 'slots', 'capacity', 'agenda']) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  const change = (i: number, part: Partial<Hours>) => setHours(hours.map((h, j) => (j === i ? { ...h, ...part } : h)));
  const add = (weekday: number, kind: 'work' | 'break') => setHours([...hours, kind === 'break' ? { weekday, starts: '12:00', ends: '13:00', time_zone: zone, kind } : { weekday, starts: '09:00', ends: '17:00', time_zone: zone, kind }]);
  const copyMonday = () => {
    const monday = hours.filter((h) => h.weekday === 1);
    setHours([...hours.filter((h) => ![2, 3, 4, 5].includes(h.weekday)), ...[2, 3, 4, 5].flatMap((weekday) => monday.map((h) => ({ ...h, weekday })))]);
  };
  const wrong = problems.size > 0 || hours.some((h) => !clockTime.test(h.starts) || !clockTime.test(h.ends));
  const number = new Intl.NumberFormat(intl, { maximumFractionDigits: 1 });
  return (
    <Section title={t('hours.week')} actions={<Button size="xs" variant="default" onClick={copyMonday} disabled={!hours.some((h) => h.weekday === 1)}>{t('admin.copyMonday')}</Button>}>
      <Stack>
        <Select label={t('word.zone')} maw={320} searchable limit={60} allowDeselect={false} value={zone} onChange={(v) => v && setZone(v)} data={zones.includes(zone) ? zones : [zone, ...zones]} filter={zoneFilter} />
        <div className={classes.week}>
          {weekdays(language === 'fa' ? 6 : 1).map((weekday) => {
            const spans = hours.map((h, i) => ({ h, i })).filter(({ h }) => h.weekday === weekday).sort((a, b) => (a.h.kind === 'break' ? 1 : 0) - (b.h.kind === 'break' ? 1 : 0) || a.h.starts.localeCompare(b.h.starts));
            const day = dayName(weekday, intl);
            return (
              <div key={weekday} className={classes.day} role="group" aria-label={day}>
                <Text fw={560} className={classes.dayName}>{day}</Text>
                <Stack gap={6} className={classes.spans}>
                  {spans.length === 0 && <Text c="dimmed" className={classes.free}>{t('admin.free')}</Text>}
                  {spans.map(({ h, i }) => {
                    const rest = h.kind === 'break';
                    return (
                      <div key={i}>
                        <Group gap={6} wrap="nowrap" justify="flex-start">
                          <Group gap={6} wrap="nowrap" dir="ltr">
                            <TextInput aria-label={t(rest ? 'hours.breakStarts' : 'admin.starts', { day })} value={h.starts} placeholder="09:00" w={72} maxLength={5} onChange={(e) => change(i, { starts: e.currentTarget.value })} error={problems.has(i) || !clockTime.test(h.starts)} />
                            –
                            <TextInput aria-label={t(rest ? 'hours.breakEnds' : 'admin.ends', { day })} value={h.ends} placeholder="17:00" w={72} maxLength={5} onChange={(e) => change(i, { ends: e.currentTarget.value })} error={problems.has(i) || !clockTime.test(h.ends)} />
                          </Group>
                          <ActionIcon onClick={() => setHours(hours.filter((_, j) => j !== i))} aria-label={t(rest ? 'hours.removeBreak' : 'admin.removeSpan', { day })}><IconTrash size={18} aria-hidden="true" /></ActionIcon>
                          {rest && <Text size="sm" c="dimmed">{t('hours.break')}</Text>}
                        </Group>
                        {problems.has(i) && <Text size="sm" c="red" role="alert">{t(`admin.hoursProblem.${problems.get(i)!}`)}</Text>}
                      </div>
                    );
                  })}
                </Stack>
                <Group gap={2} wrap="nowrap">
                  <ActionIcon onClick={() => add(weekday, 'work')} aria-label={t('admin.addSpan', { day })}><IconPlus size={18} aria-hidden="true" /></ActionIcon>
                  {spans.some(({ h }) => h.kind !== 'break') && <ActionIcon onClick={() => add(weekday, 'break')} aria-label={t('hours.addBreak', { day })}><IconCoffee size={18} aria-hidden="true" /></ActionIcon>}
                </Group>
              </div>
            );
          })}
        </div>
        <Text size="sm" c="dimmed">{t('hours.total', { hours: number.format(workMinutes(hours) / 60) })} {t('admin.hoursHelp')} {own && t('hours.ownHelp')}</Text>
        <SaveBar dirty={changed} wrong={wrong || (own && asked !== undefined)} save={save} onReset={() => { setHours(saved); setZone(saved[0]?.time_zone ?? bankZone); }} onSave={() => save.mutate()} label={own ? t('hours.ask') : undefined}>
          <Conflicts conflicts={conflicts} />
        </SaveBar>
        {own && asked && changed && <Text size="sm" c="dimmed" role="status">{t('hours.oneAtATime')}</Text>}
      </Stack>
    </Section>
  );
}
