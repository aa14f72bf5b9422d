import { describe, expect, it } from 'vitest';
import { progressOf, screenOf, type TabState, usesCamera } from './screens';
import { changesFor, tokenOf, type Visit } from './session';

function visit(change: Partial<Visit> = {}): Visit {
  return {
    bank: { id: 'b', slug: 'demo', name: 'Demo Bank', time_zone: 'UTC' },
    customer: { phone_masked: '+84•••••4567', locale: 'vi', time_zone: 'Asia/Ho_Chi_Minh' },
    scenario: { id: 's', slug: 'open-account', kind: 'identify', recorded: true, name: '', description: '', purpose: '', reconnect_grace_seconds: 60 },
    proved: true, scopes: ['visit'], next_step: 'slot', consents: [], document_types: ['passport'],
    form: { fields: [], version: 1, confirmed_version: 1 },
    identification: { id: 'i', state: 'open', reason: '' },
    ...change,
  };
}
const tab = (change: Partial<TabState> = {}): TabState => ({ begun: true, ...change });
const call = (state: 'ringing' | 'active' | 'ended' | 'missed' | 'declined' | 'cancelled') => ({ id: 'c1', state, direction: 'outbound' as const, agent_video: true });
const booking = (state: 'confirmed' | 'due') => ({ id: 'k', state, start: '2026-03-02T09:00:00Z' }) as Visit['booking'];
const queue = (state: 'waiting' | 'offered' | 'served') => ({ id: 'q1', state, position: 2, entered_at: '2026-03-02T09:00:00Z' });

