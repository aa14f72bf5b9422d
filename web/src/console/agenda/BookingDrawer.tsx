import { Button, Drawer, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { api, body } from '@/api';
import { ConfirmButton, Countdown, ErrorState, LoadingState, PhoneText, StateBadge, TimeText, useLanguage } from '@/shared';
import { comesTwice, offsetOf } from '@/shared/days';
import { useAgentName } from '../frame/names';
import { useTranslated } from '../frame/scenarios';
import { onOurClock } from '../frame/serverClock';
import { Facts, Failed, useSay } from '../parts/parts';
import { useMay } from '../session/roles';
import type { Booking } from './bookings';
import { MoveBooking } from './MoveBooking';
import { Reminders } from './Reminders';

export interface BookingDrawerProps {
  booking: Booking | undefined;
  /** Opens at the choice of a new time. */
  startMoving: boolean;
  zone: string;
  /** As useMoves gives it. */
  onMove: (booking: Booking, start: string) => Promise<boolean>;
  onClose: () => void;
}

/** One booking: when, who, how it stands, what it is reminded of; supervisors move and cancel it. */
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
      size={440}
      title={<Text fw={620} size="lg">{t(last?.state === 'held' ? 'agenda.hold' : 'agenda.booking')}</Text>}
      closeButtonProps={{ 'aria-label': common('action.close') }}
    >
      {last && <Details key={`${last.id} ${startMoving}`} booking={last} startMoving={startMoving} zone={zone} onMove={onMove} onGone={onClose} />}
    </Drawer>
  );
}

