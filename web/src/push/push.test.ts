import { beforeEach, describe, expect, it, vi } from 'vitest';
import { languageCodes } from '@/shared/i18n/languages';
import { noticeOf, ownPath } from './notice';
import { words } from './words';
import { start, type WorkerClient, type WorkerEvent, type WorkerScope } from './worker';

const origin = 'https://video.bank.example';
const now = Date.parse('2026-11-22T05:00:00Z');
const later = '2026-11-22T05:00:45Z';
const ring = { type: 'call_ringing', message_id: 'm1', call_id: 'c1', title: 'Demo Bank', body: 'Calls you', link: `${origin}/visit/tok`, expires_at: later, locale: 'vi' };

describe('words', () => {
  it('are there in each of the six languages, each its own', () => {
    expect(Object.keys(words).sort()).toEqual([...languageCodes].sort());
    const all = Object.values(words).flatMap((w) => [w.offerTitle, w.offerBody, w.invitedTitle, w.invitedBody]);
    expect(new Set(all).size).toBe(24);
    expect(all.every((w) => w.trim().length > 4)).toBe(true);
  });
});

describe('noticeOf', () => {
  it('shows a ring until it is over, and leads to its page', () => {
    expect(noticeOf(ring, now, origin)).toMatchObject({ do: 'show', id: 'm1', tag: 'c1', title: 'Demo Bank', stays: true, url: '/visit/tok', unlessSeen: '/visit', lang: 'vi' });
    expect(noticeOf(ring, Date.parse(later), origin)).toEqual({ do: 'nothing' });
  });
  it('takes a ring away when it has ended, even late', () => {
    expect(noticeOf({ ...ring, type: 'call_cancelled', expires_at: '2026-11-22T04:00:00Z' }, now, origin)).toEqual({ do: 'close', tag: 'c1' });
  });
  it('says an offer in the language of the agent', () => {
    const offer = { type: 'queue_offered', message_id: 'e1', path: '/console', expires_at: later, locale: 'fa', title: '', body: '' };
    expect(noticeOf(offer, now, origin)).toMatchObject({ do: 'show', title: words.fa!.offerTitle, tag: 'visavis-offer', url: '/console', unlessSeen: '/console' });
    expect(noticeOf({ ...offer, locale: 'tlh' }, now, origin)).toMatchObject({ title: words.en!.offerTitle });
  });
  it('says an invitation into a call in the language of the agent, and leads to the call', () => {
    const invited = { type: 'call_invited', message_id: 'i1', path: '/console/calls/c1', expires_at: later, locale: 'uk', title: '', body: '' };
    expect(noticeOf(invited, now, origin)).toMatchObject({ do: 'show', title: words.uk!.invitedTitle, tag: 'visavis-invited', stays: true, url: '/console/calls/c1', unlessSeen: '/console' });
    expect(noticeOf(invited, Date.parse(later), origin)).toEqual({ do: 'nothing' });
  });
  it('shows a reminder without any time, and nothing without words', () => {
    expect(noticeOf({ type: 'reminder', message_id: 'm2', body: 'Soon' }, now, origin)).toMatchObject({ do: 'show', stays: false, tag: 'm2', url: '/visit/', unlessSeen: null });
    for (const empty of [{}, { message_id: 'm' }, { title: 'x' }, { type: 7 }]) expect(noticeOf(empty, now, origin)).toEqual({ do: 'nothing' });
  });
  it('leads nowhere but home', () => {
    for (const bad of ['https://evil.example/visit/x', 'javascript:alert(1)', '//evil.example', 'data:text/html,x', 'http://video.bank.example/visit/x']) {
      expect(ownPath(bad, origin)).toBe('/visit/');
    }
    expect(ownPath('/console/calls/1?x=y', origin)).toBe('/console/calls/1?x=y');
  });
});

