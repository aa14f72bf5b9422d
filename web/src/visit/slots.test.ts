import { describe, expect, it } from 'vitest';
import { addDays, dayOf, groupSlots, type Slot, startOfDay, zoneName } from './slots';

const every = (minutes: number, from: string, to: string): Slot[] => {
  const out: Slot[] = [];
  for (let at = Date.parse(from); at < Date.parse(to); at += minutes * 60_000) {
    out.push({ start: new Date(at).toISOString(), end: new Date(at + minutes * 60_000).toISOString(), free: 1 });
  }
  return out;
};
const labels = (slots: Slot[], zone: string, day: string) => groupSlots(slots, zone, 'en-GB').find((g) => g.day === day)!.hours.map((h) => h.times.map((t) => t.label));

describe('days of a zone', () => {
  it('begin at midnight there', () => {
    expect(startOfDay('2026-03-02', 'Asia/Ho_Chi_Minh').toISOString()).toBe('2026-03-01T17:00:00.000Z');
    expect(startOfDay('2026-03-02', 'America/Los_Angeles').toISOString()).toBe('2026-03-02T08:00:00.000Z');
    expect(startOfDay('2026-03-02', 'Pacific/Kiritimati').toISOString()).toBe('2026-03-01T10:00:00.000Z');
    expect(startOfDay('2026-03-02', 'Pacific/Pago_Pago').toISOString()).toBe('2026-03-02T11:00:00.000Z');
    expect(startOfDay('2026-03-02', 'Asia/Kathmandu').toISOString()).toBe('2026-03-01T18:15:00.000Z');
  });

  it('have 23 and 25 hours when clocks change', () => {
    const hours = (day: string) => (startOfDay(addDays(day, 1), 'Europe/Kyiv').getTime() - startOfDay(day, 'Europe/Kyiv').getTime()) / 3_600_000;
    expect([hours('2026-03-28'), hours('2026-03-29'), hours('2026-10-25')]).toEqual([24, 23, 25]);
  });

  it('begin at 01:00 where the clock is put forward at midnight', () => {
    // Santiago 2026-09-06: 00:00 does not exist.
    const start = startOfDay('2026-09-06', 'America/Santiago');
    expect([dayOf(start, 'America/Santiago'), dayOf(start.getTime() - 60_000, 'America/Santiago')]).toEqual(['2026-09-06', '2026-09-05']);
    expect(start.toISOString()).toBe('2026-09-06T04:00:00.000Z');
  });
});

describe('groupSlots', () => {
  it('groups by the day of the zone, not of UTC or of this machine', () => {
    const slots = every(60, '2026-03-02T14:00:00Z', '2026-03-02T20:00:00Z');
    const groups = groupSlots(slots, 'Asia/Ho_Chi_Minh', 'en-GB');
    expect(groups.map((g) => [g.day, g.count])).toEqual([['2026-03-02', 3], ['2026-03-03', 3]]);
    expect(groups[1]!.hours.map((h) => h.hour)).toEqual(['00–01', '01–02', '02–03']);
  });

  it('leaves out the hour that does not exist', () => {
    const day = labels(every(30, '2026-03-29T00:00:00Z', '2026-03-29T02:00:00Z'), 'Europe/Berlin', '2026-03-29');
    expect(day).toEqual([['01:00', '01:30'], ['03:00', '03:30']]);
  });

  it('tells apart the two times that the clock shows when it is put back', () => {
    const day = labels(every(30, '2026-10-25T00:00:00Z', '2026-10-25T02:30:00Z'), 'Europe/Berlin', '2026-10-25');
    expect(day).toEqual([['02:00 (GMT+2)', '02:30 (GMT+2)', '02:00 (GMT+1)', '02:30 (GMT+1)'], ['03:00']]);
  });

  it('orders, leaves out what is full, and writes the digits of the locale', () => {
    const [a, b, c] = every(60, '2026-03-02T06:00:00Z', '2026-03-02T09:00:00Z') as [Slot, Slot, Slot];
    const groups = groupSlots([c, { ...b, free: 0 }, a], 'Asia/Tehran', 'fa-IR-u-nu-arabext');
    expect(groups[0]!.hours.flatMap((h) => h.times.map((t) => t.label))).toEqual(['۰۹:۳۰', '۱۱:۳۰']);
    expect(groups[0]!.hours[0]!.hour).toBe('۰۹–۱۰');
  });
});

it('names the zone', () => {
  expect(zoneName('Asia/Ho_Chi_Minh', 'en-GB')).toBe('Indochina Time (Ho Chi Minh)');
  expect(zoneName('UTC', 'en-GB')).toBe('Coordinated Universal Time');
});