describe('screenOf', () => {
  it('welcomes once, then proves', () => {
    expect(screenOf(visit({ next_step: 'prove' }), tab({ begun: false }))).toBe('welcome');
    expect(screenOf(visit({ next_step: 'prove' }), tab())).toBe('prove');
    expect(screenOf(visit({ next_step: 'consent' }), tab({ begun: false }))).toBe('consent');
  });

  it.each(['consent', 'document', 'form', 'confirm', 'slot'] as const)('follows the server to %s', (step) => {
    expect(screenOf(visit({ next_step: step }), tab())).toBe(step);
  });

  it('lets one go back, and nowhere that the server has not reached', () => {
    expect(screenOf(visit({ next_step: 'confirm' }), tab({ detour: 'form' }))).toBe('form');
    expect(screenOf(visit({ next_step: 'slot' }), tab({ detour: 'confirm' }))).toBe('confirm');
    expect(screenOf(visit({ next_step: 'document' }), tab({ detour: 'form' }))).toBe('document');
    expect(screenOf(visit({ next_step: 'consent' }), tab({ detour: 'prepare' }))).toBe('consent');
    expect(screenOf(visit({ next_step: 'wait', booking: booking('confirmed') }), tab({ detour: 'move' }))).toBe('move');
  });

  it('rings whatever the person was looking at', () => {
    expect(screenOf(visit({ next_step: 'call', call: call('ringing') }), tab({ detour: 'move' }))).toBe('ringing');
  });

  it('checks the devices before a call, and goes straight back into the call that this tab had joined', () => {
    const v = visit({ next_step: 'call', call: call('active') });
    expect(screenOf(v, tab({ accepted: 'c1' }))).toBe('join');
    expect(screenOf(v, tab({ accepted: 'c1', joined: 'another' }))).toBe('join');
    expect(screenOf(v, tab({ joined: 'c1' }))).toBe('call');
    // From the queue nothing is accepted: the call comes by itself.
    expect(screenOf(visit({ next_step: 'call', call: { ...call('active'), direction: 'inbound' } }), tab())).toBe('join');
  });

  it('stops where the ring was answered elsewhere', () => {
    expect(screenOf(visit({ next_step: 'call', call: call('active') }), tab())).toBe('elsewhere');
    expect(screenOf(visit({ next_step: 'call', call: call('active') }), tab({ accepted: 'another' }))).toBe('elsewhere');
  });

  it('tells how the call ended once, then offers times', () => {
    expect(screenOf(visit({ call: call('ended') }), tab())).toBe('after');
    for (const state of ['missed', 'declined', 'cancelled'] as const) expect(screenOf(visit({ call: call(state) }), tab())).toBe('missed');
    expect(screenOf(visit({ call: call('missed') }), tab({ seenCall: 'c1' }))).toBe('slot');
    expect(screenOf(visit({ call: call('missed') }), tab({ detour: 'prepare', seenCall: 'c1' }))).toBe('prepare');
  });

  it('shows the booking or the place in the queue', () => {
    expect(screenOf(visit({ next_step: 'wait', booking: booking('confirmed') }), tab())).toBe('booked');
    expect(screenOf(visit({ next_step: 'wait', queue: queue('waiting') }), tab())).toBe('queue');
    expect(screenOf(visit({ next_step: 'wait', queue: queue('offered'), booking: booking('confirmed') }), tab())).toBe('queue');
    // A booking that is due is in the queue by itself: it waits for the ring.
    expect(screenOf(visit({ next_step: 'wait', queue: queue('waiting'), booking: booking('due') }), tab())).toBe('booked');
    expect(screenOf(visit({ next_step: 'wait', queue: queue('waiting'), booking: booking('due') }), tab({ walkIn: 'q1' }))).toBe('queue');
    expect(screenOf(visit({ next_step: 'wait', queue: queue('served') }), tab())).toBe('slot');
  });

  it.each(['approved', 'rejected', 'declined', 'cancelled'] as const)('is done when the case is %s, whatever else', (state) => {
    expect(screenOf(visit({ next_step: 'call', call: call('active'), identification: { id: 'i', state, reason: '' } }), tab({ joined: 'c1', detour: 'move' }))).toBe('done');
  });

  it('keeps the camera off wherever it is not shown', () => {
    expect((['welcome', 'queue', 'booked', 'ringing', 'after', 'done', 'slot'] as const).filter(usesCamera)).toEqual([]);
    expect((['test', 'prepare', 'join', 'call'] as const).every(usesCamera)).toBe(true);
  });

  it('counts the way to a booking', () => {
    expect(progressOf('prove')).toEqual({ step: 1, total: 6 });
    expect(progressOf('slot')).toEqual({ step: 6, total: 6 });
    expect(progressOf('booked')).toBeUndefined();
    const guidance: Pick<Visit, 'consents' | 'document_types' | 'form'> = { consents: [], document_types: [], form: { fields: [{ key: 'topic', type: 'text', label: 'Topic', required: false, options: [] }], version: 0, confirmed_version: 0 } };
    expect(progressOf('form', guidance)).toEqual({ step: 2, total: 4 });
    expect(progressOf('slot', { ...guidance, form: { ...guidance.form, fields: [] } })).toEqual({ step: 2, total: 2 });
  });
});

describe('the session', () => {
  it('finds the token of a link and nothing else', () => {
    const token = 'kJ3vYw0sQ1eT7uHn5mXcB9aLpR2dGfZ8iOqVtN4xW6E';
    expect(tokenOf(`/visit/${token}`)).toBe(token);
    expect(tokenOf(`/visit/${token}/`)).toBe(token);
    for (const path of ['/visit/', '/visit/new', `/visit/${token}x`, `/console/${token}`]) expect(tokenOf(path)).toBeUndefined();
  });

  it('tells the server only what differs', () => {
    const customer = { phone_masked: '', locale: 'vi' as const, time_zone: 'Asia/Ho_Chi_Minh' };
    expect(changesFor(customer, 'vi', 'Asia/Ho_Chi_Minh')).toEqual({});
    expect(changesFor(customer, 'vi', undefined)).toEqual({});
    expect(changesFor(customer, 'vi', 'Asia/Saigon')).toEqual({}); // the same zone by its old name
    expect(changesFor(customer, 'fa', 'Europe/Berlin')).toEqual({ locale: 'fa', time_zone: 'Europe/Berlin' });
  });
});
