import { expect, it } from 'vitest';
import { type Campaign, changes, defaults, moment, newCampaign, problemsIn, tidyClock, type Values, valuesOf } from './form';
import { guessDelimiter, readCSV } from './upload';

const zone = 'Asia/Ho_Chi_Minh';
const good: Values = { ...defaults, name: 'Survey', flow: 'survey' };
const campaign = (state: Campaign['state'], by: Partial<Campaign> = {}): Campaign => ({
  id: 'c', state, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z', ...newCampaign(good, zone), class: 'notice', settings: newCampaign(good, zone).settings!, ...by,
});

it('has defaults that need only a name and a flow', () => {
  expect([...problemsIn(defaults, zone)]).toEqual(['name', 'flow']);
  expect(problemsIn(good, zone).size).toBe(0);
});
it('finds what the API would refuse', () => {
  const with_ = (by: Partial<Values>) => [...problemsIn({ ...good, ...by }, zone)];
  expect(with_({ windows: [] })).toEqual(['windows']);
  expect(with_({ windows: [{ id: 7, days: [], from: '9', to: '09:00' }] })).toEqual(['days.7', 'from.7', 'to.7']);
  expect(with_({ windows: [{ id: 7, days: ['mon'], from: '20:00', to: '24:00' }] })).toEqual([]);
  expect(with_({ windows: [{ id: 7, days: ['mon'], from: '20:00', to: '20:00' }] })).toEqual(['to.7']);
  expect(with_({ retries: { ...defaults.retries, busy: { count: 11, minutes: 0.4 } } })).toEqual(['count.busy', 'minutes.busy']);
  expect(with_({ retries: { ...defaults.retries, busy: { count: 0, minutes: '' } } })).toEqual([]);
  expect(with_({ keepDays: 0 })).toEqual(['keepDays']);
  expect(with_({ keepDays: 3651 })).toEqual(['keepDays']);
  expect(with_({ machine: 'message' })).toEqual(['machineFlow']);
  expect(with_({ perSecond: 0, parallel: 2001, maxCalls: '' })).toEqual(['maxCalls', 'perSecond', 'parallel']);
  expect(with_({ ratio: 9, abandonment: 50 })).toEqual([]);
  expect(with_({ progressive: true, ratio: 9, abandonment: 50 })).toEqual(['ratio', 'abandonment']);
  expect(with_({ startDay: '2026-12-01', endDay: '2026-12-01', startTime: '20:00' })).toEqual(['end']);
});
it('sends days in order, seconds for minutes, and nothing that was not asked for', () => {
  const sent = newCampaign({ ...good, windows: [{ id: 1, days: ['sun', 'mon'], from: '09:00', to: '12:00' }] }, zone);
  expect(sent.settings!.windows).toEqual([{ days: ['mon', 'sun'], from: '09:00', to: '12:00' }]);
  expect(sent.settings!.retries!.no_answer).toEqual({ count: 2, delay: 7200 });
  expect(Object.keys(sent).sort()).toEqual(['class', 'flow', 'name', 'settings']);
  expect(sent.settings!.pacing).toEqual({ mode: 'fixed', calls_per_second: 1, parallel: 10 });
  expect(newCampaign({ ...good, machine: 'message', machineFlow: 'm' }, zone).machine_flow).toBe('m');
});
it('comes back from a campaign as it was sent', () => {
  const sent = { ...good, startDay: '2026-12-01', startTime: '08:30', endDay: '2026-12-24', endTime: '18:00', keepDays: 30 };
  const made = campaign('draft', newCampaign(sent, zone) as Partial<Campaign>);
  expect(made.start_at).toBe('2026-12-01T01:30:00.000Z');
  expect(valuesOf(made, zone)).toEqual(sent);
});
it('changes the flow of a draft only, and keeps the columns that the form does not show', () => {
  const draft = campaign('draft', { settings: { columns: { phone: 'Tel' } } });
  expect(changes(good, zone, draft)).toMatchObject({ flow: 'survey', machine_flow: '', start_at: '', end_at: '' });
  expect(changes(good, zone, draft).settings!.columns).toEqual({ phone: 'Tel' });
  expect(Object.keys(changes(good, zone, campaign('running'))).sort()).toEqual(['end_at', 'name', 'settings']);
});
it('keeps the time by the wall clock, on the night when clocks are changed, too', () => {
  expect(moment('2026-10-25', '09:00', 'Europe/Kyiv')).toBe('2026-10-25T07:00:00.000Z');
  expect(moment('2026-10-24', '09:00', 'Europe/Kyiv')).toBe('2026-10-24T06:00:00.000Z');
});
it('tidies a time of day as people type it', () => {
  expect(['9', '9:5', '09.30', ' 24:00', 'noon'].map(tidyClock)).toEqual(['09:00', '09:05', '09:30', '24:00', 'noon']);
});
it('guesses what stands between columns from the first line only', () => {
  expect(guessDelimiter('\uFEFFphone;name\n1,2,3,4')).toBe('semicolon');
  expect(guessDelimiter('phone\tname\n')).toBe('tab');
  expect(guessDelimiter('phone')).toBe('comma');
});
it('reads a report with quotes, commas and lines in a cell', () => {
  expect(readCSV('row,column,code,reason\r\n2,phone,phone_invalid,"not a ""number"", here"\r\n3,a,b,"x\ny"')).toEqual([
    ['row', 'column', 'code', 'reason'], ['2', 'phone', 'phone_invalid', 'not a "number", here'], ['3', 'a', 'b', 'x\ny'],
  ]);
});
