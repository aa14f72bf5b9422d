import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, describe, expect, it } from 'vitest';
import { startI18n } from '@/shared/i18n';
import type { Call } from '../call/CallPage';
import { Offer } from '../offer/OfferCard';
import { people, problem, serve, session, show } from '../testing';
import { InviteForm } from './InviteForm';
import { inviteTargets, teamSkills, transferTargets } from './targets';
import { TransferBar } from './TransferBar';
import { TransferForm } from './TransferForm';

beforeAll(() => startI18n('console'));

const id = 'e0000000-0000-4000-8000-000000000005';
const call = (transfer?: object) => ({ id, state: 'active', agent_id: people.alice, steps: [], transfer }) as unknown as Call;
const agent = (agent_id: string, name: string, state: string, skills: string[] = [], more: object = {}) => ({ agent_id, name, role: 'agent', languages: ['vi'], state, since: '2026-11-22T10:00:00Z', skills: skills.map((skill) => ({ skill, level: 5 })), ...more });
const team = [agent(people.alice, 'Alice', 'in_call', [], { call_id: id }), agent(people.bob, 'Bob', 'ready', ['mortgages']), agent('p', 'Chi', 'paused', ['mortgages']), agent('o', 'Dan', 'offline')];
const alice = session('agent', people.alice, 'Alice');
const waiting = { id: 'q', state: 'waiting', warm: true, note: '', from_agent_id: people.alice, skill: 'sign_language', expires_at: '2099-01-01T00:00:00Z' };

describe('who can be asked', () => {
  it('offers those at work, the ready first, and never oneself', () => {
    const all = transferTargets(team as never, people.alice);
    expect(all.map((c) => [c.agent.name, c.possible])).toEqual([['Bob', true], ['Chi', false], ['Dan', false]]);
  });
  it('invites whoever is at the desk and in no call', () => {
    expect(inviteTargets(team as never, people.bob).map((a) => a.name)).toEqual(['Chi']);
  });
  it('counts who has a skill and who of them is ready', () => {
    expect(teamSkills(team as never, people.alice)).toEqual([{ skill: 'mortgages', ready: 1, total: 2 }]);
  });
});

describe('the transfer', () => {
  it('is asked for warm, to an agent, with a note', async () => {
    const asked = serve({ 'GET /v1/presence/agents': { items: team }, [`POST /v1/calls/${id}/transfer`]: { id: 'q' } });
    let done = 0;
    show(<TransferForm call={call()} onDone={() => done++} />, alice);
    const field = await screen.findByRole('combobox', { name: 'Colleague' });
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Ask' }).disabled).toBe(true);
    expect(screen.getByText('Not at work now: Chi, Dan')).toBeTruthy();
    await userEvent.click(field);
    await userEvent.click(await screen.findByRole('option', { name: /Bob/, hidden: true }));
    await userEvent.type(screen.getByRole('textbox', { name: 'Note' }), ' look twice ');
    await userEvent.click(screen.getByRole('button', { name: 'Ask' }));
    await waitFor(() => expect(done).toBe(1));
    expect(asked.find((a) => a.method === 'POST')?.body).toEqual({ agent_id: people.bob, warm: true, note: 'look twice' });
  });
  it('is asked for cold, by skill, and says when nobody is at work', async () => {
    const asked = serve({ 'GET /v1/presence/agents': { items: team }, [`POST /v1/calls/${id}/transfer`]: problem(409, 'agent_away') });
    show(<TransferForm call={call()} onDone={() => {}} />, alice);
    await userEvent.click(await screen.findByRole('radio', { name: 'Whoever can do it' }));
    await userEvent.click(screen.getByRole('combobox', { name: 'Skill' }));
    await userEvent.click(await screen.findByRole('option', { name: /mortgages.*1 of 2/, hidden: true }));
    await userEvent.click(screen.getByRole('radio', { name: 'Cold: at once' }));
    await userEvent.click(screen.getByRole('button', { name: 'Ask' }));
    expect(await screen.findByText('This colleague is not at work just now.')).toBeTruthy();
    expect(asked.find((a) => a.method === 'POST')?.body).toEqual({ skill: 'mortgages', warm: false, note: '' });
  });
  it('says that a colleague without a telephone cannot be rung', async () => {
    serve({ 'GET /v1/presence/agents': { items: team }, [`POST /v1/calls/${id}/transfer`]: problem(409, 'telephone_missing') });
    show(<TransferForm call={call()} onDone={() => {}} />, alice);
    await userEvent.click(await screen.findByRole('combobox', { name: 'Colleague' }));
    await userEvent.click(await screen.findByRole('option', { name: /Bob/, hidden: true }));
    await userEvent.click(screen.getByRole('button', { name: 'Ask' }));
    expect(await screen.findByText(/This colleague has no telephone, and the customer is on one/)).toBeTruthy();
  });
  it('waits, is taken back, and is completed only once somebody has joined', async () => {
    const asked = serve({ [`POST /v1/calls/${id}/transfer/cancel`]: call(), [`POST /v1/calls/${id}/transfer/complete`]: call() });
    const first = show(<TransferBar call={call(waiting)} />, alice);
    expect(screen.getByText('Waiting until somebody with sign language is free')).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Hand over/ })).toBeNull();
    await userEvent.click(screen.getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(asked.map((a) => a.path)).toContain(`/v1/calls/${id}/transfer/cancel`));
    first.unmount();
    show(<TransferBar call={call({ ...waiting, state: 'joined', to_agent_name: 'Bob' })} />, alice);
    await userEvent.click(screen.getByRole('button', { name: 'Hand over to Bob' }));
    await waitFor(() => expect(asked.map((a) => a.path)).toContain(`/v1/calls/${id}/transfer/complete`));
  });
  it('is not shown once it is done', () => {
    serve({});
    show(<TransferBar call={call({ ...waiting, state: 'done' })} />, alice);
    expect(screen.queryByRole('status')).toBeNull();
  });
});

