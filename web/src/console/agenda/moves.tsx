import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem } from '@/api';
import { formatTime, useLanguage, useProblemText } from '@/shared';
import type { Booking } from './bookings';

/** How long a move can be taken back by one press. */
export const undoMs = 10_000;

/** Shows a booking at another time wherever it is listed, before the server has said yes. */
function showAt(client: QueryClient, id: string, start: string, end: string, sequence?: number) {
  client.setQueriesData<Booking[]>({ queryKey: ['agenda'] }, (list) => list?.map((b) => (b.id === id ? { ...b, start, end, sequence: sequence ?? b.sequence } : b)));
}

/**
 * Moves bookings: at once on the page, then at the gateway. What it refuses goes
 * back to where it was, and the person is told why; what it accepts can be
 * undone for some seconds, by the button or Ctrl+Z: the booking is moved back.
 */
export function useMoves(zone: string) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  const text = useProblemText();
  const client = useQueryClient();
  const [moving, setMoving] = useState<ReadonlySet<string>>(new Set());
  const last = useRef<{ undo: () => void; note: string } | undefined>(undefined);
  const closeButtonProps = { 'aria-label': common('action.close') };

  const move = useCallback(
    async (booking: Booking, start: string, back = false): Promise<boolean> => {
      const name = booking.customer_name ?? t('agenda.someone');
      const length = Date.parse(booking.end) - Date.parse(booking.start);
      const end = new Date(Date.parse(start) + length).toISOString();
      await client.cancelQueries({ queryKey: ['agenda'] });
      showAt(client, booking.id, start, end);
      setMoving((now) => new Set(now).add(booking.id));
      try {
        const moved = await body(api.POST('/v1/bookings/{booking_id}/move', { params: { path: { booking_id: booking.id }, query: { as: 'agent' } }, body: { start, sequence: booking.sequence } }));
        showAt(client, booking.id, moved.start, moved.end, moved.sequence);
        const when = formatTime(moved.start, 'datetime', intl, zone);
        if (last.current) notifications.hide(last.current.note);
        last.current = undefined;
        if (back) {
          notifications.show({ color: 'petrol', message: t('agenda.movedBack', { name, time: when }), closeButtonProps });
        } else {
          const note = `moved-${booking.id}-${moved.sequence}`;
          const undo = () => {
            if (last.current?.note !== note) return;
            last.current = undefined;
            notifications.hide(note);
            void move({ ...booking, start: moved.start, end: moved.end, sequence: moved.sequence }, booking.start, true);
          };
          last.current = { undo, note };
          notifications.show({
            id: note,
            color: 'petrol',
            autoClose: undoMs,
            closeButtonProps,
            onClose: () => {
              if (last.current?.note === note) last.current = undefined;
            },
            message: (
              <Group justify="space-between" wrap="nowrap" gap="sm">
                <span>{t('agenda.movedTo', { name, time: when })}</span>
                <Button size="xs" variant="light" style={{ flex: 'none' }} onClick={undo}>{t('agenda.undo')}</Button>
              </Group>
            ),
          });
        }
        return true;
      } catch (error) {
        showAt(client, booking.id, booking.start, booking.end);
        const problem = Problem.from(error);
        const why = problem.code === 'slot_taken' ? 'agenda.takenMeanwhile' : problem.code === 'booking_changed' ? 'agenda.changedMeanwhile' : undefined;
        notifications.show({
          color: 'red',
          autoClose: undoMs,
          closeButtonProps,
          message: why
            ? t(why, { name, time: formatTime(start, 'datetime', intl, zone), old: formatTime(booking.start, 'datetime', intl, zone) })
            : `${t('agenda.notMoved', { name, time: formatTime(booking.start, 'datetime', intl, zone) })} ${text(error)}`,
        });
        return false;
      } finally {
        setMoving((now) => new Set([...now].filter((id) => id !== booking.id)));
        for (const key of ['agenda', 'bookings', 'slots', 'capacity']) void client.invalidateQueries({ queryKey: [key] });
      }
    },
    // t, text and common are new at every render but say the same in one language.
    [client, zone, intl],
  );

  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest('input, textarea, [contenteditable]');
      if (typing || !last.current || event.code !== 'KeyZ' || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      last.current.undo();
    };
    window.addEventListener('keydown', listener);
    return () => window.removeEventListener('keydown', listener);
  }, []);

  /** Says that there is nothing free where a booking was dropped. */
  const refuse = (booking: Booking) =>
    notifications.show({ color: 'yellow', autoClose: 8000, closeButtonProps, message: t('agenda.dropRefused', { name: booking.customer_name ?? t('agenda.someone') }) });
  return { move, moving, refuse };
}
