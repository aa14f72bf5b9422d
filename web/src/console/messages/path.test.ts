import { describe, expect, it } from 'vitest';
import type { Schema } from '@/api';
import { canCancel, pathOf } from './path';
import { meaningOf, statusOf, whyOf } from './words';

const at = (second: number) => new Date(Date.UTC(2026, 10, 22, 12, 0, second)).toISOString();
const delivery = (step: number, more: Partial<Schema<'Delivery'>>): Schema<'Delivery'> => ({
  id: `d${step}`, channel: 'sms', provider: 'twilio', recipient: '+84•••••4567', state: 'sent', attempts: 1, step, error_code: '', created_at: at(step), receipts: [], ...more,
});
const step = (n: number, wait?: number): Schema<'LadderStep'> => ({
  step: n, wait_seconds: wait, gives_way_on: ['undelivered'], targets: [{ delivery_id: `d${n}`, channel: n === 2 ? 'voice' : 'sms', provider: 'twilio' }],
});

describe('pathOf', () => {
  it('shows what waits, what may come and what was not needed', () => {
    const waiting = pathOf({ state: 'accepted', due_at: at(9), ladder: [step(1), step(2)], deliveries: [delivery(1, { state: 'pending', attempts: 0 })] });
    expect(waiting.map((s) => s.state)).toEqual(['next', 'open']);
    expect(waiting[0]!.due).toBe(at(9));
    const arrived = pathOf({ state: 'delivered', ladder: [step(1), step(2)], deliveries: [delivery(1, { state: 'delivered' })] });
    expect(arrived.map((s) => s.state)).toEqual(['done', 'unused']);
    expect(arrived[0]!.turn).toBeUndefined();
    expect(arrived[1]!.targets).toEqual([{ id: 'd2', target: step(2).targets[0], delivery: undefined }]);
  });
  it('says why a step gave way', () => {
    const turn = (first: Partial<Schema<'Delivery'>>, wait?: number) =>
      pathOf({ state: 'sent', ladder: [step(1, wait), step(2)], deliveries: [delivery(1, { created_at: at(0), sent_at: at(0), ...first }), delivery(2, { created_at: at(30) })] })[0]!.turn;
    expect(turn({ state: 'undelivered', finished_at: at(29) })).toBe('undelivered');
    expect(turn({ state: 'failed', error_code: 'provider_down', finished_at: at(1) })).toBe('provider_down');
    expect(turn({ state: 'sent' }, 30)).toBe('no_receipt');
    expect(turn({ state: 'sent' })).toBe('asked');
    expect(turn({ state: 'sent' }, 300)).toBe('asked');
    // The bad news came after the next step was taken.
    expect(turn({ state: 'undelivered', finished_at: at(45) }, 30)).toBe('no_receipt');
  });
  it('shows deliveries of a message without a plan', () => {
    expect(pathOf({ state: 'sent', deliveries: [delivery(1, {})] }).map((s) => [s.step, s.state, s.targets.length])).toEqual([[1, 'done', 1]]);
  });
  it('takes what is tried again, or waits for the end of quiet hours, for handed over', () => {
    const state = (more: Partial<Schema<'Delivery'>>) => pathOf({ state: 'accepted', ladder: [step(1), step(2)], deliveries: [delivery(1, { state: 'pending', ...more })] })[0]!.state;
    expect(state({ attempts: 3, error_code: '20500' })).toBe('done');
    expect(state({ attempts: 0, error_code: 'quiet_hours' })).toBe('done');
  });
  it('takes what was cancelled before it was sent for not sent', () => {
    const path = pathOf({ state: 'cancelled', ladder: [step(1)], deliveries: [delivery(1, { state: 'cancelled', attempts: 0 })] });
    expect(path[0]!.state).toBe('unused');
  });
});

describe('canCancel', () => {
  it('is true only while something waits', () => {
    expect(canCancel({ state: 'accepted', due_at: at(1), deliveries: [] })).toBe(true);
    expect(canCancel({ state: 'sent', deliveries: [] })).toBe(false);
    expect(canCancel({ state: 'sent', deliveries: [delivery(1, {})] })).toBe(false);
    expect(canCancel({ state: 'accepted', deliveries: [delivery(1, { state: 'pending', attempts: 3 })] })).toBe(true);
    expect(canCancel({ state: 'cancelled', due_at: at(1), deliveries: [] })).toBe(false);
  });
});

describe('meaningOf', () => {
  it('knows codes of every provider, and none that is not there', () => {
    expect(['21610', 'UNREGISTERED', 'BadDeviceToken', 'provider_down', 'expired'].map(meaningOf)).toEqual(['optedOut', 'gone', 'gone', 'down', 'late']);
    expect(meaningOf('99999')).toBeUndefined();
    expect(meaningOf('constructor')).toBeUndefined();
  });
});

describe('whyOf', () => {
  it('reads every reason that the server gives', () => {
    expect(whyOf("the bank's route for reminder, prefix +84, step 1")).toEqual([{ key: 'routeOfPrefix', kind: 'reminder', prefix: '+84' }]);
    expect(whyOf("the bank's route for security, step 2")).toEqual([{ key: 'routeOf', kind: 'security' }]);
    expect(whyOf("the bank's route, prefix +1, step 2; twilio was down; http was down").map((w) => 'key' in w && w.key)).toEqual(['routeAnyPrefix', 'down', 'down']);
    expect(whyOf("the bank's route, step 1")).toEqual([{ key: 'routeAny' }]);
    expect(whyOf("named by the sender, not in the bank's route for notice, prefix +84")).toEqual([{ key: 'beside' }]);
    expect(whyOf('the answer to stop')).toEqual([{ key: 'answer' }]);
    expect(whyOf('')).toEqual([{ key: 'unrouted' }]);
    expect(whyOf('something new')).toEqual([{ words: 'something new' }]);
  });
});

describe('statusOf', () => {
  it("knows carriers' words for the same", () => {
    expect(['DELIVRD', 'UNDELIV', 'delivered', 'constructor', 'strange'].map(statusOf)).toEqual(['delivered', 'undelivered', 'delivered', undefined, undefined]);
  });
});
