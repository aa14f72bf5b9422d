import { Button, Text } from '@mantine/core';
import { IconBell, IconBellOff, IconCalendarDown, IconCalendarTime, IconCamera, IconCircleCheck, IconPhoneCall, IconPhoneIncoming, IconQrcode } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { ConfirmButton } from '@/shared/components/ConfirmButton';
import { PushSwitch } from '@/shared/components/PushSwitch';
import { formatTime, useNow } from '@/shared/components/text';
import { useLanguage } from '@/shared/i18n';
import { useLiveState } from '@/shared/live';
import type { PushUse } from '@/shared/push';
import { TalkToPerson } from './help';
import { Failure, Screen } from './Screen';
import { StepUp, wantsProof } from './StepUp';
import { useVisit } from './session';
import { zoneName } from './slots';
import { CallNow, WaitFor } from './WaitFor';
import { whenText } from './When';
import { useAwake } from './useAwake';
import classes from './visit.module.css';

/** "in 3 days", "in 20 minutes", by the largest unit that fits. */
export function distance(ms: number, intl: string): string {
  const format = new Intl.RelativeTimeFormat(intl, { numeric: 'auto' });
  const minutes = Math.max(0, Math.round(ms / 60_000));
  if (minutes < 90) return format.format(minutes, 'minute');
  if (minutes < 36 * 60) return format.format(Math.round(minutes / 60), 'hour');
  return format.format(Math.round(minutes / 60 / 24), 'day');
}

/** This browser as a device of the customer. */
const pushOf = (identification: string): PushUse => ({
  key: `visit.${identification}`,
  add: (subscription) => body(api.POST('/v1/visit/push-subscriptions', { body: subscription })),
  remove: async (id) => void (await api.DELETE('/v1/visit/push-subscriptions/{device_id}', { params: { path: { device_id: id } } })),
});

/** The code that a branch reads: the customer is there then. */
function CheckInCode({ booking }: { booking: { id: string; checked_in_at?: string } }) {
  const { t } = useTranslation('visit');
  const [shown, setShown] = useState(false);
  const [broken, setBroken] = useState(false);
  if (booking.checked_in_at) {
    return (
      <div className={classes.note} role="status">
        <IconCircleCheck size={22} aria-hidden="true" />
        <span>{t('checkIn.done')}</span>
      </div>
    );
  }
  return (
    <div className={classes.actions}>
      <Button variant="default" leftSection={<IconQrcode size={20} aria-hidden="true" />} aria-expanded={shown} onClick={() => setShown(!shown)}>
        {t('checkIn.show')}
      </Button>
      {shown && (
        <div className={classes.qr}>
          {broken ? <Text role="alert">{t('checkIn.broken')}</Text> : <img src={`/v1/bookings/${booking.id}/check-in.svg?as=customer`} alt={t('checkIn.alt')} width={240} height={240} onError={() => setBroken(true)} />}
          <Text c="dimmed">{t('checkIn.help')}</Text>
        </div>
      )}
    </div>
  );
}

