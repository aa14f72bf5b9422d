import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorState, LoadingState, StateBadge, TimeText, useNow } from '@/shared';
import { useTranslated } from '../frame/scenarios';
import { type Booking, next, useAgenda } from './bookings';
import classes from './agenda.module.css';

const ahead = 24 * 3600_000;

/** The bookings of the coming 24 hours. */
export function Next({ zone, onOpen }: { zone: string; onOpen: (booking: Booking) => void }) {
  const { t } = useTranslation('console');
  const translated = useTranslated();
  const now = useNow(15_000);
  const hour = Math.floor(now / 3600_000) * 3600_000; // so that the query's key changes once an hour
  const [from, to] = useMemo(() => [new Date(hour - 3600_000).toISOString(), new Date(hour + ahead).toISOString()], [hour]);
  const bookings = useAgenda(from, to);
  const items = bookings.data && next(bookings.data, now).slice(0, 12);
  return (
    <div>
      <Text component="h2" fw={620} mb="sm">
        {t('agenda.nextToday')}
      </Text>
      {!items ? (
        bookings.error ? <ErrorState error={bookings.error} onRetry={() => void bookings.refetch()} /> : <LoadingState />
      ) : items.length === 0 ? (
        <Text c="dimmed">{t('agenda.nothingNext')}</Text>
      ) : (
        <ul className={classes.next}>
          {items.map((b) => (
            <li key={b.id}>
              <button type="button" className={classes.nextItem} onClick={() => onOpen(b)}>
                <Text fw={620}><TimeText value={b.start} zone={zone} format="time" /></Text>
                <span>
                  <Text truncate fw={540} dir="auto" ta="start">{b.customer_name ?? t('agenda.someone')}</Text>
                  <Text size="sm" c="dimmed" truncate>{translated(b.scenario.name)}</Text>
                  {b.state !== 'confirmed' && <StateBadge state={b.state} />}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
