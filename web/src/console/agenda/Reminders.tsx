import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ErrorState, LoadingState, TimeText, useNow } from '@/shared';
import parts from '../parts/parts.module.css';
import type { Booking } from './bookings';
import { plannedSteps } from './ladder';

/** The ladder of a booking: when the customer is reminded and how, what is over and what is still to come. */
export function Reminders({ booking, zone }: { booking: Booking; zone: string }) {
  const { t } = useTranslation('console');
  const now = useNow(30_000);
  const ladder = useQuery({
    queryKey: ['reminder-ladder', booking.scenario.id],
    staleTime: 60_000,
    queryFn: () => body(api.GET('/v1/reminder-ladder', { params: { query: { scenario_id: booking.scenario.id } } })),
  });
  if (!ladder.data) return ladder.error ? <ErrorState error={ladder.error} onRetry={() => void ladder.refetch()} /> : <LoadingState />;
  const steps = plannedSteps(ladder.data.steps, booking, now);
  return (
    <section aria-label={t('ladder.title')}>
      <Text component="h3" fw={620} mb="xs">{t('ladder.title')}</Text>
      {steps.length === 0 ? (
        <Text c="dimmed">{t('ladder.noSteps')}</Text>
      ) : (
        <ol className={parts.line}>
          {steps.map((s, i) => (
            <li key={i} data-tone={s.state === 'over' ? 'positive' : s.state === 'planned' ? 'progress' : undefined}>
              <TimeText value={new Date(s.at)} zone={zone} format="short" /> · {s.step.channels.map((c) => t(`channel.${c}`)).join(' + ')}
              <Text size="sm" c="dimmed">{t(`ladder.state.${s.state}`)}</Text>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
