import { Button, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { EmptyState, ErrorState, LoadingState, TimeText } from '@/shared';
import { EventWords, useActorName } from '../events/words';
import { toneOfEvent } from '../events/tone';
import { useList } from '../parts/pages';
import parts from '../parts/parts.module.css';

/** The case's audit trail in words, newest first. */
export function Timeline({ identificationId, zone }: { identificationId: string; zone: string }) {
  const { t } = useTranslation('console');
  const actor = useActorName();
  const list = useList<Schema<'Event'>>(['identifications', identificationId, 'events'], (cursor) =>
    body(api.GET('/v1/identifications/{identification_id}/events', { params: { path: { identification_id: identificationId }, query: { limit: 100, cursor } } })),
  );
  if (!list.items) return list.error ? <ErrorState error={list.error} onRetry={list.refetch} withDetail /> : <LoadingState />;
  if (list.items.length === 0) return <EmptyState title={t('case.noEvents')} />;
  const newest = [...list.items].sort((a, b) => b.timestamp.localeCompare(a.timestamp) || b.sequence - a.sequence);
  return (
    <>
      <ol className={parts.line}>
        {newest.map((e) => (
          <li key={e.id} data-tone={toneOfEvent(e.type)}>
            <Text><EventWords event={e} /></Text>
            <Text size="sm" c="dimmed">
              <TimeText value={e.timestamp} zone={zone} />
              {e.actor && ` · ${actor(e.actor)}`}
            </Text>
          </li>
        ))}
      </ol>
      {list.more && <Button variant="default" onClick={list.more} loading={list.loadingMore}>{t('more')}</Button>}
    </>
  );
}
