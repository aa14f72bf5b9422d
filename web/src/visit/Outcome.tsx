import { Button, Text } from '@mantine/core';
import { IconCircleCheck, IconClockHour4, IconDevices, IconHandStop, IconPhoneX, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { TalkToPerson } from './help';
import { Screen } from './Screen';
import { useVisit } from './session';
import classes from './visit.module.css';

/** The call is over, the bank has not decided yet. */
export function After({ onAgain }: { onAgain: () => void }) {
  const { t } = useTranslation('visit');
  const { visit } = useVisit();
  const identifies = visit.scenario.kind === 'identify';
  return (
    <Screen name="after" icon={<IconClockHour4 size={30} stroke={1.6} />} title={t('after.title')} lead={t(identifies ? 'after.lead' : 'service.after.lead', { bank: visit.bank.name })}>
      <Text role="status">{t(identifies ? 'after.tell' : 'service.after.tell')}</Text>
      <section className={classes.block}>
        <h2>{t('after.cutTitle')}</h2>
        <Text>{t('after.cut')}</Text>
        <Button variant="default" onClick={onAgain}>
          {t('missed.newTime')}
        </Button>
      </section>
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}

/** The ring was answered in another tab or on another device. */
export function Elsewhere({ onHere }: { onHere: () => void }) {
  const { t } = useTranslation('visit');
  const { visit } = useVisit();
  return (
    <Screen
      name="elsewhere"
      icon={<IconDevices size={30} stroke={1.6} />}
      title={t('elsewhere.title')}
      lead={t('elsewhere.lead')}
      footer={
        <Button variant="default" onClick={onHere}>
          {t('call.here')}
        </Button>
      }
    >
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}

/** The call rang and nobody answered, or the customer would not: a new time is offered. */
export function Missed({ onAgain, onNow }: { onAgain: () => void; onNow: () => void }) {
  const { t } = useTranslation('visit');
  const { visit } = useVisit();
  const state = visit.call?.state;
  return (
    <Screen
      name="missed"
      icon={<IconPhoneX size={30} stroke={1.6} />}
      title={state === 'declined' ? t('missed.declined') : state === 'cancelled' ? t('missed.cancelled') : t('missed.title')}
      lead={t('missed.lead')}
      footer={
        <>
          <Button onClick={onAgain}>{t('missed.newTime')}</Button>
          <Button variant="default" onClick={onNow}>
            {t('slot.callNow')}
          </Button>
        </>
      }
    >
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}

/** How it ended. */
export function Done() {
  const { t } = useTranslation('visit');
  const { visit } = useVisit();
  const { state, reason } = visit.identification;
  const icons = {
    open: <IconClockHour4 size={30} stroke={1.6} />,
    approved: <IconCircleCheck size={30} stroke={1.6} />,
    completed: <IconCircleCheck size={30} stroke={1.6} />,
    rejected: <IconX size={30} stroke={1.6} />,
    declined: <IconHandStop size={30} stroke={1.6} />,
    cancelled: <IconX size={30} stroke={1.6} />,
  };
  return (
    <Screen name="done" icon={icons[state]} title={t(`done.${state}.title`)} lead={state === 'cancelled' && visit.scenario.kind !== 'identify' ? t('service.cancelled', { bank: visit.bank.name }) : t(`done.${state}.lead`, { bank: visit.bank.name })}>
      {reason && (
        <div className={classes.note}>
          <span>
            <b>{t('done.reason')}</b> <bdi>{reason}</bdi>
          </span>
        </div>
      )}
      <Text c="dimmed">{t('done.close')}</Text>
      {state !== 'approved' && state !== 'completed' && <TalkToPerson bank={visit.bank.name} />}
    </Screen>
  );
}
