import { Button, Collapse, Group, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ErrorState, LoadingState, TimeText, useLanguage } from '@/shared';
import { useAgentName } from '../frame/names';
import { Failed, Section, useSay } from '../parts/parts';
import { useMe } from '../session/session';
import { Conflicts, Difference } from './Conflicts';
import { daysText } from './Exceptions';
import rows from '../parts/parts.module.css';

type Request = { what: 'hours'; it: Schema<'HoursChange'> } | { what: 'exception'; it: Schema<'CalendarException'> };

/** What agents have asked for and somebody else decides: changed weeks, absences, extra hours, travels. */
export function Requests() {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const me = useMe().agent.id;
  const nameOf = useAgentName();
  const weeks = useQuery({ queryKey: ['hours-changes', 'all', 'requested'], queryFn: () => body(api.GET('/v1/hours-changes', { params: { query: { state: 'requested', limit: 100 } } })) });
  const days = useQuery({ queryKey: ['calendar-exceptions', 'all', 'requested'], queryFn: () => body(api.GET('/v1/calendar-exceptions', { params: { query: { state: 'requested' } } })) });
  const failed = weeks.error ?? days.error;
  const all: Request[] = [
    ...(weeks.data?.items ?? []).map((it): Request => ({ what: 'hours', it })),
    ...(days.data?.items ?? []).map((it): Request => ({ what: 'exception', it })),
  ].sort((a, b) => a.it.asked_at.localeCompare(b.it.asked_at));
  return (
    <Section title={t('hours.requests')}>
      {!weeks.data || !days.data ? (
        failed ? <ErrorState error={failed} onRetry={() => { void weeks.refetch(); void days.refetch(); }} withDetail /> : <LoadingState />
      ) : all.length === 0 ? (
        <Text c="dimmed">{t('hours.noRequests')}</Text>
      ) : (
        <ul className={rows.rows}>
          {all.map((r) => (
            <li key={r.it.id}>
              <div className={rows.rowText}>
                <Text fw={560}>
                  {nameOf(r.it.agent_id)} · {r.what === 'hours' ? t('hours.week') : t(`hours.kind.${r.it.kind}`)}
                </Text>
                {r.what === 'hours' ? (
                  <Difference before={r.it.before} after={r.it.after} />
                ) : (
                  <Text size="sm">{daysText(r.it, intl)}{r.it.starts && <> · <bdi dir="ltr">{r.it.starts}–{r.it.ends}</bdi></>}{r.it.time_zone && ` · ${r.it.time_zone.replaceAll('_', ' ')}`}</Text>
                )}
                {r.what === 'exception' && r.it.reason && <Text size="sm" c="dimmed">{r.it.reason}</Text>}
                <Text size="sm" c="dimmed">{t('hours.askedAt')} <TimeText value={r.it.asked_at} format="short" /></Text>
              </div>
              {r.it.agent_id === me || r.it.asked_by === me ? <Text size="sm" c="dimmed">{t('hours.fourEyes')}</Text> : <Decide request={r} name={nameOf(r.it.agent_id) ?? ''} />}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Decide({ request, name }: { request: Request; name: string }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const say = useSay();
  const [opened, setOpened] = useState(false);
  const [note, setNote] = useState('');
  const [done, setDone] = useState<Schema<'BookingConflict'>[]>();
  const { id } = request.it;
  const detail = useQuery({
    queryKey: [request.what === 'hours' ? 'hours-changes' : 'calendar-exceptions', id],
    enabled: opened,
    queryFn: async () =>
      request.what === 'hours'
        ? (await body(api.GET('/v1/hours-changes/{change_id}', { params: { path: { change_id: id } } }))).conflicts
        : (await body(api.GET('/v1/calendar-exceptions/{exception_id}', { params: { path: { exception_id: id } } }))).conflicts,
  });
  const refresh = () => {
    for (const key of ['hours-changes', 'calendar-exceptions', 'working-hours', 'slots', 'capacity', 'agenda']) void client.invalidateQueries({ queryKey: [key] });
  };
  const decide = useMutation({
    mutationFn: async (yes: boolean) => {
      const decision = note.trim() ? { note: note.trim() } : {};
      if (request.what === 'hours') {
        const path = { params: { path: { change_id: id } }, body: decision };
        return (await body(yes ? api.POST('/v1/hours-changes/{change_id}/approve', path) : api.POST('/v1/hours-changes/{change_id}/reject', path))).conflicts;
      }
      const path = { params: { path: { exception_id: id } }, body: decision };
      return (await body(yes ? api.POST('/v1/calendar-exceptions/{exception_id}/approve', path) : api.POST('/v1/calendar-exceptions/{exception_id}/reject', path))).conflicts;
    },
    onSuccess: (conflicts, yes) => {
      say.done(t(yes ? 'hours.approved' : 'hours.rejected', { name }));
      if (yes && conflicts.length > 0) setDone(conflicts);
      else refresh();
    },
  });
  if (done) {
    return (
      <Stack style={{ flex: '1 0 100%' }}>
        <Conflicts conflicts={done} />
        <Group justify="flex-end"><Button variant="default" onClick={refresh}>{common('action.close')}</Button></Group>
      </Stack>
    );
  }
  return (
    <>
      {!opened && <Button size="xs" variant="default" onClick={() => setOpened(true)} aria-label={`${t('hours.decide')}: ${name}`}>{t('hours.decide')}</Button>}
      <Collapse expanded={opened} style={{ flex: '1 0 100%' }}>
        <Stack gap="sm">
          {detail.data ? (
            detail.data.length === 0 ? <Text size="sm">{t('hours.noConflicts')}</Text> : <Conflicts conflicts={detail.data} />
          ) : detail.error ? (
            <ErrorState error={detail.error} onRetry={() => void detail.refetch()} withDetail />
          ) : (
            opened && <LoadingState />
          )}
          <Textarea label={t('hours.noteLabel')} rows={2} maxLength={500} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
          <Failed error={decide.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setOpened(false)}>{common('action.cancel')}</Button>
            <Button color="red" variant="light" loading={decide.isPending && decide.variables === false} disabled={decide.isPending} onClick={() => decide.mutate(false)}>{t('hours.reject')}</Button>
            <Button loading={decide.isPending && decide.variables} disabled={decide.isPending || !detail.data} onClick={() => decide.mutate(true)}>{t('hours.approve')}</Button>
          </Group>
        </Stack>
      </Collapse>
    </>
  );
}
