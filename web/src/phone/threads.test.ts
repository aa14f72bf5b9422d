import { describe, expect, it } from 'vitest';
import type { Sms } from './simulator';
import { threadsOf } from './threads';

const me = '+84901234567';
let id = 0;
const sms = (from: string, to: string, minute: number, status = 'delivered'): Sms => ({
  id: `SM${++id}`, from, to, body: `at ${minute}`, status, direction: from === me ? 'inbound' : 'outbound-api',
  created_at: new Date(Date.UTC(2026, 10, 22, 10, minute)).toISOString(),
});

describe('threadsOf', () => {
  it('groups both ways by the other side, oldest message first, latest thread first', () => {
    const list = [sms('BANK', me, 9), sms('+15005550006', me, 5), sms(me, 'BANK', 4), sms('BANK', me, 1)];
    const threads = threadsOf(list, {});
    expect(threads.map((t) => [t.with, t.messages.map((m) => m.body)])).toEqual([
      ['BANK', ['at 1', 'at 4', 'at 9']], ['+15005550006', ['at 5']],
    ]);
    expect(threads[0]!.last.body).toBe('at 9');
  });
  it('counts what was received after the last look, not what was written here', () => {
    const list = [sms('BANK', me, 9), sms(me, 'BANK', 8), sms('BANK', me, 7), sms('BANK', me, 1)];
    expect(threadsOf(list, {})[0]!.unread).toBe(3);
    expect(threadsOf(list, { BANK: list[2]!.created_at })[0]!.unread).toBe(1);
    expect(threadsOf(list, { BANK: list[0]!.created_at })[0]!.unread).toBe(0);
  });
  it('keeps the order of arrival within one moment', () => {
    const [second, first] = [sms('BANK', me, 1), sms('BANK', me, 1)];
    expect(threadsOf([second, first], {})[0]!.messages.map((m) => m.id)).toEqual([first.id, second.id]);
  });
  it('does not show what has not come to the handset', () => {
    const list = [sms('BANK', me, 3, 'undelivered'), sms('BANK', me, 2, 'failed'), sms('BANK', me, 1, 'queued'), sms(me, 'BANK', 0, 'received')];
    expect(threadsOf(list, {})[0]!.messages).toHaveLength(1);
    expect(threadsOf([sms('BANK', me, 3, 'undelivered')], {})).toEqual([]);
    // A message that will end undelivered is "sent" before that; it must not flash up.
    expect(threadsOf([sms('BANK', me, 3, 'sent')], {})).toEqual([]);
    expect(threadsOf([sms('BANK', me, 3, 'sent')], {}, true)).toHaveLength(1);
  });
});
