import { render } from '@testing-library/react';
import type { ReactNode } from 'react';
import { MemoryRouter } from 'react-router';
import { vi } from 'vitest';
import { consoleTheme } from '@/shared';
import { AppProviders } from '@/shared/AppProviders';
import { type Role, type Session, SessionProvider } from './session/session';

/** For tests of the console's pages: an API by fetch, and somebody who is signed in. */

export interface Asked {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
}

const json = (body: unknown, status: number) =>
  new Response(status === 204 ? null : JSON.stringify(body), { status, headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' } });

export const problem = (status: number, code: string) => ({ status, problem: { type: `/problems/${code}`, title: code, status, code } });

type Answer = unknown | ((asked: Asked) => unknown);

/**
 * Answers by "METHOD path": a value is 200 with it, problem(…) a refusal,
 * undefined 204. Returns what was asked, in order.
 */
export function serve(answers: Record<string, Answer>): Asked[] {
  const all: Asked[] = [];
  vi.stubGlobal('fetch', async (input: Request | string) => {
    const request = typeof input === 'string' ? new Request(new URL(input, 'http://localhost')) : input;
    const url = new URL(request.url);
    const text = await request.clone().text();
    const asked = { method: request.method, path: url.pathname, query: Object.fromEntries(url.searchParams), body: text ? (JSON.parse(text) as unknown) : undefined };
    all.push(asked);
    const key = `${asked.method} ${asked.path}`;
    if (!(key in answers)) return json({ type: '/problems/not_found', title: '', status: 404 }, 404);
    const answer = answers[key];
    const value = typeof answer === 'function' ? (answer as (a: Asked) => unknown)(asked) : answer;
    if (value && typeof value === 'object' && 'problem' in value) return json(value.problem, (value as unknown as { status: number }).status);
    return json(value, value === undefined ? 204 : 200);
  });
  return all;
}

export const people = {
  alice: 'a0000000-0000-4000-8000-000000000001',
  bob: 'b0000000-0000-4000-8000-000000000002',
  sofia: 'c0000000-0000-4000-8000-000000000003',
};

export function session(role: Role, id = people.sofia, name = 'Sofia Petrenko'): Session {
  return {
    agent: { id, email: 'x@bank.example', name, role, languages: ['en'], enabled: true, invited: false, created_at: '2026-11-01T00:00:00Z', updated_at: '2026-11-01T00:00:00Z' },
    bank: { id: 'd0000000-0000-4000-8000-000000000004', slug: 'demo', name: 'Demo Bank', time_zone: 'UTC' },
    pause_reasons: ['lunch', 'fire drill'],
  } as Session;
}

export function show(page: ReactNode, who: Session, path = '/') {
  return render(
    <AppProviders theme={consoleTheme}>
      <MemoryRouter initialEntries={[path]}>
        <SessionProvider value={who}>{page}</SessionProvider>
      </MemoryRouter>
    </AppProviders>,
  );
}
