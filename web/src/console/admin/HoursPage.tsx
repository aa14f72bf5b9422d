import { ActionIcon, Button, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ErrorState, LoadingState, useLanguage } from '@/shared';
import { useAgents } from '../frame/names';
import { useBankZone } from '../frame/zone';
import { Failed, Section, useSay } from '../parts/parts';
import { useZones, zoneFilter } from '../parts/zones';
import { AdminPage } from './AdminPage';
import classes from './admin.module.css';
import { dayName, type Hours, problemsOf, weekdays } from './hours';

/** When each agent takes booked calls. */
export function HoursPage() {
  const { t } = useTranslation('console');
  const agents = useAgents();
  const [picked, setPicked] = useState<string>();
  const takers = (agents.data ?? []).filter((a) => a.enabled && (a.role === 'agent' || a.role === 'supervisor'));
  const agentId = picked ?? takers[0]?.id;
  const hours = useQuery({
    queryKey: ['working-hours', agentId],
    enabled: agentId !== undefined,
    queryFn: async () => (await body(api.GET('/v1/working-hours', { params: { query: { agent_id: agentId } } }))).items.find((w) => w.agent_id === agentId)?.hours ?? [],
  });
  return (
    <AdminPage>
      <Stack maw={820}>
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
        {hours.data && agentId ? (
          <Editor key={`${agentId} ${JSON.stringify(hours.data)}`} agentId={agentId} saved={hours.data} />
        ) : hours.error ? (
          <ErrorState error={hours.error} onRetry={() => void hours.refetch()} withDetail />
        ) : (
          <LoadingState />
        )}
      </Stack>
    </AdminPage>
  );
}

function Editor({ agentId, saved }: { agentId: string; saved: Hours[] }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { language, intl } = useLanguage();
  const client = useQueryClient();
  const say = useSay();
  const zones = useZones();
  const bankZone = useBankZone();
  const [hours, setHours] = useState(saved);
  const [zone, setZone] = useState(saved[0]?.time_zone ?? bankZone);
  const problems = problemsOf(hours);
  const changed = JSON.stringify(hours) !== JSON.stringify(saved) || (saved.length > 0 && saved.some((h) => h.time_zone !== zone));
  const save = useMutation({
    mutationFn: () => api.PUT('/v1/working-hours', { body: { agent_id: agentId, hours: hours.map((h) => ({ ...h, time_zone: zone })) } }),
    onSuccess: () => {
      say.done(t('saved'));
      void client.invalidateQueries({ queryKey: ['working-hours'] });
      void client.invalidateQueries({ queryKey: ['slots'] });
    },
  });
  const change = (i: number, part: Partial<Hours>) => setHours(hours.map((h, j) => (j === i ? { ...h, ...part } : h)));
  const add = (weekday: number) => setHours([...hours, { weekday, starts: '09:00', ends: '17:00', time_zone: zone }]);
  const copyMonday = () => {
    const monday = hours.filter((h) => h.weekday === 1);
    setHours([...hours.filter((h) => ![2, 3, 4, 5].includes(h.weekday)), ...[2, 3, 4, 5].flatMap((weekday) => monday.map((h) => ({ ...h, weekday })))]);
  };
  return (
    <Section title={t('admin.hours')} actions={<Button size="xs" variant="default" onClick={copyMonday} disabled={!hours.some((h) => h.weekday === 1)}>{t('admin.copyMonday')}</Button>}>
      <Stack>
        <Select label={t('word.zone')} maw={320} searchable limit={60} allowDeselect={false} value={zone} onChange={(v) => v && setZone(v)} data={zones.includes(zone) ? zones : [zone, ...zones]} filter={zoneFilter} />
        <div className={classes.week}>
          {weekdays(language === 'fa' ? 6 : 1).map((weekday) => {
            const spans = hours.map((h, i) => ({ h, i })).filter(({ h }) => h.weekday === weekday).sort((a, b) => a.h.starts.localeCompare(b.h.starts));
            return (
              <div key={weekday} className={classes.day}>
                <Text fw={560} className={classes.dayName}>{dayName(weekday, intl)}</Text>
                <Stack gap={6} className={classes.spans}>
                  {spans.length === 0 && <Text c="dimmed" className={classes.free}>{t('admin.free')}</Text>}
                  {spans.map(({ h, i }) => (
                    <div key={i}>
                      <Group gap={6} wrap="nowrap" dir="ltr" justify="flex-start">
                        <TextInput aria-label={t('admin.starts', { day: dayName(weekday, intl) })} value={h.starts} placeholder="09:00" w={76} maxLength={5} onChange={(e) => change(i, { starts: e.currentTarget.value })} error={problems.has(i) || !clockTime.test(h.starts)} />
                        –
                        <TextInput aria-label={t('admin.ends', { day: dayName(weekday, intl) })} value={h.ends} placeholder="17:00" w={76} maxLength={5} onChange={(e) => change(i, { ends: e.currentTarget.value })} error={problems.has(i) || !clockTime.test(h.ends)} />
                        <ActionIcon onClick={() => setHours(hours.filter((_, j) => j !== i))} aria-label={t('admin.removeSpan', { day: dayName(weekday, intl) })}><IconTrash size={18} /></ActionIcon>
                      </Group>
                      {problems.has(i) && <Text size="sm" c="red" role="alert">{t(`admin.hoursProblem.${problems.get(i)!}`)}</Text>}
                    </div>
                  ))}
                </Stack>
                <ActionIcon onClick={() => add(weekday)} aria-label={t('admin.addSpan', { day: dayName(weekday, intl) })}><IconPlus size={18} /></ActionIcon>
              </div>
            );
          })}
        </div>
        <Text size="sm" c="dimmed">{t('admin.hoursHelp')}</Text>
        <Failed error={save.error} />
        <Group justify="flex-end">
          {changed && <Button variant="default" onClick={() => { setHours(saved); setZone(saved[0]?.time_zone ?? bankZone); }}>{common('action.cancel')}</Button>}
          <Button disabled={!changed || problems.size > 0 || hours.some((h) => !clockTime.test(h.starts) || !clockTime.test(h.ends))} loading={save.isPending} onClick={() => save.mutate()}>{common('action.save')}</Button>
        </Group>
      </Stack>
    </Section>
  );
}

const clockTime = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/;
