import { Button, Text, UnstyledButton } from '@mantine/core';
import { IconClock, IconPhoneCall } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body, Problem, type Schema } from '@/api';
import { EmptyState, ErrorState, LoadingState } from '@/shared/components/states';
import { formatTime } from '@/shared/components/text';
import { useLanguage } from '@/shared/i18n';
import { TalkToPerson } from './help';
import { HoldNote } from './HoldNote';
import { Failure, Screen } from './Screen';
import { StepUp, wantsProof } from './StepUp';
import { useVisit } from './session';
import { addDays, dayOf, groupSlots, type Slot, startOfDay } from './slots';
import { CallNow, WaitFor } from './WaitFor';
import { whenText } from './When';
import { ZonePicker } from './ZonePicker';
import classes from './visit.module.css';

/** How many days the strip shows at first. */
const stripDays = 14;
/** Above this many times on a day the hour is chosen first. */
const fewTimes = 24;

const slotsOf = (from: Date, to: Date | undefined, limit: number) =>
  body(api.GET('/v1/slots', { params: { query: { from: from.toISOString(), ...(to ? { to: to.toISOString() } : {}), limit, as: 'customer' } } }));

/**
 * Times by day and hour; the same screen books, moves, and keeps a time before
 * the form is filled in. What is chosen is held at once, so that nobody takes it
 * while one reads on.
 */
