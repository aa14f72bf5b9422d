import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { createContext, createElement, type ReactNode, useContext, useEffect, useRef, useState } from 'react';
import { EventStreamParser } from './sse';

/**
 * connecting: first attempt; open: news arrive as they happen; reconnecting:
 * the connection was lost and is tried again by itself, what is shown may be
 * old; closed: the session has ended or the feed is not for this person.
 */
export type LiveState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/** Something that happened, as the feed tells it: ids and states, no personal data. */
export interface LiveEvent {
  id: string;
  /** `<noun>.<past verb>`, such as "booking.confirmed". */
  type: string;
  /** The event's JSON. */
  data: Record<string, unknown>;
}

/**
 * Which cached queries an event makes old, by the noun before its dot. Query
 * keys begin with the API's plural noun: ['bookings', {…}], ['calls', id].
 */
export const staleAfter: Record<string, readonly string[]> = {
  agent: ['agents', 'presence', 'queue', 'session', 'wallboard'],
  booking: ['bookings', 'agenda', 'capacity', 'slots', 'identifications', 'queue', 'visit', 'waitlist', 'tickets', 'thread'],
  call: ['calls', 'queue', 'bookings', 'agenda', 'identifications', 'presence', 'visit', 'wallboard', 'thread'],
  customer: ['customers', 'identifications'],
  identification: ['identifications', 'bookings', 'calls', 'visit', 'thread'],
  message: ['messages', 'identifications', 'inbound-messages', 'opt-outs'],
  queue: ['queue', 'visit', 'wallboard'],
  scenario: ['scenarios'],
  verification: ['verifications', 'calls', 'visit'],
  recording: ['calls', 'identifications'],
  still: [], // still.viewed: to fetch the stills again would be the next viewing
  'working-hours': ['working-hours', 'hours-changes', 'slots', 'capacity'],
  working_hours: ['working-hours', 'hours-changes', 'slots', 'capacity'],
  hours_change: ['working-hours', 'hours-changes', 'slots', 'capacity'],
  calendar_exception: ['calendar-exceptions', 'slots', 'capacity'],
  holiday_calendar: ['holiday-calendars', 'slots', 'capacity'],
  waitlist: ['waitlist', 'visit'],
  campaign: ['campaigns'],
  flow: ['flows'],
  phone_call: [], // many a second while a campaign runs: its page looks again by itself, slowly
  route: ['providers'],
  thread: ['thread', 'threads'],
  webhook: ['webhook-endpoints', 'webhook-deliveries'],
};

export interface FeedOptions {
  url: string;
  onState: (state: LiveState) => void;
  onEvent: (event: LiveEvent) => void;
  signal: AbortSignal;
  /** A connection that is silent for this long is taken for dead. The server sends a comment at least every 20 s. */
  silenceMs?: number;
  fetch?: typeof fetch;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
}

function sleepUntil(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(finish, ms);
    function finish() {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      window.removeEventListener('online', finish);
      done();
    }
    signal.addEventListener('abort', finish);
    window.addEventListener('online', finish); // the network came back: no reason to wait
  });
}

/**
 * Follows a feed of server-sent events until signal is aborted. The same
 * protocol as EventSource (Last-Event-ID, retry), but by fetch: EventSource
 * gives up for good on a 503 and hears only the event names it was told.
 * 401, 403, 404 and 410 end it; anything else is tried again after 1 s, doubling to 15 s.
 */
