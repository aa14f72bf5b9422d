import type { Schema } from '@/api';

export type Slot = Schema<'Slot'>;

const keyFormats = new Map<string, Intl.DateTimeFormat>();

/** The calendar day of a moment in a zone, as "2026-03-29". */
export function dayOf(moment: Date | string | number, zone: string): string {
  let format = keyFormats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', calendar: 'gregory', numberingSystem: 'latn' });
    keyFormats.set(zone, format);
  }
  return format.format(new Date(moment));
}

/** The next calendar day, or `days` further. */
export function addDays(day: string, days: number): string {
  const date = new Date(`${day}T12:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/**
 * The first moment of a day in a zone. Clocks that are put forward at midnight
 * make a day begin at 01:00, so it is searched for, to the minute, not computed.
 */
export function startOfDay(day: string, zone: string): Date {
  const noon = new Date(`${day}T00:00:00Z`).getTime();
  let [before, after] = [noon / 60_000 - 15 * 60, noon / 60_000 + 13 * 60]; // zones lie between -12 and +14 h
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (dayOf(middle * 60_000, zone) < day) before = middle;
    else after = middle;
  }
  return new Date(after * 60_000);
}

export interface SlotTime {
  slot: Slot;
  /** The clock in the zone; with its offset where the same time comes twice, as when clocks are put back. */
  label: string;
}

export interface SlotHour {
  /** "09–10", in the digits of the locale. */
  hour: string;
  times: SlotTime[];
}

export interface SlotDay {
  day: string;
  hours: SlotHour[];
  count: number;
}

/** Groups slots by calendar day and hour of a zone, in order. Slots without a free place are left out. */
export function groupSlots(slots: readonly Slot[], zone: string, intl: string): SlotDay[] {
  const clock = new Intl.DateTimeFormat(intl, { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const offset = new Intl.DateTimeFormat('en-GB', { timeZone: zone, timeZoneName: 'shortOffset' });
  const hourOf = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' });
  const two = new Intl.NumberFormat(intl, { minimumIntegerDigits: 2 });
  const offsetOf = (start: string) => offset.formatToParts(new Date(start)).find((p) => p.type === 'timeZoneName')?.value ?? '';
  const days: SlotDay[] = [];
  const sorted = [...slots].filter((s) => s.free > 0).sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
  for (const slot of sorted) {
    const day = dayOf(slot.start, zone);
    let group = days.at(-1);
    if (group?.day !== day) days.push((group = { day, hours: [], count: 0 }));
    group.count++;
    const from = Number(hourOf.formatToParts(new Date(slot.start)).find((p) => p.type === 'hour')?.value);
    const name = `${two.format(from)}–${two.format((from + 1) % 24)}`;
    let hour = group.hours.find((h) => h.hour === name);
    if (!hour) group.hours.push((hour = { hour: name, times: [] }));
    hour.times.push({ slot, label: clock.format(new Date(slot.start)) });
  }
  for (const { hours } of days) {
    for (const { times } of hours) {
      const seen = times.map((t) => t.label);
      for (const time of times) {
        if (seen.filter((l) => l === time.label).length > 1) time.label = `${time.label} (${offsetOf(time.slot.start)})`;
      }
    }
  }
  return days;
}

/** The zone as people name it, such as "Indochina Time (Ho Chi Minh)". */
export function zoneName(zone: string, intl: string, at: Date | string = new Date()): string {
  const city = zone.split('/').at(-1)!.replaceAll('_', ' ');
  try {
    const name = new Intl.DateTimeFormat(intl, { timeZone: zone, timeZoneName: 'long' }).formatToParts(new Date(at)).find((p) => p.type === 'timeZoneName')?.value;
    return name ? (zone.includes('/') ? `${name} (${city})` : name) : city;
  } catch {
    return city;
  }
}
