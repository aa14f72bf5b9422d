import { describe, expect, it } from 'vitest';
import { moved } from '../parts/OrderList';
import { inForce } from './optouts';
import { occasions, problemOf, type Route, share } from './routes';

const route = (more: Partial<Route> = {}): Route => ({ steps: [{ channel: 'push' }, { channel: 'sms' }], ...more });

describe('problemOf', () => {
  it('finds what the API would refuse, and nothing in a good ladder', () => {
    const good = route({ class: 'security', prefix: '+84' });
    expect(problemOf(good, [good, route()])).toBeUndefined();
    expect(problemOf(good, [good, route({ class: 'security', prefix: '+84' })])).toEqual({ why: 'twice' });
    const check = (r: Route) => problemOf(r, [r]);
    expect(check(route({ prefix: '84' }))).toEqual({ why: 'prefix' });
    expect(check(route({ prefix: '+0' }))).toEqual({ why: 'prefix' });
    expect(check(route({ steps: [] }))).toEqual({ why: 'noSteps' });
    expect(check(route({ steps: [{ channel: 'sms', with: true }] }))).toEqual({ why: 'firstWith', step: 1 });
    expect(check(route({ steps: [{ channel: 'push', on: ['no_receipt'] }, { channel: 'sms' }] }))).toEqual({ why: 'wait', step: 1 });
    expect(check(route({ steps: [{ channel: 'push', on: ['no_receipt'], wait_seconds: 20 }, { channel: 'sms' }] }))).toBeUndefined();
  });
});

describe('occasions', () => {
  it('are the API’s own where none is named', () => {
    expect(occasions({ channel: 'sms' })).toEqual(['undelivered', 'provider_down']);
    expect(occasions({ channel: 'sms', wait_seconds: 30 })).toEqual(['undelivered', 'provider_down', 'no_receipt']);
    expect(occasions({ channel: 'sms', wait_seconds: 30, on: ['not_met'] })).toEqual(['not_met']);
  });
});

describe('moved', () => {
  it('moves one and keeps the others in order', () => {
    expect(moved(['a', 'b', 'c'], 0, 2)).toEqual(['b', 'c', 'a']);
    expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'c', 'b']);
    expect(moved(['a', 'b'], 0, 5)).toEqual(['a', 'b']);
  });
});

describe('share', () => {
  it('is between none and all', () => {
    expect([share({ sent: 0, confirmed: 0 }), share({ sent: 4, confirmed: 1 }), share({ sent: 1, confirmed: 3 })]).toEqual([0, 0.25, 1]);
  });
});

describe('inForce', () => {
  it('takes the newest decision of each number, channel and group', () => {
    const o = (id: string, phone: string, channel: 'sms' | 'voice', group: 'service' | 'marketing' = 'service') => ({ id, phone, channel, group });
    expect([...inForce([o('4', 'a', 'sms'), o('3', 'a', 'voice'), o('2', 'a', 'sms', 'marketing'), o('1', 'a', 'sms'), o('0', 'b', 'sms')])]).toEqual(['4', '3', '2', '0']);
  });
});
