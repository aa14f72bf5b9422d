import { Button, Text, VisuallyHidden } from '@mantine/core';
import { IconCalendarPlus, IconClockBolt } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, Problem, type Schema } from '@/api';
import { ConfirmButton } from '@/shared/components/ConfirmButton';
import { formatDuration, formatTime, useNow } from '@/shared/components/text';
import { useLanguage } from '@/shared/i18n';
import { TalkToPerson } from './help';
import { markAt } from './HoldNote';
import { Failure, Screen } from './Screen';
import { useVisit } from './session';
import { zoneName } from './slots';
import { StepUp, wantsProof } from './StepUp';
import { whenText } from './When';
import classes from './visit.module.css';

/** The time that the waitlist offers just now; undefined when there is none. */
export function offerOf(entry: Schema<'WaitlistEntry'> | undefined): { id: string; start: string; until: string } | undefined {
  return entry?.state === 'offered' && entry.offer ? { id: entry.id, ...entry.offer } : undefined;
}

/** A freed time that is held for this customer for a while: to take, or to leave to the next. */
export function Offer({ onLater }: { onLater: () => void }) {
  const { t } = useTranslation('visit');
  const { intl } = useLanguage();
  const { visit, refresh } = useVisit();
  const client = useQueryClient();
  const zone = visit.customer.time_zone;
  const [offer] = useState(() => offerOf(visit.waitlist)!); // stays while it lapses
  const now = useNow(1000);
  const left = Math.max(0, Math.ceil((Date.parse(offer.until) - now) / 1000));
  const [proving, setProving] = useState<'accept' | 'decline'>();
  const [spoken, setSpoken] = useState('');
  const said = useRef<number>(undefined);
  useEffect(() => {
    const mark = markAt(left, said.current);
    if (mark === undefined) return;
    said.current = mark;
    setSpoken(mark >= 60 ? t('hold.minutesLeft', { count: mark / 60 }) : t('hold.secondsLeft', { count: mark }));
  }, [left, t]);
  const booking = visit.booking?.state === 'confirmed' ? visit.booking : undefined;
  const path = { params: { path: { waitlist_entry_id: offer.id }, query: { as: 'customer' as const } } };
  const answer = useMutation({
    mutationFn: async (yes: boolean) => {
      await (yes ? api.POST('/v1/waitlist/{waitlist_entry_id}/accept', path) : api.POST('/v1/waitlist/{waitlist_entry_id}/decline', path));
    },
    onSuccess: async () => {
      void client.invalidateQueries({ queryKey: ['slots'] });
      await refresh();
    },
    onError: (error, yes) => {
      if (wantsProof(error)) setProving(yes ? 'accept' : 'decline');
      else if (Problem.from(error).code === 'offer_lapsed') void refresh();
    },
  });
  if (proving) return <StepUp name="offer" onBack={() => setProving(undefined)} onProved={() => { setProving(undefined); answer.mutate(proving === 'accept'); }} />;
  const lapsed = left === 0 || (answer.isError && Problem.from(answer.error).code === 'offer_lapsed');
  return (
    <Screen
      name="offer"
      icon={<IconCalendarPlus size={30} stroke={1.6} />}
      title={lapsed ? t('offer.lapsed') : t('offer.title')}
      lead={lapsed ? t('offer.lapsedLead') : booking ? t('offer.leadMove', { when: whenText(booking.start, 'datetime', intl, zone) }) : t('offer.lead')}
      onBack={onLater}
      footer={
        lapsed ? (
          <Button onClick={onLater}>{t('offer.back')}</Button>
        ) : (
          <>
            <Button loading={answer.isPending && answer.variables} disabled={answer.isPending} onClick={() => answer.mutate(true)} h="auto" mih={50} py={8} classNames={{ label: classes.wrap }}>
              {t(booking ? 'offer.move' : 'offer.accept', { when: whenText(offer.start, 'datetime', intl, zone) })}
            </Button>
            <ConfirmButton variant="default" color="petrol" title={t('offer.declineTitle')} message={t('offer.declineText')} confirmLabel={t('offer.decline')} onConfirm={() => answer.mutateAsync(false)}>
              {t('offer.decline')}
            </ConfirmButton>
          </>
        )
      }
    >
      {!lapsed && (
        <>
          <div className={classes.when}>
            <time dateTime={offer.start}>
              <span className={classes.whenDay}>{formatTime(offer.start, 'weekday', intl, zone)}</span>
              <bdi dir="ltr" className={classes.whenTime}>{whenText(offer.start, 'time', intl, zone)}</bdi>
            </time>
            <Text c="dimmed" size="sm">{zoneName(zone, intl, offer.start)}</Text>
          </div>
          <div className={classes.hold}>
            <IconClockBolt size={22} aria-hidden="true" />
            <div className={classes.holdText}>
              <Text fw={600}>{t('offer.until', { time: formatTime(offer.until, 'time', intl, zone) })}</Text>
              <span role="timer" aria-live="off" className="vv-numbers">{t('hold.left', { left: formatDuration(left * 1000, intl) })}</span>
            </div>
            <VisuallyHidden role="status" aria-live="polite">{spoken}</VisuallyHidden>
          </div>
        </>
      )}
      <Failure error={lapsed || (answer.isError && wantsProof(answer.error)) ? undefined : answer.error} />
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}
