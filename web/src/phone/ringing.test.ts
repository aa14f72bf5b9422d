import { describe, expect, it } from 'vitest';
import { answerLink, currentRing, parseRing, ringsOf, tokenOf } from './ringing';
import type { Push } from './simulator';

const token = 'q7Zx-kJ3vYw0sQ1eT7uHn5mXcB9aLpR2dGfZ8iOqVtN';
const at = Date.parse('2026-11-22T10:00:00Z');
const iso = (ms: number) => new Date(ms).toISOString();

function push(data: Record<string, unknown>, receivedAt = at): Push {
  return { id: String(Math.random()), token: 'sim-84901234567', data, notification: null, received_at: iso(receivedAt), expires_at: iso(receivedAt + 45_000) };
}
const ringing = (callId: string, more: Record<string, unknown> = {}, receivedAt = at) =>
  push({ type: 'call_ringing', call_id: callId, bank: 'Demo Bank', link: `https://bank.example/visit/${token}`, expires_at: iso(at + 45_000), ...more }, receivedAt);
const stopped = (callId: string) => push({ type: 'call_cancelled', call_id: callId }, at + 1000);

describe('parseRing', () => {
  it('reads call, bank, link, token and expiry', () => {
    expect(parseRing(ringing('c1'))).toEqual({
      callId: 'c1', bank: 'Demo Bank', link: `https://bank.example/visit/${token}`, token, expiresAt: at + 45_000, receivedAt: at,
    });
  });
  it('is null for other pushes and for a ring without call, link or expiry', () => {
    expect(parseRing(push({ type: 'reminder' }))).toBeNull();
    expect(parseRing({ ...push({}), data: null })).toBeNull();
    expect(parseRing(ringing('', {}))).toBeNull();
    expect(parseRing(ringing('c1', { expires_at: 'soon' }))).toBeNull();
    expect(parseRing(ringing('c1', { link: undefined }))).toBeNull();
  });
  it('opens nothing but a web page of a customer', () => {
    expect(tokenOf(`javascript:alert(1)//visit/${token}`)).toBeNull();
    expect(tokenOf(`https://bank.example/console/${token}`)).toBeNull();
    expect(tokenOf('/visit/relative')).toBeNull();
    expect(tokenOf(`http://127.0.0.1:8080/visit/${token}/?x=1#y`)).toBe(token);
    expect(answerLink(`http://127.0.0.1:8080/visit/${token}?a=b`)).toBe(`http://127.0.0.1:8080/visit/${token}?a=b&answer=1`);
  });
});

describe('currentRing', () => {
  it('rings until the push expires, not a moment longer', () => {
    const pushes = [ringing('c1')];
    expect(currentRing(pushes, {}, at + 44_999)?.callId).toBe('c1');
    expect(currentRing(pushes, {}, at + 45_000)).toBeNull();
    expect(ringsOf(pushes, {}, at + 45_000)[0]?.fate).toBe('missed');
  });
  it('drops a push that comes late', () => {
    expect(currentRing([ringing('c1', {}, at + 60_000)], {}, at + 60_000)).toBeNull();
  });
  it('shows a call once, however often its push comes', () => {
    const pushes = [ringing('c1', {}, at + 2000), ringing('c1')];
    expect(ringsOf(pushes, {}, at + 3000)).toHaveLength(1);
    expect(ringsOf(pushes, {}, at + 3000)[0]?.ring.receivedAt).toBe(at);
    expect(currentRing(pushes, { c1: 'declined' }, at + 3000)).toBeNull();
  });
  it('stops at call_cancelled, also when that overtook the ring', () => {
    expect(currentRing([stopped('c1'), ringing('c1')], {}, at + 2000)).toBeNull();
    expect(currentRing([ringing('c1', {}, at + 2000), stopped('c1')], {}, at + 2500)).toBeNull();
    expect(currentRing([stopped('c2'), ringing('c1')], {}, at + 2000)?.callId).toBe('c1');
  });
  it('says what became of each: what the person did counts before what came after', () => {
    const pushes = [ringing('c3', {}, at + 3000), stopped('c2'), ringing('c2', {}, at + 1000), stopped('c1'), ringing('c1')];
    expect(ringsOf(pushes, { c1: 'answered' }, at + 4000).map((r) => [r.ring.callId, r.fate])).toEqual([
      ['c3', 'ringing'], ['c2', 'stopped'], ['c1', 'answered'],
    ]);
    expect(currentRing(pushes, { c1: 'answered' }, at + 4000)?.callId).toBe('c3');
  });
});