function Details({ booking, startMoving, zone, onMove, onGone }: Omit<BookingDrawerProps, 'booking' | 'onClose'> & { booking: Booking; onGone: () => void }) {
  const { t } = useTranslation('console');
  const translated = useTranslated();
  const { intl } = useLanguage();
  const client = useQueryClient();
  const say = useSay();
  const may = useMay();
  const agentName = useAgentName();
  const [reason, setReason] = useState('');
  const [moving, setMoving] = useState(startMoving);
  const hold = booking.state === 'held';
  const visible = booking.customer_name !== undefined || hold;
  const whole = useQuery({
    queryKey: ['bookings', booking.id],
    enabled: !hold && visible,
    queryFn: () => body(api.GET('/v1/bookings/{booking_id}', { params: { path: { booking_id: booking.id }, query: { as: 'agent' } } })),
  });
  const identification = useQuery({
    queryKey: ['identifications', booking.identification_id],
    enabled: visible,
    queryFn: () => body(api.GET('/v1/identifications/{identification_id}', { params: { path: { identification_id: booking.identification_id } } })),
  });
  const customer = identification.data?.customer;
  const live = booking.state === 'confirmed' || booking.state === 'due';
  const refresh = () => {
    for (const key of ['agenda', 'bookings', 'slots', 'capacity']) void client.invalidateQueries({ queryKey: [key] });
  };
  const name = booking.customer_name ?? t('agenda.someone');

  const cancel = async () => {
    await api.POST('/v1/bookings/{booking_id}/cancel', { params: { path: { booking_id: booking.id }, query: { as: 'agent' } }, body: { reason } });
    say.done(t('agenda.cancelled'));
    refresh();
    onGone(); // the agenda has it no longer
  };
  const acknowledge = useMutation({
    mutationFn: () => body(api.POST('/v1/bookings/{booking_id}/confirm', { params: { path: { booking_id: booking.id }, query: { as: 'agent' } } })),
    onSuccess: () => {
      say.done(t('agenda.acknowledged'));
      refresh();
    },
  });
  const checkIn = useMutation({
    mutationFn: () => body(api.POST('/v1/bookings/{booking_id}/check-in', { params: { path: { booking_id: booking.id } }, body: {} })),
    onSuccess: () => {
      say.done(t('branch.checkedIn', { name }));
      refresh();
    },
  });
  const acknowledged = whole.data?.acknowledged_at ?? booking.acknowledged_at;
  const by = whole.data?.acknowledged_by;

  return (
    <Stack gap="lg">
      <div>
        <Group justify="space-between">
          <Text size="xl" fw={640}>
            <TimeText value={booking.start} zone={zone} format="datetime" />
            {comesTwice(booking.start, zone) && ` (${offsetOf(booking.start, zone)})`}
          </Text>
          <StateBadge state={booking.state} />
        </Group>
        <Text c="dimmed">
          <TimeText value={booking.start} zone={zone} format="time" />–<TimeText value={booking.end} zone={zone} format="time" withZone />
        </Text>
        {booking.time_zone !== zone && (
          <Text c="dimmed">{t('agenda.theirTime')} <TimeText value={booking.start} zone={booking.time_zone} format="datetime" withZone /></Text>
        )}
      </div>
      {hold && (
        <Text>
          {t('agenda.holdText')} {booking.held_until && <><TimeText value={booking.held_until} zone={zone} format="time" /> (<Countdown to={onOurClock(booking.held_until)} onEnd={refresh} />)</>}
        </Text>
      )}
      {moving && booking.movable && may('changeBookings') && <MoveBooking booking={booking} zone={zone} onMove={onMove} onDone={onGone} onCancel={() => setMoving(false)} />}
      {!visible ? (
        <Facts items={[[t('word.scenario'), translated(booking.scenario.name)], [t('agenda.calendarOf'), agentName(booking.agent_id)]]} />
      ) : identification.error ? (
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
            [t('agenda.calendarOf'), hold ? undefined : (agentName(booking.agent_id) ?? (booking.agent_id ? undefined : t('agenda.beyond')))],
            [t('agenda.attendance'), hold ? undefined : acknowledged ? <span key="a">{by ? t(`agenda.acknowledgedBy.${by as 'link'}`, { defaultValue: by }) : t('agenda.comes')} · <TimeText value={acknowledged} zone={zone} format="short" /></span> : t('agenda.notYet')],
            [t('agenda.checkedIn'), booking.checked_in_at && <TimeText key="c" value={booking.checked_in_at} zone={zone} format="short" />],
            [t('word.document'), identification.data?.document_type && t(`document.${identification.data.document_type as 'passport'}`)],
            [t('word.case'), <StateBadge key="s" state={identification.data!.state} />],
            [t('word.reference'), whole.data?.reference ?? identification.data?.reference],
            [t('word.reason'), whole.data?.reason],
            [t('agenda.changes'), booking.sequence > 0 && new Intl.NumberFormat(intl).format(booking.sequence)],
          ]}
        />
      )}
      {visible && <Button component={Link} to={`/identifications/${booking.identification_id}`} variant="light">{t('openCase')}</Button>}
      {!hold && visible && <Reminders bookingId={booking.id} zone={zone} />}
      {live && (
        <Stack gap="sm">
          {booking.state === 'confirmed' && !acknowledged && visible && may('takeCalls') && (
            <>
              <Failed error={acknowledge.error} />
              <Button variant="default" loading={acknowledge.isPending} onClick={() => acknowledge.mutate()}>{t('agenda.acknowledge')}</Button>
            </>
          )}
          {!booking.checked_in_at && visible && may('takeCalls') && (
            <>
              <Failed error={checkIn.error} />
              <Button variant="default" loading={checkIn.isPending} onClick={() => checkIn.mutate()}>{t('branch.checkIn')}</Button>
            </>
          )}
          {may('changeBookings') && (
            <>
              {booking.movable && !moving && <Button variant="default" onClick={() => setMoving(true)}>{t('agenda.move')}</Button>}
              <ConfirmButton
                title={t('agenda.cancelTitle')}
                confirmLabel={t('agenda.cancel')}
                keepLabel={t('keep')}
                onConfirm={cancel}
                message={
                  <Stack gap="sm">
                    <Text>{t('agenda.cancelText', { name })}</Text>
                    <TextInput label={t('word.reason')} description={t('agenda.reasonHelp')} value={reason} maxLength={500} onChange={(e) => setReason(e.currentTarget.value)} />
                  </Stack>
                }
              >
                {t('agenda.cancel')}
              </ConfirmButton>
            </>
          )}
        </Stack>
      )}
    </Stack>
  );
}
