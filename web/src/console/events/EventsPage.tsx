import { Drawer, SegmentedControl, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconHistory } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, body, type Schema } from '@/api';
import { EmptyState, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { ActivityTabs } from '../parts/ActivityTabs';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import { Facts } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { useActorName, useEventWords } from './words';

type Event = Schema<'Event'>;

/** The audit trail of the whole bank. */
export function EventsPage() {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const words = useEventWords();
  const actor = useActorName();
  const [type, setType] = useState('');
  const [order, setOrder] = useState<'desc' | 'asc'>('desc');
  const [opened, setOpened] = useState<Event>();
  const [wanted] = useDebouncedValue(type.trim() || undefined, 350);
  const list = useList<Event>(['events', 'list', wanted, order], (cursor) =>
    body(api.GET('/v1/events', { params: { query: { type: wanted, order, limit: 100, cursor } } })),
  );
  const about = typeof opened?.data.identification_id === 'string' ? opened.data.identification_id : opened?.object.type === 'identification' ? opened.object.id : undefined;
  return (
    <ConsolePage title={t('nav.activity')}>
      <ActivityTabs />
      <div className={parts.filters} role="search">
        <TextInput label={t('events.type')} placeholder="booking.confirmed" dir="ltr" value={type} onChange={(e) => setType(e.currentTarget.value)} />
        <SegmentedControl aria-label={t('events.order')} value={order} onChange={(v) => setOrder(v as 'asc')} data={[{ value: 'desc', label: t('events.newest') }, { value: 'asc', label: t('events.oldest') }]} />
      </div>
      <ListTable
        label={t('nav.events')}
        list={list}
        onOpen={setOpened}
        columns={[
          { key: 'what', title: t('events.what'), render: (e) => words(e.type) },
          { key: 'type', title: t('events.type'), wide: true, render: (e) => <span className={parts.mono}>{e.type}</span> },
          { key: 'who', title: t('events.who'), render: (e) => e.actor && actor(e.actor) },
          { key: 'when', title: t('events.when'), render: (e) => <TimeText value={e.timestamp} format="short" /> },
        ]}
        empty={<EmptyState title={t('events.none')} icon={<IconHistory size={24} stroke={1.6} />}>{t('events.noneText')}</EmptyState>}
      />
      <Drawer opened={opened !== undefined} onClose={() => setOpened(undefined)} position="right" size={460} closeButtonProps={{ 'aria-label': common('action.close') }} title={<Text fw={620}>{opened && words(opened.type)}</Text>}>
        {opened && (
          <Stack>
            <Facts
              items={[
                [t('events.type'), <span key="t" className={parts.mono}>{opened.type}</span>],
                [t('events.when'), <TimeText key="w" value={opened.timestamp} />],
                [t('events.who'), opened.actor && actor(opened.actor)],
                [t('events.object'), <span key="o" className={parts.mono}>{opened.object.type} {opened.object.id}</span>],
                [t('events.sequence'), String(opened.sequence)],
                [t('word.case'), about && <Link key="l" style={{ color: 'var(--mantine-color-anchor)' }} to={`/identifications/${about}`}>{t('openCase')}</Link>],
              ]}
            />
            <pre className={parts.code} dir="ltr">{JSON.stringify(opened.data, null, 2)}</pre>
          </Stack>
        )}
      </Drawer>
    </ConsolePage>
  );
}
