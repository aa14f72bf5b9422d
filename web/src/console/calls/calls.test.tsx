import { createHash, createHmac, randomBytes, webcrypto } from 'node:crypto';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Schema } from '@/api';
import { startI18n } from '@/shared/i18n';
import { people, problem, serve, session, show } from '../testing';
import { CallsPage } from './CallsPage';
import { verifyDraw } from './draw';
import { callPath } from './paths';
import { levelOfSide } from './QualityOf';
import { WhyThisAgent } from './WhyThisAgent';

beforeAll(() => startI18n('console'));
beforeEach(() => vi.stubGlobal('crypto', webcrypto));

const item = (more: object = {}) => ({
  id: 'e1', identification_id: 'f1', customer_id: 'k', customer_name: 'Lan', scenario: { id: 's1', slug: 'open', name: { en: 'Open an account' } }, agent_id: people.alice, agent_name: 'Alice',
  direction: 'outbound', state: 'ended', reason: 'decided', verdict: 'approved', answered_at: '2026-11-22T10:00:00Z', ended_at: '2026-11-22T10:04:05Z', created_at: '2026-11-22T09:59:00Z',
  quality: [{ role: 'customer', mos: 2.9, loss: 0.02, jitter_ms: 10, rtt_ms: 80 }, { role: 'agent', loss: 0, jitter_ms: 1 }], ...more,
});
const rest = { 'GET /v1/scenarios': { items: [] }, 'GET /v1/agents': { items: [] }, 'GET /v1/presence/agents': { items: [] }, 'GET /v1/queue': { items: [], ready_agents: 0 } };

describe('the list of calls', () => {
  it('says length, verdict and how each side sounded, and leads to the recording of that call', async () => {
    serve({ ...rest, 'GET /v1/calls': { items: [item()] } });
    show(<CallsPage />, session('supervisor'));
    const row = (await screen.findByText('Lan')).closest('tr')!;
    expect(row.textContent).toContain('4:05');
    expect(row.textContent).toContain('Approved');
    expect(row.textContent).toContain('2.9');
    expect(within(row).getByRole('link', { name: /Time line/ }).getAttribute('href')).toBe('/identifications/f1?call=e1');
  });
  it('asks for what the address and the search say', async () => {
    const asked = serve({ ...rest, 'GET /v1/calls': { items: [] } });
    show(<CallsPage />, session('auditor'), '/calls?verdict=approved&sound=poor&live=1&state=nonsense');
    await screen.findByText('Nothing matches these filters.');
    await userEvent.type(screen.getByRole('textbox', { name: 'Search' }), 'Trần');
    await waitFor(() => expect(asked.filter((a) => a.path === '/v1/calls').at(-1)?.query).toEqual({ q: 'Trần', verdict: 'approved', mos_below: '3.1', live: 'true', limit: '50' }));
  });
  it('offers to supervise what goes on, to supervisors', async () => {
    serve({ ...rest, 'GET /v1/calls': { items: [item({ state: 'active', ended_at: undefined })] } });
    const first = show(<CallsPage />, session('supervisor'));
    expect((await screen.findByRole('link', { name: 'Supervise the call of Alice' })).getAttribute('href')).toBe('/calls/e1');
    first.unmount();
    show(<CallsPage />, session('auditor'));
    await screen.findByText('Lan');
    expect(screen.queryByRole('link', { name: /Supervise/ })).toBeNull();
  });
  it('says that there are none, and that they cannot be read', async () => {
    serve({ ...rest, 'GET /v1/calls': { items: [] } });
    const first = show(<CallsPage />, session('agent'));
    expect(await screen.findByText('No calls')).toBeTruthy();
    first.unmount();
    serve({ ...rest, 'GET /v1/calls': problem(400, 'invalid') });
    show(<CallsPage />, session('agent'));
    expect(await screen.findByRole('button', { name: 'Try again' })).toBeTruthy();
  });
  it('leads a live call to where it is led', () => {
    expect(callPath({ id: '1', identification_id: '2', state: 'ringing' })).toBe('/calls/1');
    expect(callPath({ id: '1', identification_id: '2', state: 'missed' })).toBe('/identifications/2?call=1');
  });
  it('calls a connection by its worst figure', () => {
    const good = { role: 'agent' as const, mos: 4.3, loss: 0, jitter_ms: 5, rtt_ms: 40 };
    expect([good, { ...good, mos: 3.7 }, { ...good, loss: 0.11 }, { ...good, rtt_ms: 301 }].map(levelOfSide)).toEqual(['good', 'fair', 'poor', 'fair']);
  });
});