export function SlotPicker({ purpose, onLook }: { purpose: 'book' | 'hold' | 'move'; onLook?: () => void }) {
  const move = purpose === 'move';
  const { t } = useTranslation('visit');
  const { intl } = useLanguage();
  const { visit, setVisit, refresh, goTo } = useVisit();
  const client = useQueryClient();
  const zone = visit.customer.time_zone;
  const [now] = useState(() => new Date());
  const today = dayOf(now, zone);
  const [picked, setPicked] = useState<string | undefined>(() => visit.hold && dayOf(visit.hold.start, zone));
  const [hour, setHour] = useState<string>();
  const [slot, setSlot] = useState<Slot | undefined>(() => heldSlot(visit.hold));
  const [proving, setProving] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  // The first free time decides which day is open at first.
  const first = useQuery({ queryKey: ['slots', 'first', visit.identification.id], queryFn: () => slotsOf(now, new Date(now.getTime() + 90 * 86_400_000), 1) });
  const firstStart = first.data?.items[0]?.start;
  const day = picked ?? (firstStart ? dayOf(firstStart, zone) : undefined);
  const times = useQuery({
    queryKey: ['slots', 'day', visit.identification.id, zone, day],
    enabled: day !== undefined,
    queryFn: () => slotsOf(new Date(Math.max(now.getTime(), startOfDay(day!, zone).getTime())), startOfDay(addDays(day!, 1), zone), 2000),
  });
  const group = useMemo(() => groupSlots(withHeld(times.data?.items ?? [], visit.hold), zone, intl).find((g) => g.day === day), [times.data, visit.hold, zone, intl, day]);
  const next = useQuery({
    queryKey: ['slots', 'after', visit.identification.id, zone, day],
    enabled: day !== undefined && times.isSuccess && !group,
    queryFn: () => slotsOf(startOfDay(addDays(day!, 1), zone), new Date(now.getTime() + 90 * 86_400_000), 1),
  });
  const nextStart = next.data?.items[0]?.start;

  const hold = useMutation({
    mutationFn: (start: string) => body(api.POST('/v1/bookings/hold', { params: { query: { as: 'customer' } }, body: { start } })),
    onSuccess: (held) => setVisit({ ...visit, hold: held }),
    onError: (e) => {
      // Without a hold one can still book, unless the time is gone.
      if (Problem.from(e).code !== 'slot_taken') return;
      setError(e);
      setSlot(undefined);
      void client.invalidateQueries({ queryKey: ['slots'] });
    },
  });
  const choose = (next: Slot) => {
    setSlot(next);
    setError(undefined);
    if (visit.hold?.start !== next.start) hold.mutate(next.start);
  };

  // Chosen, and then taken by somebody else: not chosen any more.
  useEffect(() => {
    if (slot && group && dayOf(slot.start, zone) === group.day && !group.hours.some((h) => h.times.some((x) => x.slot.start === slot.start))) setSlot(undefined);
  }, [group, slot, zone]);

  const timesRef = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (hour === undefined) return;
    const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
    timesRef.current?.scrollIntoView({ block: 'center', behavior: still ? 'auto' : 'smooth' });
  }, [hour]);

  const pickDay = (d: string) => {
    setPicked(d);
    setHour(undefined);
    setSlot(undefined);
    setError(undefined);
  };
  const days = useMemo(() => {
    const all = Array.from({ length: stripDays }, (_, i) => addDays(today, i));
    if (day && !all.includes(day)) all.push(day);
    return all;
  }, [today, day]);

  const book = async () => {
    if (!slot) return;
    if (purpose === 'hold') {
      // Kept already, or the hold said why not.
      if (visit.hold?.start !== slot.start) await hold.mutateAsync(slot.start).then(() => goTo(undefined), setError);
      else goTo(undefined);
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      if (move && visit.booking) {
        await api.POST('/v1/bookings/{booking_id}/move', { params: { path: { booking_id: visit.booking.id }, query: { as: 'customer' } }, body: { start: slot.start } });
      } else {
        await api.POST('/v1/bookings', { params: { query: { as: 'customer' } }, body: { start: slot.start } });
      }
      await refresh();
      goTo(undefined);
    } catch (e) {
      if (wantsProof(e)) return setProving(true);
      setError(e);
      setSlot(undefined);
      void client.invalidateQueries({ queryKey: ['slots'] });
      if (Problem.from(e).code !== 'slot_taken') void refresh();
    } finally {
      setBusy(false);
    }
  };

  const taken = error !== undefined && Problem.from(error).code === 'slot_taken';
  const count = group?.count ?? 0;
  const hours = group?.hours ?? [];
  const open = count <= fewTimes ? hours : hours.filter((h) => h.hour === hour);
  const nothing = first.isSuccess && !firstStart;
  if (proving) return <StepUp name={move ? 'move' : 'slot'} onBack={() => setProving(false)} onProved={() => { setProving(false); void book(); }} />;
  const kept = slot && visit.hold?.start === slot.start ? visit.hold : undefined;
  const unserved = visit.booking?.state === 'unserved' && !move;
  return (
    <Screen
      name={purpose === 'book' ? 'slot' : purpose === 'hold' ? 'time' : 'move'}
      title={move ? t('slot.moveTitle') : t('slot.title')}
      lead={unserved ? t('slot.unserved') : move ? t('slot.moveLead') : purpose === 'hold' ? t('hold.lead') : visit.scenario.kind === 'identify' ? t('slot.lead') : undefined}
      onBack={() => goTo(purpose === 'book' ? 'confirm' : undefined)}
      footer={
        slot ? (
          <>
            {kept && <HoldNote hold={kept} />}
            <Button onClick={() => void book()} loading={busy || (purpose === 'hold' && hold.isPending)} h="auto" mih={50} py={8} classNames={{ label: classes.wrap }}>
              {t(move ? 'slot.moveTo' : purpose === 'hold' ? 'hold.keep' : 'slot.book', { when: whenText(slot.start, 'datetime', intl, zone) })}
            </Button>
          </>
        ) : purpose === 'book' ? (
          <Button variant="default" leftSection={<IconPhoneCall size={20} aria-hidden="true" />} onClick={() => goTo('prepare')}>
            {t('slot.callNow')}
          </Button>
        ) : undefined
      }
    >
      {purpose === 'book' && <CallNow />}
      <ZonePicker />
      <Failure error={error}>{taken && t('slot.taken')}</Failure>
      {first.isPending && <LoadingState label={t('slot.loading')} />}
      {first.isError && <ErrorState error={first.error} onRetry={() => void first.refetch()} />}
      {nothing && <EmptyState title={t('slot.none')}>{t('slot.noneHint')}</EmptyState>}
      {day && (
        <>
          <DayStrip days={days} day={day} today={today} onPick={pickDay} />
          <div className={classes.dayTitle} role="status">
            {formatTime(`${day}T12:00:00Z`, 'weekday', intl, 'UTC')}
          </div>
          {times.isPending && <LoadingState label={t('slot.loading')} />}
          {times.isError && <ErrorState error={times.error} onRetry={() => void times.refetch()} />}
          {times.isSuccess && !group && (
            <EmptyState
              icon={<IconClock size={24} stroke={1.6} />}
              title={t('slot.dayFull')}
              action={
                nextStart && (
                  <Button variant="light" onClick={() => pickDay(dayOf(nextStart, zone))}>
                    {t('slot.nextFree', { when: formatTime(nextStart, 'weekday', intl, zone) })}
                  </Button>
                )
              }
            />
          )}
          {count > fewTimes && (
            <>
              <Text fw={600}>{t('slot.hour')}</Text>
              <div className={classes.times} role="group" aria-label={t('slot.hour')}>
                {hours.map((h) => (
                  <UnstyledButton
                    key={h.hour}
                    className={classes.time}
                    aria-pressed={h.hour === hour}
                    onClick={() => {
                      setHour(h.hour);
                      setSlot(undefined);
                    }}
                  >
                    <bdi dir="ltr">{h.hour}</bdi>
                  </UnstyledButton>
                ))}
              </div>
            </>
          )}
          {open.length > 0 && (
            <>
              <Text fw={600}>{t('slot.time')}</Text>
              <div className={classes.times} role="group" aria-label={t('slot.time')} ref={timesRef}>
                {open.flatMap((h) => h.times).map((x) => (
                  <UnstyledButton
                    key={x.slot.start}
                    className={classes.time}
                    aria-pressed={slot?.start === x.slot.start}
                    onClick={() => choose(x.slot)}
                    data-start={x.slot.start}
                  >
                    <bdi dir="ltr">{x.label}</bdi>
                  </UnstyledButton>
                ))}
              </div>
            </>
          )}
        </>
      )}
      {purpose === 'book' && onLook && first.isSuccess && <WaitFor onLook={onLook} />}
      <TalkToPerson bank={visit.bank.name} />
    </Screen>
  );
}

