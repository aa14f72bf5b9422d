import { Alert, Drawer, Progress, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { api, body, type Schema } from '@/api';
import { ConfirmButton, EmptyState, ErrorState, LoadingState, StateBadge, TimeText } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { useNumber } from '../parts/number';
import { ActivityTabs } from '../parts/ActivityTabs';
import { ListTable } from '../parts/ListTable';
import { useList } from '../parts/pages';
import { Facts, Section, useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import { Counts } from './Counts';
import { MessageDetails } from './MessageDetails';
import { useRefusal } from './refusals';

type Batch = Schema<'MessageBatch'>;
type Result = Schema<'MessageBatchResult'> & { id: string };

/** How many of a batch have come to their end. */
export function doneOf(b: Pick<Batch, 'states' | 'total' | 'refused'>): number {
  const open = (b.states.accepted ?? 0) + (b.states.sent ?? 0);
  return Math.max(0, b.total - open);
}

/** One batch: how far it is, and what became of each recipient. */
export function BatchPage() {
  const { t } = useTranslation('console');
  const number = useNumber();
  const { t: common } = useTranslation();
  const { batchId = '' } = useParams();
  const may = useMay();
  const say = useSay();
  const client = useQueryClient();
  const refusal = useRefusal();
  const [opened, setOpened] = useState<string>();
  const path = { path: { batch_id: batchId } };
  const batch = useQuery({
    queryKey: ['messages', 'batches', batchId],
    queryFn: () => body(api.GET('/v1/messages/batch/{batch_id}', { params: path })),
    // Live by the feed of messages; this is for receipts, which change counts without an event of the batch.
    refetchInterval: ({ state }) => (state.data && doneOf(state.data) < state.data.total ? 5_000 : false),
  });
  const results = useList<Result>(['messages', 'batches', batchId, 'results'], async (cursor) => {
    const page = await body(api.GET('/v1/messages/batch/{batch_id}/results', { params: { ...path, query: { limit: 100, cursor } } }));
    return { ...page, items: page.items.map((r) => ({ ...r, id: String(r.row) })) };
  });
  const b = batch.data;
  if (!b) {
    return (
      <ConsolePage title={t('nav.activity')}>
        <ActivityTabs />
        {batch.error ? <ErrorState error={batch.error} onRetry={() => void batch.refetch()} withDetail /> : <LoadingState />}
      </ConsolePage>
    );
  }
  const waiting = b.states.accepted ?? 0;
  const done = doneOf(b);
  const cancel = async () => {
    await api.POST('/v1/messages/batch/{batch_id}/cancel', { params: path });
    say.done(t('batches.cancelled'));
    void client.invalidateQueries({ queryKey: ['messages'] });
  };
  return (
    <ConsolePage
      title={t('nav.activity')}
      actions={may('administer') && waiting > 0 && !b.cancelled_at && (
        <ConfirmButton title={t('batches.cancelTitle')} message={t('batches.cancelText', { count: waiting })} keepLabel={t('keep')} onConfirm={cancel}>{t('batches.cancel')}</ConfirmButton>
      )}
    >
      <ActivityTabs />
      <Stack gap="lg" maw={1100}>
        <Section title={t('batches.one')}>
          <Facts
            items={[
              [t('word.created'), <TimeText key="c" value={b.created_at} />],
              [t('batches.total'), number(b.total)],
              [t('batches.refused'), b.refused > 0 && number(b.refused)],
              [t('batches.cancelledAt'), b.cancelled_at && <TimeText key="x" value={b.cancelled_at} />],
            ]}
          />
          <Progress value={b.total ? (done / b.total) * 100 : 0} mt="md" mb="xs" aria-label={t('batches.progress')} />
          <Text size="sm" c="dimmed" mb="sm" role="status">{t('batches.done', { done, total: b.total })}</Text>
          <Counts batch={b} />
        </Section>
        <Section title={t('batches.results')}>
          {results.error && results.items && <Alert color="yellow" mb="sm">{t('messages.old')}</Alert>}
          <ListTable
            label={t('batches.results')}
            list={results}
            onOpen={(r) => setOpened(r.message_id)}
            opens={(r) => r.message_id !== undefined}
            columns={[
              { key: 'row', title: t('batches.row'), render: (r) => number(r.row + 1) },
              { key: 'state', title: t('word.state'), render: (r) => (r.state ? <StateBadge state={r.state} /> : <StateBadge state="refused" tone="warning">{t('batches.refusedOne')}</StateBadge>) },
              { key: 'why', title: t('word.reason'), render: (r) => r.code && refusal(r.code, r.detail) },
            ]}
            empty={<EmptyState title={t('messages.none')} />}
          />
        </Section>
      </Stack>
      <Drawer opened={opened !== undefined} onClose={() => setOpened(undefined)} position="right" size={520} closeButtonProps={{ 'aria-label': common('action.close') }} title={<Text fw={620}>{t('messages.message')}</Text>}>
        {opened && <MessageDetails key={opened} id={opened} />}
      </Drawer>
    </ConsolePage>
  );
}
