import { ActionIcon, Alert, Button, FileButton, Group, MultiSelect, SimpleGrid, Stack, Switch, Text, TextInput } from '@mantine/core';
import { IconCalendarOff, IconPlus, IconTrash, IconUpload } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, EmptyState, ErrorState, formatTime, LoadingState, useLanguage } from '@/shared';
import { AdminPage } from '../admin/AdminPage';
import { useAgents } from '../frame/names';
import { DayInput } from '../parts/DayInput';
import { Failed, Section, useSay } from '../parts/parts';
import { SaveBar } from '../parts/SaveBar';
import { Conflicts } from './Conflicts';
import { Exceptions } from './Exceptions';
import classes from './hours.module.css';

type Calendar = Schema<'HolidayCalendar'>;
/** The largest file that the API takes, bytes. */
const largest = 512 * 1024;

/** Days on which nobody works: of the whole bank or of some agents, by the calendars of countries. */
export function HolidaysPage() {
  const { t } = useTranslation('console');
  const [adding, setAdding] = useState(false);
  const calendars = useQuery({ queryKey: ['holiday-calendars'], queryFn: async () => (await body(api.GET('/v1/holiday-calendars'))).items });
  return (
    <AdminPage>
      <Stack maw={860} gap="lg">
        <Text c="dimmed">{t('holidays.help')}</Text>
        {!calendars.data ? (
          calendars.error ? <ErrorState error={calendars.error} onRetry={() => void calendars.refetch()} withDetail /> : <LoadingState />
        ) : (
          <>
            {calendars.data.length === 0 && !adding && <EmptyState title={t('holidays.none')} icon={<IconCalendarOff size={24} stroke={1.6} />}>{t('holidays.noneText')}</EmptyState>}
            {calendars.data.map((c) => (
              <Editor key={`${c.id} ${c.updated_at}`} calendar={c} />
            ))}
            {adding ? <NewCalendar onDone={() => setAdding(false)} /> : <Group><Button variant="default" leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setAdding(true)}>{t('holidays.add')}</Button></Group>}
          </>
        )}
        <Exceptions own={false} />
      </Stack>
    </AdminPage>
  );
}