const heldSlot = (hold: Schema<'Hold'> | undefined): Slot | undefined => hold && { start: hold.start, end: hold.end, free: 1 };

/** One's own held time is free for oneself, whatever the list says. */
function withHeld(slots: readonly Slot[], hold: Schema<'Hold'> | undefined): Slot[] {
  const own = heldSlot(hold);
  return own ? [...slots.filter((s) => s.start !== own.start), own] : [...slots];
}

function DayStrip({ days, day, today, onPick }: { days: string[]; day: string; today: string; onPick: (day: string) => void }) {
  const { t } = useTranslation('visit');
  const { intl } = useLanguage();
  const strip = useRef<HTMLDivElement>(null);
  useEffect(() => {
    strip.current?.querySelector('[aria-pressed="true"]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [day]);
  const part = (d: string, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(intl, { ...options, timeZone: 'UTC' }).format(new Date(`${d}T12:00:00Z`));
  return (
    <div className={classes.strip} ref={strip} role="group" aria-label={t('slot.day')}>
      {days.map((d) => (
        <UnstyledButton key={d} className={classes.stripDay} aria-pressed={d === day} onClick={() => onPick(d)} data-day={d}>
          <span>{d === today ? t('slot.today') : part(d, { weekday: 'short' })}</span>{' '}
          <b>{part(d, { day: 'numeric' })}</b>{' '}
          <span>{part(d, { month: 'short' })}</span>
        </UnstyledButton>
      ))}
    </div>
  );
}
