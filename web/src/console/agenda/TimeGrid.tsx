import { Popover, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Fragment, type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '@/api';
import { formatTime, toneOf, useLanguage, useNow } from '@/shared';
import { clockOf, comesTwice, dayOf, offsetOf } from '@/shared/days';
import { useTranslated } from '../frame/scenarios';
import type { Booking } from './bookings';
import { type Load, sharesOf, totalOf } from './capacity';
import { type Dragged, useDrag } from './drag';
import { type Day, type Grid, lay, nearest, placeOf } from './grid';
import classes from './grid.module.css';

export interface TimeGridProps {
  grid: Grid;
  zone: string;
  bookings: readonly Booking[];
  loads: readonly Load[];
  /** Height of half an hour, pixels. */
  rowPx: number;
  /** Bookings beside each other at most. */
  lanes: number;
  /** Bookings that are just being moved. */
  moving: ReadonlySet<string>;
  mayMove: (booking: Booking) => boolean;
  onOpen: (booking: Booking, move?: boolean) => void;
  onMove: (booking: Booking, start: string) => void;
  /** A drop on a time that is not free. */
  onRefuse: (booking: Booking) => void;
  onDay: (day: string) => void;
}

const minPx = 24; // a target that can be hit (WCAG 2.5.8)

/** Width of the mark that stands for bookings that have no room. */
const morePx = 32;

/** Where a lane stands and how wide it is; in a crowd the mark for the rest keeps its width. */
function sideways(lane: number, lanes: number, crowded: boolean) {
  const room = crowded ? `(100% - ${morePx}px)` : '100%';
  return { insetInlineStart: `calc(${room} * ${lane / lanes} + 1px)`, width: `calc(${room} / ${lanes} - 3px)` };
}

/** A moment by the clock of a zone; where the clock shows it twice, with its offset. */
export function clockText(moment: number | string, zone: string, intl: string): string {
  const text = formatTime(moment, 'time', intl, zone);
  return comesTwice(moment, zone) ? `${text} (${offsetOf(moment, zone)})` : text;
}

/** Days side by side by the wall clock, with what is booked in them, over the load of each hour. */
export function TimeGrid(props: TimeGridProps) {
  const { grid, zone, bookings, loads, rowPx, lanes, moving, mayMove, onOpen, onMove, onRefuse, onDay } = props;
  const { t } = useTranslation('console');
  const { intl, dir } = useLanguage();
  const scroller = useRef<HTMLDivElement>(null);
  const columns = useRef(new Map<string, HTMLElement>());
  const now = useNow(20_000);
  const height = grid.rows.length * rowPx;
  const today = dayOf(now, zone);

  // The free times of the booking that is dragged.
  const [wanted, setWanted] = useState<Booking>();
  const first = grid.days[0]!.start;
  const last = grid.days.at(-1)!.end;
  const slotsOf = (booking: Booking | undefined) => ({
    queryKey: ['slots', booking?.identification_id, first, last],
    queryFn: () =>
      body(api.GET('/v1/slots', {
        params: { query: { identification_id: booking!.identification_id, from: new Date(Math.max(first, Date.now())).toISOString(), to: new Date(last).toISOString(), limit: 2000, as: 'agent' } },
      })),
  });
  const client = useQueryClient();
  const past = last <= Date.now(); // nothing is free in a week that is over
  const slots = useQuery({ ...slotsOf(wanted), enabled: wanted !== undefined && !past });
  const free = wanted && !past ? (slots.data?.items ?? []) : [];
  const target = ({ moment }: Dragged<Booking>, list: readonly { start: string }[]) => (moment === undefined ? undefined : nearest(list, moment, 20 * 60_000));
  const drop = async (d: Dragged<Booking>) => {
    if (d.day === undefined) return;
    // Dropped before the free times had come: they are waited for.
    const list = past ? [] : await client.fetchQuery(slotsOf(d.item)).then((s) => s.items, () => []);
    const to = target(d, list);
    if (to && to !== d.item.start) onMove(d.item, to);
    else if (!to && Math.abs((d.moment ?? 0) - Date.parse(d.item.start)) > 20 * 60_000) onRefuse(d.item);
  };
  const { dragged, onPointerDown, takeSwallow } = useDrag<Booking>({
    days: grid.days,
    rowPx,
    columnOf: (day) => columns.current.get(day),
    scroller: () => scroller.current,
    onStart: setWanted,
    onDrop: (d) => void drop(d),
  });
  useEffect(() => {
    if (!dragged) setWanted(undefined);
  }, [dragged]);

  // Opens where the day is: an hour before now, or before the first booking.
  const key = `${grid.days[0]!.day} ${grid.days.length} ${zone}`;
  const scrolled = useRef('');
  useEffect(() => {
    if (scrolled.current === key || !scroller.current) return;
    const current = grid.days.find((d) => d.start <= now && now < d.end);
    const earliest = bookings.length > 0 ? Math.min(...bookings.flatMap((b) => grid.days.filter((d) => d.start <= Date.parse(b.start) && Date.parse(b.start) < d.end).map((d) => placeOf(Date.parse(b.start), d)))) : Infinity;
    const row = current ? placeOf(now, current) : Number.isFinite(earliest) ? earliest : 16;
    scroller.current.scrollTop = Math.max(0, (row - 2) * rowPx);
    const column = current && columns.current.get(current.day);
    if (column && grid.days.length > 1) {
      const box = scroller.current.getBoundingClientRect();
      const own = column.getBoundingClientRect();
      scroller.current.scrollLeft += own.left + own.width / 2 - box.left - box.width / 2; // only this, not the page
    }
    if (current || bookings.length > 0) scrolled.current = key;
  }, [key, bookings.length]);

  /** Arrow keys go through the bookings: up and down within a day, to the sides to the days beside. */
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const own = (event.target as HTMLElement).closest<HTMLElement>('[data-booking]');
    if (!own || event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key.toLowerCase() === 'm') {
      const booking = bookings.find((b) => b.id === own.dataset.booking);
      if (booking && mayMove(booking)) {
        event.preventDefault();
        onOpen(booking, true);
      }
      return;
    }
    const entries = (day: string) => [...(columns.current.get(day)?.querySelectorAll<HTMLElement>('[data-booking]') ?? [])];
    const at = grid.days.findIndex((d) => columns.current.get(d.day)?.contains(own));
    const forward = dir === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    let next: HTMLElement | undefined;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const list = entries(grid.days[at]!.day);
      next = list[list.indexOf(own) + (event.key === 'ArrowDown' ? 1 : -1)];
    } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
      const step = event.key === forward ? 1 : -1;
      for (let i = at + step; i >= 0 && i < grid.days.length && !next; i += step) {
        const top = own.offsetTop;
        next = entries(grid.days[i]!.day).sort((a, b) => Math.abs(a.offsetTop - top) - Math.abs(b.offsetTop - top))[0];
      }
    } else return;
    event.preventDefault();
    next?.focus();
  };

  const number = new Intl.NumberFormat(intl, { maximumFractionDigits: 0 });
  const dayText = (day: Day, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(intl, { ...options, timeZone: 'UTC' }).format(new Date(`${day.day}T12:00:00Z`));
  const start = dragged && target(dragged, free);

  return (
    <div className={classes.scroller} ref={scroller} tabIndex={0} role="region" aria-label={t('agenda.calendar')} data-dragging={dragged ? true : undefined}>
      <div className={classes.grid} style={{ gridTemplateColumns: `56px repeat(${grid.days.length}, minmax(var(--day-min), 1fr))` }} data-days={grid.days.length}>
        <div className={classes.corner} />
        {grid.days.map((day) => {
          const sum = totalOf(loads, day.start, day.end);
          return (
            <div key={day.day} className={classes.dayHead} data-today={day.day === today || undefined}>
              <UnstyledButton className={classes.dayName} onClick={() => onDay(day.day)} aria-current={day.day === today ? 'date' : undefined} title={dayText(day, { weekday: 'long', day: 'numeric', month: 'long' })}>
                {dayText(day, { weekday: 'short' })} <b>{dayText(day, { day: 'numeric' })}</b>
              </UnstyledButton>
              {(sum.places > 0 || sum.booked > 0) && (
                <span className={classes.sum}>{t('agenda.booked', { count: sum.booked, booked: number.format(sum.booked), places: number.format(sum.places) })}</span>
              )}
              {day.rows.length !== 48 && <span className={classes.change}>{t('agenda.hoursOfDay', { count: day.rows.length / 2 })}</span>}
            </div>
          );
        })}
        <div className={classes.axis} style={{ height }} aria-hidden="true">
          {grid.rows.map((row, i) =>
            i % 2 === 0 || row.again ? (
              <span key={row.key} style={{ top: i * rowPx }} className="vv-numbers" data-again={row.again || undefined}>
                {row.clock.endsWith('00') ? clockLabel(row.clock, intl) : ''}
                {row.again && row.clock.endsWith('00') && <small>{offsetOf(momentOfRow(grid, i), zone)}</small>}
              </span>
            ) : null,
          )}
        </div>
        {grid.days.map((day) => (
          <Column
            key={day.day}
            {...{ day, grid, zone, rowPx, lanes, loads, moving, mayMove, now }}
            bookings={bookings}
            title={dayText(day, { weekday: 'long', day: 'numeric', month: 'long' })}
            setRef={(el) => {
              if (el) columns.current.set(day.day, el);
              else columns.current.delete(day.day);
            }}
            held={dragged?.item.id}
            free={dragged ? free : undefined}
            onOpen={(b) => {
              if (!takeSwallow()) onOpen(b);
            }}
            onPointerDown={onPointerDown}
            onKeyDown={onKeyDown}
            ghost={
              dragged?.day?.day === day.day && dragged.moment !== undefined
                ? { at: start ? Date.parse(start) : dragged.moment, length: Date.parse(dragged.item.end) - Date.parse(dragged.item.start), ok: start !== undefined, text: start ? clockText(start, zone, intl) : slots.isPending ? t('agenda.lookingForSlots') : t('agenda.notFree') }
                : undefined
            }
          />
        ))}
      </div>
    </div>
  );
}

