import { expect, it } from 'vitest';
import { dayName, difference, type Hours, normal, problemsOf, weekdays, workMinutes } from './hours';

const span = (weekday: number, starts: string, ends: string, kind?: Hours['kind']): Hours => ({ weekday, starts, ends, time_zone: 'UTC', ...(kind && { kind }) });

it('refuses spans that end before they start or lie over each other', () => {
  expect([...problemsOf([span(1, '09:00', '12:00'), span(1, '12:00', '24:00'), span(2, '09:00', '12:00')])]).toEqual([]);
  expect([...problemsOf([span(1, '09:00', '12:00'), span(1, '11:59', '13:00'), span(3, '17:00', '09:00')])]).toEqual([[0, 'overlap'], [1, 'overlap'], [2, 'order']]);
});
it('wants a break to lie within work', () => {
  expect([...problemsOf([span(1, '09:00', '17:00'), span(1, '12:00', '13:00', 'break')])]).toEqual([]);
  expect([...problemsOf([span(1, '09:00', '17:00'), span(1, '16:30', '17:30', 'break'), span(2, '12:00', '13:00', 'break')])]).toEqual([[1, 'outside'], [2, 'outside']]);
  expect([...problemsOf([span(1, '09:00', '17:00'), span(1, '12:00', '13:00', 'break'), span(1, '12:30', '14:00', 'break')])].map(([, p]) => p)).toEqual(['overlap', 'overlap']);
});
it('counts work without breaks', () => {
  expect(workMinutes([span(1, '09:00', '17:00'), span(1, '12:00', '12:30', 'break'), span(2, '22:00', '24:00'), span(3, '9', '17:00')])).toBe(7.5 * 60 + 120);
});
it('tells what a change takes and gives, whatever the order', () => {
  const before = [span(1, '09:00', '17:00'), span(2, '09:00', '17:00')];
  const after = [span(2, '09:00', '17:00', 'work'), span(1, '10:00', '17:00')];
  expect(difference(before, after)).toEqual({ gone: [before[0]], added: [after[1]] });
  expect(normal(before)).toBe(normal([...before].reverse()));
});
it('names the days in the order of the week', () => {
  expect(weekdays(6).map((d) => dayName(d, 'en-GB'))).toEqual(['Saturday', 'Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday']);
});