/** A draw as the gateway makes it, by Node's own cryptography and the recipe in docs/queue.md. */
function makeDraw(weights: number[], strategy = 'weighted') {
  const seed = randomBytes(32);
  const entry_id = 'e5c1f1d0-0000-4000-8000-000000000001';
  const candidates = weights.map((weight, i) => ({ agent_id: `${i}0000000-0000-4000-8000-00000000000${i}`, weight }));
  const message = `visavis-draw-v1\n${entry_id}\n1\n${candidates.map((c) => `${c.agent_id} ${c.weight}\n`).join('')}`;
  const sum = BigInt(weights.reduce((n, w) => n + w, 0));
  let x = createHmac('sha256', seed).update(`${message}0`).digest().readBigUInt64BE(0) % sum; // a second counter is needed once in 2^60
  const chosen = candidates.find((c) => {
    if (x < BigInt(c.weight)) return true;
    x -= BigInt(c.weight);
    return false;
  })!.agent_id;
  const commitment = createHash('sha256').update(seed).digest('hex');
  const draw: Schema<'CallDraw'> = { entry_id, commitment, seed: seed.toString('hex'), rounds: [{ round: 1, at: '2026-11-22T10:00:00Z', strategy, candidates: [...candidates].reverse(), chosen }], later: [] };
  return { draw, told: { commitment, offered: [{ offer: 1, candidates_sha256: createHash('sha256').update(message).digest('hex') }] } };
}

describe('the draw', () => {
  it('is done again with the same end, however the candidates are listed', async () => {
    for (let i = 0; i < 20; i++) {
      const { draw, told } = makeDraw([1, 3, 7, 1]);
      expect((await verifyDraw(draw, told)).map((c) => [c.what, c.ok])).toEqual([['seed', true], ['committed', true], ['candidates', true], ['chosen', true]]);
    }
  });
  it('is found out when anything was changed', async () => {
    const { draw, told } = makeDraw([1, 1, 1]);
    const wrong = async (d: typeof draw, e = told) => (await verifyDraw(d, e)).filter((c) => !c.ok).map((c) => c.what);
    const round = draw.rounds[0]!;
    const other = round.candidates.find((c) => c.agent_id !== round.chosen)!.agent_id;
    expect(await wrong({ ...draw, rounds: [{ ...round, chosen: other }] })).toEqual(['chosen']);
    expect(await wrong({ ...draw, seed: '00'.repeat(32) })).toContain('seed');
    expect(await wrong(draw, { ...told, commitment: 'ff' })).toEqual(['committed']);
    expect(await wrong({ ...draw, rounds: [{ ...round, candidates: round.candidates.map((c) => ({ ...c, weight: c.weight + 1 })) }] })).toContain('candidates');
  });
  it('is shown and verified on the page', async () => {
    const { draw, told } = makeDraw([2, 5]);
    serve({
      ...rest, 'GET /v1/calls/e1/draw': draw,
      'GET /v1/events': { items: [{ id: '2', type: 'queue.offered', sequence: 2, data: told.offered[0], object: {} }, { id: '1', type: 'queue.entered', sequence: 1, data: { commitment: told.commitment }, object: {} }] },
    });
    show(<WhyThisAgent callId="e1" />, session('auditor'));
    await userEvent.click(screen.getByText('Why this agent?'));
    expect(await screen.findByText(/was chosen of 2 who could serve/)).toBeTruthy();
    await userEvent.click(screen.getByRole('button', { name: 'Verify the draw' }));
    expect(await screen.findByText('The draw is as it should be')).toBeTruthy();
    expect(screen.getAllByRole('img', { name: 'right' })).toHaveLength(4);
  });
  it('says that nobody was chosen for a call that came otherwise', async () => {
    serve({ ...rest, 'GET /v1/calls/e1/draw': problem(404, 'not_found') });
    show(<WhyThisAgent callId="e1" />, session('auditor'));
    await userEvent.click(screen.getByText('Why this agent?'));
    expect(await screen.findByText(/so nobody was chosen/)).toBeTruthy();
  });
});
