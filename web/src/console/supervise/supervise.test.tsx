import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Schema } from '@/api';
import type { CallHandle } from '@/shared/call';
import { startI18n } from '@/shared/i18n';
import { CallPage } from '../call/CallPage';
import { people, problem, serve, session, show } from '../testing';
import { Route, Routes } from 'react-router';

const id = 'e0000000-0000-4000-8000-000000000005';
const media = { start: vi.fn(async () => {}), stop: vi.fn(), setMicrophoneOn: vi.fn(), setCameraOn: vi.fn(), state: 'off', camera: { on: true }, microphone: { on: true }, cameras: [], microphones: [], stream: null };
let link: Partial<CallHandle>;
const joined: unknown[] = [];
const devices: unknown[] = [];
vi.mock('@/shared/call', async (original) => ({
  ...(await original<object>()),
  useLocalMedia: (options: unknown) => {
    devices.push(options);
    return media;
  },
  useCall: (options: unknown) => {
    joined.push(options);
    return link;
  },
}));

beforeAll(() => startI18n('console'));
beforeEach(() => {
  joined.length = devices.length = 0;
  for (const fn of [media.start, media.stop]) fn.mockClear();
  const side = { state: 'connected' as const, audio: true, video: true };
  link = { socket: 'open', connection: 'connected', peer: side, agent: side, remote: null, thirds: [], parties: [], lines: [], step: null, quality: {}, strokes: [], recordingFailed: [] };
});

const call = (more: object = {}): Partial<Schema<'Call'>> => ({
  id, identification_id: 'f0000000-0000-4000-8000-000000000006', direction: 'outbound', agent_video: true, state: 'active', reason: '', agent_id: people.alice, agent_name: 'Alice Moreau',
  customer: { id: 'k', name: 'Lan', phone: '+84•••', locale: 'vi', time_zone: 'UTC', segment: 'private', needs: ['sign_language'] }, scenario: { id: 's1', slug: 'open-account', kind: 'identify', name: { en: 'Open' } },
  steps: [{ position: 1, kind: 'face_front', required: true, state: 'passed', attempts: 1 }, { position: 2, kind: 'code', required: true, state: 'pending', attempts: 0 }],
  recordings: [], notes: '', created_at: '2026-11-22T10:00:00Z', updated_at: '2026-11-22T10:00:00Z', ...more,
});
const guest = (mode: string, more: object = {}) => ({ agent_id: people.sofia, agent_name: 'Sofia', role: 'supervisor', mode, hidden: false, from: '2026-11-22T10:01:00Z', ...more });
const party = (guests: unknown[] = []) => ({ leads: [{ agent_id: people.alice, agent_name: 'Alice Moreau', how: 'accepted', from: '2026-11-22T10:00:00Z' }], guests });
const scenario = (hidden: boolean) => ({ id: 's1', definition: { settings: { queue: { supervision: { watch_hidden: hidden } } } } });
const page = <Routes><Route path="/calls/:callId" element={<CallPage />} /><Route path="*" element={<p>elsewhere</p>} /></Routes>;
const open = (who = session('supervisor')) => show(page, who, `/calls/${id}`);

