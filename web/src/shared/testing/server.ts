import { vi } from 'vitest';

/** What a page has asked for. */
export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  body: unknown;
}

export const json = (body: unknown, status = 200) =>
  new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' } });

export const problem = (status: number, code: string, more: object = {}) => json({ type: `/problems/${code}`, title: '', status, code, ...more }, status);

/** Answers by "METHOD /path"; what is not named is not found, and the feed stays silent. Gives what was asked, as it grows. */
export function serve(answers: Record<string, (asked: Asked) => Response | Promise<Response>>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', async (input: Request | string) => {
    const request = typeof input === 'string' ? undefined : input;
    const url = new URL(request?.url ?? String(input), 'http://localhost');
    if (url.pathname === '/v1/feed' || !request) return new Response('', { status: 403 });
    const text = await request.clone().text();
    const one: Asked = { method: request.method, path: url.pathname, query: url.searchParams, body: text ? JSON.parse(text) : undefined };
    asked.push(one);
    return (await answers[`${one.method} ${one.path}`]?.(one)) ?? problem(404, 'not_found');
  });
  return asked;
}
