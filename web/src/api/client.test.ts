import { describe, expect, it, vi } from 'vitest';
import { api, onUnauthenticated, retrying } from './client';
import { Problem } from './problem';

// The paths of the contract do not matter here, only what is sent and thrown.
const anyApi = api as unknown as Record<'GET' | 'POST' | 'PUT', (path: string, init?: object) => Promise<{ data?: unknown }>>;

function answer(make: () => Response): Request[] {
  const seen: Request[] = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    seen.push(request);
    return make();
  });
  return seen;
}

describe('api', () => {
  it('marks unsafe requests, and gives each POST its own idempotency key unless it has one', async () => {
    const seen = answer(() => Response.json({}));
    await anyApi.GET('/v1/bookings');
    await anyApi.POST('/v1/bookings', { body: {} });
    await anyApi.POST('/v1/bookings', { body: {} });
    await anyApi.POST('/v1/bookings', { body: {}, headers: { 'Idempotency-Key': 'mine' } });
    await anyApi.PUT('/v1/working-hours', { body: {} });
    const [get, first, second, own, put] = seen.map((r) => r.headers);
    expect(get!.get('X-Visavis-Request')).toBeNull();
    expect(get!.get('Idempotency-Key')).toBeNull();
    expect(first!.get('X-Visavis-Request')).toBe('1');
    expect(first!.get('Idempotency-Key')).toMatch(/^[0-9a-f-]{36}$/);
    expect(second!.get('Idempotency-Key')).not.toBe(first!.get('Idempotency-Key'));
    expect(own!.get('Idempotency-Key')).toBe('mine');
    expect(put!.get('X-Visavis-Request')).toBe('1');
    expect(put!.get('Idempotency-Key')).toBeNull();
  });

  it('throws what the server says as a Problem', async () => {
    const problem = {
      type: 'https://visavis.dev/problems/too_many_attempts', title: 'Too many attempts', detail: 'Wait a minute.',
      fields: [{ field: 'code', reason: 'was wrong' }], retry_after: 60,
    };
    answer(() => new Response(JSON.stringify(problem), { status: 429, headers: { 'content-type': 'application/problem+json' } }));
    const thrown = await anyApi.POST('/v1/verifications').catch((e: unknown) => e);
    expect(thrown).toBeInstanceOf(Problem);
    expect(thrown).toMatchObject({ status: 429, code: 'too_many_attempts', detail: 'Wait a minute.', retry_after: 60 });
    expect((thrown as Problem).reason('code')).toBe('was wrong');
  });

  it('makes a Problem of an answer that is no problem+json, and tells about 401', async () => {
    answer(() => new Response('<h1>', { status: 401, statusText: 'Unauthorized', headers: { 'content-type': 'text/html' } }));
    const told = vi.fn();
    const stop = onUnauthenticated(told);
    await expect(anyApi.GET('/v1/bookings')).rejects.toMatchObject({ status: 401, title: 'Unauthorized' });
    stop();
    expect(told).toHaveBeenCalledOnce();
  });
});

describe('retrying', () => {
  const pause = async () => {};
  const post = (headers: HeadersInit) => new Request('http://x/v1/bookings', { method: 'POST', body: '{"a":1}', headers });

  it('sends a request with a key again when no answer came, with the same key and body', async () => {
    const seen: string[] = [];
    const send = retrying(async (input) => {
      const request = input as Request;
      seen.push(`${request.headers.get('Idempotency-Key')} ${await request.text()}`);
      if (seen.length < 3) throw new TypeError('failed to fetch');
      return Response.json({});
    }, pause);
    expect((await send(post({ 'Idempotency-Key': 'k' }))).ok).toBe(true);
    expect(seen).toEqual(['k {"a":1}', 'k {"a":1}', 'k {"a":1}']);
  });

  it('does not send a request without a key again', async () => {
    let sent = 0;
    const send = retrying(async () => {
      sent++;
      throw new TypeError('failed to fetch');
    }, pause);
    await expect(send(post({}))).rejects.toThrow('failed to fetch');
    expect(sent).toBe(1);
  });
});