function momentOfRow(grid: Grid, row: number): number {
  for (const day of grid.days) {
    const cell = day.rows.indexOf(row);
    if (cell >= 0) return day.start + cell * 30 * 60_000;
  }
  return grid.days[0]!.start;
}

function clockLabel(clock: string, intl: string): string {
  return new Intl.DateTimeFormat(intl, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: 'UTC' }).format(new Date(`2026-01-01T${clock}:00Z`));
}

interface ColumnProps extends Pick<TimeGridProps, 'grid' | 'zone' | 'rowPx' | 'lanes' | 'loads' | 'moving' | 'mayMove' | 'bookings'> {
  day: Day;
  now: number;
  title: string;
  setRef: (el: HTMLElement | null) => void;
  /** The booking that is dragged. */
  held: string | undefined;
  free: readonly { start: string; end: string }[] | undefined;
  ghost: { at: number; length: number; ok: boolean; text: string } | undefined;
  onOpen: (booking: Booking) => void;
  onPointerDown: ReturnType<typeof useDrag<Booking>>['onPointerDown'];
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

function Column({ day, grid, zone, rowPx, lanes, loads, moving, mayMove, bookings, now, title, setRef, held, free, ghost, onOpen, onPointerDown, onKeyDown }: ColumnProps) {
  const { t } = useTranslation('console');
  const { intl } = useLanguage();
  const span = (b: Booking) => ({ from: Date.parse(b.start), to: Date.parse(b.end) });
  const { laid, more } = useMemo(() => lay(bookings, span, day, minPx / rowPx, lanes), [bookings, day, rowPx, lanes]);
  const own = useMemo(() => loads.filter((l) => l.end > day.start && l.start < day.end), [loads, day]);
  const top = (moment: number) => placeOf(moment, day) * rowPx;
  const bottom = (moment: number) => (moment >= day.end ? (day.rows.at(-1)! + 1) * rowPx : placeOf(moment, day) * rowPx);
  const number = new Intl.NumberFormat(intl, { maximumFractionDigits: 0 });
  return (
    <section className={classes.column} ref={setRef} style={{ height: grid.rows.length * rowPx }} aria-label={title} data-day={day.day} onKeyDown={onKeyDown}>
      <div className={classes.lines} aria-hidden="true" style={{ backgroundSize: `100% ${rowPx * 2}px` }} />
      {day.missing.map((row) => (
        <div key={row} className={classes.missing} aria-hidden="true" style={{ top: row * rowPx, height: rowPx }} />
      ))}
      {own.map((load) => {
        const share = sharesOf(load);
        return (
          <div key={load.start} className={classes.load} data-full={(load.places > 0 && load.booked + load.held >= load.places && load.end > now) || undefined} data-open={load.places > 0 || undefined} data-past={load.end <= now || undefined} aria-hidden="true" style={{ top: top(load.start), height: bottom(load.end) - top(load.start) }} title={loadText(load)}>
            <span className={classes.loadBooked} style={{ width: `${share.booked * 100}%` }} />
            <span className={classes.loadHeld} style={{ width: `${share.held * 100}%` }} />
            {share.forecast !== undefined && <span className={classes.loadForecast} style={{ insetInlineStart: `${share.forecast * 100}%` }} />}
            {grid.days.length === 1 && load.places > 0 && <span className={classes.loadText}>{number.format(load.booked + load.held)}/{number.format(load.places)}</span>}
          </div>
        );
      })}
      {own.length > 0 && (
        <VisuallyHidden>
          <ul aria-label={t('agenda.capacityOf', { day: title })}>
            {own.map((load) => (
              <li key={load.start}>{loadText(load)}</li>
            ))}
          </ul>
        </VisuallyHidden>
      )}
      {free && <FreeBands free={free} day={day} top={top} bottom={bottom} />}
      {now >= day.start && now < day.end && (
        <div className={classes.now} style={{ top: top(now) }} role="presentation">
          <span className={classes.nowDot} />
        </div>
      )}
      <ul className={classes.entries} data-alone={grid.days.length === 1 || undefined} aria-label={t('agenda.bookingsOf', { day: title })}>
        {laid.map(({ item, top: at, height, lane, lanes: all, crowded }) => (
          <li key={item.id} style={{ top: at * rowPx, height: height * rowPx - 2, ...sideways(lane, all, crowded) }}>
            <Entry booking={item} zone={zone} tall={height * rowPx >= 42} narrow={grid.days.length > 1 && (all > 1 || crowded)} held={held === item.id} moving={moving.has(item.id)} movable={mayMove(item)} onOpen={onOpen} onPointerDown={onPointerDown} />
          </li>
        ))}
        {more.map(({ items, top: at }) => (
          <li key={`more-${items[0]!.id}`} style={{ top: at * rowPx, height: minPx, insetInlineEnd: 0, width: morePx }}>
            <More items={items} zone={zone} onOpen={onOpen} />
          </li>
        ))}
      </ul>
      {ghost && (
        <div className={classes.ghost} data-ok={ghost.ok || undefined} style={{ top: top(ghost.at), height: Math.max(minPx, bottom(ghost.at + ghost.length) - top(ghost.at)) }}>
          <span role="status">{ghost.text}</span>
        </div>
      )}
    </section>
  );

  function loadText(load: Load): string {
    const when = `${clockText(load.start, zone, intl)}–${clockText(load.end, zone, intl)}`;
    const words = [t('agenda.loadBooked', { booked: number.format(load.booked), places: number.format(load.places) })];
    if (load.held > 0) words.push(t('agenda.loadHeld', { count: load.held }));
    if (load.forecast !== undefined) words.push(t('agenda.loadForecast', { forecast: number.format(load.forecast) }));
    return `${when}: ${words.join(', ')}`;
  }
}

/** The times that are free for what is dragged, those that follow each other as one. */
function FreeBands({ free, day, top, bottom }: { free: readonly { start: string; end: string }[]; day: Day; top: (m: number) => number; bottom: (m: number) => number }) {
  const bands: { from: number; to: number }[] = [];
  for (const slot of free) {
    const [from, to] = [Date.parse(slot.start), Date.parse(slot.end)];
    if (to <= day.start || from >= day.end) continue;
    const last = bands.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else bands.push({ from, to });
  }
  return bands.map((b) => <div key={b.from} className={classes.free} aria-hidden="true" style={{ top: top(b.from), height: bottom(b.to) - top(b.from) }} />);
}

interface EntryProps {
  booking: Booking;
  zone: string;
  tall: boolean;
  /** No room for the time beside the name: the place says it. */
  narrow: boolean;
  held: boolean;
  moving: boolean;
  movable: boolean;
  onOpen: (booking: Booking) => void;
  onPointerDown: ColumnProps['onPointerDown'];
}

function Entry({ booking: b, zone, tall, narrow, held, moving, movable, onOpen, onPointerDown }: EntryProps) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  const translated = useTranslated();
  const time = clockText(b.start, zone, intl);
  const state = common(`state.${b.state}`);
  const theirs = b.time_zone !== zone && clockOf(b.start, b.time_zone) !== clockOf(b.start, zone) ? formatTime(b.start, 'time', intl, b.time_zone) : undefined;
  const name = b.customer_name || t(b.state === 'held' ? 'agenda.held' : 'agenda.someone');
  return (
    <UnstyledButton
      className={classes.entry}
      data-booking={b.id}
      data-state={b.state}
      data-held={held || undefined}
      data-movable={movable || undefined}
      aria-busy={moving || undefined}
      aria-keyshortcuts={movable ? 'M' : undefined}
      aria-label={[`${time} ${name}`, state, translated(b.scenario.name), theirs && t('agenda.theirs', { time: theirs }), b.acknowledged_at && t('agenda.comes')].filter(Boolean).join(', ')}
      title={`${time} ${name} · ${state}`}
      style={{ background: `var(--vv-${toneOf(b.state)}-bg)`, color: `var(--vv-${toneOf(b.state)}-fg)` }}
      onClick={() => onOpen(b)}
      onPointerDown={movable ? (e) => onPointerDown(e, b) : undefined}
      onContextMenu={movable ? (e) => e.nativeEvent instanceof PointerEvent && e.nativeEvent.pointerType === 'touch' && e.preventDefault() : undefined}
    >
      <span className={classes.line} dir="auto">
        {!narrow && <span className="vv-numbers">{time} </span>}<b>{name}</b>
        {b.acknowledged_at && <IconCheck size={12} stroke={3} className={classes.coming} aria-hidden="true" />}
      </span>
      {tall && (
        <span className={classes.line}>
          {state}
          {theirs && ` · ${t('agenda.theirs', { time: theirs })}`}
        </span>
      )}
    </UnstyledButton>
  );
}

