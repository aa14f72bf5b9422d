import { addDays, clockOf, dayOf, startOfDay } from '@/shared/days';

/** Half an hour: every change of clocks since 2026 is a multiple of it. */
export const cellMs = 30 * 60_000;

/** One line of the grid: half an hour as the clock shows it. */
export interface Row {
  /** "02:30#0"; "#1" when the clock shows it for the second time that day. */
  key: string;
  /** "02:30". */
  clock: string;
  /** The clock is put back: it shows this time for the second time. */
  again: boolean;
}

export interface Day {
  /** "2026-03-29". */
  day: string;
  start: number;
  end: number;
  /** Of each half hour of the day, in order, the row that it stands in. */
  rows: number[];
  /** Rows that this day does not have: the clock jumps over them, or shows them twice on another day only. */
  missing: number[];
}

export interface Grid {
  rows: Row[];
  days: Day[];
}

/**
 * Some days of a zone side by side by the wall clock. A day of 23 hours leaves
 * the hour out that its clock jumps over; a day of 25 has the hour twice, and
 * the days beside it leave the second one out.
 */
export function gridOf(first: string, count: number, zone: string): Grid {
  const days = Array.from({ length: count }, (_, i) => {
    const day = addDays(first, i);
    const [start, end] = [startOfDay(day, zone).getTime(), startOfDay(addDays(day, 1), zone).getTime()];
    const keys: string[] = [];
    const seen = new Map<string, number>();
    for (let at = start; at < end; at += cellMs) {
      const clock = clockOf(at, zone).slice(11);
      const times = seen.get(clock) ?? 0;
      seen.set(clock, times + 1);
      keys.push(`${clock}#${times}`);
    }
    return { day, start, end, keys };
  });
  const order = Array.from({ length: 48 }, (_, i) => `${String(i >> 1).padStart(2, '0')}:${i % 2 ? '30' : '00'}#0`);
  for (const { keys } of days) {
    keys.forEach((key, i) => {
      if (!order.includes(key)) order.splice(order.indexOf(keys[i - 1]!) + 1, 0, key);
    });
  }
  return {
    rows: order.map((key) => ({ key, clock: key.slice(0, 5), again: key.endsWith('#1') })),
    days: days.map(({ day, start, end, keys }) => {
      const rows = keys.map((key) => order.indexOf(key));
      return { day, start, end, rows, missing: order.map((_, i) => i).filter((i) => !rows.includes(i)) };
    }),
  };
}

/** Where a moment stands in a day's column, in rows from its top. */
export function placeOf(moment: number, day: Day): number {
  const at = Math.min(Math.max(moment, day.start), day.end) - day.start;
  const cell = Math.min(Math.floor(at / cellMs), day.rows.length - 1);
  return day.rows[cell]! + (at - cell * cellMs) / cellMs;
}

/** The moment at a place in a day's column; undefined in a row that the day does not have. */
export function momentAt(place: number, day: Day): number | undefined {
  const row = Math.floor(place);
  const cell = day.rows.indexOf(row);
  return cell < 0 ? undefined : day.start + (cell + place - row) * cellMs;
}

/** The first day of the week of a day: Monday, in Persian Saturday. */
export function weekOf(day: string, firstDay: number): string {
  const weekday = new Date(`${day}T12:00:00Z`).getUTCDay();
  return addDays(day, -((weekday - firstDay + 7) % 7));
}

/** Something with a beginning and an end, as milliseconds. */
export interface Span {
  from: number;
  to: number;
}

export interface Laid<Item> {
  item: Item;
  top: number;
  height: number;
  lane: number;
  lanes: number;
  /** Some of this stretch have no lane. */
  crowded: boolean;
}

export interface More<Item> {
  items: Item[];
  top: number;
}

/**
 * Lays what is on one day side by side where it would lie over another. What
 * does not fit into `most` lanes is gathered: beside the other lanes then stands
 * one "and so many more" for each stretch of time.
 */
export function lay<Item>(items: readonly Item[], span: (item: Item) => Span, day: Day, minRows: number, most: number): { laid: Laid<Item>[]; more: More<Item>[] } {
  const boxes = items
    .map((item) => ({ item, ...span(item) }))
    .filter((b) => b.from < day.end && b.to > day.start)
    .map(({ item, from, to }) => {
      const top = placeOf(from, day);
      return { item, from, top, height: Math.max(minRows, (to >= day.end ? day.rows.at(-1)! + 1 : placeOf(to, day)) - top) };
    })
    .sort((a, b) => a.top - b.top || a.from - b.from);
  const laid: Laid<Item>[] = [];
  const more: More<Item>[] = [];
  for (let i = 0; i < boxes.length; ) {
    let bottom = boxes[i]!.top + boxes[i]!.height;
    let j = i + 1;
    while (j < boxes.length && boxes[j]!.top < bottom - 1e-9) bottom = Math.max(bottom, boxes[j]!.top + boxes[j++]!.height);
    place(boxes.slice(i, j));
    i = j;
  }
  return { laid, more };

  function place(cluster: typeof boxes) {
    const ends: number[] = [];
    const lanes = cluster.map((b) => {
      let lane = ends.findIndex((end) => end <= b.top + 1e-9);
      if (lane < 0) lane = ends.length;
      ends[lane] = b.top + b.height;
      return lane;
    });
    const fits = ends.length <= most;
    const shown = fits ? ends.length : most - 1;
    const hidden: typeof boxes = [];
    cluster.forEach((b, k) => {
      if (fits || lanes[k]! < most - 1) laid.push({ item: b.item, top: b.top, height: b.height, lane: lanes[k]!, lanes: shown, crowded: !fits });
      else hidden.push(b);
    });
    // What is left out, gathered where one mark would lie over another.
    for (const b of hidden) {
      const last = more.at(-1);
      if (last && last.items.length > 0 && b.top < last.top + Math.max(minRows, 1) && hidden.some((h) => h.item === last.items[0])) last.items.push(b.item);
      else more.push({ items: [b.item], top: b.top });
    }
  }
}

/** Of all slots the one nearest to a moment, not further than `within` away. */
export function nearest(slots: readonly { start: string }[], moment: number, within: number): string | undefined {
  let best: string | undefined;
  let distance = within;
  for (const { start } of slots) {
    const d = Math.abs(Date.parse(start) - moment);
    if (d <= distance) [best, distance] = [start, d];
  }
  return best;
}

/** The days that a view shows, from the day that is looked at. */
export function daysShown(view: 'day' | 'week' | 'list', at: string, firstDay: number): { first: string; count: number } {
  return view === 'day' ? { first: at, count: 1 } : { first: weekOf(at, firstDay), count: 7 };
}

export function today(now: number, zone: string): string {
  return dayOf(now, zone);
}
