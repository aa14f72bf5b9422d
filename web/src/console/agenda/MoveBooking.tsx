import { Button, Group, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, type Schema } from '@/api';
import { ErrorState, formatTime, LoadingState, useLanguage } from '@/shared';
import { Failed, useSay } from '../parts/parts';
import type { Booking } from './bookings';
import classes from './agenda.module.css';

/** Slots by their day in a zone, in order. */
export function byDay(slots: Schema<'Slot'>[], zone: string): [day: string, slots: Schema<'Slot'>[]][] {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });
  const days = new Map<string, Schema<'Slot'>[]>();
  for (const slot of slots) {
    const day = format.format(new Date(slot.start));
    days.set(day, [...(days.get(day) ?? []), slot]);
  }
  return [...days];
}

/** Chooses another time for a booking and confirms it; the customer is told by message. */
export function MoveBooking({ booking, zone, onDone, onCancel }: { booking: Booking; zone: string; onDone: () => void; onCancel: () => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  const say = useSay();
  const [day, setDay] = useState<string>();
  const [start, setStart] = useState<string>();
  const slots = useQuery({
    queryKey: ['slots', booking.identification_id],
    queryFn: () => body(api.GET('/v1/slots', { params: { query: { identification_id: booking.identification_id, limit: 1000, as: 'agent' } } })),
  });
  const move = useMutation({
    mutationFn: () => api.POST('/v1/bookings/{booking_id}/move', { params: { path: { booking_id: booking.id }, query: { as: 'agent' } }, body: { start: start! } }),
    onSuccess: () => {
      say.done(t('agenda.moved'));
      onDone();
    },
    onError: () => void slots.refetch(),
  });
  if (!slots.data) return slots.error ? <ErrorState error={slots.error} onRetry={() => void slots.refetch()} /> : <LoadingState />;
  const days = byDay(slots.data.items, zone);
  const chosen = days.find(([d]) => d === day) ?? days[0];
  return (
    <Stack gap="sm" role="group" aria-label={t('agenda.move')}>
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
              <Button key={slot.start} size="xs" px={6} variant={slot.start === start ? 'filled' : 'default'} aria-pressed={slot.start === start} onClick={() => setStart(slot.start)}>
                {formatTime(slot.start, 'time', intl, zone)}
              </Button>
            ))}
          </div>
        </>
      )}
      <Failed error={move.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onCancel} disabled={move.isPending}>{common('action.cancel')}</Button>
        <Button disabled={!start} loading={move.isPending} onClick={() => move.mutate()}>
          {start ? t('agenda.moveTo', { time: formatTime(start, 'short', intl, zone) }) : t('agenda.move')}
        </Button>
      </Group>
    </Stack>
  );
}
