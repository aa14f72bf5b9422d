import { expect, it } from 'vitest';
import { dayName, type Hours, problemsOf, weekdays } from './hours';

const span = (weekday: number, starts: string, ends: string): Hours => ({ weekday, starts, ends, time_zone: 'UTC' });

it('refuses spans that end before they start or lie over each other', () => {
  expect([...problemsOf([span(1, '09:00', '12:00'), span(1, '12:00', '24:00'), span(2, '09:00', '12:00')])]).toEqual([]);
  expect([...problemsOf([span(1, '09:00', '12:00'), span(1, '11:59', '13:00'), span(3, '17:00', '09:00')])]).toEqual([[0, 'overlap'], [1, 'overlap'], [2, 'order']]);
});
it('names the days in the order of the week', () => {
  expect(weekdays(6).map((d) => dayName(d, 'en-GB'))).toEqual(['Saturday', 'Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']);
});
