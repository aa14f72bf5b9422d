import { Button, Group, SegmentedControl, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { CalendarRef } from '@fullcalendar/react';
import { ActionIcon } from '@mantine/core';
import { lazy, Suspense, useCallback, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatTime, LoadingState, ErrorState, useLanguage, useNow } from '@/shared';
import { ConsolePage } from '../frame/ConsolePage';
import { useBankZone } from '../frame/zone';
import { AskNotifications } from '../offer/AskNotifications';
import { useMay } from '../session/roles';
import { Team } from '../queue/Team';
import { BookingDrawer } from './BookingDrawer';
import { type Booking, useBookings } from './bookings';
import { Next } from './Next';
import classes from './agenda.module.css';

const Calendar = lazy(() => import('./Calendar'));
type View = 'timeGridDay' | 'timeGridWeek' | 'listWeek';

/** The bank's bookings by day and week, and what comes next today. */
export function AgendaPage() {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const may = useMay();
  const zone = useBankZone();
  const small = useMediaQuery('(max-width: 767px)', window.matchMedia('(max-width: 767px)').matches, { getInitialValueInEffect: false });
  const [view, setView] = useState<View>(small ? 'listWeek' : 'timeGridWeek');
  const [range, setRange] = useState<{ from: string; to: string; middle: string }>();
  const [opened, setOpened] = useState<Booking>();
  const calendar = useRef<CalendarRef>(null);
  const bookings = useBookings(range?.from, range?.to);
  const onRange = useCallback((start: Date, end: Date) => {
    setRange({ from: start.toISOString(), to: end.toISOString(), middle: new Date((start.getTime() + end.getTime()) / 2).toISOString() });
  }, []);
  const open = useCallback((id: string) => setOpened(bookings.data?.find((b) => b.id === id)), [bookings.data]);
  const pick = (next: View) => {
    setView(next);
    calendar.current?.getApi().changeView(next);
  };
  const move = (to: 'prev' | 'next' | 'today') => calendar.current?.getApi()[to]();
  const month = range
    ? new Intl.DateTimeFormat(intl, { month: 'long', year: 'numeric', timeZone: zone, ...(view === 'timeGridDay' ? { day: 'numeric', weekday: 'long' } : {}) }).format(new Date(range.middle))
    : '';
  const shown = opened && (bookings.data?.find((b) => b.id === opened.id) ?? opened);

  return (
    <ConsolePage title={t('nav.agenda')} flush>
      <AskNotifications />
      <div className={classes.page}>
        <div className={classes.main}>
          <Group className={classes.toolbar} gap="sm">
            <Button variant="default" onClick={() => move('today')}>{t('agenda.today')}</Button>
            <Group gap={2} wrap="nowrap">
              <ActionIcon onClick={() => move('prev')} aria-label={t('agenda.previous')}><IconChevronLeft size={20} className={classes.arrow} aria-hidden="true" /></ActionIcon>
              <ActionIcon onClick={() => move('next')} aria-label={t('agenda.next')}><IconChevronRight size={20} className={classes.arrow} aria-hidden="true" /></ActionIcon>
            </Group>
            <Text fw={620} size="lg" className={classes.month} aria-live="polite">{month}</Text>
            <Text size="xs" c="dimmed" className={classes.zone}>{zone.replaceAll('_', ' ')}, <Now zone={zone} /></Text>
            <SegmentedControl
              aria-label={t('agenda.view')}
              value={view}
              onChange={(v) => pick(v as View)}
              data={[
                { value: 'timeGridDay', label: t('agenda.day') },
                { value: 'timeGridWeek', label: t('agenda.week') },
                { value: 'listWeek', label: t('agenda.list') },
              ]}
            />
          </Group>
          {bookings.error && !bookings.data ? (
            <ErrorState error={bookings.error} onRetry={() => void bookings.refetch()} withDetail />
          ) : null}
          <div className={classes.calendar}>
            <Suspense fallback={<LoadingState />}>
              <Calendar ref={calendar} zone={zone} view={view} bookings={bookings.data ?? []} onRange={onRange} onOpen={open} />
            </Suspense>
          </div>
        </div>
        <aside className={classes.side} aria-label={t('agenda.side')}>
          <Next zone={zone} onOpen={setOpened} />
          {may('changeBookings') && (
            <div>
              <Text component="h2" fw={620} mb="sm">{t('queue.team')}</Text>
              <Team />
            </div>
          )}
        </aside>
      </div>
      <BookingDrawer booking={shown} zone={zone} onClose={() => setOpened(undefined)} />
    </ConsolePage>
  );
}

function Now({ zone }: { zone: string }) {
  const { intl } = useLanguage();
  return <span className="vv-numbers">{formatTime(useNow(10_000), 'time', intl, zone)}</span>;
}
