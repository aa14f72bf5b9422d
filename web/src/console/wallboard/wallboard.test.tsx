import { screen, within } from '@testing-library/react';
import { beforeAll, describe, expect, it } from 'vitest';
import { startI18n } from '@/shared/i18n';
import { people, problem, serve, session, show } from '../testing';
import { abandonment, byGroup, serviceTone, waitTone, type Wallboard } from './board';
import { WallboardPage } from './WallboardPage';

beforeAll(() => startI18n('console'));

const day = (over: object = {}) => ({ entered: 12, served: 8, abandoned: 2, in_time: 7, service_level: 0.7, mean_wait_seconds: 31, mean_handle_seconds: 240, ...over });
const minutesAgo = (n: number) => new Date(Date.now() - n * 60_000).toISOString();
const agent = (id: string, name: string, state: string, more: object = {}) => ({ agent_id: id, name, role: 'agent', languages: [], state, since: minutesAgo(3), ...more });

function board(over: object = {}): Wallboard {
  return {
    at: new Date().toISOString(), waiting: 2, longest_wait_seconds: 340, calls: 1, since: '2026-11-22T00:00:00Z', today: day(),
    agents: [
      agent(people.alice, 'Alice', 'in_call', { call_id: 'e0000000-0000-4000-8000-000000000005' }),
      agent(people.bob, 'Bob', 'paused', { reason: 'missed_offers' }),
      agent('b1', 'Chi', 'paused', { reason: 'lunch' }),
      agent('b2', 'Dan', 'offline'),
    ],
    scenarios: [{ scenario: { id: 's', slug: 'open-account', kind: 'identify', name: { en: 'Open an account' } }, waiting: 2, longest_wait_seconds: 340, today: day() }],
    skills: [{ skill: 'sign_language', waiting: 1, longest_wait_seconds: 20, ready_agents: 0 }],
    nodes: [{ node: 'https://n1.example', state: 'up', calls: 1 }, { node: 'https://n2.example', state: 'silent', seen_at: minutesAgo(2), calls: 0 }],
    ...over,
  } as Wallboard;
}

describe('the wallboard', () => {
  it('says the figures, and how they stand without colour', async () => {
    serve({ 'GET /v1/wallboard': board(), 'GET /v1/queue': { items: [], ready_agents: 0 } });
    show(<WallboardPage />, session('supervisor'));
    const level = (await screen.findByText('Service level', { selector: 'dt' })).parentElement!;
    expect(level).toHaveProperty('innerHTML', expect.stringContaining('70%'));
    expect(within(level).getByRole('img', { name: 'watch it' })).toBeTruthy();
    const waits = screen.getByText('Longest wait', { selector: 'dt' }).parentElement!;
    expect(waits.textContent).toMatch(/[5678]:\d\d/);
    expect(within(waits).getByRole('img', { name: 'bad' })).toBeTruthy();
    expect(screen.getByText('Gave up', { selector: 'dt' }).parentElement!.textContent).toContain('20%');
    const skill = screen.getByRole('row', { name: /sign language/ });
    expect(skill.textContent).toContain('Nobody');
    expect(screen.getByText(/Silent since/)).toBeTruthy();
  });
  it('groups agents by what they do; whom the gateway paused stands apart', async () => {
    serve({ 'GET /v1/wallboard': board(), 'GET /v1/queue': { items: [], ready_agents: 0 } });
    show(<WallboardPage />, session('supervisor'));
    const missed = await screen.findByRole('region', { name: 'Not ready: missed offers' });
    expect(missed.textContent).toContain('Bob');
    expect(screen.getByRole('region', { name: 'Paused' }).textContent).toContain('Chi · Lunch');
    expect(screen.getByRole('region', { name: 'Ready' }).textContent).toContain('Nobody');
    const link = within(screen.getByRole('region', { name: 'In a call' })).getByRole('link', { name: 'Supervise the call of Alice' });
    expect(link.getAttribute('href')).toBe('/calls/e0000000-0000-4000-8000-000000000005');
  });
  it('lets nobody but a supervisor into calls', async () => {
    serve({ 'GET /v1/wallboard': board(), 'GET /v1/queue': { items: [], ready_agents: 0 } });
    show(<WallboardPage />, session('administrator'));
    await screen.findByRole('region', { name: 'In a call' });
    expect(screen.queryByRole('link', { name: /Supervise/ })).toBeNull();
  });
  it('says that it cannot be read, and tries again', async () => {
    serve({ 'GET /v1/wallboard': problem(403, 'forbidden') });
    show(<WallboardPage />, session('supervisor'));
    expect(await screen.findByRole('button', { name: 'Try again' })).toBeTruthy();
  });
});

describe('what the figures mean', () => {
  it('has no abandonment before anybody was served, and no praise either', () => {
    expect(abandonment(day({ served: 0, abandoned: 0 }))).toBeUndefined();
    expect(serviceTone(day({ served: 0, abandoned: 0, service_level: 1 }))).toBe('neutral');
    expect(serviceTone(day({ service_level: 0.8 }))).toBe('positive');
    expect(serviceTone(day({ service_level: 0.59 }))).toBe('negative');
  });
  it('judges the longest wait only while somebody waits', () => {
    expect([waitTone(0, 999_999), waitTone(1, 1_000), waitTone(1, 60_000), waitTone(1, 300_000)]).toEqual(['positive', 'progress', 'warning', 'negative']);
  });
  it('puts the longest in a state first', () => {
    const all = byGroup([agent('1', 'A', 'ready', { since: minutesAgo(1) }), agent('2', 'B', 'ready', { since: minutesAgo(9) })] as never);
    expect(all.ready.map((a) => a.name)).toEqual(['B', 'A']);
  });
});
