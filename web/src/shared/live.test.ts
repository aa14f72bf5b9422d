import { QueryClient } from '@tanstack/react-query';
import { describe, expect, it } from 'vitest';
import { follow, invalidate, type LiveEvent, type LiveState } from './live';
import { EventStreamParser } from './sse';

describe('EventStreamParser', () => {
  const stream = ': hello\r\nretry: 2500\r\nid: 7\r\nevent: booking.moved\r\ndata: {"a":\r\ndata: 1}\r\n\r\nid: 8\ndata: x\n\nevent: nothing\n\n';
  it.each([1, 2, 3, 1000])('reads the same in pieces of %i characters', (size) => {
    const parser = new EventStreamParser();
    const events = [];
    for (let at = 0; at < stream.length; at += size) events.push(...parser.feed(stream.slice(at, at + size)));
    expect(events).toEqual([
      { id: '7', event: 'booking.moved', data: '{"a":\n1}' },
      { id: '8', event: 'message', data: 'x' },
    ]);
    expect(parser.retry).toBe(2500);
  });
});

function stream(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
}

describe('follow', () => {
  it('reconnects after a lost connection and a 503, from the last event, and ends on 401', async () => {
    const answers = [
      stream('id: 41\nevent: call.rung\ndata: {"call_id":"c"}\n\nid: 42\ndata: {"type":"booking.made","id":"e"}\n\n'),
      new Response('', { status: 503 }),
      stream('data: not json\n\n'),
      new Response('', { status: 401 }),
    ];
    const asked: (string | undefined)[] = [];
    const states: LiveState[] = [];
    const events: LiveEvent[] = [];
    await follow({
      url: '/v1/feed',
      signal: new AbortController().signal,
      onState: (s) => states.push(s),
      onEvent: (e) => events.push(e),
      sleep: async () => {},
      fetch: async (_url, init) => {
        asked.push((init?.headers as Record<string, string>)['Last-Event-ID']);
        return answers.shift()!;
      },
    });
    expect(asked).toEqual([undefined, '42', '42', '42']);
    expect(states).toEqual(['connecting', 'open', 'reconnecting', 'reconnecting', 'open', 'reconnecting', 'closed']);
    expect(events.map((e) => [e.id, e.type])).toEqual([['41', 'call.rung'], ['e', 'booking.made']]);
  });

  it('takes a silent connection for dead', async () => {
    let tries = 0;
    const states: LiveState[] = [];
    await follow({
      url: '/v1/feed',
      signal: new AbortController().signal,
      silenceMs: 5,
      onState: (s) => states.push(s),
      onEvent: () => {},
      sleep: async () => {},
      fetch: async (_url, init) => {
        if (++tries === 2) return new Response('', { status: 403 });
        return new Promise<Response>((_, reject) => init!.signal!.addEventListener('abort', () => reject(new Error('aborted'))));
      },
    });
    expect(states).toEqual(['connecting', 'reconnecting', 'closed']);
  });
});

describe('invalidate', () => {
  it('makes old what the event touches and nothing else', async () => {
    const client = new QueryClient();
    for (const key of ['bookings', 'slots', 'agents', 'gadgets']) client.setQueryData([key, 'x'], 1);
    const old = (key: string) => client.getQueryState([key, 'x'])!.isInvalidated;
    invalidate(client, ['booking.moved', 'gadget.made']);
    expect(['bookings', 'slots', 'agents', 'gadgets'].map(old)).toEqual([true, true, false, true]);
  });

  it('does not look at stills again because somebody has looked at one', () => {
    const client = new QueryClient();
    client.setQueryData(['stills', '/v1/calls/1/steps/1/still', 'hash'], 1);
    invalidate(client, ['still.viewed']);
    expect(client.getQueryState(['stills', '/v1/calls/1/steps/1/still', 'hash'])!.isInvalidated).toBe(false);
  });
});
