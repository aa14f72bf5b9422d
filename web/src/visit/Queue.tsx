import { Button, Text } from '@mantine/core';
import { IconBell, IconBellOff, IconPhoneIncoming, IconUsers } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem } from '@/api';
import { ConfirmButton } from '@/shared/components/ConfirmButton';
import { useLanguage } from '@/shared/i18n';
import { TalkToPerson } from './help';
import { Failure, Screen } from './Screen';
import { useVisit } from './session';
import { useAwake } from './useAwake';
import classes from './visit.module.css';

/** The place in the queue, renewed while the page is open: that is also how the bank knows that someone waits. */
export function Queue({ sound }: { sound: boolean }) {
  const { t } = useTranslation('visit');
  const { intl } = useLanguage();
  const { visit, refresh } = useVisit();
  useAwake(true);
  const place = useQuery({
    queryKey: ['queue', 'mine'],
    queryFn: () => body(api.GET('/v1/queue/mine')),
    initialData: visit.queue,
    initialDataUpdatedAt: 0,
    refetchInterval: 8_000,
    refetchIntervalInBackground: true,
  });
  const { state, position, estimated_wait_seconds: wait } = place.data ?? {};
  const gone = (state !== undefined && state !== 'waiting' && state !== 'offered') || (place.isError && Problem.from(place.error).status === 404);
  useEffect(() => {
    if (gone) void refresh();
  }, [gone, refresh]);
  const minutes = wait === undefined ? undefined : Math.max(1, Math.round(wait / 60));
  const number = new Intl.NumberFormat(intl);
  const client = useQueryClient();
  const callBack = useMutation({
    mutationFn: (choice: 'keep_place' | 'new_time') => body(api.POST('/v1/queue/mine/callback', { body: { choice } })),
    onSuccess: (next, choice) => {
      client.setQueryData(['queue', 'mine'], next);
      if (choice === 'new_time') void refresh();
    },
  });
  const kept = place.data?.callback === true;
  const { kind } = visit.scenario;
  return (
    <Screen
      name="queue"
      icon={<IconUsers size={30} stroke={1.6} />}
      title={state === 'offered' ? t('queue.offered') : t('queue.title')}
      lead={t('queue.lead')}
      footer={
        <ConfirmButton
          variant="default"
          color="red"
          title={t('queue.leaveTitle')}
          message={t('queue.leaveMessage')}
          confirmLabel={t('queue.leave')}
          onConfirm={async () => {
            await api.DELETE('/v1/queue/mine');
            await refresh();
          }}
        >
          {t('queue.leave')}
        </ConfirmButton>
      }
    >
      <div className={classes.place} role="status">
        {position !== undefined && position > 0 && (
          <>
            <span className={classes.placeNumber}>{number.format(position)}</span>
            <Text>{position === 1 ? t('queue.next') : t('queue.ahead', { count: position - 1 })}</Text>
          </>
        )}
        <Text c="dimmed">{minutes === undefined ? t('queue.unknown') : t('queue.wait', { count: minutes })}</Text>
      </div>
      <div className={classes.note}>
        {kept ? <IconPhoneIncoming size={22} aria-hidden="true" /> : sound ? <IconBell size={22} aria-hidden="true" /> : <IconBellOff size={22} aria-hidden="true" />}
        <span>{kept ? t('queue.callbackOn') : sound ? t('queue.stay') : t('booked.touch')}</span>
      </div>
      {!kept && state === 'waiting' && (
        <div className={classes.actions}>
          {place.data?.suggest && <Text role="status">{t('queue.long')}</Text>}
          <Failure error={callBack.error} />
          <Button variant={place.data?.suggest === 'callback' ? 'filled' : 'default'} leftSection={<IconPhoneIncoming size={20} aria-hidden="true" />} loading={callBack.isPending} onClick={() => callBack.mutate('keep_place')}>
            {t('queue.callback')}
          </Button>
          <ConfirmButton
            variant={place.data?.suggest === 'booking' ? 'filled' : 'default'}
            title={t('queue.newTime')}
            message={t('queue.newTimeMessage')}
            confirmLabel={t('queue.newTime')}
            onConfirm={async () => void (await callBack.mutateAsync('new_time'))}
          >
            {t('queue.newTime')}
          </ConfirmButton>
        </div>
      )}
      <section className={classes.block}>
        <h2>{t('queue.meanwhile')}</h2>
        <ul className={classes.list}>
          <li>{kind === 'identify' ? t('queue.document') : t(`service.ready.${kind}`)}</li>
          {kind !== 'guide' && <li>{t('queue.light')}</li>}
          <li>{t('queue.network')}</li>
        </ul>
      </section>
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}