it('asks an interpreter in, and says when the seat is taken', async () => {
  const asked = serve({ 'GET /v1/presence/agents': { items: team }, [`POST /v1/calls/${id}/invite`]: problem(409, 'seat_taken') });
  show(<InviteForm call={call()} onDone={() => {}} />, alice);
  await userEvent.click(await screen.findByRole('combobox', { name: 'Colleague' }));
  await userEvent.click(await screen.findByRole('option', { name: /Chi/, hidden: true }));
  await userEvent.click(screen.getByRole('button', { name: 'Ask in' }));
  expect(await screen.findByText('The call has somebody in this role already.')).toBeTruthy();
  expect(asked.find((a) => a.method === 'POST')?.body).toEqual({ agent_id: 'p', role: 'interpreter' });
});

it('shows who is offered a transfer how far the call is, and accepts by the number of the offer', async () => {
  const offer = {
    id: 'q1', identification_id: 'f', customer_id: 'k', customer_name: 'Lan', scenario: { id: 's', slug: 's', name: { en: 'Open' } }, way: 'walk_in', state: 'offered', position: 1,
    entered_at: new Date().toISOString(), offered_to: people.bob, offer_expires_at: '2099-01-01T00:00:00Z', offer: 3, kind: 'transfer', call_id: id, from_agent_id: people.alice, warm: true, note: 'An old passport',
  };
  const asked = serve({
    'GET /v1/presence': { state: 'offered', since: '2026-11-22T10:00:00Z', offer }, 'GET /v1/presence/agents': { items: team },
    [`GET /v1/calls/${id}`]: { ...call(), steps: [{ position: 1, state: 'passed' }, { position: 2, state: 'pending' }] }, 'POST /v1/queue/q1/accept': call(),
  });
  show(<Offer />, session('agent', people.bob, 'Bob'));
  expect(await screen.findByText(/Warm transfer from Alice/)).toBeTruthy();
  expect(await screen.findByText('1 of 2 steps passed')).toBeTruthy();
  expect(screen.getByText('“An old passport”')).toBeTruthy();
  await userEvent.click(screen.getByRole('button', { name: /Join/ }));
  await waitFor(() => expect(asked.find((a) => a.method === 'POST')).toMatchObject({ path: '/v1/queue/q1/accept', body: { offer: 3 } }));
});
