import { Button, Group, Select, SimpleGrid, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, EmptyState, ErrorState, formatTime, LoadingState, StateBadge, useLanguage, useNow } from '@/shared';
import { addDays, dayOf } from '@/shared/days';
import { useBankZone } from '../frame/zone';
import { DayInput } from '../parts/DayInput';
import { Failed, Section, useSay } from '../parts/parts';
import { useZones, zoneFilter } from '../parts/zones';
import { Conflicts } from './Conflicts';
import { clockTime } from './hours';
import rows from '../parts/parts.module.css';

type Exception = Schema<'CalendarException'>;
type Kind = Schema<'CalendarExceptionKind'>;

/** "22 November 2026" or "22 November – 3 December 2026", in the calendar of the language. */
export function daysText({ first_on, last_on }: { first_on: string; last_on: string }, intl: string): string {
  const one = (day: string) => formatTime(`${day}T12:00:00Z`, 'date', intl, 'UTC');
  return first_on === last_on ? one(first_on) : `${one(first_on)} – ${one(last_on)}`;
}

/** What is wrong with an exception before it is sent. */
export function wrongWith(x: { kind: Kind; first: string | null; last: string | null; starts: string; ends: string; zone: string | null }): 'first' | 'last' | 'clock' | 'extra' | 'zone' | undefined {
  if (!x.first) return 'first';
  if (x.last && x.last < x.first) return 'last';
  const clocked = x.starts !== '' || x.ends !== '';
  if (x.kind === 'extra' && !clocked) return 'extra';
  if (x.kind !== 'travel' && clocked && !(clockTime.test(x.starts) && clockTime.test(x.ends) && x.starts < x.ends)) return 'clock';
  if (x.kind === 'travel' && !x.zone) return 'zone';
  return undefined;
}

/** How coming days differ from the week: of an agent, or (without one) of the whole bank. */
export function Exceptions({ agentId, own }: { agentId?: string; own: boolean }) {
  const { t } = useTranslation('console');
  const zone = useBankZone();
  const { intl } = useLanguage();
  const today = dayOf(useNow(600_000), zone);
  const from = addDays(today, -7);
  const [adding, setAdding] = useState(false);
  const list = useQuery({
    queryKey: ['calendar-exceptions', agentId ?? 'bank', from],
    queryFn: async () => {
      const { items } = await body(api.GET('/v1/calendar-exceptions', { params: { query: { agent_id: agentId, from } } }));
      return items.filter((e) => (agentId ? e.agent_id === agentId : e.agent_id === undefined) && e.state !== 'withdrawn');
    },
  });
  return (
    <Section title={t(agentId ? 'hours.exceptions' : 'hours.bankExceptions')} actions={!adding && <Button size="xs" variant="default" onClick={() => setAdding(true)}>{t(agentId ? 'hours.addException' : 'hours.addClosed')}</Button>}>
      <Stack>
        {adding && <NewException agentId={agentId} own={own} onDone={() => setAdding(false)} />}
        {!list.data ? (
          list.error ? <ErrorState error={list.error} onRetry={() => void list.refetch()} withDetail /> : <LoadingState />
        ) : list.data.length === 0 ? (
          !adding && <EmptyState title={t('hours.noExceptions')}>{t(agentId ? 'hours.noExceptionsText' : 'hours.noClosedText')}</EmptyState>
        ) : (
          <ul className={rows.rows}>
            {list.data.map((e) => (
              <li key={e.id}>
                <div className={rows.rowText}>
                  <Text fw={560}>{t(`hours.kind.${e.kind}`)}{e.kind === 'travel' && e.time_zone ? ` · ${e.time_zone.replaceAll('_', ' ')}` : ''}</Text>
                  <Text size="sm">{daysText(e, intl)}{e.starts && <> · <bdi dir="ltr">{e.starts}–{e.ends}</bdi></>}</Text>
                  {e.reason && <Text size="sm" c="dimmed">{e.reason}</Text>}
                  {e.note && <Text size="sm">{t('hours.note', { note: e.note })}</Text>}
                </div>
                <Group gap="sm">
                  <StateBadge state={e.state} tone={e.state === 'approved' ? 'positive' : e.state === 'requested' ? 'warning' : undefined} />
                  {(e.state === 'approved' ? !own : e.state === 'requested') && <Remove exception={e} text={daysText(e, intl)} />}
                </Group>
              </li>
            ))}
          </ul>
        )}
      </Stack>
    </Section>
  );
}