function More({ items, zone, onOpen }: { items: Booking[]; zone: string; onOpen: (booking: Booking) => void }) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  return (
    <Popover position="bottom-start" withinPortal trapFocus shadow="md">
      <Popover.Target>
        <UnstyledButton className={classes.more} aria-label={t('agenda.more', { count: items.length })}>
          +{new Intl.NumberFormat(intl).format(items.length)}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown p={6}>
        <ul className={classes.moreList}>
          {items.map((b) => (
            <li key={b.id}>
              <UnstyledButton className={classes.moreItem} onClick={() => onOpen(b)}>
                <span className="vv-numbers">{clockText(b.start, zone, intl)}</span> <b>{b.customer_name || t(b.state === 'held' ? 'agenda.held' : 'agenda.someone')}</b> <span>{common(`state.${b.state}`)}</span>
              </UnstyledButton>
            </li>
          ))}
        </ul>
      </Popover.Dropdown>
    </Popover>
  );
}

/** The same bookings as a list, day by day: what reads best on a phone and to a screen reader. */
export function DayList({ grid, zone, bookings, onOpen }: Pick<TimeGridProps, 'grid' | 'zone' | 'bookings' | 'onOpen'>) {
  const { t } = useTranslation('console');
  const { t: common } = useTranslation();
  const { intl } = useLanguage();
  const translated = useTranslated();
  const days = grid.days
    .map((day) => ({ day, items: bookings.filter((b) => Date.parse(b.start) >= day.start && Date.parse(b.start) < day.end) }))
    .filter(({ items }) => items.length > 0);
  if (days.length === 0) return <p className={classes.none}>{t('agenda.none')}</p>;
  return (
    <div className={classes.listView} tabIndex={0} role="region" aria-label={t('agenda.list')}>
      {days.map(({ day, items }) => (
        <Fragment key={day.day}>
          <h2>{formatTime(`${day.day}T12:00:00Z`, 'weekday', intl, 'UTC')}</h2>
          <ul>
            {items.map((b) => (
              <li key={b.id}>
                <UnstyledButton className={classes.listItem} data-booking={b.id} onClick={() => onOpen(b)}>
                  <span className="vv-numbers">{clockText(b.start, zone, intl)}</span>
                  <span className={classes.listWho}>
                    <b>{b.customer_name || t(b.state === 'held' ? 'agenda.held' : 'agenda.someone')}</b>
                    <small>{translated(b.scenario.name)}{b.time_zone !== zone && ` · ${t('agenda.theirs', { time: formatTime(b.start, 'time', intl, b.time_zone) })}`}</small>
                  </span>
                  <span className={classes.listState} data-tone={toneOf(b.state)}>{common(`state.${b.state}`)}</span>
                </UnstyledButton>
              </li>
            ))}
          </ul>
        </Fragment>
      ))}
    </div>
  );
}
