import { Button, Checkbox, Group, Select, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPhone, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { EmptyState, formatDuration, StateBadge, TimeText, useLanguage, useNow } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { useAgents } from '../frame/names';
import { useTeam } from '../frame/presence';
import { useScenarios, useTranslated } from '../frame/scenarios';
import { onOurClock } from '../frame/serverClock';
import { useBankZone } from '../frame/zone';
import { dayAfter, midnight } from '../identifications/days';
import { DayInput } from '../parts/DayInput';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import parts from '../parts/parts.module.css';
import { SuperviseButton } from '../supervise/SuperviseButton';
import { callPath } from './paths';
import { QualityOf } from './QualityOf';
import classes from './calls.module.css';

type Item = Schema<'CallSummary'>;
const states: Schema<'CallState'>[] = ['ringing', 'active', 'ended', 'missed', 'declined', 'cancelled'];
const verdicts: Schema<'IdentificationState'>[] = ['open', 'approved', 'rejected', 'completed', 'declined', 'cancelled'];
/** Opinion scores below which a connection is called fair or poor, as everywhere in the console. */
const scores = { fair: 3.8, poor: 3.1 } as const;

/** All calls with how they went and how they sounded. The filters are in the address, but for the name that is searched. */
export function CallsPage() {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  const [params, setParams] = useSearchParams();
  const [search, setSearch] = useState('');
  const [q] = useDebouncedValue(search.trim(), 350);
  const zone = useBankZone();
  const translated = useTranslated();
  const scenarios = useScenarios().data;
  const agents = useAgents().data;
  const team = useTeam().data;
  const now = useNow(1000);
  const people = agents?.filter((a) => a.role === 'agent' || a.role === 'supervisor').map((a) => ({ value: a.id, label: a.name })) ?? team?.map((a) => ({ value: a.agent_id, label: a.name }));
  const set = (key: string, value: string | null) =>
    setParams((was) => {
      if (value) was.set(key, value);
      else was.delete(key);
      return was;
    }, { replace: true });
  const from = params.get('from');
  const to = params.get('to');
  const sound = params.get('sound');
  const filter = {
    q: q || undefined,
    state: states.find((s) => s === params.get('state')),
    live: params.get('live') === '1' || undefined,
    verdict: verdicts.find((s) => s === params.get('verdict')),
    agent_id: params.get('agent') ?? undefined,
    scenario_id: params.get('scenario') ?? undefined,
    mos_below: sound === 'fair' || sound === 'poor' ? scores[sound] : undefined,
    from: from ? midnight(from, zone) : undefined,
    to: to ? midnight(dayAfter(to), zone) : undefined,
  };
  const list = useList<Item>(['calls', 'list', filter], (cursor) => body(api.GET('/v1/calls', { params: { query: { ...filter, limit: 50, cursor } } })));
  const filtered = Object.values(filter).some((v) => v !== undefined);
  const length = (c: Item) => {
    if (!c.answered_at) return '–';
    const end = c.ended_at ? Date.parse(c.ended_at) : Date.parse(new Date(now).toISOString());
    return formatDuration(end - Date.parse(c.ended_at ? c.answered_at : onOurClock(c.answered_at)), intl);
  };
  return (
    <ConsolePage title={t('nav.calls')}>
      <div className={parts.filters} role="search">
        <TextInput label={t('calls.search')} placeholder={t('calls.searchHelp')} autoComplete="off" leftSection={<IconSearch size={16} aria-hidden="true" />} value={search} onChange={(e) => setSearch(e.currentTarget.value)} />
        <Select label={t('word.state')} placeholder={t('all')} clearable value={filter.state ?? null} onChange={(v) => set('state', v)} data={states.map((value) => ({ value, label: common(`state.${value}`) }))} />
        <Select label={t('calls.verdict')} placeholder={t('all')} clearable value={filter.verdict ?? null} onChange={(v) => set('verdict', v)} data={verdicts.map((value) => ({ value, label: common(`state.${value}`) }))} />
        {people && <Select label={t('word.agent')} placeholder={t('all')} clearable searchable value={filter.agent_id ?? null} onChange={(v) => set('agent', v)} data={people} />}
        <Select label={t('word.scenario')} placeholder={t('all')} clearable value={filter.scenario_id ?? null} onChange={(v) => set('scenario', v)} data={scenarios?.map((s) => ({ value: s.id, label: translated(s.definition.name) })) ?? []} />
        <Select label={t('calls.sound')} placeholder={t('all')} clearable value={sound} onChange={(v) => set('sound', v)} data={[{ value: 'fair', label: t('calls.notGood') }, { value: 'poor', label: t('calls.poor') }]} />
        <DayInput label={t('from')} value={from} onChange={(v) => set('from', v)} />
        <DayInput label={t('to')} value={to} onChange={(v) => set('to', v)} minDate={from ?? undefined} />
        <Checkbox label={t('calls.live')} checked={filter.live === true} onChange={(e) => set('live', e.currentTarget.checked ? '1' : null)} pb={8} />
        {filtered && (
          <Button variant="default" onClick={() => { setSearch(''); setParams({}, { replace: true }); }}>{t('calls.all')}</Button>
        )}
      </div>
      <ListTable
        label={t('nav.calls')}
        list={list}
        to={callPath}
        columns={[
          {
            key: 'customer',
            title: t('word.customer'),
            render: (c) => (
              <Stack gap={0}>
                <span>{c.customer_name}</span>
                <Text size="sm" c="dimmed" fw={400}>{translated(c.scenario.name)}</Text>
                <Text size="sm" c="dimmed" fw={400} hiddenFrom="sm"><TimeText value={c.answered_at ?? c.created_at} format="short" /> · {c.agent_name}</Text>
              </Stack>
            ),
          },
          { key: 'agent', title: t('word.agent'), wide: true, render: (c) => c.agent_name },
          { key: 'when', title: t('calls.when'), wide: true, render: (c) => <TimeText value={c.answered_at ?? c.created_at} format="short" /> },
          { key: 'length', title: t('calls.length'), wide: true, render: (c) => <span className="vv-numbers" dir="ltr">{length(c)}</span> },
          {
            key: 'state',
            title: t('word.state'),
            render: (c) => (
              <Stack gap={6} align="flex-start">
                <StateBadge state={c.state} />
                <SuperviseButton callId={c.id} agentId={c.agent_id} agentName={c.agent_name} state={c.state} />
              </Stack>
            ),
          },
          { key: 'verdict', title: t('calls.verdict'), render: (c) => <StateBadge state={c.verdict} /> },
          {
            key: 'quality',
            title: t('calls.sound'),
            wide: true,
            render: (c) =>
              c.quality.length === 0 ? '–' : (
                <Group gap="md" wrap="nowrap">
                  <QualityOf quality={c.quality} />
                  {c.ended_at && <Link to={callPath(c)} className={classes.link} aria-label={`${t('calls.timeLine')}: ${c.customer_name}`}>{t('calls.timeLine')}</Link>}
                </Group>
              ),
          },
        ]}
        empty={<EmptyState title={t('calls.none')} icon={<IconPhone size={24} stroke={1.6} />}>{filtered ? t('case.noneFilter') : t('calls.noneText')}</EmptyState>}
      />
    </ConsolePage>
  );
}
