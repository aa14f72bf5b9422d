import { Button, Text, VisuallyHidden } from '@mantine/core';
import { IconClockPause } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schema } from '@/api';
import { formatDuration, formatTime, useNow } from '@/shared/components/text';
import { useLanguage } from '@/shared/i18n';
import { useVisit } from './session';
import { whenText } from './When';
import classes from './visit.module.css';

/** At how many seconds before the end it is said aloud. */
const marks = [300, 120, 60, 30];

/** What is to be said when `left` seconds remain and `said` was the last mark: the smallest mark that has been reached since. */
export function markAt(left: number, said: number | undefined): number | undefined {
  const reached = marks.filter((m) => left <= m && left > 0).at(-1);
  return reached !== undefined && (said === undefined || reached < said) ? reached : undefined;
}

export type Held = Pick<Schema<'Hold'>, 'start' | 'held_until'>;

/**
 * The time that is kept, until when, and how long that still is: in words and
 * figures. A screen reader hears it now and then, not every second.
 */
export function HoldNote({ hold, onChange }: { hold: Held; onChange?: () => void }) {
  const { t } = useTranslation('visit');
  const { intl } = useLanguage();
  const { visit, refresh } = useVisit();
  const client = useQueryClient();
  const zone = visit.customer.time_zone;
  const now = useNow(1000);
  const end = Date.parse(hold.held_until);
  const left = Math.max(0, Math.ceil((end - now) / 1000));
  const [spoken, setSpoken] = useState('');
  const said = useRef<number>(undefined);
  useEffect(() => {
    said.current = undefined;
    setSpoken('');
  }, [hold.held_until, hold.start]);
  useEffect(() => {
    const mark = markAt(left, said.current);
    if (mark === undefined) return;
    said.current = mark;
    setSpoken(mark >= 60 ? t('hold.minutesLeft', { count: mark / 60 }) : t('hold.secondsLeft', { count: mark }));
  }, [left, t]);
  const over = left === 0;
  const told = useRef('');
  useEffect(() => {
    if (!over || told.current === hold.held_until) return;
    told.current = hold.held_until;
    void refresh();
    void client.invalidateQueries({ queryKey: ['slots'] });
  }, [over, hold.held_until, refresh, client]);
  return (
    <div className={classes.hold} data-over={over || undefined}>
      <IconClockPause size={22} aria-hidden="true" />
      <div className={classes.holdText}>
        {over ? (
          <Text role="alert" fw={600}>{t('hold.over', { when: whenText(hold.start, 'datetime', intl, zone) })}</Text>
        ) : (
          <>
            <Text fw={600}>{t('hold.kept', { when: whenText(hold.start, 'datetime', intl, zone) })}</Text>
            <Text>
              {t('hold.until', { time: formatTime(hold.held_until, 'time', intl, zone) })}{' '}
              <span role="timer" aria-live="off" className="vv-numbers">{t('hold.left', { left: formatDuration(end - now, intl) })}</span>
            </Text>
          </>
        )}
        {onChange && <Button variant="subtle" size="sm" h={44} px={0} className={classes.holdChange} onClick={onChange}>{over ? t('hold.choose') : t('hold.other')}</Button>}
      </div>
      <VisuallyHidden role="status" aria-live="polite">{spoken}</VisuallyHidden>
    </div>
  );
}

/** Above the steps before booking: the time that is kept, or the offer to choose it first. */
export function HoldFirst() {
  const { t } = useTranslation('visit');
  const { visit, goTo } = useVisit();
  const [last, setLast] = useState<Held>(); // stays to say that it is over
  useEffect(() => {
    if (visit.hold) setLast(visit.hold);
  }, [visit.hold]);
  const hold = visit.hold ?? last;
  if (visit.booking && (visit.booking.state === 'confirmed' || visit.booking.state === 'due')) return null;
  if (hold) return <HoldNote hold={hold} onChange={() => goTo('time')} />;
  return (
    <Button variant="subtle" size="sm" h="auto" mih={44} className={classes.help} classNames={{ label: classes.wrap }} onClick={() => goTo('time')}>
      {t('hold.first')}
    </Button>
  );
}
