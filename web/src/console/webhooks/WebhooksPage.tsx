import { Button, Stack, Text } from '@mantine/core';
import { IconPlus, IconWebhook } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { EmptyState, StateBadge, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { ActivityTabs } from '../parts/ActivityTabs';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import { OnceModal } from '../parts/parts';
import parts from '../parts/parts.module.css';
import { EndpointForm } from './EndpointForm';

/** Where the bank hears of events. */
export function WebhooksPage() {
  const { t } = useTranslation('console');
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string | null>();
  const list = useList<Schema<'WebhookEndpoint'>>(['webhook-endpoints', 'list'], (cursor) =>
    body(api.GET('/v1/webhook-endpoints', { params: { query: { limit: 50, cursor } } })),
  );
  return (
    <ConsolePage
      title={t('nav.activity')}
      actions={<Button leftSection={<IconPlus size={18} aria-hidden="true" />} onClick={() => setCreating(true)}>{t('webhooks.new')}</Button>}
    >
      <ActivityTabs />
      <ListTable
        label={t('nav.webhooks')}
        list={list}
        to={(e) => `/activity/webhooks/${e.id}`}
        columns={[
          { key: 'url', title: 'URL', render: (e) => <Stack gap={0}><span className={parts.mono}>{e.url}</span>{e.description && <Text size="sm" c="dimmed">{e.description}</Text>}</Stack> },
          { key: 'state', title: t('word.state'), render: (e) => <StateBadge state={e.state} /> },
          { key: 'types', title: t('webhooks.types'), wide: true, render: (e) => (e.types.length === 0 ? t('webhooks.everyType') : <span className={parts.mono}>{e.types.join(', ')}</span>) },
          { key: 'created', title: t('word.created'), wide: true, render: (e) => <TimeText value={e.created_at} format="short" /> },
        ]}
        empty={<EmptyState title={t('webhooks.none')} icon={<IconWebhook size={24} stroke={1.6} />}>{t('webhooks.noneText')}</EmptyState>}
      />
      <EndpointForm opened={creating} onClose={() => setCreating(false)} onSecret={setSecret} />
      <OnceModal title={t('webhooks.secret')} text={t('webhooks.secretText')} value={secret} onClose={() => setSecret(undefined)} />
    </ConsolePage>
  );
}