export async function follow(options: FeedOptions): Promise<void> {
  const { url, onState, onEvent, signal, silenceMs = 45_000 } = options;
  const send = options.fetch ?? fetch;
  const sleep = options.sleep ?? sleepUntil;
  let lastEventId = '';
  let failures = 0;
  onState('connecting');
  while (!signal.aborted) {
    let pause = Math.min(15_000, 1000 * 2 ** failures) * (0.75 + Math.random() / 2);
    const attempt = new AbortController();
    const stop = () => attempt.abort();
    signal.addEventListener('abort', stop);
    let silence: ReturnType<typeof setTimeout> | undefined;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(stop, silenceMs);
    };
    try {
      heard();
      const headers: Record<string, string> = { Accept: 'text/event-stream' };
      if (lastEventId) headers['Last-Event-ID'] = lastEventId;
      const response = await send(url, { headers, signal: attempt.signal, cache: 'no-store', credentials: 'same-origin' });
      if ([401, 403, 404, 410].includes(response.status)) {
        onState('closed');
        return;
      }
      if (!response.ok || !response.body) throw new Error(`feed: HTTP ${response.status}`);
      onState('open');
      failures = 0;
      const parser = new EventStreamParser();
      parser.lastEventId = lastEventId;
      const reader = response.body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array<ArrayBuffer>>).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        heard();
        for (const event of parser.feed(value)) {
          const read = toLiveEvent(event.id, event.event, event.data);
          if (read) onEvent(read);
        }
        lastEventId = parser.lastEventId;
      }
      pause = parser.retry ?? pause;
    } catch {
      failures++;
    } finally {
      clearTimeout(silence);
      signal.removeEventListener('abort', stop);
      attempt.abort();
    }
    if (signal.aborted) return;
    onState('reconnecting');
    await sleep(pause, signal);
  }
}

function toLiveEvent(id: string, name: string, data: string): LiveEvent | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(data);
  } catch {
    return null;
  }
  if (!parsed || typeof parsed !== 'object') return null;
  const record = parsed as Record<string, unknown>;
  const type = typeof record.type === 'string' ? record.type : name;
  return { id: typeof record.id === 'string' ? record.id : id, type, data: record };
}

/** Marks as old whatever the events touch; an unknown noun touches the queries of its plural. */
export function invalidate(client: QueryClient, types: Iterable<string>): void {
  const keys = new Set<string>();
  for (const type of types) {
    const noun = type.split('.')[0] ?? type;
    for (const key of staleAfter[noun] ?? [`${noun}s`]) keys.add(key);
  }
  for (const key of keys) void client.invalidateQueries({ queryKey: [key] });
}

type Listener = (event: LiveEvent) => void;
interface Live {
  state: LiveState;
  listeners: Set<Listener>;
}
const LiveContext = createContext<Live | null>(null);

/**
 * Follows the feed for everything below it: one connection a page. Events mark
 * cached queries as old (gathered for 100 ms), and every time it opens all of
 * them, because something may have been missed. `enabled` is false while
 * nobody is signed in.
 */
export function LiveProvider({ url = '/v1/feed', enabled = true, children }: { url?: string; enabled?: boolean; children?: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  const [listeners] = useState(() => new Set<Listener>());

  useEffect(() => {
    if (!enabled) return;
    const controller = new AbortController();
    const pending = new Set<string>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    void follow({
      url,
      signal: controller.signal,
      onState: (next) => {
        if (controller.signal.aborted) return;
        // What was read before the feed was open may have changed unheard.
        if (next === 'open') void client.invalidateQueries();
        setState(next);
      },
      onEvent: (event) => {
        if (controller.signal.aborted) return;
        pending.add(event.type);
        timer ??= setTimeout(() => {
          timer = undefined;
          invalidate(client, pending);
          pending.clear();
        }, 100);
        for (const listener of listeners) listener(event);
      },
    });
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [client, enabled, listeners, url]);

  return createElement(LiveContext.Provider, { value: { state: enabled ? state : 'closed', listeners } }, children);
}

/** How current the page is; "closed" outside a LiveProvider. */
export function useLiveState(): LiveState {
  return useContext(LiveContext)?.state ?? 'closed';
}

/** Calls handler for each event whose type is `type` or, with "call.*", of that noun. */
export function useLiveEvent(type: string, handler: (event: LiveEvent) => void): void {
  const live = useContext(LiveContext);
  const latest = useRef(handler);
  latest.current = handler;
  const listeners = live?.listeners;
  useEffect(() => {
    if (!listeners) return;
    const listener: Listener = (event) => {
      if (event.type === type || (type.endsWith('*') && event.type.startsWith(type.slice(0, -1)))) latest.current(event);
    };
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, [listeners, type]);
}