function Remove({ exception, text }: { exception: Exception; text: string }) {
  const { t } = useTranslation('console');
  const client = useQueryClient();
  const asked = exception.state === 'requested';
  return (
    <ConfirmButton
      size="xs"
      variant="default"
      title={t('hours.removeTitle')}
      message={t('hours.removeText', { what: t(`hours.kind.${exception.kind}`), days: text })}
      confirmLabel={t(asked ? 'hours.withdraw' : 'delete')}
      aria-label={`${t(asked ? 'hours.withdraw' : 'delete')}: ${t(`hours.kind.${exception.kind}`)}, ${text}`}
      onConfirm={async () => {
        await api.DELETE('/v1/calendar-exceptions/{exception_id}', { params: { path: { exception_id: exception.id } } });
        for (const key of ['calendar-exceptions', 'slots', 'capacity']) await client.invalidateQueries({ queryKey: [key] });
      }}
    >
      {t(asked ? 'hours.withdraw' : 'delete')}
    </ConfirmButton>
  );
}

function NewException({ agentId, own, onDone }: { agentId?: string; own: boolean; onDone: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  const client = useQueryClient();
  const say = useSay();
  const zones = useZones();
  const [kind, setKind] = useState<Kind>(agentId ? 'absence' : 'holiday');
  const [first, setFirst] = useState<string | null>(null);
  const [last, setLast] = useState<string | null>(null);
  const [starts, setStarts] = useState('');
  const [ends, setEnds] = useState('');
  const [zone, setZone] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const [made, setMade] = useState<Exception>();
  const wrong = wrongWith({ kind, first, last, starts, ends, zone });
  const error = (...which: (typeof wrong)[]) => (tried && wrong && which.includes(wrong) ? t(`hours.wrong.${wrong}`) : undefined);
  const save = useMutation({
    mutationFn: () =>
      body(api.POST('/v1/calendar-exceptions', {
        body: {
          kind,
          first_on: first!,
          ...(agentId && { agent_id: agentId }),
          ...(last && { last_on: last }),
          ...(kind !== 'travel' && starts && { starts, ends }),
          ...(kind === 'travel' && zone && { time_zone: zone }),
          ...(reason.trim() && { reason: reason.trim() }),
        },
      })),
    onSuccess: (exception) => {
      say.done(t(exception.state === 'requested' ? 'hours.askedFor' : 'saved'));
      for (const key of ['calendar-exceptions', 'slots', 'capacity', 'agenda']) void client.invalidateQueries({ queryKey: [key] });
      if (exception.conflicts.length > 0) setMade(exception);
      else onDone();
    },
  });
  if (made) {
    return (
      <Stack>
        <Conflicts conflicts={made.conflicts} />
        <Group justify="flex-end"><Button variant="default" onClick={onDone}>{common('action.close')}</Button></Group>
      </Stack>
    );
  }
  return (
    <form
      noValidate
      onSubmit={(e) => {
        e.preventDefault();
        setTried(true);
        if (!wrong) save.mutate();
      }}
    >
      <Stack>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          {agentId && (
            <Select label={t('hours.what')} allowDeselect={false} value={kind} onChange={(v) => v && setKind(v as Kind)} data={(['absence', 'extra', 'travel'] as const).map((value) => ({ value, label: t(`hours.kind.${value}`) }))} description={t(`hours.kindHelp.${kind}`)} inputWrapperOrder={['label', 'input', 'description']} />
          )}
          {kind === 'travel' && <Select label={t('hours.travelTo')} searchable limit={60} value={zone} onChange={setZone} data={zones} filter={zoneFilter} error={error('zone')} />}
          <DayInput label={t('hours.first')} value={first} onChange={setFirst} error={error('first')} description={first && formatTime(`${first}T12:00:00Z`, 'weekday', intl, 'UTC')} inputWrapperOrder={['label', 'input', 'description', 'error']} />
          <DayInput label={t('hours.last')} value={last} onChange={setLast} error={error('last')} description={last ? formatTime(`${last}T12:00:00Z`, 'weekday', intl, 'UTC') : t('hours.lastHelp')} inputWrapperOrder={['label', 'input', 'description', 'error']} />
          {kind !== 'travel' && (
            <>
              <TextInput label={t('hours.from')} placeholder="09:00" maxLength={5} dir="ltr" value={starts} onChange={(e) => setStarts(e.currentTarget.value)} description={kind === 'extra' ? undefined : t('hours.clockHelp')} inputWrapperOrder={['label', 'input', 'description', 'error']} error={error('clock', 'extra')} />
              <TextInput label={t('hours.to')} placeholder="17:00" maxLength={5} dir="ltr" value={ends} onChange={(e) => setEnds(e.currentTarget.value)} error={Boolean(error('clock', 'extra'))} />
            </>
          )}
        </SimpleGrid>
        <TextInput label={t(agentId ? 'word.reason' : 'word.name')} description={agentId ? t('hours.reasonHelp') : undefined} maxLength={200} value={reason} onChange={(e) => setReason(e.currentTarget.value)} />
        <Failed error={save.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onDone}>{common('action.cancel')}</Button>
          <Button type="submit" loading={save.isPending}>{t(own ? 'hours.ask' : 'hours.enter')}</Button>
        </Group>
      </Stack>
    </form>
  );
}