describe('the door of a colleague’s call', () => {
  it('tells what each way means and what the customer sees, and asks for the one that is chosen', async () => {
    const asked = serve({ [`GET /v1/calls/${id}`]: call(), [`GET /v1/calls/${id}/party`]: party(), 'GET /v1/scenarios/s1': scenario(false), [`POST /v1/calls/${id}/supervise`]: guest('whisper') });
    open();
    expect(await screen.findByText(/The customer sees: “A supervisor is watching”/)).toBeTruthy();
    expect(screen.getByText('1 of 2 steps passed')).toBeTruthy();
    expect(joined).toEqual([]); // nothing is opened before it is chosen
    await userEvent.click(screen.getByRole('button', { name: 'Whisper' }));
    await waitFor(() => expect(asked.find((a) => a.method === 'POST')).toMatchObject({ path: `/v1/calls/${id}/supervise`, body: { mode: 'whisper' } }));
  });
  it('says when the scenario hides it, but never that joining is hidden', async () => {
    serve({ [`GET /v1/calls/${id}`]: call(), [`GET /v1/calls/${id}/party`]: party(), 'GET /v1/scenarios/s1': scenario(true) });
    open();
    await waitFor(() => expect(screen.getAllByText(/does not tell the customer/)).toHaveLength(2));
    expect(screen.getByText(/The customer sees: “A supervisor takes part”/)).toBeTruthy();
  });
  it('lets nobody in beside another supervisor, and no agent at all', async () => {
    serve({ [`GET /v1/calls/${id}`]: call(), [`GET /v1/calls/${id}/party`]: party([guest('watch', { agent_id: 'other', agent_name: 'Olga' })]), 'GET /v1/scenarios/s1': scenario(false) });
    const first = open();
    expect(await screen.findByText('Olga supervises this call already.')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Watch' })).toBeNull();
    first.unmount();
    open(session('agent', people.bob, 'Bob'));
    await screen.findByText('Alice Moreau leads this call');
    expect(screen.queryByRole('button', { name: 'Watch' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Take over' })).toBeNull();
  });
  it('takes over only after a question that names all three', async () => {
    const asked = serve({
      [`GET /v1/calls/${id}`]: call(), [`GET /v1/calls/${id}/party`]: party(), 'GET /v1/scenarios/s1': scenario(false),
      [`POST /v1/calls/${id}/take-over`]: problem(409, 'agent_in_call'),
    });
    open();
    await userEvent.click(await screen.findByRole('button', { name: 'Take over' }));
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toMatch(/Alice Moreau leaves the call at once.*The customer is told that you go on/);
    expect(asked.some((a) => a.method === 'POST')).toBe(false);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Take over' }));
    await waitFor(() => expect(asked.filter((a) => a.path.endsWith('/take-over'))).toHaveLength(1));
    expect(await within(dialog).findByRole('alert')).toBeTruthy();
  });
  it('tells who has handed the call over that it is over for them', async () => {
    serve({
      [`GET /v1/calls/${id}`]: call(), 'GET /v1/presence': { state: 'wrap_up', since: '2026-11-22T10:00:00Z' }, 'GET /v1/scenarios/s1': scenario(false),
      [`GET /v1/calls/${id}/party`]: { leads: [{ agent_id: people.bob, agent_name: 'Bob', how: 'accepted', from: '2026-11-22T10:00:00Z', to: '2026-11-22T10:05:00Z' }], guests: [] },
    });
    open(session('agent', people.bob, 'Bob'));
    expect(await screen.findByText('Alice Moreau leads the call now')).toBeTruthy();
    expect(await screen.findByRole('button', { name: 'Ready for the next' })).toBeTruthy();
  });
});

describe('beside a call', () => {
  it('has neither microphone nor camera while it only watches', async () => {
    serve({ [`GET /v1/calls/${id}`]: call(), [`GET /v1/calls/${id}/party`]: party([guest('watch')]) });
    open();
    expect(await screen.findByText('Your microphone is off.')).toBeTruthy();
    expect(joined.at(-1)).toMatchObject({ callId: id, role: 'agent', guest: true });
    expect(media.start).not.toHaveBeenCalled();
    expect(media.stop).toHaveBeenCalled();
    expect(screen.queryByRole('button', { name: /ute/ })).toBeNull();
  });
  it('opens the microphone alone to whisper, and says what the customer sees', async () => {
    serve({ [`GET /v1/calls/${id}`]: call(), [`GET /v1/calls/${id}/party`]: party([guest('whisper')]) });
    open();
    await waitFor(() => expect(media.start).toHaveBeenCalledWith({ only: 'microphone' }));
    expect(screen.getByText(/A supervisor is speaking with the agent/)).toBeTruthy();
    expect(screen.queryByRole('button', { name: /camera/i })).toBeNull();
  });
  it('says that the customer is not told when the server says so', async () => {
    serve({ [`GET /v1/calls/${id}`]: call(), [`GET /v1/calls/${id}/party`]: party([guest('watch', { hidden: true })]) });
    open();
    expect(await screen.findByText(/The customer is not told/)).toBeTruthy();
  });
  it('changes the mode, and leaves', async () => {
    const asked = serve({
      [`GET /v1/calls/${id}`]: call(), [`GET /v1/calls/${id}/party`]: party([guest('watch')]), [`POST /v1/calls/${id}/supervise`]: guest('join'),
      [`DELETE /v1/calls/${id}/guests/${people.sofia}`]: undefined,
    });
    open();
    await userEvent.click(await screen.findByRole('radio', { name: 'Join' }));
    await waitFor(() => expect(asked.find((a) => a.method === 'POST')?.body).toEqual({ mode: 'join' }));
    await userEvent.click(screen.getByRole('button', { name: 'Leave' }));
    expect(await screen.findByText('elsewhere')).toBeTruthy();
    expect(asked.some((a) => a.method === 'DELETE')).toBe(true);
  });
  it('shows a helper the note of who hands the call over, and the script to read only', async () => {
    const transfer = { id: 'q', state: 'joined', warm: true, note: 'An old passport', from_agent_id: people.alice, from_agent_name: 'Alice Moreau', to_agent_id: people.bob };
    serve({
      [`GET /v1/calls/${id}`]: call({ transfer }), [`GET /v1/calls/${id}/party`]: party([guest('join', { agent_id: people.bob, role: 'helper' })]),
      [`GET /v1/identifications/f0000000-0000-4000-8000-000000000006`]: { id: 'f', state: 'open', customer: { id: 'k', name: 'Lan' }, scenario: { id: 's1' }, calls: [], consents: [] },
      'GET /v1/scenarios/s1': scenario(false),
    });
    open(session('agent', people.bob, 'Bob'));
    expect(await screen.findByText('Alice Moreau wants to hand this call over to you')).toBeTruthy();
    expect(screen.getByText('An old passport')).toBeTruthy();
    expect(await screen.findByText('As it stands. Only who leads the call can change it.')).toBeTruthy();
    expect(screen.getByRole<HTMLButtonElement>('button', { name: /Face, front/ }).disabled).toBe(true);
    expect(screen.queryByRole('button', { name: 'Begin' })).toBeNull();
  });
});

describe('where the customer does not see the agent', () => {
  const unseen = 'The customer does not see you in this scenario.';
  it('is said to the agent, whose camera is never opened', async () => {
    serve({ [`GET /v1/calls/${id}`]: call({ agent_video: false }) });
    open(session('agent', people.alice, 'Alice'));
    expect(await screen.findByText(unseen)).toBeTruthy();
    expect(devices.at(-1)).toEqual({ camera: false });
    expect(screen.queryByRole('button', { name: /camera/i })).toBeNull();
  });
  it('is said while the customer is rung', async () => {
    serve({ [`GET /v1/calls/${id}`]: call({ agent_video: false, state: 'ringing' }) });
    open(session('agent', people.alice, 'Alice'));
    expect(await screen.findByText(unseen)).toBeTruthy();
    expect(screen.queryByText(/your camera and microphone/)).toBeNull();
  });
  it('offers the camera where the agent is seen', async () => {
    serve({ [`GET /v1/calls/${id}`]: call() });
    open(session('agent', people.alice, 'Alice'));
    expect(await screen.findByRole('button', { name: /camera/i })).toBeTruthy();
    expect(devices.at(-1)).toEqual({ camera: true });
    expect(screen.queryByText(unseen)).toBeNull();
  });
  it.each([['supervisor', false], ['interpreter', true]] as const)('gives a %s a camera: %s', async (role, camera) => {
    serve({ [`GET /v1/calls/${id}`]: call({ agent_video: false }), [`GET /v1/calls/${id}/party`]: party([guest('join', { role })]) });
    open();
    expect(await screen.findByText('In this call you hear the voice only.')).toBeTruthy(); // of the agent's tile
    expect(screen.queryByRole('button', { name: /camera/i }) !== null).toBe(camera);
    expect(screen.queryByText(unseen) === null).toBe(camera);
  });
});
