import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ErrorState, LoadingState, TimeText } from '@/shared';
import parts from '../parts/parts.module.css';

const tones = { done: 'positive', planned: 'progress', ended: undefined, skipped: undefined } as const;

/** The ladder of a booking: when the customer is reminded and how, what has gone out and what is still to come. */
export function Reminders({ bookingId, zone }: { bookingId: string; zone: string }) {
  const { t } = useTranslation('console');
  const reminders = useQuery({
    queryKey: ['bookings', bookingId, 'reminders'],
    queryFn: async () => (await body(api.GET('/v1/bookings/{booking_id}/reminders', { params: { path: { booking_id: bookingId } } }))).items,
  });
  return (
    <section aria-label={t('ladder.title')}>
      <Text component="h3" fw={620} mb="xs">{t('ladder.title')}</Text>
      {!reminders.data ? (
        reminders.error ? <ErrorState error={reminders.error} onRetry={() => void reminders.refetch()} /> : <LoadingState />
      ) : reminders.data.length === 0 ? (
        <Text c="dimmed">{t('ladder.noSteps')}</Text>
      ) : (
        <ol className={parts.line}>
          {reminders.data.map((r, i) => (
            <li key={i} data-tone={tones[r.state]}>
              <TimeText value={r.at} zone={zone} format="short" /> · {r.channels.map((c) => t(`channel.${c}`)).join(' + ')}
              {r.recovery && ` · ${t('ladder.recovery')}`}
              <Text size="sm" c="dimmed">{t(`ladder.state.${r.state}`)}{r.state === 'ended' && ` · ${t('ladder.endedWhy')}`}</Text>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