function NewCalendar({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [name, setName] = useState('');
  const make = useMutation({
    mutationFn: () => body(api.POST('/v1/holiday-calendars', { body: { name: name.trim(), everyone: true } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['holiday-calendars'] });
      onDone();
    },
  });
  return (
    <Section title={t('holidays.new')}>
      <form onSubmit={(e) => { e.preventDefault(); if (name.trim()) make.mutate(); }}>
        <Stack>
          <TextInput label={t('word.name')} description={t('holidays.nameHelp')} maxLength={100} data-autofocus value={name} onChange={(e) => setName(e.currentTarget.value)} />
          <Failed error={make.error} />
          <Group justify="flex-end">
            <Button variant="default" onClick={onDone}>{common('action.cancel')}</Button>
            <Button type="submit" disabled={!name.trim()} loading={make.isPending}>{t('holidays.add')}</Button>
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function Editor({ calendar }: { calendar: Calendar }) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const client = useQueryClient();
  const say = useSay();
  const agents = (useAgents().data ?? []).filter((a) => a.enabled && (a.role === 'agent' || a.role === 'supervisor'));
  const [everyone, setEveryone] = useState(calendar.everyone);
  const [ids, setIds] = useState(calendar.agent_ids);
  const [holidays, setHolidays] = useState(calendar.holidays);
  const [day, setDay] = useState<string | null>(null);
  const [name, setName] = useState('');
  const [tooLarge, setTooLarge] = useState(false);
  const same = (list: Calendar['holidays']) => JSON.stringify([...list].sort((a, b) => a.date.localeCompare(b.date)).map((h) => [h.date, h.name]));
  const changed = everyone !== calendar.everyone || same(holidays) !== same(calendar.holidays) || [...ids].sort().join() !== [...calendar.agent_ids].sort().join();
  const refresh = () => {
    for (const key of ['holiday-calendars', 'slots', 'capacity']) void client.invalidateQueries({ queryKey: [key] });
  };
  const [conflicts, setConflicts] = useState<Schema<'BookingConflict'>[]>([]);
  const save = useMutation({
    mutationFn: () => body(api.PUT('/v1/holiday-calendars/{calendar_id}', { params: { path: { calendar_id: calendar.id } }, body: { name: calendar.name, everyone, agent_ids: everyone ? [] : ids, holidays } })),
    onSuccess: (now) => {
      say.done(t('saved'));
      setConflicts(now.conflicts ?? []);
      if (!now.conflicts?.length) refresh();
    },
  });
  const load = useMutation({
    mutationFn: async (file: File) => body(api.POST('/v1/holiday-calendars/{calendar_id}/import', { params: { path: { calendar_id: calendar.id } }, body: { ics: await file.text() } })),
    onSuccess: (result) => {
      setHolidays(result.calendar.holidays);
      void client.invalidateQueries({ queryKey: ['slots'] });
      void client.invalidateQueries({ queryKey: ['capacity'] });
    },
  });
  const add = () => {
    if (!day || !name.trim()) return;
    setHolidays([...holidays.filter((h) => h.date !== day), { date: day, name: name.trim() }].sort((a, b) => a.date.localeCompare(b.date)));
    setDay(null);
    setName('');
  };
  return (
    <Section
      title={calendar.name}
      actions={
        <Group gap="xs">
          <FileButton
            accept=".ics,text/calendar"
            onChange={(file) => {
              if (!file) return;
              setTooLarge(file.size > largest);
              if (file.size <= largest) load.mutate(file);
            }}
          >
            {(props) => <Button {...props} size="xs" variant="default" loading={load.isPending} leftSection={<IconUpload size={16} aria-hidden="true" />} aria-label={`${t('holidays.import')}: ${calendar.name}`}>{t('holidays.import')}</Button>}
          </FileButton>
          <ConfirmButton
            size="xs"
            title={t('holidays.deleteTitle', { name: calendar.name })}
            message={t('holidays.deleteText')}
            aria-label={`${t('delete')}: ${calendar.name}`}
            onConfirm={async () => {
              await api.DELETE('/v1/holiday-calendars/{calendar_id}', { params: { path: { calendar_id: calendar.id } } });
              refresh();
            }}
          >
            {t('delete')}
          </ConfirmButton>
        </Group>
      }
    >
      <Stack>
        {tooLarge && <Alert color="red" role="alert">{t('holidays.tooLarge')}</Alert>}
        <Failed error={load.error} />
        {load.data && (
          <Alert color={load.data.skipped.length > 0 ? 'yellow' : 'petrol'} role="status">
            <Text size="sm">{t('holidays.imported', { count: load.data.imported })} {load.data.removed > 0 && t('holidays.removed', { count: load.data.removed })}</Text>
            {load.data.skipped.length > 0 && (
              <>
                <Text size="sm" mt="xs">{t('holidays.skipped')}</Text>
                <ul className={classes.conflicts}>
                  {load.data.skipped.map((s) => (
                    <li key={s.event}>{s.summary || t('holidays.event', { count: s.event })}: <span dir="ltr" lang="en">{s.reason}</span></li>
                  ))}
                </ul>
              </>
            )}
          </Alert>
        )}
        <Switch label={t('holidays.everyone')} checked={everyone} onChange={(e) => setEveryone(e.currentTarget.checked)} />
        {!everyone && <MultiSelect label={t('holidays.agents')} searchable value={ids} onChange={setIds} data={agents.map((a) => ({ value: a.id, label: a.name }))} />}
        {holidays.length === 0 ? (
          <Text c="dimmed">{t('holidays.noDates')}</Text>
        ) : (
          <ul className={classes.dates} aria-label={t('holidays.dates')}>
            {holidays.map((h) => {
              const date = formatTime(`${h.date}T12:00:00Z`, 'date', intl, 'UTC');
              return (
                <li key={h.date}>
                  <span><b>{date}</b><br />{h.name}</span>
                  <ActionIcon onClick={() => setHolidays(holidays.filter((x) => x.date !== h.date))} aria-label={`${t('delete')}: ${h.name}, ${date}`}><IconTrash size={16} aria-hidden="true" /></ActionIcon>
                </li>
              );
            })}
          </ul>
        )}
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <DayInput label={t('holidays.date')} value={day} onChange={setDay} />
          <TextInput label={t('holidays.name')} maxLength={100} value={name} onChange={(e) => setName(e.currentTarget.value)} onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); add(); } }} />
        </SimpleGrid>
        <Group><Button size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden="true" />} disabled={!day || !name.trim()} onClick={add}>{t('holidays.addDate')}</Button></Group>
        <SaveBar dirty={changed} save={save} onSave={() => save.mutate()}>
          <Conflicts conflicts={conflicts} />
        </SaveBar>
      </Stack>
    </Section>
  );
}
