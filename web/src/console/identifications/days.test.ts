import { expect, it } from 'vitest';
import { dayAfter, midnight } from './days';

it('finds when a day begins in a zone', () => {
  expect(midnight('2026-11-22', 'Asia/Ho_Chi_Minh')).toBe('2026-11-21T17:00:00.000Z');
  expect(midnight('2026-11-22', 'UTC')).toBe('2026-11-22T00:00:00.000Z');
  expect(midnight('2026-11-22', 'America/New_York')).toBe('2026-11-22T05:00:00.000Z');
});
it('finds it on the day when the clocks change', () => {
  expect(midnight('2026-03-29', 'Europe/Kyiv')).toBe('2026-03-28T22:00:00.000Z');
  expect(midnight('2026-03-30', 'Europe/Kyiv')).toBe('2026-03-29T21:00:00.000Z');
});
it('goes to the next day over the end of a month', () => {
  expect(dayAfter('2026-02-28')).toBe('2026-03-01');
});
