import createClient, { type ClientOptions, type Middleware } from 'openapi-fetch';
import { Problem } from './problem';
import type { components, paths } from './schema';

/** A type of the contract: `Schema<'Booking'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];

const safe = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A random UUID, also where the page is not in a secure context (plain HTTP beyond loopback). */
export function randomUUID(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const b = crypto.getRandomValues(new Uint8Array(16));
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = Array.from(b, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * Sends the request; one that got no answer is sent again, at most twice, if
 * that cannot do anything twice: it is safe, or carries an idempotency key.
 */
export function retrying(send: typeof fetch, pause: (ms: number) => Promise<void>): (request: Request) => Promise<Response> {
  return async (request) => {
    const repeatable = safe.has(request.method) || request.headers.has('Idempotency-Key');
    for (let attempt = 0; ; attempt++) {
      try {
        return await send(repeatable ? request.clone() : request);
      } catch (error) {
        if (!repeatable || attempt === 2 || request.signal.aborted) throw error;
        await pause(300 * 3 ** attempt);
      }
    }
  };
}

const unauthenticated = new Set<() => void>();

/** Calls fn whenever the API says 401, until the returned function is called. */
export function onUnauthenticated(fn: () => void): () => void {
  unauthenticated.add(fn);
  return () => unauthenticated.delete(fn);
}

const headersAndProblems: Middleware = {
  onRequest({ request }) {
    request.headers.set('Accept', 'application/json, application/problem+json');
    // A header that no form and no other origin can send without our consent:
    // the server requires it where a cookie says who acts.
    if (!safe.has(request.method)) request.headers.set('X-Visavis-Request', '1');
    if (request.method === 'POST' && !request.headers.has('Idempotency-Key')) {
      request.headers.set('Idempotency-Key', randomUUID());
    }
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await Problem.fromResponse(response);
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return error;
    return Problem.from(error);
  },
};

const sleep = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

function client(as: Pick<ClientOptions, 'credentials' | 'headers'>) {
  const made = createClient<paths>({
    baseUrl: typeof window === 'undefined' ? '' : window.location.origin,
    fetch: retrying((request) => fetch(request), sleep),
    ...as,
  });
  made.use(headersAndProblems);
  return made;
}

/**
 * The API with the session's cookie. Every answer that is not 2xx is thrown as
 * a Problem. A POST gets an Idempotency-Key of its own unless the caller gives
 * one in `headers` (do so where a person may press the button again after a
 * lost answer).
 */
export const api = client({ credentials: 'same-origin' });
api.use({
  onResponse({ response }) {
    if (response.status === 401) for (const fn of unauthenticated) fn();
  },
});

/** The API as the program that has this key, never as somebody who has signed in at this browser. */
export function apiWith(key: string) {
  return client({ credentials: 'omit', headers: { Authorization: `Bearer ${key}` } });
}

/**
 * The body of an answer: `const slots = await body(api.GET('/v1/slots', {…}))`.
 * An answer without content gives undefined.
 */
export async function body<Data>(call: Promise<{ data?: Data }>): Promise<NonNullable<Data>> {
  return (await call).data as NonNullable<Data>;
}
