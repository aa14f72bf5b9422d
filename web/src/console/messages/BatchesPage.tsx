import { Button, Text } from '@mantine/core';
import { IconMailForward, IconPlus } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, body, type Schema } from '@/api';
import { EmptyState, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { useNumber } from '../parts/number';
import { ActivityTabs } from '../parts/ActivityTabs';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import { useMay } from '../session/roles';
import { Counts } from './Counts';

type Batch = Schema<'MessageBatch'>;

/** Messages to many customers at once, and how far each is. */
export function BatchesPage() {
  const { t } = useTranslation('console');
  const number = useNumber();
  const may = useMay();
  const list = useList<Batch>(['messages', 'batches', 'list'], (cursor) => body(api.GET('/v1/messages/batch', { params: { query: { limit: 50, cursor } } })));
  const make = may('administer') && (
    <Button component={Link} to="/activity/batches/new" leftSection={<IconPlus size={18} aria-hidden="true" />}>{t('batches.new')}</Button>
  );
  return (
    <ConsolePage title={t('nav.activity')} actions={make}>
      <ActivityTabs />
      <ListTable
        label={t('nav.batches')}
        list={list}
        to={(b) => `/activity/batches/${b.id}`}
        columns={[
          { key: 'created', title: t('word.created'), render: (b) => <TimeText value={b.created_at} format="short" /> },
          { key: 'total', title: t('batches.total'), render: (b) => <Text span className="vv-numbers">{number(b.total)}</Text> },
          { key: 'states', title: t('batches.progress'), render: (b) => <Counts batch={b} /> },
        ]}
        empty={<EmptyState title={t('batches.none')} icon={<IconMailForward size={24} stroke={1.6} />} action={make}>{t('batches.noneText')}</EmptyState>}
      />
    </ConsolePage>
  );
}
