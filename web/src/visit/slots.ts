import type { Schema } from '@/api';
import { dayOf, offsetOf } from '@/shared/days';

export { addDays, dayOf, startOfDay, zoneName } from '@/shared/days';

export type Slot = Schema<'Slot'>;

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
  const hourOf = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' });
  const two = new Intl.NumberFormat(intl, { minimumIntegerDigits: 2 });
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
        if (seen.filter((l) => l === time.label).length > 1) time.label = `${time.label} (${offsetOf(time.slot.start, zone)})`;
      }
    }
  }
  return days;
}
