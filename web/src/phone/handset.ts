import { useCallback, useEffect, useRef, useState } from 'react';
import { Problem } from '@/api';
import { follow, type LiveState } from '@/shared/live';
import { type Push, simulator, type Sms, type Snapshot, streamURL, type VoiceCall } from './simulator';
import { arrived, isOwn } from './threads';

/** News from the stream. */
export type News = { kind: 'message'; item: Sms } | { kind: 'call'; item: VoiceCall } | { kind: 'push'; item: Push };

const limit = 200;

function put<T extends { id: string }>(list: readonly T[], item: T): T[] {
  const at = list.findIndex((other) => other.id === item.id);
  return at < 0 ? [item, ...list].slice(0, limit) : list.with(at, item);
}

/** The handset after a piece of news; what it knows already is replaced in its place. */
export function withNews(phone: Snapshot, news: News): Snapshot {
  if (news.kind === 'message') return { ...phone, messages: put(phone.messages, news.item) };
  if (news.kind === 'call') return { ...phone, calls: put(phone.calls, news.item) };
  return { ...phone, pushes: put(phone.pushes, news.item) };
}

/** What makes a handset light up: something that has just arrived, once. */
export type Arrival = { kind: 'sms'; sms: Sms } | { kind: 'push'; push: Push };

export interface Handset {
  /** Undefined until first read. */
  phone: Snapshot | undefined;
  /** Why it could not be read; undefined when it could. */
  error: Problem | undefined;
  live: LiveState;
  /** The server's clock minus this browser's, in milliseconds. */
  skew: number;
  retry: () => void;
}

/**
 * Follows one handset: reads it whole each time the stream opens, then applies
 * the news. What comes while it is read is applied after it.
 */
export function useHandset(number: string | null, onArrival: (arrival: Arrival) => void): Handset {
  const [phone, setPhone] = useState<Snapshot>();
  const [error, setError] = useState<Problem>();
  const [live, setLive] = useState<LiveState>('connecting');
  const [skew, setSkew] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const arrive = useRef(onArrival);
  arrive.current = onArrival;

  useEffect(() => {
    setPhone(undefined);
    setError(undefined);
    if (!number) return;
    const controller = new AbortController();
    const { signal } = controller;
    let waiting: News[] | null = null;
    const known = new Set<string>();
    const silent = () => current?.scenario === 'no-final-receipt';
    let current: Snapshot | undefined;
    const show = (next: Snapshot) => {
      current = next;
      setPhone(next);
    };
    const announce = (news: News) => {
      if (news.kind === 'call' || known.has(news.item.id)) return;
      if (news.kind === 'message' && (isOwn(news.item) || !arrived(news.item, silent()))) return;
      known.add(news.item.id);
      arrive.current(news.kind === 'message' ? { kind: 'sms', sms: news.item } : { kind: 'push', push: news.item });
    };
    const apply = (news: News) => {
      if (!current) return;
      show(withNews(current, news));
      announce(news);
    };
    const load = async () => {
      const mine: News[] = [];
      waiting = mine;
      try {
        const { value, date } = await simulator.snapshot(number, signal);
        if (signal.aborted || waiting !== mine) return;
        // The header has whole seconds; a browser's clock that is right within them is left alone.
        const off = date ? Date.parse(date) + 500 - Date.now() : 0;
        setSkew(Math.abs(off) > 3000 ? off : 0);
        for (const m of value.messages) if (arrived(m, value.scenario === 'no-final-receipt')) known.add(m.id);
        for (const p of value.pushes) known.add(p.id);
        show(value);
        setError(undefined);
        for (const news of mine) apply(news);
      } catch (e) {
        if (!signal.aborted && waiting === mine) setError(Problem.from(e));
      } finally {
        if (waiting === mine) waiting = null;
      }
    };
    void load(); // says at once what is wrong, if anything is
    void follow({
      url: streamURL(number),
      signal,
      onState: (state) => {
        if (signal.aborted) return;
        setLive(state);
        if (state === 'open') void load();
      },
      onEvent: ({ type, data }) => {
        if (signal.aborted || (type !== 'message' && type !== 'call' && type !== 'push')) return;
        const news = { kind: type, item: data } as unknown as News;
        if (waiting) waiting.push(news);
        else apply(news);
      },
    });
    return () => controller.abort();
  }, [number, attempt]);

  const retry = useCallback(() => setAttempt((n) => n + 1), []);
  return { phone, error, live, skew, retry };
}