/** The promise, with all that one can do about it; when its time comes this page waits and rings. */
export function Booked({ sound, onLook }: { sound: boolean; onLook: () => void }) {
  const { t } = useTranslation('visit');
  const { intl } = useLanguage();
  const { visit, setVisit, refresh, goTo } = useVisit();
  const live = useLiveState();
  const now = useNow(10_000);
  const booking = visit.booking!;
  const { kind } = visit.scenario;
  // Its time has come and nobody is free: it heads the queue.
  const busy = visit.queue?.state === 'waiting';
  const left = Date.parse(booking.start) - now;
  const due = booking.state === 'due' || left <= 0;
  const soon = left < 15 * 60_000;
  useAwake(soon);
  const zone = visit.customer.time_zone;
  const [proving, setProving] = useState(false);
  const cancel = async () => {
    try {
      await api.POST('/v1/bookings/{booking_id}/cancel', { params: { path: { booking_id: booking.id }, query: { as: 'customer' } }, body: { reason: 'customer' } });
    } catch (e) {
      if (wantsProof(e)) return setProving(true);
      throw e;
    }
    await refresh();
  };
  const come = useMutation({
    mutationFn: () => body(api.POST('/v1/bookings/{booking_id}/confirm', { params: { path: { booking_id: booking.id }, query: { as: 'customer' } } })),
    onSuccess: (next) => setVisit({ ...visit, booking: next }),
  });
  if (proving) return <StepUp name="booked" onBack={() => setProving(false)} onProved={() => { setProving(false); void cancel(); }} />;
  return (
    <Screen
      name="booked"
      icon={due ? <IconPhoneIncoming size={30} stroke={1.6} /> : <IconCircleCheck size={30} stroke={1.6} />}
      title={!due ? t('booked.title') : busy ? t('queue.title') : t('booked.dueTitle')}
      lead={!due ? undefined : busy ? t('booked.dueBusy') : t(kind === 'identify' ? 'booked.dueLead' : 'service.dueLead')}
      footer={
        soon ? (
          <Button variant="light" leftSection={<IconCamera size={20} aria-hidden="true" />} onClick={() => goTo('test')}>
            {t(kind === 'guide' ? 'service.testSound' : 'booked.test')}
          </Button>
        ) : (
          <Button component="a" href={`/v1/bookings/${booking.id}/calendar.ics`} download="visavis.ics" leftSection={<IconCalendarDown size={20} aria-hidden="true" />}>
            {t('booked.calendar')}
          </Button>
        )
      }
    >
      <div className={classes.when}>
        <time dateTime={booking.start}>
          <span className={classes.whenDay}>{formatTime(booking.start, 'weekday', intl, zone)}</span>
          <bdi dir="ltr" className={classes.whenTime}>
            {whenText(booking.start, 'time', intl, zone)}
          </bdi>
        </time>
        <Text c="dimmed" size="sm">
          {zoneName(zone, intl, booking.start)}
        </Text>
        {!due && <Text fw={600}>{distance(left, intl)}</Text>}
      </div>
      {!due && booking.state === 'confirmed' && (
        <div className={classes.actions}>
          <Failure error={come.error} />
          {booking.acknowledged_at ? (
            <div className={classes.note} role="status">
              <IconCircleCheck size={22} aria-hidden="true" />
              <span>{t('booked.comes')}</span>
            </div>
          ) : (
            <Button variant="light" leftSection={<IconCircleCheck size={20} aria-hidden="true" />} loading={come.isPending} onClick={() => come.mutate()}>
              {t('booked.come')}
            </Button>
          )}
        </div>
      )}
      <div className={classes.note} role="status">
        {sound ? <IconBell size={22} aria-hidden="true" /> : <IconBellOff size={22} aria-hidden="true" />}
        <span>{live === 'reconnecting' ? t('booked.offline') : sound ? t('booked.rings') : t('booked.touch')}</span>
      </div>
      {!due && !soon && <CallNow />}
      {!due && <WaitFor onLook={onLook} />}
      {!due && booking.state === 'confirmed' && <CheckInCode booking={booking} />}
      <PushSwitch use={pushOf(visit.identification.id)} label={t('booked.notify')} help={t('booked.notifyHelp')} />
      <section className={classes.block}>
        <h2>{t('booked.next')}</h2>
        <ol className={classes.list}>
          <li>{t('booked.remind')}</li>
          <li>{t('booked.ring')}</li>
          <li>{kind === 'identify' ? t('booked.ready') : t(`service.ready.${kind}`)}</li>
        </ol>
      </section>
      <div className={classes.actions}>
        {soon ? (
          <Button component="a" variant="default" href={`/v1/bookings/${booking.id}/calendar.ics`} download="visavis.ics" leftSection={<IconCalendarDown size={20} aria-hidden="true" />}>
            {t('booked.calendar')}
          </Button>
        ) : (
          <Button variant="default" leftSection={<IconCamera size={20} aria-hidden="true" />} onClick={() => goTo('test')}>
            {t(kind === 'guide' ? 'service.testSound' : 'booked.test')}
          </Button>
        )}
        {!due && (
          <>
            <Button variant="default" leftSection={<IconPhoneCall size={20} aria-hidden="true" />} onClick={() => goTo('prepare')}>
              {t('slot.callNow')}
            </Button>
            <Button variant="default" leftSection={<IconCalendarTime size={20} aria-hidden="true" />} onClick={() => goTo('move')}>
              {t('booked.move')}
            </Button>
          </>
        )}
        <ConfirmButton variant="subtle" title={t('booked.cancelTitle')} message={t('booked.cancelMessage')} confirmLabel={t('booked.cancelConfirm')} keepLabel={t('booked.cancelKeep')} onConfirm={cancel}>
          {t('booked.cancel')}
        </ConfirmButton>
      </div>
      <Text size="sm" c="dimmed">
        {t('booked.keep')}
      </Text>
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}
