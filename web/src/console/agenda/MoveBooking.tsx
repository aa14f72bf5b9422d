import { Button, Group, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ErrorState, formatTime, LoadingState, useLanguage } from '@/shared';
import { dayOf } from '@/shared/days';
import type { Schema } from '@/api';
import type { Booking } from './bookings';
import { clockText } from './TimeGrid';
import classes from './agenda.module.css';

/** Slots by their day in a zone, in order. */
export function byDay(slots: readonly Schema<'Slot'>[], zone: string): [day: string, slots: Schema<'Slot'>[]][] {
  const days = new Map<string, Schema<'Slot'>[]>();
  for (const slot of slots) {
    const day = dayOf(slot.start, zone);
    const list = days.get(day);
    if (list) list.push(slot);
    else days.set(day, [slot]);
  }
  return [...days];
}

const aheadMs = 28 * 86_400_000;

/** Chooses another time for a booking and confirms it; the customer is told by message. What dragging does, by keys and by voice. */
export function MoveBooking({ booking, zone, onMove, onDone, onCancel }: { booking: Booking; zone: string; onMove: (booking: Booking, start: string) => Promise<boolean>; onDone: () => void; onCancel: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  const [day, setDay] = useState<string>();
  const [start, setStart] = useState<string>();
  const [busy, setBusy] = useState(false);
  const [from] = useState(() => new Date());
  const slots = useQuery({
    queryKey: ['slots', booking.identification_id, 'move', from.toISOString()],
    queryFn: () =>
      body(api.GET('/v1/slots', { params: { query: { identification_id: booking.identification_id, from: from.toISOString(), to: new Date(from.getTime() + aheadMs).toISOString(), limit: 2000, as: 'agent' } } })),
  });
  const group = useRef<HTMLDivElement>(null);
  const ready = slots.data !== undefined;
  useEffect(() => {
    if (!ready) return;
    // Reading and typing go on here, and the list begins at the time that the booking has.
    group.current?.focus();
    const near = [...(group.current?.querySelectorAll<HTMLElement>('[data-start]') ?? [])].find((e) => (e.dataset.start ?? '') >= booking.start);
    if (near?.parentElement) near.parentElement.scrollTop = near.offsetTop - near.parentElement.offsetTop - 40;
  }, [ready, booking.start]);
  if (!slots.data) return slots.error ? <ErrorState error={slots.error} onRetry={() => void slots.refetch()} /> : <LoadingState />;
  const days = byDay(slots.data.items, zone);
  const chosen = days.find(([d]) => d === (day ?? dayOf(booking.start, zone))) ?? days[0];
  const submit = async () => {
    setBusy(true);
    const moved = await onMove(booking, start!);
    setBusy(false);
    if (moved) return onDone();
    setStart(undefined);
    void slots.refetch();
  };
  return (
    <Stack gap="sm" role="group" aria-label={t('agenda.move')} ref={group} tabIndex={-1} className={classes.move}>
      <Text fw={620}>{t('agenda.newTime')}</Text>
      {!chosen ? (
        <Text c="dimmed">{t('agenda.noSlots')}</Text>
      ) : (
        <>
          <div className={classes.days}>
            {days.map(([d, first]) => (
              <Button key={d} size="xs" variant={d === chosen[0] ? 'filled' : 'default'} aria-pressed={d === chosen[0]} onClick={() => { setDay(d); setStart(undefined); }}>
                {new Intl.DateTimeFormat(intl, { weekday: 'short', day: 'numeric', month: 'short', timeZone: zone }).format(new Date(first[0]!.start))}
              </Button>
            ))}
          </div>
          <div className={classes.slots}>
            {chosen[1].map((slot) => (
              <Button key={slot.start} size="xs" px={6} variant={slot.start === start ? 'filled' : 'default'} aria-pressed={slot.start === start} onClick={() => setStart(slot.start)} data-start={slot.start}>
                {clockText(slot.start, zone, intl)}
              </Button>
            ))}
          </div>
          {start && booking.time_zone !== zone && (
            <Text size="sm" c="dimmed">{t('agenda.theirTime')} {formatTime(start, 'datetime', intl, booking.time_zone, true)}</Text>
          )}
        </>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel} disabled={busy}>{common('action.cancel')}</Button>
        <Button disabled={!start} loading={busy} onClick={() => void submit()}>
          {start ? t('agenda.moveTo', { time: formatTime(start, 'short', intl, zone) }) : t('agenda.move')}
        </Button>
      </Group>
    </Stack>
  );
}
