import { describe, expect, it } from 'vitest';
import { type Day, daysShown, gridOf, lay, momentAt, nearest, placeOf, weekOf } from './grid';

const at = (iso: string) => Date.parse(iso);

describe('gridOf', () => {
  it('has 48 rows in an ordinary week, each day in all of them', () => {
    const { rows, days } = gridOf('2026-11-23', 7, 'Asia/Ho_Chi_Minh');
    expect(rows).toHaveLength(48);
    expect(days.map((d) => [d.day, d.rows.length, d.missing.length])).toEqual(days.map((d) => [d.day, 48, 0]));
  });

  it('leaves out what the clock jumps over, on a day of 23 hours', () => {
    const { rows, days } = gridOf('2026-03-28', 2, 'Europe/Berlin');
    expect(rows).toHaveLength(48);
    const [saturday, sunday] = days as [Day, Day];
    expect(saturday.rows).toHaveLength(48);
    expect(sunday.rows).toHaveLength(46);
    expect(sunday.missing.map((r) => rows[r]!.clock)).toEqual(['02:00', '02:30']);
    // 01:30 and 03:00 follow each other in time; 03:00 stands where every day has it.
    expect(placeOf(at('2026-03-29T01:00:00Z'), sunday)).toBe(6);
    expect(placeOf(at('2026-03-29T00:30:00Z'), sunday)).toBe(3);
    expect(momentAt(4.5, sunday)).toBeUndefined();
    expect(momentAt(6, sunday)).toBe(at('2026-03-29T01:00:00Z'));
  });

  it('has the hour twice on a day of 25 hours, in the order of time', () => {
    const { rows, days } = gridOf('2026-10-24', 2, 'Europe/Berlin');
    expect(rows).toHaveLength(50);
    expect(rows.slice(4, 9).map((r) => `${r.clock}${r.again ? ' again' : ''}`)).toEqual(['02:00', '02:30', '02:00 again', '02:30 again', '03:00']);
    const [saturday, sunday] = days as [Day, Day];
    expect(saturday.missing).toEqual([6, 7]);
    expect(sunday.rows).toHaveLength(50);
    expect(placeOf(at('2026-10-25T00:30:00Z'), sunday)).toBe(5); // the first 02:30
    expect(placeOf(at('2026-10-25T01:30:00Z'), sunday)).toBe(7); // the second
    expect(momentAt(7, sunday)).toBe(at('2026-10-25T01:30:00Z'));
    expect(placeOf(at('2026-10-24T10:00:00Z'), saturday)).toBe(26); // noon, two rows further down
  });

  it('knows half-hour changes and midnights that do not exist', () => {
    const howe = gridOf('2026-10-04', 1, 'Australia/Lord_Howe'); // 02:00 -> 02:30
    expect(howe.days[0]!.missing.map((r) => howe.rows[r]!.clock)).toEqual(['02:00']);
    const back = gridOf('2026-04-05', 1, 'Australia/Lord_Howe'); // 02:00 -> 01:30
    expect(back.rows.slice(2, 6).map((r) => r.key)).toEqual(['01:00#0', '01:30#0', '01:30#1', '02:00#0']);
    const santiago = gridOf('2026-09-06', 1, 'America/Santiago');
    expect(santiago.days[0]!.missing.map((r) => santiago.rows[r]!.clock)).toEqual(['00:00', '00:30']);
  });
});

describe('lay', () => {
  const day = gridOf('2026-11-23', 1, 'UTC').days[0]!;
  const span = (s: [string, string]) => ({ from: at(`2026-11-23T${s[0]}:00Z`), to: at(`2026-11-23T${s[1]}:00Z`) });
  it('puts side by side what lies over another, and uses a lane again', () => {
    const { laid, more } = lay<[string, string]>([['09:00', '10:00'], ['09:30', '10:00'], ['10:00', '10:30']], span, day, 0, 4);
    expect(laid.map((l) => [l.top, l.height, l.lane, l.lanes])).toEqual([[18, 2, 0, 2], [19, 1, 1, 2], [20, 1, 0, 1]]);
    expect(more).toEqual([]);
  });
  it('gathers what does not fit', () => {
    const many = Array.from({ length: 6 }, () => ['09:00', '09:15'] as [string, string]);
    const { laid, more } = lay(many, span, day, 0.5, 3);
    expect(laid).toHaveLength(2);
    expect(laid.map((l) => [l.lanes, l.crowded])).toEqual([[2, true], [2, true]]);
    expect(more.map((m) => [m.items.length, m.top])).toEqual([[4, 18]]);
  });
  it('draws a short one tall enough to be read, and what is next beside it', () => {
    const { laid } = lay<[string, string]>([['09:00', '09:05'], ['09:05', '09:10']], span, day, 0.5, 3);
    expect(laid.map((l) => [l.height, l.lane])).toEqual([[0.5, 0], [0.5, 1]]);
  });
});

it('finds the week by the language, and the slot next to the pointer', () => {
  expect([weekOf('2026-11-22', 1), weekOf('2026-11-22', 6)]).toEqual(['2026-11-16', '2026-11-21']);
  expect(daysShown('day', '2026-11-22', 1)).toEqual({ first: '2026-11-22', count: 1 });
  const slots = [{ start: '2026-11-23T09:00:00Z' }, { start: '2026-11-23T09:15:00Z' }];
  expect(nearest(slots, at('2026-11-23T09:09:00Z'), 15 * 60_000)).toBe('2026-11-23T09:15:00Z');
  expect(nearest(slots, at('2026-11-23T10:00:00Z'), 15 * 60_000)).toBeUndefined();
});
