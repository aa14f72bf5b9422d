import { Button, Drawer, Group, Stack, Text, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, body } from '@/api';
import { ConfirmButton, ErrorState, LoadingState, PhoneText, StateBadge, TimeText } from '@/shared';
import { useTranslated } from '../frame/scenarios';
import { Facts, useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import type { Booking } from './bookings';
import { MoveBooking } from './MoveBooking';

export interface BookingDrawerProps {
  booking: Booking | undefined;
  /** Opens at the choice of a new time. */
  startMoving: boolean;
  zone: string;
  /** As useMoves gives it. */
  onMove: (booking: Booking, start: string) => Promise<boolean>;
  onClose: () => void;
}

/** One booking: when, who, how it stands; supervisors move and cancel it. */
export function BookingDrawer({ booking, startMoving, zone, onMove, onClose }: BookingDrawerProps) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const [last, setLast] = useState(booking); // stays while the drawer slides out
  useEffect(() => {
    if (booking) setLast(booking);
  }, [booking]);
  return (
    <Drawer
      opened={booking !== undefined}
      onClose={onClose}
      position="right"
      size={420}
      title={<Text fw={620} size="lg">{t('agenda.booking')}</Text>}
      closeButtonProps={{ 'aria-label': common('action.close') }}
    >
      {last && <Details key={`${last.id} ${startMoving}`} booking={last} startMoving={startMoving} zone={zone} onMove={onMove} onGone={onClose} />}
    </Drawer>
  );
}

function Details({ booking, startMoving, zone, onMove, onGone }: Omit<BookingDrawerProps, 'booking' | 'onClose'> & { booking: Booking; onGone: () => void }) {
  const { t } = useTranslation('console');
  const translated = useTranslated();
  const client = useQueryClient();
  const say = useSay();
  const may = useMay();
  const [reason, setReason] = useState('');
  const [moving, setMoving] = useState(startMoving);
  const identification = useQuery({
    queryKey: ['identifications', booking.identification_id],
    queryFn: () => body(api.GET('/v1/identifications/{identification_id}', { params: { path: { identification_id: booking.identification_id } } })),
  });
  const customer = identification.data?.customer;
  const live = booking.state === 'confirmed' || booking.state === 'due';
  const refresh = () => {
    for (const key of ['bookings', 'slots', 'capacity']) void client.invalidateQueries({ queryKey: [key] });
  };

  const cancel = async () => {
    await api.POST('/v1/bookings/{booking_id}/cancel', { params: { path: { booking_id: booking.id }, query: { as: 'agent' } }, body: { reason } });
    say.done(t('agenda.cancelled'));
    refresh();
    onGone(); // the agenda has it no longer
  };

  return (
    <Stack gap="lg">
      <div>
        <Group justify="space-between">
          <Text size="xl" fw={640}><TimeText value={booking.start} zone={zone} format="datetime" /></Text>
          <StateBadge state={booking.state} />
        </Group>
        <Text c="dimmed">
          <TimeText value={booking.start} zone={zone} format="time" />–<TimeText value={booking.end} zone={zone} format="time" withZone />
        </Text>
        {booking.time_zone !== zone && (
          <Text c="dimmed">{t('agenda.theirTime')} <TimeText value={booking.start} zone={booking.time_zone} format="datetime" withZone /></Text>
        )}
      </div>
      {identification.error ? (
        <ErrorState error={identification.error} onRetry={() => void identification.refetch()} />
      ) : !customer ? (
        <LoadingState />
      ) : (
        <Facts
          items={[
            [t('word.customer'), <b key="n">{booking.customer_name}</b>],
            [t('word.phone'), <PhoneText key="p" value={customer.phone} />],
            [t('word.language'), t(`language.${customer.locale}`)],
            [t('word.scenario'), translated(booking.scenario.name)],
            [t('word.document'), identification.data?.document_type && t(`document.${identification.data.document_type as 'passport'}`)],
            [t('word.case'), <StateBadge key="s" state={identification.data!.state} />],
            [t('word.reference'), booking.reference ?? identification.data?.reference],
            [t('word.reason'), booking.reason],
            [t('agenda.changes'), booking.sequence > 0 && String(booking.sequence)],
          ]}
        />
      )}
      <Button component={Link} to={`/identifications/${booking.identification_id}`} variant="light">{t('openCase')}</Button>
      {live && may('changeBookings') && (
        <Stack gap="sm">
          {moving ? (
            <MoveBooking booking={booking} zone={zone} onMove={onMove} onDone={onGone} onCancel={() => setMoving(false)} />
          ) : (
            <Button variant="default" onClick={() => setMoving(true)}>{t('agenda.move')}</Button>
          )}
          <ConfirmButton
            title={t('agenda.cancelTitle')}
            confirmLabel={t('agenda.cancel')}
            onConfirm={cancel}
            message={
              <Stack gap="sm">
                <Text>{t('agenda.cancelText', { name: booking.customer_name })}</Text>
                <TextInput label={t('word.reason')} description={t('agenda.reasonHelp')} value={reason} maxLength={500} onChange={(e) => setReason(e.currentTarget.value)} />
              </Stack>
            }
          >
            {t('agenda.cancel')}
          </ConfirmButton>
        </Stack>
      )}
    </Stack>
  );
}
