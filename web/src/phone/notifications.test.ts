import { describe, expect, it } from 'vitest';
import { withNews } from './handset';
import type { Memory } from './memory';
import { leadsTo, notificationsOf, wordsOf } from './notifications';
import type { Push, Sms, Snapshot } from './simulator';

const iso = (minute: number) => new Date(Date.UTC(2026, 10, 22, 10, minute)).toISOString();
const sms = (id: string, minute: number, body = id): Sms => ({ id, from: 'BANK', to: '+84901234567', body, direction: 'outbound-api', status: 'delivered', created_at: iso(minute) });
const push = (id: string, minute: number, data: Record<string, unknown> | null, notification: Record<string, unknown> | null = null): Push => ({
  id, data, notification, received_at: iso(minute), expires_at: iso(minute + 60),
});
const phone = (more: Partial<Snapshot>): Snapshot => ({ number: '+84901234567', kind: 'android', token: 'sim-84901234567', device: { platform: 'android', token: 'sim-84901234567' }, registered: true, scenario: '', messages: [], calls: [], pushes: [], ...more });
const memory: Memory = { handled: {}, answered: {}, seen: {}, cleared: '' };

describe('notificationsOf', () => {
  it('mixes SMS and pushes by time, one entry a thread', () => {
    const list = notificationsOf(phone({ messages: [sms('b', 5), sms('a', 1)], pushes: [push('p', 3, {}, { title: 'T' })] }), memory, 0);
    expect(list.map((n) => n.id)).toEqual(['b', 'p']);
    expect(list[0]).toMatchObject({ kind: 'sms', more: 1 });
  });
  it('forgets what was read or cleared', () => {
    const now = phone({ messages: [sms('a', 1)], pushes: [push('p', 3, {}, { title: 'T' }), push('o', 2, {}, { title: 'O' })] });
    expect(notificationsOf(now, { ...memory, seen: { BANK: iso(1) } }, 0).map((n) => n.id)).toEqual(['p', 'o']);
    expect(notificationsOf(now, { ...memory, cleared: iso(2) }, 0).map((n) => n.id)).toEqual(['p']);
  });
  it('never lists the pushes of a ring; a missed one is one entry', () => {
    const link = `https://b.example/visit/${'x'.repeat(43)}`;
    const rung = push('r', 1, { type: 'call_ringing', call_id: 'c', bank: 'B', link, expires_at: iso(2) });
    const both = phone({ pushes: [push('s', 2, { type: 'call_cancelled', call_id: 'other' }), rung, { ...rung, id: 'r2' }] });
    expect(notificationsOf(both, memory, Date.parse(iso(1)))).toEqual([]);
    expect(notificationsOf(both, memory, Date.parse(iso(2)))).toEqual([{ kind: 'ring', id: 'c', at: Date.parse(iso(1)), bank: 'B', fate: 'missed' }]);
  });
});

describe('pushes', () => {
  it('takes words from the notification, else from the data', () => {
    expect(wordsOf(push('p', 1, { title: 'd', body: 'data' }, { title: 'n' }))).toEqual({ title: 'n', body: 'data' });
    expect(wordsOf(push('p', 1, null))).toEqual({ title: '', body: '' });
  });
  it('leads to web pages only', () => {
    expect(leadsTo(push('p', 1, { link: 'https://b.example/visit/x' }))).toBe('https://b.example/visit/x');
    expect(leadsTo(push('p', 1, { link: 'javascript:alert(1)' }))).toBeNull();
    expect(leadsTo(push('p', 1, {}))).toBeNull();
  });
});

describe('withNews', () => {
  it('puts what is new first and replaces what is known in its place', () => {
    let p = phone({ messages: [sms('b', 2), sms('a', 1)] });
    p = withNews(p, { kind: 'message', item: sms('a', 1, 'changed') });
    p = withNews(p, { kind: 'message', item: sms('c', 3) });
    expect(p.messages.map((m) => m.body)).toEqual(['c', 'b', 'changed']);
  });
});