/** A worker's world: its notifications, its pages, and what it keeps. */
function world() {
  const listeners: Record<string, (event: WorkerEvent) => void> = {};
  const shown: { title: string; options: NotificationOptions & { tag?: string }; close(): void }[] = [];
  const kept = new Map<string, Response>();
  const pages: WorkerClient[] = [];
  const opened: string[] = [];
  const cache = {
    match: async (key: string) => kept.get(key), put: async (key: string, value: Response) => void kept.set(key, value),
    keys: async () => [...kept.keys()], delete: async (key: string) => kept.delete(key),
  };
  const scope = {
    location: { origin },
    registration: {
      showNotification: async (title: string, options: NotificationOptions) => {
        const old = shown.findIndex((n) => n.options.tag === options.tag);
        if (old >= 0) shown.splice(old, 1);
        const one = { title, options, close: () => void shown.splice(shown.indexOf(one), 1) };
        shown.push(one);
      },
      getNotifications: async ({ tag }: { tag: string }) => shown.filter((n) => n.options.tag === tag),
    },
    caches: { open: async () => cache },
    clients: { matchAll: async () => pages, openWindow: async (url: string) => void opened.push(url) },
    skipWaiting: async () => {},
    addEventListener: (type: string, listener: (event: WorkerEvent) => void) => { listeners[type] = listener; },
  } as unknown as WorkerScope;
  const restart = () => start(scope);
  restart();
  const dispatch = async (type: string, event: Omit<WorkerEvent, 'waitUntil'>) => {
    let work: Promise<unknown> = Promise.resolve();
    listeners[type]!({ ...event, waitUntil: (w) => { work = w; } });
    await work;
  };
  return {
    shown, pages, opened, kept, restart,
    push: (data: unknown) => dispatch('push', { data: { json: () => (typeof data === 'string' ? JSON.parse(data) : data) } }),
    click: (url: unknown) => dispatch('notificationclick', { notification: { data: { url }, close: () => {} } }),
  };
}

describe('the service worker', () => {
  beforeEach(() => void vi.useFakeTimers({ now, toFake: ['Date'] }));

  it('shows a message once, though it comes twice and the worker was restarted between', async () => {
    const w = world();
    await w.push(ring);
    w.shown.length = 0; // the person has closed it
    w.restart();
    await w.push(ring);
    expect(w.shown).toEqual([]);
    await w.push({ ...ring, message_id: 'm2' });
    expect(w.shown).toHaveLength(1);
  });
  it('shows no late ring, and takes one away that is over', async () => {
    const w = world();
    await w.push({ ...ring, expires_at: '2026-11-22T04:59:59Z' });
    expect(w.shown).toEqual([]);
    await w.push(ring);
    expect(w.shown.map((n) => [n.title, n.options.tag, n.options.requireInteraction])).toEqual([['Demo Bank', 'c1', true]]);
    await w.push({ type: 'call_cancelled', call_id: 'c1', message_id: 'm3', expires_at: later });
    expect(w.shown).toEqual([]);
  });
  it('leaves the ringing to a page in sight, not to one behind', async () => {
    const w = world();
    w.pages.push({ url: `${origin}/visit/`, visibilityState: 'hidden', focus: async () => {} });
    await w.push(ring);
    expect(w.shown).toHaveLength(1);
    w.pages.push({ url: `${origin}/visit/`, visibilityState: 'visible', focus: async () => {} });
    await w.push({ ...ring, message_id: 'm2', call_id: 'c2' });
    expect(w.shown).toHaveLength(1);
  });
  it('brings an open console forward, and opens what is not open', async () => {
    const w = world();
    const focus = vi.fn(async () => {});
    await w.click('/console');
    expect(w.opened).toEqual(['/console']);
    w.pages.push({ url: `${origin}/console/agenda`, visibilityState: 'hidden', focus });
    await w.click('/console');
    expect(focus).toHaveBeenCalledTimes(1);
    await w.click('/visit/tok');
    await w.click('https://evil.example/');
    expect(w.opened).toEqual(['/console', '/visit/tok', '/visit/']);
  });
  it('lets what is not ours pass, and forgets what is old', async () => {
    const w = world();
    await w.push('"text"');
    await expect(w.push('{')).resolves.toBeUndefined();
    for (let i = 0; i < 420; i++) await w.push({ ...ring, message_id: `m${i}` });
    expect(w.kept.size).toBe(400);
  });
});
